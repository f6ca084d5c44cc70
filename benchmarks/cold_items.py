"""How much better than text alone any fixed mixture of content walks finds cold items, at most.

    python benchmarks/cold_items.py SHOP [--seed 0]

SHOP is a workspace; the split is that of `kgrec evaluate --protocol cold-items`. Five operators lead to cold items:
text alike, shared attributes, and both after a step to what is bought by the same people or next. Mixtures are
chosen on the very users that are tested, so the best of them is a bound, not the figure of a model. Prints HR@10 of
each operator and of the best mixture.
"""

from __future__ import annotations

import argparse
import itertools
import json
from pathlib import Path

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgrec.experiments import Stage, prepare
from kgrec.models.choices import choices
from kgrec.models.path.metapath import ANY_ATTRIBUTE
from kgrec.models.path.operators import OperatorConfig, relation_matrices
from kgrec.models.sparse import normalized
from kgrec.storage import load_tables, open_workspace

Array = npt.NDArray[np.float64]
WEIGHTS = (0.0, 0.1, 0.3, 1.0)


def main() -> None:
    """Operators one by one, then all mixtures with the first at weight 1."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    stage = prepare(load_tables(open_workspace(asked.shop)), "cold-items", asked.seed)
    scores, truth = by_operator(stage)
    alone = {name: hit_rate(score, truth) for name, score in scores.items()}
    mixtures = itertools.product((1.0,), *[WEIGHTS] * (len(scores) - 1))
    found = {weights: hit_rate(mixed(scores, weights), truth) for weights in mixtures}
    best = max(found, key=lambda weights: found[weights])
    print(
        json.dumps(
            {"alone": alone, "best_mixture": dict(zip(scores, best, strict=True)), "hr@10": found[best]},
            indent=1,
        )
    )


def by_operator(stage: Stage) -> tuple[dict[str, Array], npt.NDArray[np.bool_]]:
    """What each operator adds to the cold items of every test user, and which of them were chosen (users, items)."""
    graph, split = stage.graph_when_tested, stage.split
    assert split.candidates is not None
    cold, users = np.sort(split.candidates), np.unique(split.test.user)
    matrices = relation_matrices(stage.graph, OperatorConfig())
    text = matrices.between_items["similar_text"].tocsc()[:, cold]
    alike = matrices.shared[ANY_ATTRIBUTE].tocsc()[:, cold]
    together = normalized(matrices.between_items["shares_buyers"], 1.0, 0.0)
    following = normalized(matrices.between_items["followed_by"], 1.0, 0.0)
    profiles = choices(graph).profiles(users)
    walks = {
        "text": profiles @ text,
        "attributes": profiles @ alike,
        "same buyers, text": profiles @ together @ text,
        "next, text": profiles @ following @ text,
        "same buyers, attributes": profiles @ together @ alike,
    }
    scores = {name: walk.toarray().astype(float) for name, walk in walks.items()}
    size = (len(graph.users), len(graph.items))
    tested = sp.csr_array((np.ones(len(split.test)), (split.test.user, split.test.item)), shape=size)
    return {name: score / score.mean() for name, score in scores.items()}, tested[users][
        :, cold
    ].toarray() > 0


def mixed(scores: dict[str, Array], weights: tuple[float, ...]) -> Array:
    """The weighted sum."""
    total = np.zeros_like(next(iter(scores.values())))
    for score, weight in zip(scores.values(), weights, strict=True):
        if weight:
            total += weight * score
    return total


def hit_rate(scores: Array, truth: npt.NDArray[np.bool_], k: int = 10) -> float:
    """The share of users with a chosen item among their k best; equal scores in no particular order."""
    top = np.argpartition(-scores, k, axis=1)[:, :k]
    return round(float(np.take_along_axis(truth, top, 1).any(axis=1).mean()), 4)


if __name__ == "__main__":
    main()
