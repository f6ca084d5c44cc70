"""The event edges of a graph → who has chosen what, as a matrix, and as the newest-last history of each user."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import scipy.sparse as sp

from kgrec.domain import IntArray, KnowledgeGraph
from kgrec.models.sparse import Matrix, from_pairs
from kgrec.models.timeline import REJECTION_CODES, Timeline, slots, timeline


@dataclass(frozen=True, eq=False)
class Choices:
    """The items of each user, oldest first, once each, without those sent back or disliked: arrays of length S."""

    start: IntArray  # (U + 1,) the choices of user row u are start[u] : start[u + 1]
    item: IntArray  # (S,) item rows
    event: IntArray  # (S,) positions in EVENTS: the strongest that joins the two
    age: IntArray  # (S,) how many choices the user has made since
    n_items: int
    ordered: bool

    def rows_of(self, user_rows: IntArray) -> tuple[IntArray, IntArray]:
        """For some users: the place in the batch (s,) and the row (s,) of each of their choices."""
        counts = self.start[user_rows + 1] - self.start[user_rows]
        place = np.repeat(np.arange(len(user_rows)), counts)
        first = np.cumsum(counts) - counts
        return place, np.arange(counts.sum()) - first[place] + self.start[user_rows][place]

    def profiles(self, user_rows: IntArray, decay: float = 1.0) -> Matrix:
        """What some users have chosen, the latest with weight 1, the n-th before it with decay^n (B, I)."""
        place, rows = self.rows_of(user_rows)
        weight = np.power(np.float32(decay), self.age[rows] if self.ordered else np.zeros_like(rows))
        return from_pairs(place, self.item[rows], weight, (len(user_rows), self.n_items))

    @cached_property
    def matrix(self) -> Matrix:
        """1 where a user has chosen an item (U, I)."""
        return self.profiles(np.arange(len(self.start) - 1))

    @cached_property
    def by_item(self) -> Matrix:
        """1 where an item was chosen by a user (I, U)."""
        return sp.csr_array(self.matrix.T)

    def event_of(self, user_row: int, item_row: int) -> int:
        """By which event a user has chosen an item that they have."""
        mine = slice(self.start[user_row], self.start[user_row + 1])
        return int(self.event[mine][self.item[mine] == item_row][0])


def choices(graph: KnowledgeGraph) -> Choices:
    """All choices that a graph holds."""
    return choices_of(timeline(graph))


def choices_of(events: Timeline) -> Choices:
    """All choices of a timeline that are not left out of account; those that are still age the ones before them."""
    known = slots(events.select(events.chosen | np.isin(events.event, REJECTION_CODES)))
    counted = known.scale > 0
    start = np.concatenate([[0], np.cumsum(counted)])[known.start]
    age = np.repeat(known.start[1:], np.diff(known.start)) - 1 - np.arange(len(known.source))
    return Choices(
        start, known.source[counted], known.event[counted], age[counted], events.n_items, events.ordered
    )
