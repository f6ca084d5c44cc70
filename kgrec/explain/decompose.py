"""A model, a user and an item → the largest paths of the score, the exact remainder, and a sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from types import ModuleType

from kgrec.domain import (
    SOMEBODY,
    Accountable,
    Explanation,
    Hop,
    KnowledgeGraph,
    Metapath,
    Path,
    Reasons,
    Relation,
    RelationKind,
    Remainder,
    RowHop,
    RowPath,
    Wish,
)
from kgrec.explain.asker import Asker
from kgrec.explain.receipt import receipt
from kgrec.explain.steer import granted
from kgrec.explain.wording import wording

ANYBODY = "_:somebody"
"""The subject of a hop over other users: which ones is told to nobody. In SPARQL a blank node matches any of them."""

LONGEST_LABEL = 60  # characters of a title in a sentence


def explain(
    asker: Asker,
    item_row: int,
    reasons: Reasons,
    *,
    graphs: Sequence[KnowledgeGraph],
    names: tuple[str, str],
    lang: str,
    model: str,
    wishes: Sequence[Wish] = (),
    proof: bool = True,
) -> Explanation:
    """Why an item has its score for somebody: its largest paths told, the rest summed exactly, and the proof.

    `names` are the ids of user and item. `graphs` hold the edges the paths walk; the first that knows a hop is named
    as its source. Without `proof` there is no receipt.
    """
    words = wording(lang)
    score, prior = float(asker.scores[item_row]), float(asker.prior[item_row])
    total = score if score > 0 else 1.0
    accountable = isinstance(asker.model, Accountable)
    told = tuple(_told(path, graphs, lang, words, path.contribution / total) for path in reasons.paths)
    nothing = words.EVERYONE if prior > 0 else words.NOTHING
    return Explanation(
        user_id=names[0],
        item_id=names[1],
        lang=lang,
        score=score,
        rank=asker.rank(item_row),
        prior=prior,
        text=told[0].text if told else nothing,
        paths=told,
        remainder=Remainder(reasons.rest, reasons.n_rest),
        receipt=receipt(asker, item_row, reasons.paths) if proof and accountable else None,
        wishes=granted(asker, item_row, wishes, lang),
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
        subject=str(graph.iris[hop.head]) if hop.head != SOMEBODY else ANYBODY,
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
    if hop.head == SOMEBODY:
        return "events of several customers"
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
    if row == SOMEBODY:
        return str(words.OTHERS)
    if graph.kinds[row] == "user":
        return str(words.YOU if row == asking else words.OTHERS)
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
        if row == SOMEBODY:
            self._again[row] = str(self._words.THEY)
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
