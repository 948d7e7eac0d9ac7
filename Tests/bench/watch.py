"""What each of our programs uses while a command runs."""

import os
import pathlib
import threading
from dataclasses import dataclass

import measure


@dataclass
class Use:
    """CPU seconds, peak of memory in MB of the largest process, bytes written, and processes."""

    cpu: float = 0
    peak: float = 0
    written: int = 0
    processes: int = 0


class UseWatch(threading.Thread):
    """Samples all our descendants every 20 ms: what a process did after the last sample is missed."""

    def __init__(self, programs: list[str]) -> None:
        super().__init__(daemon=True)
        self.programs, self.over, self.seen = programs, threading.Event(), {}
        self.written: dict[tuple[str, str], int] = {}

    def run(self) -> None:
        while not self.over.wait(0.02):
            for process in measure.descendants(os.getpid()):
                self.look(process)

    def look(self, process: int) -> None:
        folder = pathlib.Path(f"/proc/{process}")
        try:
            name = (folder / "comm").read_text().strip()
            if name in self.programs:
                peak = max(measure.highest(process, name), self.seen.get((process, name), (0, 0))[1])
                self.seen[process, name] = (measure.used([process]), peak)
                # By thread, since what children wrote is added to the process that waits for them.
                for thread in (folder / "task").iterdir():
                    counts = dict(line.split(": ") for line in (thread / "io").read_text().splitlines())
                    self.written[name, thread.name] = int(counts["wchar"])
        except OSError:
            pass

    def stop(self) -> dict[str, Use]:
        """By program."""
        self.over.set()
        self.join()
        uses = {name: Use() for name in self.programs}
        for (_, name), (cpu, peak) in self.seen.items():
            use = uses[name]
            use.cpu, use.peak, use.processes = use.cpu + cpu, max(use.peak, peak / 1000), use.processes + 1
        for (name, _), written in self.written.items():
            uses[name].written += written
        return uses
