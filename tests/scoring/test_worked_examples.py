"""The worked examples of docs/framework.md (both languages) come out as the page works them out."""

import re
from pathlib import Path

import pandas as pd
import pytest
import yaml

BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = sorted((Path(__file__).parents[2] / "docs").glob("framework*.md"))
EXAMPLES = [
    pytest.param(example, id=f"{page.stem}: {example['example']}")
    for page in PAGES
    for text in BLOCK.findall(page.read_text(encoding="utf-8"))
    if "\nrows:" in text
    for example in [yaml.safe_load(text)]
]
RULES = ("pass_share", "graded", "deduction", "start_adjust", "counted_evidence")
RULES += ("threshold", "target", "answer_scale", "given_score")


@pytest.mark.parametrize("example", EXAMPLES)
def test_worked_example(example, leaf_rate):
    held = [{"unit": "甲", "attribute": title} for title in example.get("titles", [])]
    frames = {"attributes": pd.DataFrame(held).astype("category")} if held else {}
    rate = leaf_rate(example["rule"], example["rows"], example.get("node"), frames)
    assert rate == pytest.approx(example["rate"], abs=1e-9)


def test_every_rule_has_one_on_every_page():
    assert len(PAGES) == 2
    for page in PAGES:
        texts = [text for text in BLOCK.findall(page.read_text(encoding="utf-8")) if "\nrows:" in text]
        assert {yaml.safe_load(text)["rule"]["name"] for text in texts} == set(RULES), page.name
