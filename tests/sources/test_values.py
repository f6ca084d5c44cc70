"""How cells are read: numbers with units, truths, dates, lists."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.sources.values import boolean, dates, lexical, measured, number, split


@pytest.mark.parametrize(
    ("text", "decimal", "said"),
    [
        ("250 ml", ".", ("250", "ml")), ("1,200.5ml", ".", ("1200.5", "ml")), ("1.200,5 ml", ",", ("1200.5", "ml")),
        ("−3", ".", ("-3", "")), (".5", ".", ("0.5", "")), ("1 200", ".", ("1200", "")),
        ("3 fl oz", ".", ("3", "fl oz")),
        ("12 %", ".", ("12", "%")), ("1,5", ".", None), ("5 x 3 cm", ".", None), ("about 3", ".", None),
        ("", ".", None), ("-", ".", None), ("1e400", ".", None), ("٣", ".", None), ("9" * 31, ".", None),
    ],
)  # fmt: skip
def test_a_number_and_its_unit(text: str, decimal: str, said: tuple[str, str] | None) -> None:
    found = measured(text, decimal)
    assert found == (None if said is None else (Decimal(said[0]), said[1]))


@given(
    amount=st.decimals(min_value=-(10**12), max_value=10**12, places=6),
    unit=st.sampled_from(["g", "kg", "oz", "lb"]),
)
def test_a_converted_number_is_exact(amount: Decimal, unit: str) -> None:
    grams = {"g": 1, "kg": 1000, "oz": Decimal("28.349523125"), "lb": Decimal("453.59237")}[unit]
    read = number("", "g", whole=False)(f"{amount:f} {unit}")
    assert read is not None and Decimal(read) == amount * grams


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**20), max_value=10**20, places=9))
def test_a_number_is_written_as_xsd_decimal_has_it_and_reads_back(amount: Decimal) -> None:
    text = lexical(amount)
    assert Decimal(text) == amount and "E" not in text
    assert "." not in text or text[-1] not in "0."


def test_whole_numbers_with_a_fraction_are_none() -> None:
    assert number("", "", whole=True)("3.5") is None
    assert number("", "cm", whole=True)("50 mm") == "5"


def test_a_unit_that_was_not_asked_for_is_not_read() -> None:
    assert number("", "", whole=False)("3 kg") is None
    assert number("", "ml", whole=False)("3 kg") is None


def test_truths_are_told_in_many_ways_and_anything_else_is_none() -> None:
    assert [boolean(text) for text in ("Yes", "0", "ja", "否", "maybe")] == [
        "true",
        "false",
        "true",
        "false",
        None,
    ]


def test_dates_that_do_not_exist_are_not_read() -> None:
    cells = np.array(["2024-02-30", "2024-02-29", "", "soon"], dtype=object)
    assert dates(cells, "", with_time=False) == [None, "2024-02-29", "", None]
    zoned = np.array(["2024-03-01T01:00:00+02:00"], dtype=object)
    assert dates(zoned, "", with_time=True) == ["2024-02-29T23:00:00Z"]


@given(
    st.lists(st.text("abc /;", min_size=1).map(str.strip).filter(lambda t: t and "|" not in t), max_size=5)
)
def test_what_was_joined_is_split_again(parts: list[str]) -> None:
    assert split(" | ".join(parts), " | ") == parts
