"""Lists and audio behind a password: from the credentials file by host, or from the link itself, and in nothing that is written."""

import base64
import json
import os
import shlex
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines

AUDIO = b"ID3\x04\x00\x00\x00\x00\x00\x00" + bytes(2000)
USER, PASSWORD = "mira", "kelp forest/7"


def basic(user=USER, password=PASSWORD):
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


@pytest.fixture
def state(tmp_path):
    """Where passwords are kept that came in links."""
    return tmp_path / "state"


@pytest.fixture
def kept(state):
    return state / "segue/passwords"


@pytest.fixture
def resolve(run, state):
    return lambda *arguments, env=None, **options: run("resolve", "--rate", "0", *arguments, env={"XDG_STATE_HOME": str(state), **(env or {})}, **options)


@pytest.fixture
def fetch(run, state, tmp_path):
    return lambda *arguments, **options: run("fetch", "--spool", tmp_path / "spool", *arguments, env={"XDG_STATE_HOME": str(state)}, **options)


def guard(site, answers, proof=None, name="Authorization", status=401):
    """Answers that are given only to who sends the proof; what each request sent is in the list that is returned."""
    seen = []

    def guarded(path, body):
        def answer(request):
            seen.append((path, request.headers.get(name)))
            return body if request.headers.get(name) == (proof or basic()) else (status, {}, b"")

        return answer

    for path, body in answers.items():
        site.answers[path] = guarded(path, body)
    return seen


def feed(*links, image=""):
    items = "".join(f'<item><title>Part {n}</title><enclosure url="{link}" type="audio/mpeg"/></item>' for n, link in enumerate(links, 1))
    return 200, {"Content-Type": "application/rss+xml"}, f'<rss><channel><title>Tides</title><image><url>{image}</url></image>{items}</channel></rss>'.encode()


def audio():
    return 200, {"Content-Type": "audio/mpeg"}, AUDIO


def private(url, user=USER, password=PASSWORD.replace(" ", "%20").replace("/", "%2F")):
    return url.replace("://", f"://{user}:{password}@")


def nowhere(*texts):
    """No spelling of the secret is in any of these."""
    for text in texts:
        text = text if isinstance(text, str) else text.decode()
        for secret in (PASSWORD, "kelp", "forest", USER, basic().split()[1]):
            assert secret not in text, text


@pytest.mark.parametrize("scheme, name, proof", [
    (f'basic {USER} "{PASSWORD}"', "Authorization", basic()), ("bearer T0k", "Authorization", "Bearer T0k"), ("header X-Key a b", "X-Key", "a b")])
@pytest.mark.parametrize("form", ["{host}", "127.0.0.1", "http://{host}"])
def test_a_line_for_a_host_holds_for_a_feed_its_episodes_and_its_picture(site, resolve, fetch, secrets, scheme, name, proof, form):
    seen = guard(site, {"/feed.xml": feed("a.mp3", f"{site.url}/b.mp3", image="/c.png"), "/a.mp3": audio(), "/b.mp3": audio(),
        "/c.png": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(50))}, proof, name)
    path = secrets(f"whatever {form.format(host=site.url.removeprefix('http://'))} {scheme}")
    found = resolve("--credentials", path, site.url + "/feed.xml")
    assert [r["kind"] for r in found.records] == ["track", "track", "done"]
    done = fetch("--credentials", path, stdin=found.stdout)
    assert [r.get("file", {}).get("bytes") for r in done.records[:2]] == [len(AUDIO)] * 2 and "artwork" in done.records[0]["file"]
    assert {path for path, _ in seen} == {"/feed.xml", "/a.mp3", "/b.mp3", "/c.png"} and all(sent == proof for _, sent in seen)
    assert proof not in found.stdout.decode() + found.stderr + done.stdout.decode() + done.stderr


def test_a_line_for_a_host_goes_to_no_other_and_along_with_no_redirect(site, other_site, resolve, fetch, secrets):
    seen = guard(other_site, {"/away.mp3": audio(), "/led.mp3": audio()}, "none")
    site.answers["/feed.xml"] = feed(f"{other_site.url}/away.mp3", "led.mp3")
    site.answers["/led.mp3"] = (302, {"Location": f"{other_site.url}/led.mp3"}, b"")
    path = secrets(f"n {site.url.removeprefix('http://')} bearer T0k")
    away, led, _ = fetch("--transfers", "1", "--credentials", path, stdin=resolve("--credentials", path, site.url + "/feed.xml").stdout).records
    assert len(seen) == 2 and all(sent is None for _, sent in seen)
    assert (away["class"], away["code"]) == ("permanent", "http_401") and f"add a line for {away['host']} to the file of --credentials" in away["message"]
    assert led["host"] == other_site.url.removeprefix("http://") and "redirect" in led["message"]


def test_what_a_catalog_offers_gets_nothing_that_it_does_not_name(site, fetch, secrets):
    seen = guard(site, {"/x": audio()}, "none")
    record = {"v": 1, "kind": "track", "id": "c:track:1", "media": {"url": site.url + "/x", "format": "mp3"}}
    fetch("--credentials", secrets("n 127.0.0.1 bearer T0k"), stdin=lines(record))
    assert seen == [("/x", None)]


@pytest.mark.parametrize("status", [401, 403])
def test_a_feed_that_lets_nobody_in_says_what_to_do(site, resolve, status):
    guard(site, {"/feed.xml": feed()}, status=status)
    error = resolve(site.url + "/feed.xml").only
    assert (error["class"], error["code"]) == ("permanent", f"http_{status}")
    assert f"add a line for {site.url.removeprefix('http://')} to the file of --credentials" in error["message"]


def test_a_password_in_a_link_goes_the_whole_road_and_into_no_record(site, resolve, fetch, kept):
    seen = guard(site, {"/feed.xml": feed("a.mp3", f"{site.url}/b.mp3?x=1"), "/a.mp3": audio(), "/b.mp3": audio()})
    found = resolve(private(site.url) + "/feed.xml")
    done = fetch(stdin=found.stdout)
    assert ["file" in r for r in done.records] == [True, True, False] and all(sent == basic() for _, sent in seen)
    nowhere(found.stdout, found.stderr, done.stdout, done.stderr)
    assert found.stderr.count("kept the password") == 1 and str(kept) in found.stderr and kept.stat().st_mode & 0o777 == 0o600
    # The list is the same with a password and without; later requests have it, and tell of nothing.
    again = resolve(site.url + "/feed.xml")
    assert again.stdout == found.stdout and "kept" not in again.stderr
    assert "kept" not in resolve(private(site.url) + "/feed.xml").stderr
    # Forgotten.
    kept.unlink()
    assert resolve(site.url + "/feed.xml").only["code"] == "http_401"


@pytest.mark.parametrize("how", ["stdin", "record", "list", "entry", "audio"])
def test_a_password_in_a_link_works_wherever_the_link_stands(site, resolve, fetch, tmp_path, how):
    link = private(site.url) + "/a.mp3"
    guard(site, {"/a.mp3": audio(), "/feed.xml": feed("a.mp3")})
    site.answers["/open.xml"] = feed(link)
    (tmp_path / "mine.m3u").write_text(link + "\n")
    request = {"v": 1, "kind": "request", "id": "file:playlist:1", "ref": private(site.url) + "/feed.xml"}
    asked = {
        "stdin": ([], lines(link)), "record": ([], lines(request)), "list": ([tmp_path / "mine.m3u"], b""), "entry": ([site.url + "/open.xml"], b""),
        "audio": ([link], b"")}[how]
    found = resolve(*asked[0], stdin=asked[1])
    done = fetch(stdin=found.stdout)
    assert done.records[0]["file"]["bytes"] == len(AUDIO), done.records
    nowhere(found.stdout, found.stderr, done.stdout, done.stderr)


def test_each_link_of_a_list_has_its_own_password(site, resolve, fetch, tmp_path, kept):
    users = ["mira", "ono", "pia", "mira"]
    for n, user in enumerate(users):
        guard(site, {f"/{n}.mp3": audio()}, basic(user, f"secret of {user}"))
    (tmp_path / "mine.m3u").write_text("".join(private(f"{site.url}/{n}.mp3", user, f"secret%20of%20{user}") + "\n" for n, user in enumerate(users)))
    done = fetch(stdin=resolve(tmp_path / "mine.m3u").stdout)
    assert ["file" in r for r in done.records] == [True] * 4 + [False] and "secret" not in done.stdout.decode()
    assert len(kept.read_text().splitlines()) == 4


def test_two_feeds_of_one_host_have_their_own_passwords(site, resolve, fetch):
    for user in ("mira", "ono"):
        guard(site, {f"/{user}.xml": feed(f"audio/{user}.mp3"), f"/audio/{user}.mp3": audio()}, basic(user, "pw"))
    found = resolve(private(f"{site.url}/mira.xml", "mira", "pw"), private(f"{site.url}/ono.xml", "ono", "pw"))
    assert sorted("file" in r for r in fetch(stdin=found.stdout).records) == [False, False, True, True]


def test_a_password_in_a_link_goes_to_no_other_host(site, other_site, resolve, fetch):
    guard(site, {"/feed.xml": feed(f"{other_site.url}/a.mp3", "led.mp3"), "/led.mp3": (307, {"Location": f"{other_site.url}/b.mp3"}, b"")})
    seen = guard(other_site, {"/a.mp3": audio(), "/b.mp3": audio()}, "none")
    fetch(stdin=resolve(private(site.url) + "/feed.xml").stdout)
    assert len(seen) == 2 and all(sent is None for _, sent in seen)


def test_a_wrong_password_in_a_link_is_mended_by_the_right_one(site, resolve, kept):
    guard(site, {"/feed.xml": feed("a.mp3")})
    wrong = resolve(private(site.url, password="kelp") + "/feed.xml")
    assert (wrong.only["class"], wrong.only["code"]) == ("config", "http_401") and str(kept) in wrong.only["message"]
    nowhere(wrong.stdout, wrong.stderr)
    assert resolve(private(site.url) + "/feed.xml").records[-1]["kind"] == "done" and len(kept.read_text().splitlines()) == 2


@pytest.mark.parametrize("link", ["htps://{}@h/f.xml", "ftp://{}@h/a.mp3", "http://{}@h:99999/f.xml", "http://{}@/f.xml"])
@pytest.mark.parametrize("how", ["argument", "list"])
def test_a_link_that_leads_nowhere_shows_no_password_either(resolve, tmp_path, link, how):
    link = link.format(f"{USER}:kelp%20forest")
    (tmp_path / "mine.txt").write_text(link + "\n")
    found = resolve(link if how == "argument" else tmp_path / "mine.txt")
    assert found.records[0]["kind"] == "error"
    nowhere(found.stdout, found.stderr)


def test_where_nothing_can_be_kept_the_link_fails_with_a_word_of_what_to_do(site, resolve, tmp_path):
    guard(site, {"/feed.xml": feed("a.mp3")})
    (tmp_path / "file").write_text("no folder")
    for folder in (str(tmp_path / "file"), "relative"):
        found = resolve(private(site.url) + "/feed.xml", env={"XDG_STATE_HOME": folder, "HOME": ""})
        assert found.only["class"] == "permanent" and "--credentials" in found.only["message"]
        nowhere(found.stdout, found.stderr)


def test_a_file_of_kept_passwords_that_others_can_read_is_refused(site, resolve, fetch, kept):
    kept.parent.mkdir(parents=True)
    kept.write_text("x http://h basic a b\n")
    kept.chmod(0o644)
    for program in (resolve, fetch):
        done = program(stdin=b"")
        assert done.status == 78 and f"chmod 600 {kept}" in done.stderr


def test_a_password_in_what_a_catalog_tells_is_named_by_auth(site, resolve, fetch):
    guard(site, {"/7.mp3": audio(), "/cover.png": (200, {"Content-Type": "image/png"}, b"\x89PNG\r\n\x1a\n" + bytes(50))})
    site.answers["/track/7"] = {"id": 7, "title": "Seven", "artist": {"name": "A"}, "album": {"id": 1, "title": "LP", "cover_xl": private(site.url) + "/cover.png"}}
    site.answers["/album/1"] = {"id": 1, "title": "LP", "artist": {"name": "A"}}
    site.answers["/album/1/tracks"] = {"data": [{"id": 7, "title": "Seven", "artist": {"name": "A"}}], "total": 1}
    site.answers["/media/7"] = {"data": [{"format": "mp3", "url": private(site.url) + "/7.mp3"}]}
    found = resolve("--catalog", site.url, "track:7")
    done = fetch(stdin=found.stdout)
    assert found.only["media"]["auth"] == "catalog:track:7" and "artwork" in done.only["file"], done.records
    nowhere(found.stdout, found.stderr, done.stdout, done.stderr)


def test_a_redirect_within_its_origin_has_the_password_too(site, resolve, fetch):
    seen = guard(site, {"/feed.xml": (301, {"Location": "/real.xml"}, b""), "/real.xml": feed("led.mp3"), "/led.mp3": (302, {"Location": f"{site.url}/a.mp3"}, b""), "/a.mp3": audio()})
    assert "file" in fetch(stdin=resolve(private(site.url) + "/feed.xml").stdout).records[0] and len(seen) == 4 and all(sent == basic() for _, sent in seen)


@pytest.mark.parametrize("kind, line", [
    ("", "catalog music.example:4533 basic"), ("home=", "home music.example:4533 basic"), ("home=subsonic+", "home music.example:4533 subsonic")])
def test_a_password_in_a_catalogs_address_is_refused_and_not_shown(resolve, kind, line):
    refused = resolve("--catalog", kind + private("http://music.example:4533"), "track:1")
    assert refused.status == 64 and f"{line} USER PASSWORD" in refused.stderr and "--credentials" in refused.stderr
    nowhere(refused.stderr, refused.stdout)


def test_an_entry_is_known_by_its_link_without_the_password(site, resolve):
    site.answers["/open.xml"] = feed(f"{site.url}/a.mp3")
    site.answers["/closed.xml"] = feed(private(site.url) + "/a.mp3")
    (one, _), (other, _) = resolve(site.url + "/open.xml").records, resolve(site.url + "/closed.xml").records
    assert one["id"] == other["id"] and "mp3" == other["media"]["format"]


def test_a_remote_list_of_links_beside_it_is_had_with_its_password(site, resolve, fetch):
    guard(site, {"/l/list.m3u": (200, {}, b"a b.mp3\n/top.mp3\n"), "/l/a%20b.mp3": audio(), "/top.mp3": audio()})
    done = fetch(stdin=resolve(private(site.url) + "/l/list.m3u").stdout)
    assert ["file" in r for r in done.records] == [True, True, False], done.records


def test_what_is_secret_in_a_query_stays_out_of_messages(site, resolve, tmp_path):
    token = "t0k3n-of-mira"
    site.answers["/page"] = (200, {"Content-Type": "text/html"}, b"<html>no list</html>")
    site.answers["/list.m3u"] = (200, {}, f"{site.url}/page?token={token}\nftp://h/a.mp3?token={token}\n".encode())
    found = resolve(f"{site.url}/page?token={token}", f"{site.url}/list.m3u?token={token}")
    assert [r["kind"] for r in found.records] == ["error", "error", "error", "done"] and token not in found.stderr
    assert not any(token in r.get("message", "") + r["id"] for r in found.records)


def test_many_at_once_keep_what_each_was_given(site, state, kept):
    """Twenty processes, each with a link of its own."""
    processes = [
        subprocess.Popen([PROGRAMS / "resolve", "--rate", "0", private(f"{site.url}/{n}.xml", f"user{n}", "pw")], env={**ENVIRONMENT, "XDG_STATE_HOME": str(state)},
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) for n in range(20)]
    assert all(process.wait(60) == 0 for process in processes)
    assert sorted(line.split('"')[1] for line in kept.read_text().splitlines()[1:]) == sorted(f"user{n}" for n in range(20))
    assert os.listdir(kept.parent) == ["passwords"]


def test_what_users_wrote_into_the_file_stays(site, resolve, kept):
    guard(site, {"/feed.xml": feed("a.mp3")})
    kept.parent.mkdir(parents=True)
    kept.write_text("# mine\nothers example.org bearer T\n")
    kept.chmod(0o600)
    resolve(private(site.url) + "/feed.xml")
    assert kept.read_text().startswith("# mine\nothers example.org bearer T\nfile:playlist:") and shlex.split(kept.read_text().splitlines()[2])[-1] == PASSWORD


def test_the_library_holds_no_password_and_no_token(site, run, resolve, fetch, tmp_path):
    """Playlist files, tags, and the catalogue but for what a retry needs."""
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.2", tmp_path / "a.mp3"], check=True)
    sound = (200, {"Content-Type": "audio/mpeg"}, (tmp_path / "a.mp3").read_bytes())
    guard(site, {"/feed.xml": feed("a.mp3?token=t0k3n", "gone.mp3?token=t0k3n"), "/a.mp3": sound})
    found = resolve(private(site.url) + "/feed.xml?token=t0k3n")
    library = tmp_path / "Music"
    placed = run("place", "--library", library, stdin=fetch(stdin=found.stdout).stdout)
    booked = run("record", "--library", library, stdin=placed.stdout)
    assert sorted(r["kind"] for r in booked.records[:2]) == ["error", "track"] and booked.records[2]["kind"] == "done"
    files = [p for p in library.rglob("*") if p.is_file()]
    assert {".mp3", ".m3u8"} <= {p.suffix for p in files}
    for path in files:
        content = path.read_bytes()
        assert b"kelp" not in content and USER.encode() not in content, path
        assert ".segue" in str(path) or b"t0k3n" not in content, path
        assert "t0k3n" not in path.name
    tracks = run("record", "--library", library, "--tracks")
    assert tracks.records and "t0k3n" not in json.dumps([{k: v for k, v in r.items() if k != "ref"} for r in tracks.records])
