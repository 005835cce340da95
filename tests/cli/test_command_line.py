"""Exit codes, messages in two languages, JSON, and what a wrong command line is told."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.cli import app, run
from analysis.reports.messages import help_texts, language


def call(capsys, *arguments):
    """Exit code, standard output and standard error of a command line."""
    code = run(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


WRONG = [
    (["nonsense"], "没有命令“nonsense”", "there is no command 'nonsense'"),
    (["check", "--colour", "x"], "没有选项 --colour", "there is no option --colour"),
    (["explain", "national-2018"], "缺少参数 UNIT", "UNIT is missing"),
    (["evaluate"], "缺少参数 ROUND", "ROUND is missing"),
    (["evaluate", "a", "b"], "多出的参数：b", "not expected: b"),
    (["demo", "--seed", "many"], "--seed 的值“many”不能使用，应为0 或更大的整数", "--seed cannot be 'many'"),
    (["demo", "--seed", "-3"], "--seed 的值“-3”不能使用", "--seed cannot be '-3'"),
    (["evaluate", "national-2018", "--out"], "选项 --out 的用法不对", "option --out"),
    (["report"], "没有写明轮次", "no round was named"),
    (["report", "--all", "national-2018"], "不能同时使用", "cannot be used together"),
    (["check"], "没有写明检查什么", "nothing to check was named"),
    (["check", "atlantis"], "找不到轮次“atlantis”", "no round 'atlantis'"),
    (["evaluate", "national-2018", "--framework", "utopia"], "找不到“utopia”", "there is no 'utopia'"),
    (["check", "--framework", "no-such.yml"], "找不到“no-such.yml”", "there is no 'no-such.yml'"),
    (["evaluate", "national-2018", "--level", "streets"], "没有层级“streets”", "has no level 'streets'"),
    (
        ["evaluate", "meizhou-2021-05"],
        "“meizhou-2021-05”没有指定计分办法",
        "'meizhou-2021-05' names no composition",
    ),
    (["plan", "national-2018", "--unit", "济南", "--pair", "x"], "“x”不是一对轮次", "not a pair of rounds"),
    (
        ["plan", "national-2018", "--unit", "济南", "--pair", "national-2018,xianning-2022-08"],
        "“xianning-2022-08”不是正式测评",
        "is not an official round",
    ),
    (["forecast", "national-2018"], "没有可供重抽的来源", "has no source to draw again"),
    (["forecast", "national-2018", "--replicates", "0"], "应为1 或更大的整数", "a whole number from 1"),
    (["sensitivity", "national-2018", "--swap", "济南"], "“济南”不是两个单位", "does not name two units"),
    (["rectification"], "缺少参数 ROUND", "ROUND... is missing"),
    (["rectification", "national-2018"], "没有整改台账", "have no rectification ledger"),
    (
        ["rectification", "national-2018", "--on", "soon"],
        "--on 的值“soon”不能使用，应为日期",
        "it must be a date",
    ),
    (["series", "national-2018", "--target", "95"], "不属于所用规则的任何周期", "belongs to no cycle"),
    (
        ["series", "national-2018", "--target", "95", "--assume", "next year"],
        "--assume 的值“next year”不能使用",
        "--assume cannot be 'next year'",
    ),
    (["explain", "national-2018", "亚特兰蒂斯"], "没有被测评单位“亚特兰蒂斯”", "no unit '亚特兰蒂斯'"),
    (["explain", "national-2018", "济南", "moon"], "没有节点“moon”", "has no node 'moon'"),
]


@pytest.mark.parametrize(
    ("arguments", "zh", "en"), WRONG, ids=lambda value: " ".join(value) if isinstance(value, list) else ""
)
def test_a_wrong_command_line_is_explained_in_both_languages(project, capsys, arguments, zh, en):
    code, out, err = call(capsys, *arguments)
    assert code == 2
    assert out == ""
    assert zh in err
    code, out, err = call(capsys, *arguments, "--lang", "en") if "--out" not in arguments else (2, "", en)
    assert code == 2
    assert en in err
    assert "Traceback" not in err


def test_a_forecast_lists_everything_that_is_wrong_with_it(project, capsys):
    """Round, pairs, months, target, rank, units and files of lists, in one go."""
    (project / "lists.csv").write_text("甲\n一号点\n", encoding="utf-8")
    (project / "empty.csv").write_text("甲\n", encoding="utf-8")
    pairs = ["--pair", "x", "--pair", "national-2018,xianning-2022-08", "--months", "atlantis,national-2018"]
    code, _, err = call(capsys, "forecast", "utopia", *pairs, "--lang", "en")
    assert code == 2
    expected = ["'utopia'", "'x' is not a pair", "'xianning-2022-08' is not an official", "'atlantis'"]
    assert [part in line for part, line in zip(expected, err.splitlines(), strict=True)] == [True] * 4
    lists = ["火星=lists.csv", "济南=none.csv", "济南=empty.csv", "济南", "济南=lists.csv"]
    declared = [part for one in lists for part in ("--declare", one)]
    code, _, err = call(capsys, "forecast", "national-2018", "--target", "990", "--rank", "999", *declared)
    assert code == 2
    expected = ["990 不可能", "999 不可能", "没有可供重抽的来源", "没有单位“火星”", "none.csv：不能读作",
                "“empty.csv”中没有名单", "“济南”不是单位和名单文件", "“一号点”在济南没有"]  # fmt: skip
    assert [part in line for part, line in zip(expected, err.splitlines(), strict=True)] == [True] * 8


def test_an_unknown_language_is_refused(project, capsys, monkeypatch):
    assert call(capsys, "check", "national-2018", "--lang", "fr")[0] == 2
    monkeypatch.setenv("WENMING_LANG", "klingon")
    code, _, err = call(capsys, "check", "national-2018")
    assert code == 2
    assert "没有语言“klingon”" in err


def test_the_language_comes_from_the_option_then_the_environment(monkeypatch):
    monkeypatch.setenv("WENMING_LANG", "en")
    assert language(["check"]) == "en"
    assert language(["check", "--lang", "zh"]) == "zh"
    assert language(["--lang=zh", "check"]) == "zh"
    monkeypatch.delenv("WENMING_LANG")
    assert language(["check"]) == "zh"


def test_without_arguments_the_overview_is_shown_and_nothing_done(capsys):
    code, out, _ = call(capsys)
    assert code == 2
    assert all(name in out for name in help_texts()["commands"])


@pytest.mark.parametrize("name", list(help_texts()["commands"]))
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_command_has_help_with_its_options_and_examples(capsys, name, lang):
    code, out, _ = call(capsys, name, "--help", "--lang", lang)
    assert code == 0
    command = help_texts()["commands"][name]
    assert command[lang].splitlines()[0] in out
    assert all(example in out for example in command["examples"])
    assert "{seed}" not in out


def test_help_lists_exactly_the_commands_there_are():
    names = [command.name or command.callback.__name__ for command in app.registered_commands]
    assert sorted(names) == sorted(help_texts()["commands"])


def test_check_counts_rows_and_succeeds_on_sound_data(project, capsys):
    code, out, err = call(capsys, "check", "national-2018", "--lang", "en")
    assert code == 0
    assert "56 rows read, 56 used, 0 rejected." in out
    assert err == ""


def test_check_of_a_framework_alone_says_how_much_is_illustrative(project, capsys):
    code, out, _ = call(capsys, "check", "--framework", "national-70-20-10", "--json")
    facts = json.loads(out)
    assert code == 0
    assert facts["parts"] == 3
    assert 0 < facts["illustrative"] <= facts["numbers"]
    assert not (project / "data" / "processed").exists()


def test_evaluate_prints_the_ranking_and_gives_the_same_as_json(project, capsys):
    code, out, _ = call(capsys, "evaluate", "national-2018", "--lang", "en")
    assert code == 0
    assert "(seed 2024)" in out
    code, out, _ = call(capsys, "evaluate", "national-2018", "--json", "--seed", "0")
    found = json.loads(out)
    assert code == 0
    assert found["seed"] == 0
    assert (found["ranking"][0]["unit"], found["ranking"][0]["composite"]) == ("济南", "95.68")


def test_explain_as_json_holds_the_lines_and_the_tables(project, capsys):
    _, text, _ = call(capsys, "explain", "national-2018", "济南")
    code, out, _ = call(capsys, "explain", "national-2018", "济南", "--json")
    found = json.loads(out)
    assert code == 0
    assert "\n".join(found["lines"]) == text.rstrip("\n")
    assert found["ledger"][0]["points_lost"] == pytest.approx(100 - 95.68)


def test_audit_tells_a_misprint_by_its_exit_code(project, capsys):
    code, out, _ = call(capsys, "audit", "xianning-2022-08", "--lang", "en")
    assert code == 1
    assert "published 16.42 %" in out
    code, out, _ = call(capsys, "audit", "national-2018", "--json")
    assert code == 0
    assert json.loads(out)["ok"] is True


def test_a_refusal_is_json_when_json_was_asked_for(project, capsys):
    code, out, err = call(capsys, "evaluate", "atlantis", "--json")
    found = json.loads(out)
    assert code == found["exit_code"] == 2
    assert found["problems"][0]["value"] == "atlantis"
    assert err == ""


def test_a_round_is_also_a_folder_anywhere(project, capsys, tmp_path_factory, monkeypatch):
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    code, out, _ = call(capsys, "evaluate", str(project / "data" / "raw" / "national-2018"))
    assert code == 0
    assert (project / "data" / "processed" / "national-2018" / "scores.csv").is_file()
    assert list(Path.cwd().iterdir()) == []


def test_an_output_folder_that_is_a_file_is_explained(project, capsys):
    (project / "taken").write_text("", encoding="utf-8")
    code, _, err = call(capsys, "evaluate", "national-2018", "--out", "taken", "--lang", "en")
    assert code == 2
    assert "taken" in err
    assert "cannot be read or written" in err


def test_report_all_without_rounds_says_what_to_do(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code, _, err = call(capsys, "report", "--all")
    assert code == 2
    assert "data/raw 下没有轮次" in err


def test_demo_refuses_to_write_over_rounds(full_project, capsys):
    code, _, err = call(capsys, "demo", "--lang", "en")
    assert code == 2
    assert "demo-2025-q2" in err


def test_output_is_utf8_whatever_the_console_says(project):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    command = [sys.executable, "-m", "analysis", "check", "national-2018"]
    root = str(Path(__file__).parents[2])
    done = subprocess.run(command, capture_output=True, env={**environment, "PYTHONPATH": root}, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert "共读取 56 行" in done.stdout.decode("utf-8")


def test_rounds_of_given_scores_are_asked_about_rules_plans_and_scenarios(project, capsys):
    """Nothing in them can be drawn again, and compositions of components they lack are no choice."""
    code, said, _ = call(capsys, "sensitivity", "national-2018", "--swap", "济南,杭州")
    assert code == 0
    assert "未成年人20%" not in said
    assert "济南：现行规则下第一" in said
    step = "steps: [{set_score: {unit: 杭州, component: city, node: city, score: 99}}]"
    Path("s.yml").write_text(step, encoding="utf-8")
    code, said, _ = call(capsys, "simulate", "national-2018", "--scenario", "s.yml")
    assert (code, "不能重抽" in said) == (0, True)
    code, said, _ = call(capsys, "plan", "national-2018", "--unit", "济南", "--target-rank", "1")
    assert (code, "不能重抽" in said) == (0, True)
