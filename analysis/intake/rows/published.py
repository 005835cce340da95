"""Published results: every number a bulletin printed, one row each; totals that are also scores."""

from __future__ import annotations

from analysis.framework.model import GivenScore
from analysis.intake.files.coded import Coded, Columns, under
from analysis.intake.rows.catalog import Catalog, Target
from analysis.intake.rows.plain import frame, reject_states
from analysis.intake.rows.register import Register
from analysis.intake.sheets.sheet import Rows, Sheet
from analysis.intake.sheets.values import number, rank, text
from analysis.intake.words import row_messages as say
from analysis.intake.words.kinds import key, measure_of, node_keys

NAMES = ("unit", "category", "group", "issue")


def numbers_of(sheet: Sheet) -> dict[int, str]:
    """Position of every column of printed numbers, and what it measures."""
    fixed = {sheet.columns[name]: name for name in ("rank", "total") if name in sheet.columns}
    wide = {} if sheet.kind.wide != "published" else sheet.wide
    return fixed | {position: measure_of(sheet.header[position]) for position in wide}


def published(sheet: Sheet) -> Columns:
    """One row per printed number: measure, unit (or category), group, name (the header), value, printed.

    A percentage is the number before the sign. Cells that hold no number put their row aside.
    """
    rows = sheet.rows()
    named = next(name for name in NAMES if rows.has(name))
    named = "category" if named == "group" and rows.has("category") else named
    unit = rows.required(named)
    group = rows.text("group" if named != "group" else "")
    tables = [
        _column(rows, position, measure, unit, group)
        for position, measure in sorted(numbers_of(sheet).items())
    ]
    return under(tables) if tables else frame(rows, {})


def _column(rows: Rows, position: int, measure: str, unit: Coded, group: Coded) -> Columns:
    sheet = rows.sheet
    header = sheet.header[position]
    name = f"column {position}"
    rows.cells[name], rows.headers[name] = sheet.body[:, position], header
    reader = rank if measure == "rank" else lambda cell: number(cell)[:2]
    value = reject_states(rows, name, reader, say.NOT_A_RANK if measure == "rank" else say.NOT_A_NUMBER)
    columns = {
        "measure": Coded.all(measure, len(rows)),
        "unit": unit,
        "group": group,
        "name": Coded.all(header, len(rows)),
        "value": value,
        "printed": text(rows.cells[name]),
        "issue": rows.text("issue"),
    }
    return frame(rows, columns)


def learn_units(sheet: Sheet, register: Register) -> None:
    """Take units and their groups from a published table, where there is no sheet of units."""
    rows = sheet.rows()
    if not register.open or not rows.has("unit"):
        return
    unit, group = rows.text("unit"), rows.text("group")
    pairs = set(zip(unit[rows.ok], group[rows.ok], strict=True))
    for name in dict.fromkeys(unit[rows.ok]):
        register.units.setdefault(key(name), name)
        own = {found for owner, found in pairs if owner == name}
        if len(own) == 1 and own != {""}:
            register.groups.setdefault(name, own.pop())


def as_scores(sheet: Sheet, catalog: Catalog) -> Sheet | None:
    """The same sheet as given scores, where the framework of a component is nothing but a given total.

    A total stands for the only component; a column named like a component (or its root) stands for that one.
    """
    roots = _given_roots(catalog)
    if not roots or "unit" not in sheet.columns:
        return None
    wide: dict[int, str] = {}
    for position, measure in numbers_of(sheet).items():
        names = node_keys(sheet.header[position])
        target = next((roots[name] for name in names if name in roots), None)
        if target is None and measure == "total" and len(catalog.rulebook.composition.parts) == 1:
            target = next(iter(roots.values()))
        if target is not None and measure in ("total", "part"):
            wide[position] = target.leaf
    if not wide:
        return None
    from analysis.intake.words.kinds import kinds

    header = [wide.get(position, name) for position, name in enumerate(sheet.header)]
    columns = {"unit": sheet.columns["unit"]}
    twin = Sheet(
        sheet.file, sheet.name, kinds()["given_scores_wide"], header, sheet.body, sheet.numbers, columns, wide
    )
    twin.bad, twin.problems, twin.reasons = sheet.bad, sheet.problems, sheet.reasons
    return twin


def _given_roots(catalog: Catalog) -> dict[str, Target]:
    """Roots that are given scores, by the keys of their names."""
    found: dict[str, Target] = {}
    for part in catalog.rulebook.composition.parts:
        for framework_id in part.frameworks.values():
            framework = catalog.rulebook.frameworks[framework_id]
            if isinstance(framework.root.rule, GivenScore):
                target = Target(part, framework, framework.root)
                names = (part.id, part.zh, part.en, framework.root.id, framework.root.zh)
                found.update({key(name): target for name in names})
    return found
