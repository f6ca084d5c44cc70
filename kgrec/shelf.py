"""A shop's tables → what cards, lists and histories show of its items and users."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgrec.domain import EVENTS, NEVER, Dataset, IntArray


@dataclass(frozen=True)
class ItemSummary:
    """What a card shows of an item."""

    item_id: str
    title: str
    title_zh: str
    image: str
    price: float | None
    currency: str
    brand: str
    category: str


@dataclass(frozen=True)
class UserSummary:
    """What a list shows of a user."""

    user_id: str
    label: str
    segments: dict[str, str]
    interactions: int


@dataclass(frozen=True)
class HistoryEntry:
    """One thing a user did."""

    item: ItemSummary
    event: str
    time: int | None  # Unix seconds


class Shelf:
    """What is known of items and users without asking a model."""

    def __init__(self, dataset: Dataset) -> None:
        self.dataset = dataset

    def user_count(self) -> int:
        return len(self.dataset.users)

    def item_count(self) -> int:
        return len(self.dataset.items)

    def users(self, query: str = "", limit: int = 50, offset: int = 0) -> list[UserSummary]:
        """Users whose id or segments contain a text, in the order of the source."""
        wanted = query.strip().casefold()
        found = np.arange(len(self.dataset.users))
        if wanted:
            found = np.array([row for row in found if wanted in self._user_texts[row]], dtype=np.int64)
        return [self._user(int(row)) for row in found[offset : offset + limit]]

    def user(self, user_id: str) -> UserSummary:
        """What a list shows of one user."""
        return self._user(self.dataset.users.row(user_id))

    def _user(self, row: int) -> UserSummary:
        table = self.dataset.user_table
        return UserSummary(
            user_id=str(self.dataset.users.ids[row]),
            label=str(self.dataset.users.ids[row]),
            segments={str(name): str(table[name].iloc[row]) for name in table if table[name].iloc[row]},
            interactions=int(self._event_counts[row]),
        )

    def history(self, user_id: str, limit: int = 50) -> list[HistoryEntry]:
        """What a user did, latest first."""
        user_row = self.dataset.users.row(user_id)
        known = self.dataset.interactions
        rows = np.flatnonzero(known.user == user_row)[::-1][:limit]
        timed = known.clock == "seconds"
        return [
            HistoryEntry(
                self.item(str(self.dataset.items.ids[known.item[row]])),
                EVENTS[int(known.event[row])],
                int(known.time[row]) if timed and known.time[row] != NEVER else None,
            )
            for row in rows
        ]

    def item(self, item_id: str) -> ItemSummary:
        """What a card shows of an item."""
        row = self.dataset.items.row(item_id)
        table = self.dataset.item_table

        def text(name: str) -> str:
            return str(table[name].iloc[row]) if name in table else ""

        price = float(table["price"].iloc[row]) if "price" in table else float("nan")
        return ItemSummary(
            item_id=item_id,
            title=text("title") or item_id,
            title_zh=text("title_zh"),
            image=text("image"),
            price=price if np.isfinite(price) else None,
            currency=text("currency"),
            brand=self._fact(row, "has_brand"),
            category=self._fact(row, "has_category"),
        )

    def _fact(self, item_row: int, relation: str) -> str:
        facts = self.dataset.facts
        first, last = np.searchsorted(self._facts_by_item[0], [item_row, item_row + 1])
        rows = self._facts_by_item[1][first:last]
        values = facts.value[rows[facts.relation[rows] == relation]]
        return str(values[0]) if len(values) else ""

    @cached_property
    def _facts_by_item(self) -> tuple[IntArray, IntArray]:
        order = np.argsort(self.dataset.facts.item, kind="stable")
        return self.dataset.facts.item[order], order

    @cached_property
    def _user_texts(self) -> list[str]:
        columns = [self.dataset.user_table[name].astype(str) for name in self.dataset.user_table]
        return [
            " ".join(parts).casefold()
            for parts in zip(map(str, self.dataset.users.ids), *columns, strict=True)
        ]

    @cached_property
    def _event_counts(self) -> IntArray:
        return np.bincount(self.dataset.interactions.user, minlength=len(self.dataset.users))
