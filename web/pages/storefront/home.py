"""Whoever comes → rows of items for them, each with why it is there."""

from __future__ import annotations

from collections.abc import Callable

from flask import g, render_template

from kgrec.guide import Guide

from ...visitors import visitor
from ...watching import watching
from ..languages import current
from ..listed import exposed
from ..steering import may_change

FIRST = 8
"""Items of the first row; the others have a line of them."""

LINE = 4


def view(guide: Guide) -> Callable[[], str]:
    """The first page of the shop."""

    def home() -> str:
        who, here = visitor(), watching()
        arm = None if who.new else here.arm_of(who.user_id)
        rows = guide.rows(
            who.user_id,
            current(),
            FIRST,
            LINE,
            filter_seen=arm is None or arm.filter_seen is not False,
            balance=0.0 if arm is None else arm.balance or 0.0,
        )
        shown = [one for row in rows for one in row.items]
        if who.new or not may_change():  # whoever looks as another has shown them nothing
            here.showed(None, exposed(shown))
        else:
            here.showed(who.user_id, exposed(shown), arm=arm)
        return render_template("storefront/home.html", rows=rows, seen=g.request_id, explains=guide.explains)

    return home
