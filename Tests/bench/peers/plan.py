"""plan.py FOLDER: the catalog's answers as one line for each track, with all that the later steps need."""

import pathlib
import sys
from collections.abc import Iterator

import orjson

FOLDER = pathlib.Path(sys.argv[1])


def answers(pattern: str) -> Iterator[dict]:
    for path in FOLDER.glob(pattern):
        for line in path.read_bytes().splitlines():
            if line:
                yield orjson.loads(line)


def planned(position: int, track: dict, album: dict, media: dict) -> dict:
    return {
        "id": track["id"], "position": position, "album_id": album["id"], "cover": album["cover_xl"], "seconds": track["duration"],
        **{name: media.get(name) for name in ("url", "format", "bytes", "sha256", "clear_sha256", "cipher")},
        "tags": {
            "title": track["title"], "artist": [credit["name"] for credit in track["contributors"]], "album": album["title"],
            "albumartist": album["artist"]["name"], "tracknumber": track["track_position"], "tracktotal": album["nb_tracks"],
            "discnumber": track["disk_number"], "date": track["release_date"], "genre": [genre["name"] for genre in album["genres"]["data"]],
            "isrc": track["isrc"], "barcode": album["upc"], "label": album["label"], "bpm": track["bpm"]}}


tracks, albums, manifests = {}, {}, {}
for answer in answers("part-*.ndjson"):
    if "type" not in answer:
        # A manifest does not name its track, but its link does.
        media = answer["data"][0]
        manifests[int(media["url"].rsplit("/", 1)[1])] = media
    elif answer["type"] == "album":
        albums[answer["id"]] = answer
    else:
        tracks[answer["id"]] = answer
rows = [row["id"] for page in answers("pages.ndjson") for row in page["data"]]
for position, row in enumerate(rows, 1):
    line = planned(position, tracks[row], albums[tracks[row]["album"]["id"]], manifests[row])
    sys.stdout.buffer.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
