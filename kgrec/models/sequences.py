"""Histories → padded batches, and the loss of every next item among the whole catalogue: what sequence models share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self, cast

import numpy as np
import torch
from torch import Tensor, nn

from kgrec.domain import Dataset, FloatArray, IntArray, Interactions, KnowledgeGraph, Progress
from kgrec.errors import BadInput
from kgrec.models.baseline import check_bounds
from kgrec.models.choices import Choices
from kgrec.models.fitting import (
    FittingConfig,
    Lesson,
    NeuralBaseline,
    batches,
    lesson_of,
    rank_figures,
    train,
)
from kgrec.models.timeline import timeline

PAD = -1
PARTS = 4  # a batch is padded in so many parts, short histories apart from long ones
CHUNK = 128  # rows of logits at a time: what a processor's cache holds


@dataclass(frozen=True)
class SequenceConfig(FittingConfig):
    """The size of the vectors, how much of them is dropped while learning, how far back a history is read."""

    dimensions: int = 64
    dropout: float = 0.5
    length: int = 50

    def __post_init__(self) -> None:
        super().__post_init__()
        check_bounds(self, dimensions=(1, 4096), dropout=(0, 0.99), length=(1, 10_000))


class SequenceNetwork(Protocol):
    """What a sequence model is made of: a vector for each item, and one for each position of a history."""

    items: nn.Embedding

    def __call__(self, rows: Tensor) -> Tensor:
        """Item rows, oldest first, padded at the end (B, L) → what is expected after each of them (B, L, D)."""
        ...


def padded(known: Choices, user_rows: IntArray, length: int) -> Tensor:
    """The latest items of some users, oldest first, padded at the end to the longest of them (B, L)."""
    last = known.start[user_rows + 1]
    count = np.minimum(last - known.start[user_rows], length)
    column = np.arange(count.max(initial=0))
    place = np.minimum((last - count)[:, None] + column, len(known.item) - 1)
    return torch.from_numpy(np.where(column < count[:, None], known.item[place], PAD))


def next_items(known: Choices, user_rows: IntArray, length: int) -> tuple[Tensor, Tensor]:
    """Histories without their last item (B, L), and the item after each (B, L)."""
    rows = padded(known, user_rows, length + 1)
    coming = rows[:, 1:]
    return rows[:, :-1].masked_fill(coming == PAD, PAD), coming


class _CatalogueLoss(torch.autograd.Function):
    """Softmax cross-entropy of states · itemsᵀ, with its gradients computed chunk by chunk on the way.

    The logits of a batch would be a hundred megabytes, written and read over and over.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, items: Tensor, targets: Tensor) -> Tensor:
        by_state, by_item, loss = torch.empty_like(states), torch.zeros_like(items), states.new_zeros(())
        for first in range(0, len(states), CHUNK):
            here = slice(first, first + CHUNK)
            logits, wanted = states[here] @ items.T, targets[here, None]
            logits -= logits.amax(dim=1, keepdim=True)
            own = logits.gather(1, wanted)
            total = logits.exp_().sum(dim=1, keepdim=True)
            loss += (total.log() - own).sum()
            logits /= total  # now the probabilities, and then their difference from what was chosen
            logits.scatter_add_(1, wanted, logits.new_full(wanted.shape, -1))
            by_state[here] = logits @ items
            by_item.addmm_(logits.T, states[here])
        ctx.save_for_backward(by_state / len(states), by_item / len(states))
        return loss / len(states)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None]:
        by_state, by_item = ctx.saved_tensors
        return by_state * gradients[0], by_item * gradients[0], None


def catalogue_loss(states: Tensor, items: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy of each target among all items. states (n, D), items (I, D), targets (n,)"""
    return cast(Tensor, _CatalogueLoss.apply(states, items, targets))  # type: ignore[no-untyped-call]


class SequenceModel(NeuralBaseline):
    """Score = product of an item's vector and what is expected after the user's history.

    All positions of all histories are learned from, each against the whole catalogue.
    """

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn what comes after what; see `lesson_of` for how the epoch is chosen without a validation part."""
        events = timeline(graph)
        if not events.ordered:
            raise BadInput(
                f"{self.name} learns what comes after what, and these interactions have no times; "
                "take a model that needs none, such as ease or rp3beta"
            )
        lesson = lesson_of(events, validation, self.config.validation_users, seed)
        torch.manual_seed(seed)
        network = self.new_network(len(graph.users), len(graph.items))
        random = np.random.default_rng(seed)
        expects = cast(SequenceNetwork, network)

        def score(user_rows: IntArray) -> Tensor:
            rows = padded(lesson.known, user_rows, self.config.length)
            last = (rows != PAD).sum(1) - 1
            return expects(rows)[torch.arange(len(rows)), last] @ expects.items.weight.T

        self.history = train(
            network,
            lambda: self._losses(expects, lesson, random),
            lambda: rank_figures(score, lesson),
            self.config,
            progress=progress,
        )
        self._graph, self._network, self._known = graph, network, None
        return self

    def _losses(
        self, network: SequenceNetwork, lesson: Lesson, random: np.random.Generator
    ) -> Iterator[Tensor]:
        """Users in random batches, each padded in parts of like length; only real positions get logits."""
        count = np.diff(lesson.known.start)
        users = np.flatnonzero(count > 1)
        if len(users) == 0:
            raise BadInput("nothing to learn from: no user has two choices; add interactions")
        users = users[np.argsort(count[users], kind="stable")]
        for rows in batches(len(users), self.config.batch, random):
            batch = users[np.sort(rows)]  # from short histories to long ones
            states, targets = [], []
            for part in np.array_split(batch, min(PARTS, len(batch))):
                rows, coming = next_items(lesson.known, part, self.config.length)
                real = coming != PAD
                states.append(network(rows)[real])
                targets.append(coming[real])
            yield catalogue_loss(torch.cat(states), network.items.weight, torch.cat(targets))

    @torch.no_grad()
    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Scores of all items, after the history that the given graph holds; zeros without one (B, I)."""
        asked, network = self.asked(graph), cast(SequenceNetwork, self.network)
        scores = np.zeros((len(user_rows), len(network.items.weight)), np.float32)
        for row, user in enumerate(user_rows):  # one by one: a user's score is the same in every batch
            own = asked.item[asked.start[user] : asked.start[user + 1]][-self.config.length :]
            if len(own):
                expected = network(torch.from_numpy(own)[None])[0, -1]
                scores[row] = (network.items.weight @ expected).numpy()
        return scores
