"""Reading, checking and writing records, beside jq."""

import json
import pathlib
import shlex
import shutil
import subprocess

from records import placing
from row import Contender, Goal, Row
from setting import Setting
from verify import Faults


def write(setting: Setting, path: pathlib.Path, text: str) -> None:
    """Writes records of 1,024 bytes each, with their LF."""
    truth = setting.data.truth(1)
    with path.with_suffix(".part").open("w") as file:
        for number in range(setting.data.size.records):
            record = placing(setting, truth[number % len(truth)])
            record["file"] = {"path": f"/spool/{number}", "bytes": record["media"]["bytes"], "sha256": record["media"]["sha256"]}
            record |= {"id": f"bench:track:{number}", "parent": "bench:playlist:1", "seq": number + 1, "x_note": ""}
            line = json.dumps(record, ensure_ascii=False, separators=(",", ":"))
            room = 1023 - len(line.encode())
            file.write(line[:-2] + text * (room // len(text)) + "." * (room % len(text)) + '"}\n')
    path.with_suffix(".part").rename(path)


def row(setting: Setting, key: str, title: str, text: str) -> Row:
    """decrypt passes clear tracks on, so all that it does here is to read, check and write records."""
    path = setting.data.folder / f"{key}.ndjson"
    quoted = shlex.quote(str(path))

    def lay(folder: pathlib.Path) -> None:
        if not path.exists():
            write(setting, path, text)

    def check(folder: pathlib.Path) -> Faults:
        faults = Faults()
        with path.open("rb") as file:
            some = b"".join(next(file) for _ in range(1000))
        done = subprocess.run([setting.programs / "decrypt"], input=some, capture_output=True)
        if done.stdout != some:
            faults.add("changed records", done.stderr)
        return faults

    contenders = [Contender("jq -c", f"jq -c . < {quoted} > /dev/null", prepare=lay)]
    if shutil.which("jaq"):
        contenders.append(Contender("jaq -c", f"jaq -c . < {quoted} > /dev/null"))
    contenders.append(Contender("decrypt", f"decrypt < {quoted} > /dev/null", True, check))
    return Row(key, title, "tmpfs", "records", setting.data.size.records, contenders, [Goal("wall", 25, ("jq -c",))], rounds=3)


def rows(setting: Setting) -> list[Row]:
    count = setting.data.size.records
    return [
        row(setting, "wire", f"{count} records of 1 KiB read, checked and passed on by a stage", "plain text, "),
        row(setting, "wire-escapes", f"{count} records of 1 KiB with escapes in plenty", r"\"\u00e9\n ")]
