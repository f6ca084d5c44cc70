"""POST /explain: why an item has its score."""

from __future__ import annotations

from typing import Any

from kgrec.guide import Guide, SessionEvent

from ..present import explanation_dict
from .schemas import ExplainRequest


def explain(guide: Guide, asked: ExplainRequest) -> dict[str, Any]:
    """The explanation of the contract."""
    if asked.user_id is not None:
        return explanation_dict(guide.explain(asked.user_id, asked.item_id, asked.paths, asked.lang))
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    return explanation_dict(guide.explain_session(session, asked.item_id, asked.paths, asked.lang))
