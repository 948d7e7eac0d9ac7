"""Digests that sources give, and what proves that a transfer may go on."""

import hashlib
import zlib

import pytest
from test_fetch import AUDIO, Body, broken_off, fetch, files, sha256, spool, track  # noqa: F401

DIGESTS = {"sha256": sha256(AUDIO), "sha1": hashlib.sha1(AUDIO).hexdigest(), "md5": hashlib.md5(AUDIO).hexdigest(), "crc32": f"{zlib.crc32(AUDIO):08x}"}
OTHER = AUDIO[:50_000] + b"X" + AUDIO[50_001:]
OLD = {"Last_Modified": "Tue, 03 Mar 2020 10:00:00 GMT"}
NEW = {"Last_Modified": "Wed, 04 Mar 2020 10:00:00 GMT"}
kinds = pytest.mark.parametrize("kind", DIGESTS)


class Dated(Body):
    """A server that knows dates and no ETags; or does not look at dates, and sends a part of what it has now."""

    def __init__(self, *arguments, looks=True, tells=True, **headers):
        super().__init__(*arguments, **headers)
        self.looks, self.date = looks, self.headers["Last-Modified"]
        if not tells:
            del self.headers["Last-Modified"]

    def start(self, request):
        asked, condition = request.headers.get("Range"), request.headers.get("If-Range")
        return int(asked[6:-1]) if asked and (not self.looks or condition == self.date) else 0


@kinds
def test_each_digest_is_held_against_the_bytes(site, fetch, spool, kind):
    site.answers["/a"] = Body()
    assert fetch(track(site.url + "/a", digests={kind: DIGESTS[kind].upper()})).only["file"]["sha256"] == sha256(AUDIO)
    site.answers["/b"] = Body(OTHER)
    answer = fetch(track(site.url + "/b", id="b", digests={**DIGESTS, kind: DIGESTS[kind]})).only
    assert (answer["class"], answer["code"]) == ("transient", "wrong_digest")
    site.answers["/c"] = Body(OTHER)
    answer = fetch(track(site.url + "/c", id="c", digests={kind: DIGESTS[kind]})).only
    assert answer["code"] == "wrong_digest" and kind in answer["message"]
    assert len(files(spool)) == 1


@pytest.mark.parametrize("digests", [{"md5": "12"}, {"sha1": "g" * 40}, {"crc32": "123456789"}, {"md5": 5}, []])
def test_what_cannot_be_a_digest_is_refused_before_anything_is_asked(site, fetch, digests):
    site.answers["/a"] = body = Body()
    answer = fetch(track(site.url + "/a", digests=digests)).only
    assert (answer["class"], answer["code"]) == ("permanent", "bad_record") and "digests" in answer["message"] and body.seen == []


def test_two_that_contradict_each_other_are_a_fault_of_the_record(site, fetch):
    answer = fetch(track(site.url + "/a", sha256=sha256(AUDIO), digests={"sha256": sha256(OTHER)})).only
    assert (answer["class"], answer["code"]) == ("permanent", "bad_record") and "differ" in answer["message"]


@kinds
def test_any_digest_lets_a_transfer_go_on_without_an_etag(site, fetch, kind):
    record = broken_off(site, fetch, etag=None, digests={kind: DIGESTS[kind]})
    site.answers["/a"] = body = Body()
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO)
    assert body.seen[0]["Range"] == "bytes=100000-" and "If-Range" not in body.seen[0] and len(body.seen) == 1


@kinds
def test_a_beginning_of_another_file_is_found_out_and_fetched_anew_at_once(site, fetch, kind):
    site.answers["/a"] = Body(OTHER, cut=100_000)
    record = track(site.url + "/a", digests={kind: DIGESTS[kind]})
    assert fetch(record).only["code"] == "cut"
    site.answers["/a"] = body = Body()
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO)
    assert [head.get("Range") for head in body.seen] == ["bytes=100000-", None]


def test_without_digest_and_validator_it_starts_over(site, fetch):
    record = broken_off(site, fetch, etag=None)
    site.answers["/a"] = body = Body()
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and "Range" not in body.seen[0]


def begun(site, fetch, **digests):
    site.answers["/a"] = Dated(AUDIO, cut=100_000, **OLD)
    record = track(site.url + "/a", **digests)
    assert fetch(record).only["code"] == "cut"
    return record


def test_a_date_that_the_server_repeats_lets_it_go_on(site, fetch):
    record = begun(site, fetch)
    site.answers["/a"] = body = Dated(AUDIO, cut=50_000, **OLD)
    assert fetch(record).only["code"] == "cut"
    site.answers["/a"] = again = Dated(AUDIO, **OLD)
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO)
    assert (body.seen[0]["Range"], body.seen[0]["If-Range"]) == ("bytes=100000-", OLD["Last_Modified"])
    assert again.seen[0]["Range"] == "bytes=150000-" and len(again.seen) == 1


@pytest.mark.parametrize("server", [
    {"looks": True, **NEW}, {"looks": False, **NEW}, {"looks": False, "tells": False, **NEW}, {"looks": True, "tells": False, **OLD}],
    ids=["changed", "changed, and it looks at no date", "it tells no date", "the same, but it does not say so"])
def test_a_date_that_is_not_repeated_proves_nothing(site, fetch, server):
    record = begun(site, fetch)
    site.answers["/a"] = Dated(OTHER, **server)
    assert fetch(record).only["file"]["sha256"] == sha256(OTHER)


def test_a_file_that_changed_a_moment_ago_has_no_date_to_go_by(site, fetch):
    import email.utils

    now = {"Last_Modified": email.utils.formatdate(usegmt=True)}
    site.answers["/a"] = Dated(AUDIO, cut=100_000, **now)
    record = track(site.url + "/a")
    assert fetch(record).only["code"] == "cut"
    site.answers["/a"] = body = Dated(AUDIO, **now)
    assert fetch(record).only["file"]["sha256"] == sha256(AUDIO) and "Range" not in body.seen[0]
