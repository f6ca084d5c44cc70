"""What is drawn is what is there."""

from __future__ import annotations

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.domain import Explanation, Hop, Path, RelationKind, Remainder
from kgrec.errors import BadInput, UnknownName
from kgrec.graph import views
from tests.graph.shop import NAMER, iri, term, triples

ANA, CREAM, OIL, LAVERA = iri("user", "ana"), iri("item", "cream"), iri("item", "oil"), iri("brand", "Lavera")


def test_a_neighbourhood_holds_what_is_near_and_how_it_is_joined(graph) -> None:
    cream = int(graph.items[0])
    near = views.neighbourhood(graph, [cream])
    assert {ANA, OIL, LAVERA, NAMER.everyone()} < set(near)
    assert near.nodes[CREAM] | {"row": 0} == {
        "row": 0,
        "item_id": "cream",
        "kind": "item",
        "distance": 0,
        "label_en": "Rose Cream",
        "label_zh": "玫瑰面霜",
    }
    assert near.edges[CREAM, LAVERA, "has_brand"]["kind"] == "attribute"
    assert near.has_edge(OIL, LAVERA, "has_brand")  # between two neighbours
    assert iri("user", "ben") not in near


def test_two_hops_reach_further_and_none_stays(graph) -> None:
    cream = int(graph.items[0])
    assert iri("user", "ben") in views.neighbourhood(graph, [cream], hops=2)
    assert set(views.neighbourhood(graph, [cream], hops=0)) == {CREAM}


def test_a_neighbourhood_that_is_too_large_keeps_each_relation(graph) -> None:
    cream = int(graph.items[0])
    few = views.neighbourhood(graph, [cream], limit=4)
    assert len(few) == 4 and CREAM in few
    kinds = {few.nodes[node]["kind"] for node in few}
    assert len(kinds) > 2


def test_the_whole_graph_is_every_entity_and_every_edge(graph) -> None:
    view = graph.subgraph()
    assert type(view) is nx.MultiDiGraph
    assert set(view) == set(graph.iris)
    told = {(head, term_of(graph, relation), tail) for head, tail, relation in view.edges(keys=True)}
    assert told == triples(graph)
    edge = view.edges[ANA, CREAM, "bought"]
    assert edge == {
        "relation": "bought",
        "kind": "event",
        "weight": 3.0,
        "support": 2,
        "source": "orders.csv",
        "line": edge["line"],
    }


def term_of(graph, relation: str) -> str:
    return graph.relations[graph.relation_row(relation)].iri


def test_relations_and_kinds_say_what_is_kept(graph) -> None:
    brands = graph.subgraph(relations=["has_brand"])
    assert set(nx.get_node_attributes(brands, "kind").values()) == {"item", "brand"}
    assert brands.number_of_edges() == 3
    items = graph.subgraph(kinds=["item"])
    assert len(items) == 3 and all(kind != "event" for *_, kind in items.edges(data="kind"))
    only = graph.subgraph(relations=["bought", "has_brand"], kinds=["item", "brand"])
    assert {relation for *_, relation in only.edges(keys=True)} == {"has_brand"}


def test_what_lies_around_an_item_or_a_user_is_found_by_their_ids(graph) -> None:
    around = graph.subgraph(["oil"], relations=["has_brand", "bought"], hops=2)
    assert dict(around.nodes(data="distance")) == {iri("item", "oil"): 0, LAVERA: 1, CREAM: 2}
    assert set(graph.subgraph(["ana"], relations=["bought"])) == {ANA, CREAM}
    assert set(graph.subgraph([LAVERA], hops=0)) == {LAVERA}


def test_what_is_unknown_or_too_large_is_refused_in_one_line(graph) -> None:
    with pytest.raises(UnknownName, match="'creme'; did you mean cream"):
        graph.subgraph(["creme"])
    with pytest.raises(UnknownName, match="relation named 'has_brnd'; did you mean has_brand"):
        graph.subgraph(relations=["has_brnd"])
    with pytest.raises(UnknownName, match="kind of entity named 'brnd'; did you mean brand"):
        graph.subgraph(kinds=["brnd"])
    with pytest.raises(BadInput, match="17 entities and 21 edges, more than the limit of 20; name relations"):
        graph.subgraph(limit=20)


@given(st.data())
def test_hops_are_those_that_networkx_counts(graph, data) -> None:
    start = data.draw(st.sampled_from(graph.iris.tolist()))
    relations = data.draw(st.lists(st.sampled_from(graph.names(*_KINDS)), min_size=1, unique=True))
    hops = data.draw(st.integers(0, 4))
    near = graph.subgraph([start], relations=relations, hops=hops)
    whole = nx.Graph(graph.subgraph(relations=relations))
    whole.add_node(start)
    expected = nx.single_source_shortest_path_length(whole, start, cutoff=hops)
    assert dict(near.nodes(data="distance")) == expected
    walked = {term_of(graph, name) for name in relations}
    ends = {(head, tail) for head, relation, tail in triples(graph) if relation in walked}
    assert set(near.edges()) == {pair for pair in ends if set(pair) <= set(expected)}


_KINDS = tuple(RelationKind)


def _hop(subject: str, relation: str, target: str, *, inverse: bool = False) -> Hop:
    labels = {"subject": subject[-3:], "relation": relation, "object": target[-3:]}
    return Hop(subject, term(relation), target, inverse, "items.csv:2", labels)


def test_the_paths_of_an_explanation_share_their_hops() -> None:
    bought = _hop(ANA, "bought", CREAM)
    brand = Path(
        "m",
        0.3,
        0.6,
        (bought, _hop(CREAM, "hasBrand", LAVERA), _hop(OIL, "hasBrand", LAVERA, inverse=True)),
        "",
    )
    alike = Path("m", 0.2, 0.4, (bought, _hop(CREAM, "similarText", OIL)), "")
    again = Path("m", 0.1, 0.0, (bought, _hop(OIL, "chosenAlike", CREAM, inverse=True)), "")
    told = Explanation(
        "ana", "oil", "en", 0.6, 1, 0.0, "", (brand, alike, again), Remainder(0, 0), "path", "v"
    )
    drawn = views.path_graph(told)
    assert abs(drawn.edges[ANA, CREAM]["contribution"] - 0.6) < 1e-9 and drawn.edges[ANA, CREAM]["paths"] == 3
    assert list(drawn.edges) == [(ANA, CREAM), (CREAM, LAVERA), (CREAM, OIL), (LAVERA, OIL)] or set(
        drawn.edges
    ) == {
        (ANA, CREAM),
        (CREAM, LAVERA),
        (LAVERA, OIL),
        (CREAM, OIL),
    }
    assert drawn.edges[CREAM, OIL]["label"] == "similarText / chosenAlike"
    assert {node: drawn.nodes[node]["kind"] for node in drawn} == {
        ANA: "user",
        CREAM: "item",
        LAVERA: "brand",
        OIL: "item",
    }
    assert drawn.nodes[CREAM]["order"] == 1
    assert views.kind_of_iri("http://elsewhere/thing") == "entity"
