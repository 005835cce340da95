"""`aliases.yml` beside a round: other names of units, places, sites and site types, written down by hand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from analysis.errors import Problem
from analysis.intake import yamlfile
from analysis.intake.files.coded import Coded
from analysis.intake.rows.forms import unit_and_field
from analysis.intake.rows.register import near
from analysis.intake.sheets.sheet import Sheet
from analysis.intake.sheets.values import clean
from analysis.intake.words import messages as say
from analysis.intake.words.kinds import key

FILE = "aliases.yml"
FIELDS = {"units": "unit", "places": "place", "sites": "site", "site_types": "site_type"}
"""Section of the file to the field it is about."""
_LISTED_IN = {"units": ("units",), "places": ("places", "sites"), "sites": ("sites",)}
"""Kinds of sheet that list the names of a section."""


Names = dict[str, dict[str, str]]
"""Section of the file to alias (as it is compared) to name."""


def read_aliases(folder: Path, problems: list[Problem]) -> Names:
    """The aliases of a round; none when the file is wrong in any place."""
    path = folder / FILE
    faults: list[Problem] = []
    names = _names(path, faults) if path.is_file() else {}
    problems += faults
    return {} if faults else names


def apply_aliases(names: Names, sheets: list[Sheet], problems: list[Problem]) -> None:
    """Put the name in place of every alias in the sheets, each with a notice.

    Nothing is replaced when an entry does not suit the registers of the round.
    """
    faults: list[Problem] = []
    for section, aliases in names.items():
        _refuse_unknown(section, aliases, sheets, faults)
        _refuse_listed(section, aliases, sheets, faults)
    problems += faults
    for sheet in sheets if names and not faults else ():
        for section, field in FIELDS.items():
            if field in sheet.columns and names[section]:
                _replace(sheet, sheet.columns[field], names[section])
        if sheet.kind.wide == "units":
            _replace_headers(sheet, names["units"])


def _names(path: Path, faults: list[Problem]) -> Names:
    found: Names = {section: {} for section in FIELDS}
    for section, entries in _loaded(path, faults).items():
        if section not in FIELDS:
            known = "、".join(FIELDS)
            _fault(faults, section, f"没有“{section}”这一节，允许：{known}", f"no such section: {known}")
        elif entries is not None and not isinstance(entries, dict):
            zh = f"“{section}”下应按“正名: [别名]”书写"
            _fault(faults, section, zh, f"{section!r} should hold `name: [aliases]`")
        for name, aliases in entries.items() if section in FIELDS and isinstance(entries, dict) else ():
            for alias in _listed(name, aliases, faults):
                _add(found[section], name, alias, faults)
    _refuse_chains(found, faults)
    return found


def _listed(name: Any, aliases: Any, faults: list[Problem]) -> list[str]:
    """The aliases of a name, where both are texts."""
    unquoted = [one for one in (name, *(aliases if isinstance(aliases, list) else ())) if not _is_text(one)]
    for one in unquoted:
        zh, en = f"“{one}”请加引号，写成文本", f"{one!r} must be text: put it into quotes"
        if isinstance(one, str):
            zh, en = "有空的名称", "there is an empty name"
        _fault(faults, str(one), zh, en)
    if not isinstance(aliases, list):
        _fault(faults, str(name), f"“{name}”应为别名的列表", f"{name!r} needs a list of aliases")
    return [] if unquoted or not isinstance(aliases, list) else aliases


def _is_text(one: Any) -> bool:
    return isinstance(one, str) and bool(key(one))


def _refuse_chains(found: Names, faults: list[Problem]) -> None:
    """A fault for every name that is itself an alias of another one."""
    for section, aliases in found.items():
        chained = [name for name in aliases.values() if aliases.get(key(name), name) != name]
        for name in dict.fromkeys(chained):
            _fault(faults, name, f"“{name}”既是正名又是别名（{section}）", f"{name!r} is a name and an alias")


def _add(aliases: dict[str, str], name: str, alias: str, faults: list[Problem]) -> None:
    before = aliases.setdefault(key(alias), name)
    if before != name:
        zh, en = f"“{alias}”同时是“{before}”和“{name}”的别名", f"{alias!r} stands for {before!r} and {name!r}"
        _fault(faults, alias, zh, en)


def _refuse_unknown(
    section: str, aliases: dict[str, str], sheets: list[Sheet], faults: list[Problem]
) -> None:
    """A fault for every name that no register of the round lists, under itself or an alias."""
    listed = {name for _, name in _registered(section, sheets)}
    known = {key(aliases.get(key(name), name)) for name in listed}
    for name in dict.fromkeys(aliases.values()) if listed else ():
        if key(name) not in known:
            close = near(name, listed)
            zh, en = (
                f"“{name}”不在名册中（{section}）",
                f"{name!r} is in no register of the round ({section})",
            )
            _fault(faults, name, f"{zh}。{close['near_zh']}", f"{en}.{close['near_en']}")


def _refuse_listed(section: str, aliases: dict[str, str], sheets: list[Sheet], faults: list[Problem]) -> None:
    """A fault for every alias that the register lists as another one beside its name."""
    listed = {(key(owner), key(name)): name for owner, name in _registered(section, sheets)}
    for (owner, alias), printed in listed.items():
        name = aliases.get(alias, printed)
        if key(name) != alias and (owner, key(name)) in listed:
            zh = f"“{printed}”和“{name}”在名册中各有一行，不能是别名（{section}）"
            en = f"{printed!r} and {name!r} both have a row in the register, so one is no alias ({section})"
            _fault(faults, printed, zh, en)


def _registered(section: str, sheets: list[Sheet]) -> Iterator[tuple[str, str]]:
    """What the registers of the round list, each with the unit it belongs to ('' for a unit itself)."""
    field = FIELDS[section]
    for sheet in sheets:
        if sheet.kind.id in _LISTED_IN.get(section, ()) and field in sheet.columns:
            names = sheet.body[:, sheet.columns[field]].mapped(clean)
            owners = Coded.all("", len(names))
            if section != "units" and "unit" in sheet.columns:
                owners = sheet.body[:, sheet.columns["unit"]].mapped(clean)
            yield from (pair for pair in zip(owners, names, strict=True) if pair[1])


def _loaded(path: Path, faults: list[Problem]) -> dict[str, Any]:
    try:
        data = yamlfile.load(path)
    except yamlfile.YamlError as error:
        _fault(faults, error.value, error.zh, error.en)
        return {}
    if data is not None and not isinstance(data, dict):
        _fault(faults, "", "应按“节: {正名: [别名]}”书写", "should hold `section: {name: [aliases]}`")
        return {}
    return data or {}


def _fault(faults: list[Problem], value: str, zh: str, en: str) -> None:
    zh, en = (
        text if text.endswith(("。", "？", ".")) else text + end for text, end in ((zh, "。"), (en, "."))
    )
    faults.append(say.BAD_ALIASES.problem(FILE, value=value, detail_zh=zh, detail_en=en))


def _replace_headers(sheet: Sheet, names: dict[str, str]) -> None:
    """The name in place of the alias in what a unit's column stands for; its header stays as it is."""
    for at, header in sheet.wide.items():
        unit, field = unit_and_field(header)
        if key(unit) in names:
            sheet.wide[at] = f"{names[key(unit)]}/{field}"
            sheet.problems.append(
                say.ALIAS.problem(
                    sheet.file, sheet.name, column=sheet.header[at],
                    value=unit, name=names[key(unit)], n=len(sheet.numbers),
                )
            )  # fmt: skip


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
