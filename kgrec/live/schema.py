"""The tables of a shop's database, the same in SQLite and in PostgreSQL."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import (
    BigInteger,
    Boolean,
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
    update,
)

from kgrec.errors import BadLog

VERSION = 2

_TABLES = MetaData()

LOG = Table(
    "kgrec_log",
    _TABLES,
    Column("id", Integer, CheckConstraint("id = 1"), primary_key=True, autoincrement=False),
    Column("version", Integer, nullable=False),
    Column("last_number", BigInteger, nullable=False),
    Column("last_received", BigInteger, nullable=False),  # Unix seconds; never goes back
    Column("last_change", BigInteger, nullable=False, server_default="0"),
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

ITEM_CHANGE = Table(
    "kgrec_item_change",
    _TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("item_id", String, nullable=False),
    Column("what", String, nullable=False),  # put, patch or withdraw
    Column("attributes", String, nullable=False),  # JSON object
    Column("received", BigInteger, nullable=False),
    Index("kgrec_item_change_of_item", "item_id", "number"),
)
"""What was said of items since they were read from the source, by the number of the change."""

PERSON = Table(
    "kgrec_person",
    _TABLES,
    Column("user_id", String, primary_key=True),
    Column("recommend", Boolean),  # consents; NULL where nobody has asked
    Column("research", Boolean),
    Column("marketing", Boolean),
    Column("attributes", String, nullable=False),  # JSON object: segments
    Column("changed", _NUMBER, nullable=False),  # the number of the change
    Column("received", BigInteger, nullable=False),
)
"""What users allow, and what programs say of them."""

HIDDEN = Table(
    "kgrec_hidden",
    _TABLES,
    Column("user_id", String, primary_key=True),
    Column("relation", String, primary_key=True),
    Column("entity", String, primary_key=True),  # IRI
    Column("changed", _NUMBER, nullable=False),  # the number of the change
    Column("received", BigInteger, nullable=False),
)
"""What is known of users and may not be used."""

WISH = Table(
    "kgrec_wish",
    _TABLES,
    Column("number", _NUMBER, primary_key=True, autoincrement=False),
    Column("user_id", String, nullable=False),
    Column("asked", String, nullable=False),
    Column("entity", String, nullable=False),  # IRI
    Column("received", BigInteger, nullable=False),
    Index("kgrec_wish_of_user", "user_id", "entity", unique=True),
)
"""What users ask of their recommendations, by the number of the change."""

EXPOSURE = Table(
    "kgrec_exposure",
    _TABLES,
    Column("number", _NUMBER, primary_key=True),
    Column("request_id", String, nullable=False),  # a client may have made it: not unique
    Column("user_id", String),  # NULL for a visitor, and for who does not take part in research
    Column("time", BigInteger, nullable=False),  # Unix seconds
    Column("model", String, nullable=False),
    Column("graph_version", String, nullable=False),
    Column("experiment", String),
    Column("arm", String),
    Column("way", String, nullable=False),  # user, visitor, newcomer or degraded
    Column("items", String, nullable=False),  # JSON [[item_id, kind], …] by place
    Index("kgrec_exposure_of_request", "request_id"),
    Index("kgrec_exposure_of_user", "user_id", "time"),
    Index("kgrec_exposure_by_time", "time"),
)
"""What was shown to whom."""

ERASED = Table(
    "kgrec_erased",
    _TABLES,
    Column("person", String, primary_key=True),  # keyed hash of the user's id
    Column("changed", _NUMBER, nullable=False),
    Column("received", BigInteger, nullable=False),
    Column("receipt", String, nullable=False),  # JSON object
)
"""Who was forgotten: a source that still names them does not bring them back."""

_MAKING = 0x6B67726563  # "kgrec"; the advisory lock of those who would all make the tables at once


def is_there(connection: Connection) -> bool:
    """Whether the database has been begun."""
    return inspect(connection).has_table(LOG.name)


def make(connection: Connection) -> None:
    """The tables of a database that has none, in the transaction of a writer."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MAKING})
    if is_there(connection):
        return
    _TABLES.create_all(connection)
    connection.execute(insert(LOG).values(id=1, version=VERSION, last_number=0, last_received=0))


def _bring_up_to_date(connection: Connection) -> None:
    """From version 1, which had events alone."""
    connection.execute(text(f"ALTER TABLE {LOG.name} ADD COLUMN last_change BIGINT NOT NULL DEFAULT 0"))
    _TABLES.create_all(connection)
    connection.execute(update(LOG).values(version=VERSION))


class State(NamedTuple):
    """How far a database has come."""

    version: int
    last_number: int  # of the events
    last_received: int
    last_change: int  # of everything else


_VERSION = select(LOG.c.version)
_STATE = select(*(LOG.c[column] for column in State._fields))
_HELD = _VERSION.with_for_update()


def version(connection: Connection, name: str, *, held: bool = False) -> int:
    """The version of its tables; BadLog if we do not know it."""
    found = connection.execute(_HELD if held else _VERSION).scalar_one_or_none()
    if found is None:
        raise BadLog(f"{name} has no row in {LOG.name}; restore it from a copy")
    if not 1 <= found <= VERSION:
        raise BadLog(
            f"{name} has version {found} and this kgrec knows {VERSION}; "
            f"{'install a newer kgrec' if found > VERSION else 'restore it from a copy'}"
        )
    return int(found)


def state(connection: Connection, name: str, *, held: bool = False) -> State:
    """How far it has come; `held` until the end of a writer's transaction: nobody else writes, and it is up to date."""
    if held and version(connection, name, held=True) < VERSION:
        _bring_up_to_date(connection)
    row = connection.execute(_STATE).one_or_none()
    if row is None:
        raise BadLog(f"{name} has no row in {LOG.name}; restore it from a copy")
    return State(*row)
