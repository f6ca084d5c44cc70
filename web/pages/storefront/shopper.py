"""A shopper → what they did, and ten items each with the sentence that is its reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from kgrec.guide import Guide

from ..languages import current

RECOMMENDED = 10
REMEMBERED = 24  # entries of the history shown


def view(guide: Guide) -> Callable[[str], str]:
    """The page of one shopper."""

    def shopper(user_id: str) -> str:
        found = guide.recommend_for(user_id, k=RECOMMENDED)
        cards = [
            {
                "rank": one.rank,
                "item": guide.item(one.item_id),
                "reason": guide.explain(user_id, one.item_id, paths=1, lang=current()).text,
            }
            for one in found
        ]
        row = guide.dataset.users.row(user_id)
        return render_template(
            "storefront/shopper.html",
            shopper=guide.users(limit=1, offset=row)[0],
            cards=cards,
            history=guide.history(user_id, limit=REMEMBERED),
        )

    return shopper
