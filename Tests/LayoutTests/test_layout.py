"""The house rules that a machine can keep: who may import whom, what stands at the top, and what users are told."""

import json
import re
import shlex
import subprocess
from graphlib import TopologicalSorter

import pytest
from programs import ROOT

SOURCES = ROOT / "Sources"
STAGES = ["resolve", "fetch", "decrypt", "intake", "verify", "place", "record"]
PROGRAMS = [*STAGES, "tell", "segue", "origin"]

# What each room may import beside the standard library; arrows run down only.
MAY_IMPORT = {
    "Wire": {"CBytes"},
    "StageKit": {"ArgumentParser", "CPosix", "Wire"},
    "Files": {"COpenSSL", "CPosix", "CZlib", "Wire"},
    "Processes": {"CPosix", "Files", "Wire"},
    "Limiter": {"Files", "Wire"},
    "Web": {"CCurl", "CPosix", "Files", "Limiter", "Wire"},
    "Matching": {"Wire"},
    "Episodes": {"Files"},
    "Catalogue": {"Episodes", "Files", "GRDB", "Matching", "Wire"},
    "Ledger": {"Episodes", "Files", "GRDB", "Wire"},
    "Tags": {"CTagLib", "Wire"},
    "Naming": {"Files", "Wire"},
    "Lists": {"CCSV", "CExpat", "Wire"},
    "Stripe": {"COpenSSL", "Files", "Wire"},
    "resolve": {"ArgumentParser", "Catalogue", "Episodes", "Files", "Limiter", "Lists", "Matching", "StageKit", "Tags", "Web", "Wire"},
    "fetch": {"ArgumentParser", "Files", "Limiter", "RawStructuredFieldValues", "StageKit", "Web", "Wire"},
    "decrypt": {"ArgumentParser", "Files", "StageKit", "Stripe", "Wire"},
    "intake": {"ArgumentParser", "CArchive", "Catalogue", "Files", "StageKit", "Tags", "Wire"},
    "verify": {"ArgumentParser", "CFLAC", "COgg", "Files", "StageKit", "Tags", "Wire"},
    "place": {"ArgumentParser", "CPosix", "Catalogue", "Files", "Naming", "StageKit", "Tags", "Wire"},
    "record": {"ArgumentParser", "Catalogue", "Files", "Naming", "StageKit", "Wire"},
    "tell": {"ArgumentParser", "Files", "Limiter", "Processes", "StageKit", "Web", "Wire"},
    "Conformance": {"Files", "Processes", "Wire"},
    "PipelineFiles": {"Files", "Ledger", "Limiter", "Processes", "Wire", "Yams"},
    "Server": {"NIOCore", "NIOEmbedded", "NIOHTTP1", "NIOPosix", "NIOWebSocket", "Wire"},
    "DriverKit": {"CPosix", "Catalogue", "Files", "Ledger", "Limiter", "PipelineFiles", "Processes", "Wire"},
    "Display": {"CPosix", "DriverKit", "Ledger", "Limiter", "Processes", "Server", "Wire"},
    "segue": {"ArgumentParser", "Catalogue", "Conformance", "Display", "DriverKit", "Files", "Ledger", "Limiter", "Lists", "PipelineFiles", "Processes",
        "Server", "Tags", "Wire"},
    "origin": {"ArgumentParser", "FlyingFox", "FlyingSocks", "Files", "RawStructuredFieldValues", "Stripe", "Tags", "Wire"},
}
PRODUCTS = {"arguments": "ArgumentParser", "structuredFields": "RawStructuredFieldValues", "sqlite": "GRDB", "yaml": "Yams", "webServer": "FlyingFox",
    "nioCore": "NIOCore", "nioEmbedded": "NIOEmbedded", "nioHTTP": "NIOHTTP1", "nioPosix": "NIOPosix", "nioWebSocket": "NIOWebSocket"}
SYSTEM = {"Glibc", "FoundationEssentials", "Swift", "Dispatch", "Synchronization"}
# Foundation costs a program three milliseconds and six megabytes at its start: only what no stage links may have it.
FOUNDATION = {"Catalogue", "Conformance", "Ledger", "Matching", "PipelineFiles", "Processes", "Server", "segue", "origin", "record"}


def swift_files(folder):
    return sorted((SOURCES / folder).rglob("*.swift"))


def tracked():
    return subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, check=True, text=True).stdout.splitlines()


def test_every_room_is_known():
    found = {p.name for p in SOURCES.iterdir() if any(p.rglob("*.swift"))}
    assert found == set(MAY_IMPORT)


@pytest.mark.parametrize("room", MAY_IMPORT)
def test_arrows_run_down_only(room):
    allowed = MAY_IMPORT[room] | SYSTEM | ({"Foundation"} if room in FOUNDATION else set())
    for file in swift_files(room):
        imports = set(re.findall(r"^(?:@\S+(?:\([^)]*\))? )*(?:package |internal )?import (?:struct |class |enum |func )?(\w+)", file.read_text(), re.M))
        assert imports <= allowed, f"{file.relative_to(ROOT)} imports {sorted(imports - allowed)}"


def targets():
    """The manifest's Swift targets, each with what it says that it depends on."""
    manifest = (ROOT / "Package.swift").read_text()
    found = re.findall(r'\.(target|executableTarget|testTarget)\(\s*name: "(\w+)",\s*dependencies: \[(.*?)\]', manifest, re.S)
    return {(("Tests" if kind == "testTarget" else "Sources"), name): {
        PRODUCTS.get(word, word) for word in re.findall(r"\w+", words)} for kind, name, words in found}


def test_every_folder_of_swift_files_is_a_target_that_names_what_it_imports():
    declared = targets()
    folders = {(top, p.name) for top in ("Sources", "Tests") for p in (ROOT / top).iterdir() if p.is_dir() and any(p.rglob("*.swift"))}
    assert folders == declared.keys()
    # What FlyingFox is made of comes with it.
    given = SYSTEM | {"Foundation", "FlyingSocks", "Testing"}
    for (top, name), dependencies in declared.items():
        text = "".join(file.read_text() for file in (ROOT / top / name).rglob("*.swift"))
        imports = set(re.findall(r"^(?:@testable )?import (?:struct |class |enum |func )?(\w+)", text, re.M)) - given
        assert imports == dependencies, name


def test_segue_itself_is_commands_only():
    assert sum(len(file.read_text().splitlines()) for file in swift_files("segue")) <= 4500


def test_the_folders_of_segue_lean_on_each_other_one_way_only():
    folders = {}
    for file in swift_files("segue"):
        code = re.sub(r"//.*|\"[^\"\n]*\"", "", file.read_text())
        folders[file.parent.name] = folders.get(file.parent.name, "") + code
    owner = {}
    for folder, code in folders.items():
        owner |= {name: folder for name in re.findall(r"^(?:final )?(?:struct|class|enum|protocol|func) (\w+)", code, re.M)}
    assert len(owner) > 40
    # Segue.swift names all commands, and nothing names it.
    TopologicalSorter({
        folder: {owner[word] for word in re.findall(r"\w+", code) if word in owner} - {folder} for folder, code in folders.items()}).prepare()


def test_the_top_is_small():
    top = {path.split("/")[0] for path in tracked()}
    assert {t for t in top if not t.startswith(".")} == {"LICENSE", "Package.swift", "Pipelines", "README.md", "Sources", "Tests"}
    assert not any(path.startswith(".build") or path.endswith("Package.resolved") for path in tracked())


def test_nothing_in_the_sources_can_stop_a_record_by_a_trap():
    for file in SOURCES.rglob("*.swift"):
        for number, line in enumerate(file.read_text().splitlines(), 1):
            code = line.split("//")[0]
            assert not re.search(r"\btry!|\bas!|\bfatalError\(|\bpreconditionFailure\(", code), f"{file}:{number}"
            assert not re.search(r"(?<![.\w])print\(", code), f"{file}:{number}"


def test_files_stay_small():
    long = {str(f.relative_to(ROOT)): n for f in SOURCES.rglob("*.swift") if (n := len(f.read_text().splitlines())) > 300}
    assert not long


@pytest.mark.parametrize("program", PROGRAMS)
def test_every_help_has_an_example(program, run):
    text = run(program, "--help").stdout.decode().split("USAGE")[0]
    examples = re.findall(rf"^  ((?:.*\| )?{program} \S.*)", text, re.M)
    assert examples
    for example in examples:
        # One that is folded ends in the midst of a quotation, and its rest stands at the margin.
        assert shlex.split(example) and not re.search(rf"{re.escape(example)}\n\S", text), example


@pytest.mark.parametrize("stage", STAGES)
def test_every_stage_describes_itself(stage, run):
    described = run(stage, "--describe").only
    assert described["name"] == stage and described["contract"] == 1
    assert described["mode"] in ("map", "expand") and described["reads"]
    # Only verify changes nothing.
    assert bool(described["writes"]) == (stage != "verify")


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_program_completes_itself(program, shell, run):
    done = run(program, f"--generate-completion-script={shell}")
    assert done.status == 0 and program in done.stdout.decode()


def test_the_schema_names_what_the_contract_names():
    contract = (ROOT / "Pipelines" / "CONTRACT.md").read_text()
    schema = json.loads((ROOT / "Pipelines" / "record.schema.json").read_text())

    def members(section):
        cells = re.search(rf"^\| `{re.escape(section)}` \| \w+ \| (.*?) \|$", contract.replace("fetch, then decrypt", "fetch"), re.M).group(1)
        names = " ".join(re.findall(r"`([^`]*)`", re.sub(r"\(`[^`]*`\)|`\{.*?\}`|\([^)]*\)", " ", cells)))
        return {re.sub(r"\W", "", n) for n in re.split(r"[,\s]+", re.sub(r"\{.*?\}|\[\]", " ", names)) if re.fullmatch(r"[a-z_0-9]+\W*", n)}

    for section in ("track", "media", "file", "placed"):
        assert members(section) == set(schema["$defs"][section]["properties"]), section
    assert {c.strip("` ") for row in re.findall(r"^\| ((?:`\w+`(?:, )?)+) \| .* \| .* \|$", contract.split("## 2.")[1].split("## 3.")[0], re.M) for c in row.split(",")} \
        == set(schema["$defs"]["error"]["properties"]["class"]["enum"])


def test_the_contract_names_every_code_with_its_class():
    classes = "transient|throttled|stale|permanent|config"
    page = (ROOT / "Pipelines" / "CONTRACT.md").read_text().split("| codes | class |")[1].split("\n\n")[0]
    told = {(code, kind) for codes, kinds in re.findall(r"^\| `([\w ]+)` \| (.*) \|$", page, re.M)
        for code in codes.split() for kind in re.findall(rf"`({classes})`", kinds)}
    calls = rf"(?:\.|Failure\(\s*\.)({classes})(?:\(|,)\s*(?:\w+ \? \"(\w+)\" : )?\"(\w+)\""
    thrown = {}
    for stage in [*STAGES, "tell", "Wire", "StageKit", "Files", "Limiter", "Web", "Catalogue", "Tags", "Stripe"]:
        for file in swift_files(stage):
            for kind, *codes in re.findall(calls, file.read_text()):
                thrown |= {(code, kind): file.name for code in codes if code}
    assert len(thrown) > 80
    assert {pair: file for pair, file in thrown.items() if pair not in told} == {("stopped", "transient"): "Failure.swift"}


def test_scripts_are_sound():
    for script in [ROOT / ".ci/run", *(ROOT / "Tests").rglob("*.sh"), *(ROOT / "Pipelines").rglob("*.sh")]:
        subprocess.run(["bash", "-n", script], check=True)
        assert script.stat().st_mode & 0o111, script


def test_the_manual_tells_each_move_of_an_item_and_who_makes_it():
    source = (ROOT / "Sources/Ledger/State.swift").read_text()
    moves = set(re.findall(r"\(\.(\w+), \.(\w+), \.(driver|user)", source))
    told = set()
    for states, cell in re.findall(r"^\| (`[a-z`, ]+`) \| [^|]+ \| ([^|]*(?:driver|you): [^|]+) \|$", (ROOT / "Pipelines/manual/segue.md").read_text(), re.M):
        for who, targets in re.findall(r"(driver|you): ((?:(?!You: ).)*)", cell.replace("You: ", "\nyou: ")):
            for state in re.findall(r"`(\w+)`", states):
                told |= {(state, target, {"driver": "driver", "you": "user"}[who]) for target in re.findall(r"`(\w+)`", targets)}
    assert len(moves) > 20 and told == moves
