"""Sources that are programs: the examples bring a playlist home, and wrong ones break the right rule and cost nothing else."""

import json
import shlex
import subprocess

import pytest
import source
from judged import broken, examine, verdicts
from programs import PROGRAMS, ROOT

EXAMPLES = sorted((ROOT / "Pipelines" / "sources").glob("shelf.*"))


@pytest.fixture
def served(shop):
    """A shop that finds its first song."""
    shop = shop(2, 3)
    shop.site.answers["/search"] = {"data": [shop.row(0)]}
    return shop


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_keeps_every_rule(example, served, tmp_path):
    assert len(example.read_text().splitlines()) <= 60
    found = verdicts(tmp_path, [example, served.site.url], "--reference", "playlist:1", "--reference", "track:4", "--timeout", "60")
    assert {rule: record for rule, record in found.items() if record["verdict"] != "pass"}.keys() == {"rows-agree"}, found


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name)
def test_an_example_brings_a_playlist_home(example, served, drive):
    source_of = ["--rate", "0", "--source", f"shelf={example} {served.site.url}"]
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows", *source_of], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *source_of], "replicas": 2},
        {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])
    done = driven.segue("run", "--quiet", "playlist:1")
    assert done.status == 0, done.stderr
    assert len([path for path in driven.essences if path.endswith(".flac")]) == 6
    assert driven.segue("search", "Song", "--json").only["id"] == "shelf:track:1"
    assert driven.segue("add", "shelve:playlist:1").status == 64


def test_the_source_of_these_tests_keeps_every_rule(served, tmp_path):
    found = verdicts(tmp_path, [*source.write(tmp_path / "right.py"), served.site.url], "--reference", "album:1", "--timeout", "30")
    assert broken(found) == set(), found


@pytest.mark.parametrize("wrong", source.WRONG)
def test_a_wrong_source_breaks_its_rule(wrong, served, tmp_path):
    served.site.answers["/file"] = {"some": "thing"}
    rule, code = source.WRONG[wrong]
    # One that hangs is given up sooner, and one that is only slow to start is not.
    patience = "3" if rule == "answers-in-time" else "30"
    found = verdicts(tmp_path, [*source.write(tmp_path / "wrong.py", code), served.site.url], "--reference", "album:1", "--reference", "track:1", "--timeout", patience)
    assert rule in broken(found), found
    assert found[rule]["message"]
    if rule in ("valid-lines", "own-ids", "right-members", "errors-in-words", "refuses-unknown", "same-again", "rows-agree") and "100 MB" not in wrong:
        assert found[rule]["line"]


def test_wrong_sources_cost_the_driver_nothing_else(served, drive, tmp_path):
    served.site.answers["/file"] = {"some": "thing"}
    sources, references = [], []
    for number, (_, code) in enumerate(source.WRONG.values()):
        command = shlex.join([*source.write(tmp_path / f"wrong{number}.py", code), served.site.url])
        sources += ["--source", f"wrong{number}={command}"]
        references += [f"wrong{number}:album:1", f"wrong{number}:track:9"]
    right = shlex.join([*source.write(tmp_path / "right.py"), served.site.url])
    run = ["--rate", "0", "--patience", "3", "--source", f"right={right}", *sources, "--catalog", served.site.url]
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows", *run], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *run], "replicas": 2},
        {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}],
        retry={"attempts": 2, "base": "50ms", "cap": "100ms"}, hosts={"*": {"parallel": 64}})
    done = driven.segue("run", "--quiet", *references, "right:album:1", "right:track:2", "catalog:playlist:1", timeout=600)
    assert done.status == 1
    items = driven.items()
    assert {item["state"] for id, item in items.items() if id.startswith(("right:", "catalog:"))} == {"done"}
    assert sum(id.startswith("catalog:track:") for id in items) == 6 and sum(id.startswith("right:track:") for id in items) == 3
    assert {item["state"] for item in items.values()} <= {"done", "failed"}
    # None of them stopped a stage, and what they were given to do failed as their own.
    failed = {id: item for id, item in items.items() if item["state"] == "failed"}
    assert all(id.startswith("wrong") for id in failed) and len(failed) > len(source.WRONG) / 2
    assert {item["failure"]["class"] for item in failed.values() if "failure" in item} == {"transient", "permanent"}


def test_a_program_that_is_not_there_is_told_by_its_name(tmp_path):
    done = examine(tmp_path, ["./no-such-source"], "--reference", "album:1")
    assert done.status == 78 and "no-such-source" in done.stderr
    assert examine(tmp_path, ["cat"], "--reference", "poem").status == 64
    assert examine(tmp_path, ["cat"]).status == 64


def test_the_rules_are_listed(tmp_path):
    done = subprocess.run([PROGRAMS / "segue", "test-source", "--list", "--json"], capture_output=True, check=True)
    rules = [json.loads(line)["rule"] for line in done.stdout.splitlines()]
    assert len(rules) == len(set(rules)) and {rule for rule, _ in source.WRONG.values()} == set(rules)


HEXADECIMAL, UUID = "0123456789abcdef" * 2, "8f3471b5-7e6a-48da-86a9-c1c07a0f47ae"
STRANGE = {
    "shelf.py": ["playlist:1", "track:4"], "shelf.sh": ["playlist:1", "track:4"], "jellyfin.py": [f"album:{HEXADECIMAL}", f"artist:{HEXADECIMAL}", f"track:{HEXADECIMAL}", "playlist:starred"],
    "internet_archive.py": ["item:some-item", "album:some-item", "track:some-item/a.flac", "artist:Somebody"], "listenbrainz.py": [f"playlist:{UUID}"]}


@pytest.mark.parametrize("name", STRANGE)
@pytest.mark.parametrize("text", [
    "[1]", "{}", '"x"', "null", '{"data": [null]}', '{"Items": [null, 5, {}]}', '{"files": [5], "metadata": []}', '{"response": {"docs": 5}}'])
def test_a_server_that_answers_with_something_else_is_a_clear_error(name, text, run, site, monkeypatch):
    monkeypatch.setattr(site, "find", lambda path: (200, {}, text.encode()))
    command = f"x={ROOT / 'Pipelines/sources' / name} {site.url}"
    done = run("resolve", "--rate", "0", "--source", command, *(f"x:{reference}" for reference in STRANGE[name]))
    assert "Traceback" not in done.stderr and "has ended" not in done.stderr + done.stdout.decode(), done.stderr
    assert done.records and all(record["kind"] in ("done", "error") for record in done.records)
    search = run("resolve", "--rate", "0", "--source", command, "--search", "blue")
    assert "Traceback" not in search.stderr and "has ended" not in search.stderr + search.stdout.decode(), search.stderr
