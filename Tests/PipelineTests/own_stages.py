"""Two stages that did not come with segue, and take roles: `find URL` in resolve's place, `shelve FOLDER` in place's."""

import hashlib
import json
import os
import pathlib
import shutil
import sys

NAME, ARGUMENT, *OPTIONS = sys.argv[1:]
LIBRARY = pathlib.Path("Music").absolute()
ABOUT = {
    "find": {"mode": "expand", "kinds": ["request", "track"], "reads": ["ref"], "writes": ["track", "media"], "catalogs": ["own"], "roles": ["search", "rows"], "rows": False},
    "shelve": {"mode": "map", "kinds": ["track"], "reads": ["track", "media", "file"], "writes": ["placed"], "library": str(LIBRARY), "roles": ["plan", "move"]}}


def put(record):
    print(json.dumps(record), flush=True)


def track(number, request):
    """The record of one track, or the request for it where only rows are asked for."""
    record = {**request, "track": {"title": f"Song {number}", "artist": "Somebody"}}
    return record if "--rows" in OPTIONS else {**record, "kind": "track", "media": {"url": f"{ARGUMENT}/audio/{number}", "format": "flac"}}


def request(number, **members):
    return {"v": 1, "id": f"own:track:{number}", "kind": "request", "ref": f"own:track:{number}", **members}


def find(record):
    kind, number = record["id"].split(":")[1:]
    if record["kind"] == "track" or kind == "track":
        return track(number, record)
    for number in (1, 2):
        put(track(number, request(number, parent=record["id"], seq=number)))
    return {"v": 1, "kind": "done", "id": record["id"], "n": 2, "total": 2, "collection": {"type": kind, "title": "All"}}


def shelve(record):
    path = LIBRARY / ARGUMENT / (record["track"]["title"] + ".flac")
    path.parent.mkdir(parents=True, exist_ok=True) if "--plan" not in OPTIONS else None
    if "--move" in OPTIONS:
        placed = {**record["placed"], "path": str(path)}
        if placed["path"] != record["placed"]["path"]:
            placed["from"] = record["placed"]["path"]
            "--plan" in OPTIONS or os.rename(placed["from"], path)
        return {**record, "placed": placed}
    if "--plan" in OPTIONS:
        return {**record, "placed": {"path": str(path)}}
    shutil.copy(record["file"]["path"], path)
    body = path.read_bytes()
    return {**record, "placed": {"path": str(path), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "format": "flac"}}


if "--describe" in OPTIONS:
    put({"name": NAME, "version": "1", "contract": 1, **ABOUT[NAME]})
elif "--search" in OPTIONS:
    words, limit = (OPTIONS[OPTIONS.index(option) + 1] for option in ("--search", "--limit"))
    for number in range(1, int(limit) + 1):
        put(request(number, track={"title": f"Song {number}", "artist": words}))
else:
    for line in sys.stdin:
        record = json.loads(line)
        put(record if record["kind"] not in ABOUT[NAME]["kinds"] else {"find": find, "shelve": shelve}[NAME](record))
