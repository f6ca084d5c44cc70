"""Columns of a shop's own in the graph store: typed, declared, and with nothing in them that is not data."""

from __future__ import annotations

import pandas as pd
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.domain import Dataset
from kgrec.errors import BadGraph
from kgrec.graph.build import assemble
from kgrec.graph.properties import expanded
from kgrec.graph.store import load_memory
from kgrec.graph.vocabulary import OWL, RDF, RDFS, SCHEMA, XSD, Namer
from kgrec.sources.mapping import parsed, quoted

BOUGHT = pd.DataFrame({"user": ["ana"], "item": ["a"]})
NAMER = Namer()


def store_of(items: pd.DataFrame, mapping: str = "") -> ox.Store:
    dataset = Dataset.from_frames(BOUGHT, items, mapping=parsed(mapping))
    return load_memory(assemble(dataset, NAMER), dataset)


def said(store: ox.Store, subject: str, predicate: str) -> list[ox.Term]:
    pattern = (ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return sorted((quad.object for quad in store.quads_for_pattern(*pattern)), key=str)


@pytest.mark.parametrize(
    ("header", "cell", "value", "datatype"),
    [
        ("stock", "12", "12", "integer"), ("Füllmenge", "1.50", "1.5", "decimal"), ("vegan", "True", "true", "boolean"),
        ("seit", "2024-01-31", "2024-01-31", "date"), ("seen", "2024-01-31T10:00Z", "2024-01-31T10:00:00Z", "dateTime"),
        ("备注", "无", "无", "string"),
    ],
)  # fmt: skip
def test_an_unknown_column_is_a_typed_property_of_the_shops_own(
    header: str, cell: str, value: str, datatype: str
) -> None:
    store = store_of(pd.DataFrame({"item": ["a", "b"], header: [cell, ""]}))
    term = NAMER.term(header)
    assert said(store, NAMER.item("a"), term) == [ox.Literal(value, datatype=ox.NamedNode(XSD + datatype))]
    assert said(store, NAMER.item("b"), term) == []
    assert said(store, term, RDF + "type") == [ox.NamedNode(OWL + "DatatypeProperty")]
    assert said(store, term, RDFS + "label") == [ox.Literal(header)]
    assert said(store, term, RDFS + "range") == [ox.NamedNode(XSD + datatype)]


def test_a_property_has_the_unit_of_its_numbers() -> None:
    store = store_of(pd.DataFrame({"item": ["a", "b"], "size": ["250 ml", "1 l"]}))
    assert said(store, NAMER.term("size"), SCHEMA + "unitText") == [ox.Literal("ml")]
    assert [term.value for term in said(store, NAMER.item("b"), NAMER.term("size"))] == ["1000"]


def test_several_values_of_a_cell_are_several_literals_and_links_lead_to_items() -> None:
    store = store_of(
        pd.DataFrame({"item": ["a", "b"], "note": ["x; y", ""], "next": ["b; gone", ""]}),
        '[items.columns]\nnote = { as = "text", lang = "de", separator = ";" }\n'
        'next = { as = "link", separator = ";" }',
    )
    item = NAMER.item("a")
    assert said(store, item, NAMER.term("note")) == [
        ox.Literal("x", language="de"),
        ox.Literal("y", language="de"),
    ]
    assert said(store, item, NAMER.term("next")) == [ox.NamedNode(NAMER.item("b"))]
    assert said(store, NAMER.term("next"), RDF + "type") == [ox.NamedNode(OWL + "ObjectProperty")]


def test_a_property_of_another_vocabulary_is_used_and_not_declared() -> None:
    store = store_of(
        pd.DataFrame({"item": ["a"], "code": ["0123"], "hue": ["x"]}),
        '[items.columns]\ncode = { as = "text", property = "schema:sku" }\n'
        'hue = { as = "text", property = "https://gs1.example/hue" }',
    )
    assert said(store, NAMER.item("a"), SCHEMA + "sku") == [ox.Literal("0123")]
    assert said(store, NAMER.item("a"), "https://gs1.example/hue") == [ox.Literal("x")]
    assert said(store, SCHEMA + "sku", RDFS + "label") == []


def test_titles_and_descriptions_have_the_language_the_mapping_says() -> None:
    store = store_of(
        pd.DataFrame(
            {"item": ["a"], "title": ["Stuhl"], "title_fr": ["Chaise"], "description": ["Aus\nHolz"]}
        ),
        '[items.columns]\ntitle = { as = "title", lang = "de" }\ndescription = { as = "description", lang = "de" }',
    )
    names = said(store, NAMER.item("a"), SCHEMA + "name")
    assert names == [ox.Literal("Chaise", language="fr"), ox.Literal("Stuhl", language="de")]
    assert said(store, NAMER.item("a"), SCHEMA + "description") == [ox.Literal("Aus\nHolz", language="de")]


@given(header=st.text(min_size=1, max_size=20), cell=st.text(min_size=1, max_size=20))
@settings(max_examples=40, deadline=None)
def test_whatever_stands_in_a_header_and_a_cell_is_one_triple_an_item(header: str, cell: str) -> None:
    items = pd.DataFrame({"item": ["a", "b"], header: [cell, ""]}) if header != "item" else None
    if items is None:
        return
    store = store_of(
        items, f'[items.columns]\nitem = {{ as = "item_id" }}\n{quoted(header)} = {{ as = "text" }}'
    )
    own = {quad.predicate.value for quad in store if quad.predicate.value.startswith(NAMER.base)}
    assert len(own) <= 1
    triples = [quad for quad in store if quad.predicate.value in own]
    assert len(triples) == len(own) and all(quad.subject.value == NAMER.item("a") for quad in triples)


def test_the_columns_of_tables_that_an_older_kgrec_wrote_are_texts() -> None:
    dataset = Dataset.from_frames(BOUGHT, pd.DataFrame({"item": ["a"], "title": ["A"]}))
    dataset.item_table["asin"] = ["B1"]
    store = load_memory(assemble(dataset, NAMER), dataset)
    assert said(store, NAMER.item("a"), NAMER.term("asin")) == [ox.Literal("B1")]


@pytest.mark.parametrize("name", ["http://x/> <y", "urn:x", "schema:a b", 'https://x/"', ""])
def test_what_is_no_iri_is_refused_wherever_it_comes_from(name: str) -> None:
    with pytest.raises(BadGraph, match="is no IRI of a class or property"):
        expanded(name)
