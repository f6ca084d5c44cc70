"""A file of triples in Turtle, N-Triples, JSON-LD, RDF/XML or CSV → its statements, with lines where they have one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path as FilePath

import pyoxigraph as ox

from kgrec.errors import BadInput

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "jsonld": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
"""Ending of a file → how it is read; `.csv` is read here."""

MOST_BYTES = 64 << 20
MOST_TRIPLES = 1_000_000
LONGEST = 10_000  # characters of one text or IRI
DEEPEST = 64  # things inside each other in JSON-LD and RDF/XML

_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ASIDE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"<(/?)[^<>]*?(/?)>")
_HEADER = ("head", "relation", "tail")
_PLACE = re.compile(r"^Parser error at [^:]*: | \(line \d+\)$")


@dataclass(frozen=True)
class Statement:
    """One triple as a file says it; cells of CSV are told from IRIs by what the graph knows."""

    subject: str
    relation: str
    object: str
    form: str  # "iri", "text" or, of a CSV file, "cell"
    lang: str
    place: str  # "fixes.csv, line 3"
    line: int  # 0 where the file's format does not tell


def read(file: FilePath) -> list[Statement]:
    """All statements of a file in its order; BadInput says what is wrong and where."""
    ending = file.suffix.removeprefix(".").lower()
    if ending not in ("csv", *FORMATS):
        known = ", ".join(f".{name}" for name in ("csv", *FORMATS))
        raise BadInput(f"{file.name}: its ending says no format of triples; end it in {known}")
    content = _content(file)
    if ending == "csv":
        return _limited(_of_csv(content, file.name), file.name)
    _refuse_hostile(content, ending, file.name)
    return _limited(_of_rdf(content, ending, file.name), file.name)


def _content(file: FilePath) -> bytes:
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise BadInput(
                f"{file.name} has {size:,} bytes, at most {MOST_BYTES:,} are read; split it into several sources"
            )
        content = file.read_bytes()
        content.decode("utf-8")
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror or error}); name a file of triples") from None
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{file.name}, line {line}: not UTF-8; save the file as UTF-8") from None
    return content.removeprefix(b"\xef\xbb\xbf")


def _refuse_hostile(content: bytes, ending: str, name: str) -> None:
    """What must not reach a parser."""
    if ending == "rdf" and (found := _DOCTYPE.search(content)):
        line = content.count(b"\n", 0, found.start()) + 1
        raise BadInput(f"{name}, line {line}: a DOCTYPE or ENTITY is not allowed in RDF/XML; take it out")
    nested = {"jsonld": _json_depth, "rdf": _xml_depth}.get(ending)
    if nested and nested(content) > DEEPEST:
        raise BadInput(f"{name}: more than {DEEPEST} things inside each other; flatten it")


def _json_depth(content: bytes) -> int:
    marks = re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", content))
    return _depth(1 if mark in b"[{" else -1 for mark in marks)


def _xml_depth(content: bytes) -> int:
    """How deep elements lie; one that ends in itself counts as none."""
    tags = _TAG.findall(_ASIDE.sub(b"", content))
    return _depth(-1 if closing else 1 for closing, single in tags if not single)


def _depth(steps: Iterator[int]) -> int:
    return max(accumulate(steps), default=0)


def _of_rdf(content: bytes, ending: str, name: str) -> Iterator[Statement]:
    lines = _lines_of_triples(content) if ending == "nt" else None
    try:
        for position, quad in enumerate(ox.parse(content, format=FORMATS[ending])):
            line = lines[position] if lines else 0
            place = f"{name}, line {line}" if line else name
            yield _statement(quad.triple if isinstance(quad, ox.Quad) else quad, place, line)
    except SyntaxError as error:
        raise BadInput(_malformed(error, name)) from None


def _lines_of_triples(content: bytes) -> list[int]:
    """The line of each triple of N-Triples, which has at most one in a line."""
    lines = re.split(rb"\r\n|\r|\n", content)
    return [n for n, line in enumerate(lines, 1) if (text := line.strip()) and not text.startswith(b"#")]


def _statement(triple: ox.Triple, place: str, line: int) -> Statement:
    subject, target = triple.subject, triple.object
    if not isinstance(subject, ox.NamedNode) or not isinstance(target, ox.NamedNode | ox.Literal):
        nameless = target if isinstance(subject, ox.NamedNode) else subject
        raise BadInput(f"{place}: {nameless} has no address of its own; name things by IRI")
    literal = isinstance(target, ox.Literal)
    lang = target.language or "" if isinstance(target, ox.Literal) else ""
    form = "text" if literal else "iri"
    return Statement(subject.value, triple.predicate.value, target.value, form, lang, place, line)


def _malformed(error: SyntaxError, name: str) -> str:
    reason = _PLACE.sub("", str(error.args[0]))
    if "LoadDocumentCallback" in reason:
        return (
            f"{name}: its @context is an address, and none is ever fetched; write the context into the file"
        )
    hint = "; declare it with @prefix" if "prefix" in reason else ""
    place = f", line {error.lineno}, column {error.offset}" if error.lineno else ""
    return f"{name}{place}: {reason[:300]}{hint}"


def _of_csv(content: bytes, name: str) -> Iterator[Statement]:
    rows = csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True)
    try:
        header = [cell.strip().lower() for cell in next(rows, [])]
        missing = [column for column in _HEADER if column not in header]
        if missing:
            raise BadInput(f"{name}, line 1: no column {missing[0]!r}; the first line is head,relation,tail")
        where = [header.index(column) for column in _HEADER]
        for row in rows:
            place = f"{name}, line {rows.line_num}"
            if not any(cell.strip() for cell in row):
                continue
            if len(row) <= max(where) or not all(row[column].strip() for column in where):
                raise BadInput(f"{place}: a head, a relation and a tail are needed")
            head, relation, tail = (row[column].strip() for column in where)
            yield Statement(head, relation, tail, "cell", "", place, rows.line_num)
    except csv.Error as error:
        raise BadInput(f"{name}, line {rows.line_num}: {error}; mend the quotes") from None


def _limited(statements: Iterator[Statement], name: str) -> list[Statement]:
    kept: list[Statement] = []
    for statement in statements:
        if len(kept) == MOST_TRIPLES:
            raise BadInput(f"{name} has more than {MOST_TRIPLES:,} triples; split it into several sources")
        if max(len(statement.subject), len(statement.object)) > LONGEST:
            raise BadInput(f"{statement.place}: a name of more than {LONGEST:,} characters; shorten it")
        kept.append(statement)
    return kept
