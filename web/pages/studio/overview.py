"""The shop at a glance: its graph, its model, what is told of it, what it shows, how fast, and what is out of order."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import render_template

from kgrec.guide import Guide
from kgrec.insight import ShopOverview, Training, shop_overview
from kgrec.insight.overview import Told

from ... import health
from ...charts import Cell, Chart, Figures, Row, bars, columns
from ...latency import Part, latencies
from ...watching import watching
from ..languages import N_, current, gettext, ngettext
from ..shown import clock, day, number, percent
from ..words import event_name
from . import kept
from .words import KINDS, called

MOST_RELATIONS = 12  # in the chart; the table of the relations' own page has all

FIGURES: Mapping[str, str] = {
    "round": N_("Round"),
    "loss": N_("Loss"),
    "hr@10": N_("Hit rate at 10"),
    "ndcg@10": N_("NDCG at 10"),
}
"""What a model measures in training."""

MEANINGS: Mapping[str, str] = {
    "loss": N_(
        "How far off the model was on what it learned from; less is better, and only rounds of one training compare."
    ),
    "hr@10": N_("How often a product that a shopper went on to choose was among the first ten; 1 is always."),
    "ndcg@10": N_(
        "The same, but a product near the top of the ten counts for more; 1 is always in first place."
    ),
}
"""What the figures of training say, in plain words."""

PARTS: Mapping[Part, str] = {
    "shop": N_("Pages of the shop"),
    "api": N_("API"),
    "studio": N_("Pages of the studio"),
}


def view(guide: Guide) -> Callable[[], str]:
    """The first page of the studio."""

    def overview() -> str:
        now = time.time()
        found = shop_overview(guide, kept.lists(guide), now=now, lang=current())
        return render_template(
            "studio/overview.html",
            found=found,
            out_of_order=health.degraded(watching().state()),
            training=_training(found.training),
            meanings=meanings(found.training.last),
            rounds=_rounds(found.training),
            told=None if found.told is None else _told(found.told, now),
            latencies=latencies(watching().metrics.seconds()),
            of_all_workers=watching().metrics.of_all_workers,
            of_parts=PARTS,
            kinds=_kinds(found),
            relations=_relations(found),
        )

    return overview


def _training(training: Training) -> list[tuple[str, str]]:
    """The figures of the last round: what each is called, and its value."""
    return [(called(FIGURES, name), _figure(name, value)) for name, value in training.last.items()]


def meanings(names: Iterable[str]) -> list[tuple[str, str]]:
    """What figures are called and what they say, for those that need words."""
    return [(called(FIGURES, name), gettext(MEANINGS[name])) for name in names if name in MEANINGS]


def _rounds(training: Training) -> Chart | None:
    """How well the model did after each round; nothing for one that learns in no rounds."""
    name = next((one for one in training.last if one.startswith("ndcg")), "")
    rows = tuple(
        Row(gettext("Round %(round)s", round=place), (Cell(_figure(name, one[name]), one[name]),))
        for place, one in enumerate(training.rounds, start=1)
        if name in one
    )
    if not rows:
        return None
    return bars(
        Figures(
            name="rounds",
            title=gettext("How well it did after each round of training"),
            summary=gettext(
                "What was kept from it in training, and how near the top it put that: 1 is first place."
            ),
            head=(gettext("Round"), called(FIGURES, name)),
            rows=rows,
        )
    )


def _figure(name: str, value: float) -> str:
    return number(value) if name == "round" else number(value, 3)


def _told(told: Told, now: float) -> dict[str, Any]:
    """What the log holds: how much of the last hour, and of the days before by kind."""
    by_kind = {event: counts for event, counts in told.by_kind.items() if any(counts)}
    return {
        "per_minute": number(told.per_minute, 1 if told.per_minute >= 0.1 else 2),
        "hour": sum(told.minutes),
        "minutes": _minutes(told.minutes, now) if any(told.minutes) else None,
        "days": _days(told.days, by_kind) if by_kind else None,
    }


def _minutes(minutes: tuple[int, ...], now: float) -> Chart:
    last = datetime.fromtimestamp(now, UTC)
    times = [last - timedelta(minutes=ago) for ago in range(len(minutes) - 1, -1, -1)]
    return columns(
        Figures(
            name="minutes",
            title=gettext("Events received in the last hour"),
            summary=gettext("Minute by minute, in UTC, up to %(time)s.", time=clock(last)),
            head=(gettext("Minute"), gettext("Events")),
            rows=tuple(
                Row(when.strftime("%H:%M"), (Cell(number(count), count),))
                for when, count in zip(times, minutes, strict=True)
            ),
        ),
        number,
    )


def _days(days: tuple[str, ...], by_kind: Mapping[str, tuple[int, ...]]) -> Chart:
    total = sum(map(sum, by_kind.values()))
    return columns(
        Figures(
            name="days",
            title=gettext("What shoppers did, day by day"),
            summary=ngettext(
                "%(num)s event in the last 30 days.", "%(num)s events in the last 30 days.", total
            ),
            head=(gettext("Day"), *map(event_name, by_kind)),
            rows=tuple(
                Row(
                    day(date.fromisoformat(one)),
                    tuple(Cell(number(counts[place]), counts[place]) for counts in by_kind.values()),
                    day=one,
                )
                for place, one in enumerate(days)
            ),
        ),
        number,
    )


def _kinds(found: ShopOverview) -> Chart:
    return bars(
        Figures(
            name="kinds",
            title=gettext("Things in the graph"),
            summary=ngettext("%(num)s thing in all.", "%(num)s things in all.", found.entities),
            head=(gettext("Kind"), gettext("Things")),
            rows=_counted(
                (called(KINDS, one.kind), one.entities) for one in found.kinds if one.kind != "everyone"
            ),
        )
    )


def _relations(found: ShopOverview) -> Chart:
    return bars(
        Figures(
            name="relations",
            title=gettext("Facts in the graph"),
            summary=ngettext(
                "%(num)s fact in all. These are the relations with most of them.",
                "%(num)s facts in all. These are the relations with most of them.",
                found.edges,
            ),
            head=(gettext("Relation"), gettext("Facts")),
            rows=_counted((one.label, one.edges) for one in found.relations[:MOST_RELATIONS]),
        )
    )


def _counted(counts: Iterable[tuple[str, int]]) -> tuple[Row, ...]:
    return tuple(Row(label, (Cell(number(count), count),)) for label, count in counts)


def share_of(share: float | None) -> Cell:
    """A share as a figure; a dash where there is none."""
    return Cell("–") if share is None else Cell(percent(share, 1), share)
