"""A pipeline's catalogs: what names another one is refused at the door, and is nobody else's fault."""

import json
import sys

import pytest


@pytest.fixture
def shop(site):
    """A catalog of tracks 1 to 4, without media."""
    for n in range(1, 5):
        site.answers[f"/track/{n}"] = {"id": n, "title": f"Title {n}", "artist": {"name": "Someone"}}
        site.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{site.url}/file/{n}.mp3"}]}
    return site


def staged(drive, *catalogs, before=(), name="drive"):
    options = [part for catalog in catalogs for part in ("--catalog", catalog)]
    return drive(None, [*before, {"name": "resolve", "run": ["resolve", "--rate", "0", *options], "mode": "expand"}, {"name": "end", "run": ["cat"]}], name=name)


@pytest.mark.parametrize("command", ["add", "run", "sync"])
def test_an_unknown_catalog_is_refused_by_each_command_with_what_there_is(drive, shop, command):
    driven = staged(drive, f"shop={shop.url}", f"home={shop.url}")
    if command == "sync":
        stages = json.loads(driven.file.read_text())
        stages["stages"][1:] = [{"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
        driven.file.write_text(json.dumps(stages))
    done = driven.segue(command, "shp:track:1")
    assert done.status == 64 and "shop, home" in done.stderr and "did you mean shop?" in done.stderr, done.stderr
    done = driven.segue(command, "elsewhere:album:1")
    assert done.status == 64 and "called elsewhere" in done.stderr and "did you mean" not in done.stderr
    done = driven.segue(command, "track:1")
    assert done.status == 64 and "names no catalog" in done.stderr and "shop:track:1" in done.stderr
    assert driven.stats()["ready"] == 0


def test_a_line_with_an_unknown_catalog_is_told_by_its_number_and_the_next_one_counts(drive, shop):
    driven = staged(drive, f"shop={shop.url}")
    request = json.dumps({"v": 1, "kind": "request", "id": "mine", "ref": "other:track:2"})
    done = driven.segue("run", "-", stdin=f"shop:track:1\nother:track:1\n{request}\ntrack:2\n".encode())
    assert "line 2: other:track:1" in done.stderr and "line 3: other:track:2" in done.stderr
    assert {i for i, item in driven.items().items() if item["state"] == "done"} == {"shop:track:1", "catalog:track:2"}
    done = driven.segue("add", "-", stdin=b"other:track:1\nshop:track:3\n")
    assert done.status == 1 and "line 1:" in done.stderr and "shop:track:3" in driven.items()


def test_nothing_is_refused_where_another_program_sees_requests_first(drive, shop):
    rename = "for line in sys.stdin: print(line.replace('\"other:track', '\"shop:track').replace('\"id\":\"shop', '\"id\":\"other').rstrip(), flush=True)"
    driven = staged(drive, f"shop={shop.url}", before=[{"name": "own", "run": [sys.executable, "-c", "import sys\n" + rename], "kinds": ["request"]}])
    assert driven.segue("run", "other:track:1").status == 0
    assert driven.show("other:track:1")["record"]["track"]["title"] == "Title 1"


def test_an_entry_of_a_list_with_an_unknown_catalog_fails_alone(drive, shop, tmp_path):
    driven = staged(drive, shop.url)
    (driven.folder / "list.txt").write_text("track:1\nother:track:9\ntrack:2\n")
    done = driven.segue("run", "list.txt")
    assert done.status == 1
    states = {i: item["state"] for i, item in driven.items().items() if ":track:" in i}
    assert states == {"catalog:track:1": "done", "other:track:9": "failed", "catalog:track:2": "done"}
    failure = driven.show("other:track:9")["attempts"][-1]
    assert (failure["class"], failure["code"]) == ("permanent", "no_catalog")


def test_a_row_that_was_not_found_says_so_everywhere_and_is_found_later(drive, shop):
    shop.answers["/search"] = {"data": []}
    library = [{"name": "record", "run": ["record", "--library", "Music"]}]
    driven = drive(None, [{"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", shop.url], "mode": "expand"}, *library])
    (driven.folder / "export.csv").write_text("title,artist\nTitle 3,Someone\n")
    done = driven.segue("run", "export.csv")
    assert done.status == 1 and "no track like Someone - Title 3" in done.stderr and "no ref" not in done.stderr
    (failed,) = [item for item in driven.items("--state", "failed").values() if item["id"].startswith("row:track:")]
    assert failed["failure"]["code"] == "not_found" and failed["title"] == "Title 3"
    assert {f["code"] for f in driven.show(failed["id"])["attempts"]} == {"not_found"}
    assert "Someone - Title 3 (permanent not_found)" in (driven.library / "Playlists/export.m3u8").read_text()
    shop.answers["/search"] = {"data": [{"id": 3, "title": "Title 3", "artist": {"name": "Someone"}}]}
    # The media is not there to be fetched: only where the row goes is looked at.
    driven.file.write_text(json.dumps({**json.loads(driven.file.read_text()), "stages": [json.loads(driven.file.read_text())["stages"][0], {"name": "record", "run": ["cat"]}]}))
    assert driven.segue("retry", failed["id"]).status == 0 and driven.segue("run").status == 0
    found = driven.show(failed["id"])
    assert found["state"] == "done" and found["record"]["ref"] == "catalog:track:3" and found["record"]["seq"] == 1
