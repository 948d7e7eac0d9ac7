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
@pytest.mark.parametrize("more", [[], ["--describe"]], ids=["answers", "describes"])
def test_a_full_disk_behind_stdout_is_told(command, more, tmp_path):
    with open("/dev/full", "wb") as full:
        process = launch([*command, *more], tmp_path, stdin=subprocess.PIPE, stdout=full, stderr=subprocess.PIPE)
        _, stderr = process.communicate(lines(POEM), timeout=20)
    assert process.returncode == 74 and f"{command[0]}: cannot write to stdout: No space left" in stderr.decode()


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
    answers = {answer["kind"]: answer for answer in map(json.loads, stdout.splitlines())}
    assert process.returncode == 0 and sorted(answers) == ["error", "poem"] and answers["poem"] == POEM


@stages
def test_its_start_is_quiet_and_its_memory_small(command, peak_memory, tmp_path):
    with open(tmp_path / "many", "wb") as many:
        many.write(lines({**POEM, "x_pad": "x" * 900}) * 20_000)
    assert peak_memory(*command, stdin=tmp_path / "many") < 45 << 20


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


# What failed, and what could not begin


TRACK = {"v": 1, "kind": "track", "id": "c:track:31", "parent": "c:playlist:4", "seq": 2, "track": {"title": "T"},
         "media": {"url": "http://127.0.0.1:1/a.mp3", "format": "mp3"}}
PASSING = [
    {"v": 1, "kind": "error", "id": "c:track:30", "parent": "c:playlist:4", "seq": 1, "stage": "resolve", "class": "permanent", "code": "no_data", "message": "gone"},
    {"v": 1, "kind": "poem", "id": "c:poem:1"}]
# Each cannot begin for another reason.
UNFIT = {
    "resolve": (["--catalog", "http://127.0.0.1:1", "--credentials", "none.txt"], "no_file"), "fetch": (["--spool", "/dev/null/spool"], None),
    "decrypt": (["--keyring", "none.txt"], "no_file"), "place": (["--library", "/dev/null/Music"], None), "record": (["--library", "/dev/null/Music"], None)}


@pytest.mark.parametrize("stage", UNFIT)
def test_a_stage_that_cannot_begin_answers_all_that_comes_with_the_reason(stage, run):
    arguments, code = UNFIT[stage]
    done = run(stage, *arguments, stdin=lines(TRACK, *PASSING, "{}"))
    assert done.status == 78 and len(done.stderr.splitlines()) == 1, done.stderr
    error, *passed, broken = done.records
    assert (error["kind"], error["id"], error["parent"], error["seq"], error["stage"]) == ("error", "c:track:31", "c:playlist:4", 2, stage)
    assert error["class"] == "config" and code in (error["code"], None) and error["record"] == TRACK and error["message"] in done.stderr
    assert passed == PASSING and (broken["id"], broken["code"]) == ("line:4", "bad_envelope")


@pytest.mark.parametrize("stage", UNFIT)
def test_under_a_driver_it_ends_at_once_and_says_nothing_of_single_records(stage, run):
    arguments, _ = UNFIT[stage]
    done = run(stage, *arguments, stdin=lines(TRACK, *PASSING), env={"SEGUE_DRIVER": "1"})
    assert done.status == 78 and done.stdout == b"" and len(done.stderr.splitlines()) == 1


def test_references_for_a_resolve_that_cannot_begin_are_answered_too(run):
    for arguments, stdin in ((["album:8", "album:9"], b""), ([], b"album:8\nalbum:9\n")):
        done = run("resolve", "--catalog", "http://127.0.0.1:1", "--credentials", "none.txt", *arguments, stdin=stdin)
        assert done.status == 78 and [(r["kind"], r["id"], r["class"]) for r in done.records] == [("error", "line:1", "config"), ("error", "line:2", "config")]


def test_what_cannot_begin_tells_no_password_of_a_link(run, tmp_path):
    asked = {"v": 1, "kind": "request", "id": "url:track:1", "ref": "http://ana:s3cret@127.0.0.1:1/a.mp3"}
    done = run("resolve", "--credentials", "none.txt", stdin=lines(asked, asked["ref"]), env={"XDG_STATE_HOME": str(tmp_path / "own")})
    first, second = done.records
    assert done.status == 78 and first["record"] == {**asked, "ref": "http://127.0.0.1:1/a.mp3"} and second["id"] == "line:2"
    assert b"s3cret" not in done.stdout and "s3cret" not in done.stderr


@pytest.mark.parametrize("pooled", [False, True], ids=["alone", "in a pool"])
def test_a_pipe_whose_keys_are_not_there_counts_every_track_as_failed(pooled, site, tmp_path):
    for n in range(1, 6):
        site.answers[f"/track/{n}"] = {"id": n, "title": f"T{n}", "artist": {"name": "A"}}
        cipher = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
        site.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{site.url}/file/{n}.mp3", "cipher": cipher}]}
        site.answers[f"/file/{n}.mp3"] = (200, {"Content-Type": "audio/mpeg"}, bytes(5000))
    site.answers["/playlist/4"] = {"id": 4, "title": "L", "nb_tracks": 6}
    site.answers["/playlist/4/tracks"] = {"data": [{"id": n, "title": f"T{n}"} for n in range(1, 7)], "total": 6}
    decrypt = "segue pool 2 -- decrypt --keyring none.txt" if pooled else "decrypt --keyring none.txt"
    pipe = f"resolve --rate 0 --catalog {site.url} playlist:4 | fetch --spool spool | {decrypt} | place --library Music | record --library Music --fail; echo ${{PIPESTATUS[@]}}"
    done = subprocess.run(["bash", "-c", pipe], cwd=tmp_path, env={**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}, capture_output=True, text=True, timeout=60)
    *records, statuses = done.stdout.splitlines()
    assert statuses == "0 0 78 0 1" and "0 in the library, 0 skipped, 6 failed" in done.stderr, done.stderr
    errors = [json.loads(line) for line in records if '"kind":"error"' in line]
    assert sorted((e["stage"], e["class"]) for e in errors) == [("decrypt", "config")] * 5 + [("resolve", "permanent")], errors


def test_what_is_said_of_a_failure_is_true(site, run):
    """Given up is only what will never work."""
    site.answers["/track/1"] = {"id": 1, "title": "T"}
    site.answers["/media/1"] = (500, {}, {})
    site.answers["/playlist/4"] = {"id": 4, "title": "L", "nb_tracks": 2}
    site.answers["/playlist/4/tracks"] = {"data": [{"id": 1, "title": "T"}, {"id": 2, "title": "U"}], "total": 2}
    for refs in (["track:1", "track:2"], ["playlist:4"]):
        done = run("resolve", "--rate", "0", "--catalog", site.url, *refs)
        assert [r["class"] for r in done.records if r["kind"] == "error"] == ["transient", "permanent"]
        first, second = done.stderr.splitlines()
        assert first.startswith("resolve: catalog:track:1 failed for now: ") and second.startswith("resolve: gave up on catalog:track:2: ")


def test_what_a_pause_fails_is_said_once_and_counted(site, run):
    host = site.url.split("//")[1]
    for n in range(1, 31):
        site.answers[f"/track/{n}"] = (429, {"Retry-After": "600"}, {})
    done = run("resolve", "--rate", "0", "--catalog", site.url, *[f"track:{n}" for n in range(1, 31)])
    assert [r["class"] for r in done.records] == ["throttled"] * 30
    first, last = done.stderr.splitlines()
    assert first.startswith(f"resolve: catalog:track:1 failed for now, and so does what else needs {host} within 600 s")
    assert last == f"resolve: 29 more failed for now, since {host} is paused"
