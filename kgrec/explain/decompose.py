"""A model, a user and an item → the largest paths of the score, the exact remainder, and what is said of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from kgrec.domain import (
    SOMEBODY,
    Accountable,
    Explanation,
    Hop,
    KnowledgeGraph,
    Metapath,
    Path,
    Reasons,
    Remainder,
    RowHop,
    RowPath,
)
from kgrec.explain.asker import COMPLEMENTED, Asker
from kgrec.explain.receipt import receipt
from kgrec.explain.rules import pinned, ruled
from kgrec.explain.steer import granted
from kgrec.explain.wording import language
from kgrec.explain.wording.audiences import (
    Account,
    Audience,
    for_engineer,
    for_merchandiser,
    for_shopper,
    is_bestseller,
)
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.rules import rule_remarks, with_lines, with_notice
from kgrec.explain.wording.sentences import Speaker
from kgrec.explain.wording.speech import Voice
from kgrec.explain.wording.statements import Reading, Statement, together
from kgrec.explain.wording.third import of_them

ANYBODY = "_:somebody"
"""The subject of a hop over other users: which ones is told to nobody. In SPARQL a blank node matches any of them."""


@dataclass(frozen=True)
class Manner:
    """How an explanation is told: in which language, to whom, on which day, and what it may name."""

    lang: str = "en"
    audience: Audience = "shopper"
    today: date | None = None  # the day on which it is read; moments are told by month and year without it
    voice: Voice = field(default_factory=Voice)

    @cached_property
    def language(self) -> Language:
        """The words of the language, a shop's own among them; to all but the shopper in the third person."""
        words = language(self.lang, self.voice.words)
        return words if self.audience == "shopper" else of_them(words)


def explain(
    asker: Asker,
    item_row: int,
    reasons: Reasons,
    *,
    graphs: Sequence[KnowledgeGraph],
    names: tuple[str, str],
    manner: Manner,
    model: str,
    proof: bool = True,
) -> Explanation:
    """Why an item has its score for somebody: its largest paths told, the rest summed exactly, and the proof.

    `names` are the ids of user and item. `graphs` hold the edges the paths walk; the first that knows a hop is named
    as its source. Without `proof` there is no receipt.
    """
    telling = _Telling(asker, item_row, graphs, manner)
    score = float(asker.scores[item_row])
    said = [telling.statement(path) for path in reasons.paths]
    accountable = isinstance(asker.model, Accountable)
    found = Explanation(
        user_id=names[0],
        item_id=names[1],
        lang=manner.lang,
        score=score,
        rank=asker.rank(item_row),
        prior=float(asker.prior[item_row]),
        text="",
        paths=tuple(
            telling.path(path, one, score if score > 0 else 1.0)
            for path, one in zip(reasons.paths, said, strict=True)
        ),
        remainder=Remainder(reasons.rest, reasons.n_rest),
        receipt=receipt(asker, item_row, reasons.paths) if proof and accountable else None,
        wishes=granted(asker, item_row, manner.lang),
        rules=ruled(asker, item_row, *pinned(asker, item_row)) if asker.rules.rules else (),
        prior_of="now" if asker.popular_now else "always",
        out=asker.why_out(item_row),
        model=model,
        graph_version=graphs[-1].version,
    )
    return replace(found, text=telling.text(found, reasons, said))


class _Telling:
    """Puts one explanation into words."""

    def __init__(self, asker: Asker, item_row: int, graphs: Sequence[KnowledgeGraph], manner: Manner) -> None:
        self._asker, self._item_row, self._graphs, self._manner = asker, item_row, graphs, manner
        self._asking = int(asker.graph.users[asker.user_row])
        self._language = manner.language
        target = int(asker.graph.items[item_row])
        self._reading = Reading(graphs, asker.own, target, manner.voice, manner.today)
        self._speaker = Speaker(self._language, graphs[0], target)

    def statement(self, path: RowPath) -> Statement:
        """What one path says."""
        return self._reading.statement(path)

    def text(self, found: Explanation, reasons: Reasons, said: Sequence[Statement]) -> str:
        """What is said of it all, and that the shop has a hand in it where it has."""
        if self._manner.audience == "engineer":
            return with_lines(for_engineer(found, self._language), rule_remarks(found))
        account = Account(
            score=found.score,
            prior=found.prior,
            bestseller=is_bestseller(self._asker.prior, self._item_row),
            statements=together(said),
            rest=reasons.rest,
            n_rest=reasons.n_rest,
            now=self._asker.popular_now,
        )
        if self._manner.audience == "merchandiser":
            return with_lines(for_merchandiser(account, self._speaker), rule_remarks(found))
        return with_notice(for_shopper(account, self._speaker), found)

    def path(self, path: RowPath, said: Statement, score: float) -> Path:
        """One path with its share of a score, its hops, and a sentence about it alone."""
        graph = self._graphs[0]
        relations = tuple((graph.relations[hop.relation].name, hop.inverse) for hop in path.hops)
        return Path(
            metapath=str(Metapath(relations)),
            contribution=path.contribution,
            share=path.contribution / score,
            hops=tuple(self._hop(hop) for hop in path.hops),
            text=self._speaker.sentence([self._speaker.clause(said)]),
        )

    def _hop(self, hop: RowHop) -> Hop:
        graph = self._graphs[0]
        relation = graph.relations[hop.relation]
        return Hop(
            subject=str(graph.iris[hop.head]) if hop.head != SOMEBODY else ANYBODY,
            relation=relation.iri,
            object=str(graph.iris[hop.tail]),
            inverse=hop.inverse,
            source=self._source(hop),
            labels={
                "subject": self._label(hop.head),
                "relation": relation.label.get(self._manner.lang, relation.name),
                "object": self._label(hop.tail),
            },
        )

    def _source(self, hop: RowHop) -> str:
        """The file and line of a triple, or the rule that says it."""
        graph, offers = self._asker.graph, self._asker.rules.offers
        if offers is not None and graph.relations[hop.relation].name == COMPLEMENTED:
            ruled_by = offers.source(int(graph.item_row_of[hop.head]), int(graph.item_row_of[hop.tail]))
            if ruled_by:
                return ruled_by
        return _source(hop, self._graphs, self._manner.voice.least_people)

    def _label(self, row: int) -> str:
        """What a person reads for an entity; other users have no name, and some things are not named."""
        graph = self._graphs[0]
        if row == SOMEBODY or graph.kinds[row] == "user":
            return self._language.you if row == self._asking else self._language.others
        if row != self._reading.target and not self._manner.voice.may_name(row):
            return self._language.unnamed(str(graph.kinds[row]))
        return graph.label(row, self._manner.lang)


def _source(hop: RowHop, graphs: Sequence[KnowledgeGraph], least: int) -> str:
    """File and line of the stored triple, or how often what it was derived from was seen if that is not too seldom."""
    if hop.head == SOMEBODY:
        return "events of several customers"
    for graph in graphs:
        row = graph.edge_row(hop.relation, hop.head, hop.tail)
        if row < 0:
            continue
        source, line = graph.sources[int(graph.source[row])], int(graph.line[row])
        if source == "derived":
            support = int(graph.support[row])
            return f"derived, seen {support} times" if support >= least else "derived"
        return f"{source}:{line}" if line else source
    return "unknown"
