"""What every answer carries: an id, and headers that leave a browser no room for other people's content."""

from __future__ import annotations

import re
import secrets
from uuid import uuid4

from flask import Flask, Response, g, request

POLICY = (
    "default-src 'none'; style-src 'self'{nonce}; img-src 'self' data:; script-src 'self'{nonce}; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""What a page may load and send. A nonce is in it where the page has asked for one."""

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}

PUBLIC = ("/static/", "/media/")
"""Paths whose answers are the same for everybody and may be kept; all others may be about a person."""


_TOKEN = re.compile(r"[A-Za-z0-9_-]{8,64}", re.ASCII)
"""What a client may call its request; everything else is called anew."""


def is_request_id(text: str) -> bool:
    """Whether a request can be called that."""
    return _TOKEN.fullmatch(text) is not None


def sent_key() -> str | None:
    """The key that came with this request; a password for a proxy in front of the server is none."""
    scheme, _, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else None


def csp_nonce() -> str:
    """What the scripts and styles of this answer are marked with, so that a browser takes them for ours."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def register_security(app: Flask) -> None:
    """Give every request an id and every answer the headers."""

    @app.before_request
    def name_request() -> None:
        sent = request.headers.get("X-Request-ID", "")
        g.request_id = sent if is_request_id(sent) else uuid4().hex

    @app.after_request
    def harden(response: Response) -> Response:
        nonce = f" 'nonce-{g.csp_nonce}'" if "csp_nonce" in g else ""
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=nonce))
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        response.headers["X-Request-ID"] = g.get("request_id") or uuid4().hex
        if response.status_code >= 400 or not request.path.startswith(PUBLIC):
            response.headers["Cache-Control"] = "no-store"
        return response
