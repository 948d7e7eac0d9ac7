"""A limit of bytes a second that all processes keep together."""

import contextlib
import json
import socket
import threading
import time

import pytest
from programs import lines
from test_fetch import AUDIO, Body, track, wait_until
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


@pytest.mark.parametrize("name", ["*", "+"])
@pytest.mark.parametrize("processes, transfers", [(1, 1), (8, 1), (8, 4)])
@pytest.mark.parametrize("count", [1, 24], ids=["large", "small"])
def test_all_processes_and_transfers_together_keep_a_limit(site, start, spool, hosts, processes, transfers, count, name):  # noqa: F811
    """From the first byte on no more comes than the limit allows, and a quarter of a second's worth: no busy machine changes that."""
    each = count * 65_536 if count > 1 else 1_500_000
    size, seconds = each // count, 3
    site.answers["/a"] = Body(b"fLaC" + bytes(size - 4))
    total = processes * transfers * each
    env = environment(hosts, {name: {"bytes": total // seconds}})
    begun = time.monotonic()
    fetches = [start("fetch", "--spool", spool, "--transfers", str(transfers), env=env) for _ in range(processes)]
    for index, process in enumerate(fetches):
        records = [track(site.url + "/a", id=f"c:track:{index}-{n}") for n in range(transfers * count)]
        process.stdin.write(lines(*records))
        process.stdin.close()
        process.stdin = None
    answers = [json.loads(line) for process in fetches for line in process.stdout]
    assert len(answers) == processes * transfers * count and [answer for answer in answers if "file" not in answer] == []
    assert time.monotonic() - begun > seconds - 0.26


def test_to_rest_is_no_stall(site, run, spool, hosts):  # noqa: F811
    """Four transfers at a thousand bytes a second: each rests for four seconds before a piece."""
    site.answers["/a"] = Body(b"fLaC" + bytes(1500))
    records = [track(site.url + "/a", id=f"c:track:{n}") for n in range(4)]
    done = run("fetch", "--spool", spool, "--stall", "1", stdin=lines(*records), env=environment(hosts, {"+": {"bytes": 1000}}))
    assert [answer for answer in done.records if "file" not in answer] == [] and len(done.records) == 4


def test_a_server_gets_little_ahead_of_a_limit(site, start, spool, hosts):  # noqa: F811
    """However much it has: what the kernel holds ready for us does not grow."""
    sent, stop = [], threading.Event()

    def endless(request):
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        request.send_response(200)
        request.send_header("Content-Type", "audio/flac")
        request.send_header("Content-Length", str(1 << 30))
        request.end_headers()
        with contextlib.suppress(OSError):
            request.wfile.write(b"fLaC")
            while not stop.is_set():
                sent.append(request.connection.send(bytes(4096)))

    site.answers["/a"] = endless
    process = start("fetch", "--spool", spool, env=environment(hosts, {"+": {"bytes": 1_000_000}}))
    process.stdin.write(lines(track(site.url + "/a")))
    process.stdin.flush()
    wait_until(lambda: counted(hosts)[1] > 4_000_000)
    ahead = sum(sent) - counted(hosts)[1]
    stop.set()
    assert ahead < 100_000


def counted(hosts):
    """The name of the only budget, and how many bytes were asked for."""
    budgets = list(hosts.glob("bytes-*"))
    assert len(budgets) < 2
    text = budgets[0].read_text() if budgets else ""
    return (budgets[0].name, json.loads(text)["come"]) if text else (None, 0)


def test_what_comes_counts_with_what_was_asked_for_beyond_it(site, run, spool, hosts):  # noqa: F811
    site.answers["/a"] = Body()
    host = site.url.removeprefix("http://")
    assert "file" in run("fetch", "--spool", spool, stdin=lines(track(site.url + "/a")), env=environment(hosts, {host: {"bytes": 5_000_000}})).only
    name, bytes = counted(hosts)
    assert name.endswith(host.replace(":", "_")) and len(AUDIO) <= bytes < len(AUDIO) + 2 * 100_000


def test_the_text_of_a_refusal_counts_too(site, run, spool, hosts):  # noqa: F811
    site.answers["/a"] = (404, {}, bytes(500_000))
    assert run("fetch", "--spool", spool, stdin=lines(track(site.url + "/a")), env=environment(hosts, {"+": {"bytes": 5_000_000}})).only["code"] == "http_404"
    assert counted(hosts)[1] >= 500_000


def test_what_a_dead_process_had_asked_for_is_all_that_is_lost(site, start, spool, hosts):  # noqa: F811
    site.answers["/a"] = Body(b"fLaC" + bytes(5_000_000))
    env = environment(hosts, {"+": {"bytes": 1_000_000}})
    for index in range(3):
        process = start("fetch", "--spool", spool, env=env)
        process.stdin.write(lines(track(site.url + "/a", id=f"c:track:{index}")))
        process.stdin.flush()
        wait_until(lambda: counted(hosts)[1] > 200_000 * (index + 1) and len(list(spool.glob("*.part"))) == index + 1)
        process.kill()
        process.wait()
    kept = sum(file.stat().st_size for file in spool.glob("*.part"))
    # It asks for a fiftieth of a second at a time.
    assert kept <= counted(hosts)[1] <= kept + 3 * 3 * 20_000


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
