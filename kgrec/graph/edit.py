"""A graph and what is other now → the graph with that; the rows of all it had stay, and new ones come after them.

What is looked up in the old graph is taken over, so that the first question to the new one need not wait for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from kgrec.domain import NEVER, BoolArray, IdMap, KnowledgeGraph, ObjectArray

Columns = dict[str, Any]
"""Parallel arrays of edges by name."""

_COLUMNS = ("head", "relation", "tail", "weight", "support", "time", "source", "line")


@dataclass(frozen=True)
class Edge:
    """One edge in entity rows; it has no time."""

    relation: str
    head: int
    tail: int
    weight: float = 1.0
    support: int = 1
    source: str = "derived"
    line: int = 0

    @property
    def ends(self) -> Ends:
        return self.relation, self.head, self.tail


Ends = tuple[str, int, int]
"""A relation, a head and a tail: what an edge is told apart by."""


class Edit:
    """A graph being changed, one thing after the other: many changes at once are those changes one at a time."""

    def __init__(self, graph: KnowledgeGraph) -> None:
        self.graph = graph
        self._rows = {str(iri): row for row, iri in enumerate(graph.iris)}
        self._iris: list[str] = []  # of new entities, whose rows go on after those of the graph
        self._kinds: list[str] = []
        self._labels: dict[int, Mapping[str, str]] = {}  # entity row → language → label
        self._items: list[tuple[int, str]] = []  # entity row and id of new items
        self._gone: dict[int, None] = {}  # rows of edges of the graph
        self._added: dict[Ends, Edge] = {}  # in the order in which they were said
        self._added_at: defaultdict[tuple[str, int], dict[Ends, None]] = defaultdict(dict)  # by either end

    def row(self, iri: str) -> int:
        """The row of an entity, −1 if there is none."""
        return self._rows.get(iri, -1)

    def entity(self, iri: str, kind: str, labels: Mapping[str, str]) -> int:
        """The row of an entity, known or new; what is known keeps its labels."""
        row = self._rows.setdefault(iri, len(self._rows))
        if row == len(self.graph.iris) + len(self._iris):
            self._iris.append(iri)
            self._kinds.append(kind)
            self._labels[row] = labels
        return row

    def item(self, iri: str, item_id: str) -> int:
        """The entity row of a new item, after all others."""
        row = self.entity(iri, "item", {})
        self._items.append((row, item_id))
        return row

    def relabel(self, entity_row: int, labels: Mapping[str, str]) -> None:
        """What an entity is called from now on, by language."""
        old = self.graph.labels
        known = entity_row < len(self.graph.iris) and entity_row not in self._labels
        if not known or any(names[entity_row] != labels.get(lang, "") for lang, names in old.items()):
            self._labels[entity_row] = labels

    def label(self, entity_row: int, lang: str) -> str:
        """What an entity is called in a language, "" if it has no name there."""
        if entity_row in self._labels:
            return self._labels[entity_row].get(lang, "")
        return str(self.graph.labels[lang][entity_row]) if lang in self.graph.labels else ""

    def edges_at(self, relation: str, entity_row: int) -> list[Edge]:
        """The edges of a relation that an entity is an end of, as they are now."""
        graph = self.graph
        where = graph.edges_of(relation)
        at = (graph.head[where] == entity_row) | (graph.tail[where] == entity_row)
        rows = [int(row) for row in where.start + np.flatnonzero(at) if int(row) not in self._gone]
        return [
            *map(self._edge, rows),
            *(self._added[ends] for ends in self._added_at[relation, entity_row]),
        ]

    def _edge(self, row: int) -> Edge:
        graph = self.graph
        return Edge(
            relation=graph.relations[int(graph.relation[row])].name,
            head=int(graph.head[row]),
            tail=int(graph.tail[row]),
            weight=float(graph.weight[row]),
            support=int(graph.support[row]),
            source=graph.sources[int(graph.source[row])],
            line=int(graph.line[row]),
        )

    def add(self, edge: Edge) -> None:
        """One more edge, after all others of its relation."""
        self._added[edge.ends] = edge
        for end in (edge.head, edge.tail):
            self._added_at[edge.relation, end][edge.ends] = None

    def remove(self, edge: Edge) -> None:
        """One edge less."""
        if self._added.pop(edge.ends, None) is None:
            row = self.graph.edge_row(self.graph.relation_row(edge.relation), edge.head, edge.tail)
            self._gone[row] = None
            return
        for end in (edge.head, edge.tail):
            self._added_at[edge.relation, end].pop(edge.ends, None)

    def done(self) -> KnowledgeGraph:
        """The changed graph; the graph itself if nothing has changed."""
        if not (self._iris or self._labels or self._added or self._gone):
            return self.graph
        old = self.graph
        added, sources = self._columns()
        stays = np.ones(len(old.head), bool)
        stays[list(self._gone)] = False
        new_items = np.array([row for row, _ in self._items], np.int64)
        ids = [*old.item_ids.ids, *(item_id for _, item_id in self._items)]
        graph = replace(
            old,
            iris=_longer(old.iris, self._iris),
            kinds=_longer(old.kinds, self._kinds),
            labels=self._all_labels(),
            sources=sources,
            items=np.concatenate([old.items, new_items]),
            item_ids=IdMap("item", ids) if self._items else old.item_ids,
            **_merged(old, stays, added),
        )
        _take_over_keys(old, graph, stays, added)
        return graph

    def _all_labels(self) -> dict[str, ObjectArray]:
        labels = {}
        for lang, names in self.graph.labels.items():
            labels[lang] = _longer(names, [""] * len(self._iris))
            for row, said in self._labels.items():
                labels[lang][row] = said.get(lang, "")
        return labels

    def _columns(self) -> tuple[Columns, tuple[str, ...]]:
        """The columns of new edges, by relation and then as they were said, and all sources."""
        edges = list(self._added.values())
        sources = tuple(dict.fromkeys([*self.graph.sources, *(edge.source for edge in edges)]))
        code = {source: place for place, source in enumerate(sources)}
        relation = np.array([self.graph.relation_row(edge.relation) for edge in edges], np.int64)
        columns: Columns = {
            "head": np.array([edge.head for edge in edges], np.int64),
            "relation": relation,
            "tail": np.array([edge.tail for edge in edges], np.int64),
            "weight": np.array([edge.weight for edge in edges], np.float32),
            "support": np.array([edge.support for edge in edges], np.int64),
            "time": np.full(len(edges), NEVER, np.int64),
            "source": np.array([code[edge.source] for edge in edges], np.int64),
            "line": np.array([edge.line for edge in edges], np.int64),
        }
        order = np.argsort(relation, kind="stable")
        return {name: columns[name][order] for name in _COLUMNS}, sources


def _merged(old: KnowledgeGraph, stays: BoolArray, added: Columns) -> Columns:
    """The columns of old edges that stay and of new ones, relation by relation: one pass over each."""
    pieces: list[tuple[slice | BoolArray, slice]] = []  # of old edges, and the new ones after them
    touched = set(np.unique(added["relation"]).tolist()) | set(np.unique(old.relation[~stays]).tolist())
    first = 0
    for row in sorted(touched):
        begin, end = np.searchsorted(old.relation, [row, row + 1])
        new = slice(*np.searchsorted(added["relation"], [row, row + 1]).tolist())
        nothing = slice(new.start, new.start)
        pieces.append((slice(first, int(begin)), nothing))
        pieces.append((begin + np.flatnonzero(stays[begin:end]), new))
        first = int(end)
    pieces.append((slice(first, None), slice(0, 0)))
    columns = {}
    for name in _COLUMNS:
        parts = []
        for where, new in pieces:
            parts += [getattr(old, name)[where], added[name][new]]
        columns[name] = np.concatenate(parts)
    return columns


def _longer(values: ObjectArray, more: Sequence[str]) -> ObjectArray:
    return np.concatenate([values, np.array(more, dtype=object)])


def _take_over_keys(old: KnowledgeGraph, new: KnowledgeGraph, stays: BoolArray, added: Columns) -> None:
    """Make the look-ups of edges that the old graph has made in the new one."""
    for row, (first, keys, order) in list(old.edge_keys.items()):
        begin = int(np.searchsorted(new.relation, row))
        here = stays[first : first + len(keys)]
        mine = slice(*np.searchsorted(added["relation"], [row, row + 1]).tolist())
        if not here.all():
            kept = here[order]
            keys, order = keys[kept], (np.cumsum(here) - 1)[order[kept]]
        if mine.stop > mine.start:
            fresh = KnowledgeGraph.edge_key(added["head"][mine], added["tail"][mine])
            by_key = np.argsort(fresh, kind="stable")
            places = np.searchsorted(keys, fresh[by_key], side="right")
            order = np.insert(order, places, len(keys) + by_key)
            keys = np.insert(keys, places, fresh[by_key])
        new.edge_keys[row] = begin, keys, order
