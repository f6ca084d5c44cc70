"""How often one client may ask: 429 with Retry-After beyond that; and who it is behind a proxy."""

from __future__ import annotations

from flask import Flask, request
from werkzeug.middleware.proxy_fix import ProxyFix

from kgrec.live.access import Access

from .security import PUBLIC, sent_key

UNLIMITED = (*PUBLIC, "/healthz", "/readyz", "/metrics")
"""Paths that are not counted: files that are the same for everybody, and what a watch over the server asks."""


def register_limits(app: Flask, access: Access) -> None:
    """Count every request that takes work, before anything else is done for it."""
    if access.limits.proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=access.limits.proxies, x_proto=0, x_host=0, x_port=0, x_prefix=0
        )

    @app.before_request
    def count() -> None:
        if not request.path.startswith(UNLIMITED):
            access.admit(request.remote_addr or "unknown", sent_key())
