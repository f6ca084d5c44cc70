"""POST /similar: items that go with some items, whoever asks."""

from __future__ import annotations

from typing import Any

from kgrec.guide import Guide

from .recommend import recommend
from .schemas import RecommendRequest, SessionItem, SimilarRequest


def similar(guide: Guide, asked: SimilarRequest) -> dict[str, Any]:
    """What a visitor who has chosen these items would be recommended, with those reasons."""
    return recommend(
        guide,
        RecommendRequest(
            session=[SessionItem(item_id=item_id, event="buy") for item_id in asked.item_ids],
            k=asked.k,
            exclude=asked.item_ids,
            explain=asked.explain,
            lang=asked.lang,
        ),
    )
