"""What is looked for is found, in either language; facets count what is there; and no text is too strange."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import graph_of
from worlds import random_guide

from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import Guide
from kgrec.live.told import Known
from kgrec.models.popularity import Popularity
from kgrec.restocking import ItemChange, Stock
from kgrec.search import Asked, Catalogue, Facet, Found, Standing
from kgrec.search.facets import Band
from kgrec.search.text import fold, stem, terms
from kgrec.serving import Served
from kgrec.sources.mapping import parsed

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))

ITEMS = pd.DataFrame(
    {
        "item_id": ["K1", "K2", "K3", "K4", "K5", "K6"],
        "title": [
            "Rose Face Cream", "Rosé Hand Creams, 50 ml", "Men's Brush", "Crème de Nuit", "Paint brushes", "",
        ],
        "title_zh": ["玫瑰面霜", "玫瑰护手霜", "男士刷子", "玫瑰精华晚霜", "", "面膜"],
        "brand": ["Lavera", "Lavera", "L'Oréal", "L'Oréal", "Ace & Co", "Weleda"],
        "category": ["Skin > Face", "Skin > Hands", "Tools", "Skin > Face", "Tools", "Skin > Face"],
        "colour": ["red", "red", "black", "", "black", ""],
        "price": ["4.00", "9.50", "12", "30", "", "55"],
        "currency": ["EUR"] * 6,
        "season": ["winter", "summer", "", "winter", "", ""],
    }
)  # fmt: skip


def shop_of(items: pd.DataFrame) -> Guide:
    bought = pd.DataFrame(
        {"user_id": ["a", "a", "b"], "item_id": ["K1", "K2", "K3"], "event": "buy", "datetime": "2025-01-01"}
    )
    dataset = Dataset.from_frames(
        bought, items, mapping=parsed('[items.columns]\nseason = { as = "attribute" }')
    )
    graph = graph_of(dataset)
    return Guide(dataset, graph, Popularity().fit(dataset, graph))


@cache
def shop() -> Guide:
    return shop_of(ITEMS)


def ids(found: Found) -> list[str]:
    return [one.item_id for one in found.items]


def facet(found: Found, name: str) -> Facet:
    return next(one for one in found.facets if one.name == name)


def counts(found: Found, name: str) -> dict[str, int]:
    return {value.value: value.count for value in facet(found, name).values}


# Words


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rose", {"K1", "K2"}),
        ("ROSÉ", {"K1", "K2"}),
        ("cream", {"K1", "K2"}),
        ("creams rose", {"K1", "K2"}),
        ("creme", {"K4"}),
        ("brush", {"K3", "K5"}),
        ("mens brushes", {"K3"}),
        ("men's", {"K3"}),
        ("loreal", {"K3", "K4"}),
        ("L’Oréal", {"K3", "K4"}),
        ("lav", {"K1", "K2"}),
        ("rose fa", {"K1"}),
        ("lavera skin", {"K1", "K2"}),
        ("winter", {"K1", "K4"}),
        ("black tools", {"K3", "K5"}),
        ("霜", {"K1", "K2", "K4"}),
        ("面霜", {"K1"}),
        ("玫瑰霜", {"K1", "K2", "K4"}),
        ("Lavera 护手霜", {"K2"}),
        ("玫瑰 Lavera", {"K1", "K2"}),
        ("ｌａｖｅｒａ", {"K1", "K2"}),
        ("", {"K1", "K2", "K3", "K4", "K5", "K6"}),
        ("K6", {"K6"}),
        ("!!!", set()),
        ("xylophone", set()),
    ],
)
def test_words_of_either_language_find_what_has_all_of_them(query: str, expected: set[str]) -> None:
    found = shop().search(query)
    assert set(ids(found)) == expected and found.total == len(expected) and found.notes == ()


def test_an_exact_title_or_id_comes_first() -> None:
    items = ITEMS.assign(
        title=["Paint brushes box", "Paint brushes", "Brush", "K1", "Brushes paint brushes", "x"]
    )
    guide = shop_of(items)
    assert ids(guide.search("paint BRUSHES"))[0] == "K2"
    assert ids(guide.search("k1")) in (["K1", "K4"], ["K4", "K1"])
    assert ids(shop().search("玫瑰面霜"))[0] == "K1"


def test_a_slip_is_corrected_only_where_nothing_is_found_and_it_is_said() -> None:
    found = shop().search("brusg")
    assert set(ids(found)) == {"K3", "K5"} and found.read_as == "brush"
    assert found.notes == ("Nothing was found for “brusg”. This is what “brush” finds.",)
    assert "brush" in shop().search("brusg", lang="zh").notes[0]
    assert not shop().search("brush").read_as
    for slip in ("lavrea", "laver", "laveraa", "lavexa", "alvera"):
        assert set(ids(shop().search(slip))) == {"K1", "K2"}


def test_a_word_is_no_slip_for_one_that_begins_otherwise() -> None:
    titles = ["Oat soap", "Winter oats", "Goat milk soap", "燕麦外套", "Oatmeal", "x"]
    guide = shop_of(ITEMS.assign(title=titles))
    assert ids(guide.search("coat")) == [] and guide.search("coat").read_as == ""
    assert set(ids(guide.search("oat"))) == {"K1", "K2", "K5"}
    assert ids(guide.search("外套")) == ["K4"]


def test_items_with_some_of_the_words_are_better_than_none_and_it_is_said() -> None:
    found = shop().search("rose brush")
    assert set(ids(found)) == {"K1", "K2", "K3", "K5"}
    assert found.notes == ("No item has all of these words. These have some of them.",)


def test_a_long_query_is_cut_and_it_is_said() -> None:
    found = shop().search(" ".join(f"word{n}" for n in range(40)) + " rose")
    assert found.total == 0 and "first words" in found.notes[-1]


@pytest.mark.parametrize(
    ("word", "bare"),
    [("brushes", "brush"), ("boxes", "box"), ("ladies", "lady"), ("creams", "cream"), ("glass", "glass"),
     ("bus", "bus"), ("basis", "basis"), ("shoes", "shoe"), ("s", "s"), ("классы", "классы")],
)  # fmt: skip
def test_plurals(word: str, bare: str) -> None:
    assert stem(word) == bare


def test_terms_are_stems_characters_and_pairs() -> None:
    assert terms("Lavera's 面霜 50ml") == ("lavera", "面", "霜", "面霜", "50ml")
    assert fold("Crème ＡＢ") == "creme ab" and fold("한국") == "한국"


HOSTILE = [
    '"rose"', "rose OR 1=1", "NEAR(rose cream)", "title:rose", "*", "-rose", "^", "'); DROP TABLE items; --", "\0",
    "\u202erose", "rose\u200f", "🎁", "👩‍🔬 rose", "\ud800", "%s {0} {query}", "a" * 10_000, "玫" * 10_000,
    "rose " * 3000, "\t\n\r", "؀", "ﷺ" * 500, "İ", "ß", "\u0301" * 300, "<script>alert(1)</script>",
]  # fmt: skip


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_is_an_error(query: str) -> None:
    found = shop().search(query, lang="zh")
    assert found.total == len(found.items) <= 6
    assert all("{" not in note or "{" in query for note in found.notes)


@few
@given(query=st.text(max_size=60))
def test_no_text_is_an_error(query: str) -> None:
    shop().search(query)


# Facets


def test_facets_are_told_in_the_language_and_categories_as_they_lie_within_each_other() -> None:
    found = shop().search("")
    assert [one.name for one in found.facets] == ["category", "brand", "price", "attribute.season", "colour"]
    tree = facet(found, "category").values
    assert [(value.value, value.label, value.depth, value.within) for value in tree] == [
        ("Skin", "Skin", 0, ""),
        ("Skin > Face", "Face", 1, "Skin"),
        ("Skin > Hands", "Hands", 1, "Skin"),
        ("Tools", "Tools", 0, ""),
    ]
    assert facet(found, "brand").label == "Brand" and facet(found, "attribute.season").label == "season"
    assert facet(shop().search("", lang="zh"), "brand").label == "品牌"
    assert facet(shop().search("", lang="zh"), "price").label == "价格"


def test_values_of_a_facet_add_up_and_facets_narrow_down() -> None:
    chosen = {"brand": ["Lavera", "L'Oréal"], "category": ["Skin > Face"]}
    found = shop().search("", filters=chosen)
    assert set(ids(found)) == {"K1", "K4"}
    assert counts(found, "brand") == {"Lavera": 1, "L'Oréal": 1, "Weleda": 1}
    assert counts(found, "category") == {"Skin": 3, "Skin > Face": 2, "Skin > Hands": 1, "Tools": 1}
    assert [value.value for value in facet(found, "brand").values if value.chosen] == ["L'Oréal", "Lavera"]


def test_a_category_within_a_chosen_one_narrows_it() -> None:
    assert set(ids(shop().search("", filters={"category": ["Skin"]}))) == {"K1", "K2", "K4", "K6"}
    assert set(ids(shop().search("", filters={"category": ["Skin", "Skin > Hands"]}))) == {"K2"}


def test_prices_fall_into_bands_of_round_numbers() -> None:
    bands = facet(shop().search(""), "price").values
    assert sum(value.count for value in bands) == 5
    assert bands[0].label.startswith("Under") and bands[-1].label.endswith("and more")
    for value in bands:
        assert len(ids(shop().search("", filters={"price": [value.value]}))) == value.count
    assert set(ids(shop().search("", filters={"price": ["9-13 EUR"]}))) == {"K2", "K3"}
    assert ids(shop().search("", filters={"price": ["9-13 USD"]})) == []
    assert Band.named("20-50 EUR") == Band(20, 50, "EUR") and Band.named("-") is None


def test_what_nothing_has_is_found_nowhere_and_can_be_taken_back() -> None:
    for name in ("brand", "price", "attribute.season"):
        found = shop().search("", filters={name: ["<b>gone</b>\u202e"]})
        assert found.total == 0
        (value,) = [one for one in facet(found, name).values if one.chosen]
        assert value.count == 0 and value.value == "<b>gone</b>\u202e" and "\u202e" not in value.label
    with pytest.raises(UnknownName, match="facet"):
        shop().search("", filters={"nonsense": ["x"]})
    with pytest.raises(BadInput, match="lists"):
        shop().search("", filters={"brand": "Lavera"})


def test_orders() -> None:
    assert ids(shop().search("", order="price")) == ["K1", "K2", "K3", "K4", "K6", "K5"]
    assert (
        ids(shop().search("", order="-price"))[0] == "K6"
        and ids(shop().search("", order="-price"))[-1] == "K5"
    )
    assert shop().search("").orders == ("best", "price", "-price")
    with pytest.raises(UnknownName, match="order"):
        shop().search("", order="cheap")  # type: ignore[arg-type]
    with pytest.raises(BadInput):
        shop().search("", limit=0)


def test_pages_of_a_search_are_parts_of_one_list() -> None:
    whole = ids(shop().search(""))
    assert [ids(shop().search("", limit=2, offset=n))[0] for n in (0, 2, 4)] == whole[::2]
    assert shop().search("", limit=2, offset=100).items == () and shop().search("", limit=2).total == 6


NAMES = {"brand": "has_brand", "colour": "has_colour", "category": "has_category"}


def has(guide: Guide, item_id: str, name: str, value: str) -> bool:
    """By the tables, whatever the catalogue of the search says."""
    facts, row = guide.dataset.facts, guide.dataset.items.row(item_id)
    mine = facts.value[(facts.item == row) & (facts.relation == NAMES[name])]
    if name == "category":
        return any(f"{told} > ".startswith(f"{value} > ") for told in mine)
    return value in mine


def narrowed(guide: Guide, item_ids: Sequence[str], filters: Mapping[str, Sequence[str]]) -> set[str]:
    kept = set(item_ids)
    for name, values in filters.items():
        there = [v for v in values if any(has(guide, str(one), name, v) for one in guide.dataset.items.ids)]
        deepest = [v for v in there if not any(o.startswith(f"{v} > ") for o in there)]
        if values:
            kept = {one for one in kept if any(has(guide, one, name, value) for value in deepest)}
    return kept


@few
@given(
    seed=st.integers(0, 500),
    query=st.sampled_from(["", "rose", "clay oil", "sal"]),
    brands=st.lists(st.sampled_from(["Lavera", "Weleda"]), max_size=2, unique=True),
    colours=st.lists(st.sampled_from(["red", "blue", "green"]), max_size=2, unique=True),
    categories=st.lists(st.sampled_from(["Skin", "Skin > Face", "Hair"]), max_size=2, unique=True),
)
def test_counts_are_those_of_brute_force(
    seed: int, query: str, brands: list[str], colours: list[str], categories: list[str]
) -> None:
    guide = random_guide(seed)
    chosen = {"brand": brands, "colour": colours, "category": categories}
    filters = {name: values for name, values in chosen.items() if name in guide.catalogue.facet_names}
    found = guide.search(query, filters=filters, limit=100)
    everything = ids(guide.search(query, limit=100))
    assert set(ids(found)) == narrowed(guide, everything, filters)
    for one in found.facets:
        others = {name: values for name, values in filters.items() if name != one.name}
        among = narrowed(guide, everything, others)
        for value in one.values:
            if one.name in NAMES:
                assert value.count == sum(has(guide, item, one.name, value.value) for item in among)


# A shop that goes on


changes = st.lists(
    st.builds(
        ItemChange,
        item_id=st.sampled_from(["n0", "n1", "i0", "i1"]),
        what=st.sampled_from(["put", "patch"]),
        attributes=st.fixed_dictionaries(
            {},
            optional={
                "title": st.sampled_from(["rose oil", "Crème 玫瑰", "", "oil"]),
                "brand": st.sampled_from(["Lavera", "Logona", ""]),
                "category": st.sampled_from(["Skin > Face", "Skin > Foot", "Hair", None]),
                "price": st.sampled_from([3, "4.50", None]),
            },
        ),
    ),
    min_size=1,
    max_size=4,
)


@few
@given(seed=st.integers(0, 500), said=changes)
def test_a_catalogue_made_from_another_is_one_made_anew(seed: int, said: list[ItemChange]) -> None:
    guide = random_guide(seed)
    stock = Stock(guide.dataset, guide.graph, guide.model).with_items(said)
    renewed = Catalogue(stock.dataset, stock.graph, guide.catalogue)
    anew = Catalogue(stock.dataset, stock.graph)
    standing = Standing(np.zeros(len(stock.dataset.items), np.float32), np.zeros(0, np.int64), {})
    for query in ("", "rose", "oil cre", "玫瑰", "Logona", "n0", "rosr"):
        one, other = renewed.found(Asked(query), standing), anew.found(Asked(query), standing)
        assert one.rows.tolist() == other.rows.tolist() and one.facets == other.facets
        assert one.notes == other.notes


def test_withdrawn_items_are_not_found_nor_counted() -> None:
    class Gone:
        def of(self, user_id: str | None) -> object:
            return Known(withdrawn=frozenset(["K1", "unheard-of"]))

    base = shop()
    guide = Guide(base.dataset, base.graph, base.model, living=Gone())  # type: ignore[arg-type]
    assert set(ids(guide.search("rose"))) == {"K2"} and ids(guide.search("K1")) == []
    assert counts(guide.search(""), "brand")["Lavera"] == 1
    assert set(ids(guide.search("玫瑰面霜"))) == {"K2", "K4"}  # with some of it


def test_what_programs_say_is_found_at_once_and_new_comes_first(
    parity_workspace: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True))
    served = Served(folder)
    assert served.guide.search("velvet").total == 0 and "new" not in served.guide.search("").orders
    served.items.write("n1", "put", {"title": "Velvet chair", "title_zh": "丝绒椅", "brand": "Odd Ltd"})
    served.items.write("i3", "patch", {"brand": "Velvet House"})
    served.look()
    guide = served.guide
    assert set(ids(guide.search("velvet"))) == {"n1", "i3"} and ids(guide.search("丝绒")) == ["n1"]
    assert counts(guide.search("", filters={"brand": ["Velvet House"]}), "brand")["Velvet House"] == 1
    assert ids(guide.search("", order="new"))[0] == "n1" and "new" in guide.search("").orders
    served.items.write("n1", "withdraw", {})
    assert set(ids(guide.search("velvet"))) == {"i3"}


def test_somebody_s_scores_order_what_they_search(parity_guide: Guide) -> None:
    mine = parity_guide.search("thing", order="for", user_id="u0", limit=12)
    scores = parity_guide.asker("u0").scores
    rows = parity_guide.dataset.items.rows(ids(mine))
    assert (np.diff(scores[rows]) <= 0).all() and "for" in mine.orders
    assert "for" not in parity_guide.search("thing", user_id="nobody-yet").orders


def test_a_hostile_title_is_found_as_it_is() -> None:
    title = "</title><script>alert(1)</script> “rose” {thing}"
    guide = shop_of(ITEMS.assign(title=[title, *ITEMS["title"][1:]]))
    found = guide.search(title)
    assert found.items[0].title == replace(guide.item("K1")).title and "<script>" in found.items[0].title
