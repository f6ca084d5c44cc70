"""How long requests take is told as Prometheus would tell it, for each part of a server."""

from __future__ import annotations

from math import inf

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kgrec.guide import Guide
from web import create_app
from web.latency import latencies, part_of, quantile
from web.metrics import LATENCIES, Metrics
from web.watching import watching


def told(seconds: list[float]) -> dict[float, float]:
    return {bound: float(sum(one <= bound for one in seconds)) for bound in (*LATENCIES, inf)}


@given(st.lists(st.floats(0.0001, 9.9), min_size=1, max_size=60), st.floats(0.01, 1.0))
def test_a_quantile_lies_between_the_bounds_that_its_request_lies_between(
    seconds: list[float], share: float
) -> None:
    found = quantile(told(seconds), share)
    enough = min(bound for bound in LATENCIES if sum(one <= bound for one in seconds) >= share * len(seconds))
    below = max([0.0, *(bound for bound in LATENCIES if bound < enough)])
    assert found is not None and below <= found <= enough


def test_within_two_bounds_requests_are_spread_evenly() -> None:
    assert quantile({0.1: 0, 0.2: 10, inf: 10}, 0.5) == pytest.approx(0.15)


def test_past_the_last_bound_it_is_that_bound_and_of_nothing_it_is_nothing() -> None:
    assert quantile({0.1: 1, 10.0: 1, inf: 9}, 0.95) == 10.0
    assert quantile({}, 0.5) is None and quantile({0.1: 0, inf: 0}, 0.5) is None


def test_a_route_belongs_to_one_part_and_files_to_none() -> None:
    routes = (
        "/studio/",
        "/api/v1/recommend",
        "/",
        "/item/<id:item_id>",
        "/static/<path:filename>",
        "/readyz",
    )
    assert [part_of(route) for route in (*routes, "none")] == [
        "studio",
        "api",
        "shop",
        "shop",
        None,
        None,
        None,
    ]


def test_metrics_tell_the_seconds_of_each_route() -> None:
    metrics = Metrics()
    metrics.answered("GET", "/", 200, 0.003)
    metrics.answered("HEAD", "/", 200, 0.3)
    metrics.answered("GET", "/api/v1/recommend", 200, 20)
    assert metrics.seconds()["/"][0.005] == 1 and metrics.seconds()["/"][inf] == 2
    found = {one.part: one for one in latencies(metrics.seconds())}
    assert {part: one.requests for part, one in found.items()} == {"shop": 2, "api": 1, "studio": 0}
    assert found["api"].p95 == 10 and found["studio"].p95 is None
    assert 0.002 <= found["shop"].median <= 0.005 and 0.25 <= found["shop"].p95 <= 0.5


def test_what_was_asked_of_an_application_is_in_its_seconds(guide: Guide) -> None:
    app = create_app(guide)
    for _ in range(3):
        app.test_client().get("/item/soap/why")
    with app.app_context():
        assert watching().metrics.seconds()["/item/<id:item_id>/why"][inf] == 3
        assert not watching().metrics.of_all_workers
