"""What is told over WebSocket: everything that happens, in order, to whoever comes back too."""

import collections
import concurrent.futures
import json
import time

import jsonschema
import pytest
from programs import ROOT
from served import FINAL, until
from websockets.exceptions import ConnectionClosed

SCHEMA = jsonschema.Draft202012Validator(json.loads((ROOT / "Sources/segue/Page/events.schema.json").read_text()))
BESIDE = ("progress", "stats", "snapshot")


def in_order(events):
    """Numbered events follow each other; what is told beside them has the number of the one before."""
    last = events[0]["seq"]
    for event in events[1:]:
        assert event["seq"] == last + (event["type"] not in BESIDE), event
        last = event["seq"]


def test_all_that_happens_is_told_in_order(served):
    start = time.monotonic()
    with served.watch() as socket:
        served.gate()
        served.open(0, "no luck")
        served.add("c:playlist:3")
        events = until(socket, lambda e: e["type"] == "progress" and e.get("bytes", 0) >= 2000000 and "bytes_per_second" in e)
        served.open(1), served.open(2)
        events += until(socket, lambda e: e["type"] in FINAL and e["id"] == "c:playlist:3")
        events += until(socket, lambda e: e["type"] == "stats" and e["done"] == 3)
    seconds = time.monotonic() - start
    for event in events:
        SCHEMA.validate(event)
    in_order(events)
    assert events[0]["type"] == "snapshot" and events[0]["active"] == []
    assert [e["id"] for e in events if e["type"] == "added"] == ["c:playlist:3", "c:track:0", "c:track:1", "c:track:2"]
    assert {e["id"]: e["type"] for e in events if e["type"] in FINAL} == {
        "c:track:0": "failed", "c:track:1": "completed", "c:track:2": "completed", "c:playlist:3": "completed"}
    failed = next(e for e in events if e["type"] == "failed")
    assert (failed["title"], failed["artist"], failed["parent"], failed["stage"], failed["code"], failed["message"]) == (
        "Title 0", "Artist", "c:playlist:3", "work", "gone", "no luck")
    assert [e.get("members") for e in events if e["type"] == "completed"] == [None, None, {"done": 2, "failed": 1}]
    moving = [e for e in events if e["type"] == "progress" and "bytes_per_second" in e][-1]
    assert moving["bytes_per_second"] > 0 and moving["total"] == 4000000 and moving["seconds_left"] >= 0
    # Of each record only the newest progress, four times a second.
    assert max(collections.Counter(e["id"] for e in events if e["type"] == "progress").values()) < 10 + 6 * seconds


def test_who_comes_late_gets_a_snapshot_of_what_is_under_way(served):
    served.gate()
    served.add("c:playlist:9")
    served.expanded(running=2, ready=7)

    def snapshot_now():
        with served.watch() as socket:
            return json.loads(socket.recv(timeout=5))

    def is_told():
        snapshot = snapshot_now()
        sums = [snapshot.get("stats", {}).get(name) for name in ("running", "ready", "open")]
        return sums == [2, 7, 1] and [a.get("bytes", 0) > 0 for a in snapshot["active"]] == [True, True]

    # Progress and sums are told a few times a second.
    served.wait(is_told)
    snapshot = snapshot_now()
    SCHEMA.validate(snapshot)
    assert snapshot["type"] == "snapshot" and sorted(a["id"] for a in snapshot["active"]) == ["c:track:0", "c:track:1"]
    assert all(a["stage"] == "work" and a["bytes"] > 0 and a["title"].startswith("Title") for a in snapshot["active"])
    assert (snapshot["stats"]["running"], snapshot["stats"]["ready"], snapshot["stats"]["open"]) == (2, 7, 1)


def test_who_was_away_gets_what_was_missed(served):
    with served.watch() as socket:
        last = json.loads(socket.recv(timeout=5))["seq"]
    served.add("c:playlist:300")
    served.wait(lambda: served.stats()["done"] == 301)
    with served.watch(since=last) as socket:
        events = until(socket, lambda e: e["type"] in FINAL and e["id"] == "c:playlist:300")
    assert events[0]["seq"] == last + 1
    in_order([{"seq": last, "type": "snapshot"}, *events])
    assert {e["id"] for e in events if e["type"] == "completed"} == {f"c:track:{n}" for n in range(300)} | {"c:playlist:300"}
    # In the middle, and at the end.
    with served.watch(since=events[100]["seq"]) as socket:
        assert json.loads(socket.recv(timeout=5)) == events[101]
    with served.watch(since=events[-1]["seq"]) as socket:
        served.add("c:track:1")
        first = until(socket, lambda e: e["type"] not in BESIDE)[-1]
        assert (first["type"], first["id"], first["again"]) == ("added", "c:track:1", True)


@pytest.mark.parametrize("since", [0, 1, 10**18])
def test_what_is_gone_is_a_snapshot(served, since):
    with served.watch(since=since) as socket:
        assert json.loads(socket.recv(timeout=5))["type"] == "snapshot"


def test_after_a_restart_numbers_go_on_and_old_ones_get_a_snapshot(served):
    served.gate()
    served.add("c:playlist:4")
    with served.watch() as socket:
        last = until(socket, lambda e: e["type"] == "stats" and e["running"] == 2)[-1]["seq"]
    assert served.stop() == 0
    served.start()
    with served.watch(since=last) as socket:
        snapshot = json.loads(socket.recv(timeout=5))
        assert snapshot["type"] == "snapshot" and snapshot["seq"] > last
        for n in range(4):
            served.open(n)
        until(socket, lambda e: e["type"] in FINAL and e["id"] == "c:playlist:4")


def test_what_users_do_anywhere_is_told(served):
    served.gate()
    with served.watch() as socket:
        def next_of(kind):
            event = until(socket, lambda e: e["type"] == kind)[-1]
            SCHEMA.validate(event)
            return {k: v for k, v in event.items() if k not in ("seq", "type")}

        served.segue("add", "c:track:50", "c:playlist:5")
        assert next_of("added") == {"id": "c:track:50"}
        served.wait(lambda: served.stats()["ready"] + served.stats()["running"] == 6)
        served.segue("pause", "c:track:50")
        assert next_of("paused") == {"id": "c:track:50"}
        served.segue("resume", "c:track:50")
        assert next_of("resumed") == {"id": "c:track:50"}
        served.post("/v1/pause")
        assert next_of("paused") in ({"items": 6}, {"items": 7})
        served.post("/v1/resume")
        assert next_of("resumed") in ({"items": 6}, {"items": 7})
        served.ask("PATCH", "/v1/items/c:track:50", {"first": True})
        assert next_of("moved") == {"id": "c:track:50"}
        served.segue("cancel", "c:playlist:5")
        # Each member, and the list with how many it was.
        told = [next_of("cancelled") for _ in range(6)]
        assert sorted(e["id"] for e in told[:5]) == [f"c:track:{n}" for n in range(5)] and told[5] == {"id": "c:playlist:5", "items": 6}
        served.post("/v1/clear", {"state": "cancelled"})
        assert next_of("cleared") == {"items": 6}


def test_a_try_that_fails_for_now_is_told_with_its_time(serve):
    stage = "while read -r line; do if [ -e right ]; then echo \"$line\"; else echo '{\"v\":1,\"id\":\"c:track:1\",\"kind\":\"error\",\"stage\":\"work\",\"class\":\"throttled\",\"code\":\"quota\",\"message\":\"slowly\",\"host\":\"h.example\",\"retry_after_s\":4}'; touch right; fi; done"
    served = serve([{"name": "work", "run": ["sh", "-c", stage]}]).start()
    with served.watch() as socket:
        served.add("c:track:1")
        events = until(socket, lambda e: e["type"] == "completed")
    for event in events:
        SCHEMA.validate(event)
    waiting = next(e for e in events if e["type"] == "waiting")
    assert (waiting["code"], waiting["message"], waiting["host"]) == ("quota", "slowly", "h.example") and waiting["until"].endswith("Z")
    throttled = next(e for e in events if e["type"] == "throttled")
    assert throttled["host"] == "h.example"
    # Started twice: once for each try.
    assert [e["type"] for e in events if e.get("id") == "c:track:1" and e["type"] not in BESIDE] == ["added", "started", "waiting", "started", "completed"]


def test_what_is_added_is_told_before_it_is_started(serve):
    """However often somebody adds at the very moment in which the driver asks the ledger for more."""
    served = serve([{"name": "work", "run": ["cat"], "window": 1000}]).start()
    ids = [f"c:track:{n}" for n in range(3000)]
    with served.watch() as socket, concurrent.futures.ThreadPoolExecutor(3) as adders:
        added = adders.map(lambda n: served.add(*ids[n:n + 10]), range(0, len(ids), 10))
        told = collections.defaultdict(list)
        while sum("completed" in types for types in told.values()) < len(ids):
            event = json.loads(socket.recv(timeout=30))
            if event["type"] not in BESIDE:
                told[event["id"]].append(event["type"])
        list(added)
    assert {id: types for id, types in told.items() if types != ["added", "started", "completed"]} == {}


def test_the_server_says_goodbye(served):
    with served.watch() as socket:
        socket.recv(timeout=5)
        assert served.stop() == 0
        with pytest.raises(ConnectionClosed) as closed:
            while True:
                socket.recv(timeout=5)
    assert closed.value.rcvd.code == 1001


def test_pings_are_answered_and_words_are_ignored(served):
    with served.watch() as socket:
        socket.send("hello")
        socket.send(b"\\x00")
        assert socket.ping().wait(5)
        served.add("c:track:1")
        until(socket, lambda e: e["type"] == "completed")


def test_a_client_that_does_not_read_costs_little_and_gets_every_end(served):
    """Its socket is full after a while: what it is told then is what it finds when it reads on."""
    with served.watch(max_queue=1) as slow, served.watch() as quick:
        json.loads(slow.recv(timeout=5))
        before = memory(served)
        served.add("c:playlist:8000")
        ends = [e["id"] for e in until(quick, lambda e: e["type"] in FINAL and e["id"] == "c:playlist:8000", 120) if e["type"] in FINAL]
        assert len(ends) == 8001 and memory(served) - before < 64 << 20
        events = until(slow, lambda e: e["type"] in FINAL and e["id"] == "c:playlist:8000", 60)
        assert [e["id"] for e in events if e["type"] in FINAL] == ends
        in_order(events)


def memory(served):
    with open(f"/proc/{served.process.pid}/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmRSS"))
