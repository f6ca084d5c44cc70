"""What is popular now follows recent choices as far as there are any, and nobody makes a season alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.live.season import HALF_LIFE, popular_now

NOW = 1_800_000_000.0
ALWAYS = np.array([0.5, 0.3, 0.2, 0.0], np.float32)


def shares(items, ages, users=None, kappa=10.0):
    times = np.array([NOW - age for age in ages], np.int64)
    who = None if users is None else np.array(users, np.int64)
    return popular_now(np.array(items, np.int64), times, NOW, ALWAYS, user_rows=who, kappa=kappa)


def test_without_choices_it_is_what_always_was():
    np.testing.assert_allclose(shares([], []), ALWAYS)


def test_a_choice_counts_half_after_a_half_life():
    found = shares([3, 2], [0, HALF_LIFE], kappa=1.0)
    np.testing.assert_allclose(found, (np.array([0.5, 0.3, 0.7, 1.0])) / 2.5, rtol=1e-6)


def test_the_more_there_is_the_less_what_always_was_counts():
    few, many = shares([3] * 5, [0] * 5), shares([3] * 500, [0] * 500)
    assert few[3] == pytest.approx(5 / 15) and many[3] == pytest.approx(500 / 510)


def test_of_one_user_an_item_counts_once_at_its_latest():
    crowd, one = shares([3] * 50, [0] * 50, range(50)), shares([3] * 50, range(50), [7] * 50)
    assert crowd[3] == pytest.approx(50 / 60)
    assert one[3] == pytest.approx(1 / 11)


def test_a_clock_that_went_back_makes_no_choice_count_for_more_than_one():
    np.testing.assert_allclose(shares([3], [-(10**7)]), shares([3], [0]))


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(-(10**6), 10**9), st.integers(0, 3)), max_size=30))
def test_shares_add_up_to_one(choices):
    items, ages, users = zip(*choices, strict=True) if choices else ((), (), ())
    found = shares(items, ages, users)
    assert found.min() >= 0 and found.sum() == pytest.approx(1.0, rel=1e-5)
