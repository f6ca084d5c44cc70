"""Two hundred hostile queries against a real server: it goes on, tells nobody, and others are served meanwhile."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

import pytest

from kgrec import pipeline, storage
from kgrec.graph.sandbox.walls import can_wall
from kgrec.live.keys import KeyRing
from tests.web.attacks import FAMILIES, MANY, attacks
from tests.web.conftest import hostile_shop
from tests.web.sieged import Server, Told, canary, children, gone, heard, resident, serving

PROPER = {200, 400, 413, 503, 504}
LIMITS = "\n[sparql]\nseconds = 0.2\nmemory_mb = 128\nseconds_per_minute = 1e6\n"

pytestmark = pytest.mark.skipif(not can_wall(), reason="this system has no seccomp that is known here")


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Path:
    folder: Path = tmp_path_factory.mktemp("siege") / "shop"
    workspace = storage.create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    with (folder / "kgrec.toml").open("a") as settings:
        settings.write(LIMITS)
    return folder


def test_all_attacks_differ() -> None:
    made = list(attacks("http://127.0.0.1:9/"))
    assert len(set(made)) == len(made) == MANY and {name for name, _ in made} == {
        one.__name__ for one in FAMILIES
    }


@pytest.mark.slow
def test_a_siege_is_survived_and_nobody_outside_hears_of_it(shop: Path) -> None:
    ring = KeyRing(shop / "keys.sqlite")
    besiegers = [ring.create("read")[0] for _ in range(2)]
    answers: dict[str, list[Told]] = {key: [] for key in besiegers}
    served: list[Told] = []
    over = Event()

    with canary() as (elsewhere, listener), serving(shop) as server:
        assert server.ask("/api/v1/graph/queries/brands-by-size").status == 200
        (before,) = server.serving
        memory = resident(before)
        threads = [
            Thread(
                target=besiege,
                args=(server, key, list(attacks(elsewhere))[place :: len(besiegers)], answers[key]),
            )
            for place, key in enumerate(besiegers)
        ]
        other = Thread(target=shop_as_usual, args=(server, over, served))
        for thread in (*threads, other):
            thread.start()
        for thread in threads:
            thread.join()
        over.set()
        other.join()
        told = [answer for of_one in answers.values() for answer in of_one]
        assert len(told) == MANY
        assert {answer.status for answer in told} <= PROPER, Counter(answer.status for answer in told)
        assert {answer.kind for answer in told if answer.status != 200} == {"application/problem+json"}
        statuses = Counter(answer.status for answer in told)
        assert statuses[504] > 20 and statuses[400] > 60 and statuses[503] < 10, statuses
        assert all(b"root:" not in answer.body for answer in told)
        assert len(served) > 20 and {answer.status for answer in served} == {200}
        assert server.serving == [before]
        workers = children(before)
        assert len(workers) <= 4
        assert resident(before) < memory + 100
        assert not heard(listener)
    assert all(map(gone, workers))


def besiege(server: Server, key: str, queries: list[tuple[str, str]], answers: list[Told]) -> None:
    for place, (_, query) in enumerate(queries):
        answers.append(
            server.ask("/api/v1/sparql", {"query": query}, key, post=len(query) > 2000 or place % 2 == 0)
        )


def shop_as_usual(server: Server, over: Event, served: list[Told]) -> None:
    paths = ("/api/v1/graph/entities/soap", "/", "/api/v1/graph/queries/brands-by-size", "/readyz")
    while not over.is_set():
        for path in paths:
            served.append(server.ask(path))
            time.sleep(0.02)
