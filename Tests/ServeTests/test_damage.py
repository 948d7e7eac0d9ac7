"""Files of the library that are damaged while a server runs: what REST, events and the page tell of them."""

import os
import subprocess
import threading

import pytest
from damage import spoil
from programs import PROGRAMS
from served import until
from shop import Shop
from test_events import SCHEMA
from test_page import browser  # noqa: F401
from test_rest import check


@pytest.fixture
def library(serve, site, tmp_path):
    """library(scrub="3s") -> a server that has brought an album of three home, with its files by their ids; `gate` holds what is fetched after that."""
    def call(**options):
        store = Shop(site, tmp_path, 1, 3)
        catalog = ["resolve", "--catalog", site.url, "--rate", "0", "--library", "Music"]
        served = serve([
            {"name": "resolve", "run": catalog, "mode": "expand"}, {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]},
            {"name": "record", "run": ["record", "--library", "Music"]}], **options).start()
        served.add("playlist:1")
        served.wait(lambda: served.stats()["done"] == 4, seconds=60)
        served.gates = threading.Event()

        def audio(request):
            served.gates.wait(60)
            return 200, {"Content-Type": "audio/flac"}, store.audio

        for number in range(1, 4):
            site.answers[f"/audio/{number}"] = audio
        served.files = {id: served.item(id)["path"] for id in (f"catalog:track:{n}" for n in (1, 2, 3))}
        return served

    return call


def damaged(served):
    history = served.get("/v1/history?days=1")
    check("History", history)
    return [(file["id"], file["finding"], file["queued"], file.get("state")) for file in history["damaged"]]


def test_what_a_scrub_finds_is_told_by_an_event_and_in_the_history(library):
    served = library(scrub="3s")
    assert damaged(served) == []
    id, path = list(served.files.items())[1]
    with served.watch() as socket:
        spoil(path)
        event = until(socket, lambda event: event["type"] == "damaged", seconds=90)[-1]
    SCHEMA.validate(event)
    name = os.path.relpath(path, served.folder / "Music")
    assert (event["id"], event["path"], event["finding"], event["queued"]) == (id, name, "changed", True)
    served.wait(lambda: damaged(served) == [(id, "changed", True, "running")])
    served.gates.set()
    served.wait(lambda: damaged(served) == [(id, "changed", True, "done")])
    # A file stands there once, and a restart forgets nothing and tells nothing again.
    assert served.stop() == 0
    served.start()
    assert damaged(served) == [(id, "changed", True, "done")]
    with served.watch() as socket:
        served.add("track:1")
        events = until(socket, lambda event: event.get("id") == "catalog:track:1" and event["type"] in ("completed", "skipped"))
    assert not any(event["type"] == "damaged" for event in events)


def verify(served, *arguments):
    return subprocess.run([PROGRAMS / "segue", "verify", "--library", "Music", *arguments], cwd=served.folder, env=served.environment, capture_output=True, text=True, timeout=60)


def test_what_verify_finds_beside_a_server_is_told_too(library):
    served = library()
    (lost, path), (id, other), _ = served.files.items()
    os.unlink(path)
    spoil(other)
    assert verify(served).returncode == 1 and damaged(served) == []
    with served.watch() as socket:
        assert verify(served, "--pipeline", served.file).returncode == 1
        until(socket, lambda event: event["type"] == "damaged" and event["id"] == id)
    assert sorted(damaged(served)) == [(lost, "missing", False, "done"), (id, "changed", False, "done")]
    served.gates.set()
    assert verify(served, "--pipeline", served.file, "--repair").returncode == 1
    served.wait(lambda: sorted(damaged(served)) == [(lost, "missing", True, "done"), (id, "changed", True, "done")])
    assert os.path.exists(path)


def test_a_damaged_file_is_noticed_in_the_page_with_what_was_done(library, browser):  # noqa: F811
    served = library(scrub="3s")
    browser.open(served.url)
    browser.run("localStorage.clear()")
    path = list(served.files.values())[1]
    name = os.path.relpath(path, served.folder / "Music")
    whole = open(path, "rb").read()
    spoil(path)
    browser.wait(lambda: browser.text("#notices span") == f"{name} was damaged: it is in the queue again.", 90)
    browser.shot("damage-found")
    served.gates.set()
    browser.wait(lambda: browser.text("#notices span") == f"{name} was damaged: it was fetched again.")
    assert open(path, "rb").read() == whole
    press = lambda label: browser.run("[...document.querySelectorAll('#notices button')].find(b => b.textContent === arguments[0]).click()", label)
    press("Show")
    rows = lambda: browser.run("return [...document.querySelectorAll('#damage tbody tr')].map(row => [...row.cells].slice(1).map(cell => cell.textContent))")
    browser.wait(lambda: rows() == [[name, "changed", "it was fetched again"]])
    browser.shot("damage-history")
    # One that looks later sees it too, until it was dismissed.
    browser.open(served.url)
    browser.wait(lambda: name in (browser.text("#notices") or ""))
    press("Dismiss")
    browser.wait(lambda: browser.text("#notices") == "")
    browser.open(served.url)
    browser.wait(lambda: browser.text("#total-done") == "4 of 4")
    browser.click('#tabs [data-page="history"]')
    browser.wait(lambda: len(rows()) == 1)
    assert browser.text("#notices") == "" and browser.complaints == []
    browser.run("localStorage.clear()")


def test_a_file_that_cannot_be_fetched_again_says_so(library, browser, site):  # noqa: F811
    served = library(scrub="3s", retry={"attempts": 1})
    browser.open(served.url)
    for number in range(1, 4):
        site.answers[f"/media/{number}"] = (404, {}, b"")
    path = list(served.files.values())[0]
    spoil(path)
    browser.wait(lambda: (browser.text("#notices span") or "").endswith("it could not be fetched again."), 90)
    assert browser.complaints == []
    browser.run("localStorage.clear()")
