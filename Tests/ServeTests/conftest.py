"""Servers for a test, stopped at its end."""

import pytest
from served import Served


@pytest.fixture
def serve(tmp_path):
    """serve(stages=None, **pipeline) -> Served, not started yet; stopped at the end of the test."""
    made = []

    def call(stages=None, name="served", **options):
        made.append(Served(tmp_path / name, stages, **options))
        return made[-1]

    yield call
    for one in made:
        if one.process and one.process.poll() is None:
            one.process.kill()
            one.process.wait()


@pytest.fixture
def served(serve):
    return serve().start()
