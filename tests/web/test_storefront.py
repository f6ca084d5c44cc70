"""A shop as a shopper walks through it: rows, search, an item and what goes with it, and a first click that counts."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st

from kgrec.domain import Dataset
from kgrec.errors import BadLog
from kgrec.graph.vocabulary import Namer
from kgrec.guide import Guide
from kgrec.live.storefront import Storefront
from kgrec.live.watch import Watch
from kgrec.models import new_model
from kgrec.models.path import PathConfig, PathModel
from kgrec.models.path.config import TrainingConfig
from kgrec.pipeline import knowledge_graph
from kgrec.search import FacetValue
from kgrec.serving import Served
from kgrec.shelf import Aspect, Review, Reviews
from tests.web.opened import Kept, look_as
from tests.web.test_visitors import token_of
from web import create_app
from web.pages.storefront.search import PER_PAGE, Search, value_called

EVIL = '</script></title><script>alert("x")</script><img src=x onerror=alert(1)>\u202e{{ 7 * 7 }}\x07'
IDS = ("a/b ~1", "..", "顾客 商品", "<i>x</i>?#&", "why", "a/why", "plain")
HERE = {"Referer": "http://localhost/"}


def hostile_dataset() -> Dataset:
    """Every text of an item and its reviews is out to break pages, and so is every id."""
    n = len(IDS)
    items = pd.DataFrame(
        {
            "item_id": IDS,
            "title": [f"{EVIL} {place}" for place in range(n)],
            "title_zh": [f"坏{EVIL} {place}" for place in range(n)],
            "brand": [f"Brand & {EVIL}" if place % 2 else "Plain" for place in range(n)],
            "category": [f"Care > {EVIL[:20]}" if place % 3 else "Care" for place in range(n)],
            "price": [9.5 + place for place in range(n)],
            "currency": ["EUR", '"><b>'] * 3 + ["EUR"],
            "image": ["../outside.png", '"><script>.png', "a.png", "//evil.example/a.png", *[""] * (n - 4)],
        }
    )
    bought = [(f"u{user}", IDS[(user + step) % n]) for user in range(30) for step in range(3)]
    users, chosen = zip(*bought, strict=True)
    times = pd.date_range("2025-01-01", periods=len(bought), freq="h", tz="UTC").astype(str)
    done = pd.DataFrame({"user_id": users, "item_id": chosen, "event": "buy", "datetime": times})
    reviews = pd.DataFrame(
        {
            "user_id": [f"u{user}" for user in range(12)],
            "item_id": "plain",
            "rating": [1.0, 5.0] * 6,
            "text": [f"{EVIL} said {user}" for user in range(12)],
            "lang": ["en", '"><b>'] * 6,
            "datetime": times[:12],
        }
    )
    return Dataset.from_frames(done, items, reviews=reviews)


@pytest.fixture(scope="module")
def hostile() -> Guide:
    dataset = hostile_dataset()
    graph = knowledge_graph(dataset, Namer())
    config = PathConfig(training=TrainingConfig(rounds=1, steps=5, batch=32))
    return Guide(dataset, graph, PathModel(config).fit(dataset, graph, seed=0), name=EVIL)


@pytest.fixture(scope="module")
def hostile_site(hostile: Guide) -> Flask:
    return create_app(hostile)


def address(app: Flask, item_id: str, endpoint: str = "pages.item") -> str:
    with app.test_request_context():
        return url_for(endpoint, item_id=item_id)


def read(client: FlaskClient, path: str, status: int = 200, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == status, (path, answer.status_code, answer.text)
    return answer.text


OURS = re.compile(
    r'<script type="application/ld\+json" nonce="[\w-]+">|'
    r'<script type="module" nonce="[\w-]+" src="/static/dist/[\w.-]+"></script>'
)


def assert_only_our_scripts(page: str) -> None:
    assert page.count("<script") == len(OURS.findall(page)) == page.count("</script>")


# Hostile shops


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_nothing_that_a_catalogue_holds_is_more_than_text(hostile: Guide, tmp_path: Path, lang: str) -> None:
    app = create_app(hostile, image_folder=tmp_path)
    (tmp_path / "a.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    client = app.test_client()
    pages = ["/", "/search", f"/search?q={EVIL[-9:-1]}", "/search?q=brand", "/item/plain?reviews=2"]
    for path in [*pages, *(address(app, item_id) for item_id in IDS)]:
        page = read(client, f"{path}{'&' if '?' in path else '?'}lang={lang}")
        assert_only_our_scripts(page)
        assert not {"\u202e", "\x07"} & set(page) and "<img src=x" not in page and "<b>" not in page
        assert "{{ 7 * 7 }}" in page and not re.search(r"<img[^>]* src=\"(?!/media/a\.png)", page)
        assert page.count("</title>") == 1 and "outside" not in page and "style=" not in page


def test_every_id_has_a_page_of_its_own(hostile: Guide) -> None:
    app = create_app(hostile)
    client = app.test_client()
    for place, item_id in enumerate(IDS):
        page = read(client, address(app, item_id))
        assert f"{{{{ 7 * 7 }}}} {place}</bdi></h1>" in page
        assert f'<link rel="canonical" href="{html.escape(address(app, item_id))}">' in page
        assert "Why {{" not in page
        assert "How the score comes about" in read(client, address(app, item_id, "pages.why"))


def test_what_search_engines_read_is_json_whatever_the_title(hostile: Guide) -> None:
    client = create_app(hostile).test_client()
    page = read(client, "/item/plain")
    (script,) = re.findall(r'<script type="application/ld\+json" nonce="([^"]+)">(.*?)</script>', page, re.S)
    told = json.loads(script[1])
    assert told["@type"] == "Product" and told["sku"] == "plain" and told["url"] == "/item/plain"
    assert told["name"].startswith("</script></title><script>") and "\u202e" not in told["name"]
    assert told["offers"] == {"@type": "Offer", "price": 15.5, "priceCurrency": "EUR"}
    other = client.get("/item/plain")
    assert f"'nonce-{script[0]}'" not in other.headers["Content-Security-Policy"]  # another one each time
    odd = read(client, address(client.application, IDS[1]))
    assert "priceCurrency" not in odd  # its currency is none


@settings(max_examples=30, deadline=None, derandomize=True)
@given(
    st.text(max_size=400),
    st.lists(st.sampled_from(["en", "zh", "xx"]), max_size=2),
    st.dictionaries(st.sampled_from(["brand", "price", "category", "page", "order", "nothing"]), st.text()),
)
def test_no_query_is_an_error(hostile_site: Flask, text: str, lang: list[str], more: dict[str, str]) -> None:
    client = hostile_site.test_client()
    asked = {"q": text, "lang": lang, **more}
    answer = client.get("/search", query_string={key: value for key, value in asked.items() if value})
    assert answer.status_code == 200
    assert_only_our_scripts(answer.text)
    assert answer.text.count("</title>") == 1


# Search


def test_search_says_how_many_and_finds_in_both_languages(client: FlaskClient) -> None:
    page = read(client, "/search?q=soap")
    assert "1 product<" in page and "Plain soap" in page and 'name="robots" content="noindex"' in page
    assert "玫瑰面霜" in read(client, "/search?q=面霜")
    assert "12 products" in read(client, "/search")
    assert 'value="soap"' in page and page.count('role="search"') == 1


def test_facets_are_a_form_whose_choices_can_be_taken_away(client: FlaskClient) -> None:
    page = read(client, "/search?q=plain")
    names = re.findall(r'<input type="checkbox" name="(\w+)" value="([^"]+)">', page)
    assert ("brand", "Odd") in names and '<button class="button">Show</button>' in page
    chosen = read(client, "/search?q=plain&brand=Odd&price=5-10")
    assert "Take all away" in chosen and 'href="/search?q=plain&amp;brand=Odd"' in chosen
    assert 'value="Odd" checked' in chosen
    (count,) = re.findall(r"(\d+) products?<", read(client, "/search?q=plain&brand=Odd"))
    told = re.search(r'value="Odd"> <span><bdi>Odd</bdi> <span class="quiet">(\d+)<', page)
    assert told is not None and told[1] == count


def test_both_brands_are_more_than_one_and_the_other_language_keeps_the_choice(client: FlaskClient) -> None:
    even = "Even+%26+%3Ci%3ESons%3C%2Fi%3E"
    page = read(client, f"/search?brand=Odd&brand={even}")
    assert "12 products" in page
    (link,) = re.findall(r'<a href="(\?[^"]+)" lang="zh-Hans"', page)
    chinese = read(client, "/search" + html.unescape(link))
    assert chinese.count("checked") == 2


def test_what_was_found_is_in_the_order_asked_for(client: FlaskClient, guide: Guide) -> None:
    def prices(order: str) -> list[float]:
        page = read(client, f"/search?q=plain&order={order}")
        return [float(price) for price in re.findall(r'class="price">([\d.]+)<', page)]

    assert prices("price") == sorted(prices("price")) == prices("-price")[::-1]
    assert len(prices("price")) == 6
    assert prices("nonsense") == prices("best")
    assert "What leads most to you" not in read(client, "/search")
    assert "What leads most to you" in read(look_as(client, "u3"), "/search")
    first = read(client, "/search?order=for")
    best = guide.search(order="for", user_id="u3").items[0]
    assert first.index(html.escape(best.title)) == first.index("<h3>") + first[first.index("<h3>") :].index(
        html.escape(best.title)
    )


def test_pages_of_a_search_follow_each_other(parity_guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.pages.storefront.search.PER_PAGE", 10)
    client = create_app(parity_guide).test_client()
    found: list[str] = []
    for number in (1, 2, 3):
        page = read(client, f"/search?q=thing&page={number}")
        found += re.findall(r'<h3><a href="/item/(\w+)"', page)
        assert f"Page {number} of 3" in page
        assert ('rel="next"' in page, 'rel="prev"' in page) == (number < 3, number > 1)
    assert sorted(found) == sorted(f"i{n}" for n in range(24))
    beyond = read(client, "/search?q=thing&page=99")
    assert "There is nothing on this page." in beyond and 'rel="next"' not in beyond
    assert 'href="/search?q=thing&amp;page=3"' in beyond


def test_who_finds_nothing_is_told_what_to_try(client: FlaskClient, hostile: Guide) -> None:
    page = read(client, "/search?q=zzzzzz&brand=Odd")
    assert "Nothing was found" in page and "Try fewer words" in page
    assert 'href="/search?q=zzzzzz">Search without what you have chosen' in page
    assert 'href="/search?category=Care"' in read(create_app(hostile).test_client(), "/search?q=zzzzzz")


def test_an_address_says_what_was_asked_and_nothing_else() -> None:
    with Flask("test").test_request_context() as context:
        context.app.add_url_rule("/search", "pages.search")
        context = context.app.test_request_context()
    with context:
        wanted = Search("a&b", {"_external": ("x", "y"), "brand": ()}, "price", 3)
        assert wanted.address == "/search?q=a%26b&_external=x&_external=y&order=price&page=3"
        assert wanted.without("_external", "x") == "/search?q=a%26b&_external=y&order=price"
        assert wanted.open == "/search?q=a%26b&order=price"
        assert wanted.ordered("best") == "/search?q=a%26b&_external=x&_external=y"


# An item


def test_an_item_tells_what_it_is_what_goes_with_it_and_why(client: FlaskClient, guide: Guide) -> None:
    page = read(look_as(client, "u3"), "/item/soap")
    assert '<th scope="row">Brand</th>' in page and 'href="/search?brand=' in page
    why = guide.explain("u3", "soap", paths=1).text
    assert html.escape(why, quote=False) in html.unescape(page).replace("&", "&amp;") or why in html.unescape(
        page
    )
    assert 'href="/item/soap/why">Why this?' in page
    for one in guide.similar("soap", 4):
        assert html.escape(one.item.title) in page and one.reason in html.unescape(page)
    assert "Put in the basket" not in page  # there is nothing here that could take it down
    assert "Nobody has written about this yet." in page


def test_a_model_without_reasons_gives_none(guide: Guide) -> None:
    linear = Guide(guide.dataset, guide.graph, new_model("ease").fit(guide.dataset, guide.graph))
    client = create_app(linear).test_client()
    for path in ("/", "/item/soap", "/search?q=soap"):
        assert "Why this?" not in read(client, path)


def test_reviews_come_a_page_at_a_time_without_who_wrote_them(hostile: Guide) -> None:
    client = create_app(hostile).test_client()
    found = [read(client, f"/item/plain?reviews={number}") for number in (1, 2, 3)]
    said = [re.findall(r"said (\d+)<", page) for page in found]
    assert [len(one) for one in said] == [5, 5, 2]
    assert [int(number) for page in said for number in page] == list(range(11, -1, -1))
    assert "12 reviews" in found[0] and "Rated 3.0 on average, by 12 shoppers" in found[0]
    assert 'rel="next" href="/item/plain?reviews=2#reviews"' in found[0]
    assert not re.search(r"\bu\d+\b", found[0])
    assert '<p lang="en">' in found[0] and '<p lang="">' in found[0]
    assert "There is nothing on this page." in read(client, "/item/plain?reviews=99")


def test_what_reviews_praise_and_criticise_is_counted(
    hostile: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Reviews((Review(4.0, "Good", "en", 0),), 1, 1, 4.0, (Aspect("smell <b>", 1200, 3),))
    monkeypatch.setattr(hostile, "reviews", lambda *asked: told)
    page = read(create_app(hostile).test_client(), "/item/plain")
    assert "smell &lt;b&gt;</bdi></th><td>1,200</td><td>3</td>" in page
    assert "Rated 4.0, by 1 shopper" in page and "January 1, 1970" in page


def test_categories_lead_to_what_is_in_them(hostile: Guide) -> None:
    page = read(create_app(hostile).test_client(), address(create_app(hostile), IDS[1]))
    (trail,) = re.findall(r'<nav class="back".*?</nav>', page, re.S)
    links = [html.unescape(link) for link in re.findall(r'href="([^"]+)"', trail)]
    assert links[0] == "/search?category=Care" and len(links) == 2
    found = read(create_app(hostile).test_client(), links[1])
    assert "4 products" in found


def test_an_item_that_nobody_knows_is_404_with_a_hint(client: FlaskClient) -> None:
    page = read(client, "/item/saop", 404)
    assert "did you mean" in page and "soap" in page and "Set-Cookie" not in client.get("/item/saop").headers


# What visitors do


@pytest.fixture
def served(parity_workspace: Path, tmp_path: Path) -> Served:
    shop = Served(Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True)))
    return shop


@pytest.fixture
def site(served: Served, kept: Kept) -> Flask:
    return create_app(served, watch=Watch(writer=kept.writer), storefront=Storefront(try_as=True))


@pytest.fixture
def logged(served: Served) -> Callable[[], list[tuple[str, str, str]]]:
    """What the event log holds: user, event, item."""
    log = served.guide.intake.log
    return lambda: [(one.event.user_id, one.event.event, one.event.item_id) for one in log.after()]


def first_link(page: str) -> str:
    link = re.search(r'<h3><a href="([^"]+)"', page)
    assert link is not None
    return html.unescape(link[1])


def test_a_first_click_changes_the_next_page_and_is_its_reason(
    site: Flask, served: Served, kept: Kept, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    browser = site.test_client()
    before = browser.get("/")
    assert "Set-Cookie" not in before.headers and "What you look at here changes" in before.text
    assert "Because you" not in before.text and "What shoppers choose here" in before.text
    link = first_link(before.text)
    item_id = link.split("/")[2].split("?")[0]
    assert "visitor-" in browser.get(link, headers=HERE).headers["Set-Cookie"] or logged()
    ((user_id, event, looked_at),) = logged()
    assert user_id.startswith("visitor-") and (event, looked_at) == ("view", item_id)
    after = browser.get("/").text
    assert "These follow from what is known about you." in after and "looked at" in after
    assert re.findall(r"<h3><a[^>]*>.*?</a>", after) != re.findall(r"<h3><a[^>]*>.*?</a>", before.text)
    assert "What you look at here changes" not in after
    rows = served.guide.rows(user_id, "en", 8)
    assert all(html.escape(row.reason, quote=False) in after.replace("&#39;", "'") for row in rows[:1])
    home, beside, again = kept.all()
    assert home.user_id is None and home.way == "visitor"  # nobody yet
    assert beside.user_id is None
    assert again.user_id == user_id
    assert {one.kind for one in home.items} == {"popular"} and "popular" not in [again.items[0].kind]
    shown = re.findall(r'<h3><a href="/item/([^?"]+)', after)
    assert [one.item_id for one in again.items] == shown
    (event_of_click,) = served.guide.intake.log.after()
    assert event_of_click.event.request_id == home.request_id


def test_other_visitors_are_not_changed_by_it(site: Flask) -> None:
    mine, other = site.test_client(), site.test_client()
    before = other.get("/").text
    mine.get("/item/i0", headers=HERE)
    titles = r'<h3><a href="/item/([^?"]+)'
    assert re.findall(titles, other.get("/").text) == re.findall(titles, before)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Referer": "http://elsewhere.example/"},
        {**HERE, "Purpose": "prefetch"},
        {**HERE, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
        {**HERE, "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "cors"},
    ],
)
def test_nobody_has_looked_who_did_not_come_by_a_click(
    site: Flask, logged: Callable[[], list[tuple[str, str, str]]], headers: dict[str, str]
) -> None:
    assert site.test_client().get("/item/i0", headers=headers).status_code == 200
    assert logged() == []


def test_coming_back_to_an_item_is_not_looking_again(
    site: Flask, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    browser = site.test_client()
    for path in ("/item/i0", "/item/i0", "/item/i0?reviews=1", "/item/i2", "/item/i0"):
        assert browser.get(path, headers=HERE).status_code == 200
    assert [item_id for _, _, item_id in logged()] == ["i0", "i2", "i0"]


def test_who_wants_no_recommendations_of_their_own_is_not_written_down(
    site: Flask, served: Served, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    served.guide.registry.people.consents("visitor-" + "0" * 32, {"recommend": False})
    browser = look_as(site.test_client(), "visitor-" + "0" * 32)
    assert browser.get("/item/i0", headers=HERE).status_code == 200
    assert logged() == [] and "Because you" not in browser.get("/").text


def test_a_basket_and_a_made_up_purchase_are_told_and_leave_the_lists(
    served: Served, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    browser = create_app(served, storefront=Storefront(made_up=True)).test_client()
    browser.get("/item/i0", headers=HERE)
    page = browser.get("/item/i0").text
    assert "nothing is sold" in page
    token = token_of(page)
    for event, said in (("cart", "put this in the basket"), ("buy", "nothing is sent")):
        done = browser.post("/item/i0/did", data={"event": event, "csrf_token": token})
        assert done.status_code == 303 and done.headers["Location"] == "/item/i0"
        answered = browser.get("/item/i0", headers=HERE).text
        assert re.search(rf"data-said>[^<]*{said}", answered)
    assert [event for _, event, _ in logged()] == ["view", "cart", "buy"]
    assert len({user_id for user_id, _, _ in logged()}) == 1
    assert 'href="/item/i0?' not in browser.get("/").text


def test_what_nobody_is_interested_in_is_shown_again_once_they_are(site: Flask) -> None:
    browser = site.test_client()
    link = first_link(browser.get("/").text)
    page = browser.get(link, headers=HERE).text
    assert "Not interested" in page
    item_id = link.split("/")[2].split("?")[0]
    sent = {"ask": "never", "next": f"/item/{item_id}", "csrf_token": token_of(page)}
    done = browser.post(f"/item/{item_id}/steer", data=sent)
    answered = browser.get(done.headers["Location"]).text
    assert "is not shown to you" in answered and "Not interested" not in answered
    assert f'href="/item/{item_id}?' not in browser.get("/").text
    (number, *_) = re.findall(r'name="number" value="(\d+)"', answered)
    browser.post("/you/wishes", data={"number": number, "csrf_token": token_of(answered)})
    assert "Not interested" in browser.get(f"/item/{item_id}").text


def test_who_looks_as_a_real_shopper_does_nothing_in_their_name(
    site: Flask, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    browser = look_as(site.test_client(), "u3")
    page = browser.get("/item/i0", headers=HERE).text
    assert 'value="buy"' not in page and "Put in the basket" not in page and "Not interested" not in page
    site.config["WTF_CSRF_ENABLED"] = False
    assert browser.post("/item/i0/did", data={"event": "cart"}).status_code == 403
    assert logged() == []


def test_who_looks_as_somebody_made_up_may(
    served: Served, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    app = create_app(served, storefront=Storefront(try_as=True, made_up=True))
    look_as(app.test_client(), "u3").get("/item/i0", headers=HERE)
    assert logged() == [("u3", "view", "i0")]


@pytest.mark.parametrize("event", ["", "return", "view", "buy", "<b>"])
def test_only_what_a_button_says_can_be_done(
    site: Flask, event: str, logged: Callable[[], list[tuple[str, str, str]]]
) -> None:
    browser = site.test_client()
    token = token_of(browser.get("/item/i0").text)
    answer = browser.post("/item/i0/did", data={"event": event, "csrf_token": token})
    assert answer.status_code == 422 and "known are cart" in answer.text and "<b>" not in answer.text
    assert browser.post("/item/i0/did", data={"event": "cart"}).status_code == 400
    assert logged() == []


def test_a_form_of_an_item_leads_to_no_other_site(site: Flask) -> None:
    browser = site.test_client()
    sent = {"event": "cart", "csrf_token": token_of(browser.get("/item/i0").text)}
    done = browser.post("/item/i0/did", data={**sent, "next": "https://evil.example/"})
    assert done.headers["Location"] == "/item/i0"


def test_a_log_that_cannot_be_written_leaves_the_page_as_it_is(
    site: Flask, served: Served, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*asked: object, **more: object) -> None:
        raise BadLog("the log cannot be written", "/secret/place")

    browser = site.test_client()
    token = token_of(browser.get("/item/i0").text)
    monkeypatch.setattr(served.guide.intake, "take", broken)
    monkeypatch.setattr(site.logger, "disabled", False)
    monkeypatch.setattr(site.logger, "handlers", [caplog.handler])
    page = browser.get("/item/i2", headers=HERE)
    assert page.status_code == 200 and "data-said" not in page.text and "/secret" not in page.text
    assert "a view was not written down: the log cannot be written" in caplog.text
    refused = browser.post("/item/i2/did", data={"event": "cart", "csrf_token": token})
    assert refused.status_code == 503 and "It is noted" not in browser.get("/item/i2").text


def test_a_withdrawn_item_is_gone_from_every_page(site: Flask, served: Served) -> None:
    browser = site.test_client()
    assert 'href="/item/i4"' in browser.get("/search?q=i4").text
    served.guide.inventory.change("i4", "withdraw", {})
    assert read(browser, "/item/i4", 404).count("no longer offered") == 1
    assert browser.get("/item/i4", headers=HERE).status_code == 404
    assert 'href="/item/i4' not in browser.get("/search?q=i4").text
    token = token_of(browser.get("/item/i2").text)
    assert browser.post("/item/i4/did", data={"event": "cart", "csrf_token": token}).status_code == 404


def test_a_shop_without_a_log_shows_its_pages_and_takes_nothing_down(client: FlaskClient) -> None:
    answer = client.get("/item/soap", headers=HERE)
    assert answer.status_code == 200 and "Put in the basket" not in answer.text
    with client.session_transaction() as session:
        assert "user" not in session


# Every page


def test_every_page_says_what_it_is_in_its_language(site: Flask) -> None:
    browser = site.test_client()
    for path in ("/", "/search", "/search?q=thing&brand=Odd+Ltd", "/search?q=zzzz", "/item/i0"):
        for lang, tag in (("en", "en"), ("zh", "zh-Hans")):
            page = read(browser, path + ("&" if "?" in path else "?") + f"lang={lang}")
            assert f'<html lang="{tag}">' in page and page.count("<h1") == 1
            assert re.search(r"<title>[^<]{3,}</title>", page) and page.count('role="search"') == 1
            assert "style=" not in page and "onclick" not in page
            identities = re.findall(r'\bid="([^"]+)"', page)
            assert len(identities) == len(set(identities))
            for name in re.findall(r'aria-labelledby="([^"]+)"', page):
                assert name in identities
    chinese = re.sub(r"<[^>]*>", " ", read(browser, "/item/i0?lang=zh"))
    assert not re.search(r"Why|Reviews|basket|notes", chinese)


def test_the_first_row_is_long_and_the_others_a_line(site: Flask) -> None:
    page = look_as(site.test_client(), "u3").get("/").text
    first, *others = re.findall(r"<section.*?</section>", page, re.S)
    assert 3 <= first.count('class="tile"') <= 8
    assert all(3 <= row.count('class="tile"') <= 4 for row in others)
    assert page.count('class="reason"') == page.count('class="tile"') == page.count('<a class="why"')


def test_a_tile_says_why_in_its_place_and_by_a_link(site: Flask) -> None:
    browser = look_as(site.test_client(), "u3")
    tile = browser.get("/").text.partition('<li class="tile">')[2].partition("</li>")[0]
    (link,) = re.findall(r'<a class="why" href="([^"]+)"', tile)
    (source,) = re.findall(r'<details class="why-here" data-why data-src="([^"]+)"', tile)
    assert tile.count(f'href="{link}"') == 2, "without the card there is the link alone"
    card = read(browser, source.replace("&amp;", "&"))
    assert card.strip().startswith('<article class="why-card">') and f'href="{link}"' in card
    assert 'name="next" value="/"' in card and 'id="' not in card


def test_a_page_holds_so_many() -> None:
    assert PER_PAGE % 4 == 0  # whole lines


@pytest.mark.parametrize(
    ("low", "high", "currency", "en", "zh"),
    [
        (20, 50, "EUR", "€20–€50", "€20–€50"),
        (None, 1000, "USD", "Under $1,000", "US$1,000以下"),
        (50, None, "CNY", "CN¥50 and more", "¥50及以上"),
        (0.5, 2, "EUR", "€0.50–€2.00", "€0.50–€2.00"),
        (1, 2, "", "1–2", "1–2"),
    ],
)
def test_price_ranges_are_written_as_their_reader_does(
    app: Flask, low: float | None, high: float | None, currency: str, en: str, zh: str
) -> None:
    value = FacetValue("x", "as programs read it", 1, low=low, high=high, currency=currency)
    for lang, said in (("en", en), ("zh", zh)):
        with app.test_request_context(f"/?lang={lang}"):
            assert value_called(value) == said
            assert value_called(FacetValue("x", "Odd \u202e", 1)) == "Odd"


def test_a_list_is_told_from_what_misses_it(client: FlaskClient, guide: Guide) -> None:
    look_as(client, "u2")
    first, *_, last = guide.recommend_for("u2", k=10)
    for one in (first, last):
        page = read(client, f"/item/{one.item_id}/why-not")
        assert f"It is in your list, at place {one.rank}." in page
        assert f'href="/item/{one.item_id}/why"' in page
        assert "What is lacking" not in page and "By how much" not in page
    assert f"它就在您的推荐中，排第 {last.rank}。" in read(client, f"/item/{last.item_id}/why-not?lang=zh")
