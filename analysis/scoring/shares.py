"""Who answers for each ledger row, in which role and for which cause; shares of a row add up to 1."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.framework.model import Duties, Framework, Rulebook
from analysis.intake.round import Round
from analysis.scoring.arrays import factorize
from analysis.tables import ROLES

SEVERAL = re.compile(r"[、，,；;|/]")
NOBODY = ("imputed",)
Share = tuple[str, str, str, float, bool]


def build_shares(ledger: pd.DataFrame, round_: Round, rulebook: Rulebook) -> pd.DataFrame:
    """Ledger row x responsible unit x role x cause, with the share of the row's points.

    A unit is taken from the workbook row, else from the site register, else from the framework. Where
    duties are joint the row is split evenly and marked `joint`; `joint_view` repeats it in full.
    """
    named = _named_units(ledger, round_)
    keys = [*("unit", "component", "leaf", "cause"), *ROLES]
    columns = [ledger[k].astype("category") for k in keys[:4]] + [
        named[role].astype("category") for role in ROLES
    ]
    key = np.zeros(len(ledger), dtype=np.int64)
    for column in columns:
        key = factorize(key * (len(column.cat.categories) + 1) + column.cat.codes.to_numpy() + 1)[0]
    kinds, first = np.unique(key, return_index=True)
    groups = dict(zip(round_.units["unit"].astype(str), round_.units["group"].astype(str), strict=True))
    picked = [column.iloc[first].astype(str).to_list() for column in columns]
    splits = [
        _split(rulebook, groups, dict(zip(keys, values, strict=True))) for values in zip(*picked, strict=True)
    ]
    return _expand(key, splits)


def _named_units(ledger: pd.DataFrame, round_: Round) -> pd.DataFrame:
    """Responsible units by role as the workbook row, else the register of sites, names them."""
    sites = round_.table("sites")
    known = [role for role in ROLES if role in sites.columns]
    columns = {}
    register = sites.drop_duplicates(["unit", "site"]).set_index(["unit", "site"])[known] if known else None
    if register is not None:
        at = pd.MultiIndex.from_arrays([ledger["unit"].astype(str), ledger["site"].astype(str)])
        position = register.set_axis(
            register.index.set_levels([level.astype(str) for level in register.index.levels])
        ).index.get_indexer(at)
    for role in ROLES:
        own = ledger[role].astype("str").fillna("")
        if role in known and register is not None:
            listed = np.append(register[role].astype("str").fillna("").to_numpy(), "")[position]
            own = own.where(own != "", listed)
        columns[role] = own.to_numpy()
    return pd.DataFrame(columns)


def _split(rulebook: Rulebook, groups: dict[str, str], row: dict[str, str]) -> list[Share]:
    """The shares of one kind of row: (responsible unit, role, cause, share, joint)."""
    if row["cause"] in NOBODY:
        return [("", "", row["cause"], 1.0, False)]
    duties = _duties(rulebook, groups.get(row["unit"], "default"), row)
    stated: dict[str, tuple[str, ...]] = dict(duties.units)  # type: ignore[arg-type]
    units = {role: _several(row[role]) or list(stated.get(role, ())) for role in ROLES}
    roles = _role_shares(duties, units)
    causes = _several(row["cause"]) or [""]
    return [
        (unit, role, cause, share / len(units[role] or [""]) / len(causes), duties.joint)
        for role, share in roles.items()
        for unit in (units.get(role) or [""])
        for cause in causes
    ]


def _duties(rulebook: Rulebook, group: str, row: dict[str, str]) -> Duties:
    part = next(p for p in rulebook.composition.parts if p.id == row["component"])
    framework: Framework = rulebook.framework(part, group)
    node = framework.by_id.get(row["leaf"], framework.root)
    return framework.duties_of(node) or Duties()


def _role_shares(duties: Duties, units: dict[str, list[str]]) -> dict[str, float]:
    """Share of each role: the framework's split; joint or unstated: even among roles that name a unit."""
    if duties.split and not duties.joint:
        return {str(role): share for role, share in duties.split.items() if share > 0}
    named = [role for role in ROLES if units[role]]
    if not duties.joint and "territory" in named:
        return {"territory": 1.0}
    return {role: 1.0 / len(named) for role in named} if named else {"territory": 1.0}


def _several(text: str) -> list[str]:
    return [part.strip() for part in SEVERAL.split(text) if part.strip()]


def _expand(key: np.ndarray, splits: list[list[Share]]) -> pd.DataFrame:
    """One row per ledger row and share."""
    length = np.array([len(split) for split in splits], dtype=np.int64)
    start = np.cumsum(length) - length
    repeats = length[key] if len(key) else np.zeros(0, dtype=np.int64)
    ledger_row = np.repeat(np.arange(len(key)), repeats)
    within = np.arange(len(ledger_row)) - np.repeat(np.cumsum(repeats) - repeats, repeats)
    at = start[key[ledger_row]] + within
    unit, role, cause, share, joint = _columns(splits)
    return pd.DataFrame(
        {
            "ledger_row": ledger_row,
            "responsible_unit": pd.Categorical(unit)[at] if len(at) else pd.Categorical([]),
            "role": pd.Categorical(role)[at] if len(at) else pd.Categorical([]),
            "cause": pd.Categorical(cause)[at] if len(at) else pd.Categorical([]),
            "share": np.array(share, dtype=np.float64)[at],
            "joint": np.array(joint, dtype=bool)[at],
        }
    )


def _columns(splits: list[list[Share]]) -> Iterator[list]:
    flat = [share for split in splits for share in split]
    return (list(column) for column in (zip(*flat, strict=True) if flat else ((), (), (), (), ())))
