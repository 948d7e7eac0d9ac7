"""The inbox: what is put there is in the library soon after, and leaves the inbox only when it is booked."""

import http.client
import json
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile

import pytest
from archives import HOSTILE, member, store, tar
from programs import PROGRAMS

STAGES = [
    {"name": "intake", "run": ["intake", "--library", "Music"], "mode": "expand"}, {"name": "verify", "run": ["verify"]},
    {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
ALBUM = {
    "The Artist/The Album/01 - Title 1.flac", "The Artist/The Album/02 - Title 2.flac", "The Artist/The Album/03 - Title 3.flac",
    "The Artist/The Album/cover.jpg"}


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    folder = tmp_path_factory.mktemp("album")
    for n in (1, 2, 3):
        tags = {"title": f"Title {n}", "artist": "The Artist", "album": "The Album", "track": f"{n}/3"}
        named = [part for name, value in tags.items() for part in ("-metadata", f"{name}={value}")]
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", f"sine=frequency={100 * n}:duration=1", *named, folder / f"0{n} x.flac"]
        subprocess.run(list(map(str, command)), check=True)
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=120x120", "-frames:v", "1", folder / "cover.jpg"], check=True)
    (folder / "booklet.pdf").write_bytes(b"%PDF-1.7")
    return [(p.name, p.read_bytes()) for p in sorted(folder.iterdir())]


@pytest.fixture
def home(drive):
    """A drive whose pipeline has an inbox; still() is how long something must not have changed."""
    def call(stages=STAGES, still="300ms", **options):
        made = drive(None, stages, inbox={"dir": "Inbox", "still": still}, **options)
        made.inbox = made.folder / "Inbox"
        made.inbox.mkdir()
        return made

    return call


@pytest.fixture
def serving(home):
    """A home that is being served; ended at the end of the test."""
    made = home()
    log = (made.folder / "log").open("wb")
    command = [PROGRAMS / "segue", "serve", "--pipeline", made.file, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, cwd=made.folder, env=made.environment, stderr=log) as process:
        made.process = process
        yield made
        process.kill()


def library(home):
    return {str(p.relative_to(home.library)) for p in home.library.rglob("*") if p.is_file() and ".segue" not in str(p)}


def inside(home):
    """All files in the inbox, but for hidden ones."""
    return {str(p.relative_to(home.inbox)) for p in home.inbox.rglob("*") if p.is_file() and not p.name.startswith(".")}


def put(home, name, files):
    """Writes an archive elsewhere, and moves it into the inbox whole."""
    store(home.folder / name, files)
    (home.folder / name).rename(home.inbox / name)


def test_a_zip_that_is_dropped_while_a_server_runs_is_in_the_library(serving, album):
    put(serving, "album.zip", album)
    before = (serving.inbox / "album.zip").read_bytes()
    serving.wait(lambda: inside(serving) == {"done/album.zip", "done/album.zip.txt"})
    assert library(serving) == ALBUM
    assert (serving.inbox / "done/album.zip").read_bytes() == before
    note = (serving.inbox / "done/album.zip.txt").read_text()
    assert note == "album.zip: 3 taken in\nnot taken in: booklet.pdf\n"
    # What was unpacked is gone from the spool.
    serving.wait(lambda: list((serving.folder / "state/spool").iterdir()) == [])
    # The same again, under another name, adds nothing.
    put(serving, "again.zip", album)
    serving.wait(lambda: "done/again.zip.txt" in inside(serving))
    assert library(serving) == ALBUM and "3 there already" in (serving.inbox / "done/again.zip.txt").read_text()
    # And another one of the same name is not taken for it.
    put(serving, "album.zip", [("04.flac", album[1][1] + b"\0")])
    serving.wait(lambda: "done/2 album.zip.txt" in inside(serving) or "failed/album.zip.txt" in inside(serving))
    serving.wait(lambda: "album.zip" not in os.listdir(serving.inbox))


def test_neither_a_client_nor_a_list_can_name_a_folder(serving, run, album, tmp_path):
    (tmp_path / "01.flac").write_bytes(album[0][1])
    listening = serving.folder / "log"
    serving.wait(lambda: b"listening on" in listening.read_bytes())
    port = int(re.search(r"127\.0\.0\.1:(\d+)", listening.read_text()).group(1))
    for body in (json.dumps({"ref": f"folder:{tmp_path}"}), json.dumps({"refs": [f"folder:{tmp_path}/01.flac"]})):
        client = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        client.request("POST", "/v1/items", body, {"Content-Type": "application/json"})
        answer = client.getresponse()
        assert answer.status == 422 and json.load(answer)["code"] == "local_path"
        client.close()
    (tmp_path / "list.m3u").write_text(f"folder:{tmp_path}\nfolder:{tmp_path}/01.flac\n")
    listed = run("resolve", "list.m3u").records
    assert [r["kind"] for r in listed] == ["error", "error", "done"] and {r["class"] for r in listed[:2]} == {"permanent"}
    assert serving.items() == {}


def test_a_folder_is_taken_in_once_it_is_still(serving, album):
    folder = serving.inbox / "The Album"
    folder.mkdir()
    for name, content in album[:2]:
        (folder / name).write_bytes(content)
        (folder / f"{name}.part").write_bytes(b"more to come")
    time.sleep(1)
    assert library(serving) == set() and not (serving.inbox / "done").exists()
    for name, content in album:
        (folder / name).write_bytes(content)
        (folder / f"{name}.part").unlink(missing_ok=True)
    serving.wait(lambda: (serving.inbox / "done/The Album.txt").exists() and not folder.exists())
    assert library(serving) == ALBUM
    assert sorted(os.listdir(serving.inbox / "done/The Album")) == sorted(name for name, _ in album)


def test_a_run_takes_in_what_is_there_and_ends(home, album):
    one = home()
    put(one, "album.zip", album)
    tar(one.inbox / "other.tar", [(member("y/cover.jpg"), album[4][1])])
    done = one.segue("run")
    assert done.status == 1, done.stderr
    assert library(one) == ALBUM and inside(one) == {"done/album.zip", "done/album.zip.txt", "failed/other.tar", "failed/other.tar.txt"}
    assert "has no audio" in (one.inbox / "failed/other.tar.txt").read_text()
    assert f"it is in {one.inbox}/done/album.zip now" in done.stderr
    assert one.segue("run").status == 1 and inside(one) == {"done/album.zip", "done/album.zip.txt", "failed/other.tar", "failed/other.tar.txt"}


@pytest.mark.parametrize("name", ["x" * 251 + ".zip", "é" * 127, "x" * 252])
def test_whatever_the_length_of_its_name_it_leaves_the_inbox_with_a_note(home, album, name):
    made = home()
    for turn in (1, 2):
        with zipfile.ZipFile(made.folder / "album.zip", "w") as archive:
            for own, content in album: archive.writestr(f"{turn}/{own}", content)
        if name.endswith(".zip"):
            (made.folder / "album.zip").rename(made.inbox / name)
        else:
            (made.inbox / name).mkdir()
            for own, content in album: (made.inbox / name / own).write_bytes(content)
        assert made.segue("run").status == 0
        done = sorted(path.name for path in (made.inbox / "done").iterdir())
        assert len(done) == 2 * turn and name in done and sum(own.endswith(".txt") for own in done) == turn, done
    assert not [path for path in made.inbox.iterdir() if path.name not in ("done", "failed")]


def test_an_album_that_fails_in_part_says_which_part(home, album):
    one = home()
    put(one, "album.zip", [*album[:2], album[4], ("03 x.flac", album[2][1][:-1000])])
    assert one.segue("run").status == 1
    assert len(library(one)) == 3 and inside(one) == {"failed/album.zip", "failed/album.zip.txt"}
    note = (one.inbox / "failed/album.zip.txt").read_text()
    assert "2 taken in, 1 failed" in note and "failed: Title 3: verify:" in note and "damaged" in note


@pytest.mark.parametrize("moment", range(8))
def test_a_kill_at_any_moment_loses_nothing(home, album, moment):
    one = home(still="100ms")
    put(one, "album.zip", album)
    process = one.start()
    time.sleep(0.1 + 0.12 * moment)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    # It is where it was, or booked.
    assert (one.inbox / "album.zip").exists() or library(one) == ALBUM
    assert one.segue("run").status == 0
    assert library(one) == ALBUM
    assert inside(one) - {"done/2 album.zip", "done/2 album.zip.txt"} >= {"done/album.zip"} or "done/2 album.zip" in inside(one)
    assert not (one.inbox / "album.zip").exists() and list((one.folder / "state/spool").iterdir()) == []


def test_a_track_whose_spooled_file_is_lost_is_unpacked_again(home, album, tmp_path):
    losing = tmp_path / "lose.py"
    losing.write_text(
        "import json, os, sys\n"
        "for line in sys.stdin:\n"
        "    record = json.loads(line)\n"
        "    if record['kind'] == 'track' and not os.path.exists('lost'):\n"
        "        os.unlink(record['file']['path'])\n"
        "        open('lost', 'w')\n"
        "    print(line.strip(), flush=True)\n")
    one = home([STAGES[0], {"name": "lose", "run": ["python3", str(losing)]}, *STAGES[1:]])
    put(one, "album.zip", album)
    done = one.segue("run")
    assert done.status == 0, done.stderr
    assert (one.folder / "lost").exists() and library(one) == ALBUM and (one.inbox / "done/album.zip").exists()


def test_the_same_archive_twice_at_once_is_one_album(home, album):
    one = home()
    for name in ("a.zip", "b.zip"):
        put(one, name, album)
    assert one.segue("run").status == 0
    assert library(one) == ALBUM and {"done/a.zip", "done/b.zip"} <= inside(one)
    assert list((one.folder / "state/spool").iterdir()) == []


def test_hostile_archives_go_to_failed_and_the_good_one_is_taken_in(home, album):
    one = home()
    cases = ["up", "absolute", "a link in a ZIP", "zeros", "a password", "half", "a device", "a page"]
    for number, case in enumerate(cases):
        ending, make, *_ = HOSTILE[case]
        make(one.inbox / f"{number}{ending}", album[1][1])
        for left in one.inbox.glob("for-*"):
            shutil.rmtree(left)
    put(one, "good.zip", album)
    (one.inbox / "link").symlink_to("/etc")
    os.mkfifo(one.inbox / "pipe.flac")
    assert one.segue("run").status == 1
    assert library(one) == ALBUM
    failed = set(os.listdir(one.inbox / "failed"))
    names = {f"{number}{HOSTILE[case][0]}" for number, case in enumerate(cases)} | {"link", "pipe.flac"}
    assert failed == names | {f"{name}.txt" for name in names}
    for number, case in enumerate(cases):
        assert HOSTILE[case][3] in (one.inbox / f"failed/{number}{HOSTILE[case][0]}.txt").read_text()
    assert (one.inbox / "failed/link").is_symlink()


def test_what_is_not_finished_is_not_waited_for(home, album):
    one = home()
    (one.inbox / "album.zip.crdownload").write_bytes(b"half")
    (one.inbox / "empty").mkdir()
    (one.inbox / "._album.zip").write_bytes(b"x")
    assert one.segue("run").status == 0
    assert set(os.listdir(one.inbox)) == {"album.zip.crdownload", "empty", "._album.zip"}


def test_a_folder_can_be_named_in_a_whole_pipeline_too(drive, music, origin, album, tmp_path):
    served = origin(music)
    catalog = ["--catalog", served.url, "--rate", "0", "--library", "Music"]
    stages = [
        {"name": "expand", "run": ["resolve", "--rows", *catalog], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *catalog]},
        {"name": "fetch", "run": ["fetch"]}, {"name": "decrypt", "run": ["decrypt", "--keyring", str(served.keyring)]}, *STAGES]
    one = drive(None, stages)
    (tmp_path / "bought").mkdir()
    for name, content in album:
        (tmp_path / "bought" / name).write_bytes(content)
    done = one.segue("run", f"folder:{tmp_path}/bought", "album:1")
    assert done.status == 0, done.stderr
    assert ALBUM < library(one) and len(library(one)) > len(ALBUM) + 4
    assert sorted(os.listdir(tmp_path / "bought")) == sorted(name for name, _ in album)
    assert one.segue("run", f"folder:{tmp_path}/bought").status == 0
    nowhere = one.segue("add", "folder:/nowhere/at/all")
    assert nowhere.status != 0 and "there is nothing at /nowhere/at/all" in nowhere.stderr


def test_a_folder_needs_a_stage_that_takes_it_in(drive, tmp_path):
    one = drive(None, [{"name": "record", "run": ["record", "--library", "Music"]}], inbox="Inbox")
    done = one.segue("run")
    assert done.status == 78 and "no stage takes in folders" in done.stderr
    two = drive(None, [{"name": "record", "run": ["record", "--library", "Music"]}], name="two")
    (tmp_path / "x").mkdir()
    done = two.segue("add", f"folder:{tmp_path}/x")
    assert done.status != 0 and "no stage takes in folders" in done.stderr
