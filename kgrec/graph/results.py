"""A query's answer → text: a table for people, the formats of SPARQL 1.1 for rows, or those of RDF for triples."""

from __future__ import annotations

import csv
import html
import io
import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pyoxigraph as ox

from kgrec.errors import BadInput, BadQuery, UnknownName
from kgrec.graph.namespaces import PREFIXES, XSD

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


def fitted(result: QueryResult, form: str, size: int) -> tuple[bytes, bool]:
    """The same as bytes, no more than `size` of them; and whether rows were left out, for that or before."""
    told = render(result, form).encode("utf-8", "replace")
    while len(told) > size and result.rows:
        # By the mean length of a row, and at least one fewer, so that it ends.
        keep = min(len(result.rows) * size // len(told), len(result.rows) - 1)
        result = replace(result, rows=result.rows[:keep], truncated=True)
        told = render(result, form).encode("utf-8", "replace")
    if len(told) > size:
        raise BadQuery(f"even without rows the answer is longer than {size:,} bytes; select fewer columns")
    return told, result.truncated


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
    if result.kind == "ask":
        return json.dumps({"head": {}, "boolean": result.boolean}) + "\n"
    bindings = (
        {name: term_as_json(term) for name, term in zip(result.columns, row, strict=True) if term is not None}
        for row in result.rows
    )
    rows = ",\n".join(json.dumps(binding, ensure_ascii=False) for binding in bindings)
    head = json.dumps({"vars": result.columns}, ensure_ascii=False)
    cut = ', "truncated": true' if result.truncated else ""
    return f'{{"head": {head}{cut}, "results": {{"bindings": [\n{rows}\n]}}}}\n'


def as_xml(result: QueryResult) -> str:
    """https://www.w3.org/TR/rdf-sparql-XMLres/; what XML has no room for, as control characters, is U+FFFD."""
    head = "".join(f'<variable name="{html.escape(column)}"/>' for column in result.columns)
    if result.kind == "ask":
        told = f"<boolean>{'true' if result.boolean else 'false'}</boolean>"
    else:
        rows = "".join(
            "<result>"
            + "".join(
                f'<binding name="{html.escape(column)}">{_xml(term)}</binding>'
                for column, term in zip(result.columns, row, strict=True)
                if term is not None
            )
            + "</result>\n"
            for row in result.rows
        )
        told = f"<results>\n{rows}</results>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<sparql xmlns="http://www.w3.org/2005/sparql-results#">'
        f"<head>{head}</head>\n{told}</sparql>\n"
    )


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


def as_tsv(result: QueryResult) -> str:
    """https://www.w3.org/TR/sparql11-results-csv-tsv/: terms as Turtle writes them, so that types are told."""
    if result.kind == "ask":
        return f"?boolean\n{'true' if result.boolean else 'false'}\n"
    lines = [[f"?{column}" for column in result.columns]]
    lines += [["" if term is None else str(term).replace("\t", "\\t") for term in row] for row in result.rows]
    return "".join("\t".join(line) + "\n" for line in lines)


def as_turtle(result: QueryResult) -> str:
    """The triples of CONSTRUCT and DESCRIBE."""
    return _triples(result, ox.RdfFormat.TURTLE)


def as_ntriples(result: QueryResult) -> str:
    """The same, a triple a line."""
    return _triples(result, ox.RdfFormat.N_TRIPLES)


def as_rdf_xml(result: QueryResult) -> str:
    """The same in RDF/XML, which some programs ask for first."""
    return _triples(result, ox.RdfFormat.RDF_XML)


def _triples(result: QueryResult, form: ox.RdfFormat) -> str:
    if result.kind != "graph":
        raise BadInput("only CONSTRUCT and DESCRIBE answer with triples; choose table, json or csv")
    rows: Any = result.rows  # a graph's rows are triples, none of them unbound
    try:
        told = ox.serialize([ox.Triple(*row) for row in rows], format=form, prefixes=PREFIXES)
    except ValueError as error:
        raise BadQuery(f"{form.name} has no room for these triples ({error}); ask for Turtle") from error
    return (told or b"").decode()


ROW_FORMATS: Mapping[str, Callable[[QueryResult], str]] = {
    "json": as_json,
    "xml": as_xml,
    "csv": as_csv,
    "tsv": as_tsv,
}
GRAPH_FORMATS: Mapping[str, Callable[[QueryResult], str]] = {
    "ttl": as_turtle,
    "nt": as_ntriples,
    "rdf": as_rdf_xml,
}
FORMATS: Mapping[str, Callable[[QueryResult], str]] = {"table": as_table, **ROW_FORMATS, **GRAPH_FORMATS}


def iri_of(term: Term) -> str:
    """The address of an entity; of any other term its text."""
    return term.value if isinstance(term, ox.NamedNode) else str(term)


def term_as_json(term: Term) -> dict[str, Any]:
    """A term as results in JSON have it."""
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
    return {"type": "triple", "value": {name: term_as_json(part) for name, part in parts.items()}}


def term_from_json(term: Mapping[str, str]) -> Term:
    """An IRI or a literal that `term_as_json` made."""
    if term["type"] == "uri":
        return ox.NamedNode(term["value"])
    datatype = ox.NamedNode(term["datatype"]) if "datatype" in term else None
    return ox.Literal(term["value"], datatype=datatype, language=term.get("xml:lang"))


_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _xml(term: Term) -> str:
    if isinstance(term, ox.Triple):
        parts = {"subject": term.subject, "predicate": term.predicate, "object": term.object}
        return f"<triple>{''.join(f'<{name}>{_xml(part)}</{name}>' for name, part in parts.items())}</triple>"
    # A parser would make a line feed of a carriage return that is not written as a number.
    value = html.escape(_NO_XML.sub("\ufffd", term.value), quote=False).replace("\r", "&#13;")
    if isinstance(term, ox.NamedNode):
        return f"<uri>{value}</uri>"
    if isinstance(term, ox.BlankNode):
        return f"<bnode>{value}</bnode>"
    kind = ""
    if term.language:
        kind = f' xml:lang="{html.escape(term.language)}"'
    elif term.datatype.value != XSD + "string":
        kind = f' datatype="{html.escape(term.datatype.value)}"'
    return f"<literal{kind}>{value}</literal>"


def _plain(term: Term | None) -> str:
    if term is None:
        return ""
    return term.value if isinstance(term, ox.NamedNode | ox.Literal) else str(term)


def shortened(iri: str) -> str:
    """An IRI as people read it: kg:hasBrand; as it is where it is in no known namespace."""
    for prefix, namespace in PREFIXES.items():
        if iri.startswith(namespace):
            return f"{prefix}:{iri.removeprefix(namespace)}"
    return iri


def _short(term: Term | None) -> str:
    return shortened(term.value) if isinstance(term, ox.NamedNode) else _plain(term)


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
