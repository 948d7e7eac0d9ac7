"""segue plan: what a run would fetch, how it would be named, and that nothing is touched."""

import hashlib
import json
import os
import pathlib
import random
import signal
import time
import unicodedata

import pytest

# Answers each request with the lines of a file, and all else with itself.
LISTER = """#!/usr/bin/env python3
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    if record["kind"] == "request":
        for answer in open("answers"):
            print(answer.replace("SELF", record["id"]), end="", flush=True)
    else:
        print(line, end="", flush=True)
"""
PIPELINE = """
stages:
  - {name: list, run: [./lister], needs: {read: [., $SEGUE_HOSTS], write: [.]}, kinds: [request], writes: [media]}
  - {name: fetch, run: [fetch]}
  - {name: place, run: [place, --library, Music, --template, "%artist%/%title%"]}
"""
DONE = {"v": 1, "kind": "done", "id": "SELF", "n": 2, "total": 3, "collection": {"type": "playlist", "title": "A\u001b[31m list"}}


def track(number, title, artist="A", **media):
    return {
        "v": 1, "kind": "track", "id": f"c:track:{number}", "parent": "SELF", "seq": number, "track": {"title": title, "artist": artist},
        "media": {"url": "http://127.0.0.1:1/x", "format": "mp3", "bytes": 1_500_000, **media}}


@pytest.fixture
def plan(run, tmp_path):
    """plan(*answers, "--json", pipeline=..., refs=[...]) with a stage that answers so."""
    def call(*answers, options=("--json",), pipeline=PIPELINE, refs=("playlist:3",), lister=LISTER, **more):
        (tmp_path / "lister").write_text(lister)
        (tmp_path / "lister").chmod(0o755)
        (tmp_path / "answers").write_text("".join((a if isinstance(a, str) else json.dumps(a)) + "\n" for a in answers))
        (tmp_path / "x.yaml").write_text(pipeline)
        return run("segue", "plan", *options, "x.yaml", *refs, **more)

    return call


def test_each_track_is_told_with_its_name_and_at_the_end_the_sums(plan, tmp_path):
    done = plan(track(1, "One"), track(2, "Two", format="flac", bytes=None), DONE)
    first, second, listing, total = done.records
    assert done.status == 0 and done.stderr == ""
    assert first == {
        "plan": "fetch", "id": "c:track:1", "parent": "catalog:playlist:3", "seq": 1, "path": str(tmp_path / "Music/A/One.mp3"), "format": "mp3", "bytes": 1_500_000}
    assert second["path"] == str(tmp_path / "Music/A/Two.flac") and "bytes" not in second
    assert listing == {"plan": "list", "id": "catalog:playlist:3", "title": DONE["collection"]["title"], "n": 2, "total": 3}
    assert total == {
        "plan": "sum", "tracks": 2, "bytes": 1_500_000, "unknown_bytes": 1, "again": 0, "skipped": 0, "failed": 0, "collisions": 0, "taken": 0}


def test_people_are_told_the_same(plan):
    done = plan(track(1, "One"), track(1, "One"), track(2, "One"), track(3, "one"), DONE, options=())
    assert done.stdout.decode().splitlines() == [
        "fetch  Music/A/One.mp3  (mp3, 1.5 MB)", "again  c:track:1  is there already",
        "fetch  Music/A/One (2).mp3  (mp3, 1.5 MB)  since c:track:1 has the name without the number",
        "fetch  Music/A/one (3).mp3  (mp3, 1.5 MB)  since c:track:1 has the name without the number",
        'list   catalog:playlist:3  "A\ufffd[31m list"  has 2 of 3',
        "3 to fetch, 4.5 MB; 1 there twice; 2 with the name of another"]


def test_nothing_is_made(plan, tmp_path):
    plan(track(1, "One"), DONE)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["answers", "lister", "x.yaml"]


def test_names_that_collide_are_told_with_the_name_that_is_left(plan, tmp_path):
    done = plan(track(1, "X"), track(2, "X"), track(3, "X"), track(4, "x"), track(5, "Cafe\u0301"), track(6, "Caf\u00e9"), track(7, "X", format="ogg"), DONE)
    told = [(r["path"].removeprefix(str(tmp_path / "Music/A") + "/"), r.get("collides_with")) for r in done.records[:-2]]
    assert told == [
        ("X.mp3", None), ("X (2).mp3", "c:track:1"), ("X (3).mp3", "c:track:1"), ("x (4).mp3", "c:track:1"),
        ("Caf\u00e9.mp3", None), ("Caf\u00e9 (2).mp3", "c:track:5"), ("X.ogg", None)]
    assert done.records[-1]["collisions"] == 4 and done.status == 0


def test_a_name_that_a_file_has_is_told(plan, tmp_path):
    (tmp_path / "Music/A").mkdir(parents=True)
    (tmp_path / "Music/A/One.mp3").write_text("x")
    first, second, _, total = plan(track(1, "One"), track(2, "Two"), DONE).records
    assert first["taken"] is True and "taken" not in second and total["taken"] == 1
    assert "a file has that name already" in plan(track(1, "One"), options=()).stdout.decode()


def test_what_is_skipped_and_what_fails_is_told_with_the_reason(plan, tmp_path):
    skip = {"v": 1, "kind": "skip", "id": "c:track:1", "why": "in the library", "record": {**track(1, "One"), "placed": {"path": f"{tmp_path}/Music/A/One.mp3"}}}
    error = {"v": 1, "kind": "error", "id": "c:track:2", "stage": "list", "class": "permanent", "code": "no_data", "message": "there is no such track"}
    done = plan(skip, error, track(3, "Three", format="tape"), {"v": 1, "kind": "poem", "id": "c:poem:1"}, "nonsense", options=())
    assert done.status == 1
    assert done.stdout.decode().splitlines() == [
        "skip   Music/A/One.mp3  in the library", "fail   c:track:2  list: there is no such track",
        "fail   c:track:3  place: media.format is tape, which is not one of flac, mp3, ogg, opus, m4a, wav",
        "fail   c:poem:1  segue: no stage works on a poem", "fail   line:5  place: no value at byte 0",
        "fail   catalog:playlist:3  segue: no stage answered it", "0 to fetch, 0 B; 1 skipped; 5 failed"]


def test_every_reference_has_an_answer(plan):
    done = plan(refs=["track:1", "track:2"])
    assert done.status == 1 and [(r.get("id"), r.get("code")) for r in done.records[:-1]] == [
        ("catalog:track:1", "no_answer"), ("catalog:track:2", "no_answer")]


@pytest.mark.parametrize("lister, status, words", [
    ("#!/bin/sh\necho no catalog is named >&2\nexit 78\n", 78, "lister ended with status 78: no catalog is named"),
    ("#!/bin/sh\nread line\nexit 3\n", 69, "lister ended with status 3"), ("#!/bin/sh\nkill -9 $$\n", 69, "lister died of signal 9")])
def test_a_stage_that_does_not_end_well_ends_the_plan(lister, status, words, plan):
    done = plan(lister=lister)
    assert done.status == status and words in done.stderr and b"sum" not in done.stdout


def test_a_stage_that_talks_much_is_let_talk(plan):
    talker = LISTER.replace("import json, sys", "import json, os, sys\nprint('x' * 300_000, file=sys.stderr)\nos.write(3, b'e' * 300_000)")
    assert plan(track(1, "One"), DONE, lister=talker, timeout=20).status == 0


def test_stages_that_only_sort_out_are_run_and_others_up_to_the_name_are_named(plan, tmp_path):
    drop = "{name: drop, run: [sed, -u, /Two/s/track/poem/], writes: [x_nothing]}"
    touch = "{name: touch, run: [touch, ran]}"
    done = plan(track(1, "One"), track(2, "Two"), DONE, pipeline=PIPELINE.replace("  - {name: fetch", f"  - {drop}\n  - {touch}\n  - {{name: fetch"))
    assert [r["plan"] for r in done.records] == ["fetch", "fail", "list", "sum"]
    assert done.stderr == "segue: touch was not asked, and may change what is told here\n" and not (tmp_path / "ran").exists()


def test_who_fetches_is_never_run(plan, tmp_path):
    (tmp_path / "getter").write_text("#!/bin/sh\ntouch ran\ncat\n")
    (tmp_path / "getter").chmod(0o755)
    for said in ["", ", writes: [file]"]:
        done = plan(track(1, "One"), pipeline=PIPELINE.replace("run: [fetch]", f"run: [./getter]{said}"))
        assert done.records[0]["plan"] == "fetch" and not (tmp_path / "ran").exists()


def test_without_place_tracks_are_told_without_names(plan):
    done = plan(track(1, "One"), track(2, "One"), pipeline="stages: [{name: list, run: [./lister], needs: {read: [.]}, writes: [media]}]")
    assert [r.get("path") for r in done.records[:2]] == [None, None] and done.records[-1]["tracks"] == 2


@pytest.mark.parametrize("stages", ["{name: a, run: [cat]}", "{name: fetch, run: [fetch]}, {name: a, run: [cat], writes: [media]}",
                                    "{name: a, run: [resolve, --rows, --catalog, 'http://127.0.0.1:1']}"])
def test_a_pipeline_in_which_nothing_is_told_of_media_is_refused(stages, plan):
    done = plan(pipeline=f"stages: [{stages}]")
    assert done.status == 78 and "no stage says that it writes media before a stage that fetches" in done.stderr


@pytest.mark.parametrize("arguments, status", [(["x.yaml"], 64), ([], 64), (["absent.yaml", "track:1"], 78), (["x.yaml", "nonsense"], 64)])
def test_wrong_arguments_are_told(arguments, status, run, tmp_path):
    (tmp_path / "x.yaml").write_text("stages: [{name: a, run: [cat], writes: [media]}]")
    done = run("segue", "plan", *arguments)
    assert done.status == status and done.stderr and done.stdout == b""


@pytest.mark.parametrize("shared", [False, True])
def test_hosts_are_asked_by_the_measure_of_the_pipeline(shared, plan, tmp_path):
    if shared:
        (tmp_path / "state/ledger.sqlite.hosts").mkdir(parents=True)
    asker = "#!/bin/sh\necho $SEGUE_HOSTS > folder\ncat $SEGUE_HOSTS/limits > limits\ncat > /dev/null\n"
    plan(lister=asker, pipeline=PIPELINE + "hosts: {a.example: {parallel: 3, rate: 30/m}}\n")
    folder = (tmp_path / "folder").read_text().strip()
    if shared:
        assert folder == str(tmp_path / "state/ledger.sqlite.hosts") and os.listdir(folder) == []
    else:
        assert json.loads((tmp_path / "limits").read_text()) == {"a.example": {"parallel": 3, "rate": 0.5}} and not os.path.exists(folder)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_and_what_it_started(number, start, tmp_path):
    (tmp_path / "lister").write_text("#!/bin/sh\necho $$ > pid\nsleep 60\n")
    (tmp_path / "lister").chmod(0o755)
    (tmp_path / "x.yaml").write_text(PIPELINE)
    process = start("segue", "plan", "x.yaml", "track:1", env={"TMPDIR": str(tmp_path)})
    deadline = time.monotonic() + 20
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text().strip():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    process.send_signal(number)
    assert process.wait(20) == 75
    assert not os.path.exists(f"/proc/{(tmp_path / 'pid').read_text().strip()}") or "Z" in open(f"/proc/{(tmp_path / 'pid').read_text().strip()}/stat").read()
    assert sorted(p.name for p in tmp_path.iterdir()) == ["lister", "pid", "x.yaml"]


def test_many_tracks_take_little_memory(plan, peak_memory, tmp_path):
    plan(track(1, "One"), DONE)
    few = peak_memory("segue", "plan", "--json", "x.yaml", "playlist:3", stdout=tmp_path / "told")
    with open(tmp_path / "answers", "w") as answers:
        for number in range(1, 30_001):
            answers.write(json.dumps(track(number, f"Title {number % 20_000}")) + "\n")
        answers.write(json.dumps(DONE) + "\n")
    many = peak_memory("segue", "plan", "--json", "x.yaml", "playlist:3", stdout=tmp_path / "told")
    last = (tmp_path / "told").read_bytes().splitlines()[-1]
    assert json.loads(last) | {"bytes": 0} == {
        "plan": "sum", "tracks": 30_000, "bytes": 0, "unknown_bytes": 0, "again": 0, "skipped": 0, "failed": 0, "collisions": 10_000, "taken": 0}
    assert many - few < 24 << 20


# Scripts of several kinds, what is reserved, combining marks, joined emoji, spaces of all kinds, turned text, controls.
LETTERS = (
    "aAbBzZ\u00e4\u00c4\u00df\u0130\u0131\u03c3\u03c2\u03a3\u0416\u0436\u05d0\u0627\u0e01\u3042\u65e5\uac00\u1100\u1161\ufb01\uff21\u212b"
    "/\\:*?\"<>|.-_ ~%$\u0300\u0301\u0327\u200d\u200b\u00a0\u3000\u202e\u0007\u007f\u0085\n\t\U0001f3b5\U0001f468\U0001f1ef\U0001d49c")


def test_a_thousand_titles_get_the_names_that_were_planned(plan, run, tmp_path):
    chance = random.Random(11)
    titles = ["".join(chance.choices(LETTERS, k=chance.choice([1, 2, 3, 8, 90, 300]))) for _ in range(1000)]
    audio = tmp_path / "a.flac"
    audio.write_bytes(pathlib.Path("/usr/share/sonic-pi/samples/drum_cowbell.flac").read_bytes())
    file = {"path": str(audio), "bytes": audio.stat().st_size, "sha256": hashlib.sha256(audio.read_bytes()).hexdigest()}
    records = [{**track(n + 1, title, format="flac", bytes=file["bytes"]), "file": file} for n, title in enumerate(titles)]
    planned = {r["id"]: r["path"] for r in plan(*records).records if r["plan"] == "fetch"}
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    done = run("place", "--library", tmp_path / "Music", "--template", "%artist%/%title%", stdin=text)
    assert [r for r in done.records if r["kind"] != "track"] == []
    placed = {r["id"]: r["placed"]["path"] for r in done.records}
    assert placed == planned and len(set(placed.values())) == 1000
    assert len({unicodedata.normalize("NFC", path).upper().lower() for path in placed.values()}) == 1000
    for path in map(pathlib.Path, placed.values()):
        assert path.parent == tmp_path / "Music/A" and path.suffix == ".flac" and path.is_file() and len(path.name.encode()) <= 255
        assert not set(path.name) & set('<>:"/\\|?*') and not any(unicodedata.category(c) == "Cc" for c in path.name)
