"""A folder as operations made it, and the states that it may be in after a crash."""

import hashlib
import os
import random
import shutil
from typing import NamedTuple

SECTOR = 512


class Operation(NamedTuple):
    """One change of a folder: make, folder, write, cut, rename, link, remove, mode; or sync, omitted (a sync), mark, which change nothing."""

    kind: str
    inode: int = 0
    path: str = ""
    former: str = ""  # the name before a rename or beside a link
    parent: int = 0  # the inode of the folder whose names it changes
    offset: int = 0  # of a write; the length after a cut
    content: bytes = b""
    mode: int = 0
    at: float = 0.0  # seconds since 1970
    covers: int = 0  # a sync makes durable what was done to its inode before the operation of this number
    program: str = ""
    callers: str = ""  # of a sync or a rename, where without.c told them


class Tree:
    """Names, files and folders below a root, without what processes share in memory."""

    def __init__(self):
        self.names, self.folders, self.files, self.modes, self.times = {}, set(), {}, {}, {}

    @classmethod
    def read(cls, root):
        """What is on the disk."""
        tree, inodes = cls(), {}
        for folder, folders, files in os.walk(root):
            for name in folders + files:
                path = os.path.join(folder, name)
                status = os.lstat(path)
                inode = inodes.setdefault(status.st_ino, len(inodes) + 1)
                tree.names[path[len(root) + 1:]] = inode
                if name in folders:
                    tree.folders.add(inode)
                elif not name.endswith("-shm"):
                    with open(path, "rb") as file:
                        tree.files[inode] = bytearray(file.read())
                    tree.modes[inode], tree.times[inode] = status.st_mode & 0o777, status.st_mtime_ns
                else:
                    del tree.names[path[len(root) + 1:]]
        return tree

    def copy(self):
        copy = Tree()
        copy.names, copy.folders = dict(self.names), set(self.folders)
        copy.files = {inode: bytearray(content) for inode, content in self.files.items()}
        copy.modes, copy.times = dict(self.modes), dict(self.times)
        return copy

    def apply(self, operation, sectors=None):
        """Makes the change; of a write with `sectors` only these, while the file has its length."""
        kind, inode, path = operation.kind, operation.inode, operation.path
        if kind == "make":
            self.names[path] = inode
            self.files.setdefault(inode, bytearray())
            self.modes[inode], self.times[inode] = operation.mode, int(operation.at * 1e9)
        elif kind == "folder":
            self.names[path] = inode
            self.folders.add(inode)
        elif kind == "write":
            self.write(operation, sectors)
        elif kind == "cut":
            file = self.files.setdefault(inode, bytearray())
            del file[operation.offset:]
            file.extend(bytes(operation.offset - len(file)))
            self.times[inode] = int(operation.at * 1e9)
        elif kind in ("rename", "link"):
            if kind == "rename" and self.names.get(operation.former) == inode:
                del self.names[operation.former]
            self.names[path] = inode
        elif kind == "remove":
            self.names.pop(path, None)
        elif kind == "mode":
            self.modes[inode] = operation.mode

    def write(self, operation, sectors):
        file, start, content = self.files.setdefault(operation.inode, bytearray()), operation.offset, operation.content
        file.extend(bytes(max(0, start + len(content) - len(file)) if sectors is not None else max(0, start - len(file))))
        if sectors is None:
            file[start:start + len(content)] = content
        else:
            for sector in sectors:
                first, last = max(start, sector * SECTOR), min(start + len(content), (sector + 1) * SECTOR)
                file[first:last] = content[first - start:last - start]
        self.times[operation.inode] = int(operation.at * 1e9)

    @property
    def reachable(self):
        """The names whose folders are there, each after its folder."""
        found = {}
        for path in sorted(self.names):
            parent = os.path.dirname(path)
            if not parent or parent in found and found[parent] in self.folders:
                found[path] = self.names[path]
        return found

    def file(self, inode):
        return self.files.get(inode, b"")

    @property
    def digest(self):
        """The same for trees that look the same, whatever their times."""
        whole, numbers = hashlib.sha1(), {}
        for path, inode in self.reachable.items():
            is_new = inode not in numbers
            number = numbers.setdefault(inode, len(numbers))
            whole.update(f"{path}\0{number}\0{inode in self.folders}\0{self.modes.get(inode)}\0".encode("utf8", "surrogateescape"))
            if is_new and inode not in self.folders:
                whole.update(hashlib.sha1(self.file(inode)).digest())
        return whole.digest()

    def lay(self, root):
        """Puts it on the disk, in place of what is there."""
        for entry in os.scandir(root):
            shutil.rmtree(entry.path) if entry.is_dir(follow_symlinks=False) else os.unlink(entry.path)
        made = {}
        for path, inode in self.reachable.items():
            whole = os.path.join(root, path)
            if inode in self.folders:
                os.mkdir(whole, 0o755)
            elif inode in made:
                os.link(made[inode], whole)
            else:
                with open(whole, "wb") as file:
                    file.write(self.file(inode))
                os.chmod(whole, self.modes.get(inode, 0o644))
                os.utime(whole, ns=(self.times.get(inode, 0),) * 2)
                made[inode] = whole

    def differences(self, root):
        """How the disk differs from it, as sentences."""
        real, mine = Tree.read(root), self.reachable
        there = real.reachable
        told = [f"only on the disk: {path}" for path in there.keys() - mine.keys()]
        told += [f"only in the model: {path}" for path in mine.keys() - there.keys()]
        for path in mine.keys() & there.keys():
            if (mine[path] in self.folders) != (there[path] in real.folders) or self.file(mine[path]) != real.file(there[path]):
                told.append(f"another content: {path}, {len(self.file(mine[path]))} bytes in the model, {len(real.file(there[path]))} on the disk")
        return sorted(told)


# What is left of the operations before a cut, by the name of the mode.
MODES = {
    "kill": "all of them: every process was killed",
    "least": "what was made durable, and nothing else",
    "bare": "all names, but of bytes only those made durable",
    "zeros": "all names and lengths, but zeros for bytes that were not made durable",
    "coin": "what was made durable, and of the rest each by a coin",
    "behind": "names up to some moment since the last sync, as of a journal, and bytes by a coin",
    "torn": "all names and lengths, and of bytes that were not made durable each sector by a coin"}
# Beside those, where syncs were left out: as zeros, but files come back whole whose removal only such a sync would have made durable; with the seed N only
# the Nth of them.
REVIVED = "revived"
# These are the same for every seed.
CERTAIN = {"kill", "least", "bare", "zeros"}
DATA = {"write", "cut", "mode"}


def synced(operations, cut):
    """Up to which operation each inode is durable; 0 stands for all of them."""
    covered = {}
    for operation in operations[:cut]:
        if operation.kind == "sync":
            covered[operation.inode] = max(covered.get(operation.inode, 0), operation.covers)
    return covered


def crashed(base, operations, cut, mode, seed=0):
    """The tree as a crash after `cut` operations may leave it."""
    chance, tree, covered = random.Random(f"{cut} {mode} {seed}"), base.copy(), synced(operations, cut)
    last = max((n for n in range(cut) if operations[n].kind == "sync"), default=-1)
    back = revived(operations, cut, seed) if mode == REVIVED else set()
    reached = random.Random(f"{cut} {seed}").randint(last + 1, cut)
    for number, operation in enumerate(operations[:cut]):
        # One for each, so that a sync more or less changes no other's.
        coin = chance.random()
        is_data = operation.kind in DATA
        durable = number < max(covered.get(operation.inode if is_data else operation.parent, 0), covered.get(0, 0))
        if durable or mode == "kill" or operation.inode in back and operation.kind != "remove":
            tree.apply(operation)
        elif operation.inode in back:
            continue
        elif survives(operation.kind, is_data, mode, coin < 0.5, number < reached):
            tree.apply(operation, sectors_of(operation, mode, coin) if operation.kind == "write" else None)
    return tree


def revived(operations, cut, seed):
    """The files that come back."""
    omitted = [(operation.inode, operation.covers) for operation in operations[:cut] if operation.kind == "omitted"]
    found = [
        operation.inode for number, operation in enumerate(operations[:cut])
        if operation.kind == "remove" and any(inode == operation.parent and number < covers for inode, covers in omitted)]
    return set(found[seed - 1:seed] if seed else found)


def survives(kind, is_data, mode, coin, reached):
    """Whether something is left of an operation that was not made durable."""
    return {
        "least": False, "coin": coin, "bare": not is_data, "zeros": True, "torn": True, REVIVED: True, "behind": coin if is_data else reached}[mode]


def sectors_of(operation, mode, coin):
    """Those that are left of a write, where it is not left whole."""
    if mode not in ("zeros", "torn", REVIVED):
        return None
    first, behind = operation.offset // SECTOR, -(-(operation.offset + len(operation.content)) // SECTOR)
    chance = random.Random(coin)
    return [number for number in range(first, behind) if mode == "torn" and chance.random() < 0.5]
