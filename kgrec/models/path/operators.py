"""A graph's relations as matrices → one sparse operator per metapath, stacked by source.

K_m[h, i] = Σ over the instances of metapath m from h to i of the product of degree-normalised edge weights,
diagonal removed, the largest entries of each row kept.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgrec.domain import BoolArray, FloatArray, IntArray, KnowledgeGraph, Relation, RelationKind
from kgrec.models.path.behaviour import Behaviour
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, Leg, Legs, metapaths
from kgrec.models.sparse import (
    Matrix,
    degrees,
    differing,
    divided,
    first_of,
    from_pairs,
    grown,
    least_of_rows,
    normalized,
    only_columns,
    rows_reaching,
    rows_top_apart,
    rows_with_entries,
    scattered,
    symmetric_union,
    without_block,
)
from kgrec.models.timeline import choice_counts, timeline

BEHAVIOUR_KINDS = (RelationKind.SEQUENCE, RelationKind.TOGETHER, RelationKind.POPULARITY)
_SHARING_KINDS = (RelationKind.ATTRIBUTE, RelationKind.LINK)  # items share what is at the end of their edges

DEGREE_CLASSES = 12


@dataclass(frozen=True)
class OperatorConfig:
    """How much of each operator is kept, and how popular targets are damped."""

    single: int = 150  # largest entries per row of a one-leg operator
    pair: int = 100  # of a two-leg operator
    shared: int = 100  # nearest items per item over shared entities
    target_damping: float = 0.3  # exponent on the degree of where a sequence or link arrives
    threads: int = 2


@dataclass(frozen=True, eq=False)
class Measures:
    """What is counted over a whole catalogue, once: one more item must not change everybody's scores.

    How busy an item is counts the edges among these items only, see `normalized`, and how much is described as an item
    is stays as counted while most of that stands.
    """

    n_items: int
    having: Mapping[str, FloatArray]  # relation → (V,) how many items have each entity, 1 where none has
    alike: Mapping[str, Matrix]  # relation derived from content → (I, I) weights

    def rarity(self, relation: str, n_entities: int) -> FloatArray:
        """ln(I / degree) of every entity, not below 0; one that was not counted is as rare as can be (V,)."""
        degree = np.ones(n_entities, np.float32)
        counted = self.having.get(relation, degree[:0])[:n_entities]
        degree[: len(counted)] = counted
        found: FloatArray = np.maximum(np.log(self.n_items / degree), 0.0).astype(np.float32)
        return found

    def busyness(self, relation: str, matrix: Matrix) -> FloatArray:
        """What the rows of a relation derived from content add up to, see above (I,)."""
        now = degrees(first_of(matrix, matrix.shape[0], self.n_items), 1)
        before = self.alike.get(relation)
        if before is None or before.data is matrix.data:
            return now
        other = np.diff(first_of(differing(before, matrix), self.n_items, self.n_items).indptr)[
            : self.n_items
        ]
        stands = 2 * other < np.diff(before.indptr)
        now[: self.n_items][stands] = degrees(before, 1)[stands]
        return now


def measures(graph: KnowledgeGraph) -> Measures:
    """The measures of a graph."""
    having = {
        relation.name: degrees(_having(graph, relation.name), 0)
        for relation in graph.relations
        if relation.kind in _SHARING_KINDS
    }
    alike = {
        relation.name: _between(graph, relation, None)
        for relation in graph.relations
        if relation.kind == RelationKind.CONTENT
    }
    return Measures(len(graph.items), having, alike)


def _having(graph: KnowledgeGraph, name: str) -> Matrix:
    """Which items have which entities: 1 where they do (I, V)."""
    where = graph.edges_of(name)
    head = graph.item_row_of[graph.head[where]]
    ones = np.ones(len(head), np.float32)
    return _ones(from_pairs(head, graph.tail[where], ones, (len(graph.items), len(graph.iris))))


@dataclass(frozen=True, eq=False)
class Sharing:
    """What the items have of one relation, and how telling each of it is."""

    having: Matrix  # (I, V) 1 where an item has an entity
    rarity: FloatArray  # (V,) ln(I / degree)


@dataclass(frozen=True, eq=False)
class RelationMatrices:
    """What operators are made of. Rows and columns are item rows unless said otherwise."""

    kinds: dict[str, RelationKind]
    symmetric: frozenset[str]
    between_items: Mapping[str, Matrix]  # (I, I) weights; symmetric kinds hold both directions
    shared: Mapping[str, Matrix]  # (I, I) idf-weighted cosine over shared entities
    segments: Matrix  # (segments, I)
    popularity: FloatArray  # (I,) share of all choices
    counts: IntArray  # (I,) how many users chose each item
    n_items: int
    counted: Measures  # the items after those that it is of are new
    sharing: Mapping[str, Sharing]
    units: Mapping[str, Matrix]  # (I, V) rows of length 1 whose products are the cosines

    @property
    def unseen(self) -> BoolArray:
        """Which items nobody has chosen yet (I,)."""
        found: BoolArray = self.counts == 0
        return found

    def with_behaviour(self, found: Behaviour) -> RelationMatrices:
        """The same catalogue, behaviour replaced: how a training context forgets what it must not know.

        What the graph had no relation of stays away.
        """
        kept = {name: m for name, m in self.between_items.items() if self.kinds[name] not in BEHAVIOUR_KINDS}
        empty = sp.csr_array((self.n_items, self.n_items), dtype=np.float32)
        fresh = {
            name: found.between_items.get(name, empty)
            for name, kind in self.kinds.items()
            if kind in (RelationKind.SEQUENCE, RelationKind.TOGETHER)
        }
        return replace(
            self,
            between_items=kept | fresh,
            segments=found.segments if self.segments.nnz else self.segments,
            popularity=found.popularity if self.popularity.any() else self.popularity,
            counts=found.counts,
        )


def walked(graph: KnowledgeGraph) -> tuple[str, ...]:
    """The relations of a graph that paths between items can walk."""
    apart = (RelationKind.EVENT, RelationKind.SEGMENT, RelationKind.POPULARITY)
    return tuple(graph.names(*(kind for kind in RelationKind if kind not in apart)))


def same_edges(name: str, one: KnowledgeGraph, other: KnowledgeGraph) -> bool:
    """Whether a relation has the same edges in two graphs whose entities have the same rows."""
    here, there = one.edges_of(name), other.edges_of(name)
    columns = ("head", "tail", "weight")
    return all(np.array_equal(getattr(one, each)[here], getattr(other, each)[there]) for each in columns)


def relation_matrices(
    graph: KnowledgeGraph,
    config: OperatorConfig,
    names: Collection[str] | None = None,
    counted: Measures | None = None,
    before: tuple[KnowledgeGraph, RelationMatrices] | None = None,
) -> RelationMatrices:
    """The relations that paths between items can walk: those that have edges, or those that are named.

    `counted` are the measures where they are not those of the graph itself. `before` is a graph that has the same
    events and the same first rows, and its matrices: of what has not changed since, nothing is computed again.
    """
    n = len(graph.items)
    wanted = walked(graph) if names is None else names
    kinds = {relation.name: relation.kind for relation in graph.relations if relation.name in wanted}
    own = counted is None
    counted = counted or measures(graph)
    between = {name: each for name, each in counted.alike.items() if own and name in kinds}
    sharing: dict[str, Sharing] = {}
    for relation in graph.relations:
        if relation.name not in kinds:
            continue
        old = before[1] if before and same_edges(relation.name, before[0], graph) else None
        if relation.kind in _SHARING_KINDS:
            sharing[relation.name] = _sharing(graph, relation.name, counted, old)
        if relation.kind != RelationKind.ATTRIBUTE and relation.name not in between:
            between[relation.name] = _between(graph, relation, old)
    units = unit_vectors(sharing, kinds)
    if before:
        more = n - before[1].n_items
        counts = np.concatenate([before[1].counts, np.zeros(more, np.int64)])
        popularity = np.concatenate([before[1].popularity, np.zeros(more, np.float32)])
        segments = grown(before[1].segments, (before[1].segments.shape[0], n))
    else:
        segments, popularity = _popularity(graph)
        counts = choice_counts(timeline(graph))
    shared = {
        name: shared_similarity(
            unit,
            config.shared,
            counts == 0,
            (before[1].units[name], before[1].shared[name]) if before else None,
        )
        for name, unit in units.items()
    }
    return RelationMatrices(
        kinds=kinds,
        symmetric=frozenset(relation.name for relation in graph.relations if relation.symmetric),
        between_items=between,
        shared=shared,
        segments=segments,
        popularity=popularity,
        counts=counts,
        n_items=n,
        counted=counted,
        sharing=sharing,
        units=units,
    )


def _sharing(graph: KnowledgeGraph, name: str, counted: Measures, old: RelationMatrices | None) -> Sharing:
    shape = (len(graph.items), len(graph.iris))
    having = _having(graph, name) if old is None else grown(old.sharing[name].having, shape)
    return Sharing(having, counted.rarity(name, shape[1]))


def _between(graph: KnowledgeGraph, relation: Relation, old: RelationMatrices | None) -> Matrix:
    n = len(graph.items)
    if old is not None:
        return grown(old.between_items[relation.name], (n, n))
    where = graph.edges_of(relation.name)
    head, tail = graph.item_row_of[graph.head[where]], graph.item_row_of[graph.tail[where]]
    listed = tail >= 0
    matrix = from_pairs(head[listed], tail[listed], graph.weight[where][listed], (n, n))
    return symmetric_union(matrix) if relation.symmetric else matrix


def _popularity(graph: KnowledgeGraph) -> tuple[Matrix, FloatArray]:
    segment_rows = np.flatnonzero(graph.kinds == "segment")
    position = np.full(len(graph.iris), -1, dtype=np.int64)
    position[segment_rows] = np.arange(len(segment_rows))
    n = len(graph.items)
    popularity = np.zeros(n, np.float32)
    if not graph.has_edges(POPULARITY):
        return sp.csr_array((len(segment_rows), n), dtype=np.float32), popularity
    where = graph.edges_of(POPULARITY)
    source, item = position[graph.head[where]], graph.item_row_of[graph.tail[where]]
    by_segment = source >= 0
    popularity[item[~by_segment]] = graph.weight[where][~by_segment]
    weights = graph.weight[where][by_segment]
    segments = from_pairs(source[by_segment], item[by_segment], weights, (len(segment_rows), n))
    return segments, popularity


def unit_vectors(sharing: Mapping[str, Sharing], kinds: Mapping[str, RelationKind]) -> dict[str, Matrix]:
    """Items as idf vectors of length 1 over the entities they have, per relation and over all attributes (I, V).

    All attribute relations are measured with one common length of an item's idf vector, so that their
    similarities add up to the one over any attribute.
    """
    weighted: dict[str, Matrix] = {
        name: sp.csr_array(each.having @ sp.diags_array(each.rarity)) for name, each in sharing.items()
    }
    attributes = [name for name in weighted if kinds[name] == RelationKind.ATTRIBUTE]
    if attributes:
        weighted[ANY_ATTRIBUTE] = sp.csr_array(sum(weighted[name] for name in attributes))
    found = {}
    for name, matrix in weighted.items():
        length = weighted[ANY_ATTRIBUTE] if name in attributes else matrix
        norm = np.sqrt(degrees(length.multiply(length), 1))
        found[name] = sp.csr_array(sp.diags_array(1.0 / norm) @ matrix).astype(np.float32)
    return found


def shared_similarity(
    unit: Matrix, keep: int, unseen: BoolArray, before: tuple[Matrix, Matrix] | None = None
) -> Matrix:
    """The cosines of unit vectors (I, V), the largest of each row (I, I).

    `before` are the vectors of a moment ago and what came of them: only rows that are other now are computed.
    """
    n = unit.shape[0]
    if before is None:
        return _ordered(product_top(unit, sp.csr_array(unit.T), keep, unseen))
    old_unit, old = before[0], grown(before[1], (n, n))
    changed = rows_with_entries(differing(old_unit, unit))
    if not changed.any():
        return old
    if changed.sum() > n // _FEW:
        return shared_similarity(unit, keep, unseen)
    nobody = np.zeros(n, bool)
    fresh: list[Matrix] = []
    for group in (~unseen, unseen):
        kept = only_columns(old, group)
        stale = changed | _reached(unit, np.flatnonzero(changed & group), kept, keep)
        rows = np.flatnonzero(stale)
        by_entity = sp.csr_array(sp.csr_array(sp.diags_array(group.astype(np.float32)) @ unit).T)
        found = product_top(unit[rows], by_entity, keep, nobody, rows)
        fresh.append(scattered(found, rows, n))
        if kept.nnz:
            old = without_block(old, stale, group)
    return _ordered(sp.csr_array(old + sp.csr_array(fresh[0] + fresh[1])))  # no entry is in two of them


_FEW = 8  # where more than one in so many has changed, all is computed anew


def _reached(unit: Matrix, changed: IntArray, kept: Matrix, keep: int) -> BoolArray:
    """Which rows have one of the changed items among their nearest, or may have it now (I,)."""
    n = unit.shape[0]
    if not len(changed):
        return np.zeros(n, bool)
    mask = np.zeros(n, bool)
    mask[changed] = True
    reached = rows_reaching(kept, mask)
    row = np.repeat(np.arange(n), np.diff(kept.indptr))
    least = np.where(np.diff(kept.indptr) >= keep, least_of_rows(kept), 0.0)  # what more would have to beat
    last = np.full(n, -1)  # of equal ones the first are kept: the last that is
    equal = kept.data == least[row]
    np.maximum.at(last, row[equal], kept.indices[equal])
    cosine = sp.csr_array(unit @ sp.csr_array(unit[changed].T))
    row = np.repeat(np.arange(n), np.diff(cosine.indptr))
    beats = (cosine.data > least[row]) | ((cosine.data == least[row]) & (changed[cosine.indices] < last[row]))
    reached[row[(cosine.data > 0) & beats]] = True
    return reached


def _ordered(matrix: Matrix) -> Matrix:
    """The same with the columns of each row ascending, so that whatever is summed over them is so in one order."""
    matrix.sort_indices()
    return matrix


def _ones(matrix: Matrix) -> Matrix:
    ones = matrix.copy()
    ones.data = np.ones_like(ones.data)
    return ones


def product_top(
    left: Matrix, right: Matrix, keep: int, unseen: BoolArray, rows: IntArray | None = None
) -> Matrix:
    """The largest entries per row of left @ right, a slice of rows at a time so that memory stays small.

    `rows` are the numbers of the rows of `left` where they are not all (rows of `left`, I).
    """
    numbers = np.arange(left.shape[0]) if rows is None else rows
    parts = []
    for first in range(0, left.shape[0], 1024):
        product = sp.csr_array(left[first : first + 1024] @ right)
        place = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[product.indices == numbers[first + place]] = 0.0  # an item is not its own neighbour
        parts.append(rows_top_apart(product, keep, unseen, diagonal=True))
    return sp.csr_array(sp.vstack(parts, format="csr")) if parts else sp.csr_array(left @ right)


@dataclass(frozen=True, eq=False)
class Operators:
    """All operators of a graph, stacked: the entries of source row s are start[s] : start[s + 1].

    Sources are item rows, then segments. `metapath` is the position in `legs`: metapaths to items that were chosen
    before, the direct one, with no legs, from a segment to what it often chooses, and the first ones again, to items
    that nobody has chosen yet. What tells one of those from another is learned apart.
    """

    legs: tuple[Legs, ...]  # length M
    start: IntArray  # (sources + 1,)
    item: npt.NDArray[np.int32]  # (K,) item rows
    metapath: npt.NDArray[np.uint16]  # (K,)
    weight: FloatArray  # (K,)
    popularity: FloatArray  # (I,)
    unseen: BoolArray  # (I,) nobody has chosen it yet
    degree: npt.NDArray[np.uint8]  # (sources,) how well known a source is, see `degree_class`

    @property
    def n_items(self) -> int:
        return len(self.popularity)

    @property
    def of_segments(self) -> int:
        """The metapath from segments."""
        return len(self.legs) // 2

    @property
    def reaches_unseen(self) -> bool:
        """Whether any path leads to an item that nobody has chosen yet; only what a catalogue says can."""
        return bool((self.metapath > self.of_segments).any())

    @property
    def n_sources(self) -> int:
        return len(self.start) - 1


def build_operators(matrices: RelationMatrices, config: OperatorConfig) -> Operators:
    """One operator per metapath of the relations present, and the segments' direct one."""
    paths = metapaths(matrices.kinds, matrices.symmetric)
    legs = LegMatrices(matrices, config)
    unseen = matrices.unseen
    with ThreadPoolExecutor(config.threads) as pool:  # scipy's sparse kernels release the interpreter lock
        several = list(pool.map(lambda path: _operator(path, legs, config, unseen), paths))
    n = matrices.n_items
    stacked = sp.hstack(several, format="csr") if several else sp.csr_array((n, 0), dtype=np.float32)
    segment_start = stacked.indptr[-1] + matrices.segments.indptr[1:]
    # divmod on 10^7 columns costs half a second; int32 is enough, as M · I stays far below 2^31.
    columns = stacked.indices.astype(np.int32)
    metapath = (columns // n).astype(np.uint16)
    item = columns - metapath.astype(np.int32) * n
    metapath[unseen[item]] += len(paths) + 1
    return Operators(
        legs=(*paths, (), *paths),
        start=np.concatenate([stacked.indptr, segment_start]).astype(np.int64),
        item=np.concatenate([item, matrices.segments.indices]).astype(np.int32),
        metapath=np.concatenate([metapath, np.full(matrices.segments.nnz, len(paths), np.uint16)]),
        weight=np.concatenate([stacked.data, matrices.segments.data]).astype(np.float32),
        popularity=matrices.popularity,
        unseen=unseen,
        degree=source_classes(matrices),
    )


def source_classes(matrices: RelationMatrices) -> npt.NDArray[np.uint8]:
    """How well known each source is; segments are all alike (sources,)."""
    of_segments = np.zeros(matrices.segments.shape[0], np.uint8)
    return np.concatenate([degree_class(matrices.counts), of_segments])


def degree_class(counts: IntArray) -> npt.NDArray[np.uint8]:
    """How often an item was chosen, on a scale of doublings: 0 for never, 1 for once, 2 for 2 and 3 times … (I,)."""
    doublings = np.minimum(np.floor(np.log2(counts + 1.0)), DEGREE_CLASSES - 1)
    classes: npt.NDArray[np.uint8] = doublings.astype(np.uint8)
    return classes


class LegMatrices:
    """The normalised matrix of each leg, by whether it comes last; made when first asked and shared.

    `before` are those of a moment ago: a leg whose matrix has not changed is not normalised again.
    """

    def __init__(
        self, matrices: RelationMatrices, config: OperatorConfig, before: LegMatrices | None = None
    ) -> None:
        self._matrices = matrices
        self._damping = config.target_damping
        self._made: dict[tuple[Leg, bool], Matrix] = {}
        if before is not None:
            shape = (matrices.n_items, matrices.n_items)
            for (leg, last), made in before._made.items():
                old, new = (raw_relation(each, leg) for each in (before._matrices, matrices))
                if old.data is new.data:
                    self._made[leg, last] = grown(made, shape)

    def get(self, leg: Leg, *, last: bool) -> Matrix:
        """The matrix of a leg (I, I)."""
        if (leg, last) not in self._made:
            self._made[leg, last] = self._normalised(leg, last)
        return self._made[leg, last]

    def _normalised(self, leg: Leg, last: bool) -> Matrix:
        raw, known = raw_leg(self._matrices, leg), self._matrices.counted.n_items
        kind = self._matrices.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
        if kind == RelationKind.CONTENT:  # the same wherever it comes
            return self.get(leg, last=False) if last else divided(raw, content_norm(self._matrices, leg))
        if not last:
            return normalized(raw, 1.0, 0.0, known)
        if leg.form == "shared" or kind == RelationKind.TOGETHER:
            return raw  # a cosine already
        return normalized(raw, 1.0, self._damping, known)


def content_norm(matrices: RelationMatrices, leg: Leg) -> FloatArray:
    """What the rows of a leg that is derived from content are divided by (I,)."""
    return matrices.counted.busyness(leg.relation, matrices.between_items[leg.relation])


def raw_relation(matrices: RelationMatrices, leg: Leg) -> Matrix:
    """What a leg walks, forward (I, I)."""
    return (matrices.shared if leg.form == "shared" else matrices.between_items)[leg.relation]


def raw_leg(matrices: RelationMatrices, leg: Leg) -> Matrix:
    """The matrix of a leg before normalisation (I, I)."""
    matrix = raw_relation(matrices, leg)
    return sp.csr_array(matrix.T) if leg.form == "inverse" else matrix


def _operator(path: Legs, legs: LegMatrices, config: OperatorConfig, unseen: BoolArray) -> Matrix:
    if len(path) == 1:
        return rows_top_apart(legs.get(path[0], last=True), config.single, unseen)
    first, second = path
    return product_top(legs.get(first, last=False), legs.get(second, last=True), config.pair, unseen)
