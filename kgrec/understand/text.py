"""Titles and brands → which items are described alike, as edges between item rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from kgrec.domain import Edges, FloatArray, IntArray

RELATION = "similar_text"

NEIGHBOURS = 80
"""How many nearest items each has."""

_BLOCK = 256  # items compared with all others at a time: 256 × 100,000 cosines are 100 MB
_LONGEST = 2_000  # characters of a title that are read; more is not a title
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_UNSPACED = re.compile(f"[{_CJK}]+")


def similar_text(titles: Sequence[str], brands: Sequence[str], *, neighbours: int = NEIGHBOURS) -> Edges:
    """The nearest items of each by cosine of TF-IDF words and word pairs of title and brand, each pair once.

    The brand counts twice. An edge is there if either item is among the nearest of the other; its head is the
    smaller row. Items without words have no edges.
    """
    texts = [_text(title, brand) for title, brand in zip(titles, brands, strict=True)]
    fitted = _fitted(texts)
    words = None if fitted is None else fitted[1]
    n = len(texts)
    if words is None or n < 2 or neighbours < 1:
        return _edges(np.zeros(0, np.int64), np.zeros(0, np.float32), n)
    keys, weights = [], []
    for rows, columns, cosine in _nearest(words, neighbours):
        keys.append(np.minimum(rows, columns) * n + np.maximum(rows, columns))
        weights.append(cosine)
    pairs, first = np.unique(np.concatenate(keys), return_index=True)
    return _edges(pairs, np.concatenate(weights)[first], n)


def _edges(pairs: IntArray, weight: FloatArray, n: int) -> Edges:
    head, tail = np.divmod(pairs, max(1, n))
    return Edges(RELATION, head, tail, weight, support=np.zeros(len(pairs), np.int64))


def _text(title: str, brand: str) -> str:
    text = f"{title[:_LONGEST]} {brand[:_LONGEST]} {brand[:_LONGEST]}"
    return _UNSPACED.sub(lambda run: _pairs(run.group()), text)


def _pairs(run: str) -> str:
    """A run without spaces between words as overlapping pairs: "玫瑰面霜" → "玫瑰 瑰面 面霜"."""
    return f" {' '.join(run[n : n + 2] for n in range(max(1, len(run) - 1)))} "


def _fitted(texts: Sequence[str]) -> tuple[TfidfVectorizer, sp.csr_array] | None:
    """The words of some texts with their idf, and unit rows of TF-IDF (n, words); None if no word occurs twice."""
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, min_df=2, ngram_range=(1, 2), stop_words="english", dtype=np.float32
    )
    try:
        return vectorizer, sp.csr_array(vectorizer.fit_transform(texts))
    except ValueError:  # scikit-learn's way to say that no words are left
        return None


@dataclass(frozen=True, eq=False)
class Described:
    """The texts of a catalogue, in which a new or corrected item finds its place; words and idf stay as counted.

    An item gets an edge to each of its nearest, and to each that is less alike to all its own nearest than to it.
    Nobody else loses or gains an edge by that.
    """

    vectorizer: TfidfVectorizer
    words: sp.csr_array  # (n, words) unit rows of TF-IDF
    least: FloatArray  # (n,) cosine to the last of an item's own nearest, 0 where there are fewer than NEIGHBOURS

    @classmethod
    def of(cls, titles: Sequence[str], brands: Sequence[str], edges: Edges) -> Self | None:
        """The texts of a catalogue and the edges between item rows that came of them; None if there are no words."""
        fitted = _fitted([_text(title, brand) for title, brand in zip(titles, brands, strict=True)])
        if fitted is None:
            return None
        row = np.concatenate([edges.head, edges.tail])
        cosine = np.concatenate([edges.weight, edges.weight])
        order = np.lexsort((-cosine, row))
        start = np.searchsorted(row[order], np.arange(len(titles) + 1))
        least = np.zeros(len(titles), np.float32)
        full = np.flatnonzero(np.diff(start) >= NEIGHBOURS)
        # An item's edges hold all its own nearest, so the last of these is the 80th of those.
        least[full] = cosine[order][start[full] + NEIGHBOURS - 1]
        return cls(*fitted, least)

    def placed(self, item_row: int, title: str, brand: str) -> tuple[Self, Edges]:
        """The texts with one more, or with another one of an item, and the edges of that item."""
        own = sp.csr_array(self.vectorizer.transform([_text(title, brand)]))
        n = len(self.least)
        cosine = np.asarray((self.words @ own.T).todense(), np.float32).ravel()
        if item_row < n:
            cosine[item_row] = 0.0
        nearest = np.argsort(-cosine, kind="stable")[:NEIGHBOURS]
        near = (cosine > self.least) & (cosine > 0)
        near[nearest[cosine[nearest] > 0]] = True
        others = np.flatnonzero(near)
        least = self.least if item_row < n else np.append(self.least, np.float32(0.0))
        least = least.copy()
        least[item_row] = cosine[nearest[-1]] if len(nearest) == NEIGHBOURS else 0.0
        head, tail = np.minimum(others, item_row), np.maximum(others, item_row)
        support = np.zeros(len(others), np.int64)
        edges = Edges(RELATION, head, tail, cosine[others], support)
        return replace(self, words=_with_row(self.words, item_row, own), least=least), edges


def _with_row(matrix: sp.csr_array, row: int, own: sp.csr_array) -> sp.csr_array:
    """The matrix with another row in the place of one, or after the last (n, words)."""
    parts = [matrix[:row], own, matrix[row + 1 :]]
    return sp.csr_array(sp.vstack([part for part in parts if part.shape[0]], format="csr"))


def _nearest(words: sp.csr_array, neighbours: int) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    """For a block of items at a time: their rows, the rows of their nearest, and the cosines, all (m,)."""
    n = words.shape[0]
    keep = min(neighbours, n - 1)
    by_word = sp.csr_array(words.T)
    for start in range(0, n, _BLOCK):
        cosine = (words[start : start + _BLOCK] @ by_word).toarray()  # (block, n)
        own = np.arange(len(cosine))
        cosine[own, start + own] = 0.0
        best = np.argpartition(-cosine, keep - 1, axis=1)[:, :keep]
        near = np.take_along_axis(cosine, best, axis=1)
        some = near > 0
        rows = np.repeat(start + own, some.sum(axis=1))
        yield rows, best[some].astype(np.int64), near[some]
