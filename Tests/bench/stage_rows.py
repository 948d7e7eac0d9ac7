"""decrypt beside OpenSSL, and how long programs take to start."""

import pathlib
import shlex

import verify
from data import STRIPE_IV, STRIPE_KEY
from row import Contender, Goal, Row
from setting import Setting
from verify import Faults


def decrypt(setting: Setting) -> Row:
    data = setting.data
    stripe, third = shlex.quote(str(data.folder / "stripe")), shlex.quote(str(data.folder / "stripe-third"))
    clear = (data.folder / "stripe-sha256").read_text()

    def lay(folder: pathlib.Path) -> None:
        (folder / "key").touch(0o600)
        (folder / "key").write_text(STRIPE_KEY + "\n")

    def check(folder: pathlib.Path) -> Faults:
        return verify.digests(folder, [clear])

    openssl = "openssl enc -d -bf-cbc -nopad -bufsize 262144 -provider legacy -provider default"
    size = data.size.wrapped_bytes
    return Row("decrypt", f"{size / 1e6:.0f} MB decrypted, every third chunk, on one core, against OpenSSL's own time and a copy", "tmpfs", "MB",
        size // 1_000_000, [
            Contender("openssl, a third of it", f"taskset -c 0 {openssl} -K {STRIPE_KEY} -iv {STRIPE_IV} -in {third} -out /dev/null"),
            Contender("cp", f"taskset -c 0 cp {stripe} copy"),
            Contender("decrypt", f"taskset -c 0 decrypt --raw --key-file key --every 3 --iv {STRIPE_IV} < {stripe} > clear", True, check, lay)],
        [Goal("wall", 0.95, ("openssl, a third of it", "cp"))], touched=data.size.wrapped_bytes // 1_000_000 + 200)


def start(setting: Setting) -> Row:
    turns = 20

    def repeated(command: str) -> str:
        return f"for i in $(seq {turns}); do {command} < /dev/null > /dev/null; done"

    ours = {"decrypt": "", "fetch": " --spool spool", "place": " --library Music", "record": " --library Music", "resolve": ""}
    return Row("start", "a program started with nothing to do", "tmpfs", "starts", turns, [
        Contender("curl", repeated("curl --version")), Contender("jq", repeated("jq -c .")),
        *(Contender(name, repeated(name + options), True) for name, options in ours.items())])
