"""What is sent to a SPARQL server is there as it was here, all of it or none; tried on two real servers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pyoxigraph as ox
import pytest

from kgrec.errors import BadServer, NotReady, UnknownName
from kgrec.graph import parameters, publish, query, store
from kgrec.graph.build import assemble
from kgrec.graph.publish import Place
from kgrec.graph.remote import Server, server
from tests.graph import servers
from tests.graph.shop import NAMER, iri, toy_shop
from tests.graph.test_store import HOSTILE

ASK_HERE = "CONSTRUCT { ?s ?p ?o } WHERE { ?s ?p ?o }"
VIRTUOSO_MISSING = "virtuoso-t is not installed (Debian's virtuoso-opensource-7); .ci/run installs it"
BLANK = [ox.BlankNode("one"), ox.BlankNode("two")]


@pytest.fixture(scope="module", params=["oxigraph", "virtuoso"])
def running(request, tmp_path_factory) -> Iterator[servers.Running]:
    folder = tmp_path_factory.mktemp(request.param) / "data"
    if request.param == "virtuoso" and not servers.VIRTUOSO:
        pytest.skip(VIRTUOSO_MISSING)
    with getattr(servers, request.param)(folder) as one:
        yield one


@pytest.fixture(params=["graph store protocol", "updates"])
def place(running, request) -> Place:
    settings = running.settings()
    if request.param == "updates":
        del settings["store_data"]
    known = server(settings, "kgrec.toml", running.environment)
    assert known
    # A shop of its own for every test and way of sending.
    return Place(replace(known, waits=()), NAMER.base, request.node.name)


def memory_of(*triples: ox.Triple) -> ox.Store:
    memory = ox.Store()
    graph = ox.NamedNode(NAMER.graph("catalogue"))
    memory.extend(ox.Quad(*triple, graph) for triple in triples)
    return memory


def canonical(triples) -> set[str]:
    """Triples as texts in which blank nodes are called by what is said of them."""
    dataset = ox.Dataset(ox.Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return set(map(str, dataset))


def there(place: Place) -> set[str]:
    return canonical(publish.ask(place, ASK_HERE, limit=1_000_000).rows)


def test_texts_of_all_kinds_and_blank_nodes_come_back_as_they_went(place) -> None:
    texts = [text for text in HOSTILE if "\x00" not in text]
    texts += [
        "ورد عربي",
        "गुलाब",
        "한국어",
        "ελληνικά",
        "\\u0041",
        "\\\\U0001F9F4 \\\t\\u",
        "\\\\",
        "e\u0301",
        "'",
    ]
    item, name = ox.NamedNode(iri("item", "cream")), ox.NamedNode("https://schema.org/name")
    triples = [ox.Triple(item, name, ox.Literal(text, language="zh")) for text in texts]
    triples += [ox.Triple(ox.NamedNode(iri("item", text[:50])), name, ox.Literal(text)) for text in texts]
    triples += [ox.Triple(item, name, ox.Literal(value)) for value in (3, True)]
    triples += [ox.Triple(BLANK[0], name, BLANK[1]), ox.Triple(BLANK[1], name, ox.Literal("_:one"))]
    publish.send(place, memory_of(*triples), "v1")
    assert there(place) == canonical(triples)
    found = publish.ask(place, f"SELECT ?text WHERE {{ <{item.value}> schema:name ?text }}")
    assert {str(row[0]) for row in found.rows} == {str(t.object) for t in triples if t.subject == item}


def test_the_whole_toy_shop_answers_there_as_here(place, graph, shop, memory) -> None:
    publish.send(place, memory, graph.version)
    values = {"item": iri("item", "cream"), "one": iri("item", "cream"), "other": iri("item", "oil")}
    values |= {
        "user": iri("user", "ana"),
        "brand": iri("brand", "Lavera"),
        "category": iri("category", "Skin"),
    }
    values |= {"segment": NAMER.segment("age_band", "25-34")}
    for name in query.library():
        asked = query.named(name)
        given = query.bind(asked, {p.name: values[p.name] for p in asked.parameters})
        here = query.run(memory, asked.text, parameters=given)
        over_there = publish.ask(place, asked.text, parameters=given)
        assert over_there.columns == here.columns, name
        assert sorted(map(str, over_there.rows)) == sorted(map(str, here.rows)), name
    assert publish.ask(place, "ASK { ?s ?p ?o }").boolean is True
    assert publish.ask(place, "ASK { <urn:a> ?p ?o }").boolean is False


def test_a_new_generation_takes_the_place_of_the_old_one_and_nothing_of_that_stays(place) -> None:
    name = ox.NamedNode("https://schema.org/name")
    for text in ("old", "new", "newer"):
        publish.send(place, memory_of(ox.Triple(name, name, ox.Literal(text))), text)
        assert [row[0].value for row in publish.ask(place, "SELECT ?o WHERE { ?s ?p ?o }").rows] == [text]
    mine = f'SELECT DISTINCT ?g {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{place.top}/")) }}'
    graphs = {row[0].rpartition("/")[2] for row in publish._values(place, mine)}
    assert graphs == {"catalogue", "generations"}


class _Cut(Server):
    """A server that is gone after some writes."""

    left = 0

    def _write(self, *_: object) -> None:
        object.__setattr__(self, "left", self.left - 1)
        if self.left < 0:
            raise BadServer("gone")

    def update(self, sparql: str) -> None:
        self._write()
        super().update(sparql)

    def graph(self, method, iri, ntriples) -> None:
        self._write()
        super().graph(method, iri, ntriples)


def test_a_sending_that_is_cut_off_leaves_the_last_good_graph_and_the_next_one_clears_up(place) -> None:
    name = ox.NamedNode("https://schema.org/name")

    def says(text: str) -> ox.Store:
        triples = [ox.Triple(name, name, ox.Literal(f"{text} {n}")) for n in range(3)]
        return memory_of(*triples, ox.Triple(BLANK[0], name, ox.Literal(text)))

    publish.send(place, says("good"), "good")
    good = there(place)
    fields = {key: getattr(place.server, key) for key in place.server.__dataclass_fields__}
    finished = 0
    for writes in range(12):
        cut = _Cut(**fields)
        object.__setattr__(cut, "left", writes)
        try:
            publish.send(replace(place, server=cut), says("half"), "half")
            finished += 1
            break
        except BadServer:
            # Either the last good one, or, once the pointer has moved, the new one; never a part of one.
            assert there(place) in (good, canonical(quad.triple for quad in says("half")))
    assert finished
    publish.send(place, says("next"), "next")
    everything = publish._values(
        place, f'SELECT ?s {{ GRAPH ?g {{ ?s ?p ?o }} FILTER(STRSTARTS(STR(?g), "{place.top}/")) }}'
    )
    assert len(everything) == 4 + 4  # the graph; and in the register the pointer and three of its generation


def test_a_hostile_value_is_an_id_nobody_has(place, memory) -> None:
    publish.send(place, memory, "v1")
    asked = query.named("item-facts")
    for value in ['"> } ; DROP ALL #', "x> . ?a ?b ?c } #", "a\nb\\", "{}"]:
        given = query.bind(asked, {"item": NAMER.item(value)})
        assert publish.ask(place, asked.text, parameters=given).rows == []
    assert publish.ask(place, asked.text, parameters=query.bind(asked, {"item": iri("item", "cream")})).rows


def test_what_the_server_does_not_have_is_told_with_the_nearest_name(place, memory) -> None:
    publish.send(place, memory, "v1")
    asked = query.named("items-of-brand")

    def check(brand: str) -> None:
        values = {"brand": brand}
        terms = query.bind(asked, values, NAMER)
        parameters.check_known(asked, values, terms, NAMER, partial(publish.ask, place))

    check("Lavera")
    with pytest.raises(UnknownName, match=r"no brand named 'lavera'; did you mean Lavera\?"):
        check("lavera")


def test_nothing_is_sent_of_users_from_the_public_store(place, tmp_path, graph, shop) -> None:
    store.write(graph, shop, tmp_path)
    publish.send(place, store.open_store(tmp_path / store.PUBLIC), "v1")
    answer = publish.ask(place, ASK_HERE, limit=1_000_000)
    assert len(answer.rows) > 100
    assert not [row for row in answer.rows if "/id/user/" in str(row)]


def test_before_anything_is_sent_the_answer_says_what_to_do(place) -> None:
    with pytest.raises(NotReady, match="kgrec send"):
        publish.ask(place, ASK_HERE)


def test_a_server_that_is_down_is_tried_again_and_what_it_held_is_there_when_it_is_back(
    tmp_path: Path,
) -> None:
    port = servers.free_port()
    shop = toy_shop()
    memory = store.load_memory(assemble(shop, NAMER), shop)
    with servers.oxigraph(tmp_path / "data", port) as running:
        known = server(running.settings(), "kgrec.toml", {})
        assert known
        place = Place(replace(known, waits=(0.01, 0.02)), NAMER.base, "shop")
        publish.send(place, memory, "v1")
        before = there(place)
    with pytest.raises(BadServer, match="tried 3 times"):
        publish.send(place, memory, "v2")
    with servers.oxigraph(tmp_path / "data", port):
        assert there(place) == before
        publish.send(place, memory, "v2")
        assert there(place) == before
