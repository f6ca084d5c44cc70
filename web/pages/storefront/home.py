"""A search → the shoppers found, fifty a page, and what the answers are made from."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from kgrec.guide import Guide

PER_PAGE = 50
_LONGEST_SEARCH = 200  # characters


def view(guide: Guide) -> Callable[[], str]:
    """The page on which a shopper is chosen."""

    def home() -> str:
        query = request.args.get("q", "")[:_LONGEST_SEARCH]
        page = _page(request.args.get("page", ""))
        offset = (page - 1) * PER_PAGE
        found = guide.users(
            query, limit=PER_PAGE + 1, offset=offset
        )  # one more tells whether there is a next
        return render_template(
            "storefront/home.html",
            query=query,
            page=page,
            first=offset + 1,
            shoppers=found[:PER_PAGE],
            more=len(found) > PER_PAGE,
            users=guide.user_count(),
            items=guide.item_count(),
            graph_version=guide.graph_version,
            model=guide.model_name,
        )

    return home


def _page(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 8 and int(text) else 1
