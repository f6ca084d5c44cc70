"""The wishes of a shop's users, in its database: all workers on all machines know the same."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path as FilePath
from typing import Any, get_args

from sqlalchemy import Connection, bindparam, delete, insert, select

from kgrec.domain import Asked
from kgrec.errors import BadLog
from kgrec.live.database import Database, Pen
from kgrec.live.schema import WISH
from kgrec.live.wishes import KeptWish, WishBook, checked, iso, of_file, there


class WishTable(WishBook):
    """A book of wishes that lasts."""

    def __init__(self, database: Database, old: FilePath | None = None) -> None:
        """What an older kgrec kept in a file of its own is taken over, and the file deleted."""
        super().__init__()
        self._database = database
        if old is not None and old.exists():
            self._take_over(old)

    def add(self, user_id: str, asked: Asked, entity: str) -> KeptWish:
        """The wish, kept. A user has one wish about an entity: a new one takes the place of the last."""
        checked(asked)
        return self._database.write(lambda pen: _added(pen, user_id, asked, entity))

    def of(self, user_id: str) -> list[KeptWish]:
        """What a user has asked for, oldest first."""
        return kept(self._database.rows(_OF, {"user_id": user_id}), self._database.name)

    def take_back(self, user_id: str, number: int) -> None:
        """The wish is no more; an error if the user has none of that number."""

        def work(pen: Pen) -> None:
            rows = pen.connection.execute(_OF, {"user_id": user_id}).all()
            there(kept(rows, self._database.name), user_id, number)
            pen.connection.execute(delete(WISH).where(WISH.c.user_id == user_id, WISH.c.number == number))
            pen.change()

        self._database.write(work)

    def _take_over(self, old: FilePath) -> None:
        wishes = of_file(old)

        def work(pen: Pen) -> None:
            for wish in wishes:
                checked(wish.asked)
                if not _has(pen.connection, wish.user_id, wish.entity):
                    _added(pen, wish.user_id, wish.asked, wish.entity)

        if wishes:
            self._database.write(work)
        old.unlink(missing_ok=True)


_OF = (
    select(WISH.c.number, WISH.c.asked, WISH.c.entity, WISH.c.received)
    .where(WISH.c.user_id == bindparam("user_id"))
    .order_by(WISH.c.number)
)


def _has(connection: Connection, user_id: str, entity: str) -> bool:
    query = select(WISH.c.number).where(WISH.c.user_id == user_id, WISH.c.entity == entity)
    return connection.execute(query).first() is not None


def _added(pen: Pen, user_id: str, asked: Any, entity: str) -> KeptWish:
    pen.connection.execute(delete(WISH).where(WISH.c.user_id == user_id, WISH.c.entity == entity))
    number = pen.change()
    row = {"number": number, "user_id": user_id, "asked": asked, "entity": entity, "received": pen.now}
    pen.connection.execute(insert(WISH), row)
    return KeptWish(number, asked, entity, iso(pen.now))


def kept(rows: Sequence[Any], name: str) -> list[KeptWish]:
    """Wishes from their rows: number, what is asked, IRI, Unix seconds."""
    for number, asked, *_ in rows:
        if asked not in get_args(Asked):
            raise BadLog(f"{name}: wish {number} asks for {asked!r}, which nobody knows; delete that row")
    return [KeptWish(number, asked, entity, iso(received)) for number, asked, entity, received in rows]
