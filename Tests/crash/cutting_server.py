"""A catalog without digests, over a folder of music: python3 cutting_server.py FOLDER PORT [refuse] [bare] [worse] [whole]

A link tells whether it was given before the first answer with bytes of its track, or later. What each link answers first ends at nine tenths, and later
answers can go on there; with `refuse` the first request to go on that comes to a late link is refused. With `bare` it has no pictures at the moment,
with `worse` only MP3, with `whole` it cuts nothing. /private/N is the track for who has its password.
"""

import base64
import http.server
import json
import pathlib
import re
import sys

FOLDER, PORT, HOW = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
FILES, KIND = sorted(FOLDER.rglob("*y.*" if "worse" in HOW else "*x.*")), "mp3" if "worse" in HOW else "flac"
CUT, REFUSED = set(), set()
PASSWORDS = {"1": b"ana:one", "2": b"ben:two"}


def row(number):
    album = FILES[number].parent.name
    return {"id": number + 1, "title": f"Title {number}", "artist": {"name": "Artist"}, "track_position": number + 1, "disk_number": 1,
            "album": {"id": 1, "title": album, "cover_xl": f"http://127.0.0.1:{server.server_address[1]}/cover/1"}}


def document(path):
    if found := re.fullmatch(r"/track/(\d+)", path):
        return row(int(found[1]) - 1)
    if found := re.fullmatch(r"/media/(\d+)", path):
        when = "late" if (int(found[1]), "early") in CUT else "early"
        return {"data": [{"format": KIND, "url": f"http://127.0.0.1:{server.server_address[1]}/audio/{found[1]}?{when}"}]}
    return {
        "/playlist/1": {"id": 1, "title": "music", "nb_tracks": len(FILES)},
        "/playlist/1/tracks": {"data": [row(n) for n in range(len(FILES))], "total": len(FILES)},
        "/album/1": {"id": 1, "title": "Album 1", "artist": {"name": "Artist"}, "nb_tracks": len(FILES)},
        "/album/1/tracks": {"data": [row(n) for n in range(len(FILES))], "total": len(FILES)}}.get(path)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path, _, link = self.path.partition("?")
        if found := re.fullmatch(r"/audio/(\d+)", path):
            return self.send_audio(int(found[1]), link)
        if found := re.fullmatch(r"/private/(\d+)", path):
            if self.headers.get("Authorization") != f"Basic {base64.b64encode(PASSWORDS[found[1]]).decode()}":
                return self.send(401, b"", {"WWW-Authenticate": "Basic"})
            return self.send(200, FILES[int(found[1]) - 1].read_bytes(), {"Content-Type": f"audio/{KIND}"})
        if path.startswith("/cover/"):
            if "bare" in HOW:
                return self.send(503, b"", {})
            return self.send(200, (FILES[0].parent / "cover.jpg").read_bytes(), {"Content-Type": "image/jpeg"})
        found = document(path)
        self.send(200 if found else 404, json.dumps(found or {"error": "Not Found"}).encode(), {"Content-Type": "application/json"})

    def send(self, status, body, headers, length=None):
        self.send_response(status)
        for name, value in {"Content-Length": len(body) if length is None else length, **headers}.items():
            self.send_header(name, str(value))
        self.end_headers()
        self.wfile.write(body)

    def send_audio(self, number, link):
        content = FILES[number - 1].read_bytes()
        headers = {"Content-Type": f"audio/{KIND}", "ETag": f'"{number}"', "Accept-Ranges": "bytes"}
        if found := re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", "")):
            if "refuse" in HOW and link == "late" and number not in REFUSED:
                REFUSED.add(number)
                return self.send(416, b"", {})
            start = int(found[1])
            return self.send(206, content[start:], {**headers, "Content-Range": f"bytes {start}-{len(content) - 1}/{len(content)}"})
        if (number, link) in CUT or "whole" in HOW:
            return self.send(200, content, headers)
        CUT.add((number, link))
        self.send(200, content[:len(content) * 9 // 10], headers, length=len(content))
        self.close_connection = True

    def log_message(self, *_):
        pass


server = http.server.ThreadingHTTPServer(("127.0.0.1", PORT), Handler)
server.daemon_threads = True
print(f"serving http://127.0.0.1:{server.server_address[1]}", file=sys.stderr, flush=True)
server.serve_forever()
