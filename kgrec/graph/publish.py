"""A local store → the named graphs of a SPARQL server, a generation beside the last; and questions to the current one.

On the server, SHOP's graphs are called {base}shop/SHOP/GENERATION/catalogue and so on. A graph of their own,
{base}shop/SHOP/generations, says which there are (prov:hadMember) and which generation is current
(dcterms:hasVersion). A generation is made known, then sent, counted, and made current by one triple; then the old
ones are dropped. Whatever stops it on the way, the last good generation stays current, and the next sending clears up.
"""

from __future__ import annotations

import json
import re
import sys
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from secrets import token_hex
from typing import Any
from urllib.parse import quote

import pyoxigraph as ox

from kgrec.domain import Progress
from kgrec.errors import BadServer, NotReady
from kgrec.graph.gate import FORMS, gate
from kgrec.graph.namespaces import DCTERMS, PREFIXES, PROV, RDF, XSD
from kgrec.graph.query import DEFAULT_LIMIT, run
from kgrec.graph.remote import Server
from kgrec.graph.results import QueryResult, Term

_PIECE = 20_000  # triples in one request of the Graph Store Protocol, about 3 MB
_PIECE_OF_UPDATE = 1_000  # in one update: Virtuoso's compiler takes no more than some thousands
_TRIES = 5  # how often a question is asked again because the generation changed while it was answered
_JSON, _NTRIPLES = "application/sparql-results+json", "application/n-triples"


@dataclass(frozen=True)
class Place:
    """Where the graphs of a shop are on a server."""

    server: Server
    base: str  # the address that the shop's IRIs begin with
    shop: str

    @property
    def top(self) -> str:
        return f"{self.base}shop/{quote(self.shop, safe='')}"

    @property
    def register(self) -> str:
        """The graph that says which generations there are."""
        return f"{self.top}/generations"


# Sending


def send(place: Place, store: ox.Store, version: str, progress: Progress | None = None) -> dict[str, Any]:
    """Send all named graphs of a store as a new generation, make it current, and drop the others.

    BadServer if the server fails or does not hold what was sent; then what was current before still is.
    """
    say = progress or (lambda *_: None)
    generation = f"{place.top}/{version}-{token_hex(4)}"
    graphs = sorted(graph.value for graph in store.named_graphs())
    names = {graph: f"{generation}/{graph.removeprefix(f'{place.base}graph/')}" for graph in graphs}
    before = _current(place)
    _drop_all_but(place, before)
    _write(place, "INSERT DATA", _known_by(generation, names))
    counts = {}
    for done, graph in enumerate(graphs):
        say("send", done, len(graphs), graph.rpartition("/")[2])
        _send_graph(place.server, store, graph, names[graph])
        counts[graph] = _checked(place, store, graph, names[graph])
    subject, predicate = ox.NamedNode(place.top), ox.NamedNode(f"{DCTERMS}hasVersion")
    _write(place, "INSERT DATA", [ox.Triple(subject, predicate, ox.NamedNode(generation))])
    # For a moment two are current, and both are whole; with one update for both, some servers would show none.
    old = [ox.Triple(subject, predicate, ox.NamedNode(name)) for name in before]
    if old:
        _write(place, "DELETE DATA", old)
    _drop_all_but(place, [generation])
    say("send", len(graphs), len(graphs), "")
    return {"server": place.server.name, "generation": generation, "triples": sum(counts.values())}


def _known_by(generation: str, names: Mapping[str, str]) -> list[ox.Triple]:
    """What the register says of a generation."""
    node = ox.NamedNode(generation)
    told = [ox.Triple(node, ox.NamedNode(f"{RDF}type"), ox.NamedNode(f"{PROV}Collection"))]
    for graph, name in names.items():
        member = ox.NamedNode(name)
        told.append(ox.Triple(node, ox.NamedNode(f"{PROV}hadMember"), member))
        told.append(ox.Triple(member, ox.NamedNode(f"{PROV}specializationOf"), ox.NamedNode(graph)))
    return told


def _send_graph(server: Server, store: ox.Store, graph: str, name: str) -> None:
    """The first request replaces what a request that was tried before may have left, the others add.

    Triples with blank nodes are all in the first: a blank node has no name that a second request could use, and
    would be another one if it were sent again.
    """
    quads = store.quads_for_pattern(None, None, None, ox.NamedNode(graph))
    named = (quad.triple for quad in quads if not _is_blank(quad))
    blank = [ox.Triple(*row) for row in _rows(store, _BLANK % graph)]
    if server.graph_url:
        server.graph("PUT", name, _lines(blank or islice(named, _PIECE)))
        while piece := list(islice(named, _PIECE)):
            server.graph("POST", name, _lines(piece))
        return
    some = f" ; INSERT {{ GRAPH <{name}> {{\n{_statements(blank)}}} }} WHERE {{}}" if blank else ""
    server.update(f"DROP SILENT GRAPH <{name}>{some}")
    while piece := list(islice(named, _PIECE_OF_UPDATE)):
        server.update(f"INSERT DATA {{ GRAPH <{name}> {{\n{_statements(piece)}}} }}")


_BLANK = "SELECT ?s ?p ?o { GRAPH <%s> { ?s ?p ?o FILTER(isBlank(?s) || isBlank(?o)) } }"
_COUNT = "SELECT (COUNT(*) AS ?n) { GRAPH <%s> { ?s ?p ?o } }"


def _rows(store: ox.Store, sparql: str) -> list[Any]:
    return list(run(store, sparql, limit=sys.maxsize).rows)


def _is_blank(quad: ox.Quad) -> bool:
    return isinstance(quad.subject, ox.BlankNode) or isinstance(quad.object, ox.BlankNode)


def _checked(place: Place, store: ox.Store, graph: str, name: str) -> int:
    """How many triples a graph has, here and there."""
    here = int(_rows(store, _COUNT % graph)[0][0].value)
    there = int(_values(place, _COUNT % name)[0][0])
    if here != there:
        raise BadServer(
            f"{place.server.name} holds {there:,} of the {here:,} triples of {graph}; the graph that was "
            "current there still is"
        )
    return here


def _write(place: Place, how: str, triples: Iterable[ox.Triple]) -> None:
    place.server.update(f"{how} {{ GRAPH <{place.register}> {{\n{_statements(triples)}}} }}")


def _drop_all_but(place: Place, kept: Iterable[str]) -> None:
    """Drop generations, graphs first, so that what is left of one is still known if it is not the last step."""
    members: dict[str, dict[str, str]] = {}
    for generation, name, graph in _values(place, _MEMBERS.format(place.register)):
        members.setdefault(generation, {})[graph] = name
    for generation in sorted(set(members) - set(kept)):
        for name in members[generation].values():
            place.server.update(f"DROP SILENT GRAPH <{name}>")
        _write(place, "DELETE DATA", _known_by(generation, members[generation]))


_MEMBERS = (
    "SELECT ?generation ?member ?graph {{ GRAPH <{0}> {{ "
    f"?generation <{PROV}hadMember> ?member . ?member <{PROV}specializationOf> ?graph "
    "}} }} ORDER BY ?generation ?member"
)
_POINTER = f"SELECT ?generation {{{{ GRAPH <{{0}}> {{{{ <{{1}}> <{DCTERMS}hasVersion> ?generation }}}} }}}}"


def _current(place: Place) -> list[str]:
    """The current generations: one, none, or two while the pointer moves."""
    return sorted(row[0] for row in _values(place, _POINTER.format(place.register, place.top)))


def _lines(triples: Iterable[ox.Triple]) -> bytes:
    return ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""


_ESCAPE = re.compile(r"\\\\([uU])|\\.")


def _statements(triples: Iterable[ox.Triple]) -> str:
    r"""Triples as SPARQL has them: as N-Triples, but that \u is read before all else, even after a backslash."""
    text = _lines(triples).decode()
    return _ESCAPE.sub(lambda found: rf"\\\u00{ord(found[1]):X}" if found[1] else found[0], text)


# Asking


def ask(
    place: Place,
    sparql: str,
    *,
    limit: int = DEFAULT_LIMIT,
    parameters: Mapping[str, Term] | None = None,
) -> QueryResult:
    """The answer of the current generation on the server, as `query.run` has it of a local store.

    `parameters` sets variables of a library query, which are those of its outermost group.
    """
    text = _with_values(_with_prefixes(gate(sparql)), parameters or {})
    form = next(word for word in _WORD.findall(_COMMENT.sub("", sparql)) if word.upper() in FORMS).upper()
    accept = _JSON if form in ("SELECT", "ASK") else _NTRIPLES
    generations = _current(place)
    for _ in range(_TRIES):
        if not generations:
            raise NotReady(
                f"{place.server.name} has no graph of {place.shop} yet; send it with: kgrec send SHOP"
            )
        graphs = [
            row[1] for row in _values(place, _MEMBERS.format(place.register)) if row[0] == generations[-1]
        ]
        raw = place.server.query(text, graphs, accept)
        found, generations = generations, _current(place)
        if found[-1] in generations:  # else its graphs were dropped meanwhile
            return _cut(_read(place.server, raw, accept, is_ask=form == "ASK"), limit)
        time.sleep(0.1)
    raise BadServer(f"the graph on {place.server.name} changes faster than it can be asked; try again later")


_WORD = re.compile(r"[A-Za-z]+")
_COMMENT = re.compile(r"<[^<>\s]*>|#[^\n\r]*")
_DECLARED = re.compile(r"\bPREFIX\s+([\w.-]*):", re.IGNORECASE)
_GROUP = re.compile(r"\bWHERE\s*\{", re.IGNORECASE)


def _with_prefixes(sparql: str) -> str:
    """The query with the prefixes that it may use without declaring them, on its first line."""
    declared = set(_DECLARED.findall(sparql))
    known = (f"PREFIX {name}: <{iri}> " for name, iri in PREFIXES.items() if name not in declared)
    return "".join(known) + sparql


def _with_values(sparql: str, parameters: Mapping[str, Term]) -> str:
    values = "".join(f" VALUES ?{name} {{ {_term(value)} }}" for name, value in parameters.items())
    return _GROUP.sub(lambda found: found[0] + values, sparql, count=1) if values else sparql


def _term(term: Term) -> str:
    node = ox.NamedNode("urn:x")
    return (
        _statements([ox.Triple(node, node, term)]).strip().removeprefix("<urn:x> <urn:x> ").removesuffix(" .")
    )


def _cut(result: QueryResult, limit: int) -> QueryResult:
    if len(result.rows) <= limit:
        return result
    return QueryResult(result.kind, result.columns, result.rows[:limit], truncated=True)


def _values(place: Place, sparql: str) -> list[tuple[str, ...]]:
    result = _read(place.server, place.server.query(sparql, (), _JSON), _JSON)
    return [tuple(getattr(term, "value", "") for term in row) for row in result.rows]


def _read(server: Server, raw: bytes, accepted: str, *, is_ask: bool = False) -> QueryResult:
    """An answer in the form that was asked for."""
    try:
        if accepted == _NTRIPLES:
            triples = ox.parse(raw, format=ox.RdfFormat.N_TRIPLES)
            rows = [(quad.subject, quad.predicate, quad.object) for quad in triples]
            return QueryResult("graph", ("subject", "predicate", "object"), rows)
        answer = json.loads(raw)
        if "boolean" in answer:
            return QueryResult("ask", boolean=bool(answer["boolean"]))
        columns = tuple(map(str, answer["head"]["vars"]))
        found = [tuple(map(row.get, columns)) for row in answer["results"]["bindings"]]
        if is_ask:  # Virtuoso answers some with a row that holds 1, or none
            return QueryResult("ask", boolean=bool(found) and found[0][0]["value"] == "1")
        return QueryResult("select", columns, [tuple(map(_told, row)) for row in found])
    except (SyntaxError, ValueError, KeyError, TypeError, AttributeError) as error:
        kind = type(error).__name__
        raise BadServer(f"{server.name} answers in a form that is not {accepted} ({kind}: {error})") from None


def _told(binding: Mapping[str, str] | None) -> Term | None:
    """A term as https://www.w3.org/TR/sparql11-results-json/ tells it, or as Virtuoso does."""
    if binding is None:
        return None
    kind, value = binding["type"], binding["value"]
    if kind == "uri":
        return ox.NamedNode(value)
    if kind == "bnode":  # Virtuoso's nodeID://b1 is no name that other formats allow
        return ox.BlankNode(re.sub(r"[^A-Za-z0-9]", lambda found: f"x{ord(found[0]):x}", value))
    if "xml:lang" in binding:
        return ox.Literal(value, language=binding["xml:lang"])
    if binding.get("datatype") == f"{XSD}boolean":
        value = {"1": "true", "0": "false"}.get(value, value)
    datatype = binding.get("datatype")
    return ox.Literal(value, datatype=ox.NamedNode(datatype)) if datatype else ox.Literal(value)
