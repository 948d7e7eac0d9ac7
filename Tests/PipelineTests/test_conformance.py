"""segue test-stage: our own stages and the examples keep every rule, and stages that are wrong break the right one."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest
from programs import ENVIRONMENT, PROGRAMS, Outcome

ROOT = pathlib.Path(__file__).parents[2]
ENVIRONMENT = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}


def examine(folder, stage, *options, timeout=120):
    command = [PROGRAMS / "segue", "test-stage", *map(str, options), "--", *map(str, stage)]
    done = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, timeout=timeout)
    return Outcome(done.returncode, done.stdout, done.stderr)


def verdicts(folder, stage, *options, **more):
    done = examine(folder, stage, "--json", *options, **more)
    assert done.status in (0, 1), done.stderr
    found = {record["rule"]: record for record in done.records}
    assert done.status == int(any(r["verdict"] == "fail" for r in found.values()))
    return found


def broken(found):
    return {rule for rule, record in found.items() if record["verdict"] == "fail"}


def skipped(found):
    return {rule for rule, record in found.items() if record["verdict"] == "skipped"}


@pytest.fixture
def samples(music, origin, tmp_path):
    """What each of our stages is given in a pipe, as files, and the stages themselves."""
    served = origin(music)
    stages = {
        "resolve": ["resolve", "--rate", "0", "--catalog", served.url], "fetch": ["fetch", "--spool", "spool"],
        "decrypt": ["decrypt", "--keyring", str(served.keyring)], "intake": ["intake", "--spool", "unpacked"], "verify": ["verify"], "place": ["place", "--library", "Music"], "record": ["record", "--library", "Music"]}
    text = b"".join(json.dumps({"v": 1, "kind": "request", "id": f"c:{ref}", "ref": ref}).encode() + b"\n" for ref in ("playlist:1", "track:3"))
    for name, stage in stages.items():
        (tmp_path / name).write_bytes(text)
        done = subprocess.run(stage, input=text, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, timeout=60)
        assert done.returncode == 0, done.stderr
        # A stage is given tracks, and knows them by one id each.
        tracks = {r["id"]: r for r in map(json.loads, done.stdout.splitlines()) if r["kind"] == "track"}
        text = b"".join(json.dumps(r).encode() + b"\n" for r in tracks.values())
        assert len(tracks) >= 10
    return stages


@pytest.mark.parametrize("name", ["resolve", "fetch", "decrypt", "intake", "verify", "place", "record"])
def test_our_own_stages_keep_every_rule(samples, tmp_path, name):
    found = verdicts(tmp_path, samples[name], "--strict", "--sample", tmp_path / name)
    assert broken(found) == set(), {rule: found[rule] for rule in broken(found)}
    # What cannot be seen in these runs: refusals where nothing is refused, files where none is, children where none come,
    # and what becomes of a request, which comes back as something else.
    unseen = {
        "resolve": {"input-file-untouched", "keeps-unknown", "keeps-sections", "writes-what-it-says"},
        "fetch": {"input-file-untouched", "counts-children"}}.get(name, {"counts-children"})
    assert skipped(found) == unseen | {"says-why", "carries-the-record"}


def test_our_own_stages_keep_the_rules_for_records_that_are_not_theirs_too(samples, tmp_path):
    for name in ("fetch", "decrypt", "intake", "verify", "place", "record"):
        found = verdicts(tmp_path, samples[name], "--strict")
        assert broken(found) == set(), {rule: found[rule] for rule in broken(found)}


def test_our_own_stages_refuse_as_the_rules_want_it(samples, tmp_path):
    records = [json.loads(line) for line in (tmp_path / "fetch").read_text().splitlines()]
    for record in records:
        record["media"]["url"] = "http://127.0.0.1:9/nobody-is-there"
    (tmp_path / "nowhere").write_text("".join(json.dumps(record) + "\n" for record in records))
    found = verdicts(tmp_path, ["fetch", "--spool", "empty"], "--strict", "--sample", "nowhere")
    assert broken(found) == set() and found["says-why"]["verdict"] == found["carries-the-record"]["verdict"] == "pass"


@pytest.mark.parametrize("stage", sorted((ROOT / "Pipelines/custom").iterdir()), ids=lambda path: path.name)
def test_the_examples_keep_every_rule(tmp_path, stage):
    found = verdicts(tmp_path, [stage])
    assert broken(found) == set(), {rule: found[rule] for rule in broken(found)}
    assert "answers-everything" not in skipped(found)


READ = "import json, os, signal, subprocess, sys, time\nfor line in sys.stdin:\n    record = json.loads(line)\n"
SAY = "    print(json.dumps(record), flush=True)\n"

# What is wrong with a stage, and the rules that say so.
WRONG = {
    "never flushes": ("import sys\nout = open(1, 'w', buffering=1 << 20)\nfor line in sys.stdin: out.write(line)\n", {"flushes"}),
    "drops a record": (READ + "    if record['id'].endswith('2'): continue\n" + SAY, {"answers-everything"}),
    "answers twice": (READ + SAY + SAY, {"answers-everything"}),
    "has a banner": ("print('welcome', flush=True)\n" + READ + SAY, {"clean-stdout"}),
    "writes blank lines": (READ + "    print()\n" + SAY, {"clean-stdout"}),
    "makes up ids": (READ + "    record['id'] = 'mine:' + record['id']\n" + SAY, {"keeps-identity"}),
    "loses the place in the list": (READ + "    record.pop('seq', None)\n" + SAY, {"keeps-identity"}),
    "rounds numbers": (READ.replace("loads(line)", "loads(line, parse_float=lambda n: round(float(n)))") + SAY, {"keeps-unknown"}),
    "keeps only what it knows": (READ + "    record = {k: record[k] for k in ('v', 'id', 'kind', 'parent', 'seq', 'track', 'media', 'file') if k in record} "
                                 "if record['kind'] == 'track' else record\n" + SAY, {"keeps-unknown"}),
    "loses a section": (READ + "    record.pop('media', None)\n" + SAY, {"keeps-sections"}),
    "wants tracks only": (READ + "    if record['kind'] != 'track': raise ValueError(record['kind'])\n" + SAY, {"passes-foreign-kinds"}),
    "swallows a last line without its end": (
        "import sys\nfor line in sys.stdin:\n    if line.endswith('\\n'): print(line, end='', flush=True)\n", {"takes-last-line"}),
    "removes its input": (READ + "    if 'file' in record and os.path.exists(record['file']['path']): os.unlink(record['file']['path'])\n" + SAY,
                          {"input-file-untouched"}),
    "stays when there is no more": (READ + SAY + "time.sleep(600)\n", {"ends-at-eof"}),
    "leaves somebody behind": (READ + SAY + "subprocess.Popen(['sleep', '600'], stdin=-3, stdout=-3, stderr=-3)\n", {"no-stray-processes"}),
    "ends too early": ("import sys\nprint(sys.stdin.readline(), end='', flush=True)\n", {"answers-everything"}),
    "does not care for signals": ("import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n" + READ + SAY, {"stops-on-term"}),
    "ends with a failure": (READ + SAY + "sys.exit(3)\n", {"ends-at-eof"}),
    "writes lines without an end": (READ + "    if record['kind'] == 'track': record['x'] = 'x' * (1 << 20)\n" + SAY, {"valid-lines"}),
    "writes what is no UTF-8": (READ + "    os.write(1, json.dumps(record).encode()[:-1] + b', \"x\": \"\\xff\"}\\n')\n", {"valid-lines"}),
    "fails without a reason": (READ + "    if record['kind'] == 'track': record = {'v': 1, 'id': record['id'], 'kind': 'error', 'parent': record.get('parent'), "
                               "'seq': record.get('seq'), 'record': record}\n    record = {k: v for k, v in record.items() if v is not None}\n" + SAY, {"says-why"}),
    "fails with nothing to go on with": (
        READ + "    if record['kind'] == 'track':\n        short = {k: record[k] for k in ('v', 'id', 'parent', 'seq') if k in record}\n"
        "        record = {**short, 'kind': 'error', 'stage': 'x', 'class': 'permanent', 'code': 'x', 'message': 'x'}\n" + SAY, {"carries-the-record"}),
    "goes on when nobody reads": (
        "import signal, sys, time\nsignal.signal(signal.SIGPIPE, signal.SIG_IGN)\nfor line in sys.stdin:\n"
        "    try: print(line, end='', flush=True)\n    except BrokenPipeError:\n        while True: time.sleep(1)\n", {"quiet-when-reader-leaves"}),
    "answers once for each id": (
        "import json, sys\nseen = set()\nfor line in sys.stdin:\n    if json.loads(line)['id'] not in seen: print(line, end='', flush=True)\n"
        "    seen.add(json.loads(line)['id'])\n", {"safe-to-repeat"}),
    "takes ids for numbers": (
        READ + "    head, colon, last = record['id'].rpartition(':')\n    record['id'] = f'{head}{colon}{int(last)}' if last.isascii() and last.isdigit() else record['id']\n" + SAY,
        {"keeps-ids"}),
    "takes ids for floating numbers": (
        READ + "    def plain(text):\n        try: return f'{float(text):.17g}'\n        except ValueError: return text\n"
        "    head, colon, last = record['id'].rpartition(':')\n    record['id'] = f'{head}{colon}{plain(last)}' if len(last) > 1 else record['id']\n" + SAY, {"keeps-ids"}),
    "writes ids as numbers": (
        READ + "    if record['id'].split(':')[-1] == '12345678901234567890123': record['id'] = 12345678901234567890123\n" + SAY, {"keeps-ids", "valid-lines"}),
    "reads ids as what they look like": (
        READ + "    try: record['id'] = str(json.loads(record['id']))\n    except ValueError: pass\n" + SAY, {"keeps-ids"}),
    "takes an id for nothing": (READ + "    if record['id'].strip() == '': continue\n" + SAY, {"keeps-ids"}),
    "normalises what it reads": ("import unicodedata\n" + READ + "    record['id'] = unicodedata.normalize('NFC', record['id'])\n" + SAY, {"keeps-ids"}),
    "normalises to other accents": ("import unicodedata\n" + READ + "    record['id'] = unicodedata.normalize('NFKD', record['id'])\n" + SAY, {"keeps-ids"}),
    "knows collections by their folded names": (READ + "    if 'parent' in record: record['parent'] = record['parent'].casefold()\n" + SAY, {"keeps-ids"}),
    "trims ids": (READ + "    record['id'] = ' '.join(record['id'].split(' ')).replace('  ', ' ')\n" + SAY, {"keeps-ids"}),
    "cuts ids": (READ + "    record['id'] = record['id'][:255]\n" + SAY, {"keeps-ids"}),
    "has one answer for names that look alike": (
        "import unicodedata\n" + READ + "    key = unicodedata.normalize('NFC', record['id'])\n    known = globals().setdefault('known', {})\n"
        "    record['id'] = known.setdefault(key, record['id'])\n" + SAY, {"keeps-ids"}),
    "cuts long lines": ("import sys\nfor line in sys.stdin: print(line if len(line) < 65536 else line[:65535], end='' , flush=True)\n",
                        {"takes-long-lines", "valid-lines"}),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_stage_that_is_wrong_breaks_the_right_rule(tmp_path, what):
    text, rules = WRONG[what]
    (tmp_path / "stage.py").write_text(text)
    found = verdicts(tmp_path, [sys.executable, "stage.py"], "--timeout", 1)
    assert broken(found) == rules, {rule: found[rule] for rule in broken(found) ^ rules}
    told = [found[rule] for rule in rules]
    assert all(one["message"] for one in told)
    # Those that are about a line show it.
    lineless = {"flushes", "ends-at-eof", "no-stray-processes", "stops-on-term", "quiet-when-reader-leaves", "input-file-untouched"}
    assert all("line" in one for one in told if one["rule"] not in lineless)


EXPAND = READ + "    if record['kind'] != 'request': print(json.dumps(record), flush=True); continue\n{}"
CHILD = "    print(json.dumps({'v': 1, 'id': record['id'] + ':%d', 'kind': 'track', 'parent': record['id'], 'seq': %s}), flush=True)\n"
DONE = "    print(json.dumps({'v': 1, 'id': record['id'], 'kind': 'done', 'n': 2}), flush=True)\n"


@pytest.mark.parametrize("body,rules", [
    (CHILD % (1, 1) + CHILD % (2, 2) + DONE, set()), (CHILD % (1, 1) + DONE, {"counts-children"}),
    (CHILD % (1, 2) + CHILD % (2, 1) + DONE, {"counts-children"}), (DONE + CHILD % (1, 1) + CHILD % (2, 2), {"counts-children"}),
    (CHILD % (1, 1) + CHILD % (2, 2), {"answers-everything"})])
def test_a_stage_that_expands_counts_its_children(tmp_path, body, rules):
    (tmp_path / "stage.py").write_text(EXPAND.format(body))
    assert broken(verdicts(tmp_path, [sys.executable, "stage.py"], "--mode", "expand", "--timeout", 1)) == rules


def test_a_stage_that_answers_in_a_batch_need_not_flush(tmp_path):
    found = verdicts(tmp_path, ["sort"], "--mode", "batch")
    assert broken(found) == set() and "flushes" in skipped(found)


HOSTILE = {
    "writes for ever": "while true; do echo noise; done", "writes lines for ever": "read -r line; while true; do echo \"$line\"; done",
    "never reads": "sleep 600", "starts others for ever": "while true; do sleep 600 & sleep 0.05; done",
    "fills stderr": "while true; do echo noise >&2; done", "cannot be asked to go": "trap '' TERM INT HUP; while true; do sleep 1; done"}


@pytest.mark.parametrize("what", HOSTILE)
def test_it_comes_to_an_end_whatever_the_stage_does_and_leaves_nothing_behind(tmp_path, what):
    mark = f"segue-test-{os.getpid()}-{time.monotonic_ns()}"
    found = verdicts(tmp_path, ["sh", "-c", HOSTILE[what] + f"; : {mark}"], "--timeout", "0.3", timeout=100)
    assert "ends-at-eof" in broken(found)
    assert mark not in subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout


def test_an_interrupted_examination_ends_its_stage(tmp_path):
    command = [PROGRAMS / "segue", "test-stage", "--", "sh", "-c", "echo $$ >> pids; sleep 600"]
    process = subprocess.Popen(command, cwd=tmp_path, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    end = time.monotonic() + 20
    while not (tmp_path / "pids").exists() or not (tmp_path / "pids").read_text().strip():
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) == 75
    assert all(not os.path.exists(f"/proc/{pid}") for pid in (tmp_path / "pids").read_text().split())


def test_verdicts_for_people_have_a_line_each_and_the_line_that_broke_one(tmp_path):
    (tmp_path / "stage.py").write_text(WRONG["has a banner"][0])
    done = examine(tmp_path, [sys.executable, "stage.py"])
    text = done.stdout.decode().splitlines()
    place = next(n for n, line in enumerate(text) if line.startswith("FAIL"))
    assert text[place].split() == "FAIL clean-stdout line 1 of its stdout is not a record".split() and text[place + 1].strip() == "welcome"
    assert done.status == 1 and text[-1].endswith("1 fail, 7 skipped") and all(line[:8].strip() in ("pass", "FAIL", "skipped", "") for line in text[:-1])


def test_the_rules_can_be_listed():
    text = examine(ROOT, [], "--list").stdout.decode().splitlines()
    told = [json.loads(line) for line in examine(ROOT, [], "--list", "--json").stdout.splitlines()]
    assert len(text) == len(told) == len({one["rule"] for one in told}) and all(one["summary"].endswith(".") for one in told)
    assert {rule for _, rules in WRONG.values() for rule in rules} <= {one["rule"] for one in told}


@pytest.mark.parametrize("stage,options,status,words", [
    ([], [], 64, "no stage is named"), (["cat"], ["--timeout", "0"], 64, "--timeout"), (["cat"], ["--mode", "many"], 64, "mode"),
    (["no-such-program"], [], 78, "no-such-program"), (["sh", "-c", "exit 78"], [], 78, "does not run"), (["fetch", "--no-such-option"], [], 78, "no-such-option"),
    (["cat"], ["--sample", "missing"], 74, "missing"), (["cat"], ["--sample", "bad"], 64, "bad:2"), (["cat"], ["--sample", "empty"], 64, "no record")])
def test_what_cannot_be_examined_is_said(tmp_path, stage, options, status, words):
    (tmp_path / "bad").write_text('{"v":1,"id":"a","kind":"track"}\n{"v":1}\n')
    (tmp_path / "empty").touch()
    done = examine(tmp_path, stage, *options)
    assert done.status == status and words in done.stderr and done.stdout == b"", (done.status, done.stderr)
