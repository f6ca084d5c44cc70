"""What a visitor asks of their recommendations → kept, told, and taken back."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast, get_args

from flask import flash, request, url_for
from flask.typing import ResponseReturnValue

from kgrec.domain import ABOUT_ITEMS, Asked
from kgrec.errors import BadInput, UnknownName
from kgrec.guide import STRANGER, Guide

from ...forms import back
from ...visitors import keep, visitor
from ..languages import gettext
from ..steering import demand_change, say


def view(guide: Guide) -> Callable[[str], ResponseReturnValue]:
    """Ask for less or more of what an item has, or something of the item itself."""

    def steer(item_id: str) -> ResponseReturnValue:
        guide.item(item_id)
        demand_change()
        asked = request.form.get("ask", "")
        if asked not in get_args(Asked):
            raise UnknownName("wish", asked, get_args(Asked))
        what = item_id if asked in ABOUT_ITEMS else request.form.get("what", "")
        wish = guide.wish(visitor().user_id, cast(Asked, asked), what, STRANGER)
        keep()
        say(guide, wish)
        return back(url_for("pages.why", item_id=item_id))

    return steer


def undoing(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Take a wish back."""

    def undo() -> ResponseReturnValue:
        demand_change()
        number = request.form.get("number", "")
        try:
            if not (number.isascii() and number.isdigit() and len(number) < 19):
                raise BadInput(f"{number!r:.40} is no number of a wish")
            guide.take_back(visitor().user_id, int(number))
        except (BadInput, UnknownName):  # pressed twice, or asked again in another window
            flash(
                gettext(
                    "There is nothing to undo any more: it was undone already, or asked anew since. "
                    "What holds is under your data."
                )
            )
        else:
            flash(gettext("Undone: it is as if you had never asked."))
        return back(url_for("pages.you"))

    return undo
