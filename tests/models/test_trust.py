"""Doubtful accounts tell the shop less of its items; with everything trusted nothing is changed, bit for bit."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.errors import BadInput, UnknownName
from kgrec.graph.build import assemble
from kgrec.graph.vocabulary import Namer
from kgrec.models import new_model
from kgrec.models.path import PathConfig, PathModel
from kgrec.models.path.behaviour import Behaviour, BehaviourConfig, behaviour_edges, derive
from kgrec.models.path.config import TrainingConfig
from kgrec.models.timeline import segment_members, timeline
from kgrec.models.trust import Deeds, Trust, lifetimes, weights
from kgrec.pipeline import knowledge_graph
from tests.worlds import random_shop

DAY = 86_400


def deeds(rows: list[tuple[int, int, str, int]], *, dated: bool = True) -> Deeds:
    """Rows of user, item, event and second."""
    names = ("view", "cart", "buy", "rate", "return", "dislike")
    user, item, event, time = (np.array(column) for column in zip(*rows, strict=True))
    codes = np.array([names.index(name) for name in event])
    chosen = np.isin(codes, [2, 3])
    return Deeds(user, item, codes, chosen, time if dated else None, int(user.max()) + 1, 10)


def test_a_rating_without_a_purchase_counts_for_less_where_purchases_are_told() -> None:
    rows = [(0, 1, "buy", 0), (0, 1, "rate", 1), (0, 2, "rate", 2), (1, 1, "rate", 3)]
    assert list(weights(deeds(rows), Trust(unbought=0.25))) == [1, 1, 0.25, 0.25]
    only_ratings = [row for row in rows if row[2] == "rate"]
    assert list(weights(deeds(only_ratings), Trust(unbought=0.25))) == [1, 1, 1]


def test_accounts_of_few_events_or_of_a_short_life_count_for_less() -> None:
    rows = [(0, item, "buy", item * DAY) for item in range(4)] + [(1, item, "buy", item) for item in range(4)]
    rows += [(2, 0, "buy", 0), (2, 1, "buy", 9 * DAY)]
    hasty = weights(deeds(rows), Trust(hasty=0.5, hasty_hours=24))
    assert list(hasty) == [1] * 4 + [0.5] * 4 + [1, 1]
    assert list(weights(deeds(rows), Trust(newcomer=0.1))) == pytest.approx([1] * 8 + [0.1, 0.1])
    both = weights(deeds([(0, 0, "buy", 0)]), Trust(newcomer=0.5, hasty=0.5))
    assert list(both) == [0.25]
    assert list(weights(deeds(rows, dated=False), Trust(hasty=0.5))) == [1] * 10  # no times, no haste


def test_whoever_chose_much_adds_as_much_as_somebody_with_the_most_that_counts_in_full() -> None:
    rows = [(0, item, "buy", item) for item in range(8)] + [(1, 0, "buy", 0), (0, 9, "view", 99)]
    found = weights(deeds(rows), Trust(full_choices=4))
    assert list(found) == [0.5] * 8 + [1, 0.5]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 10**9)), min_size=1, max_size=30))
def test_a_life_is_from_the_first_event_to_the_last(events: list[tuple[int, int]]) -> None:
    user, time = (np.array(column) for column in zip(*events, strict=True))
    found = lifetimes(user, time, 7)
    for row in range(7):
        own = [at for who, at in events if who == row]
        assert found[row] == (max(own) - min(own) if own else 0)


def behaviour(graph: KnowledgeGraph, trust: Trust | None) -> Behaviour:
    users, segment, rows = segment_members(graph)
    return derive(timeline(graph, trust), (users, segment, len(rows)), BehaviourConfig())


def matrices(found: Behaviour) -> dict[str, np.ndarray]:
    dense = {name: matrix.toarray() for name, matrix in found.between_items.items()}
    return dense | {"segments": found.segments.toarray(), "popularity": found.popularity}


@given(seed=st.integers(0, 500))
@settings(max_examples=25, deadline=None)
def test_an_account_that_is_not_trusted_at_all_might_as_well_not_be_there(seed: int) -> None:
    """Weight 0 for newcomers gives the relations of a shop without them, but for lengths, which keep counting them."""
    shop = random_shop(seed)
    graph = assemble(shop, Namer())
    trust = Trust(newcomer=0.0, newcomer_events=3)
    found = behaviour(graph, trust)
    counts = np.bincount(timeline(graph).user, minlength=len(graph.users))
    gone = np.isin(graph.head, graph.users[counts < 3]) & np.isin(graph.relation, range(6))
    rest = timeline(graph.without(gone))
    assume(len(rest.event) and np.isin(rest.event, (2, 3)).any())  # else views stand for choices
    without = behaviour(graph.without(gone), None)
    same = [name for name in without.between_items if name.startswith(("followed", "viewed_then"))]
    for name in same:
        np.testing.assert_allclose(
            found.between_items[name].toarray(), without.between_items[name].toarray(), rtol=1e-6
        )
    np.testing.assert_allclose(found.popularity, without.popularity, rtol=1e-5, atol=1e-7)
    for name in ("shares_buyers", "shares_viewers"):
        if name in found.between_items and name in without.between_items:
            reached = found.between_items[name].toarray() > 0
            np.testing.assert_array_equal(reached, without.between_items[name].toarray() > 0)


@given(seed=st.integers(0, 500))
@settings(max_examples=25, deadline=None)
def test_trust_only_takes_away(seed: int) -> None:
    graph = assemble(random_shop(seed), Namer())
    full = behaviour(graph, None)
    less = behaviour(graph, Trust(unbought=0.5, newcomer=0.3, hasty=0.4, full_choices=3))
    for name, matrix in less.between_items.items():
        if name != "chosen_alike":  # made of directions, not of amounts
            assert (matrix.toarray() <= full.between_items[name].toarray() + 1e-6).all()
    assert (less.segments.toarray() <= full.segments.toarray() + 1e-6).all()
    np.testing.assert_array_equal(less.counts, full.counts)


@pytest.mark.parametrize("seed", range(5))
def test_with_everything_trusted_the_graph_is_the_same_bit_for_bit(seed: int) -> None:
    shop = random_shop(seed)
    neutral = Trust(newcomer_events=9, hasty_hours=1.0)
    assert neutral.neutral
    assert knowledge_graph(shop, Namer(), neutral).version == knowledge_graph(shop, Namer()).version


def test_half_trusted_by_all_means_the_same_shares() -> None:
    graph = assemble(random_shop(3, events=60), Namer())
    found = behaviour(graph, Trust(newcomer=0.5, newcomer_events=10**6))
    full = behaviour(graph, None)
    np.testing.assert_allclose(found.popularity, full.popularity, rtol=1e-5)
    for name in ("shares_buyers", "followed_by"):
        np.testing.assert_allclose(
            found.between_items[name].toarray(), full.between_items[name].toarray() / 2, rtol=1e-5
        )


def test_the_number_of_people_behind_an_edge_is_what_it_is() -> None:
    """What counts for less is the evidence; how many there are is told as it is."""
    graph = assemble(random_shop(3, events=60), Namer())
    config = BehaviourConfig(trust=Trust(newcomer=0.2, newcomer_events=10**6))
    full = {table.relation: table for table in behaviour_edges(graph)}
    for table in behaviour_edges(graph, config):
        assert (
            dict(zip(zip(table.head, table.tail, strict=True), table.support, strict=True)).items()
            <= dict(
                zip(
                    zip(full[table.relation].head, full[table.relation].tail, strict=True),
                    full[table.relation].support,
                    strict=True,
                )
            ).items()
            or table.relation == "chosen_alike"
        )


def test_a_model_learns_with_it_and_is_saved_with_it(tmp_path: Path) -> None:
    bought = [(f"u{u}", f"i{(u * 3 + n) % 12}") for u in range(30) for n in range(5)]
    times = pd.date_range("2025-01-01", periods=len(bought), freq="h", tz="UTC").astype(str)
    users, items = zip(*bought, strict=True)
    dataset = Dataset.from_frames(
        pd.DataFrame({"user_id": users, "item_id": items, "event": "buy", "datetime": times})
    )
    trust = Trust(hasty=0.2, hasty_hours=24)
    config = PathConfig(BehaviourConfig(trust=trust), training=TrainingConfig(rounds=1, steps=3, batch=32))
    graph = knowledge_graph(dataset, Namer(), trust)
    model = PathModel(config).fit(dataset, graph, seed=0)
    model.save(tmp_path)
    again = PathModel.load(tmp_path, graph)
    assert again.config == config
    np.testing.assert_array_equal(again.score(graph, np.arange(3)), model.score(graph, np.arange(3)))
    named = new_model("path", {f"behaviour.trust.{name}": value for name, value in asdict(trust).items()})
    assert named.config.behaviour == config.behaviour  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        (
            "[trust]\nhasty = 1.5",
            BadInput,
            r"kgrec.toml: \[trust\] hasty is 1.5; it is to be a number from 0 to 1",
        ),
        ("[trust]\nnewcomer = nan", BadInput, "newcomer is nan"),
        ("[trust]\nfull_choices = -1", BadInput, "full_choices is -1"),
        ("[trust]\nfull_choices = 2.5", BadInput, "full_choices is 2.5"),
        ('[trust]\nunbought = "no"', BadInput, "unbought is 'no'"),
        ("[trust]\nhasty = true", BadInput, "hasty is True"),
        ("[trust]\nhaste = 1", UnknownName, "did you mean hasty"),
    ],
)
def test_what_is_wrong_with_the_settings_is_said(
    tmp_path: Path, text: str, error: type[Exception], told: str
) -> None:
    (tmp_path / "kgrec.toml").write_text(text)
    with pytest.raises(error, match=told):
        Trust.read(tmp_path / "kgrec.toml")


def test_settings_are_read_and_none_is_trust(tmp_path: Path) -> None:
    file = tmp_path / "kgrec.toml"
    file.write_text("[shop]\n")
    assert Trust.read(file) == Trust() and Trust().neutral
    file.write_text("[trust]\nhasty = 0.3\nfull_choices = 50\n")
    assert Trust.read(file) == replace(Trust(), hasty=0.3, full_choices=50)
    assert not Trust.read(file).neutral
