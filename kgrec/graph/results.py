"""A query's answer → text: a table for people, JSON and CSV as SPARQL 1.1 has them, or Turtle."""

from __future__ import annotations

import csv
import io
import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pyoxigraph as ox

from kgrec.errors import BadInput, UnknownName
from kgrec.graph.vocabulary import PREFIXES, XSD

Term = ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple

_WIDEST = 60  # columns of the screen for one cell


@dataclass(frozen=True)
class QueryResult:
    """What a query answered: rows of terms, a yes or no, or triples (rows of three)."""

    kind: Literal["select", "ask", "graph"]
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[Term | None, ...]] = ()
    boolean: bool | None = None
    truncated: bool = False  # whether there were more rows than asked for


def render(result: QueryResult, form: str) -> str:
    """The answer as text in one of `FORMATS`."""
    if form not in FORMATS:
        raise UnknownName("format", form, FORMATS)
    return FORMATS[form](result)


def as_table(result: QueryResult) -> str:
    """Aligned columns; known namespaces are shortened, long cells cut, and nothing can steer the terminal."""
    if result.kind == "ask":
        return "yes\n" if result.boolean else "no\n"
    cells = [[_cell(_short(term)) for term in row] for row in result.rows]
    widths = [max(map(_width, column)) for column in zip(result.columns, *cells, strict=True)]
    lines = [result.columns, ["-" * width for width in widths], *cells]
    text = "".join(
        "  ".join(
            cell + " " * (width - _width(cell)) for cell, width in zip(line, widths, strict=True)
        ).rstrip()
        + "\n"
        for line in lines
    )
    rows = f"{len(cells):,} row{'' if len(cells) == 1 else 's'}"
    return f"{text}({rows}{', there are more' if result.truncated else ''})\n"


def as_json(result: QueryResult) -> str:
    """https://www.w3.org/TR/sparql11-results-json/; triples as rows of subject, predicate and object."""
    answer: dict[str, Any] = {"head": {}}
    if result.kind == "ask":
        answer["boolean"] = result.boolean
    else:
        answer["head"]["vars"] = list(result.columns)
        bindings = [
            {name: _json(term) for name, term in zip(result.columns, row, strict=True) if term is not None}
            for row in result.rows
        ]
        answer["results"] = {"bindings": bindings}
        if result.truncated:
            answer["truncated"] = True
    return json.dumps(answer, ensure_ascii=False, indent=2) + "\n"


def as_csv(result: QueryResult) -> str:
    """https://www.w3.org/TR/sparql11-results-csv-tsv/: plain values, so formulas stay formulas."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    if result.kind == "ask":
        writer.writerows([["boolean"], ["true" if result.boolean else "false"]])
    else:
        writer.writerow(result.columns)
        writer.writerows([_plain(term) for term in row] for row in result.rows)
    return text.getvalue()


def as_turtle(result: QueryResult) -> str:
    """The triples of CONSTRUCT and DESCRIBE."""
    if result.kind != "graph":
        raise BadInput("only CONSTRUCT and DESCRIBE answer with triples; choose table, json or csv")
    rows: Any = result.rows  # a graph's rows are triples, none of them unbound
    turtle = ox.serialize([ox.Triple(*row) for row in rows], format=ox.RdfFormat.TURTLE, prefixes=PREFIXES)
    return (turtle or b"").decode()


FORMATS: Mapping[str, Callable[[QueryResult], str]] = {
    "table": as_table,
    "json": as_json,
    "csv": as_csv,
    "ttl": as_turtle,
}


def iri_of(term: Term) -> str:
    """The address of an entity; of any other term its text."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def _json(term: Term) -> dict[str, Any]:
    if isinstance(term, ox.NamedNode):
        return {"type": "uri", "value": term.value}
    if isinstance(term, ox.BlankNode):
        return {"type": "bnode", "value": term.value}
    if isinstance(term, ox.Literal):
        binding = {"type": "literal", "value": term.value}
        if term.language:
            binding["xml:lang"] = term.language
        elif term.datatype.value != XSD + "string":
            binding["datatype"] = term.datatype.value
        return binding
    parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
    return {"type": "triple", "value": {name: _json(part) for name, part in parts.items()}}


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def _short(term: Term | None) -> str:
    if isinstance(term, ox.NamedNode):
        for prefix, namespace in PREFIXES.items():
            if term.value.startswith(namespace):
                return f"{prefix}:{term.value.removeprefix(namespace)}"
    return _plain(term)


def _cell(text: str) -> str:
    """Text for one cell: on one line, without control characters, not too wide."""
    text = "".join(c if c.isprintable() else " " for c in text[: 4 * _WIDEST])
    if _width(text) <= _WIDEST:
        return text
    while _width(text) >= _WIDEST:
        text = text[:-1]
    return text + "…"


def _width(text: str) -> int:
    """Columns of the screen; Chinese characters take two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)
