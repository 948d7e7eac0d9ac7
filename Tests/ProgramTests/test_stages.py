"""What all stages have in common: channels, signals and exit statuses."""

import json
import os
import signal
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

COMMANDS = {
    "resolve": ["resolve", "--catalog", "http://127.0.0.1:1", "--rate", "0"], "fetch": ["fetch"], "decrypt": ["decrypt"],
    "place": ["place", "--library", "Music"], "record": ["record", "--library", "Music"]}
stages = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
POEM = {"v": 1, "id": "a", "kind": "poem", "x_n": 1}


def launch(command, tmp_path, **options):
    return subprocess.Popen([PROGRAMS / command[0], *command[1:]], cwd=tmp_path, env={**ENVIRONMENT, **options.pop("env", {})}, **options)


@stages
def test_a_kind_that_is_not_its_own_passes_byte_for_byte(command, run):
    odd = '{"v":1,"x_big":12345678901234567890, "id":"a","kind":"poem","n":1.0,"e":1e2,"s":"\\u0000\\u2028\u2028é"}'.encode()
    assert run(*command, stdin=odd).stdout == odd + b"\n"


@stages
def test_an_answer_leaves_at_once(command, tmp_path):
    process = launch(command, tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdin.write(lines(POEM))
    process.stdin.flush()
    assert json.loads(process.stdout.readline()) == POEM
    process.stdin.close()
    assert process.wait(20) == 0


@stages
def test_nothing_to_read_is_nothing_to_do(command, run):
    done = run(*command)
    assert done.status == 0 and done.stdout == b""


@stages
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_while_it_waits_ends_it_cleanly(command, number, tmp_path):
    process = launch(command, tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdin.write(lines(POEM))
    process.stdin.flush()
    process.stdout.readline()
    process.send_signal(number)
    process.send_signal(number)
    assert process.wait(20) == 0


@stages
def test_a_signal_ends_it_though_nobody_takes_its_answers(command, tmp_path):
    (tmp_path / "many").write_bytes(lines({**POEM, "x_pad": "x" * 9000}) * 100)
    with open(tmp_path / "many", "rb") as many:
        process = launch(command, tmp_path, stdin=many, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 75


@stages
def test_a_full_disk_behind_stdout_is_told(command, tmp_path):
    with open("/dev/full", "wb") as full:
        process = launch(command, tmp_path, stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE)
        _, stderr = process.communicate(lines(POEM), timeout=20)
    assert process.returncode == 74 and b"No space left" in stderr


@stages
def test_a_reader_that_is_gone_is_no_fault(command, tmp_path):
    read, write = os.pipe()
    os.close(read)
    process = launch(command, tmp_path, stdin=subprocess.PIPE, stdout=write, stderr=subprocess.PIPE)
    os.close(write)
    _, stderr = process.communicate(lines(*[POEM] * 1000), timeout=20)
    assert process.returncode == 0 and stderr == b""


@stages
def test_a_closed_stdin_is_an_error_and_no_wait(command, tmp_path):
    process = launch(command, tmp_path, stderr=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lambda: os.close(0))
    stdout, stderr = process.communicate(timeout=20)
    assert process.returncode == 74 and b"cannot read stdin" in stderr and stdout == b""


@stages
def test_a_closed_stderr_is_no_hindrance(command, tmp_path):
    process = launch(command, tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, preexec_fn=lambda: os.close(2))
    stdout, _ = process.communicate(lines(POEM, "no record"), timeout=20)
    first, second = map(json.loads, stdout.splitlines())
    assert process.returncode == 0 and first == POEM and second["kind"] == "error"


@stages
def test_its_start_is_quiet_and_its_memory_small(command, peak_memory, tmp_path):
    with open(tmp_path / "many", "wb") as many:
        many.write(lines({**POEM, "x_pad": "x" * 900}) * 20_000)
    assert peak_memory(*command[:1], *[tmp_path / "Music" if part == "Music" else part for part in command[1:]], stdin=tmp_path / "many") < 45 << 20


def test_events_tell_how_far_a_transfer_is_and_never_hold_it_up(site, tmp_path):
    body = b"fLaC" + bytes(40 << 20)
    site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, body)
    record = {"v": 1, "id": "catalog:track:1", "kind": "track", "media": {"url": f"{site.url}/a", "format": "flac"}}
    read, write = os.pipe()
    os.set_blocking(write, False)
    with open(write, "wb", buffering=0, closefd=False) as filler:
        while filler.write(b"#" * 4096):
            pass
    os.set_blocking(write, True)
    process = launch(["fetch"], tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[write], env={"SEGUE_EVENTS_FD": str(write)})
    stdout, _ = process.communicate(lines(record), timeout=60)
    assert json.loads(stdout)["file"]["bytes"] == len(body)
    os.close(read)
    os.close(write)

    read, write = os.pipe()
    process = launch(["fetch", "--spool", "other"], tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[write], env={"SEGUE_EVENTS_FD": str(write)})
    process.communicate(lines(record), timeout=60)
    os.close(write)
    with open(read) as events:
        first = json.loads(events.readline())
    assert first == {"event": "progress", "id": "catalog:track:1", "stage": "fetch", "bytes": first["bytes"], "total": len(body)}


def test_its_way_to_the_events_never_waits_and_leaves_that_of_others_alone(tmp_path):
    read, write = os.pipe()
    process = launch(["fetch"], tmp_path, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[write], env={"SEGUE_EVENTS_FD": str(write)})
    process.stdin.write(lines(POEM))
    process.stdin.flush()
    process.stdout.readline()
    pipe, kernel = os.readlink(f"/proc/self/fd/{write}"), f"/proc/{process.pid}"
    opened = [fd for fd in os.listdir(f"{kernel}/fd") if os.readlink(f"{kernel}/fd/{fd}") == pipe]
    flags = [int(open(f"{kernel}/fdinfo/{fd}").read().split()[3], 8) for fd in opened]
    assert any(flag & os.O_NONBLOCK for flag in flags) and os.get_blocking(write)
    process.communicate()
    os.close(read)
    os.close(write)


@pytest.mark.parametrize("name", ["3", "4", "10", "11"])
def test_events_never_go_where_a_closed_descriptor_led(name, site, run):
    site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, b"fLaC" + bytes(1 << 20))
    record = {"v": 1, "id": "catalog:track:1", "kind": "track", "media": {"url": f"{site.url}/a", "format": "flac"}}
    assert run("fetch", stdin=lines(record), env={"SEGUE_EVENTS_FD": name}).only["kind"] == "track"


@pytest.mark.parametrize("name", ["99", "1", "x", "", "-1"])
def test_an_events_descriptor_that_is_none_is_ignored(name, run):
    assert run("decrypt", stdin=lines(POEM), env={"SEGUE_EVENTS_FD": name}).only == POEM
