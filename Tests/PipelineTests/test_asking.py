"""What people ask for: searches, artists and links, through the driver."""

import pytest


@pytest.fixture
def home(music, origin, drive):
    return drive(origin(music))


def test_what_a_search_finds_can_be_added(home):
    text = home.segue("search", "--type", "album", "album", "ARTIST")
    assert text.status == 0 and sorted(text.stdout.decode().splitlines()) == ["catalog:album:1  Album 1  The Artist", "catalog:album:2  Album 2  The Artist"]
    found = home.segue("search", "title 7", "--json").only
    assert found["ref"] == "catalog:track:8" and found["track"]["album"] == "Album 2"
    assert home.segue("search", "nothing of the kind").status == 1
    assert home.segue("run", "--quiet", found["ref"]).status == 0 and home.origin.count("/file/") == 1


def test_an_artist_and_links_are_run_like_anything_else(home):
    page = f"{home.origin.url}/album/2?from=somewhere"
    assert home.segue("run", "--quiet", page, "artist:1").status == 0
    assert home.origin.count("/file/") == 10 and home.stats()["done"] == 12
    assert not (home.library / "Playlists").exists()


def test_a_link_to_audio_is_named_by_its_own_tags(home, site, music):
    audio = sorted(music.rglob("*.flac"))[0]
    site.answers["/x/Some%20File.flac"] = (200, {"Content-Type": "audio/flac"}, audio.read_bytes())
    assert home.segue("run", "--quiet", f"{site.url}/x/Some%20File.flac?key=1", f"{site.url}/gone.flac").status == 1
    assert (home.library / "The Artist/Album 1/01 - Title 0.flac").exists()
    assert sorted(i["state"] for i in home.items().values()) == ["done", "failed"] and all(i.startswith("url:track:") for i in home.items())


def test_a_page_of_one_track_is_one_track(home):
    assert home.segue("run", "--quiet", f"{home.origin.url}/track/3").status == 0
    assert sorted(home.items()) == ["catalog:track:3", next(i for i in home.items() if i.startswith("file:playlist:"))]


def test_playlist_files_and_feeds_are_run_like_anything_else(home, site, music):
    audio = sorted(music.rglob("*.flac"))[:2]
    for number, path in enumerate(audio):
        site.answers[f"/e/{number}"] = (200, {"Content-Type": "audio/flac"}, path.read_bytes())
    (home.folder / "Mine.m3u8").write_text(f"#EXTM3U\n#PLAYLIST:My own\n{home.origin.url}/track/5\n{home.origin.url}/track/2\n")
    items = "".join(f'<item><title>E{n}</title><enclosure url="{site.url}/e/{n}" type="audio/flac" length="7"/></item>' for n in range(2))
    site.answers["/show"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss><channel><title>Show</title>{items}</channel></rss>".encode())
    assert home.segue("run", "--quiet", "Mine.m3u8", f"{site.url}/show", "track:1").status == 0
    lists = sorted(p.name for p in (home.library / "Playlists").iterdir())
    assert lists == ["My own.m3u8", "Show.m3u8"] and home.origin.count("/file/") == 3
    assert [line for line in (home.library / "Playlists/Show.m3u8").read_text().splitlines() if line[0] != "#"] == ["../Show/Show/E0.flac", "../Show/Show/E1.flac"]
    before = len(site.requests)
    assert home.segue("run", "--quiet", f"{site.url}/show").status == 0 and site.requests[before:] == ["/show"]
