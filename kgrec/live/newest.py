"""What programs said of items → which of them have come to the shop since its catalogue was read, and when."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping
from functools import cached_property

from sqlalchemy import func, select

from kgrec.errors import KgrecError
from kgrec.live.database import Database
from kgrec.live.schema import ITEM_CHANGE

MOST = 500  # of the latest

_log = logging.getLogger("kgrec.live")

_TOLD = (
    select(ITEM_CHANGE.c.item_id, func.min(ITEM_CHANGE.c.received))
    .where(ITEM_CHANGE.c.what != "withdraw")
    .group_by(ITEM_CHANGE.c.item_id)
    .order_by(func.min(ITEM_CHANGE.c.number).desc())
)


class Newest:
    """The items of a shop that its catalogue did not have; read again when something was said."""

    def __init__(self, database: Database, catalogue: Callable[[], Collection[str]]) -> None:
        """`catalogue` gives the ids that were there when the source was read."""
        self._database, self._catalogue = database, catalogue
        self._found: tuple[int, Mapping[str, int]] = (0, {})  # as of which change

    def __call__(self) -> Mapping[str, int]:
        """Item id → when it was first told of (Unix seconds), the latest first; as before while the database rests."""
        try:
            state = self._database.state()
            last = 0 if state is None else state.last_change
            if last != self._found[0]:
                rows = self._database.rows(_TOLD, {})
                told = {str(item_id): int(time) for item_id, time in rows if item_id not in self._before}
                self._found = last, dict(list(told.items())[:MOST])
        except KgrecError as error:
            _log.warning("what has come to the shop last is as of a while ago: %s", error)
        return self._found[1]

    @cached_property
    def _before(self) -> frozenset[str]:
        return frozenset(self._catalogue())
