"""Sources as `segue test-source` judges them."""

import subprocess

from programs import ENVIRONMENT, PROGRAMS, Outcome


def examine(folder, command, *options, timeout=180):
    (folder / "hosts").mkdir(exist_ok=True)
    (folder / "hosts" / "limits").write_text('{"*": {"rate": 1000}}')
    done = subprocess.run(
        [PROGRAMS / "segue", "test-source", *options, "--", *map(str, command)], cwd=folder,
        env={**ENVIRONMENT, "PATH": f"{PROGRAMS}:{ENVIRONMENT['PATH']}", "SEGUE_HOSTS": str(folder / "hosts")}, capture_output=True, timeout=timeout)
    return Outcome(done.returncode, done.stdout, done.stderr)


def verdicts(folder, command, *options):
    done = examine(folder, command, "--json", *options)
    assert done.status in (0, 1), done.stderr
    found = {record["rule"]: record for record in done.records}
    assert done.status == int(any(record["verdict"] == "fail" for record in found.values()))
    return found


def broken(found):
    return {rule for rule, record in found.items() if record["verdict"] == "fail"}
