"""A changed round scored again: only units whose rows changed are read again, the rest is rolled up.

What other units observed is taken from the baseline; gaps, means of groups and ranks are settled anew.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.framework.model import CountedEvidence, Framework, Rulebook
from analysis.intake.round import Round
from analysis.scoring.block import Block, blocks
from analysis.scoring.evaluate import Evaluation, Scored, check_round, scored_of
from analysis.scoring.leaves import LeafRates
from analysis.scoring.parts import Cells, ScoredBlock, cells_of, read_block, roll_block, score_block
from analysis.scoring.rows import Rows

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]

BESIDE = ("units", "sites", "attributes")
"""Tables beside the observations that decide what a row counts."""


def score_again(baseline: Evaluation, round_: Round, rulebook: Rulebook) -> Scored:
    """The scores of a round that came from an evaluated one by some change, as `score` has them.

    Raises DataError as `score`.
    """
    check_round(round_)
    units = changed_units(baseline.round, round_)
    found = _blocks(baseline, round_, rulebook, units)
    scored = tuple(_block_again(baseline, block, round_, rulebook, units) for block in found)
    return scored_of(scored, round_, rulebook)


def _blocks(baseline: Evaluation, round_: Round, rulebook: Rulebook, units: set[str] | None) -> list[Block]:
    """The blocks of the changed round: those of the baseline where every row still belongs where it did."""
    old, new = baseline.round.observations, round_.observations
    where = ("row_id", "component", "unit", "place", "leaf")
    stayed = all(np.array_equal(_values(old[name]), _values(new[name])) for name in where)
    if units is not None and rulebook is baseline.rulebook and stayed:
        return [replace(one.block, observations=new) for one in baseline.scored.blocks]
    return blocks(round_, rulebook)


def changed_units(was: Round, now: Round) -> set[str] | None:
    """Units with other observations in the second round; None where anything else differs that rows are
    read by. Texts (notes) are read by no rule."""
    if was.info is not now.info or any(was.frames.get(name) is not now.frames.get(name) for name in BESIDE):
        return None
    old, new = was.observations, now.observations
    if not _comparable(old, new):
        return None
    kept, left = _places(old, new)
    stayed = np.flatnonzero(kept >= 0)
    everywhere = len(stayed) == len(old) == len(new)
    differs = np.zeros(len(stayed), dtype=bool)
    for name in old.columns:
        was_value, value = _values(old[name]), _values(new[name])
        pair = (was_value, value) if everywhere else (was_value[kept[stayed]], value[stayed])
        differs |= _differs(*pair)
    there = stayed[differs]
    return _units(new, np.append(np.flatnonzero(kept < 0), there)) | _units(old, np.append(left, kept[there]))


def _places(old: pd.DataFrame, new: pd.DataFrame) -> tuple[Ints, Ints]:
    """Where every row stood before (-1: nowhere), and the former rows that are gone."""
    ids, now = (frame["row_id"].to_numpy() for frame in (old, new))
    if np.array_equal(ids, now):
        return np.arange(len(now)), np.arange(0)
    kept = np.asarray(pd.Index(ids).get_indexer(now), dtype=np.int64)
    return kept, np.setdiff1d(np.arange(len(ids)), kept)


def _units(frame: pd.DataFrame, at: Ints) -> set[str]:
    column = frame["unit"].cat
    return {str(column.categories[code]) for code in np.unique(column.codes.to_numpy()[at])}


def _comparable(old: pd.DataFrame, new: pd.DataFrame) -> bool:
    """Whether two tables have the same columns, and labels that only became more."""
    if list(old.columns) != list(new.columns):
        return False
    for name in old.columns:
        if isinstance(old[name].dtype, pd.CategoricalDtype):
            known, later = old[name].cat.categories, new[name].cat.categories
            if known is not later and not known.equals(later[: len(known)]):
                return False
    return True


def _values(column: pd.Series) -> NDArray:
    """A column as codes or numbers; texts as nothing that could differ."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy()
    return np.zeros(len(column), dtype=bool) if column.dtype == "str" else column.to_numpy()


def _differs(old: NDArray, new: NDArray) -> Flags:
    differs = np.asarray(old != new, dtype=bool)
    return differs & ~(pd.isna(old) & pd.isna(new)) if old.dtype.kind in "fM" else differs


def _block_again(
    baseline: Evaluation, block: Block, round_: Round, rulebook: Rulebook, units: set[str] | None
) -> ScoredBlock:
    """A block scored with what the baseline knows of its unchanged units."""
    missing = block.part.missing or rulebook.settings.missing
    known = next((one for one in baseline.scored.blocks if _alike(one.block, block)), None)
    if known is None or units is None:
        return score_block(block, round_, missing)
    cells = _cells_again(known, block, round_, units)
    if cells is None:
        return score_block(block, round_, missing)
    return roll_block(block, cells, missing, None, round_.info.periods_due)


def _alike(known: Block, block: Block) -> bool:
    return known.part.id == block.part.id and reads_alike(known.framework, block.framework)


def reads_alike(first: Framework, second: Framework) -> bool:
    """Whether two frameworks read rows alike: they differ in no more than weights."""
    if first is second:
        return True
    fields = [name for name in Framework.model_fields if name != "nodes"]
    if any(getattr(first, name) != getattr(second, name) for name in fields):
        return False
    pairs = zip(first.nodes, second.nodes, strict=False)
    return len(first.nodes) == len(second.nodes) and all(
        one is other or one.model_copy(update={"weight": other.weight}) == other for one, other in pairs
    )


def _cells_again(known: ScoredBlock, block: Block, round_: Round, units: set[str]) -> Cells | None:
    """Cells of a block, read again for some units; None where the others cannot be taken as they were."""
    old, new = (one.entities["unit"].isin(units).to_numpy() for one in (known.block, block))
    names = [one.entities[["unit", "place"]] for one in (known.block, block)]
    if not np.array_equal(names[0][~old].to_numpy(), names[1][~new].to_numpy()):
        return None
    if not new.any():
        return None if old.any() else known.cells
    part = block.only(new)
    rows, cases = read_block(part, round_.info.periods_due)
    # A leaf that nobody handed anything in for is missing, one that others did is not: units are not apart.
    if not np.array_equal(_with_evidence(part, rows), _with_evidence(known.block, known.rows)):
        return None
    return _joined(known.cells, old, cells_of(part, round_, rows, cases), new)


def _with_evidence(block: Block, rows: Rows) -> NDArray:
    """Leaves of counted evidence for which anything was handed in."""
    counted = np.array([isinstance(node.rule, CountedEvidence) for node in block.leaves])
    return np.unique(block.leaf[rows.used & counted[block.leaf]])


def _joined(known: Cells, old: Flags, part: Cells, new: Flags) -> Cells:
    """Cells of the unchanged entities (`~old`) and of those read again, in the places `new`."""

    def both(kept: NDArray, read: NDArray) -> NDArray:
        whole = np.empty((len(new), *read.shape[1:]), dtype=np.result_type(kept, read))
        whole[~new], whole[new] = kept[~old], read
        return whole

    was, now = known.observed, part.observed
    return Cells(
        LeafRates(both(was.rate, now.rate), both(was.surplus, now.surplus), both(was.passed, now.passed)),
        both(known.given, part.given),
        both(known.absent, part.absent),
        both(known.nothing, part.nothing),
        both(known.listed, part.listed),
        part.problems,
    )
