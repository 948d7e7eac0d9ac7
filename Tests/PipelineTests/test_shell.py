"""The shell pipelines that users copy, run as they are."""

import os
import subprocess

import pytest
from programs import ENVIRONMENT, PROGRAMS, ROOT


@pytest.mark.parametrize("script", ["playlist.sh", "pooled.sh"])
def test_a_pipe_brings_a_playlist_home_and_what_failed_is_tried_again_alone(music, origin, tmp_path, script):
    served = origin(music, plan=[{"track": 4, "fault": "gone", "tries": 1}])
    environment = {**ENVIRONMENT, "PATH": f"{PROGRAMS}:{os.environ['PATH']}", "KEYRING": str(served.keyring)}

    def shell(name, *arguments):
        return subprocess.run([ROOT / "Pipelines" / name, *arguments], cwd=tmp_path, env=environment, capture_output=True, timeout=120)

    first = shell(script, served.url, "Music", "playlist:1")
    assert first.returncode == 1, first.stderr
    count = served.count("/file/")
    again = shell("retry-failed.sh", served.url, "Music")
    assert again.returncode == 0 and served.count("/file/") == count + 1, again.stderr
    found = [p for p in (tmp_path / "Music").rglob("* - *") if p.is_file()]
    assert len(found) == 10 and not [p for p in (tmp_path / "spool").iterdir() if p.suffix == ".media"]


@pytest.mark.parametrize("script", ["playlist.sh", "pooled.sh", "retry-failed.sh"])
def test_without_arguments_a_script_says_what_it_wants(script):
    done = subprocess.run([ROOT / "Pipelines" / script], capture_output=True, env=ENVIRONMENT)
    assert done.returncode == 64 and script.encode() in done.stderr
