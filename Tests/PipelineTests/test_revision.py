"""segue move and segue retag: names and tags after the catalogue, with nothing fetched, and nothing lost on the way."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import mutagen
import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

TEMPLATE = "%year%/%album% by %albumartist%/%track:3% %title%"


@pytest.fixture
def home(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "playlist:1", "album:1", "album:2").status == 0
    return driven


def templated(driven, *options):
    """The same pipeline with other options of place."""
    settings = json.loads(driven.file.read_text())
    (place,) = [s for s in settings["stages"] if s["name"] == "place"]
    place["run"] = ["place", "--library", "Music", *options]
    driven.file.write_text(json.dumps(settings))


def snapshot(driven):
    return {str(p.relative_to(driven.library)): p.read_bytes() for p in sorted(driven.library.rglob("*")) if p.is_file() and "/.segue/" not in str(p)}


def whole(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", driven.library], env=ENVIRONMENT, capture_output=True, text=True)
    return done.returncode == 0 and not done.stdout


def audio(driven):
    return sorted(p for p in driven.library.rglob("*") if p.suffix[1:] in ("flac", "mp3", "ogg", "opus", "m4a"))


def test_a_library_moves_after_its_template_and_back(home):
    before = snapshot(home)
    nothing = home.segue("move")
    assert nothing.status == 0 and nothing.stdout == b"" and "0 moved, 10 as they are" in nothing.stderr and snapshot(home) == before
    templated(home, "--template", TEMPLATE)
    planned = home.segue("move", "--dry-run", "--json")
    assert planned.status == 0 and len(planned.records) == 10 and "10 to move" in planned.stderr and snapshot(home) == before
    done = home.segue("move", "--json")
    assert done.status == 0 and done.records == planned.records and "10 moved, 0 as they are" in done.stderr
    after = snapshot(home)
    for move in done.records:
        assert after.pop(move["to"]) == before.pop(move["from"])
    # The cover went along, and nothing is left of the old folders but the playlist's.
    assert sorted(p.name for p in home.library.iterdir()) == [".segue", "2001", "Playlists"]
    assert (home.library / "2001/Album 1 by The Artist/cover.jpg").exists() and not list(home.library.rglob("*.part"))
    assert not [name for name in before if not name.startswith(("The Artist/Album", "Playlists"))]
    (playlist,) = (home.library / "Playlists").glob("*.m3u8")
    entries = [line for line in playlist.read_text().splitlines() if not line.startswith("#")]
    assert len(entries) == 10 and all((playlist.parent / e).resolve().is_relative_to((home.library / "2001").resolve()) for e in entries)
    assert whole(home)
    templated(home)
    assert home.segue("move").status == 0 and whole(home)
    assert snapshot(home).keys() == {*(m["from"] for m in done.records), *before}
    assert home.segue("run", "--quiet", "playlist:1").status == 0
    assert home.origin.count("/file/") == 10


def test_a_plain_pipe_does_the_same(home):
    command = f"record --library Music --tracks | place --library Music --template '{TEMPLATE}' --move | record --library Music"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=home.folder, env=home.environment, capture_output=True)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(records) == 10 and all("from" in r["placed"] and "recorded" in r for r in records)
    assert whole(home) and len(audio(home)) == 10


def test_lyrics_go_along_and_what_is_somebody_elses_stays(home):
    first, second = audio(home)[:2]
    first.with_suffix(".lrc").write_text("[00:01.00]x\n")
    (first.parent / "notes.txt").write_text("mine")
    templated(home, "--template", TEMPLATE)
    assert home.segue("move").status == 0
    assert [p.name for p in first.parent.iterdir()] == ["notes.txt"]
    (moved,) = home.library.rglob("*.lrc")
    assert moved.read_text() == "[00:01.00]x\n" and any(p.stem == moved.stem and p.parent == moved.parent for p in audio(home))


def test_tracks_that_would_have_one_name_are_numbered(home):
    templated(home, "--template", "all")
    done = home.segue("move", "--json")
    assert done.status == 0 and sorted(m["to"] for m in done.records) == sorted(f"all{n}.{f}" for f in ("flac", "mp3", "ogg", "opus", "m4a") for n in ("", " (2)"))
    assert home.segue("move").stderr.endswith("0 moved, 10 as they are\n") and whole(home)


def test_names_that_differ_only_in_case_are_moved(home):
    templated(home, "--template", "%albumartist%/%album%/{%track% - }title x")
    assert home.segue("move").status == 0
    templated(home, "--template", "%albumartist%/%album%/{%track% - }TITLE X")
    assert home.segue("move").status == 0 and all(p.stem.endswith("TITLE X") for p in audio(home)) and whole(home)


def covers(driven):
    return sorted(str(p.relative_to(driven.library)) for p in driven.library.rglob("*.jpg") if ".segue" not in p.parts)


@pytest.mark.parametrize("other", ["Thumbs.db", "@eaDir/cover.jpg/SYNOPHOTO_THUMB_M.jpg", "Scans/back.png", ".DS_Store"])
def test_a_cover_goes_along_whatever_else_lies_in_the_folder_and_that_stays(home, other):
    album = home.library / "The Artist/Album 1"
    assert covers(home) == ["The Artist/Album 1/cover.jpg"]
    (album / other).parent.mkdir(parents=True, exist_ok=True)
    (album / other).write_bytes(b"other")
    (home.library / "The Artist/artist.jpg").write_bytes(b"portrait")
    templated(home, "--template", "%albumartist%, all/%album%!/%title%")
    assert home.segue("move").status == 0 and whole(home)
    assert covers(home)[:2] == ["The Artist, all/Album 1!/cover.jpg", "The Artist, all/artist.jpg"]
    assert [str(p.relative_to(home.library / "The Artist")) for p in (home.library / "The Artist").rglob("*") if p.is_file()] == [f"Album 1/{other}"]


def test_a_cover_stays_as_long_as_audio_does_below_it(home):
    album = home.library / "The Artist/Album 1"
    (album / "Bonus").mkdir()
    shutil.copy(audio(home)[0], album / "Bonus/mine.flac")
    templated(home, "--template", TEMPLATE)
    assert home.segue("move").status == 0 and (album / "cover.jpg").exists()


def test_what_has_no_place_any_more_goes_to_the_trash_and_its_folder_goes(home):
    cover = (home.library / "The Artist/Album 1/cover.jpg").read_bytes()
    templated(home, "--template", "%title%")
    assert home.segue("move").status == 0 and whole(home)
    assert not (home.library / "The Artist").exists() and covers(home) == []
    assert (home.library / ".segue/trash/The Artist/Album 1/cover.jpg").read_bytes() == cover


def test_a_damaged_file_is_not_moved_and_one_that_somebody_edited_is_booked_as_it_is(home):
    damaged, edited, gone = audio(home)[:3]
    times = os.stat(damaged)
    damaged.write_bytes(damaged.read_bytes()[:-100])
    os.utime(damaged, ns=(times.st_atime_ns, times.st_mtime_ns))
    edited.write_bytes(edited.read_bytes() + bytes(64))
    future = time.time() + 100
    os.utime(edited, (future, future))
    gone.unlink()
    templated(home, "--template", TEMPLATE)
    planned = home.segue("move", "--json", "--dry-run")
    assert planned.status == 1 and "8 to move, 0 as they are, 2 failed" in planned.stderr
    done = home.segue("move", "--json")
    failed = [r for r in done.records if r.get("kind") == "error"]
    assert done.status == 1 and "8 moved, 0 as they are, 2 failed" in done.stderr
    assert sorted(r["code"] for r in failed) == ["damaged", "no_file"] and damaged.exists() and not edited.exists()
    found = subprocess.run([PROGRAMS / "segue", "verify", "--json", "--library", home.library], env=ENVIRONMENT, capture_output=True)
    assert sorted(json.loads(line)["finding"] for line in found.stdout.splitlines()) == ["missing", "truncated"]


def test_a_move_that_is_killed_goes_on(home):
    before = sorted(p.read_bytes() for p in audio(home))
    for template in (TEMPLATE, "%albumartist%/%album%/%track% - %title%"):
        templated(home, "--template", template)
        for turn in range(5):
            process = subprocess.Popen([PROGRAMS / "segue", "move", "--pipeline", home.file], cwd=home.folder, env=home.environment,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(0.04 + turn * 0.01)
            process.kill()
            process.wait()
            # Its programs end by themselves when it is gone.
            home.wait(lambda: not subprocess.run(["pgrep", "-f", str(home.library)], capture_output=True).stdout)
        done = home.segue("move")
        assert done.status == 0 and whole(home), done.stdout
    assert sorted(p.read_bytes() for p in audio(home)) == before and home.segue("move").stderr.endswith("0 moved, 10 as they are\n")


def test_tags_are_written_anew_and_only_where_they_differ(home):
    before = snapshot(home)
    done = home.segue("retag")
    assert done.status == 0 and done.stdout == b"" and "0 retagged, 10 as they are" in done.stderr and snapshot(home) == before
    spoiled = audio(home)[:5]
    future = time.time() + 100
    for path in spoiled:
        tags = mutagen.File(path, easy=True)
        tags["title"] = ["other"]
        tags.save()
        os.utime(path, (future, future))
    planned = home.segue("retag", "--dry-run", "--json")
    assert planned.status == 0 and "5 to retag, 5 as they are" in planned.stderr
    assert [r["changes"] for r in planned.records] == [{"TITLE": [["other"], [r["changes"]["TITLE"][1][0]]]} for r in planned.records]
    assert mutagen.File(spoiled[0], easy=True)["title"] == ["other"]
    done = home.segue("retag", "--json")
    assert done.status == 0 and whole(home)
    # Place answers for a file when it is durable, so that the order may be another.
    assert sorted(done.records, key=lambda r: r["id"]) == sorted(planned.records, key=lambda r: r["id"])
    again = {str(home.library / name): mutagen.File(home.library / name, easy=True)["title"] for name in before if name.split(".")[-1] in ("flac", "mp3", "ogg", "opus", "m4a")}
    assert not [t for t in again.values() if t == ["other"]]
    assert home.segue("retag").stderr.endswith("0 retagged, 10 as they are\n")
    assert home.segue("retag", "--dry-run").stdout == b""


def test_new_tags_for_what_somebody_edited_and_nothing_for_what_is_gone_or_rotten(home):
    edited, gone, rotten = audio(home)[:3]
    # So much that the file gets longer.
    tags = mutagen.File(edited, easy=True)
    tags["title"] = ["By hand " * 3000]
    tags.save()
    gone.unlink()
    times = os.stat(rotten)
    rotten.write_bytes(rotten.read_bytes()[:-100])
    os.utime(rotten, ns=(times.st_atime_ns, times.st_mtime_ns))
    for done in (home.segue("retag", "--json", "--dry-run"), home.segue("retag", "--json")):
        assert done.status == 1 and "1 to retag, 7 as they are, 2 failed" in done.stderr.replace("retagged", "to retag")
        assert sorted(r["code"] for r in done.records if "code" in r) == ["damaged", "no_file"]
        assert [list(r["changes"]) for r in done.records if "changes" in r] == [["TITLE"]]
    assert mutagen.File(edited, easy=True)["title"] == ["Title 0"] and not gone.exists()


def test_a_filter_between_changes_the_catalogue_and_the_files(home):
    command = ("record --library Music --tracks | jq -c '.track.genres = [\"Jazz\", \"Fusion\"]' | place --library Music --retag | record --library Music")
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], cwd=home.folder, env=home.environment, capture_output=True)
    assert done.returncode == 0 and whole(home)
    assert mutagen.File(audio(home)[0], easy=True)["genre"] == ["Jazz", "Fusion"]
    first = json.loads(done.stdout.splitlines()[0])
    assert first["placed"]["changes"] == {"GENRE": [[], ["Jazz", "Fusion"]]}
    assert home.segue("retag").stderr.endswith("0 retagged, 10 as they are\n")


def test_a_file_that_rotted_gets_no_tags_that_would_make_it_sound(home):
    path = audio(home)[0]
    times, content = os.stat(path), bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    command = "record --library Music --tracks | jq -c '.track.genres = [\"Jazz\"]' | place --library Music --retag"
    done = subprocess.run(["bash", "-c", command], cwd=home.folder, env=home.environment, capture_output=True)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert sorted(answer["kind"] for answer in answers) == ["error"] + ["track"] * 9
    assert [answer["code"] for answer in answers if answer["kind"] == "error"] == ["damaged"]
    assert path.read_bytes() == content and not list(path.parent.glob(".segue-*.part"))


def test_a_move_that_is_interrupted_books_what_it_moved(home):
    templated(home, "--template", TEMPLATE)
    process = subprocess.Popen([PROGRAMS / "segue", "move", "--json", "--pipeline", home.file], cwd=home.folder, env=home.environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    process.stdout.readline()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=20)
    assert process.returncode in (0, 75), errors
    # Whatever was moved is booked under its new name.
    assert whole(home)


def test_a_retagging_that_is_killed_goes_on(home):
    names = [str(p) for p in audio(home)]
    for turn in range(10):
        command = f"record --library Music --tracks | jq -c '.track.label = \"{turn}\"' | place --library Music --retag | record --library Music"
        process = subprocess.Popen(["bash", "-c", command], cwd=home.folder, env=home.environment, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, start_new_session=True)
        time.sleep(0.03 + turn * 0.01)
        os.killpg(process.pid, signal.SIGKILL)
        # All of them have it open: none is left then that holds a lock.
        process.communicate()
    assert home.segue("retag").status == 0 and whole(home)
    assert [str(p) for p in audio(home)] == names and not [p for p in home.library.rglob("*.part") if mutagen.File(p)]


def test_what_is_no_library_is_said(home, drive, tmp_path):
    home.file.write_text(json.dumps({"stages": [{"name": "x", "run": ["cat"], "writes": []}]}))
    for command in ("move", "retag"):
        done = home.segue(command)
        assert done.status == 78 and f"has the role {command} (not asked: x)" in done.stderr


def test_records_from_elsewhere_are_refused(home, run, tmp_path):
    outside = tmp_path / "elsewhere.flac"
    shutil.copy(audio(home)[0], outside)
    record = {"v": 1, "kind": "track", "id": "c:track:1", "placed": {"path": str(outside), "bytes": outside.stat().st_size, "sha256": "00" * 32, "format": "flac"}}
    for option in ("--move", "--retag"):
        assert run("place", "--library", home.library, option, stdin=lines(record)).only["code"] == "outside_library"
        assert run("place", "--library", home.library, option, stdin=lines({"v": 1, "kind": "track", "id": "x"})).only["code"] == "not_placed"
    assert outside.exists()
    assert run("place", "--library", home.library, "--move", "--retag").status == 64


def hidden(driven):
    """Marks of albums, wherever they lie."""
    return sorted(str(p.parent.relative_to(driven.library)) for p in driven.library.rglob(".segue-album"))


SHAPES = ["%title%", "%artist%/%title%", "%artist%/%album%/%title%", "%album%/{%disc%/}%title%", "%artist%/%artist%/%album% all/%title%", "%album%/%album%/%title%", "%album% x/%title%"]


@pytest.mark.parametrize("first", SHAPES)
def test_from_any_layout_to_any_other_nothing_is_left_behind(home, first):
    templated(home, "--template", first)
    assert home.segue("move").status == 0
    for second in SHAPES:
        if second == first:
            continue
        templated(home, "--template", second)
        done = home.segue("move")
        assert done.status == 0 and "stays" not in done.stderr, done.stderr
        folders = {p.parent for p in audio(home)}
        # Each folder leads to audio, and each mark and each cover is an album's that lies there.
        left = [p for p in home.library.rglob("*") if p.is_dir() and not {".segue", "Playlists"} & set(p.relative_to(home.library).parts)
                and not any(folder == p or folder.is_relative_to(p) for folder in folders)]
        assert left == [], (first, second)
        albums = {"%title%": [], "%artist%/%title%": []}.get(second, [1, 2])
        assert len(hidden(home)) == len(albums), (first, second, hidden(home))
        assert len(covers(home)) <= bool(albums) and (covers(home) == [] or str(pathlib.Path(covers(home)[0]).parent) in hidden(home)), (first, second, covers(home))
        templated(home, "--template", first)
        assert home.segue("move").status == 0 and whole(home)


def test_an_album_that_becomes_the_folder_of_its_artist_leaves_no_mark_there(home):
    templated(home, "--template", "%artist%/%title%")
    assert home.segue("move").status == 0
    templated(home, "--template", "%album%/%title%")
    assert home.segue("move").status == 0 and hidden(home) == ["Album 1", "Album 2"]
    (home.library / "Album 1/cover.jpg").write_bytes(b"put there")
    templated(home, "--template", "%album%/%album% again/%title%")
    assert home.segue("move").status == 0 and whole(home)
    assert hidden(home) == ["Album 1/Album 1 again", "Album 2/Album 2 again"] and covers(home) == ["Album 1/Album 1 again/cover.jpg"]


def test_what_somebody_put_there_stays_and_is_told(home):
    album = home.library / "The Artist/Album 1"
    own = (album / "cover.jpg").read_bytes()
    (album / "cover.jpg").write_bytes(own + b"another")
    (album / "booklet.pdf").write_bytes(b"x")
    (home.library / "The Artist/Album 2/Scans").mkdir()
    templated(home, "--template", "%title%")
    done = home.segue("move")
    assert done.status == 0 and whole(home) and hidden(home) == []
    assert sorted(p.name for p in album.iterdir()) == ["booklet.pdf", "cover.jpg"] and (album / "cover.jpg").read_bytes() == own + b"another"
    told = [line for line in done.stderr.splitlines() if " stays: " in line]
    assert len(told) == 2 and any(f"{album} stays: it holds booklet.pdf, cover.jpg" in line for line in told), done.stderr
    assert any("Album 2 stays: it holds Scans" in line for line in told)


def test_a_file_that_cannot_be_moved_leaves_no_new_folder(home):
    gone = audio(home)[-1]
    kept = [p for p in audio(home) if p.parent == gone.parent]
    for path in kept:
        path.unlink()
    templated(home, "--template", "%album% new/%title%")
    done = home.segue("move")
    assert done.status == 1 and f"{len(kept)} failed" in done.stderr
    assert sorted(p.name for p in home.library.iterdir() if p.name.endswith(" new")) == ["Album 1 new"]


def test_what_a_kill_left_of_a_move_is_cleared_by_the_next(home):
    album = home.library / "The Artist/Album 1"
    tracks = sorted(p for p in audio(home) if p.parent == album)
    templated(home, "--template", "%album%, moved/%track% - %title%")
    # All is moved, and nothing of it is booked, nor what lay beside it.
    target = home.library / "Album 1, moved"
    target.mkdir()
    shutil.copy(album / ".segue-album", target)
    for path in tracks:
        path.rename(target / path.name)
    (album / ".segue-0123456789abcdef.part").write_bytes(b"half")
    done = home.segue("move")
    assert done.status == 0 and whole(home), done.stdout
    assert not (home.library / "The Artist").exists() and covers(home) == ["Album 1, moved/cover.jpg"]
