"""What every answer carries: an id, and headers that leave a browser no room for other people's content."""

from __future__ import annotations

import re
from uuid import uuid4

from flask import Flask, Response, g, request

HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; font-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

PUBLIC = ("/static/", "/media/")
"""Paths whose answers are the same for everybody and may be kept; all others may be about a person."""


_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
"""What a client may call its request; everything else is called anew."""


def sent_key() -> str | None:
    """The key that came with this request; a password for a proxy in front of the server is none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def register_security(app: Flask) -> None:
    """Give every request an id and every answer the headers."""

    @app.before_request
    def name_request() -> None:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if _TOKEN.fullmatch(sent) else uuid4().hex

    @app.after_request
    def harden(response: Response) -> Response:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = g.get("request_id") or uuid4().hex
        if response.status_code >= 400 or not request.path.startswith(PUBLIC):
            response.headers["Cache-Control"] = "no-store"
        return response
