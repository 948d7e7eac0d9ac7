"""What is tried: for each scenario what is there before, the commands that crash, and those that go on afterwards."""

import dataclasses
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys

sys.path.append(str(pathlib.Path(__file__).resolve().parent.parent))
from programs import ENVIRONMENT, PROGRAMS  # noqa: E402

# Each worker has a file system of its own here, and a loopback of its own.
ROOT, PORT = "/tmp/segue-crash", 8098
LIBRARY, STATE, INBOX = f"{ROOT}/Music", f"{ROOT}/state", f"{ROOT}/Inbox"

RUN = "segue run --quiet playlist:1"
# The last try of a track may break off after a crash, all others having gone to its cover: that is told, and a retry has it.
RUN_TO_THE_END = f"{RUN} || {{ segue retry && {RUN}; }}"
PIPE = (
    'resolve --rate 0 --catalog "$URL" --library "$LIBRARY" playlist:1 | fetch --spool "$STATE/spool" | decrypt --keyring keys.txt | verify |'
    ' place --library "$LIBRARY" | record --library "$LIBRARY" --sweep --fail |'
    ' jq --unbuffered -r \'(.record // .).placed.path // empty | "answered " + .\' | while IFS= read -r line; do echo "$line" >> marks; done')
PLAIN_PIPE = PIPE.replace("decrypt --keyring keys.txt | verify | ", "")
FETCHED = 'resolve --rate 0 --catalog "$URL" playlist:1 | fetch --spool "$STATE/spool" > fetched'
MIRROR = "segue sync --mirror --max-trash 1 playlist:2 > answers"
IMPORT = 'segue import "$LIBRARY" > answers && echo imported >> marks'
REBUILD = 'segue import --rebuild "$LIBRARY" > answers && echo imported >> marks'
# Of a line "kept PATH TEXT" the file has the text from then on; MARKS are the lines of before a crash.
REBUILD_AGAIN = f'case "$MARKS" in *imported*) {IMPORT} ;; *) {REBUILD} ;; esac'
ORIGIN = """
rm -f log
origin music --listen 127.0.0.1:0 --keyring "$STATE/keys.txt" 2> log &
until grep -qs http:// log || ! kill -0 $!; do sleep 0.01; done
[ -e "$STATE/keys.txt" ] && echo "kept state/keys.txt $(cat "$STATE/keys.txt")" | head -1 >> marks
kill $!
wait $!
[ $? -gt 128 ]
"""
WITH_PASSWORDS = """
export XDG_STATE_HOME="${STATE%state}home"
link() { echo "http://$1@${URL#http://}/private/$2"; }
case "$MARKS" in *added*) ;; *) segue add "$(link ana:one 1)" && echo added >> marks && echo 'kept home/segue/passwords basic "ana" "one"' >> marks ;; esac
link ben:two 2 > private.m3u8
segue run --quiet private.m3u8
"""
# The first run makes the folder; then somebody puts an archive there, and makes that durable.
DROP = 'mkdir -p "$INBOX"; cp album.zip "$INBOX/" && sync "$INBOX/album.zip" "$INBOX" && echo dropped >> marks'
DROPPED = f"segue run --quiet && {DROP} && segue run --quiet"
DROPPED_AGAIN = f'case "$MARKS" in *dropped*) ;; *) {DROP} ;; esac; segue run --quiet'
POSTED = """
rm -f log
token="${STATE%state}home/token"
segue serve --listen 127.0.0.1:0 --token "$token" 2> log &
until url=$(grep -so 'http://[^ ]*' log) || ! kill -0 $!; do sleep 0.02; done
ask() { curl -sS --fail-with-body -o reply -H "Authorization: Bearer $(cat "$token")" "$@"; }
case "$MARKS" in *added*) ;; *)
  printf 'track:%s\n' 1 2 3 | ask --data-binary @- "${url%/}/v1/lists?name=mine.txt" && echo added >> marks
  echo "kept home/token $(cat "$token")" >> marks
  for list in "$STATE"/ledger.sqlite.lists/*/mine.txt; do echo "kept ${list#"${STATE%state}"} track:3" >> marks; done ;;
esac
until ask "${url%/}/v1/items?limit=100" && jq -e '[.items[] | select(.state == "done")] | length >= 4' reply > count || ! kill -0 $!; do sleep 0.02; done
kill $!
wait $!
"""
# The gate holds all tracks until it is open.
GATE = 'while IFS= read -r line; do until [ -e open ]; do sleep 0.02; done; printf "%s\\n" "$line"; done'
LOSE = 'if .media.url // "" | endswith("early") then {v, kind: "error", id, parent, seq, class: "stale", code: "no_file", message: "it is lost", record: .} else . end'
SERVE = """
rm -f open log
segue serve --listen 127.0.0.1:0 --token "$STATE/token" 2> log &
until url=$(grep -so 'http://[^ ]*' log); do sleep 0.02; done
ask() { curl -sS --fail-with-body -o reply -H "Authorization: Bearer $(cat "$STATE/token")" "$@"; }
items() { ask "${url%/}/v1/items?limit=100" && jq -e "[.items[] | select($1)] | length == $2" reply > count; }
ask --json '{"refs":["playlist:1","track:4"]}' "${url%/}/v1/items" && echo added >> marks
until items '.id | contains("track")' 4; do sleep 0.02; done
ask -X POST "${url%/}/v1/items/catalog:track:3/pause" && echo paused >> marks
ask -X DELETE "${url%/}/v1/items/catalog:track:2" && echo cancelled >> marks
touch open
until items '.state == "done"' 2; do sleep 0.02; done
ask --json '{"state":"done"}' "${url%/}/v1/clear"
echo resuming >> marks
ask -X POST "${url%/}/v1/items/catalog:track:3/resume"
until items '.id == "catalog:track:3" and .state == "done"' 1; do sleep 0.02; done
kill $!
wait $!
"""
# The server takes its token and its queue up again, and ends; `run` does what is left.
SERVE_AGAIN = """
rm -f log; touch open
segue serve --listen 127.0.0.1:0 --token "$STATE/token" 2> log &
until grep -sq http:// log || ! kill -0 $!; do sleep 0.01; done
echo resuming >> marks
segue resume --all > answers
kill $!
wait $! && segue run --quiet
"""


@dataclasses.dataclass(frozen=True)
class Scenario:
    """Shell texts; the last command of each has to succeed, and none of what is there before is recorded."""

    name: str
    act: str = RUN
    goes_on: str = ""  # what is run after a crash, if it is not the same
    before: str = ""
    between: object = None  # a function of the stage, after that
    tracks: int = 3
    place: tuple = ()  # further options
    record: tuple = ()
    catalog: str = "origin"
    verifies: bool = True
    gate: bool = False
    links: bool = True  # whether the file system has hard links, and a rename that replaces nothing
    resolve: tuple = ()
    how: tuple = ()  # what the shop does beside that
    former: tuple = ()  # and before it
    loses: bool = False  # whether a file has to be fetched anew: all that an early link led to, and then what is there of it
    inbox: bool = False  # whether music comes from there, and not from a catalog
    books_all: bool = True  # whether each row of the catalogue has its file at any moment
    judged: str = "whole"
    weight: int = 10  # its share of the states
    may_leave: str = "(?!)"  # paths that nothing needs and that no later run clears up, as a pattern

    @property
    def after(self):
        return self.goes_on or self.act


def retitle(_):
    """The catalogue learns of another genre."""
    with sqlite3.connect(f"{LIBRARY}/.segue/catalogue.sqlite") as database:
        database.execute("UPDATE track SET section = json_set(section, '$.genres', json('[\"Jazz\"]'))")
    database.close()


def interrupt(_):
    """Somebody was killed who had changed the catalogue: there is a log beside it."""
    script = "import os, sqlite3, sys; d = sqlite3.connect(sys.argv[1]); d.execute('UPDATE track SET bytes = 1'); d.commit(); os._exit(0)"
    subprocess.run([sys.executable, "-c", script, f"{LIBRARY}/.segue/catalogue.sqlite"], check=True)


def damage(_):
    """A bit flips on the disk, which leaves no trace in the times of the file."""
    path = sorted(pathlib.Path(LIBRARY).rglob("*.flac"))[0]
    times, content = os.stat(path), bytearray(path.read_bytes())
    content[len(content) * 2 // 3] ^= 4
    path.write_bytes(content)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))


def strip(_):
    """A library without its catalogue, with a file of the user's own in it."""
    shutil.rmtree(f"{LIBRARY}/.segue")
    shutil.rmtree(STATE)
    os.mkdir(f"{LIBRARY}/Own")
    shutil.copy("own.flac", f"{LIBRARY}/Own/own.flac")


def empty(_):
    """Another disk is there, with nothing on it yet."""
    shutil.rmtree(LIBRARY)
    os.mkdir(LIBRARY)


def drop(_):
    """An archive is put into the inbox."""
    os.mkdir(INBOX)
    shutil.make_archive(f"{INBOX}/album", "zip", "music/Artist")


def leave(stage):
    """A track left the list, and is there again."""
    shorten(stage)
    stage.serve()
    must(stage, MIRROR)
    stage.restock()


def must(stage, text, name="pipeline.json"):
    status, said = stage.run(text, name)
    if status != 0:
        raise OSError(f"{text}: {status}: {said}")


def settle_in(_):
    os.mkdir(f"{ROOT}/home")


def pack(_):
    shutil.make_archive("album", "zip", "music/Artist")


def unname(_):
    """What was fetched did not get its name any more."""
    for state in pathlib.Path(STATE, "spool").glob("*.json"):
        state.with_suffix(".media").rename(f"{state.with_suffix('.media')}.part")


def shorten(_):
    """A track leaves the list."""
    lines = pathlib.Path("music/Mine.m3u8").read_text().splitlines(keepends=True)
    pathlib.Path("music/Mine.m3u8").write_text("".join(lines[:-1]))


SCENARIOS = {scenario.name: scenario for scenario in [
    Scenario("run", weight=16),
    Scenario("cuts", catalog="shop", tracks=2, verifies=False, weight=4),
    Scenario("stale", catalog="shop", tracks=1, verifies=False, loses=True, weight=4),
    Scenario("playlists", record=("--layout", "playlists")),
    # A crash between booking and sweeping leaves files in the spool of a pipe; `segue run` looks there, a pipe does not.
    Scenario("pipe", act=PIPE, may_leave="state/spool/.*"),
    Scenario("named", act=PLAIN_PIPE, before=FETCHED, between=unname, catalog="shop", how=("whole",), former=("whole",), tracks=1, may_leave="state/spool/.*", weight=4),
    Scenario(
        "move", act="segue move > answers", before=RUN, place=("--template", "%year%/%album%/%title%"), books_all=False,
        may_leave="Music/Artist(/Album 1(/.segue-album)?)?"),
    Scenario(
        "move-flat", act="segue move > answers", before=RUN, place=("--template", "Songs/%title%"), books_all=False, weight=4,
        may_leave="Music/Artist(/Album 1(/.segue-album)?)?"),
    Scenario("dress", catalog="shop", tracks=1, verifies=False, before=RUN, former=("bare",), books_all=False, weight=4),
    Scenario("better", catalog="shop", tracks=2, verifies=False, before=RUN, former=("worse",), resolve=("--upgrade",), books_all=False, weight=4),
    Scenario("retag", act="segue retag > answers", before=RUN, between=retitle, books_all=False),
    Scenario(
        "mirror", act=MIRROR, before="segue run --quiet playlist:2", between=shorten, tracks=5, books_all=False,
        may_leave="Music/Artist/Album 2"),
    Scenario("back", act=MIRROR, before="segue run --quiet playlist:2", between=leave, tracks=5, books_all=False, weight=4),
    Scenario(
        "repair", act='{ segue verify --library "$LIBRARY" --repair > answers || [ $? = 1 ]; } && segue run --quiet', before=RUN, between=damage,
        books_all=False),
    Scenario("import", act=IMPORT, before=RUN, between=strip, books_all=False),
    Scenario("inbox", act="segue run --quiet", between=drop, inbox=True, judged="audio", weight=4),
    Scenario("anew", act=IMPORT, before=RUN, between=empty, books_all=False, weight=6),
    Scenario("rebuild", act=REBUILD, goes_on=REBUILD_AGAIN, before=RUN, between=interrupt, books_all=False, weight=4),
    Scenario("copies", record=("--layout", "playlists"), links=False, weight=4),
    Scenario("inbox-made", act=DROPPED, goes_on=DROPPED_AGAIN, between=pack, inbox=True, judged="audio", weight=4),
    Scenario("inbox-copies", act="segue run --quiet", between=drop, inbox=True, links=False, judged="audio", weight=4),
    Scenario("pictures", goes_on=RUN_TO_THE_END, catalog="shop", tracks=2, verifies=False, how=("bare",), weight=4),
    Scenario("passwords", act=WITH_PASSWORDS, before="segue add track:1", catalog="shop", tracks=2, verifies=False, weight=4),
    Scenario("posted", act=POSTED, between=settle_in, weight=4),
    Scenario("demo", act=ORIGIN, weight=2),
    Scenario(
        "serve", act=SERVE, goes_on=SERVE_AGAIN, tracks=4, gate=True, judged="marks")]}

# For calls that fail, which no crash is. What makes them fail notes that in a file, which no stage may write in its jail.
UNSPOILT = "segue run --quiet --jail off"
FIVE = Scenario("five", act=f"{UNSPOILT} playlist:1", tracks=5)
# A server over the same tracks, which is asked for this and that. What only looks at it is spared.
SERVED = """
rm -f log
spared() { env -u LD_PRELOAD "$@"; }
spared segue add playlist:1 > answers
segue serve --jail off --listen 127.0.0.1:0 --token "$STATE/token" 2> log &
over() { spared segue stats --json | jq -e '.ready + .running + .waiting + .open == 0' > count; }
until ! kill -0 $! || over; do sleep 0.05; done
if url=$(grep -so 'http://[^ ]*' log); then
  for path in v1/stats v1/items v1/history healthz; do
    curl -sS -o reply -H "Authorization: Bearer $(cat "$STATE/token")" "${url%/}/$path"
  done
fi
kill $!
wait $!
"""
SERVING = Scenario("serving", act=SERVED, goes_on=f"{UNSPOILT} playlist:1", tracks=5)
ALL = {**SCENARIOS, "five": FIVE, "serving": SERVING}


class Stage:
    """A folder with all that a scenario needs beside the tree that crashes: music, a server, keys and a pipeline file."""

    def __init__(self, folder, scenario):
        self.folder, self.scenario, self.server, self.url = pathlib.Path(folder), scenario, None, f"http://127.0.0.1:{PORT}"

    def furnish(self):
        music = self.folder / "music"
        music.mkdir(parents=True)
        for number in range(self.scenario.tracks):
            album = music / "Artist" / f"Album {1 + (number == 4)}"
            album.mkdir(parents=True, exist_ok=True)
            tags = {"title": f"Title {number}", "artist": "Artist", "album": album.name, "track": str(number + 1), "date": "2001"}
            kind = "mp3" if number == 1 and self.scenario.catalog == "origin" else "flac"
            noise = f"anoisesrc=d={110 if number == self.scenario.tracks - 1 else 1}:seed={number + 1}:r=44100"
            sound = f"sine={300 + 50 * number}:duration=0.3" if self.scenario.catalog == "origin" else noise
            encode(sound, album / f"{number + 1:02} x.{kind}", tags)
            if self.scenario.former == ("worse",):
                encode(sound if self.scenario.catalog == "origin" else noise, album / f"{number + 1:02} y.mp3", tags)
        for album in (music / "Artist").iterdir():
            encode("color=red:s=64x64", album / "cover.jpg", {}, "-frames:v", "1")
        encode("sine=900:duration=0.2", self.folder / "own.flac", {"title": "Own", "artist": "Nobody"})
        if not self.scenario.links:
            preload(self.folder)
        return self

    def restock(self):
        """Writes the list that a track may have left."""
        music = self.folder / "music"
        (music / "Mine.m3u8").write_text("".join(f"{p.relative_to(music)}\n" for p in sorted(music.rglob("*x.*"))))

    def serve(self, is_former=False):
        """Starts the server, in place of the one that runs."""
        if self.server:
            self.close()
        if self.scenario.catalog == "shop":
            how = [*(["refuse"] if self.scenario.loses else []), *(self.scenario.former if is_former else self.scenario.how)]
            command = [sys.executable, pathlib.Path(__file__).parent / "cutting_server.py", self.folder / "music", PORT, *how]
        else:
            command = [PROGRAMS / "origin", self.folder / "music", "--listen", f"127.0.0.1:{PORT}", "--keyring", self.folder / "keys.txt"]
        self.server = subprocess.Popen([str(part) for part in command], stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
        if "http://" not in (said := self.server.stderr.readline()):
            raise OSError(f"{command[0]} does not start: {said}{self.server.stderr.read()}")
        for name, is_new in (("pipeline.json", True), ("before.json", False)):
            (self.folder / name).write_text(json.dumps(self.pipeline(is_new)))

    def close(self):
        self.server.kill()
        self.server.communicate()

    def pipeline(self, is_new):
        catalog = ["--catalog", self.url, "--rate", "0", "--library", LIBRARY, *self.scenario.resolve]
        if self.scenario.inbox:
            coming = [{"name": "intake", "run": ["intake", "--library", LIBRARY], "mode": "expand"}]
        else:
            coming = [{"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog]},
                      *([{"name": "gate", "run": ["sh", "-c", GATE]}] if self.scenario.gate else []),
                      {"name": "fetch", "run": ["fetch"]},
                      *([{"name": "lose", "run": ["jq", "-c", "--unbuffered", LOSE]}] if self.scenario.loses else []),
                      {"name": "decrypt", "run": ["decrypt", "--keyring", str(self.folder / "keys.txt")]}]
        stages = [
            *coming,
            *([{"name": "verify", "run": ["verify"]}] if self.scenario.verifies else []),
            {"name": "place", "run": ["place", "--library", LIBRARY, *(self.scenario.place if is_new else ())]},
            {"name": "record", "run": ["record", "--library", LIBRARY, *self.scenario.record]}]
        if self.scenario.catalog == "shop":
            stages = [stage for stage in stages if stage["name"] != "decrypt"]
        return {
            "ledger": f"{STATE}/ledger.sqlite", "spool": {"dir": f"{STATE}/spool"}, "retry": {"attempts": 5, "base": "10ms", "cap": "100ms"},
            "grace": "5s", **({"inbox": {"dir": INBOX, "still": "50ms"}} if self.scenario.inbox else {}), "stages": stages}

    def environment(self, name="pipeline.json", **more):
        linkless = {} if self.scenario.links else {"SEGUE_NO_LINKS": "1", "LD_PRELOAD": str(self.folder / "without.so")}
        return {
            **ENVIRONMENT, **linkless, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}", "SEGUE_PIPELINE": str(self.folder / name), "URL": self.url, "LIBRARY": LIBRARY,
            "STATE": STATE, "INBOX": INBOX, **more}

    def run(self, text, name="pipeline.json", wrapped=(), seconds=60, **more):
        """Runs a shell text in the folder; its status, and what it said. What does not end in time has the status -9."""
        command = [*wrapped, "bash", "-c", f"set -o pipefail; {text}"]
        with subprocess.Popen(
            command, cwd=self.folder, env=self.environment(name, **more), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                start_new_session=True) as process:
            try:
                said = process.communicate(timeout=seconds)[1].decode(errors="replace")
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, 9)
                return -9, f"no end within {seconds} s"
            # One that a signal ended has the status that a shell gives it.
            return 128 - process.returncode if process.returncode < 0 else process.returncode, said


def encode(source, target, tags, *options):
    metadata = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", source, *options, *metadata, str(target)], check=True)


def preload(folder):
    """Builds what can be preloaded there."""
    library = pathlib.Path(folder) / "without.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, pathlib.Path(__file__).parent / "without.c", "-ldl"], check=True)
    return library
