"""What a user asks for → what it does to their scores, at once and to all paths alike.

A gift is a thing the user has from which no path starts. Less or more of a brand, a colour or whatever else items
share is a factor on every path that ends at an item which has it, the prior too: the score stays the sum of its paths.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from kgrec.domain import BoolArray, Granted, KnowledgeGraph, RelationKind, Wish
from kgrec.explain.asker import Asker, Steering

FACTORS = {"gift": 0.0, "less": 0.25, "more": 4.0}
"""What each wish multiplies by."""


def steering(graph: KnowledgeGraph, wishes: Sequence[Wish]) -> Steering:
    """What some wishes do."""
    ignored = [wish.entity_row for wish in wishes if wish.asked == "gift"]
    factor = np.ones(len(graph.items))
    for wish in wishes:
        if wish.asked != "gift":
            factor[having(graph, wish.entity_row)] *= FACTORS[wish.asked]
    return Steering(np.array(ignored, np.int64), None if (factor == 1.0).all() else factor)


def having(graph: KnowledgeGraph, entity_row: int) -> BoolArray:
    """Which items have what the entity is (I,)."""
    found = np.zeros(len(graph.items), bool)
    for name in graph.names(RelationKind.ATTRIBUTE):
        where = graph.edges_of(name)
        found[graph.item_row_of[graph.head[where][graph.tail[where] == entity_row]]] = True
    return found


def granted(asker: Asker, item_row: int, wishes: Sequence[Wish], lang: str) -> tuple[Granted, ...]:
    """Which wishes have changed the score of an item."""
    return tuple(
        Granted(
            wish.asked,
            str(asker.graph.iris[wish.entity_row]),
            asker.graph.label(wish.entity_row, lang),
            FACTORS[wish.asked],
        )
        for wish in wishes
        if wish.asked == "gift" or having(asker.graph, wish.entity_row)[item_row]
    )
