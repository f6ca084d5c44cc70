"""How much age, sex and occupation can tell of a new user at most: MovieLens 100k, 20 % of the users new, NDCG@10.

    python benchmarks/demographics.py FOLDER      where FOLDER holds ml-100k.user.gz and ml-100k.inter.gz

Everything but popularity is chosen on the very users that are tested, so these are bounds, not figures of models. Users
with similar demographics vote for what they rated, by a kernel over exact ages; or every item's share is regressed on
demographics. The popularity that has seen the test users is the best list that is the same for everybody.
"""

from __future__ import annotations

import argparse
import itertools
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]
SEEDS = 5
DISCOUNT = 1 / np.log2(np.arange(10) + 2)


def main() -> None:
    """Mean over seeds of the ratio to popularity; of a family, its best setting."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    users = pd.read_csv(folder / "ml-100k.user.gz", sep="\t").rename(columns=lambda name: name.split(":")[0])
    ratings = pd.read_csv(folder / "ml-100k.inter.gz", sep="\t")
    rated = pd.crosstab(ratings["user_id:token"], ratings["item_id:token"]).clip(upper=1)
    rated = rated.loc[users["user_id"]].to_numpy(float)
    found: dict[tuple[str, str], list[float]] = {}
    for seed in range(SEEDS):
        new = np.random.default_rng(seed).random(len(users)) < 0.2
        truth, known = rated[new], rated[~new]
        popular = known.sum(0)
        floor = ndcg(popular, truth)
        lists = {("popularity that has seen the test users", ""): truth.sum(0)}
        lists |= kernels(users, new, known) | regressions(users, new, known)
        for name, scores in lists.items():
            found.setdefault(name, []).append(ndcg(scores, truth) / floor)
    for family in dict.fromkeys(family for family, _ in found):
        best = max((name for name in found if name[0] == family), key=lambda name: np.mean(found[name]))
        ratio = found[best]
        print(f"{family}: {np.mean(ratio):.3f} × popularity (sd {np.std(ratio, ddof=1):.3f}) {best[1]}")


def kernels(users: pd.DataFrame, new: npt.NDArray[np.bool_], known: Array) -> dict[tuple[str, str], Array]:
    """Votes of known users, weighted by how near they are (new users, items), for several widths."""
    age, sex, work = (users[name].to_numpy() for name in ("age", "gender", "occupation"))
    years = np.abs(age[new][:, None] - age[~new][None])
    other_sex = sex[new][:, None] != sex[~new][None]
    other_work = work[new][:, None] != work[~new][None]
    found = {}
    for width, of_sex, of_work in itertools.product((3, 5, 8, 12, 20), (0.2, 0.4, 0.7), (0.3, 0.5, 1.0)):
        near = np.exp(-((years / width) ** 2) / 2) * of_sex**other_sex * of_work**other_work
        told = f"(age ± {width}, other sex {of_sex}, other occupation {of_work})"
        found["kernel over demographics", told] = near @ known
    return found


def regressions(
    users: pd.DataFrame, new: npt.NDArray[np.bool_], known: Array
) -> dict[tuple[str, str], Array]:
    """Shares of items by ridge regression on decades, sex, occupation and decade × sex (new users, items)."""
    decade = users["age"] // 10
    columns = [decade, users["gender"], users["occupation"], decade.astype(str) + users["gender"]]
    facts = np.hstack([pd.get_dummies(column).to_numpy(float) for column in columns])
    mean = known.mean(0)
    product, target = facts[~new].T @ facts[~new], facts[~new].T @ (known - mean)
    found = {}
    for ridge in (3, 10, 30, 100, 300):
        weights = np.linalg.solve(product + ridge * np.eye(len(product)), target)
        found["ridge regression on demographics", f"(λ = {ridge})"] = facts[new] @ weights + mean
    return found


def ndcg(scores: Array, truth: Array) -> float:
    """NDCG@10, mean over users; one row of scores stands for all."""
    best = np.argsort(-np.broadcast_to(scores, truth.shape), axis=1, kind="stable")[:, :10]
    gain = np.take_along_axis(truth, best, 1) @ DISCOUNT
    ideal = np.cumsum(DISCOUNT)[np.minimum(truth.sum(1), 10).astype(int) - 1]
    return float((gain / ideal).mean())


if __name__ == "__main__":
    main()
