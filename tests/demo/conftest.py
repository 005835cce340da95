"""The demo rounds of the default seed, written once for all tests."""

import pytest

from analysis.demo import write_demo

ROUNDS = ["demo-2024", "demo-2025-q1", "demo-2025-q2"]


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("raw")
    told = []
    paths = write_demo(target, progress=told.append)
    assert [path.name for path in paths] == told == [*ROUNDS, "demo-members-2024-q4"]
    return target
