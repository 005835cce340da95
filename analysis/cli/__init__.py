"""The command `wenming`: every command in a few lines over the façade and the pipeline."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer

from analysis.cli import rounds, studies
from analysis.cli.options import LangOption, app
from analysis.errors import Lang, WenmingError
from analysis.reports.console import use_utf8
from analysis.reports.messages import command_line_error, file_error, language, message
from analysis.reports.screen import print_json

__all__ = ["app", "main", "rounds", "run", "studies"]


@app.callback()
def _everything(lang: LangOption = None) -> None:
    """Accepts `--lang` before the command as well; it was read before."""


def run(arguments: Sequence[str]) -> int:
    """Exit code of a command line, after everything was printed; no traceback for a user's mistake."""
    lang: Lang = "zh"
    try:
        lang = language(arguments)
        code = typer.main.get_command(app).main(
            args=list(arguments or ["--help"]), prog_name="wenming", standalone_mode=False, obj=lang
        )
        return int(code or 0) if arguments else 2
    except WenmingError as error:
        return _refuse(error, arguments, lang)
    except OSError as error:
        return _refuse(file_error(error), arguments, lang)
    except KeyboardInterrupt:
        print(message("stopped", lang), file=sys.stderr)
        return 130
    except Exception as error:
        if not hasattr(error, "format_message"):
            raise
        return _refuse(command_line_error(error, arguments), arguments, lang)


def _refuse(error: WenmingError, arguments: Sequence[str], lang: Lang) -> int:
    if "--json" in arguments:
        print_json({"ok": False, "exit_code": error.exit_code, "problems": error.problems})
    else:
        print(error.text(lang), file=sys.stderr)
    return error.exit_code


def main() -> None:
    """The command line of this process."""
    use_utf8()
    sys.exit(run(sys.argv[1:]))
