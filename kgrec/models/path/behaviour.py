"""Who chose what, in which order → relations between items, and from segments to items, as weighted matrices.

These are the relations that nobody has to write into a catalogue. They are put into the graph as edges with
their weight and support, so that a path over them is made of stored triples.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import scipy.sparse as sp
from scipy.sparse.linalg import svds

from kgrec.domain import BoolArray, Edges, FloatArray, IntArray, KnowledgeGraph
from kgrec.models.sparse import Matrix, normalized, rows_top, symmetric_union
from kgrec.models.timeline import Timeline, choice_counts, segment_members, timeline
from kgrec.models.trust import Trust

SEQUENCE_STEPS = {
    "followed_by": (1,),
    "followed_second": (2,),
    "followed_third": (3,),
    "followed_later": (4, 5, 6),
}
"""How many choices later the second item came, for each relation."""


@dataclass(frozen=True)
class BehaviourConfig:
    """How many neighbours are kept, how fine the picture of alike items is, and what counts for less."""

    together: int = 100  # neighbours per item for items chosen by the same people
    alike: int = 60  # neighbours per item for items in alike patterns of choice
    factors: int = 64  # dimensions of those patterns
    segment_items: int = 200  # items per segment
    window: int = 3  # how many choices apart still count as one pattern
    trust: Trust = field(default_factory=Trust)

    def __post_init__(self) -> None:
        if not isinstance(self.trust, Trust):  # as a saved model tells it
            object.__setattr__(self, "trust", Trust(**self.trust))


@dataclass(frozen=True, eq=False)
class Behaviour:
    """Matrices by relation name; entry [h, i] is the weight of the edge h → i. Symmetric ones hold both directions."""

    between_items: dict[str, Matrix]  # each (I, I)
    support: dict[str, Matrix]  # number of users behind each edge, where the weight does not say it
    segments: Matrix  # (segments, I) share of a segment's choices that fell on an item
    counts: IntArray  # (I,) how many users chose each item
    trusted: FloatArray | None = None  # (I,) the same, each counting as far as they are trusted

    @property
    def popularity(self) -> FloatArray:
        """Share of all choices, between 0 and 1 (I,)."""
        counted = self.counts if self.trusted is None else self.trusted
        total = float(counted.sum())
        share: FloatArray = (counted / (total if total > 0 else 1)).astype(np.float32)
        return share


def derive(events: Timeline, members: tuple[IntArray, IntArray, int], config: BehaviourConfig) -> Behaviour:
    """All behaviour relations of a timeline; members = (user rows, segment positions, number of segments)."""
    chosen, trusted = _choices(events, events.chosen)
    matrices: dict[str, Matrix] = {}
    support: dict[str, Matrix] = {}
    if events.ordered:
        matrices |= _sequences(events)
    matrices["shares_buyers"], support["shares_buyers"] = _together(chosen, trusted, config.together)
    if not events.chosen.all():
        viewed = _choices(events, ~events.chosen)
        matrices["shares_viewers"], support["shares_viewers"] = _together(*viewed, config.together)
        if events.ordered:
            matrices["viewed_then_chosen"] = _viewed_then_chosen(events)
    matrices["chosen_alike"] = _alike(matrices, chosen, trusted, config)
    if events.trust is not None and events.ordered:
        in_full = replace(events, trust=None)
        support |= _sequences(in_full)
        if "viewed_then_chosen" in matrices:
            support["viewed_then_chosen"] = _viewed_then_chosen(in_full)
    return Behaviour(
        between_items={name: matrix for name, matrix in matrices.items() if matrix.nnz},
        support=support,
        segments=_segment_choices(chosen, trusted, members, config.segment_items),
        counts=choice_counts(events),
        trusted=None if trusted is None else np.asarray(trusted.sum(axis=0), np.float32).ravel(),
    )


def behaviour_edges(graph: KnowledgeGraph, config: BehaviourConfig | None = None) -> list[Edges]:
    """The behaviour relations of a graph's own events, as edges in entity rows."""
    users, segment, segment_rows = segment_members(graph)
    config = config or BehaviourConfig()
    found = derive(timeline(graph, config.trust), (users, segment, len(segment_rows)), config)
    tables = []
    for name, matrix in found.between_items.items():
        symmetric = graph.relations[graph.relation_row(name)].symmetric
        pairs = sp.triu(matrix, k=1).tocoo() if symmetric else matrix.tocoo()
        counts = found.support.get(name, matrix if not symmetric else None)
        head, tail = pairs.row.astype(np.int64), pairs.col.astype(np.int64)
        seen = np.zeros(len(head), np.int64)
        if counts is not None:
            seen = np.rint(np.asarray(counts.tocsr()[head, tail]).ravel()).astype(np.int64)
        tables.append(Edges(name, graph.items[head], graph.items[tail], pairs.data.astype(np.float32), seen))
    by_segment = found.segments.tocoo()
    everyone = np.flatnonzero(graph.kinds == "everyone")
    known = np.flatnonzero(found.counts)
    reached = np.tile(known, len(everyone))
    tables.append(
        Edges(
            "often_chooses",
            np.concatenate([segment_rows[by_segment.row], np.repeat(everyone, len(known))]),
            graph.items[np.concatenate([by_segment.col, reached])],
            np.concatenate([by_segment.data, found.popularity[reached]]).astype(np.float32),
            np.concatenate([np.zeros(by_segment.nnz, np.int64), found.counts[reached]]),
        )
    )
    return [table for table in tables if len(table)]


def _choices(events: Timeline, which: BoolArray) -> tuple[Matrix, Matrix | None]:
    """Who chose what, and how far each of these is trusted, if that is not in full (U, I)."""
    user, item = events.user[which], events.item[which]
    chosen = _incidence(user, item, (events.n_users, events.n_items))
    if events.trust is None:
        return chosen, None
    # Of several events with one item the most trusted one counts.
    pair, place = np.unique(user * events.n_items + item, return_inverse=True)
    most = np.zeros(len(pair), np.float32)
    np.maximum.at(most, place, events.trust[which])
    return chosen, sp.csr_array((most, (pair // events.n_items, pair % events.n_items)), shape=chosen.shape)


def _weighted(matrix: Matrix, trusted: Matrix | None) -> Matrix:
    """The entries of a (U, I) matrix times the root of their trust: a product of two is worth what both are."""
    if trusted is None:
        return matrix
    root = trusted.copy()
    root.data = np.sqrt(root.data)
    return sp.csr_array(matrix.multiply(root))


def _incidence(user: IntArray, item: IntArray, shape: tuple[int, int]) -> Matrix:
    matrix = sp.csr_array((np.ones(len(user), np.float32), (user, item)), shape=shape)
    matrix.data[:] = 1.0  # twice is once
    return matrix


def _sequences(events: Timeline) -> dict[str, Matrix]:
    """Counts of "i was chosen d choices after h", per relation (I, I)."""
    user, item = events.user[events.chosen], events.item[events.chosen]
    trust = None if events.trust is None else events.trust[events.chosen]
    n = events.n_items
    found = {}
    for name, steps in SEQUENCE_STEPS.items():
        head, tail, both = [], [], []
        for step in steps:
            same = user[step:] == user[: len(user) - step] if len(user) > step else np.zeros(0, bool)
            head.append(item[: len(same)][same])
            tail.append(item[len(item) - len(same) :][same])
            if trust is not None:
                both.append(np.minimum(trust[: len(same)], trust[len(trust) - len(same) :])[same])
        rows, columns = np.concatenate(head), np.concatenate(tail)
        other = rows != columns
        counts = np.ones(len(rows), np.float32) if trust is None else np.concatenate(both)
        found[name] = sp.csr_array((counts[other], (rows[other], columns[other])), shape=(n, n))
    return found


def _viewed_then_chosen(events: Timeline) -> Matrix:
    """Counts of "looked at h, and i was the next thing chosen" (I, I)."""
    rows = np.arange(len(events.user))
    next_choice = np.where(events.chosen, rows, len(rows))
    next_choice = np.minimum.accumulate(next_choice[::-1])[::-1]
    view = np.flatnonzero(~events.chosen & (next_choice < len(rows)))
    target = next_choice[view]
    ok = (events.user[view] == events.user[target]) & (events.item[view] != events.item[target])
    head, tail = events.item[view[ok]], events.item[target[ok]]
    counts = np.ones(len(head), np.float32)
    if events.trust is not None:
        counts = np.minimum(events.trust[view[ok]], events.trust[target[ok]])
    return sp.csr_array((counts, (head, tail)), shape=(events.n_items,) * 2)


def _together(chosen: Matrix, trusted: Matrix | None, keep: int) -> tuple[Matrix, Matrix]:
    """Cosine of two items' columns of users, and the number of users they share (I, I).

    Trust weighs what each user adds to a cosine and leaves the lengths alone: an item that only doubtful accounts chose
    is not made whole again by dividing.
    """
    cosine = _weighted(normalized(chosen, 0.5, 0.5), trusted)
    near = symmetric_union(rows_top(cosine.T @ cosine, keep))
    shared = near.copy()
    shared.data[:] = 1.0
    return near, (chosen.T @ chosen).multiply(shared).tocsr()


def _alike(
    matrices: dict[str, Matrix], chosen: Matrix, trusted: Matrix | None, config: BehaviourConfig
) -> Matrix:
    """Nearest items in the leading singular vectors of windowed co-occurrence, weight cosine⁴ (I, I).

    Levy and Goldberg, "Neural word embedding as implicit matrix factorization", 2014, without the logarithm.
    """
    n = chosen.shape[1]
    steps = [matrices[name] for name in list(SEQUENCE_STEPS)[: config.window] if name in matrices]
    weighted = _weighted(chosen, trusted)
    near = sum((m + m.T) / (d + 1) for d, m in enumerate(steps)) if steps else weighted.T @ weighted
    window = normalized(sp.csr_array(near), 0.5, 0.5)
    if window.nnz == 0 or n <= config.factors + 1:
        return sp.csr_array((n, n), dtype=np.float32)
    start = np.linspace(1.0, 2.0, n)  # a fixed start: the same table gives the same vectors
    vectors, values, _ = svds(window.astype(np.float64), k=config.factors, v0=start)
    return _nearest((vectors * np.sqrt(np.maximum(values, 0.0))).astype(np.float32), config.alike)


def _nearest(vectors: FloatArray, keep: int) -> Matrix:
    """Cosine⁴ to the nearest rows (n, n), both directions."""
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit = vectors / np.maximum(1e-8, length)
    n, keep = len(unit), min(keep, len(unit) - 1)
    rows, columns, weights = [], [], []
    for first in range(0, n, 1024):
        cosine = unit[first : first + 1024] @ unit.T
        cosine[np.arange(len(cosine)), first + np.arange(len(cosine))] = -1.0
        best = np.argpartition(-cosine, keep - 1, axis=1)[:, :keep]
        weight = np.maximum(np.take_along_axis(cosine, best, axis=1), 0.0) ** 4
        rows.append(np.repeat(first + np.arange(len(cosine)), keep))
        columns.append(best.ravel())
        weights.append(weight.ravel())
    data = np.concatenate(weights)
    some = data > 1e-6
    near = (data[some], (np.concatenate(rows)[some], np.concatenate(columns)[some]))
    return symmetric_union(sp.csr_array(near, shape=(n, n)))


def _segment_choices(
    chosen: Matrix, trusted: Matrix | None, members: tuple[IntArray, IntArray, int], keep: int
) -> Matrix:
    """Share of a segment's choices that fell on an item (S, I)."""
    users, segment, n_segments = members
    n = chosen.shape[1]
    if n_segments == 0:
        return sp.csr_array((0, n), dtype=np.float32)
    belongs = sp.csr_array(
        (np.ones(len(users), np.float32), (segment, users)), shape=(n_segments, chosen.shape[0])
    )
    counts = sp.csr_array(belongs @ chosen)
    once = counts.data <= 1  # what one person chose is theirs, not the segment's
    share = normalized(counts, 1.0, 0.0)
    share.data[once] = 0.0
    if trusted is not None:
        in_full = counts.copy()
        in_full.data = 1 / in_full.data
        share = sp.csr_array(share.multiply(in_full).multiply(belongs @ trusted))
    return rows_top(share, keep, diagonal=True)
