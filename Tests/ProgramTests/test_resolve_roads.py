"""resolve: whatever was asked for, and whatever failed before, an id has the same tags; and no id has another's."""

import json
import re
import threading

import pytest
from programs import lines

SOLO, GUEST = {"name": "Solo"}, {"name": "Guest"}


@pytest.fixture
def shop(site):
    """Playlist 8 and album 70 with tracks 31 to 33, whose rows tell less than their own documents."""
    for n in (31, 32, 33):
        row = {"id": n, "title": f"Song {n}", "duration": 100 + n, "artist": SOLO}
        site.answers[f"/track/{n}"] = {
            **row, "track_position": n - 30, "disk_number": 1, "bpm": n + 0.5, "isrc": f"QQ{n}", "explicit_lyrics": n == 32,
            "album": {"id": 70, "title": "Rooms", "release_date": "1988-02-03"}, "contributors": [{**SOLO, "role": "Main"}, {**GUEST, "role": "Featured"}]}
        site.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{site.url}/{n}.mp3"}]}
    site.answers["/album/70"] = {"id": 70, "title": "Rooms", "artist": SOLO, "label": "Own", "genres": {"data": [{"name": "Dub"}]}, "nb_tracks": 3}
    site.answers["/album/70/tracks"] = {"data": [{"id": n, "title": f"Song {n}", "artist": SOLO, "track_position": n - 30, "disk_number": 1} for n in (31, 32, 33)], "total": 3}
    site.answers["/playlist/8"] = {"id": 8, "title": "Evening", "nb_tracks": 3}
    site.answers["/playlist/8/tracks"] = {
        "data": [{"id": n, "title": f"Song {n}", "duration": 100 + n, "artist": SOLO, "album": {"id": 70, "title": "Rooms"}} for n in (31, 32, 33)], "total": 3}
    return site


@pytest.fixture
def ask(run, shop):
    return lambda *arguments, **options: run("resolve", "--rate", "0", "--catalog", shop.url, *arguments, **options)


def once(site, path, failure=(503, {}, b"")):
    """The first request for a path fails."""
    answer, first, lock = site.find(path), [True], threading.Lock()

    def reply(request):
        with lock:
            failing, first[0] = first[0], False
        return failure if failing else answer(request) if callable(answer) else answer

    site.answers[path] = reply


def sections(outcome):
    """The track section of each track, byte for byte as it stands in its line."""
    found = {}
    for line in outcome.stdout.decode().splitlines():
        record = json.loads(line)
        if record["kind"] == "track":
            start = re.search(r'"track":\s*(?={)', line).end()
            found[record["id"]] = line[start : start + json.JSONDecoder().raw_decode(line[start:])[1]]
    return found


ASKED = ["/track/31", "/track/32", "/album/70", "/album/70/tracks", "/media/32"]


@pytest.fixture
def expected(ask):
    return sections(ask("track:31", "track:32", "track:33"))


@pytest.mark.parametrize("road", ["playlist:8", "album:70"])
def test_a_track_has_the_same_tags_by_whatever_road(ask, expected, road, tmp_path):
    assert len(expected) == 3 and '"Guest"' in expected["catalog:track:31"] and '"bpm":31.5' in expected["catalog:track:31"]
    assert sections(ask(road)) == expected
    assert sections(ask(stdin=ask("--rows", road).stdout)) == expected
    (tmp_path / "list.csv").write_text("location,title,comment,artist\ncatalog:track:31,Said otherwise,a word,Else\ncatalog:track:32,,,\n")
    assert sections(ask("list.csv")) == {k: v for k, v in expected.items() if not k.endswith("33")}


@pytest.mark.parametrize("path", ASKED)
@pytest.mark.parametrize("options", [[], ["--quick"]])
def test_a_request_that_failed_once_changes_no_tags(run, ask, shop, tmp_path, path, options):
    undisturbed = sections(ask(*options, "playlist:8"))
    assert len(undisturbed) == 3
    once(shop, path)
    first = ask(*options, "playlist:8")
    failed = [r for r in first.records if r["kind"] == "error"]
    assert {r["class"] for r in failed} == (set() if options and path.startswith("/track") else {"transient"})
    retried = ask(*options, stdin=lines(*[r["record"] for r in failed]))
    assert {**sections(first), **sections(retried)} == undisturbed
    # The same by way of the catalogue.
    once(shop, path)
    again = ask(*options, "playlist:8")
    run("record", "--library", tmp_path / "Music", stdin=lines(*[r for r in again.records if r["kind"] == "error"]))
    kept = run("record", "--library", tmp_path / "Music", "--failures").stdout
    assert {**sections(again), **sections(ask(*options, stdin=kept))} == undisturbed


def test_quick_asks_for_no_track_and_tells_what_rows_and_albums_do(ask, shop):
    found = ask("--quick", "playlist:8").records[0]["track"]
    assert shop.count("/track/") == 0 and shop.count("/album/") == 2
    assert (found["artist"], found["label"], found["track_number"]) == ("Solo", "Own", 1) and "bpm" not in found
    # What is asked for by itself has no row.
    assert ask("--quick", "track:31").only["track"]["bpm"] == 31.5


def test_a_track_that_only_a_list_tells_of_is_as_the_list_tells_it(ask, shop):
    shop.answers["/track/32"] = {"error": {"type": "DataException", "message": "no data", "code": 800}}
    plain = sections(ask("playlist:8"))
    assert plain["catalog:track:32"] and sections(ask(stdin=ask("--rows", "playlist:8").stdout)) == plain
    assert ask("track:32").only["code"] == "no_data"


OTHER = [("track:31", "/track/31", {"id": 33}), ("album:70", "/album/70", {"id": 71}), ("playlist:8", "/playlist/8", {"id": "08"}), ("artist:5", "/artist/5", {"id": 6})]


@pytest.mark.parametrize("ref, path, changed", OTHER)
def test_an_answer_about_another_id_is_not_taken(ask, shop, ref, path, changed):
    shop.answers[path] = {**shop.answers.get(path, {"name": "Solo"}), **changed}
    error = ask(ref).only
    assert (error["kind"], error["class"], error["code"]) == ("error", "permanent", "other_id")
    assert ref.split(":")[1] in error["message"] and str(changed["id"]) in error["message"] and error["host"] == shop.url.removeprefix("http://")


def test_a_track_of_a_list_never_gets_anothers_details(ask, shop):
    shop.answers["/track/31"] = {**shop.answers["/track/33"]}
    wrong, right, *_ = ask("playlist:8").records
    assert (wrong["kind"], wrong["code"], right["kind"]) == ("error", "other_id", "track")
    shop.answers["/album/70"] = {**shop.answers["/album/70"], "id": 7}
    assert {r.get("code") for r in ask("playlist:8").records[:-1]} == {"other_id"}


def test_an_id_is_the_same_as_a_number_and_as_a_text(ask, shop):
    shop.answers["/track/31"]["id"] = "31"
    shop.answers["/track/isrc:QQ32"] = shop.answers["/track/32"]
    assert ask("track:31").only["kind"] == "track" and ask("track:isrc:QQ32").only["track"]["title"] == "Song 32"
