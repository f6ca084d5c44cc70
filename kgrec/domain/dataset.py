"""What a source delivers: a shop as checked tables, and the report of what was read and what was left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from kgrec.domain.arrays import IntArray, ObjectArray
from kgrec.domain.ids import IdMap
from kgrec.domain.interactions import Interactions


@dataclass(frozen=True, eq=False)
class Facts:
    """What the catalogue says of items as edges to be: parallel arrays of length F.

    `relation` is a name such as "has_brand"; `value` the label of the entity at its other end, or, for links
    between items ("compatible_with", "also_bought"), an item id, which need not be in the catalogue.
    A category may be a path of names joined by " > ", broadest first.
    """

    item: IntArray  # (F,) item rows
    relation: ObjectArray  # (F,) relation names
    value: ObjectArray  # (F,) labels or item ids
    line: IntArray  # (F,) line of the source file

    def __len__(self) -> int:
        return len(self.item)


@dataclass(frozen=True)
class Dropped:
    """Rows that were left out, why, and where the first three of them stand."""

    file: str
    reason: str
    rows: int
    first_line: int
    next_lines: tuple[int, ...] = ()


@dataclass(frozen=True)
class LeftOut:
    """Cells of a column that could not be used, why, and where the first three of them stand."""

    file: str
    column: str
    reason: str  # "no price"
    remedy: str  # "write a number such as 12.50"
    cells: int
    first_line: int
    example: str  # what stands in the first, shortened
    next_lines: tuple[int, ...] = ()

    def __str__(self) -> str:
        more = f" ({self._lines})" if self.cells > 1 else ""
        where = f"{self.file}:{self.first_line}, column {self.column}"
        return f"{where}: {self.example!r} is {self.reason} and was left out{more}; {self.remedy}"

    @property
    def _lines(self) -> str:
        """ "lines 3, 7, 12 and 40 more"."""
        named = (self.first_line, *self.next_lines)
        others = self.cells - len(named)
        return f"lines {', '.join(map(str, named))}" + (f" and {others:,} more" if others else "")


@dataclass(frozen=True)
class ValidationReport:
    """What was read, which column was taken for what, and what was left out."""

    files: Mapping[str, str] = field(default_factory=dict)  # role ("interactions", "items", …) → file name
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)  # file → {its column: taken for}
    dropped: Sequence[Dropped] = ()
    notes: Sequence[str] = ()
    mapping: str = ""  # what each column became and why: the text of a mapping.toml, or nothing
    left_out: Sequence[LeftOut] = ()


Datatype = Literal["string", "integer", "decimal", "boolean", "date", "dateTime", "item"]
"""A type of XML Schema by its local name, or "item" for links to other items."""


@dataclass(frozen=True)
class Property:
    """How a column of the items table is told in the graph store: one literal an item, or one a line of its cell."""

    iri: str = ""  # "schema:sku", a whole IRI, or "" for one of the shop's own
    datatype: Datatype = "string"
    lang: str = ""  # of its texts
    label: str = ""  # what the shop calls it
    unit: str = ""  # of its numbers


@dataclass(frozen=True)
class Idiom:
    """How a catalogue is told: the class of its items, the properties of its own columns, and its words.

    `words` is language → what sentences say in place of what they say of shops, see `kgrec.explain.wording.own`.
    """

    item_class: str = "schema:Product"
    properties: Mapping[str, Property] = field(default_factory=dict)  # by column of the items table
    words: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Dataset:
    """What a source delivers, checked: rows of the tables are user rows and item rows."""

    users: IdMap
    items: IdMap
    interactions: Interactions
    item_table: (
        pd.DataFrame
    )  # I rows of literals: title, title_zh, description, price, image, …; text is "" if unknown
    user_table: pd.DataFrame  # U rows: segment columns such as age_band, city; "" if unknown
    facts: Facts
    reviews: pd.DataFrame  # columns user_id, item_id, rating, text, lang, datetime; may be empty
    held_out: Interactions | None = None  # a test part that the source itself brings
    report: ValidationReport = field(default_factory=ValidationReport)
    idiom: Idiom = field(default_factory=Idiom)
    item_lines: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    """(I,) line of the items table on which each item stands, 0 where it has none; empty if that is not known."""

    def __repr__(self) -> str:
        sizes = (
            f"{len(self.users):,} users, {len(self.items):,} items, {len(self.interactions):,} interactions"
        )
        return f"<Dataset {sizes}>"

    def with_interactions(self, interactions: Interactions) -> Dataset:
        """The same shop knowing only these interactions: how a split keeps the future out."""
        return replace(self, interactions=interactions, held_out=None)

    @classmethod
    def from_frames(
        cls,
        interactions: Any,
        items: Any = None,
        users: Any = None,
        reviews: Any = None,
        columns: Mapping[str, str] | None = None,
        on_invalid: Literal["raise", "drop"] = "raise",
        mapping: Any = None,
    ) -> Dataset:
        """A dataset from pandas, Polars or Arrow frames; see `kgrec.sources.frames.from_frames`."""
        from kgrec.sources.frames import from_frames

        return from_frames(interactions, items, users, reviews, columns, on_invalid, mapping)
