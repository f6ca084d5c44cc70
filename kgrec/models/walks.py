"""Where random walks of three steps lead, less what is popular: RP3beta.

Score of item i for user u, a walk u → h → v → i going to a random neighbour at each step:

    Σ over h, v of (1 / |u| · 1 / |h| · 1 / |v|)^alpha / |i|^beta

Cooper et al., Random walks in recommender systems, 2014 (alpha); Paudel et al., Updatable, accurate, diverse,
and scalable recommendations for interactive applications, 2016 (beta).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph
from kgrec.models.baseline import check_bounds
from kgrec.models.neighbours import BLOCK, CoChosen
from kgrec.models.settings import Number, Setting
from kgrec.models.sparse import Matrix, degrees


@dataclass(frozen=True)
class WalkConfig:
    """How much walks through the crowd and walks to the popular are damped, and how many ends of each are kept."""

    alpha: float = 0.6
    beta: float = 0.2
    neighbours: int = 200

    def __post_init__(self) -> None:
        check_bounds(self, alpha=(0, np.inf), beta=(0, np.inf), neighbours=(1, np.inf))


class RP3Beta(CoChosen):
    """Walks of three steps over choices."""

    name: ClassVar[str] = "rp3beta"
    config_type: ClassVar[type] = WalkConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "alpha": Number(0.3, 2.0),
        "beta": Number(0.0, 1.0),
        "neighbours": Number(20, 2000, log=True, whole=True),
    }

    def blocks(self) -> Iterator[Matrix]:
        """From an item over a user to another item, damped."""
        known, alpha = self.known, self.config.alpha
        away = sp.diags_array(degrees(known.by_item, 1) ** -alpha) @ known.by_item
        damped = known.matrix @ sp.diags_array(degrees(known.matrix, 0) ** -self.config.beta)
        onward = sp.csr_array(sp.diags_array(degrees(known.matrix, 1) ** -alpha) @ damped)
        for first in range(0, known.n_items, BLOCK):
            yield (away[first : first + BLOCK] @ onward).astype(np.float32)

    def profiles(self, graph: KnowledgeGraph, user_rows: IntArray) -> Matrix:
        """The first step: to each of the user's items alike (B, I)."""
        mine = self.asked(graph).profiles(user_rows)
        step = sp.diags_array(degrees(mine, 1) ** -self.config.alpha)
        return sp.csr_array(step @ mine).astype(np.float32)

    def share(self, users: IntArray) -> FloatArray:
        """Somebody with many items passes less on to each (n,)."""
        size = np.diff(self.known.start)[users].astype(np.float32)
        share: FloatArray = size**-self.config.alpha
        return share
