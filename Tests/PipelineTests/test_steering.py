"""Pause, cancel and the rest, from another process while a driver runs, and when none does."""

import os
import signal
import subprocess
import time

import pytest

from programs import PROGRAMS


@pytest.fixture
def slow(music, origin, drive):
    """A driver whose transfers take long."""
    served = origin(music)
    driven = drive(served)
    driven.file.write_text(driven.file.read_text().replace('"--stall",', '"--limit-rate", "4000", "--stall",'))
    driven.origin = served
    return driven


def parts(driven):
    spool = driven.folder / "state/spool"
    return [name for name in os.listdir(spool) if name.endswith("media.part")] if spool.exists() else []


def test_a_pause_stops_what_runs_and_outlives_the_driver(slow):
    process = slow.start("--quiet", "playlist:1")
    slow.wait(lambda: slow.stats()["running"] >= 3)
    paused = slow.segue("pause", "playlist:1")
    assert paused.status == 0 and "paused" in paused.stdout.decode()
    slow.wait(lambda: slow.stats()["running"] == 0, 5)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=20) in (0, 75)
    assert slow.segue("run").status == 0
    stats = slow.stats()
    assert stats["done"] == 0 and stats["failed"] == 0 and stats["paused"] == 10
    assert all("failure" not in item for item in slow.items("--state", "paused").values())
    slow.file.write_text(slow.file.read_text().replace("4000", "4000000"))
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
