"""A limit of bytes a second that all processes keep together."""

import json
import time

import pytest
from programs import lines
from test_fetch import AUDIO, Body, track
from test_fetch import spool  # noqa: F401 (fixture)

RATE = 100_000


@pytest.fixture
def hosts(tmp_path):
    folder = tmp_path / "hosts"
    folder.mkdir()
    return folder


def environment(hosts, limits):
    (hosts / "limits").write_text(json.dumps(limits))
    return {"SEGUE_HOSTS": str(hosts)}


@pytest.mark.parametrize("processes, transfers", [(1, 1), (1, 4), (4, 1)])
@pytest.mark.parametrize("name", ["*", "+"])
def test_all_processes_and_transfers_together_keep_a_limit(site, start, spool, hosts, processes, transfers, name):  # noqa: F811
    site.answers["/a"] = Body()
    count = processes * transfers
    begun = time.monotonic()
    env = environment(hosts, {name: {"bytes": count * RATE}})
    fetches = [start("fetch", "--spool", spool, "--stall", "1", "--transfers", str(transfers), env=env) for _ in range(processes)]
    for index, process in enumerate(fetches):
        records = [track(site.url + "/a", id=f"c:track:{index}-{n}") for n in range(transfers)]
        process.stdin.write(lines(*records))
        process.stdin.close()
        process.stdin = None
    answers = [json.loads(line) for process in fetches for line in process.stdout]
    assert len(answers) == count and all("file" in answer for answer in answers)
    # Half a second's worth may come at once.
    assert time.monotonic() - begun > len(AUDIO) / RATE - 0.6


def test_documents_and_pictures_count_too(site, run, spool, hosts):  # noqa: F811
    site.answers["/a"] = Body()
    host = site.url.removeprefix("http://")
    assert "file" in run("fetch", "--spool", spool, stdin=lines(track(site.url + "/a")), env=environment(hosts, {host: {"bytes": 5_000_000}})).only
    (budget,) = hosts.glob("bytes-*")
    assert budget.name.endswith(host.replace(":", "_")) and json.loads(budget.read_text())["come"] == len(AUDIO)


def test_without_a_limit_nothing_is_counted(site, run, spool, hosts):  # noqa: F811
    site.answers["/a"] = Body()
    env = environment(hosts, {"*": {"parallel": 4}, "other.example": {"bytes": 1}})
    assert "file" in run("fetch", "--spool", spool, stdin=lines(track(site.url + "/a")), env=env).only
    assert list(hosts.glob("bytes-*")) == []


def test_a_limit_that_is_lifted_lets_go_of_those_that_wait(site, start, spool, hosts):  # noqa: F811
    site.answers["/a"] = Body()
    process = start("fetch", "--spool", spool, env=environment(hosts, {"+": {"bytes": 1000}}))
    process.stdin.write(lines(track(site.url + "/a")))
    process.stdin.close()
    process.stdin = None
    deadline = time.monotonic() + 60
    while not list(hosts.glob("bytes-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    environment(hosts, {})
    begun = time.monotonic()
    assert "file" in json.loads(process.stdout.readline())
    assert time.monotonic() - begun < len(AUDIO) / 1000 / 2
