"""A long ledger costs no more memory than a short one."""

import os
import subprocess

from programs import PROGRAMS


def peak(driven, *arguments, stdin=b""):
    """The most memory that a command had, in KiB."""
    command = [PROGRAMS / "segue", arguments[0], "--pipeline", driven.file, *arguments[1:]]
    with subprocess.Popen(command, cwd=driven.folder, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as process:
        process.stdin.write(stdin)
        process.stdin.close()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    return usage.ru_maxrss


def test_a_hundred_times_the_items_take_the_same_memory(drive):
    memory = {}
    for count in (1000, 100_000):
        driven = drive(None, [{"name": "one", "run": ["cat"], "replicas": 2, "window": 64}], name=f"drive-{count}")
        references = "".join(f"track:{n}\n" for n in range(count)).encode()
        memory[count] = {
            "add": peak(driven, "add", "-", stdin=references), "run": peak(driven, "run", "--quiet"), "stats": peak(driven, "stats"),
            "list": peak(driven, "list", "--state", "done", "--limit", "100"), "failed": peak(driven, "list", "--state", "failed")}
        assert driven.stats()["done"] == count
    for command, short in memory[1000].items():
        assert memory[100_000][command] < min(64 * 1024, 1.2 * short), (command, memory)
