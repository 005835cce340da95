"""Printed numbers: what a published table says, and how far each number can be from the truth.

A printed number stands for everything within half a unit of its last digit.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook

SLACK = 1e-9
SOURCE = ["source_file", "source_sheet", "source_row"]
_DECIMALS = re.compile(r"\.(\d+)")


def printed_numbers(published: pd.DataFrame) -> pd.DataFrame:
    """The table PUBLISHED with labels as text, shares as fractions, and `half` a unit of the last digit.

    The digits are those of the most precise number of the column: files drop trailing zeros (89.6 is 89.60).
    """
    labels = ["measure", "unit", "group", "name", "source_file", "source_sheet"]
    table = published[published["value"].notna()].astype(dict.fromkeys(labels, "str")).reset_index(drop=True)
    texts = table["printed"].astype("str")
    decimals = texts.str.extract(_DECIMALS)[0].str.len().fillna(0)
    column = [table[name] for name in ("source_file", "source_sheet", "name")]
    table["half"] = 0.5 * 10.0 ** -decimals.groupby(column).transform("max").to_numpy(dtype=np.float64)
    percent = texts.str.contains("[%％]").to_numpy()
    table.loc[percent, "half"] /= 100
    as_printed = texts.str.extract(r"([-+]?\d[\d.]*)")[0].astype("float64").to_numpy()
    in_percent = percent & np.isclose(table["value"], as_printed, rtol=0, atol=SLACK)
    table.loc[in_percent, "value"] /= 100
    table.loc[table["measure"].isin(["rank", "count"]), "half"] = 0.0
    return table


def named_weights(rulebook: Rulebook | None, names: list[str]) -> dict[str, float] | None:
    """Weight of every printed column, when the columns are the parts of the composite; None otherwise.

    The parts are the components, or the children of the root where there is only one component; a column
    belongs to the part whose Chinese label or id its header contains. Every part needs its column.
    """
    parts = _parts(rulebook) if rulebook is not None else {}
    chosen = {label: [name for name in names if label in name] for label in parts}
    if not parts or any(len(found) != 1 for found in chosen.values()):
        return None
    weights = {found[0]: parts[label] for label, found in chosen.items()}
    return weights if set(weights) == set(names) and len(weights) == len(parts) else None


def _parts(rulebook: Rulebook) -> dict[str, float]:
    parts = rulebook.composition.parts
    if len(parts) > 1:
        return {part.zh: part.weight for part in parts}
    framework = next(iter(rulebook.frameworks.values()))
    return {node.zh: framework.share(node) for node in framework.children[framework.root.id]}
