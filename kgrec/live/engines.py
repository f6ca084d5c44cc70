"""Where a shop's event log is → an engine for it; what a database says is wrong → one line and whose turn it is.

SQLite: https://www.sqlite.org/wal.html, result codes of https://www.sqlite.org/rescode.html. PostgreSQL: SQLSTATE of
https://www.postgresql.org/docs/current/errcodes-appendix.html.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path as FilePath
from typing import Any

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnection
from sqlalchemy.pool import QueuePool

from kgrec.errors import BadInput, BadLog, DiskFull, KgrecError, Unreachable
from kgrec.folders import is_no_room
from kgrec.settings import secret, section

LOCK_SECONDS = 2  # a statement waits so long for a lock
STATEMENT_SECONDS = 5  # and takes so long at most, where the database can be told
CONNECT_SECONDS = 2
CONNECTIONS = 4  # of a process, those of readers included
LEAST_ROOM = 1 << 20  # bytes; with less on its disk a file counts as full

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_OURS = ("password", "passfile", "options", "connect_timeout")


@dataclass(frozen=True)
class Address:
    """A file, or a PostgreSQL server by its URL."""

    file: FilePath | None = None
    url: URL | None = None
    password: str = field(default="", repr=False)

    @property
    def name(self) -> str:
        """How messages call it: nothing of where it is."""
        if self.url is not None:
            return f"the shop's database (PostgreSQL, {self.url.database})"
        return f"the shop's database ({self.file.name if self.file else ''})"

    @classmethod
    def of(cls, folder: FilePath, environment: Mapping[str, str] = os.environ) -> Address:
        """The one that `[events]` of a workspace's kgrec.toml names, else events.sqlite beside it."""
        file = folder / "kgrec.toml"
        given = section(file, "events", ["url"])
        if "url" not in given:
            return cls(file=folder / "events.sqlite")
        return cls(url=_url(given["url"], str(file)), password=secret("KGREC_EVENTS_PASSWORD", environment))

    def engine(self) -> Engine:
        """An engine whose errors never quote what was written."""
        if self.url is None:
            return _of_file(self.file or FilePath())
        return _of_server(self.url, self.password)


def _url(value: object, file: str) -> URL:
    try:
        url = make_url(value if isinstance(value, str) else "")
    except ArgumentError:
        raise BadInput(
            f"{file}: [events] url is no address; write postgresql+psycopg://USER@HOST/DATABASE"
        ) from None
    if url.drivername not in ("postgresql", "postgresql+psycopg") or not url.database:
        raise BadInput(
            f"{file}: [events] url is to be postgresql+psycopg://USER@HOST/DATABASE; leave it out for SQLite"
        )
    if url.password is not None or "password" in url.query:
        raise BadInput(
            f"{file}: [events] url holds a password; take it out and set KGREC_EVENTS_PASSWORD in the environment"
        )
    for name in _OURS:
        if name in url.query:
            raise BadInput(f"{file}: [events] url cannot set {name}; take it out")
    if find_spec("psycopg") is None:
        raise BadInput(f"{file}: [events] names PostgreSQL; pip install 'kgrec[postgres]'")
    return url.set(drivername="postgresql+psycopg")


def _of_file(file: FilePath) -> Engine:
    def opened() -> sqlite3.Connection:
        # Its owner's alone from the first moment; SQLite gives the files beside it the same mode.
        os.close(os.open(file, os.O_CREAT | os.O_RDONLY, 0o600))
        connection = sqlite3.connect(
            file, timeout=LOCK_SECONDS, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA secure_delete = ON")  # what is deleted is overwritten
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    return create_engine(
        "sqlite://",
        creator=opened,
        poolclass=QueuePool,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        hide_parameters=True,
    )


def _of_server(url: URL, password: str) -> Engine:
    settings = {
        "lock_timeout": f"{LOCK_SECONDS}s",
        "statement_timeout": f"{STATEMENT_SECONDS}s",
        "idle_in_transaction_session_timeout": f"{2 * STATEMENT_SECONDS}s",
    }
    arguments: dict[str, Any] = {
        "connect_timeout": CONNECT_SECONDS,
        "tcp_user_timeout": 1000 * STATEMENT_SECONDS,
        "client_encoding": "utf8",
        "options": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    if password:
        arguments["password"] = password
    host = url.host or url.query.get("host", "")
    if host and host not in _LOOPBACK and not str(host).startswith("/") and "sslmode" not in url.query:
        arguments["sslmode"] = "require"  # what users did does not cross a network in the clear unasked
    engine = create_engine(
        url,
        connect_args=arguments,
        pool_size=CONNECTIONS,
        max_overflow=0,
        pool_timeout=LOCK_SECONDS,
        pool_pre_ping=True,
        hide_parameters=True,
    )
    event.listen(engine, "connect", _settle)
    return engine


def _settle(connection: Any, _: object) -> None:
    """A server that would answer before it has written is told not to; one that cannot hold any id is refused."""
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_encoding")
        (encoding,) = cursor.fetchone()
        if encoding != "UTF8":
            raise BadLog(f"the shop's database holds {encoding}; make one with ENCODING 'UTF8'")
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') = 'off'"
        )
    connection.commit()


_FULL, _AGAIN, _UNWRITABLE, _DAMAGED, _UNKNOWN = "full", "again", "unwritable", "damaged", ""

_SAID = {
    "SQLITE_FULL": _FULL,
    "SQLITE_IOERR": _UNWRITABLE,
    "SQLITE_BUSY": _AGAIN,
    "SQLITE_LOCKED": _AGAIN,
    "SQLITE_READONLY": _UNWRITABLE,
    "SQLITE_CANTOPEN": _UNWRITABLE,
    "SQLITE_PERM": _UNWRITABLE,
    "SQLITE_AUTH": _UNWRITABLE,
    "SQLITE_CORRUPT": _DAMAGED,
    "SQLITE_NOTADB": _DAMAGED,
    "53100": _FULL,
    "53": _AGAIN,  # insufficient resources
    "08": _AGAIN,  # connection
    "40": _AGAIN,  # transaction rollback
    "55P03": _AGAIN,  # lock not available
    "57": _AGAIN,  # operator intervention: timeouts, shutdowns
    "25P03": _AGAIN,  # idle in transaction
    "25006": _UNWRITABLE,  # read-only
    "28": _UNWRITABLE,  # who is that?
    "3D": _UNWRITABLE,  # no such database
    "42501": _UNWRITABLE,  # not allowed
    "58": _UNWRITABLE,  # system error
    "XX001": _DAMAGED,
    "XX002": _DAMAGED,
}
"""The beginning of what a database says → what it means here; the longest that fits."""


def meaning(error: SQLAlchemyError | OSError, address: Address) -> KgrecError | None:
    """What went wrong, for a person; None if that is nobody's turn but ours."""
    name = address.name
    if isinstance(error, NoConnection):
        return Unreachable(f"all connections to {name} are in use; ask again later", LOCK_SECONDS)
    kind, reason = _kind(error)
    if kind == _UNWRITABLE and address.file is not None and room(address.file) < LEAST_ROOM:
        kind = _FULL  # files beside it could not grow, which SQLite says in other words
    if kind == _FULL:
        return DiskFull(f"no room left for {name}; nothing was written: make room and send the same again")
    if kind == _AGAIN:
        return Unreachable(f"{name} does not answer now; try the same again later", LOCK_SECONDS, reason)
    if kind == _UNWRITABLE:
        return BadLog(f"{name} cannot be read or written; give kgrec access to it, or mend its disk", reason)
    if kind == _DAMAGED:
        return BadLog(
            f"{name} is damaged; restore it from a copy, or move it away to begin a new one", reason
        )
    return None


def _kind(error: SQLAlchemyError | OSError) -> tuple[str, str]:
    if isinstance(error, OSError):
        return _FULL if is_no_room(error) else _UNWRITABLE, error.strerror or str(error)
    original = error.orig if isinstance(error, DBAPIError) else None
    reason = " ".join(str(original).split())[:200]
    if isinstance(original, sqlite3.Error):
        said = getattr(original, "sqlite_errorname", "") or ""
        if "file format" in reason:  # which SQLite counts among the mistakes of whoever asks
            said = "SQLITE_CORRUPT"
    elif isinstance(error, DBAPIError):
        said = getattr(original, "sqlstate", None) or "08"  # no state: the server could not say a word
        reason = reason.partition(" DETAIL:")[0]
    else:
        return _UNKNOWN, reason
    return _SAID.get(
        max((one for one in _SAID if said.startswith(one)), key=len, default=""), _UNKNOWN
    ), reason


def room(file: FilePath) -> int:
    """Bytes that are free on the disk of a file."""
    try:
        return shutil.disk_usage(file.parent).free
    except OSError:
        return LEAST_ROOM
