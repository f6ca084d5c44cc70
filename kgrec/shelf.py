"""A shop's tables → what cards, lists and histories show of its items and users."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from kgrec.domain import EVENTS, NEVER, Dataset, IntArray, ObjectArray
from kgrec.errors import BadInput
from kgrec.understand.mentions import Mentions, no_mentions

REMEMBERED = 20_000
"""Items whose cards are kept."""

MOST_ASPECTS = 12
"""Of an item, that are told."""


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


@dataclass(frozen=True)
class Spoken:
    """A part of a review, text[start:end], that speaks of aspects."""

    start: int
    end: int
    aspects: tuple[str, ...]  # labels
    praises: bool | None  # None if it praises one of them and finds fault with another


@dataclass(frozen=True)
class Review:
    """What somebody wrote of an item; who it was is not told."""

    rating: float | None
    text: str
    lang: str  # "" if that is not known
    time: int | None  # Unix seconds
    spoken: tuple[Spoken, ...] = ()  # in the order of the text, none within another


@dataclass(frozen=True)
class Aspect:
    """Something about an item that its reviews speak of, and in how many of them for or against it."""

    label: str
    praised: int
    faulted: int
    lang: str = ""  # of the label


@dataclass(frozen=True)
class Reviews:
    """The reviews of an item: those asked for, and all of them in figures."""

    items: tuple[Review, ...]  # latest first
    total: int
    rated: int  # how many of them have a rating
    mean: float | None  # of these
    aspects: tuple[Aspect, ...] = ()  # most spoken of first; none where nothing has looked for them


class Shelf:
    """What is known of items and users without asking a model."""

    def __init__(self, dataset: Dataset, mentions: Callable[[], Mentions] = no_mentions) -> None:
        """`mentions` finds what the dataset's reviews speak of."""
        self.dataset = dataset
        self._find_mentions = mentions

    @cached_property
    def mentions(self) -> Mentions:
        """What the dataset's reviews speak of, those too that may not be told any more."""
        return self._find_mentions()

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
        found = self._summaries.get(item_id)
        if found is None:
            if len(self._summaries) >= REMEMBERED:
                self._summaries.clear()
            found = self._summaries[item_id] = self._item(item_id)
        return found

    def _item(self, item_id: str) -> ItemSummary:
        row, columns = self.dataset.items.row(item_id), self._shown_columns

        def text(name: str) -> str:
            return str(columns[name][row]) if name in columns else ""

        price = float(columns["price"][row]) if "price" in columns else float("nan")
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

    def reviews(self, item_id: str, limit: int = 10, offset: int = 0, lang: str = "") -> Reviews:
        """What was written of an item, latest first; nothing of who wrote it.

        Aspects named in the language `lang` come before others, those that most reviews speak of first.
        """
        if limit < 0 or offset < 0:
            raise BadInput(f"limit is {limit} and offset {offset}; neither can be below 0")
        self.dataset.items.row(item_id)
        table = self.dataset.reviews
        rows = self._still_told(self._reviews_of.get(item_id, np.zeros(0, np.int64)))
        ratings = table["rating"].to_numpy(np.float64)[rows]
        rated = ratings[np.isfinite(ratings)]
        return Reviews(
            items=tuple(self._review(int(row)) for row in rows[offset : offset + limit]),
            total=len(rows),
            rated=len(rated),
            mean=float((rated / len(rated)).sum()) if len(rated) else None,  # finite for whatever is written
            aspects=self._aspects(rows, lang),
        )

    def _aspects(self, review_rows: IntArray, lang: str) -> tuple[Aspect, ...]:
        """What some reviews speak of; each review counts once for and once against an aspect."""
        known = self.mentions
        places = known.of(review_rows)
        said = np.stack([known.review[places], known.aspect[places], known.polarity[places]], axis=1)
        said = np.unique(said, axis=0)
        many = len(known.labels)
        praised = np.bincount(said[said[:, 2] > 0, 1], minlength=many)
        faulted = np.bincount(said[said[:, 2] < 0, 1], minlength=many)
        found = [
            Aspect(known.labels[code], int(praised[code]), int(faulted[code]), known.langs[code])
            for code in np.flatnonzero(praised + faulted)
        ]
        found.sort(key=lambda one: (one.lang != lang, -(one.praised + one.faulted), one.label))
        return tuple(found[:MOST_ASPECTS])

    def _still_told(self, review_rows: IntArray) -> IntArray:
        """Those of some reviews that may be told."""
        return review_rows

    def _review(self, row: int) -> Review:
        said = self.dataset.reviews.iloc[row]
        rating, time = float(said["rating"]), int(said["datetime"])
        return Review(
            rating if np.isfinite(rating) else None,
            str(said["text"]),
            str(said["lang"]),
            None if time == NEVER else time,
            self._spoken(row),
        )

    def _spoken(self, review_row: int) -> tuple[Spoken, ...]:
        """The parts of a review that speak of aspects."""
        known = self.mentions
        parts: dict[tuple[int, int], list[int]] = {}
        for place in known.of(np.array([review_row])):
            parts.setdefault((int(known.start[place]), int(known.end[place])), []).append(int(place))
        found: list[Spoken] = []
        for (start, end), places in sorted(parts.items()):
            if found and start < found[-1].end:
                continue
            sides = {int(known.polarity[place]) for place in places}
            labels = tuple(dict.fromkeys(known.labels[known.aspect[place]] for place in places))
            found.append(Spoken(start, end, labels, None if len(sides) > 1 else sides == {1}))
        return tuple(found)

    @cached_property
    def _reviews_of(self) -> Mapping[str, IntArray]:
        """Item id → rows of its reviews, latest first."""
        table = self.dataset.reviews
        if not len(table):
            return {}
        order = np.argsort(-table["datetime"].to_numpy(np.float64), kind="stable")
        found = table["item_id"].iloc[order].groupby(table["item_id"].iloc[order], sort=False).indices
        return {str(item_id): order[places] for item_id, places in found.items()}

    def _fact(self, item_row: int, relation: str) -> str:
        facts = self.dataset.facts
        first, last = np.searchsorted(self._facts_by_item[0], [item_row, item_row + 1])
        rows = self._facts_by_item[1][first:last]
        values = facts.value[rows[facts.relation[rows] == relation]]
        return str(values[0]) if len(values) else ""

    @cached_property
    def _summaries(self) -> dict[str, ItemSummary]:
        return {}  # of what was asked for

    @cached_property
    def _shown_columns(self) -> Mapping[str, ObjectArray]:
        """What cards show, by column (I,): an item is looked up in a fraction of the time that its table takes."""
        table = self.dataset.item_table
        names = [name for name in ("title", "title_zh", "image", "price", "currency") if name in table]
        return {name: table[name].to_numpy(dtype=object) for name in names}

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
