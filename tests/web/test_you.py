"""All that is kept of a visitor is shown, and goes when they say so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from kgrec.domain import plain
from kgrec.guide import STRANGER, Guide
from tests.web.lived import Lived, lived, words
from web import create_app
from web.pages.storefront.you import told_by


@pytest.fixture
def here(guide: Guide, tmp_path: Path) -> Iterator[Lived]:
    with lived(guide, tmp_path) as found:
        yield found


def test_somebody_new_is_told_what_will_be_kept_and_nothing_is(here: Lived) -> None:
    page = words(here.page("/you"))
    assert "Nothing is kept of you yet" in page and "Delete everything" not in page
    assert here.user_id is None and "Nothing is kept of you" in words(here.page("/you/forget"))


def test_every_fact_is_told_in_plain_words_in_both_languages(here: Lived) -> None:
    user_id = here.visited("soap", "script")
    for lang in ("en", "zh"):
        page = words(here.page(f"/you?lang={lang}"))
        facts = here.shop.facts(user_id, lang)
        assert len(facts) == 2
        for fact in facts:
            assert plain(fact.text) in page and fact.source not in page
        said = {"en": "noted by the shop on September 21, 2026", "zh": "商店于2026年9月21日记录"}[lang]
        assert page.count(said) == 2


def test_where_a_fact_is_from_is_said_in_plain_words(here: Lived) -> None:
    here.look_as("u1")
    facts = here.shop.facts("u1")
    page = words(here.page("/you"))
    assert facts and all(fact.source not in page for fact in facts)
    assert page.count("from the shop's records of January 1, 2025") == len(facts)
    group = replace(facts[0], item_id=None)
    with here.client.application.test_request_context("/"):
        assert told_by(replace(facts[0], time=None)) == "from the shop's records"
        assert told_by(replace(facts[0], source="events:3", time=None)) == "noted by the shop"
        assert told_by(replace(group, source="users.csv:3")) == "from the shop's list of customers"
        assert told_by(replace(group, source="attributes")) == "entered by the shop"


def test_a_fact_is_deleted_one_by_one_and_what_is_deleted_is_said(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    only = here.shop.recommend_for(user_id)
    fact = next(one for one in here.shop.facts(user_id) if one.item_id == "soap")
    here.send("/you/facts", fact=fact.fact)
    page = words(here.page("/you"))
    assert f"Deleted, and used no more: {plain(fact.text)} 1 event was taken out of the log." in page
    assert [one.item_id for one in here.shop.facts(user_id)] == ["wash"]
    assert [logged.event.item_id for logged in here.log.after()] == ["wash"]
    assert here.shop.recommend_for(user_id) != only
    here.send("/you/facts", fact=fact.fact)
    assert "That was not known of you any more" in words(here.page("/you"))


def test_personalisation_off_is_the_list_of_a_newcomer_and_on_is_the_list_before(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    before = here.shop.recommend_for(user_id)
    newcomer = here.shop.recommend_for("visitor-0", context=STRANGER)
    assert before != newcomer
    here.send("/you/consent", purpose="recommend", allow="no")
    assert here.shop.recommend_for(user_id) == newcomer
    page = words(here.page("/you"))
    assert "They are off: your list is the one that everybody gets" in page
    assert "Nothing, as your recommendations are not personal" in page
    here.send("/you/consent", purpose="recommend", allow="yes")
    assert here.shop.recommend_for(user_id) == before


def test_each_purpose_is_answered_by_itself(here: Lived) -> None:
    user_id = here.visited("soap")
    here.send("/you/consent", purpose="research", allow="yes")
    consent = here.shop.registry.people.consent(user_id)
    assert (consent.recommend, consent.research, consent.marketing) == (True, True, False)
    here.send("/you/consent", 404, purpose="selling", allow="yes")
    here.send("/you/consent", 422, purpose="research", allow="maybe")


def test_somebody_new_who_says_no_is_known_by_it(here: Lived) -> None:
    here.send("/you/consent", purpose="recommend", allow="no")
    assert here.user_id is not None
    assert not here.shop.registry.people.consent(here.user_id).recommend


def test_the_copy_holds_all_that_is_kept_whether_or_not_it_is_used(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    here.send("/item/gel/steer", ask="never")
    here.send("/you/consent", purpose="recommend", allow="no")
    answer = here.client.get("/you/data.json")
    data = answer.get_json()
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert data["user_id"] == user_id and not data["consent"]["recommend"] and data["used"] == []
    assert [row["item_id"] for row in data["database"]["events"]] == ["soap", "wash"]
    assert [row["asked"] for row in data["database"]["wishes"]] == ["never"]
    here.look_as("u1")
    data = here.client.get("/you/data.json").get_json()
    assert len(data["tables"]["events"]) == len(here.shop.history("u1")) and len(data["used"]) > 0


def test_all_is_deleted_only_when_it_is_meant_and_the_receipt_says_what(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    here.send("/item/gel/steer", ask="never")
    assert here.send("/you/forget").headers["Location"] == "/you/forget"
    assert here.shop.knows(user_id)
    assert "cannot be brought back" in words(here.page("/you/forget"))
    done = here.send("/you/forget", sure="yes")
    assert not here.shop.knows(user_id) and list(here.log.after()) == [] and here.finished == [True]
    assert here.user_id is None
    receipt = here.page(done.headers["Location"])
    assert re.search(r"Things you did</th><td>2<", receipt)
    assert re.search(r"What you asked for</th><td>1<", receipt)
    assert user_id not in receipt and "What the receipt means" in receipt
    assert "Nothing is kept of you yet" in words(here.page("/you"))
    here.page("/you/forgotten/0123", 404)


def test_who_has_nothing_to_delete_is_told_so(here: Lived) -> None:
    here.look_as("visitor-" + "2" * 32)
    here.send("/you/forget", sure="yes")
    assert here.user_id is None and "there was nothing to delete" in words(here.page("/you"))


def test_it_is_said_as_whom_one_looks(here: Lived) -> None:
    here.look_as("u1")
    page = words(here.page("/you"))
    assert "You look at the shop as u1" in page and "They are made up" in page
    assert here.page("/you").count('name="fact"') == len(here.shop.facts("u1"))


def test_the_history_offers_what_if_and_gift(here: Lived) -> None:
    here.visited("soap", "wash")
    page = here.page("/you")
    assert 'href="/you/what-if?remove=soap"' in page and 'action="/item/wash/steer"' in page


def test_a_server_that_keeps_nothing_says_so(guide: Guide) -> None:
    client = create_app(guide).test_client()
    page = client.get("/you").get_data(as_text=True)
    assert "keeps nothing of you" in page and "<form method=" not in page[page.index("<main") :]
    assert client.get("/you/data.json").status_code == 503
