"""Intervals and corrected tests of figures of the same users."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from kgrec.evaluation.significance import against, holm, intervals, p_value


def test_intervals_cover_the_mean_as_often_as_they_say_and_narrow_with_users():
    random = np.random.default_rng(0)
    covered = []
    for seed in range(200):
        low, high = intervals(random.normal(0.3, 1, (80, 1)), seed, resamples=300)
        covered.append(low[0] <= 0.3 <= high[0])
    assert 0.88 <= np.mean(covered) <= 0.99
    few, many = (intervals(random.normal(0, 1, (n, 1)), 0) for n in (50, 5000))
    assert (many[1] - many[0]) * 5 < few[1] - few[0]


def test_the_seed_says_the_interval_and_columns_share_the_draws():
    values = np.random.default_rng(1).random((30, 1))
    both = intervals(np.hstack([values, values + 1]), 3)
    np.testing.assert_allclose(both[:, 0] + 1, both[:, 1])
    np.testing.assert_array_equal(both, intervals(np.hstack([values, values + 1]), 3))
    assert (both != intervals(np.hstack([values, values + 1]), 4)).any()


def test_holm_by_hand():
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


@given(some.lists(some.floats(0, 1), min_size=1, max_size=8))
def test_holm_never_lowers_a_p_value_and_keeps_their_order(p_values):
    corrected = holm(p_values)
    assert all(after >= before for before, after in zip(p_values, corrected, strict=True))
    assert all(0 <= p <= 1 for p in corrected)
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(np.array(corrected)[order]) >= 0).all()
    assert max(corrected) <= 1
    smallest = order[0]
    assert corrected[smallest] == pytest.approx(min(1, p_values[smallest] * len(p_values)))


def test_models_that_agree_on_everybody_do_not_differ():
    values = np.array([0.0, 1.0, 0.5, 0.0])
    assert p_value(values, values.copy()) == 1.0
    assert against({"a": values, "b": values, "c": values}, "b") == {"a": 1.0, "c": 1.0}


def test_a_clear_difference_is_found_and_noise_is_not():
    random = np.random.default_rng(0)
    base = random.random(500)
    found = against({"base": base, "better": base + 0.05, "noisy": base + random.normal(0, 0.1, 500)}, "base")
    assert found["better"] < 1e-10
    assert found["noisy"] > 0.05
