"""Folders of audio as a source: what webdav.py and rclone.py have in common.

What a track is, its names tell, until it was fetched: then its own tags do. So no file is opened to make a list.
"""
import itertools
import json
import re
import sys
import time
from urllib.parse import quote, unquote

FORMATS = {**{name: name for name in ("flac", "mp3", "ogg", "opus", "m4a", "wav")}, "oga": "ogg", "m4b": "m4a", "m4r": "m4a", "mpga": "mp3", "wave": "wav"}
DIGITS = {"sha256": 64, "sha1": 40, "md5": 32, "crc32": 8}
COVERS = ["cover", "folder", "front", "album", "albumart"]
JUNK = ["__macosx", "thumbs.db", "desktop.ini", "@eadir", "@recycle", "#recycle", "#snapshot", "$recycle.bin", "system volume information", "lost+found"]
NUMBERED = re.compile(r"(?:(\d{1,2})-)?(\d{1,3})(?:\.| -|_|(?= )) *(.+)")
DISC = re.compile(r"(?:cd|dis[ck])[ _.-]?(\d{1,2})\b.*", re.I)
MOST_ROWS, MOST_FOLDERS = 2000, 60  # of one answer; a longer list goes on with the next question
DEEPEST = 32
KEPT, FRESH = 150, 600  # how many folders are remembered, and for how many seconds
if hasattr(sys.stdin, "reconfigure"):
    sys.stdin.reconfigure(encoding="utf-8")


class Refusal(Exception):
    """Ends an answer; its argument is the line that says why."""


def say(kind, **members):
    print(json.dumps({"kind": kind, **members}), flush=True)


def failure(message, kind="permanent", code="no_data"):
    return Refusal({"kind": "error", "class": kind, "code": code, "message": message})


def broken(message):
    """What was told is not to be relied on: it may be right the next time, and is never taken for a short list."""
    return failure(message, "transient", "bad_document")


def get(url, **how):
    say("get", url=url, **how)
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        raise Refusal(answer)
    return answer


def natural(name):
    return [int(part) if part.isdecimal() else part.casefold() for part in re.split(r"(\d+)", name)], name


def ending(name):
    return name.rpartition(".")[2].lower()


def is_audio(name):
    return ending(name) in FORMATS


def is_junk(name):
    return name.startswith(".") or name.casefold() in JUNK


def is_path(path):
    """Whether each part is the name of something in the part before it."""
    return not re.search(r"[\0\ud800-\udfff]", path) and not {"", ".", ".."} & set(path.split("/"))


def joined(folder, name):
    return f"{folder}/{name}" if folder else name


def identifier(path):
    """A path with only what an id may have; a % always begins an escape."""
    return re.sub(r"[%?\s\x00-\x1f\x7f\ud800-\udfff]", lambda odd: quote(odd[0], errors="replace"), path)


def size(value):
    """A number of bytes, or None for anything else."""
    return int(value) if str(value).isdecimal() and not isinstance(value, bool) else None


def digests(pairs):
    """Those that have the shape of their kind, by the names that the contract has for them."""
    found = {kind.lower().replace("-", ""): str(value).lower() for kind, value in pairs}
    found |= {"crc32": found["crc32"].zfill(8)} if "crc32" in found else {}
    return {kind: value for kind, value in found.items() if re.fullmatch(rf"[0-9a-f]{{{DIGITS.get(kind, 0)}}}", value) and kind in DIGITS}


def told(path):
    """What the names of a file and its folders say of a track."""
    *folders, name = path.split("/")
    stem = name.rpartition(".")[0]
    track = {"title": stem.strip("_ ")}
    disc = DISC.fullmatch(folders[-1]) if folders else None
    if disc:
        folders.pop()
        track["disc_number"] = int(disc[1])
    parts = stem.split(" - ")
    flat = NUMBERED.fullmatch(" - ".join(parts[2:])) if len(parts) > 2 else None  # as stores name them that pack an album flat
    numbered = flat or NUMBERED.fullmatch(stem)
    if numbered and int(numbered[2]):
        track |= {"title": numbered[3].strip(), "track_number": int(numbered[2])} | ({"disc_number": int(numbered[1])} if numbered[1] else {})
    artist, album = folders[-2] if len(folders) > 1 else None, folders[-1] if folders else None
    before, dash, after = (album or "").partition(" - ")
    if dash and re.fullmatch(r"(19|20)\d\d", before):
        track["release_date"], album = before, after
    elif dash:
        artist, album = before, after
    if flat:
        artist, album = parts[:2]
    return track | {"album": album, "artist": artist, "artists": [artist] if artist else []}


class Folder:
    """What one folder holds: the names of its folders, and its files, each with its size and digests."""

    def __init__(self, path, folders, files):
        self.path, self.at, self.asked = path, time.monotonic(), set()
        self.folders = sorted((name for name in folders if not is_junk(name)), key=natural)
        self.files = {name: files[name] for name in sorted(files, key=natural) if not is_junk(name.rpartition("/")[2])}
        self.audio = [name for name in self.files if is_audio(name)]
        pictures = [name for name in self.files if ending(name) in ("jpg", "jpeg", "png")]
        named = [(rank, name) for name in pictures if (rank := self.rank(name)) is not None]
        self.cover = min(named)[1] if named else None
        self.picture = self.cover or (pictures[0] if len(pictures) == 1 else None)
        self.left = [name for name in self.files if not is_audio(name) and name != self.picture]

    @staticmethod
    def rank(name):
        stem = name.partition(".")[0].lower()
        if stem in COVERS:
            return COVERS.index(stem)
        return next((len(COVERS) + at for at, word in enumerate(COVERS) if word in stem and "back" not in stem), None)


class Tree:
    """A source over the folders below an address; `listed` says what is in one of them."""

    def __init__(self, base):
        self.base, self.name, self.has_credential, self.known = base.rstrip("/"), None, False, {}

    def listed(self, path):
        raise NotImplementedError

    def found(self, words, limit):
        """The paths of audio files that a search finds, if it can search."""
        return []

    def folder(self, path, is_new=False):
        folder = self.known.pop(path, None)
        if is_new or not folder or folder.at < time.monotonic() - FRESH:
            folder = self.listed(path)
        self.known[path] = folder
        while len(self.known) > KEPT:
            del self.known[next(iter(self.known))]
        return folder

    def link(self, path):
        return f"{self.base}/{quote(path)}" if path else self.base

    def row(self, folder, name):
        path = joined(folder.path, name)
        if not is_path(path):  # which says what is wrong when it is asked for
            return say("track", id=identifier(path), track={"title": identifier(name)})
        disc = folder.path and DISC.fullmatch(folder.path.rpartition("/")[2])
        above = self.folder(folder.path.rpartition("/")[0]) if disc and not folder.picture else None
        picture = folder.picture and joined(folder.path, folder.picture) or above and above.cover and joined(above.path, above.cover)
        kind = FORMATS[ending(name)]
        say("track", id=identifier(path), track=told(path) | {"artwork_url": self.link(picture) if picture else None},
            media={"url": self.link(path), "format": kind, "quality": None if kind == "mp3" else kind, "own_tags": True, "any_format": True,
                   "auth": self.name if self.has_credential else None, **folder.files[name]})

    def answer_track(self, id):
        path = unquote(id)
        if not is_path(path):
            raise failure(f"{id} is no path of a file", code="bad_name")
        parent, _, name = path.rpartition("/")
        folder = self.folder(parent)
        if name in folder.asked:  # it may be another file by now
            folder = self.folder(parent, is_new=True)
        folder.asked.add(name)
        if name not in folder.files:
            raise failure(f"there is no file {path}")
        if not is_audio(name):
            raise failure(f"{path} is not audio in a known format", code="no_format")
        self.row(folder, name)

    def walk(self, path, after, depth=0):
        """The folders in one, in order: each itself, then what is in it. `after` are the names down to the last that was told."""
        if depth > DEEPEST:
            raise failure(f"{path} is more than {DEEPEST} folders deep", code="too_large")
        folder = self.folder(path)
        if after is None:
            yield folder
        for name in folder.folders:
            if not after or natural(name) >= natural(after[0]):
                yield from self.walk(joined(path, name), after[1:] if after and name == after[0] else None, depth + 1)

    def answer_list(self, kind, id, next):
        path = "" if (kind, id) == ("playlist", "all") else unquote(id).strip("/")
        if path and not is_path(path):
            raise failure(f"{id} is no path of a folder", code="bad_name")
        parent, _, name = path.rpartition("/")
        summary = {"type": "playlist" if kind == "playlist" else "album", "title": name or self.name}
        if not next:
            self.known.clear()
            if is_audio(name) and name in self.folder(parent).files:
                self.row(self.folder(parent), name)
                return say("done", total=1, collection=summary | {"title": told(path)["title"]})
        at, start = json.loads(next) if next else ["", 0]
        rows, here = 0, self.folder("/".join(filter(None, (path, at))))
        for seen, folder in enumerate(itertools.chain([here], self.walk(path, at.split("/") if at else [])), 1):
            count = self.rows(folder, start, MOST_ROWS - rows)
            rows, start = rows + count, start + count
            if rows == MOST_ROWS or seen == MOST_FOLDERS:
                return say("done", next=json.dumps([folder.path[len(path):].lstrip("/"), start]), collection=summary)
            start = 0
        if not rows and not next:
            raise failure(f"there is no audio in {path or self.base}")
        say("done", collection=summary)

    def rows(self, folder, start, most):
        if not start and folder.left:
            more = f" and {len(folder.left) - 5} more" if len(folder.left) > 5 else ""
            print(f"{self.name}: left in {folder.path or 'the top'}: {', '.join(folder.left[:5])}{more}", file=sys.stderr)
        names = folder.audio[start:start + most]
        for name in names:
            self.row(folder, name)
        return len(names)

    def answer(self, hello=None, name=None, credential=False, track=None, expand=None, search=None, next=None, type="track", limit=25, **others):
        if hello:
            self.name, self.has_credential = name, credential
            say("hello", base=[self.base], kinds=["folder"])
        elif track:
            self.answer_track(track)
        elif expand:
            kind, id = expand.split(":", 1)
            if kind == "artist":
                raise failure("folders know no artists; name a folder")
            self.answer_list(kind, id, next)
        else:
            for path in self.found(search.casefold().split(), limit) if type == "track" else []:
                self.row(self.folder(path.rpartition("/")[0]), path.rpartition("/")[2])
            say("done")

    def serve(self):
        for line in iter(sys.stdin.readline, ""):
            try:
                self.answer(**json.loads(line))
            except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
                say("error", **{"class": "transient"}, code="bad_document", message=f"what the folders hold is not understood: {error!r}")
            except Refusal as refusal:
                say(**refusal.args[0])
