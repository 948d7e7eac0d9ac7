"""Pause, cancel and the rest, from another process while a driver runs, and when none does."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import time

import pytest

from programs import PROGRAMS


@pytest.fixture
def slow(music, origin, drive):
    """A driver whose transfers take long."""
    served = origin(music)
    driven = drive(served)
    pipeline = json.loads(driven.file.read_text())
    fetch = next(stage for stage in pipeline["stages"] if stage["name"] == "fetch")
    fetch["run"] += ["--limit-rate", "4000", "--transfers", "1"]
    fetch["window"] = 1
    driven.file.write_text(json.dumps(pipeline))
    driven.origin = served
    return driven


def parts(driven):
    spool = driven.folder / "state/spool"
    return [name for name in os.listdir(spool) if name.endswith("media.part")] if spool.exists() else []


def test_a_pause_stops_what_runs_and_outlives_the_driver(slow):
    # So slow that a busy machine cannot finish a file before the pause.
    slow.file.write_text(slow.file.read_text().replace('"4000"', '"1000"'))
    process = slow.start("--quiet", "playlist:1")
    slow.wait(lambda: slow.stats()["running"] >= 3)
    paused = slow.segue("pause", "playlist:1")
    assert paused.status == 0 and "paused" in paused.stdout.decode()
    slow.wait(lambda: slow.stats()["running"] == 0, 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 75
    done = slow.segue("run")
    assert done.status == 75 and "nothing was done" in done.stderr and "10 paused; segue resume ID, or --all" in done.stderr
    stats = slow.stats()
    assert stats["done"] == 0 and stats["failed"] == 0 and stats["paused"] == 10
    assert all("failure" not in item for item in slow.items("--state", "paused").values())
    slow.file.write_text(slow.file.read_text().replace('"1000"', '"4000000"'))
    assert slow.segue("resume", "--all").status == 0
    assert slow.segue("run").status == 0 and slow.stats()["done"] == 11


def test_cancel_stops_a_transfer_within_a_second_and_removes_its_partial_file(slow):
    slow.start("--quiet", "playlist:1")
    slow.wait(lambda: len(parts(slow)) >= 3)
    running = [i for i, item in slow.items("--state", "running").items() if item["stage"] == "fetch"]
    before = time.monotonic()
    assert slow.segue("cancel", running[0]).status == 0
    stem = running[0].replace(":", "_")
    slow.wait(lambda: not [p for p in parts(slow) if p.startswith(stem + "-")], 5)
    assert time.monotonic() - before < 5
    slow.segue("cancel", "--all")
    assert slow.process.wait(timeout=20) == 0
    assert {i["state"] for i in slow.items().values()} == {"cancelled"}
    assert slow.segue("run").status == 0 and slow.stats()["done"] == 0


def test_a_dry_run_changes_nothing(slow):
    slow.segue("add", "track:1", "track:2")
    assert slow.segue("cancel", "--dry-run", "--all").stdout.decode() == "2 cancelled\n"
    assert slow.stats()["ready"] == 2


def test_what_is_not_known_is_said(slow):
    assert slow.segue("pause", "track:99").status == 64
    assert slow.segue("show", "track:99").status == 64
    assert slow.segue("pause").status == 64
    assert slow.segue("add", "nonsense").status == 64
    assert slow.segue("scale", "fetch", 3).status == 64


def test_a_stage_is_scaled_while_it_runs(slow):
    process = slow.start("--quiet", "playlist:1")
    slow.wait(lambda: len(parts(slow)) == 4)
    assert slow.segue("scale", "fetch", 7).status == 0
    slow.wait(lambda: len(parts(slow)) == 7)
    process.send_signal(signal.SIGINT)
    time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) == 75
    stats = slow.stats()
    assert stats["running"] == 0 and stats["failed"] == 0 and not stats["driver"]
    assert all("attempts" not in i or i["failures"] == 0 for i in slow.items().values())


def test_an_album_that_was_added_late_does_not_wait_for_the_big_list(slow):
    slow.start("--quiet", "playlist:1")
    slow.wait(lambda: len(parts(slow)) == 4)
    slow.segue("add", "--first", "album:2")
    slow.wait(lambda: slow.segue("show", "--json", "album:2").only.get("members") is not None)
    assert slow.show("album:2")["first"]


def test_one_driver_works_on_a_ledger(slow):
    slow.start("--quiet", "playlist:1")
    slow.wait(lambda: slow.stats()["driver"])
    second = slow.segue("run")
    assert second.status == 69 and "another driver" in second.stderr


def test_one_driver_works_on_a_ledger_whatever_links_lead_there(slow):
    (slow.folder / "elsewhere").mkdir()
    (slow.folder / "elsewhere/ledger.sqlite").symlink_to("../state/ledger.sqlite")
    process = slow.start("--quiet", "playlist:1")
    slow.wait(lambda: slow.stats()["driver"])
    settings = json.loads(slow.file.read_text())
    slow.file.write_text(json.dumps(settings | {"ledger": "elsewhere/ledger.sqlite"}))
    second = slow.segue("run")
    assert second.status == 69 and f"process {process.pid}" in second.stderr


@pytest.mark.parametrize("what, status", [("ledger.sqlite", 78), ("ledger.sqlite.lock", 78), ("spool", 69)])
@pytest.mark.parametrize("how", ["moved", "replaced"])
def test_a_driver_whose_files_are_taken_away_says_so_and_ends(what, status, how, slow):
    process = slow.start("--quiet", "playlist:1")
    slow.wait(lambda: slow.stats()["running"] >= 1 and slow.stats()["done"] >= 1)
    path, aside = slow.folder / "state" / what, slow.folder / "aside"
    path.rename(aside)
    if how == "replaced":
        path.mkdir() if what == "spool" else path.touch()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == status and f"state/{what} was ".encode() in errors, errors
    if what == "ledger.sqlite":
        booked = sqlite3.connect(shutil.copy(aside, slow.folder / "copy"))
        assert ("done",) in booked.execute("SELECT state FROM item").fetchall()
    if path.is_dir():
        shutil.rmtree(path)
    aside.rename(path)
    slow.file.write_text(slow.file.read_text().replace('"4000"', '"4000000"'))
    done = slow.segue("run", "--quiet", timeout=60)
    assert done.status == 0, done.stderr


def test_many_commands_at_once_make_one_ledger(drive):
    for turn in range(5):
        driven = drive(None, [{"name": "one", "run": ["cat"]}], name=f"drive-{turn}")
        command = [PROGRAMS / "segue", "add", "--pipeline", driven.file]
        adding = [subprocess.Popen([*command, f"track:{n}"], cwd=driven.folder, stderr=subprocess.PIPE) for n in range(10)]
        assert [process.communicate(timeout=60)[1] for process in adding] == [b""] * 10
        assert driven.stats()["ready"] == 10


def test_the_environment_may_name_the_pipeline(drive):
    driven = drive(None, [{"name": "one", "run": ["cat"]}])
    for environment, status in (({"SEGUE_PIPELINE": str(driven.file)}, 0), ({}, 64)):
        done = subprocess.run([PROGRAMS / "segue", "stats"], cwd=driven.folder, env=environment, capture_output=True)
        assert done.returncode == status and (status == 0 or b"SEGUE_PIPELINE" in done.stderr)


# Fails what a file in the folder `bad` names; waits while the file `gate` is there.
PICKY = """
import json, os, sys, time
for line in sys.stdin:
    record = json.loads(line)
    while os.path.exists("gate"):
        time.sleep(0.02)
    path = "bad/" + record["id"].split(":")[-1]
    if not os.path.exists(path):
        print(line.strip(), flush=True)
        continue
    error = {"v": 1, "id": record["id"], "kind": "error", "stage": "picky", "class": "permanent", "code": "gone", "message": "it is gone", "record": record}
    for name in ("parent", "seq"):
        if name in record: error[name] = record[name]
    print(json.dumps(error), flush=True)
"""

# A list of so many tracks as its id says.
EXPAND = """
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    if record["kind"] != "request":
        print(line.strip(), flush=True)
        continue
    first, last = map(int, record["id"].split(":")[-1].split("-"))
    for seq, n in enumerate(range(first, last + 1), 1):
        print(json.dumps({"v": 1, "id": f"c:track:{n}", "kind": "track", "parent": record["id"], "seq": seq, "track": {"title": f"Tune {n}"}}), flush=True)
    print(json.dumps({"v": 1, "id": record["id"], "kind": "done", "n": last - first + 1, "collection": {"type": "playlist", "title": f"Tunes {first} to {last}"}}), flush=True)
"""


@pytest.fixture
def picky(drive):
    """A drive over lists `c:playlist:FIRST-LAST` and tracks, of which those in the folder `bad` fail."""
    driven = drive(None, [
        {"name": "expand", "run": ["python3", "expand.py"], "mode": "expand", "kinds": ["request"]},
        {"name": "picky", "run": ["python3", "picky.py"], "replicas": 2, "kinds": ["track"]}])
    (driven.folder / "picky.py").write_text(PICKY)
    (driven.folder / "expand.py").write_text(EXPAND)
    (driven.folder / "bad").mkdir()
    driven.bad = lambda *numbers: [(driven.folder / f"bad/{n}").touch() for n in numbers]
    driven.good = lambda: [path.unlink() for path in (driven.folder / "bad").iterdir()]
    return driven


def track(number):
    return b'{"v":1,"id":"c:track:%d","kind":"track","track":{"title":"Tune %d"}}\n' % (number, number)


def said(outcome):
    assert outcome.status == 0, outcome.stderr
    return outcome.stdout.decode().splitlines()


def test_retry_with_nothing_named_takes_all_that_failed_and_says_who_goes_on(picky):
    assert said(picky.segue("retry")) == ["0 to be tried again: nothing failed"]
    picky.bad(4, 40)
    assert picky.segue("run", "c:playlist:3-6", "-", stdin=track(40)).status == 1
    assert said(picky.segue("retry", "--dry-run")) == ["2 to be tried again"]
    # What finds nothing to do says of the others too what it is for.
    assert said(picky.segue("pause", "c:track:3")) == ["0 paused: none of it is ready, running or waiting"]
    assert said(picky.segue("resume", "c:track:3", "c:track:40")) == ["0 resumed: none of it is paused"]
    assert said(picky.segue("retry", "c:track:3")) == ["0 to be tried again: none of it failed or was cancelled"]
    assert said(picky.segue("retry")) == ["2 to be tried again; segue run takes them up"]
    picky.good()
    assert picky.segue("run").status == 0
    assert said(picky.segue("retry")) == ["0 to be tried again: nothing failed"]


def test_retry_beside_a_driver_says_that_it_takes_them(picky):
    picky.bad(40)
    picky.start("--quiet", "-")
    picky.process.stdin.write(track(40))
    picky.process.stdin.flush()
    picky.wait(lambda: picky.stats()["failed"] == 1)
    picky.good()
    assert said(picky.segue("retry")) == ["1 to be tried again; the driver that runs takes them up"]
    picky.wait(lambda: picky.stats()["done"] == 1)
    picky.process.stdin.close()
    assert picky.process.wait(30) == 0


def test_clear_says_what_stays_and_which_list_to_name(picky):
    picky.bad(4, 5, 40)
    assert picky.segue("run", "c:playlist:3-6", "c:playlist:8-9", "-", stdin=track(40)).status == 1
    first, hint, *lists = said(picky.segue("clear", "--state", "failed"))
    assert first == "1 forgotten; 2 stay: they belong to lists" and "segue clear ID forgets a list" in hint
    assert lists == ["  c:playlist:3-6  Tunes 3 to 6"]
    assert said(picky.segue("clear", "c:track:4"))[0] == "0 forgotten; 1 stays: it belongs to a list"
    assert picky.segue("clear", "--json", "c:track:4").only == {"items": 0, "members": 1, "lists": ["c:playlist:3-6"]}
    first, _, *lists = said(picky.segue("clear", "--all"))
    assert first == "3 forgotten; 1 list stays: something in it failed" and lists == ["  c:playlist:3-6  Tunes 3 to 6"]
    assert said(picky.segue("clear", "c:playlist:3-6")) == ["5 forgotten"] and picky.items() == {}


def test_clear_says_that_what_is_not_at_its_end_has_to_be_cancelled(picky):
    assert picky.segue("add", "-", stdin=track(41)).status == 0
    assert said(picky.segue("clear", "c:track:41")) == ["0 forgotten; 1 is not at its end: segue cancel ends it"]
    picky.segue("cancel", "c:track:41")
    assert said(picky.segue("clear", "c:track:41")) == ["1 forgotten"]


@pytest.mark.parametrize("command, states", [
    ("pause", {"ready", "running", "waiting"}), ("resume", {"paused"}), ("cancel", {"ready", "running", "waiting", "open", "paused"}),
    ("retry", {"failed", "cancelled"}), ("clear", {"done", "skipped", "failed", "cancelled"})])
def test_a_command_takes_the_states_that_it_is_for(picky, command, states):
    told = " ".join(subprocess.run([PROGRAMS / "segue", command, "--help"], capture_output=True, text=True).stdout.split())
    for state in ("ready", "running", "waiting", "open", "paused", "done", "skipped", "failed", "cancelled"):
        done = picky.segue(command, "--state", state)
        assert done.status == (0 if state in states else 64), (state, done.stderr)
    assert "(values: " + told.split("(values: ")[1].split(")")[0] + ")" == f"(values: {', '.join(s for s in ('ready', 'running', 'waiting', 'open', 'paused', 'done', 'skipped', 'failed', 'cancelled') if s in states)})"


# How a run ends


def test_a_run_that_leaves_something_paused_says_so_and_is_not_done(picky):
    picky.bad(7)
    picky.segue("add", "c:playlist:3-6", "-", stdin=track(7))
    assert said(picky.segue("pause", "c:track:7")) == ["1 paused"]
    done = picky.segue("run")
    assert done.status == 75 and "1 paused; segue resume ID, or --all, lets them go on" in done.stderr
    assert picky.stats()["done"] == 5
    again = picky.segue("run")
    assert again.status == 75 and "nothing was done" in again.stderr and "nothing to do" not in again.stderr
    picky.segue("resume", "--all")
    assert picky.segue("run").status == 1
    picky.segue("cancel", "c:track:7")
    picky.good()
    picky.segue("retry")
    assert picky.segue("run").status == 0 and "nothing to do" in picky.segue("run").stderr


def test_a_run_with_everything_paused_says_how_it_goes_on(picky):
    picky.segue("add", "c:playlist:3-6")
    picky.segue("pause", "--all")
    done = picky.segue("run", "-", stdin=track(9))
    assert done.status == 75 and "everything is paused; segue resume --all lets it go on" in done.stderr
    picky.segue("resume", "--all")
    assert picky.segue("run").status == 0 and picky.stats()["done"] == 6


def test_what_waits_for_another_try_is_waited_for_though_something_is_paused(drive):
    stage = ("import json, os, sys\nfor line in sys.stdin:\n r = json.loads(line)\n e = {'v': 1, 'id': r['id'], 'kind': 'error', 'class': 'transient', 'code': 'cut', 'message': 'cut', 'retry_after_s': 2, 'record': r}\n"
             " print(json.dumps(r if os.path.exists('tried') else e), flush=True)\n open('tried', 'w')\n")
    driven = drive(None, [{"name": "one", "run": ["python3", "-c", stage]}])
    driven.segue("add", "-", stdin=track(1) + track(2))
    driven.segue("pause", "c:track:1")
    assert driven.segue("run").status == 75
    assert {i: item["state"] for i, item in driven.items().items()} == {"c:track:1": "paused", "c:track:2": "done"}


def test_a_run_that_is_stopped_with_something_left_is_not_done(picky):
    (picky.folder / "gate").touch()
    picky.start("--quiet", "c:playlist:3-6")
    picky.wait(lambda: picky.stats()["running"] == 2)
    # A list that is open, and members that are paused, are no end either.
    picky.segue("pause", "c:playlist:3-6")
    picky.wait(lambda: picky.stats()["running"] == 0)
    picky.process.send_signal(signal.SIGTERM)
    assert picky.process.wait(30) == 75


def test_what_a_replica_gives_back_when_it_is_ended_is_not_left_behind(drive):
    driven = drive(None, [{"name": "one", "run": ["sleep", "600"], "window": 4, "timeout": "200ms", "retry": {"attempts": 1}}])
    done = driven.segue("run", "--quiet", "-", stdin=b"".join(track(n) for n in range(4)))
    assert done.status == 1 and [item["state"] for item in driven.items().values()] == ["failed"] * 4, done.stderr


# A stage that is halted


def test_what_stands_still_is_told_everywhere_and_started_anew(drive):
    stage = "test -e right || { echo no license here >&2; exit 64; }; exec cat"
    driven = drive(None, [{"name": "first", "run": ["cat"]}, {"name": "licensed", "run": ["sh", "-c", stage]}])
    assert driven.segue("restart", "licensed").status == 64
    driven.start("--quiet", "-")
    driven.process.stdin.write(track(1))
    driven.process.stdin.flush()
    driven.wait(lambda: driven.stats()["troubles"])
    (trouble,) = driven.stats()["troubles"]
    assert trouble["stage"] == "licensed" and "no license here" in trouble["message"]
    assert any(line.startswith("the stage licensed is halted: ") and "no license here" in line for line in said(driven.segue("stats")))
    (line,) = said(driven.segue("list"))
    assert "Tune 1" in line and "licensed is halted: " in line and "no license here" in line
    assert "no license here" in driven.items()["c:track:1"]["trouble"]
    wrong = driven.segue("restart", "licenced")
    assert wrong.status == 64 and "did you mean licensed?" in wrong.stderr
    (driven.folder / "right").touch()
    assert driven.segue("restart", "licensed").status == 0
    driven.wait(lambda: driven.stats()["done"] == 1)
    assert driven.stats()["troubles"] == []
    driven.process.stdin.close()
    assert driven.process.wait(30) == 0


def test_why_the_last_driver_ended_is_told_until_the_next_one_begins(drive):
    driven = drive(None, [{"name": "licensed", "run": ["sh", "-c", "test -e right && exec cat; echo no license here >&2; exit 64"]}])
    done = driven.segue("run", "-", stdin=track(1))
    assert done.status == 78 and "nothing was done" in done.stderr and "1 item waits; set right what the stage licensed told" in done.stderr
    assert any("licensed was halted when the last driver ended: " in line for line in said(driven.segue("stats")))
    (driven.folder / "right").touch()
    assert driven.segue("run").status == 0 and driven.stats()["troubles"] == []


# Words


def test_a_command_that_is_none_is_answered_with_those_that_there_are():
    done = subprocess.run([PROGRAMS / "segue", "lsit", "--all"], capture_output=True, text=True)
    first, second = done.stderr.splitlines()
    assert done.returncode == 64 and first == "segue: there is no command lsit; did you mean list?"
    for command in ("run", "serve", "list", "restart", "test-stage", "import"):
        assert f" {command}" in second
    far = subprocess.run([PROGRAMS / "segue", "frobnicate"], capture_output=True, text=True)
    assert far.returncode == 64 and "did you mean" not in far.stderr and " retry" in far.stderr
    for words in (["help", "list"], ["list", "--help"], ["--version"], []):
        assert subprocess.run([PROGRAMS / "segue", *words], capture_output=True).returncode == 0


def test_no_option_tells_two_defaults():
    programs = ["resolve", "fetch", "decrypt", "verify", "place", "record", "origin"]
    commands = subprocess.run([PROGRAMS / "segue", "lsit"], capture_output=True, text=True).stderr.split("commands are ")[1].split(";")[0].split(", ")
    assert len(commands) > 20
    for words in [[p] for p in programs] + [["segue", c] for c in commands]:
        told = subprocess.run([PROGRAMS / words[0], *words[1:], "--help"], capture_output=True, text=True)
        assert told.returncode == 0, words
        for option in told.stdout.replace("\n                          ", " ").split("\n  -"):
            assert option.count("(default:") <= 1, (words, option)
