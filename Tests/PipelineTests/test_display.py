"""What `segue run` shows: a block on a terminal, a line for each item off one, events for programs."""

import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte
import pytest

from programs import PROGRAMS

TITLES = ["Blue in Green", "日本の夜明け、終わらない長い題名がここにある", "Ünïcode that goes on and on and on, well beyond the edge of it all"]

# Tells of its progress, and answers a record once the file of its name is there.
GATED = """
import json, os, sys, time
events = os.fdopen(int(os.environ["SEGUE_EVENTS_FD"]), "w", buffering=1)
for line in sys.stdin:
    record = json.loads(line)
    name = record["id"].replace(":", "-")
    while not os.path.exists("gates/" + name):
        print(json.dumps({"event": "progress", "id": record["id"], "stage": "gated", "bytes": 2000000, "total": 4000000}), file=events)
        time.sleep(0.02)
    fails = os.path.getsize("gates/" + name) > 0
    error = {"v": 1, "id": record["id"], "kind": "error", "stage": "gated", "class": "permanent", "code": "gone", "message": "it is gone", "record": record}
    print(json.dumps(error) if fails else line.strip(), flush=True)
"""


class Terminal:
    """A program on a terminal of its own, and what that shows."""

    def __init__(self, command, folder, columns=80, rows=24, **environment):
        self.process, self.descriptor = pty.fork()
        if self.process == 0:
            os.chdir(folder)
            os.execvpe(command[0], list(map(str, command)), {**os.environ, "TERM": "xterm", **environment})
        self.screen = pyte.Screen(columns, rows)
        self.stream = pyte.ByteStream(self.screen)
        self.raw, self.status = b"", None
        self.resize(columns, rows)

    def resize(self, columns, rows):
        self.screen.resize(rows, columns)
        fcntl.ioctl(self.descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def read(self, seconds):
        """What came within a while, or nothing; the end sets `status`."""
        if not select.select([self.descriptor], [], [], seconds)[0]:
            return
        try:
            data = os.read(self.descriptor, 65536)
        except OSError:
            data = b""
        if not data:
            self.status = os.waitstatus_to_exitcode(os.waitpid(self.process, 0)[1])
        self.raw += data
        self.stream.feed(data)

    @property
    def lines(self):
        return [line.rstrip() for line in self.screen.display]

    def wait(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end and self.status is None, "\n".join(self.lines)
            self.read(0.1)

    def finish(self, seconds=30):
        end = time.monotonic() + seconds
        while self.status is None:
            assert time.monotonic() < end, "\n".join(self.lines)
            self.read(0.1)
        os.close(self.descriptor)
        return self.status

    def close(self):
        if self.status is None:
            os.kill(self.process, signal.SIGKILL)
            os.waitpid(self.process, 0)


@pytest.fixture
def gated(drive):
    """gated(9) -> Drive with so many records and 4 replicas; `open(n)` lets a record through, `open(n, "x")` makes it fail."""

    def call(count, replicas=4):
        driven = drive(None, [{"name": "gated", "run": ["python3", "gated.py"], "replicas": replicas}])
        (driven.folder / "gated.py").write_text(GATED)
        (driven.folder / "gates").mkdir()
        tracks = [{"title": f"{n} {TITLES[n % 3]}", "artist": ["Nobody", "坂本 龍一"][n % 2]} for n in range(count)]
        records = [{"v": 1, "id": f"c:track:{n}", "kind": "track", "track": track} for n, track in enumerate(tracks)]
        added = driven.segue("add", "-", stdin="".join(json.dumps(r, ensure_ascii=False) + "\n" for r in records).encode())
        assert added.status == 0, added.stderr

        def open_gate(n, content=""):
            # With its content from the first moment that it can be seen.
            (driven.folder / f"gates/.{n}").write_text(content)
            os.rename(driven.folder / f"gates/.{n}", driven.folder / f"gates/c-track-{n}")

        driven.open = open_gate
        return driven

    return call


@pytest.fixture
def terminal():
    terminals = []

    def call(driven, *arguments, **options):
        command = [PROGRAMS / "segue", "run", "--pipeline", driven.file, *arguments]
        terminals.append(Terminal(command, driven.folder, **options))
        return terminals[-1]

    yield call
    for one in terminals:
        one.close()


def busy(seen):
    return [line for line in seen.lines if line.startswith("gated ")]


def test_a_terminal_shows_the_sums_and_who_is_busy_with_what(gated, terminal):
    driven = gated(9)
    seen = terminal(driven, columns=120)
    seen.wait(lambda: len(busy(seen)) == 4 and all("2.0 MB" in line for line in busy(seen)))
    assert [line[:30].strip() for line in busy(seen)] == [f"gated {n}  #####-----   2.0 MB" for n in range(1, 5)]
    assert [line for line in seen.lines if " left" in line][0].split()[:3] == ["0/9", "0%", "0"]
    driven.open(0), driven.open(1, "fails")
    seen.wait(lambda: any(line.startswith("  2/9") and "1 failed" in line for line in seen.lines))
    # The failure scrolls by above the block, which is there once.
    assert [line for line in seen.lines if line.startswith("failed")] == [f"failed   坂本 龍一 - 1 {TITLES[1]}  gated: it is gone"]
    assert len([line for line in seen.lines if " left" in line]) == 1 and len(busy(seen)) == 4
    for n in range(2, 9):
        driven.open(n)
    assert seen.finish() == 1
    shown = [line for line in seen.lines if line]
    assert shown[1:3] == ["1 failed:", f"  坂本 龍一 - 1 {TITLES[1]}  gated: it is gone"] and shown[3].startswith("segue: 8 done, 1 failed in 0:0")
    assert len(shown) == 4


@pytest.mark.parametrize("columns,rows", [(80, 24), (40, 10), (20, 4), (300, 50)])
def test_no_line_is_wrapped_and_the_block_stays_where_it_is(gated, terminal, columns, rows):
    driven = gated(12, replicas=8)
    seen = terminal(driven, columns=columns, rows=rows)
    seen.wait(lambda: len(busy(seen)) == min(8, max(rows - 4, 1)) or "and" in "".join(seen.lines))
    top = next(n for n, line in enumerate(seen.lines) if "0/12" in line)
    for n in range(12):
        driven.open(n)
    while seen.status is None:
        seen.read(0.1)
        tops = [n for n, line in enumerate(seen.lines) if "/12" in line]
        assert tops in ([top], []), "\n".join(seen.lines)
    # Each frame is written at once, and no line of it is wider than the terminal.
    for line in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", seen.raw).decode().splitlines():
        assert "segue:" in line or sum(pyte.screens.wcwidth(c) for c in line) < columns, line


def test_a_terminal_that_gets_narrower_and_wider_shows_one_block(gated, terminal):
    driven = gated(8)
    seen = terminal(driven, columns=100)
    seen.wait(lambda: len(busy(seen)) == 4)
    for columns in (50, 30, 120):
        seen.resize(columns, 24)
        before = len(seen.raw)
        seen.wait(lambda: len(seen.raw) - before > 2000)
        assert len(busy(seen)) == 4 and len([line for line in seen.lines if "0/8" in line]) == 1, "\n".join(seen.lines)
    for n in range(8):
        driven.open(n)
    assert seen.finish() == 0


def test_an_interrupted_run_leaves_the_terminal_as_it_was(gated, terminal):
    driven = gated(8)
    seen = terminal(driven)
    seen.wait(lambda: len(busy(seen)) == 4)
    os.write(seen.descriptor, b"\x03")
    seen.wait(lambda: any("4 in hand may finish within" in line for line in seen.lines))
    os.write(seen.descriptor, b"\x03")
    assert seen.finish() == 75
    assert not seen.screen.cursor.hidden and b"\x1b[?25l" not in seen.raw
    assert not busy(seen) and seen.lines[seen.screen.cursor.y] == "" and driven.stats()["ready"] == 8


def test_colours_are_left_out_where_they_are_not_wanted(gated, terminal):
    driven = gated(2)
    driven.open(0), driven.open(1, "fails")
    plain = terminal(driven, NO_COLOR="1")
    assert plain.finish() == 1 and not re.search(rb"\x1b\[[0-9;]*m", plain.raw)
    assert driven.segue("retry", "--all").status == 0
    coloured = terminal(driven)
    assert coloured.finish() == 1 and b"\x1b[31m" in coloured.raw


def test_a_dumb_terminal_gets_plain_lines(gated, terminal):
    driven = gated(2)
    driven.open(0), driven.open(1)
    seen = terminal(driven, TERM="dumb")
    assert seen.finish() == 0 and b"\x1b" not in seen.raw
    assert f"done     Nobody - 0 {TITLES[0]}" in seen.lines


def test_titles_cannot_steer_the_terminal(gated, terminal):
    driven = gated(0)
    record = {"v": 1, "id": "c:track:1", "kind": "track", "track": {"title": "a\x1b[2J\x07\x9b31mb\u202ec", "artist": "x"}}
    assert driven.segue("add", "-", stdin=json.dumps(record).encode()).status == 0
    seen = terminal(driven)
    seen.wait(lambda: busy(seen))
    driven.open(1, "fails")
    assert seen.finish() == 1
    assert b"\x1b[2J" not in seen.raw and b"\x07" not in seen.raw and "\u202e".encode() not in seen.raw and b"\xc2\x9b" not in seen.raw
    assert any("x - a\ufffd[2J\ufffd\ufffd31mb\ufffdc" in line for line in seen.lines)
    assert b"\x1b" not in driven.segue("list").stdout


def test_off_a_terminal_there_is_a_line_for_each_item(gated):
    driven = gated(5)
    for n in range(5):
        driven.open(n, "fails" if n == 3 else "")
    done = driven.segue("run")
    lines = done.stderr.splitlines()
    assert done.status == 1 and done.stdout == b"" and "\x1b" not in done.stderr
    assert sorted(lines[:5]) == sorted(
        [f"done     {['Nobody', '坂本 龍一'][n % 2]} - {n} {TITLES[n % 3]}" for n in range(5) if n != 3]
        + [f"failed   坂本 龍一 - 3 {TITLES[0]}  gated: it is gone"])
    assert lines[5] == "1 failed:" and lines[6].endswith("gated: it is gone") and re.fullmatch(r"segue: 4 done, 1 failed in 0:0\d.*", lines[7])
    assert len(lines) == 8


def test_many_failures_are_counted(gated):
    driven = gated(30)
    for n in range(30):
        driven.open(n, "fails")
    lines = driven.segue("run", "--quiet").stderr.splitlines()
    assert lines[0] == "30 failed:" and len(lines) == 23 and lines[21] == "  and 10 more: segue list --state failed"


def test_events_say_all_that_happens(gated):
    driven = gated(3)
    process = driven.start("--json")
    progress = []
    while not progress:
        event = json.loads(process.stdout.readline())
        progress = [event] if event["type"] == "progress" else []
    assert (progress[0]["bytes"], progress[0]["total"], progress[0]["stage"]) == (2000000, 4000000, "gated")
    driven.open(0), driven.open(1, "fails"), driven.open(2)
    events = [json.loads(line) for line in process.stdout]
    assert process.wait(timeout=30) == 1
    ends = {e["id"]: e["type"] for e in events if e["type"] in ("completed", "failed")}
    assert ends == {"c:track:0": "completed", "c:track:1": "failed", "c:track:2": "completed"}
    failure = next(e for e in events if e["type"] == "failed")
    assert (failure["stage"], failure["class"], failure["code"], failure["message"], failure["title"]) == (
        "gated", "permanent", "gone", "it is gone", f"1 {TITLES[1]}")
    assert events[-1]["type"] == "stats" and (events[-1]["done"], events[-1]["failed"], events[-1]["ready"]) == (2, 1, 0)
    last = progress[0]["seq"]
    for event in events:
        # How far a record is and how many there are is told beside the numbered events.
        assert event["seq"] == last + (event["type"] not in ("progress", "stats"))
        last = event["seq"]


def test_a_reader_of_events_that_leaves_stops_the_run(gated):
    driven = gated(300, replicas=1)
    for n in range(300):
        driven.open(n)
    process = driven.start("--json")
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=30) == 75 and driven.stats()["ready"] > 0


def test_a_slow_reader_of_events_loses_none(drive):
    driven = drive(None, [{"name": "one", "run": ["cat"], "window": 64}])
    records = [{"v": 1, "id": f"c:track:{n}", "kind": "track", "track": {"title": "t" * 2000}} for n in range(3000)]
    assert driven.segue("add", "-", stdin="".join(json.dumps(r) + "\n" for r in records).encode()).status == 0
    process = driven.start("--json")
    # Until the pipe is full.
    driven.wait(lambda: struct.unpack("i", fcntl.ioctl(process.stdout, termios.FIONREAD, bytes(4)))[0] > 60_000)
    events = [json.loads(line) for line in process.communicate(timeout=60)[0].splitlines()]
    assert process.returncode == 0 and sum(e["type"] == "completed" for e in events) == 3000


# What is said of tries, pauses, lists and links


def test_a_pause_is_a_line_and_not_one_for_each_record(site, drive):
    host = site.url.split("//")[1]
    for n in range(1, 61):
        site.answers[f"/track/{n}"] = (429, {"Retry-After": "900"}, {})
    driven = drive(None, [{"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", site.url], "replicas": 3}, {"name": "end", "run": ["cat"]}])
    process = driven.start(*[f"track:{n}" for n in range(1, 61)])
    driven.wait(lambda: driven.stats()["waiting"] == 60)
    process.send_signal(signal.SIGTERM)
    told = process.communicate(timeout=30)[1].decode()
    assert process.returncode == 75 and "gave up" not in told and "is paused" not in told, told
    first, last = [line for line in told.splitlines() if host in line]
    assert first.startswith(f"segue: {host} asks for a pause until ") and last == f"segue: 60 records waited for {host}, which asked for a pause"


def test_the_end_of_a_pause_is_told_with_what_waited_for_it(drive):
    stage = ("import json, os, sys\nfor line in sys.stdin:\n r = json.loads(line)\n e = {'v': 1, 'id': r['id'], 'kind': 'error', 'class': 'throttled', 'code': 'paused', 'host': 'a.example', 'message': 'later', 'retry_after_s': 2, 'record': r}\n"
             " is_free = os.path.exists('free')\n if r['id'] == 'c:track:5': open('free', 'w')\n print(json.dumps(r if is_free else e), flush=True)\n")
    driven = drive(None, [{"name": "one", "run": ["python3", "-c", stage]}])
    records = [{"v": 1, "id": f"c:track:{n}", "kind": "track"} for n in range(1, 6)]
    done = driven.segue("run", "-", stdin="".join(json.dumps(r) + "\n" for r in records).encode())
    told = [line for line in done.stderr.splitlines() if "a.example" in line]
    assert done.status == 0 and len(told) == 2 and told[0].startswith("segue: a.example asks for a pause until "), done.stderr
    assert told[1] == "segue: the pause of a.example is over; 5 records waited for it"


def test_a_try_that_failed_is_not_given_up_and_says_when_the_next_is(drive):
    stage = ("import json, os, sys\nfor line in sys.stdin:\n r = json.loads(line)\n e = {'v': 1, 'id': r['id'], 'kind': 'error', 'stage': 'one', 'class': 'transient', 'code': 'cut', 'message': 'the line was cut', 'record': r}\n"
             " print(json.dumps(r if os.path.exists('tried') else e), flush=True)\n open('tried', 'w')\n")
    driven = drive(None, [{"name": "one", "run": ["python3", "-c", stage]}])
    record = json.dumps({"v": 1, "id": "c:track:1", "kind": "track", "track": {"title": "So", "artist": "Ana"}}).encode()
    done = driven.segue("run", "-", stdin=record)
    first, second, _ = done.stderr.splitlines()
    assert done.status == 0 and re.fullmatch(r"waiting  Ana - So  one: the line was cut, again at \d\d:\d\d:\d\d", first) and second == "done     Ana - So"
    assert "waiting" not in driven.segue("run", "--quiet").stderr


def test_our_stages_leave_what_became_of_a_record_to_the_driver(site, drive):
    answers = [(500, {}, {}), (500, {}, {})]
    site.answers["/track/3"] = lambda request: answers.pop() if answers else {"id": 3, "title": "So", "artist": {"name": "Ana"}}
    site.answers["/media/3"] = {"data": [{"format": "mp3", "url": f"{site.url}/3.mp3"}]}
    driven = drive(None, [{"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", site.url]}, {"name": "end", "run": ["cat"]}])
    done = driven.segue("run", "track:3", "track:4")
    assert done.status == 1 and "gave up" not in done.stderr and "resolve.1" not in done.stderr, done.stderr
    assert done.stderr.count("waiting  catalog:track:3  resolve: ") == 2 and done.stderr.count("failed   catalog:track:4  resolve: ") == 1


def test_a_list_ends_in_the_log_as_it_stands_in_the_list(site, drive, tmp_path):
    site.answers["/a.mp3"] = (200, {"Content-Type": "audio/mpeg"}, b"ID3" + bytes(3000))
    for name, links in (("Mixed", ["a.mp3", "gone.mp3"]), ("Fine", ["a.mp3"])):
        (tmp_path / f"{name}.m3u").write_text("".join(f"{site.url}/{link}?u=ana&token=s3cret\n" for link in links))
    driven = drive(None, [{"name": "expand", "run": ["resolve", "--rows"], "mode": "expand"}, {"name": "resolve", "run": ["resolve"]}, {"name": "fetch", "run": ["fetch"]}, {"name": "end", "run": ["cat"], "kinds": ["track"]}])
    done = driven.segue("run", tmp_path / "Mixed.m3u", tmp_path / "Fine.m3u")
    lines = done.stderr.splitlines()
    assert done.status == 1 and "failed   Mixed (1 done, 1 failed)" in lines and "done     Fine (1 done)" in lines, done.stderr
    listed = driven.segue("list").stdout.decode()
    assert "  Mixed (1 done, 1 failed)" in listed and "  Fine (1 done)" in listed
    # A link that has no title is shown itself, and what is secret in it never.
    shown = f"{site.url}/gone.mp3?…"
    (failed,) = driven.items("--state", "failed").values()
    assert failed["ref"] == shown and f"failed   {shown}  fetch: " in done.stderr and f"  {shown}  fetch: " in listed
    told = driven.segue("show", failed["id"]).stdout.decode()
    assert f"  asked for   {shown}" in told and "s3cret" not in done.stderr + listed + told


def test_a_list_that_cannot_be_read_is_told_by_its_link(site, drive):
    driven = drive(None, [{"name": "expand", "run": ["resolve", "--rows"], "mode": "expand"}, {"name": "end", "run": ["cat"]}])
    done = driven.segue("run", f"{site.url.replace('//', '//ana:s3cret@')}/none.rss")
    assert done.status == 1 and f"failed   {site.url}/none.rss  expand: " in done.stderr and "s3cret" not in done.stderr + driven.segue("list").stdout.decode(), done.stderr


def test_what_is_cancelled_keeps_its_name(drive):
    driven = drive(None, [{"name": "one", "run": ["cat"]}])
    record = {"v": 1, "id": "c:track:1", "kind": "track", "track": {"title": "So", "artist": "Ana"}}
    driven.segue("add", "-", stdin=json.dumps(record).encode())
    driven.segue("cancel", "c:track:1")
    (line,) = driven.segue("list").stdout.decode().splitlines()
    assert line.split("  ")[-1] == "Ana - So" and "(" not in line


def test_a_single_track_has_its_title_as_soon_as_it_is_resolved(site, drive):
    site.answers["/track/6"] = {"id": 6, "title": "So", "artist": {"name": "Ana"}}
    site.answers["/media/6"] = {"data": [{"format": "mp3", "url": f"{site.url}/6.mp3"}]}
    site.answers["/6.mp3"] = (503, {"Retry-After": "3600"}, b"")
    driven = drive(None, [{"name": "expand", "run": ["resolve", "--rows", "--catalog", site.url], "mode": "expand"}, {"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", site.url]}, {"name": "fetch", "run": ["fetch"]}])
    driven.start("track:6")
    driven.wait(lambda: driven.stats()["waiting"] == 1)
    (item,) = driven.items().values()
    assert (item["stage"], item["title"], item["artist"]) == ("fetch", "So", "Ana")
    assert "  Ana - So  " in driven.segue("list").stdout.decode()
