"""What a person gives for the parameters of a library query ↔ the things of a shop's graph that are meant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Protocol
from urllib.parse import unquote

import pyoxigraph as ox

from kgrec.errors import MOST_CANDIDATES, UnknownName
from kgrec.graph.query import NamedQuery, kind_meant
from kgrec.graph.results import QueryResult, Term
from kgrec.graph.vocabulary import CATEGORY_SEPARATOR, Namer, class_of_kind

_ALL = "SELECT ?thing ?class WHERE { ?thing a ?class }"  # only what is selected can be set
_ANY = "ASK WHERE { ?thing a ?class }"


class Ask(Protocol):
    """Asks a graph, as `query.run` and `publish.ask` do."""

    def __call__(self, sparql: str, *, limit: int, parameters: Mapping[str, Term]) -> QueryResult: ...


def check_known(
    asked: NamedQuery,
    values: Mapping[str, str],
    terms: Mapping[str, Term],
    namer: Namer,
    ask: Ask,
    *,
    nearest: bool = True,
) -> None:
    """UnknownName if a parameter means an item, user, brand, … that the graph does not have.

    `values` are as a person gave them, `terms` what `query.bind` made of them. With `nearest`, which reads all names of
    a kind, the nearest are named, too, but for users.
    """
    for parameter in asked.parameters:
        kind = kind_meant(parameter.meaning)
        if not kind or parameter.name not in terms:
            continue
        meant = {"thing": terms[parameter.name], "class": ox.NamedNode(class_of_kind(kind))}
        if not ask(_ANY, limit=1, parameters=meant).boolean:
            known = list(_names(kind, namer, ask)) if nearest and kind != "user" else ()
            raise UnknownName(kind, values[parameter.name], known)


def _names(kind: str, namer: Namer, ask: Ask) -> Iterator[str]:
    """What things of a kind are called as values of parameters, as far as their IRIs tell."""
    of_kind = {"class": ox.NamedNode(class_of_kind(kind))}
    found = ask(_ALL, limit=MOST_CANDIDATES, parameters=of_kind).rows
    begin = f"{namer.base}id/{kind}/"
    between = {"category": CATEGORY_SEPARATOR, "segment": "="}.get(kind, "/")
    for iri in sorted(thing.value for thing, _ in found if isinstance(thing, ox.NamedNode)):
        if iri.startswith(begin) and "!" not in iri:
            yield between.join(map(unquote, iri.removeprefix(begin).split("/")))
