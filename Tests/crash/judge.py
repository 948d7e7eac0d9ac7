"""What a library has to be like after a crash: at once, and when the work was done to its end."""

import collections
import hashlib
import json
import os
import re
import shutil
import sqlite3
import tempfile

from scenarios import LIBRARY, ROOT, STATE

AUDIO = (".flac", ".mp3")
TABLES = {
    "track": "SELECT id, path, bytes, sha256, artwork FROM track", "member": "SELECT collection, seq, track FROM member",
    "link": "SELECT collection, seq, path, sha256 FROM link", "collection": "SELECT id, playlist, former_playlist, finished_at IS NULL FROM collection",
    "failure": "SELECT id, stage FROM failure WHERE solved_at IS NULL", "departed": "SELECT * FROM departed", "trashed": "SELECT id, files FROM trashed",
    "made": "SELECT identifier FROM grdb_migrations", "owned": "SELECT id FROM owned", "alias": "SELECT id, track FROM alias"}


def rows(path, queries):
    """The answers to queries about a copy of a database, so that it stays as it is; None where there is none yet."""
    if not os.path.exists(path):
        return None
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        for end in ("", "-wal", "-journal"):
            if os.path.exists(path + end):
                shutil.copy(path + end, f"{folder}/copy{end}")
        database = sqlite3.connect(f"{folder}/copy")
        try:
            health = database.execute("PRAGMA integrity_check").fetchall()
            if health != [("ok",)]:
                raise sqlite3.DatabaseError(f"it is damaged: {health[0][0]}")
            return {name: answers(database, query) for name, query in queries.items()}
        finally:
            database.close()


def answers(database, query):
    """Sorted; none where a table, or a column of it, is still to be made."""
    try:
        return sorted(database.execute(query), key=repr)
    except sqlite3.OperationalError as error:
        if "no such" in str(error):
            return []
        raise


def catalogue():
    found = rows(f"{LIBRARY}/.segue/catalogue.sqlite", TABLES)
    if found:
        # The audio comes first; the order of the others says nothing.
        found["trashed"] = [(track, [files[0], *sorted(files[1:])]) for track, text in found["trashed"] for files in [json.loads(text)]]
    return found


def ledger():
    """The state of each item, by its id."""
    found = rows(f"{STATE}/ledger.sqlite", {"item": "SELECT id, state FROM item"})
    return dict(found["item"]) if found else {}


def visible(files):
    """Of files by their paths those that a person sees in the library."""
    return {path: content for path, content in files.items() if path.startswith("Music/") and not any(part.startswith(".") for part in path.split("/"))}


def files_of(tree):
    """The digest of each file of a tree, by its path."""
    return {path: hashlib.sha1(tree.file(inode)).hexdigest() for path, inode in tree.reachable.items() if inode not in tree.folders}


def is_of_an_earlier_boot(name):
    """Whether a file is a hidden one of which another machine could be the writer: such a one goes when it is a day old."""
    with open("/proc/sys/kernel/random/boot_id") as file:
        boot = hashlib.sha256(file.read().strip().encode()).hexdigest()[:8]
    return re.fullmatch(r"\.segue-[0-9a-f]{16}-[0-9a-f]{8}\.part", name) is not None and not name.endswith(f"-{boot}.part")


def look(but="(?!)"):
    """All that counts of what is on the disk, but paths of a pattern."""
    files, folders, inbox = {}, set(), {}
    for folder, _, names in os.walk(ROOT):
        inside = folder[len(ROOT) + 1:]
        if inside.startswith("Music") and not re.fullmatch(but, inside):
            folders.add(inside)
        for name in names:
            path = f"{inside}/{name}" if inside else name
            if re.fullmatch(but, path):
                continue
            if path.startswith("Music/") and ".sqlite" not in name and not is_of_an_earlier_boot(name):
                with open(f"{folder}/{name}", "rb") as file:
                    files[path] = hashlib.sha1(file.read()).hexdigest()
            elif inside.startswith("state/spool"):
                files[path] = "spooled"
            elif inside.startswith("Inbox"):
                with open(f"{folder}/{name}", "rb") as file:
                    inbox[path] = hashlib.sha1(file.read()).hexdigest()
    ended = {item: "ended" if state in ("done", "skipped") else state for item, state in ledger().items()}
    return {"files": files, "folders": folders, "inbox": inbox, "catalogue": catalogue(), "ledger": ended}


def at_once(scenario, recording, tree, marks, had_power=True):
    """What is wrong before anything goes on, as sentences."""
    there = files_of(tree)
    # Without such a rename a name is taken by an empty file first.
    claimed = {} if scenario.links else {path: hashlib.sha1().hexdigest() for path in recording.final["files"] if not path.endswith(".m3u8")}
    seen = visible(there).items()
    wrong = [f"{path} is visible with another content" for path, digest in seen if digest not in (*recording.allowed.get(path, ()), claimed.get(path))]
    wrong += halved(recording, tree, there) if had_power else []
    archives = {path: digest for path, digest in recording.final["inbox"].items() if path.endswith(".zip")}
    wrong += dropped(archives if "dropped" in marks else recording.before["inbox"], there) + unnoted(recording, there)
    try:
        found, items = catalogue(), ledger()
    except sqlite3.Error as error:
        return [*wrong, f"a database: {error}"]
    booked = found or {name: [] for name in TABLES}
    wrong += ["the library was imported, and its catalogue tells otherwise"] if "imported" in marks and found != recording.final["catalogue"] else []
    return wrong + untrue(scenario, recording, tree, there, booked) + undone(scenario, recording, there, booked, items) + forgotten(scenario, items, marks, there) + unanswered(there, booked, marks) + unkept(tree, marks)


def is_shared(path):
    """Whether a file outside the library is one that others may read at any moment."""
    shared = ("state/spool/", "state/ledger.sqlite.artwork/", "state/ledger.sqlite.hosts/", "state/ledger.sqlite.lists/", "Inbox/done/", "Music/.segue/catalogue.sqlite.damaged")
    return path.startswith(shared) and not path.endswith(".part")


def halved(recording, tree, there):
    """What others may read and is not whole, as sentences: whoever reads at a moment sees what a kill at that moment leaves."""
    wrong = []
    for path in filter(is_shared, there):
        if path.endswith((".json", ".failed", "/limits")) or "/documents/" in path:
            try:
                json.loads(tree.file(tree.names[path]))
            except ValueError:
                wrong.append(f"{path} is not whole")
        elif "ledger.sqlite.hosts" not in path and there[path] not in recording.allowed.get(path, ()):
            wrong.append(f"{path} is there with another content")
    return wrong


def dropped(before, there):
    """What somebody put into the inbox and is not there once, wherever that is, as sentences."""
    counts = collections.Counter(digest for path, digest in there.items() if path.startswith("Inbox/"))
    return [f"{path} is there {counts[digest]} times" for path, digest in before.items() if counts[digest] != 1]


def unnoted(recording, there):
    """What left the inbox without a note of what became of it, as sentences."""
    taken = [path for path in there if path.startswith("Inbox/done/") and not path.endswith((".txt", ".part"))]
    return [f"{path} has no note" for path in taken if there.get(f"{path}.txt") not in recording.allowed.get(f"{path}.txt", ())]


def untrue(scenario, recording, tree, there, booked):
    """What the catalogue says of files, and is not so; of what it said before, and is being changed, nothing is asked."""
    former = set() if scenario.books_all else set((recording.before["catalogue"] or {"track": []})["track"])
    told = [(row[1], row[3]) for row in booked["track"] if row not in former] + [(row[2], row[3]) for row in booked["link"]]
    names = tree.reachable
    found = {path: hashlib.sha256(tree.file(names[f"Music/{path}"])).hexdigest() for path, _ in told if f"Music/{path}" in names}
    wrong = [f"{path} is in the catalogue, and not so in the library" for path, digest in told if found.get(path) != digest]
    marks = {f"Music/{os.path.dirname(path)}/.segue-album" for path, _ in told}
    wrong += [f"{mark} is not whole" for mark in marks & recording.final["files"].keys() if there.get(mark) != recording.final["files"][mark]]
    former_trash = [] if scenario.books_all else (recording.before["catalogue"] or {"trashed": []})["trashed"]
    trashed = [place for row in booked["trashed"] if row not in former_trash for _, place in row[1]]
    wrong += [f"{place} is in the catalogue, and not in the trash" for place in trashed if f"Music/{place}" not in names]
    lists = [row[1] for row in booked["collection"] if row[1] and not row[3]]
    return wrong + [f"{name} is finished, and has no file" for name in lists if f"Music/Playlists/{name}" not in names]


def undone(scenario, recording, there, booked, items):
    """What the ledger says is done, and is not."""
    known, wrong = {row[0] for row in booked["track"]}, []
    for item, state in items.items():
        if state == "done" and "track" in item and item not in known and scenario.name not in ("mirror", "back", "repair", "anew", "rebuild"):
            wrong.append(f"{item} is done, and not in the catalogue")
        if state == "done" and "playlist" in item and scenario.judged == "whole" and sum("playlist" in other for other in items) == 1:
            wrong += [f"{item} is done, and {path} is not there" for path in recording.final["files"] if path.endswith(".m3u8") and path not in there]
    return wrong


def forgotten(scenario, items, marks, there):
    """What was answered to a client of the server, and is not booked, or what was booked and is not there."""
    wrong = []
    lists = [path for path in there if path.startswith("state/ledger.sqlite.lists/") and path.endswith(".txt")]
    if scenario.name == "posted" and items and not lists:
        wrong.append("a list was taken, and its file is not there")
    if "added" in marks and not items:
        wrong.append("references were taken, and are not in the ledger")
    if "cancelled" in marks and items.get("catalog:track:2", "cancelled") != "cancelled":
        wrong.append(f"an item was cancelled, and is {items['catalog:track:2']}")
    if "paused" in marks and "resuming" not in marks and items.get("catalog:track:3") != "paused":
        wrong.append(f"an item was paused, and is {items.get('catalog:track:3')}")
    return wrong


def unanswered(there, booked, marks):
    """What was answered at the end of a pipe, and is not in the library or its catalogue."""
    paths = [mark.removeprefix(f"answered {ROOT}/") for mark in marks if mark.startswith("answered ")]
    known = {f"Music/{row[1]}" for row in booked["track"]}
    return [f"{path} was answered, and is not there" for path in paths if path not in there] + [
        f"{path} was answered, and is not in the catalogue" for path in paths if path not in known]


def unkept(tree, marks):
    """What a file had to have in it from some moment on, and has not, as sentences."""
    told = [mark.split(" ", 2)[1:] for mark in marks if mark.startswith("kept ")]
    texts = {path: bytes(tree.file(tree.reachable[path])) if path in tree.reachable else b"" for path, _ in told}
    return [f"{path} lacks {text}" for path, text in told if text.encode() not in texts[path]]


def compared(name, is_now, should):
    """What differs between two mappings or sets, as sentences."""
    should = {} if should is None else should
    is_now = is_now or type(should)()
    if isinstance(should, dict):
        return [f"{name} {key}: {is_now.get(key)}, and not {should.get(key)}" for key in sorted(is_now.keys() | should.keys()) if is_now.get(key) != should.get(key)]
    return [f"{name}: lost {key}" for key in sorted(should - is_now)] + [f"{name}: too much {key}" for key in sorted(is_now - should)]


def differing(scenario, now, final):
    """What is otherwise than after the run that was recorded, as sentences; after a client's requests, of the audio alone."""
    if scenario.judged == "whole":
        return [told for name in ("files", "folders", "ledger", "catalogue") for told in compared(name, now[name], final[name])]
    audio = [{path: digest for path, digest in visible(seen["files"]).items() if path.endswith(AUDIO)} for seen in (now, final)]
    return compared("files", *audio)


def at_the_end(scenario, reference, final, status, said, marks):
    """What is wrong after the work was done to its end, as sentences."""
    wrong = [f"status {status}: {said[-600:]}"] if status != 0 else []
    try:
        now = look(scenario.may_leave)
    except sqlite3.Error as error:
        return [*wrong, f"a database: {error}"]
    if scenario.judged == "whole":
        return wrong + differing(scenario, now, final)
    # What was asked of the server decides what has to be there, or what was put into the inbox, where it counts as something new after a crash.
    reference = final if scenario.judged == "audio" else reference
    seen, should = visible(now["files"]), {path: digest for path, digest in visible(reference["files"]).items() if path.endswith(AUDIO)}
    wrong += [f"{path} is there with another content" for path, digest in seen.items() if path.endswith(AUDIO) and should.get(path) != digest]
    wrong += [f"left over: {path}" for path in now["files"] if path.endswith(".part") or path.startswith("state/spool")]
    wrong += [f"{item} is {state}" for item, state in now["ledger"].items() if state not in ("ended", "cancelled")]
    wrong += [f"{path} is still in the inbox" for path in now["inbox"] if path.count("/") == 1]
    wrong += dropped({path: digest for path, digest in final["inbox"].items() if path.endswith(".zip")}, now["inbox"])
    if scenario.judged == "audio":
        wrong += [f"lost {path}" for path in should if path not in seen]
    if "added" in marks:
        wrong += [f"lost {path}" for path in should if path not in seen and "Title 1" not in path]
    if "cancelled" in marks:
        wrong += [f"{path} came, though it was cancelled" for path in seen if "Title 1" in path]
    rows_now = {f"Music/{row[1]}" for row in (now["catalogue"] or {"track": []})["track"]}
    return wrong + compared("catalogue", rows_now, {path for path in seen if path.endswith(AUDIO)})
