"""The models of a workspace: what each was made from and how well it did, two of them compared, one made current."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec import rollback
from kgrec.domain import IntArray, ObjectArray
from kgrec.errors import BadBundle, UnknownName
from kgrec.generations import about
from kgrec.guide import Guide
from kgrec.insight.changes import stacked
from kgrec.insight.overview import Training, training
from kgrec.insight.sample import drawn
from kgrec.insight.survey import FIRST, covered
from kgrec.live.database import Database
from kgrec.live.erasure import Erasures
from kgrec.live.experiments import Experiment
from kgrec.live.outcomes import Share
from kgrec.live.people import People
from kgrec.parts import parts_with
from kgrec.storage import Workspace

COMPARED = 200
"""Users whose lists by two models are laid beside each other."""


@dataclass(frozen=True)
class ModelGeneration:
    """One of the models that are kept."""

    name: str  # "gen-0002"
    model: str  # "path"
    made: float  # Unix seconds
    size: int  # bytes
    seed: int | None
    graph_version: str
    graph: str | None  # the generation of that graph; None if it is not kept any more
    training: Training
    current: bool
    arms: tuple[str, ...]  # of the experiment, that answer with it whatever is current
    trouble: str = ""  # why it cannot be read


@dataclass(frozen=True)
class ModelsCompared:
    """Two models, each on the graph it was trained on, and the lists that both give the same users."""

    one: ModelGeneration
    other: ModelGeneration
    k: int
    users: int
    of_users: int  # whom both know
    lists: Share  # that hold other items
    places: Share  # of the lists of the second, held by items that are not in that user's list of the first
    coverage: tuple[Share, Share]  # of the items of each: those in anybody's list


def generations(workspace: Workspace) -> list[ModelGeneration]:
    """The models that are kept, latest first."""
    arms = _arms(workspace)
    pointer = workspace.models / "CURRENT"
    now = pointer.resolve().name if pointer.exists() else ""
    found = sorted((path.parent for path in workspace.models.glob("gen-*/manifest.json")), reverse=True)
    return [_generation(workspace, folder, now, tuple(arms.get(folder.name, ()))) for folder in found]


def compare(
    workspace: Workspace, one: str, other: str, *, k: int = FIRST, most: int = COMPARED, seed: int = 0
) -> ModelsCompared:
    """Two models by name: figures side by side, and how far their lists differ for a sample of users whom both know.

    Neither the shop's rules nor users' wishes are in these lists; who does not allow recommendations is left out.
    """
    listed = {generation.name: generation for generation in generations(workspace)}
    for name in (one, other):
        if name not in listed:
            raise UnknownName("generation of the models", name, listed)
    guides = [_guide(workspace, name) for name in (one, other)]
    ids = _users(workspace, guides)
    sampled = [str(ids[row]) for row in drawn(np.arange(len(ids)), most, seed)]
    lists = [_lists(guide, sampled, k) for guide in guides]
    # By ids, as rows of two graphs are not the same.
    pairs = [(set(first), set(second)) for first, second in zip(*(ids for ids, _ in lists), strict=True)]
    fresh = sum(len(second - first) for first, second in pairs)
    return ModelsCompared(
        one=listed[one],
        other=listed[other],
        k=k,
        users=len(sampled),
        of_users=len(ids),
        lists=Share(sum(first != second for first, second in pairs), len(pairs)),
        places=Share(fresh, sum(len(second) for _, second in pairs)),
        coverage=(_covered(guides[0], lists[0][1]), _covered(guides[1], lists[1][1])),
    )


def use(workspace: Workspace, name: str) -> dict[str, Any]:
    """Make a kept model current, and the graph it was trained on; servers take it over."""
    return rollback.use_model(workspace, name)


def _generation(workspace: Workspace, folder: FilePath, now: str, arms: tuple[str, ...]) -> ModelGeneration:
    known: Mapping[str, Any] = {}
    graph, trouble, rounds = None, "", training(())
    try:
        known, graph = about(folder), rollback.graph_of(workspace, folder)
        rounds = training(_history(folder))
    except BadBundle as error:
        trouble = str(error)
    seed = known.get("seed")
    return ModelGeneration(
        name=folder.name,
        model=str(known.get("model", "")),
        made=(folder / "manifest.json").stat().st_mtime,
        size=sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()),
        seed=seed if isinstance(seed, int) else None,
        graph_version=str(known.get("graph_version", "")),
        graph=None if graph is None else graph.name,
        training=rounds,
        current=folder.name == now,
        arms=arms,
        trouble=trouble,
    )


def _history(folder: FilePath) -> list[dict[str, float]]:
    """The rounds of its training, where the model wrote them down."""
    file = folder / "model.json"
    if not file.is_file():
        return []
    try:
        told = json.loads(file.read_text(encoding="utf-8")).get("history", [])
        return [{str(name): float(value) for name, value in one.items()} for one in told]
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        raise BadBundle(f"{file} cannot be read ({error}); train it again") from None


def _arms(workspace: Workspace) -> dict[str, list[str]]:
    """Generation → the arms of the experiment that name it."""
    experiment = Experiment.read(workspace.folder / "kgrec.toml", workspace.namer.key)
    arms: dict[str, list[str]] = {}
    for arm in () if experiment is None else experiment.arms:
        if arm.model is not None:
            arms.setdefault(arm.model, []).append(arm.name)
    return arms


def _guide(workspace: Workspace, name: str) -> Guide:
    stock = parts_with(name)(workspace).stock
    return Guide(stock.dataset, stock.graph, stock.model, name=workspace.name)


def _users(workspace: Workspace, guides: list[Guide]) -> list[str]:
    """The users whom both know, who allow recommendations and were not forgotten."""
    database = Database.of(workspace.folder)
    try:
        both = [
            user_id for user_id in map(str, guides[0].dataset.users.ids) if user_id in guides[1].dataset.users
        ]
        forgotten = Erasures(database, workspace.namer.key).known()
        return [
            user_id for user_id in People(database).consenting("recommend", both) if not forgotten(user_id)
        ]
    finally:
        database.close()


def _lists(guide: Guide, user_ids: list[str], k: int) -> tuple[list[list[str]], IntArray]:
    """The list of each of some users, in ids and in rows (B, k)."""
    ids: ObjectArray = guide.dataset.items.ids
    rows = [guide.asker(user_id).best(k) for user_id in user_ids]
    return [[str(ids[row]) for row in listed] for listed in rows], stacked(rows, k)


def _covered(guide: Guide, lists: IntArray) -> Share:
    return covered(lists, guide.item_count(), np.zeros(0, np.int64))
