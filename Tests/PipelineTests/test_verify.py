"""segue verify: damage of every kind is found, told apart from edits, and mended."""

import os
import random
import shutil
import subprocess

import pytest
from podcast import Podcast
from programs import ENVIRONMENT, PROGRAMS, Outcome

CHANCE = random.Random(5)
DAMAGES = {
    "cut at 60 %": lambda b: b[: len(b) * 6 // 10], "one byte short": lambda b: b[:-1],
    "one bit flipped": lambda b: b[: len(b) // 2] + bytes([b[len(b) // 2] ^ 4]) + b[len(b) // 2 + 1 :],
    "2 KiB zeroed": lambda b: b[: len(b) // 2] + bytes(2048) + b[len(b) // 2 + 2048 :],
    "every third 2 KiB random": lambda b: b"".join(
        CHANCE.randbytes(len(b[n : n + 2048])) if n // 2048 % 3 == 0 else b[n : n + 2048] for n in range(0, len(b), 2048)),
    "2 KiB appended": lambda b: b + bytes(2048), "a page instead": lambda b: b"<!doctype html><title>gone</title>" + b" " * (len(b) - 34)}


@pytest.fixture
def home(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    driven.audio = sorted(p for p in driven.library.rglob("*") if p.suffix in (".flac", ".mp3", ".ogg", ".opus", ".m4a"))
    assert len(driven.audio) == 10
    return driven


def verify(driven, *arguments, library="Music"):
    command = [PROGRAMS / "segue", "verify", "--library", library, *map(str, arguments)]
    done = subprocess.run(command, cwd=driven.folder, env=ENVIRONMENT, capture_output=True, timeout=60)
    return Outcome(done.returncode, done.stdout, done.stderr)


def spoil(path, damage, silently=True):
    """Without a trace in the file's times, as a failing disk does it."""
    times = os.stat(path)
    path.write_bytes(damage(path.read_bytes()))
    if silently:
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def test_a_whole_library_has_no_findings(home):
    done = verify(home)
    assert (done.status, done.stdout) == (0, b"") and done.stderr.startswith("segue: 10 files, ") and "all as they were booked" in done.stderr


@pytest.mark.parametrize("what", DAMAGES)
def test_every_damage_is_found_in_every_format(home, what):
    for path in home.audio:
        spoil(path, DAMAGES[what])
    done = verify(home, "--json", "--jobs", 3)
    assert done.status == 1
    assert sorted(home.library / r["path"] for r in done.records) == home.audio
    kind = "truncated" if what in ("cut at 60 %", "one byte short") else "changed"
    assert {r["finding"] for r in done.records} == {kind} and all(r["id"].startswith("catalog:track:") for r in done.records)


def test_what_is_gone_edited_or_strange_is_told_apart_and_what_is_moved_with_the_library_is_not(home):
    gone, edited, touched, folder = home.audio[:4]
    gone.unlink()
    future = os.stat(edited).st_mtime + 1000
    spoil(edited, lambda b: b + b"\0", silently=False)
    os.utime(edited, (future, future))
    os.utime(touched, (future, future))
    folder.unlink()
    folder.mkdir()
    (home.library / "Own").mkdir()
    shutil.copy(home.audio[5], home.library / "Own/mine.FLAC")
    (home.library / "Own/notes.txt").write_text("x")
    (home.library / ".hidden.flac").write_text("x")
    shutil.move(home.library, home.folder / "Elsewhere")
    done = verify(home, "--json", library="Elsewhere")
    found = {r["path"]: r["finding"] for r in done.records}
    short = {path: str(path.relative_to(home.library)) for path in home.audio}
    assert done.status == 1 and found == {short[gone]: "missing", short[edited]: "edited", short[folder]: "missing", "Own/mine.FLAC": "stranger"}
    assert "2 missing, 1 edited, 1 stranger" in done.stderr


def test_repair_brings_back_just_what_is_damaged_and_keeps_the_rest(home):
    before = home.essences
    gone, cut, changed, edited = home.audio[:4]
    gone.unlink()
    spoil(cut, DAMAGES["cut at 60 %"])
    spoil(changed, DAMAGES["one bit flipped"])
    future = os.stat(edited).st_mtime + 1000
    content = edited.read_bytes()
    edited.write_bytes(content + b"\0")
    os.utime(edited, (future, future))
    done = verify(home, "--repair", "--pipeline", home.file)
    assert done.status == 1 and "3 back in the queue" in done.stderr and home.stats()["ready"] == 3
    assert home.segue("run", "--quiet").status == 0
    edited.write_bytes(content)
    assert home.essences == before and verify(home).status == 0
    aside = sorted(str(p.relative_to(home.library / ".segue/damaged")) for p in (home.library / ".segue/damaged").rglob("*.*"))
    assert aside == sorted(str(p.relative_to(home.library)) for p in (cut, changed))


def test_repair_brings_back_what_came_from_links_and_feeds(drive, site, tmp_path):
    """Their ids are made of links, and nobody finds a link by them."""
    podcast = Podcast(site, tmp_path)
    podcast.feed(podcast.episode("/1.mp3?t=4", guid="one"), podcast.episode("/2.mp3", title="Two"))
    podcast.sound(f"{site.url}/3.mp3")
    podcast.sound(f"{site.url}/4.mp3")
    (tmp_path / "list.m3u").write_text(f"#EXTM3U\n#EXTINF:1,Ann - Four\n{site.url}/4.mp3\n")
    resolve = ["resolve", "--rate", "0", "--library", "Music"]
    driven = drive(None, [
        {"name": "expand", "run": [*resolve, "--rows"], "mode": "expand"}, {"name": "resolve", "run": resolve}, {"name": "fetch", "run": ["fetch"]},
        {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])
    assert driven.segue("run", "--quiet", podcast.url, f"{site.url}/3.mp3", tmp_path / "list.m3u").status == 0

    def sounds():
        return {p.relative_to(driven.library): p.read_bytes() for p in driven.library.rglob("*.mp3") if ".segue" not in p.parts}

    before = sounds()
    assert len(before) == 4
    for path in before:
        (driven.library / path).unlink()
    assert "4 back in the queue" in verify(driven, "--repair", "--pipeline", driven.file).stderr
    assert driven.segue("run", "--quiet").status == 0
    assert sounds() == before and verify(driven).status == 0


def test_what_cannot_be_verified_is_said(home, tmp_path):
    assert verify(home, library="nowhere").status == 78 and "no catalogue" in verify(home, library="nowhere").stderr
    assert verify(home, "--jobs", 0).status == 64 and verify(home, "--repair").status == 64


def test_what_is_put_aside_never_takes_the_place_of_what_was_there_before(home):
    path, kept = home.audio[3], []
    for length in (700, 300, 500):
        spoil(path, lambda whole: whole[:length])
        kept.append(path.read_bytes())
        assert verify(home, "--repair", "--pipeline", home.file).status == 1 and not path.exists()
        assert home.segue("run", "--quiet").status == 0 and verify(home).status == 0
    assert sorted(p.read_bytes() for p in (home.library / ".segue/damaged").rglob("*") if p.is_file()) == sorted(kept)
