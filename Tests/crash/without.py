"""The proof that a missing sync, and a name that appears in more than one step, are noticed."""

import pathlib
import re
import subprocess

import judge
from recording import Recording
from scenarios import PROGRAMS, ROOT, SCENARIOS, preload

# Cheap ones first.
ORDER = [
    "demo", "anew", "rebuild", "import", "retag", "move", "move-flat", "mirror", "back", "repair", "inbox", "inbox-made", "inbox-copies", "pipe", "named", "run",
    "playlists", "copies", "posted", "serve", "dress", "passwords", "pictures", "better", "stale", "cuts"]
# Only who asks the server is told what the ledger books.
STATE_FIRST = ["demo", "passwords", "posted", "serve", "run", "pictures", "stale", "cuts", *(name for name in ORDER if name not in ("run", "cuts"))]
# What helps all parts of the code to do it.
HELPERS = ("Files/PartialFile", "Files/PendingSync", "Files/Folder", "Files/Secret", "Files/Locking", "CPosix/")


def kind_of(operation):
    """What sort of sync or rename an operation is: the program, the call, and the path with a star for each name that varies."""
    known = {"Music", "Inbox", "done", "state", "spool", ".segue", "Playlists", "trash", "damaged", ".segue-album", "hosts", "home", "segue", "token"}
    parts = []
    for part in operation.path.split("/"):
        if part in known or re.match(r"(catalogue|ledger)\.sqlite|cover\.|limits", part):
            parts.append(part)
        elif part:
            parts.append((".segue-*" if part.startswith(".segue-") else "*") + "".join(re.findall(r"\.\w{2,7}$", part)))
    return operation.program, operation.kind, "/".join(parts)


def places_in(calls):
    """Where each call is made, by the program and its callers: lines of the code up to the first that is no helper's, and the callers up to there."""
    frames = {}
    for program in {program for program, _ in calls}:
        addresses = sorted({address for name, callers in calls if name == program for address in callers.split(",")[:-1]})
        asked = "".join(f"{int(address, 16) - 1:#x}\n" for address in addresses)
        command = ["llvm-symbolizer", f"--obj={PROGRAMS / program}", "--functions=none"]
        blocks = subprocess.run(command, input=asked, capture_output=True, text=True, check=True).stdout.strip().split("\n\n")
        frames.update({(program, address): block.splitlines() for address, block in zip(addresses, blocks, strict=bool(addresses))})
    return {call: place_of(*call, frames) for call in calls}


def place_of(program, callers, frames):
    lines, known = [], ""
    for address in callers.split(",")[:-1]:
        known += f"{address},"
        for frame in frames[program, address]:
            if found := re.search(r"/Sources/(\S+):(\d+):\d+$", frame):
                lines.append(f"{found[1].split('/')[-1]}:{found[2]}")
                if not found[1].startswith(HELPERS):
                    return " in ".join(lines), known
    return " in ".join(lines), known


def kinds_of(recording):
    """Each kind of sync and rename in it: what it is, and from where in the code, if that was told; with the callers to look for."""
    calls = [operation for operation in recording.operations if operation.kind in ("sync", "rename")]
    places, found = places_in({(call.program, call.callers) for call in calls if call.callers}), {}
    for call in calls:
        where, callers = places.get((call.program, call.callers), ("", ""))
        found.setdefault((*kind_of(call), where), set()).add(callers)
    return found


def kinds_in(recordings):
    """Each kind of sync and rename, with the scenarios that have it, and the callers there."""
    found = {}
    for name in sorted(recordings, key=ORDER.index):
        for kind, callers in kinds_of(recordings[name]).items():
            found.setdefault(kind, {})[name] = callers
    return {kind: dict(sorted(names.items(), key=lambda one: (STATE_FIRST if kind[2].startswith("state") else ORDER).index(one[0]))) for kind, names in sorted(found.items())}


def pattern(kind):
    return f"{kind[0]} {kind[1]} {ROOT}{'/' if kind[2] else ''}{kind[2]}"


def notice(folder, name, kind, record, judge_without, callers=(), limit=100):
    """Where leaving out a kind is noticed in a scenario: a text, or None; and how many states were judged."""
    only = {"SEGUE_WITHOUT": pattern(kind), "SEGUE_WITHOUT_CALLERS": " ".join(sorted(text or "-" for text in callers))}
    path, last = record(folder, name, "without", LD_PRELOAD=str(preload(folder)), **only)
    if last["status"] != 0:
        return f"{name}: it fails by itself", 0
    plain, without = Recording.load(folder / name / "plain"), Recording.load(path)
    if kind[:3] not in map(kind_of, plain.operations):
        return None, 0
    if judge.differing(SCENARIOS[name], without.final, plain.final):
        raise ValueError(f"{name} without {pattern(kind)}: another library, though nothing crashed")
    lines = judge_without(path, *kind[1:3], limit)
    wrong = next((line for line in lines if "wrong" in line), None)
    return (f"{name} {wrong['cut']} {wrong['mode']} {wrong['seed']}: {wrong['wrong'][0][:110]}" if wrong else None), lines[-1]["states"]


def prove(folder, names, record, judge_without, only=""):
    """A line of Markdown for each kind whose pattern, with its place in the code, has the text `only`, a regular expression.

    One whose place was noticed with another path, and whose path was noticed from another place, is left out.
    """
    recordings, known = {}, set()
    for name in names:
        path = folder / name / "plain"
        if not path.exists():
            record(folder, name, LD_PRELOAD=str(preload(folder)), SEGUE_CALLERS="1")
        recordings[name] = Recording.load(path)
    print("| program | call | path | from | noticed | states |\n| --- | --- | --- | --- | --- | --: |", flush=True)
    for kind, where in kinds_in(recordings).items():
        place = (kind[1], kind[3])
        if not re.search(only, f"{pattern(kind)} {kind[3]}") or kind[3] and {place, kind[:3]} <= known:
            continue
        seen, states = None, 0
        for name, callers in where.items():
            seen, count = notice(folder, name, kind, record, judge_without, callers)
            states += count
            if seen:
                known |= {place, kind[:3]}
                break
        print(f"| {kind[0]} | {kind[1]} | `{kind[2] or '.'}` | {kind[3]} | {seen or 'no: ' + ', '.join(where)} | {states} |", flush=True)
