"""Spark in one process; with executors in processes of their own it is tried by hand."""

import importlib.util
import json
import os
import shutil
import signal
import subprocess
import sys

import pytest
from errands import command, dump, end, family, same_library
from programs import PROGRAMS, ROOT


@pytest.fixture
def spark():
    """spark(drive, "local[2,4]", "--records", 5) -> run.py at work; it is ended with all that it started at the end of the test."""
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        pytest.skip("pyspark and a Java runtime cannot be had here")

    running = []

    def call(driven, master, *options):
        settings = {"spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
        submitted = " ".join([f"--master {master}", *(f"--conf {name}={value}" for name, value in settings.items()), "pyspark-shell"])
        environment = {**driven.environment, "PYSPARK_SUBMIT_ARGS": submitted, "PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}
        command = [sys.executable, ROOT / "Pipelines/spark/run.py", "--pipeline", driven.file, "--segue", PROGRAMS.resolve() / "segue", *options]
        if "PYTHONPATH" in os.environ:
            environment["PYTHONPATH"] = os.environ["PYTHONPATH"]
        with (driven.folder / "told").open("w") as file:
            running.append(subprocess.Popen(list(map(str, command)), cwd=driven.folder, env=environment, stdout=file, stderr=file))
        return running[-1]

    yield call
    for process in running:
        end(process)


def check(spread, alone, count):
    """Each record has one outcome, and all is as one machine has it."""
    assert f"{count} outcomes of {count} records" in (spread.folder / "told").read_text()
    outcomes = [json.loads(line) for line in (spread.folder / "outcomes").read_text().split("\n")[:-1]]
    assert sorted(r["id"] for r in outcomes) == sorted(i for i in alone.items() if ":track:" in i) and len(outcomes) == count
    assert [r["class"] for r in outcomes if r["kind"] == "error"] == ["crash"]
    assert same_library(spread, alone)
    before = dump(spread)
    assert spread.segue("merge", "outcomes").status == 0 and dump(spread) == before


def test_spark_brings_home_what_one_machine_does(spark, errand):
    made = errand(3, 10)
    alone, spread = made("alone"), made("spread")
    assert alone.segue("run", "--quiet").status == 1
    process = spark(spread, "local[2,4]", "--records", 8)
    assert process.wait(timeout=300) == 0, (spread.folder / "told").read_text()
    check(spread, alone, 30)


def test_a_shard_that_cannot_start_fails_the_job_and_loses_nothing(spark, errand):
    driven = errand(1, 4)("spread")
    (driven.library / ".segue/catalogue.sqlite").rename(driven.folder / "aside")
    process = spark(driven, "local[1]", "--records", 2)
    assert process.wait(timeout=300) != 0 and "has no catalogue" in (driven.folder / "told").read_text()
    assert not (driven.folder / "outcomes").exists()
    assert len(driven.segue("export", "--ready").records) == 4


@pytest.mark.skipif("SEGUE_SPARK_CLUSTER" not in os.environ, reason="takes minutes, and two executors of a gigabyte: SEGUE_SPARK_CLUSTER=1 runs it")
def test_an_executor_that_is_killed_loses_nothing(spark, errand):
    made = errand(100, 20)
    alone, spread = made("alone"), made("spread")
    assert alone.segue("run", "--quiet", timeout=1200).status == 1
    process = spark(spread, "local-cluster[2,1,1024]", "--records", 40)
    spread.wait(lambda: len(list(spread.library.rglob("*.flac"))) > 500, 600)
    executors = [one for one in family(process.pid) if b"CoarseGrainedExecutorBackend" in command(one)]
    assert len(executors) == 2
    for one in family(executors[0]):
        os.kill(one, signal.SIGKILL)
    assert process.wait(timeout=1200) == 0, (spread.folder / "told").read_text()
    check(spread, alone, 2000)
