"""A folder of real music in five formats, an origin that serves it, and the whole pipe in a shell."""

import collections
import contextlib
import json
import pathlib
import re
import shlex
import subprocess
import sys
import time

import pytest
from errands import DEADLY
from programs import ENVIRONMENT, PROGRAMS, Outcome, granted
from shop import Shop

SAMPLES = pathlib.Path("/usr/share/sonic-pi/samples")
ENCODERS = {
    "flac": ["-c:a", "flac"], "mp3": ["-c:a", "libmp3lame", "-b:a", "128k"], "ogg": ["-c:a", "libvorbis"],
    "opus": ["-c:a", "libopus"], "m4a": ["-c:a", "aac"]}


@pytest.fixture(scope="session")
def music(tmp_path_factory):
    """Two albums by one artist, ten tracks, two of each format, with a cover beside the first album."""
    folder = tmp_path_factory.mktemp("music")
    sources = sorted(SAMPLES.glob("*.flac"), key=lambda p: (p.stat().st_size, p.name))[40:50]
    for index, source in enumerate(sources):
        kind = list(ENCODERS)[index % 5]
        album = folder / "The Artist" / f"Album {index // 5 + 1}"
        album.mkdir(parents=True, exist_ok=True)
        tags = {"title": f"Title {index}", "artist": "The Artist", "album": album.name, "track": f"{index % 5 + 1}/5", "date": "2001-03-07"}
        metadata = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
        command = ["ffmpeg", "-v", "error", "-i", source, "-map_metadata", "-1", *ENCODERS[kind], *metadata, album / f"{index % 5 + 1:02} x.{kind}"]
        subprocess.run(list(map(str, command)), check=True)
    cover = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=120x120", "-frames:v", "1", folder / "The Artist/Album 1/cover.jpg"]
    subprocess.run(list(map(str, cover)), check=True)
    return folder


class Origin:
    def __init__(self, process, url, folder, log):
        self.process, self.url, self.folder, self.log = process, url, folder, log
        self.keyring = folder / "keys.txt"

    def count(self, path):
        """How many requests for paths that begin so it has answered."""
        return sum(f" {path}" in line for line in self.log.read_text().splitlines())


@pytest.fixture
def origin(tmp_path):
    """origin(folder, "--clear", plan=[...]) -> a running server on a free port; stopped at the end of the test."""
    with contextlib.ExitStack() as stack:
        def call(folder, *arguments, plan=()):
            own = tmp_path / f"origin-{len(list(tmp_path.glob('origin-*')))}"
            own.mkdir()
            (own / "plan").write_text("".join(json.dumps(fault) + "\n" for fault in plan))
            log = own / "log"
            log.touch()
            command = [PROGRAMS / "origin", folder, "--listen", "127.0.0.1:0", "--keyring", own / "keys.txt", "--plan", own / "plan", "--log", log]
            process = subprocess.Popen([*map(str, command), *arguments], stderr=subprocess.PIPE, env=ENVIRONMENT, text=True)
            stack.callback(process.communicate)
            stack.callback(process.kill)
            url = re.search(r"http://\S+", process.stderr.readline())
            assert url, process.stderr.read()
            return Origin(process, url.group(), own, log)

        yield call


class Pipe:
    """What a shell pipeline left: its exit status, what went over each joint, its stderr, and the library."""

    def __init__(self, folder, commands, env=None):
        self.folder, self.library = folder, folder / "Music"
        joined = " | ".join(f"{c} | tee {shlex.quote(str(folder / f'joint-{i}'))}" for i, c in enumerate(commands))
        environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}", **(env or {})}
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {joined}"], capture_output=True, cwd=folder, env=environment, timeout=120)
        self.status, self.stderr = done.returncode, done.stderr.decode()
        self.joints = [(folder / f"joint-{i}").read_bytes() for i in range(len(commands))]

    @property
    def records(self):
        return [json.loads(line) for line in self.joints[-1].splitlines()]

    def of(self, kind):
        return [r for r in self.records if r["kind"] == kind]

    @property
    def files(self):
        """All that a person sees in the library, by its path there."""
        return {str(p.relative_to(self.library)): p for p in sorted(self.library.rglob("*")) if p.is_file() and ".segue" not in str(p)}


@pytest.fixture
def road(tmp_path):
    """road(origin, "playlist:1", between={"fetch": "cmd"}) -> Pipe over resolve, fetch, decrypt, place and record."""

    def call(origin, *references, options="", between=None, env=None):
        commands = {
            "resolve": f"resolve --rate 0 --catalog {origin.url} --library Music {options} {' '.join(references)}",
            "fetch": "fetch --spool spool --stall 1", "decrypt": f"decrypt --keyring {shlex.quote(str(origin.keyring))}",
            "place": "place --library Music", "record": "record --library Music"}
        ordered = []
        for name, command in commands.items():
            ordered.append(command)
            if between and name in between:
                ordered.append(between[name])
        return Pipe(tmp_path, ordered, env)

    call.folder = tmp_path
    return call


class Drive:
    """A pipeline file in a folder of its own, and `segue` commands on it."""

    def __init__(self, folder, origin, stages=None, **options):
        self.folder, self.library, self.file = folder, folder / "Music", folder / "pipeline.yaml"
        self.origin = origin
        folder.mkdir(parents=True, exist_ok=True)
        catalog = ["--catalog", origin.url, "--rate", "0"] if origin else []
        known = stages or [
            {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"},
            {"name": "resolve", "run": ["resolve", *catalog], "replicas": 2},
            {"name": "fetch", "run": ["fetch", "--stall", "1"], "replicas": 4},
            {"name": "decrypt", "run": ["decrypt", "--keyring", str(origin.keyring)], "replicas": 2},
            {"name": "place", "run": ["place", "--library", "Music"], "replicas": 2},
            {"name": "record", "run": ["record", "--library", "Music"]}]
        settings = {
            "ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "retry": {"attempts": 5, "base": "50ms", "cap": "1s"},
            "grace": "5s", "stages": granted(known), **options}
        # JSON is YAML.
        self.file.write_text(json.dumps(settings, indent=1))
        self.environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}

    def segue(self, command, *arguments, stdin=b"", timeout=120):
        done = subprocess.run(
            [PROGRAMS / "segue", command, "--pipeline", self.file, *map(str, arguments)], input=stdin, capture_output=True, cwd=self.folder,
            env=self.environment, timeout=timeout)
        return Outcome(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments):
        self.process = subprocess.Popen(
            [PROGRAMS / "segue", "run", "--pipeline", self.file, *arguments], cwd=self.folder, env=self.environment, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        return self.process

    def stats(self):
        return self.segue("stats", "--json").only

    def items(self, *arguments):
        return {item["id"]: item for item in self.segue("list", "--json", "--limit", 100000, *arguments).records}

    def show(self, item):
        return self.segue("show", "--json", item).only

    def wait(self, condition, seconds=30):
        """Until `condition` holds. Most start a program to see, which other tests wait for meanwhile."""
        end, pause = time.monotonic() + seconds, 0.02
        while not condition():
            assert time.monotonic() < end, (json.dumps(self.stats()), json.dumps(self.items()))
            time.sleep(pause)
            pause = min(0.1, 1.5 * pause)

    @property
    def essences(self):
        """What a person sees in the library: each file's path, and its audio without tags."""
        seen = sorted(p for p in self.library.rglob("*") if p.is_file() and ".segue" not in str(p))
        return {str(p.relative_to(self.library)): essence(p) for p in seen}


def essence(path):
    if path.suffix in (".m3u8", ".jpg"):
        return path.read_bytes()
    command = ["ffmpeg", "-v", "error", "-i", path, "-map", "0:a", "-c", "copy", "-f", "md5", "-"]
    return subprocess.run(command, capture_output=True, check=True).stdout


@pytest.fixture
def drive(tmp_path):
    """drive(origin, stages, name="x", retry={...}) -> Drive; a driver that still runs at the end of the test is killed."""
    drives = []

    def call(origin=None, stages=None, name="drive", **options):
        drives.append(Drive(tmp_path / name, origin, stages, **options))
        return drives[-1]

    yield call
    for one in drives:
        if hasattr(one, "process"):
            with one.process:
                one.process.kill()


@pytest.fixture
def shop(site, tmp_path):
    return lambda albums, size: Shop(site, tmp_path, albums, size)


@pytest.fixture
def home(drive):
    """home(shop, fetchers=8) -> a drive over the whole road."""

    def call(shop, fetchers=4, knows=True, **options):
        catalog = ["--catalog", shop.site.url, "--rate", "0", *(["--library", "Music"] if knows else [])]
        stages = [
            {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog], "replicas": 2},
            {"name": "fetch", "run": ["fetch"], "replicas": fetchers}, {"name": "place", "run": ["place", "--library", "Music"], "replicas": 2},
            {"name": "record", "run": ["record", "--library", "Music"]}]
        return drive(None, stages, hosts={"*": {"parallel": 64}}, **options)

    return call


@pytest.fixture
def errand(shop, drive, run, tmp_path):
    """errand(6, 10) -> a way to make drives, by name, over albums of tracks: one in twenty fails the first time, one kills its stage.

    All of them have what is in playlist 1 in their queues, and a catalogue.
    """
    (tmp_path / "deadly.py").write_text(DEADLY)

    def call(albums, size):
        store = shop(albums, size)
        asked = collections.Counter()

        def rough(number):
            asked[number] += 1
            return (503, {}, b"") if asked[number] % 2 else (200, {"Content-Type": "audio/flac"}, store.audio)

        for number in range(3, albums * size, 20):
            store.site.answers[f"/audio/{number}"] = lambda _, number=number: rough(number)
        catalog = ["--catalog", store.site.url, "--rate", "0", "--library", "Music"]

        def made(name):
            driven = drive(None, [
                {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog]},
                {"name": "deadly", "run": [sys.executable, str(tmp_path / "deadly.py")], "kinds": ["track"]},
                {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]},
                {"name": "record", "run": ["record", "--library", "Music"]}], name=name, hosts={"*": {"parallel": 64}})
            driven.library.mkdir()
            assert run("segue", "import", "Music", cwd=driven.folder).status == 0
            assert driven.segue("run", "--quiet", "--only", "expand,resolve", "playlist:1").status == 0
            return driven

        return made

    return call
