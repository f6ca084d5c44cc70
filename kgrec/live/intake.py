"""What programs tell of users → the event log: each record checked, the good ones written, the others told why."""

from __future__ import annotations

import hashlib
import math
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from threading import Lock
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import PydanticCustomError

from kgrec.domain import ID_FAULTS, MAX_ID_CHARACTERS
from kgrec.errors import KgrecError
from kgrec.live.events import EventLog
from kgrec.live.keys import KeyRing
from kgrec.live.told import Event

MOST_RECORDS = 1000  # in one batch
MOST_AHEAD = 86_400  # seconds that the clock of who tells may be ahead of ours
TRIED_EVERY = 1.0  # seconds between attempts to write that only ask whether it can be done
LONGEST_FIELD = 100  # characters of a field's name in a reason: anybody may have invented it

TOLD_BY_USERS = ("view", "cart", "rate", "dislike")
"""What somebody may say they did themselves; what was bought and returned is for the shop to say."""

Kind = Literal["view", "cart", "buy", "rate", "return", "dislike"]

_ISO = re.compile(
    r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?", re.ASCII
)


def _an_id(name: str) -> str:
    for fault, reason, _ in ID_FAULTS:
        if fault(name):
            raise PydanticCustomError("id", reason)
    return name


def _an_amount(value: float) -> float:
    with np.errstate(over="ignore"):
        weight = np.float32(value)  # what interactions hold
    if not (np.isfinite(weight) and weight > 0):
        raise PydanticCustomError("value", "is not a number above 0 that can be counted with")
    return value


Id = Annotated[
    str,
    AfterValidator(_an_id),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_ID_CHARACTERS}),
]
Amount = Annotated[
    float, AfterValidator(_an_amount), WithJsonSchema({"type": "number", "exclusiveMinimum": 0})
]
Moment = Annotated[
    str | int | float,
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "number", "minimum": 0}]}),
    Field(description="ISO 8601, UTC unless it says otherwise, or Unix seconds; at most a day ahead"),
]


class EventRecord(BaseModel):
    """One event as a program tells it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    event_id: Annotated[Id, Field(description="of the sender's making; the same again is a duplicate")]
    user_id: Id
    item_id: Annotated[Id, Field(description="need not be in the catalogue yet")]
    event: Kind
    datetime: Moment
    value: Annotated[Amount | None, Field(description="how much of it; of a rate event the rating")] = None
    request_id: Annotated[Id | None, Field(description="of the recommendation that it came from")] = None


@dataclass(frozen=True)
class Rejected:
    """A record that was not written."""

    index: int  # in the batch
    reason: str


@dataclass(frozen=True)
class Taken:
    """What became of a batch."""

    accepted: int
    duplicates: int
    rejected: tuple[Rejected, ...]


class Intake:
    """Where a shop's programs tell what users do; closed while no key may."""

    def __init__(self, log: EventLog, keys: KeyRing, *, clock: Callable[[], float] = time.time) -> None:
        self.log, self._keys, self._clock = log, keys, clock
        self._lock = Lock()
        self._tried = -math.inf  # monotonic seconds
        self._state = "being tried"

    def allow(self, key: str | None) -> None:
        """NoKey or NotAllowed unless it is a key of role events."""
        self._keys.allow(None if key is None else self._keys.known(key), "events")

    def take(self, records: Sequence[Any], *, told_by: str | None = None) -> Taken:
        """Write the records that are events; when this returns they are on disk.

        With `told_by`, the id of a user, only what users can tell of themselves: TOLD_BY_USERS, and of nobody else;
        the names that they give events are theirs, and take none from the shop or from other users.
        """
        events: dict[int, Event] = {}
        rejected: dict[int, str] = {}
        now = self._clock()
        for index, record in enumerate(records):
            try:
                events[index] = _event(EventRecord.model_validate(record), now)
                if told_by is not None:
                    events[index] = _own(events[index], told_by)
            except ValidationError as error:
                rejected[index] = _reason(error)
            except PydanticCustomError as error:
                rejected[index] = error.message()
                events.pop(index, None)
        done = self.log.append(list(events.values()))
        places = list(events)
        for position in done.conflicts:
            rejected[places[position]] = "event_id: is that of an event with other content"
        return Taken(
            done.accepted,
            done.duplicates,
            tuple(Rejected(index, rejected[index]) for index in sorted(rejected)),
        )

    def state(self) -> str:
        """Whether events can be written: "ready", "closed" while no key may, or why not.

        It is tried once a second at most, and who asks meanwhile is told what was found last.
        """
        if self._lock.acquire(timeout=TRIED_EVERY):
            try:
                if time.monotonic() - self._tried >= TRIED_EVERY:
                    self._state = self._try_out()
                    self._tried = time.monotonic()
            finally:
                self._lock.release()
        return self._state

    def _try_out(self) -> str:
        if all(key.role == "read" for key in self._keys.kept()):
            return "closed"
        try:
            self.log.database.try_out()
        except KgrecError as error:
            return str(getattr(error, "bare", error))
        return "ready"


def _event(record: EventRecord, now: float) -> Event:
    if record.event == "rate" and record.value is None:
        raise PydanticCustomError(
            "value", "value: is missing, and a rate event is nothing without its rating"
        )
    return Event(
        record.event_id,
        record.user_id,
        record.item_id,
        record.event,
        _seconds(record.datetime, now),
        record.value,
        record.request_id,
    )


def _own(event: Event, told_by: str) -> Event:
    """An event as its user may tell it, by a name that nobody else can have given one."""
    if event.user_id != told_by:
        raise PydanticCustomError("user_id", "user_id: is not the user whom the token is for")
    if event.event not in TOLD_BY_USERS:
        raise PydanticCustomError("event", "event: is told by the shop itself, with a key of role events")
    told = f"{told_by}\0{event.event_id}".encode("utf-8", "surrogatepass")  # no id holds a NUL
    return replace(event, event_id=f"told-{hashlib.sha256(told).hexdigest()[:32]}")


def _seconds(moment: str | int | float, now: float) -> int:
    """Unix seconds, whole ones."""
    seconds = _of_text(moment) if isinstance(moment, str) else moment
    if seconds is None or (isinstance(seconds, float) and not math.isfinite(seconds)):
        raise PydanticCustomError(
            "datetime", "datetime: is neither ISO 8601 (2026-01-31T12:00:00Z) nor Unix seconds"
        )
    if seconds > now + MOST_AHEAD:
        raise PydanticCustomError(
            "datetime", "datetime: is more than a day in the future; a number is to be of seconds"
        )
    if seconds < 0:
        raise PydanticCustomError("datetime", "datetime: is before 1970")
    return math.floor(seconds)


def _of_text(text: str) -> float | None:
    if not _ISO.fullmatch(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None


def _reason(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    where = str(first["loc"][0])[:LONGEST_FIELD] if first["loc"] else "the record"
    return f"{where}: {first['msg']}"
