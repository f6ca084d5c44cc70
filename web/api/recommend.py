"""POST /recommend: the best items for a user or a session."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from flask import g

from kgrec.domain import Explanation
from kgrec.guide import Context, Guide, SessionEvent
from kgrec.live.experiments import Arm

from ..present import explanation_dict, recommendation_dict
from ..watching import watching
from .schemas import RecommendRequest


def recommend(guide: Guide, asked: RecommendRequest) -> dict[str, Any]:
    """Items with their scores, and their reasons if asked for."""
    began = time.perf_counter()
    session = [SessionEvent(event.item_id, event.event) for event in asked.session]
    context = Context(asked.context.segments)
    here = watching()
    arm = here.arm_of(asked.user_id)
    asker = guide.asker(asked.user_id, session, context=context)
    balance = 0.0 if arm is None else arm.balance or 0.0
    found = guide.listed(asker, asked.k, asked.exclude, _without_seen(asked, arm), balance)
    items = [recommendation_dict(one) for one in found]
    told: Sequence[Explanation | None] = [None for _ in items]
    if asked.explain is not False:
        n_paths = 3 if asked.explain is True else int(asked.explain)
        ids = [item["item_id"] for item in items]
        reasons_of = guide.told(asker, ids, asked.user_id, n_paths, asked.lang)
        for item, reasons in zip(items, reasons_of, strict=True):
            item["explanation"] = explanation_dict(reasons)
        told = reasons_of
    here.listed(
        asked.user_id,
        list(zip(found, told, strict=True)),
        arm=arm,
    )
    return {
        "request_id": g.request_id,
        "model": guide.model_name,
        "graph_version": guide.graph_version,
        "items": items,
        "took_ms": round(1000 * (time.perf_counter() - began), 2),
        **here.experiment_of(arm),
    }


def _without_seen(asked: RecommendRequest, arm: Arm | None) -> bool:
    """Whether items that the user has are left out: as the request says, else the arm."""
    if arm is None or arm.filter_seen is None or "filter" in asked.model_fields_set:
        return asked.filter.seen
    return arm.filter_seen
