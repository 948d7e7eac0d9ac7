"""What one machine and many are compared by, and how machines go away."""

import contextlib
import os
import pathlib
import signal
import sqlite3

# A stage that passes every record, and dies with one.
DEADLY = """
import json, os, sys
for line in sys.stdin:
    if json.loads(line).get("track", {}).get("title") == "Song 7":
        os._exit(9)
    sys.stdout.write(line)
    sys.stdout.flush()
"""


def same_library(one, other):
    """Whether two drives have the same items in the same states, the same files, and the same books but for the times."""
    books = []
    for driven in (one, other):
        with contextlib.closing(sqlite3.connect(driven.library / ".segue/catalogue.sqlite")) as database:
            tracks = sorted(database.execute("SELECT id, path, bytes, sha256, title, artist, album, quality, source_sha256 FROM track"))
            members = sorted(database.execute("SELECT collection, seq, track FROM member"))
            failures = sorted(database.execute("SELECT id, stage, class, code FROM failure"))
        states = {i: item["state"] for i, item in driven.items().items()}
        files = {
            str(p.relative_to(driven.library)): p.read_bytes() for p in sorted(driven.library.rglob("*")) if p.is_file() and ".segue" not in str(p)}
        books.append((tracks, members, failures, states, files))
    return books[0] == books[1] and bool(books[0][0])


def ledger(driven):
    """All that is in the ledger."""
    return rows(driven.folder / "state/ledger.sqlite")


def dump(driven):
    """All that is in the ledger and in the catalogue."""
    return ledger(driven), rows(driven.library / ".segue/catalogue.sqlite")


def rows(path):
    with contextlib.closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


def family(process):
    """A process and all that it started, by their numbers."""
    parents = {}
    for entry in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents.setdefault(int((entry / "stat").read_text().rpartition(")")[2].split()[1]), []).append(int(entry.name))
    found = [process]
    for one in found:
        found += parents.get(one, [])
    return found


def command(process):
    """The command of a process; empty if it is gone."""
    with contextlib.suppress(OSError):
        return pathlib.Path(f"/proc/{process}/cmdline").read_bytes()
    return b""


def end(process):
    """Kills a process that a test started, with all that it started itself."""
    # The number of one that has ended may be another's by now.
    for one in family(process.pid) if process.poll() is None else []:
        with contextlib.suppress(ProcessLookupError):
            os.kill(one, signal.SIGKILL)
    process.wait()
