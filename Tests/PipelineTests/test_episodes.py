"""Episodes of podcasts are known again, however their links change: nothing is asked for twice, nothing lies there twice."""

import hashlib
import json
import pathlib
import shlex
import shutil
import sqlite3
import subprocess

import pytest
from podcast import Podcast

OLD = pathlib.Path(__file__).parent / "version-0.1.0"
MORNING, LATER, NEXT = "Mon, 02 Mar 2026 06:00:00 GMT", "Mon, 02 Mar 2026 07:00:00 GMT", "Tue, 03 Mar 2026 06:00:00 GMT"


class Listener:
    """A library that follows feeds: by a driver, whose resolve knows the library or not, or by a plain pipe."""

    def __init__(self, way, drive, site, tmp_path):
        self.way, self.site, self.tmp_path = way, site, tmp_path
        knows = ["--library", "Music"] if "library" in way else []
        self.resolve = ["resolve", "--rate", "0", *knows]
        stages = [
            {"name": "expand", "run": [*self.resolve, "--rows"], "mode": "expand"}, {"name": "resolve", "run": self.resolve},
            {"name": "fetch", "run": ["fetch"]}, {"name": "place", "run": ["place", "--library", "Music"]},
            {"name": "record", "run": ["record", "--library", "Music"]}]
        self.driven = drive(None, stages)
        self.library = self.driven.library

    def hear(self, *podcasts):
        """A day's run, and another one at once."""
        for _ in range(2):
            urls = [podcast.url for podcast in podcasts]
            if "pipe" in self.way:
                pipe = f"{shlex.join([*self.resolve, *urls])} | fetch | place --library Music | record --library Music --sweep --fail"
                done = subprocess.run(
                    ["bash", "-o", "pipefail", "-c", pipe], cwd=self.driven.folder, env=self.driven.environment, capture_output=True, timeout=120)
                assert done.returncode == 0, done.stderr
            else:
                done = self.driven.segue("run", "--quiet", *urls)
                assert done.status == 0, done.stderr

    @property
    def sounds(self):
        return sorted(str(p.relative_to(self.library)) for p in self.library.rglob("*.mp3") if ".segue" not in p.parts)

    def entries(self, name="Quay News"):
        lines = (self.library / f"Playlists/{name}.m3u8").read_text().splitlines()
        files = [(self.library / "Playlists" / line).resolve() for line in lines if line[0] != "#"]
        assert all(file.is_file() for file in files), lines
        return [str(file.relative_to(self.library.resolve())) for file in files]

    def has(self, count, podcast, asked=None):
        """So many episodes, each once, each asked for once, all in the playlist; and nothing that would go to the trash."""
        assert len(self.sounds) == count
        assert len(set(self.entries())) == len(self.entries())
        if "plain" not in self.way:
            assert podcast.asked == (asked or count), podcast.site.requests
        if "driver" in self.way:
            for how in (["--dry-run"], []):
                done = self.driven.segue("sync", "--mirror", *how, "--json", podcast.url)
                assert (done.status, done.records) == (0, []), done.stderr
            assert len(self.sounds) == count


@pytest.fixture(params=["driver", "driver with a library", "pipe with a library", "plain pipe"])
def listener(request, drive, site, tmp_path):
    return Listener(request.param, drive, site, tmp_path)


@pytest.fixture
def podcast(site, tmp_path):
    return Podcast(site, tmp_path)


@pytest.mark.parametrize("has_guids", [True, False], ids=["with guids", "without"])
def test_a_link_whose_query_changes_leads_to_the_same_episode(listener, podcast, has_guids):
    links = ["/1.mp3?updated={}", "/2.mp3?id=7&Expires={}&Signature=~{}&Key-Pair-Id=K", "/3.mp3?utm_source=d{}&_={}#t={}", "/4.mp3"]
    for day in "12":
        episodes = [podcast.episode(link.replace("{}", day), f"Ep {n}", f"quay:{n}" if has_guids else None, date=None) for n, link in enumerate(links)]
        listener.hear(podcast.feed(*episodes))
    listener.has(4, podcast)
    assert len(listener.entries()) == 4


@pytest.mark.parametrize("guid", ["quay:1", None])
def test_a_tracker_in_front_of_a_link_changes_nothing(listener, podcast, guid):
    listener.hear(podcast.feed(podcast.episode("/one.mp3", "One", guid)))
    # Of a name that leads nowhere: whoever asks for it fails.
    tracked = f"http://op3.dev/e/{podcast.site.url.removeprefix('http://')}/one.mp3"
    if "plain" not in listener.way:
        listener.hear(podcast.feed(podcast.episode(tracked, "One", guid)))
    listener.has(1, podcast)


def test_a_link_that_changes_wholly_leads_to_what_has_the_same_title_date_and_length(listener, podcast):
    told = [{"duration": "0:01"}, {"length": 5000}, {}, {"date": "02 Mar 2026"}]
    for day in "12":
        listener.hear(podcast.feed(*[podcast.episode(f"/files/{day}/x{n}{day}.mp3", f"Ep {n}", **more) for n, more in enumerate(told)]))
    listener.has(4, podcast)


def test_a_guid_counts_without_the_white_space_around_it(listener, podcast):
    listener.hear(podcast.feed(podcast.episode("/one.mp3", "One", "quay:1")))
    listener.hear(podcast.feed(podcast.episode("/moved.mp3", "One", "\n  quay:1\t", date=NEXT)))
    listener.has(1, podcast)


def test_a_feed_that_moves_does_not_come_again(listener, podcast, site, tmp_path):
    def episodes(path, text):
        return [podcast.episode(f"/{path}/{n}.mp3", f"Ep {n}", f"quay:{n}") for n in text]

    listener.hear(podcast.feed(*episodes("old", "21"), guid="5f0e"))
    listener.hear(Podcast(site, tmp_path, "/moved.xml").feed(*episodes("new", "321"), guid=" 5F0E ", title="Quay News"))
    assert len(listener.sounds) == 3 and len(listener.entries("Quay News (2)")) == 3
    # Without that guid the links say that it is the same.
    listener.hear(Podcast(site, tmp_path, "/again.xml").feed(*episodes("old", "21"), *episodes("new", "3"), title="Quay News"))
    assert len(listener.sounds) == 3 and len(listener.entries("Quay News (3)")) == 3
    if "plain" not in listener.way:
        assert podcast.asked == 3


def test_news_of_another_hour_are_other_news(listener, podcast):
    listener.hear(podcast.feed(podcast.episode("/06.mp3", "News", date=MORNING, duration="1")))
    listener.hear(podcast.feed(podcast.episode("/07.mp3", "News", date=LATER, duration="1"), podcast.episode("/06.mp3", "News", date=MORNING, duration="1")))
    listener.has(2, podcast)
    assert len(listener.entries()) == 2


def test_one_guid_for_all_episodes_is_none(listener, podcast):
    for day in (1, 2, 3):
        listener.hear(podcast.feed(*[podcast.episode(f"/{n}.mp3?token={day}", f"Ep {n}", "same") for n in range(day, 0, -1)]))
    listener.has(3, podcast)
    assert len(listener.entries()) == 3


def test_two_guids_with_one_link_are_two_episodes(listener, podcast):
    listener.hear(podcast.feed(podcast.episode("/latest.mp3", "Monday", "quay:1", MORNING)))
    listener.hear(podcast.feed(podcast.episode("/latest.mp3", "Tuesday", "quay:2", NEXT)))
    if "driver" in listener.way:
        # What left the feed stays.
        listener.driven.segue("sync", podcast.url)
    assert len(listener.sounds) == 2 and len(listener.entries()) == 1
    if "plain" not in listener.way:
        assert podcast.asked == 2


def test_a_guid_counts_within_its_feed(listener, podcast, site, tmp_path):
    other = Podcast(site, tmp_path, "/other.xml").feed(podcast.episode("/b/1.mp3", "One", "1"), title="Other News")
    listener.hear(podcast.feed(podcast.episode("/a/1.mp3", "One", "1")), other)
    assert len(listener.sounds) == 2 and len(listener.entries()) == len(listener.entries("Other News")) == 1
    if "plain" not in listener.way:
        assert podcast.asked == 2


@pytest.mark.parametrize("knowing", [[0, 1], [1]], ids=["both", "the second"])
def test_a_library_whose_ledger_is_gone_knows_its_episodes(drive, site, tmp_path, podcast, knowing):
    listener = Listener("driver with a library", drive, site, tmp_path)
    settings = json.loads(listener.driven.file.read_text())
    for n in {0, 1} - set(knowing):
        settings["stages"][n]["run"] = [word for word in settings["stages"][n]["run"] if word not in ("--library", "Music")]
    listener.driven.file.write_text(json.dumps(settings))
    for day in "123":
        links = [f"/{day}/a{day}.mp3", f"/b.mp3?token={day}"]
        listener.hear(podcast.feed(podcast.episode(links[0], "A"), podcast.episode(links[1], "B", "quay:2")))
        shutil.rmtree(listener.driven.folder / "state")
    listener.has(2, podcast)
    # Somebody removed it: it comes again, once, whatever it is called here and there.
    (listener.library / listener.entries()[0]).unlink()
    listener.hear(podcast)
    assert podcast.asked == 3 and len(listener.sounds) == 2 and len(listener.entries()) == 2


def test_what_left_a_feed_goes_to_the_trash_and_back_though_its_link_changed(drive, site, tmp_path, podcast):
    listener = Listener("driver with a library", drive, site, tmp_path)
    episodes = [[podcast.episode(f"/{day}/{n}.mp3?token={day}", f"Ep {n}", f"quay:{n}") for n in range(6)] for day in range(3)]
    listener.hear(podcast.feed(*episodes[0]))
    before = listener.sounds
    podcast.feed(*episodes[1][1:])
    done = listener.driven.segue("sync", "--mirror", "--json", podcast.url)
    assert done.status == 0 and [r["sync"] for r in done.records] == ["left", "trash"] and len(listener.sounds) == 5
    podcast.feed(*episodes[2])
    done = listener.driven.segue("sync", "--mirror", "--json", podcast.url)
    assert done.status == 0 and [r["sync"] for r in done.records] == ["back", "new"] and listener.sounds == before and podcast.asked == 6


class OldLibrary:
    """A library with its ledger as version 0.1.0 left them, which knew episodes by their links as they were written."""

    def __init__(self, listener, podcast, is_open=False):
        self.listener, self.podcast = listener, podcast
        (listener.library / ".segue").mkdir(parents=True)
        (listener.driven.folder / "state").mkdir()
        self.catalogue, self.ledger = [
            self.database(name, path) for name, path in (
                ("catalogue", listener.library / ".segue/catalogue.sqlite"), ("ledger", listener.driven.folder / "state/ledger.sqlite"))]
        self.feed = self.ident("file:playlist", podcast.url)
        done = {"v": 1, "kind": "done", "id": self.feed, "n": 0, "collection": {"type": "playlist", "title": "Quay News"}}
        self.catalogue.execute(
            "INSERT INTO collection (id, type, title, children, playlist, finished_at) VALUES (?, 'playlist', 'Quay News', 3, 'Quay News.m3u8', '2026-03-02')",
            [self.feed])
        self.ledger.execute(
            "INSERT INTO item (number, id, state, stage, lane, members, line, added, finished) VALUES (1, ?, ?, 6, 1, ?, ?, 1, ?)",
            [self.feed, "open" if is_open else "done", 3 if is_open else 0, json.dumps(done).encode(), None if is_open else 2])

    @staticmethod
    def ident(kind, text):
        return f"{kind}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    @staticmethod
    def database(name, path):
        database = sqlite3.connect(path)
        database.executescript((OLD / f"{name}.sql").read_text())
        return database

    def had(self, seq, link, title, state="done", day="2026-03-02"):
        """An episode that came then, or that was on its way."""
        url = self.podcast.site.url + link
        self.podcast.sound(url)
        track = {"title": title, "artists": ["Quay News"], "artist": "Quay News", "album": "Quay News"} | ({"release_date": day} if day else {})
        record = {"v": 1, "kind": "request", "id": self.ident("url:track", url), "parent": self.feed, "seq": seq, "ref": url, "track": track,
                  "offer": {"url": url, "format": "mp3"}}
        if state == "done":
            record.update(kind="track", placed=self.placed(title, url), recorded={"at": "2026-03-02T10:00:00.000Z"})
            placed = record["placed"]
            self.catalogue.execute(
                "INSERT INTO track (id, path, bytes, sha256, format, duration_s, title, artist, album, section, recorded_at) "
                "VALUES (?, ?, ?, ?, 'mp3', 1.0, ?, 'Quay News', 'Quay News', ?, '2099-03-02T10:00:00.000Z')",
                [record["id"], str(pathlib.Path(placed["path"]).relative_to(self.listener.library)), placed["bytes"], placed["sha256"], title, json.dumps(track)])
            self.catalogue.execute("INSERT INTO member VALUES (?, ?, ?)", [self.feed, seq, record["id"]])
        self.ledger.execute(
            "INSERT INTO item (number, id, state, stage, lane, title, line, added, finished, due) VALUES (?, ?, ?, 2, 1, ?, ?, 1, ?, ?)",
            [seq + 1, record["id"], state, title, json.dumps(record).encode(), 2 if state in ("done", "failed") else None, 1 if state == "waiting" else None])
        self.ledger.execute("INSERT INTO membership VALUES (1, ?, ?, ?)", [seq, seq + 1, state in ("done", "failed")])
        return record["id"]

    def placed(self, title, url):
        file = self.listener.library / f"Quay News/Quay News/{title}.mp3"
        file.parent.mkdir(parents=True, exist_ok=True)
        body = self.podcast.site.answers["/" + url.removeprefix(self.podcast.site.url + "/").split("?")[0]][2]
        file.write_bytes(body)
        return {"path": str(file), "bytes": len(body), "sha256": hashlib.sha256(body).hexdigest(), "format": "mp3", "duration_s": 1.0}

    def close(self):
        for database in (self.catalogue, self.ledger):
            database.commit()
            database.close()


@pytest.mark.parametrize("has_guids", [True, False], ids=["with guids", "without"])
@pytest.mark.parametrize("way", ["driver", "driver with a library", "pipe with a library"])
def test_a_library_of_an_older_version_comes_again_in_nothing(drive, site, tmp_path, podcast, way, has_guids):
    for turn, links in enumerate((["/{n}.mp3?updated=0"], ["/{n}.mp3?updated=1", "/{n}.mp3?updated=2"], ["/other/{n}.mp3", "/other/{n}.mp3?updated=3"])):
        listener = Listener(way, lambda *given, turn=turn: drive(*given, name=f"drive-{turn}"), site, tmp_path)
        old = OldLibrary(listener, podcast)
        ids = [old.had(n, f"/{n}.mp3?updated=0", f"Ep {n}", day=None if n == 3 else "2026-03-02") for n in (1, 2, 3)]
        old.close()
        before = listener.sounds
        for link in links:
            listener.hear(podcast.feed(*[podcast.episode(link.replace("{n}", str(n)), f"Ep {n}", f"g{n}" if has_guids else None, date=n < 3 and MORNING) for n in (1, 2, 3)]))
            for how in ([["--dry-run"], []] if "driver" in way else []):
                done = listener.driven.segue("sync", "--mirror", *how, "--json", podcast.url)
                assert (done.status, done.records) == (0, []), done.stderr
        assert podcast.asked == 0 and listener.sounds == before and listener.entries() == [f"Quay News/Quay News/Ep {n}.mp3" for n in (1, 2, 3)]
        with sqlite3.connect(listener.library / ".segue/catalogue.sqlite") as catalogue:
            assert [id for id, in catalogue.execute("SELECT track FROM member ORDER BY seq")] == ids


def test_what_an_older_version_had_on_its_way_goes_on_under_its_id(drive, site, tmp_path, podcast):
    listener = Listener("driver", drive, site, tmp_path)
    old = OldLibrary(listener, podcast, is_open=True)
    states = ["ready", "waiting", "paused", "failed", "done"]
    ids = [old.had(n, f"/{n}.mp3?updated=0", f"Ep {n}", state) for n, state in enumerate(states, 1)]
    old.close()
    assert listener.driven.segue("resume", ids[2]).status == 0 and listener.driven.segue("retry", ids[3]).status == 0
    assert listener.driven.segue("run", "--quiet").status == 0
    assert len(listener.sounds) == 5 and podcast.asked == 4
    listener.hear(podcast.feed(*[podcast.episode(f"/{n}.mp3?updated=2", f"Ep {n}", f"g{n}") for n in range(1, 6)]))
    assert len(listener.sounds) == 5 and podcast.asked == 4 and len(listener.entries()) == 5
    assert listener.driven.items().keys() == {old.feed, *ids}


def test_news_of_another_hour_are_no_older_version_of_themselves(drive, site, tmp_path, podcast):
    listener = Listener("driver with a library", drive, site, tmp_path)
    old = OldLibrary(listener, podcast)
    old.had(1, "/06.mp3", "News")
    old.close()
    listener.hear(podcast.feed(podcast.episode("/07.mp3", "News", "g7", LATER), podcast.episode("/06.mp3", "News", "g6", MORNING)))
    assert podcast.asked == 1 and len(listener.entries()) == len(listener.sounds) == 2
