"""The proof that a missing sync, and a name that appears in more than one step, are noticed."""

import pathlib
import re
import subprocess

import judge
from recording import Recording
from scenarios import ROOT, SCENARIOS

# Cheap ones first.
ORDER = ["anew", "import", "inbox", "retag", "move", "mirror", "repair", "pipe", "run", "playlists", "serve", "stale", "cuts"]
# Only who asks the server is told what the ledger books.
STATE_FIRST = ["serve", "run", "stale", "cuts", "repair", "mirror", "pipe", "retag", "move", "playlists", "anew", "import", "inbox"]


def kind_of(operation):
    """What sort of sync or rename an operation is: the program, the call, and the path with a star for each name that varies."""
    known = {"Music", "Inbox", "done", "state", "spool", ".segue", "Playlists", "trash", "damaged", ".segue-album", "hosts"}
    parts = []
    for part in operation.path.split("/"):
        if part in known or re.match(r"(catalogue|ledger)\.sqlite|cover\.|limits", part):
            parts.append(part)
        elif part:
            parts.append((".segue-*" if part.startswith(".segue-") else "*") + "".join(re.findall(r"\.\w{2,5}$", part)))
    return operation.program, operation.kind, "/".join(parts)


def preload(folder):
    library = pathlib.Path(folder) / "without.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "without.c", "-ldl"], check=True)
    return library


def kinds_in(recordings):
    """Each kind of sync and rename, with the scenarios that have it."""
    found = {}
    for name in sorted(recordings, key=ORDER.index):
        for operation in recordings[name].operations:
            if operation.kind in ("sync", "rename"):
                found.setdefault(kind_of(operation), {})[name] = True
    return {kind: sorted(names, key=STATE_FIRST.index) if kind[2].startswith("state") else list(names) for kind, names in sorted(found.items())}


def pattern(kind):
    return f"{kind[0]} {kind[1]} {ROOT}{'/' if kind[2] else ''}{kind[2]}"


def notice(folder, name, kind, record, judge_without, limit=100):
    """Where leaving out a kind is noticed in a scenario: a text, or None; and how many states were judged."""
    library = preload(folder)
    path, last = record(folder, name, "without", LD_PRELOAD=str(library), SEGUE_WITHOUT=pattern(kind))
    if last["status"] != 0:
        return f"{name}: it fails by itself", 0
    plain, without = Recording.load(folder / name / "plain"), Recording.load(path)
    if kind not in map(kind_of, plain.operations):
        return None, 0
    if judge.differing(SCENARIOS[name], without.final, plain.final):
        return f"{name}: another library without a crash", 0
    lines = judge_without(path, *kind[1:], limit)
    wrong = next((line for line in lines if "wrong" in line), None)
    return (f"{name} {wrong['cut']} {wrong['mode']} {wrong['seed']}: {wrong['wrong'][0][:110]}" if wrong else None), lines[-1]["states"]


def prove(folder, names, record, judge_without, only=""):
    """A line of Markdown for each kind whose pattern has the text `only`, a regular expression."""
    recordings = {}
    for name in names:
        path = folder / name / "plain"
        if not path.exists():
            record(folder, name)
        recordings[name] = Recording.load(path)
    print("| program | call | path | noticed | states |\n| --- | --- | --- | --- | --: |", flush=True)
    for kind, where in kinds_in(recordings).items():
        if not re.search(only, pattern(kind)):
            continue
        seen, states = None, 0
        for name in where:
            seen, count = notice(folder, name, kind, record, judge_without)
            states += count
            if seen:
                break
        print(f"| {kind[0]} | {kind[1]} | `{kind[2] or '.'}` | {seen or 'no: ' + ', '.join(where)} | {states} |", flush=True)
