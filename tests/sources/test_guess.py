"""What a column whose header says nothing is taken for, by its cells."""

from __future__ import annotations

import numpy as np
import pytest

from kgrec.sources.guess import guessed
from kgrec.sources.mapping import Column

IDS = ["K1", "K2", "K3", "K4", "K5", "K6"]


def column(*cells: str, ids: list[str] = IDS) -> Column:
    return guessed(np.array(cells, dtype=object), ids)[0]


@pytest.mark.parametrize(
    ("cells", "taken"),
    [
        (("3", "-7", "1200"), Column("integer")),
        (("3.5", "1,200.25", "7"), Column("decimal")),
        (("3,5", "1.200,25", "7"), Column("decimal", decimal=",")),
        (("250 ml", "1.5 l", "30ml"), Column("decimal", unit="ml")),
        (("1,5 kg", "2 kg"), Column("decimal", unit="kg", decimal=",")),
        (("24 Monate", "12 Monate"), Column("decimal", unit="Monate")),
        (("250 ml", "3 kg", "a"), Column("text")),
        (("yes", "No", ""), Column("boolean")),
        (("true", "false"), Column("boolean")),
        (("是", "否"), Column("boolean")),
        (("1", "0", "1"), Column("integer")),
        (("2024-01-31", "2023-12-01"), Column("date")),
        (("2024-01-31 00:00:00", "2023-12-01T00:00"), Column("date")),
        (("2024-01-31T18:30:00Z", "2023-12-01"), Column("datetime")),
        (("31.01.2024", "1.12.2023"), Column("date", format="%d.%m.%Y")),
        (("31/01/2024", "01/12/2023"), Column("date", format="%d/%m/%Y")),
        (("01/31/2024", "12/01/2023"), Column("date", format="%m/%d/%Y")),
        (("01/02/2024", "12/01/2023"), Column("text")),
        (("2024年1月31日", "2023年12月1日"), Column("date", format="%Y年%m月%d日")),
        (("0123", "4567"), Column("text")),
        (("12345678901234567890", "2"), Column("text")),
        (("", "", ""), Column("text")),
        (("K2", "K3; K4", "K1"), Column("link", separator=";")),
        (("K2", "", "K9", "x"), Column("text")),
        (("dry", "dry", "oily", "oily"), Column("attribute")),
        (("a | b", "b | c", "a", "c | a", "b", "a | c"), Column("attribute", separator=" | ")),
        (("mint, rose", "rose", "mint, salt", "salt, rose", "mint", "rose, mint"), Column("attribute", separator=", ")),
        (("Nothing is like another here.", "Each cell has its own words.", "And so has this."), Column("text")),
    ],
)  # fmt: skip
def test_cells_tell_what_a_column_is(cells: tuple[str, ...], taken: Column) -> None:
    assert column(*cells) == taken


def test_plain_numbers_are_no_links_even_if_items_are_numbered() -> None:
    assert column("1", "2", "3", ids=["1", "2", "3", "4"]) == Column("integer")


def test_the_share_of_values_that_are_ids_is_told() -> None:
    ids = [f"K{n}" for n in range(20)]
    taken, why = guessed(np.array([*ids[:19], "gone"], dtype=object), ids)
    assert taken == Column("link")
    assert why.startswith("95 % of its values are ids of items")


def test_dates_that_could_be_of_two_formats_are_left_to_the_shop() -> None:
    why = guessed(np.array(["01/02/2024", "12/01/2023"], dtype=object), IDS)[1]
    assert 'write as = "date" and which format: %d/%m/%Y or %m/%d/%Y' in why
