"""A shop goes on: clicks, a new user, a new item, killed workers and a new graph, while a real server answers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from kgrec import pipeline, storage
from kgrec.live.keys import KeyRing
from tests.web.sieged import Server, serving

WORKERS = 2


@pytest.fixture
def shop(parity_workspace: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(parity_workspace, tmp_path / "shop", symlinks=True))


def sent(server: Server, path: str, body: Any, *, key: str = "", method: str = "POST") -> tuple[int, Any]:
    told = server.tell(f"/api/v1{path}", body, key, method=method)
    return told.status, json.loads(told.body) if told.body else None


def listed(server: Server, user_id: str, k: int = 5) -> list[str]:
    status, answer = sent(server, "/recommend", {"user_id": user_id, "k": k})
    assert status == 200, answer
    return [item["item_id"] for item in answer["items"]]


def test_a_day_of_a_shop(shop: Path) -> None:
    ring = KeyRing(shop / "keys.sqlite")
    (events, _), (admin, _) = ring.create("events"), ring.create("admin")

    def did(user_id: str, item_id: str, event: str = "buy") -> None:
        told = {
            "event_id": f"{user_id}-{item_id}-{event}",
            "user_id": user_id,
            "item_id": item_id,
            "event": event,
            "datetime": int(time.time()),
        }
        assert sent(server, "/events", [told], key=events) == (
            202,
            {"accepted": 1, "duplicates": 0, "rejected": []},
        )

    with serving(shop, WORKERS) as server:
        # What somebody buys is in no list of theirs any more, whichever worker answers.
        first = listed(server, "u0")[0]
        did("u0", first)
        assert all(first not in listed(server, "u0") for _ in range(10 * WORKERS))
        # Somebody new, of whom nobody has heard before.
        assert sent(server, "/recommend", {"user_id": "eve"})[0] == 404
        did("eve", "i3", "view")
        assert all(listed(server, "eve", 3) for _ in range(10 * WORKERS))
        # A new item, within a second in every worker.
        item = {"title": "even thing 99", "brand": "Even & Co"}
        assert sent(server, "/items/i99", item, key=admin, method="PUT") == (
            200,
            {"item_id": "i99", "recommendable": True},
        )
        in_a_row, until = (
            0,
            time.monotonic() + 60,
        )  # which worker answers is chance, so it must hold for a while
        while in_a_row < 10 and time.monotonic() < until:
            everywhere = all("i99" in listed(server, "u2", 30) for _ in range(5 * WORKERS))
            in_a_row = in_a_row + 1 if everywhere else 0
            time.sleep(0.2)
        assert in_a_row == 10
        # Every worker is killed, and others take their places, knowing all of it.
        for pid in server.serving:
            os.kill(pid, signal.SIGKILL)
        answering(server)
        assert (
            first not in listed(server, "u0") and "i99" in listed(server, "u2", 30) and listed(server, "eve")
        )
        # A new graph is made and taken over while others ask, none of whom gets an error.
        before = sent(server, "/recommend", {"user_id": "u0"})[1]["graph_version"]
        with asking(server) as found:
            refreshed = pipeline.refresh(storage.open_workspace(shop))
            assert refreshed["model"]["moved"] and refreshed["events"]["used"] == 2
            until = time.monotonic() + 60
            while time.monotonic() < until and found.versions[-60:] != [refreshed["graph_version"]] * 60:
                time.sleep(0.1)
        assert found.statuses == {200}
        assert set(found.versions) >= {before, refreshed["graph_version"]}
        assert found.versions[-1] == refreshed["graph_version"]
        assert first not in listed(server, "u0") and "i99" in listed(server, "u2", 30)
        in_a_row, until = 0, time.monotonic() + 60
        while in_a_row < 10 and time.monotonic() < until:
            told = server.ask("/readyz")
            ready = told.status == 200 and json.loads(told.body)["status"] == "ready"
            in_a_row = in_a_row + 1 if ready else 0
            time.sleep(0.1)
        assert in_a_row == 10


def answering(server: Server) -> None:
    """Wait until it answers again."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            if server.ask("/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("nobody answers any more")


class asking:
    """Somebody who asks all the while."""

    def __init__(self, server: Server) -> None:
        self._server, self._end = server, threading.Event()
        self._thread = threading.Thread(target=self._ask)
        self.statuses: set[int] = set()
        self.versions: list[str] = []

    def __enter__(self) -> asking:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(30)

    def _ask(self) -> None:
        while not self._end.is_set():
            status, answer = sent(self._server, "/recommend", {"user_id": "u1", "k": 3})
            self.statuses.add(status)
            self.versions.append(answer.get("graph_version", ""))
