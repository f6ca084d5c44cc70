"""A knowledge graph ↔ a PyTorch Geometric graph; a store's triples → the edges of a knowledge graph."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt
import pyoxigraph as ox

from kgrec.domain import Edges, IntArray, KnowledgeGraph, ObjectArray
from kgrec.errors import BadGraph
from kgrec.graph.arrays import load_arrays, save_arrays
from kgrec.graph.results import iri_of

__all__ = ["from_heterodata", "from_store", "load_arrays", "save_arrays", "to_heterodata"]


def to_heterodata(graph: KnowledgeGraph) -> Any:
    """The graph as `torch_geometric.data.HeteroData`.

    A node type is a kind of entity, with `entity_row` (nodes,) back to the graph. An edge type is (kind,
    relation, kind), with `edge_index` (2, edges) in nodes, `edge_weight`, `edge_support` and `edge_time`
    (edges,), and `edge_row` (edges,) back to the graph.
    """
    import torch
    from torch_geometric.data import HeteroData

    def tensor(array: npt.NDArray[Any]) -> torch.Tensor:
        return torch.from_numpy(np.array(array))  # a copy: the graph's own arrays may be read-only files

    data = HeteroData()
    code, kinds = _codes(graph.kinds)
    node = np.zeros(len(graph.iris), np.int64)  # (V,) place of an entity among those of its kind
    for position, kind in enumerate(kinds):
        rows = np.flatnonzero(code == position)
        node[rows] = np.arange(len(rows))
        data[kind].num_nodes = len(rows)
        data[kind].entity_row = tensor(rows)
    for head_kind, name, tail_kind, rows in _edge_types(graph, code, kinds):
        store = data[head_kind, name, tail_kind]
        store.edge_index = tensor(np.stack([node[graph.head[rows]], node[graph.tail[rows]]]))
        store.edge_weight = tensor(graph.weight[rows])
        store.edge_support = tensor(graph.support[rows])
        store.edge_time = tensor(graph.time[rows])
        store.edge_row = tensor(rows)
    return data


def from_heterodata(data: Any) -> list[Edges]:
    """The edges of `to_heterodata` in entity rows again, a table per relation, in the order of the graph."""
    columns: dict[str, list[tuple[IntArray, ...]]] = {}
    for head_kind, name, tail_kind in data.edge_types:
        store = data[head_kind, name, tail_kind]
        head, tail = store.edge_index.numpy()
        columns.setdefault(name, []).append(
            (
                data[head_kind].entity_row.numpy()[head],
                data[tail_kind].entity_row.numpy()[tail],
                store.edge_weight.numpy(),
                store.edge_support.numpy(),
                store.edge_row.numpy(),
            )
        )
    tables = []
    for name, parts in columns.items():
        head, tail, weight, support, row = (np.concatenate(column) for column in zip(*parts, strict=True))
        order = np.argsort(row)
        tables.append((int(row.min()), Edges(name, head[order], tail[order], weight[order], support[order])))
    return [table for _, table in sorted(tables, key=lambda table: table[0])]


def from_store(store: ox.Store, like: KnowledgeGraph) -> KnowledgeGraph:
    """The graph whose edges are the triples of a store, among the entities of `like`.

    Weights, times and lines come from the edges of `like`; a triple it does not have gets weight 1 and the
    source "store", one that the store does not have is left out.
    """
    row_of = {iri: row for row, iri in enumerate(like.iris)}
    keep = np.zeros(len(like.head), dtype=bool)
    new = []
    for position, relation in enumerate(like.relations):
        first, last = np.searchsorted(like.relation, [position, position + 1])
        mine = like.head[first:last] * len(like.iris) + like.tail[first:last]
        theirs = np.unique(np.fromiter(_pairs(store, relation.iri, row_of), dtype=np.int64))
        keep[first:last] = np.isin(mine, theirs)
        head, tail = np.divmod(np.setdiff1d(theirs, mine), len(like.iris))
        if len(head):
            new.append(
                Edges(relation.name, head, tail, np.ones(len(head), np.float32), np.ones(len(head), np.int64))
            )
    known = like.without(~keep)
    return known.with_edges(*new, source="store") if new else known


def _pairs(store: ox.Store, relation_iri: str, row_of: dict[str, int]) -> Iterator[int]:
    """Each triple of a relation as one number: head · V + tail."""
    for quad in store.quads_for_pattern(None, ox.NamedNode(relation_iri), None):
        try:
            yield row_of[iri_of(quad.subject)] * len(row_of) + row_of[iri_of(quad.object)]
        except KeyError as error:
            raise BadGraph(f"the store speaks of {error.args[0]!r}, which the graph does not know") from None


def _codes(values: ObjectArray) -> tuple[IntArray, list[str]]:
    """Values as positions in a list of the different ones, in the order they first appear."""
    kinds = list(dict.fromkeys(map(str, values)))
    place = {kind: position for position, kind in enumerate(kinds)}
    return np.fromiter((place[value] for value in values), np.int64, len(values)), kinds


def _edge_types(
    graph: KnowledgeGraph, code: IntArray, kinds: list[str]
) -> Iterator[tuple[str, str, str, IntArray]]:
    """(head kind, relation, tail kind, edge rows) of each sort of edge that occurs."""
    sort = (graph.relation * len(kinds) + code[graph.head]) * len(kinds) + code[graph.tail]
    for one in np.unique(sort):
        rest, tail_kind = divmod(int(one), len(kinds))
        relation, head_kind = divmod(rest, len(kinds))
        yield kinds[head_kind], graph.relations[relation].name, kinds[tail_kind], np.flatnonzero(sort == one)
