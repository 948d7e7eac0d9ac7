"""limits.py: how near the bytes of all replicas together come to a limit, by what the server sends: one after the other, for 1, 8 and 32 replicas
of fetch, one large file each or many small ones, and where the limit changes by hand and by the clock.

Nothing else should run at the same time. Shares are of the limit: over all, and the least and the most of any five seconds.
"""

import argparse
import contextlib
import http.server
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMIT, SMALL, WINDOW = 2_000_000, 65_536, 5.0


class Counter:
    """A server on loopback that notes what it sends and when; its sockets hold little, so that what it has sent has arrived."""

    def __init__(self) -> None:
        self.sent: list[tuple[float, int]] = []
        counter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def setup(self) -> None:
                self.request.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 32768)
                super().setup()

            def do_GET(self) -> None:
                left = int(self.path.split("/")[1])
                self.send_response(200)
                self.send_header("Content-Type", "audio/flac")
                self.send_header("Content-Length", str(left))
                self.end_headers()
                piece = b"fLaC" + bytes(16380)
                with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                    while left > 0:
                        self.wfile.write(piece[:left])
                        counter.sent.append((time.monotonic(), min(left, len(piece))))
                        left -= len(piece)
                        piece = bytes(16384)

            def log_message(self, *_: object) -> None:
                pass

        class Server(http.server.ThreadingHTTPServer):
            request_queue_size, daemon_threads = 256, True

            def handle_error(self, *_: object) -> None:
                """A driver that is stopped leaves connections."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def bytes(self, start: float, end: float) -> int:
        return sum(count for at, count in self.sent if start <= at < end)


def shares(counter: Counter, start: float, end: float, limit: int) -> str:
    """Of the limit: over all that time, and the least and most in a window of it."""
    steps = [start + step * 0.25 for step in range(int((end - start - WINDOW) * 4) + 1)]
    every = [counter.bytes(at, at + WINDOW) / WINDOW / limit for at in steps]
    whole = counter.bytes(start, end) / (end - start) / limit
    return f"{whole:7.1%} {min(every):7.1%} {max(every):7.1%}"


class Bed:
    """A pipeline of one stage in a folder of its own, over records of tracks."""

    def __init__(self, programs: pathlib.Path, replicas: int, size: int, transfers: int = 1, **options: object) -> None:
        self.programs, self.counter = programs, Counter()
        self.holder = tempfile.TemporaryDirectory()
        self.folder = pathlib.Path(self.holder.name)
        stage = {"name": "fetch", "run": ["fetch", "--transfers", str(transfers)], "replicas": replicas}
        settings = {"ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "stages": [stage], "bytes": LIMIT, "grace": "1s", **options}
        (self.folder / "pipeline.yaml").write_text(json.dumps(settings))
        with (self.folder / "records").open("w") as file:
            for number in range(4000 if size == SMALL else replicas * transfers):
                media = {"url": f"{self.counter.url}/{size}/{number}", "format": "flac"}
                file.write(json.dumps({"v": 1, "id": f"c:track:{number}", "kind": "track", "media": media}) + "\n")

    @contextlib.contextmanager
    def running(self, command: str = "run", zone: str | None = None):
        """The driver; from the first byte on."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("SEGUE_")}
        environment = kept | {"PATH": f"{self.programs}:{kept['PATH']}", "XDG_STATE_HOME": str(self.folder)} | ({"TZ": zone} if zone else {})
        base = [self.programs / "segue", command, "--pipeline", "pipeline.yaml"]
        if command == "serve":
            with (self.folder / "records").open() as records:
                subprocess.run([self.programs / "segue", "add", "--pipeline", "pipeline.yaml", "-"], stdin=records, cwd=self.folder, env=environment,
                               check=True, stdout=subprocess.DEVNULL)
            base += ["--listen", "127.0.0.1:0"]
        with (self.folder / "records").open() as records, (self.folder / "log").open("w") as log:
            driver = subprocess.Popen([*base, *(["--quiet", "-"] if command == "run" else [])], stdin=records, cwd=self.folder, env=environment,
                                      stdout=log, stderr=log)
        try:
            end = time.monotonic() + 30
            while not self.counter.sent:
                assert driver.poll() is None and time.monotonic() < end, (self.folder / "log").read_text()
                time.sleep(0.01)
            yield self.counter.sent[0][0]
            assert driver.poll() is None, (self.folder / "log").read_text()
        finally:
            driver.send_signal(signal.SIGTERM)
            driver.wait(timeout=30)
            self.counter.server.shutdown()
            self.holder.cleanup()

    @property
    def address(self) -> str:
        return re.search(r"http://\S+", (self.folder / "log").read_text()).group()

    def limit(self, bytes: int) -> None:
        """Sets the limit of all hosts together by REST."""
        request = urllib.request.Request(
            f"{self.address}v1/hosts/+", json.dumps({"bytes": bytes}).encode(), {"Content-Type": "application/json"}, method="PUT")
        urllib.request.urlopen(request, timeout=10).close()


def clock(hour: int, minute: int, second: int) -> str:
    """A TZ in which it is that time now."""
    now = time.gmtime()
    ahead = (hour * 3600 + minute * 60 + second) - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    sign, ahead = ("-" if ahead > 0 else "+"), abs(ahead)
    return f"XYZ{sign}{ahead // 3600:02}:{ahead // 60 % 60:02}:{ahead % 60:02}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=ROOT / ".build/release", metavar="DIR", help="our programs (.build/release)")
    parser.add_argument("--seconds", type=float, default=20, metavar="S", help="how long each is measured, after the first three seconds (20)")
    options = parser.parse_args()
    programs, large = options.programs.absolute(), int(LIMIT * (options.seconds + 15))
    print(f"{'':40}  whole   least    most   and from the first byte on")

    def tell(what: str, counter: Counter, first: float, start: float, end: float, limit: int = LIMIT) -> None:
        begun = counter.bytes(first, first + WINDOW) / WINDOW / limit if start - first < WINDOW else 0
        print(f"{what:40}{shares(counter, start, end, limit)}" + (f" {begun:7.1%}" if begun else ""), flush=True)

    for size, name in ((large, "one large file each"), (SMALL, "files of 64 KiB")):
        for replicas, transfers in ((1, 1), (8, 1), (32, 1), (32, 4)):
            bed = Bed(programs, replicas, max(size // (replicas * transfers), SMALL + 1) if size != SMALL else size, transfers)
            with bed.running() as first:
                time.sleep(options.seconds + 3)
                tell(f"{replicas} replicas of {transfers}, {name}", bed.counter, first, first + 3, first + 3 + options.seconds)
    for replicas in (8, 32):
        bed = Bed(programs, replicas, large)
        with bed.running("serve") as first:
            time.sleep(5)
            for limit in (8_000_000, 1_000_000, 3_000_000):
                bed.limit(limit)
                changed = time.monotonic()
                time.sleep(12)
                tell(f"{replicas} replicas, set to {limit / 1e6:.0f} MB/s", bed.counter, 0, changed + 2, changed + 12, limit)
        bed = Bed(programs, replicas, large, schedule={"23:00-07:00": {"bytes": 4 * LIMIT}, "07:00-08:00": {"bytes": LIMIT // 2}})
        for hour, minute, limit, after in ((22, 59, LIMIT, 4 * LIMIT), (6, 59, 4 * LIMIT, LIMIT // 2)):
            with bed.running(zone=clock(hour, minute, 50)) as first:
                edge = first + 9.5
                time.sleep(max(0, edge + 14 - time.monotonic()))
                tell(f"{replicas} replicas, before {hour + 1}:00", bed.counter, 0, first + 2, edge - 1.5, limit)
                tell(f"{replicas} replicas, after {hour + 1}:00", bed.counter, 0, edge + 2.5, edge + 14, after)
            bed = Bed(programs, replicas, large, schedule={"23:00-07:00": {"bytes": 4 * LIMIT}, "07:00-08:00": {"bytes": LIMIT // 2}})


if __name__ == "__main__":
    main()
