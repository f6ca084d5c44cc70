"""Requests that are out to break something: each refused with a status of its own, and the server goes on."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask.testing import FlaskClient

from kgrec.errors import LONGEST_COMPARED, UnknownName

DEEP = 200_000

BODIES: dict[str, tuple[bytes, int]] = {
    "lists in lists": (b"[" * DEEP + b"]" * DEEP, 400),
    "lists without an end": (b"[" * DEEP, 400),
    "objects in objects": (b'{"user_id":' * 50_000 + b"1" + b"}" * 50_000, 400),
    "lists in a session": (b'{"session":' + b"[" * DEEP + b"]" * DEEP + b"}", 400),
    "a number of half a million digits": (b'{"user_id":"u0","k":' + b"9" * 500_000 + b"}", 400),
    "a number without end": (b'{"user_id":"u0","k":1e999999}', 422),
    "no number": (b'{"user_id":"u0","k":NaN}', 422),
    "half a character": (b'{"user_id":"\\ud800"}', 400),
    "an overlong slash": (b'{"user_id":"\xc0\xaf"}', 400),
    "another encoding": ('{"user_id":"u0"}'.encode("utf-16"), 400),
    "an id of a megabyte": (b'{"user_id":"' + b"x" * 900_000 + b'"}', 422),
    "a list that is too long": (json.dumps({"user_id": "u0", "exclude": ["x"] * 100_000}).encode(), 422),
    "a field of a megabyte": (b'{"' + b"x" * 900_000 + b'": 1}', 422),
    "two megabytes": (b'{"user_id":"' + b"x" * 2_000_000 + b'"}', 413),
}


@pytest.mark.parametrize("resource", ["recommend", "explain", "why-not", "what-if"])
@pytest.mark.parametrize("name", BODIES)
def test_a_body_out_to_break_the_parser_is_a_problem_of_its_sender(
    client: FlaskClient, resource: str, name: str
) -> None:
    sent, status = BODIES[name]
    answer = client.post(f"/api/v1/{resource}", data=sent, content_type="application/json")
    assert answer.status_code in (status, 422 if status == 400 else status), answer.text[:300]
    assert answer.mimetype == "application/problem+json" and len(answer.data) < 3000
    assert client.get("/healthz").status_code == 200


def test_a_compressed_body_is_not_unpacked(client: FlaskClient) -> None:
    import gzip

    bomb = gzip.compress(b" " * 50_000_000)
    headers = {"Content-Encoding": "gzip"}
    answer = client.post("/api/v1/recommend", data=bomb, content_type="application/json", headers=headers)
    assert answer.status_code == 400


CONTROL = (
    "\0",
    "\x1b[31m",
    "\r\nSet-Cookie: a=b",
    "\u202egnp.exe",
    "\u2066x\u2069",
    "\x7f",
    "\x85",
    "\ufeff",
)


@pytest.mark.parametrize("text", CONTROL)
def test_characters_that_command_are_escaped_in_what_is_said_of_them(client: FlaskClient, text: str) -> None:
    answer = client.post("/api/v1/explain", json={"user_id": "u0", "item_id": f"x{text}y"})
    assert answer.status_code == 404
    detail = answer.get_json()["detail"]
    assert text not in detail and all(character.isprintable() for character in detail)
    assert "Set-Cookie" not in answer.headers


INJECTIONS = (
    "' OR 1=1 --",
    "x> } ; DROP ALL #",
    '"> <script>alert(1)</script>',
    "../../../../etc/passwd",
    "..\\..\\windows",
    "file:///etc/passwd",
    "http://169.254.169.254/latest",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%00",
    "a\tb",
    "-1",
    "NaN",
    "__proto__",
)


@pytest.mark.parametrize("text", INJECTIONS)
def test_an_id_is_a_name_and_nothing_else_wherever_it_is_sent(client: FlaskClient, text: str) -> None:
    def post(resource: str, **body: Any) -> tuple[int, str]:
        answer = client.post(f"/api/v1/{resource}", json=body)
        return answer.status_code, answer.text

    for status, said in (
        post("recommend", user_id=text),
        post("recommend", session=[{"item_id": text, "event": "buy"}]),
        post("recommend", user_id="u0", exclude=[text]),
        post("explain", user_id="u0", item_id=text),
        post("why-not", user_id="u0", item_id=text),
        post("what-if", user_id="u0", remove=[{"item_id": text}]),
    ):
        assert status in (404, 422), said
        assert "root:" not in said and "Traceback" not in said
    for path in ("/item/", "/api/v1/graph/entities/", "/media/", "/static/"):
        with client.get(f"{path}{text}", buffered=True) as answer:
            assert answer.status_code in (308, 400, 404), (path, answer.text)
            assert answer.mimetype != "text/html" or "<script>alert(1)" not in answer.text
            assert answer.headers["X-Content-Type-Options"] == "nosniff" and "root:" not in answer.text
            assert "49" not in answer.headers.get("Location", "")
    answer = client.get("/api/v1/graph/path", query_string={"from": "script", "to": text})
    assert answer.status_code in (400, 404, 422)


def test_a_name_that_nobody_knows_costs_little_however_long_names_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Near names are found by comparing; the characters that are compared are bounded."""
    from kgrec import errors

    compared = []

    def close(name: str, candidates: list[str], **_: int) -> list[str]:
        compared.extend(len(name) * len(other) for other in candidates)
        return []

    monkeypatch.setattr(errors, "get_close_matches", close)
    alike = [f"{'a' * 500}{n}" for n in range(10_000)]
    str(UnknownName("item", "a" * 512, alike))
    str(UnknownName("item", "a" * LONGEST_COMPARED, [f"{'a' * 50}{n}" for n in range(20_000)]))
    assert sum(compared) <= errors.COMPARED * LONGEST_COMPARED**2


def test_among_many_names_the_near_one_is_still_found() -> None:
    many = [f"B{n:09}" for n in range(12_000)] + ["GOLDENBOWL"]
    assert "did you mean GOLDENBOWL?" in str(UnknownName("item", "GOLDENBOWI", many))
