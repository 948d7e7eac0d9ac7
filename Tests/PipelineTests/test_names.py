"""Hostile names end as good files inside the library, or as one clear error."""

import hashlib
import pathlib

import pytest

HOSTILE = {
    "traversal": {"title": "../../../../etc/cron.d/x"}, "absolute": {"title": "/etc/passwd"}, "nul": {"title": "a\0b"}, "dots": {"title": ".."},
    "dot": {"title": "."}, "device": {"title": "CON"}, "option": {"title": "-rf"}, "empty": {"title": ""}, "newline": {"title": "a\nb\r"},
    "long": {"title": "あ" * 100}, "album": {"title": "t", "album": {"id": 9, "title": ""}}, "up": {"title": "t2", "album": {"id": 8, "title": "../.."}},
    "artist": {"title": "t3", "artist": {"name": "../../x"}}, "composed": {"title": "caf\u00e9"}, "decomposed": {"title": "cafe\u0301"}, "case": {"title": "CAF\u00c9"}}


@pytest.fixture
def hostile(site, music):
    """A catalog whose playlist 1 has these tracks, each with audio of its own."""
    source = next(p for p in sorted(music.rglob("*.mp3"))).read_bytes()
    rows = []
    for number, (name, members) in enumerate(HOSTILE.items(), 1):
        body = source + b"\0" * number
        row = {"id": number, "title": name, "duration": 1, "artist": {"name": "Artist"}, "album": {"id": 7, "title": "Album"}, **members}
        rows.append(row)
        site.answers[f"/track/{number}"] = row
        site.answers[f"/file/{number}"] = (200, {"Content-Type": "audio/mpeg"}, body)
        site.answers[f"/media/{number}"] = {"data": [{"format": "mp3", "url": f"{site.url}/file/{number}", "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}]}
    site.answers["/playlist/1"] = {"id": 1, "title": "../../evil\n#EXTM3U", "nb_tracks": len(rows)}
    site.answers["/playlist/1/tracks"] = {"data": rows, "total": len(rows)}
    for number in (7, 8, 9):
        site.answers[f"/album/{number}"] = {"id": number, "title": {7: "Album", 8: "../..", 9: ""}[number], "artist": {"name": "Artist"}}
        site.answers[f"/album/{number}/tracks"] = {"data": [], "total": 0}
    site.keyring = "/dev/null"
    return site


def test_hostile_names_stay_inside_the_library_and_stay_apart(hostile, road, tmp_path):
    keyring = tmp_path / "keys.txt"
    keyring.touch(0o600)
    hostile.keyring = keyring
    pipe = road(hostile, "playlist:1")
    assert pipe.status == 0 and not pipe.of("error")
    placed = [pathlib.Path(r["placed"]["path"]) for r in sorted(pipe.of("track"), key=lambda r: r["seq"])]
    assert len(set(placed)) == len(HOSTILE) and all(p.is_file() and p.suffix == ".mp3" for p in placed)
    for path in [*placed, *(pipe.library / "Playlists").iterdir()]:
        assert path.resolve().is_relative_to(pipe.library.resolve())
        for part in path.relative_to(pipe.library).parts:
            assert len(part.encode()) <= 255 and part[0] not in ".- " and not set(part) & set('<>:"\\|?*\0\n\r')
            assert part.split(".")[0].upper() not in ("CON", "")
    outside = {p.name for p in tmp_path.iterdir()} - {"Music", "spool", "keys.txt"}
    assert all(name.startswith("joint-") for name in outside)
    (playlist,) = (pipe.library / "Playlists").iterdir()
    entries = [line for line in playlist.read_text().splitlines() if not line.startswith("#")]
    assert [(playlist.parent / e).resolve() for e in entries] == [p.resolve() for p in placed]
