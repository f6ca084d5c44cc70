"""A linear model of items from items in closed form: EASE.

    B = argmin ‖X − XB‖² + regularisation · ‖B‖²  with zeros on the diagonal
      = 1 − P / diag(P),  P = (XᵀX + regularisation · 1)⁻¹

Steck, Embarrassingly shallow autoencoders for sparse data, 2019.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp
from scipy.linalg import lapack

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, Progress
from kgrec.errors import BadInput
from kgrec.models.baseline import Arrays, Baseline, check_bounds
from kgrec.models.settings import Number, Setting
from kgrec.models.sparse import Matrix

BLOCK = 1024  # rows mirrored at a time


@dataclass(frozen=True)
class EaseConfig:
    """How much weights are held down, and how large a catalogue is taken: memory grows with its square."""

    regularisation: float = 250.0
    most_items: int = 20_000  # 1.6 GB

    def __post_init__(self) -> None:
        check_bounds(self, regularisation=(0.01, np.inf), most_items=(1, np.inf))


class Ease(Baseline):
    """Score = Σ over the user's items h of B[h, i]."""

    name: ClassVar[str] = "ease"
    config_type: ClassVar[type] = EaseConfig
    space: ClassVar[Mapping[str, Setting]] = {"regularisation": Number(10, 3000, log=True)}
    files = ("weights",)
    exact = False

    def learn(self, seed: int, say: Progress) -> Arrays:
        """B (I, I), dense."""
        n = self.known.n_items
        if n > self.config.most_items:
            raise BadInput(
                f"ease holds {n:,} × {n:,} weights ({4e-9 * n * n:.1f} GB) and most_items is "
                f"{self.config.most_items:,}; raise it, or take item-knn, which keeps the largest only"
            )
        say("inverse", 0, 1, "")
        weights = inverse(self.known.matrix, self.config.regularisation)
        weights /= -np.diagonal(weights).copy()
        np.fill_diagonal(weights, 0.0)
        say("inverse", 1, 1, "")
        return {"weights": weights}

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Each user's rows of B added up (B, I)."""
        found: FloatArray = self.asked(graph).profiles(user_rows) @ self._learned["weights"]
        return found


def inverse(matrix: Matrix, regularisation: float) -> FloatArray:
    """(XᵀX + regularisation · 1)⁻¹ by Cholesky's factors, in the memory of one dense matrix (I, I)."""
    gram = sp.csr_array(matrix.T @ matrix).toarray(order="F")
    gram[np.diag_indices_from(gram)] += regularisation
    factor, failed = lapack.spotrf(gram, lower=True, clean=False, overwrite_a=True)
    found, singular = (factor, failed) if failed else lapack.spotri(factor, lower=True, overwrite_c=True)
    if failed or singular:
        raise BadInput(f"ease cannot invert its matrix with regularisation {regularisation}; raise it")
    for first in range(0, len(found), BLOCK):  # only the lower triangle is filled: mirror it, block by block
        last = first + BLOCK
        square = found[first:last, first:last]
        square[:] = np.tril(square) + np.tril(square, -1).T
        found[first:last, last:] = found[last:, first:last].T
    result: FloatArray = found.T  # symmetric, and rows now lie together
    return result
