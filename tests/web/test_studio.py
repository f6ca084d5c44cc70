"""The studio tells what the guide says of the shop as a whole, to holders of a key alone, and changes nothing."""

from __future__ import annotations

import csv
import io
import re
import shutil
import threading
import time
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec.errors import BadInput
from kgrec.guide import Guide
from kgrec.insight import item_insight, relations_insight, sample, survey, without_relation
from kgrec.live.events import EventLog
from kgrec.live.keys import Role
from kgrec.live.told import Event
from kgrec.models import new_model
from kgrec.serving import Served
from tests.web.living import LivingShop, living_shop
from tests.web.opened import keys_alone, open_studio
from web import create_app
from web.pages.studio import campaign
from web.pages.studio.kept import Kept, lists, prepare

PAGES = ("/studio/", "/studio/items", "/studio/items/i3", "/studio/relations", "/studio/campaign?item=i3",
         "/studio/campaign.csv?item=i3")  # fmt: skip


@pytest.fixture(scope="module")
def living(parity_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingShop]:
    with living_shop(parity_workspace, tmp_path_factory.mktemp("studio") / "shop") as shop:
        yield shop


@pytest.fixture
def other(parity_workspace: Path, tmp_path: Path) -> Iterator[LivingShop]:
    """One that a test may change."""
    with living_shop(parity_workspace, tmp_path / "shop") as shop:
        yield shop


def opened(shop: LivingShop, role: Role = "read") -> FlaskClient:
    return open_studio(shop.app.test_client(), shop.served.keys, role)


@pytest.fixture
def studio(living: LivingShop) -> FlaskClient:
    return opened(living)


def read(client: FlaskClient, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status, (address, answer.status_code, answer.text[:2000])
    return answer.text


def words(page: str) -> str:
    """What a person reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def allow(guide: Guide, *user_ids: str, **answers: bool) -> None:
    for user_id in user_ids:
        guide.registry.people.consents(user_id, answers or {"marketing": True})


# Who may look


@pytest.mark.parametrize("address", PAGES)
def test_without_a_key_every_page_leads_to_the_door_and_back(living: LivingShop, address: str) -> None:
    answer = living.app.test_client().get(address)
    assert answer.status_code == 303
    door, _, following = answer.headers["Location"].partition("?next=")
    assert door == "/studio/sign-in" and following.replace("%3D", "=") == address
    assert "thing" not in answer.text


@pytest.mark.parametrize("address", PAGES)
def test_a_key_that_may_read_may_look_until_it_is_revoked_or_its_day_is_over(
    living: LivingShop, address: str
) -> None:
    client = opened(living)
    read(client, address)
    with client.session_transaction() as session:
        key_id, since, visit = session["studio"]
        session["studio"] = [key_id, since - 13 * 3600, visit]
    assert client.get(address).status_code == 303
    with client.session_transaction() as session:
        session["studio"] = [key_id, since, visit]
    read(client, address)
    living.served.keys.revoke(key_id)
    assert client.get(address).status_code == 303


@pytest.mark.parametrize("address", PAGES)
def test_a_key_for_events_alone_opens_nothing(living: LivingShop, address: str) -> None:
    assert opened(living, "events").get(address).status_code == 403


def test_signing_in_leads_to_the_page_that_was_wanted_and_to_no_other_site(living: LivingShop) -> None:
    living.app.config["WTF_CSRF_ENABLED"] = False
    try:
        for following, to in (
            ("/studio/items?order=led", "/studio/items?order=led"),
            ("https://evil.example/", "/studio/"),
            ("//evil.example", "/studio/"),
        ):
            client = living.app.test_client()
            sent = {"key": living.key("read"), "next": following}
            assert client.post("/studio/sign-in", data=sent).headers["Location"] == to
            client.post("/studio/sign-out")
            assert client.get("/studio/").status_code == 303
    finally:
        living.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize("address", PAGES)
def test_what_only_looks_takes_no_form(living: LivingShop, address: str) -> None:
    living.app.config["WTF_CSRF_ENABLED"] = False
    try:
        assert opened(living, "admin").post(address).status_code == 405
    finally:
        living.app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.parametrize("address", PAGES[:-1])
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_every_page_is_whole_in_both_languages(studio: FlaskClient, address: str, lang: str) -> None:
    page = read(studio, f"{address}{'&' if '?' in address else '?'}lang={lang}")
    assert page.count("<h1") == 1 and "style=" not in page
    names = re.findall(r'\bid="([^"]+)"', page)
    assert len(names) == len(set(names))
    for labelled in re.findall(r'aria-(?:labelledby|describedby)="([^"]+)"', page):
        assert {*labelled.split()} <= {*names}
    for drawing in re.findall(r"<svg[^>]*role=\"img\"[^>]*>", page):
        assert "aria-labelledby" in drawing
    assert page.count('class="chart-drawn"') == page.count('class="chart"') == page.count("<details>")
    studio.get("/studio/?lang=en")


# Overview


def test_the_overview_tells_the_figures_of_the_shop(studio: FlaskClient, living: LivingShop) -> None:
    guide = living.served.guide
    page = words(read(studio, "/studio/"))
    for figure in (
        guide.item_count(),
        guide.user_count(),
        len(guide.graph.iris),
        f"{len(guide.graph.head):,}",
    ):
        assert f" {figure} " in page
    assert guide.model_name in page and guide.graph_version in page
    coverage = survey(guide).coverage()
    assert f"{coverage.n} of {coverage.of} products" in page
    assert (
        f"{guide.model.history[-1]['ndcg@10']:.3f} NDCG at 10" not in page
    )  # the figure is a <dd> after its <dt>
    assert f"NDCG at 10 {guide.model.history[-1]['ndcg@10']:.3f}" in page
    assert "was among the first ten" in page and "How far off the model was" in page
    assert "Everything is in order." in page and "Of this process alone" in page


def test_the_overview_tells_what_was_told(other: LivingShop) -> None:
    client = opened(other)
    assert "Nothing happened in the last 30 days" in words(read(client, "/studio/"))
    now = int(time.time())
    log = other.served.guide.intake.log
    log.append([Event(f"e{n}", "u1", "i1", "view" if n else "buy", now) for n in range(6)])
    page = words(read(client, "/studio/"))
    assert "6 events were received in the last hour." in page and "0.1 a minute" in page
    assert "6 events in the last 30 days." in page
    last = re.findall(r"<tr><th scope=\"row\"><time.*?</tr>", read(client, "/studio/"), re.DOTALL)[-1]
    assert re.findall(r'data-value="(\d+)"', last) == ["5", "1"]


def test_the_overview_tells_what_is_out_of_order(other: LivingShop) -> None:
    (other.folder / "rules.toml").write_text("[[rule]\n", encoding="utf-8")
    other.served.look()
    page = words(read(opened(other), "/studio/"))
    assert "Everything is in order." not in page and "rules.toml" in page


# Products


def test_products_are_listed_and_found(studio: FlaskClient) -> None:
    page = read(studio, "/studio/items?order=led")
    assert len(re.findall(r'href="/studio/items/i\d+"', page)) == 24
    found = read(studio, "/studio/items?q=even+thing+4&order=led")
    assert 'href="/studio/items/i4"' in found and 'value="led"' in found
    assert "No product matches “zzz”" in read(studio, "/studio/items?q=zzz")
    assert "There is nothing on this page." in read(studio, "/studio/items?page=9")


@pytest.mark.parametrize("asked", ["page=0", "page=x", "page=9999999", "order=best", "q=%00%E2%80%AE", "q=" + "a" * 900,
                                   "q=%22%3E%3Cscript%3E", "order=", "q=(((", "q=*"])  # fmt: skip
def test_whatever_is_asked_of_products_is_no_error(studio: FlaskClient, asked: str) -> None:
    page = read(studio, f"/studio/items?{asked}")
    assert "<script>" not in page and "\u202e" not in page


def test_a_product_tells_who_is_led_to_it_by_what(studio: FlaskClient, living: LivingShop) -> None:
    guide = living.served.guide
    told = item_insight(guide, survey(guide), "i3")
    page = words(read(studio, "/studio/items/i3"))
    for share in (told.first, told.near, told.reached):
        assert f"{share.n} of {share.of}" in page
    first, way = told.sources[0], told.ways[0]
    assert f"{first.label} {first.users} {first.contribution:.2f}" in page
    assert f"{way.label} {way.share:.1%}" in page
    for relation in told.relations[:3]:
        assert f"{relation.label} {relation.share:.1%}" in page
    for one in guide.similar("i3", 6):
        assert one.reason in page
    assert 'href="/studio/campaign?item=i3"' in read(studio, "/studio/items/i3")


def test_an_unknown_product_is_no_page(studio: FlaskClient) -> None:
    page = read(studio, "/studio/items/i33", 404)
    assert "i3" in words(page) and 'href="/studio/relations"' in page, "the way on through the studio is lost"


def test_a_withdrawn_product_is_marked(other: LivingShop) -> None:
    other.served.items.write("i5", "withdraw", {})
    other.served.look()
    client = opened(other)
    assert "It was withdrawn" in words(read(client, "/studio/items/i5"))
    assert "Not recommended to anybody" in words(read(client, "/studio/items?q=odd+thing+5"))
    why = words(read(client, "/studio/shoppers/u1/item/i5"))
    assert "No longer offered by the shop" in why and "Already among" not in why


# Relations


def test_relations_are_told_with_their_shares(studio: FlaskClient, living: LivingShop) -> None:
    guide = living.served.guide
    page = words(read(studio, "/studio/relations"))
    for one in relations_insight(guide, survey(guide)).relations:
        share = "–" if one.share is None else f"{one.share:.1%}"
        assert f"{one.relation}" in page and f" {one.edges:,} {share} " in page


def test_a_relation_can_be_switched_off_to_look(studio: FlaskClient, living: LivingShop) -> None:
    guide = living.served.guide
    files = {path: path.read_bytes() for path in living.folder.rglob("*.toml")}
    before = [one.item_id for one in guide.recommend_for("u1", k=10)]
    told = without_relation(guide, "has_brand", sample(guide, 300), user_id="u1")
    page = read(studio, "/studio/relations?without=has_brand&user=u1")
    text = words(page)
    assert f"of all places change {told.changes.places.value:.1%}" in text
    assert f"of lists change {told.changes.lists.value:.1%}" in text
    for share in (told.changes.coverage_before, told.changes.coverage_after):
        assert f"{share.value:.1%}" in text
    lists = [
        re.findall(r"/studio/shoppers/u1/item/(i\d+)", part) for part in page.split('<ol class="ranked">')[1:]
    ]
    assert lists == [[one.item_id for one in told.one.before], [one.item_id for one in told.one.after]]
    assert [one.item_id for one in guide.recommend_for("u1", k=10)] == before == lists[0]
    assert all(path.read_bytes() == content for path, content in files.items())


def test_what_becomes_of_a_place_is_told_on_both_sides(studio: FlaskClient, living: LivingShop) -> None:
    told = without_relation(
        living.served.guide, "has_brand", sample(living.served.guide, 1), user_id="u1"
    ).one
    first, second = ({one.item_id: one.rank for one in side} for side in (told.before, told.after))
    page = read(studio, "/studio/relations?without=has_brand&user=u1")
    for side, here, there in zip(
        page.split('<ol class="ranked">')[1:], (first, second), (second, first), strict=True
    ):
        for kind, item_id in re.findall(
            r'<li class="(\w+)">.*?/item/(i\d+)', side.split("</ol>")[0], re.DOTALL
        ):
            gain = None if item_id not in there else first[item_id] - second[item_id]
            assert kind == ("only" if gain is None else "up" if gain > 0 else "down" if gain < 0 else "same")
            assert item_id in here


@pytest.mark.parametrize(
    "asked", ["without=nothing", "without=%3Cscript%3E", "without=has_brand&user=nobody"]
)
def test_a_name_that_nobody_knows_is_told_beside_the_form(studio: FlaskClient, asked: str) -> None:
    page = read(studio, f"/studio/relations?{asked}", 404)
    assert 'role="alert"' in page and "What if one were switched off?" in page and "<script>" not in page


# Campaigns


def test_a_campaign_names_those_who_allow_it_and_leads_to_their_reasons(other: LivingShop) -> None:
    guide, client = other.served.guide, opened(other)
    assert "No shopper allows to be written to yet." in read(client, "/studio/campaign?item=i3")
    odd = [f"u{n}" for n in range(1, 40, 2) if n != 7]
    allow(guide, *odd)
    allow(guide, "u7", marketing=True, recommend=False)
    page = read(client, "/studio/campaign?item=i3")
    named = re.findall(r'href="/studio/shoppers/(u\d+)/item/i3"', page)
    assert set(named) == {user_id for user_id in odd if 3 not in guide.asker(user_id).taken}
    assert named and "u7" not in words(page).split()
    why = guide.explain(named[0], "i3", paths=1, audience="staff").paths[0]
    assert why.text in words(page)
    read(client, f"/studio/shoppers/{named[0]}/item/i3")
    allow(guide, named[0], marketing=False)
    assert named[0] not in re.findall(r"/studio/shoppers/(u\d+)/", read(client, "/studio/campaign?item=i3"))


def test_a_campaign_about_a_brand_names_the_product_of_each(other: LivingShop) -> None:
    allow(other.served.guide, "u1", "u2")
    page = read(opened(other), "/studio/campaign?brand=odd+ltd")
    assert "Led to Odd Ltd" in page
    assert len(re.findall(r'href="/studio/items/i\d+"', page)) == 2


def test_of_very_many_those_are_asked_about_to_whom_most_leads(
    other: LivingShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    allow(other.served.guide, *(f"u{n}" for n in range(40)))
    client = opened(other)
    whole = re.findall(r"/studio/shoppers/(u\d+)/", read(client, "/studio/campaign?item=i3"))
    monkeypatch.setattr(campaign, "ASKED", 2)
    page = read(client, "/studio/campaign?item=i3")
    assert re.findall(r"/studio/shoppers/(u\d+)/", page) == whole[:2]
    assert "were asked about." in words(page)


@pytest.mark.parametrize(
    ("asked", "status", "told"),
    [
        ("item=i3&brand=Odd+Ltd", 422, "not both"),
        ("item=i33", 404, "i3"),
        ("brand=Odder", 404, "Odd Ltd"),
        ("item=%3Cscript%3E", 404, "&lt;script&gt;"),
        ("brand=%00%E2%80%AE", 404, "no brand"),
    ],
)
def test_what_a_campaign_cannot_be_about_is_told_beside_the_form(
    studio: FlaskClient, asked: str, status: int, told: str
) -> None:
    page = read(studio, f"/studio/campaign?{asked}", status)
    assert 'role="alert"' in page and told in page and "<script>" not in page and "\u202e" not in page


def test_the_file_of_a_campaign_holds_the_same_and_no_formula(other: LivingShop) -> None:
    guide, client = other.served.guide, opened(other)
    users = ["u2", "=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", 'quo"te,and comma', "\u4e2d\u6587"]
    guide.intake.log.append(
        [Event(f"e{n}", user_id, "i1", "buy", 1_790_000_000) for n, user_id in enumerate(users[1:])]
    )
    allow(guide, *users)
    answer = client.get("/studio/campaign.csv?item=i3")
    assert answer.mimetype == "text/csv" and "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "no-store"
    head, *rows = csv.reader(io.StringIO(answer.data.decode("utf-8-sig")))
    assert head[0] == "user_id" and {row[0].removeprefix("'") for row in rows} == set(users)
    for row in rows:
        assert not any(cell.startswith(("=", "+", "@")) for cell in row) and not row[0].startswith("-")
    page = read(client, "/studio/campaign?item=i3")
    assert [unescape(name) for name in re.findall(r'<th scope="row"><a [^>]*><bdi>(.*?)</bdi>', page)] == [
        row[0].removeprefix("'") for row in rows
    ]


def test_a_file_about_nothing_is_refused(studio: FlaskClient) -> None:
    assert studio.get("/studio/campaign.csv").status_code == 422
    assert studio.get("/studio/campaign.csv?item=i33").status_code == 404


# Hostile shops, other models


@pytest.fixture
def hostile(guide: Guide, tmp_path: Path) -> Flask:
    registry = keys_alone(tmp_path)
    app: Flask = create_app(Guide(guide.dataset, guide.graph, guide.model, name="<b>", registry=registry))
    return app


@pytest.fixture
def consenting(monkeypatch: pytest.MonkeyPatch) -> None:
    """A guide without a database, whose users all allow recommendations."""
    monkeypatch.setattr(Guide, "usable_users", lambda self: self.dataset.users.rows(self.dataset.users.ids))


@pytest.mark.parametrize(
    "address", ["/studio/", "/studio/items", "/studio/items/script", "/studio/items/image", "/studio/items/bidi",
                "/studio/items/template", "/studio/relations?without=has_brand&user=u1"]
)  # fmt: skip
def test_hostile_titles_are_text(
    hostile: Flask, guide: Guide, consenting: None, address: str, tmp_path: Path
) -> None:
    client = open_studio(hostile.test_client(), keys_alone(tmp_path).keys)
    page = read(client, address)
    assert (
        "<script>alert" not in page
        and "<img src=x" not in page
        and "<i>" not in page
        and "\u202e" not in page
    )


def test_a_model_without_paths_says_so(guide: Guide, consenting: None, tmp_path: Path) -> None:
    registry = keys_alone(tmp_path)
    linear = new_model("ease").fit(guide.dataset, guide.graph)
    shop = Guide(guide.dataset, guide.graph, linear, name="linear", registry=registry)
    client = open_studio(create_app(shop).test_client(), registry.keys)
    assert "does not say what its scores are made of" in read(client, "/studio/relations")
    assert "nobody knows what leads here" in read(client, "/studio/items/soap")
    assert "learns in no rounds" in read(client, "/studio/") and "event log" in read(client, "/studio/")
    assert 'href="/studio/items/soap"' in read(client, "/studio/items")


# What is kept


def test_an_answer_is_kept_for_a_while_and_an_error_is_not() -> None:
    now, asked = [0.0], []

    def ask() -> int:
        asked.append(now[0])
        return len(asked)

    def fails() -> int:
        raise BadInput("not so")

    kept = Kept(lasts=10, clock=lambda: now[0])
    with pytest.raises(BadInput):
        kept.answer("a", fails)
    assert [kept.answer("a", ask), kept.answer("a", ask)] == [1, 1]
    now[0] = 9
    assert kept.answer("a", ask) == 1
    now[0] = 11
    assert kept.answer("a", ask) == 2


def test_an_old_answer_holds_as_long_as_nothing_is_told_meanwhile() -> None:
    now, told, asked = [0.0], ["before"], []

    def ask() -> int:
        asked.append(now[0])
        told[0] = {1: "during"}.get(len(asked), told[0])
        return len(asked)

    kept = Kept(lasts=10, clock=lambda: now[0])
    assert kept.answer("a", ask, lambda: told[0]) == 1
    now[0] = 11
    assert kept.answer("a", ask, lambda: told[0]) == 2, "what was told while it was made may not be in it"
    now[0] = 100
    assert kept.answer("a", ask, lambda: told[0]) == 2
    told[0] = "after"
    assert kept.answer("a", ask, lambda: told[0]) == 3
    now[0] = 111
    assert kept.answer("a", ask, lambda: None) == 4, "nobody knows what was told"


def test_what_users_do_is_in_the_figures_of_everybody_after_a_while(
    parity_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    served = Served(Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True)))
    app, now = create_app(served), [0.0]
    with app.app_context():
        monkeypatch.setitem(app.extensions, "kgrec.studio.kept", Kept(clock=lambda: now[0]))
        before = lists(served.as_opened)
        now[0] = 10_000.0
        assert lists(served.as_opened) is before
        EventLog(served.database).append([Event("e1", "u1", "i3", "view", 1_800_000_000, 1.0)])
        after = lists(served.as_opened)
        assert after is not before and lists(served.as_opened) is after


def test_a_server_is_prepared_only_if_the_studio_can_be_opened(
    parity_workspace: Path, tmp_path: Path
) -> None:
    served = Served(Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True)))
    app = create_app(served)
    prepare(app, served.as_opened)
    assert "kgrec.studio.kept" not in app.extensions
    served.keys.create("read")
    prepare(app, served.as_opened)
    assert len(app.extensions["kgrec.studio.kept"]) == 1


def test_no_more_answers_are_kept_than_there_is_room_for() -> None:
    kept = Kept(most=3)
    for question in (1, 2, 3, 1, 4):
        kept.answer(question, lambda: "first")
    assert len(kept) == 3
    assert [kept.answer(question, lambda: "again") for question in (1, 3, 4)] == ["first"] * 3
    assert kept.answer(2, lambda: "again") == "again"


def test_who_asks_the_same_meanwhile_waits_for_the_one_answer() -> None:
    kept, begun, go, asked = Kept(), threading.Event(), threading.Event(), []

    def ask() -> str:
        asked.append(1)
        begun.set()
        assert go.wait(10)
        return "answer"

    answers: list[str] = []
    threads = [threading.Thread(target=lambda: answers.append(kept.answer("a", ask))) for _ in range(5)]
    for thread in threads:
        thread.start()
    assert begun.wait(10)
    assert kept.answer("another", lambda: "at once") == "at once"
    go.set()
    for thread in threads:
        thread.join(10)
    assert answers == ["answer"] * 5 and len(asked) == 1


def test_other_rules_are_another_answer(other: LivingShop) -> None:
    client = opened(other)
    listed = "/studio/items?order=led"

    def first_places(page: str) -> dict[str, int]:
        rows = re.findall(r'/studio/items/(i\d+)".*?<td class="number">(\d+)</td>', page, re.DOTALL)
        return {item_id: int(count) for item_id, count in rows}

    before = first_places(read(client, listed))
    best = max(before, key=before.__getitem__)
    assert before[best] > 0
    (other.folder / "rules.toml").write_text(
        f'[[rule]]\nname = "not now"\ndo = "exclude"\nitems = ["{best}"]\n', encoding="utf-8"
    )
    assert first_places(read(client, listed))[best] == 0


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages_about_a_shopper_address_nobody_as_the_shopper(studio: FlaskClient, lang: str) -> None:
    top = studio.get("/studio/shoppers/u2").text
    item_id = re.findall(r"/studio/shoppers/u2/item/(i\d+)", top)[0]
    for address in ("/studio/shoppers/u2", f"/studio/shoppers/u2/item/{item_id}?paths=10"):
        page = read(studio, f"{address}{'&' if '?' in address else '?'}lang={lang}")
        said = words(" ".join(re.findall(r'<p class="reason.*?</p>|<ol class="chain".*?</ol>', page, re.S)))
        assert {"en": "they bought", "zh": "该顾客"}[lang] in said.lower()
        assert not re.search({"en": r"\b[Yy]ou(r|rs)?\b", "zh": "[您你]"}[lang], said), said
    assert '<span class="thing you"><bdi>u2</bdi></span>' in page


def test_a_campaign_about_nothing_says_what_to_fill_in(studio: FlaskClient) -> None:
    assert "Type the id of a product" not in read(studio, "/studio/campaign")
    for lang, said in (
        ("en", "Type the id of a product, or the name of a brand."),
        ("zh", "请填写商品编号或品牌名称。"),
    ):
        assert said in read(studio, f"/studio/campaign?item=&brand=+&lang={lang}", 422)
    assert "没有名为“i99”的商品" in read(studio, "/studio/campaign?item=i99&lang=zh", 404)
