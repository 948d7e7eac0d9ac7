"""Proxies that the environment names, and certificates of one's own."""

import json
import sys
import urllib.parse

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines
from proxy import Proxy
from website import secure

AUDIO = b"fLaC" + bytes(5000)


@pytest.fixture
def proxy(site):
    """A proxy behind which the site is music.example, which has one track."""
    server = Proxy()
    server.names["music.example:80"] = ("127.0.0.1", urllib.parse.urlsplit(site.url).port)
    site.answers["/track/7"] = {"id": 7, "title": "Song", "artist": {"name": "Anna"}}
    site.answers["/media/7"] = {"data": [{"url": "http://music.example/7.flac", "format": "flac"}]}
    site.answers["/7.flac"] = (200, {"Content-Type": "audio/flac"}, AUDIO)
    yield server
    server.close()


@pytest.mark.parametrize("variable, scheme", [("http_proxy", "http"), ("all_proxy", "http"), ("ALL_PROXY", "socks5h"), ("http_proxy", "")])
def test_catalog_and_media_are_reached_through_the_proxy(run, proxy, site, variable, scheme):
    through = {variable: f"{scheme}://{proxy.address}" if scheme else proxy.address}
    told = run("resolve", "--catalog", "http://music.example", "track:7", env=through).only
    assert told["kind"] == "track" and told["track"]["title"] == "Song"
    assert run("fetch", stdin=lines(told), env=through).only["file"]["bytes"] == len(AUDIO)
    assert set(proxy.asked) == {"music.example:80"} and site.count("/7.flac") == 1


def test_a_host_that_no_proxy_is_for_is_asked_itself(run, proxy, site):
    host = urllib.parse.urlsplit(site.url).netloc
    through = {"http_proxy": f"http://{proxy.address}", "no_proxy": "127.0.0.1"}
    site.answers["/media/7"] = {"data": [{"url": f"http://{host}/7.flac", "format": "flac"}]}
    assert run("resolve", "--catalog", site.url, "track:7", env=through).only["kind"] == "track"
    assert proxy.asked == []


@pytest.mark.parametrize("scheme", ["http", "socks5h"])
def test_no_redirect_leads_through_the_proxy_to_this_machine(run, proxy, site, scheme):
    inner = urllib.parse.urlsplit(site.url).netloc
    proxy.names[inner] = proxy.names["music.example:80"]
    site.answers["/track/7"] = (302, {"Location": f"{site.url}/secret"}, b"")
    failure = run("resolve", "--catalog", "http://music.example", "track:7", env={"http_proxy": f"{scheme}://{proxy.address}"}).only
    assert (failure["class"], failure["code"], failure["host"]) == ("permanent", "bad_redirect", inner)
    assert site.count("/secret") == 0


def test_no_catalog_behind_the_proxy_names_media_on_this_machine(run, proxy, site):
    site.answers["/media/7"] = {"data": [{"url": f"{site.url}/7.flac", "format": "flac"}]}
    failure = run("resolve", "--catalog", "http://music.example", "track:7", env={"http_proxy": f"http://{proxy.address}"}).only
    assert (failure["class"], failure["code"]) == ("permanent", "bad_url")


def test_a_tunnel_is_as_safe_as_a_connection(run, proxy, tmp_path):
    with secure(tmp_path, "DNS:music.example") as (url, file):
        proxy.names["music.example:443"] = ("127.0.0.1", urllib.parse.urlsplit(url).port)
        through = {"https_proxy": f"http://{proxy.address}"}
        call = ("resolve", "--catalog", "https://music.example", "--media", "preview", "track:31")
        refused = run(*call, env=through).only
        assert (refused["class"], refused["code"]) == ("transient", "tls") and "--ca" in refused["message"]
        told = run(*call[:3], "--ca", file, "--rows", "playlist:1", env=through)
        assert "tls" not in told.stdout.decode()
        assert proxy.asked.count("music.example:443") >= 2


def test_a_proxy_that_is_not_there_is_named_as_what_may_be_wrong(run, proxy):
    proxy.close()
    failure = run("resolve", "--catalog", "http://music.example", "track:7", env={"http_proxy": f"http://{proxy.address}"}).only
    assert (failure["class"], failure["code"]) == ("transient", "connect") and "names a proxy" in failure["message"]


def test_the_certificates_of_an_option_and_of_a_pipeline_file_are_trusted(run, tmp_path):
    with secure(tmp_path, "IP:127.0.0.1") as (url, file):
        assert run("resolve", "--catalog", url, "--ca", file, "track:31").only["kind"] == "track"
        missing = run("resolve", "--catalog", url, "--ca", tmp_path / "none.pem", "track:31").only
        assert (missing["class"], missing["code"]) == ("config", "no_file") and "none.pem" in missing["message"]
        trusting = {"ca": str(file), "ledger": "ledger.sqlite", "spool": {"dir": "spool"}}
        stages = [{"name": "resolve", "run": ["resolve", "--catalog", url]}, {"name": "record", "run": ["record", "--library", "Music"]}]
        one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
        one.write_text(json.dumps({**trusting, "stages": stages[:1]}))
        two.write_text(json.dumps({**trusting, "stages": stages}))
        (tmp_path / "Music").mkdir()
        for call in (
            ["run", "--pipeline", one, "track:31"], ["plan", one, "track:31"], ["search", "--pipeline", one, "x"],
            ["sync", "--dry-run", "--pipeline", two, "album:5"]):
            done = run("segue", *call, env={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
            assert "certificate" not in done.stdout.decode() + done.stderr and "none.pem" not in done.stderr, call
            assert done.status == 0 or call[0] != "run", done.stderr


SOURCE = """
import json, sys
for line in sys.stdin:
    question = json.loads(line)
    if "hello" in question:
        print(json.dumps({"kind": "hello", "base": [sys.argv[1]]}), flush=True)
        continue
    print(json.dumps({"kind": "get", "url": sys.argv[1] + "/track/31", "as": "json"}), flush=True)
    answer = json.loads(sys.stdin.readline())
    if answer["kind"] == "error":
        print(json.dumps(answer), flush=True)
    elif question.get("track") == "31":
        media = {"url": sys.argv[1] + "/31.mp3", "format": "mp3"}
        print(json.dumps({"kind": "track", "id": "31", "track": {"title": answer["body"]["title"]}, "media": media}), flush=True)
    elif "search" in question:
        print(json.dumps({"kind": "done"}), flush=True)
    else:
        print(json.dumps({"kind": "error", "class": "permanent", "code": "no_data", "message": "no such thing"}), flush=True)
"""


def test_a_source_is_tested_with_the_certificates_that_it_needs(run, tmp_path):
    (tmp_path / "own.py").write_text(SOURCE)
    with secure(tmp_path, "IP:127.0.0.1") as (url, file):
        call = ("segue", "test-source", "--reference", "track:31")
        own = ("--", sys.executable, tmp_path / "own.py", url)
        path = {"PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
        assert run(*call, *own, env=path).status == 1
        done = run(*call, "--ca", file, *own, env=path)
        assert done.status == 0, done.stdout.decode()
