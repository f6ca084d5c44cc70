"""Who asks: a user or a visitor, what is known of them, what they have asked for, and where items stand for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from kgrec.domain import (
    EVENT_RELATIONS,
    EVENTS,
    REJECTIONS,
    Accountable,
    BoolArray,
    Float64Array,
    FloatArray,
    IntArray,
    KnowledgeGraph,
    Out,
    Reasons,
    Recommender,
    RelationKind,
    RowPath,
    Terms,
    Tracing,
    Wish,
)
from kgrec.explain.effects import Arrangement, Effects, Offered, RowRule, arranged

COMPLEMENTED = "complemented_by"
"""The relation that rules offer things by, and what their paths are called among the ways."""

_SPARE = 4  # so many times as many of the best as places: mostly enough for places and quotas


@dataclass(frozen=True, eq=False)
class Steering:
    """What a user's wishes do to their scores."""

    ignored: IntArray = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # entity rows no path starts from
    factor: Float64Array | None = None  # (I,) on all that leads to an item; None for 1 everywhere
    unwanted: IntArray = field(
        default_factory=lambda: np.zeros(0, np.int64)
    )  # item rows that they asked not to be shown


@dataclass(frozen=True, eq=False)
class Asker:
    """A user of a graph and what a model makes of them. Scores are prior + Σ paths, each with its item's factor.

    Paths are those of the model and those that the shop's rules offer; factors are of the user's wishes and of rules.
    """

    model: Recommender
    graph: KnowledgeGraph
    user_row: int
    taken: IntArray  # item rows that they have, and are not recommended to them
    steering: Steering = field(default_factory=Steering)
    wishes: Sequence[Wish] = ()  # that the steering does
    whole: KnowledgeGraph | None = None  # with the catalogue, where `graph` has a visitor's session alone
    shut: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))  # item rows recommended to nobody
    rules: Effects = field(default_factory=Effects)  # of the shop's experts
    now: FloatArray | None = (
        None  # (I,) shares of recent choices: what the prior of somebody unknown is made of
    )

    @property
    def catalogue(self) -> KnowledgeGraph:
        """The graph that knows what items have."""
        return self.whole or self.graph

    @cached_property
    def own(self) -> KnowledgeGraph:
        """The graph with nothing but what is known of them: all that scoring needs, in a hundredth of the time."""
        entity = int(self.graph.users[self.user_row])
        own = self.graph.only(self.graph.edges_from(entity, RelationKind.EVENT, RelationKind.SEGMENT))
        return own.muted(np.isin(own.tail, self.steering.ignored)) if len(self.steering.ignored) else own

    @cached_property
    def factor(self) -> Float64Array | None:
        """What all that leads to an item is multiplied by, their wishes and the shop's rules together (I,)."""
        wished, ruled = self.steering.factor, self.rules.factor
        return ruled if wished is None else wished if ruled is None else wished * ruled

    @cached_property
    def out(self) -> IntArray:
        """The item rows that are not recommended to them, for whatever reason."""
        others = self.shut, self.rules.excluded, self.steering.unwanted
        return np.concatenate([self.taken, *others]) if any(map(len, others)) else self.taken

    def why_out(self, item_row: int) -> Out | None:
        """Why an item has no place for them; None where it has one."""
        if item_row in self.taken:
            return "taken"
        if item_row in self.steering.unwanted:
            return "unwanted"
        if self.rules.excluding(item_row) is not None:
            return "rule"
        return "withdrawn" if item_row in self.shut else None

    @cached_property
    def newcomer(self) -> bool:
        """Whether nothing is known that they have chosen or looked at; what is left out of account is still known."""
        own = self.own
        gone = [own.relation_row(EVENT_RELATIONS[EVENTS.index(event)]) for event in REJECTIONS]
        rows = own.edges_from(int(own.users[self.user_row]), RelationKind.EVENT)
        rejected = np.isin(own.relation[rows], gone)
        return not (~np.isin(own.tail[rows], own.tail[rows[rejected]])).any()

    @cached_property
    def scores(self) -> FloatArray:
        """Of all items (I,)."""
        scores = self._of_model
        if self._offered is not None:
            scores = (scores + self._offered.total).astype(np.float32)
        return self._steered(scores)

    @cached_property
    def _of_model(self) -> FloatArray:
        """The scores before wishes and rules (I,)."""
        if not self.popular_now:
            scores: FloatArray = self.model.score(self.own, np.array([self.user_row]))[0]
            return scores
        if isinstance(self.model, Accountable):
            terms = self.model.terms(self.own, self.user_row)
            known = np.bincount(terms.item, weights=terms.contribution, minlength=terms.n_items)
        else:
            usual = self.model.prior(self.own, self.user_row)
            known = self.model.score(self.own, np.array([self.user_row]))[0].astype(np.float64) - usual
        scores = (known + self._prior_of_model).astype(np.float32)
        return scores

    @cached_property
    def popular_now(self) -> bool:
        """Whether their prior is made of recent choices."""
        return self.now is not None and self.model.exact and self.newcomer

    @cached_property
    def _prior_of_model(self) -> FloatArray:
        usual = self.model.prior(self.own, self.user_row)
        if self.now is None or not self.popular_now:
            return usual
        prior: FloatArray = (self.now * usual.sum(dtype=np.float64)).astype(np.float32)
        return prior

    @cached_property
    def prior(self) -> FloatArray:
        """What everybody's choices add to the scores (I,)."""
        return self._steered(self._prior_of_model)

    @cached_property
    def _offered(self) -> Offered | None:
        return None if self.rules.offers is None else self.rules.offers.of(self.own, self.user_row)

    def offered_to(self, item_row: int, rule: RowRule) -> bool:
        """Whether a rule offers them an item with something they have chosen."""
        if self._offered is None:
            return False
        sources = self.graph.item_row_of[[hop.tail for hop in self._offered.hops]]
        return bool((rule.about[sources] & (self._offered.amount[:, item_row] > 0)).any())

    @cached_property
    def terms(self) -> Terms:
        """The scores, taken apart; only if the model is Accountable."""
        assert isinstance(self.model, Accountable)
        terms = self.model.terms(self.own, self.user_row)
        if self._offered is not None:
            terms = self._offered.joined(terms, COMPLEMENTED)
        if self.factor is None:
            return terms
        return replace(terms, contribution=terms.contribution * self.factor[terms.item])

    def reasons(self, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths, and the others added up."""
        found = self.model.reasons(self.own, self.user_row, item_rows, most)
        if self._offered is not None and self.rules.offers is not None:
            relation = self.rules.offers.relation
            entities = self.graph.items[item_rows]
            found = [
                self._offered.with_paths(reasons, int(item), int(entity), relation, most)
                for item, entity, reasons in zip(item_rows, entities, found, strict=True)
            ]
        factor = self.factor
        if factor is None:
            return found
        return [_times(reasons, float(factor[item])) for item, reasons in zip(item_rows, found, strict=True)]

    def largest(self, item_rows: IntArray, ways: Collection[str] | None = None) -> list[RowPath | None]:
        """For each of some items, the largest path that goes on in one of some ways (of `terms`), or in any.

        Much less work than `reasons`, which counts all paths that it does not list.
        """
        if isinstance(self.model, Tracing):
            found = self.model.largest_paths(self.own, self.user_row, item_rows, ways)
        elif ways is None or set(self.terms.ways) - {COMPLEMENTED} <= set(ways):
            reasons = self.model.reasons(self.own, self.user_row, item_rows, 1)
            found = [next(iter(one.paths), None) for one in reasons]
        else:
            found = [None for _ in item_rows]
        if ways is None or COMPLEMENTED in ways:
            found = self._or_offered(item_rows, found)
        factor = self.factor
        if factor is None:
            return found
        return [
            None if path is None else replace(path, contribution=path.contribution * float(factor[item]))
            for item, path in zip(item_rows, found, strict=True)
        ]

    def _or_offered(self, item_rows: IntArray, found: list[RowPath | None]) -> list[RowPath | None]:
        """Paths to some items, or those that rules offer where they are larger."""
        if self._offered is None or self.rules.offers is None:
            return found
        relation, entities = self.rules.offers.relation, self.graph.items[item_rows]
        return [
            self._offered.largest(int(item), int(entity), relation, path)
            for item, entity, path in zip(item_rows, entities, found, strict=True)
        ]

    def rank(self, item_row: int) -> int | None:
        """The place that an item has by its score, see `rank_of`."""
        return rank_of(self.scores, item_row, self.out)

    def best(self, k: int) -> IntArray:
        """The list of k items: the best that are not out, with the places and quotas of rules (at most k,)."""
        return self.listed(k).rows

    def listed(self, k: int) -> Arrangement:
        """The same with what rules have done to it."""
        if not self.rules.arranging:
            return Arrangement(self.by_score(k))
        found = arranged(self._likely(k), k, self.rules, n_best=_SPARE * k)
        return found if found.certain else arranged(self.by_score(len(self.scores)), k, self.rules)

    def _likely(self, k: int) -> IntArray:
        """Items that a list of k with places and quotas is likely to be made of, best first (n,)."""
        scores = self._open_scores
        likely = [self.by_score(_SPARE * k)]
        for one in self.rules.rules:
            if one.rule.do == "pin":
                likely.append(np.flatnonzero(one.about))
            elif one.rule.quota.at_least:
                mine = np.flatnonzero(one.listed)
                likely.append(mine[np.argpartition(-scores[mine], k)[:k]] if len(mine) > k else mine)
        rows = np.unique(np.concatenate(likely))
        rows = rows[scores[rows] > -np.inf]
        return rows[np.argsort(-scores[rows], kind="stable")]

    @cached_property
    def _open_scores(self) -> FloatArray:
        scores = self.scores.copy()
        scores[self.out] = -np.inf
        return scores

    def by_score(self, k: int) -> IntArray:
        """The k best items that are not out, best first (at most k,)."""
        scores = self._open_scores
        least = np.partition(scores, -k)[-k] if k < len(scores) else -np.inf
        rows = np.flatnonzero((scores >= least) & (scores > -np.inf))
        return rows[np.argsort(-scores[rows], kind="stable")][
            :k
        ]  # stable: ties in the order of the catalogue

    def under(self, rules: Effects) -> Asker:
        """The same under rules; what was found out of them stays."""
        other = replace(self, rules=rules)
        for name in ("own", "newcomer"):
            if name in self.__dict__:
                other.__dict__[name] = self.__dict__[name]
        return other

    def scoring(self, scores: FloatArray) -> Asker:
        """The same if scores were others (I,): what is left out, places and quotas stay."""
        other = replace(self)
        other.__dict__["scores"] = scores
        return other

    def without(self, entity_rows: IntArray | Sequence[int], *, keep: bool = False) -> Asker:
        """The same with what joins them to some entities left out of account, or all else if those are to be kept."""
        gone: BoolArray = np.isin(self.own.tail, entity_rows) != keep
        return replace(self, graph=self.own.muted(gone))

    def evidence(self, entity_rows: frozenset[int]) -> Evidence:
        """What some of the things known of them do to the scores; made once, as items often share their evidence."""
        if entity_rows not in self._evidence:
            without = self.without(sorted(entity_rows))
            terms = np.array([hop.tail in entity_rows for hop in self.terms.hops], bool)[self.terms.slot]
            amounts = self.terms.contribution[terms]
            alone = np.bincount(self.terms.item[terms], amounts, self.terms.n_items).astype(np.float64)
            removed = sum(tail in entity_rows for tail in self.own.tail.tolist())
            self._evidence[entity_rows] = Evidence(without, terms, alone + self.prior, removed)
        return self._evidence[entity_rows]

    @cached_property
    def _evidence(self) -> dict[frozenset[int], Evidence]:
        return {}

    def _steered(self, scores: FloatArray) -> FloatArray:
        return scores if self.factor is None else (scores * self.factor).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Evidence:
    """Some of the things known of a user."""

    without: Asker  # with these left out of account
    terms: BoolArray  # (n,) which of their terms start from these
    alone: Float64Array  # (I,) the scores by these terms alone
    removed: int  # edges that join the user to them


def _times(reasons: Reasons, factor: float) -> Reasons:
    paths = tuple(replace(path, contribution=path.contribution * factor) for path in reasons.paths)
    return replace(reasons, paths=paths, rest=reasons.rest * factor)


def rank_of(scores: FloatArray, item_row: int, taken: IntArray) -> int | None:
    """Place among the items that are not taken, 1 is best, ties in the order of the catalogue; None if taken."""
    gone = np.unique(taken)
    if item_row in gone:
        return None
    score, others = scores[item_row], scores[gone]
    ahead = np.count_nonzero(scores > score) + np.count_nonzero(scores[:item_row] == score)
    return int(ahead - np.count_nonzero((others > score) | ((others == score) & (gone < item_row)))) + 1
