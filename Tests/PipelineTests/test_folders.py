"""Folders elsewhere as sources: real WebDAV servers of two dialects and rclone's listings, whole or not at all."""

import contextlib
import functools
import hashlib
import json
import os
import pathlib
import socket
import subprocess
import threading
import time
import urllib.parse

import mutagen
import mutagen.flac
import pytest
from archive import audio, jpeg, sound
from cheroot import wsgi
from judged import verdicts
from programs import ENVIRONMENT, ROOT
from wsgidav.wsgidav_app import WsgiDAVApp

WEBDAV, RCLONE = ROOT / "Pipelines/sources/webdav.py", ROOT / "Pipelines/sources/rclone.py"
PASSWORD = "pass word #1"
ALBUM = "The Artist/2001 - Album"
# Names that are hard to put into a URL, into an id or into XML, each with what it tells of the track.
NAMES = {
    f"{ALBUM}/01 50% #1 — sound?check.flac": {"title": "50% #1 — sound?check", "track_number": 1, "album": "Album", "artist": "The Artist", "release_date": "2001"},
    f"{ALBUM}/02 a&b=c+d;e.flac": {"title": "a&b=c+d;e", "track_number": 2, "album": "Album", "artist": "The Artist", "release_date": "2001"},
    f"{ALBUM}/CD 2/1-03 %41 [x] 'q' <y>.flac": {
        "title": "%41 [x] 'q' <y>", "track_number": 3, "disc_number": 1, "album": "Album", "artist": "The Artist", "release_date": "2001"},
    "Other - Single/ünï😀.mp3": {"title": "ünï😀", "album": "Single", "artist": "Other"},
    "Other - Single/Some One - Their Album - 07 日本.flac": {"title": "日本", "track_number": 7, "album": "Their Album", "artist": "Some One"},
    "e\u0301/e\u0301.flac": {"title": "e\u0301", "album": "e\u0301"},
    "top.flac": {"title": "top"}}
TAGGED = f"{ALBUM}/02 a&b=c+d;e.flac"


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tree") / "Music"
    for number, name in enumerate(NAMES):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(audio("flac", 900 + number) if path.suffix == ".flac" else sound("mp3"))
    tags = mutagen.flac.FLAC(folder / TAGGED)
    tags.update({"title": "The real title", "artist": "The Real Artist", "album": "The Real Album", "tracknumber": "5", "genre": ["Rock", "Pop"]})
    tags.save()
    for name in (f"{ALBUM}/folder.jpg", f"{ALBUM}/back.jpg", "Other - Single/picture.jpg"):
        (folder / name).write_bytes(jpeg())
    (folder / ALBUM / "booklet.pdf").write_bytes(b"%PDF-1.7")
    (folder / ALBUM / "._01 50%.flac").write_bytes(b"left by a system")
    (folder / "Empty").mkdir()
    return folder


def tool(*arguments):
    done = subprocess.run(["rclone", "--config", "/dev/null", *map(str, arguments)], env=ENVIRONMENT, capture_output=True, check=True, timeout=60)
    return done.stdout


@contextlib.contextmanager
def rclone(kind, folder, password=None):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    secret = ["--user", "ana", "--pass", password] if password else []
    command = ["rclone", "--config", "/dev/null", "serve", kind, "--addr", f"127.0.0.1:{port}", *secret, folder]
    with subprocess.Popen(list(map(str, command)), env=ENVIRONMENT, stderr=subprocess.DEVNULL) as process:
        end = time.monotonic() + 60
        while time.monotonic() < end and process.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                break
            time.sleep(0.05)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.kill()


@contextlib.contextmanager
def wsgidav(folder, password=None):
    users = {"ana": {"password": password}} if password else True
    server = wsgi.Server(("127.0.0.1", 0), WsgiDAVApp({
        "provider_mapping": {"/": str(folder)}, "simple_dc": {"user_mapping": {"*": users}}, "logging": {"enable": False}, "verbose": 0,
        "http_authenticator": {"accept_basic": True, "accept_digest": False, "default_to_digest": False}}))
    server.prepare()
    threading.Thread(target=server.serve, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.bind_addr[1]}"
    finally:
        server.stop()


DIALECTS = {"rclone": functools.partial(rclone, "webdav"), "wsgidav": wsgidav}


def credentials(folder, url, name="dav"):
    path = folder / "secret"
    path.write_text(f"{name} {url.removeprefix('http://')} basic ana '{PASSWORD}'\n")
    path.chmod(0o600)
    return path


def tracks(done):
    return [record for record in done.records if record["kind"] == "track"]


def names(done):
    return [urllib.parse.unquote(track["id"].split(":", 2)[2]) for track in tracks(done)]


def told(track):
    """What a name tells, without what follows from it."""
    return {name: value for name, value in track.items() if name not in ("artists", "artwork_url")}


@pytest.fixture
def listing(tree, tmp_path):
    (tmp_path / "listing.json").write_bytes(tool("lsjson", "-R", "--hash", tree))
    return tmp_path / "listing.json"


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_webdav_source_keeps_every_rule(dialect, tree, tmp_path):
    with DIALECTS[dialect](tree, PASSWORD) as url:
        found = verdicts(tmp_path, [WEBDAV, url], "--credentials", credentials(tmp_path, url, "test"), "--reference", "folder:/", "--reference", f"album:{ALBUM}",
                         "--reference", "track:top.flac", "--timeout", "60")
    assert {record["verdict"] for record in found.values()} == {"pass"}, found


def test_a_listing_source_keeps_every_rule(listing, tree, tmp_path):
    found = verdicts(tmp_path, [RCLONE, listing, "http://127.0.0.1:9"], "--reference", "folder:/", "--reference", f"album:{ALBUM}", "--reference", "track:top.flac", "--timeout", "60")
    assert {record["verdict"] for record in found.values()} == {"pass"}, found


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_is_on_a_server_is_what_rclone_lists(dialect, tree, run, tmp_path):
    listed = {row["Path"]: row["Size"] for row in json.loads(tool("lsjson", "-R", "--files-only", tree)) if row["Path"] in NAMES}
    assert len(listed) == len(NAMES)
    with DIALECTS[dialect](tree, PASSWORD) as url:
        secret, source = credentials(tmp_path, url), f"dav={WEBDAV} {url}"
        done = run("resolve", "--rate", "0", "--credentials", secret, "--source", source, "dav:folder:/")
        assert done.status == 0 and dict(zip(names(done), [track["media"]["bytes"] for track in tracks(done)])) == listed
        assert {name: told(track["track"]) for name, track in zip(names(done), tracks(done))} == NAMES
        assert {track["media"]["auth"] for track in tracks(done)} == {"dav"} and "booklet.pdf" in done.stderr and "._01" not in done.stderr
        fetched = run("fetch", "--credentials", secret, stdin=done.stdout)
        for name, track in zip(names(fetched), tracks(fetched)):
            assert track["file"]["sha256"] == hashlib.sha256((tree / name).read_bytes()).hexdigest()
        assert {name for name, track in zip(names(fetched), tracks(fetched)) if "artwork" in track["file"]} == {name for name in NAMES if name.startswith((ALBUM, "Other"))}
        # Each id leads to the same track again, and a path to what is there.
        again = run("resolve", "--rate", "0", "--credentials", secret, "--source", source, *(track["id"] for track in tracks(done)))
        assert [track["track"] for track in tracks(again)] == [track["track"] for track in tracks(done)]
        part = run("resolve", "--rate", "0", "--credentials", secret, "--source", source, f"dav:album:{ALBUM}/", f"dav:folder:{ALBUM}/CD 2", "dav:folder:top.flac")
        assert names(part) == [*list(NAMES)[:3], list(NAMES)[2], "top.flac"]
        assert run("resolve", "--rate", "0", "--source", source, "dav:folder:/").only["code"] == "http_401"


def test_a_listing_comes_home_with_the_tags_of_its_files(listing, tree, drive, run):
    with rclone("http", tree) as url:
        source = ["--rate", "0", "--source", f"cloud={RCLONE} {listing} {url}"]
        driven = drive(None, [
            {"name": "resolve", "run": ["resolve", *source, "--library", "Music"], "mode": "expand"}, {"name": "fetch", "run": ["fetch"]}, {"name": "verify", "run": ["verify"]},
            {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])
        done = driven.segue("run", "cloud:all")
        assert done.status == 0, done.stderr
        files = {str(path.relative_to(driven.library)) for path in driven.library.rglob("*") if path.suffix in (".flac", ".mp3")}
        assert len(files) == len(NAMES)
        # The tags count; of a file without any, its name.
        assert {"The Real Artist/The Real Album/05 - The real title.flac", "The Artist/Album/01 - 50% #1 — sound_check.flac", "Some One/Their Album/07 - 日本.flac"} <= files
        tags = mutagen.File(driven.library / "The Real Artist/The Real Album/05 - The real title.flac")
        assert tags["genre"] == ["Rock", "Pop"] and tags["title"] == ["The real title"]
        assert mutagen.File(driven.library / "The Artist/Album/01 - 50% #1 — sound_check.flac")["title"] == ["50% #1 — sound?check"]
        booked = {record["track"]["title"] for record in run("record", "--library", driven.library, "--tracks").records}
        assert "The real title" in booked and "a&b=c+d;e" not in booked
        (playlist,) = (driven.library / "Playlists").iterdir()
        assert len([line for line in playlist.read_text().splitlines() if not line.startswith("#")]) == len(NAMES)
        items = driven.items()
        again = driven.segue("sync", "cloud:all")
        assert again.status == 0 and driven.items().keys() == items.keys()


def test_digests_of_a_listing_are_held_against_the_bytes(listing, tree, run, tmp_path):
    with rclone("http", tree) as url:
        def resolved():
            return run("resolve", "--rate", "0", "--source", f"cloud={RCLONE} {listing} {url}", "cloud:track:top.flac")

        data = (tree / "top.flac").read_bytes()
        media = resolved().only["media"]
        assert media["digests"].items() >= {"sha1": hashlib.sha1(data).hexdigest(), "md5": hashlib.md5(data).hexdigest()}.items() and "auth" not in media
        rows = json.loads(listing.read_text())
        for row in rows:
            row["Hashes"] = {"SHA-1": "0" * 40, "MD5": "no digest"}
        listing.write_text(json.dumps(rows))
        wrong = run("fetch", stdin=resolved().stdout).only
        assert (wrong["kind"], wrong["code"]) == ("error", "wrong_digest")


def test_a_listing_is_searched_by_the_words_in_its_paths(listing, run):
    def found(*words):
        return run("resolve", "--rate", "0", "--source", f"cloud={RCLONE} {listing} http://127.0.0.1:9", "--search", *words).records

    assert [record["ref"] for record in found("other ÜNÏ")] == ["cloud:track:Other%20-%20Single/ünï😀.mp3"]
    assert len(found("album flac")) == 4


def test_a_large_tree_comes_whole_and_once(run, tmp_path):
    rows = [{"Path": f"{folder:03}/{file:02}.flac", "Size": 1} for folder in range(200) for file in range(10)]
    rows += [{"Path": f"999/{file:04}.flac", "Size": 1} for file in range(4500)] + [{"Path": f"{folder:03}/empty", "IsDir": True} for folder in range(200)]
    (tmp_path / "listing.json").write_text(json.dumps(rows))
    done = run("resolve", "--rate", "0", "--rows", "--source", f"cloud={RCLONE} listing.json http://127.0.0.1:9", "cloud:folder:/")
    found = [record["id"].split(":", 2)[2] for record in done.records[:-1]]
    assert found == [row["Path"] for row in rows if "IsDir" not in row] and done.records[-1]["n"] == 6500


def response(href, kind="file", status="HTTP/1.1 200 OK", more=""):
    what = "<d:resourcetype><d:collection/></d:resourcetype>" if kind == "folder" else "<d:resourcetype/><d:getcontentlength>7</d:getcontentlength>"
    return f"<d:response><d:href>{href}</d:href>{more}<d:propstat><d:prop>{what}</d:prop><d:status>{status}</d:status></d:propstat></d:response>"


def listed(*responses, head=""):
    text = f"{head}<d:multistatus xmlns:d='DAV:'>{''.join(responses)}</d:multistatus>"
    return 207, {"Content-Type": "application/xml"}, text.encode()


TOP, SONG = response("/dav/Music/", "folder"), response("/dav/Music/a.flac")
BOMB = "<!DOCTYPE x [<!ENTITY a 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'>" + "".join(
    f"<!ENTITY {two} '{f'&{one};' * 40}'>" for one, two in zip("abcde", "bcdef")) + "]>"
# A listing that cannot be relied on, and the failure of what asks for it.
WRONG = {
    "cut off": ((207, {}, listed(TOP, SONG)[2][:-20]), "bad_document"),
    "cut off behind a file": ((207, {}, listed(TOP, SONG)[2][:-len("</d:multistatus>")]), "bad_document"),
    "empty": ((207, {}, b""), "bad_document"),
    "a page of a portal": ((200, {"Content-Type": "text/html"}, b"<html/>"), "bad_document"),
    "JSON": ((207, {}, {"some": "thing"}), "bad_document"),
    "XML of another kind": ((207, {}, b"<rss/>"), "bad_document"),
    "a bomb": (listed(TOP, response("/dav/Music/&f;"), head=BOMB), "bad_document"),
    "an entity": (listed(TOP, response("/dav/Music/&x;.flac"), head="<!DOCTYPE x [<!ENTITY x SYSTEM 'file:///etc/hostname'>]>"), "bad_document"),
    "an encoding that is none": (listed(TOP, SONG, head="<?xml version='1.0' encoding='klingon'?>"), "bad_document"),
    "another host": (listed(TOP, response("http://127.0.0.2/dav/Music/b.flac")), "bad_document"),
    "the folder above": (listed(TOP, response("/dav/b.flac")), "bad_document"),
    "dots": (listed(TOP, response("/dav/Music/../b.flac")), "bad_document"),
    "dots that are encoded": (listed(TOP, response("/dav/Music/%2e%2e/b.flac")), "bad_document"),
    "dots alone": (listed(TOP, response("/dav/Music/%2e%2e", "folder")), "bad_document"),
    "a slash that is encoded": (listed(TOP, response("/dav/Music/..%2fb.flac")), "bad_document"),
    "what is deeper": (listed(TOP, response("/dav/Music/CD1/b.flac")), "bad_document"),
    "another folder": (listed(response("/dav/Films/", "folder"), response("/dav/Films/b.flac")), "bad_document"),
    "not the folder": (listed(SONG), "bad_document"),
    "a file": (listed(response("/dav/Music")), "no_data"),
    "no name": (listed(TOP, response("")), "bad_document"),
    "a name that is not UTF-8": (listed(TOP, response("/dav/Music/%ff.flac")), "bad_document"),
    "a name that is not escaped": (listed(TOP, response("/dav/Music/b?.flac")), "bad_document"),
    "a thing that is locked": (listed(TOP, SONG, response("/dav/Music/b.flac", more="<d:status>HTTP/1.1 423 Locked</d:status>")), "bad_document"),
    "nothing": ((404, {}, b""), "http_404"),
    "no WebDAV": ((405, {}, b""), "http_405"),
    "a busy server": ((503, {}, b""), "http_503"),
    "a circle": ((301, {"Location": "/dav/Music/"}, b""), "too_many_redirects"),
    "no audio": (listed(TOP, response("/dav/Music/a.txt")), "no_data")}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_listing_is_an_error_and_never_a_short_list(wrong, site, run):
    answer, code = WRONG[wrong]
    site.answers["/dav/Music/"] = answer
    done = run("resolve", "--rate", "0", "--source", f"dav={WEBDAV} {site.url}/dav/Music", "dav:folder:/")
    assert (done.only["kind"], done.only["code"]) == ("error", code), done.stderr
    assert done.only["class"] == ("transient" if code in ("bad_document", "http_503") else "permanent")
    assert set(site.requests) == {"/dav/Music/"}


def test_a_right_listing_has_what_it_names(site, run):
    """The same server, when nothing is wrong: what the last test sees is not the server's own fault."""
    asked = []

    def answer(request):
        asked.append((request.command, request.headers["Depth"], b"getcontentlength" in request.content))
        sums = "<o:checksums xmlns:o='http://owncloud.org/ns'><o:checksum>SHA1:%s MD5:x ADLER32:1</o:checksum></o:checksums>" % ("a" * 40)
        return listed(TOP, SONG.replace("</d:prop>", f"{sums}</d:prop>"), response(f"{site.url}/dav/Music/b.flac"), response("/dav/Music/c.flac", status="HTTP/1.1 404 Not Found"))

    site.answers["/dav/Music/"] = answer
    done = run("resolve", "--rate", "0", "--source", f"dav={WEBDAV} {site.url}/dav/Music", "dav:folder:/")
    assert [(name, track["media"].get("bytes")) for name, track in zip(names(done), tracks(done))] == [("a.flac", 7), ("b.flac", 7), ("c.flac", None)]
    assert tracks(done)[0]["media"]["digests"] == {"sha1": "a" * 40} and asked == [("PROPFIND", "1", True)]


def test_a_folder_in_itself_comes_to_an_end(site, run):
    def answer(request):
        return listed(response(request.path, "folder"), response(f"{request.path}x/", "folder"))

    for depth in range(50):
        site.answers["/dav/" + "x/" * depth] = answer
    done = run("resolve", "--rate", "0", "--source", f"dav={WEBDAV} {site.url}/dav", "dav:folder:/")
    assert done.only["code"] == "too_large" and len(site.requests) < 40


@pytest.mark.parametrize("text, code", [
    ("[", "bad_document"), ("", "bad_document"), ('[\n{"Path":"a.flac","Size":7},\n', "bad_document"), ('[\n{"Path":"a.flac","Size":7}\n', "bad_document"),
    ('{"Path":"a.flac"}', "bad_document"), ("[1]", "bad_document"), ('[{"Name":"a.flac"}]', "bad_document"), ('[{"Path":7}]', "bad_document"), ("[" * 100_000, "bad_document"),
    (b"\xff\xfe[]", "bad_document"), ("[]", "no_data"), (None, "no_file")], ids=str)
def test_a_listing_that_is_not_whole_is_an_error(text, code, run, tmp_path):
    if text is not None:
        (tmp_path / "listing.json").write_bytes(text if isinstance(text, bytes) else text.encode())
    only = run("resolve", "--source", f"cloud={RCLONE} listing.json http://127.0.0.1:9", "cloud:folder:/").only
    assert (only["kind"], only["code"], only["class"]) == ("error", code, "transient" if code == "bad_document" else "permanent")


def test_a_name_that_is_no_path_is_refused_and_the_others_come(site, run, tmp_path):
    odd = ["../b.flac", "/etc/b.flac", "a//b.flac", "a/./b.flac", "a/../../b.flac", "b\0.flac", "\ud800.flac", "a/"]
    rows = [{"Path": path, "Size": 7} for path in ["good.flac", *odd]] + [{"Path": "..", "IsDir": True}]
    (tmp_path / "listing.json").write_text(json.dumps(rows))
    done = run("resolve", "--rate", "0", "--source", f"cloud={RCLONE} listing.json {site.url}", "cloud:folder:/")
    assert names(done) == ["good.flac"] and "'a/'" in done.stderr
    assert sorted(record["code"] for record in done.records if record["kind"] == "error") == ["bad_name"] * 6 + ["no_data"]
    assert [track["media"]["url"] for track in tracks(done)] == [f"{site.url}/good.flac"] and site.requests == []
