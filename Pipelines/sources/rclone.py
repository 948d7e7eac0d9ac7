#!/usr/bin/env python3
"""What rclone lists as a source: the files of any storage that rclone knows.

rclone.py LISTING BASE: LISTING is a file with what `rclone lsjson -R --hash REMOTE:PATH` printed, and BASE the address where
`rclone serve http REMOTE:PATH` has the same files.
"""
import json
import os
import sys

sys.dont_write_bytecode = True  # an installation stays as it is
from folders import Folder, Tree, broken, digests, failure, is_audio, is_junk, is_path, joined, size

LISTING = sys.argv[1]


class Storage(Tree):
    def __init__(self, base):
        super().__init__(base)
        self.version, self.inside = None, {}

    def read(self):
        """Reads the listing again, if the file is another one by now; each folder has the names of its folders, and its files."""
        try:
            with open(LISTING, encoding="utf-8") as file:
                about = os.fstat(file.fileno())
                version = about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns
                if version == self.version:
                    return
                rows = json.load(file)
        except OSError as error:
            raise failure(f"cannot read {LISTING}: {error.strerror}", code="no_file") from None
        except (ValueError, RecursionError) as error:
            raise broken(f"{LISTING} is cut off, or no output of rclone lsjson: {error}") from None
        if not isinstance(rows, list) or not all(isinstance(row, dict) and isinstance(row.get("Path"), str) for row in rows):
            raise broken(f"{LISTING} is no output of rclone lsjson: it is not a list of things with a Path")
        inside = {"": (set(), {})}
        for row in rows:
            path, hashes = row["Path"], row.get("Hashes")
            folder, _, name = path.rpartition("/")
            if row.get("IsDir") is True:
                if is_path(path):
                    self.make(inside, path)
                continue
            if not is_path(path) and not is_audio(path):
                print(f"{self.name}: left: {ascii(path)}, which is no path", file=sys.stderr)
                continue
            if not is_path(path):  # it is told of as a whole, and refused when its turn comes
                folder, name = "", path
            self.make(inside, folder)
            inside[folder][1][name] = {"bytes": size(row.get("Size")), "digests": digests(hashes.items() if isinstance(hashes, dict) else [])}
        self.version, self.inside = version, inside

    @staticmethod
    def make(inside, path):
        """Adds a folder, and those that it is in."""
        names = [] if path in inside else path.split("/")
        for depth, name in enumerate(names):
            above = "/".join(names[:depth])
            inside[above][0].add(name)
            inside.setdefault(joined(above, name), (set(), {}))

    def listed(self, path):
        self.read()
        if path not in self.inside:
            raise failure(f"{LISTING} has no folder {path}")
        return Folder(path, *self.inside[path])

    def found(self, words, limit):
        self.read()
        paths = (joined(folder, name) for folder, (_, files) in self.inside.items() for name in files if is_audio(name) and is_path(name))
        found = (path for path in paths if all(word in path.casefold() for word in words) and not any(map(is_junk, path.split("/"))))
        return [path for _, path in zip(range(limit), found)]


if __name__ == "__main__":
    Storage(sys.argv[2]).serve()
