"""What expert rules do to one asker, in rows: factors on all paths, paths of their own, items left out, places, quotas.

The order is fixed. Offers add paths; factors multiply all that leads to an item, the prior and the offers too; what is
left out goes; the rest is ranked by score; pins take their places; quotas choose who fills the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kgrec.domain import (
    NEVER,
    BoolArray,
    Float64Array,
    IntArray,
    KnowledgeGraph,
    Reasons,
    RowHop,
    RowPath,
    Ruled,
    Terms,
)
from kgrec.rules import Quota, Rule

_NO_ROWS = np.zeros(0, np.int64)


@dataclass(frozen=True, eq=False)
class RowRule:
    """A rule and the items it is about."""

    rule: Rule
    about: BoolArray  # (I,) of a complement: what users have chosen
    offer: BoolArray | None = None  # (I,) of a complement

    @property
    def listed(self) -> BoolArray:
        """The items whose place or score it changes (I,)."""
        return self.about if self.offer is None else self.offer

    def told(self, place: int | None = None) -> Ruled:
        """What it does to one of its items."""
        rule = self.rule
        scored = rule.do in ("boost", "bury", "complement")
        return Ruled(rule.name, rule.do, rule.factor if scored else None, place, rule.reason)


@dataclass(frozen=True, eq=False)
class Offers:
    """Complements as paths: from what users have chosen over one edge to what is offered with it.

    What a path adds is factor · strength / (1 + things chosen since); where no order is known, / √(things chosen).
    Two rules that join the same two items are one edge with the sum of their factors.
    """

    rules: tuple[RowRule, ...]
    relation: int  # row of complemented_by
    starts: Mapping[
        int, int
    ]  # rows of the event relations that offers start from → which is told before which
    rejections: tuple[int, ...]  # rows of the event relations that take an item out
    strength: float  # what factor 1 adds
    where: str  # the file of the rules

    def source(self, head_item: int, tail_item: int) -> str:
        """Which rules an edge is from: "rules.toml:Bulbs with lamps"; "" if it is from none."""
        names = [
            one.rule.name
            for one in self.rules
            if one.offer is not None and one.about[head_item] and one.offer[tail_item]
        ]
        return f"{self.where}:{', '.join(names)}" if names else ""

    def of(self, graph: KnowledgeGraph, user_row: int) -> Offered:
        """What they add for a user, from the events the graph holds of them."""
        hops, amounts = [], []
        for hop, item_row, worth in self._things(graph, user_row):
            amount = self._amount(item_row)
            if amount is not None and worth > 0:
                hops.append(hop)
                amounts.append(worth * self.strength * amount)
        n_items = len(graph.items)
        return Offered(tuple(hops), np.stack(amounts) if amounts else np.zeros((0, n_items)))

    def _amount(self, item_row: int) -> Float64Array | None:
        """The factors from an item to all others (I,); None if nothing is offered with it."""
        found: Float64Array | None = None
        for one in self.rules:
            if one.offer is not None and one.about[item_row]:
                amount = one.rule.factor * one.offer.astype(np.float64)
                found = amount if found is None else found + amount
        if found is not None:
            found[item_row] = 0.0  # nothing is its own complement
        return found

    def leads(self, item_row: int) -> Float64Array:
        """What a purchase of each item, made last, would add to one item (I,)."""
        total = np.zeros(len(self.rules[0].about))
        for one in self.rules:
            if one.offer is not None and one.offer[item_row]:
                total += one.rule.factor * self.strength * one.about
        total[item_row] = 0.0
        return total

    def _things(self, graph: KnowledgeGraph, user_row: int) -> Iterator[tuple[RowHop, int, float]]:
        """First hop, item row and worth of each thing a user has chosen and not rejected, the latest first.

        What is left out of account is worth nothing and keeps its place in time.
        """
        user = int(graph.users[user_row])
        mine = np.flatnonzero(graph.head == user)
        rejected = set(graph.tail[mine[np.isin(graph.relation[mine], self.rejections)]].tolist())
        mine = mine[np.isin(graph.relation[mine], list(self.starts))]
        mine = mine[np.lexsort((mine, graph.time[mine]))][::-1]
        things: dict[int, list[int]] = {}
        for edge in mine.tolist():
            if (tail := int(graph.tail[edge])) not in rejected:
                things.setdefault(tail, []).append(edge)
        ordered = graph.clock != "none" and any(graph.time[mine] != NEVER)
        for position, (tail, edges) in enumerate(things.items()):
            relation = max((int(graph.relation[edge]) for edge in edges), key=self.starts.__getitem__)
            worth = 1 / (1 + position) if ordered else len(things) ** -0.5
            counts = any(graph.weight[edge] > 0 for edge in edges)
            yield RowHop(user, relation, tail, False), int(graph.item_row_of[tail]), worth if counts else 0.0


@dataclass(frozen=True, eq=False)
class Offered:
    """What offers add to one user's scores."""

    hops: tuple[RowHop, ...]  # (S,) from the user to what they have chosen
    amount: Float64Array  # (S, I)

    @property
    def total(self) -> Float64Array:
        """What they add to each item (I,)."""
        total: Float64Array = self.amount.sum(axis=0)
        return total

    def joined(self, terms: Terms, way: str) -> Terms:
        """The terms of a model and these."""
        slot_of = {hop.tail: slot for slot, hop in enumerate(terms.hops)}
        hops = list(terms.hops)
        for hop in self.hops:
            if hop.tail not in slot_of:
                slot_of[hop.tail] = len(hops)
                hops.append(hop)
        source, item = np.nonzero(self.amount)
        slots = np.array([slot_of[hop.tail] for hop in self.hops], np.int64)
        return replace(
            terms,
            hops=tuple(hops),
            ways=(*terms.ways, way),
            slot=np.concatenate([terms.slot, slots[source]]),
            way=np.concatenate([terms.way, np.full(len(item), len(terms.ways))]),
            item=np.concatenate([terms.item, item]),
            contribution=np.concatenate([terms.contribution, self.amount[source, item]]),
        )

    def with_paths(self, reasons: Reasons, item_row: int, entity: int, relation: int, most: int) -> Reasons:
        """The reasons of an item (of that entity row), these among them."""
        own = self._paths(item_row, entity, relation)
        if not own:
            return reasons
        paths = sorted((*reasons.paths, *own), key=lambda path: -path.contribution)
        over = paths[most:]
        rest = reasons.rest + sum(path.contribution for path in over)
        return Reasons(tuple(paths[:most]), rest, reasons.n_rest + len(over))

    def largest(self, item_row: int, entity: int, relation: int, other: RowPath | None) -> RowPath | None:
        """The largest of these paths to an item and another."""
        own = self._paths(item_row, entity, relation)
        paths = own if other is None else [other, *own]
        return max(paths, key=lambda path: path.contribution, default=None)

    def _paths(self, item_row: int, entity: int, relation: int) -> list[RowPath]:
        return [
            RowPath((hop, RowHop(hop.tail, relation, entity, False)), float(amount[item_row]))
            for hop, amount in zip(self.hops, self.amount, strict=True)
            if amount[item_row] > 0
        ]


@dataclass(frozen=True, eq=False)
class Effects:
    """All that the rules in force do to somebody."""

    rules: tuple[RowRule, ...] = ()  # in the order of the file
    factor: Float64Array | None = None  # (I,) on all that leads to an item; None for 1 everywhere
    excluded: IntArray = field(default_factory=lambda: _NO_ROWS)  # item rows, ascending
    offers: Offers | None = None

    @cached_property
    def arranging(self) -> bool:
        """Whether places depend on more than scores."""
        return any(one.rule.do == "pin" or one.rule.quota != Quota() for one in self.rules)

    def of_item(self, item_row: int) -> Iterator[RowRule]:
        """The rules that are about an item, as something that is listed or left out."""
        return (one for one in self.rules if one.listed[item_row])

    def excluding(self, item_row: int) -> Rule | None:
        """The first rule that leaves an item out."""
        return next((one.rule for one in self.of_item(item_row) if one.rule.do == "exclude"), None)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A list in its order, which rule put an item there in spite of its score, and which kept one out."""

    rows: IntArray  # (≤ k,) item rows
    placed: Mapping[int, RowRule] = field(
        default_factory=dict
    )  # item row → a pin, or a quota that asks for more
    kept_out: Mapping[int, RowRule] = field(default_factory=dict)  # item row → a quota that allows no more
    certain: bool = True  # whether the list would be the same if more items could be chosen from


def arranged(order: IntArray, k: int, effects: Effects, n_best: int | None = None) -> Arrangement:
    """The list of k items out of all that may be listed, best score first in `order`.

    Pins take their places, a later one the next that is free. The others are filled by score with what no quota
    forbids; then, in the order of the file, a quota that asks for more brings in the best of its items in place of the
    last that no other quota needs. Quotas that cannot be met are met as far as they can be.

    Of a large catalogue some items will do: the `n_best` best, those pinned, the k best of each quota that asks for
    more. `certain` says whether they did: whether no item that was looked for may be missing from `order`.
    """
    if not effects.arranging:
        return Arrangement(order[:k])
    places = pins(order, k, effects)
    by_pin = dict(places.values())
    quotas = [one for one in effects.rules if one.rule.quota != Quota()]
    filling = _Filling(quotas, list(by_pin))
    free = [row for row in order.tolist() if row not in by_pin]
    filling.fill(free, min(k, len(order)) - len(places))
    without_gaps = {*filling.chosen, *filling.kept_out} <= set(order[:n_best].tolist())
    looked_at = [filling.bring_in(quota, free) for quota in quotas]
    place_of = {row: place for place, row in enumerate(free)}
    others = iter(sorted(filling.chosen, key=place_of.__getitem__))
    rows = [places[place][0] if place in places else next(others, None) for place in range(1, k + 1)]
    kept_out = {row: rule for row, rule in filling.kept_out.items() if row not in filling.chosen}
    listed = np.array([row for row in rows if row is not None], np.int64)
    met = all(count >= quota.rule.quota.at_least for count, quota in zip(filling.count, quotas, strict=True))
    certain = len(listed) == k and met and without_gaps and max(looked_at, default=0) <= k
    return Arrangement(listed, {**filling.brought_in, **by_pin}, kept_out, certain)


def pins(order: IntArray, k: int, effects: Effects) -> dict[int, tuple[int, RowRule]]:
    """Place → item row and rule of each pin that finds one in a list of k of these items."""
    able = set(order.tolist())
    last = min(k, len(order))
    found: dict[int, tuple[int, RowRule]] = {}
    for one in effects.rules:
        if one.rule.do != "pin":
            continue
        for row in np.flatnonzero(one.about).tolist():
            place = next((free for free in range(one.rule.place, last + 1) if free not in found), None)
            if row in able and row not in dict(found.values()) and place is not None:
                found[place] = row, one
    return found


class _Filling:
    """Chooses who fills the places that pins leave."""

    def __init__(self, quotas: Sequence[RowRule], pinned: Sequence[int]) -> None:
        self.quotas = quotas
        self.n_pinned = [sum(bool(one.listed[row]) for row in pinned) for one in quotas]
        self.count = list(self.n_pinned)
        self.chosen: list[int] = []
        self.brought_in: dict[int, RowRule] = {}
        self.kept_out: dict[int, RowRule] = {}

    def fill(self, order: Iterable[int], n: int) -> None:
        """Take the first n that no quota forbids."""
        for row in order:
            if len(self.chosen) >= n:
                return
            full = self._full(row)
            if full:
                self.kept_out[row] = self.quotas[full[0]]
            else:
                self._add(row, 1)
                self.chosen.append(row)

    def bring_in(self, quota: RowRule, order: Sequence[int]) -> int:
        """Exchange until a quota that asks for more has enough, or nothing can be; how many of its items that took."""
        mine = self.quotas.index(quota)
        looked_at = self.n_pinned[mine]
        for row in order:
            if self.count[mine] >= quota.rule.quota.at_least:
                break
            if not quota.listed[row]:
                continue
            looked_at += 1
            if row in self.chosen:
                continue
            out = self._dispensable(row, mine)
            if out is None:
                continue
            self.chosen.remove(out)
            self.brought_in.pop(out, None)
            self._add(out, -1)
            self._add(row, 1)
            self.chosen.append(row)
            self.brought_in[row] = quota
        return looked_at

    def _dispensable(self, row: int, mine: int) -> int | None:
        """The last that may make room for an item: no quota would have too few or too many."""
        full = self._full(row)
        for out in reversed(self.chosen):
            listed = [place for place, one in enumerate(self.quotas) if one.listed[out]]
            spare = all(
                self.count[place] > self.quotas[place].rule.quota.at_least or self.quotas[place].listed[row]
                for place in listed
            )
            if mine not in listed and spare and all(place in listed for place in full):
                return out
        return None

    def _full(self, row: int) -> list[int]:
        """The quotas that forbid one more such item."""
        return [
            place
            for place, one in enumerate(self.quotas)
            if one.listed[row]
            and one.rule.quota.at_most is not None
            and self.count[place] >= one.rule.quota.at_most
        ]

    def _add(self, row: int, n: int) -> None:
        for place, one in enumerate(self.quotas):
            self.count[place] += n * bool(one.listed[row])
