"""A trained network folded into its operators: a score is a few sparse row look-ups and one addition per entry.

Operators that are renewed in part lie in two layers: those of the saved model, which processes share, and beside them
the few rows that are other now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import numpy.typing as npt

from kgrec.domain import EVENTS, BoolArray, Float64Array, FloatArray, IntArray
from kgrec.models.path.metapath import POPULARITY, Legs, metapath_name
from kgrec.models.path.operators import Operators
from kgrec.models.timeline import Slots

if TYPE_CHECKING:
    from kgrec.models.path.network import PathNetwork

Weights = Mapping[str, FloatArray]
"""The parameters of a network by name, see `kgrec.models.path.network`."""

LIGHT = 200_000  # entries that a second layer may have in any case
HEAVY = 4  # and it may have one for so many in the first

Columns = npt.NDArray[Any]
"""Integers of any size."""

_BLOCK = 1024  # sources at a time, so that no array of the length of all entries is needed


@dataclass(frozen=True, eq=False)
class Rows:
    """Entries of operators, those of a source together."""

    start: IntArray  # (sources + 1,)
    item: npt.NDArray[np.int32]  # (K,) item rows
    metapath: npt.NDArray[np.uint16]  # (K,)
    weight: FloatArray  # (K,) gates of source and item · K_m[h, i]


@dataclass(frozen=True, eq=False)
class Renewal:
    """What is other now than in the operators of a saved model."""

    rows: Rows  # of the sources there are now
    before: IntArray  # (sources,) the same source in the saved operators, −1 for a new one
    outdated: IntArray  # (sources,) row in `gone`, −1 where all saved entries stand
    gone: BoolArray  # (n, M) metapaths of which the saved entries stand no more


@dataclass(frozen=True, eq=False)
class Compiled:
    """Operators with the gates of sources and items multiplied in; the entries of a source lie together."""

    legs: tuple[Legs, ...]  # length M
    start: IntArray  # (sources + 1,), of the saved sources where there is a renewal
    item: npt.NDArray[np.int32]  # (K,) item rows
    metapath: npt.NDArray[np.uint16]  # (K,)
    weight: FloatArray  # (K,) gates of source and item · K_m[h, i]
    gate: FloatArray  # (M, positions, events) exp(a + e)
    prior: FloatArray  # (2, I) what the paths from "everyone" add, for those who have chosen and for the new
    renewal: Renewal | None = None

    @property
    def saved(self) -> Rows:
        """The entries of the saved model."""
        return Rows(self.start, self.item, self.metapath, self.weight)

    @property
    def n_items(self) -> int:
        return int(self.prior.shape[1])

    @cached_property
    def ways(self) -> tuple[str, ...]:
        """What the metapaths are called (M,)."""
        return tuple(metapath_name(legs) or POPULARITY for legs in self.legs)

    @property
    def n_sources(self) -> int:
        return len(self.start if self.renewal is None else self.renewal.rows.start) - 1


@dataclass(frozen=True, eq=False)
class Entries:
    """The operator entries that make up a score: parallel arrays."""

    slot: IntArray  # slot rows
    source: IntArray  # source rows
    metapath: IntArray
    item: IntArray  # item rows
    contribution: Float64Array

    def at(self, rows: IntArray) -> Entries:
        """Some of them."""
        return Entries(*(getattr(self, name)[rows] for name in Entries.__dataclass_fields__))


@dataclass(frozen=True, eq=False)
class Gates:
    """The learned gates of sources and items, and what tells how known they are."""

    source: FloatArray  # (sources, P + 1) b
    degree: FloatArray  # (P + 1, classes) d
    item: FloatArray  # (I,) log c, 0 for what nobody has chosen
    class_of: npt.NDArray[np.uint8]  # (sources,)

    @classmethod
    def of(cls, weights: Weights, unseen: BoolArray, class_of: npt.NDArray[np.uint8]) -> Self:
        """The gates among a network's parameters."""
        item = np.where(unseen, np.float32(0.0), weights["item"])
        return cls(weights["source"], weights["degree"], item, class_of)

    def factor(self, source: IntArray, metapath: Columns, item: Columns) -> FloatArray:
        """What entries are multiplied by (n,)."""
        n_paths = self.source.shape[1] - 1
        which = metapath % (n_paths + 1)
        of_item = np.where(metapath == n_paths, np.float32(0.0), self.item[item])
        gated: FloatArray = np.exp(
            self.source[source, which] + self.degree[which, self.class_of[source]] + of_item
        )
        return gated


def fold(network: PathNetwork, operators: Operators) -> Compiled:
    """Multiply the learned gates of sources and items into the operators."""
    return folded({name: value.numpy() for name, value in network.state_dict().items()}, operators)


def folded(weights: Weights, operators: Operators) -> Compiled:
    """The same from the parameters alone."""
    of_chosen, of_new = np.exp(weights["prior"])
    free = np.array([event != "buy" for event in EVENTS], np.float32)  # purchases are the yardstick
    a = weights["position"][:, :, None] + (weights["event"] * free)[:, None, :]
    logit = np.concatenate([a, a[:-1] + weights["unseen"][:, :, None]])
    gates = Gates.of(weights, operators.unseen, operators.degree)
    weight = np.empty_like(operators.weight)
    for source, where in _blocks(operators.start):
        factor = gates.factor(source, operators.metapath[where], operators.item[where])
        weight[where] = operators.weight[where] * factor
    return Compiled(
        legs=operators.legs,
        start=operators.start,
        item=operators.item,
        metapath=operators.metapath,
        weight=weight,
        gate=np.exp(logit).astype(np.float32),
        prior=np.stack([of_chosen * np.exp(gates.item), np.full_like(gates.item, of_new)])
        * operators.popularity,
    )


def _blocks(start: IntArray) -> list[tuple[IntArray, slice]]:
    """Some sources at a time: the source of each of their entries (n,), and where those lie."""
    blocks = []
    for first in range(0, len(start) - 1, _BLOCK):
        bounds = start[first : first + _BLOCK + 1]
        source = np.repeat(np.arange(first, first + len(bounds) - 1), np.diff(bounds))
        blocks.append((source, slice(int(bounds[0]), int(bounds[-1]))))
    return blocks


# Renewal


@dataclass(frozen=True, eq=False)
class Kept:
    """What is in the rows of operators: who wants to be in one must beat the least of it, if it is full."""

    saved: BoolArray  # (saved sources, M) whether the saved entries of a source are of a metapath
    count: IntArray  # (sources, M) how many entries there are now
    least: FloatArray  # (sources, M) the smallest K_m[h, i] of them, rounded as gates were multiplied in and out again

    @classmethod
    def of(cls, compiled: Compiled, gates: Gates) -> Self:
        """Of operators in one layer."""
        shape = (compiled.n_sources, len(compiled.legs))
        count, least = np.zeros(shape, np.int64), np.full(shape, np.inf, np.float32)
        for source, where in _blocks(compiled.start):
            if not len(source):
                continue
            metapath = compiled.metapath[where].astype(np.int64)
            factor = gates.factor(source, metapath, compiled.item[where])
            cell = source * shape[1] + metapath
            order = np.argsort(cell, kind="stable")
            first = np.flatnonzero(np.diff(cell[order], prepend=-1))
            place = cell[order[first]]
            weight = (compiled.weight[where] / factor)[order]
            count.ravel()[place] = np.diff(first, append=len(cell))
            least.ravel()[place] = np.minimum.reduceat(weight, first)
        return cls(count > 0, count, least)

    def renewed(self, fresh: Sequence[Fresh], n_before: int, n_items: int) -> Self:
        """The same after `renewed`."""
        more = np.zeros((n_items - n_before, self.count.shape[1]))
        count = np.insert(self.count, n_before, more, axis=0)
        least = np.insert(self.least, n_before, more + np.inf, axis=0)
        for one in fresh:
            entries = np.diff(one.start)
            filled = entries > 0
            count[one.sources, one.metapath] = entries
            least[one.sources, one.metapath] = np.inf
            if filled.any():
                smallest = np.minimum.reduceat(one.weight, one.start[:-1][filled])
                least[one.sources[filled], one.metapath] = smallest
        return replace(self, count=count, least=least)

    def in_one_layer(self) -> Self:
        """The same after `whole`."""
        return replace(self, saved=self.count > 0)


@dataclass(frozen=True, eq=False)
class Fresh:
    """Newly computed entries of one metapath for some sources, in the place of all they had of it."""

    metapath: int  # with those to unseen items apart, as in `Operators.legs`
    sources: IntArray  # (n,) item rows, ascending
    start: IntArray  # (n + 1,)
    item: IntArray
    weight: FloatArray  # K_m[h, i]


def renewed(
    compiled: Compiled, fresh: Sequence[Fresh], gates: Gates, n_items: int, saved: BoolArray
) -> Compiled:
    """The operators with fresh entries in the place of old ones, and nothing of new items but what is fresh.

    `saved` is that of `Kept`. The arrays of saved operators are not copied.
    """
    n_before = compiled.n_items
    old = compiled.renewal or _nothing_yet(compiled)
    added = n_items - n_before
    n_sources = compiled.n_sources + added
    before = np.insert(old.before, n_before, np.full(added, -1))
    stale = np.zeros((n_sources, len(compiled.legs)), bool)
    for one in fresh:
        stale[one.sources, one.metapath] = True
    # Segments, which move up, have no fresh entries: the sources of these are items, which do not.
    here = np.repeat(np.arange(compiled.n_sources), np.diff(old.rows.start))
    stands = ~stale[here, old.rows.metapath]
    parts = [(here[stands], old.rows.item[stands], old.rows.metapath[stands], old.rows.weight[stands])]
    for one in fresh:
        source = np.repeat(one.sources, np.diff(one.start))
        metapath = np.full(len(source), one.metapath, np.uint16)
        weight = one.weight * gates.factor(source, metapath, one.item)
        parts.append((source, one.item.astype(np.int32), metapath, weight.astype(np.float32)))
    source, item, metapath, weight = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    order = np.argsort(source, kind="stable")
    start = np.concatenate([[0], np.cumsum(np.bincount(source, minlength=n_sources))])
    gone = _gone(old, stale, before, saved)
    outdated = np.full(n_sources, -1)
    affected = np.flatnonzero(gone.any(axis=1))
    outdated[affected] = np.arange(len(affected))
    prior = np.concatenate([compiled.prior, np.zeros((2, added), np.float32)], axis=1)
    rows = Rows(start, item[order], metapath[order], weight[order])
    return replace(compiled, prior=prior, renewal=Renewal(rows, before, outdated, gone[affected]))


def _nothing_yet(compiled: Compiled) -> Renewal:
    n = compiled.n_sources
    empty = Rows(
        np.zeros(n + 1, np.int64),
        np.zeros(0, np.int32),
        np.zeros(0, np.uint16),
        np.zeros(0, np.float32),
    )
    gone = np.zeros((0, len(compiled.legs)), bool)
    return Renewal(empty, np.arange(n), np.full(n, -1), gone)


def _gone(old: Renewal, stale: BoolArray, before: IntArray, saved: BoolArray) -> BoolArray:
    """Of which metapaths the saved entries stand no more, for all sources (sources, M)."""
    gone = np.zeros_like(stale)
    known = before >= 0
    gone[known] = stale[known] & saved[before[known]]
    of_saved = np.full(len(saved), -1)
    of_saved[old.before[old.before >= 0]] = old.outdated[old.before >= 0]
    row = np.where(known, of_saved[before], -1)
    gone[row >= 0] |= old.gone[row[row >= 0]]
    return gone


def is_heavy(compiled: Compiled) -> bool:
    """Whether so much is other now that one layer of one's own is better than two, one of them shared."""
    if compiled.renewal is None:
        return False
    return len(compiled.renewal.rows.item) > max(LIGHT, len(compiled.item) // HEAVY)


def whole(compiled: Compiled) -> Compiled:
    """The same operators in one layer."""
    if compiled.renewal is None:
        return compiled
    metapath, item, weight, counts = [], [], [], []
    for source in range(compiled.n_sources):
        layers = _of_sources(compiled, np.array([source]))
        metapath += [found[1] for found in layers]
        item += [found[2] for found in layers]
        weight += [found[3] for found in layers]
        counts.append(sum(len(found[0]) for found in layers))
    return replace(
        compiled,
        start=np.concatenate([[0], np.cumsum(counts)]).astype(np.int64),
        item=np.concatenate(item).astype(np.int32),
        metapath=np.concatenate(metapath).astype(np.uint16),
        weight=np.concatenate(weight).astype(np.float32),
        renewal=None,
    )


# Asking


def entries(compiled: Compiled, slots: Slots, user_row: int) -> Entries:
    """Everything that one user's slots reach."""
    slot = _counting(slots, user_row)
    parts = []
    for found in _of_sources(compiled, slots.source[slot]):
        which, metapath, item, _ = found
        parts.append(
            Entries(
                slot[which],
                slots.source[slot][which],
                metapath.astype(np.int64),
                item.astype(np.int64),
                _contributions(compiled, slots, slot, found),
            )
        )
    if len(parts) == 1:
        return parts[0]
    names = Entries.__dataclass_fields__
    return Entries(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def _counting(slots: Slots, user_row: int) -> IntArray:
    """The slots of a user that are not left out of account."""
    first, last = slots.start[user_row : user_row + 2]
    counting: IntArray = first + np.flatnonzero(slots.scale[first:last] > 0)
    return counting


Found = tuple[IntArray, npt.NDArray[np.uint16], npt.NDArray[np.int32], FloatArray]
"""Which of some sources an entry belongs to, its metapath, its item and its weight: parallel arrays."""


def _contributions(compiled: Compiled, slots: Slots, slot: IntArray, found: Found) -> Float64Array:
    """What entries of the sources of some slots add (n,)."""
    gates = compiled.gate[:, slots.position[slot], slots.event[slot]] * slots.scale[slot]  # (M, s)
    which, metapath, _, weight = found
    return gates[metapath, which].astype(np.float64) * weight


def _of_sources(compiled: Compiled, source: IntArray) -> list[Found]:
    """All entries of some sources, layer by layer."""
    if compiled.renewal is None:
        return [_gathered(compiled.saved, *_places(compiled.start, source))]
    renewal = compiled.renewal
    before = renewal.before[source]
    known = np.flatnonzero(before >= 0)
    which, entry = _places(compiled.start, before[known])
    which = known[which]
    row = renewal.outdated[source]
    outdated = np.flatnonzero(row >= 0)
    if len(outdated):
        stands = np.ones((len(source), len(compiled.legs)), bool)
        stands[outdated] = ~renewal.gone[row[outdated]]
        cell = which * len(compiled.legs) + compiled.metapath[entry]
        left = np.flatnonzero(stands.ravel()[cell])
        which, entry = which[left], entry[left]
    more = _places(renewal.rows.start, source)
    return [_gathered(compiled.saved, which, entry), _gathered(renewal.rows, *more)]


def _places(start: IntArray, source: IntArray) -> tuple[IntArray, IntArray]:
    """Which of some sources the entries between their bounds belong to, and where those entries lie."""
    first = start[source]
    count = start[source + 1] - first
    which = np.repeat(np.arange(len(source)), count)
    entry: IntArray = np.arange(len(which)) + np.repeat(first - (np.cumsum(count) - count), count)
    return which, entry


def _gathered(rows: Rows, which: IntArray, entry: IntArray) -> Found:
    return which, rows.metapath[entry], rows.item[entry], rows.weight[entry]


def score(compiled: Compiled, slots: Slots, user_rows: IntArray) -> FloatArray:
    """Scores of all items for some users (B, I)."""
    n_items = compiled.n_items
    new = slots.of_new(user_rows).astype(np.int64)
    scores = np.empty((len(user_rows), n_items), np.float32)
    for place, user_row in enumerate(user_rows):
        slot = _counting(slots, int(user_row))
        total = np.zeros(n_items)
        for found in _of_sources(compiled, slots.source[slot]):
            contribution = _contributions(compiled, slots, slot, found)
            total += np.bincount(found[2], weights=contribution, minlength=n_items)
        scores[place] = total + compiled.prior[new[place]]
    return scores


def reaching(compiled: Compiled, items: BoolArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Source, metapath and weight of all entries that lead to some items (mask)."""
    source, metapath, _, weight = arriving(compiled, items)
    return source, metapath, weight


def arriving(compiled: Compiled, items: BoolArray) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """The same with the item of each entry."""
    before = items[: len(items) if compiled.renewal is None else _items_before(compiled)]
    here = _places_of(compiled.item, before)
    source = np.searchsorted(compiled.start, here, side="right") - 1
    item = compiled.item[here].astype(np.int64)
    found = source, compiled.metapath[here].astype(np.int64), item, compiled.weight[here]
    if compiled.renewal is None:
        return found
    renewal = compiled.renewal
    known = np.flatnonzero(renewal.before >= 0)  # segments too keep their order
    now = known[source]
    row = renewal.outdated[now]
    stands = row < 0
    stands[~stands] = ~renewal.gone[row[~stands], found[1][~stands]]
    more = np.flatnonzero(items[renewal.rows.item])
    of_more = np.searchsorted(renewal.rows.start, more, side="right") - 1
    return (
        np.concatenate([now[stands], of_more]),
        np.concatenate([found[1][stands], renewal.rows.metapath[more].astype(np.int64)]),
        np.concatenate([item[stands], renewal.rows.item[more].astype(np.int64)]),
        np.concatenate([found[3][stands], renewal.rows.weight[more]]),
    )


def _places_of(item: npt.NDArray[np.int32], items: BoolArray) -> IntArray:
    """Where entries lead to some items (n,); to compare all with one takes a fifth of the time of looking each up."""
    wanted = np.flatnonzero(items)
    if len(wanted) == 1:
        return np.flatnonzero(item == wanted[0].astype(np.int32))
    return np.flatnonzero(items[item]) if len(wanted) else wanted


def arrivals(compiled: Compiled, slots: Slots, items: BoolArray) -> Entries:
    """Everything that anybody's slots add to some items (mask)."""
    source, metapath, item, weight = arriving(compiled, items)
    leading = np.zeros(compiled.n_sources, bool)
    leading[source] = True
    order = np.flatnonzero(leading[slots.source])
    order = order[np.argsort(slots.source[order], kind="stable")]
    start = np.concatenate([[0], np.bincount(slots.source[order], minlength=compiled.n_sources).cumsum()])
    which, place = _places(start, source)
    slot = order[place]
    counts = slots.scale[slot] > 0
    which, slot = which[counts], slot[counts]
    gate = compiled.gate[metapath[which], slots.position[slot], slots.event[slot]] * slots.scale[slot]
    contribution = gate.astype(np.float64) * weight[which]
    return Entries(slot, source[which], metapath[which], item[which], contribution)


def led_to(compiled: Compiled, slots: Slots) -> BoolArray:
    """Which items anybody's slots lead to (I,)."""
    leading = np.zeros(compiled.n_sources, bool)
    leading[slots.source[slots.scale > 0]] = True
    reached = np.zeros(compiled.n_items, bool)
    if compiled.renewal is None:
        reached[compiled.item[np.repeat(leading, np.diff(compiled.start))]] = True
        return reached
    sources = np.flatnonzero(leading)
    for first in range(0, len(sources), _BLOCK):
        for _, _, item, _ in _of_sources(compiled, sources[first : first + _BLOCK]):
            reached[item] = True
    return reached


def _items_before(compiled: Compiled) -> int:
    """How many items there were in the saved operators."""
    assert compiled.renewal is not None
    return compiled.n_items - int((compiled.renewal.before < 0).sum())
