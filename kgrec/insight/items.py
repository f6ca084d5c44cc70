"""An item: who is led to it, by which ways and from what, what it lacks; and the items that nothing leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from kgrec.domain import (
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    REJECTIONS,
    Accountable,
    Arrivals,
    BoolArray,
    Collective,
    Float64Array,
    IntArray,
    KnowledgeGraph,
    RelationKind,
)
from kgrec.explain.teller import Teller
from kgrec.explain.wording.speech import groups_as_one
from kgrec.guide import Guide
from kgrec.insight.described import Attribute, Described, Kindred, Missing
from kgrec.insight.relations import RelationShare, WayShare, demand_accountable, relation_shares, way_shares
from kgrec.insight.survey import DEPTH, FIRST, Survey, askers
from kgrec.live.outcomes import Share
from kgrec.shelf import ItemSummary

MOST_SOURCES = 20
BRAND = "has_brand"


@dataclass(frozen=True)
class Source:
    """What users have or are that leads them to an item, and how many of them."""

    kind: str  # of the entity: "item", "segment", "brand"
    item_id: str | None  # of an item
    iri: str
    label: str
    contribution: float
    users: int  # never fewer than may be counted out, see `least_people` of [explain]


@dataclass(frozen=True)
class ItemInsight:
    """An item and what leads to it.

    Ways, relations and sources add up what all paths from all users who do not have it add to it; rules and wishes are
    not in it. `first` and `near` are of the lists of the survey, in which they are.
    """

    item: ItemSummary
    lang: str
    attributes: tuple[Attribute, ...]
    missing: tuple[Missing, ...]
    compared_with: Kindred
    first: Share  # of the lists looked at: those that hold it among the first 10
    near: Share  # among the first 50
    reached: Share  # of all users who do not have it: those whom any path leads to it
    prior: float  # what everybody's choices add to it for somebody with a history
    total: float  # Σ of all paths to it
    ways: tuple[WayShare, ...]  # largest first
    relations: tuple[RelationShare, ...]
    sources: tuple[Source, ...]  # items and segments, largest first
    brands: tuple[Source, ...]  # the same items by brand
    model: str
    graph_version: str


def item_insight(guide: Guide, found: Survey, item_id: str, lang: str = "en") -> ItemInsight:
    """What leads to an item, and what it lacks."""
    demand_accountable(guide)
    graph, teller, item_row = guide.graph, guide.teller(lang), guide.dataset.items.row(item_id)
    asked = np.zeros(len(graph.users), bool)  # of those who may be asked about all who do not have it
    asked[guide.usable_users()] = True
    asked[holders(graph, item_row)] = False
    there = _of_users(_arrivals(guide, np.array([item_row]), found), asked)
    described = Described(guide.dataset, graph, teller)
    missing, compared_with = described.missing(item_row)
    total = float(there.contribution.sum())
    by_way = _sums(there.way, there.contribution, len(there.ways))
    by_start = _sums(there.relation, there.contribution, len(graph.relations))
    return ItemInsight(
        item=guide.item(item_id),
        lang=lang,
        attributes=described.attributes(item_row),
        missing=missing,
        compared_with=compared_with,
        first=found.held(item_row, FIRST),
        near=found.held(item_row, DEPTH),
        reached=Share(int(np.count_nonzero(np.bincount(there.user))), int(asked.sum())),
        prior=usual(guide, item_row),
        total=total,
        ways=tuple(
            way
            for way in way_shares(guide, teller, _merged(there.ways, by_way), 0.0, total)
            if way.contribution
        ),
        relations=tuple(
            relation
            for relation in relation_shares(graph, teller, _merged(there.ways, by_way), by_start, 0.0, total)
            if relation.contribution
        ),
        sources=_sources(groups_as_one(graph, teller.voice)[there.source], there, graph, teller),
        brands=_brands(there, graph, teller),
        model=guide.model_name,
        graph_version=guide.graph_version,
    )


def holders(graph: KnowledgeGraph, item_row: int) -> IntArray:
    """The user rows of those who have chosen or rejected an item, by the graph (n,)."""
    relations = [EVENT_RELATIONS[EVENTS.index(event)] for event in (*CHOICES, *REJECTIONS)]
    if not any(graph.has_edges(EVENT_RELATIONS[EVENTS.index(event)]) for event in CHOICES):
        relations = list(EVENT_RELATIONS)  # a shop that records views only
    heads = [
        graph.head[where][graph.tail[where] == graph.items[item_row]]
        for where in map(graph.edges_of, relations)
    ]
    return np.unique(graph.user_row_of[np.concatenate(heads)])


def usual(guide: Guide, item_row: int) -> float:
    """What everybody's choices add to an item for somebody who has done something; 0 where nobody has."""
    graph = guide.graph
    for name in graph.names(RelationKind.EVENT):
        first = graph.user_row_of[graph.head[graph.edges_of(name)][:1]]
        return float(guide.model.prior(graph, int(first[0]))[item_row])
    return 0.0


def _arrivals(guide: Guide, item_rows: IntArray, found: Survey) -> Arrivals:
    """What leads everybody to some items; of a model that cannot be asked of all at once, those of the survey."""
    if isinstance(guide.model, Collective):
        return guide.model.arrivals(guide.graph, item_rows)
    return gathered(guide, item_rows, guide.dataset.users.rows(found.sample.user_ids))


def gathered(guide: Guide, item_rows: IntArray, user_rows: IntArray) -> Arrivals:
    """The same for some users, one after the other."""
    assert isinstance(guide.model, Accountable)
    ways: dict[str, int] = {}
    nothing = np.zeros(0, np.int64)
    parts: list[tuple[IntArray, ...]] = [(nothing, nothing, nothing, nothing, nothing)]
    amounts: list[Float64Array] = [np.zeros(0)]
    for user_row in user_rows.tolist():
        terms = guide.model.terms(guide.graph, user_row)
        here = np.flatnonzero(np.isin(terms.item, item_rows))
        way = np.array([ways.setdefault(name, len(ways)) for name in terms.ways], np.int64)
        ends = np.array([(hop.tail, hop.relation) for hop in terms.hops], np.int64).reshape(-1, 2)
        slot = ends[terms.slot[here]]
        parts.append(
            (np.full(len(here), user_row), slot[:, 0], slot[:, 1], way[terms.way[here]], terms.item[here])
        )
        amounts.append(terms.contribution[here])
    user, source, relation, of_way, item = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Arrivals(tuple(ways), user, source, relation, of_way, item, np.concatenate(amounts))


def _of_users(there: Arrivals, users: BoolArray) -> Arrivals:
    """What leads some of the users (U,)."""
    here = np.flatnonzero(users[there.user])
    names = ("user", "source", "relation", "way", "item", "contribution")
    return replace(there, **{name: getattr(there, name)[here] for name in names})


def _sums(place: IntArray, amount: Float64Array, n: int) -> Float64Array:
    return np.bincount(place, weights=amount, minlength=n).astype(np.float64)


def _merged(ways: tuple[str, ...], amounts: Float64Array) -> tuple[tuple[str, ...], Float64Array]:
    """Ways of one name together: to items that nobody has chosen a model may go by gates of their own."""
    total: dict[str, float] = {}
    for way, amount in zip(ways, amounts.tolist(), strict=True):
        total[way] = total.get(way, 0.0) + amount
    return tuple(total), np.array(list(total.values()), np.float64)


def _brands(there: Arrivals, graph: KnowledgeGraph, teller: Teller) -> tuple[Source, ...]:
    if not graph.has_edges(BRAND):
        return ()
    brand_of = np.full(len(graph.iris), -1)
    where = graph.edges_of(BRAND)
    brand_of[graph.head[where][::-1]] = graph.tail[where][::-1]  # of several, the first
    return _sources(brand_of[there.source], there, graph, teller)


def _sources(entity: IntArray, there: Arrivals, graph: KnowledgeGraph, teller: Teller) -> tuple[Source, ...]:
    """What leads to it, by some entity of each term (n,), −1 for none, as far as enough people stand behind it."""
    known = np.flatnonzero(entity >= 0)
    n = len(graph.iris)
    total = _sums(entity[known], there.contribution[known], n)
    pairs = np.sort(entity[known] * len(graph.users) + there.user[known])
    pairs = pairs[np.flatnonzero(np.diff(pairs, prepend=-1))]  # each once
    people = np.bincount(pairs // len(graph.users), minlength=n)
    enough = np.flatnonzero((people >= teller.voice.least_people) & (total > 0))
    order = enough[np.argsort(-total[enough], kind="stable")][:MOST_SOURCES]
    return tuple(
        Source(
            kind=str(graph.kinds[row]),
            item_id=str(teller.item_ids[graph.item_row_of[row]]) if graph.item_row_of[row] >= 0 else None,
            iri=str(graph.iris[row]),
            label=teller.label(graph, row),
            contribution=float(total[row]),
            users=int(people[row]),
        )
        for row in order.tolist()
    )


# Items that nothing leads to


@dataclass(frozen=True)
class Unled:
    """An item that nobody is led to, and what it lacks."""

    item: ItemSummary
    why: Literal["no path", "no list"]  # no path from anybody, or in nobody's first 50
    missing: tuple[Missing, ...]


@dataclass(frozen=True)
class UnledItems:
    """Some of them, those that no path leads to first."""

    items: tuple[Unled, ...]
    total: int
    without_path: int  # of the total
    users: int  # whose lists were looked at
    of_users: int


def items_nothing_leads_to(
    guide: Guide, found: Survey, lang: str = "en", limit: int = 50, offset: int = 0
) -> UnledItems:
    """The items that no path leads to, and those in nobody's first 50 places, in the order of the catalogue."""
    n = guide.item_count()
    led = led_to(guide, found)
    listed, open_ = np.zeros(n, bool), np.ones(n, bool)
    listed[found.rows[found.rows >= 0]] = True
    open_[found.out] = False
    no_path, no_list = np.flatnonzero(~led & open_), np.flatnonzero(led & ~listed & open_)
    rows = np.concatenate([no_path, no_list])
    described = Described(guide.dataset, guide.graph, guide.teller(lang))
    return UnledItems(
        items=tuple(
            Unled(
                guide.item(str(guide.dataset.items.ids[row])),
                "no list" if led[row] else "no path",
                described.missing(row)[0],
            )
            for row in rows[offset : offset + limit].tolist()
        ),
        total=len(rows),
        without_path=len(no_path),
        users=len(found.sample),
        of_users=found.sample.of,
    )


def led_to(guide: Guide, found: Survey) -> BoolArray:
    """Which items a path leads to (I,)."""
    if isinstance(guide.model, Collective):
        return guide.model.led_to(guide.graph)
    led = np.zeros(guide.item_count(), bool)
    for items in _reached(guide, found):
        led[items] = True
    return led


def _reached(guide: Guide, found: Survey) -> Iterator[IntArray]:
    if isinstance(guide.model, Accountable):
        for asker in askers(guide, found.sample):
            yield asker.terms.item
    else:
        yield np.arange(guide.item_count())  # it has no paths that could be missing
