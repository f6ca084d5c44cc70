"""A workspace's corrections: a file of triples becomes a source of its own, and a source is taken out again.

What a source says lies in SHOP/corrections/NAME.nt, a triple a line, and is merged at every build.
"""

from __future__ import annotations

import re
from pathlib import Path as FilePath
from typing import Any

from kgrec import storage
from kgrec.domain import KnowledgeGraph
from kgrec.errors import BadInput, NotReady, UnknownName
from kgrec.folders import new_text
from kgrec.generations import read_manifest
from kgrec.graph.cells import ntriples, resolved
from kgrec.graph.corrections import merge, without_source
from kgrec.graph.statements import read
from kgrec.graph.triples import CORRECTIONS
from kgrec.models.path import PathModel
from kgrec.models.path.operators import walked

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


def sources(workspace: storage.Workspace) -> list[str]:
    """The names of the sources of corrections, in the order in which they are merged."""
    return sorted(file.stem for file in workspace.corrections.glob("*.nt") if _NAME.fullmatch(file.stem))


def merged(workspace: storage.Workspace, graph: KnowledgeGraph, name: str) -> KnowledgeGraph:
    """The graph with what one source says."""
    return merge(graph, read(workspace.corrections / f"{name}.nt"), f"{CORRECTIONS}{name}.nt").graph


def add(workspace: storage.Workspace, file: FilePath, name: str | None = None) -> dict[str, Any]:
    """Check a file against the current graph and keep it as a source, in the place of one of the same name."""
    name = _checked(file.stem if name is None else name)
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    source = f"{CORRECTIONS}{name}.nt"
    found = merge(without_source(graph, source), resolved(graph, read(file)), source)
    if not found.kept:
        raise BadInput(
            f"{file.name} says nothing that a correction can: attributes of items or links between them"
        )
    workspace.corrections.mkdir(exist_ok=True)
    new_text(workspace.corrections / f"{name}.nt", ntriples(dict.fromkeys(found.kept)))
    return {
        "source": name,
        "file": file.name,
        "new_edges": found.n_new,
        "new_entities": found.n_entities,
        "known": found.n_known,
        "not_used": dict(found.not_used.most_common()),
        "sources": sources(workspace),
    }


def remove(workspace: storage.Workspace, name: str) -> dict[str, Any]:
    """Take a source out; the next build is without it."""
    known = sources(workspace)
    if name not in known:
        raise UnknownName("source of corrections", name, known)
    (workspace.corrections / f"{name}.nt").unlink()
    return {"removed": name, "sources": sources(workspace)}


def carry_over(workspace: storage.Workspace, before: FilePath, after: FilePath) -> dict[str, Any]:
    """Move the current model to a graph that was built since, without training.

    `before` and `after` are graph generations. What was learned stays; new items and segments have the gates of unknown
    ones, and users have none. The operators are built anew, so that every score and reason is of the new graph.
    Otherwise the answer says why the model must be trained.
    """
    if not (workspace.models / "CURRENT").exists():
        return {"moved": False, "train": "there is no model yet"}
    old, new = storage.load_graph(before), storage.load_graph(after)
    generation = storage.current(workspace.models, "model", "train")
    try:
        model = storage.load_model(generation, old)
    except NotReady:
        return {"moved": False, "train": "the model was trained on another graph"}
    if not isinstance(model, PathModel):
        return {"moved": False, "train": f"a model named {model.name!r} cannot be moved to another graph"}
    reason = _unlike(model, old, new)
    if reason:
        return {"moved": False, "train": reason}
    about = {key: value for key, value in read_manifest(generation).items() if key in _KEPT}
    about |= {"graph_version": new.version, "trained_on": about.get("trained_on", old.version)}
    with storage.new_generation(workspace.models, about) as fresh:
        model.moved(new).save(fresh)
    return {"moved": True, "trained_on": about["trained_on"]}


_KEPT = ("kind", "model", "seed", "trained_on")


def _unlike(model: PathModel, old: KnowledgeGraph, new: KnowledgeGraph) -> str:
    """What keeps a model from moving between two graphs, "" if nothing does."""
    for what, one, other in (
        ("item", old.item_ids.ids, new.item_ids.ids),
        ("segment", old.iris[old.kinds == "segment"], new.iris[new.kinds == "segment"]),
    ):
        gone = sorted(set(map(str, one)) - set(map(str, other)))
        if gone:
            more = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
            return f"the {what} {gone[0]}{more} is not in the graph any more"
    unknown = sorted(set(walked(new)) - set(model.learned_of))
    return f"the model has learned nothing of {', '.join(unknown)}" if unknown else ""


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise BadInput(f"{name!r} is no name for a source; use letters, digits, dots, dashes and underscores")
    return name
