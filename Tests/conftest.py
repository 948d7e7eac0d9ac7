"""What all tests of programs share: ways to run one of them, and a web server."""

import contextlib
import os
import subprocess
import sys

import pytest
from programs import ENVIRONMENT, PROGRAMS, Outcome


def pytest_collection_modifyitems(items):
    """The file that takes longest goes first, so that no process of several is left alone with it."""
    items.sort(key=lambda item: item.path.parent.name != "crash")


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
def secrets(tmp_path):
    """secrets("home 127.0.0.1 bearer T") -> a file that only its user can read"""
    def call(*text):
        file = tmp_path / "secrets"
        file.write_text("".join(f"{line}\n" for line in text))
        file.chmod(0o600)
        return file
    return call


@pytest.fixture
def site():
    """A web server of the test's own: see website.py."""
    from website import Site

    server = Site()
    yield server
    server.close()


# Another one.
other_site = site


class Disk:
    """A small file system of its own."""

    def __init__(self, folder):
        self.folder, self.filler = folder, folder / "filler"

    def fill(self):
        """Leaves no room at all."""
        with self.filler.open("ab", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))

    def free(self):
        self.filler.unlink()


@pytest.fixture
def disk():
    """disk(folder, "8m") -> a Disk in that folder; the test is skipped where none can be had."""
    mounted = []

    def call(folder, size):
        folder.mkdir(parents=True, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], capture_output=True).returncode != 0:
            pytest.skip("a small disk cannot be had here")
        mounted.append(folder)
        return Disk(folder)

    yield call
    for folder in mounted:
        subprocess.run(["umount", "-l", folder], check=True)


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
def peak_memory(tmp_path):
    """peak_memory("fetch", ..., stdin=path, stdout=path, cwd=path) -> bytes; the program must end with status 0.

    A small process of its own starts it: the peak of a child counts what its parent held at the fork.
    """
    script = (
        "import os, sys\n"
        "pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)\n"
        "_, status, usage = os.wait4(pid, 0)\n"
        "print(usage.ru_maxrss * 1024, file=sys.stderr)\n"
        "sys.exit(os.waitstatus_to_exitcode(status))\n")

    def call(program, *arguments, stdin=os.devnull, stdout=os.devnull, cwd=tmp_path):
        with open(stdin, "rb") as source, open(stdout, "wb") as target:
            done = subprocess.run(
                [sys.executable, "-c", script, PROGRAMS / program, *map(str, arguments)], stdin=source, stdout=target,
                stderr=subprocess.PIPE, env=ENVIRONMENT, cwd=cwd, timeout=300)
        assert done.returncode == 0, done.stderr
        return int(done.stderr.splitlines()[-1])

    return call
