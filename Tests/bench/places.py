"""Where a command works: a folder in memory, or on a fresh file system with a journal."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import tempfile
from collections.abc import Iterator

import measure


class Memory:
    """A fresh folder on a tmpfs."""

    name = "tmpfs"

    def __init__(self, parent: pathlib.Path) -> None:
        self.parent = parent

    @contextlib.contextmanager
    def folder(self, touched: int) -> Iterator[pathlib.Path]:
        """An empty folder. First `touched` MB of memory are touched: see measure.touch."""
        measure.touch(touched)
        with tempfile.TemporaryDirectory(prefix="segue-bench-", dir=self.parent) as name:
            yield pathlib.Path(name)


class Journaled:
    """An ext4 on a loop device, made anew for every run: what a used one costs depends on what was deleted there lately. Many virtual
    machines have an ext4 without a journal, which behaves differently."""

    name = "ext4"

    def __init__(self, image: pathlib.Path, size: int) -> None:
        self.image, self.size, self.device = image, size, ""

    def missing(self) -> str | None:
        """Why this cannot be had here, if so."""
        if os.getuid() != 0:
            return "only root can mount a file system"
        lacking = [program for program in ("losetup", "mkfs.ext4", "mount") if not shutil.which(program)]
        if lacking:
            return f"no {', '.join(lacking)}"
        status = os.statvfs(self.image.parent)
        room = status.f_bavail * status.f_frsize + (self.image.stat().st_size if self.image.exists() else 0)
        if room < self.size:
            return f"{self.size >> 20} MB are not free in {self.image.parent}"
        self.attach()
        return None if self.device else "there is no loop device"

    def attach(self) -> None:
        if self.device:
            return
        # All of it is written once, so that no run pays for allocating the image.
        if not self.image.exists() or self.image.stat().st_size != self.size:
            subprocess.run(["dd", "if=/dev/zero", f"of={self.image}", "bs=1M", f"count={self.size >> 20}", "conv=fsync", "status=none"], check=True)
        done = subprocess.run(["losetup", "--find", "--show", self.image], capture_output=True, text=True)
        self.device = done.stdout.strip()

    def close(self) -> None:
        if self.device:
            subprocess.run(["losetup", "--detach", self.device], check=True)

    @contextlib.contextmanager
    def folder(self, touched: int) -> Iterator[pathlib.Path]:
        options = "lazy_itable_init=0,lazy_journal_init=0,nodiscard"
        subprocess.run(["mkfs.ext4", "-q", "-F", "-O", "has_journal", "-E", options, self.device], check=True)
        measure.touch(touched)
        with tempfile.TemporaryDirectory(prefix="segue-bench-") as name:
            subprocess.run(["mount", self.device, name], check=True)
            try:
                yield pathlib.Path(name)
            finally:
                subprocess.run(["umount", name], check=True)


Place = Memory | Journaled
