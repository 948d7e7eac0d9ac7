"""decrypt: takes the wrapping off a spooled file; the wrapping here is put on by another implementation (pycryptodome)."""

import fcntl
import hashlib
import json
import os
import random
import signal
import subprocess
import time

import pytest
from Crypto.Cipher import Blowfish
from Crypto.SelfTest.Cipher import test_Blowfish as published

from programs import ENVIRONMENT, PROGRAMS, lines

KEY = "8f3a6c21d7e94b05a1c2d3e4f5061728"
OTHER = "00000000000000000000000000000001"
HEADS = {"flac": b"fLaC\0\0\0\x22", "mp3": b"ID3\x04\0\0\0\0", "ogg": b"OggS\0\x02\0\0", "m4a": b"\0\0\0\x20ftypM4A ",
         "wav": b"RIFF\x24\0\0\0WAVEfmt ", "opus": b"OggS\0\x02" + bytes(22) + b"OpusHead"}


def audio(form="flac", size=20_000, seed=1):
    return (HEADS[form] + random.Random(seed).randbytes(size))[:size]


def wrap(data, key=KEY, chunk=2048, every=3, iv="0102030405060708"):
    out = bytearray(data)
    for start in range(0, len(data) - chunk + 1, chunk * every):
        engine = Blowfish.new(bytes.fromhex(key), Blowfish.MODE_CBC, bytes.fromhex(iv))
        out[start:start + chunk] = engine.encrypt(data[start:start + chunk])
    return bytes(out)


def sha(data):
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def spool(tmp_path):
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def keyring(tmp_path):
    path = tmp_path / "keys.txt"
    path.write_text(f"# keys\nk1 {KEY}\n\nk2 {OTHER}\n")
    path.chmod(0o600)
    return path


@pytest.fixture
def record(spool):
    """record(data, n, form, key_id, **cipher) spools data wrapped and returns the record that tells of it."""

    def make(data, n=1, form="flac", key_id="k1", clear_sha256=True, **cipher):
        wrapped = wrap(data, **cipher)
        path = spool / f"{n}.media"
        path.write_bytes(wrapped)
        how = {"scheme": "bf-cbc-stripe", "key_id": key_id, "chunk_bytes": cipher.get("chunk", 2048),
               "every": cipher.get("every", 3), "iv_hex": cipher.get("iv", "0102030405060708")}
        media = {"url": "http://media.example.org/1", "format": form, "bytes": len(data), "cipher": how}
        if clear_sha256:
            media["clear_sha256"] = sha(data)
        file = {"path": str(path), "bytes": len(data), "sha256": sha(wrapped), "cipher": how}
        return {"v": 1, "kind": "track", "id": f"c:track:{n}", "media": media, "file": file}

    return make


def files(spool):
    return sorted(p.name for p in spool.iterdir())


def of(outcome, *wanted):
    """Asserts an error answer of this class and code, and that no key shows anywhere; returns it."""
    error = outcome.only
    assert (error["kind"], error["class"], error["code"]) == ("error", *wanted)
    assert KEY not in outcome.stderr and KEY.encode() not in outcome.stdout
    return error


@pytest.mark.parametrize("form", HEADS)
def test_every_format_comes_out_as_it_went_in(run, record, keyring, form):
    data = audio(form)
    done = run("decrypt", "--keyring", keyring, stdin=lines(record(data, form=form)))
    file = done.only["file"]
    assert open(file["path"], "rb").read() == data
    assert (file["bytes"], file["sha256"]) == (len(data), sha(data))
    assert "cipher" not in file and done.status == 0 and done.stderr == ""


@pytest.mark.parametrize("size", [8, 2047, 2048, 2049, 3 * 2048, 3 * 2048 + 2047, 4 * 2048, 600_001])
def test_bodies_of_any_length_are_cut_right(run, record, keyring, size):
    data = audio(size=size)
    done = run("decrypt", "--keyring", keyring, stdin=lines(record(data)))
    assert open(done.only["file"]["path"], "rb").read() == data


@pytest.mark.parametrize("chunk, every", [(8, 1), (8, 5), (24, 2), (4096, 1), (1_048_576, 2), (2048, 2**53 - 1)])
def test_any_chunk_and_any_every_are_understood(run, record, keyring, chunk, every):
    data = audio(size=2_500_003 if chunk > 4096 else 100_003)
    done = run("decrypt", "--keyring", keyring, stdin=lines(record(data, chunk=chunk, every=every, iv="ffeeddccbbaa9988")))
    assert sha(open(done.only["file"]["path"], "rb").read()) == sha(data)


@pytest.mark.parametrize("key", ["01020304", "11" * 7, "a7" * 56])
def test_keys_of_four_to_fifty_six_bytes_work(run, record, tmp_path, key):
    ring = tmp_path / "ring"
    ring.write_text(f"k1 {key}\n")
    ring.chmod(0o600)
    data = audio()
    done = run("decrypt", "--keyring", ring, stdin=lines(record(data, key=key)))
    assert open(done.only["file"]["path"], "rb").read() == data


def test_the_input_stays_and_the_result_lies_beside_it(run, record, keyring, spool):
    asked = record(audio())
    before = (spool / "1.media").read_bytes()
    answer = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only
    assert (spool / "1.media").read_bytes() == before
    result = os.path.basename(answer["file"]["path"])
    assert os.path.dirname(answer["file"]["path"]) == str(spool) and result.endswith(".clear")
    assert files(spool) == sorted(["1.media", result])


def test_members_of_others_keep_their_very_bytes(run, record, keyring):
    line = json.dumps(record(audio()))
    line = line.replace('"v": 1', '"v":1,"x_mine":{"n":9007199254740993,"f":1.0,"s":"\\u2028\\u0000"}')
    line = line.replace('"file": {', '"file": {"extra":1.50,"artwork":{"path":"/a","bytes":1,"sha256":"00","mime":"image/png","w":1e3},')
    done = run("decrypt", "--keyring", keyring, stdin=lines(line))
    assert b'"x_mine":{"n":9007199254740993,"f":1.0,"s":"\\u2028\\u0000"}' in done.stdout
    assert b'"extra":1.50,"artwork":{"path":"/a","bytes":1,"sha256":"00","mime":"image/png","w":1e3}' in done.stdout
    assert done.only["media"] == json.loads(line)["media"]


@pytest.mark.parametrize("cipher", ["", ', "cipher":null'])
def test_a_clear_file_passes_byte_for_byte_without_keys_or_files(run, cipher):
    line = ' {"v":1,  "kind":"track","id":"a","file":{"path":"/nowhere", "bytes":1.0e0,"sha256":"x"' + cipher + '}} '
    line = line.replace("1.0e0", "1")
    done = run("decrypt", stdin=lines(line))
    assert done.stdout == lines(line.strip()) and done.status == 0


def test_a_record_without_a_file_says_what_is_missing_before(run, keyring):
    done = run("decrypt", "--keyring", keyring, stdin=lines({"v": 1, "kind": "track", "id": "a"}))
    assert "put fetch before decrypt" in of(done, "config", "no_file")["message"]


def test_an_input_that_is_gone_is_stale(run, record, keyring, spool):
    asked = record(audio())
    (spool / "1.media").unlink()
    assert of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "stale", "no_file")["record"] == asked
    assert files(spool) == []


@pytest.mark.parametrize("change", [lambda b: b[:-1], lambda b: b + b"x", lambda b: b""])
def test_an_input_of_another_length_is_stale(run, record, keyring, spool, change):
    asked = record(audio())
    (spool / "1.media").write_bytes(change((spool / "1.media").read_bytes()))
    of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "stale", "wrong_length")
    assert files(spool) == ["1.media"]


def test_bytes_that_are_not_the_announced_ones_are_stale(run, record, keyring, spool):
    asked = record(audio())
    body = bytearray((spool / "1.media").read_bytes())
    body[5000] ^= 1
    (spool / "1.media").write_bytes(body)
    of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "stale", "wrong_digest")
    assert files(spool) == ["1.media"]


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("start", [0, 5000, 15_000])
def test_an_input_with_a_hole_is_stale_whatever_is_known_of_it(run, record, keyring, spool, start, known):
    asked = record(audio(), clear_sha256=known)
    with open(spool / "1.media", "r+b") as file:
        file.seek(start)
        file.write(bytes(4096))
    of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "stale", "wrong_digest")
    assert files(spool) == ["1.media"]


@pytest.mark.parametrize("form", HEADS)
def test_a_wrong_key_is_permanent_and_leaves_no_file(run, record, keyring, spool, form):
    done = run("decrypt", "--keyring", keyring, stdin=lines(record(audio(form), form=form, key_id="k2")))
    of(done, "permanent", "wrong_key")
    assert OTHER not in done.stderr and files(spool) == ["1.media"]


def test_a_wrong_key_is_seen_without_media_too(run, record, keyring):
    asked = record(audio(), key_id="k2")
    del asked["media"]
    of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "permanent", "wrong_key")


def test_an_empty_file_is_no_audio(run, record, keyring, spool):
    of(run("decrypt", "--keyring", keyring, stdin=lines(record(b"", clear_sha256=False))), "permanent", "wrong_key")
    assert files(spool) == ["1.media"]


def test_a_missing_key_is_permanent_and_named_by_its_id(run, record, keyring):
    done = run("decrypt", "--keyring", keyring, stdin=lines(record(audio(), key_id="k9")))
    assert "k9" in of(done, "permanent", "no_key")["message"]


def test_a_wrapped_file_and_no_source_of_keys_is_a_matter_of_configuration(run, record):
    of(run("decrypt", stdin=lines(record(audio()))), "config", "no_keyring")


@pytest.mark.parametrize("member, value", [
    ("scheme", "rot13"), ("chunk_bytes", 2047), ("chunk_bytes", 0), ("chunk_bytes", 2_097_152), ("every", 0), ("every", -3),
    ("iv_hex", "00"), ("iv_hex", "zz02030405060708")])
def test_a_cipher_that_nobody_knows_is_permanent(run, record, keyring, spool, member, value):
    asked = record(audio())
    asked["file"]["cipher"] = {**asked["file"]["cipher"], member: value}
    of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "permanent", "bad_cipher")
    assert files(spool) == ["1.media"]


def test_a_section_of_the_wrong_shape_is_permanent(run, keyring):
    for file in [7, {"path": "relative", "bytes": 1, "sha256": "x"}, {"path": "/x", "sha256": "x"}]:
        of(run("decrypt", "--keyring", keyring, stdin=lines({"v": 1, "kind": "track", "id": "a", "file": file})), "permanent", "bad_record")


def test_a_second_run_finds_the_result_and_needs_no_key(run, record, keyring):
    asked = record(audio())
    first = run("decrypt", "--keyring", keyring, stdin=lines(asked))
    made = os.stat(first.only["file"]["path"])
    second = run("decrypt", stdin=lines(asked))
    assert second.stdout == first.stdout
    assert os.stat(first.only["file"]["path"]).st_ino == made.st_ino


def test_a_result_that_was_damaged_is_made_again(run, record, keyring):
    data = audio()
    asked = record(data)
    path = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["path"]
    for damage in [data[:-1], data[:-1] + b"x", b""]:
        open(path, "wb").write(damage)
        assert run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["sha256"] == sha(data)
        assert open(path, "rb").read() == data


def test_without_a_known_digest_the_work_is_done_again(run, record, keyring):
    data = audio()
    asked = record(data, clear_sha256=False)
    path = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["path"]
    open(path, "wb").write(b"fLaC" + bytes(len(data) - 4))
    assert run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["sha256"] == sha(data)


def test_what_a_crash_left_is_taken_over(run, record, keyring):
    data = audio()
    asked = record(data)
    path = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["path"]
    os.rename(path, path + ".part")
    assert run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["sha256"] == sha(data)
    assert not os.path.exists(path + ".part")


def test_a_result_that_another_process_is_writing_is_left_alone(run, record, keyring):
    asked = record(audio())
    path = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["path"]
    os.remove(path)
    with open(path + ".part", "wb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "transient", "busy")
    assert run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["kind"] == "track"


def test_a_record_that_names_the_result_as_its_input_loses_nothing(run, record, keyring, spool):
    asked = record(audio())
    result = run("decrypt", "--keyring", keyring, stdin=lines(asked)).only["file"]["path"]
    for path in [result, result + ".part"]:
        os.replace(spool / "1.media", path)
        asked["file"]["path"] = path
        of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "permanent", "bad_record")
        assert os.path.getsize(path) == asked["file"]["bytes"]
        os.replace(path, spool / "1.media")


def test_a_full_disk_is_a_matter_of_configuration_and_leaves_nothing(record, keyring, spool, tmp_path):
    asked = record(audio(size=400_000))
    script = f"trap '' XFSZ; ulimit -f 20; exec {PROGRAMS / 'decrypt'} --keyring {keyring}"
    done = subprocess.run(["bash", "-c", script], input=lines(asked), capture_output=True, timeout=60, env=ENVIRONMENT)
    error = json.loads(done.stdout)
    assert (error["class"], error["code"]) == ("config", "disk_full")
    assert files(spool) == ["1.media"]


def test_a_missing_legacy_provider_is_told_and_only_when_it_is_needed(run, record, keyring, spool):
    clear = {"v": 1, "kind": "track", "id": "a", "file": {"path": "/x", "bytes": 1, "sha256": "x"}}
    done = run("decrypt", "--keyring", keyring, stdin=lines(clear, record(audio())), env={"OPENSSL_MODULES": "/nonexistent"})
    assert done.records[0] == clear
    error = done.records[1]
    assert (error["class"], error["code"]) == ("config", "no_blowfish") and "legacy provider" in error["message"]
    assert files(spool) == ["1.media"]


def test_each_line_gets_one_answer_in_order(run, record, keyring):
    good = [record(audio(size=9000 + n, seed=n), n=n) for n in range(1, 4)]
    lost = record(audio(), n=4, key_id="nobody's")
    foreign = '{"v":1,"kind":"x_note","id":"n","x":1.0}'
    done = run("decrypt", "--keyring", keyring, stdin=lines(
        good[0], "not json", lost, "", foreign, "x" * 1_048_577, good[1], '{"v":2,"kind":"track","id":"w"}', '{"v":1}',
        '{"v":1,"kind":"track","id":"\\ud800"}', {"v": 1, "kind": "skip", "id": "s"}) + json.dumps(good[2]).encode())
    told = [(r["kind"], r["id"], r.get("code")) for r in done.records]
    assert told == [
        ("track", "c:track:1", None), ("error", "line:2", "not_json"), ("error", "c:track:4", "no_key"), ("x_note", "n", None),
        ("error", "line:6", "line_too_long"), ("track", "c:track:2", None), ("error", "w", "version"),
        ("error", "line:9", "bad_envelope"), ("error", "line:10", "lone_surrogate"), ("skip", "s", None), ("track", "c:track:3", None)]
    assert foreign.encode() + b"\n" in done.stdout and done.status == 0


def test_parent_and_seq_come_back_with_an_error(run, record, keyring):
    asked = {**record(audio(), key_id="none"), "parent": "c:playlist:1", "seq": 4}
    error = of(run("decrypt", "--keyring", keyring, stdin=lines(asked)), "permanent", "no_key")
    assert (error["parent"], error["seq"], error["stage"], error["record"]) == ("c:playlist:1", 4, "decrypt", asked)


# The keyring


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o620])
def test_a_keyring_that_others_can_reach_is_refused_at_the_start(run, keyring, mode):
    keyring.chmod(mode)
    done = run("decrypt", "--keyring", keyring)
    assert done.status == 78 and "chmod 600" in done.stderr and KEY not in done.stderr


def test_keys_out_of_a_pipe_hold_to_the_end(record, keyring, tmp_path):
    records = lines(*(record(audio(seed=n), n) for n in range(1, 4)))
    command = ["bash", "-c", f"decrypt --keyring <(cat {keyring})"]
    done = subprocess.run(command, input=records, cwd=tmp_path, env={**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}, capture_output=True, timeout=60)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert [answer["kind"] for answer in answers] == ["track"] * 3, done.stderr
    assert all("cipher" not in answer["file"] for answer in answers)


def test_a_malformed_line_of_the_keyring_is_named_and_not_told(run, keyring):
    keyring.write_text(f"k1 {KEY}\nk2 {KEY}secret\n")
    done = run("decrypt", "--keyring", keyring)
    assert done.status == 78 and "line 2" in done.stderr and "secret" not in done.stderr and KEY not in done.stderr


def test_a_keyring_that_is_not_there_is_told(run, tmp_path):
    done = run("decrypt", "--keyring", tmp_path / "none.txt")
    assert done.status == 78 and "none.txt" in done.stderr


# The key command


def asker(tmp_path, body):
    path = tmp_path / "asker.py"
    path.write_text("import json, sys\nfor n, line in enumerate(sys.stdin):\n    asked = json.loads(line)['key_id']\n" + body)
    return f"python3 -u {path}"


def test_one_key_command_answers_for_all_records(run, record, tmp_path):
    log = tmp_path / "log"
    command = asker(tmp_path, f"    print(json.dumps({{'key_id': asked, 'key_hex': '{KEY}'}}))\n    open('{log}', 'a').write(f'{{n}} {{asked}}\\n')\n")
    asked = [record(audio(seed=n), n=n, key_id=f"id {n}") for n in range(1, 4)]
    done = run("decrypt", "--key-command", command, stdin=lines(*asked))
    assert [r["kind"] for r in done.records] == ["track"] * 3
    assert log.read_text() == "0 id 1\n1 id 2\n2 id 3\n"


def test_the_keyring_is_asked_before_the_command(run, record, tmp_path, keyring):
    command = asker(tmp_path, "    print(json.dumps({'key_id': asked, 'missing': True}))\n    open('asked', 'a').write(asked)\n")
    done = run("decrypt", "--keyring", keyring, "--key-command", command,
               stdin=lines(record(audio()), record(audio(), n=2, key_id="k7")), cwd=tmp_path)
    assert [r.get("code") for r in done.records] == [None, "no_key"]
    assert (tmp_path / "asked").read_text() == "k7"


def test_the_key_command_is_not_started_for_nothing(run, tmp_path):
    clear = {"v": 1, "kind": "track", "id": "a", "file": {"path": "/x", "bytes": 1, "sha256": "x"}}
    run("decrypt", "--key-command", f"touch {tmp_path / 'started'}", stdin=lines(clear))
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize("body", [
    "    print(json.dumps({'key_id': 'another', 'key_hex': '%s'}))\n" % KEY, "    print('garbage')\n", "    sys.exit(3)\n",
    "    print(json.dumps({'key_id': asked, 'key_hex': 'xyz'}))\n"])
def test_a_bad_answer_is_transient_and_the_next_record_has_a_new_command(run, record, tmp_path, body):
    done_before = tmp_path / "failed"
    good = f"        print(json.dumps({{'key_id': asked, 'key_hex': '{KEY}'}})); continue\n"
    command = asker(tmp_path, f"    import os\n    if os.path.exists('{done_before}'):\n{good}    open('{done_before}', 'w')\n" + body)
    done = run("decrypt", "--key-command", command, stdin=lines(record(audio()), record(audio(), n=2)))
    first, second = done.records
    assert (first["class"], first["code"]) == ("transient", "key_command") and second["kind"] == "track"
    assert KEY not in done.stderr and KEY.encode() not in done.stdout


def test_the_key_command_ends_with_the_stage(record, tmp_path):
    command = asker(tmp_path, f"    print(json.dumps({{'key_id': asked, 'key_hex': '{KEY}'}}))\nopen('{tmp_path}/ended', 'w')\n")
    done = subprocess.run([PROGRAMS / "decrypt", "--key-command", command], input=lines(record(audio())),
                          capture_output=True, timeout=60, env=ENVIRONMENT)
    assert done.returncode == 0 and (tmp_path / "ended").exists()


def test_a_stop_drops_the_record_that_waits_for_a_key(record, tmp_path):
    asked = record(audio())
    command = f"touch {tmp_path}/started; cat > /dev/null; touch {tmp_path}/closed"
    stage = subprocess.Popen([PROGRAMS / "decrypt", "--key-command", command], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    try:
        stage.stdin.write(lines(asked))
        stage.stdin.flush()
        deadline = time.monotonic() + 20
        while not (tmp_path / "started").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        stage.send_signal(signal.SIGTERM)
        assert stage.communicate(timeout=30)[0] == b"" and stage.returncode == 75
    finally:
        stage.kill()


# The plain filter


@pytest.fixture
def key_file(tmp_path):
    path = tmp_path / "key.txt"
    path.write_text(KEY + "\n")
    path.chmod(0o600)
    return path


@pytest.mark.parametrize("size", [0, 1, 2048, 2049, 3_000_001])
def test_raw_is_a_plain_filter_with_the_defaults_of_its_help(run, key_file, size):
    data = audio(size=size)
    done = run("decrypt", "--raw", "--key-file", key_file, stdin=wrap(data, every=1, iv="00" * 8))
    assert done.stdout == data and done.status == 0 and done.stderr == ""


@pytest.mark.parametrize("clear, wrapped, key", [v[:3] for v in published.test_data if len(v[2]) >= 8])
def test_the_published_vectors_of_blowfish_come_out(run, tmp_path, clear, wrapped, key):
    """One block under an IV of zeros is the bare cipher."""
    path = tmp_path / "key"
    path.touch(0o600)
    path.write_text(key)
    done = run("decrypt", "--raw", "--key-file", path, "--chunk", "8", stdin=bytes.fromhex(wrapped))
    assert done.stdout == bytes.fromhex(clear)


def test_raw_takes_every_chunk_and_iv(run, key_file):
    data = audio(size=100_001)
    wrapped = wrap(data, every=5, chunk=64, iv="a1b2c3d4e5f60718")
    options = ["--every", 5, "--chunk", 64, "--iv", "a1b2c3d4e5f60718"]
    assert run("decrypt", "--raw", "--key-file", key_file, *options, stdin=wrapped).stdout == data
    assert run("decrypt", "--raw", "--key-file", key_file, *options[:4], stdin=wrapped).stdout != data


def test_raw_handles_pieces_that_come_slowly(key_file):
    data = audio(size=50_000)
    wrapped = wrap(data, every=3, iv="00" * 8)
    stage = subprocess.Popen([PROGRAMS / "decrypt", "--raw", "--key-file", key_file, "--every", "3"],
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT)
    stage.stdin.write(wrapped[:2048 + 100])
    stage.stdin.flush()
    assert stage.stdout.read(2048 + 100) == data[:2048 + 100], "finished bytes leave while more are awaited"
    assert stage.communicate(wrapped[2148:], timeout=30)[0] == data[2148:]


@pytest.mark.parametrize("text", ["", "\n", "xyz\n", f"{KEY}\n{KEY}\n", "00112\n"])
def test_raw_refuses_a_key_file_that_is_not_one_line_of_hex(run, key_file, text):
    key_file.write_text(text)
    done = run("decrypt", "--raw", "--key-file", key_file, stdin=b"x" * 5000)
    assert done.status == 78 and done.stdout == b"" and KEY not in done.stderr


def test_raw_refuses_a_key_file_that_others_can_read(run, key_file):
    key_file.chmod(0o644)
    done = run("decrypt", "--raw", "--key-file", key_file, stdin=b"x")
    assert done.status == 78 and "chmod 600" in done.stderr and done.stdout == b""


@pytest.mark.parametrize("options", [["--chunk", 7], ["--chunk", 0], ["--every", 0], ["--iv", "00"], ["--iv", "no"], ["--every", "x"]])
def test_raw_refuses_values_that_make_no_sense(run, key_file, options):
    done = run("decrypt", "--raw", "--key-file", key_file, *options, stdin=b"x")
    assert done.status == 64 and done.stdout == b"" and done.stderr


@pytest.mark.parametrize("arguments", [
    ["--raw"], ["--key-file", "k"], ["--every", 3], ["--chunk", 8], ["--iv", "00" * 8], ["--raw", "--key-file", "k", "--keyring", "r"], ["--what"]])
def test_options_that_do_not_go_together_are_a_usage_error(run, arguments):
    done = run("decrypt", *arguments)
    assert done.status == 64 and done.stdout == b"" and "Usage" in done.stderr


def test_raw_says_so_when_stdout_cannot_be_written(key_file):
    with open("/dev/full", "wb") as full:
        done = subprocess.run([PROGRAMS / "decrypt", "--raw", "--key-file", key_file], input=b"x" * 5000, stdout=full,
                              stderr=subprocess.PIPE, timeout=60, env=ENVIRONMENT)
    assert done.returncode == 78 and b"stdout" in done.stderr


def test_raw_stops_quietly_when_nobody_reads(key_file):
    stage = subprocess.Popen(f"head -c 50000000 /dev/zero | {PROGRAMS / 'decrypt'} --raw --key-file {key_file} | head -c 10 | wc -c",
                             shell=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    out, err = stage.communicate(timeout=60)
    assert out.strip() == b"10" and err == b""


# How it goes about it


def test_progress_is_told_to_whoever_listens(record, keyring):
    ends, begins = os.pipe()
    subprocess.run([PROGRAMS / "decrypt", "--keyring", keyring], input=lines(record(audio(size=500_000))), pass_fds=[begins],
                   env={**ENVIRONMENT, "SEGUE_EVENTS_FD": str(begins)}, capture_output=True, timeout=60, check=True)
    os.close(begins)
    with os.fdopen(ends) as events:
        event = json.loads(events.readline())
    assert (event["event"], event["id"], event["stage"], event["total"]) == ("progress", "c:track:1", "decrypt", 500_000)
    assert 0 < event["bytes"] <= 500_000


def test_memory_does_not_grow_with_the_file(peak_memory, keyring, key_file, tmp_path, spool):
    size = 200 << 20
    with open(spool / "1.media", "wb") as file:
        file.write(wrap(audio(size=2048)))
        file.truncate(size)
    with open(spool / "1.media", "rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    cipher = {"scheme": "bf-cbc-stripe", "key_id": "k1", "chunk_bytes": 2048, "every": 2**40, "iv_hex": "0102030405060708"}
    asked = {"v": 1, "kind": "track", "id": "a", "media": {"url": "http://x", "format": "flac"},
             "file": {"path": str(spool / "1.media"), "bytes": size, "sha256": sha256, "cipher": cipher}}
    (tmp_path / "in").write_bytes(lines(asked))
    assert peak_memory("decrypt", "--keyring", keyring, stdin=tmp_path / "in", stdout=tmp_path / "out") < 60 << 20
    assert json.loads((tmp_path / "out").read_text())["kind"] == "track"
    assert peak_memory("decrypt", "--raw", "--key-file", key_file, stdin=spool / "1.media") < 60 << 20


# What it says of itself


def test_it_describes_itself(run):
    about = run("decrypt", "--describe").only
    assert (about["name"], about["contract"], about["mode"]) == ("decrypt", 1, "map")
    assert about["reads"] == ["media", "file"] and about["writes"] == ["file"] and about["window"] == 16


def test_help_has_the_defaults_and_an_example(run):
    text = run("decrypt", "--help").stdout.decode()
    for part in ["decrypt --raw --key-file key.txt", "(default: 1)", "(default: 2048)", "0000000000000000", "--keyring", "--key-command"]:
        assert part in text
