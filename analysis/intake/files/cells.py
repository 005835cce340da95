"""Files to grids of cells, as they stand in the sheet; what cannot be read is a problem with its reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from analysis.errors import Problem
from analysis.intake.files.container import READ, UnsafeError, nature
from analysis.intake.files.flat import decoded, read_parquet, read_text
from analysis.intake.files.grid import Grid, TooWideError
from analysis.intake.files.ods import read_ods
from analysis.intake.files.sheetxml import ForbiddenError, MalformedError
from analysis.intake.files.workbook import read_workbook
from analysis.intake.files.xls import EncryptedError, read_xls
from analysis.intake.words import file_messages as say

__all__ = ["READ", "Grid", "read_file"]

_READERS: dict[str, Callable[[Path], Iterator[Grid]]] = {
    "xlsx": read_workbook,
    "xls": read_xls,
    "ods": read_ods,
    "parquet": lambda path: iter([read_parquet(path)]),
}


def _rename(ending: str) -> tuple[str, str]:
    return f"请把扩展名改为 {ending}。", f"Let its name end in {ending}."


_SAVE = ("请用 Excel 或 WPS 打开后另存为 .xlsx。", "Open it and save it as .xlsx.")
_TEXT = (
    "如是 csv，请把扩展名改为 .csv；否则请向报送单位索取原来的表格。",
    "Let its name end in .csv if it is one; else ask for the workbook it was made from.",
)
_ASK = ("请向报送单位索取原来的表格（.xlsx）。", "Ask for the workbook (.xlsx) it was made from.")
_NATURES = {
    "xlsx": ("一个 .xlsx 工作簿", "an .xlsx workbook", _rename(".xlsx")),
    "xls": ("一个旧版 .xls 工作簿", "an old .xls workbook", _rename(".xls")),
    "ods": ("一个 .ods 表格", "an .ods spreadsheet", _rename(".ods")),
    "parquet": ("一个 Parquet 文件", "a Parquet file", _rename(".parquet")),
    "xlsb": ("一个 .xlsb 工作簿", "an .xlsb workbook", _SAVE),
    "html": ("网页（HTML），不是工作簿", "a web page (HTML), not a workbook", _SAVE),
    "xml": ("XML 文件，不是工作簿", "an XML file, not a workbook", _SAVE),
    "text": ("文本或其他文件，不是工作簿", "text or something else, not a workbook", _TEXT),
    "pdf": ("一个 PDF 文件", "a PDF file", _ASK),
    "image": ("一张图片", "a picture", _ASK),
    "compound": ("其他 Office 文件（如 Word 文档）", "another Office file (such as a Word document)", _ASK),
    "archive": (
        "一个压缩包",
        "an archive",
        (
            "请解压，把其中的表格直接放进文件夹。",
            "Unpack it and put the workbooks themselves into the folder.",
        ),
    ),
}
"""What a file may be inside: in words, and what to do where its ending says something else."""
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
    except OSError as error:
        problems.append(say.LOCKED.problem(path.name, value=error.strerror or type(error).__name__))
    except MemoryError:
        problems.append(say.EXPANDS.problem(path.name))
    except (MalformedError, BadZipFile, ValueError) as error:
        problems.append(_broken(path, f"{type(error).__name__} {error}".strip()))
    return []


def _broken(path: Path, detail: str = "") -> Problem:
    zh, en = (f"（{detail}）", f" ({detail})") if detail else ("", "")
    return say.UNREADABLE.problem(
        path.name, detail_zh=f"文件残缺或已损坏，像是没有传完{zh}", detail_en=f"damaged or cut short{en}"
    )


def _grids(path: Path, problems: list[Problem]) -> Iterator[Grid]:
    wanted, found = READ[path.suffix.lower()], nature(path)
    if found == "encrypted":
        problems.append(say.ENCRYPTED.problem(path.name))
    elif found == "empty":
        problems.append(say.EMPTY.problem(path.name))
    elif found == "broken":
        problems.append(_broken(path))
    elif wanted != found:
        problems.append(_renamed(path, found))
    elif wanted != "text":
        yield from _READERS[wanted](path)
    elif (text := decoded(path.read_bytes())) is None:
        problems.append(say.ENCODING.problem(path.name))
    elif not text.strip():
        problems.append(say.EMPTY.problem(path.name))
    else:
        yield read_text(path, text)


def _renamed(path: Path, found: str) -> Problem:
    """A file that is not what its ending says."""
    zh, en, (todo_zh, todo_en) = _NATURES[found]
    words: dict[str, Any] = {"detail_zh": zh, "detail_en": en, "todo_zh": todo_zh, "todo_en": todo_en}
    return say.RENAMED.problem(path.name, value=path.suffix, **words)
