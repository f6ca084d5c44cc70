"""POST /events: what users do, told by the shop's own programs."""

from __future__ import annotations

from dataclasses import asdict

from flask import request
from flask.typing import ResponseReturnValue
from pydantic_core import from_json
from werkzeug.exceptions import BadRequest, UnprocessableEntity, UnsupportedMediaType

from kgrec.guide import Guide
from kgrec.live.intake import MOST_RECORDS

from ..security import sent_key
from ..watching import watching


def tell(guide: Guide) -> ResponseReturnValue:
    """How many were written, and which not and why; 202 once they are on disk."""
    guide.intake.allow(sent_key())
    taken = guide.intake.take(_records())
    watching().metrics.told(
        accepted=taken.accepted, duplicates=taken.duplicates, rejected=len(taken.rejected)
    )
    return asdict(taken), 202


def _records() -> list[object]:
    if not request.is_json:
        raise UnsupportedMediaType("send JSON with Content-Type: application/json")
    try:
        found = from_json(request.get_data(), allow_inf_nan=False)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(found, list):
        raise UnprocessableEntity("send a list of events")
    if len(found) > MOST_RECORDS:
        raise UnprocessableEntity(f"send at most {MOST_RECORDS:,} events at once; these are {len(found):,}")
    return found
