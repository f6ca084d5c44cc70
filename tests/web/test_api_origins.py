"""Pages of other sites: closed, but for those the shop has named, and never for what admins do."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.test import TestResponse

from tests.web.living import LivingShop, living_shop
from web.api.operations import OPERATIONS, PLACES

SITE = "https://shop.example"
ALLOWED = "Access-Control-Allow-Origin"


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "shop", f'[api]\norigins = ["{SITE}"]') as shop:
        yield shop


def preflight(shop: LivingShop, path: str, method: str, origin: str = SITE) -> TestResponse:
    return shop.ask("OPTIONS", path, Origin=origin, Access_Control_Request_Method=method)


def granted(answer: TestResponse) -> list[str]:
    """Headers that open something."""
    return [name for name, _ in answer.headers if name.startswith("Access-Control-")]


def address(path: str) -> str:
    for name, (_, example) in PLACES.items():
        path = path.replace(f"{{{name}}}", example)
    return path


def test_a_page_of_a_named_site_may_ask_and_read(shop: LivingShop) -> None:
    before = preflight(shop, "/explain", "POST")
    assert before.status_code == 200 and before.headers[ALLOWED] == SITE
    assert before.headers["Access-Control-Allow-Methods"] == "POST"
    assert {"Authorization", "Content-Type"} <= set(
        before.headers["Access-Control-Allow-Headers"].split(", ")
    )
    session = [{"item_id": "i4", "event": "buy"}]
    answer = shop.ask("POST", "/explain", {"session": session, "item_id": "i2"}, Origin=SITE)
    assert answer.status_code == 200 and answer.headers[ALLOWED] == SITE
    assert "X-Request-ID" in answer.headers["Access-Control-Expose-Headers"]
    assert "Origin" in answer.headers["Vary"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        "*",
        "http://shop.example",
        f"{SITE}.evil.example",
        f"{SITE}:8443",
        SITE.upper(),
        "",
    ],
)
def test_no_other_site_gets_anything(shop: LivingShop, origin: str) -> None:
    for operation in OPERATIONS:
        assert not granted(preflight(shop, address(operation.path), operation.method, origin))
        assert not granted(shop.ask(operation.method, address(operation.path), Origin=origin))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda one: one.name)
def test_nothing_that_needs_a_key_is_opened_to_pages(shop: LivingShop, operation) -> None:
    opened = granted(preflight(shop, address(operation.path), operation.method))
    for_pages = operation.door is None or operation.name == "events"
    assert (
        bool(opened)
        == for_pages
        == bool(granted(shop.ask(operation.method, address(operation.path), Origin=SITE)))
    )


def test_a_path_that_has_both_tells_pages_of_what_is_open_alone(shop: LivingShop) -> None:
    assert preflight(shop, "/items/i3", "GET").headers["Access-Control-Allow-Methods"] == "GET"
    assert not granted(preflight(shop, "/items/i3", "PUT"))
    assert not granted(preflight(shop, "/items/i3", "TRACE"))


def test_a_refusal_can_be_read_too(shop: LivingShop) -> None:
    shop.key("read")
    answer = shop.ask("POST", "/explain", {"user_id": "u0", "item_id": "i2"}, Origin=SITE)
    assert answer.status_code == 401 and answer.headers[ALLOWED] == SITE


def test_pages_of_the_shop_and_what_is_beside_the_api_stay_closed(shop: LivingShop) -> None:
    for path in ("/", "/healthz", "/api/v1/", "/api/v1/nowhere", "/static/style.css", "/metrics"):
        with shop.client.get(path, headers={"Origin": SITE}, buffered=True) as answer:
            assert not granted(answer), path


def test_without_settings_nothing_is_opened_and_answers_do_not_vary(
    parity_workspace: Path, tmp_path: Path
) -> None:
    with living_shop(parity_workspace, tmp_path / "closed") as shop:
        assert not granted(preflight(shop, "/explain", "POST"))
        answer = shop.ask("GET", "/graph/queries", Origin=SITE)
        assert not granted(answer) and "Origin" not in answer.headers.get("Vary", "")
