"""The README and the manual, as tests read them."""

import re

from programs import ROOT

README = ROOT / "README.md"
MANUAL = ROOT / "Pipelines" / "manual"
PAGES = sorted(MANUAL.glob("*.md"))


def blocks(page):
    """The fenced blocks of a page, each as its word and its text."""
    return re.findall(r"^```(\w*)\n(.*?)^```$", page.read_text(), re.M | re.S)


def tables(page):
    """The tables of a page, each as its rows of cells; the first row is the header."""
    text = re.sub(r"^```.*?^```$", "", page.read_text(), flags=re.M | re.S)
    for table in re.findall(r"(?:^\|.*\|\n)+", text, re.M):
        head, _, *rows = table.splitlines()
        yield [[cell.strip() for cell in row.strip("|").split("|")] for row in [head, *rows]]
