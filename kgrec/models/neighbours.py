"""Items chosen by the same users, users who chose the same items: neighbours by cosine or correlation.

Score of item i for user u, with H the items of u:

    item neighbours   Σ over h in H:  decay^age(h) · s(h, i)      h among the nearest of i
    user neighbours   Σ over v:       s(u, v) · [v chose i]       v among the nearest of u

s is the cosine or correlation of two columns (rows) of the matrix of choices. s(h, i) is a sum over the users who
chose both, s(u, v) one over the items both chose: those are the paths. With damping, users (items) of many choices
say less, as in Breese et al., Empirical analysis of predictive algorithms for collaborative filtering, 1998.
Sarwar et al., Item-based collaborative filtering, 2001; Resnick et al., GroupLens, 1994.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, Progress, RowPath, Terms
from kgrec.errors import UnknownName
from kgrec.models.baseline import Arrays, Baseline, by_contribution, check_bounds, packed, row_of
from kgrec.models.settings import Number, OneOf, Setting
from kgrec.models.sparse import Matrix, degrees, rows_top

SIMILARITIES = ("cosine", "pearson")
BLOCK = 1024  # items compared with all others at a time
TOGETHER = "chosen⁻¹ · chosen"
"""The way from an item over somebody who chose it to what else they chose."""


@dataclass(frozen=True)
class NeighbourConfig:
    """How alikeness is measured and how many neighbours count."""

    similarity: str = "cosine"
    neighbours: int = 200
    shrinkage: float = 0.0  # added to what a similarity is divided by, so that few observations say little
    damping: float = 0.0  # a choice counts |choices of the user (item) it is shared with|^−damping

    def __post_init__(self) -> None:
        if self.similarity not in SIMILARITIES:
            raise UnknownName("similarity", self.similarity, SIMILARITIES)
        check_bounds(self, neighbours=(1, np.inf), shrinkage=(0, np.inf), damping=(0, np.inf))


@dataclass(frozen=True)
class ItemNeighbourConfig(NeighbourConfig):
    """The same, and how fast older choices fade."""

    shrinkage: float = 20.0
    damping: float = 0.5
    decay: float = 1.0  # weight of a choice relative to the one after it

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bounds(self, decay=(0, 1))


def similarity(rows: Matrix, others: Matrix, config: NeighbourConfig) -> Matrix:
    """Cosine or Pearson correlation of rows (B, D) and others (n, D), 0 where they have nothing in common (B, n)."""
    found = sp.coo_array(rows @ others.T)
    common = found.data.astype(np.float64)
    ends = list(zip((rows, others), found.coords, strict=True))
    squares = [_sums(matrix.power(2))[place] for matrix, place in ends]
    divisor = np.sqrt(squares[0] * squares[1]) + config.shrinkage
    if config.similarity == "pearson":
        n = rows.shape[1]
        sums = [_sums(matrix)[place] for matrix, place in ends]
        common -= sums[0] * sums[1] / n
        varied = [1 - total**2 / n / square for total, square in zip(sums, squares, strict=True)]
        divisor *= np.sqrt(np.clip(varied, 0.0, None).prod(axis=0))
    value = np.divide(common, divisor, out=np.zeros_like(common), where=divisor > 0)
    return sp.csr_array((value.astype(np.float32), found.coords), shape=found.shape)


def _sums(matrix: Matrix) -> npt.NDArray[np.float64]:
    return np.asarray(matrix.sum(axis=1, dtype=np.float64)).ravel()


class CoChosen(Baseline):
    """Score = Σ over the user's items h of weight(h) · W[h, i]; a cell of W is a sum over those who chose both."""

    files = ("start", "column", "weight")

    @abstractmethod
    def blocks(self) -> Iterator[Matrix]:
        """The rows of W, some at a time, in order."""

    def learn(self, seed: int, say: Progress) -> Arrays:
        """W with the `neighbours` largest cells of each row."""
        return packed(self.largest(say))

    def largest(self, say: Progress) -> Matrix:
        """The `neighbours` largest cells of each row, without the diagonal (I, I)."""
        kept, row = [], 0
        for block in self.blocks():
            say("neighbours", row, self.known.n_items, "")
            shifted = sp.coo_array(block)
            own = shifted.coords[0] + row == shifted.coords[1]
            shifted.data[own] = 0.0  # rows_top takes no cell that is not above 0
            kept.append(rows_top(shifted, self.config.neighbours, diagonal=True))
            row += block.shape[0]
        say("neighbours", row, row, "")
        return sp.csr_array(sp.vstack(kept, format="csr"))

    def profiles(self, graph: KnowledgeGraph, user_rows: IntArray) -> Matrix:
        """How much each item of some users counts (B, I)."""
        return self.asked(graph).profiles(user_rows)

    def share(self, users: IntArray) -> FloatArray:
        """What each of the users (n,) who chose both items adds to a cell, in proportion."""
        return np.ones(len(users), np.float32)

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Σ over each user's items of their weight and what is near them (B, I)."""
        found: FloatArray = (self.profiles(graph, user_rows) @ self.matrix(self.known.n_items)).toarray()
        return found

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """User → item of theirs ← somebody who chose both → item: one path for each of them."""
        mine, known = self.profiles(graph, np.array([user_row])), self.known
        near = self.matrix(known.n_items)
        there = row_of(known.by_item, item_row)[0]
        found = []
        for h, weight in zip(*row_of(mine, 0), strict=True):
            items, values = row_of(near, int(h))
            here = items == item_row
            if not here.any():
                continue
            cell = float(weight) * float(values[here][0])
            users = np.intersect1d(row_of(known.by_item, int(h))[0], there)
            first = self.chosen(self.asked(graph), graph, user_row, int(h), False)
            shares = self.share(users)
            for user, share in zip(users, shares / shares.sum(), strict=True):
                back = self.chosen(known, self.graph, int(user), int(h), True)
                onward = self.chosen(known, self.graph, int(user), item_row, False)
                found.append(RowPath((first, back, onward), cell * float(share)))
        return by_contribution(found)


def damped(matrix: Matrix, damping: float) -> FloatArray:
    """How much each row of a matrix of choices counts (n,)."""
    weight: FloatArray = degrees(matrix, 1) ** -damping
    return weight


class ItemNeighbours(CoChosen):
    """Items chosen by those who chose what the user has."""

    name: ClassVar[str] = "item-knn"
    config_type: ClassVar[type] = ItemNeighbourConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "similarity": OneOf(SIMILARITIES),
        "neighbours": Number(20, 2000, log=True, whole=True),
        "shrinkage": Number(0, 100),
        "damping": Number(0.0, 1.0),
        "decay": Number(0.3, 1.0),
    }

    def learn(self, seed: int, say: Progress) -> Arrays:
        """W with the items nearest to i in column i."""
        return packed(sp.csr_array(self.largest(say).T))

    def blocks(self) -> Iterator[Matrix]:
        """Similarities between items, the same both ways."""
        users = self.share(np.arange(self.known.matrix.shape[0]))
        items = sp.csr_array(self.known.by_item @ sp.diags_array(np.sqrt(users)))
        for first in range(0, self.known.n_items, BLOCK):
            yield similarity(items[first : first + BLOCK], items, self.config)

    def share(self, users: IntArray) -> FloatArray:
        """Somebody with many items says less of each two of them (n,)."""
        return damped(self.known.matrix, self.config.damping)[users]

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """One for each item of the user and what is near it."""
        near = self.matrix(self.known.n_items)
        return self.terms_of(graph, user_row, self.profiles(graph, np.array([user_row])), {TOGETHER: near})

    def profiles(self, graph: KnowledgeGraph, user_rows: IntArray) -> Matrix:
        """Older choices count less (B, I)."""
        return self.asked(graph).profiles(user_rows, self.config.decay)


class UserNeighbours(Baseline):
    """What users with the same choices chose besides."""

    name: ClassVar[str] = "user-knn"
    config_type: ClassVar[type] = NeighbourConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "similarity": OneOf(SIMILARITIES),
        "neighbours": Number(20, 2000, log=True, whole=True),
        "shrinkage": Number(0, 100),
        "damping": Number(0.0, 1.0),
    }

    def near(self, graph: KnowledgeGraph, user_rows: IntArray) -> Matrix:
        """The nearest known users of some users, themselves not among them (B, U)."""
        weight = sp.diags_array(np.sqrt(damped(self.known.by_item, self.config.damping)))
        mine = sp.csr_array(self.asked(graph).profiles(user_rows) @ weight)
        found = sp.coo_array(similarity(mine, sp.csr_array(self.known.matrix @ weight), self.config))
        found.data[user_rows[found.coords[0]] == found.coords[1]] = 0.0
        return rows_top(found, self.config.neighbours, diagonal=True)

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Σ over the nearest users who chose an item of how near they are (B, I)."""
        found: FloatArray = (self.near(graph, user_rows) @ self.known.matrix).toarray()
        return found

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """User → item that both chose ← neighbour → item: a similarity is shared out over what both chose."""
        asked, known = self.asked(graph), self.known
        mine = row_of(asked.profiles(np.array([user_row])), 0)[0]
        shares = damped(known.by_item, self.config.damping)
        nearest, values = row_of(self.near(graph, np.array([user_row])), 0)
        found = []
        for neighbour, value in zip(nearest, values, strict=True):
            theirs = row_of(known.matrix, int(neighbour))[0]
            if item_row not in theirs:
                continue
            onward = self.chosen(known, self.graph, int(neighbour), item_row, False)
            both = np.intersect1d(mine, theirs)
            for h, share in zip(both, shares[both] / shares[both].sum(), strict=True):
                first = self.chosen(asked, graph, user_row, int(h), False)
                back = self.chosen(known, self.graph, int(neighbour), int(h), True)
                found.append(RowPath((first, back, onward), float(value) * float(share)))
        return by_contribution(found)
