"""record: the catalogue, the playlists, the failures, and the spool that it may sweep."""

import hashlib
import json
import os
import pathlib
import resource
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import unicodedata

import pytest

from programs import ENVIRONMENT, PROGRAMS, lines
from synced import synced

SECRET = "signature=5ecr3t"


class Library:
    """A folder with small files in it that pass for music."""

    def __init__(self, folder):
        self.folder = folder
        self.catalogue = folder / ".segue" / "catalogue.sqlite"

    def place(self, number, path=None, content=None, **more):
        """Makes a file; the answer is the track that `place` would hand on."""
        content = content if content is not None else f"audio {number}".encode()
        file = self.folder / (path or f"Artist/Album/{number:02} - Song {number}.flac")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
        record = {
            "v": 1, "kind": "track", "id": f"c:track:{number}", "parent": "c:playlist:1", "seq": number,
            "track": {"title": f"Song {number}", "artist": "Artist", "album": "Album", "duration_s": 61.5, "x_more": 1},
            "media": {"url": f"http://127.0.0.1/{number}?{SECRET}", "format": "flac", "quality": "flac"},
            "placed": {"path": str(file), "bytes": len(content), "sha256": f"{number:064x}", "format": "flac",
                       "duration_s": 61.5},
        }
        return {**record, **more}

    def rows(self, sql, *arguments):
        with sqlite3.connect(f"file:{self.catalogue}?mode=ro", uri=True) as database:
            return database.execute(sql, arguments).fetchall()

    def playlist(self, name="Mix"):
        return (self.folder / "Playlists" / f"{name}.m3u8").read_text(encoding="utf-8").split("\n")

    @property
    def playlists(self):
        return sorted(p.name for p in (self.folder / "Playlists").iterdir())


@pytest.fixture
def library(tmp_path):
    return Library(tmp_path / "Music")


def failed(number, stage="fetch", code="http_404", **more):
    """What an earlier stage says of a track that it gave up."""
    record = {
        "v": 1, "kind": "track", "id": f"c:track:{number}", "parent": "c:playlist:1", "seq": number,
        "track": {"title": f"Song {number}", "artist": "Artist"},
        "media": {"url": f"http://127.0.0.1/{number}?{SECRET}", "format": "flac"}}
    return {
        "v": 1, "kind": "error", "id": record["id"], "parent": "c:playlist:1", "seq": number, "stage": stage,
        "class": "permanent", "code": code, "host": "127.0.0.1", "message": "no such track", "record": record, **more}


def done(n, title="Mix", id="c:playlist:1", type="playlist", **more):
    return {"v": 1, "kind": "done", "id": id, "n": n, "total": n, "collection": {"type": type, "title": title}, **more}


def wait_until(condition, seconds=20):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "nothing came of it in time"
        time.sleep(0.005)


# --- the catalogue


def test_a_placed_track_is_booked_before_it_is_answered(run, library):
    record = library.place(1)
    end = run("record", "--library", library.folder, stdin=lines(record))
    assert end.status == 0
    answer = end.only
    at = answer.pop("recorded")["at"]
    assert answer == record
    assert time.strptime(at[:19] + at[-1], "%Y-%m-%dT%H:%M:%SZ")
    row, = library.rows("SELECT id, path, bytes, sha256, format, quality, duration_s, title, artist, album, recorded_at FROM track")
    assert row == ("c:track:1", "Artist/Album/01 - Song 1.flac", 7, f"{1:064x}", "flac", "flac", 61.5, "Song 1",
                   "Artist", "Album", at)
    section, = library.rows("SELECT section FROM track")
    assert json.loads(section[0]) == record["track"]
    assert library.rows("SELECT collection, seq, track FROM member") == [("c:playlist:1", 1, "c:track:1")]
    assert end.stderr == "record: 1 in the library, 0 skipped, 0 failed\n"


def test_the_name_of_the_catalogues_folder_becomes_durable_whoever_made_it(library, tmp_path):
    record = library.place(1)
    library.catalogue.parent.mkdir()
    assert str(library.folder) in synced("record", "--library", library.folder, stdin=lines(record), cwd=tmp_path)


def test_what_is_known_by_an_alias_is_booked_under_the_id_that_the_library_has(run, library):
    def book(*records):
        return [r["id"] for r in run("record", "--library", library.folder, stdin=lines(*records, done(1))).records[:-1]]

    def known(record, id, *aliases):
        return {**record, "id": id, "aliases": list(aliases)}

    first = library.place(1, aliases=["old", "was:1"])
    assert book(first) == ["c:track:1"]
    before = library.playlist()
    # Each is answered under its own id.
    error = failed(1)
    assert book(known(first, "new", "other", "old")) == ["new"] and book({"v": 1, "kind": "skip", "id": "other", "parent": "c:playlist:1", "seq": 1}) == ["other"]
    assert book({**error, "id": "new", "record": known(error["record"], "new", "next")}) == ["new"] and library.rows("SELECT id FROM failure") == [("c:track:1",)]
    assert book(known(first, "next")) == ["next"] and library.rows("SELECT id FROM failure WHERE solved_at IS NULL") == []
    assert library.rows("SELECT id FROM track") == [("c:track:1",)] and library.rows("SELECT track FROM member") == [("c:track:1",)]
    assert {id for id, in library.rows("SELECT id FROM alias")} == {"old", "new", "other", "next"} and library.playlist() == before


def test_a_lesser_format_than_was_wanted_is_booked_until_the_better_one_comes(run, library):
    def book(**placed):
        record = library.place(1)
        record["placed"] |= placed
        run("record", "--library", library.folder, stdin=lines(record))
        return library.rows("SELECT quality, wanted FROM track")

    assert book(quality="mp3_320", wanted="flac") == [("mp3_320", "flac")]
    told = run("record", "--library", library.folder, "--tracks").only["placed"]
    assert (told["quality"], told["wanted"]) == ("mp3_320", "flac")
    assert book(quality="flac") == [("flac", None)]


@pytest.mark.parametrize("written", [False, True])
def test_a_file_with_other_bytes_is_taken_only_if_somebody_wrote_it(run, library, written):
    record = library.place(1)
    assert run("record", "--library", library.folder, stdin=lines(record)).only["kind"] == "track"
    path = pathlib.Path(record["placed"]["path"])
    times = os.stat(path)
    path.write_bytes(b"aud")
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns + (10**9 if written else 0)))
    record["placed"] |= {"bytes": 3, "sha256": "ab" * 32}
    answer = run("record", "--library", library.folder, stdin=lines(record)).only
    if written:
        assert answer["kind"] == "track" and library.rows("SELECT bytes, modified_ns FROM track") == [(3, times.st_mtime_ns + 10**9)]
        assert answer["recorded"]["modified_ns"] == str(times.st_mtime_ns + 10**9)
    else:
        assert (answer["class"], answer["code"]) == ("permanent", "damaged") and "segue verify --repair" in answer["message"]
        assert library.rows("SELECT bytes FROM track") == [(7,)]


def test_the_time_of_booking_follows_the_file(run, library):
    record = library.place(1)
    first = run("record", "--library", library.folder, stdin=lines(record)).only["recorded"]
    assert run("record", "--library", library.folder, stdin=lines(record)).only["recorded"] == first
    # The same bytes, put there anew.
    path = pathlib.Path(record["placed"]["path"])
    path.write_bytes(path.read_bytes())
    os.utime(path, ns=(0, int(first["modified_ns"]) + 10**9))
    again = run("record", "--library", library.folder, stdin=lines(record)).only["recorded"]
    assert again["at"] > first["at"] and int(again["modified_ns"]) == int(first["modified_ns"]) + 10**9


def test_the_tables_are_strict_and_the_log_is_written_ahead(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1), failed(2), done(2)))
    tables = library.rows("SELECT name, strict FROM pragma_table_list WHERE schema = 'main' AND name NOT LIKE 'sqlite%'")
    assert {name for name, strict in tables if strict} == {
        "track", "collection", "member", "failure", "owned", "link", "departed", "trashed", "alias", "twin"}
    assert library.rows("PRAGMA journal_mode") == [("wal",)]
    assert library.rows("PRAGMA integrity_check") == [("ok",)]
    assert len(library.rows("SELECT identifier FROM grdb_migrations")) == 8


def test_an_answer_comes_while_the_input_is_still_open(library):
    process = subprocess.Popen([PROGRAMS / "record", "--library", library.folder], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        for number in (1, 2):
            process.stdin.write(lines(library.place(number)))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == f"c:track:{number}"
            assert library.rows("SELECT count(*) FROM track") == [(number,)]
    finally:
        process.stdin.close()
        assert process.wait(20) == 0


def test_the_same_records_again_change_nothing_and_are_answered_the_same(run, library):
    batch = lines(library.place(1), failed(2), library.place(3), done(3))
    first = run("record", "--library", library.folder, stdin=batch)
    before = library.rows("SELECT * FROM track"), library.rows("SELECT * FROM collection"), library.rows("SELECT * FROM member")
    stamp = (library.folder / "Playlists" / "Mix.m3u8").stat()
    second = run("record", "--library", library.folder, stdin=batch)
    assert second.stdout == first.stdout
    assert before == (library.rows("SELECT * FROM track"), library.rows("SELECT * FROM collection"),
                      library.rows("SELECT * FROM member"))
    again = (library.folder / "Playlists" / "Mix.m3u8").stat()
    assert (again.st_ino, again.st_mtime_ns) == (stamp.st_ino, stamp.st_mtime_ns)
    assert library.rows("SELECT count(*) FROM failure") == [(1,)]


def test_a_track_that_moved_is_booked_anew(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1), done(1)))
    moved = library.place(1, path="Elsewhere/#1.flac")
    end = run("record", "--library", library.folder, stdin=lines(moved))
    assert library.rows("SELECT path, recorded_at FROM track") == [("Elsewhere/#1.flac", end.only["recorded"]["at"])]
    assert library.playlist()[3] == "../Elsewhere/#1.flac"


def test_names_that_only_look_the_same_are_two_tracks(run, library):
    names = [unicodedata.normalize(form, "é") for form in ("NFC", "NFD")]
    batch = [library.place(n, path=f"{name}.flac", id=f"c:track:{name}") for n, name in enumerate(names, 1)]
    end = run("record", "--library", library.folder, stdin=lines(*batch))
    assert [r["kind"] for r in end.records] == ["track", "track"]
    assert sorted(library.rows("SELECT id, path FROM track")) == sorted((f"c:track:{n}", f"{n}.flac") for n in names)


def test_a_track_that_was_not_placed_is_refused(run, library):
    record = library.place(1)
    del record["placed"]
    answer = run("record", "--library", library.folder, stdin=lines(record)).only
    assert (answer["class"], answer["code"], answer["record"]) == ("config", "not_placed", record)
    assert "put place before record" in answer["message"]


def test_a_placed_file_must_be_there_with_its_length_and_inside(run, library, tmp_path):
    gone, short, outside, through, relative, folder = (library.place(n) for n in range(1, 7))
    os.remove(gone["placed"]["path"])
    short["placed"]["bytes"] += 1
    stray = tmp_path / "stray.flac"
    stray.write_bytes(b"audio 3")
    outside["placed"]["path"] = str(library.folder / ".." / "stray.flac")
    (library.folder / "link").symlink_to(tmp_path)
    through["placed"]["path"] = str(library.folder / "link" / "stray.flac")
    relative["placed"]["path"] = "Music/Artist/Album/05 - Song 5.flac"
    folder["placed"]["path"] = str(library.folder / "Artist")
    end = run("record", "--library", library.folder, stdin=lines(gone, short, outside, through, relative, folder))
    assert [(r["class"], r["code"]) for r in end.records] == [
        ("stale", "no_file"), ("stale", "wrong_length"), ("permanent", "outside_library"),
        ("permanent", "outside_library"), ("permanent", "bad_record"), ("stale", "no_file")]
    assert library.rows("SELECT count(*) FROM track") == [(0,)]
    assert end.status == 0 and "6 failed" in end.stderr


def test_a_library_reached_through_a_link_is_the_library(run, library, tmp_path):
    record = library.place(1)
    (tmp_path / "way").symlink_to(library.folder)
    record["placed"]["path"] = record["placed"]["path"].replace("/Music/", "/way/")
    assert run("record", "--library", "way", stdin=lines(record)).only["kind"] == "track"
    assert library.rows("SELECT path FROM track") == [("Artist/Album/01 - Song 1.flac",)]


def test_an_id_with_a_nul_is_refused_and_kept_apart(run, library):
    batch = [library.place(1, id="c:track:1\0a"), library.place(2, parent="c:playlist:1\0"), library.place(3)]
    end = run("record", "--library", library.folder, stdin=lines(*batch, failed(4, id="x\0y")))
    assert [r.get("code") for r in end.records] == ["bad_id", "bad_id", None, "http_404"]
    assert library.rows("SELECT id FROM track") == [("c:track:3",)]
    assert library.rows("SELECT count(*) FROM failure") == [(0,)]


def test_a_skip_leaves_as_it_came_and_is_a_member(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1)))
    skip = ('{"v":1, "kind":"skip","id":"c:track:1","parent":"c:playlist:2","seq":7,"why":"in the library","x_n":1.0,'
            '"record":{"v":1,"kind":"request","id":"c:track:1"}}')
    end = run("record", "--library", library.folder, stdin=lines(skip))
    assert end.stdout == lines(skip)
    assert ("c:playlist:2", 7, "c:track:1") in library.rows("SELECT * FROM member")
    assert end.stderr == "record: 0 in the library, 1 skipped, 0 failed\n"


def test_a_skip_with_a_placed_file_is_booked_when_it_is_not_yet(run, library):
    inner = library.place(1)
    skip = {"v": 1, "kind": "skip", "id": "c:track:1", "parent": "c:playlist:1", "seq": 1, "why": "there", "record": inner}
    lie = {**skip, "id": "c:track:2", "seq": 2, "record": {**inner, "id": "c:track:2", "placed": {**inner["placed"], "bytes": 1}}}
    end = run("record", "--library", library.folder, stdin=lines(skip, lie))
    assert end.records == [skip, lie]
    assert library.rows("SELECT id, title FROM track") == [("c:track:1", "Song 1")]
    assert "c:track:2 was skipped, but" in end.stderr


# --- failures


def test_a_failure_is_kept_once_a_stage_and_passes_unchanged(run, library):
    batch = lines(failed(1), failed(1, code="http_410"), failed(1, stage="decrypt", code="no_key"))
    end = run("record", "--library", library.folder, stdin=batch)
    assert end.stdout == batch and end.status == 0
    rows = library.rows("SELECT id, parent, seq, stage, class, code, message, host, solved_at FROM failure ORDER BY rowid")
    common = ("c:track:1", "c:playlist:1", 1)
    assert rows == [(*common, "fetch", "permanent", "http_410", "no such track", "127.0.0.1", None),
                    (*common, "decrypt", "permanent", "no_key", "no such track", "127.0.0.1", None)]


def test_a_line_that_could_not_be_read_is_only_counted(run, library):
    line = {"v": 1, "kind": "error", "id": "line:3", "stage": "resolve", "class": "permanent", "code": "not_json", "message": "m"}
    end = run("record", "--library", library.folder, "--fail", stdin=lines(line))
    assert end.records == [line] and end.status == 1 and "1 failed" in end.stderr
    assert library.rows("SELECT count(*) FROM failure") == [(0,)]


def test_open_failures_are_printed_to_start_from_the_last_at_the_end(run, library):
    request = {"v": 1, "kind": "request", "id": "c:track:9", "ref": "track:9"}
    batch = lines(failed(2), failed(1), failed(3), failed(2, stage="decrypt"), failed(4), failed(9, stage="resolve", record=request))
    run("record", "--library", library.folder, stdin=batch)
    run("record", "--library", library.folder, stdin=lines(library.place(3)))
    end = run("record", "--library", library.folder, "--failures")
    assert [r["id"] for r in end.records] == ["c:track:1", "c:track:2", "c:track:4", "c:track:9"]
    assert end.records[-1] == request
    assert end.records[0] == {k: v for k, v in failed(1)["record"].items() if k != "media"}
    assert (end.status, end.stderr) == (0, "")


def test_what_was_cancelled_or_has_no_record_is_not_printed(run, library):
    without = failed(2)
    del without["record"]
    run("record", "--library", library.folder, stdin=lines({**failed(1), "class": "cancelled"}, without))
    end = run("record", "--library", library.folder, "--failures")
    assert end.stdout == b"" and "1 failed without a record" in end.stderr


def test_failures_of_a_library_without_catalogue_are_none_and_nothing_is_made(run, library):
    end = run("record", "--library", library.folder, "--failures")
    assert (end.status, end.stdout) == (0, b"") and not library.folder.exists()


FAILS_AGAIN = """
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    error = {"v": 1, "kind": "error", "id": record["id"], "stage": "fetch", "class": "permanent", "code": "again"}
    print(json.dumps({**error, "message": "m", "record": record}), flush=True)
"""


def test_failures_that_come_back_while_they_are_printed_are_printed_once(run, library):
    run("record", "--library", library.folder, stdin=lines(*(failed(n) for n in range(1, 201))))
    pipeline = '"$1" --library "$2" --failures | "$3" -c "$4" | "$1" --library "$2"'
    end = subprocess.run(["sh", "-c", pipeline, "sh", PROGRAMS / "record", library.folder, sys.executable, FAILS_AGAIN],
                         capture_output=True, timeout=60, env=ENVIRONMENT)
    assert end.returncode == 0 and len(end.stdout.splitlines()) == 200
    assert library.rows("SELECT code, count(*) FROM failure GROUP BY code") == [("again", 200)]


def test_a_track_that_came_in_solves_its_failures(run, library):
    run("record", "--library", library.folder, stdin=lines(failed(1), failed(1, stage="decrypt"), failed(2)))
    run("record", "--library", library.folder, stdin=lines(library.place(1)))
    assert library.rows("SELECT id, solved_at IS NULL FROM failure ORDER BY rowid") == [
        ("c:track:1", 0), ("c:track:1", 0), ("c:track:2", 1)]


def test_a_skip_for_a_file_that_is_another_tracks_is_not_booked(run, library):
    def skip(number, record):
        inner = {**record, "id": f"c:track:{number}", "seq": number}
        return {"v": 1, "kind": "skip", "id": inner["id"], "parent": "c:playlist:1", "seq": number, "why": "there", "record": inner}

    imported = library.place(1, id="file:track:" + "a" * 32)
    run("record", "--library", library.folder, stdin=lines(imported))
    end = run("record", "--library", library.folder, stdin=lines(skip(7, imported), skip(8, imported), skip(7, imported)))
    first, second, again = end.records
    assert (first["kind"], again["kind"], end.status) == ("skip", "skip", 0)
    assert {k: second[k] for k in ("kind", "id", "class", "code", "parent", "seq")} == {
        "kind": "error", "id": "c:track:8", "class": "stale", "code": "taken", "parent": "c:playlist:1", "seq": 8}
    assert second["record"] == skip(8, imported) and "belongs to another track by now" in second["message"]
    assert library.rows("SELECT id FROM track") == [("c:track:7",)]


def test_a_skip_solves_failures_only_of_what_is_in_the_library(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1), failed(1), failed(2)))
    skips = [{"v": 1, "kind": "skip", "id": f"c:track:{n}", "why": "w"} for n in (1, 2)]
    run("record", "--library", library.folder, stdin=lines(*skips))
    assert library.rows("SELECT id FROM failure WHERE solved_at IS NULL") == [("c:track:2",)]


def test_a_collection_that_is_done_solves_its_own_failure(run, library):
    request = failed(1, stage="resolve", id="c:playlist:1", record={"v": 1, "kind": "request", "id": "c:playlist:1"})
    del request["parent"], request["seq"]
    run("record", "--library", library.folder, stdin=lines(request, done(0)))
    assert library.rows("SELECT solved_at IS NULL FROM failure") == [(0,)]


def test_no_signed_url_gets_into_the_library(run, library):
    nested = failed(3)
    nested["record"] = {"v": 1, "kind": "skip", "id": "c:track:3", "why": "w", "record": nested["record"]}
    run("record", "--library", library.folder, stdin=lines(library.place(1), failed(2), nested, done(3)))
    for file in library.folder.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file
    assert SECRET not in run("record", "--library", library.folder, "--failures").stdout.decode()


# --- playlists


def test_a_finished_playlist_becomes_a_file_in_order_with_relative_paths(run, library):
    tracks = [library.place(n) for n in (1, 2)]
    again = {**tracks[0], "seq": 4}
    end = run("record", "--library", library.folder, stdin=lines(again, tracks[1], failed(3), tracks[0], done(4)))
    assert end.records[-1] == done(4)
    assert library.playlist() == [
        "#EXTM3U", "#PLAYLIST:Mix",
        "#EXTINF:62,Artist - Song 1", "../Artist/Album/01 - Song 1.flac",
        "#EXTINF:62,Artist - Song 2", "../Artist/Album/02 - Song 2.flac",
        "# missing: Artist - Song 3 (permanent http_404)",
        "#EXTINF:62,Artist - Song 1", "../Artist/Album/01 - Song 1.flac", ""]
    for line in library.playlist():
        if line and not line.startswith("#"):
            assert (library.folder / "Playlists" / line).is_file()
    assert library.playlists == ["Mix.m3u8"]


def test_a_member_that_comes_late_is_written_into_every_playlist_that_has_it(run, library):
    both = [failed(1), failed(1, parent="c:playlist:2")]
    run("record", "--library", library.folder, stdin=lines(*both, done(1), done(1, title="Other", id="c:playlist:2")))
    assert library.playlist("Other")[2].startswith("# missing")
    run("record", "--library", library.folder, stdin=lines(library.place(1)))
    for name in ("Mix", "Other"):
        assert library.playlist(name)[3] == "../Artist/Album/01 - Song 1.flac"


def test_a_member_nothing_is_known_of_is_named_by_its_id(run, library):
    skip = {"v": 1, "kind": "skip", "id": "c:track:5", "parent": "c:playlist:1", "seq": 1, "why": "too long"}
    run("record", "--library", library.folder, stdin=lines(skip, done(1)))
    assert library.playlist()[2] == "# missing: c:track:5"


def test_line_breaks_in_titles_become_spaces(run, library):
    record = library.place(1, track={"title": "a\nb\u2028c\r\n#d", "artist": "é"})
    run("record", "--library", library.folder, stdin=lines(record, done(1, title="x\ny")))
    written = library.playlists[0].removesuffix(".m3u8")
    assert library.playlist(written)[1:3] == ["#PLAYLIST:x y", "#EXTINF:62,é - a b c  #d"]


def test_a_file_beside_its_playlist_is_not_taken_for_a_comment(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1, path="Playlists/#1.flac"), done(1)))
    assert library.playlist()[3] == "./#1.flac"


@pytest.mark.parametrize("title", ["../x", "/etc/passwd", "演" * 100, "CON", "..", ".", "-rf", "a/b\\c", "x\0y", " ", "e\u0301" * 200])
def test_a_hostile_title_stays_in_the_folder(run, library, title):
    end = run("record", "--library", library.folder, stdin=lines(library.place(1), done(1, title=title)))
    assert end.records[-1]["kind"] == "done"
    name, = library.playlists
    assert len(name.encode()) <= 255 and name.endswith(".m3u8") and not name.startswith((".", "-"))
    assert name.upper() != "CON.M3U8"
    assert sorted(p.name for p in library.folder.iterdir()) == [".segue", "Artist", "Playlists"]
    again = run("record", "--library", library.folder, stdin=lines(done(1, title=title)))
    assert again.records[-1]["kind"] == "done" and library.playlists == [name]


def test_a_playlist_without_title_is_named_by_its_id(run, library):
    run("record", "--library", library.folder, stdin=lines(done(0, title="")))
    run("record", "--library", library.folder, stdin=lines({"v": 1, "kind": "done", "id": "c:playlist:77", "n": 0}))
    assert library.playlists == ["1.m3u8", "77.m3u8"]


def test_two_playlists_with_one_title_keep_their_own_files(run, library):
    ids = [f"c:playlist:{n}" for n in (1, 2, 3)]
    members = [library.place(n, parent=id, seq=1) for n, id in enumerate(ids, 1)]
    titles = ["Mix", "Mix", "mix"]
    ends = [done(1, id=id, title=title) for id, title in zip(ids, titles)]
    run("record", "--library", library.folder, stdin=lines(*members, *ends))
    assert library.playlists == ["Mix (2).m3u8", "Mix.m3u8", "mix (3).m3u8"]
    run("record", "--library", library.folder, stdin=lines(*reversed(ends)))
    assert [library.playlist(n)[2] for n in ("Mix", "Mix (2)", "mix (3)")] == [
        f"#EXTINF:62,Artist - Song {n}" for n in (1, 2, 3)]


def test_a_playlist_of_the_users_own_is_left_alone(run, library):
    own = library.folder / "Playlists" / "Mix.m3u8"
    own.parent.mkdir(parents=True)
    own.write_text("mine")
    run("record", "--library", library.folder, stdin=lines(done(0)))
    assert own.read_text() == "mine" and library.playlists == ["Mix (2).m3u8", "Mix.m3u8"]


def test_a_renamed_playlist_has_one_file_under_its_new_name(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1), done(1)))
    run("record", "--library", library.folder, stdin=lines(done(1, title="New")))
    assert library.playlists == ["New.m3u8"] and library.playlist("New")[3].endswith("Song 1.flac")
    run("record", "--library", library.folder, stdin=lines(done(1, title="Mix")))
    assert library.playlists == ["Mix.m3u8"]
    assert library.rows("SELECT title, playlist, former_playlist FROM collection") == [("Mix", "Mix.m3u8", None)]


def test_a_playlist_that_became_shorter_loses_its_end(run, library):
    tracks = [library.place(n) for n in (1, 2, 3)]
    run("record", "--library", library.folder, stdin=lines(*tracks, done(3)))
    run("record", "--library", library.folder, stdin=lines(tracks[2] | {"seq": 1}, done(1)))
    assert library.playlist()[2:] == ["#EXTINF:62,Artist - Song 3", "../Artist/Album/03 - Song 3.flac", ""]


@pytest.mark.parametrize("total, kept", [(None, [2]), (1, [2]), (2, [2, 2]), (4, [2, 2, 3]), ("3", [2])])
def test_a_list_that_announces_no_more_than_it_tells_has_what_it_tells(run, library, total, kept):
    tracks = [library.place(n) for n in (1, 2, 3)]
    run("record", "--library", library.folder, stdin=lines(*tracks, done(3)))
    end = done(1)
    if total is None:
        del end["total"]
    else:
        end["total"] = total
    run("record", "--library", library.folder, stdin=lines(tracks[1] | {"seq": 1}, end))
    assert library.rows("SELECT track FROM member ORDER BY seq") == [(f"c:track:{n}",) for n in kept]
    assert [line for line in library.playlist() if line.startswith("..")] == [f"../Artist/Album/0{n} - Song {n}.flac" for n in kept]


def test_an_empty_list_empties_its_playlist_file_and_no_more(run, library):
    tracks = [library.place(n) for n in (1, 2)]
    run("record", "--library", library.folder, stdin=lines(*tracks, done(2)))
    run("record", "--library", library.folder, stdin=lines(done(0) | {"total": None}))
    assert library.playlist() == ["#EXTM3U", "#PLAYLIST:Mix", ""] and library.rows("SELECT * FROM member") == []
    assert library.rows("SELECT count(*) FROM track") == [(2,)] and (library.folder / "Artist/Album/01 - Song 1.flac").exists()


@pytest.mark.parametrize("layout", ["albums", "playlists"])
@pytest.mark.parametrize("target", ["elsewhere", "nowhere"])
def test_no_link_leads_playlists_out_of_the_library(run, library, tmp_path, layout, target):
    (tmp_path / "elsewhere").mkdir()
    library.folder.mkdir()
    (library.folder / "Playlists").symlink_to(tmp_path / target)
    end = run("record", "--library", library.folder, "--layout", layout, stdin=lines(library.place(1), done(1)))
    track, failure = end.records
    assert track["kind"] == "track" and (failure["class"], failure["code"]) == ("permanent", "outside_library")
    assert not list((tmp_path / "elsewhere").iterdir()) and not (tmp_path / "nowhere").exists()


def test_a_link_in_the_library_is_followed_and_one_out_of_it_in_a_playlists_folder_is_not(run, library, tmp_path):
    (library.folder / "Lists").mkdir(parents=True)
    (tmp_path / "elsewhere").mkdir()
    (library.folder / "Playlists").symlink_to("Lists")
    record = lambda *records: run("record", "--library", library.folder, "--layout", "playlists", stdin=lines(*records)).records
    assert record(library.place(1), done(1))[1]["kind"] == "done"
    (link,) = (library.folder / "Lists/Mix").iterdir()
    shutil.move(library.folder / "Lists/Mix", tmp_path / "elsewhere/Mix")
    (library.folder / "Lists/Mix").symlink_to(tmp_path / "elsewhere/Mix")
    assert record(library.place(2), done(2))[0]["code"] == "outside_library"
    assert [p.name for p in (tmp_path / "elsewhere/Mix").iterdir()] == [link.name]


def test_a_playlist_file_that_was_removed_comes_back(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1), done(1)))
    (library.folder / "Playlists" / "Mix.m3u8").unlink()
    run("record", "--library", library.folder, stdin=lines(done(1)))
    assert library.playlists == ["Mix.m3u8"]


def test_an_album_is_booked_without_a_playlist(run, library):
    end = run("record", "--library", library.folder, stdin=lines(done(1, title="LP", id="c:album:2", type="album")))
    assert end.only["kind"] == "done" and not (library.folder / "Playlists").exists()
    assert library.rows("SELECT id, type, title, children, total FROM collection") == [("c:album:2", "album", "LP", 1, 1)]


# --- the spool


def spooled(record, spool, artwork=True):
    """The record with files in the spool as fetch and decrypt leave them, and the paths of these files."""
    id = record["id"]
    stem = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "_" for c in id[:80])
    membership = f"\n{record['parent']}\n{record.get('seq', 0)}" if "parent" in record else ""
    stem += "-" + hashlib.sha256((id + membership).encode()).hexdigest()[:16]
    spool.mkdir(exist_ok=True)
    files = [spool / f"{stem}.{part}" for part in ("media", "json", "clear")]
    for file in files:
        file.write_bytes(b"bytes")
    section = {"path": str(files[2]), "bytes": 5, "sha256": "0" * 64}
    if artwork:
        cover = spool / ("artwork-" + "a" * 32)
        cover.write_bytes(b"picture")
        section["artwork"] = {"path": str(cover), "bytes": 7, "sha256": "1" * 64, "mime": "image/png"}
    return {**record, "file": section}, files


def test_sweep_removes_what_is_booked_and_keeps_what_failed(run, library, tmp_path):
    spool = tmp_path / "spool"
    good, gone = spooled(library.place(1), spool)
    skipped, gone_too = spooled(library.place(2), spool)
    bad, kept = spooled(library.place(3), spool)
    bad["placed"]["bytes"] += 1
    other = spool / "someone-elses.media"
    other.write_bytes(b"x")
    skip = {"v": 1, "kind": "skip", "id": "c:track:2", "why": "w", "record": skipped}
    error = failed(4)
    error["record"], kept_too = spooled(error["record"], spool, artwork=False)
    run("record", "--library", library.folder, "--sweep", stdin=lines(good, skip, bad, error))
    assert sorted(spool.iterdir()) == sorted([*kept, *kept_too, other])


def test_sweep_removes_what_is_to_be_fetched_anew(run, library, tmp_path):
    spool = tmp_path / "spool"
    stale, kept = failed(1), failed(2)
    stale["class"] = "stale"
    stale["record"], gone = spooled(stale["record"], spool, artwork=False)
    kept["record"], files = spooled(kept["record"], spool, artwork=False)
    run("record", "--library", library.folder, "--sweep", stdin=lines(stale, kept))
    assert sorted(spool.iterdir()) == sorted(files) and len(gone) == len(files)


def test_without_sweep_the_spool_stays(run, library, tmp_path):
    good, files = spooled(library.place(1), tmp_path / "spool")
    run("record", "--library", library.folder, stdin=lines(good))
    assert all(f.exists() for f in files)


def test_artwork_that_a_failed_track_has_stays(run, library, tmp_path):
    spool = tmp_path / "spool"
    good, _ = spooled(library.place(1), spool)
    error = failed(2)
    error["record"], kept = spooled(error["record"], spool)
    run("record", "--library", library.folder, "--sweep", stdin=lines(good, error))
    assert sorted(spool.iterdir()) == sorted([*kept, spool / ("artwork-" + "a" * 32)])


def test_sweep_never_removes_what_a_record_merely_names(run, library, tmp_path):
    spool = tmp_path / "spool"
    precious = tmp_path / "precious.flac"
    precious.write_bytes(b"bytes")
    victim, theirs = spooled(library.place(9), spool)
    linked, files = spooled(library.place(2), spool, artwork=False)
    files[0].unlink()
    files[0].symlink_to(precious)
    files[1].unlink()
    files[1].mkdir()
    liars = [{**library.place(1), "file": {"path": str(path), "bytes": 5, "sha256": "0" * 64,
                                           "artwork": {"path": str(precious), "bytes": 5, "sha256": "0", "mime": "image/png"}}}
             for path in (precious, theirs[0], spool, str(spool) + "/../spool", "/etc/passwd")]
    end = run("record", "--library", library.folder, "--sweep", stdin=lines(*liars, linked))
    assert all(r["kind"] == "track" for r in end.records)
    assert precious.read_bytes() == b"bytes" and all(f.exists() for f in theirs)
    assert files[0].is_symlink() and files[1].is_dir() and not files[2].exists()
    assert pathlib.Path(victim["file"]["artwork"]["path"]).exists()


# --- the process


def test_fail_says_so_at_the_end(run, library):
    assert run("record", "--library", library.folder, "--fail", stdin=lines(library.place(1))).status == 0
    assert run("record", "--library", library.folder, "--fail", stdin=lines(failed(2), library.place(3))).status == 1
    assert run("record", "--library", library.folder, "--fail", stdin=b"{\n").status == 1
    assert run("record", "--library", library.folder, stdin=b"{\n").status == 0


@pytest.mark.parametrize("arguments", [[], ["--library"], ["--library", ""], ["--library", "x", "--nonsense"],
                                       ["--library", "x", "--failures", "--tracks"]])
def test_wrong_arguments_are_a_usage_error(run, arguments):
    end = run("record", *arguments)
    assert (end.status, end.stdout) == (64, b"") and end.stderr


def test_it_describes_itself(run):
    description = run("record", "--describe").only
    assert description["name"] == "record" and description["contract"] == 1 and description["writes"] == ["recorded"]
    assert description["window"] == 64


def test_every_line_has_one_answer_in_its_place(run, library):
    odd = '{"v":1,"kind":"note","id":"n","x_big":12345678901234567890,"x_one":1.0,"x_text":"\\u2028\\u0000"}'
    long = '{"v":1,"kind":"track","id":"long","x":"' + "y" * 1_048_576 + '"}'
    deep = '{"v":1,"kind":"track","id":"deep","placed":' + "[" * 300 + "]" * 300 + "}"
    wrong = [{"v": 1, "kind": "track", "id": "w1", "placed": 5}, {"v": 1, "kind": "done", "id": "w2", "collection": []},
             {"v": 1, "kind": "track", "id": "w3", "placed": {"path": "/x"}}, {"v": 2, "kind": "track", "id": "w4"},
             {"v": 1, "kind": "error", "id": "w5", "stage": 5, "class": None, "record": "text"},
             {"v": 1, "kind": "skip", "id": "w6", "record": {"no": "record"}}, {"v": 1, "kind": "track", "id": ""}]
    batch = [library.place(1), odd, "", long, "nonsense", failed(2), deep, *wrong, b'{"v":1,"kind":"track","id":"\xff"}',
             '{"v":1,"kind":"track","id":"\\ud800"}', "[]", done(2), library.place(3)]
    end = run("record", "--library", library.folder, stdin=lines(*batch))
    assert end.status == 0
    assert [r["id"] for r in end.records] == [
        "c:track:1", "n", "line:4", "line:5", "c:track:2", "line:7", "w1", "w2", "w3", "w4", "w5", "w6", "line:14",
        "line:15", "line:16", "line:17", "c:playlist:1", "c:track:3"]
    assert odd.encode() in end.stdout.splitlines()
    codes = {r["id"]: r.get("code") for r in end.records}
    assert codes["line:4"] == "line_too_long" and codes["w1"] == codes["w2"] == codes["w3"] == "bad_record"
    assert library.rows("SELECT count(*) FROM track") == [(2,)]


def test_an_unterminated_last_line_is_a_record(run, library):
    assert run("record", "--library", library.folder, stdin=lines(library.place(1))[:-1]).only["recorded"]


def test_a_kill_between_two_records_loses_and_doubles_nothing(run, library):
    batch = [library.place(n) for n in range(1, 41)] + [done(40)]
    for round in range(8):
        process = subprocess.Popen([PROGRAMS / "record", "--library", library.folder], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        answered = []
        try:
            process.stdin.write(lines(*batch))
            process.stdin.flush()
            answered = [json.loads(process.stdout.readline())["id"] for _ in range(5 * round + 6)]
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait(20)
            process.stdin.close()
            process.stdout.close()
        there = {id for id, in library.rows("SELECT id FROM track")}
        assert set(answered) - {"c:playlist:1"} <= there
        assert library.rows("PRAGMA integrity_check") == [("ok",)]
    end = run("record", "--library", library.folder, stdin=lines(*batch))
    assert len(end.records) == 41
    assert library.rows("SELECT count(*), count(DISTINCT path) FROM track") == [(40, 40)]
    assert library.rows("SELECT seq FROM member ORDER BY seq") == [(n,) for n in range(1, 41)]
    assert library.playlists == ["Mix.m3u8"] and len(library.playlist()) == 2 + 80 + 1


def test_two_processes_share_one_library(library):
    batches = [[library.place(n, parent=f"c:playlist:{half}", seq=n) for n in range(half, 121, 2)]
               + [done(60, id=f"c:playlist:{half}")] for half in (1, 2)]
    processes = []
    for batch in batches:
        process = subprocess.Popen([PROGRAMS / "record", "--library", library.folder], stdin=subprocess.PIPE,
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
        processes.append(process)
    for process, batch in zip(processes, batches):
        process.stdin.write(lines(*batch))
        process.stdin.flush()
    for process, batch in zip(processes, batches):
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert [json.loads(line)["kind"] for line in out.splitlines()] == ["track"] * 60 + ["done"]
    assert library.rows("SELECT count(*) FROM track") == [(120,)]
    assert library.rows("PRAGMA integrity_check") == [("ok",)]
    assert library.playlists == ["Mix (2).m3u8", "Mix.m3u8"]


def test_a_catalogue_that_stays_locked_is_a_transient_failure(run, library):
    run("record", "--library", library.folder)
    holder = sqlite3.connect(library.catalogue, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        answer = run("record", "--library", library.folder, stdin=lines(library.place(1))).only
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert (answer["class"], answer["code"]) == ("transient", "busy")
    assert run("record", "--library", library.folder, stdin=lines(answer["record"])).only["kind"] == "track"


def test_a_catalogue_that_is_none_is_refused_at_the_start(run, library):
    library.catalogue.parent.mkdir(parents=True)
    library.catalogue.write_bytes(b"this is no database at all " * 100)
    end = run("record", "--library", library.folder, stdin=lines(library.place(1)))
    assert (end.status, end.only["class"]) == (78, "config") and "damaged" in end.stderr and "damaged" in end.only["message"]


def test_a_catalogue_of_a_newer_version_is_left_alone(run, library):
    run("record", "--library", library.folder)
    with sqlite3.connect(library.catalogue) as database:
        database.execute("INSERT INTO grdb_migrations VALUES ('something of tomorrow')")
    for more in ([], ["--failures"]):
        end = run("record", "--library", library.folder, *more, stdin=lines(library.place(1)))
        assert end.status == 78 and "newer version" in end.stderr
        assert [(r["kind"], r["code"]) for r in end.records] == ([] if more else [("error", "newer_catalogue")])


def test_a_library_that_is_a_file_is_refused(run, tmp_path):
    (tmp_path / "Music").write_text("x")
    assert run("record", "--library", "Music", stdin=b"").status == 78


def limited(bytes):
    """Makes writes beyond a size fail, as on a full disk."""
    def limit():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (bytes, bytes))

    return limit


def test_a_full_disk_is_a_matter_of_configuration_and_nothing_is_lost(run, library):
    run("record", "--library", library.folder, stdin=lines(library.place(1)))
    batch = [library.place(n, track={"title": "t" * 20_000}) for n in range(2, 12)]
    process = subprocess.run([PROGRAMS / "record", "--library", library.folder], input=lines(*batch),
                             capture_output=True, timeout=60, env=ENVIRONMENT, preexec_fn=limited(100_000))
    answers = [json.loads(line) for line in process.stdout.splitlines()]
    assert len(answers) == 10
    errors = [a for a in answers if a["kind"] == "error"]
    assert errors and {(a["class"], a["code"]) for a in errors} == {("config", "disk_full")}
    there = {id for id, in library.rows("SELECT id FROM track")}
    assert there == {"c:track:1"} | {a["id"] for a in answers if a["kind"] == "track"}
    assert library.rows("PRAGMA integrity_check") == [("ok",)]
    run("record", "--library", library.folder, stdin=lines(*batch))
    assert library.rows("SELECT count(*) FROM track") == [(11,)]


def test_a_playlist_that_cannot_be_written_is_not_finished(run, library):
    (library.folder / "Playlists").mkdir(parents=True)
    (library.folder / "Playlists").rmdir()
    (library.folder / "Playlists").write_text("a file")
    answer = run("record", "--library", library.folder, stdin=lines(done(0))).only
    assert (answer["kind"], answer["class"]) == ("error", "config")
    assert library.rows("SELECT finished_at FROM collection") == [(None,)]
    (library.folder / "Playlists").unlink()
    run("record", "--library", library.folder, stdin=lines(answer["record"]))
    assert library.playlists == ["Mix.m3u8"]
    assert library.rows("SELECT finished_at IS NULL FROM collection") == [(0,)]


def test_a_signal_stops_it_between_records(library):
    process = subprocess.Popen([PROGRAMS / "record", "--library", library.folder], stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    try:
        process.stdin.write(lines(library.place(1)))
        process.stdin.flush()
        assert json.loads(process.stdout.readline())["kind"] == "track"
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stdin.close()
        process.stdout.close()
        process.stderr.close()


def test_readers_see_the_catalogue_while_it_is_written(library):
    process = subprocess.Popen([PROGRAMS / "record", "--library", library.folder], stdin=subprocess.PIPE,
                               stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        process.stdin.write(lines(*(failed(n) for n in range(1, 51))))
        process.stdin.flush()
        wait_until(lambda: library.catalogue.exists())
        wait_until(lambda: len(subprocess.run([PROGRAMS / "record", "--library", library.folder, "--failures"],
                                              capture_output=True, env=ENVIRONMENT).stdout.splitlines()) == 50)
    finally:
        process.stdin.close()
        assert process.wait(20) == 0
