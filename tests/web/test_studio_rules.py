"""Rules in the studio: looked at before they are saved, saved by who may, and nobody's update is lost."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kgrec.guide import Guide
from kgrec.insight import check_rules, preview_rules, sample
from kgrec.live.drafts import MOST_KEPT
from kgrec.live.keys import KeyRing
from kgrec.serving import Served
from tests.web.living import LivingShop, living_shop
from tests.web.opened import form, keys_alone, open_studio
from web import create_app

PIN = '[[rule]]\nname = "First"\ndo = "pin"\nitems = ["i7"]\nplace = 1\n'
OUT = '\n[[rule]]\nname = "No red"\ndo = "exclude"\ncolour = "red"\nuntil = 2026-06-30\n'


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path / "shop") as shop:
        yield shop


@pytest.fixture
def admin(shop: LivingShop) -> FlaskClient:
    return open_studio(shop.app.test_client(), shop.served.keys, "admin")


@pytest.fixture
def reader(shop: LivingShop) -> FlaskClient:
    return open_studio(shop.app.test_client(), shop.served.keys, "read")


def sent(client: FlaskClient, to: str, **fields: str) -> TestResponse:
    """What comes of filling in the form of the page and pressing a button, where that leads."""
    page = client.get("/studio/rules").text
    filled = {**form(page, "/studio/rules/preview"), **fields}
    return client.post(f"/studio/rules/{to}", data=filled, follow_redirects=True)


def saved_by(client: FlaskClient, answer: TestResponse, **changed: str) -> TestResponse:
    """Press the other button of the page that a preview has answered with."""
    return client.post("/studio/rules/save", data={**form(answer.text, "/studio/rules/preview"), **changed})


def file(shop: LivingShop) -> Path:
    return shop.folder / "rules.toml"


def words(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def test_a_preview_says_what_would_change_and_changes_nothing(shop: LivingShop, reader: FlaskClient) -> None:
    answer = sent(reader, "preview", text=PIN, user="u2")
    assert answer.status_code == 200
    guide, page = shop.served.guide, words(answer.text)
    told = preview_rules(guide, PIN, sample(guide, 300), user_id="u2")
    assert told.changes is not None and told.one is not None
    assert f"lists looked at {told.changes.users} of {told.changes.of_users}" in page
    before, after = page.split("The list of u2")[1].split("With these rules")
    assert "odd thing 7" in after and "Placed here by the shop" in after and "Rule “First”" in after
    assert "Placed here" not in before
    assert not file(shop).exists() and guide.recommend_for("u2", k=1)[0].item_id != "i7"


def test_every_fault_is_told_with_its_line(shop: LivingShop, admin: FlaskClient) -> None:
    text = PIN.replace("place = 1", "place = 0") + OUT.replace("colour", "color")
    answer = sent(admin, "preview", text=text)
    page = words(answer.text)
    assert "2 faults" in page and "Line 1 " in page and "Line 7 " in page and "did you mean colour" in page
    assert "/studio/rules/save" not in answer.text  # there is nothing that could be saved
    broken = words(sent(admin, "preview", text='[[rule]]\nname = "x\n').text)
    assert "Line 2 " in broken and 'name = "x' in broken


def test_what_was_previewed_is_saved_and_in_force_at_once_everywhere(
    shop: LivingShop, admin: FlaskClient
) -> None:
    other = Served(shop.folder)  # another process of the same server
    previewed = sent(admin, "preview", text=PIN)
    answer = saved_by(admin, previewed)
    assert answer.status_code == 303 and answer.headers["Location"] == "/studio/rules"
    assert file(shop).read_text(encoding="utf-8") == PIN
    for served in (shop.served, other):
        assert served.as_opened.recommend_for("u2", k=1)[0].item_id == "i7"
    page = words(admin.get("/studio/rules").text)
    assert "Saved. These rules are in force." in page
    assert "First Stands at place 1 these products: i7 always everybody – 1" in page
    other.database.close()


def test_nothing_but_what_was_previewed_is_saved(shop: LivingShop, admin: FlaskClient) -> None:
    unseen = sent(admin, "save", text=PIN)
    assert "had not been looked at yet" in unseen.text and "What would change" in unseen.text
    previewed = sent(admin, "preview", text=PIN)
    for changed in ({"text": PIN + OUT}, {"previewed": "0" * 64}, {"previewed": "é"}):
        refused = saved_by(admin, previewed, **changed)
        assert "/studio/rules?draft=" in refused.headers["Location"]
        assert "had not been looked at yet" in admin.get(refused.headers["Location"]).text
    assert not file(shop).exists()
    # The page that refused it has shown what it would do, so that it can be saved now.
    assert saved_by(admin, unseen).status_code == 303 and file(shop).exists()


def test_what_somebody_else_has_saved_meanwhile_is_shown_and_not_lost(
    shop: LivingShop, admin: FlaskClient
) -> None:
    mine = sent(admin, "preview", text=PIN)
    saved_by(admin, sent(admin, "preview", text=OUT))
    conflict = saved_by(admin, mine)
    assert conflict.status_code == 409
    assert file(shop).read_text(encoding="utf-8") == OUT
    assert "Somebody else has saved other rules" in conflict.text
    theirs = re.search(r'id="theirs"[^>]*>\n(.*?)</textarea>', conflict.text, re.DOTALL)
    assert theirs and unescape(theirs[1]) == OUT
    fields = form(conflict.text, "/studio/rules/preview")
    assert fields["text"] == PIN and "previewed" not in fields
    again = admin.post("/studio/rules/preview", data=fields, follow_redirects=True)
    assert saved_by(admin, again).status_code == 303
    assert file(shop).read_text(encoding="utf-8") == PIN
    assert saved_by(admin, again).status_code == 303  # sent twice: that is what is in the file


def test_a_key_that_may_read_may_not_save(shop: LivingShop, reader: FlaskClient) -> None:
    previewed = sent(reader, "preview", text=PIN)
    assert "To save takes a key of role admin." in words(previewed.text)
    assert "/studio/rules/save" not in previewed.text
    refused = saved_by(reader, previewed)
    assert refused.status_code == 403 and "needs a key of role admin" in refused.text
    assert not file(shop).exists()


def test_forms_of_other_sites_are_refused(shop: LivingShop, admin: FlaskClient) -> None:
    fields = form(sent(admin, "preview", text=PIN).text, "/studio/rules/preview")
    del fields["csrf_token"]
    for to in ("preview", "save"):
        assert admin.post(f"/studio/rules/{to}", data=fields).status_code == 400
    assert not file(shop).exists()


def test_without_a_key_nothing_is_told_or_taken(shop: LivingShop) -> None:
    shop.app.config["WTF_CSRF_ENABLED"] = False
    client = shop.app.test_client()
    for answer in (client.get("/studio/rules"), client.post("/studio/rules/save", data={"text": PIN})):
        assert answer.status_code == 303 and "/studio/sign-in" in answer.headers["Location"]
    assert not file(shop).exists()


def test_hostile_texts_stay_texts(shop: LivingShop, admin: FlaskClient) -> None:
    trap = "</textarea><script>alert(1)</script>{{ 7 * 7 }}"
    for text in (f'[[rule]]\nname = "{trap}"\ndo = "exclude"\ncolour = "red"\n', f"{trap} = 3"):
        answer = sent(admin, "preview", text=text, user=trap, day="")
        assert "<script>alert" not in answer.text and "{{ 7 * 7 }}" in answer.text
        assert form(answer.text, "/studio/rules/preview")["text"] == text
    assert "That is not a day" in sent(admin, "preview", text=PIN, day="9999-99-99").text
    assert "1 fault" in sent(admin, "preview", text="\x00\ud800".encode("utf-8", "replace").decode()).text


def test_a_long_file_of_rules_can_be_edited(shop: LivingShop, admin: FlaskClient) -> None:
    reason = "好" * 200
    text = "".join(
        f'[[rule]]\nname = "Rule {n}"\ndo = "exclude"\nitems = ["i7"]\nreason = {{ zh = "{reason}" }}\n'
        for n in range(300)
    )
    assert len(text.encode()) > 190_000
    assert saved_by(admin, sent(admin, "preview", text=text)).status_code == 303
    assert file(shop).read_text(encoding="utf-8") == text


def test_a_shopper_nobody_knows_is_said_beside_the_preview(admin: FlaskClient) -> None:
    page = words(sent(admin, "preview", text=PIN, user="nobody").text)
    assert "There is no shopper of the id “nobody”." in page and "What would change" in page


def test_rules_are_told_in_words(shop: LivingShop, admin: FlaskClient) -> None:
    text = """
[[rule]]
name = "More of Odd"
do = "boost"
brand = "Odd Ltd"
factor = 2.0
from = 2020-01-01
until = 2020-02-01
quota = { at_least = 1, at_most = 3 }
audience = { city = ["A"], new = false, bought = { colour = "blue" } }
reason = { en = "On offer", zh = "特惠" }

[[rule]]
name = "Together"
do = "complement"
of = { colour = "red" }
offer = { items = ["i1", "i3"] }
"""
    assert not check_rules(shop.served.guide, text).faults
    page = words(sent(admin, "preview", text=text).text)
    for said in (
        "Raised: every path counts 2 times",
        "brand: Odd Ltd",
        "Shoppers are told: “On offer”",
        "January 1, 2020 to February 1, 2020",
        "Does not hold on this day",
        "city: A; of whom something is known; who have chosen",
        "1 to 3 in a list",
        "with strength 1",
        "these products: i1 and i3",
    ):
        assert said in page, said
    assert (
        "特惠"
        in admin.post(
            "/studio/rules/preview?lang=zh",
            data={**form(admin.get("/studio/rules").text, "/studio/rules/preview"), "text": text},
            follow_redirects=True,
        ).text
    )


def test_a_file_with_a_fault_is_told_and_can_be_mended(shop: LivingShop, admin: FlaskClient) -> None:
    file(shop).write_text("[[rule]\n", encoding="utf-8")
    page = words(admin.get("/studio/rules").text)
    assert "what could be read last stays in force" in page and "is no TOML" in page
    assert saved_by(admin, sent(admin, "preview", text=PIN)).status_code == 303
    file(shop).write_bytes(b"\xff\xfe")
    assert "is not UTF-8" in admin.get("/studio/rules").text


def test_a_shop_without_a_folder_says_so(parity_guide: Guide, tmp_path: Path) -> None:
    guide = Guide(parity_guide.dataset, parity_guide.graph, parity_guide.model, registry=keys_alone(tmp_path))
    app = create_app(guide)
    app.config["WTF_CSRF_ENABLED"] = False
    client = open_studio(app.test_client(), KeyRing(tmp_path / "keys.sqlite"), "admin")
    assert "without a folder to keep rules in" in client.get("/studio/rules").text
    assert client.post("/studio/rules/preview", data={"text": PIN}).status_code == 503


def test_a_preview_has_an_address_of_its_own_so_that_back_and_reload_send_nothing(
    shop: LivingShop, admin: FlaskClient
) -> None:
    page = form(admin.get("/studio/rules").text, "/studio/rules/preview")
    to = admin.post("/studio/rules/preview", data={**page, "text": PIN, "user": "u2", "day": "2026-05-01"})
    assert to.status_code == 303
    address = to.headers["Location"]
    first = admin.get(address)
    assert "The list of u2" in words(first.text) and "May 1, 2026" in first.text
    assert saved_by(admin, first).headers["Location"] == "/studio/rules"
    again = admin.get(address)  # back
    assert again.status_code == 200 and form(again.text, "/studio/rules/preview")["text"] == PIN
    assert saved_by(admin, again).status_code == 303 and file(shop).read_text(encoding="utf-8") == PIN
    for gone in ("0" * 32, "../../secret", "x"):
        page_of_none = admin.get("/studio/rules", query_string={"draft": gone})
        assert page_of_none.status_code == 200 and "no longer kept" in page_of_none.text


def test_a_preview_is_there_in_every_process_and_few_are_kept(shop: LivingShop, admin: FlaskClient) -> None:
    for number in range(MOST_KEPT + 5):
        answer = sent(admin, "preview", text=f"# {number}")
    kept = list((shop.folder / "drafts").iterdir())
    assert len(kept) == MOST_KEPT
    address = f"{answer.request.path}?{answer.request.query_string.decode()}"
    other = Served(shop.folder)
    client = open_studio(create_app(other).test_client(), other.keys, "read")
    assert f"# {MOST_KEPT + 4}" in client.get(address).text
    other.database.close()


def test_faults_are_told_in_chinese_on_chinese_pages(shop: LivingShop, admin: FlaskClient) -> None:
    text = PIN.replace("place = 1", "place = 0") + OUT.replace("colour", "color")
    address = admin.post(
        "/studio/rules/preview",
        data={**form(admin.get("/studio/rules").text, "/studio/rules/preview"), "text": text},
    ).headers["Location"]
    page = words(admin.get(f"{address}&lang=zh").text)
    assert "rules.toml 的规则“First”：place 的值为 0；请写 1 至 1,000 的整数" in page
    assert "没有名为“color”的字段或商品属性；是否指 colour" in page
