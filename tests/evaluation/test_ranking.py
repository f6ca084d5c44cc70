"""Ranks treat ties fairly, what a user has is not ranked again, and lists are the best of what is left."""

import csv
import gzip
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from toy import graph_of, parity_shop, toy_shop

from kgrec.domain import Dataset
from kgrec.errors import BadInput
from kgrec.evaluation.metrics import means, per_user
from kgrec.evaluation.ranking import best_of_each, rank_all
from kgrec.evaluation.splits import split_by


class Fixed:
    """Scores that do not depend on the graph."""

    name = "fixed"

    def __init__(self, scores):
        self.scores = np.asarray(scores, np.float32)

    def score(self, graph, user_rows):
        return self.scores[user_rows]


@pytest.fixture(scope="module")
def world():
    dataset = parity_shop()
    return graph_of(dataset), split_by("leave-one-out", dataset, 0)


def part_of(world, items_of_user):
    """A test part from {user row: item rows}."""
    users = [user for user, items in items_of_user.items() for _ in items]
    items = [item for items in items_of_user.values() for item in items]
    some_rows = world[1].train.select(np.zeros(len(users), np.int64))
    return replace(some_rows, user=np.array(users), item=np.array(items))


def nothing(world):
    return world[1].train.select(np.zeros(0, np.int64))


def test_lists_keep_equal_items_in_the_order_of_the_catalogue(world):
    ranking = rank_all(Fixed(np.ones((60, 24))), world[0], nothing(world), world[1].test)
    assert ranking.best[0].tolist() == list(range(20))


def test_the_same_seed_shuffles_ties_alike(world):
    one, same, other = (
        rank_all(Fixed(np.ones((60, 24))), world[0], nothing(world), world[1].test, seed=seed).rank.tolist()
        for seed in (1, 1, 2)
    )
    assert one == same != other


@pytest.mark.parametrize("n_candidates", [19, 21])
def test_a_model_that_knows_nothing_hits_no_more_and_no_less_often_than_chance(n_candidates):
    """The mean rank of a tie would make this 1 for 19 candidates and 0 for 21."""
    dataset = parity_shop(users=2000, each=3)
    split = split_by("leave-one-out", dataset, 0)
    target = split.test.item % n_candidates
    test, pool = replace(split.test, item=target), np.arange(n_candidates)
    known = split.train.select(np.zeros(0, np.int64))
    ranking = rank_all(Fixed(np.zeros((2000, 24))), graph_of(dataset), known, test, candidates=pool)
    expected = 10 / n_candidates
    assert means(per_user(ranking))["hr@10"] == pytest.approx(expected, abs=5 * (0.25 / 2000) ** 0.5)


@given(seed=some.integers(0, 2**32 - 1), n_test=some.integers(1, 24), n_levels=some.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_ranks_are_places_in_one_order_by_score(world, seed, n_test, n_levels):
    random = np.random.default_rng(seed)
    items = random.choice(24, n_test, replace=False)
    row = random.integers(0, n_levels, 24).astype(np.float32)
    scores = np.tile(row, (60, 1))
    rank = rank_all(Fixed(scores), world[0], nothing(world), part_of(world, {0: items}), seed=seed).rank
    assert len(set(rank)) == n_test
    for item, place in zip(items, rank, strict=True):
        assert (row > row[item]).sum() <= place < (row >= row[item]).sum()


def test_a_seen_item_is_not_ranked_and_the_target_always_is(tmp_path):
    dataset = toy_shop()
    graph = graph_of(dataset)
    known = dataset.interactions.select(dataset.interactions.user == 0)  # ana bought the cream
    test = replace(known, item=np.array([dataset.items.row("oil")]))
    dump = tmp_path / "best.tsv.gz"
    scores = np.tile(np.array([-1, -1, -1, 9, 1, -1, -1, -1, 5, 3], np.float32), (len(dataset.users), 1))
    ranking = rank_all(Fixed(scores), graph, known, test, dump=dump)
    assert ranking.rank.tolist() == [2.0]
    lines = gzip.decompress(dump.read_bytes()).decode().splitlines()
    assert lines[0] == "user_id\titem_id\trank\tscore"
    assert lines[1:4] == ["ana\tmask\t1\t5", "ana\tbar\t2\t3", "ana\toil\t3\t1"]
    assert len(lines) == 10  # the nine items that ana does not have
    assert not list(tmp_path.glob(".*"))


def test_only_candidates_are_ranked_and_listed(world):
    scores = np.tile(np.arange(24, 0, -1), (60, 1))
    test = part_of(world, {4: [9], 5: [20]})
    pool = np.array([8, 9, 15, 20])
    ranking = rank_all(Fixed(scores), world[0], nothing(world), test, candidates=pool)
    assert ranking.rank.tolist() == [1, 3]
    assert ranking.best[0, :5].tolist() == [8, 9, 15, 20, -1]


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_scores_that_are_no_numbers_are_an_error_that_names_model_and_users(world, bad, tmp_path):
    scores = np.ones((60, 24))
    scores[[3, 5, 8], 7] = bad
    with pytest.raises(BadInput, match="fixed.*3 of 60 users"):
        rank_all(Fixed(scores), world[0], nothing(world), world[1].test, dump=tmp_path / "best.tsv.gz")
    assert not list(tmp_path.iterdir())


def test_more_users_than_a_batch_are_ranked_as_one_by_one():
    dataset = parity_shop(users=300, each=4)
    graph, split = graph_of(dataset), split_by("leave-one-out", dataset, 0)
    scores = np.random.default_rng(0).random((300, 24)).astype(np.float32)
    ranking = rank_all(Fixed(scores), graph, split.history, split.test)
    assert len(ranking.users) == 300
    for user in (0, 255, 256, 299):
        had = set(split.history.item[split.history.user == user])
        order = [item for item in np.argsort(-scores[user]) if item not in had]
        target = split.test.item[split.test.user == user][0]
        assert order.index(target) == ranking.rank[user]
        assert ranking.best[user].tolist() == (order + [-1] * 20)[:20]


def test_best_breaks_ties_by_catalogue_order_and_may_ask_for_more_than_there_is():
    scores = np.array([1, 3, 3, -np.inf, 2], np.float32)

    def best(scores, k):
        rows = best_of_each(scores[None], k)[0]
        return rows[rows >= 0]

    assert best(scores, 2).tolist() == [1, 2]
    assert best(scores, 10).tolist() == [1, 2, 4, 0]


@given(some.integers(0, 2**32 - 1), some.integers(1, 30), some.integers(1, 40), some.integers(1, 6))
@settings(max_examples=100, deadline=None)
def test_the_best_of_each_are_what_a_stable_sort_puts_first(seed, k, n_items, n_levels):
    random = np.random.default_rng(seed)
    scores = random.integers(0, n_levels, (5, n_items)).astype(np.float32)
    scores[random.random((5, n_items)) < 0.3] = -np.inf
    expected = np.full((5, k), -1)
    for row in range(5):
        order = [item for item in np.argsort(-scores[row], kind="stable") if scores[row, item] > -np.inf]
        expected[row, : len(order[:k])] = order[:k]
    np.testing.assert_array_equal(best_of_each(scores, k), expected)


ODD = ("=HYPERLINK(1)", "a\tb", "a\nb", "a\r\nb", "a\rb", 'say "a"', '"', "a,b", "\u202ea", "-1", " a ")


def test_a_dump_holds_every_id_as_it_is_on_a_line_of_its_own(tmp_path):
    bought = pd.DataFrame({"user_id": [*ODD, *ODD], "item_id": [*ODD, *ODD[1:], ODD[0]]})
    dataset = Dataset.from_frames(bought)
    graph, dump = graph_of(dataset), tmp_path / "best.tsv.gz"
    scores = np.tile(np.arange(len(dataset.items), dtype=np.float32), (len(dataset.users), 1))
    nobody = dataset.interactions.select(np.zeros(0, np.int64))
    rank_all(Fixed(scores), graph, nobody, dataset.interactions, dump=dump)
    with gzip.open(dump, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, "excel-tab"))
    assert len(rows) == 1 + len(dataset.users) * len(dataset.items)
    assert {row[0] for row in rows[1:]} == set(dataset.users.ids)
    assert {row[1] for row in rows[1:]} == set(dataset.items.ids)
