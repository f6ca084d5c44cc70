"""A shop's rules, a graph and a model → which items they are about, and what they do to somebody on a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np

from kgrec.domain import (
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    REJECTIONS,
    BoolArray,
    IdMap,
    IntArray,
    Interactions,
    KnowledgeGraph,
    Recommender,
    RelationKind,
    Ruled,
)
from kgrec.errors import UnknownName
from kgrec.explain.asker import COMPLEMENTED, Asker
from kgrec.explain.effects import Effects, Offers, RowRule, pins
from kgrec.explain.wording.speech import segment
from kgrec.rules import About, Audience, Rule, RuleSet

SAMPLE = 64  # items whose purchase is tried to find out how much one adds
TENTH = 10  # the place in a list of ten that an offer of factor 1 would reach
MOST_KEPT = 128  # sets of rules in force whose effects are kept


class RulesOn:
    """Rules found in one graph. Look-ups only, once it has been asked: it may serve many requests at once."""

    def __init__(self, rules: RuleSet, graph: KnowledgeGraph, model: Recommender) -> None:
        self.rules = rules
        self._graph, self._model = graph, model
        self.faults: list[str] = []
        self._named: dict[str, dict[str, list[int]]] = {}
        self._kept: dict[tuple[int, ...], Effects] = {}
        self._rows = [self._found(rule) for rule in rules.rules]
        self._audiences = [self._audience(rule) for rule in rules.rules]

    def in_force(self, day: date) -> list[RowRule]:
        """The rules of a day, whoever asks."""
        return [one for one in self._rows if one.rule.on(day)]

    @property
    def found(self) -> Sequence[RowRule]:
        """All rules, with what they are about."""
        return self._rows

    def effects(self, asker: Asker, day: date) -> Effects:
        """What the rules that hold on a day do to somebody."""
        who = _Standing(asker)
        holding = tuple(
            place
            for place, one in enumerate(self._rows)
            if one.rule.on(day) and self._audiences[place].has(who)
        )
        found = self._kept.get(holding)
        if found is None:
            if len(self._kept) >= MOST_KEPT:  # other threads keep what they have in hand
                self._kept.clear()
            found = self._kept[holding] = self._together([self._rows[place] for place in holding])
        return found

    def over(self, graph: KnowledgeGraph) -> RulesOn:
        """The same rules about a shop whose items have other attributes; what an offer is worth stays as it is."""
        return RulesOn(self.rules, graph, self._model)

    def _together(self, rules: list[RowRule]) -> Effects:
        if not rules:
            return Effects()
        factor = np.ones(len(self._graph.items))
        out = np.zeros(len(self._graph.items), bool)
        for one in rules:
            if one.rule.do in ("boost", "bury"):
                factor[one.about] *= one.rule.factor
            if one.rule.do == "exclude":
                out |= one.about
        offering = tuple(one for one in rules if one.offer is not None and one.offer.any())
        return Effects(
            rules=tuple(rules),
            factor=None if (factor == 1.0).all() else factor,
            excluded=np.flatnonzero(out),
            offers=self._offers(offering) if offering else None,
        )

    # What complements add

    def _offers(self, rules: tuple[RowRule, ...]) -> Offers:
        graph = self._graph
        choices = [name for name in map(_relation, CHOICES) if graph.has_edges(name)]
        kinds = ["carted", *choices] if choices else [_relation(e) for e in EVENTS if e not in REJECTIONS]
        strongest_last = sorted(kinds, key=lambda name: (name in choices, EVENT_RELATIONS.index(name)))
        return Offers(
            rules=rules,
            relation=graph.relation_row(COMPLEMENTED),
            starts={graph.relation_row(name): place for place, name in enumerate(strongest_last)},
            rejections=tuple(graph.relation_row(_relation(event)) for event in REJECTIONS),
            strength=self.strength,
            where=self.rules.where,
        )

    @cached_property
    def strength(self) -> float:
        """What an offer of factor 1 adds, for the thing chosen last: as much as one purchase adds to the tenth of the
        items it leads to, in the middle of a sample of purchases. It depends on the model alone, so that a part of a
        score stays the same whatever else is known of the user. Where purchases lead nowhere, what everybody's
        choices add to the tenth.
        """
        bought = np.unique(np.linspace(0, len(self._graph.items) - 1, SAMPLE).astype(np.int64))
        graph = _with_one_purchase_each(self._graph, bought)
        prior = self._model.prior(graph, 0).astype(np.float64)
        place = min(TENTH, len(prior))
        gains = self._model.score(graph, np.arange(len(bought))) - prior
        tenth = np.partition(gains, -place, axis=1)[:, -place]
        some = tenth[tenth > 1e-9 * max(1e-12, float(np.abs(prior).max()))]
        return float(np.median(some)) if len(some) else float(np.partition(prior, -place)[-place])

    # What they are about

    def _found(self, rule: Rule) -> RowRule:
        if rule.offer is not None and all(one.name != COMPLEMENTED for one in self._graph.relations):
            self._fault(rule, "the graph was built before there were offers; run kgrec build and kgrec train")
            nothing = np.zeros(len(self._graph.items), bool)
            return RowRule(rule, nothing, nothing)
        about = self._items(rule, rule.about)
        return RowRule(rule, about, None if rule.offer is None else self._items(rule, rule.offer))

    def _items(self, rule: Rule, about: About) -> BoolArray:
        """Which items are meant (I,); what the shop does not have is a fault, and is left out of what is meant."""
        graph = self._graph
        meant = np.ones(len(graph.items), bool)
        if about.items:
            meant[:] = False
            for item_id in about.items:
                try:
                    meant[graph.item_ids.row(item_id)] = True
                except UnknownName as error:
                    self._fault(rule, str(error))
        for relation, labels in about.having:
            called = self._called(relation)
            rows = []
            for label in labels:
                found = called.get(label.casefold(), [])
                rows += found
                if not found:
                    short = relation.removeprefix("has_").replace("_", " ")
                    self._fault(rule, str(UnknownName(short, label, sorted(called))))
            where = graph.edges_of(relation)
            having = np.zeros(len(graph.items), bool)
            having[graph.item_row_of[graph.head[where][np.isin(graph.tail[where], rows)]]] = True
            meant &= having
        return meant

    def _called(self, relation: str) -> Mapping[str, list[int]]:
        """What a relation leads to, by label in any language, by path if it is a category, and by IRI."""
        if relation not in self._named:
            graph, named = self._graph, dict[str, list[int]]()
            row_of = {
                str(graph.iris[row]): int(row) for row in np.unique(graph.tail[graph.edges_of(relation)])
            }
            for iri, row in row_of.items():
                for name in {iri, *_names(graph, row, row_of)}:
                    named.setdefault(name.casefold(), []).append(row)
            self._named[relation] = named
        return self._named[relation]

    def _audience(self, rule: Rule) -> _RowAudience:
        audience = rule.audience
        bought = None if audience.bought is None else self._items(rule, audience.bought)
        groups = []
        for column, values in audience.segments:
            rows = [self._segments.get((column, value.casefold())) for value in values]
            for value, row in zip(values, rows, strict=True):
                if row is None:
                    known = [name for one, name in self._segments if one == column]
                    self._fault(rule, str(UnknownName(column.replace("_", " "), value, known)))
            groups.append(frozenset(row for row in rows if row is not None))
        return _RowAudience(audience, tuple(groups), bought)

    @cached_property
    def _segments(self) -> dict[tuple[str, str], int]:
        graph = self._graph
        found = {segment(str(graph.iris[row])): int(row) for row in graph.segments}
        return {(column, value.casefold()): row for (column, value), row in found.items()}

    def _fault(self, rule: Rule, what: str) -> None:
        self.faults.append(f"{self.rules.where}: rule {rule.name!r}: {what}")


class _RowAudience:
    """For whom a rule holds, in rows."""

    def __init__(
        self, audience: Audience, groups: tuple[frozenset[int], ...], bought: BoolArray | None
    ) -> None:
        self._new, self._groups, self._bought = audience.new, groups, bought

    def has(self, who: _Standing) -> bool:
        """Whether somebody belongs to it."""
        if self._new is not None and who.new != self._new:
            return False
        if any(who.segments.isdisjoint(group) for group in self._groups):
            return False
        return self._bought is None or bool(self._bought[who.chosen].any())


class _Standing:
    """What audiences ask of somebody, worked out once and only if it is asked."""

    def __init__(self, asker: Asker) -> None:
        self._asker = asker

    @property
    def new(self) -> bool:
        return self._asker.newcomer

    @cached_property
    def segments(self) -> frozenset[int]:
        own = self._asker.own
        rows = own.edges_from(int(own.users[self._asker.user_row]), RelationKind.SEGMENT)
        return frozenset(own.tail[rows].tolist())

    @cached_property
    def chosen(self) -> IntArray:
        """The item rows that they have chosen (n,)."""
        own = self._asker.own
        rows = own.edges_from(int(own.users[self._asker.user_row]), RelationKind.EVENT)
        choices = [own.relation_row(_relation(event)) for event in CHOICES]
        chosen: IntArray = own.item_row_of[own.tail[rows[np.isin(own.relation[rows], choices)]]]
        return chosen


def _relation(event: str) -> str:
    return EVENT_RELATIONS[EVENTS.index(event)]


def _names(graph: KnowledgeGraph, row: int, row_of: Mapping[str, int]) -> list[str]:
    """What an entity is called in each language; a category also by its path, "Kitchen > Coffee & tea"."""
    steps, iri = [row], str(graph.iris[row])
    while graph.kinds[row] == "category" and (iri := iri.rpartition("/")[0]) in row_of:
        steps.insert(0, row_of[iri])
    names = []
    for lang in graph.labels:
        labels = [graph.label(step, lang) for step in steps]
        names += [labels[-1], " > ".join(labels)]
    return names


def _with_one_purchase_each(graph: KnowledgeGraph, item_rows: IntArray) -> KnowledgeGraph:
    """A graph whose only users have each bought one of some items, and nothing else."""
    n = len(item_rows)
    nobody: dict[str, Any] = {
        "iris": np.append(graph.iris, np.array([f"urn:kgrec:sample:{row}" for row in range(n)], object)),
        "kinds": np.append(graph.kinds, np.array(["user"] * n, object)),
        "labels": {
            lang: np.append(names, np.array([""] * n, object)) for lang, names in graph.labels.items()
        },
        "users": len(graph.iris) + np.arange(n),
        "user_ids": IdMap("user", map(str, range(n))),
    }
    empty = replace(graph.only(np.zeros(0, np.int64)), **nobody)
    purchases = Interactions(
        user=np.arange(n),
        item=item_rows,
        event=np.full(n, EVENTS.index("buy")),
        weight=np.ones(n, np.float32),
        time=np.zeros(n, np.int64),
        line=np.zeros(n, np.int64),
        clock=graph.clock,
    )
    return empty.with_events(purchases, source="supposed")


def ruled(
    asker: Asker, item_row: int, by: RowRule | None = None, place: int | None = None
) -> tuple[Ruled, ...]:
    """What rules have done to the score of an item, and which has put it at a place whatever its score."""
    told = []
    for one in asker.rules.of_item(item_row):
        do = one.rule.do
        if one is by:
            told.append(one.told(place))
        elif (
            do == "exclude"
            or (do == "complement" and asker.offered_to(item_row, one))
            or (do in ("boost", "bury") and one.rule.factor != 1.0)
        ):
            told.append(one.told())
    return tuple(told)


def pinned(asker: Asker, item_row: int) -> tuple[RowRule | None, int | None]:
    """The rule that gives an item its place in a list that is long enough, and the place."""
    if not any(one.rule.do == "pin" for one in asker.rules.of_item(item_row)):
        return None, None
    places = pins(asker.by_score(len(asker.scores)), len(asker.scores), asker.rules)
    place = next((place for place, (row, _) in places.items() if row == item_row), None)
    return (None, None) if place is None else (places[place][1], place)
