"""What drivers of other people's programs get wrong, each held by a test.

Here: 1 stdout is data, 2 flush for each record, 3 answer everything, 4 long lines, 5 no deadlock of pipes, 6 SIGPIPE, 9 stderr is no
verdict, 11 one finish for each claim, 15 fidelity. Elsewhere: 7 clean signals, 8 no inherited descriptors and no hostage waits and
12 private pipes in test_segue_pool.py, on the same engine; 10 poison and 14 signals twice in test_endings.py; 13 durable before it is
answered in test_driver.py. What binds the stages themselves is asked of each by `segue test-stage --strict`.
"""

import json
import os
import subprocess
import sys
import time

import pytest
from programs import granted, lines

ECHO = "for line in sys.stdin: print(line, end='', flush=True)\n"


def tracks(count, **more):
    return lines(*({"v": 1, "id": f"c:track:{n}", "kind": "track", "track": {"title": f"T{n}"}, **more} for n in range(count)))


@pytest.fixture
def staged(drive, tmp_path):
    """staged("for line in sys.stdin: ...", window=8) -> a drive of one stage in Python."""

    def call(text, **options):
        name = f"staged-{len(list(tmp_path.iterdir()))}"
        path = tmp_path / name / "stage.py"
        path.parent.mkdir()
        path.write_text("import json, os, sys, time\n" + text)
        return drive(None, [{"name": "stage", "run": [sys.executable, str(path)], **options}], name=name, retry={"attempts": 2, "base": "1ms"})

    return call


def failures(driven, number=0):
    return [failure["code"] for failure in driven.show(f"c:track:{number}")["attempts"]]


def test_1_stdout_is_data(staged):
    driven = staged("print('ready', flush=True)\n" + ECHO)
    done = driven.segue("run", "-", stdin=tracks(3))
    assert done.status == 69 and "no record" in done.stderr
    assert driven.stats()["done"] == 0 and driven.stats()["running"] == 0
    driven = staged("for line in sys.stdin: print('hm' if ':1\"' in line else line.rstrip(), flush=True)\n")
    done = driven.segue("run", "-", stdin=tracks(3))
    assert done.status == 1 and failures(driven, 1) == ["protocol", "protocol"] and driven.stats()["done"] == 2


def test_2_an_answer_that_is_not_flushed_is_waited_for_and_no_longer_than_its_time(staged):
    driven = staged("out = open(1, 'w', buffering=4096)\nfor line in sys.stdin: out.write(line)\n", timeout="300ms")
    assert driven.segue("run", "-", stdin=tracks(1)).status == 1
    assert failures(driven) == ["timeout", "timeout"]


def test_3_a_stage_that_ends_well_with_fewer_answers_has_not_done_them(staged):
    driven = staged("for line in sys.stdin:\n if ':7\"' in line: sys.exit(0)\n print(line, end='', flush=True)\n", window=4)
    done = driven.segue("run", "-", stdin=tracks(20))
    assert done.status == 1 and driven.stats()["done"] == 19
    assert driven.show("c:track:7")["state"] == "failed" and "c:track:7" in driven.segue("list", "--state", "failed").stdout.decode()


def test_4_a_line_that_is_too_long_costs_only_itself(staged):
    driven = staged(ECHO)
    long = json.dumps({"v": 1, "id": "c:track:long", "kind": "track", "x_text": "x" * (1 << 20)}).encode() + b"\n"
    done = driven.segue("run", "-", stdin=tracks(1) + long + tracks(2))
    assert "line 2: it is too long" in done.stderr and driven.stats()["done"] == 2
    driven = staged("for line in sys.stdin: print(line.rstrip() if ':1\"' not in line else 'x' * (2 << 20), flush=True)\n")
    assert driven.segue("run", "-", stdin=tracks(3)).status == 1
    assert driven.stats()["done"] == 2 and failures(driven, 1) == ["protocol", "protocol"]


def test_5_no_pipe_fills_up_for_ever(drive, staged):
    many = tracks(10_000, x_text="x" * 1000)
    driven = drive(None, [{"name": "stage", "run": ["cat"], "window": 256}])
    assert driven.segue("run", "--quiet", "-", stdin=many).status == 0 and driven.stats()["done"] == 10_000
    driven = staged("for n in range(100_000): sys.stderr.write('x' * 99 + chr(10))\n" + ECHO)
    done = driven.segue("run", "-", stdin=tracks(3))
    assert done.status == 0 and driven.stats()["done"] == 3 and len(done.stderr) < 1_000_000 and "more lines" in done.stderr
    driven = staged("time.sleep(600)\n", window=8, timeout="200ms")
    assert driven.segue("run", "--quiet", "-", stdin=tracks(8, x_text="x" * 500_000), timeout=300).status in (1, 69)
    assert driven.stats()["done"] == 0 and driven.stats()["running"] == 0


def test_6_a_stage_that_does_not_read_to_the_end_does_not_take_the_driver_with_it(staged):
    driven = staged("print(sys.stdin.readline(), end='', flush=True)\n", window=64)
    assert driven.segue("run", "--quiet", "-", stdin=tracks(20, x_text="x" * 100_000), timeout=300).status == 0
    assert driven.stats()["done"] == 20


def test_a_stage_that_closes_its_stdout_and_lives_on_is_ended(staged):
    driven = staged("if os.path.exists('closed'): exec(sys.argv[1]), sys.exit()\nopen('closed', 'w').close()\nsys.stdin.readline()\nos.close(1)\ntime.sleep(600)\n")
    driven.file.write_text(driven.file.read_text().replace('stage.py"', f'stage.py", {json.dumps(ECHO.strip())}'))
    assert driven.segue("run", "-", stdin=tracks(3)).status == 0 and driven.stats()["done"] == 3


def test_9_what_is_on_stderr_is_no_verdict(staged):
    driven = staged("for line in sys.stdin:\n print('ERROR: all is lost', file=sys.stderr, flush=True)\n print(line, end='', flush=True)\n")
    done = driven.segue("run", "-", stdin=tracks(3))
    assert done.status == 0 and driven.stats()["done"] == 3 and done.stderr.count("stage.1: ERROR: all is lost") == 3


def test_11_what_somebody_works_on_is_nobody_elses_however_long_it_takes(staged, tmp_path):
    # Two seconds is far beyond all pauses of this pipeline; the claim of a killed driver is free at once.
    driven = staged(
        "for line in sys.stdin:\n with open('begun', 'a') as file: file.write(line)\n time.sleep(2)\n print(line, end='', flush=True)\n", replicas=4)
    assert driven.segue("run", "--quiet", "-", stdin=tracks(4)).status == 0
    assert len((driven.folder / "begun").read_text().splitlines()) == 4
    assert all(failures(driven, n) == [] for n in range(4))


def test_15_what_the_driver_does_not_know_goes_through_it_byte_for_byte(drive):
    text = (
        '{"v":1,"id":"c:track:9007199254740993","kind":"track","x_big":123456789012345678901234567890,"x_point":1.0,"x_exponent":1E2,'
        '"x_escaped":"\\u0000\\u2028\\ud83c\\udfb5\\/","x_raw":"\u2028é\u0301","x_nested":{"b":[null,{"a":-0}]},"x_twice":1}')
    driven = drive(None, [{"name": "one", "run": ["cat"]}, {"name": "two", "run": ["sh", "-c", "tee seen"]}])
    assert driven.segue("run", "--quiet", "-", stdin=text.encode() + b"\n").status == 0
    assert (driven.folder / "seen").read_bytes() == text.encode() + b"\n"
    bad = driven.segue("run", "-", stdin=b'{"v":1,"id":"c:track:1","kind":"track","x":"\xff"}\n{"v":1,"id":"c:track:2","kind":"track","x":"\\ud800"}\n')
    assert "line 1:" in bad.stderr and "line 2:" in bad.stderr and driven.stats()["done"] == 1


EXPAND = """
for line in sys.stdin:
    request = json.loads(line)
    if request["kind"] != "request": print(line, end="", flush=True); continue
    count = {"playlist": 300, "album": 5}[request["id"].split(":")[1]]
    for n in range(count):
        member = {"v": 1, "id": f"c:track:{request['id'][-3:]}{n}", "kind": "track", "parent": request["id"], "seq": n + 1}
        print(json.dumps(member), flush=True)
    print(json.dumps({"v": 1, "id": request["id"], "kind": "done", "n": count}), flush=True)
"""


def test_an_album_that_is_added_late_takes_turns_with_the_big_list(staged):
    driven = staged(EXPAND, mode="expand")
    work = driven.folder / "work.py"
    work.write_text(
        "import sys, time\nfor line in sys.stdin:\n time.sleep(0.02)\n"
        " with open('order', 'a') as file: file.write(line)\n print(line, end='', flush=True)\n")
    driven.file.write_text(json.dumps({**json.loads(driven.file.read_text()), "stages": granted([
        *json.loads(driven.file.read_text())["stages"], {"name": "work", "run": [sys.executable, str(work)], "replicas": 2}])}))
    process = driven.start("--quiet", "playlist:big")
    order = driven.folder / "order"
    driven.wait(lambda: order.exists() and order.read_text().count("\n") >= 20)
    assert driven.segue("add", "album:new").status == 0
    added = order.read_text().count("\n")
    assert process.wait(timeout=60) == 0
    places = [n for n, line in enumerate(order.read_text().splitlines()) if "c:track:new" in line]
    # Every second place is the album's, once it has been expanded, which takes a while beside the rest.
    assert len(places) == 5 and places[-1] - places[0] <= 20 and places[0] < added + 100, (added, places)


def test_a_stage_gets_more_and_fewer_replicas_while_it_runs(staged):
    driven = staged("for line in sys.stdin:\n time.sleep(0.05)\n print(line, end='', flush=True)\n", replicas=2)
    process = driven.start("--quiet", "-")
    process.stdin.write(tracks(400))
    process.stdin.close()

    def running():
        return len(subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True).stdout.split())

    driven.wait(lambda: running() == 2)
    for count in (9, 1, 4):
        assert driven.segue("scale", "stage", count).status == 0
        driven.wait(lambda: running() == count)
    assert process.wait(timeout=60) == 0
    assert driven.stats()["done"] == 400 and all(item["failures"] == 0 for item in driven.items().values() if "failures" in item)
    assert driven.segue("scale", "nothing", 3).status == 64 and driven.segue("scale", "stage", 0).status == 64


@pytest.mark.parametrize("spool, told", [({"dir": "state/spool", "limit": "3MB"}, "3000000"), ({"dir": "state/spool"}, "none")])
def test_stages_are_told_how_much_the_spool_may_hold(drive, spool, told):
    driven = drive(None, [{"name": "stage", "run": ["sh", "-c", "echo ${SEGUE_SPOOL_LIMIT:-none} > told; exec cat"]}], spool=spool)
    assert driven.segue("run", "--quiet", "-", stdin=tracks(1)).status == 0
    assert (driven.folder / "told").read_text().strip() == told


def test_the_spool_is_never_filled_far_beyond_its_limit(music, origin, drive):
    served = origin(music)
    driven = drive(served, spool={"dir": "state/spool", "limit": "150kB"})
    settings = json.loads(driven.file.read_text())
    slow = "while read -r line; do sleep 0.05; printf '%s\\n' \"$line\"; done"
    settings["stages"].insert(3, {"name": "slow", "run": ["sh", "-c", slow], "window": 8})
    settings["stages"][2] = {"name": "fetch", "run": ["fetch"], "replicas": 2}
    driven.file.write_text(json.dumps(settings))
    process = driven.start("--quiet", "playlist:1")
    most = 0
    while process.poll() is None:
        sizes = []
        for path in (driven.folder / "state/spool").glob("**/*"):
            try:
                sizes.append(path.stat().st_size)
            except FileNotFoundError:
                pass
        most = max(most, sum(sizes))
        time.sleep(0.005)
    assert process.returncode == 0 and driven.stats()["done"] == 11, process.stderr.read()
    largest = max(path.stat().st_size for path in driven.library.rglob("*") if path.is_file())
    # What was begun before the spool was full may still come in, and decrypt makes a second file of each.
    assert 0 < most <= 150_000 + 6 * largest, (most, largest)
