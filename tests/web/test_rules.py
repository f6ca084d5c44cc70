"""Rules and a visitor's context over HTTP: told in the answers, checked, and escaped on pages."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient

from kgrec.guide import Guide
from kgrec.live.storefront import Storefront
from kgrec.rules import About, Always, Rule, RuleSet
from tests.web.opened import look_as
from web import create_app
from web.api.answers import Explanation, RecommendAnswer, WhyNotAnswer


@pytest.fixture(scope="module")
def ruled(parity_guide: Guide) -> FlaskClient:
    rules = (
        Rule("<b>Ten</b>", "pin", About(("i7",)), place=1, reason={"en": "<script>alert(1)</script>"}),
        Rule("Odd with even", "complement", About(("i0", "i2")), offer=About(("i3",)), factor=2.0),
        Rule("Recalled", "exclude", About(("i5",))),
    )
    guide = Guide(parity_guide.dataset, parity_guide.graph, parity_guide.model, rules=Always(RuleSet(rules)))
    return create_app(guide, storefront=Storefront(try_as=True)).test_client()


def asked(client: FlaskClient, what: str, **body: Any) -> dict[str, Any]:
    answer = client.post(f"/api/v1/{what}", json=body)
    assert answer.status_code == 200, answer.text
    schema = {"recommend": RecommendAnswer, "explain": Explanation, "why-not": WhyNotAnswer}[what]
    schema.model_validate_json(answer.data)
    return dict(answer.get_json())


def test_lists_and_explanations_say_what_rules_have_done(ruled: FlaskClient) -> None:
    first = asked(ruled, "recommend", user_id="u0", k=3, explain=True)["items"][0]
    assert first["item_id"] == "i7" and first["rank"] == 1
    (rule,) = first["rules"]
    assert (rule["do"], rule["place"], rule["factor"]) == ("pin", 1, None)
    assert first["explanation"]["rules"] == [rule]
    session = [{"item_id": "i0", "event": "buy"}]
    told = asked(ruled, "explain", session=session, item_id="i3", paths=20)
    assert [one["name"] for one in told["rules"]] == ["Odd with even"]
    sources = {hop["source"] for path in told["paths"] for hop in path["hops"]}
    assert "rules.toml:Odd with even" in sources
    found = asked(ruled, "why-not", session=session, item_id="i5")
    assert found["blocked"] == "rule" and "Recalled" in found["text"]


def test_a_page_says_that_the_shop_placed_an_item_and_escapes_its_words(ruled: FlaskClient) -> None:
    look_as(ruled, "u0")
    for address in ("/", "/item/i7/why"):
        page = ruled.get(address)
        assert page.status_code == 200
        assert "Placed here by the shop" in page.text
        assert "<script>alert" not in page.text
    assert "Left out of lists by the shop" in ruled.get("/item/i5/why").text


def test_a_context_says_who_asks(ruled: FlaskClient) -> None:
    context = {"segments": {"city": "A"}}
    found = asked(ruled, "recommend", context=context, explain=True)
    assert found["items"]
    told = asked(ruled, "explain", user_id="somebody new", context=context, item_id="i2")
    assert [path["hops"][0]["source"] for path in told["paths"]] == ["context"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"context": {"segments": {"city": "Z"}}}, 404, "known are A, B"),
        ({"context": {"segments": {"age": "A"}}}, 404, "column of users"),
        ({"context": {"segments": {}}}, 422, "give either user_id or a session"),
        ({"context": {"segments": {"city": 1}}}, 422, "context.segments.city"),
        ({"context": {"segments": {"city": "A" * 501}}}, 422, "context.segments.city"),
        ({"context": {"city": "A"}}, 422, "context.city"),
        ({"context": [], "user_id": "u0"}, 422, "context"),
        (
            {"context": {"segments": {str(n): "A" for n in range(51)}}},
            422,
            "context.segments",
        ),
    ],
)
def test_a_context_that_makes_no_sense_is_refused(
    ruled: FlaskClient, body: dict[str, Any], status: int, said: str
) -> None:
    answer = ruled.post("/api/v1/recommend", json=body)
    assert answer.status_code == status
    assert said in answer.get_json()["detail"]
