"""Items whose evidence comes from doubtful accounts: too many of them for chance, given how the whole shop is.

An account is doubtful if it did little, or everything within a short time. Of each item's choices it is asked how
likely so many doubtful ones are, and so many accounts that began on one day, if choices fell on items as those of all
other accounts do; one-sided binomial tests, Bonferroni over all of them. Whoever chose an item is left out of what it
is compared with: a large attack would else pass for what is usual.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
from scipy.stats import binom

from kgrec.domain import BoolArray, Float64Array, IntArray, Interactions
from kgrec.errors import BadInput
from kgrec.evaluation.splits import choices

DAY = 86_400


@dataclass(frozen=True)
class Doubt:
    """What makes an account doubtful, and how sure an alarm is to be."""

    days: int = 30  # choices of the last days before the latest event; 0: all
    few: int = 2  # an account of at most so many events has done little
    hours: float = 48.0  # or all it did lies within so many
    least: int = 3  # choices that an item needs before anything is said of it
    chance: float = 0.001  # that a shop without made-up accounts gets any alarm

    def __post_init__(self) -> None:
        if min(self.days, self.few, self.hours) < 0 or self.least < 1 or not 0 < self.chance < 1:
            raise BadInput("days, few and hours are to be 0 or more, least 1 or more, chance between 0 and 1")


@dataclass(frozen=True, eq=False)
class Suspect:
    """An item, and what is odd about those who chose it."""

    item: int  # item row
    choosers: int  # accounts, of the days asked about
    doubtful: int  # of them
    usual: float  # share of doubtful accounts among the choices of all others in those days
    born: int  # of them began on one day
    day: str | None  # which; None if too few did, or no days are known
    accounts: IntArray  # user rows of those that are doubtful or began on that day
    chance: float  # of the odder of both, if nothing is wrong


def suspects(known: Interactions, n_users: int, n_items: int, doubt: Doubt | None = None) -> list[Suspect]:
    """The items with too many doubtful accounts behind them, the least likely first."""
    doubt = doubt or Doubt()
    dated = known.clock == "seconds"
    first, last = _lives(known, n_users)
    doubtful = np.bincount(known.user, minlength=n_users) <= doubt.few
    if dated:
        doubtful |= last - first <= 3600 * doubt.hours
    made = choices(known)
    if dated and doubt.days and len(known):
        made &= known.time > known.time.max() - doubt.days * DAY
    pair = np.unique(known.user[made] * n_items + known.item[made])
    user, item = np.divmod(pair, n_items)
    if not len(pair):
        return []
    others = _Others(user, item, n_users, n_items)
    total = np.bincount(item, minlength=n_items)
    odd = np.bincount(item, weights=doubtful[user], minlength=n_items).astype(np.int64)
    usual = others.share(doubtful)
    chance = _tail(odd, total, usual)
    day, born, chance_born = _births(others, first // DAY, doubt.least) if dated else _none(n_items)
    tests = int((total >= doubt.least).sum()) * (2 if dated else 1)
    limit = doubt.chance / max(1, tests)
    least = np.minimum(chance, chance_born)
    rows = np.flatnonzero((total >= doubt.least) & (least < limit))
    found = []
    for row in rows[np.argsort(least[rows], kind="stable")]:
        by_day = bool(chance_born[row] < limit)
        behind = user[item == row]
        who = doubtful[behind] | (by_day & (first[behind] // DAY == day[row]))
        found.append(
            Suspect(
                item=int(row),
                choosers=int(total[row]),
                doubtful=int(odd[row]),
                usual=float(usual[row]),
                born=int(born[row]) if by_day else 0,
                day=datetime.fromtimestamp(int(day[row]) * DAY, UTC).date().isoformat() if by_day else None,
                accounts=behind[who],
                chance=float(least[row]),
            )
        )
    return found


def _lives(known: Interactions, n_users: int) -> tuple[IntArray, IntArray]:
    """The times of the first and the last event of each account (U,)."""
    first, last = np.full(n_users, np.iinfo(np.int64).max), np.full(n_users, np.iinfo(np.int64).min)
    np.minimum.at(first, known.user, known.time)
    np.maximum.at(last, known.user, known.time)
    return np.where(first <= last, first, 0), np.where(first <= last, last, 0)


def _tail(hits: IntArray, of: IntArray, share: float | Float64Array) -> Float64Array:
    """How likely so many hits or more are."""
    found: Float64Array = np.asarray(binom.sf(hits - 1, of, share))
    return found


@dataclass(frozen=True, eq=False)
class _Others:
    """For each item the choices of all accounts that did not choose it."""

    user: IntArray  # (P,) who chose
    item: IntArray  # (P,) what, each pair once
    n_users: int
    n_items: int

    def share(self, marked: BoolArray) -> Float64Array:
        """The share of choices by marked accounts (I,); Laplace's rule of succession keeps it off 0 and 1."""
        return (self._without(marked) + 1) / (self._without(np.ones(self.n_users, bool)) + 2)

    def _without(self, marked: BoolArray) -> Float64Array:
        made = np.bincount(self.user, weights=marked[self.user], minlength=self.n_users)
        own = np.bincount(self.item, weights=made[self.user], minlength=self.n_items)
        found: Float64Array = made.sum() - own.astype(np.float64)
        return found


def _births(others: _Others, day_of: IntArray, least: int) -> tuple[IntArray, IntArray, Float64Array]:
    """For each item the oddest day on which its choosers began, how many did, and how likely that is (I,).

    The chance is of any day of those that occur among its choosers, and no day is taken to be rarer than an even one.
    """
    n_items = others.n_items
    days, place = np.unique(day_of[others.user], return_inverse=True)
    pair, counts = np.unique(others.item * len(days) + place, return_counts=True)
    of, on = np.divmod(pair, len(days))
    made = np.bincount(others.user, minlength=others.n_users)[others.user]  # choices of whoever made each
    by_day, all_in_all = np.bincount(place), len(place)
    own = np.bincount(np.searchsorted(pair, others.item * len(days) + place), weights=made)
    own_in_all = np.bincount(others.item, weights=made, minlength=n_items)
    share = (by_day[on] - own + 1) / (all_in_all - own_in_all[of] + 2)
    share = np.maximum(share, 1 / len(days))
    total = np.bincount(others.item, minlength=n_items)
    chance = np.minimum(1.0, _tail(counts, total[of], share) * np.bincount(of, minlength=n_items)[of])
    chance[counts < least] = 1.0
    order = np.lexsort((chance, of))
    oddest = order[np.unique(of[order], return_index=True)[1]]
    result_day, born = np.zeros(n_items, np.int64), np.zeros(n_items, np.int64)
    result = np.ones(n_items)
    result_day[of[oddest]], born[of[oddest]], result[of[oddest]] = (
        days[on[oddest]],
        counts[oddest],
        chance[oddest],
    )
    return result_day, born, result


def _none(n_items: int) -> tuple[IntArray, IntArray, Float64Array]:
    return np.zeros(n_items, np.int64), np.zeros(n_items, np.int64), np.ones(n_items)
