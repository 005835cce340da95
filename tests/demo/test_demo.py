"""The demo rounds: sizes, keys, what was planted, and the refusals."""

import datetime as dt
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import python_calamine
import yaml

from analysis.demo import world, write_demo
from analysis.demo.config import prefecture
from analysis.errors import UsageError
from analysis.framework import library

ROUNDS = ["demo-2024", "demo-2025-q1", "demo-2025-q2"]


@pytest.fixture
def folder(demo_folder):
    return demo_folder


@pytest.fixture(scope="module")
def rulebook():
    return library.load("national-70-20-10")


def sheet(folder: Path, round_: str, book: str, name: str) -> pd.DataFrame:
    """A sheet as it stands: title in row 1, header in row 2."""
    (path,) = (folder / round_).glob(f"{book}*.xlsx")
    found = python_calamine.CalamineWorkbook.from_path(str(path))
    (wanted,) = [title for title in found.sheet_names if title.startswith(name)]
    rows = found.get_sheet_by_name(wanted).to_python()
    return pd.DataFrame(rows[2:], columns=rows[1])


def truth(folder: Path, round_: str) -> dict:
    return json.loads((folder / round_ / "truth.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def checks(demo_folder):
    return {name: sheet(demo_folder, name, "05", "实地考察") for name in ROUNDS}


@pytest.fixture(scope="module")
def register(demo_folder):
    return sheet(demo_folder, "demo-2024", "02", "点位名册")


def passed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[rows["考察情况"].isin(["符合", "不符合"])]


def share_passed(rows: pd.DataFrame, by: str) -> pd.Series:
    return passed(rows).groupby(by)["考察情况"].apply(lambda column: (column == "符合").mean())


@pytest.mark.parametrize("name", ROUNDS)
def test_sizes_are_those_promised(folder, checks, name):
    field = [checks[name], sheet(folder, name, "05", "扣分"), sheet(folder, name, "05", "等级")]
    rows = pd.concat(field, ignore_index=True)
    assert abs(len(rows) - 40_000) < 40
    sites = rows[["县（市、区）", "点位名称"]].drop_duplicates()
    assert 1_150 <= len(sites) <= 1_300
    assert rows["点位类型"].nunique() >= 25
    assert rows["测评员"].nunique() == 30
    twice = rows[rows["考察轮次"] == "第2次"][["县（市、区）", "点位名称"]].drop_duplicates()
    assert 0.2 < len(twice) / len(sites) < 0.4
    assert len(sheet(folder, name, "01", "单位名册")) == 12
    places = sheet(folder, name, "01", "街道和村")
    assert (places["层级"] == "村").sum() == 60


@pytest.mark.parametrize("name", ROUNDS)
def test_respondents_stand_in_strata_and_clusters_of_the_frame(folder, name):
    parts = [sheet(folder, name, "06", f"问卷（{part}") for part in ("城市", "未成年人", "文明村镇")]
    people = pd.concat(parts, ignore_index=True)
    assert len(people) == 3_600
    assert people["问卷编号"].is_unique
    weights = people.groupby(["被测评单位", "抽样层"])["抽样权重"].sum()
    frame = sheet(folder, name, "06", "抽样框").set_index(["被测评单位", "层"])["总体数"]
    assert np.allclose(weights.sort_index(), frame.sort_index(), rtol=1e-3)
    assert people.groupby("被测评单位")["抽样社区"].nunique().min() >= 10


def test_documents_number_four_hundred_and_indicators_have_five_years(folder):
    names = ("活动材料", "材料审核", "部门评价等级", "部门评价得分")
    assert sum(len(sheet(folder, "demo-2024", "03", name)) for name in names) >= 400
    values = sheet(folder, "demo-2024", "04", "历年指标值")
    assert [column for column in values if column.endswith("年")] == [
        f"{year}年" for year in range(2020, 2025)
    ]
    assert (values[values["指标名称"].str.contains("12345")]["2024年"] <= 100).all()


def test_every_row_names_a_known_unit_site_and_item(checks, register, rulebook):
    known = set(zip(register["被测评单位"], register["点位名称"], register["点位类型"], strict=True))
    labels = {part.zh: part for part in rulebook.composition.parts}
    codes = {
        zh: {item.id for name in part.frameworks.values() for leaf in rulebook.frameworks[name].leaves
             for item in (*leaf.items, leaf)}
        for zh, part in labels.items()
    }  # fmt: skip
    for rows in checks.values():
        seen = set(zip(rows["县（市、区）"], rows["点位名称"], rows["点位类型"], strict=True))
        assert seen <= known
        for part, items in rows.groupby("组成部分")["测评项编号"]:
            assert set(items) <= codes[part]


def test_every_leaf_of_every_unit_has_rows_unless_the_unit_has_no_such_site(folder, checks, rulebook):
    absent = {unit: set(row["absent"]) for unit, row in truth(folder, "demo-2025-q1")["units"].items()}
    books = [("03", name) for name in ("活动材料", "材料审核", "部门评价等级", "部门评价得分")]
    books += [("04", "历年指标值"), ("05", "扣分"), ("05", "等级")]
    tables = [sheet(folder, "demo-2025-q1", *book) for book in books] + [checks["demo-2025-q1"]]
    rows = [
        table.rename(columns={"县（市、区）": "被测评单位", "指标编号": "测评项编号"}) for table in tables
    ]
    seen = set(pd.concat(rows)[["被测评单位", "测评项编号"]].itertuples(index=False, name=None))
    groups = {unit: row["group"] for unit, row in truth(folder, "demo-2024")["units"].items()}
    for unit, group in groups.items():
        for part in rulebook.composition.parts:
            for leaf in rulebook.framework(part, group).leaves:
                if leaf.rule.name == "answer_scale" or set(leaf.site_types) & absent[unit]:
                    continue
                assert any((unit, named.id) in seen for named in leaf.items or (leaf,)), (unit, leaf.id)


def test_synthetic_is_said_in_every_file_name_and_title(folder):
    for path in folder.glob("*/*.xlsx"):
        assert "合成数据" in path.name
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        for name in book.sheet_names:
            assert "合成数据" in book.get_sheet_by_name(name).to_python(nrows=1)[0][0]
    for name in ROUNDS:
        info = yaml.safe_load((folder / name / "round.yml").read_text(encoding="utf-8"))
        assert info["synthetic"] is True
        assert "合成数据" in info["title"]["zh"]


def test_same_seed_same_bytes_also_when_a_round_is_written_alone(folder, tmp_path):
    (again,) = write_demo(tmp_path, seed=2024, rounds=["demo-2025-q1"])
    files = sorted(path.name for path in again.iterdir())
    assert files == sorted(path.name for path in (folder / "demo-2025-q1").iterdir())
    for name in files:
        assert (again / name).read_bytes() == (folder / "demo-2025-q1" / name).read_bytes(), name


def test_zero_is_a_seed_of_its_own(rulebook):
    zero, again, one = (world.build(prefecture(), rulebook, seed) for seed in (0, 0, 1))
    pd.testing.assert_frame_equal(zero.sites, again.sites)
    assert not zero.sites["site"].equals(one.sites["site"])


def test_strict_assessors_pass_less_and_the_lenient_one_more(folder, checks):
    severity = pd.Series(truth(folder, "demo-2024")["assessors"])
    shares = sum(share_passed(rows, "测评员") for rows in checks.values()) / len(checks)
    strict, lenient = severity.nlargest(2).index, severity.idxmin()
    assert severity[strict].min() > 1.0 > -1.0 > severity[lenient]
    assert shares[strict].max() < shares.drop(strict).min()
    assert shares[lenient] > shares.median()
    assert shares.corr(severity) < -0.8


def test_a_planted_weak_site_type_shows_only_where_it_was_planted(folder, checks):
    units = truth(folder, "demo-2024")["units"]
    assert units["澄溪区"]["weak"] == {"market": 1.2}
    rows = pd.concat(checks.values())
    district = rows[rows["县（市、区）"].isin(["青樾区", "澄溪区"])]
    market = share_passed(district[district["点位类型"] == "农贸市场"], "县（市、区）")
    others = share_passed(district[district["点位类型"] != "农贸市场"], "县（市、区）")
    assert market["青樾区"] - market["澄溪区"] > 0.08
    assert abs(others["青樾区"] - others["澄溪区"]) < 0.03


def test_observed_shares_follow_the_planted_ones(folder, checks):
    for name in ROUNDS:
        planted = pd.Series(truth(folder, name)["problem_share_by_unit"])
        seen = 1 - share_passed(checks[name], "县（市、区）")
        assert planted.corr(seen[planted.index]) > 0.95
    kinds = pd.Series(truth(folder, "demo-2024")["units"]).map(lambda unit: unit["quality"])
    planted = pd.Series(truth(folder, "demo-2024")["problem_share_by_unit"])
    assert kinds.corr(planted, method="spearman") < -0.85


def test_fixes_that_held_are_gone_and_the_others_are_found_again(folder, checks):
    for name in ROUNDS[1:]:
        fixes = pd.DataFrame(truth(folder, name)["fixes"])
        rows = checks[name].rename(columns={"县（市、区）": "unit", "点位名称": "site", "测评项编号": "item"})
        found = (
            passed(rows).groupby(["unit", "site", "item"])["考察情况"].apply(lambda c: (c == "不符合").any())
        )
        joined = fixes.join(found.rename("again"), on=["unit", "site", "item"]).dropna(subset="again")
        lamps = joined["item"].str.startswith("L-")
        again = joined[~lamps].groupby("truth")["again"].mean()
        assert again["held"] < 0.06
        assert again[["failed", "pending", "relapsed"]].min() > 0.8


def test_the_ledger_lists_what_the_round_before_found_with_dates_in_order(folder, checks):
    ledger = sheet(folder, "demo-2025-q1", "08", "整改台账")
    before = checks["demo-2024"]
    failed = before[before["考察情况"] == "不符合"]
    keys = set(zip(failed["县（市、区）"], failed["点位名称"], failed["测评项编号"], strict=True))
    written = set(zip(ledger["被测评单位"], ledger["点位名称"], ledger["测评项编号"], strict=True))
    assert keys <= written
    assert set(ledger["复核结果"]) == {"合格", "不合格", "待复核"}
    for _, row in ledger.iterrows():
        steps = [row[name] for name in ("发现日期", "交办日期", "整改完成日期", "复核日期", "销号日期")]
        dates = [step for step in steps if isinstance(step, dt.date)]
        assert dates == sorted(dates)
        assert (row["销号日期"] == "") == (row["复核结果"] != "合格")


def test_sites_persist_and_some_are_drawn_anew(folder, checks):
    for earlier, name in zip(ROUNDS, ROUNDS[1:], strict=False):
        sites = truth(folder, name)["sites"]
        now = set(map(tuple, checks[name][["县（市、区）", "点位名称"]].to_numpy()))
        then = set(map(tuple, checks[earlier][["县（市、区）", "点位名称"]].to_numpy()))
        assert {tuple(site) for site in sites["new"]} >= now - then
        assert 0.05 < len(now - then) / len(now) < 0.3


def test_an_existing_folder_is_left_alone(tmp_path):
    own = tmp_path / "demo-2024"
    own.mkdir()
    (own / "round.yml").write_text("id: demo-2024\nsynthetic: true\n", encoding="utf-8")
    with pytest.raises(UsageError, match="demo-2024.*not a demo folder"):
        write_demo(tmp_path, overwrite=True)
    assert [path.name for path in tmp_path.rglob("*")] == ["demo-2024", "round.yml"]


def test_a_demo_folder_is_replaced_only_when_asked(tmp_path, monkeypatch):
    from analysis.demo import write

    monkeypatch.setattr(write, "_write_files", _marked_only)
    (path,) = write_demo(tmp_path, rounds=["demo-2024"])
    (path / "stray.txt").write_text("old", encoding="utf-8")
    with pytest.raises(UsageError, match="demo-2024.*exists already"):
        write_demo(tmp_path, rounds=["demo-2024"])
    write_demo(tmp_path, rounds=["demo-2024"], overwrite=True)
    assert [entry.name for entry in path.iterdir()] == ["round.yml"]
    assert [entry.name for entry in tmp_path.iterdir()] == ["demo-2024"]


def _marked_only(folder, world, history):
    (folder / "round.yml").write_text("synthetic: true\nsource: demo\n", encoding="utf-8")


def test_an_unknown_round_is_refused(tmp_path):
    with pytest.raises(UsageError, match="no demo round 'demo-2030'"):
        write_demo(tmp_path, rounds=["demo-2030"])
    assert list(tmp_path.iterdir()) == []
