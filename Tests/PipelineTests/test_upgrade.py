"""What each version left on a disk, opened by these programs: nothing is lost, doubled or fetched again. See past.py."""

import pytest
from past import SHOP, VERSIONS, Past, Shop


@pytest.fixture
def shop(site, tmp_path):
    (tmp_path / "sounds").mkdir()
    return Shop(site, tmp_path / "sounds")


@pytest.fixture(params=[*sorted(VERSIONS.glob("*.tar.xz")), None], ids=lambda archive: archive.name.removesuffix(".tar.xz") if archive else "this version")
def past(request, site, shop, tmp_path):
    archive = request.param
    if not archive:
        archive = tmp_path / "packed"
        (tmp_path / "then").mkdir()
        then = Past(tmp_path / "then", site)
        then.work(shop)
        then.pack(archive)
        site.requests.clear()
    (tmp_path / "now").mkdir()
    past = Past(tmp_path / "now", site)
    past.unpack(archive)
    return past


def test_there_is_something_of_every_version_that_was_released():
    assert "0.1.0.tar.xz" in [archive.name for archive in VERSIONS.iterdir()]


def test_all_of_it_is_known(past):
    states = past.states()
    assert sorted(states.values()) == sorted(
        ["done"] * 9 + ["failed", "running", "waiting", "ready", "paused", "cancelled"]) and states["catalog:track:20"] == "running"
    # A list of which a track failed is shown as that.
    assert {item["id"]: item["state"] for item in past.segue("list", "--json")} == states | {"catalog:playlist:1": "failed"}
    assert past.segue("verify", "--json", "--library", "Music") == []
    (failure,) = past.segue("show", "--json", "catalog:track:6")[0]["attempts"]
    assert failure["code"] == "http_404"


def test_work_goes_on_where_it_stopped(past, shop):
    states, sounds = past.states(), past.sounds()
    assert len(sounds) == 8 and len(list((past.folder / "state/spool").glob("*.media"))) == 1
    shop.answer("/sound/22", (200, {"Content-Type": "audio/flac"}, shop.sound(22)))
    past.segue("run", "--quiet", status=75)
    # What was in the spool is not fetched again, nor what an album has that is in the library.
    assert shop.asked() == ["/sound/22"]
    moved = {"catalog:track:20": "done", "catalog:track:22": "done", "catalog:album:1": "done"}
    assert past.states() == states | moved
    assert past.sounds().items() > sounds.items() and len(past.sounds()) == 10

    past.segue("resume", "album:2")
    past.segue("run", "--quiet", status=1)
    assert sorted(shop.asked()) == ["/sound/22", "/sound/6"] and len(past.sounds()) == 10
    assert list((past.folder / "state/spool").iterdir()) == []
    assert past.segue("verify", "--json", "--library", "Music") == []


def test_a_list_brings_only_what_is_new_in_it(past, shop):
    shop.answer("/sound/22", (200, {"Content-Type": "audio/flac"}, shop.sound(22)))
    past.segue("resume", "album:2")
    past.segue("run", "--quiet", status=1)
    sounds = past.sounds()
    shop.site.requests.clear()
    shop.lists([7, 1, 2, 3, 4, 5, 6])
    shop.feed("2")
    news = past.segue("sync", "--json", "playlist:1", f"{SHOP}/feed.xml", status=1)
    assert [(line["sync"], line["id"]) for line in news] == [("new", "catalog:track:7")]
    assert sorted(shop.asked()) == ["/sound/6", "/sound/7"]
    assert past.sounds().items() > sounds.items() and len(past.sounds()) == 11
    assert past.segue("verify", "--json", "--library", "Music") == []
    playlist = (past.library / "Playlists/Mix.m3u8").read_text()
    assert playlist.count(".flac") == 6 and "Song 6" in playlist
