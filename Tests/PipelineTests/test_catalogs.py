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


@pytest.fixture
def other(shop):
    """Another catalog, of tracks 7 to 9 and a list of the first two."""
    from website import Site

    server = Site()
    for n in (7, 8, 9):
        server.answers[f"/track/{n}"] = {"id": n, "title": f"Other {n}", "artist": {"name": "Else"}}
        server.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{server.url}/file/{n}.mp3"}]}
    server.answers["/playlist/5"] = {"id": 5, "title": "Five", "nb_tracks": 2}
    server.answers["/playlist/5/tracks"] = {"data": [{"id": n, "title": f"Other {n}"} for n in (7, 8)], "total": 2}
    yield server
    server.close()


FETCH = """
import json, os, sys
for line in sys.stdin:
    record = json.loads(line)
    seen = "seen-" + record["id"].replace(":", "-")
    if record["kind"] != "track" or os.path.exists(seen): print(line.rstrip(), flush=True); continue
    open(seen, "w").close()
    error = {"v": 1, "kind": "error", "id": record["id"], "stage": "fetch", "class": "stale", "code": "expired", "message": "too late", "record": record}
    print(json.dumps({**error, **{k: record[k] for k in ("parent", "seq") if k in record}}), flush=True)
"""


def test_several_resolve_stages_each_take_what_is_theirs_and_renew_what_they_wrote(drive, shop, other):
    def resolve(name, url):
        return {"name": f"by-{name}", "run": ["resolve", "--rate", "0", "--catalog", f"{name}={url}"], "mode": "expand"}

    driven = drive(None, [resolve("shop", shop.url), resolve("else", other.url), {"name": "fetch", "run": [sys.executable, "-c", FETCH], "kinds": ["track"]}, {"name": "end", "run": ["cat"]}])
    (driven.folder / "both.txt").write_text("shop:track:2\nelse:track:9\n")
    done = driven.segue("run", "shop:track:1", "else:playlist:5", "both.txt")
    assert done.status == 0, done.stderr
    titles = {i: item["title"] for i, item in driven.items().items() if ":track:" in i}
    assert titles == {"shop:track:1": "Title 1", "shop:track:2": "Title 2", "else:track:7": "Other 7", "else:track:8": "Other 8", "else:track:9": "Other 9"}
    # Each was out of date once, and was had anew from whoever wrote it.
    assert [shop.count(f"/media/{n}") for n in (1, 2)] == [2, 2] and [other.count(f"/media/{n}") for n in (7, 8, 9)] == [2, 2, 2]
    assert {driven.show(i)["attempts"][0]["stage"] for i in titles} == {"fetch"}
    assert driven.segue("run", "none:track:1").status == 64


def test_in_a_plain_pipe_a_resolve_passes_on_what_it_is_told_to(run, shop, other):
    refs = b"shop:track:1\nelse:track:8\n"
    first = run("resolve", "--rate", "0", "--pass", "--catalog", f"shop={shop.url}", stdin=refs)
    assert [r["kind"] for r in first.records] == ["track", "request"]
    second = run("resolve", "--rate", "0", "--catalog", f"else={other.url}", stdin=first.stdout).records
    assert [r["track"]["title"] for r in second] == ["Title 1", "Other 8"] and all(r["media"] for r in second)
    # Media of another catalog that is out of date is for who fetches it to tell.
    stale = {**second[0], "media": {**second[0]["media"], "expires_at": "2001-01-01T00:00:00Z"}}
    assert run("resolve", "--catalog", f"else={other.url}", stdin=json.dumps(stale).encode() + b"\n").only == stale
    lost = run("resolve", "--catalog", f"else={other.url}", stdin=refs[:13]).only
    assert (lost["class"], lost["code"]) == ("permanent", "no_catalog")
