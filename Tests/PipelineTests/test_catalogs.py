"""A pipeline's catalogs: what names none is of the only one, and what names another one is refused at the door."""

import hashlib
import json
import sys

import pytest
from programs import lines


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
    assert done.status == 64 and "names the catalog elsewhere" in done.stderr and "did you mean" not in done.stderr
    done = driven.segue(command, "track:1")
    assert done.status == 64 and "names no catalog" in done.stderr and "shop:track:1" in done.stderr
    assert driven.stats()["ready"] == 0


def test_a_line_with_an_unknown_catalog_is_told_by_its_number_and_the_next_one_counts(drive, shop):
    driven = staged(drive, f"shop={shop.url}")
    request = json.dumps({"v": 1, "kind": "request", "id": "mine", "ref": "other:track:2"})
    done = driven.segue("run", "-", stdin=f"shop:track:1\nother:track:1\n{request}\ntrack:2\n".encode())
    assert "line 2: other:track:1" in done.stderr and "line 3: other:track:2" in done.stderr
    assert {i for i, item in driven.items().items() if item["state"] == "done"} == {"shop:track:1", "shop:track:2"}
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


def whole(origin, *catalogs):
    """The stages of a pipeline into a library, with catalogs by name."""
    options = ["--rate", "0", "--library", "Music", *(part for catalog in catalogs for part in ("--catalog", catalog))]
    return [
        {"name": "resolve", "run": ["resolve", *options], "mode": "expand"}, {"name": "fetch", "run": ["fetch"]},
        {"name": "decrypt", "run": ["decrypt", "--keyring", str(origin.keyring)]}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}]


def audio(driven):
    return [path for path in driven.essences if not path.endswith((".m3u8", ".jpg"))]


def test_a_track_that_names_no_catalog_is_the_one_that_lists_of_the_only_catalog_have(drive, origin, music):
    served = origin(music)
    driven = drive(served, whole(served, f"home={served.url}"))
    assert driven.segue("run", "track:1").status == 0
    assert list(driven.items()) == ["home:track:1"]
    fetched = served.count("/file/")
    done = driven.segue("run", "album:1")
    assert done.status == 0, done.stderr
    tracks = sorted(i for i in driven.items() if ":track:" in i)
    assert "home:track:1" in tracks and "home:album:1" in driven.items() and len(tracks) == len(audio(driven)) == 5
    assert served.count("/file/") == fetched + 4
    # Each command means the same by it.
    assert driven.show("track:1")["id"] == "home:track:1" and driven.segue("retry", "track:1").status == 0
    assert len(driven.items("--parent", "album:1")) == 5


def test_a_track_that_an_earlier_version_named_after_no_catalog_is_not_fetched_again(drive, origin, music):
    served = origin(music)
    driven = drive(served, whole(served, served.url))
    assert driven.segue("run", "track:1").status == 0 and list(driven.items()) == ["catalog:track:1"]
    # As version 0.2.0 had it in a pipeline with one catalog by name.
    driven.file.write_text(json.dumps({**json.loads(driven.file.read_text()), "stages": whole(served, f"home={served.url}")}))
    fetched, before = served.count("/file/"), audio(driven)
    assert driven.segue("add", "track:1").stdout.decode().startswith("0 added, 1 restarted")
    assert driven.segue("run", "album:1").status == 0 and driven.segue("run", "home:track:1").status == 0
    assert "home:track:1" not in driven.items() and driven.show("track:1")["id"] == "catalog:track:1"
    assert served.count("/file/") == fetched + 4 and set(before) < set(audio(driven)) and len(audio(driven)) == 5


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:32]


# What is asked for, and the id that it has where the only catalog is called home; none for what is no reference.
DOORS = [
    ("track:7", "home:track:7"), (" track:7\t", "home:track:7"), ("home:track:7", "home:track:7"), ("album:track:5", "home:album:track:5"),
    ("track:track:5", "home:track:track:5"), ("track:a:b", "home:track:a:b"), ("track:a:", "home:track:a:"),
    ("track:isrc:us-rc1-76-07839", "home:track:isrc:USRC17607839"), ("home:track:isrc:usrc17607839", "home:track:isrc:USRC17607839"),
    ("home:track:An Album/1 a.mp3", "home:track:An Album/1 a.mp3"), ("http://127.0.0.1:9/a.mp3", f"url:track:{hashed('http://127.0.0.1:9/a.mp3')}"),
    ("http://127.0.0.1:9/list", f"file:playlist:{hashed('http://127.0.0.1:9/list')}"), ("list.m3u", "file:playlist:"),
    ("playlist:a b", None), ("track: 7", None), ("track:", None), (":track:7", None), ("song:7", None), ("home:song:7", None), ("Track:7", None), ("nonsense", None)]


@pytest.mark.parametrize("text, item", DOORS)
def test_a_reference_means_the_same_at_each_door(drive, shop, run, text, item):
    driven = staged(drive, f"home={shop.url}")
    (driven.folder / "list.m3u").touch()
    resolve = ["resolve", "--rate", "0", "--catalog", f"home={shop.url}"]
    asked = run(*resolve, "--", text, cwd=driven.folder).records[-1]
    read = run(*resolve, stdin=lines(text), cwd=driven.folder).records[-1]
    told = run(*resolve, stdin=lines({"v": 1, "kind": "request", "id": "mine", "ref": text}), cwd=driven.folder).only
    added = driven.segue("add", text)
    if item is None:
        assert added.status == 64 and driven.stats()["ready"] == 0
        assert {line.get("code") for line in (asked, read, told)} == {"bad_ref"}
        return
    assert added.status == 0, added.stderr
    (queued,) = driven.items()
    assert queued.startswith(item) and asked["id"] == read["id"] == queued
    assert told["id"] == "mine" and told.get("code") != "bad_ref" and told.get("code") == asked.get("code")


def test_a_catalog_is_not_called_after_a_kind(run, shop):
    done = run("resolve", "--catalog", f"album={shop.url}", "track:1")
    assert done.status == 64 and "cannot be called album" in done.stderr


def test_resolve_tells_its_catalogs(run, shop):
    assert run("resolve", "--describe").only["catalogs"] == []
    options = ["--catalog", shop.url, f"--catalog=home=subsonic+{shop.url}"]
    assert run("resolve", *options, "--describe").only["catalogs"] == ["catalog", "home"]
