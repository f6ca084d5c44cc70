"""A store and a SPARQL text or the name of a library query → an answer, as rows, yes or no, or triples."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import pyoxigraph as ox

from kgrec.errors import BadInput, BadQuery, UnknownName
from kgrec.graph.gate import gate, undeclared
from kgrec.graph.namespaces import PREFIXES
from kgrec.graph.results import FORMATS, QueryResult, Term, iri_of, render
from kgrec.resources import ontology_folder

if TYPE_CHECKING:
    from kgrec.graph.vocabulary import Namer  # not when run: a worker is to import little

__all__ = [
    "FORMATS",
    "NamedQuery",
    "Parameter",
    "QueryResult",
    "Term",
    "bind",
    "kind_meant",
    "library",
    "named",
    "render",
    "run",
]

DEFAULT_LIMIT = 10_000

_PARAMETER = re.compile(r"^# param (\w+): (IRI|text|number)\b(.*)$", re.MULTILINE)
_MEANT = re.compile(r"IRI of an? (item|user|brand|category|segment)\b")
_SEGMENT = re.compile(r"([^=:]+)[=:](.+)", re.DOTALL)
_PERSONAL = re.compile(r"^# personal\b", re.MULTILINE)
_SLOW = re.compile(r"^# slow: (.*)$", re.MULTILINE)
_REQUIRED = ", required"
_POSITION = re.compile(r"error at (\d+):(\d+): (.*)", re.DOTALL)


@dataclass(frozen=True)
class Parameter:
    """A variable of a library query that may be set."""

    name: str
    kind: str  # IRI, text or number
    meaning: str  # "IRI of an item"

    @property
    def required(self) -> bool:
        """Whether the question is not asked without it."""
        return self.meaning.endswith(_REQUIRED)

    @property
    def told(self) -> str:
        """What it is, without saying whether it is required."""
        return self.meaning.removesuffix(_REQUIRED)


@dataclass(frozen=True)
class NamedQuery:
    """A question of the library: its name, its title and what may be set in it."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    text: str

    @property
    def personal(self) -> bool:
        """Whether it is asked of people, so that only the shop itself may ask it."""
        return _PERSONAL.search(self.text) is not None

    @property
    def slow(self) -> str:
        """Why it takes long on a large shop, "" if it does not."""
        found = _SLOW.search(self.text)
        return found[1] if found else ""


def run(
    store: ox.Store,
    sparql: str,
    *,
    limit: int = DEFAULT_LIMIT,
    size: int | None = None,
    parameters: Mapping[str, Term] | None = None,
    default_graphs: Sequence[str] = (),
    named_graphs: Sequence[str] = (),
) -> QueryResult:
    """The answer, cut off after `limit` rows or about `size` bytes of terms; nothing can be written.

    It is asked over the union of all named graphs, unless graphs are named: then over those alone, as
    https://www.w3.org/TR/sparql11-protocol/#dataset says. `parameters` sets variables of the query to terms, so that
    no text is ever put into a query.
    """
    values = {ox.Variable(name): value for name, value in (parameters or {}).items()}
    try:
        chosen: dict[str, Any] = {"use_default_graph_as_union": True}
        if default_graphs or named_graphs:
            chosen = {
                "default_graph": [_graph(store, iri) for iri in default_graphs],
                "named_graphs": [_graph(store, iri) for iri in named_graphs],
            }
        answer = store.query(gate(sparql), prefixes=PREFIXES, substitutions=values or None, **chosen)
        return _collected(answer, limit, size)
    except SyntaxError as error:
        raise BadQuery(undeclared(sparql, PREFIXES) or _position(str(error))) from error
    except (RuntimeError, ValueError) as error:
        raise BadQuery(f"the query cannot be answered: {error}") from error
    except OSError as error:
        raise BadQuery(f"the store could not be read for this query: {error}") from error


def _graph(store: ox.Store, iri: str) -> ox.NamedNode:
    """One of the store's own graphs; no graph is fetched from anywhere."""
    try:
        graph = ox.NamedNode(iri)
    except ValueError as error:
        raise BadQuery(f"a graph is named by an absolute IRI, not {iri!r}") from error
    if not store.contains_named_graph(graph):
        raise BadQuery(
            f"the store has no graph {iri}; SELECT DISTINCT ?g {{ GRAPH ?g {{}} }} lists those it has"
        )
    return graph


@cache
def library() -> Mapping[str, str]:
    """The queries that come along: name → text, by name."""
    files = sorted((ontology_folder() / "queries").glob("*.rq"))
    return {file.stem: file.read_text("utf-8") for file in files}


def named(name: str) -> NamedQuery:
    """One query of the library; UnknownName with the nearest if there is none."""
    texts = library()
    if name not in texts:
        raise UnknownName("query", name, texts)
    text = texts[name]
    parameters = [
        Parameter(found[1], found[2], (found[2] + found[3]).strip()) for found in _PARAMETER.finditer(text)
    ]
    return NamedQuery(name, text.split("\n", 1)[0].removeprefix("#").strip(), tuple(parameters), text)


def bind(query: NamedQuery, values: Mapping[str, str], namer: Namer | None = None) -> dict[str, Term]:
    """Values as a person gives them → terms for `run`, by what the query says of its parameters.

    With a namer, ids of items and users, labels of brands and categories, and segments told as COLUMN=VALUE become
    the IRIs of the shop.
    """
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            raise UnknownName(f"parameter of {query.name}", name, known)
    for name, parameter in known.items():
        if parameter.required and name not in values:
            raise BadInput(f"{query.name} needs {name}, the {parameter.told}")
    return {
        name: _term(known[name], _iri(known[name].meaning, value, namer) if namer else value)
        for name, value in values.items()
    }


def kind_meant(meaning: str) -> str:
    """The kind of entity that a parameter means, "" for texts, numbers and other IRIs."""
    found = _MEANT.match(meaning)
    return found[1] if found else ""


def _iri(meaning: str, value: str, namer: Namer) -> str:
    if value.startswith(namer.base):
        return value
    kind = kind_meant(meaning)
    if kind == "item":
        return namer.item(value)
    if kind == "user":
        return namer.user(value)
    if kind == "segment":
        return _segment(value, namer)
    return namer.entity(kind, value) if kind else value


def _segment(value: str, namer: Namer) -> str:
    """The IRI of a segment by its column and value, "age_band=25-34", or its label, "age band: 25-34"."""
    found = _SEGMENT.fullmatch(value)
    if found is None:
        raise BadInput(f"{value!r} is no segment; write COLUMN=VALUE, as in age_band=25-34")
    return namer.segment(found[1].strip().replace(" ", "_"), found[2].strip())


def _term(parameter: Parameter, value: str) -> Term:
    if parameter.kind == "IRI":
        try:
            return ox.NamedNode(value)
        except ValueError as error:
            raise BadInput(f"{parameter.name} is to be the {parameter.told}, not {value!r}") from error
    if parameter.kind == "number":
        try:
            return ox.Literal(float(value))
        except ValueError as error:
            raise BadInput(f"{parameter.name} is to be a number, not {value!r}") from error
    return ox.Literal(value)


def _collected(
    answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, limit: int, size: int | None
) -> QueryResult:
    if isinstance(answer, ox.QueryBoolean):
        return QueryResult("ask", boolean=bool(answer))
    rows: Iterator[tuple[Term | None, ...]]
    if isinstance(answer, ox.QueryTriples):
        kind: Literal["select", "graph"] = "graph"
        columns: tuple[str, ...] = ("subject", "predicate", "object")
        rows = ((triple.subject, triple.predicate, triple.object) for triple in answer)
    else:
        kind = "select"
        columns = tuple(variable.value for variable in answer.variables)
        rows = (tuple(solution[column] for column in columns) for solution in answer)
    kept: list[tuple[Term | None, ...]] = []
    for row in rows:
        if size is not None:
            size -= sum(len(iri_of(term)) for term in row if term is not None)
        if len(kept) == limit or (size is not None and size < 0):
            return QueryResult(kind, columns, kept, truncated=True)
        kept.append(row)
    return QueryResult(kind, columns, kept)


def _position(message: str) -> str:
    found = _POSITION.search(message)
    if not found:
        return f"the query is malformed: {message}"
    expected = " ".join(found[3].split())
    return f"the query is malformed at line {found[1]}, column {found[2]}: {expected[:200]}"
