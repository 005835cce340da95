"""Which sites to declare: the composite of a unit under alternative lists of declared sites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from analysis.errors import Problem, UsageError, raise_errors
from analysis.scoring import Evaluation, score
from analysis.scoring.arrays import Floats
from analysis.scoring.draw import Draw
from analysis.simulation.draws import Sample
from analysis.simulation.messages import unknown_units
from analysis.simulation.redraw import Setting, prepare, run

DECLARED = "declared"


def declare(
    evaluation: Evaluation,
    unit: str,
    lists: Mapping[str, Sequence[str]],
    replicates: int = 10_000,
    seed: int = 1,
) -> pd.DataFrame:
    """Expected composite (points) of a unit and its spread over redraws of sites for alternative lists of
    declared sites, best first: list, n_declared, expected, sd, low and high (expected ± 1.96 sd); the list
    `""` is that of the round.

    As many declared and random sites of each type are visited as in this round: the declared ones come from
    the list, the random ones from all other visited sites of the type. Types without a site in a list stay as
    they are. The spread is that of redraws within the strata as they were visited. Only sites that were
    visited can be judged. Raises UsageError listing an unknown unit and every
    site that is unknown, was not visited, or is visited with certainty.
    """
    units = [str(name) for name in evaluation.scores["unit"]]
    raise_errors(unknown_units([unit], units), UsageError)
    setting = prepare(evaluation, ("sites",))
    mine = _sites(setting.sample, unit)
    problems = [_unknown_site(unit, name, site, mine) for name, sites in lists.items() for site in sites
                if site not in set(mine["name"])]  # fmt: skip
    raise_errors(problems, UsageError)
    rows = [_one("", [], setting, unit, replicates, seed)]
    for name, sites in lists.items():
        rows.append(_one(name, list(sites), _with_list(setting, mine, set(sites)), unit, replicates, seed))
    table = pd.DataFrame(rows)
    return table.sort_values("expected", ascending=False, kind="stable", ignore_index=True)


def _sites(sample: Sample, unit: str) -> pd.DataFrame:
    first, last = sample.bounds.get(unit, (0, 0))
    members = sample.members.iloc[first:last]
    return members[members["source"] == "sites"]


def _with_list(setting: Setting, mine: pd.DataFrame, chosen: set[str]) -> Setting:
    """The setting with what each site stands for when the sites of the list are declared."""
    worth = np.ones(len(setting.sample.members))
    for _, sites in mine.groupby(["place", "kind"]):
        worth[sites.index] = _worth(sites, chosen)
    return replace(setting, worth=worth)


def _worth(sites: pd.DataFrame, chosen: set[str]) -> Floats:
    """How many visits each site of a type stands for: declared visits spread over the list, others over the
    rest; as they are where the list (or the rest) has none of the type."""
    listed = sites["name"].isin(chosen).to_numpy()
    n_declared = int((sites["part"] == DECLARED).sum())
    n_random = len(sites) - n_declared
    if not listed.any() or not n_declared or (n_random and listed.all()):
        return np.ones(len(sites))
    declared = n_declared / listed.sum()
    return np.where(listed, declared, n_random / max(int((~listed).sum()), 1))


def _one(
    name: str, sites: list[str], setting: Setting, unit: str, replicates: int, seed: int
) -> dict[str, object]:
    evaluation, of_row = setting.evaluation, setting.sample.of_row
    worth = np.ones(len(setting.sample.members)) if setting.worth is None else setting.worth
    draw = Draw(np.append(worth, 1.0)[of_row], np.zeros(len(of_row)))
    scores = score(evaluation.round, evaluation.rulebook, draw).scores
    found = run(setting, replicates, seed, ("sites",), {}, nodes=False)
    at = found.units.index(unit)
    expected, sd = float(scores["composite"].iloc[at]), float(found.composite[:, at].std())
    spread = {"sd": sd, "low": expected - 1.96 * sd, "high": expected + 1.96 * sd}
    return {"list": name, "n_declared": len(sites), "expected": expected, **spread}


def _unknown_site(unit: str, name: str, site: str, mine: pd.DataFrame) -> Problem:
    known = "、".join(sorted(mine["name"])[:12]) or "–"
    return Problem(
        code="unknown_site",
        zh=f"名单“{name}”：点位“{site}”在{unit}没有随机或申报考察记录。例如：{known}。",
        en=f"list {name!r}: {site!r} was not visited in {unit}, or is visited with certainty. Some: {known}.",
        fix_zh="只能比较本轮考察过、非必查的点位。",
        fix_en="Only sites that were visited in this round can be compared, and none that always are.",
        value=site,
    )
