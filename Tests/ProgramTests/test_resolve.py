"""resolve, against a small catalog of invented music."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading

import deezer
import pytest
from programs import ENVIRONMENT, PROGRAMS, lines


def artist(name):
    return {"id": 1, "name": name, "type": "artist"}


def row(number, album=True, **members):
    """A row of a playlist: no position, no disc."""
    found = {
        "id": number, "readable": True, "title": f"Title {number}", "duration": 200 + number, "rank": 5,
        "explicit_lyrics": False, "preview": "", "artist": artist("Someone"), "type": "track", **members}
    if album:
        found["album"] = {"id": 50, "title": "Album", "cover_xl": "http://127.0.0.1/cover/50", "type": "album"}
    return found


def manifest(site, number, *qualities):
    offers = [{"format": q.split("_")[0], "quality": q, "url": f"{site.url}/file/{number}/{q}", "bytes": 10} for q in qualities or ["flac"]]
    site.answers[f"/media/{number}"] = {"data": offers}


@pytest.fixture
def catalog(site):
    """Album 50 with tracks 1 to 4 on two discs, playlist 3 with tracks 1, 2, 1; media for all of them."""
    album = {
        "id": 50, "title": "Album", "upc": "0042", "label": "Label", "release_date": "2001-03-07", "nb_tracks": 4,
        "genres": {"data": [{"id": 1, "name": "Electro"}]}, "artist": artist("Album Artist"), "cover_xl": "http://127.0.0.1/cover/50",
        "record_type": "album", "tracks": {"data": []}, "type": "album"}
    tracks = [
        {**row(n, album=False), "isrc": f"XX{n}", "track_position": p, "disk_number": d}
        for n, p, d in [(1, 1, 1), (2, 2, 1), (3, 3, 1), (4, 1, 2)]]
    site.answers["/album/50"] = album
    site.answers["/album/50/tracks"] = {"data": tracks, "total": 4}
    for track in tracks:
        number = track["id"]
        site.answers[f"/track/{number}"] = {
            **track, "album": {"id": 50, "title": "Album"}, "bpm": 123.4, "release_date": "1900-01-01",
            "contributors": [{**artist("Someone"), "role": "Main"}, {**artist("Guest"), "role": "Featured"}]}
        manifest(site, number, "flac", "mp3_320")
    site.answers["/playlist/3"] = {
        "id": 3, "title": "Mine", "nb_tracks": 3, "creator": {"name": "me"}, "picture_xl": "http://127.0.0.1/p.jpg"}
    site.answers["/playlist/3/tracks"] = {"data": [row(1), row(2), row(1)], "total": 3}
    return site


def resolve(run, site, *arguments, **options):
    return run("resolve", "--rate", "0", "--catalog", site.url, *arguments, **options)


def test_a_track_is_resolved_in_full(run, catalog):
    record = resolve(run, catalog, "track:4").only
    assert record["id"] == "catalog:track:4" and record["kind"] == "track" and record["ref"] == "track:4"
    assert record["track"] == {
        "title": "Title 4", "artists": ["Someone", "Guest"], "artist": "Someone feat. Guest", "album": "Album", "album_id": "catalog:album:50",
        "album_artist": "Album Artist", "track_number": 1, "track_total": 1, "disc_number": 2, "disc_total": 2,
        "release_date": "2001-03-07", "genres": ["Electro"], "isrc": "XX4", "upc": "0042", "label": "Label", "bpm": 123.4,
        "explicit": False, "duration_s": 204, "artwork_url": "http://127.0.0.1/cover/50"}
    assert record["media"] == {"url": f"{catalog.url}/file/4/flac", "format": "flac", "quality": "flac", "bytes": 10}


def test_a_playlist_leaves_as_its_tracks_in_order_and_a_count(run, catalog):
    *children, done = resolve(run, catalog, "playlist:3").records
    assert [(c["kind"], c["id"], c["parent"], c["seq"]) for c in children] == [
        ("track", f"catalog:track:{n}", "catalog:playlist:3", i + 1) for i, n in enumerate([1, 2, 1])]
    assert done == {
        "v": 1, "kind": "done", "id": "catalog:playlist:3", "n": 3, "total": 3,
        "collection": {"type": "playlist", "title": "Mine", "creator": "me", "artwork_url": "http://127.0.0.1/p.jpg"}}
    assert children[1]["track"]["track_number"] == 2 and children[1]["track"]["track_total"] == 3
    assert children[1]["track"]["disc_total"] == 2


@pytest.mark.parametrize("options, tracks", [([], 3), (["--quick"], 0)])
def test_the_tracks_of_one_album_cost_its_two_requests_once(run, catalog, options, tracks):
    resolve(run, catalog, *options, "playlist:3")
    assert catalog.count("/album/50") == 2 and catalog.count("/track/") == tracks and catalog.count("/media/") == 3


def test_an_album_leaves_with_its_numbers(run, catalog):
    *children, done = resolve(run, catalog, "album:50").records
    numbers = [(c["track"]["disc_number"], c["track"]["track_number"], c["track"]["track_total"]) for c in children]
    assert numbers == [(1, 1, 3), (1, 2, 3), (1, 3, 3), (2, 1, 1)]
    assert {c["track"]["album"] for c in children} == {"Album"}
    assert done["collection"] == {
        "type": "album", "title": "Album", "creator": "Album Artist", "artwork_url": "http://127.0.0.1/cover/50"}


def test_rows_leave_as_requests_that_a_second_resolve_takes(run, catalog):
    first = resolve(run, catalog, "--rows", "playlist:3")
    *requests, done = first.records
    assert {r["kind"] for r in requests} == {"request"} and requests[0]["ref"] == "catalog:track:1"
    assert requests[0]["track"]["title"] == "Title 1" and done["n"] == 3
    assert catalog.count("/media/") == catalog.count("/album/") == catalog.count("/track/") == 0
    *tracks, passed = resolve(run, catalog, stdin=first.stdout).records
    assert [(t["kind"], t["id"], t["parent"], t["seq"]) for t in tracks] == [("track", r["id"], r["parent"], r["seq"]) for r in requests]
    assert tracks[0]["track"]["bpm"] == 123.4 and passed == done


def test_references_come_on_stdin_as_text_or_as_records(run, catalog):
    request = {"v": 1, "id": "mine:1", "kind": "request", "ref": "track:2", "x_mine": 1}
    first, second = resolve(run, catalog, stdin=lines("track:1", "", request)).records
    assert first["id"] == "catalog:track:1"
    assert second["id"] == "mine:1" and second["kind"] == "track" and second["x_mine"] == 1


def test_two_catalogs_are_told_apart_by_name(run, catalog):
    found = run("resolve", "--rate", "0", "--catalog", f"a={catalog.url}", "--catalog", f"b={catalog.url}/", "a:track:1", "b:track:1", "track:1")
    assert [r["id"] for r in found.records[:2]] == ["a:track:1", "b:track:1"]
    assert found.records[2]["kind"] == "error" and found.records[2]["code"] == "no_catalog"


@pytest.mark.parametrize("ref", ["nonsense", "track:", "track", "a b", "track:1 2", ":track:1"])
def test_what_is_no_reference_is_one_clear_error(run, catalog, ref):
    error = resolve(run, catalog, stdin=lines("", ref)).only
    assert (error["kind"], error["id"], error["class"], error["code"]) == ("error", "line:2", "permanent", "bad_ref")
    assert "track:ID" in error["message"]


@pytest.fixture
def discography(catalog):
    """Artist 9 with three releases: album 50, a single, and one of a kind that nobody knows."""
    releases = [{"id": 50, "title": "Album", "record_type": "album"}, {"id": 51, "title": "One", "record_type": "single"}, {"id": 52, "title": "Odd", "record_type": "odd"}]
    catalog.answers["/artist/9"] = {"id": 9, "name": "Album Artist", "picture_xl": "http://127.0.0.1/a.jpg", "type": "artist"}
    catalog.answers["/artist/9/albums"] = {"data": releases[:2], "total": 3, "next": catalog.url + "/artist/9/albums?index=2"}
    catalog.answers["/artist/9/albums?index=2"] = {"data": releases[2:], "total": 3}
    for number, release in [(61, releases[1]), (62, releases[2])]:
        catalog.answers[f"/album/{release['id']}"] = {**release, "nb_tracks": 1, "artist": artist("Album Artist"), "tracks": {"data": []}}
        catalog.answers[f"/album/{release['id']}/tracks"] = {"data": [{**row(number, album=False), "track_position": 1, "disk_number": 1}], "total": 1}
        manifest(catalog, number)
    return catalog


def test_an_artist_is_all_that_they_released(run, discography):
    *tracks, done = resolve(run, discography, "artist:9").records
    assert [t["id"].split(":")[-1] for t in tracks] == ["1", "2", "3", "4", "61", "62"] and [t["seq"] for t in tracks] == [1, 2, 3, 4, 5, 6]
    assert {t["parent"] for t in tracks} == {"catalog:artist:9"} and tracks[4]["track"]["album"] == "One" and tracks[4]["track"]["album_id"] == "catalog:album:51"
    assert done["n"] == 6 and done["collection"] == {"type": "artist", "title": "Album Artist", "artwork_url": "http://127.0.0.1/a.jpg"}


def test_what_an_artists_albums_announce_and_do_not_list_is_told(run, discography):
    discography.answers["/album/51"]["nb_tracks"] = 4
    discography.answers["/album/52/tracks"]["total"] = 2
    discography.answers["/artist/9/albums?index=2"]["total"] = 5
    found = resolve(run, discography, "artist:9")
    assert (found.records[-1]["n"], found.records[-1]["total"]) == (6, 10) and "announced 10 tracks and listed 6" in found.stderr
    assert "the catalog announced 2 releases more than it listed" in found.stderr


@pytest.mark.parametrize("include, expected", [("albums", ["1", "2", "3", "4", "62"]), ("singles,eps", ["61", "62"]), ("compilations", ["62"])])
def test_only_some_of_an_artists_releases_are_taken(run, discography, include, expected):
    assert [t["id"].split(":")[-1] for t in resolve(run, discography, "--include", include, "artist:9").records[:-1]] == expected
    assert discography.count("/album/51") == (2 if "61" in expected else 0)


def test_a_link_to_a_page_of_the_catalog_is_what_it_shows(run, catalog):
    page, track = f"{catalog.url}/en/album/50?utm=1", f"{catalog.url}/track/4"
    *tracks, done = resolve(run, catalog, page).records
    assert len(tracks) == 4 and done["id"] == "catalog:album:50" and done["collection"]["type"] == "album"
    assert resolve(run, catalog, track).only["id"] == "catalog:track:4"
    # A driver, which knows no catalogs, asks for a page as for a collection.
    child, done = resolve(run, catalog, stdin=lines({"v": 1, "kind": "request", "id": "file:playlist:00", "ref": track})).records
    assert (child["id"], child["parent"], child["seq"], done["id"], done["n"]) == ("catalog:track:4", "file:playlist:00", 1, "file:playlist:00", 1)


def test_a_link_to_audio_is_a_track_by_itself(run, catalog):
    url = "http://files.example.org/a/Some%20Song.flac?key=1"
    record = resolve(run, catalog, url).only
    assert record["id"] == "url:track:" + hashlib.sha256(url.encode()).hexdigest()[:32] and record["kind"] == "track"
    assert record["media"] == {"url": url, "format": "flac", "any_format": True} and record["ref"] == url and catalog.requests == []
    again = resolve(run, catalog, stdin=lines({k: v for k, v in record.items() if k != "media"})).only
    assert again == record


def test_previews_are_taken_of_a_catalog_without_a_manifest(run, catalog):
    catalog.answers["/track/1"] = {**catalog.answers["/track/1"], "preview": "http://127.0.0.1/p/1.mp3"}
    catalog.answers["/track/2"] = {**catalog.answers["/track/2"], "readable": False, "alternative": {"id": 9, "preview": "http://127.0.0.1/p/9.mp3"}}
    first, second, third = [resolve(run, catalog, "--media", "preview", f"track:{n}").only for n in (1, 2, 3)]
    assert first["media"] == {"url": "http://127.0.0.1/p/1.mp3", "format": "mp3", "quality": "preview"}
    assert second["id"] == "catalog:track:2" and second["media"]["url"] == "http://127.0.0.1/p/9.mp3"
    assert (third["kind"], third["class"], third["code"]) == ("error", "permanent", "no_preview") and catalog.count("/media/") == 0
    # A link that ran out is had anew.
    del first["media"]
    assert resolve(run, catalog, "--media", "preview", stdin=lines(first)).only["media"]["url"] == "http://127.0.0.1/p/1.mp3"


def test_formats_are_taken_in_the_order_that_is_asked(run, catalog):
    first = resolve(run, catalog, "--formats", "mp3_320,flac", "track:1").only["media"]
    assert first["quality"] == "mp3_320" and "wanted" not in first
    second = resolve(run, catalog, "--formats", "opus,mp3", "track:1").only["media"]
    assert second["quality"] == "mp3_320" and second["wanted"] == "opus"
    assert "wanted" not in resolve(run, catalog, "track:1").only["media"]
    assert "/media/1?formats=opus,mp3" in catalog.requests
    error = resolve(run, catalog, "--formats", "ogg", "track:1").only
    assert (error["class"], error["code"]) == ("permanent", "no_format")


def test_a_row_that_cannot_be_resolved_is_an_error_child(run, catalog):
    catalog.answers["/media/2"] = {"error": {"type": "DataException", "message": "no data", "code": 800}}
    first, second, third, done = resolve(run, catalog, "playlist:3").records
    assert (second["kind"], second["class"], second["code"], second["stage"]) == ("error", "permanent", "no_data", "resolve")
    assert (second["parent"], second["seq"]) == ("catalog:playlist:3", 2)
    assert second["record"]["kind"] == "request" and second["record"]["ref"] == "catalog:track:2"
    assert first["kind"] == third["kind"] == "track" and done["n"] == 3


def test_a_row_without_an_id_is_an_error_child(run, catalog):
    catalog.answers["/playlist/3/tracks"] = {"data": [{"title": "?"}, row(1)], "total": 2}
    error, track, done = resolve(run, catalog, "playlist:3").records
    assert error["code"] == "bad_row" and error["seq"] == 1 and track["seq"] == 2 and done["n"] == 2


def test_an_id_that_no_line_has_room_for_is_none(run, catalog):
    catalog.answers["/playlist/3/tracks"] = {"data": [{"id": "9" * (1 << 20)}, row(1)], "total": 2}
    outcome = resolve(run, catalog, "playlist:3")
    assert outcome.records[0]["code"] == "bad_row" and max(map(len, outcome.stdout.splitlines())) < 1 << 20


CATALOG_ERRORS = [
    ({"type": "Exception", "message": "Quota limit exceeded", "code": 4}, "throttled", "quota"),
    ({"type": "Exception", "message": "busy", "code": 700}, "transient", "catalog_busy"),
    ({"type": "DataException", "message": "no data", "code": 800}, "permanent", "no_data"),
    ({"type": "ParameterException", "message": "wrong", "code": 500}, "permanent", "catalog_500"),
    ({"type": "InvalidQueryException", "message": "wrong", "code": 600}, "permanent", "catalog_600"),
    ({"type": "OAuthException", "message": "token", "code": 300}, "permanent", "catalog_denied"),
    ({"type": "PermissionException", "message": "not yours", "code": 200}, "permanent", "catalog_denied"),
    ({"type": "Exception", "message": "An error has occured"}, "transient", "catalog_error"),
    ("Not Found", "transient", "catalog_error"),
]


@pytest.mark.parametrize("error, kind, code", CATALOG_ERRORS)
def test_an_error_in_an_answer_of_200_is_an_error(run, catalog, error, kind, code):
    catalog.answers["/track/1"] = {"error": error}
    found = resolve(run, catalog, "track:1").only
    assert (found["kind"], found["class"], found["code"]) == ("error", kind, code)
    assert found["host"] == catalog.url.removeprefix("http://")
    assert found["record"] == {"v": 1, "kind": "request", "id": "catalog:track:1", "ref": "track:1"}
    assert found.get("retry_after_s") == (5 if kind == "throttled" else None)


@pytest.mark.parametrize("error", [[], {}])
def test_an_empty_error_says_success(run, catalog, error):
    catalog.answers["/track/1"]["error"] = error
    assert resolve(run, catalog, "track:1").only["kind"] == "track"


HTTP_ERRORS = [
    (400, {}, "permanent"), (401, {}, "permanent"), (403, {}, "permanent"), (404, {}, "permanent"), (407, {}, "permanent"), (410, {}, "permanent"),
    (429, {"Retry-After": 7}, "throttled"), (429, {}, "throttled"), (500, {}, "transient"), (502, {}, "transient"), (503, {}, "transient"),
    (503, {"Retry-After": 7}, "throttled")]


@pytest.mark.parametrize("status, headers, kind", HTTP_ERRORS)
def test_a_status_becomes_the_class_of_the_contract(run, catalog, status, headers, kind):
    catalog.answers["/track/1"] = (status, headers, b"{}")
    found = resolve(run, catalog, "track:1").only
    assert (found["class"], found["code"]) == (kind, f"http_{status}")
    assert found.get("retry_after_s") == ((7 if headers else 5) if kind == "throttled" else None)


@pytest.mark.parametrize("body, kind, code", [
    (b"<html>", "transient", "bad_document"), (b"[1]", "transient", "bad_document"), (b"", "transient", "bad_document"),
    (b'{"a":' + b"[" * 100 + b"]" * 100 + b"}", "transient", "bad_document"), (b'{"a":"' + b"x" * (9 << 20) + b'"}', "permanent", "too_large")])
def test_a_document_that_is_none_is_refused(run, catalog, body, kind, code):
    catalog.answers["/track/1"] = (200, {}, body)
    found = resolve(run, catalog, "track:1").only
    assert (found["class"], found["code"]) == (kind, code)


def test_a_server_that_is_not_there_is_an_error_to_try_again(run):
    found = run("resolve", "--rate", "0", "--catalog", "http://127.0.0.1:1", "track:1").only
    assert (found["class"], found["code"], found["host"]) == ("transient", "connect", "127.0.0.1:1")


def test_the_quota_holds_for_everyone_who_shares_the_hosts(run, catalog, tmp_path):
    hosts = {"SEGUE_HOSTS": str(tmp_path / "hosts")}
    catalog.answers["/track/1"] = (429, {"Retry-After": 3600}, b"{}")
    assert resolve(run, catalog, "track:1", env=hosts).only["retry_after_s"] == 3600
    later = resolve(run, catalog, "track:2", env=hosts).only
    assert (later["class"], later["code"]) == ("throttled", "paused") and 3500 < later["retry_after_s"] <= 3600
    assert catalog.count("/track/2") == 0


def test_an_expansion_that_fails_midway_ends_with_an_error_under_its_own_id(run, catalog):
    catalog.answers["/playlist/3/tracks"] = {"data": [row(1)], "total": 200, "next": "http://elsewhere.example/playlist/3/tracks?index=1"}
    catalog.answers["/playlist/3/tracks?index=1"] = (500, {}, b"")
    child, error = resolve(run, catalog, "playlist:3").records
    assert child["id"] == "catalog:track:1"
    assert (error["kind"], error["id"], error["class"]) == ("error", "catalog:playlist:3", "transient")
    assert error["record"]["ref"] == "playlist:3"


def test_next_is_followed_on_the_configured_host(run, catalog):
    catalog.answers["/playlist/3/tracks"] = {"data": [row(1)], "total": 2, "next": "http://elsewhere.example/playlist/3/tracks?index=1"}
    catalog.answers["/playlist/3/tracks?index=1"] = {"data": [row(2)], "total": 2}
    assert [r["id"] for r in resolve(run, catalog, "playlist:3").records] == ["catalog:track:1", "catalog:track:2", "catalog:playlist:3"]


@pytest.mark.parametrize("second", [
    {"data": [row(2)], "total": 9, "next": "/playlist/3/tracks?index=1"}, {"data": [], "total": 9, "next": "/playlist/3/tracks?index=2"}])
def test_a_page_seen_twice_or_an_empty_one_ends_the_list(run, catalog, second):
    catalog.answers["/playlist/3/tracks"] = {"data": [row(1)], "total": 9, "next": "/playlist/3/tracks?index=1"}
    catalog.answers["/playlist/3/tracks?index=1"] = second
    found = resolve(run, catalog, "playlist:3")
    done = found.records[-1]
    assert done["kind"] == "done" and done["n"] == len(second["data"]) + 1 and done["total"] == 9
    assert "announced 9 tracks" in found.stderr


@pytest.mark.parametrize("document, pages", [
    ({"nb_tracks": 5}, [{"data": [1, 2], "total": 2}]), ({}, [{"data": [], "total": 5}]), ({"nb_tracks": 5}, [{"data": [1]}]), ({"nb_tracks": 5}, [{"data": []}]),
    ({}, [{"data": [1], "total": 5, "next": "/playlist/3/tracks?index=1"}, {"data": [2], "total": 2}]),
    ({"nb_tracks": 2}, [{"data": [1], "next": "/playlist/3/tracks?index=1"}, {"data": [], "total": 5}])])
def test_what_a_list_announces_and_does_not_list_is_told(run, catalog, document, pages):
    catalog.answers["/playlist/3"] = {"id": 3, "title": "Mix", **document}
    for index, page in enumerate(pages):
        catalog.answers["/playlist/3/tracks" + (f"?index={index}" if index else "")] = {**page, "data": [row(n) for n in page["data"]]}
    found = resolve(run, catalog, "playlist:3")
    count = sum(len(page["data"]) for page in pages)
    assert (found.records[-1]["n"], found.records[-1]["total"]) == (count, 5)
    assert found.stderr == f"resolve: catalog:playlist:3: the catalog announced 5 tracks and listed {count}\n"


def test_an_album_that_lists_fewer_tracks_than_it_announces_is_told(run, catalog):
    catalog.answers["/album/50/tracks"]["total"] = 7
    found = resolve(run, catalog, "album:50")
    assert (found.records[-1]["n"], found.records[-1]["total"]) == (4, 7) and "announced 7 tracks and listed 4" in found.stderr


def test_a_list_of_one_may_be_written_as_that_one(run, catalog):
    catalog.answers["/playlist/3/tracks"] = {"data": row(1), "total": 1}
    for offers in catalog.answers["/media/1"]["data"]:
        catalog.answers["/media/1"] = {"data": offers}
    catalog.answers["/track/1"] = [{**catalog.answers["/track/1"], "contributors": {**artist("Alone"), "role": "Main"}}]
    track, done = resolve(run, catalog, "playlist:3").records
    assert (track["kind"], track["track"]["artists"], done["n"]) == ("track", ["Alone"], 1)


@pytest.mark.parametrize("end", ["", "  ", None])
def test_a_next_that_is_empty_is_the_end(run, catalog, end):
    catalog.answers["/playlist/3/tracks"] = {"data": [row(1)], "total": 1, "next": end}
    assert [r["kind"] for r in resolve(run, catalog, "playlist:3").records] == ["track", "done"]


def test_a_byte_order_mark_in_front_of_a_document_is_no_part_of_it(run, catalog):
    for path in ("/track/1", "/media/1", "/album/50"):
        catalog.answers[path] = b"\xef\xbb\xbf" + json.dumps(catalog.answers[path]).encode()
    assert resolve(run, catalog, "track:1").only["track"]["album"] == "Album"


@pytest.mark.parametrize("name", ["utf8", "None", "binary, 8bit", "gzip"])
def test_a_document_whose_encoding_is_none_is_taken_as_it_comes(run, catalog, name):
    document = json.dumps(catalog.answers["/track/1"]).encode()
    catalog.answers["/track/1"] = (200, {"Content-Encoding": name, "Content-Type": "application/json"}, document)
    assert resolve(run, catalog, "track:1").only["track"]["title"] == "Title 1"


@pytest.mark.parametrize("page", [{}, {"data": {}}, {"data": None, "total": 3}, {"data": "x"}])
def test_a_page_without_a_list_is_a_failure_and_no_empty_playlist(run, catalog, page):
    catalog.answers["/playlist/3/tracks"] = page
    found = resolve(run, catalog, "playlist:3").only
    assert (found["kind"], found["id"], found["code"]) == ("error", "catalog:playlist:3", "bad_document")


def test_an_empty_playlist_is_done_at_once(run, catalog):
    catalog.answers["/playlist/3"]["nb_tracks"] = 0
    catalog.answers["/playlist/3/tracks"] = {"data": [], "total": 0}
    found = resolve(run, catalog, "playlist:3")
    assert found.only["n"] == 0 and found.stderr == "resolve: catalog:playlist:3 has no tracks\n"


def test_a_track_whose_media_is_past_its_time_gets_new_media(run, catalog):
    media = {"url": "http://127.0.0.1/old", "format": "flac", "expires_at": "2020-01-01T00:00:00Z", "x": 1}
    track = {"v": 1, "id": "catalog:track:1", "kind": "track", "track": {"title": "Kept"}, "media": media, "file": {"path": "/x"}}
    fresh = {**track, "id": "catalog:track:2", "media": {**media, "expires_at": "2999-01-01T00:00:00.5Z"}}
    missing = {"v": 1, "id": "catalog:track:3", "kind": "track"}
    renewed, same, found = resolve(run, catalog, stdin=lines(track, fresh, missing)).records
    assert renewed["media"]["url"] == f"{catalog.url}/file/1/flac" and "expires_at" not in renewed["media"]
    assert renewed["track"] == {"title": "Kept"} and "file" not in renewed
    assert same == fresh and found["media"]["url"].endswith("/file/3/flac")
    assert catalog.count("/track/") == 0


def test_a_catalog_gets_the_secret_of_its_name_and_no_other(run, catalog, tmp_path):
    secrets = tmp_path / "secrets"
    secrets.write_text("mine 127.0.0.1 bearer s3cret\nother 127.0.0.1 bearer wrong\n")
    secrets.chmod(0o600)
    seen = []
    answer = catalog.answers["/track/1"]
    catalog.answers["/track/1"] = lambda request: seen.append(request.headers.get("Authorization")) or answer
    found = run("resolve", "--rate", "0", "--catalog", f"mine={catalog.url}", "--catalog", f"open={catalog.url}", "--credentials", secrets, "mine:track:1", "open:track:1")
    assert seen == ["Bearer s3cret", None] and b"s3cret" not in found.stdout and "s3cret" not in found.stderr
    secrets.chmod(0o644)
    refused = run("resolve", "--catalog", catalog.url, "--credentials", secrets, "track:1")
    assert refused.status == 78 and "chmod 600" in refused.stderr and "s3cret" not in refused.stderr


def test_a_list_and_its_pages_name_the_credential_for_what_follows(run, site, tmp_path):
    secrets = tmp_path / "secrets"
    secrets.write_text("mine 127.0.0.1 bearer own\nfriend 127.0.0.1 bearer shared\nother 127.0.0.1 bearer last\n")
    secrets.chmod(0o600)
    seen = {}

    def answer(path, body):
        site.answers[path] = lambda request: seen.setdefault(request.path.split("index=")[-1].split("&")[0], request.headers.get("Authorization")) and body

    rows = [{"id": n, "title": f"Title {n}", "artist": {"name": "Someone"}} for n in range(3)]
    answer("/playlist/1", {"id": 1, "title": "Shared", "nb_tracks": 3, "auth": "friend"})
    answer("/playlist/1/tracks?index=0&limit=100", {"data": rows[:1], "next": f"{site.url}/playlist/1/tracks?index=1&limit=100"})
    answer("/playlist/1/tracks?index=1&limit=100", {"data": rows[1:2], "next": f"{site.url}/playlist/1/tracks?index=2&limit=100", "auth": "other"})
    answer("/playlist/1/tracks?index=2&limit=100", {"data": rows[2:]})
    call = ("resolve", "--rows", "--rate", "0", "--catalog", f"mine={site.url}", "--credentials", secrets)
    told = run(*call, "playlist:1")
    assert seen == {"/playlist/1": "Bearer own", "0": "Bearer shared", "1": "Bearer shared", "2": "Bearer last"}
    assert [record["id"] for record in told.records] == ["mine:track:0", "mine:track:1", "mine:track:2", "mine:playlist:1"]
    answer("/playlist/1", {"id": 1, "title": "Shared", "nb_tracks": 3, "auth": "nobody"})
    failure = run(*call, "playlist:1").only
    assert (failure["class"], failure["code"]) == ("permanent", "no_credential") and "nobody" in failure["message"]


def test_tracks_in_the_library_are_skipped_with_their_place(run, catalog, tmp_path):
    song = tmp_path / "Music" / "song.flac"
    song.parent.mkdir()
    song.write_bytes(b"fLaC" + bytes(96))
    placed = {"path": str(song), "bytes": 100, "sha256": "0" * 64, "format": "flac", "duration_s": 1.5}
    run("record", "--library", song.parent, stdin=lines({"v": 1, "id": "catalog:track:2", "kind": "track", "track": {"title": "T"}, "placed": placed}))
    first, second, third, done = resolve(run, catalog, "--library", song.parent, "playlist:3").records
    assert (second["kind"], second["parent"], second["seq"], second["record"]["placed"]) == ("skip", "catalog:playlist:3", 2, placed)
    assert first["kind"] == third["kind"] == "track" and catalog.count("/media/2") == 0
    # What somebody wrote since is theirs, as it is now.
    times = os.stat(song)
    song.write_bytes(b"fLaC" + bytes(8))
    os.utime(song, ns=(0, times.st_mtime_ns + 10**9))
    theirs = resolve(run, catalog, "--library", song.parent, "track:2").only
    assert theirs["kind"] == "skip" and theirs["record"]["placed"] == {**placed, "bytes": 12, "sha256": hashlib.sha256(b"fLaC" + bytes(8)).hexdigest()}
    # What got shorter by itself goes on with what is booked of it.
    os.utime(song, ns=(0, times.st_mtime_ns))
    broken = resolve(run, catalog, "--library", song.parent, "track:2").only
    assert broken["kind"] == "track" and broken["placed"] == placed and broken["recorded"]["modified_ns"] == str(times.st_mtime_ns)
    song.unlink()
    assert resolve(run, catalog, "--library", song.parent, "track:2").only["kind"] == "track"
    assert resolve(run, catalog, "--library", tmp_path / "nowhere", "track:2").only["kind"] == "track"
    assert not (tmp_path / "nowhere").exists()


def test_a_catalogue_that_is_just_being_made_is_an_empty_one(run, start, catalog, tmp_path):
    for number in range(30):
        library = tmp_path / str(number)
        maker = start("record", "--library", library)
        assert resolve(run, catalog, "--library", library, "track:1").only["kind"] == "track"
        maker.communicate(timeout=20)


@pytest.mark.parametrize("status, kind", [(404, "track"), (500, "error")])
def test_a_track_whose_number_may_yet_be_had_is_not_sent_on_without_it(run, catalog, status, kind):
    catalog.answers["/album/50"] = (404, {}, {})
    catalog.answers["/track/1"] = (status, {}, {})
    first, *_ = resolve(run, catalog, "playlist:3").records
    assert first["id"] == "catalog:track:1" and first["kind"] == kind


def test_a_document_without_an_id_names_its_host(run, catalog):
    catalog.answers["/track/1"] = {"title": "Title"}
    error = resolve(run, catalog, "track:1").only
    assert (error["code"], error["host"]) == ("bad_document", catalog.url.removeprefix("http://"))


def test_an_album_that_the_catalog_lost_costs_only_its_details(run, catalog):
    catalog.answers["/album/50"] = {"error": {"type": "DataException", "message": "no data", "code": 800}}
    found = resolve(run, catalog, "track:1").only
    assert found["track"]["album"] == "Album" and found["track"]["track_number"] == 1 and "label" not in found["track"]


def test_every_input_has_one_answer(run, catalog):
    inputs = [
        b"track:1", b"not a ref", b'{"v":1', b"\xff\xfe", {"v": 1, "id": "a", "kind": "poem"}, {"v": 2, "id": "b", "kind": "request"},
        {"v": 1, "id": "c", "kind": "request"}, {"v": 1, "id": "d", "kind": "request", "ref": 7}, b"x" * (2 << 20), b"   ", b"\r",
        {"v": 1, "id": "e", "kind": "track", "media": []}, {"v": 1, "id": "f", "kind": "error", "code": "old"}, b'{"v":1,"id":"g","kind":"request","ref":"\\ud800"}']
    found = resolve(run, catalog, stdin=lines(*inputs) + b"track:2").records
    assert [(r["id"], r.get("code")) for r in found] == [
        ("catalog:track:1", None), ("line:2", "bad_ref"), ("line:3", "not_json"), ("line:4", "not_json"), ("a", None), ("b", "version"),
        ("c", "bad_ref"), ("d", "bad_record"), ("line:9", "line_too_long"), ("e", "bad_record"), ("f", "old"), ("g", "lone_surrogate"),
        ("catalog:track:2", None)]


@pytest.mark.parametrize("arguments, text", [
    (["track:1"], "--catalog"), (["--catalog", "ftp://example.org", "track:1"], "catalog"), (["--catalog", "http://h/?a=1"], "catalog"),
    (["--catalog", "http://user:secret@h"], "catalog"), (["--catalog", "http://h", "--catalog", "http://i"], "one name"),
    (["--catalog", "http://h", "--rate", "-1"], "rate"), (["--catalog", "http://h", "--formats", ","], "formats"), (["--catalog", "http://h", "--nonsense"], "nonsense")])
def test_wrong_usage_says_what_to_do(run, arguments, text):
    found = run("resolve", *arguments)
    assert found.status == 64 and text in found.stderr and not found.stdout


def test_it_says_what_it_is(run):
    described = run("resolve", "--describe").only
    assert described["name"] == "resolve" and described["contract"] == 1 and described["mode"] == "expand"
    assert "playlist:3 | fetch" in run("resolve", "--help").stdout.decode()
    assert run("resolve", "--version").stdout.strip()


def test_a_reader_that_is_gone_ends_it_quietly(catalog):
    catalog.answers["/playlist/3/tracks"] = lambda _: {"data": [row(1)] * 100, "total": 10**6, "next": f"/playlist/3/tracks?index={len(catalog.requests)}"}
    catalog.answers.update({f"/playlist/3/tracks?index={n}": catalog.answers["/playlist/3/tracks"] for n in range(2000)})
    command = f"{PROGRAMS}/resolve --rows --rate 0 --catalog {catalog.url} playlist:3 | head -n 3"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, timeout=30, env=ENVIRONMENT)
    assert done.returncode == 0 and done.stdout.count(b"\n") == 3 and not done.stderr


def big_playlist(site, total, gate=None):
    """Playlist 9 of `total` rows; every page but the first waits for the gate."""
    template = json.dumps(row(123456789)).replace("123456789", "%d")

    def page(request):
        query = {"index": 0, "limit": 25} | dict(p.split("=") for p in request.path.partition("?")[2].split("&") if p)
        index, limit = int(query["index"]), int(query["limit"])
        if index and gate:
            assert gate.wait(20)
        rows = ",".join(template.replace("%d", str(n)) for n in range(index, min(index + limit, total)))
        following = f',"next":"{site.url}/playlist/9/tracks?index={index + limit}&limit={limit}"' if index + limit < total else ""
        return f'{{"data":[{rows}],"total":{total}{following}}}'.encode()

    site.answers["/playlist/9"] = {"id": 9, "title": "Big", "nb_tracks": total, "type": "playlist"}
    site.answers["/playlist/9/tracks"] = page


def test_the_first_child_leaves_before_the_second_page_is_asked_for(site, start):
    gate = threading.Event()
    big_playlist(site, 300, gate)
    process = start("resolve", "--rows", "--rate", "0", "--catalog", site.url, "playlist:9")
    first = json.loads(process.stdout.readline())
    assert first["seq"] == 1 and site.count("/playlist/9/tracks?index=100") in (0, 1)
    gate.set()
    rest = process.stdout.read().splitlines()
    assert len(rest) == 300 and json.loads(rest[-1])["n"] == 300 and process.wait(20) == 0


def test_a_playlist_of_100_000_rows_is_never_held_in_memory(site, peak_memory, tmp_path):
    big_playlist(site, 100_000)
    children = tmp_path / "children"
    peak = peak_memory("resolve", "--rows", "--rate", "0", "--catalog", site.url, "playlist:9", stdout=children)
    with open(children, "rb") as found:
        assert sum(1 for _ in found) == 100_001
    assert peak < 40 << 20


def test_a_signal_ends_it_between_two_children(site, start):
    gate = threading.Event()
    big_playlist(site, 300, gate)
    process = start("resolve", "--rows", "--rate", "0", "--catalog", site.url, "playlist:9")
    process.stdout.readline()
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(20) == 75
    gate.set()


def test_a_search_prints_requests_that_can_be_asked_for(run, catalog):
    catalog.answers["/search/album"] = {"data": [{"id": 50, "title": "Album", "artist": artist("Album Artist"), "cover_xl": ""}, {"title": "no id"}], "total": 2}
    found = resolve(run, catalog, "--search", "the album & more", "--type", "album", "--limit", "7")
    assert found.only == {"v": 1, "kind": "request", "id": "catalog:album:50", "ref": "catalog:album:50",
                          "collection": {"type": "album", "title": "Album", "creator": "Album Artist"}}
    assert catalog.requests == ["/search/album?q=the%20album%20%26%20more&limit=7"]
    assert len(resolve(run, catalog, stdin=found.stdout).records) == 5
    catalog.answers["/search"] = {"data": [row(1)], "total": 1}
    (track,) = resolve(run, catalog, "--search", "x").records
    assert track["ref"] == "catalog:track:1" and track["track"]["title"] == "Title 1"
    assert resolve(run, catalog, "--search", "x", "--type", "playlist").status == 64
    assert resolve(run, catalog, "--search", "", "track:1").status == 64


@pytest.mark.parametrize("options, details", [([], 1000), (["--quick"], 0)])
def test_the_requests_of_a_long_playlist_are_few(run, site, options, details):
    """1,000 tracks of 100 albums, in no order: ten pages and the playlist itself, two for each album, the details and the manifest of each track."""
    albums = {n: 1 + n * 37 % 100 for n in range(1, 1001)}
    for album in range(1, 101):
        tracks = [n for n in albums if albums[n] == album]
        site.answers[f"/album/{album}"] = {"id": album, "title": f"A{album}", "artist": artist("X"), "nb_tracks": len(tracks)}
        site.answers[f"/album/{album}/tracks"] = {"data": [{**row(n, album=False), "track_position": p, "disk_number": 1} for p, n in enumerate(tracks, 1)]}
    rows = [{**row(n), "album": {"id": albums[n], "title": f"A{albums[n]}"}} for n in albums]
    for number in albums:
        manifest(site, number)
        site.answers[f"/track/{number}"] = {**row(number), "album": {"id": albums[number], "title": f"A{albums[number]}"}}
    site.answers["/playlist/9"] = {"id": 9, "title": "Long", "nb_tracks": 1000}
    for page in range(10):
        following = {"next": f"{site.url}/playlist/9/tracks?index={page * 100 + 100}&limit=100"} if page < 9 else {}
        site.answers[f"/playlist/9/tracks?index={page * 100}&limit=100"] = {"data": rows[page * 100 : page * 100 + 100], "total": 1000, **following}
    *tracks, done = resolve(run, site, *options, "playlist:9").records
    assert done["n"] == 1000 and all(t["kind"] == "track" and t["track"]["track_total"] == 10 and t["media"] for t in tracks)
    assert [site.count(p) for p in ("/playlist/", "/album/", "/media/", "/track/")] == [1 + 10, 2 * 100, 1000, details] and len(site.requests) == 1211 + details


@pytest.mark.parametrize("total", [0, 1, 25, 26, 10_000])
def test_another_client_of_such_catalogs_reads_the_same_list(run, site, total):
    big_playlist(site, total)
    *children, done = resolve(run, site, "--rows", "playlist:9").records
    with deezer.Client() as client:
        client.base_url = site.url
        playlist = client.get_playlist(9)
        theirs = [(str(t.id), t.title, t.artist.name, t.album.title, t.duration) for t in playlist.get_tracks()]
    ours = [(c["id"].split(":")[-1], *(c["track"][k] for k in ("title", "artist", "album", "duration_s"))) for c in children]
    assert ours == theirs and len(ours) == done["n"] == total and done["collection"]["title"] == playlist.title


def test_another_client_reads_the_same_tracks_and_albums(run, catalog):
    with deezer.Client() as client:
        client.base_url = catalog.url
        *ours, _ = resolve(run, catalog, "album:50").records
        album = client.get_album(50)
        for mine, theirs in zip(ours, album.get_tracks(), strict=True):
            full, track = client.get_track(theirs.id), mine["track"]
            assert (track["title"], track["track_number"], track["disc_number"], track["isrc"]) == (full.title, full.track_position, full.disk_number, full.isrc)
            assert (track["album"], track["album_artist"], track["upc"], track["label"]) == (album.title, album.artist.name, album.upc, album.label)
            assert track["release_date"] == album.release_date.isoformat() and track["genres"] == [g.name for g in album.genres]


WRONG = [None, True, -1, 0, 1.5, 1e300, "", "x", "\u0000", [], [None], [[]], {}, {"id": []}, {"data": 5}, {"data": [5, None, {}]}, "9" * 5000]


def test_wrong_types_in_every_field_end_in_a_track_or_a_clear_error(run, site):
    album = {"id": 50, "title": "Album", "upc": "1", "label": "L", "release_date": "2001-01-01", "nb_tracks": 1, "record_type": "album",
             "genres": {"data": [{"name": "G"}]}, "artist": {"name": "A", "picture_xl": "http://x/y"}, "cover_xl": "http://x/z"}
    track = {"id": 1, "title": "T", "duration": 5, "explicit_lyrics": True, "artist": {"name": "A"}, "album": {"id": 50, "title": "Album"}, "isrc": "X",
             "track_position": 1, "disk_number": 1, "bpm": 5, "release_date": "2001-01-01", "preview": "", "contributors": [{"name": "A", "role": "Main"}],
             "alternative": {"preview": "x"}}
    offer = {"format": "flac", "quality": "flac", "url": "http://127.0.0.1/x", "bytes": 1, "sha256": "0" * 64, "expires_at": "2050-01-01T00:00:00Z", "auth": "a",
             "cipher": {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}}
    references = []

    def ask(name, document, changed):
        """A track of an album of its own, each with one document that is wrong."""
        number = len(references) + 1000
        documents = {"track": {**track, "id": number, "album": {"id": number, "title": "Album"}}, "album": {**album, "id": number}, "media": {"data": [offer]},
                     "tracks": {"data": [{**track, "id": number}], "total": 1}}
        documents[name] = changed(documents[name]) if changed else document
        site.answers.update({f"/track/{number}": documents["track"], f"/album/{number}": documents["album"], f"/album/{number}/tracks": documents["tracks"],
                             f"/media/{number}": documents["media"]})
        references.append(f"track:{number}")

    for wrong in WRONG:
        for field in track:
            ask("track", None, lambda d, f=field, w=wrong: {**d, f: w})
            ask("tracks", None, lambda d, f=field, w=wrong: {"data": [{**d["data"][0], f: w}], "total": 1})
        for field in album:
            ask("album", None, lambda d, f=field, w=wrong: {**d, f: w})
        for field in offer:
            ask("media", None, lambda d, f=field, w=wrong: {"data": [{**offer, f: w}]})
        for name in ("track", "album", "tracks", "media"):
            ask(name, json.dumps(wrong).encode(), None)
            ask(name, {"data": wrong, "total": wrong, "next": wrong, "error": wrong}, None)
    done = resolve(run, site, stdin="".join(r + "\n" for r in references).encode(), timeout=120)
    answers = done.records
    assert done.status == 0 and [a["id"] for a in answers] == [f"catalog:{r}" for r in references] and len(answers) > 700
    errors = [a for a in answers if a["kind"] == "error"]
    assert {a["kind"] for a in answers} == {"track", "error"} and 50 < len(errors) < len(answers) / 2
    assert all(a["code"] in ("bad_document", "catalog_error", "bad_record", "no_format", "bad_cipher", "catalog_denied", "bad_format", "http_404", "other_id") and a["message"] for a in errors), {a["code"] for a in errors}


# A catalog at an address of the internet, which only this machine's own network has.
CATALOG_AFAR = """
import http.server, json, subprocess, sys, threading

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        answers = {
            "/track/7": {"id": 7, "title": "T", "duration": 1, "artist": {"id": 1, "name": "A"}, "type": "track"},
            "/media/7": {"data": [{"format": "flac", "quality": "flac", "url": "http://media.example.org/7"}]}}
        body = json.dumps(answers.get(self.path.split("?")[0], {"error": {"code": 800}})).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass

server = http.server.ThreadingHTTPServer((sys.argv[2], 0), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.exit(subprocess.run([sys.argv[1], "--rate", "0", "--catalog", f"http://{sys.argv[2]}:{server.server_port}", "track:7"]).returncode)
"""


@pytest.mark.parametrize("address, far", [("203.0.113.7", True), ("192.168.7.7", None)])
def test_what_a_catalog_on_the_internet_names_is_marked(address, far, tmp_path):
    (tmp_path / "afar.py").write_text(CATALOG_AFAR)
    script = f"ip link set lo up && ip address add {address}/32 dev lo && exec {sys.executable} afar.py {PROGRAMS / 'resolve'} {address}"
    if subprocess.run(["unshare", "--net", "ip", "link", "set", "lo", "up"], capture_output=True).returncode != 0:
        pytest.skip("namespaces cannot be had here")
    done = subprocess.run(["unshare", "--net", "sh", "-c", script], cwd=tmp_path, capture_output=True, env=ENVIRONMENT, timeout=60)
    assert json.loads(done.stdout)["media"].get("far") is far, done.stderr
