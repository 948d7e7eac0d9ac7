"""fetch with several connections for one large file, where the limits of its host say so."""

import contextlib
import json
import os
import random
import signal
import threading
import time

import pytest
from programs import lines
from test_fetch import PATIENCE, files, sha256, track, wait_until
from test_fetch import spool  # noqa: F401 (fixture)

MIB = 1 << 20
FIRST = 64 << 10
BODY = b"fLaC" + random.Random(5).randbytes(20 * MIB)
OTHER = b"fLaC" + random.Random(4).randbytes(20 * MIB)


class Parts:
    """Serves a body by ranges; knows how many bytes were taken, how many requests were at work at once, and what was asked.

    `before` is called with the number of each request, from 1, before it is answered. It may return another answer, or False
    where it has answered itself.
    """

    def __init__(self, body=BODY, etag='"1"', before=None):
        self.body, self.etag, self.before = body, etag, before or (lambda number, request: None)
        self.ranges, self.written, self.most, self.lock = [], 0, 0, threading.Lock()
        # Requests that are at work, and those of them whose last bytes are yet to leave.
        self.open, self.unsent = set(), set()

    def __call__(self, request):
        with self.lock:
            self.ranges.append(request.headers.get("Range"))
            number = len(self.ranges)
            self.open.add(number)
            self.unsent.add(number)
            self.most = max(self.most, len(self.unsent))
        try:
            other = self.before(number, request)
            if other is None:
                self.answer(number, request)
            return other or None
        finally:
            with self.lock:
                self.open.discard(number)
                self.unsent.discard(number)

    def answer(self, number, request):
        asked, start, end = request.headers.get("Range"), 0, len(self.body) - 1
        headers = {"Content-Type": "audio/flac", **({"ETag": self.etag} if self.etag else {})}
        is_part = asked and request.headers.get("If-Range") in (None, self.etag)
        if is_part:
            first, last = asked.removeprefix("bytes=").split("-")
            start, end = int(first), min(end, int(last or end))
            headers["Content-Range"] = f"bytes {start}-{end}/{len(self.body)}"
        self.send(number, request, 206 if is_part else 200, headers, self.body[start:end + 1])

    def send(self, number, request, status, headers, part):
        request.send_response(status)
        for name, value in {"Content-Length": len(part), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        with contextlib.suppress(OSError):
            for start in range(0, len(part), 65_536):
                if start + 65_536 >= len(part):
                    # Who has these may ask again before we are back.
                    with self.lock:
                        self.unsent.discard(number)
                request.wfile.write(part[start:start + 65_536])
                with self.lock:
                    self.written += len(part[start:start + 65_536])

    @property
    def served(self):
        """How many bytes were taken, once no request is at work: who has all of a file may be faster than who counts."""
        end = time.monotonic() + 30
        while self.open and time.monotonic() < end:
            time.sleep(0.01)
        return self.written

    @served.setter
    def served(self, count):
        self.written = count


@pytest.fixture
def limits(tmp_path):
    """limits(segments=4, parallel=2) -> the environment of a process that keeps to these limits."""

    def call(**star):
        (tmp_path / "hosts").mkdir(exist_ok=True)
        (tmp_path / "hosts/limits").write_text(json.dumps({"*": star}))
        return {"SEGUE_HOSTS": str(tmp_path / "hosts")}

    return call


@pytest.fixture
def fetch(run, spool, limits):
    def call(*records, arguments=(), **star):
        return run("fetch", "--spool", spool, *arguments, stdin=lines(*records), env=limits(**star or {"segments": 4}))

    return call


def is_whole(answer, body=BODY):
    with open(answer["file"]["path"], "rb") as file:
        return file.read() == body and answer["file"]["sha256"] == sha256(body) and answer["file"]["bytes"] == len(body)


def together(count):
    """Holds requests after the first back until so many are there."""
    barrier = threading.Barrier(count)

    def wait(number, request):
        if 1 < number <= 1 + count:
            barrier.wait(PATIENCE)

    return wait


def test_a_large_file_comes_over_as_many_connections_as_the_host_has_segments(site, fetch, spool):
    site.answers["/a"] = parts = Parts(before=together(4))
    assert is_whole(fetch(track(site.url + "/a", sha256=sha256(BODY))).only)
    assert parts.most == 4 and parts.served == len(BODY) and len(parts.ranges) == len(set(parts.ranges))
    assert parts.ranges[0] == f"bytes=0-{FIRST - 1}" and set(files(spool)) == {"media", "json"}


def test_without_segments_there_is_one_connection(site, fetch):
    site.answers["/a"] = parts = Parts()
    assert is_whole(fetch(track(site.url + "/a"), parallel=8).only) and parts.ranges == [None]


@pytest.mark.parametrize("size, requests", [(5000, 1), (FIRST, 1), (8 * MIB, 2)])
def test_a_file_that_turns_out_small_has_one_connection(site, fetch, size, requests):
    site.answers["/a"] = parts = Parts(BODY[:size])
    assert is_whole(fetch(track(site.url + "/a")).only, BODY[:size])
    assert len(parts.ranges) == requests and parts.most == 1 and parts.served == size


def test_a_file_that_is_known_to_be_small_is_requested_as_a_whole(site, fetch):
    site.answers["/a"] = parts = Parts(BODY[:8 * MIB])
    assert is_whole(fetch(track(site.url + "/a", bytes=8 * MIB)).only, BODY[:8 * MIB]) and parts.ranges == [None]


def test_no_more_requests_are_made_at_once_than_the_host_allows(site, fetch):
    site.answers["/a"] = parts = Parts(before=together(2))
    assert is_whole(fetch(track(site.url + "/a"), segments=4, parallel=2).only) and parts.most == 2


def test_several_files_share_the_requests_that_the_host_allows(site, fetch):
    site.answers["/a"] = parts = Parts()
    answers = fetch(*(track(site.url + "/a", id=f"c:track:{n}") for n in range(4)), segments=4, parallel=3).records
    assert len(answers) == 4 and all(map(is_whole, answers)) and parts.most <= 3 and parts.served == 4 * len(BODY)


def test_the_host_that_a_redirect_leads_to_decides(site, other_site, run, spool, tmp_path):
    site.answers["/a"] = (302, {"Location": other_site.url + "/b"}, b"")
    other_site.answers["/b"] = parts = Parts(before=together(3))
    (tmp_path / "hosts").mkdir()
    (tmp_path / "hosts/limits").write_text(json.dumps({other_site.url.removeprefix("http://"): {"segments": 3}}))
    done = run("fetch", "--spool", spool, stdin=lines(track(site.url + "/a")), env={"SEGUE_HOSTS": str(tmp_path / "hosts")})
    assert is_whole(done.only) and parts.most == 3 and parts.served == len(BODY)


# Servers without ranges, or with others

def test_a_server_without_ranges_sends_the_file_once(site, fetch):
    parts = Parts()
    site.answers["/a"] = lambda request: parts.send(0, request, 200, {"Content-Type": "audio/flac", "ETag": '"1"'}, BODY)
    assert is_whole(fetch(track(site.url + "/a")).only) and site.count("/a") == 1 and parts.served == len(BODY)


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_strong_validator_there_is_one_connection(site, fetch, etag):
    site.answers["/a"] = parts = Parts(etag=etag)
    assert is_whole(fetch(track(site.url + "/a")).only)
    assert parts.ranges == [f"bytes=0-{FIRST - 1}", None] and parts.served <= len(BODY) + FIRST


@pytest.mark.parametrize("answer", [
    (416, {}, b""), (206, {"Content-Range": "bytes 1-9/10", "ETag": '"1"'}, b"123456789"),
    (206, {"Content-Range": "bytes 0-8/*", "ETag": '"1"'}, b"123456789"), (206, {"ETag": '"1"'}, b"123456789")])
def test_another_range_than_requested_is_not_taken(site, fetch, answer):
    parts = Parts(before=lambda number, request: answer if number == 1 else None)
    site.answers["/a"] = parts
    assert is_whole(fetch(track(site.url + "/a")).only) and parts.ranges == [f"bytes=0-{FIRST - 1}", None]


@pytest.mark.parametrize("change", [
    {"Content-Range": "bytes 0-99/{total}"}, {"Content-Range": "bytes {first}-{last}/99999999"}, {"ETag": '"2"'}, {"Content-Range": ""}])
def test_a_part_that_is_another_than_requested_leaves_the_rest_to_one_connection(site, fetch, change):
    lies = threading.Event()

    def lie(number, request):
        if number != 3 or lies.is_set():
            return None
        lies.set()
        first, last = request.headers["Range"].removeprefix("bytes=").split("-")
        told = {name: value.format(first=first, last=last, total=len(BODY)) for name, value in change.items()}
        wrong = bytes(int(last) - int(first) + 1)
        return 206, {"ETag": '"1"', "Content-Range": f"bytes {first}-{last}/{len(BODY)}", **told}, wrong

    site.answers["/a"] = parts = Parts(before=lie)
    assert is_whole(fetch(track(site.url + "/a")).only)
    assert parts.ranges[-1].endswith("-") and int(parts.ranges[-1][6:-1]) >= FIRST


def test_a_file_that_changes_midway_is_fetched_anew_as_a_whole(site, fetch):
    def change(number, request):
        if number == 5:
            parts.body, parts.etag = OTHER, '"2"'

    site.answers["/a"] = parts = Parts(before=change)
    assert is_whole(fetch(track(site.url + "/a")).only, OTHER)
    assert parts.ranges[-1].endswith("-") and sum(asked.endswith("-") for asked in parts.ranges) == 1


def test_a_changed_file_is_asked_for_once_when_it_is_resumed(site, fetch, interrupted):
    record, parts, _ = interrupted
    parts.body, parts.etag, parts.served, before = OTHER, '"2"', 0, len(parts.ranges)
    assert is_whole(fetch(record).only, OTHER) and len(parts.ranges) == before + 1 and parts.served == len(OTHER)


# Failures

@pytest.mark.parametrize("answer", [(503, {}, b""), (404, {}, b""), (429, {"Retry-After": "1"}, b"")])
def test_a_connection_that_is_refused_leaves_its_part_to_the_others(site, fetch, answer):
    site.answers["/a"] = parts = Parts(before=lambda number, request: answer if number == 3 else None)
    assert is_whole(fetch(track(site.url + "/a")).only) and parts.served == len(BODY)


def test_what_a_broken_connection_had_brought_is_not_fetched_again(site, fetch):
    def cut(number, request):
        if number != 3:
            return None
        first, last = request.headers["Range"].removeprefix("bytes=").split("-")
        request.send_response(206)
        for name, value in {
                "ETag": '"1"', "Content-Length": int(last) - int(first) + 1, "Content-Range": f"bytes {first}-{last}/{len(BODY)}"}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(BODY[int(first):int(first) + 100_000])
        request.close_connection = True
        return False

    site.answers["/a"] = parts = Parts(before=cut)
    assert is_whole(fetch(track(site.url + "/a")).only) and parts.served + 100_000 == len(BODY)
    first, last = parts.ranges[2].removeprefix("bytes=").split("-")
    assert f"bytes={int(first) + 100_000}-{last}" in parts.ranges


def test_the_failure_of_the_last_connection_is_that_of_the_file(site, fetch, spool):
    site.answers["/a"] = parts = Parts(before=lambda number, request: (503, {}, b"") if number > 3 else None)
    record = track(site.url + "/a")
    answer = fetch(record).only
    assert (answer["class"], answer["code"]) == ("transient", "http_503") and len(parts.ranges) <= 3 + 4
    kept, parts.before, parts.served = files(spool)["media.part"].stat().st_size, lambda number, request: None, 0
    assert kept >= FIRST and is_whole(fetch(record).only) and parts.served == len(BODY) - kept


def test_a_longer_pause_than_can_be_waited_for_ends_the_file(site, fetch):
    site.answers["/a"] = parts = Parts(before=lambda number, request: (429, {"Retry-After": "600"}, b"") if number > 1 else None)
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["retry_after_s"] > 500) == ("throttled", True) and len(parts.ranges) <= 1 + 4


def test_a_file_whose_bytes_are_wrong_is_not_taken(site, fetch, spool):
    site.answers["/a"] = Parts()
    assert fetch(track(site.url + "/a", sha256=sha256(OTHER))).only["code"] == "wrong_digest" and files(spool) == {}


def test_a_file_that_is_announced_as_too_long_is_not_begun(site, fetch):
    site.answers["/a"] = parts = Parts()
    assert fetch(track(site.url + "/a"), arguments=["--max-bytes", "10M"]).only["code"] == "too_large" and len(parts.ranges) == 1


# Interruptions

@pytest.fixture
def interrupted(site, start, spool, limits):
    """A file of which some MiB were there when fetch was killed: its record, its server, and how many bytes."""
    hold = threading.Event()

    def later_half(number, request):
        # Not by their numbers: a connection that starts late asks for an early part after the others.
        first = int(request.headers["Range"].removeprefix("bytes=").split("-")[0])
        if first >= len(BODY) // 2:
            hold.wait(PATIENCE)

    parts = Parts(before=later_half)
    site.answers["/a"] = parts
    record = track(site.url + "/a")
    process = start("fetch", "--spool", spool, env=limits(segments=4))
    process.stdin.write(lines(record))
    process.stdin.flush()
    wait_until(lambda: len(parts.ranges) > 6 and "json" in files(spool) and files(spool)["media.part"].stat().st_size > 3 * MIB)
    process.kill()
    process.wait(PATIENCE)
    hold.set()
    wait_until(lambda: not parts.open)
    parts.before = lambda number, request: None
    return record, parts, files(spool)["media.part"].stat().st_size


def test_after_a_kill_a_file_goes_on_without_a_gap(fetch, interrupted):
    record, parts, there = interrupted
    before, parts.served = len(parts.ranges), 0
    assert is_whole(fetch(record).only)
    assert parts.ranges[before] == f"bytes={there}-{there + FIRST - 1}" and parts.served == len(BODY) - there


def test_after_a_kill_one_connection_can_go_on(run, spool, interrupted):
    record, parts, there = interrupted
    before, parts.served = len(parts.ranges), 0
    assert is_whole(run("fetch", "--spool", spool, stdin=lines(record)).only)
    assert parts.ranges[before:] == [f"bytes={there}-"] and parts.served == len(BODY) - there


def test_what_one_connection_began_goes_on_over_several(run, site, spool, fetch):
    def cut(request):
        request.send_response(200)
        for name, value in {"ETag": '"1"', "Content-Length": len(BODY), "Content-Type": "audio/flac"}.items():
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(BODY[:5 * MIB])
        request.close_connection = True

    record, parts = track(site.url + "/a"), Parts()
    site.answers["/a"] = cut
    assert run("fetch", "--spool", spool, stdin=lines(record)).only["code"] == "cut"
    there = files(spool)["media.part"].stat().st_size
    site.answers["/a"] = parts
    assert is_whole(fetch(record).only)
    assert parts.ranges[0] == f"bytes={there}-{there + FIRST - 1}" and len(parts.ranges) > 4 and parts.served == len(BODY) - there


def test_a_signal_to_stop_ends_all_connections_and_their_bytes_are_kept(site, start, spool, limits, fetch):
    hold = threading.Event()
    site.answers["/a"] = parts = Parts(before=lambda number, request: hold.wait(PATIENCE) and None if number > 3 else None)
    process = start("fetch", "--spool", spool, env=limits(segments=4))
    process.stdin.write(lines(track(site.url + "/a")))
    process.stdin.flush()
    wait_until(lambda: len(parts.ranges) >= 7)
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 75 and process.stdout.read() == b""
    hold.set()
    wait_until(lambda: not parts.open)
    there, before = files(spool)["media.part"].stat().st_size, len(parts.ranges)
    assert there >= FIRST and is_whole(fetch(track(site.url + "/a")).only)
    assert parts.ranges[before] == f"bytes={there}-{there + FIRST - 1}"


def test_progress_is_that_of_the_file(site, start, spool, limits):
    site.answers["/a"] = Parts()
    read, write = os.pipe()
    with open(read, "rb") as events:
        process = start("fetch", "--spool", spool, env={**limits(segments=4), "SEGUE_EVENTS_FD": str(write)}, pass_fds=[write])
        os.close(write)
        out, _ = process.communicate(lines(track(site.url + "/a")), timeout=PATIENCE)
        told = [json.loads(line) for line in events]
    assert is_whole(json.loads(out))
    counts = [event["bytes"] for event in told]
    assert counts == sorted(counts) and counts[-1] <= len(BODY) and {event["total"] for event in told} == {len(BODY)}
