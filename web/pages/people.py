"""A search → the shoppers found, fifty a page."""

from __future__ import annotations

from typing import Any

from flask import request

from kgrec.guide import Guide

PER_PAGE = 50
_LONGEST_SEARCH = 200  # characters


def found(guide: Guide) -> dict[str, Any]:
    """What a page shows of the shoppers that the address of this request asks for."""
    query = request.args.get("q", "")[:_LONGEST_SEARCH]
    page = page_number(request.args.get("page", ""))
    offset = (page - 1) * PER_PAGE
    shoppers = guide.users(query, limit=PER_PAGE + 1, offset=offset)  # one more tells whether there is a next
    return {
        "query": query,
        "page": page,
        "first": offset + 1,
        "shoppers": shoppers[:PER_PAGE],
        "more": len(shoppers) > PER_PAGE,
    }


def page_number(text: str) -> int:
    """The page that an address asks for, the first for everything else that can be written there."""
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 8 and int(text) else 1
