"""Worlds and fitted models that many tests ask; made once."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

sys.path.insert(0, str(Path(__file__).parent))

from toy import QUICK, graph_of, parity_shop

from kgrec import pipeline, storage
from kgrec.guide import Guide
from kgrec.models.path import PathModel

torch.set_num_threads(
    1
)  # models this small gain nothing from more, and on a busy machine threads wait for each other


@pytest.fixture(scope="session")
def parity_guide() -> Guide:
    dataset = parity_shop()
    graph = graph_of(dataset)
    return Guide(dataset, graph, PathModel(QUICK).fit(dataset, graph, seed=0))


@pytest.fixture(scope="session")
def parity_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built and trained workspace of the same shop; whoever changes it takes a copy."""
    folder = tmp_path_factory.mktemp("parity") / "shop"
    workspace = storage.create_workspace(folder, parity_shop(), settings={})
    pipeline.build(workspace)
    quick = {"training.rounds": "2", "training.steps": "10", "training.batch": "32"}
    pipeline.train(workspace, settings=quick)
    return folder


@pytest.fixture(scope="session")
def demo_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo shop, built and quickly trained; whoever changes it takes a copy.

    Making it takes a while: tests that ask for it are marked `xdist_group("demo")`, so that one process does.
    """
    shop = tmp_path_factory.mktemp("bundled") / "demo"
    workspace = pipeline.init(shop, "demo", None)
    pipeline.build(workspace)
    pipeline.train(workspace, quick=True)
    return shop
