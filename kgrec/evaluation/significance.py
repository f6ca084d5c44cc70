"""Figures of the same users under several models → intervals, and which differences are more than chance."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

Values = npt.NDArray[np.float64]

RESAMPLES = 2_000
_CHUNK = 2_000_000  # drawn users held at a time


def intervals(values: Values, seed: int, *, level: float = 0.95, resamples: int = RESAMPLES) -> Values:
    """Percentile bootstrap intervals of the means of columns (2, M), users drawn with replacement; values (n, M).

    All columns share the draws. Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 13.
    """
    drawn = np.concatenate(list(_means(values, np.random.default_rng(seed), resamples)))
    bounds: Values = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2], axis=0)
    return bounds


def _means(values: Values, generator: np.random.Generator, resamples: int) -> Iterator[Values]:
    n = len(values)
    at_once = max(1, _CHUNK // n)
    for begin in range(0, resamples, at_once):
        rows = min(at_once, resamples - begin)
        drawn = generator.integers(n, size=(rows, n)) + np.arange(rows)[:, None] * n
        times = np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n)
        yield times.astype(float) @ values / n


def p_value(one: Values, other: Values) -> float:
    """Two-sided Wilcoxon signed-rank test of paired figures (n,); 1 if no user differs."""
    difference = one - other
    if not difference.any():
        return 1.0
    return float(stats.wilcoxon(difference).pvalue)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values corrected for being several, by Holm's step-down procedure (Scand. J. Statistics, 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = np.asarray(p_values)[order] * (len(p_values) - np.arange(len(p_values)))
    corrected = np.empty(len(p_values))
    corrected[order] = np.minimum(np.maximum.accumulate(steps), 1.0)
    return [float(p) for p in corrected]


def against(values: Mapping[str, Values], reference: str) -> dict[str, float]:
    """The corrected p-value of every other model against the reference."""
    others = [name for name in values if name != reference]
    return dict(zip(others, holm([p_value(values[name], values[reference]) for name in others]), strict=True))
