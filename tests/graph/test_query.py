"""Questions get their answers, and nothing but this store can be reached by asking."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st

from kgrec.errors import BadInput, BadQuery, UnknownName
from kgrec.graph import query
from kgrec.graph.gate import gate
from kgrec.graph.results import fitted
from kgrec.graph.vocabulary import KG, RDFS
from tests.graph.shop import NAMER, iri, term

CREAM, OIL, MASK = (iri("item", name) for name in ("cream", "oil", "mask"))
NOWHERE = "http://127.0.0.1:9/"

ANSWERS = {
    "bought-together-across-brands": ({"item": CREAM}, {CREAM, MASK, term("sharesBuyers")}),
    "brands-by-size": ({}, {"Lavera", "Weleda"}),
    "brands-of-segment": ({"segment": NAMER.segment("age_band", "25-34")}, {"Lavera", "1"}),
    "categories-tree": ({}, {"Skin", "Face"}),
    "categories-with-returns": ({}, {"Skin", "1"}),
    "complements-of": ({"item": CREAM}, {MASK}),
    "counts-per-relation": ({}, {term("bought"), term("similarText"), "3"}),
    "events-out-of-place": ({}, set()),
    "explanation-paths": (
        {"user": iri("user", "ana"), "item": OIL},
        {iri("user", "ana"), term("bought"), CREAM, iri("brand", "Lavera"), term("similarText"), OIL},
    ),
    "history-of-user": ({"user": iri("user", "ana")}, {CREAM, MASK, term("viewed")}),
    "item-facts": (
        {"item": MASK},
        {"Weleda", "clay", "season: winter", "https://toy.example/mask.jpg", "泥面膜"},
    ),
    "items-in-category": ({"category": iri("category", "Skin")}, {CREAM, OIL}),
    "items-nobody-chose": ({}, {OIL}),
    "items-nothing-leads-to": ({}, set()),
    "items-of-brand": ({"brand": iri("brand", "Lavera")}, {CREAM, OIL, "Rose Oil"}),
    "items-without-brand": ({}, set()),
    "missing-attributes": ({}, {"Skin", term("hasColour"), "1", term("hasMaterial"), "2"}),
    "near-duplicates": ({"item": CREAM}, set()),
    "paths-between-items": (
        {"one": CREAM, "other": OIL},
        {iri("brand", "Lavera"), "Lavera", iri("category", "Skin"), term("similarText")},
    ),
    "similar-items": ({"item": OIL}, {CREAM}),
}


def cells(result: query.QueryResult) -> set[str]:
    return {value for row in result.rows for value in row and [getattr(t, "value", str(t)) for t in row]}


def test_every_library_query_has_an_expected_answer() -> None:
    assert set(query.library()) == set(ANSWERS)


@pytest.mark.parametrize("name", ANSWERS)
def test_a_library_query_answers_what_it_is_asked(memory, name: str) -> None:
    asked = query.named(name)
    values, expected = ANSWERS[name]
    assert asked.title
    assert set(values) == {parameter.name for parameter in asked.parameters}
    bound = query.run(memory, asked.text, parameters=query.bind(asked, values))
    assert expected <= cells(bound)
    if not expected:
        assert not bound.rows
    assert query.run(memory, asked.text).columns == bound.columns


def test_items_are_found_once_whatever_languages_they_are_named_in(memory) -> None:
    asked = query.named("items-of-brand")
    found = query.run(memory, asked.text, parameters=query.bind(asked, {"brand": iri("brand", "Lavera")}))
    assert len(found.rows) == 2


def test_an_unknown_query_or_parameter_is_refused_with_a_hint() -> None:
    with pytest.raises(UnknownName, match="item-facts"):
        query.named("item-fact")
    with pytest.raises(UnknownName, match="item"):
        query.bind(query.named("item-facts"), {"itme": CREAM})
    with pytest.raises(BadInput, match="IRI of an item"):
        query.bind(query.named("item-facts"), {"item": '"> } INSERT'})


@pytest.mark.parametrize(
    "sparql",
    [
        "SELECT ?s WHERE { ?s a kg:Item }",
        'PREFIX s: <https://schema.org/> SELECT ?x { ?x s:name "SERVICE <http://x>" # SERVICE\n}',
        "PREFIX s: <https://schema.org/> ASK { ?x s:service ?y }",
        'SELECT ?service { ?service ?p "it\'s \\"load\\"" }',
        'SELECT * { ?s <http://ex/SERVICE> """ a " SERVICE { """ , "" , \'\' }',
        "DESCRIBE <http://a/load>",
        "SELECT (COUNT(*) AS ?n) { ?s kg:hasBrand ?o FILTER(1 <2 && 3 > 1) }",
        "CONSTRUCT { ?s a ?o } WHERE { GRAPH ?g { ?s a ?o } } LIMIT 3",
        "BASE <http://a/> SELECT * { <b#c> ?p ?o }",
    ],
)
def test_a_harmless_query_passes(memory, sparql: str) -> None:
    query.run(memory, sparql)


REFUSED = {
    "other servers": f"SELECT * {{ SERVICE <{NOWHERE}> {{ ?s ?p ?o }} }}",
    "silently": f"SELECT * {{ service silent <{NOWHERE}> {{}} }}",
    "glued to a name": f"PREFIX : <{NOWHERE}> SELECT * {{ SERVICE:b {{ ?s ?p ?o }} }}",
    "glued to a prefix": f"PREFIX a: <{NOWHERE}> SELECT * {{ SERVICEa:b {{ ?s ?p ?o }} }}",
    "after a name that ends early": f"PREFIX a: <{NOWHERE}> SELECT * {{ ?s ?p a:.SERVICE<{NOWHERE}>{{}} }}",
    "behind 'less than'": f"PREFIX : <{NOWHERE}> SELECT * {{ FILTER(?a<?b)SERVICE:b#>\n{{}} }}",
    "between quotes that are none": f"PREFIX : <{NOWHERE}> SELECT * {{ FILTER(?a<'>')SERVICE:b{{}} }}#'",
    "in a string over lines": f"PREFIX b: <{NOWHERE}> ASK {{ FILTER(?a<b:c#>'''\n)SERVICE b:b{{}} }}#'''",
    "by escapes": f"SELECT * {{ \\u0053ERVICE <{NOWHERE}> {{}} }}",
    "after a comment": f"SELECT * {{ ?s ?p ?o }} #\rSERVICE <{NOWHERE}> {{}}",
    "graphs to fetch": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }",
    "graphs by glued name": f"PREFIX : <{NOWHERE}> SELECT * FROM:b {{ ?s ?p ?o }}",
    "insert": "INSERT DATA { <a:a> <a:a> 1 }",
    "load": f"LOAD <{NOWHERE}>",
    "delete": "DELETE WHERE { ?s ?p ?o }",
    "second statement": "SELECT * { ?s ?p ?o } ; DROP ALL",
    "too deep": "SELECT * " + "{" * 40 + "}" * 40,
    "too many brackets": "SELECT * " + "{ }" * 500,
    "too long": "SELECT * { ?s ?p '" + "x" * 9000 + "' }",
    "too many words": "SELECT * { " + "?s ?p ?o . " * 700 + "}",
    "unbalanced": "SELECT * } { ?s ?p ?o }",
    "nothing": "# only a comment",
    "NUL": "SELECT * { ?s ?p '\x00' }",
}


@pytest.mark.parametrize("reason", REFUSED)
def test_a_dangerous_query_is_refused_before_it_is_parsed(reason: str) -> None:
    with pytest.raises(BadQuery) as refusal:
        gate(REFUSED[reason])
    assert "\n" not in str(refusal.value)


def test_a_malformed_query_is_told_in_one_line_with_its_place(memory) -> None:
    with pytest.raises(BadQuery, match=r"line 2, column \d+") as refusal:
        query.run(memory, "SELECT * {\n ?s ?p }")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("sparql", "prefix", "place"),
    [
        ("SELECT * {\n ?s foo:bar ?o }", "foo:", "line 2, column 5"),
        ("PREFIX a: <http://a/> # b:\nSELECT * { _:x a:b/foo:bar ?o }", "foo:", "line 2, column 20"),
        ("SELECT (ex:f(?x) AS ?y) { ?s ?p ?x, 'no:t' }", "ex:", "line 1, column 9"),
        ("SELECT * { ?s :bar ?o }", ":", "line 1, column 15"),
    ],
)
def test_a_prefix_that_is_not_declared_is_named_with_its_place(memory, sparql, prefix, place) -> None:
    with pytest.raises(BadQuery) as refused:
        query.run(memory, sparql)
    assert str(refused.value).startswith(f"{place}: the prefix {prefix} is not declared; begin with PREFIX")
    assert "schema" in str(refused.value)


def test_an_answer_that_is_too_long_says_that_it_was_cut(memory) -> None:
    some = query.run(memory, "SELECT ?s { ?s ?p ?o }", limit=3)
    assert (len(some.rows), some.truncated) == (3, True)
    assert "there are more" in query.render(some, "table")
    triples = query.run(memory, "CONSTRUCT WHERE { ?s ?p ?o }", limit=3)
    assert (len(triples.rows), triples.truncated) == (3, True)


def test_asking_writes_nothing(memory) -> None:
    before = set(memory)
    for text in query.library().values():
        query.run(memory, text)
    assert set(memory) == before


@pytest.fixture
def nasty() -> query.QueryResult:
    named, label = ox.NamedNode(KG + "Item"), ox.Literal('玫瑰\x1b[2J\n=1+1, "x"', language="zh")
    return query.QueryResult("select", ("a", "b", "c"), [(named, label, None), (ox.Literal(3), None, named)])


def test_json_follows_the_standard(nasty) -> None:
    answer = json.loads(query.render(nasty, "json"))
    assert answer["head"] == {"vars": ["a", "b", "c"]}
    first, second = answer["results"]["bindings"]
    assert first["a"] == {"type": "uri", "value": KG + "Item"}
    assert first["b"]["xml:lang"] == "zh" and "c" not in first
    assert second["a"]["datatype"].endswith("#integer")
    assert json.loads(query.render(query.QueryResult("ask", boolean=True), "json")) == {
        "head": {},
        "boolean": True,
    }


def test_csv_reads_back(nasty) -> None:
    rows = list(csv.reader(io.StringIO(query.render(nasty, "csv"), newline="")))
    assert rows == [["a", "b", "c"], [KG + "Item", nasty.rows[0][1].value, ""], ["3", "", KG + "Item"]]


@given(
    st.text(st.characters(exclude_categories=["Cs"])),
    st.sampled_from([{"language": "zh"}, {"datatype": ox.NamedNode(KG + "unit")}, {}]),
)
def test_rows_read_back_from_every_form(text: str, kind: dict[str, Any]) -> None:
    literal, named = ox.Literal(text, **kind), ox.NamedNode(KG + "Item")
    rows = query.QueryResult("select", ("a", "b", "c"), [(literal, named, None), (named, literal, literal)])
    for form in ("json", "xml"):
        found = rdflib.query.Result.parse(io.BytesIO(query.render(rows, form).encode()), format=form)
        # XML has no room for control characters.
        plain = text if form == "json" else re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "\ufffd", text)
        wanted = rdflib.Literal(plain, lang=literal.language, datatype=kind.get("datatype") and KG + "unit")
        first, second = found.bindings
        assert first[rdflib.Variable("a")] == second[rdflib.Variable("c")] == wanted
        assert str(first[rdflib.Variable("b")]) == named.value and rdflib.Variable("c") not in first
    found = ox.parse_query_results(query.render(rows, "tsv").encode(), format=ox.QueryResultsFormat.TSV)
    assert [tuple(solution[name] for name in rows.columns) for solution in found] == rows.rows


def test_an_answer_that_does_not_fit_even_without_rows_is_refused(nasty) -> None:
    assert fitted(nasty, "csv", 1000) == (query.render(nasty, "csv").encode(), False)
    assert fitted(nasty, "csv", 10) == (b"a,b,c\r\n", True)
    with pytest.raises(BadQuery, match="fewer columns"):
        fitted(nasty, "csv", 5)


def test_a_table_cannot_steer_the_terminal_and_stays_aligned(nasty) -> None:
    table = query.render(nasty, "table")
    assert "\x1b" not in table and "kg:Item" in table
    assert len(table.splitlines()) == 5


def test_triples_are_rendered_as_turtle_and_rows_are_not(memory, nasty) -> None:
    text = query.render(query.run(memory, f"DESCRIBE <{CREAM}>"), "ttl")
    parsed = rdflib.Graph().parse(data=text, format="turtle")
    assert (rdflib.URIRef(CREAM), rdflib.URIRef(RDFS + "label"), None) in parsed
    with pytest.raises(BadInput, match="CONSTRUCT"):
        query.render(nasty, "ttl")
    with pytest.raises(UnknownName, match="table"):
        query.render(nasty, "tabel")
