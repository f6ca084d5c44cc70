"""A graph → its size and shape in numbers: kinds, relations, degrees, what hangs together, what holds it together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import networkx as nx
import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from kgrec.domain import BoolArray, IntArray, KnowledgeGraph, RelationKind
from kgrec.graph import views

TOLD = (RelationKind.ATTRIBUTE, RelationKind.LINK)
"""What the catalogue says of items."""

JOINED_BY: Mapping[str, Sequence[RelationKind]] = {
    "catalogue": TOLD,
    "catalogue and texts": (*TOLD, RelationKind.CONTENT),
    "all relations of items": (*TOLD, RelationKind.CONTENT, RelationKind.SEQUENCE, RelationKind.TOGETHER),
}
"""By which relations items hang together; users, segments and everyone would join all of them."""

COMMONPLACE = 0.9
"""An attribute of more than this share of all items tells none from another; here it joins nothing."""

_SOURCES = 64  # breadth-first searches of the estimated betweenness


@dataclass(frozen=True)
class OfKind:
    """The entities of one kind and how many edges they have, either way."""

    kind: str
    entities: int
    without_edges: int
    median_degree: float
    largest_degree: int
    largest: str  # label of an entity with that degree


@dataclass(frozen=True)
class OfRelation:
    """The edges of one relation."""

    name: str
    kind: str
    edges: int
    heads: int
    tails: int
    items: int  # items at either end of an edge
    items_share: float  # of all items
    edges_per_item: float  # mean over those


@dataclass(frozen=True)
class Components:
    """How items hang together by some relations."""

    joined_by: str  # a key of `JOINED_BY`
    components: int  # that hold an item
    items_in_largest: float  # share of all items
    single_items: int  # joined to no other item


@dataclass(frozen=True)
class Bridge:
    """An entity through which many of the shortest ways between others lead."""

    iri: str
    label: str
    kind: str
    betweenness: float  # share of the shortest ways between pairs of others, 0 to 1
    degree: int


@dataclass(frozen=True)
class GraphStatistics:
    """The numbers of a graph."""

    graph_version: str
    entities: int
    edges: int
    kinds: tuple[OfKind, ...]
    relations: tuple[OfRelation, ...]
    components: tuple[Components, ...]


def statistics(graph: KnowledgeGraph) -> GraphStatistics:
    """The numbers of a graph; all relations that have edges count."""
    degree = degrees(graph)
    return GraphStatistics(
        graph_version=graph.version,
        entities=len(graph.iris),
        edges=len(graph.head),
        kinds=tuple(_of_kind(graph, kind, degree) for kind in dict.fromkeys(graph.kinds.tolist())),
        relations=tuple(_of_relation(graph, name) for name in graph.names(*RelationKind)),
        components=tuple(_components(graph, told, kinds) for told, kinds in JOINED_BY.items()),
    )


def degrees(graph: KnowledgeGraph) -> IntArray:
    """How many edges each entity has, either way (V,)."""
    n = len(graph.iris)
    total: IntArray = np.bincount(graph.head, minlength=n) + np.bincount(graph.tail, minlength=n)
    return total


def bridges(graph: KnowledgeGraph, most: int, *, seed: int = 0) -> list[Bridge]:
    """The entities with the highest betweenness among what the catalogue says, the most central first.

    What nearly all items have is left aside, see `COMMONPLACE`.
    Exact up to 64 entities, otherwise estimated from the shortest ways from 64 of them: Brandes and Pich, "Centrality
    estimation in large networks", 2007.
    """
    telling = graph.only(_joining(graph, TOLD))
    view = views.subgraph(telling, relations=graph.names(*TOLD), limit=len(graph.iris) + len(graph.head))
    simple = nx.Graph(view)
    searches = min(_SOURCES, len(simple))
    between = nx.betweenness_centrality(simple, k=searches, seed=seed) if searches else {}
    best = sorted(between, key=lambda iri: (-between[iri], iri))[:most]
    return [
        Bridge(
            iri=iri,
            label=graph.label(view.nodes[iri]["row"]),
            kind=view.nodes[iri]["kind"],
            betweenness=float(between[iri]),
            degree=int(simple.degree(iri)),
        )
        for iri in best
    ]


def _of_kind(graph: KnowledgeGraph, kind: str, degree: IntArray) -> OfKind:
    rows = np.flatnonzero(graph.kinds == kind)
    here = degree[rows]
    top = int(rows[here.argmax()])
    return OfKind(
        kind=kind,
        entities=len(rows),
        without_edges=int((here == 0).sum()),
        median_degree=float(np.median(here)),
        largest_degree=int(degree[top]),
        # A user is called by the hash of an id, which tells nobody anything.
        largest="" if kind == "user" else graph.label(top),
    )


def _of_relation(graph: KnowledgeGraph, name: str) -> OfRelation:
    where = graph.edges_of(name)
    head, tail = graph.head[where], graph.tail[where]
    touched = np.concatenate([graph.item_row_of[head], graph.item_row_of[tail]])
    items, ends = np.unique(touched[touched >= 0], return_counts=True)
    return OfRelation(
        name=name,
        kind=graph.relations[graph.relation_row(name)].kind.value,
        edges=len(head),
        heads=len(np.unique(head)),
        tails=len(np.unique(tail)),
        items=len(items),
        items_share=len(items) / max(1, len(graph.items)),
        edges_per_item=float(ends.mean()) if len(ends) else 0.0,
    )


def _components(graph: KnowledgeGraph, told: str, kinds: Sequence[RelationKind]) -> Components:
    n = len(graph.iris)
    edges = np.flatnonzero(_joining(graph, kinds))
    joined = sp.coo_array((np.ones(len(edges), bool), (graph.head[edges], graph.tail[edges])), shape=(n, n))
    _, component = connected_components(joined, directed=False)
    _, sizes = np.unique(component[graph.items], return_counts=True)
    return Components(
        joined_by=told,
        components=len(sizes),
        items_in_largest=float(sizes.max() / sizes.sum()) if len(sizes) else 0.0,
        single_items=int((sizes == 1).sum()),
    )


def _joining(graph: KnowledgeGraph, kinds: Sequence[RelationKind]) -> BoolArray:
    """Which edges are of these kinds of relation and do not lead to what nearly all items have (E,)."""
    rows = [row for row, relation in enumerate(graph.relations) if relation.kind in kinds]
    commonplace = graph.having > COMMONPLACE * len(graph.items)
    found: BoolArray = np.isin(graph.relation, rows) & ~commonplace[graph.tail]
    return found
