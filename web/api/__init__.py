"""The API under /api/v1: one module a resource, `operations` is the table of all that can be asked."""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Any

from flask import Blueprint, g, redirect, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from jinja2 import FileSystemLoader
from werkzeug.routing import PathConverter

from kgrec.domain import ID_FAULTS
from kgrec.errors import BadInput
from kgrec.guide import Guide

from ..watching import watching
from . import askers, conditions, origins
from .openapi import description
from .operations import ITEM, OPERATIONS, USER, Operation
from .reference import page
from .schemas import Asker
from .sent import body, others, parameters


def _not_below(path: str) -> str:
    """What begins the pattern of an id that ends an address: no address of something of theirs, such as USER/facts."""
    below = [
        re.sub(r"\{\w+\}", "[^/]+", operation.path.removeprefix(f"{path}/"))
        for operation in OPERATIONS
        if operation.path.startswith(f"{path}/")
    ]
    return rf"(?![\s\S]*/(?:{'|'.join(below)})\Z)"


class AnyId(PathConverter):
    """An id of the shop, whatever it holds."""

    part_isolating = False
    regex = r"[\s\S]+?"


class WholeUser(AnyId):
    """The id of a user at the end of an address: what is said of their facts must not be said of another user."""

    regex = _not_below(USER) + AnyId.regex


class WholeItem(AnyId):
    """The id of an item at the end of an address."""

    regex = _not_below(ITEM) + AnyId.regex


def api_blueprint(guide: Guide) -> Blueprint:
    """The routes of a guide's API."""
    blueprint = Blueprint("api", __name__)
    blueprint.jinja_loader = FileSystemLoader(FilePath(__file__).resolve().parent)
    blueprint.record_once(_know_ids)
    for operation in OPERATIONS:
        blueprint.add_url_rule(
            operation.rule,
            operation.name,
            _asked(guide, operation),
            methods=[operation.method],
            merge_slashes=False,
        )
    blueprint.add_url_rule("/openapi.json", "openapi", description)
    blueprint.add_url_rule("/", "reference", page)
    blueprint.add_url_rule("/docs", "docs", lambda: redirect(url_for(".reference"), 308))
    blueprint.after_request(conditions.tagged)
    blueprint.after_request(origins.opened)
    return blueprint


def _know_ids(state: BlueprintSetupState) -> None:
    state.app.url_map.converters |= {"any_id": AnyId, "whole_user": WholeUser, "whole_item": WholeItem}


def _asked(guide: Guide, operation: Operation) -> Any:
    """Look who asks, read what is asked, answer."""

    def view(**names: str) -> ResponseReturnValue:
        if operation.door is not None:
            operation.door.opens(guide)
        if "user_id" in names:
            _check_user(names["user_id"])
        given: dict[str, Any] = dict(names)
        if not operation.by_protocol:
            given |= _read(guide, operation)
        return operation.view(guide, **given)

    return view


def _read(guide: Guide, operation: Operation) -> dict[str, Any]:
    given: dict[str, Any] = {}
    if operation.query is not None:
        if operation.named_values:
            given["others"] = others(operation.query)
        given["query"] = parameters(operation.query, but=given.get("others", ()))
    if operation.body is not None:
        empty = operation.optional_body and not request.get_data()
        asked = operation.body() if empty else body(operation.body)
        if isinstance(asked, Asker):
            askers.allow_about(guide, asked.user_id)
            if asked.user_id is not None:
                watching().answer_in_arm_of(asked.user_id)
        given["asked"] = asked
    return given


def _check_user(user_id: str) -> None:
    """The id of an address is as strict as one in a body."""
    for is_so, what, remedy in ID_FAULTS:
        if is_so(user_id):
            raise BadInput(f"user_id {what}; {remedy}")
    g.user_id = user_id  # by another name, for the line of this request in the log
