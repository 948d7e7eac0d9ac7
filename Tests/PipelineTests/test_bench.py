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


def bench(*arguments):
    command = [sys.executable, BENCH / "bench.py", *map(str, arguments)]
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
