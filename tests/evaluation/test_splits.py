"""Splits keep the future out, and the leak check finds what was left in."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from toy import graph_of, parity_shop

from kgrec.domain import EVENTS, Dataset, Facts
from kgrec.errors import BadInput, UnknownName
from kgrec.evaluation.leaks import MUST_BE_0, leaks, sentence
from kgrec.evaluation.splits import SPLITS, known_part, selection, split_by

DRAWN = ["temporal", "cold-items", "cold-users"]


@pytest.fixture(scope="module")
def shop():
    return parity_shop()


def pairs(part):
    return set(zip(part.user.tolist(), part.item.tolist(), strict=True))


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
    split = split_by("leave-one-out", dataset, 0)

    def names(part):
        return [dataset.items.ids[row] for row in part.item]

    assert names(split.train) == ["a", "b", "x"]
    assert names(split.validation) == ["c"]
    assert names(split.later) == ["c", "d"]  # the look at d before it was bought is known, e after it is not
    assert names(split.test) == ["d"]
    assert names(split.history) == ["a", "b", "x", "c", "d"]
    found = leaks(split, graph_of(known_part(dataset, split.train)))
    assert (found["test_pairs_chosen_in_train"], found["test_pairs_met_before"]) == (0, 1)


def test_where_nothing_is_bought_views_are_tested_but_nothing_sent_back(shop):
    n = np.arange(len(shop.interactions))
    event = np.where(n % 2, EVENTS.index("view"), EVENTS.index("dislike"))
    split = split_by("leave-one-out", shop.with_interactions(replace(shop.interactions, event=event)), 0)
    assert set(split.test.event) == {EVENTS.index("view")}


def test_users_with_two_choices_stay_in_train():
    assert len(split_by("leave-one-out", parity_shop(each=7), 0).test) == 60
    with pytest.raises(BadInput, match="three choices"):
        split_by("leave-one-out", parity_shop(each=2), 0)


def test_temporal_cuts_everybody_at_the_same_two_moments(shop):
    split = split_by("temporal", shop, 0)
    n = len(shop.interactions)
    assert (len(split.train), len(split.validation), len(split.test)) == (
        int(n * 0.8),
        int(n * 0.9) - int(n * 0.8),
        n - int(n * 0.9),
    )
    assert split.train.time.max() < split.validation.time.min()
    assert split.validation.time.max() < split.test.time.min()
    assert pairs(split.later) == pairs(split.validation)


def test_temporal_tests_first_choices_only_and_keeps_equal_times_together():
    days = ["2025-01-01"] * 8 + ["2025-01-03"] + ["2025-01-04"] * 3
    frame = pd.DataFrame(
        {
            "user_id": [f"u{n % 4}" for n in range(12)],
            "item_id": [f"i{n}" for n in range(11)] + ["i3"],  # u3 buys i3 again on the last day
            "event": "buy",
            "datetime": days,
        }
    )
    with pytest.raises(BadInput, match="empty train"):
        split_by("temporal", Dataset.from_frames(frame[:11].assign(datetime="2025-01-01")), 0)
    dataset = Dataset.from_frames(frame)
    split = split_by("temporal", dataset, 0)
    assert [dataset.items.ids[row] for row in split.test.item] == ["i9", "i10"]
    assert [dataset.items.ids[row] for row in split.validation.item] == ["i8"]


@pytest.mark.parametrize("clock", ["steps", "none"])
def test_temporal_needs_a_clock(shop, clock):
    with pytest.raises(BadInput, match="clock"):
        split_by("temporal", shop.with_interactions(replace(shop.interactions, clock=clock)), 0)


def test_unordered_interactions_cannot_be_left_one_out(shop):
    with pytest.raises(BadInput, match="no time column"):
        split_by("leave-one-out", shop.with_interactions(replace(shop.interactions, clock="none")), 0)


@given(seed=some.integers(0, 2**31 - 1))
@settings(max_examples=20, deadline=None)
def test_cold_items_are_in_no_event_of_the_train_part_and_are_the_candidates(seed):
    dataset = parity_shop()
    views = replace(dataset.interactions, event=np.full(len(dataset.interactions), EVENTS.index("view")))
    both = views.select(np.arange(0, len(views), 3))
    mixed = replace(
        dataset.interactions,
        **{
            name: np.concatenate([getattr(both, name), getattr(dataset.interactions, name)])
            for name in ("user", "item", "event", "weight", "time", "line")
        },
    )
    split = split_by("cold-items", dataset.with_interactions(mixed), seed)
    assert len(split.candidates) == 5  # a fifth of 24
    assert set(split.test.item) <= set(split.candidates)
    assert not set(split.history.item) & set(split.candidates)
    assert not set(split.train.item) & set(split.validation_candidates)
    assert not set(split.candidates) & set(split.validation_candidates)
    assert set(split.test.event) == {EVENTS.index("buy")}
    graph = graph_of(known_part(dataset, split.train))
    cold = graph.items[split.candidates]
    events = graph.edges_of("bought")
    assert not np.isin(graph.tail[events], cold).any()
    assert np.isin(cold, graph.head[graph.edges_of("has_brand")]).all()  # the catalogue still knows them


def test_cold_users_keep_their_segments_and_nothing_else(shop):
    split = split_by("cold-users", shop, 1)
    cold = np.unique(split.test.user)
    assert len(cold) == 12  # a fifth of 60
    assert split.candidates is None
    assert pairs(split.test) == {pair for pair in pairs(shop.interactions) if pair[0] in set(cold)}
    assert not set(split.history.user) & (set(cold) | set(split.validation.user))
    graph = graph_of(known_part(shop, split.train))
    heads = np.isin(graph.head, graph.users[cold])
    assert {graph.relations[row].name for row in graph.relation[heads]} == {"in_segment"}


@pytest.mark.parametrize("protocol", ["cold-items", "cold-users"])
def test_the_seed_says_who_is_cold(shop, protocol):
    one, same, other = (split_by(protocol, shop, seed).test for seed in (3, 3, 4))
    assert pairs(one) == pairs(same)
    assert pairs(one) != pairs(other)


def test_given_split_needs_a_test_part(shop):
    with pytest.raises(BadInput, match="test part"):
        split_by("given-split", shop, 0)


def test_a_given_test_part_is_tested_for_its_choices_and_each_once(shop):
    held = shop.interactions.select(np.array([0, 0, 1, 2]))
    event = np.array([EVENTS.index(name) for name in ("buy", "rate", "view", "buy")])
    split = split_by("given-split", replace(shop, held_out=replace(held, event=event)), 0)
    assert split.test.item.tolist() == shop.interactions.item[[0, 2]].tolist()


def test_what_was_rated_after_it_was_chosen_is_rated_in_the_test_part_once():
    rows = [
        *(("u", item, "buy", 1, day) for item, day in [("a", 1), ("b", 2), ("c", 3), ("d", 4)]),
        *(("u", item, "rate", stars, day) for item, stars, day in [("a", 1, 5), ("d", 2, 6), ("d", 5, 7)]),
    ]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id", "event", "value", "datetime"])
    frame["datetime"] = [f"2025-01-0{day}" for day in frame["datetime"]]
    dataset = Dataset.from_frames(frame)
    ratings = split_by("leave-one-out", dataset, 0).ratings
    assert [dataset.items.ids[row] for row in ratings.item] == ["d"]
    assert ratings.weight.tolist() == [5]
    known = dataset.interactions
    held = replace(dataset.with_interactions(known.select(known.time < known.time[3])), held_out=known)
    given = split_by("given-split", held, 0)
    assert sorted(zip(dataset.items.ids[given.ratings.item], given.ratings.weight, strict=True)) == [
        ("a", 1), ("d", 5)
    ]  # fmt: skip


def test_splits_that_differ_in_one_test_item_have_another_version(shop):
    split = split_by("leave-one-out", shop, 0)
    assert split.version == split_by("leave-one-out", shop, 1).version
    item = split.test.item.copy()
    item[5] = (item[5] + 2) % 24
    assert replace(split, test=replace(split.test, item=item)).version != split.version
    assert replace(split, candidates=np.arange(24)).version != split.version


def test_an_unknown_protocol_names_the_known_ones(shop):
    with pytest.raises(UnknownName, match="leave-one-out"):
        split_by("leave-one-outt", shop, 0)


def test_a_shop_too_small_for_cold_items_or_users_is_told_so():
    tiny = parity_shop(users=6, items=8, each=3)
    for protocol in ("cold-items", "cold-users"):
        with pytest.raises(BadInput, match="needs ten"):
            split_by(protocol, tiny, 0)


def test_an_empty_test_part_is_an_error():
    frame = pd.DataFrame({"user_id": ["u"] * 3, "item_id": ["a", "b", "c"], "event": "buy"})
    items = pd.DataFrame({"item_id": [*"abc", *(f"x{n}" for n in range(20))], "title": "thing"})
    dataset = Dataset.from_frames(frame, items)
    empty = [seed for seed in range(5) if not _splits(dataset, seed)]
    assert empty  # three of 23 items are mostly not among the cold ones
    with pytest.raises(BadInput, match="empty test"):
        split_by("cold-items", dataset, empty[0])


def _splits(dataset, seed):
    return len(SPLITS["cold-items"](dataset, seed).test) > 0


@pytest.mark.parametrize("protocol", ["leave-one-out", *DRAWN])
def test_settings_are_chosen_on_the_validation_part(shop, protocol):
    split = split_by(protocol, shop, 0)
    part = selection(split, 0)
    assert pairs(part.validation) == pairs(split.validation)
    assert not pairs(part.train) & pairs(part.validation)
    assert not pairs(split.test) & (pairs(part.train) | pairs(part.validation))


def test_without_a_validation_part_a_tenth_of_train_is_hidden(shop):
    held = shop.interactions.select(np.arange(20))
    dataset = replace(
        shop.with_interactions(shop.interactions.select(np.arange(20, len(shop.interactions)))), held_out=held
    )
    split = split_by("given-split", dataset, 0)
    part, same, other = selection(split, 5), selection(split, 5), selection(split, 6)
    assert len(part.validation) == len(split.train) // 10
    assert pairs(part.train) | pairs(part.validation) == pairs(split.train)
    assert not pairs(part.train) & pairs(part.validation)
    assert pairs(part.validation) == pairs(same.validation)
    assert pairs(part.validation) != pairs(other.validation)


@pytest.mark.parametrize("protocol", ["leave-one-out", *DRAWN])
def test_a_clean_split_leaks_nothing(shop, protocol):
    split = split_by(protocol, shop, 0)
    found = leaks(split, graph_of(known_part(shop, split.train)))
    assert [found[name] for name in MUST_BE_0] == [0, 0, 0, 0]
    assert sentence(found).startswith("leak check: clean: test pairs chosen in train 0,")


def test_leaks_are_counted(shop):
    split = split_by("leave-one-out", shop, 0)
    test = split.test
    n = len(test)
    twice = replace(split, test=test.select(np.append(np.arange(n), 0)))
    found = leaks(twice, graph_of(shop))  # a graph that knows everything
    assert found["duplicate_test_pairs"] == 1
    assert found["edges_of_test_pairs_only"] == n
    assert sentence(found).startswith("leak check: NOT CLEAN, training knows of the test part: ")
    train = split.train
    mixed = replace(split, train=train.select(np.append(np.arange(len(train)), 0)), test=train.select([0, 1]))
    found = leaks(mixed, graph_of(known_part(shop, train)))
    assert found["test_pairs_chosen_in_train"] == 2
    assert found["duplicate_train_events"] == 1
    stranger = replace(split, train=train.select((train.user != test.user[0]) & (train.item != test.item[0])))
    found = leaks(stranger, graph_of(shop))
    assert found["test_users_without_history"] == 1
    assert found["test_items_never_in_train"] == 1
    assert found["test_pairs_of_such_items"] == int((test.item == test.item[0]).sum())
    assert found["behaviour_edges_of_unseen_items"] > 0, "a graph of the whole shop knows who else chose it"


def test_crawled_links_that_join_a_test_item_to_what_its_user_had_are_counted_either_way(shop):
    split = split_by("leave-one-out", shop, 0)
    user, item = int(split.test.user[0]), int(split.test.item[0])
    had = int(split.train.item[split.train.user == user][0])
    links = Facts(
        item=np.array([item]),
        relation=np.array(["also_viewed"], dtype=object),
        value=np.array([shop.items.ids[had]], dtype=object),
        line=np.array([1]),
    )
    linked = replace(known_part(shop, split.train), facts=links)
    found = leaks(split, graph_of(linked))
    expected = {
        (u, i) for u, i in pairs(split.test) for other in (had, item) if {i, other} == {item, had}
        and (u, other) in pairs(split.train)
    }  # fmt: skip
    assert (user, item) in expected
    assert found["crawled_links"] == {"also_viewed": len(expected)}
    assert f"linked by also viewed {len(expected)}" in sentence(found)


def test_reviews_of_hidden_pairs_are_not_known_in_training():
    base = parity_shop()
    known = base.interactions
    reviews = pd.DataFrame(
        {
            "user_id": base.users.ids[known.user],
            "item_id": base.items.ids[known.item],
            "rating": 5.0,
            "text": "good",
            "lang": "en",
        }
    )
    dataset = replace(base, reviews=reviews)
    split = split_by("leave-one-out", dataset, 0)
    looks = replace(split.test, event=np.full(len(split.test), EVENTS.index("view")))
    train = replace(split, train=split.train, later=looks).history  # a look at what is bought later
    part = known_part(dataset, train)
    assert len(part.reviews) == len(pairs(split.train))
    assert len(part.interactions) == len(train)
    assert part.held_out is None
