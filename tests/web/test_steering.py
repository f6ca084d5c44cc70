"""Buttons that steer re-rank at once, are told, and can be undone without a trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from kgrec.guide import STRANGER, Guide
from tests.web.lived import Lived, lived, words


@pytest.fixture
def here(guide: Guide, tmp_path: Path) -> Iterator[Lived]:
    with lived(guide, tmp_path) as found:
        yield found


def undo(here: Lived, page: str) -> None:
    """Press the first Undo of a page."""
    numbers = re.findall(r'name="number" value="(\d+)"', page)
    here.send("/you/wishes", number=numbers[0])


def brand_of(here: Lived, item_id: str) -> str:
    return next(one.entity for one in here.shop.steerable(item_id) if one.relation == "has_brand")


@pytest.mark.parametrize("who", ["visitor", "shopper"])
@pytest.mark.parametrize("ask", ["less", "more", "never"])
def test_a_wish_changes_the_list_and_undo_gives_back_exactly_the_list_before(
    here: Lived, who: str, ask: str
) -> None:
    user_id = here.visited("soap", "balm") if who == "visitor" else "u1"
    here.look_as(user_id)
    before = here.shop.recommend_for(user_id)
    item_id = before[0].item_id if ask != "more" else before[-1].item_id
    here.send(f"/item/{item_id}/steer", ask=ask, what=brand_of(here, item_id))
    assert here.shop.recommend_for(user_id) != before
    if ask == "never":
        assert item_id not in here.listed(user_id)
    page = here.page(f"/item/{item_id}/why")
    assert 'class="said"' in page and "Undo" in page
    undo(here, page)
    assert here.shop.recommend_for(user_id) == before and here.shop.wishes(user_id) == []


def test_nothing_is_concluded_from_a_gift_until_it_is_undone(here: Lived) -> None:
    user_id = here.visited("soap", "balm")
    before = here.shop.recommend_for(user_id)
    here.send("/item/balm/steer", ask="gift")
    slots = [here.shop.graph.label(hop.tail) for hop in here.shop.asker(user_id).terms.hops]
    assert "Plain balm" not in slots
    page = here.page("/you")
    assert "Nothing is concluded from “Plain balm”." in words(page)
    undo(here, page)
    assert here.shop.recommend_for(user_id) == before


def test_who_asked_not_to_see_an_item_is_told_so_wherever_it_would_be(here: Lived) -> None:
    user_id = here.visited("soap", "balm")
    item_id = here.listed(user_id)[0]
    here.send(f"/item/{item_id}/steer", ask="never")
    why_not = here.shop.why_not(user_id, item_id)
    assert why_not.blocked == "unwanted" and "You asked not to see it" in why_not.text
    assert "您要求不再看到它" in here.shop.why_not(user_id, item_id, lang="zh").text
    assert here.shop.explain(user_id, item_id).out == "unwanted"
    assert "Not shown, as you asked" in words(here.page(f"/item/{item_id}/why"))
    assert "You asked not to see it" in words(here.page(f"/item/{item_id}/why-not"))
    answer = here.client.post("/api/v1/recommend", json={"user_id": user_id, "k": 20})
    assert item_id not in [one["item_id"] for one in answer.get_json()["items"]]


def test_somebody_new_is_known_from_their_first_wish_on(here: Lived) -> None:
    assert here.user_id is None
    top = here.shop.recommend_for("visitor-0", context=STRANGER)[0].item_id
    here.send(f"/item/{top}/steer", ask="never")
    user_id = here.user_id
    assert user_id is not None and user_id.startswith("visitor-")
    assert top not in here.listed(user_id) and here.shop.knows(user_id)
    undo(here, here.page("/you"))
    assert here.shop.recommend_for(user_id, context=STRANGER)[0].item_id == top


def test_the_page_that_was_steered_from_comes_back_and_other_hosts_never(here: Lived) -> None:
    here.visited("soap")
    sent = here.send("/item/gel/steer", ask="never", next="/search?q=gel")
    assert sent.headers["Location"] == "/search?q=gel"
    for evil in ("https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"):
        sent = here.send("/item/gel/steer", ask="never", next=evil)
        assert sent.headers["Location"] == "/item/gel/why"
        assert here.send("/you/wishes", number=0, next=evil).headers["Location"] == "/you"


def test_what_cannot_be_asked_is_refused_and_changes_nothing(here: Lived) -> None:
    user_id = here.visited("soap")
    here.send("/item/gel/steer", 404, ask="hide")
    here.send("/item/nothing/steer", 404, ask="never")
    here.send("/item/gel/steer", 422, ask="gift")
    here.send("/item/gel/steer", 404, ask="less", what="<script>")
    here.send("/item/gel/steer", 404, ask="less")
    assert here.shop.wishes(user_id) == []


@pytest.mark.parametrize("ask", ["never", "gift"])
def test_the_same_asked_in_two_windows_is_one_wish_that_only_the_later_takes_back(
    here: Lived, ask: str
) -> None:
    user_id = here.visited("soap", "balm")
    here.send("/item/balm/steer", ask=ask)
    (first,) = here.shop.wishes(user_id)
    here.send("/item/balm/steer", ask=ask)
    (second,) = here.shop.wishes(user_id)
    here.send("/you/wishes", number=first.number)
    assert "it was undone already, or asked anew since" in words(here.page("/you"))
    assert here.shop.wishes(user_id) == [second]
    here.send("/you/wishes", number=second.number)
    assert here.shop.wishes(user_id) == []


def test_an_undo_in_one_window_leaves_what_another_has_asked(here: Lived) -> None:
    user_id = here.visited("soap", "balm")
    here.send("/item/gel/steer", ask="never")
    here.send("/item/mask/steer", ask="never")
    gel, mask = here.shop.wishes(user_id)
    here.send("/you/wishes", number=gel.number)
    assert here.shop.wishes(user_id) == [mask]


@pytest.mark.parametrize("number", ["999", "x", "", "-1", "9" * 30, "١"])
def test_an_undo_that_comes_twice_or_wrong_says_so(here: Lived, number: str) -> None:
    here.visited("soap")
    here.send("/you/wishes", number=number)
    assert "There is nothing to undo any more" in here.page("/you")


def test_the_wish_of_another_cannot_be_taken_back(here: Lived) -> None:
    wish = here.shop.wish("u2", "never", "gel")
    here.visited("soap")
    here.send("/you/wishes", number=wish.number)
    assert here.shop.wishes("u2") == [wish]


def test_a_form_without_its_token_is_refused(guide: Guide, tmp_path: Path) -> None:
    with lived(guide, tmp_path, forms=True) as here:
        user_id = here.visited("soap")
        here.send("/item/gel/steer", 400, ask="never")
        for address in ("/you/wishes", "/you/consent", "/you/facts", "/you/forget"):
            here.send(address, 400, sure="yes", purpose="recommend", allow="no")
        assert here.shop.wishes(user_id) == [] and here.shop.registry.people.consent(user_id).recommend
        page = here.page("/item/gel/why")
        token = re.findall(r'name="csrf_token" value="([^"]+)"', page)[0]
        here.send("/item/gel/steer", ask="never", csrf_token=token)
        assert len(here.shop.wishes(user_id)) == 1


def test_steering_is_offered_only_where_it_counts(here: Lived) -> None:
    user_id = here.visited("soap")
    assert "Not interested" in here.page("/item/gel/why")
    here.send("/you/consent", purpose="recommend", allow="no")
    page = words(here.page("/item/gel/why"))
    assert "Not interested" not in page and "not personal at the moment" in page
    here.send("/item/gel/steer", ask="never")
    assert "It counts once your recommendations are personal again" in words(here.page("/"))
    assert "gel" in here.listed(user_id, k=20)


def test_who_looks_as_a_real_shopper_cannot_ask_for_them(guide: Guide, tmp_path: Path) -> None:
    with lived(guide, tmp_path, made_up=False) as here:
        here.look_as("u1")
        here.send("/item/gel/steer", 403, ask="never")
        here.send("/you/forget", 403, sure="yes")
        here.send("/you/consent", 403, purpose="recommend", allow="no")
        assert here.shop.wishes("u1") == [] and here.shop.knows("u1")
        assert "Not interested" not in here.page("/item/gel/why")
