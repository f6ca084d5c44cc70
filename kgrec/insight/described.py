"""What the items of a shop have, and what an item lacks that most others of its category have."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

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


@dataclass(frozen=True, eq=False)
class _Group:
    """Items that are compared with each other."""

    label: str
    items: int
    shares: Float64Array  # of them, that have each of the names (n,)


class Described:
    """The attributes of all items of a shop."""

    def __init__(self, dataset: Dataset, graph: KnowledgeGraph, teller: Teller) -> None:
        self._dataset, self._graph, self._teller = dataset, graph, teller
        self._groups: dict[str, _Group] = {}  # by the IRI of a category

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
        group = self._kindred(item_row)
        found = [
            Missing(self._names[place], self._label(self._names[place]), float(group.shares[place]))
            for place in np.flatnonzero(self._lacks(item_row, group)).tolist()
        ]
        return tuple(sorted(found, key=lambda one: -one.share)), Kindred(group.label, group.items)

    @cached_property
    def lacking(self) -> IntArray:
        """How many things each item lacks (I,)."""
        rows = range(len(self._graph.items))
        return np.array([self._lacks(row, self._kindred(row)).sum() for row in rows], np.int64)

    def _lacks(self, item_row: int, group: _Group) -> BoolArray:
        """Which of the names an item lacks that most of a group have (n,)."""
        found: BoolArray = ~self._having[item_row] & (group.shares >= USUAL)
        return found

    def _label(self, name: str) -> str:
        relation = next((one for one in self._graph.relations if one.name == name), None)
        if relation is not None:
            return relation.label.get(self._teller.lang, name)
        said = self._dataset.idiom.properties.get(name)
        return said.label if said is not None and said.label else name

    @cached_property
    def _names(self) -> list[str]:
        return [*self._graph.names(RelationKind.ATTRIBUTE), *map(str, self._dataset.item_table.columns)]

    @cached_property
    def _having(self) -> BoolArray:
        """Which items have which of the names (I, n)."""
        graph, table = self._graph, self._dataset.item_table
        columns = []
        for name in graph.names(RelationKind.ATTRIBUTE):
            has = np.zeros(len(graph.items), bool)
            has[graph.item_row_of[graph.head[graph.edges_of(name)]]] = True
            columns.append(has)
        columns += [_filled(table[name]) for name in table.columns]
        return np.stack(columns, axis=1) if columns else np.zeros((len(graph.items), 0), bool)

    def _kindred(self, item_row: int) -> _Group:
        """The items of the narrowest category of an item that has enough; of one without, all."""
        each = map(self._group, self._categories_of.get(item_row, ()))
        return min(
            (one for one in each if one.items >= LEAST_ITEMS), key=lambda one: one.items, default=self._all
        )

    @cached_property
    def _all(self) -> _Group:
        return _Group("", len(self._having), self._having.mean(axis=0))

    def _group(self, iri: str) -> _Group:
        """The items of a category, or of the first above it that has enough."""
        if iri not in self._groups:
            members, label = self._members(iri)
            self._groups[iri] = _Group(label, len(members), self._having[members].mean(axis=0))
        return self._groups[iri]

    def _members(self, iri: str) -> tuple[IntArray, str]:
        items, categories = self._categories
        while True:
            within = [str(one) == iri or str(one).startswith(f"{iri}/") for one in self._category_names]
            members = np.unique(items[np.isin(categories, self._category_names[np.array(within, bool)])])
            above = iri.rpartition("/")[0]
            if len(members) >= LEAST_ITEMS or above not in self._rows:
                return members, self._teller.label(self._graph, self._rows[iri])
            iri = above

    @cached_property
    def _categories_of(self) -> dict[int, list[str]]:
        """The IRIs of the categories of each item that has any, by item row; in order."""
        found: dict[int, set[str]] = {}
        if self._graph.has_edges(CATEGORY):
            for item_row, iri in zip(*self._categories, strict=True):
                found.setdefault(int(item_row), set()).add(str(iri))
        return {item_row: sorted(iris) for item_row, iris in found.items()}

    @cached_property
    def _categories(self) -> tuple[IntArray, np.ndarray[tuple[int], np.dtype[np.object_]]]:
        """Item rows and the IRIs of their categories (n,)."""
        graph, where = self._graph, self._graph.edges_of(CATEGORY)
        return graph.item_row_of[graph.head[where]], graph.iris[graph.tail[where]]

    @cached_property
    def _category_names(self) -> np.ndarray[tuple[int], np.dtype[np.object_]]:
        return np.array(list(dict.fromkeys(self._categories[1].tolist())), object)

    @cached_property
    def _rows(self) -> dict[str, int]:
        """The entity row of each category."""
        graph = self._graph
        return {str(graph.iris[row]): int(row) for row in np.flatnonzero(graph.kinds == "category")}


def _filled(column: pd.Series[str]) -> BoolArray:
    """Where a column of the items table says anything (I,)."""
    found: BoolArray = (column.notna() & (column.astype(str) != "")).to_numpy(dtype=bool)
    return found
