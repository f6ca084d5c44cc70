"""What users ask of their recommendations, kept until they take it back: one SQLite file a shop.

A wish names its entity by IRI, which outlives a rebuild of the graph; what it does is `kgrec.explain.steer`'s.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from typing import get_args

from kgrec.domain import Asked
from kgrec.errors import BadBundle, BadInput, UnknownName
from kgrec.live.database import transaction

_TABLE = """
CREATE TABLE IF NOT EXISTS wish (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    user_id TEXT NOT NULL, asked TEXT NOT NULL, entity TEXT NOT NULL, since TEXT NOT NULL,
    UNIQUE (user_id, entity)
)
"""


@dataclass(frozen=True)
class KeptWish:
    """A wish as it is kept; `number` is what takes it back."""

    number: int
    asked: Asked
    entity: str  # IRI
    since: str  # ISO 8601, UTC


class WishBook:
    """The wishes of a shop's users. Without a file they last as long as the book."""

    def __init__(self, file: FilePath | None = None) -> None:
        self._file = file
        self._lock = threading.Lock()  # one connection in memory is shared by all threads
        self._memory: sqlite3.Connection | None = None
        if file is None:
            self._memory = sqlite3.connect(":memory:", check_same_thread=False)
            self._memory.execute(_TABLE)

    def add(self, user_id: str, asked: Asked, entity: str) -> KeptWish:
        """The wish, kept. A user has one wish about an entity: a new one takes the place of the last."""
        if asked not in get_args(Asked):
            raise UnknownName("wish", asked, get_args(Asked))
        since = datetime.now(UTC).isoformat(timespec="seconds")
        with self._open() as book:
            book.execute("DELETE FROM wish WHERE user_id = ? AND entity = ?", (user_id, entity))
            done = book.execute(
                "INSERT INTO wish (user_id, asked, entity, since) VALUES (?, ?, ?, ?)",
                (user_id, asked, entity, since),
            )
            number = int(done.lastrowid or 0)
        return KeptWish(number, asked, entity, since)

    def of(self, user_id: str) -> list[KeptWish]:
        """What a user has asked for, oldest first."""
        if self._file is not None and not self._file.exists():
            return []  # asking makes no file
        query = "SELECT number, asked, entity, since FROM wish WHERE user_id = ? ORDER BY number"
        with self._open() as book:
            found = [KeptWish(*row) for row in book.execute(query, (user_id,))]
        for wish in found:
            if wish.asked not in get_args(Asked):
                raise BadBundle(
                    f"{self._file}: wish {wish.number} asks for {wish.asked!r}, which nobody knows; delete that row"
                )
        return found

    def take_back(self, user_id: str, number: int) -> None:
        """The wish is no more; an error if the user has none of that number."""
        known = [str(wish.number) for wish in self.of(user_id)]
        if not known:
            raise BadInput(f"{user_id} has asked for nothing that could be taken back")
        if str(number) not in known:
            raise UnknownName("wish", number, known)
        with self._open() as book:
            book.execute("DELETE FROM wish WHERE user_id = ? AND number = ?", (user_id, number))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        """A connection in one transaction."""
        if self._file is not None:
            with transaction(self._file, _TABLE, "wishes") as book:
                yield book
        elif self._memory is not None:
            with self._lock, self._memory:
                yield self._memory
