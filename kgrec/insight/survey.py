"""The lists of many users at once, and what each place in them is made of: what figures about everybody are read from.

Whoever asks often keeps a survey for as long as the guide answers with the same model and graph.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from kgrec.domain import Accountable, Float64Array, IntArray, Terms
from kgrec.explain.asker import Asker
from kgrec.guide import Guide
from kgrec.insight.sample import Sample, sample
from kgrec.live.outcomes import Share

DEPTH = 50
"""Places of each list that a survey looks at."""

FIRST = 10
"""The places that count as the list a person sees."""


@dataclass(frozen=True, eq=False)
class Survey:
    """The first places of B lists, K each at most. score = prior + Σ by_way, and Σ by_way = Σ by_start."""

    sample: Sample
    model: str
    graph_version: str
    rows: IntArray  # (B, K) item rows, best first; −1 past the end of a list
    score: Float64Array  # (B, K)
    prior: Float64Array  # (B, K) what everybody's choices add
    by_way: Float64Array  # (B, K, M) what each way adds; M is 0 for a model whose scores are not taken apart
    by_start: (
        Float64Array  # (B, K, R) the same by the relation that joins the user to what the paths start from
    )
    ways: tuple[str, ...]  # (M,)
    out: IntArray  # item rows that are recommended to nobody
    n_items: int

    def lists(self, k: int = FIRST) -> IntArray:
        """The first k places (B, k)."""
        return self.rows[:, :k]

    def held(self, item_row: int, k: int) -> Share:
        """How many of the lists hold an item among the first k."""
        return Share(int((self.lists(k) == item_row).any(axis=1).sum()), len(self.sample))

    def coverage(self, k: int = FIRST) -> Share:
        """How many of the items that may be recommended stand among the first k of anybody."""
        return covered(self.lists(k), self.n_items, self.out)


def covered(lists: IntArray, n_items: int, out: IntArray) -> Share:
    """How many of the items that are not out stand in some lists; −1 is no item."""
    open_ = np.ones(n_items, bool)
    open_[out] = False
    listed = np.zeros(n_items, bool)
    listed[lists[lists >= 0]] = True
    return Share(int((listed & open_).sum()), int(open_.sum()))


def survey(guide: Guide, of: Sample | None = None, *, depth: int = DEPTH) -> Survey:
    """The lists of a sample of users as the guide answers now, with the shop's rules and their own wishes."""
    of = sample(guide) if of is None else of
    found = _Gathered(len(guide.graph.relations), depth)
    for asker in askers(guide, of):
        found.add(asker)
    return found.survey(guide, of)


def askers(guide: Guide, of: Sample) -> Iterator[Asker]:
    """Each of some users, as one who asks."""
    return (guide.asker(user_id) for user_id in of.user_ids)


@dataclass(eq=False)
class _Gathered:
    """Lists as they come in."""

    n_relations: int
    depth: int
    ways: dict[str, int] = field(default_factory=dict)
    rows: list[IntArray] = field(default_factory=list)
    columns: list[tuple[Float64Array, Float64Array, Float64Array, Float64Array]] = field(default_factory=list)
    out: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))

    def add(self, asker: Asker) -> None:
        rows = asker.best(self.depth)
        self.out = asker.shut
        self.rows.append(rows)
        score, prior = asker.scores[rows].astype(np.float64), asker.prior[rows].astype(np.float64)
        if isinstance(asker.model, Accountable):
            parts = self._parts(asker.terms, rows)
        else:
            parts = np.zeros((len(rows), 0)), np.zeros((len(rows), self.n_relations))
        self.columns.append((score, prior, *parts))

    def _parts(self, terms: Terms, rows: IntArray) -> tuple[Float64Array, Float64Array]:
        """What each way adds to each place, and each relation that paths start by."""
        way = np.array([self.ways.setdefault(name, len(self.ways)) for name in terms.ways], np.int64)
        place = np.full(terms.n_items, -1)
        place[rows] = np.arange(len(rows))
        here = np.flatnonzero(place[terms.item] >= 0)
        at, amount = place[terms.item[here]], terms.contribution[here]
        start = np.array([hop.relation for hop in terms.hops], np.int64)
        by_way = _summed((at, way[terms.way[here]]), amount, (len(rows), len(self.ways)))
        starts = start[terms.slot[here]] if len(start) else np.zeros(0, np.int64)
        return by_way, _summed((at, starts), amount, (len(rows), self.n_relations))

    def survey(self, guide: Guide, of: Sample) -> Survey:
        shape = (len(self.rows), self.depth)
        rows = np.full(shape, -1, np.int64)
        arrays = [np.zeros((*shape, *more)) for more in ((), (), (len(self.ways),), (self.n_relations,))]
        for user, (listed, columns) in enumerate(zip(self.rows, self.columns, strict=True)):
            rows[user, : len(listed)] = listed
            for array, column in zip(arrays, columns, strict=True):
                if column.ndim == 1:
                    array[user, : len(listed)] = column
                else:
                    array[user, : len(listed), : column.shape[1]] = column
        score, prior, by_way, by_start = arrays
        return Survey(
            sample=of, model=guide.model_name, graph_version=guide.graph_version,
            rows=rows, score=score, prior=prior, by_way=by_way, by_start=by_start, ways=tuple(self.ways),
            out=self.out, n_items=guide.item_count(),
        )  # fmt: skip


def _summed(cell: tuple[IntArray, IntArray], amount: Float64Array, shape: tuple[int, int]) -> Float64Array:
    total = np.bincount(cell[0] * shape[1] + cell[1], weights=amount, minlength=shape[0] * shape[1])
    return total.astype(np.float64).reshape(shape)
