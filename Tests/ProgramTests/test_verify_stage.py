"""verify: the damage that each format lets one see is seen, and nothing else is taken for damage."""

import hashlib
import json
import os
import pathlib
import random
import re
import signal
import struct
import subprocess
import time

import pytest
from programs import lines

SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
MUSIC = pathlib.Path("/usr/share/games/asc/music")
SECONDS = 12
ENCODERS = {
    "flac": ["-c:a", "flac"], "mp3": ["-c:a", "libmp3lame", "-b:a", "128k"], "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"], "m4a": ["-c:a", "aac"], "wav": ["-c:a", "pcm_s16le"]}
PAGE = b"<!doctype html><html><head><title>Not found</title></head><body><p>Gone.</p></body></html>\n"


def noise(count, seed=1):
    return random.Random(seed).randbytes(count)


def flip(data, form):
    """One bit, in the middle of the sound: of MP3 not in a frame's header, which is four bytes of some hundred."""
    place = len(data) // 2
    if form == "mp3":
        place = data.index(b"\xff\xfb", place) + 60
    return data[:place] + bytes([data[place] ^ 0x10]) + data[place + 1:]


def scatter(data, start, end):
    """Every third 2 KiB from start to end become noise."""
    out = bytearray(data)
    for place in range(start, end - 2047, 3 * 2048):
        out[place:place + 2048] = noise(2048, place)
    return bytes(out)


def middle(data, what):
    place = len(data) // 2
    return data[:place] + what + data[place + len(what):]


DAMAGE = {
    "cut at 60 %": lambda data, form: data[:len(data) * 6 // 10],
    "one byte short": lambda data, form: data[:-1],
    "one bit flipped": flip,
    "2 KiB zeroed": lambda data, form: middle(data, bytes(2048)),
    "a wrong key": lambda data, form: scatter(data, 0, len(data)),
    "a wrong key, but for its ends": lambda data, form: scatter(data, len(data) // 4, len(data) * 3 // 4),
    "2 KiB appended": lambda data, form: data + noise(2048),
    "2 KiB of zeros appended": lambda data, form: data + bytes(2048),
    "a page instead": lambda data, form: PAGE * 50,
}
# Under what code each format shows it. Where none stands the format has nothing to show it by: the sound in MP3, M4A
# and WAV has no checksum, though of MP3 the frames' headers stand in the midst of it.
SHOWN = {
    "cut at 60 %": dict.fromkeys(ENCODERS, "damaged"),
    "one byte short": dict.fromkeys(ENCODERS, "damaged"),
    "one bit flipped": {"flac": "damaged", "ogg": "damaged", "opus": "damaged", "mp3": None, "m4a": None, "wav": None},
    "2 KiB zeroed": {"flac": "damaged", "ogg": "damaged", "opus": "damaged", "mp3": "damaged", "m4a": None, "wav": None},
    "a wrong key": dict.fromkeys(ENCODERS, "not_audio"),
    "a wrong key, but for its ends": {"flac": "damaged", "ogg": "damaged", "opus": "damaged", "mp3": "damaged", "m4a": None, "wav": None},
    "2 KiB appended": dict.fromkeys(ENCODERS, "damaged"),
    "2 KiB of zeros appended": dict.fromkeys(ENCODERS, "damaged"),
    "a page instead": dict.fromkeys(ENCODERS, "not_audio"),
}


def encode(target, *options, source=None, start=0, seconds=SECONDS):
    """Real sound as the target's name says; the samples are short, so that one is played again and again."""
    source = source or SAMPLES / "loop_amen_full.flac"
    command = ["ffmpeg", "-v", "error", "-y", "-stream_loop", "-1", "-ss", start, "-t", seconds, "-i", source, "-map_metadata", "-1", *options, target]
    subprocess.run(list(map(str, command)), check=True)
    return target.read_bytes()


@pytest.fixture(scope="session")
def sound(tmp_path_factory):
    """The same real sound in each format, as bytes."""
    folder = tmp_path_factory.mktemp("sound")
    return {form: encode(folder / f"sound.{form}", *options) for form, options in ENCODERS.items()}


@pytest.fixture
def record(tmp_path):
    """record(data, n, media={...}, duration_s=...) -> a record whose file holds these bytes."""

    def make(data, n=1, media=None, **track):
        path = tmp_path / f"{n}.media"
        path.write_bytes(data)
        more = {"track": track} if track else {}
        return {
            "v": 1, "kind": "track", "id": f"c:track:{n}", **more, "media": {"url": "http://m.example.org/1", "format": "mp3", **(media or {})},
            "file": {"path": str(path), "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}}

    return make


def passes(outcome, stdin):
    """Asserts that every record came out byte for byte, and nothing was said."""
    told = [r.get("message") for r in outcome.records if r["kind"] == "error"]
    assert outcome.stdout == stdin and outcome.status == 0 and outcome.stderr == "", told


def refused(outcome, *wanted):
    error = outcome.only
    assert (error["kind"], error["class"], error["code"]) == ("error", *wanted), error
    said = f"verify: gave up on {error['id']}: " if wanted[0] == "permanent" else f"verify: {error['id']} failed for now: "
    assert outcome.status == 0 and outcome.stderr.startswith(said)
    assert error["message"][-1] != "." and "\n" not in error["message"]
    return error


@pytest.mark.parametrize("form", ENCODERS)
@pytest.mark.parametrize("damage", DAMAGE)
def test_the_damage_that_a_format_shows_is_seen(run, record, sound, damage, form):
    data = DAMAGE[damage](sound[form], form)
    assert data != sound[form]
    stdin = lines(record(data))
    done = run("verify", stdin=stdin)
    if code := SHOWN[damage][form]:
        refused(done, "stale", code)
    else:
        passes(done, stdin)


@pytest.mark.parametrize("form", ENCODERS)
def test_what_is_whole_passes_byte_for_byte(run, record, sound, form):
    line = json.dumps(record(sound[form], duration_s=SECONDS)).replace('"v": 1', '"v":1,"x_mine":{"n":9007199254740993,"f":1.0,"s":"\\u2028"}')
    passes(run("verify", stdin=lines(line)), lines(line))
    assert (pathlib.Path(json.loads(line)["file"]["path"])).read_bytes() == sound[form]


def test_no_file_of_two_real_collections_is_taken_for_damaged(run):
    files = [*SAMPLES.glob("*.flac"), *MUSIC.glob("*.mp3")]
    assert len(files) > 160
    stdin = lines(*({"v": 1, "kind": "track", "id": f"c:track:{n}", "file": {"path": str(file), "bytes": file.stat().st_size, "sha256": "0" * 64}}
                    for n, file in enumerate(files)))
    passes(run("verify", stdin=stdin), stdin)


ID3V1 = b"TAG" + b"title".ljust(30, b"\0") * 3 + b"2001" + b"comment".ljust(30, b"\0") + b"\x05"
EXTENDED = b"TAG+".ljust(227, b"\0")
ITEM = struct.pack("<II", 5, 0) + b"Title\0Title"


def ape(header=True):
    def end(flags):
        return b"APETAGEX" + struct.pack("<IIII", 2000, len(ITEM) + 32, 1, flags) + bytes(8)

    return (end(0xA0000000) if header else b"") + ITEM + end(0x80000000 if header else 0)


LYRICS = b"LYRICSBEGININD0000200" + b"LYR00005hello" + b"000034LYRICS200"
OLD_LYRICS = b"LYRICSBEGIN" + b"hello " * 200 + b"LYRICSEND"
APPENDED = b"ID3\x04\0\x10\0\0\0\x10" + bytes(16) + b"3DI\x04\0\x10\0\0\0\x10"
TAILS = {
    "ID3v1": ID3V1, "extended ID3v1": EXTENDED + ID3V1, "APE": ape(), "APE without a header": ape(False), "APE, ID3v1": ape() + ID3V1,
    "Lyrics3, ID3v1": LYRICS + ID3V1, "APE, Lyrics3, ID3v1": ape() + LYRICS + ID3V1, "Lyrics3, APE": LYRICS + ape(), "old Lyrics3, ID3v1": OLD_LYRICS + ID3V1,
    "ID3v2 behind": APPENDED}


@pytest.mark.parametrize("form", ["mp3", "flac"])
@pytest.mark.parametrize("tail", TAILS)
def test_tags_behind_the_sound_are_no_damage(run, record, sound, form, tail):
    stdin = lines(record(sound[form] + TAILS[tail]))
    passes(run("verify", stdin=stdin), stdin)


@pytest.mark.parametrize("form", ["mp3", "flac"])
@pytest.mark.parametrize("tail", TAILS)
def test_a_cut_in_front_of_tags_is_seen(run, record, sound, form, tail):
    refused(run("verify", stdin=lines(record(sound[form][:-100] + TAILS[tail]))), "stale", "damaged")


@pytest.mark.parametrize("form", ["mp3", "flac"])
def test_tags_in_front_of_the_sound_are_no_damage(run, record, sound, form):
    # ffmpeg writes one before MP3 itself.
    clear = sound[form][sound[form].index(b"\xff\xfb"):] if form == "mp3" else sound[form]
    tag = b"ID3\x04\0\0\0\0\x08\0" + b"TIT2\0\0\0\x06\0\0\x03Title" + bytes(1024 - 16)
    for front in (b"", tag, tag + tag) if form == "mp3" else (b"", tag):
        stdin = lines(record(front + clear))
        passes(run("verify", stdin=stdin), stdin)


def test_bytes_between_the_tag_and_the_first_frame_are_damage_unless_they_are_zeros(run, record, sound):
    clear = sound["mp3"][sound["mp3"].index(b"\xff\xfb"):]
    tag = b"ID3\x04\0\0\0\0\x08\0" + b"TIT2\0\0\0\x06\0\0\x03Title" + bytes(1024 - 16)
    stdin = lines(record(tag + bytes(3000) + clear))
    passes(run("verify", stdin=stdin), stdin)
    assert "first frame" in refused(run("verify", stdin=lines(record(tag + b"some other bytes" + clear))), "stale", "damaged")["message"]


def test_a_lost_frame_is_missed_by_the_count_in_the_first(run, record, sound):
    clear = sound["mp3"][sound["mp3"].index(b"\xff\xfb"):]
    assert b"Info" in clear[:100]
    length = clear.index(b"\xff\xfb", 400)
    frames = [length]
    while frames[-1] < len(clear):
        header = clear[frames[-1] + 2]
        frames.append(frames[-1] + 144 * 128_000 // 44_100 + (header >> 1 & 1))
    assert frames[-1] == len(clear)
    lost = record(clear[:frames[100]] + clear[frames[103]:])
    error = refused(run("verify", stdin=lines(lost)), "stale", "damaged")
    assert (words := f"has {len(frames) - 4} frames, not {len(frames) - 1}") in error["message"]
    # In an episode whoever puts something in seldom counts anew.
    stdin = lines({**lost, "offer": lost["media"]})
    done = run("verify", stdin=stdin)
    assert done.stdout == stdin and words in done.stderr
    refused(run("verify", stdin=lines({**lost, "offer": lost["media"], "file": record(clear[:-9], 2)["file"]})), "stale", "damaged")


@pytest.mark.parametrize("between", [b"", ID3V1])
def test_parts_that_were_put_together_are_whole_and_what_else_is_between_them_is_damage(run, record, sound, between):
    assert sound["mp3"].startswith(b"ID3")
    stdin = lines(record(sound["mp3"] + between + sound["mp3"] + sound["mp3"], duration_s=3 * SECONDS))
    passes(run("verify", stdin=stdin), stdin)
    refused(run("verify", stdin=lines(record(sound["mp3"] + between + b"ID3 and no tag" + sound["mp3"]))), "stale", "damaged")
    refused(run("verify", stdin=lines(record(sound["mp3"] + between + sound["mp3"][:-50]))), "stale", "damaged")


@pytest.mark.parametrize("options", [
    ["-c:a", "libmp3lame", "-q:a", "2"], ["-c:a", "libmp3lame", "-b:a", "320k"], ["-c:a", "libmp3lame", "-b:a", "64k", "-ar", "22050", "-ac", "1"],
    ["-c:a", "libmp3lame", "-b:a", "32k", "-ar", "8000"], ["-c:a", "libmp3lame", "-b:a", "128k", "-write_xing", "0"],
    ["-c:a", "libmp3lame", "-id3v2_version", "0", "-write_id3v1", "1"], ["-c:a", "libmp3lame", "-joint_stereo", "0", "-abr", "1", "-b:a", "150k"]])
def test_mp3_of_all_kinds_passes(run, record, tmp_path, options):
    stdin = lines(record(encode(tmp_path / "x.mp3", *options), duration_s=SECONDS))
    passes(run("verify", "--tolerance", "0.2", stdin=stdin), stdin)


@pytest.mark.parametrize("form,options", [
    ("m4a", ["-c:a", "aac", "-movflags", "+faststart"]), ("m4a", ["-c:a", "aac", "-movflags", "+frag_keyframe+empty_moov", "-frag_duration", "2000000"]),
    ("m4a", ["-c:a", "alac"]), ("wav", ["-c:a", "pcm_u8", "-ac", "1", "-ar", "8000"]), ("wav", ["-c:a", "pcm_s24le"]), ("wav", ["-c:a", "pcm_f32le"]),
    ("wav", ["-c:a", "pcm_s16le", "-metadata", "title=odd"]), ("flac", ["-c:a", "flac", "-sample_fmt", "s32", "-compression_level", "12"]),
    ("flac", ["-c:a", "flac", "-ac", "1", "-ar", "8000"]), ("ogg", ["-c:a", "flac", "-f", "ogg"]), ("opus", ["-c:a", "libopus", "-b:a", "16k", "-ac", "1"])])
def test_other_kinds_of_each_container_pass(run, record, tmp_path, form, options):
    stdin = lines(record(encode(tmp_path / f"x.{form}", *options)))
    passes(run("verify", stdin=stdin), stdin)


def test_what_was_written_into_a_pipe_does_not_know_its_length_and_passes(run, record):
    for form, coder in (("wav", "pcm_s16le"), ("flac", "flac")):
        command = ["ffmpeg", "-v", "error", "-i", SAMPLES / "loop_amen.flac", "-c:a", coder, "-f", form, "-"]
        data = subprocess.run(list(map(str, command)), capture_output=True, check=True).stdout
        stdin = lines(record(data))
        passes(run("verify", stdin=stdin), stdin)


def test_tags_and_pictures_that_place_writes_are_no_damage(run, record, sound, tmp_path):
    asked = []
    for n, (form, data) in enumerate(sound.items()):
        made = record(data, n, {"format": form})
        placed = run("place", "--library", tmp_path / "Music", stdin=lines({**made, "track": {"title": f"Title {n}", "artists": ["A", "B"], "lyrics": "la " * 500}})).only["placed"]
        made["file"] |= {"path": placed["path"], "bytes": placed["bytes"]}
        asked.append(made)
    passes(run("verify", stdin=lines(*asked)), lines(*asked))


def test_a_wav_header_that_leaves_chunks_out_is_no_damage(run, record, sound):
    data = sound["wav"]
    for told, more in ((len(data) - 20, b""), (len(data) - 8, b"LIST\4\0\0\0INFO"), (len(data) - 7, b"odd \1\0\0\0?")):
        stdin = lines(record(data[:4] + struct.pack("<I", told) + data[8:] + more, duration_s=SECONDS))
        passes(run("verify", stdin=stdin), stdin)
    for told, more in ((len(data) - 7, b""), (len(data) - 8, b"?"), (len(data) - 8, b"LIST\5\0\0\0INFO"), (len(data) - 8, bytes(8))):
        refused(run("verify", stdin=lines(record(data[:4] + struct.pack("<I", told) + data[8:] + more))), "stale", "damaged")


def streaminfo(data):
    """Where the MD5 of a FLAC file stands, and its count of samples."""
    return data.index(b"fLaC") + 8 + 18, data.index(b"fLaC") + 8 + 13


def test_flac_without_an_md5_or_a_count_passes_and_its_frames_still_count(run, record, sound):
    md5, count = streaminfo(sound["flac"])
    bare = bytearray(sound["flac"])
    bare[md5:md5 + 16] = bytes(16)
    stdin = lines(record(bytes(bare)))
    passes(run("verify", stdin=stdin), stdin)
    refused(run("verify", stdin=lines(record(flip(bytes(bare), "flac")))), "stale", "damaged")
    bare[count] &= 0xF0
    bare[count + 1:count + 5] = bytes(4)
    stdin = lines(record(bytes(bare) + ID3V1, duration_s=SECONDS))
    passes(run("verify", stdin=stdin), stdin)
    for damaged in (bytes(bare[:-1]), bytes(bare) + b"?", bytes(bare[:-3000])):
        refused(run("verify", stdin=lines(record(damaged))), "stale", "damaged")


def test_flac_with_another_md5_or_another_count_is_damaged(run, record, sound):
    md5, count = streaminfo(sound["flac"])
    for place, change, words in ((md5, 1, "MD5"), (count + 4, 1, "samples|not a frame"), (count, 1, "samples")):
        other = bytearray(sound["flac"])
        other[place] ^= change
        assert re.search(words, refused(run("verify", stdin=lines(record(bytes(other)))), "stale", "damaged")["message"])


def pages(data):
    found = []
    while data:
        assert data[:4] == b"OggS"
        length = 27 + data[26] + sum(data[27:27 + data[26]])
        found.append(data[:length])
        data = data[length:]
    return found


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_a_chain_of_streams_is_whole_and_as_long_as_all_of_them(run, record, sound, tmp_path, form):
    other = encode(tmp_path / f"other.{form}", *ENCODERS[form], start=1, seconds=7)
    # The same stream twice has one serial number twice.
    for chain, seconds in ((sound[form] + other, SECONDS + 7), (other + other + other, 21)):
        stdin = lines(record(chain, duration_s=seconds))
        passes(run("verify", "--tolerance", "0.3", stdin=stdin), stdin)


@pytest.mark.parametrize("form", ["ogg", "opus"])
def test_pages_that_are_lost_or_strange_are_seen(run, record, sound, form):
    whole = pages(sound[form])
    assert len(whole) > 6
    wrong = [
        ("page 5 of a stream in place of page 4", whole[:4] + whole[5:]), ("page 3 of a stream in place of page 4", whole[:4] + whole[3:]),
        ("without the last page", whole[:-1]), ("after the last one", whole + whole[-1:]), ("of an unknown stream", whole[1:]),
        ("no page is at", [*whole[:3], b"some bytes", *whole[3:]]), ("before it has ended", whole[:-1] + whole)]
    for words, order in wrong:
        error = refused(run("verify", stdin=lines(record(b"".join(order)))), "stale", "damaged")
        assert words in error["message"], error["message"]


def test_damage_is_told_with_its_place(run, record, sound):
    for form in ("flac", "ogg"):
        error = refused(run("verify", stdin=lines(record(flip(sound[form], form)))), "stale", "damaged")
        place, total = re.search(r"at (\d+) of (\d+) bytes has a wrong CRC$", error["message"]).groups()
        assert int(total) == len(sound[form]) and 0 <= len(sound[form]) // 2 - int(place) < 66_000


def test_tables_that_point_out_of_the_sound_are_damage(run, record, sound):
    data = bytearray(sound["m4a"])
    place = data.index(b"stco") + 12
    data[place:place + 4] = struct.pack(">I", len(data) - 10)
    refused(run("verify", stdin=lines(record(bytes(data)))), "stale", "damaged")
    data = bytearray(sound["m4a"])
    place = data.index(b"stsz") + 16
    data[place + 40:place + 44] = struct.pack(">I", 0x7FFFFFFF)
    refused(run("verify", stdin=lines(record(bytes(data)))), "stale", "damaged")


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("form", ENCODERS)
def test_no_bytes_at_all_stop_it(run, record, sound, form, seed):
    """Some bytes at the head, at the end and anywhere are others: whatever the verdict, there is one."""
    chance = random.Random(f"{form} {seed}")
    asked = []
    for n in range(20):
        data = bytearray(sound[form][:chance.choice([None, None, 100, 5000, 50_000])])
        for _ in range(chance.choice([1, 4, 30])):
            area = chance.choice([(0, 200), (len(data) - 3000, len(data)), (0, len(data))])
            data[chance.randrange(max(4, area[0]), area[1]) % len(data)] = chance.choice([0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256)])
        asked.append(record(bytes(data), n))
    done = run("verify", stdin=lines(*asked))
    assert done.status == 0 and [r["id"] for r in done.records] == [r["id"] for r in asked]
    assert {r.get("code", "damaged") for r in done.records} <= {"damaged", "not_audio"}


@pytest.mark.parametrize("form", ENCODERS)
@pytest.mark.parametrize("announced,options,isRight", [
    (SECONDS + 2.8, [], True), (SECONDS - 2.8, [], True), (SECONDS + 3.2, [], False), (SECONDS - 3.2, [], False), (SECONDS + 3.2, ["--tolerance", "4"], True),
    (SECONDS + 0.8, ["--tolerance", "0.5"], False), (3600, ["--tolerance", "inf"], True), (0, [], True)])
def test_the_sound_is_as_long_as_the_track(run, record, sound, form, announced, options, isRight):
    stdin = lines(record(sound[form], duration_s=announced))
    done = run("verify", *options, stdin=stdin)
    if isRight:
        passes(done, stdin)
    else:
        assert f"the track is {announced:.1f} s long" in refused(done, "stale", "wrong_duration")["message"]


@pytest.mark.parametrize("front", [bytes(700), b"\x11\x22\x33", b"APETAGEX" + struct.pack("<4I8x", 2000, 332, 1, 0xA0000000) + noise(300) + bytes(32)])
def test_mp3_may_have_something_in_front_that_players_pass_over(run, record, sound, front):
    stdin = lines(record(front + sound["mp3"], duration_s=SECONDS))
    passes(run("verify", stdin=stdin), stdin)
    refused(run("verify", stdin=lines(record(front + sound["mp3"][:-1], duration_s=SECONDS))), "stale", "damaged")


def test_a_length_that_a_list_told_is_a_hint(run, record, sound):
    told = record(sound["ogg"], duration_s=SECONDS + 60)
    told["offer"] = {"url": "http://h/a.ogg", "format": "ogg"}
    result = run("verify", stdin=lines(told))
    assert result.only == told and f"its list says {SECONDS + 60:.1f} s" in result.stderr


def test_a_preview_is_shorter_than_its_track(run, record, sound):
    stdin = lines(record(sound["mp3"], media={"quality": "preview"}, duration_s=240))
    passes(run("verify", stdin=stdin), stdin)
    refused(run("verify", stdin=lines(record(sound["mp3"][:-1], media={"quality": "preview"}, duration_s=240))), "stale", "damaged")


@pytest.mark.parametrize("digest", ["sha256", "clear_sha256"])
def test_what_a_digest_has_proved_would_come_again_as_it_is(run, record, sound, digest):
    media = {digest: "ab" * 32}
    refused(run("verify", stdin=lines(record(sound["flac"][:-1], media=media))), "permanent", "damaged")
    refused(run("verify", stdin=lines(record(PAGE, media=media))), "permanent", "not_audio")
    refused(run("verify", stdin=lines(record(sound["flac"], media=media, duration_s=99))), "permanent", "wrong_duration")


CIPHER = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}


@pytest.mark.parametrize("digest", ["sha256", "clear_sha256"])
def test_what_has_the_digest_that_the_catalog_tells_passes_at_once_and_with_all_it_is_looked_at(run, record, sound, digest):
    data = sound["ogg"][:-1]
    stdin = lines(record(data, media={digest: hashlib.sha256(data).hexdigest().upper()}, duration_s=99))
    passes(run("verify", stdin=stdin), stdin)
    refused(run("verify", "--all", stdin=stdin), "permanent", "damaged")


@pytest.mark.parametrize("media", [
    # What proves the wrapped bytes says nothing of those that came out.
    lambda right: {"sha256": right, "cipher": CIPHER}, lambda right: {"sha256": right, "clear_sha256": "ab" * 32}, lambda right: {"sha256": "ab" * 32}])
def test_what_another_digest_proves_is_looked_at(run, record, sound, media):
    data = sound["flac"][:-1]
    refused(run("verify", stdin=lines(record(data, media=media(hashlib.sha256(data).hexdigest())))), "permanent", "damaged")


def test_what_the_library_has_already_is_not_looked_at(run, record, sound, tmp_path):
    (tmp_path / "there.mp3").write_bytes(sound["mp3"][:-1])
    there = {**record(sound["mp3"]), "placed": {"path": str(tmp_path / "there.mp3"), "bytes": len(sound["mp3"]) - 1, "sha256": "0" * 64, "format": "mp3"}}
    os.remove(there["file"]["path"])
    bare = {name: value for name, value in there.items() if name != "file"}
    stdin = lines(there, bare)
    passes(run("verify", "--all", stdin=stdin), stdin)
    os.remove(tmp_path / "there.mp3")
    refused(run("verify", stdin=lines(there)), "stale", "no_file")


def test_a_proven_file_has_to_be_there(run, record, sound):
    gone = record(sound["mp3"], media={"sha256": hashlib.sha256(sound["mp3"]).hexdigest()})
    os.remove(gone["file"]["path"])
    refused(run("verify", stdin=lines(gone)), "stale", "no_file")


def test_a_file_that_the_spool_lost_or_changed_is_stale(run, record, sound):
    gone, short, folder = record(sound["mp3"], 1, {"sha256": "ab" * 32}), record(sound["mp3"], 2, {"sha256": "ab" * 32}), record(sound["mp3"], 3)
    os.remove(gone["file"]["path"])
    short["file"]["bytes"] += 1
    os.remove(folder["file"]["path"])
    os.mkdir(folder["file"]["path"])
    refused(run("verify", stdin=lines(gone)), "stale", "no_file")
    refused(run("verify", stdin=lines(short)), "stale", "wrong_length")
    refused(run("verify", stdin=lines(folder)), "stale", "no_file")


@pytest.mark.parametrize("start", [0, 20_000])
def test_a_file_with_a_hole_is_stale_though_the_catalog_gave_a_digest(run, record, sound, start):
    asked = record(sound["flac"], media={"format": "flac", "sha256": "ab" * 32})
    with open(asked["file"]["path"], "r+b") as file:
        file.seek(start)
        file.write(bytes(4096))
    refused(run("verify", stdin=lines(asked)), "stale", "wrong_digest")


def test_a_stage_that_is_missing_in_front_is_said(run, record, sound):
    wrapped, none = record(sound["mp3"]), record(sound["mp3"])
    wrapped["file"]["cipher"] = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
    del none["file"]
    assert "decrypt" in refused(run("verify", stdin=lines(wrapped)), "config", "still_wrapped")["message"]
    assert "fetch" in refused(run("verify", stdin=lines(none)), "config", "no_file")["message"]


@pytest.mark.parametrize("kind", ["request", "skip", "done", "error"])
def test_other_kinds_pass(run, kind):
    stdin = lines({"v": 1, "id": "c:track:1", "kind": kind, "file": {"path": "/nowhere", "bytes": 1, "sha256": "00"}})
    passes(run("verify", stdin=stdin), stdin)


@pytest.mark.parametrize("value", ["-1", "nan", "much", ""])
def test_a_tolerance_that_is_none_is_refused(run, value):
    done = run("verify", f"--tolerance={value}")
    assert done.status == 64 and "tolerance" in done.stderr


def test_it_tells_how_far_it_is(start, record, sound, tmp_path):
    reader, writer = os.pipe()
    process = start("verify", env={"SEGUE_EVENTS_FD": str(writer)}, pass_fds=[writer])
    os.close(writer)
    process.communicate(lines(*(record(sound[form], n) for n, form in enumerate(ENCODERS))), timeout=60)
    with open(reader) as events:
        told = [json.loads(line) for line in events]
    assert {event["id"] for event in told} == {f"c:track:{n}" for n in range(len(ENCODERS))}
    assert all(event["stage"] == "verify" and 0 <= event["bytes"] <= event["total"] for event in told)


@pytest.fixture(scope="session")
def long_file(tmp_path_factory):
    """Ten minutes of noise as FLAC: some 70 MB, and a second's work."""
    path = tmp_path_factory.mktemp("long") / "long.flac"
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "anoisesrc=d=600:a=0.2:r=44100", "-ac", "2", "-c:a", "flac", "-compression_level", "0", path]
    subprocess.run(list(map(str, command)), check=True)
    assert path.stat().st_size > 30_000_000
    yield {"v": 1, "kind": "track", "id": "c:track:1", "file": {"path": str(path), "bytes": path.stat().st_size, "sha256": "0" * 64}}
    path.unlink()


def test_memory_does_not_grow_with_the_file(peak_memory, long_file, tmp_path):
    (tmp_path / "in").write_bytes(lines(long_file))
    assert peak_memory("verify", stdin=tmp_path / "in") < 40_000_000


def test_a_file_that_takes_longer_than_the_grace_is_dropped(start, long_file):
    reader, writer = os.pipe()
    process = start("verify", env={"SEGUE_EVENTS_FD": str(writer)}, pass_fds=[writer])
    os.close(writer)
    process.stdin.write(lines(long_file))
    process.stdin.flush()
    assert os.read(reader, 4096)
    # It sees the signal, and the grace is over when it goes on.
    process.send_signal(signal.SIGTERM)
    while pathlib.Path(f"/proc/{process.pid}/status").read_text().split("ShdPnd:\t")[1][:16] != "0" * 16:
        time.sleep(0.001)
    process.send_signal(signal.SIGSTOP)
    time.sleep(3.2)
    process.send_signal(signal.SIGCONT)
    assert process.communicate(timeout=30)[0] == b"" and process.returncode == 75
    os.close(reader)
