"""What is said of items, by field → which items have a word, and how much each says of them.

BM25 over weighted fields: Robertson, Zaragoza and Taylor, Simple BM25 extension to multiple weighted fields, CIKM 2004.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from kgrec.domain import BoolArray, FloatArray, IntArray
from kgrec.search.text import Word, pairs, stem, terms, whole

K1 = 1.2
BEGUN = 0.5
"""What a word counts that only begins like the one asked for."""

SHORTEST_BEGINNING = 2
SHORTEST_MISTYPED = 4
"""Characters of a word: as the beginning of another, and to be taken for a slip."""

_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"

Analysed = dict[str, tuple[str, ...]]
"""Texts that were taken apart, each once."""


@dataclass(frozen=True)
class Field:
    """One kind of text that is said of items."""

    weight: float
    length: float  # how far long texts count less, BM25's b
    item: IntArray  # (n,) item rows
    texts: Sequence[str]  # (n,)


@dataclass(frozen=True, eq=False)
class Index:
    """Which items have a term: T terms in alphabetical order, so that those of one beginning lie together."""

    n_items: int
    terms: list[str]  # (T,)
    start: IntArray  # (T + 1,)
    item: IntArray  # (K,) item rows, ascending within a term
    weight: FloatArray  # (K,) what the term adds to the item's relevance
    exact: Mapping[str, tuple[int, ...]]  # a whole name → item rows
    analysed: Analysed  # the texts that it was made of

    @classmethod
    def of(
        cls, n_items: int, fields: Sequence[Field], names: Iterable[tuple[int, str]], known: Analysed
    ) -> Index:
        """The index of some texts; `names` are what items are found by as a whole, by item row.

        What was taken apart before is looked up in `known`.
        """
        analysed: Analysed = {}
        owner, said, field_of = _postings(fields, known, analysed)
        codes, found = pd.factorize(np.array(said, dtype=object))
        alphabet = sorted(range(len(found)), key=found.__getitem__)
        place = np.empty(len(found), np.int64)
        place[alphabet] = np.arange(len(found))
        column = place[codes] if len(codes) else np.zeros(0, np.int64)
        shape = (n_items, len(found))
        amount = sp.csc_array(shape, dtype=np.float64)
        for number, field in enumerate(fields):
            here = field_of == number
            length = np.bincount(owner[here], minlength=n_items).astype(np.float64)
            usual = length[length > 0].mean() if here.any() else 1.0
            each = field.weight / (1 - field.length + field.length * length / usual)
            amount = amount + sp.csc_array((each[owner[here]], (owner[here], column[here])), shape=shape)
        amount.sort_indices()
        having = np.diff(amount.indptr)
        rarity = np.log1p((n_items - having + 0.5) / (having + 0.5))
        weight = amount.data / (K1 + amount.data) * np.repeat(rarity, having)
        return cls(
            n_items,
            [str(found[code]) for code in alphabet],
            amount.indptr.astype(np.int64),
            amount.indices.astype(np.int64),
            weight.astype(np.float32),
            _exact(names),
            analysed,
        )

    def relevance(self, word: Word) -> FloatArray:
        """What a word of a query adds to each item, 0 for those that do not have it (I,)."""
        return self._of_run(word.text) if word.unspaced else self._of_word(word)

    def _of_word(self, word: Word) -> FloatArray:
        found = self._of_term(stem(word.text))
        if word.last and len(word.text) >= SHORTEST_BEGINNING:
            first = bisect_left(self.terms, word.text)
            last = bisect_left(self.terms, word.text + "\U0010ffff")
            where = slice(self.start[first], self.start[last])
            # A word that is written out says more than any that only begins so, however rare that is.
            most = found[found > 0].min() if found.any() else np.inf
            np.maximum.at(found, self.item[where], BEGUN * np.minimum(self.weight[where], most))
        return found

    def _of_run(self, run: str) -> FloatArray:
        """Items that have all characters of a run, and at least half of its pairs beside each other."""
        characters = [self._of_term(character) for character in dict.fromkeys(run)]
        has_all: BoolArray = np.all([each > 0 for each in characters], axis=0)
        together = [self._of_term(pair) for pair in dict.fromkeys(pairs(run))]
        if not together:
            return characters[0]
        enough = np.sum([each > 0 for each in together], axis=0) * 2 >= len(together)
        total: FloatArray = np.sum(together, axis=0, dtype=np.float32)
        return np.where(has_all & enough, total, np.float32(0.0))

    def _of_term(self, term: str) -> FloatArray:
        found = np.zeros(self.n_items, np.float32)
        column = self._column(term)
        if column >= 0:
            where = slice(self.start[column], self.start[column + 1])
            found[self.item[where]] = self.weight[where]
        return found

    def _column(self, term: str) -> int:
        place = bisect_left(self.terms, term)
        return place if place < len(self.terms) and self.terms[place] == term else -1

    def corrected(self, word: Word) -> Word | None:
        """The word that most items have of those one slip away: a letter too many, too few, another, or two swapped.

        It begins alike, or with the first two letters swapped: "coat" is a word of its own and no slip for "oat".
        """
        if word.unspaced or len(word.text) < SHORTEST_MISTYPED:
            return None
        near = {column for near in _one_slip(word.text) if (column := self._column(near)) >= 0}
        if not near:
            return None
        best = max(near, key=lambda column: (self.start[column + 1] - self.start[column], -column))
        return Word(self.terms[best], last=word.last)


def _postings(
    fields: Sequence[Field], known: Analysed, analysed: Analysed
) -> tuple[IntArray, list[str], IntArray]:
    """Every term of every text: item rows, terms, positions in `fields` (n,)."""
    said: list[str] = []
    counts: list[int] = []
    for field in fields:
        for text in field.texts:
            found = analysed.get(text)
            if found is None:
                found = analysed[text] = known.get(text) or terms(text)
            said += found
            counts.append(len(found))
    each = np.array(counts, np.int64)
    items = np.concatenate([np.zeros(0, np.int64), *(field.item for field in fields)])
    numbers = np.repeat(np.arange(len(fields)), [len(field.texts) for field in fields])
    return np.repeat(items, each), said, np.repeat(numbers, each)


def _exact(names: Iterable[tuple[int, str]]) -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {}
    for row, name in names:
        key = whole(name)
        if key and row not in found.get(key, ()):
            found[key] = (*found.get(key, ()), row)
    return found


def _one_slip(word: str) -> set[str]:
    """All words one slip from another, as Damerau and Levenshtein count them, without their plural endings; the first
    letter is taken to be right, but may be swapped with the next.
    """
    slips = {word[1] + word[0] + word[2:]}
    splits = [(word[:n], word[n:]) for n in range(1, len(word) + 1)]
    slips |= {left + right[1:] for left, right in splits if right}
    slips |= {left + right[1] + right[0] + right[2:] for left, right in splits if len(right) > 1}
    for letter in _LETTERS:
        slips |= {left + letter + right for left, right in splits}
        slips |= {left + letter + right[1:] for left, right in splits if right}
    return {stem(slip) for slip in slips} - {word, stem(word)}
