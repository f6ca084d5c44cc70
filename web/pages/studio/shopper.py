"""A shopper → what they did, and ten items each with the sentence that is its reason."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from kgrec.guide import Guide

from ..cards import cards, told
from ..visits import visits

RECOMMENDED = 10
REMEMBERED = 40  # entries of the history shown


def view(guide: Guide) -> Callable[[str], str]:
    """The page of one shopper."""

    def shopper(user_id: str) -> str:
        found = guide.recommend_for(user_id, k=RECOMMENDED)
        history = guide.history(user_id, limit=REMEMBERED)
        return render_template(
            "studio/shopper.html",
            shopper=guide.user(user_id),
            cards=cards(guide, found, told(guide, user_id, found)),
            visits=visits(history),
            remembered=len(history),
        )

    return shopper
