"""What was shown to whom: kept in batches by a thread of its own, so that no answer waits for it.

They are statistics, not promises: what cannot be kept is counted and let go.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

from sqlalchemy import Boolean, bindparam, case, delete, insert, null, or_, select

from kgrec.errors import BadInput, BadLog, KgrecError
from kgrec.live.database import Database, Pen
from kgrec.live.events import may_be_used
from kgrec.live.schema import ERASED, EVENT, EXPOSURE, PERSON
from kgrec.settings import section

_LOGGER = logging.getLogger("kgrec.exposures")

WAITING = 5_000  # exposures of a process that wait; one more is let go
BATCH = 500
EVERY = 1.0  # seconds that they are gathered
FORGOTTEN_EVERY = 3600.0  # seconds between looks for what is to be forgotten
CHUNK = 5_000  # exposures that are read at once
DAY = 86_400

CLICKS = ("view", "cart")
PURCHASES = ("buy",)
"""Events that are a click on what was shown, and those that are a purchase of it."""

WAYS = ("user", "visitor", "newcomer", "degraded")
"""Who was answered, and how: a user the model knows, a session, somebody without history, with less than usual."""


@dataclass(frozen=True, slots=True)
class Shown:
    """An item of a list and the kind of reason beside it: a metapath, "popular", "rule", or "none"."""

    item_id: str
    kind: str = "none"


@dataclass(frozen=True, slots=True)
class Exposure:
    """A list of recommendations that was answered."""

    request_id: str
    user_id: str | None  # nobody's: a visitor's, or of somebody who takes no part in research
    time: int  # Unix seconds
    model: str
    graph_version: str
    experiment: str | None
    arm: str | None
    way: str  # one of WAYS
    items: tuple[Shown, ...]  # by place


@dataclass(frozen=True)
class ExposureSettings:
    """`[exposures]` of kgrec.toml."""

    keep: bool = True
    days: int = 90  # until they are forgotten

    @classmethod
    def read(cls, file: FilePath) -> ExposureSettings:
        """Those that a workspace's kgrec.toml sets; BadInput or UnknownName say what is wrong."""
        given = section(file, "exposures", ("keep", "days"))
        keep, days = given.get("keep", cls.keep), given.get("days", cls.days)
        if not isinstance(keep, bool):
            raise BadInput(f"{file}: [exposures] keep is {keep!r}; write true or false")
        if isinstance(days, bool) or not isinstance(days, int) or days < 1:
            raise BadInput(f"{file}: [exposures] days is {days!r}; it is to be a whole number above 0")
        return cls(keep, days)


@dataclass(frozen=True, slots=True)
class Response:
    """Something that a user did, as far as it may be studied."""

    request_id: str | None  # of the recommendation that it came from
    user_id: str | None  # None of somebody who takes no part in research
    item_id: str
    event: str
    time: int  # Unix seconds


class ExposureBook:
    """The exposures of a shop, in its database."""

    def __init__(
        self, database: Database, person: Callable[[str], str] | None = None, *, days: int | None = None
    ) -> None:
        """`person` tells what the receipt of an erasure calls a user; without it nobody was ever erased. What is older
        than so many `days` is not there, whether it has been deleted yet or not.
        """
        self.database, self._person, self._days = database, person, days

    def keep(self, exposures: Sequence[Exposure]) -> None:
        """Write them; without their user if they do not allow research at this moment, or were erased since."""

        def work(pen: Pen) -> None:
            nameless = self._nameless(pen, exposures)
            rows = [
                _row(one, nameless=place in nameless or one.user_id is None)
                for place, one in enumerate(exposures)
            ]
            if rows:
                pen.connection.execute(insert(EXPOSURE), rows)

        self.database.write(work)

    def _nameless(self, pen: Pen, exposures: Sequence[Exposure]) -> set[int]:
        """The places of those that are not to be kept with their user."""
        users = sorted({one.user_id for one in exposures if one.user_id is not None})
        unasked = self.database.terms.research
        run = pen.connection.execute
        others = set(run(_ANSWERED, {"user_ids": users, "answer": not unasked}).scalars()) if users else set()
        allowed = {user_id for user_id in users if (user_id in others) != unasked}
        erased: dict[str, int] = {}  # by user, when
        if self._person is not None and allowed:
            whose = {self._person(user_id): user_id for user_id in sorted(allowed)}
            erased = {whose[person]: when for person, when in run(_ERASED, {"persons": list(whose)})}
        return {
            place
            for place, one in enumerate(exposures)
            if one.user_id not in allowed or erased.get(one.user_id or "", -1) >= one.time
        }

    def since(self, moment: int) -> Iterator[Exposure]:
        """Those of a moment (Unix seconds) and later, in the order in which they were written."""
        number, moment = 0, max(moment, self.database.oldest(self._days))
        while True:
            rows = self.database.rows(_SINCE, {"since": moment, "after": number}, unhurried=True)
            for _, *row in rows:
                yield _exposure(row, self.database.name)
            if len(rows) < CHUNK:
                return
            number = rows[-1][0]

    def responses(self, moment: int) -> Iterator[Response]:
        """What was done since a moment: of users who allow research all of it, of others what a list led to."""
        number = 0
        while True:
            asked = {"since": moment, "after": number, **self.database.bound("research")}
            rows = self.database.rows(_RESPONSES, asked, unhurried=True)
            for _, *row in rows:
                yield Response(*row)
            if len(rows) < CHUNK:
                return
            number = rows[-1][0]

    def forget_before(self, moment: int) -> int:
        """Delete those before a moment (Unix seconds); how many they were."""
        if self.database.state() is None:
            return 0  # forgetting makes no file
        doomed = delete(EXPOSURE).where(EXPOSURE.c.time < moment)
        return self.database.write(lambda pen: int(pen.connection.execute(doomed).rowcount))


_COLUMNS = tuple(EXPOSURE.c[name] for name in Exposure.__slots__)

# Made once: to make a query takes longer than to answer it.
_SINCE = (
    select(EXPOSURE.c.number, *_COLUMNS)
    .where(EXPOSURE.c.time >= bindparam("since"), EXPOSURE.c.number > bindparam("after"))
    .order_by(EXPOSURE.c.number)
    .limit(CHUNK)
)
_ANSWERED = select(PERSON.c.user_id).where(
    PERSON.c.user_id.in_(bindparam("user_ids", expanding=True)),
    PERSON.c.research == bindparam("answer", type_=Boolean),
)
_ERASED = select(ERASED.c.person, ERASED.c.received).where(
    ERASED.c.person.in_(bindparam("persons", expanding=True))
)
_ALLOWED, _KEPT = may_be_used("research")
_RESPONSES = (
    select(
        EVENT.c.number,
        EVENT.c.request_id,
        case((_ALLOWED, EVENT.c.user_id), else_=null()),
        EVENT.c.item_id,
        EVENT.c.event,
        EVENT.c.time,
    )
    .where(
        EVENT.c.time >= bindparam("since"),
        EVENT.c.number > bindparam("after"),
        EVENT.c.event.in_((*CLICKS, *PURCHASES)),
        or_(EVENT.c.request_id.isnot(None), _ALLOWED),
        _KEPT,
    )
    .order_by(EVENT.c.number)
    .limit(CHUNK)
)


def _row(one: Exposure, *, nameless: bool) -> dict[str, Any]:
    row: dict[str, Any] = {name: getattr(one, name) for name in Exposure.__slots__}
    row["items"] = json.dumps([[shown.item_id, shown.kind] for shown in one.items], separators=(",", ":"))
    if nameless:
        row |= {"user_id": None, "experiment": None, "arm": None}  # an arm is of somebody who takes part
    return row


def _exposure(row: Sequence[Any], name: str) -> Exposure:
    try:
        items = tuple(Shown(str(item_id), str(kind)) for item_id, kind in json.loads(row[-1]))
    except (TypeError, ValueError):
        raise BadLog(f"{name} holds an exposure whose items cannot be read; restore it from a copy") from None
    return Exposure(**{**dict(zip(Exposure.__slots__, row, strict=True)), "items": items})


class ExposureWriter:
    """Takes exposures from many threads without keeping any waiting, and hands them to a book in batches."""

    def __init__(
        self,
        keep: Callable[[Sequence[Exposure]], None],
        forget_before: Callable[[int], int] | None = None,
        *,
        days: int = ExposureSettings.days,
        waiting: int = WAITING,
        every: float = EVERY,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`keep` writes a batch and `forget_before` deletes; both are called by one thread, and may take their time."""
        self._keep, self._forget_before, self._days = keep, forget_before, days
        self._most, self._every, self._clock = waiting, every, clock
        self._changed = threading.Condition()
        self._waiting: list[Exposure] = []
        self._pid = 0  # nobody's
        self._closing = False
        self._writing = False
        self._forgot = 0.0  # monotonic seconds; the first look is at the start
        self.dropped = 0  # in this process: there was no room, or they could not be written
        self.trouble = ""  # why the last batch could not be written; nothing if it was

    def put(self, exposure: Exposure) -> bool:
        """Take one; False if there is no room, and it is let go."""
        with self._changed:
            self._run()
            if len(self._waiting) >= self._most:
                self.dropped += 1
                return False
            self._waiting.append(exposure)
            if len(self._waiting) >= BATCH:
                self._changed.notify_all()
            return True

    def flush(self, seconds: float = 5.0) -> None:
        """Wait until all that was taken has been written or let go."""
        until = time.monotonic() + seconds
        with self._changed:
            self._changed.notify_all()
            while (self._waiting or self._writing) and self._pid == os.getpid():
                if not self._changed.wait(max(0.0, until - time.monotonic())):
                    return

    def close(self, seconds: float = 5.0) -> None:
        """Write what waits and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
            mine = self._pid == os.getpid()
        if mine:
            self._thread.join(seconds)
            atexit.unregister(self.close)

    def _run(self) -> None:
        """Begin the thread of this process: a server forks after it has opened the shop."""
        if self._pid == os.getpid():
            return
        self._pid, self._waiting, self._closing, self._writing = os.getpid(), [], False, False
        self.dropped = 0
        self._thread = threading.Thread(target=self._work, name="kgrec-exposures", daemon=True)
        self._thread.start()
        atexit.register(self.close)

    def _work(self) -> None:
        while True:
            with self._changed:
                if not self._closing and len(self._waiting) < BATCH:
                    self._changed.wait(self._every)
                batch, self._waiting = self._waiting[:BATCH], self._waiting[BATCH:]
                self._writing = bool(batch)
                over = self._closing and not batch
            if over:
                return
            try:
                self._write(batch)
            finally:
                with self._changed:
                    self._writing = False
                    self._changed.notify_all()

    def _write(self, batch: Sequence[Exposure]) -> None:
        try:
            if batch:
                self._keep(batch)
                self.trouble = ""
            now = time.monotonic()
            if self._forget_before is not None and (
                self._forgot == 0 or now - self._forgot > FORGOTTEN_EVERY
            ):
                self._forgot = now
                self._forget_before(int(self._clock()) - self._days * DAY)
        except KgrecError as error:
            self.dropped += len(batch)
            self.trouble = str(getattr(error, "bare", error))
        except Exception as error:  # the thread goes on, and says what it met
            self.dropped += len(batch)
            self.trouble = type(error).__name__
            _LOGGER.error("exposures could not be kept", exc_info=error)
