"""Errors → RFC 9457 problem documents under /api, pages with a hint elsewhere; never a stack trace."""

from __future__ import annotations

import json
from collections.abc import Callable

from flask import Flask, Response, g, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from kgrec.errors import KgrecError, UnknownName

Show = Callable[[int, str, str], ResponseReturnValue]
"""Makes an error page of a status, a title and a hint."""


def register_errors(app: Flask, show: Show) -> None:
    """Answer every error in the form its reader expects."""

    @app.errorhandler(KgrecError)
    def mistake(error: KgrecError) -> ResponseReturnValue:
        status = 404 if isinstance(error, UnknownName) else 422
        return _answer(status, "Not found" if status == 404 else "Not possible", str(error), show)

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        return _answer(error.code or 500, error.name, error.description or "", show)

    @app.errorhandler(Exception)
    def failure(error: Exception) -> ResponseReturnValue:
        app.logger.exception("request %s failed", g.get("request_id"))
        return _answer(
            500, "Internal error", f"Something went wrong here; request {g.get('request_id')}", show
        )


def _answer(status: int, title: str, detail: str, show: Show) -> ResponseReturnValue:
    if request.path.startswith("/api/"):
        return problem(status, title, detail)
    return show(status, title, detail)


def problem(status: int, title: str, detail: str) -> Response:
    """A problem document (RFC 9457)."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail,
        "request_id": g.get("request_id"),
    }
    return Response(json.dumps(content, ensure_ascii=False), status, mimetype="application/problem+json")
