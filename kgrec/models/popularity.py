"""What everybody chooses most: the floor every other model has to beat."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path as FilePath
from typing import ClassVar, Self

import numpy as np

from kgrec.domain import (
    CHOICES,
    EVENT_RELATIONS,
    EVENTS,
    Dataset,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    NoConfig,
    Progress,
    Reasons,
    RowPath,
)
from kgrec.errors import BadBundle, NotReady
from kgrec.models.settings import Setting


class Popularity:
    """Score = number of users who chose the item. All of it is prior, so there are no paths."""

    name: ClassVar[str] = "popularity"
    config_type: ClassVar[type] = NoConfig
    space: ClassVar[Mapping[str, Setting]] = {}
    exact = True

    def __init__(self, config: NoConfig | None = None) -> None:
        self.history: list[dict[str, float]] = []
        self._counts: FloatArray | None = None

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Count who chose what."""
        chosen = [EVENT_RELATIONS[EVENTS.index(event)] for event in CHOICES]
        names = [name for name in chosen if graph.has_edges(name)] or ["viewed"]
        places = [graph.edges_of(name) for name in names if graph.has_edges(name)]
        ends = [np.stack([graph.head[where], graph.tail[where]]) for where in places]
        pairs = np.unique(np.hstack([np.zeros((2, 0), np.int64), *ends]), axis=1)  # bought and rated is once
        counts = np.bincount(graph.item_row_of[pairs[1]], minlength=len(graph.items)).astype(np.float32)
        self._counts = counts
        return self

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """The same row for every user (B, I)."""
        return np.tile(self._known(), (len(user_rows), 1))

    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """The counts (I,)."""
        return self._known()

    def _known(self) -> FloatArray:
        if self._counts is None:
            raise NotReady("the model is not fitted yet; call fit first")
        return self._counts

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """None: the prior is the whole score."""
        return []

    def reasons(self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, most: int) -> list[Reasons]:
        """None, and nothing left over."""
        return [Reasons((), 0.0, 0) for _ in item_rows]

    def save(self, folder: FilePath) -> None:
        """One array and an empty description."""
        if self._counts is None:
            raise NotReady("the model is not fitted yet; call fit first")
        np.save(folder / "counts.npy", self._counts, allow_pickle=False)
        (folder / "model.json").write_text(json.dumps({"history": []}), encoding="utf-8")

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model."""
        model = cls()
        try:
            model._counts = np.load(folder / "counts.npy", allow_pickle=False)
        except (OSError, ValueError) as error:
            raise BadBundle(f"{folder}: the model cannot be read ({error}); train it again") from None
        return model
