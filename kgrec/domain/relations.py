"""The types of edges as the ontology declares them, and edges proposed for a graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from kgrec.domain.arrays import FloatArray, IntArray


class RelationKind(StrEnum):
    """What a relation joins and where its edges come from; it decides which metapaths use it."""

    EVENT = "event"  # user → item, from interactions
    SEGMENT = "segment"  # user → segment, from the users table
    ATTRIBUTE = "attribute"  # item → entity that other items share, from the catalogue
    LINK = "link"  # item → item, from the catalogue
    CONTENT = "content"  # item – item, derived from text or pictures
    SEQUENCE = "sequence"  # item → item chosen later, derived from interactions
    TOGETHER = "together"  # item – item chosen by the same users, derived from interactions
    POPULARITY = "popularity"  # segment or everyone → item, derived from interactions


@dataclass(frozen=True)
class Relation:
    """An edge type as the ontology declares it.

    `phrase` and `inverse_phrase` say one hop in a language ("{subject} is by {object}"), walked forward or
    backward; the slots are always the triple's subject and object.
    """

    name: str  # snake case: has_brand
    iri: str
    kind: RelationKind
    symmetric: bool
    label: Mapping[str, str]  # language → "has brand"
    inverse_label: Mapping[str, str]  # what it is called when walked backward: "brand of"
    phrase: Mapping[str, str]
    inverse_phrase: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Edges:
    """Edges of one relation that a stage proposes for the graph, in rows: parallel arrays."""

    relation: str
    head: IntArray
    tail: IntArray
    weight: FloatArray  # > 0; what it measures is the relation's business (a count, a cosine)
    support: IntArray  # how many observations stand behind it, 0 where that has no meaning

    def __len__(self) -> int:
        return len(self.head)

    def mapped(self, rows: IntArray) -> Edges:
        """The same edges with both ends sent through `rows`, as from item rows to entity rows."""
        return replace(self, head=rows[self.head], tail=rows[self.tail])
