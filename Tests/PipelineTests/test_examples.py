"""The examples of the README and the manual, run as they stand: each `sh` block of a page in turn, in one folder.

The music is in ~/Music. But for the README, which begins with nothing, a catalog is served already, its keys are in keys.txt, and its first
playlist is in the library. Only the ports are others than in the text.
"""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import time

import pytest
from manual import PAGES, README, blocks
from programs import ENVIRONMENT, PROGRAMS, ROOT

# Why the blocks of commands that are not run cannot be.
NOT_RUN = {
    ("README.md", "sudo apt install ./segue"): "it installs a release; Tests/bare.sh does",
    ("README.md", "Pipelines/demo.sh"): "test_demo.py runs it, and Tests/bare.sh the installed one",
    ("install.md", "sudo apt install"): "Tests/bare.sh installs the package",
    ("install.md", "sha256sum"): "Tests/bare.sh installs the tarball",
    ("install.md", "Pipelines/packages.sh"): "it installs by apt; test_release.py builds so",
    ("install.md", "PATH="): "Tests/bare.sh does it",
    ("install.md", "sudo install"): "it starts a service",
    ("install.md", "sudo apt remove"): "Tests/bare.sh removes both",
    ("episodes.md", "resolve --last 5"): "it asks a feed on the internet",
    ("internet-archive.md", "ia=/usr/libexec"): "it asks an archive on the internet",
    ("lists.md", "resolve --catalog home=subsonic"): "it asks servers on the internet",
    ("resolve.md", "resolve --catalog home=subsonic"): "it asks a server on the internet",
    ("jellyfin.md", "resolve --credentials"): "it asks a server on the internet",
    ("folders.md", "dav="): "it asks a server on the internet",
    ("folders.md", "rclone lsjson"): "test_folders.py runs it; it needs a storage",
    ("tell.md", "echo "): "it asks a server on the internet",
    ("origin.md", "origin ~/Music"): "it serves until it is stopped; the README's is run",
    ("serve.md", "segue serve"): "it listens for other machines",
}
RUN = [page for page in [README, *PAGES] if any(word == "sh" for word, _ in blocks(page))]


class Reader:
    """Somebody who types what a page says."""

    def __init__(self, folder, music):
        self.folder, self.home, self.groups = folder / "work", folder / "home", []
        self.folder.mkdir()
        self.home.mkdir()
        shutil.copytree(music, self.home / "Music")
        tracks = sorted(p.relative_to(self.home / "Music") for p in (self.home / "Music").rglob("* x.*"))
        for number, name in enumerate(["Evening", "Morning"]):
            (self.home / "Music" / f"{name}.m3u").write_text("".join(f"{t}\n" for t in tracks[number::2]))
        with contextlib.ExitStack() as stack:
            self.ports = {}
            for port in ("8098", "7333"):
                free = stack.enter_context(socket.socket())
                free.bind(("127.0.0.1", 0))
                self.ports[port] = str(free.getsockname()[1])
        shutil.copytree(ROOT / "Pipelines", self.folder / "Pipelines")
        pipeline = self.folder / "Pipelines" / "library.yaml"
        pipeline.write_text(re.sub(r"^hosts: .*$", 'hosts: {"127.0.0.1": {rate: 1000/s}}', self.exchanged(pipeline.read_text()), flags=re.M))
        self.environment = {
            **ENVIRONMENT, "HOME": str(self.home), "XDG_STATE_HOME": str(folder / "state"), "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}

    def exchanged(self, text):
        for port, free in self.ports.items():
            text = text.replace(f"127.0.0.1:{port}", f"127.0.0.1:{free}")
        return text

    def types(self, text):
        """Waits for its end, and for what it starts in the background to listen."""
        text = self.exchanged(text)
        with (self.folder.parent / "shown").open("w+") as shown:
            process = subprocess.Popen(
                ["bash", "-euo", "pipefail", "-c", text], cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=shown,
                stderr=shown, start_new_session=True)
            self.groups.append(process.pid)
            status = process.wait(timeout=120)
            shown.seek(0)
            assert status == 0, f"{text}\n{shown.read()}"
        for port in re.findall(r"127\.0\.0\.1:(\d+).* &(?: |$)", text, re.M):
            self.wait_for(int(port), process.pid)

    def wait_for(self, port, group):
        end = time.monotonic() + 60
        while time.monotonic() < end:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                return
            try:
                os.killpg(group, 0)
            except ProcessLookupError:
                break
            time.sleep(0.05)
        pytest.fail(f"nothing listens on {port}: {(self.folder.parent / 'shown').read_text()}")

    def leaves(self):
        for group in self.groups:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)


@pytest.fixture
def reader(music, tmp_path):
    reader = Reader(tmp_path, music)
    yield reader
    reader.leaves()


@pytest.mark.parametrize("page", RUN, ids=lambda page: page.stem)
def test_the_examples_of_a_page_work(page, reader):
    if page != README:
        reader.types("origin ~/Music --listen 127.0.0.1:8098 --keyring keys.txt &")
        reader.types("segue run --pipeline Pipelines/library.yaml --quiet playlist:1")
    for word, text in blocks(page):
        if word == "sh":
            reader.types(text)
    assert len([p for p in (reader.folder / "Music").rglob("*") if p.suffix in (".flac", ".mp3", ".ogg", ".opus", ".m4a")]) >= 10


def test_every_command_that_is_not_run_has_its_reason():
    found = [(page.name, text) for page in [README, *PAGES] for word, text in blocks(page) if word == "console"]
    assert all(text.startswith("$ ") for _, text in found)
    for name, text in found:
        assert [reason for (page, start), reason in NOT_RUN.items() if page == name and text.startswith(f"$ {start}")], text
    assert len(found) == len(NOT_RUN)
