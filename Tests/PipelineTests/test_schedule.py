"""Limits of hosts that change by the clock."""

import json

from programs import clock, lines


def track(number):
    return {"v": 1, "id": f"c:track:{number}", "kind": "track", "track": {"title": f"T{number}"}}


def limits(driven):
    try:
        return json.loads((driven.folder / "state/ledger.sqlite.hosts/limits").read_text())
    except OSError:
        return None


SCHEDULE = {"bytes": "2MB/s", "hosts": {"a": {"parallel": 2, "bytes": "1MB/s"}},
            "schedule": {"23:00-07:00": {"bytes": "unlimited", "hosts": {"a": {"parallel": 9}}}}}
DAY = {"a": {"parallel": 2, "bytes": 1_000_000}, "+": {"bytes": 2_000_000}}
NIGHT = {"a": {"parallel": 9}, "+": {}}


def test_the_limits_at_the_start_are_those_of_the_time(drive):
    for when, expected in (((22, 0, 0), DAY), ((3, 0, 0), NIGHT), ((8, 0, 0), DAY)):
        driven = drive(None, [{"name": "one", "run": ["cat"]}], name=f"at-{when[0]}", **SCHEDULE)
        driven.environment["TZ"] = clock(*when)
        assert driven.segue("run", "--quiet", "-", stdin=lines(track(1))).status == 0
        assert limits(driven) == expected


def test_they_change_while_it_runs(drive):
    driven = drive(None, [{"name": "wait", "run": ["sh", "-c", "while test ! -e go; do sleep 0.05; done; cat"]}], **SCHEDULE)
    driven.environment["TZ"] = clock(22, 59, 57)
    process = driven.start("-")
    process.stdin.write(lines(track(1)))
    process.stdin.close()
    driven.wait(lambda: limits(driven) == NIGHT)
    (driven.folder / "go").touch()
    assert process.wait(timeout=60) == 0
