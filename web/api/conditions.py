"""Conditional requests (RFC 9110, 13): an answer that is known already, a change of what is another by now."""

from __future__ import annotations

from flask import Response, jsonify, request

from kgrec.errors import Changed


def tagged(response: Response) -> Response:
    """The answer to a question by GET with the digest of its body, or 304 if the asker has that."""
    is_page = response.mimetype == "text/html"
    if request.method in ("GET", "HEAD") and response.status_code == 200 and not is_page:
        response.add_etag()
        response.make_conditional(request)
    return response


def tag_of(body: object) -> str:
    """The tag of an answer in JSON."""
    response = jsonify(body)
    response.add_etag()
    return str(response.get_etag()[0])


def conditional() -> bool:
    """Whether a change is to be made on a condition alone."""
    return "If-Match" in request.headers or "If-None-Match" in request.headers


def demand(tag: str | None) -> None:
    """Changed unless what there is meets the conditions of the request; without a tag there is nothing."""
    if "If-Match" in request.headers and not _has(tag, wanted=True):
        raise Changed("it is another by now than If-Match says; ask for it again, and send its ETag")
    if "If-None-Match" in request.headers and _has(tag, wanted=False):
        raise Changed("there is one already, and If-None-Match says that there must not be")


def _has(tag: str | None, *, wanted: bool) -> bool:
    tags = request.if_match if wanted else request.if_none_match
    return tag is not None and (tags.star_tag or tags.contains_weak(tag))
