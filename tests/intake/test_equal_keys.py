"""Rows with the same key, found among those of several sheets."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.assemble import _equal
from analysis.intake.files.coded import Coded

ROW = st.tuples(st.sampled_from("abc"), st.sampled_from(["", "x", "y"]), st.sampled_from("12"))
SHEETS = st.lists(st.lists(ROW, min_size=1, max_size=8), min_size=1, max_size=4)


class Part(SimpleNamespace):
    def __len__(self):
        return self.n


@given(SHEETS, st.data())
def test_the_rows_are_those_that_pandas_finds(sheets, data):
    keys = [
        {name: Coded.of([row[at] for row in rows]) for at, name in enumerate(("site", "item", "visit"))}
        for rows in sheets
    ]
    if data.draw(st.booleans()):
        del keys[0]["item"]
        sheets = [[(site, "", visit) for site, _, visit in sheets[0]], *sheets[1:]]
    table = pd.DataFrame([row for rows in sheets for row in rows])
    usable = np.array(
        data.draw(st.lists(st.booleans(), min_size=len(table), max_size=len(table))), dtype=bool
    )
    places, codes = _equal(np.flatnonzero(usable), keys, [Part(n=len(rows)) for rows in sheets])
    left = table[usable]
    same = left[left.duplicated(keep=False)]
    assert places.tolist() == same.index.tolist()
    found = [part.tolist() for _, part in pd.Series(places).groupby(codes)]
    assert sorted(found) == sorted(part.index.tolist() for _, part in same.groupby([0, 1, 2]))
