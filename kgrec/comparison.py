"""Models side by side under one protocol: one split and one graph → means, intervals, differences, table and plot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec.domain import Dataset, Progress
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation import report, significance
from kgrec.evaluation.metrics import METRICS
from kgrec.experiments import Run, Say, Stage, ablations, prepare, rounded, run
from kgrec.models import new_model
from kgrec.pipeline import peak_memory
from kgrec.resources import check_plotting

TABLE = ("ndcg@10", "hr@10", "recall@20", "mrr@10")
"""The columns of the table."""


@dataclass(frozen=True)
class Comparison:
    """Models side by side. `settings` is by model; `against` None means the best of them.

    `ablate` names relations or groups of them; every model is run once more without each, and None means the first
    model with all of them.
    """

    protocol: str
    models: Sequence[str]
    seed: int = 0
    metric: str = "ndcg@10"
    against: str | None = None
    settings: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    without: Sequence[str] = ()
    ablate: Sequence[str] = ()
    out: FilePath | None = None


def compare(
    dataset: Dataset, wanted: Comparison, *, say: Say | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Every model on one split and one graph: means with intervals, differences with corrected p-values.

    With `out`, a folder gets table.md, plot.png and per_user.csv.gz.
    """
    _check(wanted)
    if wanted.out is not None:
        check_plotting()
        try:
            wanted.out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise BadInput(
                f"--out: {wanted.out} cannot be made ({error.strerror}); name another folder"
            ) from None
    stage = prepare(dataset, wanted.protocol, wanted.seed, wanted.without, say=say, progress=progress)
    stages = {"": stage}
    for name, graph in ablations(stage.graph, wanted.ablate).items():
        stages[f" −{name}"] = replace(stage, graph=graph, removed=[*stage.removed, name])
    runs: dict[str, Run] = {}
    for less, where in stages.items():
        for name in wanted.models:
            if say:
                say(f"model {name}{less}")
            settings = wanted.settings.get(name)
            runs[name + less] = run(where, name, settings=settings, seed=wanted.seed, progress=progress)
    found = _compared(wanted, stage, runs)
    if wanted.out is not None:
        ids = dataset.users.ids[next(iter(runs.values())).ranking.users]
        report.write_users(
            {name: run.values for name, run in runs.items()}, ids, wanted.out / "per_user.csv.gz"
        )
        (wanted.out / "table.md").write_text(report.table(found, TABLE), encoding="utf-8")
        report.draw(found, wanted.out / "plot.png")
    return found


def _check(wanted: Comparison) -> None:
    """Everything that can be said before anything is trained."""
    if wanted.metric not in METRICS:
        raise UnknownName("metric", wanted.metric, METRICS)
    if not wanted.models:
        raise BadInput("--models names no model; give two or more, as in path,popularity")
    twice = {name for name in wanted.models if list(wanted.models).count(name) > 1}
    if twice:
        raise BadInput(f"--models names {', '.join(sorted(twice))} twice; a model is compared with others")
    for name in [*wanted.models, *wanted.settings]:
        new_model(name, wanted.settings.get(name))
    for name in [*wanted.settings, *([wanted.against] if wanted.against else [])]:
        if name not in wanted.models:
            raise UnknownName("model among those compared", name, wanted.models)


def _compared(wanted: Comparison, stage: Stage, runs: Mapping[str, Run]) -> dict[str, Any]:
    ranked = sorted(runs, key=lambda name: -runs[name].metrics[wanted.metric])
    names = list(runs[ranked[0]].values)
    table = np.concatenate(
        [np.stack([runs[m].values[name] for name in names], axis=1) for m in ranked], axis=1
    )
    low, high = significance.intervals(table, wanted.seed).reshape(2, len(ranked), len(names))
    reference = wanted.against or (wanted.models[0] if wanted.ablate else ranked[0])
    p_values = significance.against({m: runs[m].values[wanted.metric] for m in ranked}, reference)
    rows = [
        {
            "model": model,
            "metrics": runs[model].metrics,
            "intervals": {
                name: [float(low[at, place]), float(high[at, place])] for place, name in enumerate(names)
            },
            "p_value": p_values.get(model),
            "beyond": runs[model].beyond,
            "seconds": rounded(runs[model].seconds),
        }
        for at, model in enumerate(ranked)
    ]
    return {
        "protocol": wanted.protocol,
        "seed": wanted.seed,
        "selection": "validation",
        "n_users": len(table),
        "n_candidates": stage.n_candidates,
        "metric": wanted.metric,
        "against": reference,
        "leaks": stage.leaks,
        "removed": list(wanted.without),
        "models": rows,
        "seconds": rounded({"build": stage.seconds}),
        "peak_memory_mb": peak_memory(),
    }
