"""Who looks at a shop's first page → rows of items for them, no item in two, each row with how its items belong
together.

Rows are chosen one after the other from what is in none of those before. Only what a row has room for is told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from kgrec.browsing.amounts import amount, best, notable
from kgrec.browsing.telling import Crowd, Shown, Telling
from kgrec.browsing.ways import joining_ways
from kgrec.domain import Accountable, BoolArray, IntArray, RowPath
from kgrec.explain.effects import RowRule
from kgrec.explain.interests import balanced
from kgrec.explain.rules import ruled
from kgrec.explain.wording import language
from kgrec.explain.wording.names import Names
from kgrec.explain.wording.statements import Deed
from kgrec.explain.wording.template import fill
from kgrec.search.facets import LEVELS, Shared
from kgrec.shelf import ItemSummary

FEWEST = 3
"""A row with fewer items is left out, unless it is all that is known of somebody."""

MOST_BECAUSE = 2
"""Rows that each go back to one thing that somebody did."""

MOST_CATEGORIES = 3
"""Rows that show a newcomer what is chosen in different parts of the shop."""

NEW_FOR = 60 * 86_400
"""Seconds for which an item that has come to the shop is called new."""

_POOL = 240  # of the best items, that rows are chosen from
_SPARE = 4  # items more than there is room for, as some may turn out to be there for another reason
_WIDE = 0.4  # a category with more of the items than this is no part of the shop

RowName = Literal["for_you", "because", "complements", "category", "popular", "popular_in", "new"]
"""Led to by all that is known; by one thing; what goes with things chosen; in a category that is often looked at; what
everybody chooses, or chooses in a category; what has come to the shop last.
"""

Chosen = tuple[int, RowPath | None]
"""An item row, and the path that is its reason; None where everybody's choices are."""


@dataclass(frozen=True)
class Row:
    """Some items that belong together for somebody, and a sentence that says how."""

    name: RowName
    reason: str
    items: tuple[Shown, ...]
    item_id: str | None = None  # the thing it goes back to
    category: str | None = None  # the category it is about, as search narrows down by it


@dataclass(frozen=True, eq=False)
class Shop:
    """What rows are made of besides who looks at them."""

    items: Callable[[int], ItemSummary]  # item row → what a card shows
    crowd: Crowd
    categories: Shared | None = None
    arrived: Sequence[int] = ()  # item rows of what is new, latest first


def rows(telling: Telling, shop: Shop, k: int, others: int, balance: float = 0.0) -> tuple[Row, ...]:
    """The rows of a shop's first page for somebody: the first of at most k items, each of the others of `others`.

    `balance` is how much their list, the first row, is balanced by their interests. No item is in two of them. What
    follows from all that is known of somebody is a row however short it is; of all other rows each has at least FEWEST
    items.
    """
    made = _Rows(telling, shop, k, others, balance)
    for row in made.knowing():
        made.take(row)
    for row in made.of_crowd(everywhere=not made.found):
        made.take(row)
    return tuple(made.found)


@dataclass(frozen=True, eq=False)
class _Draft:
    """A row whose items are chosen and not told yet."""

    name: RowName
    reason: str
    chosen: Sequence[Chosen]
    tell: Callable[[int, RowPath | None], Shown]
    item_id: str | None = None
    category: str | None = None


@dataclass(eq=False)
class _Rows:
    """Rows one after the other: what is in one is in no other."""

    telling: Telling
    shop: Shop
    k: int
    others: int
    balance: float
    found: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asker = self.telling.asker
        self.free = np.ones(len(self.asker.scores), bool)
        self.free[self.asker.out] = False

    @property
    def room(self) -> int:
        """How many items the next row may have."""
        return self.others if self.found else self.k

    def take(self, row: _Draft) -> None:
        """Tell and keep a row that is long enough."""
        chosen = row.chosen[: self.room]
        if len(chosen) < (1 if row.name == "for_you" else FEWEST):
            return
        shown = tuple(row.tell(item_row, path) for item_row, path in chosen)
        self.found.append(Row(row.name, row.reason, shown, row.item_id, row.category))
        self.free[[item_row for item_row, _ in chosen]] = False

    def knowing(self) -> Iterator[_Draft]:
        """The rows that go back to what is known of them."""
        accountable = isinstance(self.asker.model, Accountable)
        if not len(self.asker.terms.hops) if accountable else self.asker.newcomer:
            return
        yield self._for_you()
        if not accountable:
            return
        yield from self._because()
        yield self._complements()
        yield from self._category()

    def of_crowd(self, *, everywhere: bool) -> Iterator[_Draft]:
        """The rows that are the same for everybody; with `everywhere`, those of different parts of the shop, too."""
        crowd, words = self.shop.crowd, self.telling.words
        reason = words.popular_now if crowd.now else words.popular
        yield _Draft("popular", reason, self._most_chosen(self.free), self._by_crowd)
        yield self._new()
        if everywhere:
            yield from self._parts()

    # What is known

    def _for_you(self) -> _Draft:
        """Their list, as far as a path leads to its items or a rule places them; of a model that has no reasons
        nobody can say.
        """
        item_rows, placed = self._list()
        rules = {
            row: ruled(self.asker, row, placed.get(row), place) if self.asker.rules.rules else ()
            for place, row in enumerate(item_rows.tolist(), start=1)
        }
        chosen = [
            (row, path)
            for row, path in self._with_paths(item_rows)
            if path is not None or rules[row] or not self.asker.model.exact
        ]
        return _Draft(
            "for_you",
            self.telling.words.for_you,
            chosen,
            lambda row, path: self.telling.by_path(row, path, rules[row]),
        )

    def _list(self) -> tuple[IntArray, Mapping[int, RowRule]]:
        """Item rows, and the rules that placed some."""
        if self.balance:
            mixed = balanced(self.asker, self.room, self.balance)
            return mixed.item_rows, mixed.placed
        listed = self.asker.listed(self.room)
        return listed.rows, listed.placed

    def _because(self) -> Iterator[_Draft]:
        """Rows of what one thing leads to more than all others do, and of whose paths the largest starts there."""
        pool = self._likely()
        slot = self._main_slot(pool)
        worth = np.bincount(slot[slot >= 0], self.asker.scores[pool[slot >= 0]], len(self.asker.terms.hops))
        taken = 0
        for place in np.argsort(-worth, kind="stable").tolist():
            hop = self.asker.terms.hops[place]
            if taken == MOST_BECAUSE or not worth[place] > 0:
                return
            if self.asker.graph.item_row_of[hop.tail] < 0 or not self.telling.teller.voice.may_name(hop.tail):
                continue
            mine = pool[(slot == place) & self.free[pool]][: self.room + _SPARE]
            if len(mine) < FEWEST:
                continue
            before = len(self.found)
            yield self._because_of(hop.tail, hop.relation, self._starting(mine, {hop.tail}))
            taken += len(self.found) - before

    def _because_of(self, entity: int, relation: int, chosen: Sequence[Chosen]) -> _Draft:
        graph = self.asker.graph
        deed = self.telling.speaker(None).did([Deed(graph.relations[relation].name, entity)])
        return _Draft(
            "because",
            fill(self.telling.words.because, {"deed": deed}),
            chosen,
            _by(self.telling.with_it),
            item_id=str(self.telling.teller.item_ids[graph.item_row_of[entity]]),
        )

    def _likely(self) -> IntArray:
        pool = self.asker.by_score(_POOL)
        return pool[self.free[pool]]

    def _main_slot(self, pool: IntArray) -> IntArray:
        """Which of the things known adds most to each of some items, −1 where none adds anything (n,)."""
        terms = self.asker.terms
        place = np.full(terms.n_items, -1)
        place[pool] = np.arange(len(pool))
        here = np.flatnonzero(place[terms.item] >= 0)
        cell = terms.slot[here] * len(pool) + place[terms.item[here]]
        shape = len(terms.hops), len(pool)
        added = np.bincount(cell, terms.contribution[here], shape[0] * shape[1]).reshape(shape)
        main: IntArray = np.where(added.max(axis=0, initial=0.0) > 0, added.argmax(axis=0), -1)
        return main

    def _complements(self) -> _Draft:
        """What goes with things that they have, or was chosen after them."""
        graph, hops = self.asker.graph, self.asker.terms.hops
        had = np.array([graph.relations[hop.relation].name in ("bought", "rated") for hop in hops], bool)
        ways = joining_ways(self.asker.terms.ways, self.telling.whole)
        going = best(notable(amount(self.asker, ways, had) * self.free), self.room + _SPARE)
        things = {hop.tail for hop, one in zip(hops, had, strict=True) if one}
        chosen = self._starting(going, things, ways)
        return _Draft("complements", self.telling.words.complements, chosen, _by(self.telling.by_deed))

    def _category(self) -> Iterator[_Draft]:
        """The category that most of their things share and few items are in, by the n − 1 of n things that it says
        something new of: the measure of `kgrec.explain.interests`.
        """
        shared = self.shop.categories
        if shared is None:
            return
        of_things: dict[int, int] = {}
        for hop in self.asker.terms.hops:
            item_row = int(self.asker.graph.item_row_of[hop.tail])
            for place in shared.all_of_item(item_row) if item_row >= 0 else ():
                of_things[place] = of_things.get(place, 0) + 1
        n = len(self.free)
        having = np.bincount(shared.value, minlength=len(shared.terms))
        worth = {place: (count - 1) * float(np.log(n / having[place])) for place, count in of_things.items()}
        for place in sorted(worth, key=lambda one: (-worth[one], one)):
            if worth[place] <= 0:
                return
            if not self.telling.teller.voice.may_name(shared.terms[place].row):
                continue
            inside = self._inside(shared, place) & self.free
            most = best(np.where(inside, self.asker.scores, 0.0), self.room)
            if len(most) < FEWEST:
                continue
            chosen = self._with_paths(most)
            yield self._of_category(
                "category", self.telling.words.category, shared, place, chosen, self.telling.by_path
            )
            return

    # What everybody chooses

    def _most_chosen(self, among: BoolArray) -> list[Chosen]:
        most = best(np.where(among, self.shop.crowd.chosen, 0.0), self.room)
        return [(row, None) for row in most.tolist()]

    def _by_crowd(self, item_row: int, _: RowPath | None) -> Shown:
        return self.telling.by_crowd(item_row, self.shop.crowd)

    def _new(self) -> _Draft:
        latest = [row for row in self.shop.arrived if self.free[row]][: self.room]
        chosen = self._with_paths(np.array(latest, np.int64))
        return _Draft("new", self.telling.words.new, chosen, self._arrived)

    def _arrived(self, item_row: int, path: RowPath | None) -> Shown:
        shown = self.telling.by_path(item_row, path)
        return shown if path is not None else replace(shown, reason=self.telling.words.arrived)

    def _parts(self) -> Iterator[_Draft]:
        """What is chosen in some parts of the shop, none of them within another."""
        shared = self.shop.categories
        if shared is None:
            return
        wide = np.bincount(shared.value, minlength=len(shared.terms)) > _WIDE * len(self.free)
        total = np.bincount(shared.value, self.shop.crowd.chosen[shared.item], len(shared.terms))
        told: list[int] = []
        for place in np.argsort(-total, kind="stable").tolist():
            if len(told) == MOST_CATEGORIES or not total[place] > 0:
                return
            lineage = set(shared.lineage(place))
            apart = not any(other in lineage or place in shared.lineage(other) for other in told)
            if wide[place] or not apart or not self.telling.teller.voice.may_name(shared.terms[place].row):
                continue
            chosen = self._most_chosen(self.free & self._inside(shared, place))
            if len(chosen) >= FEWEST:
                told.append(place)
                yield self._of_category(
                    "popular_in", self.telling.words.popular_in, shared, place, chosen, self._by_crowd
                )

    # Making one

    def _with_paths(self, item_rows: IntArray, ways: frozenset[str] | None = None) -> list[Chosen]:
        """Some items, each with the largest path to it, over some ways or any."""
        return list(zip(item_rows.tolist(), self.asker.largest(item_rows, ways), strict=True))

    def _starting(
        self, item_rows: IntArray, entities: set[int], ways: frozenset[str] | None = None
    ) -> list[Chosen]:
        """Those of some items to which the largest path starts from one of some things."""
        return [
            (row, path)
            for row, path in self._with_paths(item_rows, ways)
            if path is not None and path.hops[0].tail in entities
        ]

    def _inside(self, shared: Shared, place: int) -> BoolArray:
        found = np.zeros(len(self.free), bool)
        found[shared.item[shared.value == place]] = True
        return found

    def _of_category(
        self,
        name: RowName,
        template: str,
        shared: Shared,
        place: int,
        chosen: Sequence[Chosen],
        tell: Callable[[int, RowPath | None], Shown],
    ) -> _Draft:
        term, lang = shared.terms[place], self.telling.teller.lang
        names = Names(self.telling.whole, lang, language(lang).bare)
        label = names.value(shared.called(place, lang).rsplit(LEVELS, 1)[-1])
        return _Draft(name, fill(template, {"entity": label}), chosen, tell, category=term.value)


def _by(tell: Callable[[int, RowPath], Shown]) -> Callable[[int, RowPath | None], Shown]:
    """How a row is told to each of whose items there is a path."""

    def told(item_row: int, path: RowPath | None) -> Shown:
        assert path is not None
        return tell(item_row, path)

    return told
