"""segue plan beside segue run: what is told is what comes."""

import json

import pytest

PIPELINE = """
hosts: {{"*": {{parallel: 4}}}}
stages:
  - {{name: expand, run: [resolve, --rows, --rate, 0, --catalog, "{url}"], mode: expand}}
  - {{name: resolve, run: [resolve, --rate, 0, --catalog, "{url}", --library, Music], replicas: 2}}
  - {{name: fetch, run: [fetch], replicas: 2}}
  - {{name: decrypt, run: [decrypt, --keyring, "{keys}"]}}
  - {{name: place, run: [place, --library, Music, --template, "%albumartist%/%track%"]}}
  - {{name: record, run: [record, --library, Music]}}
"""


@pytest.fixture
def pipeline(origin, music, tmp_path):
    server = origin(music)
    (tmp_path / "x.yaml").write_text(PIPELINE.format(url=server.url, keys=server.keyring))
    return server


def test_what_is_told_is_what_comes_and_then_nothing_is_left_to_come(pipeline, run, tmp_path):
    told = run("segue", "plan", "--json", "x.yaml", "playlist:1")
    tracks = [r for r in told.records if r["plan"] == "fetch"]
    assert told.status == 0 and len(tracks) == 10 and not (tmp_path / "Music").exists() and not (tmp_path / "state").exists()
    assert pipeline.count("/file/") == 0
    # By this template the tracks of one album have the names of the other's.
    assert told.records[-1]["collisions"] == 5 and sum(r["path"].count(" (2).") for r in tracks) == 5

    assert run("segue", "run", "--pipeline", "x.yaml", "--quiet", "playlist:1", timeout=120).status == 0
    placed = {str(p) for p in (tmp_path / "Music").rglob("*") if p.is_file() and p.suffix != ".m3u8" and ".segue" not in str(p)}
    assert placed == {r["path"] for r in tracks}

    again = run("segue", "plan", "--json", "x.yaml", "playlist:1", "track:99999")
    skipped = [r for r in again.records if r["plan"] == "skip"]
    assert {r["path"] for r in skipped} == placed and all(r["why"] == "in the library" for r in skipped)
    assert again.status == 1 and [r["code"] for r in again.records if r["plan"] == "fail"] == ["no_data"]
    assert again.records[-1]["tracks"] == 0 and json.loads(again.stdout.splitlines()[-1])["skipped"] == 10


def test_bytes_are_those_of_the_files(pipeline, music, run):
    records = run("segue", "plan", "--json", "x.yaml", "playlist:1").records
    total = sum(p.stat().st_size for p in music.rglob("*.*") if p.suffix != ".jpg")
    assert records[-1]["bytes"] == total and records[-1]["unknown_bytes"] == 0
