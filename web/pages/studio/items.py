"""A search and an order → the products of the shop, with how often they are recommended and what they lack."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import render_template, request

from kgrec.guide import Guide
from kgrec.insight import ITEM_ORDERS, ItemOrder, items_listed

from ..languages import N_, current
from ..people import page_number
from . import kept

PER_PAGE = 50
LONGEST_SEARCH = 200  # characters

ORDERS: Mapping[ItemOrder, str] = {
    "unled": N_("Nothing leads here"),
    "missing": N_("Most is missing"),
    "led": N_("Most led to"),
}


def view(guide: Guide) -> Callable[[], str]:
    """The page on which products are looked through."""

    def items() -> str:
        query = request.args.get("q", "")[:LONGEST_SEARCH]
        asked = request.args.get("order", "")
        order: ItemOrder = asked if asked in ITEM_ORDERS else ITEM_ORDERS[0]
        page = page_number(request.args.get("page", ""))
        offset = (page - 1) * PER_PAGE
        found = items_listed(
            guide,
            kept.figures(guide, current()),
            query,
            order=order,
            lang=current(),
            limit=PER_PAGE,
            offset=offset,
        )
        return render_template(
            "studio/items.html",
            query=query,
            order=order,
            orders=ORDERS,
            page=page,
            pages=-(-found.total // PER_PAGE),
            first=offset + 1,
            found=found,
        )

    return items
