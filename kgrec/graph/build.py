"""A dataset → its knowledge graph as arrays: what the tables say, nothing derived yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kgrec.domain import (
    EVENT_RELATIONS,
    EVENTS,
    LOG,
    NEVER,
    Dataset,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    ObjectArray,
    Relation,
    RelationKind,
)
from kgrec.errors import BadGraph
from kgrec.graph.entities import EVERYONE_LABELS, Entities, checked, text_column
from kgrec.graph.vocabulary import CATEGORY_SEPARATOR, Namer, relation_named, relations, tail_kind

_RATE = EVENTS.index("rate")
_SHIFT = 1 << 32  # two rows in one number; there are fewer entities than this


def assemble(dataset: Dataset, namer: Namer) -> KnowledgeGraph:
    """The graph of a dataset: users, items, then what facts and segments mention in order, everyone last."""
    entities = Entities()
    users = entities.add_users(dataset, namer)
    items = entities.add_items(dataset, namer)
    files = [dataset.report.files.get(role, role) for role in _ROLES]
    sources = tuple(dict.fromkeys([*files, *([LOG] if (dataset.interactions.line < 0).any() else [])]))
    tables = [
        *_event_edges(dataset.interactions, users, items),
        *_fact_edges(dataset, items, entities, namer),
        *_segment_edges(dataset, users, entities, namer),
    ]
    entities.add(namer.everyone(), "everyone", EVERYONE_LABELS["en"], EVERYONE_LABELS["zh"])
    place = {relation.name: row for row, relation in enumerate(relations())}
    code = {role: sources.index(dataset.report.files.get(role, role)) for role in _ROLES}
    tables.sort(key=lambda table: place[table.relation])
    sizes = [len(table.head) for table in tables]
    line = _joined([table.line for table in tables])
    source = np.repeat(np.array([code[t.role] for t in tables], dtype=np.int64), sizes)
    logged = line < 0
    if logged.any():
        source[logged], line[logged] = sources.index(LOG), -line[logged]
    return KnowledgeGraph(
        iris=np.array(entities.iris, dtype=object),
        kinds=np.array(entities.kinds, dtype=object),
        labels={lang: np.array(names, dtype=object) for lang, names in entities.labels.items()},
        relations=relations(),
        head=_joined([table.head for table in tables]),
        relation=np.repeat(np.array([place[t.relation] for t in tables], dtype=np.int64), sizes),
        tail=_joined([table.tail for table in tables]),
        weight=np.concatenate([np.zeros(0, np.float32), *(table.weight for table in tables)]),
        support=_joined([table.support for table in tables]),
        time=_joined([table.time for table in tables]),
        source=source,
        line=line,
        sources=sources,
        users=users,
        items=items,
        user_ids=checked(dataset.users),
        item_ids=checked(dataset.items),
        clock=dataset.interactions.clock,
    )


_ROLES = ("interactions", "items", "users")


@dataclass(frozen=True, eq=False)
class _Table:
    """Edges of one relation from one file, in entity rows."""

    relation: str
    role: str
    head: IntArray
    tail: IntArray
    weight: FloatArray
    support: IntArray
    time: IntArray
    line: IntArray

    @classmethod
    def of_facts(cls, relation: str, role: str, head: IntArray, tail: IntArray, line: IntArray) -> _Table:
        n = len(head)
        ones, never = np.ones(n, np.int64), np.full(n, NEVER, np.int64)
        return cls(relation, role, head, tail, np.ones(n, np.float32), ones, never, line)

    def at(self, rows: IntArray) -> _Table:
        columns = ("head", "tail", "weight", "support", "time", "line")
        return replace(self, **{name: getattr(self, name)[rows] for name in columns})

    def once(self, *, symmetric: bool) -> _Table:
        """Each pair of ends once, as it was said first."""
        ends = (self.head, self.tail)
        low, high = (np.minimum(*ends), np.maximum(*ends)) if symmetric else ends
        return self.at(np.sort(np.unique(low * _SHIFT + high, return_index=True)[1]))


def _event_edges(interactions: Interactions, users: IntArray, items: IntArray) -> Iterator[_Table]:
    """One edge per user, event and item: support is how often, weight the sum, time and line are the last."""
    for event, relation in enumerate(EVENT_RELATIONS):
        some = interactions.select(np.flatnonzero(interactions.event == event))
        _, pair, counts = np.unique(some.user * _SHIFT + some.item, return_inverse=True, return_counts=True)
        last = np.zeros(len(counts), np.int64)
        last[pair] = np.arange(len(some))  # oldest first, so the last one written is the latest
        amount = some.weight[last] if event == _RATE else np.bincount(pair, some.weight, len(counts))
        order = np.argsort(last)  # whatever has the same time stays in the order of the source
        last = last[order]
        yield _Table(
            relation=relation,
            role="interactions",
            head=users[some.user[last]],
            tail=items[some.item[last]],
            weight=amount[order].astype(np.float32),
            support=counts[order].astype(np.int64),
            time=some.time[last] if interactions.ordered else np.full(len(last), NEVER, np.int64),
            line=some.line[last],
        )


def _fact_edges(dataset: Dataset, items: IntArray, entities: Entities, namer: Namer) -> Iterator[_Table]:
    facts = dataset.facts
    codes, names = pd.factorize(facts.relation)
    for code, name in enumerate(names):
        relation = relation_named(str(name))
        rows = np.flatnonzero(codes == code)
        value, values = pd.factorize(facts.value[rows])
        texts: ObjectArray = np.array([str(text).strip() for text in values], dtype=object)
        ends = _ends_of_values(relation, texts, dataset, items, entities, namer)
        counts = np.array([len(end) for end in ends], dtype=np.int64)
        tail_of_value = np.array([row for end in ends for row in end], dtype=np.int64)
        start = np.cumsum(counts) - counts
        many = counts[value]  # (F,) a category fact says one edge for each step of its path
        step = np.arange(many.sum()) - np.repeat(np.cumsum(many) - many, many)
        head = np.repeat(items[facts.item[rows]], many)
        tail = tail_of_value[np.repeat(start[value], many) + step]
        table = _Table.of_facts(relation.name, "items", head, tail, np.repeat(facts.line[rows], many))
        yield table.at(np.flatnonzero(head != tail)).once(symmetric=relation.symmetric)


def _ends_of_values(
    relation: Relation,
    values: ObjectArray,
    dataset: Dataset,
    items: IntArray,
    entities: Entities,
    namer: Namer,
) -> list[list[int]]:
    """For each value of a relation, the entity rows at the other end of its edges."""
    if relation.kind is RelationKind.LINK:
        return [_linked(str(value), dataset, items, entities, namer) for value in values]
    if relation.kind is not RelationKind.ATTRIBUTE:
        raise BadGraph(
            f"the catalogue says {relation.name!r} of items, but that relation comes from elsewhere; "
            "use an attribute or a link"
        )
    kind = tail_kind(relation.name)
    if kind == "category":
        return [_category_steps(value, entities, namer) for value in values]
    return [[entities.add(namer.entity(kind, value), kind, value)] if value else [] for value in values]


def _linked(item_id: str, dataset: Dataset, items: IntArray, entities: Entities, namer: Namer) -> list[int]:
    if item_id in dataset.items:
        return [int(items[dataset.items.row(item_id)])]
    kind = "unlisted_item"
    return [entities.add(namer.entity(kind, item_id), kind, item_id)] if item_id else []


def category_path(value: str) -> list[str]:
    """The names of a category's path, broadest first: "Skin > Face" → ["Skin", "Face"]."""
    return [name for part in value.split(CATEGORY_SEPARATOR) if (name := part.strip())]


def _category_steps(value: str, entities: Entities, namer: Namer) -> list[int]:
    names = category_path(value)
    paths = [CATEGORY_SEPARATOR.join(names[: n + 1]) for n in range(len(names))]
    return [
        entities.add(namer.entity("category", path), "category", name)
        for path, name in zip(paths, names, strict=True)
    ]


def _segment_edges(dataset: Dataset, users: IntArray, entities: Entities, namer: Namer) -> Iterator[_Table]:
    for column in map(str, dataset.user_table.columns):
        value, values = pd.factorize(text_column(dataset.user_table, column, len(users)))
        title = column.replace("_", " ")
        rows = [
            entities.add(namer.segment(column, text), "segment", f"{title}: {text}") if text else -1
            for text in map(str, values)
        ]
        segment = np.array(rows, dtype=np.int64)[value] if len(value) else np.zeros(0, np.int64)
        known = np.flatnonzero(segment >= 0)
        lines = np.zeros(len(known), np.int64)
        yield _Table.of_facts("in_segment", "users", users[known], segment[known], lines)


def _joined(columns: list[IntArray]) -> IntArray:
    return np.concatenate([np.zeros(0, np.int64), *columns])
