"""The toy shop becomes exactly the triples one expects."""

from __future__ import annotations

import numpy as np
import pytest

from kgrec.domain import NEVER
from kgrec.errors import BadGraph, BadInput, UnknownName
from kgrec.graph.build import assemble
from tests.graph.shop import NAMER, iri, term, toy_shop, triples

CREAM, OIL, MASK = (iri("item", name) for name in ("cream", "oil", "mask"))
ANA, BEN = iri("user", "ana"), iri("user", "ben")


@pytest.fixture(scope="module")
def told():
    return assemble(toy_shop(), NAMER)


def test_the_tables_say_exactly_these_triples(told) -> None:
    assert triples(told) == {
        (ANA, term("bought"), CREAM),
        (ANA, term("viewed"), MASK),
        (BEN, term("rated"), MASK),
        (BEN, term("returned"), OIL),
        (ANA, term("inSegment"), NAMER.segment("age_band", "25-34")),
        (BEN, term("inSegment"), NAMER.segment("city", "Köln")),
        (CREAM, term("hasBrand"), iri("brand", "Lavera")),
        (OIL, term("hasBrand"), iri("brand", "Lavera")),
        (MASK, term("hasBrand"), iri("brand", "Weleda")),
        (CREAM, term("hasCategory"), iri("category", "Skin")),
        (CREAM, term("hasCategory"), iri("category", "Skin > Face")),
        (OIL, term("hasCategory"), iri("category", "Skin")),
        (OIL, term("hasColour"), iri("colour", "red")),
        (MASK, term("hasMaterial"), iri("material", "clay")),
        (MASK, term("hasAttribute"), iri("attribute", "season: winter")),
        (CREAM, term("compatibleWith"), MASK),
        (CREAM, term("compatibleWith"), iri("unlisted_item", "brush")),
    }


def test_entities_are_users_then_items_then_the_rest_with_everyone_last(told) -> None:
    assert list(told.kinds[:6]) == ["user"] * 3 + ["item"] * 3
    assert told.kinds[-1] == "everyone"
    assert len(set(told.iris)) == len(told.iris)
    assert list(told.users) == [0, 1, 2] and list(told.items) == [3, 4, 5]
    assert (np.diff(told.relation) >= 0).all()


def test_a_repeated_purchase_is_one_edge_with_its_last_time_and_line(told) -> None:
    edge = told.edges_of("bought").start
    assert (told.support[edge], told.weight[edge], told.time[edge], told.line[edge]) == (2, 3.0, 120, 4)
    assert told.sources[told.source[edge]] == "orders.csv"


def test_a_changed_rating_counts_as_the_last_one(told) -> None:
    edge = told.edges_of("rated").start
    assert (told.support[edge], told.weight[edge], told.time[edge]) == (2, 2.0, 140)


def test_facts_name_their_file_and_line(told) -> None:
    edges = told.edges_of("has_brand")
    assert [told.sources[code] for code in told.source[edges]] == ["items.csv"] * 3
    assert list(told.line[edges]) == [2, 7, 10]
    assert set(told.time[edges]) == {NEVER}


def test_labels_come_in_both_languages_with_the_id_as_last_resort(told) -> None:
    cream, oil, mask = told.items
    assert (told.label(cream, "en"), told.label(cream, "zh")) == ("Rose Cream", "玫瑰面霜")
    assert (told.label(oil, "zh"), told.label(mask, "en")) == ("Rose Oil", "泥面膜")
    bare = assemble(toy_shop(title=["", "", ""], title_zh=["", "", ""]), NAMER)
    assert bare.label(int(bare.items[0])) == "cream"


def test_a_user_label_does_not_give_the_id_away(told) -> None:
    assert not any("ana" in str(names[0]) for names in told.labels.values())


def test_segments_and_categories_are_called_what_a_person_would_call_them(told) -> None:
    labels = {told.iris[row]: told.label(row) for row in range(len(told.iris))}
    assert labels[NAMER.segment("age_band", "25-34")] == "age band: 25-34"
    assert labels[iri("category", "Skin > Face")] == "Face"


def test_events_of_the_same_moment_stay_in_the_order_of_the_source() -> None:
    events = [("ana", item, "buy", 1.0, 7) for item in ("oil", "cream", "mask")]
    graph = assemble(toy_shop(events=events), NAMER)
    edges = graph.edges_of("bought")
    assert list(graph.item_row_of[graph.tail[edges]]) == [1, 0, 2]


def test_without_a_clock_no_edge_has_a_time() -> None:
    graph = assemble(toy_shop(clock="none"), NAMER)
    assert set(graph.time) == {NEVER} and graph.clock == "none"


def test_a_shop_without_anything_is_still_a_graph() -> None:
    graph = assemble(toy_shop(events=[], facts=[]), NAMER)
    assert graph.names(*{relation.kind for relation in graph.relations}) == ["in_segment"]


def test_a_catalogue_that_claims_events_is_refused() -> None:
    with pytest.raises(BadGraph, match="bought"):
        assemble(toy_shop(facts=[("cream", "bought", "oil")]), NAMER)


def test_a_relation_nobody_declared_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownName, match="has_colour"):
        assemble(toy_shop(facts=[("cream", "has_color", "red")]), NAMER)


def test_half_a_character_in_an_id_is_refused_and_in_a_label_replaced() -> None:
    graph = assemble(toy_shop(title=["Rose \ud800", "", ""]), NAMER)
    assert graph.label(int(graph.items[0])) == "Rose \ufffd"
    shop = toy_shop()
    shop.items.ids[0] = "\udfff"
    with pytest.raises(BadInput, match="half a character"):
        assemble(shop, NAMER)


def test_building_twice_gives_the_same_version() -> None:
    assert assemble(toy_shop(), NAMER).version == assemble(toy_shop(), NAMER).version
