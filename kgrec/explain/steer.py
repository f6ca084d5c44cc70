"""What a user asks for → what it does to their scores, at once and to all paths alike.

A gift is a thing the user has from which no path starts. Less or more of a brand, a colour or whatever else items
share is a factor on every path that ends at an item which has it, the prior too: the score stays the sum of its paths.
Never is about an item that is not to be shown: it keeps its score and has no place, and no path starts from it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from kgrec.domain import ABOUT_ITEMS, Accountable, BoolArray, Granted, KnowledgeGraph, RelationKind, Wish
from kgrec.explain.asker import Asker, Steering

FACTORS = {"gift": 0.0, "less": 0.25, "more": 4.0, "never": 0.0}
"""What each wish multiplies by."""


def steering(graph: KnowledgeGraph, wishes: Sequence[Wish]) -> Steering:
    """What some wishes do."""
    if not wishes:
        return Steering()
    ignored = [wish.entity_row for wish in wishes if wish.asked in ABOUT_ITEMS]
    unwanted = graph.item_row_of[[wish.entity_row for wish in wishes if wish.asked == "never"]]
    factor = np.ones(len(graph.items))
    for wish in wishes:
        if wish.asked not in ABOUT_ITEMS:
            factor[having(graph, wish.entity_row)] *= FACTORS[wish.asked]
    return Steering(
        ignored=np.array(ignored, np.int64),
        factor=None if (factor == 1.0).all() else factor,
        unwanted=np.asarray(unwanted[unwanted >= 0], np.int64),
    )


@dataclass(frozen=True)
class Steerable:
    """Something that items share, of which users can ask less or more."""

    entity: str  # IRI
    relation: str  # "has_brand"
    kind: str  # what a person calls the relation's ends: "Brand"
    label: str


def steerable(
    graph: KnowledgeGraph, item_row: int, kinds: Mapping[str, str], lang: str
) -> tuple[Steerable, ...]:
    """What an item has: of each kind what fewest items have, as less of a whole department is seldom meant.

    `kinds` are what relations are called; brands come first.
    """
    found = []
    for name in sorted(graph.names(RelationKind.ATTRIBUTE), key=lambda name: name != "has_brand"):
        where = graph.edges_of(name)
        tails = graph.tail[where]
        own = np.unique(tails[graph.head[where] == graph.items[item_row]])
        if len(own):
            row = int(min(own, key=lambda tail: np.count_nonzero(tails == tail)))
            kind = kinds.get(name, name.removeprefix("has_").replace("_", " "))
            found.append(Steerable(str(graph.iris[row]), name, kind, graph.label(row, lang)))
    return tuple(found)


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
    if wish.asked not in ABOUT_ITEMS:
        return bool(having(asker.catalogue, wish.entity_row)[item_row])
    if wish.asked == "never" and item_row == asker.catalogue.item_row_of[wish.entity_row]:
        return True
    if not isinstance(asker.model, Accountable):
        return True  # what it would have added is not known
    before = replace(asker, steering=Steering()).terms
    slots = [slot for slot, hop in enumerate(before.hops) if hop.tail == wish.entity_row]
    return bool(np.isin(before.slot[before.item == item_row], slots).any())
