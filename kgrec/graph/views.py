"""Parts of a graph, and the paths of an explanation → networkx graphs, for drawing."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit

import networkx as nx
import numpy as np

from kgrec.domain import Explanation, Hop, IntArray, KnowledgeGraph
from kgrec.graph.vocabulary import kinds


def subgraph(
    graph: KnowledgeGraph, entity_rows: Iterable[int], hops: int = 1, limit: int = 200
) -> nx.MultiDiGraph[str]:
    """Some entities and what lies within some hops of them, at most `limit` entities, nearest first.

    Nodes are IRIs with row, kind, distance and a label per language; edges have relation, weight and support,
    and the relation's name as key. Of too many neighbours, those along the heaviest edges are taken.
    """
    distance = {int(row): 0 for row in list(dict.fromkeys(entity_rows))[:limit]}
    frontier = np.array(list(distance), dtype=np.int64)
    for step in range(1, hops + 1):
        found = _neighbours(graph, frontier)
        new = [int(row) for row in found if int(row) not in distance][: limit - len(distance)]
        distance |= dict.fromkeys(new, step)
        frontier = np.array(new, dtype=np.int64)
        if not new:
            break
    view: nx.MultiDiGraph[str] = nx.MultiDiGraph()
    for row, step in distance.items():
        labels = {f"label_{lang}": graph.label(row, lang) for lang in graph.labels}
        view.add_node(graph.iris[row], row=row, kind=graph.kinds[row], distance=step, **labels)
    rows = np.array(list(distance), dtype=np.int64)
    for edge in np.flatnonzero(np.isin(graph.head, rows) & np.isin(graph.tail, rows)):
        relation = graph.relations[graph.relation[edge]]
        view.add_edge(
            graph.iris[graph.head[edge]],
            graph.iris[graph.tail[edge]],
            key=relation.name,
            relation=relation.name,
            kind=relation.kind.value,
            weight=float(graph.weight[edge]),
            support=int(graph.support[edge]),
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
    return kind if found and kind in kinds() else "entity"
