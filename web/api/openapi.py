"""The schemas → an OpenAPI 3.1 document."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from pydantic.json_schema import models_json_schema

from kgrec import __version__
from kgrec.endpoint import GRAPHS, ROWS
from kgrec.live.intake import MOST_RECORDS, EventRecord
from kgrec.live.inventory import MOST_ATTRIBUTES

from .answers import (
    ConsentAnswer,
    ErasureReceipt,
    EventsAnswer,
    Explanation,
    FactsAnswer,
    HiddenAnswer,
    ItemAnswer,
    Library,
    Problem,
    RecommendAnswer,
    UserAnswer,
    WhatIfAnswer,
    WhyNotAnswer,
)
from .schemas import (
    ConsentRequest,
    ExplainRequest,
    RecommendRequest,
    UserAttributes,
    WhatIfRequest,
    WhyNotRequest,
)

REFUSALS = (400, 404, 413, 415, 422, 500)
GRAPH_REFUSALS = (400, 401, 403, 404, 406, 413, 422, 429, 500, 503, 504)


def description() -> dict[str, Any]:
    """The API as it is."""
    _, definitions = models_json_schema(
        [
            (RecommendRequest, "validation"),
            (ExplainRequest, "validation"),
            (WhyNotRequest, "validation"),
            (WhatIfRequest, "validation"),
            (WhyNotAnswer, "validation"),
            (WhatIfAnswer, "validation"),
            (RecommendAnswer, "validation"),
            (Explanation, "validation"),
            (Library, "validation"),
            (EventRecord, "validation"),
            (EventsAnswer, "validation"),
            (ItemAnswer, "validation"),
            *((schema, "validation") for schema in _OF_USERS),
            (Problem, "validation"),
        ],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kgrec",
            "version": __version__,
            "summary": "Recommendations whose reasons are the score",
        },
        "paths": {
            "/api/v1/recommend": {
                "post": _operation("recommend", "The best items", "RecommendRequest", "RecommendAnswer")
            },
            "/api/v1/explain": {
                "post": _operation("explain", "Why an item has its score", "ExplainRequest", "Explanation")
            },
            "/api/v1/why-not": {
                "post": _operation(
                    "whyNot", "Why an item is not in the list", "WhyNotRequest", "WhyNotAnswer"
                )
            },
            "/api/v1/what-if": {
                "post": _operation(
                    "whatIf", "What the list would be with other events", "WhatIfRequest", "WhatIfAnswer"
                )
            },
            "/api/v1/events": {"post": _telling()},
            **_item_paths(),
            **_user_paths(),
            **_graph_paths(),
        },
        "components": {
            "schemas": definitions["$defs"],
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "a key: kgrec key SHOP create --role read (/sparql) or events (/events)",
                }
            },
        },
    }


_FORM, _QUERY = "application/x-www-form-urlencoded", "application/sparql-query"
_TIMEOUT = ("timeout", "seconds after which no answer is wanted any more, below what the shop allows", False)
_DATASET = (
    ("default-graph-uri", "a graph of the store to ask instead of all; may be repeated", False),
    ("named-graph-uri", "a graph of the store that GRAPH may name; may be repeated", False),
)


def _graph_paths() -> dict[str, Any]:
    """What asks the graph itself: answers are rows or triples in the media type that the client likes best."""
    text = ("query", "a SPARQL 1.1 query", True)
    ask = "An answer to a SPARQL query of your own, over the public graph"
    form = {"type": "object", "required": ["query"], "properties": {"query": {"type": "string"}}}
    return {
        "/api/v1/sparql": {
            "get": _asking("sparqlByGet", ask, query=(text, *_DATASET, _TIMEOUT), key=True),
            "post": {
                **_asking("sparqlByPost", ask, query=(*_DATASET, _TIMEOUT), key=True, refusals=(415,)),
                "requestBody": {
                    "required": True,
                    "content": {_FORM: {"schema": form}, _QUERY: {"schema": {"type": "string"}}},
                },
            },
        },
        "/api/v1/graph/queries": {
            "get": {
                "operationId": "namedQueries",
                "summary": "The questions that can be asked by name, and what may be set in them",
                "responses": {
                    "200": {"description": "the answer", "content": _content("application/json", "Library")},
                    **_problems((500, 503)),
                },
            }
        },
        "/api/v1/graph/queries/{name}": {
            "get": _asking(
                "namedQuery",
                "An answer to a question of the library; its parameters are parameters here",
                path=("name", "one of those that /graph/queries lists"),
                query=(_TIMEOUT,),
            )
        },
        "/api/v1/graph/entities/{item_id}": {
            "get": _asking(
                "entity",
                "What the catalogue says of an item, and the items it is linked to",
                path=("item_id", "id of an item"),
                query=(_TIMEOUT,),
            )
        },
        "/api/v1/graph/path": {
            "get": _asking(
                "path",
                "How two items are joined: directly, or by what both have",
                query=(("from", "id of an item", True), ("to", "id of another", True), _TIMEOUT),
            )
        },
    }


def _asking(
    name: str,
    summary: str,
    *,
    path: tuple[str, str] | None = None,
    query: tuple[tuple[str, str, bool], ...] = (),
    key: bool = False,
    refusals: tuple[int, ...] = (),
) -> dict[str, Any]:
    text = {"type": "string"}
    parameters = [_parameter("path", *path, required=True)] if path else []
    parameters += [_parameter("query", of, meaning, required=needed) for of, meaning, needed in query]
    version = {"description": "which graph was asked", "schema": text}
    cut = {"description": "true if rows were left out; in JSON also a member beside head", "schema": text}
    return {
        "operationId": name,
        "summary": summary,
        "parameters": parameters,
        "responses": {
            "200": {
                "description": "rows (SELECT, ASK) or triples (CONSTRUCT, DESCRIBE)",
                "headers": {"X-Kgrec-Truncated": cut, "X-Kgrec-Graph-Version": version},
                "content": {kind: {"schema": text} for kind in dict.fromkeys([*ROWS, *GRAPHS])},
            },
            **_problems(tuple(sorted({*GRAPH_REFUSALS, *refusals}))),
        },
        **({"security": [{"key": []}]} if key else {}),
    }


def _parameter(place: str, name: str, meaning: str, *, required: bool) -> dict[str, Any]:
    return {
        "name": name,
        "in": place,
        "required": required,
        "description": meaning,
        "schema": {"type": "string"},
    }


def _operation(name: str, summary: str, asked: str, answered: str) -> dict[str, Any]:
    return {
        "operationId": name,
        "summary": summary,
        "requestBody": {"required": True, "content": _content("application/json", asked)},
        "responses": {
            "200": {"description": "the answer", "content": _content("application/json", answered)},
            **_problems(REFUSALS),
        },
    }


def _telling() -> dict[str, Any]:
    batch = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/EventRecord"},
        "maxItems": MOST_RECORDS,
    }
    return {
        "operationId": "events",
        "summary": "Tell what users did; the answer comes when it is on disk",
        "requestBody": {"required": True, "content": {"application/json": {"schema": batch}}},
        "responses": {
            "202": {
                "description": "what became of each: written, a duplicate, or rejected with the reason",
                "content": _content("application/json", "EventsAnswer"),
            },
            **_problems((400, 401, 403, 413, 415, 422, 500, 503, 507)),
        },
        "security": [{"key": []}],
    }


_OF_USERS = (
    UserAttributes,
    UserAnswer,
    ConsentRequest,
    ConsentAnswer,
    FactsAnswer,
    HiddenAnswer,
    ErasureReceipt,
)


def _user_paths() -> dict[str, Any]:
    """What tells of users, and what they may ask of the shop."""
    user = _parameter("path", "user_id", "id of a user", required=True)
    fact = _parameter("path", "fact", "of the list of facts", required=True)
    person = _parameter("path", "person", "of a receipt", required=True)
    lang = _parameter("query", "lang", "en or zh: of the texts", required=False)
    why = _parameter("query", "reason", "kept with the receipt; it is to name nobody", required=False)

    def telling(
        name: str,
        summary: str,
        answer: str,
        *parameters: dict[str, Any],
        takes: str | None = None,
        status: str = "200",
    ) -> dict[str, Any]:
        done = {"description": "done", "content": _content("application/json", answer)}
        body = {"requestBody": {"required": True, "content": _content("application/json", takes or "")}}
        return {
            "operationId": name,
            "summary": summary,
            "parameters": list(parameters),
            **(body if takes else {}),
            "responses": {
                status: done,
                **_problems((400, 401, 403, 404, 413, 415, 422, 500, 503, 507)),
            },
            "security": [{"key": []}],
        }

    return {
        "/api/v1/users/{user_id}": {
            "put": telling(
                "putUser", "All that is said of a user", "UserAnswer", user, takes="UserAttributes"
            ),
            "patch": telling(
                "patchUser", "Some of what is said of a user", "UserAnswer", user, takes="UserAttributes"
            ),
            "delete": telling(
                "forgetUser", "Forget a user; begun when answered", "ErasureReceipt", user, why, status="202"
            ),
        },
        "/api/v1/users/{user_id}/consent": {
            "get": telling("consent", "What a user allows", "ConsentAnswer", user),
            "put": telling(
                "putConsent", "Keep what a user allows", "ConsentAnswer", user, takes="ConsentRequest"
            ),
        },
        "/api/v1/users/{user_id}/facts": {
            "get": telling("facts", "All that is known of a user and used", "FactsAnswer", user, lang)
        },
        "/api/v1/users/{user_id}/facts/{fact}": {
            "delete": telling("hideFact", "Never use a fact of a user again", "HiddenAnswer", user, fact)
        },
        "/api/v1/erasures/{person}": {
            "get": telling("erasure", "The receipt of somebody who was forgotten", "ErasureReceipt", person)
        },
    }


_ATTRIBUTES = {
    "type": "object",
    "description": (
        "attributes by name: title, title_zh, description, price, currency, image and other columns of the catalogue; "
        "brand, category (broadest first, joined by ' > ') and other relations, each a value or a list"
    ),
    "additionalProperties": {
        "anyOf": [
            {"type": "string"},
            {"type": "number", "minimum": 0},
            {"type": "array", "items": {"type": "string"}},
            {"type": "null"},
        ]
    },
    "maxProperties": MOST_ATTRIBUTES,
}


def _item_paths() -> dict[str, Any]:
    """What tells of the catalogue."""
    body = {"required": True, "content": {"application/json": {"schema": _ATTRIBUTES}}}
    done = {"description": "kept", "content": _content("application/json", "ItemAnswer")}
    refusals = _problems((400, 401, 403, 404, 413, 415, 422, 500, 503, 507))

    def telling(name: str, summary: str, *, takes: bool) -> dict[str, Any]:
        return {
            "operationId": name,
            "summary": summary,
            "parameters": [_parameter("path", "item_id", "id of an item", required=True)],
            **({"requestBody": body} if takes else {}),
            "responses": {**({"200": done} if takes else {"204": {"description": "withdrawn"}}), **refusals},
            "security": [{"key": []}],
        }

    return {
        "/api/v1/items/{item_id}": {
            "put": telling("putItem", "All that an item is from now on", takes=True),
            "patch": telling(
                "patchItem", "Some of what an item is; null takes an attribute away", takes=True
            ),
            "delete": telling("deleteItem", "An item that is not to be recommended any more", takes=False),
        }
    }


def _problems(codes: tuple[int, ...]) -> dict[str, Any]:
    problem = _content("application/problem+json", "Problem")
    return {str(code): {"description": HTTPStatus(code).phrase, "content": problem} for code in codes}


def _content(kind: str, schema: str) -> dict[str, Any]:
    return {kind: {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
