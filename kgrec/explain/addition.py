"""Who asks and an item that is not in their list → the fewest purchases made now that would bring it in.

A purchase moves everything before it back in time, so what it does is not a term to be added: each candidate is scored
anew. Scored together, as many users who differ in that one purchase, hundreds take as long as a few.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kgrec.domain import (
    EVENTS,
    NEVER,
    FloatArray,
    IdMap,
    IntArray,
    Interactions,
    KnowledgeGraph,
    Leading,
)
from kgrec.explain.asker import Asker

BATCH = 256  # candidates scored together
MOST = 2048  # candidates tried for one purchase, what leads to the item most first


@dataclass(frozen=True, eq=False)
class Addition:
    """Purchases with which an item is among the k best, scored anew; `possible` is None where none were found.

    `at_least` is proven for purchases of things that lead to the item: no fewer of them do.
    """

    item_rows: IntArray  # in the order they are made; empty if none were found
    possible: bool | None
    at_least: int | None  # None where nothing leads to the item
    rank: int | None = None
    score: float | None = None


def smallest_addition(asker: Asker, item_row: int, k: int) -> Addition:
    """One purchase that brings an item among the k best, else two of which the first comes nearest by itself."""
    none = np.zeros(0, np.int64)
    candidates = leading_to(asker, item_row)
    if not len(candidates):
        return Addition(none, possible=False, at_least=None)
    first = _nearest(asker, item_row, candidates[:MOST], k)
    if first.rank <= k:
        return Addition(np.array([first.added]), True, 1, first.rank, first.score)
    all_tried = len(candidates) <= MOST
    others = candidates[candidates != first.added][:MOST]
    if len(others):
        second = _nearest(with_event(asker, first.added, "buy"), item_row, others, k)
        if second.rank <= k:
            added = np.array([first.added, second.added])
            return Addition(added, True, 2 if all_tried else 1, second.rank, second.score)
    return Addition(none, possible=None, at_least=2 if all_tried else 1)


@dataclass(frozen=True)
class _Tried:
    added: int  # item row
    rank: int
    score: float


def _nearest(asker: Asker, item_row: int, candidates: IntArray, k: int) -> _Tried:
    """The candidate that brings an item highest; no more are tried once some of a batch bring it among the k best."""
    best: _Tried | None = None
    for first in range(0, len(candidates), BATCH):
        some = candidates[first : first + BATCH]
        scores = scores_with(asker, some)
        own = scores[:, [item_row]].copy()
        scores[:, asker.out] = -np.inf
        scores[np.arange(len(some)), some] = -np.inf  # what is bought is not recommended
        ahead = (scores > own).sum(axis=1) + (scores[:, :item_row] == own).sum(axis=1)
        place = int(np.lexsort((-own[:, 0], ahead))[0])
        tried = _Tried(int(some[place]), int(ahead[place]) + 1, float(own[place, 0]))
        if best is None or (tried.rank, -tried.score) < (best.rank, -best.score):
            best = tried
        if best.rank <= k:
            break
    assert best is not None
    return best


def leading_to(asker: Asker, item_row: int) -> IntArray:
    """The items that are not taken and from which paths lead to an item, the strongest first (n,)."""
    model = asker.model
    leads = model.leads(item_row) if isinstance(model, Leading) else np.ones(len(asker.scores), np.float32)
    if asker.rules.offers is not None:
        leads = (leads + asker.rules.offers.leads(item_row)).astype(np.float32)
    leads[asker.out] = 0.0
    leads[item_row] = 0.0
    leads[_ignored(asker)] = 0.0
    order = np.argsort(-leads, kind="stable")
    return order[leads[order] > 0]


def _ignored(asker: Asker) -> IntArray:
    rows = asker.graph.item_row_of[asker.steering.ignored]
    return rows[rows >= 0]


def with_event(asker: Asker, item_row: int, event: str) -> Asker:
    """The same after they have bought, viewed, … one more item just now."""
    user = np.array([asker.user_row])
    graph = asker.own.with_events(_now(asker.own, user, np.array([item_row]), event), source="supposed")
    return replace(asker, graph=graph, taken=np.append(asker.taken, item_row))


def scores_with(asker: Asker, item_rows: IntArray) -> FloatArray:
    """The scores after each of some purchases made now, one at a time (n, I)."""
    own, n = asker.own, len(item_rows)
    users = len(own.iris) + np.arange(n)
    names = ("relation", "tail", "weight", "support", "time", "source", "line")
    columns: dict[str, Any] = {name: np.repeat(getattr(own, name), n) for name in names}
    several = replace(
        own,
        iris=np.append(own.iris, np.array([f"urn:kgrec:supposed:{row}" for row in range(n)], object)),
        kinds=np.append(own.kinds, np.array(["user"] * n, object)),
        labels={lang: np.append(names, np.array([""] * n, object)) for lang, names in own.labels.items()},
        users=users,
        user_ids=IdMap("user", map(str, range(n))),
        head=np.tile(users, len(own.head)),
        **columns,
    )
    graph = several.with_events(_now(own, np.arange(n), item_rows, "buy"), source="supposed")
    scores = asker.model.score(graph, np.arange(n))
    if asker.rules.offers is not None:
        scores = scores + np.stack([asker.rules.offers.of(graph, row).total for row in range(n)])
    return scores.astype(np.float32) if asker.factor is None else (scores * asker.factor).astype(np.float32)


def _now(own: KnowledgeGraph, user_rows: IntArray, item_rows: IntArray, event: str) -> Interactions:
    """Events after all others of one user's graph."""
    n = len(item_rows)
    times = own.time[own.time != NEVER]
    now = NEVER if own.clock == "none" else int(times.max()) + 1 if len(times) else 0
    return Interactions(
        user=user_rows,
        item=item_rows,
        event=np.full(n, EVENTS.index(event)),
        weight=np.ones(n, np.float32),
        time=np.full(n, now),
        line=np.zeros(n, np.int64),
        clock=own.clock,
    )
