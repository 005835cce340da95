"""What `prefecture.yml` says: names, sizes, qualities and wording of the invented prefecture."""

from __future__ import annotations

import datetime as dt
from functools import cache
from pathlib import Path
from typing import Literal

import yaml

from analysis.framework.model import Label, Model

_FILE = Path(__file__).with_name("prefecture.yml")


class RoundPlan(Model):
    """One round: what `round.yml` will say, and when its teams were out."""

    id: str
    title: Label
    date: dt.date
    kind: Literal["official", "mock"]
    period: str
    year: int
    periods_due: tuple[str, ...] | None
    first_day: dt.date
    days: int


class UnitPlan(Model):
    """One district or county. `quality` is the log-odds of passing a check, above the prefecture's;
    `trend` what each round adds; `weak` what a site type, a cause or a method takes away from it;
    `rating` the points of a hundred that given scores lie above what the quality promises, per round."""

    name: str
    group: str
    population: int
    quality: float
    trend: tuple[float, ...]
    rating: tuple[float, ...]
    weak: dict[str, float] = {}
    titles: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    diligence: float = 0.0


class SitePlan(Model):
    """One site type: `registered` and `drawn` sites per unit, how they came to be drawn, how hard it is."""

    names: tuple[str, ...] = ()
    registered: int = 5
    drawn: int = 3
    certain: bool = False
    hard: float = 0.0
    line: str = ""
    regulator: str = ""


class GroupPlan(Model):
    """One group of causes: `frequency` (log-odds), share of its problems that get `fixed`, share of the fixes
    that are `held`, `days` allowed."""

    frequency: float = 0.0
    fixed: float
    held: float
    days: int


class Places(Model):
    """Syllables that names are put together from, and how many places a unit has."""

    first: tuple[str, ...]
    second: tuple[str, ...]
    streets: int
    communities: int
    villages: int


class Checks(Model):
    """Sizes and rates of the site inspections."""

    total: int
    declared: float
    kept: float
    revisited: float
    not_applicable: float
    unreadable: float
    frequency: float
    item_spread: float
    site_spread: float
    place_spread: float
    seen: float
    false_alarm: float
    stay: float
    fixed_on_spot: float
    finds: float
    counted: int
    counted_seen: float


class Ledger(Model):
    """The rectification ledger: share of failed fixes the recheck notices, time taken over time allowed."""

    noticed: float
    slow: float
    finder: str


class Assessors(Model):
    """How many there are, and their severity (log-odds of writing a problem down), some by number."""

    count: int
    name: str
    spread: float
    severity: dict[int, float]


class Stratum(Model):
    """One stratum: its share of respondents and people, and the share of those asked who answer."""

    name: str
    share: float
    response: float


class Survey(Model):
    """Sizes and rates of the questionnaires, `share` being a component's part of the respondents
    and `reach` the part of the population it asks about.

    `level`, `slope` (on the unit's quality) and `spread` (of clusters, people, questions) are log-odds.
    """

    respondents: int
    share: dict[str, float]
    clusters: int
    villages_asked: int
    reach: dict[str, float]
    strata: dict[str, tuple[Stratum, ...]]
    level: float
    slope: float
    spread: tuple[float, float, float]
    unclear: float
    blank: float


class Documents(Model):
    """Rates of the documents, ratings and indicator values.

    `level` and `spread` are log-odds, `activity` what an activity has above them to take place; `valid` is
    the share of activities that meet each condition. `rise` per year, `value_spread` (per log-odd, from
    `value_level` up) and `value_noise` are shares of an indicator's threshold.
    """

    level: float
    spread: float
    activity: float
    valid: float
    years: int
    rise: float
    value_level: float
    value_spread: float
    value_noise: float
    people: tuple[int, int]
    organisers: tuple[str, ...]
    rater: str


class Claim(Model):
    """A bonus claim: `rule` is a position in the framework's list."""

    unit: str
    rule: int
    decision: Literal["approved", "rejected", "pending"]
    note: str


class Event(Model):
    """A negative event: `entry` is a position among the framework's entries of that kind."""

    unit: str
    kind: Literal["penalty", "veto"]
    entry: int
    points: float
    note: str


class Prefecture(Model):
    """All of `prefecture.yml`."""

    name: Label
    mark: str
    composition: str
    cycle: str
    levels: dict[str, dict[str, str]]
    rounds: tuple[RoundPlan, ...]
    units: tuple[UnitPlan, ...]
    places: Places
    site_types: dict[str, SitePlan]
    village_site: SitePlan
    groups: dict[str, GroupPlan]
    wording: dict[str, tuple[str, ...]]
    checks: Checks
    ledger: Ledger
    assessors: Assessors
    survey: Survey
    documents: Documents
    claims: dict[str, tuple[Claim, ...]]
    events: dict[str, tuple[Event, ...]]
    earlier: dict[str, tuple[float, float, float]]
    costs: dict[str, float]

    def site_type(self, name: str) -> SitePlan:
        return self.site_types.get(name, self.village_site)

    def group(self, name: str) -> GroupPlan:
        return self.groups.get(name, self.groups["other"])


@cache
def prefecture() -> Prefecture:
    """The shipped prefecture."""
    return Prefecture.model_validate(yaml.safe_load(_FILE.read_text(encoding="utf-8")))
