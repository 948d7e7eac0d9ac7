"""instructions.py: counts the instructions that each stage executes for the same input, with callgrind, and compares with the recorded counts.

Counts differ by about 0.02 % from run to run, so a difference of more than 2 % comes from the program, and fails. They compare only between
the same compiler and libraries; with others, the differences are printed and nothing fails. Valgrind emulates the same processor everywhere, so
the machine's own makes no difference. The driver and fetch are left out: what they do depends on timing.
"""

import argparse
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass

import data
from records import lines, placing
from setting import Setting

WRITTEN = pathlib.Path(__file__).with_name("instructions.json")
ROOT = pathlib.Path(__file__).resolve().parents[2]
TOLERANCE = 0.02
LIBRARIES = ["libc6", "libssl3", "libsqlite3-0", "libtag1v5-vanilla", "libflac12", "flac", "valgrind"]


@dataclass
class Case:
    """A stage, its arguments, and its input."""

    name: str
    command: list[str]
    records: str


def comparable(programs: pathlib.Path) -> dict[str, str]:
    """What must be the same for counts to be comparable."""
    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    found = {"swift": (re.search(r"Swift version (\S+)", swift) or ["", "unknown"])[1], "machine": os.uname().machine}
    needed = subprocess.run(["readelf", "--dynamic", programs / "decrypt"], capture_output=True, text=True, check=True).stdout
    found["swift's library"] = "shared" if "libswiftCore" in needed else "static"
    for package in LIBRARIES:
        found[package] = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", package], capture_output=True, text=True).stdout
    return found


def stripped(programs: pathlib.Path, folder: pathlib.Path, names: set[str]) -> None:
    """Copies programs without their debug information, which valgrind fails to read."""
    for name in names:
        shutil.copy(programs / name, folder / name)
        subprocess.run(["strip", "--strip-debug", folder / name], check=True)


def counted(case: Case, folder: pathlib.Path) -> tuple[int, str]:
    """The number of instructions, and stdout."""
    environment = {"PATH": os.environ["PATH"], "XDG_STATE_HOME": str(folder / "state"), "SWIFT_DETERMINISTIC_HASHING": "1"}
    program, *arguments = case.command
    done = subprocess.run(
        ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", folder / program, *arguments], input=case.records, capture_output=True,
        text=True, cwd=folder, env=environment)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        raise SystemExit(f"{case.name}: exit status {done.returncode}: {done.stderr[-2000:]}")
    return int(found[1]), done.stdout


def counts(setting: Setting, folder: pathlib.Path) -> dict[str, int]:
    """The count of each stage, over twenty tracks."""
    truth = setting.data.truth(1)[:20]
    spooled = lines(*(placing(setting, told) for told in truth))
    wrapped = lines(*(wrapping(setting, told, folder) for told in truth))
    listed = "#EXTM3U\n" + "".join(f"#EXTINF:{told['seconds']},{told['tags']['title']}\nhttp://127.0.0.1/{told['id']}.flac\n" for told in truth * 10)
    (folder / "list.m3u").write_text(listed)
    stripped(setting.programs, folder, {"resolve", "decrypt", "verify", "place", "record"})
    found = {}
    found["resolve"], _ = counted(Case("resolve", ["resolve", "list.m3u"], ""), folder)
    found["decrypt"], _ = counted(Case("decrypt", ["decrypt", "--keyring", str(setting.data.keys)], wrapped), folder)
    found["verify"], _ = counted(Case("verify", ["verify"], spooled), folder)
    found["place"], placed = counted(Case("place", ["place", "--library", "Music"], spooled), folder)
    found["record"], _ = counted(Case("record", ["record", "--library", "Music"], placed), folder)
    return found


def wrapping(setting: Setting, told: dict, folder: pathlib.Path) -> dict:
    """The record of an encrypted track, with its file in `folder`."""
    record = placing(setting, told)
    path = folder / f"{told['id']}.flac"
    shutil.copy(setting.data.wrapped / str(told["id"]), path)
    cipher = {"scheme": "bf-cbc-stripe", "key_id": f"k{told['id']}", "chunk_bytes": 2048, "every": 3, "iv_hex": told["iv"]}
    record["media"] |= {"sha256": told["sha256"], "clear_sha256": told["clear_sha256"], "cipher": cipher}
    return record | {"file": {"path": str(path), "bytes": told["bytes"], "sha256": told["sha256"], "cipher": cipher}}


def compared(found: dict[str, int], written: dict[str, int]) -> bool:
    """Prints the differences; true if all are within the tolerance."""
    print(f"{'':10}{'now':>16}{'recorded':>16}{'':>10}")
    within = True
    for name, count in found.items():
        before = written.get(name, count)
        print(f"{name:10}{count:16,}{before:16,}{100 * (count / before - 1):+9.2f} %")
        within = within and abs(count / before - 1) <= TOLERANCE
    return within


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / ".build/release", metavar="DIR", help="our programs (.build/release)")
    parser.add_argument("--write", action="store_true", help="record the counts in instructions.json")
    options = parser.parse_args()
    small = data.Data(ROOT / ".build-tests/bench/data-small", data.SMALL, data.BASE).ready()
    with tempfile.TemporaryDirectory(prefix="segue-instructions-") as name:
        found = counts(Setting(options.programs.absolute(), small, small.base, False), pathlib.Path(name))
    now = {"with": comparable(options.programs), "counts": found}
    if options.write:
        WRITTEN.write_text(json.dumps(now, indent=2) + "\n")
    written = json.loads(WRITTEN.read_text())
    within = compared(found, written["counts"])
    others = {name for name, text in now["with"].items() if written["with"].get(name) != text}
    if others:
        print(f"not comparable: {', '.join(sorted(others))} changed since")
        return 0
    return 0 if within else 1


if __name__ == "__main__":
    sys.exit(main())
