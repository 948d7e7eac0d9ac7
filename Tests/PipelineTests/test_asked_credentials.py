"""A credential that a program gives: asked when it is needed, asked anew when it is refused, once for all replicas, and never written down but once."""

import sys
import threading

import pytest
from programs import lines

AUDIO = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(2000)


class Shop:
    """Audio for whoever has the token of the moment."""

    def __init__(self, site, folder):
        self.site, self.folder, self.lock, self.refused = site, folder, threading.Lock(), 0
        self.changes("t0")
        self.program = folder / "give.py"
        self.program.write_text(
            f"#!{sys.executable}\nimport pathlib\nfolder = pathlib.Path({str(folder)!r})\n"
            "with (folder / 'asked').open('a') as file: file.write('x')\nprint((folder / 'line').read_text(), end='')\n")
        self.program.chmod(0o755)
        for number in range(100):
            site.answers[f"/{number}.mp3"] = self.serve

    def changes(self, token, line=None):
        self.token = token
        (self.folder / "line").write_text(line or f"bearer {token}\n")

    def serve(self, request):
        isRight = request.headers.get("Authorization") == f"Bearer {self.token}"
        with self.lock:
            self.refused += not isRight
        return (200, {"Content-Type": "audio/mpeg"}, AUDIO) if isRight else (401, {}, b"")

    @property
    def asked(self):
        """How often the program ran."""
        path = self.folder / "asked"
        return path.stat().st_size if path.exists() else 0

    def records(self, *numbers):
        return [{"v": 1, "kind": "track", "id": f"c:track:{n}", "track": {"title": f"T{n}"},
                 "media": {"url": f"{self.site.url}/{n}.mp3", "format": "mp3", "auth": "shop"}} for n in numbers]


@pytest.fixture
def shop(site, tmp_path):
    return Shop(site, tmp_path)


@pytest.fixture
def fetch(run, tmp_path, shop, secrets):
    def call(*records, command=None, **options):
        file = secrets(f"shop 127.0.0.1 exec '{command or shop.program}'")
        return run("fetch", "--credentials", file, stdin=lines(*records), env={"XDG_STATE_HOME": str(tmp_path / "state")}, **options)
    return call


def kept(tmp_path):
    return list((tmp_path / "state").rglob("answer"))


@pytest.mark.parametrize("line", ["bearer t0\n", "t0\n", "bearer t0", "header Authorization 'Bearer t0'\nmore\n"])
def test_what_the_program_writes_is_the_credential(line, fetch, shop, tmp_path):
    shop.changes("t0", line)
    done = fetch(*shop.records(1, 2, 3))
    assert [record["kind"] for record in done.records] == ["track"] * 3 and (shop.asked, shop.refused) == (1, 0)
    # Another process need not ask, and nobody else can read what it finds.
    assert fetch(*shop.records(4)).only["kind"] == "track" and shop.asked == 1
    (file,) = kept(tmp_path)
    assert file.stat().st_mode & 0o777 == 0o600 and file.parent.stat().st_mode & 0o777 == 0o700


def test_one_that_is_refused_is_asked_for_anew(fetch, shop):
    assert fetch(*shop.records(1)).only["kind"] == "track"
    shop.changes("t1")
    assert [record["kind"] for record in fetch(*shop.records(2, 3)).records] == ["track", "track"]
    assert shop.asked == 2


@pytest.mark.parametrize("left", [b"", b"bear", b"bearer", b"bearer t", b"t", bytes(10), b"basic x", b"bearer " + bytes(3), b"bearer t0", bytes(9) + b"\n", b"t\x01\n", b"bearer t1\n"])
def test_what_a_crash_left_of_one_is_asked_for_anew(left, fetch, shop, tmp_path):
    fetch(*shop.records(1))
    (file,) = kept(tmp_path)
    file.write_bytes(left)
    assert fetch(*shop.records(2)).only["kind"] == "track" and shop.asked == 2
    assert file.read_bytes() == b"bearer t0\n"
    assert shop.refused == (left == b"bearer t1\n")


def test_one_that_stays_refused_is_a_fault_of_the_set_up_and_not_asked_for_again_at_once(fetch, shop):
    shop.token = "other"
    done = fetch(*shop.records(*range(8)))
    assert {(record["class"], record["code"]) for record in done.records} == {("config", "http_401")}
    assert shop.asked == 2
    assert "t0" not in done.stdout.decode() + done.stderr


@pytest.mark.parametrize("command", ["exit 3", "true", "echo bearer", "echo bearer a b c", "echo exec true", "printf 'basic \\001 x'", "head -c 100000 /dev/zero", "no-such-program"])
def test_a_program_that_gives_none_holds_back_what_needs_it(command, fetch, shop):
    (record,) = fetch(*shop.records(1), command=command.replace("'", '"')).records
    assert (record["class"], record["code"]) == ("config", "no_credential") or command == "echo bearer" and record["code"] == "http_401"
    assert record["host"].startswith("127.0.0.1")


def test_all_replicas_ask_once_when_the_token_changes(drive, shop, secrets, tmp_path):
    file = secrets(f"shop 127.0.0.1 exec {shop.program}")
    driven = drive(None, [{"name": "fetch", "run": ["fetch", "--credentials", str(file), "--transfers", "2"], "replicas": 6, "window": 4,
                            "needs": {"read": [str(tmp_path), sys.prefix], "write": [str(tmp_path)]}}])
    driven.environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    process = driven.start("--quiet", "-")
    process.stdin.write(lines(*shop.records(*range(40))))
    process.stdin.flush()
    driven.wait(lambda: len(driven.items("--state", "done")) == 40)
    assert shop.asked == 1
    shop.changes("t1")
    process.stdin.write(lines(*shop.records(*range(40, 100))))
    process.stdin.close()
    assert process.wait(timeout=60) == 0
    assert shop.asked == 2 and len(driven.items("--state", "done")) == 100 and shop.refused <= 12
    spilt = [path for path in driven.folder.rglob("*") if path.is_file() and (b"t1\n" in path.read_bytes() or b"Bearer t1" in path.read_bytes())]
    assert spilt == [], spilt


def test_a_credentials_file_that_changes_counts_without_a_restart(drive, shop, secrets):
    file = secrets("shop 127.0.0.1 bearer t0")
    driven = drive(None, [{"name": "fetch", "run": ["fetch", "--credentials", str(file)], "replicas": 2}])
    process = driven.start("--quiet", "-")
    process.stdin.write(lines(*shop.records(1, 2, 3)))
    process.stdin.flush()
    driven.wait(lambda: len(driven.items("--state", "done")) == 3)
    shop.changes("t1")
    secrets("shop 127.0.0.1 bearer t1")
    process.stdin.write(lines(*shop.records(4, 5, 6)))
    process.stdin.close()
    assert process.wait(timeout=60) == 0 and shop.refused == 0
