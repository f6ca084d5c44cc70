"""The path model as a graph neural network: gates make the weights, one linear message passing makes the sum.

    score(u, i) = prior(u, i) + Σ over slots s of u, metapaths m of gate(s, m, i) · K_m[source(s), i]
    prior(u, i) = p[u is new] · popularity(i) · (1 if u is new, else c(i))
    gate(s, m, i) = scale(s) · exp(a[m, position(s)] + e[m, event(s)] + d[m, degree(source(s))] + b[source(s), m])
                    · c(i), or exp(f[m, position(s)]) where nobody has chosen i yet

Operator rows are normalised, so a row made of one observation weighs as much as one made of a thousand; d learns how
far each metapath is to be trusted by how often its source was seen. c corrects what is inferred from choices by what
was chosen next, so it has no say where there are none: in the prior of somebody new, who has made no choice, and in
what segments choose, which are shares already. An item that nobody has chosen has no c either; what leads to it is
trusted in its own way, f.

Messages are linear and aggregated by addition; no non-linearity stands between the sum and the ranking.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData
from torch_geometric.nn import MessagePassing

from kgrec.domain import EVENTS, IntArray
from kgrec.models.path.operators import DEGREE_CLASSES, Operators
from kgrec.models.timeline import POSITIONS, SEGMENT, Slots


class PathConv(MessagePassing):  # type: ignore[misc]
    """Sum of gated messages along metapath-composed edges.

    out[t] = Σ over edges (g, t) of gate[g] · weight(g, t)

    Shapes:
        - **input:** gate (G,), edge_index (2, E), edge_weight (E,)
        - **output:** (T,)
    """

    def __init__(self) -> None:
        super().__init__(aggr="sum", node_dim=0)

    def forward(self, gate: Tensor, edge_index: Tensor, edge_weight: Tensor, n_targets: int) -> Tensor:
        out: Tensor = self.propagate(edge_index, x=gate, edge_weight=edge_weight, size=(len(gate), n_targets))
        return out

    def message(self, x_j: Tensor, edge_weight: Tensor) -> Tensor:
        return x_j * edge_weight


@dataclass(frozen=True)
class Shape:
    """The sizes of a network's tables."""

    n_sources: int
    n_items: int
    n_metapaths: int  # 2 P + 1, as in `Operators.legs`: to seen items, of segments, and again to unseen ones

    @property
    def n_paths(self) -> int:
        """P"""
        return self.n_metapaths // 2


def shape_of(operators: Operators) -> Shape:
    """The sizes of a network that learns gates for these operators."""
    return Shape(operators.n_sources, operators.n_items, len(operators.legs))


class PathNetwork(nn.Module):
    """The gates, and the message passing that adds up what they let through."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        m = shape.n_paths + 1
        start = -1.0 - 0.4 * torch.arange(POSITIONS, dtype=torch.float32)
        start[SEGMENT:] = -1.0  # segments have no age
        self.position = nn.Parameter(start.repeat(m, 1))  # a (P + 1, positions)
        self.event = nn.Parameter(torch.zeros(m, len(EVENTS)))  # e (P + 1, events)
        self.degree = nn.Parameter(torch.zeros(m, DEGREE_CLASSES))  # d (P + 1, classes)
        self.source = nn.Parameter(torch.zeros(shape.n_sources, m))  # b (sources, P + 1)
        self.unseen = nn.Parameter(torch.zeros(m - 1, POSITIONS))  # f (P, positions)
        self.item = nn.Parameter(torch.zeros(shape.n_items))  # log c (I,)
        self.prior = nn.Parameter(
            torch.tensor([-1.0, -1.0])
        )  # log p, of those who have chosen and of the new
        self.conv = PathConv()
        buy = torch.ones(len(EVENTS))
        buy[EVENTS.index("buy")] = 0.0  # purchases are the yardstick: their event gate is 1
        self.register_buffer("event_free", buy, persistent=False)

    def gates(self, batch: HeteroData) -> Tensor:
        """The weight of every slot and metapath of a batch (slots, M)."""
        slot = batch["slot"]
        free: Tensor = self.event_free  # type: ignore[assignment]
        logit = (
            self.position.t()[slot.position]
            + (self.event * free).t()[slot.event]
            + self.degree.t()[slot.degree]
            + self.source[slot.source]
        )
        logit = torch.cat([logit, logit[:, :-1] + self.unseen.t()[slot.position]], dim=1)
        gates: Tensor = slot.scale[:, None] * torch.exp(logit)
        return gates

    def forward(self, batch: HeteroData) -> Tensor:
        """Scores of all items for the users of a batch (B, I)."""
        gates = self.gates(batch).flatten()
        popularity = batch["item"].popularity
        of_chosen, of_new = torch.exp(self.prior)
        learned = self._sum(batch, "reaches", gates) + of_chosen * popularity
        learned = learned * torch.exp(self.item * ~batch["item"].unseen)
        if batch["user"].new.any():
            learned = torch.where(batch["user"].new[:, None], of_new * popularity, learned)
        scores: Tensor = learned + self._sum(batch, "counts", gates)
        return scores

    def _sum(self, batch: HeteroData, kind: str, gates: Tensor) -> Tensor:
        """What one type of edges adds up to (B, I)."""
        n_users, n_items = batch["user"].num_nodes, self.shape.n_items
        edges = batch["slot", kind, "item"]
        total: Tensor = self.conv(gates, edges.edge_index, edges.edge_weight, n_users * n_items)
        return total.view(n_users, n_items)


def batch_of(operators: Operators, slots: Slots, user_rows: IntArray) -> HeteroData:
    """The part of the composed graph that some users' scores need.

    Node types: user (B; `new`: no choice or look is known), slot, item (I). The edge type (slot, reaches, item)
    holds one edge per slot, metapath and item reached; its source is the gate slot · M + m, its target the cell
    user · I + item. The edge type (slot, counts, item) is the same for what segments choose.
    """
    place, slot = slots.of(user_rows)
    source = slots.source[slot]
    count = operators.start[source + 1] - operators.start[source]
    first = np.cumsum(count) - count
    which = np.repeat(np.arange(len(slot)), count)  # the slot of every edge
    entry = np.arange(count.sum()) - first[which] + operators.start[source][which]
    gate = which * len(operators.legs) + operators.metapath[entry]
    cell = place[which] * operators.n_items + operators.item[entry]
    data = HeteroData()
    data["user"].num_nodes = len(user_rows)
    data["user"].new = torch.from_numpy(slots.of_new(user_rows))
    data["item"].popularity = torch.from_numpy(np.array(operators.popularity))
    data["item"].unseen = torch.from_numpy(operators.unseen)
    data["slot"].source = torch.from_numpy(source)
    data["slot"].degree = torch.from_numpy(operators.degree[source].astype(np.int64))
    data["slot"].position = torch.from_numpy(slots.position[slot])
    data["slot"].event = torch.from_numpy(slots.event[slot])
    data["slot"].scale = torch.from_numpy(slots.scale[slot])
    index, weight = np.stack([gate, cell]), operators.weight[entry]
    of_segment = operators.metapath[entry] == operators.of_segments
    parts = {"reaches": slice(None), "counts": slice(0)}
    if of_segment.any():
        parts = {"reaches": ~of_segment, "counts": of_segment}
    for kind, part in parts.items():
        data["slot", kind, "item"].edge_index = torch.from_numpy(index[:, part])
        data["slot", kind, "item"].edge_weight = torch.from_numpy(weight[part])
    return data
