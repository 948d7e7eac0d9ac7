"""place puts real audio into a library: tags, names, twins, faults."""

import errno
import fcntl
import hashlib
import json
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

import mediafile
import mutagen
import mutagen.apev2
import mutagen.flac
import mutagen.id3
import mutagen.mp4
import pytest

from programs import ENVIRONMENT, PROGRAMS, ROOT, lines
from synced import synced

SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
CODECS = {"flac": [], "mp3": ["-c:a", "libmp3lame"], "ogg": ["-c:a", "libvorbis"], "opus": ["-c:a", "libopus"],
          "m4a": ["-c:a", "aac"], "wav": []}
FORMATS = list(CODECS)
TRACK = {
    "title": "Über / alles?", "artists": ["Anna", "Bo"], "artist": "Anna feat. Bo", "album": "Erste: Lieder",
    "album_artist": "Anna", "track_number": 4, "track_total": 14, "disc_number": 1, "disc_total": 2,
    "release_date": "2024-03-07", "genres": ["Rock", "Jazz"], "isrc": "QZABC2400001", "label": "Haus", "bpm": 127.6}


def ffmpeg(*arguments):
    done = subprocess.run(["ffmpeg", "-v", "error", "-nostdin", "-bitexact", *map(str, arguments)], capture_output=True, check=True)
    return done.stdout


def digest(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@pytest.fixture(scope="session")
def audio(tmp_path_factory):
    """A folder with one sample in all formats, another one in FLAC, and two covers."""
    folder = tmp_path_factory.mktemp("audio")
    for name, codec in CODECS.items():
        ffmpeg("-i", SAMPLES / "loop_amen.flac", *codec, folder / f"a.{name}")
    ffmpeg("-i", SAMPLES / "bd_haus.flac", folder / "b.flac")
    for name in ["cover.jpg", "cover.png"]:
        ffmpeg("-f", "lavfi", "-i", "testsrc=size=320x240", "-frames:v", 1, folder / name)
    return folder


def spooled(path, artwork=None):
    section = {"path": str(path), "bytes": os.path.getsize(path), "sha256": digest(path)}
    if artwork:
        section["artwork"] = {**spooled(artwork), "mime": "image/jpeg"}
    return section


def record(path, track=TRACK, id="c:track:7", artwork=None, form=None, **members):
    media = {"url": "http://127.0.0.1/x", "format": form or str(path).rsplit(".")[-1], "quality": "best", "wanted": "better"}
    whole = {"v": 1, "kind": "track", "id": id, "track": track, "media": media, "file": spooled(path, artwork), **members}
    return {name: value for name, value in whole.items() if value is not None}


def tree(folder):
    """Every file below a folder, hidden ones too, with its digest."""
    return {str(p.relative_to(folder)): digest(p) for p in pathlib.Path(folder).rglob("*") if p.is_file()}


@pytest.fixture
def library(tmp_path):
    return tmp_path / "Music"


@pytest.fixture
def place(run, library):
    def call(*records, options=(), **more):
        return run("place", "--library", library, *options, stdin=lines(*records), **more)

    return call


def essence(path):
    """The digest of the audio packets, without container and tags."""
    return ffmpeg("-i", path, "-map", "0:a", "-c", "copy", "-f", "md5", "-")


# What is written


def test_a_name_that_somebody_freed_is_free_while_other_names_come(audio, start, library):
    process = start("place", "--library", library)

    def ask(wanted):
        process.stdin.write(lines(wanted))
        process.stdin.flush()
        return pathlib.Path(json.loads(process.stdout.readline())["placed"]["path"])

    first = ask(record(audio / "a.flac"))
    ask(record(audio / "b.flac", track={**TRACK, "track_number": 5}, id="c:track:8"))
    first.unlink()
    (first.parent / "another.flac").write_bytes(b"by another program")
    assert ask(record(audio / "b.flac", id="c:track:9")) == first


@pytest.mark.parametrize("form", FORMATS)
def test_the_answer_is_the_record_with_its_placed_file(form, audio, place, library):
    source = record(audio / f"a.{form}", parent="c:album:1", seq=4, x_own={"kept": 1.0})
    outcome = place(source)
    assert outcome.status == 0 and outcome.stderr == ""
    path = library / "Anna" / "Erste_ Lieder" / f"1-04 - Über _ alles_.{form}"
    seconds = float(subprocess.check_output(
        ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", path]))
    placed = outcome.only.pop("placed")
    assert {**outcome.only, "placed": placed} == {**source, "placed": placed}
    assert placed["duration_s"] == pytest.approx(seconds, abs=0.08)
    assert placed == {"path": str(path), "bytes": path.stat().st_size, "sha256": digest(path), "format": form, "quality": "best", "wanted": "better",
                      "duration_s": round(placed["duration_s"], 3)}
    assert list(tree(library)) == [str(path.relative_to(library))]


@pytest.mark.parametrize("form", FORMATS)
def test_a_files_own_tags_count_more_than_its_name_where_the_media_says_so(form, audio, place, tmp_path):
    named = {"title": "02 x", "artist": "Folder", "artists": ["Folder"], "album": "Folder 2", "track_number": 2, "disc_number": 3, "artwork_url": "http://127.0.0.1/c.jpg"}
    bare = record(audio / f"a.{form}", track=named, id="c:track:8")
    bare["media"]["own_tags"] = True
    # What has no tags keeps what its name tells.
    assert place(bare).only["track"] == {**named, "duration_s": pytest.approx(1.75, abs=0.1)}
    ffmpeg("-i", audio / f"a.{form}", "-metadata", "title=Own", "-metadata", "artist=Anna", "-c", "copy", tmp_path / f"own.{form}")
    tagged = record(tmp_path / f"own.{form}", track=named)
    tagged["media"]["own_tags"] = True
    outcome = place(tagged)
    # Of an artist or an album the name of a folder tells nothing then.
    told = {name: outcome.only["track"].get(name) for name in ("title", "artist", "artists", "album", "track_number", "disc_number", "artwork_url")}
    assert told == {"title": "Own", "artist": "Anna", "artists": ["Anna"], "album": None, "track_number": 2, "disc_number": 3, "artwork_url": "http://127.0.0.1/c.jpg"}
    assert mediafile.MediaFile(outcome.only["placed"]["path"]).title == "Own"
    # Asked again, it says the same.
    again = place(outcome.only).only
    unplaced = {name: value for name, value in outcome.only.items() if name != "placed"}
    assert again == outcome.only and place(unplaced).only["track"] == outcome.only["track"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_tag_is_read_back(form, audio, place):
    path = place(record(audio / f"a.{form}", artwork=audio / "cover.jpg")).only["placed"]["path"]
    tags = mediafile.MediaFile(path)
    assert (tags.title, tags.artist, tags.artists) == ("Über / alles?", "Anna feat. Bo", ["Anna", "Bo"])
    assert (tags.album, tags.albumartist) == ("Erste: Lieder", "Anna")
    assert (tags.track, tags.tracktotal, tags.disc, tags.disctotal) == (4, 14, 1, 2)
    assert (str(tags.date), tags.genres) == ("2024-03-07", ["Rock", "Jazz"])
    assert (tags.isrc, tags.label, tags.bpm) == ("QZABC2400001", "Haus", 128)
    (image,) = tags.images
    assert image.data == (audio / "cover.jpg").read_bytes() and image.mime_type == "image/jpeg"
    if form != "m4a":
        assert image.type == mediafile.ImageType.front


@pytest.mark.parametrize("form", ["flac", "ogg", "opus"])
def test_numbers_and_totals_are_comments_of_their_own(form, audio, place):
    tags = mutagen.File(place(record(audio / f"a.{form}")).only["placed"]["path"])
    assert (tags["tracknumber"], tags["tracktotal"]) == (["4"], ["14"])
    assert (tags["discnumber"], tags["disctotal"]) == (["1"], ["2"])
    assert tags["artists"] == ["Anna", "Bo"]


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_id3_is_of_version_2_4_in_utf8(form, audio, place):
    tags = mutagen.File(place(record(audio / f"a.{form}")).only["placed"]["path"]).tags
    assert tags.version == (2, 4, 0)
    assert tags["TIT2"].encoding == mutagen.id3.Encoding.UTF8
    assert (tags["TRCK"].text, tags["TPOS"].text, str(tags["TDRC"])) == (["4/14"], ["1/2"], "2024-03-07")
    assert tags["TXXX:ARTISTS"].text == ["Anna", "Bo"]


def test_mp4_has_pairs_and_freeform_atoms(audio, place):
    tags = mutagen.mp4.MP4(place(record(audio / "a.m4a")).only["placed"]["path"]).tags
    assert (tags["trkn"], tags["disk"], tags["tmpo"]) == ([(4, 14)], [(1, 2)], [128])
    assert [bytes(v) for v in tags["----:com.apple.iTunes:ARTISTS"]] == [b"Anna", b"Bo"]


def test_a_flac_picture_has_its_size(audio, place):
    path = place(record(audio / "a.flac", artwork=audio / "cover.jpg")).only["placed"]["path"]
    (picture,) = mutagen.flac.FLAC(path).pictures
    assert (picture.type, picture.width, picture.height, picture.depth) == (3, 320, 240, 24)


@pytest.mark.parametrize("form", FORMATS)
def test_a_png_is_taken_for_what_it_is(form, audio, place):
    path = place(record(audio / f"a.{form}", artwork=audio / "cover.png")).only["placed"]["path"]
    (image,) = mediafile.MediaFile(path).images
    assert image.data == (audio / "cover.png").read_bytes() and image.mime_type == "image/png"


@pytest.mark.parametrize("form", FORMATS)
def test_the_audio_is_the_same_and_so_is_the_input(form, audio, place):
    source = audio / f"a.{form}"
    before, times = digest(source), os.stat(source).st_mtime_ns
    path = place(record(source, artwork=audio / "cover.jpg")).only["placed"]["path"]
    assert essence(path) == essence(source)
    assert digest(source) == before and os.stat(source).st_mtime_ns == times
    if form == "flac":
        subprocess.run(["flac", "-ts", path], check=True)
        sums = [subprocess.check_output(["metaflac", "--show-md5sum", p]) for p in (path, source)]
        assert sums[0] == sums[1]


@pytest.mark.parametrize("form", FORMATS)
def test_what_a_record_does_not_know_is_not_written(form, audio, place):
    tags = mediafile.MediaFile(place(record(audio / f"a.{form}", track={"title": "T", "bpm": 0})).only["placed"]["path"])
    assert tags.title == "T"
    for name in ["artist", "artists", "album", "albumartist", "track", "disc", "date", "genre", "isrc", "label", "bpm"]:
        assert not getattr(tags, name), name
    assert not tags.images


FULL = {
    **TRACK, "original_date": "1969-11-05", "upc": "0042284220125", "copyright": "\u2117 2024 Haus", "comment": "as it was\nsaid", "compilation": True,
    "explicit": True, "lyrics": "One line\nand another", "synced_lyrics": "[ti:Song]\n[00:01.50]One line\n[00:04.25][01:04.250]and another\n",
    "replaygain": {"track_gain_db": -6.9, "track_peak": 0.987654, "album_gain_db": 2.5, "album_peak": 1}, "album_artists": ["Anna", "Cy"],
    "contributors": {"composer": ["Co", "Mo"], "lyricist": ["Ly"], "conductor": ["Du"], "remixer": ["Re"], "producer": ["Pro"], "engineer": ["En"], "mixer": ["Mi"], "djmixer": ["DJ"]},
    "musicbrainz": {"recording_id": "b1a9c0e9-d987-4042-ae91-78d6a3267d69", "release_id": "76df3287-6cda-33eb-8e9a-044b5e15ffdd",
        "artist_ids": ["a74b1b7f-71a5-4011-9441-d0b5e4122711", "164f0d73-1234-4e2c-8743-d77bf2191051"], "album_artist_ids": ["a74b1b7f-71a5-4011-9441-d0b5e4122711"]}}
IDS = FULL["musicbrainz"]
PEOPLE = FULL["contributors"]


@pytest.mark.parametrize("form", FORMATS)
def test_every_field_is_read_back_by_mediafile(form, audio, place):
    outcome = place(record(audio / f"a.{form}", track=FULL, artwork=audio / "cover.jpg"))
    assert outcome.stderr == ""
    path = outcome.only["placed"]["path"]
    tags = mediafile.MediaFile(path)
    assert (tags.title, tags.artist, tags.artists, tags.album, tags.albumartist) == (
        "Über / alles?", "Anna feat. Bo", ["Anna", "Bo"], "Erste: Lieder", "Anna")
    assert (tags.track, tags.tracktotal, tags.disc, tags.disctotal, tags.bpm) == (4, 14, 1, 2, 128)
    assert (str(tags.date), str(tags.original_date), tags.genres) == ("2024-03-07", "1969-11-05", ["Rock", "Jazz"])
    assert (tags.isrc, tags.barcode, tags.label, tags.copyright) == ("QZABC2400001", "0042284220125", "Haus", "\u2117 2024 Haus")
    assert (tags.comments, tags.comp, tags.lyrics) == ("as it was\nsaid", True, "One line\nand another")
    if form == "opus":
        # -6.9 dB after ReplayGain, which aims 5 dB higher than R128, in 256ths.
        assert (tags.r128_track_gain, tags.r128_album_gain) == (pytest.approx(-11.9, abs=0.01), -2.5)
    else:
        assert (tags.rg_track_gain, tags.rg_track_peak, tags.rg_album_gain, tags.rg_album_peak) == (-6.9, 0.987654, 2.5, 1)
    (image,) = tags.images
    assert image.data == (audio / "cover.jpg").read_bytes()
    assert pathlib.Path(path).with_suffix(".lrc").read_text() == FULL["synced_lyrics"]


@pytest.mark.parametrize("form", ["flac", "ogg", "opus"])
def test_every_field_is_a_comment_of_its_usual_name(form, audio, place):
    tags = mutagen.File(place(record(audio / f"a.{form}", track=FULL)).only["placed"]["path"])
    gains = {"r128_track_gain": ["-3046"], "r128_album_gain": ["-640"]} if form == "opus" else {
        "replaygain_track_gain": ["-6.90 dB"], "replaygain_track_peak": ["0.987654"], "replaygain_album_gain": ["2.50 dB"],
        "replaygain_album_peak": ["1.000000"]}
    found = {name.lower(): tags[name] for name in tags.keys() if name.lower() != "encoder"}
    assert found == {
        "title": ["Über / alles?"], "artist": ["Anna feat. Bo"], "artists": ["Anna", "Bo"], "album": ["Erste: Lieder"], "albumartist": ["Anna"],
        "tracknumber": ["4"], "tracktotal": ["14"], "discnumber": ["1"], "disctotal": ["2"], "date": ["2024-03-07"], "originaldate": ["1969-11-05"],
        "genre": ["Rock", "Jazz"], "isrc": ["QZABC2400001"], "barcode": ["0042284220125"], "label": ["Haus"], "bpm": ["128"],
        "copyright": ["\u2117 2024 Haus"], "comment": ["as it was\nsaid"], "compilation": ["1"], "lyrics": ["One line\nand another"],
        "itunesadvisory": ["1"], "sourceid": ["c:track:7"], **gains, **PEOPLE, "albumartists": ["Anna", "Cy"], "musicbrainz_trackid": [IDS["recording_id"]],
        "musicbrainz_albumid": [IDS["release_id"]], "musicbrainz_artistid": IDS["artist_ids"], "musicbrainz_albumartistid": IDS["album_artist_ids"]}


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_every_field_is_a_frame_of_its_usual_name(form, audio, place):
    tags = mutagen.File(place(record(audio / f"a.{form}", track=FULL)).only["placed"]["path"]).tags
    texts = {
        "TIT2": ["Über / alles?"], "TPE1": ["Anna feat. Bo"], "TXXX:ARTISTS": ["Anna", "Bo"], "TALB": ["Erste: Lieder"], "TPE2": ["Anna"],
        "TRCK": ["4/14"], "TPOS": ["1/2"], "TDRC": ["2024-03-07"], "TDOR": ["1969-11-05"], "TCON": ["Rock", "Jazz"], "TSRC": ["QZABC2400001"],
        "TXXX:BARCODE": ["0042284220125"], "TPUB": ["Haus"], "TBPM": ["128"], "TCOP": ["\u2117 2024 Haus"], "TCMP": ["1"],
        "TXXX:ITUNESADVISORY": ["1"], "TXXX:SOURCEID": ["c:track:7"], "TXXX:REPLAYGAIN_TRACK_GAIN": ["-6.90 dB"],
        "TXXX:REPLAYGAIN_TRACK_PEAK": ["0.987654"], "TXXX:REPLAYGAIN_ALBUM_GAIN": ["2.50 dB"], "TXXX:REPLAYGAIN_ALBUM_PEAK": ["1.000000"],
        "TXXX:ALBUMARTISTS": ["Anna", "Cy"], "TCOM": ["Co", "Mo"], "TEXT": ["Ly"], "TPE3": ["Du"], "TPE4": ["Re"], "TXXX:MusicBrainz Album Id": [IDS["release_id"]],
        "TXXX:MusicBrainz Artist Id": IDS["artist_ids"], "TXXX:MusicBrainz Album Artist Id": IDS["album_artist_ids"]}
    assert tags["UFID:http://musicbrainz.org"].data.decode() == IDS["recording_id"]
    assert sorted(tags["TIPL"].people) == [["DJ-MIX", "DJ"], ["ENGINEER", "En"], ["MIX", "Mi"], ["PRODUCER", "Pro"]]
    assert {name: [str(t) for t in tags[name].text] for name in texts} == texts
    (comment,), (lyrics,), (synced,) = tags.getall("COMM"), tags.getall("USLT"), tags.getall("SYLT")
    assert (comment.desc, comment.text) == ("", ["as it was\nsaid"]) and (lyrics.desc, lyrics.text) == ("", "One line\nand another")
    assert (synced.format, synced.type, synced.text) == (2, 1, [("One line", 1500), ("and another", 4250), ("and another", 64250)])


def test_every_field_is_an_atom_of_its_usual_name(audio, place):
    tags = mutagen.mp4.MP4(place(record(audio / "a.m4a", track=FULL)).only["placed"]["path"]).tags
    own = {name.removeprefix("----:com.apple.iTunes:"): [bytes(v).decode() for v in tags[name]] for name in tags if name.startswith("----")}
    assert own == {
        "ARTISTS": ["Anna", "Bo"], "originaldate": ["1969-11-05"], "ORIGINALDATE": ["1969-11-05"], "ISRC": ["QZABC2400001"], "BARCODE": ["0042284220125"], "LABEL": ["Haus"],
        "SOURCEID": ["c:track:7"], "replaygain_track_gain": ["-6.90 dB"], "replaygain_track_peak": ["0.987654"], "replaygain_album_gain": ["2.50 dB"],
        "replaygain_album_peak": ["1.000000"], **{name.upper(): names for name, names in PEOPLE.items() if name != "composer"},
        "MusicBrainz Track Id": [IDS["recording_id"]], "MusicBrainz Album Id": [IDS["release_id"]], "MusicBrainz Artist Id": IDS["artist_ids"],
        "MusicBrainz Album Artist Id": IDS["album_artist_ids"]}
    assert tags["\xa9wrt"] == ["Co", "Mo"]
    assert (tags["\xa9lyr"], tags["cprt"], tags["\xa9cmt"]) == (["One line\nand another"], ["\u2117 2024 Haus"], ["as it was\nsaid"])
    assert (tags["cpil"], tags["rtng"], tags["tmpo"]) == (True, [1], [128])


@pytest.mark.parametrize("form", FORMATS)
def test_ffprobe_reads_what_it_knows(form, audio, place):
    path = place(record(audio / f"a.{form}", track=FULL, artwork=audio / "cover.jpg")).only["placed"]["path"]
    told = json.loads(subprocess.check_output(["ffprobe", "-v", "error", "-show_format", "-show_streams", "-of", "json", path]))
    tags = {name.lower(): value for part in (told["format"], *told["streams"]) for name, value in part.get("tags", {}).items()}
    assert (tags["title"], tags["artist"], tags["album"]) == ("Über / alles?", "Anna feat. Bo", "Erste: Lieder")
    if form != "wav":
        assert (tags["album_artist"], tags["date"], tags["copyright"]) == ("Anna", "2024-03-07", "\u2117 2024 Haus")
        assert tags["track"] in ("4/14", "4") and tags["disc"] in ("1/2", "1")
        assert [s["disposition"]["attached_pic"] for s in told["streams"] if s["codec_type"] == "video"] == [1]


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_with_every_field_that_is_placed_anew_is_the_same(form, audio, place, run, tmp_path):
    full = {"track": FULL, "artwork": audio / "cover.jpg"}
    first = place(record(audio / f"a.{form}", **full)).only["placed"]
    again = run("place", "--library", tmp_path / "Other", stdin=lines(record(first["path"], **full))).only["placed"]
    assert again["sha256"] == first["sha256"]


def test_lyrics_that_are_there_already_stay(audio, place, library):
    path = pathlib.Path(place(record(audio / "a.flac", track=FULL)).only["placed"]["path"])
    mine = path.with_suffix(".lrc")
    mine.write_text("[00:01.00]better\n")
    (library / "Anna/Erste_ Lieder/1-04 - Über _ alles_.flac").unlink()
    assert place(record(audio / "a.flac", track=FULL)).only["placed"]["path"] == str(path)
    assert mine.read_text() == "[00:01.00]better\n" and not list(library.rglob(".segue*.part"))


def test_an_album_has_its_cover_in_its_folder_once(audio, place, library):
    records = [record(audio / "a.flac", id=f"c:track:{n}", track={**TRACK, "title": f"T{n}"}, artwork=audio / f"cover.{form}")
               for n, form in enumerate(["jpg", "png", "jpg"])]
    assert place(*records).stderr == ""
    (cover,) = library.rglob("cover.*")
    assert cover == library / "Anna/Erste_ Lieder/cover.jpg" and cover.read_bytes() == (audio / "cover.jpg").read_bytes()
    cover.write_bytes(b"mine")
    place(record(audio / "a.flac", artwork=audio / "cover.jpg"))
    assert cover.read_bytes() == b"mine" and not list(library.rglob(".segue*"))


def temporary(folder, text):
    """The hidden file that stands for a text in a folder, on this machine, until it is started again."""
    boot = pathlib.Path("/proc/sys/kernel/random/boot_id").read_bytes().strip()
    return folder / f".segue-{hashlib.sha256(text.encode()).hexdigest()[:16]}-{hashlib.sha256(boot).hexdigest()[:8]}.part"


@pytest.mark.parametrize("is_held", [False, True])
def test_a_cover_that_was_left_half_written_goes_unless_somebody_is_writing_it(is_held, audio, place, library):
    path = pathlib.Path(place(record(audio / "a.flac", artwork=audio / "cover.jpg")).only["placed"]["path"])
    left = temporary(path.parent, f"{path.parent}/cover")
    left.write_bytes(b"half")
    with left.open() as file:
        if is_held:
            fcntl.flock(file, fcntl.LOCK_EX)
        place(record(audio / "a.flac", id="c:track:2", track={**TRACK, "title": "Other"}, artwork=audio / "cover.jpg"))
    assert left.exists() == is_held


@pytest.mark.parametrize("age, is_held, stays", [(90_000, False, False), (90_000, True, True), (80_000, False, True)])
def test_a_hidden_file_that_nobody_holds_goes_after_a_day(age, is_held, stays, audio, place, library):
    path = pathlib.Path(place(record(audio / "a.flac")).only["placed"]["path"])
    left = temporary(path.parent, "of a track that never came")
    left.write_bytes(b"half")
    os.utime(left, (time.time() - age,) * 2)
    with left.open() as file:
        if is_held:
            fcntl.flock(file, fcntl.LOCK_EX)
        place(record(audio / "a.flac", id="c:track:2", track={**TRACK, "title": "Other"}))
    assert left.exists() == stays


@pytest.mark.parametrize("options", [[], ["--template", "%artist%/%album%/Disc %disc%/%title%"]], ids=["plain", "discs"])
def test_a_hidden_file_of_another_boot_goes_from_the_folders_of_album_and_artist_too(options, audio, place, library):
    path = pathlib.Path(place(record(audio / "a.flac"), options=options).only["placed"]["path"])
    folders = [folder for folder in path.parents if library in folder.parents]
    left = [folder / f".segue-0123456789abcdef-{boot}.part" for folder in folders for boot in ("00000000", "11111111")]
    for file in left:
        file.write_bytes(b"half")
        age = 90_000 if "-0000" in file.name else 80_000
        os.utime(file, (time.time() - age,) * 2)
    place(record(audio / "a.flac", id="c:track:2", track={**TRACK, "title": "Other"}), options=options)
    assert len(folders) == 2 + bool(options) and [file.exists() for file in left] == [False, True] * len(folders)


def test_a_cover_that_is_a_png_is_called_so(audio, place, library):
    place(record(audio / "a.flac", artwork=audio / "cover.png"))
    assert [p.name for p in library.rglob("cover.*")] == ["cover.png"]


def test_the_names_of_folders_that_another_process_made_become_durable_once(audio, place, library, tmp_path):
    place(record(audio / "a.flac"))
    more = [record(audio / "b.flac", track={**TRACK, "track_number": n}, id=f"c:track:{n}") for n in (8, 9)]
    paths = synced("place", "--library", library, stdin=lines(more[0]) + lines(more[1]), cwd=tmp_path)
    artist = library / "Anna"
    assert [paths.count(str(folder)) for folder in (library, artist)] == [1, 1] and str(artist / "Erste_ Lieder") in paths


def test_a_file_where_a_folder_should_be_is_in_the_way_of_one_record(audio, place, library):
    library.mkdir(parents=True)
    (library / "In the Way").write_text("no folder")
    (library.parent / "plain").write_text("no folder")
    blocked = record(audio / "a.flac", {**TRACK, "artist": "In the Way", "album_artist": "In the Way"}, id="c:track:8")
    lost = record(audio / "a.flac", id="c:track:9")
    lost["file"]["path"] = str(library.parent / "plain/x.flac")
    first, second, third = place(blocked, lost, record(audio / "a.flac")).records
    assert (first["class"], first["code"]) == ("permanent", "no_folder") and "In the Way" in first["message"]
    assert (second["class"], second["code"]) == ("stale", "no_file") and third["placed"]



@pytest.mark.parametrize("options", [["--no-cover-file"], ["--template", "%artist%/%title%"], ["--template", "%album%"], ["--template", "%isrc%/%title%"]])
def test_there_is_no_cover_where_no_folder_is_one_albums(audio, place, library, options):
    assert place(record(audio / "a.flac", artwork=audio / "cover.jpg"), options=options).status == 0
    assert not list(library.rglob("cover.*"))


def test_the_cover_of_an_album_on_several_discs_is_in_the_albums_folder(audio, place, library):
    options = ["--template", "%albumartist%/%album%/{CD %multidisc%/}%track%"]
    path = place(record(audio / "a.flac", artwork=audio / "cover.jpg"), options=options).only["placed"]["path"]
    assert path == str(library / "Anna/Erste_ Lieder/CD 1/04.flac")
    assert list(library.rglob("cover.*")) == [library / "Anna/Erste_ Lieder/cover.jpg"]


def test_a_cover_that_is_too_large_is_kept_beside_the_files(audio, place, library):
    size = (audio / "cover.jpg").stat().st_size
    outcome = place(record(audio / "a.flac", artwork=audio / "cover.jpg"), options=["--cover-limit", size - 1])
    assert f"a cover of {size} bytes" in outcome.stderr
    assert not mutagen.flac.FLAC(outcome.only["placed"]["path"]).pictures and (library / "Anna/Erste_ Lieder/cover.jpg").exists()
    again = place(record(audio / "a.flac", id="c:track:8", artwork=audio / "cover.jpg"), options=["--cover-limit", size])
    assert mutagen.flac.FLAC(again.only["placed"]["path"]).pictures


def test_an_artists_picture_is_in_the_artists_folder_once(audio, place, library):
    picture = {"path": str(audio / "cover.png"), "bytes": (audio / "cover.png").stat().st_size, "sha256": digest(audio / "cover.png"), "mime": "image/png"}
    track = record(audio / "a.flac")
    track["file"]["artist_artwork"] = picture
    place(track, {**track, "id": "c:track:8"})
    assert (library / "Anna/artist.png").read_bytes() == (audio / "cover.png").read_bytes()
    assert not list(library.rglob("cover.*")) and len(list(library.rglob("artist.*"))) == 1


# Albums that have the name of another


def of_album(audio, number, **track):
    return record(audio / "a.flac", id=f"c:track:{number}", track={**TRACK, "title": f"T{number}", **track})


def folders(outcome):
    return [pathlib.Path(r["placed"]["path"]).parent.name for r in outcome.records]


def test_albums_of_one_name_have_a_folder_each(audio, place, library):
    tracks = [of_album(audio, n, album_id=f"c:album:{n % 3}", release_date=["1994-05-10", "2001-05-15", "2001-11-20"][n % 3]) for n in range(6)]
    expected = ["Erste_ Lieder", "Erste_ Lieder (2001)", "Erste_ Lieder (2)"] * 2
    assert folders(place(*tracks, options=["--plan"])) == expected
    assert folders(place(*tracks)) == expected
    # Whatever order they come in again, and whoever asks.
    assert folders(place(*reversed(tracks))) == expected[::-1]
    assert folders(place(*reversed(tracks), options=["--plan"])) == expected[::-1]
    assert sorted(p.name for p in library.rglob(".segue*")) == [".segue-album"] * 3


def test_a_barcode_tells_albums_apart_too_and_what_tells_nothing_stays_together(audio, place):
    tracks = [of_album(audio, 1, upc="0001"), of_album(audio, 2, upc="0002", release_date="1999"), of_album(audio, 3)]
    assert folders(place(*tracks)) == ["Erste_ Lieder", "Erste_ Lieder (1999)", "Erste_ Lieder"]


def test_two_at_once_never_share_an_albums_folder(audio, start, library):
    crowd = [start("place", "--library", library, "--template", "%album%/%id%") for _ in range(6)]
    for number, process in enumerate(crowd):
        tracks = [of_album(audio, number * 10 + n, album_id=f"c:album:{number % 3}") for n in range(5)]
        process.stdin.write(lines(*tracks))
        process.stdin.flush()
    owners = {}
    for number, process in enumerate(crowd):
        output, _ = process.communicate(timeout=60)
        answers = [json.loads(line) for line in output.splitlines()]
        assert len(answers) == 5 and all("placed" in a for a in answers)
        for answer in answers:
            owners.setdefault(pathlib.Path(answer["placed"]["path"]).parent.name, set()).add(number % 3)
    assert len(owners) == 3 and all(len(albums) == 1 for albums in owners.values())


def test_a_single_has_a_template_of_its_own(audio, place, library):
    options = ["--single-template", "Singles/%artist% - %title%"]
    alone, member = record(audio / "a.flac"), {**record(audio / "a.flac", id="c:track:8"), "parent": "c:album:1", "seq": 1}
    paths = [r["placed"]["path"] for r in place(alone, member, options=options).records]
    assert paths == [str(library / "Singles/Anna feat. Bo - Über _ alles_.flac"), str(library / "Anna/Erste_ Lieder/1-04 - Über _ alles_.flac")]


@pytest.mark.parametrize("template, parts", [("%albumartist%/%album%/%title%", 3), ("%title%", 1), ("%genre%/%albumartist%/%album%/{CD %multidisc%/}%title%", 5)])
def test_portable_paths_fit_windows(template, parts, audio, place, library):
    long = {name: "🎵é" * 90 for name in ["title", "album", "album_artist"]} | {"genres": ["G" * 300]}
    tracks = [record(audio / "a.flac", id=f"c:track:{n}", track={**TRACK, **long}) for n in range(2)]
    options = ["--portable", "--template", template]
    planned = place(tracks[0], options=[*options, "--plan"]).only["placed"]["path"]
    paths = [r["placed"]["path"][len(str(library)) + 1:] for r in place(*tracks, options=options).records]
    assert planned == f"{library}/{paths[0]}" and len(paths[0].split("/")) == parts
    assert all(len(p.encode("utf-16-le")) // 2 <= 200 and len(p.split("/")[-1]) > 30 for p in paths)
    assert paths[1].endswith(" (2).flac")


def test_portable_refuses_more_folders_than_fit(place, audio):
    outcome = place(record(audio / "a.flac"), options=["--portable", "--template", "/".join(["%title%"] * 12)])
    assert outcome.status == 64 and "folders" in outcome.stderr


# Tags that were there before


def tagged(audio, tmp_path, form):
    path = tmp_path / f"tagged.{form}"
    path.write_bytes((audio / f"a.{form}").read_bytes())
    return path


@pytest.mark.parametrize("form", ["flac", "ogg", "opus"])
def test_comments_that_were_there_stay(form, audio, place, tmp_path):
    path = tagged(audio, tmp_path, form)
    tags = mutagen.File(path)
    tags.update({"mood": ["calm", "late"], "replaygain_track_gain": ["-6.90 dB"], "composer": ["C"], "totaltracks": ["9"],
                 "title": ["old"], "comment": ["said"]})
    tags.save()
    new = mutagen.File(place(record(path)).only["placed"]["path"])
    assert (new["mood"], new["replaygain_track_gain"], new["composer"]) == (["calm", "late"], ["-6.90 dB"], ["C"])
    assert (new["title"], new["tracktotal"], new["comment"]) == (["Über / alles?"], ["14"], ["said"])
    assert "totaltracks" not in new


def test_pictures_that_are_no_front_cover_stay(audio, place, tmp_path):
    path = tagged(audio, tmp_path, "flac")
    tags = mutagen.flac.FLAC(path)
    for kind in [3, 4]:
        picture = mutagen.flac.Picture()
        picture.type, picture.mime, picture.data = kind, "image/png", b"%d" % kind
        tags.add_picture(picture)
    tags.save()
    new = mutagen.flac.FLAC(place(record(path, artwork=audio / "cover.jpg")).only["placed"]["path"])
    assert {p.type: p.data for p in new.pictures} == {4: b"4", 3: (audio / "cover.jpg").read_bytes()}


@pytest.mark.parametrize("form", FORMATS)
def test_a_cover_that_was_there_stays_when_no_other_is_known(form, audio, place, run, tmp_path):
    first = place(record(audio / f"a.{form}", artwork=audio / "cover.jpg")).only["placed"]["path"]
    again = run("place", "--library", tmp_path / "Other", stdin=lines(record(first))).only["placed"]
    (image,) = mediafile.MediaFile(again["path"]).images
    assert image.data == (audio / "cover.jpg").read_bytes()
    assert again["sha256"] == digest(first)


@pytest.mark.parametrize("form", ["mp3", "wav"])
def test_frames_that_were_there_stay(form, audio, place, tmp_path):
    path = tagged(audio, tmp_path, form)
    tags = mutagen.File(path)
    if tags.tags is None:
        tags.add_tags()
    tags.tags.add(mutagen.id3.TXXX(encoding=3, desc="MOOD", text=["calm"]))
    tags.tags.add(mutagen.id3.PRIV(owner="x", data=b"\x00\x01\xff"))
    tags.tags.add(mutagen.id3.COMM(encoding=3, lang="deu", desc="d", text=["said"]))
    tags.tags.add(mutagen.id3.USLT(encoding=3, lang="deu", desc="", text="words"))
    tags.tags.add(mutagen.id3.APIC(encoding=0, mime="image/png", type=4, desc="", data=b"back"))
    tags.tags.add(mutagen.id3.TRCK(encoding=3, text="1/9"))
    tags.save()
    new = mutagen.File(place(record(path, artwork=audio / "cover.jpg", track={"title": "T", "track_number": 5}))
                       .only["placed"]["path"]).tags
    assert new["TXXX:MOOD"].text == ["calm"] and new["PRIV:x:\x00\x01\xff"].data == b"\x00\x01\xff"
    assert new["COMM:d:deu"].text == ["said"] and new["USLT::deu"].text == "words"
    assert {f.type: f.data for f in new.getall("APIC")} == {4: b"back", 3: (audio / "cover.jpg").read_bytes()}
    assert new["TRCK"].text == ["5/9"]


def test_what_only_older_mp3_tags_say_moves_into_the_one_that_stays(audio, place, tmp_path):
    path = tmp_path / "old.mp3"
    ffmpeg("-i", audio / "a.mp3", "-c", "copy", "-id3v2_version", 0, path)
    ape = mutagen.apev2.APEv2()
    ape["Mood"] = "calm"
    ape.save(path)
    with path.open("ab") as file:
        file.write(b"TAG" + b"Old Title".ljust(30, b"\0") + b"Old One".ljust(30, b"\0") + bytes(64) + b"\xff")
    new = place(record(path, track={"title": "T"})).only["placed"]["path"]
    tags = mutagen.File(new).tags
    assert (tags["TPE1"].text, tags["TMOO"].text, tags["TIT2"].text) == (["Old One"], ["calm"], ["T"])
    content = pathlib.Path(new).read_bytes()
    assert content[-128:-125] != b"TAG" and b"APETAGEX" not in content


def test_atoms_that_were_there_stay(audio, place, tmp_path):
    path = tagged(audio, tmp_path, "m4a")
    tags = mutagen.mp4.MP4(path)
    tags["----:com.apple.iTunes:replaygain_track_gain"] = [b"-6.90 dB"]
    tags["\xa9wrt"], tags["cpil"] = ["C"], True
    tags.save()
    new = mutagen.mp4.MP4(place(record(path)).only["placed"]["path"])
    assert [bytes(v) for v in new["----:com.apple.iTunes:replaygain_track_gain"]] == [b"-6.90 dB"]
    assert new["\xa9wrt"] == ["C"] and new["cpil"] is True


def test_a_flac_behind_an_id3_tag_becomes_a_plain_flac(audio, place, tmp_path):
    path = tagged(audio, tmp_path, "flac")
    tags = mutagen.id3.ID3()
    tags.add(mutagen.id3.TPE1(encoding=3, text="Old One"))
    tags.save(path)
    outcome = place(record(path, track={"title": "T"}))
    placed = outcome.only["placed"]
    assert placed["format"] == "flac" and outcome.stderr == ""
    assert pathlib.Path(placed["path"]).read_bytes()[:4] == b"fLaC"
    assert mutagen.flac.FLAC(placed["path"])["artist"] == ["Old One"]


# Names


def test_a_template_names_the_path(audio, place, library):
    options = ["--template", '%genre|"Unsorted"%/%year%/{%disc%-}{%track:3% }%title%']
    placed = place(record(audio / "a.flac"), record(audio / "b.flac", id="c:track:8", track={"title": "Bare"}), options=options)
    assert [r["placed"]["path"] for r in placed.records] == [
        str(library / "Rock" / "2024" / "1-004 Über _ alles_.flac"), str(library / "Unsorted" / "_" / "Bare.flac")]


@pytest.mark.parametrize("title, name", [
    ("../../../../tmp/evil", "01 - .._.._.._.._tmp_evil.flac"), ("nul\u0000byte", "01 - nul_byte.flac"), ("..", "01 -.flac"),
    ("-rf", "01 - -rf.flac"), ("Cafe\u0301", "01 - Caf\u00e9.flac"), ("end. . .", "01 - end.flac"), ("a\nb\u0085c", "01 - a_b_c.flac"),
])
def test_a_title_is_one_safe_name(title, name, audio, place, library):
    placed = place(record(audio / "a.flac", track={"title": title, "track_number": 1})).only["placed"]
    assert os.fsencode(placed["path"]) == os.fsencode(str(library / "Unknown Artist" / "Unknown Album" / name))
    assert len(tree(library)) == 1


@pytest.mark.parametrize("text", ["..", ".", "", "../..", "/", "CON", ".segue", "-rf", " "])
def test_no_value_leads_out_of_the_library_or_hides(text, audio, place, library, tmp_path):
    placed = place(record(audio / "a.flac", track={"title": text, "album": text, "album_artist": text})).only["placed"]
    parts = pathlib.Path(placed["path"]).relative_to(library).parts
    assert len(parts) == 3 and not any(p.startswith((".", "-")) or p == "CON" for p in parts)
    assert sorted(os.listdir(tmp_path)) == ["Music"]


def test_long_names_are_cut_by_bytes_and_twins_of_them_too(audio, place):
    track = {"title": "漢" * 100, "album": "é" * 200, "album_artist": "👨‍👩‍👧‍👦" * 20, "track_number": 1}
    paths = [r["placed"]["path"] for r in place(
        record(audio / "a.flac", track=track), record(audio / "b.flac", id="c:track:8", track=track)).records]
    for path in paths:
        assert all(len(os.fsencode(part)) <= 255 for part in path.split("/"))
        os.fsencode(path).decode()
    assert paths[1].endswith("漢 (2).flac") and paths[0] != paths[1]


def test_a_path_that_is_too_long_is_told(audio, place, library):
    outcome = place(record(audio / "a.flac", track={"title": "x" * 250}), options=["--template", "/".join(["%title%"] * 17)])
    assert (outcome.only["class"], outcome.only["code"]) == ("permanent", "path_too_long")
    assert tree(library) == {}


def test_a_record_without_a_track_is_named_by_its_file_or_its_id(audio, place, library, tmp_path):
    path = tagged(audio, tmp_path, "mp3")
    tags = mutagen.File(path)
    tags.tags.add(mutagen.id3.TIT2(encoding=3, text="Own"))
    tags.tags.add(mutagen.id3.TPE1(encoding=3, text="Self"))
    tags.save()
    outcome = place(record(audio / "a.flac", track=None, id="url:track:0123"), record(path, track=None, id="url:track:4567"),
                    record(audio / "b.flac", track=None, media=None, id="x"))
    assert [r["placed"]["path"] for r in outcome.records] == [
        str(library / "Unknown Artist" / "Unknown Album" / "0123.flac"), str(library / "Self" / "Unknown Album" / "Own.mp3"),
        str(library / "Unknown Artist" / "Unknown Album" / "x.flac")]


# Run again, twins, collisions


@pytest.mark.parametrize("form", FORMATS)
def test_a_second_run_changes_no_byte_and_makes_no_second_file(form, audio, place, library):
    source = record(audio / f"a.{form}", artwork=audio / "cover.jpg")
    first = place(source)
    before, inode = tree(library), os.stat(first.only["placed"]["path"])
    second = place(source)
    assert second.stdout == first.stdout and second.status == 0
    assert tree(library) == before and os.stat(first.only["placed"]["path"]).st_ino == inode.st_ino
    third = place(first.stdout.strip())
    assert third.stdout == first.stdout and tree(library) == before
    assert os.stat(first.only["placed"]["path"]).st_mtime_ns == inode.st_mtime_ns


@pytest.mark.parametrize("is_superseded", [True, False], ids=["superseded", "damaged"])
def test_a_file_that_the_catalogue_does_not_have_stays_whatever_a_record_says_of_it(is_superseded, audio, place, library, tmp_path):
    library.mkdir()
    own = shutil.copy(audio / "a.flac", library / "own.flac")
    time = os.stat(own).st_mtime_ns
    told = {"path": str(own), "bytes": os.path.getsize(own), "sha256": "0" * 64, "format": "flac", **({"superseded": True} if is_superseded else {})}
    lie = record(tagged(audio, tmp_path, "flac"), placed=told, recorded={"at": "2030-01-01T00:00:00Z", "modified_ns": str(time)})
    done = place(lie)
    assert done.only["placed"]["path"] != str(own) and digest(own) == digest(audio / "a.flac")
    assert not (library / ".segue/trash").exists() and not (library / ".segue/damaged").exists()


def test_a_placed_file_needs_no_input_any_more(audio, place, tmp_path):
    path = tagged(audio, tmp_path, "flac")
    done = place(record(path))
    path.unlink()
    assert place(done.stdout.strip()).stdout == done.stdout


@pytest.mark.parametrize("harm", ["missing", "elsewhere"])
def test_a_placed_file_that_does_not_prove_right_is_placed_again(harm, audio, place, run, tmp_path, library):
    done = place(record(audio / "a.flac")).only
    path = pathlib.Path(done["placed"]["path"])
    content = path.read_bytes()
    if harm == "missing":
        path.unlink()
    target = tmp_path / "Other" if harm == "elsewhere" else library
    again = run("place", "--library", target, stdin=lines(done)).only["placed"]
    assert pathlib.Path(again["path"]).read_bytes() == content
    assert again["path"].startswith(str(target)) and again["path"].endswith("_.flac")


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_of_the_track_that_somebody_edited_stays_and_is_the_answer(form, audio, place, library):
    source = record(audio / f"a.{form}")
    path = pathlib.Path(place(source).only["placed"]["path"])
    tags = mutagen.File(path)
    if tags.tags is None:
        tags.add_tags()
    if form in ("mp3", "wav"):
        tags.tags.add(mutagen.id3.TPE1(encoding=3, text="By hand " * 200))
    else:
        tags["\xa9ART" if form == "m4a" else "artist"] = ["By hand " * 200]
    tags.save()
    before = tree(library)
    again = place(source, record(audio / f"b.{form}" if form == "flac" else audio / "b.flac", id="c:track:8")).records
    assert again[0]["placed"]["path"] == str(path) and again[0]["placed"]["bytes"] == path.stat().st_size and again[0]["placed"]["sha256"] == digest(path)
    assert {name: value for name, value in tree(library).items() if name in before} == before and len(list(library.rglob(f"*.{form}"))) == (2 if form == "flac" else 1)
    # Another track of that name gets a name of its own.
    assert again[1]["placed"]["path"] != str(path)


def test_an_id_that_only_looks_the_same_is_another_track(audio, place, library):
    one, other = "c:track:\u00e9", "c:track:e\u0301"
    paths = [r["placed"]["path"] for r in place(record(audio / "a.flac", id=one), record(audio / "b.flac", id=other)).records]
    assert len(set(paths)) == 2


def test_other_content_gets_another_name_and_keeps_it(audio, place, library):
    pair = [record(audio / "a.flac", id="c:track:1"), record(audio / "b.flac", id="c:track:2"),
            record(audio / "a.flac", id="c:track:3", artwork=audio / "cover.jpg"), record(audio / "a.flac", id="c:track:1")]
    first = place(*pair)
    names = [os.path.basename(r["placed"]["path"]) for r in first.records]
    stem = "1-04 - Über _ alles_"
    assert names == [f"{stem}.flac", f"{stem} (2).flac", f"{stem} (3).flac", f"{stem}.flac"]
    before = tree(library)
    assert place(*pair).stdout == first.stdout and tree(library) == before


def test_names_that_only_some_file_systems_tell_apart_are_one(audio, place, library):
    def named(id, artist, title):
        return record(audio / "a.flac", id=f"c:track:{id}", track={"artist": artist, "album": "A", "title": title})

    records = [named(1, "The Band", "Stra\u00dfe"), named(2, "THE BAND", "STRASSE"), named(3, "the band", "Cafe\u0301"), named(4, "The Band", "CAF\u00c9")]
    first = place(*records)
    names = [str(pathlib.Path(r["placed"]["path"]).relative_to(library)) for r in first.records]
    assert names == [f"The Band/A/{name}.flac" for name in ("Stra\u00dfe", "STRASSE (2)", "Caf\u00e9", "CAF\u00c9 (2)")]
    assert place(*records).stdout == first.stdout and len(tree(library)) == 4


@pytest.mark.parametrize("obstacle", ["folder", "link"])
def test_a_name_that_no_file_has_is_taken_too(obstacle, audio, place, library, tmp_path):
    folder = library / "Anna" / "Erste_ Lieder"
    folder.mkdir(parents=True)
    taken = folder / "1-04 - Über _ alles_.flac"
    taken.mkdir() if obstacle == "folder" else taken.symlink_to(tmp_path / "nowhere")
    assert place(record(audio / "a.flac")).only["placed"]["path"] == str(folder / "1-04 - Über _ alles_ (2).flac")
    assert not (tmp_path / "nowhere").exists()


def start(library, *records):
    process = subprocess.Popen([PROGRAMS / "place", "--library", library], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, env=ENVIRONMENT)
    return process, lines(*records)


def finish(*started):
    for process, text in started:
        process.stdin.write(text)
        process.stdin.close()
        process.stdin = None
    answers = []
    for process, _ in started:
        out, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        answers.append([json.loads(line) for line in out.splitlines()])
    return answers


def test_twins_at_once_each_get_a_file(audio, library):
    def records(path, name):
        return [record(path, id=f"c:track:{name}{n}", track={"title": f"T{n}"}) for n in range(40)]

    one, two = finish(start(library, *records(audio / "a.flac", "a")), start(library, *records(audio / "b.flac", "b")))
    paths = [r["placed"]["path"] for r in one + two]
    assert len(set(paths)) == 80 and len(tree(library)) == 80
    assert all(digest(r["placed"]["path"]) == r["placed"]["sha256"] for r in one + two)
    for n in range(40):
        folder = library / "Unknown Artist" / "Unknown Album"
        assert {one[n]["placed"]["path"], two[n]["placed"]["path"]} == {str(folder / f"T{n}.flac"), str(folder / f"T{n} (2).flac")}


def test_one_id_in_two_processes_is_never_written_by_both(audio, library):
    source = [record(audio / "a.flac", id=f"c:track:{n}", track={"title": f"T{n}"}) for n in range(40)]
    for answers in finish(start(library, *source), start(library, *source)):
        assert all("placed" in r or (r["class"], r["code"]) == ("transient", "busy") for r in answers)
    assert len(tree(library)) == 40


# Faults


def test_every_line_has_its_answer(audio, place, library):
    good = record(audio / "a.flac")
    given = [
        good, "{", record(audio / "b.flac", id="c:track:8", parent="c:album:1", seq=2), '{"v":2,"kind":"track","id":"c:track:9"}',
        {"v": 1, "kind": "track", "id": "c:track:10"}, "", {"v": 1, "kind": "error", "id": "c:track:11", "class": "permanent"},
        {"v": 1, "kind": "done", "id": "c:album:1", "n": 2}, {"v": 1, "kind": "x_new", "id": "n"}, "x" * 1_048_600,
        b'{"v":1,"kind":"track","id":"\xff"}', record(audio / "cover.jpg", id="c:track:12", form="flac"), good]
    outcome = place(*given)
    assert outcome.status == 0
    assert [(r["kind"], r["id"], r.get("code")) for r in outcome.records] == [
        ("track", "c:track:7", None), ("error", "line:2", "not_json"), ("track", "c:track:8", None), ("error", "c:track:9", "version"),
        ("error", "c:track:10", "no_file"), ("error", "c:track:11", None), ("done", "c:album:1", None), ("x_new", "n", None),
        ("error", "line:10", "line_too_long"), ("error", "line:11", "not_json"), ("error", "c:track:12", "not_audio"),
        ("track", "c:track:7", None)]
    assert len(tree(library)) == 2


def fault(place, source, **more):
    outcome = place(source, **more)
    answer = outcome.only
    assert outcome.status == 0 and answer["kind"] == "error" and answer["stage"] == "place" and answer["record"] == source
    assert answer["message"] in outcome.stderr
    return answer["class"], answer["code"]


def test_a_record_without_a_file_comes_too_early(audio, place):
    assert fault(place, record(audio / "a.flac", file=None)) == ("config", "no_file")


def test_a_wrapped_file_comes_too_early(audio, place, library):
    cipher = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
    source = record(audio / "a.flac")
    source["file"]["cipher"] = cipher
    assert fault(place, source) == ("config", "still_wrapped")
    assert tree(library) == {}


def test_a_file_that_is_gone_is_stale(audio, place):
    source = record(audio / "a.flac")
    source["file"]["path"] += ".gone"
    assert fault(place, source) == ("stale", "no_file")


def test_a_folder_for_a_file_is_stale(audio, place):
    source = record(audio / "a.flac")
    source["file"]["path"] = str(audio)
    assert fault(place, source) == ("stale", "no_file")


def test_a_file_of_another_length_is_stale(audio, place, library):
    source = record(audio / "a.flac")
    source["file"]["bytes"] += 1
    assert fault(place, source) == ("stale", "wrong_length")
    assert tree(library) == {}


def hole(path, at, size=4096):
    """What a power cut leaves of a file that was not durable: its length, and zeros where bytes had been."""
    with open(path, "r+b") as file:
        file.seek(at)
        file.write(bytes(min(size, os.path.getsize(path) - at)))


@pytest.mark.parametrize("part", ["the beginning", "the middle", "the end", "all"])
@pytest.mark.parametrize("form", FORMATS)
def test_a_file_with_a_hole_is_stale_and_never_placed(form, part, audio, place, library, tmp_path):
    path = tagged(audio, tmp_path, form)
    source = record(path)
    size = path.stat().st_size
    hole(path, {"the beginning": 0, "the middle": size // 2, "the end": size - 4096, "all": 0}[part], size if part == "all" else 4096)
    assert fault(place, source) == ("stale", "wrong_digest")
    assert tree(library) == {}


def test_a_cover_with_a_hole_is_stale(audio, place, library, tmp_path):
    art = shutil.copy(audio / "cover.jpg", tmp_path / "art")
    source = record(audio / "a.flac", artwork=art)
    hole(art, 1000)
    assert fault(place, source) == ("stale", "wrong_digest")
    assert tree(library) == {}


@pytest.mark.parametrize("form", FORMATS)
def test_garbage_is_not_audio(form, place, library, tmp_path):
    path = tmp_path / f"page.{form}"
    path.write_text("<html>sorry</html>" * 100)
    assert fault(place, record(path)) == ("permanent", "not_audio")
    assert not any(library.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_a_head_without_a_body_is_bad_audio(form, audio, place, library, tmp_path):
    path = tmp_path / f"cut.{form}"
    head = (audio / f"a.{form}").read_bytes()
    path.write_bytes(b"ID3\x04\x00\x00\x00\x00\x00\x00" + b"no frame " * 99 if form == "mp3" else head[:40] + b"\x00" * 400)
    assert fault(place, record(path)) == ("permanent", "bad_audio")
    assert not any(library.iterdir())


def headers(data, form):
    """All that stands before the sound, whole."""
    if form == "flac":
        place = 4
        while True:
            head, place = data[place], place + 4 + int.from_bytes(data[place + 1:place + 4], "big")
            if head & 0x80:
                return data[:place]
    if form == "m4a":
        atoms, place = {}, 0
        while place < len(data):
            size = int.from_bytes(data[place:place + 4], "big")
            atoms[data[place + 4:place + 8]], place = data[place:place + size], place + size
        return b"".join(atom for name, atom in atoms.items() if name != b"mdat")
    pages = [match.start() for match in re.finditer(b"OggS", data)]
    return data[:pages[2]]


@pytest.mark.parametrize("form", ["flac", "ogg", "opus", "m4a"])
def test_headers_with_no_sound_behind_them_are_bad_audio(form, audio, place, library, tmp_path):
    path = tmp_path / f"head.{form}"
    path.write_bytes(headers((audio / f"a.{form}").read_bytes(), form))
    assert fault(place, record(path)) == ("permanent", "bad_audio")
    assert not any(library.iterdir())


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_is_placed_as_what_it_is(form, audio, place):
    announced = "mp3" if form != "mp3" else "flac"
    outcome = place(record(audio / f"a.{form}", form=announced))
    assert outcome.only["placed"]["format"] == form and outcome.only["placed"]["path"].endswith(f".{form}")
    assert outcome.only["media"]["format"] == announced
    assert outcome.stderr == f"place: c:track:7 is {form}, not {announced} as announced\n"


@pytest.mark.parametrize("harm", ["gone", "text", "short", "huge"])
def test_artwork_that_is_of_no_use_is_no_failure_and_what_was_lost_is_to_be_had_again(harm, audio, place, tmp_path, library):
    art = tmp_path / "art"
    art.write_bytes(b"<html>" * 9 if harm == "text" else (audio / "cover.jpg").read_bytes())
    source = record(audio / "a.flac", artwork=art)
    if harm == "gone":
        art.unlink()
    if harm == "short":
        source["file"]["artwork"]["bytes"] += 5
    if harm == "huge":
        os.truncate(art, 17 << 20)
        source["file"]["artwork"]["bytes"] = 17 << 20
    outcome = place(source)
    if harm in ("gone", "short"):
        assert (outcome.only["class"], outcome.only["code"]) == ("stale", "no_file") and tree(library) == {}
        return
    assert "left out the artwork" in outcome.stderr
    assert mutagen.flac.FLAC(outcome.only["placed"]["path"]).pictures == []


def test_a_link_does_not_lead_out_of_the_library(audio, place, library, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    library.mkdir()
    (library / "Anna").symlink_to(outside)
    assert fault(place, record(audio / "a.flac")) == ("permanent", "outside_library")
    assert list(outside.iterdir()) == []


def test_a_link_within_the_library_is_followed(audio, place, library):
    (library / "Real").mkdir(parents=True)
    (library / "Anna").symlink_to("Real")
    assert place(record(audio / "a.flac")).only["placed"]["path"].startswith(str(library / "Anna"))
    assert [name.split("/")[0] for name in tree(library)] == ["Real"]


def test_the_library_may_be_a_link_and_relative(audio, run, tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "Music").symlink_to("disk")
    done = run("place", "--library", "./Music/", stdin=lines(record(audio / "a.flac")))
    assert done.only["placed"]["path"].startswith(f"{tmp_path}/Music/Anna/")
    assert run("place", "--library", "./Music/", stdin=done.stdout).stdout == done.stdout


def test_a_full_disk_parks_the_stage_and_leaves_nothing(audio, library):
    """The limit on file sizes stands for the disk: at each step that writes, in its turn."""
    size = os.path.getsize(audio / "a.flac")
    for limit in [0, size // 2, size, size + 100, size + 5000]:
        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        done = subprocess.run([PROGRAMS / "place", "--library", library], preexec_fn=limited, env=ENVIRONMENT, timeout=60,
                              input=lines(record(audio / "a.flac", artwork=audio / "cover.jpg")), capture_output=True)
        answer = json.loads(done.stdout)
        assert (done.returncode, answer.get("class"), answer.get("code")) == (0, "config", "disk_full")
        assert tree(library) == {}


@pytest.mark.parametrize("album", [{"album": "Al"}, {}], ids=["cover", "lyrics"])
def test_what_a_full_disk_keeps_from_lying_beside_a_track_comes_with_the_next_try(album, audio, place, library, tmp_path):
    """The limit on file sizes stands for the disk, between the size of the audio and that of what lies beside it."""
    size = os.path.getsize(audio / "a.flac")
    cover = tmp_path / "large.jpg"
    cover.write_bytes((audio / "cover.jpg").read_bytes() + bytes(2 * size + 100_000))
    source = record(audio / "a.flac", track={"title": "T", **album}, artwork=cover) if album else record(
        audio / "a.flac", track={"title": "T", "synced_lyrics": "[00:01.00] la\n" * (size // 10 + 10_000)})

    def limited():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 90_000, size + 90_000))

    command = ["place", "--library", library, "--cover-limit", "1000"]
    done = subprocess.run([PROGRAMS / command[0], *command[1:]], preexec_fn=limited, env=ENVIRONMENT, timeout=60, input=lines(source), capture_output=True)
    answer = json.loads(done.stdout)
    assert (answer.get("class"), answer.get("code")) == ("config", "disk_full") and tree(library) == {}
    assert place(source, options=["--cover-limit", "1000"]).only["kind"] == "track"
    assert {pathlib.Path(path).suffix for path in tree(library)} >= ({".flac", ".jpg"} if album else {".flac", ".lrc"})


def test_a_really_full_disk_too(audio, run, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", disk], capture_output=True).returncode != 0:
        pytest.skip("no right to mount")
    try:
        source = [record(audio / "a.flac", id=f"c:track:{n}", track={"title": f"T{n}"}) for n in range(20)]
        answers = run("place", "--library", disk / "Music", stdin=lines(*source)).records
        placed = [r["placed"] for r in answers if r["kind"] == "track"]
        assert 0 < len(placed) < 20 and {r.get("code") for r in answers if r["kind"] == "error"} == {"disk_full"}
        assert len(tree(disk)) == len(placed) and all(digest(p["path"]) == p["sha256"] for p in placed)
        for p in placed:
            subprocess.run(["flac", "-ts", p["path"]], check=True)
    finally:
        subprocess.run(["umount", disk], check=True)


def test_a_library_that_cannot_be_written_to_parks_the_stage(audio):
    """As another user, since nothing is read-only to root."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o555)
        spool = pathlib.Path(tempfile.mkstemp(suffix=".flac")[1])
        spool.write_bytes((audio / "a.flac").read_bytes())
        spool.chmod(0o444)
        user = {"user": 65534} if os.geteuid() == 0 else {}
        # The checkout may lie where nobody but its owner can look.
        program = shutil.copy(PROGRAMS / "place", f"{spool}.place")
        done = subprocess.run([program, "--library", folder], input=lines(record(spool)), capture_output=True,
                              env=ENVIRONMENT, timeout=60, **user)
        spool.unlink()
        os.unlink(program)
        os.chmod(folder, 0o755)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["class"], answer["code"]) == (0, "config", "no_access")


def test_a_disk_that_becomes_read_only_is_no_records_fault(audio, place, library, tmp_path):
    (library / "A").mkdir(parents=True)
    shim = tmp_path / "failing.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", shim, ROOT / "Tests/crash/failing.c", "-ldl"], check=True)
    fault = {"LD_PRELOAD": str(shim), "SEGUE_FAIL": f"place mkdir 1 {errno.EROFS}", "SEGUE_FAIL_BELOW": str(library), "SEGUE_FAILED": str(tmp_path / "failed")}
    done = place(record(audio / "a.flac"), env=fault)
    assert (done.only["class"], done.only["code"]) == ("config", "read_only") and "mount it" in done.only["message"]


def test_a_library_that_cannot_be_made_ends_the_process(run, tmp_path):
    (tmp_path / "file").write_text("")
    outcome = run("place", "--library", tmp_path / "file" / "Music")
    assert outcome.status in (69, 78) and "cannot make the folder" in outcome.stderr


def big(audio, tmp_path):
    """A WAV of 600 MB that takes no room."""
    path = tmp_path / "big.wav"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo", "-t", 1, path)
    content, size = bytearray(path.read_bytes()), 600 << 20
    at = content.index(b"data")
    content[4:8] = (size - 8).to_bytes(4, "little")
    content[at + 4:at + 8] = (size - at - 8).to_bytes(4, "little")
    path.write_bytes(content[:at + 8])
    os.truncate(path, size)
    return path


def signalled(library, source, number):
    process, text = start(library, source)
    process.stdin.write(text)
    process.stdin.flush()
    deadline = time.monotonic() + 30
    while not list(library.rglob(".segue-*.part")):
        assert time.monotonic() < deadline and process.poll() is None
        time.sleep(0.001)
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    return process.returncode, out


def test_a_kill_in_the_middle_leaves_no_file_and_the_next_run_succeeds(audio, place, library, tmp_path):
    source = {**record(audio / "a.wav"), "file": spooled(big(audio, tmp_path))}
    status, out = signalled(library, source, signal.SIGKILL)
    assert (status, out) == (-9, b"")
    assert [p.name for p in library.rglob("*") if p.is_file() and not p.name.startswith(".")] == []
    done = place(source).only["placed"]
    assert [str(p) for p in library.rglob("*") if p.is_file()] == [done["path"]]


def test_a_signal_to_stop_finishes_what_is_in_hand(audio, library, tmp_path):
    source = {**record(audio / "a.wav"), "file": spooled(big(audio, tmp_path))}
    status, out = signalled(library, source, signal.SIGTERM)
    if status == 0:
        assert len(list(library.rglob("*.wav"))) == 1 and json.loads(out)["placed"]["format"] == "wav"
    else:
        assert (status, out, tree(library)) == (75, b"", {})


# The command line


@pytest.mark.parametrize("template, word", [
    ("%artst%", "artst"), ("{%title%", "{{"), ("/%title%", "/"), ("%title", "%%"), ("", "empty"), ("%title:2%", "width")])
def test_a_wrong_template_is_a_usage_error(template, word, place, library):
    outcome = place(options=["--template", template])
    assert outcome.status == 64 and word in outcome.stderr and outcome.stdout == b""
    assert not library.exists()


def test_a_plan_names_what_would_be_and_touches_nothing(place, library, tmp_path):
    track = {"v": 1, "kind": "track", "id": "c:track:7", "track": TRACK, "media": {"url": "http://127.0.0.1/x", "format": "mp3"}, "x_n": 1.0}
    bare = {"v": 1, "kind": "track", "id": "c:track:8", "media": {"url": "http://127.0.0.1/x", "format": "flac", "quality": "best"}, "placed": None}
    done = place(track, bare, {**bare, "media": None}, "nonsense", {"v": 1, "kind": "done", "id": "p", "n": 2}, options=["--plan"])
    assert done.records[0] == {**track, "placed": {"path": str(library / "Anna" / "Erste_ Lieder" / "1-04 - Über _ alles_.mp3")}}
    assert done.records[1]["placed"] == {"path": str(library / "Unknown Artist" / "Unknown Album" / "8.flac")}
    assert [(r["kind"], r.get("code")) for r in done.records[2:]] == [("error", "no_media"), ("error", "not_json"), ("done", None)]
    assert done.status == 0 and list(tmp_path.iterdir()) == []


def test_a_plan_and_what_is_done_name_the_same(audio, place):
    options = ["--template", "%albumartist%/%quality%/%title%"]
    records = [record(audio / "a.flac"), record(audio / "b.flac", id="c:track:8", track={"title": "x" * 400})]
    planned = [r["placed"]["path"] for r in place(*records, options=[*options, "--plan"]).records]
    assert planned == [r["placed"]["path"] for r in place(*records, options=options).records]


def test_a_plan_knows_a_link_that_leads_out_of_the_library(place, library, tmp_path):
    library.mkdir()
    (library / "Anna").symlink_to(tmp_path)
    track = {"v": 1, "kind": "track", "id": "c:track:7", "track": TRACK, "media": {"url": "http://127.0.0.1/x", "format": "mp3"}}
    assert place(track, options=["--plan"]).only["code"] == "outside_library"


@pytest.mark.parametrize("arguments", [[], ["--library"], ["--library", ""], ["--library", "x", "surplus"], ["--nonsense"]])
def test_wrong_arguments_are_usage_errors(arguments, run):
    outcome = run("place", *arguments)
    assert outcome.status == 64 and outcome.stderr and outcome.stdout == b""


def test_the_stage_describes_itself(run):
    outcome = run("place", "--describe")
    assert outcome.status == 0
    assert {k: outcome.only[k] for k in ["name", "contract", "mode", "reads", "writes", "window"]} == {
        "name": "place", "contract": 1, "mode": "map", "reads": ["track", "media", "file"], "writes": ["track", "placed"], "window": 16}


def test_help_shows_the_template_and_its_fields(run):
    outcome = run("place", "--help")
    assert outcome.status == 0
    text = b" ".join(outcome.stdout.split())
    for word in [b"--library", b"--template", b"%albumartist%/%album%/{%multidisc%-}{%track% - }%title%", b"tracktotal"]:
        assert word in text
