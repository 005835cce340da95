"""Reading with a second process: the same in the same order, and what happens when it ends; progress."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from analysis import intake
from analysis.intake import parallel, read
from analysis.intake.parallel import Alone, CrashedError, Helper, in_order
from analysis.intake.progress import listening

HEADER = ["单位", "点位", "编号", "结果"]


def square(number):
    return number * number, os.getpid()


def end_at_three(number):
    if number == 3 and os.environ.get("WENMING_TEST_MAIN") != str(os.getpid()):
        os._exit(1)
    return number


def fail(number):
    raise ValueError(f"bad thing {number}")


@pytest.fixture
def importable(monkeypatch):
    """The other process finds this module, too."""
    monkeypatch.setattr(sys, "path", [str(Path(__file__).parent), *sys.path])
    monkeypatch.setenv("WENMING_TEST_MAIN", str(os.getpid()))


def test_results_come_in_order_from_both_processes(importable):
    with Helper() as team:
        found = list(team.each(slow_square, range(40)))
        again = list(team.each(square, range(3)))
    assert [value for value, _ in found] == [number * number for number in range(40)]
    assert [value for value, _ in again] == [0, 1, 4]
    assert len({process for _, process in found}) == 2


def slow_square(number):
    import time

    time.sleep(0.05)
    return square(number)


def test_the_thing_that_ends_the_other_process_is_named_and_the_rest_is_done(importable):
    with Helper() as team:
        list(team.each(slow_square, range(30)))
        found = [list(team.each(end_slowly, [3] * 6 + [4] * 6)) for _ in range(2)]
    crashed = [at for at, one in enumerate(found[0]) if isinstance(one, CrashedError)]
    assert len(crashed) == 1
    assert crashed[0] < 6
    assert [one for at, one in enumerate(found[0]) if at not in crashed] == [3] * 5 + [4] * 6
    assert found[1] == [3] * 6 + [4] * 6


def end_slowly(number):
    import time

    time.sleep(0.05)
    return end_at_three(number)


def test_an_error_in_the_other_process_is_raised_here(importable):
    with pytest.raises((RuntimeError, ValueError), match="bad thing"), Helper() as team:
        list(team.each(fail, range(5)))


def test_what_the_other_process_cannot_import_is_done_here():
    with Helper("analysis.nowhere") as team:
        assert [value for value, _ in team.each(square, range(30))] == [n * n for n in range(30)]


def test_without_another_process_all_is_done_here(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with Helper() as team:
        assert [value for value, _ in team.each(square, range(3))] == [0, 1, 4]


def test_another_process_that_cannot_start_loses_nothing(monkeypatch):
    monkeypatch.setattr(parallel, "_SERVE", "raise SystemExit(3)")
    with Helper() as team:
        assert [value for value, _ in team.each(square, range(30))] == [n * n for n in range(30)]


def test_ctrl_c_ends_both(importable):
    with pytest.raises(KeyboardInterrupt), Helper() as team:
        process = team._process
        for _ in team.each(slow_square, range(10)):
            raise KeyboardInterrupt
    assert process.poll() is not None


def test_threads_keep_the_order_and_stop_at_an_error():
    assert list(in_order(lambda n: n * 2, iter(range(50)))) == list(range(0, 100, 2))
    assert list(in_order(lambda n: n, iter([]))) == []
    with pytest.raises(ZeroDivisionError):
        list(in_order(lambda n: 1 // (n - 20), range(50)))


@pytest.fixture
def many(based, monkeypatch):
    """A round of several workbooks with faults, read by two processes whatever their size."""
    for n in range(6):
        rows = [["甲区", "人民路", item, "符合"] for item in ("F-1-1", "F-1-2")]
        faulty = [["丙区", "人民路", "F-1-1", "符合"], ["甲区", n, "F-1-1", "?"]]
        based.book(f"{n}.xlsx", 记录=[HEADER, *rows, *faulty])
    (based.path / "截断.xlsx").write_bytes((based.path / "0.xlsx").read_bytes()[:900])
    monkeypatch.setattr(read, "_WORTH", 0)
    return based


def test_two_processes_read_what_one_reads(many):
    one, two = (intake.check(many.path, many.rulebook, workers=n) for n in (1, 2))
    assert one.frames.keys() == two.frames.keys()
    for name, frame in one.frames.items():
        pd.testing.assert_frame_equal(frame, two.frames[name])
    pd.testing.assert_frame_equal(one.rejected, two.rejected)
    pd.testing.assert_frame_equal(one.counts, two.counts)
    assert one.problems == two.problems
    assert len(one.rejected) == 6 * 4


def test_a_file_that_ends_the_other_process_is_a_problem_of_that_file(many, monkeypatch):
    class Crashing(Alone):
        def __init__(self, module):
            pass

        def each(self, work, things, then=None):
            return (CrashedError() if getattr(one, "name", "") == "3.xlsx" else work(one) for one in things)

    monkeypatch.setattr(read, "Helper", Crashing)
    found = intake.check(many.path, many.rulebook)
    assert [problem.file for problem in found.problems if problem.code == "crashed"] == ["3.xlsx"]
    assert "3.xlsx" not in set(found.counts.file)


def test_a_table_that_ends_the_other_process_is_rejected_with_every_row(many, monkeypatch):
    class Crashing(Alone):
        def __init__(self, module):
            pass

        def each(self, work, things, then=None):
            return (CrashedError() if getattr(one, "file", "") == "3.xlsx" else work(one) for one in things)

    monkeypatch.setattr(read, "Helper", Crashing)
    found = intake.check(many.path, many.rulebook)
    assert found.rejected[found.rejected.file == "3.xlsx"].row.tolist() == [2, 3, 4, 5]


def test_one_large_file_alone_needs_no_second_process(based):
    based.book("a.xlsx", 记录=[HEADER, ["甲区", "人民路", "F-1-1", "符合"]])
    assert not read._pays(based.path)


@pytest.mark.parametrize("module", ["sheets.opened", "rows.interpret"])
def test_the_other_process_starts_without_what_only_the_first_one_needs(module):
    code = f"import sys, analysis.intake.{module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    heavy = {"pandas", "pyarrow", "openpyxl", "analysis.framework.library"}
    assert not heavy & set(loaded.stdout.split())


def test_every_file_and_table_is_told_and_the_share_only_grows(many):
    seen = []
    with listening(seen.append):
        intake.check(many.path, many.rulebook, workers=1)
    files = [step for step in seen if step.name.endswith(".xlsx")]
    names = sorted(path.name for path in many.path.glob("*.xlsx"))
    assert list(dict.fromkeys(step.name for step in files)) == names
    assert files[0].text.startswith(f"1/{files[0].total}  0.xlsx  0.")
    shares = [step.share for step in seen]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert "5.xlsx 记录" in {step.name for step in seen}


def test_nobody_is_told_after_the_block(many):
    seen = []
    with listening(seen.append):
        pass
    intake.check(many.path, many.rulebook, workers=1)
    assert not seen
