"""What a terminal shows: tables aligned for Chinese text, progress, help in two languages."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from analysis.errors import Lang
from analysis.reports.messages import help_texts, spelling

_TITLES = {
    "zh": {"usage": "用法", "arguments": "参数", "options": "选项", "commands": "命令", "examples": "示例"},
    "en": {
        "usage": "Usage",
        "arguments": "Arguments",
        "options": "Options",
        "commands": "Commands",
        "examples": "Examples",
    },
}


def width(text: str) -> int:
    """Columns a text takes in a terminal: a Chinese character takes two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


def aligned(rows: Iterable[Sequence[str]], right: Sequence[int] = (), indent: str = "") -> str:
    """Rows of cells as aligned lines; columns whose position is in `right` are flushed right."""
    table = [[str(cell) for cell in row] for row in rows]
    widths = [max(width(cell) for cell in column) for column in zip(*table, strict=True)]
    return "\n".join(indent + _line(row, widths, right).rstrip() for row in table)


def _line(row: Sequence[str], widths: Sequence[int], right: Sequence[int]) -> str:
    cells = []
    for place, (cell, room) in enumerate(zip(row, widths, strict=True)):
        padding = " " * (room - width(cell))
        cells.append(padding + cell if place in right else cell + padding)
    return "  ".join(cells)


def use_utf8() -> None:
    """Make both streams write UTF-8 whatever the console is set to; what cannot be shown becomes `?`."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")


@contextmanager
def working(message: str) -> Iterator[None]:
    """Show the elapsed time on stderr while the block runs, and a bar while it reads a round; nothing when
    it is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    from analysis.intake.progress import Step, listening

    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(20), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(escape(message), total=None)

        def told(step: Step) -> None:
            over = step.share >= 1
            text = message if over else f"{message}  {step.text}"
            progress.update(task, description=escape(text), total=None if over else 1.0, completed=step.share)

        with listening(told):
            yield


@contextmanager
def counting(message: str) -> Iterator[Callable[[int, int], None]]:
    """A function to be told (done, all): a bar on stderr; nothing when it is no terminal."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(message, total=None)
        yield lambda done, total: progress.update(task, completed=done, total=total)


def command_help(name: str, usage: str, parameters: Iterable[Any], lang: Lang) -> str:
    """The help page of one command: what it does, its parameters, examples."""
    texts, titles = help_texts(), _TITLES[lang]
    command = texts["commands"][name]
    known = list(parameters)
    parts = [f"{titles['usage']}: {usage}", command[lang]]
    for kind in ("argument", "option"):
        rows = [
            (spelling(p), _parameter_help(name, p.name, lang)) for p in known if p.param_type_name == kind
        ]
        if rows:
            parts.append(f"{titles[kind + 's']}:\n{aligned(rows, indent='  ')}")
    parts.append(f"{titles['examples']}:\n" + "\n".join(f"  {line}" for line in command["examples"]))
    return "\n\n".join(parts) + "\n"


def overview(usage: str, lang: Lang) -> str:
    """The help page of the whole program: its commands and the first steps."""
    texts, titles = help_texts(), _TITLES[lang]
    rows = [(name, text[lang].splitlines()[0]) for name, text in texts["commands"].items()]
    examples = "\n".join(f"  {line}" for line in texts["examples"])
    return "\n\n".join(
        [
            f"{titles['usage']}: {usage}",
            texts[lang].strip(),
            f"{titles['commands']}:\n{aligned(rows, indent='  ')}",
            f"{titles['options']}:\n{aligned([('--help', texts['parameters']['help'][lang])], indent='  ')}",
            f"{titles['examples']}:\n{examples}\n",
        ]
    )


def _parameter_help(command: str, parameter: str, lang: Lang) -> str:
    texts = help_texts()
    own = texts["commands"][command].get("parameters", {})
    text: str = (own.get(parameter) or texts["parameters"][parameter])[lang]
    return text
