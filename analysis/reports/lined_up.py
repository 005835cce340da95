"""A series of rounds in words, on the screen and as files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import Lang, Problem, UsageError
from analysis.reports.compared import lines, say, worded
from analysis.reports.files import write_together
from analysis.reports.followed import csv_writers
from analysis.reports.labels import Labels
from analysis.reports.planned_files import banner, folder_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.results.history import Series

FEWEST = 2
"""Units of a group from which its ranks make a chart."""


def assumed_of(texts: Sequence[str]) -> dict[str, float]:
    """Composites supposed for periods, by options such as `2025=92`; raises UsageError with every bad one."""
    found, problems = {}, []
    for text in texts:
        period, _, value = text.partition("=")
        try:
            found[period.strip()] = float(value)
        except ValueError:
            problems.append(_bad_assumption(text))
    if problems:
        raise UsageError(problems)
    return found


def _bad_assumption(text: str) -> Problem:
    return Problem(
        code="bad_assumption",
        zh=f"--assume 的值“{text}”不能使用，应为 时段=分数。",
        en=f"--assume cannot be {text!r}; it must be period=points.",
        fix_zh="例如 --assume 2025=92。",
        fix_en="For example --assume 2025=92.",
        value=text,
    )


def series_tables(
    series: Series, target: float | None, assumed: Mapping[str, float]
) -> dict[str, pd.DataFrame]:
    """Every table of the series by the name of its file; `control` holds all charts, `chart` says which."""
    charts = [series.score_chart().assign(chart="composite")]
    charts += [series.problem_chart(by).assign(chart="checks") for by in ("", "unit")]
    charts += [series.published_chart(group).assign(chart=group) for group in series.published_groups]
    control = pd.concat([one for one in charts if len(one)], ignore_index=True)
    found = {
        "scores": series.scores,
        "control": control[["chart", *(name for name in control if name != "chart")]],
        "rebounds": series.rebounds(),
        "months": series.months(),
    }
    return found if target is None else found | {"needed": series.needed(target, assumed)}


def series_told(
    series: Series, target: float | None, assumed: Sequence[str], folder: Path | None, lang: Lang
) -> tuple[str, Path, dict[str, pd.DataFrame]]:
    """The series for the command: the text, the folder its files were written to, and the tables."""
    tables = series_tables(series, target, assumed_of(assumed))
    place = folder or folder_of(series.rounds[-1], "series")
    write_together(place, csv_writers(tables))
    _draw(series, place, lang)
    return series_text(series, tables, target, lang), place, tables


def _draw(series: Series, folder: Path, lang: Lang) -> None:
    """The bump chart of every group, and the control chart of the checks, as PNG and SVG."""
    from analysis import plots

    note = "".join(banner(series.rounds[-1], lang))
    labels = Labels(series.rounds[-1].rulebook, lang, True)
    for number, axes in enumerate(bump_axes(series, labels, "", note), start=1):
        plots.save(axes, folder / f"ranks_{number}")
    chart = series.problem_chart("")
    if len(chart) > 1:
        title = say("chart_control", lang)
        plots.save(plots.control_chart(chart, title=title, note=note, lang=lang), folder / "control")


def bump_groups(series: Series) -> list[str]:
    """Groups whose ranks make a chart: several units, ranked in more than one round; the largest first."""
    ranked = series.scores[series.scores["rank"].notna()]
    sizes = ranked.groupby("group", sort=False)[["unit", "round"]].nunique()
    sizes = sizes[(sizes["unit"] >= FEWEST) & (sizes["round"] > 1)]
    return [str(name) for name in sizes.sort_values("unit", ascending=False, kind="stable").index]


def bump_axes(series: Series, labels: Labels, subtitle: str, note: str) -> list[Axes]:
    """One bump chart per group of `bump_groups`."""
    from analysis import plots

    groups = bump_groups(series)
    found = []
    for name in groups:
        part = series.scores[series.scores["group"] == name]
        label = labels("group", name) if len(groups) > 1 else ""
        about = " · ".join(text for text in (subtitle, label) if text)
        found.append(plots.bump_chart(part, subtitle=about, note=note, lang=labels.lang))
    return found


def series_text(series: Series, tables: Mapping[str, pd.DataFrame], target: float | None, lang: Lang) -> str:
    """The series as lines for the screen: scores, real shifts, rebounds, months, what the cycle needs."""
    last, labels = series.rounds[-1], Labels(series.rounds[-1].rulebook, lang, True)
    parts = [
        *banner(last, lang),
        say("series_head", lang, n=len(series.rounds)),
        lines(_wide(series, labels)),
    ]
    parts += _signals(tables["control"], labels)
    parts += _rebounds(tables["rebounds"], lang)
    parts += _months(tables["months"], lang)
    if target is not None:
        parts.append(say("needed_head", lang, target=f"{target:g}", weights=_weights(series)))
        parts.append(lines(worded(tables["needed"], lang)))
    return "\n".join(parts)


def _wide(series: Series, labels: Labels) -> pd.DataFrame:
    """Units down and rounds across, composites; the group first where there are several."""
    table = series.scores
    wide = table.pivot(index=["group", "unit"], columns="round", values="composite")
    wide = wide.reindex(columns=list(dict.fromkeys(table["round"])))
    order = table.drop_duplicates(["group", "unit"], keep="last").set_index(["group", "unit"]).index
    wide = wide.reindex(order).reset_index().rename_axis(columns=None)
    if wide["group"].nunique() < 2:
        return worded(wide.drop(columns="group"), labels.lang)
    return worded(wide, labels.lang, labels)


def _signals(control: pd.DataFrame, labels: Labels) -> list[str]:
    marked = control[control["signal"] != ""]
    if marked.empty:
        return [say("no_signal", labels.lang)]
    lang = labels.lang
    sep = "、" if lang == "zh" else ", "
    rules = [sep.join(say(rule, lang, "signals") for rule in text.split("|")) for text in marked["signal"]]
    charts = [say(name, lang, "charts") for name in marked["chart"]]
    numbers = [
        f"{value:.2f}" if name == "composite" else f"{value:.1%}"
        for name, value in zip(marked["chart"], marked["value"], strict=True)
    ]
    series = marked["series"].replace("", say("everything", lang))
    shown = marked.assign(chart=charts, series=series, signal=rules, value=numbers)
    table = worded(shown[["chart", "series", "round", "value", "signal"]], lang)
    return [say("signals_head", lang, n=len(marked)), lines(table)]


def _rebounds(table: pd.DataFrame, lang: Lang) -> list[str]:
    both = table[table["rise"].notna() & table["fall"].notna()]
    if both.empty:
        return [say("no_rebound_known", lang)]
    certain = both[both["rebound"]]
    if certain.empty:
        return [say("no_rebound", lang)]
    columns = ["round", "unit", "rise", "fall", "n_sound", "n_back"]
    return [say("rebound_head", lang, n=len(certain)), lines(worded(certain[columns], lang))]


def _months(table: pd.DataFrame, lang: Lang) -> list[str]:
    told = table[table["effect"].notna()]
    return [say("months_head", lang), lines(worded(told, lang))] if len(told) else [say("no_months", lang)]


def _weights(series: Series) -> str:
    weights: dict[str, Any] = series.cycle_weights
    return " · ".join(f"{name} {share:.0%}" for name, share in weights.items())
