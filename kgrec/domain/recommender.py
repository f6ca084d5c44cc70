"""What a model must be able to do, and what some can do besides."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any, ClassVar, Protocol, Self, runtime_checkable

from kgrec.domain.arrays import BoolArray, FloatArray, IntArray
from kgrec.domain.dataset import Dataset
from kgrec.domain.graph import KnowledgeGraph
from kgrec.domain.interactions import Interactions
from kgrec.domain.paths import Arrivals, Reasons, RowPath, Terms

Progress = Callable[[str, int, int, str], None]
"""Called with what is going on, how far it is, of how many, and a figure to show."""


class Recommender(Protocol):
    """Anything that scores items from a graph. Rows in, arrays out; the graph is an argument, never hidden state.

    `exact` says whether prior + Σ contributions of `paths` is the score; a model with no paths may let its prior
    be its whole score. `history` has the figures of every training round, oldest first.
    """

    name: ClassVar[str]
    config_type: ClassVar[type]  # a frozen dataclass, or NoConfig
    space: ClassVar[Mapping[str, Any]]  # what is worth searching: setting → kgrec.models.settings.Setting
    exact: bool
    history: list[dict[str, float]]

    def __init__(self, config: Any = None) -> None: ...

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from the graph; returns self.

        What is chosen by figures (a round, an epoch) is chosen on the validation part; without one, a part of
        the graph's own events is hidden for it.
        """
        ...

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Scores of all items for some users (B, I)."""
        ...

    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """The part of a user's scores that owes nothing to what is known of them (I,)."""
        ...

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """All paths from a user to an item, without those of the prior, largest contribution first."""
        ...

    def reasons(self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths from a user, and the others added up."""
        ...

    def save(self, folder: FilePath) -> None:
        """Write the model into an existing folder as plain files: arrays, safetensors, JSON."""
        ...

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model, with the graph it was fitted on."""
        ...


@runtime_checkable
class Accountable(Protocol):
    """A model whose scores are sums over the things known of a user: it can say what each of them adds, and prove it.

    A thing left out of account (see `KnowledgeGraph.muted`) takes its terms along and changes no other.
    """

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """A user's scores, taken apart."""
        ...


@runtime_checkable
class Tracing(Protocol):
    """A model that finds the largest path of some ways alone, without looking at the others."""

    def largest_paths(
        self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, ways: Collection[str] | None = None
    ) -> list[RowPath | None]:
        """For each of some items, the largest path from a user that goes on in one of some ways, or in any."""
        ...


@runtime_checkable
class Leading(Protocol):
    """A model that knows which items lead to which."""

    def leads(self, item_row: int) -> FloatArray:
        """What a purchase of each item, made last, would add to one item (I,)."""
        ...


@runtime_checkable
class Collective(Protocol):
    """A model that can be asked of everybody at once what it would take long to ask of one user after another."""

    def arrivals(self, graph: KnowledgeGraph, item_rows: IntArray) -> Arrivals:
        """What leads everybody to some items: for each user the same as their `terms`."""
        ...

    def led_to(self, graph: KnowledgeGraph) -> BoolArray:
        """Which items a path leads to from anybody (I,)."""
        ...

    def strengths(self) -> Mapping[str, float]:
        """How strong each way is as it was learned: what its paths are multiplied by."""
        ...


@runtime_checkable
class Movable(Protocol):
    """A model whose learned weights hold for other graphs of the same entities too."""

    def on(self, graph: KnowledgeGraph) -> Self:
        """The model over another graph, without learning anything anew."""
        ...


@dataclass(frozen=True)
class NoConfig:
    """The configuration of a model that has nothing to set."""


@runtime_checkable
class RatingPredictor(Protocol):
    """A model that can also say how many stars a user would give."""

    def rate(self, graph: KnowledgeGraph, user_rows: IntArray, item_rows: IntArray) -> FloatArray:
        """The predicted rating of each (user, item) pair (n,)."""
        ...
