"""Stages that try what they must not: in the jail each is refused, and without it the same trick works, or the test would prove nothing."""

import ast
import contextlib
import ctypes
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest
from programs import ENVIRONMENT, PROGRAMS

TRICKS_FILE = pathlib.Path(__file__).with_name("tricks.py")
HELPERS = {"spooled", "song", "refuse"}
TRICKS = [
    found.name for found in ast.parse(TRICKS_FILE.read_text()).body
    if isinstance(found, ast.FunctionDef) and not found.args.args and found.name not in HELPERS]
CANARY = "canary-3f9a1c"


@contextlib.contextmanager
def served(family, address):
    """A listening socket that greets whoever comes."""
    with socket.socket(family) as server:
        server.bind(address)
        server.listen()

        def greet():
            with contextlib.suppress(OSError):
                while True:
                    one, _ = server.accept()
                    with one:
                        one.sendall(b"hello")

        threading.Thread(target=greet, daemon=True).start()
        yield server.getsockname()
        server.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def shared_objects():
    """A queue, a semaphore and a piece of memory, as old programs share them: their numbers."""
    libc = ctypes.CDLL(None)
    made = {"queue": libc.msgget(0, 0o600), "semaphore": libc.semget(0, 1, 0o600), "shared": libc.shmget(0, 4096, 0o600)}
    assert min(made.values()) >= 0
    try:
        yield made
    finally:
        libc.msgctl(made["queue"], 0, None), libc.semctl(made["semaphore"], 0, 0), libc.shmctl(made["shared"], 0, None)


class Den:
    """A folder with all that a thief might want, and a pipeline with a thief in it."""

    def __init__(self, folder):
        self.folder, self.log = folder, folder / "log"
        self.song, self.spool = folder / "Music" / "song.flac", folder / "state" / "spool"
        self.song.parent.mkdir(parents=True)
        self.spool.mkdir(parents=True)
        self.song.write_text("a song")
        self.log.touch()
        for name in ("keys.txt", "credentials"):
            (folder / name).write_text(f"k {CANARY}\n")
            (folder / name).chmod(0o600)
        self.program = folder / "tricks.py"
        shutil.copy(TRICKS_FILE, self.program)

    def write(self, stages, **options):
        settings = {"ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "retry": {"attempts": 2, "base": "50ms"}, "grace": "2s"}
        (self.folder / "pipeline.yaml").write_text(json.dumps({**settings, "stages": stages, **options}))

    def record(self, name):
        path = self.spool / f"{name}.media"
        path.write_text("a song")
        return {"v": 1, "id": f"hostile:track:{name}", "kind": "track", "file": {"path": str(path), "bytes": 6}}

    def run(self, names, *options, env=None, **further):
        lines = "".join(json.dumps(self.record(name)) + "\n" for name in names)
        return subprocess.run(
            [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", *options, "-"], input=lines.encode(), capture_output=True, cwd=self.folder,
            env={**ENVIRONMENT, "MUSIC_PASSWORD": CANARY, **(env or {})}, timeout=120, **further)

    @property
    def outcomes(self):
        return {(r := json.loads(line))["id"].rsplit(":", 1)[1]: r["x_outcome"] for line in self.log.read_text().splitlines()}


def all_tricks(folder, *options):
    den = Den(folder)
    with contextlib.ExitStack() as stack:
        sibling = subprocess.Popen(["sleep", "600"], start_new_session=True)
        stack.callback(sibling.wait)
        stack.callback(sibling.kill)
        _, port = stack.enter_context(served(socket.AF_INET, ("127.0.0.1", 0)))
        path = f"/tmp/segue-hostile-{os.getpid()}-{len(options)}.socket"
        stack.callback(lambda: os.unlink(path))
        stack.enter_context(served(socket.AF_UNIX, path))
        abstract = f"segue-hostile-{os.getpid()}-{len(options)}"
        stack.enter_context(served(socket.AF_UNIX, f"\0{abstract}"))
        datagrams = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM))
        datagrams.bind(f"{path}.datagrams")
        stack.callback(lambda: os.unlink(f"{path}.datagrams"))
        targets = {
            "home": str(folder), "song": str(den.song), "port": port, "socket": path, "abstract": abstract, "sibling": sibling.pid,
            "datagram": f"{path}.datagrams", **stack.enter_context(shared_objects())}
        den.write([
            {"name": "thief", "run": [sys.executable, str(den.program), json.dumps(targets)]},
            {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
        done = den.run(TRICKS, *options)
    assert done.returncode == 0, done.stderr
    assert set(den.outcomes) == set(TRICKS)
    return den


@pytest.fixture(scope="module")
def jailed(tmp_path_factory):
    return all_tricks(tmp_path_factory.mktemp("jailed"))


@pytest.fixture(scope="module")
def free(tmp_path_factory):
    return all_tricks(tmp_path_factory.mktemp("free"), "--jail", "off")


def test_there_are_at_least_fifty_tricks():
    assert len(TRICKS) >= 50


@pytest.mark.parametrize("trick", TRICKS)
def test_a_jail_refuses(trick, jailed):
    assert "refused" in jailed.outcomes[trick], jailed.outcomes[trick]


@pytest.mark.parametrize("trick", TRICKS)
def test_without_a_jail_it_works(trick, free):
    if "refused" in free.outcomes[trick]:
        pytest.skip(f"this machine refuses it to everybody: {free.outcomes[trick]['refused']}")


def test_most_tricks_work_without_a_jail(free):
    working = [trick for trick in TRICKS if "got" in free.outcomes[trick]]
    assert len(working) >= 50, {trick: free.outcomes[trick] for trick in TRICKS if trick not in working}


def test_nothing_was_changed(jailed):
    assert jailed.song.read_text() == "a song" and [p.name for p in jailed.song.parent.iterdir()] == ["song.flac"]
    assert CANARY not in jailed.log.read_text()


@pytest.fixture
def den(tmp_path):
    return Den(tmp_path)


def script(den, text):
    """A stage of the test's own, which Python runs."""
    (den.folder / "stage.py").write_text(text)
    return {"name": "stage", "run": [sys.executable, str(den.folder / "stage.py")]}


ECHO = "import json, os, sys\nfor line in sys.stdin:\n    record = json.loads(line)\n"


def test_a_stage_that_answers_for_others_is_ended(den):
    den.write([script(den, ECHO + '    print(json.dumps(record | {"id": "hostile:track:other"}), flush=True)\n')])
    done = den.run(["one"])
    assert done.returncode == 1 and b"hostile:track:other" in done.stderr


def test_what_a_stage_lacks_is_named_in_the_report_with_the_key_that_grants_it(den):
    den.write([script(den, ECHO + '    open("table.csv").read()\n')])
    (den.folder / "table.csv").write_text("x")
    done = den.run(["one"])
    assert done.returncode != 0
    assert b"Permission denied: 'table.csv'" in done.stderr and b"needs: {read: [FILE]}" in done.stderr


def test_a_stage_that_the_runtime_of_swift_may_have_ended_is_told_of(den):
    den.write([script(den, ECHO + "    import os, signal; os.kill(os.getpid(), signal.SIGILL)\n")])
    done = den.run(["one"])
    assert done.returncode != 0 and b"signal 4" in done.stderr and b"needs: {read: [/proc]}" in done.stderr, done.stderr


@pytest.mark.parametrize("line, hint", [
    ("os.system('echo x >> log')", "needs: {write: [FILE]}"),
    ("os.system('python3 -c \"import socket; socket.socket()\"')", "needs: {network: true}"),
    ("os.system('set -u; : $MUSIC_PASSWORD')", "needs: {env: [MUSIC_PASSWORD]}"),
], ids=["file", "network", "variable"])
def test_a_stage_that_goes_on_without_what_it_lacks_is_told_of_once(line, hint, den):
    den.write([script(den, ECHO + f'    {line}\n    print(json.dumps(record), flush=True)\n')])
    done = den.run(["one", "two"])
    assert done.returncode == 0 and done.stderr.count(hint.encode()) == 1, done.stderr


def test_a_stage_that_answers_with_what_it_lacks_is_told_of(den):
    error = {"class": "permanent", "code": "no_table", "message": "table.csv: Permission denied"}
    den.write([script(den, ECHO + f'    print(json.dumps({{"v": 1, "id": record["id"], "kind": "error", **{error}}}), flush=True)\n')])
    done = den.run(["one"])
    assert done.returncode == 1 and b"needs: {read: [FILE]}" in done.stderr, done.stderr


SOURCE = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    try:
        found = open(sys.argv[1][1:]).read()
    except OSError as error:
        found = error.strerror
    answer = {"kind": "track", "id": question.get("track"), "track": {"title": found, "artist": "B"}, "media": {"url": "http://x.example/a", "format": "flac"}}
    print(json.dumps(answer if "track" in question else {"kind": "hello"}), flush=True)
"""


# Answers when what it leaves behind sleeps: the other end of the pipe closes as that starts.
LEAVING = """
import json, os, sys
reader, writer = os.pipe()
if os.fork() == 0:
    try:
        os.setpgid(0, 0)
    except OSError:
        pass
    for number in range(4):
        try:
            os.close(number)
        except OSError:
            pass
    os.execvp("sleep", ["sleep", sys.argv[1]])
os.close(writer)
os.read(reader, 1)
os.close(reader)
for line in sys.stdin:
    question = json.loads(line)
    answer = {"kind": "track", "id": question.get("track"), "track": {"title": "A", "artist": "B"}, "media": {"url": "http://x.example/a", "format": "flac"}}
    print(json.dumps(answer if "track" in question else {"kind": "hello"}), flush=True)
"""


@pytest.mark.parametrize("jail", ["on", "off"])
def test_what_a_source_leaves_behind_ends_with_it(jail, den):
    seconds = f"{700 + os.getpid()}.{jail == 'on':d}"
    (den.folder / "source.py").write_text(LEAVING)
    (den.folder / "tmp").mkdir()
    den.write([{"name": "resolve", "run": ["resolve", "--source", f"own={sys.executable} source.py {seconds}"], "mode": "expand"}])
    done = subprocess.run(
        [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--jail", jail, "own:track:1"], capture_output=True, cwd=den.folder,
        env={**ENVIRONMENT, "TMPDIR": str(den.folder / "tmp")}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert bool(left_asleep(seconds, jail == "on")) == (jail == "off")


@pytest.mark.parametrize("jail, title", [("on", "Permission denied"), ("off", f"k {CANARY}\n")])
def test_a_source_is_held_with_the_stage_that_asks_it(jail, title, den):
    (den.folder / "source.py").write_text(SOURCE)
    # What resolve has for its temporary files, the source has too.
    (den.folder / "tmp").mkdir()
    den.write([
        {"name": "resolve", "run": ["resolve", "--source", f"thief={sys.executable} source.py +keys.txt"], "mode": "expand"},
        {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
    done = subprocess.run(
        [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--jail", jail, "thief:track:1"], capture_output=True, cwd=den.folder,
        env={**ENVIRONMENT, "TMPDIR": str(den.folder / "tmp")}, timeout=60)
    assert done.returncode == 0, done.stderr
    assert [json.loads(line)["track"]["title"] for line in den.log.read_text().splitlines()] == [title]


def test_the_file_may_say_that_nothing_is_held_and_the_command_decides(den):
    den.write([script(den, ECHO + '    open("table.csv").read()\n    print(json.dumps(record), flush=True)\n')], jail="off")
    (den.folder / "table.csv").write_text("x")
    assert den.run(["one"]).returncode == 0
    assert den.run(["two"], "--jail", "on").returncode != 0


def test_a_path_that_is_not_there_cannot_be_granted(den):
    den.write([{**script(den, ECHO), "needs": {"read": ["nowhere"]}}])
    done = den.run(["one"])
    assert done.returncode == 78 and f"it needs {den.folder}/nowhere".encode() in done.stderr


def lying_interpreter(den, first):
    """A script of a stranger's, that Python is told to run, so that nobody looks at its first line but who grants."""
    program = script(den, f"{first}\n{ECHO}" + PEEK)
    (den.folder / "stage.py").chmod(0o755)
    return program["run"]


def shims(den):
    (den.folder / "shims").mkdir()
    return program_at(den, "shims/genre")


def library_elsewhere(den):
    (den.folder / "genre/bin").mkdir(parents=True)
    (den.folder / "genre/lib").symlink_to("../..")
    return program_at(den, "genre/bin/genre")


def environment_elsewhere(den):
    (den.folder / "genre/bin").mkdir(parents=True)
    (den.folder / "genre/pyvenv.cfg").symlink_to("../keys.txt")
    return program_at(den, "genre/bin/genre")


def program_at(den, path, first=f"#!{sys.executable}"):
    (den.folder / path).write_text(f"{first}\n{ECHO}{PEEK}")
    (den.folder / path).chmod(0o755)
    return [f"./{path}"]


PEEK = """
    def read(name):
        try:
            return open(name).read()
        except OSError:
            return None
    print(json.dumps(record | {"x_outcome": read("keys.txt")}), flush=True)
"""


@pytest.mark.parametrize("program", [
    lambda den: lying_interpreter(den, "#!/"), lambda den: lying_interpreter(den, f"#!{den.folder}"),
    lambda den: lying_interpreter(den, f"#!{den.folder}/keys.txt"), lambda den: lying_interpreter(den, "#!."),
    lambda den: program_at(den, "stage", f"#!\t{sys.executable}"), shims, library_elsewhere, environment_elsewhere],
    ids=["root", "folder", "file", "relative", "tab", "shims", "lib", "pyvenv"])
def test_what_a_program_says_of_itself_grants_it_nothing(program, den):
    den.write([{"name": "stage", "run": program(den)}, {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
    done = den.run(["one"])
    assert done.returncode == 0, done.stderr
    assert den.outcomes == {"one": None}


def test_a_program_with_a_network_cannot_be_asked(den):
    stage = ECHO + """
    import socket
    def can(*kind):
        try:
            return bool(socket.socket(*kind).listen() or 1)
        except OSError:
            return False
    print(json.dumps(record | {"x_outcome": [can(socket.AF_INET), can(socket.AF_INET6), can(socket.AF_UNIX)]}), flush=True)
"""
    witness = {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}
    den.write([{**script(den, stage), "needs": {"network": True}}, witness])
    assert den.run(["one"]).returncode == den.run(["two"], "--jail", "off").returncode == 0
    assert den.outcomes == {"one": [False, False, False], "two": [True, True, False]}


def test_needs_grants_what_it_names_and_nothing_else(den, monkeypatch):
    stage = ECHO + """
    def can(act):
        try:
            return bool(act())
        except OSError:
            return False
    import socket
    print(json.dumps(record | {"x_outcome": {
        "read": can(lambda: open("table.csv").read()), "written": can(lambda: open("out/new", "w").write("x")),
        "beside": can(lambda: open("new", "w").write("x")), "spooled": can(lambda: open(record["file"]["path"] + ".x", "w").write("x")),
        "socket": can(lambda: socket.socket()), "variable": os.environ.get("MUSIC_PASSWORD"), "other": os.environ.get("OTHER")}}), flush=True)
"""
    (den.folder / "table.csv").write_text("x")
    (den.folder / "out").mkdir()
    needs = {"read": ["table.csv"], "write": ["out", "$SEGUE_SPOOL"], "network": True, "env": ["MUSIC_PASSWORD"]}
    den.write([{**script(den, stage), "needs": needs}, {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
    done = den.run(["one"], env={"OTHER": "x"})
    assert done.returncode == 0, done.stderr
    assert den.outcomes["one"] == {
        "read": True, "written": True, "beside": False, "spooled": True, "socket": True, "variable": CANARY, "other": None}


RECIPIENT = """
import json, os, pathlib, socket, sys
home, port = pathlib.Path(sys.argv[1]), int(sys.argv[2])


def tried(act):
    try:
        return bool(act())
    except OSError:
        return False


line = sys.stdin.readline()
can = {
    "keyring": tried((home / "keys.txt").read_text), "credentials": tried((home / "credentials").read_text), "song": tried((home / "Music/song.flac").read_text),
    "ledger": tried((home / "state/ledger.sqlite").read_bytes), "spool": tried(lambda: [os.listdir(home / "state/spool")]), "named": tried(open(sys.argv[3]).read),
    "library": tried(lambda: (home / "Music/new").write_text("x")), "variable": "MUSIC_PASSWORD" in os.environ, "told": "SEGUE_SPOOL" in os.environ,
    "network": tried(lambda: socket.create_connection(("127.0.0.1", port)).recv(1))}
print(json.dumps({"v": 1, "kind": "error", "id": json.loads(line)["id"], "class": "config", "code": "told", "message": json.dumps(can)}))
"""


@pytest.mark.parametrize("jail, needs, granted", [
    ("on", None, {"named", "network"}), ("on", {"network": False}, {"named"}),
    ("on", {"read": ["Music"], "env": ["MUSIC_PASSWORD"]}, {"named", "network", "song", "variable"}),
    ("off", None, {"keyring", "credentials", "song", "ledger", "spool", "named", "library", "variable", "network"})], ids=["usual", "no network", "more", "off"])
def test_whom_it_tells_is_held_as_a_stage_is_but_for_the_network(jail, needs, granted, den):
    (den.folder / "told.py").write_text(RECIPIENT)
    (den.folder / "template").write_text("x")
    with served(socket.AF_INET, ("127.0.0.1", 0)) as (_, port):
        recipient = {"name": "own", "run": [sys.executable, "told.py", str(den.folder), str(port), "template"], **({"needs": needs} if needs else {})}
        den.write([script(den, ECHO + "    print(line, end='', flush=True)\n")], tell=[recipient])
        assert den.run(["one"], "--jail", jail).returncode == 0
    told = subprocess.run(
        [PROGRAMS / "segue", "notices", "--pipeline", "pipeline.yaml", "--json"], capture_output=True, cwd=den.folder, env=ENVIRONMENT, check=True).stdout
    can = json.loads(json.loads(told)["message"])
    assert {name for name, is_so in can.items() if is_so} == granted


@pytest.mark.parametrize("jail", ["on", "off"])
def test_tell_itself_is_held_and_still_has_the_files_that_it_names(jail, den):
    (den.folder / "secrets").write_text(f"own 127.0.0.1 bearer {CANARY}\n")
    (den.folder / "secrets").chmod(0o600)
    (den.folder / "body.json").write_text('{"text": "%title%"}')
    asked, held = threading.Event(), threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []

        def receive():
            connection, _ = server.accept()
            with connection:
                heard.append(connection.recv(65536).decode())
                asked.set()
                held.wait(30)
                connection.sendall(b"HTTP/1.1 204 No Content\r\n\r\n")

        threading.Thread(target=receive, daemon=True).start()
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        recipient = {"name": "own", "run": ["tell", "--webhook", url, "--credentials", "secrets", "--body", "body.json"]}
        den.write([script(den, ECHO + "    print(line, end='', flush=True)\n")], tell=[recipient])
        driver = subprocess.Popen(
            [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--jail", jail, "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL, cwd=den.folder, env={**ENVIRONMENT, "MUSIC_PASSWORD": CANARY})
        with driver:
            driver.stdin.write(json.dumps(den.record("one")).encode() + b"\n")
            driver.stdin.close()
            driver.stdin = None
            assert asked.wait(60)
            (tell,) = [p for p in pathlib.Path(f"/proc/{driver.pid}/task").glob("*/children") for p in p.read_text().split()
                if pathlib.Path(f"/proc/{p}/comm").read_text() == "tell\n"]
            status, variables = pathlib.Path(f"/proc/{tell}/status").read_text(), pathlib.Path(f"/proc/{tell}/environ").read_bytes()
            held.set()
            assert driver.wait(timeout=30) == 0, driver.stderr.read()
    assert f"Bearer {CANARY}" in heard[0] and "POST / HTTP/1.1" in heard[0]
    assert ("NoNewPrivs:\t1" in status and "Seccomp:\t2" in status and CANARY.encode() not in variables) == (jail == "on")


# Answers when the daemon sleeps, by the same means.
DAEMON = ECHO + """
    reader, writer = os.pipe()
    if os.fork() == 0:
        try:
            os.setsid()
        except OSError:
            pass
        if os.fork() == 0:
            os.close(0), os.close(1), os.close(2), os.close(3)
            os.execvp("sleep", ["sleep", "%s"])
        os._exit(0)
    os.close(writer)
    os.read(reader, 1)
    os.close(reader)
    print(line, end="", flush=True)
"""


def sleepers(seconds):
    """The processes that sleep for so long."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cmdline").read_bytes() == f"sleep\0{seconds}\0".encode():
                found.append(int(entry.name))
    return found


def left_asleep(seconds, are_to_end):
    """The processes that still sleep, after some seconds where they are to end; they are ended."""
    end = time.monotonic() + 10
    while are_to_end and sleepers(seconds) and time.monotonic() < end:
        time.sleep(0.05)
    left = sleepers(seconds)
    for process in left:
        os.kill(process, signal.SIGKILL)
    return left


@pytest.mark.parametrize("jail", ["on", "off"])
def test_a_daemon_ends_with_the_stage_that_left_it(jail, den):
    seconds = f"{600 + os.getpid()}.{jail == 'on':d}"
    den.write([script(den, DAEMON % seconds)])
    done = den.run(["one"], "--jail", jail)
    assert done.returncode == 0 and (b"left processes behind" in done.stderr) == (jail == "on")
    assert bool(left_asleep(seconds, jail == "on")) == (jail == "off")


# As many as the limit, and more; each child waits until its stage ends.
BOMB = """#!/usr/bin/perl
$| = 1;
while (my $line = <STDIN>) {
    my ($count, @children) = (0);
    while ($count < 2500) {
        my $child = fork();
        last unless defined $child;
        if ($child == 0) { sleep 600; exit }
        push @children, $child;
        $count++;
    }
    kill 'KILL', @children;
    $line =~ s/\\}$/,"x_outcome":{"forks":$count}}/;
    print $line;
}
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="it takes root to be another user")
@pytest.mark.parametrize("jail", ["on", "off"])
def test_there_is_an_end_to_forking(jail):
    folder = pathlib.Path(f"/tmp/segue-bomb-{os.getpid()}-{jail}")
    try:
        den = Den(folder)
        den.program = folder / "bomb.pl"
        den.program.write_text(BOMB)
        den.program.chmod(0o755)
        den.write([
            {"name": "bomb", "run": [str(den.program)]}, {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
        for path in [folder, *folder.rglob("*")]:
            os.chown(path, 65534, 65534)
        done = den.run(["one"], "--jail", jail, env={"XDG_STATE_HOME": str(folder), "HOME": str(folder)}, user=65534)
        if done.returncode == 126 or b"denied" in done.stderr:
            pytest.skip("another user cannot run what was built here")
        assert done.returncode == 0, done.stderr
        assert (den.outcomes["one"]["forks"] < 2500) == (jail == "on")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def test_a_file_grows_only_so_far(den):
    grow = ECHO + """
    import resource
    print(json.dumps(record | {"x_outcome": {"most": resource.getrlimit(resource.RLIMIT_FSIZE)[1], "core": resource.getrlimit(resource.RLIMIT_CORE)[1]}}), flush=True)
"""
    den.write([script(den, grow), {"name": "witness", "run": ["tee", "-a", "log"], "needs": {"write": ["log"]}}])
    assert den.run(["one"]).returncode == 0
    assert den.outcomes["one"] == {"most": 4_000_000_000, "core": 0}


# A filter of its own under which the kernel has no Landlock: the same that older ones answer.
WITHOUT_LANDLOCK = """
import ctypes, os, struct, sys
steps = [(0x20, 0, 0, 0), (0x15, 0, 1, 444), (0x06, 0, 0, 0x00050000 | 38), (0x06, 0, 0, 0x7fff0000)]
program = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *step) for step in steps))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, struct.pack("HxxxxxxQ", len(steps), ctypes.addressof(program))) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


@pytest.mark.parametrize("jail, status", [("on", 0), ("require", 78), ("off", 0)])
def test_a_kernel_without_landlock_is_told_of_in_one_line_or_refused(jail, status, den):
    den.write([{"name": "stage", "run": ["cat"]}])
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_LANDLOCK, PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--jail", jail, "-"],
        input=json.dumps(den.record("one")).encode() + b"\n", capture_output=True, cwd=den.folder, env=ENVIRONMENT, timeout=60)
    assert done.returncode == status, done.stderr
    assert done.stderr.count(b"this kernel has no Landlock") == (jail != "off")


def test_the_kernel_of_the_tests_can_do_all_that_is_promised(den):
    den.write([{"name": "stage", "run": ["cat"]}])
    assert den.run(["one"], "--jail", "require").returncode == 0
