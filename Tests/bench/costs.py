"""The page costs.md of the manual: what the bench has measured, with the rows that we lose."""

import textwrap

import report

HEAD = """# costs

What the programs cost in time and memory, beside tools that do the same work.

{measured}

| work | segue | for comparison |
| --- | --- | --- |
"""
MEASURED = """Measured on {date} at revision {revision}, on {machine}, with release builds. The server is nginx, on loopback and on the same
cores. Times are medians of {rounds} alternating runs, with minimum and maximum; memory is the peak of all processes of a command together.
Every library and file that came out was verified. `Tests/bench/run.sh` repeats the measurement and writes this page. Versions:
{versions}."""
SCRIPT = """
The script is curl, jq and Python with mutagen and pycryptodome. It keeps connections alive, does each step for all tracks at once, checks
digests, and uses two processes where CPU time counts. It has no ledger: after a failure it starts over, and nothing is durable until it ends.
`segue run` makes each step durable before the next one begins, can be interrupted anywhere, and retries. The server answers at once and
without TLS; over a real network, time depends on the network, and CPU is the figure to compare.
"""


def seconds(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def cost(row: dict, one: dict) -> str:
    """A contender's time, CPU and memory; for a program's start, which is too short to sample its memory, only the time."""
    walls = report.values(one, "wall")
    middle, low, high = (seconds(value) for value in (report.middle(one, "wall"), min(walls), max(walls)))
    name = f"`{one['name']}`" if one["ours"] and "," not in one["name"] else one["name"]
    if row["key"] == "start":
        return f"{name} {1000 * report.middle(one, 'wall') / one['units']:.0f} ms"
    requests = report.middle(one, "requests")
    asked = f", {requests:,.0f} requests" if row["key"].startswith("road") else ""
    cpu = seconds(report.middle(one, "cpu"))
    return f"{name}: {middle} s ({low} to {high}), {cpu} s of CPU, {one['peak_mb']:.0f} MB{asked}"


def line(row: dict) -> str:
    run = [one for one in row["contenders"] if one["samples"]]
    sides = ("; ".join(cost(row, one) for one in run if one["ours"] is ours) for ours in (True, False))
    return f"| {row['title']} | {' | '.join(side or row.get('missing', '') for side in sides)} |"


def growth(row: dict) -> str:
    lines = ["\n## Growth\n", "Time and memory of the driver over more and more tracks:\n"]
    lines += ["| tracks | CPU for each | memory |", "| --- | --- | --- |"]
    for one in row["contenders"]:
        lines.append(f"| {one['units']:,} | {report.middle(one, 'cpu_each'):.0f} µs | {one['peak_mb']:.0f} MB |")
    return "\n".join(lines) + "\n"


def rivals(row: dict, figure: str) -> dict[str, float]:
    """What the others need, by name."""
    theirs = {one["name"]: report.middle(one, figure) for one in row["contenders"] if not one["ours"]}
    # One is the cipher and the other the copy; together they do the work of decrypt.
    return {" and ".join(theirs): sum(theirs.values())} if row["key"] == "decrypt" else theirs


def lost(row: dict) -> list[str]:
    """Where another contender needs less than our first."""
    own = next((one for one in row["contenders"] if one["ours"]), None)
    told = []
    for figure, what in (("wall", "time"), ("cpu", "CPU")):
        theirs = rivals(row, figure)
        if own and theirs and row["key"] != "start":
            best = min(theirs, key=theirs.__getitem__)
            ratio = report.middle(own, figure) / theirs[best]
            told += [f"{ratio:.2f} times the {what} of {best}"] if ratio > 1.005 else []
    return [f"- {row['title']}: {own['name']} needs {' and '.join(told)}."] if own and told else []


def page(told: dict) -> str:
    rows = [row for row in told["rows"] if any(one["samples"] for one in row["contenders"])]
    if not all(map(report.is_verified, rows)):
        raise SystemExit("costs.md is not written: something that came out was wrong; see results.md")
    machine = told["machine"]
    measured = MEASURED.format(
        date=machine["date"], revision=machine["revision"], machine=report.described(machine), rounds=told["rounds"],
        versions=report.versions(machine))
    head = HEAD.format(measured=textwrap.fill(measured, 139))
    losses = [loss for row in rows for loss in lost(row)]
    beaten = "\n## Where others need less\n\n" + "\n".join(losses) + "\n" if losses else ""
    grown = "".join(growth(row) for row in rows if row["key"] == "growth")
    return head + "\n".join(line(row) for row in rows if row["key"] != "growth") + "\n" + SCRIPT + beaten + grown
