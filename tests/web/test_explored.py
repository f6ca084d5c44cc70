"""What the explorer of a path graph is given is what the explanation says."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kgrec.domain import Explanation, plain
from kgrec.guide import STRANGER, Guide
from tests.web.opened import look_as
from web.pages.explored import explored


@pytest.fixture(scope="module")
def explanation(guide: Guide) -> Explanation:
    item_id = guide.recommend(["u0"], k=1)["item_id"].iloc[0]
    return guide.explain("u0", str(item_id), paths=10)


@pytest.fixture
def graph(app: Flask, explanation: Explanation) -> dict[str, Any]:
    with app.test_request_context("/?lang=en"):
        return explored(explanation)


def test_each_fact_is_one_edge_with_the_share_and_the_paths_that_run_through_it(
    graph: dict[str, Any], explanation: Explanation
) -> None:
    assert len(explanation.paths) > 1
    triples = {(hop.subject, hop.relation, hop.object) for path in explanation.paths for hop in path.hops}
    assert len(graph["edges"]) == len(triples)
    for edge in graph["edges"]:
        shares = [explanation.paths[number - 1].share for number in edge["path"]]
        assert edge["share"] == pytest.approx(sum(shares), abs=1e-5)


def test_every_path_can_be_walked_from_the_user_to_the_item(
    graph: dict[str, Any], explanation: Explanation
) -> None:
    about = {node["id"]: node for node in graph["nodes"]}
    (start,) = (node["id"] for node in graph["nodes"] if node["kind"] == "you")
    for number, path in enumerate(explanation.paths, start=1):
        here = start
        for hop in path.hops:
            label = plain(hop.labels["subject" if hop.inverse else "object"])
            ends = [
                edge["source"] if edge["target"] == here else edge["target"]
                for edge in graph["edges"]
                if number in edge["path"] and here in (edge["source"], edge["target"])
            ]
            (here,) = {end for end in ends if about[end]["label"] == label}
        assert about[here]["kind"] == "target"


def test_an_explanation_without_paths_has_no_graph(app: Flask, guide: Guide) -> None:
    with app.test_request_context("/"):
        empty = explored(guide.explain("nobody at all", "soap", paths=3, context=STRANGER))
    assert empty["nodes"] == empty["edges"] == []


def test_titles_out_to_break_the_page_stay_inside_the_data(client: FlaskClient, guide: Guide) -> None:
    item_id = guide.recommend(["u0"], k=1)["item_id"].iloc[0]
    page = look_as(client, "u0").get(f"/item/{item_id}/why?paths=10&lang=zh").text
    (data,) = re.findall(
        r'<kg-graph>.*<script type="application/json">(.*?)</script>\s*</kg-graph>', page, re.S
    )
    graph = json.loads(data)
    assert "<" not in data
    assert any("<script>" in node["label"] for node in graph["nodes"])
    assert graph["words"]["explore"] == "探索图谱"
    assert "{to}" in graph["words"]["onward"] and "{relation}" in graph["words"]["backward"]
