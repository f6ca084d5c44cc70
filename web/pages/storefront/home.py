"""Whoever comes → rows of items for them, each with why it is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from flask import g, render_template

from kgrec.browsing import Row, Shown
from kgrec.guide import Guide

from ...visitors import visitor
from ...watching import watching
from ..languages import current
from ..listed import exposed

FIRST = 8
"""Items of the first row; the others have a line of them."""

LINE = 4


def view(guide: Guide) -> Callable[[], str]:
    """The first page of the shop."""

    def home() -> str:
        who = visitor()
        rows = arranged(guide.rows(who.user_id, current(), FIRST))
        shown = [one for row in rows for one in row.items]
        watching().showed(None if who.new else who.user_id, exposed(shown))
        return render_template("storefront/home.html", rows=rows, seen=g.request_id, explains=guide.explains)

    return home


def arranged(rows: Sequence[Row]) -> list[Row]:
    """The rows as a page has room for them: the first in full, of the others a line.

    What nothing known leads to is left out of what is said to follow from it.
    """
    true = [
        replace(row, items=tuple(filter(_follows, row.items))) if row.name == "for_you" else row
        for row in rows
    ]
    there = [row for row in true if row.items]
    return [row if place == 0 else replace(row, items=row.items[:LINE]) for place, row in enumerate(there)]


def _follows(shown: Shown) -> bool:
    """Whether a path leads to an item or a rule places it; of a model without reasons nobody can say."""
    return bool(shown.metapath or shown.rules or not shown.reason)
