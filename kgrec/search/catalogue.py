"""A shop's items → what somebody looks for among them, in either language, with the facets of what was found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

import numpy as np

from kgrec.domain import BoolArray, Dataset, Float64Array, FloatArray, IntArray, KnowledgeGraph
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.wording.storefront import StoreWords, words_of
from kgrec.search.facets import CATEGORY, PRICE, Facet, Prices, Shared, shared_things
from kgrec.search.index import Analysed, Field, Index
from kgrec.search.text import MOST_WORDS, Word, apart, asked, whole
from kgrec.shelf import ItemSummary

Order = Literal["best", "price", "-price", "new", "for"]
"""What is most relevant, cheapest, dearest, or newest first; what leads most to who asks."""

ORDERS: tuple[Order, ...] = get_args(Order)

MOST_SHOWN = 200
"""Items that are given at once."""

MOST_CHOSEN = 100
"""Values of one facet that can be chosen."""

STEPS = 10
"""Items whose relevance lies in the same of so many steps up to the best are as good, and go by their worth."""

_WEIGHTS = {"title": (3.0, 0.6), "brand": (2.0, 0.3), CATEGORY: (1.2, 0.3)}
_OTHERS = (1.0, 0.3)  # weight and b of all other attributes


@dataclass(frozen=True)
class Asked:
    """What somebody looks for, and how what was found is to be put in order."""

    query: str = ""
    lang: str = "en"
    filters: Mapping[str, Sequence[str]] | None = None  # facet → values, of which any will do
    order: Order = "best"


@dataclass(frozen=True, eq=False)
class Standing:
    """What else the order of items goes by."""

    worth: FloatArray  # (I,) what leads to each item, for who asks or for everybody
    out: IntArray  # item rows that are not found
    arrived: Mapping[str, int]  # item id → when it came to the shop (Unix seconds), where that is known


@dataclass(frozen=True, eq=False)
class Hits:
    """What was found, in rows."""

    rows: IntArray  # (n,) item rows in order
    facets: tuple[Facet, ...]
    notes: tuple[str, ...]
    read_as: str  # the query that was answered in place of the one asked, "" if it was that one


@dataclass(frozen=True)
class Found:
    """What a search has found, and what it can be narrowed down by."""

    items: tuple[ItemSummary, ...]  # those asked for, in order
    total: int
    facets: tuple[Facet, ...]
    notes: tuple[str, ...]  # what is to be said above it, sentences
    read_as: str = ""  # the query that was answered in place of the one asked, "" if it was that one
    orders: tuple[Order, ...] = ("best",)  # that make a difference


@dataclass(frozen=True, eq=False)
class _Matched:
    """The items that a query is about."""

    rows: BoolArray  # (I,)
    relevance: Float64Array  # (I,)
    exact: BoolArray  # (I,) what is called just so
    read_as: str = ""
    some: bool = False  # whether none has all of the words


class Catalogue:
    """The items of one graph, made ready to be searched. It never changes."""

    def __init__(self, dataset: Dataset, graph: KnowledgeGraph, before: Catalogue | None = None) -> None:
        """`before` is one that has taken most of the same texts apart already."""
        self._ids, self._n = dataset.items, len(dataset.items)
        self.shared: tuple[Shared, ...] = shared_things(graph)
        self._prices = Prices.of(dataset)
        known: Analysed = {} if before is None else before._index.analysed
        self._index: Index = Index.of(
            self._n, list(_fields(graph, self.shared)), _names(dataset, graph), known
        )

    @property
    def facet_names(self) -> tuple[str, ...]:
        """What a search can be narrowed by."""
        return (*(one.name for one in self.shared), PRICE)

    @property
    def categories(self) -> Shared | None:
        """The categories of the items, if they have any."""
        return next((one for one in self.shared if one.name == CATEGORY), None)

    def orders(self, *, known: bool, arrived: bool) -> tuple[Order, ...]:
        """The orders that make a difference: whether something is known of who asks, and of what has come last."""
        prices: tuple[Order, ...] = ("price", "-price") if np.isfinite(self._prices.price).any() else ()
        return ("best", *(("for",) if known else ()), *prices, *(("new",) if arrived else ()))

    def found(self, wanted: Asked, standing: Standing) -> Hits:
        """The items that match a query and the filters, in order, and the facets of that.

        UnknownName for a facet, an order or a language that there is not; no text of a query is an error.
        """
        filters = self._checked(wanted)
        words = words_of(wanted.lang)
        query, cut = asked(wanted.query)
        open_ = np.ones(self._n, bool)
        open_[standing.out] = False
        matched = self._matched(wanted.query, query, open_)
        held = {name: self._having(name, values) for name, values in filters.items()}
        rows = np.flatnonzero(np.logical_and.reduce([matched.rows, *held.values()]))
        order = np.lexsort((rows, *(key[rows] for key in self._keys(wanted.order, matched, standing))))
        return Hits(
            rows=rows[order],
            facets=tuple(self._facets(matched.rows, held, filters, wanted.lang)),
            notes=tuple(_notes(words, wanted.query, matched, cut)),
            read_as=matched.read_as,
        )

    def _checked(self, wanted: Asked) -> dict[str, list[str]]:
        """The filters that say something."""
        if wanted.order not in ORDERS:
            raise UnknownName("order of items", wanted.order, ORDERS)
        filters: dict[str, list[str]] = {}
        for name, values in (wanted.filters or {}).items():
            if name not in self.facet_names:
                raise UnknownName("facet", name, self.facet_names)
            if isinstance(values, str):
                raise BadInput(f"filters take lists of values; write {{{name!r}: [{values!r}]}}")
            if len(values) > MOST_CHOSEN:
                raise BadInput(f"{len(values):,} values of {name} are chosen; at most {MOST_CHOSEN} can be")
            if values:
                filters[name] = list(dict.fromkeys(values))
        return filters

    # What a query is about

    def _matched(self, text: str, words: Sequence[Word], open_: BoolArray) -> _Matched:
        exact = np.zeros(self._n, bool)
        exact[list(self._index.exact.get(whole(text), ()))] = True
        exact &= open_
        if not words:
            everything = not text.strip()
            rows = open_ if everything else exact
            return _Matched(rows, np.zeros(self._n), exact)
        matched = self._of_words(words, open_, exact)
        if matched.rows.any():
            return matched
        corrected = [self._corrected(word, open_) for word in words]
        if corrected != list(words):
            read_as = " ".join(word.text for word in corrected)
            matched = replace(self._of_words(corrected, open_, exact), read_as=read_as)
            if matched.rows.any():
                return matched
        loose = self._of_words([part for word in corrected for part in apart(word)], open_, exact, some=True)
        return replace(loose, read_as=matched.read_as)

    def _of_words(
        self, words: Sequence[Word], open_: BoolArray, exact: BoolArray, *, some: bool = False
    ) -> _Matched:
        """The items that have all of some words or are called just so; with `some`, those with as many as any has."""
        each = [self._index.relevance(word) * open_ for word in words]
        count = np.sum([here > 0 for here in each], axis=0)
        relevance: Float64Array = np.sum(each, axis=0, dtype=np.float64)
        most = int(count.max(initial=0)) if some else len(words)
        return _Matched(exact | ((count == most) & (count > 0)), relevance, exact, some=some and most > 0)

    def _corrected(self, word: Word, open_: BoolArray) -> Word:
        """The word, or if nothing has it another one slip away."""
        if (self._index.relevance(word) * open_).any():
            return word
        found = self._index.corrected(word)
        return found if found is not None and (self._index.relevance(found) * open_).any() else word

    def _having(self, name: str, values: Sequence[str]) -> BoolArray:
        if name == PRICE:
            return self._prices.having(values)
        return next(one for one in self.shared if one.name == name).having(values, self._n)

    def _keys(self, order: Order, matched: _Matched, standing: Standing) -> list[Float64Array]:
        """What items are sorted by, ascending, the last first."""
        worth = -standing.worth.astype(np.float64)
        most = float(matched.relevance.max(initial=0.0))
        relevance = np.ceil(STEPS * matched.relevance / most) if most > 0 else matched.relevance
        best = [worth, -relevance, -matched.exact.astype(np.float64)]
        if order == "for":
            return [*best, worth]
        if order in ("price", "-price"):
            price = self._prices.price * (1 if order == "price" else -1)
            return [*best, np.where(np.isfinite(price), price, np.inf)]
        if order == "new":
            age = np.full(self._n, np.inf)
            for item_id, time in standing.arrived.items():
                if item_id in self._ids:
                    age[self._ids.row(item_id)] = -time
            return [*best, age]
        return best

    def _facets(
        self, matched: BoolArray, held: Mapping[str, BoolArray], filters: Mapping[str, list[str]], lang: str
    ) -> Iterator[Facet]:
        for name in dict.fromkeys([CATEGORY, "brand", PRICE, *self.facet_names]):
            others = [mask for other, mask in held.items() if other != name]
            among = np.logical_and.reduce([matched, *others])
            values = filters.get(name, [])
            one = self._prices if name == PRICE else next((s for s in self.shared if s.name == name), None)
            facet = None if one is None else one.facet(among, values, lang)
            if facet is not None:
                yield facet


def _notes(words: StoreWords, query: str, matched: _Matched, cut: bool) -> Iterator[str]:
    if matched.read_as:
        yield words.corrected(query, matched.read_as)
    if matched.some:
        yield words.some
    if cut:
        yield words.cut.format(n=MOST_WORDS)


# What is said of items


def _fields(graph: KnowledgeGraph, shared: Sequence[Shared]) -> Iterator[Field]:
    item_rows, titles = [], []
    for names in graph.labels.values():
        called = names[graph.items]
        said = np.flatnonzero(called != "")
        item_rows.append(said)
        titles += [str(title) for title in called[said]]
    yield Field(*_WEIGHTS["title"], np.concatenate(item_rows), titles)
    for one in shared:
        texts = [" ".join(dict.fromkeys(term.labels.values())) for term in one.terms]
        yield Field(
            *_WEIGHTS.get(one.name, _OTHERS), one.item, [texts[place] for place in one.value.tolist()]
        )


def _names(dataset: Dataset, graph: KnowledgeGraph) -> Iterator[tuple[int, str]]:
    """What an item is found by as a whole: its id, its titles, and what the shop's own columns say of it."""
    for row, item_id in enumerate(dataset.items.ids):
        yield row, str(item_id)
    for names in graph.labels.values():
        for row, title in enumerate(names[graph.items]):
            if title:
                yield row, str(title)
    for column, told in dataset.idiom.properties.items():
        if told.datatype == "string" and column in dataset.item_table:
            for row, value in enumerate(dataset.item_table[column]):
                yield row, str(value)
