"""Splices of hostile and library queries against a real server for minutes, beside a client that asks as usual.

python benchmarks/siege.py [SHOP] [--minutes 10] [--seed 0]: without SHOP, a small shop is made. Prints how the queries
ended, and how long the client's own took (median and 99th percentile) without and with the siege. Ends with 1 if the
server's process was replaced, an answer had no proper status, or a listener that nobody should call was called.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from threading import Event, Thread

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from kgrec import pipeline, storage
from kgrec.graph.query import library, named
from kgrec.live.keys import KeyRing
from tests.web.attacks import attacks, splices
from tests.web.conftest import hostile_shop
from tests.web.sieged import Server, Told, canary, children, heard, resident, serving

PROPER = {200, 400, 413, 414, 429, 503, 504}
AS_USUAL = ("/", "/readyz", "/api/v1/graph/queries/brands-by-size")
WITHOUT_PARAMETERS = [name for name in library() if not any(p.required for p in named(name).parameters)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("shop", nargs="?", type=Path, help="a workspace that is built and trained")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--besiegers", type=int, default=2)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sys.exit(
            siege(given.shop or small_shop(Path(folder) / "shop"), given.minutes, given.seed, given.besiegers)
        )


def small_shop(folder: Path) -> Path:
    """The shop of the tests of pages, with a model that is trained at once."""
    workspace = storage.create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder


def siege(shop: Path, minutes: float, seed: int, besiegers: int) -> int:
    """The exit code, after what was found has been printed."""
    settings = shop / "kgrec.toml"
    before = settings.read_text(encoding="utf-8")
    ring = KeyRing(shop / "keys.sqlite")
    keys = [ring.create("read") for _ in range(besiegers)]
    if "[sparql]" not in before:  # the budget would end the siege, and a client of a minute too
        settings.write_text(f"{before}\n[sparql]\nseconds_per_minute = 1e6\n", encoding="utf-8")
    try:
        with canary() as (elsewhere, listener), serving(shop) as server:
            return besieged(server, [key for key, _ in keys], elsewhere, minutes, seed) + 2 * heard(listener)
    finally:
        settings.write_text(before, encoding="utf-8")
        for _, kept in keys:
            ring.revoke(kept.key_id)


def besieged(server: Server, keys: list[str], elsewhere: str, minutes: float, seed: int) -> int:
    """1 if something went wrong."""
    for path in AS_USUAL * 3:
        server.ask(path)
    (pid,) = server.serving
    memory = resident(pid)
    alone = as_usual(server, time.monotonic() + min(30.0, minutes * 30))
    pieces = [text for _, text in attacks(elsewhere)] + [library()[name] for name in WITHOUT_PARAMETERS]
    over = Event()
    answers: list[Told] = []
    threads = [
        Thread(target=besiege, args=(server, key, pieces, seed + place, over, answers))
        for place, key in enumerate(keys)
    ]
    for thread in threads:
        thread.start()
    beside = as_usual(server, time.monotonic() + minutes * 60)
    over.set()
    for thread in threads:
        thread.join()
    statuses = Counter(answer.status for answer in answers)
    print(f"{len(answers):,} hostile queries, by status: {dict(sorted(statuses.items()))}")
    print(
        f"server {pid}, now {server.serving}; {len(children(pid))} workers; {memory} MB, now {resident(pid)} MB"
    )
    print("a client as usual           alone: median, p99 ms    besieged: median, p99 ms    p99 ratio")
    for path in AS_USUAL:
        one, other = (figures(found[path]) for found in (alone, beside))
        print(
            f"{path:40} {one[0]:8.1f} {one[1]:8.1f} {other[0]:14.1f} {other[1]:8.1f} {other[1] / one[1]:14.2f}"
        )
    wrong = {told.status for found in (alone, beside) for of_path in found.values() for told in of_path} - {
        200
    }
    print(f"answers to it that were none: {sorted(wrong) or 'none'}")
    return int(server.serving != [pid] or not set(statuses) <= PROPER or bool(wrong))


def besiege(server: Server, key: str, pieces: list[str], seed: int, over: Event, answers: list[Told]) -> None:
    for query in splices(pieces, seed):
        if over.is_set():
            return
        answers.append(server.ask("/api/v1/sparql", {"query": query}, key, post=True))


def as_usual(server: Server, until: float) -> dict[str, list[Told]]:
    """What one client of pages and of the library is told, ten times a second or less."""
    told: dict[str, list[Told]] = {path: [] for path in AS_USUAL}
    while time.monotonic() < until:
        for path in AS_USUAL:
            told[path].append(server.ask(path))
            time.sleep(0.1)
    return told


def figures(told: list[Told]) -> tuple[float, float]:
    """Median and 99th percentile, in milliseconds."""
    times = [1000 * answer.seconds for answer in told]
    return statistics.median(times), statistics.quantiles(times, n=100)[98]


if __name__ == "__main__":
    main()
