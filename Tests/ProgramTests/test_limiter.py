"""The shared limiter: many processes, one folder, and a server that counts what reaches it."""

import contextlib
import fcntl
import json
import os
import pathlib
import re
import threading
import time

import pytest
from programs import lines

AUDIO = b"fLaC" + bytes(5000)
PATIENCE = 20


def track(url, number=7):
    return {"v": 1, "id": f"c:track:{number}", "kind": "track", "media": {"url": url, "format": "flac"}}


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def host(site):
    return site.url.removeprefix("http://")


class Folder:
    """The shared folder as a stage in another language sees it: contract, section 3."""

    def __init__(self, path):
        self.path, self.environment = path, {"SEGUE_HOSTS": str(path)}

    def set(self, **limits):
        """Sets limits as a driver does; "star" stands for "*"."""
        self.set_hosts({"*": limits.pop("star")} if "star" in limits else limits)

    def set_hosts(self, limits):
        self.path.mkdir(exist_ok=True)
        (self.path / "limits.new").write_text(json.dumps(limits))
        (self.path / "limits.new").rename(self.path / "limits")

    def file(self, kind, host, number=None):
        name = re.sub(r"[^a-z0-9.-]", "_", host.lower())[:200]
        return self.path / (f"{kind}-{name}" + (f"-{number}" if number else ""))

    def is_held(self, *name):
        """Whether a process holds this lock."""
        with contextlib.suppress(FileNotFoundError), open(self.file(*name)) as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    @contextlib.contextmanager
    def holding(self, *name):
        with open(self.file(*name), "a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield


class Crowd:
    """Serves a body, and knows how many requests for it were at work at once, and when each came."""

    def __init__(self, pause=0.02, company=1):
        self.pause, self.company, self.now, self.most, self.times = pause, company, 0, 0, []
        self.lock, self.enough = threading.Lock(), threading.Event()

    def __call__(self, request):
        with self.lock:
            self.times.append(time.time())
            self.now += 1
            self.most = max(self.most, self.now)
            if self.most >= self.company:
                self.enough.set()
        # Nobody gets an answer before so many came together as may.
        self.enough.wait(PATIENCE)
        request.send_response(200)
        request.send_header("Content-Type", "audio/flac")
        request.send_header("Content-Length", str(len(AUDIO)))
        request.end_headers()
        request.wfile.write(AUDIO[:-1])
        threading.Event().wait(self.pause)
        # The request is over for its client at the last byte, not before.
        with self.lock:
            self.now -= 1
        request.wfile.write(AUDIO[-1:])


class Held:
    """Serves a body that stops in its midst until it is told to go on; knows how many requests came."""

    def __init__(self):
        self.count, self.go_on = 0, threading.Event()

    def __call__(self, request):
        self.count += 1
        request.send_response(200)
        request.send_header("Content-Type", "audio/flac")
        request.send_header("Content-Length", str(len(AUDIO)))
        request.end_headers()
        with contextlib.suppress(OSError):
            request.wfile.write(AUDIO[:1000])
            self.go_on.wait(PATIENCE)
            request.wfile.write(AUDIO[1000:])


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path / "hosts")


@pytest.fixture
def held():
    """held() -> a body that is held back; all are let go at the end of the test."""
    bodies = []

    def make():
        bodies.append(Held())
        return bodies[-1]

    yield make
    for body in bodies:
        body.go_on.set()


@pytest.fixture
def begin(start, folder, tmp_path):
    """begin(record, ...) -> a fetch that is at work on them"""
    def call(*records):
        process = start("fetch", "--spool", tmp_path / "spool", env=folder.environment)
        process.stdin.write(lines(*records))
        process.stdin.close()
        process.stdin = None
        return process

    return call


def answers(process):
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, stderr
    return [json.loads(line) for line in stdout.splitlines()]


# Requests at once

def test_six_processes_never_have_more_requests_at_once_than_the_limit(site, folder, begin):
    folder.set(star={"parallel": 2})
    site.answers["/a"] = crowd = Crowd(company=2)
    processes = [begin(*(track(site.url + "/a", 100 * p + n) for n in range(6))) for p in range(6)]
    found = [answer for process in processes for answer in answers(process)]
    assert len(found) == 36 and all("file" in answer for answer in found)
    assert crowd.most == 2 and len(crowd.times) == 36


def test_each_host_has_its_own_slots_and_an_own_limit_goes_before_the_star(site, other_site, folder, begin):
    folder.set_hosts({"*": {"parallel": 1}, host(site): {"parallel": 3}})
    site.answers["/a"], other_site.answers["/a"] = many, one = Crowd(company=3), Crowd()
    processes = [begin(track(site.url + "/a", p), track(other_site.url + "/a", p + 100)) for p in range(5)]
    assert all("file" in answer for process in processes for answer in answers(process))
    assert (many.most, one.most) == (3, 1)


def test_a_name_without_a_port_limits_every_port(site, other_site, folder, begin):
    folder.set_hosts({"127.0.0.1": {"parallel": 1}})
    site.answers["/a"], other_site.answers["/a"] = first, second = Crowd(), Crowd()
    processes = [begin(track(site.url + "/a", p), track(other_site.url + "/a", p + 100)) for p in range(4)]
    assert all("file" in answer for process in processes for answer in answers(process))
    assert (first.most, second.most) == (1, 1)


def test_a_process_that_is_killed_in_mid_transfer_frees_its_slot(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"], site.answers["/b"] = body, other = held(), held()
    other.go_on.set()
    first = begin(track(site.url + "/a"))
    wait_until(lambda: body.count)
    second = begin(track(site.url + "/b", 8))
    # The second waits for a slot now, and can do nothing else.
    wait_until(lambda: folder.is_held("turn", host(site)))
    assert other.count == 0 and folder.is_held("slot", host(site), 1)
    first.kill()
    assert "file" in answers(second)[0] and other.count == 1
    assert not folder.is_held("slot", host(site), 1)


def test_who_is_killed_while_it_waits_frees_the_turn(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = body = held()
    processes = [begin(track(site.url + "/a", 1))]
    wait_until(lambda: body.count)
    processes += [begin(track(site.url + "/a", n)) for n in (2, 3)]
    wait_until(lambda: folder.is_held("turn", host(site)))
    processes[1].kill()
    processes[1].wait(PATIENCE)
    wait_until(lambda: folder.is_held("turn", host(site)))
    body.go_on.set()
    assert "file" in answers(processes[0])[0] and "file" in answers(processes[2])[0] and body.count == 2


def test_who_waits_for_a_slot_can_be_told_to_stop(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = body = held()
    begin(track(site.url + "/a"))
    wait_until(lambda: body.count)
    second = begin(track(site.url + "/a", 8))
    wait_until(lambda: folder.is_held("turn", host(site)))
    second.terminate()
    stdout, _ = second.communicate(timeout=PATIENCE)
    assert (stdout, second.returncode, body.count) == (b"", 75, 1)


def test_a_redirect_gives_one_host_s_slot_back_and_takes_the_other_s(site, other_site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = (302, {"Location": other_site.url + "/b"}, b"")
    other_site.answers["/b"] = body = held()
    process = begin(track(site.url + "/a"))
    wait_until(lambda: body.count)
    assert not folder.is_held("slot", host(site), 1) and folder.is_held("slot", host(other_site), 1)
    body.go_on.set()
    assert "file" in answers(process)[0]


def test_a_redirect_to_the_same_host_needs_no_second_slot(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = (302, {"Location": "/b"}, b"")
    site.answers["/b"] = body = held()
    body.go_on.set()
    assert "file" in answers(begin(track(site.url + "/a")))[0]


def test_a_limit_that_is_set_anew_holds_for_those_who_wait(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = body = held()
    first = begin(track(site.url + "/a"))
    wait_until(lambda: body.count == 1)
    second = begin(track(site.url + "/a", 8))
    wait_until(lambda: folder.is_held("turn", host(site)))
    folder.set(star={"parallel": 2})
    wait_until(lambda: body.count == 2)
    body.go_on.set()
    assert "file" in answers(first)[0] and "file" in answers(second)[0]


def test_a_stage_in_another_language_can_take_part(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/a"] = body = held()
    body.go_on.set()
    with folder.holding("turn", host(site)), folder.holding("slot", host(site), 1):
        process = begin(track(site.url + "/a"))
        wait_until(lambda: os.readlink(f"/proc/{process.pid}/exe").endswith("fetch") and waits(process))
        assert body.count == 0
    assert "file" in answers(process)[0] and body.count == 1


def waits(process):
    """Whether it has read its record, and is at rest with no connection open."""
    links = []
    for entry in os.scandir(f"/proc/{process.pid}/fd"):
        with contextlib.suppress(FileNotFoundError):
            links.append(os.readlink(entry))
    return any(link.endswith(".part") for link in links) and not any("socket" in link for link in links)


def test_resolve_takes_slots_too(site, folder, run):
    folder.set(star={"parallel": 1})
    site.answers["/playlist/3"] = {"id": 3, "title": "A", "nb_tracks": 0, "creator": {"name": "B"}}
    site.answers["/playlist/3/tracks"] = {"data": [], "total": 0}
    found = run("resolve", "--rows", "--catalog", site.url, "playlist:3", env=folder.environment).only
    assert found["kind"] == "done" and folder.file("slot", host(site), 1).exists()


# Requests a second

def test_a_rate_holds_over_all_processes(site, folder, begin):
    folder.set(star={"rate": 5})
    site.answers["/a"] = crowd = Crowd(pause=0)
    start = time.time()
    processes = [begin(*(track(site.url + "/a", 100 * p + n) for n in range(5))) for p in range(4)]
    assert all("file" in answer for process in processes for answer in answers(process))
    # After a rest those of one second may come at once, and then one each fifth of a second.
    assert len(crowd.times) == 20
    for number, came in enumerate(sorted(crowd.times), 1):
        assert number <= 5 + 5 * (came - start)


def test_a_rate_holds_for_every_request_and_goes_before_a_stage_s_own(site, folder, run):
    site.answers["/track/1"] = (302, {"Location": "/track/2"}, b"")
    folder.set_hosts({host(site): {"rate": 0.001}})
    found = run("resolve", "--rate", "100", "--catalog", site.url, "track:1", env=folder.environment).only
    assert (found["class"], found["code"], found["host"]) == ("throttled", "paused", host(site))
    assert 900 < found["retry_after_s"] <= 1000 and site.requests == ["/track/1"]


def test_limits_that_cannot_be_read_are_a_matter_of_set_up(site, folder, begin):
    folder.path.mkdir()
    (folder.path / "limits").write_text("nonsense")
    found = answers(begin(track(site.url + "/a")))[0]
    assert (found["class"], found["code"]) == ("config", "bad_limits") and site.requests == []


# Pauses

def test_the_state_of_a_host_is_what_the_contract_says(site, folder, begin):
    folder.set(star={"rate": 50})
    site.answers["/a"] = (429, {"Retry-After": "300"}, b"")
    assert answers(begin(track(site.url + "/a")))[0]["class"] == "throttled"
    state = json.loads(folder.file("host", host(site)).read_text())
    assert state.keys() == {"host", "tokens", "at", "paused_until", "paused_at", "pause_s", "boot", "paused_until_boot"} and state["host"] == host(site)
    assert 200 < state["paused_until"] - time.time() <= 300 and 48 < state["tokens"] <= 49
    assert state["pause_s"] == 300 and abs(state["paused_at"] + 300 - state["paused_until"]) < 0.001 and state["boot"] == boot()
    assert 200 < state["paused_until_boot"] - time.clock_gettime(time.CLOCK_BOOTTIME) <= 300


def test_who_waits_for_a_slot_does_not_get_it_from_one_that_was_told_to_wait(site, folder, begin, held):
    folder.set(star={"parallel": 1})
    site.answers["/b"] = other = held()
    asked, go_on = threading.Event(), threading.Event()

    def refuse(request):
        asked.set()
        go_on.wait(PATIENCE)
        request.send_response(429)
        request.send_header("Retry-After", "300")
        request.send_header("Content-Length", "0")
        request.end_headers()

    site.answers["/a"] = refuse
    first = begin(track(site.url + "/a"))
    assert asked.wait(PATIENCE)
    second = begin(track(site.url + "/b", 8))
    wait_until(lambda: folder.is_held("turn", host(site)))
    go_on.set()
    assert answers(first)[0]["code"] == "http_429"
    assert (answers(second)[0]["code"], other.count) == ("paused", 0)


def test_a_full_disk_keeps_nobody_from_asking_and_pauses_are_known_all_the_same(site, other_site, folder, start, disk):
    disk(folder.path, "256k").fill()
    site.answers["/a"] = (429, {"Retry-After": "300"}, b"")
    other_site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, AUDIO)
    process = start("fetch", "--transfers", 1, "--spool", "spool", env=folder.environment)
    stdout, stderr = process.communicate(b"".join(json.dumps(record).encode() + b"\n" for record in [
        track(site.url + "/a"), track(site.url + "/a", 8), track(other_site.url + "/a", 9)]), timeout=PATIENCE)
    found = [json.loads(line) for line in stdout.splitlines()]
    assert [one.get("code") for one in found] == ["http_429", "paused", None] and site.count("/a") == 1 and "file" in found[2], stderr


def boot():
    return pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def paused(site, at, seconds, **more):
    """A host's file for a pause that began at a time."""
    return json.dumps({"host": host(site), "paused_until": at + seconds, "paused_at": at, "pause_s": seconds, **more})


def test_a_clock_that_was_set_since_a_pause_began_makes_it_neither_longer_nor_shorter(site, folder, begin):
    folder.path.mkdir()
    site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, AUDIO)
    file = folder.file("host", host(site))
    up, now = time.clock_gettime(time.CLOCK_BOOTTIME), time.time()
    # A day back; by the other clock it is over, and then on.
    file.write_text(paused(site, now + 86_400, 300, boot=boot(), paused_until_boot=up - 1))
    assert "file" in answers(begin(track(site.url + "/a")))[0]
    for at in (now + 86_400, now - 86_400):
        file.write_text(paused(site, at, 300, boot=boot(), paused_until_boot=up + 200))
        found = answers(begin(track(site.url + "/a", 8)))[0]
        assert found["code"] == "paused" and 100 < found["retry_after_s"] <= 200
    # Before another start of the machine: what would be longer than was asked for is over.
    file.write_text(paused(site, now + 86_400, 300, boot="another", paused_until_boot=up + 200))
    assert "file" in answers(begin(track(site.url + "/a", 9)))[0]
    file.write_text(paused(site, now - 10, 300, boot="another", paused_until_boot=up - 1))
    assert answers(begin(track(site.url + "/a", 10)))[0]["code"] == "paused"


def test_a_pause_that_another_language_wrote_holds_and_ends(site, folder, begin, held):
    folder.path.mkdir()
    site.answers["/a"] = body = held()
    body.go_on.set()
    file = folder.file("host", host(site))
    file.write_text(json.dumps({"host": host(site), "paused_until": time.time() + 300}))
    paused = answers(begin(track(site.url + "/a")))[0]
    assert (paused["code"], body.count) == ("paused", 0) and 200 < paused["retry_after_s"] <= 300
    until = time.time() + 0.5
    file.write_text(json.dumps({"host": host(site), "paused_until": until}))
    assert "file" in answers(begin(track(site.url + "/a")))[0] and time.time() >= until and body.count == 1
