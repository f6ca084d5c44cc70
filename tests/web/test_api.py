"""What other programs may rely on when they ask over HTTP."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec.errors import BadBundle, NotReady
from kgrec.guide import Guide
from web import create_app, present
from web.api.answers import Explanation, Problem, RecommendAnswer


def recommended(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/recommend", json=asked)
    assert answer.status_code == 200, answer.text
    RecommendAnswer.model_validate_json(answer.data)
    return dict(answer.get_json())


def explained(client: FlaskClient, **asked: Any) -> dict[str, Any]:
    answer = client.post("/api/v1/explain", json=asked)
    assert answer.status_code == 200, answer.text
    Explanation.model_validate_json(answer.data)
    return dict(answer.get_json())


def refused(answer: TestResponse, status: int) -> str:
    """The detail of a problem document, after checking that it is one."""
    assert answer.status_code == status, answer.text
    assert answer.content_type == "application/problem+json"
    problem = Problem.model_validate_json(answer.data)
    assert problem.status == status and problem.type == "about:blank" and problem.title and problem.detail
    assert problem.request_id == answer.headers["X-Request-ID"]
    return problem.detail


def test_a_user_gets_k_items_best_first_with_ranks_and_titles(client: FlaskClient, guide: Guide) -> None:
    answer = recommended(client, user_id="u0", k=5)
    items = answer["items"]
    assert [item["rank"] for item in items] == [1, 2, 3, 4, 5]
    assert [item["score"] for item in items] == sorted((item["score"] for item in items), reverse=True)
    assert [item["title"] for item in items] == [guide.item(item["item_id"]).title for item in items]
    assert answer["model"] == guide.model_name and answer["graph_version"] == guide.graph_version
    assert answer["took_ms"] >= 0
    assert not any("explanation" in item for item in items)


def test_what_a_user_has_is_left_out_unless_asked_for(client: FlaskClient, guide: Guide) -> None:
    has = {entry.item.item_id for entry in guide.history("u0")}
    fresh = {item["item_id"] for item in recommended(client, user_id="u0", k=100)["items"]}
    everything = recommended(client, user_id="u0", k=100, filter={"seen": False})["items"]
    assert not fresh & has
    assert {item["item_id"] for item in everything} == fresh | has


def test_excluded_items_are_not_recommended(client: FlaskClient) -> None:
    first, second = recommended(client, user_id="u0", k=2)["items"]
    items = recommended(client, user_id="u0", k=1, exclude=[first["item_id"]])["items"]
    assert [item["item_id"] for item in items] == [second["item_id"]]


def test_a_visitor_is_recommended_things_like_those_in_the_session(client: FlaskClient, guide: Guide) -> None:
    session = [{"item_id": "soap", "event": "view"}, {"item_id": "wash", "event": "buy"}]
    items = recommended(client, session=session, k=3, exclude=["soap", "wash"])["items"]
    assert guide.item(items[0]["item_id"]).brand == guide.item("wash").brand


@pytest.mark.parametrize(("explain", "most"), [(True, 3), (1, 1), (0, 0)])
@pytest.mark.parametrize("who", [{"user_id": "u1"}, {"session": [{"item_id": "soap", "event": "buy"}]}])
def test_every_recommended_item_is_explained_when_asked(
    client: FlaskClient, who: dict[str, Any], explain: bool | int, most: int
) -> None:
    items = recommended(client, **who, k=4, explain=explain)["items"]
    assert len(items) == 4
    for item in items:
        reasons = item["explanation"]
        assert reasons["item_id"] == item["item_id"] and reasons["score"] == item["score"]
        assert len(reasons["paths"]) <= most


@pytest.mark.parametrize("who", [{"user_id": "u0"}, {"session": [{"item_id": "script", "event": "buy"}]}])
@pytest.mark.parametrize("paths", [0, 1, 50])
def test_the_parts_of_an_explanation_add_up_to_the_score(
    client: FlaskClient, who: dict[str, Any], paths: int
) -> None:
    for item_id in ("script", "bidi", "soap", "mask"):
        answer = explained(client, **who, item_id=item_id, paths=paths)
        listed = sum(path["contribution"] for path in answer["paths"])
        whole = answer["prior"] + listed + answer["remainder"]["contribution"]
        assert whole == pytest.approx(answer["score"], rel=1e-5)
        assert len(answer["paths"]) <= paths


def test_an_explanation_has_the_fields_of_the_contract(client: FlaskClient) -> None:
    answer = explained(client, user_id="u0", item_id="template")
    assert list(answer) == [
        "user_id", "item_id", "lang", "score", "rank", "prior", "text", "paths", "remainder", "receipt",
        "model", "graph_version",
    ]  # fmt: skip
    path = answer["paths"][0]
    assert list(path) == ["metapath", "contribution", "share", "hops", "text"]
    assert list(path["hops"][0]) == ["subject", "relation", "object", "inverse", "source", "labels"]
    proof = answer["receipt"]
    assert list(proof) == [
        "removed", "score_without", "rank_without", "predicted_without", "sufficient_rank",
    ]  # fmt: skip
    assert proof["score_without"] == pytest.approx(proof["predicted_without"], rel=1e-5)


def test_every_hop_of_an_explanation_is_in_the_graph(client: FlaskClient, guide: Guide) -> None:
    hops = [hop for path in explained(client, user_id="u0", item_id="wash")["paths"] for hop in path["hops"]]
    assert hops
    for hop in hops:
        asked = f"ASK {{ <{hop['subject']}> <{hop['relation']}> <{hop['object']}> }}"
        assert guide.query(asked).boolean is True


def test_explanations_are_told_in_chinese_when_asked(client: FlaskClient) -> None:
    told = explained(client, user_id="u0", item_id="wash", lang="zh")
    assert told["lang"] == "zh"
    assert "因为" in told["text"] or "您" in told["text"]


def test_titles_arrive_as_the_shop_has_them_but_for_marks_that_turn_text_around(
    client: FlaskClient, hostile_titles: dict[str, str]
) -> None:
    items = recommended(client, user_id="u1", k=100, filter={"seen": False})["items"]
    titles = {item["item_id"]: item["title"] for item in items}
    kept = {item_id: title for item_id, title in hostile_titles.items() if item_id != "bidi"}
    assert {item_id: titles[item_id] for item_id in kept} == kept
    assert "turned" in titles["bidi"] and not set(titles["bidi"]) & set("\u202e\u202c\u2066")


@pytest.mark.parametrize("resource", ["recommend", "explain"])
@pytest.mark.parametrize(
    "sent", [b"", b"{", b"user_id=u0", b"\xff\xfe", b'{"user_id": "\\ud800"}', b"[" * 9999]
)
def test_what_is_not_json_is_400(client: FlaskClient, resource: str, sent: bytes) -> None:
    answer = client.post(f"/api/v1/{resource}", data=sent, content_type="application/json")
    assert "not JSON" in refused(answer, 400)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({}, "user_id"),
        ({"user_id": "u0", "session": [{"item_id": "soap"}]}, "session"),
        ({"session": []}, "session"),
        ({"user_id": 7}, "user_id"),
        ({"user_id": ""}, "user_id"),
        ({"user_id": "u" * 513}, "user_id"),
        ({"user_id": "u0", "k": 0}, "k"),
        ({"user_id": "u0", "k": 101}, "k"),
        ({"user_id": "u0", "k": "5"}, "k"),
        ({"user_id": "u0", "k": True}, "k"),
        ({"user_id": "u0", "k": 2.5}, "k"),
        ({"user_id": "u0", "explain": 21}, "explain"),
        ({"user_id": "u0", "explain": -1}, "explain"),
        ({"user_id": "u0", "explain": "yes"}, "explain"),
        ({"user_id": "u0", "lang": "fr"}, "lang"),
        ({"user_id": "u0", "filter": {"seen": 1}}, "filter.seen"),
        ({"user_id": "u0", "filter": {"brand": "x"}}, "filter.brand"),
        ({"user_id": "u0", "exclude": ["soap"] * 1001}, "exclude"),
        ({"user_id": "u0", "exclude": "soap"}, "exclude"),
        ({"user_id": "u0", "admin": True}, "admin"),
        ({"session": [{"item_id": "soap"}] * 201}, "session"),
        ({"session": [{"item_id": "soap", "event": "steal"}]}, "session.0.event"),
        ({"session": [{"event": "view"}]}, "session.0.item_id"),
        ([], "object"),
        (None, "object"),
    ],
)
def test_what_breaks_the_schema_is_422_and_names_the_field(
    client: FlaskClient, asked: Any, field: str
) -> None:
    answer = client.post("/api/v1/recommend", data=json.dumps(asked), content_type="application/json")
    assert field in refused(answer, 422)


def test_a_long_session_is_explained_for_as_many_items_as_the_refusal_says(client: FlaskClient) -> None:
    session = [{"item_id": "soap", "event": "view"}] * 200
    answer = client.post("/api/v1/recommend", json={"session": session, "k": 11, "explain": True})
    assert "ask for 10 items" in refused(answer, 422)
    assert len(recommended(client, session=session, k=10, explain=True)["items"]) == 10
    assert len(recommended(client, session=session, k=11)["items"]) == 11


@pytest.mark.parametrize("paths", [-1, 51, "3"])
def test_an_impossible_number_of_paths_is_422(client: FlaskClient, paths: Any) -> None:
    answer = client.post("/api/v1/explain", json={"user_id": "u0", "item_id": "soap", "paths": paths})
    assert "paths" in refused(answer, 422)


@pytest.mark.parametrize(
    ("resource", "asked", "name"),
    [
        ("recommend", {"user_id": "nobody"}, "'nobody'"),
        ("recommend", {"user_id": "<script>\u202e\x00"}, "<script>"),
        ("recommend", {"session": [{"item_id": "lamp"}]}, "'lamp'"),
        ("recommend", {"user_id": "u0", "exclude": ["lamp"]}, "'lamp'"),
        ("explain", {"user_id": "nobody", "item_id": "soap"}, "'nobody'"),
        ("explain", {"user_id": "u0", "item_id": "soup"}, "did you mean soap"),
    ],
)
def test_unknown_users_and_items_are_404_with_a_hint(
    client: FlaskClient, resource: str, asked: dict[str, Any], name: str
) -> None:
    assert name in refused(client.post(f"/api/v1/{resource}", json=asked), 404)


def test_unknown_resources_are_404_and_point_to_the_description(client: FlaskClient) -> None:
    for path in ("/api", "/api/", "/api/v2/recommend", "/api/v1/recommend/", "/api/v1/<script>"):
        assert "openapi.json" in refused(client.get(path), 404)


def test_a_wrong_method_is_405_and_says_which_is_right(client: FlaskClient) -> None:
    answer = client.get("/api/v1/recommend")
    assert refused(answer, 405).endswith("use POST")
    assert "POST" in answer.headers["Allow"]


@pytest.mark.parametrize("kind", [None, "text/plain", "application/x-www-form-urlencoded"])
def test_other_content_types_are_415(client: FlaskClient, kind: str | None) -> None:
    answer = client.post("/api/v1/recommend", data=b'{"user_id": "u0"}', content_type=kind)
    assert "application/json" in refused(answer, 415)


def test_a_body_over_a_megabyte_is_413(client: FlaskClient) -> None:
    answer = client.post(
        "/api/v1/recommend", data=b'{"user_id": "u0"}' + b" " * 1_000_000, content_type="application/json"
    )
    assert "1,000,000 bytes" in refused(answer, 413)


def test_a_long_invented_field_name_is_not_echoed_whole(client: FlaskClient) -> None:
    answer = client.post("/api/v1/recommend", json={"x" * 500_000: 1, "user_id": "u0"})
    assert len(refused(answer, 422)) < 1000


class Broken(Guide):
    """A guide that answers every question with an error."""

    def __init__(self, guide: Guide, error: Exception) -> None:
        super().__init__(guide.dataset, guide.graph, guide.model)
        self.error = error

    def asker(self, *_: Any, **__: Any) -> Any:
        raise self.error


def broken(guide: Guide, error: Exception) -> TestResponse:
    app: Flask = create_app(Broken(guide, error))
    app.logger.disabled = True  # the traceback belongs in the log, not among the tests' output
    return app.test_client().post("/api/v1/recommend", json={"user_id": "u0"})


@pytest.mark.parametrize("error", [ZeroDivisionError("secret in /srv"), BadBundle("secret in /srv: altered")])
def test_a_failure_of_ours_is_500_and_tells_nothing_of_the_inside(guide: Guide, error: Exception) -> None:
    answer = broken(guide, error)
    detail = refused(answer, 500)
    assert answer.headers["X-Request-ID"] in detail
    assert "secret" not in answer.text and "Traceback" not in answer.text and "Error:" not in answer.text


def test_a_shop_that_is_not_built_yet_is_503(guide: Guide) -> None:
    assert "train" in refused(broken(guide, NotReady("no model yet; run kgrec train")), 503)


def test_numbers_that_json_does_not_know_are_never_sent(guide: Guide) -> None:
    app = create_app(guide)
    with app.app_context(), pytest.raises(ValueError, match="not JSON compliant"):
        app.json.dumps({"score": float("nan")})


def test_the_description_covers_every_resource_and_every_reference_in_it_resolves(
    client: FlaskClient, app: Flask
) -> None:
    described = client.get("/api/v1/openapi.json").get_json()
    assert described["openapi"].startswith("3.1")
    rules = {rule.rule for rule in app.url_map.iter_rules() if rule.rule.startswith("/api/v1")}
    served = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule) for rule in rules}
    about = {"/api/v1/openapi.json", "/api/v1/", "/api/v1/docs"}
    assert set(described["paths"]) == served - about
    schemas = described["components"]["schemas"]
    references = [part.split('"')[0] for part in json.dumps(described).split('"#/components/schemas/')[1:]]
    assert references and set(references) <= set(schemas)
    assert schemas["RecommendRequest"]["additionalProperties"] is False
    operation = described["paths"]["/api/v1/recommend"]["post"]
    assert {"200", "400", "404", "413", "415", "422", "500"} <= set(operation["responses"])


@pytest.fixture
def often_switching() -> Iterator[None]:
    """Threads that take turns all the time, so that what they share is seen half done."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def test_many_askers_at_once_get_what_each_would_get_alone(app: Flask, often_switching: None) -> None:
    asked = [{"user_id": f"u{n}"} for n in range(8)]
    asked += [
        {"session": [{"item_id": item_id, "event": "buy"}]} for item_id in ("soap", "balm", "gel", "bidi")
    ]

    def items(who: dict[str, Any]) -> Any:
        return recommended(app.test_client(), **who, k=5)["items"]

    alone = [items(who) for who in asked]
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(items, asked * 5)) == alone * 5


def test_the_command_line_and_the_api_present_the_same_dictionaries(
    client: FlaskClient, guide: Guide
) -> None:
    assert explained(client, user_id="u0", item_id="wash") == present.explanation_dict(
        guide.explain("u0", "wash")
    )
    items = recommended(client, user_id="u0", k=3)["items"]
    assert items == [present.recommendation_dict(found) for found in guide.recommend_for("u0", k=3)]


def test_a_visitor_is_not_recommended_what_they_just_bought_or_disliked(client: FlaskClient) -> None:
    session = [{"item_id": "soap", "event": "buy"}, {"item_id": "wash", "event": "dislike"}]
    items = recommended(client, session=session, k=100)["items"]
    assert items and not {"soap", "wash"} & {item["item_id"] for item in items}


def test_an_unknown_user_does_not_learn_who_the_others_are(client: FlaskClient) -> None:
    answer = client.post("/api/v1/recommend", json={"user_id": "u"})
    assert answer.json["detail"] == "no user named 'u'"
