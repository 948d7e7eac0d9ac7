"""Those whom `tell` names hear of what happened once, whatever happens to the driver or to them."""

import base64
import collections
import contextlib
import json
import random
import shutil
import sqlite3
import sys
import time

import pytest
import standardwebhooks
from receiver import Receiver

SECRET = "whsec_" + base64.b64encode(b"s" * 24).decode()
# Lists have four tracks; those whose number is in `bad` fail.
STAGE = """
import json, os, sys
for line in sys.stdin:
    record = json.loads(line)
    kind, number = record["id"].split(":")[-2:]
    if kind == "playlist":
        for n in range(4):
            print(json.dumps({"v": 1, "kind": "track", "id": f"c:track:{number}{n}", "parent": record["id"], "seq": n + 1, "track": {"title": f"Song {n}"}}), flush=True)
        print(json.dumps({"v": 1, "kind": "done", "id": record["id"], "n": 4, "collection": {"type": kind, "title": f"List {number}"}}), flush=True)
    elif os.path.exists("broken"):
        sys.exit(78)
    elif number in (open("bad").read().split() if os.path.exists("bad") else []):
        print(json.dumps({**record, "kind": "error", "stage": "one", "class": "permanent", "code": "gone", "message": "is gone", "record": record}), flush=True)
    else:
        print(json.dumps({**record, "kind": "track"}), flush=True)
"""
FAST = {"base": "20ms", "cap": "100ms", "attempts": 1000}


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def told(drive, tmp_path):
    """told([{...}], name="x") -> a drive over one stage, with whom it tells"""
    def call(tell, **options):
        driven = drive(None, [{"name": "one", "run": [sys.executable, "one.py"], "mode": "expand", "kinds": ["request", "track"]}], tell=tell, **options)
        (driven.folder / "one.py").write_text(STAGE)
        (driven.folder / "secrets").write_text(f"home 127.0.0.1 webhook {SECRET}\n")
        (driven.folder / "secrets").chmod(0o600)
        return driven
    return call


def hook(receiver, name="home", **options):
    return {"name": name, "run": ["tell", "--webhook", f"{receiver.url}/{name}", "--credentials", "secrets"], "retry": FAST, **options}


def heard(receiver, name="home"):
    """What came for a recipient, in order."""
    return [json.loads(body)["data"] for path, _, body in receiver.got if path == f"/{name}"]


def waiting(driven):
    with contextlib.closing(sqlite3.connect(driven.folder / "state/ledger.sqlite")) as database:
        return database.execute("SELECT count(*) FROM notice").fetchone()[0]


def test_a_list_is_one_notice_and_what_failed_in_it_another(told, receiver):
    driven = told([hook(receiver), hook(receiver, "alarm", when=["failed", "stopped"])])
    (driven.folder / "bad").write_text("12 13")
    assert driven.segue("run", "c:playlist:1", "c:track:9").status == 1
    by_event = {notice["event"]: notice for notice in heard(receiver)}
    assert by_event.keys() == {"finished", "failed"} and len(heard(receiver)) == 2
    assert by_event["failed"]["count"] == 2 and by_event["failed"]["text"].splitlines()[0] == "failed: Song 2: one: is gone"
    items = {item["id"]: item for item in by_event["finished"]["items"]}
    assert items["c:playlist:1"] == {"id": "c:playlist:1", "title": "List 1", "tracks": {"done": 2, "failed": 2}} and items.keys() == {"c:playlist:1", "c:track:9"}
    assert [notice["event"] for notice in heard(receiver, "alarm")] == ["failed"]
    for _, headers, body in receiver.got:
        standardwebhooks.Webhook(SECRET).verify(body, headers)
    # Nothing is new.
    assert driven.segue("run", "c:playlist:1").status == 1
    assert len(receiver.got) == 3 and waiting(driven) == 0


def test_a_receiver_that_was_away_for_long_gets_each_once_through_twenty_kills(told, receiver):
    """What comes twice has one id and one body: only a kill between the sending and the booking does that."""
    driven = told([hook(receiver, when=["finished"], gather=0)])
    port, numbers = receiver.port, iter(range(1, 1000))
    receiver.close()
    dice, asked = random.Random(7), []

    def live(seconds):
        """A driver is given something, works for a while, and is killed."""
        asked.append(f"c:track:{next(numbers)}")
        process = driven.start("--quiet", asked[-1], "-")
        driven.wait(lambda: driven.items().get(asked[-1], {}).get("state") == "done")
        time.sleep(seconds)
        process.kill()
        process.wait()

    for _ in range(10):
        live(dice.uniform(0, 0.5))
    assert waiting(driven) == 10
    back = Receiver(port)
    try:
        for round in range(10):
            back.answer = 503 if round % 3 == 1 else 204
            live(dice.uniform(0, 1))
        back.answer = 204
        done = driven.segue("run", "--quiet")
        assert done.status == 0, done.stderr
    finally:
        back.close()
    assert waiting(driven) == 0
    bodies = collections.defaultdict(set)
    for _, headers, body in back.got:
        standardwebhooks.Webhook(SECRET).verify(body, headers)
        bodies[headers["webhook-id"]].add(body)
    assert all(len(same) == 1 for same in bodies.values())
    said = collections.Counter(item["id"] for same in bodies.values() for body in same for item in json.loads(body)["data"]["items"])
    assert said == collections.Counter(asked)


def test_a_recipient_that_refuses_neither_fails_a_run_nor_keeps_it(told, receiver):
    receiver.answer = 404
    driven = told([hook(receiver)])
    done = driven.segue("run", "--quiet", "c:track:1")
    assert done.status == 0 and "home does not take notices now" in done.stderr and "1 notice waits for home" in done.stderr
    assert len(receiver.got) == 1 and SECRET not in done.stderr
    receiver.answer = 204
    assert driven.segue("run", "--quiet").status == 0
    assert [notice["items"][0]["id"] for notice in heard(receiver)] == ["c:track:1"] * 2 and waiting(driven) == 0


def test_one_that_is_gone_for_good_or_fails_too_often_is_given_up_aloud(told, receiver):
    receiver.answer = 410
    driven = told([hook(receiver)])
    done = driven.segue("run", "--quiet", "c:track:1")
    assert done.status == 0 and "home did not take a notice, which is given up: 127.0.0.1" in done.stderr and waiting(driven) == 0
    receiver.answer = 500
    other = told([hook(receiver) | {"retry": {"attempts": 2, "base": "10ms", "cap": "10ms"}}], name="other")
    assert "given up" not in other.segue("run", "--quiet", "c:track:1").stderr and waiting(other) == 1
    assert "given up" in other.segue("run", "--quiet").stderr and waiting(other) == 0


def test_a_server_sends_while_it_runs_and_tries_again_by_itself(told, receiver):
    receiver.answer = 500
    driven = told([hook(receiver, gather=0, when=["finished"])])
    process = driven.start("c:track:1", "-")
    driven.wait(lambda: len(receiver.got) > 2)
    receiver.answer = 204
    driven.wait(lambda: waiting(driven) == 0)
    process.stdin.close()
    assert process.wait(timeout=30) == 0
    assert len({headers["webhook-id"] for _, headers, _ in receiver.got}) == 1


def notices(driven, *arguments):
    return driven.segue("notices", "--json", *arguments).records


def test_what_was_not_sent_is_shown_with_why_and_when_it_is_tried_again(told, receiver):
    receiver.answer = 404
    driven = told([hook(receiver, retry={"base": "1h", "cap": "4h"}), hook(receiver, "alarm", when=["stopped"])])
    (driven.folder / "bad").write_text("9")
    nothing = driven.segue("notices")
    assert (nothing.status, nothing.stdout) == (0, b"") and "no notice waits" in nothing.stderr
    assert driven.segue("run", "--quiet", "c:playlist:1", "c:track:9").status == 1
    finished, failed = sorted(notices(driven), key=lambda notice: notice["event"], reverse=True)
    assert {notice["recipient"] for notice in (finished, failed)} == {"home"}
    assert (finished["title"], finished["count"]) == ("List 1: 4 tracks", 1) and failed["title"] == "failed: c:track:9: one: is gone"
    assert sorted(notice["tries"] for notice in (finished, failed)) == [0, 1] and finished["next"] == failed["next"] > finished["at"]
    (message,) = {notice["message"] for notice in (finished, failed) if notice["tries"]}
    assert "404" in message and SECRET not in message
    text = driven.segue("notices").stdout.decode()
    assert "home  finished  List 1: 4 tracks\n" in text and f"    tried once: {message}\n" in text and text.count("    next at ") == 2
    assert notices(driven, "alarm") == [] and len(notices(driven, "home")) == 2
    (waiting,) = driven.stats()["notices"]
    assert (waiting["recipient"], waiting["count"], waiting["message"]) == ("home", 2, message)
    assert "2 notices wait for home until " in driven.segue("stats").stdout.decode()


def test_what_waits_is_sent_at_once_when_somebody_wants_that(told, receiver):
    receiver.answer = 500
    driven = told([hook(receiver, gather=0, when=["finished"], retry={"base": "4h", "cap": "4h"})])
    process = driven.start("c:track:1", "-")
    driven.wait(lambda: [notice["tries"] for notice in notices(driven)] == [1])
    receiver.answer = 204
    unknown = driven.segue("notices", "--send", "hone")
    assert (unknown.status, unknown.stdout) == (78, b"") and "nothing waits for hone, and tell: names home" in unknown.stderr
    assert len(receiver.got) == 1
    assert driven.segue("notices", "--send", "home").stdout == b"1 to be sent\n"
    driven.wait(lambda: waiting(driven) == 0)
    process.stdin.close()
    assert process.wait(timeout=30) == 0 and len(receiver.got) == 2


def test_what_waits_can_be_dropped(told, receiver):
    receiver.answer = 404
    driven = told([hook(receiver), hook(receiver, "alarm")])
    assert driven.segue("run", "--quiet", "c:track:1").status == 0 and waiting(driven) == 2
    assert driven.segue("notices", "--drop").status == 64 and driven.segue("notices", "--drop", "--send", "home").status == 64
    assert driven.segue("notices", "--drop", "home").stdout == b"1 dropped\n"
    assert [notice["recipient"] for notice in notices(driven)] == ["alarm"]


def test_a_halted_stage_is_told_of_once(told, receiver):
    driven = told([hook(receiver)])
    (driven.folder / "broken").touch()
    for _ in range(2):
        assert driven.segue("run", "--quiet", "c:track:1").status == 78
    (notice,) = heard(receiver)
    assert notice["event"] == "stopped" and notice["items"][0]["stage"] == "one" and notice["title"].startswith("the stage one is halted")


def test_a_program_of_ones_own_is_told(told):
    driven = told([{"name": "own", "run": ["./own.sh"], "when": ["finished"], "needs": {"write": ["heard"]}}])
    (driven.folder / "heard").touch()
    (driven.folder / "own.sh").write_text("#!/bin/sh\nread -r line\nprintf '%s\\n' \"$line\" >> heard\nprintf '%s\\n' \"$line\"\n")
    (driven.folder / "own.sh").chmod(0o755)
    assert driven.segue("run", "--quiet", "c:playlist:1").status == 0
    record = json.loads((driven.folder / "heard").read_text())
    assert record["kind"] == "notice" and record["notice"]["title"] == "List 1: 4 tracks"


def test_one_that_says_nothing_is_asked_again_by_the_next_run(told):
    driven = told([{"name": "own", "run": ["./own.sh"]}])
    (driven.folder / "own.sh").write_text("#!/bin/sh\nread -r line\n")
    (driven.folder / "own.sh").chmod(0o755)
    assert driven.segue("run", "--quiet", "c:track:1").status == 0 and waiting(driven) == 1
    (driven.folder / "own.sh").write_text("#!/bin/sh\ncat\n")
    assert driven.segue("run", "--quiet").status == 0 and waiting(driven) == 0


def test_what_was_meant_for_one_who_is_named_no_more_is_dropped_aloud(told, receiver):
    receiver.answer = 500
    driven = told([hook(receiver)])
    driven.segue("run", "--quiet", "c:track:1")
    settings = json.loads(driven.file.read_text())
    driven.file.write_text(json.dumps({**settings, "tell": [hook(receiver, "other")]}))
    done = driven.segue("run", "--quiet")
    assert done.status == 0 and "1 notice for home dropped" in done.stderr and waiting(driven) == 0


def test_damage_that_verify_finds_is_told_by_the_next_run(told, receiver, music, run):
    driven = told([hook(receiver, when=["damaged"])])
    shutil.copytree(music / "The Artist", driven.library / "The Artist")
    assert run("segue", "import", "Music", cwd=driven.folder).status == 0
    lost = sorted(p for p in driven.library.rglob("*.flac"))[0]
    lost.unlink()
    for arguments in ([], ["--pipeline", driven.file]):
        assert run("segue", "verify", "--library", "Music", *arguments, cwd=driven.folder).status == 1
    assert driven.segue("run", "--quiet").status == 0
    (notice,) = heard(receiver)
    assert notice["event"] == "damaged" and notice["count"] == 1
    assert notice["items"][0]["finding"] == "missing" and notice["items"][0]["path"] == str(lost.relative_to(driven.library))


@pytest.mark.parametrize("entry, words", [
    ({"name": "a", "run": ["tell", "--ntfy", "x", "--mail", "y"]}, "give one of"), ({"name": "a", "run": ["no-such-program"]}, "there is no program"),
    ({"name": "a", "run": ["cat"], "when": ["fialed"]}, "did you mean failed")])
def test_check_finds_what_is_wrong_with_an_entry(entry, words, told, run):
    driven = told([entry])
    done = run("segue", "check", driven.file, cwd=driven.folder)
    assert done.status == 78 and words in done.stderr
