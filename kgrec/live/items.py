"""What programs say of items after they were read from the source: new ones, corrected ones, withdrawn ones."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import bindparam, insert, select

from kgrec.errors import Changed
from kgrec.live.database import Database, Pen
from kgrec.live.schema import ITEM_CHANGE

What = Literal["put", "patch", "withdraw"]
"""All that an item is from now on; some of what it is; that it is not to be recommended any more."""

CHUNK = 1000  # changes that are read at once


@dataclass(frozen=True)
class ItemChange:
    """One thing that was said of an item."""

    number: int  # of the change
    item_id: str
    what: What
    attributes: Mapping[str, Any]  # by name; None for one that is taken away
    received: int  # Unix seconds


class ItemBook:
    """The changes of a shop's items, in its database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def write(
        self, item_id: str, what: What, attributes: Mapping[str, Any], *, after: int | None = None
    ) -> int:
        """Keep a change; its number, once it is on disk.

        With `after`, only if the last change of the item has that number (0: there is none); Changed otherwise.
        """

        def work(pen: Pen) -> int:
            number = pen.change()
            if after is not None:
                last = pen.connection.execute(_LAST, {"item_id": item_id}).one_or_none()
                if after != (0 if last is None else last.number):
                    raise Changed(f"item {item_id!r} was changed meanwhile; ask for it again")
            told = json.dumps(attributes, ensure_ascii=False, allow_nan=False)
            row = {
                "number": number,
                "item_id": item_id,
                "what": what,
                "attributes": told,
                "received": pen.now,
            }
            pen.connection.execute(insert(ITEM_CHANGE), row)
            return number

        return self.database.write(work)

    def after(self, number: int = 0) -> Iterator[ItemChange]:
        """The changes after one, in the order of their numbers; 0 is before the first."""
        while True:
            rows = self.database.rows(_AFTER, {"after": number})
            for number, item_id, what, attributes, received in rows:
                yield ItemChange(number, item_id, what, json.loads(attributes), received)
            if len(rows) < CHUNK:
                return

    def last(self, item_id: str) -> What | None:
        """What was said of an item last, if anything."""
        rows = self.database.rows(_LAST, {"item_id": item_id})
        return rows[0].what if rows else None

    def last_number(self, item_id: str) -> int:
        """The number of the last change of an item, 0 if there is none."""
        rows = self.database.rows(_LAST, {"item_id": item_id})
        return int(rows[0].number) if rows else 0


_AFTER = (
    select(*(ITEM_CHANGE.c[name] for name in ("number", "item_id", "what", "attributes", "received")))
    .where(ITEM_CHANGE.c.number > bindparam("after"))
    .order_by(ITEM_CHANGE.c.number)
    .limit(CHUNK)
)
_LAST = (
    select(ITEM_CHANGE.c.number, ITEM_CHANGE.c.what)
    .where(ITEM_CHANGE.c.item_id == bindparam("item_id"))
    .order_by(ITEM_CHANGE.c.number.desc())
    .limit(1)
)
