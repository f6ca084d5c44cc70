"""An operator entry → the paths it is the sum of, each hop an edge of the graph.

The entry K_m[h, i] is Σ over bridges z of L[h, z] · R[z, i], and a leg over shared entities is itself a sum over
those entities. Normalisations by the degree of h and of i are the same for every term, so an entry is shared out
in proportion to what is left: the shares add up to one, and the paths to the entry.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import scipy.sparse as sp

from kgrec.domain import IntArray, KnowledgeGraph, RelationKind, RowHop
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, Leg, Legs
from kgrec.models.path.operators import RelationMatrices, raw_leg
from kgrec.models.sparse import Matrix, degrees

Hops = tuple[RowHop, ...]
Instance = tuple[Hops, float]
"""The hops of one walk and its share of an operator entry."""


class Expansion:
    """Takes operator entries of one graph apart. Built once per graph; look-ups only afterwards."""

    def __init__(self, graph: KnowledgeGraph, matrices: RelationMatrices) -> None:
        self._graph = graph
        self._matrices = matrices
        self._rows = {relation.name: row for row, relation in enumerate(graph.relations)}
        self._segment_rows = np.flatnonzero(graph.kinds == "segment")
        self._columns = lru_cache(maxsize=None)(self._transposed)
        self._bridge_norms = lru_cache(maxsize=None)(self._bridge_norm)
        self._entities = lru_cache(maxsize=None)(self._entities_by_item)
        self._legs = lru_cache(maxsize=None)(lambda leg: raw_leg(matrices, leg))

    def instances(self, legs: Legs, source: int, item_row: int) -> list[Instance]:
        """All walks of a metapath from a source row to an item row; their shares add up to 1."""
        if not legs:
            segment = int(self._segment_rows[source - self._matrices.n_items])
            hop = RowHop(segment, self._rows[POPULARITY], int(self._graph.items[item_row]), False)
            return [((hop,), 1.0)]
        if len(legs) == 1:
            found = list(self._leg(legs[0], source, item_row))
        else:
            found = list(self._pair(legs[0], legs[1], source, item_row))
        total = sum(share for _, share in found)
        return [(hops, share / total) for hops, share in found]

    def _pair(self, first: Leg, second: Leg, source: int, item_row: int) -> Iterator[Instance]:
        bridges, weights = _row(self._legs(first), source)
        arriving, arrival = _row(self._columns(second), item_row)
        common, here, there = np.intersect1d(bridges, arriving, assume_unique=True, return_indices=True)
        norm = self._bridge_norms(second)[common]
        for bridge, weight in zip(common, weights[here] * arrival[there] / norm, strict=True):
            onward = list(self._leg(second, int(bridge), item_row))
            scale = sum(share for _, share in onward)
            reached = list(self._leg(first, source, int(bridge)))
            scale *= sum(share for _, share in reached)
            for hops, share in reached:
                for more, more_share in onward:
                    yield hops + more, float(weight) * share * more_share / scale

    def _leg(self, leg: Leg, source: int, target: int) -> Iterator[Instance]:
        """The walks of one leg between two items, with shares in proportion."""
        h, i = int(self._graph.items[source]), int(self._graph.items[target])
        if leg.form != "shared":
            relation = self._rows[leg.relation]
            backward = leg.form == "inverse"
            if not backward and self._graph.relations[relation].symmetric:
                backward = self._graph.edge_row(relation, h, i) < 0  # each pair is stored once
            yield (RowHop(i, relation, h, True) if backward else RowHop(h, relation, i, False),), 1.0
            return
        names = [leg.relation]
        if leg.relation == ANY_ATTRIBUTE:
            names = [name for name, kind in self._matrices.kinds.items() if kind == RelationKind.ATTRIBUTE]
        for name in names:
            incidence, rarity = self._entities(name)
            relation = self._rows[name]
            mine, _ = _row(incidence, source)
            theirs, _ = _row(incidence, target)
            for entity in np.intersect1d(mine, theirs, assume_unique=True):
                walk = (RowHop(h, relation, int(entity), False), RowHop(i, relation, int(entity), True))
                if rarity[entity] > 0:
                    yield walk, float(rarity[entity]) ** 2

    def _transposed(self, leg: Leg) -> Matrix:
        return sp.csr_array(self._legs(leg).T)

    def _bridge_norm(self, leg: Leg) -> IntArray:
        """What the last leg of a pair is divided by at its bridge; see how operators normalise."""
        matrix = self._legs(leg)
        kind = self._matrices.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
        if leg.form == "shared" or kind == RelationKind.TOGETHER:
            return np.ones(matrix.shape[0])
        return degrees(matrix, 1)  # type: ignore[return-value]

    def _entities_by_item(self, relation: str) -> tuple[Matrix, IntArray]:
        """Items × entities of a relation, and ln(I / degree) of every entity."""
        where = self._graph.edges_of(relation)
        n = len(self._graph.items)
        head, tail = self._graph.item_row_of[self._graph.head[where]], self._graph.tail[where]
        matrix = sp.csr_array((np.ones(len(head)), (head, tail)), shape=(n, len(self._graph.iris)))
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix, np.log(n / degrees(matrix, 0))


def _row(matrix: Matrix, row: int) -> tuple[IntArray, IntArray]:
    where = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[where], matrix.data[where]
