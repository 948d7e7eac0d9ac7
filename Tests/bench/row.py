"""What is compared: rows of contenders that do the same work, and our goals."""

import pathlib
from collections.abc import Callable
from dataclasses import dataclass, field

from verify import Faults

Check = Callable[[pathlib.Path], Faults]
ABSOLUTE: tuple[str, ...] = ()


def nothing(folder: pathlib.Path) -> None:
    pass


def unchecked(folder: pathlib.Path) -> Faults:
    return Faults()


@dataclass
class Contender:
    """A command for bash, which runs in a folder of its own, and the check of what it leaves there."""

    name: str
    command: str
    ours: bool = False
    check: Check = unchecked
    prepare: Callable[[pathlib.Path], None] = nothing
    units: int | None = None


@dataclass
class Goal:
    """What our contender `ours` (else our first) should reach: the sum of a figure over `against`, divided by our own, should be at least
    `bound`; without `against`, our own should be at most `bound`. Figures are those of a sample, `cpu_each` (µs per unit) and `peak_mb`."""

    figure: str
    bound: float
    against: tuple[str, ...] = ABSOLUTE
    ours: str = ""


@dataclass
class Row:
    """`touched` is in MB. `counts`: whether requests are counted. `rounds`: at most so many. `watched`: the program whose memory counts."""

    key: str
    title: str
    place: str
    unit: str
    units: int
    contenders: list[Contender]
    goals: list[Goal] = field(default_factory=list)
    touched: int = 0
    counts: bool = False
    rounds: int | None = None
    watched: str | None = None
    missing: str | None = None
