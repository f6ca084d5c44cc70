"""An item that is not in a visitor's list → by how much it misses it, what it lacks, and what it would take."""

from __future__ import annotations

from collections.abc import Callable
from threading import BoundedSemaphore

from flask import render_template, request

from kgrec.answers import Takes
from kgrec.domain import plain
from kgrec.errors import Busy
from kgrec.guide import STRANGER, Guide
from kgrec.live.access import neighbourhood
from kgrec.live.budget import Budget

from ...visitors import visitor
from ..languages import current
from ..steering import here, may_change, steering

LISTED = 10
"""Items of the list that it is measured against."""

FOUND = 12
LONGEST = 200  # characters of a search
MOST_LACKS = 4
FEWEST_DIGITS = 4  # of figures that are compared
SECONDS = 20.0  # a minute, of each process, for what one address has looked for that it would take
AT_ONCE = 3  # such searches in a process, so that its other threads answer pages
OF_ONE = 2  # of them from one address


def view(guide: Guide) -> Callable[[str], str]:
    """The page that says why not; with `takes=yes` what it would take, which is a longer search."""
    look = _search(guide)

    def why_not(item_id: str) -> str:
        found = guide.item(item_id)
        if not guide.accounts:
            return render_template("storefront/why_not.html", item=found, told=None)
        user_id, lang = visitor().user_id, current()
        told = guide.why_not(user_id, item_id, LISTED, lang, context=STRANGER)
        place = None if told.blocked else _place(guide, user_id, item_id)
        digits = max(FEWEST_DIGITS, guide.ledger(told.explanation).decimals)
        takes = None
        if request.args.get("takes") == "yes":
            takes = look(item_id)
        return render_template(
            "storefront/why_not.html",
            item=found,
            told=told,
            place=place,
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


def _place(guide: Guide, user_id: str, item_id: str) -> int | None:
    """Where an item stands in somebody's list; None if it is not there."""
    listed = guide.listed(guide.asker(user_id, context=STRANGER), LISTED)
    return next((one.rank for one in listed if one.item_id == item_id), None)


def _search(guide: Guide) -> Callable[[str], Takes]:
    """What it would take, on the account of whoever asks: in a large shop one answer takes many seconds."""
    accounts, free = Budget(per_minute=SECONDS, at_once=OF_ONE), BoundedSemaphore(AT_ONCE)

    def look(item_id: str) -> Takes:
        client = neighbourhood(request.remote_addr or "unknown")
        with accounts.spent_by(client) as meter:
            if not free.acquire(blocking=False):
                raise Busy("others look for what it would take at the moment; ask again in 5 seconds", 5.0)
            try:
                meter.start()
                return guide.takes(visitor().user_id, item_id, LISTED, current(), context=STRANGER)
            finally:
                free.release()

    return look


def asking(guide: Guide) -> Callable[[], str]:
    """The page on which an item is looked for that somebody misses."""

    def ask_why_not() -> str:
        query = request.args.get("q", "")[:LONGEST]
        found = guide.search(query, current(), limit=FOUND).items if query.strip() else ()
        return render_template("storefront/ask_why_not.html", asked=query, found=found)

    return ask_why_not
