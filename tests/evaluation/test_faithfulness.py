"""Faithfulness is measured as it is defined, and a model that lies about its reasons is found out."""

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from toy import QUICK, THOROUGH, graph_of, parity_shop, toy_shop

from kgrec import experiments
from kgrec.domain import Dataset, RowHop, RowPath, Terms
from kgrec.evaluation import faithfulness as measure
from kgrec.evaluation import path_quality
from kgrec.evaluation.faithfulness import Rivals, Scored
from kgrec.explain.asker import Asker
from kgrec.explanations import evidence, quality
from kgrec.explanations.compared import OURS, Effort, compare
from kgrec.explanations.lists import Listed, askers, drawn_users, listed
from kgrec.models import new_model
from kgrec.models.path import PathModel
from kgrec.models.path.explainers import Messages, by_attention, by_gnn_explainer, messages

FEW = Effort(draws=20, gnn_users=0)


def scored(*carried, prior=1.0, rivals=(4.0, 2.5, 0.5)):
    return Scored(np.array(carried, dtype=float), prior, Rivals(np.sort(np.array(rivals, dtype=float))))


@pytest.fixture(scope="module")
def stage():
    return experiments.prepare(parity_shop(), "leave-one-out")


@pytest.fixture(scope="module")
def model(stage):
    return PathModel(QUICK).fit(stage.known, stage.graph, validation=stage.split.validation)


@pytest.fixture(scope="module")
def lists(stage, model):
    return [listed(asker) for asker in askers(stage, model, drawn_users(stage, 8, seed=0))]


def test_deleting_the_largest_term_costs_exactly_its_share():
    lost = measure.comprehensiveness(scored(6.0, 2.0, 1.0), np.array([0, 1, 2]))
    assert lost.score.tolist() == pytest.approx([0.0, 0.6, 0.8, 0.9])  # the prior, a tenth, stays
    # The score falls from 10 to 4 (one rival as good: place 1.5), to 2 and to 1 (two are better: place 3).
    assert lost.rank.tolist() == pytest.approx([0.0, 1 - 1 / 1.5, 1 - 1 / 3, 1 - 1 / 3])


def test_keeping_the_largest_term_keeps_exactly_its_share_and_the_prior():
    lost = measure.sufficiency(scored(6.0, 2.0, 1.0), np.array([0, 1, 2]))
    assert lost.score.tolist() == pytest.approx([0.9, 0.3, 0.1, 0.0])
    assert lost.rank[-1] == 0.0


def test_areas_and_bins_are_those_of_the_curve():
    lost = measure.comprehensiveness(scored(8.0, 1.0, prior=1.0), np.array([0, 1]))
    assert lost.area()["score"] == pytest.approx((0.0 + 0.8) / 4 + (0.8 + 0.9) / 4)
    # 1, 5, 10, 20 and 50 % of two terms are one term each.
    assert lost.in_bins()["score"] == pytest.approx(0.8)
    assert lost.at_shares()["score"][[0, 10, 20]].tolist() == pytest.approx([0.0, 0.8, 0.9])


@given(st.lists(st.floats(0.01, 10), min_size=1, max_size=12), st.randoms(use_true_random=False))
def test_no_order_beats_that_of_the_contributions(amounts, random):
    item = scored(*amounts)
    order = list(range(len(amounts)))
    random.shuffle(order)
    best = np.argsort(-item.carried, kind="stable")
    for kind in (measure.comprehensiveness, measure.sufficiency):
        ours, theirs = kind(item, best).in_bins(), kind(item, np.array(order)).in_bins()
        for name, mine in ours.items():
            other = theirs[name]
            better = mine >= other if kind is measure.comprehensiveness else mine <= other
            assert better or mine == pytest.approx(other)


def test_the_area_of_random_orders_is_half_of_what_can_be_lost():
    item, random = scored(*np.random.default_rng(0).exponential(size=30)), np.random.default_rng(1)
    orders = [measure.comprehensiveness(item, random.permutation(30)) for _ in range(400)]
    most = 1 - item.prior / item.whole
    assert measure.mean_of(orders).area()["score"] == pytest.approx(most / 2, rel=0.03)


def test_pn_and_ps_ask_whether_the_item_leaves_or_stays_in_the_ten():
    ten = [5.0] * 10  # that many rivals
    item = scored(6.0, 2.0, prior=1.0, rivals=ten)
    assert not measure.necessary(item, 2.0)  # 7 is left
    assert measure.necessary(item, 6.0)  # 3 is left: place 11
    assert measure.sufficient(item, 6.0)  # 7 with the prior
    assert not measure.sufficient(item, 2.0)  # 3 with the prior
    assert measure.harmonic(0.5, 1.0) == pytest.approx(2 / 3)
    assert measure.harmonic(0.0, 0.0) == 0.0


def test_users_without_a_figure_count_neither_in_means_nor_in_tests():
    nan = float("nan")
    told = measure.summary({"a": [1.0, nan, 3.0], "b": [nan]}, seed=0)
    assert told["a"]["mean"] == 2.0
    assert told["a"]["n_users"] == 2
    assert told["b"] is None
    versus = measure.against([1.0, 2.0, 4.0], {"other": [0.5, nan, 2.0], "nobody": [nan, nan, nan]}, seed=0)
    assert versus["other"]["difference"]["mean"] == pytest.approx((0.5 + 2.0) / 2)
    assert versus["other"]["ratio"] == pytest.approx(2.0)
    assert versus["nobody"]["p_value"] is None


def test_recency_is_the_moving_average_of_balloccu():
    assert path_quality.moving_average(np.array([0.0, 10.0, 20.0])).tolist() == pytest.approx([0, 3 / 8.1, 1])
    assert path_quality.moving_average(np.array([7.0, 7.0])).tolist() == [1.0, 1.0]


def test_recency_of_a_path_is_that_of_the_event_it_starts_from():
    graph = graph_of(toy_shop())  # l0 buys five things, an hour apart
    user = int(graph.users[graph.user_ids.row("l0")])
    own = graph.only(graph.edges_from(user, graph.relations[graph.relation_row("bought")].kind))
    bought = graph.relation_row("bought")
    times = {int(tail): int(time) for tail, time in zip(own.tail, own.time, strict=True)}
    third = sorted(times, key=times.get)[2]
    path = RowPath((RowHop(user, bought, third, False),), 1.0)
    assert path_quality.recency(own, path) == pytest.approx(0.81 / 2.2269)


def test_popularity_of_an_entity_is_against_others_of_its_kind():
    items = pd.DataFrame(
        {
            "item_id": [f"i{n}" for n in range(7)],
            "title": [f"thing {n}" for n in range(7)],
            "brand": list("abbcccc"),
        }
    )
    bought = pd.DataFrame(
        {
            "user_id": ["u"] * 7,
            "item_id": items["item_id"],
            "event": "buy",
            "datetime": [f"2025-01-0{n + 1}" for n in range(7)],
        }
    )
    graph = graph_of(Dataset.from_frames(bought, items))
    brand = graph.relation_row("has_brand")

    def over(first, second):
        one, other = (int(graph.items[graph.item_ids.row(name)]) for name in (first, second))
        where = graph.edges_of("has_brand")
        shared = int(graph.tail[where][graph.head[where] == one][0])
        user, known = int(graph.users[0]), graph.relation_row("bought")
        hops = (
            RowHop(user, known, one, False),
            RowHop(one, brand, shared, False),
            RowHop(other, brand, shared, True),
        )
        return RowPath(hops, 1.0)

    popularity = path_quality.EntityPopularity(graph)  # brands of 1, 2 and 4 items: averages 1, 1.3, 2.11
    assert popularity.of(over("i1", "i2")) == pytest.approx(0.3 / 1.11)
    assert popularity.of(over("i3", "i4")) == pytest.approx(1.0)
    direct = RowPath(over("i1", "i2").hops[:1] + (RowHop(1, brand, 2, False),), 1.0)
    assert popularity.of(direct) is None


def test_type_diversity_is_the_share_of_different_metapaths():
    def path(relation):
        return RowPath((RowHop(0, 0, 1, False), RowHop(1, relation, 2, False)), 1.0)

    assert path_quality.type_diversity([path(1), path(1), path(2)], n_types=9) == pytest.approx(2 / 3)
    assert path_quality.type_diversity([path(1), path(1), path(2)], n_types=2) == 1.0


def test_agreement_of_terms_counts_what_one_model_lacks_as_nothing():
    hop = RowHop(0, 0, 1, False)

    def terms(**amounts):
        ways = tuple(amounts)
        n = len(ways)
        zero = np.zeros(n, np.int64)
        return Terms((hop,), ways, zero, np.arange(n), zero, np.array(list(amounts.values())), 1)

    assert path_quality.agreement(terms(a=3.0, b=2.0, c=1.0), terms(c=1.0, a=9.0, b=2.0)) == pytest.approx(
        1.0
    )
    assert path_quality.agreement(terms(a=1.0, b=2.0), terms(a=2.0)) == pytest.approx(-1.0)
    assert path_quality.agreement(terms(a=1.0), terms(a=2.0)) is None


def test_reasons_of_the_path_model_add_up_and_walk_stored_edges(lists, stage):
    assert max(quality.completeness(lists).values()) <= 1e-5
    assert quality.validity(lists, stage.graph_when_tested)["share"] == 1.0
    assert quality.coverage(lists)["with_history"]["share"] == 1.0


def test_ours_takes_more_than_random_orders_and_terms_are_the_messages(lists, stage):
    found = compare(lists, np.ones(len(stage.graph.iris), np.int64), FEW, lambda *_: None)
    lost = {name: np.mean(found.values["comprehensiveness", name, "score_bins"]) for name in found.names[:4]}
    assert lost[OURS] > 1.5 * lost["random"]
    assert lost[OURS] == max(lost.values())
    kept = {name: np.mean(found.values["sufficiency", name, "score_bins"]) for name in (OURS, "random")}
    assert kept[OURS] < kept["random"]
    assert found.apart <= 1e-5


class Liar(PathModel):
    """Scores as the model does, but gives its contributions to the wrong paths."""

    def terms(self, graph, user_row):
        honest = super().terms(graph, user_row)
        contribution = honest.contribution.copy()
        for item in np.unique(honest.item):
            here = np.flatnonzero(honest.item == item)
            here = here[np.argsort(honest.contribution[here])]
            contribution[here] = contribution[here[::-1]]
        return Terms(
            honest.hops, honest.ways, honest.slot, honest.way, honest.item, contribution, honest.n_items
        )

    def reasons(self, graph, user_row, item_rows, most):
        honest = super().reasons(graph, user_row, item_rows, most)
        return [type(one)(one.paths, one.rest * 1.1 + 0.01, one.n_rest) for one in honest]


def test_a_model_that_lies_is_found_out(lists, stage, model):
    liar = Liar(QUICK)
    liar.__dict__.update(model.__dict__)
    told = [listed(Asker(liar, one.asker.graph, one.asker.user_row, one.asker.taken)) for one in lists]
    assert quality.completeness(told)["paths"] > 1e-3
    honest, found = (
        compare(those, np.ones(len(stage.graph.iris), np.int64), FEW, lambda *_: None)
        for those in (lists, told)
    )
    assert found.apart > 0.1
    key = ("comprehensiveness", OURS, "score_bins")
    assert np.mean(found.values[key]) < np.mean(found.values["comprehensiveness", "random", "score_bins"])
    assert np.mean(found.values[key]) < np.mean(honest.values[key]) / 2


def test_deleted_events_cost_what_was_foretold_and_more_than_random_ones(lists):
    found = evidence.deleted(lists, draws=5, seed=0)
    assert found["prediction_error"] <= 1e-5
    for depth in (1, 3, 5):
        at = found[f"paths_{depth}"]
        assert at["score_lost"]["mean"] >= at["random_score_lost"]["mean"]
        assert at["things"]["mean"] <= depth


def test_with_one_known_thing_all_but_the_prior_goes():
    dataset = toy_shop()
    graph = graph_of(dataset)
    model = PathModel(THOROUGH).fit(dataset, graph)
    ana = graph.user_ids.row("ana")
    one = listed(Asker(model, graph, ana, np.array([graph.item_ids.row("cream")])))
    found = evidence.deleted([Listed(one.asker, one.item_rows[:1], one.reasons[:1])], draws=1, seed=0)
    prior, score = one.asker.prior[one.item_rows[0]], one.asker.scores[one.item_rows[0]]
    assert found["paths_1"]["score_lost"]["mean"] == pytest.approx(1 - prior / score, rel=1e-4)
    assert found["paths_1"]["random_score_lost"]["mean"] == pytest.approx(1 - prior / score, rel=1e-4)


def test_the_network_carries_what_the_terms_say_for_new_users_too():
    dataset = parity_shop()
    graph = graph_of(dataset)
    model = PathModel(QUICK).fit(dataset, graph)
    stranger = graph.without(graph.edges_from(int(graph.users[0]), *[graph.relations[0].kind]))
    for asked in (graph, stranger):
        terms = model.terms(asked, 0)
        behind = messages(model, asked, 0, terms)
        assert behind.carried == pytest.approx(terms.contribution, rel=1e-4)
        assert behind.prior == pytest.approx(model.prior(asked, 0)[terms.item], rel=1e-4)


def test_attention_looks_at_gates_and_gnn_explainer_finds_what_carries_most():
    made_up = Messages(
        gate=np.array([1.0, 3.0, 1.0, 2.0], np.float32),
        weight=np.array([9.0, 0.01, 0.01, 0.01], np.float32),
        prior=np.full(4, 0.01, np.float32),
    )
    assert by_attention(made_up).tolist() == [1, 3, 0, 2]
    before = torch.get_rng_state()
    how = {"epochs": 100, "rate": 0.05, "edge_size": 0.02, "edge_ent": 0.0}
    found = by_gnn_explainer(made_up, seed=3, **how)
    assert found[0] == 0
    assert found.tolist() == by_gnn_explainer(made_up, seed=3, **how).tolist()
    assert torch.equal(before, torch.get_rng_state())


def test_the_same_model_is_stable_against_itself(lists):
    found = quality.stability(lists, lists, seed=0)
    assert found["list_jaccard"]["mean"] == 1.0
    assert found["top_paths_jaccard"]["mean"] == 1.0
    assert found["term_rank_correlation"]["mean"] == pytest.approx(1.0)


def test_models_without_a_network_are_compared_with_random_and_popular_orders(stage):
    model = new_model("item-knn").fit(stage.known, stage.graph, validation=stage.split.validation)
    those = [listed(asker) for asker in askers(stage, model, drawn_users(stage, 4, seed=0))]
    found = compare(those, np.ones(len(stage.graph.iris), np.int64), FEW, lambda *_: None)
    assert found.names == [OURS, "random", "popular"]
    assert quality.completeness(those)["paths"] <= 1e-5
