"""The driver with all stages, a ledger on disk and a real origin: nothing is lost, and nothing is done twice."""

import collections
import contextlib
import json
import os
import pathlib
import random
import signal
import subprocess
import time

import pytest
from programs import PROGRAMS


def transfers(origin):
    """The requests for media: (path, status, bytes, range, fault, milliseconds)."""
    found = []
    for line in origin.log.read_text().splitlines():
        method, path, status, count, span, fault, at = line.split(" ")
        if path.startswith("/file/"):
            found.append((path.split("?")[0], int(status), int(count), span, fault, int(at)))
    return found


def test_a_playlist_comes_home_as_through_a_plain_pipe(music, origin, road, drive):
    served = origin(music)
    plain = road(served, "playlist:1")
    driven = drive(served)
    done = driven.segue("run", "playlist:1")
    assert done.status == 0, done.stderr
    expected = {name: path for name, path in plain.files.items()}
    assert driven.essences.keys() == expected.keys()
    assert driven.stats()["done"] == 11 and os.listdir(driven.folder / "state/spool") == []
    count = len(transfers(served))
    again = driven.segue("run", "playlist:1")
    assert again.status == 0 and len(transfers(served)) == count


@pytest.fixture(scope="module")
def hundred(tmp_path_factory):
    """A hundred tracks."""
    folder = tmp_path_factory.mktemp("hundred") / "Artist" / "Album"
    folder.mkdir(parents=True)
    for source in sorted(pathlib.Path("/usr/share/sonic-pi/samples").glob("*.flac"))[:100]:
        (folder / source.name).symlink_to(source)
    return folder.parents[1]


def test_with_faults_at_a_fifth_of_first_tries_all_comes_home_and_no_pause_is_broken(hundred, origin, drive):
    kinds = ["throttle", "unavailable", "truncate", "reset", "error", "stall", "expired", "wrong_byte"]
    plan = [{"track": n, "fault": kinds[n // 5 % 8], "tries": 1} for n in range(1, 101) if n % 5 == 0]
    for fault in plan:
        if fault["fault"] in ("throttle", "unavailable"):
            fault["retry_after_s"] = 1
    served = origin(hundred, plan=plan)
    driven = drive(served)
    done = driven.segue("run", "playlist:1")
    assert done.status == 0, done.stderr
    assert driven.stats()["done"] == 101 and len([p for p in driven.essences if p.endswith(".flac")]) == 100
    log = transfers(served)
    assert {entry[4] for entry in log} >= set(kinds)
    for fault, at in ((entry[4], entry[5]) for entry in log):
        if fault in ("throttle", "unavailable"):
            # What had begun before the answer came is no breach: the origin writes its line before the answer leaves.
            assert not [x for x in log if at + 100 < x[5] < at + 1000], log
    # Each byte was served once: a cut transfer goes on where it ended, and only a file that proved wrong is asked for anew.
    served_bytes = collections.Counter()
    for path, status, count, _, _, _ in log:
        if status in (200, 206):
            served_bytes[path] += count
    listing = [PROGRAMS / "resolve", "--rate", "0", "--catalog", served.url, "playlist:1"]
    media = [r["media"] for r in map(json.loads, subprocess.run(listing, capture_output=True).stdout.splitlines()) if r["kind"] == "track"]
    sizes = {one["url"].split("?")[0].removeprefix(served.url): one["bytes"] for one in media}
    wrong = {f"/file/{fault['track']}" for fault in plan if fault["fault"] == "wrong_byte"}
    # With a reset goes what the receiver had not read yet, and is served again.
    reset = {f"/file/{fault['track']}" for fault in plan if fault["fault"] == "reset"}
    assert {path: count for path, count in served_bytes.items() if path not in reset} == {
        path: size * (2 if path in wrong else 1) for path, size in sizes.items() if path not in reset}
    assert all(sizes[path] <= served_bytes[path] < 2 * sizes[path] for path in reset)


def test_a_driver_that_is_killed_again_and_again_ends_as_if_nothing_had_been(music, origin, drive):
    served = origin(music)
    calm = drive(served, name="calm")
    assert calm.segue("run", "playlist:1").status == 0
    driven = drive(served, name="shaken")
    driven.segue("add", "playlist:1")
    chance = random.Random(3)
    for _ in range(12):
        process = driven.start("--quiet")
        try:
            process.communicate(timeout=chance.uniform(0.03, 0.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
    assert driven.segue("run").status == 0
    assert driven.essences == calm.essences
    assert {i["state"] for i in driven.items().values()} == {"done"} and len(driven.items()) == 11
    assert os.listdir(driven.folder / "state/spool") == [] and not list(driven.library.rglob(".segue-*.part"))


def replicas(driver):
    """The stages that a driver runs: none that it only asks what they are, and no child that is not yet one."""
    found = []
    for child in subprocess.run(["pgrep", "-P", str(driver.pid)], capture_output=True, text=True).stdout.split():
        with contextlib.suppress(OSError):
            words = pathlib.Path(f"/proc/{child}/cmdline").read_bytes().split(b"\0")
            if words[0].rsplit(b"/")[-1] != b"segue" and b"--describe" not in words:
                found.append(int(child))
    return found


def test_replicas_that_are_killed_cost_nothing(music, origin, drive):
    served = origin(music)
    calm = drive(served, name="calm")
    assert calm.segue("run", "playlist:1").status == 0
    driven = drive(served, name="shaken")
    chance = random.Random(5)
    process = driven.start("--quiet", "playlist:1")
    for _ in range(15):
        time.sleep(chance.uniform(0.01, 0.05))
        children = replicas(process)
        if children:
            try:
                os.kill(chance.choice(children), signal.SIGKILL)
            except ProcessLookupError:
                pass
    _, stderr = process.communicate(timeout=120)
    assert process.returncode == 0, stderr.decode()
    assert driven.essences == calm.essences


def test_what_failed_when_it_was_placed_is_tried_again_without_the_network(music, origin, drive):
    served = origin(music)
    driven = drive(served)
    (driven.folder / "Music").write_text("in the way of the library's folder")
    first = driven.segue("run", "playlist:1")
    assert first.status == 78 and "place" in first.stderr, first.stderr
    count = len(transfers(served))
    assert count > 0 and driven.stats()["failed"] == 0
    (driven.folder / "Music").unlink()
    asked = {path for path, *_ in transfers(served)}
    assert driven.segue("run").status == 0
    later = [path for path, *_ in transfers(served)][count:]
    assert not asked & set(later)
    assert driven.stats()["done"] == 11


def test_addresses_that_live_for_a_second_cost_no_failure(music, origin, drive):
    served = origin(music, "--expires", "1", plan=[{"track": "*", "fault": "unavailable", "tries": 1, "retry_after_s": 1}])
    driven = drive(served)
    driven.file.write_text(driven.file.read_text().replace('"replicas": 4', '"replicas": 1'))
    done = driven.segue("run", "playlist:1")
    assert done.status == 0, done.stderr
    assert driven.stats()["done"] == 11 and driven.stats()["failed"] == 0


def test_what_is_gone_is_a_dead_letter_and_the_playlist_says_so(music, origin, drive):
    served = origin(music, plan=[{"track": 4, "fault": "gone", "tries": 1}])
    driven = drive(served)
    done = driven.segue("run", "playlist:1")
    assert done.status == 1 and "1 failed" in done.stderr
    item = driven.show("track:4")
    assert (item["state"], item["failure"]["code"], item["stage"]) == ("failed", "http_404", "fetch")
    assert "# missing" in next((driven.library / "Playlists").iterdir()).read_text()
    assert driven.show("playlist:1")["members"] == {"done": 9, "failed": 1}
    assert driven.segue("retry", "--state", "failed").status == 0
    assert driven.segue("run").status == 0
    assert "# missing" not in next((driven.library / "Playlists").iterdir()).read_text()


def test_a_track_in_two_lists_is_fetched_once_and_stands_in_both(music, origin, drive):
    (music / "Second.m3u8").write_text("#EXTM3U\nThe Artist/Album 1/01 x.flac\nThe Artist/Album 2/02 x.mp3\n")
    try:
        served = origin(music)
    finally:
        (music / "Second.m3u8").unlink()
    driven = drive(served)
    done = driven.segue("run", "playlist:1", "playlist:2")
    assert done.status == 0, done.stderr
    assert len(transfers(served)) == 10
    playlists = sorted((driven.library / "Playlists").iterdir())
    assert [sum(not line.startswith("#") for line in p.read_text().splitlines()) for p in playlists] == [2, 10]


def test_requests_come_on_stdin_and_a_bad_one_is_told_of(music, origin, drive):
    driven = drive(origin(music))
    done = driven.segue("run", "-", stdin=b"track:1\n\nnonsense\ntrack:2")
    assert "line 3: nonsense is not a reference" in done.stderr
    assert driven.stats()["done"] == 2
