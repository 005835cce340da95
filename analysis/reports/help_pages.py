"""Commands whose help is written by us, in the language asked for."""

from __future__ import annotations

from typing import Any

from typer.core import TyperCommand, TyperGroup

from analysis.reports.console import command_help, overview
from analysis.reports.messages import spelling

SEED = 2024
"""Default of `--seed`."""


class Command(TyperCommand):
    """A command with a help page of ours."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        arguments = [spelling(p) for p in self.get_params(ctx) if p.param_type_name == "argument"]
        usage = " ".join([ctx.command_path, *arguments, "[OPTIONS]"])
        text = command_help(self.name or "", usage, self.get_params(ctx), ctx.find_root().obj)
        formatter.write(text.replace("{seed}", str(SEED)))


class Group(TyperGroup):
    """The program, with its commands on one page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        formatter.write(overview(f"{ctx.command_path} COMMAND …", ctx.find_root().obj))
