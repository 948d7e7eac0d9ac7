"""segue serve over the real stages: music comes home, its picture is shown, and a member that two lists hold is one item."""

import json
import re
import subprocess
import time
import urllib.request

import pytest
from programs import PROGRAMS


@pytest.fixture
def serving(music, origin, drive):
    driven = drive(origin(music))
    process = subprocess.Popen(
        [PROGRAMS / "segue", "serve", "--pipeline", driven.file, "--listen", "127.0.0.1:0"], cwd=driven.folder, env=driven.environment, stderr=subprocess.PIPE, text=True)
    driven.url = re.search(r"http://\S+[0-9]", process.stderr.readline()).group()
    driven.process = process

    def ask(path, body=None):
        request = urllib.request.Request(driven.url + path, json.dumps(body).encode() if body else None, {"Content-Type": "application/json"} if body else {})
        with urllib.request.urlopen(request, timeout=30) as answer:
            driven.headers = answer.headers
            return answer.headers["Content-Type"], answer.read()

    driven.ask = ask
    yield driven
    process.terminate()
    process.communicate(timeout=30)


def test_music_comes_home_with_its_picture(serving, music):
    serving.ask("/v1/items", {"refs": ["playlist:1", "album:1"]})
    end = time.monotonic() + 60
    while (stats := json.loads(serving.ask("/v1/stats")[1]))["done"] + stats["skipped"] < 12:
        assert time.monotonic() < end and stats["failed"] == 0, stats
        time.sleep(0.1)
    items = json.loads(serving.ask("/v1/items?limit=1000")[1])["items"]
    assert sorted(i["kind"] for i in items) == ["collection"] * 2 + ["track"] * 10
    kind, picture = serving.ask("/v1/items/catalog:track:1/cover")
    # A browser asks for it once, not each time that it comes into sight.
    assert serving.headers.get_all("Cache-Control") == ["private, max-age=3600"]
    assert kind == "image/jpeg" and picture == (music / "The Artist/Album 1/cover.jpg").read_bytes()
    assert serving.ask("/v1/items/catalog:album:1/cover")[1] == picture
    assert len(list(serving.library.rglob("cover.jpg"))) == 1 and stats["success_rate"] == 1
