"""How a server is run: its log, its end, systemd, another client's view, and a fuzzer held against its own document."""

import json
import os
import re
import signal
import subprocess
import sys
import time

from programs import PROGRAMS, ROOT


def test_the_log_is_json_on_request(served, serve):
    other = serve(name="other").start("--json-log")
    other.open(1, "no luck")
    other.gate()
    other.add("c:playlist:2")
    other.open(0)
    other.wait(lambda: other.stats()["failed"] == 1 and other.stats()["done"] == 2)
    other.stop()
    other.reader.join(20)
    lines = [json.loads(line) for line in other.log]
    assert all(set(line) == {"time", "level", "message"} and re.fullmatch(r"[\d-]+T[\d:]+Z", line["time"]) for line in lines)
    assert any(line["level"] == "error" and "no luck" in line["message"] for line in lines) and any("listening on" in line["message"] for line in lines)


def test_it_stops_when_what_is_in_hand_is_done_and_goes_on_later(served):
    served.gate()
    served.add("c:playlist:4")
    served.expanded(running=2, ready=2)
    served.process.send_signal(signal.SIGTERM)
    served.wait(lambda: any("stopping" in line for line in served.log))
    # It still answers while it waits.
    assert served.get("/healthz")["status"] == "ok"
    served.open(0), served.open(1)
    assert served.process.wait(10) == 0
    assert served.segue("stats", "--json").only["done"] == 2
    served.open(2), served.open(3)
    served.start()
    served.wait(lambda: served.stats()["done"] == 5)


def test_two_servers_of_one_ledger_are_one_too_many(served):
    done = served.segue("serve", "--listen", "127.0.0.1:0")
    assert done.status == 69 and "another driver" in done.stderr


def test_watch_shows_what_a_server_does(served):
    served.gate()
    watching = subprocess.Popen([PROGRAMS / "segue", "watch", "--url", served.url], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=served.environment)
    told = subprocess.Popen([PROGRAMS / "segue", "watch", "--url", served.url + "/", "--json"], stdout=subprocess.PIPE, text=True, env=served.environment)
    assert json.loads(told.stdout.readline())["type"] == "snapshot"
    served.wait(lambda: "segue_watchers 2" in served.ask("GET", "/metrics").body.decode())
    served.open(1, "no luck"), served.open(0)
    served.add("c:playlist:2")
    lines = []
    while not all(any(name in line for line in lines) for name in ("Title 0", "Title 1", "List of 2")):
        lines.append(watching.stdout.readline())
    events = []
    while not (events and events[-1]["type"] == "completed" and events[-1]["id"] == "c:playlist:2"):
        events.append(json.loads(told.stdout.readline()))
    assert {e["id"] for e in events if e["type"] in ("completed", "failed")} == {"c:track:0", "c:track:1", "c:playlist:2"}
    # It comes back when the server does.
    served.process.kill()
    served.process.wait()
    served.start()
    served.wait(lambda: "segue_watchers 2" in served.ask("GET", "/metrics").body.decode())
    served.open(5)
    served.add("c:track:5")
    while not any("c:track:5" in line for line in lines):
        lines.append(watching.stdout.readline())
    for process in (watching, told):
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0
    text = "".join(lines)
    assert re.search(r"^failed   Artist - Title 1  work: no luck$", text, re.M) and re.search(r"^done     Artist - Title 0", text, re.M) and "the server is away" in text
    # A list as `segue list` has it.
    assert re.search(r"^failed   List of 2 \(1 done, 1 failed\)$", text, re.M)


def test_watch_says_what_is_wrong(served, serve):
    run = lambda *arguments: subprocess.run([PROGRAMS / "segue", "watch", *arguments], capture_output=True, text=True, env=served.environment, timeout=30)
    nobody = run("--url", "http://127.0.0.1:1/")
    assert nobody.returncode == 69 and "segue serve" in nobody.stderr
    assert run("--url", "ftp://x").returncode == 64
    locked = serve(name="locked").start(listen="0.0.0.0:0")
    refused = run("--url", locked.url)
    assert refused.returncode == 78 and "--token FILE" in refused.stderr
    token = locked.folder / "state/ledger.sqlite.token"
    process = subprocess.Popen([PROGRAMS / "segue", "watch", "--url", locked.url, "--token", token, "--json"], stdout=subprocess.PIPE, env=served.environment)
    assert json.loads(process.stdout.readline())["type"] == "snapshot"
    process.terminate()
    assert process.wait(10) == 0


def test_the_units_for_systemd_are_sound_and_confined(tmp_path):
    names = ["segue.service", "segue-sync.service", "segue-sync.timer"]
    for name in names:
        (tmp_path / name).write_text((ROOT / "Pipelines" / name).read_text().replace("/usr/local/bin/segue", str(PROGRAMS / "segue")))
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *names], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 0 and not done.stderr, done.stderr
    for name in names[:2]:
        done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--threshold=20", "--no-pager", name], capture_output=True, text=True, cwd=tmp_path)
        level = re.search(rf"exposure level for {name}: ([\d.]+)", done.stdout)
        assert done.returncode == 0 and float(level.group(1)) <= 2, done.stdout + done.stderr


def test_a_fuzzer_finds_nothing_that_the_document_does_not_say(serve):
    served = serve([{"name": "work", "run": ["cat"]}]).start()
    served.add(*(f"c:track:{n}" for n in range(20)))
    served.wait(lambda: served.stats()["done"] == 20)
    command = [
        sys.executable, "-m", "schemathesis.cli", "run", f"{served.url}/v1/openapi.json", "--checks", "all", "--exclude-checks", "ignored_auth,unsupported_method", "--exclude-path", "/v1/events",
        "--max-examples", "25", "--seed", "7", "--phases", "examples,coverage,fuzzing", "--generation-database", "none"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, env={**os.environ, "NO_COLOR": "1"}, cwd=served.folder)
    assert done.returncode == 0, done.stdout[-6000:]
    assert served.get("/healthz")["status"] == "ok" and served.process.poll() is None


def test_a_catalog_that_refuses_is_told_of_and_goes_on_when_its_password_is_right(serve, site):
    token = {"is": "right"}
    for n in range(1, 5):
        def guarded(request, answer={"id": n, "title": f"T{n}", "artist": {"name": "A"}}):
            return answer if request.headers["Authorization"] == f"Bearer {token['is']}" else (401, {}, b"")

        site.answers[f"/track/{n}"] = guarded
        site.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{site.url}/{n}.mp3"}]}
    run = ["resolve", "--rate", "0", "--catalog", f"home={site.url}", "--credentials", "credentials"]
    served = serve([{"name": "resolve", "run": run, "mode": "expand"}, {"name": "work", "run": ["cat"]}])

    def password(text):
        part = served.folder / "new"
        part.write_text(f"home {site.url.split('//')[1]} bearer {text}\n")
        part.chmod(0o600)
        part.rename(served.folder / "credentials")

    password("wrong")
    served.start()
    served.add(*[f"home:track:{n}" for n in range(1, 5)])

    def stage():
        return next((s for s in served.get("/v1/stages")["stages"] if s["name"] == "resolve"), {})

    served.wait(lambda: stage().get("holds"))
    (hold,) = stage()["holds"]
    assert hold["needs"] == "home" and "--credentials" in hold["message"] and "trouble" not in stage()
    assert served.get("/healthz")["held_up"] == ["resolve"]
    password("right")
    # By itself within seconds; at once when somebody asks for it.
    served.post("/v1/stages/resolve/restart")
    served.wait(lambda: served.stats()["done"] == 4)
    served.wait(lambda: not stage().get("holds"))
    assert served.get("/healthz")["held_up"] == []
