"""What items have in common → the facets of a search: values with how many of the items found have them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from kgrec.domain import (
    BoolArray,
    Dataset,
    Float64Array,
    IntArray,
    KnowledgeGraph,
    Relation,
    RelationKind,
    plain,
)
from kgrec.explain.wording.storefront import words_of

MOST_VALUES = 12
"""Values that a facet lists, besides those chosen."""

PRICE = "price"
CATEGORY = "category"
LEVELS = " > "

_BANDS = (0.2, 0.4, 0.6, 0.8)  # shares of the priced items below the limits between bands
_MOST_CURRENCIES = 3
_RANGE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)?-(\d{1,12}(?:\.\d{1,6})?)?(?: ([A-Z]{3}))?")
_OWN = "attribute."  # before the names that a shop gives its own attributes

Labels = Mapping[str, str]
"""Language → what a person reads."""


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet: what it is called in an address and by people, and how many items have it."""

    value: str
    label: str
    count: int  # with what is chosen in the other facets
    chosen: bool = False
    within: str = ""  # of a category: the names of those above it
    depth: int = 0  # how many these are
    low: float | None = None  # of a price: from
    high: float | None = None  # and below
    currency: str = ""


@dataclass(frozen=True)
class Facet:
    """What some of the items found can be chosen by. Of several values any will do; of several facets all must hold."""

    name: str  # in an address: "brand", "price", "attribute.season"
    label: str
    values: tuple[FacetValue, ...]  # those of most items first; categories as they lie within each other
    more: int = 0  # values that are not listed


@dataclass(frozen=True)
class Term:
    """A value of a facet in all languages."""

    value: str
    labels: Labels
    row: int  # entity row
    above: int = -1  # of a category: the position of the one it is in


@dataclass(frozen=True, eq=False)
class Shared:
    """One kind of thing that items have: n pairs of item and value, each once, in the order of items."""

    name: str
    labels: Labels
    terms: tuple[Term, ...]
    item: IntArray  # (n,) item rows, ascending
    value: IntArray  # (n,) positions in terms

    @cached_property
    def place_of(self) -> Mapping[str, int]:
        """Value → its position."""
        return {term.value: place for place, term in enumerate(self.terms)}

    def chosen(self, values: Iterable[str]) -> list[int]:
        """The positions of some values; one within another that is chosen, too, stands for both."""
        places = {self.place_of[value] for value in values if value in self.place_of}
        return sorted(places - {above for place in places for above in self.lineage(place)[1:]})

    def lineage(self, place: int) -> list[int]:
        """A value and those it is in, the nearest first."""
        found = [place]
        while self.terms[found[-1]].above >= 0:
            found.append(self.terms[found[-1]].above)
        return found

    def having(self, values: Sequence[str], n_items: int) -> BoolArray:
        """The items that have one of some values (I,)."""
        found = np.zeros(n_items, bool)
        found[self.item[np.isin(self.value, self.chosen(values))]] = True
        return found

    def facet(self, among: BoolArray, values: Sequence[str], lang: str) -> Facet | None:
        """The values that some items (I,) have; None if there is nothing to choose."""
        counts = np.bincount(self.value[among[self.item]], minlength=len(self.terms))
        wanted = {self.place_of[value] for value in values if value in self.place_of}
        there = np.flatnonzero(
            (counts > 0) & (counts < np.count_nonzero(among))
        )  # what all have is no choice
        if not values and not len(there):
            return None
        best = there[np.lexsort((there, -counts[there]))]
        listed = set(best[:MOST_VALUES].tolist()) | wanted
        if self.name == CATEGORY:
            listed |= {above for place in listed for above in self.lineage(place)}
            order = sorted(listed, key=lambda place: [self._label(one, lang) for one in self._path(place)])
        else:
            order = sorted(listed, key=lambda place: (-counts[place], self._label(place, lang)))
        told = [self._told(place, int(counts[place]), place in wanted, lang) for place in order]
        told += [_unheard_of(value) for value in values if value not in self.place_of]
        return Facet(self.name, self.label(lang), tuple(told), len(set(there.tolist()) - listed))

    def all_of_item(self, item_row: int) -> list[int]:
        """The values of an item."""
        first, last = np.searchsorted(self.item, [item_row, item_row + 1])
        found: list[int] = self.value[first:last].tolist()
        return found

    def of_item(self, item_row: int) -> list[int]:
        """The same without those that others of its values are in."""
        places = self.all_of_item(item_row)
        above = {one for place in places for one in self.lineage(place)[1:]}
        return [place for place in places if place not in above]

    def called(self, place: int, lang: str) -> str:
        """What a person reads for a value, with all it is in."""
        return LEVELS.join(self._label(one, lang) for one in self._path(place))

    def label(self, lang: str) -> str:
        """What a person reads for all of it."""
        return _in(self.labels, lang)

    def _path(self, place: int) -> list[int]:
        return self.lineage(place)[::-1]

    def _label(self, place: int, lang: str) -> str:
        return _in(self.terms[place].labels, lang)

    def _told(self, place: int, count: int, chosen: bool, lang: str) -> FacetValue:
        above = self._path(place)[:-1]
        return FacetValue(
            value=self.terms[place].value,
            label=self._label(place, lang),
            count=count,
            chosen=chosen,
            within=LEVELS.join(self._label(one, lang) for one in above),
            depth=len(above),
        )


def _unheard_of(value: str) -> FacetValue:
    """A value that was chosen and that nothing has: an address may be older than the catalogue."""
    return FacetValue(value, plain(value), 0, chosen=True)


def _in(labels: Labels, lang: str) -> str:
    return labels.get(lang) or next((label for label in labels.values() if label), "")


# What items have


def shared_things(graph: KnowledgeGraph) -> tuple[Shared, ...]:
    """All that items share in a graph: brands, categories with those above them, colours, the shop's own attributes."""
    found: list[Shared] = []
    for name in graph.names(RelationKind.ATTRIBUTE):
        where = graph.edges_of(name)
        counted = graph.weight[where] > 0
        item, entity = graph.item_row_of[graph.head[where]][counted], graph.tail[where][counted]
        is_item = item >= 0
        found += _of_relation(
            graph, graph.relations[graph.relation_row(name)], item[is_item], entity[is_item]
        )
    first = {CATEGORY: 0, "brand": 1}
    return tuple(sorted(found, key=lambda one: first.get(one.name, 2)))


def _of_relation(
    graph: KnowledgeGraph, relation: Relation, item: IntArray, entity: IntArray
) -> Iterator[Shared]:
    code, entities = pd.factorize(entity)
    rows = [int(row) for row in entities]
    if relation.name == "has_attribute":
        yield from _own_attributes(graph, relation, item, code.astype(np.int64), rows)
        return
    labels = {lang: _plainly(label) for lang, label in relation.label.items()}
    name = relation.name.removeprefix("has_")
    if name == CATEGORY:
        yield _categories(graph, labels, item, code.astype(np.int64), rows)
        return
    terms = [Term(graph.label(row), _labels(graph, row), row) for row in rows]
    yield _made(name, labels, terms, item, code.astype(np.int64))


def _own_attributes(
    graph: KnowledgeGraph, relation: Relation, item: IntArray, code: IntArray, rows: Sequence[int]
) -> Iterator[Shared]:
    """ "season: winter" is a value of season; what has no such name is a value of a facet for all of these."""
    split = [{lang: _named(label) for lang, label in _labels(graph, row).items()} for row in rows]
    names = [_named(graph.label(row))[0] for row in rows]
    for name in dict.fromkeys(names):
        mine = [place for place, other in enumerate(names) if other == name]
        terms = [
            Term(
                _named(graph.label(rows[place]))[1],
                {lang: value for lang, (_, value) in split[place].items()},
                rows[place],
            )
            for place in mine
        ]
        own = {lang: label for lang, (label, _) in split[mine[0]].items() if label}
        usual = {lang: _plainly(label) for lang, label in relation.label.items()}
        here = np.isin(code, mine)
        place_of = np.full(len(rows), -1)
        place_of[mine] = np.arange(len(mine))
        called = _OWN + name if name else "attribute"
        yield _made(called, own or usual, terms, item[here], place_of[code[here]])


def _named(label: str) -> tuple[str, str]:
    """A name and a value: "season: winter" → season, winter; no name if there is none."""
    name, colon, value = label.partition(": ")
    return (name, value) if colon and value else ("", label)


def _categories(
    graph: KnowledgeGraph, labels: Labels, item: IntArray, code: IntArray, rows: Sequence[int]
) -> Shared:
    """Categories with those above them, which their IRIs tell."""
    place_of = {str(graph.iris[row]): place for place, row in enumerate(rows)}
    above = [place_of.get(str(graph.iris[row]).rsplit("/", 1)[0], -1) for row in rows]

    def path(place: int) -> list[str]:
        return [*(path(above[place]) if above[place] >= 0 else []), graph.label(rows[place])]

    terms = [
        Term(LEVELS.join(path(place)), _labels(graph, row), row, above[place])
        for place, row in enumerate(rows)
    ]
    up, items, codes = np.array(above, np.int64), [item], [code]
    while len(codes[-1]):  # an item of a category is one of those above it, too
        higher = up[codes[-1]]
        items.append(items[-1][higher >= 0])
        codes.append(higher[higher >= 0])
    return _made(CATEGORY, labels, terms, np.concatenate(items), np.concatenate(codes))


def _made(name: str, labels: Labels, terms: Sequence[Term], item: IntArray, place: IntArray) -> Shared:
    """Values that are called the same are one."""
    first: dict[str, int] = {}
    merged = np.array([first.setdefault(term.value, n) for n, term in enumerate(terms)], np.int64)
    kept = list(first.values())
    number = np.full(len(terms), -1, np.int64)
    number[kept] = np.arange(len(kept))
    number = number[merged] if len(merged) else number
    pairs = np.unique(item * max(1, len(kept)) + number[place]) if len(item) else np.zeros(0, np.int64)
    once = tuple(
        Term(term.value, term.labels, term.row, int(number[term.above]) if term.above >= 0 else -1)
        for term in (terms[n] for n in kept)
    )
    return Shared(name, labels, once, pairs // max(1, len(kept)), pairs % max(1, len(kept)))


def _labels(graph: KnowledgeGraph, row: int) -> dict[str, str]:
    return {lang: str(names[row]) for lang, names in graph.labels.items() if names[row]} or {
        "en": graph.label(row)
    }


def _plainly(label: str) -> str:
    """What a relation is called as a heading: "has brand" → "Brand"."""
    bare = label.removeprefix("has ")
    return bare[:1].upper() + bare[1:]


# Prices


@dataclass(frozen=True)
class Band:
    """Prices from one to below another, in a currency."""

    low: float | None
    high: float | None
    currency: str

    @property
    def value(self) -> str:
        """What it is called in an address: "20-50 EUR"."""
        ends = "-".join("" if end is None else f"{end:g}" for end in (self.low, self.high))
        return f"{ends} {self.currency}".rstrip()

    @classmethod
    def named(cls, value: str) -> Band | None:
        """The band of an address; None if it is none."""
        found = _RANGE.fullmatch(value)
        if found is None or not (found[1] or found[2]):
            return None
        low, high = (None if end is None else float(end) for end in found.group(1, 2))
        return cls(low, high, found[3] or "")


@dataclass(frozen=True, eq=False)
class Prices:
    """What items cost."""

    price: Float64Array  # (I,) NaN where it is not known
    currency: IntArray  # (I,) positions in currencies
    currencies: tuple[str, ...]
    bands: tuple[Band, ...] = field(default=())

    @classmethod
    def of(cls, dataset: Dataset) -> Prices:
        """Those of a catalogue, in bands between round numbers with about as many items in each."""
        table, n = dataset.item_table, len(dataset.items)
        price = np.full(n, np.nan)
        if "price" in table:
            price = table["price"].to_numpy(np.float64)
        called = table["currency"].astype(str).to_numpy(object) if "currency" in table else np.full(n, "")
        code, currencies = pd.factorize(called)
        known = np.isfinite(price)
        counts = np.bincount(code[known], minlength=len(currencies))
        bands: list[Band] = []
        for place in np.argsort(-counts, kind="stable")[:_MOST_CURRENCIES]:
            bands += _bands(price[known & (code == place)], str(currencies[place]))
        return cls(price, code.astype(np.int64), tuple(map(str, currencies)), tuple(bands))

    def within(self, band: Band) -> BoolArray:
        """The items of a band (I,)."""
        known = (
            np.isfinite(self.price)
            & np.array([one == band.currency for one in self.currencies])[self.currency]
        )
        low = -np.inf if band.low is None else band.low
        high = np.inf if band.high is None else band.high
        found: BoolArray = known & (self.price >= low) & (self.price < high)
        return found

    def having(self, values: Sequence[str]) -> BoolArray:
        """The items of any of some bands (I,)."""
        found = np.zeros(len(self.price), bool)
        for value in values:
            band = Band.named(value)
            if band is not None:
                found |= self.within(band)
        return found

    def facet(self, among: BoolArray, values: Sequence[str], lang: str) -> Facet | None:
        """The bands that some items (I,) are in, and those chosen; None if there is nothing to choose."""
        words = words_of(lang)
        named = {band.value: band for band in self.bands}
        chosen = {value: named.get(value) or Band.named(value) for value in values}
        told = []
        for value, band in (named | chosen).items():
            count = 0 if band is None else int(np.count_nonzero(among & self.within(band)))
            if band is None:
                told.append(_unheard_of(value))
            elif count or value in chosen:
                label = words.band(band.low, band.high, band.currency)
                one = FacetValue(value, label, count, value in chosen)
                told.append(replace(one, low=band.low, high=band.high, currency=band.currency))
        if not values and len(told) < 2:
            return None
        return Facet(PRICE, words.price, tuple(told))


def _bands(prices: Float64Array, currency: str) -> list[Band]:
    if len(prices) < 2:
        return []
    limits = sorted({_round(float(limit)) for limit in np.quantile(prices, _BANDS)} - {0.0})
    limits = [limit for limit in limits if (prices < limit).any() and (prices >= limit).any()]
    ends = [None, *limits, None]
    return [Band(low, high, currency) for low, high in zip(ends, ends[1:], strict=False)] if limits else []


def _round(price: float) -> float:
    """The nearest of 1, 2, 5, 10, 20, 50, …"""
    if price <= 0:
        return 0.0
    power = 10.0 ** np.floor(np.log10(price))
    return float(min((step * power for step in (1, 2, 5, 10)), key=lambda near: abs(near - price)))
