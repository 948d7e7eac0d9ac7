"""What somebody does to a library the day after, and runs it again: edited, renamed, retagged, taken away, put back."""

import json
import os
import re
import shutil
import sqlite3
import subprocess
import sys
import time

import mutagen
import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

KINDS = (".flac", ".mp3", ".ogg", ".opus", ".m4a")
# Answers a record each so often, so that there is a middle to do something in.
SLOWLY = "import sys, time\nfor line in sys.stdin:\n    time.sleep(0.15)\n    print(line, end='', flush=True)\n"


def stages(served, *place, knows=True, slowly=False):
    library = ["--library", "Music"] if knows else []
    catalog = ["--catalog", served.url, "--rate", "0"]
    own = [{"name": "slow", "run": [sys.executable, "-c", SLOWLY]}] if slowly else []
    return [
        {"name": "expand", "run": ["resolve", "--rows", *catalog, *library], "mode": "expand"},
        {"name": "resolve", "run": ["resolve", *catalog, *library], "replicas": 2},
        {"name": "fetch", "run": ["fetch"], "replicas": 4}, {"name": "decrypt", "run": ["decrypt", "--keyring", str(served.keyring)]}, *own,
        {"name": "place", "run": ["place", "--library", "Music", *place], "replicas": 2}, {"name": "record", "run": ["record", "--library", "Music"]}]


def audio(driven):
    return sorted(p for p in driven.library.rglob("*") if p.suffix in KINDS and ".segue" not in str(p))


def edit(path, text):
    """As a tagger does it: another title, and so much more that the file gets longer."""
    tags = mutagen.File(path, easy=path.suffix != ".opus")
    tags["title"] = [text]
    tags["artist"] = ["By hand " * 3000]
    tags.save()


def findings(driven):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--json", "--library", driven.library], env=ENVIRONMENT, capture_output=True)
    return sorted(json.loads(line)["finding"] for line in done.stdout.splitlines())


def rewrite(driven, *place, **how):
    settings = json.loads(driven.file.read_text())
    settings["stages"] = stages(driven.origin, *place, **how)
    driven.file.write_text(json.dumps(settings))


@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "by the driver alone"])
def test_files_that_somebody_edited_are_there(knows, music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven, knows=knows)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    files = audio(driven)
    assert len(files) == 10 and driven.origin.count("/file/") == 10
    for number, path in enumerate(files):
        edit(path, f"Mine {number}")
    edited = {path: path.read_bytes() for path in files}
    for command in ("run", "sync", "run"):
        done = driven.segue(command, *(["--quiet"] if command == "run" else []), "playlist:1", "album:1")
        assert done.status == 0, done.stderr
        assert {path: path.read_bytes() for path in audio(driven)} == edited and driven.origin.count("/file/") == 10
    # What resolve has seen as it is now is booked so.
    assert findings(driven) == ([] if knows else ["edited"] * 10)
    assert driven.items()["catalog:track:1"]["state"] in ("done", "skipped")


def test_files_that_were_retagged_or_moved_are_there_and_shown_where_they_are(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    rewrite(driven, "--template", "%title%/%artist%", knows=False)
    assert driven.segue("move").status == 0
    pipe = "record --library Music --tracks | jq -c '.track.genres = [\"Jazz\"]' | place --library Music --retag | record --library Music"
    assert subprocess.run(["bash", "-o", "pipefail", "-c", pipe], cwd=driven.folder, env=driven.environment, stdout=subprocess.DEVNULL).returncode == 0
    moved = [str(path.relative_to(driven.library)) for path in audio(driven)]
    assert len(moved) == 10 and all(name.startswith("Title ") for name in moved)
    item = driven.show("catalog:track:3")
    assert os.path.exists(item["path"]) and "/Title " in item["path"]
    # With the template of before as with the one of now.
    for template in (["--template", "%title%/%artist%"], []):
        rewrite(driven, *template, knows=False)
        assert driven.segue("run", "--quiet", "playlist:1", "album:2").status == 0
        assert [str(path.relative_to(driven.library)) for path in audio(driven)] == moved
    assert driven.origin.count("/file/") == 10 and findings(driven) == []


def test_a_plain_pipe_keeps_what_somebody_edited(music, origin, road):
    served = origin(music)
    first = road(served, "album:1")
    for path in [p for name, p in first.files.items() if p.suffix in KINDS]:
        edit(path, "Mine")
    before = {name: p.read_bytes() for name, p in first.files.items() if p.suffix in KINDS}
    again = road(served, "album:1")
    assert again.status == 0 and {name: p.read_bytes() for name, p in again.files.items() if p.suffix in KINDS} == before and len(before) == 5
    assert findings(again) == []


class Shelf:
    """A library that can be taken away while a driver works."""

    def __init__(self, music, origin, drive):
        self.driven = drive(origin(music))
        rewrite(self.driven, slowly=True)
        self.library, self.aside = self.driven.library, self.driven.folder / "aside"

    def start(self):
        process = self.driven.start("--quiet", "playlist:1")
        # The driver has noted the catalogue when it has booked more than one track.
        self.driven.wait(lambda: len(audio(self.driven)) >= 3 and [i["state"] for i in self.driven.items().values()].count("done") >= 2)
        return process

    def goes_on(self):
        rewrite(self.driven)
        assert self.driven.segue("run", "--quiet").status == 0
        assert len(audio(self.driven)) == 10 and findings(self.driven) == []


@pytest.fixture
def shelf(music, origin, drive):
    return Shelf(music, origin, drive)


def test_a_library_that_is_unmounted_midway_gets_nothing_where_it_was(shelf):
    shelf.aside.mkdir()
    shelf.library.mkdir()
    if subprocess.run(["mount", "--bind", shelf.aside, shelf.library], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        process = shelf.start()
        subprocess.run(["umount", "-l", shelf.library], check=True)
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 78 and b"library" in errors and os.listdir(shelf.library) == []
        # Nor does the next run begin a library there.
        done = shelf.driven.segue("run", "--quiet")
        assert done.status == 78 and "mount it" in done.stderr and os.listdir(shelf.library) == []
        subprocess.run(["mount", "--bind", shelf.aside, shelf.library], check=True)
        shelf.goes_on()
    finally:
        while subprocess.run(["umount", "-l", shelf.library], capture_output=True).returncode == 0:
            time.sleep(0)


def test_a_catalogue_that_a_ledger_comes_to_know_is_durable_first(music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven)
    assert driven.segue("run", "--quiet", "track:1").status == 0
    # Another ledger: the catalogue may just have been made.
    shutil.rmtree(driven.folder / "state")
    log = driven.folder / "calls"
    command = ["strace", "-f", "-y", "-s", "100000", "-e", "trace=fsync,fdatasync,pwrite64", "-o", log, PROGRAMS / "segue", "run", "--pipeline", driven.file, "--quiet"]
    if not shutil.which("strace") or subprocess.run(["strace", "-o", log, "true"]).returncode != 0:
        pytest.skip("nothing can be traced here")
    subprocess.run(command, cwd=driven.folder, env=driven.environment, check=True, stdin=subprocess.DEVNULL, timeout=60)
    calls = log.read_text().splitlines()
    known = next(n for n, call in enumerate(calls) if f"catalogue:{driven.library}" in call and "ledger.sqlite-wal" in call)
    assert any(re.search(r"fsync\(\d+<.*/Music/\.segue>\)", call) for call in calls[:known])


@pytest.mark.parametrize("how", ["renamed", "replaced"])
def test_a_library_that_is_renamed_midway_is_not_made_anew(shelf, how):
    process = shelf.start()
    os.rename(shelf.library, shelf.aside)
    if how == "replaced":
        shelf.library.mkdir()
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 78 and b"library" in errors
    assert os.listdir(shelf.library) == [] if how == "replaced" else not shelf.library.exists()
    done = shelf.driven.segue("run", "--quiet")
    assert done.status == 78 and "segue import" in done.stderr
    if how == "replaced":
        shelf.library.rmdir()
    os.rename(shelf.aside, shelf.library)
    shelf.goes_on()


def test_nothing_is_booked_in_a_catalogue_that_is_put_aside_midway(shelf):
    process = shelf.start()
    done = subprocess.run([PROGRAMS / "segue", "import", shelf.library, "--rebuild"], env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 0, done.stderr
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 78 and b"replaced while it was in use" in errors, errors
    shelf.goes_on()
    catalogue = sqlite3.connect(shelf.library / ".segue/catalogue.sqlite")
    booked = sorted(row[0] for row in catalogue.execute("SELECT path FROM track"))
    assert booked == [str(path.relative_to(shelf.library)) for path in audio(shelf.driven)]


@pytest.mark.parametrize("there", [True, False])
def test_a_stage_that_starts_too_late_makes_nothing_in_another_folder(run, tmp_path, there):
    track = {"v": 1, "kind": "track", "id": "c:track:1", "track": {"title": "A"}, "file": {"path": "/nowhere/a.media", "bytes": 1, "sha256": "0" * 64},
        "placed": {"path": "/nowhere/a.flac", "bytes": 1, "sha256": "0" * 64, "format": "flac"}}
    if there:
        (tmp_path / "Music").mkdir()
    for program in ("place", "record"):
        done = run(program, "--library", "Music", stdin=lines(track), env={"SEGUE_LIBRARY_ROOT": "1:2"})
        assert done.status == 78 and done.only["class"] == "config" and done.only["code"] == "library_gone"
    assert (os.listdir(tmp_path / "Music") == []) if there else not (tmp_path / "Music").exists()


def test_a_library_that_is_gone_for_good_begins_anew_when_somebody_says_so(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "album:1").status == 0
    subprocess.run(["rm", "-r", driven.library], check=True)
    assert driven.segue("run", "--quiet", "album:1").status == 78 and not driven.library.exists()
    driven.library.mkdir()
    assert subprocess.run([PROGRAMS / "segue", "import", driven.library], env=ENVIRONMENT, capture_output=True).returncode == 0
    assert driven.segue("run", "--quiet", "album:1").status == 0
    assert len(audio(driven)) == 5 and driven.origin.count("/file/") == 10


def test_files_that_somebody_renamed_or_moved_by_hand_are_found(music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    # Another name for the album's folder, one file elsewhere, one edited too.
    os.rename(driven.library / "The Artist/Album 1", driven.library / "The Artist/My favourites")
    one, other = [path for path in audio(driven) if "Album 2" in str(path)][:2]
    os.rename(one, driven.library / f"loose{one.suffix}")
    edit(other, "Mine")
    os.rename(other, other.with_stem("renamed"))
    before = [path for path in audio(driven)]
    for command in ("run", "sync"):
        done = driven.segue(command, *(["--quiet"] if command == "run" else []), "playlist:1")
        assert done.status == 0, done.stderr
        assert audio(driven) == before and driven.origin.count("/file/") == 10
    assert findings(driven) == []
    playlist = next((driven.library / "Playlists").glob("*.m3u8"))
    entries = [line for line in playlist.read_text().splitlines() if not line.startswith("#")]
    assert all((playlist.parent / entry).resolve().is_file() for entry in entries) and len(entries) == 10


def test_a_file_that_somebody_removed_is_fetched_again(music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    audio(driven)[0].unlink()
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    assert len(audio(driven)) == 10 and driven.origin.count("/file/") == 11 and findings(driven) == []


@pytest.mark.parametrize("is_as_long", [True, False], ids=["as long", "of another length"])
def test_a_file_whose_name_another_track_took_comes_again(is_as_long, music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven, "--template", "%artist%")
    assert driven.segue("run", "--quiet", "track:1").status == 0
    (path,) = audio(driven)
    path.unlink()
    assert driven.segue("run", "--quiet", "track:6").status == 0 and audio(driven) == [path]
    if is_as_long:
        with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as database:
            database.execute("UPDATE track SET bytes = ? WHERE id LIKE '%:track:1'", [path.stat().st_size])
        database.close()
    content = path.read_bytes()
    done = driven.segue("run", "track:1")
    assert done.status == 0 and path.read_bytes() == content and len(audio(driven)) == 2, done.stderr
    assert driven.origin.count("/file/") == 3 and findings(driven) == []


@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "by the driver alone"])
def test_another_library_in_the_pipeline_file_gets_all_that_it_lacks(knows, music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven, knows=knows)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0 and len(audio(driven)) == 10
    driven.file.write_text(driven.file.read_text().replace('"Music"', '"Other"'))
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    first, driven.library = audio(driven), driven.folder / "Other"
    assert len(first) == len(audio(driven)) == 10 and findings(driven) == []
    (playlist,) = (driven.library / "Playlists").glob("*.m3u8")
    assert sum(not line.startswith("#") for line in playlist.read_text().splitlines()) == 10


@pytest.mark.parametrize("knows", [True, False], ids=["with --library", "by the driver alone"])
def test_a_file_that_got_shorter_by_itself_is_put_aside_and_comes_anew(knows, music, origin, drive):
    driven = drive(origin(music), None)
    rewrite(driven, knows=knows)
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    path = audio(driven)[0]
    whole, times = path.read_bytes(), os.stat(path)
    for turn in (1, 2):
        path.write_bytes(whole[:-3000 - turn])
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
        done = driven.segue("run", "playlist:1")
        assert done.status == 0 and "its remains are in .segue/damaged" in done.stderr
        assert path.read_bytes() == whole and len(audio(driven)) == 10 and driven.origin.count("/file/") == 10 + turn and findings(driven) == []
        # The second damage is seen as the first was.
        times = os.stat(path)
    assert sorted(len(p.read_bytes()) - len(whole) for p in (driven.library / ".segue/damaged").rglob("*") if p.is_file()) == [-3002, -3001]
