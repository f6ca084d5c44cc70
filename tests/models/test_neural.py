"""The networks: they learn what was hidden in small shops, and their short cuts give what the long way gives."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional
from toy import graph_of, parity_shop

from kgrec.domain import EVENTS, Dataset, RatingPredictor
from kgrec.errors import BadBundle, BadInput
from kgrec.models import MODELS, new_model
from kgrec.models.choices import choices
from kgrec.models.fitting import FittingConfig, batches, lesson_of, rank_figures, train
from kgrec.models.perceptron import DeepConfig, DeepNetwork
from kgrec.models.sequences import PAD, catalogue_loss, next_items, padded
from kgrec.models.timeline import timeline

BUY = EVENTS.index("buy")
SEQUENTIAL = ("gru", "sasrec")
LEARNING = {"deep": {"learning_rate": 0.003, "epochs": 60, "patience": 60}}


@pytest.fixture(scope="module")
def parity():
    dataset = parity_shop()
    return dataset, graph_of(dataset)


def shop(rows, *columns):
    """A shop from rows of (user, item, …), in the order given."""
    table = pd.DataFrame(rows, columns=["user_id", "item_id", *columns])
    items = pd.DataFrame({"item_id": sorted(set(table["item_id"]))})
    return Dataset.from_frames(table, items)


def dated(pairs):
    """Purchases of (user, item) an hour apart."""
    times = pd.date_range("2025-01-01", periods=len(pairs), freq="h", tz="UTC").astype(str)
    return shop([(*pair, "buy", time) for pair, time in zip(pairs, times, strict=True)], "event", "datetime")


@pytest.fixture(scope="module")
def ring():
    """Everybody starts somewhere and takes the next item of a circle each time."""
    dataset = dated([(f"u{u}", f"i{(u + n) % 12:02}") for u in range(60) for n in range(6)])
    return dataset, graph_of(dataset)


def stars(seed=0):
    """Users give items of their own parity 4.5 stars and others 1.5, give or take half a star."""
    random = np.random.default_rng(seed)
    rows = [
        (f"u{u}", f"i{i}", "rate", (4.5 if u % 2 == i % 2 else 1.5) + random.choice([-0.5, 0.5]))
        for u in range(40)
        for i in random.permutation(16)[:10]
    ]
    return shop(rows, "event", "value")


@pytest.mark.parametrize("name", ["deep", *SEQUENTIAL])
def test_even_users_are_told_even_items(name, parity):
    dataset, graph = parity
    scores = new_model(name, LEARNING.get(name)).fit(dataset, graph).score(graph, np.arange(60))
    scores[dataset.interactions.user, dataset.interactions.item] = -np.inf
    best = np.argsort(-scores, axis=1)[:, :3]
    assert (best % 2 == np.arange(60)[:, None] % 2).mean() > 0.9


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_what_comes_next_depends_on_the_order(name):
    every = dated(
        [(f"u{u}", item) for u in range(60) for item in (f"x{u % 3}", *("abc" if u % 2 else "bad"))]
    )
    bought = every.interactions
    last = (np.arange(240) % 4 == 3) & (bought.user < 20)
    dataset = every.with_interactions(bought.select(~last))
    graph = graph_of(dataset)
    model = new_model(name, {"learning_rate": 0.01})
    model.fit(dataset, graph, validation=bought.select(last))
    for session, coming in ([("x1", "a", "b"), "c"], [("x1", "b", "a"), "d"]):
        known = graph.item_ids.rows(session)
        scores = model.score(graph.visitor(known, np.full(3, BUY)), np.array([60]))[0]
        scores[known] = -np.inf
        assert graph.item_ids.ids[scores.argmax()] == coming


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_pads_and_later_items_change_no_state(name, parity):
    torch.manual_seed(0)
    network = new_model(name).new_network(60, 24).eval()
    rows = torch.tensor([[3, 5, 7, 9], [4, 6, PAD, PAD]])
    alone = network(torch.tensor([[4, 6]]))[0]
    torch.testing.assert_close(network(rows)[1, :2], alone)
    if name == "gru":  # in the attention network, positions are counted from the end
        torch.testing.assert_close(network(torch.tensor([[4, 6, 8]]))[0, :2], alone)
    else:
        moved = network(torch.tensor([[3, 5, 7, 1]]))[0, :3]
        torch.testing.assert_close(moved, network(rows)[0, :3])


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 300), st.integers(0, 1000))
def test_the_loss_and_its_gradients_are_those_of_torch(n, seed):
    random = torch.Generator().manual_seed(seed)
    states, items = (torch.randn(size, 4, generator=random).requires_grad_() for size in (n, 7))
    targets = torch.randint(7, (n,), generator=random)
    plain = functional.cross_entropy(states @ items.T, targets)
    expected = torch.autograd.grad(plain, (states, items))
    chunked = catalogue_loss(states, items, targets)
    torch.testing.assert_close(chunked, plain)
    torch.testing.assert_close(
        torch.autograd.grad(2 * chunked, (states, items)), tuple(2 * g for g in expected)
    )


def test_histories_are_cut_at_their_beginning_and_padded_at_their_end(ring):
    known = choices(ring[1])
    short = replace(known, start=np.array([0, 2, 2, 6]), item=np.array([8, 9, 1, 2, 3, 4]))
    assert padded(short, np.array([0, 2]), 3).tolist() == [[8, 9, PAD], [2, 3, 4]]
    before, after = next_items(short, np.array([0, 2]), 2)
    assert before.tolist() == [[8, PAD], [2, 3]]
    assert after.tolist() == [[9, PAD], [3, 4]]


def test_without_a_validation_part_the_last_choice_of_three_is_held_out():
    buys = [("ann", "a"), ("ann", "b"), ("ann", "c"), ("ben", "a"), ("ben", "b"), ("cleo", "c")]
    events = timeline(graph_of(dated(buys)))
    lesson = lesson_of(events, None, 100, 0)
    assert (lesson.user.tolist(), lesson.item.tolist()) == ([0], [2])
    assert lesson.known.item.tolist() == [0, 1, 0, 1, 2]
    unordered = lesson_of(replace(events, ordered=False), None, 100, 0)
    assert unordered.user.tolist() == [0]
    assert sorted([*unordered.known.item[:2], *unordered.item]) == [0, 1, 2]


def test_the_validation_part_hides_nothing_and_is_sampled(ring):
    dataset, graph = ring
    events = timeline(graph)
    validation = dataset.interactions.select(np.arange(0, 360, 6))
    lesson = lesson_of(events, validation, 10, 0)
    np.testing.assert_array_equal(lesson.known.item, choices(graph).item)
    assert len(lesson.user) == 10
    assert set(zip(lesson.user, lesson.item, strict=True)) <= set(
        zip(validation.user, validation.item, strict=True)
    )
    strangers = graph.with_user("new", "urn:new")
    unknown = replace(validation, user=np.full(60, 60))
    fallen_back = lesson_of(timeline(strangers), unknown, 100, 0)
    assert 60 not in fallen_back.user
    assert len(fallen_back.known.item) == 300


def test_the_figures_of_an_epoch_are_those_of_ranking_by_hand(ring):
    random = np.random.default_rng(3)
    lesson = lesson_of(timeline(ring[1]), None, 100, 0)
    scores = random.integers(0, 4, (60, 12)).astype(np.float32)  # many ties
    found = rank_figures(lambda users: torch.from_numpy(scores[users].copy()), lesson)
    gains = []
    for user, item in zip(lesson.user, lesson.item, strict=True):
        own = lesson.known.item[lesson.known.start[user] : lesson.known.start[user + 1]]
        others = np.setdiff1d(np.arange(12), [*own, item])
        rank = (scores[user, others] > scores[user, item]).sum()
        rank = rank + (scores[user, others] == scores[user, item]).sum() / 2
        gains.append(1 / np.log2(rank + 2))
    assert found["ndcg@10"] == pytest.approx(np.mean(gains))
    assert found["hr@10"] == 1


def test_the_best_epoch_is_kept_and_patience_ends_the_rest():
    network = nn.Linear(1, 1, bias=False)
    seen, figures = [], iter([0.1, 0.4, 0.3, 0.4, 0.2, 0.9])

    def judge():
        seen.append(network.weight.item())
        return {"ndcg@10": next(figures)}

    def losses():
        yield network.weight.sum()

    history = train(network, losses, judge, FittingConfig(patience=3, learning_rate=0.1))
    assert [figure["ndcg@10"] for figure in history] == [0.1, 0.4, 0.3, 0.4, 0.2]
    assert network.weight.item() == seen[1]


def test_a_loss_that_is_no_number_says_what_to_lower():
    network = nn.Linear(1, 1)
    with pytest.raises(BadInput, match=r"nan in epoch 1; lower learning_rate"):
        train(network, lambda: iter([network.bias.sum() * torch.nan]), dict, FittingConfig())


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_an_epoch_whose_scores_are_no_numbers_is_not_the_best_one(ring, bad):
    lesson = lesson_of(timeline(ring[1]), None, 100, 0)
    network = nn.Linear(1, 1)

    def judge():
        return rank_figures(lambda users: torch.full((len(users), 12), bad), lesson)

    with pytest.raises(BadInput, match=r"ndcg@10 became nan in epoch 1; lower learning_rate"):
        train(network, lambda: iter([network.bias.sum()]), judge, FittingConfig())


def test_the_deep_network_has_dense_layers_of_128_64_and_32():
    network = DeepNetwork(3, 5, DeepConfig())
    dense = [layer.out_features for layer in network.layers if isinstance(layer, nn.Linear)]
    assert [network.of_user.out_features, *dense] == [128, 64, 32, 1]
    assert network.of_item.out_features == 128  # half of the first layer; see the test of its halves


@given(st.integers(1, 3000), st.integers(1, 600))
def test_batches_hold_every_row_once(n, size):
    parts = list(batches(n, size, np.random.default_rng(0)))
    assert sorted(torch.cat(parts).tolist()) == list(range(n))
    assert max(map(len, parts)) <= max(16, size)


@pytest.mark.parametrize("name", SEQUENTIAL)
def test_without_an_order_another_model_is_asked_for(name):
    dataset = stars()
    with pytest.raises(BadInput, match="no times; take a model that needs none"):
        new_model(name).fit(dataset, graph_of(dataset))


@pytest.mark.parametrize("name", ["deep", *SEQUENTIAL])
def test_nobody_asked_for_nobody_scored(name, parity):
    model = new_model(name, {"epochs": 1}).fit(*parity)
    assert model.score(parity[1], np.zeros(0, np.int64)).shape == (0, 24)


def test_clicks_need_no_order():
    dataset = stars()
    model = new_model("deep", {"epochs": 1}).fit(dataset, graph := graph_of(dataset))
    assert np.isfinite(model.score(graph, np.arange(40))).all()
    assert not isinstance(model, RatingPredictor)


def test_half_a_first_layer_each_is_the_whole_on_both():
    torch.manual_seed(0)
    network = DeepNetwork(5, 7, DeepConfig()).eval()
    user, item = torch.arange(5).repeat_interleave(7), torch.arange(7).repeat(5)
    both = torch.cat([network.users(user), network.items(item)], dim=1)
    whole = torch.cat([network.of_user.weight, network.of_item.weight], dim=1)
    hidden = both @ whole.T + network.of_user.bias
    torch.testing.assert_close(network(user, item), network.layers(hidden)[:, 0])
    torch.testing.assert_close(network.of_all_items(network.users.weight).flatten(), network(user, item))


def test_somebody_new_is_taken_for_those_who_chose_the_same(parity):
    dataset, graph = parity
    model = new_model("deep", LEARNING["deep"]).fit(dataset, graph)
    session = graph.visitor(np.array([3]), np.array([BUY]))
    found = model.network.vectors_of(np.array([60]), choices(session))[0]
    buyers = np.unique(dataset.interactions.user[dataset.interactions.item == 3])
    torch.testing.assert_close(found, model.network.users.weight[buyers].mean(dim=0))
    assert (np.argsort(-model.score(session, np.array([60]))[0])[:5] % 2 == 1).all()


def test_stars_are_predicted_within_the_scale(tmp_path):
    dataset = stars()
    graph = graph_of(dataset)
    wanted = {"objective": "ratings", "learning_rate": 0.01}
    model = new_model("deep", wanted).fit(dataset, graph)
    assert isinstance(model, RatingPredictor)
    user, item = np.repeat(np.arange(40), 16), np.tile(np.arange(16), 40)
    parity = [int(name[1:]) % 2 for name in graph.item_ids.ids]
    fair = np.where(user % 2 == np.array(parity)[item], 4.5, 1.5)
    found = model.rate(graph, user, item)
    assert found.dtype == np.float32
    assert found.min() >= 1
    assert found.max() <= 5
    assert np.sqrt(np.mean((found - fair) ** 2)) < 0.75  # the mean rating alone is 1.5 away
    assert min(figures["rmse"] for figures in model.history) < 0.9
    model.save(tmp_path)
    np.testing.assert_array_equal(MODELS["deep"].load(tmp_path, graph).rate(graph, user, item), found)


def test_the_validation_ratings_choose_the_epoch():
    dataset = stars()
    some = dataset.interactions.select(np.arange(0, 400, 10))
    graph = graph_of(dataset)
    wanted = {"objective": "ratings", "epochs": 3}
    model = new_model("deep", wanted).fit(dataset, graph, validation=some)
    flat = new_model("deep", wanted).fit(dataset, graph, validation=replace(some, weight=some.weight * 0 + 3))
    assert model.history[0]["loss"] == flat.history[0]["loss"]
    assert model.history[0]["rmse"] > flat.history[0]["rmse"]


def test_without_ratings_clicks_are_proposed(parity):
    with pytest.raises(BadInput, match="no ratings to learn; set objective=clicks"):
        new_model("deep", {"objective": "ratings"}).fit(*parity)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("deep", {"objective": "likes"}),
        ("deep", {"negatives": 0}),
        ("gru", {"layers": 0}),
        ("sasrec", {"dropout": 1}),
        ("sasrec", {"heads": 3}),
        ("sasrec", {"learning_rate": 0}),
    ],
)
def test_settings_out_of_bounds_are_refused(name, wanted):
    with pytest.raises(BadInput, match=next(iter(wanted))):
        new_model(name, wanted)


def test_a_model_of_another_shop_or_with_other_settings_is_not_loaded(ring, parity, tmp_path):
    model = new_model("gru", {"epochs": 2}).fit(*ring)
    model.save(tmp_path)
    assert MODELS["gru"].load(tmp_path, ring[1]).history == model.history
    with pytest.raises(BadBundle, match="train it again"):
        MODELS["gru"].load(tmp_path, parity[1])
    settings = tmp_path / "model.json"
    settings.write_text(settings.read_text().replace('"dimensions": 64', '"dimensions": 32'))
    with pytest.raises(BadBundle, match="train it again"):
        MODELS["gru"].load(tmp_path, ring[1])
