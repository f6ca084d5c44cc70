"""What each relation and each metapath adds to recommendations, and what would change without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from kgrec.domain import (
    Accountable,
    BoolArray,
    Collective,
    Float64Array,
    KnowledgeGraph,
    RelationKind,
    Terms,
    legs_of,
)
from kgrec.errors import BadInput, UnknownName
from kgrec.explain.asker import COMPLEMENTED, Asker
from kgrec.explain.teller import Teller
from kgrec.guide import MOST, Guide
from kgrec.insight.changes import Changes, Lists, Pair, pair
from kgrec.insight.sample import PREVIEWED, Sample, sample
from kgrec.insight.survey import FIRST, Survey

ANY_ATTRIBUTE = "any_attribute"
"""What ways call the step over any attribute that two items share; it can be left out like a relation."""


@dataclass(frozen=True)
class RelationShare:
    """A relation of the graph and what comes over it.

    A path that walks several relations counts for each of them, so the shares add up to more than 1.
    """

    relation: str
    label: str
    kind: str  # a `RelationKind`, or "" for a step over several relations at once, as over any attribute
    edges: int
    contribution: float  # Σ over the places looked at
    share: float | None  # of Σ scores there; None where they add up to nothing


@dataclass(frozen=True)
class WayShare:
    """A metapath, as it goes on from what is known of users, and what comes over it. The shares and the prior's add up
    to 1."""

    way: str  # "followed_by → has_brand·has_brand⁻¹"; "" for the prior
    label: str
    relations: tuple[str, ...]
    strength: float | None  # as learned, see `Collective.strengths`
    contribution: float
    share: float | None


@dataclass(frozen=True)
class RelationsInsight:
    """What the lists of k of a sample of users are made of."""

    k: int
    users: int
    of_users: int
    total: float  # Σ scores of the places looked at
    relations: tuple[RelationShare, ...]  # largest contribution first
    ways: tuple[WayShare, ...]  # likewise, the prior among them
    model: str
    graph_version: str


@dataclass(frozen=True)
class Without:
    """What would change if one relation were left out of account."""

    relation: str
    label: str
    ways: tuple[str, ...]  # that are left out
    exact: bool  # whether these are all paths that walk it, so that it is as if its edges were not there
    changes: Changes
    one: Pair | None  # of the user asked about
    model: str
    graph_version: str


def relations_insight(guide: Guide, found: Survey, lang: str = "en", k: int = FIRST) -> RelationsInsight:
    """What each relation and each metapath adds to the first k places of the lists of a survey."""
    demand_accountable(guide)
    graph, teller = guide.graph, guide.teller(lang)
    by_way = found.by_way[:, :k].sum(axis=(0, 1))
    by_start = found.by_start[:, :k].sum(axis=(0, 1))
    prior, total = float(found.prior[:, :k].sum()), float(found.score[:, :k].sum())
    return RelationsInsight(
        k=k,
        users=len(found.sample),
        of_users=found.sample.of,
        total=total,
        relations=relation_shares(graph, teller, (found.ways, by_way), by_start, prior, total),
        ways=way_shares(guide, teller, (found.ways, by_way), prior, total),
        model=found.model,
        graph_version=found.graph_version,
    )


def way_shares(
    guide: Guide, teller: Teller, ways: tuple[tuple[str, ...], Float64Array], prior: float, total: float
) -> tuple[WayShare, ...]:
    """What each way adds, and the prior, largest first; ways over which nothing comes are listed too."""
    strengths = guide.model.strengths() if isinstance(guide.model, Collective) else {}
    known = dict.fromkeys((*strengths, *ways[0]))
    amounts = dict(zip(ways[0], ways[1].tolist(), strict=True))
    rows = [
        WayShare(
            way=way,
            label=teller.verdicts.way(way, guide.graph, teller.lang),
            relations=walked_by(way),
            strength=strengths.get(way),
            contribution=amounts.get(way, 0.0),
            share=_share(amounts.get(way, 0.0), total),
        )
        for way in known
    ]
    # The prior is the paths from everybody to what is often chosen.
    rows.append(WayShare("", "", _prior_relations(guide.graph), None, prior, _share(prior, total)))
    return tuple(sorted(rows, key=lambda row: -row.contribution))


def relation_shares(
    graph: KnowledgeGraph,
    teller: Teller,
    ways: tuple[tuple[str, ...], Float64Array],
    by_start: Float64Array,
    prior: float,
    total: float,
) -> tuple[RelationShare, ...]:
    """What comes over each relation that has edges, largest first."""
    amounts = {graph.relations[row].name: float(by_start[row]) for row in np.flatnonzero(by_start)}
    for way, amount in zip(ways[0], ways[1].tolist(), strict=True):
        for name in walked_by(way):
            amounts[name] = amounts.get(name, 0.0) + amount
    for name in _prior_relations(graph):
        amounts[name] = amounts.get(name, 0.0) + prior
    names = dict.fromkeys((*graph.names(*RelationKind), *amounts))
    rows = [
        RelationShare(
            relation=name,
            label=relation_label(graph, name, teller),
            kind=_kind(graph, name),
            edges=_edges(graph, name),
            contribution=amounts.get(name, 0.0),
            share=_share(amounts.get(name, 0.0), total),
        )
        for name in names
    ]
    return tuple(sorted(rows, key=lambda row: -row.contribution))


@lru_cache(maxsize=1024)
def walked_by(way: str) -> tuple[str, ...]:
    """The relations that a way walks, each once."""
    return tuple(dict.fromkeys(relation for relation, _ in legs_of(way) if relation))


def relation_label(graph: KnowledgeGraph, name: str, teller: Teller) -> str:
    """What a relation is called in a language, or the step over any attribute."""
    return teller.verdicts.way(name, graph, teller.lang)


def _prior_relations(graph: KnowledgeGraph) -> tuple[str, ...]:
    return tuple(graph.names(RelationKind.POPULARITY))


def _kind(graph: KnowledgeGraph, name: str) -> str:
    found = next((relation for relation in graph.relations if relation.name == name), None)
    return "" if found is None else found.kind.value


def _edges(graph: KnowledgeGraph, name: str) -> int:
    """How many edges a relation has; the step over any attribute walks all attributes."""
    names = graph.names(RelationKind.ATTRIBUTE) if name == ANY_ATTRIBUTE else [name]
    spans = [graph.edges_of(one) for one in names if graph.has_edges(one)]
    return sum(span.stop - span.start for span in spans)


def _share(amount: float, total: float) -> float | None:
    return amount / total if total > 0 else None


def demand_accountable(guide: Guide) -> None:
    """BadInput if the model does not take scores apart."""
    if not isinstance(guide.model, Accountable):
        raise BadInput(
            f"{guide.model.name} does not say what its scores are made of; train a model that does, such as path"
        )


# Without one


def without_relation(
    guide: Guide,
    relation: str,
    of: Sample | None = None,
    *,
    user_id: str | None = None,
    lang: str = "en",
    k: int = FIRST,
) -> Without:
    """What would change in the lists of a sample of users (`PREVIEWED` of them) if no path walked a relation.

    The paths that walk it are left out and all others count as they do; nothing is learned or counted anew. An event
    that is left out keeps its place in time. Paths over any attribute are one way, which goes on walking an attribute
    that is left out: then `exact` is False.
    """
    demand_accountable(guide)
    if not 1 <= k <= MOST:
        raise BadInput(f"k is {k}; ask for 1 to {MOST} items")
    graph, teller = guide.graph, guide.teller(lang)
    of = sample(guide, PREVIEWED) if of is None else of
    _demand_relation(guide, relation, of)
    left_out: dict[str, None] = {}
    lists, out = [], np.zeros(0, np.int64)
    for user in of.user_ids:
        asker = guide.asker(user)
        out = asker.shut
        lists.append((asker.best(k), bereft(asker, relation).best(k)))
        left_out |= dict.fromkeys(way for way in asker.terms.ways if relation in walked_by(way))
    one = None
    if user_id is not None:
        asker = guide.asker(user_id)
        one = pair(user_id, asker, bereft(asker, relation), k, teller)
    is_attribute = relation in graph.names(RelationKind.ATTRIBUTE)
    return Without(
        relation=relation,
        label=relation_label(graph, relation, teller),
        ways=tuple(left_out),
        exact=relation != ANY_ATTRIBUTE and not (is_attribute and _pools(guide)),
        changes=Lists.of(lists, k).changes(teller, of.of, out),
        one=one,
        model=guide.model_name,
        graph_version=guide.graph_version,
    )


def _demand_relation(guide: Guide, relation: str, of: Sample) -> None:
    """UnknownName unless the graph has edges of it, or the model's ways are called by it."""
    walked = (guide.asker(user_id).terms.ways for user_id in of.user_ids[:1])
    ways = {name for found in walked for way in found for name in walked_by(way)}
    known = sorted({*guide.graph.names(*RelationKind), *ways, COMPLEMENTED})
    if relation not in known:
        raise UnknownName("relation", relation, known)


def bereft(asker: Asker, relation: str) -> Asker:
    """The same asker, whose scores no path over a relation adds to."""
    graph, terms = asker.graph, asker.terms
    kept = ~_walking(terms, graph, relation)
    amounts = terms.contribution[kept]
    total = np.bincount(terms.item[kept], weights=amounts, minlength=terms.n_items).astype(np.float64)
    if relation not in _names_of(graph, RelationKind.POPULARITY):
        total = total + asker.prior
    return asker.scoring(total.astype(np.float32))


def _walking(terms: Terms, graph: KnowledgeGraph, relation: str) -> BoolArray:
    """Which terms are of paths that walk a relation, in their first hop or later (n,)."""
    by_way = np.array([relation in walked_by(way) for way in terms.ways], bool)
    by_start = np.array([graph.relations[hop.relation].name == relation for hop in terms.hops], bool)
    found: BoolArray = by_way[terms.way] | (by_start[terms.slot] if len(by_start) else False)
    return found


def _names_of(graph: KnowledgeGraph, kind: RelationKind) -> Iterable[str]:
    return (relation.name for relation in graph.relations if relation.kind == kind)


def _pools(guide: Guide) -> bool:
    """Whether the model has ways over any attribute."""
    if not isinstance(guide.model, Collective):
        return False
    return any(ANY_ATTRIBUTE in walked_by(way) for way in guide.model.strengths())
