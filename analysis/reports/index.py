"""`index.html`: one line per report under the folder of reports, whoever wrote it and when."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from analysis.errors import Lang
from analysis.reports.bulletin import render
from analysis.reports.files import write_text, write_together
from analysis.reports.labels import word

CARD = "report.json"
"""What the index and the next run need to know of a report, beside it."""

UNITS_CARD = "units.json"
"""The same for the lists of responsible units, beside them."""

_HEADERS = ("round", "date", "kind", "units", "first", "rules", "marks", "files")


def write_index(folder: Path, lang: Lang) -> Path:
    """The page `index.html` in `folder`, listing every report found below it, latest first."""
    cards = sorted(_cards(folder), key=lambda card: (card["date"], card["folder"]), reverse=True)
    page = render(
        "index.html.j2",
        lang,
        title=word("index_title", lang),
        kicker=word("site_name", lang),
        intro=word("index_intro", lang, n=len(cards)),
        headers=[{"text": word(f"index_{name}", lang), "numeric": name == "units"} for name in _HEADERS],
        entries=[_entry(card) for card in cards],
        workbook=word("workbook", lang),
    )
    return write_together(folder, {"index.html": partial(write_text, page)})[0]


def _cards(folder: Path) -> Iterator[dict[str, Any]]:
    """The cards of all reports; one that cannot be read belongs to no report of ours."""
    for path in sorted([*folder.glob(f"*/{CARD}"), *folder.glob(f"*/*/{CARD}")]):
        try:
            card = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            continue
        yield {**card["entry"], "folder": path.parent.relative_to(folder).as_posix()}


def _entry(card: dict[str, Any]) -> dict[str, Any]:
    links = {"bulletin": f"{card['folder']}/bulletin.html", "workbook": f"{card['folder']}/workbook.xlsx"}
    return {**card, **links}
