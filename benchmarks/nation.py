"""A synthetic nation as one Parquet round: cities x sites x checks, and as many answers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import yaml

SITE_TYPES, LEAVES_PER_TYPE, ITEMS = 25, 4, 10
QUESTIONS, OPTIONS = 20, ["满意", "基本满意", "不满意", "不清楚"]
SITES, RESPONDENTS = 150, 300


def framework() -> dict:
    """100 leaves of checks (25 site types x 4) and 20 questions: 120 leaves."""
    types = [f"t{i:02d}" for i in range(SITE_TYPES)]
    leaves = [(kind, f"{kind}-{part}") for kind in types for part in range(LEAVES_PER_TYPE)]
    nodes = [
        {"id": "city", "zh": "城市", "en": "City"},
        {"id": "field", "zh": "实地考察", "en": "Field", "parent": "city", "weight": 0.7, "method": "field"},
        {
            "id": "survey",
            "zh": "问卷调查",
            "en": "Survey",
            "parent": "city",
            "weight": 0.3,
            "method": "questionnaire",
        },
    ]
    for kind, name in leaves:
        items = [{"id": f"{name}-{i}", "zh": f"{name}-{i}", "en": f"{name}-{i}"} for i in range(ITEMS)]
        nodes.append(
            _leaf(name, "field", f"1/{len(leaves)}", {"name": "pass_share"}, items=items, site_types=[kind])
        )
    scale = {
        "name": "answer_scale",
        "scale": {"满意": 1, "基本满意": 0.6, "不满意": 0},
        "unclear": ["不清楚"],
    }
    nodes += [
        _leaf(f"q{i:02d}", "survey", f"1/{QUESTIONS}", scale, average="pooled") for i in range(QUESTIONS)
    ]
    return {
        "id": "nation",
        "title": {"zh": "合成全国", "en": "Synthetic nation"},
        "sources": {"made": "Synthetic, for measuring speed"},
        "source": "made",
        "status": "illustrative",
        "site_types": [{"id": kind, "zh": kind, "en": kind} for kind in types],
        "nodes": nodes,
    }


def _leaf(name: str, parent: str, weight: str, rule: dict, **more: object) -> dict:
    return {"id": name, "zh": name, "en": name, "parent": parent, "weight": weight, "rule": rule, **more}


def write_round(folder: Path, n_cities: int, seed: int = 1, respondents: bool = False) -> Path:
    """A round folder with `observations.parquet` of n_cities x (150 x 40 checks + 300 x 20 answers) rows.

    `respondents`: who answered is named, for redraws.
    """
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "nation.yml").write_text(yaml.safe_dump(framework(), allow_unicode=True), encoding="utf-8")
    info = {
        "id": folder.name,
        "title": {"zh": "合成全国（测速）", "en": "Synthetic nation (benchmark)"},
        "date": "2024-11-01",
        "kind": "official",
        "composition": "nation.yml",
        "synthetic": True,
    }
    (folder / "round.yml").write_text(yaml.safe_dump(info, allow_unicode=True), encoding="utf-8")
    table = observations(n_cities, np.random.default_rng(seed), respondents)
    table.to_parquet(folder / "observations.parquet", index=False)
    return folder


def observations(n_cities: int, rng: np.random.Generator, respondents: bool = False) -> pd.DataFrame:
    """The observations as the contract has them; checks first, then answers, if asked with respondents."""
    checks = n_cities * SITES * LEAVES_PER_TYPE * ITEMS
    answers = n_cities * RESPONDENTS * QUESTIONS
    site = np.arange(checks) // (LEAVES_PER_TYPE * ITEMS)
    kind = site % SITES % SITE_TYPES
    part = np.arange(checks) // ITEMS % LEAVES_PER_TYPE
    leaf_names = [f"t{k:02d}-{p}" for k in range(SITE_TYPES) for p in range(LEAVES_PER_TYPE)]
    leaf_names += [f"q{i:02d}" for i in range(QUESTIONS)]
    item_names = [f"{name}-{i}" for name in leaf_names[: SITE_TYPES * LEAVES_PER_TYPE] for i in range(ITEMS)]
    leaf = kind * LEAVES_PER_TYPE + part
    question = np.arange(answers) % QUESTIONS
    respondent = np.arange(answers) // QUESTIONS
    unit = np.concatenate([site // SITES, respondent // RESPONDENTS])
    n, nothing = checks + answers, np.full(answers, -1)
    answer = rng.choice(len(OPTIONS), size=answers, p=[0.6, 0.2, 0.12, 0.08])

    def label(codes: np.ndarray, names: list[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(codes + 1, categories=pd.Index(["", *names], dtype="str"))

    asked = np.concatenate([np.full(checks, -1), respondent])
    people = [f"受访者{i:06d}" for i in range(n_cities * RESPONDENTS)]
    named = {"respondent": label(asked, people)} if respondents else {}
    return pd.DataFrame(
        {
            **named,
            "row_id": np.arange(n),
            "unit": label(unit, [f"城市{i:04d}" for i in range(n_cities)]),
            "place": label(np.full(n, -1), []),
            "component": label(np.zeros(n, dtype=np.int64), ["city"]),
            "leaf": label(np.concatenate([leaf, question + SITE_TYPES * LEAVES_PER_TYPE]), leaf_names),
            "item": label(np.concatenate([leaf * ITEMS + np.arange(checks) % ITEMS, nothing]), item_names),
            "site_type": label(np.concatenate([kind, nothing]), [f"t{i:02d}" for i in range(SITE_TYPES)]),
            "site": label(np.concatenate([site, nothing]), [f"点位{i:06d}" for i in range(n_cities * SITES)]),
            "value": np.concatenate([(rng.random(checks) < 0.87).astype(float), np.full(answers, np.nan)]),
            "answer": label(np.concatenate([np.full(checks, -1), answer]), OPTIONS),
            "status": np.zeros(n, dtype=np.int64),
            "source_file": label(np.zeros(n, dtype=np.int64), ["全国.parquet"]),
            "source_sheet": label(np.full(n, -1), []),
            "source_row": np.arange(n) + 2,
        }
    )
