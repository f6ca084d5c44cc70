"""Back to an earlier generation of a shop's graph, together with a model that was trained on it; nothing is built."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Any

from kgrec.errors import BadBundle, NotReady, UnknownName
from kgrec.generations import STORES, about, alone, chain, current, make_current, read_manifest
from kgrec.storage import Workspace


def generations(workspace: Workspace) -> list[dict[str, Any]]:
    """The graphs that are kept, latest first: name, version, whether current, and the models that fit."""
    now = current(workspace.graphs, "graph", "build")
    return [
        {
            "generation": graph.name,
            "graph_version": about(graph).get("graph_version"),
            "current": graph.name == now.name,
            "models": [model.name for model in _fitting(workspace, graph)],
        }
        for graph in _kept(workspace.graphs)
    ]


def roll_back(workspace: Workspace, to: str | None = None, *, graph_only: bool = False) -> dict[str, Any]:
    """Make an earlier graph current (the one before the current, if `to` names none) and a model that fits it.

    A shop that has a model is not left without one: NotReady if none fits, unless `graph_only`.
    """
    current(workspace.graphs, "graph", "build")
    workspace.models.mkdir(exist_ok=True)
    with alone(workspace.graphs, wait=0), alone(workspace.models, wait=0):
        now = current(workspace.graphs, "graph", "build")
        target = _target(workspace, now, to)
        _check_whole(target)
        models = _fitting(workspace, target)
        lost = not models and (workspace.models / "CURRENT").exists()
        if lost and not graph_only:
            raise NotReady(
                f"no model that is kept was trained on {target.name}; go back to the graph alone with --graph-only, "
                f"and then run: kgrec train {workspace.folder}"
            )
        # The model first: whoever is stopped in between goes back to the same graph when they try again.
        if models:
            read_manifest(models[0])
            make_current(models[0])
        make_current(target)
    return {
        "graph": target.name,
        "graph_version": about(target).get("graph_version"),
        "before": now.name,
        "model": models[0].name if models else None,
        **({"next": f"kgrec train {workspace.folder}"} if lost else {}),
    }


def use_model(workspace: Workspace, name: str) -> dict[str, Any]:
    """Make one of the kept models current, and the graph it was trained on with it.

    UnknownName if it is not kept, NotReady if that graph is not.
    """
    current(workspace.graphs, "graph", "build")
    workspace.models.mkdir(exist_ok=True)
    with alone(workspace.graphs, wait=0), alone(workspace.models, wait=0):
        now = current(workspace.graphs, "graph", "build")
        models = {model.name: model for model in _kept(workspace.models)}
        if name not in models:
            raise UnknownName("generation of the models", name, models)
        graph = graph_of(workspace, models[name])
        if graph is None:
            raise NotReady(f"the graph that {name} was trained on is not kept any more; choose another model")
        if graph.name != now.name:
            _check_whole(graph)
        read_manifest(models[name])
        make_current(models[name])
        if graph.name != now.name:
            make_current(graph)
    return {
        "graph": graph.name,
        "graph_version": about(graph).get("graph_version"),
        "before": now.name,
        "model": name,
    }


def graph_of(workspace: Workspace, model: FilePath) -> FilePath | None:
    """The latest of the kept graphs that a model was trained on; the current one if it is one of them."""
    version = about(model).get("graph_version")
    found = [graph for graph in _kept(workspace.graphs) if about(graph).get("graph_version") == version]
    return min(found, key=lambda graph: graph not in chain(workspace.graphs)[:1], default=None)


def _target(workspace: Workspace, now: FilePath, to: str | None) -> FilePath:
    if to is not None:
        names = {graph.name: graph for graph in _kept(workspace.graphs)}
        if to not in names:
            raise UnknownName("generation of the graph", to, names)
        return names[to]
    earlier = chain(workspace.graphs)[1:]
    if not earlier:
        raise NotReady(f"{now} is the first graph that is kept; there is none to go back to")
    return earlier[0]


def _check_whole(graph: FilePath) -> None:
    read_manifest(graph)
    for name in STORES:
        if not (graph / name).is_dir():
            raise BadBundle(f"{graph} has no {name}/, it was built by an older kgrec; build again instead")


def _fitting(workspace: Workspace, graph: FilePath) -> list[FilePath]:
    """The models trained on a graph, the current one first, then the latest."""
    version = about(graph).get("graph_version")
    found = [m for m in _kept(workspace.models) if about(m).get("graph_version") == version]
    return sorted(found, key=lambda model: model not in chain(workspace.models)[:1])


def _kept(parent: FilePath) -> list[FilePath]:
    return sorted((path.parent for path in parent.glob("gen-*/manifest.json")), reverse=True)
