"""Whatever a server does, a track ends as the class that the contract names, and no wrong file is seen in the library."""

import hashlib
import json
import shlex
import subprocess
import sys

import pytest
from programs import ENVIRONMENT, PROGRAMS

FAULTS = [
    ("throttle", "throttled", "http_429"), ("unavailable", "transient", "http_503"), ("error", "transient", "http_500"),
    ("truncate", "transient", "cut"), ("reset", "transient", "cut"), ("stall", "transient", "stalled"), ("page", "transient", "wrong_type"),
    ("wrong_byte", "transient", "wrong_digest"), ("expired", "stale", "http_403"), ("gone", "permanent", "http_404"), ("quota", "throttled", "quota")]


@pytest.mark.parametrize("fault, kind, code", FAULTS)
def test_a_fault_ends_as_its_class_and_the_next_run_mends_it(music, origin, road, fault, kind, code):
    tries = {"track": 4, "fault": fault, "tries": 1}
    served = origin(music, plan=[{**tries, "retry_after_s": 1} if fault == "throttle" else tries])
    first = road(served, "playlist:1")
    (error,) = first.of("error")
    assert (error["id"], error["class"], error["code"]) == ("catalog:track:4", kind, code)
    assert error["host"] == served.url.removeprefix("http://") and error["parent"] == "catalog:playlist:1"
    assert len(first.of("track")) == 9 and sum(not f.startswith("Playlists") and not f.endswith(".jpg") for f in first.files) == 9
    assert f"# missing: The Artist - {error['record']['track']['title']}" in next((first.library / "Playlists").iterdir()).read_text()

    again = road(served, "playlist:1")
    assert not again.of("error") and len(again.of("track")) == 1 and len(again.of("skip")) == 9
    assert "missing" not in next((again.library / "Playlists").iterdir()).read_text()


def test_a_transfer_that_was_cut_goes_on_where_it_ended(music, origin, road):
    served = origin(music, plan=[{"track": "*", "fault": "truncate", "tries": 1}])
    first = road(served, "playlist:1")
    assert len(first.of("error")) == 10, (first.stderr, first.joints)
    halves = sum(p.stat().st_size for p in (first.folder / "spool").glob("*.part"))
    again = road(served, "playlist:1")
    assert len(again.of("track")) == 10
    sizes = sum(r["media"]["bytes"] for r in again.of("track"))
    rests = [line.split() for line in served.log.read_text().splitlines() if " /file/" in line][10:]
    assert [r[2] for r in rests] == ["206"] * 10 and sum(int(r[3]) for r in rests) == sizes - halves


def test_a_server_that_ignores_the_range_costs_a_whole_file_and_no_wrong_one(music, origin, road):
    served = origin(music, plan=[{"track": 4, "fault": "truncate", "tries": 1}, {"track": 4, "fault": "ignore_range", "tries": 9}])
    assert len(road(served, "playlist:1").of("error")) == 1
    again = road(served, "playlist:1")
    assert len(again.of("track")) == 1 and not again.of("error")


def test_media_past_its_time_is_stale_and_resolve_gets_it_anew(music, origin, road, run):
    served = origin(music)
    old = run("resolve", "--rate", "0", "--catalog", served.url, "track:1").only
    old["media"]["expires_at"] = "2020-01-01T00:00:00Z"
    stale = run("fetch", stdin=json.dumps(old).encode()).only
    assert (stale["class"], stale["code"]) == ("stale", "expired") and served.count("/file/") == 0
    again = run("resolve", "--rate", "0", "--catalog", served.url, stdin=json.dumps(stale["record"]).encode())
    assert "expires_at" not in again.only["media"] and run("fetch", stdin=again.stdout).only["file"]["bytes"] > 0


def test_a_wrong_key_leaves_no_file(music, origin, road):
    served = origin(music)
    keys = served.keyring.read_text().splitlines()
    served.keyring.write_text("".join(f"{line.split()[0]} {'00' * 16}\n" if line.startswith("track-4 ") else line + "\n" for line in keys))
    pipe = road(served, "playlist:1")
    (error,) = pipe.of("error")
    assert (error["class"], error["code"], error["stage"]) == ("permanent", "wrong_key", "decrypt")
    assert len(pipe.of("track")) == 9 and not list((pipe.folder / "spool").glob("catalog_track_4-*.clear*"))


def test_failures_can_be_taken_up_from_the_catalogue(music, origin, road, run):
    served = origin(music, plan=[{"track": 4, "fault": "error", "tries": 1}, {"track": 6, "fault": "gone", "tries": 1}])
    first = road(served, "playlist:1")
    assert len(first.of("error")) == 2
    failures = run("record", "--library", first.library, "--failures")
    assert sorted(r["id"] for r in failures.records) == ["catalog:track:4", "catalog:track:6"]
    (first.folder / "failures").write_bytes(failures.stdout)
    again = road(served, "< failures")
    assert len(again.of("track")) == 2 and not again.of("error")
    assert run("record", "--library", first.library, "--failures").stdout == b""
    assert "missing" not in next((first.library / "Playlists").iterdir()).read_text()


# A catalog that knows no digests, of a server that tells none either.
CATALOG = """
import json, sys
for line in sys.stdin:
    record = json.loads(line)
    if record['kind'] == 'request':
        record |= {'kind': 'track', 'track': {'title': 'Title', 'artist': 'Artist'}}
    if 'media' not in record:
        record['media'] = {'url': sys.argv[1], 'format': 'flac', **json.loads(sys.argv[2])}
    print(json.dumps(record), flush=True)
"""


@pytest.mark.parametrize("wrong, isProven, tries", [(1, False, 2), (2, False, 3), (99, False, 3), (99, True, 1)])
def test_a_damaged_file_is_fetched_anew_unless_it_is_what_the_origin_has(music, site, drive, wrong, isProven, tries):
    whole = next(music.rglob("*.flac")).read_bytes()
    damaged = whole[:len(whole) // 2] + bytes([whole[len(whole) // 2] ^ 16]) + whole[len(whole) // 2 + 1:]
    site.answers["/a"] = lambda _: (200, {"Content-Type": "audio/flac"}, damaged if site.count("/a") <= wrong else whole)
    media = {"sha256": hashlib.sha256(damaged).hexdigest()} if isProven else {}
    one = drive(stages=[
        {"name": "catalog", "run": [sys.executable, "catalog.py", site.url + "/a", json.dumps(media)], "writes": ["media"]},
        {"name": "fetch", "run": ["fetch"]}, {"name": "verify", "run": ["verify", "--all"]}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}], retry={"attempts": 3, "base": "20ms", "cap": "100ms"})
    (one.folder / "catalog.py").write_text(CATALOG)
    done = one.segue("run", "track:1")
    (item,) = one.items().values()
    isMended = wrong < tries
    assert done.status == (0 if isMended else 1) and site.count("/a") == tries, (done.stderr, site.requests)
    assert item["state"] == ("done" if isMended else "failed") and len(one.essences) == isMended
    if not isMended:
        failure = one.show(item["id"])["failure"]
        assert (failure["class"], failure["code"]) == ("permanent" if isProven else "stale", "damaged")


def test_a_damaged_file_is_fetched_anew_by_the_next_run_of_a_pipe_that_sweeps(music, site, tmp_path):
    whole = next(music.rglob("*.mp3")).read_bytes()
    site.answers["/a"] = lambda _: (200, {"Content-Type": "audio/mpeg"}, whole if site.count("/a") > 1 else whole[:-10])
    asked = {"v": 1, "kind": "track", "id": "c:track:1", "media": {"url": site.url + "/a", "format": "mp3"}, "track": {"title": "Title"}}
    pipe = f"echo {shlex.quote(json.dumps(asked))} | fetch | verify | place --library Music | record --library Music --sweep"
    ends = []
    for _ in range(2):
        environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
        done = subprocess.run(["bash", "-c", pipe], cwd=tmp_path, env=environment, capture_output=True, timeout=60)
        ends.append(json.loads(done.stdout)["kind"])
        assert not list((tmp_path / "spool").iterdir())
    assert ends == ["error", "track"] and site.count("/a") == 2
