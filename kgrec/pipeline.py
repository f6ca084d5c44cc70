"""Offline, in order: source → dataset → graph → model. Each step is one function and reads like its name."""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path as FilePath
from typing import Any, Literal

import numpy as np

from kgrec import amending, checking, logged, rereading, reviewed, sources, storage
from kgrec.domain import Dataset, KnowledgeGraph, Progress, RelationKind
from kgrec.errors import BadInput, BadServer
from kgrec.generations import about, alone
from kgrec.graph import publish, store
from kgrec.graph.arrays import save_arrays
from kgrec.graph.build import assemble
from kgrec.graph.vocabulary import Namer
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.models.path import FAST, PathModel
from kgrec.models.path.behaviour import BehaviourConfig, behaviour_edges
from kgrec.models.trust import Trust
from kgrec.understand.text import similar_text


def init(
    folder: FilePath,
    format_name: str,
    source: FilePath | None,
    catalogue: FilePath | None = None,
    *,
    on_invalid: Literal["raise", "drop"] = "raise",
    mapping: FilePath | None = None,
    preset: str | None = None,
) -> storage.Workspace:
    """A new workspace from a source; nothing is left behind if the source is bad.

    Its columns become what a `mapping` says; what that leaves open is proposed by the headers that are usual in a
    `preset` and by the values, and written down in SHOP/mapping.toml.
    """
    dataset = sources.read(format_name, source, catalogue, on_invalid, rereading.mapping_of(mapping, preset))
    paths = {"source": source, "catalogue": catalogue}
    named = {name: str(path.resolve()) if path else "" for name, path in paths.items()}
    settings = {"format": format_name, "on_invalid": on_invalid, **named}
    settings["source"] = settings["source"] or "demo"
    return storage.create_workspace(folder, dataset, settings=settings)


def catalogue_graph(dataset: Dataset, namer: Namer) -> KnowledgeGraph:
    """What tables and titles say; of interactions, only those in the dataset."""
    graph = assemble(dataset, namer)
    brands = np.full(len(dataset.items), "", dtype=object)
    is_brand = dataset.facts.relation == "has_brand"
    brands[dataset.facts.item[is_brand]] = dataset.facts.value[is_brand]
    alike = similar_text(list(dataset.item_table["title"]), list(brands))
    return graph.with_edges(alike.mapped(graph.items)) if len(alike) else graph


def knowledge_graph(dataset: Dataset, namer: Namer, trust: Trust | None = None) -> KnowledgeGraph:
    """The catalogue's graph with the relations that interactions tell, as far as they are trusted."""
    graph = catalogue_graph(dataset, namer)
    return graph.with_edges(*behaviour_edges(graph, BehaviourConfig(trust=trust or Trust())))


def trust_of(workspace: storage.Workspace) -> Trust:
    """How far a shop's accounts are trusted, by its kgrec.toml."""
    return Trust.read(workspace.folder / "kgrec.toml")


def corrected_graph(workspace: storage.Workspace, dataset: Dataset) -> tuple[KnowledgeGraph, list[str]]:
    """The whole graph of a workspace, and the names of the sources of corrections that are in it."""
    graph = knowledge_graph(dataset, workspace.namer, trust_of(workspace))
    corrected = amending.sources(workspace)
    for name in corrected:
        graph = amending.merged(workspace, graph, name)
    return graph, corrected


def build(
    workspace: storage.Workspace, *, strict: bool = False, progress: Progress | None = None
) -> dict[str, Any]:
    """Tables → a new graph generation: arrays for the model, an RDF store for queries.

    `strict`: BadGraph if anything was left out or a shape warns, and the graph that was current stays.
    """
    say = progress or (lambda *_: None)
    began = time.perf_counter()
    told: dict[str, Any] = {"kind": "graph", "base": workspace.namer.base}
    with storage.new_generation(workspace.graphs, told, wait=0) as generation:
        read = rereading.current_tables(workspace)
        grown = logged.grown(workspace, read.dataset)
        dataset = grown.dataset
        told |= grown.manifest
        if read.source:
            say("tables", 1, 1, f"read again from {read.source}, as mapping.toml has changed")
        rereading.keep(workspace, read, generation)
        if dataset is not read.dataset:
            sources.tables.save(dataset, generation / storage.GROWN)
        say("graph", 0, 3, "")
        graph, corrected = corrected_graph(workspace, dataset)
        say("graph", 1, 3, "")
        save_arrays(graph, generation / "arrays")
        say("store", 2, 3, "")
        store.write(graph, dataset, generation)
        say("reviews", 0, 1, "")
        spoken_of = reviewed.keep(workspace, dataset, generation)
        say("reviews", 1, 1, "")
        if strict:
            checking.demand(generation, dataset, workspace.namer)
        told["graph_version"] = graph.version
    say("store", 3, 3, "")
    sent = {"sent": send(workspace, progress=progress)} if workspace.server else {}
    return {
        "graph_version": graph.version,
        "entities": len(graph.iris),
        "edges": len(graph.head),
        "relations": {name: _size(graph, name) for name in graph.names(*RelationKind)},
        "corrections": corrected,
        "events": {"used": grown.events, "about_unknown_items": grown.aside},
        "read_again": read.source,
        "reviews": spoken_of,
        **sent,
        "seconds": round(time.perf_counter() - began, 2),
    }


def send(workspace: storage.Workspace, *, progress: Progress | None = None) -> dict[str, Any]:
    """The current graph → the SPARQL server of the workspace; BadServer if that fails, and nothing is lost here."""
    place = storage.place(workspace)
    if place is None:
        raise BadInput(
            f"{workspace.folder}/kgrec.toml names no SPARQL server; write its address as store = … under [graph]"
        )
    generation = storage.current(workspace.graphs, "graph", "build")
    with alone(workspace.graphs, wait=60):
        opened = store.open_store(generation / (store.PEOPLE if place.server.with_users else store.PUBLIC))
        version = str(about(generation)["graph_version"])
        try:
            return publish.send(place, opened, version, progress)
        except BadServer as error:
            raise BadServer(
                f"the graph is built and current here, but not sent: {error}; then run: kgrec send {workspace.folder}"
            ) from error


def rebuild(workspace: storage.Workspace, *, progress: Progress | None = None) -> dict[str, Any]:
    """Build, then move the model to the new graph if that can be done without training."""
    before = storage.current(workspace.graphs, "graph", "build")
    built = build(workspace, progress=progress)
    after = storage.current(workspace.graphs, "graph", "build")
    return {"graph_version": built["graph_version"], "model": amending.carry_over(workspace, before, after)}


def refresh(
    workspace: storage.Workspace, *, retrain: bool = False, seed: int = 0, progress: Progress | None = None
) -> dict[str, Any]:
    """What was told since the last build → a new graph, and the model moved to it or, asked or where it must, trained.

    Servers answer from the graph and the model before until both are there.
    """
    began = time.perf_counter()
    before = _current_graph(workspace)
    built = build(workspace, progress=progress)
    moved: dict[str, Any] = {"moved": False, "train": "asked for" if retrain else "there is no model yet"}
    if before is not None and not retrain:
        moved = amending.carry_over(workspace, before, storage.current(workspace.graphs, "graph", "build"))
    if not moved["moved"]:
        name = _current_model(workspace)
        trained = train(workspace, model_name=name, seed=seed, progress=progress)
        moved |= {"trained": trained["model"], "validation": trained["validation"][-1:]}
    return {
        "graph_version": built["graph_version"],
        "events": built["events"],
        "model": moved,
        "seconds": round(time.perf_counter() - began, 2),
    }


def _current_graph(workspace: storage.Workspace) -> FilePath | None:
    return (workspace.graphs / "CURRENT").resolve() if (workspace.graphs / "CURRENT").exists() else None


def _current_model(workspace: storage.Workspace) -> str:
    """The name of the model that is trained anew: that of the current one."""
    if not (workspace.models / "CURRENT").exists():
        return PathModel.name
    return str(about(storage.current(workspace.models, "model", "train")).get("model", PathModel.name))


def _size(graph: KnowledgeGraph, name: str) -> int:
    where = graph.edges_of(name)
    return int(where.stop - where.start)


def train(
    workspace: storage.Workspace,
    *,
    model_name: str = "path",
    settings: Mapping[str, object] | None = None,
    seed: int = 0,
    quick: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The current graph → a new model generation."""
    began = time.perf_counter()
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    presets: dict[str, object] = {}
    if model_name == PathModel.name:
        # What it learns from is told as far as the graph is.
        presets |= {f"behaviour.trust.{name}": value for name, value in asdict(trust_of(workspace)).items()}
        presets |= FAST if quick else {}
    model = new_model(model_name, {**presets, **(settings or {})})
    model.fit(storage.load_tables(workspace), graph, seed=seed, progress=progress)
    about = {"kind": "model", "model": model.name, "graph_version": graph.version, "seed": seed}
    with storage.new_generation(workspace.models, about) as generation:
        model.save(generation)
    return {
        "model": model.name,
        "graph_version": graph.version,
        "seed": seed,
        "validation": model.history,
        "seconds": round(time.perf_counter() - began, 2),
        "peak_memory_mb": peak_memory(),
    }


def peak_memory() -> int:
    """The most memory this process has held, in MiB."""
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024  # Linux counts in KiB


def fit(dataset: Dataset, *, seed: int = 0, progress: Progress | None = None) -> Guide:
    """All steps in memory: a dataset → a guide that recommends and explains."""
    graph = knowledge_graph(dataset, Namer())
    model = PathModel().fit(dataset, graph, seed=seed, progress=progress)
    return Guide(dataset, graph, model, mentions=lambda: reviewed.found(dataset, seed=seed))
