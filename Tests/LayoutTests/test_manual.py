"""What the manual promises by its form: each option on one page, links that lead somewhere, and man pages."""

import re
import subprocess

import pytest
from manual import MANUAL, PAGES, README, blocks, tables
from programs import ENVIRONMENT, ROOT

PROGRAMS = ["resolve", "fetch", "decrypt", "intake", "verify", "place", "record", "tell", "origin", "segue"]
CONTRACT = ROOT / "Pipelines" / "CONTRACT.md"
DOCUMENTS = [README, CONTRACT, ROOT / "Pipelines" / "CHANGELOG.md", *PAGES, *sorted((ROOT / ".github").glob("*.md"))]
# Told once for all programs, in common.md.
COMMON = {"--help", "--version", "--describe", "--generate-completion-script"}
# Options of others' programs that the pages use.
FOREIGN = {"--static-swift-stdlib", "--quick", "--now", "--pipe", "--jobs", "--resume", "--skip-build", "--filter", "--hash", "--addr"}
SCRIPTS = set(re.findall(r"--[a-z-]+", "".join((ROOT / name).read_text() for name in ("Tests/bench/run.sh", "Tests/bench/bench.py", "Tests/bench/scale.py", "Tests/crash/campaign.py", "Tests/fuzz/run.sh", "Pipelines/install.sh"))))
# Blocks of these words are commands that a test runs (sh), commands that it cannot run (console), output, and examples of formats.
WORDS = {"sh", "console", "text", "json", "yaml"}


def names(path):
    return str(path.relative_to(ROOT))


@pytest.fixture
def options(run):
    """What --help names, by program and by command of segue."""
    def read(*command):
        return set(re.findall(r"^  (?:-\w, )?(--[a-z-]+)", run(*command).stdout.decode().partition("OPTIONS:")[2], re.M)) - COMMON

    groups = run("segue", "--help").stdout.decode().split("SUBCOMMANDS:")[1:]
    commands = [name for group in groups for name in re.findall(r"^  ([a-z][a-z-]*)(?: {2,}|$)", group, re.M)]
    assert len(commands) > 20
    return {program: read(program, "--help") for program in PROGRAMS} | {f"segue {name}": read("segue", "help", name) for name in commands}


def told():
    """The options of each table whose header names programs or commands: page, header, option."""
    for page in PAGES:
        for head, *rows in tables(page):
            if re.fullmatch(r"`[^`]+`(?:, `[^`]+`)*", head[0]):
                for row in rows:
                    for option in re.findall(r"`(--[a-z-]+)", row[0]):
                        yield page.stem, tuple(re.findall(r"`([^`]+)`", head[0])), option


def test_every_option_stands_on_exactly_one_page(options):
    found = {}
    for page, owners, option in told():
        # A table headed segue has what several commands share.
        takers = [name for name in options if name.startswith("segue ")] if owners == ("segue",) else owners
        has = [name for name in takers if option in options[name]]
        assert has and (owners == ("segue",) or len(has) == len(owners)), f"{page}.md: {option} is no option of {', '.join(owners)}"
        for name in has:
            found.setdefault((name, option), set()).add(page)
    assert {key: pages for key, pages in found.items() if len(pages) > 1} == {}
    assert {(name, option) for name, own in options.items() for option in own} == found.keys()


def test_no_table_of_options_stands_elsewhere():
    for page in (README, CONTRACT):
        assert not re.search(r"^\| *`--", page.read_text(), re.M), names(page)


@pytest.mark.parametrize("page", DOCUMENTS, ids=names)
def test_no_page_names_an_option_that_there_is_not(page, options):
    known = set().union(*options.values()) | COMMON | FOREIGN | SCRIPTS
    # What the changes tell of may be gone.
    if page.name != "CHANGELOG.md":
        assert set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", page.read_text())) <= known


def test_every_program_has_its_page_and_every_page_its_link_in_the_readme():
    assert {page.stem for page in PAGES} >= set(PROGRAMS)
    linked = set(re.findall(r"\]\(Pipelines/manual/([a-z-]+)\.md\)", README.read_text()))
    assert linked == {page.stem for page in PAGES}


def test_every_promise_has_its_test():
    held, _, rest = (MANUAL / "promises.md").read_text().partition("## What is not promised")
    promises = re.findall(r"^- .*(?:\n  .*)*", held, re.M)
    assert len(promises) > 10 and rest
    for promise in promises:
        tests = re.findall(r"`(\w+/test_\w+\.py)::(test_\w+)`", promise)
        assert tests, promise
        for file, name in tests:
            assert f"\ndef {name}(" in (ROOT / "Tests" / file).read_text(), name


def test_the_readme_is_short():
    assert len(README.read_text().splitlines()) <= 160


def slug(heading):
    """The anchor that a heading has."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


@pytest.mark.parametrize("page", DOCUMENTS, ids=names)
def test_every_link_leads_to_something(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text()):
        if not target.startswith("https://"):
            path, _, anchor = target.partition("#")
            file = page if not path else (page.parent / path).resolve()
            assert file.exists(), target
            assert not anchor or anchor in [slug(h) for h in re.findall(r"^#+ (.*)$", file.read_text(), re.M)], target


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_every_page_begins_with_what_it_is_for(page):
    title, blank, first = page.read_text().splitlines()[:3]
    assert title == f"# {page.stem}" and not blank and re.match(r"[A-Z`]", first)
    assert {word for word, _ in blocks(page)} <= WORDS


@pytest.fixture(scope="module")
def man(tmp_path_factory):
    folder = tmp_path_factory.mktemp("man")
    subprocess.run([ROOT / "Pipelines" / "man.sh", folder], check=True, env=ENVIRONMENT, timeout=60)
    return folder


def rendered(man, page):
    program = page.stem in PROGRAMS
    name = "segue" if page.stem == "segue" else f"segue-{page.stem}"
    return man / ("man1" if program else "man7") / f"{name}.{1 if program else 7}"


def test_every_page_becomes_a_man_page(man):
    assert {file for file in man.rglob("*.[17]")} == {rendered(man, page) for page in PAGES}


@pytest.mark.parametrize("page", PAGES, ids=names)
def test_a_man_page_shows_all_of_its_page(page, man):
    file = rendered(man, page)
    lint = subprocess.run(["mandoc", "-Tlint", "-W", "warning", file], capture_output=True, text=True).stdout
    assert [line for line in lint.splitlines() if "missing date" not in line] == []
    done = subprocess.run(["mandoc", "-Tutf8", "-Owidth=400", file], capture_output=True, text=True, check=True)
    shown = re.sub(r".\x08", "", done.stdout)
    assert f"{file.stem} - " in shown and f"{file.stem.upper()}({file.suffix[1:]})" in shown
    for heading in re.findall(r"^##+ (.*)$", page.read_text(), re.M):
        assert heading.replace("`", "") in shown
    for option in re.findall(r"^\| `(--[a-z-]+)", page.read_text(), re.M):
        assert option in shown
    for _, block in blocks(page):
        assert all(line.strip() in shown for line in block.splitlines())
    assert "](" not in shown and ".md" not in shown and "```" not in shown


def test_man_finds_a_page_by_its_name(man):
    environment = {**ENVIRONMENT, "MANPATH": str(man), "LC_ALL": "C.UTF-8", "MANWIDTH": "100"}
    done = subprocess.run(["man", "segue-fetch"], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and "--limit-rate" in re.sub(r".\x08", "", done.stdout) and done.stderr == ""
