"""What stands in Pipelines/ for the driver: every file is sound, and the schema says what the program says."""

import json
import re

import jsonschema
import pytest
import yaml
from programs import PROGRAMS, ROOT

FILES = sorted((ROOT / "Pipelines").rglob("*.yaml"))
SCHEMA = json.loads((ROOT / "Pipelines" / "pipeline.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
STAGE = "{name: a, run: [cat]}"


def messages(text, run, tmp_path):
    (tmp_path / "x.yaml").write_text(text)
    return [m["message"] for m in run("segue", "check", "--json", "x.yaml").only["mistakes"]]


def document(change):
    """A pipeline of one stage with one key of its own or of that stage set so."""
    key, value = change.split(": ", 1)
    stage = {"name": "a", "run": "[cat]"}
    own = key in SCHEMA["$defs"]["stage"]["properties"] and key != "retry"
    stage |= {key: value} if own else {}
    return ("" if own else change + "\n") + "stages: [{" + ", ".join(f"{k}: {v}" for k, v in stage.items()) + "}]\n"


def test_there_are_pipeline_files():
    assert ROOT / "Pipelines" / "library.yaml" in FILES


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_pipeline_file_follows_the_schema(file):
    VALIDATOR.validate(yaml.safe_load(file.read_text()))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_pipeline_file_is_sound_and_names_programs_that_there_are(file, run):
    done = run("segue", "check", "--json", file, cwd=ROOT)
    assert done.status == 0 and done.only["ok"] and done.only["warnings"] == []
    assert all(stage["program"].startswith(str(PROGRAMS.resolve())) for stage in done.only["stages"] if stage["native"])


@pytest.mark.parametrize("text, properties", [
    (f"unheard-of: 1\nstages: [{STAGE}]", SCHEMA),
    (f"spool: {{unheard-of: 1}}\nstages: [{STAGE}]", SCHEMA["properties"]["spool"]),
    (f"inbox: {{dir: a, unheard-of: 1}}\nstages: [{STAGE}]", SCHEMA["properties"]["inbox"]["oneOf"][1]),
    (f"retry: {{unheard-of: 1}}\nstages: [{STAGE}]", SCHEMA["$defs"]["retry"]),
    (f"tell: [{{name: a, run: [cat], unheard-of: 1}}]\nstages: [{STAGE}]", SCHEMA["$defs"]["recipient"]),
    (f"hosts: {{a: {{unheard-of: 1}}}}\nstages: [{STAGE}]", SCHEMA["$defs"]["host"]),
    ("stages: [{name: a, run: [cat], unheard-of: 1}]", SCHEMA["$defs"]["stage"]),
    ("stages: [{name: a, run: [cat], needs: {unheard-of: 1}}]", SCHEMA["$defs"]["stage"]["properties"]["needs"]),
], ids=["pipeline", "spool", "inbox", "retry", "tell", "host", "stage", "needs"])
def test_the_schema_names_the_keys_that_the_program_knows(text, properties, run, tmp_path):
    (message,) = messages(text, run, tmp_path)
    known = re.search(r"unknown key unheard-of; the keys are (.*)", message).group(1)
    assert set(known.split(", ")) == set(properties["properties"])
    assert not VALIDATOR.is_valid(yaml.safe_load(text)) and properties["additionalProperties"] is False


@pytest.mark.parametrize("change", [
    "ledger: 5", "ledger: ''", "inbox: 5", "inbox: ''", "inbox: [a]", "inbox: {still: 1m}", "inbox: {dir: a, still: 0}", "inbox: {dir: 5}", "spool: {limit: 20 GBit}", "spool: {limit: 0}", "retry: {attempts: 0}", "retry: {attempts: '5'}",
    "retry: {base: -1}", "retry: {cap: soon}", "grace: 1y", "ca: [own.pem]", "ca: ''", "grace: [1]", "hosts: {'https://a': {parallel: 1}}", "hosts: {'*.b': {parallel: 1}}",
    "hosts: {a: {}}", "hosts: {a: {parallel: 0}}", "hosts: {a: {parallel: 1025}}", "hosts: {a: {rate: 0/s}}", "hosts: {a: {rate: 8/d}}", "hosts: []",
    "bytes: 999", "bytes: fast", "bytes: [1MB/s]", "hosts: {a: {bytes: 0}}", "hosts: {a: {bytes: 1MB/m}}", "hosts: {'+': {bytes: 1MB/s}}", "schedule: [a]",
    "schedule: {always: {bytes: unlimited}}", "schedule: {'23:00': {bytes: unlimited}}", "schedule: {'24:00-01:00': {bytes: unlimited}}",
    "schedule: {'23:00-25:00': {bytes: 1MB/s}}", "schedule: {'23:00-07:00': {}}", "schedule: {'23:00-07:00': {hosts: {a: {rate: -1}}}}",
    "tell: cat", "tell: []", "tell: [{run: [cat]}]", "tell: [{name: a}]", "tell: [{name: a, run: [cat], when: failed}]", "tell: [{name: a, run: [cat], when: []}]",
    "tell: [{name: a, run: [cat], when: [never]}]", "tell: [{name: a, run: [cat], gather: soon}]", "tell: [{name: a, run: [cat], timeout: 0}]", "tell: [{name: a, run: [cat], retry: {attempts: 0}}]",
    "hosts: {a: {segments: 0}}", "hosts: {a: {segments: 17}}", "hosts: {a: {segments: many}}",
    "name: a b", "name: ''", "name: 'x x'", f"name: {'x' * 65}", "name: 5", "run: cat", "run: []", "run: [cat, ~]", "run: [cat, [a]]",
    "mode: maps", "replicas: 0", "replicas: 257", "replicas: 1.5", "window: 0", "window: 1025", "timeout: 0", "timeout: 0s", "stall: never", "kinds: track", "writes: 5", "describe: 1",
    "jail: maybe", "jail: 1", "jail: [on]", "needs: {read: a}", "needs: {network: 1}", "needs: {net: true}", "needs: [a]", "needs: {write: ['']}",
])
def test_the_schema_and_the_program_refuse_the_same(change, run, tmp_path):
    text = document(change)
    assert not VALIDATOR.is_valid(yaml.safe_load(text))
    assert len(messages(text, run, tmp_path)) == 1


@pytest.mark.parametrize("change", [
    "ledger: a b.sqlite", "spool: {}", "spool: {limit: 4GiB}", "spool: {limit: 1000}", "spool: {limit: 1.5 TB}", "retry: {attempts: 1000, base: 0, cap: 0s}",
    "retry: {base: 500ms, cap: 1d}", "grace: 1.5", "ca: own.pem", "grace: 0", "hosts: {'*': {rate: 30/m}, 'a.example:80': {parallel: 1, rate: 0.5}, '[::1]:80': {rate: 100/h}}",
    "bytes: 2MB/s", "bytes: 1000", "bytes: unlimited", "hosts: {a: {bytes: 500kB/s}, '*': {bytes: 1.5 MiB/s}}",
    "schedule: {'23:00-07:00': {bytes: unlimited}, '00:00-24:00': {hosts: {a: {parallel: 1}}}}",
    "tell: [{name: a, run: [cat]}, {name: b, run: [cat, 5], when: [finished, failed, stopped, damaged], gather: 0, timeout: 5s, retry: {attempts: 1000, base: 50ms}}]",
    "hosts: {a: {segments: 1}, b: {parallel: 2, segments: 16}}",
    "name: A-z_09", "run: [cat, 5, true, 1.50, yes, '']", "mode: batch", "replicas: 256", "window: 1024", "timeout: 2h", "stall: 90", "kinds: [track]", "writes: []", "describe: false",
    "jail: on", "jail: off", "jail: require", "jail: true", "needs: {}", "needs: {read: [a, $SEGUE_SPOOL/b], write: [.], network: true, env: [A_B]}",
])
def test_the_schema_and_the_program_take_the_same(change, run, tmp_path):
    text = document(change)
    VALIDATOR.validate(yaml.safe_load(text))
    assert messages(text, run, tmp_path) == []
