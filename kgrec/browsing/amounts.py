"""What some ways add to the scores of items, and the items to which they add most."""

from __future__ import annotations

import numpy as np

from kgrec.domain import BoolArray, Float64Array, FloatArray, IntArray
from kgrec.explain.asker import Asker

WEAK = 0.05
"""The part of what goes best with something that another thing must add, to be said to go with it."""


def amount(asker: Asker, ways: frozenset[str], slots: BoolArray | None = None) -> Float64Array:
    """What some ways, from some of the things known, add to every item (I,)."""
    terms = asker.terms
    counts = np.array([way in ways for way in terms.ways], bool)[terms.way]
    if slots is not None:
        counts &= slots[terms.slot]
    found = np.bincount(terms.item[counts], terms.contribution[counts], terms.n_items)
    return found.astype(np.float64)


def notable(amount: Float64Array) -> Float64Array:
    """The same without what is little beside the most (I,)."""
    return np.where(amount >= WEAK * amount.max(initial=0.0), amount, 0.0)


def best(amount: FloatArray | Float64Array, k: int) -> IntArray:
    """The k items with most, those with nothing left out (≤ k,)."""
    there = np.flatnonzero(amount > 0)
    order = there[np.argsort(-amount[there], kind="stable")]
    return order[:k]
