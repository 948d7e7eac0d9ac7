"""segue check: what it says of a pipeline file, and which programs it finds."""

import json
import os
import shutil
import signal
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS

WHOLE = """
ledger: state/l.sqlite
stages:
  - {name: expand, run: [resolve, --rows, --catalog, "http://127.0.0.1:1"], mode: expand}
  - {name: resolve, run: [resolve, --catalog, "http://127.0.0.1:1"], replicas: 2}
  - {name: mine, run: [./mine.sh, "50 %"], window: 16, kinds: [track], writes: [x_mine]}
"""


@pytest.fixture
def check(run, tmp_path):
    def call(text, *arguments, **options):
        (tmp_path / "x.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return run("segue", "check", "x.yaml", *arguments, **options)

    return call


@pytest.fixture
def installed(tmp_path, run):
    """installed("fetch", "#!/bin/sh...") -> what segue --json says when that program lies beside it."""
    def call(name, text):
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        shutil.copy(PROGRAMS / "segue", folder / "segue")
        script(folder / name, text)
        (tmp_path / "x.yaml").write_text(f"stages: [{{name: it, run: [{name}], writes: [media]}}]")
        if name in ("resolve", "fetch", "decrypt", "place", "record"):
            (tmp_path / "x.yaml").write_text(f"stages: [{{name: it, run: [{name}, --not-an-option]}}]")
        return run(folder / "segue", "check", "--json", "x.yaml").only

    return call


def script(path, text):
    path.write_text(text)
    path.chmod(0o755)


def test_a_whole_file_is_told_as_a_table(check, tmp_path):
    script(tmp_path / "mine.sh", "#!/bin/sh\ncat\n")
    done = check(WHOLE)
    rows = [line.split() for line in done.stdout.decode().splitlines()]
    resolve = str((PROGRAMS / "resolve").resolve())
    assert done.status == 0 and done.stderr == ""
    assert rows == [
        ["stage", "mode", "replicas", "window", "program"], ["expand", "expand", str(min(2, os.cpu_count())), "8", resolve],
        ["resolve", "map", "2", "8", resolve], ["mine", "map", "1", "16", "./mine.sh"]]


def test_json_tells_the_same_and_what_the_stages_say_of_themselves(check, tmp_path):
    script(tmp_path / "mine.sh", "#!/bin/sh\ncat\n")
    answer = check(WHOLE, "--json").only
    assert answer["ok"] and answer["mistakes"] == [] and answer["warnings"] == []
    assert answer["stages"][1] == {
        "name": "resolve", "program": str((PROGRAMS / "resolve").resolve()), "native": True, "mode": "map", "replicas": 2,
        "window": 8, "kinds": ["request", "track"], "writes": ["track", "media"],
        "roles": ["pass", "rows", "search"]}
    assert answer["stages"][2] == {
        "name": "mine", "program": "./mine.sh", "native": False, "mode": "map", "replicas": 1, "window": 16, "kinds": ["track"],
        "writes": ["x_mine"]}


def test_nothing_is_run_and_nothing_is_made(check, tmp_path):
    script(tmp_path / "mine.sh", "#!/bin/sh\ntouch ran\n")
    check(WHOLE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["mine.sh", "x.yaml"]


def test_all_mistakes_are_told_each_with_its_line(check):
    done = check("""
ledgr: x
stages:
  - {name: a, run: cat -u, replicas: 0}
  - {name: b, run: [cat],
     replcas: 8, timeout: soon}
  - {name: a, run: [cat], mode: expnd}
  - {run: [cat]}
  - {name: c}
""")
    assert done.status == 78 and done.stdout == b""
    assert done.stderr.splitlines() == [
        "segue: x.yaml:2: the pipeline: unknown key ledgr; did you mean ledger?",
        "segue: x.yaml:4: stage a: run must be a list; try: run: [cat, -u]",
        "segue: x.yaml:4: stage a: replicas must be a whole number from 1 to 256, not 0",
        "segue: x.yaml:6: stage b: unknown key replcas; did you mean replicas?",
        'segue: x.yaml:6: stage b: timeout must be a time such as 30s, 15m or 2h, not the string "soon"',
        'segue: x.yaml:7: stage a: mode must be one of map, expand, batch, not "expnd"; did you mean expand?',
        "segue: x.yaml:7: stage a: the stage in line 4 has the same name",
        "segue: x.yaml:8: stage 4: there is no name; try: name: fetch",
        "segue: x.yaml:9: stage c: there is nothing to run; try: run: [PROGRAM, ARGUMENT]"]


def test_json_tells_mistakes_on_stdout_alone(check):
    done = check("stages: []", "--json")
    assert done.status == 78 and done.stderr == ""
    assert done.only == {
        "pipeline": "x.yaml", "ok": False, "stages": [], "warnings": [],
        "mistakes": [{"line": 1, "message": "stages must be a list of 1 to 100 stages"}]}


@pytest.mark.parametrize("text, line, words", [
    ("", 1, "empty"), ("# nothing\n", 1, "empty"), ("stages: [", 2, "not valid YAML"), ("a: b: c", 1, "not valid YAML"), ("stages:\n\t- a", 2, "not valid YAML"),
    ("stages: *none", 1, "undefined alias"), ("a: 1\n---\nb: 2", 2, "another document"), ("a\0b", 1, "not valid YAML"), ("x: 1\ny: \x01", 2, "not valid YAML"),
    (b"stages: \xff", 1, "not valid UTF-8"), ("ledger: a\n# b\nledger: c", 1, "ledger appears twice"), ("- a", 1, "mapping"), ("just words", 1, "mapping"),
    ("x: " + "y" * (1 << 20), 1, "at most 1048576 bytes"), ("stages: " + "[" * 5000, 1, "not valid YAML"), ("ledger: x", 1, "no stages"),
])
def test_what_is_no_pipeline_at_all_is_said(text, line, words, check):
    done = check(text, "--json")
    (mistake,) = done.only["mistakes"]
    assert done.status == 78 and mistake["line"] == line and words in mistake["message"]


@pytest.mark.parametrize("path", ["absent.yaml", "."])
def test_a_file_that_cannot_be_read_is_said(path, run):
    done = run("segue", "check", path)
    assert done.status == 78 and done.stdout == b"" and f"cannot read the pipeline file {path}" in done.stderr


def test_a_file_may_come_through_a_pipe(run):
    done = run("segue", "check", "/dev/stdin", stdin=b"stages: [{name: a, run: [cat], writes: [media]}]")
    assert done.status == 0


def test_windows_line_ends_and_a_byte_order_mark_are_no_matter(check):
    assert check(b"\xef\xbb\xbfstages:\r\n  - {name: a, run: [cat], writes: [media]}\r\n").status == 0


def test_aliases_may_be_used(check):
    answer = check("stages:\n  - {name: a, run: [cat], retry: &r {base: 1s}, window: &w 7}\n  - {name: b, run: [cat], retry: *r, window: *w}\n", "--json").only
    assert answer["ok"] and [stage["window"] for stage in answer["stages"]] == [7, 7]


def test_aliases_of_aliases_are_not_written_out(check):
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 40))
    done = check("a0: &a0 [x]\n" + levels + "stages: *a39\n", "--json", timeout=20)
    found = [m["message"] for m in done.only["mistakes"]]
    assert done.status == 78 and len(found) == 40 + 9
    assert sum("must be a mapping of names to values, not a list" in text for text in found) == 9


def test_after_a_hundred_mistakes_it_is_enough(check):
    done = check("stages: [{name: a, run: [cat]}]\n" + "".join(f"key{n}: 1\n" for n in range(50_000)), "--json", timeout=20)
    assert len(done.only["mistakes"]) == 100


@pytest.mark.parametrize("run_, words", [
    ("no-such-program", "there is no program no-such-program beside segue or on PATH"), ("./absent", "there is no program ./absent"),
    ("./x.yaml", "chmod +x"), ("/etc", "cannot be run")])
def test_a_program_that_cannot_be_run_is_a_mistake_of_its_stage(run_, words, check):
    done = check(f"stages:\n  - {{name: a, run: [cat]}}\n  - {{name: it, run: [{run_}]}}\n")
    assert done.status == 78 and done.stderr.startswith("segue: x.yaml:3: stage it: ") and words in done.stderr


@pytest.mark.parametrize("key", ["kinds", "writes"])
def test_what_a_stage_tells_itself_is_not_told_for_it(key, check):
    done = check(f"stages: [{{name: a, run: [fetch], {key}: [track]}}]")
    assert done.status == 78 and f"fetch reports its {key} itself; leave out {key}" in done.stderr


@pytest.mark.parametrize("text, words", [
    ("[{name: a, run: [cat]}]", "no stage writes media"),
    ("[{name: a, run: [cat], kinds: [track], writes: [media]}]", "no stage works on requests"),
    ("[{name: a, run: [cat], writes: [media]}, {name: b, run: [place, --library, x], mode: expand}]", "place answers each record with exactly one"),
    ("[{name: a, run: [cat], writes: [media]}, {name: b, run: [fetch], mode: batch}]", "fetch answers each record at once"),
    ("[{name: a, run: [cat], writes: [media], timeout: 10s, stall: 20s}]", "stall is not shorter than timeout")])
def test_what_is_unlikely_to_be_meant_is_told_and_is_no_mistake(text, words, check):
    done = check(f"stages: {text}")
    (warning,) = done.stderr.splitlines()
    assert done.status == 0 and done.stdout and warning.startswith("segue: x.yaml:1: warning: ") and words in warning
    assert words in check(f"stages: {text}", "--json").only["warnings"][0]["message"]


def described(**changes):
    answer = {"name": "fetch", "contract": 1, "mode": "map", "kinds": ["track"], "reads": ["media"], "writes": ["file"], **changes}
    return f"#!/bin/sh\necho '{json.dumps({k: v for k, v in answer.items() if v is not None})}'\n"


def test_a_stage_beside_segue_is_asked_what_it_is(installed):
    answer = installed("fetch", described(kinds=["track", "poem"]))
    assert answer["ok"] and answer["stages"][0]["kinds"] == ["poem", "track"]


@pytest.mark.parametrize("text, words", [
    ("#!/bin/sh\nexit 1\n", "does not say what stage it is"), ("#!/bin/sh\necho hello\n", "does not say what stage it is"),
    (described(mode="sideways"), "does not say what stage it is"), (described(kinds="track"), "does not say what stage it is"),
    (described(writes=None), "does not say what stage it is"), (described(contract=2), "another version of the contract than 1"), (described(contract=None), "another version of the contract than 1"),
    ("#!/bin/sh\nwhile :; do echo x >&2; done\n", "does not say what stage it is"), ("#!/bin/sh\nyes {\n", "does not say what stage it is"),
    ("#!/no/such/interpreter\n", "cannot run")])
def test_a_stage_that_does_not_say_what_it_is_is_a_mistake(text, words, installed):
    answer = installed("fetch", text)
    assert not answer["ok"] and words in answer["mistakes"][0]["message"]


@pytest.mark.parametrize("command, words", [
    ('[place, --library, Music, --template, "%artst%"]', 'names the field "artst"'), ("[place]", "--library"),
    ("[fetch, --stall, soon]", "--stall"), ("[record, --library, Music, --layout, piles]", "piles"), ("[decrypt, --keyrng, x]", "--keyrng")])
def test_what_a_stage_does_not_take_is_told_before_anything_is_fetched(command, words, check):
    text = f"ledger: l.sqlite\nstages:\n  - {{name: a, run: [cat], writes: [media]}}\n  - {{name: b, run: {command}}}"
    done = check(text)
    assert done.status == 78 and f"x.yaml:4: stage b: " in done.stderr and words in done.stderr


def test_a_stage_that_never_answers_is_given_up(installed, tmp_path):
    answer = installed("fetch", f"#!/bin/sh\necho $$ > {tmp_path}/pid\nsleep 60 & wait\n")
    assert not answer["ok"] and "does not say" in answer["mistakes"][0]["message"]
    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text().strip()}")


def test_other_programs_beside_segue_are_not_asked(installed, tmp_path):
    answer = installed("sorter", f"#!/bin/sh\ntouch {tmp_path}/asked\n")
    assert answer["ok"] and not answer["stages"][0]["native"] and not (tmp_path / "asked").exists()


def test_a_reader_that_is_gone_is_no_fault(tmp_path):
    (tmp_path / "x.yaml").write_text("stages: [{name: a, run: [cat], writes: [media]}]")
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run([PROGRAMS / "segue", "check", "x.yaml"], cwd=tmp_path, stdout=write, stderr=subprocess.PIPE, env=ENVIRONMENT)
    os.close(write)
    assert done.stderr == b"" and done.returncode in (0, -signal.SIGPIPE)
