"""Forgetting a user for good: database, tables and graphs without them, a receipt of what was removed, and the proof.

Every step can be done again, so whoever was stopped in between runs the same again. First of all the database forgets
them: from then on they are a stranger in every answer, whatever the tables and graphs still hold.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec import pipeline, storage
from kgrec.domain import KnowledgeGraph, Progress, Recommender, RelationKind
from kgrec.errors import BadBundle, NotReady, UnknownName
from kgrec.generations import about, alone
from kgrec.live.database import Database
from kgrec.live.erasure import Erasures, Expired, Receipt, person_of, purge
from kgrec.live.exposures import DAY, ExposureSettings
from kgrec.models import MODELS
from kgrec.models.path import PathModel
from kgrec.peopled import without_users
from kgrec.remains import Wanted, remains
from kgrec.sources import tables

SAMPLE = 100
"""Users whose recommendations are compared in a proof."""

CLOSE = 1e-5

_LEARNED = (
    "the gates of the model were learned when this user's events were among all others: a few weights an item, "
    "none of the user; kgrec forget --retrain learns them anew"
)
_SOURCE = (
    "what the shop was made from outside of this folder is not kgrec's to change; "
    "if it is read again, it is read without this user"
)


def forget(
    workspace: storage.Workspace,
    user_id: str,
    *,
    reason: str = "",
    retrain: bool = False,
    prove: bool = False,
    progress: Progress | None = None,
) -> Receipt:
    """Forget a user; the receipt. UnknownName if nobody has heard of them, and nothing is changed."""
    with _erasures(workspace) as erasures:
        person = erasures.person(user_id)
        heard_of = any(erasures.rows(user_id).values()) or person in erasures.pending()
        if not heard_of and not _holding(workspace, _Gone(workspace, frozenset([person]))):
            raise UnknownName("user", user_id)
        erasures.begin(user_id, reason)
        return _finished(workspace, erasures, {person: user_id}, (retrain, prove), progress)[0]


def finish(workspace: storage.Workspace, *, progress: Progress | None = None) -> list[Receipt]:
    """Finish what was begun, by somebody who was stopped or who only told the database; the receipts."""
    with _erasures(workspace) as erasures:
        persons: dict[str, str | None] = dict.fromkeys(erasures.pending())
        return _finished(workspace, erasures, persons, (False, False), progress) if persons else []


def expire(workspace: storage.Workspace) -> Expired:
    """Delete what is older than the shop keeps it."""
    file = workspace.folder / "kgrec.toml"
    with _erasures(workspace) as erasures:
        days = ExposureSettings.read(file).days
        done = purge(erasures.database, exposures_before=int(datetime.now(UTC).timestamp()) - days * DAY)
        erasures.scrub()
        return done


@contextmanager
def _erasures(workspace: storage.Workspace) -> Iterator[Erasures]:
    database = Database.of(workspace.folder)
    try:
        yield Erasures(database, workspace.namer.key)
    finally:
        database.close()


@dataclass(frozen=True)
class _Gone:
    """Who is to be gone, by their keyed hash."""

    workspace: storage.Workspace
    persons: frozenset[str]

    def __call__(self, user_id: str) -> bool:
        return person_of(user_id, self.workspace.namer.key) in self.persons


def _finished(
    workspace: storage.Workspace,
    erasures: Erasures,
    persons: dict[str, str | None],
    how: tuple[bool, bool],
    progress: Progress | None,
) -> list[Receipt]:
    """All steps after the first, for some at once; `persons` is hash → id, if that is known."""
    retrain, prove = how
    gone = _Gone(workspace, frozenset(persons))
    _mend_first_tables(workspace)
    erasures.scrub()
    removed = _removed_by_person(workspace, gone, persons)
    for person, what in removed.items():
        erasures.keep(_with(erasures.receipt(person), what))
    model: dict[str, Any] = {}
    if _holding(workspace, gone):
        _purge_first_tables(workspace, gone)
        model = _renewed(workspace, gone, retrain, progress)
        files = _drop_generations(workspace, gone) if (workspace.graphs / "CURRENT").exists() else []
    else:
        files = []
    _sweep(workspace)
    proof = _proof(workspace, erasures, prove) if (workspace.models / "CURRENT").exists() else {}
    receipts = []
    for person, user_id in persons.items():
        found = _searched(workspace, erasures, user_id)
        receipt = erasures.receipt(person)
        receipt |= {
            "graph_version": _version(workspace),
            "model": model or receipt.get("model", {}),
            "files_removed": [*receipt.get("files_removed", []), *files],
            "kept": [_SOURCE] if retrain else [_LEARNED, _SOURCE],
            "search": found,
            **({"others": proof} if proof else {}),
            "complete": not found["found"],
            "finished": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        erasures.keep(receipt)
        receipts.append(receipt)
    return receipts


def _with(receipt: Receipt, what: dict[str, Any]) -> Receipt:
    """The receipt with what was found in tables and graphs, unless an earlier run has found it."""
    removed = receipt.get("removed", {})
    return receipt | {"removed": {**removed, **{k: v for k, v in what.items() if k not in removed}}}


def _removed_by_person(
    workspace: storage.Workspace, gone: _Gone, persons: dict[str, str | None]
) -> dict[str, dict[str, Any]]:
    """What the current tables and graph hold of each, and their ids where they were not known."""
    if not (workspace.graphs / "CURRENT").exists():
        dataset, graph = storage.load_source(workspace), None
    else:
        generation = storage.current(workspace.graphs, "graph", "build")
        dataset, graph = storage.load_tables(workspace), storage.load_graph(generation)
    found: dict[str, dict[str, Any]] = {}
    for row, user_id in enumerate(map(str, dataset.users.ids)):
        if not gone(user_id):
            continue
        person = person_of(user_id, workspace.namer.key)
        persons[person] = user_id
        counts = {
            "users": 1,
            "interactions": int((dataset.interactions.user == row).sum()),
            "reviews": int((dataset.reviews["user_id"] == user_id).sum()) if len(dataset.reviews) else 0,
            "held_out": 0 if dataset.held_out is None else int((dataset.held_out.user == row).sum()),
        }
        found[person] = {"tables": counts}
        if graph is not None and user_id in graph.user_ids:
            entity = int(graph.users[graph.user_ids.row(user_id)])
            edges = int(((graph.head == entity) | (graph.tail == entity)).sum())
            found[person]["graph"] = {"entities": 1, "edges": edges}
    return found


# Where they are


def _places(workspace: storage.Workspace) -> list[FilePath]:
    """All folders of tables, and those of arrays, that a workspace has."""
    found = [workspace.first_tables, *workspace.graphs.glob("gen-*/tables")]
    found += [*workspace.graphs.glob(f"gen-*/{storage.GROWN}"), *workspace.graphs.glob("gen-*/arrays")]
    return [place for place in found if place.is_dir()]


def _holding(workspace: storage.Workspace, gone: _Gone) -> list[FilePath]:
    """Those that hold somebody who is to be gone."""
    _mend_first_tables(workspace)
    return [place for place in _places(workspace) if any(map(gone, _user_ids(place)))]


def _user_ids(place: FilePath) -> list[str]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    name, column = ("user_ids.parquet", "id") if place.name == "arrays" else ("users.parquet", "user_id")
    try:
        with pq.ParquetFile(place / name) as file:
            return [str(user_id) for user_id in file.read(columns=[column])[column].to_pylist()]
    except (OSError, KeyError, pa.ArrowException) as error:
        raise BadBundle(
            f"{place} cannot be read ({error}), so nobody knows whom it holds; delete that generation, or restore it"
        ) from None


# Taking them out


def _purge_first_tables(workspace: storage.Workspace, gone: _Gone) -> None:
    """The tables of `kgrec init` without them, put in the place of the old ones by two renames."""
    place = workspace.first_tables
    if not any(map(gone, _user_ids(place))):
        return
    with alone(workspace.folder, wait=60):
        fresh, old = _beside(place, "new"), _beside(place, "old")
        shutil.rmtree(fresh, ignore_errors=True)
        tables.save(without_users(tables.load(place), gone), fresh)
        place.rename(old)
        fresh.rename(place)
        shutil.rmtree(old)


def _mend_first_tables(workspace: storage.Workspace) -> None:
    """What a killed predecessor left between its renames."""
    place = workspace.first_tables
    fresh, old = _beside(place, "new"), _beside(place, "old")
    if not place.exists() and old.is_dir():
        (fresh if fresh.is_dir() else old).rename(place)
    for left in (fresh, old):
        shutil.rmtree(left, ignore_errors=True)


def _beside(place: FilePath, name: str) -> FilePath:
    return place.with_name(f".{place.name}-{name}")


def _renewed(
    workspace: storage.Workspace, gone: _Gone, retrain: bool, progress: Progress | None
) -> dict[str, Any]:
    """Build the graph without them, and move the model there, or train one like it."""
    if not (workspace.graphs / "CURRENT").exists():
        return {"moved": False}
    before = storage.current(workspace.graphs, "graph", "build")
    old = _model_of(workspace, before)
    if _current_holds(workspace, gone):
        pipeline.build(workspace, progress=progress)
    else:  # somebody was stopped after that
        if workspace.server is not None:
            pipeline.send(workspace, progress=progress)
        if old is not None and not retrain:
            return {}
    old = old or _any_model(workspace)
    if old is None:
        return {"moved": False}
    graph = storage.load_graph(storage.current(workspace.graphs, "graph", "build"))
    told = {"kind": "model", "model": old.model.name, "graph_version": graph.version, "seed": old.seed}
    moves = not retrain and old.moves_to(graph)
    if moves and isinstance(old.model, PathModel):
        fresh: Recommender = old.model.moved(graph)
    else:
        fresh = _trained(old, workspace, graph, progress)
    with storage.new_generation(workspace.models, told) as generation:
        fresh.save(generation)
    return {"moved": moves, "trained": not moves, "name": old.model.name}


@dataclass(frozen=True)
class _Old:
    """A model, the graph that it is of, and what was drawn from to train it."""

    model: Recommender
    graph: KnowledgeGraph
    seed: int

    def moves_to(self, graph: KnowledgeGraph) -> bool:
        """Whether it holds nothing of users, and has learned of all that there is to walk."""
        known = set(self.graph.names(*RelationKind))
        return isinstance(self.model, PathModel) and known >= set(graph.names(*RelationKind))


def _current_holds(workspace: storage.Workspace, gone: _Gone) -> bool:
    now = _current_name(workspace)
    return any(place.parent.name == now for place in _holding(workspace, gone))


def _current_name(workspace: storage.Workspace) -> str:
    return (workspace.graphs / "CURRENT").readlink().name


def _model_of(workspace: storage.Workspace, graph_at: FilePath) -> _Old | None:
    """The current model, if it was made for a graph."""
    if not (workspace.models / "CURRENT").exists():
        return None
    generation = storage.current(workspace.models, "model", "train")
    if about(generation).get("graph_version") != about(graph_at).get("graph_version"):
        return None
    graph = storage.load_graph(graph_at)
    return _Old(storage.load_model(generation, graph), graph, int(about(generation).get("seed", 0)))


def _any_model(workspace: storage.Workspace) -> _Old | None:
    """The current model of a shop whose graph was renewed by somebody who was stopped before the model was."""
    found = (_model_of(workspace, path.parent) for path in workspace.graphs.glob("gen-*/manifest.json"))
    return next((old for old in found if old is not None), None)


def _trained(
    old: _Old, workspace: storage.Workspace, graph: KnowledgeGraph, progress: Progress | None
) -> Recommender:
    """A model of the same kind and settings, that has never heard of them."""
    fresh = MODELS[old.model.name](getattr(old.model, "config", None))
    return fresh.fit(storage.load_tables(workspace), graph, seed=old.seed, progress=progress)


def _drop_generations(workspace: storage.Workspace, gone: _Gone) -> list[str]:
    """Delete the generations that hold them, and the models of graphs that are no more; their names."""
    doomed = {place.parent for place in _holding(workspace, gone) if place != workspace.first_tables}
    with alone(workspace.graphs, wait=60):
        if _current_name(workspace) in {generation.name for generation in doomed}:
            raise NotReady(
                f"{workspace.graphs}/CURRENT was put back to a graph that holds them; run the same again"
            )
        for generation in sorted(doomed):
            _delete(generation)
    return [*(f"graph/{path.name}" for path in sorted(doomed)), *_drop_models(workspace)]


def _drop_models(workspace: storage.Workspace) -> list[str]:
    """Delete the models that fit no graph that there is."""
    if not workspace.models.is_dir():
        return []
    versions = {
        about(path.parent).get("graph_version") for path in workspace.graphs.glob("gen-*/manifest.json")
    }
    dropped = []
    with alone(workspace.models, wait=60):
        for generation in sorted(path.parent for path in workspace.models.glob("gen-*/manifest.json")):
            if about(generation).get("graph_version") not in versions:
                _delete(generation)
                dropped.append(f"models/{generation.name}")
    return dropped


def _sweep(workspace: storage.Workspace) -> None:
    """Delete what others left who were killed while they built or deleted a generation."""
    for parent in (workspace.graphs, workspace.models):
        if parent.is_dir():
            with alone(parent, wait=60):
                for left in parent.glob(".gen-*"):
                    shutil.rmtree(left)


def _delete(generation: FilePath) -> None:
    doomed = generation.with_name(f".{generation.name}-old")
    shutil.rmtree(doomed, ignore_errors=True)
    generation.rename(doomed)
    shutil.rmtree(doomed)


# The proof


def _searched(workspace: storage.Workspace, erasures: Erasures, user_id: str | None) -> dict[str, Any]:
    """What a search of the whole folder for a user finds; once more after the database was written anew, if need be."""
    if user_id is None:
        return {"found": [], "note": "the id was gone already; run kgrec forget SHOP USER to search for it"}
    wanted = Wanted(user_id, workspace.namer.user(user_id))
    found = remains(workspace.folder, wanted)
    if any(FilePath(name).name.startswith("events.sqlite") for name in (*found.places, *found.mentions)):
        erasures.scrub(whole=True)
        found = remains(workspace.folder, wanted)
    return {
        "files": found.files,
        "bytes": found.bytes,
        "stores": found.stores,
        "found": list(found.places),  # values that are the id, or bytes of the IRI
        "mentions": list(found.mentions)
        if wanted.by_bytes
        else "the id is too short to search for its bytes",
    }


def _proof(workspace: storage.Workspace, erasures: Erasures, prove: bool) -> dict[str, Any]:
    """How far recommendations of others are from those of a shop that is built from the tables as they are now."""
    if not prove:
        return {}
    dataset = storage.load_tables(workspace)
    graph_at = storage.current(workspace.graphs, "graph", "build")
    graph = storage.load_graph(graph_at)
    model = storage.load_model(storage.current(workspace.models, "model", "train"), graph)
    if not isinstance(model, PathModel):
        return {"note": f"a model named {model.name!r} was trained anew, so there is nothing to compare"}
    anew, _ = pipeline.corrected_graph(workspace, dataset)
    other = model.moved(anew)
    rows = np.linspace(0, len(graph.users) - 1, min(SAMPLE, len(graph.users))).astype(np.int64)
    one, two = model.score(graph, rows), other.score(anew, rows)
    apart = float(np.max(np.abs(one - two) / np.maximum(np.abs(two), 1e-12), initial=0.0, where=two != 0))
    return {"users": len(rows), "largest_relative_difference": apart, "equal": apart <= CLOSE}


def _version(workspace: storage.Workspace) -> str | None:
    if not (workspace.graphs / "CURRENT").exists():
        return None
    return str(about(storage.current(workspace.graphs, "graph", "build")).get("graph_version"))
