"""User and item vectors through a small network: clicks by cross-entropy, or ratings by squared error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar, Self, cast

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from kgrec.domain import (
    EVENTS,
    BoolArray,
    Dataset,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    Progress,
)
from kgrec.errors import BadInput
from kgrec.models.fitting import Figures, NeuralBaseline, batches, lesson_of, rank_figures, train
from kgrec.models.perceptron import RATINGS, DeepConfig, DeepNetwork
from kgrec.models.settings import Number, OneOf, Setting
from kgrec.models.timeline import timeline


class Deep(NeuralBaseline):
    """Score = the network's logit for a user and an item.

    A user it has not met while learning gets the mean vector of those who chose the same items; one without a
    choice the mean vector of all users, whose scores are the prior. Trained on ratings it can `rate`, too.
    """

    name: ClassVar[str] = "deep"
    config_type: ClassVar[type] = DeepConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "learning_rate": Number(1e-4, 1e-2, log=True),
        "decay": Number(1e-8, 1e-4, log=True),
        "dropout": Number(0.0, 0.7),
        "dimensions": OneOf((32, 64, 128)),
        "negatives": Number(1, 16, whole=True),
    }

    def __init__(self, config: DeepConfig | None = None) -> None:
        super().__init__(config)
        if self.config.objective == RATINGS:
            self.rate = self._rate  # trained on clicks, it is no RatingPredictor

    def new_network(self, n_users: int, n_items: int) -> DeepNetwork:
        """Vectors that mean nothing yet."""
        return DeepNetwork(n_users, n_items, self.config)

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn clicks, the epoch chosen by NDCG@10, or ratings, the epoch chosen by RMSE."""
        torch.manual_seed(seed)
        network = self.new_network(len(graph.users), len(graph.items))
        learn = self._learn_ratings if self.config.objective == RATINGS else self._learn_clicks
        self.history = learn(network, graph, validation, seed, progress)
        self._graph, self._network, self._known = graph, network, None
        return self

    def _learn_clicks(
        self,
        network: DeepNetwork,
        graph: KnowledgeGraph,
        validation: Interactions | None,
        seed: int,
        progress: Progress | None,
    ) -> list[Figures]:
        config, random = self.config, np.random.default_rng(seed)
        lesson = lesson_of(timeline(graph), validation, config.validation_users, seed)
        known = lesson.known
        user = torch.from_numpy(np.repeat(np.arange(len(known.start) - 1), np.diff(known.start)))
        item = torch.from_numpy(known.item)

        def losses() -> Iterator[Tensor]:
            for rows in batches(len(item), config.batch, random):
                drawn = torch.from_numpy(random.integers(known.n_items, size=len(rows) * config.negatives))
                logits = network(user[rows].repeat(1 + config.negatives), torch.cat([item[rows], drawn]))
                chosen = (torch.arange(len(logits)) < len(rows)).float()
                yield functional.binary_cross_entropy_with_logits(logits, chosen)

        def judge() -> Figures:
            return rank_figures(lambda users: network.of_all_items(network.users.weight[users]), lesson)

        history = train(network, losses, judge, config, progress=progress)
        network.meet(user, item)
        return history

    def _learn_ratings(
        self,
        network: DeepNetwork,
        graph: KnowledgeGraph,
        validation: Interactions | None,
        seed: int,
        progress: Progress | None,
    ) -> list[Figures]:
        random = np.random.default_rng(seed)
        known, judged = ratings_of(graph, validation, random)
        low, span = known.value.min(), max(known.value.max() - known.value.min(), torch.tensor(1e-6))
        network.scale.copy_(torch.stack([low, span]))

        def losses() -> Iterator[Tensor]:
            for rows in batches(len(known.value), self.config.batch, random):
                told = torch.sigmoid(network(known.user[rows], known.item[rows]))
                yield functional.mse_loss(told, (known.value[rows] - low) / span)

        @torch.no_grad()
        def judge() -> Figures:
            error = network.stars(network(judged.user, judged.item)) - judged.value
            return {"rmse": float(error.square().mean().sqrt())}

        history = train(network, losses, judge, self.config, lower_is_better=True, progress=progress)
        network.meet(known.user, known.item)
        return history

    @torch.no_grad()
    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Logits of all items for some users (B, I)."""
        asked, network = self.asked(graph), cast(DeepNetwork, self.network)
        return network.of_all_items(network.vectors_of(user_rows, asked)).numpy()

    @torch.no_grad()
    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """What it scores for the mean of all users (I,)."""
        network = cast(DeepNetwork, self.network)
        return network.of_all_items(network.anybody[None])[0].numpy()

    @torch.no_grad()
    def _rate(self, graph: KnowledgeGraph, user_rows: IntArray, item_rows: IntArray) -> FloatArray:
        """The predicted rating of each (user, item) pair (n,)."""
        asked, network = self.asked(graph), cast(DeepNetwork, self.network)
        of_users = network.of_user(network.vectors_of(user_rows, asked))
        of_items = network.of_item(network.items.weight[torch.from_numpy(item_rows)])
        return network.stars(network.after_first(of_users + of_items)).numpy()


@dataclass(frozen=True, eq=False)
class Ratings:
    """Who gave which item how many stars: parallel arrays."""

    user: Tensor  # (n,) user rows
    item: Tensor  # (n,) item rows
    value: Tensor  # (n,)

    def select(self, which: BoolArray) -> Ratings:
        """Some of them."""
        mask = torch.from_numpy(which)
        return Ratings(self.user[mask], self.item[mask], self.value[mask])


def ratings_of(
    graph: KnowledgeGraph, validation: Interactions | None, random: np.random.Generator
) -> tuple[Ratings, Ratings]:
    """The ratings to learn, and those that judge: of the validation part, or a tenth of the graph's without one."""
    if not graph.has_edges("rated"):
        raise BadInput("these interactions hold no ratings to learn; set objective=clicks")
    where = graph.edges_of("rated")
    user, item = graph.user_row_of[graph.head[where]], graph.item_row_of[graph.tail[where]]
    known = Ratings(*map(torch.from_numpy, (user, item, graph.weight[where].copy())))
    if validation is not None and (rated := validation.event == EVENTS.index("rate")).any():
        part = validation.select(rated)
        return known, Ratings(*map(torch.from_numpy, (part.user, part.item, part.weight)))
    if len(user) < 10:
        raise BadInput(
            f"ten ratings or more are needed to learn from, and there are {len(user)}; add ratings"
        )
    hidden = np.zeros(len(user), dtype=bool)
    hidden[random.permutation(len(user))[: len(user) // 10]] = True
    return known.select(~hidden), known.select(hidden)
