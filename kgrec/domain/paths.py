"""Paths in rows, and scores taken apart: what models return."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Literal

import numpy as np

from kgrec.domain.arrays import Float64Array, IntArray

Form = Literal["forward", "inverse", "shared"]
"""How a leg between two items walks its relation: along it, against it, or over what both of them share."""


@dataclass(frozen=True)
class RowHop:
    """One edge of the graph walked, in rows; `inverse` means from tail to head."""

    head: int  # entity row of the triple's subject
    relation: int  # relation row
    tail: int  # entity row of the triple's object
    inverse: bool


SOMEBODY = -1
"""In place of the entity row of another user where paths over several are told as one: who they are is not told."""


@dataclass(frozen=True)
class RowPath:
    """One walk from a user to an item and what it adds to the score, in rows: what models return.

    Paths that differ only in which other users they go over may be one, with SOMEBODY in their place.
    """

    hops: tuple[RowHop, ...]
    contribution: float
    people: int = 0  # how many other users it stands for


@dataclass(frozen=True)
class Reasons:
    """What a score is made of besides the prior: its largest paths, and what all the others add up to."""

    paths: tuple[RowPath, ...]  # largest contribution first
    rest: float
    n_rest: int


@dataclass(frozen=True, eq=False)
class Terms:
    """A user's scores taken apart: S things known of the user, M ways on from them, n terms that are not 0.

    A score is the prior and the terms of its item. A term is the sum of all paths that start from one of the things
    known and go on in one way.
    """

    hops: tuple[RowHop, ...]  # (S,) user → item or segment, the first hop of the paths
    ways: tuple[str, ...]  # (M,) "followed_by → shares_buyers": how paths go on from there
    slot: IntArray  # (n,) positions in hops
    way: IntArray  # (n,) positions in ways
    item: IntArray  # (n,) item rows
    contribution: Float64Array  # (n,)
    n_items: int

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def by_slot(self) -> Float64Array:
        """What all paths from each thing known add to every item (S, I)."""
        size = len(self.hops) * self.n_items
        cell = self.slot * self.n_items + self.item
        total = np.bincount(cell, weights=self.contribution, minlength=size).astype(np.float64)
        return total.reshape(len(self.hops), self.n_items)

    def of_item(self, item_row: int) -> Terms:
        """The terms of one item, largest first."""
        here = np.flatnonzero(self.item == item_row)
        here = here[np.argsort(-self.contribution[here], kind="stable")]
        columns = ("slot", "way", "item", "contribution")
        return replace(self, **{name: getattr(self, name)[here] for name in columns})


@dataclass(frozen=True, eq=False)
class Arrivals:
    """What leads everybody to some items, taken apart: n terms that are not 0, as in `Terms`."""

    ways: tuple[str, ...]  # (M,)
    user: IntArray  # (n,) user rows
    source: IntArray  # (n,) entity rows: the item or segment that the paths start from
    relation: IntArray  # (n,) relation rows: what joins the user to it
    way: IntArray  # (n,) positions in ways
    item: IntArray  # (n,) item rows
    contribution: Float64Array  # (n,)


@lru_cache(maxsize=4096)
def legs_of(way: str) -> tuple[tuple[str, Form], ...]:
    """The relation of each leg of a way and how it is walked, from the way's name in `Terms`.

    "followed_by⁻¹ → has_brand·has_brand⁻¹" is (("followed_by", "inverse"), ("has_brand", "shared")); some models put
    blanks around the point.
    """
    found: list[tuple[str, Form]] = []
    for leg in way.split(" → "):
        first, shared, _ = leg.partition("·")
        first = first.strip()
        form: Form = "shared" if shared else "inverse" if first.endswith("⁻¹") else "forward"
        found.append((first.removesuffix("⁻¹"), form))
    return tuple(found)


@dataclass(frozen=True)
class Metapath:
    """The sequence of relations of a path; str: "bought · has_brand · has_brand⁻¹"."""

    relations: tuple[tuple[str, bool], ...]  # (name, inverse)

    def __str__(self) -> str:
        return " · ".join(name + ("⁻¹" if inverse else "") for name, inverse in self.relations)
