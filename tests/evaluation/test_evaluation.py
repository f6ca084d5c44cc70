"""Splits keep the future out, ranks treat ties fairly, metrics are the standard ones."""

import gzip
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from toy import graph_of, parity_shop, toy_shop

from kgrec.domain import Dataset
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.ranking import Ranks, best, metrics, rank_all
from kgrec.evaluation.splits import given_split, leaks, leave_one_out
from kgrec.pipeline import Evaluation, evaluate


class Fixed:
    """Scores that do not depend on the graph."""

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)

    def score(self, graph, user_rows):
        return self.scores[user_rows]


def test_leave_one_out_takes_the_last_two_choices_and_what_follows_them():
    times = pd.date_range("2025-01-01", periods=7, freq="D", tz="UTC").astype(str)
    frame = pd.DataFrame(
        {
            "user_id": "u",
            "item_id": ["a", "b", "x", "c", "d", "d", "e"],
            "event": ["buy", "buy", "view", "buy", "view", "buy", "view"],
            "datetime": times,
        }
    )
    dataset = Dataset.from_frames(frame)
    split = leave_one_out(dataset)

    def names(part):
        return [dataset.items.ids[row] for row in part.item]

    assert names(split.train) == ["a", "b", "x"]
    assert names(split.validation) == ["c"]
    assert names(split.later) == ["c", "d"]  # the look at d before it was bought is known, e after it is not
    assert names(split.test) == ["d"]
    assert leaks(split, len(dataset.items))["test_pairs_chosen_in_train"] == 0


def test_users_with_two_choices_stay_in_train():
    split = leave_one_out(parity_shop(each=7))
    assert len(split.test) == 60
    with pytest.raises(BadInput, match="three choices"):
        leave_one_out(parity_shop(each=2))


def test_unordered_interactions_cannot_be_left_one_out():
    dataset = parity_shop()
    with pytest.raises(BadInput, match="no time column"):
        leave_one_out(dataset.with_interactions(replace(dataset.interactions, clock="none")))


def test_given_split_needs_a_test_part():
    with pytest.raises(BadInput, match="test part"):
        given_split(parity_shop())


def test_unknown_protocol_names_the_known_ones():
    with pytest.raises(UnknownName, match="leave-one-out"):
        evaluate(parity_shop(), Evaluation("leave-one-outt"))


def test_constant_scores_rank_in_the_middle():
    dataset = parity_shop()
    split = leave_one_out(dataset)
    nothing = split.train.select(np.zeros(0, np.int64))
    ranks = rank_all(Fixed(np.ones((60, 24))), graph_of(dataset), nothing, split.test)
    assert set(ranks.rank) == {11.5}


def test_a_seen_item_is_not_ranked_and_the_target_always_is(tmp_path):
    dataset = toy_shop()
    graph = graph_of(dataset)
    known = dataset.interactions.select(dataset.interactions.user == 0)  # ana bought the cream
    test = replace(known, item=np.array([dataset.items.row("oil")]))
    dump = tmp_path / "best.tsv.gz"
    scores = np.tile(np.array([-1, -1, -1, 9, 1, -1, -1, -1, 5, 3], np.float32), (len(dataset.users), 1))
    ranks = rank_all(Fixed(scores), graph, known, test, dump=dump, dataset=dataset)
    assert ranks.rank.tolist() == [2.0]
    lines = gzip.decompress(dump.read_bytes()).decode().splitlines()
    assert lines[0] == "user_id\titem_id\trank\tscore"
    assert lines[1:4] == ["ana\tmask\t1\t5", "ana\tbar\t2\t3", "ana\toil\t3\t1"]
    assert len(lines) == 10  # the nine items that ana does not have
    assert not list(tmp_path.glob(".*"))


def test_metrics_of_one_user_with_two_targets_by_hand():
    found = metrics(Ranks(np.array([0, 0]), np.array([0.0, 5.0])))
    ideal = 1 + 1 / np.log2(3)
    assert found["hr@5"] == 1
    assert found["recall@5"] == 0.5
    assert found["precision@5"] == pytest.approx(0.2)
    assert found["ndcg@10"] == pytest.approx((1 + 1 / np.log2(7)) / ideal)
    assert found["mrr@10"] == 1


def test_metrics_agree_with_torch_geometric():
    import torch
    from torch_geometric.metrics import LinkPredNDCG, LinkPredRecall

    random = np.random.default_rng(0)
    scores = random.random((30, 50)).astype(np.float32)
    wanted = {u: random.choice(50, int(random.integers(1, 6)), replace=False) for u in range(30)}
    order = np.argsort(-scores, axis=1)
    user = np.concatenate([np.full(len(items), u) for u, items in wanted.items()])
    rank = np.concatenate(
        [[int(np.where(order[u] == i)[0][0]) for i in items] for u, items in wanted.items()]
    )
    ours = metrics(Ranks(user, rank.astype(float)))
    edges = torch.tensor(np.stack([user, np.concatenate(list(wanted.values()))]))
    for metric, name in ((LinkPredNDCG(10), "ndcg@10"), (LinkPredRecall(10), "recall@10")):
        metric.update(torch.tensor(order[:, :10].copy()), edges)
        assert ours[name] == pytest.approx(float(metric.compute()), rel=1e-5)


def test_best_breaks_ties_by_catalogue_order_and_may_ask_for_more_than_there_is():
    scores = np.array([1, 3, 3, -np.inf, 2], np.float32)
    assert best(scores, 2).tolist() == [1, 2]
    assert best(scores, 10).tolist() == [1, 2, 4, 0]
