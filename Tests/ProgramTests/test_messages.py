"""What people get wrong, and what they are told: what happened, where, and what to do."""

import json
import os
import pathlib
import re
import socket
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, lines
from website import secure

TRACK = {"v": 1, "kind": "track", "id": "shop:track:31", "track": {"title": "Piece", "artist": "Ana", "album": "LP"}}


def pipeline(tmp_path, text="", name="home.yaml"):
    """A pipeline file of one stage, or of what a test says."""
    (tmp_path / name).write_text(text or "ledger: queue/ledger.sqlite\nspool: {dir: queue/spool}\nretry: {attempts: 2, base: 10ms}\nstages:\n  - {name: pass, run: [cat], writes: [media]}\n")
    return name


def holds(text, *parts, without=()):
    """Whether a message has its parts in this order, and no innards."""
    words = " ".join(text.split())
    assert re.search(".*".join(map(re.escape, parts)), words), (parts, words)
    for part in (*without, "errno", "descriptor", "Optional(", "Error Domain"):
        assert part not in words, (part, words)


# The pipeline file


def test_a_pipeline_file_that_is_not_there(run):
    done = run("segue", "run", "--pipeline", "other.yaml", "album:3")
    assert done.status == 78
    holds(done.stderr, "other.yaml", "No such file", "Pipelines/library.yaml")
    done = run("segue", "list")
    assert done.status == 64
    holds(done.stderr, "--pipeline FILE", "Pipelines/library.yaml", "SEGUE_PIPELINE")


@pytest.mark.parametrize("text, line, parts", [
    ("stages:\n  - name: a\n\trun: [cat]\n", 3, ["a tab", "indent with spaces"]), ("stages:\n\t- {name: a, run: [cat]}\n", 2, ["a tab", "indent with spaces"]),
    ("ledger: x\nstages:\n  - name: a\n    \trun: [cat]\n", 4, ["a tab", "indent with spaces"]),
    ("stages:\n  - {name: a, run: [place, --template, %title%]}\n", 2, ["begins with %", "quotes"]), ("stages:\n  - {name: é, run: [cat, @list]}\n", 2, ["begins with @", "quotes"]),
    ("stages:\n  - {name: a, run: [cat]\n", 3, ["did not find expected ',' or '}'", "begins in line 2"])])
def test_yaml_that_is_none(text, line, parts, run, tmp_path):
    done = run("segue", "check", pipeline(tmp_path, text))
    assert done.status == 78
    holds(done.stderr, f"home.yaml:{line}: this is not valid YAML", *parts)


# The catalog


@pytest.mark.parametrize("url, parts", [
    ("music.lan:4040", ["http:// or https://", "try http://music.lan:4040"]), ("home=music.lan", ["http:// or https://", "try home=http://music.lan"]),
    ("home=subsonic+music.lan/rest", ["try home=subsonic+http://music.lan/rest"]), ("ftp://music.lan", ["only http:// and https://"]),
    ("http://", ["no host"]), ("http://music.lan?x=1", ["before any ?"]), ("my home=http://music.lan", ["name", "spaces"])])
def test_an_address_that_is_no_catalogs(url, parts, run):
    done = run("resolve", "--catalog", url, "album:3")
    assert done.status == 64
    holds(done.stderr, url, "'--catalog <url>'", *parts)


def given_up(run, *arguments, **options):
    """The one error of a run of resolve, which is also told on stderr."""
    done = run("resolve", "--rate", "0", *arguments, **options)
    (error,) = [record for record in done.records if record["kind"] == "error"]
    assert error["message"] in done.stderr
    return error


def test_a_site_that_is_no_catalog(run, site):
    host = site.url.removeprefix("http://")
    site.answers.update({"/album/3": b"<html>", "/album/4": b"[1, 2]", "/album/5": {"id": 5}, "/album/5/tracks": {"data": "none"}, "/track/6": {"hello": "you"}})
    for ref in ("album:3", "album:4", "album:5", "track:6"):
        error = given_up(run, "--catalog", site.url, ref)
        assert (error["class"], error["code"], error["host"]) == ("transient", "bad_document", host)
        holds(error["message"], host, "see that --catalog leads to a catalog")
        if ref.startswith("album"):
            holds(error["message"], f"{site.url}/album/{ref[-1]}", "is no document of a catalog")
    error = given_up(run, "--catalog", site.url, "playlist:12")
    assert error["code"] == "http_404"
    holds(error["message"], f"{host} has no playlist 12", f"{site.url}/playlist/12 answered 404", "the id is right", "--catalog leads to a catalog")
    done = run("resolve", "--catalog", site.url, "--search", "blue")
    holds(done.stderr, host, f"{site.url}/search answered 404", without=["q=blue"])


def test_a_music_server_that_is_none(run, site, tmp_path):
    credentials(tmp_path, f"home {site.url.removeprefix('http://')} apikey 1234")
    error = given_up(run, "--catalog", f"home=subsonic+{site.url}", "--credentials", "credentials", "home:album:3")
    holds(error["message"], site.url, "/rest/getAlbum.view answered 404", "--catalog", without=["1234"])
    site.answers["/rest/getAlbum.view"] = {"id": 3}
    error = given_up(run, "--catalog", f"home=subsonic+{site.url}", "--credentials", "credentials", "home:album:3")
    holds(error["message"], f"{site.url}/rest/getAlbum.view", "does not answer as a Subsonic server", "--catalog", without=["1234"])


def test_a_catalog_that_is_down(run):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        host = f"127.0.0.1:{taken.getsockname()[1]}"
        error = given_up(run, "--catalog", f"http://{host}", "track:31")
        assert (error["code"], error["host"]) == ("connect", host)
        holds(error["message"], f"cannot connect to {host}: Connection refused", "see that the server is up", without=["after"])
    error = given_up(run, "--catalog", "http://nobody.invalid", "track:31")
    holds(error["message"], "cannot find nobody.invalid", "the name is right")


@pytest.mark.parametrize("code, parts", [(800, ["has no playlist 999: gone"]), (300, ["refuses playlist 999: gone"]), (4, ["the quota of", "gone"]), (700, ["is busy"])])
def test_what_a_catalog_has_not(code, parts, run, site):
    site.answers["/playlist/999"] = {"error": {"type": "x", "message": "gone", "code": code}}
    holds(given_up(run, "--catalog", site.url, "playlist:999")["message"], *parts)


# Secrets


def credentials(tmp_path, text):
    (tmp_path / "credentials").write_text(text + "\n")
    (tmp_path / "credentials").chmod(0o600)


def test_secrets_that_others_can_read(run, tmp_path):
    credentials(tmp_path, "k1 00112233")
    (tmp_path / "credentials").chmod(0o644)
    for command in (["decrypt", "--keyring", "credentials"], ["fetch", "--credentials", "credentials"]):
        done = run(*command)
        assert done.status == 78
        holds(done.stderr, "others can read credentials", "chmod 600 credentials", without=["0011"])
    # By another name it is the same file.
    with (tmp_path / "credentials").open() as file:
        done = subprocess.run([PROGRAMS / "fetch", "--credentials", "/dev/stdin"], stdin=file, capture_output=True, env=ENVIRONMENT, cwd=tmp_path, text=True)
    holds(done.stderr, f"chmod 600 {tmp_path}/credentials")


def test_a_folder_of_secrets(run, tmp_path):
    for mode in (0o755, 0o700):
        (tmp_path / "secrets").mkdir(exist_ok=True)
        (tmp_path / "secrets").chmod(mode)
        done = run("decrypt", "--keyring", "secrets")
        assert done.status == 78
        holds(done.stderr, "secrets is a folder", "name the file", without=["chmod"])


def test_secrets_out_of_a_pipe_are_taken_and_stay_taken(site, tmp_path):
    site.answers["/doc"] = {"error": {"message": "no"}}
    seen = []
    for number in (1, 2):
        site.answers[f"/track/{number}"] = lambda request, number=number: seen.append(request.headers.get("Authorization")) or (200, {}, {"id": number, "title": "T"})
        site.answers[f"/media/{number}"] = {"data": [{"format": "mp3", "url": f"{site.url}/{number}.mp3"}]}
    secret = f"shop 127.0.0.1 bearer from-a-pipe"
    script = f"resolve --rate 0 --catalog shop={site.url} --credentials <(echo '{secret}') shop:track:1 shop:track:2"
    environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}"}
    done = subprocess.run(["bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert [json.loads(line)["kind"] for line in done.stdout.splitlines()] == ["track", "track"], done.stderr
    assert seen == ["Bearer from-a-pipe"] * 2
    os.mkfifo(tmp_path / "fifo", 0o644)
    os.chmod(tmp_path / "fifo", 0o644)
    done = subprocess.run(["bash", "-c", f"echo '{secret}' > fifo & resolve --rate 0 --catalog shop={site.url} --credentials fifo shop:track:1"],
                          cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert "chmod" not in done.stderr and len(seen) == 3 and seen[2] == seen[0], done.stderr


def test_a_credential_for_another_host(run, site, tmp_path):
    host = site.url.removeprefix("http://")
    credentials(tmp_path, f"home localhost:{host.split(':')[1]} subsonic ana s3cret")
    error = given_up(run, "--catalog", f"home=subsonic+{site.url}", "--credentials", "credentials", "home:album:3")
    holds(error["message"], "home is for localhost:", f"not for {host}", without=["s3cret"])
    # One that may be asked without a password says so when it wants one.
    credentials(tmp_path, "shop music.lan:4533 bearer s3cret")
    site.answers["/album/3"] = (401, {}, b"who are you?")
    error = given_up(run, "--catalog", f"shop={site.url}", "--credentials", "credentials", "shop:album:3")
    assert (error["class"], error["code"]) == ("permanent", "http_401")
    holds(error["message"], f"{host} answered 401", "shop is for music.lan:4533", f"not for {host}", "add one that is", without=["s3cret"])


def test_a_certificate_of_ones_own(run, tmp_path):
    with secure(tmp_path, "IP:127.0.0.1") as (url, file):
        host = url.removeprefix("https://")
        media = lines({**TRACK, "media": {"url": f"{url}/31.mp3", "format": "mp3"}})
        for done in (run("resolve", "--catalog", url, "track:31"), run("fetch", stdin=media)):
            assert (done.only["class"], done.only["code"], done.only["host"]) == ("transient", "tls", host)
            holds(done.only["message"], f"the certificate of {host} is not accepted", "self-signed", "SSL_CERT_FILE")
        trusting = {"SSL_CERT_FILE": str(file)}
        assert run("resolve", "--catalog", url, "track:31", env=trusting).only["kind"] == "track"
        # It is asked, and what it sends is looked at: that is no audio.
        assert run("fetch", stdin=media, env=trusting).only["code"] != "tls"
        done = run("resolve", "--catalog", url, "track:31", env={"SSL_CERT_FILE": str(tmp_path / "none.pem")})
        assert (done.only["class"], done.only["code"]) == ("config", "no_file")
        holds(done.only["message"], "SSL_CERT_FILE", "none.pem")


def test_a_certificate_for_another_name_is_not_to_be_trusted_by_a_file(run, tmp_path):
    with secure(tmp_path, "DNS:other.example") as (url, file):
        done = run("resolve", "--catalog", url, "track:31", env={"SSL_CERT_FILE": str(file)})
        holds(done.only["message"], url.removeprefix("https://"), "127.0.0.1", without=["SSL_CERT_FILE"])


# This machine


def test_a_disk_that_is_full(run, disk, tmp_path, site):
    site.answers["/31.mp3"] = (200, {"Content-Type": "audio/mpeg"}, b"\xff\xfb\x90\x64" + bytes(413))
    small = disk(tmp_path / "small", "1m")
    small.fill()
    done = run("fetch", "--spool", small.folder / "spool", stdin=lines({**TRACK, "media": {"url": f"{site.url}/31.mp3", "format": "mp3"}}))
    holds(done.stderr, str(small.folder), "0 bytes of room left", "make room there")
    done = run("record", "--library", small.folder, stdin=lines(TRACK))
    assert done.status == 78
    holds(done.stderr, str(small.folder), "make room there")
    text = f"ledger: {small.folder}/queue.sqlite\nstages:\n  - {{name: pass, run: [cat], writes: [media]}}\n"
    done = run("segue", "run", "--pipeline", pipeline(tmp_path, text), "track:31")
    holds(done.stderr, str(small.folder), "make room there", without=["nothing to do", "done"])


def test_a_spool_that_is_none(run, tmp_path):
    (tmp_path / "a file").write_text("x")
    media = lines({**TRACK, "media": {"url": "http://127.0.0.1:9/31.mp3", "format": "mp3"}})
    for folder in ("a file", "a file/spool"):
        done = run("fetch", "--spool", folder, stdin=media)
        assert done.status == 78
        holds(done.stderr, f"{tmp_path}/{folder}", "Not a directory", "a file has the name of a folder")
        done = run("segue", "run", "--pipeline", pipeline(tmp_path, f"spool: {{dir: {folder}}}\nstages:\n  - {{name: pass, run: [cat], writes: [media]}}\n"), "track:31")
        assert done.status == 78
        holds(done.stderr, f"{tmp_path}/{folder}", "a file has the name of a folder")


def test_a_file_system_that_cannot_be_written(run, disk, tmp_path):
    folder = disk(tmp_path / "medium", "1m").folder
    subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    for command in (["fetch", "--spool", folder / "spool"], ["place", "--library", folder / "Music"]):
        done = run(*command, stdin=lines(TRACK))
        assert done.status == 78
        holds(done.stderr, str(folder), "Read-only file system", "mount it so that it can be written")


@pytest.fixture
def as_nobody():
    """as_nobody(command, cwd) -> what a user without rights gets; skipped where there is none to be had."""
    if os.geteuid() != 0:
        pytest.skip("only root can be somebody else")
    probe = subprocess.run([PROGRAMS / "fetch", "--version"], capture_output=True, user=65534, group=65534, extra_groups=[], check=False) if reachable() else None
    if probe is None or probe.returncode != 0:
        pytest.skip("the programs are where others cannot come")

    def call(*command, cwd):
        return subprocess.run([PROGRAMS / command[0], *map(str, command[1:])], stdin=subprocess.DEVNULL, capture_output=True, text=True, user=65534, group=65534, extra_groups=[], cwd="/", env={**ENVIRONMENT, "PWD": str(cwd)})

    return call


def reachable():
    return all(path.stat().st_mode & 0o001 for path in [PROGRAMS.resolve(), *PROGRAMS.resolve().parents])


def test_files_of_somebody_else(as_nobody, run, tmp_path):
    text = f"ledger: {tmp_path}/queue/ledger.sqlite\nspool: {{dir: {tmp_path}/queue/spool}}\nstages:\n  - {{name: pass, run: [cat], writes: [media]}}\n"
    file = tmp_path / pipeline(tmp_path, text)
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    if not all(folder.stat().st_mode & 0o001 for folder in tmp_path.parents):
        pytest.skip("others cannot come to the test's folder")
    assert run("segue", "add", "--pipeline", file, "track:31").status == 0
    done = as_nobody("segue", "run", "--pipeline", file, "track:32", cwd=tmp_path)
    assert done.returncode == 78
    holds(done.stderr, f"the ledger {tmp_path}/queue/ledger.sqlite", "give the user nobody the right", "its owner")
    done = as_nobody("place", "--library", tmp_path / "Music", cwd=tmp_path)
    assert done.returncode == 78
    holds(done.stderr, f"{tmp_path}/Music", "Permission denied", "give the user nobody the right")


def test_a_port_that_is_taken_and_one_that_is_none(run, site, tmp_path):
    file = pipeline(tmp_path)
    address = site.url.removeprefix("http://")
    done = run("segue", "serve", "--pipeline", file, "--listen", address)
    assert done.status == 69
    holds(done.stderr, f"cannot listen on {address}", "another program listens there", "--listen", without=["bind("])
    done = run("segue", "serve", "--pipeline", file, "--listen", "127.0.0.1:80000")
    assert done.status == 64
    holds(done.stderr, "80000 is not a port", "65535", "127.0.0.1:7333")
    done = run("segue", "serve", "--pipeline", file, "--listen", "192.0.2.77:7333")
    assert done.status == 69
    holds(done.stderr, "cannot listen on 192.0.2.77:7333", "no such address", "--listen")


def test_a_ledger_and_a_catalogue_that_are_damaged(run, tmp_path):
    file = pipeline(tmp_path)
    (tmp_path / "queue").mkdir()
    (tmp_path / "queue/ledger.sqlite").write_bytes(b"not a ledger" * 900)
    holds(run("segue", "list", "--pipeline", file).stderr, "queue/ledger.sqlite is damaged", "move it aside", "begins a new one")
    (tmp_path / "Music/.segue").mkdir(parents=True)
    (tmp_path / "Music/.segue/catalogue.sqlite").write_bytes(b"not a catalogue" * 900)
    library = tmp_path / "Music"
    for command in (["record", "--library", "Music"], ["resolve", "--library", "Music"], ["segue", "verify", "--library", "Music"], ["segue", "import", "Music"]):
        done = run(*command)
        assert done.status == 78
        holds(done.stderr, f"{library}/.segue/catalogue.sqlite is damaged", f"segue import {library} --rebuild", "puts it aside")
    assert run("segue", "import", library, "--rebuild").status == 0
    assert run("record", "--library", "Music").status == 0


def test_a_catalogue_of_somebody_else(as_nobody, run, tmp_path):
    assert run("record", "--library", "Music").status == 0
    for folder in [tmp_path, *tmp_path.parents]:
        if folder.is_relative_to("/tmp/pytest-of-root"):
            folder.chmod(0o755)
    done = as_nobody("record", "--library", tmp_path / "Music", cwd=tmp_path)
    assert done.returncode == 78
    holds(done.stderr, f"{tmp_path}/Music", "give the user nobody the right")


# What is asked for


@pytest.mark.parametrize("template", ["../../%title%", "%artist%/./%title%", "%album%/.."])
def test_a_template_that_leads_out(template, run, tmp_path):
    done = run("place", "--library", "Music", "--template", template)
    assert done.status == 64 and not (tmp_path / "Music").exists()
    holds(done.stderr, "the template has the part", "all paths begin in the library")
    text = f'stages:\n  - {{name: a, run: [cat], writes: [media]}}\n  - {{name: b, run: [place, --library, Music, --template, "{template}"]}}\n'
    done = run("segue", "check", pipeline(tmp_path, text))
    assert done.status == 78
    holds(done.stderr, "home.yaml:3: stage b:", "all paths begin in the library")


def test_a_template_whose_names_become_others(run):
    done = run("place", "--library", "Music", "--template", "%artist%: all/%title%")
    assert done.status == 0
    holds(done.stderr, "…: all in the template becomes …_ all")


FOREIGN = b"caf\xe9 1.m3u"


@pytest.mark.parametrize("command", [
    ["resolve"], ["segue", "search", "--pipeline", "home.yaml"], ["segue", "add", "--pipeline", "home.yaml"], ["segue", "run", "--pipeline", "home.yaml"], ["place", "--library"], ["record", "--library"], ["fetch", "--spool"],
    ["decrypt", "--keyring"], ["segue", "import"], ["segue", "check"], ["origin", "--clear"]], ids=" ".join)
def test_a_name_that_is_no_text(command, tmp_path):
    pipeline(tmp_path)
    before = sorted(os.listdir(os.fsencode(tmp_path)))
    done = subprocess.run([os.fsencode(PROGRAMS / command[0]), *map(os.fsencode, command[1:]), FOREIGN], cwd=tmp_path, env=ENVIRONMENT, stdin=subprocess.DEVNULL, capture_output=True, timeout=60)
    assert done.returncode == 64 and done.stdout == b"" and sorted(os.listdir(os.fsencode(tmp_path))) == before
    holds(done.stderr.decode(), "not UTF-8: caf\\xe9 1.m3u", "rename", without=["\ufffd"])


def test_a_variable_that_is_no_text(tmp_path):
    environment = {**{os.fsencode(k): os.fsencode(v) for k, v in ENVIRONMENT.items()}, b"SEGUE_SPOOL": b"sp\xf6\xf6l", b"OTHER": b"\xff"}
    done = subprocess.run([PROGRAMS / "fetch"], cwd=tmp_path, env=environment, capture_output=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 64
    holds(done.stderr.decode(), "a variable is not UTF-8: SEGUE_SPOOL=sp\\xf6\\xf6l", "set it")
    del environment[b"SEGUE_SPOOL"]
    assert subprocess.run([PROGRAMS / "fetch"], cwd=tmp_path, env=environment, capture_output=True, stdin=subprocess.DEVNULL).returncode == 0


def test_a_line_of_references_that_is_no_text(run, tmp_path):
    done = run("resolve", "--catalog", "http://127.0.0.1:9", stdin=FOREIGN + b"\n")
    assert done.only["class"] == "permanent"
    holds(done.stderr, "line 1", "not UTF-8: caf\\xe9 1.m3u")
    done = run("segue", "add", "--pipeline", pipeline(tmp_path), "-", stdin=b"track:31\n" + FOREIGN + b"\n")
    assert done.status == 1
    holds(done.stderr, "line 2", "not UTF-8: caf\\xe9 1.m3u")


# Stages


STORY = "import json, sys\nfor line in sys.stdin:\n    record = json.loads(line)\n    if record['kind'] == 'track': raise ValueError('no use for ' + record['track']['title'])\n    print(line, end='', flush=True)\n"


def test_a_stage_that_dies_again_and_again_tells_its_story_once(run, tmp_path):
    (tmp_path / "stage.py").write_text(STORY)
    text = "ledger: queue/ledger.sqlite\nretry: {attempts: 2, base: 10ms}\nstages:\n  - {name: odd, run: [python3, stage.py], replicas: 3, writes: [media]}\n"
    tracks = lines(*({**TRACK, "id": f"shop:track:{n}", "track": {"title": "odd" if n < 3 else "another"}} for n in range(4)))
    done = run("segue", "run", "--pipeline", pipeline(tmp_path, text), "-", stdin=tracks, timeout=120)
    notes = [line for line in done.stderr.splitlines() if re.match(r"odd\.\d: ", line)]
    # Two may die side by side, before either is known to have.
    assert 1 <= sum("Traceback" in line for line in notes) <= 3, done.stderr
    assert sum("lines as before" in line for line in notes) >= 3
    assert sum(line.endswith("ValueError: no use for another") for line in notes) >= 1
