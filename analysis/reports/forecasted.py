"""A forecast of the next official test as files and as lines on a screen."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from analysis.errors import Attempts, Lang
from analysis.plots import rank_heatmap, save
from analysis.reports.console import aligned
from analysis.reports.files import write_csv, write_together
from analysis.reports.forecasted_words import say
from analysis.reports.hand_tables import read_table
from analysis.reports.labels import Labels
from analysis.reports.messages import message, usage_error
from analysis.reports.planned_files import banner, file_name, folder_of
from analysis.reports.screen import print_json, records, shown
from analysis.reports.simulated import redraw_facts, silent_about, write_facts

if TYPE_CHECKING:
    from analysis.scoring import Evaluation
    from analysis.simulation.forecast import Forecast

MANIFEST = "forecast.json"
MONTHS = ["month", "level", "level_se", "n"]
DECLARED = ["unit", "list", "n_declared", "expected", "sd", "low", "high"]


def declared_lists(evaluation: Evaluation, asked: Sequence[str], replicates: int, seed: int) -> pd.DataFrame:
    """Units with what alternative lists of declared sites bring (`declare`), of every `UNIT=FILE`.

    Raises UsageError with the problems of all of them.
    """
    tried = Attempts()
    found = [tried(partial(_of_unit, evaluation, one, replicates, seed)) for one in asked]
    tried.refuse()
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=DECLARED)


def _of_unit(evaluation: Evaluation, asked: str, replicates: int, seed: int) -> pd.DataFrame:
    from analysis.simulation.declare import declare

    unit, _, file = (part.strip() for part in asked.partition("="))
    if not unit or not file:
        raise usage_error("unit_and_file", value=asked)
    table = declare(evaluation, unit, read_lists(Path(file)), replicates, seed)
    table.insert(0, "unit", unit)
    return table


def read_lists(path: Path) -> dict[str, list[str]]:
    """Lists of sites by their names: one per column of a csv or xlsx file, blank cells left out."""
    table = read_table(path, "申报点位名单", "lists of sites", dtype=str)
    cells = {str(name).strip(): table[name].dropna().str.strip() for name in table.columns}
    lists = {name: [site for site in dict.fromkeys(sites) if site] for name, sites in cells.items()}
    lists = {name: sites for name, sites in lists.items() if sites}
    if not lists:
        raise usage_error("no_lists", value=str(path))
    return lists


def print_forecast(
    found: Forecast,
    target: float | None,
    top: int | None,
    lists: pd.DataFrame,
    out: Path | None,
    as_json: bool,
    lang: Lang,
) -> int:
    """Exit code of a forecast, after its tables and charts were written and its summary said."""
    folder, seed = out or folder_of(found.evaluation, "forecast"), found.mock.seed
    tables, facts = forecast_tables(found, target, top, lists), _facts(found, target, top)
    write_forecast(found, tables, facts, folder, lang)
    if as_json:
        print_json({"folder": str(folder), **facts, **{k: records(table) for k, table in tables.items()}})
    else:
        print(forecast_text(found, tables, target, top, lang))
        print(message("written", lang, folder=shown(folder), seed=seed))
    return 0


def forecast_tables(
    found: Forecast, target: float | None, top: int | None, lists: pd.DataFrame
) -> dict[str, pd.DataFrame]:
    """Every table by its name; `units` by group and rank of the mock round."""
    from analysis.results.ranking import rank_table

    ranking = rank_table(found.evaluation.scores, found.evaluation.rulebook.settings)
    held = ranking.set_index(ranking["unit"].astype(str))["rank"].reindex(found.units)
    units = found.table(target, top)
    units.insert(2, "mock_rank", held.to_numpy(dtype=float))
    units.insert(3, "mock_composite", found.mock.point)
    units = units.assign(rank_mean=found.rank.mean(axis=0), single_site_share=found.mock.single_site_share)
    units = units.sort_values(["group", "mock_rank"], kind="stable", ignore_index=True)
    tables = {"units": units, "ranks": found.ranks, "pairs": found.standings, "methods": found.methods}
    # Written even where nothing was asked, so that none is left over from an earlier run.
    months = pd.DataFrame(columns=MONTHS) if found.months is None else found.months
    return {**tables, "months": months, "declared": lists}


def _facts(found: Forecast, target: float | None, top: int | None) -> dict[str, Any]:
    pairs = [[first.id, second.id] for first, second in found.pairs]
    return {**redraw_facts(found.mock), "target": target, "rank": top, "pairs": pairs}


def write_forecast(
    found: Forecast, tables: dict[str, pd.DataFrame], facts: dict[str, Any], folder: Path, lang: Lang
) -> list[Path]:
    """The files written: what it was made from, a csv per table, a chart of ranks per group."""
    writers: dict[str, Any] = {MANIFEST: partial(write_facts, facts)}
    writers |= {f"{name}.csv": partial(write_csv, table.round(6)) for name, table in tables.items()}
    written = write_together(folder, writers)
    groups = {str(name): part for name, part in found.ranks.groupby("group", sort=False)}
    groups = {name: part for name, part in groups.items() if part["unit"].nunique() > 1}
    labels = Labels(found.evaluation.rulebook, lang, several_groups=True)
    title = found.evaluation.round.info.title[lang]
    for group, ranks in groups.items():
        about = f"{title} · {labels('group', group)}" if len(groups) > 1 else title
        note = " · ".join([*banner(found.evaluation, lang), say(_basis(found), lang)])
        chart = rank_heatmap(ranks, subtitle=about, note=note, forecast=True, lang=lang)
        name = f"ranks-{file_name(group)}" if len(groups) > 1 else "ranks"
        written += save(chart, folder / name)
    return written


def _basis(found: Forecast) -> str:
    """Whether the difference between mock and official was learned, for all methods, some or none."""
    learned = found.methods["n_pairs"] > 0
    return "learned" if learned.all() else "partly" if learned.any() else "assumed"


def forecast_text(
    found: Forecast, tables: dict[str, pd.DataFrame], target: float | None, top: int | None, lang: Lang
) -> str:
    """The forecast as lines: what it rests on, a row per unit, differences per method, dates, lists."""
    info = found.evaluation.round.info
    head = say("head", lang, round=info.id, date=info.date, n=len(found.rank), seed=found.mock.seed)
    lines = [*banner(found.evaluation, lang), head, *_official(found, lang)]
    lines += [_unit_lines(found, tables["units"], target, top, lang), say("beats_note", lang)]
    lines += [say("vetoed", lang)] if tables["units"]["mock_rank"].isna().any() else []
    lines += [*_learned(found, lang), _method_lines(found, lang), _months(found, lang)]
    lines += silent_about(found.mock, lang)
    for unit, rows in tables["declared"].groupby("unit", sort=False):
        lines += [say("declared", lang, unit=unit), _list_lines(rows, lang), say("declared_note", lang)]
    return "\n".join(lines)


def _official(found: Forecast, lang: Lang) -> list[str]:
    return [say("from_official", lang)] if found.evaluation.round.info.kind == "official" else []


def _unit_lines(
    found: Forecast, units: pd.DataFrame, target: float | None, top: int | None, lang: Lang
) -> str:
    several, labels = units["group"].nunique() > 1, Labels(found.evaluation.rulebook, lang, True)
    above = {(row.unit, row.other): row.p_above for row in found.standings.itertuples()}
    below = zip(units["unit"], units["unit"].shift(-1), strict=True)
    columns = {
        **({"group": [labels("group", str(name)) for name in units["group"]]} if several else {}),
        "unit": units["unit"],
        "rank": [f"{value:.0f}" if value == value else "–" for value in units["mock_rank"]],
        "composite": units["mock_composite"].map("{:.2f}".format),
        "mean": units["mean"].map("{:.2f}".format),
        "range": units["q025"].map("{:.2f}".format) + "–" + units["q975"].map("{:.2f}".format),
        "rank_mean": [f"{value:.1f}" if value == value else "–" for value in units["rank_mean"]],
        **({} if target is None else {"p_target": units["p_target"].map(_percent)}),
        **({} if top is None else {"p_top": units["p_top"].map(_percent)}),
        "beats": [_percent(above[pair]) if pair in above else "–" for pair in below],
    }
    heads = [say(f"column_{name}", lang, target=target, top=top) for name in columns]
    rows = [heads, *zip(*columns.values(), strict=True)]
    return aligned(rows, right=range(1 + several, len(heads)), indent="  ")


def _learned(found: Forecast, lang: Lang) -> list[str]:
    """From which rounds the differences below were learned, or that they are an assumption."""
    if not found.pairs:
        return [] if found.evaluation.round.info.kind == "official" else [say("no_pairs", lang)]
    named = [say("pair", lang, mock=f"{one.id} ({one.date})", official=f"{two.id} ({two.date})")
             for one, two in found.pairs]  # fmt: skip
    return [say("pairs", lang, pairs=("；" if lang == "zh" else "; ").join(named))]


def _method_lines(found: Forecast, lang: Lang) -> str:
    labels = Labels(found.evaluation.rulebook, lang)
    heads = [say(f"column_{name}", lang) for name in ("method", "reliability", "shift", "spread", "from")]
    rows = []
    for row in found.methods.itertuples():
        part, _, node = str(row.method).partition(".")
        basis = say("scores" if row.n_pairs else "nothing", lang, n=row.n_pairs)
        name = f"{labels('component', part)} · {labels('node', node, part)}"
        rows.append([name, f"{row.reliability:.2f}", f"{row.shift:+.2f}", f"{row.spread:.2f}", basis])
    return aligned([heads, *rows], right=(1, 2, 3), indent="  ")


def _months(found: Forecast, lang: Lang) -> str:
    if found.months is None:
        return say("months_not_asked", lang)
    if found.months.empty:
        return say("months_alike", lang)
    rows = [say("month", lang, month=int(r.month), level=r.level) for r in found.months.itertuples()]
    return say("months", lang, rows=("；" if lang == "zh" else "; ").join(rows))


def _list_lines(rows: pd.DataFrame, lang: Lang) -> str:
    heads = [say(f"column_{name}", lang) for name in ("list", "n_declared", "expected", "sd", "spread_range")]
    cells = [
        [row.list or say("as_it_was", lang), str(row.n_declared) if row.list else "–", f"{row.expected:.2f}",
         f"{row.sd:.2f}", f"{row.low:.2f}–{row.high:.2f}"]
        for row in rows.itertuples()
    ]  # fmt: skip
    return aligned([heads, *cells], right=(1, 2, 3, 4), indent="  ")


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%"
