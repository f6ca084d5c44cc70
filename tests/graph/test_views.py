"""What is drawn is what is there."""

from __future__ import annotations

from kgrec.domain import Explanation, Hop, Path, Remainder
from kgrec.graph import views
from tests.graph.shop import NAMER, iri, term

ANA, CREAM, OIL, LAVERA = iri("user", "ana"), iri("item", "cream"), iri("item", "oil"), iri("brand", "Lavera")


def test_a_neighbourhood_holds_what_is_near_and_how_it_is_joined(graph) -> None:
    cream = int(graph.items[0])
    near = views.subgraph(graph, [cream])
    assert {ANA, OIL, LAVERA, NAMER.everyone()} < set(near)
    assert near.nodes[CREAM] | {"row": 0} == {
        "row": 0,
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
    assert iri("user", "ben") in views.subgraph(graph, [cream], hops=2)
    assert set(views.subgraph(graph, [cream], hops=0)) == {CREAM}


def test_a_neighbourhood_that_is_too_large_keeps_each_relation(graph) -> None:
    cream = int(graph.items[0])
    few = views.subgraph(graph, [cream], limit=4)
    assert len(few) == 4 and CREAM in few
    kinds = {few.nodes[node]["kind"] for node in few}
    assert len(kinds) > 2


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
