"""A framework as a workbook that an office analyst can edit: one row per node, one per item, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.framework import layout
from analysis.framework.cells import write_cell
from analysis.framework.document import Document, entry_name
from analysis.framework.layout import ITEMS, LISTS, NODES, NOTES, SETTINGS, SOURCES, Sheet
from analysis.framework.model import Framework, Model
from analysis.framework.provenance import Inheritance, Number, Origin
from analysis.framework.workbook_read import read_sheets
from analysis.framework.workbook_style import dress, write_notes
from analysis.paths import written_whole

if TYPE_CHECKING:
    from openpyxl import Workbook
    from pydantic.fields import FieldInfo

Row = dict[str, Any]


def read_workbook(path: Path) -> dict[str, Any]:
    """The raw values of a framework workbook, as a YAML file would give them. Raises FrameworkError."""
    raw: dict[str, Any] = read_sheets(path).raw
    return raw


def read_workbook_document(path: Path) -> Document:
    """The same with the sheet, row and column of every value."""
    return read_sheets(path)


def write_workbook(framework: Framework, path: Path) -> None:
    """Writes the framework; read again it is equal. The file is replaced only when it is complete."""
    from openpyxl import Workbook

    book = Workbook()
    for page in book.worksheets:
        book.remove(page)
    raw = raw_of(framework)
    for sheet in (SETTINGS, *LISTS[:1], ITEMS, *LISTS[1:], SOURCES):
        rows = list(_rows(sheet, raw))
        if rows or sheet in (SETTINGS, NODES, ITEMS, SOURCES):
            _write_sheet(book, sheet, rows)
    write_notes(book, NOTES)
    with written_whole(Path(path)) as part:
        book.save(part)


def _write_sheet(book: Workbook, sheet: Sheet, rows: list[Row]) -> None:
    used = {key for row in rows for key in row}
    always = layout.ALWAYS.get(sheet.en, ("id", "zh", "en"))
    all_columns = layout.columns(sheet)
    wanted = set(all_columns) if sheet in (SETTINGS, SOURCES) else used | set(always) | {"source", "status"}
    columns = [key for key in all_columns if key in wanted]
    page = book.create_sheet(sheet.zh)
    page.append([layout.label(key) for key in columns])
    page.append(columns)
    for row in rows:
        page.append([row.get(key) for key in columns])
    dress(page, columns)


def _rows(sheet: Sheet, raw: Row) -> Iterator[Row]:
    top = Origin().within(raw)
    if sheet == SOURCES:
        yield from ({"key": key, "text": text} for key, text in raw.get("sources", {}).items())
    elif sheet == SETTINGS:
        yield from _setting_rows(raw, top)
    elif sheet == ITEMS:
        yield from _item_rows(raw, top)
    else:
        inherit = Inheritance(raw)
        for entry in _at(raw, sheet.path) or []:
            origin = inherit.above(entry, top) if sheet == NODES else top
            plain = {key: value for key, value in entry.items() if key != "items"}
            yield _row(plain, origin.within(entry))


def _item_rows(raw: Row, top: Origin) -> Iterator[Row]:
    inherit = Inheritance(raw)
    for node in raw["nodes"]:
        origin = inherit.above(node, top).within(node)
        for item in node.get("items", []):
            yield {"node": node["id"], **_row(item, origin.within(item))}


def _setting_rows(raw: Row, top: Origin) -> Iterator[Row]:
    flat = dict(_flat({**raw, "causes": raw.get("causes", "services")}))
    cycle = top.within(_at(raw, ("settings", "cycle")))
    for key in layout.setting_keys():
        if key in flat:
            origin = cycle if key.startswith("settings.cycle.") else top
            yield {"key": key, "value": write_cell(flat[key], layout.form(key), origin)}


def _row(entry: Row, origin: Origin) -> Row:
    return {key: write_cell(value, layout.form(key), origin) for key, value in _flat(entry)}


def _flat(block: Row, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in block.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict) and layout.form(name) not in ("numbers", "lists"):
            yield from _flat(value, f"{name}.")
        else:
            yield name, value


def _at(raw: Any, path: Sequence[str]) -> Any:
    for step in path:
        raw = raw.get(step) if isinstance(raw, dict) else None
    return raw


def raw_of(framework: Framework) -> Row:
    """A framework as the file that says it: every number with its provenance, defaults left out."""
    known = {n.where: Number(float(n.value), n.source, n.status) for n in framework.numbers}
    return {
        key: value for key, value in _raw(framework, "", known).items() if key not in ("numbers", "digest")
    }


def _raw(block: Model, path: str, known: dict[str, Number]) -> Row:
    found: Row = {}
    for name, field in type(block).model_fields.items():
        value, where = getattr(block, name), f"{path}{name}"
        if where in known:
            found[name] = known[where]
        elif _said(field, value, where, known) or name == "joint":
            found[name] = _raw_value(value, where, known)
    return found


def _said(field: FieldInfo, value: Any, where: str, known: dict[str, Number]) -> bool:
    """Whether the file says it: it is no default, or a number inside it was written."""
    changed = field.is_required() or value != field.get_default(call_default_factory=True)
    return changed or any(number.startswith(f"{where}.") for number in known)


def _raw_value(value: Any, where: str, known: dict[str, Number]) -> Any:
    if isinstance(value, Model):
        return _raw(value, f"{where}.", known)
    if isinstance(value, dict):
        return {key: known.get(f"{where}.{key}", part) for key, part in value.items()}
    if isinstance(value, tuple):
        return [_raw_entry(part, where, i, known) for i, part in enumerate(value)]
    return value


def _raw_entry(part: Any, where: str, index: int, known: dict[str, Number]) -> Any:
    if not isinstance(part, Model):
        return part
    return _raw(part, f"{where}.{entry_name({'id': getattr(part, 'id', None)}, index)}.", known)
