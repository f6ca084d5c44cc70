"""The path model: it learns, its three views agree, evidence that is gone no longer counts."""

from dataclasses import replace

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from toy import QUICK, ROSE, THOROUGH, graph_of, parity_shop, toy_shop

from kgrec.domain import EVENTS, RelationKind
from kgrec.errors import BadBundle, BadInput
from kgrec.models.path import PathModel, training
from kgrec.models.path.compiled import fold, score
from kgrec.models.path.config import TrainingConfig
from kgrec.models.path.metapath import Leg
from kgrec.models.path.network import PathNetwork, batch_of, shape_of
from kgrec.models.path.operators import OperatorConfig, build_operators, product_top, relation_matrices
from kgrec.models.path.training import (
    RankingLoss,
    chosen_round,
    context,
    make_batch,
    random_splits,
    split_items,
    split_last,
    split_users,
)
from kgrec.models.sparse import normalized, rows_top, rows_top_apart
from kgrec.models.timeline import segment_members, slots, timeline


def test_ana_is_told_rose_things_because_of_lavera():
    dataset = toy_shop()
    graph = graph_of(dataset)
    model = PathModel(THOROUGH).fit(dataset, graph)
    ana = dataset.users.row("ana")
    scores = model.score(graph, np.array([ana]))[0]
    others = [item for item in np.argsort(-scores) if dataset.items.ids[item] != "cream"]
    assert {dataset.items.ids[item] for item in others[:4]} == set(ROSE) - {"cream"}
    relations = {
        graph.relations[hop.relation].name
        for p in model.paths(graph, ana, dataset.items.row("oil"))
        for hop in p.hops
    }
    assert "has_brand" in relations
    assert "followed_by" in relations


def test_parity_users_are_recommended_their_own_parity(parity_guide):
    wrong = 0
    for user_id in ["u0", "u1", "u2", "u3", "u10", "u11"]:
        found = parity_guide.recommend_for(user_id, k=4)
        wrong += sum(int(one.item_id[1:]) % 2 != int(user_id[1:]) % 2 for one in found)
    assert wrong <= 1


def test_network_and_compiled_scores_agree(parity_guide):
    users = np.arange(60)
    network = parity_guide.model.network_score(parity_guide.graph, users)
    compiled = parity_guide.model.score(parity_guide.graph, users)
    np.testing.assert_allclose(network, compiled, rtol=1e-5)


def test_with_all_gates_at_identity_the_score_is_the_sum_of_operator_rows(parity_guide):
    graph = parity_guide.graph
    operators = build_operators(relation_matrices(graph, OperatorConfig()), OperatorConfig())
    network = PathNetwork(shape_of(operators))
    with torch.no_grad():
        for gate in (network.position, network.event, network.source, network.item, network.prior):
            gate.zero_()
    members = segment_members(graph)[:2]
    known = replace(slots(timeline(graph), members))
    dense = np.zeros((operators.n_sources, operators.n_items))
    for source in range(operators.n_sources):
        where = slice(operators.start[source], operators.start[source + 1])
        np.add.at(dense[source], operators.item[where], operators.weight[where])
    expected = np.zeros(operators.n_items) + operators.popularity
    for slot in range(known.start[4], known.start[5]):
        expected += known.scale[slot] * dense[known.source[slot]]
    np.testing.assert_allclose(score(fold(network, operators), known, np.array([4]))[0], expected, rtol=1e-5)
    with torch.no_grad():
        again = network(batch_of(operators, known, np.array([4])))[0].numpy()
    np.testing.assert_allclose(again, expected, rtol=1e-5)


def test_a_two_leg_operator_is_the_product_of_its_legs(parity_guide):
    config = OperatorConfig(pair=10_000, single=10_000, shared=10_000)
    matrices = relation_matrices(parity_guide.graph, config)
    operators = build_operators(matrices, config)
    legs = (Leg("followed_by"), Leg("followed_by"))
    number = operators.legs.index(legs)
    raw = matrices.between_items["followed_by"]
    expected = (normalized(raw, 1, 0) @ normalized(raw, 1, config.target_damping)).toarray()
    np.fill_diagonal(expected, 0)
    found = np.zeros_like(expected)
    for source in range(24):
        where = np.arange(operators.start[source], operators.start[source + 1])
        mine = where[operators.metapath[where] == number]
        found[source, operators.item[mine]] = operators.weight[mine]
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7)


def test_one_step_lowers_the_loss_and_the_gradient_reaches_every_gate():
    graph = graph_of(parity_shop())
    model = PathModel(QUICK)
    users, segment, rows = segment_members(graph)
    past = split_last(timeline(graph), 1)
    moment = context(
        past,
        relation_matrices(graph, model.config.operators),
        (users, segment, len(rows)),
        (model.config.behaviour, model.config.operators),
    )
    network = PathNetwork(shape_of(moment.operators))
    loss_of = RankingLoss(1)
    batch = make_batch(moment, moment.user_rows)
    before = loss_of(network(batch.data), batch)
    before.backward()
    for gate in (network.position, network.source, network.item, network.prior):
        assert gate.grad is not None
        assert gate.grad.abs().sum() > 0
    with torch.no_grad():
        for parameter in network.parameters():
            if parameter.grad is not None:
                parameter -= 0.1 * parameter.grad
    after = loss_of(network(batch.data), batch)
    assert after < before


def test_no_target_is_in_its_own_context():
    events = timeline(graph_of(parity_shop()))
    for n in (1, 2, 3):
        past = split_last(events, n)
        for user, item in zip(past.targets.user, past.targets.item, strict=True):
            for part in (past.graph, past.history):
                assert item not in part.item[(part.user == user) & part.chosen]


def test_the_last_round_is_kept_unless_it_is_worse_by_more_than_chance():
    random = np.random.default_rng(0)
    first = (random.random(3000) < 0.1).astype(float)
    swapped = first.copy()
    swapped[:1000] = random.permutation(first[:1000])  # as good, but for chance
    swapped[np.flatnonzero(swapped)[0]] = 0.0
    worse = np.where(random.random(3000) < 0.2, 0.0, first)
    assert chosen_round([first, swapped]) == 1
    assert chosen_round([worse, first]) == 1
    assert chosen_round([first, worse]) == 0
    assert chosen_round([first, swapped, worse]) == 1
    assert chosen_round([np.zeros(1), np.zeros(1)]) == 1


def test_where_no_order_is_known_every_round_hides_other_choices():
    events = replace(timeline(graph_of(parity_shop())), ordered=False)
    config = TrainingConfig(contexts=2, hidden_share=0.2)
    rounds = [random_splits(events, config, 0, number) for number in (0, 1, 0)]
    hidden = [[set(zip(p.targets.user, p.targets.item, strict=True)) for p in part] for part in rounds]
    assert hidden[0] == hidden[2]
    assert len({frozenset(pairs) for part in hidden[:2] for pairs in part}) == 4
    for part, pairs in zip(rounds[0], hidden[0], strict=True):
        assert len(pairs) == np.ceil(0.2 * len(set(zip(events.user, events.item, strict=True))))
        assert not pairs & set(zip(part.graph.user, part.graph.item, strict=True))
    assert random_splits(timeline(graph_of(parity_shop())), config, 0, 0) == []


def test_new_items_are_in_no_graph_and_ranked_among_themselves():
    graph = graph_of(parity_shop())
    events = timeline(graph)
    past = split_items(events, 0.25, np.random.default_rng(0))
    new = np.setdiff1d(events.item, past.graph.item)
    assert len(new) == 6
    assert set(past.targets.item) == set(new)
    assert len(past.targets.item) == np.isin(events.item, new).sum()
    members = segment_members(graph)
    config = PathModel(QUICK).config
    moment = context(
        past,
        relation_matrices(graph, config.operators),
        (*members[:2], len(members[2])),
        (config.behaviour, config.operators),
    )
    assert np.flatnonzero(moment.ranked).tolist() == new.tolist()


def test_new_items_teach_nothing_where_no_path_leads_to_them():
    """In a shop without a catalogue, as most data sets of interactions are."""
    graph = graph_of(parity_shop())
    config = PathModel(QUICK).config
    bare = [r.name for r in graph.relations if r.kind in (RelationKind.ATTRIBUTE, RelationKind.LINK)]
    graph = graph.without_relations([name for name in [*bare, "similar_text"] if graph.has_edges(name)])
    members = segment_members(graph)
    moment = context(
        split_items(timeline(graph), 0.25, np.random.default_rng(0)),
        relation_matrices(graph, config.operators),
        (*members[:2], len(members[2])),
        (config.behaviour, config.operators),
    )
    assert len(moment.user_rows) == 0


def test_of_new_users_nothing_is_known_but_their_segments():
    graph = graph_of(parity_shop())
    events = timeline(graph)
    past = split_users(events, np.arange(40), 0.25, np.random.default_rng(0))
    hidden = np.unique(past.targets.user)
    assert len(hidden) == 10
    assert hidden.max() < 40
    assert not np.isin(hidden, past.history.user).any()
    assert len(past.graph.user) + len(past.targets.user) == len(events.user)


def test_an_item_nobody_has_chosen_yet_is_told_to_those_it_suits():
    dataset = parity_shop()
    old = dataset.interactions.select(np.flatnonzero(dataset.interactions.item < 22))
    dataset = dataset.with_interactions(old)
    graph = graph_of(dataset)
    model = PathModel(QUICK).fit(dataset, graph)
    even, odd = model.score(graph, np.array([0, 1]))[:, 22:]
    assert even[0] > even[1]
    assert odd[1] > odd[0]
    assert model.paths(graph, 0, 22)


def test_without_popularity_nothing_is_popular_and_nothing_is_new():
    dataset = parity_shop()
    graph = graph_of(dataset).without_relations(["often_chooses"])
    model = PathModel(QUICK).fit(dataset, graph)
    assert not model.prior(graph, 0).any()
    row = graph.relation_row("often_chooses")
    paths = [path for item in range(24) for path in model.paths(graph, 0, item)]
    assert paths
    assert not any(hop.relation == row for path in paths for hop in path.hops)
    even, odd = model.score(graph, np.array([0, 1]))
    assert even[::2].sum() > even[1::2].sum()
    assert odd[1::2].sum() > odd[::2].sum()


def test_somebody_new_is_told_what_their_city_buys():
    dataset = parity_shop()
    known = dataset.interactions.select(np.flatnonzero(dataset.interactions.user >= 2))
    dataset = dataset.with_interactions(known)
    graph = graph_of(dataset)
    model = PathModel(QUICK).fit(dataset, graph)
    of_a, of_b = (np.argsort(-row)[:6] for row in model.score(graph, np.array([0, 1])))
    assert (of_a % 2 == 0).all()
    assert (of_b % 2 == 1).all()


def test_removing_a_purchase_removes_exactly_its_paths(parity_guide):
    graph, model = parity_guide.graph, parity_guide.model
    relation = graph.relation_row("bought")
    mine = np.flatnonzero((graph.relation == relation) & (graph.head == graph.users[6]))
    oldest = mine[np.argmin(graph.time[mine])]
    gone = graph.tail[oldest]
    for item in (0, 2, 4):
        kept = [p for p in model.paths(graph, 6, item) if p.hops[0].tail != gone]
        less = [p for p in model.paths(graph.without(np.array([oldest])), 6, item)]
        assert sorted(p.contribution for p in less) == pytest.approx(
            sorted(p.contribution for p in kept), rel=1e-6
        )


def test_a_returned_item_starts_no_paths(parity_guide):
    graph = parity_guide.graph
    visitor = graph.visitor(
        np.array([0, 0, 2]), np.array([EVENTS.index(e) for e in ("buy", "return", "view")])
    )
    known = slots(timeline(visitor))
    mine = known.source[known.start[-2] : known.start[-1]]
    assert mine.tolist() == [2]


def test_view_only_shops_are_predicted_by_views():
    dataset = parity_shop()
    views = dataset.interactions.event * 0
    dataset = dataset.with_interactions(replace(dataset.interactions, event=views))
    graph = graph_of(dataset)
    assert np.isfinite(PathModel(QUICK).fit(dataset, graph).score(graph, np.array([0]))).all()


def test_a_shop_with_one_purchase_each_is_refused_in_one_sentence():
    dataset = toy_shop()
    first = dataset.interactions.select(np.array([0, 1]))
    lonely = dataset.with_interactions(first)
    with pytest.raises(BadInput, match="nothing to learn from"):
        PathModel(QUICK).fit(lonely, graph_of(lonely))


def test_nan_losses_are_named(monkeypatch):
    dataset = parity_shop()
    config = replace(QUICK, training=TrainingConfig(rounds=1, steps=5, table_rate=float("nan")))
    with pytest.raises(BadInput, match="loss became"):
        PathModel(config).fit(dataset, graph_of(dataset))


def test_validation_scores_that_are_not_finite_are_named(monkeypatch):
    def ruined(network, *args):
        found = step(network, *args)
        with torch.no_grad():
            network.position.fill_(float("nan"))
        return found

    step = training._step
    monkeypatch.setattr(training, "_step", ruined)
    dataset = parity_shop()
    config = replace(QUICK, training=TrainingConfig(rounds=1, steps=1))
    with pytest.raises(BadInput, match="validation scores are not finite"):
        PathModel(config).fit(dataset, graph_of(dataset))


def test_a_model_of_another_graph_is_refused(parity_guide, tmp_path):
    parity_guide.model.save(tmp_path)
    with pytest.raises(BadBundle, match="does not fit"):
        PathModel.load(tmp_path, graph_of(toy_shop()))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 8), st.integers(0, 2**31))
def test_rows_top_keeps_the_largest_of_each_row(n, keep, seed):
    random = np.random.default_rng(seed)
    dense = random.random((n, n)) * (random.random((n, n)) < 0.6)
    kept = rows_top(sp.csr_array(dense), keep).toarray()
    np.fill_diagonal(dense, 0)
    for row in range(n):
        expected = np.sort(dense[row][dense[row] > 0])[::-1][:keep]
        np.testing.assert_allclose(np.sort(kept[row][kept[row] > 0])[::-1], expected, rtol=1e-6)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 12), st.integers(1, 4), st.integers(0, 2**31))
def test_columns_set_apart_do_not_push_out_the_others(n, keep, seed):
    random = np.random.default_rng(seed)
    dense, apart = random.random((n, n)), random.random(n) < 0.4
    kept = rows_top_apart(sp.csr_array(dense), keep, apart, diagonal=True).toarray()
    for columns in (apart, ~apart):
        alone = rows_top(sp.csr_array(dense[:, columns]), keep, diagonal=True).toarray()
        np.testing.assert_allclose(kept[:, columns], alone)


def test_product_top_equals_the_whole_product_across_slices():
    random = np.random.default_rng(0)
    left = sp.random_array((1500, 40), density=0.2, rng=random, dtype=np.float32).tocsr()
    right = sp.csr_array(left.T)
    whole = (left @ right).toarray()
    np.fill_diagonal(whole, 0)
    np.testing.assert_allclose(
        product_top(left, right, 2000, np.zeros(1500, bool)).toarray(), whole, rtol=1e-5
    )
