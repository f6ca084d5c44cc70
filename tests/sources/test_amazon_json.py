"""Amazon's review data of three releases: what they have in common, what each calls it, and what is wrong in a line."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path as FilePath
from typing import Any

import pytest

from kgrec import sources
from kgrec.domain import EVENTS, Dataset
from kgrec.errors import BadInput

REVIEWS_2018 = [
    {
        "reviewerID": "u1",
        "asin": "A",
        "overall": 5.0,
        "reviewText": "Fits.",
        "summary": "Good.",
        "unixReviewTime": 100,
    },
    {"reviewerID": "u2", "asin": "A", "overall": 2.0, "unixReviewTime": 90},
    {
        "reviewerID": "u2",
        "asin": "B",
        "overall": 4.0,
        "reviewText": "Warm",
        "unixReviewTime": 95,
        "style": {"Size:": "L"},
    },
    {"reviewerID": "u1", "asin": "A", "overall": 5.0, "reviewText": "Fits.", "unixReviewTime": 100},
]
PRODUCTS_2018 = [
    {
        "asin": "A",
        "title": "Scarf &amp; <b>Hat</b>",
        "brand": "Wolle",
        "category": ["Clothing", "Winter &amp; Snow"],
        "price": "$1,012.50",
        "description": ["Of wool.", "Made by hand."],
        "imageURLHighRes": ["https://img.example/a-large.jpg"],
        "imageURL": ["https://img.example/a.jpg"],
        "also_buy": ["B", "Z", "A"],
        "details": {"ASIN: ": "A"},
    },
    {"asin": "Q", "title": "nobody reviewed it"},
    {"asin": "A", "title": "said twice"},
]
REVIEWS_2023 = [
    {"user_id": "u1", "asin": "A-red", "parent_asin": "A", "rating": 5, "text": "Fits.", "title": "Good",
     "timestamp": 100_000, "images": []},
]  # fmt: skip
PRODUCTS_2023 = [
    {"parent_asin": "A", "title": "Scarf", "store": "Wolle", "categories": ["Clothing", "Winter"], "price": 12.5,
     "images": [{"large": "https://img.example/a.jpg", "hi_res": None}], "bought_together": None},
]  # fmt: skip
PRODUCTS_2014 = [
    {"asin": "A", "title": "Scarf", "categories": [["Clothing", "Winter"], ["Gifts"]], "price": 12.5,
     "imUrl": "https://img.example/a.jpg", "related": {"also_viewed": ["B"], "bought_together": ["Z"]}},
]  # fmt: skip


@pytest.fixture
def write(tmp_path: FilePath) -> Callable[..., FilePath]:
    """A folder with a file for each name, a line for each object."""

    def written(**files: list[Any]) -> FilePath:
        for name, lines in files.items():
            text = "".join(json.dumps(line) + "\n" for line in lines)
            (tmp_path / f"{name}.json.gz").write_bytes(gzip.compress(text.encode()))
        return tmp_path

    return written


def facts(dataset: Dataset) -> set[tuple[str, str, str]]:
    names = dataset.items.ids[dataset.facts.item]
    return set(zip(names, dataset.facts.relation, dataset.facts.value, strict=True))


def test_reviews_are_ratings_and_products_the_catalogue(write: Callable[..., FilePath]) -> None:
    dataset = sources.read("amazon-json", write(Toy=REVIEWS_2018, meta_Toy=PRODUCTS_2018))
    known = dataset.interactions
    assert list(dataset.items.ids) == ["A", "B"]
    assert [EVENTS[event] for event in known.event] == ["rate"] * 3
    assert known.time.tolist() == [90, 95, 100] and known.weight.tolist() == [2, 4, 5]
    assert known.line.tolist() == [2, 3, 1]
    row = dataset.item_table.iloc[0]
    assert (row["title"], row["price"], row["currency"]) == ("Scarf & Hat", 1012.5, "USD")
    assert (row["description"], row["image"]) == ("Of wool. Made by hand.", "https://img.example/a-large.jpg")
    assert facts(dataset) == {
        ("A", "has_brand", "Wolle"),
        ("A", "has_category", "Clothing > Winter & Snow"),
        ("A", "also_bought", "B"),
        ("A", "also_bought", "Z"),
    }
    assert dataset.reviews["text"].tolist() == ["Good. Fits.", "Warm"]


def test_what_is_left_out_is_said(write: Callable[..., FilePath]) -> None:
    report = sources.read("amazon-json", write(Toy=REVIEWS_2018, meta_Toy=PRODUCTS_2018)).report
    (dropped,) = report.dropped
    assert (dropped.file, dropped.rows, dropped.first_line) == ("Toy.json.gz", 1, 4)
    assert "2 products that nobody reviewed, or said twice" in report.notes[0]
    assert "nothing is said of 1 reviewed products" in report.notes[1]


def test_the_release_of_2023_has_parents_milliseconds_and_stores(write: Callable[..., FilePath]) -> None:
    dataset = sources.read("amazon-json", write(Toy=REVIEWS_2023, meta_Toy=PRODUCTS_2023))
    assert list(dataset.items.ids) == ["A"] and dataset.interactions.time.tolist() == [100]
    assert facts(dataset) == {("A", "has_brand", "Wolle"), ("A", "has_category", "Clothing > Winter")}
    assert dataset.item_table["image"][0] == "https://img.example/a.jpg"


def test_the_release_of_2014_has_several_categories_and_related_products(
    write: Callable[..., FilePath],
) -> None:
    assert facts(sources.read("amazon-json", write(Toy=REVIEWS_2018, meta_Toy=PRODUCTS_2014))) == {
        ("A", "has_category", "Clothing > Winter"),
        ("A", "has_category", "Gifts"),
        ("A", "also_viewed", "B"),
        ("A", "bought_together", "Z"),
    }


def test_reviews_alone_will_do(write: Callable[..., FilePath]) -> None:
    dataset = sources.read("amazon-json", write(Toy=REVIEWS_2018) / "Toy.json.gz")
    assert list(dataset.items.ids) == ["A", "B"]
    assert "items have no attributes" in dataset.report.notes[0]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{'asin': 'A'}", "Toy.json, line 2: not a JSON object; make or copy"),
        ("[1]", "Toy.json, line 2: not a JSON object but list"),
        ('{"reviewerID": "u", "asin": "A", "overall": "many", "unixReviewTime": 1}', "line 2: .* 'many'"),
        (
            '{"reviewerID": ["u"], "asin": "A", "overall": 5, "unixReviewTime": 1}',
            "line 2: the user id is empty",
        ),
        ("[" * 100_000, "Toy.json, line 2: not a JSON object"),
    ],
)
def test_a_line_that_makes_no_sense_is_named(tmp_path: FilePath, line: str, told: str) -> None:
    (tmp_path / "Toy.json").write_text(json.dumps(REVIEWS_2018[0]) + "\n" + line + "\n")
    with pytest.raises(BadInput, match=told):
        sources.read("amazon-json", tmp_path)


def test_a_folder_with_two_files_of_reviews_or_none_is_refused(
    tmp_path: FilePath, write: Callable[..., FilePath]
) -> None:
    with pytest.raises(BadInput, match="there is no .json or .jsonl file of reviews in it; found nothing"):
        sources.read("amazon-json", tmp_path)
    with pytest.raises(BadInput, match="would all be read as reviews; keep one"):
        sources.read("amazon-json", write(One=REVIEWS_2018, Two=REVIEWS_2018))


def test_the_real_gift_cards_are_read(shared: Callable[[str], FilePath]) -> None:
    dataset = sources.read("amazon-json", shared("gift-cards"))
    assert (len(dataset.users), len(dataset.items), len(dataset.interactions)) == (458, 148, 2_969)
    assert {"has_brand", "has_category", "also_bought", "also_viewed"} <= set(dataset.facts.relation)
    assert len(dataset.reviews) > 2_900
