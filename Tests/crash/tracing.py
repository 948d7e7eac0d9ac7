"""What processes did to the files of one folder, read from a log of strace."""

import os
import re

from disk import Operation

CALLS = (
    "openat,open,creat,close,dup,dup2,dup3,fcntl,read,write,pwrite64,writev,pwritev,pwritev2,ftruncate,truncate,fallocate,copy_file_range,"
    "sendfile,splice,rename,renameat,renameat2,link,linkat,symlink,symlinkat,unlink,unlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,syncfs,sync,"
    "lseek,fchmod,chmod,fchmodat,clone,clone3,vfork,fork,execve")
NAMES = {"rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "mkdir", "mkdirat", "rmdir", "chmod", "fchmodat"}
HEX = r"(?:\\x[0-9a-f]{2})*"


def strace(log):
    """The command that writes such a log; what it is to trace comes behind it."""
    return ["strace", "--seccomp-bpf", "-f", "-qq", "-ttt", "-y", "-xx", "-s", "33554432", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", log]


class Void(Exception):
    """The log tells of something that the model does not know."""


class Open:
    """An open file: several descriptors may share it, and its position."""

    def __init__(self, inode, appends):
        self.inode, self.appends, self.position = inode, appends, 0


def bytes_of(text):
    return bytes.fromhex(text.replace("\\x", ""))


def path_of(text):
    return os.fsdecode(bytes_of(text))


def calls(log):
    """(thread, time, name, arguments, result, how many calls had ended when it began), in the order in which they ended."""
    begun, ended = {}, 0
    with open(log, encoding="latin-1") as lines:
        for line in lines:
            found = re.match(r"(\d+) +(\d+\.\d+) (.*)", line)
            if not found:
                continue
            thread, at, rest = int(found[1]), float(found[2]), found[3]
            start = ended
            if rest.endswith("<unfinished ...>"):
                begun[thread] = (rest[:-len("<unfinished ...>")].rstrip(), ended)
                continue
            if resumed := re.match(r"<\.\.\. \w+ resumed>(.*)", rest):
                first, start = begun.pop(thread, ("", ended))
                rest = first + resumed[1]
            if whole := re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", rest):
                ended += 1
                yield thread, at, whole[1], whole[2], int(whole[3]), start


class Tracing:
    """Makes operations of calls, and a tree beside them, from the tree that was there before."""

    def __init__(self, root, tree, marks):
        self.root, self.tree, self.marks = root, tree, marks
        self.operations, self.open, self.process, self.program, self.callers = [], {}, {}, {}, {}
        self.inodes = max([0, *tree.names.values()])

    def read(self, log):
        every = list(calls(log))
        # A thread may be heard of before the call that made it has returned.
        for thread, _, name, arguments, result, _ in every:
            if name in ("clone", "clone3") and "CLONE_THREAD" in arguments and result > 0:
                self.process[result] = thread
        begun = []
        for thread, at, name, arguments, result, start in every:
            begun.append(len(self.operations))
            process = thread
            while process in self.process:
                process = self.process[process]
            if result >= 0:
                former = len(self.operations)
                self.take(process, at, name, arguments, result, begun[start])
                if self.operations[former:] and self.operations[former].kind in ("sync", "omitted", "rename"):
                    self.operations[former] = self.operations[former]._replace(callers=self.callers.pop(thread, ""))
            elif name == "openat" and arguments.startswith("-1"):
                self.callers[thread] = path_of(re.search(f'"({HEX})"', arguments)[1]).removeprefix("callers ")
        return self.operations

    def take(self, process, at, name, arguments, result, begun):
        if name == "execve":
            self.program[process] = os.path.basename(path_of(re.search(f'"({HEX})"', arguments)[1]))
        elif name in ("clone", "clone3", "vfork", "fork"):
            if "CLONE_THREAD" not in arguments:
                self.program.setdefault(result, self.program.get(process, ""))
                for (owner, descriptor), file in list(self.open.items()):
                    if owner == process:
                        self.open.setdefault((result, descriptor), file)
        elif name in ("openat", "open", "creat"):
            self.take_open(process, at, name, arguments, result)
        elif name in NAMES:
            self.take_names(process, at, name, arguments)
        elif name == "sync":
            self.add(process, at, "sync", covers=begun)
        else:
            self.take_descriptor(process, at, name, arguments, result, begun)

    def add(self, process, at, kind, **more):
        self.operations.append(Operation(kind, at=at, program=self.program.get(process, ""), **more))
        self.tree.apply(self.operations[-1])

    def relative(self, path):
        """A path from the root: empty for the root itself, None elsewhere, and for what processes share in memory."""
        path = os.path.normpath(path)
        if path.endswith("-shm"):
            return None
        return "" if path == self.root else path[len(self.root) + 1:] if path.startswith(self.root + "/") else None

    def inode(self, path):
        """0 stands for all; the root has a number that no other folder has."""
        if path and path not in self.tree.names:
            raise Void(f"{path} is not in the model: two calls ended in another order than they worked")
        return self.tree.names[path] if path else -1

    def parent(self, path):
        return self.inode(os.path.dirname(path))

    def new(self):
        self.inodes += 1
        return self.inodes

    def paths(self, arguments):
        """The paths that a call names, absolute."""
        found = []
        for start, text in re.findall(rf'(?:(?:AT_FDCWD|\d+)<({HEX})>, )?"({HEX})"', arguments):
            path = path_of(text)
            if not path.startswith("/"):
                if not start:
                    raise Void(f"a relative path: {arguments[:200]}")
                path = os.path.join(path_of(start), path)
            found.append(path)
        return found

    def take_open(self, process, at, name, arguments, result):
        try:
            (path,) = self.paths(arguments)
        except Void:
            path = ""
        relative = self.relative(path) if path else None
        if relative is None:
            self.open.pop((process, result), None)
            return
        flags = arguments.rsplit('"', 1)[1]
        if relative and relative not in self.tree.names:
            if "O_CREAT" not in flags and name != "creat":
                raise Void(f"{relative} was opened, and is not in the model")
            mode = int(re.findall(r"0[0-7]*", flags)[-1], 8) & ~0o022
            self.add(process, at, "make", inode=self.new(), path=relative, parent=self.parent(relative), mode=mode)
        inode = self.inode(relative)
        if "O_TRUNC" in flags and self.tree.files.get(inode):
            self.add(process, at, "cut", inode=inode)
        self.open[process, result] = Open(inode, "O_APPEND" in flags)

    def take_names(self, process, at, name, arguments):
        paths = [self.relative(path) for path in self.paths(arguments)]
        if all(path is None for path in paths):
            return
        if name in ("chmod", "fchmodat") and self.inode(paths[0]) in self.tree.folders:
            return
        if None in paths or "sym" in name or name in ("chmod", "fchmodat"):
            raise Void(f"{name} {paths}")
        first, last = paths[0], paths[-1]
        if name in ("mkdir", "mkdirat"):
            self.add(process, at, "folder", inode=self.new(), path=first, parent=self.parent(first))
        elif len(paths) == 1:
            self.add(process, at, "remove", inode=self.inode(first), path=first, parent=self.parent(first))
        elif self.inode(first) in self.tree.folders:
            raise Void(f"a folder was renamed: {paths}")
        else:
            self.add(process, at, name.removesuffix("at2").removesuffix("at"), inode=self.inode(first), path=last, former=first, parent=self.parent(last))

    def take_descriptor(self, process, at, name, arguments, result, begun):
        found = re.match(rf"(\d+)(?:<({HEX})>)?", arguments)
        if not found:
            return
        descriptor, path = int(found[1]), path_of(found[2] or "")
        if name == "write" and path == self.marks:
            return self.add(process, at, "mark", content=bytes_of(re.search(f'"({HEX})"', arguments)[1])[:result].strip())
        file = self.open.get((process, descriptor))
        if name == "close":
            self.open.pop((process, descriptor), None)
        elif name in ("dup", "dup2", "dup3") or name == "fcntl" and "F_DUPFD" in arguments:
            self.open.pop((process, result), None)
            if file:
                self.open[process, result] = file
        elif file is None or file.inode not in self.tree.files and name not in ("fsync", "fdatasync", "syncfs", "fcntl"):
            if name not in ("read", "lseek", "fcntl") and self.relative(path) is not None and not path.endswith(("-shm", "(deleted)")) and file is None:
                raise Void(f"{name} of {path}, which nothing opened")
        elif name == "fcntl":
            if "F_SETFL" in arguments:
                file.appends = "O_APPEND" in arguments
            elif "F_GETLEASE" in arguments:
                self.add(process, at, "omitted", inode=file.inode, path=self.relative(path) or "", covers=begun)
        elif name in ("fsync", "fdatasync"):
            self.add(process, at, "sync", inode=file.inode, path=self.relative(path) or "", covers=begun)
        elif name == "syncfs":
            self.add(process, at, "sync", covers=begun)
        elif name == "lseek":
            file.position = result
        elif name == "read":
            file.position += result
        else:
            self.take_change(process, at, name, arguments, result, file)

    def take_change(self, process, at, name, arguments, result, file):
        length = len(self.tree.files[file.inode])
        numbers = [int(n) for n in re.findall(r"(?<=, )-?\d+(?=$|,)", arguments)]
        if name in ("write", "pwrite64"):
            content = bytes_of(re.search(f'"({HEX})"', arguments)[1])[:result]
            offset = length if file.appends else numbers[-1] if name == "pwrite64" else file.position
            if name == "write":
                file.position = offset + result
            self.add(process, at, "write", inode=file.inode, offset=offset, content=content)
        elif name == "ftruncate":
            self.add(process, at, "cut", inode=file.inode, offset=numbers[-1])
        elif name == "fallocate" and "KEEP_SIZE" in arguments:
            pass
        elif name == "fchmod":
            self.add(process, at, "mode", inode=file.inode, mode=int(arguments.rsplit(", ", 1)[1], 8))
        elif name == "copy_file_range":
            target = self.open.get((process, int(re.findall(r"(\d+)<", arguments)[1])))
            if target is None or result == 0:
                return
            content = bytes(self.tree.files[file.inode][file.position:file.position + result])
            self.add(process, at, "write", inode=target.inode, offset=target.position, content=content)
            file.position += result
            target.position += result
        else:
            raise Void(f"{name} {arguments[:200]}")
