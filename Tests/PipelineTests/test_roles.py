"""Commands find stages by the roles that they tell, whoever wrote them and whatever they are called."""

import json
import pathlib
import sys

import pytest

OWN = pathlib.Path(__file__).with_name("own_stages.py")


def stages(url, folder, **options):
    own = {"describe": True, **options}
    return [
        {"name": "find", "run": [sys.executable, str(OWN), "find", url], "mode": "expand", **own}, {"name": "fetch", "run": ["fetch"]},
        {"name": "shelve", "run": [sys.executable, str(OWN), "shelve", folder], **own}, {"name": "record", "run": ["record", "--library", "Music", "--fail"]}]


@pytest.fixture
def own(drive, shop):
    """own("Old") -> a pipeline with stages of one's own that puts its files into that folder; called again, the same with another."""
    url = shop(1, 2).site.url

    def call(folder, **options):
        driven = drive(None, stages(url, folder, **options))
        call.files = lambda: sorted(str(p.relative_to(driven.library)) for p in driven.library.rglob("*.flac"))
        return driven

    return call


def test_a_stage_of_ones_own_serves_search_plan_and_run(own, run):
    driven = own("Old")
    found = driven.segue("search", "--limit", "2", "blue").stdout.decode().splitlines()
    assert found == ["own:track:1  Song 1  blue", "own:track:2  Song 2  blue"]
    # What names no catalog is of the one that it tells.
    assert driven.segue("add", "track:1").status == 0 and list(driven.items()) == ["own:track:1"]
    assert "this pipeline has: own" in driven.segue("add", "other:track:1").stderr
    plan = run("segue", "plan", driven.file, "playlist:1", cwd=driven.folder)
    assert plan.status == 0 and [line.split("  ")[0:2] for line in plan.stdout.decode().splitlines()[:2]] == [
        ["fetch", f"Music/Old/Song {n}.flac"] for n in (1, 2)], plan
    assert not driven.library.exists()
    assert driven.segue("run", "playlist:1").status == 0 and own.files() == ["Old/Song 1.flac", "Old/Song 2.flac"]
    assert driven.show("track:1")["state"] == "done"


def test_a_stage_of_ones_own_moves_files(own):
    assert own("Old").segue("run", "playlist:1").status == 0
    driven = own("New")
    told = [f"Old/Song {n}.flac -> New/Song {n}.flac" for n in (1, 2)]
    planned = driven.segue("move", "--dry-run")
    assert planned.status == 0 and planned.stdout.decode().splitlines() == told, planned.stderr
    assert own.files() == ["Old/Song 1.flac", "Old/Song 2.flac"]
    moved = driven.segue("move")
    assert moved.status == 0 and moved.stdout.decode().splitlines() == told, moved.stderr
    assert own.files() == ["New/Song 1.flac", "New/Song 2.flac"]
    assert driven.show("track:1")["record"]["placed"]["path"].endswith("New/Song 1.flac")
    assert "2 as they are" in driven.segue("move").stderr


def test_what_could_not_be_moved_is_told_once_and_the_sums_too(own):
    assert own("Old").segue("run", "playlist:1").status == 0
    # record has --fail here, and exits with 1.
    done = own("Refused").segue("move")
    assert done.status == 1 and done.stdout.decode().count("somebody has that name") == 2
    assert done.stderr.splitlines()[-1].endswith("2 failed") and "ended with status" not in done.stderr
    assert own.files() == ["Old/Song 1.flac", "Old/Song 2.flac"]


def test_a_stage_of_ones_own_tells_what_is_in_lists(own):
    driven = own("Old")
    assert driven.segue("run", "track:1").status == 0
    done = driven.segue("sync", "--dry-run", "playlist:1")
    assert done.status == 0 and done.stdout.decode().splitlines() == ["new  own:track:1  own:playlist:1", "new  own:track:2  own:playlist:1"], done.stderr


@pytest.mark.parametrize("command, role", [("search blue", "search"), ("move", "move"), ("retag", "retag"), ("sync --dry-run playlist:1", "rows")])
def test_a_role_that_no_stage_has_is_named_with_what_to_do(own, command, role):
    driven = own("Old", describe=False)
    done = driven.segue(*command.split())
    assert done.status == 78 and f"has the role {role} (not asked: find, shelve)" in done.stderr and "describe: true" in done.stderr


def test_a_plan_without_that_role_says_that_it_tells_no_names(own, run):
    driven = own("Old", describe=False)
    file = json.loads(driven.file.read_text())
    file["stages"][0]["describe"] = True
    driven.file.write_text(json.dumps(file))
    plan = run("segue", "plan", driven.file, "track:1", cwd=driven.folder)
    assert plan.status == 0 and "own:track:1" in plan.stdout.decode() and "no stage has the role plan" in plan.stderr


def test_a_program_that_says_nothing_of_itself_though_it_should_is_a_mistake(drive, run):
    driven = drive(None, [{"name": "mute", "run": ["cat"], "describe": True}])
    done = run("segue", "check", driven.file, cwd=driven.folder)
    assert done.status == 78 and "stage mute: " in done.stderr


def test_each_of_our_own_stages_tells_its_roles(run, tmp_path):
    def told(*command):
        return run(*command, "--describe").only

    assert {name: told(name)["roles"] for name in ("resolve", "fetch", "decrypt", "verify", "place", "record")} == {
        "resolve": ["search", "rows", "pass"], "fetch": ["fetch", "covers"], "decrypt": [], "verify": [], "place": ["plan", "move", "retag"], "record": ["tracks"]}
    for name in ("resolve", "place", "record"):
        assert told(name, "--library", "Music")["library"] == str(tmp_path / "Music") and "library" not in told(name)
    assert told("resolve", "--rows")["rows"] is True and told("resolve")["rows"] is False
    # A command adds a flag that may be there already.
    assert told("resolve", "--rows", "--rows", "--pass", "--pass")["rows"] is True
    assert told("record", "--library", "Music", "--sweep", "--sweep")["library"]
