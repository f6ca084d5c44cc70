"""Models side by side under one protocol: one split and one graph → means, intervals, differences, table and plot.

With a folder to write to, the figures of each run are kept there as soon as it is done, so that a comparison that was
stopped goes on where it was.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath
from typing import Any

import numpy as np

from kgrec import __version__
from kgrec.domain import Dataset, IntArray, Progress
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation import report, significance
from kgrec.evaluation.metrics import METRICS, Values
from kgrec.experiments import Say, Stage, ablations, prepare, rounded, run
from kgrec.folders import new_file, new_text
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


@dataclass(frozen=True, eq=False)
class Figures:
    """What a comparison needs of a run."""

    users: IntArray  # (n,) rows of the test users
    values: Mapping[str, Values]  # figure → of every test user (n,)
    metrics: Mapping[str, float]
    beyond: Mapping[str, float | None]
    seconds: Mapping[str, float]


def compare(
    dataset: Dataset, wanted: Comparison, *, say: Say | None = None, progress: Progress | None = None
) -> dict[str, Any]:
    """Every model on one split and one graph: means with intervals, differences with corrected p-values.

    With `out`, a folder gets table.md, plot.png and per_user.csv.gz, and runs/ with what is done so far.
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
    runs: dict[str, Figures] = {}
    for less, where in stages.items():
        for name in wanted.models:
            if say:
                say(f"model {name}{less}")
            runs[name + less] = _figures(wanted, where, name, progress)
    found = _compared(wanted, stage, runs)
    if wanted.out is not None:
        ids = dataset.users.ids[next(iter(runs.values())).users]
        values = {name: run.values for name, run in runs.items()}
        with new_file(wanted.out / "per_user.csv.gz") as users, new_file(wanted.out / "plot.png") as plot:
            report.write_users(values, ids, users)
            report.draw(found, plot)
        new_text(wanted.out / "table.md", report.table(found, TABLE))
    return found


def _figures(wanted: Comparison, stage: Stage, model: str, progress: Progress | None) -> Figures:
    """The figures of a run, from the folder of the comparison if they are there."""
    settings = wanted.settings.get(model, {})
    file = None if wanted.out is None else _file(wanted, stage, model, settings)
    kept = None if file is None else _kept(file)
    if kept is not None:
        return kept
    done = run(stage, model, settings=settings, seed=wanted.seed, progress=progress)
    figures = Figures(done.ranking.users, done.values, done.metrics, done.beyond, done.seconds)
    if file is not None:
        _keep(figures, file)
    return figures


def _file(wanted: Comparison, stage: Stage, model: str, settings: Mapping[str, object]) -> FilePath:
    """Where the figures of a run are kept: its name tells all that they depend on."""
    assert wanted.out is not None
    told = [__version__, stage.graph.version, stage.split.version, wanted.protocol, wanted.seed, model]
    how = [sorted(settings.items()), list(stage.removed)]
    digest = hashlib.sha256(json.dumps([*told, *how], default=str).encode()).hexdigest()
    return wanted.out / "runs" / f"{model}-{digest[:16]}.npz"


def _kept(file: FilePath) -> Figures | None:
    if not file.exists():
        return None
    try:
        with np.load(file, allow_pickle=False) as arrays:
            about = json.loads(str(arrays["about"]))
            values = {
                name.removeprefix("of "): arrays[name] for name in arrays.files if name.startswith("of ")
            }
            return Figures(arrays["users"], values, about["metrics"], about["beyond"], about["seconds"])
    except (OSError, ValueError, KeyError) as error:
        raise BadInput(f"--out: {file} cannot be read ({error}); take it away and compare again") from None


def _keep(figures: Figures, file: FilePath) -> None:
    file.parent.mkdir(exist_ok=True)
    about = {"metrics": figures.metrics, "beyond": figures.beyond, "seconds": figures.seconds}
    arrays: dict[str, Any] = {f"of {name}": column for name, column in figures.values.items()}
    with new_file(file) as out:
        np.savez_compressed(out, users=figures.users, about=np.array(json.dumps(about)), **arrays)


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


def _compared(wanted: Comparison, stage: Stage, runs: Mapping[str, Figures]) -> dict[str, Any]:
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
