"""What an item lacks, counted by hand: the same one by one and of all items at once."""

from __future__ import annotations

import gc
from weakref import ref

import pandas as pd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from toy import graph_of

from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.guide import Guide
from kgrec.insight.described import LEAST_ITEMS, USUAL, Described
from kgrec.models import new_model

CATEGORIES = (
    "",
    "Home",
    "Home > Lamps",
    "Home > Lamps > Red",
    "Home > Rugs",
    "Garden",
    "Home > Lamps; Garden",
)

catalogues = st.lists(
    st.tuples(
        st.sampled_from(CATEGORIES),
        st.sampled_from(["", "Lux", "Glow"]),
        st.sampled_from(["", "red"]),
        st.sampled_from([None, 3.0]),
    ),
    min_size=1,
    max_size=30,
)


def shop(rows: list[tuple[str, str, str, float | None]]) -> Dataset:
    items = pd.DataFrame(rows, columns=["category", "brand", "colour", "price"])
    items.insert(0, "item_id", [f"i{place}" for place in range(len(rows))])
    items.insert(1, "title", [f"Thing {place}" for place in range(len(rows))])
    return Dataset.from_frames(pd.DataFrame({"user_id": ["u"], "item_id": ["i0"]}), items)


def described(dataset: Dataset, graph: KnowledgeGraph) -> Described:
    guide = Guide(dataset, graph, new_model("popularity").fit(dataset, graph))
    return Described(dataset, graph, guide.teller("en"))


def facts(dataset: Dataset, graph: KnowledgeGraph, relation: str) -> dict[int, set[str]]:
    """What each item has by a relation, as IRIs."""
    found: dict[int, set[str]] = {row: set() for row in range(len(dataset.items))}
    if graph.has_edges(relation):
        where = graph.edges_of(relation)
        for head, tail in zip(graph.head[where], graph.tail[where], strict=True):
            found[int(graph.item_row_of[head])].add(str(graph.iris[tail]))
    return found


def with_enough(iri: str, categories: dict[int, set[str]]) -> set[int]:
    """The items of a category, or of the first above it that has enough."""
    while True:
        inside = {
            row
            for row, iris in categories.items()
            if any(one == iri or one.startswith(f"{iri}/") for one in iris)
        }
        above = iri.rpartition("/")[0]
        if len(inside) >= LEAST_ITEMS or not above.rpartition("/")[2] or above.endswith("category"):
            return inside
        iri = above


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(rows=catalogues)
def test_what_an_item_lacks_is_what_most_of_its_narrowest_category_have(
    rows: list[tuple[str, str, str, float | None]],
) -> None:
    dataset = shop(rows)
    graph = graph_of(dataset)
    found = described(dataset, graph)
    categories = facts(dataset, graph, "has_category")
    brand, colour = facts(dataset, graph, "has_brand"), facts(dataset, graph, "has_colour")
    price = {row: one for row, one in enumerate(dataset.item_table["price"].notna())}
    lacking = []
    for row in range(len(rows)):
        groups = [with_enough(iri, categories) for iri in sorted(categories[row])]
        enough = [one for one in groups if len(one) >= LEAST_ITEMS]
        group = min(enough, key=len) if enough else set(range(len(rows)))
        missing, kindred = found.missing(row)
        assert kindred.items == len(group) and bool(kindred.label) == bool(enough)
        told = {one.name: one.share for one in missing}
        for name, having in (("has_brand", brand), ("has_colour", colour), ("price", price)):
            share = sum(bool(having[other]) for other in group) / len(group)
            assert (name in told) == (share >= USUAL and not having[row])
            assert told.get(name, share) == share
        lacking.append(len(missing))
    assert found.lacking.tolist() == lacking


def test_a_change_of_the_tables_is_told_at_once_and_what_was_before_is_let_go() -> None:
    before = shop([("Home", "Lux", "red", 3.0)] * 5 + [("Home", "Lux", "red", None)])
    graph = graph_of(before)
    assert [one.name for one in described(before, graph).missing(5)[0]] == ["price"]
    after = shop([("Home", "Lux", "red", 3.0)] * 6)
    assert described(after, graph_of(after)).missing(5)[0] == ()
    gone = ref(graph)
    del before, graph
    gc.collect()
    assert gone() is None
