"""A word on what is out of order."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kgrec.errors import NotReady
from kgrec.guide import Guide
from kgrec.live.exposures import ExposureBook
from kgrec.live.keys import KeyRing
from kgrec.live.watch import Watch
from kgrec.serving import Served
from tests.web.watching.asked import ANA, numbers, recommend
from web import create_app
from web.health import degraded


def test_ready_says_what_is_out_of_order_and_hides_folders(
    guide: Guide, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = create_app(guide).test_client()
    assert client.get("/readyz").get_json() == {"status": "ready", **guide.ready(), "degraded": []}
    state = {
        **guide.ready(),
        "events": "the event log (events.sqlite) is damaged; restore it from a copy",
        "rules": "/srv/shops/one/rules.toml: line 3: no item named 'x'",
        "store": "the graph store at /srv/shops/one/graph/gen-0001/store cannot be read; build the graph again",
    }
    monkeypatch.setattr(Guide, "ready", lambda _: state)
    answer = client.get("/readyz")
    told = answer.get_json()
    assert (answer.status_code, told["status"]) == (200, "degraded")
    assert [one["part"] for one in told["degraded"]] == ["events", "rules", "store"]
    assert told["degraded"][1]["reason"] == "rules.toml: line 3: no item named 'x'" == told["rules"]
    assert "/srv" not in answer.text
    assert numbers(client.get("/metrics").text)["kgrec_degraded[('part', 'store')]"] == 1


def test_what_cannot_answer_is_not_ready(guide: Guide, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: Guide) -> None:
        raise NotReady(
            "/srv/shop/models/gen-0001: the model was trained on another graph; run kgrec train again"
        )

    monkeypatch.setattr(Guide, "ready", fails)
    answer = create_app(guide).test_client().get("/readyz")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "not ready")
    assert answer.get_json()["reason"].startswith("gen-0001: the model was trained")


def test_an_older_model_is_degraded_though_it_answers() -> None:
    told = {"model": "path@1", "degraded": [{"part": "model", "reason": "gen-0002 cannot be read"}]}
    assert degraded(told) == [{"part": "model", "reason": "gen-0002 cannot be read"}]
    assert degraded({"model": "path@1", "events": "closed", "store": "ready"}) == []


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (lambda store: (store / "CURRENT").write_text("nonsense"), "store"),
        (lambda store: [file.write_bytes(b"x" * 5000) for file in store.glob("*.sst")], "store"),
        (lambda store: store.rename(store.with_name("elsewhere")), "there is no graph store"),
        (lambda store: (store.parent.parent / "CURRENT").unlink(), "has no graph yet"),
    ],
)
def test_a_store_that_cannot_be_read_is_told_and_lists_go_on(
    shop: Path, tmp_path: Path, harm: Callable[[Path], Any], told: str
) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, symlinks=True)
    served = Served(folder)
    client = create_app(served, watch=Watch.of(folder, served.workspace.namer.key)).test_client()
    harm((folder / "graph" / "CURRENT").resolve() / "store")
    answer = client.get("/readyz").get_json()
    assert answer["status"] == "degraded" and told in answer["store"] and str(tmp_path) not in str(answer)
    assert "store" in [one["part"] for one in answer["degraded"]]
    recommend(client, user_id=ANA)
    served.database.close()


def test_an_event_is_counted_and_its_first_use_is_timed(shop: Path, tmp_path: Path) -> None:
    folder = tmp_path / "shop"
    shutil.copytree(shop, folder, symlinks=True)
    served = Served(folder)
    watch = Watch.of(folder, served.workspace.namer.key)
    client = create_app(served, watch=watch).test_client()
    key = KeyRing(folder / "keys.sqlite").create("events")[0]
    event = {"event_id": "e1", "user_id": ANA, "item_id": "soap", "event": "view", "datetime": "2026-01-31"}
    time.sleep(1.1)  # receipts are told in whole seconds, and only those after the start are new
    for told in ([event], [event, {}]):
        assert (
            client.post("/api/v1/events", json=told, headers={"Authorization": f"Bearer {key}"}).status_code
            == 202
        )
    for _ in range(3):
        recommend(client, user_id=ANA)
    recommend(client, user_id="u4")
    found = numbers(client.get("/metrics").text)
    assert [
        found[f"kgrec_events_total[('result', '{r}')]"] for r in ("accepted", "duplicate", "rejected")
    ] == [1, 1, 1]
    assert found["kgrec_event_lag_seconds_count"] == 1 and found["kgrec_event_lag_seconds_sum"] < 60
    assert watch.writer is not None
    watch.writer.close(30)
    kept = list(ExposureBook(served.database).since(0))
    assert len(kept) == 4 and {one.user_id for one in kept} == {None}  # nobody has agreed to research
    served.database.close()
