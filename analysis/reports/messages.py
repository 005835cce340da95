"""What the command line says when it cannot go on, in our own words and the language asked for."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from analysis.errors import Lang, Problem, UsageError


@cache
def help_texts() -> dict[str, Any]:
    """What `help.yml` says about every command and parameter, in both languages."""
    import yaml

    text = files("analysis.reports").joinpath("help.yml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def message(key: str, lang: Lang, **values: Any) -> str:
    """One message of the command line with its values filled in."""
    text: str = help_texts()["messages"][key][lang]
    return text.format(**values)


def usage_error(key: str, **values: Any) -> UsageError:
    """A refusal in the words of `help.yml`, with what to do about it."""
    texts = help_texts()["messages"]
    fix = texts.get(f"{key}_fix", {"zh": "", "en": ""})
    said = {lang: texts[key][lang].format(**values) for lang in ("zh", "en")}
    fixes = {f"fix_{lang}": fix[lang].format(**values) for lang in ("zh", "en")}
    return UsageError(Problem(code=key, **said, **fixes, value=str(values.get("value", ""))))


def file_error(error: OSError) -> UsageError:
    """What the system says about a file or folder, as a message."""
    detail = error.strerror or str(error)
    (problem,) = usage_error("file", detail=detail).problems
    return UsageError(Problem(**{**problem.as_dict(), "file": str(error.filename or ""), "value": detail}))


def language(arguments: Sequence[str]) -> Lang:
    """The language asked for: `--lang`, else WENMING_LANG, else Chinese. Raises `UsageError` for another."""
    pairs = zip(arguments, [*arguments[1:], ""], strict=False)
    asked = [
        after if name == "--lang" else name.removeprefix("--lang=")
        for name, after in pairs
        if _names_it(name)
    ]
    value = asked[-1] if asked else os.environ.get("WENMING_LANG") or "zh"
    if value in ("zh", "en"):
        return "zh" if value == "zh" else "en"
    raise usage_error("bad_language", value=value)


def _names_it(argument: str) -> bool:
    return argument == "--lang" or argument.startswith("--lang=")


def spelling(parameter: Any) -> str:
    """A parameter as it is typed."""
    if parameter.param_type_name == "argument":
        return str(parameter.metavar or parameter.name.upper())
    takes = "" if parameter.is_flag or parameter.name == "help" else f" {parameter.metavar or ''}"
    return ", ".join(parameter.opts) + takes


def command_line_error(error: Any, arguments: Sequence[str]) -> UsageError:
    """A parser's complaint about the command line, in our own words (`error` is told by its class name)."""
    kind = type(error).__name__
    if kind == "BadParameter":
        zh, en, value = _bad_parameter(error, arguments)
    else:
        zh, en, value = _COMPLAINTS.get(kind, _other_complaint)(error)
    context = getattr(error, "ctx", None)
    path = context.command_path if context is not None else "wenming"
    return UsageError(
        Problem(
            code="command_line",
            zh=zh,
            en=en,
            fix_zh=f"运行 {path} --help 查看用法。",
            fix_en=f"Run `{path} --help` to see what is possible.",
            value=value,
        )
    )


def _no_such_option(error: Any) -> tuple[str, str, str]:
    name = error.option_name
    near = ", ".join(error.possibilities or ())
    hint_zh, hint_en = (f"是否指 {near}？", f" Did you mean {near}?") if near else ("", "")
    return f"没有选项 {name}。{hint_zh}", f"there is no option {name}.{hint_en}", name


def _missing_parameter(error: Any) -> tuple[str, str, str]:
    name = spelling(error.param).split(" ")[0]
    return f"缺少参数 {name}。", f"{name} is missing.", name


def _bad_parameter(error: Any, arguments: Sequence[str]) -> tuple[str, str, str]:
    name = spelling(error.param).split(" ")[0]
    value = _given(name, arguments)
    allowed_zh, allowed_en = help_texts()["allowed"].get(error.param.name, {"zh": "", "en": ""}).values()
    return (
        f"{name} 的值“{value}”不能使用，应为{allowed_zh}。",
        f"{name} cannot be {value!r}; it must be {allowed_en}.",
        value,
    )


def _given(name: str, arguments: Sequence[str]) -> str:
    """The value of an option as it was typed."""
    for argument, after in zip(arguments, [*arguments[1:], ""], strict=False):
        if argument == name:
            return after
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return ""


def _bad_option_usage(error: Any) -> tuple[str, str, str]:
    name = error.option_name
    return (
        f"选项 {name} 的用法不对：需要一个值的选项后面要写值，开关不写值。",
        f"option {name}: {error.message}",
        name,
    )


def _other_complaint(error: Any) -> tuple[str, str, str]:
    message = error.format_message()
    named = re.search(r"No such command '(.*?)'", message)
    if named:
        known = "、".join(help_texts()["commands"])
        english = ", ".join(help_texts()["commands"])
        value = named[1]
        return (
            f"没有命令“{value}”。命令有：{known}。",
            f"there is no command {value!r}. Commands: {english}.",
            value,
        )
    extra = re.search(r"unexpected extra arguments? \((.*)\)|extra argument\(s\) \((.*)\)", message)
    if extra:
        value = next(group for group in extra.groups() if group).strip()
        return f"多出的参数：{value}。", f"not expected: {value}.", value
    return f"命令行无法识别：{message}", f"the command line cannot be read: {message}", ""


_COMPLAINTS = {
    "NoSuchOption": _no_such_option,
    "MissingParameter": _missing_parameter,
    "BadOptionUsage": _bad_option_usage,
}
