"""One run of a command: its time, CPU time and memory."""

import ctypes
import mmap
import os
import pathlib
import signal
import subprocess
import threading
import time
from dataclasses import dataclass

TICK = os.sysconf("SC_CLK_TCK")
CORES = os.cpu_count() or 1
SET_CHILD_SUBREAPER = 36
POPULATE_FOR_WRITING = 23


@dataclass
class Sample:
    """Wall-clock seconds; CPU seconds (user and system) of the command with all its descendants, and of nginx in that time; the share of
    all cores that anything else used; the peak of the memory in MB, if it was watched; requests and bytes served."""

    wall: float
    cpu: float
    server: float
    foreign: float
    status: int
    peak: float = 0
    requests: int = 0
    served: int = 0


def adopt_orphans() -> None:
    """Makes what a measured command leaves running our child, so that its CPU time is counted too."""
    ctypes.CDLL(None).prctl(SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children(process: int) -> list[int]:
    found: list[int] = []
    try:
        for task in pathlib.Path(f"/proc/{process}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    except OSError:
        pass
    return found


def descendants(process: int) -> list[int]:
    found: list[int] = []
    waiting = children(process)
    while waiting:
        found.append(waiting.pop())
        waiting += children(found[-1])
    return found


def used(processes: list[int]) -> float:
    """CPU seconds of running processes."""
    ticks = 0
    for process in processes:
        try:
            fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
            ticks += int(fields[11]) + int(fields[12])
        except OSError:
            pass
    return ticks / TICK


def busy() -> float:
    """CPU seconds that the machine has spent since its start."""
    user, nice, system, _, _, interrupts, soft = map(int, pathlib.Path("/proc/stat").read_text().splitlines()[0].split()[1:8])
    return (user + nice + system + interrupts + soft) / TICK


def proportional(process: int) -> int:
    """The memory of a process in KB, a page that n processes share counted as 1/n."""
    try:
        lines = pathlib.Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


def highest(process: int, program: str) -> int:
    """The peak of a process's memory in KB, if it runs this program, else 0."""
    try:
        lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) if lines["Name"].strip() == program else 0
    except (OSError, KeyError):
        return 0


class MemoryWatch(threading.Thread):
    """Samples the memory of all our descendants, or of those that run one program. This costs CPU time, so it is not done while time is
    measured."""

    def __init__(self, program: str | None) -> None:
        super().__init__(daemon=True)
        self.program, self.peak, self.over = program, 0, threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.05):
            self.peak = max(self.peak, self.now())

    def now(self) -> int:
        processes = descendants(os.getpid())
        if self.program:
            return max((highest(process, self.program) for process in processes), default=0)
        return sum(map(proportional, processes))

    def stop(self) -> float:
        self.over.set()
        self.join()
        return self.peak / 1000


def touch(megabytes: int) -> None:
    """Touches and frees memory. A virtual machine that returns free pages to its host pays when it touches them again, and a run that
    writes much would measure that."""
    if not megabytes:
        return
    with mmap.mmap(-1, megabytes << 20) as block:
        try:
            block.madvise(POPULATE_FOR_WRITING)
        except OSError:
            for start in range(0, len(block), 4096):
                block[start] = 1


def reap(deadline: float) -> float:
    """Waits for orphans, which are killed at the deadline; returns their CPU seconds."""
    seconds = 0.0
    while True:
        try:
            process, _, usage = os.wait3(os.WNOHANG)
        except ChildProcessError:
            return seconds
        if process:
            seconds += usage.ru_utime + usage.ru_stime
        elif time.monotonic() > deadline:
            for left in descendants(os.getpid()):
                os.kill(left, signal.SIGKILL)
        else:
            time.sleep(0.01)


def measure(command: str, folder: pathlib.Path, environment: dict[str, str], log: pathlib.Path, *, servers: list[int], memory: bool = False,
            watched: str | None = None, timeout: float = 900) -> Sample:
    """Runs `command` in bash, with stdout and stderr to `log`. Memory is that of the program `watched`, else of all processes together."""
    with log.open("ab") as sink:
        watch = MemoryWatch(watched) if memory else None
        before, ours, serving, start = busy(), time.process_time(), used(servers), time.monotonic()
        process = subprocess.Popen(
            ["bash", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink, start_new_session=True)
        if watch:
            watch.start()
        alarm = threading.Timer(timeout, os.killpg, (process.pid, signal.SIGKILL))
        alarm.start()
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - start
        alarm.cancel()
        process.returncode = os.waitstatus_to_exitcode(status)
        peak = watch.stop() if watch else 0
        cpu = usage.ru_utime + usage.ru_stime + reap(time.monotonic() + 5)
        server = used(servers) - serving
        foreign = busy() - before - cpu - server - (time.process_time() - ours)
    elapsed = time.monotonic() - start
    return Sample(wall, cpu, server, max(0.0, foreign / elapsed / CORES), process.returncode, peak)
