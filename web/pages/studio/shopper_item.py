"""A shopper and an item → why it has its score for them."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from kgrec.domain import plain
from kgrec.guide import Guide

from ..languages import current
from ..reasons import paths_asked_for, shown


def view(guide: Guide) -> Callable[[str, str], str]:
    """The page that says why an item has its score for a shopper."""

    def shopper_item(user_id: str, item_id: str) -> str:
        n_paths = paths_asked_for()
        explanation = guide.explain(user_id, item_id, paths=n_paths, lang=current(), audience="staff")
        return render_template(
            "studio/shopper_item.html",
            user_id=user_id,
            item=guide.item(item_id),
            starts_from=plain(user_id) or "?",
            **shown(guide, explanation, n_paths),
        )

    return shopper_item
