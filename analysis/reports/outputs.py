"""The files of one evaluation under `data/processed`: scores, ranking, nodes, ledger, shares, manifest."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis import intake
from analysis.framework.model import Rounding
from analysis.reports.files import fix_times, write_csv, write_text, write_together
from analysis.scoring.rounding import format_score

if TYPE_CHECKING:
    import pandas as pd

    from analysis.intake.round import Round
    from analysis.scoring import Evaluation

MANIFEST = "manifest.json"
PARQUET = ("nodes", "ledger", "shares")
FILES = ("scores.csv", "ranking.csv", "adjustments.csv", *(f"{name}.parquet" for name in PARQUET))
REJECTED = "rejected.xlsx"


def scores_table(evaluation: Evaluation, ranking: pd.DataFrame) -> pd.DataFrame:
    """One row per unit: group, component and method scores, base, composite, veto, rank (unrounded)."""
    ranks = ranking[["unit", "rank"]].astype({"unit": "str"})
    scores = evaluation.scores.astype({"unit": "str"}).merge(ranks, on="unit", how="left")
    order = ranking["unit"].astype("str").tolist()
    return scores.set_index("unit").loc[order].reset_index()


def printed(frame: pd.DataFrame, rounding: Rounding, stamp: str = "") -> pd.DataFrame:
    """`frame` as texts: points with the framework's decimals, ranks and counts whole; `stamp` as a column."""
    shown = frame.copy()
    for column in shown.columns:
        kind = shown[column].dtype.kind
        if column == "rank" or kind in "iu":
            shown[column] = ["" if np.isnan(value) else f"{value:.0f}" for value in shown[column]]
        elif kind == "f":
            shown[column] = [format_score(value, rounding) for value in shown[column]]
    return shown.assign(stamp=stamp) if stamp else shown


def write_outputs(
    evaluation: Evaluation, ranking: pd.DataFrame, folder: Path, manifest: dict[str, Any]
) -> list[Path]:
    """The files written into `folder` (csv rounded as the framework says, parquet not), all or none."""
    rounding = evaluation.rulebook.settings.rounding
    stamp = manifest["stamp"]
    csv = {
        "scores.csv": scores_table(evaluation, ranking),
        "ranking.csv": ranking,
        "adjustments.csv": evaluation.adjustments,
    }
    writers = {MANIFEST: partial(write_json, manifest)}
    writers |= {name: partial(write_csv, printed(frame, rounding, stamp)) for name, frame in csv.items()}
    for name in PARQUET:
        writers[f"{name}.parquet"] = partial(_write_parquet, getattr(evaluation, name), stamp)
    return write_together(folder, writers)


def write_json(content: Any, path: Path) -> None:
    """`content` as UTF-8 JSON with sorted keys."""
    write_text(json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n", path)


def _write_parquet(frame: pd.DataFrame, stamp: str, path: Path) -> None:
    """Parquet with the stamp among its metadata, so that it travels with the file."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.Table.from_pandas(frame, preserve_index=False)
    if stamp:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"wenming": stamp.encode()})
    pq.write_table(table, path, compression="zstd")


def write_rejected(round_: Round, folder: Path) -> Path | None:
    """`rejected.xlsx` with every row that could not be used and why; None (no file) when all were used."""
    target = folder / REJECTED
    if round_.rejected.empty:
        target.unlink(missing_ok=True)
        return None
    write_together(folder, {REJECTED: partial(_write_rejected, round_)})
    return target


def _write_rejected(round_: Round, path: Path) -> None:
    intake.write_rejected(round_, path)
    fix_times(path)
