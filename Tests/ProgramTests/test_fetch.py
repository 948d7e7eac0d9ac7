"""fetch, against small servers that answer in every way there is, and in some that there should not be."""

import base64
import contextlib
import email.utils
import gzip
import hashlib
import http.server
import json
import os
import pathlib
import random
import resource
import signal
import socket
import ssl
import struct
import subprocess
import tempfile
import threading
import time

import pytest
from programs import lines

AUDIO = b"fLaC" + random.Random(7).randbytes(300_000)
# Enough to be remembered across a crash.
LONG = b"fLaC" + random.Random(6).randbytes(3 << 20)
PICTURE = b"\x89PNG\r\n\x1a\n" + random.Random(8).randbytes(5000)
CIPHER = {"scheme": "bf-cbc-stripe", "key_id": "k", "chunk_bytes": 2048, "every": 3, "iv_hex": "0001020304050607"}
PATIENCE = 20


def sha256(body):
    return hashlib.sha256(body).hexdigest()


def track(url, id="c:track:7", track=None, **media):
    record = {"v": 1, "id": id, "kind": "track", "media": {"url": url, "format": "flac", **media}}
    return {**record, "track": track} if track else record


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def switches(process):
    """How often a process has gone to sleep so far."""
    return int(pathlib.Path(f"/proc/{process}/status").read_text().split("\nvoluntary_ctxt_switches:")[1].split()[0])


def files(spool):
    """What lies in the spool, by the ending of its name."""
    return {name.name.split(".", 1)[-1]: name for name in spool.iterdir()} if spool.exists() else {}


class Body:
    """Serves one body, with ranges as asked for; `seen` are the heads of the requests for it."""

    def __init__(self, body=AUDIO, etag=None, ranges=True, cut=None, reset=False, hold=None, **headers):
        self.body, self.etag, self.ranges, self.cut, self.reset, self.hold = body, etag, ranges, cut, reset, hold
        self.headers = {name.replace("_", "-"): value for name, value in headers.items()}
        self.seen, self.clients = [], set()

    def __call__(self, request):
        self.seen.append(dict(request.headers.items()))
        self.clients.add(request.client_address)
        start, status, headers = self.start(request), 200, {"Content-Type": "audio/flac", **self.headers}
        if self.etag:
            headers["ETag"] = self.etag
        if start:
            status = 206
            headers["Content-Range"] = f"bytes {start}-{len(self.body) - 1}/{len(self.body)}"
        part = self.body[start:]
        request.send_response(status)
        for name, value in {"Content-Length": len(part), **headers}.items():
            request.send_header(name, value)
        request.end_headers()
        with contextlib.suppress(OSError):
            self.send(request, part)

    def start(self, request):
        asked = request.headers.get("Range")
        if not (self.ranges and asked and request.headers.get("If-Range") in (None, self.etag)):
            return 0
        return int(asked.removeprefix("bytes=").removesuffix("-"))

    def send(self, request, part):
        if self.cut is None:
            return request.wfile.write(part)
        request.wfile.write(part[:self.cut])
        if self.hold:
            self.hold.wait(PATIENCE)
            return request.wfile.write(part[self.cut:])
        end(request, self.reset)


def end(request, reset=False):
    """Closes a connection, with a FIN or with a RST."""
    if reset:
        request.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        request.connection.close()
    else:
        request.connection.shutdown(socket.SHUT_RDWR)
    request.close_connection = True


def raw(text, body=b""):
    """An answer in the very bytes that are given, and then the end of the connection."""
    def answer(request):
        with contextlib.suppress(OSError):
            request.connection.sendall(text.encode() + body)
            end(request)
    return answer


@pytest.fixture
def spool(tmp_path):
    return tmp_path / "spool"


@pytest.fixture
def hold():
    """What a server waits for in the middle of a body; set at the end of the test in any case."""
    event = threading.Event()
    yield event
    event.set()


@pytest.fixture
def fetch(run, spool):
    """fetch(record, ..., "--option") -> Outcome; one record after the other, unless an option says how many at a time."""

    def call(*given, **options):
        records = [g for g in given if not isinstance(g, str) or g.startswith("{")]
        arguments = [g for g in given if g not in records]
        if "--transfers" not in arguments:
            arguments += ["--transfers", "1"]
        return run("fetch", "--spool", spool, *arguments, stdin=lines(*records), **options)

    return call


# What is right

def test_a_track_comes_with_its_length_and_digest(site, fetch, spool):
    site.answers["/a"] = body = Body()
    record = {**track(site.url + "/a", bytes=len(AUDIO), sha256=sha256(AUDIO)), "x_mine": 1e2, "seq": 4, "parent": "c:album:1"}
    done = fetch(record)
    assert done.status == 0 and done.stderr == ""
    file = done.only.pop("file")
    assert done.only == {**record, "file": file}
    assert file["path"].startswith(f"{spool}/") and file["path"].endswith(".media")
    assert (file["bytes"], file["sha256"]) == (len(AUDIO), sha256(AUDIO)) and set(file) == {"path", "bytes", "sha256"}
    assert pathlib.Path(file["path"]).read_bytes() == AUDIO and set(files(spool)) == {"media"}
    assert "Range" not in body.seen[0] and body.seen[0]["Accept-Encoding"] == "identity"
    assert body.seen[0]["Want-Repr-Digest"] == "sha-256=10" and body.seen[0]["User-Agent"].startswith("segue/")


def test_wrapped_bytes_come_as_they_are_with_the_words_that_say_how(site, fetch):
    body = gzip.compress(b"text that is wrapped " * 1000)
    site.answers["/a"] = Body(body, Content_Encoding="gzip")
    wrapping = {**CIPHER, "every": 3, "x_more": 1.50}
    line = json.dumps(track(site.url + "/a", cipher=wrapping))
    found = fetch(line)
    assert found.only["file"]["cipher"] == wrapping and b'"x_more": 1.5}' in found.stdout.split(b'"file"')[1]
    assert pathlib.Path(found.only["file"]["path"]).read_bytes() == body


def test_what_an_earlier_file_said_goes_but_foreign_members_stay(site, fetch, tmp_path):
    site.answers["/a"] = Body()
    old = {"path": str(tmp_path / "gone"), "bytes": 1, "sha256": "00" * 32, "cipher": CIPHER, "x_note": "mine",
           "artwork": {"path": "/gone", "bytes": 1, "sha256": "00" * 32, "mime": "image/png"}}
    file = fetch({**track(site.url + "/a", cipher=None), "file": old}).only["file"]
    assert set(file) == {"path", "bytes", "sha256", "x_note"} and file["sha256"] == sha256(AUDIO)


@pytest.mark.parametrize("how", ["chunked", "chunked with a length", "until the end"])
def test_a_body_of_unknown_length_is_taken_to_its_end(site, fetch, how):
    if how.startswith("chunked"):
        head = "Transfer-Encoding: chunked\r\n" + ("Content-Length: 5\r\n" if "length" in how else "")
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(AUDIO), AUDIO)
    else:
        head, body = "", AUDIO
    site.answers["/a"] = raw(f"HTTP/1.1 200 OK\r\n{head}Connection: close\r\n\r\n", body)
    assert fetch(track(site.url + "/a", bytes=len(AUDIO))).only["file"]["sha256"] == sha256(AUDIO)


@pytest.mark.parametrize("format, head", [
    ("flac", b"fLaC"), ("flac", b"ID3\x04"), ("mp3", b"ID3\x03"), ("mp3", b"\xff\xfb\x90\x00"), ("ogg", b"OggS"),
    ("m4a", b"\x00\x00\x00\x20ftypM4A "), ("wav", b"RIFF\x00\x00\x00\x00WAVE")])
def test_every_format_is_known_by_its_first_bytes(site, fetch, format, head):
    site.answers["/a"] = Body(head + bytes(1000))
    assert fetch(track(site.url + "/a", format=format)).only["file"]["bytes"] == len(head) + 1000


def test_one_connection_serves_many_records(site, fetch):
    site.answers["/a"] = body = Body()
    site.answers["/cover"] = (200, {"Content-Type": "image/png"}, PICTURE)
    records = [track(site.url + "/a", id=f"c:track:{n}", track={"artwork_url": f"{site.url}/cover"}) for n in range(20)]
    assert [r["file"]["sha256"] for r in fetch(*records).records] == [sha256(AUDIO)] * 20
    assert len(body.seen) == 20 and len(body.clients) == 1


def test_memory_does_not_grow_with_the_body(site, tmp_path, spool, peak_memory):
    site.answers["/a"] = Body(b"fLaC" + bytes(64 << 20))
    (tmp_path / "in").write_bytes(lines(track(site.url + "/a")))
    assert peak_memory("fetch", "--spool", spool, stdin=tmp_path / "in", stdout=tmp_path / "out") < 48 << 20
    assert json.loads((tmp_path / "out").read_bytes())["file"]["bytes"] == 4 + (64 << 20)


# What is there already

def test_a_record_whose_file_proves_right_passes_without_a_request(site, fetch):
    site.answers["/a"] = Body()
    first = fetch(track(site.url + "/a"))
    again = fetch(first.stdout.decode().strip())
    assert again.stdout == first.stdout and site.count("/a") == 1


@pytest.mark.parametrize("body, told", [(LONG, {}), (LONG, {"sha256": sha256(LONG)}), (AUDIO, {"sha256": sha256(AUDIO)})])
def test_a_file_in_the_spool_that_proves_right_is_answered_without_a_request(site, fetch, body, told):
    site.answers["/a"] = Body(body)
    record = track(site.url + "/a", quality="flac", bytes=len(body), **told)
    first = fetch(record)
    moved = track(site.url + "/elsewhere", quality="flac", sha256=sha256(body), expires_at="2001-01-01T00:00:00Z")
    assert fetch(record).stdout == first.stdout and fetch(moved).only["file"] == first.only["file"]
    assert len(site.requests) == 1


def test_a_small_file_in_the_spool_that_nothing_proves_right_is_fetched_anew(site, fetch, spool):
    site.answers["/a"] = Body()
    record = track(site.url + "/a", bytes=len(AUDIO))
    path = pathlib.Path(fetch(record).only["file"]["path"])
    path.write_bytes(b"fLaC" + bytes(len(AUDIO) - 4))
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and path.read_bytes() == AUDIO and site.count("/a") == 2


@pytest.mark.parametrize("size, has_state", [(100_000, False), ((1 << 20) - 1, False), (1 << 20, True), (3 << 20, True)])
def test_only_a_file_that_is_worth_it_has_a_state_beside_it(site, fetch, spool, size, has_state):
    site.answers["/a"] = Body(LONG[:size], etag='"1"')
    assert "file" in fetch(track(site.url + "/a", sha256=sha256(LONG[:size]))).only
    assert set(files(spool)) == ({"media", "json"} if has_state else {"media"})


@pytest.mark.parametrize("change", [
    {"quality": "flac_24"}, {"format": "mp3"}, {"bytes": 9}, {"sha256": "00" * 32}, {"cipher": CIPHER}])
def test_a_file_that_is_another_than_the_media_names_is_fetched_anew(site, fetch, change):
    site.answers["/a"] = Body()
    fetch(track(site.url + "/a", quality="flac"))
    site.answers["/a"] = Body(b"ID3\x04" + bytes(5))
    found = fetch(track(site.url + "/a", **{"quality": "flac", **change})).only
    assert site.count("/a") == 2
    assert found["code"] == "wrong_digest" if "sha256" in change else found["file"]["bytes"] == 9


@pytest.mark.parametrize("damage", ["media", "json", "short"])
def test_a_damaged_file_in_the_spool_is_fetched_anew(site, fetch, spool, damage):
    site.answers["/a"] = Body(LONG)
    first = fetch(track(site.url + "/a"))
    path = pathlib.Path(first.only["file"]["path"])
    if damage == "json":
        files(spool)["json"].write_text('{"format":"fl')
    else:
        path.write_bytes(LONG[:-1] + b"!" if damage == "media" else LONG[:-1])
    assert fetch(first.stdout.decode().strip() if damage != "json" else track(site.url + "/a")).only["file"] == first.only["file"]
    assert path.read_bytes() == LONG and site.count("/a") == 2


def test_a_file_that_only_lacked_its_name_gets_it_without_a_request(site, fetch, spool):
    site.answers["/a"] = Body(LONG)
    first = fetch(track(site.url + "/a"))
    path = pathlib.Path(first.only["file"]["path"])
    path.rename(f"{path}.part")
    assert fetch(track(site.url + "/a")).stdout == first.stdout and site.count("/a") == 1
    assert set(files(spool)) == {"media", "json"}


# What has to be resolved again

def test_a_record_without_media_is_stale(fetch):
    answer = fetch({"v": 1, "id": "c:track:7", "kind": "track"}).only
    assert (answer["class"], answer["code"]) == ("stale", "no_media")


@pytest.mark.parametrize("time", ["2001-02-03T04:05:06Z", "2001-02-03T04:05:06.789+02:00"])
def test_media_past_its_time_is_stale_without_a_request(site, fetch, spool, time):
    answer = fetch(track(site.url + "/a", expires_at=time)).only
    assert (answer["class"], answer["code"]) == ("stale", "expired") and site.requests == [] and files(spool) == {}


def test_media_that_has_time_left_is_fetched(site, fetch):
    site.answers["/a"] = Body()
    assert "file" in fetch(track(site.url + "/a", expires_at="2999-01-01T00:00:00Z")).only


# Every status

def http_date(seconds):
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


@pytest.mark.parametrize("status, headers, expected", [
    (400, {}, "permanent"), (401, {}, "permanent"), (402, {}, "permanent"), (403, {}, "stale"), (404, {}, "permanent"),
    (405, {}, "permanent"), (407, {}, "permanent"), (408, {}, "transient"), (410, {}, "stale"), (416, {}, "transient"),
    (418, {}, "permanent"), (425, {}, "transient"), (451, {}, "permanent"), (500, {}, "transient"), (502, {}, "transient"),
    (503, {}, "transient"), (504, {}, "transient"), (507, {"Retry-After": "7"}, "transient"), (599, {}, "transient"),
    (429, {}, 5), (429, {"Retry-After": "7"}, 7), (429, {"Retry-After": "soon"}, 5), (429, {"Retry-After": "-3"}, 5),
    (503, {"Retry-After": "7"}, 7), (503, {"Retry-After": "soon"}, "transient"), (429, {"Retry-After": "99999999"}, 604800),
    (429, {"Retry-After": http_date(-100)}, 1)])
def test_a_status_has_its_class(site, fetch, spool, status, headers, expected):
    site.answers["/a"] = (status, headers, {"error": "no"})
    answer = fetch(track(site.url + "/a")).only
    assert answer["class"] == ("throttled" if isinstance(expected, int) else expected)
    assert answer.get("retry_after_s") == (expected if isinstance(expected, int) else None)
    assert answer["code"] == f"http_{status}" and answer["host"] == site.url.removeprefix("http://")
    assert answer["stage"] == "fetch" and site.count("/a") == 1 and files(spool) == {}


def test_a_retry_after_may_be_a_date(site, fetch):
    site.answers["/a"] = (503, {"Retry-After": http_date(3600)}, b"")
    answer = fetch(track(site.url + "/a")).only
    assert answer["class"] == "throttled" and 3000 < answer["retry_after_s"] <= 3600


@pytest.mark.parametrize("status", [300, 301, 302, 304, 307, 308])
def test_a_redirect_to_nowhere_is_permanent(site, fetch, status):
    site.answers["/a"] = (status, {}, b"")
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("permanent", "bad_redirect") and "host" in answer


@pytest.mark.parametrize("status", [200, 202, 204])
def test_an_empty_body_is_an_error(site, fetch, spool, status):
    site.answers["/a"] = (status, {"Content-Type": "audio/flac"}, b"")
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("transient", "empty") and "host" in answer and files(spool) == {}


def test_a_range_that_was_not_asked_for_is_not_taken(site, fetch, spool):
    site.answers["/a"] = (206, {"Content-Range": "bytes 5-9/10", "Content-Type": "audio/flac"}, b"12345")
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("transient", "wrong_range") and files(spool) == {}


def test_a_long_refusal_is_not_read_to_its_end(site, fetch):
    site.answers["/a"] = (404, {}, bytes(8 << 20))
    assert fetch(track(site.url + "/a")).only["code"] == "http_404"


# Faults of the network

def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize("url, code", [
    ("http://127.0.0.1:{port}/a", "connect"), ("http://no-such-host.invalid/a", "dns"), ("https://{site}/a", "tls")])
def test_a_server_that_is_not_there_is_transient(site, fetch, url, code):
    answer = fetch(track(url.replace("{site}", site.url.removeprefix("http://")).replace("{port}", str(free_port())))).only
    assert (answer["class"], answer["code"]) == ("transient", code) and answer["host"]


def test_a_server_that_cannot_prove_who_it_is_gets_no_request(fetch, tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", tmp_path / "key", "-out", tmp_path / "cert"],
        check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert", tmp_path / "key")
    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = []

        def listen():
            with contextlib.suppress(OSError), context.wrap_socket(server.accept()[0], server_side=True) as client:
                heard.append(client.recv(100))

        thread = threading.Thread(target=listen, daemon=True)
        thread.start()
        answer = fetch(track(f"https://127.0.0.1:{server.getsockname()[1]}/a")).only
        thread.join(PATIENCE)
    assert (answer["class"], answer["code"]) == ("transient", "tls") and not any(heard)


@pytest.mark.parametrize("url", [
    "file:///etc/hostname", "ftp://127.0.0.1/a", "gopher://127.0.0.1/a", "nonsense", "", "http://", "/etc/hostname",
    "http://127.0.0.1/\r\nX-Mine: 1"])
def test_a_url_that_is_not_one_is_permanent(fetch, spool, url):
    answer = fetch(track(url)).only
    assert (answer["class"], answer["code"]) == ("permanent", "bad_url") and files(spool) == {}


@pytest.mark.parametrize("answer, code", [(raw(""), "cut"), (raw("nonsense\r\n\r\n"), "bad_answer"), (raw("HTTP/1.1 200 OK\r\n"), "empty")])
def test_an_answer_that_is_none_is_transient(site, fetch, answer, code):
    site.answers["/a"] = answer
    found = fetch(track(site.url + "/a")).only
    assert (found["class"], found["code"]) == ("transient", code) and "host" in found


@pytest.mark.parametrize("reset", [False, True])
def test_a_cut_is_transient_and_its_bytes_are_kept(site, fetch, spool, reset):
    site.answers["/a"] = Body(cut=100_000, reset=reset, etag='"1"')
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("transient", "cut") and "host" in answer
    part = files(spool)["media.part"].read_bytes()
    assert AUDIO.startswith(part) and (len(part) == 100_000 or reset)


@pytest.mark.parametrize("sent", ["nothing", "a head", "a part"])
def test_a_stall_is_transient(site, fetch, hold, sent):
    def quiet(request):
        if sent == "a head":
            request.connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n")
        hold.wait(PATIENCE)
    site.answers["/a"] = quiet if sent != "a part" else Body(cut=1000, hold=hold)
    answer = fetch(track(site.url + "/a"), "--stall", "1").only
    assert (answer["class"], answer["code"]) == ("transient", "stalled") and "host" in answer


# Bytes that are not the right ones

def page(type="text/html", body=b"<!DOCTYPE html><title>Please log in</title>" * 20):
    return 200, {"Content-Type": type}, body


@pytest.mark.parametrize("type", ["text/plain", "text/html; charset=utf-8", "application/json"])
def test_audio_is_known_by_its_bytes_whatever_it_is_called(site, fetch, type):
    body = Body()
    body.headers["Content-Type"] = type
    site.answers["/a"] = body
    assert "file" in fetch(track(site.url + "/a")).only


@pytest.mark.parametrize("front", [bytes(40_000), b"\x00\x01", b"\x80" * 600])
def test_mp3_may_have_something_in_front_that_players_pass_over(site, fetch, front):
    frame = b"\xff\xfb\x90\x64" + bytes(413)
    site.answers["/a"] = Body(front + frame * 20)
    assert fetch(track(site.url + "/a", format="mp3")).only["file"]["bytes"] == len(front) + len(frame) * 20
    site.answers["/a"] = Body(front + bytes(3000))
    assert fetch(track(site.url + "/a", id="c:track:8", format="mp3")).only["code"] == "not_audio"


@pytest.mark.parametrize("status", [403, 410])
@pytest.mark.parametrize("told", [{"id": "url:track:1"}, {"offer": {"url": "http://h/a", "format": "flac"}}])
def test_a_refused_link_is_given_up_as_nobody_has_another(site, fetch, status, told):
    site.answers["/a"] = (status, {}, b"")
    answer = fetch({**track(site.url + "/a"), **told}).only
    assert (answer["class"], answer["code"]) == ("permanent", f"http_{status}")


@pytest.mark.parametrize("type", [
    "text/html; charset=utf-8", "text/plain", "TEXT/HTML", "application/json", "application/problem+json", "application/xml",
    "application/xhtml+xml"])
@pytest.mark.parametrize("cipher", [None, CIPHER])
def test_a_document_in_place_of_audio_is_told_by_its_type(site, fetch, spool, type, cipher):
    site.answers["/a"] = page(type)
    answer = fetch(track(site.url + "/a", cipher=cipher)).only
    assert (answer["class"], answer["code"]) == ("transient", "wrong_type") and "host" in answer and files(spool) == {}


@pytest.mark.parametrize("cipher", [None, CIPHER])
@pytest.mark.parametrize("body", [b'{"error":"no"}', "Zugriff verweigert, ä\n".encode() * 100])
def test_a_document_that_calls_itself_audio_is_told_by_its_bytes(site, fetch, spool, cipher, body):
    site.answers["/a"] = page("audio/flac", body)
    answer = fetch(track(site.url + "/a", cipher=cipher)).only
    assert (answer["class"], answer["code"]) == ("transient", "not_audio") and files(spool) == {}


def test_audio_of_another_format_is_not_taken_and_not_read_to_its_end(site, fetch, spool, hold):
    site.answers["/a"] = Body(b"OggS" + bytes(100_000), cut=2000, hold=hold)
    answer = fetch(track(site.url + "/a"), "--stall", "10").only
    assert (answer["class"], answer["code"]) == ("transient", "not_audio") and files(spool) == {}

@pytest.mark.parametrize("named", ["flac", "mp3", "m4a"])
def test_audio_of_another_format_is_taken_where_a_name_alone_told_it(site, fetch, spool, named):
    ogg = b"OggS" + bytes(3000)
    site.answers["/a"] = Body(ogg)
    answer = fetch(track(site.url + "/a", format=named, any_format=True)).only
    assert pathlib.Path(answer["file"]["path"]).read_bytes() == ogg and answer["media"]["format"] == named
    site.answers["/b"] = Body(b"PK\x03\x04" + bytes(3000))
    answer = fetch(track(site.url + "/b", id="c:track:8", format=named, any_format=True)).only
    assert (answer["code"], answer["message"]) == ("not_audio", f"{site.url.removeprefix('http://')} sent something else where {named} was announced")


def test_a_gzip_of_audio_is_not_decoded(site, fetch, spool):
    site.answers["/a"] = Body(gzip.compress(AUDIO), Content_Encoding="gzip")
    assert fetch(track(site.url + "/a")).only["code"] == "not_audio" and files(spool) == {}


def repr_digest(body):
    return f"sha-512=:AAAA:, sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


@pytest.mark.parametrize("media, headers, code", [
    ({"sha256": "00" * 32}, {}, "wrong_digest"), ({"sha256": sha256(AUDIO).upper()}, {}, None),
    ({}, {"Repr_Digest": repr_digest(b"other")}, "wrong_digest"), ({}, {"Repr_Digest": repr_digest(AUDIO)}, None),
    ({}, {"Repr_Digest": "nonsense=?"}, None), ({}, {"Repr_Digest": "sha-256=:AAAA:"}, None),
    ({"bytes": len(AUDIO) + 1}, {}, "wrong_length"), ({"bytes": len(AUDIO) - 1}, {}, "wrong_length")])
def test_length_and_digest_are_held_against_what_was_said(site, fetch, spool, media, headers, code):
    site.answers["/a"] = Body(etag='"1"', **headers)
    answer = fetch(track(site.url + "/a", **media)).only
    if code:
        assert (answer["class"], answer["code"]) == ("transient", code) and "host" in answer and files(spool) == {}
    else:
        assert answer["file"]["sha256"] == sha256(AUDIO)


@pytest.mark.parametrize("bytes", [len(AUDIO) - 1, len(AUDIO) + 1])
def test_a_body_of_another_length_than_the_manifest_says_is_refused_as_it_comes(site, fetch, spool, bytes):
    site.answers["/a"] = raw("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n\r\n", AUDIO)
    assert fetch(track(site.url + "/a", bytes=bytes)).only["code"] == "wrong_length" and files(spool) == {}


def test_a_body_that_is_longer_than_announced_is_not_read_to_its_end(site, fetch, spool, hold):
    def endless(request):
        request.connection.sendall(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + AUDIO)
        hold.wait(PATIENCE)
    site.answers["/a"] = endless
    assert fetch(track(site.url + "/a", bytes=1000), "--stall", "10").only["code"] == "wrong_length" and files(spool) == {}


@pytest.mark.parametrize("media", [
    {"bytes": 0}, {"bytes": -1}, {"bytes": "9"}, {"sha256": "00"}, {"sha256": "x" * 64}, {"url": 1}, {"format": "aac"},
    {"cipher": {**CIPHER, "scheme": "other"}}])
def test_media_that_cannot_be_is_permanent(site, fetch, media):
    answer = fetch(track(**{"url": site.url + "/a", **media})).only
    assert answer["class"] == "permanent" and answer["code"].startswith("bad_") and site.requests == []


# How much may come

class Stream:
    """A body without a length and without an end; `sent` are the bytes that the other side took."""

    def __init__(self, head="HTTP/1.1 200 OK", **headers):
        self.head = "\r\n".join([head, "Connection: close", *(f"{name.replace('_', '-')}: {value}" for name, value in headers.items())]) + "\r\n\r\n"
        self.sent = 0

    def __call__(self, request):
        with contextlib.suppress(OSError):
            request.connection.sendall(self.head.encode() + b"fLaC")
            while self.sent < 1 << 30:
                request.connection.sendall(b"x" * 65536)
                self.sent += 65536
        end(request)


# What the two ends of a connection hold.
ON_THE_WAY = 16 << 20


@pytest.mark.parametrize("options, env", [
    (["--max-bytes", "3M"], {}), ([], {"SEGUE_SPOOL_LIMIT": "3000000"}), (["--max-bytes", "9G"], {"SEGUE_SPOOL_LIMIT": "3000000"})])
def test_a_body_without_an_end_is_given_up_at_the_limit_and_leaves_nothing(site, start, spool, options, env):
    site.answers["/a"] = stream = Stream(Content_Type="audio/flac", ETag='"1"')
    process = start("fetch", "--spool", spool, *options, env=env)
    process.stdin.write(lines(track(site.url + "/a")))
    process.stdin.flush()
    most, output = 0, []
    reader = threading.Thread(target=lambda: output.append(process.stdout.readline()))
    reader.start()
    while reader.is_alive():
        with contextlib.suppress(FileNotFoundError):
            most = max([most, *(path.stat().st_size for path in files(spool).values())])
        time.sleep(0.001)
    answer = json.loads(output[0])
    assert (answer["class"], answer["code"], answer["host"]) == ("permanent", "too_large", site.url.removeprefix("http://")) and "3000000" in answer["message"]
    assert most <= 3_000_000 and stream.sent < 3_000_000 + ON_THE_WAY and files(spool) == {}


@pytest.mark.parametrize("options, told, served, is_taken", [
    (["--max-bytes", "300K"], {}, {}, False), (["--max-bytes", "300K"], {"bytes": len(AUDIO)}, {}, False), (["--max-bytes", "1M"], {}, {}, True),
    (["--max-bytes", "0"], {}, {}, True), ([], {}, {}, True)])
def test_a_body_that_announces_more_than_is_allowed_is_not_begun(site, fetch, spool, options, told, served, is_taken):
    site.answers["/a"] = body = Body(etag='"1"')
    answer = fetch(track(site.url + "/a", **told), *options).only
    if is_taken:
        assert answer["file"]["bytes"] == len(AUDIO)
    else:
        assert (answer["class"], answer["code"]) == ("permanent", "too_large") and "--max-bytes" in answer["message"] and files(spool) == {}
        # What the record itself says is not even asked for.
        assert len(body.seen) == (0 if told else 1)


def test_five_gigabytes_are_too_much_unless_somebody_says_otherwise(site, fetch, spool):
    site.answers["/a"] = raw("HTTP/1.1 200 OK\r\nContent-Length: 5000000000\r\n\r\n", AUDIO)
    assert fetch(track(site.url + "/a")).only["code"] == "too_large" and files(spool) == {}


@pytest.mark.parametrize("stream", [
    Stream(icy_name="A Station", Content_Type="audio/mpeg"), Stream(icy_metaint="16000"), Stream(ICY_BR="128"), Stream("ICY 200 OK", icy_name="Old"),
    Stream(ice_audio_info="bitrate=128")])
def test_a_radio_station_is_no_file(site, fetch, spool, stream):
    site.answers["/a"] = stream
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("permanent", "endless") and "endless radio stream" in answer["message"]
    assert stream.sent < ON_THE_WAY and files(spool) == {}


def test_what_a_station_serves_with_a_length_is_a_file(site, fetch):
    site.answers["/a"] = Body(icy_name="A Station")
    assert fetch(track(site.url + "/a")).only["file"]["bytes"] == len(AUDIO)


def test_a_body_that_the_disk_has_no_room_for_is_not_begun(site, fetch, spool, disk):
    disk(spool, "256k")
    site.answers["/a"] = Body(etag='"1"')
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("config", "disk_full") and "host" not in answer and str(len(AUDIO)) in answer["message"]
    assert files(spool).keys() <= {"media.part"} and all(path.stat().st_size == 0 for path in files(spool).values())


def test_what_filled_the_disk_is_not_left_there(site, fetch, spool, disk):
    disk(spool, "256k")
    site.answers["/a"] = raw("HTTP/1.1 200 OK\r\nETag: \"1\"\r\nConnection: close\r\n\r\n", AUDIO)
    assert fetch(track(site.url + "/a")).only["code"] == "disk_full" and files(spool) == {}


# Going on where a transfer broke off

def broken_off(site, fetch, cut=100_000, etag='"1"', **media):
    site.answers["/a"] = Body(cut=cut, etag=etag)
    record = track(site.url + "/a", **media)
    assert fetch(record).only["code"] == "cut"
    return record


def test_a_transfer_goes_on_where_it_broke_off(site, fetch, spool):
    record = broken_off(site, fetch, sha256=sha256(AUDIO))
    site.answers["/a"] = body = Body(etag='"1"', Repr_Digest=repr_digest(AUDIO))
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO)
    assert (body.seen[0]["Range"], body.seen[0]["If-Range"]) == ("bytes=100000-", '"1"') and len(body.seen) == 1
    assert set(files(spool)) == {"media", "json"}


def test_a_transfer_may_break_off_many_times(site, fetch):
    record = broken_off(site, fetch)
    for _ in range(2):
        site.answers["/a"] = Body(cut=50_000, etag='"1"')
        assert fetch(record).only["code"] == "cut"
    site.answers["/a"] = body = Body(etag='"1"')
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and body.seen[0]["Range"] == "bytes=200000-"


def test_the_same_media_under_a_new_url_goes_on(site, fetch):
    broken_off(site, fetch)
    site.answers["/new"] = body = Body(etag='"1"')
    assert fetch(track(site.url + "/new?signed=2")).only["file"]["sha256"] == sha256(AUDIO) and "Range" in body.seen[0]


@pytest.mark.parametrize("etag", [None, 'W/"1"'])
def test_without_a_strong_validator_a_transfer_starts_anew(site, fetch, spool, etag):
    record = broken_off(site, fetch, etag=etag)
    assert files(spool) == {}
    site.answers["/a"] = body = Body(etag=etag)
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and "Range" not in body.seen[0]


@pytest.mark.parametrize("etag, ranges", [('"2"', True), ('"1"', False)])
def test_a_whole_file_in_place_of_the_rest_is_taken_from_its_start(site, fetch, etag, ranges):
    record = broken_off(site, fetch)
    fresh = b"fLaC" + random.Random(9).randbytes(200_000)
    site.answers["/a"] = body = Body(fresh, etag=etag, ranges=ranges)
    assert fetch(record).only["file"]["sha256"] == sha256(fresh)
    assert body.seen[0]["Range"] == "bytes=100000-" and len(body.seen) == 1


@pytest.mark.parametrize("status, headers", [
    (416, {"Content-Range": "bytes */9"}), (206, {}), (206, {"Content-Range": "bytes 0-299999/300004"}),
    (206, {"Content-Range": "bytes 100000-300004/300005"}), (206, {"Content-Range": "nonsense"}),
    (206, {"Content-Range": "bytes 100000-300003/300004", "ETag": '"2"'}),
    (206, {"Content-Range": f"bytes 100000-{2**63 - 1}/*"})])
def test_an_answer_that_does_not_fit_the_rest_starts_anew_once(site, fetch, status, headers):
    record = broken_off(site, fetch)
    whole = Body()
    site.answers["/a"] = lambda request: (
        (status, {"Content-Type": "audio/flac", **headers}, AUDIO[100_000:]) if "Range" in request.headers else whole(request))
    site.requests.clear()
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and site.count("/a") == 2


@pytest.mark.parametrize("total", ["300004", "*"])
def test_a_range_that_ends_early_starts_anew(site, fetch, total):
    record = broken_off(site, fetch)
    whole, headers = Body(), {"Content-Type": "audio/flac", "Content-Range": f"bytes 100000-199999/{total}"}
    site.answers["/a"] = lambda request: (
        (206, headers, AUDIO[100_000:200_000]) if "Range" in request.headers else whole(request))
    site.requests.clear()
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and site.count("/a") == 2


def test_a_server_that_refuses_every_range_is_asked_twice_at_most(site, fetch, spool):
    record = broken_off(site, fetch)
    site.requests.clear()
    site.answers["/a"] = (416, {}, b"")
    answer = fetch(record).only
    assert (answer["class"], answer["code"]) == ("transient", "http_416") and site.count("/a") == 2 and files(spool) == {}


@pytest.mark.parametrize("change", [{"quality": "other"}, {"cipher": CIPHER}, {"bytes": 9}])
def test_the_part_of_another_file_is_not_gone_on_with(site, fetch, change):
    record = broken_off(site, fetch)
    site.answers["/a"] = body = Body(AUDIO[:9], etag='"1"')
    record["media"].update(change)
    assert fetch(record).only["file"]["bytes"] == 9 and "Range" not in body.seen[0]


def test_a_rest_that_makes_a_wrong_whole_leaves_nothing(site, fetch, spool):
    record = broken_off(site, fetch, sha256=sha256(AUDIO))
    site.answers["/a"] = Body(AUDIO[:-1] + b"?", etag='"1"')
    assert fetch(record).only["code"] == "wrong_digest" and files(spool) == {}


@pytest.mark.parametrize("answer", [(503, {}, b""), (403, {}, b""), page()])
def test_a_refusal_leaves_what_came_before(site, fetch, answer):
    record = broken_off(site, fetch)
    site.answers["/a"] = answer
    assert fetch(record).only["kind"] == "error"
    site.answers["/a"] = body = Body(etag='"1"')
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and "Range" in body.seen[0]


# Redirects and credentials

def redirect(to, status=302):
    return status, {"Location": to}, b"see there"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_followed(site, other_site, fetch, status):
    site.answers["/a"] = redirect("b?x=1", status)
    site.answers["/b"] = redirect(other_site.url + "/c", status)
    other_site.answers["/c"] = Body()
    assert fetch(track(site.url + "/a")).only["file"]["sha256"] == sha256(AUDIO)
    assert site.requests == ["/a", "/b?x=1"] and other_site.requests == ["/c"]


def test_a_failure_names_the_host_that_it_came_from(site, other_site, fetch):
    site.answers["/a"] = redirect(other_site.url + "/none")
    assert fetch(track(site.url + "/a")).only["host"] == other_site.url.removeprefix("http://")


@pytest.mark.parametrize("to", [
    "ftp://127.0.0.1/a", "file:///etc/hostname", "gopher://127.0.0.1/", "data:audio/flac,fLaC", "http://", "javascript:1"])
def test_a_redirect_to_what_is_no_web_is_permanent(site, fetch, spool, to):
    site.answers["/a"] = redirect(to)
    answer = fetch(track(site.url + "/a")).only
    assert (answer["class"], answer["code"]) == ("permanent", "bad_redirect") and "host" in answer and files(spool) == {}


def own_address():
    """An address of this machine that others see; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("198.51.100.7", 9))
        except OSError:
            pytest.skip("this machine has no network")
        return probe.getsockname()[0]


def test_who_answers_from_afar_does_not_lead_to_this_machine(site, fetch, spool):
    address = own_address()
    if address.startswith("127."):
        pytest.skip("this machine has no network")

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(302)
            self.send_header("Location", site.url + "/private")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    site.answers["/private"] = (200, {"Content-Type": "audio/flac"}, b"fLaC" + bytes(100))
    afar = http.server.ThreadingHTTPServer((address, 0), Handler)
    threading.Thread(target=afar.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
    try:
        answer = fetch(track(f"http://{address}:{afar.server_address[1]}/a")).only
    finally:
        afar.shutdown()
        afar.server_close()
    assert (answer["class"], answer["code"], answer["host"]) == ("permanent", "bad_redirect", site.url.removeprefix("http://"))
    assert "nearer to this machine" in answer["message"] and site.requests == [] and files(spool) == {}


@pytest.mark.parametrize("options, code", [([], "bad_url"), (["--private"], None)])
def test_what_was_named_on_the_internet_is_not_fetched_from_this_machine(options, code, site, fetch, spool):
    site.answers["/a"] = (200, {"Content-Type": "audio/flac"}, b"fLaC" + bytes(100))
    answer = fetch(track(site.url + "/a", far=True), *options).only
    assert answer.get("code") == code and len(site.requests) == (code is None)
    assert code is None or "fetch --private" in answer["message"] and files(spool) == {}


def test_redirects_are_followed_twenty_times(site, fetch):
    for n in range(25):
        site.answers[f"/{n}"] = redirect(f"/{n + 1}")
    site.answers["/25"] = Body()
    answer = fetch(track(site.url + "/0")).only
    assert (answer["class"], answer["code"]) == ("permanent", "too_many_redirects") and len(site.requests) == 21
    assert "file" in fetch(track(site.url + "/5")).only


SECRET = "s3cr3t-tok3n"


@pytest.fixture
def credentials(tmp_path):
    """credentials("bearer TOKEN", host) -> the path of a file for the credential `mine`"""

    def write(scheme, host, mode=0o600):
        path = tmp_path / "credentials"
        path.write_text(f"# mine\n\nother example.org bearer {SECRET}\n  mine\t{host} {scheme}\n")
        path.chmod(mode)
        return str(path)

    return write


@pytest.mark.parametrize("scheme, name, value", [
    (f"bearer {SECRET}", "Authorization", f"Bearer {SECRET}"),
    (f"basic me {SECRET}", "Authorization", "Basic " + base64.b64encode(f"me:{SECRET}".encode()).decode()),
    (f"header X-Token {SECRET} and more", "X-Token", f"{SECRET} and more")])
@pytest.mark.parametrize("with_port", [True, False])
def test_a_credential_goes_to_its_host(site, fetch, credentials, scheme, name, value, with_port):
    site.answers["/a"] = body = Body()
    host = site.url.removeprefix("http://") if with_port else "127.0.0.1"
    done = fetch(track(site.url + "/a", auth="mine"), "--credentials", credentials(scheme, host))
    assert body.seen[0][name] == value and "file" in done.only and SECRET not in done.stdout.decode() + done.stderr


def test_a_credential_goes_to_no_other_host_and_no_other_record(site, fetch, credentials):
    site.answers["/a"] = body = Body()
    path = credentials(f"bearer {SECRET}", "example.org")
    fetch(track(site.url + "/a", auth="mine"), track(site.url + "/a", id="c:track:8"), "--credentials", path)
    assert len(body.seen) == 2 and not any("Authorization" in head for head in body.seen)


@pytest.mark.parametrize("scheme", [f"bearer {SECRET}", f"basic me {SECRET}", f"header X-Token {SECRET}"])
def test_a_credential_stays_behind_when_a_redirect_leads_away_and_when_it_leads_back(site, other_site, fetch, credentials, scheme):
    def hop(seen, to):
        return lambda request: seen.append(dict(request.headers.items())) or redirect(to)

    first, away, last = [], [], Body()
    site.answers["/a"], site.answers["/c"] = hop(first, other_site.url + "/b"), last
    other_site.answers["/b"] = hop(away, site.url + "/c")
    assert "file" in fetch(track(site.url + "/a", auth="mine"), "--credentials", credentials(scheme, "127.0.0.1")).only
    assert {"Authorization", "X-Token"} & set(first[0])
    assert not {"Authorization", "X-Token"} & (set(away[0]) | set(last.seen[0]))


def test_a_credential_that_nobody_gave_is_the_fault_of_the_record_that_names_it(site, fetch, credentials):
    site.answers["/a"] = Body()
    path = credentials(f"bearer {SECRET}", "127.0.0.1")
    asked, unasked = fetch(track(site.url + "/a", auth="nobody"), track(site.url + "/a", id="c:track:8"), "--credentials", path).records
    assert (asked["class"], asked["code"]) == ("permanent", "no_credential") and "file" in unasked and site.count("/a") == 1


@pytest.mark.parametrize("status", [401, 407])
def test_a_password_that_is_wanted_is_a_matter_of_set_up_only_where_one_was_sent(site, other_site, fetch, credentials, status):
    site.answers["/a"] = (status, {}, b"")
    other_site.answers["/b"] = redirect(site.url + "/a")
    path = credentials(f"bearer {SECRET}", site.url.removeprefix("http://"))
    hosts = [track(site.url + "/a", auth="mine"), track(site.url + "/a", id="c:track:8"), track(other_site.url + "/b", id="c:track:9", auth="mine")]
    refused, bare, led = fetch(*hosts, "--credentials", path).records
    assert [a["class"] for a in (refused, bare, led)] == ["config", "permanent", "permanent"]
    host = site.url.removeprefix("http://")
    assert all(a["host"] == host and a["code"] == f"http_{status}" for a in (refused, bare, led))
    assert f"add a credential for {host}" in bare["message"] and "--credentials" in refused["message"]


def test_a_credential_that_is_mended_counts_from_the_next_record_on(site, start, spool, credentials):
    def reply(request):
        return Body()(request) if request.headers["Authorization"] == f"Bearer {SECRET}" else (401, {}, b"")

    site.answers["/a"] = reply
    path = credentials("bearer old", "127.0.0.1")
    stage = start("fetch", "--spool", spool, "--credentials", path)

    def ask(number):
        stage.stdin.write(lines(track(site.url + "/a", id=f"c:track:{number}", auth="mine")))
        stage.stdin.flush()
        return json.loads(stage.stdout.readline())

    assert ask(1)["class"] == "config"
    credentials("magic", "127.0.0.1")
    assert ask(2)["class"] == "config"
    credentials(f"bearer {SECRET}", "127.0.0.1")
    assert "file" in ask(3)


@pytest.mark.parametrize("scheme, mode", [
    (f"bearer {SECRET}", 0o640), (f"bearer {SECRET}", 0o604), (f"bearer {SECRET} {SECRET}", 0o600), (f"magic {SECRET}", 0o600)])
def test_a_file_of_credentials_that_is_shared_or_wrong_stops_the_stage(fetch, credentials, scheme, mode):
    done = fetch(track("http://127.0.0.1/a"), "--credentials", credentials(scheme, "127.0.0.1", mode))
    assert done.status == 78 and done.only["class"] == "config" and done.stderr.startswith("fetch: ")
    assert SECRET not in done.stderr and SECRET.encode() not in done.stdout


def test_a_file_of_credentials_that_is_not_there_stops_the_stage(fetch):
    assert fetch("--credentials", "/none/such").status == 78


def test_a_secret_shows_nowhere(site, start, credentials, spool, hold):
    site.answers["/a"] = body = Body(cut=1000, hold=hold, etag='"1"')
    process = start("fetch", "--spool", spool, "--credentials", credentials(f"bearer {SECRET}", "127.0.0.1"))
    process.stdin.write(lines(track(site.url + "/a", auth="mine")))
    process.stdin.flush()
    wait_until(lambda: body.seen)
    own = pathlib.Path(f"/proc/{process.pid}")
    assert SECRET.encode() not in (own / "cmdline").read_bytes() + (own / "environ").read_bytes()
    hold.set()
    stdout, stderr = process.communicate(timeout=PATIENCE)
    assert SECRET.encode() not in stdout + stderr + b"".join(f.read_bytes() for f in spool.iterdir()) and b'"file"' in stdout


# The shared limiter

def test_a_host_that_asks_for_a_rest_gets_it_from_all(site, other_site, fetch, tmp_path):
    environment = {"SEGUE_HOSTS": str(tmp_path / "hosts")}
    site.answers["/a"] = (429, {"Retry-After": "300"}, b"")
    other_site.answers["/a"] = Body()
    assert fetch(track(site.url + "/a"), env=environment).only["retry_after_s"] == 300
    paused, free = fetch(track(site.url + "/b"), track(other_site.url + "/a", id="c:track:8"), env=environment).records
    assert (paused["class"], paused["code"], paused["host"]) == ("throttled", "paused", site.url.removeprefix("http://"))
    assert 200 < paused["retry_after_s"] <= 300 and "file" in free and site.count("/b") == 0


def test_a_short_rest_is_waited_for(site, fetch):
    site.answers["/a"] = (503, {"Retry-After": "1"}, b"")
    site.answers["/b"] = Body()
    refused, fetched = fetch(track(site.url + "/a"), track(site.url + "/b", id="c:track:8")).records
    assert refused["class"] == "throttled" and "file" in fetched


def test_a_rate_that_a_driver_set_holds_for_every_request(site, fetch, tmp_path):
    environment = {"SEGUE_HOSTS": str(tmp_path / "hosts")}
    site.answers["/a"] = redirect("/b")
    site.answers["/b"] = Body()
    assert "file" in fetch(track(site.url + "/a"), env=environment).only
    (tmp_path / "hosts" / "limits").write_text('{"*":{"rate":0.001}}')
    answer = fetch(track(site.url + "/a", id="c:track:8"), env=environment).only
    assert (answer["class"], answer["code"]) == ("throttled", "paused") and site.requests == ["/a", "/b", "/a"]


def test_a_folder_of_hosts_that_cannot_be_is_a_matter_of_set_up(site, fetch):
    answer = fetch(track(site.url + "/a"), env={"SEGUE_HOSTS": "/dev/null/hosts"}).only
    assert (answer["class"], answer["code"]) == ("config", "no_host_file") and site.requests == []


# What a power cut leaves


@pytest.mark.parametrize("synced, digest, start", [
    (None, False, None), (100_000, False, 100_000), (0, False, None), (-5, False, None), (10**9, False, 250_000), (None, True, 250_000), ("x", False, None)])
def test_after_another_boot_only_durable_bytes_are_built_on(site, fetch, spool, synced, digest, start):
    body = site.answers["/a"] = Body(etag='"1"', cut=250_000)
    record = track(site.url + "/a", **({"sha256": sha256(AUDIO)} if digest else {}))
    assert fetch(record).only["code"] == "cut"
    (state,), (part,) = spool.glob("*.json"), spool.glob("*.part")
    known = json.loads(state.read_text())
    assert known["boot"] == pathlib.Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    known["boot"] = "00000000-0000-4000-8000-000000000000"
    known.pop("synced", None)
    if synced is not None:
        known["synced"] = synced
    state.write_text(json.dumps(known))
    # Where the disk had got no further there are zeros, unless a digest will tell, or all of it was durable.
    if not digest and synced != 10**9:
        hole = max(0, synced) if isinstance(synced, int) else 0
        part.write_bytes(part.read_bytes()[:hole].ljust(250_000, b"\0"))
    body.cut = None
    done = fetch(record).only
    assert pathlib.Path(done["file"]["path"]).read_bytes() == AUDIO and done["file"]["sha256"] == sha256(AUDIO)
    assert body.seen[1].get("Range") == (f"bytes={start}-" if start else None)


def test_in_the_same_boot_a_partial_file_is_gone_on_with_where_it_ended(site, fetch, spool):
    body = site.answers["/a"] = Body(etag='"1"', cut=250_000)
    assert fetch(track(site.url + "/a")).only["code"] == "cut"
    body.cut = None
    assert fetch(track(site.url + "/a")).only["file"]["sha256"] == sha256(AUDIO) and body.seen[1]["Range"] == "bytes=250000-"


@pytest.mark.parametrize("digest", [False, True])
def test_what_came_is_made_durable_on_the_way_where_no_digest_would_tell(site, fetch, spool, digest):
    long = AUDIO + bytes(20 << 20)
    site.answers["/a"] = Body(long, etag='"1"', cut=18 << 20)
    assert fetch(track(site.url + "/a", **({"sha256": sha256(long)} if digest else {}))).only["code"] == "cut"
    (state,) = spool.glob("*.json")
    synced = json.loads(state.read_text()).get("synced")
    assert synced is None if digest else (16 << 20) <= synced <= (18 << 20)


# Artwork

@pytest.fixture
def album(site):
    """album(3) -> that many tracks with one picture"""
    site.answers["/a"] = Body()
    site.answers["/cover"] = (200, {"Content-Type": "image/png"}, PICTURE)
    return lambda count, first=0: [
        track(site.url + "/a", id=f"c:track:{n}", track={"title": "T", "artwork_url": site.url + "/cover"})
        for n in range(first, first + count)]


def test_artwork_comes_once_for_all_tracks_and_runs(site, fetch, album, spool):
    found = [r["file"]["artwork"] for r in fetch(*album(3)).records + fetch(*album(2, first=3)).records]
    assert site.count("/cover") == 1 and len({f["path"] for f in found}) == 5
    for picture in found:
        assert picture == {"path": picture["path"], "bytes": len(PICTURE), "sha256": sha256(PICTURE), "mime": "image/png"}
        assert picture["path"].startswith(f"{spool}/c_track_") and pathlib.Path(picture["path"]).read_bytes() == PICTURE
    # The same bytes under another name.
    assert len({os.stat(f["path"]).st_ino for f in found}) == 1


def test_artwork_stays_a_records_own_when_the_shared_one_goes(site, fetch, album, spool):
    (first,) = fetch(*album(1)).records
    for shared in spool.glob("artwork-*"):
        shared.unlink()
    assert pathlib.Path(first["file"]["artwork"]["path"]).read_bytes() == PICTURE
    # And comes again for the next.
    assert "artwork" in fetch(*album(1, first=1)).only["file"] and site.count("/cover") == 2


def test_artwork_is_shared_in_a_folder_of_its_own_on_another_file_system(site, fetch, album, spool):
    with tempfile.TemporaryDirectory(dir="/dev/shm") as shared:
        assert os.stat(shared).st_dev != os.stat(spool.parent).st_dev
        found = [r["file"]["artwork"]["path"] for r in fetch(*album(2), env={"SEGUE_ARTWORK": shared}).records]
        assert [pathlib.Path(path).read_bytes() for path in found] == [PICTURE] * 2 and site.count("/cover") == 1
        assert len(os.listdir(shared)) == 1 and not list(spool.glob("artwork-*"))


def test_a_picture_of_the_artist_comes_when_it_is_asked_for(site, fetch, album):
    (record,) = album(1)
    record["track"]["artist_artwork_url"] = site.url + "/artist"
    site.answers["/artist"] = (200, {"Content-Type": "image/png"}, PICTURE)
    assert "artist_artwork" not in fetch(record).only["file"] and site.count("/artist") == 0
    found = fetch(record, "--artist-images").only["file"]["artist_artwork"]
    assert pathlib.Path(found["path"]).read_bytes() == PICTURE and found["mime"] == "image/png"


def test_artwork_comes_once_for_processes_side_by_side(site, start, album, spool, hold):
    site.answers["/cover"] = Body(PICTURE, cut=100, hold=hold)
    one, two = (start("fetch", "--spool", spool) for _ in range(2))
    for process, records in [(one, album(1)), (two, album(1, first=1))]:
        process.stdin.write(lines(*records))
        process.stdin.flush()
    wait_until(lambda: site.count("/a") == 2 and site.count("/cover") == 1)
    hold.set()
    answers = [json.loads(p.communicate(timeout=PATIENCE)[0])["file"]["artwork"] for p in (one, two)]
    assert [a["sha256"] for a in answers] == [sha256(PICTURE)] * 2 and site.count("/cover") == 1


@pytest.mark.parametrize("answer", [
    (404, {}, b""), (410, {}, b""), (500, {}, b""), (429, {"Retry-After": "1"}, b""), page(), (200, {}, b""), (200, {}, b"GIF"),
    (200, {}, PICTURE + bytes(16 << 20)), redirect("file:///etc/hostname"), raw("nonsense\r\n\r\n"), Body(PICTURE, cut=100)])
def test_artwork_that_cannot_be_had_is_said_and_booked_where_nobody_tries_again(site, fetch, album, spool, answer):
    site.answers["/cover"] = answer
    done = fetch(*album(3))
    assert ["artwork" in r["file"] for r in done.records] == [False] * 3 and done.status == 0
    classes = {r["file"]["artwork_error"]["class"] for r in done.records}
    # What will not be had is asked for once, what failed twice in a row is left alone for a while.
    assert len(classes) == 1 and site.count("/cover") == {"permanent": 1, "stale": 1, "transient": 2, "throttled": 3}[classes.pop()]
    assert done.stderr.count("no artwork for c:track:0: ") == 1
    assert not [name for name in files(spool) if "artwork" in name and not name.endswith(".failed")]


@pytest.mark.parametrize("answer, code", [((503, {}, b""), "http_503"), ((429, {"Retry-After": "1"}, b""), "http_429"), (page(), "no_picture")])
def test_a_track_is_held_back_for_its_artwork_while_it_has_tries(site, fetch, album, answer, code):
    site.answers["/cover"] = answer
    (record,) = album(1)
    held = fetch({**record, "tries_left": 2}).only
    assert (held["kind"], held["code"]) == ("error", code) and held["class"] in ("transient", "throttled")
    site.answers["/cover"] = (200, {"Content-Type": "image/png"}, PICTURE)
    came = fetch({**record, "tries_left": 1}).only
    assert "artwork" in came["file"] and "artwork_error" not in came["file"] and "tries_left" not in came
    # The audio that came the first time was not asked for again.
    assert site.count("/a") == 1 and site.count("/cover") == 2


def test_the_last_try_goes_on_without_artwork_and_says_so(site, fetch, album):
    site.answers["/cover"] = (503, {}, b"")
    (record,) = album(1)
    gone = fetch({**record, "tries_left": 0}).only
    assert gone["kind"] == "track" and gone["file"]["artwork_error"]["code"] == "http_503" and "tries_left" not in gone


def test_those_that_waited_for_artwork_share_its_failure(site, start, album, spool, hold):
    site.answers["/cover"] = Body(b"no picture" * 500, cut=100, hold=hold)
    processes = [start("fetch", "--spool", spool, "--transfers", "1") for _ in range(3)]
    for number, process in enumerate(processes):
        (record,) = album(1, first=number)
        process.stdin.write(lines({**record, "tries_left": 1}))
        process.stdin.flush()
    wait_until(lambda: len(list(spool.glob("*.media"))) == 3 and site.count("/cover") == 1)
    before = [switches(process.pid) for process in processes]
    # Who waits for another looks ten times a second; who has the picture in hand only when something comes.
    wait_until(lambda: sorted(switches(p.pid) - b for p, b in zip(processes, before))[1] > 5)
    hold.set()
    answers = [json.loads(p.communicate(timeout=PATIENCE)[0]) for p in processes]
    assert [a["class"] for a in answers] == ["transient"] * 3 and site.count("/cover") == 1


def test_a_track_in_the_library_gets_only_the_cover_that_it_lacks(site, fetch, album, tmp_path):
    (record,) = album(1)
    del record["media"]
    path = tmp_path / "placed.flac"
    path.write_bytes(AUDIO)
    placed = {"path": str(path), "bytes": len(AUDIO), "sha256": sha256(AUDIO), "format": "flac"}
    assert fetch({**record, "placed": placed}).only == {**record, "placed": placed}
    lacking = {**placed, "artwork": "missing"}
    found = fetch({**record, "placed": lacking}).only
    assert found["file"]["path"] == str(path) and pathlib.Path(found["file"]["artwork"]["path"]).read_bytes() == PICTURE
    assert found["placed"] == lacking and site.count("/a") == 0 and site.count("/cover") == 1


def test_a_cover_that_was_named_on_the_internet_is_not_fetched_from_this_machine(site, fetch, album, tmp_path):
    """Also for a track in the library, whose record says nothing else of where it came from."""
    (record,) = album(1)
    del record["media"]
    path = tmp_path / "placed.flac"
    path.write_bytes(AUDIO)
    record["placed"] = {"path": str(path), "bytes": len(AUDIO), "sha256": sha256(AUDIO), "format": "flac", "artwork": "missing"}
    record["track"]["artwork_far"] = True
    done = fetch(record)
    assert "artwork" not in done.only["file"] and site.requests == [] and "fetch --private" in done.stderr
    assert pathlib.Path(fetch(record, "--private").only["file"]["artwork"]["path"]).read_bytes() == PICTURE


def test_artwork_that_another_process_brings_later_is_taken(site, start, fetch, album, spool):
    first, second = album(2)
    site.answers["/cover"] = (404, {}, b"")
    process = start("fetch", "--spool", spool)
    process.stdin.write(lines(first))
    process.stdin.flush()
    assert "artwork" not in json.loads(process.stdout.readline())["file"]
    site.answers["/cover"] = PICTURE
    brought = fetch(*album(1, first=2)).only["file"]["artwork"]
    stdout, stderr = process.communicate(lines(second), timeout=PATIENCE)
    assert json.loads(stdout)["file"]["artwork"]["sha256"] == brought["sha256"] and site.count("/cover") == 2
    assert stderr.count(b"no artwork") == 1


@pytest.mark.parametrize("url", ["file:///etc/hostname", "nonsense"])
def test_artwork_behind_no_url_is_no_failure(site, fetch, url):
    site.answers["/a"] = Body()
    assert "artwork" not in fetch(track(site.url + "/a", track={"artwork_url": url})).only["file"]


def test_a_track_without_artwork_asks_for_none(site, fetch):
    site.answers["/a"] = Body()
    done = fetch(track(site.url + "/a", track={"title": "T"}))
    assert "artwork" not in done.only["file"] and done.stderr == "" and len(site.requests) == 1


# Processes and signals

def begun(start, spool, record, *arguments, **options):
    process = start("fetch", "--spool", spool, *arguments, **options)
    process.stdin.write(lines(record))
    process.stdin.flush()
    wait_until(lambda: "media.part" in files(spool) and files(spool)["media.part"].stat().st_size > 0)
    return process


def test_two_processes_do_not_write_one_file(site, start, fetch, spool, hold):
    site.answers["/a"] = Body(cut=1000, hold=hold)
    record = track(site.url + "/a", sha256=sha256(AUDIO))
    first = begun(start, spool, record)
    answer = fetch(record).only
    assert (answer["class"], answer["code"]) == ("transient", "busy") and site.count("/a") == 1
    hold.set()
    assert json.loads(first.communicate(timeout=PATIENCE)[0])["file"]["sha256"] == sha256(AUDIO)
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and site.count("/a") == 1


def test_a_signal_lets_a_transfer_end_within_its_grace(site, start, spool, hold):
    site.answers["/a"] = Body(cut=1000, hold=hold)
    process = begun(start, spool, track(site.url + "/a"))
    process.send_signal(signal.SIGTERM)
    hold.set()
    stdout, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0 and json.loads(stdout)["file"]["sha256"] == sha256(AUDIO)


def test_a_signal_ends_a_transfer_that_takes_longer_and_its_bytes_are_kept(site, start, fetch, spool, hold):
    site.answers["/a"] = Body(cut=1000, hold=hold, etag='"1"')
    process = begun(start, spool, track(site.url + "/a"))
    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 75 and process.stdout.read() == b""
    site.answers["/a"] = body = Body(etag='"1"')
    assert fetch(track(site.url + "/a")).only["file"]["sha256"] == sha256(AUDIO) and body.seen[0]["Range"] == "bytes=1000-"


def test_a_signal_ends_the_wait_for_a_host_at_once(site, start, spool):
    site.answers["/a"] = (429, {"Retry-After": "50"}, b"")
    process = start("fetch", "--spool", spool, "--transfers", "1")
    process.stdin.write(lines(track(site.url + "/a"), track(site.url + "/b", id="c:track:8")))
    process.stdin.flush()
    assert json.loads(process.stdout.readline())["code"] == "http_429"
    process.send_signal(signal.SIGTERM)
    assert process.wait(PATIENCE) == 75 and process.stdout.read() == b"" and site.count("/b") == 0


def test_a_killed_transfer_goes_on_in_the_next_run(site, start, fetch, spool, hold):
    site.answers["/a"] = Body(LONG, cut=2 << 20, hold=hold, etag='"1"')
    process = begun(start, spool, track(site.url + "/a"))
    wait_until(lambda: files(spool)["media.part"].stat().st_size == 2 << 20 and "json" in files(spool))
    process.kill()
    site.answers["/a"] = body = Body(LONG, etag='"1"')
    wait_until(lambda: "file" in fetch(track(site.url + "/a")).only)
    assert body.seen[-1]["Range"] == f"bytes={2 << 20}-"


def test_the_first_bytes_of_a_killed_transfer_are_not_built_on(site, start, fetch, spool, hold):
    site.answers["/a"] = Body(cut=1000, hold=hold, etag='"1"')
    begun(start, spool, track(site.url + "/a")).kill()
    site.answers["/a"] = body = Body(etag='"1"')
    wait_until(lambda: "file" in fetch(track(site.url + "/a")).only)
    assert "Range" not in body.seen[-1]


def test_a_state_that_another_file_left_does_not_outlive_a_kill(site, start, fetch, spool, hold):
    record = broken_off(site, fetch)
    site.answers["/a"] = Body(b"OggS" + AUDIO, etag='"2"', cut=1000, hold=hold)
    process = begun(start, spool, track(site.url + "/a", format="ogg"))
    wait_until(lambda: files(spool)["media.part"].stat().st_size == 1000)
    process.kill()
    assert set(files(spool)) == {"media.part"}
    site.answers["/a"] = body = Body(etag='"1"')
    wait_until(lambda: "file" in fetch(record).only)
    assert "Range" not in body.seen[-1]


def small_files():
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65_536, 65_536))


def test_a_full_disk_is_a_matter_of_set_up(site, start, fetch, spool):
    site.answers["/a"] = Body(etag='"1"')
    process = start("fetch", "--spool", spool, preexec_fn=small_files)
    stdout, _ = process.communicate(lines(track(site.url + "/a")), timeout=PATIENCE)
    answer = json.loads(stdout)
    assert (answer["class"], answer["code"]) == ("config", "disk_full") and process.returncode == 0
    assert fetch(track(site.url + "/a")).only["file"]["sha256"] == sha256(AUDIO)


def test_a_spool_that_cannot_be_made_stops_the_stage(run):
    assert run("fetch", "--spool", "/dev/null/spool").status == 78


def test_progress_is_told_to_whoever_listens(site, start, spool):
    site.answers["/a"] = Body()
    reading, writing = os.pipe()
    process = start("fetch", "--spool", spool, env={"SEGUE_EVENTS_FD": str(writing)}, pass_fds=[writing])
    os.close(writing)
    process.communicate(lines(track(site.url + "/a")), timeout=PATIENCE)
    with os.fdopen(reading) as events:
        first = json.loads(events.readline())
    # It begins with where the transfer begins.
    assert first == {"bytes": 0, "event": "progress", "id": "c:track:7", "stage": "fetch", "total": len(AUDIO)}


# The stage

def test_every_line_has_one_answer(site, run):
    site.answers["/a"] = Body()
    passing = {"v": 1, "id": "c:playlist:1", "kind": "done", "n": 3}
    answers = run("fetch", stdin=lines(
        track(site.url + "/a"), "{nonsense", "{" + " " * 1_100_000 + "}", "", passing, track(site.url + "/none", id="c:track:8"),
        {"v": 2, "id": "c:track:9", "kind": "track"}, {"v": 1, "id": "c:track:10", "kind": "request", "ref": "track:10"},
        {**track(site.url + "/a", id="c:track:11"), "file": 1}, {**track(site.url + "/a", id="c:track:12"), "track": []},
        track(site.url + "/a", id="ä/../\u0000 " * 40))).records
    assert sorted((a["id"][:10], a.get("code", a["kind"])) for a in answers) == sorted([
        ("c:track:7", "track"), ("line:2", "not_json"), ("line:3", "line_too_long"), ("c:playlist", "done"),
        ("c:track:8", "http_404"), ("c:track:9", "version"), ("c:track:10", "request"), ("c:track:11", "bad_record"),
        ("c:track:12", "bad_record"), ("ä/../\u0000 ä/.", "track")])


@pytest.mark.parametrize("environment, folder", [({}, "spool"), ({"SEGUE_SPOOL": "there"}, "there"), ({"SEGUE_SPOOL": ""}, "spool")])
def test_the_spool_is_named_by_the_environment_or_lies_here(site, run, tmp_path, environment, folder):
    site.answers["/a"] = Body()
    found = run("fetch", stdin=lines(track(site.url + "/a")), env=environment).only
    assert found["file"]["path"].startswith(f"{tmp_path}/{folder}/")


@pytest.mark.parametrize("rate, transfers", [("100000", 1), ("100K", 1), ("100k", 1), ("200K", 2)])
def test_a_rate_is_kept_and_is_no_stall(site, fetch, rate, transfers):
    site.answers["/a"] = Body()
    begun = time.monotonic()
    records = [track(site.url + "/a", id=f"c:track:{n}") for n in range(transfers)]
    done = fetch(*records, "--limit-rate", rate, "--stall", "1", "--transfers", str(transfers))
    assert all("file" in r for r in done.records) and len(done.records) == transfers
    assert time.monotonic() - begun > len(AUDIO) / 100_000 - 0.5


def test_a_high_rate_is_no_hindrance(site, fetch):
    site.answers["/a"] = Body()
    assert "file" in fetch(track(site.url + "/a"), "--limit-rate", "9000M", "--stall", "1").only


@pytest.mark.parametrize("arguments", [
    ["--transfers", "0"], ["--transfers", "65"], ["--stall", "0"], ["--stall", "-1"], ["--stall", "x"], ["--limit-rate", "0"], ["--limit-rate", "K"], ["--limit-rate", "-5"], ["--limit-rate", "999"],
    ["--limit-rate", "9223372036854775807K"], ["--max-bytes", "-1"], ["--max-bytes", "4T"], ["--spool", ""], ["--none"], ["argument"]])
def test_options_that_make_no_sense_are_refused(run, arguments):
    done = run("fetch", *arguments)
    assert done.status == 64 and done.stdout == b"" and "Usage: fetch" in done.stderr


def test_it_says_what_it_is(run):
    said = run("fetch", "--describe").only
    assert (said["name"], said["contract"], said["mode"], said["kinds"]) == ("fetch", 1, "map", ["track"])
    assert (said["reads"], said["writes"]) == (["track", "media", "file", "placed", "tries_left"], ["file"])
    assert (said["window"], said["replicas"]) == (8, 2) and run("fetch", "--transfers", "9", "--describe").only["window"] == 18
    assert run("fetch", "--version").stdout.decode().strip() == said["version"]
    assert all(option in run("fetch", "--help").stdout.decode() for option in ["--spool", "--transfers", "--stall", "--limit-rate", "--credentials"])
