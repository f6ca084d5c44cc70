"""The description of the API: all that there is, nothing that there is not, with examples that hold."""

from __future__ import annotations

import json
import re
import shlex
from html.parser import HTMLParser
from typing import Any

import jsonschema_rs
import pytest
from flask import Flask
from flask.testing import FlaskClient

from web.api import answers, schemas
from web.api.openapi import description
from web.api.operations import BASE, OPERATIONS

ABOUT_ITSELF = {f"{BASE}/", f"{BASE}/docs", f"{BASE}/openapi.json"}
DOCUMENT: dict[str, Any] = description()
DESCRIBED = [
    (path, method, told) for path, methods in DOCUMENT["paths"].items() for method, told in methods.items()
]
SCHEMAS: dict[str, Any] = DOCUMENT["components"]["schemas"]


def sent_whole() -> set[str]:
    """Names of the schemas that are a body or an answer."""
    whole = set()
    for _, _, told in DESCRIBED:
        for part in (told.get("requestBody", {}), *told["responses"].values()):
            for of in part.get("content", {}).values():
                if "$ref" in of["schema"]:
                    whole.add(of["schema"]["$ref"].rpartition("/")[2])
    return whole


def test_every_route_is_described_and_everything_described_is_a_route(app: Flask) -> None:
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(BASE) and rule.rule not in ABOUT_ITSELF
        for method in rule.methods or ()
        if method not in ("HEAD", "OPTIONS")
    }
    assert routes == {(path, method) for path, method, _ in DESCRIBED}
    assert len(OPERATIONS) == len(DESCRIBED) == len({told["operationId"] for _, _, told in DESCRIBED})


@pytest.mark.parametrize("name", sorted(sent_whole()))
def test_everything_that_is_sent_whole_has_an_example_that_is_one(name: str) -> None:
    (example,) = SCHEMAS[name]["examples"]
    schema = {**SCHEMAS[name], "components": {"schemas": SCHEMAS}}
    jsonschema_rs.Draft202012Validator(schema).validate(example)
    model = getattr(schemas, name, None) or getattr(answers, name)
    model.model_validate_json(json.dumps(example))


def test_no_example_is_of_something_else() -> None:
    assert {name for name, schema in SCHEMAS.items() if "examples" in schema} == sent_whole()


def test_the_parts_of_the_example_add_up() -> None:
    told = SCHEMAS["Explanation"]["examples"][0]
    parts = told["prior"] + sum(path["contribution"] for path in told["paths"])
    assert parts + told["remainder"]["contribution"] == pytest.approx(told["score"], abs=2e-4)


@pytest.mark.parametrize(("path", "method", "told"), DESCRIBED)
def test_every_operation_is_told_whole(path: str, method: str, told: dict[str, Any]) -> None:
    named = set(re.findall(r"\{(\w+)\}", path))
    assert {one["name"] for one in told["parameters"] if one["in"] == "path"} == named
    assert told["summary"] and told["tags"] and all(one["description"] for one in told["parameters"])
    statuses = set(told["responses"])
    assert {"429", "500"} <= statuses and any(status < "300" for status in statuses)
    needs_key = {} not in told.get("security", [{}])
    assert needs_key <= ({"401", "403"} <= statuses) and needs_key == ("x-kgrec-role" in told)
    assert ("304" in statuses) == (method == "get")


def test_every_reference_resolves_and_every_schema_is_used() -> None:
    used = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert used == set(SCHEMAS)


class Page(HTMLParser):
    """Anchors, links and headings of a page, and what a strict policy would forbid."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.forbidden: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.ids += [str(given["id"])] if "id" in given else []
        self.links += [str(given["href"])] if tag == "a" else []
        if (tag == "script" and "src" not in given) or tag == "style" or "style" in given:
            self.forbidden.append(tag)
        if any(name.startswith("on") for name in given):
            self.forbidden.append(tag)


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_has_every_operation_and_schema_at_an_anchor_that_is_linked(
    client: FlaskClient, lang: str
) -> None:
    answer = client.get(f"{BASE}/?lang={lang}")
    assert answer.status_code == 200 and answer.mimetype == "text/html"
    page = Page(answer.text)
    wanted = {told["operationId"] for _, _, told in DESCRIBED} | {f"schema-{name}" for name in SCHEMAS}
    assert wanted <= set(page.ids) and len(page.ids) == len(set(page.ids))
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert wanted - {"schema-Problem"} <= inside <= set(page.ids)
    assert not page.forbidden
    assert f"{BASE}/openapi.json" in page.links


def test_the_page_is_found_by_its_other_names(client: FlaskClient) -> None:
    for path in (BASE, f"{BASE}/docs"):
        answer = client.get(path, follow_redirects=True)
        assert answer.status_code == 200 and answer.request.path == f"{BASE}/"


def test_every_command_of_the_page_asks_what_it_stands_beside(client: FlaskClient, app: Flask) -> None:
    """Each is taken apart as a shell would, and sent to a shop that has none of its ids."""
    from web.api.reference import curl

    for path, method, told in DESCRIBED:
        words = shlex.split(curl(method.upper(), path, told))
        (address,) = [word for word in words if word.startswith("http://")]
        bodies = [words[place + 1] for place, word in enumerate(words) if word == "-d"]
        sent = {"data": bodies[0], "content_type": "application/json"} if bodies else {}
        if "--data-urlencode" in words:
            sent = {"data": dict([words[-1].split("=", 1)])}
        answer = client.open(address.removeprefix("http://127.0.0.1:8000"), method=method.upper(), **sent)
        assert str(answer.status_code) in told["responses"], (told["operationId"], answer.text[:200])
        assert answer.status_code in (200, 404, 503), (told["operationId"], answer.text[:200])
