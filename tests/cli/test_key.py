"""Keys from the command line: told once, listed without the key, revoked by id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kgrec.errors import NoKey
from kgrec.live.keys import KeyRing
from kgrec.storage import create_workspace
from tests.graph.shop import toy_shop


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    return create_workspace(tmp_path / "shop", toy_shop(), settings={}).folder


def test_a_key_works_until_it_is_revoked_and_is_never_told_again(run, shop: Path) -> None:
    code, out, _ = run("key", shop, "create", "--role", "read")
    made = json.loads(out)
    assert code == 0 and made["send"] == f"Authorization: Bearer {made['key']}"
    ring = KeyRing(shop / "keys.sqlite")
    assert ring.known(made["key"]).role == "read"
    _, out, _ = run("key", shop, "list")
    assert made["key"] not in out
    (kept,) = json.loads(out)["keys"]
    assert kept == {name: made[name] for name in ("key_id", "role", "since", "until", "per_minute")}
    assert run("key", shop, "revoke", made["key_id"])[0] == 0
    with pytest.raises(NoKey):
        ring.known(made["key"])


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["create"], "--role"),
        (["create", "--role", "root"], "'root' is not one of 'read', 'events', 'admin'"),
        (["list", "--role", "read"], "--role"),
        (["revoke"], "ID"),
        (["revoke", "00000000"], "no key named '00000000'"),
        (["rotate"], "name the key to rotate"),
        (["rotate", "00000000"], "no key named '00000000'"),
        (["list", "00000000"], "name the key"),
        (["create", "--role", "read", "--expires", "soon"], "'soon' is no span of time; write 90d"),
        (["create", "--role", "read", "--expires", "0d"], "last for some time"),
        (["create", "--role", "read", "--grace", "1d"], "--grace has no meaning for create"),
        (["create", "--role", "read", "--per-minute", "0"], "--per-minute"),
        (["revoke", "00000000", "--expires", "1d"], "--expires has no meaning for revoke"),
        (["lend"], "'lend' is not one of"),
    ],
)
def test_a_mistake_is_one_line(run, shop: Path, words: list[str], told: str) -> None:
    code, out, err = run("key", shop, *words)
    assert code == 2 and not out and told in err and err.count("\n") == 1


def test_a_folder_that_is_no_shop_gets_no_keys(run, tmp_path: Path) -> None:
    code, _, err = run("key", tmp_path, "create", "--role", "read")
    assert code == 2 and "kgrec init" in err and not list(tmp_path.iterdir())


def test_a_key_is_rotated_and_both_are_told_apart(run, shop: Path) -> None:
    first = json.loads(
        run("key", shop, "create", "--role", "events", "--expires", "90d", "--per-minute", "60")[1]
    )
    code, out, _ = run("key", shop, "rotate", first["key_id"], "--grace", "2h")
    second = json.loads(out)
    assert code == 0 and second["instead_of"] == first["key_id"]
    assert (second["role"], second["per_minute"]) == ("events", 60) and second["key"] != first["key"]
    assert first["since"] < second["old_key_until"] < first["until"] <= second["until"]
    listed = run("key", shop, "list")[1]
    assert first["key"] not in listed and second["key"] not in listed
    assert [key["until"] for key in json.loads(listed)["keys"]] == [second["old_key_until"], second["until"]]
