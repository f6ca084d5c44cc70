"""A trained network folded into its operators: a score is a few sparse row look-ups and one addition per entry."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from kgrec.domain import BoolArray, FloatArray, IntArray
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
    metapath: npt.NDArray[np.uint16]  # (K,)
    weight: FloatArray  # (K,) gates of source and item · K_m[h, i]
    gate: FloatArray  # (M, positions, events) exp(a + e)
    prior: FloatArray  # (2, I) what the paths from "everyone" add, for those who have chosen and for the new


@dataclass(frozen=True, eq=False)
class Entries:
    """The operator entries that make up a score: parallel arrays."""

    slot: IntArray  # slot rows
    source: IntArray  # source rows
    metapath: IntArray
    item: IntArray  # item rows
    contribution: npt.NDArray[np.float64]

    def at(self, rows: IntArray) -> Entries:
        """Some of them."""
        return Entries(*(getattr(self, name)[rows] for name in Entries.__dataclass_fields__))


def fold(network: PathNetwork, operators: Operators) -> Compiled:
    """Multiply the learned gates of sources and items into the operators."""
    n_paths = operators.of_segments
    of_chosen, of_new = np.exp(network.prior.detach().numpy())
    b = (
        network.source.detach().numpy() + network.degree.detach().numpy().T[operators.degree]
    )  # (sources, P + 1)
    c = np.where(operators.unseen, 0.0, network.item.detach().numpy())
    free = network.event_free.numpy()  # type: ignore[operator]
    a = network.position.detach().numpy()[:, :, None] + (network.event.detach().numpy() * free)[:, None, :]
    logit = np.concatenate([a, a[:-1] + network.unseen.detach().numpy()[:, :, None]])
    weight = np.empty_like(operators.weight)
    for first in range(0, operators.n_sources, 1024):  # in slices: a full (K,) array of sources is not needed
        sources = np.arange(first, min(first + 1024, operators.n_sources))
        where = slice(int(operators.start[sources[0]]), int(operators.start[sources[-1] + 1]))
        source = np.repeat(sources, np.diff(operators.start[first : sources[-1] + 2]))
        metapath, item = operators.metapath[where], operators.item[where]
        of_item = np.where(metapath == n_paths, 0.0, c[item])
        of_source = b[source, metapath % (n_paths + 1)]
        weight[where] = operators.weight[where] * np.exp(of_source + of_item)
    return Compiled(
        legs=operators.legs,
        start=operators.start,
        item=operators.item,
        metapath=operators.metapath,
        weight=weight,
        gate=np.exp(logit).astype(np.float32),
        prior=np.stack([of_chosen * np.exp(c), np.full_like(c, of_new)]) * operators.popularity,
    )


def renewed(old: Compiled, new: Compiled, stale: BoolArray) -> Compiled:
    """The entries of `new` for the metapaths that are stale (M,), those of `old` for the others."""
    parts = []
    for compiled, wanted in ((old, ~stale), (new, stale)):
        rows = np.flatnonzero(wanted[compiled.metapath])
        parts.append((compiled, rows, np.searchsorted(rows, compiled.start)))
    start = parts[0][2] + parts[1][2]
    item, metapath = np.empty(start[-1], np.int32), np.empty(start[-1], np.uint16)
    weight = np.empty(start[-1], np.float32)
    before = start[:-1]  # where the entries of each source go
    for compiled, rows, bounds in parts:
        count = np.diff(bounds)
        place = np.repeat(before - bounds[:-1], count) + np.arange(len(rows))
        item[place], metapath[place] = compiled.item[rows], compiled.metapath[rows]
        weight[place] = compiled.weight[rows]
        before = before + count
    return replace(new, start=start, item=item, metapath=metapath, weight=weight)


def entries(compiled: Compiled, slots: Slots, user_row: int) -> Entries:
    """Everything that one user's slots reach."""
    slot = slots.start[user_row] + np.flatnonzero(
        slots.scale[slots.start[user_row] : slots.start[user_row + 1]] > 0
    )
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
    n_items = compiled.prior.shape[1]
    new = slots.of_new(user_rows).astype(np.int64)
    scores = np.empty((len(user_rows), n_items), np.float32)
    for place, user_row in enumerate(user_rows):
        found = entries(compiled, slots, int(user_row))
        total = np.bincount(found.item, weights=found.contribution, minlength=n_items)
        scores[place] = total + compiled.prior[new[place]]
    return scores
