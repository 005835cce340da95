"""Awards and warnings as rules: each for one kind of unit, by a range of scores or a number of places."""

import pytest

from analysis.errors import FrameworkError
from analysis.framework.library import load
from analysis.framework.workbook import write_workbook

TEXT = """
id: quarter
title: {zh: 季度, en: Quarter}
source: form
status: local
sources: {form: A form}
nodes:
  - {id: town, zh: 城镇, en: Town, method: field, rule: {name: given_score}}
settings:
  awards:
    - {id: red, zh: 红牌, en: Red card, kind: red_card, level: 村, below: 70}
    - {id: yellow, zh: 黄牌, en: Yellow card, kind: yellow_card, level: 村, from_score: 70, below: 80}
    - {id: flag, zh: 流动红旗, en: Flag, kind: flag, level: 小区, first: 1}
    - {id: person, zh: 红牌, en: Red card, kind: red_card, level: 责任人, of: responsible_units, below: 75}
"""


def written(tmp_path, text):
    path = tmp_path / "quarter.yml"
    path.write_text(text, encoding="utf-8")
    return path


def test_awards_survive_the_workbook(tmp_path):
    framework = load(written(tmp_path, TEXT)).frameworks["quarter"]
    write_workbook(framework, tmp_path / "quarter.xlsx")
    again = load(tmp_path / "quarter.xlsx").frameworks["quarter"].settings.awards
    assert again == framework.settings.awards
    assert [(one.id, one.level, one.of, one.below) for one in again][-1] == (
        "person",
        "责任人",
        "responsible_units",
        75.0,
    )
    numbers = {number.where: number.value for number in framework.numbers}
    assert numbers["settings.awards.red.below"] == 70


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("below: 70}", "below: 72}", "'yellow'.*overlap|'red' and 'yellow'|'yellow' and 'red'"),
        ("first: 1}", "first: 1, last: 2}", "'flag' must be one of"),
        ("first: 1}", "first: 0}", "0"),
        ("first: 1}", "per: cycle, first: 1}", "'flag' is given per cycle"),
        ("from_score: 70", "from_score: 90", "'yellow' is empty"),
        ("kind: flag", "kind: flags", "'flags'"),
        ("level: 小区", "levels: 小区", "'levels'.*'level'"),
    ],
)
def test_a_wrong_award_says_what_is_wrong(tmp_path, old, new, message):
    with pytest.raises(FrameworkError, match=message):
        load(written(tmp_path, TEXT.replace(old, new)))


def test_cards_of_different_kinds_of_units_may_share_a_range(tmp_path):
    text = TEXT.replace("below: 75", "below: 70")
    assert len(load(written(tmp_path, text)).settings.awards) == 4
