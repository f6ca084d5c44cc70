"""Pages of other sites (the Fetch standard, 3.3): closed, but for the origins that kgrec.toml names."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Response, request

from ..limits import openings
from .operations import BASE, OPERATIONS, Operation

ASKED = ("Authorization", "Content-Type", "If-None-Match", "X-Request-ID")
"""Headers that a page may send."""

TOLD = (
    "ETag",
    "Link",
    "Location",
    "Retry-After",
    "X-Request-ID",
    "X-Kgrec-Graph-Version",
    "X-Kgrec-Truncated",
)
"""Headers that a page may read."""

_SECONDS = 600  # that a browser may remember what it was told here


def _by_path() -> Mapping[str, Mapping[str, Operation]]:
    found: dict[str, dict[str, Operation]] = {}
    for operation in OPERATIONS:
        if operation.for_pages:
            found.setdefault(operation.rule, {})[operation.method] = operation
    return found


_FOR_PAGES = _by_path()


def opened(response: Response) -> Response:
    """The answer with what lets a page of a named origin read it; never with cookies, and nothing for admins."""
    if not openings().origins:
        return response
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    rule = "" if request.url_rule is None else request.url_rule.rule.removeprefix(BASE)
    methods = _FOR_PAGES.get(rule, {})
    asked = request.headers.get("Access-Control-Request-Method", "")
    if origin not in openings().origins:
        return response
    if request.method == "OPTIONS" and asked in methods:
        return _preflight(response, origin, methods)
    if request.method in methods or (request.method == "HEAD" and "GET" in methods):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = ", ".join(TOLD)
    return response


def _preflight(response: Response, origin: str, methods: Mapping[str, Operation]) -> Response:
    response.headers.update(
        {
            "Access-Control-Allow-Origin": origin,
            "Access-Control-Allow-Methods": ", ".join(sorted(methods)),
            "Access-Control-Allow-Headers": ", ".join(ASKED),
            "Access-Control-Max-Age": str(_SECONDS),
        }
    )
    return response
