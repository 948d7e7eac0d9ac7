#!/usr/bin/env python3
"""The Internet Archive as a source, by its documented interfaces for metadata and search.

internet_archive.py [BASE]: BASE is https://archive.org, or the address of a mirror.
A track is one recording of an item: the original file, and what was derived from it.
"""
import json
import re
import sys
import time
from urllib.parse import quote, unquote, urlencode

BASE = (sys.argv[1] if len(sys.argv) > 1 else "https://archive.org").rstrip("/")
AUDIO = "mediatype:(audio OR etree)"
# By the ending of a name; what has none here is audio that no stage can take.
FORMATS = {"flac": "flac", "wav": "wav", "mp3": "mp3", "ogg": "ogg", "oga": "ogg", "opus": "opus", "m4a": "m4a", "m4b": "m4a",
           **dict.fromkeys(["shn", "ape", "wv", "wma", "aif", "aiff", "aac", "ra"])}
MOST_ROWS, MOST_ITEMS = 2000, 50  # of one answer; a longer list goes on with the next question
FRESH = 600  # for so many seconds an item's document serves all of its tracks
STRANGE = AttributeError, IndexError, KeyError, TypeError, ValueError  # what comes of an answer of another form
items = {}


def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)


def failure(message, kind="permanent", code="no_data"):
    return LookupError({"kind": "error", "class": kind, "code": code, "message": message})


def get(path):
    say("get", url=BASE + path, **{"as": "json"})
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        raise LookupError(answer)
    if "error" in answer["body"]:  # with the status 200
        raise failure(f"{path.partition('?')[0]} answered: {answer['body']['error']}", "transient", "bad_document")
    return answer["body"]


def texts(value):
    """The texts of a member, which may be one text, a list, a number, or an empty object."""
    values = [str(each).strip() for each in (value if isinstance(value, list) else [value]) if isinstance(each, (str, int, float))]
    return [text for text in values if text]


def first(objects, *names):
    return next((text for one in objects for name in names for text in texts(one.get(name))), "")


def number(text):
    """What a text such as 3/12 begins with; 0 if that is no number."""
    digits = re.match(r"\s*(\d{1,15})", text)
    return int(digits[1]) if digits else 0


def seconds(text):
    """What 241.50, 04:01 or 1:02:03.5 mean; 0 for anything else."""
    parts = reversed(text.split(":")) if re.fullmatch(r"(\d+:){0,2}\d+(\.\d*)?", text) else []
    return sum(float(part) * 60**place for place, part in enumerate(parts))


def natural(name):
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", name)]


def ending(name):
    return name.rpartition(".")[2].lower()


class Item:
    """What is known of an item: what it is, and its tracks by id, in order."""

    def __init__(self, name):
        document = get(f"/metadata/{quote(name, '')}")
        if not document or document.get("is_dark"):
            raise failure(f"the archive has taken {name} down" if document else f"there is no item {name}")
        if "files" not in document:
            raise failure(f"the archive answered without the files of {name}", "transient", "bad_document")
        self.name, self.about, self.at, self.asked = name, document.get("metadata") or {}, time.monotonic(), set()
        self.files = {file["name"]: file for file in document["files"] if file.get("source") != "metadata" and not file.get("old_version")}
        self.is_collection = first([self.about], "mediatype") == "collection"
        self.summary = {"type": "playlist" if self.is_collection else "album", "title": first([self.about], "title") or name,
                        "creator": first([self.about], "creator") or None, "artwork_url": self.picture()}
        self.recordings = {}
        for file in self.files.values():
            if ending(file["name"]) in FORMATS:
                self.recordings.setdefault(self.root(file["name"]).rpartition(".")[0], []).append(file)
        for files in self.recordings.values():  # originals first, then what has lost nothing
            files.sort(key=lambda file: (file.get("source") != "original", ending(file["name"]) not in ("flac", "wav"), -number(first([file], "size"))))
        self.tracks = dict(self.described())

    def root(self, name):
        """The audio file that a file was derived from, over several steps if need be."""
        for _ in range(9):
            original = first([self.files.get(name, {})], "original")
            name = original if ending(original) in FORMATS else name
        return name

    def link(self, file):
        return f"{BASE}/download/{quote(self.name)}/{quote(file)}"

    def picture(self):
        """A cover among its files, else the picture by which the archive shows it."""
        images = [name for name, file in self.files.items() if file.get("source") == "original" and first([file], "private") != "true"
                  and re.match("JPEG|PNG|Item Image", first([file], "format"))]
        covers = [name for name in images if re.search("cover|front|folder", name, re.I)] or images
        return self.link(min(covers, key=natural)) if covers else f"{BASE}/services/img/{quote(self.name)}"

    def media(self, file):
        told, kind, size = first([file], "format"), FORMATS[ending(file["name"])], number(first([file], "size"))
        rate = re.match(r"(\d+)Kbps", told)
        rate = rate[1] if rate else "320" if number(first([file], "bitrate")) > 315 else "vbr"
        return {"url": self.link(file["name"]), "format": kind, "bytes": size or None,
                "quality": f"mp3_{rate}" if kind == "mp3" else "flac_24" if kind == "flac" and "24" in told else kind,
                "digests": {name: first([file], name).zfill(8) for name in ("sha1", "md5", "crc32") if file.get(name)}}

    def described(self):
        """Each track with its id, its media, and the names of its files."""
        rows, albums, last = [], {}, None
        for path, files in self.recordings.items():
            folder, _, stem = path.rpartition("/")
            told = re.search(r"d(\d\d?)t(\d{1,3})$", stem) or re.match(r"()(\d{1,3})(?=[ ._-])", stem) or ("", "", "")
            album = first(files, "album") or self.summary["title"]
            albums.setdefault(album, set()).add(folder)
            disc, place = number(first(files, "disc")) or number(told[1]), number(first(files, "track")) or number(told[2])
            rows.append((natural(folder), disc, place or 999, natural(stem), path, album, folder, files))
        for *_, disc, place, _, path, album, folder, files in sorted(rows, key=lambda row: row[:5]):
            # Each of several folders is a disc, and what has no number has that of its place.
            folders = sorted(albums[album], key=natural)
            disc = disc or (folders.index(folder) + 1 if len(folders) > 1 else None)
            count, last = (count + 1 if last == (album, folder, disc) else 1), (album, folder, disc)
            people = next((names for one in (*files, self.about) for key in ("artist", "creator") for names in [texts(one.get(key))] if names), [])
            lengths = [length for file in files for text in texts(file.get("length")) if (length := seconds(text))]
            track = {
                "title": first(files, "title") or path.rpartition("/")[2], "artists": people, "artist": ", ".join(people) or None, "album": album,
                "album_id": self.name, "album_artist": ", ".join(texts(self.about.get("creator"))) or None, "disc_number": disc,
                "track_number": place if place < 999 else count, "track_total": number(first(files, "track").partition("/")[2]) or None,
                "genres": texts(files[0].get("genre")), "duration_s": lengths[0] if lengths else None, "artwork_url": self.summary["artwork_url"],
                "release_date": re.sub(r"[][]|-(00|XX).*", "", first([self.about], "date", "year"), flags=re.I) or None}
            public = [file for file in files if first([file], "private") != "true" and not self.about.get("access-restricted-item")]
            # In an id are only letters that a reference may have.
            id = self.name + "/" + re.sub(r"[%\s\x00-\x1f\x7f]", lambda odd: quote(odd[0]), path)
            yield id, (track, [self.media(file) for file in public if FORMATS[ending(file["name"])]], [file["name"] for file in files])


def look(name, is_new=False):
    """The item, from its last document while that is fresh."""
    if is_new or name not in items or items[name].at < time.monotonic() - FRESH:
        items.pop(name, None)
        found = Item(name)
        while len(items) >= MOST_ITEMS or items and sum(len(item.tracks) for item in items.values()) > 10 * MOST_ROWS:
            del items[next(iter(items))]
        items[name] = found
    return items[name]


def row(id, track, media, _):
    say("track", id=id, track=track, media=media or None)


def answer_track(id):
    item = look(id.partition("/")[0])
    if id in item.asked:  # its files may be others by now
        item = look(item.name, is_new=True)
    item.asked.add(id)
    if id not in item.tracks:
        raise failure(f"the item {item.name} has no track {id}")
    _, media, names = item.tracks[id]
    if not media:
        known = [name for name in names if FORMATS[ending(name)]]
        if known:
            raise failure(f"{known[0]} is not open to the public", code="catalog_denied")
        raise failure(f"there is only {names[0]}", code="no_format")
    row(id, *item.tracks[id])


def answer_item(id, next):
    """An item, what is at a path of it, or the items of a collection."""
    name, _, path = unquote(id).partition("/")
    if next and next.startswith("["):
        return answer_list(f"collection:{name}", None, next)
    item = look(name)
    if item.is_collection:
        return answer_list(f"collection:{name}", item.summary, next)
    ids = [id for id, (*_, names) in item.tracks.items() if not path or any(f"{name}/".startswith(f"{path}/") for name in names)]
    if not ids:
        raise failure(f"the item {name} has no audio" + (f" at {path}" if path else ""))
    end = int(next or 0) + MOST_ROWS
    for id in ids[end - MOST_ROWS:end]:
        row(id, *item.tracks[id])
    say("done", total=len(ids), next=str(end) if end < len(ids) else None, collection=item.summary)


def answer_list(query, summary, next):
    """The tracks of the items that a search finds, from where the last answer ended: a page, and a place on it."""
    cursor, before, at, skip = json.loads(next) if next else (None, 0, 0, 0)
    words = {"q": f"({query}) AND {AUDIO}", "fields": "identifier", "sorts": "addeddate asc,identifier asc", "count": 2 * MOST_ITEMS}
    found = get("/services/search/v1/scrape?" + urlencode({**words, **({"cursor": cursor} if cursor else {})}))
    names, rows, end = [first([one], "identifier") for one in found.get("items") or []], 0, at + MOST_ITEMS
    while at < min(len(names), end) and rows < MOST_ROWS:
        try:
            tracks = list(look(names[at]).tracks.items())
        except (*STRANGE, LookupError) as error:
            if isinstance(error.args[0], dict) and error.args[0]["class"] != "permanent":
                raise
            tracks = [(names[at], ({"title": names[at]}, [], []))]  # which says what is wrong when it is asked for
        if not tracks:
            print(f"the item {names[at]} has no audio", file=sys.stderr)
        part = tracks[skip:skip + MOST_ROWS - rows]
        for id, about in part:
            row(id, *about)
        rows, skip = rows + len(part), skip + len(part)
        if skip == len(tracks):
            at, skip = at + 1, 0
    if at < len(names):
        return say("done", next=json.dumps([cursor, before, at, skip]), collection=summary)
    before += len(names)
    more, total = found.get("cursor"), found.get("total", before)
    if (more or before < total) and (not names or more == cursor) or before < total and not more:
        # A list that ends too soon would look as if the rest of it were gone.
        raise failure(f"a search announced {total} items and listed {before}", "transient", "bad_document")
    say("done", next=json.dumps([more, before, 0, 0]) if more else None, collection=summary)


def answer_search(text, kind, limit):
    wanted, words = {"album": AUDIO, "playlist": "mediatype:collection"}.get(kind), re.sub(r"\W+", " ", text).strip()
    if wanted and words:
        query = [("q", f"({words}) AND {wanted}"), *(("fl[]", name) for name in ("identifier", "title", "creator")), ("rows", limit), ("output", "json")]
        for one in get("/advancedsearch.php?" + urlencode(query))["response"]["docs"]:
            say(kind, id=first([one], "identifier"), collection={"title": first([one], "title"), "creator": first([one], "creator")})
    say("done")


def answer(hello=None, track=None, expand=None, search=None, next=None, type="track", limit=25, **others):
    if hello:
        starts = [f"{scheme}://{www}{BASE.partition('://')[2]}/details/" for scheme in ("https", "http") for www in ("", "www.")]
        say("hello", base=[BASE], kinds=["item", "collection", "search"], pages=dict.fromkeys(starts, "item"))
    elif track:
        answer_track(track)
    elif expand:
        kind, id = expand.split(":", 1)
        if kind in ("artist", "search"):
            name = id.replace('"', " ")
            answer_list(f'creator:"{name}"' if kind == "artist" else id, {"title": id}, next)
        else:
            answer_item(id, next)
    else:
        answer_search(search, type, limit)


for line in iter(sys.stdin.readline, ""):
    try:
        answer(**json.loads(line))
    except STRANGE as error:
        say("error", **{"class": "transient"}, code="bad_document", message=f"{BASE} does not answer as the archive does: {error!r}")
    except LookupError as error:
        say(**error.args[0])
