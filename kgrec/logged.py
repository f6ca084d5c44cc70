"""A dataset, and what the shop's database was told since → the dataset that knows both."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from kgrec import storage
from kgrec.domain import NEVER, Dataset, FloatArray, IdMap, IntArray, Interactions
from kgrec.live.told import Logged, by_the_second
from kgrec.peopled import as_they_will
from kgrec.restocking import restocked


@dataclass(frozen=True, eq=False)
class Grown:
    """A dataset that knows what was told until some moment."""

    dataset: Dataset
    events: int = 0  # that are in it
    aside: int = 0  # that are about items which nobody has described
    last_event: int = 0  # number of the last event that was looked at
    last_change: int = 0  # and of the last change

    @property
    def manifest(self) -> dict[str, int]:
        """What a generation says of itself, so that a server adds what came after."""
        return {"events_until": self.last_event, "changes_until": self.last_change}


def grown(workspace: storage.Workspace, dataset: Dataset) -> Grown:
    """The dataset of a workspace with all that its database was told, as far as its users allow."""
    # The database's library is needed for this alone.
    from kgrec.live.database import Database
    from kgrec.live.events import EventLog
    from kgrec.live.items import ItemBook
    from kgrec.live.people import People

    database = Database.of(workspace.folder)
    try:
        state = database.state()
        if state is None:
            return Grown(dataset)
        events = [logged for logged in EventLog(database).after() if logged.number <= state.last_number]
        changes = [change for change in ItemBook(database).after() if change.number <= state.last_change]
        dataset = restocked(dataset, changes, workspace.namer)
        dataset = as_they_will(dataset, People(database).wills(), workspace.namer)
        dataset, aside = with_events(dataset, events)
        return Grown(dataset, len(events) - aside, aside, state.last_number, state.last_change)
    finally:
        database.close()


def with_events(dataset: Dataset, events: Sequence[Logged]) -> tuple[Dataset, int]:
    """The dataset with the events that are about its items, and how many are about others.

    Users that it does not have come after those that it has, in the order of their first event, without segments.
    """
    known = [logged for logged in events if logged.event.item_id in dataset.items]
    if not known:
        return dataset, len(events)
    users = [logged.event.user_id for logged in known]
    fresh = [user_id for user_id in dict.fromkeys(users) if user_id not in dataset.users]
    everybody = IdMap(dataset.users.kind, [*dataset.users.ids, *fresh]) if fresh else dataset.users
    lines = np.array([-logged.number for logged in known], dtype=np.int64)
    about_items = [logged.event for logged in known]
    added = by_the_second(about_items, everybody.rows(users), dataset.items, lines)
    grown = replace(
        dataset,
        users=everybody,
        user_table=_longer(dataset.user_table, len(fresh)),
        interactions=_joined(dataset.interactions, added, len(everybody)),
    )
    return grown, len(events) - len(known)


def _longer(table: pd.DataFrame, n: int) -> pd.DataFrame:
    """The table with n rows of which nothing is known."""
    return table.reindex(range(len(table) + n), fill_value="") if n else table


def _joined(before: Interactions, added: Interactions, n_users: int) -> Interactions:
    """Both, oldest first, by the clock of what was there before.

    Where that counts the steps of each user, what is added comes after them in the order of its own times.
    """
    added = added.select(np.argsort(added.time, kind="stable"))
    if not len(before):
        return added
    if before.clock != "seconds":
        added = replace(added, time=_steps(before, added, n_users), clock=before.clock)
    columns: dict[str, IntArray | FloatArray] = {
        name: np.concatenate([getattr(before, name), getattr(added, name)])
        for name in ("user", "item", "event", "weight", "time", "line")
    }
    both = Interactions(**columns, clock=before.clock)  # type: ignore[arg-type]
    if before.clock == "none":
        return both
    return both.select(np.argsort(both.time, kind="stable"))


def _steps(before: Interactions, added: Interactions, n_users: int) -> IntArray:
    """The place of each added event in its user's sequence (n,)."""
    if before.clock == "none":
        return np.full(len(added), NEVER, dtype=np.int64)
    last = np.full(n_users, -1, dtype=np.int64)
    np.maximum.at(last, before.user, before.time)
    order = np.argsort(added.user, kind="stable")
    count = np.bincount(added.user, minlength=n_users)
    place = np.empty(len(added), np.int64)
    place[order] = np.arange(len(added)) - np.repeat(np.cumsum(count) - count, count)
    found: IntArray = last[added.user] + 1 + place
    return found
