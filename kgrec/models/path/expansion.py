"""An operator entry → the paths it is the sum of, each hop an edge of the graph, the largest first.

The entry K_m[h, i] is Σ over bridges z of L[h, z] · R[z, i], and a leg over shared entities is itself a sum over
those entities. Normalisations by the degree of h and of i are the same for every term, so an entry is shared out
in proportion to what is left: the shares add up to one, and the paths to the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import heapify, heappop, heappush
from itertools import count

import numpy as np
import scipy.sparse as sp

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, RelationKind, RowHop
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, Leg, Legs
from kgrec.models.path.operators import RelationMatrices, raw_leg
from kgrec.models.sparse import Matrix, degrees

Hops = tuple[RowHop, ...]

BLOCK = 200_000  # pairs of items whose shared entities are counted at a time


@dataclass(frozen=True)
class Entry:
    """One operator entry in the score of a user: everything that leads from a source to an item over some legs."""

    slot: int
    legs: Legs
    source: int  # source row
    item: int  # item row
    contribution: float


@dataclass(frozen=True)
class Walk:
    """One path behind an entry."""

    entry: Entry
    hops: Hops  # after the source
    contribution: float


@dataclass(frozen=True, eq=False)
class _Bridges:
    """The part of a two-leg entry that goes over some of its bridges, the strongest first."""

    entry: Entry
    rows: IntArray  # item rows of the bridges
    contribution: FloatArray  # what goes over each
    place: int  # those before are done


class Expansion:
    """Takes operator entries of one graph apart. Built once per graph; look-ups only afterwards."""

    def __init__(self, graph: KnowledgeGraph, matrices: RelationMatrices) -> None:
        self._graph = graph
        self._matrices = matrices
        self._rows = {relation.name: row for row, relation in enumerate(graph.relations)}
        self._segment_rows = np.flatnonzero(graph.kinds == "segment")
        self._attributes = [name for name, kind in matrices.kinds.items() if kind == RelationKind.ATTRIBUTE]
        self._columns = lru_cache(maxsize=None)(self._transposed)
        self._bridge_norms = lru_cache(maxsize=None)(self._bridge_norm)
        self._entities = lru_cache(maxsize=None)(self._entities_by_item)
        self._legs = lru_cache(maxsize=None)(lambda leg: raw_leg(matrices, leg))
        self._walks = lru_cache(maxsize=None)(self._walks_of)
        self._walks_to = lru_cache(maxsize=None)(lambda leg: sp.csr_array(self._walks(leg).T))

    def segment(self, source: int) -> int:
        """The entity row of a source that is a segment."""
        return int(self._segment_rows[source - self._matrices.n_items])

    def largest(self, entries: Iterable[Entry]) -> Iterator[Walk]:
        """The paths behind some entries, largest first; no more is taken apart than those asked for need.

        A part is at least as large as any path in it, so a path that is larger than all parts left is the next.
        """
        order = count()
        parts: list[tuple[float, int, Entry | _Bridges | Walk]]
        parts = [(-entry.contribution, next(order), entry) for entry in entries]
        heapify(parts)
        while parts:
            part = heappop(parts)[2]
            if isinstance(part, Walk):
                yield part
                continue
            for bound, smaller in self._split(part):
                heappush(parts, (-bound, next(order), smaller))

    def _split(self, part: Entry | _Bridges) -> Iterator[tuple[float, Entry | _Bridges | Walk]]:
        """What a part consists of, and how large each piece is at most."""
        if isinstance(part, _Bridges):
            yield from self._over_bridge(part)
        elif not part.legs:
            hop = RowHop(
                self.segment(part.source), self._rows[POPULARITY], int(self._graph.items[part.item]), False
            )
            yield part.contribution, Walk(part, (hop,), part.contribution)
        elif len(part.legs) == 1:
            for hops, share in self._leg(part.legs[0], part.source, part.item):
                yield part.contribution * share, Walk(part, hops, part.contribution * share)
        else:
            bridges, shares = self._bridges(part.legs[0], part.legs[1], part.source, part.item)
            order = np.argsort(-shares, kind="stable")
            through = part.contribution * shares[order]
            yield float(through[0]), _Bridges(part, bridges[order], through, 0)

    def _over_bridge(self, part: _Bridges) -> Iterator[tuple[float, _Bridges | Walk]]:
        """The paths over the strongest bridge left, and the bridges after it."""
        entry, bridge, through = part.entry, int(part.rows[part.place]), float(part.contribution[part.place])
        following = part.place + 1
        if following < len(part.rows):
            yield (
                float(part.contribution[following]),
                _Bridges(entry, part.rows, part.contribution, following),
            )
        onward = self._leg(entry.legs[1], bridge, entry.item)
        for hops, share in self._leg(entry.legs[0], entry.source, bridge):
            for more, more_share in onward:
                contribution = through * share * more_share
                yield contribution, Walk(entry, hops + more, contribution)

    def _bridges(self, first: Leg, second: Leg, source: int, item_row: int) -> tuple[IntArray, FloatArray]:
        """Where the legs of a pair meet (n,), and the share of each in the entry (n,)."""
        bridges, weights = _row(self._legs(first), source)
        arriving, arrival = _row(self._columns(second), item_row)
        common, here, there = np.intersect1d(bridges, arriving, assume_unique=True, return_indices=True)
        through = weights[here].astype(np.float64) * arrival[there] / self._bridge_norms(second)[common]
        return common, through / through.sum()

    def _leg(self, leg: Leg, source: int, target: int) -> list[tuple[Hops, float]]:
        """The walks of one leg between two items; their shares add up to 1."""
        h, i = int(self._graph.items[source]), int(self._graph.items[target])
        if leg.form != "shared":
            relation = self._rows[leg.relation]
            backward = leg.form == "inverse"
            if not backward and self._graph.relations[relation].symmetric:
                backward = self._graph.edge_row(relation, h, i) < 0  # each pair is stored once
            return [((RowHop(i, relation, h, True) if backward else RowHop(h, relation, i, False),), 1.0)]
        found: list[tuple[Hops, float]] = []
        for name in self._shared_relations(leg):
            rarity, relation = self._entities(name)[1], self._rows[name]
            for entity in self._shared_entities(name, source, target):
                walk = (RowHop(h, relation, int(entity), False), RowHop(i, relation, int(entity), True))
                found.append((walk, float(rarity[entity]) ** 2))
        total = sum(share for _, share in found)
        return [(walk, share / total) for walk, share in found]

    def _shared_relations(self, leg: Leg) -> Sequence[str]:
        return self._attributes if leg.relation == ANY_ATTRIBUTE else [leg.relation]

    def _shared_entities(self, relation: str, source: int, target: int) -> IntArray:
        """Entities that two items share and not everything has."""
        incidence, rarity = self._entities(relation)
        mine, theirs = _row(incidence, source)[0], _row(incidence, target)[0]
        both = np.intersect1d(mine, theirs, assume_unique=True)
        return both[rarity[both] > 0]

    def count(self, entries: Sequence[Entry]) -> int:
        """How many paths there are behind some entries, without making them."""
        found = 0
        pairs: dict[tuple[Leg, Leg, int], list[int]] = {}
        for entry in entries:
            if len(entry.legs) == 2:
                pairs.setdefault((*entry.legs, entry.item), []).append(entry.source)
            elif not entry.legs:
                found += 1
            else:
                near, walks = _row(self._walks(entry.legs[0]), entry.source)
                found += int(walks[near == entry.item].sum())
        for (first, second, item_row), sources in pairs.items():
            arriving, arrivals = _row(self._walks_to(second), item_row)
            onward = np.zeros(self._matrices.n_items, np.int64)
            onward[arriving] = arrivals
            rows = [_row(self._walks(first), source) for source in sources]
            bridges, ways = (np.concatenate(part) for part in zip(*rows, strict=True))
            found += int(ways @ onward[bridges])
        return found

    def _walks_of(self, leg: Leg) -> Matrix:
        """How many walks of a leg there are between two items (I, I)."""
        raw = self._legs(leg)
        walks = np.ones(raw.nnz, np.int64)
        if leg.form == "shared":
            source = np.repeat(np.arange(raw.shape[0]), np.diff(raw.indptr))
            for first in range(0, raw.nnz, BLOCK):
                block = slice(first, first + BLOCK)
                walks[block] = 0
                for name in self._shared_relations(leg):
                    incidence, rarity = self._entities(name)
                    telling = sp.csr_array(incidence[:, np.flatnonzero(rarity > 0)])
                    both = telling[source[block]].multiply(telling[raw.indices[block]])
                    walks[block] += both.sum(axis=1).astype(np.int64)
        return sp.csr_array((walks, raw.indices, raw.indptr), shape=raw.shape)

    def _transposed(self, leg: Leg) -> Matrix:
        return sp.csr_array(self._legs(leg).T)

    def _bridge_norm(self, leg: Leg) -> FloatArray:
        """What the last leg of a pair is divided by at its bridge; see how operators normalise."""
        matrix = self._legs(leg)
        kind = self._matrices.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
        if leg.form == "shared" or kind == RelationKind.TOGETHER:
            return np.ones(matrix.shape[0], np.float32)
        return degrees(matrix, 1)

    def _entities_by_item(self, relation: str) -> tuple[Matrix, FloatArray]:
        """Items × entities of a relation, and ln(I / degree) of every entity."""
        where = self._graph.edges_of(relation)
        n = len(self._graph.items)
        head, tail = self._graph.item_row_of[self._graph.head[where]], self._graph.tail[where]
        matrix = sp.csr_array((np.ones(len(head)), (head, tail)), shape=(n, len(self._graph.iris)))
        matrix.sum_duplicates()
        matrix.data[:] = 1.0
        return matrix, np.log(n / degrees(matrix, 0))


def _row(matrix: Matrix, row: int) -> tuple[IntArray, FloatArray]:
    where = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[where], matrix.data[where]
