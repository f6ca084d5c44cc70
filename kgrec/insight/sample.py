"""Whom a question about everybody is asked of: all users of a shop who allow it, or a seeded sample of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from kgrec.domain import IntArray
from kgrec.errors import BadInput
from kgrec.guide import Guide

ALL = 5_000
"""A shop of so many users or fewer is asked about whole; of a larger one, the lists of `SURVEYED` are looked at."""

SURVEYED = 1_000
PREVIEWED = 500  # whose lists are compared before and after


@dataclass(frozen=True, eq=False)
class Sample:
    """Some users of the tables, in the order of the tables."""

    user_ids: tuple[str, ...]
    of: int  # users who allow recommendations, from whom these were drawn
    seed: int

    def __len__(self) -> int:
        return len(self.user_ids)

    @property
    def whole(self) -> bool:
        """Whether it is all of them."""
        return len(self.user_ids) == self.of


def sample(guide: Guide, most: int | None = None, seed: int = 0) -> Sample:
    """Up to `most` users, drawn at random; without it all of a shop of `ALL`, else `SURVEYED`.

    Only those who allow recommendations and were not forgotten.
    """
    if most is not None and most < 1:
        raise BadInput(f"a sample of {most} users is none; ask for 1 or more")
    rows = guide.usable_users()
    if most is None:
        most = ALL if len(rows) <= ALL else SURVEYED
    ids = guide.dataset.users.ids
    return Sample(tuple(str(ids[row]) for row in drawn(rows, most, seed)), len(rows), seed)


def drawn(rows: IntArray, most: int, seed: int) -> IntArray:
    """Some of many, in their order (≤ most,)."""
    if len(rows) <= most:
        return rows
    return np.sort(np.random.default_rng(seed).choice(rows, most, replace=False))
