"""Timelines → learned gates: cross-entropy over the whole catalogue, targets never in their own graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch_geometric.data import HeteroData

from kgrec.domain import BoolArray, FloatArray, IntArray, Progress
from kgrec.errors import BadInput
from kgrec.models.path.behaviour import BehaviourConfig, derive
from kgrec.models.path.config import TrainingConfig
from kgrec.models.path.network import PathNetwork, batch_of, shape_of
from kgrec.models.path.operators import OperatorConfig, Operators, RelationMatrices, build_operators
from kgrec.models.timeline import REJECTION_CODES, Slots, Timeline, before, nth_last_choice, slots

UNSEEN = -1e9


@dataclass(frozen=True, eq=False)
class Targets:
    """What was chosen next: parallel arrays of (user, item) and the users that have any."""

    user: IntArray  # (T,) ascending
    item: IntArray  # (T,)

    def of(self, user_rows: IntArray) -> tuple[IntArray, IntArray]:
        """For some users: the place in the batch and the item row of each of their targets."""
        first = np.searchsorted(self.user, user_rows)
        count = np.searchsorted(self.user, user_rows, side="right") - first
        place = np.repeat(np.arange(len(user_rows)), count)
        start = np.cumsum(count) - count
        return place, self.item[np.arange(count.sum()) - start[place] + first[place]]


@dataclass(frozen=True, eq=False)
class Context:
    """A past moment: the graph as it was, and what came next."""

    operators: Operators
    slots: Slots
    taken: tuple[IntArray, IntArray]  # (user rows, item rows) not to be ranked, sorted by user
    targets: Targets
    user_rows: IntArray  # the users to learn from
    ranked: BoolArray | None = None  # (I,) the items that targets are ranked among; None: all


def context(
    past: Past,
    catalogue: RelationMatrices,
    members: tuple[IntArray, IntArray, int],
    configs: tuple[BehaviourConfig, OperatorConfig],
) -> Context:
    """The graph rebuilt from what was known, beside what came next."""
    matrices = catalogue.with_behaviour(derive(past.graph, members, configs[0]))
    return context_of(past.history, past.targets, build_operators(matrices, configs[1]), members)


def context_of(
    known: Timeline, targets: Targets, operators: Operators, members: tuple[IntArray, IntArray, int]
) -> Context:
    """The same with operators that are there already. Targets all of them new are ranked among what is new.

    There is nobody to learn from if no path leads to them: their scores are all 0, and their gradient is noise.
    """
    started = slots(known, members[:2])
    users = np.unique(targets.user)
    users = users[
        np.diff(started.start)[users] > 0
    ]  # of the others nothing is known that a path could start from
    done = known.chosen | np.isin(known.event, REJECTION_CODES)
    ranked = operators.unseen if operators.unseen[targets.item].all() else None
    if ranked is not None and not operators.reaches_unseen:
        users = users[:0]
    return Context(operators, started, (known.user[done], known.item[done]), targets, users, ranked)


@dataclass(frozen=True, eq=False)
class Past:
    """A past moment of a timeline: what a graph built then would hold, each user's history, what came next.

    A history goes up to the target. The graph ends at the choice before it: operators are compiled before a
    shopper comes back, so the looks that lead to a choice are places to start from, but not yet edges.
    """

    graph: Timeline
    history: Timeline
    targets: Targets


def split_last(events: Timeline, n: int) -> Past:
    """The moment before everybody's n-th last choice; who has fewer choices has no past then."""
    target = nth_last_choice(events, n)
    users = np.flatnonzero(target >= 0)
    return Past(
        graph=before(events, nth_last_choice(events, n + 1) + 1),
        history=before(events, target),
        targets=Targets(users, events.item[target[users]]),
    )


def split_random(events: Timeline, share: float, generator: np.random.Generator) -> Past:
    """A random share of all choices as targets, the rest as what was known."""
    pair = events.user * events.n_items + events.item
    choices = np.unique(pair[events.chosen])
    hidden = generator.choice(choices, int(np.ceil(share * len(choices))), replace=False)
    return _without(events, np.isin(pair, hidden))  # looks at it, too, and bought and rated together


def split_off(events: Timeline, seed: int) -> Past:
    """What chooses the round where no validation part is given: everybody's last choice, or a random tenth of all."""
    return split_last(events, 1) if events.ordered else split_random(events, 0.1, np.random.default_rng(seed))


def split_users(events: Timeline, users: IntArray, share: float, generator: np.random.Generator) -> Past:
    """A random share of some users as if they were new: all they chose as targets, nothing of theirs known."""
    users = np.unique(users)
    hidden = generator.choice(users, int(np.ceil(share * len(users))), replace=False)
    return _without(events, np.isin(events.user, hidden))


def split_items(events: Timeline, share: float, generator: np.random.Generator) -> Past:
    """A random share of what was chosen as if it were new: all choices of it as targets."""
    items = np.unique(events.item[events.chosen])
    new = np.zeros(events.n_items, bool)
    new[generator.choice(items, int(np.ceil(share * len(items))), replace=False)] = True
    return _without(events, new[events.item])


def _without(events: Timeline, hidden: BoolArray) -> Past:
    pair = events.user * events.n_items + events.item
    chosen = np.flatnonzero(hidden & events.chosen)
    first = np.sort(np.unique(pair[chosen], return_index=True)[1])
    known = events.select(~hidden)
    return Past(known, known, Targets(events.user[chosen][first], events.item[chosen][first]))


def splits(events: Timeline, members: IntArray, config: TrainingConfig, seed: int) -> list[Past]:
    """The contexts' splits that stay the same for all rounds: the last choices one after the other, if any order is
    known, and one that takes a part of the items for new.

    Where segments are known of some users (`members`, user rows), one more takes a part of those for newcomers.
    """
    generator = np.random.default_rng(seed)
    found = [split_last(events, n + 1) for n in range(config.contexts if events.ordered else 0)]
    if config.new_items:
        found.append(split_items(events, config.new_items, generator))
    if len(members) and config.new_users:
        found.append(split_users(events, members, config.new_users, generator))
    return found


def random_splits(events: Timeline, config: TrainingConfig, seed: int, round_: int) -> list[Past]:
    """The contexts' splits of one round where no order is known: gates that fit one random part do not fit the next."""
    if events.ordered:
        return []
    generator = np.random.default_rng((seed, round_))
    return [split_random(events, config.hidden_share, generator) for _ in range(config.contexts)]


class RankingLoss(nn.Module):
    """Softmax cross-entropy over all ranked items on τ · log(score + ε), mean over each user's targets.

    What is foreseeable differs from moment to moment, so each context has a τ and an ε of its own.
    """

    def __init__(self, n_contexts: int) -> None:
        super().__init__()
        self.temperature = nn.Parameter(torch.full((n_contexts,), 0.7))  # log τ
        self.floor = nn.Parameter(torch.full((n_contexts,), -6.0))  # log ε

    def forward(self, scores: Tensor, batch: Batch) -> Tensor:
        """Scores (B, I) → a number."""
        row, place = batch.context, batch.place
        logits = torch.exp(self.temperature[row]) * torch.log(scores + torch.exp(self.floor[row]))
        logits = logits.flatten().index_fill(0, batch.hidden, UNSEEN).view_as(logits)
        if batch.ranked is not None:
            logits = logits.masked_fill(~batch.ranked, UNSEEN)
        log_share = torch.log_softmax(logits, dim=1)[place, batch.target]
        count = torch.bincount(place, minlength=len(scores)).clamp(min=1)
        return -(log_share / count[place]).sum() / len(scores)


def penalty(network: PathNetwork, decay: float) -> Tensor:
    """Keeps gates near 1, so that what was never seen has a gate of 1."""
    return decay * (
        network.source.square().sum() + network.item.square().sum() + network.event.square().sum()
    )


@dataclass(frozen=True, eq=False)
class Batch:
    """One step's worth of users, ready for the network."""

    context: int  # which of the contexts it is of
    data: HeteroData
    hidden: Tensor  # (h,) cells user · I + item that are not ranked
    place: Tensor  # (t,) place in the batch of each target
    target: Tensor  # (t,) item rows
    ranked: Tensor | None  # (I,) the items ranked; None: all


def make_batch(moment: Context, user_rows: IntArray, number: int = 0) -> Batch:
    """Gather what the users' scores, masks and targets need."""
    n_items = moment.operators.n_items
    place, target = moment.targets.of(user_rows)
    taken_place, taken_item = Targets(*moment.taken).of(user_rows)
    hidden = np.setdiff1d(taken_place * n_items + taken_item, place * n_items + target)
    data = batch_of(moment.operators, moment.slots, user_rows)
    ranked = None if moment.ranked is None else torch.from_numpy(moment.ranked)
    return Batch(
        number, data, torch.from_numpy(hidden), torch.from_numpy(place), torch.from_numpy(target), ranked
    )


def train(
    contexts_of: Callable[[int], list[Context]],
    validation: Context,
    config: TrainingConfig,
    seed: int,
    progress: Progress | None = None,
) -> tuple[PathNetwork, list[dict[str, float]]]:
    """The network after the round that validation chooses, see `chosen_round`, and the figures of every round.

    `contexts_of` gives the contexts of a round, counted from 0, as many in each. Validation sees no label of its own
    and no operator that knows one.
    """
    contexts = contexts_of(0)
    torch.manual_seed(seed)
    network = PathNetwork(shape_of(contexts[0].operators))
    loss_of = RankingLoss(len(contexts))
    optimizer = _optimizer(network, loss_of, config)
    steps = config.steps * len(_usable(contexts)) // config.contexts
    total = config.rounds * steps
    draws = np.random.default_rng(seed)
    history: list[dict[str, float]] = []
    gains: list[FloatArray] = []
    learned: list[dict[str, Tensor]] = []
    for round_ in range(config.rounds):
        if round_:
            del contexts  # before the next are made: they are what takes memory
            contexts = contexts_of(round_)
        losses: list[float] = []
        for step, batch in enumerate(_batches(contexts, config.batch, round_ * steps, steps, draws), start=1):
            done = round_ * steps + step
            if done == int(0.7 * total):
                for group in optimizer.param_groups:
                    group["lr"] *= 0.2
            losses.append(_step(network, loss_of, optimizer, batch, config.decay))
            if not np.isfinite(losses[-1]):
                raise BadInput(f"the loss became {losses[-1]} at step {done}; lower table_rate or gate_rate")
            if progress and done % 5 == 0:
                progress("training", done, total, _figures(history))
        gains.append(rank_gains(network, validation, config.validation_users, seed))
        learned.append({name: value.clone() for name, value in network.state_dict().items()})
        figures = {"hr@10": float((gains[-1] > 0).mean()), "ndcg@10": float(gains[-1].mean())}
        history.append({"round": round_ + 1.0, "loss": float(np.mean(losses))} | figures)
    network.load_state_dict(learned[chosen_round(gains)])
    return network, history


def chosen_round(gains: list[FloatArray]) -> int:
    """The last round that is not worse than the best by more than a standard error; gains of the same targets, paired.

    A sample is too small to tell the last rounds, with their lower learning rates, from the ones before. The
    one-standard-error rule of Breiman, Friedman, Olshen and Stone, "Classification and Regression Trees", 1984.
    """
    best = max(range(len(gains)), key=lambda number: float(gains[number].mean()))
    behind = [gains[best] - other for other in gains]
    near = [lost.mean() <= lost.std() / np.sqrt(len(lost)) for lost in behind]
    return max(number for number, within in enumerate(near) if within)


def _optimizer(network: PathNetwork, loss_of: RankingLoss, config: TrainingConfig) -> torch.optim.Optimizer:
    gates = [network.source, network.item]
    tables = [
        network.position,
        network.event,
        network.degree,
        network.unseen,
        network.prior,
        *loss_of.parameters(),
    ]
    return torch.optim.Adam(
        [{"params": tables, "lr": config.table_rate}, {"params": gates, "lr": config.gate_rate}]
    )


def _step(
    network: PathNetwork,
    loss_of: RankingLoss,
    optimizer: torch.optim.Optimizer,
    batch: Batch,
    decay: float,
) -> float:
    optimizer.zero_grad()
    loss: Tensor = loss_of(network(batch.data), batch)
    (loss + penalty(network, decay)).backward()  # type: ignore[no-untyped-call]
    optimizer.step()
    return loss.item()


def _figures(history: list[dict[str, float]]) -> str:
    if not history:
        return ""
    last = history[-1]
    known = [f"loss {last['loss']:.2f}"]
    if "ndcg@10" in last:
        known.append(f"validation NDCG@10 {last['ndcg@10']:.4f}")
    return ", ".join(known)


def _usable(contexts: list[Context]) -> list[int]:
    """Which of the contexts hold anybody to learn from."""
    found = [number for number, moment in enumerate(contexts) if len(moment.user_rows)]
    if not found:
        raise BadInput("nothing to learn from: no user has three choices; add interactions")
    return found


def _batches(
    contexts: list[Context], size: int, begin: int, steps: int, draws: np.random.Generator
) -> Iterator[Batch]:
    """Random users of one context after the other; the next batch is gathered while the last one is learnt."""
    usable = _usable(contexts)

    def draw(step: int) -> tuple[Context, IntArray, int]:
        number = usable[(begin + step) % len(usable)]
        moment = contexts[number]
        count = min(size, len(moment.user_rows))
        return moment, np.sort(draws.choice(moment.user_rows, count, replace=False)), number

    with ThreadPoolExecutor(1) as pool:
        coming = pool.submit(make_batch, *draw(0))
        for step in range(steps):
            batch = coming.result()
            if step + 1 < steps:
                coming = pool.submit(make_batch, *draw(step + 1))
            yield batch


@torch.no_grad()
def rank_gains(network: PathNetwork, moment: Context, n_users: int, seed: int) -> FloatArray:
    """NDCG@10 of a sample of users, each target ranked alone, ties at their mean rank (t,); nobody: one 0."""
    users = moment.user_rows
    if len(users) == 0:
        return np.zeros(1, np.float32)
    if len(users) > n_users:
        users = np.sort(np.random.default_rng(seed).choice(users, n_users, replace=False))
    ranks: list[FloatArray] = []
    for first in range(0, len(users), 512):
        batch = make_batch(moment, users[first : first + 512])
        scores = network(batch.data)
        if not torch.isfinite(scores).all():  # nothing is above a NaN: its rank would be the best
            raise BadInput("validation scores are not finite; lower table_rate or gate_rate")
        wanted = scores[batch.place, batch.target]
        rows = scores.flatten().index_fill(0, batch.hidden, -1.0).view_as(scores)[batch.place]
        if batch.ranked is not None:
            rows = rows[:, batch.ranked]
        better = (rows > wanted[:, None]).sum(1) + ((rows == wanted[:, None]).sum(1) - 1) / 2
        ranks.append(better.numpy())
    rank = np.concatenate(ranks)  # 0 is best
    return ((rank < 10) / np.log2(rank + 2)).astype(np.float32)
