"""A knowledge graph → lists of edges: CSV triples, and the folders that KGAT and RecBole read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path as FilePath
from urllib.parse import quote

import numpy as np

from kgrec.domain import NEVER, IntArray, KnowledgeGraph, RelationKind
from kgrec.folders import new_file, new_folder

TOLD = (RelationKind.ATTRIBUTE, RelationKind.LINK, RelationKind.CONTENT)
"""Kinds of relation in the files of KGAT and RecBole: what interactions tell would betray a test part made there."""

CHOSEN = ("bought", "rated")
"""Relations of users that become the interactions of KGAT, which has one kind."""


def write_csv(graph: KnowledgeGraph, file: FilePath) -> dict[str, int]:
    """head, relation, tail, weight, support. Ends are IRIs, so no cell begins with = + - or @."""
    header = ("head", "relation", "tail", "weight", "support")
    with new_file(file) as out:
        for block in _csv([header], ","):
            out.write(block)
        for block in _csv(_edge_rows(graph), ","):
            out.write(block)
    return {"triples": len(graph.head)}


def _edge_rows(graph: KnowledgeGraph) -> Iterator[Sequence[object]]:
    names = [relation.name for relation in graph.relations]
    for row in range(len(graph.head)):
        ends = graph.iris[graph.head[row]], graph.iris[graph.tail[row]]
        yield ends[0], names[graph.relation[row]], ends[1], graph.weight[row], graph.support[row]


def write_kgat(graph: KnowledgeGraph, folder: FilePath) -> dict[str, int]:
    """kg_final.txt, entity_list.txt, relation_list.txt, item_list.txt; with users train.txt and user_list.txt.

    The layout of Wang et al., KGAT (KDD 2019): numbers from 0, items first, fields separated by a space. Item ids are
    percent-encoded, for they may hold spaces. Weights, supports and times have no place in it.
    """
    edges = _told(graph)
    rows, number = _numbered(graph, edges)
    relation_rows = np.unique(graph.relation[edges])
    place = {int(row): position for position, row in enumerate(relation_rows)}
    item_ids = [quote(str(name), safe="") for name in graph.item_ids.ids]
    with new_folder(folder) as beside:
        _lines(
            beside / "kg_final.txt",
            (
                f"{number[graph.head[e]]} {place[int(graph.relation[e])]} {number[graph.tail[e]]}"
                for e in edges
            ),
        )
        entities = (f"{graph.iris[row]} {position}" for position, row in enumerate(rows))
        _lines(beside / "entity_list.txt", entities, "org_id remap_id")
        relations = (f"{graph.relations[row].iri} {position}" for row, position in place.items())
        _lines(beside / "relation_list.txt", relations, "org_id remap_id")
        items = (f"{item_ids[i]} {i} {graph.iris[row]}" for i, row in enumerate(graph.items))
        _lines(beside / "item_list.txt", items, "org_id remap_id freebase_id")
        chosen = _chosen(graph)
        if chosen:
            _lines(beside / "train.txt", (" ".join(map(str, (user, *row))) for user, row in chosen.items()))
            users = (f"{graph.iris[graph.users[user]]} {user}" for user in chosen)
            _lines(beside / "user_list.txt", users, "org_id remap_id")
    return {"triples": len(edges), "entities": len(rows), "users": len(chosen)}


def write_recbole(graph: KnowledgeGraph, folder: FilePath) -> dict[str, int]:
    """NAME.kg, NAME.link, NAME.item, and with users NAME.inter; NAME is the folder's.

    Atomic files as in Zhao et al., RecBole (2021), typed and separated by tabs; a cell that holds a tab, a line
    break or a quotation mark is quoted as in CSV. Weights and supports of what was derived have no place in it.
    """
    edges, name = _told(graph), folder.resolve().name
    iris, labels = graph.iris, graph.labels
    kg = ((iris[graph.head[e]], graph.relations[graph.relation[e]].name, iris[graph.tail[e]]) for e in edges)
    items = list(zip(graph.item_ids.ids, graph.items, strict=True))
    titles = [[str(labels[lang][row]) for lang in labels] for _, row in items]
    typed = [f"{_TITLE[lang]}:token_seq" for lang in labels]
    events = _event_rows(graph)
    with new_folder(folder) as beside:
        _atomic(beside / f"{name}.kg", ("head_id:token", "relation_id:token", "tail_id:token"), kg)
        links = ((item_id, iris[row]) for item_id, row in items)
        _atomic(beside / f"{name}.link", ("item_id:token", "entity_id:token"), links)
        rows = ((item_id, *title) for (item_id, _), title in zip(items, titles, strict=True))
        _atomic(beside / f"{name}.item", ("item_id:token", *typed), rows)
        if events:
            header = ("user_id:token", "item_id:token", "event:token", "weight:float", "timestamp:float")
            _atomic(beside / f"{name}.inter", header, events)
    return {"triples": len(edges), "items": len(items), "interactions": len(events)}


_TITLE = {"en": "title", "zh": "title_zh"}


def _told(graph: KnowledgeGraph) -> IntArray:
    """The edges that the catalogue and its texts tell (rows)."""
    kinds = np.array([relation.kind in TOLD for relation in graph.relations])
    return np.flatnonzero(kinds[graph.relation])


def _numbered(graph: KnowledgeGraph, edges: IntArray) -> tuple[IntArray, IntArray]:
    """The entities of some edges, items first (n,), and the number of each entity row (V,)."""
    ends = np.unique(np.concatenate([graph.head[edges], graph.tail[edges]]))
    rows = np.concatenate([graph.items, ends[graph.item_row_of[ends] < 0]])
    number = np.full(len(graph.iris), -1, np.int64)
    number[rows] = np.arange(len(rows))
    return rows, number


def _chosen(graph: KnowledgeGraph) -> dict[int, list[int]]:
    """User row → item rows they chose, oldest first."""
    found = [np.arange(graph.edges_of(name).start, graph.edges_of(name).stop) for name in CHOSEN]
    edges = np.concatenate(found)
    chosen: dict[int, list[int]] = {}
    for edge in edges[np.argsort(graph.time[edges], kind="stable")]:
        item = int(graph.item_row_of[graph.tail[edge]])
        of_user = chosen.setdefault(int(graph.user_row_of[graph.head[edge]]), [])
        if item not in of_user:
            of_user.append(item)
    return dict(sorted(chosen.items()))


def _event_rows(graph: KnowledgeGraph) -> list[tuple[object, ...]]:
    """User hash, item id, event, weight and time of each edge of a user to an item, oldest first."""
    kinds = np.array([relation.kind is RelationKind.EVENT for relation in graph.relations])
    edges = np.flatnonzero(kinds[graph.relation])
    return [
        (
            str(graph.iris[graph.head[e]]).rsplit("/", 1)[-1],
            graph.item_ids.ids[graph.item_row_of[graph.tail[e]]],
            graph.relations[graph.relation[e]].name,
            graph.weight[e],
            "" if graph.time[e] == NEVER else graph.time[e],
        )
        for e in edges[np.argsort(graph.time[edges], kind="stable")]
    ]


def _lines(file: FilePath, lines: Iterable[str], header: str = "") -> None:
    with new_file(file) as out:
        if header:
            out.write(f"{header}\n".encode())
        for line in lines:
            out.write(f"{line}\n".encode())


def _atomic(file: FilePath, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    with new_file(file) as out:
        for block in _csv([header], "\t"):
            out.write(block)
        for block in _csv(rows, "\t"):
            out.write(block)


def _csv(rows: Iterable[Sequence[object]], delimiter: str) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    for row in rows:
        writer.writerow(row)
        if text.tell() > 1_000_000:
            yield text.getvalue().encode()
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode()
