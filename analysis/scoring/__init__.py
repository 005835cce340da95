"""Observations to nodes, ledger and shares: the rules, the roll-up, the attribution held against it."""

from analysis.scoring.evaluate import Evaluation, at_level, evaluate

__all__ = ["Evaluation", "at_level", "evaluate"]
