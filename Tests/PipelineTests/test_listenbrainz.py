"""Lists of ListenBrainz, by the source that has lists and no music: followed by a name that stays, and looked up elsewhere."""

import json

import pytest
from judged import broken, verdicts
from programs import ROOT

SOURCE = ROOT / "Pipelines" / "sources" / "listenbrainz.py"
IDS = [f"{n}a1b2c3d-0000-4000-8000-00000000000{n}" for n in range(9)]
API = "/1"


def jspf(number, title, *tracks, patch=None, date="2026-11-16T00:00:00+00:00"):
    """A playlist in the shape of the documented API."""
    metadata = {"algorithm_metadata": {"source_patch": patch}, "expires_at": "2026-12-01T00:00:00"} if patch else {}
    return {"playlist": {
        "title": title, "creator": "listenbrainz", "identifier": f"https://listenbrainz.org/playlist/{IDS[number]}", "date": date, "annotation": "<p>for you</p>",
        "extension": {"https://musicbrainz.org/doc/jspf#playlist": {"public": True, "created_for": "alice", "additional_metadata": metadata}}, "track": list(tracks)}}


def track(title, creator, **members):
    return {"title": title, "creator": creator, "identifier": [f"https://musicbrainz.org/recording/{IDS[8]}"], "duration": 200500, **members}


class Brainz:
    """The API, as far as lists go; an overview has no tracks."""

    def __init__(self, site):
        self.site, self.lists = site, []
        site.answers[f"{API}/user/alice/playlists/createdfor"] = self.overview

    def put(self, number, *arguments, **options):
        made = jspf(number, *arguments, **options)
        self.site.answers[f"{API}/playlist/{IDS[number]}"] = made
        self.lists.append(made)

    def overview(self, request):
        query = dict(part.split("=") for part in request.path.partition("?")[2].split("&"))
        page = self.lists[int(query["offset"]):][:min(int(query["count"]), 2)]
        bare = [{"playlist": {**one["playlist"], "track": []}} for one in page]
        return 200, {}, json.dumps({"playlists": bare, "count": len(bare), "offset": int(query["offset"]), "playlist_count": len(self.lists)}).encode()


@pytest.fixture
def brainz(shop):
    """A shop of six songs, with lists of them beside it."""
    shop = shop(2, 3)
    rows = [shop.row(number) for number in range(6)]

    def search(request):
        return 200, {}, json.dumps({"data": rows}).encode()

    shop.site.answers["/search"] = search
    made = Brainz(shop.site)
    made.rows = rows
    return made


def entry(brainz, number, **members):
    row = brainz.rows[number]
    return track(row["title"], row["artist"]["name"], duration=row.get("duration", 0) * 1000 or None, **members)


def resolve(run, brainz, *arguments, **options):
    return run(
        "resolve", "--rate", "0", "--rows", "--catalog", f"shop={brainz.site.url}", "--source", f"lb={SOURCE} {brainz.site.url}{API}", *arguments, **options)


def test_a_playlist_is_its_rows_found_elsewhere(run, brainz):
    brainz.put(1, "Evening", entry(brainz, 0), entry(brainz, 2, identifier=f"https://musicbrainz.org/recording/{IDS[8]}"), track("No Such", "Nobody"))
    for reference in (f"lb:playlist:{IDS[1]}", f"https://listenbrainz.org/playlist/{IDS[1]}/"):
        one, two, lost, done = resolve(run, brainz, reference).records
        assert [r["ref"] for r in (one, two)] == ["shop:track:1", "shop:track:3"] and {r["match"]["by"] for r in (one, two)} == {"names"}
        assert lost["code"] == "not_found" and lost["record"]["track"]["musicbrainz"] == {"recording_id": IDS[8]}
        assert (done["id"], done["n"], done["total"]) == (f"lb:playlist:{IDS[1]}", 3, 3) and done["collection"] == {"type": "playlist", "title": "Evening", "creator": "listenbrainz"}


def test_a_row_that_is_none_fails_alone(run, brainz):
    brainz.put(1, "Evening", entry(brainz, 0), 5, None, entry(brainz, 2))
    records = resolve(run, brainz, f"lb:playlist:{IDS[1]}").records
    assert [record.get("ref") or record.get("code") for record in records[:-1]] == ["shop:track:1", "bad_row", "bad_row", "shop:track:3"] and records[-1]["n"] == 4


def test_what_is_not_there_is_a_clear_error(run, brainz):
    brainz.put(1, "Weekly Jams", entry(brainz, 0), patch="weekly-jams")
    for reference in ("lb:playlist:alice/daily-jams", f"lb:playlist:{IDS[5]}", "lb:playlist:bob/weekly-jams", "lb:playlist:x", "lb:album:1"):
        error = resolve(run, brainz, reference).only
        assert (error["kind"], error["class"]) == ("error", "permanent"), error
    brainz.site.answers[f"{API}/playlist/{IDS[1]}"] = {"no": "list"}
    assert resolve(run, brainz, f"lb:playlist:{IDS[1]}").only["class"] == "transient"
    brainz.site.answers[f"{API}/playlist/{IDS[1]}"] = (429, {"X-RateLimit-Reset-In": "5", "Retry-After": "5"}, b"")
    assert (resolve(run, brainz, f"lb:playlist:{IDS[1]}").only["class"], resolve(run, brainz, f"lb:playlist:{IDS[1]}").only["retry_after_s"]) == ("throttled", 5)


def test_a_private_list_is_asked_for_with_the_users_token(run, brainz, tmp_path):
    seen = []
    made = json.dumps(jspf(1, "Mine", entry(brainz, 0))).encode()
    brainz.site.answers[f"{API}/playlist/{IDS[1]}"] = lambda request: seen.append(request.headers["Authorization"]) or (200, {}, made)
    (tmp_path / "passwords").write_text(f"lb {brainz.site.url.removeprefix('http://')} header Authorization Token T0KEN\n")
    (tmp_path / "passwords").chmod(0o600)
    assert resolve(run, brainz, "--credentials", "passwords", f"lb:playlist:{IDS[1]}").records[-1]["n"] == 1 and seen == ["Token T0KEN"]


def test_the_source_keeps_every_rule(brainz, tmp_path):
    brainz.put(1, "Evening", entry(brainz, 0), entry(brainz, 1))
    brainz.put(2, "Weekly Jams", entry(brainz, 2), patch="weekly-jams")
    command = [SOURCE, brainz.site.url + API]
    found = verdicts(tmp_path, command, "--reference", f"playlist:{IDS[1]}", "--reference", "playlist:alice/weekly-jams", "--timeout", "60")
    assert broken(found) == set(), found


def test_a_list_that_is_made_anew_each_week_is_one_list_that_changes(brainz, drive):
    options = ["--rate", "0", "--catalog", f"shop={brainz.site.url}", "--source", f"lb={SOURCE} {brainz.site.url}{API}", "--library", "Music"]
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows", *options], "mode": "expand"}, {"name": "resolve", "run": ["resolve", *options]},
        {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])
    brainz.put(1, "Daily", entry(brainz, 5), patch="daily-jams", date="2026-11-20T00:00:00+00:00")
    brainz.put(2, "Weekly Jams, week of 9 Nov", entry(brainz, 3), patch="weekly-jams", date="2026-11-09T00:00:00+00:00")
    brainz.put(3, "Weekly Jams, week of 16 Nov", entry(brainz, 0), entry(brainz, 1), track("No Such", "Nobody"), patch="weekly-jams")
    weekly = "lb:playlist:alice/weekly-jams"
    done = driven.segue("sync", "--json", weekly)
    assert done.status == 1 and {r["id"] for r in done.records if r["sync"] == "new"} >= {"shop:track:1", "shop:track:2"}
    # The next week's list has another id, and the last one's lost row is nobody's any more.
    brainz.put(4, "Weekly Jams, week of 23 Nov", entry(brainz, 1), entry(brainz, 2), patch="weekly-jams", date="2026-11-23T00:00:00+00:00")
    done = driven.segue("sync", "--mirror", "--max-trash", "1", "--json", weekly)
    assert done.status == 0, done.stderr
    assert {(r["sync"], r["id"]) for r in done.records if r["id"].startswith("shop:")} == {("left", "shop:track:1"), ("trash", "shop:track:1"), ("new", "shop:track:3")}
    assert [i for i in driven.items() if i.startswith("row:")] == []
    (playlist,) = (driven.library / "Playlists").iterdir()
    assert playlist.stem == "weekly-jams of alice" and len([line for line in playlist.read_text().splitlines() if line[0] != "#"]) == 2
