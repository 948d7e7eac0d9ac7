"""A running `segue serve` on a free port, over two stages in Python that do as a test says."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import threading
import time
import urllib.parse

from programs import ENVIRONMENT, PROGRAMS, Outcome, granted
from websockets.sync.client import connect

# playlist:N has N tracks, c:track:0 and so on; titles.json may name them.
EXPAND = """
import json, os, sys
titles = json.load(open("titles.json")) if os.path.exists("titles.json") else []
for line in sys.stdin:
    record = json.loads(line)
    kind, number = record["id"].split(":")[-2:]
    if record["kind"] != "request" or kind == "track":
        print(line.strip(), flush=True)
        continue
    for n in range(int(number)):
        track = {"title": titles[n] if n < len(titles) else f"Title {n}", "artist": "Artist"}
        print(json.dumps({"v": 1, "id": f"c:track:{n}", "kind": "track", "parent": record["id"], "seq": n + 1, "track": track}), flush=True)
    print(json.dumps({"v": 1, "id": record["id"], "kind": "done", "n": int(number), "collection": {"type": kind, "title": f"List of {number}"}}), flush=True)
"""

# Answers at once; or, where the file `gated` is, when the file of the track's number is in the folder `gates`: one with a
# text in it makes the track fail with that.
WORK = """
import json, os, sys, time
events = os.fdopen(int(os.environ["SEGUE_EVENTS_FD"]), "w", buffering=1)
for line in sys.stdin:
    record = json.loads(line)
    path = "gates/" + record["id"].split(":")[-1]
    done = 0
    while os.path.exists("gated") and not os.path.exists(path):
        done = min(done + 200000, 3000000)
        print(json.dumps({"event": "progress", "id": record["id"], "stage": "work", "bytes": done, "total": 4000000}), file=events)
        time.sleep(0.1)
    why = open(path).read() if os.path.exists(path) else ""
    error = {"v": 1, "id": record["id"], "kind": "error", "stage": "work", "class": "permanent", "code": "gone", "message": why, "record": record}
    for name in ("parent", "seq"):
        if name in record: error[name] = record[name]
    print(json.dumps(error) if why else line.strip(), flush=True)
"""


class Answer:
    def __init__(self, reply):
        self.status, self.headers, self.body = reply.status, reply.headers, reply.read()

    @property
    def json(self):
        return json.loads(self.body)


class Served:
    """A folder with a pipeline, the server over it, and clients of both."""

    def __init__(self, folder, stages=None, **options):
        self.folder, self.file, self.process = folder, folder / "pipeline.yaml", None
        folder.mkdir(exist_ok=True)
        (folder / "gates").mkdir(exist_ok=True)
        (folder / "expand.py").write_text(EXPAND)
        (folder / "work.py").write_text(WORK)
        known = stages or [
            {"name": "expand", "run": ["python3", "expand.py"], "mode": "expand"},
            {"name": "work", "run": ["python3", "work.py"], "replicas": 2, "window": 1, "kinds": ["request", "track"]}]
        settings = {"ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "grace": "2s", "retry": {"attempts": 3, "base": "50ms", "cap": "1s"}, "stages": granted(known), **options}
        self.file.write_text(json.dumps(settings))
        self.environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
        self.ledger = folder / "state/ledger.sqlite"

    def start(self, *arguments, listen="127.0.0.1:0"):
        """Starts the server, on the port that it had before."""
        listen = getattr(self, "listen", listen)
        command = [PROGRAMS / "segue", "serve", "--pipeline", self.file, "--listen", listen, *arguments]
        address, end = None, time.monotonic() + 30
        while not address:
            self.process = subprocess.Popen(list(map(str, command)), cwd=self.folder, env=self.environment, stderr=subprocess.PIPE, text=True)
            self.log, self.told = [], threading.Event()
            self.reader = threading.Thread(target=self.read, args=(self.process, self.log, self.told), daemon=True)
            self.reader.start()
            assert self.told.wait(30), self.log
            address = next((m[1] for line in self.log if (m := re.search(r"http://([^/\s\"\\]+)", line))), None)
            # Between two starts the port may be another test's for a while.
            assert address or any("another program listens there" in line for line in self.log) and time.monotonic() < end, self.log
        self.listen, self.port = address, int(address.rsplit(":", 1)[1])
        self.url = f"http://127.0.0.1:{self.port}"
        return self

    @staticmethod
    def read(process, log, told):
        for line in process.stderr:
            log.append(line.rstrip("\n"))
            if "listening" in line:
                told.set()
        told.set()

    def stop(self, how=signal.SIGTERM, seconds=20):
        self.process.send_signal(how)
        return self.process.wait(seconds)

    def ask(self, method, path, body=None, headers=None, host="127.0.0.1"):
        """One request; a dictionary goes as JSON."""
        connection = http.client.HTTPConnection(host, self.port, timeout=30)
        headers = dict(headers or {})
        if body is not None and not isinstance(body, (bytes, str)):
            body = json.dumps(body)
            headers.setdefault("Content-Type", "application/json")
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            return Answer(connection.getresponse())

    def get(self, path):
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.body
        return answer.json

    def post(self, path, body=None, status=200):
        answer = self.ask("POST", path, body)
        assert answer.status == status, answer.body
        return answer.json

    def add(self, *refs, **more):
        return self.post("/v1/items", {"refs": list(refs), **more}, 202)

    def item(self, item):
        return self.get("/v1/items/" + urllib.parse.quote(item, safe=""))

    def stats(self):
        return self.get("/v1/stats")

    def expanded(self, running, ready):
        """Waits until the one list is expanded, with so many of its tracks in hand and in the queue."""
        self.wait(lambda: [(stats := self.stats())["running"], stats["ready"], stats["open"]] == [running, ready, 1])

    def wait(self, condition, seconds=30):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, (self.stats(), self.log[-5:])
            time.sleep(0.02)

    def open(self, number, why=""):
        part = self.folder / f"gates/.{number}"
        part.write_text(why)
        os.rename(part, self.folder / f"gates/{number}")

    def close(self, number):
        (self.folder / f"gates/{number}").unlink()

    def gate(self):
        (self.folder / "gated").touch()

    def segue(self, command, *arguments):
        done = subprocess.run(
            [PROGRAMS / "segue", command, "--pipeline", self.file, *map(str, arguments)], capture_output=True, cwd=self.folder, env=self.environment, timeout=60)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def watch(self, since=None, **options):
        query = "" if since is None else f"?since={since}"
        return connect(f"ws://127.0.0.1:{self.port}/v1/events{query}", max_size=None, proxy=None, ping_interval=None, **options)


FINAL = {"completed", "failed", "skipped", "cancelled"}


def until(socket, condition, seconds=30):
    """The events up to the one for which the condition holds, with it."""
    events, end = [], time.monotonic() + seconds
    while True:
        events.append(json.loads(socket.recv(timeout=max(0.01, end - time.monotonic()))))
        if condition(events[-1]):
            return events
