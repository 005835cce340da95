"""The content of the shipped rules, against the facts they were built from."""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

import pytest

from analysis.framework import library
from analysis.framework.model import (
    AnswerScale,
    Composition,
    CountedEvidence,
    Framework,
    GivenScore,
    Named,
    Node,
    Provenance,
    Target,
    Threshold,
)

AREAS = [
    "理想信念教育",
    "思想道德建设",
    "文明风尚培育",
    "教育科技进步",
    "文化事业和文化产业发展",
    "政务廉洁高效",
    "法治公平正义",
    "生活和谐宜居",
    "社会安全稳定",
    "生态环境良好",
    "创建常态长效",
]
BONUS = [
    "理想信念教育",
    "思想道德建设",
    "文明风尚培育",
    "教育科技进步",
    "文化事业和文化产业发展",
    "生态环境保护",
    "历史文化保护传承",
    "城乡文明融合发展",
    "服务保障民生",
    "促进人民健康（心理健康）",
    "开展群众性文化活动",
    "公益广告宣传",
    "城市形象国际传播",
]
NEGATIVE = ["重大负面事件", "形式主义", "突击迎检", "弄虚作假", "阻碍拒绝测评", "跟踪干扰测评"]
SITE_TYPES = [
    "主次干道",
    "商业大街",
    "背街小巷",
    "交通路口",
    "社区",
    "居民小区",
    "农贸市场",
    "商场超市",
    "公园",
    "广场",
    "医院",
    "学校",
    "校园周边",
    "政务大厅",
    "银行电信营业厅",
    "车站",
    "公交车",
    "公交站台",
    "出租车",
    "宾馆饭店",
    "餐饮店",
    "网吧",
    "公共厕所",
    "建筑围挡",
    "新时代文明实践所站",
    "行政村",
    "夜市",
]

THRESHOLDS = {
    "农产品质量安全监测合格率": (98, "required", False),
    "公园绿化活动场地服务半径覆盖率": (80, "required", True),
    "建成区绿化率": (36, "required", True),
    "人均公园绿地面积": (12, "required", True),
    "道路照明亮灯率": (0.95, "required", False),
    "窨井盖完好率": (0.98, "required", False),
    "用户龙头水合格率": (100, "required", False),
    "生活污水集中收集率": (75, "required", False),
    "建成区人均避难场所面积": (1.5, "required", False),
    "12345热线办结率": (99, "local", False),
    "围挡公益广告面积占比": (40, "local", False),
    "单位临街围墙公益广告占比": (50, "local", False),
    "窗口行业行风满意度": (85, "old", False),
}
"""Limit, status, and whether "or rising every year" stands beside it; shares of checks are 0..1."""

NATIONAL = ("national-city-2023", "national-county-2023", "minors-2023", "village-2023")
FRAMEWORKS = [name for name in library.shipped() if not (library.COMPOSITIONS / f"{name}.yml").is_file()]
QUARTERS = [f"member-units-2024-q{quarter}" for quarter in range(1, 5)]
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@pytest.fixture(scope="module")
def city() -> Framework:
    return library.framework("national-city-2023")


def leaf_named(rules: Framework, zh: str) -> Node:
    (found,) = [node for node in rules.leaves if node.zh.split("（")[0] == zh]
    return found


def number_at(rules: Framework, where: str) -> Provenance:
    (found,) = [number for number in rules.numbers if number.where == where]
    return found


# every file


def test_what_was_promised_is_there() -> None:
    promised = {
        *NATIONAL,
        *QUARTERS,
        *("national-70-20-10", "national-80-20", "national-added", "national-2018", "anhui-2016"),
        *("xianning-90-10", "hengyang-2019", "matou-villages-2019", "wuhan-2018-11"),
        *("civility-index-monthly", "member-units-2024"),
    }
    assert promised <= set(library.shipped())


@pytest.mark.parametrize("name", library.shipped())
def test_every_file_loads_under_its_own_name(name: str) -> None:
    assert library.check_file(name) == []
    assert library.load(name).composition.id == name


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_labels_are_chinese_and_english(name: str) -> None:
    rules = library.framework(name)
    items = [item for node in rules.nodes for item in node.items]
    named: list[Named] = [*rules.nodes, *items, *rules.areas, *rules.site_types, *rules.settings.bands]
    for label in (rules.title, *(entry.label for entry in named)):
        assert CHINESE.search(label.zh), label
        assert label.en and not CHINESE.search(label.en) and not label.en[0].islower(), label


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_ids_are_plain_and_used_once(name: str) -> None:
    rules = library.framework(name)
    ids = [node.id for node in rules.nodes] + [item.id for node in rules.nodes for item in node.items]
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", one) for one in ids)
    assert max(Counter(ids).values()) == 1


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_texts_within_a_leaf_tell_its_items_apart(name: str) -> None:
    for leaf in library.framework(name).leaves:
        texts = [item.zh for item in leaf.items]
        assert len(texts) == len(set(texts)), leaf.id


@pytest.mark.parametrize("name", library.shipped())
def test_every_number_names_a_source_that_is_described(name: str) -> None:
    book = library.load(name)
    files: list[Composition | Framework] = [book.composition, *book.frameworks.values()]
    for rules in files:
        for number in rules.numbers:
            assert number.source in rules.sources, number
            assert number.status == "illustrative" or number.source != "illustrative", number


@pytest.mark.parametrize("name", NATIONAL)
def test_weights_are_illustrative_but_for_the_shares_of_the_methods(name: str) -> None:
    rules = library.framework(name)
    weights = [number for number in rules.numbers if number.where.endswith(".weight")]
    public = {number.where: number.status for number in weights if number.status != "illustrative"}
    methods = {f"nodes.{method}.weight": "old" for method in ("material", "field", "questionnaire")}
    assert len(weights) > 5
    assert public == (methods if rules.root.id == "city" else {})


@pytest.mark.parametrize("name", NATIONAL)
def test_scales_grades_and_partial_marks_are_illustrative(name: str) -> None:
    free = re.compile(r"\.(scale|grades)\.|\.(partial|otherwise)$")
    found = [number for number in library.framework(name).numbers if free.search(number.where)]
    assert found and all(number.status == "illustrative" for number in found)


def test_illustrative_rules_say_so_and_published_ones_do_not() -> None:
    said = {name for name in library.shipped() if library.load(name).illustrative}
    assert {"national-70-20-10", "national-added", "anhui-2016", "hengyang-2019", *QUARTERS} <= said
    assert not said & {"national-2018", "xianning-90-10", "matou-villages-2019", "wuhan-2018-11"}


# the national editions


def test_method_shares_of_the_handbook(city: Framework) -> None:
    shares = {node.id: node.weight for node in city.children["city"]}
    assert shares == {"material": 0.4, "field": 0.4, "questionnaire": 0.2}


def test_eleven_areas_all_in_use(city: Framework) -> None:
    assert [area.zh for area in city.areas] == AREAS and len(AREAS) == 11
    assert {leaf.area for leaf in city.leaves} == {area.id for area in city.areas}


@pytest.mark.parametrize("name", NATIONAL[:2])
def test_every_site_type_has_one_leaf_with_checks(name: str) -> None:
    rules = library.framework(name)
    leaves = rules.children["field_sites"]
    assert [kind.zh for kind in rules.site_types] == SITE_TYPES and len(SITE_TYPES) >= 25
    assert [leaf.site_types for leaf in leaves] == [(kind.id,) for kind in rules.site_types]
    assert all(len(leaf.items) >= 8 for leaf in leaves)


@pytest.mark.parametrize("zh", THRESHOLDS)
def test_thresholds_with_their_status(city: Framework, zh: str) -> None:
    limit, status, rising = THRESHOLDS[zh]
    leaf = leaf_named(city, zh)
    assert isinstance(leaf.rule, Threshold)
    assert (leaf.rule.at_least, leaf.rule.or_rising) == (limit, rising)
    assert number_at(city, f"nodes.{leaf.id}.rule.at_least").status == status


def test_no_other_thresholds_and_yielding_is_a_local_target(city: Framework) -> None:
    found = {leaf.zh.split("（")[0] for leaf in city.leaves if isinstance(leaf.rule, Threshold)}
    assert found == set(THRESHOLDS)
    leaf = leaf_named(city, "斑马线礼让率")
    assert isinstance(leaf.rule, Target) and leaf.rule.target == 0.95
    assert number_at(city, f"nodes.{leaf.id}.rule.target").status == "local"
    assert {leaf.average for leaf in city.children["field_measured"]} == {"pooled"}


def test_automatic_pass_on_exactly_two_checks(city: Framework) -> None:
    passed = [(leaf.zh, i.zh, i.auto_pass) for leaf in city.leaves for i in leaf.items if i.auto_pass]
    assert passed == [
        ("商业大街", "无明显小广告", "国家卫生城市"),
        ("商场超市", "非吸烟区无吸烟现象", "国家卫生城市"),
    ]
    assert not any(node.auto_pass for node in city.nodes)


def test_required_checks_stand_only_where_they_were_quoted(city: Framework) -> None:
    checks = [(leaf.zh, item) for leaf in city.children["field_sites"] for item in leaf.items]
    required = Counter(zh for zh, item in checks if item.status == "required")
    assert set(required) == {"商业大街", "商场超市", "农贸市场", "夜市"}
    assert required["农贸市场"] == 1 and required["夜市"] == 4
    assert all(item.source and item.status and item.cause for _, item in checks)


def test_block_of_public_conduct_is_whole(city: Framework) -> None:
    block = (
        *("争吵谩骂", "乱扔杂物", "随地吐痰", "损坏公共设施"),
        *("消防通道", "不文明养宠", "有序排队"),
    )
    for zh in ("商业大街", "商场超市"):
        texts = [item.zh for item in leaf_named(city, zh).items if item.status == "required"]
        assert all(word in text for word, text in zip(block, texts[:7], strict=True))


def test_evidence_asks_for_what_the_plan_asks(city: Framework) -> None:
    rules = [city.by_id[f"E-0{i}"].rule for i in range(1, 5)]
    quoted = [rule for rule in rules if isinstance(rule, CountedEvidence)]
    asked = {(rule.count, rule.pictures, rule.participants, rule.organiser) for rule in quoted}
    periods = [rule.periods for rule in quoted]
    assert asked == {(1, 2, 10, True)}
    assert periods.count(("Q1", "Q2", "Q3", "Q4")) == 3
    assert ("3·15", "全国食品安全宣传周", "全国质量月") in periods
    assert {number_at(city, f"nodes.E-0{i}.rule.participants").status for i in range(1, 5)} == {"required"}
    assert number_at(city, "nodes.E-06.rule.participants").status == "illustrative"


def test_a_prefecture_of_twelve_has_about_four_hundred_document_items(city: Framework) -> None:
    evidence = [leaf.rule for leaf in city.children["evidence"]]
    rows = sum(len(rule.periods) for rule in evidence if isinstance(rule, CountedEvidence))
    assert 350 <= 12 * (rows + len(city.children["rating"])) <= 450


def test_four_rates_with_several_questions_each(city: Framework) -> None:
    leaves = {leaf.zh: leaf for leaf in city.children["questionnaire"]}
    assert {"知晓率", "支持率", "满意率", "参与率"} <= set(leaves)
    assert all(isinstance(leaf.rule, AnswerScale) and len(leaf.items) >= 3 for leaf in leaves.values())
    satisfied = leaves["满意率"].rule
    assert isinstance(satisfied, AnswerScale)
    assert (*satisfied.scale, *satisfied.unclear) == ("满意", "基本满意", "不满意", "不清楚")


def test_duties_are_four_in_parallel_or_split(city: Framework) -> None:
    duties = {leaf.zh: duty for leaf in city.leaves if (duty := city.duties_of(leaf)) is not None}
    assert len(duties) == len(city.leaves)
    joint = {zh for zh, duty in duties.items() if duty.joint}
    assert {"主次干道", "农贸市场", "交通路口"} <= joint and "背街小巷" not in joint
    assert all(set(duties[zh].units) == {"territory", "regulator", "line", "lead"} for zh in joint)
    shared = [sum(duty.split.values()) for zh, duty in duties.items() if zh not in joint]
    assert shared == pytest.approx([1] * len(shared), abs=1e-12)
    assert duties["背街小巷"].split == {"line": 0.2, "territory": 0.8}


def test_the_county_edition_changes_weights_and_keeps_the_rest(city: Framework) -> None:
    county = library.framework("national-county-2023")
    assert county.root.id == city.root.id == "city"
    assert {node.id for node in city.nodes} - {node.id for node in county.nodes} == {"T-11"}
    assert county.by_id["F-26"].weight == pytest.approx(2 / 28)
    assert county.by_id["F-26"].items == city.by_id["F-26"].items


def test_site_types_leaves_and_items_of_the_components_do_not_collide() -> None:
    parts = [library.framework(name) for name in ("national-city-2023", "minors-2023", "village-2023")]
    kinds = Counter(kind.zh for rules in parts for kind in rules.site_types)
    leaves = [leaf for rules in parts for leaf in rules.leaves]
    ids = Counter(one for leaf in leaves for one in (leaf.id, *(item.id for item in leaf.items)))
    questions = Counter(i.zh for leaf in leaves if isinstance(leaf.rule, AnswerScale) for i in leaf.items)
    assert {n for counter in (kinds, ids, questions) for n in counter.values()} == {1}


def test_villages_without_questionnaire_are_scored_on_the_rest() -> None:
    village = library.framework("village-2023")
    assert village.root.id == "villages"
    assert village.missing_of(village.by_id["VQ-01"]) == "redistribute"
    assert village.missing_of(village.by_id["VE-01"]) == "error"
    assert [node.method for node in village.children["villages"]] == ["material", "field", "questionnaire"]


# compositions


def test_seventy_twenty_ten() -> None:
    rules = library.load("national-70-20-10").composition
    assert {part.id: part.weight for part in rules.parts} == {"city": 0.7, "minors": 0.2, "villages": 0.1}
    status = {number.where: number.status for number in rules.numbers}
    assert status["parts.city.weight"] == "illustrative"
    assert status["parts.minors.weight"] == status["parts.villages.weight"] == "required"
    assert [part.sub_units for part in rules.parts] == [False, False, True]
    assert rules.parts[0].frameworks == {"default": "national-city-2023", "county": "national-county-2023"}


def test_the_other_compositions() -> None:
    before, added = (library.load(name).composition for name in ("national-80-20", "national-added"))
    assert [part.weight for part in before.parts] == [0.8, 0.2]
    assert (added.rule, [part.weight for part in added.parts]) == ("added", [1, 0.2, 0.1])
    assert added.settings.bands == ()


def test_bonus_fields_and_negative_list() -> None:
    rules = library.load("national-70-20-10").composition
    assert [rule.zh for rule in rules.settings.bonus.rules] == BONUS and len(BONUS) == 13
    assert [entry.zh for entry in rules.settings.negative_list] == NEGATIVE
    assert {entry.kind for entry in rules.settings.negative_list} == {"penalty", "veto"}
    sizes = [number for number in rules.numbers if re.search("bonus|negative", number.where)]
    assert len(sizes) > 13 and all(number.status == "illustrative" for number in sizes)


@pytest.mark.parametrize("name", ["national-70-20-10", "anhui-2016"])
def test_minors_below_85_bar_a_city(name: str) -> None:
    (rule,) = library.load(name).settings.prerequisites
    assert (rule.component, rule.at_least, rule.status) == ("minors", 85, "old")


@pytest.mark.parametrize("name", ["national-70-20-10", "national-2018"])
def test_a_score_has_at_most_one_consequence(name: str) -> None:
    bands = [band for band in library.load(name).settings.bands if band.first is None and band.last is None]
    for score in (cents / 100 for cents in range(0, 10001)):
        hit = [b for b in bands if (b.from_score or 0) <= score and (b.below is None or score < b.below)]
        assert len(hit) == (1 if score < 80 else 0), score


def test_years_count_15_25_60_and_that_is_not_the_present_rule() -> None:
    cycle = library.load("national-70-20-10").settings.cycle
    assert cycle is not None and list(cycle.weights.values()) == [0.15, 0.25, 0.6]
    assert cycle.status == "old"


# published tables and local tests


@pytest.mark.parametrize("name", ["national-2018", "matou-villages-2019", "wuhan-2018-11"])
def test_totals_that_were_published_feed_a_single_leaf(name: str) -> None:
    rules = library.framework(name)
    assert rules.leaves == (rules.root,)
    assert rules.root.rule == GivenScore(name="given_score", max_points=100)
    assert rules.settings.ties.method == "min"


def test_rules_printed_with_the_tables() -> None:
    shares = {node.zh: node.weight for node in library.framework("xianning-90-10").leaves}
    assert shares == {"城市管理": 0.9, "红色物业": 0.1}
    hengyang = library.framework("hengyang-2019")
    assert [leaf.zh for leaf in hengyang.leaves] == ["市容秩序", "环境卫生", "园林绿化"]
    assert number_at(hengyang, "nodes.order.rule.start").status == "local"
    assert number_at(hengyang, "nodes.order.weight").status == "illustrative"


def test_the_index_has_the_eleven_checks_of_communities() -> None:
    rules = library.framework("civility-index-monthly")
    assert len(leaf_named(rules, "社区").items) == 11
    assert {leaf.rule.name for leaf in rules.leaves if leaf.rule} == {"pass_share"}


def test_the_form_changes_every_quarter() -> None:
    forms = [library.framework(name) for name in QUARTERS]
    for one, other in pairwise(forms):
        assert [node.weight for node in one.nodes] != [node.weight for node in other.nodes]
        assert one.by_id["adopted_sites"].items != other.by_id["adopted_sites"].items
    rules = [form.by_id["activities"].rule for form in forms]
    months = [month for rule in rules if isinstance(rule, CountedEvidence) for month in rule.periods]
    assert months == [f"{month:02d}" for month in range(1, 13)]


def test_member_units_are_asked_in_four_ways_and_by_citizens() -> None:
    rules = library.framework("member-units-2024-q2")
    ways = [node.zh for node in rules.children["member"]]
    assert ways == ["现场查看", "听取汇报", "翻阅资料", "问卷调查", "市民评议"]
    cycle = rules.settings.cycle
    assert cycle is not None and sum(cycle.weights.values()) == pytest.approx(1, abs=1e-12)
    awards = {award.id: award for award in rules.settings.awards}
    assert (awards["first_20"].first, awards["last_10"].last) == (20, 10)
    assert {award.level for award in awards.values() if award.kind == "flag"} == {"居民小区", "班级"}
    assert {award.level for award in awards.values() if "card" in award.kind} == {"村（社区）", "责任人"}


def test_all_rules_occur_somewhere() -> None:
    rules = [leaf.rule for name in FRAMEWORKS for leaf in library.framework(name).leaves]
    expected = (
        "pass_share graded deduction start_adjust counted_evidence threshold target answer_scale given_score"
    )
    assert {rule.name for rule in rules if rule} == set(expected.split())


# causes


def test_groups_of_causes_and_the_leads_of_the_six_services() -> None:
    groups = {group.id: group for group in library.vocabulary("services").groups}
    leads = {
        "facilities": "住房和城乡建设局",
        "traffic": "公安局",
        "appearance": "综合行政执法局",
        "market": "市场监督管理局",
        "stickers": "综合行政执法局",
        "dogs": "公安局",
    }
    assert {key: groups[key].lead for key in leads} == leads
    others = {"publicity", "fire", "service", "conduct", "food", "campus", "documents", "questionnaire"}
    assert set(groups) == {*leads, *others, "data"}


def test_the_bulletin_has_its_six_classes() -> None:
    classes = [group.zh for group in library.vocabulary("bulletin-2021").groups]
    assert classes == ["基础设施", "环境卫生", "公共秩序", "宣传创建", "消防安全", "其他"]


@pytest.mark.parametrize("name", library.vocabularies())
def test_keywords_speak_for_one_cause_only(name: str) -> None:
    causes = library.vocabulary(name).causes.values()
    words = Counter(word for cause in causes for word in cause.keywords)
    assert not [word for word, times in words.items() if times > 1]
    for cause in causes:
        assert not [word for word in cause.keywords if any(out in word for out in cause.exclude)], cause.id


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("人行道地砖破损", "road_surface"),
        ("楼道灯不亮", "street_light"),
        ("机动车闯红灯", "red_light"),
        ("非机动车闯红灯", "jaywalking"),
        ("商户店外经营", "shop_overflow"),
        ("墙面小广告未清理", "stickers_posted"),
        ("遛狗不牵绳", "dog_leash"),
        ("公益广告褪色", "ad_faded"),
        ("灭火器压力不足", "extinguisher"),
        ("消防通道堆放杂物", "fire_lane"),
        ("窗口人员脱岗", "absent"),
        ("室内吸烟", "smoking"),
        ("楼道飞线充电", "charging"),
        ("校门口停车混乱", "campus_parking"),
    ],
)
def test_typical_findings_point_to_one_cause(text: str, cause: str) -> None:
    causes = library.vocabulary("services").causes.values()
    spoken_for = [one for one in causes if any(word in text for word in one.keywords)]
    assert [one.id for one in spoken_for if not any(word in text for word in one.exclude)] == [cause]


@pytest.mark.parametrize(
    "cause", ["missing_evidence", "not_rising", "below_target", "not_earned", "missing", "imputed"]
)
def test_losses_without_a_finding_have_a_cause_too(cause: str) -> None:
    assert cause in library.vocabulary("services").causes
