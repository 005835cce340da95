"""Writing the report of a round: bulletin, charts, workbook, and the card the index is made from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from analysis.reports.bulletin import bulletin
from analysis.reports.charts import Chart, draw
from analysis.reports.files import Writer, save_workbook, write_text, write_together
from analysis.reports.index import CARD
from analysis.reports.material import Material
from analysis.reports.outputs import write_json
from analysis.reports.workbook import workbook


def write_report(material: Material, folder: Path, made_from: dict[str, Any]) -> list[Path]:
    """The files of a report in `folder`, all or none; the card `report.json` keeps what it was made from."""
    charts = draw(material)
    names = [f"charts/{chart.name}.{kind}" for chart in charts.values() for kind in ("png", "svg")]
    links = [(material.say("workbook"), "workbook.xlsx"), *((name, name) for name in names)]
    page = bulletin(material, charts, links)
    files = ["bulletin.html", "workbook.xlsx", *names]
    card = {"made_from": made_from, "files": files, "entry": _entry(material)}
    writers: dict[str, Writer] = {
        CARD: partial(write_json, card),
        "bulletin.html": partial(write_text, page),
        "workbook.xlsx": lambda path: save_workbook(workbook(material), path),
    }
    return write_together(folder, writers | _chart_writers(charts))


def _chart_writers(charts: Mapping[str, Chart]) -> dict[str, Writer]:
    pairs = [(f"charts/{chart.name}", chart) for chart in charts.values()]
    found = {f"{stem}.{kind}": getattr(chart, kind) for stem, chart in pairs for kind in ("png", "svg")}
    return {name: partial(_write_bytes, content) for name, content in found.items()}


def _write_bytes(content: bytes, path: Path) -> None:
    path.write_bytes(content)


def _entry(material: Material) -> dict[str, Any]:
    """What the index says about a report."""
    info, rulebook, ranking = material.round.info, material.rulebook, material.ranking
    return {
        "title": material.title,
        "date": info.date.isoformat(),
        "kind": material.say_label("kind", info.kind),
        "units": "" if ranking is None else str(len(ranking)),
        "first": _first(material),
        "rules": rulebook.composition.title[material.lang] if rulebook else "–",
        "marks": [*material.marks, *_remarks(material)],
    }


def _remarks(material: Material) -> list[str]:
    """What else the index says: audited only, contradictions found."""
    bad = 0 if material.audit is None else len(material.audit.contradictions)
    found = [material.say("mark_audit")] if material.rulebook is None else []
    return found + ([material.say("mark_contradictions", n=bad)] if bad else [])


def _first(material: Material) -> str:
    """The first of every group, by name."""
    if material.ranking is None:
        return "–"
    return material.join(material.ranking[material.ranking["rank"] == 1]["unit"].astype("str"))
