"""Lists that can be long: searched, in parts, each with the way to the next."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urljoin

import pytest
from werkzeug.http import parse_options_header

from tests.web.living import LivingShop, living_shop
from tests.web.test_api import refused
from web.api.answers import FactsAnswer, ItemsAnswer, RecommendAnswer


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "shop") as shop:
        yield shop


def links(header: str) -> dict[str, str]:
    found = {}
    for part in header.split(", <"):
        address, _, rest = part.lstrip("<").partition(">")
        found[parse_options_header("x" + rest)[1]["rel"]] = address
    return found


def test_all_parts_together_are_the_whole_list(shop: LivingShop) -> None:
    whole = ItemsAnswer.model_validate(shop.ask("GET", "/items?q=thing&limit=100").json)
    assert whole.total == len(whole.items) == 24
    address, seen, parts = "/items?q=thing&limit=10", [], 0
    while address:
        answer = shop.ask("GET", address)
        seen += [item["item_id"] for item in answer.json["items"]]
        following = links(answer.headers["Link"]).get("next") if "Link" in answer.headers else None
        address, parts = urljoin(address, following) if following else "", parts + 1
    assert seen == [item.item_id for item in whole.items] and parts == 3


def test_each_part_names_those_beside_it_and_keeps_what_was_asked(shop: LivingShop) -> None:
    answer = shop.ask("GET", "/items?brand=Even+%26+Co&colour=red&colour=blue&limit=3&offset=3")
    assert answer.status_code == 200, answer.text
    found = links(answer.headers["Link"])
    assert set(found) == {"first", "prev", "next"}
    assert all("brand=Even+%26+Co&colour=red&colour=blue&limit=3" in address for address in found.values())
    assert found["next"].endswith("offset=6") and found["prev"].endswith("offset=0")
    for item in answer.json["items"]:
        assert item["brand"] == "Even & Co"


def test_facets_say_how_many_there_are_of_each(shop: LivingShop) -> None:
    answer = ItemsAnswer.model_validate(shop.ask("GET", "/items?brand=Odd+Ltd").json)
    brands = next(facet for facet in answer.facets if facet.name == "brand")
    assert {(one.value, one.count, one.chosen) for one in brands.values} == {
        ("Even & Co", 12, False),
        ("Odd Ltd", 12, True),
    }


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("limit=0", 422, "limit"),
        ("limit=101", 422, "limit"),
        ("limit=x", 422, "limit"),
        ("offset=-1", 422, "offset"),
        ("offset=100001", 422, "offset"),
        ("order=worst", 422, "order"),
        ("lang=fr", 422, "lang"),
        ("brnd=x", 422, "brnd"),
        ("q=a&q=b", 400, "q is given 2 times"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_name(
    shop: LivingShop, asked: str, status: int, told: str
) -> None:
    assert told in refused(shop.ask("GET", f"/items?{asked}"), status)


def test_a_withdrawn_item_is_not_found_and_a_new_one_is(shop: LivingShop) -> None:
    key = shop.key("admin")
    shop.ask("DELETE", "/items/i3", key=key)
    shop.ask("PUT", "/items/i99", {"title": "even thing 99"}, key=key)
    found = {item["item_id"] for item in shop.ask("GET", "/items?limit=100").json["items"]}
    assert "i3" not in found and "i99" in found
    refused(shop.ask("GET", "/items/i3"), 404)
    refused(shop.ask("GET", "/items/i3/reviews"), 404)


def test_an_item_whose_id_ends_like_an_address_below_it_can_be_put_and_withdrawn(shop: LivingShop) -> None:
    key = shop.key("admin")
    assert shop.ask("PUT", "/items/i77/reviews", {"title": "even thing 77"}, key=key).status_code == 200
    assert "i77/reviews" in {item["item_id"] for item in shop.ask("GET", "/items?limit=100").json["items"]}
    assert shop.ask("DELETE", "/items/i77/reviews", key=key).status_code == 204


def test_facts_come_in_parts_with_their_total(shop: LivingShop) -> None:
    key = shop.key("admin")
    whole = FactsAnswer.model_validate(shop.ask("GET", "/users/u0/facts", key=key).json)
    assert whole.total == len(whole.facts) > 2
    answer = shop.ask("GET", "/users/u0/facts?limit=2&offset=1&lang=zh", key=key)
    part = FactsAnswer.model_validate(answer.json)
    assert [one.fact for one in part.facts] == [one.fact for one in whole.facts[1:3]]
    assert part.total == whole.total and "lang=zh&limit=2&offset=3" in links(answer.headers["Link"])["next"]


def test_similar_items_are_those_that_buyers_of_these_would_be_told(shop: LivingShop) -> None:
    answer = shop.ask("POST", "/similar", {"item_ids": ["i4", "i6"], "k": 3, "explain": 1})
    found = RecommendAnswer.model_validate(answer.json)
    ids = [item.item_id for item in found.items]
    assert len(ids) == 3 and not {"i4", "i6"} & set(ids)
    session = [{"item_id": item_id, "event": "buy"} for item_id in ("i4", "i6")]
    same = shop.ask("POST", "/recommend", {"session": session, "k": 3, "exclude": ["i4", "i6"]})
    assert ids == [item["item_id"] for item in same.json["items"]]
    assert all(item.explanation is not None and item.explanation.text for item in found.items)


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        ({"item_ids": []}, 422, "item_ids"),
        ({"item_ids": ["i4"] * 201}, 422, "item_ids"),
        ({"item_ids": ["lamp"]}, 404, "lamp"),
        ({"item_ids": ["i4"] * 100, "k": 100, "explain": True}, 422, "ask for 20 items"),
        ({"item_ids": ["i4"], "user_id": "u0"}, 422, "user_id"),
    ],
)
def test_what_no_items_are_similar_to_is_refused(
    shop: LivingShop, body: object, status: int, told: str
) -> None:
    assert told in refused(shop.ask("POST", "/similar", body), status)
