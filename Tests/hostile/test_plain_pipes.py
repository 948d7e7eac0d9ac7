"""`segue jail` in front of the stages of a plain pipe."""

import json
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


def test_what_it_exits_with_and_says_is_its_own(run):
    done = run("segue", "jail", "--", "sh", "-c", "echo said >&2; exit 3")
    assert done.status == 3 and done.stderr == "said\n"


def test_a_program_that_is_not_there_is_an_error(run):
    done = run("segue", "jail", "--", "no-such-program")
    assert done.status == 78 and "no program no-such-program" in done.stderr


def test_a_stage_that_starts_programs_is_told_to_say_what_these_need(run, secret):
    command = ["decrypt", "--key-command", "true"]
    assert run("segue", "jail", "--", *command, stdin=lines(TRACK)).status == 78
    assert run("segue", "jail", "--read", ".", "--", *command, stdin=lines(TRACK)).status == 0


def test_a_pipe_of_our_own_stages_works_held(secret, site):
    site.answers["/a.flac"] = lambda _: (200, {"Content-Type": "audio/flac"}, b"fLaC" + bytes(2000))
    record = {**TRACK, "track": {"title": "A", "artist": "B"}, "media": {"url": f"{site.url}/a.flac", "format": "flac"}}
    done = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {PROGRAMS}/segue jail -- fetch | {PROGRAMS}/segue jail -- decrypt --keyring keys.txt"],
        input=lines(record), capture_output=True, cwd=secret, env=ENVIRONMENT, timeout=60)
    assert done.returncode == 0 and json.loads(done.stdout)["file"]["bytes"] == 2004, done.stderr
