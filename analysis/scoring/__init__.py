"""Observations to nodes, ledger and shares: the rules, the roll-up, the attribution held against it."""

from analysis.scoring.again import score_again
from analysis.scoring.evaluate import Evaluation, Scored, at_level, evaluate, score

__all__ = ["Evaluation", "Scored", "at_level", "evaluate", "score", "score_again"]
