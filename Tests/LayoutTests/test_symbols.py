"""What a declaration that other modules use has to say: what it throws, in which unit a number is, and what a collection holds."""

import re

import pytest
from programs import ROOT

SOURCES = ROOT / "Sources"
MODULES = sorted(p.name for p in SOURCES.iterdir() if p.name[0].isupper() and any(p.rglob("*.swift")))

TYPE = re.compile(r"^\s*(?:@\S+ )*(?:package |private |fileprivate |public |final |indirect )*(?:struct|class|enum|extension|protocol|actor) ([\w.]+)")
DECLARATION = re.compile(
    r"^\s*(?:@\w+(?:\([^)]*\))? )*package (?:static |final |mutating |consuming |borrowing |convenience |override |nonisolated |(?:private|internal|fileprivate)\(set\) )*(func|init|subscript|var|let)\b(.*)")
CLASSES = {"transient", "throttled", "stale", "permanent", "config", "crash"}
# Words that say what a number counts or measures.
UNITS = re.compile(
    r"\b(bytes?|units?|frames?|collections?|discs?|bits?|k?bit/s|seconds?|milliseconds?|nanoseconds?|minutes?|hertz|decibels?|pixels?|levels?|records?|items?|tracks?|rows?|lines?|requests?|tries|files?|"
    r"members?|replicas?|samples?|episodes?|chunks?|entries|places?|positions?|index|indices|offset|port|descriptor|version|status|number|counted|from 1|percent|length|year|beats|how many|count)\b", re.I)
NUMBER = re.compile(r"^(?:Int|UInt|Int32|Int64|UInt32|UInt64|UInt8|Double|Float)\??$")


def declarations(module):
    """(where, kind, rest of the first line, whole head, its comment, names of the types around it)"""
    for file in sorted((SOURCES / module).rglob("*.swift")):
        lines, around, depth = file.read_text().splitlines(), [], 0
        for number, line in enumerate(lines):
            code = bare(line)
            while around and depth <= around[-1][1]:
                around.pop()
            if found := DECLARATION.match(code):
                head, last = code, number
                while found.group(1) in ("func", "init", "subscript") and head.count("(") > head.count(")") or ("{" not in head and found.group(1) in ("func", "init", "subscript") and last + 1 < len(lines) and lines[last + 1].strip()[:6] in ("throws", ") thro", "-> ", ") -> ", "where ")):
                    last += 1
                    head += " " + bare(lines[last]).strip()
                yield f"{file.relative_to(ROOT)}:{number + 1}", found.group(1), found.group(2), head, comment(lines, number), [name for name, _ in around], lines[number:number + 4]
            if found := TYPE.match(code):
                around.append((found.group(1), depth))
            depth += code.count("{") - code.count("}")


def bare(line):
    """A line of code without what its strings and comments say, and without closures that are default values."""
    line = re.sub(r'"(?:[^"\\]|\\.)*"', '""', line).split("//")[0]
    return re.sub(r"= \{[^{}]*\}(?=[,)])", "= _", line)


def may_throw(kind, head, following):
    """Whether a declaration itself throws; closures among its parameters may without it."""
    if kind == "var":
        return bool(re.search(r"\bget throws", " ".join(following[:2])))
    depth = 0
    for index, character in enumerate(head):
        depth += (character == "(") - (character == ")")
        if character == ")" and depth == 0:
            return bool(re.match(r"\s*(?:async\s+)?throws\b", head[index + 1:]))
    return False


def comment(lines, number):
    """The text of the comment above a line."""
    above = number - 1
    while above >= 0 and lines[above].strip().startswith("@"):
        above -= 1
    text = []
    while above >= 0 and lines[above].strip().startswith("///"):
        text.insert(0, lines[above].strip()[3:].strip())
        above -= 1
    return "\n".join(text)


def throws(text):
    """What a comment says that is thrown; None where it says nothing of that."""
    found = re.search(r"- Throws: (.*?)(?=\n- |\n\n|\Z)", text, re.S)
    return found and found.group(1)


def types(module):
    """The comments of a module's types."""
    found = {}
    for file in sorted((SOURCES / module).rglob("*.swift")):
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            if (match := TYPE.match(line)) and " extension " not in f" {line}":
                found.setdefault(match.group(1).split(".")[-1], comment(lines, number))
    return found


@pytest.fixture(scope="module")
def codes():
    """The classes of failures, and the codes that the contract knows or that are thrown."""
    contract = (ROOT / "Pipelines" / "CONTRACT.md").read_text()
    table = re.search(r"^\| codes \| class \|\n((?:\|.*\n)+)", contract, re.M).group(1)
    found = set(re.findall(r"\w+", " ".join(re.findall(r"^\| `([^`]*)`", table, re.M))))
    sources = "".join(file.read_text() for file in SOURCES.rglob("*.swift"))
    return CLASSES | found | set(re.findall(r"(?:%s)\b[(,]\s*\"(\w+)\"" % "|".join(CLASSES), sources))


@pytest.fixture(scope="module")
def symbols():
    """The comments of what has a name, of all modules together: of functions, types and properties."""
    found = {}
    for file in SOURCES.rglob("*.swift"):
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            if match := re.search(r"\b(?:func|struct|enum|class|protocol|let|var) (\w+)", line):
                found[match.group(1)] = found.get(match.group(1), "") + "\n" + comment(lines, number)
    return found


def faults(line, parameters, codes, symbols):
    """What is wrong with what a comment says that is thrown; a name in double backticks stands for what its own comment says."""
    if not line:
        return ["does not say what it throws"]
    plain = re.findall(r"(?<!`)`(\w+)`(?!`)", line)
    linked = [name.split("/")[-1].split("(")[0] for name in re.findall(r"``([^`]+)``", line)]
    wrong = [f"`{word}` is no class, code or parameter" for word in plain if word not in codes | parameters | set(symbols)]
    wrong += [f"``{name}`` is nowhere" for name in linked if name not in symbols]
    says = any(word in codes | parameters for word in plain) or any(
        name[:1].isupper() or any(word in codes for word in re.findall(r"`(\w+)`", symbols.get(name, ""))) for name in linked)
    return wrong + ([] if says else ["names no class and no code"])


@pytest.mark.parametrize("module", MODULES)
def test_what_throws_says_what(module, codes, symbols):
    said, silent = types(module), []
    for where, kind, _, head, text, around, following in declarations(module):
        if not may_throw(kind, head, following):
            continue
        line = throws(text) or next((t for name in reversed(around) if (t := throws(said.get(name.split(".")[-1], "")))), None)
        parameters = set(re.findall(r"(\w+):", head))
        silent += [f"{where}: {fault}: {line}" for fault in faults(line, parameters, codes, symbols)]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize("module", MODULES)
def test_a_number_has_a_unit_and_a_collection_a_shape(module):
    silent = []
    for where, kind, rest, head, text, around, following in declarations(module):
        if kind in ("var", "let"):
            match = re.match(r"\s*(\w+)\s*(?::\s*([^={]+?))?\s*(?:=\s*(\S+).*|\{.*)?$", rest)
            if not match:
                continue
            name, kind_of = match.group(1), (match.group(2) or "").strip()
            isNumber = NUMBER.match(kind_of) or (not kind_of and re.match(r"^-?\d", match.group(3) or ""))
        else:
            name, kind_of = "", (re.search(r"->\s*([^{]+?)\s*(?:\{|where|$)", head) or [None, ""])[1].strip()
            isNumber = bool(NUMBER.match(kind_of))
        words = re.sub(r"([a-z])([A-Z])", r"\1 \2", (name or rest.split("(")[0])).lower()
        if isNumber and not UNITS.search(text) and not UNITS.search(words):
            silent.append(f"{where}: a number without a unit")
        if re.match(r"^(\[|Set<)", kind_of) and kind_of not in ("[UInt8]", "[UInt8]?") and not text:
            silent.append(f"{where}: a collection of what?")
        if re.match(r"^\[[\w.]+\s*:", kind_of) and not re.search(r"\bby\b|\bkey", text):
            silent.append(f"{where}: by what is it keyed?")
    assert not silent, "\n".join(silent)
