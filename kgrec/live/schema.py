"""The tables of the event log, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Connection,
    Double,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    insert,
    inspect,
    select,
    text,
)

from kgrec.errors import BadLog

VERSION = 1

_TABLES = MetaData()

LOG = Table(
    "kgrec_log",
    _TABLES,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("last_received", BigInteger, nullable=False),  # Unix seconds; never goes back
)
"""One row. A writer holds it for as long as it writes, so that numbers appear in their order."""

_NUMBER = BigInteger().with_variant(Integer(), "sqlite")  # there, the number of the row itself

EVENT = Table(
    "kgrec_event",
    _TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("event_id", String, nullable=False, unique=True),
    Column("user_id", String, nullable=False),
    Column("item_id", String, nullable=False),
    Column("event", String, nullable=False),
    Column("time", BigInteger, nullable=False),  # Unix seconds
    Column("value", Double),
    Column("request_id", String),
    Column("received", BigInteger, nullable=False),  # Unix seconds
    Index("kgrec_event_of_user", "user_id", "time", "number"),
)
"""What users did, by the number under which it was written."""

_MAKING = 0x6B67726563  # "kgrec"; the advisory lock of those who would all make the tables at once


def is_there(connection: Connection) -> bool:
    """Whether the log has been begun."""
    return inspect(connection).has_table(LOG.name)


def make(connection: Connection) -> None:
    """The tables of a log that has none, in the transaction of a writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
    if is_there(connection):
        return
    _TABLES.create_all(connection)
    connection.execute(insert(LOG).values(id=1, version=VERSION, last_number=0, last_received=0))


class State(NamedTuple):
    """What a log says of itself."""

    version: int
    last_number: int
    last_received: int


def state(connection: Connection, name: str, *, held: bool = False) -> State:
    """What a log says of itself, if its version is ours; `held` until the end of a transaction, nobody else writes."""
    query = select(*(LOG.c[column] for column in State._fields))
    row = connection.execute(query.with_for_update() if held else query).one_or_none()
    if row is None:
        raise BadLog(f"{name} has no row in {LOG.name}; restore it from a copy")
    found = State(*row)
    if found.version != VERSION:
        raise BadLog(
            f"{name} has version {found.version} and this kgrec knows {VERSION}; "
            f"{'install a newer kgrec' if found.version > VERSION else 'restore it from a copy'}"
        )
    return found
