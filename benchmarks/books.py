"""Synthetic inspection workbooks: one of 200,000 rows x 14 columns, and many small ones."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import xlsxwriter
import yaml

from analysis.framework import library
from analysis.framework.model import Framework
from benchmarks.nation import ITEMS, LEAVES_PER_TYPE, SITE_TYPES, SITES, framework

HEADER = [
    "序号", "被测评单位", "点位名称", "点位类型", "测评项编号", "测评员", "日期", "考察轮次", "结果", "处数",
    "存在问题", "失分原因", "责任单位", "图片",
]  # fmt: skip
PER_CITY = SITES * LEAVES_PER_TYPE * ITEMS


MERGED, HIDDEN = 1_000, 500
"""Every so many rows the unit is merged over two rows, and every so many a row is hidden."""


def write_books(folder: Path, n_rows: int, n_books: int = 1, seed: int = 1) -> Path:
    """A round of `n_books` inspection workbooks with `n_rows` rows each, and its sheet of units."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nation.yml").write_text(yaml.safe_dump(framework(), allow_unicode=True), encoding="utf-8")
    info = {
        "id": folder.name,
        "title": {"zh": "合成记录（测速）", "en": "Synthetic records (benchmark)"},
        "date": "2024-11-01",
        "kind": "mock",
        "composition": "nation.yml",
        "synthetic": True,
    }
    (folder / "round.yml").write_text(yaml.safe_dump(info, allow_unicode=True), encoding="utf-8")
    rows = _rows(np.random.default_rng(seed))
    for number in range(n_books):
        _write(folder / f"记录{number:03d}.xlsx", HEADER, (next(rows) for _ in range(n_rows)))
    cities = n_rows * n_books // PER_CITY + 1
    _write(folder / "单位.xlsx", ["被测评单位", "分组"], ([_city(n), "default"] for n in range(cities)))
    return folder


def _city(number: int) -> str:
    return f"城市{number:04d}"


def _rows(rng: np.random.Generator) -> Iterator[list]:
    """Check after check, site after site."""
    words = library.vocabulary(Framework.model_fields["causes"].default)
    known = [(cause.zh, cause.keywords[0]) for cause in words.causes.values() if cause.keywords]
    number = 0
    while True:
        site, check = divmod(number, LEAVES_PER_TYPE * ITEMS)
        kind = f"t{site % SITES % SITE_TYPES:02d}"
        passed = rng.random() < 0.87
        number += 1
        yield [
            number,
            _city(site // SITES),
            f"点位{site:06d}",
            kind,
            f"{kind}-{check // ITEMS}-{check % ITEMS}",
            f"第{site % 40:02d}组",
            dt.date(2024, 9, 1) + dt.timedelta(days=site % 60),
            "第一轮",
            "符合" if passed else "不符合",
            None if passed else float(rng.integers(1, 4)),
            *(("", "") if passed else _problem(number, known, rng)),
            f"责任单位{site % 69:02d}",
            f"IMG_{number:07d}.jpg",
        ]


def _problem(number: int, known: list[tuple[str, str]], rng: np.random.Generator) -> tuple[str, str]:
    """What was found, and its cause: one in five in free words, half without a cause."""
    cause, word = known[rng.integers(len(known))]
    text = f"第{number}处：门口{word}，已拍照" if rng.random() < 0.2 else f"发现{word}"
    return text, cause if rng.random() < 0.5 else ""


def _write(path: Path, header: list[str], rows: Iterator[list]) -> None:
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd"})
    page = book.add_worksheet("记录")
    page.write_row(0, 0, header)
    for position, row in enumerate(rows, start=1):
        page.write_row(position, 0, row)
        if position % MERGED == 0:
            page.merge_range(position - 1, 1, position, 1, row[1])
        if position % HIDDEN == 0:
            page.set_row(position, None, None, {"hidden": True})
    book.close()
