"""Titles and brands → which items are described alike, as edges between item rows."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import numpy as np
import scipy.sparse as sp
from sklearn.feature_extraction.text import TfidfVectorizer

from kgrec.domain import Edges, FloatArray, IntArray

RELATION = "similar_text"

_BLOCK = 256  # items compared with all others at a time: 256 × 100,000 cosines are 100 MB
_LONGEST = 2_000  # characters of a title that are read; more is not a title
_CJK = r"\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af"
_UNSPACED = re.compile(f"[{_CJK}]+")


def similar_text(titles: Sequence[str], brands: Sequence[str], *, neighbours: int = 80) -> Edges:
    """The nearest items of each by cosine of TF-IDF words and word pairs of title and brand, each pair once.

    The brand counts twice. An edge is there if either item is among the nearest of the other; its head is the
    smaller row. Items without words have no edges.
    """
    texts = [_text(title, brand) for title, brand in zip(titles, brands, strict=True)]
    words = _word_vectors(texts)
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


def _word_vectors(texts: Sequence[str]) -> sp.csr_array | None:
    """Unit rows of TF-IDF (n, words), or None if no word occurs twice."""
    vectorizer = TfidfVectorizer(
        sublinear_tf=True, min_df=2, ngram_range=(1, 2), stop_words="english", dtype=np.float32
    )
    try:
        return sp.csr_array(vectorizer.fit_transform(texts))
    except ValueError:  # scikit-learn's way to say that no words are left
        return None


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
