"""The log of what users do: written before it is acknowledged, read by user or by cursor."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Integer, bindparam, func, insert, select

from kgrec.domain import CHOICES, EVENTS
from kgrec.live.database import Database, Pen
from kgrec.live.schema import EVENT, PERSON
from kgrec.live.terms import PURPOSES, Purpose
from kgrec.live.told import Event, Logged

MOST_OF_A_USER = 1000
CHUNK = 10_000  # events that are read at once


@dataclass(frozen=True)
class Appended:
    """What became of a batch."""

    accepted: int
    duplicates: int  # of events that were there before, or that came twice
    conflicts: tuple[int, ...]  # positions whose event_id belongs to an event with other content


@dataclass(frozen=True)
class Counts:
    """How much is in a log."""

    events: dict[str, int]  # by kind, in the order of EVENTS
    users: int
    items: int
    last_number: int
    last_received: int | None  # Unix seconds


class EventLog:
    """The events of a shop, in its database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    @classmethod
    def of(cls, folder: FilePath) -> EventLog:
        """The log of a workspace."""
        return cls(Database.of(folder))

    # Writing

    def append(self, events: Sequence[Event]) -> Appended:
        """Write a batch, all of it or nothing; it is on disk when this returns.

        DiskFull, BadLog or Unreachable say that it is not; after Unreachable it may yet come to be. The same batch may
        be sent again: what is there is not written twice.
        """
        return self.database.write(lambda pen: _append(pen, events))

    # Reading

    def of_user(
        self, user_id: str, since: int = 0, after: int = 0, most: int = MOST_OF_A_USER
    ) -> list[Logged]:
        """What a user did at `since` (Unix seconds) or later, oldest first, of what was written after a number.

        Of more than `most`, the latest. Nothing if they do not want recommendations of their own, and nothing that is
        older than events are kept.
        """
        asked = {"user_id": user_id, "since": since, "after": after, "most": most}
        rows = self.database.rows(OF_USER, asked | self.database.bound("recommend"))
        return [logged(row) for row in reversed(rows)]

    def after(self, number: int = 0, *, purpose: Purpose = "recommend") -> Iterator[Logged]:
        """The events written after one, in the order of their numbers; 0 is before the first.

        Only of users who allow the purpose, and none that is older than events are kept.
        """
        bound = self.database.bound(purpose)
        while True:
            rows = self.database.rows(_AFTER[purpose], bound | {"after": number})
            yield from map(logged, rows)
            if len(rows) < CHUNK:
                return
            number = rows[-1].number

    def latest_choices(self, most: int) -> Sequence[tuple[str, str, int]]:
        """User, item and time (Unix seconds) of what was told last of choices, as far as users allow; in no order."""
        bound = self.database.bound("recommend")
        rows = self.database.rows(_LATEST_CHOICES, bound | {"most": most})
        return [(row.user_id, row.item_id, row.time) for row in rows]

    def counts(self) -> Counts:
        """How much is in it."""
        kinds = {event: count for event, count in self.database.rows(_BY_KIND, unhurried=True)}
        found = self.database.rows(_TOTALS, unhurried=True)
        users, items, last, received = found[0] if found else (0, 0, 0, None)
        return Counts(
            {event: kinds[event] for event in EVENTS if event in kinds}, users, items, last or 0, received
        )

    def per_minute(self, now: float, minutes: int = 60) -> list[int]:
        """How many events were received in each of the last minutes, the oldest first."""
        last = int(now) // 60
        found = {
            minute: count
            for minute, count in self.database.rows(_PER_MINUTE, {"since": (last - minutes + 1) * 60})
        }
        return [int(found.get(minute, 0)) for minute in range(last - minutes + 1, last + 1)]

    def per_day(self, now: float, days: int = 30) -> dict[str, list[int]]:
        """How many events of each kind happened on each of the last days (UTC), the oldest first."""
        last = int(now) // _DAY
        counts = {event: [0] * days for event in EVENTS}
        asked = {"since": (last - days + 1) * _DAY, "until": (last + 1) * _DAY}
        for event, day, count in self.database.rows(_PER_DAY, asked, unhurried=True):
            counts[event][day - last + days - 1] = int(count)
        return counts


def _append(pen: Pen, events: Sequence[Event]) -> Appended:
    known = _known(pen.connection, [event.event_id for event in events])
    fresh: list[Event] = []
    conflicts = []
    for position, event in enumerate(events):
        if event.event_id not in known:
            known[event.event_id] = event
            fresh.append(event)
        elif known[event.event_id] != event:
            conflicts.append(position)
    if fresh:
        rows = [
            {"number": number, "received": pen.now, **_columns(event)}
            for number, event in enumerate(fresh, pen.last_number + 1)
        ]
        pen.connection.execute(insert(EVENT), rows)
        pen.last_number += len(fresh)
    return Appended(len(fresh), len(events) - len(fresh) - len(conflicts), tuple(conflicts))


_EVENT_COLUMNS = tuple(EVENT.c[name] for name in Event.__slots__)


def may_be_used(purpose: Purpose) -> tuple[ColumnElement[bool], ...]:
    """What a query of events has to ask for: that the user allows the purpose, and that the event is still kept.

    It is bound by what `Database.bound` gives.
    """
    said = select(PERSON.c[purpose]).where(PERSON.c.user_id == EVENT.c.user_id).scalar_subquery()
    return (
        func.coalesce(said, bindparam("unasked", type_=Boolean)).is_(True),
        EVENT.c.time >= bindparam("oldest", type_=Integer),
    )


# Made once: to make a query takes longer than to answer it.
_KNOWN = select(*_EVENT_COLUMNS).where(EVENT.c.event_id.in_(bindparam("event_ids", expanding=True)))
OF_USER = (
    select(EVENT.c.number, EVENT.c.received, *_EVENT_COLUMNS)
    .where(
        EVENT.c.user_id == bindparam("user_id"),
        EVENT.c.time >= bindparam("since"),
        EVENT.c.number > bindparam("after"),
        *may_be_used("recommend"),
    )
    .order_by(EVENT.c.time.desc(), EVENT.c.number.desc())
    .limit(bindparam("most", type_=Integer))
)
_AFTER = {
    purpose: select(EVENT.c.number, EVENT.c.received, *_EVENT_COLUMNS)
    .where(EVENT.c.number > bindparam("after"), *may_be_used(purpose))
    .order_by(EVENT.c.number)
    .limit(CHUNK)
    for purpose in PURPOSES
}
_LATEST_CHOICES = (
    select(EVENT.c.user_id, EVENT.c.item_id, EVENT.c.time)
    .where(EVENT.c.event.in_(CHOICES), *may_be_used("recommend"))
    .order_by(EVENT.c.number.desc())
    .limit(bindparam("most", type_=Integer))
)
_BY_KIND = select(EVENT.c.event, func.count()).group_by(EVENT.c.event)
_TOTALS = select(
    func.count(EVENT.c.user_id.distinct()),
    func.count(EVENT.c.item_id.distinct()),
    func.max(EVENT.c.number),
    func.max(EVENT.c.received),
)

_DAY = 86_400
# Grouped by their names: two parameters are two expressions to PostgreSQL, even if they are equal.
_PER_MINUTE = (
    select((EVENT.c.received // 60).label("minute"), func.count())
    .where(EVENT.c.received >= bindparam("since"))
    .group_by("minute")
)
_PER_DAY = (
    select(EVENT.c.event, (EVENT.c.time // _DAY).label("day"), func.count())
    .where(EVENT.c.time >= bindparam("since"), EVENT.c.time < bindparam("until"), EVENT.c.event.in_(EVENTS))
    .group_by(EVENT.c.event, "day")
)


def logged(row: Any) -> Logged:
    """An event from its row."""
    number, received, *event = row
    return Logged(number, Event(*event), received)


def _columns(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


def _known(connection: Connection, event_ids: Sequence[str]) -> dict[str, Event]:
    """The events that are there already, by id."""
    if not event_ids:
        return {}
    found = connection.execute(_KNOWN, {"event_ids": event_ids})
    return {row.event_id: Event(*row) for row in found}
