"""The whole road: a playlist from the catalog into a library, by the script and by us."""

import pathlib
import re
import shlex

import verify
from row import Check, Contender, Goal, Row
from setting import Setting

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = pathlib.Path(__file__).with_name("peers") / "script.sh"
PARALLEL = 16


def replaced(pattern: str, replacement: str, text: str) -> str:
    changed, count = re.subn(pattern, lambda _: replacement, text, flags=re.M)
    if not count:
        raise SystemExit(f"library.yaml has nothing like {pattern}")
    return changed


def pipeline(setting: Setting) -> str:
    """library.yaml as it is shipped, with our catalog. Without verify, since the catalog's digests prove the files already."""
    text = (ROOT / "Pipelines/library.yaml").read_text()
    text = replaced(r'--catalog, "http://127.0.0.1:8098"', f'--rate, "0", --catalog, "{setting.base}"', text)
    text = replaced(r"keys\.txt\]", f'"{setting.data.keys}"]', text)
    text = replaced(r"^hosts: .*$", f'hosts: {{"*": {{parallel: {PARALLEL}}}}}', text)
    return replaced(r"^  - \{name: verify.*\n", "", text)


def pipe(setting: Setting, playlist: int) -> str:
    catalog = f"resolve --rate 0 --catalog {setting.base}"
    return (
        f"set -o pipefail; {catalog} --rows playlist:{playlist} | segue pool 4 -- {catalog} | segue pool 8 -- fetch | "
        f"segue pool 2 -- decrypt --keyring {shlex.quote(str(setting.data.keys))} | segue pool 2 -- place --library Music | "
        "record --library Music --sweep --fail > /dev/null")


def row(setting: Setting, key: str, playlist: int, title: str, place: str, goals: list[Goal], touched: int) -> Row:
    truth = setting.data.truth(playlist)

    def check(name: str) -> Check:
        return lambda folder: verify.library(folder / name, truth)

    def lay(folder: pathlib.Path) -> None:
        (folder / "pipeline.yaml").write_text(pipeline(setting))

    script = f"{SCRIPT} {setting.base} {playlist} {shlex.quote(str(setting.data.keys))} library"
    if place == "ext4":
        script += " && sync -f ."
    contenders = [
        Contender("script", script, check=check("library")),
        Contender("segue run", f"segue run --quiet --pipeline pipeline.yaml playlist:{playlist}", True, check("Music"), lay)]
    if place == "tmpfs":
        contenders.append(Contender("segue pool", pipe(setting, playlist), True, check("Music")))
    return Row(key, title, place, "tracks", len(truth), contenders, goals, touched=touched, counts=True)


def rows(setting: Setting, place: str) -> list[Row]:
    size = setting.data.size
    script = ("script",)
    most = [Goal("requests", 3.25 * size.short), Goal("served", 156_000 * size.short)]
    small = {
        "tmpfs": [Goal("wall", 1.2, script), Goal("cpu", 1.0, script), *most],
        "ext4": [Goal("wall", 1.5, script)]}
    where = {"tmpfs": "in memory", "ext4": "on a fresh journaled ext4, the script followed by sync"}[place]
    return [
        row(setting, f"road-small-{place}", 1, f"playlist of {size.short} small tracks, {where}", place, small[place], size.short // 2),
        row(setting, f"road-big-{place}", 2, f"playlist of {size.long} tracks of {size.long_bytes / 1e6:.0f} MB, {where}", place,
            [Goal("wall", 1.1, script)], 3 * size.long * size.long_bytes // 1_000_000)]
