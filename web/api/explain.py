"""POST /explain: why an item has its score."""

from __future__ import annotations

from typing import Any

from kgrec.guide import Context, Guide, SessionEvent

from ..present import explanation_dict
from .schemas import ExplainRequest


def explain(guide: Guide, asked: ExplainRequest) -> dict[str, Any]:
    """The explanation of the contract."""
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    context = Context(asked.context.segments)
    (found,) = guide.explain_all(
        [asked.item_id], asked.user_id, session, asked.paths, asked.lang, context=context
    )
    return explanation_dict(found)
