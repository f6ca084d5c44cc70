"""A graph or a part of it, and the paths of an explanation → networkx graphs, to analyse and to draw."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from urllib.parse import urlsplit

import networkx as nx
import numpy as np

from kgrec.domain import Explanation, Hop, IntArray, KnowledgeGraph
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.vocabulary import kinds as known_kinds

LIMIT = 200_000
"""Entities and edges of a networkx graph unless a caller asks for more; one takes about 1 kB."""


def subgraph(
    graph: KnowledgeGraph,
    entities: Iterable[str] | None = None,
    *,
    hops: int = 1,
    relations: Collection[str] | None = None,
    kinds: Collection[str] | None = None,
    limit: int = LIMIT,
) -> nx.MultiDiGraph[str]:
    """A part of a graph, or all of it: nothing is left out, and what is too large is refused.

    With `entities` (ids of items, of users, or IRIs): those, and what lies within `hops` edges of them, either way.
    `relations` and `kinds` of entity say what is walked and kept. Without entities: the edges of the relations between
    the kinds.

    Nodes are IRIs with `row`, `kind`, `label_en`, `label_zh` …, for items `item_id`, and `distance` where entities
    were named; edges have `relation`, `kind`, `weight`, `support`, `source` and `line`, and the relation's name as key.
    Raises UnknownName for an entity, relation or kind that is not there, BadInput above `limit`.
    """
    for name in relations or ():
        graph.relation_row(name)
    for kind in kinds or ():
        if kind not in known_kinds():
            raise UnknownName("kind of entity", kind, known_kinds())
    walked = _walked(graph, relations, kinds)
    if entities is not None:
        distance = _within(graph, walked, _rows_of(graph, entities), hops)
        near = distance >= 0
        walked = walked[near[graph.head[walked]] & near[graph.tail[walked]]]
        return _view(graph, np.flatnonzero(near), walked, limit, distance)
    if relations is None:
        kept = (
            np.arange(len(graph.iris)) if kinds is None else np.flatnonzero(np.isin(graph.kinds, list(kinds)))
        )
    else:
        kept = np.unique(np.concatenate([graph.head[walked], graph.tail[walked]]))
    return _view(graph, kept, walked, limit)


def neighbourhood(
    graph: KnowledgeGraph, entity_rows: Iterable[int], hops: int = 1, limit: int = 200
) -> nx.MultiDiGraph[str]:
    """Some entities and what lies within some hops of them, cut to `limit` entities, nearest first: for drawing.

    As `subgraph` tells it. Of too many neighbours, those along the heaviest edges are taken.
    """
    step_of = {int(row): 0 for row in list(dict.fromkeys(entity_rows))[:limit]}
    frontier = np.array(list(step_of), dtype=np.int64)
    for step in range(1, hops + 1):
        found = _neighbours(graph, frontier)
        new = [int(row) for row in found if int(row) not in step_of][: limit - len(step_of)]
        step_of |= dict.fromkeys(new, step)
        frontier = np.array(new, dtype=np.int64)
        if not new:
            break
    distance = np.full(len(graph.iris), -1, dtype=np.int64)
    distance[list(step_of)] = list(step_of.values())
    near = distance >= 0
    edges = np.flatnonzero(near[graph.head] & near[graph.tail])
    return _view(graph, np.array(list(step_of), dtype=np.int64), edges, len(step_of) + len(edges), distance)


def _walked(
    graph: KnowledgeGraph, relations: Collection[str] | None, kinds: Collection[str] | None
) -> IntArray:
    """The rows of the edges of some relations between some kinds of entity."""
    wanted = np.ones(len(graph.head), dtype=bool)
    if relations is not None:
        wanted = np.isin(graph.relation, [graph.relation_row(name) for name in relations])
    if kinds is not None:
        allowed = np.isin(graph.kinds, list(kinds))
        wanted &= allowed[graph.head] & allowed[graph.tail]
    return np.flatnonzero(wanted)


def _rows_of(graph: KnowledgeGraph, entities: Iterable[str]) -> IntArray:
    """Ids of items, of users, or IRIs → entity rows."""
    row_of: dict[str, int] = {}
    rows = []
    for name in entities:
        if name in graph.item_ids:
            rows.append(int(graph.items[graph.item_ids.row(name)]))
        elif name in graph.user_ids:
            rows.append(int(graph.users[graph.user_ids.row(name)]))
        else:
            row_of = row_of or {str(iri): row for row, iri in enumerate(graph.iris)}
            if name not in row_of:
                raise UnknownName("item, user or IRI", name, graph.item_ids.ids)
            rows.append(row_of[name])
    return np.array(rows, dtype=np.int64)


def _within(graph: KnowledgeGraph, walked: IntArray, rows: IntArray, hops: int) -> IntArray:
    """How many hops away each entity is, −1 for those that are further than `hops` (V,)."""
    distance = np.full(len(graph.iris), -1, dtype=np.int64)
    distance[rows] = 0
    head, tail = graph.head[walked], graph.tail[walked]
    for step in range(1, hops + 1):
        before = distance >= 0
        reached = np.concatenate([tail[before[head]], head[before[tail]]])
        distance[reached[~before[reached]]] = step
    return distance


def _view(
    graph: KnowledgeGraph,
    entity_rows: IntArray,
    edge_rows: IntArray,
    limit: int,
    distance: IntArray | None = None,
) -> nx.MultiDiGraph[str]:
    if len(entity_rows) + len(edge_rows) > limit:
        raise BadInput(
            f"the subgraph has {len(entity_rows):,} entities and {len(edge_rows):,} edges, more than the limit of "
            f"{limit:,}; name relations, kinds or entities, or raise limit"
        )
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row in entity_rows.tolist():
        told: dict[str, object] = {f"label_{lang}": graph.label(row, lang) for lang in graph.labels}
        if graph.item_row_of[row] >= 0:
            told["item_id"] = graph.item_ids.ids[graph.item_row_of[row]]
        if distance is not None:
            told["distance"] = int(distance[row])
        view.add_node(str(graph.iris[row]), row=row, kind=str(graph.kinds[row]), **told)
    for edge in edge_rows.tolist():
        relation = graph.relations[graph.relation[edge]]
        view.add_edge(
            str(graph.iris[graph.head[edge]]),
            str(graph.iris[graph.tail[edge]]),
            key=relation.name,
            relation=relation.name,
            kind=relation.kind.value,
            weight=float(graph.weight[edge]),
            support=int(graph.support[edge]),
            source=graph.sources[graph.source[edge]],
            line=int(graph.line[edge]),
        )
    return view


def _neighbours(graph: KnowledgeGraph, rows: IntArray) -> IntArray:
    """Entity rows one hop away, either way, each once, those along the heaviest edges first.

    Weights of different relations cannot be compared: the place among the relation's own edges counts.
    """
    out, back = np.isin(graph.head, rows), np.isin(graph.tail, rows)
    edges = np.concatenate([np.flatnonzero(out), np.flatnonzero(back)])
    ends = np.concatenate([graph.tail[out], graph.head[back]])
    relation = graph.relation[edges]
    order = np.lexsort((ends, -graph.weight[edges], relation))
    start = np.searchsorted(relation[order], relation[order])
    turn = np.argsort(
        np.arange(len(order)) - start, kind="stable"
    )  # the first of each relation, then the second, …
    ends = ends[order][turn]
    return ends[np.sort(np.unique(ends, return_index=True)[1])]


def path_graph(explanation: Explanation) -> nx.DiGraph[str]:
    """The listed paths of an explanation: nodes with label and kind, edges with relation and contribution.

    An edge points the way its path walks; where several paths go the same way, it carries the sum of their
    contributions and all their relations' names. `order` is a node's place on the first path that has it.
    """
    view: nx.DiGraph[str] = nx.DiGraph()
    for path in explanation.paths:
        for place, hop in enumerate(path.hops):
            here, there = (hop.object, hop.subject) if hop.inverse else (hop.subject, hop.object)
            _add_node(view, here, hop, place)
            _add_node(view, there, hop, place + 1)
            _add_edge(view, here, there, hop, path.contribution)
    return view


def _add_edge(view: nx.DiGraph[str], here: str, there: str, hop: Hop, contribution: float) -> None:
    label = hop.labels.get("relation", "")
    if not view.has_edge(here, there):
        view.add_edge(
            here,
            there,
            label=label,
            relations=[hop.relation],
            contribution=contribution,
            paths=1,
            source=hop.source,
        )
        return
    edge = view.edges[here, there]
    edge["contribution"] += contribution
    edge["paths"] += 1
    if hop.relation not in edge["relations"]:
        edge["relations"].append(hop.relation)
        edge["label"] += f" / {label}"


def _add_node(view: nx.DiGraph[str], iri: str, hop: Hop, order: int) -> None:
    if iri not in view:
        label = hop.labels.get("subject" if iri == hop.subject else "object", iri)
        view.add_node(iri, label=label, kind=kind_of_iri(iri), order=order)


def kind_of_iri(iri: str) -> str:
    """The kind of entity that an IRI of a Namer names, "entity" if it tells none."""
    _, found, rest = urlsplit(iri).path.partition("/id/")
    kind = rest.split("/", 1)[0].replace("-", "_")
    return kind if found and kind in known_kinds() else "entity"
