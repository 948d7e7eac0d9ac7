"""A catalog or a host that refuses: what needs it is kept back, and nothing else."""

import json
import threading

import pytest


class Guarded:
    """A catalog of 30 tracks that takes one token; `private` tracks refuse it all the same."""

    def __init__(self, site):
        self.site, self.token, self.private, self.lock = site, "right", set(), threading.Lock()
        self.refused = 0
        for n in range(1, 31):
            site.answers[f"/track/{n}"] = self.guard(f"/track/{n}", {"id": n, "title": f"Title {n}", "artist": {"name": "Someone"}})
            site.answers[f"/media/{n}"] = self.guard(f"/media/{n}", {"data": [{"format": "mp3", "url": f"{site.url}/file/{n}.mp3"}]})

    def guard(self, path, answer):
        def reply(request):
            if request.headers["Authorization"] == f"Bearer {self.token}" and path not in self.private:
                return answer
            with self.lock:
                self.refused += 1
            return 401, {}, b"{}"

        return reply


@pytest.fixture
def home(site):
    return Guarded(site)


@pytest.fixture
def shop():
    from website import Site

    server = Site()
    for n in (1, 2, 3):
        server.answers[f"/track/{n}"] = {"id": n, "title": f"Open {n}", "artist": {"name": "Someone"}}
        server.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{server.url}/file/{n}.mp3"}]}
    yield server
    server.close()


def password(folder, home, token):
    """The file is replaced as an editor does it."""
    part = folder / "credentials.new"
    part.write_text(f"home {home.site.url.split('//')[1]} bearer {token}\n")
    part.chmod(0o600)
    part.rename(folder / "credentials")


def stages(home, shop, replicas=2):
    catalogs = ["--catalog", f"home={home.site.url}", "--catalog", f"shop={shop.url}", "--credentials", "credentials"]
    return [{"name": "resolve", "run": ["resolve", "--rate", "0", *catalogs], "mode": "expand", "replicas": replicas}, {"name": "end", "run": ["cat"]}]


@pytest.fixture
def driven(drive, home, shop):
    one = drive(None, stages(home, shop))
    password(one.folder, home, "wrong")
    return one


def states(driven):
    found = {}
    for item, told in driven.items().items():
        found.setdefault(told["state"], set()).add(item)
    return found


def test_a_wrong_password_holds_back_what_needs_it_and_the_next_run_tries_it_at_once(driven, home):
    refs = [f"home:track:{n}" for n in range(1, 31)]
    done = driven.segue("run", *refs[:15], "shop:track:1", "shop:track:2", *refs[15:])
    assert done.status == 78, done.stderr
    assert states(driven) == {"waiting": set(refs), "done": {"shop:track:1", "shop:track:2"}}
    assert done.stderr.count("keeps back what needs home") == 1 and "30 items wait at the stage resolve for home" in done.stderr and "--credentials" in done.stderr
    # Two in hand at the start, and three that were asked whether it is the same with them.
    assert home.refused == 5, home.refused
    assert all("failures" not in item for item in driven.items().values())
    password(driven.folder, home, "right")
    done = driven.segue("run")
    assert done.status == 0 and states(driven) == {"done": {*refs, "shop:track:1", "shop:track:2"}}, done.stderr


def test_a_driver_that_runs_goes_on_by_itself_when_the_password_is_right(driven, home):
    driven.segue("add", *[f"home:track:{n}" for n in range(1, 9)])
    process = driven.start("--quiet", "-")
    driven.wait(lambda: driven.stats()["waiting"] == 8)
    password(driven.folder, home, "right")
    driven.wait(lambda: driven.stats()["done"] == 8)
    process.stdin.close()
    assert process.wait(30) == 0
    assert home.refused <= 8 and "goes on with home" in process.stderr.read().decode()


@pytest.mark.parametrize("order", [1, -1])
def test_one_thing_that_is_refused_to_a_password_that_is_right_fails_alone(driven, home, order):
    password(driven.folder, home, "right")
    home.private = {"/track/3", "/media/5"}
    done = driven.segue("run", *[f"home:track:{n}" for n in range(1, 31)][::order])
    assert done.status == 1, done.stderr
    assert states(driven) == {"failed": {"home:track:3", "home:track:5"}, "done": {f"home:track:{n}" for n in range(1, 31)} - {"home:track:3", "home:track:5"}}
    failure = driven.show("home:track:3")["attempts"][-1]
    assert (failure["class"], failure["code"]) == ("permanent", "http_401") and "others are let in" in failure["message"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_last_few_that_are_refused_to_a_password_that_is_right_fail(driven, home, count):
    password(driven.folder, home, "right")
    last = range(31 - count, 31)
    home.private = {f"/track/{n}" for n in last}
    done = driven.segue("run", *[f"home:track:{n}" for n in range(1, 31)])
    assert done.status == 1, done.stderr
    assert states(driven) == {"failed": {f"home:track:{n}" for n in last}, "done": {f"home:track:{n}" for n in range(1, 31 - count)}}


def test_media_that_its_host_refuses_holds_back_no_other_host(drive, home, shop):
    plan = [{"name": "resolve", "run": ["resolve", "--rate", "0", "--catalog", f"shop={shop.url}"], "mode": "expand"},
            {"name": "fetch", "run": ["fetch", "--credentials", "credentials"], "replicas": 2}, {"name": "end", "run": ["cat"]}]
    driven = drive(None, plan)
    password(driven.folder, home, "wrong")
    audio = b"ID3" + bytes(2000)
    for n in (1, 2, 3):
        host = home.site if n < 3 else shop
        host.answers[f"/file/{n}.mp3"] = home.guard(f"/file/{n}", (200, {"Content-Type": "audio/mpeg"}, audio)) if n < 3 else (200, {"Content-Type": "audio/mpeg"}, audio)
        shop.answers[f"/media/{n}"] = {"data": [{"format": "mp3", "url": f"{host.url}/file/{n}.mp3", **({"auth": "home"} if n < 3 else {})}]}
    done = driven.segue("run", "shop:track:1", "shop:track:2", "shop:track:3")
    assert done.status == 78 and f"2 items wait at the stage fetch for {home.site.url.split('//')[1]}" in done.stderr, done.stderr
    assert states(driven) == {"waiting": {"shop:track:1", "shop:track:2"}, "done": {"shop:track:3"}}


def test_what_is_held_may_be_cancelled_and_paused(driven, home):
    assert driven.segue("run", "home:track:1", "home:track:2", "home:track:3").status == 78
    assert driven.segue("cancel", "home:track:1").status == 0 and driven.segue("pause", "home:track:2").status == 0
    assert states(driven) == {"cancelled": {"home:track:1"}, "paused": {"home:track:2"}, "waiting": {"home:track:3"}}
    assert driven.stats()["held"] == [{"stage": "resolve", "needs": "home", "count": 1}] and "1 waiting at resolve for home" in driven.segue("stats").stdout.decode()
    assert "waiting for home" in driven.segue("list").stdout.decode() and driven.items()["home:track:3"]["needs"] == "home"


def test_a_token_is_renewed_while_the_driver_runs_and_nothing_is_refused(driven, home):
    password(driven.folder, home, "right")
    process = driven.start("--quiet", "home:track:1", "-")
    driven.wait(lambda: driven.stats()["done"] == 1)
    home.token = "newer"
    password(driven.folder, home, "newer")
    process.stdin.write(b"home:track:2\nhome:track:3\n")
    process.stdin.close()
    assert process.wait(30) == 0 and home.refused == 0
    assert states(driven) == {"done": {"home:track:1", "home:track:2", "home:track:3"}}


@pytest.mark.parametrize("replicas", [2, 8])
def test_keys_are_renewed_while_the_driver_runs(music, origin, drive, replicas):
    served = origin(music)
    driven = drive(served)
    keys, other = served.keyring.read_text(), served.folder / "other.txt"
    other.write_text("another 00112233\n")
    other.chmod(0o600)
    pipeline = json.loads(driven.file.read_text())
    for stage in pipeline["stages"]:
        if stage["name"] == "decrypt":
            stage.update(run=["decrypt", "--keyring", str(other)], replicas=replicas)
    driven.file.write_text(json.dumps(pipeline))
    process = driven.start("playlist:1", "-")
    driven.wait(lambda: driven.stats()["failed"] == 10)
    part = served.folder / "part"
    part.write_text(keys)
    part.chmod(0o600)
    part.rename(other)
    # Failed for good, as a key that is nowhere is; what is tried again finds it.
    assert driven.segue("retry").status == 0
    driven.wait(lambda: driven.stats()["done"] == 11)
    _, told = process.communicate(timeout=30)
    # Replicas that may not open the new file end and others start: the stage is not broken, however many there are.
    assert process.returncode == 0 and b"halted" not in told
