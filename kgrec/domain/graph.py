"""The knowledge graph: a shop as arrays of entities and edges."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from kgrec.domain.arrays import BoolArray, FloatArray, IntArray, ObjectArray
from kgrec.domain.dataset import Dataset
from kgrec.domain.ids import IdMap
from kgrec.domain.interactions import EVENT_RELATIONS, Clock, Interactions
from kgrec.domain.relations import Edges, Relation, RelationKind
from kgrec.errors import UnknownName

if TYPE_CHECKING:
    import networkx as nx

NEVER = np.iinfo(np.int64).min
"""The `time` of an edge that has none."""

VISITOR = "urn:kgrec:visitor"
"""The IRI of somebody who is known by a session only."""


@dataclass(frozen=True, eq=False)
class KnowledgeGraph:
    """A shop as arrays: V entities, R relations, E edges sorted by relation. Never changed; changes are new graphs."""

    iris: ObjectArray  # (V,)
    kinds: ObjectArray  # (V,) "user", "item", "brand", "category", "segment", "everyone", "unlisted_item", …
    labels: Mapping[str, ObjectArray]  # language → (V,); "" where a language has none
    relations: tuple[Relation, ...]
    head: IntArray  # (E,) entity rows
    relation: IntArray  # (E,) positions in relations, ascending
    tail: IntArray  # (E,) entity rows
    weight: FloatArray  # (E,) 0 for an edge that is left out of account
    support: IntArray  # (E,) observations behind the edge
    time: IntArray  # (E,) last seen, in units of the clock, or NEVER
    source: IntArray  # (E,) positions in sources
    line: IntArray  # (E,) line in that source, or 0
    sources: tuple[str, ...]  # file names, and "derived" for what was computed
    users: IntArray  # (U,) entity rows
    items: IntArray  # (I,) entity rows
    user_ids: IdMap
    item_ids: IdMap
    clock: Clock = "seconds"

    @classmethod
    def build(cls, dataset: Dataset) -> KnowledgeGraph:
        """The whole graph of a dataset, derived relations included; see `kgrec.pipeline.knowledge_graph`."""
        from kgrec.graph.vocabulary import Namer
        from kgrec.pipeline import knowledge_graph

        return knowledge_graph(dataset, Namer())

    def __repr__(self) -> str:
        return (
            f"<KnowledgeGraph {len(self.iris):,} entities, {len(self.relations)} relations, "
            f"{len(self.head):,} edges, version {self.version}>"
        )

    @cached_property
    def version(self) -> str:
        """A short hash of everything the model reads: equal graphs have equal versions."""
        digest = hashlib.sha256()
        for name in ("head", "relation", "tail", "weight", "time", "users", "items"):
            digest.update(np.ascontiguousarray(getattr(self, name)).tobytes())
        digest.update("\n".join(relation.name for relation in self.relations).encode())
        digest.update("\n".join(map(str, self.iris)).encode())
        return digest.hexdigest()[:12]

    @cached_property
    def item_row_of(self) -> IntArray:
        """Entity row → item row, −1 for entities that are not items (V,)."""
        rows = np.full(len(self.iris), -1, dtype=np.int64)
        rows[self.items] = np.arange(len(self.items))
        return rows

    @cached_property
    def user_row_of(self) -> IntArray:
        """Entity row → user row, −1 for entities that are not users (V,)."""
        rows = np.full(len(self.iris), -1, dtype=np.int64)
        rows[self.users] = np.arange(len(self.users))
        return rows

    @cached_property
    def having(self) -> IntArray:
        """How many attribute edges lead to each entity: how many items have it (V,)."""
        counts = np.zeros(len(self.iris), dtype=np.int64)
        for name in self.names(RelationKind.ATTRIBUTE):
            counts += np.bincount(self.tail[self.edges_of(name)], minlength=len(self.iris))
        return counts

    @cached_property
    def segments(self) -> IntArray:
        """The entity rows of segments (n,)."""
        return np.flatnonzero(self.kinds == "segment")

    def relation_row(self, name: str) -> int:
        """Position of a relation by name."""
        try:
            return self._relation_rows[name]
        except KeyError:
            raise UnknownName("relation", name, [relation.name for relation in self.relations]) from None

    @cached_property
    def _relation_rows(self) -> dict[str, int]:
        return {relation.name: row for row, relation in enumerate(self.relations)}

    @cached_property
    def _bounds(self) -> list[int]:
        """The edges of relation row r are those from bounds[r] to before bounds[r + 1]; (R + 1,)."""
        bounds: list[int] = np.searchsorted(self.relation, np.arange(len(self.relations) + 1)).tolist()
        return bounds

    @cached_property
    def edge_keys(self) -> dict[int, tuple[int, IntArray, IntArray]]:
        """Relation row → first edge row, sorted keys, their order; filled when first asked."""
        return {}

    @staticmethod
    def edge_key(head: IntArray, tail: IntArray) -> IntArray:
        """Both ends of edges in one number, whatever the number of entities (n,)."""
        return (head << 32) | tail

    def edge_row(self, relation: int, head: int, tail: int) -> int:
        """The row of the edge head → tail of a relation row, −1 if there is none."""
        if relation not in self.edge_keys:
            where = self.edges_of(self.relations[relation].name)
            keys = self.edge_key(self.head[where], self.tail[where])
            order = np.argsort(keys, kind="stable")
            self.edge_keys[relation] = where.start, keys[order], order
        first, keys, order = self.edge_keys[relation]
        wanted = (head << 32) | tail
        place = int(keys.searchsorted(wanted))
        found = place < len(keys) and keys[place] == wanted
        return first + int(order[place]) if found else -1

    def edges_of(self, name: str) -> slice:
        """Where the edges of one relation lie."""
        row = self.relation_row(name)
        return slice(self._bounds[row], self._bounds[row + 1])

    def has_edges(self, name: str) -> bool:
        """Whether the graph knows the relation and has an edge of it."""
        if name not in self._relation_rows:
            return False
        where = self.edges_of(name)
        return bool(where.stop > where.start)

    def names(self, *kinds: RelationKind) -> list[str]:
        """Names of the relations of these kinds that have edges, in order."""
        bounds = self._bounds
        return [
            relation.name
            for row, relation in enumerate(self.relations)
            if bounds[row] < bounds[row + 1] and relation.kind in kinds
        ]

    def label(self, entity_row: int, lang: str = "en") -> str:
        """What a person reads for an entity: in the language if it has one, else in any."""
        for language in (lang, *self.labels):
            text = str(self.labels[language][entity_row]) if language in self.labels else ""
            if text:
                return text
        return str(self.iris[entity_row]).rsplit("/", 1)[-1]

    def subgraph(
        self,
        entities: Iterable[str] | None = None,
        *,
        hops: int = 1,
        relations: Collection[str] | None = None,
        kinds: Collection[str] | None = None,
        limit: int = 200_000,
    ) -> nx.MultiDiGraph[str]:
        """A part of the graph for networkx: some entities (ids or IRIs) and what is near them, some relations, some
        kinds of entity, or all; see `kgrec.graph.views.subgraph`. BadInput above `limit` entities and edges."""
        from kgrec.graph import views

        return views.subgraph(self, entities, hops=hops, relations=relations, kinds=kinds, limit=limit)

    def without(self, edges: BoolArray | IntArray) -> KnowledgeGraph:
        """The graph with some edges (mask or rows) removed."""
        keep = np.ones(len(self.head), dtype=bool)
        keep[edges] = False
        return self._edges_at(np.flatnonzero(keep))

    def without_relations(self, names: Iterable[str]) -> KnowledgeGraph:
        """The graph with all edges of some relations removed."""
        gone = [self.relation_row(name) for name in names]
        return self.without(np.isin(self.relation, gone))

    def muted(self, edges: BoolArray | IntArray) -> KnowledgeGraph:
        """The graph with some edges (mask or rows) left out of account: their weight is 0.

        An event left out keeps its place in time, so that what the others add to a score stays as it was; one that
        is removed (`without`) lets the others move up.
        """
        weight = self.weight.copy()
        weight[edges] = 0.0
        return self._with_edges(weight=weight)

    def edges_from(self, entity_row: int, *kinds: RelationKind) -> IntArray:
        """The rows of the edges of some kinds that leave an entity (n,)."""
        heads, edges = self._leaving(kinds)
        first, last = np.searchsorted(heads, [entity_row, entity_row + 1])
        return edges[first:last]

    def _leaving(self, kinds: tuple[RelationKind, ...]) -> tuple[IntArray, IntArray]:
        """The edges of some kinds by where they leave: their heads, ascending, and their rows (n,)."""
        if kinds not in self._edges_by_head:
            spans = [self.edges_of(name) for name in self.names(*kinds)]
            edges = np.concatenate([np.zeros(0, np.int64), *(np.arange(s.start, s.stop) for s in spans)])
            order = np.argsort(self.head[edges], kind="stable")
            self._edges_by_head[kinds] = self.head[edges[order]], edges[order]
        return self._edges_by_head[kinds]

    @cached_property
    def _edges_by_head(self) -> dict[tuple[RelationKind, ...], tuple[IntArray, IntArray]]:
        return {}  # filled when first asked

    def with_edges(self, *tables: Edges, source: str = "derived") -> KnowledgeGraph:
        """The graph with edges added (entity rows), all from one source."""
        added = [
            _EdgeColumns(
                head=table.head,
                relation=np.full(len(table), self.relation_row(table.relation), dtype=np.int64),
                tail=table.tail,
                weight=table.weight.astype(np.float32),
                support=table.support,
                time=np.full(len(table), NEVER, dtype=np.int64),
                line=np.zeros(len(table), dtype=np.int64),
            )
            for table in tables
        ]
        return self._append(added, source)

    def with_events(self, interactions: Interactions, *, source: str = "events") -> KnowledgeGraph:
        """The graph with one more edge per interaction, as when the shop learns of them later.

        Derived relations stay as they are: new events are places to start paths from, nothing else.
        """
        relation_of_event = np.array([self.relation_row(name) for name in EVENT_RELATIONS], dtype=np.int64)
        columns = _EdgeColumns(
            head=self.users[interactions.user],
            relation=relation_of_event[interactions.event],
            tail=self.items[interactions.item],
            weight=interactions.weight,
            support=np.ones(len(interactions), dtype=np.int64),
            time=interactions.time,
            line=interactions.line,
        )
        return self._append([columns], source)

    def only(self, edges: BoolArray | IntArray) -> KnowledgeGraph:
        """The graph with some edges (mask or rows) and no others.

        Operators are compiled elsewhere, so a user's own edges are all it takes to score for them.
        """
        return self._edges_at(np.flatnonzero(edges) if edges.dtype == bool else np.sort(edges))

    def with_user(self, user_id: str, iri: str, label: str = "visitor") -> KnowledgeGraph:
        """The graph with one more user, who has no edges yet; the last user row is theirs."""
        return replace(
            self,
            iris=np.append(self.iris, np.array([iri], dtype=object)),
            kinds=np.append(self.kinds, np.array(["user"], dtype=object)),
            labels={
                lang: np.append(names, np.array([label], dtype=object)) for lang, names in self.labels.items()
            },
            users=np.append(self.users, len(self.iris)),
            user_ids=self.user_ids.and_one(user_id),
        )

    def visitor(
        self, item_rows: IntArray, events: IntArray, *, lines: IntArray | None = None, source: str = "session"
    ) -> KnowledgeGraph:
        """A graph with one more user and no edges but theirs, oldest first: what a session looks like to a model.

        Operators are compiled elsewhere, so scoring needs nothing else; the visitor's row is the last one. `lines` says
        where in the source each event is written.
        """
        n = len(item_rows)
        clock: Clock = "steps"
        session = Interactions(
            user=np.full(n, len(self.users), dtype=np.int64),
            item=item_rows,
            event=events,
            weight=np.ones(n, np.float32),
            time=np.arange(n, dtype=np.int64),
            line=np.zeros(n, np.int64) if lines is None else lines,
            clock=clock,
        )
        return replace(self._nobody, clock=clock)._knowing(self._nobody).with_events(session, source=source)

    @cached_property
    def _nobody(self) -> KnowledgeGraph:
        """The graph with one more user and no edges: made once, not for every visitor."""
        return self._edges_at(np.zeros(0, np.int64)).with_user(VISITOR, VISITOR)

    def _append(self, added: Sequence[_EdgeColumns], source: str) -> KnowledgeGraph:
        sources = self.sources if source in self.sources else (*self.sources, source)
        code = sources.index(source)
        columns: dict[str, Any] = {}
        for name in ("head", "relation", "tail", "weight", "support", "time", "line"):
            columns[name] = np.concatenate([getattr(self, name), *(getattr(a, name) for a in added)])
        codes = [np.full(len(a.head), code, dtype=np.int64) for a in added]
        columns["source"] = np.concatenate([self.source, *codes])
        order = np.argsort(columns["relation"], kind="stable")
        ordered = {name: column[order] for name, column in columns.items()}
        return self._with_edges(sources=sources, **ordered)

    def _edges_at(self, rows: IntArray) -> KnowledgeGraph:
        names = ("head", "relation", "tail", "weight", "support", "time", "source", "line")
        return self._with_edges(**{name: getattr(self, name)[rows] for name in names})

    def _with_edges(self, **columns: Any) -> KnowledgeGraph:
        """The same entities and relations with other edges."""
        return replace(self, **columns)._knowing(self)

    def _knowing(self, other: KnowledgeGraph) -> KnowledgeGraph:
        """This new graph, with what was found out of the same entities and relations in another."""
        for name in ("item_row_of", "user_row_of", "segments", "_relation_rows"):
            self.__dict__[name] = getattr(other, name)
        return self


@dataclass(frozen=True, eq=False)
class _EdgeColumns:
    head: IntArray
    relation: IntArray
    tail: IntArray
    weight: FloatArray
    support: IntArray
    time: IntArray
    line: IntArray
