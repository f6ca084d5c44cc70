"""A query, of the library or of one's own → what the public graph answers, as a table or as a file."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Response, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from kgrec.endpoint import Answer, Asked, Endpoint, NamedQuery, Wanted, shortened
from kgrec.errors import BadInput, BadQuery, Busy, KgrecError, NotAllowed, NotReady, UnknownName
from kgrec.guide import Guide
from kgrec.insight.campaign import FORMULA

from ...problems import STATUS
from ...watching import watching
from ..languages import N_, current

SHORT = 1500  # characters of an address: what is longer is not put into one
LONGEST = 8192  # characters of a query; the gate counts its bytes
LONGEST_VALUE = 1000
SHOWN = 200  # rows on the page; a file has all
SET = "set."  # what the names of parameters begin with, so that they are never names of the page's own

TITLES: Mapping[str, str] = {
    "bought-together-across-brands": N_("Pairs of products of different brands that go together"),
    "brands-by-size": N_("Brands by number of products"),
    "brands-of-segment": N_("Brands by how many shoppers of a segment bought or rated them"),
    "categories-tree": N_("Categories, with the wider one and the number of products"),
    "categories-with-returns": N_("Categories by how often something of them was sent back"),
    "complements-of": N_("What goes with a product"),
    "counts-per-relation": N_("Facts of each relation"),
    "events-out-of-place": N_("Events of nobody, or with nothing that the shop has"),
    "explanation-paths": N_("The facts that lead from a shopper to a product"),
    "history-of-user": N_("What a shopper did with which products"),
    "item-facts": N_("What the catalogue says of a product"),
    "items-in-category": N_("Products in a category and in those below it"),
    "items-nobody-chose": N_("Products that nobody bought or rated"),
    "items-nothing-leads-to": N_("Products that no shopper and no other product leads to"),
    "items-of-brand": N_("Products of a brand"),
    "items-without-brand": N_("Products without a brand"),
    "missing-attributes": N_("How many products lack a brand, a colour or a material, by department"),
    "near-duplicates": N_("Pairs of products of one brand and category that may be the same product twice"),
    "paths-between-items": N_("How two products are joined"),
    "similar-items": N_("Products like a product, by text, picture or choices"),
}
"""What each query of the library answers."""

PARAMETERS: Mapping[str, str] = {
    "IRI of an item, the first": N_("Id of the first product"),
    "IRI of an item, the second": N_("Id of the second product"),
    "IRI of an item": N_("Id of a product"),
    "IRI of a brand": N_("A brand"),
    "IRI of a category": N_("A category"),
    "IRI of a segment": N_("IRI of a segment"),
    "IRI of a user": N_("Id of a shopper"),
}
"""What can be set in one, by how its meaning begins; the longer beginnings come first."""

MEDIA: Mapping[str, str] = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/sparql-results+json; charset=utf-8",
    "ttl": "text/turtle; charset=utf-8",
}

_PLACE = re.compile(r"line (\d+), column (\d+)")
_SIGNED = re.compile(r"[+-]\d+(\.\d+)?([eE][+-]?\d+)?")  # a number, and no formula
_REFUSALS = (BadQuery, BadInput, UnknownName, Busy, NotAllowed, NotReady)


@dataclass(frozen=True)
class Question:
    """What is to be asked, as it was typed: a query of the library by name, or one's own."""

    name: str = ""
    values: Mapping[str, str] = field(default_factory=dict)  # of its parameters
    text: str = ""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Question:
        """That of an address or a form."""
        values = {
            name.removeprefix(SET): value.strip()[:LONGEST_VALUE]
            for name, value in sent.items()
            if name.startswith(SET) and value.strip()
        }
        # One letter more than can be, so that the gate says that it is too long.
        return cls(sent.get("name", "")[:200], values, sent.get("query", "")[: LONGEST + 1])

    @property
    def said(self) -> dict[str, Any]:
        """The same as an address has it."""
        if self.name:
            return {"name": self.name, **{SET + name: value for name, value in self.values.items()}}
        return {"query": self.text} if self.text else {}

    @property
    def short(self) -> bool:
        """Whether it fits into an address."""
        return len(urlencode(self.said)) <= SHORT

    def ask(self, endpoint: Endpoint, wanted: Wanted) -> Answer:
        """The answer, on the account of the key that opened the studio."""
        client = endpoint.holder(g.studio_key)
        with watching().metrics.query():
            if self.name:
                return endpoint.ask_named(client, self.name, self.values, wanted)
            return endpoint.ask(client, Asked(self.text), wanted)


@dataclass(frozen=True)
class Cell:
    """A term as a page shows it."""

    text: str
    detail: str = ""  # the IRI behind a name, or the type of a literal
    item_id: str | None = None
    lang: str | None = None


@dataclass(frozen=True)
class Rows:
    """The answer to a SELECT, or to an ASK: then one yes or no."""

    head: tuple[str, ...] = ()
    rows: tuple[tuple[Cell, ...], ...] = ()  # the first of them
    total: int = 0
    boolean: bool | None = None


@dataclass(frozen=True)
class Refusal:
    """Why there is no answer, and where in the text it went wrong."""

    text: str
    status: int
    line: str = ""
    column: int = 0  # of that line, 1 is the first
    seconds: float | None = None  # after which the same may be asked again


@dataclass(frozen=True)
class Answered:
    """What a page shows of an answer."""

    rows: Rows | None  # None of triples
    turtle: str
    truncated: bool
    graph_version: str


def view(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The page on which the graph is asked; what is in its address is asked at once."""

    def sparql() -> ResponseReturnValue:
        return _page(guide, Question.of(request.args))

    return sparql


def asking(guide: Guide) -> Callable[[], ResponseReturnValue]:
    """The form of that page: a question that fits into an address gets one, so that it can be passed on."""

    def ask() -> ResponseReturnValue:
        question = Question.of(request.form)
        if question.short:
            return redirect(url_for("studio.sparql", **question.said), 303)
        return _page(guide, question)

    return ask


def download(guide: Guide) -> Callable[[str], Response]:
    """An answer as a file for other programs."""

    def send(form: str) -> Response:
        question = Question.of(request.form if request.method == "POST" else request.args)
        endpoint = guide.endpoint
        rows, triples = (None, "ttl") if form == "ttl" else (form, None)
        answer = question.ask(endpoint, Wanted(rows, triples))
        if (answer.head.kind == "graph") != (form == "ttl"):
            raise BadInput("triples are told as Turtle, rows as CSV or JSON; download the other form")
        body = _for_spreadsheets(answer.body) if form == "csv" else answer.body
        told = Response(body, content_type=MEDIA[form])
        told.headers["Content-Disposition"] = f'attachment; filename="answer.{form}"'
        if answer.head.truncated:
            told.headers["X-Kgrec-Truncated"] = "true"
        return told

    return send


def _for_spreadsheets(body: bytes) -> bytes:
    """CSV that spreadsheets take for UTF-8, and in which no text is a formula to them."""
    text = io.StringIO()
    told = csv.writer(text, lineterminator="\r\n")
    for row in csv.reader(io.StringIO(body.decode("utf-8"), newline="")):
        told.writerow(
            [f"'{cell}" if cell.startswith(FORMULA) and not _SIGNED.fullmatch(cell) else cell for cell in row]
        )
    return ("\ufeff" + text.getvalue()).encode("utf-8")


def _page(guide: Guide, question: Question) -> ResponseReturnValue:
    try:
        endpoint = guide.endpoint
    except NotReady as error:
        return render_template("studio/sparql.html", endpoint=None, fault=str(error))
    library = endpoint.library()
    chosen = next((one for one in library if one.name == question.name), None)
    answered, refusal = None, None
    if _complete(question, chosen):
        try:
            answered = _answered(guide, question.ask(endpoint, Wanted("json", "ttl")))
        except _REFUSALS as error:
            refusal = _refusal(error, question.text)
    told = make_response(
        render_template(
            "studio/sparql.html",
            endpoint=endpoint,
            limits=endpoint.limits,
            library=library,
            titles=TITLES,
            parameters={} if chosen is None else _parameters(chosen),
            prefix=SET,
            longest=LONGEST,
            question=question,
            chosen=chosen,
            answered=answered,
            refusal=refusal,
        ),
        200 if refusal is None else refusal.status,
    )
    if refusal is not None and refusal.seconds is not None:
        told.headers["Retry-After"] = str(math.ceil(refusal.seconds))
    return told


def _complete(question: Question, chosen: NamedQuery | None) -> bool:
    """Whether it can be asked; a query of the library that was only chosen waits for what it needs."""
    if not question.name:
        return bool(question.text.strip())
    return chosen is None or bool(question.values) or not any(one.required for one in chosen.parameters)


def _parameters(chosen: NamedQuery) -> dict[str, str]:
    """What each of its parameters is called on the page."""
    return {
        one.name: next(
            (words for begins, words in PARAMETERS.items() if one.meaning.startswith(begins)), one.name
        )
        for one in chosen.parameters
    }


def _refusal(error: KgrecError, text: str) -> Refusal:
    status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
    seconds = error.seconds if isinstance(error, Busy) else None
    found = _PLACE.search(str(error))
    lines = text.splitlines()
    if not found or not 1 <= int(found[1]) <= len(lines):
        return Refusal(str(error), status, seconds=seconds)
    return Refusal(str(error), status, lines[int(found[1]) - 1], int(found[2]), seconds)


def _answered(guide: Guide, answer: Answer) -> Answered:
    body = answer.body.decode("utf-8", "replace")
    triples = answer.head.kind == "graph"
    return Answered(
        rows=None if triples else _rows(guide, json.loads(body)),
        turtle=body if triples else "",
        truncated=answer.head.truncated,
        graph_version=guide.endpoint.graph_version(answer),
    )


def _rows(guide: Guide, told: Mapping[str, object]) -> Rows:
    match told:
        case {"boolean": bool(boolean)}:
            return Rows(boolean=boolean)
        case {"head": {"vars": list(names)}, "results": {"bindings": list(bindings)}}:
            rows = (tuple(_cell(guide, row.get(name)) for name in names) for row in bindings[:SHOWN])
            return Rows(tuple(map(str, names)), tuple(rows), len(bindings))
    raise BadQuery("the answer is none that this page can show; download it")


def _cell(guide: Guide, term: object) -> Cell:
    match term:
        case None:
            return Cell("")
        case {"type": "uri", "value": str(iri)}:
            called, short = guide.called(iri, current()), shortened(iri)
            return Cell(called, short, guide.item_of(iri)) if called != iri else Cell(short)
        case {"type": "literal", "value": str(value), "xml:lang": str(lang)}:
            return Cell(value, lang=lang)
        case {"value": str(value)}:
            return Cell(value)
    return Cell(json.dumps(term, ensure_ascii=False))
