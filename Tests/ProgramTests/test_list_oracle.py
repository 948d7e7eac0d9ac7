"""resolve, of M3U and PLS: the same entries as Debian's libtotem-plparser finds in the same files."""

import json
import posixpath
import random
import subprocess
import urllib.parse

ORACLE = r"""
import json, sys, gi
gi.require_version("TotemPlParser", "1.0")
from gi.repository import TotemPlParser
for path in sys.argv[1:]:
    found, parser = [], TotemPlParser.Parser()
    parser.set_property("recurse", False)
    parser.connect("entry-parsed", lambda _, uri, data: found.append([uri, data.get("title")]))
    result = parser.parse("file://" + path, False)
    print(json.dumps([result.value_nick, found]))
"""
WORDS = ["Night", "Über", "So, what", "a b", "100%", "東京", "R&B", "x=1", "#1", "(Live) [2001]", "one - two - three"]


def location(chance, folder):
    word = urllib.parse.quote(chance.choice(WORDS))
    return chance.choice([
        f"http://h.example/{word}.mp3", f"https://h.example:8443/a/{word}.flac?k=1&m=2", f"music/{chance.randrange(99)}.ogg", f"{folder}/abs/{chance.randrange(99)}.m4a",
        f"../up/{chance.randrange(99)}.opus", f"with space/{chance.randrange(99)} x.mp3"])


def m3u(chance, folder):
    lines = ["#EXTM3U"]
    for _ in range(chance.randrange(1, 12)):
        if chance.random() < 0.6:
            lines.append(f"#EXTINF:{chance.choice(['-1', '0', '17', '203'])},{chance.choice(WORDS)}")
        elif chance.random() < 0.2:
            lines.append("# a comment")
        lines += [location(chance, folder)] + [""] * chance.randrange(2)
    return chance.choice(["\n", "\r\n"]).join(lines) + "\n"


def pls(chance, folder):
    count = chance.randrange(1, 9)
    lines = [chance.choice(["[playlist]", "[Playlist]"])] + [f"NumberOfEntries={count}"] * chance.randrange(2)
    for number in range(1, count + 1):
        entry = [f"File{number}={location(chance, folder)}"]
        if chance.random() < 0.7:
            entry.append(f"Title{number}={chance.choice(WORDS)}")
        if chance.random() < 0.5:
            entry.append(f"Length{number}={chance.choice(['-1', '17'])}")
        lines += entry
    return chance.choice(["\n", "\r\n"]).join([*lines, "Version=2", ""])


def plain(address):
    """A file by its path, whichever way it was spelled."""
    path = urllib.parse.unquote(address.removeprefix("file://")) if address.startswith("file://") else address
    return posixpath.normpath(path) if path.startswith("/") else path


def told(record):
    """An entry's address, and its title as one text."""
    track, ref = record.get("record", record).get("track") or {}, record.get("record", record)["ref"]
    return [plain(ref), " - ".join(part for part in (track.get("artist"), track.get("title")) if part) or None]


def test_another_reader_finds_the_same_in_lists(run, tmp_path):
    chance = random.Random(11)
    paths = []
    for number in range(120):
        path = tmp_path / f"{number}.{'m3u' if number % 2 else 'pls'}"
        path.write_bytes((m3u if number % 2 else pls)(chance, tmp_path).encode())
        paths.append(path)
    oracle = subprocess.run(["/usr/bin/python3", "-c", ORACLE, *map(str, paths)], capture_output=True, check=True, timeout=60, text=True)
    entries = 0
    for path, line in zip(paths, oracle.stdout.splitlines(), strict=True):
        result, expected = json.loads(line)
        found = [told(r) for r in run("resolve", "--rows", path).records if r["kind"] != "done"]
        assert result == "success" and found == [[plain(uri), title] for uri, title in expected], path.read_text()
        entries += len(found)
    assert entries > 500
