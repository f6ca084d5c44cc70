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

from kgrec.domain import BoolArray, FloatArray, IntArray, KnowledgeGraph, RelationKind
from kgrec.models.path.behaviour import Behaviour
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, Leg, Legs, metapaths
from kgrec.models.sparse import Matrix, degrees, from_pairs, normalized, rows_top_apart, symmetric_union
from kgrec.models.timeline import choice_counts, timeline

BEHAVIOUR_KINDS = (RelationKind.SEQUENCE, RelationKind.TOGETHER, RelationKind.POPULARITY)


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


def untouched(paths: Collection[Legs], one: KnowledgeGraph, other: KnowledgeGraph) -> set[Legs]:
    """The metapaths whose operators are the same for two graphs of the same entities: what they walk is."""
    changed = {relation.name for relation in one.relations if not _same_edges(relation.name, one, other)}
    kinds = {relation.kind for relation in one.relations if relation.name in changed}
    if kinds & {RelationKind.EVENT, RelationKind.SEGMENT, RelationKind.POPULARITY}:
        return set()  # who has chosen what decides on all
    if RelationKind.ATTRIBUTE in kinds:  # all attributes are measured with one length
        attributes = {relation.name for relation in one.relations if relation.kind == RelationKind.ATTRIBUTE}
        changed |= attributes | {ANY_ATTRIBUTE}
    return {legs for legs in paths if not any(leg.relation in changed for leg in legs)}


def _same_edges(name: str, one: KnowledgeGraph, other: KnowledgeGraph) -> bool:
    here, there = one.edges_of(name), other.edges_of(name)
    columns = ("head", "tail", "weight")
    return all(np.array_equal(getattr(one, each)[here], getattr(other, each)[there]) for each in columns)


def relation_matrices(
    graph: KnowledgeGraph, config: OperatorConfig, names: Collection[str] | None = None
) -> RelationMatrices:
    """The relations that paths between items can walk: those that have edges, or those that are named."""
    n = len(graph.items)
    wanted = walked(graph) if names is None else names
    kinds: dict[str, RelationKind] = {}
    between: dict[str, Matrix] = {}
    incidence: dict[str, Matrix] = {}
    for relation in graph.relations:
        if relation.name not in wanted:
            continue
        kinds[relation.name] = relation.kind
        where = graph.edges_of(relation.name)
        head, weight = graph.item_row_of[graph.head[where]], graph.weight[where]
        if relation.kind in (RelationKind.ATTRIBUTE, RelationKind.LINK):
            incidence[relation.name] = from_pairs(head, graph.tail[where], weight, (n, len(graph.iris)))
        if relation.kind != RelationKind.ATTRIBUTE:
            tail = graph.item_row_of[graph.tail[where]]
            listed = tail >= 0
            matrix = from_pairs(head[listed], tail[listed], weight[listed], (n, n))
            between[relation.name] = symmetric_union(matrix) if relation.symmetric else matrix
    segments, popularity = _popularity(graph)
    counts = choice_counts(timeline(graph))
    symmetric = frozenset(relation.name for relation in graph.relations if relation.symmetric)
    shared = shared_similarity(incidence, kinds, config.shared, counts == 0)
    return RelationMatrices(kinds, symmetric, between, shared, segments, popularity, counts, n)


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


def shared_similarity(
    incidence: Mapping[str, Matrix], kinds: Mapping[str, RelationKind], keep: int, unseen: BoolArray
) -> dict[str, Matrix]:
    """idf-weighted cosine of items over the entities they share, per relation and over all attributes (I, I).

    All attribute relations are measured with one common length of an item's idf vector, so that their
    similarities add up to the one over any attribute.
    """
    weighted: dict[str, Matrix] = {}
    for name, matrix in incidence.items():
        rarity = np.log(matrix.shape[0] / degrees(_ones(matrix), 0)).astype(np.float32)
        weighted[name] = sp.csr_array(_ones(matrix) @ sp.diags_array(np.maximum(rarity, 0.0)))
    attributes = [name for name in weighted if kinds[name] == RelationKind.ATTRIBUTE]
    if attributes:
        weighted[ANY_ATTRIBUTE] = sp.csr_array(sum(weighted[name] for name in attributes))
    found = {}
    for name, matrix in weighted.items():
        length = weighted[ANY_ATTRIBUTE] if name in attributes else matrix
        norm = np.sqrt(degrees(length.multiply(length), 1))
        unit = sp.csr_array(sp.diags_array(1.0 / norm) @ matrix).astype(np.float32)
        found[name] = product_top(unit, sp.csr_array(unit.T), keep, unseen)
    return found


def _ones(matrix: Matrix) -> Matrix:
    ones = matrix.copy()
    ones.data = np.ones_like(ones.data)
    return ones


def product_top(left: Matrix, right: Matrix, keep: int, unseen: BoolArray) -> Matrix:
    """The largest entries per row of left @ right, a slice of rows at a time so that memory stays small."""
    parts = []
    for first in range(0, left.shape[0], 1024):
        product = sp.csr_array(left[first : first + 1024] @ right)
        row = np.repeat(np.arange(product.shape[0]), np.diff(product.indptr))
        product.data[product.indices == row + first] = 0.0  # an item is not its own neighbour
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


def build_operators(
    matrices: RelationMatrices, config: OperatorConfig, *, skip: Collection[Legs] = ()
) -> Operators:
    """One operator per metapath of the relations present, and the segments' direct one; `skip` are left empty."""
    paths = metapaths(matrices.kinds, matrices.symmetric)
    legs = _LegMatrices(matrices, config)
    unseen = matrices.counts == 0
    with ThreadPoolExecutor(config.threads) as pool:  # scipy's sparse kernels release the interpreter lock
        wanted = [path for path in paths if path not in skip]
        built = dict(
            zip(wanted, pool.map(lambda path: _operator(path, legs, config, unseen), wanted), strict=True)
        )
    n = matrices.n_items
    nothing = sp.csr_array((n, n), dtype=np.float32)
    several = [built.get(path, nothing) for path in paths]
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
        degree=np.concatenate(
            [degree_class(matrices.counts), np.zeros(matrices.segments.shape[0], np.uint8)]
        ),
    )


def degree_class(counts: IntArray) -> npt.NDArray[np.uint8]:
    """How often an item was chosen, on a scale of doublings: 0 for never, 1 for once, 2 for 2 and 3 times … (I,)."""
    doublings = np.minimum(np.floor(np.log2(counts + 1.0)), DEGREE_CLASSES - 1)
    classes: npt.NDArray[np.uint8] = doublings.astype(np.uint8)
    return classes


class _LegMatrices:
    """The normalised matrix of each leg, by whether it comes last; made once and shared."""

    def __init__(self, matrices: RelationMatrices, config: OperatorConfig) -> None:
        self._matrices = matrices
        self._damping = config.target_damping

    def get(self, leg: Leg, *, last: bool) -> Matrix:
        raw = raw_leg(self._matrices, leg)
        kind = self._matrices.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
        if not last:
            return normalized(raw, 1.0, 0.0)
        if leg.form == "shared" or kind == RelationKind.TOGETHER:
            return raw  # a cosine already
        if kind == RelationKind.CONTENT:
            return normalized(raw, 1.0, 0.0)
        return normalized(raw, 1.0, self._damping)


def raw_leg(matrices: RelationMatrices, leg: Leg) -> Matrix:
    """The matrix of a leg before normalisation (I, I)."""
    if leg.form == "shared":
        return matrices.shared[leg.relation]
    matrix = matrices.between_items[leg.relation]
    return sp.csr_array(matrix.T) if leg.form == "inverse" else matrix


def _operator(path: Legs, legs: _LegMatrices, config: OperatorConfig, unseen: BoolArray) -> Matrix:
    if len(path) == 1:
        return rows_top_apart(legs.get(path[0], last=True), config.single, unseen)
    first, second = path
    return product_top(legs.get(first, last=False), legs.get(second, last=True), config.pair, unseen)
