"""The lists of some users as they are and as they would be → what of them changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from kgrec.domain import IntArray, Recommendation
from kgrec.explain.asker import Asker
from kgrec.explain.teller import Teller
from kgrec.insight.survey import covered
from kgrec.live.outcomes import Share

MOST_MOVED = 20


@dataclass(frozen=True)
class Moved:
    """An item and how many of the lists hold it."""

    item_id: str
    title: str
    before: int
    after: int


@dataclass(frozen=True)
class Changes:
    """What becomes of the lists of k of some users."""

    k: int
    users: int
    of_users: int  # from whom they were drawn
    lists: Share  # that hold other items, or the same in another order
    places: Share  # of the lists as they would be, held by items that are not in the list now
    gained: tuple[Moved, ...]  # items that come into most lists, most first
    lost: tuple[Moved, ...]  # that go out of most
    coverage_before: Share  # of the items that may be recommended: those in anybody's list
    coverage_after: Share


@dataclass(frozen=True)
class Pair:
    """One user's list as it is and as it would be."""

    user_id: str
    before: tuple[Recommendation, ...]
    after: tuple[Recommendation, ...]


@dataclass(frozen=True, eq=False)
class Lists:
    """Two lists of each of B users: item rows, best first, −1 past the end of a list."""

    before: IntArray  # (B, k)
    after: IntArray  # (B, k)

    @classmethod
    def of(cls, pairs: Sequence[tuple[IntArray, IntArray]], k: int) -> Lists:
        """From the two lists of each user, which may be shorter than k."""
        return cls(*(stacked([pair[side] for pair in pairs], k) for side in (0, 1)))

    def changes(self, teller: Teller, of_users: int, out: IntArray) -> Changes:
        """What of them changes; `out` are the items that are recommended to nobody."""
        n_items, k = len(teller.item_ids), self.before.shape[1]
        counts = [counted(side, n_items) for side in (self.before, self.after)]
        here = self.after >= 0
        fresh = here & ~(self.after[:, :, None] == self.before[:, None, :]).any(axis=2)
        other = (self.before != self.after).any(axis=1)
        gain = counts[1] - counts[0]
        return Changes(
            k=k,
            users=len(self.before),
            of_users=of_users,
            lists=Share(int(other.sum()), len(other)),
            places=Share(int(fresh.sum()), int(here.sum())),
            gained=_moved(gain, counts, teller),
            lost=_moved(-gain, counts, teller),
            coverage_before=covered(self.before, n_items, out),
            coverage_after=covered(self.after, n_items, out),
        )


def stacked(lists: Sequence[IntArray], k: int) -> IntArray:
    """Lists of item rows as one array, filled with −1 (B, k)."""
    rows = np.full((len(lists), k), -1, np.int64)
    for row, listed in zip(rows, lists, strict=True):
        row[: len(listed)] = listed
    return rows


def counted(lists: IntArray, n_items: int) -> IntArray:
    """How many of the lists hold each item (I,)."""
    return np.bincount(lists[lists >= 0], minlength=n_items)


def pair(user_id: str, before: Asker, after: Asker, k: int, teller: Teller) -> Pair:
    """Both lists of one user."""
    return Pair(user_id, teller.listed(before, k), teller.listed(after, k))


def _moved(gain: IntArray, counts: Sequence[IntArray], teller: Teller) -> tuple[Moved, ...]:
    order = np.argsort(-gain, kind="stable")[:MOST_MOVED]
    return tuple(
        Moved(str(teller.item_ids[row]), str(teller.titles[row]), int(counts[0][row]), int(counts[1][row]))
        for row in order.tolist()
        if gain[row] > 0
    )
