"""Fillable workbooks for a framework: which sheets it needs, their columns, and what may be chosen."""

from __future__ import annotations

import datetime as dt
import itertools
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import Lang, UsageError, raise_errors
from analysis.framework import library
from analysis.framework.model import AnswerScale, CountedEvidence, Graded, Rulebook
from analysis.intake.round import Round
from analysis.intake.rows.catalog import Catalog, Query, Target
from analysis.intake.words import desk_messages as say
from analysis.intake.words.kinds import Kind, kinds, spellings

GIVEN = "given"
_VALUES = ("threshold", "target")


@dataclass(frozen=True)
class Names:
    """Units, places and sites of a round, for the drop-downs; and the tables to fill in beforehand."""

    units: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    rows: tuple[tuple[str, tuple[dict[str, str], ...]], ...] = ()

    def of(self, kind: str) -> tuple[dict[str, str], ...]:
        return dict(self.rows).get(kind, ())


@dataclass(frozen=True)
class Page:
    """One sheet to fill in: its kind, columns (fields), what it reports on, and its lists of choices.

    `entries`: what to write for each target. `site_types`: id and label.
    """

    kind: Kind
    file: str
    columns: tuple[str, ...]
    targets: tuple[Target, ...]
    choices: dict[str, tuple[str, ...]]
    entries: tuple[str, ...] = ()
    site_types: tuple[tuple[str, str], ...] = ()


@cache
def plan() -> dict[str, Any]:
    """What `template.yml` says."""
    text = resources.files("analysis.intake.templates").joinpath("template.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def write_templates(framework: str, folder: Path, units: Path | None = None, lang: Lang = "zh") -> list[Path]:
    """The workbooks written to `folder`, one per kind of sheet the rules need, and a `round.yml` to start.

    `units`: a workbook or csv with sheets of units, places and sites, which are filled in. Raises
    FrameworkError for the rules, DataError for `units`, UsageError when a file is there already.
    """
    from analysis.intake.templates.template_book import write_page

    rulebook = library.load(framework)
    names = read_names(units, framework) if units is not None else Names()
    made = pages(rulebook, names)
    _refuse_existing(folder, [f"{page.file}.xlsx" for page in made])
    folder.mkdir(parents=True, exist_ok=True)
    paths = [write_page(page, rulebook, names, folder / f"{page.file}.xlsx", lang) for page in made]
    return [*paths, *_write_info(framework, rulebook, folder)]


def _refuse_existing(folder: Path, names: list[str]) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise UsageError([say.TEMPLATE_EXISTS.problem(str(folder / name), value=name) for name in there])


def _write_info(framework: str, rulebook: Rulebook, folder: Path) -> list[Path]:
    path = folder / "round.yml"
    if path.exists():
        return []
    known = framework in library.shipped()
    content = {
        "id": folder.resolve().name,
        "title": rulebook.composition.title.model_dump(),
        "date": dt.date.today(),
        "kind": "local",
        "composition": framework if known else str(Path(framework).resolve()),
    }
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return [path]


def read_names(path: Path, framework: str) -> Names:
    """The units, places and sites that a workbook or csv lists. Raises DataError with every problem of it."""
    from analysis.intake.read import read_round

    if not path.is_file():
        raise UsageError(say.NO_UNITS_FILE.problem(str(path), value=path.name))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(path, folder / path.name)
        info = {"id": "names", "title": {"zh": "名册", "en": "Names"}, "date": "2000-01-01", "kind": "local"}
        (folder / "round.yml").write_text(yaml.safe_dump(info), encoding="utf-8")
        found = read_round(folder, library.load(framework))
    raise_errors(found.problems)
    return _names(found)


def _names(found: Round) -> Names:
    def listed(table: str, name: str) -> tuple[str, ...]:
        frame = found.frames.get(table)
        return () if frame is None else tuple(dict.fromkeys(frame[name].astype(str)))

    return Names(
        listed("units", "unit"),
        listed("places", "place"),
        listed("sites", "site"),
        tuple(
            (table, _records(found, table)) for table in ("units", "places", "sites") if table in found.frames
        ),
    )


def _records(found: Round, table: str) -> tuple[dict[str, str], ...]:
    frame = found.frames[table].astype(object)
    frame = frame.where(frame.notna(), "")
    return tuple({str(k): v for k, v in row.items()} for row in frame.to_dict("records"))


def pages(rulebook: Rulebook, names: Names) -> list[Page]:
    """The sheets that a round under these rules needs, in the order of the files."""
    catalog = Catalog(rulebook)
    targets = list(_targets(rulebook, catalog))
    needed = _needed(rulebook, targets)
    return [_page(spec, catalog, targets, names) for spec in plan()["sheets"] if spec["when"] in needed]


def _targets(rulebook: Rulebook, catalog: Catalog) -> Iterator[Target]:
    """Everything a row can report on, once for each framework that is used."""
    seen: set[tuple[str, str]] = set()
    for part in rulebook.composition.parts:
        for name in part.frameworks.values():
            framework = rulebook.frameworks[name]
            if (part.id, name) in seen:
                continue
            seen.add((part.id, name))
            for node in framework.leaves:
                yield from (Target(part, framework, node, item) for item in node.items or (None,))


def sheet_of(target: Target) -> str:
    """What a target is reported on: one of the conditions of `template.yml`."""
    rule, method = rule_of(target), target.framework.method_of(target.node)
    if rule == "answer_scale":
        return "questionnaire"
    if rule == "given_score":
        return "ratings" if method == "rating" else GIVEN
    if rule in _VALUES and method != "field":
        return "indicators"
    if rule == "counted_evidence":
        return "documents"
    return {"rating": "ratings", "material": "documents", "questionnaire": "documents"}.get(method, "field")


def rule_of(target: Target) -> str:
    """The rule as its rows see it: a share of checks that passed is reported check by check."""
    return "pass_share" if target.sampled else target.rule


def _needed(rulebook: Rulebook, targets: list[Target]) -> set[str]:
    settings = rulebook.settings
    extra = {
        "site_types": any(one.site_types for one in rulebook.frameworks.values()),
        "sub_units": any(part.sub_units for part in rulebook.composition.parts),
        "bonus": bool(settings.bonus.rules),
        "negative": bool(settings.negative_list),
        "cycle": settings.cycle is not None,
        "evidence": any(target.rule == "counted_evidence" for target in targets),
    }
    return {"always", *map(sheet_of, targets), *(name for name, there in extra.items() if there)}


def _page(spec: dict[str, Any], catalog: Catalog, targets: list[Target], names: Names) -> Page:
    kind = kinds()[spec["kind"]]
    reports = {"item", "question"} & set(spec["columns"])
    own = tuple(one for one in targets if reports and sheet_of(one) == spec["when"])
    if spec["kind"] == "evidence_due":
        own = tuple(one for one in targets if one.rule == "counted_evidence")
    rules = {rule_of(one) for one in own}
    parts = catalog.rulebook.composition.parts
    columns = tuple(
        name
        for name in spec["columns"]
        if (not own or spec["kind"] == "evidence_due" or _wanted(name, rules))
        and (name != "component" or len(parts) > 1)
        and (name != "site_type" or catalog.site_type_labels)
    )
    entries = tuple(_entry(catalog, one, kind) for one in own)
    lists = _lists(catalog, spec["kind"], own, entries, names)
    choices = {name: lists.get(plan()["choices"].get(name, ""), ()) for name in columns}
    offered = {name: values for name, values in choices.items() if values}
    types = tuple(catalog.site_type_labels.items())
    return Page(kind, spec["file"], columns, own, offered, entries, types)


def _wanted(name: str, rules: set[str]) -> bool:
    needed = plan()["rules"].get(name)
    return needed is None or bool(rules & set(needed))


def _entry(catalog: Catalog, target: Target, kind: Kind) -> str:
    """What to write for a target: its label where that is enough beside the site type, else its id."""
    groups = [group for group, name in target.part.frameworks.items() if name == target.framework.id]
    parts = {target.part.id, "" if len(catalog.rulebook.composition.parts) > 1 else target.part.id}
    types = target.site_types if kind.id == "field" else ()
    asked = itertools.product(groups, parts, types or ("",))
    plain = all(_finds(catalog, target, kind, *one) for one in asked)
    return target.label if plain else target.item_id or target.leaf


def _finds(catalog: Catalog, target: Target, kind: Kind, group: str, part: str, site_type: str) -> bool:
    """Whether the label leads to the target."""
    query = Query(group, part, (target.label,), site_type)
    found = catalog.find(query, kind.method, given=kind.id == "given_scores")
    return isinstance(found, Target) and (found.leaf, found.item_id) == (target.leaf, target.item_id)


def _lists(
    catalog: Catalog, kind: str, targets: tuple[Target, ...], entries: tuple[str, ...], names: Names
) -> dict[str, tuple[str, ...]]:
    """Every list of choices by its name in `template.yml`."""
    rules = [target.node.rule for target in targets]
    settings = catalog.rulebook.settings
    answers = [
        answer for rule in rules if isinstance(rule, AnswerScale) for answer in (*rule.scale, *rule.unclear)
    ]
    lists: dict[str, list[str] | tuple[str, ...]] = {
        "units": names.units,
        "groups": catalog.groups,
        "places": names.places,
        "sites": names.sites,
        "site_types": list(catalog.site_type_labels.values()),
        "components": [part.zh for part in catalog.rulebook.composition.parts],
        "items": entries,
        "results": ["符合", "不符合", "不涉及", "无数据"],
        "grades": [grade for rule in rules if isinstance(rule, Graded) for grade in rule.grades],
        "answers": answers,
        "periods": [one for rule in rules if isinstance(rule, CountedEvidence) for one in rule.periods],
        "causes": _causes(catalog.rulebook),
        **{name: spellings(code) for name, code in _SPELLED.items()},
        "rules": [
            one.zh for one in (settings.bonus.rules if kind == "bonus_claims" else settings.negative_list)
        ],
    }
    return {name: tuple(dict.fromkeys(one for one in found if one)) for name, found in lists.items()}


_SPELLED = {
    "origins": "origin",
    "decisions": "decision",
    "rechecks": "recheck",
    "on_duty": "on_duty",
    "submitted": "submitted",
}


def _causes(rulebook: Rulebook) -> list[str]:
    names = dict.fromkeys(one.causes for one in rulebook.frameworks.values() if one.causes)
    return [cause.zh for name in names for cause in library.vocabulary(name).causes.values()]
