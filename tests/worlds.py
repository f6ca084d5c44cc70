"""Small random shops with random gates, and the paths of their model counted out by hand, edge by edge.

The counting shares nothing with the operators and their expansion: dictionaries of edges, loops, and the formulas of
`kgrec.models.path.network` and `kgrec.models.path.operators` written once more.
"""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np
import pandas as pd
import torch
from toy import graph_of

from kgrec.domain import CHOICES, EVENT_RELATIONS, EVENTS, REJECTIONS, Dataset, KnowledgeGraph, RelationKind
from kgrec.guide import Guide
from kgrec.models.path import PathConfig, PathModel
from kgrec.models.path.compiled import fold
from kgrec.models.path.metapath import ANY_ATTRIBUTE, metapaths
from kgrec.models.path.network import PathNetwork, shape_of
from kgrec.models.path.operators import DEGREE_CLASSES, build_operators, relation_matrices
from kgrec.models.timeline import ALONE, OLDER, RECENT, SEGMENT

WORDS = ("rose", "clay", "mint", "salt", "soap", "oil")
LIKELY = (0.25, 0.1, 0.5, 0.0, 0.08, 0.07)  # of each event; ratings need a number


def random_shop(seed: int, *, ordered: bool = True, events: int = 40) -> Dataset:
    """A few users, and items that share brands and the like, are linked, and were bought, viewed or returned."""
    random = np.random.default_rng(seed)
    n_users, n_items = int(random.integers(2, 8)), int(random.integers(4, 11))
    names = [f"i{n}" for n in range(n_items)]
    items = pd.DataFrame(
        {
            "item_id": names,
            "title": [" ".join(random.choice(WORDS, 2, replace=False)) for _ in names],
            "brand": random.choice(["Lavera", "Weleda", ""], n_items),
            "colour": random.choice(["red", "blue", "green"], n_items),
            "category": random.choice(["Skin > Face", "Skin > Hand", "Hair"], n_items),
            "compatible_with": random.choice([*names, ""], n_items),
        }
    )
    users = pd.DataFrame(
        {
            "user_id": [f"u{n}" for n in range(n_users)],
            "city": random.choice(["Ulm", "Bonn", ""], n_users),
        }
    )
    n = int(random.integers(1, events + 1))
    table = pd.DataFrame(
        {
            "user_id": random.choice(users["user_id"], n),
            "item_id": random.choice(names[: max(2, n_items - 2)], n),  # of the last ones nothing is known
            "event": random.choice(EVENTS, n, p=LIKELY),
        }
    )
    if ordered:
        days = pd.Timestamp("2025-01-01", tz="UTC") + pd.to_timedelta(np.arange(n), unit="D")
        table["datetime"] = days.astype(str)
    return Dataset.from_frames(table, items, users)


def random_guide(seed: int, *, ordered: bool = True) -> Guide:
    """A random shop with a path model whose gates are random too: what holds for it holds for any training."""
    return with_random_gates(random_shop(seed, ordered=ordered), seed)


def with_random_gates(dataset: Dataset, seed: int, config: PathConfig | None = None) -> Guide:
    """A guide of a shop whose path model has learned nothing that makes sense."""
    graph = graph_of(dataset)
    model = PathModel(config)
    operators = build_operators(relation_matrices(graph, model.config.operators), model.config.operators)
    network = PathNetwork(shape_of(operators))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter += 0.7 * torch.randn(parameter.shape, generator=generator)
    model._weights = {name: value.numpy().copy() for name, value in network.state_dict().items()}
    model._graph, model._compiled = graph, fold(network, operators)
    return Guide(dataset, graph, model)


Weights = dict[int, dict[int, float]]
"""From item row to item row: the weight of an edge, or of what else leads there."""


class CountedOut:
    """All paths of a guide's model, by loops over the edges of a graph.

    How rare things are is told by the graph that the model was fitted on, and how busy items are by the edges among its
    items: the guide's own, unless another is given.
    """

    def __init__(
        self, guide: Guide, graph: KnowledgeGraph | None = None, fitted_on: KnowledgeGraph | None = None
    ) -> None:
        self.graph = graph or guide.graph
        self.whole = fitted_on or guide.graph
        self.gates = guide.model._weights
        self.damping = guide.model.config.operators.target_damping
        self.n = len(self.graph.items)
        self.kinds = {r.name: r.kind for r in self.graph.relations if self._counts(r.name, r.kind)}
        symmetric = [r.name for r in self.graph.relations if r.symmetric]
        self.metapaths = metapaths(self.kinds, symmetric)
        self.edges = {name: self._edges(name, name in symmetric) for name in self.kinds}
        self.edges_before = {name: self._edges(name, name in symmetric, self.whole) for name in self.kinds}
        self.rarity, self.length = self._rarities()
        self.chosen_by = self._chosen_by()

    def _counts(self, name: str, kind: RelationKind) -> bool:
        apart = (RelationKind.EVENT, RelationKind.SEGMENT, RelationKind.POPULARITY)
        return kind not in apart and self.graph.has_edges(name)

    def _triples(self, name: str, graph: KnowledgeGraph | None = None):
        graph = graph or self.graph
        if not graph.has_edges(name):
            return []
        where = graph.edges_of(name)
        columns = (graph.head[where], graph.tail[where], graph.weight[where])
        return [(int(h), int(t), float(w)) for h, t, w in zip(*columns, strict=True)]

    def _edges(self, name: str, symmetric: bool, graph: KnowledgeGraph | None = None) -> Weights:
        """Between items; of attributes none."""
        found: Weights = defaultdict(dict)
        row_of = (graph or self.graph).item_row_of
        for head, tail, weight in self._triples(name, graph):
            h, i = int(row_of[head]), int(row_of[tail])
            if h < 0 or i < 0:
                continue
            for one, other in [(h, i), (i, h)] if symmetric else [(h, i)]:
                found[one][other] = max(weight, found[one].get(other, 0.0))
        return found

    def _rarities(self):
        """Per relation over entities: item → {entity: ln(I / degree)}, and per relation the length of each item."""
        rarity = {}
        for name, kind in self.kinds.items():
            if kind not in (RelationKind.ATTRIBUTE, RelationKind.LINK):
                continue
            has = {(int(self.graph.item_row_of[head]), tail) for head, tail, _ in self._triples(name)}
            degree = defaultdict(int)
            for _, entity in {(head, tail) for head, tail, _ in self._triples(name, self.whole)}:
                degree[entity] += 1
            rarity[name] = defaultdict(dict)
            for item, entity in has:
                rarity[name][item][entity] = math.log(len(self.whole.items) / max(1, degree[entity]))
        attributes = [name for name in rarity if self.kinds[name] == RelationKind.ATTRIBUTE]
        length = {}
        for name in rarity:
            over = attributes if name in attributes else [name]
            squares = [
                sum(r**2 for one in over for r in rarity[one][item].values()) for item in range(self.n)
            ]
            length[name] = [math.sqrt(square) or 1.0 for square in squares]
        return rarity, length

    def _chosen_by(self) -> list[int]:
        """How many users have chosen each item."""
        events = [(relation, self._triples(relation)) for relation in EVENT_RELATIONS]
        chosen = [EVENT_RELATIONS[EVENTS.index(event)] for event in CHOICES]
        if not any(triples for relation, triples in events if relation in chosen):
            rejected = [EVENT_RELATIONS[EVENTS.index(event)] for event in REJECTIONS]
            chosen = [relation for relation in EVENT_RELATIONS if relation not in rejected]
        pairs = {(h, t) for relation, triples in events if relation in chosen for h, t, _ in triples}
        return [sum(t == item for _, t in pairs) for item in map(int, self.graph.items)]

    def legs(self, leg, *, last: bool) -> dict[int, dict[int, list[float]]]:
        """From item to item the normalised weights of all walks of a leg."""
        walks = defaultdict(lambda: defaultdict(list))
        if leg.form == "shared":
            over = self.rarity if leg.relation == ANY_ATTRIBUTE else [leg.relation]
            for name in over:
                if leg.relation == ANY_ATTRIBUTE and self.kinds[name] != RelationKind.ATTRIBUTE:
                    continue
                self._shared(name, walks)
        else:
            for h, row in self.edges[leg.relation].items():
                for i, weight in row.items():
                    ends = (i, h) if leg.form == "inverse" else (h, i)
                    walks[ends[0]][ends[1]].append(weight)
        kind = self.kinds.get(leg.relation, RelationKind.ATTRIBUTE)
        if last and (leg.form == "shared" or kind == RelationKind.TOGETHER):
            return walks
        damping = self.damping if last and kind != RelationKind.CONTENT else 0.0
        out, into = defaultdict(float), defaultdict(float)
        known = len(self.whole.items)
        for h, row in walks.items():
            for i, weights in row.items():
                out[h] += sum(weights) if i < known else 0.0
                into[i] += sum(weights) if h < known else 0.0
            before = self.edges_before.get(leg.relation, {}).get(h, {})
            now = {i: weights[0] for i, weights in row.items() if i < known}
            other = [i for i in before.keys() | now.keys() if before.get(i) != now.get(i)]
            if kind == RelationKind.CONTENT and 2 * len(other) < len(before):
                out[h] = sum(before.values())  # most of what it was like stands
        return {
            h: {
                i: [w / (out[h] or 1.0) / (into[i] or 1.0) ** damping for w in weights]
                for i, weights in row.items()
            }
            for h, row in walks.items()
        }

    def _shared(self, name: str, walks) -> None:
        """Over each entity of a relation that two items have."""
        items, length = self.rarity[name], self.length[name]
        for h in range(self.n):
            for i in range(self.n):
                for entity in set(items[h]) & set(items[i]):
                    if h != i and items[h][entity] > 0:
                        walks[h][i].append(items[h][entity] ** 2 / length[h] / length[i])

    def slots(self, user_row: int):
        """(source, position, event, scale) of each thing known of a user, the latest first, then segments."""
        user = int(self.graph.users[user_row])
        done = []
        for code, relation in enumerate(EVENT_RELATIONS):
            where = self.graph.edges_of(relation)
            for head, tail, time in zip(
                self.graph.head[where], self.graph.tail[where], self.graph.time[where], strict=True
            ):
                if head == user:
                    done.append((int(time), len(done), code, int(self.graph.item_row_of[tail])))
        rejected = {item for _, _, code, item in done if EVENTS[code] in REJECTIONS}
        any_choice = any(self.graph.has_edges(EVENT_RELATIONS[EVENTS.index(event)]) for event in CHOICES)
        strength = {
            code: code + (10 if EVENTS[code] in CHOICES or not any_choice else 0)
            for code in range(len(EVENTS))
        }
        best = {}
        for time, order, code, item in sorted(done):
            if item not in rejected and strength[code] >= strength.get(best.get(item, (0, 0, -1))[2], -1):
                best[item] = (time, order, code)
        latest = sorted(((*found, item) for item, found in best.items()), reverse=True)
        for n, (_, _, code, item) in enumerate(latest):
            old = self.graph.clock != "none" and n >= OLDER
            position = min(n, OLDER) if self.graph.clock != "none" else 0
            yield item, position, code, max(len(latest) - RECENT, 1) ** -0.5 if old else 1.0
        segments = [int(row) for row in np.flatnonzero(self.graph.kinds == "segment")]
        for head, tail, _ in self._triples("in_segment"):
            if head == user:
                yield self.n + segments.index(tail), SEGMENT if latest else ALONE, 0, 1.0

    def prior(self, user_row: int, item: int) -> float:
        everyone = int(np.flatnonzero(self.graph.kinds == "everyone")[0])
        share = sum(
            w
            for head, tail, w in self._triples("often_chooses")
            if (head, tail) == (everyone, self.graph.items[item])
        )
        new = not any(position < SEGMENT for _, position, _, _ in self.slots(user_row))
        of_item = 0.0 if new or not self.chosen_by[item] else float(self.gates["item"][item])
        return share * math.exp(float(self.gates["prior"][int(new)]) + of_item)

    def paths(self, user_row: int, item: int) -> list[float]:
        """What each path from a user to an item adds, largest first."""
        found = []
        for source, position, code, scale in self.slots(user_row):
            if source >= self.n:
                found += self._of_segment(source, position, item)
            else:
                for m, legs in enumerate(self.metapaths):
                    gate = scale * self._gate(m, source, position, code, item)
                    found += [gate * walk for walk in self.walks(legs, source, item)]
        return sorted((one for one in found if one > 0), reverse=True)

    def walks(self, legs, source: int, item: int) -> list[float]:
        if source == item:
            return []
        if len(legs) == 1:
            return self.legs(legs[0], last=True).get(source, {}).get(item, [])
        first, second = self.legs(legs[0], last=False), self.legs(legs[1], last=True)
        return [
            one * other
            for bridge, ones in first.get(source, {}).items()
            for one in ones
            for other in second.get(bridge, {}).get(item, [])
        ]

    def _of_segment(self, source: int, position: int, item: int) -> list[float]:
        segment = int(np.flatnonzero(self.graph.kinds == "segment")[source - self.n])
        m = len(self.metapaths)
        logit = self.gates["position"][m, position] + self.gates["event"][m, EVENTS.index("view")]
        logit += self.gates["degree"][m, 0] + self.gates["source"][source, m]
        return [
            math.exp(float(logit)) * w
            for head, tail, w in self._triples("often_chooses")
            if (head, tail) == (segment, self.graph.items[item])
        ]

    def _gate(self, m: int, source: int, position: int, code: int, item: int) -> float:
        degree = min(int(math.log2(self.chosen_by[source] + 1)), DEGREE_CLASSES - 1)
        logit = self.gates["position"][m, position] + self.gates["degree"][m, degree]
        logit += self.gates["source"][source, m]
        if EVENTS[code] != "buy":
            logit += self.gates["event"][m, code]
        logit += self.gates["item"][item] if self.chosen_by[item] else self.gates["unseen"][m, position]
        return math.exp(float(logit))
