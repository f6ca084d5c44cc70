"""What people come for, walked through in a browser: as shoppers, as merchandisers, by keyboard, without scripts."""

from __future__ import annotations

import re

import pytest

expect = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed").expect

pytestmark = pytest.mark.xdist_group("demo")

ITEM = re.compile(r"/item/K\d+")
RULE = """
[[rule]]
name = "Lamps first"
do = "pin"
items = ["K0426"]
place = 1
reason = { en = "On the shop's first page this week", zh = "本周店铺首推" }
"""


def look_as(page, user_id: str) -> None:
    page.goto("/try?q=" + user_id)
    page.locator(f'button[name=user_id][value="{user_id}"]').click()
    page.wait_for_url("**/")


def tiles(page) -> list[str]:
    """The addresses of the items on a page, in order."""
    links = page.locator("main .tiles a[href^='/item/']").evaluate_all(
        "all => all.map(a => a.getAttribute('href'))"
    )
    return list(dict.fromkeys(link.split("?")[0].removesuffix("/why") for link in links))


def read_why(page) -> None:
    """Go to the reasons of the first item: by its link, or where scripts run by the card that opens in its place."""
    tile = page.locator("main .tiles .tile").first
    if not tile.locator("a.why").is_visible():
        tile.locator("summary").click()
        tile.locator(".why-card a").click()
    else:
        tile.locator("a.why").click()


def listed(page) -> list[str]:
    """The list beside the reasons, in order."""
    return page.locator("ol.ranked a").evaluate_all("all => all.map(a => a.getAttribute('href'))")


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no scripts"])
def test_a_first_click_changes_what_somebody_new_is_shown(open_browser, screenshots, script):
    page = open_browser(script=script)
    page.goto("/")
    assert page.get_by_text("What you look at here changes what you are shown.").is_visible()
    before = tiles(page)
    page.locator("main .tiles h3 a").first.click()
    page.wait_for_url(ITEM)
    looked_at = page.locator("h1").inner_text()[:40]  # long titles are cut in sentences
    page.locator("a.brand").click()
    page.wait_for_url("**/")
    assert tiles(page) != before
    reasons = " ".join(page.locator("main .reason, main h2").all_inner_texts())
    assert looked_at in reasons, "it is not said that this is because of the click"
    page.screenshot(path=screenshots / f"after-a-first-click-{'with' if script else 'without'}-scripts.png")


def test_why_is_told_in_a_sentence_a_bill_a_drawing_and_a_receipt(open_browser):
    page = open_browser()
    look_as(page, "u0002")
    read_why(page)
    assert page.get_by_role("heading", level=1).inner_text().startswith("Why ")
    assert "Without" in page.locator(".receipt").inner_text()
    figures = page.locator("table.bill tbody td:nth-child(2)").all_inner_texts()
    (score,) = page.locator("table.bill tfoot td:nth-child(2)").all_inner_texts()
    unit = 10 ** len(score.partition(".")[2])
    assert sum(round(float(one) * unit) for one in figures) == round(float(score) * unit)


@pytest.mark.parametrize("script", [True, False], ids=["scripts", "no scripts"])
def test_steering_ranks_anew_and_can_be_undone(open_browser, script):
    page = open_browser(script=script)
    look_as(page, "u0005" if script else "u0006")
    read_why(page)
    before, address = listed(page), page.url
    page.evaluate("window.same = true") if script else None
    page.get_by_role("button", name="Not interested").first.click()
    page.get_by_role("button", name=re.compile("^Undo")).first.wait_for()
    after = listed(page)
    assert before[0] not in after and page.url == address
    if script:
        assert page.evaluate("window.same === true"), "the page was loaded anew"
    page.get_by_role("button", name=re.compile("^Undo")).first.click()
    page.get_by_role("button", name="Not interested").first.wait_for()
    assert listed(page) == before


def test_what_is_known_can_be_deleted_switched_off_and_forgotten(open_browser):
    page = open_browser()
    page.goto("/")
    page.locator("main .tiles h3 a").first.click()
    page.wait_for_url(ITEM)
    title = page.locator("h1").inner_text()[:40]
    page.goto("/you")
    facts = page.locator("section[aria-labelledby=facts] li")
    assert title in facts.first.inner_text()
    facts.first.get_by_role("button").click()
    facts.first.wait_for(state="detached")
    page.goto("/search?q=lamp")
    page.locator("main .tiles h3 a, main .cards h3 a").first.click()
    page.wait_for_url(ITEM)
    page.goto("/you")
    page.get_by_role("button", name="Turn them off").click()
    page.get_by_role("button", name="Turn them on").wait_for()
    page.goto("/")
    assert not page.get_by_text("You looked at").count()
    page.goto("/you")
    page.get_by_role("link", name=re.compile("[Dd]elete everything")).first.click()
    page.get_by_role("button", name="Yes, delete everything").click()
    page.wait_for_url(re.compile("/you/forgotten/"))
    page.goto("/you")
    assert "Nothing is kept of you yet" in page.locator("main").inner_text()


def test_a_rule_is_seen_before_it_is_saved_and_works_at_once(open_browser, site, screenshots):
    studio = open_browser()
    studio.goto("/studio/rules")
    studio.locator("#key").fill(site.admin_key)
    studio.get_by_role("button", name="Open the studio").click()
    studio.locator("#text").fill("[[rule]]\nname = 3\n")
    studio.get_by_role("button", name="Preview").click()
    expect(studio.get_by_role("alert").first).to_contain_text("cannot be saved")
    assert studio.get_by_role("button", name="Save and put in force").count() == 0
    studio.locator("#text").fill(RULE)
    studio.locator("#user").fill("u0010")
    studio.get_by_role("button", name="Preview").click()
    expect(studio.get_by_role("heading", name="What would change")).to_be_visible()
    studio.screenshot(path=screenshots / "rule-preview.png", full_page=True)
    shopper = open_browser()
    look_as(shopper, "u0010")
    assert "On the shop's first page this week" not in shopper.content()
    studio.get_by_role("button", name="Save and put in force").first.click()
    in_force = studio.locator("section[aria-labelledby=in-force]")
    expect(in_force).to_contain_text("Lamps first")
    studio.go_back()  # to the preview, and nothing is sent again
    expect(studio.get_by_role("heading", name="What would change")).to_be_visible()
    studio.go_forward()
    expect(in_force).to_contain_text("Lamps first")
    shopper.goto("/item/K0426/why")
    assert listed(shopper)[0] == "/item/K0426/why"
    studio.locator("#text").fill("")
    studio.get_by_role("button", name="Preview").click()
    studio.get_by_role("button", name="Save and put in force").first.click()
    expect(in_force).not_to_contain_text("Lamps first")


def test_a_key_that_may_look_may_not_save(open_browser, site):
    page = open_browser()
    page.goto("/studio/rules")
    page.locator("#key").fill(site.read_key)
    page.get_by_role("button", name="Open the studio").click()
    page.locator("#text").fill(RULE)
    page.get_by_role("button", name="Preview").click()
    expect(page.get_by_role("heading", name="What would change")).to_be_visible()
    assert page.get_by_role("button", name="Save and put in force").count() == 0
    assert "To save takes a key of role admin" in page.locator("main").inner_text()


def test_a_language_once_chosen_stays(open_browser):
    page = open_browser(lang="en")
    page.goto("/")
    assert page.locator("html").get_attribute("lang") == "en"
    page.get_by_role("link", name="中文").click()
    page.wait_for_url("**lang=zh**")
    page.locator("main .tiles h3 a").first.click()
    page.wait_for_url(ITEM)
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    page.locator("a.brand").click()
    page.wait_for_url("**/")
    assert page.locator("html").get_attribute("lang") == "zh-Hans"
    assert re.search("[\u4e00-\u9fff]", page.locator("h1").inner_text())


def press_until(page, key: str, script: str, most: int = 200) -> None:
    """Press a key until something holds of the page."""
    for _ in range(most):
        if page.evaluate(script):
            return
        page.keyboard.press(key)
    raise AssertionError(f"{most} times {key}, and never {script}")


def said_after(status, before: str) -> str:
    """What is announced next."""
    expect(status).not_to_have_text(before)
    return status.inner_text()


def test_everything_is_reached_by_keyboard_and_the_graph_can_be_walked(open_browser, screenshots):
    page = open_browser("u0002")
    page.goto("/")
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    press_until(page, "Tab", "document.activeElement.matches('main .tiles summary')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    page.locator("main .tiles .why-card").wait_for()
    assert page.evaluate("document.activeElement.matches('main .tiles summary')"), "the focus was lost"
    press_until(page, "Tab", "document.activeElement.matches('main .why-card a')")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/why$"))
    page.wait_for_load_state("networkidle")
    assert not [url for url in fetched if "explorer" in url], "the explorer is fetched only when it is opened"
    press_until(page, "Tab", "document.activeElement.matches('kg-graph button')")
    page.keyboard.press("Enter")
    page.locator("kg-graph canvas").first.wait_for(state="attached")
    assert [url for url in fetched if "explorer" in url]
    said = page.locator("kg-graph [role=status]").first
    page.keyboard.press("ArrowRight")
    first = said_after(said, "")
    page.keyboard.press("ArrowRight")
    said_after(said, first)
    page.screenshot(path=screenshots / "explorer.png")
    page.keyboard.press("Escape")
    page.locator("kg-graph canvas").first.wait_for(state="detached")
