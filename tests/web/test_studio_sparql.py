"""The graph asked from the studio, by name or in one's own words: a table or a file, and nothing hostile comes out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec import pipeline, storage
from kgrec.endpoint import Endpoint, Limits
from kgrec.graph.query import library, named
from kgrec.graph.sandbox.walls import can_wall
from kgrec.guide import Guide
from kgrec.live.keys import KeyRing
from tests.web.conftest import hostile_shop
from tests.web.opened import form, keys_alone, open_studio
from web import create_app
from web.pages.studio.sparql import PARAMETERS, TITLES

pytestmark = pytest.mark.skipif(not can_wall(), reason="this system has no seccomp that is known here")

LABELS = "SELECT ?item ?label { ?item a kg:Item ; rdfs:label ?label } ORDER BY ?label"
LIMITS = Limits(workers=1, seconds_per_minute=1e6, queue=20, at_once=20, rows=10)


@pytest.fixture(scope="module")
def app(guide: Guide, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    folder = tmp_path_factory.mktemp("asked") / "shop"
    workspace = storage.create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    endpoint = Endpoint(workspace, LIMITS)
    yield create_app(
        Guide(guide.dataset, guide.graph, guide.model, endpoint=endpoint, registry=keys_alone(folder))
    )
    endpoint.close()


@pytest.fixture
def studio(app: Flask) -> FlaskClient:
    return open_studio(app.test_client(), keys(app))


def keys(app: Flask) -> KeyRing:
    ring = app.extensions["kgrec.watching"].guide.registry.keys
    assert isinstance(ring, KeyRing)
    return ring


def read(client: FlaskClient, status: int = 200, **asked: str) -> str:
    answer = client.get(f"/studio/sparql?{urlencode(asked)}")
    assert answer.status_code == status, answer.text[:3000]
    return answer.text


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def test_every_query_of_the_library_is_told_in_the_words_of_the_page(studio: FlaskClient) -> None:
    assert TITLES.keys() == library().keys()
    for name in library():
        for parameter in named(name).parameters:
            assert any(parameter.meaning.startswith(begins) for begins in PARAMETERS), parameter
    page = read(studio)
    assert all(f"name={name}" in page for name in library())
    assert "stopped after 2 seconds" in words(page) and "after 10 rows" in words(page)
    assert "某一品牌的商品" in read(studio, lang="zh")


_LABELS = {
    "en": ["Id of the first product", "Id of the second product"],
    "zh": ["第一件商品的编号", "第二件商品的编号"],
}


def test_a_query_of_the_library_is_a_form_of_its_parameters(studio: FlaskClient) -> None:
    page = read(studio, name="paths-between-items")
    assert page.count('id="set-') == 2 and 'id="answer"' not in page
    for lang, labels in _LABELS.items():
        page = read(studio, name="paths-between-items", lang=lang)
        assert re.findall(r'<label for="set-\w+">([^<]+)</label>', page) == labels
    asked = {"name": "paths-between-items", "set.one": "soap", "set.other": "balm"}
    assert 'href="/studio/items/soap"' in read(studio, **asked)
    page = read(studio, name="items-of-brand", **{"set.brand": "Odd"})
    assert "/studio/items/quotes" in page and "/studio/items/script" not in page


def test_items_are_links_and_nothing_hostile_comes_out(studio: FlaskClient) -> None:
    page = read(studio, query=LABELS)
    assert 'href="/studio/items/' in page and "kg:Item" in page
    assert "<script>alert(1)" not in page and "<img src=x" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    page = read(studio, query="SELECT * { ?item rdfs:label ?l FILTER(?l = '<b>x</b>') }")
    assert "<b>x</b>" not in page and "Nothing in the graph answers this." in page
    assert "<b>" not in read(studio, 404, name="<b>")


def test_a_cut_answer_says_so(studio: FlaskClient) -> None:
    page = words(read(studio, query=LABELS))
    assert "The answer was cut; there is more." in page and "10 rows" in page


@pytest.mark.parametrize(
    ("query", "status", "said", "marked"),
    [
        ("SELECT * {\n ?s ?p }", 400, "malformed at line 2, column", ""),
        ("SELECT * { ?s ?p ?o }}", 400, "line 1, column 22: a bracket that was never opened", "}"),
        ("SELECT * { SERVICE <http://evil.example/> { ?s ?p ?o } }", 400, "SERVICE is refused", "SERVICE"),
        ("DROP ALL", 400, "DROP is refused", "DROP ALL"),
    ],
)
def test_a_fault_is_told_with_its_place(
    studio: FlaskClient, query: str, status: int, said: str, marked: str
) -> None:
    page = read(studio, status, query=query)
    assert said in words(page)
    found = re.search(r"<mark>(.*?)</mark>", page)
    assert found and unescape(found[1]).startswith(marked)
    assert form(page, "/studio/sparql")["query"] == query


def test_a_short_question_gets_an_address_and_a_long_one_an_answer(studio: FlaskClient) -> None:
    token = form(read(studio), "/studio/sparql")["csrf_token"]
    short = studio.post("/studio/sparql", data={"query": LABELS, "csrf_token": token})
    assert short.status_code == 303 and short.headers["Location"].startswith("/studio/sparql?query=SELECT")
    assert token not in short.headers["Location"]
    padded = f"# {'x' * 3000}\n{LABELS}"
    long = studio.post("/studio/sparql", data={"query": padded, "csrf_token": token})
    assert long.status_code == 200 and "10 rows" in words(long.text)
    file = studio.post("/studio/sparql.json", data={"query": padded, "csrf_token": token})
    assert len(json.loads(file.data)["results"]["bindings"]) == 10
    too_long = studio.post("/studio/sparql", data={"query": f"#{'x' * 9000}\n{LABELS}", "csrf_token": token})
    assert too_long.status_code == 413 and "longer than" in too_long.text
    assert studio.post("/studio/sparql", data={"query": LABELS}).status_code == 400


def test_files_hold_the_same_and_no_formula(studio: FlaskClient) -> None:
    told = studio.get(f"/studio/sparql.json?{urlencode({'query': LABELS})}")
    assert told.headers["Content-Disposition"] == 'attachment; filename="answer.json"'
    assert told.headers["X-Kgrec-Truncated"] == "true"
    labels = [row["label"]["value"] for row in told.get_json()["results"]["bindings"]]
    rows = csv.reader(io.StringIO(studio.get(f"/studio/sparql.csv?{urlencode({'query': LABELS})}").text))
    assert [row[1] for row in rows][1:] == labels
    formulas = 'SELECT * { VALUES ?x { "=1+1" "@x" "-2.5" "+1e3" "-2+3" "plain" } }'
    told = studio.get(f"/studio/sparql.csv?{urlencode({'query': formulas})}")
    cells = [row[0] for row in csv.reader(io.StringIO(told.text.removeprefix("\ufeff")))]
    assert cells == ["x", "'=1+1", "'@x", "-2.5", "+1e3", "'-2+3", "plain"]


def test_a_yes_or_no_and_triples_are_shown_as_they_are(studio: FlaskClient) -> None:
    assert 'class="much">Yes' in read(studio, query="ASK { ?s a kg:Item }")
    triples = "CONSTRUCT { ?s a kg:Item ; rdfs:label ?l } { ?s a kg:Item ; rdfs:label ?l } LIMIT 20"
    page = read(studio, query=triples)
    assert "a kg:Item" in page and "Download as Turtle" in page and "<script>alert" not in page
    assert studio.get(f"/studio/sparql.ttl?{urlencode({'query': triples})}").mimetype == "text/turtle"
    assert studio.get(f"/studio/sparql.csv?{urlencode({'query': triples})}").status_code == 422


def test_what_is_about_people_is_not_asked(studio: FlaskClient) -> None:
    page = words(read(studio, name="history-of-user"))
    assert "about people" in page and "kgrec query SHOP history-of-user" in page
    asked = {"name": "history-of-user", "set.user": "u1"}
    assert studio.get(f"/studio/sparql.json?{urlencode(asked)}").status_code == 403


def test_without_a_key_nothing_is_asked(app: Flask) -> None:
    for path in (
        "/studio/sparql",
        f"/studio/sparql?{urlencode({'query': LABELS})}",
        "/studio/sparql.csv?query=x",
    ):
        answer = app.test_client().get(path)
        assert answer.status_code == 303 and "/studio/sign-in" in answer.headers["Location"]


def test_a_shop_without_a_store_says_so(guide: Guide, tmp_path: Path) -> None:
    bare = Guide(guide.dataset, guide.graph, guide.model, registry=keys_alone(tmp_path))
    client = open_studio(create_app(bare).test_client(), KeyRing(tmp_path / "keys.sqlite"))
    assert "no graph store that could be asked" in read(client)
