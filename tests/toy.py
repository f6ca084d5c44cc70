"""Worlds small enough to answer by thought.

The toy shop:

    ana --bought--> Rose Cream --brand--> Lavera <--brand-- Rose Oil   so: ana is told rose things, because of Lavera
    ben --bought--> Clay Mask  --brand--> Weleda <--brand-- Clay Bar

The parity shop: even users buy even items, odd users odd ones.
"""

from __future__ import annotations

import pandas as pd

from kgrec.domain import Dataset, KnowledgeGraph
from kgrec.graph.vocabulary import Namer
from kgrec.models.path import PathConfig
from kgrec.models.path.config import TrainingConfig
from kgrec.pipeline import knowledge_graph

ROSE = ("balm", "wash", "soap", "cream", "oil")
CLAY = ("foam", "scrub", "gel", "mask", "bar")
THOROUGH = PathConfig(training=TrainingConfig(rounds=3, steps=20))
QUICK = PathConfig(training=TrainingConfig(rounds=2, steps=10, batch=32))


def toy_shop() -> Dataset:
    """Two brands, two people, and a few others so that there is something to learn from."""
    items = pd.DataFrame(
        {
            "item_id": [*ROSE, *CLAY],
            "title": [*(f"Rose {name.title()}" for name in ROSE), *(f"Clay {name.title()}" for name in CLAY)],
            "brand": ["Lavera"] * len(ROSE) + ["Weleda"] * len(CLAY),
        }
    )
    bought = [("ana", "cream"), ("ben", "mask")]
    for n in range(6):
        bought += [(f"l{n}", item) for item in ROSE[n % 4 :] + ROSE[: n % 4]]  # everybody starts elsewhere
        bought += [(f"w{n}", item) for item in CLAY[n % 4 :] + CLAY[: n % 4]]
    return Dataset.from_frames(_dated(bought), items)


def parity_shop(users: int = 60, items: int = 24, each: int = 7) -> Dataset:
    """User u buys items of u's own parity, in an order that differs from user to user."""
    bought = []
    for u in range(users):
        own = [i for i in range(items) if i % 2 == u % 2]
        bought += [(f"u{u}", f"i{own[(u * 5 + n * (1 + u % 3)) % len(own)]}") for n in range(each)]
    unique = list(dict.fromkeys(bought))
    table = pd.DataFrame(
        {
            "item_id": [f"i{i}" for i in range(items)],
            "title": [f"{'even' if i % 2 == 0 else 'odd'} thing {i}" for i in range(items)],
            "brand": ["Even & Co" if i % 2 == 0 else "Odd Ltd" for i in range(items)],
            "colour": [("red", "blue", "green")[i % 3] for i in range(items)],
        }
    )
    people = pd.DataFrame({"user_id": [f"u{u}" for u in range(users)], "city": ["A", "B"] * (users // 2)})
    return Dataset.from_frames(_dated(unique), table, people)


def _dated(pairs: list[tuple[str, str]]) -> pd.DataFrame:
    """Purchases a day apart, in the order given."""
    times = pd.date_range("2025-01-01", periods=len(pairs), freq="h", tz="UTC")
    users, items = zip(*pairs, strict=True)
    return pd.DataFrame({"user_id": users, "item_id": items, "event": "buy", "datetime": times.astype(str)})


def graph_of(dataset: Dataset) -> KnowledgeGraph:
    """The whole graph of a world."""
    return knowledge_graph(dataset, Namer())
