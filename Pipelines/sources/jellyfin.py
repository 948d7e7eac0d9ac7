#!/usr/bin/env python3
"""A Jellyfin server as a source: albums, artists, playlists, favourites and searches; each track is the file that the server has.

jellyfin.py BASE [USER]: BASE is the server's address; USER is whose playlists and favourites are meant, which an API key does not say.
"""
import json
import re
import sys
from urllib.parse import quote, urlencode

BASE, USER = sys.argv[1].rstrip("/"), " ".join(sys.argv[2:])
FORMATS = {"flac": "flac", "mp3": "mp3", "ogg": "ogg", "oga": "ogg", "opus": "opus", "m4a": "m4a", "m4b": "m4a", "mp4": "m4a", "mov": "m4a", "wav": "wav"}
IN_ALBUM = "ParentIndexNumber,IndexNumber,SortName"
IN_LIBRARY = f"AlbumArtist,Album,{IN_ALBUM}"
TYPES = {"track": "Audio", "album": "MusicAlbum", "playlist": "Playlist"}
PAGE = 500
STRANGE = AttributeError, IndexError, KeyError, TypeError, ValueError  # what comes of an answer of another form
about = {}  # the name of this source, and the user's id


def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)


def failure(message, code="no_data"):
    return LookupError({"kind": "error", "class": "permanent", "code": code, "message": message})


def get(path, **query):
    say("get", url=f"{BASE}{path}?{urlencode(query)}" if query else BASE + path, **{"as": "json"})
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        raise LookupError(answer)
    return answer["body"]


def user():
    if "user" not in about:
        try:
            people = get("/Users") if USER else [get("/Users/Me")]
        except LookupError as error:
            if USER or error.args[0]["code"] != "http_400":
                raise
            raise failure("an API key belongs to no user: write one behind the address of the server", "no_user")
        ids = [one["Id"] for one in people if USER in ("", one["Id"], one["Name"])]
        if not ids:
            raise failure(f"the server has no user {USER}", "no_user")
        about["user"] = ids[0]
    return about["user"]


def objects(path="/Items", **query):
    return get(path, userId=user(), fields="MediaSources,Genres,CanDownload", **query)


def one(id):
    # The server leaves out what is no id, and would answer with all that it has.
    found = [item for item in objects(ids=id)["Items"] if item["Id"] == id] if re.fullmatch("[0-9a-f]{32}", id) else []
    if not found:
        raise failure(f"the server has no {id}")
    return found[0]


def picture(item):
    """Of the track, else of its album."""
    own = (item.get("ImageTags") or {}).get("Primary")
    id, tag = (item["Id"], own) if own else (item.get("AlbumId"), item.get("AlbumPrimaryImageTag"))
    return f"{BASE}/Items/{id}/Images/Primary?tag={quote(tag)}" if id and tag else None


def described(item):
    names = item.get("Artists") or []
    return {
        "title": item.get("Name"), "artists": names, "artist": ", ".join(names) or None, "album": item.get("Album"), "album_id": item.get("AlbumId"),
        "album_artist": item.get("AlbumArtist"), "track_number": item.get("IndexNumber"), "disc_number": item.get("ParentIndexNumber"),
        "release_date": (item.get("PremiereDate") or str(item.get("ProductionYear") or ""))[:10] or None, "genres": item.get("Genres") or [],
        "duration_s": (item.get("RunTimeTicks") or 0) / 10_000_000 or None, "artwork_url": picture(item)}


def media(item):
    """The file itself, which the server does not convert at this address; none if it has none, or may not give it."""
    source = (item.get("MediaSources") or [{}])[0]
    codecs = [stream.get("Codec") for stream in source.get("MediaStreams") or []]
    kind = "opus" if "opus" in codecs else FORMATS.get((source.get("Container") or "").split(",")[0])
    if not kind or item.get("Type") != "Audio" or item.get("LocationType") == "Virtual" or item.get("CanDownload") is False:
        return None
    quality = f"mp3_{round((source.get('Bitrate') or 0) / 1000)}" if kind == "mp3" else kind
    return {"url": f"{BASE}/Items/{item['Id']}/Download", "format": kind, "quality": quality, "auth": about["name"]}


def lyrics(id):
    """As text, and with times if each line has one; the server counts in 100 ns."""
    try:
        lines = get(f"/Audio/{id}/Lyrics").get("Lyrics") or []
    except LookupError as error:
        if error.args[0]["code"] != "http_404":
            raise
        return {}
    texts, starts = [line.get("Text") or "" for line in lines], [line.get("Start") for line in lines]
    times = [divmod(start // 100_000, 6000) for start in starts] if None not in starts else []
    timed = [f"[{minutes:02}:{rest // 100:02}.{rest % 100:02}]{text}\n" for (minutes, rest), text in zip(times, texts)]
    return {"lyrics": "\n".join(texts) or None, "synced_lyrics": "".join(timed) or None}


def answer_track(id):
    item = one(id)
    if item.get("CanDownload") is False:
        raise failure(f"the user may not download {item.get('Name')}", "catalog_denied")
    if not media(item):
        kind = ((item.get("MediaSources") or [{}])[0]).get("Container") or item.get("Type")
        raise failure(f"the server has {item.get('Name')} only as {kind}", "no_format")
    say("track", id=id, track=described(item) | (lyrics(id) if item.get("HasLyrics") else {}), media=media(item))


def rows(page):
    for item in page["Items"]:
        try:
            # What has lyrics is asked for by itself, since a list does not tell them.
            row = {"id": item["Id"], "track": described(item), "media": None if item.get("HasLyrics") else media(item)}
        except STRANGE:
            row = {"id": ""}  # a row that fails by itself
        say("track", **row)


def answer_list(kind, id, start):
    all = {"includeItemTypes": "Audio", "recursive": "true", "startIndex": start, "limit": PAGE, "sortBy": IN_LIBRARY}
    summary = {"title": id}
    if kind == "search":
        page = objects(searchTerm=id, **all)
    elif id in ("all", "favorites"):
        page = objects(**all, **({"isFavorite": "true"} if id == "favorites" else {}))
    else:
        item = one(id)
        summary = {"title": item.get("Name"), "creator": item.get("AlbumArtist"), "artwork_url": picture(item)}
        if kind == "playlist":
            page = objects(f"/Playlists/{id}/Items", startIndex=start, limit=PAGE)
        else:
            page = objects(**all | ({"artistIds": id} if kind == "artist" else {"parentId": id, "sortBy": IN_ALBUM}))
    rows(page)
    end, total = start + len(page["Items"]), page.get("TotalRecordCount", 0)
    say("done", total=total, next=str(end) if page["Items"] and end < total else None, collection=summary)


def answer_search(text, kind, limit):
    if kind == "track":
        rows(objects(searchTerm=text, includeItemTypes="Audio", recursive="true", limit=limit))
    else:
        found = objects("/Artists", searchTerm=text, limit=limit) if kind == "artist" else objects(
            searchTerm=text, includeItemTypes=TYPES[kind], recursive="true", limit=limit)
        for item in found["Items"]:
            say(kind, id=item["Id"], collection={"title": item.get("Name"), "creator": item.get("AlbumArtist")})
    say("done")


def answer(hello=None, name=None, track=None, expand=None, search=None, next=None, type="track", limit=25, **others):
    if hello:
        about["name"] = name
        say("hello", base=[BASE], kinds=["search"])
    elif track:
        answer_track(track)
    elif expand:
        answer_list(*expand.split(":", 1), int(next or 0))
    else:
        answer_search(search, type, limit)


for line in iter(sys.stdin.readline, ""):
    try:
        answer(**json.loads(line))
    except STRANGE as error:
        say("error", **{"class": "transient"}, code="bad_document", message=f"{BASE} does not answer as a Jellyfin server does: {error!r}")
    except LookupError as error:
        say(**error.args[0])
