"""What a request holds, read by its schema: the body as JSON, parameters as texts. Errors name the field."""

from __future__ import annotations

import json
from collections.abc import Container
from typing import Any, TypeVar

from flask import g, request
from pydantic import BaseModel, ValidationError
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType

Schema = TypeVar("Schema", bound=BaseModel)

LONGEST_FIELD = 200  # characters of a field's name in an error: anybody may have invented it


def body(schema: type[Schema]) -> Schema:
    """The request's JSON as a schema."""
    if not request.is_json:
        raise UnsupportedMediaType("send JSON with Content-Type: application/json")
    text = request.get_data()
    try:
        found = schema.model_validate_json(text)
    except ValidationError as error:
        raise _fault(error) from None
    _look_twice(text)
    g.user_id = getattr(found, "user_id", None)  # by another name, for the line of this request in the log
    return found


def parameters(schema: type[Schema], *, but: Container[str] = ()) -> Schema:
    """The parameters of the request's address as a schema, each given once; `but` some that it knows nothing of."""
    found = {name: given for name, given in request.args.lists() if name not in but}
    for name, given in found.items():
        if len(given) > 1:
            raise BadRequest(f"{name[:LONGEST_FIELD]} is given {len(given)} times; give it once")
    try:
        return schema.model_validate_strings({name: given[0] for name, given in found.items()})
    except ValidationError as error:
        raise _fault(error) from None


def others(schema: type[BaseModel]) -> dict[str, list[str]]:
    """The parameters that a schema does not know, each with all its values."""
    return {name: given for name, given in request.args.lists() if name not in schema.model_fields}


def _fault(error: ValidationError) -> BadRequest | UnprocessableEntity:
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return BadRequest(f"the body is not JSON: {first['ctx']['error']}")
    where = ".".join(str(part) for part in first["loc"])
    return UnprocessableEntity(f"{where[:LONGEST_FIELD]}: {first['msg']}" if where else first["msg"])


def _look_twice(text: bytes) -> None:
    """400 for what parsers of JSON take in different ways: a name that is given twice, numbers that are none."""

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in found if names.count(name) > 1)
            raise BadRequest(f"the body gives {twice[:LONGEST_FIELD]!r} twice; give it once")
        return found

    def number(name: str) -> None:
        raise BadRequest(f"the body is not JSON: {name} is no number there; leave it out")

    json.loads(text, object_pairs_hook=once, parse_constant=number)
