"""What a version leaves on a disk: a library, its ledger and its spool, in the middle of work.

    SEGUE_BIN=PROGRAMS python past.py

runs the programs of that version, and writes versions/VERSION.tar.xz. All of it is on http://shop.example, which the programs reach by a proxy:
so no port is in what they write. Only the folder is, and it is another one wherever that is unpacked.
"""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from programs import ENVIRONMENT, PROGRAMS  # noqa: E402
from website import Site  # noqa: E402

VERSIONS = pathlib.Path(__file__).parent / "versions"
SHOP = "http://shop.example"
# What the folder is called in a packed ledger and catalogue.
FOLDER = "/the/folder"
# Holds one track back, where it is in the spool and not yet in the library.
GATE = """import json, os, sys, time
driver = os.getppid()
for line in sys.stdin:
    while os.path.exists("closed") and json.loads(line)["id"] == "catalog:track:20" and os.getppid() == driver:
        open("reached", "w")
        time.sleep(0.05)
    print(line, end="", flush=True)
"""
PIPELINE = f"""ledger: state/ledger.sqlite
spool: {{dir: state/spool, limit: 1GB}}
retry: {{attempts: 5, base: 1s, cap: 5s}}
stages:
  - {{name: expand,  run: [resolve, --rows, --catalog, "{SHOP}", --rate, "0", --library, Music], mode: expand}}
  - {{name: resolve, run: [resolve, --catalog, "{SHOP}", --rate, "0", --library, Music]}}
  - {{name: fetch,   run: [fetch], replicas: 2}}
  - {{name: gate,    run: [python3, gate.py], needs: {{write: [.]}}}}
  - {{name: place,   run: [place, --library, Music]}}
  - {{name: record,  run: [record, --library, Music]}}
"""


class Shop:
    """The catalog and the feed. Track 6 is not to be had, and track 22 not yet."""

    def __init__(self, site, folder):
        self.site, self.folder = site, folder
        for album, (artist, title) in enumerate([("Ana Bo", "Harbour"), ("Cé Dø", "Été")], 1):
            self.answer(f"/album/{album}", {"id": album, "title": title, "artist": {"name": artist}, "nb_tracks": 3, "cover_xl": f"{SHOP}/cover.png"})
            self.answer(f"/album/{album}/tracks", {"data": [self.track(3 * album - 2 + n) for n in range(3)], "total": 3})
        self.lists([1, 2, 3, 4, 5, 6])
        for single in (20, 21, 22):
            self.track(single)
        self.answer("/sound/6", (404, {}, b"gone"))
        self.answer("/sound/22", (503, {}, b"later"))
        self.feed("1")
        self.answer("/cover.png", (200, {"Content-Type": "image/png"}, self.made("cover.png", "color=blue:s=16x16", "-frames:v", "1")))

    def answer(self, path, answer):
        # A proxy is asked for the whole address.
        self.site.answers[SHOP + path] = answer

    def lists(self, tracks):
        self.answer("/playlist/1", {"id": 1, "title": "Mix", "nb_tracks": len(tracks), "creator": {"name": "me"}})
        self.answer("/playlist/1/tracks", {"data": [self.track(n) for n in tracks], "total": len(tracks)})

    def track(self, n):
        """A row of the track, which can be had from now on."""
        album, artist, title = (1, "Ana Bo", "Harbour") if n < 4 else (2, "Cé Dø", "Été")
        row = {"id": n, "title": f"Song {n}", "isrc": f"ZZTST26000{n:02}", "duration": 1, "artist": {"name": artist}, "track_position": n, "disk_number": 1,
               "album": {"id": album, "title": title}}
        if SHOP + f"/sound/{n}" not in self.site.answers:
            self.answer(f"/track/{n}", row)
            self.answer(f"/media/{n}", {"data": [{"format": "flac", "url": f"{SHOP}/sound/{n}"}]})
            self.answer(f"/sound/{n}", (200, {"Content-Type": "audio/flac"}, self.sound(n)))
        return row

    def feed(self, day):
        """The feed, whose links have another query each day."""
        episodes = ""
        for n in (1, 2):
            self.answer(f"/episode/{n}.flac", (200, {"Content-Type": "audio/flac"}, self.sound(100 + n)))
            episodes += (f'<item><title>Ep {n}</title><guid isPermaLink="false">tag:ep{n}</guid><pubDate>Mon, 0{n} Jun 2026 10:00:00 GMT</pubDate>'
                         f'<enclosure url="{SHOP}/episode/{n}.flac?day={day}" type="audio/flac" length="0"/></item>')
        text = f'<?xml version="1.0" encoding="UTF-8"?>\n<rss version="2.0"><channel><title>Harbour Talk</title>{episodes}</channel></rss>'
        self.answer("/feed.xml", (200, {"Content-Type": "application/rss+xml"}, text.encode()))

    def sound(self, n):
        return self.made(f"{n}.flac", f"sine=frequency={200 + 10 * n}:sample_rate=8000:duration=1", "-c:a", "flac")

    def made(self, name, source, *options):
        file = self.folder / name
        if not file.exists():
            subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *options, str(file)], check=True)
        return file.read_bytes()

    def asked(self):
        """The sounds that were asked for, each time."""
        with self.site.lock:
            return [path.removeprefix(SHOP).split("?")[0] for path in self.site.requests if "/sound/" in path or "/episode/" in path]


class Past:
    """The folder in which a version worked, and commands of the programs there."""

    def __init__(self, folder, site):
        self.folder, self.library, self.site = folder, folder / "Music", site
        self.environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}", "http_proxy": site.url}

    def segue(self, command, *arguments, status=0):
        files = [] if command in ("import", "verify") else ["--pipeline", "library.yaml"]
        done = subprocess.run(
            [PROGRAMS / "segue", command, *files, *arguments], cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=120)
        assert done.returncode == status, f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}"
        return [json.loads(line) for line in done.stdout.splitlines()] if "--json" in arguments else done.stdout

    def states(self):
        """The state of each item, by its id, as it stands in the ledger."""
        with contextlib.closing(sqlite3.connect(self.folder / "state/ledger.sqlite")) as ledger:
            return dict(ledger.execute("SELECT id, state FROM item"))

    def sounds(self):
        """The bytes of each audio file, by its path."""
        return {str(file.relative_to(self.library)): file.read_bytes() for file in self.library.rglob("*.flac") if ".segue" not in file.parts}

    def work(self, shop):
        """A user's days: music of their own, a playlist with a feed, something queued, paused and cancelled, and a power cut."""
        (self.folder / "library.yaml").write_text(PIPELINE)
        (self.folder / "gate.py").write_text(GATE)
        (self.library / "Ripped").mkdir(parents=True)
        (self.library / "Ripped/Old.flac").write_bytes(shop.sound(99))
        self.segue("import", "Music")
        self.segue("run", "--quiet", "playlist:1", f"{SHOP}/feed.xml", status=1)
        (self.folder / "closed").touch()
        driver = subprocess.Popen(
            [PROGRAMS / "segue", "run", "--pipeline", "library.yaml", "track:20", "track:22"], cwd=self.folder, env=self.environment,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            end = time.monotonic() + 60
            while not (self.states().get("catalog:track:22") == "waiting" and (self.folder / "reached").exists()):
                assert driver.poll() is None and time.monotonic() < end, self.states()
                time.sleep(0.01)
        finally:
            driver.kill()
            driver.wait()
        # The stages notice that nobody reads them any more.
        while self.is_in_use():
            assert time.monotonic() < end
            time.sleep(0.01)
        for reference, command in (("album:1", None), ("album:2", "pause"), ("track:21", "cancel")):
            self.segue("add", reference)
            if command:
                self.segue(command, reference)

    def is_in_use(self):
        """Whether a process works in the folder."""
        for process in pathlib.Path("/proc").glob("[0-9]*/cwd"):
            with contextlib.suppress(OSError):
                if process.readlink() == self.folder:
                    return True
        return False

    def pack(self, archive):
        """As one file, with the times of the files, without what other processes share in memory."""
        for name in ("reached", "closed"):
            (self.folder / name).unlink()
        self.rewrite(str(self.folder), FOLDER)
        with tarfile.open(archive, "w:xz") as tar:
            tar.add(self.folder, ".", filter=lambda entry: None if entry.name.endswith(("-shm", ".hosts")) else entry)

    def unpack(self, archive):
        with tarfile.open(archive) as tar:
            tar.extractall(self.folder, filter="data")
        self.rewrite(FOLDER, str(self.folder))

    def rewrite(self, old, new):
        """Gives the folder another name in all texts of the ledger, and leaves the tables as they were."""
        with contextlib.closing(sqlite3.connect(self.folder / "state/ledger.sqlite")) as ledger, ledger:
            for column in ("line", "resume", "artwork"):
                kind = "TEXT" if column == "artwork" else "BLOB"
                ledger.execute(f"UPDATE item SET {column} = CAST(replace(CAST({column} AS TEXT), ?, ?) AS {kind}) WHERE {column} IS NOT NULL", [old, new])


def main():
    version = subprocess.run([PROGRAMS / "segue", "--version"], capture_output=True, text=True, check=True).stdout.strip()
    site = Site()
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as sounds:
        past = Past(pathlib.Path(folder), site)
        past.work(Shop(site, pathlib.Path(sounds)))
        VERSIONS.mkdir(exist_ok=True)
        past.pack(VERSIONS / f"{version}.tar.xz")
    site.close()


if __name__ == "__main__":
    main()
