"""A model, a graph and a test part → where the test items come among all candidates, and everybody's best list."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, TextIO

import numpy as np

from kgrec.domain import (
    EVENTS,
    REJECTIONS,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    Recommender,
)
from kgrec.errors import BadInput
from kgrec.evaluation.splits import choices

BATCH = 256  # users scored at a time
LONGEST = 20  # items kept of every list

_REJECTIONS = np.array([EVENTS.index(event) for event in REJECTIONS])


@dataclass(frozen=True, eq=False)
class Ranking:
    """Where each test item came among the candidates its user does not have: 0 is best.

    Items of equal score are shuffled, for each user anew. The mean rank of a tie would do for no depth: it makes
    a hit at 10 of every item of a tie of 19, and of none in a tie of 21.
    """

    user: IntArray  # (T,) user rows, ascending
    rank: IntArray  # (T,)
    users: IntArray  # (n,) the test users, ascending
    best: IntArray  # (n, LONGEST) item rows of their lists, −1 where there is nothing left to list


def seen(known: Interactions, n_users: int) -> tuple[IntArray, IntArray]:
    """Per user the items that are not ranked again: start (U + 1,) and item rows sorted by user."""
    done = choices(known) | np.isin(known.event, _REJECTIONS)
    user, item = known.user[done], known.item[done]
    order = np.argsort(user, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(user, minlength=n_users))])
    return start, item[order]


def rank_all(
    model: Recommender,
    graph: KnowledgeGraph,
    known: Interactions,
    test: Interactions,
    *,
    seed: int = 0,
    candidates: IntArray | None = None,
    dump: FilePath | None = None,
    progress: Callable[[str, int, int, str], None] | None = None,
) -> Ranking:
    """Rank every test item of every test user among the candidates; `known` is the history that is masked.

    Candidates are item rows, ascending; without them the whole catalogue. With `dump`, the 20 best of every test
    user are written as `user_id item_id rank score`, tab-separated, an id in quotes if it holds a tab, a quote or the
    end of a line; lists keep equal ones in catalogue order.
    """
    order = np.argsort(test.user, kind="stable")
    user, item = test.user[order], test.item[order]
    users, first = np.unique(user, return_index=True)
    last = np.append(first[1:], len(user))
    start, taken = seen(known, len(graph.users))
    masked = np.setdiff1d(np.arange(len(graph.items)), candidates) if candidates is not None else None
    rank, random = np.empty(len(user), np.int64), np.random.default_rng(seed)
    lists = np.full((len(users), LONGEST), -1, dtype=np.int64)
    with _written(dump) as write:
        for begin in range(0, len(users), BATCH):
            batch = users[begin : begin + BATCH]
            scores = np.array(model.score(graph, batch))  # (B, I), a copy to mask in
            _check(scores, model, begin)
            if masked is not None:
                scores[:, masked] = -np.inf
            for place, user_row in enumerate(batch):
                row, here = scores[place], slice(first[begin + place], last[begin + place])
                wanted = item[here]
                own = row[wanted]
                row[taken[start[user_row] : start[user_row + 1]]] = -np.inf
                row[wanted] = own
                rank[here] = _ranks(row, wanted, random)
            lists[begin : begin + len(batch)] = best_of_each(scores, LONGEST)
            if write is not None:
                write.writelines(_lines(graph, batch, lists[begin : begin + len(batch)], scores))
            if progress:
                progress("scoring", begin + len(batch), len(users), "")
    return Ranking(user, rank, users, lists)


def _check(scores: FloatArray, model: Recommender, begin: int) -> None:
    bad = int((~np.isfinite(scores)).any(axis=1).sum())
    if bad:
        raise BadInput(
            f"the model {model.name} gives scores that are not finite to {bad} of {len(scores)} users "
            f"(test users {begin + 1} to {begin + len(scores)}); train it with other settings"
        )


def _ranks(row: FloatArray, wanted: IntArray, random: np.random.Generator) -> IntArray:
    """How many items come before each wanted one (m,), items of equal score in a drawn order."""
    own = row[wanted, None]
    rank: IntArray = np.count_nonzero(row > own, axis=1)
    equal = row == own
    if np.count_nonzero(equal) > len(wanted):
        lot = random.random(len(row))
        rank += np.count_nonzero(equal & (lot < lot[wanted, None]), axis=1)
    return rank


def best_of_each(scores: FloatArray, k: int) -> IntArray:
    """Item rows of the k best scores of each row (B, k), −1 where fewer are above −inf.

    Equal ones keep the order of the catalogue. scores (B, I)
    """
    n_rows, n_items = scores.shape
    rows = np.full((n_rows, k), -1, dtype=np.int64)
    if n_items > k:
        bound = np.partition(scores, n_items - k, axis=1)[:, n_items - k, None]
        above, equal = scores > bound, scores == bound
        room = k - np.count_nonzero(above, axis=1, keepdims=True)
        # Most rows have no tie at the bound; counting along the others alone is many times faster.
        tied = np.flatnonzero(np.count_nonzero(equal, axis=1) > room[:, 0])
        equal[tied] &= np.cumsum(equal[tied], axis=1, dtype=np.int32) <= room[tied]
        picked = np.nonzero(above | equal)[1].reshape(n_rows, k)
    else:
        picked = np.tile(np.arange(n_items), (n_rows, 1))
    values = np.take_along_axis(scores, picked, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    picked, values = np.take_along_axis(picked, order, axis=1), np.take_along_axis(values, order, axis=1)
    rows[:, : picked.shape[1]] = np.where(values > -np.inf, picked, -1)
    return rows


@contextmanager
def _written(path: FilePath | None) -> Iterator[TextIO | None]:
    """A gzip text file written beside its place and renamed when all is written, or nothing."""
    if path is None:
        yield None
        return
    part = path.with_name(f".{path.name}.part")
    try:
        with gzip.open(part, "wt", encoding="utf-8", newline="\n") as file:
            file.write("user_id\titem_id\trank\tscore\n")
            yield file
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _lines(graph: KnowledgeGraph, batch: IntArray, lists: IntArray, scores: FloatArray) -> Iterator[str]:
    user_ids, item_ids = graph.user_ids.ids, graph.item_ids.ids
    for place, user_row in enumerate(batch):
        for rank, item_row in enumerate(lists[place][lists[place] >= 0], start=1):
            score: Any = scores[place, item_row]
            yield f"{_cell(user_ids[user_row])}\t{_cell(item_ids[item_row])}\t{rank}\t{score:.7g}\n"


def _cell(name: str) -> str:
    """An id as a cell of a tab-separated table, as `csv` with the dialect "excel-tab" reads it."""
    if any(c in name for c in '\t\n\r"'):
        return '"' + name.replace('"', '""') + '"'
    return name
