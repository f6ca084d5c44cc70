"""The top paths of recommendations → what they are like: recent, popular, diverse; stored; the same for every seed.

LIR, SEP and ETD are those of Balloccu, Boratto, Fenu and Marras, "Post processing recommender systems with knowledge
graphs for recency, popularity, and diversity of explanations", SIGIR 2022.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy import stats

from kgrec.domain import SOMEBODY, FloatArray, IntArray, KnowledgeGraph, RelationKind, RowHop, RowPath, Terms

Values = npt.NDArray[np.float64]

DECAY = 0.3
"""β of both moving averages."""


def moving_average(values: Values) -> Values:
    """a[0] = v[0], a[n] = (1 − β) · a[n − 1] + β · v[n], stretched to 0 … 1; all 1 where nothing differs (n,)."""
    average = np.array(values, dtype=float)
    for place in range(1, len(average)):
        average[place] = (1 - DECAY) * average[place - 1] + DECAY * average[place]
    if len(average) == 0 or average[-1] == average[0]:
        return np.ones_like(average)
    scaled: Values = (average - average[0]) / (average[-1] - average[0])
    return scaled


def recency(own: KnowledgeGraph, path: RowPath) -> float | None:
    """LIR: how recent the interaction is that a path starts from, 0 … 1; `own` holds the events of one user.

    None where it starts from a segment, or nothing is known of when. Things done at one moment are equally recent.
    """
    if own.clock == "none":
        return None
    events = [name for name in own.names(RelationKind.EVENT)]
    rows = np.concatenate(
        [np.zeros(0, np.int64), *(np.arange(*own.edges_of(name).indices(len(own.head))) for name in events)]
    )
    moments = np.unique(own.time[rows])
    edge = own.edge_row(path.hops[0].relation, path.hops[0].head, path.hops[0].tail)
    if edge not in rows:
        return None
    return float(moving_average(moments.astype(float))[np.searchsorted(moments, own.time[edge])])


class EntityPopularity:
    """SEP of every entity of a graph: its number of edges, against other entities of its kind."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        n = len(graph.iris)
        degree = np.bincount(graph.head, minlength=n) + np.bincount(graph.tail, minlength=n)
        self._value = np.zeros(n)
        for kind in set(graph.kinds):
            rows = np.flatnonzero(graph.kinds == kind)
            counts, place = np.unique(degree[rows], return_inverse=True)
            self._value[rows] = moving_average(counts.astype(float))[place]

    def of(self, path: RowPath) -> float | None:
        """SEP of the entity over which a path comes to its item, 0 … 1; None where it steps there directly."""
        entity = bridge(path)
        return float(self._value[entity]) if entity is not None else None


def bridge(path: RowPath) -> int | None:
    """The entity row before the item where it is not what the path starts from; None too for other users."""
    if len(path.hops) < 3:
        return None
    last = path.hops[-1]
    entity = last.tail if last.inverse else last.head
    return None if entity == SOMEBODY else entity


def type_diversity(paths: Sequence[RowPath], n_types: int) -> float:
    """ETD: the share of different metapaths among the paths of a list, of as many as there could be."""
    if not paths:
        return 0.0
    return len({metapath_of(path) for path in paths}) / min(len(paths), n_types)


def metapath_of(path: RowPath) -> tuple[tuple[int, bool], ...]:
    """The relations a path walks, and which way."""
    return tuple((hop.relation, hop.inverse) for hop in path.hops)


def stored(graphs: Sequence[KnowledgeGraph], hop: RowHop) -> bool:
    """Whether a hop is an edge of one of the graphs; over other users, whether anybody has such an edge."""
    for graph in graphs:
        if hop.head == SOMEBODY:
            where = graph.edges_of(graph.relations[hop.relation].name)
            if (graph.tail[where] == hop.tail).any():
                return True
        elif graph.edge_row(hop.relation, hop.head, hop.tail) >= 0:
            return True
    return False


def overlap(one: Sequence[RowPath], other: Sequence[RowPath]) -> float:
    """Jaccard of two lists of paths, by their hops."""
    mine, theirs = {path.hops for path in one}, {path.hops for path in other}
    return len(mine & theirs) / len(mine | theirs) if mine | theirs else 1.0


def agreement(one: Terms, other: Terms) -> float | None:
    """Spearman's rank correlation of the terms of one item under two models; a term that one lacks counts 0 there.

    None where there are too few terms to rank, or all are equal.
    """
    amounts = [{key: value for key, value in _keyed(terms)} for terms in (one, other)]
    keys = list(dict.fromkeys([*amounts[0], *amounts[1]]))
    mine, theirs = (np.array([amount.get(key, 0.0) for key in keys]) for amount in amounts)
    if len(keys) < 2 or np.ptp(mine) == 0 or np.ptp(theirs) == 0:
        return None
    return float(stats.spearmanr(mine, theirs).statistic)


def _keyed(terms: Terms) -> list[tuple[tuple[int, str], float]]:
    """Thing known and way of every term, the same for all models of a graph, and what it adds."""
    return [
        ((terms.hops[slot].tail, terms.ways[way]), float(amount))
        for slot, way, amount in zip(terms.slot, terms.way, terms.contribution, strict=True)
    ]


def by_frequency(terms: Terms, times: Mapping[str, int], popularity: FloatArray | IntArray) -> IntArray:
    """The most popular path: terms ordered by how often their way occurs, then by how popular their source is.

    `popularity` is of every entity (V,).
    """
    often = np.array([times.get(way, 0) for way in terms.ways], dtype=np.int64)[terms.way]
    source = np.array([popularity[hop.tail] for hop in terms.hops], dtype=float)[terms.slot]
    return np.lexsort((-source, -often)).astype(np.int64)
