"""A graph and its dataset → the named graphs of the store, each as blocks of N-Triples lines."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np
import pyoxigraph as ox

from kgrec.domain import LOG, Dataset, KnowledgeGraph, ObjectArray, RelationKind
from kgrec.errors import BadGraph
from kgrec.graph.description import BLOCK, TYPE, About, Lines, chain, lines_of, literal
from kgrec.graph.vocabulary import DCTERMS, ONTOLOGY, PROV, VOID, XSD, Namer
from kgrec.resources import ontology_folder

DERIVED = (RelationKind.CONTENT, RelationKind.SEQUENCE, RelationKind.TOGETHER, RelationKind.POPULARITY)
"""Kinds of relation that are computed; each has a named graph of its own."""

CORRECTIONS = "corrections/"
"""What the sources of corrections begin with: corrections/NAME.nt."""

_BAD_IRI = re.compile(r'[\x00-\x20<>"{}|^`\\\ud800-\udfff]')


@dataclass(frozen=True)
class NamedGraph:
    """One named graph to be: what to call it, where it comes from, and its lines when asked."""

    iri: str
    blocks: Callable[[], Lines]
    derived_from: tuple[str, ...] = ()  # IRIs of sources or of other named graphs
    personal: bool = False  # whether it names users
    triples: list[int] = field(default_factory=list)  # length of each block handed out

    def quads(self) -> Lines:
        """The blocks as N-Quads, counting their lines on the way."""
        end = f" <{self.iri}> .\n".encode()
        for block in self.blocks():
            self.triples.append(block.count(b"\n"))
            yield block.replace(b" .\n", end)  # a line break in a literal is escaped


def base_of(graph: KnowledgeGraph) -> str:
    """The address that the graph's IRIs begin with, as its "everyone" tells."""
    everyone = np.flatnonzero(graph.kinds == "everyone")
    if not len(everyone):
        raise BadGraph("the graph has no entity for everyone; build it with kgrec.graph.build.assemble")
    return str(graph.iris[everyone[0]]).removesuffix("id/everyone")


def named_graphs(graph: KnowledgeGraph, dataset: Dataset) -> list[NamedGraph]:
    """All named graphs that say what the arrays and the tables say, but for their provenance.

    BadGraph if a relation that is not of users, and so is public, has a user at an end.
    """
    bad = _BAD_IRI.search("\n".join(graph.iris).replace("\n", ""))
    if bad:
        raise BadGraph(f"an entity's IRI holds the character {bad.group()!r}; name entities with a Namer")
    _check_public(graph)
    namer = Namer(base_of(graph))
    ends = np.array([f"<{iri}>" for iri in graph.iris], dtype=object)
    about = About(graph, dataset, namer, ends)
    files = {role: source_iri(namer, dataset.report.files.get(role, role)) for role in _TABLE_ROLES}
    interactions, catalogue = namer.graph("interactions"), namer.graph("catalogue")

    told = _uncorrected(graph)

    def edges(*kinds: RelationKind) -> Lines:
        for relation in told.names(*kinds):
            yield from _edge_lines(told, ends, relation)

    graphs = [
        NamedGraph(namer.graph("ontology"), _ontology, (ONTOLOGY,)),
        NamedGraph(
            catalogue,
            lambda: chain(about.catalogue(), edges(RelationKind.ATTRIBUTE)),
            (files["items"],),
        ),
        NamedGraph(
            interactions,
            lambda: edges(RelationKind.EVENT),
            (files["interactions"], *(source_iri(namer, name) for name in graph.sources if name == LOG)),
            personal=True,
        ),
        NamedGraph(
            namer.graph("users"),
            lambda: chain(about.users(), edges(RelationKind.SEGMENT)),
            (files["users"],),
            personal=True,
        ),
        NamedGraph(namer.graph("audience"), about.audience, (files["users"],)),
        NamedGraph(
            namer.graph("links"),
            lambda: chain(about.unlisted(), edges(RelationKind.LINK)),
            (files["items"],),
        ),
    ]
    for relation in graph.relations:
        if relation.kind in DERIVED and graph.has_edges(relation.name):
            origin = catalogue if relation.kind is RelationKind.CONTENT else interactions
            graphs.append(
                NamedGraph(
                    namer.graph("derived", relation.name),
                    lambda name=relation.name: _edge_lines(graph, ends, name),  # type: ignore[misc]
                    (origin,),
                )
            )
    graphs += _corrections(graph, namer, ends)
    return graphs


_OF_USERS = (RelationKind.EVENT, RelationKind.SEGMENT)


def _check_public(graph: KnowledgeGraph) -> None:
    is_user = graph.kinds == "user"
    for relation in graph.relations:
        where = graph.edges_of(relation.name)
        if relation.kind not in _OF_USERS and (is_user[graph.head[where]] | is_user[graph.tail[where]]).any():
            raise BadGraph(f"{relation.name} has an edge of a user, but is of a kind that is public")


def _uncorrected(graph: KnowledgeGraph) -> KnowledgeGraph:
    codes = [code for code, source in enumerate(graph.sources) if source.startswith(CORRECTIONS)]
    return graph.without(np.isin(graph.source, codes)) if codes else graph


def _corrections(graph: KnowledgeGraph, namer: Namer, ends: ObjectArray) -> list[NamedGraph]:
    """A named graph for what each source of corrections adds: …/graph/corrections/NAME."""
    found = []
    for code, source in enumerate(graph.sources):
        if not source.startswith(CORRECTIONS):
            continue
        own = graph.only(graph.source == code)

        def lines(own: KnowledgeGraph = own) -> Lines:
            for relation in own.names(*RelationKind):
                yield from _edge_lines(own, ends, relation)

        name = source.removeprefix(CORRECTIONS).removesuffix(".nt")
        iri = namer.graph("corrections", name)
        found.append(NamedGraph(iri, lines, (source_iri(namer, source),)))
    return found


_TABLE_ROLES = ("interactions", "items", "users")


def source_iri(namer: Namer, file: str) -> str:
    """The IRI of a source file, told by its name only."""
    return namer.entity("source", file)


def provenance(
    namer: Namer, graphs: Iterable[NamedGraph], graph: KnowledgeGraph, dataset: Dataset, generated: str | None
) -> Lines:
    """PROV-O for the named graphs: what each was made from, how many triples it has, and perhaps when."""
    lines = []
    for named in graphs:
        subject = f"<{named.iri}>"
        lines.append(f"{subject} {TYPE} <{PROV}Entity> .")
        lines.append(f'{subject} <{VOID}triples> "{sum(named.triples)}"^^<{XSD}integer> .')
        lines.extend(f"{subject} <{PROV}wasDerivedFrom> <{origin}> ." for origin in named.derived_from)
        if generated:
            lines.append(f'{subject} <{PROV}generatedAtTime> "{generated}"^^<{XSD}dateTime> .')
    files = [dataset.report.files.get(role, role) for role in _TABLE_ROLES]
    others = [name for name in graph.sources if name == LOG or name.startswith(CORRECTIONS)]
    for file in (*files, *others):
        subject = f"<{source_iri(namer, file)}>"
        lines.append(f"{subject} {TYPE} <{PROV}Entity> .")
        lines.append(f"{subject} <{DCTERMS}title> {literal(file)} .")
    yield lines_of(dict.fromkeys(lines))


def _edge_lines(graph: KnowledgeGraph, ends: ObjectArray, relation: str) -> Lines:
    """The edges of a relation; one that is in the graph twice is one triple."""
    where = graph.edges_of(relation)
    heads, tails = graph.head[where], graph.tail[where]
    pair = heads * len(ends) + tails
    if not (pair[1:] > pair[:-1]).all():
        once = np.unique(pair)
        heads, tails = once // len(ends), once % len(ends)
    middle = f" <{graph.relations[graph.relation_row(relation)].iri}> "
    for first in range(0, len(heads), BLOCK):
        some = slice(first, first + BLOCK)
        pairs = zip(ends[heads[some]], ends[tails[some]], strict=True)
        yield "".join([f"{head}{middle}{tail} .\n" for head, tail in pairs]).encode()


def _ontology() -> Lines:
    with (ontology_folder() / "kgrec.ttl").open("rb") as file:
        triples = ox.parse(file, format=ox.RdfFormat.TURTLE)
        yield ox.serialize(triples, format=ox.RdfFormat.N_TRIPLES) or b""
