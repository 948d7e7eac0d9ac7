"""Whatever a server does, a track ends as the class that the contract names, and no wrong file is seen in the library."""

import json
import sys

import pytest

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


# Between decrypt and verify, on a disk that fails: the first copy of one track gets a wrong bit. What the manifest told of
# its digests is forgotten where a name is given.
FAILING_DISK = """
import json, os, sys
for line in sys.stdin:
    record = json.loads(line)
    if record['kind'] == 'track' and record['id'].endswith(':track:4'):
        for name in sys.argv[1:]: record['media'].pop(name, None)
        if not os.path.exists('spoiled'):
            data = bytearray(open(record['file']['path'], 'rb').read())
            data[len(data) // 2] ^= 16
            open('spoiled', 'wb').write(data)
            record['file']['path'] = os.path.abspath('spoiled')
    print(json.dumps(record), flush=True)
"""


@pytest.mark.parametrize("forgotten, state", [(["sha256", "clear_sha256"], "done"), ([], "failed")])
def test_a_damaged_file_is_fetched_anew_unless_it_is_what_the_origin_has(music, origin, drive, forgotten, state):
    served = origin(music)
    stages = [
        {"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", served.url], "mode": "expand"}, {"name": "fetch", "run": ["fetch"]},
        {"name": "decrypt", "run": ["decrypt", "--keyring", str(served.keyring)]},
        {"name": "disk", "run": [sys.executable, "disk.py", *forgotten]}, {"name": "verify", "run": ["verify"]},
        {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
    one = drive(served, stages)
    (one.folder / "disk.py").write_text(FAILING_DISK)
    done = one.segue("run", "playlist:1")
    assert done.status == (0 if state == "done" else 1), done.stderr
    item = one.show("catalog:track:4")
    assert item["state"] == state, item
    if state == "failed":
        assert (item["failure"]["class"], item["failure"]["code"]) == ("permanent", "damaged"), item
    assert sum(" /file/" in line and "/4" in line for line in served.log.read_text().splitlines()) == (2 if state == "done" else 1)
    assert len([path for path in one.essences if path.startswith("The Artist") and "cover" not in path]) == (10 if state == "done" else 9)
