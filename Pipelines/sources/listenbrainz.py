#!/usr/bin/env python3
"""A source of lists without music: playlists of ListenBrainz, by their id, or USER/NAME for the newest made for a user.

Its argument is the address of the API. Rows have no id, so resolve looks them up in its other sources.
"""
import json
import re
import sys
from urllib.parse import quote

BASE = (sys.argv[1:] or ["https://api.listenbrainz.org/1"])[0].rstrip("/")
UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
EXTENSION = "https://musicbrainz.org/doc/jspf#playlist"
PAGE = 25
STRANGE = AttributeError, IndexError, KeyError, TypeError, ValueError  # what comes of an answer of another form


def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)


def get(path):
    say("get", url=BASE + path, **{"as": "json"})
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        raise LookupError(answer)
    return answer["body"]


def missing(what):
    return LookupError({"kind": "error", "class": "permanent", "code": "no_data", "message": what})


def listed(value):
    """A list, of which ListenBrainz and others write one of one as that one."""
    return value if isinstance(value, list) else [] if value is None else [value]


def purpose(playlist):
    """What a list was made as, such as weekly-jams."""
    for extension in listed(playlist.get("extension", {}).get(EXTENSION)):
        metadata = extension.get("additional_metadata") or {}
        return (metadata.get("algorithm_metadata") or {}).get("source_patch")


def newest(user, name):
    """The id of the newest list of that name; an overview has no tracks, so the list itself is asked for."""
    found, offset = [], 0
    while page := get(f"/user/{quote(user, '')}/playlists/createdfor?count={PAGE}&offset={offset}").get("playlists"):
        lists = [row["playlist"] for row in page]
        found += [(each.get("date") or "", each["identifier"]) for each in lists if purpose(each) == name]
        offset += len(page)
    if not found:
        raise missing(f"there is no list {name} for {user} now")
    return re.search(UUID, max(found)[1]).group()


def described(track):
    recordings = [found for link in listed(track.get("identifier")) for found in re.findall(f"/recording/({UUID})", link)]
    wanted = {"title": track.get("title"), "artist": track.get("creator"), "album": track.get("album")}
    wanted["duration_s"] = track["duration"] / 1000 if track.get("duration") else None
    return wanted | {"musicbrainz": {"recording_id": recordings[0]} if recordings else None}


def answer(hello=None, expand=None, search=None, **others):
    if hello:
        say("hello", base=[BASE], pages={"https://listenbrainz.org/playlist/": "playlist"})
    elif search is not None:
        say("done")
    elif expand and (made := re.fullmatch(f"playlist:(?:({UUID})|([^/]+)/([^/]+))", expand)):
        own, user, name = made.groups()
        playlist = get(f"/playlist/{own or newest(user, name)}")["playlist"]
        rows = listed(playlist.get("track"))
        for row in rows:
            try:
                told = {"track": described(row)}
            except STRANGE:
                told = {"id": ""}  # a row that fails by itself
            say("track", **told)
        title = f"{name} of {user}" if name else playlist.get("title")
        say("done", total=len(rows), collection={"title": title, "creator": playlist.get("creator")})
    else:
        raise missing("ListenBrainz has playlists, and no music")


for line in iter(sys.stdin.readline, ""):
    try:
        answer(**json.loads(line))
    except STRANGE as error:
        say("error", **{"class": "transient"}, code="bad_document", message=f"not the answer of ListenBrainz: {error!r}")
    except LookupError as error:
        say(**error.args[0])
