"""Answers that are known already, and changes of what is another by now."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.living import LivingShop, living_shop
from tests.web.test_api import refused

NEW: dict[str, Any] = {"title": "even thing 99", "brand": "Even & Co", "price": 3.5, "currency": "EUR"}


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "shop") as shop:
        yield shop


@pytest.mark.parametrize(
    "path",
    [
        "/openapi.json",
        "/graph/queries",
        "/graph/entities/i3",
        "/items",
        "/items/i3",
        "/users/u0/facts",
        "/users/u0/consent",
    ],
)
def test_an_answer_that_is_known_is_not_sent_again(shop: LivingShop, path: str) -> None:
    key = shop.key("admin")
    first = shop.ask("GET", path, key=key)
    tag = first.headers["ETag"]
    assert first.status_code == 200 and tag.startswith('"')
    again = shop.ask("GET", path, key=key, If_None_Match=tag)
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert shop.ask("GET", path, key=key, If_None_Match='"another"').status_code == 200
    assert first.headers["Cache-Control"] == again.headers["Cache-Control"] == "no-store"


def test_the_tag_changes_with_what_it_stands_for(shop: LivingShop) -> None:
    key = shop.key("admin")
    paths = ("/items/i3", "/items?q=thing", "/users/u1/facts")
    before = [shop.ask("GET", path, key=key).headers["ETag"] for path in paths]
    shop.ask("PATCH", "/items/i3", {"title": "a thing, renamed"}, key=key)
    event = {"event_id": "e", "user_id": "u1", "item_id": "i3", "event": "view", "datetime": 1_700_000_000}
    shop.ask("POST", "/events", [event], key=key)
    after = [shop.ask("GET", path, key=key).headers["ETag"] for path in paths]
    assert all(one != other for one, other in zip(before, after, strict=True))


def test_what_is_refused_has_no_tag(shop: LivingShop) -> None:
    assert "ETag" not in shop.ask("GET", "/items/nothing").headers
    assert "ETag" not in shop.ask("POST", "/recommend", {"user_id": "u0"}).headers


def test_an_item_that_is_told_as_it_was_asked_for_stays_as_it_is(shop: LivingShop) -> None:
    key = shop.key("admin")
    for item_id in ("i3", "i4"):
        before = shop.ask("GET", f"/items/{item_id}")
        assert shop.ask("PUT", f"/items/{item_id}", before.json["attributes"], key=key).status_code == 200
        assert shop.ask("GET", f"/items/{item_id}").headers["ETag"] == before.headers["ETag"]
    assert before.json["attributes"] == {"title": "even thing 4", "brand": "Even & Co", "colour": "blue"}


def test_only_who_knows_the_item_as_it_is_changes_it(shop: LivingShop) -> None:
    key = shop.key("admin")
    tag = shop.ask("GET", "/items/i3").headers["ETag"]
    assert shop.ask("PATCH", "/items/i3", {"title": "one"}, key=key, If_Match=tag).status_code == 200
    for method, body in (("PATCH", {"title": "two"}), ("PUT", NEW), ("DELETE", None)):
        told = refused(shop.ask(method, "/items/i3", body, key=key, If_Match=tag), 412)
        assert "If-Match" in told
    found = shop.ask("GET", "/items/i3")
    assert found.json["attributes"]["title"] == "one"
    weak = f"W/{found.headers['ETag']}"  # what a proxy that compresses makes of it
    assert shop.ask("DELETE", "/items/i3", key=key, If_Match=weak).status_code == 204
    refused(shop.ask("GET", "/items/i3"), 404)
    refused(shop.ask("PUT", "/items/i3", NEW, key=key, If_Match="*"), 412)


def test_an_item_is_made_only_where_there_is_none(shop: LivingShop) -> None:
    key = shop.key("admin")
    assert shop.ask("PUT", "/items/i99", NEW, key=key, If_None_Match="*").status_code == 200
    refused(shop.ask("PUT", "/items/i99", {"title": "x"}, key=key, If_None_Match="*"), 412)
    assert shop.ask("GET", "/items/i99").json["attributes"] == NEW


def test_of_two_who_know_the_same_one_wins(shop: LivingShop) -> None:
    """The second one comes between the look of the first and its change."""
    inventory, key = shop.served.guide.inventory, shop.key("admin")
    last = inventory.settled("i3")
    shop.ask("PATCH", "/items/i3", {"title": "theirs"}, key=key)
    from kgrec.errors import Changed

    with pytest.raises(Changed):
        inventory.change("i3", "patch", {"title": "ours"}, after=last)
    assert shop.ask("GET", "/items/i3").json["attributes"]["title"] == "theirs"


def test_conditions_do_not_open_what_is_closed(shop: LivingShop) -> None:
    shop.key("admin")
    refused(shop.ask("PUT", "/items/i3", NEW, If_Match="*"), 401)
