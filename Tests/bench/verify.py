"""Checks a library against the truth. Files are recognised by their audio, never by their names."""

import hashlib
import os
import pathlib
import random
import sqlite3
import subprocess
import unicodedata
from collections import Counter

import mutagen
from mutagen.flac import FLAC

import music

FRAMES = {
    "title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2", "tracknumber": "TRCK", "date": "TDRC", "genre": "TCON", "isrc": "TSRC",
    "label": "TPUB", "bpm": "TBPM", "barcode": "TXXX:BARCODE", "artists": "TXXX:ARTISTS"}
ALTERNATIVES = {"barcode": ["barcode", "upc"], "label": ["label", "organization", "publisher"]}
DECODED = 20


class Faults(Counter):
    """What is wrong with a library: how often, and the first case of each."""

    def __init__(self) -> None:
        super().__init__()
        self.first: dict[str, str] = {}

    def add(self, fault: str, where: object) -> None:
        self[fault] += 1
        self.first.setdefault(fault, str(where))

    def told(self) -> str:
        return ", ".join(f"{count} x {fault} ({self.first[fault]})" for fault, count in self.items())


def normal(text: object) -> str:
    return unicodedata.normalize("NFC", str(text))


def tags_and_pictures(path: pathlib.Path) -> tuple[dict[str, list[str]], list[bytes]]:
    if path.suffix == ".flac":
        flac = FLAC(path)
        named = flac.tags.as_dict() if flac.tags else {}
        return {name.lower(): values for name, values in named.items()}, [picture.data for picture in flac.pictures]
    tags = mutagen.File(path).tags
    if tags is None:
        return {}, []
    return {name: [str(text) for text in tags[key].text] for name, key in FRAMES.items() if key in tags}, [f.data for f in tags.getall("APIC")]


def wrong_tags(wanted: dict, found: dict[str, list[str]]) -> list[str]:
    def first(name: str) -> str:
        return next((normal(found[other][0]) for other in ALTERNATIVES.get(name, [name]) if found.get(other)), "")

    wrong = [name for name in ("title", "album", "albumartist", "isrc", "date", "barcode", "label") if first(name) != normal(wanted[name])]
    names = " ".join(map(normal, found.get("artist", []) + found.get("artists", [])))
    wrong += ["artist"] * (not all(normal(artist) in names for artist in wanted["artists"]))
    wrong += ["tracknumber"] * (first("tracknumber").split("/")[0].lstrip("0") != str(wanted["tracknumber"]))
    wrong += ["genre"] * (set(map(normal, found.get("genre", []))) != set(map(normal, wanted["genres"])))
    wrong += ["bpm"] * (float(first("bpm") or 0) != wanted["bpm"])
    wrong += ["old tags"] * any(music.OLD_TITLE in value for values in found.values() for value in values)
    return wrong


def audio(library: pathlib.Path) -> list[pathlib.Path]:
    return sorted(path for path in library.rglob("*") if path.suffix in (".flac", ".mp3") and ".segue" not in path.parts)


def check_files(library: pathlib.Path, truth: list[dict], faults: Faults) -> dict[int, pathlib.Path]:
    """Checks every file; returns where each track is."""
    by_audio, found = {told["essence"]: told for told in truth}, {}
    for path in audio(library):
        data = path.read_bytes()
        told = by_audio.get(music.essence(data, path.suffix[1:]))
        if told is None or told["id"] in found:
            faults.add("unknown audio" if told is None else "same audio twice", path)
            continue
        found[told["id"]] = path
        if path.suffix == ".flac" and music.stream_info(data).md5 != told["pcm"]:
            faults.add("wrong STREAMINFO", path)
        tags, pictures = tags_and_pictures(path)
        for name in wrong_tags(told["tags"], tags):
            faults.add(f"wrong {name}", f"{path}: {tags.get(name)}")
        if [hashlib.sha256(picture).hexdigest() for picture in pictures] != [told["cover"]]:
            faults.add("wrong cover", path)
    for told in truth:
        if told["id"] not in found:
            faults.add("missing", told["id"])
    return found


def check_decoding(paths: list[pathlib.Path], faults: Faults) -> None:
    """Decodes a few files."""
    flacs = [path for path in paths if path.suffix == ".flac"]
    for path in random.Random(1).sample(flacs, min(DECODED, len(flacs))):
        if subprocess.run(["flac", "-s", "-t", path], capture_output=True).returncode != 0:
            faults.add("not decodable", path)


def listed(path: pathlib.Path) -> list[pathlib.Path]:
    """The files that a playlist file names."""
    rows = [line for line in path.read_text().splitlines() if line and line[0] != "#"]
    return [pathlib.Path(os.path.normpath(path.parent / row)) for row in rows]


def check_playlist(library: pathlib.Path, wanted: list[pathlib.Path], faults: Faults) -> None:
    lists = list(library.rglob("*.m3u8"))
    if wanted not in map(listed, lists):
        faults.add("no playlist file has all rows in their order", lists)


def check_book(library: pathlib.Path, count: int, faults: Faults) -> None:
    """Some table in some SQLite file must have a row for each track."""
    rows = []
    for path in library.rglob("*.sqlite"):
        with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as book:
            names = [name for (name,) in book.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
            rows += [book.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names]
        book.close()
    if count not in rows:
        faults.add(f"no table has {count} rows", rows)


def library(folder: pathlib.Path, truth: list[dict]) -> Faults:
    """Checks audio, tags, covers, playlist file and catalogue."""
    faults = Faults()
    found = check_files(folder, truth, faults)
    check_decoding(list(found.values()), faults)
    check_playlist(folder, [found.get(told["id"]) for told in truth], faults)
    check_book(folder, len(truth), faults)
    return faults


def placed(folder: pathlib.Path, truth: list[dict]) -> Faults:
    """Checks audio, tags and covers."""
    faults = Faults()
    check_decoding(list(check_files(folder, truth, faults).values()), faults)
    return faults


def digests(folder: pathlib.Path, wanted: list[str]) -> Faults:
    """Checks that below a folder there is a file for each of these digests; others may be there too."""
    faults = Faults()
    found = Counter(hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.rglob("*") if path.is_file())
    for digest in wanted:
        if not found[digest]:
            faults.add("missing", digest)
    return faults
