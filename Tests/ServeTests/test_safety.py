"""Who may ask, and how much: other pages, other names, no token, and clients that mean ill."""

import base64
import contextlib
import http.client
import json
import socket
import subprocess
import time

import pytest
from programs import ROOT
from websockets.exceptions import InvalidStatus


@pytest.mark.parametrize("host, status", [
    ("127.0.0.1", 200), ("localhost", 200), ("LOCALHOST:7333", 200), ("[::1]:80", 200), ("192.0.2.7:7333", 200), ("evil.example", 421), ("evil.example:7333", 421),
    ("127.0.0.1.evil.example", 421), ("localhost.evil.example", 421), ("", 400)])
def test_only_our_own_names_are_answered(served, host, status):
    assert served.ask("GET", "/v1/stats", headers={"Host": host}).status == status


def test_a_name_can_be_allowed(serve):
    served = serve().start("--allow-host", "Music.Home")
    assert served.ask("GET", "/v1/stats", headers={"Host": "music.home:7333"}).status == 200
    assert served.ask("GET", "/v1/stats", headers={"Host": "other.home"}).status == 421


def origins(served):
    own = f"127.0.0.1:{served.port}"
    return [({"Origin": f"http://{own}"}, True), ({"Origin": f"https://{own}"}, True), ({}, True), ({"Origin": "http://evil.example"}, False), ({"Origin": "null"}, False),
            ({"Origin": "http://127.0.0.1:1"}, False), ({"Origin": f"http://{own}.evil.example"}, False), ({"Sec-Fetch-Site": "cross-site"}, False),
            ({"Sec-Fetch-Site": "same-site"}, False), ({"Sec-Fetch-Site": "same-origin"}, True), ({"Sec-Fetch-Site": "none"}, True)]


def test_pages_of_other_origins_neither_read_nor_post(served):
    for headers, is_own in origins(served):
        for method, path, body in (("GET", "/v1/items", None), ("POST", "/v1/items", '{"ref":"c:track:1"}'), ("POST", "/v1/pause", ""), ("GET", "/page.js", None)):
            answer = served.ask(method, path, body, {"Content-Type": "application/json", **headers})
            assert answer.status == (202 if path == "/v1/items" and body else 200) if is_own else answer.status == 403 and answer.json["code"] == "other_origin", headers
            assert "Access-Control-Allow-Origin" not in answer.headers
    assert served.ask("OPTIONS", "/v1/items", headers={"Origin": "http://evil.example", "Access-Control-Request-Method": "POST"}).status == 403
    # A link to the page may be followed from anywhere; nothing else.
    visit = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}
    assert served.ask("GET", "/", headers=visit).status == 200 and served.ask("GET", "/v1/items", headers=visit).status == 403
    for headers, is_own in origins(served):
        if "Origin" in headers:
            try:
                with served.watch(origin=headers["Origin"]):
                    assert is_own
            except InvalidStatus as error:
                assert not is_own and error.response.status_code == 403


def test_browsers_are_told_to_be_strict(served):
    for path in ("/", "/v1/items", "/nothing"):
        headers = served.ask("GET", path).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy and "http:" not in policy
        assert headers["X-Content-Type-Options"] == "nosniff" and headers["Cross-Origin-Resource-Policy"] == "same-origin" and headers["Referrer-Policy"] == "no-referrer"
    page = served.ask("GET", "/").body.decode()
    assert "<script>" not in page and "style=" not in page and " on" + "click" not in page and "http://www" not in page.replace("http://www.w3.org", "")


@pytest.fixture
def open_to_all(serve):
    return serve().start(listen="0.0.0.0:0")


def test_who_asks_from_elsewhere_needs_the_token(open_to_all):
    served = open_to_all
    path = served.folder / "state/ledger.sqlite.token"
    token = path.read_text().strip()
    assert path.stat().st_mode & 0o777 == 0o600 and len(token) >= 32
    served.wait(lambda: any(str(path) in line for line in served.log))
    assert not any(token in line for line in served.log)
    basic = base64.b64encode(f"me:{token}".encode()).decode()
    right = [{"Authorization": f"Bearer {token}"}, {"Authorization": f"bearer {token}"}, {"Authorization": f"Basic {basic}"}, {"Cookie": f"a=b; segue={token}"}]
    wrong = [{}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {token}x"}, {"Authorization": f"Bearer {token[:-1]}"}, {"Authorization": token},
             {"Authorization": "Basic !!"}, {"Authorization": "Basic " + base64.b64encode(token.encode()).decode()}, {"Cookie": f"other={token}"}]
    for headers in right:
        assert served.ask("GET", "/v1/stats", headers=headers).status == 200, headers
        with served.watch(additional_headers=headers) as watching:
            watching.recv(timeout=5)
    for headers in wrong:
        for path in ("/", "/v1/stats", "/metrics", "/healthz", "/v1/openapi.json"):
            answer = served.ask("GET", path, headers=headers)
            assert answer.status == 401 and answer.headers.get_all("WWW-Authenticate") == ["Bearer", 'Basic realm="segue"'], headers
        with pytest.raises(InvalidStatus) as refused, served.watch(additional_headers=headers):
            pass
        assert refused.value.response.status_code == 401
    cookie = served.ask("GET", "/", headers=right[0]).headers["Set-Cookie"]
    assert cookie.startswith(f"segue={token};") and "HttpOnly" in cookie and "SameSite=Strict" in cookie
    assert served.ask("GET", "/v1/stats", headers={**right[3], "Origin": "http://evil.example"}).status == 403


def test_the_token_stays_the_same_and_is_nobody_elses(serve):
    served = serve().start(listen="0.0.0.0:0")
    path = served.folder / "state/ledger.sqlite.token"
    token = path.read_text()
    served.stop()
    served.start()
    assert path.read_text() == token
    served.stop()
    path.chmod(0o644)
    done = served.segue("serve", "--listen", "0.0.0.0:0")
    assert done.status == 78 and "chmod 600" in done.stderr and token.strip() not in done.stderr
    path.chmod(0o600)
    path.write_text("short\n")
    assert served.segue("serve", "--listen", "0.0.0.0:0").status == 78


def test_a_token_can_be_asked_for_here_too(serve, tmp_path):
    served = serve()
    served.start("--token", tmp_path / "mine")
    assert served.ask("GET", "/v1/stats").status == 401
    token = (tmp_path / "mine").read_text().strip()
    assert served.ask("GET", "/v1/stats", headers={"Authorization": f"Bearer {token}"}).status == 200


def raw(served, data, seconds=5):
    """What comes back for some bytes, until the server closes or falls silent."""
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.settimeout(seconds)
        answer = b""
        try:
            connection.sendall(data)
            while piece := connection.recv(65536):
                answer += piece
        except OSError:
            pass
        return answer


HEAD = b"GET /v1/stats HTTP/1.1\r\nHost: localhost\r\n"


@pytest.mark.parametrize("data, status", [
    (b"nonsense\r\n\r\n", b"400"), (b"GET /v1/stats\r\n\r\n", b"400"), (HEAD + b"X: " + b"a" * 100_000 + b"\r\n\r\n", b""), (HEAD + b"X: a\r\n" * 1000 + b"\r\n", b""),
    (b"GET /" + b"a" * 1_000_000 + b" HTTP/1.1\r\n", b""), (HEAD + b"Host: other\r\n\r\n", b"400"), (b"GET /v1/stats HTTP/1.1\r\n\r\n", b"400"),
    (b"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2000000\r\n\r\n", b"413"), (b"POST /v1/lists HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", b"413"),
    (b"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", b"400"), (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", b"400"),
    (b"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", b"400"),
    (b"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n" + b"10000\r\n" + b"a" * 65536 + b"\r\n", b"")])
def test_requests_that_are_wrong_or_too_large_end_in_an_answer_or_a_closed_connection(served, data, status):
    answer = raw(served, data, 2)
    if status:
        assert answer.startswith(b"HTTP/1.1 " + status) or answer.startswith(b"HTTP/1.0 " + status), answer[:200]
    else:
        assert not answer.startswith(b"HTTP/1.1 200")
    assert served.get("/healthz")["status"] == "ok"


def test_an_endless_body_is_cut_off(served):
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.sendall(b"POST /v1/pause HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n")
        chunk = b"10000\r\n" + b"a" * 65536 + b"\r\n"
        sent = 0
        connection.settimeout(5)
        with pytest.raises(OSError):
            while sent < 200 << 20:
                connection.sendall(chunk)
                sent += len(chunk)
    assert sent < 20 << 20 and served.get("/healthz")["status"] == "ok"


@pytest.mark.parametrize("path, kind, limit", [
    ("/v1/items", "application/json", 16 << 20), ("/v1/items", "text/plain", 16 << 20), ("/v1/lists?name=long.txt", "application/octet-stream", 16 << 20), ("/v1/retry", "application/json", 1 << 20)])
def test_a_body_may_be_as_long_as_it_is_said_and_no_longer(served, path, kind, limit):
    headers = {"Content-Type": kind}
    # White space around it counts too.
    text = {"/v1/items": '{"ref":"c:playlist:0"}' if kind.endswith("json") else "c:playlist:0\n", "/v1/retry": '{"ids":["c:track:0"]}'}.get(path, "#\n")
    # Lines are looked at one by one, which takes its time.
    size = 2 << 20 if kind == "text/plain" else limit
    assert served.ask("POST", path, text.encode().ljust(size), headers).status in (200, 202)
    answer = served.ask("POST", path, text.encode().ljust(limit + 1), headers)
    assert answer.status == 413 and answer.json["code"] == "too_large"
    assert f"{limit >> 20} MiB" in answer.json["detail"] and "several requests" in answer.json["detail"]
    contract = " ".join((ROOT / "Pipelines/CONTRACT.md").read_text().split())
    assert "a body 1 MiB (16 MiB with references or a list" in contract


def test_a_frame_that_is_too_large_ends_the_connection(served):
    with served.watch() as watching:
        watching.recv(timeout=5)
        watching.send("x" * 100_000)
        with pytest.raises(Exception) as closed:
            while True:
                watching.recv(timeout=5)
        assert closed.value.rcvd is None or closed.value.rcvd.code == 1009 or closed.value.rcvd.code == 1002
    assert served.get("/healthz")["status"] == "ok"


def frame(first, payload=b"", masked=True, length=None):
    """A frame of a client: its first byte, and its payload under a mask."""
    size = len(payload) if length is None else length
    head = bytes([first]) + (bytes([size | (0x80 if masked else 0)]) if size < 126 else bytes([126 | (0x80 if masked else 0)]) + size.to_bytes(2, "big"))
    key = b"\x07\x0b\x0d\x11"
    return head + (key + bytes(byte ^ key[n % 4] for n, byte in enumerate(payload)) if masked else payload)


def goodbye(served, *frames):
    """The code that the server closes with in answer to what a raw client sends; None where it goes on."""
    with socket.create_connection(("127.0.0.1", served.port)) as connection:
        connection.settimeout(10)
        connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                           b"Sec-WebSocket-Key: AAECAwQFBgcICQoLDA0ODw==\r\nSec-WebSocket-Version: 13\r\n\r\n")
        stream = connection.makefile("rb")
        assert b" 101 " in stream.readline()
        while stream.readline().strip():
            pass
        # A ping that is right is answered whatever else the server has to tell; one behind a fault is not.
        connection.sendall(b"".join(frames) + frame(0x89, b"end"))
        while (head := stream.read(2)) != b"":
            size = head[1] if head[1] < 126 else int.from_bytes(stream.read(2 if head[1] == 126 else 8), "big")
            payload = stream.read(size)
            if head[0] == 0x88:
                assert stream.read() == b""
                return int.from_bytes(payload[:2], "big")
            if head[0] == 0x8a and payload == b"end":
                return None
        raise AssertionError("closed without a word")


def code(number, reason=b""):
    return frame(0x88, number.to_bytes(2, "big") + reason)


@pytest.mark.parametrize("what, frames, expected", [
    ("text", [frame(0x81, "Grüße 🎵".encode())], None), ("bytes", [frame(0x82, b"\xff\xfe")], None), ("parts, with a pong between", [frame(0x01, b"\xe2\x82"), frame(0x8a), frame(0x80, b"\xac")], None),
    ("no mask", [frame(0x81, b"hello", masked=False)], 1002), ("a ping with no mask", [frame(0x89, masked=False)], 1002), ("a goodbye with no mask", [frame(0x88, b"\x03\xe8", masked=False)], 1002),
    ("the first reserved bit", [frame(0xc1, b"x")], 1002), ("the second", [frame(0xa1, b"x")], 1002), ("the third", [frame(0x99)], 1002),
    ("a kind of data that is none", [frame(0x83, b"x")], 1002), ("a control that is none", [frame(0x8b)], 1002), ("the last kind", [frame(0x8f)], 1002),
    ("a ping in parts", [frame(0x09, b"x")], 1002), ("a long ping", [frame(0x89, b"x" * 126)], 1002), ("a long goodbye", [frame(0x88, b"\x03\xe8" + b"x" * 124)], 1002),
    ("a rest of nothing", [frame(0x80, b"x")], 1002), ("two beginnings", [frame(0x01, b"x"), frame(0x81, b"y")], 1002),
    ("Latin-1", [frame(0x81, b"Gr\xfc\xdfe")], 1007), ("a surrogate", [frame(0x81, b"\xed\xa0\x80")], 1007), ("half a character", [frame(0x01, b"\xe2"), frame(0x80, b"\x82")], 1007),
    ("a code of nobody", [code(1005)], 1002), ("a low code", [code(42)], 1002), ("a code to come", [code(2999)], 1002), ("half a code", [frame(0x88, b"\x03")], 1002),
    ("a reason that is no text", [code(1000, b"\xff")], 1007), ("a goodbye", [code(1000, "später".encode())], 1000), ("one of its own", [code(4321)], 4321),
    ("too long a frame", [frame(0x82, b"x" * 5000)], 1009)], ids=lambda value: value if isinstance(value, str) else "")
def test_frames_that_the_protocol_forbids_end_the_connection_with_the_reason(served, what, frames, expected):
    assert goodbye(served, *frames) == expected
    assert served.get("/healthz")["status"] == "ok"


def test_slow_and_silent_clients_keep_nobody_waiting(served):
    idle = [socket.create_connection(("127.0.0.1", served.port)) for _ in range(500)]
    for number, connection in enumerate(idle):
        connection.sendall(b"GET / HT" if number % 2 else HEAD)
    served.add("c:playlist:20")
    start = time.monotonic()
    served.wait(lambda: served.stats()["done"] == 21)
    with served.watch() as watching:
        watching.recv(timeout=5)
    assert time.monotonic() - start < 50
    for connection in idle:
        connection.close()


def test_connections_have_an_end_of_their_number(served):
    held = []
    try:
        for _ in range(4200):
            held.append(socket.create_connection(("127.0.0.1", served.port), timeout=5))
    except OSError:
        pass
    # One that is too many is closed; when some have gone there is room again.
    held[-1].settimeout(5)
    try:
        assert held[-1].recv(1) == b""
    except ConnectionResetError:
        pass
    for connection in held:
        connection.close()

    def answers():
        with contextlib.suppress(OSError, http.client.HTTPException):
            return served.get("/healthz")["status"] == "ok"

    end = time.monotonic() + 30
    while not answers():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_full_disk_is_said_and_leaves_nothing(served):
    folder = served.folder / "state/ledger.sqlite.lists"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], capture_output=True).returncode != 0:
        pytest.skip("nothing can be mounted here")
    try:
        answer = served.ask("POST", "/v1/lists?name=long.m3u", b"#EXTM3U\n" + b"http://h/a.mp3\n" * 200_000)
        assert answer.status == 503 and answer.json["code"] == "disk_full"
        assert not [p for p in folder.rglob("*") if p.is_file()] and served.get("/v1/items")["items"] == []
        assert served.ask("POST", "/v1/lists?name=short.m3u", b"http://h/a.mp3\n").status == 202
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_many_requests_on_one_connection_are_answered_in_order(served):
    served.add("c:playlist:3")
    served.wait(lambda: served.stats()["done"] == 4)
    request = b"".join(f"GET /v1/items/c:track:{n % 3} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() for n in range(50))
    answer = raw(served, request + b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    ids = [json.loads(part.split(b"\r\n\r\n", 1)[1])["id"] for part in answer.split(b"HTTP/1.1 200 OK")[1:51]]
    assert ids == [f"c:track:{n % 3}" for n in range(50)] and answer.count(b"HTTP/1.1 200 OK") == 51
