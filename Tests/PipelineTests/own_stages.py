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
    "find": {
        "mode": "expand", "kinds": ["request", "track"], "reads": ["ref"], "writes": ["track", "media"], "catalogs": ["own"],
        "roles": ["search", "rows"]},
    "shelve": {
        "mode": "map", "kinds": ["track"], "reads": ["track", "media", "file"], "writes": ["placed"], "library": str(LIBRARY),
        "roles": ["plan", "move"]}}


def put(record):
    print(json.dumps(record), flush=True)


def request(number, **members):
    return {"v": 1, "id": f"own:track:{number}", "kind": "request", "ref": f"own:track:{number}", **members}


def track(number, request):
    """The record of one track, or the request for it where only rows are asked for."""
    record = {**request, "track": {"title": f"Song {number}", "artist": "Somebody"}}
    if "--rows" in OPTIONS:
        return record
    return {**record, "kind": "track", "media": {"url": f"{ARGUMENT}/audio/{number}", "format": "flac"}}


def find(record):
    kind, number = record["id"].split(":")[1:]
    if kind == "track":
        return track(number, record)
    for number in (1, 2):
        put(track(number, request(number, parent=record["id"], seq=number)))
    return {"v": 1, "kind": "done", "id": record["id"], "n": 2, "total": 2, "collection": {"type": kind, "title": "All"}}


def shelve(record):
    path = LIBRARY / ARGUMENT / (record["track"]["title"] + ".flac")
    if ARGUMENT == "Refused":
        error = {"stage": NAME, "class": "permanent", "code": "name_taken", "message": "somebody has that name"}
        return {"v": 1, "kind": "error", "id": record["id"], **error, "record": record}
    if "--plan" not in OPTIONS:
        path.parent.mkdir(parents=True, exist_ok=True)
    if "--move" in OPTIONS:
        return moved(record, path)
    if "--plan" in OPTIONS:
        return {**record, "placed": {"path": str(path)}}
    shutil.copy(record["file"]["path"], path)
    body = path.read_bytes()
    return {**record, "placed": {"path": str(path), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "format": "flac"}}


def moved(record, path):
    before = record["placed"]["path"]
    if before == str(path):
        return record
    if "--plan" not in OPTIONS:
        os.rename(before, path)
    return {**record, "placed": {**record["placed"], "path": str(path), "from": before}}


if "--describe" in OPTIONS:
    put({"name": NAME, "version": "1", "contract": 1, **ABOUT[NAME]})
elif "--search" in OPTIONS:
    text, limit = (OPTIONS[OPTIONS.index(option) + 1] for option in ("--search", "--limit"))
    for number in range(1, int(limit) + 1):
        put(request(number, track={"title": f"Song {number}", "artist": text}))
else:
    work = {"find": find, "shelve": shelve}[NAME]
    for line in sys.stdin:
        record = json.loads(line)
        put(work(record) if record["kind"] in ABOUT[NAME]["kinds"] else record)
