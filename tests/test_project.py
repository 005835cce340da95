"""The files that describe the project agree with each other."""

from __future__ import annotations

import re
import tomllib
from importlib.metadata import requires
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def by_name(lines: list[str]) -> dict[str, Requirement]:
    found = [Requirement(line) for line in lines]
    return {canonicalize_name(requirement.name): requirement for requirement in found}


PROJECT = tomllib.loads(read("pyproject.toml"))["project"]
RUNTIME = by_name(PROJECT["dependencies"])
DEV = by_name(PROJECT["optional-dependencies"]["dev"])
LOCK_LINES = [line for line in read("requirements.lock").splitlines() if line]


def pins() -> dict[str, list[Requirement]]:
    """Every pin by name: a package has several when its version depends on the Python."""
    found: dict[str, list[Requirement]] = {}
    for requirement in map(Requirement, LOCK_LINES):
        found.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return found


def version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "==", pin
    return specifier.version


def needed(direct: dict[str, Requirement]) -> set[str]:
    """Names of everything the direct requirements pull in on this machine, by installed metadata."""
    queue, seen = [(name, tuple(sorted(r.extras))) for name, r in direct.items()], set()
    while queue:
        name, extras = queue.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        for requirement in map(Requirement, requires(name) or []):
            wanted = [{"extra": extra} for extra in ("", *extras)]
            if requirement.marker is None or any(requirement.marker.evaluate(e) for e in wanted):
                queue.append((canonicalize_name(requirement.name), tuple(sorted(requirement.extras))))
    return {name for name, _ in seen}


def test_conda_and_pip_ask_for_the_same_ranges():
    conda = dict(
        line.split(" ") for line in yaml.safe_load(read("environment.yml"))["dependencies"] if " " in line
    )
    assert conda.pop("python") == PROJECT["requires-python"]
    assert conda.keys() == RUNTIME.keys()
    for name, written in conda.items():
        assert Requirement(f"{name}{written}").specifier == RUNTIME[name].specifier, name


@pytest.mark.parametrize("requirement", [*RUNTIME.values(), *DEV.values()], ids=lambda r: r.name)
def test_every_dependency_is_locked_inside_its_range(requirement):
    locked = pins().get(canonicalize_name(requirement.name))
    assert locked, f"{requirement.name} is not in requirements.lock"
    for pin in locked:
        assert requirement.specifier.contains(version(pin)), f"{pin} is outside {requirement.specifier}"


def test_the_lock_holds_what_is_needed_and_nothing_else():
    here = {n for n, found in pins().items() if any(p.marker is None or p.marker.evaluate() for p in found)}
    assert here == needed(RUNTIME | DEV)


def test_the_lock_names_no_index():
    assert not [line for line in LOCK_LINES if "://" in line or line.startswith(("-", "#"))]
    assert all(re.fullmatch(r"[a-z0-9._-]+==[^\s;]+( ; .+)?", line) for line in LOCK_LINES)


@pytest.mark.parametrize("readme", ["README.md", "README.zh-CN.md"])
@pytest.mark.parametrize("target", ["report", "test"])
def test_the_two_commands_of_the_readmes_exist(readme, target):
    assert f"make {target}" in read(readme)
    assert re.search(rf"^{target}:", read("Makefile"), flags=re.MULTILINE)


def test_targets_of_the_makefile():
    for target in ("setup", "report", "check", "test", "bench", "notebooks", "clean"):
        assert re.search(rf"^{target}:", read("Makefile"), flags=re.MULTILINE), target


def test_the_version_is_in_the_changelog():
    assert f"## {PROJECT['version']}" in read("CHANGELOG.md")
