"""POST /why-not: by how much an item misses a list, and why."""

from __future__ import annotations

from typing import Any

from kgrec.guide import Guide, SessionEvent

from ..present import why_not_dict
from .schemas import WhyNotRequest


def why_not(guide: Guide, asked: WhyNotRequest) -> dict[str, Any]:
    """The gap to the last item of the list, part by part, and what blocks the item if anything does."""
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    found = guide.why_not(
        asked.user_id, asked.item_id, asked.k, asked.lang, session, asked.exclude, asked.paths
    )
    return why_not_dict(found)
