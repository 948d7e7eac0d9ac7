"""resolve, with a source that is a program: what it asks, what it gets for it, and what it makes of the answers."""

import json
import pathlib
import shlex
import signal
import time

import jsonschema
import pytest
import source
from programs import ROOT, lines
from referencing import Registry, Resource

RECORD = json.loads((ROOT / "Pipelines" / "record.schema.json").read_text())
SCHEMA = json.loads((ROOT / "Pipelines" / "source.schema.json").read_text())
VALIDATOR = jsonschema.Draft202012Validator(
    SCHEMA, registry=Registry().with_resource("record.schema.json", Resource.from_contents(RECORD)))


class Talk:
    """What a transcript says, checked against the schema."""

    def __init__(self, path):
        self.lines = [(line[0], json.loads(line[2:]) if line[0] in "<>" else line[2:]) for line in path.read_text().splitlines()]
        for mark, line in self.lines:
            if mark != "!":
                VALIDATOR.validate(line)

    @property
    def questions(self):
        return [line for mark, line in self.lines if mark == ">" and "kind" not in line]

    @property
    def got(self):
        return [line for mark, line in self.lines if mark == ">" and "kind" in line]

    @property
    def broken(self):
        return [line for mark, line in self.lines if mark == "!"]


@pytest.fixture
def resolve(run, site, tmp_path):
    """resolve("def track(id): ...", "x:track:1") -> Outcome with `talk`, of a source that is changed so."""

    def call(changes, *arguments, **more):
        command = shlex.join([*source.write(tmp_path / "source.py", changes), site.url])
        (tmp_path / "talk").unlink(missing_ok=True)
        done = run("resolve", "--rate", "0", "--source", f"x={command}", "--transcript", "talk", *arguments, **more)
        done.talk = Talk(tmp_path / "talk") if (tmp_path / "talk").exists() else None
        return done

    return call


def test_media_that_is_not_at_a_base_of_the_source_is_on_the_internet(resolve):
    far = resolve("def media(id): return {'url': 'http://x.example/a', 'format': 'flac'}", "x:track:1").only
    near = resolve("", "x:track:1").only
    assert far["media"]["far"] is True and "far" not in near["media"]


@pytest.mark.parametrize("name", ["artwork_url", "artist_artwork_url"])
def test_a_picture_that_is_not_at_a_base_of_the_source_is_on_the_internet(resolve, site, name):
    changes = "def track(id): say('track', id=id, track=told(id) | {%r: %r, 'artwork_far': False}, media=media(id))"
    far = resolve(changes % (name, "http://x.example/a.jpg"), "x:track:1").only
    near = resolve(changes % (name, site.url + "/a.jpg"), "x:track:1").only
    assert far["track"]["artwork_far"] is True and "artwork_far" not in near["track"] and "far" not in far["media"]


GETS = """
def track(id):
    answer = get(BASE + "/" + id, FORM)
    say("track", id=id, track={"title": str(answer.get("body"))[:200], "comment": json.dumps(answer)[:900]}, media=media(id))
"""


def gets(form="text"):
    return GETS.replace("FORM", repr(form))


def told(done):
    return json.loads(done.only["track"]["comment"])


def test_a_list_becomes_its_tracks_and_each_is_asked_for(resolve):
    done = resolve("", "album:1")
    assert done.status == 0 and [record["kind"] for record in done.records] == ["track"] * 3 + ["done"]
    assert [record["id"] for record in done.records] == ["x:track:1", "x:track:2", "x:track:3", "x:album:1"]
    assert [record["seq"] for record in done.records[:3]] == [1, 2, 3] and done.records[0]["parent"] == "x:album:1"
    assert done.records[3]["n"] == 3 and done.records[3]["collection"] == {"type": "album", "title": "A list"}
    assert done.talk.questions == [{"hello": 1, "name": "x"}, {"expand": "album:1"}, {"track": "1"}, {"track": "2"}, {"track": "3"}]
    assert done.talk.broken == []


def test_rows_are_asked_for_by_nobody_where_only_rows_are_wanted(resolve):
    done = resolve("", "--rows", "album:1")
    assert [record["kind"] for record in done.records] == ["request"] * 3 + ["done"]
    assert done.records[0]["track"]["title"] == "Song 1" and len(done.talk.questions) == 2


def test_a_row_with_media_is_the_whole_track(resolve):
    done = resolve("def row(id): track(id)", "album:1")
    assert [record["kind"] for record in done.records] == ["track"] * 3 + ["done"] and len(done.talk.questions) == 2


def test_a_long_list_comes_page_by_page(resolve):
    pages = "def expand(question):\n n = int(question.get('next', '0'))\n row(str(n))\n say('done', total=4, next=str(n + 1) if n < 3 else None)"
    done = resolve(pages, "--rows", "playlist:1")
    assert [record["id"] for record in done.records] == [f"x:track:{n}" for n in range(4)] + ["x:playlist:1"]
    assert [question.get("next") for question in done.talk.questions[1:]] == [None, "1", "2", "3"]
    assert done.records[-1]["n"] == 4 and done.records[-1]["total"] == 4


def test_what_gives_way_between_the_list_and_the_track_fails_alone(resolve):
    done = resolve("def track(id):\n if id == '2': return refuse()\n say('track', id=id, track={'title': 'New'}, media=media(id))", "album:1")
    assert [record["kind"] for record in done.records] == ["track", "error", "track", "done"]
    assert done.records[0]["track"] == {"title": "New"} and done.records[1]["code"] == "no_data"
    assert done.records[1]["record"]["kind"] == "request"


def test_one_of_several_media_is_chosen_and_an_album_has_the_name_in_front(resolve):
    offers = "def media(id): return [{'url': BASE + '/a', 'format': 'flac'}, {'url': BASE + '/b', 'format': 'mp3', 'quality': 'mp3_320'}]\ndef told(id): return {'title': 'T', 'album_id': '9', 'release_date': 'soon'}"
    record = resolve(offers, "--formats", "mp3_320", "track:1").only
    assert record["media"]["format"] == "mp3" and record["track"] == {"title": "T", "album_id": "x:album:9"}
    assert resolve(offers, "--formats", "ogg", "track:1").only["code"] == "no_format"


def test_the_forms_of_an_answer(resolve, site):
    site.answers["/1"] = (200, {"Content-Type": "text/plain", "Link": "</2>; rel=next"}, "line\nanother é".encode() + b"\xff")
    answer = told(resolve(gets(), "track:1"))
    assert answer == {"kind": "answer", "status": 200, "type": "text/plain", "link": "</2>; rel=next", "body": "line\nanother é�"}
    site.answers["/1"] = (200, {}, b'{\n "a": [1,\r\n2.50]\n}')
    assert told(resolve(gets("json"), "track:1"))["body"] == {"a": [1, 2.5]}
    site.answers["/1"] = (200, {}, bytes(range(256)) * 5000)
    read = "def track(id):\n answer = get(BASE + '/1', 'file')\n with open(answer['file'], 'rb') as file: data = file.read()\n say('track', id=id, track={'title': str(data == bytes(range(256)) * 5000)}, media=media(id))"
    assert resolve(read, "track:1").only["track"]["title"] == "True"
    site.answers["/1"] = (200, {}, b"<html>")
    assert resolve(gets("json"), "track:1").only["code"] == "bad_document"
    site.answers["/1"] = (200, {}, bytes(9 << 20))
    assert told(resolve(gets(), "track:1"))["code"] == "too_large"
    site.answers["/1"] = (302, {"Location": "/2"}, b"")
    site.answers["/2"] = (200, {}, b"moved")
    assert told(resolve(gets(), "track:1"))["body"] == "moved"


def test_what_is_not_there_is_for_the_source_to_judge(resolve):
    record = resolve(gets(), "track:1").only
    assert record["kind"] == "track" and json.loads(record["track"]["comment"])["code"] == "http_404"
    passed = resolve("def track(id): print(json.dumps(get(BASE + '/' + id)), flush=True)", "track:1").only
    assert (passed["kind"], passed["class"], passed["code"]) == ("error", "permanent", "http_404") and passed["host"].startswith("127.0.0.1:")


@pytest.mark.parametrize("says", ["say('done')", "refuse()", "say('error', **{'class': 'permanent'}, code='http_503', message='gone')"])
def test_a_list_does_not_end_because_a_server_was_busy(resolve, site, says):
    site.answers["/list"] = (503, {}, b"")
    record = resolve(f"def expand(question):\n get(BASE + '/list')\n {says}", "album:1").only
    assert (record["kind"], record["class"], record["code"]) == ("error", "transient", "http_503")


def test_a_pause_is_the_servers_and_what_was_got_later_is_forgiven(resolve, site):
    site.answers["/1"] = (429, {"Retry-After": "7"}, b"")
    record = resolve(gets(), "track:1").only
    assert (record["class"], record["code"], record["retry_after_s"]) == ("throttled", "http_429", 7) and record["host"].startswith("127.0.0.1:")
    count = []

    def later(request):
        count.append(1)
        return (503, {}, b"") if len(count) == 1 else (200, {}, b"now")

    site.answers["/1"] = later
    record = resolve("def track(id):\n get(BASE + '/1')\n say('track', id=id, track={'title': get(BASE + '/1')['body']}, media=media(id))", "track:1").only
    assert record["kind"] == "track" and record["track"]["title"] == "now"


def test_a_source_cannot_pause_others(resolve):
    record = resolve("def track(id): say('error', **{'class': 'throttled'}, code='slow', message='wait', host='other.example', retry_after_s=600000)", "track:1").only
    assert record["class"] == "transient" and "host" not in record


def test_a_password_goes_with_the_request_and_the_program_never_sees_it(resolve, site, tmp_path):
    seen = []
    site.answers["/1"] = lambda request: seen.append(request.headers["Authorization"]) or (200, {}, b"fine")
    (tmp_path / "credentials").write_text(f"x {site.url.removeprefix('http://')} bearer S3CR3T\n")
    (tmp_path / "credentials").chmod(0o600)
    look = "def track(id):\n get(BASE + '/1')\n say('track', id=id, track={'comment': ' '.join(sorted(os.environ))}, media=media(id))"
    done = resolve(look, "--credentials", "credentials", "track:1", env={"SEGUE_SPOOL": str(tmp_path), "TOKEN": "S3CR3T"})
    assert seen == ["Bearer S3CR3T"]
    assert b"S3CR3T" not in done.stdout and "S3CR3T" not in (tmp_path / "talk").read_text() and "S3CR3T" not in done.stderr
    names = set(done.only["track"]["comment"].split())
    assert {"PATH", "HOME"} <= names and not names & {"TOKEN", "SEGUE_SPOOL", "XDG_STATE_HOME"}


def test_what_is_near_is_not_asked_unless_the_source_says_so(resolve, site):
    site.answers["/1"] = {"secret": 1}
    record = resolve("def hello(): say('hello')\n" + gets(), "track:1").only
    assert record["code"] == "bad_url" and site.requests == []
    # Neither by a name that leads here.
    done = resolve("def hello(): say('hello', base=['https://music.example'])\n" + gets().replace("BASE", "BASE.replace('127.0.0.1', 'localhost')"), "track:1")
    assert done.only["code"] == "bad_url" and site.requests == [] and "asks-the-web" in done.talk.broken[0]


def test_search_finds_tracks_and_albums(resolve):
    done = resolve("def search(text, kind, limit):\n say(kind, id='5', collection={'title': text, 'creator': 'Who'}) if kind != 'track' else row('1')\n say('done')", "--search", "blue", "--type", "album")
    assert done.only["ref"] == "x:album:5" and done.only["collection"] == {"type": "album", "title": "blue", "creator": "Who"}
    assert done.talk.questions[1] == {"search": "blue", "type": "album", "limit": 25}
    assert resolve("", "--search", "blue").only["track"]["title"] == "Song 1"


def test_a_picture_of_what_a_search_found_is_near_only_where_the_source_is(resolve, site):
    search = "def search(text, kind, limit):\n say(kind, id='5', collection={'title': text, 'artwork_url': 'PICTURE'})\n say('done')"
    for picture, far in ((f"{site.url}/c", None), ("http://x.example/c", True)):
        hit = resolve(search.replace("PICTURE", picture), "--search", "blue", "--type", "album").only
        assert (hit["collection"]["artwork_url"], hit.get("far")) == (picture, far)


def test_a_row_of_a_list_is_found_by_search(resolve, tmp_path):
    (tmp_path / "list.csv").write_text("title,artist\nSong 1,Artist\nElse,Nobody\n")
    done = resolve("", "list.csv")
    assert [(record["kind"], record.get("code")) for record in done.records] == [("track", None), ("error", "not_found"), ("done", None)]
    assert done.records[0]["id"] == "x:track:1"


def test_a_row_without_an_id_is_looked_up_in_all_sources(resolve, site):
    site.answers["/search"] = {"data": [{"id": 8, "title": "Other 8", "artist": {"name": "Else"}}]}
    site.answers["/track/8"] = site.answers["/search"]["data"][0]
    site.answers["/media/8"] = {"data": [{"format": "flac", "url": f"{site.url}/file/8"}]}
    rows = "def expand(question):\n for title in ('Song 1', 'Other 8', 'None'): say('track', track={'title': title})\n say('track', id=None, track={'artist': 'A'})\n say('done', total=4)"
    search = "def search(text, kind, limit):\n row('1')\n say('done')"
    done = resolve(f"{rows}\n{search}", "--catalog", f"shop={site.url}", "x:playlist:1")
    one, other, lost, empty, end = done.records
    assert [(r["kind"], r["id"]) for r in (one, other)] == [("track", "x:track:1"), ("track", "shop:track:8")]
    assert one["match"] == {"by": "names", "row": "Song 1"} and other["match"] == {"by": "names", "row": "Other 8"}
    assert (lost["code"], empty["code"]) == ("not_found", "bad_row") and lost["record"]["track"] == {"title": "None"} and end["n"] == 4
    assert [r["seq"] for r in (one, other, lost, empty)] == [1, 2, 3, 4]
    assert ["right-members" in line for line in done.talk.broken] == [True]


def test_a_link_to_a_page_of_the_source_is_what_it_is_about(resolve):
    done = resolve("def hello(): say('hello', base=[BASE], pages={'https://www.example.org/details/': 'album'})", "https://www.example.org/details/1?x")
    assert [record["kind"] for record in done.records] == ["track"] * 3 + ["done"] and done.records[3]["id"] == "x:album:1"


SHELVES = "def hello(): say('hello', base=[BASE], kinds=['shelf'], pages={'https://www.example.org/shelf/': 'shelf'})\n"


@pytest.mark.parametrize("reference, asked", [
    ("x:shelf:a/b:1", "shelf:a/b:1"), ("x:shelf:a b=(c) AND d:1", "shelf:a b=(c) AND d:1"), ("https://www.example.org/shelf/a/b.mp3:1?x#y", "shelf:a/b.mp3:1")])
def test_a_source_may_have_lists_of_a_kind_of_its_own(resolve, reference, asked):
    done = resolve(SHELVES + "def expand(question):\n row('1')\n say('done', collection={'title': question['expand']})", reference)
    assert [record["kind"] for record in done.records] == ["track", "done"], done.records
    assert done.records[1]["collection"] == {"type": "playlist", "title": asked} and done.talk.questions[1] == {"expand": asked}


def test_a_list_may_say_what_it_is(resolve):
    done = resolve(SHELVES + "def expand(question): say('done', collection={'type': 'album'})", "x:shelf:1")
    assert done.only["collection"] == {"type": "album"}


def test_a_kind_that_a_source_does_not_have_is_told_with_those_that_it_has(resolve):
    record = resolve(SHELVES, "x:shelves:1").only
    assert (record["class"], record["code"]) == ("permanent", "bad_ref")
    assert record["message"] == "x has nothing of the kind shelves; its kinds are track, album, playlist, artist, shelf"


def test_media_that_has_expired_is_asked_for_again(resolve):
    old = {"v": 1, "kind": "track", "id": "x:track:1", "track": {"title": "Mine"}, "media": {"url": "http://old.example/", "format": "flac", "expires_at": "2001-01-01T00:00:00Z"}}
    record = resolve("", stdin=lines(old)).only
    assert record["media"]["url"].endswith("/audio/1") and record["track"] == {"title": "Mine"}


def test_a_source_that_failed_is_started_again_for_the_next_question(resolve):
    done = resolve("def track(id):\n if id == '2': sys.exit(1)\n say('track', id=id, track=told(id), media=media(id))", "track:1", "track:2", "track:3")
    assert [record["kind"] for record in done.records] == ["track", "error", "track"]
    assert (done.records[1]["class"], done.records[1]["code"]) == ("transient", "source") and "host" not in done.records[1]
    assert [question for question in done.talk.questions if "hello" in question] == [{"hello": 1, "name": "x"}] * 2


def test_a_silent_source_is_left_alone_for_a_while(resolve):
    done = resolve("def track(id): time.sleep(600)", "--patience", "2", "track:1", "track:2", "track:3")
    assert [record["code"] for record in done.records] == ["source"] * 3
    assert len([question for question in done.talk.questions if "track" in question]) == 1


def test_nothing_that_a_source_started_outlives_resolve(start, site, tmp_path):
    command = shlex.join([*source.write(tmp_path / "source.py", "def track(id):\n open('pid', 'w').write(str(os.getpid()))\n time.sleep(600)"), site.url])
    process = start("resolve", "--source", f"x={command}", "track:1")
    end = time.monotonic() + 30
    while not ((tmp_path / "pid").exists() and (tmp_path / "pid").read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 75
    pid = int((tmp_path / "pid").read_text())
    while pathlib.Path(f"/proc/{pid}").exists():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_what_is_mistyped_is_told_before_anything_is_done(run, tmp_path):
    for argument in ("x", "x=", "album=cat", "x=./no-such-program ARG", "x=no-such-program-anywhere", "a b=cat"):
        done = run("resolve", "--source", argument, "x:track:1")
        assert done.status == 64 and done.stdout == b"", argument
    done = run("resolve", "--source", "x=cat", "--catalog", "x=http://127.0.0.1:1", "x:track:1")
    assert done.status == 64 and "one name" in done.stderr
    described = run("resolve", "--describe", "--source", "x=cat", "--catalog", "http://127.0.0.1:1").only
    assert described["catalogs"] == ["catalog", "x"] and described["sources"] == ["x"]
    assert run("resolve", "--patience", "0", "--source", "x=cat", "x:track:1").status == 64
    assert run("resolve", "--source", "x=cat", "y:track:1").only["code"] == "no_catalog"
