"""A shopper → the shop as they would see it, where that is open to anybody."""

from __future__ import annotations

from collections.abc import Callable

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from kgrec.guide import Guide

from ...visitors import choose, is_visitor, leave, storefront
from ..people import found


def view(guide: Guide) -> Callable[[], str]:
    """The page on which one is chosen."""

    def try_as() -> str:
        if not storefront().try_as:
            raise NotFound
        told = found(guide)
        told["shoppers"] = [one for one in told["shoppers"] if not is_visitor(one.user_id)]
        return render_template("storefront/try_as.html", **told)

    return try_as


def choosing(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Look at the shop as one of its users."""

    def choose_shopper() -> ResponseReturnValue:
        choose(guide, request.form.get("user_id", ""))
        return redirect(url_for("pages.home"), 303)

    return choose_shopper


def leaving(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """Be somebody new."""

    def leave_shopper() -> ResponseReturnValue:
        leave()
        return redirect(url_for("pages.home"), 303)

    return leave_shopper
