"""Who and where: units with their groups, places, sites; names in rows resolved to them."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from analysis.intake.files.coded import Coded, numbered, objects
from analysis.intake.sheets.sheet import Rows
from analysis.intake.words import messages
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, plain_key
from analysis.tables import ROLES


class Site(NamedTuple):
    """One site of the register."""

    name: str
    site_type: str
    place: str
    origin: str
    duties: tuple[str, ...]


_LIKE_DATE = re.compile(r"\d{4}-\d\d-\d\d$")
_BECAME_DATE = (
    "单元格里是日期：1-2 这样的编号输入时会变成日期，请先把该列设为文本格式再填。",
    " The cell holds a date: what is typed as 1-2 becomes one unless the column is set to text first.",
)
NOWHERE = Site("", "", "", "", ("",) * len(ROLES))


@dataclass
class Register:
    """Names known to the round. `open`: there is no sheet of units, names in the data are taken."""

    units: dict[str, str] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    places: dict[str, dict[str, str]] = field(default_factory=dict)
    sites: dict[tuple[str, str], Site] = field(default_factory=dict)
    open: bool = False

    def group(self, unit: str) -> str:
        return self.groups.get(unit, "default")

    def add_place(self, unit: str, place: str) -> None:
        if place:
            self.places.setdefault(unit, {}).setdefault(key(place), place)


def combined(columns: Iterable[Coded], convert: Callable[..., Any]) -> tuple[np.ndarray, np.ndarray]:
    """`convert(a, b, ...)` for every distinct combination of the columns: codes per row, and the values."""
    parts = [column.distinct() for column in columns]
    codes = together(parts)
    first = np.empty(int(codes.max(initial=-1)) + 1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    cells = [part.values[part.codes[first]].tolist() for part in parts]
    return codes, objects(map(convert, *cells))


def together(columns: Iterable[Coded]) -> np.ndarray:
    """One code per row, the same for rows with the same cells in every column, numbered as they come."""
    codes: np.ndarray | None = None
    for column in columns:
        part = column.distinct()
        if codes is None or len(part.values) > 1:
            codes = numbered(part.codes if codes is None else codes * len(part.values) + part.codes)[0]
    assert codes is not None
    return codes


def near(value: str, known: Iterable[str], cutoff: float = 0.5) -> dict[str, str]:
    """Words for a message: the known names as close to a value as `cutoff` (of 1), or standing in it."""
    if _LIKE_DATE.match(value):
        return dict(zip(("near_zh", "near_en"), _BECAME_DATE, strict=True))
    names = {key(name).lower(): name for name in known}
    plain = key(value).lower()
    inside = [name for one, name in names.items() if len(one) > 1 and one in plain]
    alike = [names[one] for one in difflib.get_close_matches(plain, list(names), 3, cutoff)]
    close = list(dict.fromkeys((*alike, *inside)))[:3]
    if not close:
        return {"near_zh": "", "near_en": ""}
    return {"near_zh": f"是否指：{'、'.join(close)}？", "near_en": f" Close to: {', '.join(close)}."}


def near_words(values: Coded, mask: np.ndarray, known: Iterable[str]) -> dict[str, Any]:
    """`near` for the rows of `mask`, aligned with the rows."""
    empty = {"near_zh": "", "near_en": ""}
    if not mask.any():
        return empty
    names = list(known)
    found = {value: near(str(value), names) for value in set(values[mask])}
    words = values.mapped(lambda value: found.get(value, empty))
    return {word: words.mapped(itemgetter(word)) for word in empty}


def resolve_units(rows: Rows, register: Register) -> Coded:
    """The unit of every row by its name in the sheet of units; rows of unknown units are put aside."""
    printed = rows.required("unit")
    if register.open:
        for name in dict.fromkeys(printed[rows.ok]):
            register.units.setdefault(key(name), name)
    found = printed.mapped(lambda name: register.units.get(key(name), ""))
    unknown = rows.ok & (found == "")
    rows.reject(unknown, "unit", say.UNKNOWN_UNIT, **near_words(printed, unknown, register.units.values()))
    _note_variants(rows, printed, found)
    return found


def _note_variants(rows: Rows, printed: Coded, found: Coded) -> None:
    """A notice for every name that is another one but for traditional characters or variants."""
    _, pairs = combined([printed, found], lambda name, unit: (name, unit))
    for name, unit in pairs:
        if unit and plain_key(name) != plain_key(unit):
            n = len({int(at) for at in rows.at[printed == name]})
            sheet, header = rows.sheet, rows.headers["unit"]
            column = header if isinstance(header, str) else name
            notice = messages.VARIANT.problem(
                sheet.file, sheet.name, column=column, value=name, name=unit, n=n
            )
            if notice not in sheet.problems:
                sheet.problems.append(notice)


def resolve_places(rows: Rows, register: Register, unit: Coded) -> Coded:
    """The place of every row ('' for none); where the places of a unit are known, others are put aside."""
    printed = rows.text("place")
    if not rows.has("place") or not len(printed):
        return printed

    def convert(owner: str, place: str) -> str | None:
        known = register.places.get(owner)
        return place if not place or known is None else known.get(key(place))

    codes, names = combined([unit, printed], convert)
    found = Coded(codes, names)
    unknown = rows.ok & (found == None)  # noqa: E711 - elementwise
    known = [name for group in register.places.values() for name in group.values()]
    rows.reject(unknown, "place", say.UNKNOWN_PLACE, unit=unit, **near_words(printed, unknown, known))
    return found.mapped(lambda name: name or "")


def resolve_sites(rows: Rows, register: Register, unit: Coded) -> tuple[np.ndarray, list[Site]]:
    """The site of every row as codes into a list of sites; rows of unknown sites are put aside.

    Without a register the name stands for itself, and the row says the rest.
    """
    printed = rows.text("site")

    def convert(owner: str, name: str) -> Site | None:
        if not name:
            return NOWHERE
        if not register.sites:
            return NOWHERE._replace(name=name)
        return register.sites.get((owner, key(name)))

    if not len(printed):
        return np.zeros(0, dtype=np.int64), []
    codes, sites = combined([unit, printed], convert)
    missing = np.array([site is None for site in sites], dtype=bool)
    unknown = rows.ok & missing[codes]
    elsewhere = _elsewhere(register, set(printed[unknown])) if unknown.any() else {}
    apart = unknown & printed.table(lambda name: key(name) in elsewhere)
    owners = printed.mapped(lambda name: elsewhere.get(key(name), ""))
    rows.reject(apart, "site", say.SITE_OF_OTHER, unit=unit, owner=owners)
    rest, names = unknown & ~apart, [site.name for site in register.sites.values()]
    rows.reject(rest, "site", say.UNKNOWN_SITE, unit=unit, **near_words(printed, rest, names))
    return codes, [site or NOWHERE for site in sites]


def _elsewhere(register: Register, names: set[str]) -> dict[str, str]:
    """The units that have a site of such a name, by its name as it is compared."""
    wanted, found = {key(name) for name in names}, dict[str, list[str]]()
    for unit, name in register.sites:
        if name in wanted:
            found.setdefault(name, []).append(unit)
    return {name: "、".join(units) for name, units in found.items()}


def column(codes: np.ndarray, values: list[Any]) -> Coded:
    """The column of a list by its positions; -1 is the last."""
    return Coded(np.where(codes < 0, len(values) - 1, codes), objects(values))
