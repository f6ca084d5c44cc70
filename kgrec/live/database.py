"""The database of a living shop: opened once a process, written by one thread, its troubles told in one line.

What lies in it says `kgrec.live.schema`. Every worker on every machine reads it when it is asked something, so that all
of them agree.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path as FilePath
from threading import Lock
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, update
from sqlalchemy.exc import SQLAlchemyError

from kgrec.errors import BadLog, DiskFull
from kgrec.live import schema
from kgrec.live.engines import LEAST_ROOM, Address, meaning, room
from kgrec.live.schema import LOG, State
from kgrec.live.terms import Purpose, Terms, oldest
from kgrec.live.writer import Writer

PATIENCE = 3.0  # seconds that somebody who writes waits for their turn and the answer
WAITING = 4  # writers of a process that wait; a fifth is told to come again

Done = TypeVar("Done")


@dataclass
class Pen:
    """What a writer holds: a transaction in which nobody else writes, and how far the numbers have come."""

    connection: Connection
    state: State
    now: int  # Unix seconds; never goes back, as clocks do
    last_number: int  # of the events
    last_change: int  # of everything else

    def change(self) -> int:
        """The next number of a change that is no event: who looks at the last one sees that something is new."""
        self.last_change += 1
        return self.last_change


class Database:
    """A file of the shop's own, or a PostgreSQL server."""

    def __init__(
        self,
        address: Address,
        *,
        terms: Terms | None = None,
        clock: Callable[[], float] = time.time,
        patience: float = PATIENCE,
    ) -> None:
        """Nothing is opened, and no file made, before there is something to write. Queries are bound by the terms."""
        self._address, self._clock = address, clock
        self.terms = terms or Terms()
        self._writer = Writer(address.name, seconds=patience, waiting=WAITING)
        self._lock = Lock()
        self._opened: _Opened | None = None

    @classmethod
    def of(cls, folder: FilePath) -> Database:
        """The one of a workspace."""
        return cls(Address.of(folder), terms=Terms.of(folder))

    def oldest(self, days: int | None) -> int:
        """The first second (Unix) of so many days; 0 for ever."""
        return oldest(days, self._clock())

    def bound(self, purpose: Purpose) -> dict[str, Any]:
        """What queries of events for a purpose are bound by at this moment, see `kgrec.live.events.may_be_used`."""
        return self.terms.bound(purpose, self._clock())

    @property
    def name(self) -> str:
        """How messages call it."""
        return self._address.name

    @property
    def file(self) -> FilePath | None:
        """Its file, if it is one."""
        return self._address.file

    # Writing

    def write(self, work: Callable[[Pen], Done]) -> Done:
        """Do some work in one transaction, all of it or nothing; it is on disk when this returns.

        DiskFull, BadLog or Unreachable say that it is not; after Unreachable it may yet come to be.
        """
        return self._writer.do(lambda: self._write(work))

    def _write(self, work: Callable[[Pen], Done]) -> Done:
        with self.connection() as connection, connection.begin():
            if connection.dialect.name == "sqlite":
                connection.exec_driver_sql("BEGIN IMMEDIATE")
            if not self._has_tables(connection):
                schema.make(connection)
            state = schema.state(connection, self.name, held=True)
            pen = Pen(
                connection,
                state,
                max(int(self._clock()), state.last_received),
                state.last_number,
                state.last_change,
            )
            done = work(pen)
            connection.execute(
                update(LOG).values(
                    last_number=pen.last_number, last_change=pen.last_change, last_received=pen.now
                )
            )
        return done

    def try_out(self) -> None:
        """Write something that changes nothing; an error says why nothing can be written."""
        self.write(lambda _: None)
        if self.file is not None and room(self.file) < LEAST_ROOM:
            raise DiskFull(f"no room left for {self.name}; make some")

    def close(self) -> None:
        """Let go of it; the next call opens it again."""
        self._writer.close()
        with self._lock:
            opened, self._opened = self._opened, None
        if opened is not None and opened.pid == os.getpid():
            opened.engine.dispose()

    # Reading

    def rows(
        self, query: Any, values: Mapping[str, Any] | None = None, *, unhurried: bool = False
    ) -> Sequence[Any]:
        """The rows of a query; one that reads a whole table is given the time that it takes. Asking makes no file."""
        with self.reading() as connection:
            if connection is None:
                return []
            if unhurried and connection.dialect.name == "postgresql":
                connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            return connection.execute(query, values or {}).all()

    @contextmanager
    def reading(self) -> Iterator[Connection | None]:
        """A connection for several queries; None as long as nothing was ever written."""
        if self.file is not None and not self.file.exists():
            yield None
            return
        with self.connection() as connection:
            opened = self._open()
            if not opened.known:  # a writer looks every time
                if not self._has_tables(connection):
                    yield None
                    return
                if schema.version(connection, self.name) < schema.VERSION:
                    connection.rollback()
                    self.write(lambda _: None)  # brings its tables up to date
                schema.state(connection, self.name)
                opened.known = True
            yield connection

    def state(self) -> State | None:
        """How far it has come; None as long as nothing was ever written."""
        with self.reading() as connection:
            return None if connection is None else schema.state(connection, self.name)

    def check(self) -> None:
        """Read all of it; BadLog if it is damaged."""
        if self.file is None or not self.file.exists():
            return
        with self.connection() as connection:
            told = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar_one()
        if told != "ok":
            raise BadLog(f"{self.name} is damaged; restore it from a copy", str(told).splitlines()[0][:200])

    # The connection

    def _has_tables(self, connection: Connection) -> bool:
        opened = self._open()
        if not opened.made:
            opened.made = schema.is_there(connection)
        return opened.made

    @contextmanager
    def connection(self) -> Iterator[Connection]:
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
        identity = _identity(self.file)
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
