"""A graph and its store → a file or folder that other programs read: RDF, GraphML, CSV, KGAT, RecBole.

Without users unless they are asked for, and then under their keyed hashes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath

import pyoxigraph as ox

from kgrec.domain import KnowledgeGraph
from kgrec.errors import BadInput, UnknownName
from kgrec.folders import new_file
from kgrec.graph import edge_lists, graphml
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import PREFIXES, Namer

RDF = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "jsonld": ox.RdfFormat.STREAMING_JSON_LD,
}
"""Formats of triples; `nq` and `jsonld` keep which named graph each is in."""

_OF_ARRAYS: Mapping[str, Callable[[KnowledgeGraph, FilePath], dict[str, int]]] = {
    "graphml": graphml.write,
    "csv": edge_lists.write_csv,
    "kgat": edge_lists.write_kgat,
    "recbole": edge_lists.write_recbole,
}
FOLDERS = ("kgat", "recbole")
"""Formats that are a folder of files."""

FORMATS = (*RDF, *_OF_ARRAYS)


def format_of(out: FilePath, form: str | None) -> str:
    """The format asked for, or the one that the ending of a file says."""
    name = form or out.suffix.removeprefix(".").lower()
    if form is None and (name in FOLDERS or name not in FORMATS):
        endings = ", ".join(f".{known}" for known in FORMATS if known not in FOLDERS)
        raise BadInput(f"{out}: its ending says no format; end it in {endings}, or choose with --format")
    if name not in FORMATS:
        raise UnknownName("format", name, FORMATS)
    return name


def export(
    graph: KnowledgeGraph,
    store: Callable[[], ox.Store],
    out: FilePath,
    form: str,
    *,
    with_users: bool = False,
) -> dict[str, int]:
    """Write the graph; returns how many of what were written. The store is opened only for RDF."""
    if form in RDF:
        quads = _quads(store(), base_of(graph), with_users=with_users)
        return _write_rdf(quads, out, form)
    return _OF_ARRAYS[form](graph if with_users else without_users(graph), out)


def without_users(graph: KnowledgeGraph) -> KnowledgeGraph:
    """The graph without the edges of users; the entities stay in their rows."""
    return graph.without(graph.kinds[graph.head] == "user")


def _quads(store: ox.Store, base: str, *, with_users: bool) -> Iterator[ox.Quad]:
    """What the store holds but for the ontology, which has an address of its own, one named graph at a time."""
    ontology = Namer(base).graph("ontology")
    user = f"{base}id/user/"
    for name in sorted(store.named_graphs(), key=str):
        if name.value == ontology:
            continue
        for quad in store.quads_for_pattern(None, None, None, name):
            if with_users or not _speaks_of(quad, user):
                yield quad


def _speaks_of(quad: ox.Quad, prefix: str) -> bool:
    ends = (quad.subject, quad.object)
    return any(isinstance(end, ox.NamedNode) and end.value.startswith(prefix) for end in ends)


def _write_rdf(quads: Iterator[ox.Quad], out: FilePath, form: str) -> dict[str, int]:
    counted = {"triples": 0}

    def passing() -> Iterator[ox.Quad]:
        for quad in quads:
            counted["triples"] += 1
            yield quad

    statements = passing() if form in ("nq", "jsonld") else (quad.triple for quad in passing())
    with new_file(out) as file:
        ox.serialize(statements, file, format=RDF[form], prefixes=PREFIXES if form == "ttl" else None)
    return counted
