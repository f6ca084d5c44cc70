"""The paths of an explanation → a graph of layers, a layer a hop, and where its parts are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import networkx as nx

from kgrec.domain import Hop, Path, plain
from kgrec.explain.drawing.lettering import cut, width

NODE_WIDTH, NODE_HEIGHT = 172, 54
GAP = 124  # between layers, where the names of relations stand
ROW = 78
MARGIN = 14
NAME_HEIGHT = 17
_LIFTS = (-7, 9, -19, 21, -31, 33, -43, 45, -55, 57, -67, 69)  # of a name from its edge, nearest first
_NEAR = 3  # of the lifts: as far as a name moves away from other lines
_ASIDE = (0, 0.9, -0.9, 0.45, -0.45)  # of a name from the middle, as a part of the room there is

Node = tuple[Any, ...]
Spot = tuple[float, float]
PathGraph: TypeAlias = "nx.DiGraph[Node]"


def path_graph(paths: Sequence[Path]) -> PathGraph:
    """Things by hop depth, and the hops between them with what the paths through them contribute.

    An edge that leaps over layers bends in each of them, so that it never runs under a box.
    """
    graph: PathGraph = nx.DiGraph()
    last = max(len(path.hops) for path in paths)
    for path in paths:
        before = _add(graph, path.hops[0], start=True, layer=0, last=last)
        for depth, hop in enumerate(path.hops, start=1):
            layer = last if depth == len(path.hops) else depth
            after = _add(graph, hop, start=False, layer=layer, last=last)
            bends: list[Node] = [("bend", before, after, between) for between in range(depth, layer)]
            for place, bend in enumerate(bends):
                graph.add_node(bend, layer=depth + place, bend=True)
            for first, second in zip([before, *bends], [*bends, after], strict=True):
                _connect(graph, first, second, hop, path.contribution)
            before = after
    return graph


def _add(graph: PathGraph, hop: Hop, *, start: bool, layer: int, last: int) -> Node:
    end = "subject" if start != hop.inverse else "object"
    iri = hop.subject if end == "subject" else hop.object
    node: Node = (layer, iri)
    kind = "you" if layer == 0 else "target" if layer == last else "item" if "/id/item/" in iri else "thing"
    graph.add_node(node, layer=layer, bend=False, kind=kind, label=plain(hop.labels[end]))
    return node


def _connect(graph: PathGraph, first: Node, second: Node, hop: Hop, contribution: float) -> None:
    if not graph.has_edge(first, second):
        graph.add_edge(first, second, contribution=0.0, relations={})
    edge = graph.edges[first, second]
    edge["contribution"] += contribution
    # Two paths may walk one relation both ways between the same things: that is two facts, two arrows.
    edge["relations"].setdefault(plain(hop.labels["relation"]), set()).add(hop.inverse)


def layout(graph: PathGraph) -> dict[Node, Spot]:
    """For each node its left edge and its middle line."""
    # Given as lists: by the name of an attribute, networkx would make sets of the layers and lose their order.
    places = nx.multipartite_layout(graph, subset_key=_untangled(graph), align="vertical")
    heights = [float(y) for _, y in places.values()]
    tallest = max(sum(1 for node in graph if graph.nodes[node]["layer"] == layer) for layer in _layers(graph))
    unit = (max(heights) - min(heights)) / (tallest - 1) if tallest > 1 else 1.0
    return {
        node: (
            MARGIN + graph.nodes[node]["layer"] * (NODE_WIDTH + GAP),
            MARGIN + NODE_HEIGHT / 2 + (float(y) - min(heights)) / unit * ROW,
        )
        for node, (_, y) in places.items()
    }


def _layers(graph: PathGraph) -> list[int]:
    return sorted({graph.nodes[node]["layer"] for node in graph})


def _untangled(graph: PathGraph) -> dict[int, list[Node]]:
    """The nodes of each layer in the order of their neighbours: fewer edges cross."""
    layers = [[node for node in graph if graph.nodes[node]["layer"] == layer] for layer in _layers(graph)]
    rank = {node: place - (len(nodes) - 1) / 2 for nodes in layers for place, node in enumerate(nodes)}
    for sweep, neighbours in ((layers, graph.pred), (layers[::-1], graph.succ), (layers, graph.pred)):
        for nodes in sweep:
            ranks = {node: [rank[one] for one in neighbours[node]] for node in nodes}
            middle = {node: sum(ranks[node]) / len(ranks[node]) if ranks[node] else 0.0 for node in nodes}
            nodes.sort(key=middle.__getitem__)
            rank |= {node: place - (len(nodes) - 1) / 2 for place, node in enumerate(nodes)}
    return dict(zip(_layers(graph), layers, strict=True))


def names(graph: PathGraph, spots: dict[Node, Spot]) -> list[tuple[str, Spot]]:
    """The relations' names and their middles, none upon another or upon a box, and on no other line if that can be."""
    placed: list[tuple[str, Spot]] = []
    for first, second in sorted(
        graph.edges(), key=lambda edge: _slope(spots, edge)
    ):  # the level ones move least
        if graph.nodes[first]["bend"]:
            continue  # named where it began
        relations = list(graph.edges[first, second]["relations"])
        (x0, y0), (x1, y1) = spots[first], spots[second]
        if graph.nodes[second]["bend"]:
            placed.append((_joined(relations, NODE_WIDTH), (x1 + NODE_WIDTH / 2, y1 - 10)))
            continue
        others = [
            (spots[one][1], spots[other][1])
            for one, other in graph.edges()
            if spots[one][0] == x0 and (one, other) != (first, second)
        ]
        spot = _place(_joined(relations, GAP - 10), (x0 + NODE_WIDTH, y0, y1), others, placed)
        if spot is not None:  # where there is no room at all, the list below tells it
            placed.append((_joined(relations, GAP - 10), spot))
    return placed


def _slope(spots: dict[Node, Spot], edge: tuple[Node, Node]) -> float:
    return abs(spots[edge[0]][1] - spots[edge[1]][1])


def _place(
    text: str,
    edge: tuple[float, float, float],
    others: Sequence[tuple[float, float]],
    placed: Sequence[tuple[str, Spot]],
) -> Spot | None:
    """Where the name of an edge (its left end and its two heights) lies on the fewest of the others, nearest first."""
    start, y0, y1 = edge
    free = max(0.0, (GAP - width(text) - 4) / 2)
    best: tuple[int, Spot] | None = None
    for lift in _LIFTS:
        for aside in _ASIDE:
            t = _way(0.5 + aside * free / GAP)
            spot = start + GAP / 2 + aside * free, _height(y0, y1, t) + lift
            if not all(_apart(text, spot, *other) for other in placed):
                continue
            under = sum(abs(_height(*other, t) - spot[1]) < NAME_HEIGHT / 2 for other in others)
            if best is None or under < best[0]:
                best = under, spot
        if best is not None and (best[0] == 0 or lift == _LIFTS[_NEAR]):
            break  # farther away it would no longer be read as this edge's
    return None if best is None else best[1]


def _joined(relations: list[str], room: float) -> str:
    """As many names as there is room for, and the number of the others."""
    for shown in range(len(relations), 1, -1):
        others = f" +{len(relations) - shown}" if shown < len(relations) else ""
        text = " · ".join(relations[:shown]) + others
        if width(text) <= room:
            return text
    others = f" +{len(relations) - 1}" if len(relations) > 1 else ""
    return cut(relations[0], room - width(others)) + others


def _way(share: float) -> float:
    """How far along an edge's curve a share of its way across is (its handles are level, half way)."""
    t = share
    for _ in range(8):  # x(t) = 1.5 t (1-t)^2 + 1.5 t^2 (1-t) + t^3, solved for t
        x = 1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t) + t**3
        t -= (x - share) / (1.5 - 3 * t + 3 * t**2)
    return t


def _height(y0: float, y1: float, t: float) -> float:
    """How low an edge's curve is there."""
    return y0 + (y1 - y0) * (3 * t**2 - 2 * t**3)


def _apart(text: str, spot: Spot, other_text: str, other: Spot) -> bool:
    aside = (width(text) + width(other_text)) / 2 + 6
    return abs(spot[0] - other[0]) >= aside or abs(spot[1] - other[1]) >= NAME_HEIGHT
