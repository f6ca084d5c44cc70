"""POST /recommend: the best items for a user or a session."""

from __future__ import annotations

import time
from typing import Any

from flask import g

from kgrec.guide import Guide, SessionEvent

from ..present import explanation_dict, recommendation_dict
from .schemas import RecommendRequest


def recommend(guide: Guide, asked: RecommendRequest) -> dict[str, Any]:
    """Items with their scores, and their reasons if asked for."""
    began = time.perf_counter()
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    found = guide.recommend_for(asked.user_id, session, asked.k, asked.exclude, asked.filter.seen)
    items = [recommendation_dict(one) for one in found]
    if asked.explain is not False:
        n_paths = 3 if asked.explain is True else int(asked.explain)
        ids = [item["item_id"] for item in items]
        told = guide.explain_all(ids, asked.user_id, session, n_paths, asked.lang)
        for item, reasons in zip(items, told, strict=True):
            item["explanation"] = explanation_dict(reasons)
    return {
        "request_id": g.request_id,
        "model": guide.model_name,
        "graph_version": guide.graph_version,
        "items": items,
        "took_ms": round(1000 * (time.perf_counter() - began), 2),
    }
