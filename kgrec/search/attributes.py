"""An item → all that the catalogue says of it, in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from kgrec.domain import Dataset, KnowledgeGraph, RelationKind
from kgrec.search.catalogue import Catalogue

MOST_LINKED = 50
"""Other items that are listed of one kind of link."""


@dataclass(frozen=True)
class Value:
    """One value of an attribute."""

    label: str
    value: str | None = None  # as a search narrows down by it, if it does
    item_id: str | None = None  # of an item that a link leads to


@dataclass(frozen=True)
class Attribute:
    """What an item has, by the name of a facet, a relation, or a column of the shop's own."""

    name: str
    label: str
    values: tuple[Value, ...]


def attributes_of(
    catalogue: Catalogue, dataset: Dataset, graph: KnowledgeGraph, item_row: int, lang: str
) -> tuple[Attribute, ...]:
    """What an item shares with others, what it is linked to, and what the shop's own columns say of it."""
    return (
        *_shared(catalogue, item_row, lang),
        *_links(graph, item_row, lang),
        *_own(dataset, item_row),
    )


def _shared(catalogue: Catalogue, item_row: int, lang: str) -> Iterator[Attribute]:
    for one in catalogue.shared:
        values = [Value(one.called(place, lang), one.terms[place].value) for place in one.of_item(item_row)]
        if values:
            yield Attribute(one.name, one.label(lang), tuple(values))


def _links(graph: KnowledgeGraph, item_row: int, lang: str) -> Iterator[Attribute]:
    entity = int(graph.items[item_row])
    for name in graph.names(RelationKind.LINK):
        relation, where = graph.relations[graph.relation_row(name)], graph.edges_of(name)
        head, tail = graph.head[where], graph.tail[where]
        others = tail[head == entity]
        if relation.symmetric:
            others = np.concatenate([others, head[tail == entity]])
        values = [_linked(graph, int(other), lang) for other in dict.fromkeys(others.tolist())]
        if values:
            label = relation.label.get(lang, name)
            yield Attribute(name, label[:1].upper() + label[1:], tuple(values[:MOST_LINKED]))


def _linked(graph: KnowledgeGraph, entity: int, lang: str) -> Value:
    item_row = int(graph.item_row_of[entity])
    item_id = str(graph.item_ids.ids[item_row]) if item_row >= 0 else None
    return Value(graph.label(entity, lang), item_id=item_id)


def _own(dataset: Dataset, item_row: int) -> Iterator[Attribute]:
    for column, told in dataset.idiom.properties.items():
        if column not in dataset.item_table:
            continue
        cell = dataset.item_table[column].iloc[item_row]
        texts = [line for line in ("" if cell != cell else str(cell)).split("\n") if line]
        if texts:
            unit = f" {told.unit}" if told.unit else ""
            values = tuple(Value(f"{text}{unit}") for text in texts)
            yield Attribute(column, told.label or column.replace("_", " "), values)
