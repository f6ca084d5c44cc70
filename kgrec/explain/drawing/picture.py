"""The paths of an explanation → a picture of the part of the graph they walk, as SVG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from kgrec.domain import Path, plain
from kgrec.explain.drawing.layers import (
    MARGIN,
    NODE_HEIGHT,
    NODE_WIDTH,
    Node,
    PathGraph,
    Spot,
    layout,
    names,
    path_graph,
)
from kgrec.explain.drawing.lettering import lines
from kgrec.explain.drawing.style import DRAWING, style

MOST = 30
"""Paths in one picture, the largest; more of them could not be told apart."""

_THICKEST, _THINNEST = 5.0, 1.5  # strokes: as wide as an edge contributes
_LABEL_WIDTH = NODE_WIDTH - 12
_LINE = 17

_PICTURE = Markup(
    '<svg{own} class="drawing" role="img" aria-labelledby="{scope}drawing-title {scope}drawing-summary" '
    'width="{w:.0f}" height="{h:.0f}" viewBox="0 0 {w:.0f} {h:.0f}">'
    '<title id="{scope}drawing-title">{title}</title><desc id="{scope}drawing-summary">{summary}</desc>'
    '{style}<defs><marker id="{scope}tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" '
    'markerHeight="10" markerUnits="userSpaceOnUse" orient="auto-start-reverse">'
    '<path class="tip" d="M0 0 10 5 0 10z"/></marker></defs>{parts}</svg>'
)
_OWN = Markup(' xmlns="http://www.w3.org/2000/svg" id="{}"')
_GROUND = Markup('<rect class="ground" width="100%" height="100%"/>')
_EDGE = Markup(
    '<path class="edge{minus}" d="M{x0:.1f} {y0:.1f}C{xm:.1f} {y0:.1f} {xm:.1f} {y1:.1f} {x1:.1f} {y1:.1f}" '
    'stroke-width="{thick:.1f}"{tips}/>'
)
_LEVEL = Markup('<path class="edge{minus}" d="M{x:.1f} {y:.1f}h{w}" stroke-width="{thick:.1f}"/>')
_NODE = Markup(
    '<g class="node {kind}"><title>{label}</title>'
    '<rect x="{x:.1f}" y="{y:.1f}" width="{w}" height="{h}" rx="12"/>{words}</g>'
)
_WORDS = Markup('<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{text}</text>')


def drawing(
    paths: Sequence[Path], *, title: str, summary: str, scope: str = "", alone: bool = False
) -> Markup:
    """An SVG from left to right, a layer a hop; nothing if there is no path. Of very many the first are drawn.

    `scope` goes before every id in it, so that several fit on one page. `alone` makes it a file of its own, with its
    colours inside; else the page it stands on has them.
    """
    if not paths:
        return Markup("")
    graph = path_graph(paths[:MOST])
    spots = layout(graph)
    most = max(abs(graph.edges[edge]["contribution"]) for edge in graph.edges) or 1.0
    parts = [_edge(graph, first, second, spots, most, scope) for first, second in graph.edges()]
    parts += [_WORDS.format(kind="name", x=x, y=y + 4, text=text) for text, (x, y) in names(graph, spots)]
    parts += [_node(about, spots[node]) for node, about in graph.nodes(data=True) if not about["bend"]]
    own = f"{scope or 'kgrec'}-drawing"
    ground = {".ground": "fill: var(--card)"}
    return _PICTURE.format(
        own=_OWN.format(own) if alone else "",
        scope=f"{scope}-" if scope else "",
        style=style(own, DRAWING, ground) + _GROUND if alone else "",
        w=max(x for x, _ in spots.values()) + NODE_WIDTH + MARGIN,
        h=max(y for _, y in spots.values()) + NODE_HEIGHT / 2 + MARGIN,
        title=plain(title),
        summary=plain(summary),
        parts=Markup("").join(parts),
    )


def _edge(
    graph: PathGraph, first: Node, second: Node, spots: Mapping[Node, Spot], most: float, scope: str
) -> Markup:
    (x0, y0), (x1, y1) = spots[first], spots[second]
    starts_bent, ends_bent = graph.nodes[first]["bend"], graph.nodes[second]["bend"]
    x0 += NODE_WIDTH
    about = {
        "minus": " minus" if graph.edges[first, second]["contribution"] < 0 else "",
        "thick": _thickness(graph.edges[first, second]["contribution"] / most),
    }
    # The level piece through the bend's own column belongs to the edge that leads to it.
    level = _LEVEL.format(x=x1, y=y1, w=NODE_WIDTH, **about) if ends_bent else Markup("")
    inverse = set().union(*graph.edges[first, second]["relations"].values())
    tip = Markup(' marker-{}="url(#{}tip)"')
    tips = Markup("")
    if False in inverse and not ends_bent:
        tips += tip.format("end", f"{scope}-" if scope else "")
    if True in inverse and not starts_bent:
        tips += tip.format("start", f"{scope}-" if scope else "")
    return _EDGE.format(x0=x0, y0=y0, x1=x1, y1=y1, xm=(x0 + x1) / 2, tips=tips, **about) + level


def _thickness(share: float) -> float:
    return _THINNEST + (_THICKEST - _THINNEST) * abs(share)


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
