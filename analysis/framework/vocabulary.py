"""The vocabulary of causes of lost points (失分原因): groups, and the causes within each group."""

from __future__ import annotations

from functools import cached_property
from typing import Literal

from analysis.framework.model import Label, Model, Named, Status


class Cause(Named):
    """One cause. `hardware`: facilities rather than habits (硬件/软件); `subjective`: somebody is to blame
    (主观/客观); `fix`: on the spot or by works; `lead`: department in the lead (empty: the group's).

    `keywords` and `exclude` are words of a finding's text that speak for and against the cause. `covers`:
    causes and groups of the vocabulary named in `covers` of the file that this cause takes in.
    """

    hardware: bool
    subjective: bool
    fix: Literal["on_spot", "works"]
    lead: str = ""
    keywords: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()


class CauseGroup(Named):
    """A group of causes, with the department in the lead (empty: none is named)."""

    lead: str = ""
    causes: tuple[Cause, ...] = ()


class Vocabulary(Model):
    """A vocabulary file. Frameworks name it in `causes`; nodes and items name a cause or a group.

    `covers` names another vocabulary whose causes these take in, so that rules written for that one can be
    read with this one; `covered` is filled in by the library: ids and labels there to the cause here.
    """

    id: str
    title: Label
    sources: dict[str, str] = {}
    source: str = ""
    status: Status | None = None
    groups: tuple[CauseGroup, ...]
    covers: str = ""
    covered: dict[str, str] = {}

    @cached_property
    def causes(self) -> dict[str, Cause]:
        """Cause id to cause, in file order."""
        return {cause.id: cause for group in self.groups for cause in group.causes}

    @cached_property
    def group_of(self) -> dict[str, CauseGroup]:
        """Cause id (or group id) to its group."""
        found = {cause.id: group for group in self.groups for cause in group.causes}
        return found | {group.id: group for group in self.groups}

    def known(self, cause: str) -> bool:
        """Whether it is the id of a cause or of a group."""
        return cause in self.group_of

    def own(self, cause: str) -> str:
        """The cause or group of this vocabulary that an id means; empty when it means none."""
        return cause if cause in self.group_of else self.covered.get(cause, "")

    def lead_of(self, cause: str) -> str:
        """The department in the lead for a cause or group; empty when none is named."""
        own = self.causes[cause].lead if cause in self.causes else ""
        return own or self.group_of[cause].lead
