"""The command line's application, and the options several commands share."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from analysis.reports.help_pages import Command, Group

app = typer.Typer(cls=Group, add_completion=False)
command = partial(app.command, cls=Command)

RoundName = Annotated[str, typer.Argument(metavar="ROUND")]
Framework = Annotated[str | None, typer.Option("--framework", metavar="FILE-OR-ID")]
Level = Annotated[str | None, typer.Option("--level", metavar="NAME")]
Out = Annotated[Path | None, typer.Option("--out", metavar="DIR")]
Seed = Annotated[int, typer.Option("--seed", metavar="N", min=0)]
Accept = Annotated[bool, typer.Option("--accept-rejected")]
AsJson = Annotated[bool, typer.Option("--json")]
LangOption = Annotated[str | None, typer.Option("--lang", metavar="zh|en")]
