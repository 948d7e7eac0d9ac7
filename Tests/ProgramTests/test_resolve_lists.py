"""resolve, of playlist files and feeds: every kind, mixed, relative and remote, and what must not be followed."""

import hashlib
import json
import os
import urllib.parse

import pytest
from programs import lines

ARTIST = {"id": 1, "name": "Anna", "type": "artist"}


def row(number, **members):
    return {"id": number, "title": f"Title {number}", "duration": 200, "artist": ARTIST, "isrc": f"QZ{number}", "type": "track", **members}


@pytest.fixture
def catalog(site):
    for number in (1, 2):
        site.answers[f"/track/{number}"] = {**row(number), "track_position": number, "album": {"id": 5, "title": "Album"}}
        site.answers[f"/track/isrc:QZ{number}"] = site.answers[f"/track/{number}"]
        site.answers[f"/media/{number}"] = {"data": [{"format": "flac", "url": f"{site.url}/file/{number}"}]}
    site.answers["/album/5"] = {"id": 5, "title": "Album", "artist": ARTIST}
    site.answers["/album/5/tracks"] = {"data": [row(1), row(2)], "total": 2}
    return site


@pytest.fixture
def resolve(run, catalog):
    return lambda *arguments, **options: run("resolve", "--rate", "0", "--catalog", catalog.url, *arguments, **options)


def ident(kind, text):
    return f"{kind}:{hashlib.sha256(str(text).encode()).hexdigest()[:32]}"


def test_a_file_of_links_is_a_playlist_of_them(resolve, tmp_path, catalog):
    path = tmp_path / "Mine.m3u8"
    path.write_text(f"#EXTM3U\n#PLAYLIST:My list\n#EXTINF:231,Anna - One\nhttp://h/a/one.mp3?x=1\n#EXTINF:-1,Two\nhttp://h/two.FLAC\n{catalog.url}/track/2\n")
    one, two, three, done = resolve("Mine.m3u8").records
    assert one["id"] == ident("url:track", "http://h/a/one.mp3?x=1") and one["parent"] == done["id"] == ident("file:playlist", path)
    assert one["media"] == {"url": "http://h/a/one.mp3?x=1", "format": "mp3", "any_format": True}
    assert one["track"] == {"title": "One", "artists": ["Anna"], "artist": "Anna", "duration_s": 231} and (one["seq"], two["seq"]) == (1, 2)
    assert three["id"] == "catalog:track:2" and three["track"]["album"] == "Album"
    assert done["n"] == 3 and done["collection"] == {"type": "playlist", "title": "My list"}
    assert [r["id"] for r in resolve(path).records] == [r["id"] for r in resolve("./Mine.m3u8").records] == [one["id"], two["id"], three["id"], done["id"]]


def test_links_beside_a_remote_list_are_made_whole(resolve, catalog):
    catalog.answers["/lists/a.pls"] = (200, {"Content-Type": "audio/x-scpls"}, b"[playlist]\nFile1=../music/x.ogg\nTitle1=X\nFile2=/y.opus\nNumberOfEntries=2\n")
    x, y, done = resolve(catalog.url + "/lists/a.pls").records
    assert (x["media"]["url"], y["media"]["url"]) == (catalog.url + "/music/x.ogg", catalog.url + "/y.opus") and done["collection"]["title"] == "a"


def test_the_formats_that_are_wished_for_hold_for_links_and_feeds(resolve, catalog, tmp_path):
    def enclosure(name, kind):
        return f'<enclosure url="{name}" type="{kind}"/>'

    items = [enclosure("1.ogg", "audio/ogg; codecs=opus") + enclosure("1.mp3", "audio/mpeg") + enclosure("1.flac", "audio/flac"), enclosure("2.opus", "audio/opus")]
    catalog.answers["/f.xml"] = (FEED % "".join(f"<item><title>E</title>{item}</item>" for item in items)).encode()
    taken, none, _ = resolve("--formats", "wav,mp3_320", catalog.url + "/f.xml").records
    assert taken["media"] == {"url": catalog.url + "/1.mp3", "format": "mp3", "wanted": "wav"} and taken["id"] == ident("url:track", catalog.url + "/1.mp3")
    assert (none["code"], none["record"]["ref"]) == ("no_format", catalog.url + "/2.opus")
    assert resolve(catalog.url + "/f.xml").records[0]["media"] == {"url": catalog.url + "/1.ogg", "format": "opus", "any_format": True}
    (tmp_path / "x.m3u").write_text("http://h/a.mp3\nhttp://h/b.ogg\n")
    assert [r.get("code", r["kind"]) for r in resolve("--formats", "ogg", "x.m3u").records] == ["no_format", "track", "done"]
    assert [r.get("code", r["kind"]) for r in resolve("--formats", "ogg", "http://h/c.oga", "http://h/c.wav").records] == ["track", "no_format"]


@pytest.mark.parametrize("kind, body, format", [
    ("audio/flac", b"\x00" * 9000, "flac"), ("application/octet-stream", b"OggS" + bytes(24) + b"OpusHead" + bytes(5000), "opus"),
    ("text/plain", b"ID3" + bytes(300), "mp3"), (None, b"RIFF1234WAVE" + bytes(1 << 20), "wav")])
def test_a_link_that_does_not_tell_is_looked_at(resolve, catalog, tmp_path, kind, body, format):
    link = catalog.url + "/play?id=1"
    catalog.answers["/play?id=1"] = (200, {"Content-Type": kind} if kind else {}, body)
    (tmp_path / "x.txt").write_text(link)
    for ref in (link, "x.txt"):
        track, done = resolve(ref).records
        assert (track["id"], track["media"]) == (ident("url:track", link), {"url": link, "format": format, "any_format": True})
        assert (track["parent"], done["n"]) == (done["id"], 1)
    row, _ = resolve("--rows", "x.txt").records
    assert row["kind"] == "request" and resolve(stdin=lines(row)).only["media"] == track["media"]


@pytest.mark.parametrize("path, kind", [("/film", "video/mp4"), ("/film.mp4", "audio/mp4"), ("/page", "text/html")])
def test_a_link_that_leads_to_no_audio_is_refused(resolve, catalog, tmp_path, path, kind):
    catalog.answers[path] = (200, {"Content-Type": kind}, b"<html>" * 900 if kind == "text/html" else b"\0\0\0\x20ftypisom" + bytes(9000))
    (tmp_path / "x.txt").write_text(catalog.url + path)
    assert resolve("x.txt").records[0]["code"] == "no_format"
    assert resolve(catalog.url + path).only["code"] == "unknown_list"


def test_links_as_people_write_them_become_urls(run, resolve, catalog, tmp_path):
    catalog.answers["/l/x.m3u"] = '#EXTM3U\nA B\\No. #1.mp3\n/c d.ogg?e=f g\nhttp://h/Ž.flac\n'.encode()
    *tracks, _ = resolve(catalog.url + "/l/x.m3u").records
    assert [t["media"]["url"] for t in tracks] == [catalog.url + "/l/A%20B/No.%20%231.mp3", catalog.url + "/c%20d.ogg?e=f%20g", "http://h/%C5%BD.flac"]
    assert tracks[2]["id"] == ident("url:track", "http://h/Ž.flac")
    catalog.answers["/f.xml"] = (FEED % f'<item><title>E</title><itunes:image href="{catalog.url}/a cover.png"/><enclosure url=" {catalog.url}/an episode.mp3 " type="audio/mpeg"/></item>').encode()
    episode, _ = resolve(catalog.url + "/f.xml").records
    assert (episode["media"]["url"], episode["track"]["artwork_url"]) == (catalog.url + "/an%20episode.mp3", catalog.url + "/a%20cover.png")


def test_rows_of_a_list_need_the_list_no_second_time(resolve, tmp_path):
    path = tmp_path / "f.rss"
    path.write_text('<rss><channel><title>Show</title><item><title>E</title><enclosure url="http://h/play?id=5" type="audio/mpeg" length="1"/></item></channel></rss>')
    child, done = resolve("--rows", path).records
    assert child["kind"] == "request" and child["ref"] == "http://h/play?id=5" and "media" not in child and done["n"] == 1
    path.unlink()
    track = resolve(stdin=lines(child)).only
    assert track["kind"] == "track" and track["media"] == {"url": "http://h/play?id=5", "format": "mp3", "any_format": True} and track["track"] == child["track"]
    again = resolve(stdin=lines({k: v for k, v in track.items() if k != "media"})).only
    assert again["media"] == track["media"]


FEED = """<rss xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"><channel><title>Show</title><itunes:author>Host</itunes:author>
<image><url>http://h/show.jpg</url></image>%s</channel></rss>"""
EPISODE = '<item><title>E{n}</title><pubDate>{day} Aug 2020 10:00:00 GMT</pubDate><itunes:episode>{n}</itunes:episode><description>About {n}</description><enclosure url="http://h/{n}.mp3" type="audio/mpeg"/></item>'


@pytest.fixture
def feed(tmp_path):
    path = tmp_path / "show.xml"
    path.write_text(FEED % "".join(EPISODE.format(n=n, day=n) for n in (3, 1, 5, 2, 4)))
    return path


def test_a_feed_is_a_show_with_episodes(resolve, feed):
    *episodes, done = resolve(feed).records
    assert episodes[0]["track"] == {
        "title": "E3", "artists": ["Host"], "artist": "Host", "album": "Show", "track_number": 3, "release_date": "2020-08-03", "comment": "About 3", "artwork_url": "http://h/show.jpg"}
    assert done["collection"] == {"type": "playlist", "title": "Show", "creator": "Host", "artwork_url": "http://h/show.jpg"} and done["n"] == 5


@pytest.mark.parametrize("options, expected", [(["--since", "2020-08-03"], "354"), (["--last", "2"], "54"), (["--last", "2", "--since", "2020-08-05"], "5"), (["--last", "9"], "31524")])
def test_only_some_episodes_are_taken(resolve, feed, options, expected):
    *episodes, done = resolve(*options, feed).records
    assert "".join(e["track"]["title"][1] for e in episodes) == expected and done["n"] == len(expected)


def test_a_table_is_looked_up_in_the_catalog(resolve, catalog, tmp_path):
    catalog.answers["/search"] = {"data": [row(9, title="Title 2 (live)"), row(2)]}
    path = tmp_path / "export.csv"
    path.write_text('Track Name,Artist Name(s),ISRC,Duration (ms)\nanything,x,QZ1,1\n"title 2","ANNA, Bo",,201000\nTitle 2,Somebody else,,\nTitle 2,Anna,,100000\n')
    one, two, other, short, done = resolve(path).records
    assert (one["id"], two["id"]) == ("catalog:track:1", "catalog:track:2") and two["track"]["title"] == "Title 2" and done["n"] == 4
    assert [(e["kind"], e["code"], e["class"]) for e in (other, short)] == [("error", "not_found", "permanent")] * 2 and "Somebody else - Title 2" in other["message"]
    assert other["record"]["track"]["title"] == "Title 2"
    renamed = tmp_path / "other.csv"
    renamed.write_text("Lied;Kennung\nx;QZ2\n")
    assert resolve("--columns", "title=Lied,isrc=Kennung", renamed).records[0]["id"] == "catalog:track:2"
    assert resolve(renamed).only["code"] == "bad_columns"


def found(resolve, catalog, path, wished, rows):
    """What a table's row becomes where a search finds these (title, artist, members)."""
    catalog.answers["/search"] = {"data": [row(n + 50, title=title, artist={"name": artist}, **members) for n, (title, artist, members) in enumerate(rows)]}
    for n, (title, artist, members) in enumerate(rows):
        catalog.answers[f"/track/{n + 50}"] = row(n + 50, title=title, artist={"name": artist}, **members)
        catalog.answers[f"/media/{n + 50}"] = {"data": [{"format": "flac", "url": f"{catalog.url}/file/{n + 50}"}]}
    path.write_text(f"title,artist,duration\n{wished}\n")
    return resolve(path).records[0]


WRONG = [("Río", "Río Karaoke Band", {}), ("Río (Karaoke Version)", "Marta", {}), ("Río (Originally Performed by Marta)", "Sing Stars", {}), ("Río", "Mart", {}),
         ("Río (Live)", "Marta", {}), ("Río - Club Remix", "Marta", {}), ("Río", "Marta", {"duration": 260})]


@pytest.mark.parametrize("right", [
    ("Rio", "MARTA", {}), ("RÍO (feat. Pol)", "Marta", {}), ("Ri\u0301o", "Marta & Pol", {}), ("Río [Official Video]", "Marta", {}), ("Río", "Pol feat. Marta", {}),
    ("Río", "Pol", {"contributors": [{"name": "Pol"}, {"name": "Marta", "role": "Featured"}]}), ("Río - 2011 Remaster", "Marta", {})])
def test_the_right_recording_is_taken_though_others_come_first(resolve, catalog, tmp_path, right):
    track = found(resolve, catalog, tmp_path / "x.csv", "Río,Marta,201", [*WRONG, right])
    assert (track["kind"], track.get("id")) == ("track", f"catalog:track:{50 + len(WRONG)}"), track


@pytest.mark.parametrize("count, nearest", [
    (0, None), (1, "Río Karaoke Band - Río, is by another artist"), (2, "Marta - Río (Karaoke Version), is a karaoke version or a cover"),
    (6, "Marta - Río (Live), is another edition, or may be"), (7, "Marta - Río, has another length")])
def test_where_only_others_are_there_none_is_taken_and_the_nearest_is_told(resolve, catalog, tmp_path, count, nearest):
    error = found(resolve, catalog, tmp_path / "x.csv", "Río,Marta,201", WRONG[:count])
    assert (error["class"], error["code"]) == ("permanent", "not_found")
    assert error["message"] == "catalog has no track like Marta - Río" + (f"; the nearest is {nearest}" if nearest else "")


def test_a_recording_is_found_by_its_isrc_however_that_is_written(resolve, catalog, tmp_path):
    catalog.answers["/track/isrc:QZABC2400007"] = {**catalog.answers["/track/2"], "isrc": "QZABC2400007"}
    (tmp_path / "x.csv").write_text("isrc\nqz-abc-24-00007\nQZ ABC 24 00007\n")
    assert [r.get("id") for r in resolve(tmp_path / "x.csv").records[:2]] == ["catalog:track:2"] * 2
    assert resolve("track:isrc:qz-abc-24-00007").only["track"]["title"] == "Title 2"
    # What is answered by another code is another recording.
    catalog.answers["/track/isrc:QZABC2400008"] = catalog.answers["/track/isrc:QZABC2400007"]
    catalog.answers["/search"] = {"data": [row(1, title="Title 1")]}
    (tmp_path / "x.csv").write_text("isrc,title,artist\nQZABC2400008,Title 1,Anna\n")
    assert resolve(tmp_path / "x.csv").records[0]["id"] == "catalog:track:1"


RECORDING = "b1a9c0e9-d987-4042-ae91-78d6a3267d69"


def jspf(path, *tracks, **members):
    path.write_text(json.dumps({"playlist": {"title": "Weekly Jams", "creator": "listenbrainz", "track": list(tracks), **members}}))
    return path


def wished(title, creator, **members):
    """A track as ListenBrainz writes it."""
    return {"title": title, "creator": creator, "identifier": [f"https://musicbrainz.org/recording/{RECORDING}"], "duration": 201000, **members}


def test_tracks_of_jspf_are_looked_up_and_say_how_they_were_found(run, resolve, catalog, tmp_path):
    catalog.answers["/search"] = {"data": [row(2), row(1, title="Title 1 (2011 Remaster)")]}
    path = jspf(tmp_path / "x.jspf", wished("Title 2", "Anna"), wished("Any", "Anna", identifier=["urn:isrc:QZ1"]), wished("Title 1", "Anna"), wished("Title 9", "Anna"))
    names, isrc, length, lost, done = resolve(path).records
    assert [r["id"] for r in (names, isrc, length)] == ["catalog:track:2", "catalog:track:1", "catalog:track:1"]
    assert [r["match"] for r in (names, isrc, length)] == [
        {"by": "names", "row": "Anna - Title 2"}, {"by": "isrc", "row": "Anna - Any"}, {"by": "length", "row": "Anna - Title 1"}]
    assert lost["code"] == "not_found" and lost["record"]["track"]["musicbrainz"] == {"recording_id": RECORDING}
    assert (done["n"], done["collection"]) == (4, {"type": "playlist", "title": "Weekly Jams", "creator": "listenbrainz"})
    # The same by a link, whatever that ends in, and row by row.
    catalog.answers["/1/lists/x"] = json.loads(path.read_text())
    assert [r.get("match") for r in resolve(f"{catalog.url}/1/lists/x").records] == [names["match"], isrc["match"], length["match"], None, None]
    rows = resolve("--rows", path).records
    assert [r["kind"] for r in rows] == ["request"] * 3 + ["error", "done"] and rows[0]["match"] == names["match"]
    assert resolve(stdin=lines(rows[0])).only["match"] == names["match"]
    # Found late.
    catalog.answers["/search"] = {"data": [row(2, title="Title 9")]}
    assert resolve(stdin=lines(lost["record"])).only["match"] == {"by": "names", "row": "Anna - Title 9"}


def test_a_list_of_json_that_breaks_off_is_tried_again(resolve, tmp_path):
    path = tmp_path / "x.jspf"
    path.write_text('{"playlist": {"track": [')
    assert (resolve(path).only["class"], resolve(path).only["code"]) == ("transient", "bad_list")
    path.write_text('{"tracks": []}')
    assert (resolve(path).only["class"], resolve(path).only["code"]) == ("permanent", "bad_list")


@pytest.fixture
def two(run, catalog, tmp_path):
    """resolve with two catalogs, of which the second is another."""
    from website import Site

    other = Site()

    def call(*arguments, names=("near", "far"), **options):
        catalogs = [part for name, site in zip(names, (catalog, other), strict=True) for part in ("--catalog", f"{name}={site.url}")]
        return run("resolve", "--rate", "0", *catalogs, *arguments, **options)

    call.other = other
    yield call
    other.close()


def test_a_row_is_looked_up_in_one_catalog_after_another(two, catalog, tmp_path):
    catalog.answers["/search"] = {"data": [row(2)]}
    two.other.answers |= {"/search": {"data": [row(2), row(5, title="Title 5")]}, "/track/5": row(5, title="Title 5"), "/track/2": row(2),
                          **{f"/media/{n}": {"data": [{"format": "flac", "url": f"{two.other.url}/file/{n}"}]} for n in (2, 5)}}
    path = jspf(tmp_path / "x.jspf", wished("Title 2", "Anna"), wished("Title 5", "Anna"), wished("Title 7", "Anna"))
    both, second, none, _ = two(path).records
    # What both have is the first one's, and the second is not asked.
    assert [r["id"] for r in (both, second)] == ["near:track:2", "far:track:5"] and second["media"]["url"].startswith(two.other.url)
    assert none["code"] == "not_found" and none["message"].startswith("no catalog has a track like Anna - Title 7")
    assert two.other.count("/search") == 2
    # The catalog that a reference without a name means goes before the others.
    assert two(path, names=("near", "catalog")).records[0]["id"] == "catalog:track:2"
    # One that does not answer for now may have it, so no other's is taken in its place; and one that never will is passed over.
    catalog.answers["/search"] = (503, {}, b"")
    assert [(r["kind"], r["class"]) for r in two(path).records[:2]] == [("error", "transient")] * 2
    catalog.answers["/search"] = (404, {}, b"")
    assert two(path).records[0]["id"] == "far:track:2"


def test_a_row_that_is_not_here_goes_on_to_a_later_resolve(run, resolve, catalog, two, tmp_path):
    catalog.answers["/search"] = {"data": []}
    path = jspf(tmp_path / "x.jspf", wished("Title 5", "Anna"))
    passed = resolve("--rows", "--pass", path).records[0]
    assert passed["kind"] == "request" and "ref" not in passed and passed["id"].startswith("row:track:")
    assert resolve("--pass", stdin=lines(passed)).only == passed
    two.other.answers |= {"/search": {"data": [row(5, title="Title 5")]}, "/track/5": row(5, title="Title 5"), "/media/5": {"data": [{"format": "flac", "url": f"{two.other.url}/file/5"}]}}
    found = run("resolve", "--rate", "0", "--catalog", f"far={two.other.url}", stdin=lines(passed)).only
    assert (found["kind"], found["ref"], found["id"]) == ("track", "far:track:5", passed["id"])


def test_a_search_that_finds_nothing_is_made_again_without_guests_and_edition(resolve, catalog, tmp_path):
    asked = []

    def search(request):
        asked.append(urllib.parse.parse_qs(request.path.partition("?")[2])["q"][0])
        return 200, {}, {"data": [row(2)] if asked[-1] == "Anna Title 2" else []}

    catalog.answers["/search"] = search
    (tmp_path / "x.csv").write_text("title,artist\nTitle 2 (feat. Bo) [Official Video],\"Anna, Cy\"\nTitle 9,Anna\n")
    one, lost, _ = resolve(tmp_path / "x.csv").records
    assert one["id"] == "catalog:track:2" and lost["code"] == "not_found"
    assert asked == ["Anna, Cy Title 2 (feat. Bo) [Official Video]", "Anna Title 2", "Anna Title 9"]


def test_a_row_that_was_not_found_is_looked_up_again_with_all_that_it_said(run, resolve, catalog, tmp_path):
    catalog.answers["/search"] = {"data": []}
    path = tmp_path / "export.csv"
    path.write_text("title,artist,album,duration\nTitle 4,Anna,Album,201\nNo Such,Nobody,,\n")
    late, lost, done = resolve(path).records
    assert [(e["class"], e["code"]) for e in (late, lost)] == [("permanent", "not_found")] * 2 and "ref" not in late["record"]
    assert late["record"]["track"] == {"title": "Title 4", "artists": ["Anna"], "artist": "Anna", "album": "Album", "duration_s": 201}
    # Still not there: the same as before, and no complaint of a ref.
    again = resolve(stdin=lines(late["record"])).only
    assert again == late
    # What is as long, and by that artist, is taken; the row keeps its place and its id.
    catalog.answers["/search"] = {"data": [row(3, title="Title 4", artist={"name": "Other"}), row(1, title="Title 4", duration=500), row(2, title="Title 4", duration=203)]}
    found, still = resolve(stdin=lines(late["record"], lost["record"])).records
    assert (found["kind"], found["ref"], still["code"]) == ("track", "catalog:track:2", "not_found")
    assert [found[k] for k in ("id", "parent", "seq")] == [late[k] for k in ("id", "parent", "seq")] and found["media"]
    renewed = resolve(stdin=lines({k: v for k, v in found.items() if k != "media"})).only
    assert renewed["media"] == found["media"]
    # In another place of the list it is the same row; another row in its place is not.
    path.write_text("title,artist,album,duration\nNo Such,Nobody,,\n")
    moved = resolve("--rows", path).records[0]
    assert moved["id"] == lost["id"] != late["id"] and moved["seq"] == 1


def test_a_row_with_an_isrc_alone_is_looked_up_again(resolve, catalog):
    request = {"v": 1, "kind": "request", "id": "row:track:1", "parent": "file:playlist:1", "seq": 1, "track": {"isrc": "QZ2"}}
    assert resolve(stdin=lines(request)).only["ref"] == "catalog:track:2"
    through = resolve("--rows", stdin=lines(request)).only
    assert (through["kind"], through["ref"], through["id"]) == ("request", "catalog:track:2", "row:track:1")
    for empty in ({}, {"track": {}}, {"track": {"artist": "Anna"}}):
        error = resolve(stdin=lines({"v": 1, "kind": "request", "id": "row:track:2", **empty})).only
        assert (error["class"], error["code"]) == ("permanent", "bad_ref")


def test_what_failed_of_a_list_is_input_again(run, resolve, catalog, tmp_path):
    catalog.answers["/search"] = {"data": []}
    (tmp_path / "x.csv").write_text("title,artist,location\nTitle 9,Anna,\n,,http://h/x.pdf\n")
    failed = resolve(tmp_path / "x.csv").stdout
    run("record", "--library", tmp_path / "Music", stdin=failed)
    assert "Anna - Title 9 (permanent not_found)" in (tmp_path / "Music/Playlists/x.m3u8").read_text()
    kept = run("record", "--library", tmp_path / "Music", "--failures").stdout
    assert [(e["class"], e["code"]) for e in resolve(stdin=kept).records] == [("permanent", "not_found"), ("permanent", "no_format")]
    catalog.answers["/search"] = {"data": [row(1, title="Title 9")]}
    assert resolve(stdin=kept).records[0]["track"]["title"] == "Title 1"


def test_local_files_are_skipped_where_the_library_has_them_and_never_read(run, catalog, tmp_path):
    library = tmp_path / "Music"
    (library / "A").mkdir(parents=True)
    (library / "A/x.flac").write_bytes(b"audio")
    placed = {"path": str(library / "A/x.flac"), "bytes": 5, "sha256": hashlib.sha256(b"audio").hexdigest(), "format": "flac"}
    run("record", "--library", library, stdin=lines({"v": 1, "kind": "track", "id": "c:track:1", "placed": placed}))
    (library / "list.m3u").write_text("A/x.flac\nA/gone.flac\n/etc/passwd\nfile:///etc/passwd\n")
    there, gone, passwd, scheme, done = run("resolve", "--library", library, library / "list.m3u").records
    assert (there["kind"], there["id"]) == ("skip", "c:track:1") and done["n"] == 4
    assert [e["code"] for e in (gone, passwd, scheme)] == ["local_file", "local_file", "local_file"]


def test_a_file_that_cannot_be_read_is_the_fault_of_who_names_it(resolve, tmp_path):
    (tmp_path / "plain").write_text("no folder")
    (tmp_path / "folder.m3u").mkdir()
    (tmp_path / "loop.m3u").symlink_to("loop.m3u")
    for path in ("missing.m3u", "plain/x.m3u", "folder.m3u", "loop.m3u"):
        error = resolve(stdin=lines(str(tmp_path / path))).only
        assert (error["class"], error["code"]) == ("permanent", "no_file"), error


def test_a_remote_list_leads_to_no_file_and_to_no_other_list(resolve, catalog):
    catalog.answers["/x.m3u"] = (200, {}, b"file:///etc/passwd\nftp://h/x.mp3\nhttp://h/other.m3u8\n" + f"{catalog.url}/album/5\n{catalog.url}/page\n".encode())
    catalog.answers["/page"] = (200, {"Content-Type": "audio/mpeg"}, b"<p>Sorry" * 2000)
    *errors, done = resolve(catalog.url + "/x.m3u").records
    assert [e["code"] for e in errors] == ["bad_url", "bad_url", "no_format", "nested_list", "no_format"] and done["n"] == 5
    catalog.answers["/moved.m3u"] = (302, {"Location": "file:///etc/passwd"}, b"")
    assert (resolve(catalog.url + "/moved.m3u").only["class"], resolve(catalog.url + "/moved.m3u").only["code"]) == ("permanent", "bad_redirect")


@pytest.mark.parametrize("name, text, code", [
    ("x.m3u8", "#EXTM3U\n#EXT-X-VERSION:3\n", "hls"), ("x.xspf", "<playlist>", "bad_list"), ("x.xml", "<html/>", "unknown_list"), ("x.rss", "<a/>", "bad_list"), ("x.pdf/y.txt.z", "hello", "unknown_list"),
    ("x.rss", '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><rss>&b;</rss>', "bad_list")])
def test_what_is_no_list_is_one_clear_error(resolve, tmp_path, name, text, code):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    error = resolve(path).only
    assert (error["kind"], error["class"], error["code"], error["id"]) == ("error", "permanent", code, ident("file:playlist", path))


@pytest.mark.parametrize("name, data, kind", [
    ("x.m3u", b"fLaC\0\0\0\x22" + bytes(range(256)) * 20, "begins like flac"), ("x.m3u8", b"ID3\4\0\0\0\0\0\0" + b"\xff\xfb\x90\0" * 99, "begins like mp3"),
    ("x.csv", b"PK\3\4\x14\0\6\0" + bytes(40), "is not text"), ("x.pls", bytes((n * 37 + 11) % 256 for n in range(3000)), "is not text"),
    ("x.txt", b"\x1f\x8b\x08\0" + bytes(99), "is not text"), ("x.xml", b"\x89PNG\r\n\x1a\n" + bytes(99), "is not text")])
def test_bytes_under_a_lists_name_are_one_error(resolve, catalog, tmp_path, name, data, kind):
    (tmp_path / name).write_bytes(data)
    catalog.answers["/" + name] = (200, {"Content-Type": "text/plain"}, data)
    for ref, shown in ((tmp_path / name, tmp_path / name), (f"{catalog.url}/{name}?key=s3cret", f"{catalog.url}/{name}?…")):
        done = resolve(ref)
        assert (done.only["class"], done.only["code"]) == ("permanent", "bad_list")
        assert done.only["message"] == f"{shown} is named a list but is not one: it {kind}" and done.stderr.count("\n") == 1


@pytest.mark.parametrize("front, title", [("", "a\0b\1\2\3"), ("\0\1\2\3\n", "ab"), ("\ufeff\1 ", "\0\0\0ab")])
def test_a_feed_with_control_characters_anywhere_is_a_feed(resolve, tmp_path, front, title):
    (tmp_path / "x.xml").write_text(f'{front}<?xml version="1.0"?><rss><channel><title>S</title>{DATED.format(title, "")}</channel></rss>'.replace("h/" + title, "h/ab"))
    episode, done = resolve(tmp_path / "x.xml").records
    assert (episode["track"]["title"], done["n"]) == ("ab", 1)


def test_prose_under_a_lists_name_is_told_by_its_lines(resolve, tmp_path):
    path = tmp_path / "letter.m3u"
    path.write_text("# a letter\nDear Ana,\n\nthe song is here.flac\nftp://h/x.mp3\n")
    *errors, done = resolve(path).records
    assert [e["code"] for e in errors] == ["local_file", "local_file", "bad_url"] and done["n"] == 3
    dear, song, scheme = (e["message"] for e in errors)
    assert dear.startswith(f"line 2 of {path} is neither a link nor a reference, and there is no file at that path, {tmp_path}/Dear Ana,")
    assert song.startswith(f"line 4 of {path} names {tmp_path}/the song is here.flac, but there is no such file, nor was it in the library")
    assert scheme == f"line 5 of {path} is neither an http or https link nor a file of this machine: ftp://h/x.mp3"


def test_of_many_mistakes_the_first_are_told_and_how_many_more(resolve, tmp_path):
    path = tmp_path / "long.txt"
    path.write_text("".join(f"verse {n}\n" for n in range(60)))
    done = resolve(path)
    assert [r["kind"] for r in done.records] == ["error"] * 60 + ["done"]
    told = done.stderr.splitlines()
    assert len(told) == 6 and all(f"line {n + 1} of {path}" in line for n, line in enumerate(told[:5])) and told[5] == f"resolve: 55 more entries of {path} failed"


@pytest.mark.parametrize("name, text", [
    ("x.m3u", ""), ("x.m3u", "#EXTM3U\n# nothing\n\n"), ("x.pls", "[playlist]\nNumberOfEntries=0\n"), ("x.txt", "; one\n# two\n"), ("x.csv", ""), ("x.csv", "title,artist\n"),
    ("x.rss", "<rss><channel><title>T</title></channel></rss>"), ("x.xspf", '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList/></playlist>')])
def test_a_list_of_nothing_succeeds_with_a_word(resolve, catalog, tmp_path, name, text):
    (tmp_path / name).write_text(text)
    catalog.answers["/" + name] = text.encode()
    for ref, shown in ((tmp_path / name, tmp_path / name), (f"{catalog.url}/{name}?key=s3cret", f"{catalog.url}/{name}?…")):
        done = resolve(ref)
        assert (done.status, done.only["kind"], done.only["n"], done.stderr) == (0, "done", 0, f"resolve: {shown} has no entries\n")


def test_a_list_that_cannot_be_had_is_told_by_its_link_without_what_is_secret_in_it(resolve, catalog):
    error = resolve(catalog.url + "/gone/feed.xml?token=s3cret").only
    assert error["message"] == f"{catalog.url}/gone/feed.xml?…: {catalog.url[7:]} answered 404"


DATED = '<item><title>{0}</title>{1}<enclosure url="http://h/{0}.mp3" type="audio/mpeg"/></item>'


@pytest.fixture
def dated(tmp_path):
    """A feed of episodes with dates of all kinds, two of which tell nothing."""
    dates = {"a": "<pubDate>Mon, 02 Mar 2026 23:30:00 EST</pubDate>", "b": "<pubDate>04/03/2026</pubDate>", "c": "<dc:date>2026-03</dc:date>", "d": "",
             "e": "<pubDate>5. März 2026</pubDate>", "f": "<pubDate>2026/03/01</pubDate>", "g": "<pubDate>1 Apr 2127</pubDate>"}
    (tmp_path / "dated.xml").write_text(f"<rss><channel><title>S</title>{''.join(DATED.format(*pair) for pair in dates.items())}</channel></rss>")
    return tmp_path / "dated.xml"


def test_dates_are_read_however_they_are_written_and_what_has_two_readings_is_left_out(resolve, dated):
    done = resolve(dated)
    days = {r["track"]["title"]: r["track"].get("release_date") for r in done.records[:-1]}
    assert days == {"a": "2026-03-03", "b": None, "c": "2026-03", "d": None, "e": "2026-03-05", "f": "2026-03-01", "g": "2127-04-01"}
    assert "1 date that cannot be read is left out: 04/03/2026" in done.stderr


@pytest.mark.parametrize("options, expected, told", [
    (["--since", "2026-03-03"], "aceg", "no date is known for b and 1 more, which --since leaves out"), (["--since", "2126-01-01"], "g", "--since leaves out"),
    (["--last", "3"], "aeg", "no date is known for b and 1 more, which --last takes to be the oldest"), (["--last", "7"], "abcdefg", None)])
def test_an_episode_without_a_date_is_not_dropped_in_silence(resolve, dated, options, expected, told):
    done = resolve(*options, dated)
    assert "".join(r["track"]["title"] for r in done.records[:-1]) == expected
    assert told in done.stderr if told else "no date is known" not in done.stderr


@pytest.mark.parametrize("day, told", [("2026-13-40", ", and there is no 2026-13-40"), ("2026-02-30", ", and there is no 2026-02-30"), ("2025-02-29", ", and there is no"), ("yesterday", ""), ("2026-1-5", ""), ("2026-06", "")])
def test_since_takes_a_day_that_there_is(resolve, dated, day, told):
    done = resolve("--since", day, dated)
    assert done.status == 64 and done.stdout == b"" and "--since takes a day as YYYY-MM-DD" + told in done.stderr


def test_a_tables_dates_are_dates(resolve, catalog, tmp_path):
    dates = ["2019", "2019-07", "July 2019", "2019-07-04T10:00:00Z", "04.07.2019", "07/04/2019", "", "2019-02-31"]
    (tmp_path / "x.csv").write_text("url,release date\n" + "".join(f"http://h/{n}.mp3,{date}\n" for n, date in enumerate(dates)))
    done = resolve(tmp_path / "x.csv")
    assert [r["track"].get("release_date") for r in done.records[:-1]] == ["2019", "2019-07", "2019-07", "2019-07-04", "2019-07-04", None, None, None]
    assert "2 dates that cannot be read are left out: 07/04/2019 and so on" in done.stderr


def test_a_list_that_is_not_there_is_an_error(resolve, catalog, tmp_path):
    assert resolve("nowhere.m3u").only["code"] == "no_file" and resolve(catalog.url + "/nowhere.m3u").only["code"] == "http_404"
    (tmp_path / "folder.m3u").mkdir()
    assert resolve("folder.m3u").only["kind"] == "error"


def test_what_a_feed_makes_of_its_guids_is_told(resolve, tmp_path):
    def told(*episodes):
        items = "".join(f'<item><title>{t}</title><guid>{g}</guid><enclosure url="http://h/{l}" type="audio/mpeg"/></item>' for t, g, l in episodes)
        (tmp_path / "f.rss").write_text(f"<rss><channel><title>Show</title>{items}</channel></rss>")
        done = resolve("--rows", "f.rss")
        return [(r["id"], r["ref"]) for r in done.records[:-1]], done.stderr

    (one, two), said = told(("A", " g ", "a.mp3?token=1"), ("B", "h", "b.mp3"))
    assert not said and one[1] == "http://h/a.mp3?token=1" and one[0] != ident("url:track", one[1])
    assert told(("B", "h", "b.mp3"), ("A", "g", "x.mp3"))[0] == [two, (one[0], "http://h/x.mp3")]
    twice, said = told(("A", "g", "a.mp3?token=1"), ("A", "g", "a.mp3?token=2"))
    assert twice == [one] and "1 entry is repeated" in said
    shared, said = told(("A", "g", "a.mp3?token=1"), ("B", "g", "b.mp3"))
    assert shared == [(ident("url:track", "http://h/a.mp3"), one[1]), (ident("url:track", "http://h/b.mp3"), "http://h/b.mp3")]
    assert "2 entries share a guid" in said


def test_the_ids_of_other_lists_are_those_of_the_links_as_written(resolve, tmp_path):
    (tmp_path / "x.m3u").write_text("http://h/a.mp3?token=1\nhttp://h/a.mp3?token=2\n")
    rows = resolve("--rows", "x.m3u").records[:-1]
    assert [r["id"] for r in rows] == [ident("url:track", r["ref"]) for r in rows] and not any("aliases" in r for r in rows)


def test_a_page_in_place_of_a_feed_is_said(resolve, catalog):
    catalog.answers["/feed"] = (200, {"Content-Type": "text/html"}, b"<!doctype html><html><body>Log in</body></html>")
    assert resolve(catalog.url + "/feed").only["code"] == "unknown_list"


def test_a_list_is_read_in_what_its_server_says_that_it_is_written_in(resolve, catalog):
    text = "#EXTM3U\n#EXTINF:5,Хор - Зима\nhttp://h/a.mp3\n"
    for codec, label in (("cp1251", "charset=windows-1251"), ("koi8-r", 'Charset="KOI8-R"; x=y')):
        catalog.answers["/l.m3u"] = (200, {"Content-Type": "audio/x-mpegurl; " + label}, text.encode(codec))
        assert resolve(catalog.url + "/l.m3u").records[0]["track"]["title"] == "Зима"


def test_a_feed_that_breaks_off_ends_with_an_error_behind_the_episodes_before(resolve, catalog):
    item = "<item><title>{}</title><enclosure url='http://h/{}.mp3' type='audio/mpeg'/></item>"
    start = "<rss><channel><title>A & B</title>" + item.format(1, 1) + item.format(2, 2)
    for rest, kind in (("<item><title>x</channel>", "permanent"), ("<item><title>x", "transient")):
        catalog.answers["/f.xml"] = (start + rest).encode()
        result = resolve(catalog.url + "/f.xml")
        assert [r["id"] for r in result.records[:-1]] == [ident("url:track", f"http://h/{n}.mp3") for n in (1, 2)]
        assert [result.records[-1][name] for name in ("kind", "class", "code")] == ["error", kind, "bad_list"]
        assert "1 place that is no XML, read as it is meant" in result.stderr


def test_a_long_list_is_never_held_in_memory(peak_memory, tmp_path, catalog):
    path = tmp_path / "long.m3u"
    with open(path, "w") as file:
        for block in range(100):
            file.write("".join(f"#EXTINF:200,Artist {n} - Title {n}\nhttp://h/{block}/{n}{'x' * 60}.mp3\n" for n in range(1000)))
    assert peak_memory("resolve", "--rows", "--catalog", catalog.url, path, stdout=tmp_path / "out") < 40 << 20
    assert sum(1 for _ in open(tmp_path / "out", "rb")) == 100_001


@pytest.mark.parametrize("name, start, fill, code", [
    ("x.m3u", b"#EXTM3U\n", b"\0", "bad_list"), ("x.pls", b"[playlist]\n", b"\0", "bad_list"), ("x.csv", b'title,artist\n"', b"\0", "bad_list"), ("y.csv", b"title,artist\n", b",", "bad_list"),
    ("x.txt", b"http://h/a.mp3\n", b"x", "bad_list"), ("x.xspf", b'<playlist version="1" xmlns="http://xspf.org/ns/0/"><title>', b"x", "too_large"),
    ("x.rss", b'<rss version="2.0"><channel><title>', b"x", "too_large")])
def test_a_file_of_a_gigabyte_that_never_ends_a_line_is_one_clear_error_in_little_memory(peak_memory, tmp_path, name, start, fill, code):
    path = tmp_path / name
    path.write_bytes(start + fill * (16 << 20))
    os.truncate(path, 1 << 30)
    assert peak_memory("resolve", path, stdout=tmp_path / "out") < 64 << 20
    *_, error = [json.loads(line) for line in open(tmp_path / "out", "rb")]
    assert (error["class"], error["code"]) == ("permanent", code)


def test_a_list_of_another_machine_has_an_end(peak_memory, tmp_path, catalog):
    catalog.answers["/endless.m3u"] = b"#EXTM3U\n" + b"#\n" * (128 << 20)
    assert peak_memory("resolve", catalog.url + "/endless.m3u", stdout=tmp_path / "out") < 64 << 20
    assert [json.loads(line)["code"] for line in open(tmp_path / "out", "rb")] == ["too_large"]


def test_a_table_that_ends_within_quotation_marks_is_refused(resolve, tmp_path):
    (tmp_path / "x.csv").write_text('title,artist\nTitle 1,Anna\n"Title 2,Anna\nTitle 3,Anna\n')
    assert resolve("x.csv").records[-1]["code"] == "bad_list" and "line 3: a quotation mark is not closed" in resolve("x.csv").stderr


def test_lists_and_catalogs_come_mixed_in_one_run(resolve, tmp_path, catalog, feed):
    (tmp_path / "a.xspf").write_text('<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>http://h/a.flac</location></track></trackList></playlist>')
    done = resolve("a.xspf", "track:1", feed, "http://h/b.mp3", "album:5")
    assert done.status == 0 and [r["kind"] for r in done.records] == ["track", "done", "track"] + ["track"] * 5 + ["done"] + ["track"] * 3 + ["done"]
    assert len({json.dumps(r["id"]) for r in done.records}) == 13 - 1


def test_a_feed_without_end_takes_no_memory_without_end(resolve, catalog):
    """Whoever sends it may send one item for ever; what came before is told all the same."""
    item = '<item><guid>same</guid><enclosure url="http://h/a.mp3" type="audio/mpeg"/></item>'
    catalog.answers["/feed.xml"] = (200, {"Content-Type": "application/rss+xml"}, f"<rss><channel><title>S</title>{item * 60_000}</channel></rss>".encode())
    episode, error = resolve("--quick", catalog.url + "/feed.xml").records
    assert episode["kind"] == "track" and (error["class"], error["code"]) == ("permanent", "too_large") and "50000 episodes" in error["message"]
