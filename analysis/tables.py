"""The contract of every table: columns, types, key, unit, range and labels.

`TABLES` is plain data and cheap to import; `analysis.validation` checks frames against it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from analysis.errors import Lang

if TYPE_CHECKING:
    import pandas as pd

Kind = Literal["label", "text", "number", "count", "flag", "date"]

DTYPES: dict[Kind, str] = {
    "label": "category",
    "text": "str",
    "number": "float64",
    "count": "int64",
    "flag": "bool",
    "date": "datetime64[us]",
}
"""Type of a column in pandas by its kind."""

OBSERVED, MISSING, NOT_APPLICABLE = 0, 1, 2
"""Codes of `observations.status`: a value (zero included), no value, does not apply."""

ROLES = ("territory", "regulator", "line", "lead", "support")
"""Roles of a responsible unit: 点位/属地, 行业监管, 行业主管, 牵头, 配合."""

METHODS = ("material", "field", "questionnaire", "rating")
"""材料审核, 实地考察, 问卷调查, 部门评价."""


@dataclass(frozen=True)
class Column:
    """One column. `label` columns hold few distinct texts (pandas category), `text` columns any text."""

    name: str
    kind: Kind
    zh: str
    en: str
    unit: str = ""
    required: bool = True
    nullable: bool = False
    low: float | None = None
    high: float | None = None
    values: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its columns and its key."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()

    @property
    def names(self) -> list[str]:
        return [column.name for column in self.columns]

    def labels(self, lang: Lang = "zh") -> dict[str, str]:
        """Column name to header."""
        return {column.name: getattr(column, lang) for column in self.columns}


def _label(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name, "label", zh, en, **more)


def _text(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name, "text", zh, en, **more)


def _number(name: str, zh: str, en: str, unit: str = "points", **more: Any) -> Column:
    return Column(name, "number", zh, en, unit, **more)


def _count(name: str, zh: str, en: str, **more: Any) -> Column:
    return Column(name, "count", zh, en, "rows", low=0, **more)


def _optional(*columns: Column) -> tuple[Column, ...]:
    return tuple(replace(column, required=False, nullable=True) for column in columns)


_ROLE_COLUMNS = _optional(
    _label("territory", "属地责任单位", "Territory unit"),
    _label("regulator", "行业监管单位", "Regulator"),
    _label("line", "行业主管单位", "Line department"),
    _label("lead", "牵头单位", "Lead unit"),
    _label("support", "配合单位", "Supporting unit"),
)

_SOURCE = (
    _label("source_file", "来源文件", "Source file"),
    _label("source_sheet", "来源工作表", "Source sheet"),
    _count("source_row", "来源行", "Source row"),
)

_WHERE = (
    _label("unit", "被测评单位", "Unit"),
    _label("place", "下属单位", "Place"),
    _label("component", "组成部分", "Component"),
)

UNITS = Table(
    "units",
    "被测评单位",
    "Units",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("group", "分组", "Group"),
        *_optional(
            _label("parent", "上级单位", "Parent unit"),
            _label("level", "层级", "Level"),
            _number("population", "人口", "Population", unit="persons", low=0),
        ),
    ),
    key=("unit",),
)

ATTRIBUTES = Table(
    "attributes",
    "单位属性",
    "Unit attributes",
    (_label("unit", "被测评单位", "Unit"), _label("attribute", "属性（称号）", "Attribute (title held)")),
    key=("unit", "attribute"),
)

SITES = Table(
    "sites",
    "点位名册",
    "Site register",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("site", "点位", "Site"),
        _label("site_type", "点位类型", "Site type"),
        *_optional(
            _label("place", "下属单位", "Place"),
            _label("origin", "产生方式", "Origin", values=("declared", "random", "certain", "")),
        ),
        *_ROLE_COLUMNS,
        *_optional(*_SOURCE),
    ),
    key=("unit", "site"),
)

OBSERVATIONS = Table(
    "observations",
    "观测",
    "Observations",
    (
        # Numbered by the reader, so it needs no check of its own.
        Column("row_id", "count", "观测编号", "Row id", "id", low=0),
        *_WHERE,
        _label("leaf", "指标", "Leaf"),
        _label("item", "测评项", "Item"),
        _label("site_type", "点位类型", "Site type"),
        _label("site", "点位", "Site"),
        _number("value", "数值", "Value", unit="as the leaf's rule says", nullable=True),
        _label("answer", "等级或答案", "Grade or answer"),
        Column("status", "count", "状态", "Status", "code", values=(OBSERVED, MISSING, NOT_APPLICABLE)),
        *_optional(
            _number("count", "数量", "Count", unit="findings, answers or respondents", low=0),
            _number("share", "分担比例", "Share", unit="share", low=0, high=1),
            _label("visit", "轮次或日期", "Visit"),
            _label("flags", "情形", "Flags"),
            _label("period", "时段或节点", "Period or node"),
            _label("assessor", "测评员", "Assessor"),
            _label("respondent", "受访者", "Respondent"),
            _label("stratum", "层", "Stratum"),
            _label("cluster", "群", "Cluster"),
            _number("design_weight", "抽样权重", "Design weight", unit="weight", low=0),
            _label("origin", "产生方式", "Origin", values=("declared", "random", "certain", "")),
            Column("date", "date", "日期", "Date"),
            _number("pictures", "图片数", "Pictures", unit="pictures", low=0),
            _number("participants", "参与人数", "Participants", unit="persons", low=0),
            _label("organiser", "主办单位", "Organiser"),
            _label("cause", "失分原因", "Cause"),
            _text("note", "存在问题", "Problem found"),
            _text("picture", "图片", "Picture"),
        ),
        *_ROLE_COLUMNS,
        *_SOURCE,
    ),
)

CAUSE_ASSIGNMENTS = Table(
    "cause_assignments",
    "失分原因认定",
    "Causes assigned",
    (
        Column("row_id", "count", "观测编号", "Row id", "id", low=0),
        _label("unit", "被测评单位", "Unit"),
        _label("component", "组成部分", "Component"),
        _label("leaf", "指标", "Leaf"),
        _label("item", "测评项", "Item"),
        _text("note", "存在问题", "Problem found"),
        _label("stated", "填写的原因", "Cause as stated"),
        _label("cause", "失分原因", "Cause"),
        _label("basis", "认定依据", "Basis", values=("stated", "text", "check", "none")),
        _label("matched", "命中关键词", "Keywords that matched"),
        *_SOURCE,
    ),
    key=("row_id",),
)

BONUS_CLAIMS = Table(
    "bonus_claims",
    "加分申报",
    "Bonus claims",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("rule", "加分项", "Bonus rule"),
        _number("points", "分值", "Points", nullable=True, low=0),
        *_optional(_label("status", "认定结果", "Decision", values=("approved", "rejected", "pending"))),
        *_optional(_text("note", "说明", "Note")),
        *_SOURCE,
    ),
)

NEGATIVE_EVENTS = Table(
    "negative_events",
    "负面清单事项",
    "Negative events",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("rule", "负面清单项", "Negative-list entry"),
        _number("points", "扣分", "Points", nullable=True, low=0),
        *_optional(Column("date", "date", "日期", "Date"), _text("note", "说明", "Note")),
        *_SOURCE,
    ),
)

RECTIFICATIONS = Table(
    "rectifications",
    "整改台账",
    "Rectification ledger",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("site", "点位", "Site"),
        _label("item", "测评项", "Item"),
        _text("note", "存在问题", "Problem found"),
        *_optional(
            _label("responsible_unit", "责任单位", "Responsible unit"),
            Column("found", "date", "发现日期", "Found"),
            Column("assigned", "date", "交办日期", "Assigned"),
            Column("due", "date", "整改时限", "Due"),
            Column("fixed", "date", "整改完成日期", "Fixed"),
            Column("rechecked", "date", "复核日期", "Rechecked"),
            Column("closed", "date", "销号日期", "Closed"),
            _label("result", "复核结果", "Recheck result", values=("held", "failed", "pending", "")),
            _label("finder", "督导单位", "Found and followed up by"),
        ),
        *_SOURCE,
    ),
)

DUTY_LOG = Table(
    "duty_log",
    "值守记录",
    "Duty log of sites",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("site", "点位", "Site"),
        Column("date", "date", "值守日期", "Date"),
        _label("shift", "值守时段", "Shift"),
        _label("on_duty", "到岗情况", "On duty", values=("present", "absent", "late", "")),
        _text("note", "存在问题", "Problem found"),
        _text("handled", "处置情况", "What was done"),
        *_optional(
            _label("place", "下属单位", "Place"),
            _label("responsible_unit", "责任单位", "Responsible unit"),
        ),
        *_SOURCE,
    ),
)

EVIDENCE_DUE = Table(
    "evidence_due",
    "材料申报提示",
    "Evidence due",
    (
        _label("unit", "被测评单位（空：全部单位）", "Unit (blank: every unit)"),
        _label("responsible_unit", "报送单位", "Responsible unit"),
        _label("component", "组成部分", "Component"),
        _label("leaf", "指标", "Leaf"),
        _label("item", "测评项", "Item"),
        _text("material", "申报材料", "Material as written"),
        _label("period", "时段或节点", "Period or node"),
        Column("due", "date", "报送时限", "Due"),
        _number("times", "应报次数", "Times", unit="activities", nullable=True, low=0),
        _number("pictures", "图片数", "Pictures", unit="pictures", nullable=True, low=0),
        _number("participants", "参与人数", "Participants", unit="persons", nullable=True, low=0),
        *_optional(_label("submitted", "报送情况", "Submitted", values=("submitted", "open", ""))),
        _text("note", "要求", "Requirements"),
        *_SOURCE,
    ),
)

EVIDENCE_CALENDAR = Table(
    "evidence_calendar",
    "材料日历",
    "Calendar of evidence",
    (
        _label("responsible_unit", "责任单位", "Responsible unit"),
        _label("unit", "被测评单位", "Unit"),
        _label("place", "下属单位", "Place"),
        _label("component", "组成部分", "Component"),
        _label("leaf", "指标", "Leaf"),
        _label("item", "测评项", "Item"),
        _text("material", "材料", "Material"),
        _label("period", "时段或节点", "Period or node"),
        Column("start", "date", "开始", "From", nullable=True),
        Column("due", "date", "时限", "Due", nullable=True),
        _number("asked", "应报", "Asked", unit="activities", low=0),
        _number("counted", "合格", "Valid", unit="activities", low=0),
        _number("missing", "还缺", "Still missing", unit="activities", low=0),
        _label("state", "状态", "State", values=("done", "overdue", "open", "undated")),
        _number("days_left", "剩余天数", "Days left", unit="days", nullable=True),
        _text("zh", "说明", "In words (zh)"),
        _text("en", "英文说明", "In words (en)"),
    ),
)

CYCLE_SCORES = Table(
    "cycle_scores",
    "历年得分",
    "Scores of earlier years or periods",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("period", "年度或期次", "Period"),
        _number("composite", "综合得分", "Composite"),
        *_SOURCE,
    ),
    key=("unit", "period"),
)

PUBLISHED = Table(
    "published",
    "公布结果",
    "Published results",
    (
        _label("measure", "口径", "Measure", values=("total", "rank", "share", "count", "part", "mean")),
        _label("unit", "单位或类别", "Unit or category"),
        _label("group", "分组", "Group"),
        _label("name", "名称", "Name of the column"),
        _number("value", "数值", "Value", unit="as published", nullable=True),
        _text("printed", "公布原文", "As printed"),
        *_SOURCE,
    ),
)

COSTS = Table(
    "costs",
    "整改费用",
    "Costs of fixes",
    (
        _label("by", "口径", "By", values=("cause", "site_type", "responsible_unit")),
        _label("name", "名称", "Name"),
        _number("cost", "单项费用", "Cost of one fix", unit="yuan", low=0),
        *_SOURCE,
    ),
    key=("by", "name"),
)

FRAME = Table(
    "frame",
    "抽样框",
    "Survey frame and margins",
    (
        _label("unit", "被测评单位", "Unit"),
        _label("stratum", "层", "Stratum"),
        _label("category", "类别", "Category"),
        _number("population", "总体数", "Population", unit="persons or households", low=0),
        *_SOURCE,
    ),
)

NODES = Table(
    "nodes",
    "节点得分",
    "Node scores",
    (
        *_WHERE,
        _label("node", "节点", "Node"),
        _label("parent", "上级节点", "Parent node"),
        _label("method", "测评方式", "Method"),
        Column("depth", "count", "层级", "Depth", "levels", low=0),
        Column("leaf", "flag", "末级", "Lowest node"),
        _number("score_rate", "得分率", "Score rate", unit="share", low=0, high=1, nullable=True),
        _number("weight", "有效权重", "Effective weight", unit="share of full marks", low=0),
        _number("points_possible", "应得分", "Points possible", low=0),
        _number("points_lost", "失分", "Points lost", low=0),
        _label("rule", "计分规则", "Rule"),
        _count("n", "观测数", "Rows used"),
        _count("n_missing", "缺失数", "Rows missing"),
        _count("n_na", "不适用数", "Rows not applicable"),
        Column("imputed", "flag", "以他单位均值代替", "Imputed"),
        Column("redistributed", "flag", "权重转移", "Weight redistributed"),
    ),
    key=("unit", "place", "component", "node"),
)

LEDGER = Table(
    "ledger",
    "失分台账",
    "Ledger of lost points",
    (
        Column("row_id", "count", "观测编号", "Row id", "id, -1 for an anchor row", low=-1),
        _label("round", "轮次", "Round"),
        *_WHERE,
        _label("method", "测评方式", "Method"),
        _label("leaf", "指标", "Leaf"),
        _label("site_type", "点位类型", "Site type"),
        _label("site", "点位", "Site"),
        _label("item", "测评项", "Item"),
        _label("cause", "失分原因", "Cause"),
        _number("points_lost", "失分", "Points lost", low=0),
        _number("points_possible", "应得分", "Points possible", low=0, nullable=True),
        *_SOURCE,
    ),
)

SHARES = Table(
    "shares",
    "失分责任分担",
    "Shares of lost points",
    (
        Column("ledger_row", "count", "台账行", "Ledger row", "position in the ledger", low=0),
        _label("responsible_unit", "责任单位", "Responsible unit"),
        _label("role", "责任类型", "Role", values=(*ROLES, "")),
        _label("cause", "失分原因", "Cause"),
        _number("share", "分担比例", "Share", unit="share", low=0, high=1),
        Column("joint", "flag", "同责（各担全额）", "Joint (each in full)"),
    ),
)

ADJUSTMENTS = Table(
    "adjustments",
    "加减分与资格",
    "Adjustments",
    (
        _label("unit", "被测评单位", "Unit"),
        _label(
            "kind",
            "类别",
            "Kind",
            values=("bonus", "surplus", "penalty", "veto", "prerequisite", "band"),
        ),
        _label("rule", "条款", "Rule"),
        _number("claimed", "申报分值", "Points claimed", nullable=True),
        _number("points", "计入分值", "Points counted"),
        _text("zh", "说明", "In words (zh)"),
        _text("en", "英文说明", "In words (en)"),
        *_SOURCE,
    ),
)

RANKING = Table(
    "ranking",
    "排名",
    "Ranking",
    (
        _label("group", "分组", "Group"),
        _number("rank", "名次", "Rank", unit="1 = best", low=1, nullable=True),
        _label("unit", "被测评单位", "Unit"),
        _number("composite", "综合得分", "Composite", nullable=True),
        Column("tied", "flag", "并列", "Tied"),
        _number("gap_above", "距上一名", "Gap to the one above", low=0, nullable=True),
        _number("gap_below", "领先下一名", "Gap to the one below", low=0, nullable=True),
        _label("veto", "否决", "Veto"),
        _text("bands", "结果运用", "Consequences"),
    ),
    key=("unit",),
)

TABLES = {
    table.name: table
    for table in (
        UNITS,
        ATTRIBUTES,
        SITES,
        OBSERVATIONS,
        CAUSE_ASSIGNMENTS,
        BONUS_CLAIMS,
        NEGATIVE_EVENTS,
        RECTIFICATIONS,
        DUTY_LOG,
        EVIDENCE_DUE,
        EVIDENCE_CALENDAR,
        CYCLE_SCORES,
        PUBLISHED,
        COSTS,
        FRAME,
        NODES,
        LEDGER,
        SHARES,
        ADJUSTMENTS,
        RANKING,
    )
}


def empty(name: str) -> pd.DataFrame:
    """A table of that name without rows, with its required columns in order and their types."""
    import pandas as pd

    return pd.DataFrame(
        {column.name: _empty_column(column) for column in TABLES[name].columns if column.required}
    )


def _empty_column(column: Column) -> pd.Series:
    import pandas as pd

    return pd.Series(dtype=DTYPES[column.kind])
