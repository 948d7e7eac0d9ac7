"""Pictures of what a search found: the server fetches them, and a browser asks nobody else."""

import http.client
import os
import threading

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from test_page import browser  # noqa: F401
from test_rest import check

# Finds five tracks, whose pictures are at the address in the file `site`; one is that of a far source.
SOURCE = """#!/usr/bin/env python3
import json, os, sys
if "--describe" in sys.argv:
    print(json.dumps({"name": "list", "contract": 1, "mode": "expand", "kinds": ["request"], "reads": ["ref"], "writes": ["media", "track"], "catalogs": ["shop"], "roles": ["search"]}))
    sys.exit()
site = open("site").read()
if "--search" in sys.argv and sys.argv[sys.argv.index("--type") + 1] == "track":
    for n in range(5):
        more = {"far": True} if n == 3 else {}
        picture = {} if n == 4 else {"artwork_url": f"{site}/cover/{n}"}
        print(json.dumps({"v": 1, "id": f"shop:track:{n}", "kind": "request", "ref": f"shop:track:{n}", "track": {"title": f"Title {n}", "artist": "Artist", **picture}, **more}))
"""
STAGES = [{"name": "list", "run": ["./list"], "describe": True}, {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]}]
# One blue point.
PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c635089380a0001e50142134abee20000000049454e44ae426082")


@pytest.fixture
def pictured(serve, site):
    """pictured(hosts={...}) -> a server over a source whose hits have pictures, and what they are called by their numbers."""
    def call(**options):
        served = serve(STAGES, **options)
        (served.folder / "list").write_text(SOURCE)
        (served.folder / "list").chmod(0o755)
        (served.folder / "site").write_text(site.url)
        for n in (0, 1, 3):
            site.answers[f"/cover/{n}"] = (200, {"Content-Type": "image/png"}, PNG)
        site.answers["/cover/2"] = (200, {"Content-Type": "text/html"}, b"<html>")
        return served.start()

    return call


def names(served):
    found = served.get("/v1/search?q=blue&type=track")
    check("Found", found)
    return [hit.get("picture") for hit in found["results"]]


def test_a_picture_is_fetched_once_and_kept(pictured, site):
    served = pictured()
    known = names(served)
    assert len({*known[:4]}) == 4 and known[4] is None and site.requests == []
    first = served.ask("GET", f"/v1/pictures/{known[0]}")
    assert (first.status, first.headers["Content-Type"], first.body) == (200, "image/png", PNG) and first.headers["Cache-Control"] == "private, max-age=3600"
    assert served.ask("GET", f"/v1/pictures/{known[0]}").body == PNG and site.requests == ["/cover/0"]
    # One that a track has already needs no request, nor one that an earlier server fetched.
    assert served.stop() == 0
    served.start()
    assert served.ask("GET", f"/v1/pictures/{known[0]}").body == PNG and site.requests == ["/cover/0"]
    assert [path.name for path in (served.folder / "state/spool").glob("*")] == []


def test_what_is_no_picture_or_was_not_named_is_not_there(pictured, site):
    served = pictured()
    known = names(served)
    for name in (known[2], "0" * 32, "x", "..%2F..%2Fledger.sqlite"):
        answer = served.ask("GET", f"/v1/pictures/{name}")
        assert (answer.status, answer.json["code"]) == (404, "no_cover")
    assert {*site.requests} == {"/cover/2"}
    # What a link says is not for clients to say.
    assert served.ask("GET", f"/v1/pictures/?url={site.url}/cover/1").status == 404


def test_what_a_far_source_names_is_not_fetched_from_near(pictured, site):
    served = pictured()
    assert served.ask("GET", f"/v1/pictures/{names(served)[3]}").status == 404 and site.requests == []


def test_pictures_keep_to_the_limits_of_their_host(pictured, site):
    served = pictured(hosts={"*": {"parallel": 1}})
    most, now, lock = [0], [0], threading.Lock()
    both = threading.Event()

    def cover(request):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        both.wait(0.3)
        with lock:
            now[0] -= 1
        return 200, {"Content-Type": "image/png"}, PNG

    site.answers["/cover/0"] = site.answers["/cover/1"] = cover
    known = names(served)
    answers = []
    threads = [threading.Thread(target=lambda name=name: answers.append(served.ask("GET", f"/v1/pictures/{name}").status)) for name in known[:2]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert answers == [200, 200] and most[0] == 1


def test_a_slow_picture_keeps_nobody_waiting_and_ends_with_its_client(pictured, site):
    served = pictured()
    came, gate = threading.Event(), threading.Event()

    def slow(request):
        came.set()
        gate.wait(60)
        return 200, {"Content-Type": "image/png"}, PNG

    site.answers["/cover/0"] = slow
    known = names(served)
    fetching = lambda: [pid for pid in os.listdir("/proc") if pid.isdigit() and child(pid, served.process.pid) == "fetch"]
    connections = []
    for _ in range(6):
        connections.append(http.client.HTTPConnection("127.0.0.1", served.port, timeout=30))
        connections[-1].request("GET", f"/v1/pictures/{known[0]}")
    assert came.wait(30)
    # Neither other answers nor searches.
    assert served.stats()["done"] == 0 and len(names(served)) == 5
    for connection in connections:
        connection.close()
    served.wait(lambda: not fetching())
    assert served.stop() == 0
    gate.set()


def child(pid, parent):
    """The name of a process, if it is a child of another."""
    try:
        text = open(f"/proc/{pid}/stat").read()
    except OSError:
        return None
    name, rest = text[text.index("(") + 1:text.rindex(")")], text[text.rindex(")") + 2:].split()
    return name if int(rest[1]) == parent and rest[0] != "Z" else None


def test_a_pipeline_that_fetches_by_itself_shows_none(serve, site):
    served = serve([STAGES[0], {"name": "fetch", "run": ["python3", "work.py"], "kinds": ["track"], "writes": ["file"]}])
    (served.folder / "list").write_text(SOURCE)
    (served.folder / "list").chmod(0o755)
    (served.folder / "site").write_text(site.url)
    assert names(served.start()) == [None] * 5


def test_hits_are_shown_with_their_pictures_and_nothing_moves(pictured, site, browser):  # noqa: F811
    served = pictured()
    gate = threading.Event()
    site.answers["/cover/1"] = lambda request: gate.wait(60) and (200, {"Content-Type": "image/png"}, PNG)
    browser.open(served.url)
    browser.wait(lambda: len(browser.find("#examples .hit")) == 3)
    box = browser.driver.find_element(By.ID, "refs")
    box.clear()
    box.send_keys("blue", Keys.ENTER)
    loaded = lambda: browser.run("return [...document.querySelectorAll('#found .hit')].map(hit => { const image = hit.querySelector('img'); return !!image.getAttribute('src') && image.complete && image.naturalWidth > 0; })")
    boxes = lambda: browser.run("return [...document.querySelectorAll('#found .hit, #found .cover')].map(e => { const b = e.getBoundingClientRect(); return [b.x, b.y, b.width, b.height]; })")
    browser.wait(lambda: len(loaded()) == 5 and loaded()[0])
    before = boxes()
    gate.set()
    # What is no picture, and what a far source names from near, leaves its letter.
    browser.wait(lambda: loaded() == [True, True, False, False, False])
    browser.wait(lambda: {*site.requests} == {"/cover/0", "/cover/1", "/cover/2"})
    assert boxes() == before
    browser.shot("found-pictures")
    asked = browser.run("return performance.getEntriesByType('resource').map(entry => new URL(entry.name).origin)")
    assert {*asked} == {served.url}
    assert [text for text in browser.complaints if "/v1/pictures/" not in text] == []
