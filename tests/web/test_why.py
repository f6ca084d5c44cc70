"""The why page adds up, its receipt is true, and the pages beside it say what the guide says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from kgrec.domain import plain
from kgrec.guide import STRANGER, Guide
from kgrec.models import new_model
from tests.web.conftest import HOSTILE, ITEMS
from tests.web.lived import Lived, lived, words
from web import create_app


@pytest.fixture
def here(guide: Guide, tmp_path: Path) -> Iterator[Lived]:
    with lived(guide, tmp_path) as found:
        yield found


def figures(page: str) -> tuple[list[float], float]:
    """The contributions of the bill, and the score below them."""
    bill = page[page.index('id="bill"') :]
    body, foot = re.findall(r"<tbody.*?</tbody>|<tfoot.*?</tfoot>", bill, re.DOTALL)[:2]
    (score,) = re.findall(r'<td role="cell">(-?[\d.]+)</td>', foot)
    return [float(part) for part in re.findall(r'<td role="cell">(-?[\d.]+)</td>', body)], float(score)


@pytest.mark.parametrize("item_id", ["balm", "foam", "script"])
def test_what_is_shown_adds_up_to_the_score_that_is_shown_and_that_is_the_score(
    here: Lived, item_id: str
) -> None:
    user_id = here.visited("soap", "wash")
    parts, score = figures(here.page(f"/item/{item_id}/why?paths=6"))
    assert sum(parts) == pytest.approx(score, abs=1e-9)
    assert score == pytest.approx(here.shop.explain(user_id, item_id).score, rel=1e-3)


def test_the_receipt_is_what_becomes_of_the_item_without_what_it_names(here: Lived) -> None:
    user_id = here.visited("soap", "wash", "gel")
    item_id = here.listed(user_id)[0]
    explanation = here.shop.explain(user_id, item_id)
    proof = here.shop.proof(explanation)
    assert proof is not None and explanation.receipt is not None
    page = words(here.page(f"/item/{item_id}/why"))
    named = [one.item_id for one in proof.things]
    gone = here.shop.asker(user_id).without(
        [here.shop.graph.items[here.shop.dataset.items.row(one)] for one in named]
    )
    rank = gone.rank(here.shop.dataset.items.row(item_id))
    assert rank == explanation.receipt.rank_without
    assert f"place {rank}" in proof.without and plain(proof.without) in page
    for one in named:
        assert plain(here.shop.item(str(one)).title) in proof.without
    assert "若不计" in here.page(f"/item/{item_id}/why?lang=zh") or rank == 1


def test_somebody_new_is_told_that_nothing_leads_there_and_nothing_is_kept(here: Lived) -> None:
    page = words(here.page("/item/soap/why"))
    assert "Nothing that is known of you leads here" in page and "The receipt" not in page
    assert here.user_id is None and list(here.log.after()) == []


def test_the_card_alone_has_the_sentence_the_receipt_and_the_buttons(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    item_id = here.listed(user_id)[0]
    explanation = here.shop.explain(user_id, item_id)
    card = here.page(f"/item/{item_id}/why?part=card&next=/search")
    assert "<html" not in card and "<header" not in card
    assert plain(explanation.text) in words(card)
    assert f'action="/item/{item_id}/steer"' in card and 'name="next" value="/search"' in card
    assert 'value="https://evil.example' not in here.page(
        f"/item/{item_id}/why?part=card&next=https://evil.example"
    )


def test_the_drawing_has_a_list_as_its_twin_and_data_for_the_explorer(here: Lived) -> None:
    user_id = here.visited("soap", "wash")
    item_id = here.listed(user_id)[0]
    page = here.page(f"/item/{item_id}/why")
    n_paths = len(here.shop.explain(user_id, item_id).paths)
    assert 'role="img"' in page and page.count('class="chain"') == n_paths > 0
    (data,) = re.findall(r'<script type="application/json">(.*?)</script>', page, re.DOTALL)
    assert {node["kind"] for node in json.loads(data)["nodes"]} >= {"you", "target"}


def test_hostile_names_are_text_on_every_page_about_reasons(here: Lived) -> None:
    here.visited("script", "image", "template")
    here.send("/item/image/steer", ask="never")
    pages = ["/you", "/why-not?q=script", "/you/what-if?remove=script", "/you/what-if?add=bidi"]
    pages += [
        f"/item/{item_id}/{what}"
        for item_id in HOSTILE
        for what in ("why", "why-not?takes=yes", "why?part=card")
    ]
    for address in pages:
        page = here.page(address)
        for attack in ("<script>alert", "<img src=x", "<i>Sons", "\u202e", "\u2066", " 49 "):
            assert attack not in page, (address, attack)


def test_why_not_says_by_how_much_and_what_it_would_take(here: Lived) -> None:
    user_id = here.visited("soap")
    item_id = here.listed(user_id, k=len(ITEMS))[-1]
    told = here.shop.why_not(user_id, item_id)
    page = words(here.page(f"/item/{item_id}/why-not"))
    assert plain(told.text) in page and "What it would take" in page
    assert plain(here.shop.takes(user_id, item_id).text) in words(
        here.page(f"/item/{item_id}/why-not?takes=yes")
    )
    bought = words(here.page("/item/soap/why-not"))
    assert "You already have it" in bought and "Not in your list" in bought


def test_the_differences_that_are_shown_add_up_to_the_gap_that_is_shown(here: Lived) -> None:
    user_id = here.visited("soap")
    item_id = here.listed(user_id, k=len(ITEMS))[-1]
    page = here.page(f"/item/{item_id}/why-not")
    body, foot = re.findall(r"<tbody.*?</tbody>|<tfoot.*?</tfoot>", page, re.DOTALL)
    parts = re.findall(r"<td>(-?[\d.]+)</td></tr>", body)
    (gap,) = re.findall(r"<td>(-?[\d.]+)</td></tr>", foot)
    assert len(parts) > 1 and sum(map(float, parts)) == pytest.approx(float(gap), abs=1e-9)
    assert float(gap) == pytest.approx(here.shop.why_not(user_id, item_id).gap, abs=1e-4)


def test_an_item_that_is_missed_can_be_looked_for(here: Lived) -> None:
    assert 'href="/item/foam/why-not"' in here.page("/why-not?q=plain+foam")
    assert "Nothing was found" in here.page("/why-not?q=zzzzqq")
    assert "Nothing was found" not in here.page("/why-not")


def test_somebody_new_can_ask_why_not(here: Lived) -> None:
    told = here.shop.why_not("visitor-0", "gel", context=STRANGER)
    assert plain(told.text) in words(here.page("/item/gel/why-not"))


def test_what_if_shows_both_lists_and_why_each_item_moves(here: Lived) -> None:
    user_id = here.visited("soap", "wash", "gel")
    told = here.shop.what_if(user_id, remove=["wash"])
    page = here.page("/you/what-if?remove=wash")
    assert plain(told.text) in words(page)
    for move in told.moves:
        assert plain(move.text) in words(page)
    lists = re.findall(r'<ol class="ranked">(.*?)</ol>', page, re.DOTALL)
    shown = [[unescape(one) for one in re.findall(r'href="/item/([^"/]+)/why"', text)] for text in lists]
    assert shown == [[one.item_id for one in told.before], [one.item_id for one in told.after]]
    assert here.listed(user_id) == shown[0]


def test_what_was_never_done_cannot_be_left_out(here: Lived) -> None:
    here.visited("soap")
    page = here.page("/you/what-if?remove=gel")
    assert "You have done nothing with gel" in words(page)
    here.page("/you/what-if?remove=<b>x", 200)
    here.page("/you/what-if?add=nothing", 404)


def test_a_new_visitor_can_suppose_a_purchase(here: Lived) -> None:
    assert "If you bought" in words(here.page("/you/what-if?add=soap"))
    assert "You have done nothing here yet" in words(here.page("/you/what-if"))


def test_a_model_without_reasons_says_so_and_does_not_fail(guide: Guide) -> None:
    plain_shop = Guide(guide.dataset, guide.graph, new_model("ease").fit(guide.dataset, guide.graph))
    client = create_app(plain_shop).test_client()
    for address in ("/item/soap/why", "/item/soap/why-not", "/you/what-if"):
        answer = client.get(address)
        assert answer.status_code == 200 and "The model of this shop" in answer.get_data(as_text=True)
