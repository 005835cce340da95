"""Words of explanations in both languages, and scoring rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from analysis.errors import FrameworkError, Lang
from analysis.framework.model import Framework, Rule
from analysis.framework.vocabulary import Vocabulary

ALWAYS = ("max_points", "start", "count")
"""Parameters that are told even when they are the usual ones."""


@cache
def _words() -> dict[str, dict[str, dict[Lang, str]]]:
    import yaml

    text = files("analysis.results").joinpath("words.yml").read_text(encoding="utf-8")
    found: dict[str, dict[str, dict[Lang, str]]] = yaml.safe_load(text)
    return found


def word(section: str, name: str, lang: Lang, **values: object) -> str:
    """One text of `words.yml` with its blanks filled; the name itself where no text is known."""
    texts = _words()[section].get(name)
    return texts[lang].format(**values) if texts else name


def rule_in_words(rule: Rule, lang: Lang) -> str:
    """A scoring rule with its full marks and every parameter that is set, e.g. `达标得满分（不低于 98）`."""
    chosen = rule.model_dump(exclude={"name"}, exclude_defaults=True)
    every = rule.model_dump(exclude={"name"}, exclude_none=True)
    shown = {name: value for name, value in every.items() if name in chosen or name in ALWAYS}
    parts = [f"{word('fields', name, lang)} {_value(value, lang)}".strip() for name, value in shown.items()]
    title = word("rules", rule.name, lang)
    if not parts:
        return title
    return f"{title}（{'，'.join(parts)}）" if lang == "zh" else f"{title} ({', '.join(parts)})"


def _value(value: Any, lang: Lang) -> str:
    if isinstance(value, bool):
        return "" if value else "×"
    if isinstance(value, Mapping):
        return " ".join(f"{key}={number:g}" for key, number in value.items())
    if isinstance(value, (tuple, list)):
        return " ".join(value)
    return word("values", value, lang) if isinstance(value, str) else f"{value:g}"


@cache
def vocabulary_of(name: str) -> Vocabulary | None:
    """The vocabulary of causes a framework names; None where it names none or it lies elsewhere."""
    from analysis.framework import library

    try:
        return library.vocabulary(name) if name else None
    except FrameworkError:
        return None


def cause_label(cause: str, framework: Framework, lang: Lang) -> str:
    """A cause (or group of causes) in words; its id where the vocabulary does not know it."""
    known = vocabulary_of(framework.causes)
    if known is None or not known.known(cause):
        return word("causes", cause, lang)
    return known.causes.get(cause, known.group_of[cause]).label[lang]
