"""One part of a larger job: the queue as lines, shards that answer each of them once, and the outcomes back in the books."""

import contextlib
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from errands import dump, ledger, same_library
from programs import PROGRAMS, lines

# A stage whose answers follow from the title: it passes, fails, fails the first time, dies, or is not set up.
STAGE = """
import json, os, pathlib, sys, time
for line in sys.stdin:
    record = json.loads(line)
    word = record["track"]["title"] if record["kind"] == "track" else ""
    failed = pathlib.Path("failed-" + record["id"])
    error = {"kind": "error", "stage": "work", "message": "so it is", "record": record}
    if word == "dies":
        os._exit(9)
    if word == "once" and not failed.exists():
        failed.touch()
        record = {**error, "class": "transient", "code": "cut"}
    elif word in ("permanent", "transient", "config"):
        record = {**error, "class": word, "code": "so_it_is"}
    elif word == "slow":
        pathlib.Path("begun").touch()
        time.sleep(60)
    answer = {"v": 1, "id": json.loads(line)["id"], **{k: json.loads(line)[k] for k in ("parent", "seq") if k in json.loads(line)}, **record}
    print(json.dumps({**answer, "x_seen": True} if answer["kind"] == "track" else answer), flush=True)
"""


@pytest.fixture
def work(drive, tmp_path):
    """work(name="x") -> a drive over a stage that does what titles say, and one that stands for the catalogue's."""
    (tmp_path / "stage.py").write_text(STAGE)

    def call(name="drive", **stage):
        stages = [{"name": "work", "run": [sys.executable, str(tmp_path / "stage.py")], "kinds": ["request", "track"], **stage},
                  {"name": "book", "run": ["cat"], "writes": ["recorded"]}]
        return drive(None, stages, name=name, retry={"attempts": 2, "base": "10ms", "cap": "20ms"})

    return call


def track(number, title, **members):
    return {"v": 1, "kind": "track", "id": f"c:track:{number}", "track": {"title": title}, **members}


def told(record):
    return record["kind"], record["id"], record.get("class"), record.get("code")


def test_each_line_has_one_outcome(work):
    given = [
        track(1, "fine", parent="c:playlist:1", seq=1), track(2, "permanent"), "no record", "", track(3, "dies"), track(4, "once"), track(5, "transient"),
        track(1, "fine", parent="c:playlist:1", seq=9), {"v": 1, "kind": "request", "id": "c:playlist:7", "ref": "playlist:7"},
        {"v": 1, "kind": "skip", "id": "c:track:8"}, {"v": 1, "kind": "error", "id": "c:track:9", "class": "transient", "record": track(9, "fine")},
        "x" * 1_100_000]
    done = work().segue("shard", stdin=lines(*given))
    assert done.status == 0
    assert sorted(map(told, done.records), key=str) == sorted([
        ("track", "c:track:1", None, None), ("track", "c:track:1", None, None), ("error", "c:track:2", "permanent", "so_it_is"),
        ("error", "line:3", "permanent", "not_json"), ("error", "c:track:3", "crash", "crash"), ("track", "c:track:4", None, None),
        ("error", "c:track:5", "transient", "so_it_is"), ("error", "c:playlist:7", "config", "collection"), ("skip", "c:track:8", None, None),
        ("track", "c:track:9", None, None), ("error", "line:12", "permanent", "line_too_long")], key=str)
    assert [r["seq"] for r in done.records if r["id"] == "c:track:1"] == [1, 9]
    assert all(r["record"]["track"]["title"] == "permanent" for r in done.records if r["id"] == "c:track:2")


@pytest.mark.parametrize("count", [3, 5000])
def test_where_nothing_can_be_done_every_line_says_so_and_the_status_is_as_asked(work, count):
    given = lines(*(track(n, "config") for n in range(count)))
    driven = work()
    done = driven.segue("shard", stdin=given)
    assert done.status == 0 and {told(r)[2:] for r in done.records} == {("config", "so_it_is")}
    assert sorted(r["id"] for r in done.records) == sorted(f"c:track:{n}" for n in range(count)) and "halted" in done.stderr
    assert driven.segue("shard", "--if-nothing", 75, stdin=given).status == 75
    assert driven.segue("shard", "--if-nothing", 75, stdin=given + lines(track(count, "permanent"))).status in (0, 75)
    assert driven.segue("shard", "--if-nothing", 75, stdin=b"").status == 0
    assert os.listdir(driven.folder / "state/spool") == []


def test_a_reader_that_is_slow_gets_all_outcomes(work, start, tmp_path):
    given = tmp_path / "given"
    given.write_bytes(lines(*(track(n, "fine", x_pad="x" * 1000) for n in range(5000))))
    driven = work(window=64)
    with given.open("rb") as stdin:
        process = subprocess.Popen(
            [PROGRAMS / "segue", "shard", "--pipeline", driven.file], cwd=driven.folder, env=driven.environment, stdin=stdin, stdout=subprocess.PIPE)
    # So that more waits for it than the shard will hold.
    driven.wait(lambda: alive(process.pid) and waits(process.pid))
    with process:
        answers = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert process.returncode == 0 and {r["kind"] for r in answers} == {"track"} and len({r["id"] for r in answers}) == 5000


def waits(process):
    """Whether a process gets no further with what it reads."""
    before, _ = pathlib.Path(f"/proc/{process}/fdinfo/0").read_text(), time.sleep(1)
    return "pos:\t0\n" not in before and pathlib.Path(f"/proc/{process}/fdinfo/0").read_text() == before


def test_a_shard_that_is_told_to_stop_answers_what_it_has_read(work, start):
    driven = work()
    process = start("segue", "shard", "--pipeline", driven.file, cwd=driven.folder)
    process.stdin.write(lines(track(1, "fine"), track(2, "slow"), track(3, "fine")))
    process.stdin.flush()
    driven.wait(lambda: (driven.folder / "begun").exists())
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    answers = [json.loads(line) for line in process.stdout.read().splitlines()]
    assert process.wait() == 75 and sorted(r["id"] for r in answers) == ["c:track:1", "c:track:2", "c:track:3"]
    assert {told(r)[2:] for r in answers if r["kind"] == "error"} == {("config", "stopped")} and [r for r in answers if r["id"] == "c:track:2"][0]["record"]


def test_what_a_killed_shard_left_is_removed_by_the_next(work, start):
    driven = work()
    process = start("segue", "shard", "--pipeline", driven.file, cwd=driven.folder)
    process.stdin.write(lines(track(2, "slow")))
    process.stdin.flush()
    driven.wait(lambda: (driven.folder / "begun").exists())
    (left,) = (driven.folder / "state/spool").iterdir()
    other = start("segue", "shard", "--pipeline", driven.file, cwd=driven.folder)
    driven.wait(lambda: len(list((driven.folder / "state/spool").iterdir())) == 2)
    assert left.exists()
    other.communicate(b"")
    (replica,) = [int(line.split()[0]) for line in (left / "state/ledger.sqlite.replicas").read_text().splitlines()]
    process.kill()
    process.wait()
    assert driven.segue("shard", stdin=b"").status == 0 and not left.exists()
    driven.wait(lambda: not alive(replica))


def alive(process):
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):
        return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def test_limits_of_hosts_are_divided_by_the_machines(drive):
    driven = drive(None, [{"name": "one", "run": ["cat"]}], hosts={"*": {"parallel": 8}, "a.example": {"parallel": 2, "rate": 8}})
    assert driven.segue("shard", "--machines", 4, stdin=b"").status == 0
    assert json.loads((driven.folder / "state/ledger.sqlite.hosts/limits").read_text()) == {"*": {"parallel": 2}, "a.example": {"parallel": 1, "rate": 2}}


def test_only_the_named_stages_run_and_the_rest_is_exported(work):
    driven = work()
    given = [track(n, "fine") for n in range(3)]
    assert driven.segue("run", "--only", "nothing", "-", stdin=lines(*given)).status == 64
    assert driven.segue("run", "--only", "book", "-", stdin=lines(*given)).status == 0
    assert driven.segue("export", "--ready").records == given
    assert driven.segue("run", "--only", "work").status == 0
    assert driven.segue("export", "--ready").stdout == b""
    assert driven.segue("export").records == [{**record, "x_seen": True} for record in given]
    assert driven.segue("run").status == 0 and driven.segue("export").stdout == b""


def test_outcomes_are_booked_in_any_order_and_as_often_as_they_come(work, tmp_path):
    titles = ["fine", "permanent", "once", "dies"]
    driven = work()
    driven.segue("add", "-", stdin=lines(*(track(n, title) for n, title in enumerate(titles))))
    ready = driven.segue("export", "--ready").stdout
    assert driven.segue("export", "--ready").stdout == ready
    outcomes = driven.segue("shard", stdin=ready).stdout.splitlines(keepends=True)
    assert len(outcomes) == 4
    left = lines(*({"v": 1, "kind": "error", "id": f"c:track:{n}", "stage": "work", "class": "config", "code": "stopped", "message": "later"} for n in range(4)))
    (tmp_path / "a").write_bytes(left + b"".join(outcomes[2:]))
    (tmp_path / "b").write_bytes(b"".join(outcomes[1::-1]) + left)
    merged = driven.segue("merge", "--json", tmp_path / "a", tmp_path / "b", "-", stdin=outcomes[0])
    assert merged.status == 0
    counts = {"booked": 4, "cancelled": 0, "refused": 0, "unknown": 0}
    assert {k: merged.only[k] for k in counts} == counts and merged.only["known"] + merged.only["left"] == 9
    states = {item["id"]: item["state"] for item in driven.items().values()}
    assert states == {"c:track:0": "done", "c:track:1": "failed", "c:track:2": "done", "c:track:3": "failed"}
    before = ledger(driven)
    again = driven.segue("merge", stdin=left + b"".join(outcomes))
    assert again.status == 0 and again.stdout == b"0 booked, 8 known already\n" and ledger(driven) == before
    assert driven.show("c:track:1")["stage"] == "work" and driven.show("c:track:1")["failure"]["code"] == "so_it_is"


def test_lines_that_are_no_outcomes_of_items_are_named(work):
    driven = work()
    driven.segue("add", "-", stdin=lines(track(1, "fine"), track(2, "fine")))
    driven.segue("cancel", "c:track:2")
    given = lines("no record", {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 0}, track(9, "fine"), track(2, "fine"), track(1, "fine"))
    merged = driven.segue("merge", stdin=given)
    assert merged.status == 1 and merged.stdout == b"1 booked, 1 cancelled meanwhile, 1 not in the queue, 2 no outcomes\n"
    assert all(word in merged.stderr for word in ("-:1: ", "c:playlist:1 is a list", "no item c:track:9", "c:track:2 was cancelled"))
    assert {i["id"]: i["state"] for i in driven.items().values()} == {"c:track:1": "done", "c:track:2": "cancelled"}


def test_a_merge_that_is_killed_is_made_again(work, start, tmp_path):
    records = [track(n, "fine") for n in range(5000)]
    (tmp_path / "outcomes").write_bytes(lines(*({**record, "x_seen": True} for record in records)))

    def kill(name):
        """A merge that was killed, unless it was over before that."""
        driven = work(window=64, name=name)
        driven.segue("add", "-", stdin=lines(*records))
        merge = start("segue", "merge", "--pipeline", driven.file, tmp_path / "outcomes", cwd=driven.folder)
        # A command that counts them takes longer than the rest of the merge.
        with contextlib.closing(sqlite3.connect(driven.folder / "state/ledger.sqlite", timeout=30)) as database:
            driven.wait(lambda: database.execute("SELECT count(*) FROM item WHERE state = 'done'").fetchone()[0] > 0)
        merge.kill()
        return driven if merge.wait() != 0 else None

    driven = next(filter(None, (kill(f"try-{number}") for number in range(5))))
    assert driven.segue("merge", tmp_path / "outcomes").status == 0
    assert driven.stats()["done"] == 5000 and driven.segue("export").stdout == b""


def test_an_item_in_the_hands_of_a_driver_is_taken_from_it(work):
    driven = work()
    driven.segue("add", "-", stdin=lines(track(1, "slow")))
    driver = driven.start("--quiet")
    driven.wait(lambda: (driven.folder / "begun").exists())
    merged = driven.segue("merge", stdin=lines({**track(1, "slow"), "x_seen": True}))
    assert merged.status == 0 and merged.stdout == b"1 booked\n" and "driver" in merged.stderr
    assert driver.wait(timeout=30) == 0 and driven.stats()["done"] == 1


def test_shards_bring_home_what_one_machine_does(drive, origin, music, run):
    served = origin(music, plan=[{"track": 3, "fault": "unavailable", "tries": 2, "retry_after_s": 1}, {"track": 5, "fault": "truncate", "tries": 1}])
    alone, spread = drive(served, name="alone"), drive(served, name="spread")
    assert alone.segue("run", "--quiet", "playlist:1", "album:2").status == 0
    assert spread.segue("shard", stdin=b"").status == 78
    spread.library.mkdir()
    assert run("segue", "import", "Music", cwd=spread.folder).status == 0
    assert spread.segue("run", "--quiet", "--only", "expand,resolve", "playlist:1", "album:2").status == 0
    ready = spread.segue("export", "--ready").stdout.splitlines(keepends=True)
    assert len(ready) == len([i for i in alone.items() if ":track:" in i])
    catalogue = spread.library / ".segue/catalogue.sqlite"
    kept = catalogue.read_bytes()
    # A shard never opens it: another machine may be writing it.
    catalogue.write_bytes(b"not to be read")
    # The first two are in both.
    parts = [ready[::2] + ready[:2], ready[1::2]]
    shards = [subprocess.Popen(
        [PROGRAMS / "segue", "shard", "--pipeline", spread.file], cwd=spread.folder, env=spread.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE) for _ in parts]
    for shard, part in zip(shards, parts):
        shard.stdin.write(b"".join(part))
        shard.stdin.close()
    outcomes = [shard.stdout.read().splitlines(keepends=True) for shard in shards]
    assert [shard.wait() for shard in shards] == [0, 0] and list(map(len, outcomes)) == list(map(len, parts)), [s.stderr.read() for s in shards]
    for shard in shards:
        shard.stdout.close(), shard.stderr.close()
    catalogue.write_bytes(kept)
    for outcome in reversed(outcomes):
        assert spread.segue("merge", stdin=b"".join(reversed(outcome))).status == 0
    assert len(spread.essences) > 10
    assert same_library(spread, alone)
    before = dump(spread)
    assert spread.segue("merge", stdin=b"".join(sum(outcomes, []))).status == 0
    assert dump(spread) == before
    assert os.listdir(spread.folder / "state/spool") == []


def test_forty_times_the_records_take_the_same_memory(drive, peak_memory, tmp_path):
    memory = {}
    for count in (500, 20_000):
        stages = [{"name": "one", "run": ["cat"], "window": 64}, {"name": "book", "run": ["cat"], "window": 64, "writes": ["recorded"]}]
        driven = drive(None, stages, name=f"drive-{count}")
        driven.segue("add", "-", stdin="".join(f"track:{n}\n" for n in range(count)).encode())
        records, outcomes = tmp_path / f"records-{count}", tmp_path / f"outcomes-{count}"

        def peak(command, *arguments, **files):
            return peak_memory("segue", command, "--pipeline", driven.file, *arguments, cwd=driven.folder, **files)

        memory[count] = {
            "export": peak("export", "--ready", stdout=records), "shard": peak("shard", stdin=records, stdout=outcomes), "merge": peak("merge", outcomes)}
        assert driven.stats()["done"] == count and outcomes.read_bytes().count(b"\n") == count
    for command, few in memory[500].items():
        assert memory[20_000][command] < min(64 << 20, 1.4 * few), (command, memory)
