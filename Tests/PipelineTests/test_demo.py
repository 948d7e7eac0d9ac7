"""The demo of the README, as a new user runs it: on the samples that Debian has, with the programs as they are shipped."""

import contextlib
import pathlib
import re
import shutil
import subprocess

import mutagen
import pytest
from programs import ENVIRONMENT, ROOT

SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
MUSIC = pathlib.Path("/usr/share/games/asc/music")


@pytest.fixture(scope="module")
def demo():
    shutil.rmtree(ROOT / "demo", ignore_errors=True)
    done = subprocess.run([ROOT / "Pipelines/demo.sh"], capture_output=True, text=True, env=ENVIRONMENT, timeout=1800)
    assert done.returncode == 0, done.stderr
    return done.stdout


def packets(path):
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


def test_every_track_is_in_the_library_with_its_very_audio(demo):
    sources = [*SAMPLES.glob("*.flac"), *MUSIC.glob("*.mp3")]
    placed = {p.name.split(" - ", 1)[1]: p for p in (ROOT / "demo/Music").rglob("*") if p.suffix in (".flac", ".mp3")}
    assert len(sources) == len(placed) > 150
    for source in sources:
        copy = placed[source.name]
        if source.suffix == ".flac":
            assert mutagen.File(copy).info.md5_signature == mutagen.File(source).info.md5_signature
        else:
            assert packets(copy) == packets(source)
        assert mutagen.File(copy, easy=True)["title"] == [source.stem]
    subprocess.run(["flac", "-ts", *[p for p in placed.values() if p.suffix == ".flac"]], check=True)


def test_the_sums_are_shown_and_the_second_run_fetches_nothing(demo):
    count = len([*SAMPLES.glob("*.flac"), *MUSIC.glob("*.mp3")])
    assert re.search(rf"first run:\n{count + 1} items: {count + 1} done\n{count} requests for files", demo)
    assert re.search(rf"second run:\n{count + 1} items: {count + 1} done\n0 requests for files", demo)


def test_the_playlist_is_in_the_order_of_the_catalog(demo):
    (playlist,) = (ROOT / "demo/Music/Playlists").iterdir()
    entries = [line for line in playlist.read_text().splitlines() if not line.startswith("#")]
    found = [(playlist.parent / e).resolve() for e in entries]
    assert len(found) == len(set(found)) > 150 and all(p.is_file() for p in found)
    names = [p.name.split(" - ", 1)[1] for p in found]
    assert names == [p.name for p in [*sorted(MUSIC.glob("*.mp3")), *sorted(SAMPLES.glob("*.flac"))]]


def test_nothing_is_left_running_or_lying_about(demo):
    for process in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert str(ROOT / "demo/music").encode() not in process.read_bytes()
    assert not [p for p in (ROOT / "demo/state/spool").iterdir()]
