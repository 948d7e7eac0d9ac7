"""GNU parallel over ssh: two machines of which one goes away, here two servers on loopback."""

import contextlib
import getpass
import os
import pathlib
import shutil
import socket
import subprocess
import threading

import pytest
from errands import dump, end, same_library
from programs import PROGRAMS, ROOT

SSHD = shutil.which("sshd") or "/usr/sbin/sshd"
QUIETLY = ["-q", "-N", "", "-t", "ed25519", "-f"]


class Host:
    """An ssh server on loopback with keys of its own."""

    def __init__(self, folder):
        if not os.access(SSHD, os.X_OK) or not shutil.which("parallel"):
            pytest.skip("openssh-server and parallel cannot be had here")
        folder.mkdir()
        for key in ("host", "user"):
            subprocess.run(["ssh-keygen", *QUIETLY, folder / key], check=True)
        options = {
            "HostKey": folder / "host", "AuthorizedKeysFile": folder / "user.pub", "PidFile": "none", "StrictModes": "no", "PermitRootLogin": "yes",
            "MaxStartups": "100", "PasswordAuthentication": "no"}
        if os.getuid() == 0:
            pathlib.Path("/run/sshd").mkdir(exist_ok=True)
        (folder / "config").write_text("".join(f"{name} {value}\n" for name, value in options.items()))
        # Somebody else may take a port that was free.
        port = next(port for port in (self.listens(folder) for _ in range(5)) if port)
        known = "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes -o ConnectTimeout=5"
        self.login = f"ssh -p {port} -i {folder / 'user'} {known} {getpass.getuser()}@127.0.0.1"

    def listens(self, folder):
        """The port at which it listens; None if somebody else has it."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.process = subprocess.Popen([SSHD, "-D", "-e", "-f", folder / "config", "-o", f"ListenAddress=127.0.0.1:{port}"], stderr=subprocess.PIPE)
        for line in self.process.stderr:
            if b"Server listening" in line:
                threading.Thread(target=self.process.stderr.read, daemon=True).start()
                return port
        self.process.wait()
        return None

    def goes_away(self):
        """As when its power is cut: nothing that it started goes on."""
        end(self.process)


@pytest.fixture
def hosts(tmp_path):
    made = []
    try:
        for number in (1, 2):
            made.append(Host(tmp_path / f"host-{number}"))
        yield made
    finally:
        for host in made:
            host.goes_away()


@pytest.mark.parametrize("goes", [False, True], ids=["both stay", "one goes away"])
def test_two_machines_bring_home_what_one_does(hosts, errand, tmp_path, goes):
    made = errand(6, 10)
    alone, spread = made("alone"), made("spread out")
    assert alone.segue("run", "--quiet").status == 1
    environment = {
        **spread.environment, "PATH": f"{PROGRAMS}:{spread.environment['PATH']}", "SEGUE": str(PROGRAMS.resolve() / "segue"), "RECORDS": "4",
        "PARALLEL_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [ROOT / "Pipelines/parallel/run.sh", spread.file, *(host.login for host in hosts)], cwd=spread.folder, env=environment,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if goes:
        spread.wait(lambda: len(list(spread.library.rglob("*.flac"))) > 12, 60)
        assert process.poll() is None
        hosts[1].goes_away()
    _, errors = process.communicate(timeout=300)
    assert process.returncode == 0, errors
    (outcomes,) = spread.folder.glob("outcomes-*")
    assert len({line.split(b'"id":"')[1].split(b'"')[0] for line in outcomes.read_bytes().splitlines()}) == 60
    assert same_library(spread, alone)
    before = dump(spread)
    assert spread.segue("merge", outcomes).status == 0 and dump(spread) == before
