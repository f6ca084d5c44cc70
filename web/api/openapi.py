"""The table of operations and the schemas → an OpenAPI 3.1 document."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path as FilePath
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from kgrec import __version__

from .answers import Problem
from .operations import BASE, FORM, OPERATIONS, PLACES, QUERY, Operation, Reply

PROBLEM = "application/problem+json"
_TEXT = {"type": "string"}
_EXAMPLES = FilePath(__file__).resolve().parent / "examples.json"
"""One of everything that is sent whole, by the name of its schema, as the demo shop has it."""

TOPICS = {
    "Recommendations": "Lists and their reasons. Every score is the sum of what its paths add.",
    "Events": "What users do, written down before it is acknowledged.",
    "Items": "What the shop has. A change counts in the next list.",
    "Users": "What is known of users and what they allow.",
    "Graph": "The public graph: by name for everybody, in SPARQL with a key.",
}

_SENT = {
    "If-Match": "make the change only if the item is as it was with this ETag",
    "If-None-Match": "* makes the change only if there is no such item",
}
_TOLD = {
    "ETag": "the digest of the answer; send it as If-None-Match to be told 304 while it is the same",
    "Link": "addresses of the other parts of the list: first, prev, next (RFC 8288)",
    "Location": "where the receipt is",
    "X-Kgrec-Graph-Version": "which graph was asked",
    "X-Kgrec-Truncated": "true if rows were left out; in JSON also a member beside head",
    "X-Request-ID": "what this request is called in the log",
}


@cache
def description() -> dict[str, Any]:
    """The API as it is."""
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        paths.setdefault(BASE + operation.path, {})[operation.method.lower()] = _described(operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "kgrec",
            "version": __version__,
            "summary": "Recommendations whose reasons are the score",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": name, "description": about} for name, about in TOPICS.items()],
        "paths": paths,
        "components": {"schemas": _schemas(), "securitySchemes": _SCHEMES},
    }


_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "description": "a key of the role that an operation needs, or admin: kgrec key SHOP create --role read",
    },
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "a token for one user, of POST /users/{user_id}/token: about that user, what its key may",
    },
}


def _schemas() -> dict[str, Any]:
    """Everything that is sent as JSON, by name, with an example where it is sent whole."""
    known: dict[type[BaseModel], None] = {Problem: None}
    for operation in OPERATIONS:
        if operation.body is not None and not operation.by_protocol:
            known[operation.body] = None
        if operation.reply.schema is not None:
            known[operation.reply.schema] = None
    _, found = models_json_schema(
        [(schema, "validation") for schema in known], ref_template="#/components/schemas/{model}"
    )
    schemas: dict[str, Any] = found["$defs"]
    for name, example in json.loads(_EXAMPLES.read_text(encoding="utf-8")).items():
        schemas[name]["examples"] = [example]
    return schemas


def _described(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "tags": [operation.topic],
        "summary": operation.summary,
        "parameters": list(_parameters(operation)),
    }
    if operation.body is not None:
        told["requestBody"] = {
            "required": not operation.optional_body,
            "content": {kind: {"schema": _body(operation, kind)} for kind in operation.bodies},
        }
    told["responses"] = _responses(operation)
    if operation.door is not None:
        ways: list[dict[str, list[str]]] = (
            [{"key": []}, {"token": []}] if operation.door.tokens else [{"key": []}]
        )
        told["security"], told["x-kgrec-role"] = ways, operation.door.role
    elif operation.about_asker:
        told["security"] = [{}, {"key": []}, {"token": []}]
    return told


# What is sent


def _parameters(operation: Operation) -> Iterable[dict[str, Any]]:
    for name, (meaning, example) in PLACES.items():
        if f"{{{name}}}" in operation.path:
            schema = {**_TEXT, "minLength": 1, "examples": [example]}
            yield {"name": name, "in": "path", "required": True, "description": meaning, "schema": schema}
    if operation.query is not None:
        yield from _of_address(operation.query, without=("query",) if operation.body else ())
    if operation.named_values:
        schema = {"type": "object", "additionalProperties": _TEXT}
        yield {
            "name": "values",
            "in": "query",
            "description": operation.named_values,
            "schema": schema,
            "style": "form",
            "explode": True,
        }
    for name in operation.headers:
        yield {"name": name, "in": "header", "description": _SENT[name], "schema": _TEXT}


def _of_address(query: type[BaseModel], without: tuple[str, ...] = ()) -> Iterable[dict[str, Any]]:
    schema = query.model_json_schema()
    for name, of in schema["properties"].items():
        if name in without:
            continue
        rest = {key: value for key, value in of.items() if key not in ("title", "description")}
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            "description": of.get("description", ""),
            "schema": _given(rest),
        }


def _given(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of a parameter that may be left out, and is not null when it is given."""
    kinds = [one for one in schema.get("anyOf", ()) if one.get("type") != "null"]
    if len(kinds) != 1:
        return dict(schema)
    return {**kinds[0], **{key: value for key, value in schema.items() if key not in ("anyOf", "default")}}


def _body(operation: Operation, kind: str) -> dict[str, Any]:
    assert operation.body is not None
    if kind == QUERY:
        return _TEXT
    if kind == FORM:
        query = operation.body.model_json_schema()["properties"]["query"]
        return {"type": "object", "required": ["query"], "properties": {"query": query}}
    return _reference(operation.body)


# What is answered


def _responses(operation: Operation) -> dict[str, Any]:
    found = {str(operation.reply.status): _reply(operation, operation.reply)}
    if operation.method == "GET":
        found["304"] = {"description": "the asker has it already", "headers": _headers(("ETag",))}
    problem = {PROBLEM: {"schema": _reference(Problem)}}
    for code in operation.refused:
        found[str(code)] = {
            "description": HTTPStatus(code).phrase,
            "headers": _headers(()),
            "content": problem,
        }
    return found


def _reply(operation: Operation, reply: Reply) -> dict[str, Any]:
    tag = ("ETag",) if operation.method == "GET" else ()
    told: dict[str, Any] = {
        "description": reply.meaning,
        "headers": _headers((*tag, *reply.headers)),
    }
    if reply.kinds:
        schema = _TEXT if reply.schema is None else _reference(reply.schema)
        told["content"] = {kind: {"schema": schema if "json" in kind else _TEXT} for kind in reply.kinds}
    return told


def _headers(names: Iterable[str]) -> dict[str, Any]:
    return {name: {"description": _TOLD[name], "schema": _TEXT} for name in (*names, "X-Request-ID")}


def _reference(schema: type[BaseModel]) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{schema.__name__}"}
