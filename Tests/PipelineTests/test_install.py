"""install.sh on small releases of scripts: what it puts where, what it leaves alone, and that it takes away all of it and nothing else."""

import shutil
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, ROOT

UNIT = "lib/systemd/system/segue.service"


class Release:
    """An unpacked release of a version, and its install.sh."""

    def __init__(self, folder, version, more=()):
        self.folder, self.version = folder, version
        files = {
            "bin/segue": f"#!/bin/sh\necho {version}\n", "libexec/segue/fetch": f"#!/bin/sh\necho fetch of {version}\n",
            UNIT: f"# {version}\nExecStart=/usr/local/bin/segue serve\n", "share/man/man1/segue.1": f"segue {version}\n",
            "share/doc/segue/examples/library.yaml": f"# {version}\n", **{path: f"{version}\n" for path in more}}
        for path, text in files.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
            file.chmod(0o755 if path.startswith(("bin", "libexec")) else 0o644)
        for place in (folder, folder / "share/segue"):
            place.mkdir(exist_ok=True)
            shutil.copy(ROOT / "Pipelines/install.sh", place)

    def install(self, prefix, *options, status=0, umask=0o22):
        done = subprocess.run(
            [self.folder / "install.sh", "--prefix", prefix, *options], capture_output=True, text=True, env=ENVIRONMENT, umask=umask, cwd=self.folder.parent)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + done.stderr


@pytest.fixture
def release(tmp_path):
    return lambda version, *more: Release(tmp_path / f"segue-{version}", version, more)


@pytest.fixture
def prefix(tmp_path):
    """A prefix in which somebody else has installed something."""
    prefix = tmp_path / "local"
    for path in ("bin/other", "share/man/man1/other.1"):
        (prefix / path).parent.mkdir(parents=True, exist_ok=True)
        (prefix / path).write_text("another's")
    (prefix / "lib").mkdir()
    return prefix


def content(prefix):
    """Each file and folder below the prefix, with its text."""
    return {str(path.relative_to(prefix)): path.read_text() if path.is_file() else path.is_symlink() for path in prefix.rglob("*")}


def test_what_is_installed_is_taken_away_and_nothing_else(release, prefix):
    before = content(prefix)
    told = release("1.0").install(prefix, umask=0o77)
    assert f"installed 1.0 under {prefix}" in told and f"PATH={prefix}/libexec/segue:$PATH" in told
    now = content(prefix)
    assert now.items() > before.items() and now["bin/segue"].endswith("echo 1.0\n")
    assert f"ExecStart={prefix}/bin/segue serve" in now[UNIT]
    # Others can use what root installs, whatever root's umask is.
    assert (prefix / "bin/segue").stat().st_mode & 0o777 == 0o755 and (prefix / "libexec/segue").stat().st_mode & 0o777 == 0o755
    assert (prefix / UNIT).stat().st_mode & 0o777 == 0o644
    # The release itself need not be there any more.
    done = subprocess.run([prefix / "share/segue/install.sh", "--prefix", prefix, "--uninstall"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert content(prefix) == before


def test_a_prefix_that_was_not_there_is_not_there_afterwards(release, tmp_path):
    first = release("1.0")
    first.install("new")
    assert (tmp_path / "new/bin/segue").exists()
    first.install("new", "--uninstall")
    assert not (tmp_path / "new").exists()
    assert "nothing was installed" in first.install("new", "--uninstall", status=1)


def test_a_later_version_replaces_an_earlier_one(release, prefix):
    before = content(prefix)
    release("1.0", "share/man/man7/segue-old.7").install(prefix)
    running = (prefix / "bin/segue").open()
    later = release("2.0", "share/man/man7/segue-new.7")
    later.install(prefix)
    now = content(prefix)
    assert "share/man/man7/segue-old.7" not in now and now["share/man/man7/segue-new.7"] == "2.0\n"
    assert now["libexec/segue/fetch"].endswith("fetch of 2.0\n") and "2.0" in now[UNIT]
    # A program that runs keeps its file.
    assert running.read().endswith("echo 1.0\n")
    later.install(prefix)
    assert content(prefix) == now
    later.install(prefix, "--uninstall")
    assert content(prefix) == before


def test_what_somebody_edited_stays_and_the_new_one_lies_beside_it(release, prefix):
    release("1.0").install(prefix)
    (prefix / UNIT).write_text("mine")
    told = release("2.0").install(prefix)
    assert f"kept as it is: {prefix}/{UNIT}, with the new one beside it: {UNIT}.new\n" in told
    assert (prefix / UNIT).read_text() == "mine" and "2.0" in (prefix / f"{UNIT}.new").read_text()
    third = release("3.0")
    third.install(prefix)
    assert (prefix / UNIT).read_text() == "mine" and "3.0" in (prefix / f"{UNIT}.new").read_text()
    # Nor is what somebody began to edit there lost.
    (prefix / f"{UNIT}.new").write_text("mine too")
    assert f"kept as it is: {prefix}/{UNIT}, and {UNIT}.new\n" in third.install(prefix)
    assert (prefix / UNIT).read_text() == "mine" and (prefix / f"{UNIT}.new").read_text() == "mine too"
    assert str(prefix / UNIT) in third.install(prefix, "--uninstall")
    assert {path: text for path, text in content(prefix).items() if "segue" in path} == {UNIT: "mine", f"{UNIT}.new": "mine too"}


def test_one_who_takes_the_new_one_is_up_to_date_again(release, prefix):
    before = content(prefix)
    release("1.0").install(prefix)
    (prefix / UNIT).write_text("mine")
    second = release("2.0")
    second.install(prefix)
    (prefix / f"{UNIT}.new").rename(prefix / UNIT)
    assert "kept" not in second.install(prefix)
    second.install(prefix, "--uninstall")
    assert content(prefix) == before


@pytest.mark.parametrize("kind", ["file", "link", "folder"])
def test_a_program_of_somebody_else_is_not_replaced(release, prefix, kind):
    first, mine = release("1.0"), prefix / "bin/segue"
    if kind == "file":
        mine.write_text("mine")
    elif kind == "link":
        mine.symlink_to(first.folder / "bin/segue")
    else:
        mine.mkdir()
    before = content(prefix)
    assert str(mine) in first.install(prefix, status=1)
    assert content(prefix) == before


def test_a_run_that_was_cut_short_is_repeated(release, prefix):
    before = content(prefix)
    release("1.0").install(prefix)
    second = release("2.0")
    second.install(prefix)
    book = (prefix / "share/segue/installed").read_text()
    # Half of the files are of the one version, half of the other, and the book has both.
    release("1.0").install(prefix)
    old = (prefix / "share/segue/installed").read_text()
    (prefix / "share/segue/installed").write_text(old + "".join(line for line in book.splitlines(True) if not line.startswith("folder")))
    (prefix / "bin/segue").write_text((second.folder / "bin/segue").read_text())
    (prefix / "libexec/segue/fetch.part").write_text("half")
    second.install(prefix)
    assert (prefix / "libexec/segue/fetch").read_text().endswith("of 2.0\n") and not (prefix / "libexec/segue/fetch.part").exists()
    second.install(prefix, "--uninstall")
    assert content(prefix) == before


def test_what_is_not_understood_changes_nothing(release, tmp_path):
    first = release("1.0")
    for options in (["--force"], ["--prefix"]):
        assert "install.sh [--prefix DIR]" in first.install(tmp_path / "x", *options, status=64)
    assert "character" in first.install(tmp_path / "a b", status=1)
    for part in ("bin/segue", "share/segue/install.sh"):
        (first.folder / part).unlink()
    assert "nothing to install" in first.install(tmp_path / "x", status=1)
    assert not (tmp_path / "x").exists() and not (tmp_path / "a b").exists()


def test_segue_takes_the_programs_of_its_own_installation(tmp_path):
    """Another's program beside segue, as in /usr/bin, is not taken for a stage of ours; nor is one on PATH."""
    for folder, names in (("bin", ["segue"]), ("libexec/segue", ["fetch", "place", "record"])):
        (tmp_path / folder).mkdir(parents=True)
        for name in names:
            shutil.copy(PROGRAMS / name, tmp_path / folder)
    for other in ("bin", "elsewhere"):
        (tmp_path / other).mkdir(exist_ok=True)
        (tmp_path / other / "fetch").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / other / "fetch").chmod(0o755)
    (tmp_path / "x.yaml").write_text(
        "stages: [{name: fetch, run: [fetch]}, {name: place, run: [place, --library, Music]}, {name: record, run: [record, --library, Music]}]")
    (tmp_path / "link").symlink_to("bin/segue")
    for segue in ("bin/segue", "link"):
        done = subprocess.run(
            [tmp_path / segue, "check", "x.yaml"], capture_output=True, text=True, cwd=tmp_path, env={**ENVIRONMENT, "PATH": f"{tmp_path}/elsewhere:/usr/bin:/bin"})
        assert done.returncode == 0, done.stderr
        assert all(str(tmp_path / "libexec/segue" / name) in done.stdout for name in ("fetch", "place", "record")), done.stdout
