"""segue follow: the driver itself asks for lists when they are due, cheaply, and moves, ends and mirrors them."""

import json
import os
import pathlib
import re
import sqlite3
import subprocess
import time

import pytest
from podcast import Podcast
from programs import ENVIRONMENT, PROGRAMS


class Follower:
    """A library that follows lists; `pass_time` makes all of them due, as if that much time had gone by."""

    def __init__(self, drive, tmp_path):
        stages = [
            {"name": "expand", "run": ["resolve", "--rate", "0", "--rows", "--library", "Music"], "mode": "expand"},
            {"name": "resolve", "run": ["resolve", "--rate", "0", "--library", "Music"]}, {"name": "fetch", "run": ["fetch"]},
            {"name": "place", "run": ["place", "--library", "Music"]}, {"name": "record", "run": ["record", "--library", "Music"]}]
        self.driven = drive(None, stages)

    def follow(self, *arguments):
        done = self.driven.segue("follow", *arguments)
        assert done.status == 0, done.stderr
        return done

    def run(self):
        done = self.driven.segue("run", "--quiet")
        assert done.status in (0, 1), done.stderr
        return done

    def pass_time(self):
        with self.ledger as ledger:
            ledger.execute("UPDATE follow SET due = due - every, wait = max(1, wait) WHERE due IS NOT NULL")

    @property
    def ledger(self):
        (path,) = self.driven.folder.rglob("ledger.sqlite")
        return sqlite3.connect(path, timeout=30)

    @property
    def followed(self):
        return self.driven.segue("followed", "--json").records

    @property
    def sounds(self):
        return sorted(p.stem for p in self.driven.library.rglob("*.mp3") if ".segue" not in p.parts)


@pytest.fixture
def follower(drive, tmp_path):
    return Follower(drive, tmp_path)


@pytest.fixture
def podcast(site, tmp_path):
    return Podcast(site, tmp_path)


def episodes(podcast, *numbers, day=""):
    return [podcast.episode(f"/{day}{n}.mp3", f"Ep {n}", f"quay:{n}", f"Mon, {n:02} Mar 2026 06:00:00 GMT") for n in numbers]


def test_a_followed_feed_brings_what_is_new_when_it_is_due(follower, podcast, site):
    podcast.feed(*episodes(podcast, 2, 1))
    assert "1 followed" in follower.follow("--every", "6h", podcast.url).stdout.decode()
    follower.run()
    (first,) = follower.followed
    assert (first["new"], first["left"], first["result"], first["state"], first["title"]) == (2, 0, "changed", "resting", "Quay News")
    # It is not due: nobody asks for it.
    podcast.feed(*episodes(podcast, 3, 2, 1))
    follower.run()
    assert site.count("/feed.xml") == 1
    follower.pass_time()
    done = follower.run()
    assert site.count("/feed.xml") == 2 and "Quay News: 1 new, 0 left" in done.stderr and len(follower.sounds) == 3
    (again,) = follower.followed
    assert (again["new"], again["left"]) == (1, 0) and again["good"] == again["changed"] and again["due"] > again["tried"]
    assert follower.driven.segue("unfollow", podcast.url).status == 0 and follower.followed == []
    again = follower.driven.segue("unfollow", podcast.url)
    assert again.status == 1 and f"{podcast.url} is not followed" in again.stderr
    assert len(follower.sounds) == 3


def test_a_feed_that_did_not_change_costs_one_request_and_nothing_else(follower, podcast, site):
    podcast.feed(*episodes(podcast, 2, 1))
    status, headers, text = site.answers["/feed.xml"]
    site.answers["/feed.xml"] = (status, {**headers, "ETag": '"one"', "Last-Modified": "Mon, 02 Mar 2026 06:00:00 GMT"}, text)
    follower.follow(podcast.url)
    follower.run()
    before = follower.driven.segue("list", "--json").stdout
    conditions = []

    def same(request):
        conditions.append((request.headers["If-None-Match"], request.headers["If-Modified-Since"]))
        return 304, {}, b""

    site.answers["/feed.xml"] = same
    follower.pass_time()
    follower.run()
    assert conditions == [('"one"', "Mon, 02 Mar 2026 06:00:00 GMT")] and podcast.asked == 2
    (follow,) = follower.followed
    assert (follow["result"], follow["new"], follow["failures"] if "failures" in follow else 0) == ("unchanged", 2, 0)
    after = follower.driven.segue("list", "--json").stdout
    assert len(before.splitlines()) == len(after.splitlines()) == 3
    assert len((follower.driven.library / "Playlists/Quay News.m3u8").read_text().splitlines()) > 2


def test_a_list_of_a_catalog_that_did_not_change_costs_a_request_for_each_of_its_documents(follower, shop, home, site):
    store = shop(1, 4)
    follower.driven = home(store)
    answers = {path: site.answers[path] for path in ("/playlist/1", "/playlist/1/tracks")}

    def tagged(path):
        def answer(request):
            tag = f'"{hash(json.dumps(answers[path]))}"'
            return (304, {}, b"") if request.headers["If-None-Match"] == tag else (200, {"ETag": tag}, json.dumps(answers[path]).encode())

        return answer

    for path in answers:
        site.answers[path] = tagged(path)
    follower.follow("playlist:1")
    follower.run()
    assert follower.followed[0]["new"] == 4
    count = len(site.requests)
    follower.pass_time()
    follower.run()
    assert [path.split("?")[0] for path in site.requests[count:]] == ["/playlist/1", "/playlist/1/tracks"] and follower.followed[0]["result"] == "unchanged"
    answers["/playlist/1/tracks"] = {"data": answers["/playlist/1/tracks"]["data"][:3], "total": 3}
    follower.pass_time()
    follower.run()
    # It still announces four.
    assert (follower.followed[0]["result"], follower.followed[0]["left"]) == ("unchanged", 0)
    answers["/playlist/1"] |= {"nb_tracks": 3}
    follower.pass_time()
    follower.run()
    assert (follower.followed[0]["result"], follower.followed[0]["left"]) == ("changed", 1)


def test_a_feed_that_is_gone_is_asked_for_no_more(follower, podcast, site):
    podcast.feed(*episodes(podcast, 1))
    follower.follow(podcast.url)
    follower.run()
    site.answers["/feed.xml"] = (410, {}, b"gone")
    follower.pass_time()
    assert "is followed no longer" in follower.run().stderr
    (follow,) = follower.followed
    assert (follow["state"], follow["result"]) == ("ended", "gone") and "due" not in follow and len(follower.sounds) == 1
    count = site.count("/feed.xml")
    follower.run()
    assert site.count("/feed.xml") == count


def test_a_feed_that_moves_for_good_is_followed_there_and_brings_nothing_twice(follower, podcast, site, tmp_path):
    podcast.feed(*episodes(podcast, 2, 1))
    follower.follow(podcast.url)
    follower.run()
    Podcast(site, tmp_path, "/new.xml").feed(*episodes(podcast, 3, 2, 1))
    for status in (302, 301):
        site.answers["/feed.xml"] = (status, {"Location": "/new.xml"}, b"")
        follower.pass_time()
        done = follower.run()
        assert ("it has moved to" in done.stderr) == (status == 301), done.stderr
    assert follower.followed[0]["ref"].endswith("/new.xml") and podcast.asked == len(follower.sounds) == 3
    count = site.count("/feed.xml")
    follower.pass_time()
    follower.run()
    assert site.count("/feed.xml") == count and site.count("/new.xml") == 3


def test_what_fails_is_put_off_and_loses_nothing(follower, podcast, site):
    podcast.feed(*episodes(podcast, 2, 1))
    good = site.answers["/feed.xml"]
    follower.follow("--mirror", "--max-trash", "10", podcast.url)
    follower.run()
    for count, answer in enumerate([(404, {}, b"none"), (200, {"Content-Type": "text/html"}, b"<html><p>Please log in"), (200, {}, b"")], 1):
        site.answers["/feed.xml"] = answer
        follower.pass_time()
        with follower.ledger as ledger:
            ledger.execute("UPDATE follow SET due = 1")
        follower.run()
        (follow,) = follower.followed
        assert (follow["result"], follow["failures"], len(follower.sounds)) == ("failed", count, 2) and follow["message"]
        assert follow["good"] < follow["due"]
    site.answers["/feed.xml"] = good
    with follower.ledger as ledger:
        ledger.execute("UPDATE follow SET due = 1")
    follower.run()
    assert follower.followed[0]["result"] == "unchanged" and len(follower.sounds) == 2


def test_what_left_a_mirrored_list_goes_to_the_trash_within_limits(follower, podcast):
    podcast.feed(*episodes(podcast, 3, 2, 1))
    follower.follow("--mirror", podcast.url)
    follower.run()
    podcast.feed(*episodes(podcast, 3))
    follower.pass_time()
    assert "nothing is thrown away" in follower.run().stderr and len(follower.sounds) == 3
    follower.follow("--mirror", "--max-trash", "2", podcast.url)
    follower.pass_time()
    assert "2 moved to the trash" in follower.run().stderr and len(follower.sounds) == 1
    assert len(list((follower.driven.library / ".segue/trash").rglob("*.mp3"))) == 2
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", follower.driven.library], env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 0, done.stdout


def test_kills_lose_nothing_of_what_is_followed_and_leave_nothing_behind(follower, podcast):
    podcast.feed(*episodes(podcast, 3, 2, 1))
    follower.follow("--mirror", "--max-trash", "20", podcast.url)
    for number in range(4, 10):
        process = follower.driven.start("--quiet")
        time.sleep(0.3 * (number - 3))
        process.kill()
        process.communicate()
        podcast.feed(*episodes(podcast, number, number - 1, number - 2))
        follower.pass_time()
    follower.run()
    assert [name[-4:] for name in follower.sounds] == ["Ep 7", "Ep 8", "Ep 9"] and follower.followed[0]["state"] == "resting"
    done = subprocess.run([PROGRAMS / "segue", "verify", "--library", follower.driven.library], env=ENVIRONMENT, capture_output=True)
    assert done.returncode == 0, done.stdout


def test_of_a_feed_only_the_newest_are_kept(follower, podcast):
    podcast.feed(*episodes(podcast, 4, 3, 2, 1))
    follower.follow("--keep", "2", "--mirror", "--max-trash", "5", podcast.url)
    follower.run()
    assert len(follower.sounds) == 2
    podcast.feed(*episodes(podcast, 5, 4, 3, 2, 1))
    follower.pass_time()
    follower.run()
    assert [name[-4:] for name in follower.sounds] == ["Ep 4", "Ep 5"]


@pytest.fixture
def pages(podcast, site, tmp_path):
    """The paths of a feed's three pages, with two episodes each; the last leads to the first again."""
    paths = ["/feed.xml", "/feed.xml?page=1", "/feed.xml?page=2"]
    for number, page in enumerate([[6, 5], [4, 3], [2, 1]]):
        Podcast(site, tmp_path, paths[number]).feed(*episodes(podcast, *page))
        following = f'<channel xmlns:atom="http://www.w3.org/2005/Atom"><atom:link rel="next" href="/feed.xml?page={(number + 1) % 3}"/>'
        status, headers, text = site.answers[paths[number]]
        site.answers[paths[number]] = (status, {**headers, "ETag": f'"{number}"'}, text.replace(b"<channel>", following.encode()))
    return paths


def test_a_feed_in_pages_is_read_to_its_last(follower, podcast, pages):
    follower.follow(podcast.url)
    follower.run()
    assert len(follower.sounds) == 6 and follower.followed[0]["new"] == 6


@pytest.mark.parametrize("answer", [
    (404, {}, b"gone"), (403, {}, b"no"), (200, {"Content-Type": "text/html"}, b"<!DOCTYPE html><p>Please log in"),
    (301, {"Location": "http://10.0.0.1/feed.xml"}, b"")], ids=["not found", "forbidden", "a portal", "led away"])
def test_what_stood_on_a_page_that_cannot_be_read_has_not_left(answer, follower, podcast, pages, site):
    follower.follow("--mirror", "--max-trash", "10", podcast.url)
    follower.run()
    whole = {path: site.answers[path] for path in pages}
    site.answers[pages[0]] = (200, {}, whole[pages[0]][2])
    site.answers[pages[1]] = answer
    follower.pass_time()
    done = follower.run()
    assert "it was not read whole" in done.stderr and "moved to the trash" not in done.stderr
    assert len(follower.sounds) == 6 and follower.followed[0]["left"] == 0 and "not read whole" in follower.followed[0]["message"]
    # The page comes back, without an episode that really left.
    site.answers.update(whole)
    site.answers[pages[1]] = (200, {}, whole[pages[2]][2])
    follower.pass_time()
    done = follower.run()
    assert "2 moved to the trash" in done.stderr and [name[-4:] for name in follower.sounds] == ["Ep 1", "Ep 2", "Ep 5", "Ep 6"]


SUITES = os.environ.get("SEGUE_SUITES")


def completed(text):
    """A feed of which every item has a guid and a sound."""
    def complete(match):
        item, sound = match[0], '<link rel="enclosure" href="a.mp3"/>' if match[1] == "entry" else '<enclosure url="a.mp3" length="1" type="audio/mpeg"/>'
        own = ("" if re.search(r"<(guid|id)\b", item) else f"<guid>own:{match.start()}</guid>") + ("" if re.search(r"audio/|\.mp3|\.ogg", item) else sound)
        return re.sub(r"^<(item|entry)([^>]*)>", rf"<\1\2>{own}", item)

    if not re.search(r"<(item|entry)\b", text):
        text = text.replace("</channel>", "<item><title>Its own</title></item></channel>")
    return re.sub(r"<(item|entry)\b.*?</\1>", complete, text, flags=re.DOTALL)


def rotated(text, root):
    """The feed with every link to a sound leading elsewhere, to one of its own."""
    numbers = iter(range(10_000))
    return re.sub(
        r"(<(?:enclosure|media:content|(?:atom:)?link(?=[^>]*enclosure))\b[^>]*?\b(?:url|href)=)([\"']).*?\2",
        lambda match: f'{match[1]}"{root}/{next(numbers)}.mp3"', text, flags=re.DOTALL)


@pytest.mark.skipif(not SUITES, reason="needs SEGUE_SUITES")
def test_of_real_feeds_no_episode_comes_again_when_every_link_is_another_one(follower, podcast, site):
    podcast.sound(site.url + "/sound.mp3")
    sound = site.answers["/sound.mp3"]
    feeds = {path.stem: completed(path.read_bytes().decode()) for path in sorted(pathlib.Path(SUITES, "podcastparser/tests/data").glob("*.rss"))}

    def publish(day):
        for name, text in feeds.items():
            text = rotated(text, f"{site.url}/{day}/{name}")
            site.answers[f"/feeds/{name}.xml"] = (200, {"Content-Type": "application/rss+xml"}, text.encode())
            for path in re.findall(rf"{site.url}(/{day}/[^\"]*)\"", text):
                site.answers[path] = sound

    publish("one")
    follower.follow(*[f"{site.url}/feeds/{name}.xml" for name in feeds])
    follower.run()
    read = [follow for follow in follower.followed if follow["result"] == "changed"]
    assert len(read) >= 60 and site.count("/one/") > 70, (len(read), site.count("/one/"))
    publish("two")
    follower.pass_time()
    follower.run()
    assert {site.requests.count(follow["ref"].removeprefix(site.url)) for follow in read} == {2} and site.count("/two/") == 0
    assert {follow["id"]: follow["new"] for follow in read} == {follow["id"]: follow["new"] for follow in follower.followed if follow["result"] == "unchanged" and follow["new"]}


@pytest.fixture
def serving(follower, start):
    process = start("segue", "serve", "--pipeline", follower.driven.file, "--listen", "127.0.0.1:0", cwd=follower.driven.folder, env=follower.driven.environment)
    for line in process.stderr:
        if b"listening on" in line:
            return line.decode().split()[-1].rstrip("/")
    raise AssertionError("it does not listen")


def asked(url, method="GET", body=None):
    command = ["curl", "-sS", "-X", method, url] + (["--json", json.dumps(body)] if body is not None else [])
    return json.loads(subprocess.run(command, capture_output=True, check=True, timeout=30).stdout)


def until(condition):
    for _ in range(600):
        if value := condition():
            return value
        time.sleep(0.1)
    raise AssertionError("it does not happen")


def test_a_server_asks_by_itself_and_sync_leaves_it_the_work(follower, podcast, serving, site):
    podcast.feed(*episodes(podcast, 1))
    follow = asked(f"{serving}/v1/follows", "POST", {"ref": podcast.url, "every": "6h"})
    until(lambda: follower.sounds and follower.followed[0]["state"] == "resting")
    assert asked(f"{serving}/v1/follows")["follows"][0]["new"] == 1
    podcast.feed(*episodes(podcast, 2, 1))
    assert asked(f"{serving}/v1/follows/{follow['id']}/poll", "POST")["id"] == follow["id"]
    until(lambda: len(follower.sounds) == 2)
    shown = asked(f"{serving}/v1/follows/{follow['id']}")
    assert [track["title"] for track in shown["new_tracks"]] == ["Ep 2"] and shown["left_tracks"] == []
    podcast.feed(*episodes(podcast, 3, 2, 1))
    done = follower.driven.segue("sync", "--json", podcast.url)
    assert done.status == 0 and [r["sync"] for r in done.records] == ["new"] and "the driver that runs works on it" in done.stderr
    assert len(follower.sounds) == 3 and podcast.asked == 3
    assert asked(f"{serving}/v1/follows/{follow['id']}", "DELETE") == {"items": 1}
    assert asked(f"{serving}/v1/follows/{follow['id']}")["code"] == "no_follow"


@pytest.mark.parametrize("body", [{}, {"ref": "track:1"}, {"ref": "http://h/a.mp3"}, {"ref": "/etc/list.m3u"}, {"ref": "http://h/f.xml", "every": "4m"},
    {"ref": "http://h/f.xml", "every": "soon"}, {"ref": "http://h/f.xml", "keep": 0}])
def test_what_cannot_be_followed_is_refused(body, serving):
    assert asked(f"{serving}/v1/follows", "POST", body)["status"] == 422


def test_feeds_come_from_opml_and_go_there_without_secrets(follower, tmp_path):
    (tmp_path / "in.opml").write_text(
        '<?xml version="1.0"?><opml version="1.1"><body><outline text="News &amp; more"><outline text="A & B" xmlUrl="http://h/a.xml?id=7&amp;token=secret1"/>'
        '<outline title="C" xmlURL="http://me:secret2@h/c.xml"/></outline><outline text="again" xmlUrl="http://h/c.xml"/><outline type="link" url="http://h/more.opml"/>'
        "</body></opml>")
    done = follower.follow("--opml", str(tmp_path / "in.opml"), "--every", "1d")
    assert "2 followed" in done.stdout.decode()
    written = follower.driven.segue("followed", "--opml")
    assert "without what may be a secret" in written.stderr
    text = written.stdout.decode() + written.stderr + follower.driven.segue("followed").stdout.decode() + follower.driven.segue("followed", "--json").stdout.decode()
    assert "secret1" not in text and "secret2" not in text
    assert 'xmlUrl="http://h/a.xml?id=7"' in text and 'xmlUrl="http://h/c.xml"' in text
    (tmp_path / "out.opml").write_bytes(written.stdout)
    assert follower.driven.segue("follow", "--opml", str(tmp_path / "out.opml"), "--json").records[0]["followed"] <= 1
