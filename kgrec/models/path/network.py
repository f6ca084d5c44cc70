"""The path model as a graph neural network: gates make the weights, one linear message passing makes the sum.

    score(u, i) = c(i) · (prior · popularity(i) + Σ over slots s of u, metapaths m of gate(s, m) · K_m[source(s), i])
    gate(s, m)  = scale(s) · exp(a[m, position(s)] + e[m, event(s)] + d[m, degree(source(s))] + b[source(s), m])

Operator rows are normalised, so a row made of one observation weighs as much as one made of a thousand; d learns how
far each metapath is to be trusted by how often its source was seen.

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
from kgrec.models.timeline import POSITIONS, Slots


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
    n_metapaths: int


class PathNetwork(nn.Module):
    """The gates, and the message passing that adds up what they let through."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        m = shape.n_metapaths
        start = -1.0 - 0.4 * torch.arange(POSITIONS, dtype=torch.float32)
        start[-1] = -1.0  # segments have no age
        self.position = nn.Parameter(start.repeat(m, 1))  # a (M, positions)
        self.event = nn.Parameter(torch.zeros(m, len(EVENTS)))  # e (M, events)
        self.degree = nn.Parameter(torch.zeros(m, DEGREE_CLASSES))  # d (M, classes)
        self.source = nn.Parameter(torch.zeros(shape.n_sources, m))  # b (sources, M)
        self.item = nn.Parameter(torch.zeros(shape.n_items))  # log c (I,)
        self.prior = nn.Parameter(torch.tensor(-1.0))  # log weight of what everyone chooses
        self.temperature = nn.Parameter(torch.tensor(0.7))  # log τ of the loss, no part of the score
        self.floor = nn.Parameter(torch.tensor(-6.0))  # log ε of the loss, no part of the score
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
        gates: Tensor = slot.scale[:, None] * torch.exp(logit)
        return gates

    def forward(self, batch: HeteroData) -> Tensor:
        """Scores of all items for the users of a batch (B, I)."""
        n_users, n_items = batch["user"].num_nodes, self.shape.n_items
        edges = batch["slot", "reaches", "item"]
        total = self.conv(self.gates(batch).flatten(), edges.edge_index, edges.edge_weight, n_users * n_items)
        popular = torch.exp(self.prior) * batch["item"].popularity
        scores: Tensor = (total.view(n_users, n_items) + popular) * torch.exp(self.item)
        return scores


def batch_of(operators: Operators, slots: Slots, user_rows: IntArray) -> HeteroData:
    """The part of the composed graph that some users' scores need.

    Node types: user (B), slot, item (I). The edge type (slot, reaches, item) holds one edge per slot, metapath and
    item reached; its source is the gate slot · M + m, its target the cell user · I + item.
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
    data["item"].popularity = torch.from_numpy(np.array(operators.popularity))
    data["slot"].source = torch.from_numpy(source)
    data["slot"].degree = torch.from_numpy(operators.degree[source].astype(np.int64))
    data["slot"].position = torch.from_numpy(slots.position[slot])
    data["slot"].event = torch.from_numpy(slots.event[slot])
    data["slot"].scale = torch.from_numpy(slots.scale[slot])
    data["slot", "reaches", "item"].edge_index = torch.from_numpy(np.stack([gate, cell]))
    data["slot", "reaches", "item"].edge_weight = torch.from_numpy(np.asarray(operators.weight[entry]))
    return data
