"""Counts are what counting by hand, or another library, gives."""

from __future__ import annotations

import networkx as nx
import pytest

from kgrec.domain import RelationKind
from kgrec.graph import statistics, statistics_report
from kgrec.graph.build import assemble
from tests.graph.shop import NAMER, toy_shop


@pytest.fixture
def found(graph) -> statistics.GraphStatistics:
    return statistics.statistics(graph)


def test_kinds_and_degrees_are_counted(graph, found) -> None:
    degree = dict(graph.subgraph().degree())
    by_kind = {one.kind: one for one in found.kinds}
    assert found.entities == len(degree) and found.edges * 2 == sum(degree.values())
    users = [n for iri, n in degree.items() if "/id/user/" in iri]
    assert (by_kind["user"].entities, by_kind["user"].without_edges) == (3, users.count(0)) == (3, 1)
    assert by_kind["item"].largest == "Rose Cream"
    assert by_kind["item"].largest_degree == degree[graph.iris[graph.items[0]]]
    assert by_kind["user"].largest == "", "nobody is named by a hash"


def test_a_relation_says_how_many_of_the_items_it_reaches(found) -> None:
    by_name = {one.name: one for one in found.relations}
    brand = by_name["has_brand"]
    assert (brand.edges, brand.heads, brand.tails, brand.items, brand.items_share) == (3, 3, 2, 3, 1.0)
    assert by_name["has_colour"].items_share == pytest.approx(1 / 3)
    assert by_name["bought"].items_share == pytest.approx(1 / 3), "the user's end is no item"
    assert by_name["compatible_with"].edges_per_item == pytest.approx(1.5), "cream twice, mask once"
    assert by_name["in_segment"].items == 0


def test_components_are_those_of_networkx(graph, found) -> None:
    for told in found.components:
        names = graph.names(*statistics.JOINED_BY[told.joined_by])
        view = nx.Graph(graph.subgraph(relations=names))
        items = set(graph.iris[graph.items])
        parts = [part & items for part in nx.connected_components(view)]
        sizes = sorted(len(part) for part in parts if part) + [1] * len(items - set(view))
        assert told.components == len(sizes)
        assert told.single_items == sizes.count(1)
        assert told.items_in_largest == pytest.approx(max(sizes) / len(items))


def test_the_bridge_between_two_halves_is_found() -> None:
    halves = [("cream", "has_brand", "A"), ("oil", "has_brand", "A"), ("oil", "has_colour", "red")]
    shop = toy_shop(facts=[*halves, ("mask", "has_colour", "red")])
    graph = assemble(shop, NAMER)
    first, *_ = statistics.bridges(graph, 3)
    assert (first.label, first.kind, first.degree) == ("Rose Oil", "item", 2)
    view = nx.Graph(graph.subgraph(relations=graph.names(RelationKind.ATTRIBUTE)))
    assert first.betweenness == pytest.approx(nx.betweenness_centrality(view)[first.iri])


def test_what_every_item_has_joins_nothing() -> None:
    root = [(item, "has_category", "Shop") for item in ("cream", "oil", "mask")]
    graph = assemble(toy_shop(facts=[*root, ("cream", "has_brand", "A"), ("oil", "has_brand", "A")]), NAMER)
    assert [one.label for one in statistics.bridges(graph, 9)] == ["A", "Rose Cream", "Rose Oil"]
    catalogue = statistics.statistics(graph).components[0]
    assert (catalogue.components, catalogue.single_items) == (2, 1)


def test_a_shop_without_a_catalogue_has_no_bridges() -> None:
    assert statistics.bridges(assemble(toy_shop(facts=[]), NAMER), 3) == []


def test_labels_cannot_break_a_table_or_command_a_terminal() -> None:
    shop = toy_shop(title=["a|b\x1b[2J", "Rose Oil", "c"])
    graph = assemble(shop, NAMER)
    told = statistics_report.tables(statistics.statistics(graph), statistics.bridges(graph, 20))
    assert "\x1b" not in told and "a\\|b" in told
    rows = [line for line in told.splitlines() if line.startswith("|")]
    assert {line.replace("\\|", "").count("|") for line in rows} <= {5, 6, 7, 8}
