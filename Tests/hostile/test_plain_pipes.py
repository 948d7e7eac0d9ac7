"""`segue jail` in front of the stages of a plain pipe."""

import hashlib
import json
import pathlib
import subprocess
import sys

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

TRACK = {"v": 1, "id": "c:track:1", "kind": "track"}
READ = """
import json, sys
for line in sys.stdin:
    try:
        found = open(sys.argv[1][1:]).read()
    except OSError as error:
        found = error.strerror
    print(json.dumps(json.loads(line) | {"x_found": found}), flush=True)
"""


@pytest.fixture
def secret(tmp_path):
    (tmp_path / "keys.txt").write_text("k 00112233\n")
    (tmp_path / "keys.txt").chmod(0o600)
    (tmp_path / "read.py").write_text(READ)
    return tmp_path


@pytest.mark.parametrize("options, found", [([], "Permission denied"), (["--read", "keys.txt"], "k 00112233\n")])
def test_a_program_reads_what_it_is_granted(options, found, run, secret):
    # The name is no argument by itself: that would grant it.
    done = run("segue", "jail", *options, "--", sys.executable, "read.py", "+keys.txt", stdin=lines(TRACK))
    assert done.status == 0 and done.only["x_found"] == found, done.stderr


OPENED = """
import json, os, sys
for line in sys.stdin:
    try:
        found = os.read(int(sys.argv[1].split("/")[-1]), 99).decode()
    except OSError as error:
        found = error.strerror
    print(json.dumps(json.loads(line) | {"x_found": found}), flush=True)
"""


@pytest.mark.parametrize("argument, found", [("5", "Bad file descriptor"), ("/dev/fd/5", "k 00112233\n"), ("/dev/fd/0 /dev/fd/5", "k 00112233\n")])
def test_a_program_gets_no_descriptor_that_its_command_does_not_name(argument, found, secret):
    (secret / "opened.py").write_text(OPENED)
    done = subprocess.run(
        ["bash", "-c", f"exec 5<keys.txt; {PROGRAMS}/segue jail -- {sys.executable} opened.py '{argument}'"],
        input=lines(TRACK), capture_output=True, cwd=secret, env=ENVIRONMENT, timeout=60)
    assert json.loads(done.stdout)["x_found"] == found, done.stderr


@pytest.fixture(scope="module")
def looking(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "looking.so"
    source = pathlib.Path(__file__).with_name("looks_at_a_thread.c")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-lpthread"], check=True)
    return ENVIRONMENT | {"LD_PRELOAD": str(library)}


@pytest.mark.parametrize("command, sees", [
    ("place --library Music", "yes"), ("record --library Music", "yes"), ("intake --library Music", "yes"),
    ("resolve --catalog http://127.0.0.1:9 --library Music", "yes"), ("cat", "Permission denied")])
def test_a_program_that_keeps_a_catalogue_sees_its_own_threads(command, sees, looking, tmp_path):
    """Otherwise Dispatch, which GRDB uses, ends it by a signal now and then."""
    done = subprocess.run(
        [PROGRAMS / "segue", "jail", "--", *command.split()], input=b"", capture_output=True, cwd=tmp_path, env=looking, timeout=60)
    assert done.returncode == 0 and f"{command.split()[0]} saw its thread: {sees}\n" in done.stderr.decode()


def test_a_program_sees_its_own_threads_where_that_is_granted(looking, tmp_path):
    command = [PROGRAMS / "segue", "jail", "--read", "/proc", "--", "cat"]
    done = subprocess.run(command, input=b"", capture_output=True, cwd=tmp_path, env=looking, timeout=60)
    assert done.returncode == 0 and b"cat saw its thread: yes\n" in done.stderr


def test_a_keyring_may_come_from_another_program(secret):
    done = subprocess.run(
        ["bash", "-c", f"{PROGRAMS}/segue jail -- decrypt --keyring <(cat keys.txt)"],
        input=lines(TRACK), capture_output=True, cwd=secret, env=ENVIRONMENT, timeout=60)
    assert done.returncode == 0, done.stderr


def test_what_it_exits_with_and_says_is_its_own(run):
    done = run("segue", "jail", "--", "sh", "-c", "echo said >&2; exit 3")
    assert done.status == 3 and done.stderr == "said\n"


def test_a_program_that_is_not_there_is_an_error(run):
    done = run("segue", "jail", "--", "no-such-program")
    assert done.status == 78 and "no program no-such-program" in done.stderr


@pytest.mark.parametrize("options, found", [([], "no_key"), (["--read", "table"], "wrong_key")])
def test_a_program_that_a_stage_starts_is_held_with_it(options, found, run, secret):
    spooled = secret / "spool" / "one.media"
    spooled.parent.mkdir()
    spooled.write_bytes(bytes(5000))
    (secret / "table").write_text("00112233")
    (secret / "key.sh").write_text('while read -r line; do key=$(cat table) && echo "{\\"key_id\\":\\"k\\",\\"key_hex\\":\\"$key\\"}" || echo "{\\"key_id\\":\\"k\\",\\"missing\\":true}"; done')
    cipher = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
    record = {**TRACK, "media": {"url": "http://x.example/a", "format": "flac", "cipher": cipher},
        "file": {"path": str(spooled), "bytes": 5000, "sha256": hashlib.sha256(bytes(5000)).hexdigest(), "cipher": cipher}}
    done = run("segue", "jail", *options, "--", "decrypt", "--key-command", "sh key.sh", stdin=lines(record))
    assert done.only["code"] == found, done.stderr


def test_a_pipe_of_our_own_stages_works_held(secret, site):
    site.answers["/a.flac"] = lambda _: (200, {"Content-Type": "audio/flac"}, b"fLaC" + bytes(2000))
    record = {**TRACK, "track": {"title": "A", "artist": "B"}, "media": {"url": f"{site.url}/a.flac", "format": "flac"}}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {PROGRAMS}/segue jail -- fetch | {PROGRAMS}/segue jail -- decrypt --keyring keys.txt"],
        input=lines(record), capture_output=True, cwd=secret, env=ENVIRONMENT, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["file"]["bytes"] == 2004, done.stderr
