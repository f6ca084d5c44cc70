"""What the items of a shop have, and what an item lacks that most others of its category have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from kgrec.domain import BoolArray, Dataset, Float64Array, IntArray, KnowledgeGraph, RelationKind
from kgrec.explain.teller import Teller

USUAL = 0.6
"""What this share of a category's items have is missing in an item that does not."""

LEAST_ITEMS = 5
"""A category of fewer items says nothing of what is usual; the one above it is taken."""

CATEGORY = "has_category"


@dataclass(frozen=True)
class Attribute:
    """Something an item has."""

    relation: str
    label: str  # what the relation is called
    value: str
    iri: str


@dataclass(frozen=True)
class Missing:
    """Something an item lacks: a relation of the graph, or a column of the items table."""

    name: str  # "has_brand", "price"
    label: str
    share: float  # of the items it is compared with


@dataclass(frozen=True)
class Kindred:
    """What an item is compared with."""

    label: str  # of the category; "" for the whole catalogue
    items: int


class Described:
    """The attributes of all items of a shop, in a language."""

    def __init__(self, dataset: Dataset, graph: KnowledgeGraph, teller: Teller) -> None:
        self._dataset, self._graph, self._teller = dataset, graph, teller
        self._stock = _stock(dataset, graph)

    def attributes(self, item_row: int) -> tuple[Attribute, ...]:
        """What an item has, in the order of the ontology."""
        graph, entity = self._graph, int(self._graph.items[item_row])
        return tuple(
            Attribute(
                graph.relations[int(graph.relation[edge])].name,
                self._label(graph.relations[int(graph.relation[edge])].name),
                self._teller.label(graph, int(graph.tail[edge])),
                str(graph.iris[graph.tail[edge]]),
            )
            for edge in np.sort(graph.edges_from(entity, RelationKind.ATTRIBUTE)).tolist()
        )

    def missing(self, item_row: int) -> tuple[tuple[Missing, ...], Kindred]:
        """What an item lacks, what most have first, and what it was compared with."""
        names, group = self._stock.names, self._stock.kindred(self._stock.categories_of(item_row))
        found = [
            Missing(names[place], self._label(names[place]), float(group.shares[place]))
            for place in np.flatnonzero(self._stock.lacks(np.array([item_row]), group)[0]).tolist()
        ]
        label = "" if group.category is None else self._teller.label(self._graph, group.category)
        return tuple(sorted(found, key=lambda one: -one.share)), Kindred(label, group.items)

    @property
    def lacking(self) -> IntArray:
        """How many things each item lacks (I,)."""
        return self._stock.lacking

    def _label(self, name: str) -> str:
        relation = next((one for one in self._graph.relations if one.name == name), None)
        if relation is not None:
            return relation.label.get(self._teller.lang, name)
        said = self._dataset.idiom.properties.get(name)
        return said.label if said is not None and said.label else name


# In rows


@dataclass(frozen=True, eq=False)
class _Group:
    """Items that are compared with each other."""

    category: int | None  # entity row; None for the whole catalogue
    items: int
    shares: Float64Array  # of them, that have each of the names (n,)


class _Stock:
    """What each item has of all that items can have, and which are in which categories."""

    def __init__(self, dataset: Dataset, graph: KnowledgeGraph) -> None:
        self.names = [*graph.names(RelationKind.ATTRIBUTE), *map(str, dataset.item_table.columns)]
        self._having = _having(dataset, graph)  # (I, n)
        self._iris, self._item, self._category, self._start = _categories(graph)
        self._rows = {str(graph.iris[row]): int(row) for row in np.flatnonzero(graph.kinds == "category")}
        self._groups: dict[str, _Group] = {}  # by the IRI of a category

    @cached_property
    def lacking(self) -> IntArray:
        """How many things each item lacks (I,)."""
        alike: dict[tuple[str, ...], list[int]] = {}  # items by their categories, which are few
        for item_row in range(len(self._having)):
            alike.setdefault(self.categories_of(item_row), []).append(item_row)
        found = np.zeros(len(self._having), np.int64)
        for categories, item_rows in alike.items():
            found[item_rows] = self.lacks(np.array(item_rows), self.kindred(categories)).sum(axis=1)
        return found

    def lacks(self, item_rows: IntArray, group: _Group) -> BoolArray:
        """Which of the names some items lack that most of a group have (m, n)."""
        found: BoolArray = ~self._having[item_rows] & (group.shares >= USUAL)
        return found

    def categories_of(self, item_row: int) -> tuple[str, ...]:
        """The IRIs of the categories of an item, in order."""
        where = slice(int(self._start[item_row]), int(self._start[item_row + 1]))
        return tuple(self._iris[place] for place in self._category[where].tolist())

    def kindred(self, categories: tuple[str, ...]) -> _Group:
        """The items of the narrowest of some categories that has enough; where none has, all."""
        enough = [one for one in map(self._group, categories) if one.items >= LEAST_ITEMS]
        return min(enough, key=lambda one: one.items) if enough else self._all

    @cached_property
    def _all(self) -> _Group:
        return _Group(None, len(self._having), self._having.mean(axis=0))

    def _group(self, iri: str) -> _Group:
        """The items of a category, or of the first above it that has enough."""
        if iri not in self._groups:
            members, category = self._members(iri)
            self._groups[iri] = _Group(category, len(members), self._having[members].mean(axis=0))
        return self._groups[iri]

    def _members(self, iri: str) -> tuple[IntArray, int]:
        while True:
            within = [one == iri or one.startswith(f"{iri}/") for one in self._iris]
            members = np.unique(self._item[np.array(within, bool)[self._category]])
            above = iri.rpartition("/")[0]
            if len(members) >= LEAST_ITEMS or above not in self._rows:
                return members, self._rows[iri]
            iri = above


_MADE: WeakKeyDictionary[Dataset, WeakKeyDictionary[KnowledgeGraph, _Stock]] = WeakKeyDictionary()


def _stock(dataset: Dataset, graph: KnowledgeGraph) -> _Stock:
    """That of a shop, which is made once for as long as its tables and its graph are there: neither ever changes."""
    of_graph = _MADE.setdefault(dataset, WeakKeyDictionary())
    found = of_graph.get(graph)
    if found is None:
        found = of_graph[graph] = _Stock(dataset, graph)
    return found


def _having(dataset: Dataset, graph: KnowledgeGraph) -> BoolArray:
    """Which items have which attributes and say anything in which columns (I, n)."""
    columns = []
    for name in graph.names(RelationKind.ATTRIBUTE):
        has = np.zeros(len(graph.items), bool)
        has[graph.item_row_of[graph.head[graph.edges_of(name)]]] = True
        columns.append(has)
    columns += [_filled(dataset.item_table[name]) for name in dataset.item_table.columns]
    return np.stack(columns, axis=1) if columns else np.zeros((len(graph.items), 0), bool)


def _filled(column: pd.Series[str]) -> BoolArray:
    """Where a column of the items table says anything (I,)."""
    found: BoolArray = (column.notna() & (column.astype(str) != "")).to_numpy(dtype=bool)
    return found


def _categories(graph: KnowledgeGraph) -> tuple[list[str], IntArray, IntArray, IntArray]:
    """The IRIs of categories in order; pairs of an item row and a place among them, by item and then by place; and
    where the pairs of each item begin (I + 1,).
    """
    where = graph.edges_of(CATEGORY) if graph.has_edges(CATEGORY) else slice(0, 0)
    rows = sorted(np.unique(graph.tail[where]).tolist(), key=lambda row: str(graph.iris[row]))
    place_of = np.zeros(len(graph.iris), np.int64)
    place_of[rows] = np.arange(len(rows))
    n = max(1, len(rows))
    pairs = np.unique(graph.item_row_of[graph.head[where]] * n + place_of[graph.tail[where]])
    item, category = np.divmod(pairs, n)
    start = np.searchsorted(item, np.arange(len(graph.items) + 1))
    return [str(graph.iris[row]) for row in rows], item, category, start
