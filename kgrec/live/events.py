"""The log of what users do: written before it is acknowledged, read by user, by cursor, or as interactions."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from threading import Lock
from typing import Any

import numpy as np
from sqlalchemy import Connection, Engine, Integer, bindparam, func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from kgrec.domain import EVENTS, Dataset, Interactions
from kgrec.errors import BadLog, DiskFull
from kgrec.live import schema
from kgrec.live.engines import LEAST_ROOM, Address, meaning, room
from kgrec.live.schema import EVENT, LOG
from kgrec.live.writer import Writer

PATIENCE = 3.0  # seconds that a batch waits for its turn and its answer
WAITING = 4  # batches of a process that wait; a fifth is told to come again
MOST_OF_A_USER = 1000
CHUNK = 10_000  # events that are read at once


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a user did, as it was told."""

    event_id: str
    user_id: str
    item_id: str
    event: str  # one of EVENTS
    time: int  # Unix seconds
    value: float | None = None  # how much of it, > 0
    request_id: str | None = None  # of the recommendation that it came from


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it lies in the log."""

    number: int  # 1, 2, … in the order in which they were written; what a cursor points at
    event: Event
    received: int  # Unix seconds; never goes back


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
    """The events of a shop, in a file of its own or on a PostgreSQL server."""

    def __init__(
        self, address: Address, *, clock: Callable[[], float] = time.time, patience: float = PATIENCE
    ) -> None:
        """Nothing is opened, and no file made, before there is something to write."""
        self._address, self._clock = address, clock
        self._writer = Writer(address.name, seconds=patience, waiting=WAITING)
        self._lock = Lock()
        self._opened: _Opened | None = None

    @classmethod
    def of(cls, folder: FilePath) -> EventLog:
        """The log of a workspace."""
        return cls(Address.of(folder))

    @property
    def name(self) -> str:
        return self._address.name

    # Writing

    def append(self, events: Sequence[Event]) -> Appended:
        """Write a batch, all of it or nothing; it is on disk when this returns.

        DiskFull, BadLog or Unreachable say that it is not; after Unreachable it may yet come to be. The same batch may
        be sent again: what is there is not written twice.
        """
        return self._writer.do(lambda: self._append(events))

    def try_out(self) -> None:
        """Write something that changes nothing; an error says why nothing can be written."""
        self._writer.do(lambda: self._append(()))
        file = self._address.file
        if file is not None and room(file) < LEAST_ROOM:
            raise DiskFull(f"no room left for {self.name}; make some")

    def close(self) -> None:
        """Let go of the database; the next call opens it again."""
        self._writer.close()
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened.pid == os.getpid():
            opened.engine.dispose()

    def _append(self, events: Sequence[Event]) -> Appended:
        with self._connection() as connection, connection.begin():
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            if not self._has_tables(connection):
                schema.make(connection)
            state = schema.state(connection, self.name, held=True)
            received = max(int(self._clock()), state.last_received)  # clocks go back, the log does not
            known = _known(connection, [event.event_id for event in events])
            fresh: list[Event] = []
            conflicts = []
            for position, event in enumerate(events):
                if event.event_id not in known:
                    known[event.event_id] = event
                    fresh.append(event)
                elif known[event.event_id] != event:
                    conflicts.append(position)
            connection.execute(
                update(LOG).values(last_number=state.last_number + len(fresh), last_received=received)
            )
            if fresh:
                rows = [
                    {"number": number, "received": received, **_columns(event)}
                    for number, event in enumerate(fresh, state.last_number + 1)
                ]
                connection.execute(insert(EVENT), rows)
        return Appended(len(fresh), len(events) - len(fresh) - len(conflicts), tuple(conflicts))

    # Reading

    def of_user(self, user_id: str, since: int = 0, most: int = MOST_OF_A_USER) -> list[Event]:
        """What a user did at `since` (Unix seconds) or later, oldest first; of more than `most`, the latest."""
        rows = self._rows(_OF_USER, user_id=user_id, since=since, most=most)
        return [Event(*row) for row in reversed(rows)]

    def after(self, number: int = 0) -> Iterator[Logged]:
        """All events written after one, in the order of their numbers; 0 is before the first."""
        while True:
            rows = self._rows(_AFTER, after=number)
            for number, received, *event in rows:
                yield Logged(number, Event(*event), received)
            if len(rows) < CHUNK:
                return

    def counts(self) -> Counts:
        """How much is in it."""
        kinds = {event: count for event, count in self._rows(_BY_KIND, unhurried=True)}
        found = self._rows(_TOTALS, unhurried=True)
        users, items, last, received = found[0] if found else (0, 0, 0, None)
        return Counts(
            {event: kinds[event] for event in EVENTS if event in kinds}, users, items, last or 0, received
        )

    def check(self) -> None:
        """Read all of it; BadLog if it is damaged."""
        if self._address.file is None or not self._address.file.exists():
            return
        with self._connection() as connection:
            told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if told != "ok":
            raise BadLog(f"{self.name} is damaged; restore it from a copy", str(told).splitlines()[0][:200])

    def _rows(self, query: Any, *, unhurried: bool = False, **values: Any) -> Sequence[Any]:
        """The rows of a query; one that reads all of the log is given the time that it takes."""
        if self._address.file is not None and not self._address.file.exists():
            return []  # asking makes no file
        with self._connection() as connection:
            opened = self._open()
            if not opened.known:  # a writer looks every time
                if not self._has_tables(connection):
                    return []
                schema.state(connection, self.name)
                opened.known = True
            if unhurried and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            return connection.execute(query, values).all()

    # The database

    def _has_tables(self, connection: Connection) -> bool:
        opened = self._open()
        if not opened.made:
            opened.made = schema.is_there(connection)
        return opened.made

    @contextmanager
    def _connection(self) -> Iterator[Connection]:
        """A connection, whose errors are told in our words."""
        try:
            with self._open().engine.connect() as connection:
                yield connection
        except (SQLAlchemyError, OSError) as error:
            told = meaning(error, self._address)
            if told is None:
                raise
            raise told from None

    def _open(self) -> _Opened:
        """The engine of this process: connections do not survive a fork, nor a file that was put in its place."""
        identity = _identity(self._address.file)
        with self._lock:
            opened = self._opened
            if opened is not None and (opened.pid, opened.identity or identity) == (os.getpid(), identity):
                opened.identity = identity
                return opened
            if opened is not None:
                opened.engine.dispose(close=opened.pid == os.getpid())
            self._opened = _Opened(self._address.engine(), os.getpid(), identity)
            return self._opened


@dataclass
class _Opened:
    engine: Engine
    pid: int
    identity: tuple[int, int] | None  # of the file, once it is there
    made: bool = False  # whether it has its tables
    known: bool = False  # whether they are of our version


def _identity(file: FilePath | None) -> tuple[int, int] | None:
    """Which file it is, whatever its name."""
    try:
        found = file.stat() if file is not None else None
    except OSError:
        return None
    return None if found is None else (found.st_dev, found.st_ino)


_EVENT_COLUMNS = tuple(EVENT.c[name] for name in Event.__slots__)

# Made once: to make a query takes longer than to answer it.
_KNOWN = select(*_EVENT_COLUMNS).where(EVENT.c.event_id.in_(bindparam("event_ids", expanding=True)))
_OF_USER = (
    select(*_EVENT_COLUMNS)
    .where(EVENT.c.user_id == bindparam("user_id"), EVENT.c.time >= bindparam("since"))
    .order_by(EVENT.c.time.desc(), EVENT.c.number.desc())
    .limit(bindparam("most", type_=Integer))
)
_AFTER = (
    select(EVENT.c.number, EVENT.c.received, *_EVENT_COLUMNS)
    .where(EVENT.c.number > bindparam("after"))
    .order_by(EVENT.c.number)
    .limit(CHUNK)
)
_BY_KIND = select(EVENT.c.event, func.count()).group_by(EVENT.c.event)
_TOTALS = select(
    func.count(EVENT.c.user_id.distinct()),
    func.count(EVENT.c.item_id.distinct()),
    func.max(EVENT.c.number),
    func.max(EVENT.c.received),
)


def _columns(event: Event) -> dict[str, Any]:
    return {name: getattr(event, name) for name in Event.__slots__}


def _known(connection: Connection, event_ids: Sequence[str]) -> dict[str, Event]:
    """The events that are there already, by id."""
    if not event_ids:
        return {}
    found = connection.execute(_KNOWN, {"event_ids": event_ids})
    return {row.event_id: Event(*row) for row in found}


def as_interactions(events: Sequence[Event], dataset: Dataset) -> tuple[Interactions, list[Event]]:
    """Events in the rows of a dataset, oldest first, and those of users or items that it does not have.

    An event without a value weighs 1.
    """
    known = [event for event in events if event.user_id in dataset.users and event.item_id in dataset.items]
    aside = [
        event for event in events if event.user_id not in dataset.users or event.item_id not in dataset.items
    ]
    known.sort(key=lambda event: event.time)  # stable: of one second, in the order in which they were given
    found = Interactions(
        user=dataset.users.rows(event.user_id for event in known),
        item=dataset.items.rows(event.item_id for event in known),
        event=np.array([EVENTS.index(event.event) for event in known], dtype=np.int64),
        weight=np.array([event.value or 1.0 for event in known], dtype=np.float32),
        time=np.array([event.time for event in known], dtype=np.int64),
        line=np.zeros(len(known), dtype=np.int64),
    )
    return found, aside
