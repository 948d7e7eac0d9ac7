"""The driver by itself: stages that only pass records on, each step durable in its ledger."""

import json
import pathlib
import subprocess

from row import Check, Contender, Goal, Row
from setting import Setting
from verify import Faults

PADDING = "." * 700


def pipeline(window: int | None) -> str:
    stage = {"run": ["cat"], **({"window": window} if window else {})}
    stages = [{"name": "list", "run": ["bash", "list.sh"], "mode": "expand", "kinds": ["request"], "needs": {"read": ["tracks"]}}]
    stages += [{"name": f"pass-{number}", **stage} for number in range(1, 5)]
    # JSON is YAML.
    return json.dumps({"ledger": "ledger.sqlite", "spool": {"dir": "spool"}, "stages": stages})


def lay(folder: pathlib.Path, count: int, window: int | None) -> None:
    """A pipeline whose first stage lists `count` tracks of 1 KB."""
    (folder / "pipeline.yaml").write_text(pipeline(window))
    done = json.dumps({"v": 1, "kind": "done", "id": "catalog:playlist:1", "n": count})
    (folder / "list.sh").write_text(f"while IFS= read -r line; do cat tracks; echo '{done}'; done\n")
    with (folder / "tracks").open("w") as file:
        for number in range(1, count + 1):
            track = {"title": f"Song {number}", "artist": "Somebody", "comment": PADDING, "duration_s": 200}
            file.write(json.dumps({
                "v": 1, "id": f"catalog:track:{number}", "kind": "track", "parent": "catalog:playlist:1", "seq": number, "ref": f"track:{number}",
                "track": track, "media": {"url": f"http://127.0.0.1/{number}", "format": "flac"}}) + "\n")


def check(setting: Setting, count: int) -> Check:
    def call(folder: pathlib.Path) -> Faults:
        faults = Faults()
        done = subprocess.run([setting.programs / "segue", "stats", "--json", "--pipeline", "pipeline.yaml"], cwd=folder, capture_output=True)
        if json.loads(done.stdout)["done"] != count + 1:
            faults.add("not all done", done.stdout)
        return faults

    return call


def contender(setting: Setting, name: str, count: int, window: int | None) -> Contender:
    command = "segue run --quiet --pipeline pipeline.yaml playlist:1"
    return Contender(name, command, True, check(setting, count), lambda folder: lay(folder, count, window), units=count)


def passing(setting: Setting) -> Row:
    count = setting.data.size.short
    return Row("driver", f"{count} tracks of 1 KB through a driver with five stages that pass them on, each step durable", "tmpfs", "tracks", count, [
        contender(setting, "segue run", count, None), contender(setting, "segue run, window 32", count, 32)], [Goal("cpu_each", 300)])


def growth(setting: Setting) -> Row:
    counts = [*setting.data.size.driven, *([1_000_000] if setting.long else [])]
    contenders = [contender(setting, f"segue run, {count} tracks", count, None) for count in counts]
    before, last = (one.name for one in contenders[-2:])
    goals = [Goal("cpu_each", 0.9, (before,), last), Goal("peak_mb", 0.9, (before,), last)]
    return Row("growth", "the same driver and more and more tracks", "tmpfs", "tracks", counts[0], contenders, goals, rounds=1, watched="segue")
