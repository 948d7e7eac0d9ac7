"""What REST answers: lists, additions, steering, and errors that say what to do."""

import json
import pathlib
import re
import subprocess

import jsonschema
import pytest
from programs import PROGRAMS, ROOT, clock

PAGE = ROOT / "Sources/segue/Page"
OPENAPI = json.loads((PAGE / "openapi.json").read_text())


def check(name, value):
    """Against a schema of the OpenAPI document."""
    schema = {"$ref": f"#/components/schemas/{name}", "components": OPENAPI["components"]}
    jsonschema.Draft202012Validator(schema).validate(value)


def test_a_collection_is_added_and_comes_to_its_end(served):
    answer = served.ask("POST", "/v1/items", {"ref": "c:playlist:5"})
    assert answer.status == 202 and answer.json["items"] == [{"ref": "c:playlist:5", "id": "c:playlist:5", "result": "added"}]
    check("Addition", answer.json)
    served.wait(lambda: served.stats()["done"] == 6)
    item = served.item("c:playlist:5")
    check("ItemInFull", item)
    assert (item["kind"], item["state"], item["title"], item["members"], item["attempts"]) == ("collection", "done", "List of 5", {"done": 5}, [])
    member = served.item("c:track:3")
    assert member["collections"] == [{"id": "c:playlist:5", "seq": 4}] and (member["title"], member["artist"]) == ("Title 3", "Artist")
    stats = served.stats()
    check("Statistics", stats)
    assert stats["success_rate"] == 1 and [s["name"] for s in stats["stages"]] == ["expand", "work"]


def test_lists_are_paged_filtered_and_searched(served):
    served.gate()
    served.open(0, "no luck")
    served.add("c:playlist:30", "c:track:100")
    served.wait(lambda: served.stats()["failed"] == 1)
    every = served.get("/v1/items?limit=1000")["items"]
    for item in every:
        check("Item", item)
    assert len(every) == 32
    seen, after = [], ""
    while True:
        page = served.get(f"/v1/items?limit=7{after}")
        seen += [i["id"] for i in page["items"]]
        if "next" not in page:
            break
        after = f"&after={page['next']}"
    assert seen == [i["id"] for i in every]
    assert [i["id"] for i in served.get("/v1/items?offset=5&limit=3")["items"]] == seen[5:8]
    top = served.get("/v1/items?top=true")
    assert [i["id"] for i in top["items"]] == ["c:playlist:30", "c:track:100"] and top["total"] == 2
    members = [f"c:track:{n}" for n in range(30)]
    assert [i["id"] for i in served.get("/v1/items?parent=c:playlist:30")["items"]] == members
    assert [i["id"] for i in served.get("/v1/items?parent=c:playlist:30&offset=10&limit=5")["items"]] == members[10:15]
    assert [i["id"] for i in served.get("/v1/items?parent=c:playlist:30&after=c:track:4&limit=2")["items"]] == members[5:7]
    (failed,) = served.get("/v1/items?state=failed")["items"]
    assert failed["id"] == "c:track:0" and failed["failure"]["message"] == "no luck" and failed["failure"]["code"] == "gone"
    assert [i["id"] for i in served.get("/v1/items?q=title%2012")["items"]] == ["c:track:12"]
    assert [i["id"] for i in served.get("/v1/items?q=track:1&parent=c:playlist:30&limit=3")["items"]] == ["c:track:1", "c:track:10", "c:track:11"]
    assert served.get("/v1/items?q=%25")["items"] == [] and served.get("/v1/items?q=_")["items"] == []
    assert len(served.get("/v1/items?state=running")["items"]) == 2


def test_one_reference_twice_is_one_item(served):
    served.gate()
    assert served.add("c:track:1", "c:track:1", "c:track:2")["added"] == 2
    assert [served.add("c:track:1")[k] for k in ("added", "again", "known")] == [0, 0, 1]
    served.open(1), served.open(2)
    served.wait(lambda: served.stats()["done"] == 2)
    assert served.add("c:track:1")["again"] == 1 and len(served.get("/v1/items")["items"]) == 2


def test_references_come_as_text_too(served):
    answer = served.ask("POST", "/v1/items?first=true", "c:track:1\r\n\n  c:track:2  \nnonsense\n", {"Content-Type": "text/plain"})
    assert answer.status == 202 and answer.json["added"] == 2 and [r["ref"] for r in answer.json["refused"]] == ["nonsense"]
    assert "track:ID" in answer.json["refused"][0]["detail"]


def test_a_playlist_file_is_added_as_it_is(serve):
    served = serve([{"name": "expand", "run": ["resolve", "--rows"], "mode": "expand"}, {"name": "work", "run": ["cat"]}]).start()
    answer = served.ask("POST", "/v1/lists?name=My%20list.m3u", b"#EXTM3U\nhttp://127.0.0.1:1/a.mp3\n#EXTINF:3,A - B\nhttp://127.0.0.1:1/b.flac\n")
    assert answer.status == 202 and answer.json["items"][0]["ref"] == "My list.m3u"
    served.wait(lambda: served.stats()["done"] == 3)
    assert served.item(answer.json["items"][0]["id"])["title"] == "My list"
    again = served.ask("POST", "/v1/lists?name=My%20list.m3u", b"#EXTM3U\nhttp://127.0.0.1:1/a.mp3\n#EXTINF:3,A - B\nhttp://127.0.0.1:1/b.flac\n")
    assert again.json["items"][0]["id"] == answer.json["items"][0]["id"]
    for name in ("", "x", "../../etc/passwd.m3u", "x.exe", "a%2Fb.m3u"):
        assert served.ask("POST", f"/v1/lists?name={name}", b"http://h/a.mp3\n").status == 422


@pytest.mark.parametrize("ref", ["/etc/passwd", "/etc/x.m3u", "x.m3u", "../x.csv", '{"v":1,"id":"a","kind":"track","file":{"path":"/etc/passwd"}}'])
def test_files_of_the_machine_are_not_to_be_had_by_reference(served, ref):
    answer = served.ask("POST", "/v1/items", {"ref": ref})
    assert answer.status == 422 and answer.json["code"] in ("local_path", "bad_ref") and served.get("/v1/items")["items"] == []


@pytest.mark.parametrize("method, path, body, status, code, word", [
    ("GET", "/v2", None, 404, "no_resource", "path"), ("GET", "/v1/items/nothing", None, 404, "no_item", "nothing"), ("PUT", "/v1/items", "{}", 405, "no_method", "POST"),
    ("DELETE", "/v1/stats", None, 405, "no_method", "GET"), ("POST", "/v1/items", "{", 400, "bad_json", "JSON"), ("POST", "/v1/items", "[]", 400, "bad_json", "object"),
    ("POST", "/v1/items", '{"ref":"c:playlist:3?format=mp3"}', 422, "bad_ref", "formats"),
    ("POST", "/v1/items", "{}", 422, "bad_ref", "refs"), ("POST", "/v1/items", '{"ref":"what is this"}', 422, "bad_ref", "track:ID"),
    ("GET", "/v1/items?state=odd", None, 422, "bad_parameter", "waiting"), ("GET", "/v1/items?limit=0", None, 422, "bad_parameter", "1000"),
    ("GET", "/v1/items?limit=x", None, 422, "bad_parameter", "number"), ("GET", "/v1/items?after=nobody", None, 404, "no_item", "nobody"),
    ("POST", "/v1/cancel", None, 422, "bad_parameter", "all"), ("POST", "/v1/pause", '{"ids":"x"}', 422, "bad_parameter", "list"),
    ("POST", "/v1/pause", '{"ids":[1]}', 422, "bad_parameter", "ids"), ("POST", "/v1/retry", '{"state":"odd"}', 422, "bad_parameter", "failed"),
    ("POST", "/v1/items/nothing/pause", None, 404, "no_item", "nothing"), ("POST", "/v1/items/nothing/dance", None, 404, "no_resource", "path"),
    ("PATCH", "/v1/stages/odd", '{"replicas":2}', 404, "no_stage", "work"), ("PATCH", "/v1/stages/work", '{"replicas":0}', 422, "bad_parameter", "256"),
    ("PUT", "/v1/hosts/h", '{"segments":17}', 422, "bad_parameter", "16"),
    ("PUT", "/v1/hosts/h", '{"bytes":999}', 422, "bad_parameter", "1000"), ("PUT", "/v1/hosts/+", '{"bytes":5000,"rate":1}', 422, "bad_parameter", "bytes"),
    ("PUT", "/v1/hosts/h", "{}", 422, "bad_parameter", "parallel"), ("PUT", "/v1/hosts/h", '{"rate":-1}', 422, "bad_parameter", "rate"),
    ("GET", "/v1/items/%ff", None, 400, "bad_target", "path"), ("GET", "/v1/items/nothing/cover", None, 404, "no_item", "nothing"), ("GET", "/v1/events", None, 426, "no_websocket", "WebSocket")])
def test_an_error_says_what_to_do(served, method, path, body, status, code, word):
    answer = served.ask(method, path, body, {"Content-Type": "application/json"} if body else {})
    assert (answer.status, answer.json["code"]) == (status, code) and word in answer.json["detail"], answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"
    check("Problem", answer.json)


def test_a_body_of_another_type_is_refused_with_the_right_one(served):
    answer = served.ask("POST", "/v1/items", "ref=track:1", {"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status == 415 and "application/json" in answer.json["detail"]


def test_a_password_in_a_link_is_in_no_answer_and_no_item(served, tmp_path):
    served.environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    served.stop()
    served.start()
    added = served.ask("POST", "/v1/items", {"refs": ["https://lena:w0rd@private.example/a.mp3"]})
    check("Addition", added.json)
    (item,) = added.json["items"]
    assert item["ref"] == "https://private.example/a.mp3" and "https://private.example" in added.json["told"][0]
    lined = served.ask("POST", "/v1/items", "https://lena:w0rd@private.example/b.mp3\nhtps://lena:w0rd@private.example/\n", {"Content-Type": "text/plain"})
    assert [r["ref"] for r in lined.json["refused"]] == ["htps://private.example/"] and lined.json["added"] == 1
    shown = served.ask("GET", "/v1/items/" + item["id"])
    assert not any(b"w0rd" in answer.body or b"lena" in answer.body for answer in (added, lined, shown))
    assert "w0rd" in (tmp_path / "state/segue/passwords").read_text()


def test_a_list_that_is_sent_can_be_read_by_nobody_else(served):
    assert served.ask("POST", "/v1/lists?name=mine.m3u", b"https://lena:w0rd@private.example/a.mp3\n").status == 202
    assert (served.folder / "state/ledger.sqlite.lists").stat().st_mode & 0o777 == 0o700


def test_rest_knows_nothing_of_files(served, tmp_path):
    """Whether there is one or not, the answer is the same."""
    (tmp_path / "there.m3u").write_text("")
    answers = [served.ask("POST", "/v1/items", {"refs": [form.format(tmp_path)]}) for form in ("{}/there.m3u", "{}/gone.m3u", "file://{}/there.m3u", "file:{}/gone.m3u")]
    assert [(a.status, a.json["code"]) for a in answers] == [(422, "local_path")] * 4


def test_items_are_steered_one_by_one_many_and_all(served):
    served.gate()
    served.add("c:playlist:10", "c:track:50", "c:track:51")
    served.wait(lambda: served.stats()["running"] == 2 and served.stats()["ready"] == 10)
    assert served.post("/v1/items/c:track:50/pause") == {"items": 1} and served.item("c:track:50")["state"] == "paused"
    assert served.post("/v1/items/c:track:50/resume") == {"items": 1} and served.item("c:track:50")["state"] != "paused"
    assert served.post("/v1/pause", {"ids": ["c:track:50", "c:track:51"]}) == {"items": 2}
    assert served.post("/v1/items/c:playlist:10/pause") == {"items": 10}
    served.wait(lambda: served.stats()["running"] == 0)
    assert served.post("/v1/resume", {"state": "paused"}) == {"items": 12}
    served.post("/v1/pause")
    assert served.stats()["all_paused"] or served.wait(lambda: served.stats()["all_paused"]) is None
    served.post("/v1/resume")
    served.open(50, "no")
    for n in range(10):
        served.open(n)
    served.wait(lambda: served.stats()["failed"] == 1 and served.stats()["done"] == 11)
    assert served.ask("DELETE", "/v1/items/c:track:51").json == {"items": 1}
    served.wait(lambda: served.item("c:track:51")["state"] == "cancelled")
    served.open(50), served.open(51)
    assert served.post("/v1/retry", {"state": "failed"}) == {"items": 1}
    assert served.post("/v1/items/c:track:51/retry") == {"items": 1}
    served.wait(lambda: served.stats()["done"] == 13)
    attempts = served.item("c:track:50")["attempts"]
    assert [(a["stage"], a["code"], a["message"]) for a in attempts] == [("work", "gone", "no")]


def test_everything_can_be_cancelled_when_it_is_said(served):
    served.gate()
    served.add("c:playlist:10")
    served.expanded(running=2, ready=8)
    assert served.post("/v1/cancel", {"all": True})["items"] == 11
    served.wait(lambda: served.stats()["cancelled"] == 11 and served.stats()["running"] == 0)


def test_what_has_ended_is_cleared_and_what_failed_stays(served):
    served.gate()
    served.add("c:playlist:4", "c:track:50", "c:track:51", "c:track:52")
    for n, why in ((0, ""), (1, "no"), (2, ""), (3, ""), (50, ""), (51, "no")):
        served.open(n, why)
    served.wait(lambda: served.stats()["done"] == 5 and served.stats()["failed"] == 2)
    # A list with a failure in it stays whole.
    assert served.post("/v1/clear") == {"items": 1}
    assert [i["id"] for i in served.get("/v1/items?top=true")["items"]] == ["c:playlist:4", "c:track:51", "c:track:52"]
    served.open(1)
    served.post("/v1/items/c:track:1/retry")
    served.wait(lambda: served.stats()["done"] == 5)
    assert served.post("/v1/clear") == {"items": 5}
    assert served.ask("DELETE", "/v1/items/c:track:51").json == {"items": 1}
    assert [i["id"] for i in served.get("/v1/items")["items"]] == ["c:track:52"] and served.stats()["done"] == 0
    served.open(52)
    served.wait(lambda: served.stats()["done"] == 1)
    assert served.add("c:playlist:4")["added"] == 1
    served.wait(lambda: served.stats()["done"] == 6)


def test_a_member_that_two_lists_hold_stays_until_both_are_cleared(served):
    served.add("c:playlist:2", "c:album:3")
    served.wait(lambda: served.stats()["done"] == 5)
    assert served.ask("DELETE", "/v1/items/c:playlist:2").json == {"items": 1}
    assert len(served.get("/v1/items?parent=c:album:3")["items"]) == 3
    assert served.ask("DELETE", "/v1/items/c:album:3").json == {"items": 4} and served.get("/v1/items")["items"] == []


def test_what_stays_when_it_is_cleared_is_told_with_its_list(served):
    served.gate()
    for n, why in ((0, ""), (1, "no"), (2, "no"), (60, "no")):
        served.open(n, why)
    served.add("c:playlist:3", "c:track:60", "c:track:61")
    served.wait(lambda: served.stats()["failed"] == 3 and served.item("c:playlist:3").get("finished"))
    answer = served.post("/v1/clear", {"state": "failed"})
    assert answer == {"items": 1, "members": 2, "lists": ["c:playlist:3"]}
    check("Cleared", answer)
    assert served.ask("DELETE", "/v1/items/c:track:1").json == {"items": 0, "members": 1, "lists": ["c:playlist:3"]}
    assert served.post("/v1/clear", {"ids": ["c:track:61"]}) == {"items": 0, "unfinished": 1}
    assert served.post("/v1/clear", {"ids": ["c:playlist:3"]}) == {"items": 4}


def test_items_say_in_which_list_they_are_and_one_state_is_left_out(served):
    served.gate()
    for n, why in ((0, ""), (1, "no"), (2, ""), (70, "no"), (71, "")):
        served.open(n, why)
    served.add("c:playlist:3", "c:track:70", "c:track:71")
    served.wait(lambda: served.stats()["failed"] == 2 and served.item("c:playlist:3").get("finished"))
    found = served.get("/v1/items?q=title 1".replace(" ", "%20"))["items"]
    assert [(i["id"], i["list"]) for i in found] == [("c:track:1", {"id": "c:playlist:3", "title": "List of 3"})]
    top = served.get("/v1/items?top=true&not=failed")
    assert [i["id"] for i in top["items"]] == ["c:playlist:3", "c:track:71"] and top["total"] == 2
    assert served.get("/v1/items?top=true")["total"] == 3 and all("list" not in i for i in top["items"])
    for item in [*found, *top["items"]]:
        check("Item", item)
    assert served.ask("GET", "/v1/items?not=nothing").status == 422


def test_priorities_change(served):
    served.gate()
    served.add("c:track:1", "c:track:2", "c:track:3", "c:track:4")
    served.wait(lambda: served.stats()["running"] == 2)
    assert served.ask("PATCH", "/v1/items/c:track:4", {"first": True}).json == {"items": 1}
    assert served.item("c:track:4")["first"] is True
    served.open(1), served.open(4)
    served.wait(lambda: served.stats()["done"] == 2)
    assert served.item("c:track:4")["state"] == "done"
    assert served.ask("PATCH", "/v1/items/c:track:4", {"first": "yes"}).status == 422


def test_replicas_and_hosts_change_while_it_runs(served):
    served.gate()
    served.add("c:playlist:20")
    served.wait(lambda: served.stats()["running"] == 2)
    assert served.ask("PATCH", "/v1/stages/work", {"replicas": 5}).json == {"name": "work", "replicas": 5}
    served.wait(lambda: served.stats()["running"] == 5)
    served.wait(lambda: next(s for s in served.get("/v1/stages")["stages"] if s["name"] == "work")["replicas"] == 5)
    answer = served.ask("PUT", "/v1/hosts/Example.org", {"parallel": 3, "rate": 0.5, "segments": 4})
    assert answer.json["limits"] == [{"host": "example.org", "parallel": 3, "rate": 0.5, "segments": 4}]
    check("Hosts", answer.json)
    assert json.loads((served.folder / "state/ledger.sqlite.hosts/limits").read_text()) == {"example.org": {"parallel": 3, "rate": 0.5, "segments": 4}}
    assert served.ask("DELETE", "/v1/hosts/example.org").json["limits"] == []
    answer = served.ask("PUT", "/v1/hosts/+", {"bytes": 2_000_000})
    assert answer.json["limits"] == [{"host": "+", "bytes": 2_000_000}]
    check("Hosts", answer.json)


SCHEDULE = {"hosts": {"a": {"parallel": 2}}, "bytes": "2MB/s", "schedule": {"23:00-07:00": {"bytes": "unlimited"}, "09:00-17:00": {"hosts": {"a": {"parallel": 1, "rate": 0.5}}}}}
NIGHT, WORK = {"time": "23:00-07:00", "limits": [{"host": "+"}]}, {"time": "09:00-17:00", "limits": [{"host": "a", "parallel": 1, "rate": 0.5}]}
ALL, A, B = {"host": "+", "bytes": 2_000_000}, {"host": "a", "parallel": 2}, {"host": "b", "parallel": 4}


def test_the_schedule_of_limits_is_told_and_changed_while_it_runs(serve):
    served = serve(**SCHEDULE)
    served.environment["TZ"] = clock(12, 0, 0)
    served.start()
    limits = lambda: sorted(served.get("/v1/hosts")["limits"], key=lambda limit: limit["host"])
    periods = lambda: [period["time"] for period in served.get("/v1/schedule")["periods"]]

    def put(*periods):
        answer = served.ask("PUT", "/v1/schedule", {"periods": periods})
        assert answer.status == 200, answer.body
        check("Schedule", answer.json)
        return [period["in_force"] for period in answer.json["periods"]]

    told = served.get("/v1/schedule")
    check("Schedule", told)
    assert told == {"periods": [{**NIGHT, "in_force": False}, {**WORK, "in_force": True}]}
    assert limits() == [ALL, *WORK["limits"]]
    # What somebody set of a host holds as long as the schedule changes nothing at this time.
    assert served.ask("PUT", "/v1/hosts/b", {"parallel": 4}).status == 200
    assert put(WORK) == [True] and put(WORK, NIGHT) == [True, False]
    noon = {"time": "11:30-12:30", "limits": [{"host": "+", "bytes": 500_000}, {"host": "A", "segments": 2}]}
    assert put(WORK, noon) == [True, True]
    served.wait(lambda: limits() == [{"host": "+", "bytes": 500_000}, {"host": "a", "segments": 2}])
    assert put(WORK) == [True]
    served.wait(lambda: limits() == [ALL, *WORK["limits"]])
    assert put() == []
    served.wait(lambda: limits() == [ALL, A])
    assert put(NIGHT) == [False] and served.ask("PUT", "/v1/hosts/b", {"parallel": 4}).status == 200
    # A file that is read again and has nothing new of the schedule leaves it; and so does what else changes the ledger.
    assert served.post("/v1/reload") == {"taken": [], "left": []}
    served.add("c:playlist:2")
    served.wait(lambda: served.stats()["done"] == 3)
    assert periods() == ["23:00-07:00"] and limits() == [ALL, A, B]
    # The next driver begins as its file says.
    assert served.stop() == 0
    served.start()
    assert periods() == ["23:00-07:00", "09:00-17:00"] and limits() == [ALL, *WORK["limits"]]


def test_a_schedule_in_the_file_takes_the_place_of_what_somebody_wanted(serve):
    served = serve(**SCHEDULE)
    served.environment["TZ"] = clock(12, 0, 0)
    served.start()
    assert served.ask("PUT", "/v1/schedule", {"periods": []}).status == 200
    pipeline = json.loads(served.file.read_text())
    pipeline["schedule"]["11:00-13:00"] = {"bytes": "1MB/s"}
    served.file.write_text(json.dumps(pipeline))
    assert served.post("/v1/reload")["taken"] == ["schedule"]
    served.wait(lambda: len(served.get("/v1/schedule")["periods"]) == 3)
    served.wait(lambda: {"host": "+", "bytes": 1_000_000} in served.get("/v1/hosts")["limits"])


@pytest.mark.parametrize("body, words", [
    ({}, "periods"), ({"periods": {}}, "periods"), ({"periods": [7]}, "periods"), ({"periods": [{}]}, "23:00-07:00"), ({"periods": [{"time": "7-9"}]}, "23:00-07:00"),
    ({"periods": [{"time": "07:00-07:00"}]}, "23:00-07:00"), ({"periods": [{"time": "07:00-09:00", "limits": [{}]}]}, "host"), ({"periods": [{"time": "07:00-09:00", "limits": [{"host": "a", "rate": 0}]}]}, "rate"),
    ({"periods": [{"time": "07:00-09:00", "limits": [{"host": "a", "bytes": 5}]}]}, "bytes"), ({"periods": [{"time": "07:00-09:00", "limits": [{"host": "+", "parallel": 5}]}]}, "bytes")])
def test_a_schedule_with_mistakes_changes_nothing(serve, body, words):
    served = serve(**SCHEDULE).start()
    answer = served.ask("PUT", "/v1/schedule", body)
    assert answer.status == 422 and words in answer.json["detail"]
    assert len(served.get("/v1/schedule")["periods"]) == 2


def test_a_stage_that_stands_still_is_told_and_started_again(serve):
    served = serve([{"name": "work", "run": ["sh", "-c", "test -e right && exec cat; echo key file missing >&2; exit 78"]}]).start()
    served.add("c:track:1")
    served.wait(lambda: "trouble" in served.stats().get("stages", [{}])[0])
    assert "key file missing" in served.stats()["stages"][0]["trouble"]
    health = served.get("/healthz")
    assert health["held_up"] == ["work"] and [t["stage"] for t in health["troubles"]] == ["work"] and "key file missing" in health["troubles"][0]["message"]
    (item,) = served.get("/v1/items")["items"]
    check("Item", item)
    assert "key file missing" in item["trouble"]
    (served.folder / "right").touch()
    assert served.post("/v1/stages/work/restart") == {"items": 1}
    served.wait(lambda: served.stats()["done"] == 1)
    served.wait(lambda: "trouble" not in served.stats()["stages"][0])
    assert served.get("/healthz")["held_up"] == [] and "troubles" not in served.get("/healthz")


def test_a_stage_that_is_started_again_gets_new_processes(serve):
    # It looks at its start alone, so that asking again by itself would not help it.
    served = serve([{"name": "work", "run": ["python3", "stage.py"]}])
    (served.folder / "stage.py").write_text(
        "import json, os, sys\nis_right = os.path.exists('right')\nfor line in sys.stdin:\n r = json.loads(line)\n"
        " e = {'v': 1, 'id': r['id'], 'kind': 'error', 'class': 'config', 'code': 'http_401', 'message': 'denied', 'host': 'a.example', 'record': r}\n"
        " print(json.dumps(r if is_right else e), flush=True)\n")
    served.start()
    served.add("c:track:1")
    served.wait(lambda: "holds" in served.stats().get("stages", [{}])[0])
    (served.folder / "right").touch()
    assert served.post("/v1/stages/work/restart") == {"items": 1}
    served.wait(lambda: served.stats()["done"] == 1)


def test_what_a_terminal_does_is_seen_at_once(served):
    assert served.segue("add", "c:track:1").status == 0
    served.wait(lambda: served.stats()["done"] == 1)
    assert served.segue("list", "--json").only["state"] == "done"
    other = served.segue("run")
    assert other.status == 69 and "segue add" in other.stderr


def test_the_document_names_every_route_and_no_other(served):
    assert served.get("/v1/openapi.json") == OPENAPI
    described = {(method.upper(), path) for path, methods in OPENAPI["paths"].items() for method in methods}
    source = (ROOT / "Sources/segue/Serve/API.swift").read_text()
    routes = set(re.findall(r'Route\("(\w+)", "([^"]+)"\)', source))
    assets = {("GET", path) for path in ("/", "/\\(name).js", "/page.css", "/icon.svg", "/v1/openapi.json", "/v1/events.schema.json")}
    assert routes - assets == described and len(routes) > 25


def test_metrics_are_as_prometheus_wants_them(served):
    served.add("c:playlist:3")
    served.wait(lambda: served.stats()["done"] == 4)
    answer = served.ask("GET", "/metrics")
    text = answer.body.decode()
    assert answer.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'segue_items{stage="work",state="done"} 3' in text and 'segue_stage_replicas{stage="work"} 2' in text and "segue_watchers 0" in text
    promtool = pathlib.Path("/usr/bin/promtool")
    assert promtool.exists(), "Debian's prometheus is not installed"
    done = subprocess.run([promtool, "check", "metrics"], input=answer.body, capture_output=True)
    assert done.returncode == 0 and not done.stderr, done.stderr


def test_health_is_short(served):
    assert served.get("/healthz")["status"] == "ok" and served.ask("HEAD", "/healthz").body == b""


def test_wrong_usage_says_what_to_do(serve):
    served = serve()
    for listen in ("nonsense", "127.0.0.1", "127.0.0.1:99999", "example.org:80", "::1:80"):
        done = served.segue("serve", "--listen", listen)
        assert done.status == 64 and "127.0.0.1:7333" in done.stderr
    served.start()
    other = served.folder.parent / "other"
    done = subprocess.run([PROGRAMS / "segue", "serve", "--pipeline", served.file, "--listen", served.listen], cwd=other if other.mkdir() is None else other, capture_output=True, env=served.environment)
    assert done.returncode == 69 and f"cannot listen on {served.listen}: another program listens there; give another port with --listen" in done.stderr.decode()
    assert b"errno" not in done.stderr and b"descriptor" not in done.stderr


def test_references_to_catalogs_that_are_not_there_are_refused_and_the_others_added(serve):
    stages = [{"name": "expand", "run": ["resolve", "--rows", "--catalog", "shop=http://127.0.0.1:1"], "mode": "expand"}, {"name": "work", "run": ["cat"]}]
    served = serve(stages).start()
    answer = served.ask("POST", "/v1/items", {"refs": ["shpo:track:5"]})
    assert answer.status == 422 and answer.json["code"] == "no_catalog" and "did you mean shop?" in answer.json["detail"]
    check("Problem", answer.json)
    answer = served.ask("POST", "/v1/items", {"refs": ["other:track:1", "shop:track:2"]})
    assert answer.status == 202 and answer.json["added"] == 1 and [(r["ref"], r["code"]) for r in answer.json["refused"]] == [("other:track:1", "no_catalog")]
    answer = served.ask("POST", "/v1/items", "other:track:1\nshop:track:3\nnonsense\n", {"Content-Type": "text/plain"})
    assert answer.status == 202 and answer.json["added"] == 1
    assert [(r["ref"], r["code"]) for r in answer.json["refused"]] == [("other:track:1", "no_catalog"), ("nonsense", "bad_ref")]
    # A body in JSON with what is no reference is wrong as a whole.
    answer = served.ask("POST", "/v1/items", {"refs": ["shop:track:4", "nonsense"]})
    assert answer.status == 422 and answer.json["code"] == "bad_ref" and served.ask("GET", "/v1/items/shop:track:4").status == 404
