"""A user and a list of items → what the list has in common, which interests each item serves, and a balanced list.

An interest is what several things known of a user share (a brand, a category), or one such thing by itself. How much
of it there is in the history, p, and in a list, q, are compared by Kullback-Leibler divergence, and a list is
balanced by trading that against its scores: Steck, Calibrated recommendations, RecSys 2018.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgrec.domain import Float64Array, IntArray, KnowledgeGraph, RelationKind
from kgrec.explain.asker import Asker
from kgrec.explain.effects import RowRule, arranged

POOL = 100  # items that a balanced list is chosen from, or ten times its length
SMOOTHING = 0.01  # of q towards p, so that the divergence stays finite (Steck's alpha)


@dataclass(frozen=True)
class RowInterest:
    """Things known of a user that belong together."""

    entity: int | None  # entity row of what they share; None for a thing by itself
    slots: tuple[int, ...]  # positions in the user's terms
    weight: float  # of all things known of the user, 0 … 1


@dataclass(frozen=True, eq=False)
class RowList:
    """A list of items with what each serves; rows of `serves` add up to 1, or to 0 for what only the prior brings."""

    interests: tuple[RowInterest, ...]  # J of them, largest weight first
    item_rows: IntArray  # (k,) as listed
    rank_by_score: IntArray  # (k,) the place of each if only the score counted
    placed: Mapping[int, RowRule]  # item row → the rule that put it there whatever its score
    serves: Float64Array  # (k, J)
    by_score: Float64Array  # (J,) how much of each interest the list by score would hold

    @property
    def share(self) -> Float64Array:
        """How much of each interest the list holds (J,)."""
        return mixture(self.serves)


def balanced(asker: Asker, k: int, balance: float) -> RowList:
    """The k best items, from 0: by score alone to 1: by the user's interests alone."""
    interests = interests_of(asker)
    order = asker.by_score(len(asker.scores) if asker.rules.arranging else max(POOL, 10 * k))
    pool = order[: max(POOL, 10 * k)]
    serves = served(asker, interests, pool)
    wanted = np.array([interest.weight for interest in interests])
    picked = np.arange(min(k, len(pool)))
    if balance > 0 and len(interests):
        scores = asker.scores[pool].astype(np.float64)
        picked = _balance(scores / max(float(scores.max()), 1e-12), serves, wanted, len(picked), balance)
    by_score = mixture(serves[:k])
    if not asker.rules.arranging:
        return RowList(interests, pool[picked], picked + 1, {}, serves[picked], by_score)
    # Rules have the last word: pins and quotas work on the balanced list, with all others after it.
    found = arranged(np.concatenate([pool[picked], np.delete(order, picked)]), k, asker.rules)
    place_of = np.zeros(len(asker.scores), np.int64)
    place_of[order] = 1 + np.arange(len(order))
    rows = found.rows
    return RowList(interests, rows, place_of[rows], found.placed, served(asker, interests, rows), by_score)


def _balance(
    value: Float64Array, serves: Float64Array, wanted: Float64Array, k: int, balance: float
) -> IntArray:
    """k places of the pool, in its order: greedily, what adds most to (1 − balance) · Σ value / k − balance · KL(p, q).

    Balance is a matter of the whole list, so within it the better score comes first.
    """
    picked: list[int] = []
    total = np.zeros(len(wanted))
    left = np.ones(len(value), bool)
    for _ in range(k):
        mixed = (total + serves) / max(1, len(picked) + 1)
        gain = (1 - balance) * value / k - balance * divergence(wanted, mixed)
        gain[~left] = -np.inf
        best = int(np.argmax(gain))
        picked.append(best)
        left[best] = False
        total += serves[best]
    return np.sort(np.array(picked, np.int64))


def divergence(wanted: Float64Array, mixed: Float64Array) -> Float64Array:
    """KL(p, q) of each row of q, smoothed towards p: Σ p · ln(p / ((1 − α) q + α p)). p (J,), q (…, J) → (…,)"""
    smooth = (1 - SMOOTHING) * mixed + SMOOTHING * wanted
    found: Float64Array = (wanted * np.log(wanted / smooth)).sum(axis=-1)
    return found


def mixture(serves: Float64Array) -> Float64Array:
    """What a list serves as a whole (J,)."""
    found: Float64Array = serves.sum(axis=0) / max(1, len(serves))
    return found


def served(asker: Asker, interests: Sequence[RowInterest], item_rows: IntArray) -> Float64Array:
    """The part of each item's paths that starts from each interest (n, J)."""
    by_slot = asker.terms.by_slot[:, item_rows]
    parts = (
        np.stack([by_slot[list(interest.slots)].sum(axis=0) for interest in interests] or [], axis=1)
        if (interests)
        else np.zeros((len(item_rows), 0))
    )
    total = parts.sum(axis=1, keepdims=True)
    found: Float64Array = np.divide(parts, total, out=np.zeros_like(parts), where=total > 0)
    return found


def interests_of(asker: Asker) -> tuple[RowInterest, ...]:
    """What a user's things share, the rarest and most shared first; then each thing that is left by itself."""
    graph, hops = asker.catalogue, asker.terms.hops
    having: dict[int, set[int]] = {}
    for slot, hop in enumerate(hops):
        for entity in entities_of(graph, hop.tail):
            having.setdefault(entity, set()).add(slot)
    rarity = {entity: _rarity(graph, entity) for entity, slots in having.items() if len(slots) > 1}
    left, found = set(range(len(hops))), []
    while True:
        worth = {entity: (len(having[entity] & left) - 1) * rare for entity, rare in rarity.items()}
        best = max(worth, key=lambda entity: (worth[entity], -entity), default=None)
        if best is None or worth[best] <= 0:
            break
        slots = having[best] & left
        found.append(RowInterest(best, tuple(sorted(slots)), len(slots) / len(hops)))
        left -= slots
    found += [RowInterest(None, (slot,), 1 / len(hops)) for slot in sorted(left)]
    return tuple(sorted(found, key=lambda interest: -interest.weight))


def entities_of(graph: KnowledgeGraph, entity_row: int) -> set[int]:
    """What an item has: the entity rows its attributes lead to."""
    return {int(graph.tail[row]) for row in graph.edges_from(entity_row, RelationKind.ATTRIBUTE)}


def _rarity(graph: KnowledgeGraph, entity_row: int) -> float:
    """ln(I / items that have it)."""
    return float(np.log(len(graph.items) / max(1, graph.having[entity_row])))


def in_common(graph: KnowledgeGraph, item_rows: IntArray) -> list[tuple[int, int]]:
    """(Entity row, how many have it) of what half of a list has and most of the catalogue has not, most first."""
    counts: dict[int, int] = {}
    for item_row in item_rows:
        for entity in entities_of(graph, int(graph.items[item_row])):
            counts[entity] = counts.get(entity, 0) + 1
    common = [
        (entity, n)
        for entity, n in counts.items()
        if 2 * n >= len(item_rows) and n > 1 and _rarity(graph, entity) > np.log(2)
    ]
    return sorted(common, key=lambda one: (-one[1], one[0]))
