"""A pipeline file that is changed while a server runs: what can change does, the rest is told, and no record is lost."""

import json
import os
import pty
import random
import signal
import subprocess
import threading

import pytest
from programs import PROGRAMS

CHANCE = random.Random(9)


def rewrite(served, change):
    """Changes the pipeline file, by a rename as an editor does it."""
    pipeline = json.loads(served.file.read_text())
    change(pipeline)
    part = served.file.with_suffix(".part")
    part.write_text(json.dumps(pipeline))
    os.rename(part, served.file)


def replicas(served):
    return {stage["name"]: stage["replicas"] for stage in served.get("/v1/stages")["stages"]}


def limits(served):
    return {limit["host"]: limit for limit in served.get("/v1/hosts")["limits"]}


def said(served, words):
    served.wait(lambda: any(words in line for line in served.log))


def test_what_can_change_holds_at_once_and_the_rest_takes_a_restart(serve):
    served = serve(hosts={"example.org": {"parallel": 2}}).start()

    def change(pipeline):
        pipeline["hosts"] = {"example.org": {"parallel": 5, "rate": "3/s"}, "*": {"parallel": 9}}
        pipeline["stages"][1]["replicas"] = 4
        pipeline["ledger"] = "state/other.sqlite"
        pipeline["stages"][0]["run"] = ["python3", "-u", "expand.py"]

    rewrite(served, change)
    assert served.post("/v1/reload") == {"taken": ["hosts", "work.replicas"], "left": ["ledger", "expand"]}
    served.wait(lambda: replicas(served).get("work") == 4)
    assert limits(served)["example.org"] == {"host": "example.org", "parallel": 5, "rate": 3} and limits(served)["*"]["parallel"] == 9
    said(served, "the pipeline file was read again; now in force: hosts, work.replicas; after a restart: ledger, expand")
    # A record that comes after goes its way.
    served.add("playlist:3")
    served.wait(lambda: served.stats()["done"] == 4)
    assert not (served.folder / "state/other.sqlite").exists()
    # Asked again, the driver has nothing new to take.
    served.post("/v1/reload")
    said(served, "segue: the pipeline file was read again; after a restart: ledger, expand")


def test_what_somebody_wanted_before_counts_less_than_the_file(served):
    assert served.ask("PATCH", "/v1/stages/work", {"replicas": 7}).status == 200
    served.wait(lambda: replicas(served).get("work") == 7)
    rewrite(served, lambda pipeline: pipeline["stages"][1].update(replicas=3))
    served.post("/v1/reload")
    served.wait(lambda: replicas(served).get("work") == 3)
    # Nor does it come back with the next change of the ledger.
    served.add("playlist:1")
    served.wait(lambda: served.stats()["done"] == 2)
    assert replicas(served).get("work") == 3


@pytest.mark.parametrize("text, words", [("stages: [", "pipeline.yaml"), ("stages: []", "list of 1 to 100"), ('{"stages": [{"name": "x", "run": ["x"]}], "retri": {}}', "retri"), (None, "pipeline.yaml")])
def test_a_file_with_mistakes_changes_nothing(served, text, words):
    before = served.file.read_text()
    if text is None:
        served.file.unlink()
    else:
        served.file.write_text(text)
    answer = served.ask("POST", "/v1/reload")
    assert answer.status in (422, 503) and words in answer.json["detail"]
    served.process.send_signal(signal.SIGUSR1)
    said(served, "the pipeline file is not taken over")
    served.add("playlist:1")
    served.wait(lambda: served.stats()["done"] == 2)
    served.file.write_text(before)
    assert served.post("/v1/reload") == {"taken": [], "left": []}


def test_a_server_without_a_terminal_reads_it_again_on_sighup(serve):
    served = serve()
    command = [PROGRAMS / "segue", "serve", "--pipeline", served.file, "--listen", "127.0.0.1:0"]
    with subprocess.Popen(list(map(str, command)), cwd=served.folder, env=served.environment, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        lines = iter(process.stderr.readline, "")
        # Whoever waits for a line that does not come is woken by the end.
        limit = threading.Timer(60, process.kill)
        limit.start()
        assert any("listening" in line for line in lines)
        rewrite(served, lambda pipeline: pipeline.update(grace="1s"))
        process.send_signal(signal.SIGHUP)
        assert any("now in force: grace" in line for line in lines) and process.poll() is None
        process.terminate()
        assert process.wait(30) == 0
        limit.cancel()


def test_a_server_whose_terminal_ends_stops(serve):
    served = serve()
    command = [PROGRAMS / "segue", "serve", "--pipeline", served.file, "--listen", "127.0.0.1:0"]
    child, terminal = pty.fork()
    if not child:
        os.chdir(served.folder)
        os.execve(command[0], list(map(str, command)), served.environment)
    shown = b""
    while b"listening" not in shown:
        shown += os.read(terminal, 4096)
    os.close(terminal)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


def test_reloads_lose_and_double_nothing(serve):
    served = serve().start()
    for number in (40, 55, 70):
        served.add(f"playlist:{number}")
    for _ in range(25):
        rewrite(served, lambda pipeline: (pipeline["stages"][1].update(replicas=CHANCE.randint(1, 6), retry={"attempts": CHANCE.randint(2, 9)}), pipeline.update(grace=f"{CHANCE.randint(1, 9)}s")))
        served.post("/v1/reload")
    served.wait(lambda: served.stats()["done"] == 73, seconds=120)
    stats = served.stats()
    assert (stats["failed"], stats["ready"], stats["running"]) == (0, 0, 0)
    assert served.stop() == 0
