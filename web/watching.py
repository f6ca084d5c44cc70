"""Every request counted and written down, every list that is answered too; and where the numbers are asked for."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, cast
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue
from prometheus_client.core import Metric

from kgrec.domain import Explanation, Recommendation
from kgrec.errors import BadInput, KgrecError, NotAllowed
from kgrec.guide import Guide
from kgrec.live.experiments import Arm
from kgrec.live.exposures import Exposure, Shown
from kgrec.live.told import NEWEST
from kgrec.live.traces import Coverage, FirstUse
from kgrec.live.watch import Watch
from kgrec.serving import Served

from . import health
from .logs import FIELDS, REQUESTS, Discreet
from .metrics import METHODS, Metrics, gauge, gauges
from .security import sent_key

Other = Guide | Served | KgrecError
"""The shop with another model, or why there is none."""

PROBES = ("/healthz", "/readyz", "/metrics")
"""Routes that are asked every few seconds; their lines are of level debug."""

Way = Literal["user", "visitor", "newcomer", "degraded"]

_EXTENSION = "kgrec.watching"
_FORWARDED = ("X-Forwarded-For", "X-Real-IP", "Forwarded")
_HERE = ("localhost", "127.0.0.1", "::1")


class Watching:
    """What an application counts and writes down."""

    def __init__(self, shop: Guide | Served, watch: Watch, others: Mapping[str, Other] | None = None) -> None:
        """`others` are the same shop with other models, by generation, for the arms of an experiment; or why not."""
        self._shop, self.watch, self.metrics = shop, watch, Metrics()
        self._others = others or {}
        # A guide by itself answers every request; of a workspace, and for arms, each request has its own.
        self._always = shop if isinstance(shop, Guide) and not others else None
        self._coverage = Coverage(shop.item_count())
        self._first_use = FirstUse(time.time())
        for arm in watch.experiment.arms if watch.experiment is not None else ():
            if arm.model is not None and arm.model not in self._others:
                raise BadInput(f"arm {arm.name} of the experiment names {arm.model}; serve a workspace")

    @property
    def guide(self) -> Guide:
        """The one that this request is answered from."""
        return self._always or cast(Guide, g.guide)

    @property
    def served(self) -> Served | None:
        """The workspace whose guides answer; None for a guide that was opened without one."""
        return None if isinstance(self._shop, Guide) else self._shop

    def renew(self) -> None:
        """Answer the rest of this request from the guide that is current now."""
        if not isinstance(self._shop, Guide):
            g.guide = self._shop.guide

    def arm_of(self, user_id: str | None) -> Arm | None:
        """The arm of the experiment that a user is in during this request; none where its list cannot be made."""
        known: dict[str | None, Arm | None] = g.setdefault("arms", {})
        if user_id not in known:
            arm = self.watch.arm_of(user_id)
            known[user_id] = arm if arm is not None and self._stands(arm) else None
        return known[user_id]

    def _stands(self, arm: Arm) -> bool:
        if self._fault_of(arm):
            return False
        return not arm.balance or self._guide_of(arm).balances

    def _fault_of(self, arm: Arm) -> str:
        """Why the model of an arm cannot answer, or does not know what was told of late; "" if it does."""
        other = self._other_of(arm)
        if isinstance(other, KgrecError):
            return str(getattr(other, "bare", other))
        if other is None or isinstance(other, Guide):
            return ""
        return next((one.reason for one in other.troubles() if one.part == "guide"), "")

    def _other_of(self, arm: Arm) -> Other | None:
        return None if arm.model is None else self._others[arm.model]

    def _guide_of(self, arm: Arm) -> Guide:
        other = self._other_of(arm)
        if isinstance(other, Guide):
            return other
        return other.guide if isinstance(other, Served) else self.guide

    def answer_in_arm_of(self, user_id: str) -> None:
        """Answer this request from the guide of the arm that a user is in, if it has one of its own."""
        arm = self.arm_of(user_id) if self._others else None
        if arm is not None:
            g.guide = self._guide_of(arm)

    def experiment_of(self, arm: Arm | None) -> dict[str, dict[str, str]]:
        """What an answer says of the experiment it is part of."""
        if arm is None or self.watch.experiment is None:
            return {}
        return {"experiment": {"name": self.watch.experiment.name, "arm": arm.name}}

    def listed(
        self,
        user_id: str | None,
        items: Sequence[tuple[Recommendation, Explanation | None]],
        *,
        arm: Arm | None = None,
    ) -> None:
        """A list was made for a user, or for a visitor's session: its items by place, with the reasons shown."""
        shown = [Shown(one.item_id, kind(one, why)) for one, why in items]
        self.showed(user_id, shown, arm=arm)

    def showed(
        self,
        user_id: str | None,
        items: Sequence[Shown],
        *,
        arm: Arm | None = None,
    ) -> None:
        """The same where the kinds of reasons are known already."""
        now, guide, way = time.time(), self.guide, self._way(user_id)
        g.model = guide.model_name  # for the line of this request in the log
        self.metrics.recommended(way)
        self._coverage.shown([one.item_id for one in items], now)
        newest = NEWEST.get()
        if user_id is not None and newest and self._first_use.of(user_id, newest):
            self.metrics.used(now - newest)
        experiment = self.watch.experiment
        self.watch.showed(
            Exposure(
                request_id=g.request_id,
                user_id=user_id,
                time=int(now),
                model=guide.model_name,
                graph_version=guide.graph_version,
                experiment=None if arm is None or experiment is None else experiment.name,
                arm=None if arm is None else arm.name,
                way=way,
                items=tuple(items),
            )
        )

    def _way(self, user_id: str | None) -> Way:
        if any(part in ("model", "graph") for part in self._out_of_order()):
            return "degraded"
        if user_id is None:
            return "visitor"
        return "user" if user_id in self.guide.dataset.users else "newcomer"

    def _out_of_order(self) -> list[str]:
        return [] if isinstance(self._shop, Guide) else [one.part for one in self._shop.troubles()]

    def state(self) -> dict[str, Any]:
        """What the shop says of itself: what answers are made from, and what is out of order."""
        told: dict[str, Any] = dict(self.guide.ready())
        if not isinstance(self._shop, Guide):
            told["degraded"] = [{"part": one.part, "reason": one.reason} for one in self._shop.troubles()]
        experiment = self.watch.experiment
        for arm in experiment.arms if experiment is not None else ():
            if fault := self._fault_of(arm):
                reason = f"arm {arm.name}: {fault}; its users get what others get, in no arm"
                told["degraded"] = [*told.get("degraded", ()), {"part": "experiment", "reason": reason}]
        writer = self.watch.writer
        if writer is not None and writer.trouble:
            told["exposures"] = writer.trouble
        return told

    def now(self) -> Iterator[Metric]:
        """Numbers that are found out when they are asked for, about the guide of this worker."""
        guide, now = self.guide, time.time()
        for what, made in self._made().items():
            yield gauge(f"kgrec_{what}_age_seconds", f"Since the {what} was made", max(0.0, now - made))
        made_from = {"model": guide.model_name, "graph_version": guide.graph_version}
        yield gauge("kgrec_generation_info", "What answers are made from", 1, made_from)
        yield gauge("kgrec_catalogue_items", "Items of the catalogue", guide.item_count())
        hours = self.watch.metrics.coverage_hours
        yield gauge(
            "kgrec_catalogue_coverage_ratio",
            f"Share of the catalogue that was recommended in the last {hours:g} hours",
            self._coverage.share(guide.dataset.items.ids, now, 3600 * hours),
        )
        out_of_order = {one["part"] for one in health.degraded(self.state())}
        parts = {part: float(part in out_of_order) for part in sorted({*health.PARTS, *out_of_order})}
        yield gauges("kgrec_degraded", "1 while a part is out of order", "part", parts)

    def _made(self) -> dict[str, float]:
        """When the graph and the model that answer were made (Unix seconds)."""
        if isinstance(self._shop, Guide):
            return {}
        try:
            return {what: made for what, (_, made) in self._shop.generations().items()}
        except OSError:
            return {}  # they were deleted meanwhile, and others will answer in a moment

    def answered(self, response: Response) -> None:
        """Count a request and write its line down."""
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        route = request.url_rule.rule if request.url_rule is not None else "none"
        method = request.method if request.method in METHODS else "other"
        self.metrics.answered(method, route, response.status_code, seconds)
        if g.get("problem"):
            self.metrics.failed(g.problem)
        writer = self.watch.writer
        # Of the shop itself, whichever arm answered: each counts from 0 by itself, and the graph is asked of this one.
        main = self._shop if isinstance(self._shop, Guide) else self._shop.as_opened
        self.metrics.so_far(dropped=0 if writer is None else writer.dropped, killed=main.queries_killed)
        level = _level(route, response.status_code)
        if not REQUESTS.isEnabledFor(level):
            return
        user_id = g.get("user_id") or (request.view_args or {}).get("user_id")
        fields = {
            "request_id": g.get("request_id"),
            "method": method,
            "route": route,
            "status": response.status_code,
            "ms": round(1000 * seconds, 2),
            "bytes": response.calculate_content_length(),
            "user": None if user_id is None else self.watch.called(user_id),
            "model": g.get("model") or self.guide.model_name,
            "graph_version": self.guide.graph_version,
            "error": g.get("problem"),
        }
        REQUESTS.log(level, "request", extra={FIELDS: fields})


def _level(route: str, status: int) -> int:
    if status >= 500:
        return logging.ERROR
    if status >= 400:
        return logging.WARNING
    return logging.DEBUG if route in PROBES else logging.INFO


def register_watching(
    app: Flask, shop: Guide | Served, watch: Watch, others: Mapping[str, Other] | None = None
) -> None:
    """Watch an application, and say what is seen at /metrics, /healthz and /readyz."""
    here = app.extensions[_EXTENSION] = Watching(shop, watch, others)
    if not any(isinstance(one, Discreet) for one in app.logger.filters):  # all applications share the logger
        app.logger.addFilter(Discreet())

    @app.before_request
    def begin() -> None:
        g.began, g.called = time.perf_counter(), watch.called
        NEWEST.set(0)

    @app.after_request
    def end(response: Response) -> Response:
        here.answered(response)
        return response

    @app.get("/healthz")
    def healthz() -> ResponseReturnValue:
        return health.healthz()

    @app.get("/readyz")
    def readyz() -> ResponseReturnValue:
        return health.readyz(here.state)

    @app.get("/metrics")
    def metrics() -> ResponseReturnValue:
        """The numbers for Prometheus."""
        if not (watch.metrics.open or _from_here()):
            _allow_metrics(watch)
        text, kind = here.metrics.text(here.now, request.headers.get("Accept", ""))
        return Response(text, content_type=kind)


def _from_here() -> bool:
    """Whether a program of this machine asks for itself: not for others, nor for a page somebody's browser shows."""
    try:
        local = ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        local = False
    return (
        local
        and urlsplit(f"//{request.host}").hostname in _HERE
        and not any(name in request.headers for name in _FORWARDED)
    )


def _allow_metrics(watch: Watch) -> None:
    if watch.keys is None:
        raise NotAllowed("the metrics are told to programs of this machine alone")
    sent = sent_key()
    watch.keys.allow(None if sent is None else watch.keys.known(sent), "read")


def kind(item: Recommendation, explanation: Explanation | None) -> str:
    """The kind of reason that is shown beside an item: the metapath of the first path, or the shop's own rule."""
    if any(rule.do == "pin" for rule in item.rules):
        return "rule"
    if explanation is None:
        return "none"
    return explanation.paths[0].metapath if explanation.paths else "popular"


def watching() -> Watching:
    """That of the application that answers now."""
    return cast(Watching, current_app.extensions[_EXTENSION])
