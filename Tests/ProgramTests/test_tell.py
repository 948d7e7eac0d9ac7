"""tell: each way to send a notice, to servers and programs of the test's own; signatures are checked by Standard Webhooks' own library."""

import base64
import contextlib
import email
import email.policy
import json
import socket
import sys
import threading

import pytest
import standardwebhooks
from programs import PROGRAMS, lines
from receiver import Receiver

KEY = base64.b64encode(b"0" * 24).decode()
NEW_KEY = base64.b64encode(b"1" * 32).decode()
TITLE = "failed: Æ \"quoted\" \\ %count%: fetch: gone"
WAYS = ["--webhook", "--ntfy", "--mail", "--apprise", "--subsonic", "--jellyfin", "--mpd"]


def notice(event="failed", title=TITLE, id="notice:00ff", **members):
    return {"v": 1, "kind": "notice", "id": id, "notice": {
        "event": event, "title": title, "text": f"{title}\nline 2", "at": 1795708800000, "count": 2, "items": [{"id": "c:track:1"}], **members}}


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.close()


@pytest.fixture
def program(tmp_path):
    """program("sendmail", "...") -> a Python program of that name in a folder of its own"""
    def call(name, text):
        folder = tmp_path / "programs"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!{sys.executable}\n{text}")
        (folder / name).chmod(0o755)
        return folder / name
    return call


def test_a_webhook_is_signed_as_the_standard_says_with_each_secret(run, receiver, secrets):
    file = secrets(f"a 127.0.0.1 webhook whsec_{KEY}", f"b 127.0.0.1 webhook whsec_{NEW_KEY}", "c 127.0.0.1 bearer T0ken", f"d other.example webhook whsec_{KEY}")
    done = run("tell", "--webhook", f"{receiver.url}/hook", "--credentials", file, stdin=lines(notice()))
    assert done.status == 0 and done.only == notice()
    (path, headers, body), = receiver.got
    assert path == "/hook" and headers["webhook-id"] == "notice:00ff" and headers["Authorization"] == "Bearer T0ken"
    assert len(headers["webhook-signature"].split()) == 2
    for key in (KEY, NEW_KEY):
        said = standardwebhooks.Webhook(f"whsec_{key}").verify(body, headers)
        assert said == {"type": "failed", "timestamp": "2026-11-26T16:00:00Z", "data": notice()["notice"]}
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(f"whsec_{base64.b64encode(b'2' * 24).decode()}").verify(body, headers)


def test_a_webhook_without_a_secret_has_no_signature(run, receiver):
    assert run("tell", "--webhook", receiver.url, stdin=lines(notice())).only == notice()
    (_, headers, _), = receiver.got
    assert "webhook-signature" not in headers and headers["Content-Type"] == "application/json"


def test_the_body_of_a_webhook_is_that_of_a_file(run, receiver, tmp_path):
    (tmp_path / "chat.json").write_text('{"content": "%title%\\n%text%", "n": [{"c": "%count% of %event%, 100%%"}], "allowed_mentions": {"parse": []}}')
    assert run("tell", "--webhook", receiver.url, "--body", "chat.json", stdin=lines(notice())).only == notice()
    assert json.loads(receiver.got[0][2]) == {
        "content": f"{TITLE}\n{TITLE}\nline 2", "n": [{"c": "2 of failed, 100%"}], "allowed_mentions": {"parse": []}}


@pytest.mark.parametrize("answer, kind, code", [
    ((302, {"Location": "/elsewhere"}, b""), "config", "bad_redirect"), (404, "config", "http_404"), (401, "config", "http_401"), (400, "config", "http_400"),
    (410, "permanent", "http_410"), (500, "transient", "http_500"), ((429, {"Retry-After": "7"}, b""), "throttled", "http_429"), (408, "transient", "http_408")])
def test_what_a_receiver_answers_decides_what_becomes_of_a_notice(answer, kind, code, run, receiver, secrets):
    receiver.answer = answer
    done = run("tell", "--webhook", f"{receiver.url}/hook", "--credentials", secrets(f"a 127.0.0.1 webhook whsec_{KEY}"), stdin=lines(notice()))
    assert (done.only["kind"], done.only["class"], done.only["code"]) == ("error", kind, code)
    # Nothing that is signed goes anywhere else.
    assert [path for path, _, _ in receiver.got] == ["/hook"]


def test_a_receiver_that_is_away_is_for_later(run, receiver):
    receiver.close()
    assert run("tell", "--webhook", receiver.url, stdin=lines(notice())).only["class"] == "transient"


@pytest.mark.parametrize("id", ["a\r\nX-Evil: 1", "a b", "ä", "n" * 300])
def test_no_id_can_add_a_header_field(id, run, receiver):
    assert run("tell", "--webhook", receiver.url, stdin=lines(notice(id=id))).only["code"] == "bad_id"
    assert receiver.got == []


def test_ntfy_gets_json_at_its_root(run, receiver, secrets):
    done = run("tell", "--ntfy", f"{receiver.url}/sub/music", "--credentials", secrets("n 127.0.0.1 basic ana 'p w'"), stdin=lines(notice(text="ä" * 5000)))
    assert done.only["kind"] == "notice"
    (path, headers, body), = receiver.got
    said = json.loads(body)
    assert path == "/sub/" and headers["Authorization"].startswith("Basic ")
    assert (said["topic"], said["title"], said["tags"]) == ("music", TITLE, ["warning"])
    assert len(said["message"].encode()) <= 4000 and set(said["message"]) == {"ä"}


def test_an_address_that_is_a_secret_comes_from_a_file(run, receiver, tmp_path, secrets):
    file = secrets(f"{receiver.url}/t0pic")
    assert run("tell", "--ntfy", f"@{file}", stdin=lines(notice())).only["kind"] == "notice"
    assert json.loads(receiver.got[0][2])["topic"] == "t0pic"
    file.chmod(0o644)
    assert run("tell", "--ntfy", f"@{file}", stdin=lines(notice())).only["code"] == "secret_readable"


def test_a_mail_is_one_that_others_can_read(run, program, tmp_path):
    sendmail = program("sendmail", f"import sys; open({str(tmp_path / 'mail')!r}, 'wb').write(repr(sys.argv[1:]).encode() + b'\\n' + sys.stdin.buffer.read())")
    title = "Größe " * 20
    done = run("tell", "--mail", "ana@example.org", "--mail", "Bo <bo@example.org>", "--from", "segue@example.org", "--sendmail", sendmail, stdin=lines(notice(title=title + "\r\nBcc: eve@example.org")))
    assert done.only["kind"] == "notice"
    arguments, _, message = (tmp_path / "mail").read_bytes().partition(b"\n")
    assert arguments == b"['-t', '-i']"
    mail = email.message_from_bytes(message, policy=email.policy.default)
    assert mail["Subject"].startswith(title) and mail["Bcc"] is None and mail["To"] == "ana@example.org, Bo <bo@example.org>"
    assert mail["From"] == "segue@example.org" and mail["Auto-Submitted"] == "auto-generated" and mail["Date"] == "Thu, 26 Nov 2026 16:00:00 +0000"
    assert mail["Message-ID"].startswith("<notice.00ff@") and not mail.defects
    assert mail.get_content().splitlines()[-1] == "line 2"
    assert all(len(line) <= 78 for line in message.splitlines())


@pytest.mark.parametrize("status, kind", [(75, "transient"), (67, "config"), (1, "config")])
def test_what_sendmail_says_decides_what_becomes_of_a_mail(status, kind, run, program):
    sendmail = program("sendmail", f"import sys; sys.stderr.write('no such user\\n'); sys.exit({status})")
    done = run("tell", "--mail", "ana@example.org", "--sendmail", sendmail, stdin=lines(notice()))
    assert done.only["class"] == kind and done.only["code"] == "not_sent" and "no such user" in done.only["message"]


def test_a_program_that_is_not_there_is_a_fault_of_the_set_up(run, tmp_path):
    for option in (["--mail", "a@b", "--sendmail", "./none"], ["--apprise", "x"]):
        done = run("tell", *option, stdin=lines(notice()), env={"PATH": str(tmp_path)})
        assert (done.only["class"], done.only["code"]) == ("config", "no_program")


@pytest.mark.parametrize("command", [["tell"], ["segue", "jail", "--", "tell"], ["segue", "jail", "--", PROGRAMS / "tell"]], ids=["free", "jailed", "by its path"])
def test_apprise_sends_it_to_what_its_own_file_names(run, receiver, tmp_path, command):
    (tmp_path / "apprise.conf").write_text(f"json://user:s3cret@127.0.0.1:{receiver.port}/in\n")
    # A link to where it is installed, as pipx makes it.
    (tmp_path / "links").mkdir()
    (tmp_path / "links/apprise").symlink_to(f"{sys.prefix}/bin/apprise")
    path = f"{tmp_path}/links"
    receiver.answer = 200
    done = run(*command, "--apprise", "apprise.conf", stdin=lines(notice()), env={"PATH": path})
    assert done.only == notice()
    said = json.loads(receiver.got[0][2])
    assert said["title"] == TITLE and said["message"].endswith("line 2") and said["type"] == "failure"
    receiver.answer = 500
    done = run(*command, "--apprise", "apprise.conf", stdin=lines(notice()), env={"PATH": path})
    assert done.only["class"] == "transient" and "s3cret" not in done.stdout.decode() + done.stderr
    (tmp_path / "apprise.conf").write_text("\n")
    assert run(*command, "--apprise", "apprise.conf", stdin=lines(notice()), env={"PATH": path}).only["class"] in ("config", "transient")


def test_a_jellyfin_server_is_asked_to_scan_once_there_is_new_music(run, receiver, secrets):
    file = secrets("""home 127.0.0.1 header Authorization 'MediaBrowser Token="K3Y"'""")
    done = run("tell", "--jellyfin", f"{receiver.url}/base/", "--credentials", file, stdin=lines(notice("finished"), notice("failed")))
    assert [record["kind"] for record in done.records] == ["notice", "notice"]
    (path, headers, body), = receiver.got
    assert path == "/base/Library/Refresh" and headers["Authorization"] == 'MediaBrowser Token="K3Y"' and body == b""


@pytest.mark.parametrize("answer, kind", [({"status": "ok"}, "notice"), ({"status": "failed", "error": {"code": 50, "message": "not an admin"}}, "error")])
def test_a_subsonic_server_is_asked_to_scan(answer, kind, run, receiver, secrets):
    receiver.answer = (200, {"Content-Type": "application/json"}, json.dumps({"subsonic-response": answer}).encode())
    done = run("tell", "--subsonic", receiver.url, "--credentials", secrets("any 127.0.0.1 apikey K3Y"), stdin=lines(notice("finished")))
    assert done.only["kind"] == kind and done.only.get("class", "config") == "config"
    assert receiver.got[-1][0].startswith("/rest/startScan.view?apiKey=K3Y&") or kind == "error"


@contextlib.contextmanager
def player(greeting, *answers):
    """An MPD that gives these answers one after the other: its address, and what it is asked."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        asked = []

        def serve():
            connection, _ = server.accept()
            with connection, connection.makefile("rw", newline="\n") as stream:
                stream.write(f"{greeting}\n")
                stream.flush()
                for answer in answers:
                    asked.append(stream.readline())
                    if asked[-1]:
                        stream.write(f"{answer}\n")
                        stream.flush()

        thread = threading.Thread(target=serve)
        thread.start()
        yield f"127.0.0.1:{server.getsockname()[1]}", asked
        thread.join()


@pytest.mark.parametrize("greeting, answer, kind", [
    ("OK MPD 0.23.5", "updating_db: 1\nOK", None), ("OK MPD 0.23.5", "ACK [4@0] {update} you don't have permission", "config"), ("220 mail", "", "transient")])
def test_mpd_is_asked_to_update(greeting, answer, kind, run):
    with player(greeting, answer) as (address, asked):
        done = run("tell", "--mpd", address, stdin=lines(notice("finished")))
    assert done.only.get("class") == kind and (kind == "transient" or asked == ["update\n"])
    assert kind != "config" or "--credentials" in done.only["message"]


def test_mpd_gets_its_password_first(run, secrets):
    with player("OK MPD 0.23.5", "OK", "updating_db: 1\nOK") as (address, asked):
        file = secrets("any 127.0.0.1:1 mpd other", f"any {address} bearer T0ken", f"player {address} mpd 'a \"b\\c d'")
        done = run("tell", "--mpd", address, "--credentials", file, stdin=lines(notice("finished")))
    assert done.only["kind"] == "notice" and asked == ['password "a \\"b\\\\c d"\n', "update\n"]


def test_a_password_that_mpd_refuses_is_not_shown(run, secrets):
    with player("OK MPD 0.23.5", "ACK [3@0] {password} incorrect password s3cret") as (address, asked):
        done = run("tell", "--mpd", address, "--credentials", secrets(f"player {address} mpd s3cret"), stdin=lines(notice("finished")))
    assert (done.only["class"], done.only["code"]) == ("config", "not_sent") and "check --credentials" in done.only["message"]
    assert asked == ['password "s3cret"\n'] and "s3cret" not in done.stdout.decode() + done.stderr


def test_a_host_that_is_no_mpd_or_none_is_for_later(run, receiver):
    receiver.close()
    assert run("tell", "--mpd", f"127.0.0.1:{receiver.port}", stdin=lines(notice("finished"))).only["class"] == "transient"


def test_it_takes_one_way_and_no_password_in_an_argument(run, tmp_path):
    assert run("tell").status == 64
    for option in WAYS:
        assert run("tell", option, "x", "--mail" if option != "--mail" else "--mpd", "y").status == 64
    assert run("tell", "--mail", "a@b\nBcc: c@d").status == 64
    assert run("tell", "--mpd", "x", "--body", "y").status == 64
    done = run("tell", "--webhook", "https://ana:s3cret@example.org/")
    assert done.status == 64 and "s3cret" not in done.stderr.split("Usage")[0].replace("https://ana:s3cret@example.org/", "")


@pytest.mark.parametrize("line", ["a h webhook x", f"a h webhook {KEY}", "a h webhook whsec_AAAA", "a h webhook whsec_%%%%"])
def test_a_secret_that_is_none_is_refused_without_being_shown(line, run, secrets):
    done = run("tell", "--webhook", "http://127.0.0.1:9/", "--credentials", secrets(line), stdin=lines(notice()))
    assert done.only["code"] == "bad_credentials" and line.split()[-1] not in done.only["message"]


def test_other_records_pass(run):
    record = {"v": 1, "kind": "track", "id": "c:track:1"}
    assert run("tell", "--mpd", "127.0.0.1:9", stdin=lines(record)).only == record
