"""intake: what a store sends becomes tracks, and what nobody should send does no harm."""

import hashlib
import json
import os
import pathlib
import shutil
import subprocess
import unicodedata
import zlib

import pytest
from archives import HOSTILE, SECRET, member, raw, seven, store, tar
from programs import ENVIRONMENT, PROGRAMS, lines


def sound(path, number, form="flac", **tags):
    """A second of a tone of its own."""
    named = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    command = ["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"sine=frequency={100 + 20 * number}:duration=1", *named, "-bitexact", path]
    subprocess.run(list(map(str, command)), check=True)
    return path.read_bytes()


@pytest.fixture(scope="session")
def songs(tmp_path_factory):
    """Three tagged tracks of an album, one of another, one without tags, and a cover."""
    folder = tmp_path_factory.mktemp("songs")
    made = [sound(folder / f"{n}.flac", n, title=f"Title {n}", artist="The Artist", album="The Album", track=f"{n}/3") for n in (1, 2, 3)]
    made.append(sound(folder / "4.flac", 4, title="Title 4", artist="The Artist", album="Another", track="1/1"))
    made.append(sound(folder / "5.wav", 5))
    picture = folder / "cover.jpg"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=120x120", "-frames:v", "1", picture], check=True)
    return made, picture.read_bytes()


@pytest.fixture
def album(songs):
    (one, two, three, *_), cover = songs
    return [("02 x.flac", two), ("01 x.flac", one), ("cover.jpg", cover), ("03 x.flac", three), ("booklet.pdf", b"%PDF-1.7")]


def tracks(done):
    return [r for r in done.records if r["kind"] == "track"]


def check(record, content, cover=None):
    file = record["file"]
    with open(file["path"], "rb") as stream:
        assert stream.read() == content
    assert file["bytes"] == len(content) and file["sha256"] == hashlib.sha256(content).hexdigest()
    assert record["id"] == f"file:track:{file['sha256'][:32]}"
    if cover:
        with open(file["artwork"]["path"], "rb") as stream:
            assert stream.read() == cover
        assert file["artwork"]["mime"] == "image/jpeg" and file["artwork"]["sha256"] == hashlib.sha256(cover).hexdigest()


PACKERS = {
    "album.zip": lambda path, files: store(path, files), "album.tar": lambda path, files: tar(path, [(member(n), c) for n, c in files]),
    "album.tar.gz": lambda path, files: tar(path, [(member(n), c) for n, c in files], "w:gz"),
    "album.tar.xz": lambda path, files: tar(path, [(member(n), c) for n, c in files], "w:xz"), "album.7z": seven}


@pytest.mark.parametrize("name", PACKERS)
def test_an_archive_becomes_its_tracks_in_their_order_with_the_cover(run, album, songs, tmp_path, name):
    PACKERS[name](tmp_path / name, album)
    before = (tmp_path / name).read_bytes()
    done = run("intake", name)
    assert done.status == 0 and [r["kind"] for r in done.records] == ["track"] * 3 + ["done"]
    for number, record in enumerate(tracks(done)):
        check(record, songs[0][number], songs[1])
        assert record["seq"] == number + 1 and record["track"]["title"] == f"Title {number + 1}"
        assert record["track"]["album"] == "The Album" and record["media"]["format"] == "flac"
    end = done.records[-1]
    assert end["n"] == 3 and end["left"] == ["booklet.pdf"] and end["collection"] == {"type": "album", "title": "The Album", "creator": "The Artist"}
    assert "not taken in: booklet.pdf" in done.stderr
    # Nothing but what the records name is left, and the archive is as it was.
    named = {os.path.basename(p) for r in tracks(done) for p in (r["file"]["path"], r["file"]["artwork"]["path"])}
    assert {p.name for p in (tmp_path / "spool").iterdir()} == named
    assert (tmp_path / name).read_bytes() == before


def test_asked_twice_it_answers_the_same(run, album, tmp_path):
    store(tmp_path / "album.zip", album)
    assert run("intake", "album.zip").stdout == run("intake", "album.zip").stdout


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_does_no_harm_and_is_refused_with_the_reason(run, songs, tmp_path, case):
    ending, make, code, words = HOSTILE[case]
    (tmp_path / "secret.flac").write_bytes(SECRET)
    inside = tmp_path / "inbox"
    inside.mkdir()
    archive = inside / f"evil{ending}"
    make(archive, songs[0][0])
    before = {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()}
    done = run("intake", archive, "--spool", "spool")
    assert done.status == 0
    error = done.only
    assert (error["kind"], error["class"], error["code"]) == ("error", "permanent", code), error["message"]
    assert words in error["message"] and "evil" in error["message"]
    assert "gave up on" in done.stderr
    # Nothing is new anywhere, and nothing was changed.
    assert {p: p.read_bytes() for p in tmp_path.rglob("*") if p.is_file()} == before
    assert not os.path.exists("/tmp/out.flac") and not os.path.exists("/out.flac")


def test_there_are_forty_hostile_archives():
    assert len(HOSTILE) >= 40


def test_no_more_is_unpacked_than_it_may(run, album, tmp_path):
    store(tmp_path / "album.zip", album)
    done = run("intake", "album.zip", "--unpack-limit", 60_000)
    assert done.only["code"] == "too_large" and "60000 bytes" in done.only["message"]
    assert list((tmp_path / "spool").iterdir()) == []


@pytest.mark.parametrize(("charset", "text"), [("CP437", "für"), ("CP866", "Привет"), ("CP932", "日本の歌")])
def test_names_without_a_charset_are_read_in_the_one_that_is_given(run, songs, tmp_path, charset, text):
    raw(tmp_path / "old.zip", [(f"01 {text}.wav".encode(charset), songs[0][4])])
    done = run("intake", "old.zip", "--charset", charset)
    assert tracks(done)[0]["track"]["title"] == text


def test_names_that_are_utf8_need_no_charset(run, songs, tmp_path):
    store(tmp_path / "new.zip", [("01 Привет.wav", songs[0][4])])
    raw(tmp_path / "mac.zip", [(unicodedata.normalize("NFD", "01 für.wav").encode(), songs[0][4])])
    assert tracks(run("intake", "new.zip", env={"LC_ALL": "C"}))[0]["track"]["title"] == "Привет"
    assert tracks(run("intake", "mac.zip"))[0]["track"]["title"] == "für"


def test_what_has_no_tags_is_named_after_its_names(run, songs, tmp_path):
    store(tmp_path / "The Artist - The Album.zip", [("The Artist - The Album - 07 A Song.wav", songs[0][4])])
    track = tracks(run("intake", "The Artist - The Album.zip"))[0]["track"]
    assert (track["artist"], track["album"], track["track_number"], track["title"]) == ("The Artist", "The Album", 7, "A Song")


def test_two_albums_in_one_archive_come_one_after_the_other(run, songs, tmp_path):
    made, _ = songs
    store(tmp_path / "two.zip", [("x/02.flac", made[1]), ("y/01.flac", made[3]), ("x/01.flac", made[0])])
    done = run("intake", "two.zip")
    assert [(r["track"]["album"], r["track"]["title"]) for r in tracks(done)] == [
        ("The Album", "Title 1"), ("The Album", "Title 2"), ("Another", "Title 4")]
    assert done.records[-1]["collection"] == {"type": "folder", "title": "two.zip", "creator": "The Artist"}


def test_the_files_of_a_folder_stay_where_they_are(run, album, tmp_path):
    folder = tmp_path / "bought"
    folder.mkdir()
    for name, content in album:
        (folder / name).write_bytes(content)
    done = run("intake", folder)
    assert [r["file"]["path"] for r in tracks(done)] == [str(folder / f"0{n} x.flac") for n in (1, 2, 3)]
    assert {r["file"]["artwork"]["path"] for r in tracks(done)} == {str(folder / "cover.jpg")}
    assert list((tmp_path / "spool").iterdir()) == []
    assert run("intake", stdin=f"{folder}\n".encode()).stdout == done.stdout == run("intake", stdin=f"folder:{folder}\n".encode()).stdout


def test_a_folder_may_have_more_files_than_an_archive(run, songs, tmp_path):
    folder = tmp_path / "bought"
    folder.mkdir()
    for number in range(10_001):
        (folder / f"{number}.txt").touch()
    (folder / "z.flac").write_bytes(songs[0][0])
    done = run("intake", folder)
    assert len(tracks(done)) == 1 and len(done.records[-1]["left"]) == 100 and "and 9996 more" in done.stderr


def test_nothing_outside_a_folder_is_read(run, songs, tmp_path):
    folder, outside = tmp_path / "bought", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    (outside / "secret.flac").write_bytes(songs[0][1])
    (folder / "01.flac").write_bytes(songs[0][0])
    (folder / "link.flac").symlink_to(outside / "secret.flac")
    (folder / "folder").symlink_to(outside)
    os.mkfifo(folder / "pipe.flac")
    done = run("intake", folder)
    assert [r["track"]["title"] for r in tracks(done)] == ["Title 1"]
    assert done.records[-1]["left"] == ["folder (a link)", "link.flac (a link)", "pipe.flac (neither a file nor a folder)"]
    for name in ("link.flac", "folder"):
        assert run("intake", folder / name).only["code"] == "no_file"


def test_what_is_not_finished_or_nobodys_is_left(run, songs, tmp_path):
    folder = tmp_path / "bought"
    (folder / "__MACOSX").mkdir(parents=True)
    for name in ("01.flac", "._01.flac", "__MACOSX/._01.flac", ".hidden.flac"):
        (folder / name).write_bytes(songs[0][0])
    for name in ("02.flac.part", "03.flac.crdownload"):
        (folder / name).write_bytes(songs[0][1])
    done = run("intake", folder)
    assert len(tracks(done)) == 1
    assert done.records[-1]["left"] == ["02.flac.part (not finished)", "03.flac.crdownload (not finished)"]


def test_the_same_bytes_twice_are_one_track(run, songs, tmp_path):
    store(tmp_path / "twice.zip", [("01.flac", songs[0][0]), ("copy.flac", songs[0][0])])
    done = run("intake", "twice.zip")
    assert len(tracks(done)) == 1 and done.records[-1]["left"] == ["copy.flac (the same bytes as 01.flac)"]


def test_a_bad_archive_among_good_ones_costs_only_its_own(run, songs, tmp_path):
    folder = tmp_path / "bought"
    folder.mkdir()
    store(folder / "good.zip", [("01.flac", songs[0][0])])
    (folder / "bad.zip").write_bytes(b"nothing")
    done = run("intake", folder)
    assert [r["kind"] for r in done.records] == ["track", "error", "done"]
    error = done.records[1]
    assert error["code"] == "bad_archive" and error["record"]["ref"] == f"folder:{folder}/bad.zip" and error["seq"] == 2


def test_a_name_that_no_record_can_hold_is_told(run, songs, tmp_path):
    folder = tmp_path / "bought"
    folder.mkdir()
    with open(bytes(folder) + b"/caf\xe9.flac", "wb") as file:
        file.write(songs[0][0])
    error = run("intake", folder).only
    assert error["code"] == "bad_ref" and "caf\\xe9.flac" in error["message"]


def test_a_file_that_the_spool_lost_is_unpacked_again(run, album, songs, tmp_path):
    store(tmp_path / "album.zip", album)
    record = tracks(run("intake", "album.zip"))[1]
    os.unlink(record["file"]["path"])
    # As a driver sends it back.
    stale = {k: v for k, v in record.items() if k not in ("file", "media")}
    again = run("intake", stdin=lines(stale)).only
    assert again == record
    check(again, songs[0][1], songs[1])
    os.unlink(tmp_path / "album.zip")
    assert run("intake", stdin=lines(stale)).only["code"] == "no_file"


def test_what_is_not_its_own_passes(run, tmp_path):
    others = [
        {"v": 1, "kind": "request", "id": "c:playlist:1", "ref": "playlist:1"}, {"v": 1, "kind": "track", "id": "c:track:1", "track": {"title": "x"}},
        {"v": 1, "kind": "track", "id": "c:track:2", "ref": "https://example.org/x.mp3"}, {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 1}]
    assert run("intake", stdin=lines(*others)).records == others


def test_a_request_passes_through_resolve(run, tmp_path):
    asked = run("resolve", "folder:bought").only
    assert asked["ref"] == f"folder:{tmp_path}/bought" and asked["kind"] == "request"


def test_the_whole_pipe_leaves_an_album_and_an_empty_spool(run, album, songs, tmp_path):
    store(tmp_path / "album.zip", album)
    pipe = "intake album.zip | verify --all | place --library Music | record --library Music --sweep --fail"
    environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
    for _ in range(2):
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {pipe}"], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        assert sorted(str(p.relative_to(tmp_path / "Music")) for p in (tmp_path / "Music").rglob("*") if p.is_file() and ".segue" not in str(p)) == [
            "The Artist/The Album/01 - Title 1.flac", "The Artist/The Album/02 - Title 2.flac", "The Artist/The Album/03 - Title 3.flac",
            "The Artist/The Album/cover.jpg"]
        assert list((tmp_path / "spool").iterdir()) == []
    # With the library at hand, nothing is placed again.
    again = run("intake", "album.zip", "--library", "Music")
    assert [(r["kind"], r.get("why")) for r in again.records] == [("skip", "in the library")] * 3 + [("done", None)]
    assert list((tmp_path / "spool").iterdir()) == []


def test_an_album_that_is_there_in_part_is_completed(run, songs, tmp_path):
    store(tmp_path / "part.zip", [("01.flac", songs[0][0])])
    store(tmp_path / "all.zip", [("01.flac", songs[0][0]), ("02.flac", songs[0][1])])
    environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
    for name in ("part", "all"):
        pipe = f"intake --library Music {name}.zip | place --library Music | record --library Music --sweep --fail"
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {pipe}"], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
    assert b"1 in the library, 1 skipped" in done.stderr
    assert len(list((tmp_path / "Music/The Artist/The Album").glob("*.flac"))) == 2


def test_a_recording_that_is_there_is_skipped_unless_only_the_new_file_is_lossless(run, tmp_path):
    tags = {"title": "One Song", "artist": "The Artist", "album": "The Album", "track": "1/1"}
    for form in ("mp3", "ogg", "flac"):
        sound(tmp_path / f"song.{form}", 1, **tags)

    def take(name):
        pipe = f"intake --library Music {name} | place --library Music | record --library Music --sweep --fail"
        environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
        done = subprocess.run(["bash", "-c", f"set -o pipefail; {pipe}"], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return sorted(p.name for p in (tmp_path / "Music").rglob("01 - *"))

    assert take("song.mp3") == take("song.ogg") == ["01 - One Song.mp3"]
    assert take("song.flac") == take("song.mp3") == ["01 - One Song.flac", "01 - One Song.mp3"]


def test_verify_blames_the_file_itself(run, songs, tmp_path):
    (tmp_path / "bad.flac").write_bytes(songs[0][0][:-2000])
    error = run("verify", stdin=run("intake", "bad.flac").stdout).records[0]
    assert (error["kind"], error["class"], error["code"]) == ("error", "permanent", "damaged")
    (tmp_path / "page.mp3").write_bytes(b"<!doctype html>" * 100)
    error = run("verify", stdin=run("intake", "page.mp3").stdout).records[0]
    assert (error["class"], error["code"]) == ("permanent", "not_audio")


def test_the_cover_of_several_discs_is_in_the_folder_above(run, songs, tmp_path):
    made, cover = songs
    store(tmp_path / "discs.zip", [("x/CD1/01.flac", made[0]), ("x/CD2/01.flac", made[1]), ("x/cover.jpg", cover), ("artist.jpg", cover)])
    for record, content in zip(tracks(run("intake", "discs.zip")), made):
        check(record, content, cover)


CLAIMS = pathlib.Path(__file__).parent.parent / "fuzz/cases/archives/claims-an-exabyte"


def test_an_archive_that_claims_more_than_any_memory_holds_fails_alone(run, tmp_path, album):
    shutil.copy(CLAIMS, tmp_path / "claims.7z")
    store(tmp_path / "good.zip", album)
    done = run("intake", "--spool", tmp_path / "spool", stdin=f"{tmp_path}/claims.7z\n{tmp_path}/good.zip\n".encode())
    assert done.status == 0 and len(tracks(done)) == 3, done.stderr
    failed = [r for r in done.records if r["kind"] == "error"]
    assert [r["code"] for r in failed] == ["no_memory"] and "claims.7z" in failed[0]["message"]


def test_a_tag_that_takes_more_memory_than_there_is_costs_its_file_alone(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    sound(folder / "good.mp3", 1, "mp3", title="Good")
    plain = sound(tmp_path / "plain.mp3", 2, "mp3")
    packer, size = zlib.compressobj(9), lambda n: bytes(n >> shift & 127 for shift in (21, 14, 7, 0))
    title = b"".join(packer.compress(bytes(1 << 20)) for _ in range(1200)) + packer.flush()
    frame = b"TIT2" + size(len(title) + 4) + b"\0\x09" + size(100) + title
    (folder / "bomb.mp3").write_bytes(b"ID3\x04\0\0" + size(len(frame)) + frame + plain)
    limited = f"ulimit -v 1000000; exec {PROGRAMS}/intake --spool {tmp_path}/spool {folder}"
    done = subprocess.run(["sh", "-c", limited], env=ENVIRONMENT, capture_output=True, timeout=120)
    told = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and [r["kind"] for r in told] == ["track", "track", "done"], done.stderr
    assert {r["track"]["title"] for r in told[:2]} == {"Good", "bomb"}
