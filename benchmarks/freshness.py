"""How long it takes until a new or corrected item is recommended and explained, and what it costs others.

    python benchmarks/freshness.py SHOP [--items 20] [--kinds new brand title again] [--users 300] [--seed 0]

SHOP is a built and trained workspace; it is read, not changed. Prints JSON: milliseconds by the clock and of the
thread, which a busy machine changes less, p50 and worst of --items changes of each kind, one at a time, each after all
before it. "to a list" is from the call to a guide's first list. Scores are of one user each, asked of the saved
operators and of those with all changes in a second layer.
"""

from __future__ import annotations

import argparse
import json
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

from kgrec import storage
from kgrec.guide import Guide
from kgrec.restocking import ItemChange, Stock

T = TypeVar("T")
KINDS = ("new", "brand", "title", "again")
Took = dict[str, list[tuple[float, float]]]


def main() -> None:
    """Change items, ask, and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--items", type=int, default=20)
    parser.add_argument("--kinds", nargs="+", default=KINDS, choices=KINDS)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    workspace = storage.open_workspace(asked.shop)
    graph_at = storage.current(workspace.graphs, "graph", "build")
    graph = storage.load_graph(graph_at)
    model = storage.load_model(storage.current(workspace.models, "model", "train"), graph)
    stock = Stock(storage.load_tables(workspace), graph, model)
    opened = peak_memory()
    warm: Took = {"warm-up": []}
    stock = timed(warm, "warm-up", stock.warm)
    warmed = peak_memory()
    random = np.random.default_rng(asked.seed)
    users = random.choice(len(graph.users), asked.users)
    before = scoring(stock, users)
    found: dict[str, dict[str, dict[str, float]]] = {}
    now = stock
    for kind in asked.kinds:
        took: Took = {}
        for number in range(asked.items):
            now = changed(
                took, now, change(stock, kind, number, random), str(stock.dataset.users.ids[users[number]])
            )
        found[kind] = {step: summary(times) for step, times in took.items()}
    answer = {
        "items": len(graph.items),
        "warm-up ms": summary(warm["warm-up"]),
        "ms": found,
        "score ms": {"before": before, "after": scoring(now, users), "saved again": scoring(stock, users)},
        "peak memory MB": {"opened": opened, "warm": warmed, "at the end": peak_memory()},
    }
    print(json.dumps(answer, indent=1))


def change(stock: Stock, kind: str, number: int, random: np.random.Generator) -> ItemChange:
    """A new item that is like one there is, a correction of one there is, or what was said already."""
    dataset = stock.dataset
    like = int(random.integers(len(dataset.items)))
    facts = dataset.facts.relation, dataset.facts.value
    mine = dataset.facts.item == like
    brand, category = (
        [str(value) for value in facts[1][mine & (facts[0] == relation)]]
        for relation in ("has_brand", "has_category")
    )
    title = str(dataset.item_table["title"][like])
    if kind == "brand":
        other = dataset.facts.value[dataset.facts.relation == "has_brand"]
        return ItemChange(str(dataset.items.ids[like]), "patch", {"brand": str(random.choice(other))})
    if kind == "title":
        return ItemChange(str(dataset.items.ids[like]), "patch", {"title": f"{title} refill"})
    said = {"title": f"{title} number {number}", "brand": brand, "category": category}
    return ItemChange(f"new {number}", "put" if kind == "new" else "patch", said)


def changed(took: Took, stock: Stock, what: ItemChange, user: str) -> Stock:
    """The shop with a change, timed until it can be seen."""
    state: list[tuple[Stock, Guide]] = []

    def listed() -> None:
        after = stock.with_items([what])
        guide = Guide(after.dataset, after.graph, after.model)
        guide.recommend_for(user)
        state.append((after, guide))

    def explained() -> None:
        state[0][1].explain(user, what.item_id)

    timed(took, "to a list", listed)
    timed(took, "explained after that", explained)
    timed(took, "explained again", explained)
    return state[0][0]


def timed(took: Took, step: str, work: Callable[[], T]) -> T:
    """What work gives, and how long it took."""
    began = time.perf_counter(), time.thread_time()
    result = work()
    took.setdefault(step, []).append((time.perf_counter() - began[0], time.thread_time() - began[1]))
    return result


def scoring(stock: Stock, users: np.ndarray) -> dict[str, float]:
    """Scores of one user each, their own edges in hand."""
    graph, took = stock.graph, Took()
    guide = Guide(stock.dataset, graph, stock.model)
    ids = stock.dataset.users.ids
    for user in users:
        asker = guide.asker(str(ids[user]))
        own = asker.own
        timed(took, "score", lambda own=own, user=user: stock.model.score(own, np.array([user])))
    return summary(took["score"])


def summary(times: list[tuple[float, float]]) -> dict[str, float]:
    """p50 and the worst by the clock, and of the thread, in milliseconds."""
    return {
        f"{clock} {name}": round(1000 * float(of([each[place] for each in times])), 2)
        for place, clock in enumerate(("clock", "thread"))
        for name, of in (("p50", np.median), ("worst", np.max))
    }


def peak_memory() -> int:
    """The most memory this process has held, in MiB."""
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) // 1024


if __name__ == "__main__":
    main()
