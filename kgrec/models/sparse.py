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


def normalized(matrix: Matrix, source: float, target: float, known: int | None = None) -> Matrix:
    """D_row^−source · matrix · D_column^−target: how strongly busy sources and busy targets are damped.

    What leads to columns, and what comes from rows, beyond the first `known` does not make anything busier.
    """
    left = degrees(first_of(matrix, matrix.shape[0], known), 1) ** -source
    right = degrees(first_of(matrix, known, matrix.shape[1]), 0) ** -target
    result = sp.csr_array(matrix, dtype=np.float32, copy=True)
    result.data *= np.repeat(left, np.diff(result.indptr))
    result.data *= right[result.indices]
    return result


def divided(matrix: Matrix, by: FloatArray) -> Matrix:
    """The matrix with each row divided by a number (rows,)."""
    result = sp.csr_array(matrix, dtype=np.float32, copy=True)
    result.data *= np.repeat(by**-1.0, np.diff(result.indptr))
    return result


def first_of(matrix: Matrix, rows: int | None, columns: int | None) -> Matrix:
    """The matrix without what lies beyond its first rows or columns.

    It is left out, not set to 0: how a sum is rounded depends on how much is summed.
    """
    listed = np.ones(matrix.nnz, bool)
    if columns is not None and columns < matrix.shape[1]:
        listed &= matrix.indices < columns
    if rows is not None and rows < matrix.shape[0]:
        listed[matrix.indptr[rows] :] = False
    return matrix if listed.all() else _entries_at(matrix, np.flatnonzero(listed))


def rows_top(matrix: Matrix, keep: int, *, diagonal: bool = False, rows: IntArray | None = None) -> Matrix:
    """The `keep` largest entries of each row, of equal ones the first; the diagonal is removed unless asked for.

    `rows` are the numbers of the rows where they are not all.
    """
    matrix = sp.csr_array(matrix, dtype=np.float32)
    place = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    wanted = matrix.data > 0
    if not diagonal:
        wanted &= (place if rows is None else rows[place]) != matrix.indices
    for first, last in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        if last - first > keep:
            values = np.where(wanted[first:last], matrix.data[first:last], -1.0)
            wanted[first:last] &= _largest(values, matrix.indices[first:last], keep)
    indptr = np.concatenate([[0], np.cumsum(np.bincount(place[wanted], minlength=matrix.shape[0]))])
    return sp.csr_array((matrix.data[wanted], matrix.indices[wanted], indptr), shape=matrix.shape)


def _largest(values: FloatArray, columns: IntArray, keep: int) -> BoolArray:
    """Which are the `keep` largest; what is kept of equal ones does not depend on the order they come in."""
    least = np.partition(values, -keep)[-keep] if keep else np.inf
    found: BoolArray = values > least
    equal = np.flatnonzero(values == least)
    free = keep - int(found.sum())
    found[equal if len(equal) <= free else equal[np.argsort(columns[equal])[:free]]] = True
    return found


def rows_top_apart(
    matrix: Matrix, keep: int, apart: BoolArray, *, diagonal: bool = False, rows: IntArray | None = None
) -> Matrix:
    """The same for two groups of columns, which compete among themselves: `apart` (columns,) and the others."""
    if not apart.any():
        return rows_top(matrix, keep, diagonal=diagonal, rows=rows)
    halves = [only_columns(sp.csr_array(matrix), group) for group in (~apart, apart)]
    return sp.csr_array(sum(rows_top(half, keep, diagonal=diagonal, rows=rows) for half in halves))


def symmetric_union(matrix: Matrix) -> Matrix:
    """The larger of each entry and its mirror image: neighbours of either are neighbours of both."""
    return sp.csr_array(matrix.maximum(matrix.T))


def from_pairs(rows: IntArray, columns: IntArray, weights: FloatArray, shape: tuple[int, int]) -> Matrix:
    """A matrix from parallel arrays; repeated entries add up."""
    return sp.csr_array((weights.astype(np.float32), (rows, columns)), shape=shape)


def grown(matrix: Matrix, shape: tuple[int, int]) -> Matrix:
    """The same entries in a larger shape: `data` is the same array."""
    if matrix.shape == shape:
        return matrix
    more = np.full(shape[0] - matrix.shape[0], matrix.indptr[-1], matrix.indptr.dtype)
    larger = sp.csr_array(shape, dtype=matrix.dtype)
    larger.data, larger.indices = matrix.data, matrix.indices
    larger.indptr = np.concatenate([matrix.indptr, more])
    larger.has_canonical_format = matrix.has_canonical_format
    return larger


def differing(old: Matrix, new: Matrix) -> Matrix:
    """Where two matrices are not equal: True there, the old one being smaller perhaps."""
    old = grown(old, new.shape)
    if old.nnz == new.nnz and old.data is new.data:
        return sp.csr_array(new.shape, dtype=bool)
    return sp.csr_array(old != new)


def only_columns(matrix: Matrix, columns: BoolArray) -> Matrix:
    """The matrix with the entries of some columns (mask) and no others."""
    return _entries_at(matrix, np.flatnonzero(columns[matrix.indices]))


def _entries_at(matrix: Matrix, where: IntArray) -> Matrix:
    """The matrix with some of its entries, ascending, and no others."""
    if len(where) == matrix.nnz:
        return matrix
    indptr = np.searchsorted(where, matrix.indptr).astype(matrix.indptr.dtype)
    return sp.csr_array((matrix.data[where], matrix.indices[where], indptr), shape=matrix.shape)


def rows_reaching(matrix: Matrix, columns: BoolArray) -> BoolArray:
    """Which rows have an entry in some of the columns (rows,)."""
    found = np.zeros(matrix.shape[0], bool)
    where = np.flatnonzero(columns[matrix.indices])
    found[np.searchsorted(matrix.indptr, where, side="right") - 1] = True
    return found


def rows_with_entries(matrix: Matrix) -> BoolArray:
    """Which rows hold anything (rows,)."""
    found: BoolArray = np.diff(matrix.indptr) > 0
    return found


def least_of_rows(matrix: Matrix) -> FloatArray:
    """The smallest entry of each row, 0 where it has none (rows,)."""
    least = np.zeros(matrix.shape[0], np.float32)
    filled = np.flatnonzero(rows_with_entries(matrix))
    if len(filled):
        least[filled] = np.minimum.reduceat(matrix.data, matrix.indptr[filled])
    return least


def scattered(matrix: Matrix, rows: IntArray, n: int) -> Matrix:
    """Some rows, ascending, put where they belong among n."""
    counts = np.zeros(n, np.int64)
    counts[rows] = np.diff(matrix.indptr)
    indptr = np.concatenate([[0], np.cumsum(counts)])
    return sp.csr_array((matrix.data, matrix.indices, indptr), shape=(n, matrix.shape[1]))


def without_block(matrix: Matrix, rows: BoolArray, columns: BoolArray) -> Matrix:
    """The matrix without the entries that lie in both some rows and some columns (masks)."""
    row = np.repeat(rows, np.diff(matrix.indptr))
    return _entries_at(matrix, np.flatnonzero(~(row & columns[matrix.indices])))
