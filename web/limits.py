"""How often one client may ask, and from where: 429 with Retry-After beyond that; and who it is behind a proxy."""

from __future__ import annotations

from typing import cast

from flask import Flask, current_app, request
from werkzeug.middleware.proxy_fix import ProxyFix

from kgrec.live.access import Access
from kgrec.live.openings import Openings

from .security import PUBLIC, sent_key

UNLIMITED = (*PUBLIC, "/healthz", "/readyz", "/metrics")
"""Paths that are not counted: files that are the same for everybody, and what a watch over the server asks."""

_OPENINGS = "kgrec.openings"


def openings() -> Openings:
    """What of the API is open to whom, in the application that answers now."""
    return cast(Openings, current_app.extensions[_OPENINGS])


def register_limits(app: Flask, access: Access) -> None:
    """Count every request that takes work, before anything else is done for it."""
    app.extensions[_OPENINGS] = access.openings
    if access.limits.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app,
            x_for=access.limits.proxies,
            x_proto=access.limits.proxies,
            x_host=0,
            x_port=0,
            x_prefix=0,
        )

    @app.before_request
    def count() -> None:
        if not request.path.startswith(UNLIMITED):
            access.admit(request.remote_addr or "unknown", sent_key())
