"""The results as JSON, tables and a picture."""

import json
import pathlib
import statistics
from dataclasses import asdict

import plot
from measure import Sample
from row import Contender, Row, unchecked
from verify import Faults

FIGURES = {"wall": "s", "cpu": "CPU s", "requests": "requests", "served": "bytes served", "cpu_each": "µs of CPU each", "peak_mb": "MB"}


def heading(row: Row) -> dict:
    contenders = [{
        "name": one.name, "ours": one.ours, "command": one.command, "units": one.units or row.units, "is_checked": one.check is not unchecked,
        "samples": [], "faults": [], "runs": 0} for one in row.contenders]
    return {
        "key": row.key, "title": row.title, "place": row.place, "unit": row.unit, "contenders": contenders,
        "goals": [asdict(goal) for goal in row.goals]}


def note(told: dict, contender: Contender, sample: Sample, faults: Faults, warming: bool) -> None:
    """Adds a run to its row; of the warm-up only the memory counts."""
    one = next(one for one in told["contenders"] if one["name"] == contender.name)
    one["runs"] += 1
    if faults:
        one["faults"].append(faults.told())
    if warming:
        one["peak_mb"] = round(sample.peak, 1)
    else:
        one["samples"].append({name: round(value, 4) for name, value in asdict(sample).items() if name != "peak"})


def values(contender: dict, figure: str) -> list[float]:
    if figure == "cpu_each":
        return [1e6 * sample["cpu"] / contender["units"] for sample in contender["samples"]]
    if figure == "peak_mb":
        return [contender["peak_mb"]]
    return [sample[figure] for sample in contender["samples"]]


def middle(contender: dict, figure: str) -> float:
    return statistics.median(values(contender, figure))


def is_verified(row: dict) -> bool:
    return all(not one["faults"] for one in row["contenders"])


def ours(row: dict, goal: dict) -> dict:
    return next(one for one in row["contenders"] if one["ours"] and goal["ours"] in ("", one["name"]))


def reached(row: dict, goal: dict) -> float:
    """The value to compare with a goal's bound: a ratio if the goal is against somebody, else our own figure."""
    own = middle(ours(row, goal), goal["figure"])
    if not goal["against"]:
        return own
    return sum(middle(one, goal["figure"]) for one in row["contenders"] if one["name"] in goal["against"]) / own


def is_met(row: dict, goal: dict) -> bool:
    value = reached(row, goal)
    return value >= goal["bound"] if goal["against"] else value <= goal["bound"]


def told_goal(row: dict, goal: dict) -> str:
    value, unit, own = reached(row, goal), FIGURES[goal["figure"]], ours(row, goal)["name"]
    verdict = "reached" if is_met(row, goal) else "not reached"
    if goal["against"]:
        return f"{own}, {unit}: {value:.2f} times as good as {' + '.join(goal['against'])}; at least {goal['bound']:g}: {verdict}"
    return f"{own}: {value:,.0f} {unit}; at most {goal['bound']:,.0f}: {verdict}"


def table(row: dict) -> str:
    """Markdown."""
    lines = [f"\n### {row['key']}: {row['title']}\n"]
    if "missing" in row:
        lines.append(f"Not there: {row['missing']}.\n")
    if row["contenders"] and row["contenders"][0]["samples"]:
        columns = [
            "command", "s (min to max)", f"{row['unit']}/s", "CPU s", "µs of CPU each", "peak MB", "nginx CPU s", "requests", "MB served", "others",
            "verified"]
        lines.append("| " + " | ".join(columns) + " |")
        lines.append("| --- |" + " ---: |" * 9 + " --- |")
        lines += [cells(one) for one in row["contenders"]]
        lines += ["", *(f"- {told_goal(row, goal)}" for goal in row["goals"])]
    return "\n".join(lines)


def cells(one: dict) -> str:
    wall, counted = values(one, "wall"), middle(one, "requests")
    served = [f"{counted:,.0f}", f"{middle(one, 'served') / 1e6:,.1f}"] if counted else ["", ""]
    rate = one["units"] / middle(one, "wall")
    if one["faults"]:
        verdict = "NO: " + "; ".join(sorted(set(one["faults"])))[:300]
    else:
        verdict = f"{one['runs']} of {one['runs']}" if one["is_checked"] else ""
    figures = [
        f"{middle(one, 'wall'):.2f} ({min(wall):.2f} to {max(wall):.2f})", f"{rate:,.{0 if rate >= 100 else 2}f}", f"{middle(one, 'cpu'):.2f}",
        f"{middle(one, 'cpu_each'):,.0f}", f"{one['peak_mb']:,.0f}", f"{middle(one, 'server'):.2f}", *served,
        f"{100 * middle(one, 'foreign'):.0f} %"]
    return "| " + " | ".join([one["name"], *figures, verdict]) + " |"


def described(machine: dict) -> str:
    kind = " of a virtual machine" if machine["virtual"] else ""
    kernel = machine["kernel"].split("-")[0]
    return (
        f"{machine['cores']} cores{kind} ({machine['processor']}), {machine['memory_gb']} GB of memory, Linux {kernel}, {machine['system']}")


def versions(machine: dict) -> str:
    return ", ".join(f"{name} {text}" for name, text in machine["versions"].items())


def write(told: dict, folder: pathlib.Path) -> None:
    """results.json, results.md and results.svg."""
    machine = told["machine"]
    head = [
        "# Results\n", f"{machine['date']}, revision {machine['revision']}, {described(machine)}; load at the start {machine['load']:.1f}.",
        f"{versions(machine)}.",
        f"Medians of {told['rounds']} rounds in turns, minimum and maximum. Everything on loopback, nginx on the same cores."]
    if "minutes" in told:
        head.append(f"All of it took {told['minutes']} minutes.")
    (folder / "results.json").write_text(json.dumps(told, indent=1, ensure_ascii=False))
    (folder / "results.md").write_text("\n".join(head) + "\n" + "\n".join(map(table, told["rows"])) + "\n")
    (folder / "results.svg").write_text(plot.bars(told))
