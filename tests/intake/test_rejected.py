from types import SimpleNamespace

import pandas as pd
from openpyxl import load_workbook

from analysis.intake import write_rejected


def test_rows_of_two_tables_of_one_sheet_stand_under_all_their_headers(tmp_path):
    """Two blocks of one sheet have headers of their own; no cell of either is lost, and none is a formula."""
    where = {"file": "a.xlsx", "sheet": "s", "kind": "field", "reason_zh": "原因", "reason_en": "reason"}
    cells = [{"单位": "甲", "得分": "=1+1"}, {"街道": "东街"}]
    rows = [{**where, "row": 3 + i, "cells": cell} for i, cell in enumerate(cells)]
    path = write_rejected(SimpleNamespace(rejected=pd.DataFrame(rows)), tmp_path / "rejected.xlsx")
    sheet = load_workbook(path)["s"]
    assert [cell.value for cell in sheet[1]][5:] == ["单位", "得分", "街道"]
    assert [cell.value for cell in sheet[2]][5:] == ["甲", "=1+1", None]
    assert sheet["G2"].data_type == "s"
    assert [cell.value for cell in sheet[3]][5:] == [None, None, "东街"]
