"""An item that is not in a visitor's list → by how much it misses it, what it lacks, and what it would take."""

from __future__ import annotations

from collections.abc import Callable

from flask import render_template, request

from kgrec.domain import plain
from kgrec.guide import STRANGER, Guide

from ...visitors import visitor
from ..languages import current
from ..steering import here, may_change, steering

LISTED = 10
"""Items of the list that it is measured against."""

FOUND = 12
LONGEST = 200  # characters of a search
MOST_LACKS = 4
FEWEST_DIGITS = 4  # of figures that are compared


def view(guide: Guide) -> Callable[[str], str]:
    """The page that says why not; with `takes=yes` what it would take, which is a longer search."""

    def why_not(item_id: str) -> str:
        found = guide.item(item_id)
        if not guide.accounts:
            return render_template("storefront/why_not.html", item=found, told=None)
        user_id, lang = visitor().user_id, current()
        told = guide.why_not(user_id, item_id, LISTED, lang, context=STRANGER)
        digits = max(FEWEST_DIGITS, guide.ledger(told.explanation).decimals)
        takes = None
        if request.args.get("takes") == "yes":
            takes = guide.takes(user_id, item_id, LISTED, lang, context=STRANGER)
        return render_template(
            "storefront/why_not.html",
            item=found,
            told=told,
            takes=takes,
            digits=digits,
            differences=guide.differences(told.by_known, digits),
            last=None if told.last is None else guide.item(told.last.item_id),
            lacks=[(plain(guide.way(one.way, lang)), one) for one in told.lacks[:MOST_LACKS]],
            steer=steering(guide, told.explanation, ()),
            next=here(),
            may_change=may_change(),
        )

    return why_not


def asking(guide: Guide) -> Callable[[], str]:
    """The page on which an item is looked for that somebody misses."""

    def ask_why_not() -> str:
        query = request.args.get("q", "")[:LONGEST]
        found = guide.search(query, current(), limit=FOUND).items if query.strip() else ()
        return render_template("storefront/ask_why_not.html", asked=query, found=found)

    return ask_why_not
