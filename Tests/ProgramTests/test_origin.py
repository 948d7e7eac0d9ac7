"""origin: a music folder as a catalog with media; the catalog's shape is proved by a client that others wrote (deezer-python)."""

import base64
import datetime
import hashlib
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time

import deezer
import pytest
from Crypto.Cipher import Blowfish

from programs import ENVIRONMENT, PROGRAMS

PNG = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010806000000")


def tone(path, seconds=1, **tags):
    path.parent.mkdir(parents=True, exist_ok=True)
    named = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "lavfi", "-i", f"sine=440:d={seconds}", *named, str(path)], check=True)


@pytest.fixture(scope="session")
def shelf(tmp_path_factory):
    """1-3 an album of two discs, 4 and 5 one without tags, 6 a file with a name as such names are."""
    folder = tmp_path_factory.mktemp("music")
    album = {"album": "First Light", "artist": "Ann Example", "album_artist": "Ann Example", "date": "2013-04-05", "genre": "Dub"}
    tone(folder / "a" / "1.flac", seconds=3, title="Alpha", track="1/2", disc="1/2", **album)
    tone(folder / "a" / "2.mp3", seconds=2, title="Beta", track="2/2", disc="1/2", **album)
    tone(folder / "a" / "3.ogg", title="Gamma", track="1/1", disc="2/2", **album)
    (folder / "a" / "Cover.PNG").write_bytes(PNG)
    tone(folder / "b" / "Zoë & Co" / "Second" / "4.wav")
    tone(folder / "b" / "Zoë & Co" / "Second" / "5.opus")
    tone(folder / "c" / "50% #?ü.m4a", title='Quote " and \\ end', artist="Bo", album="Odd")
    (folder / ".hidden").mkdir()
    shutil.copy(folder / "a" / "1.flac", folder / ".hidden" / "x.flac")
    (folder / "notes.txt").write_text("no music")
    (folder / "mix.m3u8").write_text("#EXTM3U\n#PLAYLIST:The mix\n#EXTINF:1,x\nc/50% #?ü.m4a\na/1.flac\nnowhere.mp3\nc/50% #?ü.m4a\n")
    (folder / "b" / "old.m3u").write_bytes("Zo\xeb & Co/Second/4.wav\r\n".encode("latin-1"))
    return folder


class Server:
    def __init__(self, process, port, log):
        self.process, self.port, self.base, self._log = process, port, f"http://127.0.0.1:{port}", log

    def ask(self, path, method="GET", **headers):
        """The status, the headers in lower case, and the body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
        finally:
            connection.close()

    def json(self, path):
        status, headers, body = self.ask(path)
        assert status == 200 and headers["content-type"].startswith("application/json")
        return json.loads(body)

    def media(self, track, query=""):
        (offer,) = self.json(f"/media/{track}{query}")["data"]
        return offer

    @property
    def log(self):
        return [line.split(" ") for line in self._log.read_text().splitlines()]


@pytest.fixture
def serve(tmp_path, shelf):
    """serve("--clear", ...) -> a Server that is ready; all are stopped at the end of the test."""
    running = []

    def call(*arguments, folder=shelf, plan=None, cwd=None):
        log = tmp_path / f"log{len(running)}"
        log.touch()
        more = []
        if plan is not None:
            (tmp_path / "plan").write_text("".join(json.dumps(fault) + "\n" for fault in plan))
            more = ["--plan", str(tmp_path / "plan")]
        process = subprocess.Popen(
            [PROGRAMS / "origin", folder, "--listen", "127.0.0.1:0", "--log", log, *map(str, arguments), *more],
            stderr=subprocess.PIPE, stdout=subprocess.PIPE, env=ENVIRONMENT, text=True, cwd=cwd)
        running.append(process)
        first = process.stderr.readline()
        port = re.search(r"^origin: serving \d+ tracks on http://127.0.0.1:(\d+)$", first)
        assert port, first + process.stderr.read()
        return Server(process, int(port[1]), log)

    yield call
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def clear(serve):
    return serve("--clear")


def sha(data):
    return hashlib.sha256(data).hexdigest()


def of(shelf, name):
    return (shelf / name).read_bytes()


# The folder


@pytest.mark.parametrize("way", ["../music", ".", "./", "shortcut", "shortcut/", "../music/sub/..", "sub/../../music/.", "{}"])
def test_a_playlist_has_its_members_however_the_folder_is_named(serve, shelf, tmp_path, way):
    folder = tmp_path / "music"
    shutil.copytree(shelf, folder)
    (folder / "sub").mkdir()
    (folder / "shortcut").symlink_to(".")
    (folder / "sub/up.m3u").write_text(f"../a/1.flac\n./../a/./2.mp3\n{folder}/a/3.ogg\n{shelf}/a/1.flac\n")
    server = serve("--clear", folder=way.format(folder), cwd=folder)
    lists = [server.json(f"/playlist/{n}") for n in range(1, 5)]
    assert {one["title"]: one["nb_tracks"] for one in lists} == {lists[0]["title"]: 6, "The mix": 3, "old": 1, "up": 3}
    assert lists[0]["title"] == ("shortcut" if "shortcut" in way else "music")
    # What lies in the folder itself is of no album that is called as the folder is.
    assert server.json("/track/5")["artist"]["name"] == "Zoë & Co"


# The catalog


def test_a_client_of_such_catalogs_reads_tracks_albums_and_playlists(clear):
    with deezer.Client() as client:
        client.base_url = clear.base
        track = client.get_track(2)
        assert (track.id, track.title, track.track_position, track.disk_number, track.duration) == (2, "Beta", 2, 1, 2)
        assert track.artist.name == "Ann Example" and track.album.title == "First Light"
        assert [c.name for c in track.contributors] == ["Ann Example"]
        assert track.release_date == datetime.date(2013, 4, 5)
        album = client.get_album(1)
        assert (album.title, album.nb_tracks, album.record_type) == ("First Light", 3, "album")
        assert [g.name for g in album.genres] == ["Dub"] and album.cover_xl == clear.base + "/cover/1"
        assert [(t.title, t.disk_number, t.track_position) for t in album.get_tracks()] == [
            ("Alpha", 1, 1), ("Beta", 1, 2), ("Gamma", 2, 1)]
        playlist = client.get_playlist(3)
        assert (playlist.title, playlist.nb_tracks, playlist.creator.name) == ("The mix", 3, "origin")
        assert [t.id for t in playlist.get_tracks()] == [6, 1, 6]


def test_that_client_searches_and_reads_artists(clear):
    with deezer.Client() as client:
        client.base_url = clear.base
        artist = client.get_artist(1)
        assert (artist.name, artist.nb_album) == ("Ann Example", 1)
        assert [(a.id, a.title, a.record_type) for a in artist.get_albums()] == [(1, "First Light", "album")]
        assert [t.title for t in client.search("ANN beta")] == ["Beta"]
        assert [a.title for a in client.search_albums("light")] == ["First Light"]
        assert [a.name for a in client.search_artists("example")] == ["Ann Example"]
        assert [p.title for p in client.search_playlists("mix")] == ["The mix"]
        assert len(client.search("nothing of the kind")) == 0


def test_that_client_follows_the_pages_of_a_long_list(serve, tmp_path, shelf):
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(60):
        os.link(shelf / "b" / "Zoë & Co" / "Second" / "5.opus", folder / f"{n:03}.opus")
    server = serve("--clear", folder=folder)
    with deezer.Client() as client:
        client.base_url = server.base
        assert [t.id for t in client.get_playlist(1).get_tracks()] == list(range(1, 61))
        assert [t.track_position for t in client.get_album(1).get_tracks()] == list(range(1, 61))
    assert [line[1] for line in server.log if line[1].startswith("/playlist/1/tracks")] == [
        "/playlist/1/tracks", "/playlist/1/tracks?index=25", "/playlist/1/tracks?index=50"]


def test_that_client_raises_on_the_errors(serve):
    server = serve("--clear", plan=[{"track": 1, "fault": "quota"}])
    with deezer.Client() as client:
        client.base_url = server.base
        for ask in [client.get_track, client.get_album, client.get_playlist]:
            with pytest.raises(deezer.exceptions.DeezerErrorResponse):
                ask(99)
        with pytest.raises(deezer.exceptions.DeezerErrorResponse) as error:
            client.request("GET", "media/1")
        assert error.value.json_data["error"]["code"] == 4


def test_what_the_folder_does_not_tell_is_taken_from_its_names(clear):
    track = clear.json("/track/4")
    assert (track["title"], track["artist"]["name"], track["album"]["title"]) == ("4", "Zoë & Co", "Second")
    assert (track["track_position"], track["disk_number"]) == (1, 1)
    assert track["release_date"] == "0000-00-00" and track["bpm"] == 0
    assert "cover" not in track["album"]
    assert clear.json("/track/5")["track_position"] == 2


def test_hidden_files_and_other_files_are_not_served(clear):
    assert clear.json("/playlist/1/tracks")["total"] == 6
    assert clear.json("/track/7")["error"]["code"] == 800


def test_ids_are_numbers_in_path_order(clear):
    rows = clear.json("/playlist/1/tracks")["data"]
    assert [r["id"] for r in rows] == [1, 2, 3, 4, 5, 6]
    assert [r["title"] for r in rows][3:] == ["4", "5", 'Quote " and \\ end']


def test_rows_lack_what_rows_of_catalogs_lack(clear):
    full = clear.json("/track/1")
    assert {"track_position", "disk_number", "release_date", "bpm", "contributors", "album"} <= full.keys()
    in_playlist = clear.json("/playlist/1/tracks")["data"][0]
    assert "track_position" not in in_playlist and "disk_number" not in in_playlist and in_playlist["album"]["id"] == 1
    in_album = clear.json("/album/1/tracks")["data"][0]
    assert "album" not in in_album and (in_album["track_position"], in_album["disk_number"]) == (1, 1)
    inside = clear.json("/album/1")["tracks"]["data"][0]
    assert not {"track_position", "disk_number", "isrc", "album"} & inside.keys()


def test_isrc_bpm_and_featured_artists_are_told_when_known(serve, tmp_path):
    import mutagen

    path = tmp_path / "m" / "x.flac"
    tone(path, title="T", BPM="123.5", isrc="QZ0000000001", organization="Label")
    file = mutagen.File(path)
    file["ARTIST"], file["ARTISTS"] = ["One feat. Two"], ["One", "Two"]
    file.save()
    server = serve("--clear", folder=path.parent)
    row = server.json("/playlist/1/tracks")["data"][0]
    assert (row["isrc"], row["bpm"], row["artist"]["name"]) == ("QZ0000000001", 123.5, "One")
    assert [c["name"] for c in row["contributors"]] == ["One", "Two"]


def test_playlists_are_the_folders_m3u_files(clear):
    assert clear.json("/playlist/1")["title"].startswith("music")
    assert clear.json("/playlist/2")["title"] == "old"
    assert [t["id"] for t in clear.json("/playlist/2/tracks")["data"]] == [4]
    assert clear.json("/playlist/4")["error"]["code"] == 800


def test_pages_have_a_next_and_a_prev(clear):
    page = clear.json("/playlist/1/tracks?limit=2&index=2")
    assert ([t["id"] for t in page["data"]], page["total"]) == ([3, 4], 6)
    assert page["next"] == clear.base + "/playlist/1/tracks?limit=2&index=4"
    assert page["prev"] == clear.base + "/playlist/1/tracks?limit=2&index=0"
    assert "next" not in clear.json(page["next"].removeprefix(clear.base))
    past = clear.json("/playlist/1/tracks?index=50")
    assert past["data"] == [] and "next" not in past


@pytest.mark.parametrize("query", ["index=-1", "limit=0", "limit=x"])
def test_a_bad_parameter_is_an_error_of_the_catalog(clear, query):
    assert clear.json(f"/playlist/1/tracks?{query}")["error"]["code"] == 500


def test_unknown_addresses_and_methods(clear):
    for path in ["/", "/nothing", "/nothing/1", "/track", "/track/1/2", "/album/1/tracks/2"]:
        status, _, body = clear.ask(path)
        assert (status, json.loads(body)) == (404, {"error": "Not Found"})
    for path in ["/track/x", "/track/0", "/track/-1", "/track/99999999999999999999", "/album/9/tracks", "/media/9"]:
        assert clear.json(path)["error"] == {"type": "DataException", "message": "no data", "code": 800}
    assert clear.ask("/file/9")[0] == 404 and clear.ask("/cover/2")[0] == 404
    status, headers, _ = clear.ask("/track/1", method="DELETE")
    assert status == 405 and headers["allow"] == "GET, HEAD"


def test_covers_come_with_their_type(clear):
    status, headers, body = clear.ask("/cover/1")
    assert (status, headers["content-type"], body) == (200, "image/png", PNG)


def test_addresses_carry_the_host_as_the_client_calls_it(clear):
    body = json.loads(clear.ask("/media/1", Host="localhost:81")[2])
    assert body["data"][0]["url"] == "http://localhost:81/file/1"
    body = json.loads(clear.ask("/media/1", Host='evil"/x?')[2])
    assert body["data"][0]["url"].startswith("http://127.0.0.1:")


# The manifest and the bytes


def test_the_manifest_tells_format_quality_length_and_digest(clear, shelf):
    data = of(shelf, "a/1.flac")
    assert clear.media(1) == {
        "url": clear.base + "/file/1", "format": "flac", "quality": "flac", "bytes": len(data), "sha256": sha(data),
        "clear_sha256": sha(data)}
    formats = [clear.media(n)["format"] for n in range(1, 7)]
    assert formats == ["flac", "mp3", "ogg", "wav", "opus", "m4a"]
    assert re.fullmatch(r"mp3_\d+", clear.media(2)["quality"])


def test_formats_are_chosen_by_quality_or_format(clear):
    quality = clear.media(2)["quality"]
    assert clear.media(2, f"?formats=flac,{quality}")["format"] == "mp3"
    assert clear.media(2, "?formats=MP3")["quality"] == quality
    assert clear.json("/media/2?formats=flac,mp3_999") == {"data": []}


def test_a_file_comes_whole_with_its_type(clear, shelf):
    types = ["audio/flac", "audio/mpeg", "audio/ogg", "audio/wav", "audio/ogg", "audio/mp4"]
    for n, (path, kind) in enumerate(zip(sorted(p for p in shelf.glob("[a-z]/**/*.*") if p.suffix[1:] in "flac mp3 ogg wav opus m4a".split()), types), 1):
        status, headers, body = clear.ask(f"/file/{n}")
        assert (status, headers["content-type"], headers["content-length"]) == (200, kind, str(len(body)))
        assert body == path.read_bytes() and headers["accept-ranges"] == "bytes"


def unwrap(data, key, cipher):
    out = bytearray(data)
    size = cipher["chunk_bytes"]
    for start in range(0, len(data) - size + 1, size * cipher["every"]):
        engine = Blowfish.new(bytes.fromhex(key), Blowfish.MODE_CBC, bytes.fromhex(cipher["iv_hex"]))
        out[start:start + size] = engine.decrypt(data[start:start + size])
    return bytes(out)


def keys(path):
    return dict(line.split() for line in path.read_text().splitlines())


@pytest.mark.parametrize("options", [{}, {"chunk": 8, "every": 1}, {"chunk": 65536, "every": 2}])
def test_wrapped_bytes_come_off_with_the_keys_of_the_keyring(serve, shelf, tmp_path, options):
    ring = tmp_path / "keys"
    server = serve("--keyring", ring, *[part for name, value in options.items() for part in (f"--{name}", value)])
    assert ring.stat().st_mode & 0o777 == 0o600 and len(set(keys(ring).values())) == 6
    for n, name in [(1, "a/1.flac"), (2, "a/2.mp3"), (4, "b/Zoë & Co/Second/4.wav")]:
        offer, body = server.media(n), server.ask(f"/file/{n}")[2]
        cipher = offer["cipher"]
        assert (cipher["scheme"], cipher["chunk_bytes"], cipher["every"]) == (
            "bf-cbc-stripe", options.get("chunk", 2048), options.get("every", 3))
        assert (offer["bytes"], offer["sha256"]) == (len(body), sha(body))
        if len(body) >= cipher["chunk_bytes"]:
            assert body != of(shelf, name)
        assert unwrap(body, keys(ring)[cipher["key_id"]], cipher) == of(shelf, name)
        assert offer["clear_sha256"] == sha(of(shelf, name))


def test_ranges_of_wrapped_bytes_are_parts_of_the_whole(serve, tmp_path):
    server = serve("--keyring", tmp_path / "keys", "--chunk", 64, "--every", 3)
    whole = server.ask("/file/1")[2]
    total = len(whole)
    for first, last in [(0, 0), (0, total - 1), (63, 64), (64, 191), (100, 5000), (191, 192), (total - 5, total - 1), (total // 3, total - 1)]:
        status, headers, body = server.ask("/file/1", Range=f"bytes={first}-{last}")
        assert (status, body) == (206, whole[first:last + 1])
        assert headers["content-range"] == f"bytes {first}-{last}/{total}"
    assert server.ask("/file/1", Range="bytes=-10")[2] == whole[-10:]
    assert server.ask("/file/1", range="bytes=10-")[2] == whole[10:]


def test_a_restart_serves_the_same_bytes_and_keeps_foreign_keys(serve, tmp_path):
    ring = tmp_path / "keys"
    ring.write_text("# mine\nother 0011223344556677\ntrack-2 00112233445566778899aabbccddeeff")
    ring.chmod(0o600)
    first, second = serve("--keyring", ring), serve("--keyring", ring)
    assert ring.read_text().startswith("# mine\nother 0011223344556677\ntrack-2 00112233445566778899aabbccddeeff\ntrack-1 ")
    for n in [1, 2]:
        assert first.ask(f"/file/{n}")[1]["etag"] == second.ask(f"/file/{n}")[1]["etag"]
        assert first.media(n)["cipher"] == second.media(n)["cipher"] and first.media(n)["sha256"] == second.media(n)["sha256"]
    assert first.media(1)["cipher"]["iv_hex"] != first.media(2)["cipher"]["iv_hex"]


def test_decrypt_takes_off_what_origin_puts_on(serve, run, shelf, tmp_path):
    ring = tmp_path / "keys"
    server = serve("--keyring", ring)
    media, body = server.media(1), server.ask("/file/1")[2]
    (tmp_path / "1.media").write_bytes(body)
    file = {"path": str(tmp_path / "1.media"), "bytes": len(body), "sha256": sha(body), "cipher": media["cipher"]}
    line = json.dumps({"v": 1, "kind": "track", "id": "c:track:1", "media": media, "file": file}).encode() + b"\n"
    answer = run("decrypt", "--keyring", ring, stdin=line).only
    assert pathlib.Path(answer["file"]["path"]).read_bytes() == of(shelf, "a/1.flac")


def test_a_range_beyond_the_end_is_told_with_the_length(clear, shelf):
    total = len(of(shelf, "a/1.flac"))
    status, headers, _ = clear.ask("/file/1", Range=f"bytes={total}-")
    assert (status, headers["content-range"]) == (416, f"bytes */{total}")


@pytest.mark.parametrize("header", ["bytes=0-1,4-5", "pages=1-2", "bytes=9-3"])
def test_ranges_that_are_not_understood_give_the_whole(clear, shelf, header):
    status, _, body = clear.ask("/file/1", Range=header)
    assert (status, body) == (200, of(shelf, "a/1.flac"))


def test_if_range_asks_for_the_same_bytes_or_the_whole(clear):
    tag = clear.ask("/file/1")[1]["etag"]
    assert re.fullmatch(r'"[0-9a-f]+"', tag) and tag != clear.ask("/file/2")[1]["etag"]
    assert clear.ask("/file/1", Range="bytes=5-9", If_Range=tag)[0] == 206
    for other in ['"other"', "W/" + tag, "Tue, 01 Jan 2030 00:00:00 GMT"]:
        assert clear.ask("/file/1", Range="bytes=5-9", If_Range=other)[0] == 200


def test_head_has_the_headers_and_no_bytes(clear, shelf):
    status, headers, body = clear.ask("/file/1", method="HEAD")
    assert (status, headers["content-length"], body) == (200, str(len(of(shelf, "a/1.flac"))), b"")
    status, headers, body = clear.ask("/file/1", method="HEAD", Range="bytes=0-9")
    assert (status, headers["content-length"], body) == (206, "10", b"")
    assert clear.ask("/track/1", method="HEAD")[2] == b""


def test_a_digest_is_sent_when_it_is_asked_for(clear, shelf):
    wanted = "sha-256=:" + base64.b64encode(hashlib.sha256(of(shelf, "a/1.flac")).digest()).decode() + ":"
    assert clear.ask("/file/1", Want_Repr_Digest="sha-256=10")[1]["repr-digest"] == wanted
    assert clear.ask("/file/1", Want_Repr_Digest="sha-512=3, sha-256=1", Range="bytes=0-1")[1]["repr-digest"] == wanted
    for header in [{}, {"Want_Repr_Digest": "sha-256=0"}, {"Want_Repr_Digest": "sha-512=10"}, {"Want_Repr_Digest": ";;"}]:
        assert "repr-digest" not in clear.ask("/file/1", **header)[1]


def test_a_file_that_changes_has_a_new_digest(serve, tmp_path, shelf):
    folder = tmp_path / "m"
    folder.mkdir()
    shutil.copy(shelf / "a" / "1.flac", folder / "x.flac")
    server = serve("--clear", folder=folder)
    before = server.media(1)["sha256"]
    shutil.copy(shelf / "a" / "2.mp3", folder / "x.flac")
    assert server.media(1)["sha256"] == sha(of(shelf, "a/2.mp3")) != before
    (folder / "x.flac").unlink()
    assert server.ask("/file/1")[0] == 500


def test_one_connection_carries_many_requests(clear):
    connection = http.client.HTTPConnection("127.0.0.1", clear.port, timeout=30)
    for _ in range(3):
        for path, status in [("/track/1", 200), ("/file/1", 200), ("/file/99", 404)]:
            connection.request("GET", path)
            answer = connection.getresponse()
            answer.read()
            assert answer.status == status
    connection.close()


def test_a_large_file_is_served_in_constant_memory(serve, tmp_path, shelf):
    folder = tmp_path / "big"
    folder.mkdir()
    size = 300 << 20
    with open(folder / "big.flac", "wb") as file:
        file.write(b"fLaC")
        file.truncate(size)
    server = serve("--keyring", tmp_path / "keys", folder=folder)
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    connection.request("GET", "/file/1")
    answer, received = connection.getresponse(), 0
    while piece := answer.read(1 << 20):
        received += len(piece)
    connection.close()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{server.process.pid}/status").read_text())[1])
    assert received == size and peak < 150_000


# Addresses that expire


def test_addresses_expire_when_they_are_told_to(serve, shelf):
    server = serve("--clear", "--expires", 600)
    offer = server.media(1)
    path = offer["url"].removeprefix(server.base)
    ends = datetime.datetime.strptime(offer["expires_at"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    assert 590 <= ends.timestamp() - time.time() <= 601
    assert server.ask(path)[2] == of(shelf, "a/1.flac")
    assert server.ask(f"/file/1?expires={int(time.time()) - 1}")[0] == 403
    assert server.ask("/file/1")[0] == 403


# Faults


def test_throttle_unavailable_error_expired_and_gone(serve, shelf):
    server = serve("--clear", plan=[
        {"track": 1, "fault": "throttle", "tries": 2, "retry_after_s": 7}, {"track": 1, "fault": "unavailable"},
        {"track": 1, "fault": "unavailable", "retry_after_s": 3}, {"track": 1, "fault": "error"},
        {"track": 1, "fault": "expired"}, {"track": 1, "fault": "gone"}, {"track": 2, "fault": "throttle"}])
    told = [(status, headers.get("retry-after")) for status, headers, _ in (server.ask("/file/1") for _ in range(8))]
    assert told == [(429, "7"), (429, "7"), (503, None), (503, "3"), (500, None), (403, None), (404, None), (200, None)]
    assert [server.ask("/file/2")[1].get("retry-after") for _ in range(2)] == ["1", None]
    assert server.ask("/file/3")[0] == 200


def test_a_star_means_each_track_on_its_own(serve):
    server = serve("--clear", plan=[{"track": "*", "fault": "error", "tries": 2}])
    assert [server.ask(f"/file/{n}")[0] for n in [1, 2, 1, 2, 1, 2]] == [500, 500, 500, 500, 200, 200]


def test_a_head_uses_no_fault_up(serve):
    server = serve("--clear", plan=[{"track": 1, "fault": "gone"}])
    assert server.ask("/file/1", method="HEAD")[0] == 200
    assert [server.ask("/file/1")[0] for _ in range(2)] == [404, 200]


def test_a_truncated_body_ends_in_the_middle(serve, shelf):
    server = serve("--clear", plan=[{"track": 1, "fault": "truncate"}])
    whole = of(shelf, "a/1.flac")
    with pytest.raises(http.client.IncompleteRead) as error:
        server.ask("/file/1")
    assert error.value.partial == whole[:len(whole) // 2] and error.value.expected == len(whole) - len(whole) // 2
    assert server.ask("/file/1")[2] == whole


def test_a_reset_is_a_reset(serve):
    server = serve("--clear", plan=[{"track": 1, "fault": "reset"}])
    with pytest.raises(ConnectionResetError):
        server.ask("/file/1")
    assert server.ask("/file/1")[0] == 200


def test_a_stall_sends_some_bytes_and_no_more(serve, shelf):
    server = serve("--clear", plan=[{"track": 1, "fault": "stall"}])
    half = len(of(shelf, "a/1.flac")) // 2
    client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
    client.sendall(b"GET /file/1 HTTP/1.1\r\nHost: x\r\n\r\n")
    received = b""
    while len(received.partition(b"\r\n\r\n")[2]) < half:
        received += client.recv(65536)
    client.settimeout(0.3)
    with pytest.raises(TimeoutError):
        client.recv(1)
    client.close()
    assert server.ask("/file/1")[0] == 200


def test_a_page_comes_in_place_of_the_bytes(serve):
    server = serve("--clear", plan=[{"track": 1, "fault": "page"}])
    status, headers, body = server.ask("/file/1")
    assert (status, headers["content-type"]) == (200, "text/html") and body.startswith(b"<!DOCTYPE html>")


def test_one_byte_is_wrong(serve, shelf):
    server = serve("--clear", plan=[{"track": 1, "fault": "wrong_byte", "tries": 2}])
    whole = of(shelf, "a/1.flac")
    body = server.ask("/file/1", Want_Repr_Digest="sha-256=1")
    assert [n for n, (a, b) in enumerate(zip(body[2], whole)) if a != b] == [len(whole) // 2] and len(body[2]) == len(whole)
    assert body[1]["repr-digest"] == server.ask("/file/1", method="HEAD", Want_Repr_Digest="sha-256=1")[1]["repr-digest"]
    part = server.ask("/file/1", Range="bytes=100-199")[2]
    assert [n for n, (a, b) in enumerate(zip(part, whole[100:200])) if a != b] == [50]


def test_a_range_is_ignored(serve, shelf):
    server = serve("--clear", plan=[{"track": 1, "fault": "ignore_range"}])
    assert server.ask("/file/1")[0] == 200
    status, headers, body = server.ask("/file/1", Range="bytes=5-9")
    assert (status, body) == (200, of(shelf, "a/1.flac")) and "content-range" not in headers
    assert server.ask("/file/1", Range="bytes=5-9")[0] == 206


def test_a_used_up_quota_is_an_answer_with_status_200(serve):
    server = serve("--clear", plan=[{"track": 1, "fault": "quota", "tries": 2}])
    assert [server.json("/media/1").get("error", {}).get("code") for _ in range(3)] == [4, 4, None]
    assert server.ask("/file/1")[0] == 200


@pytest.mark.parametrize("line", ["{", '{"track":1,"fault":"fire"}', '{"track":1,"fault":"gone","how":1}', '{"track":"one","fault":"gone"}'])
def test_a_plan_that_is_wrong_is_refused_by_its_line(run, shelf, tmp_path, line):
    (tmp_path / "plan").write_text('{"track":1,"fault":"gone"}\n\n' + line + "\n")
    done = run("origin", shelf, "--clear", "--listen", "127.0.0.1:0", "--plan", tmp_path / "plan")
    assert done.status == 78 and "line 3 of" in done.stderr


# The program


def test_the_log_has_a_line_for_each_request_before_its_answer(serve, shelf):
    server = serve("--clear", plan=[{"track": 1, "fault": "truncate"}])
    before = int(time.time() * 1000)
    server.ask("/track/1")
    with pytest.raises(http.client.IncompleteRead):
        server.ask("/file/1?x=1")
    server.ask("/file/1", Range="bytes=3-")
    total = len(of(shelf, "a/1.flac"))
    assert [line[:1] + line[2:3] for line in server.log] == [["GET", "200"], ["GET", "200"], ["GET", "206"]]
    assert server.log[1][:-1] == ["GET", "/file/1?x=1", "200", str(total // 2), "-", "truncate"]
    assert server.log[2][:-1] == ["GET", "/file/1", "206", str(total - 3), "bytes=3-", "-"]
    moments = [int(line[-1]) for line in server.log]
    assert moments == sorted(moments) and before <= moments[0] and moments[-1] <= time.time() * 1000


def test_verbose_writes_the_log_to_stderr_and_nothing_goes_to_stdout(serve):
    server = serve("--clear", "--verbose")
    server.ask("/track/1")
    assert server.process.stderr.readline().startswith("GET /track/1 200 ")
    server.process.send_signal(signal.SIGTERM)
    assert server.process.communicate(timeout=30)[0] == "" and server.process.returncode == -signal.SIGTERM


def test_a_port_that_is_taken_is_told(run, shelf, clear):
    done = run("origin", shelf, "--clear", "--listen", f"127.0.0.1:{clear.port}")
    assert done.status == 69 and f"cannot listen on 127.0.0.1:{clear.port}" in done.stderr


def test_a_folder_without_music_is_told(run, tmp_path):
    done = run("origin", tmp_path, "--clear", "--listen", "127.0.0.1:0")
    assert done.status == 78 and "there is no .flac" in done.stderr
    assert run("origin", tmp_path / "none", "--clear", "--listen", "127.0.0.1:0").status == 78


def test_a_keyring_that_others_can_read_is_refused(run, shelf, tmp_path):
    (tmp_path / "keys").write_text("")
    (tmp_path / "keys").chmod(0o644)
    done = run("origin", shelf, "--keyring", tmp_path / "keys", "--listen", "127.0.0.1:0")
    assert done.status == 78 and "chmod 600" in done.stderr


@pytest.mark.parametrize("arguments", [
    [], ["--clear", "--keyring", "k"], ["--clear", "--listen", "nonsense"], ["--clear", "--listen", "::1:80"],
    ["--clear", "--expires", "0"], ["--keyring", "k", "--chunk", "7"], ["--keyring", "k", "--every", "0"]])
def test_arguments_that_make_no_sense_are_a_usage_error(run, shelf, arguments):
    done = run("origin", shelf, "--listen", "127.0.0.1:0", *arguments)
    assert done.status == 64 and done.stdout == b"" and done.stderr


def test_help_has_an_example(run):
    text = run("origin", "--help").stdout.decode()
    for part in ["origin Music --keyring keys.txt", '"fault":"throttle"', "wrong_byte", "--expires", "127.0.0.1:8098"]:
        assert part in text
