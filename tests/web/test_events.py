"""What users do, told over HTTP: acknowledged when it is written, each record or the reason why not."""

from __future__ import annotations

import http.client
import json
import logging
import os
import random
import signal
import sqlite3
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import make_url
from werkzeug.test import TestResponse

from kgrec import pipeline
from kgrec.guide import Guide
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.intake import Intake
from kgrec.live.keys import KeyRing
from kgrec.storage import create_workspace
from tests.graph.servers import free_port
from tests.web.conftest import hostile_shop
from tests.web.sieged import serving
from tests.web.test_api import refused
from web import create_app
from web.api.answers import EventsAnswer

NOW = 1_800_000_000
RECORD: dict[str, Any] = {
    "event_id": "e1",
    "user_id": "ana-7f3",
    "item_id": "soap",
    "event": "buy",
    "datetime": "2026-01-31T12:00:00+02:00",
    "value": 2,
    "request_id": "r1",
}


def record(**changes: Any) -> dict[str, Any]:
    return {name: value for name, value in (RECORD | changes).items() if value is not ...}


@pytest.fixture
def ring(tmp_path: Path) -> KeyRing:
    return KeyRing(tmp_path / "keys.sqlite")


@pytest.fixture
def log(tmp_path: Path) -> Iterator[EventLog]:
    log = EventLog(Database(Address(file=tmp_path / "events.sqlite"), patience=30.0))
    yield log
    log.database.close()


def app_of(guide: Guide, log: EventLog, ring: KeyRing) -> Flask:
    intake = Intake(log, ring, clock=lambda: float(NOW))
    return create_app(Guide(guide.dataset, guide.graph, guide.model, name="hostile", intake=intake))


@pytest.fixture
def client(guide: Guide, log: EventLog, ring: KeyRing, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    # Optuna's migrations, run by a test of `tune` in this process, switch off every logger there is.
    monkeypatch.setattr(logging.getLogger("web"), "disabled", False)
    client = app_of(guide, log, ring).test_client()
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ring.create('events')[0]}"
    return client


def post(client: FlaskClient, told: Any, **more: Any) -> TestResponse:
    return client.post("/api/v1/events", json=told, **more)


def taken(client: FlaskClient, told: Any) -> tuple[int, int, dict[int, str]]:
    answer = post(client, told)
    assert answer.status_code == 202, answer.text
    found = EventsAnswer.model_validate_json(answer.data)
    return found.accepted, found.duplicates, {one.index: one.reason for one in found.rejected}


# What is told


def test_what_is_acknowledged_can_be_read_by_somebody_else(client: FlaskClient, tmp_path: Path) -> None:
    assert taken(client, [RECORD, record(event_id="e2", value=..., request_id=..., datetime=5.75)]) == (
        2,
        0,
        {},
    )
    other = EventLog(Database(Address(file=tmp_path / "events.sqlite"), patience=30.0))
    first, second = (logged.event for logged in other.after())
    assert (first.user_id, first.item_id, first.event, first.value, first.request_id) == (
        "ana-7f3", "soap", "buy", 2.0, "r1",
    )  # fmt: skip
    assert first.time == 1_769_853_600 and (second.time, second.value, second.request_id) == (5, None, None)
    other.database.close()


def test_a_batch_may_be_sent_again_and_another_content_is_told_by_its_place(client: FlaskClient) -> None:
    told = [RECORD, record(event_id="e2")]
    assert taken(client, told) == (2, 0, {})
    assert taken(client, told) == (0, 2, {})
    same_moment = record(datetime="2026-01-31 10:00:00")
    assert taken(client, [record(event_id="e3"), record(item_id="balm"), same_moment]) == (
        1,
        1,
        {1: "event_id: is that of an event with other content"},
    )


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        (record(event="look"), "event: Input should be 'view', 'cart', 'buy', 'rate', 'return' or 'dislike'"),
        (record(user_id=...), "user_id: Field required"),
        (record(user_id=""), "user_id: is empty"),
        (record(user_id="  "), "user_id: is empty"),
        (record(user_id=7), "user_id: Input should be a valid string"),
        (record(item_id="x" * 513), "item_id: is longer than 512 characters"),
        (record(event_id="a\0b"), "event_id: holds a character that no key can hold"),
        (record(request_id=""), "request_id: is empty"),
        (record(price=3), "price: Extra inputs are not permitted"),
        (record(**{"<script>" * 100: 1}), "<script>"),
        (record(datetime=None), "datetime:"),
        (record(datetime=True), "datetime:"),
        (record(datetime="yesterday"), "datetime: is neither ISO 8601"),
        (record(datetime="2026-02-30"), "datetime: is neither ISO 8601"),
        (record(datetime="٢٠٢٦-01-01"), "datetime: is neither ISO 8601"),
        (record(datetime="0001-01-01T00:00:00+14:00"), "datetime: is"),
        (record(datetime=NOW + 86_401), "datetime: is more than a day in the future"),
        (
            record(datetime=1000 * NOW),
            "datetime: is more than a day in the future; a number is to be of seconds",
        ),
        (record(datetime=10**400), "datetime: is more than a day in the future"),
        (record(datetime=-1), "datetime: is before 1970"),
        (record(value=0), "value: is not a number above 0"),
        (record(value=-1), "value: is not a number above 0"),
        (record(value=1e39), "value: is not a number above 0"),
        (record(value=1e-60), "value: is not a number above 0"),
        (record(value=True), "value: "),
        (record(event="rate", value=...), "value: is missing"),
        (["e1", "ana"], "the record: "),
        (None, "the record: "),
    ],
)
def test_a_record_that_is_none_is_told_why_and_the_others_are_written(
    client: FlaskClient, log: EventLog, told: Any, reason: str
) -> None:
    accepted, _, rejected = taken(client, [record(event_id="good"), told, record(event_id="fine")])
    assert accepted == 2 and list(rejected) == [1]
    assert rejected[1].startswith(reason) and len(rejected[1]) < 250
    assert [logged.event.event_id for logged in log.after()] == ["good", "fine"]


def test_clocks_may_be_a_day_ahead_and_zones_are_heeded(client: FlaskClient, log: EventLog) -> None:
    moments = [NOW + 86_400, "2026-01-31", "2026-01-31T00:00Z", "2026-01-31T01:30:00.5+01:30", "1970-01-01"]
    accepted, _, rejected = taken(
        client, [record(event_id=f"e{n}", datetime=moment) for n, moment in enumerate(moments)]
    )
    assert (accepted, rejected) == (5, {})
    day = 1_769_817_600
    assert [logged.event.time for logged in log.after()] == [NOW + 86_400, day, day, day, 0]


def test_items_and_users_that_nobody_knows_yet_are_written(client: FlaskClient) -> None:
    assert taken(client, [record(user_id="newcomer", item_id="arrives tomorrow")]) == (1, 0, {})


def test_an_empty_batch_is_none_and_a_thousand_are_one(client: FlaskClient) -> None:
    assert taken(client, []) == (0, 0, {})
    told = [record(event_id=f"e{n}") for n in range(1000)]
    assert taken(client, told) == (1000, 0, {})
    assert "at most 1,000 events" in refused(post(client, [*told, RECORD]), 422)


@pytest.mark.parametrize(
    ("body", "kind", "status", "told"),
    [
        (b"{}", "application/json", 422, "send a list of events"),
        (b"[", "application/json", 400, "not JSON"),
        (b"\xff", "application/json", 400, "not JSON"),
        (b"[NaN]", "application/json", 400, "not JSON"),
        (b"[" * 100_000, "application/json", 400, "not JSON"),
        (b"[]", "text/csv", 415, "application/json"),
        (b" " * 1_000_001, "application/json", 413, "1,000,000 bytes"),
    ],
)
def test_a_body_that_is_no_batch_is_refused_whole(
    client: FlaskClient, body: bytes, kind: str, status: int, told: str
) -> None:
    assert told in refused(client.post("/api/v1/events", data=body, content_type=kind), status)


# Who may


def test_it_takes_a_key_of_its_role_and_is_closed_while_there_is_none(
    guide: Guide, log: EventLog, ring: KeyRing
) -> None:
    client = app_of(guide, log, ring).test_client()
    assert "kgrec key SHOP create --role events" in refused(post(client, [RECORD]), 403)
    assert client.get("/readyz").get_json()["events"] == "closed"
    keys = {role: ring.create(role) for role in ("read", "events", "admin")}

    def told_with(key: str) -> TestResponse:
        return post(client, [RECORD], headers={"Authorization": f"Bearer {key}"})

    assert "Bearer" in refused(post(client, [RECORD]), 401)
    assert "role read" in refused(told_with(keys["read"][0]), 403)
    assert "nobody has this key" in refused(told_with("kgrec_0_0"), 401)
    assert list(log.after()) == []
    assert told_with(keys["admin"][0]).status_code == told_with(keys["events"][0]).status_code == 202
    ring.revoke(keys["events"][1].key_id)
    assert told_with(keys["events"][0]).status_code == 401


def test_who_may_not_tell_is_told_nothing_of_what_is_wrong_with_the_body(
    guide: Guide, log: EventLog, ring: KeyRing
) -> None:
    ring.create("read")
    client = app_of(guide, log, ring).test_client()
    refused(client.post("/api/v1/events", data=b"[" * 500_000, content_type="application/json"), 401)


def test_a_bundle_has_no_log_and_says_so(guide: Guide) -> None:
    client = create_app(guide).test_client()
    assert "serve a workspace" in refused(post(client, [RECORD]), 503)
    assert "events" not in client.get("/readyz").get_json()


# When it cannot be written


def test_a_damaged_log_is_503_and_readyz_says_so_while_recommendations_go_on(
    client: FlaskClient, log: EventLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken(client, [RECORD])
    log.database.close()
    (tmp_path / "events.sqlite").write_bytes(b"no database at all, but long enough to be taken for one" * 100)
    with caplog.at_level(logging.DEBUG):
        detail = refused(post(client, [record(event_id="e2")]), 503)
        ready = client.get("/readyz")
    assert "is damaged; restore it from a copy" in detail and str(tmp_path) not in detail
    assert ready.status_code == 200 and ready.get_json()["status"] == "degraded"
    assert "is damaged" in ready.get_json()["events"]
    assert client.post("/api/v1/recommend", json={"user_id": "u0"}).status_code == 200
    assert "is damaged" in caplog.text and "file is not a database" in caplog.text
    assert RECORD["user_id"] not in caplog.text


def test_a_full_disk_is_507_and_the_same_batch_goes_in_when_there_is_room(
    guide: Guide, ring: KeyRing, tmp_path: Path
) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("no small disk can be mounted here")
    try:
        log = EventLog(Database(Address(file=disk / "events.sqlite"), patience=30.0))
        client = app_of(guide, log, ring).test_client()
        client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {ring.create('events')[0]}"
        assert client.get("/readyz").get_json()["status"] == "ready"
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(1_800_000))
        told = [record(event_id=f"e{n}" + "x" * 400, request_id="y" * 400) for n in range(500)]
        assert "make room and send the same again" in refused(post(client, told), 507)
        time.sleep(1.1)  # readiness is tried once a second
        ready = client.get("/readyz").get_json()
        assert ready["status"] == "degraded" and "no room left" in ready["events"]
        ballast.unlink()
        assert taken(client, told) == (500, 0, {})
        log.database.close()
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def test_an_absent_server_is_503_with_the_moment_to_come_again(guide: Guide, ring: KeyRing) -> None:
    port = free_port()
    log = EventLog(
        Database(Address(url=make_url(f"postgresql+psycopg://kgrec@127.0.0.1:{port}/shop")), patience=30.0)
    )
    client = app_of(guide, log, ring).test_client()
    answer = post(client, [RECORD], headers={"Authorization": f"Bearer {ring.create('events')[0]}"})
    detail = refused(answer, 503)
    assert "does not answer now; try the same again later" in detail and str(port) not in detail
    assert int(answer.headers["Retry-After"]) >= 1
    assert client.get("/readyz").get_json()["status"] == "degraded"
    log.database.close()


def test_a_failure_of_ours_is_logged_without_what_users_did(
    client: FlaskClient, log: EventLog, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    taken(client, [RECORD])
    with closing(sqlite3.connect(tmp_path / "events.sqlite")) as other:
        other.execute("DROP TABLE kgrec_event")
    with caplog.at_level(logging.DEBUG):
        detail = refused(post(client, [record(event_id="second-event")]), 500)
    assert "no such table" in caplog.text
    for secret in (RECORD["user_id"], "second-event", "soap"):
        assert secret not in json.dumps([detail, caplog.text.replace("test_events", "")])


# A real server


def test_workers_that_are_killed_while_they_write_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "shop", hostile_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    key = KeyRing(workspace.folder / "keys.sqlite").create("events")[0]
    over = threading.Event()
    acknowledged: list[str] = []
    broken: list[str] = []
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def tell(port: int) -> None:
        for number in count():
            if over.is_set():
                return
            told = [record(event_id=f"{number}-{n}", request_id=f"b{number}") for n in range(100)]
            while True:  # sent again until there is an answer, as its sender would
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
                try:
                    connection.request("POST", "/api/v1/events", json.dumps(told), headers)
                    answer = connection.getresponse()
                    found = json.loads(answer.read())
                    assert answer.status == 202 and found["accepted"] + found["duplicates"] == 100, found
                    acknowledged.append(f"b{number}")
                    break
                except (OSError, http.client.HTTPException):
                    broken.append(f"b{number}")
                finally:
                    connection.close()

    moments = random.Random(3)
    with serving(workspace.folder, workers=2) as server, ThreadPoolExecutor(1) as pool:
        telling = pool.submit(tell, server.port)
        for _ in range(20):
            time.sleep(moments.uniform(0.05, 0.25))
            for pid in server.serving:
                os.kill(pid, signal.SIGKILL)
        while len(acknowledged) < 20 and not telling.done():
            time.sleep(0.05)
        over.set()
        telling.result()
    log = EventLog.of(workspace.folder)
    log.database.check()
    sizes = Counter(logged.event.request_id for logged in log.after())
    log.database.close()
    assert sizes == dict.fromkeys(acknowledged, 100)
    assert broken, "none was killed while it was asked"
