"""A shop at a glance: its graph, its model and how well it did in training, what is told of it, what it shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kgrec.domain import RelationKind
from kgrec.errors import NotReady
from kgrec.guide import Guide
from kgrec.insight.relations import relation_label
from kgrec.insight.survey import FIRST, Survey
from kgrec.live.events import EventLog
from kgrec.live.outcomes import Share


@dataclass(frozen=True)
class OfKind:
    """How many entities there are of a kind."""

    kind: str  # "item", "brand", "user", …
    entities: int


@dataclass(frozen=True)
class OfRelation:
    """How many edges there are of a relation."""

    relation: str
    label: str
    kind: str
    edges: int


@dataclass(frozen=True)
class Training:
    """How a model did on what it was not shown, round by round; figures are named as the model names them."""

    rounds: tuple[Mapping[str, float], ...]  # oldest first; empty for a model that learns in no rounds

    @property
    def last(self) -> Mapping[str, float]:
        """The figures of the last round."""
        return self.rounds[-1] if self.rounds else {}


@dataclass(frozen=True)
class Told:
    """What the event log holds, as it was received and as it happened."""

    minutes: tuple[int, ...]  # events received in each of the last 60 minutes, the oldest first
    days: tuple[str, ...]  # UTC
    by_kind: Mapping[str, tuple[int, ...]]  # event → how many happened on each day

    @property
    def per_minute(self) -> float:
        """The mean of the last hour."""
        return sum(self.minutes) / len(self.minutes)


@dataclass(frozen=True)
class ShopOverview:
    """A shop at a glance."""

    shop: str
    items: int
    users: int
    entities: int
    edges: int
    kinds: tuple[OfKind, ...]  # most first
    relations: tuple[OfRelation, ...]  # most first
    model: str
    graph_version: str
    training: Training
    told: Told | None  # None where there is no log
    coverage: Share  # of the items that may be recommended: those among anybody's first 10
    asked: int  # users whose lists were looked at
    of_users: int  # from whom they were drawn
    notes: tuple[str, ...]  # what is not as it should be, as `Guide.ready` says it


def shop_overview(
    guide: Guide, found: Survey, *, now: float, days: int = 30, lang: str = "en"
) -> ShopOverview:
    """What there is to say of a shop as it answers now (Unix seconds)."""
    graph, teller = guide.graph, guide.teller(lang)
    kinds, counts = np.unique(graph.kinds.astype(str), return_counts=True)
    relations = [
        OfRelation(
            name,
            relation_label(graph, name, teller),
            graph.relations[graph.relation_row(name)].kind.value,
            graph.edges_of(name).stop - graph.edges_of(name).start,
        )
        for name in graph.names(*RelationKind)
    ]
    return ShopOverview(
        shop=guide.name,
        items=guide.item_count(),
        users=guide.user_count(),
        entities=len(graph.iris),
        edges=len(graph.head),
        kinds=tuple(
            OfKind(str(kinds[place]), int(counts[place])) for place in np.argsort(-counts, kind="stable")
        ),
        relations=tuple(sorted(relations, key=lambda one: -one.edges)),
        model=guide.model_name,
        graph_version=guide.graph_version,
        training=training(guide.model.history),
        told=told(guide, now, days),
        coverage=found.coverage(FIRST),
        asked=len(found.sample),
        of_users=found.sample.of,
        notes=tuple(
            f"{part}: {state}"
            for part, state in guide.ready().items()
            if part in ("events", "store", "rules") and state != "ready"
        ),
    )


def training(history: Sequence[Mapping[str, float]]) -> Training:
    """The rounds of a training as a model keeps them."""
    return Training(tuple(history))


def told(guide: Guide, now: float, days: int = 30) -> Told | None:
    """What is in the event log of a guide; None if it has none."""
    try:
        log: EventLog = guide.intake.log
    except NotReady:
        return None
    last = int(now) // 86_400
    spanned = np.arange(last - days + 1, last + 1).astype("datetime64[D]")
    return Told(
        minutes=tuple(log.per_minute(now)),
        days=tuple(str(day) for day in spanned),
        by_kind={event: tuple(counts) for event, counts in log.per_day(now, days).items()},
    )
