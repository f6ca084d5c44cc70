"""A store and a SPARQL text or the name of a library query → an answer, as rows, yes or no, or triples."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import islice

import pyoxigraph as ox

from kgrec.errors import BadInput, BadQuery, UnknownName
from kgrec.graph.gate import gate
from kgrec.graph.results import FORMATS, QueryResult, Term, render
from kgrec.graph.vocabulary import PREFIXES
from kgrec.resources import ontology_folder

__all__ = [
    "FORMATS",
    "NamedQuery",
    "Parameter",
    "QueryResult",
    "Term",
    "bind",
    "library",
    "named",
    "render",
    "run",
]

DEFAULT_LIMIT = 10_000

_PARAMETER = re.compile(r"^# param (\w+): (IRI|text|number)\b(.*)$", re.MULTILINE)
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
        return self.meaning.endswith(", required")


@dataclass(frozen=True)
class NamedQuery:
    """A question of the library: its name, its title and what may be set in it."""

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    text: str


def run(
    store: ox.Store,
    sparql: str,
    *,
    limit: int = DEFAULT_LIMIT,
    parameters: Mapping[str, Term] | None = None,
) -> QueryResult:
    """The answer over the union of all named graphs, cut off after `limit` rows; nothing can be written.

    `parameters` sets variables of the query to terms, so that no text is ever put into a query.
    """
    values = {ox.Variable(name): value for name, value in (parameters or {}).items()}
    try:
        answer = store.query(
            gate(sparql),
            prefixes=PREFIXES,
            use_default_graph_as_union=True,
            substitutions=values or None,
        )
        return _collected(answer, limit)
    except SyntaxError as error:
        raise BadQuery(_position(str(error))) from error
    except (RuntimeError, ValueError) as error:
        raise BadQuery(f"the query cannot be answered: {error}") from error
    except OSError as error:
        raise BadQuery(f"the store could not be read for this query: {error}") from error


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


def bind(query: NamedQuery, values: Mapping[str, str]) -> dict[str, Term]:
    """Values as a person gives them → terms for `run`, by what the query says of its parameters."""
    known = {parameter.name: parameter for parameter in query.parameters}
    for name in values:
        if name not in known:
            raise UnknownName(f"parameter of {query.name}", name, known)
    for name, parameter in known.items():
        if parameter.required and name not in values:
            raise BadInput(f"{query.name} needs {name}, the {parameter.meaning}")
    return {name: _term(known[name], value) for name, value in values.items()}


def _term(parameter: Parameter, value: str) -> Term:
    if parameter.kind == "IRI":
        try:
            return ox.NamedNode(value)
        except ValueError as error:
            raise BadInput(f"{parameter.name} is to be the {parameter.meaning}, not {value!r}") from error
    if parameter.kind == "number":
        try:
            return ox.Literal(float(value))
        except ValueError as error:
            raise BadInput(f"{parameter.name} is to be a number, not {value!r}") from error
    return ox.Literal(value)


def _collected(answer: ox.QuerySolutions | ox.QueryBoolean | ox.QueryTriples, limit: int) -> QueryResult:
    if isinstance(answer, ox.QueryBoolean):
        return QueryResult("ask", boolean=bool(answer))
    if isinstance(answer, ox.QueryTriples):
        triples = list(islice(answer, limit + 1))
        rows = [(triple.subject, triple.predicate, triple.object) for triple in triples[:limit]]
        return QueryResult("graph", ("subject", "predicate", "object"), rows, truncated=len(triples) > limit)
    columns = tuple(variable.value for variable in answer.variables)
    solutions = list(islice(answer, limit + 1))
    rows_of_terms = [tuple(solution[column] for column in columns) for solution in solutions[:limit]]
    return QueryResult("select", columns, rows_of_terms, truncated=len(solutions) > limit)


def _position(message: str) -> str:
    found = _POSITION.search(message)
    if not found:
        return f"the query is malformed: {message}"
    expected = " ".join(found[3].split())
    return f"the query is malformed at line {found[1]}, column {found[2]}: {expected[:200]}"
