"""Flame graphs: where the driver and each stage spend their time, sampled by perf."""

import pathlib
import re
import subprocess
from collections import Counter
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

WIDTH, ROW, NARROWEST = 1200, 16, 0.4
Stacks = Counter[tuple[str, ...]]


def recorded(command: str, into: pathlib.Path) -> list[str]:
    """The command under perf, with about a thousand samples per second of CPU time."""
    return ["perf", "record", "--quiet", "-e", "cpu-clock", "-F", "997", "-g", "-o", str(into), "--", "bash", "-c", command]


def sampled(path: pathlib.Path) -> dict[str, Stacks]:
    """How often each stack of functions was sampled, outermost first, by the name of the process."""
    script = ["perf", "script", "--no-inline", "-i", path, "-F", "comm,pid,tid,ip,sym"]
    text = subprocess.run(script, capture_output=True, text=True, errors="replace", check=True).stdout
    samples, names = [], {}
    for block in text.split("\n\n"):
        head, *frames = block.strip().splitlines() or [""]
        found = re.match(r"(.+?)\s+(\d+)/(\d+)", head)
        if found and frames:
            name, process, thread = found[1], found[2], found[3]
            # A thread may have a name of its own.
            names.setdefault(process, name)
            if process == thread:
                names[process] = name
            samples.append((process, [frame.split(None, 1)[-1].removesuffix("+[unknown]") for frame in reversed(frames)]))
    readable = demangled({frame for _, frames in samples for frame in frames})
    stacks: dict[str, Stacks] = {}
    for process, frames in samples:
        stacks.setdefault(names[process], Counter())[tuple(readable[frame] for frame in frames)] += 1
    return stacks


def demangled(names: set[str]) -> dict[str, str]:
    """Swift's symbols as they are written in the source."""
    ordered = sorted(names)
    try:
        done = subprocess.run(["swift", "demangle", "--simplified"], input="\n".join(ordered), capture_output=True, text=True, check=True)
        written = done.stdout.splitlines()
    except (OSError, subprocess.CalledProcessError):
        written = ordered
    return dict(zip(ordered, written if len(written) == len(ordered) else ordered))


@dataclass
class Frame:
    """A function, called by those below it, and how many samples it was in."""

    count: int = 0
    callees: dict[str, "Frame"] = field(default_factory=dict)


def grown(stacks: Stacks) -> Frame:
    root = Frame()
    for stack, count in stacks.items():
        root.count += count
        frame = root
        for name in stack:
            frame = frame.callees.setdefault(name, Frame())
            frame.count += count
    return root


def depth(frame: Frame) -> int:
    return 1 + max(map(depth, frame.callees.values()), default=0)


def colour(name: str) -> str:
    """The same name always has the same colour."""
    value = sum(name.encode())
    return f"hsl({20 + value % 35} 85% {62 + value % 14}%)"


def rectangles(name: str, frame: Frame, left: float, level: int, scale: float, whole: int, height: int) -> list[str]:
    width = frame.count * scale
    if width < NARROWEST:
        return []
    top, letters = height - (level + 1) * ROW, int(width / 6.6)
    shown = name if len(name) <= letters else name[:letters - 1] + "…" if letters > 3 else ""
    drawn = [
        f"<g><title>{escape(name)}: {100 * frame.count / whole:.1f} %</title>",
        f'<rect x="{left:.1f}" y="{top}" width="{width:.1f}" height="{ROW - 1}" fill="{colour(name)}"/>',
        f'<text x="{left + 3:.1f}" y="{top + 11}">{escape(shown)}</text></g>']
    for callee, inner in sorted(frame.callees.items()):
        drawn += rectangles(callee, inner, left, level + 1, scale, whole, height)
        left += inner.count * scale
    return drawn


def drawn(program: str, stacks: Stacks) -> str:
    """SVG; pointing at a function shows its whole name and its share."""
    root = grown(stacks)
    height = depth(root) * ROW + 8
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="monospace" font-size="11">'
    title = f"{program}, {root.count} samples"
    return "\n".join([head, *rectangles(title, root, 0, 0, WIDTH / root.count, root.count, height), "</svg>"]) + "\n"


def write(path: pathlib.Path, folder: pathlib.Path, programs: list[str]) -> list[pathlib.Path]:
    """Draws a picture for each of these programs that was sampled."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for program, stacks in sampled(path).items():
        if program in programs:
            written.append(folder / f"{program}.svg")
            written[-1].write_text(drawn(program, stacks))
    return written
