"""Pydantic's errors as problems in words: unknown keys, wrong types, values that are not allowed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import Any, TypeVar, get_args, get_origin

from pydantic import BaseModel, ValidationError

from analysis.errors import Problem
from analysis.framework import model
from analysis.framework.document import Finding, Path_, entry_name

M = TypeVar("M", bound=BaseModel)

_WANTED = {
    "string_type": ("文本", "text"),
    "bool_type": ("true 或 false", "true or false"),
    "bool_parsing": ("true 或 false", "true or false"),
    "tuple_type": ("列表", "a list"),
    "dict_type": ("“名称: 值”的对应表", "a map of name: value"),
    "model_type": ("一组“键: 值”", "a block of keys"),
    "model_attributes_type": ("一组“键: 值”", "a block of keys"),
    "int_from_float": ("整数", "a whole number"),
    "int_type": ("整数", "a whole number"),
    "int_parsing": ("整数", "a whole number"),
    "float_type": ("数", "a number"),
    "float_parsing": ("数", "a number"),
}


def near(value: str, known: list[str] | tuple[str, ...]) -> tuple[str, str]:
    """`Did you mean …?` in both languages, or empty texts."""
    found = get_close_matches(value, list(known), n=1)
    return (f"是否想写“{found[0]}”？", f" Did you mean {found[0]!r}?") if found else ("", "")


def build(kind: type[M], raw: Any) -> tuple[M | None, list[Finding], list[tuple[Any, ...]]]:
    """The model, or None with what is wrong; and where in `raw` it is wrong."""
    try:
        return kind.model_validate(raw), [], []
    except ValidationError as error:
        errors = error.errors(include_url=False)
        locations = [_without_tags(raw, one["loc"]) for one in errors]
        findings = [_finding(kind, raw, one, loc) for one, loc in zip(errors, locations, strict=True)]
        return None, findings, locations


def without(raw: Any, locations: list[tuple[Any, ...]]) -> Any:
    """A copy of `raw` without the values at these places."""
    copy = _copied(raw)
    for location in sorted(locations, key=str, reverse=True):
        block = _value_at(copy, location[:-1])
        if location and isinstance(block, dict):
            block.pop(location[-1], None)
    return copy


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    return [_copied(part) for part in value] if isinstance(value, list) else value


def _without_tags(raw: Any, loc: tuple[Any, ...]) -> tuple[Any, ...]:
    """Pydantic's location without the names of rules that it puts in between."""
    kept: list[Any] = []
    value = raw
    for i, step in enumerate(loc):
        if i and loc[i - 1] == "rule" and isinstance(value, dict) and value.get("name") == step:
            continue
        kept.append(step)
        inside = isinstance(value, dict) and step in value
        at = isinstance(value, list) and isinstance(step, int) and step < len(value)
        value = value[step] if inside or at else None
    return tuple(kept)


def as_path(raw: Any, location: tuple[Any, ...]) -> Path_:
    """A location in `raw` (positions) as a path (ids)."""
    path: list[str] = []
    value = raw
    for step in location:
        if isinstance(value, list) and isinstance(step, int) and step < len(value):
            value = value[step]
            path.append(entry_name(value, step))
        else:
            value = value.get(step) if isinstance(value, dict) else None
            path.append(str(step))
    return tuple(path)


def _value_at(raw: Any, location: tuple[Any, ...]) -> Any:
    for step in location:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _fields_at(kind: type[BaseModel], raw: Any, location: tuple[Any, ...]) -> list[str]:
    """The keys that are allowed in the block at a location."""
    current: Any = kind
    for depth, step in enumerate(location):
        if isinstance(step, int):
            continue
        field = current.model_fields.get(str(step)) if _is_model(current) else None
        block = _value_at(raw, location[: depth + 1])
        current = _model_of(field.annotation, block) if field is not None else None
    return [name for name in current.model_fields if name not in _FILLED] if _is_model(current) else []


_FILLED = ("numbers", "digest", "covered")


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _model_of(annotation: Any, block: Any) -> Any:
    """The model inside an annotation (of a list, an option, a choice of rules)."""
    if _is_model(annotation):
        return annotation
    inside = [_model_of(part, block) for part in get_args(annotation)] if get_origin(annotation) else []
    models = [part for part in inside if part is not None]
    named = (
        [part for part in models if _rule_name(part) == (block or {}).get("name")] if len(models) > 1 else []
    )
    return (named or models or [None])[0]


def _rule_name(kind: type[BaseModel]) -> str:
    field = kind.model_fields.get("name")
    return str(get_args(field.annotation)[0]) if field is not None and get_args(field.annotation) else ""


RULES = tuple(_rule_name(kind) for kind in get_args(get_args(model.Rule)[0]))


def _finding(kind: type[BaseModel], raw: Any, error: Any, location: tuple[Any, ...]) -> Finding:
    value, name = _value_at(raw, location), str(location[-1]) if location else ""
    path, code = as_path(raw, location), error["type"]
    if code == "missing":
        return Finding(path, _missing(name))
    if code == "extra_forbidden":
        return Finding(path, _unknown_key(name, _fields_at(kind, raw, location[:-1])))
    if code.startswith("union_tag"):
        given = value.get("name") if isinstance(value, dict) else value
        return Finding((*path, "name"), _not_allowed(given, RULES))
    if code == "literal_error":
        allowed = tuple(
            part.strip("'") for part in error["ctx"]["expected"].replace(" or ", ", ").split(", ")
        )
        return Finding(path, _not_allowed(value, allowed))
    return Finding(path, _wrong_type(value, code, error))


def _missing(name: str) -> Problem:
    return Problem(
        code="missing_key",
        zh=f"缺少必填的键“{name}”。",
        en=f"the key {name!r} is missing.",
        fix_zh="请补上。",
        fix_en="Add it.",
        value=name,
    )


def _unknown_key(name: str, allowed: list[str]) -> Problem:
    zh, en = near(name, allowed)
    listed = ", ".join(allowed)
    return Problem(
        code="unknown_key",
        zh=f"不认识的键“{name}”。{zh}",
        en=f"unknown key {name!r}.{en}",
        fix_zh=f"可用的键：{listed}。",
        fix_en=f"Keys that are allowed here: {listed}.",
        value=name,
    )


def _not_allowed(value: Any, allowed: tuple[str, ...]) -> Problem:
    zh, en = near(str(value), allowed)
    listed = ", ".join(allowed)
    return Problem(
        code="not_allowed",
        zh=f"“{value}”不在允许的取值中。{zh}",
        en=f"{value!r} is not one of the allowed values.{en}",
        fix_zh=f"可取：{listed}。",
        fix_en=f"Allowed: {listed}.",
        value=str(value),
    )


def _wrong_type(value: Any, code: str, error: Any) -> Problem:
    bounds = {"greater_than_equal": ("ge", "≥"), "less_than_equal": ("le", "≤")}
    if code in bounds:
        key, sign = bounds[code]
        wanted = (f"{sign} {error['ctx'][key]} 的数", f"a number {sign} {error['ctx'][key]}")
    else:
        wanted = _WANTED.get(code, ("别的类型的值", "a value of another type"))
    return Problem(
        code="wrong_type",
        zh=f"“{value}”不符合要求：此处应为{wanted[0]}。",
        en=f"{value!r} does not fit: {wanted[1]} is wanted here.",
        fix_zh="请改正该值。",
        fix_en="Correct the value.",
        value=str(value),
    )
