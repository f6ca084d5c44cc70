"""Each baseline against its formula worked out another way, on a random shop, and what shoppers are told by it."""

import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics.pairwise import cosine_similarity
from toy import graph_of, parity_shop, toy_shop

from kgrec.domain import EVENTS, Dataset
from kgrec.errors import BadInput, NotReady, UnknownName
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.models.baseline import row_of
from kgrec.models.choices import choices

BUY, VIEW, RETURN = (EVENTS.index(event) for event in ("buy", "view", "return"))
PLAIN = {"neighbours": 1000, "shrinkage": 0, "damping": 0}
EVERYBODY = np.arange(30)


@pytest.fixture(scope="module")
def world():
    """30 users, 12 items, and who chose what at random: popular items and busy users among them."""
    random = np.random.default_rng(0)
    odds = np.outer(random.uniform(0.2, 1, 30), random.uniform(0.1, 0.9, 12))
    users, items = np.nonzero(random.random((30, 12)) < odds)
    order = random.permutation(len(users))
    bought = pd.DataFrame({"user_id": users[order], "item_id": items[order], "event": "buy"}).astype(str)
    dataset = Dataset.from_frames(bought, pd.DataFrame({"item_id": np.arange(12).astype(str)}))
    return dataset, graph_of(dataset)


@pytest.fixture(scope="module")
def matrix(world):
    known = world[0].interactions
    matrix = np.zeros((len(world[0].users), 12))
    matrix[known.user, known.item] = 1
    return matrix


@pytest.fixture(scope="module")
def shop():
    dataset = parity_shop()
    return dataset, graph_of(dataset)


def scores(world, name, users=None, **wanted):
    dataset, graph = world
    users = np.arange(len(dataset.users)) if users is None else users
    return new_model(name, wanted).fit(dataset, graph, seed=0).score(graph, users)


def correlated(rows):
    """Correlations, 0 where two have nothing in common or are below 0."""
    return np.where(rows @ rows.T > 0, np.maximum(np.corrcoef(rows), 0), 0)


@pytest.mark.parametrize(("measure", "reference"), [("cosine", cosine_similarity), ("pearson", correlated)])
def test_item_neighbours_are_those_of_scikit_learn_and_numpy(world, matrix, measure, reference):
    near = reference(matrix.T)
    np.fill_diagonal(near, 0)
    found = scores(world, "item-knn", similarity=measure, **PLAIN)
    np.testing.assert_allclose(found, matrix @ near, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize(("measure", "reference"), [("cosine", cosine_similarity), ("pearson", correlated)])
def test_user_neighbours_are_those_of_scikit_learn_and_numpy(world, matrix, measure, reference):
    near = reference(matrix)
    np.fill_diagonal(near, 0)
    found = scores(world, "user-knn", similarity=measure, **PLAIN)
    np.testing.assert_allclose(found, near @ matrix, rtol=1e-4, atol=1e-6)


def test_damping_weighs_users_by_how_much_they_chose(world, matrix):
    weighed = matrix * matrix.sum(axis=1, keepdims=True) ** -0.25
    near = cosine_similarity(weighed.T)
    np.fill_diagonal(near, 0)
    found = scores(world, "item-knn", **{**PLAIN, "damping": 0.5})
    np.testing.assert_allclose(found, matrix @ near, rtol=1e-4)


def test_shrinkage_halves_a_cosine_where_it_is_as_large_as_the_lengths(world, matrix):
    h, i = 0, int(np.argmax(matrix[:, [0]].T @ matrix[:, 1:])) + 1
    length = np.sqrt(matrix[:, h].sum() * matrix[:, i].sum())
    session = world[1].visitor(np.array([h]), np.array([BUY]))
    plain, shrunk = (
        new_model("item-knn", {**PLAIN, "shrinkage": by}).fit(*world).score(session, np.array([30]))[0, i]
        for by in (0.0, length)
    )
    assert shrunk == pytest.approx(plain / 2, rel=1e-5)


def test_only_the_nearest_neighbours_of_an_item_count(world, matrix):
    near = cosine_similarity(matrix.T)
    np.fill_diagonal(near, 0)
    model = new_model("item-knn", {**PLAIN, "neighbours": 2}).fit(*world)
    for item in range(12):
        session = [world[1].visitor(np.array([h]), np.array([BUY])) for h in range(12)]
        kept = np.array([model.score(graph, np.array([30]))[0, item] for graph in session])
        np.testing.assert_allclose(np.sort(kept)[-2:], np.sort(near[:, item])[-2:], rtol=1e-5)
        assert np.count_nonzero(kept) == 2


@pytest.mark.parametrize(("alpha", "beta"), [(1.0, 0.0), (1.0, 0.4), (0.5, 0.2)])
def test_rp3beta_is_the_sum_over_all_walks(world, matrix, alpha, beta):
    busy, popular = matrix.sum(axis=1), matrix.sum(axis=0)
    expected = np.zeros_like(matrix)
    for u in range(len(matrix)):
        for h in np.flatnonzero(matrix[u]):
            for v in np.flatnonzero(matrix[:, h]):
                for i in np.flatnonzero(matrix[v]):
                    walk = 1 / busy[u] / popular[h] / busy[v]
                    expected[u, i] += (i != h) * walk**alpha / popular[i] ** beta
    found = scores(world, "rp3beta", alpha=alpha, beta=beta, neighbours=1000)
    np.testing.assert_allclose(found, expected, rtol=1e-4)


def test_ease_is_its_closed_form(world, matrix):
    inverse = np.linalg.inv(matrix.T @ matrix + 7 * np.eye(12))
    weights = np.eye(12) - inverse / np.diag(inverse)
    found = scores(world, "ease", regularisation=7)
    np.testing.assert_allclose(found, matrix @ weights, rtol=1e-3, atol=1e-5)


def test_ease_refuses_a_catalogue_that_would_not_fit(world):
    with pytest.raises(BadInput, match="most_items is 11; raise it, or take item-knn"):
        scores(world, "ease", most_items=11)


def test_als_solves_users_as_implicit_does(world, matrix):
    import scipy.sparse as sp
    from implicit.cpu.als import AlternatingLeastSquares
    from threadpoolctl import threadpool_limits

    wanted = {"factors": 5, "regularisation": 0.3, "alpha": 4.0, "iterations": 4}
    with threadpool_limits(1, user_api="blas"):  # it warns of more
        solver = AlternatingLeastSquares(
            5, 0.3, 4.0, iterations=4, num_threads=1, random_state=0, use_cg=False
        )
    model = new_model("als", wanted).fit(*world, seed=0)
    solver.item_factors = model._learned["factors"]
    rows = np.arange(len(matrix), dtype=np.int32)
    users = solver.recalculate_user(rows, sp.csr_matrix(matrix.astype(np.float32)))
    found = model.score(world[1], rows)
    np.testing.assert_allclose(found, users @ solver.item_factors.T, rtol=1e-3, atol=1e-5)
    other = new_model("als", wanted).fit(*world, seed=1).score(world[1], rows)
    assert not np.allclose(found, other)


def test_als_names_the_package_it_lacks(world, monkeypatch):
    monkeypatch.setitem(sys.modules, "implicit.cpu.als", None)
    with pytest.raises(NotReady, match=r"pip install 'kgrec\[bench\]'"):
        scores(world, "als")


@pytest.mark.parametrize("name", ["item-knn", "content-attributes", "content-text"])
@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 23), min_size=1, max_size=6, unique=True), st.floats(0.1, 1.0))
def test_a_history_scores_as_its_items_do_the_latest_most(shop, name, items, decay):
    graph, visitor = shop[1], np.array([60])
    model = new_model(name, {"decay": decay}).fit(*shop)
    alone = [model.score(graph.visitor(np.array([item]), np.array([BUY])), visitor)[0] for item in items]
    weights = decay ** np.arange(len(items))[::-1]
    together = model.score(graph.visitor(np.array(items), np.full(len(items), BUY)), visitor)[0]
    np.testing.assert_allclose(together, weights @ np.array(alone), rtol=1e-4, atol=1e-6)


def test_choices_leave_out_what_was_sent_back_and_views_beside_purchases(shop):
    graph = shop[1].visitor(np.array([1, 2, 3, 2]), np.array([VIEW, BUY, BUY, RETURN]))
    mine = choices(graph).profiles(np.array([60]))
    assert list(row_of(mine, 0)[0]) == [3]


def test_views_count_where_there_is_nothing_else(shop):
    graph = shop[1].visitor(np.array([1, 2]), np.array([VIEW, VIEW]))
    assert set(row_of(choices(graph).profiles(np.array([60])), 0)[0]) == {1, 2}


def test_attributes_are_alike_by_the_cosine_of_their_rarity(shop):
    facts = shop[0].facts
    names = np.array([f"{r} {v}" for r, v in zip(facts.relation, facts.value, strict=True)])
    vectors = (names[:, None] == np.unique(names)).astype(float)
    held = np.zeros((24, vectors.shape[1]))
    np.add.at(held, facts.item, vectors)
    alike = cosine_similarity(held * np.log(24 / held.sum(axis=0)))
    found = scores(shop, "content-attributes", decay=0.9)
    known = shop[0].interactions
    expected = np.zeros_like(found)
    for user in range(60):
        for age, item in enumerate(known.item[known.user == user][::-1]):
            expected[user] += 0.9**age * alike[item]
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-6)


def test_titles_are_alike_as_the_edges_of_the_graph_say(shop):
    graph = shop[1]
    where = graph.edges_of("similar_text")
    model = new_model("content-text").fit(*shop)
    for edge in range(where.start, where.stop, 7):
        ends = graph.item_row_of[[graph.head[edge], graph.tail[edge]]]
        for h, i in (ends, ends[::-1]):
            session = graph.visitor(np.array([h]), np.array([BUY]))
            assert model.score(session, np.array([60]))[0, i] == pytest.approx(graph.weight[edge])


@pytest.mark.parametrize("name", ["content-attributes", "content-text"])
def test_content_finds_what_nobody_has_chosen(name):
    dataset = toy_shop()
    cold = dataset.items.row("oil")
    known = dataset.with_interactions(dataset.interactions.select(dataset.interactions.item != cold))
    graph = graph_of(known)
    ana, ben = (known.users.row(user) for user in ("ana", "ben"))
    found = new_model(name).fit(known, graph).score(graph, np.array([ana, ben]))[:, cold]
    assert found[0] > found[1]
    assert scores((known, graph), "item-knn")[:, cold].max() == 0


def test_content_says_what_the_shop_lacks(world):
    with pytest.raises(BadInput, match="brands, categories or other attributes"):
        scores(world, "content-attributes")
    with pytest.raises(BadInput, match="titles with words in common"):
        scores(world, "content-text")


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(UnknownName, match="cosine"):
        new_model("item-knn", {"similarity": "cosin"})
    with pytest.raises(BadInput, match="decay is 2.0; it must be from 0 to 1"):
        new_model("item-knn", {"decay": 2})
    with pytest.raises(BadInput, match="neighbours is 0; it must be 1 or more"):
        new_model("rp3beta", {"neighbours": 0})


@pytest.mark.parametrize("name", ["item-knn", "user-knn", "rp3beta"])
def test_shoppers_learn_that_there_are_others_but_not_who(name):
    dataset = toy_shop()
    graph = graph_of(dataset)
    guide = Guide(dataset, graph, new_model(name).fit(dataset, graph))
    told = guide.explain("ana", "oil", paths=100)
    assert {hop.subject for hop in told.paths[0].hops[1:]} == {"_:somebody"}
    assert not [hop for path in told.paths for hop in path.hops[1:] if "/user/" in hop.subject + hop.object]
    said = " ".join(
        [p.text for p in told.paths] + [w for p in told.paths for h in p.hops for w in h.labels.values()]
    )
    assert not [user for user in dataset.users.ids if user in said.split()]
    labels = [hop.labels["subject"] for path in told.paths for hop in path.hops]
    assert {"you", "other customers"} <= set(labels)


def test_a_model_without_paths_says_that_it_cannot_give_reasons(world):
    for name in ("ease", "als"):
        guide = Guide(*world, new_model(name).fit(*world))
        user = str(world[0].users.ids[0])
        assert len(guide.recommend_for(user, k=3)) == 3
        with pytest.raises(BadInput, match=f"^{name} cannot give reasons: no paths add up"):
            guide.explain(user, "1")
