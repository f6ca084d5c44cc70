"""Cells of a CSV file of head, relation, tail → statements by IRI; and statements → N-Triples, one a line."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

import pyoxigraph as ox

from kgrec.domain import KnowledgeGraph, Relation, RelationKind
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.build import category_path
from kgrec.graph.description import literal
from kgrec.graph.statements import Statement
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import CATEGORY_SEPARATOR, KG, RDFS, SKOS, Namer, tail_kind

_IRI = re.compile(r"(?:https?://|urn:)\S+")
_BROADER = SKOS + "broader"


def resolved(graph: KnowledgeGraph, statements: Iterable[Statement]) -> Iterator[Statement]:
    """Statements with an IRI wherever a cell held an id, a label or the name of a relation."""
    namer, told = Namer(base_of(graph)), set[str]()
    for one in statements:
        if one.form != "cell":
            yield one
            continue
        relation = _relation(graph, one)
        head = _item(graph, namer, one.subject, one.place)
        said = replace(one, subject=head, relation=relation.iri if relation else _BROADER, form="iri")
        if relation and relation.kind is RelationKind.ATTRIBUTE and not _IRI.fullmatch(one.object):
            yield from _attribute(namer, told, relation, said)
        else:
            yield replace(said, object=_item(graph, namer, one.object, one.place))


def ntriples(statements: Iterable[Statement]) -> str:
    """The statements as N-Triples; the line of each is its place among them."""
    return "".join(
        f"<{one.subject}> <{one.relation}> "
        f"{literal(one.object, one.lang) if one.form == 'text' else f'<{one.object}>'} .\n"
        for one in statements
    )


def _relation(graph: KnowledgeGraph, one: Statement) -> Relation | None:
    """The relation that a cell names by name or IRI; None is skos:broader."""
    if one.relation in ("broader", "skos:broader", _BROADER):
        return None
    name = one.relation.removeprefix("kg:").removeprefix(KG)
    for relation in graph.relations:
        if name in (relation.name, relation.iri.removeprefix(KG)):
            return relation
    raise BadInput(f"{one.place}: {UnknownName('relation', name, [r.name for r in graph.relations])}")


def _item(graph: KnowledgeGraph, namer: Namer, cell: str, place: str) -> str:
    """The IRI of an item id, or the IRI that the cell is."""
    if cell in graph.item_ids or not _IRI.fullmatch(cell):
        return namer.item(cell)
    try:
        return ox.NamedNode(cell).value
    except ValueError as error:
        raise BadInput(f"{place}: {cell!r} is no IRI ({error}); name items by id or by IRI") from None


def _attribute(namer: Namer, told: set[str], relation: Relation, one: Statement) -> Iterator[Statement]:
    kind = tail_kind(relation.name)
    names = category_path(one.object) if kind == "category" else [one.object]
    if not names:
        raise BadInput(f"{one.place}: {one.object!r} names no category")
    for n, name in enumerate(names, 1):
        iri = namer.entity(kind, CATEGORY_SEPARATOR.join(names[:n]))
        yield replace(one, object=iri)
        if iri in told:
            continue
        told.add(iri)
        yield replace(one, subject=iri, relation=RDFS + "label", object=name, form="text", lang="en")
