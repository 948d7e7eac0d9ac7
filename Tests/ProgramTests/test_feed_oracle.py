"""resolve, of feeds: what feedparser finds in feeds that others wrote, in every dress that feeds wear, is found too."""

import os
import pathlib
import re
import urllib.parse

import feedparser
import pytest
from programs import lines

SUITES = os.environ.get("SEGUE_SUITES")
# A word that an encoding is there for, put in front of the titles.
WORDS = {
    "windows-1251": "Привет №1", "koi8-r": "Зима ─", "windows-1252": "Œuvre “à part” €", "iso-8859-15": "Œuvre à 5 €", "iso-8859-2": "Žluťoučký",
    "shift_jis": "日本のうた", "euc-kr": "노래", "gb2312": "音乐", "big5": "音樂", "utf-16-le": "Ž 音 Зима", "utf-16-be": "Ž 音 Зима", "utf-8": "Ž 音 Зима"}
MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
LABELS = {"utf-16-le": "utf-16", "utf-16-be": "utf-16"}


def bare(text):
    """A feed without its prolog."""
    return re.sub(r"^\s*<\?xml.*?\?>", "", text, flags=re.DOTALL).strip()


def titled(text, word):
    """With the word in front of each title, and of those alone that are elements."""
    return re.sub(r"(<title>)", rf"\1{word} ", text)


def declared(text, codec, mark=b""):
    prolog = f'<?xml version="1.0" encoding="{LABELS.get(codec, codec)}"?>\n'
    return mark + (prolog + titled(bare(text), WORDS[codec])).encode(codec)


def dresses(text):
    """Each way to write the feed, with what its server says of it: name, bytes, charset."""
    plain = bare(text)
    yield "as it is", text.encode(), None
    for codec in WORDS:
        yield f"{codec}, declared", declared(text, codec, MARKS.get(codec, b"")), None
        yield f"{codec}, by its server", titled(plain, WORDS[codec]).encode(codec), codec
    prolog, front = '<?xml version="1.0" encoding="utf-8"?>\n', titled(plain, WORDS["utf-8"])
    for name, before in [("white space", " \n\n\t"), ("a comment", "<!-- made by hand -->\n"), ("a mark", "\ufeff"), ("a mark and white space", "\ufeff\n")]:
        yield f"{name} before the prolog", (before + prolog + front).encode(), None
    for name, word in [("a bare ampersand", "Q & A"), ("control characters", "a\x01b\x1f"), ("a name of HTML", "caf&eacute;&nbsp;&mdash;"), ("CDATA", "<![CDATA[<b>]]>")]:
        yield name, (prolog + titled(plain, word)).encode(), None
    query = re.sub(r'(<enclosure[^>]*url="[^"?]+)"', r'\1?a=1&b=2&copy=3"', front)
    yield "bare ampersands in links", query.encode(), None
    yield "utf-16 without a mark", declared(text, "utf-16-le"), None
    yield "windows-1252, declared as utf-8", declared(text, "windows-1252").replace(b'"windows-1252"', b'"utf-8"'), None
    yield "with another name for its encoding", declared(text, "utf-8").replace(b'"utf-8"', b"'UTF8'"), None
    yield "under other prefixes", re.sub(r"\b(itunes|media|atom)(?=:|=)", r"\1x", front).encode(), None
    yield "with lines of another system", front.replace("\n", "\r\n").encode(), None


def expected(data, charset):
    """Title and links of each entry with an enclosure, as feedparser finds them."""
    kind = "application/rss+xml" + (f"; charset={charset}" if charset else "")
    for entry in feedparser.parse(data, response_headers={"content-type": kind}, sanitize_html=False, resolve_relative_uris=False).entries:
        links = [link.get("href") for link in entry.get("enclosures", [])] + [part.get("url") for part in entry.get("media_content", [])]
        if links := [link.strip() for link in links if link and link.strip()]:
            yield plain(entry.get("title")), links


def plain(text):
    """Without what may stand in no XML, and in lines of white space."""
    return " ".join(re.sub(r"[\x01-\x08\x0e-\x1f]", "", text or "").split())


@pytest.fixture(scope="module")
def feeds():
    if not SUITES:
        pytest.skip("the feeds of others were not asked for")
    paths = sorted(pathlib.Path(SUITES, "podcastparser/tests/data").glob("*.rss"))
    assert len(paths) == 70
    return [(path.stem, path.read_bytes().decode()) for path in paths]


def test_no_episode_of_a_feed_is_lost_whatever_it_is_written_in(run, site, feeds):
    worn = {f"/{name}/{urllib.parse.quote(dress, safe='')}.xml": (data, charset) for name, text in feeds for dress, data, charset in dresses(text)}
    for path, (data, charset) in worn.items():
        site.answers[path] = (200, {"Content-Type": "application/rss+xml" + (f"; charset={charset}" if charset else "")}, data)
    done = run("resolve", "--rate", "0", "--rows", stdin=lines(*(site.url + path for path in worn)), timeout=300)
    found, wrong, compared = iter(done.records), [], 0
    left_out = {match[1]: int(match[2]) for match in re.finditer(r"resolve: (\S+): (\d+) entr(?:y|ies) offers? films", done.stderr)}
    for path, (data, charset) in worn.items():
        episodes = {}
        while "parent" in (end := next(found)):
            episodes[end.get("record", end)["ref"]] = end["track"]
        lost = []
        for title, links in expected(data, charset):
            mine = next((episodes[url] for link in links if (url := urllib.parse.urljoin(site.url + path, link)) in episodes), None)
            if mine is None:
                lost.append(links)
            elif title and plain(mine.get("title")) != title:
                wrong.append((path, mine.get("title"), title))
            compared += 1
        if len(lost) > left_out.get(end["id"], 0) or end["kind"] != "done" and (lost or episodes):
            wrong.append((path, lost, end))
    assert wrong == [] and compared > 1200
