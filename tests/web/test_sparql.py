"""The graph as programs elsewhere ask it: SPARQL 1.1 Protocol, keys, and questions by name."""

from __future__ import annotations

import csv
import io
import json
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path as FilePath
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

import pytest
import rdflib
from flask import Flask
from flask.testing import FlaskClient
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import JSON, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from kgrec import amending, pipeline, storage
from kgrec.endpoint import Client, Endpoint, Limits
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.sandbox.walls import can_wall
from kgrec.guide import Guide
from kgrec.live.keys import KeyRing
from tests.web.conftest import HOSTILE, hostile_shop
from tests.web.test_api import refused
from web import create_app
from web.api.answers import Library

ALL = "SELECT ?s ?p ?o { ?s ?p ?o } ORDER BY ?s ?p ?o"
LABELS = "SELECT ?label { ?item a kg:Item ; rdfs:label ?label } ORDER BY ?label"
FOREVER = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
KG = "https://w3id.org/kgrec/ontology#"

TITLES = {
    title for name, title in HOSTILE.items() if name != "bidi"
}  # signs of direction do not get into the graph

pytestmark = pytest.mark.skipif(not can_wall(), reason="this system has no seccomp that is known here")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory) -> storage.Workspace:
    folder = tmp_path_factory.mktemp("sparql") / "shop"
    workspace = storage.create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    return workspace


@pytest.fixture(scope="module")
def key(workspace: storage.Workspace) -> str:
    return KeyRing(workspace.folder / "keys.sqlite").create("read")[0]


GENEROUS = Limits(workers=1, seconds_per_minute=1e6, queue=20, at_once=20)


@contextmanager
def served(guide: Guide, workspace: storage.Workspace, limits: Limits) -> Iterator[Flask]:
    endpoint = Endpoint(workspace, limits)
    try:
        yield create_app(Guide(guide.dataset, guide.graph, guide.model, name="hostile", endpoint=endpoint))
    finally:
        endpoint.close()


@pytest.fixture(scope="module")
def app(guide: Guide, workspace: storage.Workspace) -> Iterator[Flask]:
    with served(guide, workspace, GENEROUS) as app:
        yield app


@pytest.fixture
def client(app: Flask, key: str) -> FlaskClient:
    client = app.test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
    return client


def asked(client: FlaskClient, query: str, accept: str = "", **more: Any) -> TestResponse:
    answer = client.get("/api/v1/sparql", query_string={"query": query, **more}, headers={"Accept": accept})
    assert answer.status_code == 200, answer.text
    return answer


def values(answer: TestResponse) -> list[str]:
    told = json.loads(answer.data)
    return [binding[told["head"]["vars"][0]]["value"] for binding in told["results"]["bindings"]]


# The protocol


def test_the_three_ways_to_ask_get_the_same_answer(client: FlaskClient) -> None:
    by_get = asked(client, LABELS)
    by_form = client.post("/api/v1/sparql", data={"query": LABELS})
    by_body = client.post("/api/v1/sparql", data=LABELS, content_type="application/sparql-query")
    assert by_get.data == by_form.data == by_body.data
    assert set(values(by_get)) >= TITLES


def test_an_answer_names_the_graph_it_comes_from_and_so_does_the_first_one_after_a_build(
    guide: Guide, tmp_path: FilePath
) -> None:
    workspace = storage.create_workspace(tmp_path / "shop", hostile_shop(), settings={})
    pipeline.build(workspace)
    with served(guide, workspace, GENEROUS) as app:
        for titles in ("before", "after"):
            told = app.test_client().get("/api/v1/graph/entities/soap")
            generation = storage.current(workspace.graphs, "graph", "build")
            version = storage.read_manifest(generation)["graph_version"]
            assert told.headers["X-Kgrec-Graph-Version"] == version, titles
            (workspace.folder / "fix.csv").write_text("head,relation,tail\nsoap,has_material,moon rock\n")
            amending.add(workspace, workspace.folder / "fix.csv")
            pipeline.build(workspace)
        assert "moon rock" in app.test_client().get("/api/v1/graph/entities/soap").text


ROWS = {
    "": "application/sparql-results+json",
    "*/*": "application/sparql-results+json",
    "application/json": "application/sparql-results+json",
    "application/sparql-results+xml": "application/sparql-results+xml",
    "text/html, application/xml;q=0.9": "application/sparql-results+xml",
    "text/csv": "text/csv",
    "text/tab-separated-values": "text/tab-separated-values",
    "text/csv;q=0.5, application/sparql-results+xml;q=0.4": "text/csv",
}
TRIPLES = {
    "": "text/turtle",
    "*/*": "text/turtle",
    "text/turtle": "text/turtle",
    "application/n-triples": "application/n-triples",
    "application/rdf+xml": "application/rdf+xml",
    "application/sparql-results+xml, application/rdf+xml;q=0.9": "application/rdf+xml",
}


@pytest.mark.parametrize("accept", ROWS)
def test_rows_come_in_the_form_that_is_liked_best(client: FlaskClient, accept: str) -> None:
    answer = asked(client, LABELS, accept)
    assert answer.mimetype == ROWS[accept] and "Accept" in answer.vary
    text = answer.data.decode()
    if "json" in answer.mimetype:
        found = set(values(answer))
    elif "xml" in answer.mimetype:
        tree = ElementTree.fromstring(text)
        found = {literal.text for literal in tree.iter("{http://www.w3.org/2005/sparql-results#}literal")}
    elif answer.mimetype == "text/csv":
        head, *rows = csv.reader(io.StringIO(text, newline=""))
        assert head == ["label"]
        found = {row[0] for row in rows}
    else:
        head, *lines = text.rstrip("\n").split("\n")
        assert head == "?label"
        found = {rdflib.util.from_n3(line).toPython() for line in lines}  # type: ignore[no-untyped-call]
    assert found >= TITLES


@pytest.mark.parametrize("accept", TRIPLES)
@pytest.mark.parametrize(
    "form", ["CONSTRUCT { ?s rdfs:label ?o } WHERE { ?s rdfs:label ?o }", "DESCRIBE ?i { ?i a kg:Item }"]
)
def test_triples_come_in_the_form_that_is_liked_best(client: FlaskClient, form: str, accept: str) -> None:
    answer = asked(client, form, accept)
    assert answer.mimetype == TRIPLES[accept]
    formats = {"text/turtle": "turtle", "application/n-triples": "nt", "application/rdf+xml": "xml"}
    graph = rdflib.Graph().parse(data=answer.data.decode(), format=formats[answer.mimetype])
    assert {str(label) for label in graph.objects(None, rdflib.RDFS.label)} >= TITLES


@pytest.mark.parametrize("accept", ["", "text/csv", "text/tab-separated-values", "application/xml"])
@pytest.mark.parametrize(
    ("query", "told"), [("ASK { ?s a kg:Item }", "true"), ("ASK { ?s a kg:None }", "false")]
)
def test_yes_and_no_come_in_every_form(client: FlaskClient, accept: str, query: str, told: str) -> None:
    assert told in asked(client, query, accept).data.decode()


@pytest.mark.parametrize(
    ("query", "accept"), [(LABELS, "text/turtle"), ("DESCRIBE <a:b>", "text/csv"), (LABELS, "image/png")]
)
def test_a_form_that_an_answer_does_not_have_is_406(client: FlaskClient, query: str, accept: str) -> None:
    answer = client.get("/api/v1/sparql", query_string={"query": query}, headers={"Accept": accept})
    assert "Accept" in refused(answer, 406) or "answers come as" in answer.text


def test_a_dataset_is_made_of_the_stores_own_graphs_or_refused(client: FlaskClient) -> None:
    graphs = values(asked(client, "SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }"))
    catalogue = next(graph for graph in graphs if "catalogue" in graph)
    everything = json.loads(asked(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }").data)
    one = json.loads(
        asked(client, "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }", **{"default-graph-uri": catalogue}).data
    )
    n_all, n_one = (int(told["results"]["bindings"][0]["n"]["value"]) for told in (everything, one))
    assert 0 < n_one < n_all
    by_body = client.post(
        f"/api/v1/sparql?named-graph-uri={quote(catalogue)}",
        data="SELECT DISTINCT ?g { GRAPH ?g { ?s ?p ?o } }",
        content_type="application/sparql-query",
    )
    assert values(by_body) == [catalogue]
    for elsewhere in ("file:///etc/passwd", "http://127.0.0.1:9/graph"):
        answer = client.get("/api/v1/sparql", query_string={"query": ALL, "default-graph-uri": elsewhere})
        assert "has no graph" in refused(answer, 400)


WRONG: dict[str, tuple[int, dict[str, Any]]] = {
    "nothing asked": (400, {"method": "GET"}),
    "two queries": (400, {"query_string": {"query": [ALL, ALL]}}),
    "malformed": (400, {"query_string": {"query": "SELECT"}}),
    "an update by GET": (400, {"query_string": {"update": "CLEAR ALL"}}),
    "an update by form": (400, {"method": "POST", "data": {"update": "CLEAR ALL"}}),
    "an update by body": (
        415,
        {"method": "POST", "data": "CLEAR ALL", "content_type": "application/sparql-update"},
    ),
    "an update as a query": (400, {"query_string": {"query": "INSERT DATA { <a:a> <a:a> 1 }"}}),
    "another server": (
        400,
        {"query_string": {"query": "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }"}},
    ),
    "a file": (400, {"query_string": {"query": "SELECT * FROM <file:///etc/passwd> { ?s ?p ?o }"}}),
    "JSON": (415, {"method": "POST", "json": {"query": ALL}}),
    "no UTF-8": (400, {"method": "POST", "data": b"SELECT \xff", "content_type": "application/sparql-query"}),
    "a long query": (413, {"method": "POST", "data": {"query": f"SELECT * {{ }} #{'x' * 9000}"}}),
    "a long body": (
        413,
        {"method": "POST", "data": b" " * 1_000_001, "content_type": "application/sparql-query"},
    ),
    "no time": (400, {"query_string": {"query": ALL, "timeout": "0"}}),
    "no number": (400, {"query_string": {"query": ALL, "timeout": "soon"}}),
    "no end": (400, {"query_string": {"query": ALL, "timeout": "inf"}}),
    "out of time": (504, {"query_string": {"query": FOREVER, "timeout": "0.1"}}),
    "another method": (405, {"method": "PUT", "data": ALL}),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_cannot_be_answered_is_a_problem_document(client: FlaskClient, what: str) -> None:
    status, request = WRONG[what]
    assert refused(client.open("/api/v1/sparql", **request), status)


def test_a_long_answer_is_cut_and_it_is_said_in_every_form(
    guide: Guide, workspace: storage.Workspace, key: str
) -> None:
    with served(guide, workspace, replace(GENEROUS, rows=2)) as app:
        client = app.test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {key}"
        for accept in ("application/json", "text/csv", "application/xml", "text/tab-separated-values"):
            assert asked(client, ALL, accept).headers["X-Kgrec-Truncated"] == "true"
        told = json.loads(asked(client, ALL).data)
        assert told["truncated"] is True and len(told["results"]["bindings"]) == 2
        triples = asked(client, "CONSTRUCT WHERE { ?s ?p ?o }", "application/n-triples")
        assert triples.headers["X-Kgrec-Truncated"] == "true" and triples.data.count(b"\n") == 2
        whole = asked(client, f"{ALL} LIMIT 2")
        assert "X-Kgrec-Truncated" not in whole.headers and "truncated" not in json.loads(whole.data)


# Real clients


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/api/v1/sparql"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_asks_as_of_any_other_store(address: str, key: str, method: str, form: str) -> None:
    remote = rdflib.Graph(
        SPARQLStore(address, method=method, returnFormat=form, headers={"Authorization": f"Bearer {key}"})
    )
    found = remote.query(f"SELECT ?label {{ ?i a <{KG}Item> ; <{rdflib.RDFS.label}> ?label }}")
    assert {str(row[0]) for row in found} >= TITLES  # type: ignore[index]


def test_rdflib_walks_the_graph_pattern_by_pattern(address: str, key: str) -> None:
    remote = rdflib.Graph(SPARQLStore(address, headers={"Authorization": f"Bearer {key}"}))
    item = rdflib.URIRef(KG + "Item")
    items = set(remote.subjects(rdflib.RDF.type, item))
    assert len(items) == len(hostile_shop().items)
    assert (next(iter(items)), rdflib.RDF.type, item) in remote
    built = remote.query(f"CONSTRUCT {{ ?s a <{KG}Item> }} WHERE {{ ?s a <{KG}Item> }}").graph
    assert built is not None and set(built.subjects()) == items


@pytest.mark.parametrize("method", ["GET", POST])
def test_sparqlwrapper_gets_rows_and_triples(address: str, key: str, method: str) -> None:
    remote = SPARQLWrapper(address)
    remote.addCustomHttpHeader("Authorization", f"Bearer {key}")
    remote.setMethod(method)
    remote.setReturnFormat(JSON)
    remote.setQuery(LABELS)
    with remote.query().response as response:
        told = json.loads(response.read())
    assert {row["label"]["value"] for row in told["results"]["bindings"]} >= TITLES
    remote.setReturnFormat(TURTLE)
    remote.setQuery("DESCRIBE ?i { ?i a kg:Item }")
    with remote.query().response as response:
        graph = rdflib.Graph().parse(data=response.read(), format="turtle")
    assert {str(label) for label in graph.objects(None, rdflib.RDFS.label)} >= TITLES
    remote.setReturnFormat(XML)
    remote.setRequestMethod(POSTDIRECTLY)
    remote.setQuery("ASK { ?s a kg:Item }")
    with remote.query().response as response:
        assert b"<boolean>true</boolean>" in response.read()


# Keys


def test_without_a_key_that_reads_nobody_asks_queries_of_their_own(
    guide: Guide, workspace: storage.Workspace, tmp_path: FilePath, key: str
) -> None:
    ring = KeyRing(workspace.folder / "keys.sqlite")
    events, of_events = ring.create("events")
    admin, of_admin = ring.create("admin")

    with served(guide, workspace, GENEROUS) as app:

        def ask(authorization: str) -> TestResponse:
            headers = {"Authorization": authorization} if authorization else {}
            return app.test_client().get("/api/v1/sparql", query_string={"query": "ASK {}"}, headers=headers)

        assert ask(f"Bearer {key}").status_code == ask(f"bearer {admin}").status_code == 200
        none = ask("")
        assert "Authorization: Bearer" in refused(none, 401)
        assert none.headers["WWW-Authenticate"].startswith("Bearer")
        assert "nobody has this key" in refused(ask(f"Bearer {key[:-1]}"), 401)
        assert "nobody has this key" in refused(ask("Bearer ключ".encode().decode("latin-1")), 401)
        assert "role read" in refused(ask(f"Bearer {events}"), 403)
        assert "Bearer KEY" in refused(ask("Basic YTpi"), 401)
        ring.revoke(of_admin.key_id)
        assert "revoked" in refused(ask(f"Bearer {admin}"), 401)
        ring.revoke(of_events.key_id)


def test_a_shop_without_keys_is_closed_to_queries_of_their_own_and_open_by_name(
    guide: Guide, tmp_path: FilePath, workspace: storage.Workspace
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "kgrec.toml").touch()
    (folder / "graph").symlink_to(workspace.graphs)
    with served(guide, replace(workspace, folder=folder), GENEROUS) as app:
        client = app.test_client()
        closed = client.get("/api/v1/sparql", query_string={"query": "ASK {}"})
        assert "kgrec key SHOP create --role read" in refused(closed, 403)
        assert client.get("/api/v1/graph/queries/brands-by-size").status_code == 200


def test_a_guide_without_a_workspace_says_so(guide: Guide) -> None:
    client = create_app(guide).test_client()
    for path in ("/api/v1/sparql?query=ASK{}", "/api/v1/graph/queries", "/api/v1/graph/entities/soap"):
        assert "serve a workspace" in refused(client.get(path), 503)


# Limits


def test_a_client_that_used_up_its_seconds_waits_and_others_do_not(
    guide: Guide, workspace: storage.Workspace, key: str
) -> None:
    other, kept = KeyRing(workspace.folder / "keys.sqlite").create("read")
    with served(guide, workspace, replace(GENEROUS, seconds_per_minute=1.0)) as app:
        client = app.test_client()

        def ask(query: str, key: str) -> TestResponse:
            headers = {"Authorization": f"Bearer {key}"}
            return client.get("/api/v1/sparql", query_string={"query": query}, headers=headers)

        refused(ask("SELECT", key), 400)
        waiting = ask("ASK {}", key)
        assert "used up" in refused(waiting, 429) and int(waiting.headers["Retry-After"]) >= 1
        assert ask("ASK {}", other).status_code == 200
    KeyRing(workspace.folder / "keys.sqlite").revoke(kept.key_id)


def test_neighbours_of_one_network_are_one_client(workspace: storage.Workspace) -> None:
    endpoint = Endpoint(workspace, GENEROUS)

    def client(address: str) -> Client:
        return endpoint.client(address)

    assert client("2001:db8::1") == client("2001:db8::ffff") != client("2001:db8:0:1::1")
    assert client("192.0.2.1") == client("::ffff:192.0.2.1") or client("192.0.2.1") != client("192.0.2.2")
    assert client("unknown").name


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("[sparql]\nsecond = 1", UnknownName, "seconds"),
        ("[sparql]\nseconds = 0", BadInput, "seconds is 0"),
        ("[sparql]\nrows = 1.5", BadInput, "a whole number"),
        ("[sparql]\nrows = true", BadInput, "rows is True"),
        ("sparql = 1", BadInput, "write"),
    ],
)
def test_a_wrong_limit_is_named(tmp_path: FilePath, text: str, error: type[Exception], told: str) -> None:
    (tmp_path / "kgrec.toml").write_text(text)
    with pytest.raises(error, match=told):
        Limits.read(tmp_path / "kgrec.toml")


def test_limits_are_read_from_the_workspace(tmp_path: FilePath) -> None:
    (tmp_path / "kgrec.toml").write_text("[sparql]\nseconds = 0.5\nworkers = 1")
    assert Limits.read(tmp_path / "kgrec.toml") == replace(Limits(), seconds=0.5, workers=1)


def test_the_documented_limits_are_those_that_hold() -> None:
    text = (FilePath(__file__).parents[2] / "docs" / "sparql.md").read_text(encoding="utf-8")
    block = text.partition("```toml\n")[2].partition("```")[0]
    assert Limits(**tomllib.loads(block)["sparql"]) == Limits()
    assert set(tomllib.loads(block)["sparql"]) == {field.name for field in fields(Limits)}


# By name


def test_anybody_may_ask_by_name_and_set_what_may_be_set(app: Flask) -> None:
    client = app.test_client()
    listed = client.get("/api/v1/graph/queries")
    library = Library.model_validate_json(listed.data)
    by_name = {query.name: query for query in library.queries}
    assert not by_name["history-of-user"].open and by_name["items-of-brand"].open
    answer = client.get("/api/v1/graph/queries/items-of-brand", query_string={"brand": "Even & <i>Sons</i>"})
    told = json.loads(answer.data)
    assert len(told["results"]["bindings"]) == 6
    assert (
        client.get("/api/v1/graph/queries/brands-by-size", headers={"Accept": "text/csv"}).mimetype
        == "text/csv"
    )


def test_what_is_wrong_with_a_question_by_name_is_said(app: Flask) -> None:
    client = app.test_client()

    def ask(path: str) -> TestResponse:
        return client.get(f"/api/v1/graph/{path}")

    assert "did you mean item-facts" in refused(ask("queries/item-fact"), 404)
    assert "parameter" in refused(ask("queries/item-facts?itme=soap"), 404)
    assert "needs other" in refused(ask("queries/paths-between-items?one=soap"), 422)
    assert "2 times" in refused(ask("queries/item-facts?item=a&item=b"), 400)
    assert "about people" in refused(ask("queries/history-of-user?user=u1"), 403)
    assert "nobody has this key" in refused(
        client.get("/api/v1/graph/queries/brands-by-size", headers={"Authorization": "Bearer x"}), 401
    )


@pytest.mark.parametrize("value", ['"> } ; DROP ALL #', "x> . ?a ?b ?c } #", "a\nb", "{}", "\u202e"])
def test_a_value_is_a_value_whatever_it_holds(app: Flask, value: str) -> None:
    asked = {"query_string": {"item": value}}
    assert "no item named" in refused(app.test_client().get("/api/v1/graph/queries/item-facts", **asked), 404)


def test_what_the_graph_does_not_have_is_told_with_the_nearest_name_to_whoever_has_a_key(
    app: Flask, client: FlaskClient
) -> None:
    path = "/api/v1/graph/queries/item-facts?item=saop"
    assert "did you mean" not in refused(app.test_client().get(path), 404)
    assert "did you mean soap?" in refused(client.get(path), 404)


def test_an_item_tells_its_neighbours_and_two_items_the_ways_between_them(app: Flask) -> None:
    client = app.test_client()

    def told(path: str) -> list[dict[str, dict[str, str]]]:
        return list(json.loads(client.get(f"/api/v1/graph/{path}").data)["results"]["bindings"])

    assert "Even & <i>Sons</i>" in {row["name"]["value"] for row in told("entities/soap")}
    assert KG + "hasBrand" in {row["relation"]["value"] for row in told("path?from=soap&to=wash")}
    assert "no item named" in refused(client.get("/api/v1/graph/entities/none"), 404)
    assert "no item named" in refused(client.get("/api/v1/graph/path?from=soap&to=none"), 404)
    assert "from=ITEM" in refused(client.get("/api/v1/graph/path?from=soap"), 400)


def test_no_user_is_in_what_anybody_may_ask(client: FlaskClient, workspace: storage.Workspace) -> None:
    people = {workspace.namer.user(str(user_id)) for user_id in hostile_shop().users.ids}
    seen = values(asked(client, "SELECT DISTINCT ?s { { ?s ?p ?o } UNION { ?o ?p ?s } }"))
    assert seen and not people & set(seen)
