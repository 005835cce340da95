"""Words of explanations in both languages, and scoring rules in words."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from analysis.errors import FrameworkError, Lang
from analysis.framework.model import Framework, Rule

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
def cause_labels(vocabulary: str) -> dict[str, dict[Lang, str]]:
    """Cause and group ids of a vocabulary to their labels; empty where it cannot be found."""
    from analysis.framework.library import vocabulary as load

    try:
        found = load(vocabulary)
    except FrameworkError:
        return {}
    named = [*found.groups, *(cause for group in found.groups for cause in group.causes)]
    return {entry.id: {"zh": entry.zh, "en": entry.en} for entry in named}


def cause_label(cause: str, framework: Framework, lang: Lang) -> str:
    """A cause in words; its id where the vocabulary does not know it."""
    labels = cause_labels(framework.causes) if framework.causes else {}
    return labels[cause][lang] if cause in labels else word("causes", cause, lang)
