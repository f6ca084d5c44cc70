"""What is told of an item, as a program would say it: said again, it changes nothing."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kgrec import sources
from kgrec.domain import Dataset
from kgrec.errors import BadInput
from kgrec.sources.item import read, told
from kgrec.sources.mapping import ShopMapping, parsed

EXAMPLES = Path(__file__).parent / "examples"


def shop_with_everything() -> Dataset:
    items = pd.DataFrame(
        {
            "item_id": ["a", "b", "c"],
            "title": ["Anvil", "=Bolt <b>", ""],
            "title_zh": ["铁砧", "", ""],
            "brand": ["Acme", "", "Bern"],
            "category": ["Tools > Heavy", "Tools > Small | Gifts", ""],
            "price": [12.5, np.nan, 0.0],
            "currency": ["EUR", "", "EUR"],
            "colour": ["red | blue", "", "green"],
            "compatible_with": ["b | c", "", "nowhere"],
        }
    )
    bought = pd.DataFrame({"user_id": ["u", "u", "v"], "item_id": ["a", "b", "c"]})
    return Dataset.from_frames(bought, items)


def of(dataset: Dataset, item_id: str) -> tuple[dict[str, object], set[tuple[str, str]]]:
    """Literals that say something, and facts, as the tables have them."""
    row = dataset.items.row(item_id)
    literals = {name: dataset.item_table[name].iloc[row] for name in dataset.item_table}
    here = np.flatnonzero(dataset.facts.item == row)
    return (
        {name: value for name, value in literals.items() if value == value and value != ""},
        {(str(dataset.facts.relation[fact]), str(dataset.facts.value[fact])) for fact in here},
    )


@pytest.mark.parametrize("name", ["everything", "courses", "news"])
def test_what_is_told_is_read_as_what_it_was(name: str) -> None:
    dataset = shop_with_everything()
    if name != "everything":
        dataset = sources.read("csv", EXAMPLES / name, mapping=ShopMapping(preset=name))
    for item_id in map(str, dataset.items.ids):
        said = read(dataset, item_id, told(dataset, item_id))
        literals, facts = of(dataset, item_id)
        again = {name: value for name, value in said.literals.items() if value == value and value != ""}
        assert again == literals and set(said.facts) == facts, item_id


def test_one_value_is_told_as_one_and_several_as_a_list() -> None:
    dataset = shop_with_everything()
    assert told(dataset, "a") == {
        "title": "Anvil",
        "title_zh": "铁砧",
        "price": 12.5,
        "currency": "EUR",
        "brand": "Acme",
        "category": "Tools > Heavy",
        "colour": ["red", "blue"],
        "compatible_with": ["b", "c"],
    }
    assert told(dataset, "b")["category"] == ["Tools > Small", "Gifts"]


def test_a_number_is_told_as_one_where_texts_have_another_decimal_mark() -> None:
    mapping = parsed('version = 1\n[items.columns]\nvolume = { as = "decimal", decimal = "," }\n')
    items = pd.DataFrame({"item_id": ["a"], "title": ["Jug"], "volume": ["1,5"]})
    bought = pd.DataFrame({"user_id": ["u"], "item_id": ["a"]})
    dataset = Dataset.from_frames(bought, items, mapping=mapping)
    assert told(dataset, "a")["volume"] == 1.5
    assert read(dataset, "a", told(dataset, "a")).literals["volume"] == dataset.item_table["volume"].iloc[0]


def test_a_link_to_the_item_itself_is_refused_by_what_was_sent() -> None:
    with pytest.raises(
        BadInput, match=r"item a: compatible_with: 'b, a' is the item itself; write the id of another"
    ):
        read(shop_with_everything(), "a", {"compatible_with": ["b", "a"]})
