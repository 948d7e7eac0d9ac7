"""A small simulation of tracks on machines: what limits a run, and how long it takes.

A job is so many tracks on one machine. Its stages overlap, so it goes as fast as the scarcest of what it needs; jobs that need the same thing
at once share it equally.
"""

import heapq
from collections import Counter
from dataclasses import dataclass


@dataclass
class Machine:
    """`cores`, and bytes a second over its network."""

    cores: float = 2
    network: float = float("inf")


@dataclass
class World:
    """The machines that work, and what they share: requests a second that the hosts allow all of them together, and bytes a second that the
    origin sends. The first machine has the ledger."""

    machines: list[Machine]
    requests: float = float("inf")
    origin: float = float("inf")


@dataclass
class Cost:
    """What a track costs: CPU seconds of all processes, those of the busiest process that has only one thread for them, requests, bytes; and
    the seconds before the first of a job."""

    cpu: float
    thread: float = 0
    requests: float = 0
    bytes: float = 0
    start: float = 0

    def demands(self, tracks: int, number: int) -> dict:
        """What a job of so many tracks takes from each resource on machine `number`."""
        taken = {
            ("cores", number): self.cpu, ("thread", number): self.thread, ("network", number): self.bytes, ("requests",): self.requests,
            ("origin",): self.bytes}
        return {resource: tracks * each for resource, each in taken.items() if each}


@dataclass
class Job:
    tracks: int
    cost: Cost
    left: float = 1


def capacity(world: World, resource: tuple) -> float:
    match resource:
        case ("cores", number):
            return world.machines[number].cores
        case ("network", number):
            return world.machines[number].network
        case ("thread", _):
            return 1
        case ("requests",):
            return world.requests
        case _:
            return world.origin


def phase(world: World, jobs: list[tuple[int, Cost]], machines: range) -> tuple[float, str]:
    """Seconds until the machines have done all jobs, each taking the next when it has done one; and what most of the work waited for."""
    waiting = iter(jobs)
    running: dict[int, Job] = {}
    starting: list[tuple[float, int, Job]] = []
    waited: Counter[str] = Counter()
    now = 0.0

    def take(machine: int) -> None:
        if job := next(waiting, None):
            heapq.heappush(starting, (now + job[1].start, machine, Job(*job)))

    for machine in machines:
        take(machine)
    while running or starting:
        users: Counter[tuple] = Counter()
        demands = {machine: job.cost.demands(job.tracks, machine) for machine, job in running.items()}
        for taken in demands.values():
            users.update(taken.keys())
        # Seconds that each job would take at this pace, by what is scarcest for it.
        slowest = {
            machine: max((amount * users[resource] / capacity(world, resource), resource[0]) for resource, amount in taken.items())
            for machine, taken in demands.items()}
        step = min((job.left * slowest[machine][0] for machine, job in running.items()), default=float("inf"))
        if starting:
            step = min(step, starting[0][0] - now)
        now += step
        waited["start"] += step * len(starting)
        for machine, job in list(running.items()):
            seconds, resource = slowest[machine]
            waited[resource] += step
            job.left -= step / seconds
            if job.left < 1e-9:
                del running[machine]
                take(machine)
        while starting and starting[0][0] <= now + 1e-9:
            _, machine, job = heapq.heappop(starting)
            running[machine] = job
    return now, waited.most_common(1)[0][0] if waited else "nothing"


def parts(tracks: int, each: int, cost: Cost) -> list[tuple[int, Cost]]:
    whole, rest = divmod(tracks, each)
    return [(each, cost)] * whole + ([(rest, cost)] if rest else [])


def together(world: World, tracks: int, cost: Cost) -> tuple[float, str]:
    """One machine does all: `segue run`."""
    return phase(world, [(tracks, cost)], range(1))


def sharded(world: World, tracks: int, each: int, looking: Cost, shard: Cost, merging: Cost) -> list[tuple[float, str]]:
    """The first machine looks all tracks up, all machines work on parts of them, the first books the outcomes."""
    return [
        phase(world, [(tracks, looking)], range(1)), phase(world, parts(tracks, each, shard), range(len(world.machines))),
        phase(world, [(tracks, merging)], range(1))]
