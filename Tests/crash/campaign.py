"""Tries what a crash at any moment leaves.

  campaign.py --states 1000                    a sample over all scenarios, chosen by the day's seed
  campaign.py --states 40000 --report FILE     by hand, with what was found
  campaign.py --replay RECORDING CUT MODE SEED one state again
  campaign.py --without                        that each sync and rename, by its place in the code, is missed when it is left out
  campaign.py --failing 1000                   that each call of each sort may fail, in each program; of more than 1000, so many

SEGUE_BIN names the folder of the programs.
"""

import argparse
import collections
import ctypes
import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from disk import MODES
from failing import attempt_all
from recording import apart, is_apart_possible
from scenarios import ALL, SCENARIOS, Stage
from without import prove

WORKER = pathlib.Path(__file__).parent / "worker.py"


class Broken(Exception):
    """The campaign itself cannot go on."""


def work(verb, *arguments):
    """A worker in namespaces of its own, which ends with us."""
    command = apart([sys.executable, str(WORKER), verb, *map(str, arguments)])
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=lambda: ctypes.CDLL(None).prctl(1, signal.SIGKILL))


def told(worker):
    """What a worker told, by lines."""
    lines = [json.loads(line) for line in worker.communicate()[0].splitlines()]
    if worker.returncode != 0:
        raise Broken(f"a worker ended with {worker.returncode}: {lines[-3:]}")
    return lines


def record(folder, name, file="plain", **environment):
    """Furnishes the scenario's folder, where that is to be done, and records it there; the path, and what was told of the run."""
    stage = folder / name
    if not stage.exists():
        Stage(stage, ALL[name]).furnish()
    last = told(work("make", stage, file, *(f"{key}={value}" for key, value in environment.items())))[-1]
    return stage / file, last


def share(name, names, states):
    """How many of the states are of a scenario."""
    return states * SCENARIOS[name].weight // sum(SCENARIOS[other].weight for other in names)


class Campaign:
    """Its figures, and the states that failed."""

    def __init__(self, folder, seed):
        self.folder, self.seed, self.counts, self.failures, self.operations = folder, seed, {}, [], {}

    def attempt(self, name, states, jobs, rounds=1, again=2, seconds=3600):
        """Records a scenario and judges so many of its states."""
        path, last = record(self.folder, name)
        if last["status"] != 0:
            raise Broken(f"{name} does not succeed by itself: {last}")
        self.operations[name] = last["operations"]
        workers = [work("states", path.parent, path.name, index, jobs, states, self.seed, rounds, again, seconds) for index in range(jobs)]
        count = self.counts.setdefault(name, collections.Counter())
        for worker in workers:
            for line in told(worker):
                if "modes" in line:
                    count.update(line["modes"])
                elif "wrong" in line:
                    self.failures.append(line)
                    print(f"campaign.py --replay {line['recording']} {line['cut']} {line['mode']} {line['seed']}\n  " + "\n  ".join(line["wrong"][:4]), flush=True)
        print(f"{name}: {self.operations[name]} operations, {self.states(name)} states, {len(self.failures)} failed so far", flush=True)

    def states(self, name):
        return sum(self.counts[name].values())

    def table(self):
        """Markdown: how many states of each scenario and mode."""
        modes = [*MODES, "again"]
        lines = [f"| scenario | operations | {' | '.join(modes)} | states | failed |", "| --- |" + " --: |" * (len(modes) + 3)]
        for name, count in self.counts.items():
            failed = sum(f"/{name}/" in failure["recording"] for failure in self.failures)
            lines.append(f"| {name} | {self.operations[name]} | {' | '.join(str(count[mode]) for mode in modes)} | {self.states(name)} | {failed} |")
        total = sum(map(self.states, self.counts))
        return "\n".join([*lines, f"| all | {sum(self.operations.values())} |{' |' * len(modes)} {total} | {len(self.failures)} |"])


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--states", type=int, default=1000)
    options.add_argument("--seed", type=int, default=datetime.date.today().toordinal())
    options.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    options.add_argument("--rounds", type=int, default=1, help="seeds of each mode that chance decides")
    options.add_argument("--again", type=int, default=2, help="second crashes: so many recordings of each scenario, with 20 states each")
    options.add_argument("--scenarios", default=",".join(SCENARIOS))
    options.add_argument("--folder", type=pathlib.Path)
    options.add_argument("--report", type=pathlib.Path)
    options.add_argument("--without", action="store_true")
    options.add_argument("--only", default="", metavar="REGEX", help="of the syncs and renames, or of what may fail ('place write'), only these")
    options.add_argument("--failing", type=int, metavar="N")
    options.add_argument("--replay", nargs=4)
    chosen = options.parse_args()
    if not is_apart_possible():
        sys.exit("the kernel gives no namespaces, or there is no strace")
    if chosen.replay:
        return sys.exit(subprocess.run(apart([sys.executable, str(WORKER), "one", *chosen.replay])).returncode)
    folder, names = chosen.folder or pathlib.Path(tempfile.mkdtemp(prefix="segue-crash-")), chosen.scenarios.split(",")
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {chosen.seed}, in {folder}", flush=True)
    if chosen.without:
        return prove(folder, names, record, lambda *arguments: told(work("without", *arguments)), chosen.only)
    if chosen.failing:
        sys.exit(bool(attempt_all(folder, record, work, told, chosen.jobs, chosen.failing, chosen.only)))
    campaign, start = Campaign(folder, chosen.seed), time.monotonic()
    for name in names:
        campaign.attempt(name, share(name, names, chosen.states), chosen.jobs, chosen.rounds, chosen.again)
    print(text := f"{campaign.table()}\n\nseed {chosen.seed}, {time.monotonic() - start:.0f} s")
    if chosen.report:
        chosen.report.write_text(text + "\n")
    if not campaign.failures and not chosen.folder:
        shutil.rmtree(folder)
    sys.exit(bool(campaign.failures))


if __name__ == "__main__":
    main()
