"""A trained model on the test part of a protocol → how far its reasons can be trusted."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec import experiments
from kgrec.domain import Accountable, Dataset, IntArray, KnowledgeGraph, Progress, Recommender
from kgrec.errors import BadInput
from kgrec.evaluation.faithfulness_report import draw, table
from kgrec.experiments import Evaluation, Say, Stage
from kgrec.explanations import causes, evidence, quality
from kgrec.explanations.compared import Effort, compare, described
from kgrec.explanations.lists import Listed, askers, drawn_users, listed
from kgrec.models import new_model
from kgrec.resources import check_plotting

Again = Callable[[int], Recommender]
"""Fits the same model once more, with another seed."""


@dataclass(frozen=True)
class Suite:
    """What is measured of a model's reasons, and how thoroughly."""

    users: int = 200  # of the test users, drawn by the seed
    seeds_compared: int = 2  # models of other seeds are trained for it; 1: none
    gnn_users: int = 20  # the first of those for whom GNNExplainer is asked
    gnn_epochs: int = 200
    draws: int = 10  # of every random control
    ground_truth: FilePath | None = None  # a table of planted causes
    out: FilePath | None = None  # a folder for explanations.md and explanations.png


def evaluate(
    dataset: Dataset,
    wanted: Evaluation,
    suite: Suite,
    *,
    say: Say | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """The figures of a model under a protocol, and under "explanations" those of its reasons."""
    check(suite, new_model(wanted.model, wanted.settings), wanted.protocol)

    def look(stage: Stage, model: Recommender) -> dict[str, Any]:
        def again(seed: int) -> Recommender:
            other = new_model(wanted.model, wanted.settings)
            return other.fit(
                stage.known, stage.graph, seed=seed, validation=stage.split.validation, progress=progress
            )

        return examine(stage, model, suite, seed=wanted.seed, again=again, progress=progress)

    return experiments.evaluate(dataset, wanted, say=say, progress=progress, look=look)


def check(suite: Suite, model: Recommender, protocol: str) -> None:
    """BadInput for what cannot be measured: better before a model is trained than after."""
    if not model.exact:
        raise BadInput(
            f"--explanations: {model.name} cannot give reasons, no paths add up to its scores; "
            "take a model that can, such as path or item-knn"
        )
    if not isinstance(model, Accountable):
        raise BadInput(
            f"--explanations: {model.name} has no terms to delete; take path, item-knn or content-attributes"
        )
    if suite.ground_truth is not None:
        if not suite.ground_truth.is_file():
            raise BadInput(f"--ground-truth: {suite.ground_truth} is no file; name a table of planted causes")
        if protocol != "leave-one-out":
            raise BadInput(
                f"--ground-truth names the causes of last choices; {protocol} tests others, take leave-one-out"
            )
    if suite.out is not None:
        check_plotting()
        suite.out.mkdir(parents=True, exist_ok=True)


def examine(
    stage: Stage,
    model: Recommender,
    suite: Suite,
    *,
    seed: int,
    again: Again,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """All figures of a trained model's reasons, as JSON."""
    show = progress or (lambda *_: None)
    users = drawn_users(stage, suite.users, seed)
    lists = _lists(stage, model, users, show)
    effort = Effort(suite.draws, suite.gnn_users, suite.gnn_epochs, seed)
    popularity = _popularity(stage.graph)
    compared = compare(lists, popularity, effort, lambda done, n: show("explainers", done, n, ""))
    result: dict[str, Any] = {
        "users": len(users),
        "items": sum(len(one.item_rows) for one in lists),
        "completeness_error": quality.completeness(lists) | compared.against_network(),
        "validity": quality.validity(lists, stage.graph_when_tested),
        "coverage": quality.coverage(lists),
        "seconds_per_reasons": round(float(np.mean([one.seconds for one in lists])), 6),
        **described(compared, seed),
    }
    show("evidence", 0, 3, "")
    result["evidence"] = evidence.deleted(lists, suite.draws, seed)
    show("evidence", 1, 3, "")
    result["pn_ps"] = evidence.necessity(lists, seed)
    result["counterfactual"] = evidence.counterfactuals(lists, seed)
    show("evidence", 2, 3, "")
    result["quality"] = quality.qualities(lists, stage.graph_when_tested, seed)
    show("evidence", 3, 3, "")
    result["stability"] = {
        f"seed_{other}": quality.stability(lists, _lists(stage, again(other), users, show), seed)
        for other in range(seed + 1, seed + suite.seeds_compared)
    }
    if suite.ground_truth is not None:
        result["planted"] = causes.agreement(
            stage, model, suite.ground_truth, lambda done, n: show("causes", done, n, "")
        )
    if suite.out is not None:
        (suite.out / "explanations.md").write_text(table(result), encoding="utf-8")
        draw(result, suite.out / "explanations.png")
    return result


def _lists(stage: Stage, model: Recommender, users: IntArray, show: Progress) -> list[Listed]:
    found = []
    for asker in askers(stage, model, users):
        found.append(listed(asker))
        show("reasons", len(found), len(users), "")
    return found


def _popularity(graph: KnowledgeGraph) -> IntArray:
    """The number of edges of every entity (V,)."""
    n = len(graph.iris)
    return np.bincount(graph.head, minlength=n) + np.bincount(graph.tail, minlength=n)


__all__ = ["Suite", "check", "evaluate", "examine"]
