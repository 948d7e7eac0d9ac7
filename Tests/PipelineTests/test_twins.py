"""One recording from two sources is one file: known by its ISRC or its names, kept, replaced by a better one, or taken twice if that is wanted."""

import json
import shutil
import sqlite3
import subprocess

import mutagen
import pytest
from programs import PROGRAMS
from website import Site


class Store:
    """A catalog of `count` tracks on ten albums, whose ids begin at `first`; `describe` changes what it says of each."""

    def __init__(self, site, name, count, audio, form, first=1, describe=lambda number, row: row):
        self.site, self.name, self.count = site, name, count
        rows = [describe(n, self.row(n, first, count)) for n in range(count)]
        for row in rows:
            site.answers[f"/track/{row['id']}"] = row
            site.answers[f"/media/{row['id']}"] = {"data": [{"format": form[:4].rstrip("_"), "quality": form, "url": f"{site.url}/audio/{row['id']}"}]}
            site.answers[f"/audio/{row['id']}"] = (200, {"Content-Type": "audio/" + ("flac" if form == "flac" else "mpeg")}, audio)
        site.answers["/playlist/1"] = {"id": 1, "title": f"Mix of {name}", "nb_tracks": count}
        site.answers["/playlist/1/tracks"] = {"data": rows, "total": count}
        for album in range(10):
            own = [row for row in rows if row["album"]["id"] == first + album]
            site.answers[f"/album/{first + album}"] = {"id": first + album, "title": f"Album {album}", "artist": {"name": "The Artist"}, "nb_tracks": len(own)}
            site.answers[f"/album/{first + album}/tracks"] = {"data": own, "total": len(own)}

    def row(self, n, first, count):
        return {"id": first + n, "title": f"Song {n}", "artist": {"name": "The Artist"}, "duration": 1, "track_position": n // 10 + 1,
                "disk_number": 1, "album": {"id": first + n % 10, "title": f"Album {n % 10}"}}

    def asked(self, path):
        return [asked for asked in self.site.requests if asked.startswith(path)]


@pytest.fixture(scope="module")
def sounds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sounds")
    for name, options in {"flac": ["-f", "flac"], "mp3_128": ["-b:a", "128k", "-f", "mp3"], "mp3_320": ["-b:a", "320k", "-f", "mp3"]}.items():
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=1", *options, folder / name]
        subprocess.run(list(map(str, command)), check=True)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def stores(site, sounds):
    """stores(count, form, form, describe) -> the shops one and two, with the same tracks under other ids."""
    other = Site()

    def call(count, ones="flac", twos="flac", describe=lambda number, row: row, first=lambda number, row: row):
        return (Store(site, "one", count, sounds[ones], ones, describe=first),
                Store(other, "two", count, sounds[twos], twos, first=5001, describe=describe))

    yield call
    other.close()


@pytest.fixture
def home(drive):
    """home(stores, "--both") -> a pipeline over both shops and a library."""

    def call(stores, *options, name="drive"):
        catalogs = [part for store in stores for part in ("--catalog", f"{store.name}={store.site.url}")]
        driven = drive(None, [
            {"name": "resolve", "run": ["resolve", "--rate", "0", *catalogs, "--library", "Music", *options], "mode": "expand", "replicas": 2},
            {"name": "fetch", "run": ["fetch"], "replicas": 2},
            {"name": "verify", "run": ["verify"]},
            {"name": "place", "run": ["place", "--library", "Music"], "replicas": 2},
            {"name": "record", "run": ["record", "--library", "Music"]}], name=name)
        return driven

    return call


def audio(driven):
    return sorted(p for p in driven.library.rglob("*") if p.suffix in (".flac", ".mp3") and ".segue" not in str(p))


def listed(driven, name):
    playlist = driven.library / f"Playlists/Mix of {name}.m3u8"
    return [(playlist.parent / line).resolve() for line in playlist.read_text().splitlines() if line and not line.startswith("#")]


def booked(driven):
    with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as database:
        return dict(database.execute("SELECT id, path FROM track"))


def verified(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", "Music"], cwd=driven.folder, env=driven.environment, capture_output=True, timeout=60)
    return done.returncode, done.stdout.decode()


def why(driven, item):
    return driven.show(item)["record"]["why"]


def test_the_same_500_tracks_from_two_shops_are_500_files_and_nothing_is_fetched_twice(stores, home):
    def coded(number, row):
        return {**row, "isrc": f"US-AB1-20-{number:05}"} if number % 2 else row

    def other(number, row):
        return {**row, "isrc": f"usab120{number:05}", "album": {**row["album"], "title": "The Best"}} if number % 2 else {**row, "title": f"SONG  {number}"}

    one, two = stores(500, describe=other, first=coded)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0
    assert len(audio(driven)) == 500 and len(one.asked("/audio/")) == 500
    assert driven.segue("run", "two:playlist:1").status == 0
    assert len(audio(driven)) == 500 and two.asked("/audio/") == [] and two.asked("/media/") == []
    assert why(driven, "two:track:5008") == "the same recording as one:track:8"
    assert sorted(listed(driven, "two")) == audio(driven) == sorted(listed(driven, "one"))
    # From now on it costs the pages of the list alone.
    two.site.requests.clear()
    assert driven.segue("sync", "two:playlist:1").status == 0
    assert {path.split("?")[0] for path in two.site.requests} == {"/playlist/1", "/playlist/1/tracks"}
    assert verified(driven)[0] == 0


def test_both_shops_in_one_run_leave_one_file_of_each_recording(stores, home):
    one, two = stores(60)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1", "two:playlist:1").status == 0
    assert len(audio(driven)) == 60 and len(booked(driven)) == 60
    assert sorted(listed(driven, "two")) == audio(driven) == sorted(listed(driven, "one"))
    assert verified(driven) == (0, "")
    # What was fetched twice is not lost without a word.
    trash = [p for p in (driven.library / ".segue").rglob("*.flac")]
    assert len(trash) == len(one.asked("/audio/")) + len(two.asked("/audio/")) - 60


def test_who_wants_both_has_both(stores, home):
    one, two = stores(10)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0
    assert driven.segue("run", "two:playlist:1").status == 0 and len(audio(driven)) == 10
    both = home((one, two), "--both", name="drive")
    assert both.segue("run", "two:playlist:1").status == 0
    assert len(audio(both)) == 20 and len(booked(both)) == 20
    assert not set(listed(both, "one")) & set(listed(both, "two"))
    # And keeps both.
    driven = home((one, two), name="drive")
    assert driven.segue("run", "one:playlist:1", "two:playlist:1").status == 0 and len(audio(driven)) == 20


@pytest.mark.parametrize("better", ["flac", "mp3_320"])
def test_a_better_format_is_told_and_taken_on_upgrade(stores, home, better):
    one, two = stores(5, "mp3_128", better)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0
    old = audio(driven)
    assert driven.segue("run", "two:playlist:1").status == 0 and two.asked("/audio/") == []
    assert why(driven, "two:track:5001") == f"the same recording as one:track:1, there as mp3_128; {better} is offered, and taken with --upgrade"
    driven = home((one, two), "--upgrade", name="drive")
    edited = old[2]
    tags = mutagen.File(edited, easy=True)
    tags["genre"] = "Mine"
    tags.save()
    bytes_of_it = edited.read_bytes()
    assert driven.segue("run", "two:playlist:1").status == 0
    new = audio(driven)
    assert len(new) == 5 and edited in new and edited.read_bytes() == bytes_of_it
    assert len(two.asked("/audio/")) == 4
    assert sorted(listed(driven, "one")) == new == sorted(listed(driven, "two"))
    assert len(list((driven.library / ".segue/trash").rglob("*.mp3"))) == 4
    assert [line.split()[0] for line in verified(driven)[1].splitlines()] == ["edited"]
    if better == "mp3_320":
        assert [p.name for p in new] == [p.name for p in old]
    # What is as good as can be is not asked for again, and the first shop's list brings nothing back.
    assert driven.segue("run", "one:playlist:1", "two:playlist:1").status == 0
    assert audio(driven) == new and len(one.asked("/audio/")) == 5 and len(two.asked("/audio/")) == 4


def test_a_shop_that_offers_a_better_file_of_its_own_track_replaces_it_on_upgrade(stores, home, sounds):
    one, two = stores(3, "mp3_128")
    driven = home((one, two), "--upgrade")
    assert driven.segue("run", "one:playlist:1").status == 0
    Store(one.site, "one", 3, sounds["flac"], "flac")
    assert driven.segue("run", "one:playlist:1").status == 0
    assert [p.suffix for p in audio(driven)] == [".flac"] * 3 and sorted(listed(driven, "one")) == audio(driven)
    assert verified(driven)[0] == 0


def test_a_better_file_that_was_placed_and_not_booked_is_booked_as_what_it_is(stores, home, sounds):
    one, two = stores(3, "mp3_128")
    driven = home((one, two), "--upgrade")
    assert driven.segue("run", "one:playlist:1").status == 0
    worse = audio(driven)
    # What place does: a lossless file instead of each, with the tags of before.
    for path in worse:
        better = mutagen.File(path)
        source = str(better["TXXX:SOURCEID"].text[0]) if "TXXX:SOURCEID" in better else None
        (driven.library / ".segue/trash").mkdir(exist_ok=True)
        subprocess.run(["ffmpeg", "-v", "error", "-i", path, "-map_metadata", "0", path.with_suffix(".flac")], check=True)
        tags = mutagen.File(path.with_suffix(".flac"))
        assert source and tags.get("sourceid", [source]) == [source]
        tags["sourceid"] = source
        tags.save()
        path.rename(driven.library / ".segue/trash" / path.name)
    Store(one.site, "one", 3, sounds["flac"], "flac")
    before = {path: path.read_bytes() for path in audio(driven)}
    for _ in range(2):
        assert driven.segue("run", "one:playlist:1").status == 0
        assert {path: path.read_bytes() for path in audio(driven)} == before
    assert sorted(p.suffix for p in (driven.library / ".segue/trash").rglob("*.*")) == [".mp3"] * 3
    with sqlite3.connect(f"file:{driven.library}/.segue/catalogue.sqlite?mode=ro", uri=True) as database:
        assert database.execute("SELECT format, quality, wanted FROM track").fetchall() == [("flac", None, None)] * 3
    database.close()
    assert verified(driven)[0] == 0 and {p.suffix for p in listed(driven, "one")} == {".flac"}


def test_a_file_that_was_edited_or_moved_is_still_the_recording(stores, home):
    one, two = stores(3)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0
    edited, moved, _ = audio(driven)
    tags = mutagen.File(edited)
    tags["title"] = "My own title, which is much longer than what was there before " * 200
    tags.save()
    (driven.library / "Mine").mkdir()
    moved.rename(driven.library / "Mine" / moved.name)
    assert driven.segue("run", "two:playlist:1").status == 0
    assert len(audio(driven)) == 3 and two.asked("/audio/") == []
    assert sorted(listed(driven, "two")) == audio(driven)
    assert mutagen.File(edited)["title"][0].startswith("My own title")


def are_booked_as_what_they_are(driven):
    """All three files are the second shop's, also at a name that one of the first had."""
    assert verified(driven)[0] == 0 and driven.segue("retag").stderr.endswith("0 retagged, 3 as they are\n")
    with sqlite3.connect(f"file:{driven.library}/.segue/catalogue.sqlite?mode=ro", uri=True) as database:
        assert {i.split(":")[0] for i, in database.execute("SELECT id FROM track")} == {"two"}
    database.close()


def test_a_file_that_is_gone_is_fetched_from_the_shop_that_is_asked(stores, home):
    one, two = stores(3)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1", "two:playlist:1").status == 0
    for path in audio(driven):
        path.unlink()
    two.site.requests.clear()
    assert driven.segue("sync", "two:playlist:1").status == 0
    assert len(audio(driven)) == 3 and len(two.asked("/audio/")) == 3
    one.site.requests.clear()
    assert driven.segue("sync", "one:playlist:1").status == 0
    assert len(audio(driven)) == 3 and one.asked("/audio/") == []
    assert sorted(listed(driven, "one")) == audio(driven) == sorted(listed(driven, "two"))
    are_booked_as_what_they_are(driven)


def test_a_file_in_the_place_of_one_that_is_gone_is_booked_as_what_it_is(stores, home):
    one, two = stores(3)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0
    names = audio(driven)
    shutil.rmtree(driven.library / "The Artist")
    assert driven.segue("run", "two:playlist:1").status == 0 and audio(driven) == names
    are_booked_as_what_they_are(driven)


def test_a_list_that_is_mirrored_keeps_what_another_shops_list_holds(stores, home):
    one, two = stores(3)
    driven = home((one, two))
    assert driven.segue("run", "one:playlist:1").status == 0 and driven.segue("run", "two:playlist:1").status == 0
    rows = one.site.answers["/playlist/1/tracks"]["data"]
    one.site.answers["/playlist/1"]["nb_tracks"] = 2
    one.site.answers["/playlist/1/tracks"] = {"data": rows[:2], "total": 2}
    assert driven.segue("sync", "--mirror", "--max-trash", "3", "one:playlist:1").status == 0
    assert len(audio(driven)) == 3 and len(listed(driven, "one")) == 2 and len(listed(driven, "two")) == 3
    news = driven.segue("sync", "--dry-run", "--json", "two:playlist:1")
    assert news.status == 0 and news.records == []
