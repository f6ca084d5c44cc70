"""Errors → RFC 9457 problem documents under /api, pages with a hint elsewhere; never a stack trace."""

from __future__ import annotations

import math
from collections.abc import Callable

from flask import Flask, Response, current_app, g, json, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException
from werkzeug.http import HTTP_STATUS_CODES

from kgrec.errors import (
    BadInput,
    BadLog,
    BadQuery,
    Busy,
    Changed,
    DiskFull,
    KgrecError,
    LongQuery,
    NoKey,
    NotAllowed,
    NotReady,
    OverBudget,
    SlowQuery,
    UnknownName,
    Unreachable,
)

Show = Callable[[int, str, str], ResponseReturnValue]
"""Makes an error page of a status, a title and a hint."""

STATUS: dict[type[KgrecError], int] = {
    UnknownName: 404,
    BadInput: 422,
    BadQuery: 400,
    LongQuery: 413,
    SlowQuery: 504,
    OverBudget: 429,
    Busy: 503,
    Unreachable: 503,
    BadLog: 503,
    DiskFull: 507,
    NotReady: 503,
    Changed: 412,
    NoKey: 401,
    NotAllowed: 403,
}
"""Whose turn it is, in the words of HTTP; all other errors are the operator's, not the visitor's."""

LONGEST = 1000  # characters of a detail: it may quote what was sent


def register_errors(app: Flask, show: Show) -> None:
    """Answer every error in the form its reader expects."""

    @app.errorhandler(KgrecError)
    def mistake(error: KgrecError) -> ResponseReturnValue:
        g.problem = type(error).__name__
        status = STATUS.get(type(error))
        if status is None:
            return failure(error)
        response = current_app.make_response(_answer(status, _detail(error), show))
        if isinstance(error, Busy):
            response.headers["Retry-After"] = str(math.ceil(error.seconds))
        if isinstance(error, NoKey):
            response.headers["WWW-Authenticate"] = 'Bearer realm="kgrec"'
        return response

    @app.errorhandler(HTTPException)
    def refused(error: HTTPException) -> ResponseReturnValue:
        g.problem = type(error).__name__
        detail = _advice(error) if _for_programs() else error.description or ""
        response = current_app.make_response(_answer(error.code or 500, detail, show))
        for name, value in error.get_headers():
            if name.lower() != "content-type":  # the others are part of the answer: Allow, Retry-After
                response.headers[name] = value
        return response

    @app.errorhandler(Exception)
    def failure(error: Exception) -> ResponseReturnValue:
        g.problem = "Failure"
        app.logger.error("request %s failed", g.get("request_id"), exc_info=error)
        return _answer(500, f"Something went wrong here; request {g.get('request_id')}", show)


def _for_programs() -> bool:
    return request.path in ("/api", "/metrics") or request.path.startswith("/api/")


def _detail(error: KgrecError) -> str:
    """What is told of a mistake, less what is not for everybody."""
    # Programs of anybody ask the API: a near miss must not teach them who else is a shopper here.
    if isinstance(error, UnknownName) and error.kind == "user" and _for_programs():
        return error.bare
    if isinstance(error, BadLog | Unreachable):  # what a database says of itself is for its operator
        current_app.logger.error("request %s: %s", g.get("request_id"), error)
        return error.bare
    return str(error)


def _advice(error: HTTPException) -> str:
    """What to do about a refusal, where werkzeug's own words are for readers of pages."""
    if error.code == 404:
        return f"nothing at {request.path}; what there is says /api/v1/openapi.json"
    if error.code == 405:
        allowed = ", ".join(sorted({*(getattr(error, "valid_methods", None) or ())} - {"HEAD", "OPTIONS"}))
        return f"{request.method} is not allowed here; use {allowed}"
    if error.code == 413:
        return f"the body is larger than {current_app.config['MAX_CONTENT_LENGTH']:,} bytes; send less"
    return error.description or ""


def _answer(status: int, detail: str, show: Show) -> ResponseReturnValue:
    title = HTTP_STATUS_CODES.get(status, "Error")
    return problem(status, title, detail) if _for_programs() else show(status, title, detail)


def problem(status: int, title: str, detail: str) -> Response:
    """A problem document (RFC 9457)."""
    content = {
        "type": "about:blank",
        "title": title,
        "status": status,
        "detail": detail if len(detail) <= LONGEST else detail[: LONGEST - 1] + "…",
        "request_id": g.get("request_id"),
    }
    return Response(json.dumps(content), status, mimetype="application/problem+json")
