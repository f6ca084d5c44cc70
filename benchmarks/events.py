"""How many events a second a served shop writes, and how fast those of one user are read back.

python benchmarks/events.py [SHOP] [--seconds 20] [--batch 100] [--clients 2] [--workers 2] [--read-from 1000000]:
without SHOP, a small shop is made. Batches go over HTTP to a `kgrec serve` of its own; what is counted is acknowledged,
and then found in the log. Reading is measured in this process, on a log of so many events. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.siege import small_shop
from kgrec.live.database import Database
from kgrec.live.engines import Address
from kgrec.live.events import EventLog
from kgrec.live.keys import KeyRing
from kgrec.live.told import Event
from tests.web.sieged import serving

USERS = 20_000  # of the log that is read


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", nargs="?", type=Path, help="a workspace that is built and trained")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--clients", type=int, default=2)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--read-from", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        shop = given.shop or small_shop(Path(folder) / "shop")
        told = {
            "load_average_before": os.getloadavg()[0],
            "written": written(shop, given),
            "read": read(Path(folder) / "many.sqlite", given.read_from, given.seed),
        }
    print(json.dumps(told, indent=2))


def written(shop: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Events a second that were acknowledged, and how long a batch took (milliseconds)."""
    ring, log = KeyRing(shop / "keys.sqlite"), EventLog.of(shop)
    key, kept = ring.create("events")
    before = sum(log.counts().events.values())
    try:
        with serving(shop, given.workers) as server, ThreadPoolExecutor(given.clients) as clients:
            began = time.perf_counter()
            end = began + given.seconds
            runs = [
                clients.submit(client, server.port, key, n, given.batch, end) for n in range(given.clients)
            ]
            took = sorted(one for run in runs for one in run.result())
            seconds = time.perf_counter() - began
    finally:
        ring.revoke(kept.key_id)
    found = sum(log.counts().events.values()) - before
    log.database.close()
    assert found == len(took) * given.batch, f"{len(took) * given.batch} were acknowledged, {found} are there"
    return {
        "events": found,
        "events_per_second": round(found / seconds),
        "batch": given.batch,
        "batch_ms": {
            "p50": round(1000 * statistics.median(took), 1),
            "p99": round(1000 * took[len(took) * 99 // 100], 1),
        },
        "clients": given.clients,
        "workers": given.workers,
    }


def client(port: int, key: str, number: int, size: int, end: float) -> list[float]:
    """Send batches until the end on one connection; the seconds that each took."""
    random, took, sent = Random(number), [], 0
    run = f"{time.time_ns():x}-{number}"
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    while time.perf_counter() < end:
        batch = [
            {
                "event_id": f"{run}-{sent + n}",
                "user_id": f"u{random.randrange(5000)}",
                "item_id": f"i{random.randrange(2000)}",
                "event": random.choice(["view", "view", "view", "cart", "buy"]),
                "datetime": int(time.time()),
            }
            for n in range(size)
        ]
        sent += size
        body = json.dumps(batch)
        began = time.perf_counter()
        connection.request("POST", "/api/v1/events", body, headers)
        answer = connection.getresponse()
        content = answer.read()
        took.append(time.perf_counter() - began)
        assert answer.status == 202 and json.loads(content)["accepted"] == size, content
    connection.close()
    return took


def read(file: Path, size: int, seed: int) -> dict[str, Any]:
    """How long it takes to read what one user did, in a log of so many events (milliseconds)."""
    random, log = Random(seed), EventLog(Database(Address(file=file), patience=600))
    for start in range(0, size, 1000):
        log.append(
            [
                Event(f"e{n}", f"u{random.randrange(USERS)}", f"i{n % 5000}", "view", 1_700_000_000 + n)
                for n in range(start, min(start + 1000, size))
            ]
        )
    took = []
    for _ in range(2000):
        user_id, since = f"u{random.randrange(USERS)}", 1_700_000_000 + random.randrange(size)
        began = time.perf_counter()
        log.of_user(user_id, since)
        took.append(time.perf_counter() - began)
    log.database.close()
    took.sort()
    return {
        "events": size,
        "of_one_user_ms": {
            "p50": round(1000 * statistics.median(took), 3),
            "p99": round(1000 * took[len(took) * 99 // 100], 3),
        },
    }


if __name__ == "__main__":
    main()
