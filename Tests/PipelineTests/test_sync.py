"""segue sync: what is new comes, what left is told, and with --mirror goes to the trash, never more."""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys

import pytest
from programs import ENVIRONMENT, PROGRAMS, ROOT

FORMATS = (".flac", ".mp3", ".ogg", ".opus", ".m4a")


class Shelf:
    """A playlist that changes: a new origin serves the folder each time."""

    def __init__(self, music, origin, drive, tmp_path):
        self.folder, self.origin, self.drive = tmp_path / "shelf", origin, drive
        shutil.copytree(music, self.folder)
        self.files = sorted(p for p in self.folder.rglob("*") if p.suffix in FORMATS)
        self.driven = None

    def playlist(self, *numbers):
        (self.folder / "Mine.m3u8").write_text("".join(f"{self.files[n].relative_to(self.folder)}\n" for n in numbers))
        served = self.origin(self.folder)
        stages = [
            {"name": "expand", "run": ["resolve", "--rows", "--catalog", served.url, "--rate", "0", "--library", "Music"], "mode": "expand"},
            {"name": "resolve", "run": ["resolve", "--catalog", served.url, "--rate", "0", "--library", "Music"]},
            {"name": "fetch", "run": ["fetch"]}, {"name": "decrypt", "run": ["decrypt", "--keyring", str(served.keyring)]},
            {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
        self.driven = self.drive(served, stages)
        return self

    def sync(self, *arguments):
        return self.driven.segue("sync", *arguments, "playlist:2")

    def audio(self):
        return sorted(p.stem.split("Title ")[1] for p in self.driven.library.rglob("*") if p.suffix in FORMATS and ".segue" not in str(p))

    def said(self, done):
        return sorted((r["sync"], r["id"].split(":")[-1]) for r in done.records)

    def trash(self):
        return sorted(p.stem.split("Title ")[1] for p in (self.driven.library / ".segue/trash").rglob("*") if p.suffix in FORMATS)

    def contents(self):
        """All that a person sees beside the playlists."""
        seen = (p for p in (self.driven.library / "The Artist").rglob("*") if p.is_file())
        return {str(p.relative_to(self.driven.library)): p.read_bytes() for p in seen}

    @property
    def entries(self):
        return [line.split("Title ")[1].split(".")[0] for line in (self.driven.library / "Playlists/Mine.m3u8").read_text().splitlines() if line[0] != "#"]


@pytest.fixture
def shelf(music, origin, drive, tmp_path):
    return Shelf(music, origin, drive, tmp_path)


def whole(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", driven.library], env=ENVIRONMENT, capture_output=True)
    return done.returncode == 0 and not done.stdout


def test_what_is_new_comes_and_what_left_is_told(shelf):
    first = shelf.playlist(0, 1, 2).sync("--json")
    assert first.status == 0 and shelf.said(first) == [("new", "1"), ("new", "2"), ("new", "3")] and "3 new, 0 left" in first.stderr
    again = shelf.sync("--json")
    served = shelf.driven.origin
    assert again.status == 0 and again.records == [] and served.count("/file/") == 3
    shelf.playlist(2, 5, 0)
    planned = shelf.sync("--dry-run", "--mirror", "--max-trash", "1", "--json")
    assert planned.status == 0 and shelf.said(planned) == [("left", "2"), ("new", "6"), ("trash", "2")] and shelf.audio() == ["0", "1", "2"]
    done = shelf.sync("--json")
    assert done.status == 0 and shelf.said(done) == [("left", "2"), ("new", "6")]
    assert shelf.audio() == ["0", "1", "2", "5"] and shelf.entries == ["2", "5", "0"] and shelf.driven.origin.count("/file/") == 1


def test_a_second_sync_asks_for_the_list_alone(shelf):
    shelf.playlist(*range(10)).sync()
    before = len(shelf.driven.origin.log.read_text().splitlines())
    assert shelf.sync().status == 0
    asked = [line.split()[1].split("?")[0] for line in shelf.driven.origin.log.read_text().splitlines()[before:]]
    assert asked == ["/playlist/2", "/playlist/2/tracks"]


def test_with_mirror_what_left_goes_to_the_trash_and_back(shelf):
    shelf.playlist(0, 1, 5, 6).sync()
    assert shelf.driven.segue("run", "--quiet", "album:1").status == 0
    assert len(shelf.audio()) == 7
    shelf.playlist(0)
    done = shelf.sync("--mirror", "--max-trash", "2", "--json")
    # Album 1 holds one of the three that left; the others' folder is empty now, and goes.
    assert shelf.said(done) == [("left", "2"), ("left", "6"), ("left", "7"), ("trash", "6"), ("trash", "7")]
    assert shelf.audio() == ["0", "1", "2", "3", "4"] and whole(shelf.driven) and not (shelf.driven.library / "The Artist/Album 2").exists()
    trash = shelf.driven.library / ".segue/trash"
    assert len([p for p in trash.rglob("*") if p.suffix in FORMATS]) == 2
    # Back by hand.
    shutil.copytree(trash, shelf.driven.library, dirs_exist_ok=True)
    done = subprocess.run([PROGRAMS / "segue", "import", shelf.driven.library], env=ENVIRONMENT, capture_output=True, text=True)
    assert "2 new" in done.stderr and whole(shelf.driven) and len(shelf.audio()) == 7


def test_what_comes_back_to_a_list_comes_back_from_the_trash(shelf):
    shelf.playlist(0, 1, 5, 6).sync()
    before = shelf.contents()
    shelf.playlist(0, 1).sync("--mirror", "--max-trash", "2")
    assert shelf.audio() == ["0", "1"] and shelf.trash() == ["5", "6"]
    shelf.playlist(0, 1, 6, 5)
    planned = shelf.sync("--dry-run", "--json")
    done = shelf.sync("--json")
    assert done.status == planned.status == 0 and shelf.said(done) == shelf.said(planned) == [("back", "6"), ("back", "7"), ("new", "6"), ("new", "7")]
    assert shelf.driven.origin.count("/file/") == 0 and shelf.contents() == before and shelf.trash() == []
    assert shelf.entries == ["0", "1", "6", "5"] and whole(shelf.driven)


@pytest.mark.parametrize("spoil", ["its name is taken", "its bytes are others", "the trash is empty"])
def test_what_cannot_come_back_is_fetched_again(shelf, spoil):
    shelf.playlist(0, 1).sync()
    (path,) = shelf.driven.library.rglob("*Title 1*")
    shelf.playlist(0).sync("--mirror", "--max-trash", "1")
    (put,) = (shelf.driven.library / ".segue/trash").rglob("*Title 1*")
    if spoil == "its name is taken":
        path.write_bytes(b"mine")
    elif spoil == "its bytes are others":
        put.write_bytes(b"x" + put.read_bytes()[1:])
    else:
        put.unlink()
    assert shelf.playlist(0, 1).sync().status == 0 and shelf.driven.origin.count("/file/") == 1 and shelf.entries[:1] == ["0"]
    assert len(shelf.entries) == 2 and (spoil != "its name is taken" or path.read_bytes() == b"mine")


def test_names_in_the_trash_are_given_once(shelf):
    contents = []
    for turn in range(3):
        shelf.playlist(0, 1).sync()
        (path,) = shelf.driven.library.glob("The Artist/*/*Title 1*")
        path.write_bytes(path.read_bytes() + b"%d" % turn)
        contents.append(path.read_bytes())
        path.with_suffix(".lrc").write_text(f"[00:00.00]{turn}")
        done = shelf.playlist(0).sync("--mirror", "--max-trash", "1")
        assert done.status == 0 and shelf.audio() == ["0"], done.stderr
    kept = sorted(p for p in (shelf.driven.library / ".segue/trash").rglob("*Title 1*"))
    assert sorted(p.read_bytes() for p in kept if p.suffix in FORMATS) == sorted(contents)
    assert sorted(p.read_text() for p in kept if p.suffix == ".lrc") == [f"[00:00.00]{n}" for n in range(3)]


def test_more_than_a_fifth_of_a_list_goes_only_when_that_is_allowed(shelf):
    shelf.playlist(*range(10)).sync()
    shelf.playlist(*range(7))
    for options in (["--dry-run"], [], ["--max-trash", "2"], ["--dry-run", "--max-trash", "2"], [], ["--dry-run"]):
        done = shelf.sync("--mirror", *options)
        assert done.status == 1 and b"trash" not in done.stdout and len(shelf.audio()) == 10, options
        assert "nothing is thrown away: 3 " in done.stderr and "--max-trash 3" in done.stderr, done.stderr
    assert shelf.entries == [str(n) for n in range(7)]
    planned = shelf.sync("--mirror", "--max-trash", "3", "--dry-run", "--json")
    done = shelf.sync("--mirror", "--max-trash", "3", "--json")
    assert (planned.status, done.status) == (0, 0)
    assert shelf.said(done) == shelf.said(planned) == [("trash", "10"), ("trash", "8"), ("trash", "9")]
    assert len(shelf.audio()) == 7 and shelf.trash() == ["7", "8", "9"] and whole(shelf.driven)


def test_what_was_refused_stays_when_a_list_holds_it_again(shelf):
    shelf.playlist(0, 1, 2).sync()
    assert shelf.playlist(0).sync("--mirror").status == 1
    assert shelf.playlist(0, 2).sync().status == 0
    assert shelf.said(shelf.sync("--mirror", "--max-trash", "9", "--json")) == [("trash", "2")] and shelf.audio() == ["0", "2"]


def test_a_mirror_that_was_killed_after_it_read_the_list_goes_on(shelf):
    shelf.playlist(0, 1, 5).sync()
    pipeline = shelf.playlist(0, 1).driven.file
    settings = json.loads(pipeline.read_text())
    # The list is booked by then, and it ends. In a jail it could not kill its driver.
    deadly = "import os, signal, sys\nfor line in sys.stdin: os.kill(os.getppid(), signal.SIGKILL)"
    settings["stages"].append({"name": "deadly", "run": [sys.executable, "-c", deadly], "kinds": ["done"]})
    pipeline.write_text(json.dumps(settings))
    assert shelf.sync("--mirror", "--max-trash", "1", "--jail", "off").status == -signal.SIGKILL and shelf.audio() == ["0", "1", "5"]
    again = shelf.playlist(0, 1).sync("--mirror", "--max-trash", "1", "--json")
    assert again.status == 0 and shelf.said(again) == [("trash", "6")] and shelf.audio() == ["0", "1"] and shelf.trash() == ["5"]


def test_what_a_crash_had_moved_to_the_trash_comes_back_with_its_cover(shelf):
    shelf.playlist(0, 5).sync()
    before, library = shelf.contents(), shelf.driven.library
    assert "The Artist/Album 1/cover.jpg" in before
    # Moved, and not booked.
    (library / ".segue/trash/The Artist").mkdir(parents=True)
    (library / "The Artist/Album 1").rename(library / ".segue/trash/The Artist/Album 1")
    assert shelf.playlist(5).sync("--mirror", "--max-trash", "1").status == 0 and shelf.trash() == ["0"]
    assert shelf.playlist(0, 5).sync().status == 0 and shelf.contents() == before and shelf.driven.origin.count("/file/") == 0


@pytest.mark.parametrize("is_back", [".segue-album", "cover.jpg", "cover.jpg .segue-album"])
def test_what_a_crash_had_moved_back_in_part_is_whole_again(is_back, shelf):
    shelf.playlist(0, 5).sync()
    before, library = shelf.contents(), shelf.driven.library
    assert shelf.playlist(5).sync("--mirror", "--max-trash", "1").status == 0
    (library / "The Artist/Album 1").mkdir()
    for name in is_back.split():
        (library / ".segue/trash/The Artist/Album 1" / name).rename(library / "The Artist/Album 1" / name)
    assert shelf.playlist(0, 5).sync().status == 0 and shelf.contents() == before and shelf.driven.origin.count("/file/") == 0
    assert not [path for path in (library / ".segue/trash").rglob("*") if path.is_file()]


def test_a_fifth_of_a_list_goes_by_itself(shelf):
    shelf.playlist(*range(10)).sync()
    done = shelf.playlist(*range(2, 10)).sync("--mirror", "--json")
    assert done.status == 0 and [w for w, _ in shelf.said(done)] == ["left", "left", "trash", "trash"] and len(shelf.audio()) == 8


@pytest.mark.parametrize("hours", [0, 1])
def test_a_track_that_left_takes_no_file_along_that_is_anothers_by_now(hours, shelf):
    assert shelf.playlist(0, 5).sync("--mirror").status == 0 and shelf.audio() == ["0", "5"]
    own, other = (next(p for p in shelf.driven.library.glob(f"*/*/*Title {n}*") if p.suffix in FORMATS) for n in (0, 5))
    # The name was free for the other track, as far as the catalogue knows.
    os.replace(other, own)
    with sqlite3.connect(shelf.driven.library / ".segue/catalogue.sqlite") as database:
        path = str(own.relative_to(shelf.driven.library))
        assert database.execute("UPDATE track SET path = ? WHERE path = ?", [path, str(other.relative_to(shelf.driven.library))]).rowcount == 1
        # Files that are written side by side may have one time.
        time = own.stat().st_mtime_ns
        assert database.execute("UPDATE track SET modified_ns = ? WHERE id LIKE '%:1'", [time - hours * 3600 * 10**9]).rowcount == 1
    database.close()
    content = own.read_bytes()
    assert shelf.playlist(5).sync("--mirror", "--max-trash", "1").status == 0
    assert own.read_bytes() == content and shelf.trash() == []
    done = subprocess.run([PROGRAMS / "segue", "verify", "--json", "--library", shelf.driven.library], env=ENVIRONMENT, capture_output=True)
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_limit_without_a_mirror_is_refused(shelf):
    done = shelf.playlist(0).sync("--max-trash", "3")
    assert done.status == 64 and "--max-trash goes with --mirror" in done.stderr


@pytest.mark.parametrize("kept", [[1, 2], [0, 1], [2, 0], [0], []])
def test_a_list_that_announces_nothing_says_what_left_it(shelf, site, kept):
    shelf.playlist()
    served = [f.read_bytes() for f in shelf.files[:3]]
    for n, body in enumerate(served):
        site.answers[f"/{n}{shelf.files[n].suffix}"] = (200, {"Content-Type": "application/octet-stream"}, body)

    def listed(numbers):
        text = "#EXTM3U\n" + "".join(f"{site.url}/{n}{shelf.files[n].suffix}\n" for n in numbers)
        site.answers["/list.m3u8"] = (200, {"Content-Type": "audio/mpegurl"}, text.encode())
        return lambda *options: shelf.driven.segue("sync", *options, f"{site.url}/list.m3u8")

    first = listed([0, 1, 2])("--json")
    ids = [r["id"] for r in first.records if r["sync"] == "new"]
    assert first.status == 0 and len(ids) == 3
    sync = listed(kept)
    planned, done = sync("--mirror", "--max-trash", "3", "--dry-run", "--json"), sync("--mirror", "--max-trash", "3", "--json")
    assert planned.records == done.records and planned.status == done.status == (0 if kept else 1)
    assert {r["id"] for r in done.records if r["sync"] == "left"} == {ids[n] for n in range(3) if n not in kept}
    (file,) = (shelf.driven.library / "Playlists").glob("*.m3u8")
    assert sum(line[:1] not in "#" for line in file.read_text().splitlines()) == len(kept)
    assert len([p for p in shelf.driven.library.glob("*/**/*") if p.suffix in FORMATS and ".segue" not in str(p)]) == (len(kept) or 3)
    if not kept:
        assert "is empty now" in done.stderr and "is empty now" in planned.stderr


def test_what_was_removed_by_hand_is_fetched_again(shelf):
    shelf.playlist(0, 1).sync()
    for path in list(shelf.driven.library.rglob("*Title 0*")):
        path.unlink()
    assert shelf.sync().status == 0 and shelf.audio() == ["0", "1"] and whole(shelf.driven)


def test_a_list_that_cannot_be_read_throws_nothing_away(shelf):
    shelf.playlist(0, 1).sync()
    shelf.driven.origin.process.kill()
    done = shelf.sync("--mirror")
    assert done.status == 1 and shelf.audio() == ["0", "1"] and "trash" not in done.stdout.decode()
    dry = shelf.sync("--dry-run", "--mirror")
    assert dry.status == 1 and b"left" not in dry.stdout


def test_a_list_that_tells_less_than_it_announced_throws_nothing_away(site, drive):
    def row(n):
        return {"id": n, "title": f"T{n}", "artist": {"name": "A"}, "album": {"id": 5, "title": "B"}}

    for n in (1, 2):
        site.answers[f"/track/{n}"] = row(n)
        site.answers[f"/media/{n}"] = {"data": []}
    site.answers["/playlist/2"] = {"id": 2, "title": "Mine", "nb_tracks": 2}
    site.answers["/playlist/2/tracks"] = {"data": [row(1), row(2)], "total": 2}
    stages = [{"name": "resolve", "run": ["resolve", "--rows", "--catalog", site.url, "--rate", "0"], "mode": "expand"},
              {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
    driven = drive(None, stages)
    driven.segue("sync", "playlist:2")
    site.answers["/playlist/2/tracks"] = {"data": [row(1)], "total": 2}
    done = driven.segue("sync", "--mirror", "playlist:2")
    assert "nothing is thrown away" in done.stderr


@pytest.mark.parametrize("has_server", [False, True], ids=["without a server", "with a server"])
def test_what_the_timer_starts_brings_what_is_new(shelf, has_server):
    commands = re.findall(r"^ExecStart=/usr/local/bin/segue (\S+) --pipeline \S+ \$LISTS$", (ROOT / "Pipelines/segue-sync.service").read_text(), re.M)
    assert shelf.playlist(0, 1).sync().status == 0
    driven = shelf.playlist(0, 1, 2).driven
    if has_server:
        driven.process = subprocess.Popen(
            [PROGRAMS / "segue", "serve", "--pipeline", driven.file, "--listen", "127.0.0.1:0"], cwd=driven.folder, env=driven.environment,
            stderr=subprocess.PIPE, text=True)
        assert "listening on" in driven.process.stderr.readline()
    assert commands and [driven.segue(command, "playlist:2").status for command in commands] == [0] * len(commands)
    driven.wait(lambda: shelf.audio() == ["0", "1", "2"] and shelf.entries == ["0", "1", "2"])
    assert driven.origin.count("/file/") == 1
