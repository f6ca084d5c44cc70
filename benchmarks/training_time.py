"""How long models train until the round or epoch that ranks best on validation, one after the other in one run.

    python benchmarks/training_time.py SHOP [--models path,sasrec] [--protocol leave-one-out] [--seed 0]

SHOP is a workspace. The path model is charged for all of `fit`, operators and the rounds after the best one with it;
the others for the epochs up to their best.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from kgrec.experiments import Stage, prepare
from kgrec.models import new_model
from kgrec.storage import load_tables, open_workspace


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
    first = None
    for name in asked.models.split(","):
        found = timed(stage, name, asked.seed)
        first = first or found["seconds"]
        print(json.dumps(found | {"times_the_first": round(found["seconds"] / first, 1)}), flush=True)


def timed(stage: Stage, name: str, seed: int) -> dict[str, Any]:
    """Fit one model; when each epoch ended is taken from what it tells while it learns."""
    model = new_model(name)
    ended: dict[int, float] = {}
    began = time.perf_counter()

    def progress(part: str, done: int, total: int, told: str) -> None:
        if part == "training":
            ended[done] = time.perf_counter() - began
            print(f"{name} {done}/{total} {ended[done]:.0f} s {told}", file=sys.stderr, flush=True)

    model.fit(stage.known, stage.graph, seed=seed, validation=stage.split.validation, progress=progress)
    whole = time.perf_counter() - began
    ndcg = [figures["ndcg@10"] for figures in model.history]
    best = ndcg.index(max(ndcg))
    seconds = whole if name == "path" else ended[best + 1]
    return {
        "model": name,
        "seconds": round(seconds, 1),
        "seconds_of_fit": round(whole, 1),
        "best_epoch": best + 1,
        "epochs": len(ndcg),
        "validation_ndcg@10": round(ndcg[best], 4),
    }


if __name__ == "__main__":
    main()
