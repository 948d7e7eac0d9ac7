"""Playlists as folders: links to the one file, in the playlist's order, and the album's files where they are."""

import hashlib
import json
import os
import shutil
import subprocess

import mutagen
import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

FORMATS = ("flac", "mp3", "ogg", "opus", "m4a")


@pytest.fixture
def home(music, origin, drive, tmp_path):
    """A shelf with a playlist of its own, whose order is not the albums'."""
    shelf = tmp_path / "shelf"
    shutil.copytree(music, shelf)
    files = sorted(p for p in shelf.rglob("*") if p.suffix[1:] in FORMATS)
    chosen = [files[n] for n in (7, 2, 9, 2, 0)]
    (shelf / "Evening.m3u8").write_text("".join(f"{p.relative_to(shelf)}\n" for p in chosen))
    driven = drive(origin(shelf))
    return driven


def options(driven, *arguments):
    settings = json.loads(driven.file.read_text())
    (stage,) = [s for s in settings["stages"] if s["name"] == "record"]
    stage["run"] = ["record", "--library", "Music", *arguments]
    driven.file.write_text(json.dumps(settings))


def run(driven, *references):
    assert driven.segue("run", "--quiet", *references).status == 0


def listed(driven, name="Evening"):
    """What a player that reads the playlist's file would play."""
    folder = driven.library / "Playlists"
    entries = [line for line in (folder / f"{name}.m3u8").read_text().splitlines() if not line.startswith("#")]
    return [(folder / entry).resolve() for entry in entries]


def titles(paths):
    return [mutagen.File(p, easy=True)["title"][0] for p in paths]


def albums(driven):
    return {p for p in driven.library.rglob("*") if p.suffix[1:] in FORMATS and "Playlists" not in p.parts}


EVENING = ["Title 7", "Title 2", "Title 9", "Title 2", "Title 0"]


def test_a_playlist_has_a_folder_with_links_in_its_order(home):
    options(home, "--layout", "playlists")
    run(home, "playlist:2", "album:1")
    folder = home.library / "Playlists/Evening"
    names = sorted(p.name for p in folder.iterdir())
    assert [n[:n.rindex(".")] for n in names] == [f"{n:03} - The Artist - {t}" for n, t in enumerate(EVENING, 1)]
    assert listed(home) == [folder / n for n in names] and titles(listed(home)) == EVENING
    files = {os.stat(p).st_ino for p in albums(home)}
    assert len(files) == len(albums(home)) == 7 and {os.stat(folder / n).st_ino for n in names} < files
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", home.library], env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 0 and done.stdout == b""
    done = subprocess.run([PROGRAMS / "segue", "import", home.library], env=ENVIRONMENT, capture_output=True, text=True)
    assert "7 files: all in the catalogue" in done.stderr
    # Again, and nothing is another.
    before = {n: os.stat(folder / n).st_ino for n in names}
    run(home, "playlist:2")
    assert {n: os.stat(folder / n).st_ino for n in sorted(os.listdir(folder))} == before


def test_albums_alone_have_no_folder_and_a_folder_goes_when_it_is_not_wanted(home):
    run(home, "playlist:2")
    assert not (home.library / "Playlists/Evening").exists() and titles(listed(home)) == EVENING
    options(home, "--layout", "playlists", "--playlist-template", "%album%/%position:5% %title%")
    run(home, "playlist:2")
    assert sorted(str(p.relative_to(home.library / "Playlists/Evening")) for p in (home.library / "Playlists/Evening").rglob("*.*"))[0].startswith("Album 1/00002 Title 2.")
    (home.library / "Playlists/Evening/mine.txt").write_text("mine")
    options(home, "--layout", "albums")
    run(home, "playlist:2")
    assert [p.name for p in (home.library / "Playlists/Evening").rglob("*")] == ["mine.txt"]
    assert titles(listed(home)) == EVENING and {p.parts[-3] for p in listed(home)} == {"The Artist"}


@pytest.mark.parametrize("change", ["playlists", "albums"])
def test_what_somebody_put_in_the_place_of_a_link_stays(change, home):
    options(home, "--layout", "playlists")
    run(home, "playlist:2")
    folder = home.library / "Playlists/Evening"
    names = sorted(p.name for p in folder.iterdir())
    whole = (folder / names[0]).read_bytes()
    # One that an editor wrote anew, one of another kind, one edited in place, which is the album's file too.
    (folder / "new").write_bytes(whole + b"edited")
    os.replace(folder / "new", folder / names[0])
    (folder / names[1]).unlink()
    (folder / names[1]).symlink_to("../../mine")
    with open(folder / names[2], "ab") as file:
        file.write(b"edited")
    options(home, "--layout", change)
    run(home, "playlist:2")
    assert (folder / names[0]).read_bytes() == whole + b"edited" and os.readlink(folder / names[1]) == "../../mine"
    kept = {p.name for p in folder.iterdir()} if folder.exists() else set()
    if change == "albums":
        assert kept == set(names[:2])
    else:
        assert len(kept) == len(names) + 2 and set(names[:2]) < kept and len(listed(home)) == len(names)
        assert {p.name for p in listed(home)} == kept - set(names[:2])


def test_new_tags_and_new_names_reach_the_links(home):
    options(home, "--layout", "playlists")
    run(home, "playlist:2")
    command = "record --library Music --tracks | jq -c '.track.genres = [\"Jazz\"]' | place --library Music --retag | record --library Music"
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=home.folder, env=home.environment, check=True, capture_output=True)
    assert {g for p in listed(home) for g in mutagen.File(p, easy=True)["genre"]} == {"Jazz"}
    assert {os.stat(p).st_ino for p in listed(home)} == {os.stat(p).st_ino for p in albums(home)}
    command = "record --library Music --tracks | place --library Music --template '%title%' --move | record --library Music"
    subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=home.folder, env=home.environment, check=True, capture_output=True)
    assert titles(listed(home)) == EVENING and all("Playlists" in p.parts for p in listed(home))
    assert {os.stat(p).st_ino for p in listed(home)} == {os.stat(p).st_ino for p in albums(home)}


@pytest.mark.parametrize("layout", ["albums", "playlists"])
def test_editions_of_an_album_and_a_playlist_of_both_have_one_file_for_each_track(music, origin, drive, tmp_path, layout):
    shelf, source = tmp_path / "shelf", sorted(music.rglob("*.flac"))[0]
    for folder, year, count in [("Album", "1994", 4), ("Album again", "2014", 6)]:
        (shelf / folder).mkdir(parents=True)
        for number in range(1, count + 1):
            path = shelf / folder / f"{number}.flac"
            shutil.copy(source, path)
            tags = mutagen.File(path)
            tags.delete()
            tags.update({"title": f"Song {number}", "artist": "A", "album": "Album", "tracknumber": str(number), "date": year})
            tags.save()
    chosen = ["Album again/6.flac", "Album/1.flac", "Album again/1.flac", "Album/4.flac"]
    (shelf / "Both.m3u8").write_text("".join(f"{name}\n" for name in chosen))
    driven = drive(origin(shelf), name=layout)
    options(driven, "--layout", layout)
    run(driven, "album:1", "playlist:2", "album:2", "playlist:1")
    files = {str(p.relative_to(driven.library)) for p in albums(driven)}
    names = {"": 4, " (2014)": 6} if "A/Album/06 - Song 6.flac" not in files else {" (1994)": 4, "": 6}
    assert files == {f"A/Album{suffix}/{n:02} - Song {n}.flac" for suffix, count in names.items() for n in range(1, count + 1)}
    assert driven.origin.count("/file/") == 10
    tags = [mutagen.File(p) for p in listed(driven, "Both")]
    assert [(t["date"][0][:4], t["title"][0]) for t in tags] == [("2014", "Song 6"), ("1994", "Song 1"), ("2014", "Song 1"), ("1994", "Song 4")]
    inodes = {os.stat(p).st_ino for p in albums(driven)}
    assert len(inodes) == 10 and {os.stat(p).st_ino for p in listed(driven, "Both")} < inodes
    assert len(listed(driven, shelf.name)) == 10


def record_of(path, library, number, title):
    return {"v": 1, "kind": "track", "id": f"c:track:{number}", "parent": "c:playlist:1", "seq": number, "track": {"title": title, "artist": "A"},
            "placed": {"path": str(path), "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "format": "flac"}}


@pytest.fixture
def shelf(tmp_path):
    library = tmp_path / "Music"
    library.mkdir()
    paths = [library / f"{n}.flac" for n in range(1, 5)]
    for n, path in enumerate(paths):
        path.write_bytes(b"%d" % n)
    return library, [record_of(p, library, n, f"T{n}") for n, p in enumerate(paths, 1)]


def done_of(title, count):
    return {"v": 1, "kind": "done", "id": "c:playlist:1", "n": count, "total": count, "collection": {"type": "playlist", "title": title}}


def links(library):
    return sorted(str(p.relative_to(library / "Playlists")) for p in (library / "Playlists").rglob("*.flac"))


def test_a_folder_follows_its_playlist(run, shelf):
    library, tracks = shelf
    call = ["record", "--library", library, "--layout", "playlists"]
    run(*call, stdin=lines(*tracks[:2], {**tracks[2], "kind": "error", "stage": "fetch", "class": "transient", "code": "x", "message": "m"}, done_of("P", 3)))
    assert links(library) == ["P/001 - A - T1.flac", "P/002 - A - T2.flac"]
    # One that was missing arrives.
    run(*call, stdin=lines(tracks[2]))
    assert links(library)[2:] == ["P/003 - A - T3.flac"] and "P/003 - A - T3.flac" in (library / "Playlists/P.m3u8").read_text()
    # Another order, another name, one less.
    run(*call, stdin=lines({**tracks[2], "seq": 1}, {**tracks[0], "seq": 2}, done_of("Q", 2)))
    assert links(library) == ["Q/001 - A - T3.flac", "Q/002 - A - T1.flac"] and not (library / "Playlists/P").exists()
    assert [line for line in (library / "Playlists/Q.m3u8").read_text().splitlines() if line[0] != "#"] == links(library)
    assert sorted(p.name for p in library.glob("*.flac")) == ["1.flac", "2.flac", "3.flac", "4.flac"]


def test_names_of_others_are_left_alone_and_what_a_crash_left_is_taken(run, shelf):
    library, tracks = shelf
    folder = library / "Playlists/P"
    folder.mkdir(parents=True)
    (folder / "001 - A - T1.flac").write_bytes(b"mine")
    os.link(library / "2.flac", folder / "002 - A - T2.flac")
    shutil.copy(library / "3.flac", folder / "003 - A - T3.flac")
    run("record", "--library", library, "--layout", "playlists", stdin=lines(*tracks[:3], done_of("P", 3)))
    assert links(library) == ["P/001 - A - T1 (2).flac", "P/001 - A - T1.flac", "P/002 - A - T2.flac", "P/003 - A - T3.flac"]
    assert (folder / "001 - A - T1.flac").read_bytes() == b"mine"
    run("record", "--library", library, "--layout", "albums", stdin=lines(done_of("P", 3)))
    assert links(library) == ["P/001 - A - T1.flac"]


def test_a_wrong_template_or_layout_is_a_usage_error(run, tmp_path):
    assert run("record", "--library", tmp_path, "--layout", "piles").status == 64
    wrong = run("record", "--library", tmp_path, "--playlist-template", "%nothing%")
    assert wrong.status == 64 and "nothing" in wrong.stderr
