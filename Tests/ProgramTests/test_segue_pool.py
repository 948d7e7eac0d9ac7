"""segue pool: many replicas of any stage as one stage of a plain pipe."""

import collections
import os
import signal
import sys
import time

import pytest
from programs import lines


def records(count, **members):
    return [{"v": 1, "id": f"c:track:{n}", "kind": "track", **members} for n in range(count)]


@pytest.fixture
def stage(tmp_path):
    """stage("for line in sys.stdin: ...") -> the command of a stage in Python."""

    def call(text):
        path = tmp_path / f"stage-{len(list(tmp_path.iterdir()))}.py"
        path.write_text("import json, os, signal, sys, time\n" + text)
        return [sys.executable, str(path)]

    return call


ECHO = "for line in sys.stdin: print(line, end='', flush=True)\n"


def test_every_line_comes_back_once_whatever_the_window(run):
    sent = records(3000, x_pad="x" * 500)
    for window in (1, 16):
        done = run("segue", "pool", 3, "--window", window, "--", "cat", stdin=lines(*sent))
        assert done.status == 0 and sorted(done.stdout.splitlines()) == sorted(lines(*sent).splitlines())


def test_long_lines_of_many_replicas_are_never_mixed(run):
    sent = records(60, x_pad="y" * 200_000)
    done = run("segue", "pool", 4, "--window", 4, "--", "cat", stdin=lines(*sent))
    assert collections.Counter(r["id"] for r in done.records) == collections.Counter(r["id"] for r in sent)


def test_one_record_that_kills_costs_only_itself(run, stage):
    poison = stage("for line in sys.stdin:\n if '\"c:track:50\"' in line: os.kill(os.getpid(), 11)\n print(line, end='', flush=True)\n")
    done = run("segue", "pool", 2, "--window", 8, "--", *poison, stdin=lines(*records(100)))
    errors = [r for r in done.records if r["kind"] == "error"]
    assert done.status == 0 and len(done.records) == 100 and [e["id"] for e in errors] == ["c:track:50"]
    assert (errors[0]["class"], errors[0]["code"]) == ("crash", "crash") and errors[0]["record"]["id"] == "c:track:50"


def test_lines_that_are_no_records_are_answered_and_the_next_are_handled(run):
    done = run("segue", "pool", 2, "--", "cat", stdin=lines(b"junk", b"", b"\xff", *records(2)) + b'{"v":1,"id":"last","kind":"track"}')
    by_id = {r["id"]: r["kind"] for r in done.records}
    assert by_id == {"line:1": "error", "line:3": "error", "c:track:0": "track", "c:track:1": "track", "last": "track"}


def test_a_collection_is_expanded_by_a_replica(run, stage):
    expand = stage(
        "for line in sys.stdin:\n r = json.loads(line)\n"
        " for n in (1, 2): print(json.dumps({'v': 1, 'id': f'{r[\"id\"]}/{n}', 'kind': 'track', 'parent': r['id'], 'seq': n}))\n"
        " print(json.dumps({'v': 1, 'id': r['id'], 'kind': 'done', 'n': 2}), flush=True)\n")
    requests = [{"v": 1, "id": f"c:album:{n}", "kind": "request", "ref": f"album:{n}"} for n in range(4)]
    done = run("segue", "pool", 2, "--", *expand, stdin=lines(*requests))
    assert collections.Counter(r["kind"] for r in done.records) == {"track": 8, "done": 4}


def test_one_id_is_in_one_pair_of_hands(run, stage, tmp_path):
    busy = stage(
        "for line in sys.stdin:\n"
        f" fd = os.open({str(tmp_path / 'busy')!r}, os.O_CREAT | os.O_EXCL)\n time.sleep(0.02)\n os.unlink({str(tmp_path / 'busy')!r})\n"
        " print(line, end='', flush=True)\n")
    done = run("segue", "pool", 4, "--", *busy, stdin=lines(*[records(1)[0]] * 10))
    assert done.status == 0 and len(done.records) == 10 and "Traceback" not in done.stderr


def test_a_stage_with_a_banner_is_given_up(run, stage):
    done = run("segue", "pool", 1, "--", *stage("print('hello', flush=True)\n" + ECHO), stdin=lines(*records(30)))
    assert done.status == 69 and "a line that is no record" in done.stderr


def test_what_a_stage_must_not_write_is_laid_to_the_record_it_had(run, stage):
    text = "for line in sys.stdin:\n if ':1\"' in line: print('chatter', flush=True)\n print(line, end='', flush=True)\n"
    done = run("segue", "pool", 1, "--", *stage(text), stdin=lines(*records(3)))
    assert {r["id"]: r.get("code") for r in done.records} == {"c:track:0": None, "c:track:1": "protocol", "c:track:2": None}


def test_an_answer_too_many_is_not_passed_on(run, stage):
    twice = stage("for line in sys.stdin: print(line, end='', flush=True); print(line, end='', flush=True)\n")
    done = run("segue", "pool", 1, "--", *twice, stdin=lines(*records(3)))
    assert len(done.records) == 3 and "which it does not have" in done.stderr


def test_a_stage_that_never_answers_is_ended_in_time(run, stage):
    done = run("segue", "pool", 1, "--timeout", "0.3", "--", *stage("time.sleep(600)\n"), stdin=lines(*records(1)))
    assert [r["code"] for r in done.records] == ["timeout"]


def test_a_stage_that_floods_stderr_does_not_stop_the_pipe(run, stage):
    noisy = stage("for line in sys.stdin:\n sys.stderr.write('noise ' * 20000 + chr(10))\n print(line, end='', flush=True)\n")
    done = run("segue", "pool", 2, "--", *noisy, stdin=lines(*records(100)))
    assert done.status == 0 and len(done.records) == 100 and len(done.stderr) < 2_000_000


def test_a_program_that_is_not_there_is_said_at_once(run):
    done = run("segue", "pool", 2, "--", "no-such-program", stdin=lines(*records(2)))
    assert (done.status, done.stdout) == (78, b"") and "no-such-program" in done.stderr


def test_what_a_stage_that_stands_still_cannot_do_is_answered_and_not_lost(run, stage):
    sent = [*records(200), records(1)[0], {"v": 1, "kind": "done", "id": "c:playlist:1", "n": 200}, {"v": 1, "kind": "error", "id": "c:track:900", "stage": "first", "class": "permanent", "code": "gone", "message": "gone"}]
    # Some may have been in hand at three starts in vain, alone.
    for command, status, classes in ((stage("print('no license', file=sys.stderr)\nsys.exit(78)\n"), 78, {"config"}), (["true"], 69, {"transient", "crash"})):
        done = run("segue", "pool", 2, "--window", 4, "--", *command, stdin=lines(*sent))
        assert done.status == status and len(done.records) == len(sent), done.stderr
        errors = [r for r in done.records if r["kind"] == "error" and r["stage"] != "first"]
        assert sorted(r["id"] for r in errors) == sorted(r["id"] for r in sent[:201]) and {r["class"] for r in errors} <= classes
        assert all(r["record"]["id"] == r["id"] for r in errors) and all(r in done.records for r in sent[201:])


def test_a_stage_that_ends_at_every_start_is_given_up(run):
    done = run("segue", "pool", 1, "--", "true", stdin=lines(*records(20)))
    assert done.status == 69 and "ended 5 times" in done.stderr


def test_replicas_have_a_clean_state_and_only_their_own_descriptors(run, stage):
    look = stage(
        "status = open('/proc/self/status').read()\n"
        "state = {k: v.strip() for k, v in (l.split(':', 1) for l in status.splitlines()) if k in ('SigBlk', 'SigIgn')}\n"
        "fds = sorted(int(f) for f in os.listdir('/proc/self/fd'))[:-1]\n"
        "for line in sys.stdin:\n r = json.loads(line)\n"
        " r['x_state'] = {**state, 'fds': fds, 'group': os.getpgid(0) == os.getpid(), 'events': os.environ['SEGUE_EVENTS_FD']}\n"
        " print(json.dumps(r), flush=True)\n")
    state = run("segue", "pool", 1, "--", *look, stdin=lines(*records(1))).only["x_state"]
    # Python itself ignores SIGPIPE (bit 12) and SIGXFSZ (bit 24); glibc keeps signals 32 and 33 for itself.
    assert state["SigBlk"] == "0" * 16 and int(state["SigIgn"], 16) & ~0x181001000 == 0
    assert state["fds"] == [0, 1, 2, 3] and state["group"] and state["events"] == "3"


def test_a_grandchild_does_not_hold_up_the_end(run, stage, tmp_path):
    parent = stage(ECHO + f"if os.fork() == 0:\n open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid()))\n time.sleep(600)\n")
    began = time.monotonic()
    assert run("segue", "pool", 1, "--", *parent, stdin=lines(*records(1))).status == 0
    assert time.monotonic() - began < 30
    pid = int((tmp_path / "pid").read_text())
    for _ in range(100):
        state = open(f"/proc/{pid}/stat").read().split()[2] if os.path.exists(f"/proc/{pid}") else "Z"
        if state == "Z":
            break
        time.sleep(0.05)
    assert state == "Z"


@pytest.mark.parametrize("signals", [[signal.SIGTERM], [signal.SIGTERM, signal.SIGINT]])
def test_a_signal_ends_it_and_says_that_something_is_left(start, stage, signals, tmp_path):
    process = start("segue", "pool", "2", "--", *stage("for line in sys.stdin: open(f'busy-{os.getpid()}', 'w').close(), time.sleep(600)\n"))
    process.stdin.write(lines(*records(5)))
    process.stdin.flush()
    end = time.monotonic() + 30
    while len(list(tmp_path.glob("busy-*"))) < 2:
        assert time.monotonic() < end
        time.sleep(0.01)
    for one in signals:
        process.send_signal(one)
    assert process.wait(timeout=20) == 75


def test_its_reader_may_leave(start):
    process = start("segue", "pool", "2", "--", "cat")
    process.stdout.close()
    try:
        process.stdin.write(lines(*records(1000, x_pad="x" * 1000)))
        process.stdin.close()
    except BrokenPipeError:
        pass
    assert process.wait(timeout=20) == 0
    process.stdout = process.stdin = None


def test_bad_arguments_are_refused(run):
    for arguments in (["0", "--", "cat"], ["2"], ["2", "--window", "0", "--", "cat"], ["x", "--", "cat"]):
        assert run("segue", "pool", *arguments).status == 64


