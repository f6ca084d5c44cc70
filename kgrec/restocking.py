"""A shop whose items change while it serves: new ones, corrected ones, withdrawn ones → the shop with them.

Rows are never moved: a new item comes after all others, a withdrawn one keeps its row, for others' histories lead over
it. Changes are taken one at a time, so that it does not matter how many come together.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import numpy as np
import pandas as pd

from kgrec.domain import (
    Dataset,
    Edges,
    Facts,
    IdMap,
    KnowledgeGraph,
    Movable,
    ObjectArray,
    Recommender,
    Relation,
    RelationKind,
)
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.build import assemble, category_path
from kgrec.graph.edit import Edge, Edit
from kgrec.graph.triples import CORRECTIONS, base_of
from kgrec.graph.vocabulary import CATEGORY_SEPARATOR, Namer, tail_kind
from kgrec.models.path import PathModel
from kgrec.sources.item import SOURCE, ItemSaid, read
from kgrec.understand.text import RELATION, Described

_log = logging.getLogger("kgrec.restocking")


class Change(Protocol):
    """What is said of an item: "put" all of it, "patch" some of it, or "withdraw" it."""

    @property
    def item_id(self) -> str: ...

    @property
    def what(self) -> str: ...

    @property
    def attributes(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class ItemChange:
    """One of them: attributes by name, see `kgrec.sources.item`; None takes one away."""

    item_id: str
    what: str = "put"
    attributes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Stock:
    """A shop as it is now, and what it needs to take the next change."""

    dataset: Dataset
    graph: KnowledgeGraph
    model: Recommender
    withdrawn: frozenset[str] = frozenset()  # ids of items that are not to be recommended
    refused: tuple[str, ...] = ()  # what was said and cannot be, and why: what `check` would have told
    described: Described | None = None  # made when first needed

    def with_items(self, changes: Iterable[Change]) -> Stock:
        """The shop after some changes, oldest first.

        One that cannot be (see `check`) is left out and told in `refused`: those after it must not wait for its
        correction. BadInput for a model that cannot take items.
        """
        changes = list(changes)
        if all(change.what == "withdraw" for change in changes):
            return replace(self, withdrawn=_withdrawn(self, changes)) if changes else self
        if not isinstance(self.model, Movable):
            raise BadInput(
                f"{self.model.name} knows only the items it was trained with; build the shop and train again, or "
                "train the path model, which takes items as they come"
            )
        described = self.described or _described(self.dataset, self.graph)
        restocking = _Restocking(self.dataset, self.graph, described)
        taken, refused = restocking.take_all(changes)
        graph = restocking.edit.done()
        model = self.model if graph is self.graph else self.model.on(graph)
        assert graph.version  # explanations name it
        return Stock(
            dataset=restocking.dataset(),
            graph=graph,
            model=model,
            withdrawn=_withdrawn(self, taken),
            refused=(*self.refused, *refused),
            described=restocking.described,
        )

    def warm(self) -> Stock:
        """The shop with all that the first change and the first explanation would have to make first."""
        if isinstance(self.model, PathModel):
            self.model.warm()
        assert self.graph.version
        return replace(self, described=self.described or _described(self.dataset, self.graph))


def restocked(dataset: Dataset, changes: Iterable[Change], namer: Namer) -> Dataset:
    """The tables after some changes, oldest first, for a graph that is yet to be built; withdrawn items stay in them.

    A change that cannot be is left out, and the log says so.
    """
    said = [change for change in changes if change.what != "withdraw"]
    if not said:
        return dataset
    restocking = _Restocking(dataset, assemble(dataset, namer), None)
    restocking.take_all(said)
    return restocking.dataset()


def check(dataset: Dataset, change: Change) -> None:
    """BadInput or UnknownName if a change cannot be taken, before it is written down."""
    if change.what not in ("put", "patch", "withdraw"):
        raise UnknownName("change of an item", change.what, ("put", "patch", "withdraw"))
    if change.what == "withdraw":
        if change.attributes:
            raise BadInput(f"item {change.item_id}: a withdrawn item has no attributes; leave them out")
        return
    read(dataset, change.item_id, change.attributes)


def _withdrawn(stock: Stock, changes: list[Change]) -> frozenset[str]:
    withdrawn = set(stock.withdrawn)
    for change in changes:
        if change.what == "withdraw":
            withdrawn.add(change.item_id)
        else:
            withdrawn.discard(change.item_id)
    return frozenset(withdrawn)


def _described(dataset: Dataset, graph: KnowledgeGraph) -> Described | None:
    """The texts behind a graph's edges; None if it has none."""
    if not graph.has_edges(RELATION):
        return None
    where = graph.edges_of(RELATION)
    ends = graph.item_row_of[graph.head[where]], graph.item_row_of[graph.tail[where]]
    edges = Edges(RELATION, *ends, graph.weight[where], graph.support[where])
    brands = np.full(len(dataset.items), "", dtype=object)
    is_brand = dataset.facts.relation == "has_brand"
    brands[dataset.facts.item[is_brand]] = dataset.facts.value[is_brand]
    return Described.of(list(dataset.item_table["title"]), list(brands), edges)


Fact = tuple[str, str]
"""A relation and a value."""


class _Restocking:
    """Takes changes one after the other."""

    def __init__(self, dataset: Dataset, graph: KnowledgeGraph, described: Described | None) -> None:
        self.edit = Edit(graph)
        self.described = described
        self._before = dataset
        self._namer = Namer(base_of(graph))
        self._walkable = [relation for relation in graph.relations if relation.kind in _SAID]
        self._item_rows = {str(item_id): row for row, item_id in enumerate(dataset.items.ids)}
        self._entity_of: list[int] = graph.items.tolist()
        self._literals: dict[int, dict[str, Any]] = {}  # item row → what it has now
        self._facts: dict[int, list[Fact]] = {}

    def take_all(self, changes: Iterable[Change]) -> tuple[list[Change], list[str]]:
        """What could be taken of some changes, and of each other one why it could not."""
        taken, refused = [], []
        for change in changes:
            try:
                if change.what != "withdraw":
                    self.take(change)
                taken.append(change)
            except (BadInput, UnknownName) as error:
                _log.warning("left out: %s", error)
                refused.append(str(error))
        return taken, refused

    def take(self, change: Change) -> None:
        """One change of what an item is."""
        said = read(self._before, change.item_id, change.attributes)
        new = change.item_id not in self._item_rows
        row = self._new_item(change.item_id) if new else self._item_rows[change.item_id]
        facts, text = self._facts_of(row), self._text_of(row)
        if change.what == "put":
            self._literals[row] = {**_blank(self._before.item_table), **said.literals}
            self._facts[row] = list(said.facts)
        else:
            self._literals[row] = {**self._literals_of(row), **said.literals}
            kept = [fact for fact in facts if not _is_covered(fact, said)]
            self._facts[row] = [*kept, *(fact for fact in said.facts if fact not in kept)]
        self.edit.relabel(self._entity_of[row], self._labels_of(row, change.item_id))
        for relation in self._walkable:
            self._tell(relation, row, change.item_id, facts)
        if self.described is not None and (new or self._text_of(row) != text):
            self._place(row)

    def dataset(self) -> Dataset:
        """The tables with what was said."""
        before = self._before
        if not self._facts:
            return before
        ids = list(self._item_rows)
        touched = np.array(sorted(self._facts), np.int64)
        stays = ~np.isin(before.facts.item, touched)
        told = [(row, *fact) for row in touched.tolist() for fact in self._facts[row]]
        facts = Facts(
            item=np.concatenate([before.facts.item[stays], [row for row, _, _ in told]]).astype(np.int64),
            relation=_objects(before.facts.relation[stays], [relation for _, relation, _ in told]),
            value=_objects(before.facts.value[stays], [value for _, _, value in told]),
            line=np.concatenate([before.facts.line[stays], np.zeros(len(told), np.int64)]),
        )
        lines = before.item_lines
        if len(lines):
            lines = np.concatenate([lines, np.zeros(len(ids) - len(lines), np.int64)])
            lines[touched] = 0
        return replace(
            before,
            items=IdMap("item", ids) if len(ids) > len(before.items) else before.items,
            item_table=_with_rows(before.item_table, self._literals, len(ids)),
            facts=facts,
            item_lines=lines,
        )

    # What an item is now

    def _facts_of(self, row: int) -> list[Fact]:
        if row in self._facts:
            return self._facts[row]
        facts = self._before.facts
        here = np.flatnonzero(facts.item == row)
        return [(str(facts.relation[fact]), str(facts.value[fact])) for fact in here]

    def _literals_of(self, row: int) -> dict[str, Any]:
        if row in self._literals:
            return self._literals[row]
        table = self._before.item_table
        if row >= len(table):
            return _blank(table)
        return {str(name): table[name].iloc[row] for name in table.columns}

    def _text_of(self, row: int) -> tuple[str, str]:
        """Title and brand, as they are compared."""
        brands = [value for relation, value in self._facts_of(row) if relation == "has_brand"]
        return str(self._literals_of(row)["title"]), brands[-1] if brands else ""

    def _labels_of(self, row: int, item_id: str) -> dict[str, str]:
        """As `kgrec.graph.entities` has them: an item without a title is called by its id."""
        literals = self._literals_of(row)
        en, zh = str(literals["title"]).strip(), str(literals.get("title_zh", "")).strip()
        return {"en": en or ("" if zh else item_id), "zh": zh}

    # Its place in the graph

    def _new_item(self, item_id: str) -> int:
        """The row of a new item; links that led to its name alone lead to itself from now on."""
        row = self._item_rows[item_id] = len(self._item_rows)
        entity = self.edit.item(self._namer.item(item_id), item_id)
        self._entity_of.append(entity)
        unlisted = self.edit.row(self._namer.entity("unlisted_item", item_id))
        if unlisted >= 0:
            for relation in self._walkable:
                for edge in self.edit.edges_at(relation.name, unlisted):
                    self.edit.remove(edge)
                    self.edit.add(replace(edge, tail=entity))
        return row

    def _tell(self, relation: Relation, row: int, item_id: str, facts: list[Fact]) -> None:
        """The edges that an item's facts say, in the place of those that they said before."""
        name, entity = relation.name, self._entity_of[row]
        now, before = (
            [value for relation_name, value in said if relation_name == name]
            for said in (self._facts[row], facts)
        )
        if now == before:
            return
        wanted = self._ends(relation, now)
        dropped = self._ends(relation, before).keys() - wanted.keys()
        known = {edge.ends: edge for edge in self.edit.edges_at(name, entity)}
        for edge in known.values():
            if edge.head == entity and edge.tail in dropped and not edge.source.startswith(CORRECTIONS):
                self.edit.remove(edge)
                if relation.symmetric and self._says(edge.tail, name, item_id):
                    self.edit.add(Edge(name, edge.tail, entity, source=SOURCE))
        for tail in wanted:
            there = (name, entity, tail) in known or (relation.symmetric and (name, tail, entity) in known)
            if tail != entity and not there:
                self.edit.add(Edge(name, entity, tail, source=SOURCE))

    def _says(self, entity: int, relation: str, item_id: str) -> bool:
        """Whether another item says the same link from its side."""
        if entity not in self._entity_of:
            return False
        return (relation, item_id) in self._facts_of(self._entity_of.index(entity))

    def _ends(self, relation: Relation, values: Iterable[str]) -> dict[int, None]:
        """The entity rows at the other end of what some values say, each once."""
        found: list[int] = []
        kind = "unlisted_item" if relation.kind is RelationKind.LINK else tail_kind(relation.name)
        for value in values:
            if relation.kind is RelationKind.LINK and value in self._item_rows:
                found.append(self._entity_of[self._item_rows[value]])
            elif kind == "category":
                names = category_path(value)
                paths = [CATEGORY_SEPARATOR.join(names[:n]) for n in range(1, len(names) + 1)]
                found += [self._entity(kind, path, name) for path, name in zip(paths, names, strict=True)]
            else:
                found.append(self._entity(kind, value, value))
        return dict.fromkeys(found)

    def _entity(self, kind: str, value: str, label: str) -> int:
        return self.edit.entity(self._namer.entity(kind, value), kind, {"en": label})

    def _place(self, row: int) -> None:
        """The edges to items that are described alike."""
        assert self.described is not None
        for edge in self.edit.edges_at(RELATION, self._entity_of[row]):
            self.edit.remove(edge)
        self.described, edges = self.described.placed(row, *self._text_of(row))
        for head, tail, weight in zip(edges.head, edges.tail, edges.weight, strict=True):
            ends = self._entity_of[int(head)], self._entity_of[int(tail)]
            self.edit.add(Edge(RELATION, *ends, float(weight), 0))


_SAID = (RelationKind.ATTRIBUTE, RelationKind.LINK)


def _is_covered(fact: Fact, said: ItemSaid) -> bool:
    """Whether a change speaks of what a fact is about."""
    return any(fact[0] == relation and fact[1].startswith(prefix) for relation, prefix in said.covered)


def _blank(table: pd.DataFrame) -> dict[str, Any]:
    """The literals of an item of which nothing is said."""
    numeric = {name: pd.api.types.is_numeric_dtype(table[name].dtype) for name in table.columns}
    return {str(name): float("nan") if is_number else "" for name, is_number in numeric.items()}


def _with_rows(table: pd.DataFrame, rows: Mapping[int, Mapping[str, Any]], length: int) -> pd.DataFrame:
    """The table with other rows, some of them after its last."""
    blank, columns = _blank(table), {}
    for name in table.columns:
        old = table[name].to_numpy()
        values = np.concatenate([old, np.array([blank[str(name)]] * (length - len(old)), dtype=old.dtype)])
        for row, literals in rows.items():
            values[row] = literals.get(str(name), blank[str(name)])
        columns[str(name)] = pd.Series(values, dtype=old.dtype)
    return pd.DataFrame(columns)


def _objects(values: ObjectArray, more: list[str]) -> ObjectArray:
    return np.concatenate([values, np.array(more, dtype=object)])
