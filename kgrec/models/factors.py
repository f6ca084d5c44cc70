"""Users and items as vectors, fitted in turns by weighted least squares, with the `implicit` library.

Score of item i for user u = x_u · y_i; x_u is solved from the user's present choices, so that later ones count:

    x_u = (YᵀY + alpha' · Σ over u's items of y yᵀ + regularisation · 1)⁻¹ · alpha · Σ of y,   alpha' = alpha − 1

Hu, Koren and Volinsky, Collaborative filtering for implicit feedback datasets, 2008.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, Progress
from kgrec.errors import NotReady
from kgrec.models.baseline import Arrays, Baseline, check_bounds
from kgrec.models.settings import Number, Setting


@dataclass(frozen=True)
class FactorConfig:
    """Size and weights of the factorisation. With any number of threads the result is the same."""

    factors: int = 64
    regularisation: float = 0.01
    alpha: float = 1.0  # weight of what was chosen; all else has weight 1
    iterations: int = 15
    threads: int = 1  # 0: as many as there are cores

    def __post_init__(self) -> None:
        check_bounds(
            self, factors=(1, 4096), regularisation=(0, np.inf), alpha=(0.01, np.inf), iterations=(1, np.inf)
        )


class AlternatingLeastSquares(Baseline):
    """Score = product of the user's vector and the item's."""

    name: ClassVar[str] = "als"
    config_type: ClassVar[type] = FactorConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "factors": Number(16, 256, log=True, whole=True),
        "regularisation": Number(0.001, 100, log=True),
        "alpha": Number(1, 100, log=True),
        "iterations": Number(5, 40, whole=True),
    }
    files = ("factors",)
    exact = False

    def learn(self, seed: int, say: Progress) -> Arrays:
        """The items' vectors (I, factors)."""
        try:
            from implicit.cpu.als import AlternatingLeastSquares as Solver
            from threadpoolctl import threadpool_limits
        except ImportError:
            raise NotReady("als needs implicit; install it with: pip install 'kgrec[bench]'") from None
        config = self.config

        def tell(iteration: int, *_: object) -> None:
            say("training", iteration + 1, config.iterations, "")

        # implicit spreads the work itself; threads of BLAS below its own slow it down, and it warns of them.
        with threadpool_limits(1, user_api="blas"):
            solver = Solver(
                factors=config.factors,
                regularization=config.regularisation,
                alpha=config.alpha,
                iterations=config.iterations,
                num_threads=config.threads,
                random_state=seed,
            )
            solver.fit(sp.csr_matrix(self.known.matrix), show_progress=False, callback=tell)
        return {"factors": solver.item_factors}

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Each user's vector solved from their choices, times all items' (B, I)."""
        asked, items = self.asked(graph), self._learned["factors"]
        known = items.T @ items + self.config.regularisation * np.eye(items.shape[1], dtype=np.float32)
        scores = np.zeros((len(user_rows), len(items)), np.float32)
        for row, user in enumerate(user_rows):  # one by one: a user's score is the same in every batch
            own = items[asked.item[asked.start[user] : asked.start[user + 1]]]
            if len(own):
                weighed = known + (self.config.alpha - 1) * (own.T @ own)
                scores[row] = items @ np.linalg.solve(weighed, self.config.alpha * own.sum(axis=0))
        return scores
