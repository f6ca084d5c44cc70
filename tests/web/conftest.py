"""A shop whose titles are out to break pages and JSON, with a fitted guide over it, served."""

from __future__ import annotations

from collections.abc import Iterator

import pandas as pd
import pytest
from flask import Flask
from flask.testing import FlaskClient

import kgrec
from kgrec.domain import Dataset
from kgrec.graph.vocabulary import Namer
from kgrec.live.storefront import Storefront
from kgrec.models import MODELS
from kgrec.models.path import PathConfig
from kgrec.models.path.config import TrainingConfig
from kgrec.pipeline import knowledge_graph
from tests.web.opened import Kept
from web import create_app

HOSTILE = {
    "script": "<script>alert(1)</script>",
    "quotes": "\"double\" 'single' `back` & <b>bold</b>",
    "bidi": "\u202egnp.exe\u202c turned \u2066around",
    "image": '"><img src=x onerror=alert(1)>',
    "template": "{{ 7 * 7 }} {% raw %} ${7*7}",
    "chinese": "玫瑰面霜 🌹",
}
PLAIN = ("soap", "balm", "wash", "foam", "mask", "gel")
ITEMS = (*HOSTILE, *PLAIN)
USERS = 30


def hostile_shop() -> Dataset:
    """Even users buy of one brand, odd users of the other; every title is a trap or plain."""
    items = pd.DataFrame(
        {
            "item_id": ITEMS,
            "title": [*HOSTILE.values(), *(f"Plain {name}" for name in PLAIN)],
            "brand": ["Even & <i>Sons</i>" if row % 2 == 0 else "Odd" for row in range(len(ITEMS))],
            "price": [float(row) + 0.5 for row in range(len(ITEMS))],
        }
    )
    bought = []
    for user in range(USERS):
        own = ITEMS[user % 2 :: 2]
        bought += [(f"u{user}", own[(user // 2 + n) % len(own)]) for n in range(3)]
    times = pd.date_range("2025-01-01", periods=len(bought), freq="h", tz="UTC")
    users, chosen = zip(*bought, strict=True)
    interactions = pd.DataFrame(
        {"user_id": users, "item_id": chosen, "event": "buy", "datetime": times.astype(str)}
    )
    return kgrec.Dataset.from_frames(interactions, items)


@pytest.fixture
def hostile_titles() -> dict[str, str]:
    return dict(HOSTILE)


@pytest.fixture(scope="session")
def guide() -> kgrec.Guide:
    dataset = hostile_shop()
    graph = knowledge_graph(dataset, Namer())
    config = PathConfig(training=TrainingConfig(rounds=1, steps=5, batch=32))
    return kgrec.Guide(dataset, graph, MODELS["path"](config).fit(dataset, graph, seed=0), name="hostile")


@pytest.fixture(scope="session")
def app(guide: kgrec.Guide) -> Flask:
    return create_app(guide, storefront=Storefront(try_as=True))


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture
def kept() -> Iterator[Kept]:
    kept = Kept()
    yield kept
    kept.writer.close(30)
