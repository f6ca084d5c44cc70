"""Forgetting a user in a shop's database: their rows, at once; who was forgotten, as a keyed hash; and the receipts.

What else holds them, tables and graphs, is `kgrec.forgetting`'s to renew.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import Any

from sqlalchemy import Connection, Table, delete, func, insert, select, update

from kgrec.domain import plain
from kgrec.errors import BadInput, BadLog, UnknownName
from kgrec.live.database import Database, Pen
from kgrec.live.schema import ERASED, EVENT, EXPOSURE, HIDDEN, PERSON, WISH

LONGEST_REASON = 500  # characters

TABLES: dict[str, Table] = {
    "events": EVENT,
    "person": PERSON,
    "hidden_facts": HIDDEN,
    "wishes": WISH,
    "exposures": EXPOSURE,
}
"""What of the database is about users, as receipts call it."""

Receipt = dict[str, Any]


def person_of(user_id: str, key: bytes) -> str:
    """A keyed hash of a user's id; another one than the graph's."""
    told = b"erased\0" + user_id.encode("utf-8", "surrogatepass")
    return hmac.digest(key, told, "sha256").hex()[:32]


@dataclass(frozen=True)
class Erasures:
    """Who was forgotten. `key` is the shop's secret: without it nobody tells from a hash whose it is."""

    database: Database
    key: bytes = field(repr=False)

    def person(self, user_id: str) -> str:
        """What a receipt calls a user; not what the graph calls them."""
        return person_of(user_id, self.key)

    def rows(self, user_id: str) -> dict[str, int]:
        """How many rows of each table are a user's."""
        with self.database.reading() as connection:
            return {} if connection is None else _counted(connection, user_id)

    def copy(self, user_id: str) -> dict[str, list[dict[str, Any]]]:
        """All rows of each table that are a user's, as plain data: what `begin` would delete."""
        with self.database.reading() as connection:
            if connection is None:
                return {name: [] for name in TABLES}
            return {
                name: [
                    dict(row)
                    for row in connection.execute(select(table).where(table.c.user_id == user_id)).mappings()
                ]
                for name, table in TABLES.items()
            }

    def begin(self, user_id: str, reason: str = "") -> Receipt:
        """Delete all rows of a user and begin a receipt: from now on they are a stranger in every answer.

        Begun again before it was done, it adds to the receipt that there is.
        """
        if len(reason) > LONGEST_REASON or plain(reason) != reason.strip():
            raise BadInput(f"the reason is to be one line of at most {LONGEST_REASON} characters")
        person = self.person(user_id)

        def work(pen: Pen) -> Receipt:
            removed = _counted(pen.connection, user_id)
            for table in TABLES.values():
                pen.connection.execute(delete(table).where(table.c.user_id == user_id))
            before = _kept(pen.connection, person, self.database.name)
            receipt = _begun(person, pen.now, reason, before, removed)
            row = {"changed": pen.change(), "received": pen.now, "receipt": _text(receipt)}
            if before is None:
                pen.connection.execute(insert(ERASED), {"person": person, **row})
            else:
                pen.connection.execute(update(ERASED).where(ERASED.c.person == person).values(**row))
            return receipt

        return self.database.write(work)

    def keep(self, receipt: Receipt) -> None:
        """Keep a receipt as it is now."""
        values = {"receipt": _text(receipt)}
        query = update(ERASED).where(ERASED.c.person == receipt["person"]).values(**values)
        self.database.write(lambda pen: pen.connection.execute(query).rowcount)

    def receipt(self, person: str) -> Receipt:
        """The receipt of somebody; UnknownName if there is none."""
        with self.database.reading() as connection:
            kept = None if connection is None else _kept(connection, person, self.database.name)
        if kept is None:
            raise UnknownName("receipt", person)
        return kept

    def pending(self) -> list[str]:
        """Those whose forgetting has begun and is not done."""
        rows = self.database.rows(select(ERASED.c.person, ERASED.c.receipt).order_by(ERASED.c.changed))
        return [
            person for person, text in rows if not _receipt(text, self.database.name).get("complete", False)
        ]

    def persons(self) -> frozenset[str]:
        """All who were forgotten."""
        return frozenset(row.person for row in self.database.rows(select(ERASED.c.person)))

    def known(self) -> Callable[[str], bool]:
        """Whether a user of a source was forgotten, asked of many."""
        persons = self.persons()
        return (lambda user_id: self.person(user_id) in persons) if persons else (lambda _: False)

    def scrub(self, *, whole: bool = False) -> None:
        """See to it that what was deleted is in no file of the database any more.

        SQLite overwrites what it deletes; here what still is in its log goes too, and with `whole` it is written anew.
        PostgreSQL does it in its own time (VACUUM).
        """
        if self.database.file is None or not self.database.file.exists():
            return
        with self.database.connection() as connection:
            if whole:
                connection.exec_driver_sql("VACUUM")
            busy, *_ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
        if busy:
            raise BadLog(
                f"{self.database.name} is read all the time, so its log cannot be emptied; run the same again"
            )

    @property
    def files(self) -> list[FilePath]:
        """The files of the database that there are."""
        file = self.database.file
        return [] if file is None else sorted(file.parent.glob(f"{file.name}*"))


@dataclass(frozen=True)
class Expired:
    """How much was deleted because its time was over."""

    events: int
    exposures: int


def purge(database: Database, *, exposures_before: int) -> Expired:
    """Delete the events that are older than the terms allow, and exposures before a moment (Unix seconds)."""
    before = int(database.bound("recommend")["oldest"])

    def work(pen: Pen) -> Expired:
        run = pen.connection.execute
        return Expired(
            int(run(delete(EVENT).where(EVENT.c.time < before)).rowcount),
            int(run(delete(EXPOSURE).where(EXPOSURE.c.time < exposures_before)).rowcount),
        )

    if database.state() is None:
        return Expired(0, 0)
    return database.write(work)


def _counted(connection: Connection, user_id: str) -> dict[str, int]:
    counts = {
        name: connection.execute(
            select(func.count()).select_from(table).where(table.c.user_id == user_id)
        ).scalar_one()
        for name, table in TABLES.items()
    }
    return {name: int(count) for name, count in counts.items()}


def _begun(person: str, now: int, reason: str, before: Receipt | None, removed: dict[str, int]) -> Receipt:
    receipt: Receipt = {"person": person, "complete": False, "begun": _iso(now), "reason": plain(reason)}
    if before is None or before.get("complete", False):
        return receipt | {"removed": {"database": removed}}
    counted = before.get("removed", {}).get("database", {})
    total = {name: count + int(counted.get(name, 0)) for name, count in removed.items()}
    return receipt | before | {"complete": False, "removed": {**before.get("removed", {}), "database": total}}


def _kept(connection: Connection, person: str, name: str) -> Receipt | None:
    text = connection.execute(select(ERASED.c.receipt).where(ERASED.c.person == person)).scalar_one_or_none()
    return None if text is None else _receipt(text, name)


def _receipt(text: str, name: str) -> Receipt:
    try:
        found = json.loads(text)
        return dict(found)
    except (TypeError, ValueError):
        raise BadLog(f"{name} holds a receipt that cannot be read; restore it from a copy") from None


def _text(receipt: Receipt) -> str:
    return json.dumps(receipt, ensure_ascii=False, allow_nan=False)


def _iso(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
