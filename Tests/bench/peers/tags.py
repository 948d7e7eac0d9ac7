"""Tags and cover by mutagen, and the names of files."""

from typing import Any

from mutagen import id3
from mutagen.flac import FLAC, Picture

TEXTS = {"title": "TIT2", "artist": "TPE1", "album": "TALB", "albumartist": "TPE2", "date": "TDRC", "genre": "TCON", "isrc": "TSRC", "label": "TPUB"}


def tag_flac(file: Any, tags: dict, cover: bytes) -> None:
    """`file` is a path or an open file, changed in place."""
    flac = FLAC(file)
    if flac.tags is None:
        flac.add_tags()
    flac.tags.clear()
    flac.clear_pictures()
    for name, value in tags.items():
        if value not in (None, "", []):
            flac.tags[name] = [str(text) for text in value] if isinstance(value, list) else [str(value)]
    picture = Picture()
    picture.type, picture.mime, picture.width, picture.height, picture.depth, picture.data = 3, "image/jpeg", 600, 600, 24, cover
    flac.add_picture(picture)
    if hasattr(file, "seek"):
        file.seek(0)
    flac.save(file)


def tag_mp3(file: Any, tags: dict, cover: bytes) -> None:
    frames = id3.ID3()
    for name, frame in TEXTS.items():
        if tags[name]:
            frames.add(getattr(id3, frame)(encoding=3, text=tags[name]))
    frames.add(id3.TRCK(encoding=3, text=f"{tags['tracknumber']}/{tags['tracktotal']}"))
    frames.add(id3.TPOS(encoding=3, text=str(tags["discnumber"])))
    frames.add(id3.TBPM(encoding=3, text=str(tags["bpm"])))
    frames.add(id3.TXXX(encoding=3, desc="BARCODE", text=tags["barcode"]))
    frames.add(id3.APIC(encoding=3, mime="image/jpeg", type=3, desc="", data=cover))
    frames.save(file)


def tag(file: Any, kind: str, tags: dict, cover: bytes) -> None:
    (tag_flac if kind == "flac" else tag_mp3)(file, tags, cover)


def harmless(name: str) -> str:
    name = "".join("_" if letter in '<>:"/\\|?*' or ord(letter) < 32 else letter for letter in name).strip(". ")
    return name.encode()[:200].decode(errors="ignore") or "_"


def target(tags: dict, kind: str) -> str:
    """Where a track goes in a library."""
    return f"{harmless(tags['albumartist'])}/{harmless(tags['album'])}/{tags['tracknumber']:02d} - {harmless(tags['title'])}.{kind}"
