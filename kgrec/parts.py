"""A workspace → the graph and the model that answer for it: the newest that fit together, or what is most like them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from kgrec import storage
from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadBundle, NotReady
from kgrec.generations import about
from kgrec.graph.build import assemble
from kgrec.models import new_model
from kgrec.models.popularity import Popularity
from kgrec.restocking import Stock
from kgrec.understand.mentions import Mentions, no_mentions

_log = logging.getLogger("kgrec.parts")


@dataclass(frozen=True)
class Trouble:
    """Something that is not as it should be, while answers go on."""

    part: str  # graph, model, events, …
    reason: str


@dataclass(frozen=True, eq=False)
class Parts:
    """What a guide is made of, where it lies, and what was wrong with what should have been taken instead."""

    stock: Stock
    graph_at: FilePath | None  # the generation; None for a graph that was made from the tables just now
    model_at: FilePath | None  # None for popularity, when no model can be read
    troubles: tuple[Trouble, ...] = ()
    mentions: Mentions = field(default_factory=no_mentions)  # what reviews speak of

    @property
    def events_until(self) -> int:
        """The number of the last event that the graph holds."""
        return 0 if self.graph_at is None else int(about(self.graph_at).get("events_until", 0))

    @property
    def changes_until(self) -> int:
        """The number of the last change of an item that the graph holds."""
        return 0 if self.graph_at is None else int(about(self.graph_at).get("changes_until", 0))


def current_parts(workspace: storage.Workspace) -> Parts:
    """The current graph and the current model; an error if they cannot be read or do not fit together."""
    graph_at = storage.current(workspace.graphs, "graph", "build")
    return _pair(workspace, graph_at, storage.current(workspace.models, "model", "train"))


def _pair(workspace: storage.Workspace, graph_at: FilePath, model_at: FilePath) -> Parts:
    """A graph and a model that was trained on it."""
    graph = storage.load_graph(graph_at)
    model = storage.load_model(model_at, graph)
    dataset = storage.load_tables(workspace, graph_at)
    return _with_mentions(Parts(Stock(dataset, graph, model), graph_at, model_at))


def _with_mentions(parts: Parts) -> Parts:
    """The same with what reviews speak of; without that, if it cannot be read or is of other reviews."""
    if parts.graph_at is None:
        return parts
    try:
        return replace(parts, mentions=storage.load_mentions(parts.graph_at, parts.stock.dataset))
    except BadBundle as error:
        _log.warning("%s", error)
        return replace(parts, troubles=(*parts.troubles, Trouble("reviews", str(error))))


def _without_model(
    dataset: Dataset, graph: KnowledgeGraph, graph_at: FilePath | None, troubles: Iterable[Trouble]
) -> Parts:
    """A graph, and what everybody chooses."""
    model = new_model(Popularity.name).fit(dataset, graph)
    return _with_mentions(Parts(Stock(dataset, graph, model), graph_at, None, tuple(troubles)))


def best_parts(workspace: storage.Workspace) -> Parts:
    """The newest graph and model that fit together and can be read, or what is most like them.

    Without any model, what everybody chooses; without any graph, one made from the tables. NotReady if there is nothing
    at all, and the error of the tables if they cannot be read.
    """
    try:
        return current_parts(workspace)
    except (BadBundle, NotReady) as error:
        first = error
    troubles: dict[str, Trouble] = {}
    for graph_at, model_at in _pairs(workspace):
        try:
            parts = _pair(workspace, graph_at, model_at)
        except (BadBundle, NotReady) as error:
            _log.warning("%s", error)
            continue
        why = Trouble("model", f"{first}; answering from {graph_at.name} and {model_at.name}")
        return replace(parts, troubles=(why, *parts.troubles))
    troubles["model"] = Trouble("model", f"{first}; answering with what everybody chooses")
    for graph_at in _kept(workspace.graphs):
        try:
            graph = storage.load_graph(graph_at)
            dataset = storage.load_tables(workspace, graph_at)
        except BadBundle as error:
            troubles["graph"] = Trouble("graph", str(error))
            continue
        return _without_model(dataset, graph, graph_at, troubles.values())
    if not troubles.get("graph"):
        raise first  # it was never built
    dataset = storage.load_source(workspace)
    return _without_model(dataset, assemble(dataset, workspace.namer), None, troubles.values())


def parts_with(generation: str) -> Callable[[storage.Workspace], Parts]:
    """What finds the parts with one generation of the models, for an arm of an experiment."""

    def parts(workspace: storage.Workspace) -> Parts:
        for graph_at, model_at in _pairs(workspace):
            if model_at.name == generation:
                return _pair(workspace, graph_at, model_at)
        raise NotReady(
            f"{workspace.models / generation} is no model that fits a graph which is kept; "
            "name another in [experiment] of kgrec.toml, or take the arm out"
        )

    return parts


def _pairs(workspace: storage.Workspace) -> Iterator[tuple[FilePath, FilePath]]:
    """Graphs and models of one version, the newest model first."""
    versions = {_version(graph_at): graph_at for graph_at in reversed(list(_kept(workspace.graphs)))}
    for model_at in _kept(workspace.models):
        graph_at = versions.get(_version(model_at))
        if graph_at is not None:
            yield graph_at, model_at


def _kept(parent: FilePath) -> Iterator[FilePath]:
    """The generations that say what they are: the current one, those before it, and then any later ones."""
    pointer = parent / "CURRENT"
    now = _number(pointer.readlink()) if pointer.is_symlink() else 0
    found = [path for path in parent.glob("gen-*") if path.name[4:].isdigit()]
    for generation in sorted(found, key=lambda path: (_number(path) > now, -_number(path))):
        try:
            about(generation)
        except BadBundle as error:
            _log.warning("%s", error)
            continue
        yield generation


def _number(generation: FilePath) -> int:
    return int(generation.name[4:])


def _version(generation: FilePath) -> str:
    return str(about(generation).get("graph_version"))
