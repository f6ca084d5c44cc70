"""What a program sends as JSON that no schema describes whole."""

from __future__ import annotations

from typing import Any

from flask import request
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnsupportedMediaType


def sent_json() -> Any:
    """The request's JSON, without numbers that are none."""
    if not request.is_json:
        raise UnsupportedMediaType("send JSON with Content-Type: application/json")
    try:
        return from_json(request.get_data(), allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
