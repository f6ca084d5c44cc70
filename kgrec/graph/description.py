"""What is said of entities apart from their edges → N-Triples: types, labels, the items table, categories."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np

from kgrec.domain import BoolArray, Dataset, IntArray, KnowledgeGraph, ObjectArray
from kgrec.graph.ntriples import literal as literal
from kgrec.graph.properties import declarations, expanded, properties, statements
from kgrec.graph.vocabulary import RDF, RDFS, SCHEMA, SKOS, Namer, class_of_kind

Lines = Iterator[bytes]
"""Text of N-Triples, many whole lines at a time."""

BLOCK = 50_000
"""Rows told in one block of lines, about 10 MB of text."""

TYPE = f"<{RDF}type>"
_LABEL = f"<{RDFS}label>"


def lines_of(lines: Iterable[str]) -> bytes:
    """Statements as one block."""
    return "".join([line + "\n" for line in lines]).encode()


def chain(*parts: Lines) -> Lines:
    """Blocks of one after those of another."""
    for part in parts:
        yield from part


@dataclass(frozen=True)
class About:
    """What is said of entities apart from their edges: types, labels, and the literals of the items table."""

    graph: KnowledgeGraph
    dataset: Dataset
    namer: Namer
    ends: ObjectArray

    def catalogue(self) -> Lines:
        aside = ("user", "segment", "everyone", "unlisted_item")
        yield from self._types_and_labels(~np.isin(self.graph.kinds, aside))
        yield from self._item_class()
        yield from self._literals()
        yield lines_of(self._categories())

    def users(self) -> Lines:
        yield from self._types_and_labels(self.graph.kinds == "user")

    def audience(self) -> Lines:
        yield from self._types_and_labels(np.isin(self.graph.kinds, ("segment", "everyone")))

    def unlisted(self) -> Lines:
        yield from self._types_and_labels(self.graph.kinds == "unlisted_item")

    def _types_and_labels(self, which: BoolArray) -> Lines:
        classes = {kind: f"<{class_of_kind(kind)}>" for kind in set(self.graph.kinds[which])}
        for rows in _blocks_of(np.flatnonzero(which)):
            lines = []
            for row in rows:
                subject, kind = self.ends[row], self.graph.kinds[row]
                lines.append(f"{subject} {TYPE} {classes[kind]} .")
                if kind == "user":
                    continue  # all are called the same
                for lang, names in self.graph.labels.items():
                    if names[row]:
                        lines.append(f"{subject} {_LABEL} {literal(names[row], lang)} .")
            yield lines_of(lines)

    def _literals(self) -> Lines:
        for rows in _blocks_of(np.arange(len(self.graph.items))):
            lines = []
            for row in rows:
                subject = self.ends[self.graph.items[row]]
                lines.append(f"{subject} <{SCHEMA}identifier> {literal(self.graph.item_ids.ids[row])} .")
            yield lines_of(lines)
        for column, told in properties(self.dataset).items():
            lines_of_column = statements(self.dataset, column, told, self.ends[self.graph.items], self.namer)
            while block := list(islice(lines_of_column, BLOCK)):
                yield lines_of(block)
        yield lines_of(declarations(self.dataset, self.namer))

    def _item_class(self) -> Lines:
        """Besides what every item is, what the items of this catalogue are, if they are no mere products."""
        item_class = expanded(self.dataset.idiom.item_class)
        if item_class == SCHEMA + "Product":
            return
        for rows in _blocks_of(self.graph.items):
            yield lines_of(f"{self.ends[row]} {TYPE} <{item_class}> ." for row in rows)

    def _categories(self) -> Iterator[str]:
        """Categories as SKOS; a category's IRI is that of the broader one with its own name added."""
        rows = np.flatnonzero(self.graph.kinds == "category")
        known = set(self.graph.iris[rows])
        scheme = f"<{self.namer.base}id/category-scheme>"
        if len(rows):
            yield f"{scheme} {TYPE} <{SKOS}ConceptScheme> ."
        for row in rows:
            iri, subject = str(self.graph.iris[row]), self.ends[row]
            broader = iri.rsplit("/", 1)[0]
            yield f"{subject} <{SKOS}inScheme> {scheme} ."
            for lang, names in self.graph.labels.items():
                if names[row]:
                    yield f"{subject} <{SKOS}prefLabel> {literal(names[row], lang)} ."
            if broader in known:
                yield f"{subject} <{SKOS}broader> <{broader}> ."
            else:
                yield f"{subject} <{SKOS}topConceptOf> {scheme} ."


def _blocks_of(rows: IntArray) -> Iterator[IntArray]:
    for first in range(0, len(rows), BLOCK):
        yield rows[first : first + BLOCK]
