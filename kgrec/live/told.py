"""What a shop is told of its users as it happens: events as plain data, and as interactions in rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

import numpy as np

from kgrec.domain import EVENT_RELATIONS, EVENTS, NEVER, Clock, Dataset, IdMap, IntArray, Interactions
from kgrec.live.wishes import KeptWish


@dataclass(frozen=True, slots=True)
class Event:
    """One thing a user did, as it was told."""

    event_id: str
    user_id: str
    item_id: str
    event: str  # one of EVENTS
    time: int  # Unix seconds
    value: float | None = None  # how much of it, > 0
    request_id: str | None = None  # of the recommendation that it came from


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it lies in the log."""

    number: int  # 1, 2, … in the order in which they were written; what a cursor points at
    event: Event
    received: int  # Unix seconds; never goes back


@dataclass(frozen=True)
class Known:
    """What a shop's database knows now that its tables do not: of one user, and of its items."""

    events: tuple[Logged, ...] = ()  # of the user, oldest first
    withdrawn: frozenset[str] = frozenset()  # ids of items that are not to be recommended any more
    allowed: bool = True  # whether the user wants recommendations of their own
    erased: bool = False  # whether they were forgotten: what a graph of before says of them is nobody's
    hidden: frozenset[tuple[str, str]] = frozenset()  # relations and IRIs that are not to be used
    attributes: Mapping[str, str | None] = field(default_factory=dict)  # None: it is known of them no more
    wishes: tuple[KeptWish, ...] = ()  # oldest first
    degraded: bool = False  # whether the database cannot be read, and so nothing is used of anybody

    @property
    def anything(self) -> bool:
        """Whether it makes somebody who is in no table a user: something they did or asked for, or was said of them."""
        return bool(self.events or self.wishes or any(self.attributes.values()))

    @property
    def hidden_segments(self) -> frozenset[tuple[str, str]]:
        """Those of the hidden that no event is: what somebody does after they hid it is known again."""
        return frozenset(one for one in self.hidden if one[0] not in EVENT_RELATIONS)

    @property
    def newest_received(self) -> int | None:
        """When the latest event was received (Unix seconds)."""
        return max((logged.received for logged in self.events), default=None)


NEWEST: ContextVar[int] = ContextVar("newest event", default=0)
"""When the newest event was received that an answer of this context was made with (Unix seconds); 0: none."""

NOTHING = Known()
"""What a shop without a database knows."""


def in_rows(events: Sequence[Logged], items: IdMap, user_row: int, clock: Clock, last: int) -> Interactions:
    """Events of one user about items that there are, oldest first; `line` holds their numbers in the log.

    Where interactions are counted by steps, these come after `last`, the latest step of the user that is known.
    """
    known = [logged for logged in events if logged.event.item_id in items]
    known.sort(key=lambda logged: logged.event.time)  # stable: of one second, in the order of the log
    n = len(known)
    found = by_the_second(
        [logged.event for logged in known],
        np.full(n, user_row, dtype=np.int64),
        items,
        np.array([logged.number for logged in known], dtype=np.int64),
    )
    if clock == "seconds":
        return found
    time = last + 1 + np.arange(n) if clock == "steps" else np.full(n, NEVER, dtype=np.int64)
    return replace(found, time=time, clock=clock)


def by_the_second(
    events: Sequence[Event], user_rows: IntArray, items: IdMap, lines: IntArray
) -> Interactions:
    """Events about items that there are, in the order in which they are given; one without a value weighs 1."""
    return Interactions(
        user=user_rows,
        item=items.rows(event.item_id for event in events),
        event=np.array([EVENTS.index(event.event) for event in events], dtype=np.int64),
        weight=np.array([event.value or 1.0 for event in events], dtype=np.float32),
        time=np.array([event.time for event in events], dtype=np.int64),
        line=lines,
    )


def as_interactions(events: Sequence[Event], dataset: Dataset) -> tuple[Interactions, list[Event]]:
    """Events in the rows of a dataset, oldest first, and those of users or items that it does not have.

    An event without a value weighs 1.
    """
    known = [event for event in events if event.user_id in dataset.users and event.item_id in dataset.items]
    aside = [
        event for event in events if event.user_id not in dataset.users or event.item_id not in dataset.items
    ]
    known.sort(key=lambda event: event.time)  # stable: of one second, in the order in which they were given
    user_rows = dataset.users.rows(event.user_id for event in known)
    return by_the_second(known, user_rows, dataset.items, np.zeros(len(known), dtype=np.int64)), aside
