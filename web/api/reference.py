"""The description of the API as a page for people, made from the same document that programs read."""

from __future__ import annotations

import json
from functools import cache
from shlex import quote
from typing import Any

from flask import render_template
from werkzeug.urls import iri_to_uri

from .openapi import PROBLEM, TOPICS, description
from .operations import FORM

_HERE = "http://127.0.0.1:8000"


def page() -> str:
    """All operations and all that is sent."""
    return render_template(
        "reference.html", api=description(), operations=_by_topic(), example=_example, written=_written
    )


@cache
def _by_topic() -> dict[str, list[dict[str, Any]]]:
    """Topic → its operations, each with what the page shows beside the document's own words."""
    found: dict[str, list[dict[str, Any]]] = {topic: [] for topic in TOPICS}
    for path, methods in description()["paths"].items():
        for method, told in methods.items():
            body = _content(told.get("requestBody", {}))
            replies = {status: reply for status, reply in told["responses"].items() if status < "300"}
            shown = {
                **told,
                "method": method.upper(),
                "path": path,
                "body": body,
                "replies": {status: (reply, _content(reply)) for status, reply in replies.items()},
                "refusals": [status for status in told["responses"] if status >= "300"],
                "curl": curl(method.upper(), path, told),
            }
            found[told["tags"][0]].append(shown)
    return found


def curl(method: str, path: str, told: dict[str, Any]) -> str:
    """A command that asks an operation of a server on this machine."""
    asked: list[str] = []
    for parameter in told["parameters"]:
        example = next(iter(parameter["schema"].get("examples", ())), None)
        if parameter["in"] == "path":
            path = path.replace(f"{{{parameter['name']}}}", iri_to_uri(str(example)))
        elif parameter.get("required"):
            asked.append(f"{parameter['name']}={iri_to_uri(str(example)).replace('?', '%3F')}")
    words = ["curl", *([] if method in ("GET", "POST") else ["-X", method])]
    words.append(quote(f"{_HERE}{path}" + (f"?{'&'.join(asked)}" if asked else "")))
    if told.get("security", [{}])[0]:
        words += ["-H", '"Authorization: Bearer $KEY"']
    body = _content(told.get("requestBody", {}))
    if "application/json" in body:
        sent = json.dumps(_example(body["application/json"]), ensure_ascii=False)
        words += ["-H", "'Content-Type: application/json'", "-d", quote(sent)]
    elif FORM in body:
        words += ["--data-urlencode", quote(f"query={body[FORM]['properties']['query']['examples'][0]}")]
    return " ".join(words)


def _content(part: dict[str, Any]) -> dict[str, Any]:
    """Media type → schema of what is sent."""
    return {kind: of["schema"] for kind, of in part.get("content", {}).items() if kind != PROBLEM}


def _written(value: Any) -> str:
    """JSON as people read it: what HTML would mistake is escaped by the page, not in the JSON."""
    return json.dumps(value, indent=2, ensure_ascii=False)


def _example(schema: dict[str, Any]) -> Any:
    """An example of what a schema is about, None if there is none."""
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = description()["components"]["schemas"].get(name, schema)
    return next(iter(whole.get("examples", ())), None)
