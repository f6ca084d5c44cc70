"""Who is told, in which language, and what the shop calls its items: what every answer needs besides the figures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from kgrec.domain import KnowledgeGraph, ObjectArray, Recommendation
from kgrec.explain.asker import Asker
from kgrec.explain.effects import RowRule
from kgrec.explain.rules import ruled
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.own import language, verdicts
from kgrec.explain.wording.speech import Voice, segment
from kgrec.explain.wording.template import fill
from kgrec.explain.wording.third import of_them
from kgrec.explain.wording.verdicts import Verdicts, quoted


@dataclass(frozen=True, eq=False)
class Listing:
    """What the shop calls its items, as lists of them need it."""

    item_ids: ObjectArray  # (I,)
    titles: ObjectArray  # (I,)

    def listed(self, asker: Asker, k: int) -> tuple[Recommendation, ...]:
        """The k best items of the asker, best first, and what the shop's rules have put among them."""
        found = asker.listed(k)
        return tuple(
            self.placed(asker, row, place, found.placed.get(row))
            for place, row in enumerate(found.rows.tolist(), start=1)
        )

    def placed(self, asker: Asker, item_row: int, rank: int, by: RowRule | None = None) -> Recommendation:
        """One item at a place, `by` a rule that put it there whatever its score."""
        return Recommendation(
            item_id=str(self.item_ids[item_row]),
            title=str(self.titles[item_row]),
            score=float(asker.scores[item_row]),
            rank=rank,
            rules=ruled(asker, item_row, by, rank) if asker.rules.rules else (),
        )


@dataclass(frozen=True, eq=False)
class Teller(Listing):
    """The names that go into an answer."""

    user_id: str
    lang: str
    model: str
    graph_version: str
    voice: Voice = field(default_factory=Voice)  # what sentences may name, and the shop's own words
    of_all: bool = False  # whether it is told of all users together, to the shop's own people

    @property
    def verdicts(self) -> Verdicts:
        """The sentences of the language."""
        return verdicts(self.lang, self.voice.words)

    def label(self, graph: KnowledgeGraph, row: int) -> str:
        """What a person reads for an entity; some are not named, as in `kgrec.explain.wording.speech`."""
        if self.voice.may_name(row):
            return graph.label(row, self.lang)
        words, kind = self._words, str(graph.kinds[row])
        column = segment(str(graph.iris[row]))[0] if self.of_all else ""
        return (
            fill(words.unspoken_groups, {"column": words.column(column)}) if column else words.unnamed(kind)
        )

    @cached_property
    def _words(self) -> Language:
        words = language(self.lang, self.voice.words)
        return of_them(words) if self.of_all else words

    def name(self, asker: Asker, item_row: int) -> str:
        """What a sentence calls an item, in the language of the answer."""
        row = int(asker.graph.items[item_row])
        return (
            quoted(asker.graph.label(row, self.lang)) if self.voice.may_name(row) else self.verdicts.unnamed
        )
