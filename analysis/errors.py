"""Problems as values, and the exceptions that carry them.

A user's mistake is never a traceback: every room collects `Problem`s, all of them, and raises once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from typing import Any, Literal

Lang = Literal["zh", "en"]
Severity = Literal["error", "warning", "notice"]

_WORDS = {
    "zh": {"sheet": "工作表 {}", "row": "第 {} 行", "sep": "，", "colon": "："},
    "en": {"sheet": "sheet {}", "row": "row {}", "sep": ", ", "colon": ": "},
}


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what it is, what was allowed, what to do.

    `zh` and `en` say what is wrong (naming the value), `fix_zh` and `fix_en` what to do about it.
    An `error` stops an evaluation, a `warning` does not, a `notice` only informs.
    """

    code: str
    zh: str
    en: str
    fix_zh: str = ""
    fix_en: str = ""
    file: str = ""
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""
    severity: Severity = "error"

    def place(self, lang: Lang = "zh") -> str:
        """Where it stands: file, sheet, row, column; empty when it has no place."""
        words = _WORDS[lang]
        parts = [
            self.file,
            words["sheet"].format(self.sheet) if self.sheet else "",
            words["row"].format(self.row) if self.row is not None else "",
            self.column,
        ]
        return words["sep"].join(part for part in parts if part)

    def text(self, lang: Lang = "zh") -> str:
        """The whole message on one line."""
        place = self.place(lang)
        what, fix = (self.zh, self.fix_zh) if lang == "zh" else (self.en, self.fix_en)
        message = f"{place}{_WORDS[lang]['colon']}{what}" if place else what
        return f"{message}{'' if lang == 'zh' else ' '}{fix}" if fix else message

    def as_dict(self) -> dict[str, Any]:
        """The fields as plain values, for `--json` and for tables."""
        return asdict(self)


class WenmingError(Exception):
    """Something the user can mend; carries every problem that was found. `exit_code` is the command's."""

    exit_code = 1

    def __init__(self, problems: Problem | Iterable[Problem]) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        super().__init__("\n".join(problem.text("en") for problem in self.problems))

    def text(self, lang: Lang = "zh") -> str:
        """All problems, one a line."""
        return "\n".join(problem.text(lang) for problem in self.problems)


class DataError(WenmingError):
    """The data have problems (exit code 1)."""


class UsageError(WenmingError):
    """The command line or a file could not be used (exit code 2)."""

    exit_code = 2


class FrameworkError(UsageError):
    """A framework, composition or vocabulary is wrong (exit code 2)."""


class Attempts:
    """Runs calls and gathers what they refuse, so that every problem of a command is told at once."""

    def __init__(self) -> None:
        self._refused: list[WenmingError] = []

    def __call__(self, call: Callable[[], Any]) -> Any:
        """The result of the call; None where it refused."""
        try:
            return call()
        except WenmingError as error:
            self._refused.append(error)
            return None

    def refuse(self) -> None:
        """Raise every problem there was, as the kind of error that came first."""
        if self._refused:
            raise type(self._refused[0])([p for error in self._refused for p in error.problems])


def raise_errors(problems: Iterable[Problem], kind: type[WenmingError] = DataError) -> None:
    """Raise `kind` with every problem, if any of them is an error."""
    found = list(problems)
    if any(problem.severity == "error" for problem in found):
        raise kind(found)
