"""A graph that has changed a little → the operator rows that are other now, computed as all are, and no others.

The row h of an operator L · R is other if a row z of R that it goes over is, or if its own entries in L are, where they
lead to anything. Items that nobody has chosen compete for the places of a row among themselves, so a row is renewed in
that half alone in which something changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp

from kgrec.domain import BoolArray, IntArray, KnowledgeGraph, RelationKind
from kgrec.models.path.compiled import Compiled, Fresh, Kept, reaching
from kgrec.models.path.metapath import Leg, Legs, metapaths
from kgrec.models.path.operators import (
    LegMatrices,
    OperatorConfig,
    RelationMatrices,
    product_top,
    same_edges,
)
from kgrec.models.sparse import Matrix, differing, only_columns, rows_reaching, rows_top_apart

_CHOSEN = (RelationKind.EVENT, RelationKind.SEGMENT, RelationKind.POPULARITY)


def extends(old: KnowledgeGraph, new: KnowledgeGraph) -> bool:
    """Whether the second graph has all items and segments of the first, in the same rows, and perhaps more items."""
    n, known = len(old.items), len(old.iris)
    return (
        len(new.items) >= n
        and len(new.iris) >= known
        and np.array_equal(old.items, new.items[:n])
        and np.array_equal(old.kinds == "segment", new.kinds[:known] == "segment")
        and not (new.kinds[known:] == "segment").any()
        and [relation.name for relation in old.relations] == [relation.name for relation in new.relations]
    )


def as_chosen(old: KnowledgeGraph, new: KnowledgeGraph) -> bool:
    """Whether both tell the same of who chose what: otherwise every operator is another."""
    return all(same_edges(relation.name, old, new) for relation in new.relations if relation.kind in _CHOSEN)


@dataclass(frozen=True, eq=False)
class Standing:
    """The operators before, and what fills their rows."""

    compiled: Compiled
    kept: Kept


def fresh_entries(
    matrices: RelationMatrices,
    legs: tuple[LegMatrices, LegMatrices],
    config: OperatorConfig,
    before: Standing,
) -> Iterator[Fresh]:
    """What has to be put in the place of old entries; `legs` are the matrices of the legs before and now."""
    paths = metapaths(matrices.kinds, matrices.symmetric)
    for items, first in ((~matrices.unseen, 0), (matrices.unseen, len(paths) + 1)):
        half = _Half(legs, items, config, before)
        for number, path in enumerate(paths, first):
            rows = np.flatnonzero(half.stale(path, number))
            if len(rows):
                found = half.rows_of(path, rows)
                yield Fresh(number, rows, found.indptr.astype(np.int64), found.indices, found.data)


_WIDE = 8  # where a row of a last leg has more new entries than this, all that goes over it is computed anew
_FEW = 64  # and where more columns than this are new, too
_ROUNDED = 1.0 - 1e-5  # how far off the least of a row may be


class _Half:
    """Operators as far as they lead to some of the items, and where they are other than before."""

    def __init__(
        self,
        legs: tuple[LegMatrices, LegMatrices],
        items: BoolArray,
        config: OperatorConfig,
        before: Standing,
    ) -> None:
        self._before, self._now = legs
        self._items = items
        self._most = 2 * items.sum() > len(items)
        self._config = config
        self._standing = before
        self._differences: dict[tuple[Leg, bool], Matrix] = {}
        self._rights: dict[Leg, Matrix] = {}
        self._parts: dict[Leg, tuple[BoolArray, BoolArray, BoolArray]] = {}
        self._had: dict[Leg, tuple[IntArray, IntArray]] = {}

    def _differs(self, leg: Leg, *, last: bool) -> Matrix:
        """True where a leg's matrix differs (I, I)."""
        if (leg, last) not in self._differences:
            before, now = (legs.get(leg, last=last) for legs in (self._before, self._now))
            self._differences[leg, last] = differing(before, now)
        return self._differences[leg, last]

    def _right(self, leg: Leg) -> Matrix:
        """A last leg as far as it leads to the items, or all of it where that is most of it (I, I)."""
        if leg not in self._rights:
            whole = self._now.get(leg, last=True)
            self._rights[leg] = whole if self._most else only_columns(whole, self._items)
        return self._rights[leg]

    def _lead(self, leg: Leg, rows: IntArray) -> BoolArray:
        """Whether a last leg leads, or has led, from some rows to any of the items (n,)."""
        found = rows_reaching(self._now.get(leg, last=True)[rows], self._items)
        before = self._before.get(leg, last=True)
        known = rows < before.shape[0]
        found[known] |= rows_reaching(before[rows[known]], self._items)
        return found

    def stale(self, path: Legs, metapath: int) -> BoolArray:
        """The rows of an operator that may be other than before (I,)."""
        if len(path) == 1:
            return rows_reaching(self._differs(path[0], last=True), self._items)
        first, second = path
        left = self._now.get(first, last=False)
        wide, narrow, _ = self._dirty(second)
        stale = rows_reaching(left, wide) if wide.any() else np.zeros(len(self._items), bool)
        if narrow.any():
            stale |= rows_reaching(left, narrow) & self._entering(left, second, metapath)
        moved = self._differs(first, last=False)
        if moved.nnz:
            bridges = np.unique(moved.indices)
            leading = np.zeros(len(self._items), bool)
            leading[bridges] = self._lead(second, bridges)
            stale |= rows_reaching(moved, leading)
        return stale

    def _dirty(self, leg: Leg) -> tuple[BoolArray, BoolArray, BoolArray]:
        """The rows of a last leg of which much is new, those of which little is, and where those lead (I,) each."""
        if leg not in self._parts:
            differs = only_columns(self._differs(leg, last=True), self._items)
            count = np.diff(differs.indptr)
            wide, narrow = count > _WIDE, (count > 0) & (count <= _WIDE)
            columns = np.zeros(len(self._items), bool)
            columns[differs.indices[np.repeat(narrow, count)]] = True
            if columns.sum() > _FEW:
                wide, narrow = wide | narrow, np.zeros_like(narrow)
            self._parts[leg] = wide, narrow, columns
        return self._parts[leg]

    def _entering(self, left: Matrix, second: Leg, metapath: int) -> BoolArray:
        """The rows of which one of the few new columns of a last leg is a part, or may be one now (I,)."""
        columns = self._dirty(second)[2]
        n, n_before = len(columns), self._standing.compiled.n_items
        found = np.zeros(n, bool)
        source, of_path = self._had_before(second)
        source = source[of_path == metapath]
        found[source[source < n_before]] = True
        count, least = self._standing.kept.count[:n_before], self._standing.kept.least[:n_before]
        full = count[:, metapath] >= self._config.pair
        to_beat = np.zeros(n, np.float32)
        to_beat[:n_before][full] = least[full, metapath] * _ROUNDED
        arriving = sp.csr_array(left @ only_columns(self._now.get(second, last=True), columns))
        row = np.repeat(np.arange(n), np.diff(arriving.indptr))
        found[row[(arriving.data > 0) & (arriving.data >= to_beat[row])]] = True
        return found

    def _had_before(self, leg: Leg) -> tuple[IntArray, IntArray]:
        """Source and metapath of the old entries that lead to the few new columns of a last leg."""
        if leg not in self._had:
            compiled = self._standing.compiled
            source, metapath, _ = reaching(compiled, self._dirty(leg)[2][: compiled.n_items])
            self._had[leg] = source, metapath
        return self._had[leg]

    def rows_of(self, path: Legs, rows: IntArray) -> Matrix:
        """Some rows of an operator (rows, I)."""
        right = self._right(path[-1])
        if len(path) == 1:
            found = rows_top_apart(right[rows], self._config.single, ~self._items, rows=rows)
        else:
            left = self._now.get(path[0], last=False)[rows]
            found = product_top(left, right, self._config.pair, ~self._items, rows)
        return only_columns(found, self._items)  # the others compete among themselves
