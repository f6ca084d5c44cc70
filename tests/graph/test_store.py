"""Every edge of the graph can be asked for in the store, whatever the catalogue holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pyoxigraph as ox
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.domain import Edges
from kgrec.errors import BadBundle, BadGraph, BadInput, DiskFull
from kgrec.graph import corrections, store
from kgrec.graph.build import assemble
from kgrec.graph.description import literal
from kgrec.graph.statements import Statement
from kgrec.graph.vocabulary import DCTERMS, PROV, SCHEMA, SKOS, VOID
from tests.graph.shop import NAMER, iri, term, toy_shop, triples

HOSTILE = [
    '"} ; DROP ALL #',
    "<script>alert(1)</script>",
    'back\\slash \\u0041 \\" quote',
    "line\nbreak\r\ttab",
    "NUL\x00 bell\x07 escape\x1b[31m",
    "\u202egnp.exe\u2066",
    "x" * 100_000,
    "' ''' \"\"\" @en ^^<http://a/> .",
    "🧴 玫瑰 \U0010ffff \ufffe",
]


def values(memory: ox.Store, subject: str, predicate: str) -> list[ox.Literal | ox.NamedNode]:
    quads = memory.quads_for_pattern(ox.NamedNode(subject), ox.NamedNode(predicate), None)
    return [quad.object for quad in quads]


def facts(opened: ox.Store) -> set[ox.Quad]:
    """What a store says, blank nodes apart: they are called anew whenever they are loaded."""
    ends = ((quad, quad.subject, quad.object) for quad in opened)
    return {quad for quad, *both in ends if not any(isinstance(end, ox.BlankNode) for end in both)}


def test_every_edge_is_true_in_the_union_of_all_graphs(graph, memory) -> None:
    for triple in triples(graph):
        names = {ox.Variable(name): ox.NamedNode(iri) for name, iri in zip("spo", triple, strict=True)}
        assert memory.query("ASK { ?s ?p ?o }", substitutions=names, use_default_graph_as_union=True), triple


def test_edges_lie_in_the_named_graph_of_their_origin(memory) -> None:
    def graphs_of(relation: str) -> set[str]:
        found = memory.quads_for_pattern(None, ox.NamedNode(term(relation)), None)
        return {quad.graph_name.value.removeprefix(NAMER.base + "graph/") for quad in found}

    assert graphs_of("bought") == {"interactions"}
    assert graphs_of("inSegment") == {"users"}
    assert graphs_of("hasBrand") == {"catalogue"}
    assert graphs_of("compatibleWith") == {"links"}
    assert graphs_of("similarText") == {"derived/similar_text"}
    assert graphs_of("oftenChooses") == {"derived/often_chooses"}


def test_items_carry_the_literals_of_their_table(memory) -> None:
    cream = iri("item", "cream")
    assert {(v.value, v.language) for v in values(memory, cream, SCHEMA + "name")} == {
        ("Rose Cream", "en"),
        ("玫瑰面霜", "zh"),
    }
    assert [v.value for v in values(memory, cream, SCHEMA + "identifier")] == ["cream"]
    assert [float(v.value) for v in values(memory, cream, SCHEMA + "price")] == [9.5]
    assert values(memory, iri("item", "oil"), SCHEMA + "price") == []


def test_categories_are_concepts_under_broader_ones(memory) -> None:
    skin, face = iri("category", "Skin"), iri("category", "Skin > Face")
    assert values(memory, face, SKOS + "broader") == [ox.NamedNode(skin)]
    assert values(memory, skin, SKOS + "broader") == []
    assert values(memory, face, SKOS + "inScheme") == values(memory, skin, SKOS + "topConceptOf")


def test_no_user_id_is_in_the_store(shop, memory) -> None:
    terms = {term.value for quad in memory for term in (quad.subject, quad.object)}
    assert not {value.rsplit("/", 1)[-1] for value in terms} & set(shop.users.ids)


def test_each_named_graph_tells_its_size_and_its_source(graph, memory) -> None:
    interactions = NAMER.graph("interactions")
    assert [v.value for v in values(memory, interactions, VOID + "triples")] == ["4"]
    source = values(memory, interactions, PROV + "wasDerivedFrom")[0]
    assert "orders.csv" in source.value
    derived = NAMER.graph("derived", "followed_by")
    assert values(memory, derived, PROV + "wasDerivedFrom") == [ox.NamedNode(interactions)]


def test_corrections_and_the_log_of_events_are_sources_with_a_name(shop) -> None:
    done = shop.interactions
    logged = replace(shop, interactions=replace(done, line=np.where(np.arange(len(done)) > 3, -1, done.line)))
    graph = assemble(logged, NAMER)
    fix = Statement(
        iri("item", "oil"), term("hasMaterial"), iri("material", "glass"), "iri", "", "fixes.nt, line 1", 1
    )
    merged = corrections.merge(graph, [fix], "corrections/fixes.nt").graph
    told = store.load_memory(merged, logged)
    title, title_of = ox.NamedNode(DCTERMS + "title"), {}
    for quad in told.quads_for_pattern(None, title, None):
        title_of[quad.subject.value] = quad.object.value
    sources = {
        name: {
            title_of[origin.value] for origin in values(told, NAMER.graph(*parts), PROV + "wasDerivedFrom")
        }
        for name, parts in (("events", ["interactions"]), ("fixes", ["corrections", "fixes"]))
    }
    assert sources == {"events": {"orders.csv", "events"}, "fixes": {"corrections/fixes.nt"}}


def test_the_time_of_generation_is_told_only_when_given(graph, shop, memory) -> None:
    predicate = ox.NamedNode(PROV + "generatedAtTime")
    assert not list(memory.quads_for_pattern(None, predicate, None))
    dated = store.load_memory(graph, shop, generated=datetime(2026, 1, 2, tzinfo=UTC))
    assert {q.object.value for q in dated.quads_for_pattern(None, predicate, None)} == {
        "2026-01-02T00:00:00Z"
    }


def test_an_event_told_twice_is_one_triple(graph, shop) -> None:
    twice = store.load_memory(graph.with_events(shop.interactions), shop)
    assert [v.value for v in values(twice, NAMER.graph("interactions"), VOID + "triples")] == ["4"]


@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_a_hostile_title_comes_out_as_it_went_in(title: str) -> None:
    shop = toy_shop(title=[title, "", ""], title_zh=[title, "", ""])
    memory = store.load_memory(assemble(shop, NAMER), shop)
    names = values(memory, iri("item", "cream"), SCHEMA + "name")
    assert {(v.value, v.language) for v in names} == {(title, "en"), (title, "zh")}


@given(st.text())
@settings(max_examples=200)
def test_any_text_survives_as_a_literal(text: str) -> None:
    line = f"<http://a/s> <http://a/p> {literal(text)} .".encode()
    (triple,) = ox.parse(line, format=ox.RdfFormat.N_TRIPLES)
    assert triple.object.value == text


def test_a_hostile_brand_makes_one_entity_and_no_other_triples() -> None:
    brand = '"> <http://a/p> <http://a/o> .\n<http://a/s'
    shop = toy_shop(facts=[("cream", "has_brand", brand)])
    graph = assemble(shop, NAMER)
    memory = store.load_memory(graph, shop)
    assert values(memory, iri("item", "cream"), term("hasBrand")) == [
        ox.NamedNode(NAMER.entity("brand", brand))
    ]
    assert not values(memory, "http://a/s", "http://a/p")


def test_an_iri_that_could_break_out_of_its_brackets_is_refused(graph, shop) -> None:
    with pytest.raises(BadGraph, match="character"):
        store.load_memory(graph.with_user("eve", "http://a/> <http://a/p> <http://a/o"), shop)


def test_a_price_that_is_no_number_is_kept_for_the_shapes_to_find() -> None:
    shop = toy_shop(price=["free", "1e-7", "inf"])
    memory = store.load_memory(assemble(shop, NAMER), shop)
    prices = [values(memory, iri("item", name), SCHEMA + "price")[0] for name in ("cream", "oil", "mask")]
    assert [price.value for price in prices] == ["free", "0.0000001", "inf"]
    assert [price.datatype.value.rsplit("#")[-1] for price in prices] == ["string", "decimal", "string"]


def test_stores_on_disk_hold_the_same_and_many_may_read_them(tmp_path, graph, shop, memory) -> None:
    counts = store.write(graph, shop, tmp_path)
    first, second = (store.open_store(tmp_path / store.PEOPLE) for _ in range(2))
    assert facts(first) == facts(second) == facts(memory)
    assert counts[NAMER.graph("interactions")] == 4
    assert sorted(path.name for path in tmp_path.iterdir()) == [store.PEOPLE, store.PUBLIC]


def test_no_byte_of_the_public_store_names_a_user(tmp_path, graph, shop) -> None:
    store.write(graph, shop, tmp_path)
    hashes = [NAMER.user(user_id).rsplit("/", 1)[-1].encode() for user_id in shop.users.ids]

    def named(folder: str) -> set[bytes]:
        files = [path.read_bytes() for path in (tmp_path / folder).rglob("*") if path.is_file()]
        return {name for name in hashes if any(name in content for content in files)}

    assert named(store.PEOPLE) == set(hashes)
    assert named(store.PUBLIC) == set()


def test_the_public_store_holds_all_but_what_names_a_user(tmp_path, graph, shop, memory) -> None:
    store.write(graph, shop, tmp_path)
    users = {ox.NamedNode(iri) for iri in graph.iris[graph.users]}
    aside = {ox.NamedNode(NAMER.graph(name)) for name in ("interactions", "users")}
    public = facts(store.open_store(tmp_path / store.PUBLIC))
    assert public == {
        quad
        for quad in facts(memory)
        if not {quad.subject, quad.object} & users and quad.subject not in aside
    }
    everyone = ox.NamedNode(NAMER.everyone())
    assert [quad for quad in public if quad.subject == everyone and quad.object.value == iri("item", "cream")]


def test_both_stores_are_the_same_files_but_for_what_is_personal(tmp_path, graph, shop) -> None:
    store.write(graph, shop, tmp_path)
    public = {path.stat().st_ino for path in (tmp_path / store.PUBLIC).glob("*.sst")}
    people = {path.stat().st_ino for path in (tmp_path / store.PEOPLE).glob("*.sst")}
    assert public
    assert public < people


def test_writing_over_something_is_refused(tmp_path, graph, shop) -> None:
    (tmp_path / store.PEOPLE).mkdir()
    (tmp_path / store.PEOPLE / "mine.txt").write_text("precious")
    with pytest.raises(BadInput, match="already there"):
        store.write(graph, shop, tmp_path)
    assert (tmp_path / store.PEOPLE / "mine.txt").read_text() == "precious"
    assert [path.name for path in tmp_path.iterdir()] == [store.PEOPLE]


def test_an_edge_of_a_user_in_a_relation_that_is_public_is_refused(graph, shop) -> None:
    user, item = graph.users[:1], graph.items[:1]
    edge = Edges("often_chooses", user, item, np.ones(1, np.float32), np.ones(1, np.int64))
    with pytest.raises(BadGraph, match="often_chooses has an edge of a user"):
        store.load_memory(graph.with_edges(edge), shop)


@pytest.mark.parametrize(
    "error", [OSError(28, "No space left on device"), OSError("IO error: No space left on device: x.sst")]
)
def test_a_full_disk_is_told_as_such_and_leaves_nothing(tmp_path, graph, shop, monkeypatch, error) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr(store, "_load_some", full)
    with pytest.raises(DiskFull, match="free some space"):
        store.write(graph, shop, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_or_broken_store_is_told_as_such(tmp_path) -> None:
    with pytest.raises(BadBundle, match="build the graph again"):
        store.open_store(tmp_path / "nowhere")
    (tmp_path / "CURRENT").write_text("nonsense")
    with pytest.raises(BadBundle, match="build it again"):
        store.open_store(tmp_path)
