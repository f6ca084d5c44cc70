"""A stage, a model and some users → their ten recommendations with the reasons, and what these are checked against."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from kgrec.domain import IntArray, Reasons, Recommender, RelationKind, Terms
from kgrec.evaluation.faithfulness import DEPTHS, LISTED, Scored, rivals, without_own
from kgrec.evaluation.ranking import seen
from kgrec.experiments import Stage
from kgrec.explain.asker import Asker

Values = npt.NDArray[np.float64]

PATHS = max(DEPTHS)
"""Paths listed of every recommendation."""


@dataclass(frozen=True, eq=False)
class Listed:
    """The best items of a user with their reasons."""

    asker: Asker
    item_rows: IntArray  # (≤ 10,) best first
    reasons: Sequence[Reasons] = field(default_factory=list)
    seconds: float = 0.0  # for one item's reasons

    @cached_property
    def terms(self) -> list[Terms]:
        """Of each item, largest first."""
        return [self.asker.terms.of_item(int(row)) for row in self.item_rows]

    @cached_property
    def totals(self) -> Values:
        """The scores of all items in double precision (I,)."""
        terms = self.asker.terms
        added = np.bincount(terms.item, weights=terms.contribution, minlength=terms.n_items)
        return self.asker.prior.astype(np.float64) + added

    @cached_property
    def _ascending(self) -> Values:
        return rivals(self.totals, self.asker.taken)

    def scored(self, place: int, carried: Values) -> Scored:
        """One of the items, with what its terms carry."""
        row = self.item_rows[place]
        return Scored(
            carried, float(self.asker.prior[row]), without_own(self._ascending, float(self.totals[row]))
        )

    @property
    def has_history(self) -> bool:
        """Whether anything they did is known, and not only segments."""
        return bool(self.asker.own.names(RelationKind.EVENT))


def drawn_users(stage: Stage, n: int, seed: int) -> IntArray:
    """Some of the test users, ascending."""
    users = np.unique(stage.split.test.user)
    if n >= len(users):
        return users
    return np.sort(np.random.default_rng(seed).choice(users, n, replace=False))


def askers(stage: Stage, model: Recommender, user_rows: IntArray) -> Iterator[Asker]:
    """Some users as they are known when tested; what is no candidate is not recommended."""
    graph = stage.graph_when_tested
    start, items = seen(stage.split.history, len(graph.users))
    pool = stage.split.candidates
    closed = np.zeros(0, np.int64) if pool is None else np.setdiff1d(np.arange(len(graph.items)), pool)
    for user_row in user_rows:
        mine = items[start[user_row] : start[user_row + 1]]
        yield Asker(model, graph, int(user_row), np.union1d(mine, closed))


def listed(asker: Asker) -> Listed:
    """Their ten best, and why."""
    item_rows = asker.best(LISTED)
    began = time.perf_counter()
    reasons = asker.reasons(item_rows, PATHS)
    return Listed(asker, item_rows, reasons, (time.perf_counter() - began) / max(1, len(item_rows)))
