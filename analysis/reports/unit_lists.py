"""One workbook per responsible unit: what it lost (失分清单), and what it is to put right (整改交办单)."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import numpy as np
import pandas as pd

from analysis.errors import Lang
from analysis.intake.sheets.marks import NOT_DATA
from analysis.intake.words.kinds import kinds
from analysis.reports.files import save_workbook, write_together
from analysis.reports.index import UNITS_CARD
from analysis.reports.outputs import write_json
from analysis.reports.sheets import add_table, new_book
from analysis.reports.unit_tables import lines
from analysis.tables import ROLES

if TYPE_CHECKING:
    from analysis.reports.material import Material

_LISTED = (
    "unit", "place", "site_type", "site", "item", "label", "standard", "note", "cause", "points_lost",
    "roles", "share", "own", "n", "gain", "rank_now", "rank_then", "picture", "source_file",
    "source_sheet", "source_row",
)  # fmt: skip
_TODO = (
    "unit", "site", "item_code", "note", "territory", "found", "assigned", "due", "fixed", "rechecked",
    "recheck", "closed", "finder",
)  # fmt: skip
_FORMATS = {"points_lost": "0.0000", "own": "0.0000", "gain": "0.0000", "share": "0.00%"}
_WHOLE = ("n", "rank_now", "rank_then", "source_row")
_ADDRESS = re.compile(r"https?://[^\s\"<>\\^`{|}\x00-\x20]{1,2000}", re.IGNORECASE)
_UNSAFE = re.compile(r'[\\/:*?"<>|\x00-\x1f]')
_LONGEST = 60
_AT_ONCE = 8
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Book:
    """The two tables of one unit as they are written, headers and words included; `links` of the losses."""

    name: str
    losses: pd.DataFrame
    todo: pd.DataFrame
    sheets: tuple[str, str]
    title: str
    formats: dict[str, str]
    links: dict[str, list[str]]


def write_unit_lists(
    material: Material, folder: Path, made_from: dict, workers: int = 2, progress: Progress | None = None
) -> list[Path]:
    """The workbooks written into `folder`, one per responsible unit; `progress` is told (done, all).

    The card beside them is written last and names them; lists of units that no longer answer are removed.
    """
    books = list(unit_books(material, folder))
    before = listed(folder)
    folder.mkdir(parents=True, exist_ok=True)
    _write_all(books, folder, workers, progress or (lambda done, total: None))
    names = [book.name for book in books]
    for old in set(before) - set(names):
        (folder / old).unlink(missing_ok=True)
    write_together(
        folder, {UNITS_CARD: lambda path: write_json({"made_from": made_from, "files": names}, path)}
    )
    return [folder / name for name in names]


def listed(folder: Path) -> list[str]:
    """The names of the lists that the card in `folder` tells of."""
    path = folder / UNITS_CARD
    if not path.is_file():
        return []
    return [Path(name).name for name in json.loads(path.read_text(encoding="utf-8"))["files"]]


def _write_all(books: list[Book], folder: Path, workers: int, progress: Progress) -> None:
    parts = [books[at : at + _AT_ONCE] for at in range(0, len(books), _AT_ONCE)]
    done = 0
    if workers < 2 or len(parts) < 2:
        for part in parts:
            done += write_books(part, folder)
            progress(done, len(books))
        return
    with ProcessPoolExecutor(workers) as pool:
        for finished in as_completed(pool.submit(write_books, part, folder) for part in parts):
            done += finished.result()
            progress(done, len(books))


def write_books(books: list[Book], folder: Path) -> int:
    """How many workbooks were written."""
    for book in books:
        write_together(folder, {book.name: partial(_save, book)})
    return len(books)


def _save(book: Book, path: Path) -> None:
    save_workbook(_workbook(book), path)


def _workbook(book: Book):  # type: ignore[no-untyped-def] # openpyxl has no types
    found = new_book()
    add_table(found, book.sheets[0], book.losses, NOT_DATA, book.title, book.formats, book.links)
    if len(book.todo):
        add_table(found, book.sheets[1], book.todo, formats=book.formats)
    return found


def unit_books(material: Material, folder: Path) -> Iterator[Book]:
    """The tables of every responsible unit that lost points; `folder` is where the books will stand."""
    table = lines(material)
    pictures = {text: _link(material, text, folder) for text in table["picture"].unique()}
    targets = table["picture"].map(pictures)
    todo, losses = _todo(material, table), _losses(material, table)
    chosen = todo.pop("listed").to_numpy()
    sheets = (material.say("sheet_unit_losses"), material.say("sheet_unit_todo"))
    headers = dict(zip(_LISTED, losses.columns, strict=True))
    formats = {headers[name]: code for name, code in _FORMATS.items()} | {headers[n]: "0" for n in _WHOLE}
    formats |= dict.fromkeys(todo.columns[todo.dtypes == "datetime64[us]"], "yyyy-mm-dd")
    names: set[str] = set()
    for unit, at in table.groupby("responsible_unit", sort=False).indices.items():
        title = _title(material, str(unit), table.iloc[at])
        mine = todo.iloc[at[chosen[at]]].drop_duplicates(ignore_index=True)
        name = _file_name(str(unit), names)
        links = {headers["picture"]: targets.iloc[at].to_list()}
        yield Book(name, losses.iloc[at].reset_index(drop=True), mine, sheets, title, formats, links)


def _title(material: Material, unit: str, rows: pd.DataFrame) -> str:
    said = material.say(
        "unit_losses_note", unit=unit, points=f"{rows['own'].sum():.4f}", n=f"{rows['n'].sum():,}"
    )
    return " ".join([f"{material.title} · {said}", *material.banners])


def _link(material: Material, picture: str, folder: Path) -> str:
    """Where a picture's link leads: its address, or the path from the folder of the lists to a file of the
    round. Empty for everything else (other programs, other folders, text), which is shown but not linked."""
    if _ADDRESS.fullmatch(picture):
        return picture
    home = material.round.folder.resolve()
    try:
        path = (home / picture.replace("\\", "/")).resolve()
        if not picture or not path.is_relative_to(home) or not path.is_file():
            return ""
        return quote(Path(os.path.relpath(path, folder.resolve())).as_posix())
    except (OSError, ValueError):
        return ""


def _losses(material: Material, table: pd.DataFrame) -> pd.DataFrame:
    """The lost points in words, under the headers of the list."""
    labels = material.labels
    shown = table[list(_LISTED)].copy()
    shown["site_type"] = _mapped(shown["site_type"], lambda key: labels("site_type", key))
    shown["cause"] = _mapped(shown["cause"], lambda key: _joined(material, "cause", key))
    shown["roles"] = _mapped(shown["roles"], lambda key: _joined(material, "role", key))
    shown["note"] = _findings(material, table)
    return shown.set_axis([material.say_column(f"list_{name}") for name in _LISTED], axis=1)


def _mapped(column: pd.Series, say: Callable[[str], str]) -> pd.Series:
    return column.map({key: say(key) for key in column.unique()})


def _joined(material: Material, kind: str, keys: str) -> str:
    return material.join(material.labels(kind, key) for key in keys.split("|") if key)


def _findings(material: Material, table: pd.DataFrame) -> list[str]:
    """What was found: the text of the workbook, else the check that was not kept, or the answers."""
    said = []
    for note, asked, n, label, cause in zip(
        table["note"], table["asked"], table["n"], table["label"], table["cause"], strict=True
    ):
        why = _joined(material, "cause", cause)
        said.append(
            note or material.say("answers_below" if asked else "check_failed", n=n, label=label, why=why)
        )
    return said


def _todo(material: Material, table: pd.DataFrame) -> pd.DataFrame:
    """What is to be put right, under the headers of a rectification ledger, and which lines are `listed`.

    Answers of respondents and what nobody can fix are not assigned. What several units answer for is
    assigned once, to the one with the largest share (the territory first): it comes back once.
    """
    fields = kinds()["rectifications"].fields
    columns = {
        "unit": table["unit"],
        "site": table["site"],
        "item_code": table["item"].where(table["item"] != "", table["leaf"]),
        "note": _findings(material, table),
        "territory": table["responsible_unit"],
        "found": table["found"].astype("datetime64[us]"),
        "assigned": np.full(len(table), np.datetime64(material.round.info.date), dtype="datetime64[us]"),
    }
    frame = pd.DataFrame({name: columns.get(name, "") for name in _TODO})
    headers = [_header(name, fields[name].zh, material.lang) for name in _TODO]
    listed = ~table["asked"].to_numpy(dtype=bool) & table["gain"].notna().to_numpy() & _first_in_line(table)
    return frame.set_axis(headers, axis=1).assign(listed=listed)


def _first_in_line(table: pd.DataFrame) -> np.ndarray:
    """The one of several units answering for a finding that is to put it right."""
    role = table["roles"].str.split("|").str[0].map({name: at for at, name in enumerate(ROLES)})
    order = table.assign(place_in_line=role).sort_values(
        ["share", "place_in_line", "responsible_unit"], ascending=[False, True, True]
    )
    first = order.drop_duplicates(["unit", "site", "leaf", "item", "note", "found", "cause"])
    return table.index.isin(first.index)


def _header(name: str, zh: str, lang: Lang) -> str:
    if lang == "zh":
        return zh
    return {"item_code": "item", "territory": "responsible_unit"}.get(name, name)


def _file_name(unit: str, taken: set[str]) -> str:
    """A name that every file system takes, different for every unit."""
    plain = _UNSAFE.sub("_", unit).strip(". ")[:_LONGEST] or "_"
    name, n = plain, 1
    while name.casefold() in taken:
        n += 1
        name = f"{plain} ({n})"
    taken.add(name.casefold())
    return f"{name}.xlsx"
