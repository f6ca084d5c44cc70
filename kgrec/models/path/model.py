"""The path model as a recommender: fitted on a graph, scoring and explaining by the same compiled operators."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import cached_property
from itertools import islice
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np

from kgrec.domain import (
    EVENT_RELATIONS,
    EVENTS,
    Arrivals,
    BoolArray,
    Dataset,
    FloatArray,
    IntArray,
    Interactions,
    KnowledgeGraph,
    ObjectArray,
    Progress,
    Reasons,
    RelationKind,
    RowHop,
    RowPath,
    Terms,
)
from kgrec.errors import BadInput, NotReady
from kgrec.models.path.compiled import (
    Compiled,
    Entries,
    Gates,
    Kept,
    arrivals,
    entries,
    fold,
    folded,
    is_heavy,
    led_to,
    reaching,
    renewed,
    score,
    whole,
)
from kgrec.models.path.config import PathConfig
from kgrec.models.path.expansion import Entry, Expansion, Walk
from kgrec.models.path.metapath import ANY_ATTRIBUTE, POPULARITY, metapaths
from kgrec.models.path.operators import (
    LegMatrices,
    Measures,
    Operators,
    RelationMatrices,
    build_operators,
    relation_matrices,
    source_classes,
    walked,
)
from kgrec.models.path.renewal import Standing, as_chosen, extends, fresh_entries
from kgrec.models.path.saved import Saved, read, write
from kgrec.models.settings import Number, Setting
from kgrec.models.timeline import SEGMENT, Slots, segment_members, slots, timeline

if TYPE_CHECKING:
    from kgrec.models.path.network import PathNetwork
    from kgrec.models.path.training import Targets


class PathModel:
    """Scores that are sums of path contributions; see `kgrec.models.path.network` for the formula."""

    name: ClassVar[str] = "path"
    config_type: ClassVar[type] = PathConfig
    space: ClassVar[Mapping[str, Setting]] = {
        "training.decay": Number(1e-6, 3e-4, log=True),
        "training.table_rate": Number(0.01, 0.1, log=True),
        "training.gate_rate": Number(0.005, 0.05, log=True),
        "training.contexts": Number(1, 5, whole=True),
        "operators.target_damping": Number(0.0, 0.7),
        "operators.single": Number(50, 200, whole=True),
        "operators.pair": Number(50, 200, whole=True),
    }
    exact = True

    def __init__(self, config: PathConfig | None = None) -> None:
        self.config = config or PathConfig()
        self.history: list[dict[str, float]] = []
        self._weights: dict[str, FloatArray] | None = None  # the network's parameters by name
        self._compiled: Compiled | None = None
        self._graph: KnowledgeGraph | None = None  # the graph whose operators are compiled
        self._walked: tuple[str, ...] | None = None  # its relations, where they are not all that have edges
        self._counted: Measures | None = None  # what it measures by, where that is not the graph
        self._slots: tuple[KnowledgeGraph, Slots] | None = None  # the last other graph asked about: a cache
        self._reached: tuple[KnowledgeGraph, int, Compiled, Entries] | None = None  # the last user: a cache

    def fit(
        self,
        dataset: Dataset,
        graph: KnowledgeGraph,
        *,
        seed: int = 0,
        validation: Interactions | None = None,
        progress: Progress | None = None,
    ) -> Self:
        """Learn gates from past moments of the graph, choose the round on validation, compile the graph.

        Without a validation part, everybody's last choice is hidden to choose the round, and seen again by the
        operators that are compiled. Only relations that the graph holds are walked.
        """
        # torch is needed to learn, not to recommend: a saved model opens in a fraction of the time without it.
        from kgrec.models.path import training as learning

        say = progress or (lambda *_: None)
        behaviour, operators = self.config.behaviour, self.config.operators
        training = self.config.training.fitted_to(len(graph.users))
        users, segment, segment_rows = segment_members(graph)
        members = (users, segment, len(segment_rows))
        events = timeline(graph, behaviour.trust)
        catalogue = relation_matrices(graph, operators)
        aside = None if validation is not None else learning.split_off(events, seed)
        known = events if aside is None else aside.history
        lasting = learning.splits(known, users, training, seed)
        steps = 2 + len(lasting)

        def context(past: learning.Past) -> learning.Context:
            return learning.context(past, catalogue, members, (behaviour, operators))

        say("operators", 0, steps, "")
        full = build_operators(catalogue, operators)
        say("operators", 1, steps, "")
        if validation is not None:
            judged = learning.context_of(events, _targets(validation), full, members)
        elif aside is not None:
            judged = context(aside)
        contexts: list[learning.Context] = []
        for past in lasting:
            say("operators", 2 + len(contexts), steps, "")
            contexts.append(context(past))
        say("operators", steps, steps, "")

        def contexts_of(round_: int) -> list[learning.Context]:
            drawn = learning.random_splits(known, training, seed, round_)
            return [*(context(past) for past in drawn), *contexts]

        network, self.history = learning.train(contexts_of, judged, training, seed, progress)
        self._weights = {name: value.numpy().copy() for name, value in network.state_dict().items()}
        self._graph, self._compiled = graph, fold(network, full)
        for made in ("_network", "_expansion", "_operators", "_matrices", "_legs", "_kept", "_slots_of_all"):
            self.__dict__.pop(made, None)  # of what it was fitted on before
        return self

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """Scores of all items for some users, from the events the given graph holds of them (B, I)."""
        return score(self.compiled, self._slots_of(graph), user_rows)

    def prior(self, graph: KnowledgeGraph, user_row: int) -> FloatArray:
        """What the paths from "everyone" add: one weight for those who have chosen, one for newcomers (I,)."""
        new = self._slots_of(graph).of_new(np.array([user_row]))[0]
        prior: FloatArray = self.compiled.prior[int(new)]
        return prior

    def paths(self, graph: KnowledgeGraph, user_row: int, item_row: int) -> list[RowPath]:
        """All paths from a user to an item, largest contribution first."""
        found = self._entries_of(graph, user_row)
        return [
            self._path(graph, user_row, walk) for walk in self._expansion.largest(self._of(found, item_row))
        ]

    def reasons(self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, most: int) -> list[Reasons]:
        """For each of some items, the `most` largest paths from a user, and the others added up."""
        found = self._entries_of(graph, user_row)
        wanted = np.zeros(self.compiled.prior.shape[1], bool)
        wanted[item_rows] = True
        # One pass over all entries, not one for each item.
        near = found.at(np.flatnonzero(wanted[found.item]))
        of_items = [self._of(near, int(item_row)) for item_row in item_rows]
        reasons = []
        for here, count in zip(of_items, self._expansion.counts(of_items), strict=True):
            walks = list(islice(self._expansion.largest(here), most))
            total = math.fsum(entry.contribution for entry in here)
            listed = math.fsum(walk.contribution for walk in walks)
            n_rest = count - len(walks)
            paths = tuple(self._path(graph, user_row, walk) for walk in walks)
            reasons.append(Reasons(paths, total - listed if n_rest else 0.0, n_rest))
        return reasons

    def largest_paths(
        self, graph: KnowledgeGraph, user_row: int, item_rows: IntArray, ways: Collection[str] | None = None
    ) -> list[RowPath | None]:
        """For each of some items, the largest path from a user that goes on in one of some ways, or in any."""
        found = self._entries_of(graph, user_row)
        wanted = np.zeros(self.compiled.n_items, bool)
        wanted[item_rows] = True
        here = wanted[found.item]
        if ways is not None:
            here &= np.array([name in ways for name in self.compiled.ways])[found.metapath]
        near = found.at(np.flatnonzero(here))
        near = near.at(np.argsort(-near.contribution, kind="stable"))
        order = np.argsort(near.item, kind="stable")  # by item, the largest entry of each first
        first, last = (near.item[order].searchsorted(item_rows, side=side) for side in ("left", "right"))
        walks = [self._largest(near, order[one:other]) for one, other in zip(first, last, strict=True)]
        return [None if walk is None else self._path(graph, user_row, walk) for walk in walks]

    def _largest(self, found: Entries, rows: IntArray) -> Walk | None:
        """The largest path behind some entries, largest first: no path is larger than the entry that it is part of."""
        looked_at, walk = 0, None
        while looked_at < len(rows) and (
            walk is None or walk.contribution < found.contribution[rows[looked_at]]
        ):
            looked_at = min(len(rows), 2 * looked_at + 3)
            walk = next(self._expansion.largest(self._entries(found, rows[:looked_at])))
        return walk

    def terms(self, graph: KnowledgeGraph, user_row: int) -> Terms:
        """A user's scores, taken apart: an operator entry each."""
        known = self._slots_of(graph)
        found = self._entries_of(graph, user_row)
        first, last = int(known.start[user_row]), int(known.start[user_row + 1])
        counted = first + np.flatnonzero(known.scale[first:last] > 0)
        return Terms(
            hops=tuple(self._first_hop(graph, user_row, int(slot)) for slot in counted),
            ways=self.compiled.ways,
            slot=np.searchsorted(counted, found.slot),
            way=found.metapath,
            item=found.item,
            contribution=found.contribution,
            n_items=self.compiled.prior.shape[1],
        )

    def leads(self, item_row: int) -> FloatArray:
        """What a purchase of each item, made last, would add to one item (I,)."""
        compiled = self.compiled
        only = np.arange(compiled.n_items) == item_row
        source, metapath, weight = reaching(compiled, only)
        gates = compiled.gate[:, 0, EVENTS.index("buy")]
        of_items = source < compiled.n_items  # the others are segments
        amount = gates[metapath[of_items]] * weight[of_items]
        total = np.bincount(source[of_items], weights=amount, minlength=compiled.n_items)
        return total.astype(np.float32)

    def arrivals(self, graph: KnowledgeGraph, item_rows: IntArray) -> Arrivals:
        """What leads everybody to some items: an operator entry each."""
        compiled, known = self.compiled, self._slots_of(graph)
        wanted = np.zeros(compiled.n_items, bool)
        wanted[item_rows] = True
        found = arrivals(compiled, known, wanted)
        user = np.repeat(np.arange(len(known.start) - 1), np.diff(known.start))[found.slot]
        entity, relation = self._starts(graph, found.slot)
        return Arrivals(
            ways=self.compiled.ways, user=user, source=entity, relation=relation,
            way=found.metapath, item=found.item, contribution=found.contribution,
        )  # fmt: skip

    def _starts(self, graph: KnowledgeGraph, slot: IntArray) -> tuple[IntArray, IntArray]:
        """What slots stand for: entity rows, and the relations by which users are joined to them (n,)."""
        known, n_items = self._slots_of(graph), self.compiled.n_items
        source = known.source[slot]
        of_item = source < n_items
        relations = np.array([graph.relation_row(name) for name in EVENT_RELATIONS], np.int64)
        entity = graph.items[np.minimum(source, n_items - 1)]
        relation = relations[known.event[slot]]
        if not of_item.all():
            joined = np.zeros(len(graph.iris), np.int64)
            for name in graph.names(RelationKind.SEGMENT):
                joined[graph.tail[graph.edges_of(name)]] = graph.relation_row(name)
            entity[~of_item] = graph.segments[source[~of_item] - n_items]
            relation[~of_item] = joined[entity[~of_item]]
        return entity, relation

    def led_to(self, graph: KnowledgeGraph) -> BoolArray:
        """Which items a path leads to from anybody (I,)."""
        return led_to(self.compiled, self._slots_of(graph))

    def strengths(self) -> Mapping[str, float]:
        """The gate of each metapath for what was bought last; of that from segments, for a user who has a history."""
        buy = EVENTS.index("buy")
        found = {}
        for number in range(len(self.compiled.legs) // 2 + 1):
            name = self.compiled.ways[number]
            found[name] = float(self.compiled.gate[number, SEGMENT if name == POPULARITY else 0, buy])
        return found

    def on(self, graph: KnowledgeGraph, *, anew: bool = False) -> Self:
        """The gates as they were learned, folded over the operators of another graph of the same entities and more.

        What the graph has more of are items that nobody has chosen. How telling an attribute is and how busy an item
        is stay as they were counted when the model was fitted. Only operator rows that are other now are computed,
        unless all are to be computed `anew`; the result is the same. Relations that the graph has lost altogether
        keep their place, with nothing to walk.
        """
        if self._graph is None or self._weights is None:
            raise NotReady("the model is not fitted yet; call fit first")
        if not extends(self._graph, graph):
            raise BadInput(
                "the graph does not have the items and segments of the model's; train the model on it"
            )
        model = type(self)(self.config)
        model.history, model._graph = self.history, graph
        model._walked = self.learned_of
        model._counted = self._matrices.counted
        n_before, n_items = len(self._graph.items), len(graph.items)
        model._weights = with_items(self._weights, n_before, n_items - n_before)
        self._demand_metapaths()
        if anew or not as_chosen(self._graph, graph):
            model._compiled = folded(model._weights, build_operators(model._matrices, self.config.operators))
            return model
        model._matrices = relation_matrices(
            graph, self.config.operators, model._walked, model._counted, (self._graph, self._matrices)
        )
        model._legs = LegMatrices(model._matrices, self.config.operators, self._legs)
        legs, before = (self._legs, model._legs), Standing(self.compiled, self._kept)
        fresh = list(fresh_entries(model._matrices, legs, self.config.operators, before))
        model._compiled = renewed(self.compiled, fresh, model._gates, n_items, self._kept.saved)
        model._kept = self._kept.renewed(fresh, n_before, n_items)
        if is_heavy(model._compiled):
            model._compiled, model._kept = whole(model._compiled), model._kept.in_one_layer()
        model._expansion = Expansion(graph, model._matrices, self._expansion)
        return model

    def moved(self, graph: KnowledgeGraph) -> Self:
        """The gates as they were learned, for a graph that was built anew, by the ids of items and segments.

        Users never mattered; items and segments that the model has not met get the gates of unknown ones. Everything
        is counted in the new graph.
        """
        if self._graph is None or self._weights is None:
            raise NotReady("the model is not fitted yet; call fit first")
        rows = [_rows_in(one, other) for one, other in zip(_names(self._graph), _names(graph), strict=True)]
        items, segments = rows
        self._demand_metapaths()
        n_before = len(self._graph.items)
        sources = np.concatenate([items, np.where(segments < 0, -1, segments + n_before)])
        model = type(self)(self.config)
        model.history, model._graph = self.history, graph
        model._walked = self.learned_of
        model._weights = self._weights | {
            "source": _taken_over(self._weights["source"], sources),
            "item": _taken_over(self._weights["item"], items),
        }
        model._compiled = folded(model._weights, build_operators(model._matrices, self.config.operators))
        return model

    @property
    def learned_of(self) -> tuple[str, ...]:
        """The relations that its paths walk; NotReady before fit."""
        if self._graph is None:
            raise NotReady("the model is not fitted yet; call fit first")
        return self._walked or walked(self._graph)

    def warm(self) -> None:
        """Make what `on` needs of this graph, and explanations, so that the first of either need not wait for it."""
        paths = self.compiled.legs[: len(self.compiled.legs) // 2]
        for path in paths:
            for leg in path[:-1]:
                self._legs.get(leg, last=False)
            self._legs.get(path[-1], last=True)
        self._expansion.warm(paths)
        assert self._kept.count.shape

    def _demand_metapaths(self) -> None:
        """NotReady if it has learned of other metapaths than are made of its relations now."""
        matrices = self._matrices
        legs = tuple(metapaths(matrices.kinds, matrices.symmetric))
        if self.compiled.legs != (*legs, (), *legs):
            raise NotReady("the model was trained by another version of kgrec; train it again")

    def _of(self, found: Entries, item_row: int) -> list[Entry]:
        """The entries that lead to one item."""
        return self._entries(found, np.flatnonzero(found.item == item_row))

    def _entries(self, found: Entries, rows: IntArray) -> list[Entry]:
        columns = (found.slot, found.metapath, found.source, found.item, found.contribution)
        return [
            Entry(slot, self.compiled.legs[metapath], source, item_row, contribution)
            for slot, metapath, source, item_row, contribution in zip(
                *(column[rows].tolist() for column in columns), strict=True
            )
        ]

    def _path(self, graph: KnowledgeGraph, user_row: int, walk: Walk) -> RowPath:
        first = self._first_hop(graph, user_row, walk.entry.slot)
        return RowPath((first, *walk.hops), walk.contribution)

    def network_score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        """The same scores by message passing over operators built anew from the graph: the view that was trained."""
        import torch

        from kgrec.models.path.network import batch_of

        with torch.no_grad():
            batch = batch_of(self._operators, self._slots_of(graph), user_rows)
            result: FloatArray = self._network(batch).numpy()
        return result

    @cached_property
    def _network(self) -> PathNetwork:
        import torch

        from kgrec.models.path.network import PathNetwork, Shape

        if self._weights is None:
            raise NotReady("the model is not fitted yet; call fit first")
        sources, n_paths = self._weights["source"].shape
        network = PathNetwork(Shape(sources, len(self._weights["item"]), 2 * n_paths - 1))
        network.load_state_dict({name: torch.from_numpy(value) for name, value in self._weights.items()})
        return network

    @property
    def compiled(self) -> Compiled:
        """The folded operators; NotReady before fit."""
        if self._compiled is None:
            raise NotReady("the model is not fitted yet; call fit first")
        return self._compiled

    @cached_property
    def _expansion(self) -> Expansion:
        assert self._graph is not None
        return Expansion(self._graph, self._matrices)

    @cached_property
    def _operators(self) -> Operators:
        return build_operators(self._matrices, self.config.operators)

    @cached_property
    def _matrices(self) -> RelationMatrices:
        assert self._graph is not None
        return relation_matrices(self._graph, self.config.operators, self._walked, self._counted)

    @cached_property
    def _legs(self) -> LegMatrices:
        return LegMatrices(self._matrices, self.config.operators)

    @cached_property
    def _kept(self) -> Kept:
        return Kept.of(self.compiled, self._gates)

    @property
    def _gates(self) -> Gates:
        assert self._weights is not None
        return Gates.of(self._weights, self._matrices.unseen, source_classes(self._matrices))

    def _slots_of(self, graph: KnowledgeGraph) -> Slots:
        if graph is self._graph:
            return self._slots_of_all
        last = self._slots  # read once: another thread may replace it with somebody else's
        if last is None or last[0] is not graph:
            last = self._slots = graph, _slots(graph)
        return last[1]

    @cached_property
    def _slots_of_all(self) -> Slots:
        """Those of the graph that it was fitted on or lies over, which are asked for between those of visitors."""
        assert self._graph is not None
        return _slots(self._graph)

    def _entries_of(self, graph: KnowledgeGraph, user_row: int) -> Entries:
        """All that a user's slots reach; a page asks for one user many times."""
        last = self._reached
        if last is None or last[0] is not graph or last[1] != user_row or last[2] is not self.compiled:
            found = entries(self.compiled, self._slots_of(graph), user_row)
            last = self._reached = graph, user_row, self.compiled, found
        return last[3]

    def _first_hop(self, graph: KnowledgeGraph, user_row: int, slot: int) -> RowHop:
        """From the user to what a slot stands for."""
        known = self._slots_of(graph)
        source, user = int(known.source[slot]), int(graph.users[user_row])
        if known.position[slot] >= SEGMENT:
            target = self._expansion.segment(source)
            for name in graph.names(RelationKind.SEGMENT):
                relation = graph.relation_row(name)
                if graph.edge_row(relation, user, target) >= 0:
                    return RowHop(user, relation, target, False)
        relation = graph.relation_row(EVENT_RELATIONS[int(known.event[slot])])
        return RowHop(user, relation, int(graph.items[source]), False)

    def save(self, folder: FilePath) -> None:
        """Weights as safetensors, operators as npy files that can be memory-mapped, settings as JSON."""
        compiled = whole(self.compiled)
        assert self._weights is not None
        write(Saved(self.config, self.history, self._weights, compiled), folder)

    @classmethod
    def load(cls, folder: FilePath, graph: KnowledgeGraph) -> Self:
        """A saved model with the graph it was compiled from."""
        saved = read(folder, len(graph.items))
        model = cls(saved.config)
        model.history = saved.history
        model._graph = graph
        model._compiled = saved.compiled
        model._weights = saved.weights
        # What it learned of, even if the graph has lost all edges of one since.
        named = dict.fromkeys(leg.relation for path in saved.compiled.legs for leg in path)
        model._walked = tuple(name for name in named if name != ANY_ATTRIBUTE)
        return model


def _slots(graph: KnowledgeGraph) -> Slots:
    users, segment, _ = segment_members(graph)
    return slots(timeline(graph), (users, segment))


def with_items(weights: Mapping[str, FloatArray], n_before: int, more: int) -> dict[str, FloatArray]:
    """The parameters with more items after those there are, whose gates are 1."""
    if not more:
        return dict(weights)
    return dict(weights) | {
        "source": np.insert(weights["source"], n_before, np.zeros((more, 1), np.float32), axis=0),
        "item": np.append(weights["item"], np.zeros(more, np.float32)),
    }


def _names(graph: KnowledgeGraph) -> tuple[ObjectArray, ObjectArray]:
    """What items and segments are told apart by, in the order of their rows."""
    return graph.item_ids.ids, graph.iris[graph.kinds == "segment"]


def _rows_in(names: ObjectArray, wanted: ObjectArray) -> IntArray:
    """Where each wanted name stands among some, −1 where it does not (n,)."""
    row_of = {name: row for row, name in enumerate(names)}
    return np.array([row_of.get(name, -1) for name in wanted], np.int64)


def _taken_over(gates: FloatArray, rows: IntArray) -> FloatArray:
    """The gates of some rows, 0 in place of −1: an exponent of 0 is a gate of 1."""
    found = np.zeros((len(rows), *gates.shape[1:]), np.float32)
    found[rows >= 0] = gates[rows[rows >= 0]]
    return found


def _targets(interactions: Interactions) -> Targets:
    from kgrec.models.path.training import Targets

    order = np.argsort(interactions.user, kind="stable")
    return Targets(interactions.user[order], interactions.item[order])
