"""What a user asks for → what it does to their scores, at once and to all paths alike.

A gift is a thing the user has from which no path starts. Less or more of a brand, a colour or whatever else items
share is a factor on every path that ends at an item which has it, the prior too: the score stays the sum of its paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from kgrec.domain import Accountable, BoolArray, Granted, KnowledgeGraph, RelationKind, Wish
from kgrec.explain.asker import Asker, Steering

FACTORS = {"gift": 0.0, "less": 0.25, "more": 4.0}
"""What each wish multiplies by."""


def steering(graph: KnowledgeGraph, wishes: Sequence[Wish]) -> Steering:
    """What some wishes do."""
    if not wishes:
        return Steering()
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


def granted(asker: Asker, item_row: int, lang: str) -> tuple[Granted, ...]:
    """Which wishes have changed the score of an item."""
    return tuple(
        Granted(
            wish.asked,
            str(asker.catalogue.iris[wish.entity_row]),
            asker.catalogue.label(wish.entity_row, lang),
            FACTORS[wish.asked],
        )
        for wish in asker.wishes
        if _bears(asker, wish, item_row)
    )


def _bears(asker: Asker, wish: Wish, item_row: int) -> bool:
    if wish.asked != "gift":
        return bool(having(asker.catalogue, wish.entity_row)[item_row])
    if not isinstance(asker.model, Accountable):
        return True  # what it would have added is not known
    before = replace(asker, steering=Steering()).terms
    slots = [slot for slot, hop in enumerate(before.hops) if hop.tail == wish.entity_row]
    return bool(np.isin(before.slot[before.item == item_row], slots).any())
