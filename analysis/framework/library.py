"""The rules that are shipped, and any others by file: `load`, `with_causes`, `vocabulary`, `check_file`."""

from __future__ import annotations

import os
from difflib import get_close_matches
from functools import lru_cache
from pathlib import Path

from analysis.errors import FrameworkError, Problem
from analysis.framework.check import check_causes, check_covered, check_rulebook, check_same_ids
from analysis.framework.document import Document, Finding, Path_, locate
from analysis.framework.model import Composition, Framework, Node, Part, Rulebook
from analysis.framework.read import COMPOSITIONS, FRAMEWORKS, VOCABULARIES, find_file, layers_of, read
from analysis.framework.vocabulary import Vocabulary


def shipped() -> list[str]:
    """The ids of the compositions and frameworks that come with the project, by name."""
    return sorted(path.stem for folder in (COMPOSITIONS, FRAMEWORKS) for path in folder.glob("*.yml"))


def vocabularies() -> list[str]:
    """The ids of the vocabularies of causes that come with the project."""
    return sorted(path.stem for path in VOCABULARIES.glob("*.yml"))


def load(name: str | os.PathLike[str], folder: Path | None = None) -> Rulebook:
    """The rulebook of a composition, or of a single framework as a composition of one part.

    `name` is an id or a file (YAML or workbook); ids and files are looked up from `folder`, then among the
    shipped ones. Raises FrameworkError with every problem of every file that takes part.
    """
    path = _found(str(name), folder)
    rules = _read(path)
    if isinstance(rules, Framework):
        return Rulebook(composition=_wrapped(rules), frameworks={rules.id: rules})
    if isinstance(rules, Composition):
        return _rulebook(rules, path)
    raise FrameworkError(_not_rules(path))


def framework(name: str | os.PathLike[str], folder: Path | None = None) -> Framework:
    """One framework by id or file. Raises FrameworkError."""
    path = _found(str(name), folder)
    rules = _read(path)
    if not isinstance(rules, Framework):
        raise FrameworkError(_not_a_framework(path))
    return rules


def vocabulary(name: str) -> Vocabulary:
    """A vocabulary of causes by id or file. Raises FrameworkError."""
    shipped_path = VOCABULARIES / f"{name}.yml"
    path = shipped_path if shipped_path.is_file() else Path(name)
    if not path.is_file():
        raise FrameworkError(_unknown(name, vocabularies()))
    rules = _read(path)
    if not isinstance(rules, Vocabulary):
        raise FrameworkError(_not_rules(path))
    return _with_covered(rules, path)


def _with_covered(rules: Vocabulary, path: Path) -> Vocabulary:
    """The vocabulary with everything it takes in of another one, by id; a group stands for its causes."""
    if not rules.covers:
        return rules
    beside = path.parent / rules.covers
    source = beside if beside.is_file() else VOCABULARIES / f"{rules.covers}.yml"
    other = _read(source) if source.is_file() else None
    if not isinstance(other, Vocabulary):
        findings = [Finding(("covers",), _unknown(rules.covers, vocabularies()))]
        raise FrameworkError(locate(findings, layers_of(path)))
    findings = check_covered(rules, other)
    if findings:
        raise FrameworkError(locate(findings, layers_of(path)))
    taken = {name: cause.id for cause in rules.causes.values() for name in cause.covers}
    whole = {name: taken[group.id] for name, group in other.group_of.items() if group.id in taken}
    return rules.model_copy(update={"covered": {**whole, **taken}})


def with_causes(rulebook: Rulebook, name: str) -> Rulebook:
    """The rulebook with another vocabulary of causes, which must have or cover the causes of its nodes.

    Raises FrameworkError naming every cause it does not know.
    """
    chosen = vocabulary(name)
    problems: list[Problem] = []
    frameworks = {}
    for key, rules in rulebook.frameworks.items():
        problems += [one.problem for one in check_causes(rules, chosen)]
        frameworks[key] = _in_its_words(rules.model_copy(update={"causes": name}), chosen)
    if problems:
        raise FrameworkError(list(dict.fromkeys(problems)))
    return rulebook.model_copy(update={"frameworks": frameworks})


def _in_its_words(rules: Framework, chosen: Vocabulary) -> Framework:
    """The framework with the causes of nodes and items as the vocabulary calls them."""
    if not chosen.covered:
        return rules
    fields = {name: getattr(rules, name) for name in Framework.model_fields}
    # Built anew: a copy would keep the lookups by id of the old nodes.
    return Framework.model_construct(
        **{**fields, "nodes": tuple(_node_in_words(node, chosen) for node in rules.nodes)}
    )


def _node_in_words(node: Node, chosen: Vocabulary) -> Node:
    items = tuple(item.model_copy(update={"cause": chosen.own(item.cause)}) for item in node.items)
    return node.model_copy(update={"cause": chosen.own(node.cause), "items": items})


def check_file(path: str | os.PathLike[str]) -> list[Problem]:
    """Every problem of a framework, composition or vocabulary file; empty when it is sound."""
    try:
        file = _found(str(path), None)
        if isinstance(_read(file), Vocabulary):
            vocabulary(str(file))
        else:
            load(file)
    except FrameworkError as error:
        return error.problems
    return []


def _found(name: str, folder: Path | None) -> Path:
    path = find_file(name, folder)
    if path is None:
        raise FrameworkError(_unknown(name, shipped()))
    return path


def _read(path: Path) -> Framework | Composition | Vocabulary:
    """What a file holds; the shipped files, which do not change, are read once."""
    rules = _read_once(path) if path.parent in (FRAMEWORKS, COMPOSITIONS, VOCABULARIES) else read(path)
    if not isinstance(rules, Framework):
        return rules
    beside = path.parent / rules.causes
    if rules.causes and beside.is_file():
        # Whoever asks for the causes later does not know this folder; the digest stays that of the content.
        rules = rules.model_copy(update={"causes": str(beside.resolve())})
    chosen = _vocabulary_of(rules, path) if rules.causes else None
    findings = check_causes(rules, chosen)
    if findings:
        raise FrameworkError(locate(findings, layers_of(path)))
    return _in_its_words(rules, chosen) if chosen else rules


_read_once = lru_cache(maxsize=None)(read)


def _vocabulary_of(rules: Framework, path: Path) -> Vocabulary:
    try:
        return vocabulary(rules.causes)
    except FrameworkError as error:
        raise FrameworkError(_placed(error, ("causes",), layers_of(path))) from error


def _wrapped(rules: Framework) -> Composition:
    """A framework as a composition of one part; its settings are the framework's own."""
    root = rules.root
    part = Part(id=root.id, zh=root.zh, en=root.en, weight=1.0, frameworks={"default": rules.id})
    return Composition(
        id=rules.id,
        title=rules.title,
        parts=(part,),
        sources=rules.sources,
        source=rules.source,
        status=rules.status,
        settings=rules.settings,
        digest=rules.digest,
    )


def _rulebook(rules: Composition, path: Path) -> Rulebook:
    """The composition with the frameworks it names; its parts name them by id, whatever the file said."""
    layers = layers_of(path)
    found: dict[tuple[str, str], Framework] = {}
    problems: list[Problem] = []
    for part in rules.parts:
        for group, name in part.frameworks.items():
            try:
                found[part.id, group] = framework(name, path.parent)
            except FrameworkError as error:
                problems += _placed(error, ("parts", part.id, "frameworks", group), layers)
    frameworks = {one.id: one for one in found.values()}
    problems += locate(check_same_ids(found), layers)
    if not problems:
        named = _by_id(rules, found)
        problems = locate(check_rulebook(named, frameworks), layers)
    if problems:
        raise FrameworkError(list(dict.fromkeys(problems)))
    return Rulebook(composition=named, frameworks=frameworks)


def _by_id(rules: Composition, found: dict[tuple[str, str], Framework]) -> Composition:
    parts = tuple(
        part.model_copy(update={"frameworks": {group: found[part.id, group].id for group in part.frameworks}})
        for part in rules.parts
    )
    return rules.model_copy(update={"parts": parts})


def _placed(error: FrameworkError, path: Path_, layers: list[Document]) -> list[Problem]:
    """The problems of a file that is named at `path`; those without a place of their own stand there."""
    unplaced = [Finding(path, problem) for problem in error.problems if not problem.file]
    return locate(unplaced, layers) + [problem for problem in error.problems if problem.file]


def _unknown(name: str, known: list[str]) -> Problem:
    near = get_close_matches(name, known, n=1)
    return Problem(
        code="unknown_rules",
        zh=f"找不到“{name}”。" + (f"是否想写“{near[0]}”？" if near else ""),
        en=f"there is no {name!r}." + (f" Did you mean {near[0]!r}?" if near else ""),
        fix_zh=f"请给出文件，或内置的 id：{'、'.join(known) or '无'}。",
        fix_en=f"Give a file, or a shipped id: {', '.join(known) or 'none'}.",
        value=name,
    )


def _not_rules(path: Path) -> Problem:
    return Problem(
        code="wrong_kind_of_file",
        file=str(path),
        zh="不是所需种类的规则文件。",
        en="is not a rule file of the wanted kind.",
        fix_zh="测评体系含 nodes，合成规则含 parts，失分原因表含 groups。",
        fix_en="A framework has nodes, a composition has parts, a vocabulary of causes has groups.",
    )


def _not_a_framework(path: Path) -> Problem:
    return Problem(
        code="wrong_kind_of_file",
        file=str(path),
        zh="不是测评体系：没有 nodes。",
        en="is not a framework: it has no nodes.",
        fix_zh="请在 frameworks 中写测评体系的 id 或文件。",
        fix_en="Name the id or file of a framework in `frameworks`.",
    )
