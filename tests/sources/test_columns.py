"""Which headers are understood, and what the report says of them."""

from __future__ import annotations

import pandas as pd
import pytest

from kgrec.domain import EVENTS, Dataset
from kgrec.errors import BadInput


@pytest.mark.parametrize(
    "user", ["user_id", "userid", "User ID", "user", "uid", "customer_id", "CustomerID", "visitorid",
             "reviewerID",             "shopper", "account"],
)  # fmt: skip
@pytest.mark.parametrize(
    "item",
    ["item_id", "itemId", "ITEM-ID", "item", "iid", "product_id", "sku", "StockCode", "asin", "article"],
)
def test_usual_names_of_users_and_items_are_recognised(user: str, item: str) -> None:
    dataset = Dataset.from_frames(pd.DataFrame({user: ["ana"], item: ["rose"]}))
    assert list(dataset.users.ids) == ["ana"]
    assert list(dataset.items.ids) == ["rose"]
    assert dataset.report.columns["interactions"] == {user: "user_id", item: "item_id"}


@pytest.mark.parametrize(
    "time",
    [
        "datetime",
        "timestamp",
        "Time",
        "ts",
        "date",
        "created_at",
        "InvoiceDate",
        "unixReviewTime",
        "event_time",
    ],
)
def test_usual_names_of_times_are_recognised(time: str) -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["rose"], time: [1_700_000_000]}))
    assert dataset.interactions.clock == "seconds"
    assert list(dataset.interactions.time) == [1_700_000_000]


@pytest.mark.parametrize(
    ("said", "event"),
    [("Purchase", "buy"), ("transaction", "buy"), ("order", "buy"), ("bought", "buy"), ("buy", "buy"),
     ("add_to_cart", "cart"), ("addtocart", "cart"), ("Add To Cart", "cart"), ("basket", "cart"),
     ("click", "view"), ("detail", "view"), ("pageview", "view"), ("visit", "view"), ("VIEW", "view"),
     ("refund", "return"), ("returned", "return"), ("rate", "rate"), ("dislike", "dislike")],
)  # fmt: skip
@pytest.mark.parametrize("header", ["event", "event_type", "action", "behavior", "interaction"])
def test_synonyms_of_events_are_understood(header: str, said: str, event: str) -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["rose"], header: [said]}))
    assert EVENTS[dataset.interactions.event[0]] == event


@pytest.mark.parametrize(
    ("header", "event"),
    [("rating", "rate"), ("score", "rate"), ("overall", "rate"), ("stars", "rate"),
     ("quantity", "buy"), ("qty", "buy"), ("value", "buy"), ("weight", "buy")],
)  # fmt: skip
def test_without_events_a_rating_column_means_ratings_and_anything_else_purchases(
    header: str, event: str
) -> None:
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["rose"], header: [4]}))
    assert EVENTS[dataset.interactions.event[0]] == event
    assert dataset.interactions.weight[0] == 4


def test_the_more_usual_of_two_candidates_is_taken_and_the_other_is_said_to_be_unused() -> None:
    frame = pd.DataFrame({"asin": ["B1"], "item_id": ["7"], "user": ["ana"], "colour of the sky": ["blue"]})
    dataset = Dataset.from_frames(frame)
    assert list(dataset.items.ids) == ["7"]
    assert dataset.report.columns["interactions"]["asin"] == "not used"
    assert dataset.report.columns["interactions"]["colour of the sky"] == "not used"


@pytest.mark.parametrize("header", ["id", "ID", "Id", "item", "product"])
def test_the_key_of_a_table_of_items_may_just_be_called_id(header: str) -> None:
    items = pd.DataFrame({"name": ["Rose", "Mask"], header: ["7", "8"]})
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "item": ["7"]}), items)
    assert list(dataset.items.ids) == ["7", "8"]
    assert list(dataset.item_table.title) == ["Rose", "Mask"]
    assert dataset.report.columns["items"][header] == "item_id"


def test_a_column_that_says_whose_id_it_is_goes_before_one_called_id() -> None:
    items = pd.DataFrame({"id": [1, 2], "sku": ["rose", "mask"]})
    dataset = Dataset.from_frames(pd.DataFrame({"user": ["ana"], "sku": ["rose"]}), items)
    assert list(dataset.items.ids) == ["rose", "mask"]
    assert list(dataset.item_table["id"]) == ["1", "2"]


@pytest.mark.parametrize("other", ["user", "item"])
def test_an_id_among_interactions_is_neither_a_user_nor_an_item(other: str) -> None:
    missing = "item" if other == "user" else "user"
    with pytest.raises(BadInput, match=f"no column for {missing}_id; found id, {other}"):
        Dataset.from_frames(pd.DataFrame({"id": ["7"], other: ["rose"]}))


def test_a_column_can_be_named_by_hand() -> None:
    frame = pd.DataFrame({"wer": ["ana"], "was": ["rose"], "item": ["not this one"]})
    dataset = Dataset.from_frames(frame, columns={"wer": "user_id", "was": "item_id"})
    assert list(dataset.users.ids) == ["ana"]
    assert list(dataset.items.ids) == ["rose"]


def test_naming_a_column_that_is_not_there_lists_those_that_are() -> None:
    with pytest.raises(BadInput, match="no column 'wo'; found user, item"):
        Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["b"]}), columns={"wo": "user_id"})


def test_naming_a_meaning_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(BadInput, match=r"cannot be taken for 'person'; give one of .*user_id"):
        Dataset.from_frames(pd.DataFrame({"user": ["a"], "item": ["b"]}), columns={"user": "person"})


@pytest.mark.parametrize("missing", ["user", "item"])
def test_a_missing_column_is_named_with_the_columns_found(missing: str) -> None:
    frame = pd.DataFrame({"user": ["ana"], "item": ["rose"], "x": [1]}).drop(columns=missing)
    with pytest.raises(BadInput, match=f"no column for {missing}_id; found .*x; rename one to {missing}_id"):
        Dataset.from_frames(frame)
