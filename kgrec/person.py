"""What a graph knows of a user, and what was said of them since → their edges as they are now, and each as a fact."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from kgrec.domain import (
    EVENT_RELATIONS,
    NEVER,
    Edges,
    IntArray,
    KnowledgeGraph,
    RelationKind,
    plain,
)
from kgrec.explain.wording.language import Language
from kgrec.explain.wording.own import Words, language
from kgrec.explain.wording.sentences import Speaker
from kgrec.explain.wording.speech import segment
from kgrec.explain.wording.statements import Deed, Statement
from kgrec.explain.wording.when import when
from kgrec.graph.vocabulary import Namer

NOBODY = -9
"""In place of the entity row of the item that is explained, where none is."""

SAID = "attributes"
"""The source of what programs said of users."""

Hidden = Collection[tuple[str, str]]
"""Relations and the IRIs at their ends that are not to be used."""


def own_edges(graph: KnowledgeGraph, user_row: int) -> KnowledgeGraph:
    """The graph with nothing but what is known of a user."""
    entity = int(graph.users[user_row])
    return graph.only(graph.edges_from(entity, RelationKind.EVENT, RelationKind.SEGMENT))


def without_hidden(own: KnowledgeGraph, hidden: Hidden) -> KnowledgeGraph:
    """A user's own edges, less those that are hidden: what is left is as if they had never been."""
    if not hidden:
        return own
    names = [own.relations[row].name for row in own.relation]
    gone = [(name, str(own.iris[tail])) in hidden for name, tail in zip(names, own.tail, strict=True)]
    return own.without(np.array(gone, dtype=bool)) if any(gone) else own


def with_attributes(
    own: KnowledgeGraph, user_row: int, said: Mapping[str, str | None], namer: Namer, source: str = SAID
) -> KnowledgeGraph:
    """A user's own edges with the segments that programs say they belong to, in the place of those that they name.

    A segment that the graph does not have yet counts from the next build on.
    """
    if not said:
        return own
    in_segment = np.array(
        [own.relations[row].kind == RelationKind.SEGMENT for row in own.relation], dtype=bool
    )
    named = [
        is_one and _column(own, int(tail)) in said for is_one, tail in zip(in_segment, own.tail, strict=True)
    ]
    own = own.without(np.array(named, dtype=bool))
    tails = _segments(own, said, namer)
    if not len(tails):
        return own
    relation = next(one.name for one in own.relations if one.kind == RelationKind.SEGMENT)
    n = len(tails)
    heads = np.full(n, own.users[user_row], dtype=np.int64)
    edges = Edges(relation, heads, tails, np.ones(n, np.float32), np.ones(n, np.int64))
    return own.with_edges(edges, source=source)


def _segments(graph: KnowledgeGraph, said: Mapping[str, str | None], namer: Namer) -> IntArray:
    wanted = {namer.segment(column, value) for column, value in said.items() if value}
    return graph.segments[[str(graph.iris[row]) in wanted for row in graph.segments]]


def _column(graph: KnowledgeGraph, segment_row: int) -> str:
    return segment(str(graph.iris[segment_row]))[0]


# Facts


@dataclass(frozen=True)
class Fact:
    """One thing that is known of a user and that paths may start from."""

    fact: str  # what it is called when it is to be hidden
    relation: str  # IRI
    entity: str  # IRI
    item_id: str | None  # if it is about an item
    label: str  # of the entity
    source: str  # "interactions.csv:12", "users.csv", or "events:17" for the 17th event of the log
    time: int | None  # Unix seconds, the latest
    times: int  # how often it happened
    text: str  # in plain words


def facts(own: KnowledgeGraph, lang: str = "en", words: Words | None = None) -> list[Fact]:
    """All that is known of a user, latest first, segments last; `own` are their edges, see `own_edges`.

    `words` are the shop's own.
    """
    said = language(lang, words)
    found: dict[str, Fact] = {}
    for edge in range(len(own.head)):
        one = _fact(own, edge, said)
        before = found.get(one.fact)
        found[one.fact] = one if before is None else _told_once(before, one)
    return sorted(
        found.values(), key=lambda one: (one.time is None, -(one.time or 0), one.relation, one.label)
    )


def hidden_of(own: KnowledgeGraph, fact: str) -> tuple[str, str] | None:
    """The relation and the IRI that a fact's name stands for, if it is one of theirs."""
    for edge in range(len(own.head)):
        relation = own.relations[int(own.relation[edge])]
        entity = str(own.iris[int(own.tail[edge])])
        if fact_name(relation.iri, entity) == fact:
            return relation.name, entity
    return None


def fact_name(relation_iri: str, entity_iri: str) -> str:
    """What a fact is called: the same for everybody and for ever, and fit for an address."""
    return hashlib.sha256(f"{relation_iri}\0{entity_iri}".encode()).hexdigest()[:16]


def _told_once(one: Fact, other: Fact) -> Fact:
    """The same done again after the graph was built: the later of both, and how often."""
    later = other if (other.time or 0) >= (one.time or 0) else one
    return replace(later, times=one.times + other.times)


def _fact(own: KnowledgeGraph, edge: int, said: Language) -> Fact:
    relation, tail = own.relations[int(own.relation[edge])], int(own.tail[edge])
    time, line = int(own.time[edge]), int(own.line[edge])
    source = own.sources[int(own.source[edge])]
    item_row = int(own.item_row_of[tail])
    iri, label = str(own.iris[tail]), plain(own.label(tail, said.code))
    timed = own.clock == "seconds" and time != NEVER
    times = max(1, int(own.support[edge]))
    if relation.name in EVENT_RELATIONS:
        deed = Deed(relation.name, tail, when(time, None) if timed else None, times)
        speaker = Speaker(said, own, NOBODY)
        text = speaker.sentence([speaker.clause(Statement((deed,), (), 0.0))])
    else:
        column, value = segment(iri)
        text = f"{said.column(column)}: {plain(value)}" if value else label
    return Fact(
        fact=fact_name(relation.iri, iri),
        relation=relation.iri,
        entity=iri,
        item_id=str(own.item_ids.ids[item_row]) if item_row >= 0 else None,
        label=label,
        source=f"{source}:{line}" if line else source,
        time=time if timed else None,
        times=times,
        text=text,
    )
