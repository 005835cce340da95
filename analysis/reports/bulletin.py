"""The bulletin (通报) of a round as one page that needs no other file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, select_autoescape

from analysis.errors import Lang
from analysis.reports.charts import Chart
from analysis.reports.labels import word
from analysis.reports.material import Material
from analysis.reports.sections_compared import assessors_section, comparison_section, rectification_section
from analysis.reports.sections_data import audit_section, method_section, parts_text, quality_section
from analysis.reports.sections_duties import duties_section
from analysis.reports.sections_losses import causes_section, problems_section, where_section
from analysis.reports.sections_redraw import redraw_section
from analysis.reports.sections_scores import adjustments_section, key_figures, parts_section, ranks_section
from analysis.reports.views import Section


def sections(material: Material) -> list[Section]:
    """The sections of a bulletin in their order; those that have nothing to say are left out."""
    if material.evaluation is None:
        found = [audit_section(material), quality_section(material), method_section(material)]
        return [section for section in found if section is not None]
    lost = len(material.evaluation.ledger) > 0
    found = [
        ranks_section(material),
        parts_section(material),
        where_section(material) if lost else None,
        causes_section(material) if lost else None,
        problems_section(material) if lost else None,
        duties_section(material) if lost else None,
        redraw_section(material),
        comparison_section(material),
        rectification_section(material),
        assessors_section(material),
        adjustments_section(material),
        quality_section(material),
        audit_section(material),
        method_section(material),
    ]
    return [section for section in found if section is not None]


def bulletin(material: Material, charts: Mapping[str, Chart], links: list[tuple[str, str]]) -> str:
    """The page as HTML: inlined style, charts as data URIs; `links` name files beside it."""
    return render(
        "bulletin.html.j2",
        material.lang,
        title=material.title,
        kicker=f"{material.say('site_name')} · {material.say_label('kind', material.round.info.kind)}",
        byline=byline(material),
        banners=material.banners,
        figures=key_figures(material),
        sections=sections(material),
        charts=charts,
        links=links,
        files_title=material.say("files_title"),
        files_sentence=material.say("files_sentence"),
    )


def byline(material: Material) -> str:
    """Date, round and the composition that was used, by name."""
    info, rulebook = material.round.info, material.rulebook
    parts = [info.date.isoformat(), info.id]
    if rulebook is None:
        return " · ".join([*parts, material.say("audit_only")])
    composition = rulebook.composition
    named = material.say("composition_line", title=composition.title[material.lang], id=composition.id)
    shares = parts_text(material, composition) if len(composition.parts) > 1 else ""
    return " · ".join(part for part in [*parts, named, shares] if part)


def render(template: str, lang: Lang, **values: Any) -> str:
    """A template of this package with the style inlined; every value is escaped."""
    page = _environment().get_template(template)
    html_lang = "zh-CN" if lang == "zh" else "en"
    return page.render(css=_text("style.css"), html_lang=html_lang, footer=word("print_hint", lang), **values)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(_text),
        autoescape=select_autoescape(("html.j2", "j2")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _text(name: str) -> str:
    return files("analysis.reports").joinpath("templates", name).read_text(encoding="utf-8")
