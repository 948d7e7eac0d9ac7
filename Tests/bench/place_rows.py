"""place beside a script that copies, tags and hashes."""

import pathlib

import verify
from records import lines, placing
from row import Contender, Goal, Row
from setting import Setting
from verify import Faults

PEERS = pathlib.Path(__file__).with_name("peers")


def retagging(setting: Setting, told: dict) -> dict:
    tags = dict(told["tags"])
    tags["artist"], tags["genre"], tags["discnumber"] = tags.pop("artists"), tags.pop("genres"), 1
    return {
        "source": str(setting.data.clear / f"{told['id']}.{told['kind']}"), "kind": told["kind"], "tags": tags,
        "cover": str(setting.data.www / f"cover/{told['album']}.jpg")}


def row(setting: Setting, key: str, playlist: int, title: str) -> Row:
    truth = setting.data.truth(playlist)

    def lay(folder: pathlib.Path) -> None:
        (folder / "records").write_text(lines(*(placing(setting, told) for told in truth)))
        (folder / "jobs").write_text(lines(*(retagging(setting, told) for told in truth)))

    def check(folder: pathlib.Path) -> Faults:
        return verify.placed(folder / "Music", truth)

    script = f'"$PYTHON" {PEERS}/retag.py jobs Music && find Music -type f -print0 | xargs -0 sha256sum > sums'
    return Row(key, title, "tmpfs", "tracks", len(truth), [
        Contender("copy, mutagen, sha256sum", script, check=check, prepare=lay),
        Contender("place", "place --library Music < records > answers", True, check, lay)],
        [Goal("wall", 1.0, ("copy, mutagen, sha256sum",))], touched=len(truth) // 2)


def rows(setting: Setting) -> list[Row]:
    size = setting.data.size
    return [
        row(setting, "place-flac", 1, f"{size.short} FLAC tagged, with covers, and named"),
        row(setting, "place-mp3", 3, f"{size.mp3} MP3 tagged, with covers, and named")]
