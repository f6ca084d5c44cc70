"""The paths of an explanation → a graph of layers, a layer a hop, and where its parts are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import networkx as nx

from kgrec.domain import Hop, Path, plain

from .lettering import cut, width

NODE_WIDTH, NODE_HEIGHT = 172, 54
GAP = 124  # between layers, where the names of relations stand
ROW = 78
MARGIN = 14
NAME_HEIGHT = 17
_LIFTS = (-7, 9, -19, 21, -31, 33, -43, 45, -55, 57, -67, 69)  # of a name from its edge, nearest first
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
    edge["contribution"] += max(contribution, 0.0)
    # Two paths may walk one relation both ways between the same things: that is two facts, two arrows.
    edge["relations"].setdefault(plain(hop.labels["relation"]), set()).add(hop.inverse)


def layout(graph: PathGraph) -> dict[Node, Spot]:
    """For each node its left edge and its middle line."""
    order: PathGraph = nx.DiGraph()
    order.add_nodes_from(_untangled(graph))
    places = nx.multipartite_layout(order, subset_key="layer", align="vertical")
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


def _untangled(graph: PathGraph) -> list[tuple[Node, dict[str, Any]]]:
    """Nodes layer by layer, each layer in the order of its neighbours: fewer edges cross."""
    layers = [[node for node in graph if graph.nodes[node]["layer"] == layer] for layer in _layers(graph)]
    rank = {node: place - (len(nodes) - 1) / 2 for nodes in layers for place, node in enumerate(nodes)}
    for sweep, neighbours in ((layers, graph.pred), (layers[::-1], graph.succ), (layers, graph.pred)):
        for nodes in sweep:
            ranks = {node: [rank[one] for one in neighbours[node]] for node in nodes}
            middle = {node: sum(ranks[node]) / len(ranks[node]) if ranks[node] else 0.0 for node in nodes}
            nodes.sort(key=middle.__getitem__)
            rank |= {node: place - (len(nodes) - 1) / 2 for place, node in enumerate(nodes)}
    return [(node, {"layer": graph.nodes[node]["layer"]}) for nodes in layers for node in nodes]


def names(graph: PathGraph, spots: dict[Node, Spot]) -> list[tuple[str, Spot]]:
    """The relations' names and their middles, none upon another or upon a box."""
    placed: list[tuple[str, Spot]] = []
    for first, second in graph.edges():
        if graph.nodes[first]["bend"]:
            continue  # named where it began
        text = " · ".join(graph.edges[first, second]["relations"])
        (x0, y0), (x1, y1) = spots[first], spots[second]
        start, room = x0 + NODE_WIDTH, x1 - x0 - NODE_WIDTH
        if graph.nodes[second]["bend"]:
            placed.append((cut(text, NODE_WIDTH), (x1 + NODE_WIDTH / 2, y1 - 10)))
            continue
        text = cut(text, room - 10)
        free = max(0.0, (room - width(text) - 4) / 2)
        tries = [(start + room / 2 + aside * free, lift) for lift in _LIFTS for aside in _ASIDE]
        found = [(x, _height(y0, y1, (x - start) / room) + lift) for x, lift in tries]
        clear = (spot for spot in found if all(_apart(text, spot, *other) for other in placed))
        spot = next(clear, None)
        if spot is not None:  # where there is no room at all, the list below tells it
            placed.append((text, spot))
    return placed


def _height(y0: float, y1: float, share: float) -> float:
    """How low the edge's curve is at a share of its way across (its handles are level, half way)."""
    t = share
    for _ in range(8):  # x(t) = 1.5 t (1-t)^2 + 1.5 t^2 (1-t) + t^3, solved for t
        x = 1.5 * t * (1 - t) ** 2 + 1.5 * t**2 * (1 - t) + t**3
        t -= (x - share) / (1.5 - 3 * t + 3 * t**2)
    return y0 + (y1 - y0) * (3 * t**2 - 2 * t**3)


def _apart(text: str, spot: Spot, other_text: str, other: Spot) -> bool:
    aside = (width(text) + width(other_text)) / 2 + 6
    return abs(spot[0] - other[0]) >= aside or abs(spot[1] - other[1]) >= NAME_HEIGHT
