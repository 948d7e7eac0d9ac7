#!/usr/bin/env python3
"""A source in Python: a catalog of the contract's shape, at the address that is its argument."""
import json
import sys
from urllib.parse import quote

BASE = sys.argv[1].rstrip("/")


def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)


def get(path):
    say("get", url=path if "://" in path else BASE + path, **{"as": "json"})
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        raise LookupError(answer)
    if wrong := answer["body"].get("error"):
        kind = "permanent" if wrong.get("code") == 800 else "transient"
        raise LookupError({"kind": "error", "class": kind, "code": "no_data", "message": f"{path}: {wrong.get('message')}"})
    return answer["body"]


def described(row):
    names = {"title": "title", "track_number": "track_position", "disc_number": "disk_number", "isrc": "isrc", "duration_s": "duration"}
    album = row.get("album") or {}
    return {name: row.get(theirs) for name, theirs in names.items()} | {
        "artist": row["artist"]["name"], "album": album.get("title"), "album_id": str(album["id"]) if "id" in album else None}


def answer(hello=None, track=None, expand=None, search=None, next=None, type="track", limit=25, **others):
    if hello:
        say("hello", base=[BASE])
    elif track:
        row = get(f"/track/{quote(track, '')}")
        say("track", id=track, track=described(row), media=get(f"/media/{quote(track, '')}")["data"])
    elif expand:
        kind, id = expand.split(":", 1)
        about = {} if next else get(f"/{kind}/{quote(id, '')}")
        page = get(next or f"/{kind}/{quote(id, '')}/tracks?index=0&limit=100")
        for row in page["data"]:
            say("track", id=str(row["id"]), track=described(row))
        say("done", total=page.get("total"), next=page.get("next"), collection={"title": about.get("title")})
    else:
        for row in get(f"/search?q={quote(search)}&limit={limit}")["data"] if type == "track" else []:
            say("track", id=str(row["id"]), track=described(row))
        say("done")


for line in iter(sys.stdin.readline, ""):
    try:
        answer(**json.loads(line))
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        say("error", **{"class": "transient"}, code="bad_document", message=f"{BASE} does not answer as a catalog does: {error!r}")
    except LookupError as error:
        say(**error.args[0])
