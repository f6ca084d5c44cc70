"""What users ask of their recommendations, kept until they take it back.

A wish names its entity by IRI, which outlives a rebuild of the graph; what it does is `kgrec.explain.steer`'s.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import get_args

from kgrec.domain import Asked
from kgrec.errors import BadBundle, BadInput, UnknownName


@dataclass(frozen=True)
class KeptWish:
    """A wish as it is kept; `number` is what takes it back."""

    number: int
    asked: Asked
    entity: str  # IRI
    since: str  # ISO 8601, UTC


class WishBook:
    """The wishes of a shop's users, for as long as the book lasts; that of `kgrec.live.wish_table` lasts longer."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0
        self._wishes: dict[str, list[KeptWish]] = {}

    def add(self, user_id: str, asked: Asked, entity: str) -> KeptWish:
        """The wish, kept. A user has one wish about an entity: a new one takes the place of the last."""
        checked(asked)
        with self._lock:
            self._last += 1
            kept = KeptWish(self._last, asked, entity, iso(datetime.now(UTC).timestamp()))
            others = [wish for wish in self._wishes.get(user_id, ()) if wish.entity != entity]
            self._wishes[user_id] = [*others, kept]
        return kept

    def of(self, user_id: str) -> list[KeptWish]:
        """What a user has asked for, oldest first."""
        return list(self._wishes.get(user_id, ()))

    def take_back(self, user_id: str, number: int) -> None:
        """The wish is no more; an error if the user has none of that number."""
        with self._lock:
            there(self.of(user_id), user_id, number)
            self._wishes[user_id] = [wish for wish in self._wishes[user_id] if wish.number != number]


def checked(asked: str) -> None:
    """UnknownName unless it can be asked for."""
    if asked not in get_args(Asked):
        raise UnknownName("wish", asked, get_args(Asked))


def there(wishes: Sequence[KeptWish], user_id: str, number: int) -> None:
    """BadInput or UnknownName unless a user has a wish of that number."""
    if not wishes:
        raise BadInput(f"{user_id} has asked for nothing that could be taken back")
    if number not in [wish.number for wish in wishes]:
        raise UnknownName("wish", number, [str(wish.number) for wish in wishes])


def iso(seconds: float) -> str:
    """Unix seconds as ISO 8601, UTC."""
    return datetime.fromtimestamp(int(seconds), UTC).isoformat(timespec="seconds")


@dataclass(frozen=True)
class OldWish:
    """A wish as an older kgrec kept it, in a file of its own."""

    user_id: str
    asked: str
    entity: str


def of_file(file: FilePath) -> list[OldWish]:
    """The wishes in a file of an older kgrec, oldest first; BadBundle if they cannot be read."""
    query = "SELECT user_id, asked, entity FROM wish ORDER BY number"
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=10)) as book:
            return [OldWish(*row) for row in book.execute(query)]
    except sqlite3.Error as error:
        raise BadBundle(
            f"{file}: the wishes of an older kgrec cannot be read ({error}); restore it, or move it away to go without"
        ) from None
