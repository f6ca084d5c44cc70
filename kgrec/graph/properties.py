"""What the items table says beside edges → N-Triples: literals of schema.org, and properties of the shop's own.

A property of the shop's own is {base}term/NAME, where NAME is what the shop calls it; the catalogue's graph declares
it with its label, its type, and the unit of its numbers.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

import pandas as pd

from kgrec.domain import Dataset, ObjectArray, Property
from kgrec.errors import BadGraph
from kgrec.graph.namespaces import OWL, RDF, RDFS, SCHEMA, XSD
from kgrec.graph.ntriples import literal
from kgrec.graph.vocabulary import Namer

USUAL: Mapping[str, Property] = {
    "title": Property("schema:name", lang="en"),
    "title_zh": Property("schema:name", lang="zh"),
    "description": Property("schema:description"),
    "price": Property("schema:price", "decimal"),
    "currency": Property("schema:priceCurrency"),
    "image": Property("schema:image"),
}
"""Columns that every items table has → how they are told, unless the mapping says otherwise."""

_PREFIX = "schema:"
_WHOLE = re.compile(r"https?://[^\x00-\x20<>\"{}|^`\\\ud800-\udfff]+")


def properties(dataset: Dataset) -> dict[str, Property]:
    """Column of the items table → how it is told; one that nobody spoke of is a text of the shop's own."""
    told = {**USUAL, **dataset.idiom.properties}
    return {name: told.get(name, Property(label=name)) for name in map(str, dataset.item_table.columns)}


def iri_of(told: Property, namer: Namer) -> str:
    """The IRI of a property."""
    return expanded(told.iri) if told.iri else namer.term(told.label)


def expanded(name: str) -> str:
    """schema:sku → https://schema.org/sku; BadGraph for what is no IRI."""
    iri = SCHEMA + name.removeprefix(_PREFIX) if name.startswith(_PREFIX) else name
    if not _WHOLE.fullmatch(iri):
        raise BadGraph(
            f"{name!r} is no IRI of a class or property; correct it in mapping.toml and build again"
        )
    return iri


def declarations(dataset: Dataset, namer: Namer) -> Iterator[str]:
    """What each property of the shop's own is called, and which values it has."""
    for told in properties(dataset).values():
        if told.iri:
            continue
        subject = f"<{namer.term(told.label)}>"
        links = told.datatype == "item"
        yield f"{subject} <{RDF}type> <{OWL}{'ObjectProperty' if links else 'DatatypeProperty'}> ."
        yield f"{subject} <{RDFS}label> {literal(told.label)} ."
        if not (links or told.lang):
            yield f"{subject} <{RDFS}range> <{XSD}{told.datatype}> ."
        if told.unit:
            yield f"{subject} <{SCHEMA}unitText> {literal(told.unit)} ."


def statements(
    dataset: Dataset, column: str, told: Property, ends: ObjectArray, namer: Namer
) -> Iterator[str]:
    """The triples of one column; `ends` are the subjects of the rows (I,), as N-Triples has them."""
    middle = f" <{iri_of(told, namer)}> "
    for subject, value in zip(ends, dataset.item_table[column], strict=True):
        if _known(value):
            for thing in _objects(str(value), told, dataset, namer, usual=column in USUAL):
                yield f"{subject}{middle}{thing} ."


def _objects(text: str, told: Property, dataset: Dataset, namer: Namer, *, usual: bool) -> Iterator[str]:
    if usual:
        yield _price(text) if told.datatype == "decimal" else literal(text, told.lang)
        return
    for value in text.split("\n"):
        if told.datatype == "item":
            if value in dataset.items:
                yield f"<{namer.item(value)}>"
        elif told.datatype == "string":
            yield literal(value, told.lang)
        else:
            yield f"{literal(value)}^^<{XSD}{told.datatype}>"


def _known(value: Any) -> bool:
    return not (value is None or value == "" or pd.isna(value))


def _price(text: str) -> str:
    """A number as a decimal; what is none stays text, for the shapes to find."""
    try:
        number = float(text)
    except ValueError:
        return literal(text)
    if not math.isfinite(number):
        return literal(text)
    return f'"{Decimal(repr(number)):f}"^^<{XSD}decimal>'
