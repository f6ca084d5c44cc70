"""Who asks too often waits, and nobody else does; a made-up key is no way around it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.errors import BadInput, OverBudget, UnknownName
from kgrec.live import budget
from kgrec.live.access import Access, RequestLimits, neighbourhood
from kgrec.live.budget import Rate
from kgrec.live.keys import KeyRing


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.sqlite")


def admitted(access: Access, times: int, address: str = "192.0.2.1", key: str | None = None) -> int:
    """How many of so many requests are let in."""
    count = 0
    for _ in range(times):
        try:
            access.admit(address, key)
            count += 1
        except OverBudget:
            pass
    return count


@given(
    per_minute=st.integers(1, 50),
    waits=st.lists(st.floats(0, 90, allow_nan=False), min_size=1, max_size=60),
)
def test_in_no_stretch_of_time_is_more_let_in_than_a_burst_and_what_comes_back(
    per_minute: int, waits: list[float]
) -> None:
    clock, taken = Clock(), []
    rate = Rate(clock=clock)
    for wait in waits:
        clock.now += wait
        try:
            rate.spend("ana", per_minute)
            taken.append(clock.now)
        except OverBudget:
            pass
    assert taken, "the first request is let in"
    for first, began in enumerate(taken):
        for last in range(first, len(taken)):
            most = per_minute + (taken[last] - began) * per_minute / 60
            assert last - first + 1 <= most + 1e-6


def test_whoever_waits_as_long_as_they_are_told_is_let_in(clock: Clock) -> None:
    rate = Rate(clock=clock)
    for _ in range(3):
        rate.spend("ana", 3)
    with pytest.raises(OverBudget, match="3 requests a minute are used up; ask again in 20 s") as told:
        rate.spend("ana", 3)
    clock.now += told.value.seconds
    rate.spend("ana", 3)


def test_being_refused_costs_nothing(clock: Clock) -> None:
    access = Access(RequestLimits(per_address=60), rate=Rate(clock=clock))
    assert admitted(access, 1000) == 60
    clock.now += 10
    assert admitted(access, 1000) == 10


def test_others_are_not_slowed_down(clock: Clock) -> None:
    access = Access(RequestLimits(per_address=5), rate=Rate(clock=clock))
    assert admitted(access, 50) == 5 and admitted(access, 50, "192.0.2.2") == 5


def test_a_household_is_one_client_however_many_addresses_it_has(clock: Clock) -> None:
    access = Access(RequestLimits(per_address=5), rate=Rate(clock=clock))
    assert sum(admitted(access, 1, f"2001:db8::{n:x}") for n in range(40)) == 5
    assert admitted(access, 1, "2001:db8:0:1::1") == 1
    assert neighbourhood("::ffff:192.0.2.1") == neighbourhood("192.0.2.1")


def test_a_key_is_a_client_wherever_it_is_used_and_made_up_ones_are_none(ring: KeyRing, clock: Clock) -> None:
    key, _ = ring.create("read")
    own, _ = ring.create("read", per_minute=2)
    access = Access(RequestLimits(per_key=7, per_address=3), ring, Rate(clock=clock))
    assert sum(admitted(access, 1, f"192.0.2.{n}", key) for n in range(20)) == 7
    assert admitted(access, 20, key=own) == 2
    assert sum(admitted(access, 1, "198.51.100.1", f"{key[:-5]}{n:05}") for n in range(20)) == 3


def test_nothing_is_counted_where_there_is_no_limit(clock: Clock) -> None:
    access = Access(RequestLimits(per_address=0), rate=Rate(clock=clock))
    assert admitted(access, 2000) == 2000


def test_a_damaged_ring_is_left_to_whoever_needs_it(tmp_path: Path, clock: Clock) -> None:
    (tmp_path / "keys.sqlite").write_bytes(b"no database" * 100)
    access = Access(RequestLimits(per_address=3), KeyRing(tmp_path / "keys.sqlite"), Rate(clock=clock))
    assert admitted(access, 9, key="kgrec_00000000_" + "x" * 43) == 3


def test_a_thousand_strangers_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget, "MOST_CLIENTS", 10)
    rate = Rate(clock=Clock())
    for n in range(1000):
        rate.spend(f"address {n}", 1)
    assert len(rate._left) == 10


def test_the_settings_are_read_and_what_is_wrong_with_them_is_said(tmp_path: Path) -> None:
    file = tmp_path / "kgrec.toml"
    for text, error, told in (
        ("[limits]\nper_key = -1", BadInput, r"kgrec.toml: \[limits\] per_key is -1"),
        ("[limits]\nper_key = true", BadInput, "per_key is True"),
        ("[limits]\nproxies = 99", BadInput, "proxies is 99"),
        ("[limits]\nper_kye = 1", UnknownName, "did you mean per_key"),
        ("limits = 3", BadInput, "write .limits."),
    ):
        file.write_text(text)
        with pytest.raises(error, match=told):
            RequestLimits.read(file)
    file.write_text("[limits]\nper_key = 10\nproxies = 1")
    assert Access.of(tmp_path).limits == RequestLimits(per_key=10, proxies=1)
    assert Access.of(tmp_path / "bundle").limits == RequestLimits()


def test_the_limits_of_keys_follow_a_key_that_is_made_or_revoked_meanwhile(
    ring: KeyRing, clock: Clock
) -> None:
    access = Access(RequestLimits(per_key=9, per_address=1), ring, Rate(clock=clock))
    other = KeyRing(ring._file)
    key, kept = other.create("read")
    assert admitted(access, 5, key=key) == 5
    other.revoke(kept.key_id)
    assert admitted(access, 5, key=key) == 1  # as anybody
