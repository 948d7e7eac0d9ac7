"""The results as a picture: the time of each contender, with the slowest of each row as wide as the page."""

import statistics
from xml.sax.saxutils import escape

WIDTH, BAR, LABELS = 900, 18, 250
OURS, THEIRS, INK = "#2a78b8", "#b0b6bc", "#222"


def text(x: float, y: float, words: str, **more: str) -> str:
    attributes = "".join(f' {name.replace("_", "-")}="{value}"' for name, value in more.items())
    return f'<text x="{x:.1f}" y="{y:.1f}"{attributes}>{escape(words)}</text>'


def bar(one: dict, top: float, scale: float) -> list[str]:
    walls = [sample["wall"] for sample in one["samples"]]
    middle, low, high = statistics.median(walls), min(walls), max(walls)
    line = top + BAR / 2 - 1
    return [
        text(LABELS - 8, top + 12, one["name"], text_anchor="end"),
        f'<rect x="{LABELS}" y="{top}" width="{middle * scale:.1f}" height="{BAR - 4}" fill="{OURS if one["ours"] else THEIRS}"/>',
        f'<path d="M{LABELS + low * scale:.1f} {line}H{LABELS + high * scale:.1f}" stroke="{INK}"/>',
        text(LABELS + high * scale + 6, top + 12, f"{middle:.2f} s")]


def bars(told: dict) -> str:
    """SVG."""
    drawn, top = [], 8.0
    for row in told["rows"]:
        contenders = [one for one in row["contenders"] if one["samples"]]
        if not contenders:
            continue
        longest = max(max(sample["wall"] for sample in one["samples"]) for one in contenders)
        drawn.append(text(8, top + 14, row["title"], font_weight="bold"))
        top += 22
        for one in contenders:
            drawn += bar(one, top, (WIDTH - LABELS - 80) / longest)
            top += BAR
        top += 12
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{top:.0f}" font-family="sans-serif" font-size="12" fill="{INK}">'
    return "\n".join([head, f'<rect width="{WIDTH}" height="{top:.0f}" fill="white"/>', *drawn, "</svg>"]) + "\n"
