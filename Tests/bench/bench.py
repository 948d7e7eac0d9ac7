"""bench.py: measures segue and the tools that do the same work, in turns, and verifies every result.

Nothing else should run at the same time; the column `others` shows whether something did. run.sh installs and builds first.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
import time

import costs
import data
import flames
import machine
import measure
import places
import report
import rows
import server
from row import Contender, Row
from setting import Setting
from verify import Faults

ROOT = pathlib.Path(__file__).resolve().parents[2]
TOOLS = ROOT / ".build-tests" / "bench"
MANUAL = ROOT / "Pipelines/manual/costs.md"
PROGRAMS = ["segue", "resolve", "fetch", "decrypt", "place", "record"]


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="ROW", help="measure this row; may be repeated (all rows)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="measured rounds of each row, after a warm-up (5)")
    parser.add_argument("--small", action="store_true", help="use little data, for a quick look")
    parser.add_argument("--long", action="store_true", help="also measure the driver with a million tracks")
    parser.add_argument("--flames", action="store_true", help="draw flame graphs with --small too")
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / ".build/release", metavar="DIR", help="our programs (.build/release)")
    parser.add_argument("--out", type=pathlib.Path, metavar="DIR", help="where the results go (.build-tests/bench/results)")
    parser.add_argument("--data", type=pathlib.Path, metavar="DIR", help="where the data is kept (.build-tests/bench)")
    parser.add_argument("--memory", type=pathlib.Path, default=pathlib.Path("/dev/shm"), metavar="DIR", help="a tmpfs to work in (/dev/shm)")
    parser.add_argument("--port", type=int, default=data.PORT, help=f"nginx's; 0 takes a free one ({data.PORT})")
    parser.add_argument(
        "--write-manual", nargs="?", type=pathlib.Path, const=MANUAL, metavar="FILE",
        help="write the manual's page from the last results, and exit (Pipelines/manual/costs.md)")
    return parser.parse_args()


def environment(programs: pathlib.Path, folder: pathlib.Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_") and not name.lower().endswith("_proxy")}
    return kept | {"PATH": f"{programs}:{kept['PATH']}:/usr/sbin", "XDG_STATE_HOME": str(folder / ".state"), "PYTHON": sys.executable}


class Bench:
    """Runs rows one at a time."""

    def __init__(self, options: argparse.Namespace, nginx: server.Server) -> None:
        self.options, self.nginx = options, nginx
        self.logs = options.out / "logs"
        self.logs.mkdir(parents=True, exist_ok=True)
        self.places = {"tmpfs": places.Memory(options.memory), "ext4": places.Journaled(TOOLS / "ext4.image", (1 if options.small else 4) << 30)}

    def run(self, row: Row) -> dict:
        """Runs a warm-up, in which memory is measured, and then the rounds; checks what every run left."""
        told = report.heading(row)
        place = self.places[row.place]
        row.missing = row.missing or (place.missing() if isinstance(place, places.Journaled) else None)
        if row.missing:
            told["missing"] = row.missing
            if not row.contenders or row.place == "ext4":
                return told
        for turn in range(1 + min(self.options.rounds, row.rounds or self.options.rounds)):
            for contender in row.contenders:
                print(f"{row.key}: {'warming up' if turn == 0 else f'round {turn}'}: {contender.name}", file=sys.stderr)
                sample, faults = self.once(row, contender, warming=turn == 0)
                report.note(told, contender, sample, faults, warming=turn == 0)
        return told

    def flames(self, row: Row) -> None:
        """Draws where the time of our first contender goes, one picture per program."""
        contender = next(one for one in row.contenders if one.ours)
        with self.places[row.place].folder(row.touched) as folder:
            contender.prepare(folder)
            command = flames.recorded(contender.command, folder / "perf.data")
            done = subprocess.run(command, cwd=folder, env=environment(self.options.programs, folder), capture_output=True, text=True)
            if done.returncode != 0:
                print(f"no flame graphs: perf: {done.stderr.strip()}", file=sys.stderr)
                return
            for path in flames.write(folder / "perf.data", self.options.out / "flames", PROGRAMS):
                print(path)

    def once(self, row: Row, contender: Contender, warming: bool) -> tuple[measure.Sample, Faults]:
        log = self.logs / f"{row.key}-{re.sub(r'[^a-z0-9]+', '-', contender.name)}"
        with self.places[row.place].folder(row.touched) as folder:
            contender.prepare(folder)
            os.sync()
            if row.counts:
                self.nginx.asked()
            sample = measure.measure(
                contender.command, folder, environment(self.options.programs, folder), log, servers=self.nginx.processes, memory=warming,
                watched=row.watched)
            if row.counts:
                sample.requests, sample.served = self.nginx.asked()
            faults = contender.check(folder)
        if sample.status != 0:
            faults.add(f"exit status {sample.status}", log)
        if faults:
            print(f"{row.key}: {contender.name}: {faults.told()}", file=sys.stderr)
        return sample, faults


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def revision() -> str:
    done = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.strip() or "unknown"


def write_manual(results: pathlib.Path, page: pathlib.Path) -> None:
    told = json.loads(results.read_text())
    if page == MANUAL and not told["whole"]:
        raise SystemExit(f"{MANUAL} is not written: the last results are not of all rows, or of little data")
    page.write_text(costs.page(told))


def chosen(setting: Setting, names: list[str]) -> list[Row]:
    every = rows.all_rows(setting)
    unknown = set(names) - {row.key for row in every}
    if unknown:
        raise SystemExit(f"no such row: {', '.join(sorted(unknown))}; there are {', '.join(row.key for row in every)}")
    return [row for row in every if not names or row.key in names]


def measured(bench: Bench, listed: list[Row], told: dict) -> None:
    """Runs the rows and writes the results after each of them."""
    options, start = bench.options, time.monotonic()
    for row in listed:
        told["rows"].append(bench.run(row))
        told["minutes"] = round((time.monotonic() - start) / 60, 1)
        report.write(told, options.out)
        print(report.table(told["rows"][-1]), flush=True)
        if row.key == "road-small-tmpfs" and (options.flames or not options.small):
            bench.flames(row)


def main() -> int:
    options = parsed()
    options.out = (options.out or TOOLS / "results").absolute()
    options.programs = options.programs.absolute()
    if options.write_manual:
        write_manual(options.out / "results.json", options.write_manual)
        return 0
    folder = (options.data or TOOLS).absolute() / ("data-small" if options.small else "data")
    size, port = data.SMALL if options.small else data.Size(), options.port or free_port()
    made = data.Data(folder, size, f"http://127.0.0.1:{port}").ready()
    listed = chosen(Setting(options.programs, made, made.base, options.long), options.only)
    program = server.executable(TOOLS)
    whole = not options.small and not options.only
    told = {"machine": machine.described(program, revision()), "whole": whole, "rounds": options.rounds, "rows": []}
    with server.running(program, folder, options.out / "nginx", port) as nginx:
        measure.adopt_orphans()
        bench = Bench(options, nginx)
        with contextlib.closing(bench.places["ext4"]):
            measured(bench, listed, told)
    return 0 if all(map(report.is_verified, told["rows"])) else 1


if __name__ == "__main__":
    sys.exit(main())
