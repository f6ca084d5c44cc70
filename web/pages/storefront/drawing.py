"""The paths of an explanation → a picture of the part of the graph they walk, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from kgrec.domain import Path

from .layers import MARGIN, NODE_HEIGHT, NODE_WIDTH, Node, PathGraph, Spot, layout, names, path_graph
from .lettering import lines

_THICKEST, _THINNEST = 5.0, 1.5  # strokes: as wide as an edge contributes
_LABEL_WIDTH = NODE_WIDTH - 12
_LINE = 17

_PICTURE = Markup(
    '<svg class="drawing" role="img" aria-labelledby="drawing-title drawing-summary" '
    'width="{w:.0f}" height="{h:.0f}" viewBox="0 0 {w:.0f} {h:.0f}">'
    '<title id="drawing-title">{title}</title><desc id="drawing-summary">{summary}</desc>'
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10" '
    'markerUnits="userSpaceOnUse" orient="auto-start-reverse"><path class="tip" d="M0 0 10 5 0 10z"/>'
    "</marker></defs>{parts}</svg>"
)
_EDGE = Markup(
    '<path class="edge" d="M{x0:.1f} {y0:.1f}C{xm:.1f} {y0:.1f} {xm:.1f} {y1:.1f} {x1:.1f} {y1:.1f}" '
    'stroke-width="{thick:.1f}"{tips}/>'
)
_NODE = Markup(
    '<g class="node {kind}"><title>{label}</title>'
    '<rect x="{x:.1f}" y="{y:.1f}" width="{w}" height="{h}" rx="12"/>{words}</g>'
)
_WORDS = Markup('<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{text}</text>')


def drawing(paths: Sequence[Path], *, title: str, summary: str) -> Markup:
    """An SVG from left to right, a layer a hop; nothing if there is no path."""
    if not paths:
        return Markup("")
    graph = path_graph(paths)
    spots = layout(graph)
    most = max(graph.edges[edge]["contribution"] for edge in graph.edges) or 1.0
    parts = [_edge(graph, first, second, spots, most) for first, second in graph.edges()]
    parts += [_WORDS.format(kind="name", x=x, y=y + 4, text=text) for text, (x, y) in names(graph, spots)]
    parts += [_node(about, spots[node]) for node, about in graph.nodes(data=True) if not about["bend"]]
    return _PICTURE.format(
        w=max(x for x, _ in spots.values()) + NODE_WIDTH + MARGIN,
        h=max(y for _, y in spots.values()) + NODE_HEIGHT / 2 + MARGIN,
        title=title,
        summary=summary,
        parts=Markup("").join(parts),
    )


def _edge(graph: PathGraph, first: Node, second: Node, spots: Mapping[Node, Spot], most: float) -> Markup:
    (x0, y0), (x1, y1) = spots[first], spots[second]
    bends = graph.nodes[first]["bend"], graph.nodes[second]["bend"]
    x0 += 0 if bends[0] else NODE_WIDTH
    if bends[1]:
        # The level piece through the bend's own column belongs to the edge that leads to it.
        level = Markup('<path class="edge" d="M{:.1f} {:.1f}h{}" stroke-width="{:.1f}"/>').format(
            x1, y1, NODE_WIDTH, _thickness(graph, first, second, most)
        )
    else:
        level = Markup("")
    if bends[0]:
        x0 += NODE_WIDTH
    inverse = set().union(*graph.edges[first, second]["relations"].values())
    tips = Markup("")
    if False in inverse and not bends[1]:
        tips += Markup(' marker-end="url(#tip)"')
    if True in inverse and not bends[0]:
        tips += Markup(' marker-start="url(#tip)"')
    curve = _EDGE.format(
        x0=x0, y0=y0, x1=x1, y1=y1, xm=(x0 + x1) / 2, tips=tips, thick=_thickness(graph, first, second, most)
    )
    return curve + level


def _thickness(graph: PathGraph, first: Node, second: Node, most: float) -> float:
    share: float = graph.edges[first, second]["contribution"] / most
    return _THINNEST + (_THICKEST - _THINNEST) * share


def _node(about: Mapping[str, Any], spot: Spot) -> Markup:
    x, middle = spot
    label = lines(about["label"] or "?", _LABEL_WIDTH, most=2)
    top = middle - _LINE * (len(label) - 1) / 2 + 5
    words = Markup("").join(
        _WORDS.format(kind="label", x=x + NODE_WIDTH / 2, y=top + place * _LINE, text=text)
        for place, text in enumerate(label)
    )
    return _NODE.format(
        kind=about["kind"],
        label=about["label"],
        x=x,
        y=middle - NODE_HEIGHT / 2,
        w=NODE_WIDTH,
        h=NODE_HEIGHT,
        words=words,
    )
