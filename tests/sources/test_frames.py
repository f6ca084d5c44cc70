"""Frames of three libraries, and the facts, segments and times that are read from them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from kgrec.domain import EVENTS, NEVER, Dataset
from kgrec.errors import BadInput

COLUMNS: dict[str, list[Any]] = {"user_id": [2, 1, 2], "item_id": ["b", "a", "c"], "datetime": [30, 20, 10]}


def facts(dataset: Dataset) -> set[tuple[str, str, str]]:
    names = dataset.items.ids[dataset.facts.item]
    return set(zip(names, dataset.facts.relation, dataset.facts.value, strict=True))


@pytest.mark.parametrize(
    "frame", [pd.DataFrame(COLUMNS), pl.DataFrame(COLUMNS), pl.LazyFrame(COLUMNS), pa.table(COLUMNS)]
)
def test_pandas_polars_and_arrow_frames_say_the_same(frame: Any) -> None:
    dataset = Dataset.from_frames(frame)
    assert list(dataset.users.ids) == ["2", "1"]
    assert list(dataset.items.ids) == ["b", "a", "c"]
    assert list(dataset.interactions.time) == [10, 20, 30]
    assert list(dataset.interactions.item) == [2, 1, 0]
    assert list(dataset.interactions.line) == [3, 2, 1]


def test_categories_record_batches_and_nulls_are_understood() -> None:
    batch = pa.record_batch(
        {
            "user": pa.array(["ana", "ben"]).dictionary_encode(),
            "item": pa.array([7, 8]),
            "event": ["view", "rate"],
            "value": pa.array([None, 4.0]),
            "date": pa.array([dt.date(2024, 1, 1)] * 2),
        }
    )
    frames = [
        batch,
        pl.from_arrow(batch),
        batch.to_pandas().assign(value=pd.Series([None, 4], dtype=object)),
    ]
    for frame in frames:
        dataset = Dataset.from_frames(frame)
        assert list(dataset.users.ids) == ["ana", "ben"]
        assert list(dataset.items.ids) == ["7", "8"]
        assert list(dataset.interactions.weight) == [1.0, 4.0]


def test_a_thing_that_is_no_frame_is_refused_by_name() -> None:
    with pytest.raises(
        BadInput, match="interactions: a list is no frame; give a pandas, Polars or Arrow table"
    ):
        Dataset.from_frames([1, 2])


def test_the_given_frame_is_left_as_it_was() -> None:
    frame = pd.DataFrame(COLUMNS, index=[7, 7, 7])
    before = frame.copy()
    Dataset.from_frames(frame)
    pd.testing.assert_frame_equal(frame, before)


def test_whole_numbers_keep_their_look_even_beside_a_missing_value() -> None:
    frame = pd.DataFrame({"user_id": [17850.0, np.nan], "item_id": [12345678901234567, 2]})
    dataset = Dataset.from_frames(frame, on_invalid="drop")
    assert list(dataset.users.ids) == ["17850"]
    assert list(dataset.items.ids) == ["12345678901234567"]
    assert [(d.reason, d.rows, d.first_line) for d in dataset.report.dropped] == [
        ("the user id is empty", 1, 2)
    ]


@pytest.mark.parametrize(
    ("given", "seconds"),
    [
        ("2024-01-31", 1706659200),
        ("2024-01-31T18:30:00", 1706725800),
        ("2024-01-31 18:30:00 UTC", 1706725800),
        ("2024-01-31T18:30:00+08:00", 1706697000),
        ("2024-01-31T18:30:00.999Z", 1706725800),
        ("1969-12-31T23:59:59", -1),
        (1706725800, 1706725800),
        (1706725800.5, 1706725800),
        (1706725800123, 1706725800),
        ("1706725800", 1706725800),
        (20240131, 1706659200),
        (dt.datetime(2024, 1, 31, 18, 30), 1706725800),
        (dt.date(2024, 1, 31), 1706659200),
        (pd.Timestamp("2024-01-31T18:30", tz="Asia/Shanghai"), 1706697000),
    ],
)
def test_times_of_every_usual_form_become_unix_seconds(given: Any, seconds: int) -> None:
    frame = pd.DataFrame({"user": ["ana"], "item": ["rose"], "datetime": [given]})
    assert list(Dataset.from_frames(frame).interactions.time) == [seconds]


def test_without_times_the_order_is_unknown_and_the_report_says_so() -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana", "ana"], "item": ["rose", "rose"]}))
    assert dataset.interactions.clock == "none"
    assert not dataset.interactions.ordered
    assert len(dataset.interactions) == 2
    assert any("the order of interactions is not known" in note for note in dataset.report.notes)


def test_interactions_of_one_moment_stay_in_the_order_of_the_file() -> None:
    frame = pd.DataFrame({"user": ["b", "a", "c"], "item": ["1", "2", "3"], "date": ["2024-01-01"] * 3})
    assert list(Dataset.from_frames(frame).interactions.line) == [1, 2, 3]


def test_catalogue_columns_become_facts_once_each() -> None:
    items = pd.DataFrame(
        {
            "sku": ["rose", "mask"],
            "name": ["Rose Cream", "Clay Mask"],
            "Manufacturer": ["Lavera", "Weleda"],
            "categories": ["Care >  Face > Cream | Gifts", "Care > Face"],
            "color": ["red | pink | red", ""],
            "material": [None, "clay"],
            "compatible_with": ["mask | elsewhere", "mask"],
            "price": ["1,234.50", "€5"],
        }
    )
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "sku": ["mask"]}), items)
    assert facts(dataset) == {
        ("rose", "has_brand", "Lavera"),
        ("mask", "has_brand", "Weleda"),
        ("rose", "has_category", "Care > Face > Cream"),
        ("rose", "has_category", "Gifts"),
        ("mask", "has_category", "Care > Face"),
        ("rose", "has_colour", "red"),
        ("rose", "has_colour", "pink"),
        ("mask", "has_material", "clay"),
        ("rose", "compatible_with", "mask"),
        ("rose", "compatible_with", "elsewhere"),
    }
    assert len(dataset.facts) == 10
    assert list(dataset.items.ids) == ["rose", "mask"]
    assert list(dataset.item_table["title"]) == ["Rose Cream", "Clay Mask"]
    assert list(dataset.item_table["price"]) == [1234.5, 5.0]


def test_unknown_columns_are_attributes_if_items_share_them_and_literals_if_not() -> None:
    items = pd.DataFrame(
        {
            "item": list("abcdef"),
            "Skin type": ["dry", "dry", "dry", "oily", "oily", ""],
            "Batch No": ["x1", "x2", "x3", "x4", "x5", "x6"],
            "grams": [50, 50, 50, 100, 100, 100],
        }
    )
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["a"]}), items)
    assert {value for _, relation, value in facts(dataset) if relation == "has_attribute"} == {
        "Skin type: dry",
        "Skin type: oily",
    }
    assert list(dataset.item_table["batch_no"]) == ["x1", "x2", "x3", "x4", "x5", "x6"]
    assert list(dataset.item_table["grams"]) == ["50", "50", "50", "100", "100", "100"]
    assert sum("not one of the usual ones" in note for note in dataset.report.notes) == 3


def test_every_item_table_has_the_columns_that_pages_show() -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["a"]}))
    row = dataset.item_table.iloc[0]
    assert list(row.index) == ["title", "title_zh", "description", "price", "currency", "image"]
    assert row["title"] == "" and row["image"] == "" and np.isnan(row["price"])


def test_users_of_the_table_come_first_and_their_groups_become_segments() -> None:
    users = pd.DataFrame({"uid": ["zoe", "ana"], "Age Band": ["20s", "30s"], "email": ["z@x", "a@x"]})
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ben", "ana"], "item": ["a", "a"]}), users=users)
    assert list(dataset.users.ids) == ["zoe", "ana", "ben"]
    assert list(dataset.user_table.columns) == ["age_band"]
    assert list(dataset.user_table["age_band"]) == ["20s", "30s", ""]
    assert dataset.report.columns["users"]["email"] == "not used"


def test_reviews_keep_their_words_and_say_what_is_unknown() -> None:
    reviews = pd.DataFrame(
        {"user": ["ana"], "item": ["a"], "review": ["Good\nstuff\x00\u202e"], "rating": ["x"]}
    )
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["a"]}), reviews=reviews)
    row = dataset.reviews.iloc[0]
    assert list(row.index) == ["user_id", "item_id", "rating", "text", "lang", "datetime"]
    assert row["text"] == "Good\nstuff" and np.isnan(row["rating"]) and row["datetime"] == NEVER


def test_an_empty_value_counts_once_and_a_returned_quantity_loses_its_sign() -> None:
    frame = pd.DataFrame(
        {"user": ["a", "a"], "item": ["x", "x"], "event": ["view", "return"], "quantity": ["", "-2"]}
    )
    interactions = Dataset.from_frames(frame).interactions
    assert [EVENTS[event] for event in interactions.event] == ["view", "return"]
    assert list(interactions.weight) == [1.0, 2.0]


def test_half_characters_and_links_that_are_no_ids_do_not_get_into_the_tables() -> None:
    items = pd.DataFrame(
        {"item": ["a"], "title": ["x\ud800"], "compatible_with": ["b\ud800 | c"]}, dtype=object
    )
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["a"]}), items)
    assert dataset.item_table["title"][0] == "x\ufffd"
    assert facts(dataset) == {("a", "compatible_with", "c")}


def test_on_invalid_must_be_one_of_its_two_words() -> None:
    with pytest.raises(BadInput, match="on_invalid is 'ignore'; give raise or drop"):
        Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["x"]}), on_invalid="ignore")  # type: ignore[arg-type]
