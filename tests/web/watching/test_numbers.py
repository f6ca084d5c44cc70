"""What is counted of a server: numbers without ids, of all its workers."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from kgrec.errors import BadInput
from kgrec.guide import Guide
from kgrec.live.keys import KeyRing
from kgrec.live.watch import MetricSettings, Watch
from tests.web.opened import look_as
from tests.web.sieged import gone, serving
from tests.web.test_api import refused
from tests.web.watching.asked import ANA, numbers, recommend
from web import create_app


def test_requests_are_counted_by_template_and_status(client: FlaskClient) -> None:
    recommend(client, user_id=ANA)
    look_as(client, ANA).get("/item/soap/why")
    client.get("/item/nothing-known/why")
    client.get("/nowhere/secret-id")
    client.open("/", method="EVIL<script>")
    text = client.get("/metrics").text
    told = numbers(text)
    route = "('route', '/item/<id:item_id>/why')"
    assert told[f"kgrec_http_requests_total[('method', 'GET'), {route}, ('status', '200')]"] == 1
    assert told[f"kgrec_http_requests_total[('method', 'GET'), {route}, ('status', '404')]"] == 1
    assert told[f"kgrec_http_request_seconds_count[('method', 'GET'), {route}]"] == 2
    assert told["kgrec_http_requests_total[('method', 'GET'), ('route', 'none'), ('status', '404')]"] == 1
    assert told["kgrec_errors_total[('kind', 'UnknownName')]"] == 1
    assert told["kgrec_errors_total[('kind', 'NotFound')]"] == 1
    assert not any(name in text for name in (ANA, "secret-id", "somebody", "script"))


def test_lists_are_counted_by_way_and_cover_the_catalogue(client: FlaskClient) -> None:
    before = numbers(client.get("/metrics").text)
    assert before["kgrec_catalogue_coverage_ratio"] == 0 and before["kgrec_catalogue_items"] == 12
    shown = {item["item_id"] for item in recommend(client, user_id=ANA, k=4)["items"]}
    shown |= {item["item_id"] for item in recommend(client, session=[{"item_id": "soap"}], k=2)["items"]}
    told = numbers(client.get("/metrics").text)
    assert told["kgrec_recommendations_total[('way', 'user')]"] == 1
    assert told["kgrec_recommendations_total[('way', 'visitor')]"] == 1
    assert told["kgrec_catalogue_coverage_ratio"] == pytest.approx(len(shown) / 12)


def test_what_answers_are_made_from_and_what_is_out_of_order(client: FlaskClient, guide: Guide) -> None:
    told = numbers(client.get("/metrics").text)
    made_from = f"[('graph_version', '{guide.graph_version}'), ('model', '{guide.model_name}')]"
    assert told[f"kgrec_generation_info{made_from}"] == 1
    assert told["kgrec_degraded[('part', 'events')]"] == 0


def test_numbers_are_for_this_machine_or_a_key(guide: Guide, tmp_path: Path) -> None:
    ring = KeyRing(tmp_path / "keys.sqlite")
    client = create_app(guide, watch=Watch(keys=ring)).test_client()
    assert client.get("/metrics").status_code == 200
    elsewhere: list[dict[str, Any]] = [
        {"environ_base": {"REMOTE_ADDR": "192.0.2.1"}},
        {"headers": {"X-Forwarded-For": "192.0.2.1"}},  # a proxy on this machine asks for somebody else
        {"headers": {"X-Forwarded-For": "127.0.0.1"}},
        {"headers": {"Forwarded": "for=127.0.0.1"}},
        {"headers": {"Host": "attacker.example"}},  # a browser on this machine, whose name server lies
    ]
    for how in elsewhere:
        assert "kgrec key SHOP create --role read" in refused(client.get("/metrics", **how), 403)
    keys = {role: ring.create(role)[0] for role in ("read", "events", "admin")}
    for how in elsewhere:
        assert refused(client.get("/metrics", **how), 401)
    for role, status in (("read", 200), ("admin", 200), ("events", 403)):
        asked = {"Authorization": f"Bearer {keys[role]}"}
        answer = client.get("/metrics", headers=asked, environ_base={"REMOTE_ADDR": "192.0.2.1"})
        assert answer.status_code == status
    opened = create_app(guide, watch=Watch(metrics=MetricSettings(open=True))).test_client()
    assert opened.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}).status_code == 200


def test_a_bundle_tells_its_numbers_to_this_machine_alone(guide: Guide) -> None:
    client = create_app(guide).test_client()
    assert "this machine" in refused(client.get("/metrics", environ_base={"REMOTE_ADDR": "192.0.2.1"}), 403)


@pytest.mark.parametrize(
    "text", ["open = 1", "coverage_hours = 0", "coverage_hours = true", "coverage_hours = nan"]
)
def test_settings_of_metrics_that_make_no_sense_are_told(tmp_path: Path, text: str) -> None:
    file = tmp_path / "kgrec.toml"
    file.write_text(f"[metrics]\n{text}\n")
    with pytest.raises(BadInput, match=text.split(" ")[0]):
        MetricSettings.read(file)


def test_numbers_are_of_all_workers_and_outlive_them(shop: Path) -> None:
    with serving(shop, 2, "--log", "json") as server:
        n = 40
        for _ in range(n):
            assert server.ask("/").status == 200
            assert server.ask(f"/api/v1/users/{ANA}/facts").status == 403
        name = "kgrec_http_requests_total[('method', 'GET'), ('route', '/'), ('status', '200')]"

        def told() -> dict[str, float]:
            return numbers(server.ask("/metrics").body.decode())

        assert {told()[name] for _ in range(6)} == {n}  # whichever worker is asked
        assert told()["kgrec_model_age_seconds"] > 0 and told()["kgrec_graph_age_seconds"] > 0
        coverage = told()["kgrec_catalogue_coverage_ratio"]
        assert 0 < coverage < 1 and {told()["kgrec_catalogue_coverage_ratio"] for _ in range(6)} == {coverage}
        for pid in server.serving:
            os.kill(pid, signal.SIGKILL)
            assert gone(pid)
        until = time.monotonic() + 30
        while told()[name] != n:
            assert time.monotonic() < until
        for _ in range(10):
            assert server.ask("/").status == 200
            assert server.ask(f"/api/v1/users/{ANA}/facts").status == 403
        assert {told()[name] for _ in range(6)} == {n + 10}
    written = [json.loads(line) for line in server.log.read_text().splitlines() if line.startswith("{")]
    asked = [one for one in written if one.get("route") == "/api/v1/users/<any_id:user_id>/facts"]
    assert len(asked) == n + 10 and len({one["user"] for one in asked}) == 1
    assert f"/{ANA}" not in server.log.read_text() and f'"{ANA}"' not in server.log.read_text()
