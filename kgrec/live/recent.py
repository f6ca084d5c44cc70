"""What users have chosen of late, read from the log once a minute, and what is popular now because of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
import pandas as pd

from kgrec.domain import FloatArray, IdMap
from kgrec.errors import KgrecError
from kgrec.live.events import EventLog
from kgrec.live.season import HALF_LIFE, popular_now

EVERY = 60.0  # seconds
MOST = 50_000  # choices that are looked at
OLDEST = 8 * HALF_LIFE  # what is older is of no season

_log = logging.getLogger("kgrec.live")


class Recent:
    """The latest choices in a log, as of a minute ago at most."""

    def __init__(
        self, log: EventLog, *, every: float = EVERY, clock: Callable[[], float] = time.time
    ) -> None:
        self._log, self._every, self._clock = log, every, clock
        self._lock = Lock()
        self._read_at = float("-inf")
        self._found: Sequence[tuple[str, str, int]] = ()

    def choices(self) -> Sequence[tuple[str, str, int]]:
        """User, item and time (Unix seconds); as before while the database does not answer."""
        now = self._clock()
        if abs(now - self._read_at) >= self._every and self._lock.acquire(blocking=False):
            try:
                rows = self._log.latest_choices(MOST)
                self._found = [row for row in rows if row[2] >= now - OLDEST]
            except KgrecError as error:
                _log.warning("what is popular now is as of a while ago: %s", error)
            finally:
                self._read_at = now
                self._lock.release()
        return self._found


class Season:
    """The share of each item in what is chosen now, for one catalogue."""

    def __init__(self, recent: Recent, items: IdMap, always: FloatArray) -> None:
        """`always` are the shares in all that was ever chosen (I,)."""
        self._recent, self._items, self._always = recent, items, always
        self._made: tuple[object, FloatArray | None] = (None, None)

    def shares(self) -> FloatArray | None:
        """(I,), adding up to 1; None while nothing was chosen of late."""
        choices = self._recent.choices()
        if self._made[0] is not choices:
            self._made = choices, self._shares(choices)
        return self._made[1]

    def _shares(self, choices: Sequence[tuple[str, str, int]]) -> FloatArray | None:
        known = [choice for choice in choices if choice[1] in self._items]
        if not known:
            return None
        users, items, times = zip(*known, strict=True)
        return popular_now(
            self._items.rows(items),
            np.array(times, np.int64),
            time.time(),
            self._always,
            user_rows=pd.factorize(np.array(users, dtype=object))[0].astype(np.int64),
        )
