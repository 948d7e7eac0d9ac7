"""That any single call may fail: each ends in an answer, an error line or a clean end, shows nothing wrong, and the next run is whole."""

import collections
import errno
import json
import pathlib
import re
import subprocess

from disk import Tree
from recording import Trial
from scenarios import ROOT

# Each with the scenario in which it fails, and its name there.
PROGRAMS = {name: ("five", name) for name in ("segue", "resolve", "fetch", "decrypt", "verify", "place", "record")} | {"serve": ("serving", "segue")}
CALLS = {
    "write": [errno.ENOSPC, errno.EIO, errno.EDQUOT, errno.EINTR, 0], "sync": [errno.EIO, errno.ENOSPC], "rename": [errno.ENOSPC, errno.EIO],
    "open": [errno.ENOSPC, errno.EMFILE, errno.EINTR], "mkdir": [errno.ENOSPC, errno.EDQUOT], "link": [errno.EMLINK, errno.ENOSPC],
    "unlink": [errno.EIO], "truncate": [errno.ENOSPC, errno.EIO], "allocate": [errno.ENOSPC, errno.EIO], "mmap": [errno.ENOMEM], "malloc": [errno.ENOMEM]}
# What the manual lists; a program that runs out of memory may be ended by the system.
ENDS = {0, 1, 64, 69, 74, 75, 78}
KILLED = {134, 132, 133, 139}


def preload(folder):
    library = pathlib.Path(folder) / "failing.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "failing.c", "-ldl"], check=True)
    return library


def attempt_all(folder, record, work, told, jobs, at_most, only=""):
    """Prints a line of Markdown for each program, and what was wrong with it before that; returns all that was wrong."""
    library, wrong, paths = preload(folder), [], {}
    print(f"| program | {' | '.join(CALLS)} |\n| --- |{' --: |' * len(CALLS)}", flush=True)
    for program, (scenario, name) in PROGRAMS.items():
        calls = [call for call in CALLS if re.search(only, f"{program} {call}")]
        if not calls:
            continue
        if scenario not in paths:
            paths[scenario], _ = record(folder, scenario)
        path = paths[scenario]
        workers = [work("failing", path.parent, path.name, library, index, jobs, at_most, name, ",".join(calls)) for index in range(jobs)]
        tried, made = collections.Counter(), {}
        for line in (line for worker in workers for line in told(worker)):
            tried.update(line.get("tried", {}))
            made.update(line.get("made", {}))
            if "wrong" in line:
                wrong.append(line)
                print(json.dumps(line), flush=True)
        print(f"| {program} | {' | '.join(cell(tried[call], made.get(call), len(CALLS[call]), at_most) for call in CALLS)} |", flush=True)
    return wrong


def cell(tried, made, ways, at_most):
    """How many were tried; of how many, where that is not all."""
    return "" if made is None else f"{tried} of {made * ways}" if made > at_most else str(tried)


def chosen(made, at_most):
    """The calls that are tried: all, or as many as may be, spread evenly."""
    return made if len(made) <= at_most else [made[number * len(made) // at_most] for number in range(at_most)]


class Failing(Trial):
    """Tries one failing call after the other in the scenario's commands."""

    def count(self, recording, library, program, call):
        """The numbers of the calls that one process of the program makes at most; of allocations the places that ask."""
        self.act(recording, library, program, call, 0, 0)
        told = set(map(int, self.failed.read_text().split())) if self.failed.exists() else set()
        return sorted(told) if call == "malloc" else range(1, max(told, default=0) + 1)

    def attempt(self, recording, library, program, call, number, how):
        """What is wrong, as sentences; None where there was no such call this time."""
        status, said = self.act(recording, library, program, call, number, how)
        if not self.failed.exists():
            return None
        ends = ENDS | KILLED if call in ("malloc", "mmap") else ENDS
        wrong = [] if status in ends else [f"status {status}: {said[-300:]}"]
        return wrong + self.judged(recording, Tree.read(ROOT), recording.marks)

    @property
    def failed(self):
        return self.stage.folder / "failed"

    def act(self, recording, library, program, call, number, how):
        self.failed.unlink(missing_ok=True)
        recording.base.lay(ROOT)
        fault = f"{program} {call} {number} {how}"
        return self.stage.run(
            self.scenario.act, LD_PRELOAD=str(library), SEGUE_FAIL=fault, SEGUE_FAILED=str(self.failed), SEGUE_FAIL_BELOW=ROOT)
