"""A library where much is missing that Linux's own file systems have: exFAT and FAT, FUSE, shares of other machines."""

import contextlib
import errno
import hashlib
import pathlib
import sqlite3
import subprocess

import pytest
from programs import lines

SOURCE = pathlib.Path(__file__).parent / "poor_file_system.c"
KINDS = {
    "FUSE": {"NO_RENAME": errno.EINVAL, "NO_LINK": errno.EPERM, "NO_FSYNC": errno.EINVAL},
    "an old kernel": {"NO_RENAME": errno.ENOSYS, "NO_LINK": errno.ENOSYS, "NO_FSYNC": errno.ENOSYS},
    "a share": {"NO_RENAME": errno.EOPNOTSUPP, "NO_LINK": errno.EOPNOTSUPP, "NO_FSYNC": errno.EOPNOTSUPP},
    "a jail": {"NO_RENAME": errno.EPERM, "NO_LINK": errno.EACCES, "NO_FSYNC": errno.EBADF},
    "links run out": {"NO_RENAME": errno.EINVAL, "NO_LINK": errno.EMLINK}, "links alone": {"NO_RENAME": errno.EINVAL}}


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture
def on(run, shim, tmp_path):
    """on({"NO_LINK": 1}, "place", ..., stdin=...) runs a program with the library `Music` on such a file system."""

    def call(lacking, program, *arguments, stdin=b""):
        environment = {"LD_PRELOAD": str(shim), **{name: str(number) for name, number in lacking.items()}}
        return run(program, "--library", tmp_path / "Music", *arguments, stdin=stdin, env=environment)

    return call


@pytest.fixture
def tracks(tmp_path):
    """Two tracks of one name and other sounds, as they come to place."""
    records = []
    for n in (1, 2):
        file = tmp_path / f"{n}.flac"
        sound = ["-f", "lavfi", "-i", f"sine={200 * n}:duration=1", "-map_metadata", "-1"]
        subprocess.run(["ffmpeg", "-v", "error", *sound, file], check=True)
        content = file.read_bytes()
        records.append({
            "v": 1, "kind": "track", "id": f"c:track:{n}", "track": {"title": "Same", "artist": "A", "album": "B"},
            "media": {"url": "http://127.0.0.1/x", "format": "flac"},
            "file": {"path": str(file), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}})
    return records


def seen(folder):
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file() and p.name[0] != "." and ".segue" not in str(p))


@pytest.mark.parametrize("kind", KINDS)
def test_a_library_is_placed_booked_tagged_and_moved_there(on, tracks, tmp_path, kind):
    music, lacking = tmp_path / "Music", KINDS[kind]
    placed = on(lacking, "place", stdin=lines(*tracks))
    assert [r["kind"] for r in placed.records] == ["track", "track"], placed.stderr
    assert seen(music) == ["A/B/Same (2).flac", "A/B/Same.flac"]
    again = on(lacking, "place", stdin=lines(*tracks))
    assert again.records == placed.records and seen(music) == ["A/B/Same (2).flac", "A/B/Same.flac"]
    booked = on(lacking, "record", stdin=placed.stdout)
    assert [r["kind"] for r in booked.records] == ["track", "track"], booked.stderr
    told = on(lacking, "record", "--tracks")
    moved = on(lacking, "place", "--move", "--template", "%album%/%title%", stdin=told.stdout)
    assert [r["kind"] for r in moved.records] == ["track", "track"], moved.stderr
    assert seen(music) == ["B/Same (2).flac", "B/Same.flac"] and not (music / "A").exists()


@pytest.mark.parametrize("number", [errno.EPERM, errno.EOPNOTSUPP, errno.EXDEV, errno.EMLINK])
def test_a_playlists_folder_has_copies_where_there_are_no_links(on, tracks, tmp_path, number):
    placed = on({}, "place", stdin=lines(*(t | {"parent": "c:playlist:1", "seq": n} for n, t in enumerate(tracks, 1)))).records
    done = {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 2, "collection": {"type": "playlist", "title": "P"}}
    end = on({"NO_LINK": number}, "record", "--layout", "playlists", stdin=lines(*placed, done))
    assert [r["kind"] for r in end.records] == ["track", "track", "done"], end.stderr
    copies = sorted((tmp_path / "Music/Playlists/P").iterdir())
    assert [p.read_bytes() for p in copies] == [pathlib.Path(r["placed"]["path"]).read_bytes() for r in placed]
    assert [p.stat().st_nlink for p in copies] == [1, 1]


def test_an_empty_file_that_a_crash_left_is_taken_over(on, tracks, tmp_path):
    path = tmp_path / "Music/A/B/Same.flac"
    assert on({**KINDS["FUSE"], "DIES": 1}, "place", stdin=lines(tracks[0])).status == 9
    assert path.exists() and path.stat().st_size == 0
    done = on(KINDS["FUSE"], "place", stdin=lines(*tracks))
    assert [r["placed"]["path"] for r in done.records] == [str(path), str(path.with_name("Same (2).flac"))]
    assert path.stat().st_size == done.records[0]["placed"]["bytes"]


def test_an_empty_cover_that_a_crash_left_is_taken_over(on, tracks, tmp_path):
    cover, left = tmp_path / "cover.jpg", tmp_path / "Music/A/B/cover.jpg"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=16x16", "-frames:v", "1", cover], check=True)
    content = cover.read_bytes()
    artwork = {"path": str(cover), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest(), "mime": "image/jpeg"}
    left.parent.mkdir(parents=True)
    left.touch()
    assert on(KINDS["FUSE"], "place", stdin=lines(tracks[0] | {"file": tracks[0]["file"] | {"artwork": artwork}})).only["kind"] == "track"
    assert left.read_bytes() == content and seen(tmp_path / "Music") == ["A/B/Same.flac", "A/B/cover.jpg"]


@pytest.mark.parametrize("lacking, name", [(KINDS["FUSE"], "001 - A - Same.flac"), ({}, "001 - A - Same (2).flac")], ids=["FUSE", "as it is"])
def test_an_empty_copy_that_a_crash_left_in_a_playlists_folder_is_taken_over(lacking, name, on, tracks, tmp_path):
    (placed,) = on({}, "place", stdin=lines(tracks[0] | {"parent": "c:playlist:1", "seq": 1})).records
    folder = tmp_path / "Music/Playlists/P"
    folder.mkdir(parents=True)
    (folder / "001 - A - Same.flac").touch()
    done = {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 1, "collection": {"type": "playlist", "title": "P"}}
    assert on(lacking, "record", "--layout", "playlists", stdin=lines(placed, done)).status == 0
    assert (folder / name).read_bytes() == pathlib.Path(placed["placed"]["path"]).read_bytes()
    assert sorted(p.name for p in folder.iterdir()) == sorted({"001 - A - Same.flac", name})


@pytest.mark.parametrize("lacking", [{}, KINDS["FUSE"], KINDS["links alone"]], ids=["as it is", "FUSE", "links alone"])
def test_a_name_gets_another_case_where_both_are_one(lacking, on, tracks, tmp_path):
    folding = {**lacking, "FOLDS": 1}
    placed = on(folding, "place", stdin=lines(tracks[0]))
    assert seen(tmp_path / "Music") == ["A/B/Same.flac"] and on(folding, "record", stdin=placed.stdout).status == 0
    told = on(folding, "record", "--tracks")
    moved = on(folding, "place", "--move", "--template", "%artist%/%album%/SAME", stdin=told.stdout)
    assert moved.only["kind"] == "track", moved.stderr
    assert seen(tmp_path / "Music") == ["A/B/SAME.flac"]


def test_a_file_gets_its_name_where_a_rename_replaces_nothing(on, tracks, tmp_path):
    placed = on({**KINDS["FUSE"], "NO_REPLACE": errno.EEXIST}, "place", stdin=lines(*tracks))
    assert [r["kind"] for r in placed.records] == ["track", "track"], placed.stderr
    assert seen(tmp_path / "Music") == ["A/B/Same (2).flac", "A/B/Same.flac"]


def test_a_file_that_is_there_is_never_replaced(on, tracks, tmp_path):
    path = tmp_path / "Music/A/B/Same.flac"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    assert on(KINDS["FUSE"], "place", stdin=lines(tracks[0])).only["placed"]["path"].endswith("Same (2).flac")
    assert path.read_bytes() == b"mine"


def test_where_nothing_can_be_locked_that_is_said(on, tracks):
    for number in (errno.ENOLCK, errno.EOPNOTSUPP):
        done = on({"NO_LOCK": number}, "place", stdin=lines(tracks[0]))
        assert (done.only["class"], done.only["code"]) == ("config", "no_locks") and "mount" in done.only["message"]


def test_a_catalogue_is_kept_where_no_memory_can_be_shared(on, tracks, tmp_path):
    database = tmp_path / "Music/.segue/catalogue.sqlite"

    def mode():
        with contextlib.closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            return connection.execute("PRAGMA journal_mode").fetchone()[0]

    placed = on({}, "place", stdin=lines(*tracks)).stdout
    poor = {"NO_MEMORY": errno.ENODEV}
    first = on(poor, "record", stdin=placed.splitlines(keepends=True)[0])
    assert first.status == 0 and first.only["kind"] == "track", first.stderr
    assert mode() == "delete" and len(on(poor, "record", "--tracks").records) == 1
    # From a disk that has it to one that has not.
    assert on({}, "record", stdin=placed).status == 0 and mode() == "wal"
    second = on(poor, "record", stdin=placed)
    assert [r["kind"] for r in second.records] == ["track", "track"], second.stderr
    assert mode() == "delete"
    assert len(on(poor, "record", "--tracks").records) == 2
