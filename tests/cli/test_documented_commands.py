"""Every command shown in the README and in docs/commands.md runs, and prints what is printed there."""

import re
import shlex
import shutil
from pathlib import Path

import pytest

from analysis.cli import run

ROOT = Path(__file__).parents[2]
PAGES = ("README.md", "README.zh-CN.md", "docs/commands.md")
FENCE = re.compile(r"```console\n(.*?)```", re.DOTALL)
FOUND_PROBLEMS = {"wenming audit xianning-2022-08", "wenming audit xianning-2022-08 --lang en"}
"""Commands whose exit code is 1 because the data they are shown on have a problem."""


def shown():
    """(command, lines printed below it), once each."""
    found = {}
    for page in PAGES:
        for block in FENCE.findall((ROOT / page).read_text(encoding="utf-8")):
            for part in block.split("$ ")[1:]:
                command, _, output = part.partition("\n")
                found.setdefault(command, output.rstrip("\n"))
    return found


SHOWN = shown()
QUICK = [command for command in SHOWN if "demo" not in command and "--all" not in command]


def test_the_pages_show_every_command():
    assert {command.split()[1] for command in SHOWN} == {
        "demo",
        "template",
        "check",
        "evaluate",
        "explain",
        "audit",
        "report",
        "compare",
        "rectification",
        "series",
        "simulate",
        "forecast",
        "plan",
        "sensitivity",
    }


@pytest.mark.parametrize("command", QUICK)
def test_commands_on_published_rounds(project, capsys, command):
    assert run(shlex.split(command)[1:]) == (1 if command in FOUND_PROBLEMS else 0)
    printed = capsys.readouterr().out.rstrip("\n")
    if SHOWN[command]:
        assert printed == SHOWN[command]


def rounds_named(command):
    return set(re.findall(r"demo-20\d\d(?:-q\d)?", command))


def test_commands_on_demo_rounds(full_project, demo_project, capsys):
    """Rounds are brought in when a command names them, so that `report --all` has few of them to report."""
    slow = [command for command in SHOWN if command not in QUICK and command != "wenming demo"]
    for command in sorted(slow, key=lambda command: len(rounds_named(command) - {"demo-2025-q2"})):
        for name in rounds_named(command):
            target = full_project / "data" / "raw" / name
            if not target.is_dir():
                shutil.copytree(demo_project / "data" / "raw" / name, target)
        assert run(shlex.split(command)[1:]) == 0, (command, capsys.readouterr().err[-2000:])


def test_the_python_of_the_readme_runs(project):
    for page in PAGES[:2]:
        (code,) = re.findall(r"```python\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
        names = {}
        exec(code, names)
        assert names["ranking"]["unit"].iloc[0] == "济南"


def test_the_documents_that_pages_link_to_exist():
    for page in PAGES:
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)#:]+)\)", text):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"
