"""The toy shop, its graph and its store in memory."""

from __future__ import annotations

import numpy as np
import pyoxigraph as ox
import pytest

from kgrec.domain import Dataset, Edges, KnowledgeGraph
from kgrec.graph import store
from kgrec.graph.build import assemble
from tests.graph.shop import NAMER, toy_shop


@pytest.fixture(scope="session")
def shop() -> Dataset:
    return toy_shop()


@pytest.fixture(scope="session")
def graph(shop: Dataset) -> KnowledgeGraph:
    """What the tables say and some derived edges of every kind."""
    told = assemble(shop, NAMER)
    cream, oil, mask = told.items
    everyone = int(np.flatnonzero(told.kinds == "everyone")[0])
    derived = [
        _edge("similar_text", cream, oil, 0.5, 0),
        _edge("followed_by", cream, mask, 2.0, 2),
        _edge("shares_buyers", cream, mask, 0.7, 3),
        _edge("often_chooses", everyone, cream, 0.6, 2),
    ]
    return told.with_edges(*derived)


@pytest.fixture(scope="session")
def memory(graph: KnowledgeGraph, shop: Dataset) -> ox.Store:
    return store.load_memory(graph, shop)


def _edge(relation: str, head: int, tail: int, weight: float, support: int) -> Edges:
    ends = (np.array([head]), np.array([tail]))
    return Edges(relation, *ends, np.array([weight], np.float32), np.array([support]))
