"""A key is told once, kept as a hash, good for its role alone, and gone when it is revoked."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from kgrec.errors import BadBundle, BadInput, NoKey, NotAllowed, UnknownName
from kgrec.live.keys import KeyRing


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.sqlite")


def test_a_key_is_known_by_its_text_and_its_role_is_kept(ring: KeyRing) -> None:
    key, kept = ring.create("read")
    other, another = ring.create("events")
    assert ring.known(key) == kept and ring.known(other) == another
    assert ring.kept() == [kept, another] and kept.role == "read"


def test_no_file_holds_a_key_and_nobody_else_may_read_it(ring: KeyRing, tmp_path: Path) -> None:
    key, kept = ring.create("admin")
    content = (tmp_path / "keys.sqlite").read_bytes()
    assert key.rpartition(kept.key_id + "_")[2].encode() not in content
    assert (tmp_path / "keys.sqlite").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("change", [str.upper, str.strip, lambda key: key[:-1], lambda key: key + "A"])
def test_what_is_nearly_a_key_is_none(ring: KeyRing, change) -> None:
    key, _ = ring.create("read")
    wrong = change(key)
    if wrong == key:
        wrong = f" {key}"
    with pytest.raises(NoKey, match="nobody has this key"):
        ring.known(wrong)


def test_the_secret_of_one_key_opens_no_other(ring: KeyRing) -> None:
    one, kept = ring.create("read")
    other, another = ring.create("admin")
    with pytest.raises(NoKey):
        ring.known(one.replace(kept.key_id, another.key_id))
    with pytest.raises(NoKey):
        ring.known("kgrec_00000000_" + other.rpartition(another.key_id + "_")[2])


def test_a_revoked_key_is_none_and_the_others_stay(ring: KeyRing) -> None:
    key, kept = ring.create("read")
    other, another = ring.create("read")
    ring.revoke(kept.key_id)
    with pytest.raises(NoKey):
        ring.known(key)
    assert ring.known(other) == another
    with pytest.raises(UnknownName, match=f"known are {another.key_id}"):
        ring.revoke(kept.key_id)


def test_a_visit_that_was_ended_is_over_for_every_process_and_forgotten_in_time(tmp_path: Path) -> None:
    now = datetime(2026, 5, 1, tzinfo=UTC)
    here, there = (KeyRing(tmp_path / "keys.sqlite", clock=lambda: now) for _ in range(2))
    _, kept = here.create("read")
    assert not here.closed("one") and not there.closed("one")
    here.close("one", now + timedelta(hours=12))
    assert here.closed("one") and there.closed("one") and not there.closed("two")
    assert there.still_good(kept.key_id) == kept
    now += timedelta(hours=13)
    there.close("two", now + timedelta(hours=12))
    assert here.closed("two") and not here.closed("one")


def test_a_role_allows_itself_and_admin_everything(ring: KeyRing) -> None:
    read, events, admin = (ring.create(role)[1] for role in ("read", "events", "admin"))
    assert ring.allow(read, "read") == read and ring.allow(admin, "read") == admin
    with pytest.raises(NotAllowed, match="needs a key of role read"):
        ring.allow(events, "read")
    with pytest.raises(NoKey, match="Authorization: Bearer"):
        ring.allow(None, "read")


def test_without_any_key_everything_is_closed_and_asking_makes_no_file(ring: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(NotAllowed, match="kgrec key SHOP create --role read"):
        ring.allow(None, "read")
    with pytest.raises(UnknownName):
        ring.revoke("00000000")
    assert ring.kept() == [] and not (tmp_path / "keys.sqlite").exists()


def test_a_role_that_nobody_knows_is_refused_and_one_in_the_file_is_named(
    ring: KeyRing, tmp_path: Path
) -> None:
    with pytest.raises(UnknownName, match="known are read, events, admin"):
        ring.create("root")  # type: ignore[arg-type]
    _, kept = ring.create("read")
    with sqlite3.connect(tmp_path / "keys.sqlite") as file:
        file.execute("UPDATE key SET role = 'root'")
    file.close()
    with pytest.raises(BadBundle, match=f"{kept.key_id} has the role 'root'"):
        ring.kept()
    ring.revoke(kept.key_id)
    assert ring.kept() == []


class Calendar:
    def __init__(self) -> None:
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def calendar() -> Calendar:
    return Calendar()


@pytest.fixture
def dated(tmp_path: Path, calendar: Calendar) -> KeyRing:
    return KeyRing(tmp_path / "keys.sqlite", clock=calendar)


def test_a_key_opens_nothing_from_the_moment_it_ends(dated: KeyRing, calendar: Calendar) -> None:
    key, kept = dated.create("read", lasts=timedelta(days=90))
    assert kept.until == "2026-05-30T12:00:00+00:00"
    calendar.now += timedelta(days=90, seconds=-1)
    assert dated.known(key) == kept
    calendar.now += timedelta(seconds=1)
    with pytest.raises(NoKey, match="ended 2026-05-30"):
        dated.known(key)


def test_a_rotated_key_is_good_for_a_while_and_the_new_one_for_the_same(
    dated: KeyRing, calendar: Calendar
) -> None:
    key, first = dated.create("events", lasts=timedelta(days=90), per_minute=100)
    calendar.now += timedelta(days=80)
    new, kept, old = dated.rotate(first.key_id, grace=timedelta(hours=2))
    assert (kept.role, kept.per_minute, old.until) == ("events", 100, "2026-05-20T14:00:00+00:00")
    assert kept.until == "2026-08-18T12:00:00+00:00"  # ninety days again
    assert dated.known(key) == old and dated.known(new) == kept
    calendar.now += timedelta(hours=2)
    assert dated.known(new) == kept
    with pytest.raises(NoKey, match="ended"):
        dated.known(key)
    with pytest.raises(BadInput, match="ended 2026-05-20"):
        dated.rotate(first.key_id)


def test_rotating_never_lengthens_the_life_of_the_old_key(dated: KeyRing, calendar: Calendar) -> None:
    key, first = dated.create("read", lasts=timedelta(hours=1))
    _, _, old = dated.rotate(first.key_id, grace=timedelta(days=7))
    assert old.until == first.until
    _, _, older = dated.rotate(first.key_id, grace=timedelta())
    assert older.until == "2026-03-01T12:00:00+00:00"
    with pytest.raises(NoKey):
        dated.known(key)
    with pytest.raises(UnknownName):
        dated.rotate("00000000")


def test_a_key_that_could_never_be_used_is_not_made(dated: KeyRing, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="last for some time"):
        dated.create("read", lasts=timedelta())
    with pytest.raises(BadInput, match="one request a minute"):
        dated.create("read", per_minute=0)
    assert not (tmp_path / "keys.sqlite").exists()


def test_a_ring_of_an_older_kgrec_is_read_as_it_is_and_completed_when_it_is_written(
    tmp_path: Path, ring: KeyRing
) -> None:
    key, kept = ring.create("read")
    with sqlite3.connect(tmp_path / "keys.sqlite") as file:
        file.execute("ALTER TABLE key DROP COLUMN until")
        file.execute("ALTER TABLE key DROP COLUMN per_minute")
    file.close()
    (tmp_path / "keys.sqlite").chmod(0o400)
    old = KeyRing(tmp_path / "keys.sqlite")
    assert old.known(key) == kept
    (tmp_path / "keys.sqlite").chmod(0o600)
    new, another, older = old.rotate(kept.key_id)
    assert old.known(new) == another and old.kept() == [older, another]


def test_a_change_by_another_process_is_seen_at_once(tmp_path: Path, ring: KeyRing) -> None:
    key, kept = ring.create("read")
    other = KeyRing(tmp_path / "keys.sqlite")
    for _ in range(20):
        assert ring.known(key) == kept
        extra, made = other.create("events")
        assert ring.known(extra) == made
        other.revoke(made.key_id)
        with pytest.raises(NoKey):
            ring.known(extra)
