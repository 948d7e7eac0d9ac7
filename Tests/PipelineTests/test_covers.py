"""Covers: every track that could have one has it, each picture is asked for once, and what could not be had comes later."""

import json
import os
import subprocess
import sys

import mutagen
import mutagen.flac
import pytest
from programs import ENVIRONMENT, PROGRAMS


def bare(driven):
    """The files that have no cover."""
    return [path for path in driven.library.rglob("*.flac") if not mutagen.File(path).pictures]


def findings(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--json", "--library", driven.library], env=ENVIRONMENT, capture_output=True)
    return [json.loads(line)["finding"] for line in done.stdout.splitlines()]


def missing(driven):
    done = subprocess.run([PROGRAMS / "record", "--library", driven.library, "--tracks"], env=ENVIRONMENT, capture_output=True, check=True)
    return [json.loads(line)["id"] for line in done.stdout.splitlines() if json.loads(line)["placed"].get("artwork") == "missing"]


@pytest.mark.parametrize("fetchers", [1, 4, 8])
def test_a_cover_that_fails_once_is_there_all_the_same(shop, home, fetchers):
    shop = shop(12, 4)
    shop.fails = lambda album, count: count == 1
    driven = home(shop, fetchers)
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    assert len(list(driven.library.rglob("*.flac"))) == 48 and bare(driven) == [] and missing(driven) == []
    assert max(shop.asked.values()) == 2 and len(list(driven.library.rglob("cover.jpg"))) == 12
    assert shop.site.count("/audio/") == 48


def test_a_picture_is_asked_for_once_over_a_shuffled_list_over_lists_and_over_runs(shop, home):
    shop = shop(100, 4)
    driven = home(shop, 8)
    half = [row for row in shop.site.answers["/playlist/1/tracks"]["data"] if row["id"] % 2]
    shop.lists(2, half)
    for reference in ("playlist:2", "playlist:1"):
        assert driven.segue("run", "--quiet", reference).status == 0
    assert len(list(driven.library.rglob("*.flac"))) == 400 and bare(driven) == []
    assert set(shop.asked.values()) == {1}
    # Nothing of them is left in the spool.
    assert os.listdir(driven.folder / "state/spool") == []


def test_a_cover_that_cannot_be_had_is_booked_and_made_good_by_the_next_run(shop, home):
    shop = shop(3, 2)
    shop.fails = lambda album, count: album == 1
    driven = home(shop)
    done = driven.segue("run", "playlist:1")
    assert done.status == 0 and "2 without their cover" in done.stderr
    assert len(bare(driven)) == 2 and sorted(missing(driven)) == ["catalog:track:3", "catalog:track:4"] and findings(driven) == []
    assert driven.show("catalog:track:3")["artwork"] == "missing" and driven.segue("list", "--parent", "playlist:1").stdout.count(b"without its cover") == 2
    shop.fails = lambda album, count: False
    before = shop.site.count("/audio/")
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    assert bare(driven) == [] and missing(driven) == [] and findings(driven) == [] and shop.site.count("/audio/") == before
    assert b"without its cover" not in driven.segue("list", "--parent", "playlist:1").stdout
    assert len(list(driven.library.rglob("cover.jpg"))) == 3 and len(list(driven.library.rglob("*.flac"))) == 6


def test_new_tags_for_what_lacks_its_cover_and_is_gone_say_so(shop, home):
    shop = shop(1, 2)
    shop.fails = lambda album, count: True
    driven = home(shop, retry={"attempts": 2, "base": "50ms", "cap": "1s"})
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(bare(driven)) == 2
    gone = min(driven.library.rglob("*.flac"))
    gone.unlink()
    shop.fails = lambda album, count: False
    done = driven.segue("retag")
    assert done.status == 1 and f"there is no file at {gone} as it was booked; see segue verify" in done.stdout.decode()
    assert "1 retagged, 0 as they are, 1 failed" in done.stderr and bare(driven) == []


@pytest.mark.parametrize("way", [["sync", "playlist:1"], ["retag"], ["run", "--quiet", "playlist:1"]], ids=lambda way: way[0])
@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "without"])
def test_what_could_not_be_had_comes_by_every_way(shop, home, way, knows):
    shop = shop(2, 2)
    shop.fails = lambda album, count: True
    driven = home(shop, knows=knows, retry={"attempts": 2, "base": "50ms", "cap": "1s"})
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(bare(driven)) == 4
    # It fails again, and nothing is worse.
    assert driven.segue(*way).status == 0 and len(bare(driven)) == 4 and len(missing(driven)) == 4
    shop.fails = lambda album, count: False
    before, asked = shop.site.count("/audio/"), sum(shop.asked.values())
    done = driven.segue(*way)
    assert done.status == 0, done.stderr
    assert bare(driven) == [] and missing(driven) == [] and findings(driven) == []
    assert shop.site.count("/audio/") == before and sum(shop.asked.values()) == asked + 2
    assert len(list(driven.library.rglob("*.flac"))) == 4 and os.listdir(driven.folder / "state/spool") == []
    assert driven.segue("retag").stderr.endswith("0 retagged, 4 as they are\n")


@pytest.mark.parametrize("way", [["sync", "playlist:1"], ["retag"], ["run", "--quiet", "playlist:1"]], ids=lambda way: way[0])
@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "without"])
@pytest.mark.parametrize("title", ["Mine", "Mine, at such length that no padding has room for it. " * 400], ids=["as long as before", "longer"])
def test_a_file_that_was_edited_before_its_cover_came_keeps_the_edit(shop, home, way, knows, title):
    shop = shop(1, 2)
    shop.fails = lambda album, count: True
    driven = home(shop, knows=knows, retry={"attempts": 1})
    settings = json.loads(driven.file.read_text())
    settings["stages"].insert(3, {"name": "verify", "run": ["verify"]})
    driven.file.write_text(json.dumps(settings))
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(bare(driven)) == 2
    path = bare(driven)[0]
    length, tags = path.stat().st_size, mutagen.File(path)
    tags["comment"] = title
    tags.save()
    assert (path.stat().st_size == length) == (title == "Mine")
    shop.fails = lambda album, count: False
    before = shop.site.count("/audio/")
    done = driven.segue(*way)
    assert done.status == 0, done.stderr
    assert mutagen.File(path)["comment"] == [title] and bare(driven) == [] and missing(driven) == [] and findings(driven) == []
    assert shop.site.count("/audio/") == before and len(list(driven.library.rglob("*.flac"))) == 2


def without_cover(shop, home, **options):
    """A library with two tracks, whose cover may come now."""
    shop = shop(1, 2)
    shop.fails = lambda album, count: True
    driven = home(shop, retry={"attempts": 1}, **options)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(bare(driven)) == 2
    return shop, driven, bare(driven)[0]


@pytest.mark.parametrize("way", [["sync", "playlist:1"], ["run", "--quiet", "playlist:1"]], ids=lambda way: way[0])
@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "without"])
def test_a_file_that_was_damaged_before_its_cover_came_is_not_taken_for_sound(shop, home, way, knows):
    shop, driven, path = without_cover(shop, home, knows=knows)
    times, content = path.stat(), bytearray(path.read_bytes())
    content[-100] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    shop.fails = lambda album, count: False
    driven.segue(*way)
    assert path.read_bytes() == content and findings(driven) == ["changed"]


def test_an_edit_that_was_booked_before_the_cover_came_stays_too(shop, home):
    shop, driven, path = without_cover(shop, home, knows=False)
    tags = mutagen.File(path)
    tags["comment"] = "Mine " * 5000
    tags.save()
    # The catalogue knows of the edit then, and the ledger does not.
    assert driven.segue("retag").status == 0 and len(bare(driven)) == 2
    shop.fails = lambda album, count: False
    before = shop.site.count("/audio/")
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    assert mutagen.File(path)["comment"] == ["Mine " * 5000] and bare(driven) == [] and findings(driven) == []
    assert shop.site.count("/audio/") == before


def test_a_link_that_somebody_put_in_the_place_of_a_file_stays(shop, home):
    shop, driven, path = without_cover(shop, home)
    (driven.library / "Mine").mkdir()
    path.rename(driven.library / "Mine" / path.name)
    path.symlink_to(driven.library / "Mine" / path.name)
    shop.fails = lambda album, count: False
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    assert path.is_symlink() and mutagen.File(path) is not None


def test_a_cover_that_somebody_put_in_meanwhile_stays(shop, home):
    shop = shop(1, 2)
    shop.fails = lambda album, count: True
    driven = home(shop, retry={"attempts": 1})
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(bare(driven)) == 2
    own = mutagen.flac.Picture()
    own.data, own.mime, own.type = b"\x89PNG\r\n\x1a\n" + b"mine" * 5000, "image/png", 3
    path = bare(driven)[0]
    tags = mutagen.File(path)
    tags.add_picture(own)
    tags.save()
    shop.fails = lambda album, count: False
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    (picture,) = mutagen.File(path).pictures
    assert picture.data == own.data and bare(driven) == [] and missing(driven) == [] and findings(driven) == []


def test_a_picture_that_there_is_none_of_is_asked_for_no_more(shop, home):
    shop = shop(2, 3)
    for album in range(2):
        shop.site.answers[f"/cover/{album}"] = (404, {}, b"")
    driven = home(shop, 1)
    for _ in range(2):
        assert driven.segue("run", "--quiet", "playlist:1").status == 0
    assert len(bare(driven)) == 6 and missing(driven) == [] and shop.site.count("/cover/") == 2


# A program of one's own in the place of fetch, that shares pictures in the spool: the first asks for one, all others find it.
GENERATE = """
import json, sys
for line in sys.stdin:
    parent = json.loads(line)["id"]
    ids = ["first", "late"] + [f"other-{n}" for n in range(100)]
    for seq, id in enumerate(ids, 1):
        print(json.dumps({"v": 1, "kind": "track", "id": id, "parent": parent, "seq": seq, "track": {"title": id}, "media": {"url": "http://127.0.0.1/x", "format": "flac"}}))
    print(json.dumps({"v": 1, "kind": "done", "id": parent, "n": len(ids)}), flush=True)
"""
FETCH = """
import hashlib, json, os, sys, time
spool = os.environ["SEGUE_SPOOL"]
for line in sys.stdin:
    record = json.loads(line)
    shared = "first" if record["id"] == "late" else record["id"]
    path = f"{spool}/artwork-{hashlib.sha256(shared.encode()).hexdigest()[:32]}"
    while record["id"] == "late" and not os.path.exists(path):
        time.sleep(0.01)
    if record["id"] != "late":
        open(path, "wb").write(b"picture")
    # It has found its picture; until it says so, all others come to their end.
    while record["id"] == "late" and sum(1 for _ in open("placed")) < 101:
        time.sleep(0.01)
    picture = {"path": path, "bytes": 7, "sha256": "0" * 64, "mime": "image/png"}
    record["file"] = {"path": __file__, "bytes": os.path.getsize(__file__), "sha256": "0" * 64, "artwork": picture}
    print(json.dumps(record), flush=True)
"""
PLACE = """
import json, os, sys
for line in sys.stdin:
    record = json.loads(line)
    found = os.path.exists(record["file"]["artwork"]["path"])
    print(record["id"], found, file=open("placed", "a"), flush=True)
    record["placed"] = {"path": __file__, "bytes": os.path.getsize(__file__), "sha256": "0" * 64, "format": "flac"}
    print(json.dumps(record), flush=True)
"""


def test_no_picture_goes_from_the_spool_that_a_record_on_its_way_has_found(drive):
    driven = drive(stages=[
        {"name": "generate", "run": [sys.executable, "generate.py"], "mode": "expand", "kinds": ["request"], "writes": ["track", "media"]},
        {"name": "fetch", "run": [sys.executable, "fetch.py"], "kinds": ["track"], "writes": ["file"], "replicas": 3, "window": 1},
        {"name": "place", "run": [sys.executable, "place.py"], "kinds": ["track"], "writes": ["placed"]}])
    for name, text in (("generate", GENERATE), ("fetch", FETCH), ("place", PLACE)):
        (driven.folder / f"{name}.py").write_text(text)
    (driven.folder / "placed").touch()
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    placed = dict(line.split() for line in (driven.folder / "placed").read_text().splitlines())
    assert len(placed) == 102 and set(placed.values()) == {"True"}
