"""finish.py PLAN SPOOL KEYS LIBRARY TITLE: checks, decrypts, tags and places files, and writes a playlist file and a table of all tracks.

Decrypting goes through one call of the cipher for a whole file: all encrypted chunks at once in ECB mode, then the exclusive or that CBC
adds. That is three times as fast as a cipher object for each chunk.
"""

import hashlib
import io
import multiprocessing
import os
import sqlite3
import sys
import time

import orjson
from Crypto.Cipher import Blowfish
from Crypto.Util.strxor import strxor

import tags

PLAN, SPOOL, KEYS, LIBRARY, TITLE = sys.argv[1:]
keys: dict[str, bytes] = {}
covers: dict[int, bytes] = {}
folders: set[str] = set()


def start() -> None:
    with open(KEYS) as file:
        keys.update((name, bytes.fromhex(key)) for name, key in map(str.split, file))


def decrypted(wrapped: bytes, cipher: dict) -> bytearray:
    chunk, iv = cipher["chunk_bytes"], bytes.fromhex(cipher["iv_hex"])
    starts = range(0, len(wrapped) - chunk + 1, chunk * cipher["every"])
    view = memoryview(wrapped)
    encrypted = b"".join([view[start:start + chunk] for start in starts])
    before = bytearray(len(encrypted))
    before[8:] = memoryview(encrypted)[:-8]
    for start in range(0, len(encrypted), chunk):
        before[start:start + 8] = iv
    clear = bytearray(Blowfish.new(keys[cipher["key_id"]], Blowfish.MODE_ECB).decrypt(encrypted))
    strxor(clear, before, output=clear)
    result, clear_view = bytearray(wrapped), memoryview(clear)
    for number, start in enumerate(starts):
        result[start:start + chunk] = clear_view[number * chunk:(number + 1) * chunk]
    return result


def cover(album: int) -> bytes:
    if album not in covers:
        with open(f"{SPOOL}/cover-{album}.jpg", "rb") as file:
            covers[album] = file.read()
    return covers[album]


def finish(track: dict) -> tuple:
    spooled = f"{SPOOL}/{track['id']}"
    with open(spooled, "rb") as file:
        data = file.read()
    if len(data) != track["bytes"] or hashlib.sha256(data).hexdigest() != track["sha256"]:
        raise SystemExit(f"{spooled} is not what was promised")
    clear = decrypted(data, track["cipher"])
    if hashlib.sha256(clear).hexdigest() != track["clear_sha256"]:
        raise SystemExit(f"{spooled} becomes something else")
    whole = io.BytesIO(clear)
    tags.tag(whole, track["format"], track["tags"], cover(track["album_id"]))
    name = tags.target(track["tags"], track["format"])
    folder = os.path.dirname(f"{LIBRARY}/{name}")
    if folder not in folders:
        os.makedirs(folder, exist_ok=True)
        folders.add(folder)
    result, part = whole.getbuffer(), f"{folder}/.{track['id']}.part"
    with open(part, "wb") as file:
        file.write(result)
    os.replace(part, f"{LIBRARY}/{name}")
    os.unlink(spooled)
    return track, name, len(result), hashlib.sha256(result).hexdigest()


def main() -> None:
    os.makedirs(LIBRARY, exist_ok=True)
    with open(PLAN, "rb") as file:
        plan = list(map(orjson.loads, file))
    book = sqlite3.connect(f"{LIBRARY}/library.sqlite")
    book.execute("PRAGMA journal_mode = WAL")
    columns = "id INTEGER PRIMARY KEY, path TEXT UNIQUE, title TEXT, artist TEXT, isrc TEXT, bytes INTEGER, sha256 TEXT, at REAL"
    book.execute(f"CREATE TABLE track ({columns})")
    lines = {}
    with multiprocessing.Pool(2, start) as pool:
        for number, (track, name, size, digest) in enumerate(pool.imap_unordered(finish, plan, chunksize=8), 1):
            told = track["tags"]
            row = (track["id"], name, told["title"], "; ".join(told["artist"]), told["isrc"], size, digest, time.time())
            book.execute("INSERT INTO track VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
            lines[track["position"]] = f"#EXTINF:{track['seconds']},{', '.join(told['artist'])} - {told['title']}\n{name}\n"
            if number % 100 == 0:
                book.commit()
    book.commit()
    book.close()
    with open(f"{LIBRARY}/{tags.harmless(TITLE)}.m3u8", "w") as file:
        file.write(f"#EXTM3U\n#PLAYLIST:{TITLE}\n" + "".join(lines[position] for position in sorted(lines)))


if __name__ == "__main__":
    main()
