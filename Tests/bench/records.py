"""Records that stages get, as a stage before them would have written them."""

import json

from data import STRIPE_IV
from setting import Setting


def lines(*records: dict) -> str:
    return "".join(json.dumps(record, ensure_ascii=False, separators=(",", ":")) + "\n" for record in records)


def fetched(setting: Setting, file: dict) -> dict:
    """The record of a file for fetch. It says that the file is encrypted, since random bytes are not accepted as FLAC."""
    media = {
        "url": f"{setting.base}/{file['set']}/{file['name']}", "format": "flac", "bytes": file["bytes"], "sha256": file["sha256"],
        "cipher": {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": STRIPE_IV}}
    return {"v": 1, "id": f"bench:track:{file['name']}", "kind": "track", "track": {"title": file["name"]}, "media": media}


def placing(setting: Setting, told: dict) -> dict:
    """The record of a decrypted track, for place."""
    tags, path, cover = told["tags"], setting.data.clear / f"{told['id']}.{told['kind']}", setting.data.www / f"cover/{told['album']}.jpg"
    file = {"path": str(path), "bytes": told["bytes"], "sha256": told["clear_sha256"]}
    file["artwork"] = {"path": str(cover), "bytes": cover.stat().st_size, "sha256": told["cover"], "mime": "image/jpeg"}
    track = {
        "title": tags["title"], "artists": tags["artists"], "artist": ", ".join(tags["artists"]), "album": tags["album"],
        "album_id": f"bench:album:{told['album']}", "album_artist": tags["albumartist"], "track_number": tags["tracknumber"],
        "track_total": tags["tracktotal"], "disc_number": 1, "disc_total": 1, "release_date": tags["date"], "genres": tags["genres"],
        "isrc": tags["isrc"], "upc": tags["barcode"], "label": tags["label"], "bpm": tags["bpm"], "duration_s": told["seconds"]}
    track = {name: value for name, value in track.items() if value not in ("", [])}
    media = {"url": f"{setting.base}/clear/{told['id']}", "format": told["kind"], "bytes": told["bytes"], "sha256": told["clear_sha256"]}
    return {"v": 1, "id": f"bench:track:{told['id']}", "kind": "track", "ref": f"track:{told['id']}", "track": track, "media": media, "file": file}
