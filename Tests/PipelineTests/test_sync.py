"""segue sync: what is new comes, what left is told, and with --mirror goes to the trash, never more."""

import shutil
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS

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
    planned = shelf.sync("--dry-run", "--mirror", "--json")
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
    done = shelf.sync("--mirror", "--json")
    # Album 1 holds one of the three that left; the others' folder is empty now, and goes.
    assert shelf.said(done) == [("left", "2"), ("left", "6"), ("left", "7"), ("trash", "6"), ("trash", "7")]
    assert shelf.audio() == ["0", "1", "2", "3", "4"] and whole(shelf.driven) and not (shelf.driven.library / "The Artist/Album 2").exists()
    trash = shelf.driven.library / ".segue/trash"
    assert len([p for p in trash.rglob("*") if p.suffix in FORMATS]) == 2
    # Back by hand.
    shutil.copytree(trash, shelf.driven.library, dirs_exist_ok=True)
    done = subprocess.run([PROGRAMS / "segue", "import", shelf.driven.library], env=ENVIRONMENT, capture_output=True, text=True)
    assert "2 new" in done.stderr and whole(shelf.driven) and len(shelf.audio()) == 7


def test_what_comes_back_to_the_list_or_was_removed_by_hand_is_fetched_again(shelf):
    shelf.playlist(0, 1).sync()
    shelf.playlist(0).sync("--mirror")
    assert shelf.audio() == ["0"]
    assert shelf.playlist(0, 1).sync().status == 0 and shelf.audio() == ["0", "1"] and shelf.entries == ["0", "1"]
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
