"""fetch beside curl and aria2."""

import json
import pathlib
import subprocess

import limited
import verify
from records import fetched, lines
from row import Contender, Goal, Row
from setting import Setting
from verify import Faults


def files(setting: Setting, name: str) -> list[dict]:
    told = map(json.loads, (setting.data.folder / "files.ndjson").open())
    return [file for file in told if file["set"] == name]


def command(setting: Setting) -> str:
    """fetch alone if one process has several transfers at a time, else eight of them."""
    told = subprocess.run([setting.programs / "fetch", "--help"], capture_output=True, text=True, check=True).stdout
    return f"{'' if '--transfers' in told else 'segue pool 8 -- '}fetch --spool spool < records > answers"


def row(setting: Setting, name: str, title: str, goals: list[Goal]) -> Row:
    wanted = files(setting, name)
    urls = [f"{setting.base}/{name}/{file['name']}" for file in wanted]

    def lay(folder: pathlib.Path) -> None:
        (folder / "records").write_text(lines(*(fetched(setting, file) for file in wanted)))
        (folder / "urls").write_text("".join(f"{url}\n" for url in urls))
        (folder / "curl").write_text("".join(f'url="{url}"\noutput="got/{file["name"]}"\n' for url, file in zip(urls, wanted)))
        (folder / "got").mkdir()

    def check(folder: pathlib.Path) -> Faults:
        return verify.digests(folder, [file["sha256"] for file in wanted])

    aria = "aria2c --no-conf -q -i urls -d got -j16 -x1 -s1 --file-allocation=none --auto-save-interval=0"
    return Row(f"fetch-{name}", title, "tmpfs", "files", len(wanted), [
        Contender("curl", "curl -sSf --no-progress-meter --parallel --parallel-max 16 -K curl", check=check, prepare=lay),
        Contender("aria2c", aria, check=check, prepare=lay), Contender("fetch", command(setting), True, check, lay)],
        goals, touched=sum(file["bytes"] for file in wanted) // 800_000, counts=True)


def segmented(setting: Setting) -> Row:
    """A file from a host that limits the speed of each connection."""
    (file,) = files(setting, "limited")
    url = limited.serve(setting.data.folder / "www/limited" / file["name"])

    def lay(folder: pathlib.Path) -> None:
        record = fetched(setting, file)
        record["media"]["url"] = url
        (folder / "records").write_text(lines(record))
        (folder / "hosts").mkdir()
        (folder / "hosts/limits").write_text(json.dumps({"*": {"parallel": 8, "segments": 4}}))

    def check(folder: pathlib.Path) -> Faults:
        return verify.digests(folder, [file["sha256"]])

    contenders = [
        Contender("curl, one connection", f"curl -sSf -o got {url}", check=check),
        Contender("aria2c, 4 connections", f"aria2c --no-conf -q -d . -x4 -s4 -k1M --file-allocation=none {url}", check=check),
        Contender("fetch, 4 segments", "SEGUE_HOSTS=$PWD/hosts fetch --spool spool < records > answers", True, check, lay)]
    title = f"a file of {file['bytes'] / 1e6:.0f} MB from a host that limits each connection to {limited.RATE / 1e6:.0f} MB/s"
    return Row("limited", title, "tmpfs", "files", 1, contenders, [Goal("wall", 3.6, ("curl, one connection",))], rounds=2)


def rows(setting: Setting) -> list[Row]:
    size = setting.data.size
    return [
        row(setting, "files", f"{size.files} files of {size.file_bytes >> 10} KiB, by us with their digests checked",
            [Goal("wall", 1.2, ("aria2c",)), Goal("wall", 0.6, ("curl",))]),
        row(setting, "large", f"{size.large} files of {size.large_bytes >> 20} MiB, by us with their digests checked",
            [Goal("wall", 0.95, ("aria2c",)), Goal("wall", 0.95, ("curl",))]),
        segmented(setting)]
