"""What people have chosen of late → what is popular now: the prior of those of whom nothing is known."""

from __future__ import annotations

import numpy as np

from kgrec.domain import Float64Array, FloatArray, IntArray

HALF_LIFE = 7 * 86_400.0
"""Seconds after which a choice counts half."""

KAPPA = 200.0
"""How many choices of now the shares of always count as: with fewer, the shop is mostly as popular as it always was."""


def popular_now(
    item_rows: IntArray,
    times: IntArray,
    now: float,
    always: FloatArray,
    *,
    user_rows: IntArray | None = None,
    half_life: float = HALF_LIFE,
    kappa: float = KAPPA,
) -> FloatArray:
    """The share of each item in what is chosen now (I,), adding up to 1 if `always` does.

    Choices are parallel arrays (n,): item, when (Unix seconds), and who chose it, if that is known. One counts
    2^(−age / half-life), and for each user and item the latest only, so that nobody makes a season alone; one from
    after `now` counts as of now. The sums c are shrunk to the shares of always by how little there is:
    (c + κ · always) / (Σ c + κ).
    """
    age = np.maximum(now - times.astype(np.float64), 0.0)
    kept = np.arange(len(item_rows)) if user_rows is None else _latest(item_rows, user_rows, age)
    count = np.bincount(item_rows[kept], weights=np.exp2(-age[kept] / half_life), minlength=len(always))
    shares: FloatArray = ((count + kappa * always) / (count.sum() + kappa)).astype(np.float32)
    return shares


def _latest(item_rows: IntArray, user_rows: IntArray, age: Float64Array) -> IntArray:
    """The latest choice of each item by each user, as positions."""
    order = np.lexsort((age, item_rows, user_rows))
    pairs = np.stack([user_rows[order], item_rows[order]])
    new = np.append(np.ones(min(1, len(order)), bool), (pairs[:, 1:] != pairs[:, :-1]).any(axis=0))
    latest: IntArray = order[new]
    return latest
