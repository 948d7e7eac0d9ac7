"""What can be found out over REST before anything is queued, and what is told of the days before."""

import http.client
import json
import os
import time

import pytest
from test_rest import check

# Answers searches with a hit for each text, and playlist:N with N tracks; where the file `slow` is, after a minute.
SOURCE = """#!/usr/bin/env python3
import json, os, sys, time
if "--describe" in sys.argv:
    print(json.dumps({"name": "list", "contract": 1, "mode": "expand", "kinds": ["request"], "reads": ["ref"], "writes": ["media", "track"], "catalogs": ["shop"], "roles": ["search"]}))
    sys.exit()
if os.path.exists("slow"):
    open(f"pid-{os.getpid()}", "w").close()
    time.sleep(60)
if "--search" in sys.argv:
    option = lambda name: sys.argv[sys.argv.index(name) + 1]
    kind, text = option("--type"), option("--search")
    if kind == "artist":
        print("list: artists are not told here", file=sys.stderr)
        sys.exit(69)
    for n in range(min(2, int(option("--limit")))):
        about = {"track": {"title": f"{text} {n}", "artist": "Artist", "album": "Album"}} if kind == "track" else {"collection": {"type": kind, "title": f"{text} {n}", "creator": "Artist"}}
        print(json.dumps({"v": 1, "id": f"shop:{kind}:{n}", "kind": "request", "ref": f"shop:{kind}:{n}", **about}))
    sys.exit()
for line in sys.stdin:
    record = json.loads(line)
    kind, number = record["id"].split(":")[-2:]
    media = {"url": "http://127.0.0.1:1/x", "format": "mp3", "bytes": 1_500_000}
    if kind == "track":
        print(json.dumps({"v": 1, "id": record["id"], "kind": "track", "track": {"title": f"Title {number}", "artist": "Artist"}, "media": media}), flush=True)
        continue
    for n in range(int(number)):
        print(json.dumps({"v": 1, "id": f"shop:track:{n}", "kind": "track", "parent": record["id"], "seq": n + 1, "track": {"title": f"Title {n}", "artist": "Artist"}, "media": media}), flush=True)
    print(json.dumps({"v": 1, "id": record["id"], "kind": "done", "n": int(number), "collection": {"type": kind, "title": f"List of {number}"}}), flush=True)
"""
STAGES = [
    {"name": "list", "run": ["./list"], "describe": True},
    {"name": "fetch", "run": ["python3", "work.py"], "replicas": 2, "window": 1, "kinds": ["track"], "writes": ["file"]},
    {"name": "place", "run": ["place", "--library", "Music", "--template", "%artist%/%title%"]}]


@pytest.fixture
def shop(serve):
    """A server over a source that can be searched, and that makes plans; nothing is fetched, since the fetching is gated."""
    served = serve(STAGES)
    (served.folder / "list").write_text(SOURCE)
    (served.folder / "list").chmod(0o755)
    served.gate()
    return served.start()


def test_a_word_is_looked_up_in_all_catalogs_for_each_kind(shop):
    assert shop.get("/v1/sources") == {"catalogs": ["shop"], "search": True, "plan": True}
    found = shop.get("/v1/search?q=blue%20train&limit=2")
    check("Found", found)
    assert [r["ref"] for r in found["results"]] == [f"shop:{kind}:{n}" for kind in ("track", "album", "playlist") for n in (0, 1)]
    assert found["results"][0] == {"ref": "shop:track:0", "id": "shop:track:0", "type": "track", "title": "blue train 0", "artist": "Artist", "album": "Album"}
    # One that gives nothing costs only its own results, and is told of.
    assert len(found["notes"]) == 1 and "artists are not told here" in found["notes"][0]
    shop.add("shop:track:0")
    one = shop.get("/v1/search?q=x&type=track&limit=1")["results"]
    assert [(r["id"], r["state"] in ("ready", "running")) for r in one] == [("shop:track:0", True)]
    assert shop.get("/v1/search?q=%20--describe&type=album&limit=1")["results"][0]["title"] == "describe 0"
    for query, word in (("q=", "500"), ("q=--", "500"), ("q=x&type=odd", "playlist"), ("q=x&limit=0", "100")):
        answer = shop.ask("GET", f"/v1/search?{query}")
        assert answer.status == 422 and word in answer.json["detail"]
    refused = shop.ask("GET", "/v1/search?q=x&type=artist")
    assert refused.status == 503 and "artists are not told here" in refused.json["detail"]


def test_a_plan_tells_names_and_sizes_and_queues_nothing(shop):
    plan = shop.post("/v1/plan", {"ref": "shop:playlist:3"})
    check("Plan", plan)
    assert (plan["tracks"], plan["bytes"], plan["whole"]) == (3, 4_500_000, True)
    assert [line["plan"] for line in plan["lines"]] == ["fetch", "fetch", "fetch", "list"]
    assert plan["lines"][0]["path"].endswith("Music/Artist/Title 0.mp3") and plan["lines"][3]["title"] == "List of 3"
    assert shop.get("/v1/items")["items"] == [] and not (shop.folder / "Music").exists()
    for body, code in (({}, "bad_ref"), ({"ref": "/etc/passwd.m3u"}, "local_path"), ({"ref": "other:track:1"}, "no_catalog")):
        answer = shop.ask("POST", "/v1/plan", body)
        assert (answer.status, answer.json["code"]) == (422, code)


def test_a_pipeline_that_can_do_neither_says_so(served):
    assert served.get("/v1/sources") == {"catalogs": [], "search": False, "plan": False}
    for answer, code in ((served.ask("GET", "/v1/search?q=x"), "no_role"), (served.ask("POST", "/v1/plan", {"ref": "c:playlist:1"}), "no_plan")):
        assert (answer.status, answer.json["code"]) == (404, code)


def test_a_long_plan_is_told_in_part_and_its_sums_whole(shop):
    plan = shop.post("/v1/plan", {"ref": "shop:playlist:1500"})
    assert plan["tracks"] == 1500 and len(plan["lines"]) == 1000 and plan["whole"]


def running(folder):
    """The programs that answer nothing, by their process ids."""
    return [int(p.name[4:]) for p in folder.glob("pid-*") if os.path.exists(f"/proc/{p.name[4:]}")]


def asking(shop):
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=30)
    connection.request("POST", "/v1/plan", json.dumps({"ref": "shop:playlist:3"}), {"Content-Type": "application/json"})
    return connection


def test_a_client_that_leaves_takes_its_programs_with_it(shop):
    (shop.folder / "slow").touch()
    connection = asking(shop)
    shop.wait(lambda: running(shop.folder))
    connection.close()
    # No dead process is left behind either.
    shop.wait(lambda: not running(shop.folder))


def test_a_client_has_one_errand_at_a_time(shop):
    (shop.folder / "slow").touch()
    first = asking(shop)
    shop.wait(lambda: len(running(shop.folder)) == 1)
    (shop.folder / "slow").unlink()
    assert shop.post("/v1/plan", {"ref": "shop:playlist:2"})["tracks"] == 2
    reply = first.getresponse()
    assert reply.status == 409 and json.loads(reply.read())["code"] == "superseded"
    shop.wait(lambda: not running(shop.folder))


def test_what_is_looked_up_keeps_no_other_answer_waiting_and_no_server_from_its_end(shop):
    (shop.folder / "slow").touch()
    connection = asking(shop)
    shop.wait(lambda: running(shop.folder))
    assert shop.get("/v1/stats")["done"] == 0
    assert shop.stop() == 0 and not running(shop.folder)
    connection.close()


def test_days_are_told_by_rest_and_in_a_terminal_after_all_was_cleared(served):
    served.gate()
    for n in range(4):
        served.open(n, "it is broken" if n == 2 else "")
    served.add("c:playlist:4")
    served.wait(lambda: served.stats()["failed"] == 1 and served.stats()["done"] == 4)
    assert served.ask("DELETE", "/v1/items/c:playlist:4").status == 200 and served.get("/v1/items")["items"] == []
    history = served.get("/v1/history?days=2")
    check("History", history)
    yesterday, today = history["days"]
    assert (yesterday["done"], yesterday["failed"]) == (0, 0)
    assert (today["done"], today["failed"], today["failures"]) == (3, 1, {"permanent": 1})
    assert served.segue("history", "--days", 2, "--json").records == [yesterday, today]
    assert served.segue("history", "--days", 2).stdout.decode().splitlines() == [
        f"{today['date']}  3 done, 0 B; 1 failed (1 permanent)", "2 days: 3 done, 0 B; 1 failed (1 permanent)"]
    assert served.ask("GET", "/v1/history?days=0").status == 422 and served.segue("history", "--days", 0).status == 64


def test_statistics_tell_what_they_can_know(served):
    served.gate()
    for n in range(4):
        served.open(n, "it is broken" if n == 2 else "")
    served.add("c:playlist:5")
    served.wait(lambda: served.stats()["failed"] == 1 and served.stats()["done"] == 3)
    lines = served.segue("stats").stdout.decode().splitlines()
    assert "success rate 75.0 %" in lines and "a driver runs" in lines
    # It has not gone on long enough for a pace.
    assert not any("a minute" in line for line in lines) and "seconds_left" not in served.segue("stats", "--json").only


def test_failures_are_told_by_their_reason_and_those_of_one_can_be_listed(served):
    served.gate()
    for n in range(5):
        served.open(n, "it is broken" if n % 2 else "")
    served.add("c:playlist:5")
    served.wait(lambda: served.stats()["failed"] == 2 and served.stats()["done"] == 4)
    told = served.get("/v1/failures")
    check("Failures", told)
    assert told["failures"] == [{"stage": "work", "class": "permanent", "code": "gone", "message": "it is broken", "items": 2}]
    of = lambda query: [item["id"] for item in served.get(f"/v1/items?{query}")["items"]]
    assert of("code=gone&stage=work") == ["c:track:1", "c:track:3"]
    assert of("code=gone&stage=expand") == of("code=other&stage=work") == of("code=gone&stage=work&host=h") == []
    assert of("state=done&newest=true&limit=2") == ["c:track:4", "c:track:2"]
    assert of("state=done&newest=true&after=c:track:2") == ["c:track:0", "c:playlist:5"]
