"""User and item vectors through dense layers to one number: the network of the model `deep`, and its settings.

    [user; item] → dense 128 → dense 64 → dense 32 → one number, its sigmoid the odds of a click, or the rating

as the perceptron of He et al., Neural collaborative filtering, 2017. The first layer is linear in [user; item],
W [u; i] = Wᵤ u + Wᵢ i, so that its half for the items is computed once for all users.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kgrec.domain import IntArray
from kgrec.errors import BadInput
from kgrec.models.baseline import check_bounds
from kgrec.models.choices import Choices
from kgrec.models.fitting import FittingConfig

CLICKS, RATINGS = "clicks", "ratings"


@dataclass(frozen=True)
class DeepConfig(FittingConfig):
    """What is learned, the size of the vectors, and how many items not chosen go with each that is."""

    objective: str = CLICKS  # or "ratings"
    dimensions: int = 64
    dropout: float = 0.2
    negatives: int = 4
    batch: int = 1024
    validation_users: int = 1000

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bounds(self, dimensions=(1, 4096), dropout=(0, 0.99), negatives=(1, 1000))
        if self.objective not in (CLICKS, RATINGS):
            raise BadInput(f"objective is {self.objective!r}; it must be {CLICKS} or {RATINGS}")


class DeepNetwork(nn.Module):
    """The vectors and the layers, and what else is needed to score and rate."""

    def __init__(self, n_users: int, n_items: int, config: DeepConfig) -> None:
        super().__init__()
        d = config.dimensions
        self.users, self.items = nn.Embedding(n_users, d), nn.Embedding(n_items, d)
        self.of_user, self.of_item = nn.Linear(d, 128), nn.Linear(d, 128, bias=False)
        self.dropout = nn.Dropout(config.dropout)
        self.layers = nn.Sequential(
            nn.ReLU(), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 32), nn.ReLU(), nn.Linear(32, 1)
        )
        nn.init.normal_(self.users.weight, std=0.05)
        nn.init.normal_(self.items.weight, std=0.05)
        self.met = nn.Buffer(torch.zeros(n_users, dtype=torch.bool))  # the users learned from
        self.buyers = nn.Buffer(torch.zeros(n_items, d))  # the mean vector of an item's users
        self.anybody = nn.Buffer(torch.zeros(d))  # the mean vector of all users
        self.scale = nn.Buffer(torch.tensor([0.0, 1.0]))  # the lowest rating, and the span to the highest

    def forward(self, user: Tensor, item: Tensor) -> Tensor:
        """Row numbers (n,) and (n,) → logits (n,)."""
        return self.after_first(
            self.of_user(self.dropout(self.users(user))) + self.of_item(self.dropout(self.items(item)))
        )

    def after_first(self, hidden: Tensor) -> Tensor:
        """What the first layer says (…, 128) → logits (…)."""
        logits: Tensor = self.layers(hidden).squeeze(dim=-1)
        return logits

    def of_all_items(self, user_vectors: Tensor) -> Tensor:
        """The logits of all items (B, I), user by user: the first layer's (B, I, 128) would be too large."""
        of_items = self.of_item(self.items.weight)
        logits = torch.empty(len(user_vectors), len(of_items))
        for row, vector in enumerate(user_vectors):
            logits[row] = self.after_first(self.of_user(vector) + of_items)
        return logits

    def stars(self, logits: Tensor) -> Tensor:
        """Logits as ratings."""
        return self.scale[0] + self.scale[1] * torch.sigmoid(logits)

    def meet(self, user: Tensor, item: Tensor) -> None:
        """Remember who was learned from, and who chose what: user rows (n,) and item rows (n,)."""
        vectors = self.users.weight.detach()
        self.met[user] = True
        self.anybody.copy_(vectors[self.met].mean(dim=0))
        count = torch.bincount(item, minlength=len(self.buyers))[:, None]
        total = torch.zeros_like(self.buyers).index_add_(0, item, vectors[user])
        self.buyers.copy_(torch.where(count > 0, total / count.clamp(min=1), self.anybody))

    def vectors_of(self, user_rows: IntArray, known: Choices) -> Tensor:
        """Vectors of users, met or not (B, D)."""
        vectors = self.anybody.repeat(len(user_rows), 1)
        for row, user in enumerate(user_rows):
            own = torch.from_numpy(known.item[known.start[user] : known.start[user + 1]])
            if user < len(self.met) and self.met[user]:
                vectors[row] = self.users.weight[user]
            elif len(own):
                vectors[row] = self.buyers[own].mean(dim=0)
        return vectors
