"""What all tests of programs share: the built binaries, and a way to run one of them."""

import json
import os
import pathlib
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = pathlib.Path(os.environ.get("SEGUE_BIN", ROOT / ".build" / "debug"))
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("SEGUE_") and not k.lower().endswith("_proxy")}


def lines(*records):
    """Records (or raw text) as the bytes of a pipe."""
    parts = [r if isinstance(r, bytes) else r.encode() if isinstance(r, str) else json.dumps(r).encode() for r in records]
    return b"".join(p + b"\n" for p in parts)


class Outcome:
    """How a program ended: `status`, `stderr` (text), `stdout` (bytes) and the `records` read from it."""

    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr.decode(errors="replace")

    @property
    def records(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def only(self):
        (record,) = self.records
        return record


@pytest.fixture
def run(tmp_path):
    """run("fetch", "--spool", path, stdin=lines(record), env={}, cwd=path) -> Outcome"""

    def call(program, *arguments, stdin=b"", env=None, timeout=60, cwd=None):
        done = subprocess.run(
            [str(PROGRAMS / program), *map(str, arguments)],
            input=stdin, capture_output=True, timeout=timeout, env={**ENVIRONMENT, **(env or {})}, cwd=cwd or tmp_path)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture
def site():
    """A web server of the test's own: see website.py."""
    from website import Site

    server = Site()
    yield server
    server.close()


@pytest.fixture
def start(tmp_path):
    """start("fetch", ...) -> a running process with pipes; all are killed at the end of the test."""
    running = []

    def call(program, *arguments, env=None, cwd=None, **options):
        process = subprocess.Popen(
            [str(PROGRAMS / program), *map(str, arguments)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, env={**ENVIRONMENT, **(env or {})}, cwd=cwd or tmp_path, **options)
        running.append(process)
        return process

    yield call
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def peak_memory():
    """peak_memory("fetch", ..., stdin=path, stdout=path) -> bytes; the program must end with status 0.

    A small process of its own starts it: the peak of a child counts what its parent held at the fork.
    """
    script = (
        "import os, sys\n"
        "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\n"
        "_, status, usage = os.wait4(pid, 0)\n"
        "print(usage.ru_maxrss * 1024, file=sys.stderr)\n"
        "sys.exit(os.waitstatus_to_exitcode(status))\n")

    def call(program, *arguments, stdin=os.devnull, stdout=os.devnull):
        with open(stdin, "rb") as source, open(stdout, "wb") as target:
            done = subprocess.run(
                [sys.executable, "-c", script, PROGRAMS / program, *map(str, arguments)], stdin=source, stdout=target,
                stderr=subprocess.PIPE, env=ENVIRONMENT, timeout=300)
        assert done.returncode == 0, done.stderr
        return int(done.stderr.splitlines()[-1])

    return call
