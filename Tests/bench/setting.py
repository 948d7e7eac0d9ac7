"""What the commands of all rows need."""

import pathlib
from dataclasses import dataclass

from data import Data


@dataclass
class Setting:
    """The folder of our programs, the data, the server's URL, and whether a million tracks are wanted."""

    programs: pathlib.Path
    data: Data
    base: str
    long: bool
