"""A real music server of the Subsonic kind (supysonic): its playlists, albums and artists come home as they are there."""

import collections
import configparser
import contextlib
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
import urllib.parse
import urllib.request
import uuid

import mutagen
import mutagen.flac
import pytest
from programs import ENVIRONMENT, PROGRAMS, Outcome, lines

PASSWORD = "S3CR3T-p&sswörd"
SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
COVER = subprocess.run(
    ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=blue:s=200x200", "-frames:v", "1", "-f", "mjpeg", "-"], capture_output=True, check=True).stdout
CLI, SERVER = "/usr/bin/supysonic-cli", "/usr/bin/supysonic-server"


class Server:
    """One music server with a folder, a user, and whatever playlists a test makes."""

    def __init__(self, home, music):
        self.home, self.music = home, music
        folder = home / ".config/supysonic"
        folder.mkdir(parents=True)
        settings = configparser.ConfigParser()
        settings["base"] = {"database_uri": f"sqlite:///{home}/supysonic.db"}
        settings["webapp"] = {"cache_dir": str(home / "cache"), "log_file": str(home / "web.log"), "log_level": "WARNING"}
        settings["daemon"] = {"run_watcher": "false", "socket": str(home / "socket")}
        with open(folder / "supysonic.conf", "w") as file:
            settings.write(file)
        self.environment = {"HOME": str(home), "PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}
        self.cli("user", "add", "alice", "-p", PASSWORD)
        self.cli("folder", "add", "music", str(music))
        self.cli("folder", "scan", "--foreground", "music")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = subprocess.Popen(
            [SERVER, "-S", "waitress", "-h", "127.0.0.1", "-p", str(self.port)], env=self.environment, cwd=home,
            stdout=subprocess.DEVNULL, stderr=open(home / "server.log", "wb"))
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                self.ask("ping")
                return
            assert time.monotonic() < end and self.process.poll() is None, (home / "server.log").read_text()
            time.sleep(0.05)

    def cli(self, *arguments):
        done = subprocess.run([CLI, *arguments], env=self.environment, cwd=self.home, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr + done.stdout

    def ask(self, method, **parameters):
        query = urllib.parse.urlencode({"u": "alice", "p": PASSWORD, "v": "1.8.0", "c": "test", "f": "json", **parameters}, doseq=True)
        with urllib.request.urlopen(f"{self.url}/rest/{method}.view?{query}", timeout=30) as answer:
            return json.load(answer)["subsonic-response"]

    def songs(self):
        return self.ask("search3", query="", songCount=1000, albumCount=0, artistCount=0)["searchResult3"]["song"]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(10)
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def server(music, tmp_path_factory):
    assert pathlib.Path(CLI).exists(), "Debian's supysonic is not installed"
    folder = tmp_path_factory.mktemp("supysonic")
    shutil.copytree(music, folder / "music")
    running = Server(folder / "home", folder / "music")
    songs = sorted(running.songs(), key=lambda s: s["path"])
    assert len(songs) == 10
    running.ids = [s["id"] for s in songs]
    running.ask("createPlaylist", name="Evening", songId=[running.ids[n] for n in (7, 2, 9, 2, 0)])
    running.ask("createPlaylist", name="Nothing")
    running.playlists = {p["name"]: p["id"] for p in running.ask("getPlaylists")["playlists"]["playlist"]}
    yield running
    running.stop()


@pytest.fixture
def credentials(server, tmp_path):
    path = tmp_path / "credentials"

    def write(password=PASSWORD, name="home", more=""):
        path.write_text(f"{name} 127.0.0.1:{server.port} subsonic alice {password}{more}\n")
        path.chmod(0o600)
        return path

    return write


def pipeline(url, path):
    catalog = ["--catalog", f"home=subsonic+{url}/", "--credentials", str(path), "--rate", "0", "--library", "Music"]
    return [
        {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog]},
        {"name": "fetch", "run": ["fetch", "--credentials", str(path)], "replicas": 3}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}]


@pytest.fixture
def home(server, credentials, drive):
    return drive(None, pipeline(server.url, credentials()))


class Counter:
    """Passes connections on to a server and counts what is asked of it, by the method's name."""

    def __init__(self, port):
        self.counts, self.to = collections.Counter(), port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                far = socket.create_connection(("127.0.0.1", self.to))
                for source, target, look in ((near, far, True), (far, near, False)):
                    threading.Thread(target=self.carry, args=(source, target, look), daemon=True).start()

    def carry(self, source, target, look):
        seen = b""
        with contextlib.suppress(OSError):
            while piece := source.recv(65536):
                if look:
                    seen += piece
                    found = re.findall(rb"GET \S*/rest/(\w+)\.view\S* HTTP", seen)
                    self.counts.update(name.decode() for name in found)
                    seen = seen[seen.rfind(b"\r\n") + 2:] if found else seen
                target.sendall(piece)
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


def frames(path):
    """The digest of a FLAC file's audio, which is all behind its blocks of metadata."""
    data = path.read_bytes()
    assert data[:4] == b"fLaC"
    at, last = 4, False
    while not last:
        last, length = data[at] & 0x80, int.from_bytes(data[at + 1:at + 4])
        at += 4 + length
    return hashlib.sha256(data[at:]).digest()


@pytest.fixture
def large(tmp_path):
    """A server with 500 tracks on 50 albums, with covers, and a playlist of all in an order of its own; behind a counter."""
    sources = sorted(SAMPLES.glob("*.flac"))
    for number in range(500):
        album = tmp_path / "large" / f"Album {number // 10}"
        if number % 10 == 0:
            album.mkdir(parents=True)
            (album / "cover.jpg").write_bytes(COVER)
        target = album / f"{number % 10 + 1:02}.flac"
        shutil.copyfile(sources[number % len(sources)], target)
        audio = mutagen.flac.FLAC(target)
        audio.delete()
        audio.update({"title": f"Title {number}", "artist": "The Artist", "albumartist": "The Artist", "album": album.name, "tracknumber": str(number % 10 + 1)})
        audio.save()
    running = Server(tmp_path / "large-home", tmp_path / "large")
    songs = {s["title"]: s["id"] for s in running.songs()}
    running.order = [f"Title {n * 7 % 500}" for n in range(500)]
    for first in range(0, 500, 100):
        chosen = [songs[title] for title in running.order[first:first + 100]]
        if first == 0:
            running.ask("createPlaylist", name="Long", songId=chosen)
            running.playlist = running.ask("getPlaylists")["playlists"]["playlist"][0]["id"]
        else:
            running.ask("updatePlaylist", playlistId=running.playlist, songIdToAdd=chosen)
    running.counter = Counter(running.port)
    yield running
    running.counter.close()
    running.stop()


def test_five_hundred_tracks_survive_a_kill_and_a_second_sync_asks_next_to_nothing(large, drive, tmp_path):
    counter = large.counter
    path = tmp_path / "credentials"
    path.write_text(f"home 127.0.0.1:{counter.port} subsonic alice {PASSWORD}\n")
    path.chmod(0o600)
    home, reference = drive(None, pipeline(f"http://127.0.0.1:{counter.port}", path)), f"home:playlist:{large.playlist}"
    running = home.start("--quiet", reference)
    home.wait(lambda: counter.counts["download"] >= 200, 120)
    running.kill()
    running.wait()
    with contextlib.closing(sqlite3.connect(home.folder / "state/ledger.sqlite")) as ledger:
        ((in_hand,),) = ledger.execute("SELECT count(*) FROM item JOIN stage ON stage.number = item.stage WHERE name = 'fetch' AND claim IS NOT NULL")
    done = home.segue("run", "--quiet")
    assert done.status == 0, done.stderr
    # Of what was in hand at the cut some comes a second time, and of what was done nothing.
    assert 500 <= counter.counts["download"] <= 500 + in_hand < 600
    listed = [line for line in (home.library / "Playlists/Long.m3u8").read_text().splitlines() if line[0] != "#"]
    files = [(home.library / "Playlists" / entry).resolve() for entry in listed]
    assert len(set(files)) == 500
    sources = {title: large.music / f"Album {int(title[6:]) // 10}" / f"{int(title[6:]) % 10 + 1:02}.flac" for title in large.order}
    assert [frames(f) for f in files] == [frames(sources[title]) for title in large.order]
    for file, title in zip(files, large.order, strict=True):
        audio = mutagen.flac.FLAC(file)
        assert audio["title"] == [title] and audio["album"] == [f"Album {int(title[6:]) // 10}"] and audio["tracktotal"] == ["10"]
        assert [len(picture.data) for picture in audio.pictures] == [len(COVER)]
    assert len(list(home.library.rglob("cover.jpg"))) == 50

    counter.counts.clear()
    done = home.segue("sync", reference)
    assert done.status == 0 and "0 new, 0 left" in done.stderr
    # It asks twice for how this server takes a password: not as a digest.
    assert counter.counts == {"ping": 2, "getPlaylist": 1}


def resolve(server, path, *arguments, stdin=b"", cwd=None):
    command = [PROGRAMS / "resolve", "--rate", "0", "--catalog", f"home=subsonic+{server.url}", "--credentials", path, *arguments]
    done = subprocess.run(list(map(str, command)), input=stdin, capture_output=True, env=ENVIRONMENT, timeout=60, cwd=cwd)
    return Outcome(done.returncode, done.stdout, done.stderr)


def essence(path):
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_a_playlist_comes_home_as_it_is_there(server, home):
    done = home.segue("run", "--quiet", f"home:playlist:{server.playlists['Evening']}", f"home:playlist:{server.playlists['Nothing']}")
    assert done.status == 0, done.stderr
    listed = [line for line in (home.library / "Playlists/Evening.m3u8").read_text().splitlines() if line[0] != "#"]
    files = [(home.library / "Playlists" / entry).resolve() for entry in listed]
    sources = sorted(p for p in server.music.rglob("*") if p.suffix in (".flac", ".mp3", ".ogg", ".opus", ".m4a"))
    assert [essence(f) for f in files] == [essence(sources[n]) for n in (7, 2, 9, 2, 0)]
    for file, number in zip(files, (7, 2, 9, 2, 0), strict=True):
        tags = mutagen.File(file, easy=True)
        assert tags["title"] == [f"Title {number}"] and tags["album"] == [f"Album {number // 5 + 1}"] and tags["artist"] == ["The Artist"]
    # Album 1 has a cover, which came over the same credential.
    assert (home.library / "The Artist/Album 1/cover.jpg").exists() and (home.library / "Playlists/Nothing.m3u8").exists()


def test_a_second_sync_fetches_nothing_and_asks_little(server, home):
    reference = f"home:playlist:{server.playlists['Evening']}"
    assert home.segue("sync", reference).status == 0
    before = {p: os.stat(p).st_mtime_ns for p in home.library.rglob("*.*") if ".segue" not in str(p)}
    done = home.segue("sync", reference)
    assert done.status == 0 and "0 new, 0 left" in done.stderr
    assert {p: os.stat(p).st_mtime_ns for p in home.library.rglob("*.*") if ".segue" not in str(p)} == before


def test_albums_artists_and_songs_are_resolved(server, credentials):
    path = credentials()
    song = resolve(server, path, f"home:track:{server.ids[0]}").only
    assert song["kind"] == "track" and song["id"] == f"home:track:{server.ids[0]}"
    track, media = song["track"], song["media"]
    assert (track["title"], track["album"], track["album_artist"], track["track_number"], track["release_date"]) == ("Title 0", "Album 1", "The Artist", 1, "2001")
    assert track["track_total"] == 5 and track["album_id"].startswith("home:album:")
    assert media["auth"] == "home" and media["format"] == "flac" and media["url"] == f"{server.url}/rest/download.view?id={server.ids[0]}"
    *tracks, done = resolve(server, path, track["album_id"]).records
    assert [t["track"]["track_number"] for t in tracks] == [1, 2, 3, 4, 5] and done["collection"]["title"] == "Album 1" and done["total"] == 5
    artist = server.ask("getArtists")["artists"]["index"][0]["artist"][0]
    *tracks, done = resolve(server, path, f"home:artist:{artist['id']}").records
    assert len(tracks) == 10 and done["collection"] == {"type": "artist", "title": "The Artist"}
    found = resolve(server, path, "--search", "title 7").records
    assert [f["ref"] for f in found] == [f"home:track:{server.ids[7]}"]
    assert resolve(server, path, "--search", "even", "--type", "playlist").only["ref"] == f"home:playlist:{server.playlists['Evening']}"
    assert len(resolve(server, path, "--search", "album", "--type", "album").records) == 2


def test_rows_of_a_table_are_found_on_the_server(server, credentials, tmp_path):
    (tmp_path / "x.csv").write_text("title,artist\nTitle 4,The Artist\nTitle 4,Nobody\n")
    found, lost, _ = resolve(server, credentials(), tmp_path / "x.csv").records
    assert found["id"] == f"home:track:{server.ids[4]}" and lost["code"] == "not_found"


def test_errors_in_answers_of_200_are_errors(server, credentials):
    path = credentials()
    gone = "00000000-0000-4000-8000-000000000000"
    assert (resolve(server, path, f"home:track:{gone}").only["class"], resolve(server, path, f"home:track:{gone}").only["code"]) == ("permanent", "no_data")
    media = {"url": f"{server.url}/rest/download.view?id={gone}", "format": "flac", "auth": "home"}
    error = fetch(path, {"v": 1, "id": f"home:track:{gone}", "kind": "track", "media": media}, path.parent / "spool").only
    assert (error["kind"], error["class"], error["code"]) == ("error", "permanent", "no_data")
    wrong = resolve(server, credentials(password="wrong"), f"home:track:{server.ids[0]}").only
    assert (wrong["class"], wrong["code"]) == ("config", "catalog_denied") and "wrong" not in wrong["message"].split()[-1]
    nameless = resolve(server, credentials(name="other"), f"home:track:{server.ids[0]}").only
    assert (nameless["class"], nameless["code"]) == ("config", "no_credential")


def fetch(path, record, spool, **environment):
    done = subprocess.run(
        [PROGRAMS / "fetch", "--spool", spool, "--credentials", path], input=lines(record), capture_output=True, env={**ENVIRONMENT, **environment}, timeout=60)
    return Outcome(done.returncode, done.stdout, done.stderr)


def test_a_cut_transfer_goes_on_and_the_bytes_are_the_same(server, credentials, tmp_path):
    path = credentials()
    source = max((p for p in server.music.rglob("*.flac")), key=lambda p: p.stat().st_size)
    number = sorted(p for p in server.music.rglob("*") if p.suffix in (".flac", ".mp3", ".ogg", ".opus", ".m4a")).index(source)
    song = resolve(server, path, f"home:track:{server.ids[number]}").only
    process = subprocess.Popen(
        [PROGRAMS / "fetch", "--spool", tmp_path / "spool", "--credentials", path, "--limit-rate", "8K"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT)
    process.stdin.write(lines(song))
    process.stdin.flush()
    end = time.monotonic() + 30
    while not any(p.stat().st_size for p in (tmp_path / "spool").glob("*.part")):
        assert time.monotonic() < end
        time.sleep(0.01)
    process.kill()
    process.communicate()
    (part,) = [p for p in (tmp_path / "spool").glob("*.media.part")]
    assert 0 < part.stat().st_size < source.stat().st_size
    done = fetch(path, song, tmp_path / "spool").only
    assert pathlib.Path(done["file"]["path"]).read_bytes() == source.read_bytes()


def test_the_password_is_seen_nowhere(server, home, tmp_path):
    done = home.segue("run", f"home:playlist:{server.playlists['Evening']}", "--json")
    assert done.status == 0
    secret = PASSWORD.encode()
    spellings = [secret, secret.hex().encode(), urllib.parse.quote(secret).encode(), b"enc:"]
    seen = [done.stdout, done.stderr.encode()] + [p.read_bytes() for folder in (home.folder / "state", home.library) for p in folder.rglob("*") if p.is_file()]
    assert not [s for s in spellings for text in seen if s in text]


def jspf(path, *tracks):
    path.write_text(json.dumps({"playlist": {"title": "Weekly Jams", "creator": "listenbrainz", "track": list(tracks)}}))
    return path


def wished(title, creator, duration=None):
    """A track as ListenBrainz writes it."""
    identifier = f"https://musicbrainz.org/recording/{uuid.uuid5(uuid.NAMESPACE_URL, creator + title)}"
    return {"title": title, "creator": creator, "identifier": [identifier], "duration": duration, "extension": {"https://musicbrainz.org/doc/jspf#track": {"added_by": "x"}}}


LONG, SHORT = SAMPLES / "ambi_choir.flac", SAMPLES / "ambi_sauna.flac"
WORDS = ["Harbour", "Lantern", "Meadow", "Copper", "Winter", "Thunder", "Velvet", "Marble", "Cedar", "Falcon", "Granite", "Island", "Juniper", "Kestrel", "Linden", "Morning", "Nettle", "Orchard", "Pebble", "Quarry"]
BANDS = ["Ann Lowe", "The Bent Pines", "Björn & Cy", "AC/DX", "Dé Lune", "Earth, Rain & Wood", "Fay", "Gil feat. Hu", "Iva", "Jo X"]


def near_misses():
    """200 rows of a list, each with the songs that a library has for it: (title, artist, whether long), and which of them is meant, if one is."""
    for number in range(200):
        title, band, other = f"{WORDS[number % 20]} {WORDS[number // 20]}", BANDS[number // 20], BANDS[(number // 20 + 1) % 10]
        yield [
            (title, [(title, band, False)], 0),
            (f"Don\u2019t \u201c{title}\u201d \u2010 \u00c9t\u00e9", [(f'Don\'t "{title}" - Ete', band, False)], 0),
            (f"{title} (feat. Zoe Quill)", [(f"{title} (feat. Other Person) [Live]", band, False), (title, band, False)], 1),
            (title, [(f"{title} (Live at Home)", band, False), (f"{title} - Club Remix", band, False), (f"{title} (Acoustic)", band, False), (title.upper(), band, False)], 3),
            (f"{title} (Live)", [(title, band, False), (f"{title} - Live", band, False), (f"{title} (Demo)", band, False)], 1),
            (title, [(f"{title} (Live)", band, False)], None),
            (title, [(title, other, False)], None),
            (title, [(title, f"{who} Band", False) for who in BANDS[:5]] + [(title, band, False)], 5),
            (title, [(f"{title} (DJ Z Remix)", band, False), (f"{title} (Karaoke Version)", band, False), (title, f"Tribute to {band}", False), (f"{title} Part 2", band, False)], None),
            (title, [(title, band, True)], None),
        ][number % 10] + (band,)


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    """A server with all that the rows of the list mean, and what may be taken for it; and where each song is by its id."""
    folder = tmp_path_factory.mktemp("crowd")
    count = 0
    for row, (_, songs, _, _) in enumerate(near_misses()):
        (folder / "music" / f"{row}").mkdir(parents=True)
        for number, (title, artist, is_long) in enumerate(songs):
            path = folder / "music" / f"{row}" / f"{number}.flac"
            shutil.copyfile(LONG if is_long else SHORT, path)
            audio = mutagen.flac.FLAC(path)
            audio.delete()
            audio.update({"title": title, "artist": artist, "albumartist": artist, "album": f"Album {row % 7}"})
            audio.save()
            count += 1
    running = Server(folder / "home", folder / "music")
    songs = running.songs()
    assert len(songs) == count
    running.places = {song["id"]: tuple(map(int, pathlib.Path(song["path"]).with_suffix("").parts[-2:])) for song in songs}
    yield running
    running.stop()


def test_of_two_hundred_rows_each_that_is_there_is_found_and_none_wrongly(crowd, tmp_path):
    path = tmp_path / "credentials"
    path.write_text(f"home 127.0.0.1:{crowd.port} subsonic alice {PASSWORD}\n")
    path.chmod(0o600)
    length = round(mutagen.flac.FLAC(SHORT).info.length * 1000)
    rows = list(near_misses())
    assert abs(mutagen.flac.FLAC(LONG).info.length - length / 1000) > 5 and len(rows) == 200
    listed = jspf(tmp_path / "weekly.jspf", *(wished(title, band, length) for title, _, _, band in rows))
    *children, done = resolve(crowd, path, "--rows", listed).records
    assert done["n"] == 200
    wanted = {number: (number, meant) for number, (_, _, meant, _) in enumerate(rows) if meant is not None}
    found = {child["seq"] - 1: crowd.places[child["ref"].split(":")[-1]] for child in children if child["kind"] == "request"}
    assert len(wanted) == 120 and found == wanted
    assert {child["match"]["by"] for child in children if child["kind"] == "request"} <= {"names", "length"}
    lost = [child for child in children if child["kind"] == "error"]
    assert len(lost) == 80 and {(child["class"], child["code"]) for child in lost} == {("permanent", "not_found")}
    assert all(child["record"]["track"]["title"] == rows[child["seq"] - 1][0] for child in lost)


@pytest.fixture
def changing(music, tmp_path):
    """A server whose folder a test changes; `ids` has the songs' by their titles."""
    shutil.copytree(music, tmp_path / "changing/music")
    running = Server(tmp_path / "changing/home", tmp_path / "changing/music")

    def scan():
        running.cli("folder", "scan", "--foreground", "music")
        running.ids = {song["title"]: song["id"] for song in running.songs()}

    running.scan = scan
    scan()
    yield running
    running.stop()


@pytest.fixture
def changed(changing, drive, tmp_path):
    path = tmp_path / "secret"
    path.write_text(f"home 127.0.0.1:{changing.port} subsonic alice {PASSWORD}\n")
    path.chmod(0o600)
    return drive(None, pipeline(changing.url, path))


def told(done):
    return sorted((record["sync"], record["id"]) for record in done.records)


def test_what_has_no_star_any_more_leaves_the_mirror(changing, changed):
    for number in range(6):
        changing.ask("star", id=changing.ids[f"Title {number}"])
    assert changed.segue("sync", "--mirror", "home:starred").status == 0
    assert len(list(changed.library.rglob("Title*.*")) + list(changed.library.rglob("* Title*.*"))) >= 6
    listed = changed.library / "Playlists/Starred on home.m3u8"
    assert len([line for line in listed.read_text().splitlines() if line[0] != "#"]) == 6
    changing.ask("unstar", id=changing.ids["Title 3"])
    changing.ask("star", id=changing.ids["Title 7"])
    done = changed.segue("sync", "--mirror", "--json", "home:starred")
    assert done.status == 0, done.stderr
    left, new = (f"home:track:{changing.ids[title]}" for title in ("Title 3", "Title 7"))
    assert told(done) == [("left", left), ("new", new), ("trash", left)]
    # The list as a playlist is the same item.
    assert told(changed.segue("sync", "--json", "home:playlist:starred")) == [] and "home:playlist:starred" in changed.items()
    wrong = changed.segue("add", "home:stared")
    assert wrong.status != 0 and "NAME:starred" in wrong.stderr


def test_all_and_newest_are_the_library(changing, changed):
    done = changed.segue("run", "--quiet", "home:all", "home:newest")
    assert done.status == 0, done.stderr
    for title in ("All of home", "Newest on home"):
        listed = [line for line in (changed.library / f"Playlists/{title}.m3u8").read_text().splitlines() if line[0] != "#"]
        assert len(listed) == len(set(listed)) == 10
    found = changed.segue("search", "--type", "playlist", "starred", "--json")
    assert [record["ref"] for record in found.records] == ["home:playlist:starred"]


def test_a_row_that_is_not_there_comes_with_a_later_sync_and_the_plan_tells_how(changing, changed):
    hidden = next(p for p in changing.music.rglob("03 x.*") if "Album 1" in str(p))
    kept = changing.home.parent / hidden.name
    shutil.move(hidden, kept)
    changing.scan()
    rows = [wished(f"TITLE {number}", "The Artist") for number in (0, 1, 2)]
    path = jspf(changed.folder / "weekly.jspf", *rows)
    planned = subprocess.run(
        [PROGRAMS / "segue", "plan", changed.file, path], cwd=changed.folder, env=changed.environment, capture_output=True, text=True, timeout=60)
    assert planned.returncode == 1 and planned.stdout.count('by names') == 2 and 'for "The Artist - TITLE 1", by names' in planned.stdout
    assert "no track like The Artist - TITLE 2" in planned.stdout
    done = changed.segue("sync", "--json", path)
    assert done.status == 1 and len([r for r in done.records if r["sync"] == "new"]) >= 2
    assert "The Artist - TITLE 2 (permanent not_found)" in (changed.library / "Playlists/Weekly Jams.m3u8").read_text()
    # It comes to the server, and then here.
    shutil.move(kept, hidden)
    changing.scan()
    done = changed.segue("sync", "--json", path)
    assert done.status == 0, done.stderr
    assert ("new", f"home:track:{changing.ids['Title 2']}") in told(done)
    listed = [line for line in (changed.library / "Playlists/Weekly Jams.m3u8").read_text().splitlines() if line[0] != "#"]
    assert len(listed) == 3
    # The list changes, as it does each week.
    jspf(path, rows[2], rows[0])
    done = changed.segue("sync", "--mirror", "--max-trash", "1", "--json", path)
    left = f"home:track:{changing.ids['Title 1']}"
    assert done.status == 0 and told(done) == [("left", left), ("trash", left)]


def test_tell_has_a_server_look_for_new_files_once_its_user_may(music, tmp_path, run):
    shutil.copytree(music / "The Artist/Album 1", tmp_path / "music/Album 1")
    running = Server(tmp_path / "home", tmp_path / "music")
    socket_file = tmp_path / "home/socket"
    with contextlib.ExitStack() as stack:
        stack.callback(running.stop)
        daemon = subprocess.Popen(["/usr/bin/supysonic-daemon"], env=running.environment, cwd=tmp_path / "home", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        stack.callback(daemon.wait)
        stack.callback(daemon.kill)
        end = time.monotonic() + 60
        while not socket_file.exists():
            assert time.monotonic() < end and daemon.poll() is None
            time.sleep(0.05)
        known = len(running.songs())
        shutil.copytree(music / "The Artist/Album 2", tmp_path / "music/Album 2")
        (tmp_path / "secrets").write_text(f"any 127.0.0.1:{running.port} subsonic alice {PASSWORD}\n")
        (tmp_path / "secrets").chmod(0o600)
        notice = {"v": 1, "kind": "notice", "id": "notice:1", "notice": {"event": "finished", "title": "Album 2", "text": "Album 2", "at": 0, "count": 1, "items": []}}

        def tell():
            return run("tell", "--subsonic", running.url, "--credentials", tmp_path / "secrets", stdin=lines(notice)).only

        assert tell()["class"] == "config" and len(running.songs()) == known
        running.cli("user", "setroles", "--admin", "alice")
        assert tell() == notice
        while len(running.songs()) == known:
            assert time.monotonic() < end
            time.sleep(0.1)
