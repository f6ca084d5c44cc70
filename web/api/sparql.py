"""GET and POST /sparql: SPARQL 1.1 Protocol (https://www.w3.org/TR/sparql11-protocol/), queries only."""

from __future__ import annotations

import math
from collections.abc import Mapping

from flask import Response, request
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest, NotAcceptable, UnsupportedMediaType

from kgrec.endpoint import GRAPHS, ROWS, Answer, Asked, Client, Endpoint, Wanted
from kgrec.guide import Guide

from ..security import sent_key
from ..watching import watching

FORM, QUERY = "application/x-www-form-urlencoded", "application/sparql-query"


def sparql(guide: Guide) -> Response:
    """The answer to a query of the client's own."""
    endpoint = guide.endpoint
    with watching().metrics.query():
        client = who(endpoint)
        asked = _asked()
        wanted = accepted()
        return response(endpoint, endpoint.ask(client, asked, wanted), wanted)


def who(endpoint: Endpoint) -> Client:
    """Whoever sent this request."""
    return endpoint.client(request.remote_addr or "unknown", sent_key())


def accepted() -> Wanted:
    """What this request takes; 406 if that is nothing that can be told."""
    rows, triples = _best(ROWS), _best(GRAPHS)
    if rows is None and triples is None:
        raise NotAcceptable(f"answers come as {', '.join([*ROWS, *GRAPHS])}")
    return Wanted(rows and ROWS[rows], triples and GRAPHS[triples], _seconds())


def response(endpoint: Endpoint, answer: Answer, wanted: Wanted) -> Response:
    """An answer with its media type; its form was decided by what it is."""
    triples = answer.head.kind == "graph"
    form = wanted.graph_form if triples else wanted.row_form
    if form is None:
        kinds = GRAPHS if triples else ROWS
        what = "CONSTRUCT and DESCRIBE answer" if triples else "SELECT and ASK answer"
        raise NotAcceptable(f"{what} with {', '.join(kinds)}; send one of them in Accept")
    media_type = next(name for name, of in (GRAPHS if triples else ROWS).items() if of == form)
    told = Response(answer.body, content_type=f"{media_type}; charset=utf-8")
    told.headers["Vary"] = "Accept"
    told.headers["X-Kgrec-Graph-Version"] = endpoint.graph_version(answer)
    if answer.head.truncated:
        told.headers["X-Kgrec-Truncated"] = "true"
    return told


def one(values: MultiDict[str, str], name: str) -> str | None:
    """A parameter that may be given once."""
    given = values.getlist(name)
    if len(given) > 1:
        raise BadRequest(f"{name} is given {len(given)} times; give it once")
    return given[0] if given else None


def _asked() -> Asked:
    """The query of the request, by one of the three ways of the protocol."""
    if request.method == "POST":
        if request.mimetype == QUERY:
            return Asked(_text(request.get_data()), *_graphs(request.args))
        if request.mimetype != FORM:
            raise UnsupportedMediaType(f"send the query as {FORM} or as {QUERY}; updates are not taken")
    values = request.form if request.method == "POST" else request.args
    if "update" in values:
        raise BadRequest("updates are not taken; send a query")
    text = one(values, "query")
    if text is None:
        raise BadRequest("what to ask is missing; send it as the parameter query")
    return Asked(text, *_graphs(values))


def _graphs(values: MultiDict[str, str]) -> tuple[list[str], list[str]]:
    return values.getlist("default-graph-uri"), values.getlist("named-graph-uri")


def _text(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadRequest(f"the query is not UTF-8 (byte {error.start})") from None


def _best(known: Mapping[str, str]) -> str | None:
    """The media type that the client likes best; the first one if it does not say."""
    if not request.accept_mimetypes:
        return next(iter(known))
    return request.accept_mimetypes.best_match(list(known))


def _seconds() -> float | None:
    """After how many seconds the client would rather have no answer."""
    text = one(request.values, "timeout")
    if text is None:
        return None
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise BadRequest(f"timeout is {text[:50]!r}; it is to be a number of seconds above 0")
    return seconds
