"""What the models of who chose what have in common: histories from the graph asked about, arrays saved as files."""

from __future__ import annotations

import json
import math
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path as FilePath
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgrec.domain import (
    EVENT_RELATIONS,
    SOMEBODY,
    Dataset,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    Progress,
    Reasons,
    RowHop,
    RowPath,
    Terms,
)
from kgrec.errors import BadBundle, BadInput, KgrecError, NotReady
from kgrec.models.choices import Choices, choices
from kgrec.models.settings import Setting
from kgrec.models.soundness import demand_finite, demand_places, demand_rows
from kgrec.models.sparse import Matrix

Arrays = dict[str, npt.NDArray[Any]]
"""What a model has learned, by the name of the file it is saved in."""


class Baseline:
    """A model with no score for everybody; a subclass says what it learns, how it scores and, if it can, why."""

    name: ClassVar[str]
    config_type: ClassVar[type]
    space: ClassVar[Mapping[str, Setting]] = {}
    files: ClassVar[tuple[str, ...]] = ()  # the arrays that `learn` returns
    exact = True

    def __init__(self, config: Any = None) -> None:
        self.config = config or self.config_type()
        self.history: list[dict[str, float]] = []
        self._graph: KnowledgeGraph | None = None  # the graph it was fitted on
        self._learned: Arrays = {}
        self._matrix: Matrix | None = None  # the sparse matrix among what was learned
        self._known: Choices | None = None  # the choices of that graph
        self._asked: tuple[KnowledgeGraph, Choices] | None = None  # of the last graph asked about: a cache

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn from all choices of the graph; nothing is chosen on the validation part."""
        self._graph, self._known = graph, choices(graph)
        self._matrix = None
        self._learned = self.learn(seed, progress or (lambda *_: None))
        return self

    def learn(self, seed: int, say: Progress) -> Arrays:
        """The arrays that are saved, named in `files`."""
        return {}

    @abstractmethod
    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Scores of all items for some users, from the choices that the given graph holds of them (B, I)."""

    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """Zeros: all of a score comes from the user's own choices (I,)."""
        return np.zeros(self.known.n_items, np.float32)

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """None, unless a model says otherwise."""
        return []

    def reasons(self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths from a user, and the others added up.

        Paths over other users are told as one wherever they meet.
        """
        return [
            largest(over_anybody(self.paths(graph, user_row, int(item_row)), graph), most)
            for item_row in item_rows
        ]

    def terms_of(
        self, graph: KnowledgeGraph, user_row: int, profile: Matrix, ways: Mapping[str, Matrix]
    ) -> Terms:
        """The scores profile @ Σ ways, taken apart: `profile` (1, I) is the user's, a way leads on (I, I)."""
        items, weights = row_of(profile, 0)
        asked = self.asked(graph)
        hops = tuple(self.chosen(asked, graph, user_row, int(item), False) for item in items)
        slot, way, item, contribution = [], [], [], []
        for number, matrix in enumerate(ways.values()):
            for place, (source, weight) in enumerate(zip(items, weights, strict=True)):
                reached, values = row_of(matrix, int(source))
                slot.append(np.full(len(reached), place))
                way.append(np.full(len(reached), number))
                item.append(reached)
                contribution.append(float(weight) * values.astype(np.float64))
        none = np.zeros(0, np.int64)
        return Terms(
            hops=hops,
            ways=tuple(ways),
            slot=np.concatenate([none, *slot]),
            way=np.concatenate([none, *way]),
            item=np.concatenate([none, *item]).astype(np.int64),
            contribution=np.concatenate([np.zeros(0), *contribution]),
            n_items=self.known.n_items,
        )

    @property
    def graph(self) -> KnowledgeGraph:
        """The graph it was fitted on; NotReady before fit."""
        if self._graph is None:
            raise NotReady("the model is not fitted yet; call fit first")
        return self._graph

    @property
    def known(self) -> Choices:
        """The choices of the graph it was fitted on; NotReady before fit."""
        if self._known is None:
            self._known = choices(self.graph)
        return self._known

    def asked(self, graph: KnowledgeGraph) -> Choices:
        """The choices of the graph asked about, which may hold more events than the one it was fitted on."""
        if graph is self.graph:
            return self.known
        last = self._asked  # read once: another thread may replace it with somebody else's
        if last is None or last[0] is not graph:
            last = self._asked = graph, choices(graph)
        return last[1]

    def matrix(self, columns: int) -> Matrix:
        """The sparse matrix that was learned, see `packed` (I, columns)."""
        if self._matrix is None:
            parts = tuple(self._learned[name] for name in ("weight", "column", "start"))
            self._matrix = sp.csr_array(parts, shape=(len(self.graph.items), columns))
        return self._matrix

    def chosen(self, of: Choices, graph: KnowledgeGraph, user_row: int, item_row: int, back: bool) -> RowHop:
        """The edge by which a user has chosen an item, walked from the user, or `back` to them."""
        relation = graph.relation_row(EVENT_RELATIONS[of.event_of(user_row, item_row)])
        return RowHop(int(graph.users[user_row]), relation, int(graph.items[item_row]), back)

    def save(self, folder: FilePath) -> None:
        """The configuration as JSON, each array as an npy file that can be memory-mapped."""
        described = {"config": asdict(self.config), "items": self.known.n_items}
        (folder / "model.json").write_text(json.dumps(described, indent=1), encoding="utf-8")
        for name, array in self._learned.items():
            np.save(folder / f"{name}.npy", array, allow_pickle=False)

    def _demand_sound(self, graph: KnowledgeGraph) -> None:
        """ValueError if what was saved could not have been learned on a graph."""
        arrays = {name: array.view(np.ndarray) for name, array in self._learned.items()}
        demand_finite(arrays)
        attribute = arrays.pop("attribute", None)
        if attribute is not None:
            demand_places("attribute", attribute, len(graph.relations) * len(graph.iris))
        if "start" in arrays:
            n_columns = len(graph.items if attribute is None else attribute)
            columns = {name: arrays.pop(name) for name in ("column", "weight")}
            demand_rows(arrays["start"][: len(graph.items) + 1], columns, {"column": n_columns})
        if any(len(array) != len(graph.items) + (name == "start") for name, array in arrays.items()):
            raise ValueError("there are more items in it, or fewer")

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model with the graph it was fitted on."""
        try:
            described = json.loads((folder / "model.json").read_text(encoding="utf-8"))
            model = cls(cls.config_type(**described["config"]))
            model._learned = {
                name: np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False) for name in cls.files
            }
            items = int(described["items"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError, KgrecError) as error:
            raise BadBundle(f"{folder}: the model cannot be read ({error}); train it again") from None
        if items != len(graph.items):
            raise BadBundle(f"{folder}: the model does not fit the graph beside it; train it again")
        try:
            model._demand_sound(graph)
        except ValueError as error:
            raise BadBundle(f"{folder}: the model is not sound ({error}); train it again") from None
        model._graph = graph
        return model


def packed(matrix: Matrix) -> Arrays:
    """A sparse matrix as arrays; `files` names them ("start", "column", "weight")."""
    return {"start": matrix.indptr, "column": matrix.indices, "weight": matrix.data}


def row_of(matrix: Matrix, row: int) -> tuple[IntArray, FloatArray]:
    """The columns and values of one row."""
    where = slice(matrix.indptr[row], matrix.indptr[row + 1])
    return matrix.indices[where], matrix.data[where]


def check_bounds(config: object, **bounds: tuple[float, float]) -> None:
    """BadInput if a field of a configuration lies outside its bounds."""
    for name, (low, high) in bounds.items():
        value = getattr(config, name)
        if not low <= value <= high:
            allowed = f"from {low} to {high}" if np.isfinite(high) else f"{low} or more"
            raise BadInput(f"{name} is {value}; it must be {allowed}")


def largest(paths: Sequence[RowPath], most: int) -> Reasons:
    """The first of all paths of a pair, which are largest first, and the others added up."""
    rest = paths[most:]
    return Reasons(tuple(paths[:most]), math.fsum(path.contribution for path in rest), len(rest))


def over_anybody(paths: Sequence[RowPath], graph: KnowledgeGraph) -> list[RowPath]:
    """The same with one path in place of all that differ only in which other users they go over."""
    found: dict[tuple[RowHop, ...], list[float]] = {}
    for path in paths:
        asking = path.hops[0].head
        hops = tuple(
            replace(hop, head=SOMEBODY) if graph.user_row_of[hop.head] >= 0 and hop.head != asking else hop
            for hop in path.hops
        )
        found.setdefault(hops, []).append(path.contribution)
    told = [
        RowPath(hops, math.fsum(each), len(each) if any(hop.head == SOMEBODY for hop in hops) else 0)
        for hops, each in found.items()
    ]
    return by_contribution(told)


def by_contribution(paths: list[RowPath]) -> list[RowPath]:
    """Largest contribution first."""
    return sorted(paths, key=lambda path: -path.contribution)
