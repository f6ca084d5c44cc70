"""The baselines on real data beside figures that others have published or that other libraries give.

python benchmarks/baselines.py DATA      where DATA holds amazon-beauty and amazon-book
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kgrec import experiments, sources
from kgrec.evaluation.splits import known_part
from kgrec.graph.vocabulary import Namer
from kgrec.pipeline import knowledge_graph, peak_memory


@dataclass(frozen=True)
class Row:
    """A model on a data set and, where there is one, what its figures are to be."""

    model: str
    settings: Mapping[str, object] = field(default_factory=dict)
    reference: Mapping[str, float] = field(default_factory=dict)
    whose: str = ""


PLAIN = {"neighbours": 100, "shrinkage": 0, "damping": 0}
EVERY = [Row(name) for name in ("popularity", "item-knn", "user-knn", "rp3beta", "ease", "als")]
CONTENT = [Row("content-attributes"), Row("content-text")]
PGPR = [
    Row("item-knn", PLAIN, {"ndcg@10": 0.0538, "hr@10": 0.127}, "CosineRecommender of implicit, K = 100"),
    Row("als", {}, {"ndcg@10": 0.0400, "hr@10": 0.107}, "implicit, 64 factors"),
]
LAST = [Row(name, {"decay": 0.6}) for name in ("item-knn", "content-attributes", "content-text")]
# The reference keeps the nearest of what was chosen, we those of what is recommended, which ranks a little better.
WHOLE = [
    Row(
        "item-knn",
        {**PLAIN, "decay": 0.6},
        {"ndcg@10": 0.0444, "hr@10": 0.0736},
        "cosine, recency decay, neighbours from train and validation",
    )
]
BOOK = [
    Row(
        "item-knn",
        {"neighbours": 20, "damping": 0.25},
        {"ndcg@20": 0.0972, "recall@20": 0.1644},
        "item neighbours beside KUCNet",
    ),
    Row("rp3beta", {"neighbours": 100}, {"ndcg@20": 0.0979, "recall@20": 0.1683}, "RP3beta, exploratory"),
]


def main() -> None:
    """Print a line for every model on every data set."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    for name in ("amazon-beauty", "amazon-book"):
        if not (data / name).is_dir():
            sys.exit(f"{data / name} is not there; say where the data lies")
    beauty = data / "amazon-beauty"
    catalogue = beauty / "catalogue.tsv.gz"
    sequences = sources.read("s3rec", beauty / "sequences", catalogue)
    stage = experiments.prepare(sequences, "leave-one-out")
    report("Amazon Beauty, leave-one-out", stage, [*EVERY, *CONTENT, *LAST])
    split = stage.split
    split = replace(split, train=split.history, later=split.later.select(np.zeros(0, np.int64)))
    known = known_part(sequences, split.train)
    whole = replace(stage, split=split, known=known, graph=knowledge_graph(known, Namer()))
    report("Amazon Beauty, leave-one-out, validation part known when fitting", whole, WHOLE)
    paths = sources.read("pgpr", beauty / "paths", catalogue)
    report("Amazon Beauty, PGPR split", experiments.prepare(paths, "given-split"), [*PGPR, *EVERY, *CONTENT])
    book = experiments.prepare(sources.read("kgat", data / "amazon-book"), "given-split")
    report("Amazon Book, KGAT split", book, BOOK)


def report(title: str, stage: experiments.Stage, rows: list[Row]) -> None:
    """Fit and rank each model on one stage."""
    print(f"\n{title}: {len(np.unique(stage.split.test.user)):,} test users", flush=True)
    for row in rows:
        found = experiments.run(stage, row.model, settings=row.settings)
        figures = {name: found.metrics[name] for name in ("hr@10", "ndcg@10", "recall@20", "ndcg@20")}
        told = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
        called = f"{row.model} {' '.join(f'{name}={value}' for name, value in row.settings.items())}"
        seconds = sum(found.seconds.values())
        print(f"{called:58s} {told}  {seconds:5.1f} s, peak {peak_memory()} MB", flush=True)
        for name, value in row.reference.items():
            off = figures[name] / value - 1
            verdict = "" if abs(off) <= 0.05 else ", MORE THAN 5 % AWAY"
            print(f"    {name} is {off:+.1%} of {value:.4f} ({row.whose}){verdict}", flush=True)


if __name__ == "__main__":
    main()
