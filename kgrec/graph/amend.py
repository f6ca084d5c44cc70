"""A graph, an item, a relation and a value → the graph in which the item has that value instead of its own.

Only what the catalogue says is changed. A value is an entity that other items have already: a model has learned nothing
of one that nobody has.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kgrec.domain import Edges, KnowledgeGraph, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.vocabulary import CATEGORY_SEPARATOR

CHANGEABLE = (RelationKind.ATTRIBUTE, RelationKind.LINK)


def amended(graph: KnowledgeGraph, change: Mapping[str, Mapping[str, str]]) -> KnowledgeGraph:
    """The graph with other values for some items: item id → relation → label, or "" for none."""
    for item_id, values in change.items():
        item = int(graph.items[graph.item_ids.row(item_id)])
        for relation, value in values.items():
            graph = _with_value(graph, item, relation, value.strip())
    return graph


def _with_value(graph: KnowledgeGraph, item: int, relation: str, value: str) -> KnowledgeGraph:
    known = graph.names(*CHANGEABLE)
    if relation not in known:
        raise UnknownName("attribute of items", relation, known)
    where = graph.edges_of(relation)
    own = graph.head[where] == item
    if graph.relations[graph.relation_row(relation)].symmetric:  # stored once, whichever end comes first
        own |= graph.tail[where] == item
    old = where.start + np.flatnonzero(own)
    tails = np.array(_entities(graph, relation, value) if value else [], np.int64)
    if item in tails:
        raise BadInput(f"{relation}: an item cannot be linked to itself")
    n = len(tails)
    new = Edges(relation, np.full(n, item), tails, np.ones(n, np.float32), np.ones(n, np.int64))
    return graph.without(old).with_edges(new, source="supposed")


def _entities(graph: KnowledgeGraph, relation: str, value: str) -> list[int]:
    """The ends of the edges that say a value: one entity, or every step of a category's path."""
    if value in graph.item_ids and relation in graph.names(RelationKind.LINK):
        return [int(graph.items[graph.item_ids.row(value)])]
    where = graph.edges_of(relation)
    row_of = {str(graph.iris[row]): int(row) for row in np.unique(graph.tail[where])}
    paths = {row: _path(graph, row, row_of) for row in row_of.values()}
    named: dict[str, list[int]] = {}
    for row, path in paths.items():
        for lang in graph.labels:
            steps = [graph.label(step, lang) for step in path]
            for name in {steps[-1], CATEGORY_SEPARATOR.join(steps)}:
                if row not in named.setdefault(name.casefold(), []):
                    named[name.casefold()].append(row)
    found = named.get(value.casefold(), [])
    labels = {row: CATEGORY_SEPARATOR.join(graph.label(step) for step in path) for row, path in paths.items()}
    if not found:
        raise UnknownName(f"value of {relation}", value, sorted(set(labels.values())))
    if len(found) > 1:
        ways = " or ".join(labels[row] for row in found)
        raise BadInput(f"several values of {relation} are called {value!r}; say {ways}")
    return paths[found[0]]


def _path(graph: KnowledgeGraph, row: int, row_of: Mapping[str, int]) -> list[int]:
    """The entities above a category, broadest first, and itself; of anything else itself alone."""
    path, iri = [row], str(graph.iris[row])
    if graph.kinds[row] == "category":
        while (iri := iri.rpartition("/")[0]) in row_of:
            path.insert(0, row_of[iri])
    return path
