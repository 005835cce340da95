"""Every file shown in docs/framework.md loads, and every worked example is a sound leaf."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from analysis.framework.library import check_file, load, vocabulary
from analysis.framework.shape import RULES

DOCS = sorted((Path(__file__).parents[2] / "docs").glob("framework*.md"))
BLOCK = re.compile(r"^```yaml\n(.*?)^```$", re.DOTALL | re.MULTILINE)
TEXTS = {doc.name: BLOCK.findall(doc.read_text(encoding="utf-8")) for doc in DOCS}
FILES = {
    f"{doc} {i}": text
    for doc, texts in TEXTS.items()
    for i, text in enumerate(texts)
    if "\nrows:" not in text
}
EXAMPLES = {
    f"{doc} {yaml.safe_load(text)['example']}": yaml.safe_load(text)
    for doc, texts in TEXTS.items()
    for text in texts
    if "\nrows:" in text
}


@pytest.fixture(params=TEXTS)
def shown(request, tmp_path):
    """The folder with every file that a page shows, by id."""
    for text in (text for name, text in FILES.items() if name.startswith(f"{request.param} ")):
        name = re.search(r"^id: (\S+)", text, re.MULTILINE)[1]
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    return tmp_path


def test_every_file_in_the_docs_is_sound(shown):
    names = {path.name for path in shown.glob("*.yml")}
    assert names >= {
        "my-town.yml",
        "my-town-q2.yml",
        "my-composition.yml",
        "my-causes.yml",
        "settings-example.yml",
    }
    assert {name: check_file(shown / name) for name in names} == {name: [] for name in names}


def test_the_layer_in_the_docs_does_what_the_page_says(shown):
    changed = load(shown / "my-town-q2.yml").frameworks["my-town-q2"]
    assert [node.id for node in changed.children["field"]] == ["F-01", "F-02", "F-03"]
    assert [(item.id, item.points) for item in changed.by_id["F-02"].items] == [("F-02-2", 2.0)]


def test_the_vocabulary_in_the_docs_answers(shown):
    words = vocabulary(str(shown / "my-causes.yml"))
    assert words.lead_of("litter") == "综合执法"
    assert words.group_of["litter"].id == "appearance"


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_worked_example_is_a_leaf_that_the_checks_accept(name, tmp_path):
    example = EXAMPLES[name]
    leaf = {"id": "leaf", "zh": "叶", "en": "Leaf", "parent": "root", "weight": 1, "rule": example["rule"]}
    content = {
        "id": "example",
        "title": {"zh": "例", "en": "Example"},
        "source": "docs",
        "status": "illustrative",
        "sources": {"docs": "Worked example"},
        "causes": "",
        "site_types": [{"id": kind, "zh": kind, "en": kind} for kind in ("market", "main_road")],
        "nodes": [
            {"id": "root", "zh": "根", "en": "Root", "method": "field"},
            leaf | example.get("node", {}),
        ],
    }
    path = tmp_path / "example.yml"
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
    assert check_file(path) == []
    assert example["rows"]
    assert 0 <= example["rate"] <= 1


def test_every_rule_has_a_worked_example():
    assert {example["rule"]["name"] for example in EXAMPLES.values()} == set(RULES)
