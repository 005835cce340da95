"""What one fix alone brings back: the cell scored again counts, not its share of the loss."""

from __future__ import annotations

import numpy as np
import pytest

from analysis.scoring import evaluate
from analysis.scoring.regain import regain


def leaf(rule, **more):
    return {"id": "a", "parent": "root", "weight": 1.0, "method": "field", "rule": rule, **more}


def gains_of(framework_of, rulebook_of, round_of, rule, rows, **more):
    nodes = [{"id": "root"}, leaf(rule, **more)]
    rows = [
        {"unit": "甲", "leaf": "a", "component": "root", "source_row": i, **r} for i, r in enumerate(rows)
    ]
    result = evaluate(round_of(rows), rulebook_of(framework_of(nodes)))
    found = regain(result.scored, result.ledger)
    return dict(zip(result.ledger["row_id"], np.round(found, 9), strict=True)), result


def test_under_a_cap_fixing_one_of_many_findings_brings_nothing(framework_of, rulebook_of, round_of):
    rule = {"name": "deduction", "cap_scope": "leaf", "max_points": 10}
    rows = [{"value": 8.0, "site": "s"}, {"value": 3.0, "site": "s"}, {"value": 4.0, "site": "s"}]
    found, result = gains_of(framework_of, rulebook_of, round_of, rule, rows)
    assert found == {0: 30.0, 1: 0.0, 2: 0.0}
    assert result.ledger["points_lost"].sum() == pytest.approx(100)


def test_under_a_threshold_the_last_step_brings_everything(framework_of, rulebook_of, round_of):
    rule = {"name": "threshold", "at_least": 0.75, "of": "pass_share"}
    rows = [{"value": v, "site": f"s{i}"} for i, v in enumerate([1, 1, 0, 0])]
    found, _ = gains_of(framework_of, rulebook_of, round_of, rule, rows)
    assert found == {2: 100.0, 3: 100.0}
    rows = [{"value": v, "site": f"s{i}"} for i, v in enumerate([1, 0, 0, 0])]
    found, _ = gains_of(framework_of, rulebook_of, round_of, rule, rows)
    assert found == {1: 0.0, 2: 0.0, 3: 0.0}


def test_a_given_score_has_no_fix(framework_of, rulebook_of, round_of):
    found, _ = gains_of(
        framework_of, rulebook_of, round_of, {"name": "given_score", "max_points": 10}, [{"value": 7.0}]
    )
    assert np.isnan(found[0])


def test_the_best_answer_there_is_may_be_less_than_all(framework_of, rulebook_of, round_of):
    rule = {"name": "graded", "grades": {"A": 0.9, "B": 0.5}}
    rows = [{"answer": "A", "site": "s"}, {"answer": "B", "site": "t"}]
    found, _ = gains_of(framework_of, rulebook_of, round_of, rule, rows)
    assert found == {0: 0.0, 1: 20.0}
