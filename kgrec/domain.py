"""The words everybody speaks: tables in, a knowledge graph, paths, explanations out.

Shape letters, used in every docstring of the project: U users, I items, V entities, R relations, E edges,
N interactions, F facts, B users in a batch. *Ids* are the shop's own keys (strings); *rows* are positions in
arrays (integers); *labels* are what a person reads. A variable's name says which it holds.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt
import pandas as pd

from kgrec.errors import UnknownName

if TYPE_CHECKING:
    import networkx as nx

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float32]
Float64Array = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]
ObjectArray = npt.NDArray[np.object_]

EVENTS = ("view", "cart", "buy", "rate", "return", "dislike")
"""The kinds of interaction, weakest intent first; an interaction's `event` is a position in this tuple."""

EVENT_RELATIONS = ("viewed", "carted", "bought", "rated", "returned", "disliked")
"""The relation user → item that each event becomes in the graph, in the order of `EVENTS`."""

CHOICES = ("buy", "rate")
"""Events that express a choice; they are what is predicted. A shop with none of them is predicted by all it has."""

REJECTIONS = ("return", "dislike")
"""Events that take an item out of what a recommendation may start from."""

NEVER = np.iinfo(np.int64).min
"""The `time` of an edge that has none."""

VISITOR = "urn:kgrec:visitor"
"""The IRI of somebody who is known by a session only."""


_UNFIT = frozenset("\ufffe\uffff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object) -> str:
    """A text that cannot turn its surroundings around or break XML: no control characters, no marks of direction."""
    whole = str(text)
    if whole.isprintable():  # most are, and have none of these
        return whole.strip()
    kept = (
        " " if c.isspace() else "" if c in _UNFIT or unicodedata.category(c) in ("Cc", "Cs") else c
        for c in whole
    )
    return "".join(kept).strip()


MAX_ID_CHARACTERS = 512

ID_FAULTS: tuple[tuple[Callable[[str], bool], str, str], ...] = (
    (lambda name: not name.strip(), "is empty", "fill it in or leave the row out"),
    (
        lambda name: len(name) > MAX_ID_CHARACTERS,
        f"is longer than {MAX_ID_CHARACTERS} characters",
        "shorten it",
    ),
    (
        lambda name: "\0" in name or any("\ud800" <= character <= "\udfff" for character in name),
        "holds a character that no key can hold (NUL or half a character)",
        "remove it",
    ),
)
"""Whether an id has a fault, what it is, and what to do about it."""


class IdMap:
    """Ids ↔ rows of one kind of thing; the row of an id is its position."""

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        self.kind = kind
        self.ids: ObjectArray = np.array(list(ids), dtype=object)
        self._rows: dict[str, int] = {name: row for row, name in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            raise ValueError(f"{kind} ids are not unique")

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __repr__(self) -> str:
        return f"<IdMap of {len(self):,} {self.kind}s>"

    def row(self, name: str) -> int:
        """The row of one id; UnknownName with the nearest ids if there is none."""
        try:
            return self._rows[name]
        except KeyError:
            raise UnknownName(self.kind, name, self.ids) from None

    def and_one(self, name: str) -> IdMap:
        """The same ids and one more, in the last row."""
        more = IdMap(self.kind, ())
        more.ids, more._rows = (
            np.append(self.ids, np.array([name], dtype=object)),
            {**self._rows, name: len(self)},
        )
        if len(more._rows) != len(more.ids):
            raise ValueError(f"{self.kind} ids are not unique")
        return more

    def rows(self, names: Iterable[str]) -> IntArray:
        """The rows of many ids (n,)."""
        return np.fromiter((self.row(name) for name in names), dtype=np.int64)


Progress = Callable[[str, int, int, str], None]
"""Called with what is going on, how far it is, of how many, and a figure to show."""


LOG = "events"
"""The source of what the event log says; its lines are the numbers of events."""

Clock = Literal["seconds", "steps", "none"]
"""What `Interactions.time` counts: Unix seconds, the place in the user's sequence, or nothing known."""


@dataclass(frozen=True, eq=False)
class Interactions:
    """Who did what with which item, oldest first: parallel arrays of length N."""

    user: IntArray  # (N,) user rows
    item: IntArray  # (N,) item rows
    event: IntArray  # (N,) positions in EVENTS
    weight: FloatArray  # (N,) how much of it, > 0: a quantity, or the rating of a "rate" event
    time: IntArray  # (N,) in units of the clock
    line: IntArray  # (N,) line of the source file (1 is the first), 0 where there is none, −n for event n of the log
    clock: Clock = "seconds"

    def __len__(self) -> int:
        return len(self.user)

    def __repr__(self) -> str:
        return f"<Interactions {len(self):,}, clock {self.clock}>"

    def select(self, which: BoolArray | IntArray) -> Interactions:
        """The interactions picked by a mask or by positions, in that order."""
        columns = ("user", "item", "event", "weight", "time", "line")
        return replace(self, **{name: getattr(self, name)[which] for name in columns})

    @property
    def ordered(self) -> bool:
        """Whether it is known what came first."""
        return self.clock != "none"


@dataclass(frozen=True, eq=False)
class Facts:
    """What the catalogue says of items as edges to be: parallel arrays of length F.

    `relation` is a name such as "has_brand"; `value` the label of the entity at its other end, or, for links
    between items ("compatible_with", "also_bought"), an item id, which need not be in the catalogue.
    A category may be a path of names joined by " > ", broadest first.
    """

    item: IntArray  # (F,) item rows
    relation: ObjectArray  # (F,) relation names
    value: ObjectArray  # (F,) labels or item ids
    line: IntArray  # (F,) line of the source file

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True)
class Dropped:
    """Rows that were left out, why, and where the first of them stands."""

    file: str
    reason: str
    rows: int
    first_line: int


@dataclass(frozen=True)
class LeftOut:
    """Cells of a column that could not be used, why, and where the first of them stands."""

    file: str
    column: str
    reason: str  # "no price"
    remedy: str  # "write a number such as 12.50"
    cells: int
    first_line: int
    example: str  # what stands there, shortened

    def __str__(self) -> str:
        more = f" ({self.cells:,} such cells)" if self.cells > 1 else ""
        where = f"{self.file}:{self.first_line}, column {self.column}"
        return f"{where}: {self.example!r} is {self.reason} and was left out{more}; {self.remedy}"


@dataclass(frozen=True)
class ValidationReport:
    """What was read, which column was taken for what, and what was left out."""

    files: Mapping[str, str] = field(default_factory=dict)  # role ("interactions", "items", …) → file name
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # file → {its column: taken for}
    dropped: Sequence[Dropped] = ()
    notes: Sequence[str] = ()
    mapping: str = ""  # what each column became and why: the text of a mapping.toml, or nothing
    left_out: Sequence[LeftOut] = ()


Datatype = Literal["string", "integer", "decimal", "boolean", "date", "dateTime", "item"]
"""A type of XML Schema by its local name, or "item" for links to other items."""


@dataclass(frozen=True)
class Property:
    """How a column of the items table is told in the graph store: one literal an item, or one a line of its cell."""

    iri: str = ""  # "schema:sku", a whole IRI, or "" for one of the shop's own
    datatype: Datatype = "string"
    lang: str = ""  # of its texts
    label: str = ""  # what the shop calls it
    unit: str = ""  # of its numbers


@dataclass(frozen=True)
class Idiom:
    """How a catalogue is told: the class of its items, the properties of its own columns, and its words.

    `words` is language → what sentences say in place of what they say of shops, see `kgrec.explain.wording.own`.
    """

    item_class: str = "schema:Product"
    properties: Mapping[str, Property] = field(default_factory=dict)  # by column of the items table
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a source delivers, checked: rows of the tables are user rows and item rows."""

    users: IdMap
    items: IdMap
    interactions: Interactions
    item_table: (
        pd.DataFrame
    )  # I rows of literals: title, title_zh, description, price, image, …; text is "" if unknown
    user_table: pd.DataFrame  # U rows: segment columns such as age_band, city; "" if unknown
    facts: Facts
    reviews: pd.DataFrame  # columns user_id, item_id, rating, text, lang, datetime; may be empty
    held_out: Interactions | None = None  # a test part that the source itself brings
    report: ValidationReport = field(default_factory=ValidationReport)
    idiom: Idiom = field(default_factory=Idiom)
    item_lines: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """(I,) line of the items table on which each item stands, 0 where it has none; empty if that is not known."""

    def __repr__(self) -> str:
        sizes = (
            f"{len(self.users):,} users, {len(self.items):,} items, {len(self.interactions):,} interactions"
        )
        return f"<Dataset {sizes}>"

    def with_interactions(self, interactions: Interactions) -> Dataset:
        """The same shop knowing only these interactions: how a split keeps the future out."""
        return replace(self, interactions=interactions, held_out=None)

    @classmethod
    def from_frames(
        cls,
        interactions: Any,
        items: Any = None,
        users: Any = None,
        reviews: Any = None,
        columns: Mapping[str, str] | None = None,
        on_invalid: Literal["raise", "drop"] = "raise",
        mapping: Any = None,
    ) -> Dataset:
        """A dataset from pandas, Polars or Arrow frames; see `kgrec.sources.frames.from_frames`."""
        from kgrec.sources.frames import from_frames

        return from_frames(interactions, items, users, reviews, columns, on_invalid, mapping)


class RelationKind(StrEnum):
    """What a relation joins and where its edges come from; it decides which metapaths use it."""

    EVENT = "event"  # user → item, from interactions
    SEGMENT = "segment"  # user → segment, from the users table
    ATTRIBUTE = "attribute"  # item → entity that other items share, from the catalogue
    LINK = "link"  # item → item, from the catalogue
    CONTENT = "content"  # item – item, derived from text or pictures
    SEQUENCE = "sequence"  # item → item chosen later, derived from interactions
    TOGETHER = "together"  # item – item chosen by the same users, derived from interactions
    POPULARITY = "popularity"  # segment or everyone → item, derived from interactions


@dataclass(frozen=True)
class Relation:
    """An edge type as the ontology declares it.

    `phrase` and `inverse_phrase` say one hop in a language ("{subject} is by {object}"), walked forward or
    backward; the slots are always the triple's subject and object.
    """

    name: str  # snake case: has_brand
    iri: str
    kind: RelationKind
    symmetric: bool
    label: Mapping[str, str]  # language → "has brand"
    phrase: Mapping[str, str]
    inverse_phrase: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of one relation that a stage proposes for the graph, in rows: parallel arrays."""

    relation: str
    head: IntArray
    tail: IntArray
    weight: FloatArray  # > 0; what it measures is the relation's business (a count, a cosine)
    support: IntArray  # how many observations stand behind it, 0 where that has no meaning

    def __len__(self) -> int:
        return len(self.head)

    def mapped(self, rows: IntArray) -> Edges:
        """The same edges with both ends sent through `rows`, as from item rows to entity rows."""
        return replace(self, head=rows[self.head], tail=rows[self.tail])


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


@dataclass(frozen=True)
class RowHop:
    """One edge of the graph walked, in rows; `inverse` means from tail to head."""

    head: int  # entity row of the triple's subject
    relation: int  # relation row
    tail: int  # entity row of the triple's object
    inverse: bool


SOMEBODY = -1
"""In place of the entity row of another user where paths over several are told as one: who they are is not told."""


@dataclass(frozen=True)
class RowPath:
    """One walk from a user to an item and what it adds to the score, in rows: what models return.

    Paths that differ only in which other users they go over may be one, with SOMEBODY in their place.
    """

    hops: tuple[RowHop, ...]
    contribution: float
    people: int = 0  # how many other users it stands for


@dataclass(frozen=True)
class Reasons:
    """What a score is made of besides the prior: its largest paths, and what all the others add up to."""

    paths: tuple[RowPath, ...]  # largest contribution first
    rest: float
    n_rest: int


@dataclass(frozen=True, eq=False)
class Terms:
    """A user's scores taken apart: S things known of the user, M ways on from them, n terms that are not 0.

    A score is the prior and the terms of its item. A term is the sum of all paths that start from one of the things
    known and go on in one way.
    """

    hops: tuple[RowHop, ...]  # (S,) user → item or segment, the first hop of the paths
    ways: tuple[str, ...]  # (M,) "followed_by → shares_buyers": how paths go on from there
    slot: IntArray  # (n,) positions in hops
    way: IntArray  # (n,) positions in ways
    item: IntArray  # (n,) item rows
    contribution: Float64Array  # (n,)
    n_items: int

    def __len__(self) -> int:
        return len(self.item)

    @cached_property
    def by_slot(self) -> Float64Array:
        """What all paths from each thing known add to every item (S, I)."""
        size = len(self.hops) * self.n_items
        cell = self.slot * self.n_items + self.item
        total = np.bincount(cell, weights=self.contribution, minlength=size).astype(np.float64)
        return total.reshape(len(self.hops), self.n_items)

    def of_item(self, item_row: int) -> Terms:
        """The terms of one item, largest first."""
        here = np.flatnonzero(self.item == item_row)
        here = here[np.argsort(-self.contribution[here], kind="stable")]
        columns = ("slot", "way", "item", "contribution")
        return replace(self, **{name: getattr(self, name)[here] for name in columns})


@dataclass(frozen=True, eq=False)
class Arrivals:
    """What leads everybody to some items, taken apart: n terms that are not 0, as in `Terms`."""

    ways: tuple[str, ...]  # (M,)
    user: IntArray  # (n,) user rows
    source: IntArray  # (n,) entity rows: the item or segment that the paths start from
    relation: IntArray  # (n,) relation rows: what joins the user to it
    way: IntArray  # (n,) positions in ways
    item: IntArray  # (n,) item rows
    contribution: Float64Array  # (n,)


@dataclass(frozen=True)
class Metapath:
    """The sequence of relations of a path; str: "bought · has_brand · has_brand⁻¹"."""

    relations: tuple[tuple[str, bool], ...]  # (name, inverse)

    def __str__(self) -> str:
        return " · ".join(name + ("⁻¹" if inverse else "") for name, inverse in self.relations)


@dataclass(frozen=True)
class Hop:
    """One stored triple that a path walks."""

    subject: str  # IRI
    relation: str  # IRI
    object: str  # IRI
    inverse: bool  # walked from object to subject
    source: str  # "items.csv:12", or "derived, seen 7 times"
    labels: Mapping[str, str]  # "subject", "relation", "object" → what a person reads


@dataclass(frozen=True)
class Path:
    """A walk from a user to an item with what it adds to the score."""

    metapath: str
    contribution: float
    share: float  # of the whole score, 0 … 1
    hops: tuple[Hop, ...]
    text: str


Asked = Literal["gift", "less", "more", "never"]
"""What users can ask for: to draw no conclusions from an item they have, less or more of something, or not to be shown
an item, from which then nothing is concluded either."""


ABOUT_ITEMS: tuple[Asked, ...] = ("gift", "never")
"""The wishes that are about one item, and so about the paths that start from it."""


@dataclass(frozen=True)
class Wish:
    """What a user asks of their recommendations, about one entity; it holds until it is taken back."""

    asked: Asked
    entity_row: int  # of an item, for a gift and never; of what items have in common, for less and more


@dataclass(frozen=True)
class Granted:
    """A wish of a user that has changed the score of an item, and by which factor."""

    asked: Asked
    entity: str  # IRI
    label: str
    factor: float  # on all paths to the item; for a gift and never 0, on those that start from it


Out = Literal["taken", "unwanted", "rule", "withdrawn"]
"""Why an item has no place for a user whatever its score: they have or rejected it, they asked not to see it, a rule of
the shop leaves it out, or the shop no longer has it."""


RuleDo = Literal["boost", "bury", "pin", "exclude", "complement"]
"""What an expert rule of a shop can do, see `kgrec.rules`."""


@dataclass(frozen=True)
class Ruled:
    """An expert rule that has changed the score of an item or its place in a list."""

    name: str
    do: RuleDo
    factor: float | None  # on all paths to the item; of a complement, how strong the path is that it adds
    place: int | None  # where it has put the item whatever its score; None where the score did
    reason: Mapping[str, str]  # language → what shoppers are told; may be empty


@dataclass(frozen=True)
class Remainder:
    """What the paths not listed add up to, exactly, and how many they are."""

    contribution: float
    paths: int


@dataclass(frozen=True)
class Receipt:
    """Proof by deletion: the evidence that the listed paths start from left out, everything scored again.

    `predicted_without` is the score less what all paths from that evidence add; `score_without` is scored anew.
    `sufficient_rank` is the item's rank with the listed paths alone, among items scored by that evidence alone.
    Ranks are None where the item has no place.
    """

    removed: int  # triples
    score_without: float
    rank_without: int | None
    predicted_without: float
    sufficient_rank: int | None


@dataclass(frozen=True)
class Explanation:
    """Why an item has its score: prior + Σ contributions + remainder = score."""

    user_id: str
    item_id: str
    lang: str
    score: float
    rank: int | None  # 1 is best; None where it has no place, `out` says why
    prior: float
    text: str
    paths: tuple[Path, ...]
    remainder: Remainder
    model: str
    graph_version: str
    receipt: Receipt | None = None  # None where it was not asked for, or the model cannot give one
    wishes: tuple[Granted, ...] = ()  # what the user has asked for that bears on this score
    rules: tuple[Ruled, ...] = ()  # of the shop's experts, that bear on this score or its place
    prior_of: Literal["always", "now"] = "always"  # whether recent choices count for more in the prior
    out: Out | None = None  # why it has no place, where it has none

    @property
    def title(self) -> str:
        """What the item is called in its paths, else its id."""
        if not self.paths:
            return plain(self.item_id)
        last = self.paths[0].hops[-1]
        return plain(last.labels["subject" if last.inverse else "object"]) or plain(self.item_id)

    def __str__(self) -> str:
        place = f", place {self.rank}" if self.rank else ""
        first = plain(self.text.strip().partition("\n")[0])
        return f"{self.title} for {plain(self.user_id)}{place}, score {self.score:.4g}: {first}"

    def __repr__(self) -> str:
        ends = f"{plain(self.user_id)} → {plain(self.item_id)}"
        listed = f"{len(self.paths)} of {len(self.paths) + self.remainder.paths:,} paths"
        return f"<Explanation {ends}: score {self.score:.6g}, prior {self.prior:.6g}, {listed}>"

    def _repr_html_(self) -> str:
        """What notebooks show; see `kgrec.explain.fragment`."""
        from kgrec.explain.fragment import fragment

        return str(fragment(self))


@dataclass(frozen=True)
class Recommendation:
    """One item for one user, with its place."""

    item_id: str
    title: str
    score: float
    rank: int
    rules: tuple[Ruled, ...] = ()  # of the shop's experts, that bear on its score or place


class Recommender(Protocol):
    """Anything that scores items from a graph. Rows in, arrays out; the graph is an argument, never hidden state.

    `exact` says whether prior + Σ contributions of `paths` is the score; a model with no paths may let its prior
    be its whole score. `history` has the figures of every training round, oldest first.
    """

    name: ClassVar[str]
    config_type: ClassVar[type]  # a frozen dataclass, or NoConfig
    space: ClassVar[Mapping[str, Any]]  # what is worth searching: setting → kgrec.models.settings.Setting
    exact: bool
    history: list[dict[str, float]]

    def __init__(self, config: Any = None) -> None: ...

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from the graph; returns self.

        What is chosen by figures (a round, an epoch) is chosen on the validation part; without one, a part of
        the graph's own events is hidden for it.
        """
        ...

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Scores of all items for some users (B, I)."""
        ...

    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """The part of a user's scores that owes nothing to what is known of them (I,)."""
        ...

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """All paths from a user to an item, without those of the prior, largest contribution first."""
        ...

    def reasons(self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths from a user, and the others added up."""
        ...

    def save(self, folder: FilePath) -> None:
        """Write the model into an existing folder as plain files: arrays, safetensors, JSON."""
        ...

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model, with the graph it was fitted on."""
        ...


@runtime_checkable
class Accountable(Protocol):
    """A model whose scores are sums over the things known of a user: it can say what each of them adds, and prove it.

    A thing left out of account (see `KnowledgeGraph.muted`) takes its terms along and changes no other.
    """

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """A user's scores, taken apart."""
        ...


@runtime_checkable
class Tracing(Protocol):
    """A model that finds the largest path of some ways alone, without looking at the others."""

    def largest_paths(
        self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, ways: Collection[str] | None = None
    ) -> list[RowPath | None]:
        """For each of some items, the largest path from a user that goes on in one of some ways, or in any."""
        ...


@runtime_checkable
class Leading(Protocol):
    """A model that knows which items lead to which."""

    def leads(self, item_row: int) -> FloatArray:
        """What a purchase of each item, made last, would add to one item (I,)."""
        ...


@runtime_checkable
class Collective(Protocol):
    """A model that can be asked of everybody at once what it would take long to ask of one user after another."""

    def arrivals(self, graph: KnowledgeGraph, item_rows: IntArray) -> Arrivals:
        """What leads everybody to some items: for each user the same as their `terms`."""
        ...

    def led_to(self, graph: KnowledgeGraph) -> BoolArray:
        """Which items a path leads to from anybody (I,)."""
        ...

    def strengths(self) -> Mapping[str, float]:
        """How strong each way is as it was learned: what its paths are multiplied by."""
        ...


@runtime_checkable
class Movable(Protocol):
    """A model whose learned weights hold for other graphs of the same entities too."""

    def on(self, graph: KnowledgeGraph) -> Self:
        """The model over another graph, without learning anything anew."""
        ...


@dataclass(frozen=True)
class NoConfig:
    """The configuration of a model that has nothing to set."""


@runtime_checkable
class RatingPredictor(Protocol):
    """A model that can also say how many stars a user would give."""

    def rate(self, graph: KnowledgeGraph, user_rows: IntArray, item_rows: IntArray) -> FloatArray:
        """The predicted rating of each (user, item) pair (n,)."""
        ...
