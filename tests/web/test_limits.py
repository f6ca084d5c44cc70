"""A client that asks too often is told when to come again; a watch over the server never is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kgrec.guide import Guide
from kgrec.live.access import Access, RequestLimits
from kgrec.live.keys import KeyRing
from web import create_app


def client_of(guide: Guide, keys: KeyRing | None = None, **limits: int):
    return create_app(guide, access=Access(RequestLimits(**limits), keys)).test_client()


def test_beyond_its_limit_a_client_is_told_when_to_come_again(guide: Guide) -> None:
    client = client_of(guide, per_address=2)
    asked = {"user_id": "u0"}
    assert [client.post("/api/v1/recommend", json=asked).status_code for _ in range(3)] == [200, 200, 429]
    refused = client.post("/api/v1/recommend", json=asked)
    assert refused.mimetype == "application/problem+json"
    assert 1 <= int(refused.headers["Retry-After"]) <= 30
    told = refused.get_json()
    assert told["status"] == 429 and "2 requests a minute" in told["detail"]
    assert told["request_id"] == refused.headers["X-Request-ID"]


def test_what_is_wrong_with_a_request_counts_too_and_is_not_looked_at_beyond_the_limit(guide: Guide) -> None:
    client = client_of(guide, per_address=1)
    assert client.post("/api/v1/recommend", data=b"{").status_code == 415
    assert client.post("/api/v1/recommend", data=b"{").status_code == 429
    assert client.get("/api/v1/nowhere").status_code == 429


def test_pages_are_counted_and_refused_as_pages(guide: Guide) -> None:
    client = client_of(guide, per_address=1)
    assert client.get("/").status_code == 200
    refused = client.get("/")
    assert refused.status_code == 429 and refused.mimetype == "text/html" and refused.headers["Retry-After"]


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/static/mark.svg"])
def test_health_and_files_are_not_counted(guide: Guide, path: str) -> None:
    client = client_of(guide, per_address=1)
    assert [client.get(path, buffered=True).status_code for _ in range(5)] == [200] * 5


def test_a_key_has_a_limit_of_its_own_and_a_made_up_one_none(guide: Guide, tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    key, _ = ring.create("read", per_minute=3)
    client = client_of(guide, ring, per_address=1, per_key=100)

    def statuses(key: str, times: int) -> list[int]:
        headers = {"Authorization": f"Bearer {key}"}
        return [client.get("/api/v1/openapi.json", headers=headers).status_code for _ in range(times)]

    assert statuses(key, 4) == [200, 200, 200, 429]
    assert statuses("kgrec_00000000_" + "x" * 43, 1) == [200]
    assert statuses("kgrec_11111111_" + "y" * 43, 1) == [429]


def test_who_is_behind_a_proxy_is_believed_only_of_as_many_as_are_trusted(guide: Guide) -> None:
    def statuses(proxies: int, forwarded: list[str]) -> list[int]:
        client = client_of(guide, per_address=1, proxies=proxies)
        return [client.get("/", headers={"X-Forwarded-For": address}).status_code for address in forwarded]

    assert statuses(0, ["192.0.2.1", "192.0.2.2"]) == [200, 429]  # anybody can send that header
    assert statuses(1, ["192.0.2.1", "192.0.2.2", "192.0.2.1"]) == [200, 200, 429]
    assert statuses(1, ["10.0.0.1, 192.0.2.1", "10.0.0.2, 192.0.2.1"]) == [200, 429]
    assert statuses(1, ["not an address", "not an address", "<script>"]) == [200, 429, 200]
