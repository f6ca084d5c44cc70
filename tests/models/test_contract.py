"""What every model promises, over every entry of MODELS."""

import numpy as np
import pytest
from toy import graph_of, parity_shop, toy_shop

from kgrec.domain import EVENTS, Accountable, RelationKind
from kgrec.errors import BadBundle, NotReady, UnknownName
from kgrec.models import MODELS, model_named, new_model

pytestmark = pytest.mark.xdist_group("contract")  # what it asks of is made once

SETTINGS = {
    "path": {"training.rounds": 2, "training.steps": 10, "training.batch": 32},
    "als": {"factors": 8, "iterations": 3},
    **dict.fromkeys(("deep", "gru", "sasrec"), {"epochs": 3}),
}
"""Quick ones, where those of the model take long."""


def new(name):
    return new_model(name, SETTINGS.get(name))


@pytest.fixture(scope="module")
def world():
    dataset = parity_shop()
    return dataset, graph_of(dataset)


@pytest.fixture(scope="module", params=list(MODELS))
def fitted(request, world):
    return new(request.param).fit(*world, seed=0)


def test_scores_are_finite_float32_of_users_by_items(fitted, world):
    scores = fitted.score(world[1], np.array([3, 1, 4]))
    assert scores.shape == (3, 24)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()


def test_a_batch_of_one_keeps_its_axis_and_its_scores(fitted, world):
    several = fitted.score(world[1], np.array([0, 1, 2]))
    np.testing.assert_array_equal(fitted.score(world[1], np.array([1])), several[1:2])


def test_same_seed_same_scores(fitted, world):
    again = new(fitted.name).fit(*world, seed=0)
    users = np.arange(10)
    np.testing.assert_allclose(again.score(world[1], users), fitted.score(world[1], users), rtol=1e-5)


def test_saved_and_loaded_scores_the_same(fitted, world, tmp_path):
    fitted.save(tmp_path)
    loaded = MODELS[fitted.name].load(tmp_path, world[1])
    users = np.arange(10)
    np.testing.assert_array_equal(loaded.score(world[1], users), fitted.score(world[1], users))


def test_prior_and_contributions_add_up_to_the_score_for_every_pair(fitted, world):
    if not fitted.exact:
        pytest.skip(f"{fitted.name} gives no reasons")
    graph = world[1]
    users = np.arange(0, 60, 7)
    scores = fitted.score(graph, users)
    for row, user in enumerate(users):
        prior = fitted.prior(graph, int(user))
        for item in range(24):
            total = prior[item] + sum(path.contribution for path in fitted.paths(graph, int(user), item))
            assert total == pytest.approx(scores[row, item], rel=1e-5, abs=1e-9)


def test_reasons_are_the_largest_paths_and_the_sum_and_number_of_the_others(fitted, world):
    graph, items = world[1], np.arange(24)
    for user in (0, 5, 8):
        for most in (0, 3, 1000):
            for item, reasons in zip(items, fitted.reasons(graph, user, items, most), strict=True):
                whole = sum(path.contribution for path in fitted.paths(graph, user, int(item)))
                listed = [path.contribution for path in reasons.paths]
                assert len(listed) <= most
                assert sum(listed) + reasons.rest == pytest.approx(whole, rel=1e-9, abs=1e-12)
                assert listed == sorted(listed, reverse=True)
                assert (reasons.n_rest == 0) == (len(listed) < most or reasons.rest == 0)


def test_the_reasons_of_the_path_model_are_its_first_paths(world):
    model, graph = new("path").fit(*world), world[1]
    for user in (0, 5, 8):
        for item in range(24):
            paths = model.paths(graph, user, item)
            reasons = model.reasons(graph, user, np.array([item]), 4)[0]
            for one, other in zip(reasons.paths, paths, strict=False):
                assert one.contribution == pytest.approx(other.contribution, rel=1e-12)
            assert reasons.n_rest == max(0, len(paths) - 4)


def test_terms_add_up_and_what_is_muted_takes_its_terms_along_and_changes_no_other(fitted, world):
    if not isinstance(fitted, Accountable):
        pytest.skip(f"{fitted.name} does not say what each thing known of a user adds")
    graph = world[1]
    for user in (0, 5, 8):
        terms, prior = fitted.terms(graph, user), fitted.prior(graph, user)
        score = fitted.score(graph, np.array([user]))[0]
        np.testing.assert_allclose(prior + terms.by_slot.sum(axis=0), score, rtol=1e-5, atol=1e-9)
        own = graph.edges_from(int(graph.users[user]), RelationKind.EVENT, RelationKind.SEGMENT)
        for slot, hop in enumerate(terms.hops):
            gone = own[graph.tail[own] == hop.tail]
            after = fitted.score(graph.muted(gone), np.array([user]))[0]
            foretold = prior + np.delete(terms.by_slot, slot, axis=0).sum(axis=0)
            np.testing.assert_allclose(after, foretold, rtol=1e-5, atol=1e-9)


def test_every_hop_is_an_edge_and_hops_join_user_to_item(fitted, world):
    graph = world[1]
    for user, item in [(0, 2), (5, 9), (8, 3)]:
        for path in fitted.paths(graph, user, item):
            here = graph.users[user]
            for hop in path.hops:
                assert graph.edge_row(hop.relation, hop.head, hop.tail) >= 0
                start, end = (hop.tail, hop.head) if hop.inverse else (hop.head, hop.tail)
                assert start == here
                here = end
            assert here == graph.items[item]


def test_asking_changes_nothing(fitted, world):
    graph = world[1]
    before = graph.head.copy(), graph.weight.copy(), fitted.score(graph, np.array([0])).copy()
    fitted.paths(graph, 0, 2)
    np.testing.assert_array_equal(graph.head, before[0])
    np.testing.assert_array_equal(graph.weight, before[1])
    np.testing.assert_array_equal(fitted.score(graph, np.array([0])), before[2])


def test_a_user_without_history_gets_the_prior(fitted, world):
    visitor = world[1].visitor(np.zeros(0, np.int64), np.zeros(0, np.int64))
    row = len(world[1].users)
    scores = fitted.score(visitor, np.array([row]))
    np.testing.assert_allclose(scores[0], fitted.prior(visitor, row), rtol=1e-6)


def test_a_model_without_reasons_has_no_paths(fitted, world):
    for item in range(24):
        assert fitted.exact or fitted.paths(world[1], 0, item) == []


def test_what_a_user_does_after_fitting_counts(fitted, world):
    graph = world[1]
    session = graph.visitor(np.array([2, 4]), np.full(2, EVENTS.index("buy")))
    visitor = np.array([len(graph.users)])
    moved = fitted.score(session, visitor)[0] != fitted.prior(session, visitor[0])
    assert moved.any() or fitted.name == "popularity"


def test_an_unfitted_model_says_so(world):
    for name in MODELS:
        with pytest.raises(NotReady, match="fit"):
            new(name).score(world[1], np.array([0]))


def test_an_incomplete_folder_is_said_to_be_one(fitted, world, tmp_path):
    fitted.save(tmp_path)
    min(tmp_path.iterdir()).unlink()
    with pytest.raises(BadBundle, match="train it again"):
        MODELS[fitted.name].load(tmp_path, world[1])


def test_unknown_model_names_the_known_ones():
    with pytest.raises(UnknownName, match="popularity"):
        model_named("popularty")


def test_popularity_counts_purchases():
    dataset = toy_shop()
    graph = graph_of(dataset)
    model = MODELS["popularity"]().fit(dataset, graph)
    counts = dict(zip(dataset.items.ids, model.prior(graph, 0), strict=True))
    assert counts == dict.fromkeys(dataset.items.ids, 6) | {"cream": 7, "mask": 7}
