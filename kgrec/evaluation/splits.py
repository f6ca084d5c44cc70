"""Interactions → train, validation and test parts: what a figure refers to."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from kgrec.domain import CHOICES, EVENTS, REJECTIONS, BoolArray, Dataset, IntArray, Interactions
from kgrec.errors import BadInput, UnknownName

_CHOICES = np.array([EVENTS.index(event) for event in CHOICES])
_REJECTIONS = np.array([EVENTS.index(event) for event in REJECTIONS])
_RATE = EVENTS.index("rate")
_COLD, _TRIED = 0.2, 0.1  # shares of items or users hidden for the test and for the validation part
_TEST, _VALIDATION = 2, 1


@dataclass(frozen=True, eq=False)
class Split:
    """The parts of a protocol. Graph and labels come from train; `later` is what is known besides when testing."""

    train: Interactions
    validation: Interactions | None  # None: the model hides a part of train by itself
    later: Interactions  # events after train and before test, for the history only
    test: Interactions
    candidates: IntArray | None = None  # item rows that are ranked when testing; None: the whole catalogue
    validation_candidates: IntArray | None = None  # the same for the validation part
    ratings: Interactions | None = None  # the last rating of every test pair that was ever rated

    @property
    def version(self) -> str:
        """Tells two splits apart: a hash of what is in their parts."""
        named = (self.train, self.validation, self.later, self.test, self.candidates, self.ratings)
        return _version(*named)

    @cached_property
    def history(self) -> Interactions:
        """Everything known when testing: train, and what came between."""
        columns: dict[str, Any] = {
            column.name: np.concatenate([getattr(self.train, column.name), getattr(self.later, column.name)])
            for column in fields(Interactions)
            if column.name != "clock"
        }
        return replace(self.train, **columns)


@dataclass(frozen=True, eq=False)
class Selection:
    """What choosing among settings may look at: no test part."""

    train: Interactions
    validation: Interactions
    candidates: IntArray | None

    @property
    def version(self) -> str:
        """Tells two of them apart: a hash of what is in their parts."""
        return _version(self.train, self.validation, self.candidates)


def choices(interactions: Interactions) -> BoolArray:
    """Which interactions express a choice; in a shop that records views only, all but rejections (N,)."""
    chosen = np.isin(interactions.event, _CHOICES)
    return chosen if chosen.any() else ~np.isin(interactions.event, _REJECTIONS)


def leave_one_out(dataset: Dataset, seed: int = 0) -> Split:
    """Everybody's last choice is the test part, the one before it the validation part.

    Users with fewer than three choices are in the train part only. What a user did after their test choice is
    dropped; an item counts as chosen at its first choice.
    """
    known = dataset.interactions
    if not known.ordered:
        raise BadInput("leave-one-out needs to know what came last; these interactions have no time column")
    known = known.select(np.lexsort((np.arange(len(known)), known.time, known.user)))
    rows = _first_choices(known, len(dataset.items))
    user = known.user[rows]
    count = np.bincount(user, minlength=len(dataset.users))
    from_end = np.cumsum(count)[user] - np.arange(len(rows))  # 1 for the user's last choice
    enough = count[user] >= 3
    test, validation = rows[enough & (from_end == 1)], rows[enough & (from_end == 2)]
    if len(test) == 0:
        raise BadInput("leave-one-out finds no user with three choices; nothing can be tested")
    place = np.arange(len(known))
    from_validation = np.full(len(dataset.users), len(known))
    from_validation[known.user[validation]] = validation
    from_test = np.full(len(dataset.users), len(known))
    from_test[known.user[test]] = test
    hidden = place >= from_validation[known.user]
    seen_later = hidden & (place < from_test[known.user])
    return Split(
        known.select(~hidden), known.select(validation), known.select(seen_later), known.select(test)
    )


def given_split(dataset: Dataset, seed: int = 0) -> Split:
    """The choices of the test part that the source brings; validation is hidden inside train by the model."""
    if dataset.held_out is None or len(dataset.held_out) == 0:
        raise BadInput(
            "given-split needs a source with a test part of its own (format pgpr or kgat); try leave-one-out"
        )
    test = dataset.held_out.select(_first_choices(dataset.held_out, len(dataset.items)))
    return Split(dataset.interactions, None, _none_of(dataset.interactions), test)


def temporal(dataset: Dataset, seed: int = 0) -> Split:
    """One cut for everybody: the last tenth of all choices is tested, the tenth before it is the validation part.

    Choices at the very moment of a cut fall behind it together. An item counts as chosen at its first choice.
    """
    known = dataset.interactions
    if known.clock != "seconds":
        said = {"steps": "an order per user only", "none": "no times"}[known.clock]
        raise BadInput(f"temporal cuts at a moment of the clock; these interactions have {said}")
    known = known.select(np.argsort(known.time, kind="stable"))
    rows = _first_choices(known, len(dataset.items))
    moments = known.time[rows]
    if len(rows) < 10:
        raise BadInput(f"temporal needs ten choices or more; there are {len(rows)}")
    cut, end = moments[int(len(rows) * 0.8)], moments[int(len(rows) * 0.9)]
    return Split(
        train=known.select(known.time < cut),
        validation=known.select(rows[(moments >= cut) & (moments < end)]),
        later=known.select((known.time >= cut) & (known.time < end)),
        test=known.select(rows[moments >= end]),
    )


def cold_items(dataset: Dataset, seed: int = 0) -> Split:
    """A fifth of the items are new: hidden from all interactions, known by their catalogue entry only.

    Choices of them are tested, ranked among them alone. Another tenth of the items is the validation part in the
    same way, so that what is chosen on it is chosen for new items; when testing, it counts as history.
    """
    known = dataset.interactions
    role = _drawn(len(dataset.items), seed, "cold-items", "items")
    part, first = role[known.item], _is_first_choice(known, len(dataset.items))
    return Split(
        train=known.select(part == 0),
        validation=known.select(first & (part == _VALIDATION)),
        later=known.select(part == _VALIDATION),
        test=known.select(first & (part == _TEST)),
        candidates=np.flatnonzero(role == _TEST),
        validation_candidates=np.flatnonzero(role == _VALIDATION),
    )


def cold_users(dataset: Dataset, seed: int = 0) -> Split:
    """A fifth of the users are new: known by their row of the users table only, all their choices are tested.

    Another tenth of the users is the validation part in the same way.
    """
    known = dataset.interactions
    role = _drawn(len(dataset.users), seed, "cold-users", "users")
    part, first = role[known.user], _is_first_choice(known, len(dataset.items))
    return Split(
        train=known.select(part == 0),
        validation=known.select(first & (part == _VALIDATION)),
        later=_none_of(known),
        test=known.select(first & (part == _TEST)),
    )


SPLITS: Mapping[str, Callable[[Dataset, int], Split]] = {
    "leave-one-out": leave_one_out,
    "given-split": given_split,
    "temporal": temporal,
    "cold-items": cold_items,
    "cold-users": cold_users,
}
"""Every protocol's split by name; the seed says what is drawn where something is."""


def split_by(protocol: str, dataset: Dataset, seed: int) -> Split:
    """The split of a protocol, with something to learn from and something to test."""
    if protocol not in SPLITS:
        raise UnknownName("protocol", protocol, SPLITS)
    split = SPLITS[protocol](dataset, seed)
    for part, name in ((split.train, "train"), (split.test, "test")):
        if len(part) == 0:
            raise BadInput(
                f"{protocol} with seed {seed} leaves an empty {name} part; the shop is too small for it"
            )
    if split.validation is not None and len(split.validation) == 0:
        split = replace(split, validation=None, validation_candidates=None)
    held_out = dataset.held_out if protocol == "given-split" else None
    told = dataset.interactions if held_out is None else held_out
    return replace(split, ratings=_ratings(told, split.test, len(dataset.items)))


def selection(split: Split, seed: int) -> Selection:
    """The parts to choose settings on; without a validation part, a random tenth of the train choices is hidden."""
    if split.validation is not None:
        return Selection(split.train, split.validation, split.validation_candidates)
    known = split.train
    n_items = int(known.item.max(initial=0)) + 1
    rows = _first_choices(known, n_items)
    if len(rows) < 2:
        raise BadInput("the train part has fewer than two choices; none can be hidden to choose settings on")
    hidden = np.sort(np.random.default_rng(seed).choice(rows, max(1, len(rows) // 10), replace=False))
    pair = known.user * n_items + known.item
    return Selection(known.select(~np.isin(pair, pair[hidden])), known.select(hidden), None)


def known_part(dataset: Dataset, train: Interactions) -> Dataset:
    """The shop as it is known in training: the train part, and reviews of what is chosen there, not merely viewed."""
    chosen = train.select(choices(train))
    pairs = set(zip(dataset.users.ids[chosen.user], dataset.items.ids[chosen.item], strict=True))
    written = zip(dataset.reviews["user_id"], dataset.reviews["item_id"], strict=True)
    known = np.array([pair in pairs for pair in written], dtype=bool)
    reviews = dataset.reviews[known].reset_index(drop=True)
    return replace(dataset.with_interactions(train), reviews=reviews)


def _ratings(told: Interactions, test: Interactions, n_items: int) -> Interactions:
    """The last rating of each test pair, which may have come long after the item was chosen."""
    rows = np.flatnonzero(told.event == _RATE)
    rows = rows[np.argsort(told.time[rows], kind="stable")][::-1]
    pair = told.user[rows] * n_items + told.item[rows]
    last = np.sort(np.unique(pair, return_index=True)[1])
    rows, pair = rows[last], pair[last]
    return told.select(rows[np.isin(pair, test.user * n_items + test.item)])


def _version(*parts: Interactions | IntArray | None) -> str:
    told = hashlib.sha256()
    for part in parts:
        columns: list[npt.NDArray[Any]] = [part] if isinstance(part, np.ndarray) else []
        if isinstance(part, Interactions):
            columns = [part.user, part.item, part.event, part.weight, part.time]
        told.update(f"{len(columns)};".encode())
        for column in columns:
            told.update(f"{column.dtype.str}{len(column)};".encode())
            told.update(np.ascontiguousarray(column).tobytes())
    return told.hexdigest()[:16]


def _first_choices(known: Interactions, n_items: int) -> IntArray:
    """Rows of the first choice of each (user, item), in the order of the interactions."""
    chosen = np.flatnonzero(choices(known))
    pair = known.user[chosen] * n_items + known.item[chosen]
    first: IntArray = chosen[np.sort(np.unique(pair, return_index=True)[1])]
    return first


def _is_first_choice(known: Interactions, n_items: int) -> BoolArray:
    first = np.zeros(len(known), dtype=bool)
    first[_first_choices(known, n_items)] = True
    return first


def _drawn(n: int, seed: int, protocol: str, what: str) -> npt.NDArray[np.int8]:
    """Who is in which part: 0 train, 1 validation, 2 test (n,)."""
    if n < 10:
        raise BadInput(f"{protocol} needs ten {what} or more; there are {n}")
    order = np.random.default_rng(seed).permutation(n)
    role = np.zeros(n, dtype=np.int8)
    cold, tried = round(n * _COLD), round(n * _TRIED)
    role[order[:cold]], role[order[cold : cold + tried]] = _TEST, _VALIDATION
    return role


def _none_of(known: Interactions) -> Interactions:
    return known.select(np.zeros(0, dtype=np.int64))
