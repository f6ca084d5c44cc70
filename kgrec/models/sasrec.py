"""Self-attention over what a user chose, trained against the whole catalogue.

Kang and McAuley, Self-attentive sequential recommendation, 2018; with softmax cross-entropy over all items in place
of the paper's binary one, which on the same network ranks far worse.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from kgrec.errors import BadInput
from kgrec.models.baseline import check_bounds
from kgrec.models.sequences import PAD, SequenceConfig, SequenceModel
from kgrec.models.settings import Number, OneOf, Setting


@dataclass(frozen=True)
class SASRecConfig(SequenceConfig):
    """Blocks of self-attention, each with so many heads."""

    blocks: int = 2
    heads: int = 1

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bounds(self, blocks=(1, 64), heads=(1, self.dimensions))
        if self.dimensions % self.heads:
            raise BadInput(f"dimensions is {self.dimensions}; it must be a multiple of heads, {self.heads}")


class AttentionNetwork(nn.Module):
    """Item and position vectors, blocks of attention to the same or earlier items, one vector per position."""

    def __init__(self, n_items: int, config: SASRecConfig) -> None:
        super().__init__()
        d = config.dimensions
        self.items = nn.Embedding(n_items, d)
        self.positions = nn.Embedding(config.length, d)  # 0 is the latest
        self.dropout = nn.Dropout(config.dropout)
        block = nn.TransformerEncoderLayer(
            d, config.heads, d, config.dropout, batch_first=True, norm_first=True
        )
        self.blocks = nn.TransformerEncoder(block, config.blocks, nn.LayerNorm(d), enable_nested_tensor=False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.xavier_normal_(parameter)

    def forward(self, rows: Tensor) -> Tensor:
        """(B, L) → (B, L, D)"""
        length = rows.shape[1]
        vectors = self.items(rows.clamp(min=0)) * self.items.embedding_dim**0.5
        age = (rows != PAD).sum(dim=1, keepdim=True) - 1 - torch.arange(length)
        vectors = self.dropout(vectors + self.positions(age.clamp(min=0)))
        # Pads come last, so that no item attends to one.
        causal = nn.Transformer.generate_square_subsequent_mask(length)
        states: Tensor = self.blocks(vectors, mask=causal, is_causal=True)
        return states


class SASRec(SequenceModel):
    """Score = product of an item's vector and the state of the latest position."""

    name: ClassVar[str] = "sasrec"
    config_type: ClassVar[type] = SASRecConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "learning_rate": Number(2e-4, 3e-3, log=True),
        "dropout": Number(0.1, 0.7),
        "dimensions": OneOf((32, 64, 128)),
        "blocks": Number(1, 3, whole=True),
        "heads": OneOf((1, 2, 4)),
    }

    def new_network(self, n_users: int, n_items: int) -> nn.Module:
        """Vectors that mean nothing yet."""
        return AttentionNetwork(n_items, self.config)
