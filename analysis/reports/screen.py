"""What commands print: facts of a rulebook, checks, rankings, paths, JSON."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.errors import Lang, Problem
from analysis.reports.console import aligned
from analysis.reports.desk import missing_lines
from analysis.reports.messages import help_texts, message

if TYPE_CHECKING:
    import pandas as pd

    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round
    from analysis.reports.desk import Desk


def rule_facts(rulebook: Rulebook, lang: Lang) -> dict[str, Any]:
    """How many components, frameworks, leaves and numbers a rulebook has, and how many are illustrative."""
    numbers = [*rulebook.composition.numbers, *(n for f in rulebook.frameworks.values() for n in f.numbers)]
    return {
        "id": rulebook.composition.id,
        "title": rulebook.composition.title[lang],
        "parts": len(rulebook.composition.parts),
        "frameworks": len(rulebook.frameworks),
        "leaves": sum(len(f.leaves) for f in rulebook.frameworks.values()),
        "numbers": len(numbers),
        "illustrative": sum(number.status == "illustrative" for number in numbers),
    }


def print_check(found: Round, lang: Lang) -> None:
    """What a check found: problems, rows of every sheet, totals."""
    from analysis.reports.sections_data import kind_name

    for problem in found.problems:
        print(problem.text(lang))
    columns = ["file", "sheet", "kind", "rows_read", "rows_used", "rows_rejected"]
    headers = tuple(help_texts()["columns"][name][lang] for name in columns)
    named = found.counts.assign(kind=[kind_name(str(kind), lang) for kind in found.counts["kind"]])
    rows = [tuple(str(value) for value in row) for row in named[columns].itertuples(index=False)]
    print(aligned([headers, *rows], right=(3, 4, 5)))
    print(message("rows", lang, **{name: int(found.counts[name].sum()) for name in columns[3:]}))
    kinds = Counter(problem.severity for problem in found.problems)
    print(message("found", lang, **{kind: kinds[kind] for kind in ("error", "warning", "notice")}))


def read_csv(path: Path) -> list[dict[str, str]]:
    """Rows of one of our csv files, as text."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def print_ranking(ranking: list[dict[str, str]], lang: Lang) -> None:
    """The ranking as an aligned table."""
    columns = ["group", "rank", "unit", "composite", "gap_above", "gap_below"]
    columns = columns if len({row["group"] for row in ranking}) > 1 else columns[1:]
    headers = [help_texts()["columns"][name][lang] for name in columns]
    rows = [[row[name] or "–" for name in columns] for row in ranking]
    numeric = [place for place, name in enumerate(columns) if name not in ("group", "unit")]
    print(aligned([headers, *rows], right=numeric, indent="  "))


def shown(path: Path) -> str:
    """A path as the user would type it: from where they stand when it is below."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table as plain values."""
    found: list[dict[str, Any]] = json.loads(
        frame.to_json(orient="records", force_ascii=False, date_format="iso")
    )
    return found


def print_json(content: dict[str, Any]) -> None:
    """`content` as JSON on standard output."""

    def plain(value: Any) -> Any:
        return value.as_dict() if isinstance(value, Problem) else str(value)

    print(json.dumps(content, ensure_ascii=False, indent=1, default=plain))


def print_desk(desk: Desk, lang: Lang) -> None:
    """What is still missing, where the checked copies are, and which of them were left alone."""
    lines = missing_lines(desk.calendar, lang)
    if lines:
        print(message("evidence_missing", lang))
        print(aligned(lines, right=(5,), indent="  "))
    for problem in desk.problems:
        print(problem.text(lang))
    for path in (*desk.copies, *((desk.workbook,) if desk.workbook else ())):
        print(message("desk_copy", lang, path=shown(path)))
