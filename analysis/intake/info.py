"""`round.yml` to a `RoundInfo`, with every fault of the file at once."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from analysis.errors import Problem, UsageError
from analysis.intake import yamlfile
from analysis.intake.round import RoundInfo

_ZH = {"missing": "缺少必填项", "extra_forbidden": "没有这个键", "literal_error": "值不在允许范围内"}
_FIX = (
    "请修改 round.yml；各键的含义见 docs/workbooks.md。",
    "Correct round.yml; docs/workbooks.md lists its keys.",
)


def read_info(folder: Path) -> RoundInfo:
    """What `round.yml` of `folder` says.

    Raises `UsageError` with every problem: no file, not YAML, unknown or missing keys, wrong types.
    """
    path = folder / "round.yml"
    try:
        return RoundInfo.model_validate(_loaded(path))
    except ValidationError as error:
        raise UsageError([_problem(entry) for entry in error.errors()]) from error


def _loaded(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise _refused(
            f"文件夹 {path.parent} 里没有 round.yml", f"there is no round.yml in folder {path.parent}"
        )
    try:
        data = yamlfile.load(path)
    except yamlfile.YamlError as error:
        raise _refused(f"无法读取：{error.zh}", f"cannot be read: {error.en}") from error
    if not isinstance(data, dict):
        raise _refused("内容应为“键: 值”", f"should hold `key: value` pairs, not {type(data).__name__}")
    return data


def _refused(zh: str, en: str) -> UsageError:
    return UsageError(
        Problem(code="round_yml", zh=f"{zh}。", en=f"{en}.", fix_zh=_FIX[0], fix_en=_FIX[1], file="round.yml")
    )


def _problem(entry: Any) -> Problem:
    key = ".".join(str(part) for part in entry["loc"])
    value = "" if entry["type"] == "missing" else str(entry["input"])
    near = difflib.get_close_matches(key, RoundInfo.model_fields, 1)
    hint = (f"是否想写 {near[0]}？", f"Did you mean {near[0]}? ") if near and near[0] != key else ("", "")
    zh = _ZH.get(entry["type"], "值的类型或形式不对")
    return Problem(
        code="round_yml",
        file="round.yml",
        column=key,
        value=value,
        zh=f"{zh}{f'：{value}' if value else ''}（{entry['msg']}）。",
        en=f"{entry['msg']}{f', not {value!r}' if value else ''}.",
        fix_zh=hint[0] + _FIX[0],
        fix_en=hint[1] + _FIX[1],
    )
