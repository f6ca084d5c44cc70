"""Who asks: a user or a visitor, what is known of them, what they have asked for, and where items stand for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kgrec.domain import (
    Accountable,
    BoolArray,
    Float64Array,
    FloatArray,
    IntArray,
    KnowledgeGraph,
    Reasons,
    Recommender,
    RelationKind,
    Terms,
    Wish,
)


@dataclass(frozen=True, eq=False)
class Steering:
    """What a user's wishes do to their scores."""

    ignored: IntArray = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # entity rows no path starts from
    factor: Float64Array | None = None  # (I,) on all that leads to an item; None for 1 everywhere


@dataclass(frozen=True, eq=False)
class Asker:
    """A user of a graph and what a model makes of them. Scores are prior + Σ paths, each with its item's factor."""

    model: Recommender
    graph: KnowledgeGraph
    user_row: int
    taken: IntArray  # item rows that are not recommended to them
    steering: Steering = field(default_factory=Steering)
    wishes: Sequence[Wish] = ()  # that the steering does
    whole: KnowledgeGraph | None = None  # with the catalogue, where `graph` has a visitor's session alone

    @property
    def catalogue(self) -> KnowledgeGraph:
        """The graph that knows what items have."""
        return self.whole or self.graph

    @cached_property
    def own(self) -> KnowledgeGraph:
        """The graph with nothing but what is known of them: all that scoring needs, in a hundredth of the time."""
        entity = int(self.graph.users[self.user_row])
        own = self.graph.only(self.graph.edges_from(entity, RelationKind.EVENT, RelationKind.SEGMENT))
        return own.muted(np.isin(own.tail, self.steering.ignored)) if len(self.steering.ignored) else own

    @cached_property
    def scores(self) -> FloatArray:
        """Of all items (I,)."""
        return self._steered(self.model.score(self.own, np.array([self.user_row]))[0])

    @cached_property
    def prior(self) -> FloatArray:
        """What everybody's choices add to the scores (I,)."""
        return self._steered(self.model.prior(self.own, self.user_row))

    @cached_property
    def terms(self) -> Terms:
        """The scores, taken apart; only if the model is Accountable."""
        assert isinstance(self.model, Accountable)
        terms = self.model.terms(self.own, self.user_row)
        if self.steering.factor is None:
            return terms
        return replace(terms, contribution=terms.contribution * self.steering.factor[terms.item])

    def reasons(self, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths, and the others added up."""
        found = self.model.reasons(self.own, self.user_row, item_rows, most)
        factor = self.steering.factor
        if factor is None:
            return found
        return [_times(reasons, float(factor[item])) for item, reasons in zip(item_rows, found, strict=True)]

    def rank(self, item_row: int) -> int | None:
        """The place of an item, see `rank_of`."""
        return rank_of(self.scores, item_row, self.taken)

    def best(self, k: int) -> IntArray:
        """The k best items that are not taken, best first (at most k,)."""
        scores = self.scores.copy()
        scores[self.taken] = -np.inf
        least = np.partition(scores, -k)[-k] if k < len(scores) else -np.inf
        rows = np.flatnonzero((scores >= least) & (scores > -np.inf))
        return rows[np.argsort(-scores[rows], kind="stable")][
            :k
        ]  # stable: ties in the order of the catalogue

    def without(self, entity_rows: IntArray | Sequence[int], *, keep: bool = False) -> Asker:
        """The same with what joins them to some entities left out of account, or all else if those are to be kept."""
        gone: BoolArray = np.isin(self.own.tail, entity_rows) != keep
        return replace(self, graph=self.own.muted(gone))

    def _steered(self, scores: FloatArray) -> FloatArray:
        if self.steering.factor is None:
            return scores
        return (scores * self.steering.factor).astype(np.float32)


def _times(reasons: Reasons, factor: float) -> Reasons:
    paths = tuple(replace(path, contribution=path.contribution * factor) for path in reasons.paths)
    return replace(reasons, paths=paths, rest=reasons.rest * factor)


def rank_of(scores: FloatArray, item_row: int, taken: IntArray) -> int | None:
    """Place among the items that are not taken, 1 is best, ties in the order of the catalogue; None if taken."""
    if item_row in taken:
        return None
    ahead = scores > scores[item_row]
    ahead[:item_row] |= scores[:item_row] == scores[item_row]
    ahead[taken] = False
    return int(ahead.sum()) + 1
