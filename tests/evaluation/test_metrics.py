"""Metrics are the standard ones: by hand, and against two other libraries."""

from dataclasses import replace

import ir_measures
import numpy as np
import pandas as pd
import pytest
import torch
from torch_geometric import metrics as geometric
from toy import graph_of, parity_shop

from kgrec.domain import EVENTS
from kgrec.evaluation.metrics import DEPTHS, METRICS, beyond, gini, means, per_user, rating_errors
from kgrec.evaluation.ranking import Ranking
from kgrec.models.popularity import Popularity

N_USERS, N_ITEMS = 40, 60


def ranking_of(rank, user=None, best=None):
    user = np.zeros(len(rank), np.int64) if user is None else np.asarray(user)
    users = np.unique(user)
    best = np.full((len(users), 20), -1) if best is None else np.asarray(best)
    return Ranking(user, np.asarray(rank, float), users, best)


def random_lists(seed):
    """Random orders of the items for some users, a random number of test items each, and our ranking of it."""
    random = np.random.default_rng(seed)
    order = np.argsort(random.random((N_USERS, N_ITEMS)), axis=1)
    wanted = [random.choice(N_ITEMS, int(random.integers(1, 15)), replace=False) for _ in range(N_USERS)]
    place = np.argsort(order, axis=1)
    user = np.concatenate([np.full(len(items), u) for u, items in enumerate(wanted)])
    rank = np.concatenate([place[u][items] for u, items in enumerate(wanted)])
    return order, wanted, ranking_of(rank, user, order[:, :20])


def test_two_targets_by_hand():
    found = means(per_user(ranking_of([5, 0])))
    ideal = 1 + 1 / np.log2(3)
    assert found["hr@5"] == 1
    assert found["recall@5"] == 0.5
    assert found["precision@5"] == pytest.approx(0.2)
    assert found["ndcg@10"] == pytest.approx((1 + 1 / np.log2(7)) / ideal)
    assert found["mrr@10"] == 1
    assert found["map@5"] == 0.5
    assert found["map@10"] == pytest.approx((1 + 2 / 6) / 2)
    assert tuple(found) == METRICS


def test_a_catalogue_smaller_than_the_depth_has_finite_figures():
    found = means(per_user(ranking_of([0, 1, 2])))  # a shop of three items, all of them wanted
    assert found["recall@20"] == found["ndcg@20"] == found["map@20"] == 1
    assert found["precision@20"] == pytest.approx(3 / 20)


@pytest.mark.parametrize("seed", range(4))
def test_metrics_agree_with_ir_measures(seed):
    """No ties: trec_eval breaks them by document id, we shuffle them.

    AP@k of trec_eval divides by all relevant documents, ours by min(k, R): a list of k cannot hold more.
    """
    order, wanted, ranking = random_lists(seed)
    ours = per_user(ranking)
    size = np.array([len(items) for items in wanted])
    run = pd.DataFrame(
        {
            "query_id": np.repeat(np.arange(N_USERS), N_ITEMS).astype(str),
            "doc_id": order.ravel().astype(str),
            "score": np.tile(np.arange(N_ITEMS, 0, -1.0), N_USERS),
        }
    )
    truth = pd.DataFrame(
        {
            "query_id": np.repeat(np.arange(N_USERS), size).astype(str),
            "doc_id": np.concatenate(wanted).astype(str),
            "relevance": 1,
        }
    )
    for k in DEPTHS:
        theirs = {
            f"ndcg@{k}": ir_measures.nDCG @ k,
            f"precision@{k}": ir_measures.P @ k,
            f"recall@{k}": ir_measures.R @ k,
            f"mrr@{k}": ir_measures.RR @ k,
            f"hr@{k}": ir_measures.Success @ k,
            f"map@{k}": ir_measures.AP @ k,
        }
        name_of = {measure: name for name, measure in theirs.items()}
        found = {name: np.full(N_USERS, np.nan) for name in theirs}
        for value in ir_measures.iter_calc(list(theirs.values()), truth, run):
            found[name_of[value.measure]][int(value.query_id)] = value.value
        found[f"map@{k}"] *= size / np.minimum(size, k)
        for name, values in found.items():
            np.testing.assert_allclose(ours[name], values, atol=1e-6, err_msg=name)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("k", DEPTHS)
def test_metrics_agree_with_torch_geometric(seed, k):
    order, wanted, ranking = random_lists(seed)
    ours = means(per_user(ranking))
    theirs = {
        "ndcg": geometric.LinkPredNDCG(k),
        "recall": geometric.LinkPredRecall(k),
        "precision": geometric.LinkPredPrecision(k),
        "map": geometric.LinkPredMAP(k),
        "mrr": geometric.LinkPredMRR(k),
        "hr": geometric.LinkPredHitRatio(k),
    }
    edges = torch.tensor(np.stack([ranking.user, np.concatenate(wanted)]))
    for name, metric in theirs.items():
        metric.update(torch.tensor(order[:, :k].copy()), edges)
        assert ours[f"{name}@{k}"] == pytest.approx(float(metric.compute()), rel=1e-5), name


@pytest.fixture(scope="module")
def world():
    dataset = parity_shop()
    return dataset, graph_of(dataset)


@pytest.mark.parametrize("seed", range(3))
def test_coverage_and_diversity_agree_with_torch_geometric(world, seed):
    """Its diversity compares one category an item; so does ours in a graph with one attribute."""
    dataset, graph = world
    random = np.random.default_rng(seed)
    best = np.argsort(random.random((9, 24)), axis=1)[:, :20]
    brands = graph.without_relations(["has_colour"])
    found = beyond(ranking_of(np.zeros(9), np.arange(9), best), brands, dataset.interactions)
    category = torch.tensor(np.arange(24) % 2)
    edges = torch.tensor(np.stack([np.arange(9), best[:, 0]]))
    for k in DEPTHS:
        for name, metric in {
            "coverage": geometric.LinkPredCoverage(k, num_dst_nodes=24),
            "diversity": geometric.LinkPredDiversity(k, category),
        }.items():
            metric.update(torch.tensor(best[:, :k].copy()), edges)
            assert found[f"{name}@{k}"] == pytest.approx(float(metric.compute()), rel=1e-5), name


def test_diversity_of_partly_shared_attributes_by_hand(world):
    dataset, graph = world
    best = np.full((1, 20), -1)
    best[0, :3] = [0, 2, 6]  # all even; 0 and 6 are red too, 2 is green
    found = beyond(ranking_of([0], None, best), graph, dataset.interactions)
    assert found["diversity@5"] == pytest.approx(1 - (0.5 + 1 + 0.5) / 3)


def test_what_everybody_has_is_common_and_what_nobody_has_is_not(world):
    dataset, graph = world
    known = dataset.interactions.select(np.arange(4))
    known = replace(known, user=np.array([0, 1, 2, 3]), item=np.array([5, 5, 5, 6]))
    best = np.full((2, 20), -1)
    best[:, 0] = [5, 9]
    found = beyond(ranking_of([0, 0], [0, 3], best), graph, known)
    assert found["novelty@5"] == pytest.approx((-np.log2(3 / 4) + 2) / 2)  # nobody chose 9: as if once
    assert found["popularity_lift@5"] == pytest.approx((3 + 0) / (3 + 1))
    assert found["coverage@10"] == pytest.approx(2 / 24)
    assert found["gini@10"] == pytest.approx(22 / 24)
    assert found["diversity@5"] is None  # no list has two items


def test_users_without_history_have_nothing_to_be_more_popular_than(world):
    dataset, graph = world
    known = dataset.interactions.select(dataset.interactions.user != 7)
    best = np.tile(np.arange(20), (1, 1))
    found = beyond(ranking_of([0], [7], best), graph, known)
    assert found["popularity_lift@10"] is None
    assert found["coverage@20"] == pytest.approx(20 / 24)
    among = beyond(ranking_of([0], [7], best[:, :20]), graph, known, np.arange(4))
    assert among["coverage@20"] == 1


def test_without_attributes_there_is_no_diversity(world):
    dataset, graph = world
    bare = graph.without_relations(["has_colour", "has_brand"])
    best = np.tile(np.arange(20), (1, 1))
    assert beyond(ranking_of([0], None, best), bare, dataset.interactions)["diversity@10"] is None


def test_gini_is_0_for_equals_and_nearly_1_for_one_winner():
    assert gini(np.array([3, 3, 3])) == 0
    assert gini(np.array([0, 0, 0, 8])) == 0.75
    assert gini(np.array([1, 3])) == 0.25
    assert gini(np.zeros(3, np.int64)) == 0


class Four(Popularity):
    """Says four stars to everybody."""

    def rate(self, graph, user_rows, item_rows):
        return np.full(len(user_rows), 4, np.float32)


def test_rating_errors_are_over_the_ratings_of_models_that_predict_them(world):
    dataset, graph = world
    part = dataset.interactions.select(np.arange(2))
    event = np.full(2, EVENTS.index("rate"))
    part = replace(part, event=event, weight=np.array([5, 1], np.float32))
    assert rating_errors(Four(), graph, part) == {"rmse": pytest.approx(np.sqrt(5)), "mae": 2.0}
    assert rating_errors(Popularity(), graph, part) == {}
    assert rating_errors(Four(), graph, part.select(np.zeros(0, np.int64))) == {}
    assert rating_errors(Four(), graph, None) == {}
