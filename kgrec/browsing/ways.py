"""The ways from an item to others → those to what is like it, and those to what is had beside it."""

from __future__ import annotations

from collections.abc import Sequence

from kgrec.domain import Form, KnowledgeGraph, RelationKind, legs_of

SAID = (RelationKind.LINK,)
"""By the catalogue or the shop's rules."""

DESCRIBED = (RelationKind.ATTRIBUTE, RelationKind.CONTENT)
"""By what items are, not by who chose them."""

_CHOSEN = "chosen"  # by the same people, as baselines call it
_VIEWS = ("also_viewed", "viewed_then_chosen")  # what is looked at in turn is an alternative
_ALIKE = (RelationKind.ATTRIBUTE, RelationKind.CONTENT, RelationKind.TOGETHER, RelationKind.EVENT)


def alike_ways(ways: Sequence[str], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways that lead from an item to one that could stand in its place: of one brand, described alike, chosen by
    the same people.
    """
    return frozenset(way for way in ways if all(_is_alike(*leg, graph) for leg in legs_of(way)))


def joining_ways(ways: Sequence[str], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways that lead to what is had beside an item: said to go with it, or chosen after it."""
    return frozenset(way for way in ways if all(_joins(*leg, graph) for leg in legs_of(way)))


def of_kinds(ways: frozenset[str], kinds: Sequence[RelationKind], graph: KnowledgeGraph) -> frozenset[str]:
    """The ways over relations of some kinds alone."""
    return frozenset(way for way in ways if all(_kind(name, graph) in kinds for name, _ in legs_of(way)))


def _kind(name: str, graph: KnowledgeGraph) -> RelationKind | None:
    if name == "any_attribute":
        return RelationKind.ATTRIBUTE
    return next((relation.kind for relation in graph.relations if relation.name == name), None)


def _is_alike(name: str, form: Form, graph: KnowledgeGraph) -> bool:
    return name in (_CHOSEN, *_VIEWS) or _kind(name, graph) in _ALIKE


def _joins(name: str, form: Form, graph: KnowledgeGraph) -> bool:
    if name in _VIEWS or form == "shared":
        return False
    kind = _kind(name, graph)
    return kind == RelationKind.LINK or (kind == RelationKind.SEQUENCE and form == "forward")
