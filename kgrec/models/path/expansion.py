"""An operator entry → the paths it is the sum of, each hop an edge of the graph, the largest first.

The entry K_m[h, i] is Σ over bridges z of L[h, z] · R[z, i], and a leg over shared entities is itself a sum over
those entities. Normalisations by the degree of h and of i are the same for every term, so an entry is shared out
in proportion to what is left: the shares add up to one, and the paths to the entry.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from heapq import heapify, heappop, heappush
from itertools import count

import numpy as np
import scipy.sparse as sp

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, RelationKind, RowHop
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, Leg, Legs
from kgrec.models.path.operators import RelationMatrices, content_norm, raw_relation
from kgrec.models.sparse import Matrix, degrees, first_of, grown

Hops = tuple[RowHop, ...]

REMEMBERED = 20_000  # rows of legs whose walks have been counted


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
    """Takes operator entries of one graph apart. What is looked up is made when first asked.

    `before` is that of a graph with fewer rows: what it has made of relations that have not changed is made already.
    """

    def __init__(
        self, graph: KnowledgeGraph, matrices: RelationMatrices, before: Expansion | None = None
    ) -> None:
        self._graph = graph
        self._matrices = matrices
        self._rows = {relation.name: row for row, relation in enumerate(graph.relations)}
        self._segment_rows = np.flatnonzero(graph.kinds == "segment")
        self._attributes = [name for name, kind in matrices.kinds.items() if kind == RelationKind.ATTRIBUTE]
        self._back: dict[Leg, Matrix] = {}  # leg → its relation from where it arrives to where it leaves
        self._norms: dict[Leg, FloatArray] = {}
        self._counted: dict[tuple[Leg, int, bool], tuple[IntArray, IntArray]] = {}
        if before is not None:
            self._take_over(before)

    def _take_over(self, before: Expansion) -> None:
        n = self._matrices.n_items
        for leg in {*before._back, *before._norms}:
            old, new = (raw_relation(each, leg) for each in (before._matrices, self._matrices))
            if old.data is not new.data:
                continue
            if leg in before._back:
                self._back[leg] = grown(before._back[leg], (n, n))
            if leg in before._norms:
                norm = before._norms[leg]
                self._norms[leg] = np.append(norm, np.ones(n - len(norm), np.float32))

    def warm(self, paths: Iterable[Legs]) -> None:
        """Make what the paths of some metapaths need."""
        for path in paths:
            if path:
                self._from(path[0])
            if len(path) == 2:
                self._to(path[1])
                self._bridge_norm(path[1])

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
        bridges, weights = _row(self._from(first), source)
        arriving, arrival = _row(self._to(second), item_row)
        common, here, there = np.intersect1d(bridges, arriving, assume_unique=True, return_indices=True)
        through = weights[here].astype(np.float64) * arrival[there] / self._bridge_norm(second)[common]
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
            rarity, relation = self._matrices.sharing[name].rarity, self._rows[name]
            for entity in self._shared_entities(name, source, target):
                walk = (RowHop(h, relation, int(entity), False), RowHop(i, relation, int(entity), True))
                found.append((walk, float(rarity[entity]) ** 2))
        total = sum(share for _, share in found)
        return [(walk, share / total) for walk, share in found]

    def _shared_relations(self, leg: Leg) -> Sequence[str]:
        return self._attributes if leg.relation == ANY_ATTRIBUTE else [leg.relation]

    def _shared_entities(self, relation: str, source: int, target: int) -> IntArray:
        """Entities that two items share and not everything has."""
        sharing = self._matrices.sharing[relation]
        mine, theirs = _row(sharing.having, source)[0], _row(sharing.having, target)[0]
        both = np.intersect1d(mine, theirs, assume_unique=True)
        return both[sharing.rarity[both] > 0]

    def counts(self, of_items: Sequence[Sequence[Entry]]) -> list[int]:
        """How many paths there are behind the entries of each of some items, without making them."""
        found = np.zeros(len(of_items), np.int64)
        pairs: dict[tuple[Leg, Leg], list[tuple[int, int]]] = {}  # legs → the item's place, and the source
        for place, entries in enumerate(of_items):
            for entry in entries:
                if len(entry.legs) == 2:
                    pairs.setdefault((entry.legs[0], entry.legs[1]), []).append((place, entry.source))
                else:
                    found[place] += self._direct(entry)
        item_rows = [entries[0].item if entries else -1 for entries in of_items]
        onward: dict[Leg, IntArray] = {}
        for (first, second), begun in pairs.items():
            if second not in onward:
                onward[second] = self._onward(second, item_rows)
            places, sources = np.array(begun, np.int64).T
            known, position = np.unique(sources, return_inverse=True)
            rows = [self._ways_from(first, int(source)) for source in known]
            bridges, ways = (np.concatenate(part) for part in zip(*rows, strict=True))
            start = np.cumsum([0, *(len(near) for near, _ in rows[:-1])])
            each = np.add.reduceat(onward[second][:, bridges] * ways, start, axis=1)  # (items, sources)
            np.add.at(found, places, each[places, position])
        return [int(count) for count in found]

    def _direct(self, entry: Entry) -> int:
        """How many paths of one leg, or of none, there are behind an entry."""
        if not entry.legs or entry.legs[0].form != "shared":
            return 1
        near, ways = self._ways_from(entry.legs[0], entry.source)
        return int(ways[near == entry.item].sum())

    def _onward(self, leg: Leg, item_rows: Sequence[int]) -> IntArray:
        """Over how many walks a leg leads from every item to some (items, I)."""
        onward = np.zeros((len(item_rows), self._matrices.n_items), np.int64)
        for place, item_row in enumerate(item_rows):
            if item_row >= 0:
                arriving, arrivals = self._ways_to(leg, item_row)
                onward[place, arriving] = arrivals
        return onward

    def _ways_from(self, leg: Leg, source: int) -> tuple[IntArray, IntArray]:
        """Where a leg leads from an item (n,), and over how many walks (n,)."""
        return self._ways_at(leg, source, arriving=False)

    def _ways_to(self, leg: Leg, target: int) -> tuple[IntArray, IntArray]:
        """From where a leg leads to an item (n,), and over how many walks (n,)."""
        return self._ways_at(leg, target, arriving=True)

    def _ways_at(self, leg: Leg, item_row: int, *, arriving: bool) -> tuple[IntArray, IntArray]:
        key = leg, item_row, arriving
        found = self._counted.get(key)
        if found is None:
            near = _row(self._to(leg) if arriving else self._from(leg), item_row)[0]
            found = near, self._ways(leg, item_row, near)
            if len(self._counted) >= REMEMBERED:
                self._counted.clear()
            self._counted[key] = found
        return found

    def _ways(self, leg: Leg, item_row: int, near: IntArray) -> IntArray:
        """How many walks of a leg there are between an item and some others (n,)."""
        if leg.form != "shared":
            return np.ones(len(near), np.int64)
        ways = np.zeros(len(near), np.int64)
        for name in self._shared_relations(leg):
            sharing = self._matrices.sharing[name]
            mine = _row(sharing.having, item_row)[0]
            mine = mine[sharing.rarity[mine] > 0]
            start, stop = sharing.having.indptr[near], sharing.having.indptr[near + 1]
            place = np.repeat(np.arange(len(near)), stop - start)
            where = np.arange(len(place)) + np.repeat(stop - np.cumsum(stop - start), stop - start)
            both = np.isin(sharing.having.indices[where], mine)
            ways += np.bincount(place[both], minlength=len(near))
        return ways

    def _from(self, leg: Leg) -> Matrix:
        """A leg as it is walked: from where it leaves to where it arrives (I, I)."""
        return self._turned(leg) if leg.form == "inverse" else raw_relation(self._matrices, leg)

    def _to(self, leg: Leg) -> Matrix:
        """The same from where it arrives."""
        return raw_relation(self._matrices, leg) if leg.form == "inverse" else self._turned(leg)

    def _turned(self, leg: Leg) -> Matrix:
        """What a leg walks, backward."""
        matrix = raw_relation(self._matrices, leg)
        if leg.form != "shared" and leg.relation in self._matrices.symmetric:
            return matrix
        if leg not in self._back:
            self._back[leg] = sp.csr_array(matrix.T)
        return self._back[leg]

    def _bridge_norm(self, leg: Leg) -> FloatArray:
        """What the last leg of a pair is divided by at its bridge; see how operators normalise."""
        if leg not in self._norms:
            kind = self._matrices.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
            if kind == RelationKind.CONTENT:
                self._norms[leg] = content_norm(self._matrices, leg)
            elif leg.form == "shared" or kind == RelationKind.TOGETHER:
                self._norms[leg] = np.ones(self._matrices.n_items, np.float32)
            else:
                known = self._matrices.counted.n_items
                self._norms[leg] = degrees(first_of(self._from(leg), self._matrices.n_items, known), 1)
        return self._norms[leg]


def _row(matrix: Matrix, row: int) -> tuple[IntArray, FloatArray]:
    where = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[where], matrix.data[where]
