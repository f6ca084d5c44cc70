"""The ontology keeps its checklist, its page is not older than it, and a reasoner finds no contradiction in it."""

from __future__ import annotations

import json
import re
from pathlib import Path

import owlrl
import pyoxigraph as ox
import pytest
import rdflib
from rdflib.namespace import DCTERMS as DCTERMS_TERMS
from rdflib.namespace import PROV as PROV_TERMS
from rdflib.namespace import SDO, VOID
from rdflib.namespace import SKOS as SKOS_TERMS

from kgrec import sources
from kgrec.domain import RelationKind
from kgrec.errors import BadInput
from kgrec.explain import provenance
from kgrec.graph import reference, statements, store, vocabulary
from kgrec.graph.build import assemble
from kgrec.graph.vocabulary import (
    CONTEXT,
    DCTERMS,
    KG,
    ONTOLOGY,
    OWL,
    PREFIXES,
    PROV,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    Namer,
    by_language,
    ends_of,
    is_a,
    relations,
    terms,
)
from kgrec.resources import demo_folder, ontology_folder
from tests.graph.shop import NAMER

pytestmark = pytest.mark.xdist_group("ontology")  # what it asks of is made once

LANGUAGES = {"en", "zh"}
OWN = {iri: said for iri, said in terms().items() if iri.startswith(KG)}
REUSED = {iri: said for iri, said in terms().items() if SKOS + "scopeNote" in said}
PROPERTIES = [iri for iri, said in OWN.items() if not is_a(said, OWL + "Class")]
INVERSES = vocabulary.inverses()
HEADER = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
FAR = "https://far.example/id/"  # a shop in which nothing is told but the examples

SINCE_1_0_0 = """
    Attribute Brand Colour Everyone Item Material Segment UnlistedItem User alsoBought alsoViewed bought boughtTogether
    carted chosenAlike compatibleWith contribution disliked factor followedBy followedLater followedSecond followedThird
    hasAttribute hasBrand hasCategory hasColour hasMaterial inSegment inverseLabel inversePhrase metapath oftenChooses
    pathsNotListed phrase predictedWithout prior rank rankWithout rated relationKind remainder removed returned score
    scoreWithout sharesBuyers sharesViewers similarImage similarText sufficientRank support symmetric viewed
    viewedThenChosen
"""
"""Terms that somebody may have written down; one that is given up gets owl:deprecated."""


# What the file says of itself and of each term


def test_the_ontology_names_its_version_the_one_before_and_who_made_it_when() -> None:
    header = terms()[ONTOLOGY]
    version = header[OWL + "versionInfo"][0].value
    assert header[OWL + "versionIRI"][0].value == f"{ONTOLOGY}/{version}"
    assert re.fullmatch(re.escape(ONTOLOGY) + r"/\d+\.\d+\.\d+", header[OWL + "priorVersion"][0].value)
    assert header[OWL + "priorVersion"] != header[OWL + "versionIRI"]
    for needed in ("license", "creator", "created", "modified"):
        assert header[DCTERMS + needed], needed
    for needed in ("title", "description"):
        assert set(by_language(header[DCTERMS + needed])) == LANGUAGES


def test_the_ontology_stays_small_and_gives_up_no_term() -> None:
    assert len(OWN) <= 60
    assert {KG + name for name in SINCE_1_0_0.split()} <= set(OWN)


@pytest.mark.parametrize("iri", OWN, ids=lambda iri: iri.removeprefix(KG))
def test_every_term_is_named_defined_and_shown_in_both_languages(iri: str) -> None:
    said = OWN[iri]
    for needed in (RDFS + "label", SKOS + "definition"):
        texts = by_language(said[needed])
        assert set(texts) == LANGUAGES and len(said[needed]) == 2
        assert max(texts["zh"]) >= "一"
    assert [value.value for value in said[RDFS + "isDefinedBy"]] == [ONTOLOGY]
    (example,) = said[SKOS + "example"]
    triples = list(ox.parse(HEADER + example.value, format=ox.RdfFormat.TURTLE, base_iri=FAR))
    assert iri in {end.value for triple in triples for end in (triple.predicate, triple.object)}
    for triple in triples:
        if triple.predicate.value == iri and isinstance(triple.object, ox.Literal):
            assert ends_of(iri, "range") == (triple.object.datatype.value,)


@pytest.mark.parametrize("iri", PROPERTIES, ids=lambda iri: iri.removeprefix(KG))
def test_every_property_says_what_stands_at_its_ends(iri: str) -> None:
    said = OWN[iri]
    for side in ("domain", "range"):
        assert ends_of(iri, side)
        several = said.get(f"{SCHEMA}{side}Includes", [])
        assert len(several) != 1, "one class is said by rdfs:domain or rdfs:range"


def test_every_reused_term_is_one_of_its_vocabulary_and_has_a_use_in_both_languages() -> None:
    known = {SCHEMA: SDO, SKOS: SKOS_TERMS, PROV: PROV_TERMS, str(VOID): VOID, DCTERMS: DCTERMS_TERMS}
    for iri, said in REUSED.items():
        namespace = next(start for start in known if iri.startswith(start))
        assert iri.removeprefix(namespace) in known[namespace], iri
        for needed in (RDFS + "label", SKOS + "scopeNote"):
            assert set(by_language(said[needed])) == LANGUAGES, iri


def test_every_term_that_another_leans_on_is_described_here() -> None:
    leaning = [RDFS + name for name in ("subClassOf", "subPropertyOf", "domain", "range", "seeAlso")]
    leaning += [SCHEMA + name for name in ("domainIncludes", "rangeIncludes")]
    built_in = (OWL, RDF, RDFS, vocabulary.XSD)
    for iri, said in terms().items():
        for other in (one.value for name in leaning for one in said.get(name, [])):
            assert other.startswith(built_in) or other in OWN or other in REUSED, (iri, other)


def test_the_classes_and_actions_of_schema_org_that_a_shop_knows_are_all_spoken_of() -> None:
    for name in (
        "Product",
        "ProductGroup",
        "Offer",
        "Brand",
        "Review",
        "AggregateRating",
        "BuyAction",
        "ViewAction",
    ):
        leaning = [
            iri for iri, said in OWN.items() if SCHEMA + name in {v.value for vs in said.values() for v in vs}
        ]
        assert leaning, name


def test_an_event_is_no_action_and_a_user_no_person_but_each_points_to_one() -> None:
    for relation in relations():
        if relation.kind is RelationKind.EVENT:
            assert RDFS + "subPropertyOf" not in OWN[relation.iri]
            assert any(one.value.endswith("Action") for one in OWN[relation.iri][RDFS + "seeAlso"])
    assert not any(SKOS + "closeMatch" in said for said in terms().values())


IN_OWL_2_RL = """
    Ontology versionIRI priorVersion backwardCompatibleWith versionInfo deprecated Class ObjectProperty DatatypeProperty
    AnnotationProperty SymmetricProperty TransitiveProperty inverseOf propertyChainAxiom AllDisjointClasses members
"""
"""Constructs of OWL that the file may use between named things, all of the RL profile (its section 4.2)."""


def test_the_ontology_keeps_to_the_rl_profile_with_named_classes_and_properties_of_one_sort() -> None:
    triples = list(ox.parse(ontology_file(), format=ox.RdfFormat.TURTLE))
    used = {end.value for t in triples for end in (t.predicate, t.object) if not isinstance(end, ox.Literal)}
    assert {iri.removeprefix(OWL) for iri in used if iri.startswith(OWL)} <= set(IN_OWL_2_RL.split())
    for triple in triples:
        if triple.predicate.value.startswith(RDFS):
            assert not isinstance(triple.object, ox.BlankNode), triple
    sorts = {OWL + sort for sort in ("Class", "ObjectProperty", "DatatypeProperty", "AnnotationProperty")}
    for iri, said in (OWN | REUSED).items():
        assert len(sorts & {one.value for one in said[RDF + "type"]}) == 1, iri


# Relations and their inverses


def test_every_property_that_joins_things_is_a_relation_or_the_inverse_of_one() -> None:
    joining = {iri for iri, said in OWN.items() if is_a(said, OWL + "ObjectProperty")}
    assert joining == {relation.iri for relation in relations()} | set(INVERSES)
    assert {KG + vocabulary.camel(relation.name) for relation in relations()} == joining - set(INVERSES)


def test_a_relation_is_symmetric_for_reasoners_when_it_is_for_the_model() -> None:
    for relation in relations():
        assert is_a(OWN[relation.iri], OWL + "SymmetricProperty") == relation.symmetric
        if relation.symmetric:
            assert ends_of(relation.iri, "domain") == ends_of(relation.iri, "range")


def test_an_inverse_is_declared_once_turns_the_ends_around_and_is_called_as_the_wording_calls_it() -> None:
    assert len(set(INVERSES.values())) == len(INVERSES) and not set(INVERSES) & set(INVERSES.values())
    for inverse, forward in INVERSES.items():
        assert ends_of(inverse, "domain") == ends_of(forward, "range")
        assert ends_of(inverse, "range") == ends_of(forward, "domain")
        relation = next(one for one in relations() if one.iri == forward)
        assert by_language(OWN[inverse][RDFS + "label"]) == relation.inverse_label
        assert KG + "relationKind" not in OWN[inverse]


# Nothing speaks in terms that are not here


def test_queries_shapes_and_explanations_use_only_terms_of_the_ontology() -> None:
    files = [
        *ontology_folder().glob("queries/*.rq"),
        ontology_folder() / "shapes.ttl",
        Path(provenance.__file__),
    ]
    for file in files:
        used = set(re.findall(r"\bkg:([A-Za-z]\w*)", file.read_text()))
        assert {KG + name for name in used} <= set(OWN), file.name


def test_the_store_says_nothing_in_words_that_the_ontology_does_not_explain(memory) -> None:
    told = [quad for quad in memory if described_here(quad)]
    used = {quad.predicate.value for quad in told}
    used |= {quad.object.value for quad in told if quad.predicate.value == RDF + "type"}
    ours = (NAMER.base, RDF, RDFS, OWL)
    unexplained = {iri for iri in used if not iri.startswith(ours) and iri not in OWN and iri not in REUSED}
    assert not unexplained, (
        f"say in ontology/kgrec.ttl, with a skos:scopeNote, what {unexplained} is used for"
    )


def test_shapes_have_a_version_and_speak_both_languages_with_a_severity() -> None:
    shapes = rdflib.Graph().parse(ontology_folder() / "shapes.ttl")
    (header,) = shapes.subjects(rdflib.RDF.type, rdflib.OWL.Ontology)
    assert str(shapes.value(header, rdflib.OWL.versionIRI)).startswith(f"{header}/")
    told = set(shapes.subjects(rdflib.SH.message))
    assert told == set(shapes.subjects(rdflib.SH.severity))
    for shape in told:
        assert {message.language for message in shapes.objects(shape, rdflib.SH.message)} == LANGUAGES, shape
        assert shapes.value(shape, rdflib.SH.severity) in (
            rdflib.SH.Violation,
            rdflib.SH.Warning,
            rdflib.SH.Info,
        )


# What is made from the file


def test_page_and_context_are_as_the_ontology_says_now() -> None:
    docs = ontology_folder().parent / "docs" / "ontology.md"
    assert docs.read_text() == reference.page(), "run `make docs`"
    assert (ontology_folder() / "context.jsonld").read_text() == reference.context(), "run `make docs`"


def test_the_page_has_an_entry_for_each_term_and_its_links_lead_to_entries(tmp_path) -> None:
    reference.write(tmp_path / "page.md", tmp_path / "context.jsonld")
    page = (tmp_path / "page.md").read_text()
    entries = re.findall(r"^### kg:(\w+)$", page, re.MULTILINE)
    assert sorted(entries) == sorted(iri.removeprefix(KG) for iri in OWN)
    anchors = ["kg" + name.lower() for name in entries]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\]\(#(\w+)\)", page)) <= set(anchors)
    for iri in REUSED:
        assert f"`{reference.short(iri)}`" in page


@pytest.fixture(scope="module")
def context() -> dict[str, object]:
    return json.loads((ontology_folder() / "context.jsonld").read_text())["@context"]


@pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated:DeprecationWarning")  # rdflib's own use
def test_the_context_names_every_term_and_two_parsers_agree_on_what_it_names(context) -> None:
    properties = {iri.replace("#", "/").rpartition("/")[2]: iri for iri in (*PROPERTIES, *REUSED)
                  if iri in OWN or not is_a(REUSED[iri], OWL + "Class")}  # fmt: skip
    document = {"@context": context, "@id": f"{FAR}item/here"}
    document |= {name: sample(iri) for name, iri in properties.items()}
    document["type"] = [iri.removeprefix(KG) for iri in OWN if iri not in PROPERTIES]
    triples = {quad.triple for quad in ox.parse(json.dumps(document), format=ox.RdfFormat.JSON_LD)}
    assert {t.predicate.value for t in triples} == set(properties.values()) | {RDF + "type"}
    assert {t.object.value for t in triples if t.predicate.value == RDF + "type"} == set(OWN) - set(
        PROPERTIES
    )
    for triple in triples:
        if triple.predicate.value in OWN and isinstance(triple.object, ox.Literal):
            assert (triple.object.datatype.value,) == ends_of(triple.predicate.value, "range")
    by_rdflib = rdflib.Graph().parse(data=json.dumps(document), format="json-ld").serialize(format="nt")
    assert triples == {quad.triple for quad in ox.parse(by_rdflib, format=ox.RdfFormat.N_TRIPLES)}


def sample(property_iri: str) -> object:
    """Something in JSON that may stand at the end of a property."""
    if is_a(terms()[property_iri], OWL + "ObjectProperty"):
        return f"{FAR}item/there"
    values = {"langString": {"en": "here", "zh": "这里"}, "integer": 3, "boolean": True, "double": "0.5"}
    return values.get("".join(ends_of(property_iri, "range")).partition("#")[2], "text")


def test_an_exported_explanation_means_the_same_by_the_published_context(context) -> None:
    own = provenance._context(PREFIXES)

    def iri(entry: object, prefixes: dict) -> str:
        short = entry["@id"] if isinstance(entry, dict) else entry
        prefix, _, name = short.partition(":")
        return prefixes.get(prefix, prefix) + name

    shared = {name for name in own if name in context and name not in PREFIXES}
    assert set(own) - shared - set(PREFIXES) == {"comment", "subject", "predicate", "object"}  # of RDF itself
    for name in shared:
        assert iri(own[name], own) == iri(context[name], context), name


def corrected(tmp_path: Path, context: object) -> list[statements.Statement]:
    file = tmp_path / "fixes.jsonld"
    item, material = "https://shop.example/id/item/K0022", "https://shop.example/id/material/clay"
    file.write_text(json.dumps({"@context": context, "@id": item, "hasMaterial": material, "type": "Item"}))
    return statements.read(file)


@pytest.mark.parametrize("named", [CONTEXT, [CONTEXT], [CONTEXT, {"x": "https://a.example/x"}]])
def test_a_document_may_name_the_context_by_its_address_and_the_bundled_one_is_read(tmp_path, named) -> None:
    assert {one.relation for one in corrected(tmp_path, named)} == {KG + "hasMaterial", RDF + "type"}


@pytest.mark.parametrize(
    "named", ["https://a.example/c.jsonld", CONTEXT + "x", [CONTEXT] * 2000, [CONTEXT, "file:///x"]]
)
def test_any_other_address_of_a_context_is_refused_and_named_how_to_mend(tmp_path, named) -> None:
    with pytest.raises(BadInput, match="none is ever fetched") as refusal:
        corrected(tmp_path, named)
    assert CONTEXT in str(refusal.value)


# What a reasoner makes of it


ERROR = rdflib.URIRef("http://www.daml.org/2002/03/agents/agent-ont#error")
EXAMPLES = "".join(f"{said[SKOS + 'example'][0].value}\n" for said in OWN.values())
TREE = """
    <item/lamp> a kg:Item ; kg:hasCategory <category/desk> .
    <category/desk> skos:broader <category/lamps> . <category/lamps> skos:broader <category/home> .
"""


def ontology_file() -> bytes:
    return (ontology_folder() / "kgrec.ttl").read_bytes()


def parsed(*parts: str | bytes) -> rdflib.Graph:
    """Some N-Triples and Turtle in one graph."""
    graph = rdflib.Graph()
    for part in parts:
        graph.parse(data=part, format="turtle", publicID=FAR)
    return graph


def closure(graph: rdflib.Graph) -> rdflib.Graph:
    """A graph with all that OWL 2 RL infers from it."""
    owlrl.DeductiveClosure(owlrl.OWLRL_Semantics).expand(graph)
    return graph


def pairs(graph: rdflib.Graph, property_iri: str) -> set[tuple[str, str]]:
    return {(str(a), str(b)) for a, b in graph.subject_objects(rdflib.URIRef(property_iri))}


@pytest.fixture(scope="module")
def told() -> rdflib.Graph:
    """80 items of the demo shop with all that they are joined to, and what ten users did with them."""
    dataset, namer = sources.read("demo", demo_folder()), Namer()
    graph = assemble(dataset, namer)
    chosen = {str(iri) for iri in graph.iris[[*graph.items[:80], *graph.users[:10]]]}
    counted = tuple(f"{namer.base}id/{kind}/" for kind in ("item", "user"))
    ontology = ox.NamedNode(namer.graph("ontology"))
    kept: set[ox.Triple] = set()
    for quad in store.load_memory(graph, dataset):
        ends = [end.value for end in (quad.subject, quad.object) if isinstance(end, ox.NamedNode)]
        aside = any(end.startswith(counted) and end not in chosen for end in ends)
        if quad.graph_name != ontology and len(ends) == 2 and not aside:
            kept.add(quad.triple)
    return rdflib.Graph().parse(data=ox.serialize(kept, format=ox.RdfFormat.N_TRIPLES), format="nt")


@pytest.fixture(scope="module")
def inferred(told) -> rdflib.Graph:
    """What follows for the sample."""
    return closure(without_literals(ontology_file(), told.serialize(format="nt")))


@pytest.fixture(scope="module")
def small(memory) -> rdflib.Graph:
    """What follows for the toy shop, which has derived relations, the examples and a small tree of categories."""
    toy = (quad.triple for quad in memory if described_here(quad))
    lines = ox.serialize(toy, format=ox.RdfFormat.N_TRIPLES)
    return closure(without_literals(ontology_file(), lines, HEADER + EXAMPLES + TREE))


def without_literals(*parts: str | bytes) -> rdflib.Graph:
    """The triples that join things: nothing asked here follows from a literal, and each is compared with each."""
    graph = parsed(*parts)
    for triple in [triple for triple in graph if isinstance(triple[2], rdflib.Literal)]:
        graph.remove(triple)
    return graph


def described_here(quad: ox.Quad) -> bool:
    """Whether a quad of the toy shop is not of the ontology's own copy in the store."""
    return quad.graph_name.value != NAMER.graph("ontology")


def test_a_shop_and_the_examples_are_free_of_contradiction(told, inferred, small) -> None:
    assert len(told) > 800
    assert [str(error) for graph in (inferred, small) for error in graph.objects(None, ERROR)] == []


PLANTED = {
    "an item that is a brand": "<odd/1> a kg:Item , kg:Brand .",
    "an item that is the brand of another": "<odd/2> a kg:Item . <item/a> kg:hasBrand <odd/2> .",
    "a brand that was bought": "<odd/3> a kg:Brand . <user/a> kg:bought <odd/3> .",
    "a category that buys": "<odd/4> a skos:Concept ; kg:bought <item/a> .",
    "a user in the tree of categories": "<odd/5> a kg:User . <item/a> kg:hasCategory <odd/5> .",
    "a colour that looks like an item": "<odd/6> a kg:Colour ; kg:similarImage <item/a> .",
    "what nobody lists, chosen": "<odd/7> a kg:UnlistedItem . <segment/a> kg:oftenChooses <odd/7> .",
    "a thing bought by a segment": "<item/a> kg:boughtBy <odd/8> . <odd/8> a kg:Segment .",
}


@pytest.fixture(scope="module")
def contradictions() -> list[str]:
    """What the reasoner complains of in the ontology, literals and all, with the planted ones."""
    found = closure(parsed(ontology_file(), HEADER + "".join(PLANTED.values())))
    return [str(error) for error in found.objects(None, ERROR)]


@pytest.mark.parametrize("place", range(1, len(PLANTED) + 1), ids=list(PLANTED))
def test_a_planted_contradiction_is_found(contradictions, place: int) -> None:
    assert any(f"/odd/{place}" in error for error in contradictions)


def test_the_ontology_itself_is_free_of_contradiction(contradictions) -> None:
    assert [error for error in contradictions if "/odd/" not in error] == []


def test_an_inverse_follows_from_its_relation(told, inferred, small) -> None:
    for inverse, forward in INVERSES.items():
        assert {(b, a) for a, b in pairs(told, forward)} <= pairs(inferred, inverse), inverse
        for graph in (inferred, small):
            assert pairs(graph, inverse) == {(b, a) for a, b in pairs(graph, forward)} != set()


def test_what_schema_org_says_follows_from_our_relations(told, inferred, small) -> None:
    for ours, theirs in (("hasBrand", "brand"), ("hasColour", "color"), ("compatibleWith", "isRelatedTo")):
        assert set() != pairs(told, KG + ours) <= pairs(inferred, SCHEMA + theirs)
    similar = pairs(small, KG + "similarText") | pairs(small, KG + "similarImage")
    assert pairs(small, SCHEMA + "isSimilarTo") == similar != set()
    products = {str(one) for one in inferred.subjects(rdflib.RDF.type, rdflib.SDO.Product)}
    assert {item for item, _ in pairs(told, KG + "hasBrand")} <= products
    agents = {str(one) for one in inferred.subjects(rdflib.RDF.type, rdflib.PROV.Agent)}
    assert {user for user, _ in pairs(told, KG + "bought")} <= agents


def test_a_symmetric_relation_is_read_both_ways_and_no_other_is(small) -> None:
    for relation in relations():
        found = pairs(small, relation.iri)
        backward = {(b, a) for a, b in found}
        assert (found == backward) == relation.symmetric, relation.name


def test_the_tree_of_categories_is_closed_and_its_steps_stay_as_told(small) -> None:
    desk, lamps, home, lamp = (
        f"{FAR}{name}" for name in ("category/desk", "category/lamps", "category/home", "item/lamp")
    )
    above = {pair for pair in pairs(small, SKOS + "broaderTransitive") if pair[0] in (desk, lamps, home)}
    assert above == {(desk, lamps), (lamps, home), (desk, home)}
    assert (desk, home) not in pairs(small, SKOS + "broader")
    assert {(lamp, desk), (lamp, lamps), (lamp, home)} <= pairs(small, KG + "hasCategory")


def test_a_build_tells_all_that_would_be_inferred_of_its_relations(told, inferred) -> None:
    """So a model would read the same from a graph that somebody reasoned over."""
    for relation in relations():
        expected = pairs(told, relation.iri)
        if relation.symmetric:
            expected |= {(b, a) for a, b in expected}
        if relation.name == "has_attribute":  # what all others of its kind are too
            attributes = [one.iri for one in relations() if one.kind is RelationKind.ATTRIBUTE]
            expected = {pair for iri in attributes for pair in pairs(told, iri)}
        assert pairs(inferred, relation.iri) == expected, relation.name
