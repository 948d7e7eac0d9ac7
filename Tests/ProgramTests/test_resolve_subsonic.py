"""resolve and fetch, of a music server: how a password is proved, and what a server may answer."""

import hashlib
import json
import urllib.parse

import pytest
from programs import lines

SECRET = "S3CR3T&ä"
RECORDING = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"


def answer(**members):
    return {"subsonic-response": {"status": "ok", "version": "1.16.1", **members}}


def refusal(code, message="no"):
    return {"subsonic-response": {"status": "failed", "version": "1.16.1", "error": {"code": code, "message": message}}}


SONG = {"id": "s/1 ?&", "title": "Über", "album": "B", "artist": "A", "albumId": "al-1", "track": 3, "discNumber": 2, "year": 1999, "genre": "Jazz", "suffix": "mp3",
        "contentType": "audio/mpeg", "bitRate": 320, "size": 5, "duration": 61, "coverArt": "c1"}


class Music:
    """A server that takes a password in the ways that a test says."""

    def __init__(self, site, takes=("token",), host="127.0.0.1"):
        self.site, self.takes, self.queries = site, takes, []
        self.url = f"http://{host}:{site.url.rsplit(':')[-1]}"
        self.methods = {"ping": answer(), "getSong": answer(song=SONG), "getAlbum": answer(album={"id": "al-1", "name": "B", "artist": "A", "song": [SONG, {**SONG, "id": "x"}]})}

        def reply(request):
            path, _, query = request.path.partition("?")
            method = path.split("/")[-1].removesuffix(".view")
            parameters = {k: v[0] for k, v in urllib.parse.parse_qs(query).items()}
            self.queries.append((method, parameters))
            return self.refused(parameters) or self.named(self.methods.get(method, refusal(70)), parameters)

        site.find = lambda path: reply

    @staticmethod
    def named(found, asked):
        """The answer with the song under the id that was asked for, as a server has it."""
        song = found.get("subsonic-response", {}).get("song") if isinstance(found, dict) else None
        return answer(song={**song, "id": asked["id"]}) if isinstance(song, dict) and song["id"] == SONG["id"] else found

    def refused(self, asked):
        if "apiKey" in asked:
            return refusal(43) if "u" in asked else None if asked["apiKey"] == SECRET and "key" in self.takes else refusal(44)
        if "t" in asked:
            if "token" not in self.takes:
                return refusal(41)
            right = asked["t"] == hashlib.md5((SECRET + asked["s"]).encode()).hexdigest() and asked["u"] == "alice" and len(asked["s"]) >= 6
            return None if right else refusal(40)
        return None if "password" in self.takes and asked.get("p") == "enc:" + SECRET.encode().hex() else refusal(10)


@pytest.fixture
def resolve(run, tmp_path):
    def call(music, scheme, *arguments, **options):
        path = tmp_path / "credentials"
        path.write_text(f"home {music.url.split('//')[1]} {scheme}\n")
        path.chmod(0o600)
        return run("resolve", "--rate", "0", "--catalog", f"home=subsonic+{music.url}/", "--credentials", path, *arguments, **options)

    return call


def test_a_password_is_proved_by_a_new_digest_each_time(site, resolve):
    music = Music(site)
    record = resolve(music, f"subsonic alice {SECRET}", "home:track:7", "home:track:8").records[0]
    assert record["kind"] == "track" and record["media"]["auth"] == "home"
    assert [m for m, _ in music.queries] == ["ping", "getSong", "getAlbum", "getSong"]
    salts = [q["s"] for _, q in music.queries]
    assert len(set(salts)) == 4 and all("p" not in q and q["c"] == "segue" and q["f"] == "json" for _, q in music.queries)


def test_what_is_made_of_xml_has_a_list_of_one_as_that_one(site, resolve):
    music = Music(site)
    scheme = f"subsonic alice {SECRET}"
    song = {**SONG, "artists": {"id": "a1", "name": "Ä"}, "isrc": "QZ1", "genres": {"name": "Folk"}}
    music.methods |= {
        "getPlaylist": answer(playlist={"id": "p1", "name": "Mix", "songCount": 1, "entry": song}), "getSong": answer(song=[song]),
        "getAlbum": answer(album=[{"id": "al-1", "name": "B", "artist": "A", "songCount": 1, "song": song}]),
        "getArtist": answer(artist={"id": "a1", "name": "A", "album": {"id": "al-1", "name": "B"}}), "search3": answer(searchResult3={"song": song})}
    for ref in ("home:playlist:p1", "home:album:al-1", "home:artist:a1"):
        track, done = resolve(music, scheme, ref).records
        assert (track["kind"], done["n"]) == ("track", 1)
        assert [track["track"][name] for name in ("artists", "isrc", "genres", "track_total")] == [["Ä"], "QZ1", ["Folk"], 1]
    assert resolve(music, scheme, "--search", "Über").only["id"] == f"home:track:{SONG['id']}"


@pytest.mark.parametrize("entry", [None, "", {}, []])
def test_a_list_that_is_empty_where_songs_are_announced_is_told(site, resolve, entry):
    music = Music(site)
    music.methods["getPlaylist"] = answer(playlist={"id": "p1", "name": "Mix", "songCount": 3, "entry": entry})
    result = resolve(music, f"subsonic alice {SECRET}", "home:playlist:p1")
    assert (result.only["n"], result.only["total"]) == (0, 3) and "announced 3 tracks and listed 0" in result.stderr


def test_what_an_artists_albums_announce_and_do_not_list_is_told(site, resolve):
    music = Music(site)
    music.methods["getAlbum"] = answer(album={"id": "al-1", "name": "B", "songCount": 4, "song": [SONG]})
    music.methods["getArtist"] = answer(artist={"id": "a1", "name": "A", "albumCount": 3, "album": [{"id": "al-1"}, {"name": "no id"}]})
    for ref, told in (("home:album:al-1", []), ("home:artist:a1", ["the catalog announced 1 release more than it listed"])):
        result = resolve(music, f"subsonic alice {SECRET}", ref)
        assert (result.records[-1]["n"], result.records[-1]["total"]) == (1, 4)
        assert all(words in result.stderr for words in ["announced 4 tracks and listed 1", *told])


def test_a_server_that_takes_no_digest_gets_the_password_on_this_machine(site, resolve):
    music = Music(site, takes=["password"])
    assert resolve(music, f"subsonic alice {SECRET}", "home:track:7").only["kind"] == "track"
    assert ["t" in q for _, q in music.queries] == [True, False, False, False]


def test_a_password_goes_to_another_machine_in_the_clear_only_when_it_is_said(site, resolve):
    music = Music(site, takes=["password"], host="music.localhost")
    error = resolve(music, f"subsonic alice {SECRET}", "home:track:7").only
    assert (error["class"], error["code"], error["host"]) == ("config", "clear_password", music.url.split("//")[1]) and "https" in error["message"]
    assert [m for m, _ in music.queries] == ["ping"] and not any("p" in q for _, q in music.queries)
    assert resolve(music, f"subsonic alice {SECRET} clear", "home:track:7").only["kind"] == "track"


def test_a_key_goes_without_a_user(site, resolve):
    music = Music(site, takes=["key"])
    assert resolve(music, f"apikey {SECRET}", "home:track:7").only["kind"] == "track" and all("u" not in q for _, q in music.queries)
    assert resolve(music, "apikey wrong", "home:track:7").only["code"] == "catalog_denied"


def test_a_song_is_told_in_full(site, resolve):
    music = Music(site)
    full = {"displayArtist": "A feat. C", "artists": [{"name": "A"}, {"name": "C"}], "albumArtists": [{"name": "A"}], "genres": [{"name": "Jazz"}, {"name": "Blues"}], "isrc": ["QZ1"],
            "bpm": 120, "comment": "said", "explicitStatus": "clean", "replayGain": {"trackGain": -6.5, "albumPeak": 0.9},
            "mediaType": "song", "musicBrainzId": RECORDING.upper(), "contributors": [
                {"role": "composer", "artist": {"id": "1", "name": "Co"}}, {"role": "composer", "artist": {"id": "2", "name": "Mo"}}, {"role": "Conductor", "artist": {"name": "Du"}},
                {"role": "performer", "subRole": "guitar", "artist": {"name": "Gu"}}, {"role": "composer", "artist": {"name": "Co"}}, {"role": "lyricist", "artist": {}}, {"role": 5}, 7]}
    music.methods["getSong"] = answer(song={**SONG, **full})
    record = resolve(music, f"subsonic alice {SECRET}", "home:track:s/1&ä").only
    assert record["track"] == {
        "title": "Über", "artists": ["A", "C"], "artist": "A feat. C", "album": "B", "album_id": "home:album:al-1", "album_artist": "A", "album_artists": ["A"], "track_number": 3, "track_total": 2,
        "contributors": {"composer": ["Co", "Mo"], "conductor": ["Du"]}, "musicbrainz": {"recording_id": RECORDING}, "disc_number": 2, "disc_total": 2, "release_date": "1999", "genres": ["Jazz", "Blues"], "isrc": "QZ1", "bpm": 120, "comment": "said", "explicit": False, "duration_s": 61,
        "artwork_url": f"{music.url}/rest/getCoverArt.view?id=c1", "replaygain": {"track_gain_db": -6.5, "album_peak": 0.9}}
    assert record["media"] == {"url": f"{music.url}/rest/download.view?id=s%2F1%26%C3%A4", "format": "mp3", "quality": "mp3_320", "auth": "home", "any_format": True}


def test_ids_of_musicbrainz_are_those_of_the_recording_the_release_and_all_artists(site, resolve):
    music = Music(site)
    ids = {name: f"{number}{RECORDING[1:]}" for number, name in enumerate(("release", "a", "c"))}
    people = [{"id": "1", "name": "A", "musicBrainzId": ids["a"]}, {"id": "2", "name": "C", "musicBrainzId": ids["c"]}]
    song = {**SONG, "musicBrainzId": RECORDING, "artists": people, "displayComposer": "Co & Mo"}
    album = {"id": "al-1", "name": "B", "musicBrainzId": ids["release"], "artists": people[:1], "displayArtist": "A", "song": [song]}
    music.methods |= {"getSong": answer(song=song), "getAlbum": answer(album=album), "getPlaylist": answer(playlist={"id": "p1", "name": "P", "entry": [song]})}
    scheme = f"subsonic alice {SECRET}"
    for arguments in (["home:track:7"], ["home:playlist:p1"], ["--quick", "home:playlist:p1"], ["home:album:al-1"]):
        track = resolve(music, scheme, *arguments).records[0]["track"]
        assert track["musicbrainz"] == {"recording_id": RECORDING, "release_id": ids["release"], "artist_ids": [ids["a"], ids["c"]], "album_artist_ids": [ids["a"]]}
        assert track["album_artists"] == ["A"] and track["contributors"] == {"composer": ["Co & Mo"]}
    # They go by their place: where one is not known, none is told. What is no id is none.
    music.methods["getSong"] = answer(song={**song, "artists": [people[0], {"name": "C", "musicBrainzId": ""}], "musicBrainzId": "none"})
    music.methods["getAlbum"] = answer(album={**album, "musicBrainzId": ""})
    assert resolve(music, scheme, "home:track:7").only["track"]["musicbrainz"] == {"album_artist_ids": [ids["a"]]}


class Shelf:
    """Songs and albums that a server answers page by page, so many at once, and what was asked for."""

    def __init__(self, music, songs, most=1000):
        self.songs, self.most, self.asked = [{**SONG, "id": f"s{n}", "title": f"Title {n}", "albumId": f"al-{n // 3}"} for n in range(songs)], most, []
        self.albums = [{"id": f"al-{n}", "name": f"Album {n}", "songCount": 3} for n in range((songs + 2) // 3)]
        self.before = lambda offset: None
        reply = music.site.find("")

        def find(path):
            method = path.partition("?")[0].split("/")[-1].removesuffix(".view")
            parameters = {k: v[0] for k, v in urllib.parse.parse_qs(path.partition("?")[2], keep_blank_values=True).items()}
            return {"search3": self.search, "getAlbumList2": self.list, "getAlbum": self.album}[method](parameters) if method in ("search3", "getAlbumList2", "getAlbum") else reply

        music.site.find = find

    def page(self, rows, count, offset):
        self.asked.append((int(count), int(offset)))
        self.before(int(offset))
        return rows[int(offset):int(offset) + min(int(count), self.most)]

    def search(self, asked):
        assert asked["query"] == "" and (asked["albumCount"], asked["artistCount"]) == ("0", "0")
        return answer(searchResult3={"song": self.page(self.songs, asked["songCount"], asked["songOffset"])})

    def list(self, asked):
        self.type = asked["type"]
        return answer(albumList2={"album": self.page(self.albums, asked["size"], asked["offset"])})

    def album(self, asked):
        return answer(album={"id": asked["id"], "name": "B", "artist": "A", "songCount": 3, "song": [s for s in self.songs if s["albumId"] == asked["id"]]})


@pytest.mark.parametrize("most", [1000, 37, 2])
@pytest.mark.parametrize("count", [0, 1, 2, 1203])
def test_everything_comes_page_by_page_also_from_a_server_that_gives_fewer_than_asked(site, resolve, most, count):
    if most == 2 and count > 2:
        count = 20
    music = Music(site)
    shelf = Shelf(music, count, most)
    *songs, done = resolve(music, f"subsonic alice {SECRET}", "--rows", "home:all").records
    assert [s["id"] for s in songs] == [f"home:track:s{n}" for n in range(count)]
    assert (done["id"], done["n"], done["collection"]) == ("home:playlist:all", count, {"type": "playlist", "title": "All of home"})
    assert all(size <= 500 for size, _ in shelf.asked)
    if (count, most) == (1203, 1000):
        assert shelf.asked == [(500, 0), (500, 499), (500, 998), (500, 1202)]


def test_a_server_that_finds_nothing_for_nothing_is_read_album_by_album(site, resolve):
    music = Music(site)
    shelf = Shelf(music, 30, 4)
    shelf.search = lambda asked: answer(searchResult3={})
    *songs, done = resolve(music, f"subsonic alice {SECRET}", "--rows", "home:all").records
    assert [s["id"] for s in songs] == [f"home:track:s{n}" for n in range(30)] and (done["n"], done["total"], shelf.type) == (30, 30, "alphabeticalByName")


@pytest.mark.parametrize("change", ["lost", "come"])
def test_a_list_that_changes_while_it_is_read_is_read_again(site, resolve, change):
    music = Music(site)
    shelf = Shelf(music, 100, 37)

    def spoil(offset):
        if offset:
            shelf.songs[:1] = [] if change == "lost" else [{**SONG, "id": "new"}, *shelf.songs[:1]]

    shelf.before = spoil
    last = resolve(music, f"subsonic alice {SECRET}", "--rows", "home:all").records[-1]
    assert (last["kind"], last["id"], last["class"], last["code"]) == ("error", "home:playlist:all", "transient", "bad_document") and "changed" in last["message"]


def test_the_newest_are_a_hundred_albums(site, resolve):
    music = Music(site)
    shelf = Shelf(music, 450, 60)
    *songs, done = resolve(music, f"subsonic alice {SECRET}", "--rows", "home:newest").records
    assert [s["id"] for s in songs] == [f"home:track:s{n}" for n in range(300)] and (done["n"], done["total"], shelf.type) == (300, 300, "newest")
    assert shelf.asked == [(100, 0), (41, 59)] and done["collection"]["title"] == "Newest on home"


def test_the_starred_are_songs_and_the_own_lists_are_found_by_name(site, resolve):
    music = Music(site)
    music.methods["getStarred2"] = answer(starred2={"song": [SONG, {**SONG, "id": "x"}], "album": [{"id": "al-1"}], "artist": []})
    scheme = f"subsonic alice {SECRET}"
    *songs, done = resolve(music, scheme, "--rows", "home:starred").records
    assert [s["id"] for s in songs] == [f"home:track:{SONG['id']}", "home:track:x"] and done["collection"]["title"] == "Starred on home"
    assert resolve(music, scheme, "--rows", "home:playlist:starred").records[-1]["n"] == 2
    music.methods["getStarred2"] = answer(starred2={})
    assert resolve(music, scheme, "home:starred").only["n"] == 0
    music.methods["getPlaylists"] = answer(playlists={"playlist": [{"id": "p1", "name": "Not starred"}]})
    assert [r["ref"] for r in resolve(music, scheme, "--search", "starred", "--type", "playlist").records] == ["home:playlist:p1", "home:playlist:starred"]
    # A typo is told as one.
    error = resolve(music, scheme, "home:stared").only
    assert error["code"] == "bad_ref" and "NAME:starred" in error["message"]


def test_a_recording_that_is_known_by_its_id_goes_before_all_others(site, resolve, tmp_path):
    music = Music(site)
    songs = [{**SONG, "id": "1"}, {**SONG, "id": "2", "title": "Uber (As Remembered)", "musicBrainzId": RECORDING}, {**SONG, "id": "3", "musicBrainzId": f"0{RECORDING[1:]}"}]
    music.methods["search3"] = answer(searchResult3={"song": songs})
    (tmp_path / "x.csv").write_text(f"title,artist,recording_mbid\nÜber,A,{RECORDING}\n")
    found = resolve(music, f"subsonic alice {SECRET}", "--rows", tmp_path / "x.csv").records[0]
    assert found["id"] == "home:track:2" and found["match"] == {"by": "recording_id", "row": "A - Über"}


def test_a_title_is_searched_for_as_written_then_without_edition_then_by_its_longest_word(site, resolve, tmp_path):
    music = Music(site)
    music.methods["search3"] = answer(searchResult3={})
    (tmp_path / "x.csv").write_text("title,artist\nDon’t Stop (feat. B),A\n")
    assert resolve(music, f"subsonic alice {SECRET}", tmp_path / "x.csv").records[0]["code"] == "not_found"
    assert [q["query"] for m, q in music.queries if m == "search3"] == ["Don’t Stop (feat. B)", "Don’t Stop", "Stop"]


def test_a_row_is_found_among_others_and_a_playlist_by_any_spelling_of_its_name(site, resolve, tmp_path):
    music = Music(site)
    songs = [{**SONG, "id": str(n), "title": title, "artist": artist} for n, (title, artist) in enumerate([
        ("Über", "A Karaoke"), ("Über (Live)", "A"), ("Über", "Ab"), ("uber", "A ft. C"), ("Über", "Nobody")])]
    music.methods["search3"] = answer(searchResult3={"song": songs})
    (tmp_path / "x.csv").write_text("title,artist\nÜber,A\nU\u0308BER (live),A\nÜber,B\n")
    found, live, lost, _ = resolve(music, f"subsonic alice {SECRET}", tmp_path / "x.csv").records
    assert (found["id"], live["id"]) == ("home:track:3", "home:track:1")
    assert lost["code"] == "not_found" and "the nearest is A Karaoke - Über, is by another artist" in lost["message"]
    music.methods["getPlaylists"] = answer(playlists={"playlist": [{"id": "p1", "name": "Fête: l'été"}, {"id": "p2", "name": "Winter"}]})
    assert resolve(music, f"subsonic alice {SECRET}", "--search", "FETE L\u2019ETE", "--type", "playlist").only["ref"] == "home:playlist:p1"


def test_what_was_wanted_first_is_told_where_another_format_is_there(site, resolve):
    music = Music(site)
    assert resolve(music, f"subsonic alice {SECRET}", "--formats", "flac,mp3_320", "home:track:7").only["media"]["wanted"] == "flac"
    assert "wanted" not in resolve(music, f"subsonic alice {SECRET}", "--formats", "mp3_320,flac", "home:track:7").only["media"]
    error = resolve(music, f"subsonic alice {SECRET}", "--formats", "flac,opus", "home:track:7").only
    assert (error["class"], error["code"]) == ("permanent", "no_format") and "mp3_320" in error["message"]


def test_lyrics_are_asked_for_where_the_server_has_them(site, resolve):
    music = Music(site)
    music.methods["getOpenSubsonicExtensions"] = answer(openSubsonicExtensions=[{"name": "songLyrics", "versions": [1]}])
    music.methods["getLyricsBySongId"] = answer(lyricsList={"structuredLyrics": [{"synced": True, "line": [{"start": 61250, "value": "one"}, {"start": 70000, "value": "two"}]}]})
    track = resolve(music, f"subsonic alice {SECRET}", "--lyrics", "home:track:7").only["track"]
    assert track["lyrics"] == "one\ntwo" and track["synced_lyrics"] == "[01:01.25]one\n[01:10.00]two\n"
    music.methods["getOpenSubsonicExtensions"] = refusal(0)
    assert "lyrics" not in resolve(music, f"subsonic alice {SECRET}", "--lyrics", "home:track:7").only["track"]


@pytest.mark.parametrize("code, kind, word", [(0, "transient", "catalog_error"), (20, "config", "catalog_denied"), (30, "config", "catalog_denied"), (40, "config", "catalog_denied"),
                                              (50, "permanent", "catalog_50"), (60, "permanent", "no_data"), (70, "permanent", "no_data"), (99, "transient", "catalog_error")])
def test_an_error_in_an_answer_of_200_is_an_error(site, resolve, code, kind, word):
    music = Music(site)
    music.methods["getSong"] = refusal(code, "says so")
    error = resolve(music, f"subsonic alice {SECRET}", "home:track:7").only
    assert (error["class"], error["code"]) == (kind, word) and "says so" in error["message"]


def test_wrong_types_in_every_field_end_in_a_track_or_a_clear_error(site, resolve):
    music = Music(site)
    wrong = [None, True, -1, 1.5, "", [], {}, [None], {"x": 1}]
    songs = [{**SONG, field: value} for field in [*SONG, "artists", "genres", "replayGain", "isrc", "albumArtists"] for value in wrong]
    music.methods["getPlaylist"] = answer(playlist={"name": "P", "songCount": len(songs), "entry": [*songs, None, 5, []]})
    *children, done = resolve(music, f"subsonic alice {SECRET}", "--quick", "home:playlist:1").records
    assert len(children) == len(songs) + 3 == done["n"] and {c["kind"] for c in children} == {"track", "error"}
    assert {c["code"] for c in children if c["kind"] == "error"} <= {"bad_row", "no_format", "other_id"}
    for document in (b"<html/>", b"[]", b'{"subsonic-response":5}', b'{"subsonic-response":{"status":"ok","playlist":[]}}'):
        music.methods["getPlaylist"] = document
        assert resolve(music, f"subsonic alice {SECRET}", "home:playlist:1").only["class"] == "transient"


def test_words_in_place_of_media_are_what_went_wrong(site, run, tmp_path, resolve):
    music = Music(site)
    resolve(music, f"subsonic alice {SECRET}", "home:track:7")
    record = {"v": 1, "kind": "track", "id": "home:track:7", "media": {"url": f"{music.url}/rest/download.view?id=7", "format": "mp3", "auth": "home"}}

    def fetched():
        return run("fetch", "--spool", tmp_path / "spool", "--credentials", tmp_path / "credentials", stdin=lines(record)).only

    assert (fetched()["class"], fetched()["code"]) == ("permanent", "no_data")
    music.methods["download"] = refusal(0, "busy")
    assert (fetched()["class"], fetched()["code"]) == ("transient", "catalog_error")
    music.methods["download"] = {"other": "words"}
    assert (fetched()["class"], fetched()["code"]) == ("transient", "not_audio")
    music.methods["download"] = (200, {"Content-Type": "audio/mpeg"}, b"ID3" + bytes(100))
    assert fetched()["file"]["bytes"] == 103 and not [p for p in (tmp_path / "spool").iterdir() if SECRET.encode() in p.read_bytes()]


def test_the_secret_is_in_no_answer_and_no_message(site, resolve, start):
    music = Music(site)
    music.methods["getSong"] = (500, {}, b"")
    done = resolve(music, f"subsonic alice {SECRET}", "home:track:7")
    assert not [s for s in (SECRET, SECRET.encode().hex(), "&t=", "&s=") if s in done.stdout.decode() + done.stderr] and json.loads(done.stdout)["code"] == "http_500"


def test_a_redirect_to_another_host_gets_no_secret(site, resolve):
    music = Music(site)
    music.methods["getSong"] = (302, {"Location": music.url.replace("127.0.0.1", "localhost") + "/rest/elsewhere.view"}, b"")
    resolve(music, f"subsonic alice {SECRET}", "home:track:7")
    assert music.queries[-1] == ("elsewhere", {})


def test_a_song_has_the_same_tags_by_whatever_road_and_after_whatever_failure(site, resolve):
    music = Music(site)
    secret = f"subsonic alice {SECRET}"
    song = {**SONG, "id": "s5"}
    # Its own document tells more than lists do.
    music.methods["getSong"] = answer(song={**song, "comment": "only here", "isrc": "QZ5"})
    music.methods["getAlbum"] = answer(album={"id": "al-1", "name": "B", "artist": "Album Artist", "song": [song]})
    music.methods["getPlaylist"] = answer(playlist={"id": "p1", "name": "Mix", "songCount": 1, "entry": [song]})
    music.methods["getOpenSubsonicExtensions"] = answer(openSubsonicExtensions=[{"name": "songLyrics", "versions": [1]}])
    music.methods["getLyricsBySongId"] = answer(lyricsList={"structuredLyrics": [{"line": [{"value": "la"}]}]})

    def track(*arguments, **options):
        return next(r["track"] for r in resolve(music, secret, "--lyrics", *arguments, **options).records if r["kind"] == "track")

    expected = track("home:track:s5")
    assert expected["comment"] == "only here" and expected["lyrics"] == "la" and expected["album_artist"] == "Album Artist"
    assert track("home:playlist:p1") == track("home:album:al-1") == expected
    assert track(stdin=resolve(music, secret, "--rows", "home:playlist:p1").stdout) == expected
    quick = track("--quick", "home:playlist:p1")
    assert "comment" not in quick and quick["album_artist"] == "Album Artist"
    for method in ("getSong", "getAlbum", "getOpenSubsonicExtensions", "getLyricsBySongId"):
        for options, wanted in (([], expected), (["--quick"], quick)):
            right, music.methods[method] = music.methods[method], (503, {}, b"")
            failed = [r for r in resolve(music, secret, "--lyrics", *options, "home:playlist:p1").records if r["kind"] == "error"]
            music.methods[method] = right
            assert [r["class"] for r in failed] == ([] if options and method == "getSong" else ["transient"]), method
            if failed:
                assert track(*options, stdin=lines(failed[0]["record"])) == wanted


def test_a_song_whose_id_has_spaces_is_resolved_and_renewed_by_itself(site, resolve):
    music = Music(site)
    secret, song = f"subsonic alice {SECRET}", {**SONG, "id": "An Album/01 a.mp3"}
    music.methods["getSong"] = answer(song=song)
    music.methods["getPlaylist"] = answer(playlist={"id": "p1", "name": "Mix", "songCount": 1, "entry": [song]})
    plain = resolve(music, secret, "home:playlist:p1").records[0]
    alone = resolve(music, secret, stdin=resolve(music, secret, "--rows", "home:playlist:p1").stdout).records[0]
    assert alone["kind"] == "track" and alone["track"] == plain["track"]
    del alone["media"]
    assert resolve(music, secret, stdin=lines(alone)).only["media"] == plain["media"]


def test_an_answer_about_another_id_is_not_taken(site, resolve):
    music = Music(site)
    music.methods.update({
        "getSong": answer(song={**SONG, "id": "other"}), "getAlbum": answer(album={"id": "other", "song": []}),
        "getPlaylist": answer(playlist={"id": 12, "entry": []}), "getArtist": answer(artist={"id": "other"})})
    for ref in ("home:album:a1", "home:playlist:1", "home:artist:r1"):
        error = resolve(music, f"subsonic alice {SECRET}", ref).only
        assert (error["class"], error["code"]) == ("permanent", "other_id") and ref.split(":")[2] in error["message"], error
    music.methods["getPlaylist"] = answer(playlist={"id": 12, "entry": []})
    assert resolve(music, f"subsonic alice {SECRET}", "home:playlist:12").only["kind"] == "done"


def test_a_song_that_has_another_id_by_now_says_so(site, resolve):
    music = Music(site)
    music.methods["getSong"] = answer(song={**SONG, "id": "new/1"})
    done = resolve(music, f"subsonic alice {SECRET}", "home:track:t1")
    assert (done.only["id"], done.only["ref"]) == ("home:track:t1", "home:track:new/1") and "id=new%2F1" in done.only["media"]["url"]
    assert "home:track:t1 is home:track:new/1 at its source" in done.stderr


def test_a_credential_for_another_host_is_said_to_be_one(site, run, tmp_path):
    music = Music(site)
    path = tmp_path / "credentials"
    path.write_text(f"home elsewhere.example:4533 subsonic alice {SECRET}\n")
    path.chmod(0o600)
    error = run("resolve", "--catalog", f"home=subsonic+{music.url}", "--credentials", path, "home:track:7").only
    assert (error["class"], error["code"]) == ("config", "no_credential") and "elsewhere.example:4533" in error["message"] and music.queries == []
