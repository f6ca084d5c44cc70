"""A server that is watched: what it shows is kept, what it writes is read."""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec import pipeline
from kgrec.guide import Guide
from kgrec.live.storefront import Storefront
from kgrec.live.watch import Watch
from kgrec.storage import create_workspace
from tests.web.conftest import hostile_shop
from tests.web.opened import Kept
from web import create_app
from web.logs import Discreet, JsonLines


@pytest.fixture
def watched(guide: Guide, kept: Kept) -> Flask:
    watch = Watch(called=lambda user_id: f"hash-of-{len(user_id)}", writer=kept.writer)
    app = create_app(guide, watch=watch, storefront=Storefront(try_as=True, made_up=True))
    app.config["PROPAGATE_EXCEPTIONS"] = False
    return app


@pytest.fixture
def client(watched: Flask) -> FlaskClient:
    return watched.test_client()


@pytest.fixture
def lines() -> Iterator[Callable[[], list[str]]]:
    """What is written in JSON while a test runs."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    handler.addFilter(Discreet())
    names = ("kgrec.requests", "web")
    before = {name: (logging.getLogger(name).level, logging.getLogger(name).disabled) for name in names}
    for name in names:
        logging.getLogger(name).addHandler(handler)
        logging.getLogger(name).setLevel(logging.DEBUG)
        logging.getLogger(name).disabled = False
    yield lambda: stream.getvalue().splitlines()
    for name in names:
        logger = logging.getLogger(name)
        logger.removeHandler(handler)
        logger.level, logger.disabled = before[name]
        logger.manager._clear_cache()  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("watched") / "shop"
    workspace = create_workspace(folder, hostile_shop(), settings={})
    pipeline.build(workspace)
    pipeline.train(workspace, model_name="popularity")
    return folder
