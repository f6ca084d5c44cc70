"""A knowledge graph → GraphML 1.0, for Gephi, yEd, Cytoscape and networkx: weights, supports and lines included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path as FilePath
from xml.sax.saxutils import escape

import numpy as np

from kgrec.domain import NEVER, IntArray, KnowledgeGraph
from kgrec.folders import new_file

_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_AT_ONCE = 20_000

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
"""
_OF_NODES = {"kind": "string", "id": "string"}
_OF_EDGES = {
    "relation": "string",
    "weight": "double",
    "support": "long",
    "time": "long",
    "source": "string",
    "line": "long",
}


def write(graph: KnowledgeGraph, file: FilePath) -> dict[str, int]:
    """Entities with an edge, and all items, as nodes named by IRI; edges from head to tail, a key each.

    XML cannot hold control characters, U+FFFE and U+FFFF: in labels, U+FFFD stands in their place.
    """
    shown = np.zeros(len(graph.iris), dtype=bool)
    for rows in (graph.items, graph.head, graph.tail):
        shown[rows] = True
    nodes = np.flatnonzero(shown)
    with new_file(file) as out:
        out.write(_HEAD.encode())
        out.write("".join(_keys(graph)).encode())
        out.write(b'<graph edgedefault="directed">\n')
        for rows in _parts(nodes):
            out.write("".join(_node(graph, int(row)) for row in rows).encode())
        for rows in _parts(np.arange(len(graph.head))):
            out.write("".join(_edge(graph, int(row)) for row in rows).encode())
        out.write(b"</graph>\n</graphml>\n")
    return {"nodes": len(nodes), "edges": len(graph.head)}


def _keys(graph: KnowledgeGraph) -> Iterator[str]:
    labels = {f"label_{lang}": "string" for lang in graph.labels}
    for place, keys in (("node", _OF_NODES | labels), ("edge", _OF_EDGES)):
        for name, kind in keys.items():
            yield f'<key id="{place}_{name}" for="{place}" attr.name="{name}" attr.type="{kind}"/>\n'


def _node(graph: KnowledgeGraph, row: int) -> str:
    said = {"kind": str(graph.kinds[row])}
    if (item := graph.item_row_of[row]) >= 0:
        said["id"] = str(graph.item_ids.ids[item])
    said |= {f"label_{lang}": str(names[row]) for lang, names in graph.labels.items() if names[row]}
    return f'<node id="{_text(str(graph.iris[row]))}">{_data("node", said)}</node>\n'


def _edge(graph: KnowledgeGraph, row: int) -> str:
    said = {
        "relation": graph.relations[graph.relation[row]].name,
        "weight": str(graph.weight[row]),
        "support": str(graph.support[row]),
        "source": graph.sources[graph.source[row]],
    }
    if graph.time[row] != NEVER:
        said["time"] = str(graph.time[row])
    if graph.line[row]:
        said["line"] = str(graph.line[row])
    head, tail = (_text(str(graph.iris[end[row]])) for end in (graph.head, graph.tail))
    return f'<edge id="e{row}" source="{head}" target="{tail}">{_data("edge", said)}</edge>\n'


def _data(place: str, said: dict[str, str]) -> str:
    return "".join(f'<data key="{place}_{name}">{_text(text)}</data>' for name, text in said.items())


def _text(text: str) -> str:
    # A bare carriage return would be read as a line feed.
    return escape(_UNFIT.sub("\ufffd", text), {'"': "&quot;", "\r": "&#13;"})


def _parts(rows: IntArray) -> Iterator[IntArray]:
    for first in range(0, len(rows), _AT_ONCE):
        yield rows[first : first + _AT_ONCE]
