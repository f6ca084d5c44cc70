"""What workers remember together: coverage of the catalogue, and which events were used first."""

from __future__ import annotations

import os

from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.live.traces import Coverage, FirstUse


def test_coverage_is_the_share_that_was_shown_in_the_window() -> None:
    catalogue = [f"i{n}" for n in range(1000)]
    coverage = Coverage(len(catalogue))
    assert coverage.share(catalogue, 1e9, 3600) == 0
    coverage.shown(catalogue[:100], 1e9)
    coverage.shown(catalogue[50:250], 1e9 + 1800)
    assert abs(coverage.share(catalogue, 1e9 + 1800, 3600) - 0.25) < 0.01
    assert abs(coverage.share(catalogue, 1e9 + 4000, 3600) - 0.20) < 0.01
    assert coverage.share(catalogue, 1e9 + 9000, 3600) == 0
    assert abs(coverage.share(catalogue[:100], 1e9 + 1800, 3600) - 1) < 0.01  # of another catalogue
    assert coverage.share([], 1e9, 3600) == 0


def test_processes_that_are_forked_later_share_it() -> None:
    coverage, first = Coverage(10), FirstUse(0)
    child = os.fork()
    if child == 0:
        coverage.shown(["a"], 1e9)
        os._exit(0 if first.of("ana", 100) else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert coverage.share(["a", "b"], 1e9, 60) == 0.5
    assert not first.of("ana", 100) and first.of("ana", 101)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 30)), max_size=40))
def test_an_event_is_new_once(asked: list[tuple[str, int]]) -> None:
    first = FirstUse(10)
    newest = dict.fromkeys("abc", 10)
    for user_id, received in asked:
        assert first.of(user_id, received) == (received > newest[user_id])
        newest[user_id] = max(newest[user_id], received)
