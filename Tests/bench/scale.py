"""scale.py: what a track costs at each stage, and how far that goes: a simulation that is held against runs on this machine first.

run.sh --scale measures and prints; with --write-manual it writes Pipelines/manual/scale.md too. Nothing else should run at the same time.
"""

import argparse
import concurrent.futures
import os
import pathlib
import queue
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass

import bench
import data
import machine
import measure
import road_rows
import scale_page
import server
import verify
from setting import Setting
from simulation import Cost, Machine, World, sharded, together
from watch import Use, UseWatch

MANUAL = bench.ROOT / "Pipelines/manual/scale.md"
PROGRAMS = ["segue", "resolve", "fetch", "decrypt", "place", "record"]
PART = 50
RATE, SPEED = 300, 20_000_000
SHORT, LONG = 1, 2


@dataclass
class Run:
    """One command over so many tracks: wall-clock and CPU seconds (the server's too), requests, bytes served, and what each program used."""

    tracks: int
    wall: float
    cpu: float
    requests: int
    served: int
    uses: dict[str, Use]

    def cost(self, start: float = 0, serial: bool = False) -> Cost:
        busiest = max(self.uses["segue"].cpu, self.uses["record"].cpu)
        return Cost(self.cpu / self.tracks, (self.cpu if serial else busiest) / self.tracks, self.requests / self.tracks, self.served / self.tracks, start)


@dataclass
class Point:
    """What was measured, and what the simulation says; in seconds."""

    title: str
    measured: list[float]
    simulated: float
    limit: str


class Laboratory:
    """Runs commands over the bench's playlists, and checks the library when one is whole."""

    def __init__(self, options: argparse.Namespace, setting: Setting, nginx: server.Server) -> None:
        self.options, self.setting, self.nginx = options, setting, nginx
        self.rounds = options.rounds

    def pipeline(self, folder: pathlib.Path, rate: int | None = None, speed: int | None = None) -> None:
        text = road_rows.pipeline(self.setting)
        if rate:
            text = road_rows.replaced(r"parallel: 16", f"parallel: 16, rate: {rate}/s", text)
        if speed:
            text = road_rows.replaced(r"run: \[fetch\]", f'replicas: 1, run: [fetch, --limit-rate, "{speed}"]', text)
        (folder / "pipeline.yaml").write_text(text)

    def run(self, folder: pathlib.Path, command: str, tracks: int, cores: set[int] | None = None) -> Run:
        """Runs a command of `segue`, on some of the cores if that is said, and the server with it."""
        watch = UseWatch(PROGRAMS)
        self.nginx.asked()
        every = os.sched_getaffinity(0)
        for process in [*self.nginx.processes, 0]:
            os.sched_setaffinity(process, cores or every)
        watch.start()
        sample = measure.measure(
            f"segue {command}", folder, bench.environment(self.options.programs, folder), folder / "log", servers=self.nginx.processes)
        uses = watch.stop()
        for process in [*self.nginx.processes, 0]:
            os.sched_setaffinity(process, every)
        if sample.status != 0:
            raise SystemExit(f"segue {command} ended with {sample.status}:\n{(folder / 'log').read_text()[-2000:]}")
        requests, served = self.nginx.asked()
        return Run(tracks, sample.wall, sample.cpu + sample.server, requests, served, uses)

    def road(self, playlist: int, references: str = "", **limits) -> tuple[Run, dict[str, int]]:
        """A whole playlist by `segue run`; also the bytes that are left on the disk."""
        truth = self.setting.data.truth(playlist)
        cores = limits.pop("cores", None)
        with self.folder() as folder:
            self.pipeline(folder, **limits)
            count = len(references.split()) or len(truth)
            run = self.run(folder, f"run --quiet --pipeline pipeline.yaml {references or f'playlist:{playlist}'}", count, cores)
            if not references:
                self.check(folder, truth)
            return run, sizes(folder)

    def shards(self, workers: int) -> dict[str, Run | float]:
        """The same by shards, each on a core of its own."""
        truth = self.setting.data.truth(SHORT)
        with self.folder() as folder:
            self.pipeline(folder)
            looking = self.run(folder, f"run --quiet --pipeline pipeline.yaml --only expand,resolve playlist:{SHORT}", len(truth))
            environment = bench.environment(self.options.programs, folder)
            exported = subprocess.run(
                ["segue", "export", "--ready", "--pipeline", "pipeline.yaml"], cwd=folder, env=environment, capture_output=True, check=True)
            lines = exported.stdout.splitlines(keepends=True)
            self.new_library(folder, environment)
            waiting: queue.Queue[list[bytes]] = queue.Queue()
            for start in range(0, len(lines), PART):
                waiting.put(lines[start:start + PART])
            start = time.monotonic()
            with concurrent.futures.ThreadPoolExecutor(workers) as pool:
                outcomes = list(pool.map(lambda core: self.shard(folder, environment, waiting, core), range(workers)))
            seconds = time.monotonic() - start
            (folder / "outcomes").write_bytes(b"".join(outcomes))
            merging = self.run(folder, "merge --pipeline pipeline.yaml outcomes", len(truth))
            self.check(folder, truth)
            return {"looking": looking, "shards": seconds, "merging": merging}

    def shard(self, folder: pathlib.Path, environment: dict, waiting: queue.Queue, core: int) -> bytes:
        outcomes = b""
        while True:
            try:
                lines = waiting.get_nowait()
            except queue.Empty:
                return outcomes
            done = subprocess.run(
                ["taskset", "-c", str(core), "segue", "shard", "--pipeline", "pipeline.yaml"], cwd=folder, env=environment,
                input=b"".join(lines), capture_output=True)
            if done.returncode != 0 or done.stdout.count(b"\n") != len(lines):
                raise SystemExit(f"segue shard: {done.stderr.decode()[-2000:]}")
            outcomes += done.stdout

    def looked_up(self, track: str) -> Run:
        """One track, only looked up."""
        with self.folder() as folder:
            self.pipeline(folder)
            return self.run(folder, f"run --quiet --pipeline pipeline.yaml --only expand,resolve track:{track}", 1)

    def one_shard(self, tracks: int) -> Run:
        """So many looked-up tracks through one shard, on one core."""
        with self.folder() as folder:
            self.pipeline(folder)
            self.run(folder, f"run --quiet --pipeline pipeline.yaml --only expand,resolve playlist:{SHORT}", tracks)
            environment = bench.environment(self.options.programs, folder)
            self.new_library(folder, environment)
            exported = subprocess.run(
                ["segue", "export", "--ready", "--pipeline", "pipeline.yaml"], cwd=folder, env=environment, capture_output=True, check=True)
            (folder / "part").write_bytes(b"".join(exported.stdout.splitlines(keepends=True)[:tracks]))
            return self.run(folder, "shard --pipeline pipeline.yaml < part > outcomes", tracks, {0})

    def new_library(self, folder: pathlib.Path, environment: dict) -> None:
        (folder / "Music").mkdir()
        subprocess.run(["segue", "import", "Music"], cwd=folder, env=environment, capture_output=True, check=True)

    def folder(self) -> tempfile.TemporaryDirectory:
        measure.touch(self.setting.data.size.short // 2)
        return Folder(dir=self.options.memory, prefix="segue-scale-")

    def check(self, folder: pathlib.Path, truth: list[dict]) -> None:
        if faults := verify.library(folder / "Music", truth):
            raise SystemExit(f"the library is wrong: {faults.told()}")

    def several(self, work) -> list[float]:
        return [work() for _ in range(self.rounds)]


class Folder(tempfile.TemporaryDirectory):
    """A temporary folder as a path."""

    def __enter__(self) -> pathlib.Path:
        return pathlib.Path(super().__enter__())


def sizes(folder: pathlib.Path) -> dict[str, int]:
    def total(pattern: str) -> int:
        return sum(path.stat().st_size for path in folder.glob(pattern) if path.is_file())

    return {"ledger": total("state/ledger.sqlite*"), "catalogue": total("Music/.segue/*.sqlite*"), "files": total("Music/*/**/*")}


def measured(laboratory: Laboratory) -> dict:
    """What tracks cost, and the points that the simulation is held against."""
    truth = laboratory.setting.data.truth(SHORT)
    count, say = len(truth), lambda text: print(text, file=sys.stderr)
    say("costs")
    (road, disk), (long, _) = laboratory.road(SHORT), laboratory.road(LONG)
    single, _ = laboratory.road(SHORT, f"track:{truth[0]['id']}")
    few, many = laboratory.one_shard(1), laboratory.one_shard(count // 4)
    shards = [laboratory.shards(2) for _ in range(laboratory.rounds)]
    looking, merging, looked_up = shards[0]["looking"], shards[0]["merging"], laboratory.looked_up(truth[0]["id"])
    both, one = Machine(2), Machine(1)
    points = []

    def point(title: str, seconds: list[float], simulated: tuple[float, str]) -> None:
        points.append(Point(title, seconds, *simulated))
        say(f"{title}: measured {statistics.median(seconds):.1f} s, simulated {simulated[0]:.1f} s")

    def road_point(title: str, world: World, **limits) -> None:
        point(title, laboratory.several(lambda: laboratory.road(SHORT, **limits)[0].wall), together(world, count, road.cost(single.wall)))

    road_point("`segue run`", World([both]))
    road_point("`segue run` on one core", World([one]), cores={0})
    road_point(f"`segue run`, {RATE} requests a second", World([both], requests=RATE), rate=RATE)
    road_point(f"`segue run`, {SPEED // 1_000_000} MB a second", World([both], origin=SPEED), speed=SPEED)
    shard = many.cost(few.wall)
    phases = sharded(World([one, one]), count, PART, looking.cost(), shard, merging.cost(serial=True))
    phases[0], phases[2] = together(World([both]), count, looking.cost(looked_up.wall)), together(World([both]), count, merging.cost(serial=True))
    point("`segue run --only expand,resolve`", [each["looking"].wall for each in shards], phases[0])
    point(f"two shards on a core each, parts of {PART}", [each["shards"] for each in shards], phases[1])
    point("`segue merge`", [each["merging"].wall for each in shards], phases[2])
    return {
        "tracks": count, "road": road, "long": long, "long_bytes": laboratory.setting.data.size.long_bytes, "single": single, "disk": disk,
        "looking": looking, "shard": many, "few": few, "merging": merging, "points": points}


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, metavar="N", help="rounds of each point (3)")
    parser.add_argument("--small", action="store_true", help="use little data, for a quick look")
    parser.add_argument("--programs", type=pathlib.Path, default=bench.ROOT / ".build/release", metavar="DIR", help="our programs (.build/release)")
    parser.add_argument("--data", type=pathlib.Path, default=bench.TOOLS, metavar="DIR", help="where the data is kept (.build-tests/bench)")
    parser.add_argument("--memory", type=pathlib.Path, default=pathlib.Path("/dev/shm"), metavar="DIR", help="a tmpfs to work in (/dev/shm)")
    parser.add_argument("--port", type=int, default=data.PORT, help=f"nginx's; 0 takes a free one ({data.PORT})")
    parser.add_argument(
        "--write-manual", nargs="?", type=pathlib.Path, const=MANUAL, metavar="FILE", help="write the manual's page too (Pipelines/manual/scale.md)")
    return parser.parse_args()


def main() -> int:
    options = parsed()
    options.programs = options.programs.absolute()
    folder = options.data.absolute() / ("data-small" if options.small else "data")
    size = data.SMALL if options.small else data.Size()
    port = options.port or bench.free_port()
    made = data.Data(folder, size, f"http://127.0.0.1:{port}").ready()
    program = server.executable(bench.TOOLS)
    with server.running(program, folder, options.data.absolute() / "nginx-scale", port) as nginx:
        measure.adopt_orphans()
        told = measured(Laboratory(options, Setting(options.programs, made, made.base, False), nginx))
    page = scale_page.page(told, machine.described(program, bench.revision()))
    print(page)
    if options.write_manual:
        options.write_manual.write_text(page)
    return 0


if __name__ == "__main__":
    sys.exit(main())
