"""How far what an account did counts as evidence about items, for others: defences against made-up accounts.

What somebody did always starts paths of their own; trust is about what it tells the shop of its items. With every
weight at 1 and no cap nothing is changed, which is the default: a weight below 1 also costs evidence of honest people.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from pathlib import Path as FilePath
from typing import Self

import numpy as np

from kgrec.domain import EVENTS, BoolArray, FloatArray, IntArray
from kgrec.errors import BadInput
from kgrec.settings import section

_BUY, _RATE = EVENTS.index("buy"), EVENTS.index("rate")
_WEIGHTS = ("unbought", "newcomer", "hasty")
_COUNTS = ("newcomer_events", "full_choices")


@dataclass(frozen=True)
class Trust:
    """What counts for less, and how much of it is left; `[trust]` of kgrec.toml sets it for a shop."""

    unbought: float = (
        1.0  # a rating of an item that its user has not bought, in a shop that records purchases
    )
    newcomer: float = 1.0  # what accounts of fewer events than `newcomer_events` did
    newcomer_events: int = 3
    hasty: float = 1.0  # what accounts did whose events all lie within `hasty_hours`
    hasty_hours: float = 48.0
    full_choices: int = 0  # an account of more choices adds as much as one of so many; 0: no cap

    def __post_init__(self) -> None:
        for name in _WEIGHTS:
            self._check(name, "a number from 0 to 1", int | float, 1.0)
        for name in _COUNTS:
            self._check(name, "a whole number, 0 or more", int, np.inf)
        self._check("hasty_hours", "a number, 0 or more", int | float, 1e6)

    def _check(self, name: str, wanted: str, kind: object, most: float) -> None:
        value = getattr(self, name)
        fits = isinstance(value, kind) and not isinstance(value, bool)  # type: ignore[arg-type]
        if not (fits and 0 <= value <= most):
            raise BadInput(f"trust: {name} is {value!r}; it is to be {wanted}")

    @classmethod
    def read(cls, file: FilePath) -> Self:
        """That of a workspace, by its kgrec.toml."""
        given = section(file, "trust", [one.name for one in fields(cls)])
        try:
            return cls(**given)
        except BadInput as error:
            raise BadInput(f"{file}: [trust] {str(error).removeprefix('trust: ')}") from None

    @property
    def neutral(self) -> bool:
        """Whether everything counts in full."""
        return self.full_choices == 0 and all(getattr(self, name) == 1.0 for name in _WEIGHTS)


@dataclass(frozen=True, eq=False)
class Deeds:
    """What all accounts did: parallel arrays of length N."""

    user: IntArray  # (N,) user rows
    item: IntArray  # (N,) item rows
    event: IntArray  # (N,) positions in EVENTS
    chosen: BoolArray  # (N,) whether the event expresses a choice
    time: IntArray | None  # (N,) Unix seconds; None where no times of day are known
    n_users: int
    n_items: int


def weights(deeds: Deeds, trust: Trust) -> FloatArray:
    """How far each event counts, from 0 to 1 (N,)."""
    of_account = np.ones(deeds.n_users, np.float32)
    events = np.bincount(deeds.user, minlength=deeds.n_users)
    of_account[events < trust.newcomer_events] *= trust.newcomer
    if deeds.time is not None:
        of_account[lifetimes(deeds.user, deeds.time, deeds.n_users) <= 3600 * trust.hasty_hours] *= (
            trust.hasty
        )
    pair = deeds.user * deeds.n_items + deeds.item
    if trust.full_choices:
        choices = np.bincount(np.unique(pair[deeds.chosen]) // deeds.n_items, minlength=deeds.n_users)
        of_account *= np.minimum(1.0, trust.full_choices / np.maximum(choices, 1)).astype(np.float32)
    found: FloatArray = of_account[deeds.user]
    bought = pair[deeds.event == _BUY]
    if len(bought):
        found[(deeds.event == _RATE) & ~np.isin(pair, bought)] *= trust.unbought
    return found


def lifetimes(user: IntArray, time: IntArray, n_users: int) -> IntArray:
    """Seconds between the first and the last event of each account, 0 for those without any (U,)."""
    first = np.full(n_users, np.iinfo(np.int64).max)
    last = np.full(n_users, np.iinfo(np.int64).min)
    np.minimum.at(first, user, time)
    np.maximum.at(last, user, time)
    return np.where(first <= last, last - np.minimum(first, last), 0)
