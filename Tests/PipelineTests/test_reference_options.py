"""What a reference says for itself alone, `playlist:3?formats=mp3`, holds for it at every door, and for its tracks to their end."""

import json
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines


@pytest.fixture
def shop(site, tmp_path):
    """A catalog of four tracks, each as FLAC and as MP3; the first request for a file is always refused."""
    for form, options in {"flac": ["-f", "flac"], "mp3": ["-b:a", "128k", "-f", "mp3"]}.items():
        command = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=0.3", *options, tmp_path / f"sound.{form}"]
        subprocess.run(list(map(str, command)), check=True)
    sounds = {form: (tmp_path / f"sound.{form}").read_bytes() for form in ("flac", "mp3")}
    refused = set()

    def audio(number, form):
        def answer(request):
            isFirst = (number, form) not in refused
            refused.add((number, form))
            body = b"" if isFirst else sounds[form]
            request.send_response(403 if isFirst else 200)
            request.send_header("Content-Type", "audio/flac" if form == "flac" else "audio/mpeg")
            request.send_header("Content-Length", str(len(body)))
            request.end_headers()
            request.wfile.write(body)

        return answer

    rows = [{"id": n, "title": f"Song {n}", "artist": {"name": "Artist"}, "duration": 1} for n in range(1, 5)]
    for row in rows:
        site.answers[f"/track/{row['id']}"] = row
        site.answers[f"/media/{row['id']}"] = {"data": [{"format": form, "quality": form, "url": f"{site.url}/audio/{row['id']}.{form}"} for form in sounds]}
        for form in sounds:
            site.answers[f"/audio/{row['id']}.{form}"] = audio(row["id"], form)
    site.answers["/playlist/1"] = {"id": 1, "title": "Mix", "nb_tracks": 4}
    site.answers["/playlist/1/tracks"] = {"data": rows, "total": 4}
    return site


def staged(drive, shop, *options):
    resolve = ["resolve", "--rate", "0", "--catalog", f"shop={shop.url}", *options]
    return drive(None, [
        {"name": "expand", "run": [*resolve, "--rows"], "mode": "expand"}, {"name": "resolve", "run": resolve}, {"name": "fetch", "run": ["fetch"]},
        {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}])


def formats(driven):
    return sorted(p.suffix for p in driven.library.rglob("*") if p.suffix in (".flac", ".mp3") and ".segue" not in str(p))


def test_it_holds_for_the_tracks_of_a_list_through_renewals(drive, shop):
    driven = staged(drive, shop)
    assert driven.segue("run", "playlist:1?formats=mp3").status == 0
    assert formats(driven) == [".mp3"] * 4
    asked = [path for path in shop.requests if path.startswith("/media/")]
    assert len(asked) == 8 and all(path.endswith("?formats=mp3") for path in asked)
    assert driven.show("shop:playlist:1")["ref"] == "shop:playlist:1?formats=mp3"
    assert driven.show("shop:track:2")["record"]["ref"] == "shop:track:2?formats=mp3"
    # By its reference with options, too, since that is what it was added as.
    assert driven.show("playlist:1?formats=mp3")["id"] == "shop:playlist:1"


def test_the_same_list_in_another_format_brings_what_is_not_there(drive, shop):
    driven = staged(drive, shop)
    driven.segue("run", "track:2?formats=mp3")
    assert formats(driven) == [".mp3"]
    done = driven.segue("run", "shop:playlist:1?formats=flac")
    assert done.status == 0 and formats(driven) == [".flac"] * 3 + [".mp3"]
    # Without options it asks for none, by its id as well.
    assert driven.segue("run", "shop:playlist:1").status == 0
    assert "ref" not in driven.show("shop:playlist:1")


def test_a_list_has_options_row_by_row_and_a_mistake_fails_alone(drive, shop):
    driven = staged(drive, shop)
    (driven.folder / "mine.txt").write_text("shop:track:1?formats=mp3\nshop:track:2\nshop:track:3?format=mp3\n")
    assert driven.segue("run", "mine.txt").status == 1
    assert formats(driven) == [".flac", ".mp3"]
    (failed,) = driven.items("--state", "failed").values() if len(driven.items("--state", "failed")) == 1 else [
        item for item in driven.items("--state", "failed").values() if "playlist" not in item["id"]]
    assert failed["failure"]["code"] == "bad_ref" and "format=mp3" in failed["failure"]["message"]


@pytest.mark.parametrize("text", ["playlist:1?format=mp3", "track:1?formats=", "playlist:1?include=albums", "artist:1?include=album"])
def test_a_mistake_is_refused_at_each_door(drive, shop, text):
    driven = staged(drive, shop)
    for command in (["add", text], ["run", text], ["sync", text]):
        done = driven.segue(*command)
        assert done.status == 64 and "option" in done.stderr, done.stderr
    request = json.dumps({"v": 1, "kind": "request", "id": "mine", "ref": text})
    done = driven.segue("add", "-", stdin=f"{text}\n{request}\ntrack:2\n".encode())
    assert done.status == 1 and "line 1:" in done.stderr and "line 2:" in done.stderr
    assert list(driven.items()) == ["shop:track:2"]
    for arguments, stdin in (([text], b""), ([], lines(text))):
        done = subprocess.run([PROGRAMS / "resolve", "--catalog", f"shop={shop.url}", *arguments], input=stdin, capture_output=True, env=ENVIRONMENT, timeout=30)
        (error,) = [json.loads(line) for line in done.stdout.splitlines()]
        assert (error["kind"], error["code"], error["class"]) == ("error", "bad_ref", "permanent")
    assert shop.requests == []


def test_an_id_with_a_question_mark_is_that_id(drive, shop):
    for asked, path in (("what?", "what%3F"), ("a?b=c", "a%3Fb%3Dc")):
        shop.answers[f"/track/{path}"] = {"id": asked, "title": asked, "artist": {"name": "Artist"}, "duration": 1}
        shop.answers[f"/media/{path}"] = shop.answers["/media/1"]
    driven = staged(drive, shop)
    assert driven.segue("run", "shop:track:what?", "shop:track:a?b=c?", "shop:track:1?formats=mp3").status == 0
    assert set(driven.items()) == {"shop:track:what?", "shop:track:a?b=c", "shop:track:1"}
    assert formats(driven) == [".flac", ".flac", ".mp3"]


def test_an_artist_s_releases_can_be_chosen(shop):
    shop.answers["/artist/4"] = {"id": 4, "name": "Artist"}
    shop.answers["/artist/4/albums"] = {"data": [{"id": 1, "record_type": "album"}, {"id": 2, "record_type": "single"}], "total": 2}
    for album, row in ((1, 1), (2, 3)):
        shop.answers[f"/album/{album}"] = {"id": album, "title": f"Album {album}", "artist": {"name": "Artist"}, "nb_tracks": 1}
        shop.answers[f"/album/{album}/tracks"] = {"data": [shop.answers[f"/track/{row}"]], "total": 1}
    command = [PROGRAMS / "resolve", "--rows", "--catalog", f"shop={shop.url}", "artist:4?include=singles&formats=mp3"]
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, timeout=30)
    row, end = [json.loads(line) for line in done.stdout.splitlines()]
    assert (row["id"], row["ref"], end["n"]) == ("shop:track:3", "shop:track:3?formats=mp3", 1)
