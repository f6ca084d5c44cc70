"""POST /events: what users do, told by the shop's own programs."""

from __future__ import annotations

from dataclasses import asdict

from flask.typing import ResponseReturnValue
from werkzeug.exceptions import UnprocessableEntity

from kgrec.guide import Guide
from kgrec.live.intake import MOST_RECORDS

from ..security import sent_key
from ..watching import watching
from .sent import sent_json


def tell(guide: Guide) -> ResponseReturnValue:
    """How many were written, and which not and why; 202 once they are on disk."""
    guide.intake.allow(sent_key())
    taken = guide.intake.take(_records())
    watching().metrics.told(
        accepted=taken.accepted, duplicates=taken.duplicates, rejected=len(taken.rejected)
    )
    return asdict(taken), 202


def _records() -> list[object]:
    found = sent_json()
    if not isinstance(found, list):
        raise UnprocessableEntity("send a list of events")
    if len(found) > MOST_RECORDS:
        raise UnprocessableEntity(f"send at most {MOST_RECORDS:,} events at once; these are {len(found):,}")
    return found
