"""A ranking → the figures of every test user, their means, and what lists are like beyond accuracy.

k is a depth; R is the number of a user's test items; ranks count from 0, as in `kgrec.evaluation.ranking.Ranking`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from kgrec.domain import (
    IntArray,
    Interactions,
    KnowledgeGraph,
    RatingPredictor,
    Recommender,
    RelationKind,
)
from kgrec.evaluation.ranking import LONGEST, Ranking
from kgrec.evaluation.splits import choices

DEPTHS = (5, 10, LONGEST)
Values = npt.NDArray[np.float64]
METRICS = tuple(f"{name}@{k}" for k in DEPTHS for name in ("hr", "recall", "precision", "ndcg", "mrr", "map"))


def per_user(ranking: Ranking) -> dict[str, Values]:
    """HR, recall, precision, NDCG, MRR and MAP at every depth, for each test user (n,).

    NDCG has the standard ideal: all of a user's test items first (Järvelin and Kekäläinen, 2002). MAP@k is the mean
    of the precision at each hit, over min(k, R). Precision@k divides by k, however short the list.
    """
    order = np.lexsort((ranking.rank, ranking.user))
    user, rank = ranking.user[order], ranking.rank[order]
    first = np.unique(user, return_index=True)[1]
    count = np.diff(np.append(first, len(user)))
    nth = np.arange(len(user)) - np.repeat(first, count) + 1  # among the user's own, best first
    ideal = np.concatenate([[0.0], np.cumsum(1 / np.log2(np.arange(max(DEPTHS)) + 2))])
    found: dict[str, Values] = {}
    for k in DEPTHS:
        hit = rank < k
        hits = np.add.reduceat(hit, first, dtype=float)
        found[f"hr@{k}"] = (hits > 0).astype(float)
        found[f"recall@{k}"] = hits / count
        found[f"precision@{k}"] = hits / k
        found[f"ndcg@{k}"] = np.add.reduceat(hit / np.log2(rank + 2), first) / ideal[np.minimum(count, k)]
        found[f"mrr@{k}"] = np.where(hit, 1 / (rank + 1), 0.0)[first]
        found[f"map@{k}"] = np.add.reduceat(hit * nth / (rank + 1), first) / np.minimum(count, k)
    return found


def means(values: Mapping[str, Values]) -> dict[str, float]:
    """The mean over test users of every figure."""
    return {name: float(value.mean()) for name, value in values.items()}


def beyond(
    ranking: Ranking, graph: KnowledgeGraph, train: Interactions, candidates: IntArray | None = None
) -> dict[str, float | None]:
    """What the lists are like besides accurate, at every depth; None where there is nothing to compare with.

    coverage        share of the candidates that is recommended to somebody
    gini            of how often each candidate is recommended: 0 all alike, 1 one item only
    novelty         mean −log₂ of the share of train users who chose the item (Vargas and Castells, 2011);
                    an item that nobody chose counts as chosen once
    diversity       mean over users of 1 − the mean cosine between the attribute sets of two items of a list
                    (Ziegler et al., 2005); None in a graph without attributes
    popularity_lift mean popularity of recommended items over that of what the same users chose (Abdollahpouri
                    et al., 2019): 1 is as popular as their own choices; None if nobody has a history
    """
    n_items = len(graph.items)
    pool = np.arange(n_items) if candidates is None else candidates
    chosen = choices(train)
    pairs = np.unique(train.user[chosen] * n_items + train.item[chosen])
    popularity = np.bincount(pairs % n_items, minlength=n_items)
    rarity = -np.log2(np.maximum(popularity, 1) / max(1, len(np.unique(pairs // n_items))))
    attributes = _attributes(graph)
    own = _mean_per_user(popularity[pairs % n_items], pairs // n_items, len(graph.users))[ranking.users]
    found: dict[str, float | None] = {}
    for k in DEPTHS:
        lists = ranking.best[:, :k]
        place, item = np.nonzero(lists >= 0)[0], lists[lists >= 0]
        times = np.bincount(item, minlength=n_items)[pool]
        found[f"coverage@{k}"] = float((times > 0).mean())
        found[f"gini@{k}"] = gini(times)
        found[f"novelty@{k}"] = float(rarity[item].mean()) if len(item) else None
        found[f"diversity@{k}"] = None if attributes is None else _diversity(place, item, attributes)
        shown = _mean_per_user(popularity[item], place, len(lists))
        known = np.isfinite(own) & np.isfinite(shown)
        found[f"popularity_lift@{k}"] = (
            float(shown[known].mean() / own[known].mean()) if known.any() else None
        )
    return found


def gini(times: npt.NDArray[np.integer]) -> float:
    """The Gini coefficient of counts (n,): 0 if all are equal, towards 1 if one has everything."""
    n, total = len(times), times.sum()
    if total == 0:
        return 0.0
    weight = 2 * np.arange(1, n + 1) - n - 1
    return float((weight * np.sort(times)).sum() / (n * total))


def rating_errors(model: Recommender, graph: KnowledgeGraph, rated: Interactions | None) -> dict[str, float]:
    """RMSE and MAE over ratings (see `Split.ratings`); nothing where there are none, or the model predicts none."""
    if rated is None or len(rated) == 0 or not isinstance(model, RatingPredictor):
        return {}
    error = np.asarray(model.rate(graph, rated.user, rated.item), dtype=float) - rated.weight
    return {"rmse": float(np.sqrt((error**2).mean())), "mae": float(np.abs(error).mean())}


def _mean_per_user(values: npt.NDArray[np.integer], user: IntArray, n: int) -> Values:
    """The mean of each user's values, NaN for those with none (n,)."""
    count = np.bincount(user, minlength=n)
    mean: Values = np.full(n, np.nan)
    np.divide(np.bincount(user, values, n), count, out=mean, where=count > 0)
    return mean


def _attributes(graph: KnowledgeGraph) -> sp.csr_array | None:
    """Items by entities, rows of length 1 or empty (I, V); None in a graph without attributes."""
    places = [graph.edges_of(name) for name in graph.names(RelationKind.ATTRIBUTE)]
    if not places:
        return None
    item = np.concatenate([graph.item_row_of[graph.head[where]] for where in places])
    entity = np.concatenate([graph.tail[where] for where in places])
    shape = (len(graph.items), len(graph.iris))
    matrix = sp.csr_array((np.ones(len(item)), (item, entity)), shape=shape)
    matrix.data[:] = 1.0  # an attribute named by two relations is one
    degree = np.maximum(np.diff(matrix.indptr), 1)
    return sp.csr_array(sp.diags_array(degree**-0.5) @ matrix)


def _diversity(place: IntArray, item: IntArray, attributes: sp.csr_array) -> float | None:
    """Mean over lists of 1 − mean cosine of two items; the squared sum of unit vectors holds all pairs at once."""
    length = np.bincount(place)
    lists = sp.csr_array((np.ones(len(item)), (place, item)), shape=(len(length), attributes.shape[0]))
    described = lists @ (np.diff(attributes.indptr) > 0)  # items of length 1, the others have length 0
    total = np.asarray((lists @ attributes).power(2).sum(axis=1)).ravel()
    several = length > 1
    if not several.any():
        return None
    n = length[several]
    return float((1 - (total[several] - described[several]) / (n * (n - 1))).mean())
