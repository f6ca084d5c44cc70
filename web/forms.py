"""Forms that change something: only those that a page of ours has shown, and where to go afterwards."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Flask, redirect, request
from flask_wtf.csrf import CSRFProtect
from werkzeug.wrappers import Response

LONGEST_ADDRESS = 2000  # characters


def register_forms(app: Flask, *without: Blueprint) -> None:
    """Refuse what another site has sent; some blueprints know no cookies, so that there is nothing to forge."""
    app.config.update(
        WTF_CSRF_TIME_LIMIT=None,  # good for as long as the session is
        WTF_CSRF_SSL_STRICT=False,  # a browser that keeps its Referer to itself may send forms
    )
    protection = CSRFProtect(app)
    for blueprint in without:
        protection.exempt(blueprint)


def back(otherwise: str) -> Response:
    """To the page that a form names in its field `next`, if it is one of ours; 303, so that it is read anew."""
    return redirect(own(request.form.get("next", "")) or otherwise, 303)


def own(address: str) -> str | None:
    """An address within this server, as a path; None for every other thing that can be sent."""
    if len(address) > LONGEST_ADDRESS or not address.isprintable() or "\\" in address:
        return None
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    # "//host" and "/\host" are hosts to a browser.
    if parts.scheme or parts.netloc or not address.startswith("/") or address.startswith("//"):
        return None
    return address
