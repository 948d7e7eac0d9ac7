"""The page scale.md of the manual: what a track costs, how well the simulation fits, and what it says beyond that."""

import statistics
import textwrap
from dataclasses import replace

import report
from simulation import Cost, Machine, World, sharded, together

MILLION = 1_000_000
GIGABIT = 125e6
UNLIMITED = float("inf")
PART = 50

HEAD = """# scale

What a track costs at each stage, what limits one, ten and a thousand machines, and which way to take when.

{measured}

## What a track costs

| program | CPU | memory of the largest process | processes | bytes written |
| --- | --- | --- | --- | --- |
{programs}

{more}

## What is simulated

A run is simulated as tracks that take CPU time, requests and bytes; the stages overlap, so a run goes as fast as the scarcest of them
allows. The driver and `record` have one thread each, and a merge does one thing after another, so more cores do not help them. The simulation
knows the costs above, from runs without any limit, and was held against runs with limits:

| run of {tracks:,} tracks | measured | simulated | ratio |
| --- | --- | --- | --- |
{points}

What it leaves out shows: one process expands a list before others look its tracks up, and two shards at once share caches and memory. It
knows nothing of round trips, of TLS, of disks or of file systems on a network. So take what follows as what is possible, not as a promise.

## A million tracks of {megabytes:.0f} MB

Machines have {cores} cores like those of the measurement and a network of 1 Gbit/s each. `requests` is what the hosts allow all machines
together, `origin` what the origin sends to all of them together. Below each time stands what most of the work waits for.

| machines | requests, origin | look up | fetch to place | merge | in all |
| --- | --- | --- | --- | --- | --- |
{million}

- **The catalog's rate comes first.** A track takes {requests:.1f} requests. At 10 a second a million tracks take {days:.1f} days, on one
  machine as on a thousand. Ask for a higher rate, or for a list with all that is needed in its rows, before you ask for machines.
- **Then the bandwidth.** One machine with 1 Gbit/s gets {gigabit:.0f} tracks of {megabytes:.0f} MB a second, and needs {busy:.1f} cores for that.
- **Then the merge.** One machine books {merged:,.0f} tracks a second, so {books:.0f} machines that fetch over 1 Gbit/s each keep it busy.

## Which way to take

| tracks | way |
| --- | --- |
| up to 100,000, or a catalog with a low rate | `segue run` on one machine: it is the only way that needs no second step |
| one machine with cores to spare, small files | `segue run`; the driver's thread is full at {driver:,.0f} tracks a second |
| ten machines, or an origin faster than one machine's network | [GNU parallel](shard.md) over ssh |
| a cluster that others use too | [Spark](shard.md), which runs the parts of a machine that died elsewhere |
| a thousand machines | as many as the origin feeds: beyond that they wait |
"""
MEASURED = """Measured on {date} at revision {revision}, on {machine}, with release builds and {tracks:,} tracks of {kilobytes:.0f} KB in memory, the server
on the same cores and counted with the CPU. `Tests/bench/run.sh --scale` repeats the measurement, holds the simulation against it, and writes this page."""
MORE = """All together, with the server: {cpu:.2f} ms of CPU, {requests:.2f} requests and {served:.0f} KB. With tracks of {megabytes:.0f} MB: {long:.1f} ms.
Of a track stay {ledger:.1f} KB in the ledger until it is cleared, {catalogue:.1f} KB in the catalogue, and the file. By shards: looking up {looking:.2f}
ms, a shard {shard:.2f} ms and {start:.2f} s before its first track, the merge {merging:.2f} ms."""
WAITS = {"cores": "cores", "thread": "the busiest thread", "network": "its network", "requests": "requests", "origin": "the origin", "start": "starts"}


def duration(seconds: float) -> str:
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < 172_800 else f"{seconds / 86_400:.1f} days"


def programs(told: dict) -> str:
    lines = []
    for name, use in sorted(told["road"].uses.items(), key=lambda pair: -pair[1].cpu):
        each = told["tracks"]
        what = f"`{name}`" + (" (the driver)" if name == "segue" else "")
        lines.append(f"| {what} | {1000 * use.cpu / each:.2f} ms | {use.peak:.0f} MB | {use.processes} | {use.written / each / 1000:.0f} KB |")
    return "\n".join(lines)


def points(told: dict) -> str:
    lines = []
    for point in told["points"]:
        middle = statistics.median(point.measured)
        spread = f"{middle:.1f} s ({min(point.measured):.1f} to {max(point.measured):.1f})"
        lines.append(f"| {point.title} | {spread} | {point.simulated:.1f} s | {point.simulated / middle:.2f} |")
    return "\n".join(lines)


def larger(cost: Cost, told: dict) -> Cost:
    """The same work on files of the long tracks' size."""
    road, long = told["road"].cost(), told["long"].cost()
    return replace(cost, cpu=cost.cpu + long.cpu - road.cpu, bytes=long.bytes)


def million(told: dict, cores: int) -> str:
    looking, merging = told["looking"].cost(), told["merging"].cost(serial=True)
    shard = larger(told["shard"].cost(told["few"].wall), told)
    # What is looked up is small.
    lines = []
    for machines, rate, origin in (
            (1, 10, UNLIMITED), (1, 100, UNLIMITED), (1, UNLIMITED, UNLIMITED), (10, 100, UNLIMITED), (10, UNLIMITED, 10 * GIGABIT),
            (100, UNLIMITED, 10 * GIGABIT), (100, UNLIMITED, UNLIMITED), (1000, 100, UNLIMITED), (1000, UNLIMITED, 100 * GIGABIT),
            (1000, UNLIMITED, UNLIMITED)):
        world = World([Machine(cores, GIGABIT)] * machines, rate, origin)
        asked = "any" if rate == UNLIMITED else f"{rate}/s"
        sent = "any" if origin == UNLIMITED else f"{origin / GIGABIT:.0f} Gbit/s"
        if machines == 1:
            seconds, limit = together(world, MILLION, larger(told["road"].cost(), told))
            lines.append(f"| 1 | {asked}, {sent} | | `segue run` | | {duration(seconds)} ({WAITS[limit]}) |")
            continue
        phases = sharded(world, MILLION, PART, looking, shard, merging)
        cells = " | ".join(f"{duration(seconds)} ({WAITS[limit]})" for seconds, limit in phases)
        lines.append(f"| {machines:,} | {asked}, {sent} | {cells} | {duration(sum(seconds for seconds, _ in phases))} |")
    return "\n".join(lines)


def page(told: dict, machine: dict) -> str:
    road, long, shard, merging = told["road"].cost(), told["long"].cost(), told["shard"].cost(), told["merging"].cost(serial=True)
    measured = MEASURED.format(
        date=machine["date"], revision=machine["revision"], machine=report.described(machine), tracks=told["tracks"],
        kilobytes=road.bytes / 1000)
    more = MORE.format(
        cpu=1000 * road.cpu, requests=road.requests, served=road.bytes / 1000, megabytes=told["long_bytes"] / 1e6, long=1000 * long.cpu,
        ledger=told["disk"]["ledger"] / told["tracks"] / 1000, catalogue=told["disk"]["catalogue"] / told["tracks"] / 1000,
        looking=1000 * told["looking"].cost().cpu, shard=1000 * shard.cpu, start=told["few"].wall, merging=1000 * merging.cpu)
    gigabit, merged = GIGABIT / long.bytes, 1 / merging.thread
    return HEAD.format(
        measured=textwrap.fill(measured, 139), programs=programs(told), more=textwrap.fill(more, 139), tracks=told["tracks"],
        points=points(told), megabytes=told["long_bytes"] / 1e6, cores=machine["cores"], million=million(told, machine["cores"]),
        requests=road.requests, days=MILLION * road.requests / 10 / 86_400, gigabit=gigabit, busy=gigabit * long.cpu, merged=merged,
        books=merged / gigabit, driver=1 / road.thread)
