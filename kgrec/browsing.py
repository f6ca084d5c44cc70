"""Who looks at a shop's pages → rows of items, and what goes with an item: each with the path that is its reason.

The order within a row is that of scores, or of the part of a score that the row is about, and a reason is one of the
paths that make it up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Literal

import numpy as np

from kgrec.domain import (
    Accountable,
    BoolArray,
    Explanation,
    Float64Array,
    FloatArray,
    IntArray,
    KnowledgeGraph,
    Metapath,
    RelationKind,
    Remainder,
    RowPath,
    Ruled,
)
from kgrec.explain.asker import Asker
from kgrec.explain.rules import ruled
from kgrec.explain.teller import Teller
from kgrec.explain.wording import language
from kgrec.explain.wording.audiences import Account, for_shopper, is_bestseller
from kgrec.explain.wording.names import Names
from kgrec.explain.wording.rules import with_notice
from kgrec.explain.wording.sentences import Speaker
from kgrec.explain.wording.statements import Deed, Reading, Statement
from kgrec.explain.wording.storefront import StoreWords, words_of
from kgrec.explain.wording.template import fill
from kgrec.search.facets import LEVELS, Shared
from kgrec.shelf import ItemSummary

FEWEST = 3
"""A row with fewer items is left out."""

MOST_BECAUSE = 2
"""Rows that each go back to one thing that somebody did."""

MOST_CATEGORIES = 3
"""Rows that show a newcomer what is chosen in different parts of the shop."""

NEW_FOR = 60 * 86_400
"""Seconds for which an item that has come to the shop is called new."""

WEAK = 0.05
"""The part of what goes best with something that another thing must add, to be said to go with it."""

_POOL = 240  # of the best items, that rows are chosen from
_WIDE = 0.4  # a category with more of the items than this is no part of the shop
_CHOSEN = "chosen"  # by the same people, as baselines call it
_VIEWS = ("also_viewed", "viewed_then_chosen")  # what is looked at in turn is an alternative
_SAID = (RelationKind.LINK,)  # by the catalogue or the shop's rules
_DESCRIBED = (RelationKind.ATTRIBUTE, RelationKind.CONTENT)  # by what items are, not by who chose them
_ALIKE = (RelationKind.ATTRIBUTE, RelationKind.CONTENT, RelationKind.TOGETHER, RelationKind.EVENT)

RowName = Literal["for_you", "because", "complements", "category", "popular", "popular_in", "new"]
"""Led to by all that is known; by one thing; what goes with things chosen; in a category that is often looked at; what
everybody chooses, or chooses in a category; what has come to the shop last.
"""


@dataclass(frozen=True)
class Shown:
    """An item, and why it is shown.

    `contribution` is what the path of the reason adds to the item's score; where everybody's choices are the reason,
    what those add.
    """

    item: ItemSummary
    score: float  # of the item, or of the part of it by which it was chosen
    reason: str  # a sentence; "" of a model that has no reasons
    contribution: float
    metapath: str = ""  # of the path; "" where everybody's choices are the reason
    rules: tuple[Ruled, ...] = ()  # of the shop's experts, that bear on its score or place


@dataclass(frozen=True)
class Row:
    """Some items that belong together for somebody, and a sentence that says how."""

    name: RowName
    reason: str
    items: tuple[Shown, ...]
    item_id: str | None = None  # the thing it goes back to
    category: str | None = None  # the category it is about, as search narrows down by it


@dataclass(frozen=True, eq=False)
class Crowd:
    """What everybody chooses."""

    chosen: FloatArray  # (I,) how much of it
    now: bool = False  # whether it is what is chosen of late


@dataclass(frozen=True, eq=False)
class Shop:
    """What rows are made of besides who looks at them."""

    items: Callable[[int], ItemSummary]  # item row → what a card shows
    crowd: Crowd
    categories: Shared | None = None
    arrived: Sequence[int] = ()  # item rows of what is new, latest first


# Which ways say what


def alike_ways(ways: Sequence[str], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways that lead from an item to one that could stand in its place: of one brand, described alike, chosen by
    the same people.
    """
    return frozenset(way for way in ways if all(_is_alike(*leg, graph) for leg in _legs(way)))


def joining_ways(ways: Sequence[str], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways that lead to what is had beside an item: said to go with it, or chosen after it."""
    return frozenset(way for way in ways if all(_joins(*leg, graph) for leg in _legs(way)))


def _legs(way: str) -> list[tuple[str, str]]:
    """The relation of each leg, and how it is walked: "forward", "inverse" or "shared"."""
    legs = []
    for leg in way.replace(" · ", "·").split(" → "):
        first = leg.split("·")[0]
        form = "shared" if "·" in leg else "inverse" if first.endswith("⁻¹") else "forward"
        legs.append((first.removesuffix("⁻¹"), form))
    return legs


def _kind(name: str, graph: KnowledgeGraph) -> RelationKind | None:
    if name == "any_attribute":
        return RelationKind.ATTRIBUTE
    return next((relation.kind for relation in graph.relations if relation.name == name), None)


def _is_alike(name: str, form: str, graph: KnowledgeGraph) -> bool:
    return name in (_CHOSEN, *_VIEWS) or _kind(name, graph) in _ALIKE


def _joins(name: str, form: str, graph: KnowledgeGraph) -> bool:
    if name in _VIEWS or form == "shared":
        return False
    kind = _kind(name, graph)
    return kind == RelationKind.LINK or (kind == RelationKind.SEQUENCE and form == "forward")


# Reasons


@dataclass(frozen=True, eq=False)
class Telling:
    """Puts the reasons of one who looks into words."""

    asker: Asker
    teller: Teller
    whole: KnowledgeGraph  # with the edges that paths walk
    items: Callable[[int], ItemSummary]

    def by_path(self, item_row: int, path: RowPath | None, placed: Sequence[Ruled] = ()) -> Shown:
        """An item by its score, told as an explanation with this one path tells it; no word if the model has none."""
        score, prior = float(self.asker.scores[item_row]), float(self.asker.prior[item_row])
        account = Account(
            score=score,
            prior=prior,
            bestseller=is_bestseller(self.asker.prior, item_row),
            statements=[] if path is None else [self.statement(item_row, path)],
            rest=0.0,
            n_rest=0,
            now=self.asker.popular_now,
        )
        text = for_shopper(account, self.speaker(item_row)) if self.asker.model.exact else ""
        if placed:
            text = with_notice(text, self._found(item_row, score, prior, placed))
        return replace(self._shown(item_row, score, text, path, prior), rules=tuple(placed))

    def by_crowd(self, item_row: int, crowd: Crowd) -> Shown:
        """An item by what everybody chooses."""
        best = is_bestseller(crowd.chosen, item_row)
        key = (
            ("popular_now" if best else "everybody_now")
            if crowd.now
            else "bestseller"
            if best
            else "everybody"
        )
        speaker = self.speaker(item_row)
        text = speaker.sentence([speaker.language.clauses[key]])
        return self._shown(
            item_row, float(self.asker.scores[item_row]), text, None, float(self.asker.prior[item_row])
        )

    def with_it(self, item_row: int, path: RowPath) -> Shown:
        """An item by a path from a thing that was named already."""
        score, said, speaker = (
            float(self.asker.scores[item_row]),
            self.statement(item_row, path),
            self.speaker(item_row),
        )
        clause = speaker.clause(said) if said.discreet else speaker.onward(said, self.words.steps)
        return self._shown(item_row, score, speaker.sentence([clause]), path, 0.0)

    def from_item(self, item_row: int, amount: float, path: RowPath, source: int, unnamed: str) -> Shown:
        """An item by a path from another (entity row), which is named; `unnamed` is said where that is not to be."""
        said, speaker = self.statement(item_row, path), self.speaker(item_row)
        clause = unnamed
        if not said.discreet:
            name = Names(self.whole, self.teller.lang, speaker.language.bare).thing(source)
            clause = speaker.onward(said, self.words.steps, name)
        return self._shown(item_row, amount, speaker.sentence([clause]), path, 0.0)

    def statement(self, item_row: int, path: RowPath) -> Statement:
        """What a path says."""
        reading = replace(self._reading, target=int(self.whole.items[item_row]))
        return reading.statement(path)

    def speaker(self, item_row: int) -> Speaker:
        """Who speaks of an item."""
        return replace(self._speaker, target=int(self.whole.items[item_row]))

    @cached_property
    def words(self) -> StoreWords:
        return words_of(self.teller.lang)

    @cached_property
    def _graphs(self) -> list[KnowledgeGraph]:
        graph = self.asker.graph
        return [graph] if graph is self.whole else [graph, self.whole]

    @cached_property
    def _reading(self) -> Reading:
        return Reading(self._graphs, self.asker.own, -1, self.teller.voice)

    @cached_property
    def _speaker(self) -> Speaker:
        return Speaker(language(self.teller.lang, self.teller.voice.words), self._graphs[0], -1)

    def _shown(self, item_row: int, score: float, text: str, path: RowPath | None, prior: float) -> Shown:
        contribution = prior if path is None else path.contribution
        return Shown(
            self.items(item_row), score, text, contribution, "" if path is None else self._metapath(path)
        )

    def _metapath(self, path: RowPath) -> str:
        relations = self.whole.relations
        return str(Metapath(tuple((relations[hop.relation].name, hop.inverse) for hop in path.hops)))

    def _found(self, item_row: int, score: float, prior: float, rules: Sequence[Ruled]) -> Explanation:
        """As much of an explanation as what is said of rules needs."""
        return Explanation(
            user_id=self.teller.user_id,
            item_id=str(self.teller.item_ids[item_row]),
            lang=self.teller.lang,
            score=score,
            rank=self.asker.rank(item_row),
            prior=prior,
            text="",
            paths=(),
            remainder=Remainder(0.0, 0),
            model=self.teller.model,
            graph_version=self.teller.graph_version,
            rules=tuple(rules),
        )


# What goes with an item


def similar(telling: Telling, item_row: int, k: int) -> tuple[Shown, ...]:
    """What could stand in the place of an item, told to a visitor who has chosen that one item.

    Items are in the order of the part of their score that is over ways of likeness; of a model that cannot take scores
    apart, in the order of all of it, without a reason. What is said to go with the item more than it is like it is left
    out.
    """
    asker = telling.asker
    if not isinstance(asker.model, Accountable):
        rows = [row for row in asker.by_score(k + 1).tolist() if row != item_row][:k]
        return tuple(Shown(telling.items(row), float(asker.scores[row]), "", 0.0) for row in rows)
    graph = telling.whole
    ways = alike_ways(asker.terms.ways, graph)
    amount = _amount(asker, ways)
    amount[amount <= _amount(asker, _of_kinds(joining_ways(asker.terms.ways, graph), _SAID, graph))] = 0.0
    return _related(telling, item_row, ways, amount, k, telling.words.alike)


def complements(telling: Telling, item_row: int, k: int) -> tuple[Shown, ...]:
    """What is had beside an item: offered with it by the shop, said to go with it, or chosen after it.

    What is more like it than it goes with it is left out. Nothing of a model that cannot take scores apart.
    """
    asker = telling.asker
    if not isinstance(asker.model, Accountable):
        return ()
    ways = joining_ways(asker.terms.ways, telling.whole)
    amount = _amount(asker, ways)
    described = _of_kinds(alike_ways(asker.terms.ways, telling.whole), _DESCRIBED, telling.whole)
    amount[amount <= _amount(asker, described)] = 0.0
    return _related(telling, item_row, ways, _notable(amount), k, telling.words.together)


def _of_kinds(ways: frozenset[str], kinds: Sequence[RelationKind], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways over relations of some kinds alone."""
    return frozenset(way for way in ways if all(_kind(name, graph) in kinds for name, _ in _legs(way)))


def _amount(asker: Asker, ways: frozenset[str], slots: BoolArray | None = None) -> Float64Array:
    """What some ways, from some of the things known, add to every item (I,)."""
    terms = asker.terms
    counts = np.array([way in ways for way in terms.ways], bool)[terms.way]
    if slots is not None:
        counts &= slots[terms.slot]
    found = np.bincount(terms.item[counts], terms.contribution[counts], terms.n_items)
    return found.astype(np.float64)


def _related(
    telling: Telling, item_row: int, ways: frozenset[str], amount: Float64Array, k: int, unnamed: str
) -> tuple[Shown, ...]:
    asker = telling.asker
    amount[[*asker.out.tolist(), item_row]] = 0.0
    rows = _best(amount, k)
    source = int(telling.whole.items[item_row])
    return tuple(
        telling.from_item(row, float(amount[row]), path, source, unnamed)
        for row, path in zip(rows.tolist(), asker.largest(rows, ways), strict=True)
        if path is not None
    )


def _notable(amount: Float64Array) -> Float64Array:
    """The same without what is little beside the most (I,)."""
    return np.where(amount >= WEAK * amount.max(initial=0.0), amount, 0.0)


def _best(amount: FloatArray | Float64Array, k: int) -> IntArray:
    """The k items with most, those with nothing left out (≤ k,)."""
    there = np.flatnonzero(amount > 0)
    order = there[np.argsort(-amount[there], kind="stable")]
    return order[:k]


# Rows


def rows(telling: Telling, shop: Shop, k: int) -> tuple[Row, ...]:
    """The rows of a shop's first page for somebody, no item in two of them, each of at least FEWEST items."""
    made = _Rows(telling, shop, k)
    for row in made.knowing():
        made.take(row)
    for row in made.of_crowd(everywhere=not made.found):
        made.take(row)
    return tuple(made.found)


@dataclass(eq=False)
class _Rows:
    """Rows one after the other: what is in one is in no other."""

    telling: Telling
    shop: Shop
    k: int
    found: list[Row] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.asker = self.telling.asker
        self.free = np.ones(len(self.asker.scores), bool)
        self.free[self.asker.out] = False
        self._row_of: dict[str, int] = {}

    def take(self, row: Row) -> None:
        """Keep a row that is long enough."""
        if len(row.items) >= FEWEST:
            self.found.append(row)
            self.free[[self._row_of[one.item.item_id] for one in row.items]] = False

    def knowing(self) -> Iterator[Row]:
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

    def of_crowd(self, *, everywhere: bool) -> Iterator[Row]:
        """The rows that are the same for everybody; with `everywhere`, those of different parts of the shop, too."""
        crowd, words = self.shop.crowd, self.telling.words
        reason = words.popular_now if crowd.now else words.popular
        yield self._row("popular", reason, [self._popular(row) for row in self._most_chosen(self.free)])
        yield self._new()
        if everywhere:
            yield from self._parts()

    # What is known

    def _for_you(self) -> Row:
        arranged = self.asker.listed(self.k)
        paths = self.asker.largest(arranged.rows)
        shown = []
        for place, (row, path) in enumerate(zip(arranged.rows.tolist(), paths, strict=True), start=1):
            by = arranged.placed.get(row)
            rules = ruled(self.asker, row, by, place) if self.asker.rules.rules else ()
            shown.append(self._noted(row, self.telling.by_path(row, path, rules)))
        return self._row("for_you", self.telling.words.for_you, shown)

    def _because(self) -> Iterator[Row]:
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
            mine = pool[(slot == place) & self.free[pool]][: self.k + self.k // 2]
            if len(mine) < FEWEST:
                continue
            paths = zip(mine.tolist(), self.asker.largest(mine), strict=True)
            starting = [
                (row, path) for row, path in paths if path is not None and path.hops[0].tail == hop.tail
            ]
            before = len(self.found)
            yield self._because_of(hop.tail, hop.relation, starting[: self.k])
            taken += len(self.found) - before

    def _because_of(self, entity: int, relation: int, reached: Sequence[tuple[int, RowPath]]) -> Row:
        graph, speaker = self.asker.graph, self.telling.speaker(0)
        speaker = replace(speaker, target=-1)
        deed = speaker.did([Deed(graph.relations[relation].name, entity)])
        return self._row(
            "because",
            fill(self.telling.words.because, {"deed": deed}),
            [self._noted(row, self.telling.with_it(row, path)) for row, path in reached],
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
        amount = np.bincount(cell, terms.contribution[here], shape[0] * shape[1]).reshape(shape)
        best: IntArray = np.where(amount.max(axis=0, initial=0.0) > 0, amount.argmax(axis=0), -1)
        return best

    def _complements(self) -> Row:
        """What goes with things that they have, or was chosen after them."""
        graph, hops = self.asker.graph, self.asker.terms.hops
        chosen = np.array([graph.relations[hop.relation].name in ("bought", "rated") for hop in hops], bool)
        ways = joining_ways(self.asker.terms.ways, self.telling.whole)
        amount = _notable(_amount(self.asker, ways, chosen) * self.free)
        best = _best(amount, self.k + self.k // 2)
        paths = zip(best.tolist(), self.asker.largest(best, ways), strict=True)
        had = {hop.tail for hop, one in zip(hops, chosen, strict=True) if one}
        going = [(row, path) for row, path in paths if path is not None and path.hops[0].tail in had]
        shown = [self._noted(row, self._complement(row, path)) for row, path in going[: self.k]]
        return self._row("complements", self.telling.words.complements, shown)

    def _complement(self, row: int, path: RowPath) -> Shown:
        speaker, said = self.telling.speaker(row), self.telling.statement(row, path)
        shown = self.telling.with_it(row, path)
        return replace(shown, reason=speaker.sentence([speaker.clause(said)]))

    def _category(self) -> Iterator[Row]:
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
            best = _best(np.where(inside, self.asker.scores, 0.0), self.k)
            if len(best) < FEWEST:
                continue
            paths = zip(best.tolist(), self.asker.largest(best), strict=True)
            shown = [self._noted(row, self.telling.by_path(row, path)) for row, path in paths]
            yield self._of_category("category", self.telling.words.category, shared, place, shown)
            return

    # What everybody chooses

    def _most_chosen(self, among: BoolArray) -> list[int]:
        return [int(row) for row in _best(np.where(among, self.shop.crowd.chosen, 0.0), self.k)]

    def _popular(self, row: int) -> Shown:
        return self._noted(row, self.telling.by_crowd(row, self.shop.crowd))

    def _new(self) -> Row:
        rows = [row for row in self.shop.arrived if self.free[row]][: self.k]
        paths = self.asker.largest(np.array(rows, np.int64))
        shown = []
        for row, path in zip(rows, paths, strict=True):
            one = self.telling.by_path(row, path)
            if path is None:
                one = replace(one, reason=self.telling.words.arrived)
            shown.append(self._noted(row, one))
        return self._row("new", self.telling.words.new, shown)

    def _parts(self) -> Iterator[Row]:
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
            shown = [self._popular(row) for row in self._most_chosen(self.free & self._inside(shared, place))]
            if len(shown) >= FEWEST:
                told.append(place)
                yield self._of_category("popular_in", self.telling.words.popular_in, shared, place, shown)

    # Making one

    def _inside(self, shared: Shared, place: int) -> BoolArray:
        found = np.zeros(len(self.free), bool)
        found[shared.item[shared.value == place]] = True
        return found

    def _of_category(
        self, name: RowName, template: str, shared: Shared, place: int, shown: Sequence[Shown]
    ) -> Row:
        term, lang = shared.terms[place], self.telling.teller.lang
        names = Names(self.telling.whole, lang, language(lang).bare)
        label = names.value(shared.called(place, lang).rsplit(LEVELS, 1)[-1])
        return self._row(name, fill(template, {"entity": label}), shown, category=term.value)

    def _noted(self, row: int, shown: Shown) -> Shown:
        self._row_of[shown.item.item_id] = row
        return shown

    def _row(
        self,
        name: RowName,
        reason: str,
        shown: Sequence[Shown],
        item_id: str | None = None,
        category: str | None = None,
    ) -> Row:
        return Row(name, reason, tuple(shown), item_id, category)
