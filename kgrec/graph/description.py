"""What is said of entities apart from their edges → N-Triples: types, labels, the items table, categories."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import BoolArray, Dataset, IntArray, KnowledgeGraph, ObjectArray
from kgrec.graph.vocabulary import RDF, RDFS, SCHEMA, SKOS, XSD, Namer, class_of_kind

Lines = Iterator[bytes]
"""Text of N-Triples, many whole lines at a time."""

BLOCK = 50_000
"""Rows told in one block of lines, about 10 MB of text."""

TYPE = f"<{RDF}type>"
_LABEL = f"<{RDFS}label>"
_ESCAPES = str.maketrans(
    {n: f"\\u{n:04X}" for n in (*range(0x20), 0x7F)} | {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r"}
)


def literal(text: str, lang: str = "") -> str:
    """A text as N-Triples says it; nothing in it can end the literal."""
    escaped = text.translate(_ESCAPES).encode("utf-8", "replace").decode()
    return f'"{escaped}"@{lang}' if lang else f'"{escaped}"'


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
        yield from self._literals()
        yield lines_of(self._categories())

    def users(self) -> Lines:
        yield from self._types_and_labels(np.isin(self.graph.kinds, ("user", "segment", "everyone")))

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
        table = self.dataset.item_table
        for column, (term, lang) in _ITEM_LITERALS.items():
            if column not in table.columns:
                continue
            say = _price if column == "price" else literal
            for rows in _blocks_of(np.arange(len(self.graph.items))):
                values = zip(self.ends[self.graph.items[rows]], table[column].iloc[rows], strict=True)
                yield lines_of(
                    f"{subject} <{SCHEMA}{term}> {say(str(value), lang)} ."
                    for subject, value in values
                    if _known(value)
                )

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


_ITEM_LITERALS = {
    "title": ("name", "en"),
    "title_zh": ("name", "zh"),
    "description": ("description", ""),
    "price": ("price", ""),
    "currency": ("priceCurrency", ""),
    "image": ("image", ""),
}
"""Columns of the items table → the schema.org property and the language of their literals."""


def _known(value: Any) -> bool:
    return not (value is None or value == "" or pd.isna(value))


def _price(text: str, _: str) -> str:
    """A number as a decimal; what is none stays text, for the shapes to find."""
    try:
        number = float(text)
    except ValueError:
        return literal(text)
    if not math.isfinite(number):
        return literal(text)
    return f'"{Decimal(repr(number)):f}"^^<{XSD}decimal>'


def _blocks_of(rows: IntArray) -> Iterator[IntArray]:
    for first in range(0, len(rows), BLOCK):
        yield rows[first : first + BLOCK]
