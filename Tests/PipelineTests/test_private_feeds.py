"""A feed behind a password under the driver: in its link once, then in no ledger, log, message or list, and it works for good."""

import base64
import json
import sqlite3

import pytest

USER, PASSWORD = "quill", "tern-and-gull"
PROOF = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture
def feed(shop):
    """A private feed of three episodes, and what was asked for without the password."""
    shop = shop(1, 1)
    site, refused = shop.site, []

    def guarded(body, mime):
        def answer(request):
            if request.headers.get("Authorization") == PROOF:
                return 200, {"Content-Type": mime}, body
            refused.append(request.path)
            return 401, {}, b""
        return answer

    items = "".join(f'<item><title>Part {n}</title><enclosure url="/{n}.flac" type="audio/flac"/></item>' for n in range(3))
    site.answers["/feed.xml"] = guarded(f"<rss><channel><title>Harbour</title>{items}</channel></rss>".encode(), "text/xml")
    for n in range(3):
        site.answers[f"/{n}.flac"] = guarded(shop.audio, "audio/flac")
    site.refused, site.private = refused, site.url.replace("://", f"://{USER}:{PASSWORD}@") + "/feed.xml"
    return site


@pytest.fixture
def driven(feed, drive, tmp_path):
    driven = drive(None, [
        {"name": "expand", "run": ["resolve", "--rows"], "mode": "expand"}, {"name": "resolve", "run": ["resolve", "--library", "Music"]},
        {"name": "fetch", "run": ["fetch"], "replicas": 2}, {"name": "place", "run": ["place", "--library", "Music"]},
        {"name": "record", "run": ["record", "--library", "Music"]}])
    driven.environment["XDG_STATE_HOME"] = str(tmp_path / "state")
    return driven


def nowhere(driven, *outcomes):
    """The secret is in no file but the one where passwords are kept, and in no answer."""
    for outcome in outcomes:
        assert PASSWORD not in outcome.stdout.decode() + outcome.stderr and USER not in outcome.stdout.decode() + outcome.stderr
    with sqlite3.connect(driven.folder / "state/ledger.sqlite") as ledger:
        ledger.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for path in [p for p in driven.folder.rglob("*") if p.is_file()]:
        content = path.read_bytes()
        assert PASSWORD.encode() not in content and PROOF.encode() not in content, path


@pytest.mark.parametrize("how", ["run", "add", "stdin", "record"])
def test_a_feed_with_a_password_in_its_link_comes_home_and_later_too(feed, driven, how):
    line = {"record": json.dumps({"v": 1, "kind": "request", "id": "file:playlist:mine", "ref": feed.private}), "stdin": feed.private}.get(how, "")
    if how == "run":
        outcomes = [driven.segue("run", feed.private)]
    else:
        outcomes = [driven.segue("add", feed.private if how == "add" else "-", stdin=line.encode()), driven.segue("run")]
    assert outcomes[-1].status == 0 and "kept the password" in outcomes[0].stderr, outcomes[-1].stderr
    assert len(list(driven.library.rglob("*.flac"))) == 3 and feed.refused == []
    # Another day, without the password, or with it: the same list.
    for path in driven.library.rglob("*.flac"):
        path.unlink()
    outcomes += [driven.segue("run", feed.url + "/feed.xml"), driven.segue("sync", feed.private), driven.segue("list", "--json"), driven.segue("show", "--json", feed.private)]
    lists = [item for item in driven.items() if item.startswith("file:playlist:")]
    assert len(lists) == (2 if how == "record" else 1) and feed.refused == []
    assert len(list(driven.library.rglob("*.flac"))) == 3
    nowhere(driven, *outcomes)


def test_a_wrong_password_is_kept_until_the_right_one_comes(feed, driven):
    wrong = driven.segue("run", feed.private.replace(PASSWORD, "heron"))
    assert wrong.status != 0 and "401" in wrong.stderr and "heron" not in wrong.stderr
    right = driven.segue("run", feed.private)
    assert right.status == 0 and len(list(driven.library.rglob("*.flac"))) == 3
    nowhere(driven, wrong, right)
