"""The layout of the bundled demo shop, and the shop itself."""

from __future__ import annotations

import gzip
from pathlib import Path as FilePath

import pytest

from kgrec import sources
from kgrec.domain import EVENTS
from kgrec.errors import BadInput
from kgrec.resources import demo_folder

TABLES = {
    "items": "item_id,title,title_zh,category,brand,colour,material,price,currency,compatible_with,"
    "description,image\n"
    "K1,Kettle,水壶,Kitchen > Kettles,Alma,red,steel,30.5,EUR,K2 | K3,Boils.,images/K1.png\n"
    "K2,Base,底座,Kitchen > Kettles,Alma,,,9,EUR,,A base.,images/K2.png\n",
    "interactions": "user_id,item_id,event,value,datetime\n"
    "u1,K1,buy,2,2024-03-01T10:00:00Z\nu1,K2,view,,2024-02-01T10:00:00Z\n",
    "users": "user_id,age_band,city\nu1,25-34,Graz\n",
    "reviews": "user_id,item_id,rating,lang,text,datetime\nu1,K1,5,zh,很好,2024-03-09T10:00:00Z\n",
}


@pytest.fixture
def small_demo(tmp_path: FilePath) -> FilePath:
    for name, text in TABLES.items():
        (tmp_path / f"{name}.csv.gz").write_bytes(gzip.compress(text.encode()))
    return tmp_path


def test_all_that_the_demo_tables_say_is_read(small_demo: FilePath) -> None:
    dataset = sources.read("demo", small_demo)
    kettle = dataset.item_table.iloc[0]
    assert (kettle["title"], kettle["title_zh"], kettle["price"], kettle["currency"]) == (
        "Kettle",
        "水壶",
        30.5,
        "EUR",
    )
    assert kettle["image"] == "images/K1.png"
    said = set(zip(dataset.facts.relation, dataset.facts.value, strict=True))
    assert said == {
        ("has_brand", "Alma"),
        ("has_category", "Kitchen > Kettles"),
        ("has_colour", "red"),
        ("has_material", "steel"),
        ("compatible_with", "K2"),
        ("compatible_with", "K3"),
    }
    assert [EVENTS[event] for event in dataset.interactions.event] == ["view", "buy"]
    assert list(dataset.interactions.weight) == [1.0, 2.0]
    assert dict(dataset.user_table.iloc[0]) == {"age_band": "25-34", "city": "Graz"}
    assert dataset.reviews.iloc[0]["text"] == "很好"
    assert dataset.reviews.iloc[0]["datetime"] == 1709978400


def test_the_bundled_shop_is_read_without_a_path_and_without_a_row_left_out() -> None:
    if not (demo_folder() / "interactions.csv.gz").is_file():
        pytest.skip(f"needs the bundled shop in {demo_folder()}")
    dataset = sources.read("demo", None)
    assert len(dataset.interactions) and not dataset.report.dropped
    assert {"age_band", "city"} <= set(dataset.user_table.columns)
    assert (dataset.item_table["title_zh"] != "").all()


def test_other_formats_need_a_path() -> None:
    with pytest.raises(BadInput, match="format csv needs the path of its files"):
        sources.read("csv", None)
