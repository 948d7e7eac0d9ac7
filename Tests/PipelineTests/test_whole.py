"""What comes home is whole: what no player can open, or is cut, is in no library, and costs no other entry anything."""

import re
import subprocess

import mutagen
import pytest
import yaml
from programs import ROOT

FEED = "<rss><channel><title>Show</title>{}</channel></rss>"
ITEM = '<item><title>{0}</title><enclosure url="/{0}" type="{1}"/></item>'


def encoded(folder, form):
    path = folder / f"tone.{form}"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=frequency=330:duration=1.5", path], check=True)
    return path.read_bytes()


def without(data, name):
    """An MP4 file without one of its atoms."""
    rest, place = b"", 0
    while place < len(data):
        size = int.from_bytes(data[place:place + 4], "big")
        rest += data[place:place + size] if data[place + 4:place + 8] != name else b""
        place += size
    return rest


@pytest.fixture
def episodes(tmp_path):
    """By their names: what the server has, how it calls that, and under what code each fails with and without verify."""
    flac, m4a, ogg, mp3 = (encoded(tmp_path, form) for form in ("flac", "m4a", "ogg", "mp3"))
    noise = bytes((n * n * 31 + n * 7 + 5) % 251 for n in range(9000))
    return {
        "noise.mp3": (noise, "audio/mpeg", "not_audio", "not_audio"), "head.flac": (flac[:60], "audio/flac", "damaged", "bad_audio"),
        "no-moov.m4a": (without(m4a, b"moov"), "audio/mp4", "damaged", "bad_audio"), "head.ogg": (ogg[:58], "audio/ogg", "damaged", "bad_audio"),
        "nothing.mp3": (b"", "audio/mpeg", "empty", "empty"), "page.mp3": (b"<!DOCTYPE html><html><body>Gone</body></html>" * 40, "audio/mpeg", "not_audio", "not_audio"),
        "tag.mp3": (b"ID3\x04\0\0\0\0\x10\0" + bytes(9000), "audio/mpeg", "damaged", "bad_audio"), "cut.mp3": (mp3[:-100], "audio/mpeg", "damaged", None),
        "good.mp3": (mp3, "audio/mpeg", None, None)}


def stages(verify):
    road = [
        {"name": "expand", "run": ["resolve", "--rows", "--rate", "0"], "mode": "expand"}, {"name": "resolve", "run": ["resolve", "--rate", "0"]}, {"name": "fetch", "run": ["fetch"]},
        {"name": "verify", "run": ["verify"]}, {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
    return [stage for stage in road if verify or stage["name"] != "verify"]


@pytest.mark.parametrize("verify", [True, False], ids=["with verify", "without"])
def test_what_no_player_can_open_is_an_error_of_its_own_and_not_in_the_library(site, drive, episodes, verify):
    for name, (data, kind, *_) in episodes.items():
        site.answers[f"/{name}"] = (200, {"Content-Type": kind}, data)
    site.answers["/feed.xml"] = FEED.format("".join(ITEM.format(name, kind) for name, (_, kind, *_) in episodes.items())).encode()
    driven = drive(None, stages(verify), retry={"attempts": 2, "base": "20ms", "cap": "50ms"})
    done = driven.segue("run", "--quiet", site.url + "/feed.xml")
    codes = {item["title"]: (item.get("failure") or {}).get("code") for item in driven.items().values() if item["kind"] == "track"}
    assert codes == {name: told if verify else other for name, (_, _, told, other) in episodes.items()}
    assert done.status == 1
    names = {path.split("/")[-1] for path in driven.essences if not path.startswith("Playlists")}
    assert names == {f"{name}.mp3" for name, (_, _, *told) in episodes.items() if told[0 if verify else 1] is None}
    assert not [path for path in (driven.folder / "state/spool").iterdir() if path.is_file()]


def test_the_pipeline_that_users_copy_looks_at_what_it_places():
    names = [stage["name"] for stage in yaml.safe_load((ROOT / "Pipelines/library.yaml").read_text())["stages"]]
    assert names.index("verify") == names.index("place") - 1


def test_a_list_that_has_fewer_tracks_than_it_announced_is_told_by_the_driver(shop, home):
    shop = shop(2, 2)
    shop.lists(1, [shop.row(n) for n in range(3)])
    shop.site.answers["/playlist/1/tracks"]["total"] = 8
    driven = home(shop)
    done = driven.segue("run", "playlist:1", "album:1")
    assert done.status == 0 and re.findall(r"(?m)^short  .*the catalog announced 8 tracks and listed 3$", done.stderr)
    assert "1 list has fewer tracks than announced" in done.stderr and done.stderr.count("short  ") == 1
    items = driven.items()
    assert [items["catalog:playlist:1"][name] for name in ("announced", "listed")] == [8, 3] and "announced" not in items["catalog:album:1"]
    assert "the catalog announced 8 tracks and listed 3" in driven.segue("show", "playlist:1").stdout.decode()


def test_a_feed_that_names_a_wrong_type_brings_what_its_files_are(site, drive, tmp_path):
    kinds = {"flac": "FLAC", "m4a": "MP4", "ogg": "OggVorbis", "mp3": "MP3"}
    files = {f"{form}.mp3": encoded(tmp_path, form) for form in kinds}
    files["mp3.m4a"] = files["mp3.mp3"]
    for name, data in files.items():
        site.answers[f"/{name}"] = (200, {"Content-Type": "audio/mpeg"}, data)
    items = "".join(ITEM.format(name, "audio/x-m4a" if name.endswith("m4a") else "audio/mpeg") for name in files)
    site.answers["/feed.xml"] = FEED.format(items).encode()
    driven = drive(None, stages(verify=True), retry={"attempts": 2, "base": "20ms", "cap": "50ms"})
    for _ in range(2):
        assert driven.segue("run", "--quiet", site.url + "/feed.xml").status == 0
    placed = sorted(path.suffix[1:] for path in driven.library.glob("*/*/*") if not path.name.startswith("."))
    assert placed == sorted([*kinds, "mp3"])
    for path in driven.library.glob("*/*/[!.]*"):
        assert type(mutagen.File(path)).__name__ == kinds[path.suffix[1:]]
    assert all(site.count(f"/{name}") == 1 for name in files)
    # Who asks for a format gets that or an error.
    picky = drive(None, [{**stage, "run": [*stage["run"], "--formats", "mp3"]} if stage["run"][0] == "resolve" else stage for stage in stages(verify=True)],
                  name="picky", retry={"attempts": 1})
    assert picky.segue("run", "--quiet", site.url + "/feed.xml").status == 1
    failures = {item["title"]: item["failure"]["code"] for item in picky.items("--state", "failed").values()}
    assert failures == {"flac.mp3": "not_audio", "m4a.mp3": "not_audio", "ogg.mp3": "not_audio", "mp3.m4a": "no_format"}


def test_what_a_feed_calls_lossless_and_is_not_is_no_upgrade_of_itself(site, drive, tmp_path):
    site.answers["/one"] = (200, {"Content-Type": "audio/flac"}, encoded(tmp_path, "mp3"))
    site.answers["/feed.xml"] = FEED.format(ITEM.format("one", "audio/flac")).encode()
    known = [{**stage, "run": [*stage["run"], "--library", "Music", "--upgrade"]} if stage["run"][0] == "resolve" else stage for stage in stages(verify=True)]
    driven = drive(None, known)
    for _ in range(3):
        assert driven.segue("run", "--quiet", site.url + "/feed.xml").status == 0
        assert driven.segue("clear", "--state", "done").status == 0
    assert site.count("/one") == 1 and [path.suffix for path in driven.library.glob("*/*/[!.]*.*")] == [".mp3"]
    site.answers["/one"] = (200, {"Content-Type": "audio/flac"}, encoded(tmp_path, "flac"))
    site.answers["/feed.xml"] = FEED.format(ITEM.format("one", "audio/wav")).encode()
    # Something else is offered now.
    assert driven.segue("run", "--quiet", site.url + "/feed.xml").status == 0
    assert site.count("/one") == 2 and [path.suffix for path in driven.library.glob("*/*/[!.]*.*")] == [".flac"]
