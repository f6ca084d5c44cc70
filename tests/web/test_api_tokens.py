"""What a browser may with a token for one user, and who may ask about users at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web.living import LivingShop, living_shop
from tests.web.test_api import refused
from web.api.answers import EventsAnswer, TokenAnswer

SITE = '[api]\norigins = ["https://shop.example"]'
EVENT: dict[str, Any] = {
    "event_id": "e1",
    "user_id": "u0",
    "item_id": "i3",
    "event": "view",
    "datetime": 1_700_000_000,
}
QUESTIONS: list[tuple[str, dict[str, Any]]] = [
    ("/recommend", {"k": 2}),
    ("/explain", {"item_id": "i2"}),
    ("/why-not", {"item_id": "i2"}),
    ("/what-if", {"add": [{"item_id": "i2"}]}),
]


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "shop", SITE) as shop:
        yield shop


@pytest.fixture
def open_shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "open") as shop:
        yield shop


def token_for(shop: LivingShop, user_id: str, key: str) -> str:
    answer = shop.ask("POST", f"/users/{user_id}/token", key=key)
    assert answer.status_code == 200, answer.text
    found = TokenAnswer.model_validate(answer.json)
    assert found.user_id == user_id
    return found.token


@pytest.mark.parametrize(("path", "body"), QUESTIONS)
def test_a_token_opens_questions_about_its_user_alone(
    shop: LivingShop, path: str, body: dict[str, Any]
) -> None:
    token = token_for(shop, "u0", shop.key("read"))
    assert shop.ask("POST", path, {"user_id": "u0", **body}, key=token).status_code == 200
    other = refused(shop.ask("POST", path, {"user_id": "u1", **body}, key=token), 403)
    assert "another user" in other and "u0" not in other
    assert "role read" in refused(shop.ask("POST", path, {"user_id": "u0", **body}), 401)
    assert shop.ask("POST", path, {"user_id": "u1", **body}, key=shop.key("read")).status_code == 200
    refused(shop.ask("POST", path, {"user_id": "u1", **body}, key=shop.key("events")), 403)
    session = [{"item_id": "i4", "event": "buy"}]
    assert shop.ask("POST", path, {"session": session, **body}).status_code == 200


@pytest.mark.parametrize(("path", "body"), QUESTIONS)
def test_without_settings_anybody_may_ask_and_a_token_is_still_held_to_its_user(
    open_shop: LivingShop, path: str, body: dict[str, Any]
) -> None:
    assert open_shop.ask("POST", path, {"user_id": "u1", **body}).status_code == 200
    token = token_for(open_shop, "u0", open_shop.key("read"))
    refused(open_shop.ask("POST", path, {"user_id": "u1", **body}, key=token), 403)
    refused(open_shop.ask("POST", path, {"user_id": "u0", **body}, key=token + "x"), 401)


def test_a_question_that_cannot_be_asked_tells_nothing_of_users(shop: LivingShop) -> None:
    shop.key("read")
    answers = [shop.ask("POST", "/recommend", {"user_id": name}) for name in ("u0", "nobody")]
    assert refused(answers[0], 401) == refused(answers[1], 401)


def test_a_user_tells_with_a_token_what_they_did_themselves(shop: LivingShop) -> None:
    token = token_for(shop, "u0", shop.key("events"))
    sent = [
        EVENT,
        {**EVENT, "event_id": "e2", "event": "buy"},
        {**EVENT, "event_id": "e3", "user_id": "u1"},
        {**EVENT, "event_id": "e4", "event": "rate", "value": 4},
    ]
    answer = shop.ask("POST", "/events", sent, key=token)
    told = EventsAnswer.model_validate(answer.json)
    assert (answer.status_code, told.accepted) == (202, 2)
    assert [(one.index, one.reason.split(":")[0]) for one in told.rejected] == [(1, "event"), (2, "user_id")]
    again = shop.ask("POST", "/events", sent, key=token).json
    assert (again["accepted"], again["duplicates"]) == (0, 2)


def test_a_token_can_do_no_more_than_the_key_that_made_it(shop: LivingShop) -> None:
    asks, tells = (token_for(shop, "u0", shop.key(role)) for role in ("read", "events"))
    refused(shop.ask("POST", "/events", [EVENT], key=asks), 403)
    refused(shop.ask("POST", "/recommend", {"user_id": "u0"}, key=tells), 403)
    both = token_for(shop, "u0", shop.key("admin"))
    assert shop.ask("POST", "/events", [EVENT], key=both).status_code == 202
    assert shop.ask("POST", "/recommend", {"user_id": "u0"}, key=both).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/users/u0/token", None),
        ("GET", "/users/u0/facts", None),
        ("GET", "/users/u0/consent", None),
        ("PUT", "/users/u0/consent", {"recommend": False}),
        ("DELETE", "/users/u0", None),
        ("PUT", "/items/i3", {"title": "x"}),
        ("GET", "/sparql?query=ASK{}", None),
    ],
)
def test_a_token_is_no_key(shop: LivingShop, method: str, path: str, body: Any) -> None:
    token = token_for(shop, "u0", shop.key("admin"))
    refused(shop.ask(method, path, body, key=token), 401)


def test_only_who_has_a_key_makes_tokens(shop: LivingShop) -> None:
    assert "no key" in refused(shop.ask("POST", "/users/u0/token"), 403)
    key = shop.key("read")
    refused(shop.ask("POST", "/users/u0/token"), 401)
    refused(shop.ask("POST", "/users/u0/token", {"seconds": 3601}, key=key), 422)
    refused(shop.ask("POST", "/users/u0/token", {"hours": 1}, key=key), 422)
    refused(shop.ask("POST", "/users/%20/token", key=key), 422)
    revoked = token_for(shop, "u0", key)
    shop.served.keys.revoke(key.split("_")[1])
    refused(shop.ask("POST", "/recommend", {"user_id": "u0"}, key=revoked), 401)
