"""Who looks at a page: known again by a signed cookie, and by nothing that others could make."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec.errors import BadInput
from kgrec.guide import Guide
from kgrec.live.storefront import Storefront
from tests.web.opened import keys_alone, look_as, open_studio
from web import create_app
from web.forms import own


def token_of(page: str) -> str:
    (token, *_) = re.findall(r'name="csrf_token" value="([^"]+)"', page)
    return str(token)


def test_somebody_new_sees_the_shop_and_gets_no_cookie(client: FlaskClient) -> None:
    answer = client.get("/")
    assert answer.status_code == 200 and "Set-Cookie" not in answer.headers
    assert client.get("/item/soap/why").status_code == 200


def test_a_shopper_can_be_chosen_and_left_again(client: FlaskClient) -> None:
    token = token_of(client.get("/try").text)
    chosen = client.post("/try", data={"user_id": "u3", "csrf_token": token})
    assert chosen.status_code == 303 and chosen.headers["Location"] == "/"
    cookie = chosen.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    assert "You look as u3" in client.get("/").text
    client.post("/leave", data={"csrf_token": token})
    assert "You look as" not in client.get("/").text


def test_over_tls_the_cookie_stays_there(client: FlaskClient) -> None:
    token = token_of(client.get("/try", base_url="https://localhost").text)
    sent = {"user_id": "u3", "csrf_token": token}
    answer = client.post("/try", data=sent, base_url="https://localhost")
    assert answer.status_code == 303 and "Secure" in answer.headers["Set-Cookie"]


def test_nobody_can_be_chosen_where_that_is_closed(guide: Guide) -> None:
    app = create_app(guide)
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()
    assert client.get("/try").status_code == 404
    assert client.post("/try", data={"user_id": "u3"}).status_code == 403
    assert "Choose a shopper" not in client.get("/").text


def test_a_form_that_no_page_of_ours_has_shown_is_refused(client: FlaskClient) -> None:
    for sent in ({}, {"csrf_token": "x"}):
        answer = client.post("/try", data={"user_id": "u3", **sent})
        assert answer.status_code == 400 and answer.mimetype == "text/html"
    assert client.post("/api/v1/recommend", json={"user_id": "u3"}).status_code == 200


def test_a_cookie_that_somebody_made_is_nobody(client: FlaskClient, app: Flask) -> None:
    forged = create_app_with_other_secret(app)
    client.set_cookie("kgrec", forged)
    assert "You look as" not in client.get("/").text


def create_app_with_other_secret(app: Flask) -> str:
    other = Flask("other")
    other.secret_key = b"of another shop"
    serializer = app.session_interface.get_signing_serializer(other)
    return str(serializer.dumps({"user": "u3"}))


@pytest.mark.parametrize(
    "address",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\nb", "x", "",
     "/" + "x" * 3000, "http:/evil", "//[", "/\tevil"],
)  # fmt: skip
def test_a_form_leads_to_no_other_site(address: str) -> None:
    assert own(address) is None


def test_a_form_leads_back_to_a_page_of_ours() -> None:
    assert own("/item/a%20b?x=1#y") == "/item/a%20b?x=1#y"


@pytest.fixture
def keyed(guide: Guide, tmp_path) -> Guide:
    return Guide(guide.dataset, guide.graph, guide.model, name="keyed", registry=keys_alone(tmp_path))


def test_the_studio_is_closed_until_there_is_a_key_and_opened_by_it(keyed: Guide) -> None:
    client = create_app(keyed).test_client()
    page = client.get("/studio/sign-in").text
    assert "kgrec key SHOP create" in page and "<form class" not in page
    answer = client.get("/studio/shoppers?q=u1")
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/studio/sign-in?next=/studio/shoppers?q%3Du1"
    key, kept = keyed.registry.keys.create("read")
    page = client.get(answer.headers["Location"]).text
    sent = {"csrf_token": token_of(page), "next": "/studio/shoppers?q=u1"}
    refused = client.post("/studio/sign-in", data={**sent, "key": key + "x"})
    assert refused.status_code == 403 and "This key opens nothing here." in refused.text
    opened = client.post("/studio/sign-in", data={**sent, "key": f" {key} "})
    assert opened.status_code == 303 and opened.headers["Location"] == "/studio/shoppers?q=u1"
    assert key not in str(opened.headers)
    assert client.get("/studio/shoppers?q=u1").status_code == 200
    keyed.registry.keys.revoke(kept.key_id)
    assert client.get("/studio/shoppers").status_code == 303


def test_the_studio_leads_to_no_other_site_and_can_be_closed(keyed: Guide) -> None:
    client = create_app(keyed).test_client()
    key, _ = keyed.registry.keys.create("admin")
    token = token_of(client.get("/studio/sign-in").text)
    opened = client.post(
        "/studio/sign-in", data={"key": key, "next": "https://evil.example", "csrf_token": token}
    )
    assert opened.headers["Location"] == "/studio/"
    client.post("/studio/sign-out", data={"csrf_token": token})
    assert client.get("/studio/shoppers").status_code == 303


def test_a_copied_cookie_is_good_for_nothing_once_the_studio_is_closed(keyed: Guide) -> None:
    key, _ = keyed.registry.keys.create("read")
    browser, other = (create_app(keyed).test_client() for _ in range(2))
    for client in (browser, other):
        token = token_of(client.get("/studio/sign-in").text)
        client.post("/studio/sign-in", data={"key": key, "csrf_token": token})
    copied, thief = browser.get_cookie("kgrec"), create_app(keyed).test_client()
    thief.application.secret_key = browser.application.secret_key
    thief.set_cookie("kgrec", copied.value if copied else "")
    assert thief.get("/studio/shoppers").status_code == 200
    token = token_of(browser.get("/studio/shoppers").text)
    browser.post("/studio/sign-out", data={"csrf_token": token})
    assert thief.get("/studio/shoppers").status_code == 303
    assert other.get("/studio/shoppers").status_code == 200  # another visit with the same key


def test_a_key_for_events_alone_opens_no_studio(keyed: Guide) -> None:
    client = create_app(keyed).test_client()
    key, _ = keyed.registry.keys.create("events")
    token = token_of(client.get("/studio/sign-in").text)
    assert client.post("/studio/sign-in", data={"key": key, "csrf_token": token}).status_code == 403


def test_the_studio_closes_after_a_working_day(keyed: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    client = open_studio(create_app(keyed).test_client(), keyed.registry.keys)
    assert client.get("/studio/shoppers").status_code == 200
    with client.session_transaction() as session:
        key_id, since, visit = session["studio"]
        session["studio"] = [key_id, since - 13 * 3600, visit]
    assert client.get("/studio/shoppers").status_code == 303


def test_what_is_in_a_signed_cookie_is_checked_all_the_same(keyed: Guide) -> None:
    client = create_app(keyed).test_client()
    for kept in ("x", [1, 2, "v"], ["x"], ["x", 1], ["x", True, "v"], ["x", 1, ["v"]], None):
        with client.session_transaction() as session:
            session["studio"] = kept
        assert client.get("/studio/shoppers").status_code == 303
    with client.session_transaction() as session:
        session["user"] = 7
    assert client.get("/").status_code == 200


def test_a_chosen_shopper_is_shown_what_they_would_see(client: FlaskClient, guide: Guide) -> None:
    best = guide.recommend_for("u4", k=1)[0]
    assert f"/item/{best.item_id}/why" in look_as(client, "u4").get("/").text


def test_settings_of_the_storefront_are_read_and_checked(tmp_path) -> None:
    file = tmp_path / "kgrec.toml"
    file.write_text("")
    assert not Storefront.read(file).try_as and Storefront.read(file, bundled=True).try_as
    file.write_text("[storefront]\ntry_as = false")
    assert not Storefront.read(file, bundled=True).try_as
    file.write_text('[storefront]\ntry_as = "yes"')
    with pytest.raises(BadInput, match="try_as is 'yes'"):
        Storefront.read(file)
