"""Counts of requests by how long they took → how long they take, for each part of a server."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

Part = Literal["shop", "api", "studio"]
PARTS: Mapping[Part, tuple[str, ...]] = {"studio": ("/studio",), "api": ("/api/",), "shop": ("/",)}
"""What the routes of each part begin with; the first that fits counts."""

_UNCOUNTED = ("/static/", "/media/", "/healthz", "/readyz", "/metrics")


@dataclass(frozen=True)
class Latency:
    """How long the requests of a part of a server take."""

    part: Part
    requests: int
    median: float | None  # seconds; None where there was no request
    p95: float | None


def latencies(seconds: Mapping[str, Mapping[float, float]]) -> list[Latency]:
    """The figures of each part, from counts by route as `Metrics.seconds` tells them."""
    found = []
    for part in PARTS:
        bounds = _added(counts for route, counts in seconds.items() if part_of(route) == part)
        found.append(
            Latency(part, int(bounds.get(math.inf, 0)), quantile(bounds, 0.5), quantile(bounds, 0.95))
        )
    return found


def part_of(route: str) -> Part | None:
    """The part that a route belongs to; None for files and for what programs of the operator ask."""
    if route.startswith(_UNCOUNTED):
        return None
    return next((part for part, begins in PARTS.items() if route.startswith(begins)), None)


def quantile(bounds: Mapping[float, float], share: float) -> float | None:
    """The time that a share of requests did not exceed, from bound → how many took no longer.

    Within two bounds requests are taken to be spread evenly, as Prometheus' histogram_quantile does; past the largest
    finite bound it is that bound.
    """
    ordered = sorted(bounds.items())
    total = ordered[-1][1] if ordered else 0.0
    if total <= 0:
        return None
    wanted, below, counted = share * total, 0.0, 0.0
    for bound, count in ordered:
        if count >= wanted and count > counted:
            if math.isinf(bound):
                return below
            return below + (bound - below) * (wanted - counted) / (count - counted)
        below, counted = bound, count
    return below


def _added(several: Iterable[Mapping[float, float]]) -> dict[float, float]:
    total: dict[float, float] = {}
    for counts in several:
        for bound, count in counts.items():
            total[bound] = total.get(bound, 0.0) + count
    return total
