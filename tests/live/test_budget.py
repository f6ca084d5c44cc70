"""A client has so many seconds a minute and no more, whatever it does, and others have theirs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.errors import BadQuery, Busy, OverBudget
from kgrec.live import budget
from kgrec.live.budget import Budget


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def accounts(clock: Clock) -> Budget:
    return Budget(per_minute=60.0, at_once=2, least=2.0, clock=clock)


def spend(accounts: Budget, clock: Clock, seconds: float, client: str = "ana") -> None:
    with accounts.spent_by(client) as meter:
        meter.start()
        clock.now += seconds


def test_seconds_that_are_used_up_come_back_with_time(accounts: Budget, clock: Clock) -> None:
    for _ in range(30):
        spend(accounts, clock, 4.0)  # as many come back meanwhile
    with accounts.spent_by("ana") as one, accounts.spent_by("ana") as other:
        one.start()
        other.start()
        clock.now += 100.0
    with pytest.raises(OverBudget, match="used up") as refusal:
        spend(accounts, clock, 1.0)
    spend(accounts, clock, 1.0, client="ben")
    clock.now += refusal.value.seconds
    spend(accounts, clock, 1.0)


def test_waiting_costs_nothing(accounts: Budget, clock: Clock) -> None:
    for _ in range(100):
        with accounts.spent_by("ana") as meter:
            clock.now += 50.0
            meter.start()
            clock.now += 0.1


def test_errors_cost_something_even_when_they_are_quick(accounts: Budget) -> None:
    for _ in range(30):
        with pytest.raises(BadQuery), accounts.spent_by("ana"):
            raise BadQuery("malformed")
    with pytest.raises(OverBudget), accounts.spent_by("ana"):
        pass


def test_what_is_no_fault_of_the_client_costs_nothing(accounts: Budget) -> None:
    for _ in range(100):
        with pytest.raises(Busy, match="later"), accounts.spent_by("ana"):
            raise Busy("later", 1.0)


def test_a_client_does_no_more_at_once_than_it_may_and_errors_give_the_place_back(accounts: Budget) -> None:
    with accounts.spent_by("ana"), accounts.spent_by("ana"), accounts.spent_by("ben"):
        more = accounts.spent_by("ana")
        pytest.raises(OverBudget, more.__enter__).match("2 of your queries")
    with pytest.raises(BadQuery), accounts.spent_by("ana"):
        raise BadQuery("malformed")
    with accounts.spent_by("ana"), accounts.spent_by("ana"):
        pass


def test_no_more_clients_are_remembered_than_there_is_room_for(
    accounts: Budget, clock: Clock, monkeypatch
) -> None:
    monkeypatch.setattr(budget, "MOST_CLIENTS", 3)
    spend(accounts, clock, 1000.0)
    for number in range(10):
        spend(accounts, clock, 0.0, client=str(number))
    assert len(accounts._accounts) == 3


@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 100)), max_size=60))
def test_nobody_gets_more_than_a_minutes_worth_ahead(steps: list[tuple[float, float]]) -> None:
    """What was spent before the last question that was let in is no more than what has come in since the start."""
    clock = Clock()
    accounts = Budget(per_minute=60.0, at_once=2, least=0.0, clock=clock)
    spent = 0.0
    for pause, seconds in steps:
        clock.now += pause
        before, since = spent, clock.now
        try:
            with accounts.spent_by("ana") as meter:
                meter.start()
                spend(accounts, clock, seconds)
        except OverBudget:
            continue
        spent += 2 * seconds
        assert before <= 60.0 + since + 1e-6
