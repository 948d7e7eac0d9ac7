"""The source for Jellyfin, against a server of its shape on loopback: all comes home as it is there, and the token goes nowhere else."""

import mutagen
import pytest
from jellyfin import KEY, TOKEN, Jellyfin, identifier
from judged import verdicts
from programs import ROOT

PROGRAM = ROOT / "Pipelines/sources/jellyfin.py"
SONGS = ["Song 0.1", "Song 0.2", "Song 0.3", "Song 1.1", "Song 1.2", "Song 1.3"]


@pytest.fixture
def server(site):
    return Jellyfin(site)


def credentials(folder, site, token, name="home"):
    path = folder / f"credentials-{name}"
    path.write_text(f"""{name} {site.url.removeprefix("http://")} header Authorization 'MediaBrowser Client="segue", Device="segue", DeviceId="segue", Version="1", Token="{token}"'\n""")
    path.chmod(0o600)
    return path


@pytest.fixture
def resolve(run, server, site, tmp_path):
    """resolve("home:album:…", token=KEY, user="Ana Lopo") -> Outcome"""
    def call(*arguments, token=TOKEN, user="", **more):
        return run("resolve", "--rate", "0", "--credentials", credentials(tmp_path, site, token), "--source", f"home={PROGRAM} {site.url} {user}", *arguments, **more)

    return call


def titles(done):
    return [record["track"]["title"] for record in done.records if record["kind"] == "track"]


def test_it_keeps_every_rule(server, site, tmp_path):
    album, song = identifier("MusicAlbum Album 0"), identifier("Audio Song 1.1")
    found = verdicts(tmp_path, [PROGRAM, site.url], "--credentials", credentials(tmp_path, site, TOKEN, "test"), "--reference", f"album:{album}", "--reference", f"track:{song}",
                     "--reference", "search:Song", "--timeout", "60")
    assert {record["verdict"] for record in found.values()} == {"pass"}, found


def test_a_track_is_told_in_the_servers_words(server, site, resolve):
    song = identifier("Audio Song 0.1")
    server.items[song]["HasLyrics"] = True
    server.lyrics[song] = [{"Text": "One", "Start": 12_300_000}, {"Text": "Two", "Start": 661_234_567}]
    record = resolve(f"home:track:{song}").only
    assert record["track"] == {
        "title": "Song 0.1", "artists": ["The Band", "A Guest"], "artist": "The Band, A Guest", "album": "Album 0",
        "album_id": f"home:album:{identifier('MusicAlbum Album 0')}", "album_artist": "The Band", "track_number": 1, "disc_number": 1, "release_date": "2001-03-07",
        "genres": ["Rock"], "duration_s": 0.3, "artwork_url": f"{site.url}/Items/{identifier('MusicAlbum Album 0')}/Images/Primary?tag=tag0",
        "lyrics": "One\nTwo", "synced_lyrics": "[00:01.23]One\n[01:06.12]Two\n"}
    assert record["media"] == {"url": f"{site.url}/Items/{song}/Download", "format": "mp3", "quality": "mp3_128", "auth": "home"}


@pytest.mark.parametrize("kind, id, expected", [
    ("album", identifier("MusicAlbum Album 1"), SONGS[3:]), ("artist", identifier("MusicArtist The Band"), SONGS), ("playlist", "all", SONGS),
    ("playlist", "favorites", ["Song 0.2", "Song 1.3"]), ("search", "song 1", SONGS[3:]), ("playlist", identifier("Playlist Mine"), ["Song 1.2", "Song 0.1", "Song 1.2"])])
@pytest.mark.parametrize("token, user", [(TOKEN, ""), (KEY, "Ana Lopo"), (KEY, identifier("Ana Lopo"))], ids=["token", "key and name", "key and id"])
def test_lists_are_the_users_own(server, resolve, kind, id, expected, token, user):
    server.playlist("Mine", [identifier(f"Audio {name}") for name in ("Song 1.2", "Song 0.1", "Song 1.2")])
    server.favorites = {identifier("Audio Song 0.2"), identifier("Audio Song 1.3")}
    assert titles(resolve(f"home:{kind}:{id}", token=token, user=user)) == expected


def test_an_item_of_another_form_fails_alone(server, resolve):
    server.items[identifier("Audio Song 1.2")]["Artists"] = 5
    done = resolve(f"home:album:{identifier('MusicAlbum Album 1')}")
    assert titles(done) == ["Song 1.1", "Song 1.3"] and [record["code"] for record in done.records if record["kind"] == "error"] == ["bad_row"]


def test_a_long_list_comes_in_pages(site, resolve):
    Jellyfin(site, albums=130, size=9)
    done = resolve("--rows", "home:playlist:all")
    assert len({record["id"] for record in done.records}) == 1171 and done.records[-1]["total"] == 1170 and site.count("/Items?") == 3


def test_what_cannot_be_had_says_why(server, resolve):
    album = identifier("MusicAlbum Album 0")
    songs = [identifier(f"Audio Song 0.{number}") for number in (1, 2, 3)]
    server.items[songs[0]]["CanDownload"] = False
    server.items[songs[1]]["MediaSources"][0]["Container"] = "ape"
    server.items[songs[2]] |= {"LocationType": "Virtual", "MediaSources": []}
    server.playlist("Films", [server.add("Movie", "A film")])
    done = resolve(f"home:album:{album}", f"home:playlist:{identifier('Playlist Films')}")
    assert [(record["code"], record["message"]) for record in done.records if record["kind"] == "error"] == [
        ("catalog_denied", "home: the user may not download Song 0.1"), ("no_format", "home: the server has Song 0.2 only as ape"),
        ("no_format", "home: the server has Song 0.3 only as Audio"), ("no_format", "home: the server has A film only as Movie")]
    for missing in ("album:nonsense", f"album:{'0' * 32}", "track:x", "playlist:albun"):
        assert resolve(f"home:{missing}").only["code"] == "no_data"


@pytest.mark.parametrize("token, user, code", [(KEY, "", "no_user"), (KEY, "Nobody", "no_user"), ("wrong", "", "http_401")])
def test_who_is_not_known_is_told_so(resolve, token, user, code):
    assert resolve("home:playlist:all", token=token, user=user).only["code"] == code


def test_search_finds_each_kind(server, resolve):
    server.playlist("Mine", [])
    for kind, text, found in (("track", "song 0.2", "Audio Song 0.2"), ("album", "album 1", "MusicAlbum Album 1"), ("artist", "band", "MusicArtist The Band"), ("playlist", "mine", "Playlist Mine")):
        assert resolve("--search", text, "--type", kind).only["ref"] == f"home:{kind}:{identifier(found)}"


def test_a_playlist_comes_home_with_covers_and_lyrics_and_the_token_is_nowhere(server, site, drive, tmp_path):
    song = identifier("Audio Song 0.1")
    server.items[song]["HasLyrics"] = True
    server.lyrics[song] = [{"Text": "One"}, {"Text": "Two"}]
    list = server.playlist("Mine", [identifier(f"Audio {name}") for name in SONGS])
    secret = credentials(tmp_path, site, TOKEN)
    source = ["--rate", "0", "--credentials", str(secret), "--source", f"home={PROGRAM} {site.url}"]
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows", *source], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *source]},
        {"name": "fetch", "run": ["fetch", "--credentials", str(secret)]}, {"name": "verify", "run": ["verify"]}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}])
    done = driven.segue("run", f"home:playlist:{list}", f"home:album:{identifier('MusicAlbum Album 1')}")
    assert done.status == 0, done.stderr
    files = sorted(path for path in driven.library.rglob("*") if path.suffix in (".flac", ".mp3", ".ogg"))
    assert [path.stem for path in files] == ["01 - Song 0.1", "02 - Song 0.2", "03 - Song 0.3", "01 - Song 1.1", "02 - Song 1.2", "03 - Song 1.3"]
    assert all((path.parent / "cover.jpg").exists() for path in files)
    assert "One\nTwo" in [str(text) for text in mutagen.File(files[0]).tags.getall("USLT")] and (driven.library / "Playlists/Mine.m3u8").exists()
    assert server.refused == 0 and TOKEN not in done.stderr + done.stdout.decode()
    kept = [path for path in [*driven.folder.rglob("*")] if path.is_file()]
    assert len(kept) > 10 and not [path for path in kept if TOKEN.encode() in path.read_bytes()]
