"""Paths in rows → statements in no language: what the user did, how that leads to the item, over what, how often.

Paths that say the same of several things are one statement: three things bought, all of one brand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from kgrec.domain import NEVER, KnowledgeGraph, Relation, RelationKind, RowHop, RowPath
from kgrec.explain.wording.speech import Voice
from kgrec.explain.wording.when import When, when

NOTHING = -2
"""In place of an entity row where there is none; −1 is somebody."""

Form = Literal["forward", "inverse", "shared", "people", "popular"]


@dataclass(frozen=True)
class Deed:
    """What a user did with one thing."""

    relation: str  # "bought"
    item: int  # entity row
    when: When | None = None  # where moments are known
    times: int = 1
    latest: bool = False  # whether it is the last they did so


@dataclass(frozen=True)
class Step:
    """How a path goes on: from one thing to the next."""

    relation: Relation
    form: Form
    end: int  # entity row of the thing it leads to
    bridge: int = NOTHING  # entity row of what both share
    count: int = 0  # people or occasions behind it, 0 where unknown or too few to be told
    acts: tuple[str, str] = (
        "",
        "",
    )  # where it goes over people: what they did with the one and with the other


@dataclass(frozen=True)
class Statement:
    """What one path says, or several alike."""

    deeds: tuple[Deed, ...]  # things it starts from; none if it starts from a segment
    steps: tuple[Step, ...]
    contribution: float
    segment: int = NOTHING  # entity row
    discreet: bool = False  # whether it is over something that is not to be named


@dataclass(frozen=True, eq=False)
class Reading:
    """Reads the paths of one user to one item."""

    graphs: Sequence[KnowledgeGraph]  # the first that knows a hop tells of it
    own: KnowledgeGraph  # with what is known of the user and nothing else
    target: int  # entity row of the item
    voice: Voice
    today: date | None = None  # the day on which it is read

    def statements(self, paths: Iterable[RowPath]) -> list[Statement]:
        """One statement for all paths that say the same of several things, largest sum first."""
        return together(self.statement(path) for path in paths)

    def statement(self, path: RowPath) -> Statement:
        """What one path says."""
        first = path.hops[0]
        relation = self.graphs[0].relations[first.relation]
        starts_from_segment = relation.kind == RelationKind.SEGMENT
        return Statement(
            deeds=() if starts_from_segment else (self._deed(first, relation),),
            steps=tuple(self._steps(path)),
            contribution=path.contribution,
            segment=first.tail if starts_from_segment else NOTHING,
            discreet=self.voice.discreet
            and any(
                row != self.target and not self.voice.may_name(row)
                for hop in path.hops
                for row in (hop.head, hop.tail)
            ),
        )

    def _deed(self, hop: RowHop, relation: Relation) -> Deed:
        edge = self.own.edge_row(hop.relation, hop.head, hop.tail)
        if edge < 0:
            return Deed(relation.name, hop.tail)
        time, where = int(self.own.time[edge]), self.own.edges_of(relation.name)
        timed = self.own.clock == "seconds" and time != NEVER
        return Deed(
            relation.name,
            hop.tail,
            when(time, self.today) if timed else None,
            max(1, int(self.own.support[edge])),
            self.own.clock != "none" and time == int(self.own.time[where].max()),
        )

    def _steps(self, path: RowPath) -> Iterable[Step]:
        graph, rest = self.graphs[0], path.hops[1:]
        place = 0
        while place < len(rest):
            hop = rest[place]
            following = rest[place + 1] if place + 1 < len(rest) else None
            relation = graph.relations[hop.relation]
            place += 1
            if following is not None and _there_and_back(hop, following):
                yield Step(relation, "shared", following.head, bridge=hop.tail)
                place += 1
            elif following is not None and relation.kind == RelationKind.EVENT and hop.inverse:
                other = graph.relations[following.relation]
                acts = (relation.name, other.name)
                yield Step(other, "people", following.tail, count=self._told(path.people), acts=acts)
                place += 1
            else:
                yield self._step(hop, relation)

    def _step(self, hop: RowHop, relation: Relation) -> Step:
        if relation.kind == RelationKind.POPULARITY:
            return Step(relation, "popular", hop.tail)
        form: Form = "inverse" if hop.inverse and not relation.symmetric else "forward"
        return Step(relation, form, hop.head if hop.inverse else hop.tail, count=self._support(hop, relation))

    def _support(self, hop: RowHop, relation: Relation) -> int:
        if relation.kind not in (RelationKind.SEQUENCE, RelationKind.TOGETHER):
            return 0
        for graph in self.graphs:
            edge = graph.edge_row(hop.relation, hop.head, hop.tail)
            if edge >= 0:
                return self._told(int(graph.support[edge]))
        return 0

    def _told(self, count: int) -> int:
        return count if count >= self.voice.least_people else 0


def together(said: Iterable[Statement]) -> list[Statement]:
    """One statement in place of all that say the same of several things, largest sum first."""
    found: dict[object, Statement] = {}
    for one in said:
        alike = _alike(one)
        found[alike] = _joined(found[alike], one) if alike in found else one
    return sorted(found.values(), key=lambda each: -each.contribution)  # stable: else as the paths


def _there_and_back(hop: RowHop, following: RowHop) -> bool:
    """Whether two hops go to an entity that two things share and back."""
    there_and_back = not hop.inverse and following.inverse and hop.relation == following.relation
    return there_and_back and hop.tail == following.tail


def _alike(one: Statement) -> object:
    steps = tuple((s.relation.name, s.form, s.bridge, s.end, s.acts) for s in one.steps)
    return True if one.discreet else (bool(one.deeds), one.segment, steps)


def _joined(one: Statement, other: Statement) -> Statement:
    """Both as one; how often each happened is no longer told, as it holds for each alone."""
    deeds = tuple(dict.fromkeys((*one.deeds, *other.deeds)))
    return replace(
        one,
        deeds=deeds,
        steps=tuple(replace(step, count=step.count if len(deeds) == 1 else 0) for step in one.steps),
        contribution=one.contribution + other.contribution,
    )
