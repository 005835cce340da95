"""What a file is by its first bytes, and the parts of a zip that are safe to open."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

MAX_BYTES = 1_500_000_000
"""The most a file may unpack to."""
MAX_RATIO = 400
"""The most a part may grow when it is unpacked; workbooks grow five- to fiftyfold."""
MAX_PARTS = 20_000
_SMALL = 20_000_000
_PIECE = 2_000_000
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_HEADER = 512
READ = {
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xls",
    ".ods": "ods",
    ".csv": "text",
    ".tsv": "text",
    ".parquet": "parquet",
}
"""Endings that are read, and what such a file must be inside."""

_BEGINNINGS = {
    "parquet": (b"par1",),
    "pdf": (b"%pdf",),
    "xml": (b"<?xml",),
    "html": (
        b"<html",
        b"<!doctype",
        b"<!--",
        b"<head",
        b"<meta",
        b"<style",
        b"<body",
        b"<table",
        b"mime-version:",
    ),
    "image": (b"\x89png", b"\xff\xd8\xff", b"gif8"),
    "archive": (b"7z\xbc\xaf", b"rar!", b"\x1f\x8b", b"\xfd7zxz"),
    "compound": (b"{\\rtf",),
}
"""How files begin (in small letters) that are no workbooks, or kept under another ending."""
_ARCHIVES = (".zip", ".7z", ".rar", ".gz", ".xz", ".bz2", ".tar", ".jar")


class UnsafeError(ValueError):
    """A file that must not be opened: `reason` is too_large, path or nested; `detail` names the part."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def nature(path: Path) -> str:
    """What the file is: xlsx, xlsb, ods, archive, xls, encrypted, compound (other Office files), broken,
    parquet, html, xml, pdf, image, empty or text (which also is what nothing else is)."""
    with path.open("rb") as file:
        start = file.read(4096)
    if not start:
        return "empty"
    if start.startswith(b"PK"):
        return _zipped(path)
    if start.startswith(_OLE):
        return _compound(path)
    head = start.lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    for name, magics in _BEGINNINGS.items():
        if head.startswith(magics):
            return name
    biff = start[:2] == b"\x09\x08" or start[:2] in (b"\x09\x00", b"\x09\x02", b"\x09\x04")
    return "xls" if biff else "text"


def _zipped(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return "broken"
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "xl/workbook.bin" in names:
        return "xlsb"
    if any(name.startswith(("word/", "ppt/")) for name in names):
        return "compound"
    return "ods" if {"content.xml", "mimetype"} <= names else "archive"


def _compound(path: Path) -> str:
    """An old workbook, or the envelope that Excel puts around an encrypted one."""
    data = path.read_bytes()
    if "EncryptedPackage".encode("utf-16-le") in data:
        return "encrypted"
    known = ("Workbook", "Book")
    if any(name.encode("utf-16-le") in data for name in known):
        return "xls"
    return "broken" if _cut_short(data) else "compound"


def _cut_short(data: bytes) -> bool:
    """Whether a compound file ends before its directory, which names what is in it ([MS-CFB] 2.2)."""
    if len(data) < _OLE_HEADER:
        return True
    shift, directory = int.from_bytes(data[30:32], "little"), int.from_bytes(data[48:52], "little")
    return shift > 12 or (directory + 2) << shift > len(data)


def check(archive: zipfile.ZipFile) -> None:
    """Look at the directory of an archive before anything is unpacked.

    Raises UnsafeError for paths that lead out of it, archives inside it, and more than can be unpacked.
    """
    entries = archive.infolist()
    if len(entries) > MAX_PARTS:
        raise UnsafeError("too_large", f"{len(entries)}")
    for entry in entries:
        name = entry.filename.replace("\\", "/")
        if name.startswith("/") or ":" in name.split("/")[0] or ".." in PurePosixPath(name).parts:
            raise UnsafeError("path", entry.filename)
        if name.lower().endswith(_ARCHIVES):
            raise UnsafeError("nested", entry.filename)
        grown = entry.file_size > _SMALL and entry.file_size > MAX_RATIO * max(entry.compress_size, 1)
        if grown and name.endswith((".xml", ".rels")):
            raise UnsafeError("too_large", entry.filename)
    if sum(entry.file_size for entry in entries) > MAX_BYTES:
        raise UnsafeError("too_large", archive.filename or "")


def part(archive: zipfile.ZipFile, name: str) -> bytes:
    """A whole part; empty when there is none. Raises UnsafeError when it unpacks to more than it says."""
    if name not in archive.NameToInfo:
        return b""
    return b"".join(pieces(archive, name))


def pieces(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """A part, piece by piece, and never more of it than the directory says."""
    total = 0
    try:
        with archive.open(name) as stream:
            while piece := stream.read(_PIECE):
                total += len(piece)
                if total > MAX_BYTES:
                    raise UnsafeError("too_large", name)
                yield piece
    except (zlib.error, EOFError, RuntimeError, NotImplementedError, KeyError) as error:
        raise zipfile.BadZipFile(f"{name}: {error}") from error
