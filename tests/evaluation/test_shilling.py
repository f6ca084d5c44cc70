"""Made-up accounts are what they are said to be, push what they push, and stand out where they came at once."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.domain import Dataset, FloatArray, IntArray, Interactions, KnowledgeGraph
from kgrec.errors import BadInput
from kgrec.evaluation.bursts import DAY, Doubt, suspects
from kgrec.evaluation.shilling import KINDS, Attack, hit_rate, injected, places, poisoned, together
from tests.toy import graph_of, parity_shop

SHOP = parity_shop()
KNOWN = SHOP.interactions
N_USERS, N_ITEMS = len(SHOP.users), len(SHOP.items)


def pretended(attack: Attack, seed: int = 0, known: Interactions = KNOWN) -> Interactions:
    return injected(attack, known, N_ITEMS, np.random.default_rng(seed))


@given(
    kind=st.sampled_from(KINDS),
    target=st.integers(0, N_ITEMS - 1),
    accounts=st.integers(1, 12),
    profile=st.integers(1, 40),
    patient=st.booleans(),
    seed=st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_every_account_chooses_others_once_and_the_target_last(
    kind, target: int, accounts: int, profile: int, patient: bool, seed: int
) -> None:
    found = pretended(Attack(kind, target, accounts, profile, patient), seed)
    n = 1 if kind == "single-user" else accounts
    assert set(found.user) == set(range(n))
    for user in range(n):
        items = found.item[found.user == user]
        assert items[-1] == target and len(set(items)) == len(items) <= N_ITEMS
        if kind != "single-user":
            assert len(items) == min(profile, N_ITEMS - 1) + 1
    assert all(one <= other for one, other in pairwise(found.time))
    assert KNOWN.time.min() <= found.time.min() and found.time.max() <= KNOWN.time.max()
    if not patient:
        assert found.time.max() - found.time.min() <= DAY
    again = pretended(Attack(kind, target, accounts, profile, patient), seed)
    np.testing.assert_array_equal(found.item, again.item)


def test_a_bandwagon_chooses_what_is_popular_and_one_user_the_most_of_it() -> None:
    counts = np.bincount(KNOWN.item, minlength=N_ITEMS)
    target = int(counts.argmin())
    popular = pretended(Attack("bandwagon", target, 5, profile=4))
    assert counts[popular.item[popular.item != target]].min() >= np.sort(counts)[-4]
    one = pretended(Attack("single-user", target, 3, profile=4))
    assert len(one) == 15 and len(np.unique(one.item)) == 15


@pytest.mark.parametrize("clock", ["steps", "none"])
def test_data_without_dates_gets_accounts_without_dates(clock) -> None:
    found = pretended(Attack("random", 0, 3, profile=4), known=replace(KNOWN, clock=clock))
    assert found.clock == clock
    for user in range(3):
        assert found.item[found.user == user][-1] == 0


@pytest.mark.parametrize(
    ("kind", "accounts", "profile"), [("push", 1, 1), ("random", 0, 1), ("random", 1, 0)]
)
def test_an_attack_that_makes_no_sense_is_refused(kind, accounts: int, profile: int) -> None:
    with pytest.raises(BadInput):
        Attack(kind, 0, accounts, profile)


def test_a_poisoned_graph_has_the_accounts_last_and_everything_else_as_it_was() -> None:
    graph = graph_of(SHOP)
    made_up = pretended(Attack("random", 3, 4, profile=5))
    grown = poisoned(graph, made_up)
    assert list(grown.user_ids.ids[:N_USERS]) == list(graph.user_ids.ids) and len(grown.users) == N_USERS + 4
    assert len(grown.head) == len(graph.head) + len(made_up)
    np.testing.assert_array_equal(grown.items, graph.items)
    back = grown.without(np.flatnonzero(grown.source == grown.sources.index("made up")))
    np.testing.assert_array_equal(back.head, graph.head)
    all_of_it = together(KNOWN, made_up, N_USERS)
    assert len(all_of_it) == len(KNOWN) + len(made_up) and (np.diff(all_of_it.time) >= 0).all()
    assert set(all_of_it.user[all_of_it.user >= N_USERS]) == set(range(N_USERS, N_USERS + 4))


class Fixed:
    """A model whose scores are what they are."""

    name = "fixed"

    def __init__(self, scores: FloatArray) -> None:
        self.scores = scores

    def score(self, graph: KnowledgeGraph, user_rows: IntArray) -> FloatArray:
        return self.scores[user_rows]


def test_places_are_of_those_who_lack_the_item_and_ties_keep_the_order_of_the_catalogue() -> None:
    graph = graph_of(SHOP)
    scores = np.tile(np.arange(N_ITEMS, 0, -1, dtype=np.float32), (N_USERS, 1))
    target = N_ITEMS - 1  # last by score
    users = np.arange(N_USERS)
    has = np.isin(users, KNOWN.user[KNOWN.item == target])
    own = np.bincount(KNOWN.user, minlength=N_USERS)

    def found(scores: FloatArray, target: int) -> IntArray:
        return places(Fixed(scores), graph, KNOWN, users, target)  # type: ignore[arg-type]

    np.testing.assert_array_equal(found(scores, target), N_ITEMS - 1 - own[~has])
    eager = np.flatnonzero(~has)[:6]
    scores[eager, target] = 1000
    scores[has, target] = 1000  # who has it is not asked
    assert hit_rate(found(scores, target), k=3) == pytest.approx(6 / np.count_nonzero(~has))
    assert hit_rate(found(scores, target), k=N_ITEMS) == 1.0 and hit_rate(np.zeros(0, np.int64)) == 0.0
    level = np.zeros_like(scores)
    assert set(found(level, 0)) == {0}
    np.testing.assert_array_equal(found(level, target), N_ITEMS - 1 - own[~has])


def honest_shop(seed: int, users: int = 300, items: int = 60, days: int = 200) -> Interactions:
    """Accounts that begin on any day and choose a few things over the weeks after."""
    random = np.random.default_rng(seed)
    rows = []
    for user in range(users):
        began = random.integers(0, days * DAY)
        for _ in range(random.integers(1, 9)):
            rows.append((user, int(60 * random.beta(1, 3)), began))
            began += random.integers(0, 20 * DAY)
    rows = sorted((row for row in rows if row[2] <= days * DAY), key=lambda row: row[2])  # until today
    user, item, time = (np.array(column) for column in zip(*rows, strict=True))
    n = len(user)
    return Interactions(user, item, np.full(n, 2), np.ones(n, np.float32), time, np.zeros(n, np.int64))


def test_an_honest_shop_raises_no_alarm() -> None:
    for days in (0, 30):
        assert not any(suspects(honest_shop(seed), 300, 60, Doubt(days=days)) for seed in range(25))


@pytest.mark.parametrize("kind", ["random", "bandwagon"])
@pytest.mark.parametrize("seed", range(3))
def test_accounts_that_came_at_once_to_push_an_item_are_found_with_it(kind, seed: int) -> None:
    known = honest_shop(seed)
    target = 55
    made_up = injected(Attack(kind, target, 12, profile=4), known, 60, np.random.default_rng(seed))
    found = suspects(together(known, made_up, 300), 312, 60)
    assert found[0].item == target and found[0].chance < 1e-6
    assert set(range(300, 312)) <= set(found[0].accounts) and found[0].born >= 8
    assert found[0].day is not None and found[0].choosers >= 12 <= found[0].doubtful


def test_a_patient_attack_is_not_found_this_way_and_undated_data_only_by_little_accounts() -> None:
    known = honest_shop(0)
    patient = injected(Attack("random", 55, 12, 4, patient=True), known, 60, np.random.default_rng(0))
    assert not suspects(together(known, patient, 300), 312, 60, Doubt(days=0))
    undated = replace(known, clock="none")
    short = injected(Attack("random", 55, 12, profile=1), undated, 60, np.random.default_rng(0))
    found = suspects(together(undated, short, 300), 312, 60)
    assert [suspect.item for suspect in found] == [55] and found[0].day is None and found[0].born == 0


def test_nothing_is_said_of_few_choices_and_settings_must_make_sense() -> None:
    frame = pd.DataFrame({"user": ["a", "b"], "item": ["x", "x"], "datetime": ["2025-01-01", "2025-01-02"]})
    known = Dataset.from_frames(frame).interactions
    assert suspects(known, 2, 1) == []
    for wrong in ({"days": -1}, {"least": 0}, {"chance": 0.0}, {"chance": 1.0}, {"hours": -1}):
        with pytest.raises(BadInput):
            Doubt(**wrong)
