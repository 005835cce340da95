"""Scenario files: what a step may say, read and checked with every problem at once.

title: 集中整治
steps:
  - fix: {unit: 澄溪区, cause: 市容环境}
    label: 市容环境整改到位
  - weights: {component: city, weights: {material: 0.4, field: 0.5, questionnaire: 0.1}}
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from analysis.errors import FrameworkError, Problem, UsageError
from analysis.framework.document import Document, Finding, Path_, locate, read_yaml
from analysis.simulation.refusals import refused, unknown

Form = Literal["names", "rows", "text", "number", "shares"]

_WHERE: dict[str, Form] = {
    **dict.fromkeys(("unit", "place", "component", "leaf", "site_type", "site", "item"), "names"),
    "row_id": "rows",
}
_EVENT: dict[str, Form] = {"unit": "names", "rule": "text", "points": "number"}
_RULE: dict[str, Form] = {"component": "text", "leaf": "names", "rule": "text"}

KINDS: dict[str, dict[str, Form]] = {
    "fix": {**_WHERE, "method": "names", "cause": "names", "responsible_unit": "names"},
    "set": {**_WHERE, "origin": "names", "period": "names", "value": "number", "answer": "text"},
    "set_score": {"unit": "names", "component": "text", "node": "text", "score": "number"},
    "drop_sites": dict.fromkeys(("unit", "place", "component", "site_type", "site", "origin"), "names"),
    "add_sites": {"unit": "text", "like": "text", "names": "names"},
    "negative_event": _EVENT,
    "bonus": _EVENT,
    "composition": {"rules": "text"},
    "framework": {"component": "text", "group": "text", "rules": "text"},
    "weights": {"component": "text", "weights": "shares"},
    "missing": _RULE,
    "average": _RULE,
    "answers": _RULE,
    "ties": {"rule": "text", "on": "text"},
}
"""Every kind of step with its keys and the form of their values."""

REQUIRED: dict[str, tuple[str, ...]] = {
    "set_score": ("unit", "component", "node", "score"),
    "add_sites": ("unit", "like", "names"),
    "negative_event": ("unit", "rule"),
    "bonus": ("unit", "rule"),
    "composition": ("rules",),
    "framework": ("component", "rules"),
    "weights": ("weights",),
    "missing": ("rule",),
    "average": ("rule",),
    "answers": ("rule",),
    "ties": ("rule",),
}


@dataclass(frozen=True)
class Step:
    """One step: its kind, its keys with values in the form of `KINDS`, and where it stands."""

    kind: str
    keys: Mapping[str, Any]
    label: str
    path: Path_ = ()

    @property
    def filters(self) -> str:
        """The keys as text, for messages."""
        return ", ".join(f"{key}: {_shown(value)}" for key, value in self.keys.items())


@dataclass(frozen=True)
class Scenario:
    """A title and steps, with the document they were read from."""

    title: str
    steps: tuple[Step, ...]
    document: Document

    def located(self, step: Step, problems: list[Problem]) -> list[Problem]:
        """Problems of a step with file and line."""
        return locate([Finding(step.path, problem) for problem in problems], [self.document])


Source = str | os.PathLike[str] | Mapping[str, Any] | Scenario


def read_scenario(source: Source) -> Scenario:
    """The scenario in a YAML file, or in a mapping of the same shape.

    Raises UsageError with every unknown kind and key, missing key and value of the wrong form.
    """
    scenario, problems = parsed(source)
    if problems:
        raise UsageError(problems)
    return scenario


def parsed(source: Source) -> tuple[Scenario, list[Problem]]:
    """A scenario with the steps that could be read, and what is wrong with the others.

    Raises UsageError for a file that is not YAML.
    """
    if isinstance(source, Scenario):
        return source, []
    document = _document(source)
    reader = _Reader()
    scenario = reader.scenario(document)
    wrong = {found.path[:2] for found in reader.findings}
    steps = tuple(step for step in scenario.steps if step.path not in wrong)
    return replace(scenario, steps=steps), locate(reader.findings, [document])


def _document(source: str | os.PathLike[str] | Mapping[str, Any]) -> Document:
    if isinstance(source, Mapping):
        return Document(Path("scenario"), dict(source), {})
    try:
        return read_yaml(Path(source))
    except FrameworkError as error:
        raise UsageError(error.problems) from error


class _Reader:
    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def found(self, path: Path_, problem: Problem) -> None:
        self.findings.append(Finding(path, problem))

    def scenario(self, document: Document) -> Scenario:
        raw = document.raw if isinstance(document.raw, dict) else {}
        self._keys(raw, ("title", "steps"), ())
        entries = raw.get("steps")
        if not isinstance(entries, list) or not entries:
            zh, en = (
                "情景需要 steps：一个非空的步骤列表。",
                "a scenario needs `steps`, a list that is not empty.",
            )
            self.found(("steps",), refused("no_steps", zh, en))
            entries = []
        steps = [self._step(entry, i) for i, entry in enumerate(entries)]
        title = str(raw.get("title") or document.file.stem)
        return Scenario(title, tuple(step for step in steps if step), document)

    def _keys(self, raw: Mapping[str, Any], allowed: tuple[str, ...], path: Path_) -> None:
        for key in raw:
            if key not in allowed:
                self.found((*path, str(key)), unknown("键", "key", key, allowed))

    def _step(self, entry: Any, index: int) -> Step | None:
        path = ("steps", str(index))
        if not isinstance(entry, dict):
            zh, en = f"步骤应写成“种类: 内容”，而不是“{entry}”。", f"a step is `kind: ...`, not {entry!r}."
            self.found(path, refused("not_a_step", zh, en, value=entry))
            return None
        self._keys(entry, (*KINDS, "label"), path)
        kinds = [key for key in entry if key in KINDS]
        if len(kinds) != 1:
            if kinds or set(entry) <= {"label"}:
                self.found(path, _one_kind(kinds))
            return None
        kind = kinds[0]
        keys = self._values(kind, entry[kind], (*path, kind))
        step = Step(kind, keys, "", path)
        return Step(kind, keys, str(entry.get("label") or f"{kind} {step.filters}"), path)

    def _values(self, kind: str, raw: Any, path: Path_) -> dict[str, Any]:
        forms = KINDS[kind]
        if kind == "composition" and not isinstance(raw, dict):
            raw = {"rules": raw}
        if not isinstance(raw, dict) or not raw:
            zh, en = f"“{kind}”需要键：{'、'.join(forms)}。", f"{kind!r} needs keys: {', '.join(forms)}."
            self.found(path, refused("no_keys", zh, en, value=kind))
            return {}
        self._keys(raw, tuple(forms), path)
        for key in REQUIRED.get(kind, ()):
            if raw.get(key) is None:
                zh, en = f"“{kind}”缺少“{key}”。", f"{kind!r} lacks {key!r}."
                self.found(path, refused("missing_key", zh, en, value=key))
        values = {key: self._value(forms[key], raw[key], (*path, key)) for key in raw if key in forms}
        self._whole(kind, values, path)
        return {key: value for key, value in values.items() if value is not None}

    def _whole(self, kind: str, values: dict[str, Any], path: Path_) -> None:
        """What concerns several keys of a step."""
        if kind == "set" and len({"value", "answer"} & set(values)) != 1:
            zh, en = "“set”需要 value 或 answer 之一。", "'set' needs either `value` or `answer`."
            self.found(path, refused("value_or_answer", zh, en))
        if kind in ("set", "drop_sites") and not set(values) - {"value", "answer"}:
            zh, en = f"“{kind}”需要至少一个筛选条件。", f"{kind!r} needs at least one filter."
            self.found(path, refused("no_filter", zh, en, value=kind))
        if (values.get("points") or 0) < 0:
            self.found((*path, "points"), _negative(values["points"]))

    def _value(self, form: Form, raw: Any, path: Path_) -> Any:
        try:
            return _FORMS[form](raw)
        except (TypeError, ValueError):
            zh, en = f"“{raw}”应为{_WORDS[form][0]}。", f"{raw!r} should be {_WORDS[form][1]}."
            self.found(path, refused("wrong_form", zh, en, value=raw))
            return None


def _one_kind(kinds: list[str]) -> Problem:
    given = "、".join(kinds) or "无"
    return refused(
        "one_kind",
        f"每一步只能有一种操作，这里写了：{given}。",
        f"a step has exactly one kind; found: {', '.join(kinds) or 'none'}.",
        f"可用：{'、'.join(KINDS)}。",
        f"Known: {', '.join(KINDS)}.",
        given,
    )


def _negative(value: float) -> Problem:
    zh, en = f"分值 {value:g} 不能为负。", f"points {value:g} must not be negative."
    return refused("negative_points", zh, en, value=f"{value:g}")


def _names(raw: Any) -> tuple[str, ...]:
    entries = raw if isinstance(raw, list | tuple) else [raw]
    if not entries or any(isinstance(entry, dict | list) or entry is None for entry in entries):
        raise ValueError(raw)
    return tuple(str(entry) for entry in entries)


def _rows(raw: Any) -> tuple[int, ...]:
    return tuple(int(entry) for entry in _names(raw))


def _text(raw: Any) -> str:
    (name,) = _names(raw)
    return name


def _number(raw: Any) -> float:
    value = float(raw)
    if not abs(value) < float("inf"):
        raise ValueError(raw)
    return value


def _shares(raw: Any) -> dict[str, float]:
    if not isinstance(raw, dict) or not raw:
        raise ValueError(raw)
    return {str(key): _number(value) for key, value in raw.items()}


_FORMS: dict[Form, Callable[[Any], Any]] = {
    "names": _names,
    "rows": _rows,
    "text": _text,
    "number": _number,
    "shares": _shares,
}

_WORDS: dict[Form, tuple[str, str]] = {
    "names": ("一个名称或名称列表", "a name or a list of names"),
    "rows": ("观测编号或其列表", "a row id or a list of row ids"),
    "text": ("一个名称", "one name"),
    "number": ("数字", "a number"),
    "shares": ("“名称: 数字”的表", "a table of `name: number`"),
}


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {number:g}" for key, number in value.items())
    if isinstance(value, tuple):
        return ", ".join(map(str, value[:5])) + (" …" if len(value) > 5 else "")
    return f"{value:g}" if isinstance(value, float) else str(value)
