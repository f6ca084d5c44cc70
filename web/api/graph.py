"""GET /graph/…: the queries of the library by name, an item's neighbours and the ways between two, open to all."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from werkzeug.exceptions import BadRequest

from kgrec.endpoint import Endpoint, NamedQuery
from kgrec.guide import Guide

from ..watching import watching
from .sparql import accepted, one, response, who


def queries(guide: Guide) -> dict[str, Any]:
    """What can be asked by name, and what may be set."""
    return {"queries": [_told(query) for query in guide.endpoint.library()]}


def named(guide: Guide, name: str) -> Response:
    """The answer to a query of the library; every parameter of the request but `timeout` is one of its own."""
    values = {parameter: str(one(request.args, parameter)) for parameter in request.args}
    values.pop("timeout", None)
    return _answered(guide.endpoint, name, values)


def entity(guide: Guide, item_id: str) -> Response:
    """What is said of an item: its attributes and the items it is linked to."""
    guide.dataset.items.row(item_id)
    return _answered(guide.endpoint, "item-facts", {"item": item_id})


def path(guide: Guide) -> Response:
    """How two items are joined."""
    ends = {"one": one(request.args, "from"), "other": one(request.args, "to")}
    if None in ends.values():
        raise BadRequest("name two items: /graph/path?from=ITEM&to=ITEM")
    values = {name: str(item_id) for name, item_id in ends.items()}
    for item_id in values.values():
        guide.dataset.items.row(item_id)
    return _answered(guide.endpoint, "paths-between-items", values)


def _answered(endpoint: Endpoint, name: str, values: dict[str, str]) -> Response:
    wanted = accepted()
    with watching().metrics.query():
        return response(endpoint, endpoint.ask_named(who(endpoint), name, values, wanted), wanted)


def _told(query: NamedQuery) -> dict[str, Any]:
    return {
        "name": query.name,
        "title": query.title,
        "open": not query.personal,
        "parameters": [
            {"name": parameter.name, "meaning": parameter.meaning, "required": parameter.required}
            for parameter in query.parameters
        ],
    }
