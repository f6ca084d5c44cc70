"""RDF in Turtle, N-Triples, N-Quads, TriG, JSON-LD or RDF/XML → triples; what could harm reaches no parser.

Nothing is fetched: an address in a JSON-LD context is answered from what travels with kgrec, or refused.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Iterator
from itertools import accumulate
from typing import IO, Any, NamedTuple

import pyoxigraph as ox

from kgrec.errors import BadInput
from kgrec.resources import ontology_folder

FORMATS = {
    "ttl": ox.RdfFormat.TURTLE,
    "nt": ox.RdfFormat.N_TRIPLES,
    "nq": ox.RdfFormat.N_QUADS,
    "trig": ox.RdfFormat.TRIG,
    "jsonld": ox.RdfFormat.JSON_LD,
    "json": ox.RdfFormat.JSON_LD,
    "rdf": ox.RdfFormat.RDF_XML,
}
"""Ending of a file → how it is read."""

WHOLE = ("jsonld", "json", "rdf")
"""Endings of formats that are looked through as a whole before they are parsed; the others are streamed."""

CONTEXT = "https://w3id.org/kgrec/context.jsonld"
"""The address of the JSON-LD context; who names it gets the bundled file, and nothing is fetched."""

MOST_BYTES = 64 << 20  # of JSON-LD and RDF/XML
MOST_STREAMED = 4 << 30  # bytes of the others
DEEPEST = 64  # things inside each other

_SCHEMA_CONTEXT = re.compile(r"https?://schema\.org/?")
_SCHEMA = {"@vocab": "https://schema.org/", "schema": "https://schema.org/", "id": "@id", "type": "@type"}
_DOCTYPE = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ASIDE = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>|<\?.*?\?>", re.DOTALL)
_TAG = re.compile(rb"<(/?)[^<>]*?(/?)>")
_PLACE = re.compile(r"^Parser error at [^:]*: | \(line \d+\)$")
_MARK = b"\xef\xbb\xbf"


class Text(NamedTuple):
    """A literal."""

    value: str
    lang: str  # "" for none
    datatype: str  # IRI


Triple = tuple[str, str, str | Text]
"""Subject, predicate, object. A thing is its IRI; one without begins with "_:", a triple told of with "<<"."""


def nameless(thing: str) -> bool:
    """Whether a thing has no IRI."""
    return thing.startswith(("_:", "<<"))


def triples(
    source: bytes | IO[bytes], ending: str, name: str, *, base: str | None = None, lenient: bool = False
) -> Iterator[Triple]:
    """The triples of a file in its order, whatever named graph they are in.

    `name` is what errors call the file, `base` what relative IRIs begin with; `lenient` keeps the IRIs of JSON-LD that
    are none, which else vanish. BadInput says what is wrong, with line and column where the parser tells.
    """
    stream: Any = io.BytesIO(source) if isinstance(source, bytes) else source
    if ending in WHOLE:
        content = stream.read(MOST_BYTES + 1)
        check_size(len(content), name)
        check_text(content, name)
        stream = io.BytesIO(_harmless(content.removeprefix(_MARK), ending, name))
    else:
        stream = _Watched(stream, name)
    lenient = lenient and FORMATS[ending] == ox.RdfFormat.JSON_LD
    try:
        for quad in ox.parse(stream, format=FORMATS[ending], base_iri=base, lenient=lenient):
            yield _named(quad.subject), quad.predicate.value, _object(quad.object)
    except SyntaxError as error:
        raise BadInput(_malformed(error, name)) from None
    except MemoryError:
        raise BadInput(f"{name}: one name or text of more than 16 MiB; shorten it") from None


def _named(term: ox.NamedNode | ox.BlankNode | ox.Triple) -> str:
    return str(term.value) if isinstance(term, ox.NamedNode) else str(term)


def _object(term: ox.NamedNode | ox.BlankNode | ox.Literal | ox.Triple) -> str | Text:
    if isinstance(term, ox.Literal):
        return Text(term.value, term.language or "", term.datatype.value)
    return _named(term)


# What must not reach a parser


def check_size(size: int, name: str, most: int | None = None) -> None:
    """BadInput for a file of too many bytes."""
    most = MOST_BYTES if most is None else most
    if size > most:
        raise BadInput(
            f"{name} has more than {most:,} bytes, which is the most that is read; split it into several"
        )


def check_text(content: bytes, name: str) -> None:
    """BadInput unless the content is UTF-8."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(f"{name}, line {line}: not UTF-8; save the file as UTF-8") from None


def _harmless(content: bytes, ending: str, name: str) -> bytes:
    """The content, with contexts that are addresses written out where they are known."""
    if ending == "rdf":
        if found := _DOCTYPE.search(content):
            line = content.count(b"\n", 0, found.start()) + 1
            raise BadInput(f"{name}, line {line}: a DOCTYPE or ENTITY is not allowed in RDF/XML; take it out")
        _check_depth(_xml_depth(content), name)
        return content
    _check_depth(_json_depth(content), name)
    return _with_contexts(content, name) if b"@context" in content else content


def _check_depth(depth: int, name: str) -> None:
    if depth > DEEPEST:
        raise BadInput(f"{name}: more than {DEEPEST} things inside each other; flatten it")


def _json_depth(content: bytes) -> int:
    marks = re.findall(rb"[\[\]{}]", _STRINGS.sub(b"", content))
    return _deepest(1 if mark in b"[{" else -1 for mark in marks)


def _xml_depth(content: bytes) -> int:
    """How deep elements lie; one that ends in itself counts as none."""
    tags = _TAG.findall(_ASIDE.sub(b"", content))
    return _deepest(-1 if closing else 1 for closing, single in tags if not single)


def _deepest(steps: Iterator[int]) -> int:
    return max(accumulate(steps), default=0)


class _Watched(io.RawIOBase):
    """A stream without its byte order mark that ends in BadInput at too many bytes, or too many triples in triples.

    The engine overruns its stack on triple terms some thousand deep, and comments hide which of them end.
    """

    def __init__(self, stream: IO[bytes], name: str) -> None:
        super().__init__()
        self._stream, self._name = stream, name
        self._size = self._terms = 0
        self._last = b""

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        if not self._size:
            while 0 < len(block) < len(_MARK) and (more := self._stream.read(1)):
                block += more
            block = block.removeprefix(_MARK)
        self._size += len(block)
        check_size(self._size, self._name, MOST_STREAMED)
        self._terms += (self._last + block).count(b"<<(")
        self._last = block[-2:]
        if self._terms > DEEPEST:
            raise BadInput(f"{self._name}: more than {DEEPEST} triples told of, <<( … )>>; take them out")
        return block


# JSON-LD


def _with_contexts(content: bytes, name: str) -> bytes:
    """The document with schema.org's context written out, and the bundled one where it is named at the top."""
    try:
        document = json.loads(content)
        replaced = _with_schema_org(document)
        if isinstance(replaced, dict) and "@context" in replaced:
            replaced = replaced | {"@context": _with_bundled(replaced["@context"])}
        return content if replaced == document else json.dumps(replaced, allow_nan=False).encode()
    except json.JSONDecodeError:
        return content  # the parser of triples says where it is broken
    except ValueError:
        raise BadInput(f"{name}: a number with too many digits, or none such as NaN; correct it") from None


def _with_schema_org(value: Any) -> Any:
    if isinstance(value, list):
        return [_with_schema_org(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _schema_org(one) if key == "@context" else _with_schema_org(one) for key, one in value.items()
    }


def _schema_org(context: Any) -> Any:
    if isinstance(context, list):
        return [_schema_org(one) for one in context]
    return _SCHEMA if isinstance(context, str) and _SCHEMA_CONTEXT.fullmatch(context) else context


def _with_bundled(context: Any) -> Any:
    """The context with the bundled one in place of its address, once: many would make a small file a large one."""
    contexts = context if isinstance(context, list) else [context]
    if contexts.count(CONTEXT) != 1:
        return context
    bundled = json.loads((ontology_folder() / "context.jsonld").read_bytes())["@context"]
    return [bundled if one == CONTEXT else one for one in contexts]


def _malformed(error: SyntaxError, name: str) -> str:
    reason = _PLACE.sub("", str(error.args[0]))
    if "LoadDocumentCallback" in reason:
        return (
            f"{name}: its @context is an address, and none is ever fetched; write the context into the file, "
            f"or name {CONTEXT} at its top"
        )
    hint = "; declare it with @prefix" if "prefix" in reason else ""
    if reason.startswith("Invalid UTF-8"):
        reason, hint = "not UTF-8", "; save the file as UTF-8"
    place = f", line {error.lineno}, column {error.offset}" if error.lineno else ""
    return f"{name}{place}: {reason[:300]}{hint}"
