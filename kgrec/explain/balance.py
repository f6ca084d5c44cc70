"""Two scores taken apart → their difference, part by part."""

from __future__ import annotations

import math
from collections.abc import Mapping

from kgrec.answers import Balance, Known, Part
from kgrec.domain import KnowledgeGraph
from kgrec.explain.asker import Asker
from kgrec.explain.teller import Teller

EVERYBODY = None
"""The key of the prior among the parts of a score; others are entity rows of things known, or names of ways."""

Key = int | str | None


def by_known(asker: Asker, item_row: int) -> dict[Key, float]:
    """What everybody's choices and each thing known of the asker add to an item; the values add up to its score."""
    terms = asker.terms
    parts: dict[Key, float] = {EVERYBODY: float(asker.prior[item_row])}
    for slot, hop in enumerate(terms.hops):
        parts[hop.tail] = parts.get(hop.tail, 0.0) + float(terms.by_slot[slot, item_row])
    return parts


def by_way(asker: Asker, item_row: int) -> dict[Key, float]:
    """What everybody's choices and each way add to an item; the values add up to its score."""
    here = asker.terms.of_item(item_row)
    parts: dict[Key, float] = {EVERYBODY: float(asker.prior[item_row])}
    for way, amount in zip(here.way, here.contribution, strict=True):
        name = here.ways[way]
        parts[name] = parts.get(name, 0.0) + float(amount)
    return parts


def balance(
    one: Mapping[Key, float], other: Mapping[Key, float], known: Mapping[int, Known], most: int
) -> Balance:
    """The `most` parts that differ most, and the others added up; parts that do not differ are none."""
    different = _different(one, other, known)
    rest = different[most:]
    return Balance(
        parts=tuple(different[:most]),
        rest=math.fsum(part.difference for part in rest),
        n_rest=len(rest),
        total=math.fsum(part.difference for part in different),
    )


def main_part(
    one: Mapping[Key, float], other: Mapping[Key, float], known: Mapping[int, Known], *, more: bool
) -> Part | None:
    """The part of which the one has most more than the other, or most less; None if it has of none."""
    different = _different(one, other, known)
    return next((part for part in different if (part.difference > 0) == more), None)


def _different(
    one: Mapping[Key, float], other: Mapping[Key, float], known: Mapping[int, Known]
) -> list[Part]:
    """The parts that differ, most first."""
    parts = [
        Part(
            known[key] if isinstance(key, int) else None,
            key if isinstance(key, str) else "",
            one.get(key, 0.0),
            other.get(key, 0.0),
        )
        for key in dict.fromkeys((*one, *other))
    ]
    return sorted((part for part in parts if part.difference != 0), key=lambda part: -abs(part.difference))


def things(asker: Asker, teller: Teller) -> dict[int, Known]:
    """All that is known of the asker, by entity row."""
    return {hop.tail: thing(hop.relation, hop.tail, asker.graph, teller) for hop in asker.terms.hops}


def thing(relation: int, entity_row: int, graph: KnowledgeGraph, teller: Teller) -> Known:
    """One thing known of a user."""
    item_row = int(graph.item_row_of[entity_row])
    return Known(
        relation=graph.relations[relation].name,
        item_id=str(graph.item_ids.ids[item_row]) if item_row >= 0 else None,
        iri=str(graph.iris[entity_row]),
        label=teller.label(graph, entity_row),
        may_be_named=teller.voice.may_name(entity_row),
    )
