"""A thousand who look on at once: each gets every end, and the server stays small."""

import base64
import os
import re
import resource
import selectors
import socket
import time

FINAL = re.compile(rb'"type":"(?:completed|failed|skipped|cancelled)","id":"c:track:(\d+)"')


class Crowd:
    """Many WebSocket connections that only read; frames are looked through for ends."""

    def __init__(self, port, count):
        self.selector, self.seen, self.rest = selectors.DefaultSelector(), {}, {}
        for _ in range(count):
            one = socket.create_connection(("127.0.0.1", port), timeout=30)
            key = base64.b64encode(os.urandom(16)).decode()
            one.sendall(f"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n".encode())
            self.seen[one], self.rest[one] = [], b""
            self.selector.register(one, selectors.EVENT_READ)

    def read(self, seconds):
        """Whether something came."""
        ready = self.selector.select(seconds)
        for key, _ in ready:
            piece = key.fileobj.recv(1 << 18)
            assert piece, "the server closed a connection"
            data = self.rest[key.fileobj] + piece
            found = list(FINAL.finditer(data))
            self.seen[key.fileobj] += [int(m.group(1)) for m in found]
            self.rest[key.fileobj] = data[max(found[-1].end() if found else 0, len(data) - 100):]
        return bool(ready)

    def close(self):
        for one in self.seen:
            one.close()


def test_a_thousand_clients_see_every_end_of_a_thousand_tracks(serve):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    served = serve([
        {"name": "expand", "run": ["python3", "expand.py"], "mode": "expand"}, {"name": "work", "run": ["cat"], "window": 8, "kinds": ["request", "track"]}]).start()
    crowd = Crowd(served.port, 1000)
    try:
        served.wait(lambda: "segue_watchers 1000" in served.ask("GET", "/metrics").body.decode())
        served.add("c:playlist:1000")
        end = time.monotonic() + 120
        while any(len(seen) < 1000 for seen in crowd.seen.values()):
            assert time.monotonic() < end, sorted(map(len, crowd.seen.values()))[:5]
            crowd.read(1)
        first = next(iter(crowd.seen.values()))
        # All of them, once, and everybody in the same order.
        assert sorted(first) == list(range(1000)) and all(seen == first for seen in crowd.seen.values())
        with open(f"/proc/{served.process.pid}/status") as status:
            peak = next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
        print(f"peak memory of the server: {peak / 1024:.0f} MiB")
        assert peak < 256 << 10
    finally:
        crowd.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
