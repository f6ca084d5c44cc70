"""A key is told once, kept as a hash, good for its role alone, and gone when it is revoked."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from kgrec.errors import BadBundle, NoKey, NotAllowed, UnknownName
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
