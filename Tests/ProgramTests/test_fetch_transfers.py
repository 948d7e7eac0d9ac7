"""fetch with several transfers at a time: what holds for several processes holds for the workers of one."""

import collections
import json
import os
import signal
import subprocess
import threading

import pytest
from programs import lines
from test_fetch import AUDIO, LONG, PATIENCE, PICTURE, Body, files, sha256, track, wait_until
from test_fetch import hold, spool  # noqa: F401 (fixtures)


@pytest.fixture
def fetching(start, spool):
    """fetching(8, record, ...) -> a running fetch with so many transfers, which was given these lines and may get more"""

    def call(transfers, *given, **options):
        process = start("fetch", "--spool", spool, "--transfers", str(transfers), *options.pop("arguments", []), **options)
        process.stdin.write(lines(*given))
        process.stdin.flush()
        return process

    return call


def answers(process, count):
    return [json.loads(process.stdout.readline()) for _ in range(count)]


def rest(process):
    """What it answers from now to its end."""
    return [json.loads(line) for line in process.communicate(timeout=PATIENCE)[0].splitlines()]


def ids(records):
    return sorted(r["id"] for r in records)


def test_a_slow_transfer_does_not_hold_up_the_quick_ones_beside_it(site, fetching, hold):
    site.answers["/slow"], site.answers["/a"] = Body(cut=1000, hold=hold), Body()
    quick = [track(site.url + "/a", id=f"c:track:{n}") for n in range(20)]
    process = fetching(2, track(site.url + "/slow", id="c:track:slow"), *quick)
    assert ids(answers(process, 20)) == ids(quick)
    hold.set()
    (slow,) = rest(process)
    assert slow["id"] == "c:track:slow" and slow["file"]["sha256"] == sha256(AUDIO) and process.returncode == 0


def test_the_end_of_a_collection_waits_for_what_is_before_it(site, fetching, hold):
    site.answers["/slow"], site.answers["/a"] = Body(cut=1000, hold=hold), Body()
    done = {"v": 1, "id": "c:album:1", "kind": "done", "n": 3}
    own = {"v": 1, "id": "mine", "kind": "x-mark"}
    skip = {"v": 1, "id": "c:track:2", "kind": "skip", "why": "in the library"}
    process = fetching(
        4, track(site.url + "/slow", id="c:track:1"), skip, track(site.url + "/a", id="c:track:3"), done, own, {**done, "id": "c:album:2"},
        track(site.url + "/a", id="c:track:4"))
    assert ids(answers(process, 3)) == ["c:track:2", "c:track:3", "c:track:4"]
    hold.set()
    assert [a["id"] for a in rest(process)] == ["c:track:1", "c:album:1", "mine", "c:album:2"] and process.returncode == 0


def test_what_has_nothing_before_it_that_is_unanswered_goes_on_at_once(fetching):
    process = fetching(4, *[{"v": 1, "id": f"c:album:{n}", "kind": "done", "n": 0} for n in range(600)])
    assert len(answers(process, 600)) == 600 and rest(process) == []


def test_many_ends_of_collections_may_wait_for_one_transfer(site, fetching, hold):
    site.answers["/slow"] = Body(cut=1000, hold=hold)
    process = fetching(4, track(site.url + "/slow", id="c:track:1"), *[{"v": 1, "id": f"c:album:{n:03}", "kind": "done", "n": 0} for n in range(600)])
    wait_until(lambda: site.count("/slow"))
    hold.set()
    assert [a["id"] for a in rest(process)] == ["c:track:1", *(f"c:album:{n:03}" for n in range(600))]


def test_two_lines_of_one_id_are_not_worked_on_at_once(site, fetching, hold, spool):
    site.answers["/a"], site.answers["/b"] = Body(cut=1000, hold=hold), Body()
    record = track(site.url + "/a", id="c:track:1", sha256=sha256(AUDIO))
    process = fetching(4, record, record, record, track(site.url + "/b", id="c:track:2"))
    assert answers(process, 1)[0]["id"] == "c:track:2"
    hold.set()
    same = rest(process)
    assert [a["file"]["sha256"] for a in same] == [sha256(AUDIO)] * 3 and site.count("/a") == 1


def test_a_line_that_is_none_is_answered_by_its_number(site, fetching):
    site.answers["/a"] = Body()
    good = [track(site.url + "/a", id=f"c:track:{n}") for n in range(6)]
    process = fetching(4, good[0], "{nonsense", good[1], good[2], "", "{" + " " * 1_100_000 + "}", good[3], "[]", *good[4:])
    found = rest(process)
    assert sorted((a["id"], a.get("code")) for a in found) == sorted(
        [(r["id"], None) for r in good] + [("line:2", "not_json"), ("line:6", "line_too_long"), ("line:8", "bad_envelope")])
    assert process.returncode == 0


@pytest.mark.parametrize("is_there", [True, False])
def test_transfers_side_by_side_ask_for_a_picture_once(site, fetching, hold, is_there):
    site.answers["/a"] = Body()
    picture = Body(PICTURE, cut=100, hold=hold)
    site.answers["/cover"] = picture if is_there else lambda request: hold.wait(PATIENCE) and (404, {}, b"")
    process = fetching(8, *[track(site.url + "/a", id=f"c:track:{n}", track={"artwork_url": site.url + "/cover"}) for n in range(24)])
    wait_until(lambda: site.count("/a") == 8)
    hold.set()
    found = [a["file"] for a in rest(process)]
    assert len(found) == 24 and site.count("/cover") == 1
    if is_there:
        assert {f["artwork"]["sha256"] for f in found} == {sha256(PICTURE)} and len({f["artwork"]["path"] for f in found}) == 24
        assert len({os.stat(f["artwork"]["path"]).st_ino for f in found}) == 1
    else:
        assert {f["artwork_error"]["code"] for f in found} == {"http_404"}


def test_what_a_process_knows_of_a_picture_goes_with_the_picture(site, fetching, spool):
    """Another picture under the same name and of the same size is read anew."""
    other = PICTURE[:-1] + b"!"
    site.answers["/a"], site.answers["/cover"] = Body(), PICTURE
    record = track(site.url + "/a", track={"artwork_url": site.url + "/cover"})
    process = fetching(2, record)
    assert answers(process, 1)[0]["file"]["artwork"]["sha256"] == sha256(PICTURE)
    (shared,) = spool.glob("artwork-*")
    (spool / "new").write_bytes(other)
    (spool / "new").rename(shared)
    process.stdin.write(lines({**record, "id": "c:track:8"}))
    process.stdin.flush()
    assert rest(process)[0]["file"]["artwork"]["sha256"] == sha256(other)


def test_a_signal_leaves_every_record_answered_once_or_not_at_all(site, fetching, hold, spool):
    site.answers["/slow"], site.answers["/a"] = Body(LONG, cut=1000, hold=hold, etag='"1"'), Body()
    slow = [track(site.url + "/slow", id=f"c:track:slow-{n}") for n in range(3)]
    quick = [track(site.url + "/a", id=f"c:track:{n}") for n in range(8)]
    given = [slow[0], quick[0], slow[1], *quick[1:], {"v": 1, "id": "c:album:1", "kind": "done", "n": 9}, slow[2]]
    process = fetching(4, *given)
    first = answers(process, 8)
    wait_until(lambda: site.count("/slow") == 3 and sum(p.stat().st_size == 1000 for p in spool.glob("*.part")) == 3)
    process.send_signal(signal.SIGTERM)
    found = [*first, *rest(process)]
    assert process.returncode == 75 and ids(found) == ids(quick)
    # The next run does what is left, from where the first one ended.
    body = site.answers["/slow"] = Body(LONG, etag='"1"')
    again = fetching(4, *slow)
    assert [a["file"]["sha256"] for a in rest(again)] == [sha256(LONG)] * 3 and [head["Range"] for head in body.seen] == ["bytes=1000-"] * 3


def test_transfers_may_end_within_the_grace(site, fetching, hold, spool):
    site.answers["/slow"] = Body(cut=1000, hold=hold)
    slow = [track(site.url + "/slow", id=f"c:track:{n}") for n in range(4)]
    process = fetching(4, *slow)
    wait_until(lambda: len([p for p in spool.glob("*.part") if p.stat().st_size]) == 4)
    process.send_signal(signal.SIGTERM)
    hold.set()
    assert ids(rest(process)) == ids(slow) and process.returncode == 0


def test_it_stops_where_nobody_takes_its_answers(site, fetching, spool):
    site.answers["/a"] = Body()
    process = fetching(4, *[{**track(site.url + "/a", id=f"c:track:{n}"), "x_much": "x" * 50_000} for n in range(4)])
    # The pipe has room for one answer; another is being written, by any of the threads.
    wait_until(lambda: len(list(spool.glob("*.media"))) == 4)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 75


def test_it_ends_quietly_when_its_reader_is_gone(site, fetching, hold):
    site.answers["/slow"], site.answers["/a"] = Body(cut=1000, hold=hold), Body()
    process = fetching(4, *[track(site.url + "/slow", id=f"c:track:slow-{n}") for n in range(3)])
    wait_until(lambda: site.count("/slow") == 3)
    process.stdout.close()
    process.stdin.write(lines(track(site.url + "/a")))
    process.stdin.flush()
    assert process.wait(PATIENCE) == 0 and process.stderr.read() == b""


def test_a_pause_holds_for_all_transfers_of_a_process(site, fetching):
    site.answers["/a"], site.answers["/b"] = (429, {"Retry-After": "300"}, b""), Body()
    process = fetching(4, track(site.url + "/a", id="c:track:1"))
    assert answers(process, 1)[0]["code"] == "http_429"
    process.stdin.write(lines(*[track(site.url + "/b", id=f"c:track:{n}") for n in range(2, 10)]))
    process.stdin.flush()
    assert [a["code"] for a in rest(process)] == ["paused"] * 8 and site.count("/b") == 0


def test_a_limit_of_a_host_holds_for_all_transfers_of_a_process(site, fetching, tmp_path):
    (tmp_path / "hosts").mkdir()
    (tmp_path / "hosts/limits").write_text('{"*":{"parallel":2}}')
    lock, now, most = threading.Lock(), 0, 0

    def counted(request):
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        # The others come meanwhile, if they may.
        threading.Event().wait(0.05)
        with lock:
            now -= 1
        return Body()(request)

    site.answers["/a"] = counted
    process = fetching(8, *[track(site.url + "/a", id=f"c:track:{n}") for n in range(12)], env={"SEGUE_HOSTS": str(tmp_path / "hosts")})
    assert len([a for a in rest(process) if "file" in a]) == 12 and most == 2


def test_credentials_that_can_be_read_only_once_are_known_to_all_transfers(site, fetching):
    body = site.answers["/a"] = Body()
    reading, writing = os.pipe()
    os.write(writing, b"mine 127.0.0.1 bearer t0k3n\n")
    os.close(writing)
    records = [track(site.url + "/a", id=f"c:track:{n}", auth="mine") for n in range(16)]
    process = fetching(8, *records, arguments=["--credentials", f"/dev/fd/{reading}"], pass_fds=[reading])
    os.close(reading)
    assert len([a for a in rest(process) if "file" in a]) == 16
    assert {head["Authorization"] for head in body.seen} == {"Bearer t0k3n"}


def test_progress_is_told_of_each_record(site, start, spool):
    site.answers["/a"] = Body()
    reading, writing = os.pipe()
    process = start("fetch", "--spool", spool, env={"SEGUE_EVENTS_FD": str(writing)}, pass_fds=[writing])
    os.close(writing)
    process.communicate(lines(*[track(site.url + "/a", id=f"c:track:{n}") for n in range(20)]), timeout=PATIENCE)
    with os.fdopen(reading) as events:
        told = collections.Counter(json.loads(line)["id"] for line in events)
    assert told.keys() == {f"c:track:{n}" for n in range(20)}


def test_memory_of_sixteen_transfers_is_small(site, tmp_path, spool, peak_memory):
    site.answers["/a"] = Body(b"fLaC" + bytes(16 << 20))
    (tmp_path / "in").write_bytes(lines(*[track(site.url + "/a", id=f"c:track:{n}") for n in range(32)]))
    peak = peak_memory("fetch", "--spool", spool, "--transfers", "16", stdin=tmp_path / "in", stdout=tmp_path / "out")
    assert len((tmp_path / "out").read_bytes().splitlines()) == 32 and peak < 96 << 20
