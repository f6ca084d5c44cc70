"""What a shop's database knows now that its graph does not, asked once a request."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from sqlalchemy import Connection, bindparam, select

from kgrec.errors import BadLog, DiskFull, Unreachable
from kgrec.live import schema
from kgrec.live.database import Database
from kgrec.live.erasure import person_of
from kgrec.live.events import MOST_OF_A_USER, OF_USER, logged
from kgrec.live.people import Who, said_of
from kgrec.live.schema import ITEM_CHANGE
from kgrec.live.told import NOTHING, Known

REST = 1.0  # seconds that a database which could not be read is left alone

_log = logging.getLogger("kgrec.live")

_CHANGED = (
    select(ITEM_CHANGE.c.item_id, ITEM_CHANGE.c.what)
    .where(ITEM_CHANGE.c.number > bindparam("after"))
    .order_by(ITEM_CHANGE.c.number)
)


class Living:
    """The database beside a graph that holds the events up to one, and what was said up to a change, already."""

    def __init__(
        self, database: Database, *, events_until: int = 0, changes_until: int = 0, key: bytes = b""
    ) -> None:
        """`key` is the shop's secret, by which it knows who was forgotten."""
        self.database = database
        self._events_until, self._changes_until, self._key = events_until, changes_until, key
        self._withdrawn: tuple[int, frozenset[str]] = (0, frozenset())  # as of which change
        self._rests_until, self._trouble = 0.0, ""  # monotonic seconds

    def of(self, user_id: str | None) -> Known:
        """What it knows of a user, and of items whoever asks.

        While it cannot be read nothing is used of any user, as it is not known who allows it; it is tried again after
        REST seconds.
        """
        if time.monotonic() >= self._rests_until:
            try:
                known = self._of(user_id)
            except (BadLog, DiskFull, Unreachable) as error:
                self._rests_until = time.monotonic() + REST
                self._trouble = str(getattr(error, "bare", error))
                _log.error("what users did and allow cannot be read: %s", error)
            else:
                self._trouble = ""
                return known
        return Known(allowed=user_id is None, withdrawn=self._withdrawn[1], degraded=True)

    @property
    def trouble(self) -> str:
        """Why it cannot be read, "" if it can."""
        return self._trouble

    def _of(self, user_id: str | None) -> Known:
        with self.database.reading() as connection:
            if connection is None:
                return replace(NOTHING, allowed=user_id is None or self.database.terms.recommend)
            known = NOTHING
            if user_id is not None:
                who = Who(user_id, person_of(user_id, self._key))
                said = said_of(connection, self.database, who, self._changes_until)
                asked = {
                    "user_id": user_id,
                    "since": 0,
                    "after": self._events_until,
                    "most": MOST_OF_A_USER,
                    **self.database.bound("recommend"),
                }
                events = tuple(logged(row) for row in reversed(connection.execute(OF_USER, asked).all()))
                known = Known(events, **vars(said))
            return replace(known, withdrawn=self._withdrawn_now(connection))

    def _withdrawn_now(self, connection: Connection) -> frozenset[str]:
        """Ids of the items that were withdrawn and not put back; only what changed since is read."""
        until, withdrawn = self._withdrawn
        last = schema.state(connection, self.database.name).last_change
        if last == until:
            return withdrawn
        if last < until:  # the database was put back to an earlier day
            until, withdrawn = 0, frozenset()
        changed = {item_id: what for item_id, what in connection.execute(_CHANGED, {"after": until})}
        now = dict.fromkeys(withdrawn, "withdraw") | changed
        withdrawn = frozenset(item_id for item_id, what in now.items() if what == "withdraw")
        self._withdrawn = last, withdrawn
        return withdrawn
