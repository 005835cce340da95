"""Scenarios that say what cannot be: refused, with every problem and its line."""

import pytest

from analysis.errors import UsageError
from analysis.simulation.effects import what_if
from analysis.simulation.scenario import read_scenario


def refusal(evaluation, *steps):
    with pytest.raises(UsageError) as caught:
        what_if(evaluation, {"steps": list(steps)})
    return caught.value


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"fxi": {"unit": "甲"}}, "Did you mean: fix"),
        ({"fix": {"unti": "甲"}}, "no key 'unti'. Did you mean: unit"),
        ({"fix": {}}, "'fix' needs keys"),
        ({"fix": {"unit": "甲"}, "bonus": {"unit": "甲", "rule": "prize"}}, "exactly one kind"),
        ({"set": {"unit": "甲"}}, "either `value` or `answer`"),
        ({"set": {"value": 1}}, "at least one filter"),
        ({"set": {"unit": "甲", "value": "一"}}, "'一' should be a number"),
        ({"fix": {"row_id": "x"}}, "'x' should be a row id"),
        ({"bonus": {"unit": "甲"}}, "lacks 'rule'"),
        ({"bonus": {"unit": "甲", "rule": "prize", "points": -2}}, "points -2 must not be negative"),
        ({"weights": {"component": "city", "weights": 3}}, "3 should be a table"),
    ],
)
def test_a_file_that_says_something_else_is_refused(step, said):
    with pytest.raises(UsageError, match=said.replace("(", r"\(").replace(".", r"\.")):
        read_scenario({"steps": [step]})


def scored(component, node, score):
    return {"set_score": {"unit": "甲", "component": component, "node": node, "score": score}}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        ({"fix": {"unit": "戊"}}, "no unit '戊'"),
        ({"fix": {"unit": "甲", "cause": "dogs"}}, "matches no lost points: unit = 甲, cause = dogs"),
        ({"fix": {"cause": "litte"}}, "Did you mean: litter"),
        ({"fix": {"responsible_unit": "甲a"}}, "Did you mean: 甲a局"),
        ({"fix": {"row_id": 9999}}, "no row id '9999'"),
        ({"fix": {"leaf": "rated", "unit": "甲"}}, "none of the 1 losses that match is a finding"),
        ({"set": {"leaf": "graded", "answer": "很好"}}, "no grade of graded '很好'"),
        ({"set": {"leaf": "passed", "value": 2}}, "2 is outside 0 to 1"),
        ({"set": {"leaf": "passed", "answer": "优"}}, "is set by `value`"),
        (scored("city", "field", 130), "130 is not between 0 and"),
        (scored("city", "capped", 3), "scored from observations"),
        (scored("cty", "field", 3), "no component 'cty'"),
        ({"drop_sites": {"unit": "甲", "site": "七路"}}, "no site '七路'"),
        ({"add_sites": {"unit": "甲", "like": "一路", "names": "二路"}}, "a site '二路' already"),
        ({"negative_event": {"unit": "甲", "rule": "fak"}}, "Did you mean: fake"),
        ({"composition": "no-such-rules"}, "no 'no-such-rules'"),
        ({"framework": {"component": "city", "rules": "minors-2023"}}, "do not know leaves of 'city'"),
        ({"weights": {"component": "city", "weights": {"field": 0.9}}}, "1.5"),
        ({"weights": {"weights": {"city": 0.9}}}, "0.9"),
        ({"missing": {"rule": "zro"}}, "Did you mean: zero"),
        ({"average": {"component": "city", "leaf": "x1", "rule": "pooled"}}, "no leaf 'x1'"),
    ],
)
def test_a_step_that_cannot_be_is_refused(world, step, said):
    assert said in refusal(world(), step).text("en")
    assert refusal(world(), step).exit_code == 2


def test_all_problems_of_all_steps_come_at_once_with_their_lines(world, tmp_path):
    file = tmp_path / "情景.yml"
    text = "steps:\n  - fix: {unit: 戊}\n  - missing: {rule: nul}\n  - fix: {cause: litter}\n"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        what_if(world(), file)
    assert [(p.row, p.value) for p in caught.value.problems] == [(2, "戊"), (3, "nul")]
    assert all(p.file == str(file) for p in caught.value.problems)


def test_an_unknown_key_has_its_line(tmp_path):
    file = tmp_path / "s.yml"
    file.write_text("title: x\nsteps:\n  - fix:\n      unit: 甲\n      cuase: litter\n", encoding="utf-8")
    with pytest.raises(UsageError, match="Did you mean: cause") as caught:
        read_scenario(file)
    assert caught.value.problems[0].row == 5


@pytest.mark.parametrize("text", ["", "steps: []", "- 1", "steps: 3"])
def test_a_file_without_steps_is_refused(tmp_path, text):
    file = tmp_path / "s.yml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="needs `steps`"):
        read_scenario(file)


def test_no_scenario_at_all_and_no_file(world, tmp_path):
    with pytest.raises(UsageError, match="no scenario"):
        what_if(world())
    with pytest.raises(UsageError, match="nowhere"):
        read_scenario(tmp_path / "nowhere.yml")


def test_the_split_of_many_steps_is_refused_by_number(world):
    result = what_if(world(), {"steps": [{"bonus": {"unit": "甲", "rule": "prize"}}] * 9})
    with pytest.raises(UsageError, match="9 steps"):
        _ = result.split


def test_mistakes_of_form_and_of_names_come_at_once(world):
    """A key that cannot be read in one step does not hide a unit that does not exist in another."""
    said = refusal(world(), {"fxi": {"unit": "甲"}}, {"fix": {"unit": "戊"}}, {"ties": {"rule": "odd"}}).text(
        "en"
    )
    assert "no key 'fxi'" in said
    assert "no unit '戊'" in said
    assert "no rule for ties 'odd'" in said
