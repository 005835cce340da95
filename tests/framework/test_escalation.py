"""Rules of escalation: one condition each, read from YAML and from a workbook alike."""

import pytest

from analysis.errors import FrameworkError
from analysis.framework.library import load
from analysis.framework.workbook import write_workbook

TEXT = """
id: loop
title: {zh: 整改, en: Loop}
source: form
status: local
sources: {form: A form}
nodes:
  - {id: town, zh: 城镇, en: Town, method: field, rule: {name: given_score}}
settings:
  escalation:
    - {id: urged, zh: 督办, en: Urged, days_overdue: 15}
    - {id: accountable, zh: 追责, en: Accountable, bad_fixes: 2}
"""


def written(tmp_path, text):
    path = tmp_path / "loop.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_escalation_survives_the_workbook(tmp_path):
    framework = load(written(tmp_path, TEXT)).frameworks["loop"]
    book = tmp_path / "loop.xlsx"
    write_workbook(framework, book)
    again = load(book).frameworks["loop"].settings.escalation
    assert again == framework.settings.escalation
    assert [(rule.id, rule.days_overdue, rule.bad_fixes) for rule in again] == [
        ("urged", 15, None),
        ("accountable", None, 2),
    ]


@pytest.mark.parametrize("condition", ["days_overdue: 15, bad_fixes: 2", "source: form"])
def test_an_escalation_has_one_condition(tmp_path, condition):
    with pytest.raises(FrameworkError, match="escalation 'urged' must have exactly one"):
        load(written(tmp_path, TEXT.replace("days_overdue: 15", condition)))


def test_a_condition_is_at_least_one(tmp_path):
    with pytest.raises(FrameworkError, match="0"):
        load(written(tmp_path, TEXT.replace("bad_fixes: 2", "bad_fixes: 0")))
