"""Two rounds under each other's rules, where they differ: what telling data from rules apart takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis import intake
from analysis.errors import WenmingError
from analysis.results.change import Seen
from analysis.results.compare import same_rules
from analysis.scoring.evaluate import score

if TYPE_CHECKING:
    from analysis.framework.model import Rulebook
    from analysis.intake.round import Round
    from analysis.scoring.evaluate import Evaluation


def crossed(one: Evaluation, two: Evaluation) -> tuple[Seen, Seen] | None:
    """The first round's data under the second's rules and the other way round, read anew from their folders.

    None where the rules agree, or where the data of one do not fit the rules of the other.
    """
    if same_rules(one.rulebook, two.rulebook):
        return None
    found = _under(one.round, two.rulebook), _under(two.round, one.rulebook)
    return (found[0], found[1]) if found[0] and found[1] else None


def _under(round_: Round, rulebook: Rulebook) -> Seen | None:
    """A round as other rules see it; None when rows that were used fall out, or it cannot be scored."""
    try:
        read = intake.load(round_.folder, rulebook)
        fits = len(read.rejected) <= len(round_.rejected)
        return Seen(read, rulebook, score(read, rulebook)) if fits else None
    except (WenmingError, OSError):
        return None
