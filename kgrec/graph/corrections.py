"""A graph and statements about its items → the graph with them merged in, under a source of their own.

What may be corrected is what the catalogue may say: attributes of items, links between them, the names of what they
have, and which category is in which. Everything else the graph knows comes from elsewhere.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

import numpy as np

from kgrec.domain import Edges, KnowledgeGraph, ObjectArray, Relation, RelationKind, plain
from kgrec.errors import BadGraph, BadInput, UnknownName
from kgrec.graph.statements import Statement
from kgrec.graph.triples import base_of
from kgrec.graph.vocabulary import (
    KG,
    RDF,
    RDFS,
    SCHEMA,
    SKOS,
    inverses,
    kind_of_class,
    kinds,
    relations,
    tail_kind,
)

CORRECTED = (RelationKind.ATTRIBUTE, RelationKind.LINK)
NAMES = (RDFS + "label", SKOS + "prefLabel", SCHEMA + "name")
_TYPE, _BROADER = RDF + "type", SKOS + "broader"


@dataclass
class Merged:
    """A graph being corrected: what was added, what was known, what has no use."""

    graph: KnowledgeGraph
    kept: list[Statement] = field(default_factory=list)  # what the source goes on saying
    n_new: int = 0
    n_known: int = 0
    n_entities: int = 0
    not_used: Counter[str] = field(default_factory=Counter)  # predicate → triples


def merge(graph: KnowledgeGraph, statements: Iterable[Statement], source: str) -> Merged:
    """The graph with the statements as edges of `source`; a statement it has already changes nothing."""
    return _Merging(graph, source).run([_forward(one) for one in statements])


def without_source(graph: KnowledgeGraph, source: str) -> KnowledgeGraph:
    """The graph without the edges of one source."""
    return graph.without(graph.source == graph.sources.index(source)) if source in graph.sources else graph


class _Merging:
    def __init__(self, graph: KnowledgeGraph, source: str) -> None:
        self.done = Merged(graph)
        self.graph, self.source, self.base = graph, source, base_of(graph)
        self.rows = {str(iri): row for row, iri in enumerate(graph.iris)}
        self.kinds = [str(kind) for kind in graph.kinds]
        self.labels: dict[str, dict[str, str]] = defaultdict(dict)  # IRI → language → name
        self.types: dict[str, str] = {}
        self.parents: dict[str, set[str]] = defaultdict(set)
        self.new: dict[tuple[int, int, int], int] = {}  # relation, head, tail → line
        self.relations = {relation.iri: relation for relation in graph.relations}

    def run(self, statements: list[Statement]) -> Merged:
        said = [self._sorted_out(statement) for statement in statements]
        edges = [(relation, one) for relation, one in zip(said, statements, strict=True) if relation]
        self._check_items(edges)
        for relation, one in edges:
            self._add(relation, one)
        self._broaden([one for one in statements if one.relation == _BROADER])
        self.done.n_entities = len(self.rows) - len(self.graph.iris)
        self.done.n_new = len(self.new)
        self.done.graph = self._result()
        return self.done

    def _sorted_out(self, one: Statement) -> Relation | None:
        """The relation of a statement that is an edge; what others say is put aside."""
        relation = self.relations.get(one.relation)
        if relation is not None and relation.kind in CORRECTED and one.form == "iri":
            self.done.kept.append(one)
            return relation
        if relation is not None:
            self._must_be_known(relation, one)
        elif one.relation == _BROADER:
            self.done.kept.append(one)
        elif one.relation in NAMES and one.form == "text" and not self._is_item(one.subject):
            self._named(one)
        elif one.relation == _TYPE and (kind := _kind(one.object)):
            self._typed(kind, one)
        elif one.relation.startswith(KG) and one.relation.removeprefix(KG) not in _local_names():
            raise BadInput(
                f"{one.place}: {UnknownName('relation', one.relation.removeprefix(KG), _local_names())}"
            )
        else:
            self.done.not_used[one.relation] += 1
        return None

    def _is_item(self, iri: str) -> bool:
        return iri in self.rows and self.kinds[self.rows[iri]] in ("item", "unlisted_item", "user")

    def _named(self, one: Statement) -> None:
        """A name is kept even if the thing has one: perhaps only because of an earlier file of this source."""
        lang = "zh" if one.lang.startswith("zh") else "en"
        self.labels[one.subject].setdefault(lang, one.object)
        self.done.kept.append(one)
        row = self.rows.get(one.subject)
        if row is not None and plain(one.object) != self.graph.labels.get(lang, {row: ""})[row]:
            self.done.not_used[one.relation] += 1

    def _must_be_known(self, relation: Relation, one: Statement) -> None:
        """Edges from elsewhere may be in a file that was exported, but not be added."""
        head, tail = self.rows.get(one.subject, -1), self.rows.get(one.object, -1)
        if relation.kind in CORRECTED:
            raise BadInput(f"{one.place}: {relation.name} leads to a thing, not to the text {one.object!r}")
        if min(head, tail) < 0 or self.graph.edge_row(self.graph.relation_row(relation.name), head, tail) < 0:
            raise BadInput(
                f"{one.place}: {relation.name} comes from elsewhere and cannot be corrected; "
                "say attributes of items or links between them"
            )
        self.done.n_known += 1

    def _typed(self, kind: str, one: Statement) -> None:
        row = self.rows.get(one.subject)
        known = self.types.setdefault(one.subject, kind) if row is None else self.kinds[row]
        if known != kind:
            raise BadInput(f"{one.place}: {one.subject} is of kind {known}, not {kind}")
        if row is None:
            self.done.kept.append(one)

    def _check_items(self, edges: list[tuple[Relation, Statement]]) -> None:
        """All ends that are to be items are."""
        unknown = dict.fromkeys(
            (end, one.place)
            for relation, one in edges
            for end in ([one.subject, one.object] if relation.kind is RelationKind.LINK else [one.subject])
            if end not in self.rows
        )
        if unknown:
            end, place = next(iter(unknown))
            n = len({name for name, _ in unknown})
            raise BadInput(
                f"{place}: no item {unquote(end.removeprefix(f'{self.base}id/item/'))!r} in this shop"
                f"{f' ({n:,} such names in all)' if n > 1 else ''}; name items by id or as the graph does"
            )

    def _add(self, relation: Relation, one: Statement) -> None:
        head = self.rows[one.subject]
        if self.kinds[head] != "item":
            raise BadInput(
                f"{one.place}: {relation.name} is said of items, {one.subject} is of kind {self.kinds[head]}"
            )
        link = relation.kind is RelationKind.LINK
        tail = self.rows[one.object] if link else self._entity(one.object, tail_kind(relation.name), one)
        allowed = ("item", "unlisted_item") if link else (tail_kind(relation.name),)
        if self.kinds[tail] not in allowed:
            raise BadInput(
                f"{one.place}: {relation.name} leads to a thing of kind {allowed[0]}, "
                f"{one.object} is of kind {self.kinds[tail]}"
            )
        if head == tail:
            raise BadInput(f"{one.place}: an item cannot be linked to itself")
        self._edge(relation, head, tail, one.line)

    def _entity(self, iri: str, kind: str, one: Statement) -> int:
        """The row of an entity, new or known."""
        if iri in self.rows:
            return self.rows[iri]
        told = iri.removeprefix(f"{self.base}id/").partition("/")[0].replace("-", "_")
        for other in (self.types.get(iri, kind), told if iri.startswith(f"{self.base}id/") else kind):
            if other != kind:
                raise BadInput(f"{one.place}: {iri} is of kind {other}, {kind} is needed there")
        self.rows[iri] = len(self.kinds)
        self.kinds.append(kind)
        return self.rows[iri]

    def _edge(self, relation: Relation, head: int, tail: int, line: int) -> bool:
        row, n = self.graph.relation_row(relation.name), len(self.graph.iris)
        ways = ((head, tail), (tail, head)) if relation.symmetric else ((head, tail),)
        old = any(max(way) < n and self.graph.edge_row(row, *way) >= 0 for way in ways)
        if old or any((row, *way) in self.new for way in ways):
            self.done.n_known += 1
            return False
        self.new[(row, head, tail)] = line
        return True

    def _broaden(self, statements: list[Statement]) -> None:
        """Items of a category have the broader ones too; BadGraph if one is broader than itself."""
        lines: dict[str, int] = {}
        for one in statements:
            for end in (one.subject, one.object):
                self._category(end, one)
            self.parents[one.subject].add(one.object)
            lines[one.subject] = one.line
        for iri in [iri for iri, row in self.rows.items() if self.kinds[row] == "category"]:
            if (above := iri.rpartition("/")[0]) in self.rows and self.kinds[self.rows[above]] == "category":
                self.parents[iri].add(above)
        above_of = {iri: self._ancestors(iri) for iri in list(self.parents)}
        relation = next((r for r in self.graph.relations if r.name == "has_category"), None)
        if relation is None:
            return
        row_of_relation = self.graph.relation_row(relation.name)
        where = self.graph.edges_of(relation.name)
        pairs = list(zip(self.graph.head[where].tolist(), self.graph.tail[where].tolist(), strict=True))
        own = [(head, tail) for row, head, tail in self.new if row == row_of_relation]
        names = {row: iri for iri, row in self.rows.items()}
        known = self.done.n_known
        for head, tail in [*pairs, *own] if statements else own:
            for above in above_of.get(names[tail], ()):
                line = self.new.get((row_of_relation, head, tail), lines.get(names[tail], 0))
                self._edge(relation, head, self.rows[above], line)
        self.done.n_known = known  # what follows is not counted as said

    def _category(self, iri: str, one: Statement) -> None:
        row = self._entity(iri, "category", one)
        if self.kinds[row] != "category":
            raise BadInput(f"{one.place}: skos:broader joins categories, {iri} is of kind {self.kinds[row]}")

    def _ancestors(self, iri: str) -> set[str]:
        found: set[str] = set()
        waiting = [iri]
        while waiting:
            for above in self.parents.get(waiting.pop(), ()):
                if above == iri:
                    raise BadGraph(f"{self.source}: category {iri} is broader than itself; break the cycle")
                if above not in found:
                    found.add(above)
                    waiting.append(above)
        return found

    def _result(self) -> KnowledgeGraph:
        graph = self._with_entities()
        ordered = sorted(self.new.items(), key=lambda item: item[0][0])  # stable: else as they were said
        by_relation: dict[int, list[tuple[int, int]]] = defaultdict(list)
        for (row, head, tail), _ in ordered:
            by_relation[row].append((head, tail))
        if not by_relation:
            return graph
        tables = [_table(graph.relations[row].name, pairs) for row, pairs in by_relation.items()]
        graph = graph.with_edges(*tables, source=self.source)
        line = graph.line.copy()
        line[graph.source == graph.sources.index(self.source)] = [at for _, at in ordered]
        return replace(graph, line=line)

    def _with_entities(self) -> KnowledgeGraph:
        graph, n = self.graph, len(self.graph.iris)
        iris = list(self.rows)[n:]
        if not iris:
            return graph
        labels = {lang: [plain(self.labels[iri].get(lang, "")) for iri in iris] for lang in graph.labels}
        for position, iri in enumerate(iris):
            if not any(names[position] for names in labels.values()):
                labels["en"][position] = plain(unquote(iri.rstrip("/#").replace("#", "/").rpartition("/")[2]))
        return replace(
            graph,
            iris=_longer(graph.iris, iris),
            kinds=_longer(graph.kinds, self.kinds[n:]),
            labels={lang: _longer(names, labels[lang]) for lang, names in graph.labels.items()},
        )


def _forward(one: Statement) -> Statement:
    """A statement by the inverse of a relation, turned around: Lavera brand_of cream is cream has_brand Lavera."""
    relation = inverses().get(one.relation)
    if relation is None or one.form != "iri":
        return one
    return replace(one, subject=one.object, relation=relation, object=one.subject)


def _table(name: str, pairs: list[tuple[int, int]]) -> Edges:
    head, tail = np.array(pairs, dtype=np.int64).T
    return Edges(name, head, tail, np.ones(len(pairs), np.float32), np.ones(len(pairs), np.int64))


def _longer(column: ObjectArray, more: list[str]) -> ObjectArray:
    return np.append(column, np.array(more, dtype=object))


def _kind(class_iri: str) -> str:
    """The kind of entity of a class, "" for one that says nothing of it."""
    kind = kind_of_class(class_iri) if class_iri.startswith(KG) or class_iri == SKOS + "Concept" else ""
    return kind if kind in kinds() else ""


def _local_names() -> list[str]:
    return [relation.iri.removeprefix(KG) for relation in relations()]
