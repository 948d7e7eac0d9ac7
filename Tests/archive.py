"""An archive in the documented shape of the Internet Archive, on loopback: items, searches, and files on a node with a port of its own."""

import base64
import collections
import contextlib
import functools
import hashlib
import http.server
import json
import re
import subprocess
import threading
import time
import urllib.parse
import zlib


@functools.cache
def sound(kind, seconds=0.3, noise=False):
    """A short piece of audio, as the bytes of a file."""
    what = f"anoisesrc=d={seconds}:seed=7" if noise else f"sine=duration={seconds}"
    codec = {"flac": ["-c:a", "flac"], "mp3": ["-c:a", "libmp3lame", "-q:a", "4"], "ogg": ["-c:a", "libvorbis"]}[kind]
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", what, "-map_metadata", "-1", *codec, "-f", kind, "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


def audio(kind, number, **options):
    """The same sound in a file that no other number has."""
    data, mark = sound(kind, **options), f"segue{number:027}".encode()
    if kind == "flac":  # an application block behind the stream's own
        return data[:42] + bytes([2, 0, 0, len(mark)]) + mark + data[42:]
    return data + b"TAG" + mark + bytes(93) if kind == "mp3" else data


def sounds(files):
    """The sound of FLAC files, as its bytes, by the number that each of them has."""
    found = {}
    for data in files:
        at, is_last = 4, False
        while not is_last:
            is_last, at = data[at] >> 7, at + 4 + int.from_bytes(data[at + 1:at + 4], "big")
        found[re.search(rb"segue\d{27}", data).group()] = data[at:]
    return found


@functools.cache
def jpeg():
    command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=green:s=64x64", "-frames:v", "1", "-f", "mjpeg", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout


class Archive:
    """`add` items; `fault(item, name, n)` says what is wrong with the n-th answer for a file: cut, wrong, 429 or 503."""

    def __init__(self):
        self.items, self.data, self.added, self.lock = {}, {}, [], threading.Lock()
        self.asked, self.sent, self.requests, self.agents = collections.Counter(), 0, [], set()
        self.page, self.fault, self.broken_search = 1000, lambda *_: None, None
        self.servers = []
        self.node = self.serve(self.answer_node)
        self.url = self.serve(self.answer_front)

    def serve(self, answer):
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version, disable_nagle_algorithm = "HTTP/1.1", True

            def do_GET(self):
                if length := int(self.headers.get("Content-Length") or 0):
                    self.rfile.read(length)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    answer(self)

            do_POST = do_GET

            def end_headers(self):
                if self.close_connection:
                    self.send_header("Connection", "close")
                super().end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads, request_queue_size = True, 256

        server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    def close(self):
        for server in self.servers:
            server.shutdown()
            server.server_close()

    def add(self, item, files, **metadata):
        """Each of `files` is a name, its bytes and its further members."""
        listed = []
        for name, data, members in files:
            self.data[item, name] = data
            listed.append({
                "name": name, "source": "original", "size": str(len(data)), "mtime": "1557000000", "md5": hashlib.md5(data).hexdigest(),
                "crc32": f"{zlib.crc32(data):08x}", "sha1": hashlib.sha1(data).hexdigest(), **members})
        # The sum of this file is that of its older self, and it has no size.
        listed.append({"name": f"{item}_files.xml", "source": "metadata", "format": "Metadata", "md5": "0" * 32})
        self.data[item, f"{item}_files.xml"] = b"<files/>"
        self.items[item] = {
            "created": int(time.time()), "d1": "ia600001.us.example.org", "dir": f"/12/items/{item}", "server": "ia600001.us.example.org", "uniq": 1193046,
            "workable_servers": ["ia600001.us.example.org"], "files_count": len(listed), "item_size": sum(len(data) for _, data, _ in files), "files": listed,
            "metadata": {"identifier": item, "addeddate": f"2026-01-02 00:00:{len(self.added):06}", **metadata}}
        self.added.append(item)

    def darken(self, item):
        self.items[item] = {"created": 1790000002, "is_dark": True, "dir": "", "metadata": {"identifier": item}}

    def find(self, query):
        """The items that a query means, as far as it is one of those that are asked here."""
        name = re.search(r"collection:\(?([\w.-]+)", query)
        creator = re.search(r'creator:"([^"]*)"', query)
        words = re.findall(r"[a-z]{4,}", re.sub(r"\S+:(\([^)]*\)|\"[^\"]*\"|\S+)", "", query).lower())
        kinds = re.search(r"mediatype:\(?([\w ]+)", query)
        for item in self.added:
            about = self.items[item]["metadata"]
            texts = {key: value if isinstance(value, list) else [value] for key, value in about.items()}
            if name and name[1] not in texts.get("collection", []) or creator and creator[1] not in texts.get("creator", []):
                continue
            if kinds and not set(texts.get("mediatype", ["audio"])) & set(kinds[1].split(" OR ")):
                continue
            if name or creator or any(word in " ".join(texts.get("title", [])).lower() for word in words):
                yield item

    # Requests.

    def answer_front(self, request):
        path, _, query = request.path.partition("?")
        words = dict(urllib.parse.parse_qsl(query))
        with self.lock:
            self.requests.append(request.path)
            self.agents.add(request.headers["User-Agent"])
        kind, _, rest = path[1:].partition("/")
        if kind == "metadata":
            return self.tell(request, self.items.get(urllib.parse.unquote(rest), {}))
        if path == "/services/search/v1/scrape":
            return self.tell(request, self.scrape(words))
        if path == "/advancedsearch.php":
            found = list(self.find(words["q"]))
            docs = [{key: value for key, value in self.items[item]["metadata"].items() if key in ("identifier", "title", "creator")} for item in found]
            return self.tell(request, {"responseHeader": {"status": 0}, "response": {"numFound": len(found), "start": 0, "docs": docs[:int(words["rows"])]}})
        if kind in ("download", "services"):
            item, _, name = (rest if kind == "download" else f"{rest.removeprefix('img/')}/__ia_thumb.jpg").partition("/")
            request.send_response(302)
            request.send_header("Location", f"{self.node}/12/items/{item}/{name}")
            request.send_header("Content-Length", "0")
            return request.end_headers()
        return self.tell(request, {"error": "not found"}, 404)

    def scrape(self, words):
        if self.broken_search:
            return self.broken_search
        found, size = list(self.find(words["q"])), min(int(words.get("count", 10000)), self.page)
        start = int(base64.b64decode(words["cursor"])) if "cursor" in words else 0
        answer = {"items": [{"identifier": item} for item in found[start:start + size]], "count": len(found[start:start + size]), "total": len(found)}
        return answer | ({"cursor": base64.b64encode(str(start + size).encode()).decode()} if start + size < len(found) else {})

    def tell(self, request, body, status=200):
        body = json.dumps(body).encode()
        request.send_response(status)
        request.send_header("Content-Type", "application/json")
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)

    def answer_node(self, request):
        item, name = urllib.parse.unquote(request.path.partition("?")[0]).removeprefix("/12/items/").split("/", 1)
        data = jpeg() if name == "__ia_thumb.jpg" else self.data.get((item, name))
        members = next((file for file in self.items.get(item, {}).get("files", []) if file["name"] == name), {})
        with self.lock:
            self.asked[item, name] += 1
            fault = self.fault(item, name, self.asked[item, name])
        if data is None or members.get("private") or fault in (429, 503):
            request.send_response(fault or (404 if data is None else 403))
            request.send_header("Content-Length", "0")
            if fault == 429:
                request.send_header("Retry-After", "1")
            return request.end_headers()
        tag, start = f'"{zlib.crc32(data):08x}-{len(data):x}"', 0
        asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range") or "")
        if asked and request.headers.get("If-Range", tag) in (tag, "Sun, 05 May 2019 00:00:00 GMT"):
            start = int(asked[1])
        body = data[start:]
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        for field, value in {"Content-Type": "application/octet-stream", "Accept-Ranges": "bytes", "ETag": tag, "Last-Modified": "Sun, 05 May 2019 00:00:00 GMT",
                             "Content-Length": len(body)}.items():
            request.send_header(field, str(value))
        request.end_headers()
        if fault == "wrong":
            body = body[:-1] + bytes([body[-1] ^ 1])
        if fault == "cut":
            body = body[:len(body) // 2]
            request.close_connection = True
        with self.lock:
            self.sent += len(body) if (item, name) in self.data else 0
        request.wfile.write(body)


def concert(archive, item, tracks, kinds=("flac", "mp3"), first=0, seconds=0.3, noise=False, **metadata):
    """An item as tapers make them: originals without tags, their tags in the archive's words, and what was derived from them."""
    files = [(f"{item}.ffp", b"a.flac:0", {"format": "Flac FingerPrint"})]
    for number in range(1, tracks + 1):
        stem = f"{item}d{1 + (number > tracks / 2)}t{number:02}"
        told = {"title": f"Song {number} > Other?", "track": f"{number}/{tracks}", "album": f"{item} at The Barn", "creator": "Testing Quartet"}
        files.append((f"{stem}.flac", audio("flac", first + number, seconds=seconds, noise=noise), {"format": "Flac", "length": f"00:{seconds:04.1f}", **told}))
        if "mp3" in kinds:
            files.append((f"{stem}.mp3", audio("mp3", first + number, seconds=seconds, noise=noise), {
                "source": "derivative", "format": "VBR MP3", "original": f"{stem}.flac", "bitrate": "213", "length": str(seconds)}))
    archive.add(item, files, **{
        "mediatype": "etree", "collection": ["TestingQuartet", "etree"], "creator": "Testing Quartet", "title": f"Testing Quartet Live, {item}",
        "date": "2019-05-04", "venue": "The Barn", "description": ["Set 1", "01 Song"], **metadata})
