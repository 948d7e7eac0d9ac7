"""Lists that name files of this machine, however they write them; and lists that are named so themselves."""

import hashlib
import os
import subprocess
import urllib.parse

import pytest
from programs import lines

NAME = "50% off #2? [Øre] & co.flac"


@pytest.fixture(scope="module")
def tone(tmp_path_factory):
    path = tmp_path_factory.mktemp("tone") / "tone.flac"
    subprocess.run(["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=d=0.1", path], check=True)
    return path


@pytest.fixture
def shelve(run, tmp_path, tone):
    """shelve("A/x.flac", "c:track:1") puts a file into the library as the programs do, with its id in its tags."""
    def call(name, ident):
        path = tmp_path / "Music" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", tone, "-c", "copy", "-metadata", f"SOURCEID={ident}", path], check=True)
        book(run, path, ident)
        return path

    return call


def book(run, path, ident):
    placed = {"path": str(path), "bytes": path.stat().st_size, "sha256": hashlib.sha256(path.read_bytes()).hexdigest(), "format": "flac"}
    done = run("record", "--library", "Music", stdin=lines({"v": 1, "kind": "track", "id": ident, "placed": placed}))
    assert done.records[0]["kind"] == "track", done.records


@pytest.fixture
def listed(run, tmp_path):
    """listed("m3u", link, ...) -> what becomes of the entries of a list of that kind, beside the library."""
    def call(kind, *links):
        quoted = [link.replace("&", "&amp;") for link in links]
        text = {
            "m3u": "".join(f"{link}\n" for link in links), "txt": "".join(f"{link}\n" for link in links),
            "pls": "[playlist]\n" + "".join(f"File{n}={link}\n" for n, link in enumerate(links, 1)),
            "csv": "title,location\n" + "".join(f'T{n},"{link}"\n' for n, link in enumerate(links)),
            "xspf": '<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList>'
            + "".join(f"<track><location>{link}</location></track>" for link in quoted) + "</trackList></playlist>"}[kind]
        path = tmp_path / f"list.{kind}"
        path.write_text(text)
        *entries, done = run("resolve", "--library", "Music", path).records
        assert done["kind"] == "done" and done["n"] == len(links)
        return entries

    return call


def spellings(path, base):
    relative = os.path.relpath(path, base)
    encoded = urllib.parse.quote(str(path))
    return [str(path), relative, "./" + relative, urllib.parse.quote(relative), encoded, f"file://{encoded}", f"file://localhost{encoded}", f"file:{encoded}",
        f"file://{path}", f"FILE://{encoded}"]


@pytest.mark.parametrize("kind", ["m3u", "pls", "xspf", "csv", "txt"])
def test_a_file_of_the_library_is_known_however_it_is_written(shelve, listed, tmp_path, kind):
    path = shelve(f"Ann/{NAME}", "c:track:5")
    found = listed(kind, *spellings(path, tmp_path))
    assert [(r["kind"], r["id"], r["record"]["placed"]["path"]) for r in found] == [("skip", "c:track:5", str(path))] * len(found), found


@pytest.mark.parametrize("kind", ["m3u", "pls", "xspf", "csv", "txt"])
def test_other_files_are_told_what_to_do_with(shelve, listed, tmp_path, tone, kind):
    shelve("Ann/x.flac", "c:track:5")
    found = listed(kind, str(tone), f"file://{tone}", str(tmp_path / "none.flac"), "none%20such.flac", "file://nas/share/x.flac")
    assert [(r["class"], r["code"]) for r in found] == [("permanent", "local_file")] * 4 + [("permanent", "bad_url")]
    assert all("segue import" in r["message"] for r in found[:2]) and all("there is no such file" in r["message"] for r in found[2:4])


def test_a_literal_name_goes_before_what_it_would_mean_decoded(shelve, listed, tmp_path):
    literal, decoded = shelve("a%20b.flac", "c:track:1"), shelve("a b.flac", "c:track:2")
    assert [r["id"] for r in listed("m3u", "Music/a%20b.flac", "Music/a b.flac", f"file://{tmp_path}/Music/a%20b.flac")] == ["c:track:1", "c:track:2", "c:track:1"]
    literal.unlink()
    assert listed("m3u", "Music/a%20b.flac")[0]["id"] == "c:track:2"


def test_a_file_is_known_by_where_it_was_and_by_where_it_is(shelve, listed, tmp_path):
    old = shelve("Ann/old name.flac", "c:track:5")
    new = tmp_path / "Music/Bo/new name.flac"
    new.parent.mkdir()
    old.rename(new)
    for link in ("Music/Ann/old name.flac", "Music/Ann/old%20name.flac", f"file://{old}", str(new), "Music/Bo/new%20name.flac"):
        (found,) = listed("m3u", link)
        assert (found["kind"], found["id"], found["record"]["placed"]["path"]) == ("skip", "c:track:5", str(new)), (link, found)


def test_an_edited_file_is_known_as_it_is_now(shelve, listed):
    path = shelve("Ann/x.flac", "c:track:5")
    with path.open("ab") as file:
        file.write(bytes(100))
    (found,) = listed("m3u", "Music/Ann/x.flac")
    placed = found["record"]["placed"]
    assert found["kind"] == "skip" and placed["bytes"] == path.stat().st_size and placed["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_damaged_or_gone_is_no_skip(shelve, listed):
    path = shelve("Ann/x.flac", "c:track:5")
    times = os.stat(path)
    os.truncate(path, 100)
    os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))
    (damaged,) = listed("m3u", "Music/Ann/x.flac")
    path.unlink()
    (gone,) = listed("m3u", "Music/Ann/x.flac")
    assert [(r["class"], r["code"]) for r in (damaged, gone)] == [("permanent", "damaged"), ("permanent", "no_file")]
    assert all("c:track:5" in r["message"] and "segue verify --repair" in r["message"] for r in (damaged, gone))


def test_links_on_the_way_to_a_file_do_not_matter(run, shelve, listed, tmp_path):
    shelve("Ann/x.flac", "c:track:5")
    (tmp_path / "shortcut").symlink_to("Music/Ann")
    (tmp_path / "direct.flac").symlink_to("Music/Ann/x.flac")
    # One that leads out of the library is not read, whatever its tags say.
    (tmp_path / "copy.flac").write_bytes((tmp_path / "Music/Ann/x.flac").read_bytes())
    (tmp_path / "Music/away.flac").symlink_to(tmp_path / "copy.flac")
    *found, away = listed("m3u", "shortcut/x.flac", "direct.flac", "Music/Ann/../Ann/x.flac", "Music/away.flac")
    assert [(r["kind"], r["id"]) for r in found] == [("skip", "c:track:5")] * 3 and away["code"] == "local_file"
    (tmp_path / "Elsewhere").symlink_to("Music")
    (found,) = run("resolve", "--library", "Elsewhere", tmp_path / "list.m3u").records[:1]
    assert found["kind"] == "skip"


def test_a_copy_outside_of_the_library_is_none_of_it(shelve, listed, tmp_path):
    (tmp_path / "copy.flac").write_bytes(shelve("Ann/x.flac", "c:track:5").read_bytes())
    assert listed("m3u", "copy.flac")[0]["code"] == "local_file"


def test_a_list_may_be_named_by_a_link_or_encoded(run, tmp_path):
    path = tmp_path / "my #1 list?.m3u"
    path.write_text("http://h/a.mp3\n")
    ident = "file:playlist:" + hashlib.sha256(str(path).encode()).hexdigest()[:32]
    encoded = urllib.parse.quote(str(path))
    for text in (str(path), path.name, encoded, "./" + urllib.parse.quote(path.name), f"file://{encoded}", f"file:{encoded}", f"file://localhost{encoded}", f"file://{path}"):
        for asked in (run("resolve", text), run("resolve", stdin=lines(text))):
            track, done = asked.records
            assert (track["kind"], done["kind"], done["id"]) == ("track", "done", ident), text


def test_a_folder_with_signs_in_its_name_is_the_list_s_own(run, tmp_path, shelve):
    shelve("x.flac", "c:track:5")
    folder = tmp_path / "AC#DC? 100%25"
    folder.mkdir()
    (folder / "list.m3u").write_text("../Music/x.flac\n")
    assert run("resolve", "--library", "Music", folder / "list.m3u").records[0]["id"] == "c:track:5"


@pytest.mark.parametrize("text", ["nowhere.m3u", "file:///nowhere/x.xspf", "no%20where.csv", "folder.m3u"])
def test_a_list_that_is_not_there_is_told_at_once_and_added_nowhere(run, tmp_path, text):
    (tmp_path / "folder.m3u").mkdir()
    (tmp_path / "p.yaml").write_text("ledger: l.sqlite\nstages:\n  - {name: resolve, run: [resolve], mode: expand}\n")
    for command in ("add", "run"):
        done = run("segue", command, "--pipeline", "p.yaml", text)
        assert done.status == 64 and text.rsplit("/", 1)[-1] in done.stderr, (command, done.stderr)
    mixed = run("segue", "add", "--pipeline", "p.yaml", "-", stdin=f"{text}\nhttp://h/a.mp3\n".encode())
    assert mixed.status == 1 and "line 1: " in mixed.stderr and mixed.stdout == b"1 added\n"
    assert len(run("segue", "list", "--pipeline", "p.yaml", "--json").records) == 1
