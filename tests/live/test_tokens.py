"""Tokens for one user: what they open, when they end, and that nobody can make one up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.errors import BadInput, NoKey, NotAllowed
from kgrec.live.keys import KeyRing, Role
from kgrec.live.tokens import LONGEST, PREFIX, Bearer, Tokens, allow_bearer, is_token


class Clock:
    """A time that stands still until it is moved (Unix seconds)."""

    now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.sqlite")


def test_a_token_is_for_its_user_and_as_strong_as_its_key(ring: KeyRing) -> None:
    tokens = Tokens(b"secret", ring)
    for role in ("read", "events", "admin"):
        key = ring.create(role)[1]
        assert tokens.known(tokens.create(key, "ana ü/…")[0]) == Bearer("ana ü/…", role)


def test_a_token_ends_at_its_time_and_with_its_key(ring: KeyRing) -> None:
    clock = Clock()
    tokens, key = Tokens(b"secret", ring, clock=clock), ring.create("read")[1]
    token, until = tokens.create(key, "ana", 60)
    assert until == clock.now + 60
    clock.now += 59
    assert tokens.known(token).user_id == "ana"
    clock.now += 1
    with pytest.raises(NoKey, match="has ended"):
        tokens.known(token)
    fresh = tokens.create(key, "ana", 60)[0]
    ring.revoke(key.key_id)
    with pytest.raises(NoKey):
        tokens.known(fresh)


def test_a_token_of_a_key_that_has_ended_is_none(tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    key = ring.create("read", lasts=timedelta(seconds=1))[1]
    later = KeyRing(tmp_path / "keys.sqlite", clock=lambda: datetime(2999, 1, 1, tzinfo=UTC))
    token = Tokens(b"secret", ring).create(key, "ana")[0]
    with pytest.raises(NoKey):
        Tokens(b"secret", later).known(token)


@pytest.mark.parametrize("seconds", [0, -1, LONGEST + 1])
def test_no_token_lasts_longer_than_an_hour_or_not_at_all(ring: KeyRing, seconds: int) -> None:
    with pytest.raises(BadInput, match="seconds"):
        Tokens(b"secret", ring).create(ring.create("admin")[1], "ana", seconds)


def test_another_shop_does_not_take_it(ring: KeyRing) -> None:
    token = Tokens(b"secret", ring).create(ring.create("admin")[1], "ana")[0]
    with pytest.raises(NoKey):
        Tokens(b"another", ring).known(token)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Tokens, str]:
    """What makes tokens, and one for ana."""
    ring = KeyRing(tmp_path_factory.mktemp("ring") / "keys.sqlite")
    tokens = Tokens(b"secret", ring)
    return tokens, tokens.create(ring.create("admin")[1], "ana")[0]


@settings(deadline=None)
@given(position=st.integers(min_value=0, max_value=200), letter=st.sampled_from("Aa0-_.é\0 "))
def test_no_changed_token_is_one(made: tuple[Tokens, str], position: int, letter: str) -> None:
    tokens, token = made
    place = position % len(token)
    changed = token[:place] + letter + token[place + 1 :]
    try:
        found = tokens.known(changed)
    except NoKey:
        assert changed != token
    else:  # the last letter of Base64 has bits that say nothing
        assert changed == token or (place == len(token) - 1 and found.user_id == "ana")


@pytest.mark.parametrize(
    "text", ["", PREFIX, PREFIX + "x" * 100_000, PREFIX + "a.b", PREFIX + "WyJhIl0.x", "kgrec_1"]
)
def test_what_is_no_token_is_refused(ring: KeyRing, text: str) -> None:
    with pytest.raises(NoKey):
        Tokens(b"secret", ring).known(text)


def test_no_key_looks_like_a_token(ring: KeyRing) -> None:
    assert not is_token(ring.create("read")[0]) and not is_token(None)


@pytest.mark.parametrize(
    ("role", "wanted", "about", "may"),
    [
        ("read", "read", "ana", True),
        ("admin", "read", "ana", True),
        ("events", "read", "ana", False),
        ("read", "events", "ana", False),
        ("admin", "events", None, True),
        ("admin", "read", "ben", False),
    ],
)
def test_what_a_bearer_may(role: Role, wanted: Role, about: str | None, may: bool) -> None:
    if may:
        allow_bearer(Bearer("ana", role), wanted, about)
    else:
        with pytest.raises(NotAllowed):
            allow_bearer(Bearer("ana", role), wanted, about)
