"""Clocks that jump, programs that are stopped for a while, and a day with a restart in each hour."""

import collections
import datetime
import os
import pathlib
import signal
import sqlite3
import struct
import subprocess
import threading
import time

import pytest
from programs import ROOT
from served import Served

HOUR, DAY, YEAR = 3600, 86_400, 31_557_600


class Clock:
    """The machine's clock as the programs see it that have `environment`; see clock.c."""

    def __init__(self, folder):
        library, self.file = folder / "clock.so", folder / "clock"
        subprocess.run(["cc", "-shared", "-fPIC", "-o", library, ROOT / "Tests/clock.c", "-ldl"], check=True)
        self.environment = {"LD_PRELOAD": str(library), "SEGUE_TEST_CLOCK": str(self.file)}
        self.ahead(0)

    def ahead(self, seconds):
        with open(os.open(self.file, os.O_WRONLY | os.O_CREAT, 0o600), "wb", buffering=0) as file:
            file.write(struct.pack("q", seconds))


@pytest.fixture
def clock(tmp_path):
    return Clock(tmp_path)


@pytest.mark.parametrize("jumps", [[DAY], [-DAY], [20 * YEAR], [-20 * YEAR], [DAY, 0], [-20 * YEAR, 20 * YEAR, 0]], ids=str)
def test_a_clock_that_jumps_delays_and_loses_nothing(shop, home, clock, jumps):
    shop = shop(3, 4)
    asked, refused = collections.Counter(), threading.Event()

    def audio(number):
        asked[number] += 1
        if asked[number] > 1:
            return 200, {"Content-Type": "audio/flac"}, shop.audio
        if len(asked) == 12:
            refused.set()
        return 503, {"Retry-After": "2"} if number % 2 else {}, b""

    for number in range(12):
        shop.site.answers[f"/audio/{number + 1}"] = lambda _, number=number: answer(_, audio(number))
    driven = home(shop, jail="off", retry={"attempts": 8, "base": "1s", "cap": "2s"})
    driven.environment |= clock.environment
    process = driven.start("--quiet", "playlist:1")
    assert refused.wait(10), (asked, driven.items())
    for jump in jumps:
        clock.ahead(jump)
        time.sleep(0.7)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert len(list(driven.library.rglob("*.flac"))) == 12 and set(asked.values()) == {2}
    assert driven.stats()["done"] == 13
    with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as catalogue:
        times = [datetime.datetime.fromisoformat(at).timestamp() for (at,) in catalogue.execute("SELECT recorded_at FROM track")]
    ahead = {min((abs(at - time.time() - jump), jump) for jump in [0, *jumps]) for at in times}
    # By the clock as it was then. After a jump ahead all waits are over, so that nothing may be left to do after the next jump.
    assert all(away < 600 for away, _ in ahead) and (len(jumps) > 1 or jumps[-1] in {jump for _, jump in ahead}), times


def answer(request, reply):
    status, headers, body = reply
    request.send_response(status)
    for name, value in {"Content-Length": str(len(body)), **headers}.items():
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)


@pytest.mark.parametrize("who", ["segue", "resolve", "fetch", "place", "record"])
def test_who_is_stopped_for_a_while_goes_on(shop, home, who):
    shop = shop(4, 5)
    held = threading.Event()
    # Fewer than one fetch has at a time: whichever gets them goes on with others.
    for number in range(17, 20):
        shop.site.answers[f"/audio/{number + 1}"] = lambda request: (held.wait(30), answer(request, (200, {"Content-Type": "audio/flac"}, shop.audio)))
    driven = home(shop)
    process = driven.start("--quiet", "playlist:1")
    driven.wait(lambda: len(list(driven.library.rglob("*.flac"))) == 17)
    pids = [process.pid] if who == "segue" else children(process.pid, who)
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    held.set()
    time.sleep(2)
    for pid in pids:
        os.kill(pid, signal.SIGCONT)
    _, stderr = process.communicate(timeout=60)
    assert process.returncode == 0, stderr
    assert len(list(driven.library.rglob("*.flac"))) == 20 and driven.stats()["done"] == 21
    assert all(shop.site.requests.count(f"/audio/{number + 1}") == 1 for number in range(20))


def children(pid, name):
    """The processes of a name that a process started, itself or through others."""
    found = []
    for child in map(int, pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()):
        if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == name:
            found.append(child)
        found += children(child, name)
    return found


def test_a_day_with_a_restart_in_each_hour_leaves_everything_as_large_as_it_was(shop, clock, tmp_path):
    shop = shop(24, 3)
    shop.lists(1, [shop.row(n) for n in range(3)])
    catalog = ["--catalog", shop.site.url, "--rate", "0", "--library", "Music"]
    served = Served(tmp_path / "served", [
        {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog]},
        {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}], jail="off")
    served.environment |= clock.environment
    sizes = []
    for hour in range(24):
        clock.ahead(hour * HOUR)
        served.start()
        if hour == 0:
            served.segue("follow", "--every", "1h", "playlist:1")
        served.add(f"album:{hour}")
        served.wait(lambda: (stats := served.stats())["done"] >= 4 and stats["open"] + stats["ready"] + stats["running"] == 0)
        served.wait(lambda: shop.site.count("/playlist/1/tracks") == hour + 1)
        sizes.append(size(served))
        assert served.stop(signal.SIGTERM if hour % 2 else signal.SIGKILL) in (0, -signal.SIGKILL)
        done = served.segue("clear", "--state", "done")
        assert done.status == 0, done.stderr
    early, late = sizes[4:8], sizes[-4:]
    for name in early[0]:
        most = max(one[name] for one in early)
        assert max(one[name] for one in late) <= most * 1.1, (name, sizes)


def size(served):
    """What a server holds in memory, of descriptors and on the disk, but for the pictures of the last albums."""
    status = pathlib.Path(f"/proc/{served.process.pid}/status").read_text()
    state = [path for path in served.ledger.parent.rglob("*") if path.is_file() and not path.parent.name.endswith(".artwork")]
    return {
        "memory": int(status.split("VmHWM:")[1].split()[0]) << 10, "descriptors": len(os.listdir(f"/proc/{served.process.pid}/fd")),
        "ledger": served.ledger.stat().st_size, "files": len(state)}
