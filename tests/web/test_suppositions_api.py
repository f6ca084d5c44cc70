"""POST /why-not and /what-if: what programs may rely on."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec.guide import Guide
from web import present
from web.api.answers import Problem, WhatIfAnswer, WhyNotAnswer


def supposed(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/what-if", json=asked)
    assert answer.status_code == 200, answer.text
    WhatIfAnswer.model_validate_json(answer.data)
    return dict(answer.get_json())


def missed(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/why-not", json=asked)
    assert answer.status_code == 200, answer.text
    WhyNotAnswer.model_validate_json(answer.data)
    return dict(answer.get_json())


def refused(answer: TestResponse, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    return Problem.model_validate_json(answer.data).detail


@pytest.mark.parametrize("who", [{"user_id": "u1"}, {"session": [{"item_id": "soap", "event": "buy"}]}])
def test_what_if_answers_as_the_guide_does(client: FlaskClient, guide: Guide, who: dict[str, Any]) -> None:
    answer = supposed(client, **who, add=[{"item_id": "mask"}, {"item_id": "gel", "event": "view"}], k=4)
    assert answer["asked"]["add"] == [
        {"item_id": "mask", "event": "buy"},
        {"item_id": "gel", "event": "view"},
    ]
    assert "mask" not in {item["item_id"] for item in answer["after"]}
    assert answer["model"] == guide.model_name
    assert {move["moved"] for move in answer["moves"]} <= {"entered", "left", "moved"}


def test_why_not_answers_as_the_guide_does(client: FlaskClient, guide: Guide) -> None:
    answer = missed(client, user_id="u1", item_id="mask", k=3)
    assert answer == present.why_not_dict(guide.why_not("u1", "mask", 3))
    excluded = missed(client, user_id="u1", item_id="mask", exclude=["mask"])
    assert excluded["blocked"] in ("excluded", "chosen")


def test_hostile_titles_stay_in_their_quotation_marks(client: FlaskClient) -> None:
    for item_id in ("quotes", "bidi", "template", "script"):
        for asked in ({"user_id": "u1"}, {"user_id": "u2"}):
            text = missed(client, **asked, item_id=item_id, k=1)["text"]
            assert text.count("“") == text.count("”") and not set(text) & set("\u202e\u2066\u202c")


@pytest.mark.parametrize(
    ("resource", "asked", "status", "hint"),
    [
        ("what-if", {"user_id": "u1"}, 422, "something to add or to remove"),
        ("what-if", {"user_id": "u1", "add": ["soap"]}, 422, "add.0"),
        ("what-if", {"user_id": "u1", "add": [{"item_id": "soap", "event": "steal"}]}, 422, "add.0.event"),
        ("what-if", {"user_id": "u1", "add": [{"item_id": "soap"}] * 51}, 422, "add"),
        ("what-if", {"user_id": "u1", "change": {"soap": {"has_brand": "Odd"}}}, 422, "change"),
        ("what-if", {"user_id": "u1", "add": [{"item_id": "soup"}]}, 404, "did you mean soap"),
        ("what-if", {"add": [{"item_id": "soap"}]}, 422, "user_id"),
        ("what-if", {"user_id": "u1", "remove": ["chinese"], "k": 101}, 422, "k"),
        ("why-not", {"user_id": "u1"}, 422, "item_id"),
        ("why-not", {"user_id": "u1", "item_id": "soup"}, 404, "did you mean soap"),
        ("why-not", {"user_id": "u1", "item_id": "soap", "paths": 51}, 422, "paths"),
        ("why-not", {"user_id": "u1", "item_id": "soap", "exclude": ["lamp"]}, 404, "'lamp'"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_field(
    client: FlaskClient, resource: str, asked: dict[str, Any], status: int, hint: str
) -> None:
    assert hint in refused(client.post(f"/api/v1/{resource}", json=asked), status)


@pytest.mark.parametrize("resource", ["what-if", "why-not"])
def test_an_unknown_user_does_not_learn_who_the_others_are(client: FlaskClient, resource: str) -> None:
    asked = (
        {"user_id": "u", "item_id": "soap"} if resource == "why-not" else {"user_id": "u", "remove": ["soap"]}
    )
    assert refused(client.post(f"/api/v1/{resource}", json=asked), 404) == "no user named 'u'"


def test_what_nobody_can_remove_is_422_and_says_nothing_of_what_others_did(client: FlaskClient) -> None:
    session = [{"item_id": "soap", "event": "view"}]
    answer = client.post("/api/v1/what-if", json={"session": session, "remove": ["mask"]})
    assert "nothing is known" in refused(answer, 422)
