"""A track's file was removed, and another's has its name by now: each is seen for what it is, and the file is only its own track's."""

import json
import sqlite3
import subprocess

import mutagen
import pytest
from programs import ENVIRONMENT, PROGRAMS
from test_next_day import audio, edit, rewrite

STATES = ["written later", "at the same time", "edited since"]


@pytest.fixture(params=STATES)
def taken(request, music, origin, drive):
    """Track 1 was at the one file that is there, which is track 6's."""
    driven = drive(origin(music), None)
    rewrite(driven, "--template", "%artist%")
    assert driven.segue("run", "--quiet", "track:1").status == 0
    (driven.path,) = audio(driven)
    driven.path.unlink()
    assert driven.segue("run", "--quiet", "track:6").status == 0 and audio(driven) == [driven.path]
    if request.param == "at the same time":
        # As it is where a file system keeps no finer times, or both were written in one tick of the clock.
        with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as database:
            database.execute("UPDATE track SET modified_ns = (SELECT max(modified_ns) FROM track)")
        database.close()
    driven.is_edited = request.param == "edited since"
    if driven.is_edited:
        edit(driven.path, "By hand")
    driven.content = driven.path.read_bytes()
    return driven


def findings(driven, *options):
    done = subprocess.run([PROGRAMS / "segue", "verify", "--json", *options, "--library", driven.library], env=ENVIRONMENT, cwd=driven.folder, capture_output=True)
    return sorted((r["finding"], r["id"].split(":")[-1], r.get("message")) for r in map(json.loads, done.stdout.splitlines()))


def imported(driven, status=0):
    """What `segue import` says of the library's files."""
    done = subprocess.run([PROGRAMS / "segue", "import", "--json", driven.library], env=ENVIRONMENT, capture_output=True)
    assert done.returncode == status, done.stderr
    return sorted((r["import"], r["id"].split(":")[-1] if "id" in r else r["message"]) for r in map(json.loads, done.stdout.splitlines()))


def titles(driven):
    return {str(p.relative_to(driven.library)): mutagen.File(p)["title"][0] for p in audio(driven)}


def is_whole(driven):
    """Both are there, each with its own tags, and track 6's as it was."""
    own = "By hand" if driven.is_edited else "Title 5"
    return titles(driven) == {"The Artist.flac": own, "The Artist (2).flac": "Title 0"} and driven.path.read_bytes() == driven.content


def test_verify_misses_the_one_and_repairs_nothing_else(taken):
    edited = [("edited", "6", None)] if taken.is_edited else []
    expected = sorted([("missing", "1", "another track's file has its name"), *edited])
    assert findings(taken) == expected and findings(taken, "--repair", "--pipeline", taken.file) == expected
    assert taken.path.read_bytes() == taken.content and not (taken.library / ".segue/damaged").exists()
    assert taken.segue("run", "--quiet").status == 0 and is_whole(taken) and findings(taken) == edited


def test_a_run_brings_the_one_and_keeps_the_other(taken):
    before = taken.origin.count("/file/6")
    done = taken.segue("run", "track:1", "track:6")
    assert done.status == 0 and is_whole(taken), done.stderr
    assert findings(taken) == [] and taken.origin.count("/file/6") == before


def test_import_books_it_for_its_own_track(taken):
    assert imported(taken) == ([("again", "6")] if taken.is_edited else [])
    assert findings(taken) == [("missing", "1", "another track's file has its name")]
    assert taken.segue("run", "--quiet", "track:1").status == 0 and is_whole(taken) and findings(taken) == []


def test_new_tags_are_only_its_own(taken):
    for options in (["--dry-run"], []):
        done = taken.segue("retag", "--json", *options)
        failed = [(r["id"].split(":")[-1], r["code"]) for r in done.records if "code" in r]
        assert done.status == 1 and failed == [("1", "no_file")] and "is of another track, catalog:track:6" in done.stdout.decode()
        assert [r["id"].split(":")[-1] for r in done.records if "code" not in r] == (["6"] if taken.is_edited else [])
    assert titles(taken) == {"The Artist.flac": "Title 5"} and (taken.is_edited or taken.path.read_bytes() == taken.content)


def test_it_moves_as_its_own_track(taken):
    rewrite(taken, "--template", "%title%")
    done = taken.segue("move", "--json")
    assert done.status == 1 and [r["id"].split(":")[-1] for r in done.records if r.get("code") == "no_file"] == ["1"]
    (path,) = audio(taken)
    assert path.name == "Title 5.flac" and path.read_bytes() == taken.content
    assert taken.segue("run", "--quiet", "track:1").status == 0 and sorted(p.name for p in audio(taken)) == ["Title 0.flac", "Title 5.flac"]
    assert [f for f in findings(taken) if f[0] != "edited"] == []


def test_a_name_that_a_move_gives_is_not_another_tracks_file(music, origin, drive):
    driven = drive(origin(music), None)
    for template, track in (("Title 0", "track:6"), ("%artist%", "track:1")):
        rewrite(driven, "--template", template)
        assert driven.segue("run", "--quiet", track).status == 0
    former, own = (driven.library / name for name in ("Title 0.flac", "The Artist.flac"))
    former.unlink()
    content = own.read_bytes()
    rewrite(driven, "--template", "%title%")
    done = driven.segue("move", "--json")
    assert done.status == 1 and [r["id"].split(":")[-1] for r in done.records if r.get("code") == "no_file"] == ["6"]
    assert audio(driven) == [former] and former.read_bytes() == content
    assert findings(driven) == [("missing", "6", "another track's file has its name")]
    assert driven.segue("run", "--quiet", "track:6").status == 0 and titles(driven) == {"Title 0.flac": "Title 0", "Title 5.flac": "Title 5"}


def placed(driven, template, track):
    """The one file that is new."""
    before = audio(driven)
    rewrite(driven, "--template", template)
    assert driven.segue("run", "--quiet", track).status == 0
    (path,) = set(audio(driven)) - set(before)
    return path


def only_its_own(driven, path, own, other):
    """An edited file at a name that another track's had is not the other's for any command."""
    number = int(own) - 1
    assert findings(driven) == sorted([("edited", own, None), ("missing", other, "another track's file has its name")])
    done = driven.segue("retag", "--json", "--dry-run")
    assert [(r["id"].split(":")[-1], r.get("code")) for r in sorted(done.records, key=lambda r: r["id"])] == sorted([(own, None), (other, "no_file")])
    assert imported(driven) == [("again", own)]
    assert findings(driven) == [("missing", other, "another track's file has its name")]
    assert driven.segue("run", "--quiet", f"track:{other}").status == 0
    assert findings(driven) == [] and sorted(titles(driven).values()) == sorted(["By hand", f"Title {5 - number}"])


def test_a_file_that_moved_to_a_name_after_another_was_booked_there(music, origin, drive):
    driven = drive(origin(music), None)
    former = placed(driven, "%artist%", "track:6")
    own = placed(driven, "Elsewhere", "track:1")
    rewrite(driven, "--template", "%artist%")
    former.unlink()
    # The other one is booked last, since it was edited before it was removed.
    with sqlite3.connect(driven.library / ".segue/catalogue.sqlite") as database:
        database.execute("UPDATE track SET recorded_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE id LIKE '%:6'")
    database.close()
    assert driven.segue("move").status == 1 and audio(driven) == [former] and not own.exists()
    edit(former, "By hand")
    only_its_own(driven, former, "1", "6")


def test_a_file_that_somebody_gave_the_name_of_another(music, origin, drive):
    driven = drive(origin(music), None)
    former = placed(driven, "%artist%", "track:1")
    own = placed(driven, "%title%", "track:6")
    content = own.read_bytes()
    own.replace(former)
    assert imported(driven) == [("again", "6")]
    assert findings(driven) == [("missing", "1", "another track's file has its name")]
    assert driven.segue("run", "--quiet", "track:6", "track:1").status == 0 and former.read_bytes() == content
    assert sorted(titles(driven).values()) == ["Title 0", "Title 5"] and findings(driven) == []


def test_two_files_that_somebody_gave_each_others_names(music, origin, drive):
    driven = drive(origin(music), None)
    one, other = placed(driven, "%artist%", "track:1"), placed(driven, "%title%", "track:6")
    contents = one.read_bytes(), other.read_bytes()
    aside = one.with_name("aside")
    one.rename(aside), other.rename(one), aside.rename(other)
    for known in ([("again", "1"), ("again", "6")], []):
        assert imported(driven) == known
    assert findings(driven) == [] and driven.segue("run", "--quiet", "track:1", "track:6").status == 0
    assert (other.read_bytes(), one.read_bytes()) == contents and sorted(audio(driven)) == sorted([one, other])


def test_a_move_that_was_cut_short_takes_no_file_for_another(music, origin, drive):
    driven = drive(origin(music), None)
    former = placed(driven, "Title 5", "track:1")
    own = placed(driven, "%artist%", "track:6")
    content = own.read_bytes()
    rewrite(driven, "--template", "%title%")
    # The file has its new name, and the catalogue does not know it.
    own.replace(former)
    done = driven.segue("move", "--json")
    assert done.status == 1 and [r["id"].split(":")[-1] for r in done.records if r.get("code") == "no_file"] == ["1"]
    assert audio(driven) == [former] and former.read_bytes() == content
    assert findings(driven) == [("missing", "1", "another track's file has its name")]


@pytest.mark.parametrize("rest", ["fetch | verify", "fetch | decrypt", "fetch | place --library Music"])
def test_a_file_that_is_gone_is_no_fault_of_a_pipe(rest, music, origin, drive):
    driven = drive(origin(music), None)
    placed(driven, "%artist%", "track:1").unlink()
    done = subprocess.run(
        ["bash", "-c", f"record --library Music --tracks | {rest}"], cwd=driven.folder, capture_output=True,
        env=ENVIRONMENT | {"PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"})
    (answer,) = map(json.loads, done.stdout.splitlines())
    assert (answer["kind"], answer["class"], answer["code"]) == ("error", "stale", "no_file") and "see segue verify" in answer["message"]


def test_one_rotten_file_does_not_end_an_import(music, origin, drive):
    driven = drive(origin(music))
    assert driven.segue("run", "--quiet", "playlist:1").status == 0
    rotten, gone, *_ = audio(driven)
    status = rotten.stat()
    rotten.write_bytes(rotten.read_bytes()[:-1000])
    subprocess.run(["touch", "-d", f"@{status.st_mtime_ns // 10**9}.{status.st_mtime_ns % 10**9:09}", rotten], check=True)
    gone.rename(gone.with_name(f"moved{gone.suffix}"))
    (again, _), (unreadable, why) = imported(driven, status=1)
    assert (again, unreadable) == ("again", "unreadable") and "see segue verify" in why
