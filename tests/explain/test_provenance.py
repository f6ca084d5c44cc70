"""The exported explanation is PROV-O that a stranger can check: figures add up, triples are stored, nobody is named."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from typing import Any

import pytest
import rdflib
from toy import graph_of, parity_shop

from kgrec.domain import Explanation, Wish
from kgrec.guide import Guide, SessionEvent
from kgrec.models import new_model

PREFIXES = """
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#>
PREFIX dcterms: <http://purl.org/dc/terms/>
PREFIX kg: <https://w3id.org/kgrec/ontology#>
PREFIX schema: <https://schema.org/>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
"""


def parsed(document: dict[str, Any]) -> rdflib.Graph:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of rdflib's parser, by itself
        return rdflib.Graph().parse(data=json.dumps(document), format="json-ld")


def rows(graph: rdflib.Graph, query: str) -> list[Any]:
    return list(graph.query(PREFIXES + query))


@pytest.fixture(scope="module")
def explained(parity_guide: Guide) -> Explanation:
    return parity_guide.explain("u3", parity_guide.recommend_for("u3", k=1)[0].item_id, paths=6)


@pytest.fixture(scope="module")
def exported(parity_guide: Guide, explained: Explanation) -> rdflib.Graph:
    when = datetime(2026, 1, 2, tzinfo=UTC)
    return parsed(parity_guide.provenance(explained, program="kgrec 9.9", generated=when))


def test_prior_contributions_and_remainder_are_the_score(
    exported: rdflib.Graph, explained: Explanation
) -> None:
    ((score, prior, remainder, others),) = rows(
        exported,
        "SELECT ?s ?p ?r ?n { ?e kg:score ?s ; kg:prior ?p ; kg:remainder ?r ; kg:pathsNotListed ?n }",
    )
    contributions = rows(
        exported, "SELECT ?c { ?e kg:score [] ; dcterms:hasPart ?p . ?p kg:contribution ?c }"
    )
    total = prior.toPython() + sum(row.c.toPython() for row in contributions) + remainder.toPython()
    assert total == pytest.approx(score.toPython(), rel=1e-5) == explained.score
    assert len(contributions) == len(explained.paths) and others.toPython() == explained.remainder.paths


def test_every_statement_is_a_triple_of_the_shops_store(parity_guide: Guide, exported: rdflib.Graph) -> None:
    found = rows(
        exported, "SELECT ?s ?p ?o { ?t a rdf:Statement ; rdf:subject ?s ; rdf:predicate ?p ; rdf:object ?o }"
    )
    assert len(found) > 3
    for subject, predicate, item in found:
        assert parity_guide.query(f"ASK {{ <{subject}> <{predicate}> <{item}> }}").boolean


def test_a_path_is_walked_from_the_user_to_the_item(exported: rdflib.Graph, explained: Explanation) -> None:
    for number, path in enumerate(explained.paths, 1):
        (walk,) = [
            s for s in exported.subjects(rdflib.RDF.type, rdflib.RDF.Seq) if s.endswith(f"#path-{number}")
        ]
        steps = [exported.value(walk, rdflib.RDF[f"_{place}"]) for place in range(1, len(path.hops) + 1)]
        for step, hop in zip(steps, path.hops, strict=True):
            assert str(exported.value(step, rdflib.RDF.subject)) == hop.subject
            assert str(exported.value(step, rdflib.RDF.object)) == hop.object
        assert exported.value(walk, rdflib.RDF[f"_{len(path.hops) + 1}"]) is None


def test_it_says_what_was_used_by_whom_and_when(exported: rdflib.Graph, explained: Explanation) -> None:
    ((program, when),) = rows(
        exported,
        """SELECT ?program ?when { ?e kg:score [] ; prov:wasGeneratedBy ?a . ?a prov:endedAtTime ?when ;
           prov:wasAssociatedWith [ rdfs:label ?program ] }""",
    )
    used = {str(row.t) for row in rows(exported, "SELECT ?t { ?a prov:used [ dcterms:title ?t ] }")}
    assert str(program) == "kgrec 9.9" and when.toPython() == datetime(2026, 1, 2, tzinfo=UTC)
    assert used == {explained.model, explained.graph_version}


def test_every_statement_says_where_it_is_from(parity_guide: Guide, exported: rdflib.Graph) -> None:
    bought = rows(
        exported,
        """SELECT ?line ?name { ?t rdf:predicate kg:bought ; prov:hadPrimarySource ?line .
           ?line dcterms:isPartOf [ dcterms:title ?name ] }""",
    )
    assert bought and all(str(row.name) == "interactions" and "#line=" in row.line for row in bought)
    derived = rows(
        exported, "SELECT ?t ?g ?n { ?t a rdf:Statement ; prov:wasDerivedFrom ?g ; kg:support ?n }"
    )
    assert derived
    for _, graph, support in derived:
        assert support.toPython() > 0
        assert parity_guide.query(f"ASK {{ <{graph}> a prov:Entity }}").boolean


def test_a_line_of_a_file_is_named_as_rfc_5147_counts(explained: Explanation, exported: rdflib.Graph) -> None:
    first = explained.paths[0].hops[0]
    line = int(first.source.rpartition(":")[2])
    ((place,),) = rows(
        exported,
        f"SELECT DISTINCT ?p {{ ?t rdf:object <{first.object}> ; rdf:predicate kg:bought ; prov:hadPrimarySource ?p }}",
    )
    assert place.endswith(f"#line={line - 1},{line}")


def test_the_receipt_goes_with_it(exported: rdflib.Graph, explained: Explanation) -> None:
    ((score, foretold, removed),) = rows(
        exported,
        """SELECT ?s ?p ?n { ?r prov:wasDerivedFrom [ kg:score [] ] ; kg:scoreWithout ?s ; kg:predictedWithout ?p ;
           kg:removed ?n }""",
    )
    assert explained.receipt is not None and removed.toPython() == explained.receipt.removed
    assert score.toPython() == pytest.approx(foretold.toPython(), rel=1e-5)


def test_the_user_is_the_graphs_hash_and_never_the_shops_id(parity_guide: Guide) -> None:
    dataset = parity_guide.dataset
    assert "u17" in dataset.users
    document = parity_guide.provenance(parity_guide.explain("u17", "i3", paths=4))
    texts: list[str] = []

    def collect(node: Any) -> None:
        for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
            collect(value)
        if isinstance(node, str):
            texts.append(node)

    collect(document)
    assert not any("u17" in text for text in texts)
    (user,) = rows(parsed(document), "SELECT ?u { ?u a kg:User }")
    assert parity_guide.query(f"ASK {{ <{user[0]}> a kg:User }}").boolean


def test_an_item_that_no_path_reaches_still_has_a_document(parity_guide: Guide) -> None:
    graph = parsed(parity_guide.provenance(parity_guide.explain("u3", "i3", paths=0)))
    assert rows(graph, "SELECT ?s { ?e kg:score ?s ; schema:about [ a kg:User ] , [ a kg:Item ] }")


def test_a_visitor_is_called_a_visitor(parity_guide: Guide) -> None:
    told = parity_guide.explain_session([SessionEvent("i2", "buy")], "i4")
    assert rows(parsed(parity_guide.provenance(told)), "SELECT ?u { ?u a kg:User }")[0][0] == rdflib.URIRef(
        "urn:kgrec:visitor"
    )


def test_other_customers_stay_somebody_and_another_one_in_every_path() -> None:
    dataset = parity_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model("item-knn").fit(dataset, graph))
    told = guide.explain("u3", guide.recommend_for("u3", k=1)[0].item_id, paths=3)
    document = parsed(guide.provenance(told))
    somebody = rows(document, "SELECT DISTINCT ?s { ?t rdf:subject ?s FILTER isBlank(?s) }")
    users = rows(document, "SELECT ?u { ?u a kg:User }")
    assert len(somebody) == len(told.paths) == 3 and len(users) == 1
    people = {str(graph.iris[row]) for row in graph.users} - {str(users[0][0])}
    assert not any(str(term) in people for triple in document for term in triple)


def test_the_context_is_inside_and_equal_explanations_make_equal_documents(
    parity_guide: Guide, explained: Explanation
) -> None:
    document = parity_guide.provenance(explained)
    assert isinstance(document["@context"], dict)
    assert document == parity_guide.provenance(explained)


def test_what_the_user_asked_for_was_used_too(parity_guide: Guide) -> None:
    graph = parity_guide.graph
    row = int(graph.tail[graph.edges_of("has_brand")][1])
    brand = str(graph.iris[row])
    item = parity_guide.recommend_for("u3", k=1)[0].item_id
    told = parity_guide.explain("u3", item, wishes=[Wish("less", row)])
    found = rows(
        parsed(parity_guide.provenance(told)),
        """SELECT ?what ?factor ?said { ?a prov:used ?w . ?w schema:about ?what ; kg:factor ?factor ;
           rdfs:comment ?said }""",
    )
    assert [(str(what), factor.toPython()) for what, factor, _ in found] == [(brand, 0.25)]
    assert "less of Odd Ltd" in found[0].said
