"""What every answer carries, whatever was asked and however it went."""

from __future__ import annotations

import re
from pathlib import Path as FilePath

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import DictLoader
from werkzeug.test import TestResponse

from kgrec.guide import Guide
from web import create_app

ASKED = {
    "home": ("GET", "/", 200),
    "health": ("GET", "/healthz", 200),
    "readiness": ("GET", "/readyz", 200),
    "description": ("GET", "/api/v1/openapi.json", 200),
    "shoppers": ("GET", "/try", 200),
    "item": ("GET", "/item/script/why", 200),
    "static": ("GET", "/static/mark.svg", 200),
    "no page": ("GET", "/nowhere", 404),
    "no item": ("GET", "/item/nothing/why", 404),
    "no picture": ("GET", "/media/none.png", 404),
    "no file": ("GET", "/static/none.css", 404),
    "no resource": ("GET", "/api/v1/nowhere", 404),
    "wrong method": ("DELETE", "/", 405),
    "wrong method of a resource": ("PUT", "/api/v1/explain", 405),
    "wrong content": ("POST", "/api/v1/recommend", 415),
}

WITH_FORMS = {"home", "shoppers", "item"}
"""Pages whose forms carry a token, which a cookie has to vouch for."""


def ask(client: FlaskClient, name: str) -> TestResponse:
    method, path, status = ASKED[name]
    answer = client.open(path, method=method, buffered=True)
    assert answer.status_code == status, answer.text
    return answer


@pytest.mark.parametrize("name", ASKED)
def test_every_answer_carries_the_headers(client: FlaskClient, name: str) -> None:
    headers = ask(client, name).headers
    sent = re.sub(r" 'nonce-[\w-]{16,}'", "", headers["Content-Security-Policy"])
    policy = dict(part.split(" ", 1) for part in sent.split("; "))
    assert policy == {
        "default-src": "'none'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "script-src": "'self'",
        "font-src": "'self'",
        "connect-src": "'self'",
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert re.fullmatch(r"[0-9a-f]{32}", headers["X-Request-ID"])


@pytest.mark.parametrize("name", ASKED)
def test_only_files_that_are_the_same_for_everybody_may_be_kept(client: FlaskClient, name: str) -> None:
    kept = name == "static"
    assert (ask(client, name).headers.get("Cache-Control") != "no-store") == kept


def test_pictures_of_items_may_be_kept(guide: Guide, tmp_path: FilePath) -> None:
    (tmp_path / "one.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    with create_app(guide, image_folder=tmp_path).test_client().get("/media/one.png") as answer:
        assert answer.status_code == 200
        assert "no-store" not in answer.headers["Cache-Control"]


def test_every_request_has_an_id_of_its_own(client: FlaskClient) -> None:
    ids = {ask(client, name).headers["X-Request-ID"] for name in ASKED for _ in range(3)}
    assert len(ids) == 3 * len(ASKED)


def test_the_id_in_a_body_is_that_of_the_header_and_not_the_askers(client: FlaskClient) -> None:
    answer = client.post("/api/v1/recommend", json={"user_id": "u0"}, headers={"X-Request-ID": "mine"})
    assert answer.get_json()["request_id"] == answer.headers["X-Request-ID"] != "mine"


def test_no_answer_lets_another_site_read_it_or_sets_a_cookie_without_need(client: FlaskClient) -> None:
    for name in ASKED:
        if name in WITH_FORMS:
            continue
        method, path, _ = ASKED[name]
        answer = client.open(path, method=method, headers={"Origin": "https://evil.example"}, buffered=True)
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert "Set-Cookie" not in answer.headers


def test_a_page_with_forms_sets_one_cookie_that_no_script_can_read(client: FlaskClient) -> None:
    for name in WITH_FORMS:
        answer = ask(client, name)
        for cookie in answer.headers.getlist("Set-Cookie"):
            assert cookie.startswith("kgrec=") and "HttpOnly" in cookie and "SameSite=Lax" in cookie
        assert "Access-Control-Allow-Origin" not in answer.headers


def test_health_and_readiness_say_what_answers_are_made_from(client: FlaskClient, guide: Guide) -> None:
    assert ask(client, "health").get_json() == {"status": "ok"}
    assert ask(client, "readiness").get_json() == {"status": "ready", **guide.ready(), "degraded": []}


def test_errors_outside_the_api_are_pages(client: FlaskClient) -> None:
    answer = client.get("/item/<script>alert(1)</script>/why")
    assert answer.status_code == 404 and answer.mimetype == "text/html"
    assert "<script>alert" not in answer.text and "&lt;script&gt;alert" in answer.text


def test_a_form_over_a_megabyte_is_refused_with_a_page(client: FlaskClient) -> None:
    answer = client.post("/nowhere", data=b"x" * 1_000_001)
    assert answer.status_code in (404, 413) and answer.mimetype == "text/html"


def broken_app(guide: Guide) -> Flask:
    app = create_app(guide)
    app.logger.disabled = True  # the traceback belongs in the log, not among the tests' output

    @app.get("/broken")
    def broken() -> str:
        raise ZeroDivisionError("secret in /srv")

    return app


def test_a_page_that_fails_is_500_with_headers_and_tells_nothing_of_the_inside(guide: Guide) -> None:
    answer = broken_app(guide).test_client().get("/broken")
    assert answer.status_code == 500 and answer.mimetype == "text/html"
    assert "secret" not in answer.text and "Traceback" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("templates", [{}, {"error.html": "{{ nothing.at.all }}"}])
def test_an_error_is_answered_even_when_its_page_is_broken(guide: Guide, templates: dict[str, str]) -> None:
    app = broken_app(guide)
    for blueprint in app.blueprints.values():
        blueprint.jinja_loader = None
    app.jinja_loader = DictLoader(templates)
    answer = app.test_client().get("/item/<script>/why")
    assert answer.status_code == 404 and answer.mimetype == "text/html"
    assert "<script>" not in answer.text and "&lt;script&gt;" in answer.text
