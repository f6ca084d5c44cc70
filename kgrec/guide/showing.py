"""An explanation → what eyes and programs are shown of it: bars, drawings, pages, proofs, provenance."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from markupsafe import Markup
from rich.tree import Tree

from kgrec.domain import VISITOR, Explanation
from kgrec.explain.balance import thing
from kgrec.explain.bars import bars
from kgrec.explain.fragment import figure, page
from kgrec.explain.ledger import Ledger, ledger
from kgrec.explain.proof import Proof, proof
from kgrec.explain.provenance import Names, document
from kgrec.explain.tree import tree
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import PREFIXES, Namer
from kgrec.guide.explaining import Explaining


class Showing(Explaining):
    """A shop that can draw its explanations and tell where they come from."""

    def proof(self, explanation: Explanation) -> Proof | None:
        """Its receipt in words, by name of what was left out; None if it has none, or nothing is known to leave out."""
        teller = self._teller(explanation.user_id, explanation.lang)
        relations = {relation.iri: row for row, relation in enumerate(self.graph.relations)}
        starts = {path.hops[0].object: path.hops[0].relation for path in explanation.paths}
        known = [
            thing(relations[relation], self._entity_rows[iri], self.graph, teller)
            for iri, relation in starts.items()
            if iri in self._entity_rows and relation in relations
        ]
        return proof(explanation, known, teller.verdicts)

    def ledger(self, explanation: Explanation) -> Ledger:
        """The parts of its score, rounded so that they add up."""
        return ledger(explanation)

    def bars(self, explanation: Explanation, *, label: str) -> Markup:
        """The same as an SVG bar, for a page with the site's style sheet."""
        return bars(ledger(explanation), label=label)

    def drawing(
        self, explanation: Explanation, *, title: str = "", summary: str = "", alone: bool = True
    ) -> Markup:
        """Its paths as an SVG with colours of its own, or, not `alone`, for a page with the site's style sheet."""
        return figure(explanation, title=title, summary=summary, alone=alone)

    def page(self, explanation: Explanation) -> Markup:
        """All of it as one HTML page that needs nothing else."""
        return page(explanation, title=self._title(explanation))

    def tree(self, explanation: Explanation) -> Tree:
        """All of it for a terminal, to be printed by rich."""
        return tree(explanation, title=self._title(explanation))

    def provenance(
        self, explanation: Explanation, *, program: str = "kgrec", generated: datetime | None = None
    ) -> dict[str, Any]:
        """What it was made from, as JSON-LD; users are called as in the graph, by a keyed hash of their id."""
        namer, graph = Namer(base_of(self.graph)), self.graph
        relations = {relation.iri: relation.name for relation in graph.relations}
        names = Names(
            user=self._user_iri(explanation),
            item=str(graph.iris[graph.items[self.dataset.items.row(explanation.item_id)]]),
            prefixes=PREFIXES,
            entity=namer.entity,
            derived=lambda relation: namer.graph("derived", relations[relation]),
            program=program,
        )
        return document(explanation, names, generated=generated)

    def _user_iri(self, explanation: Explanation) -> str:
        if explanation.paths:
            return explanation.paths[0].hops[0].subject
        if explanation.user_id not in self.dataset.users:
            return VISITOR
        return str(self.graph.iris[self.graph.users[self.dataset.users.row(explanation.user_id)]])

    def _title(self, explanation: Explanation) -> str:
        item = self.item(explanation.item_id)
        return item.title_zh if explanation.lang == "zh" and item.title_zh else item.title
