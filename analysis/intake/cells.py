"""Files to grids of cells, as they stand in the sheet; what cannot be read is a problem with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from analysis.errors import Problem
from analysis.intake import messages as say
from analysis.intake.container import READ, UnsafeError, nature
from analysis.intake.flat import decoded, read_parquet, read_text
from analysis.intake.grid import Grid, TooWideError
from analysis.intake.ods import read_ods
from analysis.intake.sheetxml import ForbiddenError, MalformedError
from analysis.intake.workbook import read_workbook
from analysis.intake.xls import EncryptedError, read_xls

__all__ = ["READ", "Grid", "read_file"]

_READERS: dict[str, Callable[[Path], Iterator[Grid]]] = {
    "xlsx": read_workbook,
    "xls": read_xls,
    "ods": read_ods,
    "parquet": lambda path: iter([read_parquet(path)]),
}
_NATURES = {
    "empty": ("空文件", "an empty file"),
    "xlsx": ("实际是 .xlsx 工作簿", "really an .xlsx workbook"),
    "xlsb": ("实际是 .xlsb 工作簿", "really an .xlsb workbook"),
    "xls": ("实际是旧版 .xls 工作簿", "really an old .xls workbook"),
    "ods": ("实际是 .ods 表格", "really an .ods spreadsheet"),
    "parquet": ("实际是 Parquet 文件", "really a Parquet file"),
    "html": ("实际是网页（HTML），不是工作簿", "really a web page (HTML), not a workbook"),
    "xml": ("实际是 XML 文件，不是工作簿", "really an XML file, not a workbook"),
    "pdf": ("实际是 PDF 文件", "really a PDF file"),
    "zip": ("实际是压缩包，里面没有工作簿", "really an archive without a workbook in it"),
    "compound": ("实际是其他 Office 文件（如 .doc）", "really another Office file (such as .doc)"),
    "text": ("实际是文本文件，不是 .xlsx 文件", "really text, not an .xlsx file"),
    "broken": ("文件残缺或已损坏，像是没有传完", "damaged or cut short"),
}
_UNSAFE = {"too_large": say.EXPANDS, "path": say.UNSAFE_PATH, "nested": say.NESTED}


def read_file(path: Path, problems: list[Problem]) -> list[Grid]:
    """The grids of one file; what could not be read is added to `problems`."""
    try:
        return list(_grids(path, problems))
    except TooWideError as error:
        words: dict[str, Any] = {"rows": error.rows, "columns": error.columns, "cell": error.cell}
        problems.append(say.TOO_LARGE.problem(path.name, error.sheet, value=error.cell, **words))
    except UnsafeError as error:
        problems.append(_UNSAFE[error.reason].problem(path.name, value=error.detail))
    except ForbiddenError as error:
        encrypted = str(error) == "encrypted"
        problems.append((say.ENCRYPTED if encrypted else say.ENTITIES).problem(path.name))
    except EncryptedError:
        problems.append(say.ENCRYPTED.problem(path.name))
    except (MalformedError, BadZipFile, OSError, ValueError, MemoryError) as error:
        zh, en = _NATURES["broken"]
        detail = f"{type(error).__name__} {error}".strip()
        problems.append(
            say.UNREADABLE.problem(path.name, detail_zh=f"{zh}（{detail}）", detail_en=f"{en} ({detail})")
        )
    return []


def _grids(path: Path, problems: list[Problem]) -> Iterator[Grid]:
    wanted, found = READ[path.suffix.lower()], nature(path)
    if found == "encrypted":
        problems.append(say.ENCRYPTED.problem(path.name))
    elif wanted == "text" and found not in ("text", "empty", "html", "xml"):
        problems.append(_renamed(path, found))
    elif wanted == "text":
        text = decoded(path.read_bytes())
        if text is None:
            problems.append(say.ENCODING.problem(path.name))
        else:
            yield read_text(path, text)
    elif wanted != found:
        problems.append(_renamed(path, found))
    else:
        yield from _READERS[wanted](path)


def _renamed(path: Path, found: str) -> Problem:
    """A file that is not what its ending says."""
    zh, en = _NATURES[found]
    renamed = found in ("xlsx", "xls", "ods", "parquet", "xlsb", "html", "xml", "pdf", "compound", "text")
    message = say.RENAMED if renamed else say.UNREADABLE
    return message.problem(path.name, value=path.suffix, detail_zh=zh, detail_en=en)
