"""A run whose changes of the disk were written down, and the states that a crash in it may leave."""

import ctypes
import dataclasses
import fcntl
import hashlib
import os
import pathlib
import pickle
import random
import shutil
import socket
import struct
import subprocess
import sys

import judge
from disk import CERTAIN, MODES, Tree, crashed
from scenarios import ROOT, must
from tracing import Tracing, Void, strace

BOOT = "/proc/sys/kernel/random/boot_id"


class Refused(Exception):
    """The kernel gives no such namespaces."""


def apart(command):
    """The command, in namespaces of its own with an empty file system at ROOT: what it starts ends with it."""
    os.makedirs(ROOT, exist_ok=True)
    mine = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    laid = 'mount -t tmpfs -o mode=755,size=4g tmpfs "$0" && exec "$@"'
    return ["unshare", *mine, "--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "--propagation", "private", "sh", "-c", laid, ROOT, *command]


def is_apart_possible():
    done = subprocess.run(apart([sys.executable, __file__]), capture_output=True)
    return done.returncode == 0 and shutil.which("strace") is not None


def mount(source, target, kind, flags):
    if ctypes.CDLL(None, use_errno=True).mount(os.fsencode(source), os.fsencode(target), kind, flags, None) != 0:
        raise Refused(os.strerror(ctypes.get_errno()))


class Machine:
    """This worker's own loopback, and its boot id, which changes with each crash of the machine."""

    def __init__(self, folder):
        with socket.socket() as link:
            fcntl.ioctl(link, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
        self.file, self.outside = pathlib.Path(folder) / "boot", folder
        self.boot(0)
        mount(self.file, BOOT, None, 4096)  # MS_BIND

    @classmethod
    def with_own(cls, folder):
        """Beside others that use the folder: a copy lies in its place, and `outside` leads to the folder itself."""
        outside = f"/proc/self/fd/{os.open(folder, os.O_RDONLY | os.O_DIRECTORY)}"
        mount("tmpfs", folder, b"tmpfs", 0)
        shutil.copytree(outside, folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("again-*"))
        machine = cls(folder)
        machine.outside = outside
        return machine

    def boot(self, number):
        self.file.write_text(f"00000000-0000-4000-8000-{number:012}\n")


@dataclasses.dataclass
class Recording:
    scenario: str
    base: Tree
    operations: list
    before: dict
    final: dict
    reference: dict
    allowed: dict
    boot: int = 0
    marks: frozenset = frozenset()  # before it began
    times: dict = dataclasses.field(default_factory=dict)  # of files that are there in the end: after which operation, and when

    @classmethod
    def load(cls, path):
        with open(path, "rb") as file:
            return pickle.load(file)

    def save(self, path):
        with open(path, "wb") as file:
            pickle.dump(self, file)

    def marks_at(self, cut):
        """What had been acknowledged by then."""
        return self.marks | {operation.content.decode() for operation in self.operations[:cut] if operation.kind == "mark"}

    def boot_after(self, mode):
        return self.boot + (mode != "kill")

    def crashed(self, cut, mode, seed):
        tree = crashed(self.base, self.operations, cut, mode, seed)
        for inode, (number, time) in self.times.items():
            if number < cut:
                tree.times[inode] = time
        return tree

    def jobs(self, seed, rounds):
        """Each (cut, mode, seed), shuffled: those that chance decides for so many seeds. The end comes first, when most was answered."""
        cuts = range(len(self.operations) + 1)
        found = [(cut, mode, 0) for mode in CERTAIN for cut in cuts]
        found += [(cut, mode, seed * 1000 + turn) for mode in sorted(MODES.keys() - CERTAIN) for turn in range(rounds) for cut in cuts]
        random.Random(seed).shuffle(found)
        return sorted(found, key=lambda job: job[0] < len(self.operations))


def traced(stage, text, tree, **environment):
    """Runs a shell text; its status, what it said, and the Tracing of what it did to the tree."""
    log, marks = stage.folder / "strace", stage.folder / "marks"
    marks.unlink(missing_ok=True)
    status, said = stage.run(text, wrapped=[*strace(log)], seconds=180, **environment)
    tracing = Tracing(ROOT, tree.copy(), str(marks))
    try:
        tracing.read(log)
    finally:
        log.unlink(missing_ok=True)
    if told := tracing.tree.differences(ROOT):
        raise Void("; ".join(told[:5]))
    return status, said, tracing


def times_of(tracing):
    """When files that are there were last written, exactly: a log of calls tells it only nearly."""
    last = {operation.inode: number for number, operation in enumerate(tracing.operations) if operation.kind in ("make", "write", "cut")}
    found = {}
    for path, inode in tracing.tree.names.items():
        if inode in last:
            found[inode] = (last[inode], os.stat(f"{ROOT}/{path}").st_mtime_ns)
    return found


def record(stage, **environment):
    """What the scenario does, from its beginning: the recording, and the status of the commands."""
    scenario, reference = stage.scenario, {"files": {}}
    Tree().lay(ROOT)
    stage.restock()
    stage.serve(is_former=bool(scenario.before))
    os.chdir(stage.folder)
    if scenario.judged == "marks":
        must(stage, "touch open; segue run --quiet playlist:1 track:4")
        reference = judge.look()
        Tree().lay(ROOT)
    if scenario.before:
        must(stage, scenario.before, "before.json")
    if scenario.between:
        scenario.between(stage)
    if scenario.before or scenario.between:
        stage.serve()
    base, before = Tree.read(ROOT), judge.look()
    status, said, tracing = traced(stage, scenario.act, base, **environment)
    final = judge.look(scenario.may_leave)
    allowed = {}
    for seen in (before, final, reference):
        for path, digest in [*seen["files"].items(), *seen.get("inbox", {}).items()]:
            allowed.setdefault(path, set()).add(digest)
    add_forms(allowed, base, tracing.operations)
    return Recording(scenario.name, base, tracing.operations, before, final, reference, allowed, times=times_of(tracing)), status, said


def add_forms(allowed, base, operations):
    """A playlist file may be seen in each form that got the name; what others read, as it is when it goes, or in the end."""
    tree = base.copy()

    def add(path):
        allowed.setdefault(path, set()).add(hashlib.sha1(tree.file(tree.names[path])).hexdigest())

    for operation in operations:
        if operation.kind == "remove" and judge.is_shared(operation.path):
            add(operation.path)
        tree.apply(operation)
        if operation.kind in ("rename", "link") and operation.path.endswith(".m3u8"):
            add(operation.path)
    for path in filter(judge.is_shared, tree.names):
        add(path)


class Trial:
    """Lays states of recordings of one scenario, and judges them."""

    def __init__(self, stage, machine):
        self.stage, self.scenario, self.machine = stage, stage.scenario, machine

    def lay(self, recording, cut, mode, seed, tree=None):
        tree = tree or recording.crashed(cut, mode, seed)
        self.machine.boot(recording.boot_after(mode))
        tree.lay(ROOT)
        return tree

    def judge(self, recording, cut, mode, seed, tree=None):
        """What is wrong with a state, as sentences."""
        had_power = mode == "kill" and recording.boot == 0
        return self.judged(recording, self.lay(recording, cut, mode, seed, tree), recording.marks_at(cut), had_power)

    def judged(self, recording, tree, marks, had_power=True):
        """What is wrong with what is on the disk, at once and when the work was done to its end."""
        wrong = judge.at_once(self.scenario, recording, tree, marks, had_power)
        status, said = self.stage.run(self.scenario.after, MARKS="\n".join(marks))
        return wrong + judge.at_the_end(self.scenario, recording.reference, recording.final, status, said, marks)

    def again(self, recording, cut, mode, seed):
        """A recording of what goes on after that state, in which it can crash a second time."""
        self.lay(recording, cut, mode, seed)
        base = Tree.read(ROOT)
        _, _, tracing = traced(self.stage, self.scenario.after, base, MARKS="\n".join(recording.marks_at(cut)))
        second = Recording(
            recording.scenario, base, tracing.operations, recording.before, recording.final, recording.reference,
            {path: set(known) for path, known in recording.allowed.items()}, recording.boot_after(mode), recording.marks_at(cut), times_of(tracing))
        add_forms(second.allowed, base, tracing.operations)
        return second


if __name__ == "__main__":
    # Whether the kernel gives what a worker needs.
    try:
        Machine(ROOT)
    except (OSError, Refused) as error:
        sys.exit(str(error))
