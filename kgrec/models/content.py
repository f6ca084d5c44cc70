"""Items that are described alike: by the entities they share in the graph, or by the words of their titles.

Score of item i for user u = Σ over the user's items h of decay^age(h) · cosine(h, i). Nobody need have chosen i.
Lops et al., Content-based recommender systems, 2011; the cosine is over shared entities weighed by ln(I / items
of the entity), or over TF-IDF of words, whose edges the graph holds.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import scipy.sparse as sp

from kgrec.domain import (
    FloatArray,
    IntArray,
    KnowledgeGraph,
    Progress,
    RelationKind,
    RowHop,
    RowPath,
    Terms,
)
from kgrec.errors import BadInput
from kgrec.models.baseline import Arrays, Baseline, by_contribution, check_bounds, packed, row_of
from kgrec.models.settings import Number, Setting
from kgrec.models.sparse import Matrix, from_pairs

TEXT = "similar_text"
Hops = tuple[RowHop, ...]


@dataclass(frozen=True)
class ContentConfig:
    """How fast older choices fade."""

    decay: float = 1.0  # weight of a choice relative to the one after it

    def __post_init__(self) -> None:
        check_bounds(self, decay=(0, 1))


class Content(Baseline):
    """Only the catalogue is learned from: who chose what counts when a user asks."""

    config_type: ClassVar[type] = ContentConfig
    space: ClassVar[Mapping[str, Setting]] = {"decay": Number(0.3, 1.0)}

    @abstractmethod
    def walks(self, source: int, item_row: int) -> Iterator[tuple[Hops, float]]:
        """The hops from one item to another and what each walk adds to their cosine."""

    def profiles(self, graph: KnowledgeGraph, user_rows: IntArray) -> Matrix:
        """Older choices count less (B, I)."""
        return self.asked(graph).profiles(user_rows, self.config.decay)

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """User → item of theirs, and on to the item by all that makes the two alike."""
        found = []
        for h, weight in zip(*row_of(self.profiles(graph, np.array([user_row])), 0), strict=True):
            first = self.chosen(self.asked(graph), graph, user_row, int(h), False)
            for hops, value in self.walks(int(h), item_row):
                found.append(RowPath((first, *hops), float(weight) * value))
        return by_contribution(found)


class AttributeContent(Content):
    """Alike by brands, categories and whatever else items share."""

    name: ClassVar[str] = "content-attributes"
    files = ("start", "column", "weight", "attribute")  # an attribute is relation · V + entity

    def learn(self, seed: int, say: Progress) -> Arrays:
        """Items × attributes, rows of length 1; BadInput if items share nothing."""
        graph = self.graph
        if not graph.names(RelationKind.ATTRIBUTE):
            raise BadInput(
                "content-attributes needs brands, categories or other attributes; this shop has none"
            )
        kinds = np.array([relation.kind == RelationKind.ATTRIBUTE for relation in graph.relations])
        rows = np.flatnonzero(kinds[graph.relation])
        attribute = graph.relation[rows] * len(graph.iris) + graph.tail[rows]
        attributes, column = np.unique(attribute, return_inverse=True)
        shape = len(graph.items), len(attributes)
        # An edge told twice counts once.
        pairs = np.unique(graph.item_row_of[graph.head[rows]] * shape[1] + column)
        item, column = np.divmod(pairs, shape[1])
        rarity = np.log(shape[0] / np.bincount(column))[column]
        some = rarity > 0  # what every item has makes none alike
        item, column, rarity = item[some], column[some], rarity[some]
        length = np.sqrt(np.bincount(item, rarity**2, minlength=shape[0]))[item]
        vectors = from_pairs(item, column, (rarity / length).astype(np.float32), shape)
        return {**packed(vectors), "attribute": attributes}

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """By way of the attributes (B, I)."""
        profiles, vectors = self.profiles(graph, user_rows), self._vectors
        found: FloatArray = (profiles @ vectors @ vectors.T).toarray()
        return found

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """One for each item of the user, relation that it shares with another, and that other."""
        vectors, profile = self._vectors, self.profiles(graph, np.array([user_row]))
        relation = self._learned["attribute"] // len(self.graph.iris)
        ways = {}
        for row in np.unique(relation):
            part = sp.csr_array(vectors[:, relation == row])
            mine = row_of(profile, 0)[0]
            spread = sp.csr_array((np.ones(len(mine)), (mine, mine)), shape=(vectors.shape[0],) * 2)
            name = self.graph.relations[int(row)].name
            ways[f"{name} · {name}⁻¹"] = sp.csr_array(spread @ part @ part.T)
        return self.terms_of(graph, user_row, profile, ways)

    def walks(self, source: int, item_row: int) -> Iterator[tuple[Hops, float]]:
        """To an entity that both items have, and back: its part of the cosine."""
        mine, here = row_of(self._vectors, source)
        theirs, there = row_of(self._vectors, item_row)
        both, first, second = np.intersect1d(mine, theirs, assume_unique=True, return_indices=True)
        h, i = int(self.graph.items[source]), int(self.graph.items[item_row])
        for attribute, value in zip(
            self._learned["attribute"][both], here[first] * there[second], strict=True
        ):
            relation, entity = divmod(int(attribute), len(self.graph.iris))
            yield (RowHop(h, relation, entity, False), RowHop(i, relation, entity, True)), float(value)

    @property
    def _vectors(self) -> Matrix:
        return self.matrix(len(self._learned["attribute"]))


class TextContent(Content):
    """Alike by the words of title and brand, as far as the graph has edges of it."""

    name: ClassVar[str] = "content-text"
    files = ("start", "column", "weight")

    def learn(self, seed: int, say: Progress) -> Arrays:
        """The cosines of the graph's edges, both ways; BadInput if no titles are alike."""
        graph = self.graph
        if not graph.has_edges(TEXT):
            raise BadInput(
                "content-text needs titles with words in common; this graph has no similar_text edges"
            )
        where = graph.edges_of(TEXT)
        head, tail = graph.item_row_of[graph.head[where]], graph.item_row_of[graph.tail[where]]
        ends = np.append(head, tail), np.append(tail, head)
        return packed(from_pairs(*ends, np.tile(graph.weight[where], 2), (len(graph.items),) * 2))

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """By way of the edges (B, I)."""
        found: FloatArray = (self.profiles(graph, user_rows) @ self.matrix(len(self.graph.items))).toarray()
        return found

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """One for each edge from an item of the user."""
        alike = self.matrix(len(self.graph.items))
        return self.terms_of(graph, user_row, self.profiles(graph, np.array([user_row])), {TEXT: alike})

    def walks(self, source: int, item_row: int) -> Iterator[tuple[Hops, float]]:
        """The one edge between the two, if there is one."""
        items, cosines = row_of(self.matrix(len(self.graph.items)), source)
        relation = self.graph.relation_row(TEXT)
        h, i = int(self.graph.items[source]), int(self.graph.items[item_row])
        for cosine in cosines[items == item_row]:
            backward = self.graph.edge_row(relation, h, i) < 0  # each pair is stored once
            yield (
                (RowHop(i, relation, h, True) if backward else RowHop(h, relation, i, False),),
                float(cosine),
            )
