"""An item and the path that it is shown by → the item as a card shows it, with its reason in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from kgrec.domain import (
    BoolArray,
    Explanation,
    FloatArray,
    KnowledgeGraph,
    Metapath,
    Remainder,
    RowPath,
    Ruled,
)
from kgrec.explain.asker import Asker
from kgrec.explain.teller import Teller
from kgrec.explain.wording import language
from kgrec.explain.wording.audiences import Account, bestsellers, for_shopper
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.names import Names
from kgrec.explain.wording.rules import with_notice
from kgrec.explain.wording.sentences import Speaker
from kgrec.explain.wording.statements import Reading, Statement
from kgrec.explain.wording.storefront import StoreWords, words_of
from kgrec.shelf import ItemSummary


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


@dataclass(frozen=True, eq=False)
class Crowd:
    """What everybody chooses."""

    chosen: FloatArray  # (I,) how much of it
    now: bool = False  # whether it is what is chosen of late

    @cached_property
    def bestsellers(self) -> BoolArray:
        """Which items are called so (I,)."""
        return bestsellers(self.chosen)


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
            bestseller=bool(self._bestsellers[item_row]),
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
        best = crowd.bestsellers[item_row]
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

    def by_deed(self, item_row: int, path: RowPath) -> Shown:
        """An item by a path and nothing else, from what they did on."""
        speaker = self.speaker(item_row)
        return self._by(path, item_row, speaker, speaker.clause(self.statement(item_row, path)))

    def with_it(self, item_row: int, path: RowPath) -> Shown:
        """An item by a path from a thing that was named already."""
        said, speaker = self.statement(item_row, path), self.speaker(item_row)
        clause = speaker.clause(said) if said.discreet else speaker.onward(said, self.words.steps)
        return self._by(path, item_row, speaker, clause)

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
        target = int(self.whole.items[item_row])
        return Reading(self._graphs, self.asker.own, target, self.teller.voice).statement(path)

    def speaker(self, item_row: int | None) -> Speaker:
        """Who speaks of an item, or of none."""
        target = -1 if item_row is None else int(self.whole.items[item_row])
        return Speaker(self._language, self._graphs[0], target)

    @cached_property
    def words(self) -> StoreWords:
        return words_of(self.teller.lang)

    @cached_property
    def _graphs(self) -> list[KnowledgeGraph]:
        graph = self.asker.graph
        return [graph] if graph is self.whole else [graph, self.whole]

    @cached_property
    def _language(self) -> Language:
        return language(self.teller.lang, self.teller.voice.words)

    @cached_property
    def _bestsellers(self) -> BoolArray:
        return bestsellers(self.asker.prior)

    def _by(self, path: RowPath, item_row: int, speaker: Speaker, clause: str) -> Shown:
        score = float(self.asker.scores[item_row])
        return self._shown(item_row, score, speaker.sentence([clause]), path, 0.0)

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
