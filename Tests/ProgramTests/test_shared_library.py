"""Several machines that place files in one library: where locks do not reach from one to another, and names are given by links, as over NFS."""

import errno
import hashlib
import json
import os
import pathlib
import subprocess
import time
import uuid

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

SOURCE = pathlib.Path(__file__).parent / "poor_file_system.c"
COUNT = 12


@pytest.fixture(scope="session")
def shim(tmp_path_factory):
    library = tmp_path_factory.mktemp("shim") / "shim.so"
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, SOURCE, "-ldl"], check=True)
    return library


@pytest.fixture(scope="session")
def sounds(tmp_path_factory):
    """The same sounds on the spools of two machines."""
    folders = [tmp_path_factory.mktemp(f"spool-{n}") for n in range(2)]
    for n in range(4):
        sound = ["-f", "lavfi", "-i", f"sine={200 + 100 * n}:duration=0.3", "-map_metadata", "-1"]
        subprocess.run(["ffmpeg", "-v", "error", *sound, folders[0] / f"{n}.flac"], check=True)
        (folders[1] / f"{n}.flac").write_bytes((folders[0] / f"{n}.flac").read_bytes())
    return folders


@pytest.fixture
def machine(tmp_path, shim):
    """machine(records) -> a place on a machine of its own, with a network, a kernel's identity and locks of its own, and the library that all share."""
    running = []
    if subprocess.run(["unshare", "--mount", "--net", "true"], capture_output=True).returncode != 0:
        pytest.skip("namespaces cannot be had here")

    def call(records, *options):
        identity, folder = str(uuid.uuid4()), tmp_path / f"machine-{len(running)}"
        folder.mkdir()
        (folder / "boot_id").write_text(identity + "\n")
        (folder / "records").write_bytes(lines(*records))
        script = f'mount --bind {folder}/boot_id /proc/sys/kernel/random/boot_id && LD_PRELOAD={shim} exec {PROGRAMS / "place"} "$@"'
        command = ["unshare", "--mount", "--net", "sh", "-c", script, "sh", "--library", tmp_path / "Music", *options]
        with (folder / "records").open("rb") as given, (folder / "answers").open("wb") as answers, (folder / "notes").open("wb") as notes:
            process = subprocess.Popen(
                [str(part) for part in command], stdin=given, stdout=answers, stderr=notes, env={**ENVIRONMENT, "DEAF": "1", "NO_RENAME": str(errno.EINVAL)})
        process.folder, process.identity = folder, identity
        running.append(process)
        return process

    yield call
    for process in running:
        process.kill()
        process.wait()


def answers(process):
    assert process.wait(timeout=120) == 0, (process.folder / "notes").read_text()
    return [json.loads(line) for line in (process.folder / "answers").read_bytes().splitlines()]


def records(folder, count=COUNT, **members):
    made = []
    for n in range(count):
        path = folder / f"{n % 4}.flac"
        content = path.read_bytes()
        made.append({
            "v": 1, "kind": "track", "id": f"c:track:{n}", "media": {"url": "http://127.0.0.1/x", "format": "flac"},
            "track": {"title": f"Song {n // 2}", "artist": "A", "album": "B", "album_id": "c:album:1", **members},
            "file": {"path": str(path), "bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}})
    return made


def files(library):
    return {str(p) for p in library.rglob("*") if p.is_file() and p.name[0] != "."}


def temporaries(library):
    return [p.name for p in library.rglob(".segue*") if p.name != ".segue-album"]


def settled(machine, given):
    """The answers of machines to these lists of records, asked again for what failed for now, as a driver does."""
    finished = [{} for _ in given]
    for _ in range(10):
        processes = [machine([r for r in records if r["id"] not in done]) for records, done in zip(given, finished)]
        for process, done in zip(processes, finished):
            for answer in answers(process):
                assert answer["kind"] == "track" or answer["class"] == "transient", answer
                if answer["kind"] == "track":
                    done[answer["id"]] = answer
        if all(len(done) == len(records) for records, done in zip(given, finished)):
            return finished
    pytest.fail("it never came to an end")


def test_two_machines_place_the_same_tracks_once(machine, sounds, tmp_path):
    ours, theirs = settled(machine, [records(sounds[0]), records(sounds[1])])
    assert {i: a["placed"] for i, a in ours.items()} == {i: a["placed"] for i, a in theirs.items()}
    placed = [a["placed"] for a in ours.values()]
    assert files(tmp_path / "Music") == {p["path"] for p in placed} and len({p["path"] for p in placed}) == COUNT
    assert all(hashlib.sha256(pathlib.Path(p["path"]).read_bytes()).hexdigest() == p["sha256"] for p in placed)
    assert temporaries(tmp_path / "Music") == []


def test_albums_of_one_name_have_folders_of_their_own_on_two_machines(machine, sounds, tmp_path):
    for round in range(4):
        name = f"Hits {round}"
        ours, theirs = settled(machine, [
            records(sounds[0], 2, album=name), records(sounds[1], 2, album=name, album_id="c:album:2", title="Other", release_date="2001-01-01")])
        marks = {p.parent: p.read_text() for p in (tmp_path / "Music").rglob(".segue-album")}
        assert {marks[pathlib.Path(a["placed"]["path"]).parent] for a in ours.values()} == {"c:album:1"}, round
        assert {marks[pathlib.Path(a["placed"]["path"]).parent] for a in theirs.values()} == {"c:album:2"}, round


def test_what_a_machine_left_that_is_gone_is_removed_after_a_day(machine, sounds, tmp_path):
    answers(machine(records(sounds[0], 1)))
    folder = tmp_path / "Music/A/B"
    for name, age in [(".segue-0123456789abcdef-01234567.part", 90_000), (".segue-0123456789abcdee-01234567.part", 80_000)]:
        (folder / name).write_bytes(b"half")
        os.utime(folder / name, (time.time() - age,) * 2)
    answers(machine(records(sounds[0], 2)))
    assert temporaries(tmp_path / "Music") == [".segue-0123456789abcdee-01234567.part"]
