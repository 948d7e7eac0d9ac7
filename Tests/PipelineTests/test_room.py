"""A disk that is full, and then is not: whatever lies on it, the work goes on by itself, and nothing is lost or said twice."""

import json
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import pytest
from programs import PROGRAMS, lines
from synced import synced

# Keeps c:track:late in hand until the file `go` is there.
GATE = """
import json, os, sys, time
for line in sys.stdin:
    while json.loads(line)["id"].endswith(":late") and not os.path.exists("go"): time.sleep(0.05)
    print(line, end="", flush=True)
"""


class Work:
    """A driver, `run` or `serve`, with one record in hand at the first stage until `go()`."""

    def __init__(self, driven, command, records):
        self.driven, self.command = driven, command
        arguments = {"run": ["run", "--pipeline", driven.file, "-"], "serve": ["serve", "--pipeline", driven.file, "--listen", "127.0.0.1:0"]}[command]
        process = subprocess.Popen(
            [PROGRAMS / "segue", *arguments], cwd=driven.folder, env=driven.environment, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        self.process, self.said = process, []
        driven.process = process
        threading.Thread(target=lambda: self.said.extend(iter(lambda: process.stderr.readline().decode(), "")), daemon=True).start()
        if command == "run":
            process.stdin.write(lines(*records))
            process.stdin.close()
        else:
            self.wait_for("listening on")
            assert driven.segue("add", "-", stdin=lines(*records)).status == 0

    def wait_for(self, text, seconds=40):
        end = time.monotonic() + seconds
        while not any(text in line for line in self.said):
            assert time.monotonic() < end and self.process.poll() is None, self.said
            time.sleep(0.02)

    def count(self, text):
        return sum(text in line for line in self.said)

    def go(self):
        (self.driven.folder / "go").touch()

    def end(self):
        """Lets it come to its end, and returns its exit status."""
        self.go()
        if self.command == "serve":
            self.driven.wait(lambda: (stats := self.driven.stats())["ready"] + stats["running"] + stats["waiting"] == 0)
            self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)


@pytest.fixture
def stages(drive):
    """A drive of a gate and the real stages, fetch to record."""
    driven = drive(None, [{"name": "x", "run": ["cat"]}])
    (driven.folder / "gate.py").write_text(GATE)
    return drive(None, [
        {"name": "gate", "run": [sys.executable, "gate.py"], "replicas": 2}, {"name": "fetch", "run": ["fetch", "--stall", "5"], "replicas": 4},
        {"name": "place", "run": ["place", "--library", "Music"], "replicas": 2}, {"name": "record", "run": ["record", "--library", "Music"]}])


@pytest.fixture
def records(site, tmp_path):
    """records(6) -> c:track:late and so many other tracks, with media on a server."""
    path = tmp_path / "tone.flac"
    sound = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=2:seed=7", "-ar", "44100", path]
    subprocess.run(list(map(str, sound)), check=True)
    audio = path.read_bytes()
    assert 100_000 < len(audio) < 300_000

    def call(count):
        site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, audio)
        return [
            {"v": 1, "id": f"c:track:{n}", "kind": "track", "track": {"title": f"T{n}", "artists": ["A"], "artist": "A", "album": "L", "album_artist": "A"},
             "media": {"url": f"{site.url}/a", "format": "flac"}} for n in ["late", *range(count)]]

    return call


def whole(driven, count):
    """All is in the library, booked, and nothing beside it."""
    files = sorted(p.name for p in driven.library.rglob("*") if p.is_file() and ".segue" not in str(p))
    assert len(files) == count + 1 and driven.stats()["done"] == count + 1, files
    booked = subprocess.run([PROGRAMS / "record", "--library", driven.library, "--tracks"], capture_output=True, check=True).stdout.splitlines()
    assert len(booked) == count + 1 and all(item["failures"] == 0 for item in driven.items().values() if "failures" in item)


@pytest.mark.parametrize("command", ["run", "serve"])
@pytest.mark.parametrize("full, stage", [("state/spool", "fetch"), ("Music", "place"), ("Music/.segue", "record")])
def test_a_stage_that_had_no_room_goes_on_when_there_is_some(command, full, stage, stages, records, disk):
    small = disk(stages.folder / full, "16m")
    small.fill()
    work = Work(stages, command, records(5))
    work.wait_for(f"the stage {stage} is halted")
    small.free()
    work.wait_for(f"the stage {stage} goes on")
    assert work.end() == 0, work.said
    whole(stages, 5)
    assert work.count("is halted") == 1 and work.count("goes on") == 1, work.said


def test_a_library_that_was_away_is_gone_on_with_when_it_is_back(stages, records):
    work = Work(stages, "run", records(5))
    stages.wait(lambda: stages.stats()["done"] == 5)
    away = stages.folder / "away"
    stages.library.rename(away)
    more = [{**record, "id": f"{record['id']}-more", "track": {**record["track"], "title": f"More {n}"}} for n, record in enumerate(records(3)[1:])]
    assert stages.segue("add", "-", stdin=lines(*more)).status == 0
    work.wait_for("the stage place is halted")
    assert not stages.library.exists()
    away.rename(stages.library)
    work.wait_for("the stage place goes on")
    assert work.end() == 0, work.said
    whole(stages, 8)


def test_while_there_is_no_room_one_record_at_a_time_looks_and_little_is_said(drive):
    driven = drive(None, [{"name": "x", "run": ["cat"]}])
    (driven.folder / "gate.py").write_text(GATE)
    (driven.folder / "stage.py").write_text(
        "import json, os, sys\nfor line in sys.stdin:\n r = json.loads(line)\n open('tries', 'a').write(f'{os.getpid()}\\n')\n"
        " e = {'v': 1, 'id': r['id'], 'kind': 'error', 'class': 'config', 'code': 'disk_full', 'message': 'no room', 'record': r}\n"
        " print('said', file=sys.stderr)\n print(json.dumps(r if os.path.exists('room') else e), flush=True)\n")
    driven = drive(None, [
        {"name": "gate", "run": [sys.executable, "gate.py"], "replicas": 2}, {"name": "stage", "run": [sys.executable, "stage.py"], "replicas": 3, "window": 4}])
    work = Work(driven, "run", [{"v": 1, "id": f"c:track:{n}", "kind": "track"} for n in ["late", *range(40)]])
    work.wait_for("the stage stage is halted")
    tries = driven.folder / "tries"
    # Those that were in hand, and then one, in a process of its own.
    driven.wait(lambda: len(set(tries.read_text().split())) >= 4, 30)
    first = tries.read_text().split()
    assert len(first) <= 13 and first.count(first[-1]) == 1 and work.count("said") <= 12
    assert all(item["failures"] == 0 for item in driven.items().values() if "failures" in item)
    (driven.folder / "room").touch()
    work.wait_for("the stage stage goes on")
    assert work.end() == 0 and driven.stats()["done"] == 41 and work.count("is halted") == 1


def test_a_stage_that_was_broken_goes_on_and_no_record_is_to_blame(drive):
    driven = drive(None, [{"name": "x", "run": ["cat"]}])
    (driven.folder / "gate.py").write_text(GATE)
    driven = drive(None, [
        {"name": "gate", "run": [sys.executable, "gate.py"], "replicas": 2}, {"name": "work", "run": ["sh", "-c", "test -e right && exec cat; exit 3"]}])
    work = Work(driven, "run", [{"v": 1, "id": f"c:track:{n}", "kind": "track"} for n in ["late", *range(30)]])
    work.wait_for("the stage work is halted")
    failed = driven.stats()["failed"]
    (driven.folder / "right").touch()
    work.wait_for("the stage work goes on")
    work.end()
    assert driven.stats()["failed"] == failed and driven.stats()["done"] == 31 - failed


def test_arguments_that_a_stage_does_not_take_are_not_tried_again(drive):
    driven = drive(None, [{"name": "one", "run": ["cat"]}, {"name": "two", "run": ["sh", "-c", "echo x >> starts; exit 64"]}])
    done = driven.segue("run", "-", stdin=lines(*({"v": 1, "id": f"c:track:{n}", "kind": "track"} for n in range(30))))
    assert done.status == 78 and (driven.folder / "starts").read_text() == "x\n"


@pytest.fixture
def full_ledger(drive, disk):
    """full_ledger("run") -> a drive whose ledger is on a disk that is full, its work with one record in hand, and how many wait behind that."""

    def call(command):
        driven = drive(None, [{"name": "x", "run": ["cat"]}])
        (driven.folder / "gate.py").write_text(GATE)
        driven = drive(None, [{"name": "gate", "run": [sys.executable, "gate.py"], "replicas": 2}, {"name": "work", "run": ["tee", "-a", "seen"]}])
        small = disk(driven.folder / "state", "3m")
        work = Work(driven, command, [{"v": 1, "id": "c:track:late", "kind": "track"}])
        driven.wait(lambda: driven.stats()["running"] == 1)
        small.fill()
        # The log may have room for a little more.
        added = 0
        while (refused := driven.segue("add", "-", stdin=lines(*({"v": 1, "id": f"c:track:{added + n}", "kind": "track", "x": "x" * 2000} for n in range(50))))).status == 0:
            added += 50
        assert refused.status == 78 and "no room for the ledger" in refused.stderr
        return driven, small, work, added

    return call


@pytest.mark.parametrize("command", ["run", "serve"])
def test_a_ledger_that_had_no_room_goes_on_with_all_that_came_meanwhile(command, full_ledger):
    driven, small, work, added = full_ledger(command)
    if command == "serve":
        url = re.search(r"http://\S+[0-9]", work.said[0]).group()
        request = urllib.request.Request(url + "/v1/items", json.dumps({"refs": [f"c:track:9{n}" for n in range(900)]}).encode(), {"Content-Type": "application/json"})
        with pytest.raises(urllib.error.HTTPError) as answer:
            urllib.request.urlopen(request, timeout=30)
        assert answer.value.code == 503 and json.loads(answer.value.read())["code"] == "disk_full"
    work.go()
    work.wait_for("waiting until the ledger takes something again")
    assert work.process.poll() is None and driven.stats()["done"] < added + 1
    small.free()
    work.wait_for("the ledger goes on")
    assert work.end() == 0, work.said
    assert driven.stats()["done"] == added + 1, (work.said, driven.stats())
    assert len((driven.folder / "seen").read_text().splitlines()) == added + 1
    assert work.count("waiting until the ledger") == 1


def test_a_driver_that_waits_for_room_in_its_ledger_can_be_stopped(full_ledger):
    driven, small, work, added = full_ledger("run")
    work.go()
    work.wait_for("waiting until the ledger takes something again")
    work.process.send_signal(signal.SIGTERM)
    assert work.process.wait(timeout=20) == 75
    # What it could not book is done again.
    small.free()
    assert driven.segue("run", "--quiet").status == 0 and driven.stats()["done"] == added + 1


# What stages leave in the spool


OPUS = """
import json, shutil, sys
for line in sys.stdin:
    record = json.loads(line)
    if record["kind"] == "track":
        path = record["file"]["path"]
        shutil.copy(path, path + ".copy")
        shutil.copy(path, path + ".log.part")
        record["file"]["path"] = path + ".copy"
    print(json.dumps(record), flush=True)
"""


@pytest.fixture
def copying(records, site, drive):
    """A drive with a stage that leaves files of its own beside its input, and records for it."""
    driven = drive(None, [
        {"name": "fetch", "run": ["fetch"], "replicas": 2}, {"name": "copy", "run": [sys.executable, "copy.py"], "writes": ["file"], "kinds": ["track"]},
        {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])
    (driven.folder / "copy.py").write_text(OPUS)
    return driven


def left(driven):
    return sorted(path.name for path in (driven.folder / "state/spool").iterdir())


def test_what_a_stage_leaves_beside_its_input_is_swept_with_the_item(copying, records):
    first, second, third = records(2)
    # One name is the beginning of the other.
    first["id"], second["id"], third["id"] = "a:track:1", "a:track:10", "a:track:100"
    (copying.folder / "Music").mkdir()
    done = copying.segue("run", "-", stdin=lines(first, third))
    assert done.status == 0 and left(copying) == [], done.stderr
    # Of one that waits for a folder, all stays, and of the others nothing.
    second["track"]["album_artist"] = "Blocked"
    (copying.library / "Blocked").write_text("in the way")
    # What is left goes when all is at its end: something is not.
    copying.segue("add", "-", stdin=lines({**first, "id": "b:track:1"}))
    copying.segue("pause", "b:track:1")
    done = copying.segue("run", "-", stdin=lines({**first, "id": "a:track:11"}, second))
    names = left(copying)
    assert done.status == 75 and names and all(name.startswith("a_track_10-") for name in names), (names, done.stderr)
    assert [name.split(".", 1)[1] for name in names if "copy" in name or "log" in name] == ["media.copy", "media.log.part"], names
    (copying.library / "Blocked").unlink()
    copying.segue("retry")
    copying.segue("resume", "--all")
    assert copying.segue("run").status == 0 and left(copying) == []


def test_what_a_forgotten_item_has_goes_with_what_stages_added(copying, records):
    *_, second = records(2)
    (copying.folder / "Music").mkdir()
    second["id"], second["track"]["album_artist"] = "a:track:1", "Blocked"
    (copying.library / "Blocked").write_text("in the way")
    copying.segue("add", "-", stdin=lines({**second, "id": "b:track:1"}))
    copying.segue("pause", "b:track:1")
    assert copying.segue("run", "-", stdin=lines(second)).status == 75 and len(left(copying)) >= 3
    assert copying.segue("clear", "a:track:1").status == 0 and left(copying) == []


def test_what_is_left_in_the_spool_of_what_starts_over_is_gone_for_good(shop, home):
    driven = home(shop(1, 1))
    spool = driven.folder / "state/spool"
    spool.mkdir(parents=True)
    old = [spool / f"catalog_track_1-4ab3c509711dd600{ending}" for ending in (".json", ".media", ".media.part")]
    for path in old:
        path.write_text("{}")
    paths = synced("segue", "run", "--pipeline", driven.file, "--quiet", "track:1", stdin=b"", cwd=driven.folder)
    assert not any(path.exists() for path in old) and str(spool) in paths
