"""A server that limits the speed of each connection from its first byte on, however many requests it makes; nginx gives each request a
second for nothing."""

import contextlib
import http.server
import pathlib
import re
import threading
import time

RATE = 1_000_000
PIECE = 16_384
ETAG = '"limited"'


def serve(path: pathlib.Path) -> str:
    """Serves the file on loopback as long as this process lives, and returns its URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            super().setup()
            self.free = time.monotonic()

        def do_GET(self) -> None:
            first, last, size = 0, path.stat().st_size - 1, path.stat().st_size
            told = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
            if told and self.headers.get("If-Range", ETAG) == ETAG:
                first, last = int(told[1]), min(int(told[2] or last), last)
                self.send_response(206)
                self.send_header("Content-Range", f"bytes {first}-{last}/{size}")
            else:
                self.send_response(200)
            for name, value in {"Accept-Ranges": "bytes", "ETag": ETAG, "Content-Type": "audio/flac", "Content-Length": last + 1 - first}.items():
                self.send_header(name, str(value))
            self.end_headers()
            with path.open("rb") as file, contextlib.suppress(BrokenPipeError, ConnectionResetError):
                file.seek(first)
                left = last + 1 - first
                while left > 0:
                    piece = file.read(min(PIECE, left))
                    self.wfile.write(piece)
                    left -= len(piece)
                    self.free = max(self.free, time.monotonic() - 0.05) + len(piece) / RATE
                    time.sleep(max(0, self.free - time.monotonic()))

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return f"http://127.0.0.1:{server.server_address[1]}/{path.name}"
