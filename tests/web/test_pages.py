"""Pages say what a person should read, add up, and let nothing hostile through."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from flask import Flask, url_for
from flask.testing import FlaskClient

from kgrec.domain import Dataset
from kgrec.graph.vocabulary import Namer
from kgrec.guide import Guide
from kgrec.models import new_model
from kgrec.models.path import PathConfig, PathModel
from kgrec.models.path.config import TrainingConfig
from kgrec.pipeline import knowledge_graph
from kgrec.resources import web_package
from tests.web.opened import keys_alone, open_studio

HOSTILE = '</title><script>alert("x")</script>\u202e<b>'
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Guide:
    """Creams and masks of two brands; a title that attacks; ids with slashes, dots and Chinese letters."""
    creams = [f"cream{n}" for n in range(6)]
    masks = [f"mask{n}" for n in range(6)]
    items = pd.DataFrame(
        {
            "item_id": [*creams, *masks, "bad/item ~2F#?"],
            "title": [*(f"Rose Cream {n}" for n in range(6)), *(f"Clay Mask {n}" for n in range(6)), HOSTILE],
            "title_zh": [*(f"玫瑰霜{n}号" for n in range(6)), *[""] * 7],
            "brand": [*["Lavera"] * 6, *["Weleda"] * 6, "Lavera"],
            "price": [12.9] * 13,
            "currency": ["EUR"] * 13,
            "image": ["images/a.png", *[""] * 12],
        }
    )
    people = [f"u{n}" for n in range(60)]
    bought = [
        (user, (creams if n % 2 else masks)[(n + k) % 6]) for n, user in enumerate(people) for k in range(4)
    ]
    bought += [("a/b 顾客~1", "cream0"), ("..", "cream1"), ("<i>eve</i>", "bad/item ~2F#?")]
    users, things = zip(*bought, strict=True)
    times = pd.date_range("2025-05-01", periods=len(bought), freq="h", tz="UTC").astype(str)
    table = pd.DataFrame({"user_id": users, "item_id": things, "event": "buy", "datetime": times})
    cities = pd.DataFrame({"user_id": people, "city": ["Bonn", "Graz"] * 30})
    dataset = Dataset.from_frames(table, items, cities)
    graph = knowledge_graph(dataset, Namer())
    quick = PathConfig(training=TrainingConfig(rounds=1, steps=5, batch=32))
    registry = keys_alone(tmp_path_factory.mktemp("keys"))
    return Guide(
        dataset, graph, PathModel(quick).fit(dataset, graph, seed=0), name="testshop", registry=registry
    )


@pytest.fixture(scope="module")
def site(shop: Guide, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("shop")
    (folder / "images").mkdir()
    (folder / "images" / "a.png").write_bytes(PNG)
    (folder / "images" / ".b.png").write_bytes(PNG)
    (folder / "users.csv").write_text("user_id\nsecret")
    (folder.parent / "outside.png").write_bytes(PNG)
    (folder / "images" / "link.png").symlink_to(folder.parent / "outside.png")
    app: Flask = web_package().create_app(shop, image_folder=folder)
    return app


@pytest.fixture
def browser(site: Flask, shop: Guide) -> FlaskClient:
    return open_studio(site.test_client(), shop.registry.keys)


def address(site: Flask, user_id: str, item_id: str | None = None) -> str:
    with site.test_request_context():
        if item_id is None:
            return url_for("studio.shopper", user_id=user_id)
        return url_for("studio.shopper_item", user_id=user_id, item_id=item_id)


def read(browser: FlaskClient, path: str, status: int = 200) -> str:
    answer = browser.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return answer.get_data(as_text=True)


def test_home_says_what_this_is_and_lists_fifty_shoppers(browser: FlaskClient) -> None:
    page = read(browser, "/studio/shoppers")
    assert "the reasons are the score" in page
    assert "63" in page and "13" in page and "path@" in page
    assert page.count('href="/studio/shoppers/') == 50
    assert "Bonn" in page and ">city<" in page and "4 interactions" in page
    assert ">城市<" in read(browser, "/studio/shoppers?lang=zh")
    assert 'rel="next"' in page


def test_the_second_page_has_the_others_and_leads_back(browser: FlaskClient) -> None:
    page = read(browser, "/studio/shoppers?page=2")
    assert page.count('href="/studio/shoppers/') == 13
    assert 'rel="prev"' in page and 'rel="next"' not in page


def test_search_finds_by_id_and_segment_and_says_when_there_is_nobody(browser: FlaskClient) -> None:
    assert read(browser, "/studio/shoppers?q=u59").count('href="/studio/shoppers/') == 1
    assert read(browser, "/studio/shoppers?q=graz").count('href="/studio/shoppers/') == 30
    assert "No shopper matches “zzz”" in read(browser, "/studio/shoppers?q=zzz")


@pytest.mark.parametrize("page", ["0", "-1", "x", "9999999", "99999999999999999999", "٣", ""])
def test_any_page_number_gets_an_answer(browser: FlaskClient, page: str) -> None:
    read(browser, f"/studio/shoppers?page={page}")


def test_a_shopper_sees_history_and_ten_reasoned_cards(browser: FlaskClient, shop: Guide) -> None:
    page = read(browser, "/studio/shoppers/u1")
    assert page.count('class="card"') == min(10, len(shop.recommend_for("u1", k=10)))
    assert "Bought" in page and "2025-05-01" in page and "May 1, 2025" in page
    assert "€12.90" in page
    assert page.count('class="reason"') == page.count("Why this?") == page.count('class="card"')
    assert "things they bought are by Lavera, like this one: “Rose Cream " in page


def test_a_model_that_cannot_say_why_still_recommends(shop: Guide) -> None:
    model = new_model("ease").fit(shop.dataset, shop.graph)
    linear = Guide(shop.dataset, shop.graph, model, registry=shop.registry)
    client = open_studio(web_package().create_app(linear).test_client(), shop.registry.keys)
    page = read(client, "/studio/shoppers/u1")
    assert page.count('class="card"') == 9
    assert "Why this?" not in page and 'class="reason"' not in page
    asked = {"user_id": "u1", "item_id": "cream0"}
    refused = client.post("/api/v1/explain", json=asked)
    assert refused.status_code == 422 and "ease cannot give reasons" in refused.get_data(as_text=True)


@pytest.mark.parametrize("user_id", ["a/b 顾客~1", "..", "<i>eve</i>"])
def test_every_id_has_an_address_that_leads_to_it(browser: FlaskClient, site: Flask, user_id: str) -> None:
    assert browser.get(address(site, user_id)).status_code == 200
    page = read(browser, address(site, user_id, "bad/item ~2F#?"))
    assert "<i>eve" not in page


def test_an_id_with_a_slash_may_be_typed_by_hand(browser: FlaskClient) -> None:
    read(browser, "/studio/shoppers/a%2Fb%20%E9%A1%BE%E5%AE%A2~1")


def test_the_table_adds_up_to_the_score_that_is_shown(browser: FlaskClient) -> None:
    for n_paths in (3, 6, 10):
        page = read(browser, f"/studio/shoppers/u1/item/cream0?paths={n_paths}")
        body, foot = re.findall(r"<tbody.*?</tbody>|<tfoot.*?</tfoot>", page, re.DOTALL)
        parts = re.findall(r'<td role="cell">([\d.-]+)</td>', body)
        (score,) = re.findall(r'<td role="cell">([\d.-]+)</td>', foot)
        unit = 10 ** len(score.partition(".")[2])
        assert sum(round(float(part) * unit) for part in parts) == round(float(score) * unit)
        shares = re.findall(r"([\d.]+)%</td>", body)
        assert sum(round(float(share) * 10) for share in shares) == 1000
        assert len(parts) <= n_paths + 2


def test_the_score_shown_is_the_score(browser: FlaskClient, shop: Guide) -> None:
    page = read(browser, "/studio/shoppers/u1/item/mask0")
    (score,) = re.findall(r'<td role="cell">([\d.]+)</td>', page[page.index("<tfoot") :])
    assert float(score) == pytest.approx(shop.explain("u1", "mask0").score, rel=1e-3)


def test_an_item_page_tells_each_path_in_words_hops_and_a_drawing(browser: FlaskClient, shop: Guide) -> None:
    explanation = shop.explain("u1", "cream0", paths=3)
    page = read(browser, "/studio/shoppers/u1/item/cream0")
    assert page.count('<li id="path-') == len(explanation.paths) > 0
    assert "bought →" in page and 'role="img"' in page and "<desc" in page
    assert explanation.paths[0].hops[0].source in page


def test_a_strange_number_of_paths_is_three(browser: FlaskClient) -> None:
    for wish in ("x", "1000000", "-3", "3.0", ""):
        assert read(browser, f"/studio/shoppers/u1/item/cream0?paths={wish}").count('<li id="path-') <= 3


def test_hostile_titles_are_text_in_pages_and_drawings(browser: FlaskClient, site: Flask) -> None:
    pages = [read(browser, address(site, "u1", "bad/item ~2F#?") + "?paths=10")]
    pages.append(read(browser, address(site, "<i>eve</i>")))
    pages.append(read(browser, "/studio/shoppers?q=" + HOSTILE))
    for whole in pages:
        page = re.sub(r'<script type="(module"[^>]* nonce="[\w-]+"|application/json")', "<ours", whole)
        assert "<script" not in page and "<b>" not in page and "\u202e" not in page
        assert page.count("</title>") == len(re.findall(r"<title[ >]", page))
    assert "&lt;script&gt;" in pages[0]


def test_an_unknown_shopper_or_item_is_404_with_a_hint(browser: FlaskClient) -> None:
    assert "no user named" in read(browser, "/studio/shoppers/u1x", 404)
    page = read(browser, "/studio/shoppers/u1/item/creamx", 404)
    assert "did you mean" in page and "Go to the first page" in page
    assert "这" not in page and "找不到该内容" in read(browser, "/nowhere?lang=zh", 404)


def test_every_page_can_be_found_ones_way_in(browser: FlaskClient) -> None:
    for path, status in (
        ("/studio/shoppers", 200),
        ("/studio/shoppers/u1", 200),
        ("/studio/shoppers/u1/item/cream0", 200),
        ("/no", 404),
    ):
        for lang, tag in (("en", "en"), ("zh", "zh-Hans")):
            page = read(browser, f"{path}?lang={lang}", status)
            assert f'<html lang="{tag}">' in page
            assert re.search(r"<title>[^<]{3,}</title>", page) and page.count("<h1") == 1
            assert '<a class="skip" href="#content">' in page and 'id="content"' in page
            assert "style=" not in page and "http://" not in page and "https://" not in page
            identities = re.findall(r'\bid="([^"]+)"', page)
            assert len(identities) == len(set(identities))


def test_a_chosen_language_is_remembered_and_titles_follow_it(browser: FlaskClient) -> None:
    assert "玫瑰霜" not in read(browser, "/studio/shoppers/u0")
    page = read(browser, "/studio/shoppers/u0?lang=zh")
    assert "为 u0 推荐" in page and "玫瑰霜" in page and "2025年5月1日" in page and "购买" in page
    assert '<bdi lang="">Clay Mask' in page  # no Chinese title: not to be read out as Chinese
    assert "为 u0 推荐" in read(browser, "/studio/shoppers/u0")
    assert "Recommended for u0" in read(browser, "/studio/shoppers/u0?lang=en")


def test_the_browser_s_language_is_spoken_until_one_is_chosen(browser: FlaskClient) -> None:
    page = browser.get("/studio/shoppers", headers={"Accept-Language": "zh-CN,zh;q=0.9"}).get_data(
        as_text=True
    )
    assert "顾客列表" in page
    assert "Shoppers" in browser.get("/studio/shoppers?lang=xx", headers={"Accept-Language": "fr"}).get_data(
        as_text=True
    )


def test_a_page_in_chinese_has_no_english_sentence_left(browser: FlaskClient) -> None:
    page = read(browser, "/studio/shoppers/u1/item/cream0?lang=zh&paths=10")
    words = re.sub(r"<[^>]*>", " ", page)
    for left in ("because", "derived", "seen", "score", "path ", "bought"):
        assert left not in words.lower(), left


def test_pictures_are_served_and_may_be_kept(browser: FlaskClient) -> None:
    with browser.get("/media/images/a.png") as answer:
        assert answer.status_code == 200 and answer.mimetype == "image/png"
        assert "max-age" in answer.headers["Cache-Control"]
    assert 'src="/media/images/a.png"' in read(browser, "/studio/shoppers/u1/item/cream0")


@pytest.mark.parametrize(
    "name",
    [
        "users.csv", "images", "images/none.png", "images/.b.png", "images/link.png", "../outside.png",
        "%2e%2e/outside.png", "images/..%2f..%2foutside.png", "..%5coutside.png", "/etc/passwd",
        "%2fetc%2fpasswd", "images/a.png%00.csv", "images/a%00.png", "x" * 3000 + ".png", "a/" * 300 + "a.png",
        "C:%5cwindows%5ca.png",
    ],
)  # fmt: skip
def test_nothing_but_the_pictures_of_the_folder_is_served(browser: FlaskClient, name: str) -> None:
    answer = browser.get(f"/media/{name}")
    assert answer.status_code in (301, 308, 404)
    if answer.status_code != 404:
        assert browser.get(f"/media/{name}", follow_redirects=True).status_code == 404


def test_without_a_folder_there_is_a_letter_instead_of_a_picture(shop: Guide) -> None:
    browser = open_studio(web_package().create_app(shop).test_client(), shop.registry.keys)
    page = read(browser, "/studio/shoppers/u1/item/cream0")
    assert "<img" not in page and ">R</text>" in page
    assert browser.get("/media/images/a.png").status_code == 404


@pytest.mark.parametrize(
    "image", ["https://other.example/a.png", "//other.example/a.png", "data:image/png;base64,AA==", "a.svg"]
)
def test_a_picture_from_elsewhere_is_a_letter(
    site: Flask, shop: Guide, image: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    cream = shop.item("cream0")
    monkeypatch.setattr(shop, "item", lambda item_id: replace(cream, item_id=item_id, image=image))
    page = read(open_studio(site.test_client(), shop.registry.keys), "/studio/shoppers/u1/item/cream0")
    assert "<img" not in page and "other.example" not in page and ">R</text>" in page


def test_a_link_is_called_what_it_shows_and_says_which_item_it_is_about(browser: FlaskClient) -> None:
    page = read(browser, "/studio/shoppers/u1")
    links = re.findall(r'<a class="why"([^>]*)>(.*?)</a>', page, re.DOTALL)
    called = [re.sub(r"<[^>]*>", "", words) for _, words in links]
    assert called and all(name.startswith("Why this? ") and len(name) > 12 for name in called)
    assert len(set(called)) == len(called) and not any("aria-label" in more for more, _ in links)


def test_the_style_sheet_is_small_and_asks_nobody_else() -> None:
    style = Path(str(web_package().__file__)).parent / "static" / "style.css"
    assert style.stat().st_size < 25_000
    assert "url(" not in style.read_text(encoding="utf-8")
