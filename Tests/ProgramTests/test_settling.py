"""place and record answer several records once they are durable together: what is answered, and what a crash leaves."""

import contextlib
import hashlib
import json
import pathlib
import sqlite3
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

SHIM = pathlib.Path(__file__).parent / "dies_between.c"


@pytest.fixture(scope="session")
def dying(tmp_path_factory):
    """The environment in which a stage dies between its work and the settling."""
    shim = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, SHIM, "-ldl"], check=True)
    return {"LD_PRELOAD": str(shim)}


@pytest.fixture
def library(tmp_path):
    return tmp_path / "Music"


@pytest.fixture
def spooled(tmp_path):
    """spooled(3) -> that many records with a spooled file each, all of one album."""
    sound = tmp_path / "sound.flac"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:duration=1", sound], check=True)
    content = sound.read_bytes()

    def call(count, **track):
        records = []
        for number in range(1, count + 1):
            file = tmp_path / f"{number}.media"
            file.write_bytes(content)
            records.append({
                "v": 1, "kind": "track", "id": f"c:track:{number}",
                "track": {"title": f"T{number:02}", "artist": "A", "album": "B", "album_id": "c:album:1", **track},
                "media": {"url": "http://127.0.0.1/x", "format": "flac"},
                "file": {"path": str(file), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}})
        return records

    return call


@pytest.fixture
def placed(library):
    """placed(3) -> that many records of files in the library, as record gets them."""

    def call(count):
        (library / "A").mkdir(parents=True, exist_ok=True)
        records = []
        for number in range(1, count + 1):
            file = library / "A" / f"{number:04}.flac"
            file.write_bytes(b"audio")
            records.append({
                "v": 1, "kind": "track", "id": f"c:track:{number}", "track": {"title": f"T{number}"},
                "placed": {"path": str(file), "bytes": 5, "sha256": "0" * 64, "format": "flac"}})
        return records

    return call


def booked(library):
    with contextlib.closing(sqlite3.connect(f"file:{library}/.segue/catalogue.sqlite?mode=ro", uri=True)) as database:
        return {id for id, in database.execute("SELECT id FROM track")}


def audio(library):
    return sorted(p.name for p in library.rglob("*.flac"))


def test_a_thousand_lines_are_booked_in_few_transactions(library, placed, tmp_path):
    records = placed(1000)
    (tmp_path / "in").write_bytes(lines(*records))
    subprocess.run([PROGRAMS / "record", "--library", library], stdin=subprocess.DEVNULL, env=ENVIRONMENT, check=True, capture_output=True)
    log = library / ".segue/catalogue.sqlite-wal"
    with contextlib.closing(sqlite3.connect(library / ".segue/catalogue.sqlite", isolation_level=None)) as reader:
        # As long as somebody reads, the log is not begun anew.
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM track").fetchone()
        with open(tmp_path / "in", "rb") as text:
            end = subprocess.run([PROGRAMS / "record", "--library", library], stdin=text, env=ENVIRONMENT, capture_output=True)
        content = log.read_bytes()
        reader.execute("COMMIT")
    assert len(end.stdout.splitlines()) == 1000 and end.returncode == 0
    assert booked(library) == {r["id"] for r in records}
    page = int.from_bytes(content[8:12], "big")
    # A frame that ends a transaction has the size of the database in its head.
    frames = [content[at + 4:at + 8] for at in range(32, len(content), page + 24)]
    assert 1 < sum(size != bytes(4) for size in frames) < 200


def test_answers_keep_the_order_of_their_lines(run, library, placed):
    one, two, three = placed(3)
    gone = {**two, "placed": {**two["placed"], "path": str(library / "A/gone.flac")}}
    end = run("record", "--library", library, stdin=lines(one, gone, "{", {"v": 1, "kind": "poem", "id": "p"}, three))
    assert [(r["kind"], r["id"], r.get("code")) for r in end.records] == [
        ("track", one["id"], None), ("error", two["id"], "no_file"), ("error", "line:3", "not_json"), ("poem", "p", None),
        ("track", three["id"], None)]
    assert booked(library) == {one["id"], three["id"]}


@pytest.mark.parametrize("stage", ["place", "record"])
def test_what_is_done_is_answered_though_no_more_lines_come(stage, start, library, placed, spooled):
    process = start(stage, "--library", library)
    process.stdin.write(lines(*(spooled if stage == "place" else placed)(3)))
    process.stdin.flush()
    assert [json.loads(process.stdout.readline())["kind"] for _ in range(3)] == ["track"] * 3


def test_a_full_disk_at_the_end_of_a_transaction_fails_all_of_it(run, library, placed, disk):
    small = disk(library / ".segue", "2m")
    run("record", "--library", library)
    records = placed(20)
    small.fill()
    end = run("record", "--library", library, stdin=lines(*records))
    assert [(r["kind"], r["class"], r["code"]) for r in end.records] == [("error", "config", "disk_full")] * 20
    small.free()
    assert booked(library) == set()
    assert {r["kind"] for r in run("record", "--library", library, stdin=lines(*records)).records} == {"track"}
    assert booked(library) == {r["id"] for r in records}


def test_a_kill_before_the_end_of_a_transaction_books_and_answers_nothing(run, library, placed, dying):
    run("record", "--library", library)
    records = placed(3)
    killed = run("record", "--library", library, stdin=lines(*records), env=dying)
    assert (killed.status, killed.stdout) == (9, b"") and booked(library) == set()
    assert [r["kind"] for r in run("record", "--library", library, stdin=lines(*records)).records] == ["track"] * 3
    assert booked(library) == {r["id"] for r in records}


def test_a_kill_before_files_are_durable_leaves_no_name_and_the_next_run_succeeds(run, library, spooled, dying):
    records = spooled(3, synced_lyrics="[00:00.50]words\n")
    killed = run("place", "--library", library, stdin=lines(*records), env=dying)
    assert (killed.status, killed.stdout) == (9, b"") and audio(library) == []
    done = run("place", "--library", library, stdin=lines(*records))
    assert [r["kind"] for r in done.records] == ["track"] * 3 and audio(library) == ["T01.flac", "T02.flac", "T03.flac"]
    assert [p.name for p in library.rglob(".segue*")] == [".segue-album"] and len(list(library.rglob("*.lrc"))) == 3


@pytest.mark.parametrize("left", [b"", bytes(9)])
def test_a_mark_that_lost_its_bytes_in_a_power_cut_is_written_again(left, run, library, spooled):
    (library / "A/B").mkdir(parents=True)
    (library / "A/B/.segue-album").write_bytes(left)
    assert run("place", "--library", library, stdin=lines(*spooled(1))).only["placed"]["path"] == str(library / "A/B/T01.flac")
    assert (library / "A/B/.segue-album").read_bytes() == b"c:album:1"


def test_a_track_that_comes_twice_at_once_has_one_file(run, library, spooled):
    one, = spooled(1)
    twice = [{**one, "parent": f"c:playlist:{n}", "seq": 1} for n in (1, 2)]
    done = run("place", "--library", library, stdin=lines(*twice))
    assert [r["parent"] for r in done.records] == ["c:playlist:1", "c:playlist:2"]
    assert len({r["placed"]["path"] for r in done.records}) == 1 and audio(library) == ["T01.flac"]


def test_an_edit_during_a_change_of_tags_stays_and_the_tags_come_later(spooled, run, library, tmp_path):
    shim = tmp_path / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-w", "-o", shim, SHIM.with_name("edits_between.c"), "-ldl"], check=True)
    booked = run("record", "--library", library, stdin=run("place", "--library", library, stdin=lines(*spooled(1))).stdout).only
    path = pathlib.Path(booked["placed"]["path"])
    record = {**booked, "track": {**booked["track"], "genres": ["Jazz"]}}
    done = run("place", "--library", library, "--retag", stdin=lines(record), env={"LD_PRELOAD": str(shim), "EDITED": str(path)})
    assert (done.only["class"], done.only["code"]) == ("transient", "busy") and path.read_bytes().endswith(b"edited")
    assert [p.name for p in path.parent.iterdir() if p.suffix == ".part"] == []
    again = run("place", "--library", library, "--retag", stdin=lines(record))
    assert again.only["placed"]["changes"] == {"GENRE": [[], ["Jazz"]]} and path.read_bytes() != b""
