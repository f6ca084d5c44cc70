"""A trained network folded into its operators: a score is a few sparse row look-ups and one addition per entry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kgrec.domain import FloatArray, IntArray
from kgrec.models.path.metapath import Legs
from kgrec.models.path.operators import Operators
from kgrec.models.timeline import Slots

if TYPE_CHECKING:
    from kgrec.models.path.network import PathNetwork


@dataclass(frozen=True, eq=False)
class Compiled:
    """Operators with the gates of sources and items multiplied in; the entries of a source lie together."""

    legs: tuple[Legs, ...]  # length M
    start: IntArray  # (sources + 1,)
    item: npt.NDArray[np.int32]  # (K,) item rows
    metapath: npt.NDArray[np.uint8]  # (K,)
    weight: FloatArray  # (K,) c[i] · exp(b[h, m]) · K_m[h, i]
    gate: FloatArray  # (M, positions, events) exp(a + e)
    prior: FloatArray  # (I,) what the paths from "everyone" add, the same for every user


@dataclass(frozen=True, eq=False)
class Entries:
    """The operator entries that make up a score: parallel arrays."""

    slot: IntArray  # slot rows
    source: IntArray  # source rows
    metapath: IntArray
    item: IntArray  # item rows
    contribution: npt.NDArray[np.float64]


def fold(network: PathNetwork, operators: Operators) -> Compiled:
    """Multiply the learned gates of sources and items into the operators."""
    b = network.source.detach().numpy() + network.degree.detach().numpy().T[operators.degree]  # (sources, M)
    c = np.exp(network.item.detach().numpy())
    free = network.event_free.numpy()  # type: ignore[operator]
    logit = (
        network.position.detach().numpy()[:, :, None] + (network.event.detach().numpy() * free)[:, None, :]
    )
    weight = np.empty_like(operators.weight)
    for first in range(0, operators.n_sources, 1024):  # in slices: a full (K,) array of sources is not needed
        sources = np.arange(first, min(first + 1024, operators.n_sources))
        where = slice(int(operators.start[sources[0]]), int(operators.start[sources[-1] + 1]))
        source = np.repeat(sources, np.diff(operators.start[first : sources[-1] + 2]))
        gates = np.exp(b[source, operators.metapath[where]]) * c[operators.item[where]]
        weight[where] = operators.weight[where] * gates
    return Compiled(
        legs=operators.legs,
        start=operators.start,
        item=operators.item,
        metapath=operators.metapath,
        weight=weight,
        gate=np.exp(logit).astype(np.float32),
        prior=(np.exp(network.prior.item()) * operators.popularity * c).astype(np.float32),
    )


def entries(compiled: Compiled, slots: Slots, user_row: int) -> Entries:
    """Everything that one user's slots reach."""
    slot = np.arange(slots.start[user_row], slots.start[user_row + 1])
    source = slots.source[slot]
    count = compiled.start[source + 1] - compiled.start[source]
    first = np.cumsum(count) - count
    which = np.repeat(np.arange(len(slot)), count)
    entry = np.arange(count.sum()) - first[which] + compiled.start[source][which]
    metapath = compiled.metapath[entry].astype(np.int64)
    gates = compiled.gate[:, slots.position[slot], slots.event[slot]] * slots.scale[slot]  # (M, s)
    contribution = gates[metapath, which].astype(np.float64) * compiled.weight[entry]
    return Entries(slot[which], source[which], metapath, compiled.item[entry].astype(np.int64), contribution)


def score(compiled: Compiled, slots: Slots, user_rows: IntArray) -> FloatArray:
    """Scores of all items for some users (B, I)."""
    n_items = len(compiled.prior)
    scores = np.empty((len(user_rows), n_items), np.float32)
    for place, user_row in enumerate(user_rows):
        found = entries(compiled, slots, int(user_row))
        total = np.bincount(found.item, weights=found.contribution, minlength=n_items)
        scores[place] = total + compiled.prior
    return scores
