"""What a framework, composition or vocabulary must mean."""

from __future__ import annotations

from analysis.framework.document import Finding
from analysis.framework.model import Composition, Framework
from analysis.framework.vocabulary import Vocabulary


def check_framework(rules: Framework) -> list[Finding]:
    return []


def check_composition(rules: Composition) -> list[Finding]:
    return []


def check_vocabulary(rules: Vocabulary) -> list[Finding]:
    return []


def check_causes(rules: Framework, causes: Vocabulary | None) -> list[Finding]:
    return []


def check_rulebook(rules: Composition, frameworks: dict[str, Framework]) -> list[Finding]:
    return []
