"""A model, a user and an item → the largest paths of the score, the exact remainder, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType

from kgrec.domain import (
    Explanation,
    Hop,
    KnowledgeGraph,
    Metapath,
    Path,
    Relation,
    RelationKind,
    Remainder,
    RowHop,
    RowPath,
)
from kgrec.explain.wording import wording

LONGEST_LABEL = 60  # characters of a title in a sentence


def explain(
    paths: Sequence[RowPath],
    *,
    graphs: Sequence[KnowledgeGraph],
    user_id: str,
    item_id: str,
    score: float,
    prior: float,
    rank: int | None,
    n_paths: int,
    lang: str,
    model: str,
) -> Explanation:
    """The `n_paths` largest of `paths` (all of a pair, largest first) told; the rest summed exactly.

    `graphs` hold the edges the paths walk; the first that knows a hop is named as its source.
    """
    words = wording(lang)
    listed, rest = paths[:n_paths], paths[n_paths:]
    total = score if score > 0 else 1.0
    told = tuple(_told(path, graphs, lang, words, path.contribution / total) for path in listed)
    nothing = words.EVERYONE if prior > 0 else words.NOTHING
    text = told[0].text if told else nothing
    return Explanation(
        user_id=user_id,
        item_id=item_id,
        lang=lang,
        score=score,
        rank=rank,
        prior=prior,
        text=text,
        paths=told,
        remainder=Remainder(sum(path.contribution for path in rest), len(rest)),
        model=model,
        graph_version=graphs[-1].version,
    )


def _told(
    path: RowPath, graphs: Sequence[KnowledgeGraph], lang: str, words: ModuleType, share: float
) -> Path:
    graph = graphs[0]
    relations = tuple((graph.relations[hop.relation].name, hop.inverse) for hop in path.hops)
    return Path(
        metapath=str(Metapath(relations)),
        contribution=path.contribution,
        share=share,
        hops=tuple(_hop(hop, graphs, lang, words, path.hops[0].head) for hop in path.hops),
        text=path_text(path.hops, graph, lang, words),
    )


def _hop(hop: RowHop, graphs: Sequence[KnowledgeGraph], lang: str, words: ModuleType, asking: int) -> Hop:
    graph = graphs[0]
    relation = graph.relations[hop.relation]
    return Hop(
        subject=str(graph.iris[hop.head]),
        relation=relation.iri,
        object=str(graph.iris[hop.tail]),
        inverse=hop.inverse,
        source=_source(hop, graphs),
        labels={
            "subject": _label(graph, hop.head, lang, words, asking, longest=None),
            "relation": relation.label.get(lang, relation.name),
            "object": _label(graph, hop.tail, lang, words, asking, longest=None),
        },
    )


def _source(hop: RowHop, graphs: Sequence[KnowledgeGraph]) -> str:
    """File and line of the stored triple, or how often what it was derived from was seen."""
    for graph in graphs:
        row = graph.edge_row(hop.relation, hop.head, hop.tail)
        if row < 0:
            continue
        source, line = graph.sources[int(graph.source[row])], int(graph.line[row])
        if source == "derived":
            support = int(graph.support[row])
            return f"derived, seen {support} time{'s' if support != 1 else ''}" if support else "derived"
        return f"{source}:{line}" if line else source
    return "unknown"


def _label(
    graph: KnowledgeGraph,
    row: int,
    lang: str,
    words: ModuleType,
    asking: int,
    longest: int | None = LONGEST_LABEL,
) -> str:
    """What a person reads for an entity; `asking` is the entity row of the user who is told, others have no name."""
    if graph.kinds[row] == "user":
        return str(words.YOU if row == asking else words.ANOTHER)
    label = graph.label(row, lang)
    if longest is not None and len(label) > longest:
        cut = label[:longest].rsplit(" ", 1)[0].rstrip(" ,;-–")
        label = f"{cut or label[:longest]}…"
    return label


class _Names:
    """Labels in one path's sentence: the item it starts from is named once, then "it"; likewise other users."""

    def __init__(self, graph: KnowledgeGraph, lang: str, words: ModuleType, asking: int, start: int) -> None:
        self._graph, self._lang, self._words, self._asking = graph, lang, words, asking
        self._again = {start: str(words.IT)}

    def __call__(self, row: int) -> str:
        if row in self._again:
            return self._again[row]
        if self._graph.kinds[row] == "user" and row != self._asking:
            self._again[row] = str(self._words.THAT)
        return _label(self._graph, row, self._lang, self._words, self._asking)


def path_text(hops: Sequence[RowHop], graph: KnowledgeGraph, lang: str, words: ModuleType) -> str:
    """One sentence for a path: what the user did, then a clause per leg."""
    first, rest = hops[0], hops[1:]
    start = words.known(
        graph.relations[first.relation].name, _label(graph, first.tail, lang, words, first.head)
    )
    segment = graph.relations[first.relation].kind == RelationKind.SEGMENT
    names = _Names(graph, lang, words, first.head, -1 if segment else first.tail)
    clauses = []
    place = 0
    while place < len(rest):
        hop = rest[place]
        following = rest[place + 1] if place + 1 < len(rest) else None
        if following is not None and _same_entity(hop, following):
            phrase = _phrase(graph.relations[hop.relation], following, lang, names, forward=True)
            clauses.append(words.shared(phrase, names(hop.head)))
            place += 2
        else:
            clauses.append(_phrase(graph.relations[hop.relation], hop, lang, names, forward=not hop.inverse))
            place += 1
    return str(words.path(start, clauses, segment=segment))


def _same_entity(hop: RowHop, following: RowHop) -> bool:
    """Whether two hops go to an entity that two items share and back."""
    there_and_back = not hop.inverse and following.inverse and hop.relation == following.relation
    return there_and_back and hop.tail == following.tail


def _phrase(relation: Relation, hop: RowHop, lang: str, names: _Names, *, forward: bool) -> str:
    phrase = (relation.phrase if forward else relation.inverse_phrase)[lang]
    # Labels may hold braces, so they are put between the slots' surroundings and never formatted.
    pieces = re.split(r"(\{subject\}|\{object\})", phrase)
    filled = {"{subject}": names(hop.head), "{object}": names(hop.tail)}
    return "".join(filled.get(piece, piece) for piece in pieces)
