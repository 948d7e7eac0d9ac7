"""segue import: what somebody has already is not fetched again, and what moved or was edited is booked as it is."""

import contextlib
import json
import os
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
from pathlib import Path

import mutagen
import pytest
from programs import ENVIRONMENT, PROGRAMS, Outcome

FORMATS = ("flac", "mp3", "ogg", "opus", "m4a")


@pytest.fixture
def home(music, origin, drive):
    driven = drive(origin(music))
    settings = json.loads(driven.file.read_text())
    for stage in settings["stages"]:
        if stage["run"][0] == "resolve":
            stage["run"] += ["--library", "Music"]
    driven.file.write_text(json.dumps(settings))
    driven.music = music
    return driven


def command(driven, *arguments):
    done = subprocess.run([PROGRAMS / "segue", *map(str, arguments)], cwd=driven.folder, env=ENVIRONMENT, capture_output=True, timeout=60)
    return Outcome(done.returncode, done.stdout, done.stderr)


def audio(driven):
    return sorted(p for p in driven.library.rglob("*") if p.suffix[1:] in FORMATS and ".segue" not in str(p))


def booked(driven):
    with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as database:
        return dict(database.execute("SELECT id, path FROM track"))


def whole(driven):
    done = command(driven, "verify", "--library", "Music")
    return done.status == 0 and not done.stdout


def playlist(driven):
    (file,) = (driven.library / "Playlists").glob("*.m3u8")
    return [line for line in file.read_text().splitlines() if not line.startswith("#")]


def test_a_folder_of_somebodys_own_is_not_fetched_again(home):
    shutil.copytree(home.music, home.library)
    planned = command(home, "import", "Music", "--dry-run", "--json")
    assert planned.status == 0 and len(planned.records) == 10 and not (home.library / ".segue").exists()
    done = command(home, "import", "Music", "--json")
    assert done.status == 0 and done.records == planned.records and "10 files: 10 new" in done.stderr
    assert {r["import"] for r in done.records} == {"new"} and all(r["id"].startswith("file:track:") for r in done.records)
    assert command(home, "import", "Music").stderr == "segue: 10 files: all in the catalogue\n"
    before = {p: p.read_bytes() for p in audio(home)}
    assert home.segue("run", "--quiet", "playlist:1", "album:1").status == 0
    assert home.origin.count("/file/") == 0 and {p: p.read_bytes() for p in audio(home)} == before
    tracks = booked(home)
    assert len(tracks) == 10 and all(i.startswith("catalog:track:") for i in tracks)
    assert [str((home.library / "Playlists" / e).resolve().relative_to(home.library.resolve())) for e in playlist(home)] == \
        [tracks[f"catalog:track:{n}"] for n in range(1, 11)]
    assert whole(home)
    # What the files said stays known beside what the catalog said.
    done = subprocess.run([PROGRAMS / "record", "--library", home.library, "--tracks"], env=ENVIRONMENT, capture_output=True, check=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert all(r["track"]["release_date"] == "2001-03-07" and r["track"]["track_number"] for r in records)


def test_a_recording_is_known_by_its_isrc_whoever_the_file_says_it_is_by(music, origin, drive, tmp_path):
    shelf = tmp_path / "shelf"
    shutil.copytree(music, shelf)
    for number, path in enumerate(sorted(p for p in shelf.rglob("*") if p.suffix == ".flac")):
        tags = mutagen.File(path)
        tags["isrc"] = f"QZABC240000{number}"
        tags.save()
    driven = drive(origin(shelf))
    flac = sorted(p for p in shelf.rglob("*") if p.suffix == ".flac")[0]
    driven.library.mkdir()
    shutil.copy(flac, driven.library / "mine.flac")
    tags = mutagen.File(driven.library / "mine.flac")
    tags["artist"], tags["album"], tags["isrc"] = ["Somebody"], ["Best of"], ["qz-abc-24-00000"]
    tags.save()
    assert command(driven, "import", "Music").status == 0
    resolved = subprocess.run(
        [PROGRAMS / "resolve", "--catalog", driven.origin.url, "--rate", "0", "--library", "Music", "playlist:1"], cwd=driven.folder,
        env=ENVIRONMENT, capture_output=True, check=True)
    kinds = [(r["kind"], r.get("record", {}).get("placed", {}).get("path")) for r in map(json.loads, resolved.stdout.splitlines())]
    assert [k for k, _ in kinds].count("skip") == 1 and [p for k, p in kinds if k == "skip"] == [str(driven.library / "mine.flac")]


@pytest.mark.parametrize("spoil, asked", [("nothing", 0), ("cut", 1), ("other album", 1), ("other title", 1), ("gone", 1)])
def test_only_what_is_the_whole_recording_is_not_fetched(origin, drive, tmp_path, spoil, asked):
    shelf = tmp_path / "shelf/Artist/Album"
    shelf.mkdir(parents=True)
    tags = ["-metadata", "title=T", "-metadata", "artist=A", "-metadata", "album=Album"]
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=440:duration=9", *tags, shelf / "x.flac"], check=True)
    driven = drive(origin(tmp_path / "shelf"))
    mine = driven.library / "Old/x.flac"
    mine.parent.mkdir(parents=True)
    shutil.copy(shelf / "x.flac", mine)
    if spoil == "cut":
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", shelf / "x.flac", "-t", "5", mine], check=True)
    elif spoil.startswith("other"):
        changed = mutagen.File(mine)
        changed[spoil.split()[1]] = ["Different"]
        changed.save()
    assert command(driven, "import", "Music").status == 0
    if spoil == "gone":
        mine.unlink()
    resolve = ["resolve", "--catalog", driven.origin.url, "--rate", "0", "--library", "Music", "album:1"]
    done = subprocess.run([PROGRAMS / resolve[0], *resolve[1:]], cwd=driven.folder, env=ENVIRONMENT, capture_output=True, check=True)
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert kinds == ["track" if asked else "skip", "done"] and driven.origin.count("/media/") == asked


@pytest.fixture
def silences(site, tmp_path):
    """An album with three tracks of one name, each with a sound of its own, of which the library has one file, not yet imported."""

    def track(n):
        album = {"id": 1, "title": "Gaps"}
        return {"id": n, "title": "[untitled]", "artist": {"name": "Nora"}, "album": album, "duration": 2, "track_position": n}

    for n in (1, 2, 3):
        file = tmp_path / f"sound-{n}.mp3"
        sound = ["-f", "lavfi", "-i", f"sine={300 * n}:duration=2", "-c:a", "libmp3lame"]
        subprocess.run(["ffmpeg", "-v", "error", *sound, file], check=True)
        site.answers[f"/{n}.mp3"] = (200, {"Content-Type": "audio/mpeg"}, file.read_bytes())
        site.answers[f"/track/{n}"] = track(n)
        site.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{site.url}/{n}.mp3"}]}
    site.answers["/playlist/1"] = {"id": 1, "title": "Mix"}
    site.answers["/playlist/1/tracks"] = {"data": [track(n) for n in (1, 2, 3)], "total": 3}
    site.rows = site.answers["/playlist/1/tracks"]["data"]
    library = tmp_path / "drive/Music"
    library.mkdir(parents=True)
    tags = [part for tag in ("title=[untitled]", "artist=Nora", "album=Gaps") for part in ("-metadata", tag)]
    subprocess.run(["ffmpeg", "-v", "error", "-i", tmp_path / "sound-1.mp3", "-c", "copy", *tags, library / "mine.mp3"], check=True)
    return site


def in_order(driven):
    """Each track has a file of its own, and stays so through retag, move and verify."""
    for words in (["retag"], ["move"]):
        done = driven.segue(*words)
        assert done.status == 0, done.stderr
    tracks = booked(driven)
    assert sorted(tracks) == [f"catalog:track:{n}" for n in (1, 2, 3)] and len(set(tracks.values())) == 3
    assert {str(p.relative_to(driven.library)) for p in audio(driven)} == set(tracks.values()) and whole(driven)
    assert len(playlist(driven)) == 3


def test_one_file_is_one_tracks_in_a_driver_with_many_replicas(silences, drive):
    together = threading.Barrier(3)

    def full(number):
        row = dict(silences.answers[f"/track/{number}"])

        def answer(_):
            # All three ask at once, so that each finds the file unclaimed.
            with contextlib.suppress(threading.BrokenBarrierError):
                together.wait(5)
            return 200, {}, row

        return answer

    for n in (1, 2, 3):
        silences.answers[f"/track/{n}"] = full(n)
    for row in silences.rows:
        # Too little to know the recording by.
        del row["duration"], row["album"]
    catalog = ["resolve", "--catalog", silences.url, "--rate", "0", "--library", "Music"]
    driven = drive(None, [
        {"name": "expand", "run": [*catalog, "--rows"], "mode": "expand"}, {"name": "resolve", "run": catalog, "replicas": 3},
        {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}], retry={"attempts": 2, "base": "10ms", "cap": "20ms"})
    assert command(driven, "import", "Music").status == 0
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    assert sorted(i["state"] for i in driven.items().values()) == ["done", "done", "done", "skipped"]
    assert sum(silences.count(f"/{n}.mp3") for n in (1, 2, 3)) == 2
    in_order(driven)


def test_one_file_is_one_tracks_in_a_plain_pipe(silences, drive):
    library = ["--library", "Music"]
    catalog = ["resolve", "--catalog", silences.url, "--rate", "0", *library]
    driven = drive(None, [
        {"name": "resolve", "run": catalog, "mode": "expand"}, {"name": "place", "run": ["place", *library]},
        {"name": "record", "run": ["record", *library]}])
    assert command(driven, "import", "Music").status == 0
    words = " ".join(catalog)
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {words} playlist:1 | fetch | place --library Music | record --library Music --fail"],
        cwd=driven.folder, env=driven.environment, capture_output=True, timeout=60)
    kinds = [json.loads(line)["kind"] for line in done.stdout.splitlines()]
    assert (done.returncode, kinds) == (0, ["skip", "track", "track", "done"])
    in_order(driven)


def test_a_catalogue_that_was_lost_is_made_again_from_the_files(home):
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    before = booked(home)
    shutil.rmtree(home.library / ".segue")
    assert command(home, "import", "Music").status == 0 and booked(home) == before and whole(home)


def test_a_catalogue_that_is_damaged_is_put_aside_when_somebody_says_so_and_made_again_from_the_files(home):
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    before, catalogue = booked(home), home.library / ".segue/catalogue.sqlite"
    assert "--rebuild" in command(home, "import", "--help").stdout.decode()
    for number in (1, 2):
        damage = f"damage {number}".encode() * 5000
        # Who closed it last may only have read it: then its log is still there, and would mend it.
        with contextlib.closing(sqlite3.connect(catalogue)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        catalogue.write_bytes(damage)
        done = command(home, "import", "Music")
        assert done.status == 78 and "is damaged" in done.stderr and f"segue import {home.library} --rebuild" in done.stderr
        assert catalogue.read_bytes() == damage
        done = command(home, "import", "Music", "--rebuild")
        assert done.status == 0 and f"catalogue.sqlite.damaged-{number}" in done.stderr, done.stderr
        assert (catalogue.parent / f"catalogue.sqlite.damaged-{number}").read_bytes() == damage
        assert booked(home) == before and whole(home)
    assert (catalogue.parent / "catalogue.sqlite.damaged-1").read_bytes() == b"damage 1" * 5000
    for other in (["--dry-run"], ["--undo"], ["--library", "Music"]):
        assert command(home, "import", "Music", "--rebuild", *other).status == 64


def test_what_a_crash_left_half_done_in_a_catalogue_is_undone_by_who_only_reads_it(home, tmp_path):
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    path = home.library / ".segue/catalogue.sqlite"
    database = sqlite3.connect(path, isolation_level=None)
    before = dict(database.execute("SELECT id, path FROM track"))
    assert database.execute("PRAGMA journal_mode = DELETE").fetchall() == [("delete",)]
    database.execute("PRAGMA cache_size = 1").fetchall()
    database.execute("BEGIN IMMEDIATE")
    database.execute("UPDATE track SET section = hex(randomblob(30000)), path = 'lost'")
    for end in ("", "-journal"):
        shutil.copy(f"{path}{end}", f"{tmp_path}/copy{end}")
    database.close()
    for end in ("", "-journal"):
        shutil.copy(f"{tmp_path}/copy{end}", f"{path}{end}")
    assert (tmp_path / "copy-journal").stat().st_size > 0 and b"lost" in path.read_bytes()
    done = home.segue("run", "--quiet", "playlist:1")
    assert done.status == 0 and booked(home) == before and whole(home), done.stderr


def test_what_was_moved_edited_or_copied_by_hand_is_booked_as_it_is(home):
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    moved, edited, copied, spoiled = audio(home)[:4]
    before = booked(home)
    (home.library / "Mine").mkdir()
    shutil.move(moved, home.library / "Mine/moved.flac")
    tags = mutagen.File(edited, easy=True)
    tags["title"] = ["My own title"]
    tags.save()
    future = time.time() + 5
    os.utime(edited, (future, future))
    shutil.copy(copied, home.library / f"Mine/copy{copied.suffix}")
    (home.library / "Mine/noise.mp3").write_bytes(b"no audio at all")
    done = command(home, "import", "Music", "--json")
    found = {r["path"]: (r["import"], r["id"]) if "id" in r else (r["import"], None) for r in done.records}
    ids = {path: i for i, path in before.items()}
    short = {p: str(p.relative_to(home.library)) for p in (moved, edited, copied)}
    assert done.status == 1 and found == {
        "Mine/moved.flac": ("again", ids[short[moved]]), short[edited]: ("again", ids[short[edited]]),
        f"Mine/copy{copied.suffix}": ("twice", ids[short[copied]]), "Mine/noise.mp3": ("unreadable", None)}
    assert spoiled.exists() and booked(home) == {**before, ids[short[moved]]: "Mine/moved.flac"}
    assert "../Mine/moved.flac" in playlist(home)
    (home.library / "Mine/noise.mp3").unlink()
    (home.library / f"Mine/copy{copied.suffix}").unlink()
    assert whole(home)
    # An edit by hand counts from now on: no command takes it back.
    assert home.segue("retag").stderr.endswith("0 retagged, 10 as they are\n")


def test_a_move_that_was_killed_before_it_was_booked_is_healed(home):
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    first = audio(home)[0]
    first.rename(first.with_name("where move put it" + first.suffix))
    assert home.segue("move").status == 1
    assert command(home, "import", "Music").status == 0
    assert home.segue("move").status == 0 and first.exists() and whole(home)


def test_an_archive_names_what_is_kept_elsewhere(home):
    (home.folder / "archive.txt").write_text("# kept on tape\n3\ncatalog 5\n\nother 7\ncatalog:track:9\n")
    home.library.mkdir()
    assert "4 ids\n" in command(home, "import", "--library", "Music", "--archive", "archive.txt", "--dry-run").stderr
    for new in (4, 0):
        done = command(home, "import", "--library", "Music", "--archive", "archive.txt")
        assert done.status == 0 and f"4 ids, {new} new" in done.stderr
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    assert home.origin.count("/file/") == 7 and home.stats()["skipped"] == 3
    (home.folder / "archive.txt").write_text("too many words\n")
    done = command(home, "import", "--library", "Music", "--archive", "archive.txt")
    assert done.status == 64 and "archive.txt:1" in done.stderr


def test_an_import_is_undone(home):
    shutil.copytree(home.music, home.library)
    assert command(home, "import", "Music").status == 0 and len(booked(home)) == 10
    assert home.segue("run", "--quiet", "album:1").status == 0
    assert command(home, "import", "Music", "--undo").stderr == "segue: 5 forgotten\n"
    assert len(booked(home)) == 5 and len(audio(home)) == 10


def test_what_cannot_be_imported_is_said(home, tmp_path):
    home.library.mkdir()
    assert command(home, "import").status == 64 and command(home, "import", "nowhere").status == 78
    outside = command(home, "import", home.music, "--library", "Music")
    assert outside.status == 78 and "lies outside" in outside.stderr
    assert command(home, "import", "--undo", "--dry-run", "--library", "Music").status == 64


@pytest.fixture
def odd(home):
    """A folder with one file that can be had, and much beside it that has such a name and cannot."""
    (one, *_) = home.music.rglob("*.flac")
    home.library.mkdir()
    shutil.copy(one, home.library / "good.flac")
    for folder in ("Live.mp3", "@eaDir/good.flac", "#recycle"):
        (home.library / folder).mkdir(parents=True)
    shutil.copy(one, home.library / "@eaDir/good.flac/SYNOAUDIO.flac")
    shutil.copy(one, home.library / "#recycle/thrown away.flac")
    os.mkfifo(home.library / "Live.mp3/pipe.ogg")
    (home.library / "to pipe.ogg").symlink_to("Live.mp3/pipe.ogg")
    (home.library / "nowhere.m4a").symlink_to("gone.m4a")
    with socket.socket(socket.AF_UNIX) as plug:
        plug.bind(str(home.library / "plug.opus"))
    shutil.copy(one, os.fsencode(home.library) + b"/Bj\xf6rk.flac")
    return home


def test_only_files_are_taken_and_a_name_that_is_no_text_is_told(odd):
    done = command(odd, "import", "Music", "--json")
    assert done.status == 0 and {r["path"]: r["import"] for r in done.records} == {"good.flac": "new", r"Bj\xf6rk.flac": "misnamed"}
    assert [r["message"] for r in done.records if r["import"] == "misnamed"] == ["its name is not valid UTF-8; rename it"]
    found = command(odd, "verify", "--library", "Music", "--json")
    assert [(r["finding"], r["path"]) for r in found.records] == [("stranger", r"Bj\xf6rk.flac")]
    os.rename(os.fsencode(odd.library) + b"/Bj\xf6rk.flac", odd.library / "Björk.flac")
    assert [(r["path"], r["import"]) for r in command(odd, "import", "Music", "--json").records] == [("Björk.flac", "twice")]


def test_a_booked_file_that_became_a_pipe_is_missing_and_not_waited_for(odd):
    assert command(odd, "import", "Music").status == 0
    (odd.library / "good.flac").unlink()
    os.mkfifo(odd.library / "good.flac")
    done = command(odd, "verify", "--library", "Music", "--json")
    assert ("missing", "good.flac") in [(r["finding"], r["path"]) for r in done.records]
    resolve = subprocess.run(
        [PROGRAMS / "resolve", "--catalog", odd.origin.url, "--rate", "0", "--library", "Music", "playlist:1"], cwd=odd.folder, env=ENVIRONMENT,
        capture_output=True, timeout=60)
    assert b'"skip"' not in resolve.stdout and resolve.returncode == 0


def test_an_import_ends_at_once_when_it_is_told_to(tmp_path):
    (tmp_path / "Music").mkdir()
    with open(tmp_path / "Music/endless.flac", "wb") as file:
        # All holes: nothing on the disk, and minutes to read.
        file.truncate(1 << 40)
    process = subprocess.Popen([PROGRAMS / "segue", "import", "Music"], cwd=tmp_path, env=ENVIRONMENT, stderr=subprocess.PIPE)
    with process:
        def reads():
            with contextlib.suppress(OSError):
                return any(os.readlink(f).endswith("endless.flac") for f in Path(f"/proc/{process.pid}/fd").iterdir())

        while not reads():
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        try:
            assert process.wait(30) == 75
        finally:
            process.kill()
