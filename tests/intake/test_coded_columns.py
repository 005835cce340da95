"""Columns as codes, and numbers read out of bytes eight at a time."""

import math
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.intake.files.coded import Cells, Coded, numbered, objects, under
from analysis.intake.files.digits import decimals, leading, whole, words_of
from analysis.intake.files.sheetxml import (
    ERROR,
    NO_VALUE,
    NUMBER,
    TEXT,
    TRUTH,
    MalformedError,
    Texts,
    read_block,
)
from analysis.intake.rows.register import combined, together

CELLS = st.lists(st.sampled_from(["", "甲区", "乙区", " 甲区", 1.0, 2.5, "1"]), min_size=1)


def test_a_word_is_taken_apart_by_hand():
    words = words_of(b"1234<56" + b" " * 16)
    number, size = leading(words[np.array([0, 3, 4, 5])])
    assert number.tolist() == [1234, 4, 0, 56]
    assert size.tolist() == [4, 1, 0, 2]


@given(st.integers(0, 10**15 - 1))
def test_whole_numbers_are_read_as_python_reads_them(number):
    found, size = whole(words_of(f"{number}<".encode() + b" " * 32), np.array([0]))
    assert (found[0], size[0]) == (number, len(str(number)))


@given(st.integers(0, 10**9), st.integers(1, 6), st.data())
def test_decimals_are_rounded_like_the_text_itself(before, places, data):
    after = data.draw(st.integers(0, 10**places - 1))
    text = f"{before}.{after:0{places}d}"
    value, known = decimals(*_bytes(text), np.array([0]), ord("<"))
    assert known[0] == (len(text) - 1 <= 15)
    assert not known[0] or value[0] == float(text)


@pytest.mark.parametrize("text", ["", "-5", "1e5", "1.5E-7", ".5", "5.", "0.98060000000000003", "1 2", "abc"])
def test_what_is_no_plain_decimal_is_left_to_python(text):
    assert not decimals(*_bytes(text), np.array([0]), ord("<"))[1][0]


def _bytes(text):
    raw = f"{text}<".encode() + b" " * 32
    return np.frombuffer(raw, dtype=np.uint8), words_of(raw)


@given(CELLS)
def test_a_column_is_the_cells_it_was_made_of(cells):
    column = Coded.of(cells)
    assert list(column) == cells
    assert (column == "甲区").tolist() == [cell == "甲区" for cell in cells]
    assert list(column.mapped(str)) == [str(cell) for cell in cells]
    assert list(column.where(column != "", Coded.all("–", len(cells)))) == [cell or "–" for cell in cells]
    assert list(column[::2]) == cells[::2]


@given(CELLS, CELLS)
def test_columns_under_each_other(first, second):
    joined = Coded.joined([Coded.of(first), Coded.of(second)])
    assert list(joined) == first + second
    assert sorted(map(str, joined.distinct().values)) == sorted(map(str, set(first + second)))


@given(st.lists(st.sampled_from(["", "甲", "乙", "丙"])))
def test_labels_are_the_texts_a_column_holds_in_order(texts):
    made = Coded(np.arange(len(texts)), objects(texts)).categorical()
    assert list(made) == texts
    assert list(made.categories) == sorted(set(texts))
    pd.testing.assert_extension_array_equal(made, pd.Categorical(pd.array(texts, dtype="str")))


@given(CELLS)
def test_a_column_is_the_same_in_another_process(cells):
    column = Coded.of([*cells, "nobody's"])[: len(cells)]
    assert list(pickle.loads(pickle.dumps(column))) == cells


@given(
    st.one_of(
        st.lists(st.integers(-5, 5)).map(lambda some: np.array(some, dtype=np.int64)),
        st.lists(st.integers(-(2**60), 2**60)).map(lambda some: np.array(some, dtype=np.int64)),
        st.lists(st.sampled_from([0.0, 1.0, 2.5, -3.0, 1e300, np.inf, np.nan])).map(np.array),
    )
)
def test_numbers_are_numbered_as_pandas_does(values):
    codes, distinct = numbered(values.astype(float) if values.dtype == object else values)
    expected, same = pd.factorize(values, use_na_sentinel=False)
    assert codes.tolist() == expected.tolist()
    np.testing.assert_array_equal(distinct, same)


def test_tables_under_each_other():
    first = {"site": Coded.all("甲", 2), "value": np.array([1.0, 2.0]), "mixed": Coded.of(["a", ""])}
    second = {"site": Coded.all("甲", 1), "value": np.array([np.nan]), "mixed": np.array(["b"], dtype=object)}
    found = under([first, second])
    assert list(found["site"]) == ["甲"] * 3
    assert len(found["site"].values) == 1
    np.testing.assert_array_equal(found["value"], [1.0, 2.0, np.nan])
    assert list(found["mixed"]) == ["a", "", "b"]


def test_truth_values_are_not_numbers():
    assert list(Coded.of([True, 1.0, False, 0.0])) == ["TRUE", 1.0, "FALSE", 0.0]


def test_what_is_asked_of_several_columns_is_asked_once_per_combination():
    asked = []
    columns = [Coded.of(list("aabb")), Coded.of(list("xxxy"))]
    codes, values = combined(columns, lambda *both: asked.append(both))
    assert asked == [("a", "x"), ("b", "x"), ("b", "y")]
    assert codes.tolist() == [0, 0, 1, 2]
    assert together(columns).tolist() == [0, 0, 1, 2]
    assert len(values) == 3


def test_cells_are_asked_like_a_matrix():
    cells = Cells.of(np.array([["单位", "得分"], ["甲区", 1.0], ["乙区", ""]], dtype=object))
    assert (cells[1, 0], cells[1].tolist(), list(cells[:, 1])) == ("甲区", ["甲区", 1.0], ["得分", 1.0, ""])
    assert cells[1:].shape == (2, 2)
    cells[2, 1] = 7.0
    assert list(cells[1:, 1]) == [1.0, 7.0]


def test_a_block_of_every_kind_of_cell():
    rows = (
        '<row r="2" hidden="1"><c r="A2"><v>12.5</v></c><c r="B2" s="3"><v>-1E-2</v></c>'
        '<c r="C2" t="s"><v>7</v></c>'
        '<c r="D2" t="b"><v>1</v></c><c r="E2" t="e"><v>#REF!</v></c><c r="F2"><f>A1</f></c>'
        '<c r="G2" s="1"/>'
        '<c r="H2" t="str"><f>A1</f><v>甲&amp;乙</v></c><c r="I2" t="inlineStr"><is><t>丙</t></is></c>'
        '<c r="AA1048576"><f t="shared" si="0"/><v>1048576</v></c></row>'
    )
    found, texts = read_block(rows.encode()), Texts(["x"])
    found.share(texts)
    by_column = dict(
        zip(found.column.tolist(), zip(found.what.tolist(), found.value.tolist(), strict=True), strict=True)
    )
    assert by_column[0] == (NUMBER, 12.5)
    assert by_column[1] == (NUMBER, -0.01)
    assert by_column[2] == (TEXT, 7.0)
    assert by_column[3] == (TRUTH, 1.0)
    assert by_column[4][0] == ERROR
    assert by_column[5][0] == NO_VALUE
    assert math.isnan(by_column[5][1])
    assert 6 not in by_column
    assert [texts.values[int(by_column[at][1])] for at in (4, 7, 8)] == ["#REF!", "甲&乙", "丙"]
    assert by_column[26] == (NUMBER, 1048576.0)
    assert found.row.tolist() == [1] * 8 + [1048575]
    assert (found.hidden, found.style.tolist()[:3]) == ([1], [0, 3, 0])


@pytest.mark.parametrize(
    "cell",
    [
        '<c><v>1</v></c>', '<c r="A0"><v>1</v></c>', '<c r="a1"><v>1</v></c>', '<c r="A1" t="q"><v>1</v></c>',
        '<c r="A1"><v>x</v></c>', '<c r="A1" t="s"><v>-1</v></c>', '<c r="A1"> <v>1</v></c>',
        '<c r="A1"><v xml:space="preserve">1</v></c>', '<!-- --><c r="A1"><v>1</v></c>', '<c r="A1"><f>1',
        "<c r='A1'><v>1</v></c>", '<c r="A12345678"><v>1</v></c>', '<c r="A1" s="1><v>1</v></c>',
    ],
)  # fmt: skip
def test_what_is_written_in_another_way_is_refused(cell):
    with pytest.raises(MalformedError):
        read_block(f'<row r="1">{cell}</row>'.encode())
