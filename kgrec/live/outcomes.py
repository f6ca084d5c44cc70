"""Exposures and the event log → what came of what was shown, per model, arm, kind of explanation, or day.

An *impression* is one item of one answered list. N lists, M impressions, E events; arrays are in rows, ids are codes.

**Attribution.** An event is laid to one impression of its item at most: to that of the list whose request_id it
carries, else to the last one of its user within the window before it. An impression is clicked or bought once at most.

**Judged by what was bought.** precision@k and recall@k compare the first k items of each list with all that its user
bought within the window after it, whatever led there; only lists of known users can be judged so.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from kgrec.domain import BoolArray, IntArray
from kgrec.errors import BadInput
from kgrec.live.exposures import CLICKS, DAY, PURCHASES, Exposure, Response

By = Literal["all", "model", "arm", "explanation", "day"]
BYS: tuple[By, ...] = get_args(By)

FEW = 100  # impressions; below that a group's figures say little
NOBODY = -1

_Z = 1.959963984540054  # of a two-sided interval of 95 %


@dataclass(frozen=True, eq=False)
class Impressions:
    """What was shown, item by item."""

    row: IntArray  # (M,) of the list
    item: IntArray  # (M,) codes
    place: IntArray  # (M,) 0 is best
    kind: IntArray  # (M,) codes of the kind of explanation
    request: IntArray  # (N,) codes
    user: IntArray  # (N,) codes, or NOBODY
    time: IntArray  # (N,) Unix seconds


@dataclass(frozen=True, eq=False)
class Told:
    """What users did."""

    request: IntArray  # (E,) codes, or NOBODY
    user: IntArray  # (E,) codes, or NOBODY
    item: IntArray  # (E,) codes
    time: IntArray  # (E,) Unix seconds
    click: BoolArray  # (E,)
    purchase: BoolArray  # (E,)


@dataclass(frozen=True)
class Share:
    """Some of many, with Wilson's 95 % interval (E. B. Wilson, JASA 22, 1927), which holds for small counts too."""

    n: int
    of: int

    @property
    def value(self) -> float | None:
        """None of none."""
        return self.n / self.of if self.of else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.n, self.of) if self.of else None


@dataclass(frozen=True)
class Outcome:
    """What came of the impressions of a group."""

    group: str
    lists: int
    users: int  # known ones
    impressions: int
    click_through: Share  # clicked impressions, of all
    conversion: Share  # bought impressions, of all
    precision: Share  # of items among the first k of lists of known users: those bought within the window
    recall: Share  # of what they bought within the window: what was among the first k
    users_clicked: Share  # of known users
    users_bought: Share

    @property
    def few(self) -> bool:
        """Whether there are too few impressions to say much."""
        return self.impressions < FEW


@dataclass(frozen=True)
class Difference:
    """Two arms compared by their users: it was users who were drawn, and lists of one user are not independent."""

    figure: str
    arms: tuple[str, str]
    difference: float  # of the second less the first
    interval: tuple[float, float]  # 95 %
    p_value: float  # two-sided


# Counting


def wilson(n: int, of: int, z: float = _Z) -> tuple[float, float]:
    """Wilson's score interval of n successes in `of` > 0 trials."""
    share = n / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of)) / (1 + z * z / of)
    # At the ends rounding would leave a trace of nothing.
    return (0.0 if n == 0 else middle - half, 1.0 if n == of else middle + half)


def two_proportions(figure: str, arms: tuple[str, str], one: Share, other: Share) -> Difference | None:
    """The z test of two proportions with a pooled variance, and the interval of their difference by Newcombe's method.

    R. G. Newcombe, Statistics in Medicine 17, 1998, method 10. None if an arm has nobody.
    """
    if one.value is None or other.value is None or one.interval is None or other.interval is None:
        return None
    difference = other.value - one.value
    pooled = (one.n + other.n) / (one.of + other.of)
    deviation = math.sqrt(pooled * (1 - pooled) * (1 / one.of + 1 / other.of))
    p_value = 1.0 if deviation == 0 else math.erfc(abs(difference) / deviation / math.sqrt(2))
    (low, high), (other_low, other_high) = one.interval, other.interval
    return Difference(
        figure,
        arms,
        difference,
        (
            difference - math.hypot(other.value - other_low, high - one.value),
            difference + math.hypot(other_high - other.value, one.value - low),
        ),
        p_value,
    )


def attributed(shown: Impressions, told: Told, window: int) -> IntArray:
    """The impression to which each event is laid (E,), or NOBODY; `window` in seconds."""
    time, user = shown.time[shown.row], shown.user[shown.row]
    whenever = np.full(
        len(told.time), np.iinfo(np.int64).max
    )  # clocks differ, and the request_id is proof enough
    by_request = _last_before(
        _pairs(shown.request[shown.row], shown.item), time, _pairs(told.request, told.item), whenever
    )
    if len(user):  # a request_id in the mouth of somebody else is none
        whose = user[by_request]
        strange = (whose != NOBODY) & (told.user != NOBODY) & (whose != told.user)
        by_request = np.where(strange, NOBODY, by_request)
    by_user = _last_before(_pairs(user, shown.item), time, _pairs(told.user, told.item), told.time)
    if len(user):
        by_user = np.where(told.time - time[by_user] > window, NOBODY, by_user)
    return np.where(by_request != NOBODY, by_request, by_user)


def _pairs(one: IntArray, other: IntArray) -> IntArray:
    """Two codes as one number; NOBODY where the first is."""
    return np.where(one == NOBODY, NOBODY, (one << 32) | other)


def _last_before(keys: IntArray, times: IntArray, wanted: IntArray, moments: IntArray) -> IntArray:
    """For each wanted key the place of its last time at or before a moment, or NOBODY."""
    # Keys and times as their places among all of them: then one number holds both, and one search finds them.
    all_keys, all_times = np.unique(np.concatenate((keys, wanted))), np.unique(times)
    order = np.lexsort((times, keys))
    kept = np.searchsorted(all_keys, keys) * (len(all_times) + 1) + np.searchsorted(all_times, times) + 1
    asked = np.searchsorted(all_keys, wanted) * (len(all_times) + 1)
    asked += np.searchsorted(all_times, moments, side="right")
    place = np.searchsorted(kept[order], asked, side="right") - 1
    found = np.append(order, NOBODY)[place]  # the one before the first is the last, which is nobody
    fits = (found != NOBODY) & (wanted != NOBODY)
    fits[fits] = keys[found[fits]] == wanted[fits]
    return np.where(fits, found, NOBODY)


def bought_after(
    shown: Impressions, told: Told, window: int, k: int
) -> tuple[BoolArray, npt.NDArray[np.int64]]:
    """Which impressions among the first k the list's user bought within the window (M,), and how many different items
    each list's user bought within it (N,)."""
    buys = np.flatnonzero(told.purchase)
    order = buys[np.lexsort((told.time[buys], told.user[buys]))]
    hit = np.zeros(len(shown.row), dtype=bool)
    bought = np.zeros(len(shown.user), dtype=np.int64)
    users = told.user[order]
    starts = np.searchsorted(users, shown.user, side="left")
    ends = np.searchsorted(users, shown.user, side="right")
    first = np.searchsorted(shown.row, np.arange(len(shown.user)))
    last = np.searchsorted(shown.row, np.arange(len(shown.user)), side="right")
    for row in np.flatnonzero((ends > starts) & (shown.user != NOBODY)):
        own = order[starts[row] : ends[row]]
        times = told.time[own]
        begin, end = np.searchsorted(times, [shown.time[row], shown.time[row] + window + 1])
        items = np.unique(told.item[own[begin:end]])
        bought[row] = len(items)
        mine = slice(first[row], last[row])
        hit[mine] = np.isin(shown.item[mine], items) & (shown.place[mine] < k)
    return hit, bought


def outcomes(
    shown: Impressions,
    told: Told,
    groups: IntArray,
    names: Sequence[str],
    *,
    window: int,
    k: int,
) -> list[Outcome]:
    """The figures of every group that was shown anything; `groups` (M,) are positions in names, or NOBODY."""
    laid = attributed(shown, told, window)
    clicked, bought = (
        np.isin(np.arange(len(shown.row)), laid[which & (laid != NOBODY)])
        for which in (told.click, told.purchase)
    )
    hit, to_find = bought_after(shown, told, window, k)
    order = np.argsort(groups, kind="stable")
    bounds = np.searchsorted(groups[order], np.arange(len(names) + 1))
    return [
        _outcome(name, shown, order[bounds[group] : bounds[group + 1]], (clicked, bought, hit), to_find, k)
        for group, name in enumerate(names)
        if bounds[group + 1] > bounds[group]
    ]


def _outcome(
    name: str,
    shown: Impressions,
    mine: IntArray,
    marks: tuple[BoolArray, BoolArray, BoolArray],
    to_find: npt.NDArray[np.int64],
    k: int,
) -> Outcome:
    clicked, bought, hit = (mark[mine] for mark in marks)
    rows = shown.row[mine]
    lists = np.unique(rows)
    user = shown.user[rows]
    known = user != NOBODY
    users = len(np.unique(user[known]))
    judged = known & (shown.place[mine] < k)
    return Outcome(
        group=name,
        lists=len(lists),
        users=users,
        impressions=len(mine),
        click_through=Share(int(clicked.sum()), len(mine)),
        conversion=Share(int(bought.sum()), len(mine)),
        precision=Share(int(hit.sum()), int(judged.sum())),
        recall=Share(int(hit.sum()), int(to_find[lists].sum())),
        users_clicked=Share(len(np.unique(user[known & clicked])), users),
        users_bought=Share(len(np.unique(user[known & bought])), users),
    )


@dataclass(frozen=True)
class Series:
    """What came of the impressions of a group, day by day."""

    group: str
    days: tuple[Outcome | None, ...]  # in the order of the days asked for; None where nothing was shown


def series(
    shown: Impressions, told: Told, groups: IntArray, names: Sequence[str], *, window: int, k: int
) -> tuple[tuple[str, ...], list[Series]]:
    """The days (UTC) from the first list to the last, and the figures of each group on each of them.

    A day's figures are those of `outcomes` for the lists that were shown on it, whenever what came of them came.
    """
    if not len(shown.time):
        return (), []
    first, last = int(shown.time.min()) // DAY, int(shown.time.max()) // DAY
    n_days = last - first + 1
    day = shown.time[shown.row] // DAY - first
    cell = np.where(groups == NOBODY, NOBODY, groups * n_days + day)
    kept = np.unique(cell[cell != NOBODY])
    place = np.where(cell == NOBODY, NOBODY, np.searchsorted(kept, cell))
    found = outcomes(shown, told, place, [names[one // n_days] for one in kept], window=window, k=k)
    by_cell = dict(zip(kept.tolist(), found, strict=True))
    days = tuple(datetime.fromtimestamp((first + one) * DAY, UTC).date().isoformat() for one in range(n_days))
    return days, [
        Series(name, tuple(by_cell.get(group * n_days + one) for one in range(n_days)))
        for group, name in enumerate(names)
    ]


# From what is kept


def read(
    exposures: Iterable[Exposure], events: Iterable[Response], by: By
) -> tuple[Impressions, Told, IntArray, list[str]]:
    """Exposures and events in rows, the group of each impression, and the groups' names in order."""
    if by not in BYS:
        raise BadInput(f"no grouping {by!r}; known are {', '.join(BYS)}")
    items, requests, users, kinds, groups = _Codes(), _Codes(), _Codes(), _Codes(), _Codes()
    row, item, place, kind, group = [], [], [], [], []
    request, user, time = [], [], []
    for number, one in enumerate(exposures):
        request.append(requests.of(one.request_id))
        user.append(NOBODY if one.user_id is None else users.of(one.user_id))
        time.append(one.time)
        for rank, shown in enumerate(one.items):
            row.append(number)
            item.append(items.of(shown.item_id))
            place.append(rank)
            kind.append(kinds.of(shown.kind))
            name = _group(one, shown.kind, by)
            group.append(NOBODY if name is None else groups.of(name))
    told = _told(events, items, requests, users)
    names = groups.names()
    order = sorted(range(len(names)), key=names.__getitem__)
    position = np.empty(len(names) + 1, dtype=np.int64)
    position[order] = np.arange(len(names))
    position[-1] = NOBODY
    return (
        Impressions(*map(_ints, (row, item, place, kind, request, user, time))),
        told,
        position[_ints(group)],
        [names[place] for place in order],
    )


def _told(events: Iterable[Response], items: _Codes, requests: _Codes, users: _Codes) -> Told:
    counting = [one for one in events if one.event in CLICKS or one.event in PURCHASES]
    return Told(
        request=_ints([requests.known(one.request_id) for one in counting]),
        user=_ints([NOBODY if one.user_id is None else users.of(one.user_id) for one in counting]),
        item=_ints([items.of(one.item_id) for one in counting]),
        time=_ints([one.time for one in counting]),
        click=np.array([one.event in CLICKS for one in counting], dtype=bool),
        purchase=np.array([one.event in PURCHASES for one in counting], dtype=bool),
    )


def _group(one: Exposure, kind: str, by: By) -> str | None:
    if by == "model":
        return one.model
    if by == "arm":
        return None if one.arm is None else f"{one.experiment}: {one.arm}"
    if by == "explanation":
        return kind
    if by == "day":
        return datetime.fromtimestamp(one.time, UTC).date().isoformat()
    return "all"


class _Codes:
    """Names → 0, 1, 2, … in the order in which they are met."""

    def __init__(self) -> None:
        self._codes: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self._codes.setdefault(name, len(self._codes))

    def known(self, name: str | None) -> int:
        return NOBODY if name is None else self._codes.get(name, NOBODY)

    def names(self) -> list[str]:
        return list(self._codes)


def _ints(values: Sequence[int]) -> IntArray:
    return np.array(values, dtype=np.int64)


def differences(found: Sequence[Outcome]) -> list[Difference]:
    """The arms of each experiment against the one called control, or the first, by users that clicked and that bought.

    The p-values are not corrected for being several.
    """
    compared: list[Difference] = []
    firsts: dict[str, Outcome] = {}
    ordered = sorted(found, key=lambda one: not one.group.endswith(": control"))
    for one in ordered:
        first = firsts.setdefault(one.group.partition(": ")[0], one)
        if first is one:
            continue
        for figure in ("users_clicked", "users_bought"):
            arms = (first.group, one.group)
            difference = two_proportions(figure, arms, getattr(first, figure), getattr(one, figure))
            if difference is not None:
                compared.append(difference)
    return compared


def window_of(days: float) -> int:
    """An attribution window in seconds; BadInput if it is none."""
    if not (math.isfinite(days) and days > 0):
        raise BadInput(f"a window of {days:g} days is none; give a number above 0")
    return round(days * DAY)
