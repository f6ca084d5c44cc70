"""What a person calls a thing → its entity row: "Conair", "brand: Conair" or its IRI."""

from __future__ import annotations

import numpy as np

from kgrec.domain import KnowledgeGraph, RelationKind
from kgrec.errors import BadInput, UnknownName


def attribute_named(graph: KnowledgeGraph, what: str) -> int:
    """The entity row of something that items have; BadInput if several are called so."""
    relation, separator, label = what.partition(":")
    names = graph.names(RelationKind.ATTRIBUTE)
    asked = [name for name in names if separator and relation.strip() in (name, name.removeprefix("has_"))]
    wanted = {text.strip().casefold() for text in (what, label)} - {""}
    found, known = set(), []
    for name in asked or names:
        where = graph.edges_of(name)
        for row in np.unique(graph.tail[where]):
            called = {str(graph.iris[row]), *(str(labels[row]) for labels in graph.labels.values())}
            known.append(graph.label(int(row)))
            if {text.casefold() for text in called} & wanted:
                found.add((int(row), name))
    if not found:
        raise UnknownName("brand, category or other attribute", what, known)
    found = {(row, name) for row, name in found if graph.iris[row] == what} or found
    if len({row for row, _ in found}) > 1:
        ways = " or ".join(sorted(f"{name.removeprefix('has_')}:{graph.label(row)}" for row, name in found))
        raise BadInput(f"several things are called {what!r}; say {ways}")
    return min(row for row, _ in found)
