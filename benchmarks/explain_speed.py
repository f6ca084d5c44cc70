"""How long it takes to explain: the three largest paths of ten recommendations, receipts, and what a list shares.

    python benchmarks/explain_speed.py SHOP [--users 300] [--seed 0]

SHOP is a built and trained workspace. Prints JSON: milliseconds per question, p50 and p99 over users drawn by the seed,
each question asked of every user in turn in one run, on one thread: by the clock, and what the thread itself computed,
which a busy machine changes less.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from kgrec.guide import Guide
from kgrec.serving import open_guide


def main() -> None:
    """Ask, and print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("shop", type=Path)
    parser.add_argument("--users", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    guide = open_guide(asked.shop)
    users = list(map(str, np.random.default_rng(asked.seed).choice(guide.dataset.users.ids, asked.users)))
    lists = {user: [one.item_id for one in guide.recommend_for(user)] for user in users}
    guide.explain(users[0], lists[users[0]][0])  # what is made once is not charged to the first user
    questions: dict[str, Callable[[str], object]] = {
        "recommend ten": lambda user: guide.recommend_for(user),
        "three paths of each of the ten": lambda user: paths(guide, user, lists[user]),
        "the same, told": lambda user: guide.explain_all(lists[user], user, receipts=False),
        "the same, told, with receipts": lambda user: guide.explain_all(lists[user], user),
        "the list as a whole": lambda user: guide.overview(user, balance=0.5),
    }
    answer = {question: milliseconds(ask, users) for question, ask in questions.items()}
    print(json.dumps({"users": len(users), "items": guide.item_count(), "ms": answer}, indent=1))


def paths(guide: Guide, user: str, item_ids: list[str]) -> object:
    """The decomposition alone: three paths, the exact rest and its number, for each item."""
    return guide.asker(user).reasons(guide.dataset.items.rows(item_ids), 3)


def milliseconds(ask: Callable[[str], object], users: list[str]) -> dict[str, float]:
    """p50 and p99 of a question asked of each user, by the clock and of the thread."""
    took = []
    for user in users:
        began = time.perf_counter(), time.thread_time()
        ask(user)
        took.append((time.perf_counter() - began[0], time.thread_time() - began[1]))
    return {
        f"{clock} p{q}": round(1000 * float(np.percentile([each[place] for each in took], q)), 2)
        for place, clock in enumerate(("clock", "thread"))
        for q in (50, 99)
    }


if __name__ == "__main__":
    main()
