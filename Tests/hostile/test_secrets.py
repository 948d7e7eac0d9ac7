"""Secrets are in no argument, environment, record, ledger, log, event or core file, and not in memory for longer than they are needed."""

import contextlib
import hashlib
import json
import os
import pathlib
import resource
import signal
import subprocess
import time

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

KEY, TOKEN, VARIABLE = "c0ffee5eed00112233445566778899aa", "token-canary-71", "variable-canary-72"


@pytest.fixture
def held(site, tmp_path):
    """A driver in the middle of its work, with a secret of each kind, and the word that lets it go on."""
    audio = min(pathlib.Path("/usr/share/sonic-pi/samples").glob("*.flac"), key=lambda p: p.stat().st_size).read_bytes()
    site.answers["/a.flac"] = lambda request: (200, {"Content-Type": "audio/flac"}, audio)
    (tmp_path / "keys.txt").write_text(f"k {KEY}\n")
    (tmp_path / "credentials").write_text(f"c {site.url.split('//')[1]} bearer {TOKEN}\n")
    for name in ("keys.txt", "credentials"):
        (tmp_path / name).chmod(0o600)
    stages = [
        {"name": "fetch", "run": ["fetch", "--credentials", "credentials"]}, {"name": "decrypt", "run": ["decrypt", "--keyring", "keys.txt"]},
        {"name": "gate", "run": ["sh", "-c", "while ! test -e open; do sleep 0.1; done; exec cat"]},
        {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
    (tmp_path / "pipeline.yaml").write_text(json.dumps({"ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "stages": stages}))
    record = {"v": 1, "id": "c:track:1", "kind": "track", "track": {"title": "A", "artist": "B"}, "media": {"url": f"{site.url}/a.flac", "format": "flac", "auth": "c"}}
    driver = subprocess.Popen(
        [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        cwd=tmp_path, env={**ENVIRONMENT, "MUSIC_PASSWORD": VARIABLE})
    driver.stdin.write(lines(record))
    driver.stdin.flush()
    with driver:
        yield driver, tmp_path
        driver.kill()


def stages_of(driver):
    """The processes that it started, by the name of their program."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == driver.pid:
                found[(entry / "comm").read_text().strip()] = entry
    return found


def test_no_process_and_no_file_has_a_secret_but_those_that_keep_it(held):
    driver, folder = held
    end = time.monotonic() + 60
    while not {"fetch", "decrypt", "sh"} <= stages_of(driver).keys():
        assert driver.poll() is None and time.monotonic() < end, driver.stderr.read()
        time.sleep(0.05)
    for name, process in stages_of(driver).items():
        environment, arguments = (process / "environ").read_bytes(), (process / "cmdline").read_bytes()
        for secret in (KEY, TOKEN, VARIABLE):
            assert secret.encode() not in environment + arguments, name
        assert "Max core file size        0                    0" in (process / "limits").read_text(), name
        assert "NoNewPrivs:\t1" in (process / "status").read_text() and "Seccomp:\t2" in (process / "status").read_text()
    (folder / "open").touch()
    events, log = driver.communicate(timeout=60)
    assert driver.returncode == 0, log
    for file in [p for p in folder.rglob("*") if p.is_file() and p.name not in ("keys.txt", "credentials")]:
        for secret in (KEY, TOKEN, VARIABLE):
            assert secret.encode() not in file.read_bytes(), file
    for secret in (KEY, TOKEN, VARIABLE):
        assert secret.encode() not in events + log


def core_of(tmp_path, program, *arguments):
    """Whether a program that waits for its input leaves a core file where it may."""
    process = subprocess.Popen(
        [PROGRAMS / program, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=tmp_path,
        env={**ENVIRONMENT, "SWIFT_BACKTRACE": "enable=no"},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY)))
    # What it answers first comes after it has read its keys.
    process.stdin.write(lines({"v": 1, "kind": "skip", "id": "c:track:1"}))
    process.stdin.flush()
    process.stdout.readline()
    os.kill(process.pid, signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = status
    assert os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGABRT
    return os.WCOREDUMP(status)


def test_a_process_with_keys_leaves_no_core_file(tmp_path):
    (tmp_path / "keys.txt").write_text(f"k {KEY}\n")
    (tmp_path / "keys.txt").chmod(0o600)
    if not core_of(tmp_path, "verify"):
        pytest.skip("this machine writes no core files")
    assert not core_of(tmp_path, "decrypt", "--keyring", "keys.txt")


def memory(process):
    """All that a process could have written."""
    found = []
    maps = pathlib.Path(f"/proc/{process}/maps").read_text()
    with open(f"/proc/{process}/mem", "rb", buffering=0) as file:
        for line in maps.splitlines():
            place, rights, *_ = line.split()
            start, end = (int(part, 16) for part in place.split("-"))
            if rights.startswith("rw") and end - start < 1 << 28:
                with contextlib.suppress(OSError):
                    file.seek(start)
                    found.append(file.read(end - start))
    return b"".join(found)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root sees the memory of a process with keys")
def test_a_key_that_left_the_keyring_is_in_memory_no_more(tmp_path, start):
    keyring, spooled = tmp_path / "keys.txt", tmp_path / "a.media"
    keyring.write_text(f"k {KEY}\n")
    keyring.chmod(0o600)
    spooled.write_bytes(os.urandom(5000))
    cipher = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
    record = {"v": 1, "id": "c:track:1", "kind": "track", "media": {"url": "http://x.example/a", "format": "flac", "cipher": cipher},
        "file": {"path": str(spooled), "bytes": 5000, "sha256": hashlib.sha256(spooled.read_bytes()).hexdigest(), "cipher": cipher}}
    process = start("decrypt", "--keyring", keyring)

    def ask():
        process.stdin.write(lines(record))
        process.stdin.flush()
        return json.loads(process.stdout.readline())

    assert ask()["code"] == "wrong_key"
    assert bytes.fromhex(KEY) in memory(process.pid)
    (tmp_path / "new").write_text("other 00112233\n")
    (tmp_path / "new").chmod(0o600)
    os.rename(tmp_path / "new", keyring)
    assert ask()["code"] == "no_key"
    left = memory(process.pid)
    assert bytes.fromhex(KEY) not in left and KEY.encode() not in left


def test_a_keyring_that_is_replaced_is_read_in_the_jail_too(tmp_path):
    """What a stage may read is a file and no name: it ends, and the next process has the new file."""
    def replace(text):
        (tmp_path / "new").write_text(text)
        (tmp_path / "new").chmod(0o600)
        os.rename(tmp_path / "new", tmp_path / "keys.txt")

    replace(f"k1 {KEY}\n")
    (tmp_path / "state" / "spool").mkdir(parents=True)
    stages = [{"name": "decrypt", "run": ["decrypt", "--keyring", "keys.txt"]}]
    (tmp_path / "pipeline.yaml").write_text(json.dumps({"ledger": "state/ledger.sqlite", "spool": {"dir": "state/spool"}, "stages": stages}))
    with subprocess.Popen(
        [PROGRAMS / "segue", "run", "--pipeline", "pipeline.yaml", "--json", "-"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=tmp_path,
            env=ENVIRONMENT) as driver:
        def outcome(number):
            spooled = tmp_path / "state" / "spool" / f"{number}.media"
            spooled.write_bytes(os.urandom(5000))
            cipher = {"scheme": "bf-cbc-stripe", "key_id": f"k{number}", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
            driver.stdin.write(lines({
                "v": 1, "id": f"c:track:{number}", "kind": "track", "media": {"url": "http://x.example/a", "format": "flac", "cipher": cipher},
                "file": {"path": str(spooled), "bytes": 5000, "sha256": hashlib.sha256(spooled.read_bytes()).hexdigest(), "cipher": cipher}}))
            driver.stdin.flush()
            for line in driver.stdout:
                if (event := json.loads(line))["type"] == "failed" and event["id"] == f"c:track:{number}":
                    return event["code"]

        try:
            assert outcome(1) == "wrong_key"
            replace("k2 00112233\n")
            assert outcome(2) == "wrong_key" and outcome(1000) == "no_key"
        finally:
            driver.kill()
