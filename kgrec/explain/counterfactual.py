"""Who asks and an item of their list → the smallest set of things known of them without which it drops out.

Terms are additive: a thing left out of account takes its terms along and changes no other, so what is left of every
score is a subtraction. Sets are tried by increasing size; a branch is left as soon as too few rivals can still pass the
item, however well the things yet to be chosen do for each of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgrec.domain import Float64Array, IntArray
from kgrec.explain.asker import Asker

WORK = 30_000_000
"""How many scores are subtracted from before the search by size gives way to a greedy one: half a second or so."""

ASKING = 100
"""What one question to the model counts as, in things left out one at a time."""

ROUNDING = float(np.finfo(np.float32).eps)
"""How far two scores of single precision may be apart, relative to them, and come out equal."""

SLACK = 1e-6
"""How far scores of single precision may be off, relative to the item's: bounds give way by as much."""

Set = tuple[int, ...]  # positions in the things of a search


@dataclass(frozen=True, eq=False)
class Removal:
    """A set of things known of a user without which an item is no longer among the k best, scored anew.

    `possible` is False where it is proven that no set does, None where none was found. `at_least` is proven: no
    smaller set does.
    """

    slots: IntArray  # positions in the terms' hops, what adds most to the item first; empty if none was found
    possible: bool | None
    at_least: int | None  # None where nothing does
    rank: int | None = None
    score: float | None = None

    @property
    def smallest(self) -> bool:
        """Whether no smaller set does."""
        return bool(self.possible) and len(self.slots) == self.at_least


def smallest_removal(asker: Asker, item_row: int, k: int, work: int = WORK) -> Removal:
    """The smallest set of things known without which an item of the k best is none of them.

    Exact if the search by size ends within `work`; else greedy, with the size up to which it came as a bound.
    """
    search = _Search(asker, item_row, k, work)
    for size in range(1, len(search.slots) + 1):
        if not search.enough(search.reach(size)):
            continue
        try:
            found = next(filter(search.holds, search.of_size(size)), None)
        except _OutOfWork:
            return search.answer(search.greedy(), at_least=size)
        if found is not None:
            return search.answer(found, at_least=size)
    return Removal(np.zeros(0, np.int64), possible=False, at_least=None)


class _OutOfWork(Exception):
    """The search by size has done as much as it may."""


class _Search:
    """What an item and its rivals have from each thing that could matter; the item is in the last column."""

    def __init__(self, asker: Asker, item_row: int, k: int, work: int) -> None:
        self.asker, self.item_row, self.k, self.work = asker, item_row, k, work
        by_slot, prior = asker.terms.by_slot, asker.prior.astype(np.float64)
        free = np.ones(len(prior), bool)
        free[asker.out] = False
        free[item_row] = False
        gain = np.maximum(
            by_slot[:, [item_row]] - by_slot, 0.0
        )  # (S, I) what a rival gains on the item at most
        total = prior + by_slot.sum(axis=0)
        self.slack = SLACK * max(1e-12, abs(float(total[item_row])))
        rivals = np.flatnonzero(free & (total + gain.sum(axis=0) >= total[item_row] - self.slack))
        slots = np.flatnonzero((gain[:, rivals] > 0).any(axis=1))
        self.slots = slots[
            np.argsort(-by_slot[slots, item_row], kind="stable")
        ]  # what matters most is tried first
        columns = np.append(rivals, item_row)
        self.residue = 1e-12 * float(np.abs(total[np.append(rivals, item_row)]).max())  # of subtractions
        self.part: Float64Array = by_slot[np.ix_(self.slots, columns)]  # (n, J + 1)
        self.total: Float64Array = total[columns]  # (J + 1,)
        self.gain: Float64Array = gain[np.ix_(self.slots, rivals)]  # (n, J)
        falling = np.sort(self.gain, axis=0)[::-1]
        self.best = np.vstack(
            [np.zeros((1, len(rivals))), np.cumsum(falling, axis=0)]
        )  # (n + 1, J) with n things
        behind = np.maximum.accumulate(self.gain[::-1], axis=0)[::-1] if len(self.slots) else self.gain
        self.onward = np.vstack(
            [behind, np.zeros((1, len(rivals)))]
        )  # (n + 1, J) the best of those from there on

    def reach(self, size: int) -> Float64Array:
        """How far rivals can come ahead of the item with a number of things gone (J,)."""
        reach: Float64Array = self.total[:-1] - self.total[-1] + self.best[size]
        return reach

    def enough(self, reach: Float64Array) -> bool:
        """Whether enough rivals can pass the item."""
        return int((reach >= -self.slack).sum()) >= self.k

    def may_drop(self, scores: Float64Array) -> npt.NDArray[np.bool_]:
        """Whether the item may be none of the k best, for rows of scores (r, J + 1) → (r,).

        Scores that are equal but for rounding pass as ahead: which is first is for the model to say, see `holds`.
        """
        rivals, item = scores[:, :-1], scores[:, -1:]
        blurred = ROUNDING * np.abs(item) + self.residue
        dropped: npt.NDArray[np.bool_] = (rivals >= item - blurred).sum(axis=1) >= self.k
        return dropped

    def of_size(self, size: int) -> Iterator[Set]:
        """The sets of a size that do, by subtraction."""
        yield from self._grown((), self.total, 0, size)

    def _grown(self, chosen: Set, left: Float64Array, start: int, missing: int) -> Iterator[Set]:
        if missing == 1:
            self._spend(len(self.slots) - start)
            for last in np.flatnonzero(self.may_drop(left - self.part[start:])):
                yield (*chosen, start + int(last))
                self._spend(ASKING)
            return
        for place in range(start, len(self.slots) - missing + 1):
            self._spend(1)
            fewer = left - self.part[place]
            ahead = fewer[:-1] - fewer[-1]
            if self.enough(ahead + (missing - 1) * self.onward[place + 1]):
                yield from self._grown((*chosen, place), fewer, place + 1, missing - 1)

    def _spend(self, rows: int) -> None:
        self.work -= rows * len(self.total)
        if self.work < 0:
            raise _OutOfWork

    def greedy(self) -> Set | None:
        """The smaller of two sets made thing by thing: what lets most rivals pass, and what adds most to the item."""
        made = [self._pruned(self._made(choose)) for choose in (self._most_passing, self._largest)]
        return min((one for one in made if one is not None), key=len, default=None)

    def _made(self, choose: Callable[[Sequence[int], Float64Array], int]) -> Set | None:
        left, chosen = self.total, list[int]()
        open_ = list(range(len(self.slots)))
        while open_:
            place = choose(open_, left)
            chosen.append(place)
            open_.remove(place)
            left = left - self.part[place]
            if self.may_drop(left[None, :])[0] and self.holds(tuple(chosen)):
                return tuple(chosen)
        return None

    def _most_passing(self, open_: Sequence[int], left: Float64Array) -> int:
        scores = left - self.part[open_]
        ahead = np.minimum(scores[:, :-1] - scores[:, -1:], 0.0)
        nearest = np.sort(ahead, axis=1)[:, ::-1][:, : self.k]  # what the k nearest rivals still lack
        return open_[int(np.argmax(nearest.sum(axis=1)))]

    def _largest(self, open_: Sequence[int], left: Float64Array) -> int:
        return open_[0]

    def _pruned(self, chosen: Set | None) -> Set | None:
        """Without things that are not needed, the least of them first."""
        if chosen is None:
            return None
        kept = sorted(chosen)
        for place in reversed(sorted(chosen)):
            fewer = [one for one in kept if one != place]
            left = (self.total - self.part[fewer].sum(axis=0))[None, :]
            if self.may_drop(left)[0] and self.holds(tuple(fewer)):
                kept = fewer
        return tuple(kept)

    def holds(self, chosen: Set) -> bool:
        """Whether the model, asked anew, no longer has the item among the k best."""
        rank = self._without(chosen).rank(self.item_row)
        return rank is None or rank > self.k

    def _without(self, chosen: Set) -> Asker:
        hops = self.asker.terms.hops
        return self.asker.without([hops[self.slots[place]].tail for place in chosen])

    def answer(self, chosen: Set | None, at_least: int) -> Removal:
        if chosen is None:
            return Removal(np.zeros(0, np.int64), possible=None, at_least=at_least)
        without = self._without(chosen)
        return Removal(
            slots=self.slots[sorted(chosen)],
            possible=True,
            at_least=at_least,
            rank=without.rank(self.item_row),
            score=float(without.scores[self.item_row]),
        )
