"""Small operations on sparse matrices that the operators are made of: normalise, keep the largest, make symmetric."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse as sp

from kgrec.domain import BoolArray, FloatArray, IntArray

Matrix = Any
"""A scipy.sparse.csr_array of float32."""


def degrees(matrix: Matrix, axis: int) -> FloatArray:
    """Sums along an axis, 1 where a row or column is empty, so that division is safe."""
    total = np.asarray(matrix.sum(axis=axis)).ravel()
    return np.where(total > 0, total, 1.0).astype(np.float32)


def normalized(matrix: Matrix, source: float, target: float) -> Matrix:
    """D_row^−source · matrix · D_column^−target: how strongly busy sources and busy targets are damped."""
    left = sp.diags_array(degrees(matrix, 1) ** -source)
    right = sp.diags_array(degrees(matrix, 0) ** -target)
    return sp.csr_array(left @ matrix @ right).astype(np.float32)


def rows_top(matrix: Matrix, keep: int, *, diagonal: bool = False) -> Matrix:
    """The `keep` largest entries of each row; the diagonal is removed unless asked for."""
    matrix = sp.csr_array(matrix, dtype=np.float32)
    row = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    wanted = matrix.data > 0
    if not diagonal:
        wanted &= row != matrix.indices
    for first, last in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        if last - first > keep:
            values = np.where(wanted[first:last], matrix.data[first:last], -1.0)
            wanted[first:last][np.argpartition(-values, keep)[keep:]] = False
    indptr = np.concatenate([[0], np.cumsum(np.bincount(row[wanted], minlength=matrix.shape[0]))])
    return sp.csr_array((matrix.data[wanted], matrix.indices[wanted], indptr), shape=matrix.shape)


def rows_top_apart(matrix: Matrix, keep: int, apart: BoolArray, *, diagonal: bool = False) -> Matrix:
    """The same for two groups of columns, which compete among themselves: `apart` (columns,) and the others."""
    if not apart.any():
        return rows_top(matrix, keep, diagonal=diagonal)
    groups = [sp.csr_array(matrix @ sp.diags_array(group.astype(np.float32))) for group in (~apart, apart)]
    return sp.csr_array(sum(rows_top(group, keep, diagonal=diagonal) for group in groups))


def symmetric_union(matrix: Matrix) -> Matrix:
    """The larger of each entry and its mirror image: neighbours of either are neighbours of both."""
    return sp.csr_array(matrix.maximum(matrix.T))


def from_pairs(rows: IntArray, columns: IntArray, weights: FloatArray, shape: tuple[int, int]) -> Matrix:
    """A matrix from parallel arrays; repeated entries add up."""
    return sp.csr_array((weights.astype(np.float32), (rows, columns)), shape=shape)
