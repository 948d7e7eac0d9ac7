"""`scrub` in a pipeline file: a driver reads its library again by and by, and mends what is damaged as segue verify --repair does."""

import contextlib
import os
import random
import signal
import subprocess
import threading

import pytest
from damage import spoil
from programs import ENVIRONMENT, PROGRAMS

CHANCE = random.Random(18)


@pytest.fixture
def scrubbed(shop, home):
    """scrubbed("2s") -> a drive whose twelve songs are in the library, with the files by their ids, in their order."""
    def call(period, songs=12):
        store = shop(1, songs)
        driven = home(store, scrub=period)
        assert driven.segue("run", "--quiet", "playlist:1").status == 0
        driven.store = store
        driven.files = {row["id"]: driven.show(row["id"])["record"]["placed"]["path"] for row in driven.items().values() if ":track:" in row["id"]}
        driven.whole = {path: open(path, "rb").read() for path in driven.files.values()}
        assert len(driven.whole) == songs
        return driven

    return call


@contextlib.contextmanager
def served(driven):
    """A server whose lines on stderr are gathered."""
    command = [PROGRAMS / "segue", "serve", "--pipeline", driven.file, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=driven.folder, env=driven.environment, stderr=subprocess.PIPE, text=True) as process:
        process.told = []
        reader = threading.Thread(target=lambda: [process.told.append(line) for line in process.stderr], daemon=True)
        reader.start()
        try:
            yield process
        finally:
            process.kill()
            reader.join()


def is_whole(driven, path):
    with contextlib.suppress(OSError):
        return open(path, "rb").read() == driven.whole[path]
    return False


def findings(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", "Music"], cwd=driven.folder, env=ENVIRONMENT, capture_output=True, text=True, timeout=60)
    return done.stdout


def test_what_is_damaged_is_mended_while_a_driver_runs_and_what_was_edited_stays(scrubbed):
    driven = scrubbed("3s")
    flipped, lost, edited, *_ = driven.whole
    spoil(flipped)
    os.unlink(lost)
    with open(edited, "ab") as file:
        file.write(b"by a person")
    os.utime(edited)
    with served(driven) as server:
        driven.wait(lambda: is_whole(driven, flipped) and is_whole(driven, lost), seconds=120)
        driven.wait(lambda: findings(driven).split() and all(line.startswith("edited") for line in findings(driven).splitlines()), seconds=60)
    aside = driven.library / ".segue/damaged" / os.path.relpath(flipped, driven.library)
    assert aside.read_bytes() != driven.whole[flipped] and len(aside.read_bytes()) == len(driven.whole[flipped])
    assert sum("is changed: it is in the queue again" in line for line in server.told) == 1 == sum("is missing: it is in the queue again" in line for line in server.told)
    assert open(edited, "rb").read() == driven.whole[edited] + b"by a person"
    told = driven.segue("history", "--damaged")
    assert {tuple(line.split("  ", 1)[1].split(None, 1)) for line in told.stdout.decode().splitlines()} == {
        (finding, f"{os.path.relpath(path, driven.library)}  fetched again") for finding, path in (("changed", flipped), ("missing", lost))}
    assert [file["queued"] for file in driven.segue("history", "--damaged", "--json").records] == [True, True]
    assert "files found damaged: 2; see --damaged" in driven.segue("history").stderr
    # Again is what it was asked for, and nothing else.
    assert driven.store.site.count("/audio/") == 14


def test_files_have_their_turn_one_after_the_other(scrubbed):
    driven = scrubbed("30d")
    first, *others = [driven.files[id] for id in sorted(driven.files)]
    for path in (first, *others[:3]):
        spoil(path)
    with served(driven):
        driven.wait(lambda: is_whole(driven, first), seconds=60)
    # The second has its turn in two days and a half, also for the next driver.
    assert driven.segue("run", "--quiet").status == 0
    assert not any(is_whole(driven, path) for path in others[:3])


def test_kills_cost_nothing(scrubbed):
    driven = scrubbed("2s")
    for path in list(driven.whole)[:9]:
        spoil(path)
    for _ in range(8):
        with served(driven) as server:
            with contextlib.suppress(subprocess.TimeoutExpired):
                server.wait(CHANCE.uniform(0.2, 1.5))
            server.send_signal(signal.SIGKILL)
    with served(driven):
        driven.wait(lambda: all(is_whole(driven, path) for path in driven.whole), seconds=120)
        driven.wait(lambda: findings(driven) == "", seconds=60)
    assert {item["state"] for item in driven.items().values()} == {"done"}
    aside = [path for path in (driven.library / ".segue/damaged").rglob("*") if path.is_file()]
    assert len(aside) == 9


def test_a_disk_that_is_gone_costs_no_more_than_ten_files(scrubbed):
    driven = scrubbed("1s", songs=40)
    for path in driven.whole:
        spoil(path)
    with served(driven) as server:
        driven.wait(lambda: any("look at the disk" in line for line in server.told), seconds=120)
        driven.wait(lambda: driven.store.site.count("/audio/") >= 50, seconds=60)
    aside = [path for path in (driven.library / ".segue/damaged").rglob("*") if path.is_file()]
    assert len(aside) == 10 and sum("is changed" in line for line in server.told) == 10


def test_a_library_that_is_not_there_is_left_alone(scrubbed):
    driven = scrubbed("1s")
    driven.library.rename(driven.folder / "elsewhere")
    driven.library.mkdir()
    with served(driven):
        driven.wait(lambda: driven.segue("stats", "--json").status == 0)
        for _ in range(10):
            driven.stats()
    assert list(driven.library.rglob("*")) == [] and driven.store.site.count("/audio/") == 12


def test_what_has_no_source_stays_and_is_told_of(scrubbed, run):
    driven = scrubbed("1s")
    os.makedirs(driven.library / "Own")
    own = driven.library / "Own/song.flac"
    own.write_bytes(driven.store.audio)
    assert run("segue", "import", driven.library, cwd=driven.folder).status == 0
    spoil(own)
    data = own.read_bytes()
    with served(driven) as server:
        driven.wait(lambda: any("no source that could bring it again" in line for line in server.told), seconds=120)
    assert own.read_bytes() == data and findings(driven).startswith("changed")
