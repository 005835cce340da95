"""Imports inside the package follow one direction, and functions and modules stay short."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "analysis"
MODULES = sorted(PACKAGE.rglob("*.py"))

ORDER = (
    "errors", "paths", "tables", "validation", "framework", "intake", "scoring", "inference", "results",
    "simulation", "plots", "reports", "demo", "facade", "pipeline", "cli", "__main__",
)  # fmt: skip
FOUNDATION = {"errors", "paths", "tables"}
ONLY = {
    "errors": set(),
    "paths": {"errors"},
    "tables": {"errors"},
    "validation": {"errors", "tables"},
    "inference": {"errors"},
    "plots": FOUNDATION,
    "demo": FOUNDATION | {"framework"},
}
FACADE = "analysis"
MAY_ALSO = {"pipeline": {"demo"}, "cli": {"demo", FACADE}, "__main__": {"demo", FACADE}}

FOLDERS = {"intake": ("words", "files", "sheets", "rows", "copies", "templates")}
"""Folders of large rooms: each may import those before it, and the modules beside the folders."""

Function = ast.FunctionDef | ast.AsyncFunctionDef
LONGEST_FUNCTION = 45
LONGEST_MODULE = 400
DECLARATIONS = (PACKAGE / "tables.py", PACKAGE / "framework" / "model.py")
"""Lists of columns and fields rather than code: long, and better read in one place."""


def room_of(module: str) -> str:
    """`analysis.plots.theme` -> `plots`; the package itself -> `analysis`."""
    return (module.split(".") + [FACADE])[1]


def allowed(room: str) -> set[str]:
    if room == FACADE:
        return set(ORDER)
    above = ONLY.get(room, set(ORDER[: ORDER.index(room)]) - {"demo"}) | {room}
    return above | MAY_ALSO.get(room, set())


def imported(tree: ast.AST, module: str) -> Iterator[tuple[int, str]]:
    """Line and full name of every module of the package that is imported, at any depth of the code."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(module.split(".")[: -node.level]) if node.level else ""
            start = ".".join(part for part in (base, node.module) if part)
            is_package = start == FACADE
            for alias in node.names:
                known = is_package and alias.name in ORDER
                yield node.lineno, f"{start}.{alias.name}" if known else start
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
            yield from ((node.lineno, str(name)) for name in names)


def forbidden(code: str, module: str) -> list[str]:
    """Every import of `code` (the text of `module`) that goes against the direction of the rooms."""
    room = room_of(module)
    found = [(line, name) for line, name in imported(ast.parse(code), module) if name.split(".")[0] == FACADE]
    return [
        f"{module}, line {line}: {room} must not import {name}"
        for line, name in found
        if room_of(name) not in allowed(room)
    ]


def against_the_folders(code: str, module: str) -> list[str]:
    """Every import of `code` from a folder of its room that comes after its own."""
    _, room, own, *_ = *module.split("."), "", ""
    folders = FOLDERS.get(room, ())
    later = folders[folders.index(own) + 1 :] if own in folders else ()
    return [
        f"{module}, line {line}: {own} must not import {name}"
        for line, name in imported(ast.parse(code), module)
        if room_of(name) == room and set(name.split(".")[2:3]) & set(later)
    ]


def too_long(code: str, module: str) -> list[str]:
    """Every function of `code` that has too many lines without its docstring."""
    functions = [n for n in ast.walk(ast.parse(code)) if isinstance(n, Function)]
    return [
        f"{module}, line {node.lineno}: {node.name} has {lines} lines"
        for node in functions
        if (lines := _lines(node)) > LONGEST_FUNCTION
    ]


def _lines(node: Function) -> int:
    first = node.body[0]
    docstring = first.end_lineno - first.lineno + 1 if ast.get_docstring(node) is not None else 0
    return node.end_lineno - node.lineno + 1 - docstring


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_follow_the_rooms(path):
    module = name_of(path) + (".__init__" if path.name == "__init__.py" and path.parent != PACKAGE else "")
    assert forbidden(text_of(path), module) == []
    assert against_the_folders(text_of(path), module) == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_functions_and_modules_stay_short(path):
    assert too_long(text_of(path), name_of(path)) == []
    lines = len(text_of(path).splitlines())
    assert lines <= LONGEST_MODULE or path in DECLARATIONS


@pytest.mark.parametrize(
    ("module", "code", "offence"),
    [
        (
            "analysis.scoring.rules",
            "from analysis.results.ranking import rank_table",
            "analysis.results.ranking",
        ),
        ("analysis.scoring.rules", "def f():\n    import analysis.plots", "analysis.plots"),
        ("analysis.scoring.__init__", "from ..reports import bulletin", "analysis.reports"),
        ("analysis.scoring.rules", "from analysis import evaluate", "must not import analysis"),
        ("analysis.plots.theme", "from analysis import results", "analysis.results"),
        ("analysis.plots.theme", "from analysis.framework.model import Node", "analysis.framework"),
        ("analysis.inference.ranks", "from analysis.tables import NODES", "analysis.tables"),
        ("analysis.demo.write", "from analysis.scoring import evaluate", "analysis.scoring"),
        ("analysis.errors", "import analysis.paths", "analysis.paths"),
        ("analysis.reports.bulletin", "import_module('analysis.cli')", "analysis.cli"),
        ("analysis.results.audit", "from analysis.demo import write_demo", "analysis.demo"),
    ],
)
def test_a_forbidden_import_is_found(module, code, offence):
    (found,) = forbidden(code, module)
    assert offence in found
    assert module in found


def test_an_import_from_a_later_folder_is_found():
    code = "from analysis.intake.rows.register import Register\nfrom analysis.intake.words import messages"
    (found,) = against_the_folders(code, "analysis.intake.sheets.body")
    assert "sheets must not import analysis.intake.rows.register" in found
    assert against_the_folders(code, "analysis.intake.rows.plain") == []
    assert against_the_folders(code, "analysis.intake.steps") == []


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("analysis.scoring.rules", "from analysis.framework.model import Node\nimport numpy"),
        ("analysis.scoring.rules", "from . import arrays"),
        ("analysis.scoring.__init__", "from .arrays import add"),
        ("analysis.cli", "import analysis\nfrom analysis.demo import write_demo"),
        ("analysis", "from analysis.pipeline import report"),
    ],
)
def test_an_allowed_import_is_left_alone(module, code):
    assert forbidden(code, module) == []


def test_a_long_function_is_found():
    head, line = "def endless():\n    '''One.\n\n    Two.\n    '''\n", "    x = 1\n"
    (found,) = too_long(head + line * LONGEST_FUNCTION, "analysis.scoring.rules")
    assert "endless has 46 lines" in found
    assert too_long(head + line * (LONGEST_FUNCTION - 1), "analysis.scoring.rules") == []


def test_importing_the_package_loads_nothing_heavy():
    heavy = ("matplotlib", "pandera", "openpyxl", "python_calamine", "jinja2", "scipy", "seaborn")
    code = f"import sys, analysis; print([name for name in {heavy} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
