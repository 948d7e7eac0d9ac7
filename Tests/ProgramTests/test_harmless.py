"""Nothing that a list, a server or a record says reaches a terminal raw, and none of it a playlist file."""

import hashlib
import json
import subprocess
import unicodedata

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

EVIL = "a\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp.exe\u2066\u0085\u2028\u0000z\rover"
STAGES = {
    "resolve": ["--catalog", "http://127.0.0.1:1", "--rate", "0"], "fetch": ["--spool", "spool"], "decrypt": [], "verify": [],
    "place": ["--library", "Music"], "record": ["--library", "Music"]}


def is_harmless(text):
    return all(c == "\n" or unicodedata.category(c) not in ("Cc", "Zl", "Zp") and unicodedata.bidirectional(c) not in
               ("LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI") for c in text)


def records(tmp_path):
    """Records that are wrong in many ways, with what is evil in each of their fields."""
    good = {"v": 1, "kind": "track", "id": "c:track:1", "track": {"title": "T"}, "media": {"url": "http://127.0.0.1:1/a.mp3", "format": "mp3"},
            "file": {"path": str(tmp_path / "none"), "bytes": 1, "sha256": "0" * 64}, "placed": {"path": str(tmp_path / "none"), "bytes": 1, "sha256": "0" * 64, "format": "mp3"}}
    yield {**good, "id": EVIL}
    yield {**good, "id": "c:track:2", "media": {"url": f"http://127.0.0.1:1/{EVIL}", "format": EVIL, "auth": EVIL, "sha256": EVIL, "expires_at": EVIL}}
    yield {**good, "id": "c:track:3", "file": {"path": f"/{EVIL}", "bytes": 1, "sha256": EVIL, "cipher": {"scheme": EVIL, "key_id": EVIL, "chunk_bytes": 8, "every": 1, "iv_hex": EVIL}}}
    yield {**good, "id": "c:track:4", "placed": {"path": f"/{EVIL}", "bytes": 1, "sha256": EVIL, "format": EVIL}}
    yield {**good, "id": "c:track:5", "track": {"title": EVIL, "artist": EVIL, "album": EVIL, "artwork_url": EVIL, "duration_s": EVIL}}
    yield {"v": 1, "kind": "request", "id": EVIL, "ref": EVIL}
    yield {"v": 1, "kind": "request", "id": f"c:track:{EVIL}", "ref": f"{EVIL}:track:7"}
    yield {"v": 1, "kind": "request", "id": "file:playlist:0", "ref": f"{tmp_path}/{EVIL}.m3u"}
    yield {"v": 1, "kind": "error", "id": EVIL, "stage": EVIL, "class": EVIL, "code": EVIL, "message": EVIL, "record": {**good, "id": EVIL}}
    yield {"v": EVIL, "kind": EVIL, "id": EVIL, "parent": EVIL, "seq": EVIL}
    yield json.dumps({"v": 1})[:-1] + ',"' + EVIL.replace("\0", "") + '":'


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("alone", [True, False], ids=["in a pipe", "in a pool"])
def test_no_stage_says_anything_raw(stage, alone, run, tmp_path):
    text = lines(*records(tmp_path))
    command = (stage, *STAGES[stage]) if alone else ("segue", "pool", "2", "--", stage, *STAGES[stage])
    done = run(*command, stdin=text)
    assert done.stdout.count(b"\n") == text.count(b"\n")
    assert is_harmless(done.stderr), ascii(done.stderr)
    if stage != "record":
        assert done.stderr != ""


def test_a_list_says_nothing_raw_and_its_playlist_file_holds_nothing_of_it(run, tmp_path):
    path = tmp_path / "list.m3u"
    path.write_text(f"#EXTM3U\n#EXTINF:1,{EVIL.replace(chr(0), '')}\n{EVIL.replace(chr(0), '')}.flac\nhttp://127.0.0.1:1/{EVIL[:20]}.mp3\n", newline="")
    done = run("resolve", "--rate", "0", path)
    assert done.stderr != "" and is_harmless(done.stderr), ascii(done.stderr)
    music = tmp_path / "Music"
    music.mkdir()
    (music / "a.mp3").write_bytes(b"x")
    track = {"v": 1, "kind": "track", "id": "c:track:1", "parent": "c:playlist:1", "seq": 1, "track": {"title": EVIL, "artist": EVIL},
             "placed": {"path": str(music / "a.mp3"), "bytes": 1, "sha256": "0" * 64, "format": "mp3"}}
    gone = {"v": 1, "kind": "error", "id": "c:track:2", "parent": "c:playlist:1", "seq": 2, "stage": "fetch", "class": "permanent", "code": EVIL, "message": EVIL,
            "record": {**track, "id": "c:track:2", "seq": 2}}
    end = {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 2, "total": 2, "collection": {"type": "playlist", "title": EVIL}}
    done = run("record", "--library", music, stdin=lines(track, gone, end))
    (file,) = (music / "Playlists").glob("*.m3u8")
    assert is_harmless(file.read_bytes().decode()) and is_harmless(file.name) and is_harmless(done.stderr)


def test_file_names_hold_nothing_that_turns_text_around(run, tmp_path):
    source = tmp_path / "a.flac"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.1", source], check=True)
    record = {"v": 1, "kind": "track", "id": "c:track:1", "track": {"title": EVIL, "artist": EVIL, "album": EVIL}, "media": {"url": "http://127.0.0.1/x", "format": "flac"},
              "file": {"path": str(source), "bytes": source.stat().st_size, "sha256": hashlib.sha256(source.read_bytes()).hexdigest()}}
    done = run("place", "--library", tmp_path / "Music", stdin=lines(record)).only
    assert is_harmless(done["placed"]["path"]) and "gnp.exe" in done["placed"]["path"]


def test_segue_says_nothing_raw(tmp_path):
    pipeline = {"ledger": "state/l.sqlite", "spool": {"dir": "state/spool"}, "retry": {"attempts": 1}, "stages": [
        {"name": "resolve", "run": ["resolve", "--catalog", "http://127.0.0.1:1", "--rate", "0"], "mode": "expand"}, {"name": "record", "run": ["record", "--library", "Music"]}]}
    (tmp_path / "p.yaml").write_text(json.dumps(pipeline))
    environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}

    def segue(command, *arguments, **options):
        return subprocess.run([PROGRAMS / "segue", command, "--pipeline", "p.yaml", *arguments], cwd=tmp_path, env=environment, capture_output=True, timeout=60, **options)

    added = segue("run", "-", input=lines(*records(tmp_path)))
    for done in (added, segue("list"), segue("stats"), segue("show", EVIL.replace("\0", "?"))):
        assert is_harmless(done.stderr.decode()) and is_harmless(done.stdout.decode()), ascii(done.stdout + done.stderr)
    assert segue("list").stdout.count(b"\n") >= 3
