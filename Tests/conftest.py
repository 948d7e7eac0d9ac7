"""What all tests of programs share: the built binaries, and a way to run one of them."""

import json
import os
import pathlib
import subprocess

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
