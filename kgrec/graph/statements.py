"""A file of triples in Turtle, N-Triples, JSON-LD, RDF/XML or CSV → its statements, with lines where they have one."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from kgrec import rdf
from kgrec.errors import BadInput

FORMATS = ("ttl", "nt", "jsonld", "rdf")
"""Endings of files of triples; `.csv` is read here."""

MOST_BYTES = 64 << 20
MOST_TRIPLES = 1_000_000
LONGEST = 10_000  # characters of one text or IRI

_HEADER = ("head", "relation", "tail")


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
    return _limited(_of_rdf(content, ending, file.name), file.name)


def _content(file: FilePath) -> bytes:
    try:
        if (size := file.stat().st_size) > MOST_BYTES:
            raise BadInput(
                f"{file.name} has {size:,} bytes, at most {MOST_BYTES:,} are read; split it into several sources"
            )
        content = file.read_bytes()
    except OSError as error:
        raise BadInput(f"{file} cannot be read ({error.strerror or error}); name a file of triples") from None
    rdf.check_text(content, file.name)
    return content.removeprefix(b"\xef\xbb\xbf")


def _of_rdf(content: bytes, ending: str, name: str) -> Iterator[Statement]:
    lines = _lines_of_triples(content) if ending == "nt" else None
    for position, triple in enumerate(rdf.triples(content, ending, name)):
        line = lines[position] if lines else 0
        yield _statement(triple, f"{name}, line {line}" if line else name, line)


def _lines_of_triples(content: bytes) -> list[int]:
    """The line of each triple of N-Triples, which has at most one in a line."""
    lines = re.split(rb"\r\n|\r|\n", content)
    return [n for n, line in enumerate(lines, 1) if (text := line.strip()) and not text.startswith(b"#")]


def _statement(triple: rdf.Triple, place: str, line: int) -> Statement:
    subject, relation, target = triple
    ends = [end for end in (subject, target) if isinstance(end, str)]
    if unnamed := next(filter(rdf.nameless, ends), None):
        raise BadInput(f"{place}: {unnamed} has no address of its own; name things by IRI")
    if isinstance(target, rdf.Text):
        return Statement(subject, relation, target.value, "text", target.lang, place, line)
    return Statement(subject, relation, target, "iri", "", place, line)


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
