"""A network and what it learns from → its weights after the epoch that did best on the validation part."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path as FilePath
from typing import Self

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from kgrec.domain import FloatArray, IntArray, Interactions, KnowledgeGraph, Progress
from kgrec.errors import BadBundle, BadInput, NotReady
from kgrec.models.baseline import Baseline, check_bounds
from kgrec.models.choices import Choices, choices_of
from kgrec.models.soundness import demand_finite
from kgrec.models.timeline import Timeline, before, nth_last_choice

Figures = dict[str, float]


@dataclass(frozen=True)
class FittingConfig:
    """How a network is fitted: batches, the learning rate of Adam, and when to stop."""

    batch: int = 512
    learning_rate: float = 1e-3
    decay: float = 0.0  # on the squares of all weights
    epochs: int = 200
    patience: int = 10  # epochs without a better one before it stops
    validation_users: int = 3000  # how many of them choose the epoch

    def __post_init__(self) -> None:
        many = np.inf
        check_bounds(self, batch=(1, many), learning_rate=(1e-9, 10), decay=(0, many), epochs=(1, many))
        check_bounds(self, patience=(1, many), validation_users=(1, many))


@dataclass(frozen=True, eq=False)
class Lesson:
    """What is learned from, and whose choices, unknown to it, tell how well."""

    known: Choices
    user: IntArray  # (T,) user rows, ascending
    item: IntArray  # (T,) item rows


def lesson_of(events: Timeline, validation: Interactions | None, most: int, seed: int) -> Lesson:
    """All choices, judged by the validation part; or all but everybody's last, judged by those.

    So it is too where the validation part holds nobody of whom anything is known: it cannot tell one epoch from
    another. A last choice is held out of three or more; where no order is known, it is one drawn at random.
    """
    random = np.random.default_rng(seed)
    if not events.ordered:
        shuffled = random.permutation(len(events.user))
        events = events.select(shuffled[np.argsort(events.user[shuffled], kind="stable")])
    known = choices_of(events)
    user, item = np.zeros(0, np.int64), np.zeros(0, np.int64)
    if validation is not None:
        order = np.argsort(validation.user, kind="stable")
        user, item = validation.user[order], validation.item[order]
        told = np.diff(known.start)[user] > 0
        user, item = user[told], item[told]
    if len(user) == 0:
        last = np.where(nth_last_choice(events, 3) >= 0, nth_last_choice(events, 1), -1)
        user = np.flatnonzero(last >= 0)
        item = events.item[last[user]]
        known = choices_of(before(events, np.where(last >= 0, last, len(events.user))))
    if len(user) == 0:
        raise BadInput("nothing to learn from: no user has three choices; add interactions")
    some = np.unique(user)
    if len(some) > most:
        judging = np.isin(user, random.choice(some, most, replace=False))
        user, item = user[judging], item[judging]
    return Lesson(known, user, item)


@torch.no_grad()
def rank_figures(score: Callable[[IntArray], Tensor], lesson: Lesson) -> Figures:
    """HR@10 and NDCG@10, each target ranked alone among all items its user does not have, ties at their mean rank.

    `score` gives the scores of some users (B, I); where some are not finite, there are no figures but NaN.
    """
    users = np.unique(lesson.user)
    ranks: list[FloatArray] = []
    for some in np.array_split(users, -(-len(users) // 128)):
        scores = score(some)
        if not torch.isfinite(scores).all():  # nothing is above a NaN: its rank would be the best
            return {"hr@10": np.nan, "ndcg@10": np.nan}
        mine = slice(*np.searchsorted(lesson.user, [some[0], some[-1] + 1]))
        place, target = np.searchsorted(some, lesson.user[mine]), lesson.item[mine]
        wanted = scores[place, target]
        whose, which = lesson.known.rows_of(some)
        scores[whose, lesson.known.item[which]] = -torch.inf
        scores[place, target] = wanted
        rows = scores[place]
        ties = (rows == wanted[:, None]).sum(1) - 1
        ranks.append(((rows > wanted[:, None]).sum(1) + ties / 2).numpy())
    rank = np.concatenate(ranks)  # 0 is best
    hit = rank < 10
    return {"hr@10": float(hit.mean()), "ndcg@10": float((hit / np.log2(rank + 2)).mean())}


def batches(n: int, size: int, random: np.random.Generator) -> Iterator[Tensor]:
    """The rows of n things in random batches; of few things smaller ones, so that an epoch is some steps."""
    size = max(16, min(size, n // 8))
    order = torch.from_numpy(random.permutation(n))
    return (order[first : first + size] for first in range(0, n, size))


def train(
    network: nn.Module,
    losses: Callable[[], Iterator[Tensor]],
    judge: Callable[[], Figures],
    config: FittingConfig,
    *,
    lower_is_better: bool = False,
    progress: Progress | None = None,
) -> list[Figures]:
    """Epochs until the last figure of `judge` has not improved for a while; the network is left at its best.

    `losses` goes once through what is to be learned, a loss for each batch.
    """
    optimizer = torch.optim.Adam(network.parameters(), config.learning_rate, weight_decay=config.decay)
    history: list[Figures] = []
    best, best_value, best_epoch = network.state_dict(), np.inf, 0
    for epoch in range(1, config.epochs + 1):
        network.train()
        loss = float(np.mean([_step(optimizer, batch, epoch) for batch in losses()]))
        network.eval()
        history.append({"epoch": float(epoch), "loss": loss} | judge())
        name, value = list(history[-1].items())[-1]
        if not np.isfinite(value):
            raise BadInput(f"the validation {name} became {value} in epoch {epoch}; lower learning_rate")
        if (value if lower_is_better else -value) < best_value:
            best_value, best_epoch = value if lower_is_better else -value, epoch
            best = {key: tensor.clone() for key, tensor in network.state_dict().items()}
        if progress:
            told = f"loss {loss:.3f}, validation {name} {value:.4f}, best in epoch {best_epoch}"
            progress("training", epoch, config.epochs, told)
        if epoch - best_epoch >= config.patience:
            break
    network.load_state_dict(best)
    return history


def _step(optimizer: torch.optim.Optimizer, loss: Tensor, epoch: int) -> float:
    if not torch.isfinite(loss):
        raise BadInput(f"the loss became {loss.item()} in epoch {epoch}; lower learning_rate")
    optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


class NeuralBaseline(Baseline):
    """A network in place of the arrays of other baselines."""

    exact = False
    _network: nn.Module | None = None

    def new_network(self, n_users: int, n_items: int) -> nn.Module:
        """One that has learned nothing yet."""
        raise NotImplementedError

    @property
    def network(self) -> nn.Module:
        """The fitted one; NotReady before fit."""
        if self._network is None:
            raise NotReady("the model is not fitted yet; call fit first")
        return self._network

    def save(self, folder: FilePath) -> None:
        """Weights as safetensors, the configuration and the figures of each epoch as JSON."""
        save_file(self.network.state_dict(), folder / "weights.safetensors")
        sizes = {"users": len(self.graph.users), "items": len(self.graph.items)}
        described = {"config": asdict(self.config), "history": self.history} | sizes
        (folder / "model.json").write_text(json.dumps(described, indent=1), encoding="utf-8")

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model with the graph it was fitted on."""
        try:
            described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            model = cls(cls.config_type(**described["config"]))
            model.history = described["history"]
            sizes = (int(described["users"]), int(described["items"]))
            network = model.new_network(*sizes)
            network.load_state_dict(load_file(folder / "weights.safetensors"))
            demand_finite({name: value.numpy() for name, value in network.state_dict().items()})
        except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError, BadInput) as error:
            raise BadBundle(f"{folder}: the model cannot be read ({error}); train it again") from None
        if sizes != (len(graph.users), len(graph.items)):
            raise BadBundle(f"{folder}: the model does not fit the graph beside it; train it again")
        model._graph, model._network = graph, network.eval()
        return model
