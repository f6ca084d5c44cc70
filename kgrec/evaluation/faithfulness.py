"""The terms of a score, in the order an explainer gives them → what is left of score and rank as they go, or come.

Deleted are terms of one item for one user; the scores of all other items stay as they are. Comprehensiveness and
sufficiency are those of DeYoung et al., "ERASER: A benchmark to evaluate rationalized NLP models", ACL 2020, with terms
in place of tokens. PN and PS are those of Tan et al., "Counterfactual explainable recommendation", CIKM 2021, with
contributions in place of aspects.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from kgrec.domain import IntArray
from kgrec.evaluation.significance import holm, intervals, p_value

Values = npt.NDArray[np.float64]

LISTED = 10
"""Recommendations looked at, of every user."""

DEPTHS = (1, 3, 5)
"""Numbers of listed paths that are deleted, or kept."""

BINS = (0.01, 0.05, 0.10, 0.20, 0.50)
"""Shares of the terms that are deleted for the aggregate: the bins of ERASER."""

SHARES = np.linspace(0, 1, 21)
"""Shares of the terms at which curves are drawn."""


@dataclass(frozen=True, eq=False)
class Rivals:
    """The scores that an item is ranked among: those of everything else that may be recommended."""

    scores: Values  # (n,) ascending

    def rank(self, score: Values) -> Values:
        """The place an item would have with each of some scores: 1 is best, equal ones share their mean place."""
        after = np.searchsorted(self.scores, score, side="right")
        equal = after - np.searchsorted(self.scores, score, side="left")
        place: Values = 1.0 + len(self.scores) - after + equal / 2
        return place


def rivals(scores: Values, taken: IntArray) -> Values:
    """The scores of what may be recommended, ascending; see `without_own`."""
    free = np.ones(len(scores), bool)
    free[taken] = False
    return np.sort(scores[free])


def without_own(ascending: Values, own: float) -> Rivals:
    """The rivals of an item, from all scores and its own among them."""
    return Rivals(np.delete(ascending, np.searchsorted(ascending, own)))


@dataclass(frozen=True, eq=False)
class Scored:
    """One recommended item: what its N terms carry in the model, the prior, and its rivals."""

    carried: Values  # (N,)
    prior: float
    rivals: Rivals

    @property
    def whole(self) -> float:
        """The score."""
        return self.prior + math.fsum(self.carried)


@dataclass(frozen=True, eq=False)
class Lost:
    """What is lost with 0, 1, … N terms deleted, or with none, 1, … N of them kept (N + 1,)."""

    score: Values  # 1 − score left / score
    rank: Values  # 1 − rank / rank left: 0 where the item keeps its place, 1 where it is nowhere

    def area(self) -> dict[str, float]:
        """The area under both curves over the share of terms, 0 to 1."""
        return {name: float(np.trapezoid(line, dx=1 / (len(line) - 1))) for name, line in self._lines()}

    def in_bins(self) -> dict[str, float]:
        """The mean over `BINS` of what is lost, at least one term deleted or kept."""
        n = len(self.score) - 1
        places = [math.ceil(share * n - 1e-9) for share in BINS]
        return {name: float(line[places].mean()) for name, line in self._lines()}

    def at_shares(self) -> dict[str, Values]:
        """Both curves at `SHARES`, between two numbers of terms in a straight line."""
        place = np.linspace(0, 1, len(self.score))
        return {name: np.interp(SHARES, place, line) for name, line in self._lines()}

    def _lines(self) -> tuple[tuple[str, Values], ...]:
        return ("score", self.score), ("rank", self.rank)


def comprehensiveness(scored: Scored, order: IntArray) -> Lost:
    """The terms deleted one after the other, in an explainer's order (N,)."""
    gone = np.concatenate([[0.0], np.cumsum(scored.carried[order])])
    return _lost(scored, np.maximum(scored.whole - gone, scored.prior))  # the last digit may not sink it


def sufficiency(scored: Scored, order: IntArray) -> Lost:
    """Nothing but the prior and the first terms of an explainer's order (N,) kept. Small is good."""
    return _lost(scored, scored.prior + np.concatenate([[0.0], np.cumsum(scored.carried[order])]))


def _lost(scored: Scored, left: Values) -> Lost:
    rank = scored.rivals.rank(np.append(left, scored.whole))
    return Lost(score=1.0 - left / scored.whole, rank=np.maximum(1.0 - rank[-1] / rank[:-1], 0.0))


def mean_of(several: Sequence[Lost]) -> Lost:
    """The mean of curves of the same terms in several orders."""
    return Lost(
        np.mean([lost.score for lost in several], axis=0), np.mean([lost.rank for lost in several], axis=0)
    )


def necessary(scored: Scored, listed: float) -> bool:
    """Whether an item leaves the list when what its listed paths add is deleted."""
    left = np.array([scored.whole - listed])
    return bool(scored.rivals.rank(left)[0] > LISTED)


def sufficient(scored: Scored, listed: float) -> bool:
    """Whether an item stays in the list with the prior and what its listed paths add, and nothing else."""
    return bool(scored.rivals.rank(np.array([scored.prior + listed]))[0] <= LISTED)


def harmonic(one: float, other: float) -> float:
    """2 · one · other / (one + other), 0 if both are 0."""
    return 2 * one * other / (one + other) if one + other > 0 else 0.0


def summary(figures: Mapping[str, Sequence[float]], seed: int) -> dict[str, dict[str, object] | None]:
    """Figures of users → mean, 95 % bootstrap interval and number of users; NaN stands for a user without one."""
    found: dict[str, dict[str, object] | None] = {}
    for name, values in figures.items():
        known = np.asarray(values, dtype=float)
        known = known[np.isfinite(known)]
        found[name] = _described(known, seed) if len(known) else None
    return found


def _described(known: Values, seed: int) -> dict[str, object]:
    low, high = intervals(known[:, None], seed)[:, 0]
    return {"mean": float(known.mean()), "interval": [float(low), float(high)], "n_users": len(known)}


def against(ours: Sequence[float], others: Mapping[str, Sequence[float]], seed: int) -> dict[str, object]:
    """Ours less each other explainer, users paired: mean, interval, ratio, Wilcoxon test with Holm's correction."""
    found: dict[str, dict[str, object]] = {}
    tests: list[float] = []
    for name, values in others.items():
        mine, theirs = np.asarray(ours, float), np.asarray(values, float)
        both = np.isfinite(mine) & np.isfinite(theirs)
        mine, theirs = mine[both], theirs[both]
        found[name] = {"difference": None, "ratio": None, "p_value": None}
        if len(mine):
            ratio = float(mine.mean() / theirs.mean()) if theirs.mean() > 0 else None
            found[name] = {"difference": _described(mine - theirs, seed), "ratio": ratio}
            tests.append(p_value(mine, theirs))
    for name, p in zip([name for name in found if found[name]["difference"]], holm(tests), strict=True):
        found[name]["p_value"] = p
    return dict(found)
