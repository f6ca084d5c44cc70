"""A recurrent network over what a user chose, trained against the whole catalogue.

Hidasi et al., Session-based recommendations with recurrent neural networks, 2016; with softmax cross-entropy over all
items, and the same item vectors at both ends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor, nn

from kgrec.models.baseline import check_bounds
from kgrec.models.sequences import SequenceConfig, SequenceModel
from kgrec.models.settings import Number, OneOf, Setting


@dataclass(frozen=True)
class GruConfig(SequenceConfig):
    """Layers of gated recurrent units."""

    layers: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bounds(self, layers=(1, 16))


class RecurrentNetwork(nn.Module):
    """Item vectors, gated recurrent units, and a linear map back to item vectors."""

    def __init__(self, n_items: int, config: GruConfig) -> None:
        super().__init__()
        d = config.dimensions
        self.items = nn.Embedding(n_items, d)
        self.dropout = nn.Dropout(config.dropout)
        self.units = nn.GRU(d, d, config.layers, batch_first=True)
        self.back = nn.Linear(d, d)
        nn.init.xavier_normal_(self.items.weight)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, L) → (B, L, D); pads come last, so that no state has read one."""
        states, _ = self.units(self.dropout(self.items(rows.clamp(min=0))))
        expected: Tensor = self.back(states)
        return expected


class Gru(SequenceModel):
    """Score = product of an item's vector and the network's answer to the history."""

    name: ClassVar[str] = "gru"
    config_type: ClassVar[type] = GruConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "learning_rate": Number(2e-4, 3e-3, log=True),
        "dropout": Number(0.0, 0.7),
        "dimensions": OneOf((32, 64, 128)),
        "layers": Number(1, 2, whole=True),
    }

    def new_network(self, n_users: int, n_items: int) -> nn.Module:
        """Vectors that mean nothing yet."""
        return RecurrentNetwork(n_items, self.config)
