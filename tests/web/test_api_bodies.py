"""Bodies that parsers take in different ways, or that are no bodies: clear problems, whatever is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.living import LivingShop, living_shop
from tests.web.test_api import refused
from web.api.operations import OPERATIONS, PLACES, Operation

WITH_BODY = [one for one in OPERATIONS if one.body is not None and not one.by_protocol]


@pytest.fixture(scope="module")
def shop(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path_factory.mktemp("bodies") / "shop") as shop:
        yield shop


@pytest.fixture(scope="module")
def key(shop: LivingShop) -> str:
    return shop.key("admin")


def send(
    shop: LivingShop, operation: Operation, body: bytes, key: str, kind: str = "application/json"
) -> str:
    """The detail of the refusal."""
    path = operation.path
    for name, example in (*((name, one) for name, (_, one) in PLACES.items()),):
        path = path.replace(
            f"{{{name}}}", "i3" if name == "item_id" else "u0" if name == "user_id" else example
        )
    answer = shop.client.open(
        f"/api/v1{path}",
        method=operation.method,
        data=body,
        content_type=kind,
        headers={"Authorization": f"Bearer {key}"},
    )
    assert answer.status_code in (400, 413, 415, 422), (operation.name, body[:60], answer.text[:300])
    return refused(answer, answer.status_code)


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'"text"',
        b"7",
        b"true",
        b"\xff\xfe",
        b'{"no_such_field": 1}',
        b'{"k": ' + b"9" * 100_000 + b"}",
        b'{"price": NaN, "k": NaN, "seconds": NaN, "recommend": NaN, "city": NaN}',
        b'{"user_id": "\\ud800"}',
    ],
    ids=lambda body: body[:16].decode("latin-1"),
)
def test_what_is_no_body_of_an_operation_is_refused(
    shop: LivingShop, key: str, operation: Operation, body: bytes
) -> None:
    assert send(shop, operation, body, key)


@pytest.mark.parametrize("operation", WITH_BODY, ids=lambda one: one.name)
@pytest.mark.parametrize("kind", ["text/plain", "application/xml", "multipart/form-data", ""])
def test_other_media_types_are_refused(shop: LivingShop, key: str, operation: Operation, kind: str) -> None:
    assert "application/json" in send(shop, operation, b"{}", key, kind)


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/recommend", b'{"user_id": "u0", "user_id": "u1"}', "user_id"),
        ("/recommend", b'{"session": [{"item_id": "i3", "item_id": "i4"}]}', "item_id"),
        ("/explain", b'{"user_id": "u0", "item_id": "i3", "item_\\u0069d": "i4"}', "item_id"),
        ("/what-if", b'{"user_id": "u0", "add": [{"item_id": "i4"}], "add": [{"item_id": "i6"}]}', "add"),
    ],
)
def test_a_name_that_is_given_twice_is_refused(shop: LivingShop, path: str, body: bytes, name: str) -> None:
    answer = shop.client.post(f"/api/v1{path}", data=body, content_type="application/json")
    assert f"{name!r} twice" in refused(answer, 400)


def test_a_number_that_is_none_gets_nowhere_in_what_is_said_of_items(shop: LivingShop, key: str) -> None:
    for number in (b"NaN", b"Infinity", b"-Infinity", b"1e999"):
        body = b'{"title": "x", "price": ' + number + b"}"
        answer = shop.client.put(
            "/api/v1/items/i99",
            data=body,
            content_type="application/json",
            headers={"Authorization": f"Bearer {key}"},
        )
        assert answer.status_code in (400, 422), answer.text
    assert shop.ask("GET", "/items/i99").status_code == 404


@pytest.mark.parametrize("item_id", ["%00", "%20", "x%00y"])
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_an_id_that_none_can_have_is_refused_before_the_database_sees_it(
    shop: LivingShop, key: str, method: str, item_id: str
) -> None:
    refused(shop.ask(method, f"/items/{item_id}", None if method == "DELETE" else {}, key=key), 422)


@pytest.mark.parametrize("item_id", ["a//b", "/a", "a/", "a%0Ab", "%2F"])
def test_ids_keep_their_slashes_and_lines(shop: LivingShop, key: str, item_id: str) -> None:
    answer = shop.ask("PUT", f"/items/{item_id}", {"title": "odd id"}, key=key)
    assert answer.status_code == 200 and answer.json["item_id"] == item_id.replace("%0A", "\n").replace(
        "%2F", "/"
    )


def test_who_has_no_key_is_told_so_before_their_body_is_read(shop: LivingShop, key: str) -> None:
    for operation in WITH_BODY:
        if operation.door is not None:
            path = operation.path.replace("{item_id}", "i3").replace("{user_id}", "u0")
            refused(shop.client.open(f"/api/v1{path}", method=operation.method, data=b"{"), 401)


@pytest.mark.parametrize("of_user", ["consent", "facts", "token", "facts/0123456789abcdef"])
def test_what_is_asked_of_a_part_of_a_user_is_not_asked_of_another_user(
    shop: LivingShop, key: str, of_user: str
) -> None:
    """PUT /users/u0/token once made a user called u0/token."""
    path = f"/users/u0/{of_user}"
    told = set(shop.ask("OPTIONS", path, key=key).headers["Allow"].split(", "))
    for method in {"PUT", "PATCH", "DELETE"} - told:
        refused(shop.ask(method, path, {"city": "A"}, key=key), 405)
    assert "PATCH" not in told
    assert not shop.served.registry.people.is_known(f"u0/{of_user}")
    assert shop.ask("PATCH", "/users/u0/other", {"city": "A"}, key=key).status_code == 404
