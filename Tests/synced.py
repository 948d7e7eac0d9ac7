"""What a program makes durable."""

import re
import shutil
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS


def synced(program, *arguments, stdin, cwd):
    """Runs a program; the paths of the files and folders that it synchronised, in order."""
    log = cwd / "synced"
    command = ["strace", "-f", "-y", "-e", "trace=fsync,fdatasync", "-o", log, PROGRAMS / program, *arguments]
    if not shutil.which("strace") or subprocess.run(["strace", "-o", log, "true"]).returncode != 0:
        pytest.skip("nothing can be traced here")
    subprocess.run(list(map(str, command)), input=stdin, cwd=cwd, env=ENVIRONMENT, check=True, capture_output=True, timeout=60)
    return re.findall(r"sync\(\d+<(.*)>\)", log.read_text())
