"""A model, a graph and a test part → ranks of the test items among all items, and the metrics of the ranks."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import TextIO

import numpy as np
import numpy.typing as npt

from kgrec.domain import EVENTS, REJECTIONS, Dataset, IntArray, Interactions, KnowledgeGraph, Recommender
from kgrec.evaluation.splits import choices

DEPTHS = (5, 10, 20)
_REJECTIONS = np.array([EVENTS.index(event) for event in REJECTIONS])


@dataclass(frozen=True, eq=False)
class Ranks:
    """Where each test item came among all items the user does not have: 0 is best, ties at their mean rank."""

    user: IntArray  # (T,) user rows, ascending
    rank: npt.NDArray[np.float64]  # (T,)


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
    dump: FilePath | None = None,
    dataset: Dataset | None = None,
    progress: Callable[[str, int, int, str], None] | None = None,
) -> Ranks:
    """Rank every test item of every test user in the full catalogue; `known` is the history that is masked.

    With `dump`, the 20 best of every test user are written as `user_id item_id rank score`, tab-separated.
    """
    order = np.argsort(test.user, kind="stable")
    user, item = test.user[order], test.item[order]
    users, first = np.unique(user, return_index=True)
    last = np.append(first[1:], len(user))
    start, taken = seen(known, len(graph.users))
    rank = np.empty(len(user))
    with _writer(dump) as write:
        for begin in range(0, len(users), 256):
            batch = users[begin : begin + 256]
            scores = np.array(model.score(graph, batch))  # (B, I), a copy to mask in
            for place, user_row in enumerate(batch):
                row = scores[place]
                wanted = item[first[begin + place] : last[begin + place]]
                own = row[wanted]
                row[taken[start[user_row] : start[user_row + 1]]] = -np.inf
                row[wanted] = own
                better = (row[None, :] > own[:, None]).sum(axis=1)
                equal = (row[None, :] == own[:, None]).sum(axis=1)
                rank[first[begin + place] : last[begin + place]] = better + (equal - 1) / 2
                if write is not None and dataset is not None:
                    write.writelines(_best(dataset, int(user_row), row))
            if progress:
                progress("scoring", min(begin + 256, len(users)), len(users), "")
    return Ranks(user, rank)


class _writer:
    """A gzip text file written beside its place and renamed when all is written, or nothing."""

    def __init__(self, path: FilePath | None) -> None:
        self._path = path

    def __enter__(self) -> TextIO | None:
        if self._path is None:
            return None
        self._part = self._path.with_name(f".{self._path.name}.part")
        self._file = gzip.open(self._part, "wt", encoding="utf-8", newline="\n")
        self._file.write("user_id\titem_id\trank\tscore\n")
        return self._file

    def __exit__(self, kind: object, *_: object) -> None:
        if self._path is not None:
            self._file.close()
            if kind is None:
                self._part.replace(self._path)
            else:
                self._part.unlink(missing_ok=True)


def _best(dataset: Dataset, user_row: int, row: npt.NDArray[np.float32]) -> Iterator[str]:
    user_id = dataset.users.ids[user_row]
    for rank, item_row in enumerate(best(row, 20), start=1):
        yield f"{user_id}\t{dataset.items.ids[item_row]}\t{rank}\t{row[item_row]:.7g}\n"


def best(scores: npt.NDArray[np.float32], k: int) -> IntArray:
    """Item rows of the k best scores; equal ones keep the order of the catalogue, and −inf is never among them."""
    k = min(k, len(scores))
    if k < len(scores):
        bound = np.partition(scores, len(scores) - k)[len(scores) - k]
        candidates = np.flatnonzero(scores >= bound)
    else:
        candidates = np.arange(len(scores))
    candidates = candidates[np.isfinite(scores[candidates])]
    return candidates[np.argsort(-scores[candidates], kind="stable")][:k]


def metrics(ranks: Ranks) -> dict[str, float]:
    """HR, NDCG, recall, precision and MRR at 5, 10 and 20, means over test users.

    NDCG with the standard ideal: all of a user's test items first (Järvelin and Kekäläinen, 2002).
    """
    users, first = np.unique(ranks.user, return_index=True)
    count = np.diff(np.append(first, len(ranks.user)))
    depth = max(*DEPTHS, int(count.max(initial=1)))
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(depth) + 2))])
    result: dict[str, float] = {}
    for k in DEPTHS:
        hit = ranks.rank < k
        hits = np.add.reduceat(hit.astype(float), first)
        gain = np.add.reduceat(hit / np.log2(ranks.rank + 2), first)
        result[f"hr@{k}"] = float((hits > 0).mean())
        result[f"ndcg@{k}"] = float((gain / ideal[np.minimum(count, k)]).mean())
        result[f"recall@{k}"] = float((hits / count).mean())
        result[f"precision@{k}"] = float((hits / k).mean())
        highest = np.minimum.reduceat(ranks.rank, first)
        result[f"mrr@{k}"] = float(np.where(highest < k, 1 / (highest + 1), 0.0).mean())
    assert len(users) == len(first)
    return result
