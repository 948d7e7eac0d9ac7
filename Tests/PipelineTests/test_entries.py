"""One entry's fault stays that entry's: what else is in the queue comes home."""

import pytest


@pytest.fixture
def locked():
    """A catalog that lets nobody in."""
    from website import Site

    server = Site()
    server.find = lambda path: (401, {}, {})
    yield server
    server.close()


def test_of_thirty_lists_three_are_wrong_and_twenty_seven_come(shop, locked, drive, tmp_path):
    shop = shop(27, 2)
    for album in range(27):
        shop.lists(album + 1, [shop.row(2 * album + n) for n in range(2)])
    (tmp_path / "credentials").write_text("locked 127.0.0.1 bearer of-yesterday\n")
    (tmp_path / "credentials").chmod(0o600)
    shop.site.answers["/page.html"] = (200, {"Content-Type": "text/html"}, b"<html><body>Not a list</body></html>")
    catalogs = ["--catalog", shop.site.url, "--catalog", f"locked={locked.url}", "--credentials", str(tmp_path / "credentials"), "--rate", "0"]
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows", *catalogs], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalogs]},
        {"name": "fetch", "run": ["fetch"], "replicas": 2}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}])
    wrong = ["playlist:404", "locked:playlist:1", shop.site.url + "/page.html"]
    good = [f"playlist:{n}" for n in range(1, 28)]
    done = driven.segue("run", "--quiet", *good[:9], wrong[0], *good[9:12], wrong[1], *good[12:20], wrong[2], *good[20:])
    assert len(list(driven.library.glob("Playlists/*.m3u8"))) == 27 and len(list(driven.library.rglob("*.flac"))) == 54
    items = driven.items()
    assert sum(items[f"catalog:playlist:{n}"]["state"] == "done" for n in range(1, 28)) == 27
    # The one that may yet be let in is kept back, the others have failed; all say why.
    assert done.status == 78 and "locked" in done.stderr
    assert items["catalog:playlist:404"]["failure"]["message"] and items["catalog:playlist:404"]["state"] == "failed"
    (file,) = [item for item in items if item.startswith("file:playlist:")]
    assert items[file]["state"] == "failed" and "page.html" in items[file]["failure"]["message"]
    kept = items["locked:playlist:1"]
    assert kept["state"] in ("waiting", "ready") and "401" in driven.segue("list", "--json").stdout.decode()
    # A catalog that there is none of does not even come in.
    refused = driven.segue("add", "elsewhere:playlist:5")
    assert refused.status == 64 and "elsewhere" in refused.stderr and "elsewhere:playlist:5" not in driven.items()
