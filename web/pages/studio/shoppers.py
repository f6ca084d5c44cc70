"""A search → the shoppers found, and what the answers are made from."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template

from kgrec.guide import Guide

from ..people import found


def view(guide: Guide) -> Callable[[], str]:
    """The page on which a shopper is looked up."""

    def shoppers() -> str:
        return render_template(
            "studio/shoppers.html",
            **found(guide),
            users=guide.user_count(),
            items=guide.item_count(),
            graph_version=guide.graph_version,
            model=guide.model_name,
        )

    return shoppers
