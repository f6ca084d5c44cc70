"""Lines that nobody can forge, and that tell nobody's id."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec.guide import Guide
from tests.web.opened import look_as
from tests.web.watching.asked import ANA, recommend
from web.logs import Discreet, JsonLines, TextLines, renamed


def test_each_request_is_a_line_with_a_name_that_tells_nothing(
    client: FlaskClient, lines: Callable[[], list[str]]
) -> None:
    answer = recommend(client, user_id=ANA)
    look_as(client, ANA).get("/item/soap/why?lang=zh")
    client.get("/healthz")
    first, second, third = map(json.loads, lines())
    assert (first["request_id"], first["route"], first["status"], first["level"]) == (
        answer["request_id"], "/api/v1/recommend", 200, "info",
    )  # fmt: skip
    assert first["user"] == second["user"] == "hash-of-2"
    assert second["route"] == "/item/<id:item_id>/why" and first["ms"] > 0
    assert first["model"] == answer["model"] and first["bytes"] > 100
    assert third["level"] == "debug" and third["user"] is None
    assert f'"{ANA}"' not in "".join(lines()) and f"/{ANA}" not in "".join(lines())


FORGED = 'x\n{"time": "now", "level": "info", "request_id": "forged"}\r\x1b[2J\u2028'


def test_no_line_can_be_forged(client: FlaskClient, lines: Callable[[], list[str]]) -> None:
    client.post("/api/v1/recommend", json={"user_id": FORGED})
    client.get(f"/api/v1/{FORGED}")
    client.get("/healthz", headers={"X-Request-ID": "forged id"})
    told = [json.loads(line) for line in lines()]
    assert len(told) == 3 and "forged" not in "".join(lines())
    assert all(line.isprintable() and line.isascii() for line in lines())


@pytest.mark.parametrize("sent", ["abc-DEF_0123", "0" * 64])
def test_a_token_of_the_client_is_the_id_of_its_request(client: FlaskClient, sent: str) -> None:
    answer = client.post("/api/v1/recommend", json={"user_id": ANA}, headers={"X-Request-ID": sent})
    assert answer.headers["X-Request-ID"] == answer.get_json()["request_id"] == sent


@pytest.mark.parametrize(
    "sent", ["short", "0" * 65, "a b c d e f", "<script>alert", "ünïcödé-id", "tab\tbed-id"]
)
def test_anything_else_is_not(client: FlaskClient, sent: str) -> None:
    answer = client.get("/healthz", headers={"X-Request-ID": sent.encode().decode("latin-1")})
    assert answer.headers["X-Request-ID"] != sent and len(answer.headers["X-Request-ID"]) == 32


@pytest.mark.parametrize("user_id", ["ana-7f3", "a/b c", "安娜", 'q"uote', "12", "line\nbreak"])
@pytest.mark.parametrize("form", [JsonLines, TextLines])
def test_a_failure_is_logged_with_its_traceback_and_without_the_user(
    watched: Flask,
    guide: Guide,
    lines: Callable[[], list[str]],
    monkeypatch: pytest.MonkeyPatch,
    user_id: str,
    form: type[logging.Formatter],
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise RuntimeError(
            f"no row for {user_id!r}, that is {user_id} of {{'user_id': {json.dumps(user_id)}}}"
        )

    monkeypatch.setattr(Guide, "asker", fails)
    for handler in logging.getLogger("web").handlers:
        monkeypatch.setattr(handler, "formatter", form())
    headers = {"X-Request-ID": "of-this-test"}  # one made by chance may hold the digits of a short id
    answer = watched.test_client().post("/api/v1/recommend", json={"user_id": user_id}, headers=headers)
    assert answer.status_code == 500 and user_id not in answer.get_json()["detail"]
    written = "\n".join(lines())
    assert "RuntimeError: no row for" in written and answer.headers["X-Request-ID"] in written
    assert written.count("user:hash-of-") >= 3
    said = written.split("RuntimeError: no row for", 1)[1].splitlines()[0].replace("hash-of-", "")
    for way in {user_id, repr(user_id)[1:-1], json.dumps(user_id)[1:-1]}:
        assert f"'{way}'" not in said and f" {way} " not in said


def test_further_lines_of_a_text_log_are_indented() -> None:
    record = logging.LogRecord("web", logging.ERROR, "", 0, "one\n2026-01-01 INFO forged\x1b[2J", (), None)
    first, *others = TextLines().format(record).splitlines()
    assert first.endswith("web: one") and all(line.startswith("    ") for line in others)
    assert "\x1b" not in "".join(others)


def test_what_the_server_beneath_says_of_a_request_is_cut() -> None:
    for said, args in (
        ("Error handling request %s %s", ("GET", "/studio/shoppers/ana")),
        ("Invalid request from ip=1.2.3.4: Invalid HTTP request line: 'GET /studio/shoppers/ana'", ()),
    ):
        record = logging.LogRecord("gunicorn.error", logging.ERROR, "", 0, said, args, None)
        assert Discreet().filter(record)
        written = JsonLines().format(record)
        assert "ana" not in written and "1.2.3.4" not in written and "request" in written


def test_an_id_within_a_word_is_no_id() -> None:
    assert renamed("line 12 of 3124, u12, '12', /12/", {"12": "user:x"}) == (
        "line user:x of 3124, u12, 'user:x', /user:x/"
    )
