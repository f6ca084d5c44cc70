"""Corrections are merged by source, change scores and reasons, and can be taken out again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kgrec.domain import KnowledgeGraph
from kgrec.errors import BadGraph, BadInput, KgrecError
from kgrec.graph import statements, store
from kgrec.graph.cells import ntriples, resolved
from kgrec.graph.corrections import Merged, merge, without_source
from kgrec.graph.export import export
from kgrec.graph.vocabulary import KG, RDFS, SKOS
from tests.graph.shop import NAMER, iri, triples

SOURCE = "corrections/fixes.nt"
BRAND = f"<{NAMER.item('mask')}> <{KG}hasBrand> <{NAMER.entity('brand', 'Lavera')}> .\n"
CREAM, MASK = NAMER.item("cream"), NAMER.item("mask")


def merged(graph: KnowledgeGraph, file: Path, content: str | bytes) -> Merged:
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return merge(graph, resolved(graph, statements.read(file)), SOURCE)


def test_a_csv_of_item_ids_and_labels_adds_edges_with_their_source_and_line(tmp_path, graph) -> None:
    text = "head,relation,tail\nmask,has_brand,Lavera\nmask,has_colour,deep blue\nmask,compatible_with,oil\n"
    done = merged(graph, tmp_path / "fixes.csv", text)
    new = triples(done.graph) - triples(graph)
    assert new == {
        (MASK, KG + "hasBrand", iri("brand", "Lavera")),
        (MASK, KG + "hasColour", iri("colour", "deep blue")),
        (MASK, KG + "compatibleWith", NAMER.item("oil")),
    }
    assert (done.n_new, done.n_entities) == (3, 1)
    corrected = done.graph
    row = int(np.flatnonzero(corrected.iris == iri("colour", "deep blue"))[0])
    assert (corrected.kinds[row], corrected.label(row)) == ("colour", "deep blue")
    edge = int(np.flatnonzero(corrected.tail == row)[0])
    assert (corrected.sources[corrected.source[edge]], corrected.line[edge]) == (SOURCE, 3)
    assert triples(without_source(corrected, SOURCE)) == triples(graph)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.nt", BRAND),
        ("inverse.nt", f"<{iri('brand', 'Lavera')}> <{KG}brandOf> <{MASK}> .\n"),
        ("a.ttl", f"@prefix kg: <{KG}> .\n<{MASK}> kg:hasBrand <{iri('brand', 'Lavera')}> ."),
        ("a.jsonld", f'{{"@id": "{MASK}", "{KG}hasBrand": {{"@id": "{iri("brand", "Lavera")}"}}}}'),
        (
            "a.rdf",
            '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
            f'xmlns:kg="{KG}"><rdf:Description rdf:about="{MASK}">'
            f'<kg:hasBrand rdf:resource="{iri("brand", "Lavera")}"/></rdf:Description></rdf:RDF>',
        ),
        ("a.csv", f"head,relation,tail\n{MASK},{KG}hasBrand,{iri('brand', 'Lavera')}\n"),
    ],
)
def test_every_format_says_the_same(tmp_path, graph, name, content) -> None:
    done = merged(graph, tmp_path / name, content)
    assert triples(done.graph) - triples(graph) == {(MASK, KG + "hasBrand", iri("brand", "Lavera"))}


@pytest.mark.parametrize("form", ["ttl", "nt", "jsonld", "csv"])
def test_what_was_exported_comes_back_as_nothing_new(tmp_path, graph, memory, form) -> None:
    out = tmp_path / f"out.{form}"
    export(graph, lambda: memory, out, form)
    if form == "csv":  # derived relations are known too
        assert "similar_text" in out.read_text()
    done = merge(graph, resolved(graph, statements.read(out)), SOURCE)
    assert (done.n_new, done.n_entities) == (0, 0)
    assert done.graph.version == graph.version


@given(
    labels=st.lists(
        st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=30).filter(
            lambda text: text == text.strip() and not text.startswith(("http", "urn:"))
        ),
        min_size=1,
        max_size=4,
        unique=True,
    )
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_kept_source_says_line_by_line_what_the_file_said(tmp_path, graph, labels) -> None:
    quoted = ['"' + label.replace('"', '""') + '"' for label in labels]
    text = "head,relation,tail\n" + "".join(f"oil,has_material,{label}\n" for label in quoted)
    first = merged(graph, tmp_path / "a.csv", text)
    (tmp_path / "kept.nt").write_text(ntriples(first.kept), "utf-8")
    again = merge(graph, statements.read(tmp_path / "kept.nt"), SOURCE)
    assert triples(again.graph) == triples(first.graph)
    assert {again.graph.label(row) for row in range(len(graph.iris), len(again.graph.iris))} == {
        first.graph.label(row) for row in range(len(graph.iris), len(first.graph.iris))
    }
    lines = (tmp_path / "kept.nt").read_text("utf-8").split("\n")
    own = np.flatnonzero(again.graph.source == again.graph.sources.index(SOURCE))
    for edge in own:
        assert str(again.graph.iris[again.graph.tail[edge]]) in lines[again.graph.line[edge] - 1]


def test_corrections_lie_in_a_named_graph_of_their_source(tmp_path, graph, shop) -> None:
    done = merged(graph, tmp_path / "fixes.nt", BRAND)
    memory = store.load_memory(done.graph, shop)
    (quad,) = memory.quads_for_pattern(
        ox.NamedNode(MASK), ox.NamedNode(KG + "hasBrand"), ox.NamedNode(iri("brand", "Lavera"))
    )
    assert quad.graph_name.value == NAMER.graph("corrections", "fixes")


def test_items_of_a_category_have_the_broader_ones_that_are_said(tmp_path, graph) -> None:
    face, care = iri("category", "Skin > Face"), iri("category", "Care")
    done = merged(graph, tmp_path / "a.nt", f"<{face}> <{SKOS}broader> <{care}> .\n")
    assert triples(done.graph) - triples(graph) == {(CREAM, KG + "hasCategory", care)}


def test_a_cycle_in_the_category_tree_is_refused(tmp_path, graph) -> None:
    face, skin = iri("category", "Skin > Face"), iri("category", "Skin")
    with pytest.raises(BadGraph, match="broader than itself; break the cycle"):
        merged(graph, tmp_path / "a.nt", f"<{skin}> <{SKOS}broader> <{face}> .\n")


CSV = "head,relation,tail\n"


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.nt", BRAND + "<http://a/x> <http://a/y> .", "a.nt, line 2, column"),
        (
            "a.ttl",
            "\nshop:x <http://a/p> <http://a/o> .",
            "line 2, column 1: The prefix shop: has not.*@prefix",
        ),
        (
            "a.csv",
            CSV + "cream,has_brnd,Lavera",
            "line 2: no relation named 'has_brnd'; did you mean has_brand",
        ),
        (
            "a.nt",
            f"<{CREAM}> <{KG}hasBrnd> <{MASK}> .",
            "line 1: no relation named 'hasBrnd'; did you mean hasBrand",
        ),
        (
            "a.csv",
            CSV + "crem,has_brand,X\nmsk,has_brand,X",
            r"line 2: no item 'crem' in this shop \(2 such names",
        ),
        ("a.csv", CSV + "cream,compatible_with,broom", "line 2: no item 'broom'"),
        ("a.csv", CSV + f"{iri('brand', 'Lavera')},has_brand,X", "said of items.*of kind brand"),
        ("a.csv", CSV + f"cream,has_brand,{iri('colour', 'red')}", "of kind colour"),
        (
            "a.csv",
            CSV + f"cream,has_brand,{iri('colour', 'unheard of')}",
            "is of kind colour, brand is needed",
        ),
        ("a.csv", CSV + "cream,compatible_with,cream", "linked to itself"),
        ("a.csv", CSV + "oil,similar_text,mask", "similar_text comes from elsewhere"),
        ("a.nt", f"<{NAMER.user('ana')}> <{KG}bought> <{MASK}> .", "bought comes from elsewhere"),
        ("a.nt", f'<{MASK}> <{KG}hasBrand> "Lavera" .', "leads to a thing, not to the text"),
        ("a.ttl", f"<{MASK}> <{KG}hasBrand> [] .", "has no address"),
        ("a.csv", "item,brand\ncream,X", "line 1: no column 'head'"),
        ("a.csv", CSV + "cream,has_brand", "line 2: a head, a relation and a tail are needed"),
        ("a.csv", CSV + 'cream,has_brand,"X', "mend the quotes"),
        ("a.csv", CSV.encode() + b"cream,has_brand,\xff", "line 2: not UTF-8"),
        ("a.rdf", '<?xml version="1.0"?>\n<!doctype a [<!ENTITY b "c">]><a/>', "line 2: a DOCTYPE or ENTITY"),
        ("a.rdf", "<!DOCTYPE a><a/>".encode("utf-16"), "not UTF-8"),
        ("a.jsonld", '{"@context": "http://127.0.0.1:9/c", "@id": "http://a/b"}', "none is ever fetched"),
        ("a.jsonld", '{"a":' * 100_000, "inside each other"),
        ("a.rdf", "<a>" * 100_000, "inside each other"),
        ("a.csv", CSV + f"cream,has_brand,{'x' * 10_001}", "more than 10,000 characters"),
        ("a.docx", "x", "its ending says no format of triples"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(tmp_path, graph, name, content, message) -> None:
    with pytest.raises(KgrecError, match=message):
        merged(graph, tmp_path / name, content)


def test_files_and_sources_without_end_are_refused(tmp_path, graph, monkeypatch) -> None:
    monkeypatch.setattr(statements, "MOST_BYTES", 100)
    with pytest.raises(BadInput, match="at most 100 are read"):
        merged(graph, tmp_path / "a.nt", BRAND * 5)
    monkeypatch.undo()
    monkeypatch.setattr(statements, "MOST_TRIPLES", 3)
    with pytest.raises(BadInput, match="more than 3 triples"):
        merged(graph, tmp_path / "a.nt", BRAND * 5)


def test_what_has_no_use_is_counted_and_named(tmp_path, graph) -> None:
    done = merged(graph, tmp_path / "a.nt", BRAND + f'<{MASK}> <http://a/note> "hello" .\n')
    assert done.not_used == {"http://a/note": 1}


def test_a_thing_keeps_its_name_when_its_source_is_imported_again(tmp_path, graph) -> None:
    rock = "http://a/4711"
    text = f'<{MASK}> <{KG}hasMaterial> <{rock}> .\n<{rock}> <{RDFS}label> "moon rock"@en .\n'
    first = merged(graph, tmp_path / "a.nt", text)
    again = merged(without_source(first.graph, SOURCE), tmp_path / "a.nt", text)
    (tmp_path / "kept.nt").write_text(ntriples(again.kept), "utf-8")
    built = merge(graph, statements.read(tmp_path / "kept.nt"), SOURCE).graph
    assert built.label(len(built.iris) - 1) == "moon rock"


def test_another_name_for_what_has_one_is_said_to_have_no_use(tmp_path, graph) -> None:
    text = BRAND + f'<{iri("brand", "Lavera")}> <{RDFS}label> "Lavender"@en .\n'
    assert merged(graph, tmp_path / "a.nt", text).not_used == {RDFS + "label": 1}
