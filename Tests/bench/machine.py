"""What the figures were measured on, and with."""

import os
import pathlib
import re
import subprocess
import sys
import time

ASKED = {
    "nginx": ["-v"], "curl": ["--version"], "aria2c": ["--version"], "jq": ["--version"], "jaq": ["--version"], "flac": ["--version"],
    "openssl": ["version"], "valgrind": ["--version"]}
MODULES = ["mutagen", "orjson", "pycryptodome"]


def first(path: str, pattern: str) -> str:
    found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
    return found.group(1).strip() if found else "unknown"


def version(program: str, arguments: list[str]) -> str | None:
    try:
        done = subprocess.run([program, *arguments], capture_output=True, text=True)
    except OSError:
        return None
    line = (done.stdout or done.stderr).splitlines()[0]
    found = re.search(r"\d+(?:\.\d+)+", line)
    return found.group() if found else line


def described(nginx: str, revision: str) -> dict:
    from importlib.metadata import version as module_version

    programs = {name: version(nginx if name == "nginx" else name, arguments) for name, arguments in ASKED.items()}
    system = first("/etc/os-release", r'^PRETTY_NAME="?(.*?)"?$')
    hypervisor = "hypervisor" in pathlib.Path("/proc/cpuinfo").read_text()
    return {
        "date": time.strftime("%Y-%m-%d"), "revision": revision, "processor": first("/proc/cpuinfo", r"^model name\s*: (.*)$"),
        "cores": os.cpu_count(), "virtual": hypervisor, "memory_gb": round(int(first("/proc/meminfo", r"^MemTotal:\s*(\d+)")) / 1e6),
        "kernel": os.uname().release, "system": system, "load": os.getloadavg()[0],
        "versions": {"python": sys.version.split()[0], **{name: text for name, text in programs.items() if text},
            **{name: module_version(name) for name in MODULES}}}
