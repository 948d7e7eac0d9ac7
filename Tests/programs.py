"""The built programs, and what they answer."""

import json
import os
import pathlib
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAMS = pathlib.Path(os.environ.get("SEGUE_BIN", ROOT / ".build" / "debug"))
# Nothing of what tests ask for is kept where the user's own is.
STATE = tempfile.TemporaryDirectory(prefix="segue-state-")
ENVIRONMENT = {k: v for k, v in os.environ.items() if not k.startswith("SEGUE_") and not k.lower().endswith("_proxy")} | {"XDG_STATE_HOME": STATE.name}


def granted(stages):
    """Stages of a pipeline file; what tests wrote may use the folder in which the driver is started, segue's own sources, and the network."""
    own = {"needs": {"read": [".", str(ROOT / "Pipelines/sources")], "write": ["."], "network": True}}
    ours = ("resolve", "fetch", "decrypt", "intake", "verify", "place", "record")
    return [stage if stage["run"][0] in ours and not {"--source", "--key-command"} & {*stage["run"]} else {**own, **stage} for stage in stages]


def lines(*records):
    """Records (or raw text) as the bytes of a pipe."""
    parts = [r if isinstance(r, bytes) else r.encode() if isinstance(r, str) else json.dumps(r).encode() for r in records]
    return b"".join(p + b"\n" for p in parts)


def clock(hour, minute, second):
    """A TZ in which it is that time now."""
    now = time.gmtime()
    ahead = (hour * 3600 + minute * 60 + second) - (now.tm_hour * 3600 + now.tm_min * 60 + now.tm_sec)
    sign, ahead = ("-" if ahead > 0 else "+"), abs(ahead)
    return f"XYZ{sign}{ahead // 3600:02}:{ahead // 60 % 60:02}:{ahead % 60:02}"


class Outcome:
    """How a program ended: `status`, `stderr` (text), `stdout` (bytes) and the `records` read from it."""

    def __init__(self, status, stdout, stderr):
        self.status, self.stdout, self.stderr = status, stdout, stderr.decode(errors="replace")

    @property
    def records(self):
        return [json.loads(line) for line in self.stdout.splitlines()]

    @property
    def only(self):
        (record,) = self.records
        return record
