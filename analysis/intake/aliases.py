"""`aliases.yml` beside a round: other names of units, places, sites and site types, written down by hand."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import yaml

from analysis.errors import Problem
from analysis.intake import messages as say
from analysis.intake.kinds import key
from analysis.intake.register import near
from analysis.intake.sheet import Sheet
from analysis.intake.values import clean

FILE = "aliases.yml"
FIELDS = {"units": "unit", "places": "place", "sites": "site", "site_types": "site_type"}
"""Section of the file to the field it is about."""
_LISTED_IN = {"units": ("units",), "places": ("places", "sites"), "sites": ("sites",)}
"""Kinds of sheet that list the names of a section."""


def apply_aliases(folder: Path, sheets: list[Sheet], problems: list[Problem]) -> None:
    """Put the name in place of every alias in the sheets, each with a notice.

    Nothing is replaced when the file is wrong in any place.
    """
    path = folder / FILE
    if not path.is_file():
        return
    faults: list[Problem] = []
    names = _names(path, faults)
    for section, aliases in names.items() if not faults else ():
        _refuse_unknown(section, aliases, sheets, faults)
    problems += faults
    for sheet in sheets if not faults else ():
        for section, field in FIELDS.items():
            if field in sheet.columns and names[section]:
                _replace(sheet, sheet.columns[field], names[section])


def _names(path: Path, faults: list[Problem]) -> dict[str, dict[str, str]]:
    """Section to alias (as it is compared) to name."""
    found: dict[str, dict[str, str]] = {section: {} for section in FIELDS}
    for section, entries in _loaded(path, faults).items():
        if section not in FIELDS or not isinstance(entries, dict):
            known = "、".join(FIELDS)
            _fault(faults, section, f"没有“{section}”这一节，允许：{known}", f"no such section: {known}")
            continue
        for name, aliases in entries.items():
            if not isinstance(aliases, list) or not all(isinstance(one, str) for one in aliases):
                _fault(faults, str(name), f"“{name}”应为别名的列表", f"{name!r} needs a list of aliases")
                continue
            for alias in aliases:
                _add(found[section], str(name), alias, faults)
    for section, aliases in found.items():
        chained = [name for name in aliases.values() if aliases.get(key(name), name) != name]
        for name in dict.fromkeys(chained):
            _fault(faults, name, f"“{name}”既是正名又是别名（{section}）", f"{name!r} is a name and an alias")
    return found


def _add(aliases: dict[str, str], name: str, alias: str, faults: list[Problem]) -> None:
    before = aliases.setdefault(key(alias), name)
    if before != name:
        zh, en = f"“{alias}”同时是“{before}”和“{name}”的别名", f"{alias!r} stands for {before!r} and {name!r}"
        _fault(faults, alias, zh, en)


def _refuse_unknown(
    section: str, aliases: dict[str, str], sheets: list[Sheet], faults: list[Problem]
) -> None:
    """A fault for every name that no register of the round lists, under itself or an alias."""
    field = FIELDS[section]
    lists = [
        sheet for sheet in sheets if sheet.kind.id in _LISTED_IN.get(section, ()) and field in sheet.columns
    ]
    listed = {clean(cell) for sheet in lists for cell in sheet.body[:, sheet.columns[field]]} - {""}
    known = {key(aliases.get(key(name), name)) for name in listed}
    for name in dict.fromkeys(aliases.values()) if listed else ():
        if key(name) not in known:
            close = near(name, listed)
            zh, en = (
                f"“{name}”不在名册中（{section}）",
                f"{name!r} is in no register of the round ({section})",
            )
            _fault(
                faults, name, f"{zh}。{close['near_zh']}".rstrip("。"), f"{en}.{close['near_en']}".rstrip(".")
            )


def _loaded(path: Path, faults: list[Problem]) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8-sig"))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
        detail = " ".join(str(error).split())
        _fault(faults, "", f"不是 YAML（UTF-8）：{detail}", f"not YAML in UTF-8: {detail}")
        return {}
    if data is not None and not isinstance(data, dict):
        _fault(faults, "", "应按“节: {正名: [别名]}”书写", "should hold `section: {name: [aliases]}`")
        return {}
    return data or {}


def _fault(faults: list[Problem], value: str, zh: str, en: str) -> None:
    faults.append(say.BAD_ALIASES.problem(FILE, value=value, detail_zh=zh, detail_en=en))


def _replace(sheet: Sheet, position: int, names: dict[str, str]) -> None:
    column = sheet.body[:, position]
    changed = column.table(lambda cell: cell != "" and key(cell) in names)
    found = Counter(clean(cell) for cell in column[changed])
    for alias, n in found.items():
        words: dict[str, Any] = {"value": alias, "name": names[key(alias)], "n": n}
        if key(alias) != key(names[key(alias)]):
            header = sheet.header[position]
            sheet.problems.append(say.ALIAS.problem(sheet.file, sheet.name, column=header, **words))
    sheet.body[:, position] = column.mapped(lambda cell: names.get(key(cell), cell) if cell != "" else cell)
