"""A trained path network and a user's terms → what its messages carry, and what other explainers make of them.

The terms of an item are the messages that meet at it: one edge each of the composed graph. GNNExplainer and attention
are asked about the same network, to be compared with its own sum.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch_geometric.explain import Explainer, GNNExplainer

from kgrec.domain import FloatArray, IntArray, KnowledgeGraph, Terms
from kgrec.models.path.model import PathModel
from kgrec.models.path.network import PathConv, batch_of

Values = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Messages:
    """The messages behind some terms, in their order (n,)."""

    gate: FloatArray  # what the network lets through of each: scale · exp(a + e + d + b) · c
    weight: FloatArray  # of the edge, K_m[h, i]
    prior: FloatArray  # of the terms' items

    @property
    def carried(self) -> Values:
        """What each adds to the score."""
        product: Values = self.gate.astype(np.float64) * self.weight
        return product


@torch.no_grad()
def messages(model: PathModel, graph: KnowledgeGraph, user_row: int, terms: Terms) -> Messages:
    """The network run on operators built anew from its graph."""
    known, operators, network = model._slots_of(graph), model._operators, model._network
    batch = batch_of(operators, known, np.array([user_row]))
    gates = network.gates(batch).numpy().ravel()
    kinds = [batch["slot", kind, "item"] for kind in ("reaches", "counts")]
    index = np.concatenate([edges.edge_index.numpy() for edges in kinds], axis=1)  # gate, item
    weight = np.concatenate([edges.edge_weight.numpy() for edges in kinds])
    learned = np.arange(index.shape[1]) < kinds[0].edge_index.shape[1]  # segments choose, c has no say there
    _, slot = known.of(np.array([user_row]))
    counted = np.flatnonzero(known.scale[slot] > 0)
    n_items, n_ways = operators.n_items, len(operators.legs)
    wanted = (counted[terms.slot] * n_ways + terms.way) * n_items + terms.item
    keys = index[0] * n_items + index[1]
    order = np.argsort(keys, kind="stable")
    edge = order[np.searchsorted(keys[order], wanted)]
    c = torch.exp(network.item * ~batch["item"].unseen).numpy()
    of_chosen, of_new = torch.exp(network.prior).numpy()
    new = bool(batch["user"].new[0])
    prior = (of_new if new else of_chosen * c) * operators.popularity
    return Messages(
        gate=gates[index[0][edge]] * np.where(learned[edge], c[terms.item], 1.0).astype(np.float32),
        weight=weight[edge],
        prior=prior[terms.item].astype(np.float32),
    )


class OneItem(nn.Module):
    """The network's message passing to one item: gates in, the logarithm of the item's score out."""

    def __init__(self, conv: PathConv, prior: float) -> None:
        super().__init__()
        self.conv = conv
        self.prior = prior

    def forward(self, gate: Tensor, edge_index: Tensor, edge_weight: Tensor) -> Tensor:
        """gate (N + 1, 1), the item being the last node, with no gate → (1, 1)"""
        total: Tensor = self.conv(gate[:, 0], edge_index, edge_weight, len(gate))
        return torch.log(total[-1:] + self.prior + 1e-12)[:, None]


def by_attention(carried_by: Messages) -> IntArray:
    """The order of some terms by their gates alone, the largest first: the learned gates taken for attention."""
    return np.argsort(-carried_by.gate, kind="stable")


def by_gnn_explainer(
    carried_by: Messages, *, epochs: int, rate: float, seed: int, **coefficients: float
) -> IntArray:
    """The order of the terms of one item by the edge mask that GNNExplainer learns.

    Regression on the logarithm of the score: the mask is to keep it with as few messages as it can. The logarithm is
    what training saw, and makes the loss the same for large and small scores. Ying et al., "GNNExplainer: Generating
    explanations for graph neural networks", NeurIPS 2019, as in `torch_geometric.explain`.
    """
    n = len(carried_by.gate)
    gate = torch.zeros(n + 1, 1)
    gate[:n, 0] = torch.from_numpy(carried_by.gate)
    edge_index = torch.stack([torch.arange(n), torch.full((n,), n)])
    explainer = Explainer(
        OneItem(PathConv(), float(carried_by.prior[0])),
        GNNExplainer(epochs=epochs, lr=rate, **coefficients),
        explanation_type="model",
        edge_mask_type="object",
        model_config={"mode": "regression", "task_level": "graph", "return_type": "raw"},
    )
    with torch.random.fork_rng():  # masks start at random
        torch.manual_seed(seed)
        found = explainer(gate, edge_index, edge_weight=torch.from_numpy(carried_by.weight))
    order: IntArray = np.argsort(-found.edge_mask.numpy(), kind="stable")
    return order
