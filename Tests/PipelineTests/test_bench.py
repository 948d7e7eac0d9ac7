"""The bench runs, and notices what is wrong. Its figures do not matter here."""

import json
import re
import shutil
import subprocess
import sys

import pytest
from programs import ENVIRONMENT, PROGRAMS, ROOT

BENCH = ROOT / "Tests" / "bench"
ROWS = ["road-small-tmpfs", "fetch-files", "place-flac", "place-mp3", "decrypt", "wire", "driver"]


def bench(*arguments, program="bench.py"):
    command = [sys.executable, BENCH / program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, timeout=300)


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """The folder of a quick look, and the folder of its data."""
    folder = tmp_path_factory.mktemp("bench")
    chosen = [part for row in ROWS for part in ("--only", row)]
    folders = ["--programs", PROGRAMS, "--out", folder / "out", "--data", folder, "--memory", folder]
    done = bench("--small", "--rounds", 1, "--port", 0, *folders, *chosen)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out", folder / "data-small"


def test_every_row_is_measured_and_what_came_out_is_right(results):
    told = json.loads((results[0] / "results.json").read_text())
    assert [row["key"] for row in told["rows"]] == ROWS
    for row in told["rows"]:
        assert any(one["ours"] for one in row["contenders"])
        for one in row["contenders"]:
            assert len(one["samples"]) == 1 and one["faults"] == [], one["name"]
    road = {one["name"]: one["samples"][0] for one in told["rows"][0]["contenders"]}
    # The playlist and its page; a document, a manifest and a file for each track; ten albums and their covers.
    assert road["script"]["requests"] == 1 + 1 + 3 * 100 + 2 * 10
    assert road["segue run"]["requests"] >= 300


def test_the_results_are_a_table_a_picture_and_a_page_of_the_manual(results, tmp_path):
    out, _ = results
    assert all(f"### {row}: " in (out / "results.md").read_text() for row in ROWS)
    assert (out / "results.svg").read_text().count("<rect") > len(ROWS)
    page = tmp_path / "costs.md"
    done = bench("--out", out, "--write-manual", page)
    assert done.returncode == 0, done.stderr
    assert re.match(r"# costs\n\n[A-Z]", page.read_text()) and page.read_text().count("\n| ") == 2 + len(ROWS)


def test_what_a_track_costs_is_a_page_of_the_manual(results, tmp_path):
    page = tmp_path / "scale.md"
    folders = ["--programs", PROGRAMS, "--data", results[0].parent, "--memory", tmp_path]
    done = bench("--small", "--rounds", 1, "--port", 0, *folders, "--write-manual", page, program="scale.py")
    assert done.returncode == 0, done.stdout + done.stderr
    text = page.read_text()
    # The table of programs, the seven points and ten worlds, three of them on one machine.
    assert all(f"| `{program}`" in text for program in ("resolve", "fetch", "decrypt", "place", "record"))
    assert len(re.findall(r"^\| .* s \(.* to .*\) \| .* s \| [0-9.]+ \|$", text, re.M)) == 7
    assert len(re.findall(r"^\| [0-9,]+ \| .*(?:any|/s), .*\) \|", text, re.M)) == 10


def test_the_simulation_takes_what_is_scarcest(monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    from simulation import Cost, Machine, World, sharded, together

    cost = Cost(cpu=0.01, thread=0.002, requests=3, bytes=1_000_000)
    # 1,000 tracks: 10 s of CPU over two cores; 2 s in one thread; 3,000 requests; 1 GB.
    assert together(World([Machine(2)]), 1000, cost) == (pytest.approx(5), "cores")
    assert together(World([Machine(100)]), 1000, cost) == (pytest.approx(2), "thread")
    assert together(World([Machine(2)], requests=100), 1000, cost) == (pytest.approx(30), "requests")
    assert together(World([Machine(2)], origin=1e7), 1000, cost) == (pytest.approx(100), "origin")
    assert together(World([Machine(2, network=1e8)]), 1000, cost) == (pytest.approx(10), "network")
    # Ten machines share the origin, and each has cores of its own; a start is waited for on each of them.
    free, start = Cost(1e-9), Cost(0.01, start=1)
    assert [seconds for seconds, _ in sharded(World([Machine(1)] * 10), 1000, 100, free, start, free)] == pytest.approx([0, 2, 0], abs=1e-5)
    assert sharded(World([Machine(1)] * 10), 1000, 100, free, Cost(0.01, start=0.1), free)[1] == (pytest.approx(1.1), "cores")
    assert sharded(World([Machine(1)] * 10, origin=1e7), 1000, 100, free, cost, free)[1] == (pytest.approx(100), "origin")


def test_a_library_with_a_damaged_file_is_seen(results, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(BENCH)
    import verify

    truth = [json.loads(line) for line in (results[1] / "truth-1.ndjson").open()][:3]
    paths = [tmp_path / f"{told['id']}.flac" for told in truth]
    for told, path in zip(truth, paths):
        shutil.copy(results[1] / "clear" / path.name, path)
    # The audio is right, but tags and covers are missing.
    plain = verify.placed(tmp_path, truth)
    assert plain["wrong title"] == plain["wrong cover"] == 3 and not plain["unknown audio"] and not plain["missing"]
    content = bytearray(paths[0].read_bytes())
    content[-1] ^= 1
    paths[0].write_bytes(content)
    paths[1].unlink()
    damaged = verify.placed(tmp_path, truth)
    assert damaged["unknown audio"] == 1 and damaged["missing"] == 2
    assert verify.library(tmp_path, truth)["no playlist file has all rows in their order"] == 1
