"""The questionnaires: who is asked, in which stratum and cluster, and what they answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.demo.config import Survey
from analysis.demo.draws import Array, happens, share, stream
from analysis.demo.world import World, quality


@dataclass(frozen=True)
class Asked:
    """`sheets`: per component, one row per respondent and one column per question. `frame`: population of
    every stratum. `design`: per component and stratum, respondents and response rate as planted."""

    sheets: dict[str, pd.DataFrame]
    frame: pd.DataFrame
    design: pd.DataFrame


def ask(world: World, number: int) -> Asked:
    """The survey of a round: as many respondents as the plan says, over all components that ask."""
    needs = world.needs[world.needs["method"] == "questionnaire"]
    people = _people(world, number, list(dict.fromkeys(needs["component"])))
    people = _weighted(world, people)
    sheets = {
        str(name): _answered(
            world, stream(world.seed, "survey", 100 + 10 * number + part), number, group, needs
        )
        for part, (name, group) in enumerate(people.groupby("component", sort=False))
    }
    frame = people.drop_duplicates(["unit", "stratum"])[["unit", "stratum", "population"]]
    return Asked(sheets, frame.reset_index(drop=True), _design(world.plan.survey, people))


# Who is asked


def _people(world: World, number: int, components: list[str]) -> pd.DataFrame:
    plan = world.plan.survey
    rng = stream(world.seed, "survey", number)
    sizes = _sizes(plan, components, len(world.plan.units))
    blocks = [
        _block(world, unit.name, component, sizes[component], rng)
        for component in components
        for unit in world.plan.units
    ]
    people = pd.concat(blocks, ignore_index=True)
    numbers = [f"W{number + 1}-{position:05d}" for position in range(1, len(people) + 1)]
    return people.assign(respondent=numbers)


def _sizes(plan: Survey, components: list[str], units: int) -> dict[str, int]:
    """Respondents per unit and component; the first component takes what rounding leaves over."""
    per_unit = plan.respondents // units
    total = sum(plan.share[name] for name in components)
    sizes = {name: round(per_unit * plan.share[name] / total) for name in components}
    sizes[components[0]] += per_unit - sum(sizes.values())
    return sizes


def _block(world: World, unit: str, component: str, size: int, rng: np.random.Generator) -> pd.DataFrame:
    """The respondents of one unit and component: clusters in turn, strata by their shares."""
    clusters = _clusters(world, unit, component, rng)
    strata = world.plan.survey.strata[component]
    edges = np.cumsum([stratum.share for stratum in strata])
    stratum = np.searchsorted(edges, (np.arange(size) + 0.5) / size * edges[-1])
    chosen = clusters.iloc[np.arange(size) * len(clusters) // size].reset_index(drop=True)
    names = np.array([entry.name for entry in strata], dtype=object)
    order = rng.permutation(stratum)
    return chosen.assign(unit=unit, component=component, stratum=names[order])


def _clusters(world: World, unit: str, component: str, rng: np.random.Generator) -> pd.DataFrame:
    """The clusters drawn: villages where the component is averaged over them, else communities."""
    needs = world.needs
    plan = world.plan.survey
    if bool(needs.loc[needs["component"] == component, "sub_units"].iloc[0]):
        places = world.places
        villages = places.loc[(places["unit"] == unit) & (places["kind"] == "village"), ["place"]]
        chosen = villages.iloc[: plan.villages_asked]
        return chosen.assign(cluster=chosen["place"])
    own = world.clusters.loc[world.clusters["unit"] == unit, ["place", "cluster"]]
    return own.iloc[np.sort(rng.permutation(len(own))[: plan.clusters])]


def _weighted(world: World, people: pd.DataFrame) -> pd.DataFrame:
    """Respondents with the population of their stratum and their design weight."""
    strata = [
        (component, entry.name, entry.share / sum(each.share for each in entries))
        for component, entries in world.plan.survey.strata.items()
        for entry in entries
    ]
    shares = pd.DataFrame(strata, columns=["component", "stratum", "stratum_share"])
    residents = world.units()[["unit", "population"]]
    people = people.merge(shares, on=["component", "stratum"], how="left").merge(
        residents, on="unit", how="left"
    )
    part = people["component"].map(world.plan.survey.reach)
    population = (people["population"] * people["stratum_share"] * part).round()
    size = people.groupby(["unit", "component", "stratum"])["respondent"].transform("size")
    return people.assign(population=population, design_weight=(population / size).round(2))


def _design(plan: Survey, people: pd.DataFrame) -> pd.DataFrame:
    response = {(c, entry.name): entry.response for c, entries in plan.strata.items() for entry in entries}
    table = people.groupby(["component", "stratum"], sort=False).size().rename("respondents").reset_index()
    keys = list(zip(table["component"], table["stratum"], strict=True))
    table["response_rate"] = [response[key] for key in keys]
    table["asked"] = (table["respondents"] / table["response_rate"]).round().astype(int)
    return table


# What they answer


def _answered(
    world: World, rng: np.random.Generator, number: int, people: pd.DataFrame, needs: pd.DataFrame
) -> pd.DataFrame:
    """The respondents of a component with one column per question, headed by its wording."""
    plan, people = world.plan.survey, people.reset_index(drop=True)
    of_cluster, of_person, _ = plan.spread
    cluster = people.groupby(["unit", "cluster"], sort=False).ngroup().to_numpy()
    base = plan.level + rng.normal(0.0, of_cluster, cluster.max() + 1)[cluster]
    base = base + rng.normal(0.0, of_person, len(people))
    columns: dict[str, Array] = {}
    for question in (
        needs[needs["component"] == people["component"].iloc[0]].drop_duplicates("code").itertuples()
    ):
        about = people[["unit", "component"]].assign(method="questionnaire", area=question.area)
        shift = plan.slope * quality(world, number, about) + _ease(world, str(question.code))
        columns[str(question.label)] = _answers(question, share(base + shift), plan, rng)
    return people.assign(**columns)


def _ease(world: World, code: str) -> float:
    """How much easier one question is than the others (log-odds), the same in every round."""
    codes = sorted(set(world.needs.loc[world.needs["method"] == "questionnaire", "code"]))
    draws = stream(world.seed, "words").normal(0.0, world.plan.survey.spread[2], len(codes))
    return float(draws[codes.index(code)])


def _answers(question: Any, chance: Array, plan: Survey, rng: np.random.Generator) -> Array:
    """One answer each: from the best down, a step at a time; some do not know, some (where the framework
    lets a value be missing) leave it blank."""
    rule = question.node.rule
    best_first = sorted(rule.scale, key=lambda name: rule.scale[name], reverse=True)
    options = np.array(best_first, dtype=object)
    steps = (rng.random((len(options) - 1, len(chance))) > chance).cumprod(axis=0).sum(axis=0)
    chosen = options[steps]
    if rule.unclear:
        unclear = happens(rng, plan.unclear, len(chance))
        chosen[unclear] = rule.unclear[0]
    chosen[happens(rng, plan.blank * question.gaps, len(chance))] = None
    return chosen
