"""The kinds of sheet and the words of cells, from `headers.yml`; headers matched to fields."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

import yaml

_ALIKE = str.maketrans(
    dict.fromkeys("・•‧∙⋅", "·")
    | dict.fromkeys("‐‑‒–—―−─", "-")
    | dict.fromkeys("\u200b\u200c\u200d\u200e\u200f\u2060\ufeff\u00ad")
)
TEXT_MARK = re.compile(r"^'(?=[0-9A-Za-z])")
_NUMBER = re.compile(
    r"^[(]?(?:[A-Za-z]|第)?(?:\d+(?:[-.]\d+)*|[一二三四五六七八九十]+)题?[)、.:_]+"
    r"|^(?:[A-Za-z]|第)?\d+题?(?=[\u4e00-\u9fff])"
)
_FORM = re.compile(
    r"[\[(【](?:单选题?|多选题?|可多选|可选多项|不定项|矩阵[^\])】]*|量表题?|必答题?|必填)[\])】]$|\*$"
)
_OPTION = re.compile(r"^[A-Za-z0-9][.、:)](?!\d)")
_JOINT = re.compile(r"[:_\-/—.(\[【|]+")
_PORTION = re.compile(r"(?:占比|比例|百分比)(?:\(%\))?$|\(%\)$|%$")
_FREE_TEXT = re.compile(r"〖[^〗]*〗?$")
_YEAR = re.compile(r"(19|20)\d\d(?=(?:年|年度)?(?:完成值|实际值|指标值|数值)?$)")


def key(text: object) -> str:
    """Text as it is compared: `plain_key` with traditional characters and variants made usual."""
    return plain_key(text).translate(_variants())


def plain_key(text: object) -> str:
    """`spaced` without any white space."""
    return spaced(text).replace(" ", "")


def spaced(text: object) -> str:
    """Full-width forms made ordinary (NFKC), middle dots and dashes alike, one space for any white space,
    nothing that has no width; without the ' that some programs put before a number that is to stay text."""
    plain = " ".join(unicodedata.normalize("NFKC", str(text)).translate(_ALIKE).split())
    return TEXT_MARK.sub("", plain) if plain[:1] == "'" else plain


@cache
def _variants() -> dict[int, str]:
    """Usual characters by their variants, from `variants.yml`."""
    text = resources.files("analysis.intake.words").joinpath("variants.yml").read_text(encoding="utf-8")
    return {ord(pair[0]): pair[1] for pair in yaml.safe_load(text)["pairs"].split()}


def year_of(text: object) -> str:
    """The year of `2024`, `2024年`, `2024年度`; empty for anything else."""
    found = _YEAR.match(key(text).removesuffix(".0"))
    return found.group(0) if found else ""


@dataclass(frozen=True)
class Field:
    """One field of a kind: the header to write, and the headers that mean it (strongly, weakly)."""

    name: str
    zh: str
    strong: frozenset[str]
    weak: frozenset[str]


@dataclass(frozen=True)
class Kind:
    """One kind of sheet."""

    id: str
    zh: str
    en: str
    fields: dict[str, Field]
    required: tuple[str, ...]
    any_of: tuple[tuple[str, ...], ...]
    method: str = ""
    wide: str = ""


@dataclass(frozen=True)
class Match:
    """Headers of a sheet read as one kind."""

    kind: Kind
    columns: dict[str, int]
    wide: dict[int, str]
    double: dict[str, list[int]]
    missing: list[str] = field(default_factory=list)

    @property
    def fits(self) -> bool:
        return not self.missing

    @property
    def n_used(self) -> int:
        return len(self.columns) + len(self.wide)


@cache
def _data() -> dict[str, Any]:
    text = resources.files("analysis.intake.words").joinpath("headers.yml").read_text(encoding="utf-8")
    return yaml.load(text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@cache
def words(name: str) -> Any:
    """A list of words of `headers.yml` as a set of keys, or code -> set of keys."""
    found = _data()["words"][name]
    if isinstance(found, list):
        return frozenset(key(word).lower() for word in found)
    return {code: frozenset(key(word).lower() for word in (code, *group)) for code, group in found.items()}


@cache
def spellings(name: str) -> tuple[str, ...]:
    """The usual word of every code of a vocabulary, to be shown as what is allowed."""
    return tuple(group[0] for group in _data()["words"][name].values())


@cache
def headers_of(name: str) -> frozenset[str]:
    """`ignored` or `personal` headers."""
    return frozenset(key(word) for word in _data()[name])


@cache
def rule_words(rule: str) -> dict[str, str]:
    """How a scoring rule is called in messages: `rule_zh`, `rule_en`."""
    named = _data()["rules"].get(rule, {"zh": rule, "en": rule})
    return {f"rule_{lang}": named[lang] for lang in ("zh", "en")}


@cache
def kinds() -> dict[str, Kind]:
    """Every kind of sheet by id."""
    return {id_: _kind(id_, spec) for id_, spec in _data()["kinds"].items()}


def _kind(id_: str, spec: dict[str, Any]) -> Kind:
    any_of = tuple(tuple(group) for group in spec.get("any_of", []))
    names = (*spec["required"], *(name for group in any_of for name in group), *spec.get("optional", []))
    own = spec.get("fields", {})
    fields = {name: _field(name, {**_data()["fields"].get(name, {}), **own.get(name, {})}) for name in names}
    return Kind(
        id_,
        spec["zh"],
        spec["en"],
        fields,
        tuple(spec["required"]),
        any_of,
        spec.get("method", ""),
        spec.get("wide", ""),
    )


def _field(name: str, spec: dict[str, Any]) -> Field:
    strong = frozenset(key(header) for header in (spec["zh"], *spec.get("accept", [])))
    return Field(name, spec["zh"], strong, frozenset(key(header) for header in spec.get("weak", [])))


def measure_of(header: str) -> str:
    """What a published number is, by how its header ends (total, rank, share, ...); empty when unknown."""
    endings = [(end, measure) for measure, ends in _data()["published_measures"].items() for end in ends]
    plain = without_bracket(header)
    hits = [(len(end), measure) for end, measure in endings if plain.endswith(end)]
    return max(hits)[1] if hits else ""


def without_bracket(header: str) -> str:
    """A header without its final bracket: 材料审核(40分) is 材料审核."""
    return re.sub(r"\([^()]*\)$", "", key(header))


def node_keys(header: str) -> tuple[str, ...]:
    """The names a column of scores may stand for, from the most literal on."""
    plain = without_bracket(header)
    parent, _, child = plain.rpartition("/")
    if parent and child in ("得分", "测评得分", "折算得分", "分数", "成绩", "分"):
        plain = parent
    cut = tuple(plain.removesuffix(end) for end in ("测评得分", "得分", "分") if plain.endswith(end))
    return tuple(dict.fromkeys((key(header), plain, *cut)))


def wide_tests(
    nodes: Iterable[str], questions: Mapping[str, frozenset[str]]
) -> dict[str, Callable[[str], Any]]:
    """What a column beyond the fields may be, by the `wide` of a kind; `questions` with their answers.

    `nearly` gives the node that a header is called nearly like, '' for none.
    """
    known_nodes = frozenset(nodes)
    options = frozenset(answer for answers in questions.values() for answer in answers)
    return {
        "nodes": lambda header: any(name in known_nodes for name in node_keys(header)),
        "questions": lambda header: bool(question_of(header, questions)[0]),
        "options": lambda header: option_key(header) in options,
        "nearly": lambda header: "".join(get_close_matches(node_keys(header)[-1], known_nodes, 1, 0.7)),
        "years": lambda header: bool(year_of(header)),
        "published": lambda header: bool(measure_of(header)),
    }


def question_keys(header: str) -> tuple[str, ...]:
    """The names a question's column may stand for: itself, without what survey tools put around it (a
    leading `1、` or `Q1.`, a final [单选题]), with or without a question mark."""
    plain = key(header)
    bare = _FORM.sub("", plain)
    names = (plain, bare, _NUMBER.sub("", plain), _NUMBER.sub("", bare))
    marked = (f"{name.rstrip('?')}?" for name in names)
    return tuple(dict.fromkeys((*names, *(name.rstrip("?") for name in names), *marked)))


def question_of(header: str, questions: Mapping[str, frozenset[str]]) -> tuple[str, str]:
    """(question, '') of a question's column, (question, option) of a column of one option; else ('', '').

    A line of a matrix is the question after its joint (对下列方面的评价—环境卫生).

    `questions`: the keys of what a question is called, with the keys of its answers.
    """
    names = question_keys(header)
    whole = next((name for name in names if name in questions), "")
    if whole:
        return whole, ""
    for before, after in (pair for name in names for pair in halves(name)):
        asked = next((one for one in question_keys(before) if one in questions), "")
        if asked and option_key(after) in questions[asked]:
            return asked, option_key(after)
        line = next((one for one in question_keys(after) if one in questions), "")
        if line:
            return line, ""
    return "", ""


def halves(name: str) -> Iterator[tuple[str, str]]:
    """What stands before and after every joint of a header: question:option, question(option)."""
    for joint in _JOINT.finditer(name):
        after = name[joint.end() :]
        yield name[: joint.start()], after
        if after[-1:] in (")", "]", "】"):
            yield name[: joint.start()], after[:-1]


def option_key(text: str) -> str:
    """An option as it is compared: without a letter or number before it (A.), what respondents wrote beside
    it (其他〖…〗), or what is counted after it."""
    plain = _FREE_TEXT.sub("", _OPTION.sub("", key(text)))
    return _PORTION.sub("", re.sub(r"(?:人数|票数|份数)$|\((?:人|票|份|人数|票数)\)$", "", plain))


def is_portion(header: str) -> bool:
    """Whether the column of an option holds portions (满意占比, 满意(%))."""
    return bool(_PORTION.search(key(header)))


def several_allowed(header: str) -> bool | None:
    """Whether a header says that several answers may be given; None when it does not say."""
    found = _FORM.search(key(header))
    return None if found is None else bool(re.search("多选|多项", found.group(0)))


def match(headers: list[str], kind: Kind, tests: Mapping[str, Callable[[str], Any]]) -> Match:
    """The headers (keys, '' where blank) read as `kind`: fields, wide columns, doubles, what is missing."""
    columns: dict[str, int] = {}
    double: dict[str, list[int]] = {}
    open_ = [position for position, header in enumerate(headers) if header]
    names = [question_keys(header) if kind.wide == "questions" else (header,) for header in headers]
    for strength in ("strong", "weak"):
        for field_ in kind.fields.values():
            known = getattr(field_, strength)
            hits = [position for position in open_ if not known.isdisjoint(names[position])]
            if not hits or (field_.name in columns and strength == "weak"):
                continue
            columns[field_.name] = hits[0]
            open_ = [position for position in open_ if position not in hits]
            if len(hits) > 1:
                double[field_.name] = hits
    test = tests.get(kind.wide)
    wide = {
        position: headers[position]
        for position in open_
        if test and _free(headers[position]) and test(headers[position])
    }
    return Match(kind, columns, wide, double, _missing(kind, columns, wide))


def _free(header: str) -> bool:
    return header not in headers_of("ignored") and header not in headers_of("personal")


def _missing(kind: Kind, columns: dict[str, int], wide: dict[int, str]) -> list[str]:
    lacking = [kind.fields[name].zh for name in kind.required if name not in columns]
    groups = (group for group in kind.any_of if not columns.keys() & set(group))
    lacking += ["/".join(kind.fields[name].zh for name in group) for group in groups]
    if kind.wide and not wide and not (kind.wide == "published" and {"total", "rank"} & columns.keys()):
        lacking.append(
            {
                "nodes": "指标列",
                "questions": "题目列",
                "years": "年度列",
                "options": "选项列",
                "units": "单位列",
            }.get(kind.wide, "数值列")
        )
    return lacking
