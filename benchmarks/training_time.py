"""How long models train until the round or epoch that ranks best on validation, one after the other in one run.

What each then reaches on the test part is told beside it.

    python benchmarks/training_time.py SHOP [--models path,sasrec] [--protocol leave-one-out] [--seed 0]

SHOP is a workspace. Seconds are those of the clock and, as `cpu`, those that all threads computed, which a busy
machine changes less. The path model is charged for all of `fit`, operators and the rounds after the best one with it;
the others for the epochs up to their best.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from kgrec.evaluation.metrics import means, per_user
from kgrec.evaluation.ranking import rank_all
from kgrec.experiments import Stage, prepare
from kgrec.models import new_model
from kgrec.pipeline import peak_memory
from kgrec.storage import load_tables, open_workspace

CLOCKS = ("seconds", "cpu")


def main() -> None:
    """One split and one graph, then a JSON line for each model."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--models", default="path,sasrec", help="the first is what the others are divided by")
    parser.add_argument("--protocol", default="leave-one-out")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    stage = prepare(load_tables(open_workspace(asked.shop)), asked.protocol, asked.seed)
    first: dict[str, Any] = {}
    for name in asked.models.split(","):
        found = timed(stage, name, asked.seed)
        first = first or found
        times = {f"{clock}_times_the_first": round(found[clock] / first[clock], 1) for clock in CLOCKS}
        print(json.dumps(found | times), flush=True)


def now() -> dict[str, float]:
    """What each clock says."""
    return {"seconds": time.perf_counter(), "cpu": time.process_time()}


def since(began: dict[str, float]) -> dict[str, float]:
    """What has passed by each clock."""
    return {clock: round(value - began[clock], 1) for clock, value in now().items()}


def timed(stage: Stage, name: str, seed: int) -> dict[str, Any]:
    """Fit one model; when each epoch ended is taken from what it tells while it learns."""
    model = new_model(name)
    ended: dict[int, dict[str, float]] = {}
    began = now()

    def progress(part: str, done: int, total: int, told: str) -> None:
        if part == "training":
            ended[done] = since(began)
            print(f"{name} {done}/{total} {ended[done]['cpu']:.0f} s {told}", file=sys.stderr, flush=True)

    model.fit(stage.known, stage.graph, seed=seed, validation=stage.split.validation, progress=progress)
    whole = since(began)
    ndcg = [figures["ndcg@10"] for figures in model.history]
    best = ndcg.index(max(ndcg))
    until_best = whole if name == "path" else ended[best + 1]
    split = stage.split
    ranking = rank_all(
        model, stage.graph_when_tested, split.history, split.test, seed=seed, candidates=split.candidates
    )
    tested = means(per_user(ranking))
    return {
        "model": name,
        **until_best,
        "seconds_of_fit": whole["seconds"],
        "best_epoch": best + 1,
        "epochs": len(ndcg),
        "validation_ndcg@10": round(ndcg[best], 4),
        "peak_memory_mb": peak_memory(),
        "test": {figure: round(tested[figure], 4) for figure in ("hr@10", "ndcg@10")},
    }


if __name__ == "__main__":
    main()
