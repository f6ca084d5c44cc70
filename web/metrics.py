"""What a server does, in numbers for Prometheus, added up over its workers.

No label holds an id: routes are templates, errors are kinds. Where PROMETHEUS_MULTIPROC_DIR names a folder, each
process writes its numbers to files there, and whoever is asked reads them all; it is to be set before the import.
"""

from __future__ import annotations

import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path as FilePath

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.mmap_dict import MmapedDict
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER = "PROMETHEUS_MULTIPROC_DIR"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
LATENCIES = (0.001, 0.002, 0.005, 0.01, 0.025, 0.04, 0.1, 0.25, 0.5, 1, 2.5, 10)  # seconds
_SECONDS = "kgrec_http_request_seconds"
LAGS = (0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 900, 3600, 86_400)  # seconds

Told = Callable[[], Iterable[Metric]]
"""Numbers that are found out when they are asked for."""


class Metrics:
    """The numbers of one application."""

    def __init__(self) -> None:
        self._folder = os.environ.get(FOLDER)
        self._lock = threading.Lock()
        self._counted_by, self._so_far = os.getpid(), (0, 0)
        of = self._registry = CollectorRegistry()
        self._requests = Counter(
            "kgrec_http_requests", "Requests answered", ["method", "route", "status"], registry=of
        )
        self._seconds = Histogram(
            _SECONDS,
            "Time to answer a request",
            ["method", "route"],
            registry=of,
            buckets=LATENCIES,
        )
        self._errors = Counter("kgrec_errors", "Requests that ended with an error", ["kind"], registry=of)
        self._recommendations = Counter(
            "kgrec_recommendations",
            "Lists answered: to a user, a visitor's session, a newcomer, or degraded",
            ["way"],
            registry=of,
        )
        self._lag = Histogram(
            "kgrec_event_lag_seconds",
            "From the receipt of a user's newest event to the first recommendation that used it",
            registry=of,
            buckets=LAGS,
        )
        self._events = Counter("kgrec_events", "Events told, by what became of them", ["result"], registry=of)
        self._dropped = Counter(
            "kgrec_exposures_dropped", "Lists answered that could not be written down", registry=of
        )
        self._killed = Counter(
            "kgrec_queries_killed", "Graph queries that were stopped or ended their process", registry=of
        )
        self._busy = Gauge(
            "kgrec_queries_busy",
            "Graph queries that run or wait",
            registry=of,
            multiprocess_mode="livesum",
        )
        for result in ("accepted", "duplicate", "rejected"):
            self._events.labels(result)

    # What happens

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """A request was answered; `route` is a template."""
        method = method if method in METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def failed(self, kind: str) -> None:
        """It was answered with an error."""
        self._errors.labels(kind).inc()

    def recommended(self, way: str) -> None:
        """A list was answered."""
        self._recommendations.labels(way).inc()

    def used(self, seconds: float) -> None:
        """A recommendation was the first to use an event that had been received so long before."""
        self._lag.observe(max(0.0, seconds))

    def told(self, *, accepted: int, duplicates: int, rejected: int) -> None:
        """A batch of events was taken."""
        self._events.labels("accepted").inc(accepted)
        self._events.labels("duplicate").inc(duplicates)
        self._events.labels("rejected").inc(rejected)

    def so_far(self, *, dropped: int, killed: int) -> None:
        """How many lists this process could not write down, and how many queries it has stopped."""
        with self._lock:
            if self._counted_by != os.getpid():  # a process that was forked begins anew
                self._counted_by, self._so_far = os.getpid(), (0, 0)
            before, self._so_far = self._so_far, (dropped, killed)
        self._dropped.inc(max(0, dropped - before[0]))
        self._killed.inc(max(0, killed - before[1]))

    @contextmanager
    def query(self) -> Iterator[None]:
        """While a graph query runs or waits."""
        with self._busy.track_inprogress():
            yield

    # What is told

    @property
    def of_all_workers(self) -> bool:
        """Whether what is told is of all workers of a server, or of this process alone."""
        return bool(self._folder)

    def seconds(self) -> dict[str, dict[float, float]]:
        """Route → for each bound in seconds, how many requests took no longer; the last bound is infinite."""
        found: dict[str, dict[float, float]] = {}
        for metric in self._kept():
            for sample in metric.samples if metric.name == _SECONDS else ():
                if sample.name.endswith("_bucket"):
                    bounds, bound = found.setdefault(sample.labels["route"], {}), float(sample.labels["le"])
                    bounds[bound] = bounds.get(bound, 0.0) + sample.value
        return found

    def _kept(self) -> list[Metric]:
        """What was counted, by other workers too."""
        if not self._folder:
            return list(self._registry.collect())
        with _alone(FilePath(self._folder), fcntl.LOCK_SH):
            return list(MultiProcessCollector(None, self._folder).collect())

    def text(self, now: Told, accept: str = "") -> tuple[bytes, str]:
        """All numbers, those of other workers too, and `now`; with their media type."""
        encode, kind = choose_encoder(accept)
        registry = CollectorRegistry()
        registry.register(_Now(now))
        if not self._folder:
            registry.register(_Now(self._registry.collect))
            return encode(registry), kind
        registry.register(MultiProcessCollector(None, self._folder))
        with _alone(FilePath(self._folder), fcntl.LOCK_SH):
            return encode(registry), kind


class _Now(Collector):
    def __init__(self, told: Told) -> None:
        self._told = told

    def collect(self) -> Iterable[Metric]:
        return self._told()

    def describe(self) -> Iterable[Metric]:
        return ()


def gauge(name: str, meaning: str, value: float, labels: Mapping[str, str] | None = None) -> Metric:
    """One number that may go up and down."""
    found = GaugeMetricFamily(name, meaning, labels=list(labels or ()))
    found.add_metric(list((labels or {}).values()), value)
    return found


def gauges(name: str, meaning: str, label: str, values: Mapping[str, float]) -> Metric:
    """One number for each value of a label."""
    found = GaugeMetricFamily(name, meaning, labels=[label])
    for value, number in values.items():
        found.add_metric([value], number)
    return found


# Processes that end


def bury(pid: int) -> None:
    """Add what an ended process has counted to the counts of the dead, and forget how busy it was.

    Otherwise its files would be kept and read for as long as the server runs.
    """
    name = os.environ.get(FOLDER)
    if not name:
        return
    folder = FilePath(name)
    with _alone(folder, fcntl.LOCK_EX):
        mark_process_dead(pid, name)
        for kind in ("counter", "histogram"):
            own = folder / f"{kind}_{pid}.db"
            if own.is_file():
                _add(own, folder / f"{kind}_dead.db")
                own.unlink()


def _add(own: FilePath, sum_of_all: FilePath) -> None:
    total = MmapedDict(str(sum_of_all))
    try:
        for key, value, *_ in MmapedDict.read_all_values_from_file(str(own)):
            before, _ = total.read_value(key)
            total.write_value(key, before + value, time.time())
    finally:
        total.close()


@contextmanager
def _alone(folder: FilePath, how: int) -> Iterator[None]:
    """Readers together, or one who changes files alone; a process that ends lets go."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, how)
        yield
    finally:
        os.close(handle)
