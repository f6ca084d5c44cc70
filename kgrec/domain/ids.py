"""Ids and texts: what may be an id, ids ↔ rows, and texts that are safe to show."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable

import numpy as np

from kgrec.domain.arrays import IntArray, ObjectArray
from kgrec.errors import UnknownName

_UNFIT = frozenset("\ufffe\uffff\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object) -> str:
    """A text that cannot turn its surroundings around or break XML: no control characters, no marks of direction."""
    whole = str(text)
    if whole.isprintable():  # most are, and have none of these
        return whole.strip()
    kept = (
        " " if c.isspace() else "" if c in _UNFIT or unicodedata.category(c) in ("Cc", "Cs") else c
        for c in whole
    )
    return "".join(kept).strip()


MAX_ID_CHARACTERS = 512

ID_FAULTS: tuple[tuple[Callable[[str], bool], str, str], ...] = (
    (lambda name: not name.strip(), "is empty", "fill it in or leave the row out"),
    (
        lambda name: len(name) > MAX_ID_CHARACTERS,
        f"is longer than {MAX_ID_CHARACTERS} characters",
        "shorten it",
    ),
    (
        lambda name: "\0" in name or any("\ud800" <= character <= "\udfff" for character in name),
        "holds a character that no key can hold (NUL or half a character)",
        "remove it",
    ),
)
"""Whether an id has a fault, what it is, and what to do about it."""


class IdMap:
    """Ids ↔ rows of one kind of thing; the row of an id is its position."""

    def __init__(self, kind: str, ids: Iterable[str]) -> None:
        self.kind = kind
        self.ids: ObjectArray = np.array(list(ids), dtype=object)
        self._rows: dict[str, int] = {name: row for row, name in enumerate(self.ids)}
        if len(self._rows) != len(self.ids):
            raise ValueError(f"{kind} ids are not unique")

    def __len__(self) -> int:
        return len(self.ids)

    def __contains__(self, name: object) -> bool:
        return name in self._rows

    def __repr__(self) -> str:
        return f"<IdMap of {len(self):,} {self.kind}s>"

    def row(self, name: str) -> int:
        """The row of one id; UnknownName with the nearest ids if there is none."""
        try:
            return self._rows[name]
        except KeyError:
            raise UnknownName(self.kind, name, self.ids) from None

    def and_one(self, name: str) -> IdMap:
        """The same ids and one more, in the last row."""
        more = IdMap(self.kind, ())
        more.ids, more._rows = (
            np.append(self.ids, np.array([name], dtype=object)),
            {**self._rows, name: len(self)},
        )
        if len(more._rows) != len(more.ids):
            raise ValueError(f"{self.kind} ids are not unique")
        return more

    def rows(self, names: Iterable[str]) -> IntArray:
        """The rows of many ids (n,)."""
        return np.fromiter((self.row(name) for name in names), dtype=np.int64)
