"""The source for the Internet Archive, against an archive of its shape on loopback and beside the archive's own client."""

import collections
import hashlib
import json
import urllib.parse
import zlib

import archive
import internetarchive
import pytest
from judged import verdicts
from programs import ROOT

PROGRAM = ROOT / "Pipelines/sources/internet_archive.py"


@pytest.fixture
def shelf():
    server = archive.Archive()
    yield server
    server.close()


@pytest.fixture
def resolve(run, shelf):
    """resolve("item:x") -> the records of an item, without its own line, and that."""
    def call(*arguments, **more):
        return run("resolve", "--rate", "0", "--source", f"ia={PROGRAM} {shelf.url}", *arguments, **more)

    return call


@pytest.fixture
def home(drive, shelf):
    """home() -> a drive from the archive into a library."""
    def call(*options, **more):
        source = ["--rate", "0", "--source", f"ia={PROGRAM} {shelf.url}", *options, "--library", "Music"]
        return drive(None, [
            {"name": "resolve", "run": ["resolve", *source], "mode": "expand"}, {"name": "fetch", "run": ["fetch"]}, {"name": "verify", "run": ["verify"]},
            {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}],
            hosts={"*": {"parallel": 8}}, **more)

    return call


def book(shelf, item="small_book_librivox", chapters=3, **metadata):
    """Originals with tags, and what was derived from them at fewer bits, without titles."""
    files = []
    for number in range(1, chapters + 1):
        stem = f"smallbook_{number:02}_writer"
        files += [(f"{stem}_64kb.mp3", archive.audio("mp3", 500 + number), {
            "source": "derivative", "format": "64Kbps MP3", "original": f"{stem}_128kb.mp3", "length": "0:00.4"}),
                  (f"{stem}.ogg", archive.audio("ogg", 0), {"source": "derivative", "format": "Ogg Vorbis", "original": f"{stem}_64kb.mp3"}),
                  (f"{stem}_128kb.mp3", archive.audio("mp3", 600 + number), {
                      "format": "128Kbps MP3", "title": f"{number:02} - Chapter {number}", "track": f"{number:02}/{chapters:02}", "album": "A Small Book",
                      "artist": "Ann Writer", "length": "0.33"})]
    shelf.add(item, [*files, ("front cover.jpg", archive.jpeg(), {"format": "JPEG"}), ("page.jpg", archive.jpeg(), {"format": "JPEG"})], **{
        "mediatype": "audio", "collection": "librivoxaudio", "title": "A Small Book", "creator": ["Ann Writer", "LibriVox Volunteers"], "date": "[1901]",
        "subject": "a; b", "venue": {}, **metadata})


def odd(shelf, item="odd-names"):
    """Folders, names that a URL cannot have, one file that is not public, and one that nobody can play."""
    names = ["CD1/01 50% #1 — sound?check.flac", "CD1/02 b.flac", "CD2/01 a&b=c+d.flac", "CD2/02 ünï😀.flac", "CD2/03 locked.flac"]
    shelf.add(item, [(name, archive.audio("flac", 700 + number), {"format": "24bit Flac"} | ({"private": "true"} if "locked" in name else {}))
                     for number, name in enumerate(names)] + [("CD2/04 old.shn", b"ajkg", {"format": "Shorten"})],
              mediatype="audio", collection="oddments", title=["Odd", "Names"], creator="Some One", date="2001-00-00")


def tracks(done):
    return [record for record in done.records if record["kind"] == "track"]


def test_it_keeps_every_rule(shelf, tmp_path):
    archive.concert(shelf, "tq2019", 4)
    found = verdicts(tmp_path, [PROGRAM, shelf.url], "--reference", "item:tq2019", "--reference", "collection:tq2019", "--reference", "track:tq2019/tq2019d1t01", "--timeout", "60")
    assert {record["verdict"] for record in found.values()} == {"pass"}, found


def test_an_item_is_told_in_its_own_words(shelf, resolve):
    book(shelf)
    done = resolve("ia:item:small_book_librivox")
    one, _, _ = tracks(done)
    assert one["id"] == "ia:track:small_book_librivox/smallbook_01_writer_128kb"
    assert one["track"] == {
        "title": "01 - Chapter 1", "artists": ["Ann Writer"], "artist": "Ann Writer", "album": "A Small Book", "album_id": "ia:album:small_book_librivox",
        "album_artist": "Ann Writer, LibriVox Volunteers", "track_number": 1, "track_total": 3, "release_date": "1901", "duration_s": 0.33,
        "artwork_url": f"{shelf.url}/download/small_book_librivox/front%20cover.jpg"}
    data = shelf.data["small_book_librivox", "smallbook_01_writer_128kb.mp3"]
    digests = {name: hashlib.new(name, data).hexdigest() for name in ("sha1", "md5")}
    assert one["media"]["quality"] == "mp3_128" and one["media"]["bytes"] == len(data) and one["media"]["digests"].items() >= digests.items()
    assert done.records[-1] | {"v": 0} == {"v": 0, "kind": "done", "id": "ia:item:small_book_librivox", "n": 3, "total": 3, "collection": {
        "type": "album", "title": "A Small Book", "creator": "Ann Writer", "artwork_url": one["track"]["artwork_url"]}}
    assert len(shelf.requests) == 1 and shelf.agents == {agent for agent in shelf.agents if agent.startswith("segue/")}
    # What was derived is taken where it is wished for.
    for wish, name in (("ogg", "smallbook_01_writer.ogg"), ("mp3_64", "smallbook_01_writer_64kb.mp3")):
        assert tracks(resolve("--formats", wish, "ia:item:small_book_librivox"))[0]["media"]["url"].endswith(f"/{name}")


def test_folders_are_discs_and_names_may_be_any(shelf, resolve, run):
    odd(shelf)
    done = resolve("ia:item:odd-names")
    found = tracks(done)
    assert [(one["track"]["disc_number"], one["track"]["track_number"], one["track"]["title"]) for one in found] == [
        (1, 1, "01 50% #1 — sound?check"), (1, 2, "02 b"), (2, 1, "01 a&b=c+d"), (2, 2, "02 ünï😀")]
    assert {one["track"]["release_date"] for one in found} == {"2001"} and {one["media"]["quality"] for one in found} == {"flac_24"}
    assert [(one["code"], one["message"]) for one in done.records if one["kind"] == "error"] == [
        ("catalog_denied", "ia: CD2/03 locked.flac is not open to the public"), ("no_format", "ia: there is only CD2/04 old.shn")]
    fetched = run("fetch", stdin=done.stdout)
    public = [data for (_, name), data in shelf.data.items() if name.endswith("flac") and "locked" not in name]
    assert {record["file"]["sha256"] for record in tracks(fetched)} == {hashlib.sha256(data).hexdigest() for data in public}
    # Each id leads to the same track again.
    assert [one["track"] for one in resolve(*(one["id"] for one in found)).records] == [one["track"] for one in found]


def test_an_item_that_is_lent_out_gives_nothing(shelf, resolve):
    book(shelf, **{"access-restricted-item": "true"})
    assert {record.get("code") for record in resolve("ia:item:small_book_librivox").records} == {"catalog_denied", None}


@pytest.mark.parametrize("path, count", [("", 3), ("/", 3), ("/smallbook_02_writer_64kb.mp3", 1), ("/smallbook_02_writer_128kb.mp3?x=1#start", 1), ("/CD2", 0)])
def test_a_link_to_a_page_is_the_item_or_what_it_names_of_it(shelf, resolve, path, count):
    book(shelf)
    found = tracks(resolve(f"{shelf.url}/details/small_book_librivox{path}"))
    assert len(found) == count and (count != 1 or found[0]["track"]["track_number"] == 2)


def test_the_folder_of_a_link_is_that_folder(shelf, resolve):
    odd(shelf)
    assert [one["track"]["disc_number"] for one in tracks(resolve(f"{shelf.url}/details/odd-names/CD1"))] == [1, 1]
    assert [one["track"]["title"] for one in tracks(resolve(f"{shelf.url}/details/odd-names/CD2/02%20%C3%BCn%C3%AF%F0%9F%98%80.flac"))] == ["02 ünï😀"]


def test_an_item_of_another_form_fails_alone(shelf, resolve):
    for item in ("one", "broken", "two"):
        shelf.add(item, [("a.mp3", b"x", {"format": "VBR MP3"})], mediatype="audio", title=item, collection="many")
    shelf.items["broken"]["files"] = 5
    shelf.add("many", [], mediatype="collection")
    done = resolve("ia:collection:many")
    assert sorted(record["kind"] for record in done.records) == ["done", "error", "track", "track"]
    (error,) = [record for record in done.records if record["kind"] == "error"]
    assert (error["id"], error["class"]) == ("ia:track:broken", "transient")


@pytest.mark.parametrize("reference", ["ia:collection:etree", "ia:item:etree", "ia:search:collection:etree", "ia:artist:Testing Quartet"])
def test_a_collection_comes_in_pages_and_each_item_is_asked_for_once(shelf, resolve, reference):
    for number in range(130):
        archive.concert(shelf, f"tq{number:03}", 2, kinds=["flac"], first=2 * number)
    shelf.add("etree", [], mediatype="collection", title="Live Music")
    shelf.page = 60
    done = resolve(reference)
    assert [one["id"].rpartition("/")[2] for one in tracks(done)] == [f"tq{number:03}d{disc}t0{disc}" for number in range(130) for disc in (1, 2)]
    assert done.records[-1]["collection"]["type"] == ("artist" if "artist" in reference else "playlist") and done.records[-1]["n"] == 260
    asked = collections.Counter(shelf.requests)
    assert {count for path, count in asked.items() if "metadata" in path} == {1} and sum(path.startswith("/metadata/tq") for path in asked) == 130
    assert sum("scrape" in path for path in shelf.requests) == 5


def test_an_item_with_thousands_of_files_comes_in_pages(shelf, resolve):
    shelf.add("large", [(f"{number:05}.mp3", b"x", {"format": "VBR MP3"}) for number in range(4500)], mediatype="audio", title="Large", collection="many")
    shelf.add("small", [("a.mp3", b"x", {"format": "VBR MP3"})], mediatype="audio", title="Small", collection="many")
    shelf.add("many", [], mediatype="collection")
    assert [one["track"]["title"] for one in tracks(resolve("ia:item:large"))] == [f"{number:05}" for number in range(4500)]
    assert [one["track"]["title"] for one in tracks(resolve("ia:collection:many"))] == [f"{number:05}" for number in range(4500)] + ["a"]
    assert shelf.requests.count("/metadata/large") == 2


@pytest.mark.parametrize("answer", [
    {"error": "requested range is too deep"}, {"items": [], "count": 0, "total": 3}, {"items": [], "count": 0, "total": 3, "cursor": "x"},
    {"items": [{"identifier": "tq0"}], "count": 1, "total": 3}, {"items": [], "count": 0, "cursor": "x"}])
def test_a_search_that_breaks_off_is_no_end_of_the_list(shelf, resolve, answer):
    archive.concert(shelf, "tq0", 2)
    shelf.broken_search = answer
    last = resolve("ia:search:collection:etree").records[-1]
    assert (last["kind"], last["class"], last["code"]) == ("error", "transient", "bad_document")


def test_what_is_found_can_be_asked_for(shelf, resolve):
    book(shelf)
    shelf.add("smallbooks", [], mediatype="collection", title="All small books")
    assert resolve("--search", 'small "book', "--type", "album").only["ref"] == "ia:album:small_book_librivox"
    assert resolve("--search", "small", "--type", "playlist").only["collection"] == {"type": "playlist", "title": "All small books", "creator": ""}
    assert resolve("--search", "small").records == []
    assert len(tracks(resolve("ia:album:small_book_librivox"))) == 3


def test_fifty_items_are_to_the_archives_own_client_what_they_are_to_us(shelf, resolve, run, tmp_path):
    """Names, sizes and digests of what each of two wishes chooses, and the bytes."""
    for number in range(24):
        archive.concert(shelf, f"tq{number}", 2 + number % 4, first=10 * number, title=[f"Concert {number}", "Live"] if number % 3 else f"Concert {number}")
        book(shelf, f"book{number}", 1 + number % 3)
    odd(shelf)
    archive.concert(shelf, "flac-only", 3, kinds=["flac"], first=900)
    session = internetarchive.get_session(config={"general": {"secure": False}})
    session.host = shelf.url.removeprefix("http://")
    for wish, kinds in (("flac,mp3", ["Flac", "24bit Flac", "128Kbps MP3"]), ("mp3_vbr,mp3_64", ["VBR MP3", "64Kbps MP3"])):
        done = resolve("--formats", wish, *(f"ia:item:{item}" for item in shelf.items))
        begin = f"{shelf.url}/download/"
        ours = {(urllib.parse.unquote(one["media"]["url"].removeprefix(begin)), one["media"]["bytes"], one["media"]["digests"]["md5"]) for one in tracks(done)}
        theirs = {(f"{item}/{file.name}", file.size, file.md5) for item in shelf.items for file in session.get_item(item).get_files(formats=kinds)
                  if not getattr(file, "private", False)}
        assert len(shelf.items) == 50 and len(ours) > 100 and ours == theirs


def faulty(item, name, count):
    """Of a hundred files seven come wrong the first time, one of these with other bytes."""
    number = zlib.crc32(f"{item}/{name}".encode()) % 100
    return {0: "wrong", 1: 503, 2: 503, 3: "cut", 4: "cut", 5: "cut", 6: 429}.get(number) if count == 1 else None


def test_a_collection_comes_home_whole_however_the_archive_behaves(shelf, home):
    for number in range(30):
        archive.concert(shelf, f"tq{number:02}", 10, kinds=["flac"], first=10 * number, noise=True)
    shelf.add("etree", [], mediatype="collection", title="Live Music")
    shelf.fault = faulty
    driven = home("--formats", "flac", retry={"attempts": 8, "base": "50ms", "cap": "1s"})
    done = driven.segue("run", "--quiet", "ia:collection:etree", timeout=400)
    assert done.status == 0, done.stderr
    wanted = [data for (_, name), data in shelf.data.items() if name.endswith(".flac")]
    assert archive.sounds(path.read_bytes() for path in driven.library.rglob("*.flac")) == archive.sounds(wanted) and len(wanted) == 300
    assert max(shelf.asked.values()) > 1 and sum(map(len, wanted)) < shelf.sent <= 1.02 * sum(map(len, wanted))
    assert len(list((driven.library / "Playlists").glob("Live Music.m3u8"))) == 1


def test_the_next_day(shelf, home):
    archive.concert(shelf, "tq1", 2, kinds=["flac"])
    archive.concert(shelf, "tq2", 2, kinds=["flac"], first=10)
    shelf.add("etree", [], mediatype="collection", title="Live Music")
    driven = home()
    assert driven.segue("run", "--quiet", "ia:collection:etree").status == 0
    before, sent = driven.essences, shelf.sent
    # One item was taken down, the files of another are others and one more, and a third is new.
    shelf.darken("tq1")
    shelf.items["tq1"]["metadata"] |= {"collection": ["etree"], "mediatype": "etree"}
    archive.concert(shelf, "tq3", 2, kinds=["flac"], first=20)
    archive.concert(shelf, "tq2", 3, kinds=["flac"], first=30)
    shelf.added.remove("tq2")
    done = driven.segue("sync", "ia:collection:etree")
    assert done.status == 1, done.stderr
    files = [path for path in driven.essences if path.endswith(".flac")]
    assert len(files) == 7 and set(before) <= set(driven.essences)
    failed = [item for item in driven.items().values() if item["state"] == "failed" and item["kind"] == "track"]
    assert [(item["id"], item["failure"]["code"]) for item in failed] == [("ia:track:tq1", "no_data")] and "taken tq1 down" in failed[0]["failure"]["message"]
    assert shelf.sent - sent == sum(len(shelf.data[item, f"{item}d{disc}t{number:02}.flac"]) for item, disc, number in [("tq2", 2, 3), ("tq3", 1, 1), ("tq3", 2, 2)])


def test_a_program_that_runs_for_days_sees_what_is_new(shelf, start):
    archive.concert(shelf, "tq1", 2, kinds=["flac"])
    shelf.add("etree", [], mediatype="collection", title="Live Music")
    process = start("resolve", "--rate", "0", "--source", f"ia={PROGRAM} {shelf.url}")
    for count in (2, 4):
        process.stdin.write(b"ia:collection:etree\n")
        process.stdin.flush()
        seen = []
        while not seen or seen[-1]["kind"] == "track":
            seen.append(json.loads(process.stdout.readline()))
        assert seen[-1]["n"] == count
        archive.concert(shelf, "tq2", 2, kinds=["flac"], first=10)


def test_a_file_that_changed_between_the_list_and_the_transfer_comes_as_it_is_now(shelf, run):
    archive.concert(shelf, "tq1", 1, kinds=["flac"])
    resolve = ["resolve", "--rate", "0", "--source", f"ia={PROGRAM} {shelf.url}"]
    listed = run(*resolve, "ia:item:tq1")
    archive.concert(shelf, "tq1", 1, kinds=["flac"], first=50)
    assert run("fetch", stdin=listed.stdout).records[0]["code"] in ("wrong_digest", "wrong_length")
    assert run("fetch", stdin=run(*resolve, "ia:track:tq1/tq1d2t01").stdout).only["file"]["bytes"] == len(shelf.data["tq1", "tq1d2t01.flac"])


def test_what_is_mistyped_is_told_at_once_or_by_its_name(shelf, home):
    book(shelf)
    driven = home()
    done = driven.segue("add", "is:item:small_book_librivox")
    assert done.status == 64 and "did you mean ia?" in done.stderr
    assert driven.segue("run", "--quiet", "ia:itm:small_book_librivox", "ia:item:smal_book", "ia:item:small_book_librivox/none.mp3").status == 1
    told = {id: item["failure"]["message"] for id, item in driven.items().items()}
    assert "its kinds are track, album, playlist, artist, item, collection, search" in told["ia:itm:small_book_librivox"]
    assert told["ia:item:smal_book"] == "ia: there is no item smal_book"
    assert told["ia:item:small_book_librivox/none.mp3"] == "ia: the item small_book_librivox has no audio at none.mp3"
