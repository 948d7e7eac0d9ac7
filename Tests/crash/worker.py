"""A worker of the campaign, in namespaces of its own; answers are lines of JSON."""

import collections
import dataclasses
import fnmatch
import itertools
import json
import os
import pathlib
import random
import sys
import time

from disk import REVIVED
from failing import CALLS, Failing, chosen
from recording import Machine, Recording, Trial, Void, record
from scenarios import ALL, Stage


MOST = 2000  # states that are compared, where a sync makes a difference in few


def tell(**line):
    print(json.dumps(line), flush=True)


def stage_in(folder):
    folder = pathlib.Path(folder)
    return Stage(folder, ALL[folder.name])


def trial_in(folder, kind=Trial):
    machine = Machine.with_own(str(folder))
    stage = stage_in(folder)
    stage.serve()
    os.chdir(folder)
    return kind(stage, machine)


def make(folder, name, *environment):
    """Records the scenario; again where the log and the disk disagree, as when two calls ended at one moment."""
    stage = stage_in(folder)
    Machine(folder)
    for _ in range(10):
        try:
            found, status, said = record(stage, **dict(pair.split("=", 1) for pair in environment))
        except Void as error:
            tell(void=str(error))
            continue
        found.save(f"{folder}/{name}")
        return tell(status=status, said=said, operations=len(found.operations))
    sys.exit("no recording agrees with the disk")


def states(folder, name, index, of, wanted, seed, rounds, again, seconds):
    """Judges its share of so many states, and of so many recordings of a second crash 20 states each."""
    index, of, wanted, seed, rounds, again, end = int(index), int(of), int(wanted), int(seed), int(rounds), int(again), time.monotonic() + float(seconds)
    trial = trial_in(folder)
    path, done = f"{folder}/{name}", collections.Counter()
    recording, seen = Recording.load(path), set()
    for cut, mode, turn, tree in unlike(recording, recording.jobs(seed, rounds), seen, index, of):
        if sum(done.values()) >= wanted // of + (index < wanted % of) or time.monotonic() > end:
            break
        done[mode] += 1
        if wrong := trial.judge(recording, cut, mode, turn, tree):
            tell(recording=path, cut=cut, mode=mode, seed=turn, wrong=wrong)
    chance = random.Random(f"{seed} {index}")
    for job in chance.sample(recording.jobs(seed, rounds), again // of):
        if time.monotonic() < end:
            done["again"] += twice(trial, recording, job, chance)
    tell(states=sum(done.values()), modes=dict(done))


def unlike(recording, jobs, seen, index=0, of=1):
    """The states of a share of the jobs with their trees, of those that look alike only one."""
    for cut, mode, turn in jobs:
        tree = recording.crashed(cut, mode, turn)
        key = tree.digest, recording.boot_after(mode), tuple(sorted(recording.marks_at(cut)))
        if key not in seen and int.from_bytes(key[0][:4]) % of == index:
            yield cut, mode, turn, tree
        seen.add(key)


def twice(trial, recording, job, chance):
    """Judges states of a crash in what goes on after that state; how many."""
    for _ in range(3):
        try:
            second = trial.again(recording, *job)
            break
        except Void as error:
            tell(void=str(error))
    else:
        return 0
    name = "again-{}-{}-{}".format(*job)
    second.save(f"{trial.machine.outside}/{name}")
    jobs = second.jobs(job[2], 1)
    found = [(*state, trial.judge(second, *state)) for state in chance.sample(jobs, min(20, len(jobs)))]
    for cut, mode, turn, wrong in found:
        if wrong:
            tell(recording=str(trial.stage.folder / name), cut=cut, mode=mode, seed=turn, wrong=wrong)
    if not any(wrong for *_, wrong in found):
        os.unlink(f"{trial.machine.outside}/{name}")
    return len(found)


def without(path, call, glob, limit):
    """Judges states that there are only since a sync was left out, or while a name appears, until one is wrong."""
    trial, done = trial_in(pathlib.Path(path).parent), 0
    recording = Recording.load(path)
    jobs = (added if call == "sync" else appearing)(recording, glob)
    for cut, mode, seed, tree in unlike(recording, jobs, set()):
        done += 1
        if wrong := trial.judge(recording, cut, mode, seed, tree):
            tell(cut=cut, mode=mode, seed=seed, wrong=wrong)
            break
        if done >= int(limit):
            break
    tell(states=done)


def added(recording, _):
    """States that a sync would have ruled out: in turn what is certain, from the end on; what came back, and by a coin, soon after it; and by a coin."""
    whole = dataclasses.replace(recording, operations=[o._replace(kind="sync") if o.kind == "omitted" else o for o in recording.operations])
    omitted = [number for number, operation in enumerate(recording.operations) if operation.kind == "omitted"]
    cuts, chance = range(min(omitted, default=len(recording.operations)) + 1, len(recording.operations) + 1), random.Random(0)
    least = [(cut, mode, 0) for mode in ("least", "bare", "zeros") for cut in reversed(cuts)]
    revived = [(number + later, REVIVED, seed) for later in range(1, len(cuts)) for number in omitted if number + later in cuts for seed in range(4)]
    near = [(number + later, "coin", seed) for later in range(1, 13) for seed in range(8) for number in omitted if number + later in cuts]
    coins = [(chance.choice(cuts), "coin", seed) for seed in range(len(cuts))]
    jobs = (job for jobs in itertools.zip_longest(least, revived, near, coins) for job in jobs if job)
    for cut, mode, seed in itertools.islice(jobs, MOST):
        if recording.crashed(cut, mode, seed).digest != whole.crashed(cut, mode, seed).digest:
            yield cut, mode, seed


def appearing(recording, glob):
    """States in which the bytes under such a name are just being written."""
    paths = {inode: path for path, inode in recording.base.names.items()}
    for number, operation in enumerate(recording.operations):
        if operation.path and operation.kind != "remove":
            paths[operation.inode] = operation.path
        if operation.kind in ("make", "cut") and fnmatch.fnmatch(paths.get(operation.inode, ""), glob):
            for mode in ("kill", "bare", "torn", "least", "zeros"):
                for cut in range(number + 1, min(number + 5, len(recording.operations) + 1)):
                    yield cut, mode, 0


def failing(folder, name, library, index, of, at_most, program, calls):
    """Lets its share of the calls of each sort fail, of so many at most, each in all its ways."""
    trial = trial_in(folder, Failing)
    recording, done, made = Recording.load(f"{folder}/{name}"), collections.Counter(), {}
    for call in calls.split(","):
        numbers = trial.count(recording, library, program, call)
        made[call] = len(numbers)
        for number in chosen([number for number in numbers if number % int(of) == int(index)], -(-int(at_most) // int(of))):
            for how in CALLS[call]:
                # Which replica gets which record, and so how many calls it makes, is never the same.
                attempts = (trial.attempt(recording, library, program, call, number, how) for _ in range(3))
                wrong = next((wrong for wrong in attempts if wrong is not None), None)
                done[call] += wrong is not None
                if wrong:
                    tell(program=program, call=call, number=number, how=how, wrong=wrong)
    tell(tried=dict(done), made=made)


def one(path, cut, mode, seed):
    """Judges one state once more."""
    recording = Recording.load(path)
    trial = trial_in(pathlib.Path(path).parent)
    for number, operation in enumerate(recording.operations[max(0, int(cut) - 12):int(cut)], max(0, int(cut) - 12)):
        told = operation._replace(content=operation.content[:40])
        print(number, told.program, told.kind, told.inode, told.former, told.path, told.offset, len(operation.content), told.covers or "")
    for wrong in trial.judge(recording, int(cut), mode, int(seed)):
        print("WRONG:", wrong)


if __name__ == "__main__":
    {"make": make, "states": states, "one": one, "without": without, "failing": failing}[sys.argv[1]](*sys.argv[2:])
