"""Albums, which all of their tracks need: asked for once, however many processes need them."""

import json
import os
import threading
import time

import pytest
from programs import lines

HOUR = 3600
PATIENCE = 30


@pytest.fixture
def hosts(tmp_path):
    """The folder that the processes of a test share."""
    return tmp_path / "hosts"


@pytest.fixture
def resolve(run, hosts):
    """resolve(site, "track:1", ...) -> Outcome of a process of its own that shares the folder"""
    def call(site, *arguments, **options):
        return run("resolve", "--rate", "0", "--catalog", site.url, *arguments, env={"SEGUE_HOSTS": str(hosts)}, **options)

    return call


def asked(site, album):
    """How often an album's document and its list were requested."""
    with site.lock:
        bare = [path.split("?")[0] for path in site.requests]
    return bare.count(f"/album/{album}"), bare.count(f"/album/{album}/tracks")


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def test_all_replicas_of_a_pool_request_an_album_once(shop, run):
    shop = shop(12, 5)
    rows = run("resolve", "--rate", "0", "--rows", "--catalog", shop.site.url, "playlist:1").stdout
    found = run("segue", "pool", "6", "--", "resolve", "--rate", "0", "--catalog", shop.site.url, stdin=rows).records
    tracks = [record["track"] for record in found if record["kind"] == "track"]
    assert len(tracks) == 60 and all(track["track_total"] == 5 and track["album_artist"] == "Artist" for track in tracks)
    assert [asked(shop.site, album) for album in range(12)] == [(1, 1)] * 12


def test_all_stages_of_a_driver_and_all_its_runs_request_an_album_once(shop, home):
    shop = shop(4, 3)
    home = home(shop)
    assert home.segue("run", "--quiet", "album:2").status == 0
    assert home.segue("run", "--quiet", "playlist:1").status == 0 and home.stats()["done"] == 14
    assert [asked(shop.site, album) for album in range(4)] == [(1, 1)] * 4


def test_whoever_names_an_album_gets_it_as_it_is_now(shop, resolve):
    shop = shop(1, 2)
    for title in ("Before", "After"):
        shop.site.answers["/album/0"]["title"] = title
        assert resolve(shop.site, "album:0").records[-1]["collection"]["title"] == title
    assert asked(shop.site, 0) == (2, 2)
    assert resolve(shop.site, "track:1").only["kind"] == "track" and asked(shop.site, 0) == (2, 2)


def test_a_failure_is_not_kept(shop, resolve):
    shop = shop(1, 2)
    right = shop.site.answers["/album/0"]
    for wrong in [(503, {}, b""), {"error": {"code": 700, "message": "busy"}}, b"[", {**right, "id": 9}]:
        shop.site.answers["/album/0"] = wrong
        assert resolve(shop.site, "track:1").only["kind"] == "error"
    shop.site.answers["/album/0"], pages = right, shop.site.answers["/album/0/tracks"]
    shop.site.answers["/album/0/tracks"] = {"data": "none"}
    assert resolve(shop.site, "track:1").only["code"] == "bad_document"
    shop.site.answers["/album/0/tracks"] = pages
    assert resolve(shop.site, "track:1").only["track"]["track_total"] == 2 and asked(shop.site, 0) == (5, 2)


def kept(hosts):
    return sorted((hosts / "documents").iterdir())


def test_an_album_is_kept_for_an_hour(shop, resolve, hosts):
    shop = shop(1, 2)
    for count in (1, 1, 2):
        if count == 2:
            for path in kept(hosts):
                os.utime(path, (time.time() - HOUR - 1,) * 2)
        assert resolve(shop.site, "track:1").only["kind"] == "track" and asked(shop.site, 0) == (count, count)
    assert len(kept(hosts)) == 2 and all(path.stat().st_mode & 0o777 == 0o600 for path in kept(hosts))


@pytest.mark.parametrize("text", [b"", b'{"id": 0, "title": "Al', b"[]", bytes(100)])
def test_what_a_power_cut_left_of_an_album_is_requested_again(shop, resolve, hosts, text):
    shop = shop(1, 2)
    whole = resolve(shop.site, "track:1").stdout
    for path in kept(hosts):
        path.write_bytes(text)
    assert resolve(shop.site, "track:2").only["track"]["track_total"] == 2 and asked(shop.site, 0) == (2, 2)
    assert resolve(shop.site, "track:1").stdout == whole and asked(shop.site, 0) == (2, 2)


def test_where_nothing_can_be_kept_albums_are_requested_as_ever(shop, resolve, hosts):
    shop = shop(1, 2)
    hosts.mkdir()
    (hosts / "documents").write_text("no folder")
    for count in (1, 2):
        assert resolve(shop.site, "track:1").only["kind"] == "track" and asked(shop.site, 0) == (count, count)


def test_an_answer_to_one_credential_is_none_to_another(shop, resolve, tmp_path):
    shop = shop(1, 2)
    options = [[]]
    for name in ("one", "other"):
        path = tmp_path / name
        path.write_text(f"catalog {shop.site.url.removeprefix('http://')} bearer {name}\n")
        path.chmod(0o600)
        options.append(["--credentials", path])
    for count, option in enumerate(options, 1):
        for _ in range(2):
            assert resolve(shop.site, *option, "track:1").only["kind"] == "track" and asked(shop.site, 0) == (count, count)


def test_who_has_asked_a_host_nothing_yet_takes_no_album_from_others(shop, resolve):
    shop = shop(1, 2)
    row = {"v": 1, "id": "catalog:track:1", "kind": "request", "ref": "track:1", "track": {"title": "Song", "album_id": "catalog:album:0"}}
    for count in (1, 2):
        assert resolve(shop.site, "--quick", stdin=lines(row)).only["kind"] == "track" and asked(shop.site, 0)[0] == count


class Gate:
    """Serves a document only when it is opened."""

    def __init__(self, document):
        self.document, self.asked, self.opened = document, 0, threading.Event()

    def __call__(self, request):
        self.asked += 1
        self.opened.wait(PATIENCE)
        return self.document


def test_who_waits_for_the_answer_of_one_that_is_killed_asks_itself(shop, start, hosts):
    shop = shop(1, 2)
    gate = shop.site.answers["/album/0"] = Gate(shop.site.answers["/album/0"])

    def begin(number):
        process = start("resolve", "--rate", "0", "--catalog", shop.site.url, f"track:{number}", env={"SEGUE_HOSTS": str(hosts)})
        wait_until(lambda: shop.site.count(f"/track/{number}"))
        return process

    first = begin(1)
    wait_until(lambda: gate.asked)
    second = begin(2)
    # It looks again and again who has the place, and asks nobody.
    wait_until(lambda: any((hosts / "documents").glob("*.part")))
    assert gate.asked == 1 and second.poll() is None
    first.kill()
    wait_until(lambda: gate.asked == 2)
    gate.opened.set()
    stdout, stderr = second.communicate(timeout=PATIENCE)
    assert json.loads(stdout)["track"]["track_total"] == 2, stderr


def test_a_music_server_s_albums_are_requested_once_too(site, run, hosts, tmp_path):
    def answer(**members):
        return {"subsonic-response": {"status": "ok", "version": "1.16.1", **members}}

    songs = [{"id": f"s{n}", "title": f"Song {n}", "artist": "A", "album": "B", "albumId": "b", "track": n, "suffix": "mp3"} for n in (1, 2, 3)]
    site.answers["/rest/ping.view"] = answer()
    site.answers["/rest/getAlbum.view"] = answer(album={"id": "b", "name": "B", "artist": "A", "song": songs})
    site.answers["/rest/getSong.view"] = lambda request: answer(song=next(song for song in songs if f"id={song['id']}&" in request.path))
    path = tmp_path / "credentials"
    path.write_text(f"home {site.url.removeprefix('http://')} subsonic alice secret\n")
    path.chmod(0o600)
    for song in songs:
        found = run("resolve", "--rate", "0", "--catalog", f"home=subsonic+{site.url}", "--credentials", path, f"track:{song['id']}", env={"SEGUE_HOSTS": str(hosts)}).only
        assert found["track"]["track_total"] == 3
    assert site.count("/rest/getAlbum.view") == 1
