"""The API under /api/v1: one module a resource."""

from __future__ import annotations

from typing import TypeVar

from flask import Blueprint, g, request
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType

from kgrec.guide import Guide

from ..watching import watching
from . import graph, items, users
from .events import tell
from .explain import explain
from .openapi import description
from .recommend import recommend
from .schemas import (
    ConsentRequest,
    ExplainRequest,
    RecommendRequest,
    UserAttributes,
    WhatIfRequest,
    WhyNotRequest,
)
from .sparql import sparql
from .what_if import what_if
from .why_not import why_not

Body = TypeVar("Body", bound=BaseModel)

LONGEST_FIELD = 200  # characters of a field's name in an error: anybody may have invented it


def api_blueprint(guide: Guide) -> Blueprint:
    """The routes of a guide's API."""
    blueprint = Blueprint("api", __name__)

    @blueprint.post("/recommend")
    def post_recommend() -> ResponseReturnValue:
        return recommend(guide, body(RecommendRequest))

    @blueprint.post("/explain")
    def post_explain() -> ResponseReturnValue:
        return explain(guide, body(ExplainRequest))

    @blueprint.post("/why-not")
    def post_why_not() -> ResponseReturnValue:
        return why_not(guide, body(WhyNotRequest))

    @blueprint.post("/what-if")
    def post_what_if() -> ResponseReturnValue:
        return what_if(guide, body(WhatIfRequest))

    @blueprint.post("/events")
    def post_events() -> ResponseReturnValue:
        return tell(guide)

    @blueprint.get("/openapi.json")
    def openapi() -> ResponseReturnValue:
        return description()

    _graph_routes(blueprint, guide)
    _item_routes(blueprint, guide)
    _user_routes(blueprint, guide)
    return blueprint


def _user_routes(blueprint: Blueprint, guide: Guide) -> None:
    @blueprint.put("/users/<path:user_id>")
    def put_user(user_id: str) -> ResponseReturnValue:
        return users.put(guide, user_id, body(UserAttributes).root)

    @blueprint.patch("/users/<path:user_id>")
    def patch_user(user_id: str) -> ResponseReturnValue:
        return users.patch(guide, user_id, body(UserAttributes).root)

    @blueprint.delete("/users/<path:user_id>")
    def delete_user(user_id: str) -> ResponseReturnValue:
        return users.delete(guide, user_id)

    @blueprint.get("/users/<path:user_id>/consent")
    def get_consent(user_id: str) -> ResponseReturnValue:
        return users.consent(guide, user_id)

    @blueprint.put("/users/<path:user_id>/consent")
    def put_consent(user_id: str) -> ResponseReturnValue:
        return users.put_consent(guide, user_id, body(ConsentRequest))

    @blueprint.get("/users/<path:user_id>/facts")
    def get_facts(user_id: str) -> ResponseReturnValue:
        return users.facts(guide, user_id)

    @blueprint.delete("/users/<path:user_id>/facts/<fact>")
    def delete_fact(user_id: str, fact: str) -> ResponseReturnValue:
        return users.hide_fact(guide, user_id, fact)

    @blueprint.get("/erasures/<person>")
    def get_erasure(person: str) -> ResponseReturnValue:
        return users.erasure(guide, person)


def _item_routes(blueprint: Blueprint, guide: Guide) -> None:
    @blueprint.put("/items/<path:item_id>")
    def put_item(item_id: str) -> ResponseReturnValue:
        return items.put(guide, item_id)

    @blueprint.patch("/items/<path:item_id>")
    def patch_item(item_id: str) -> ResponseReturnValue:
        return items.patch(guide, item_id)

    @blueprint.delete("/items/<path:item_id>")
    def delete_item(item_id: str) -> ResponseReturnValue:
        return items.delete(guide, item_id)


def _graph_routes(blueprint: Blueprint, guide: Guide) -> None:
    @blueprint.route("/sparql", methods=["GET", "POST"])
    def get_or_post_sparql() -> ResponseReturnValue:
        with watching().metrics.query():
            return sparql(guide.endpoint)

    @blueprint.get("/graph/queries")
    def get_queries() -> ResponseReturnValue:
        return graph.queries(guide.endpoint)

    @blueprint.get("/graph/queries/<name>")
    def get_named_query(name: str) -> ResponseReturnValue:
        with watching().metrics.query():
            return graph.named(guide.endpoint, name)

    @blueprint.get("/graph/entities/<path:item_id>")
    def get_entity(item_id: str) -> ResponseReturnValue:
        with watching().metrics.query():
            return graph.entity(guide, item_id)

    @blueprint.get("/graph/path")
    def get_path() -> ResponseReturnValue:
        with watching().metrics.query():
            return graph.path(guide)


def body(schema: type[Body]) -> Body:
    """The request's JSON as a schema; the error names the field."""
    if not request.is_json:
        raise UnsupportedMediaType("send JSON with Content-Type: application/json")
    text = request.get_data()
    try:
        found = schema.model_validate_json(text)
        g.user_id = getattr(
            found, "user_id", None
        )  # by another name, for the line of this request in the log
        return found
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        raise BadRequest(f"the body is not JSON: {first['ctx']['error']}")
    where = ".".join(str(part) for part in first["loc"])
    raise UnprocessableEntity(f"{where[:LONGEST_FIELD]}: {first['msg']}" if where else first["msg"])
