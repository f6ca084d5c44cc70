"""What reading finds out: rows that are wrong go in, an error or a line of the report comes out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal, get_args

import numpy as np

from kgrec.domain import BoolArray, Dropped, Idiom, IntArray, LeftOut, Property, ValidationReport
from kgrec.errors import BadInput
from kgrec.sources.labels import clean
from kgrec.sources.mapping import ROLES, Column, ShopMapping, written
from kgrec.sources.presets import Preset, preset
from kgrec.sources.table import Table, as_text

OnInvalid = Literal["raise", "drop"]

NOT_USED = "not used"
"""What the report says of a column that nothing was taken from."""

NAMED = 3
"""Lines that the report names of one reason."""


@dataclass
class Findings:
    """Collects what the report will say, and stops at the first invalid row unless rows are to be dropped."""

    on_invalid: OnInvalid = "raise"
    mapping: ShopMapping = field(
        default_factory=ShopMapping
    )  # what the tables are to become, as far as it is said
    files: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    properties: dict[str, Property] = field(default_factory=dict)  # column of the items → how it is told
    _read: dict[str, dict[str, Column]] = field(default_factory=dict)  # role → header → what it became
    _events: dict[str, str] = field(default_factory=dict)
    _why: dict[str, dict[str, str]] = field(default_factory=dict)
    _heads: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.on_invalid not in get_args(OnInvalid):
            raise BadInput(f"on_invalid is {self.on_invalid!r}; give raise or drop")

    @cached_property
    def preset(self) -> Preset:
        """What is usual in this kind of catalogue."""
        return preset(self.mapping.preset)

    def role(self, role: str, file: str) -> None:
        """A file was read as this table; a file that gives one kind of fact has the relation for role."""
        self.files[role] = file

    def taken(self, file: str, column: str, meaning: str) -> None:
        """A column was taken for this."""
        self.columns.setdefault(file, {})[column] = meaning

    def settled(self, table: Table, role: str, columns: Mapping[str, Column], why: Mapping[str, str]) -> None:
        """What each column of a table became, and why."""
        self._read[role], self._why[role] = dict(columns), dict(why)
        self._heads[role] = f"{table.name}, {len(table):,} rows"
        for header, column in columns.items():
            self.taken(table.name, header, column.described)

    def guessed(self, table: Table, header: str, column: Column) -> None:
        """A column of items was taken for what its cells look like."""
        name = clean(header) or "column"
        became = (
            "taken for an attribute"
            if column.kind == "attribute"
            else f"kept as {column.described} of the item"
        )
        self.note(f"{table.name}: column {name} is not one of the usual ones; {became}")

    def events(self, became: Mapping[str, str], why: Mapping[str, str]) -> None:
        """What the column of events said, and what it was taken for."""
        self._events, self._why["events"] = dict(became), dict(why)

    def note(self, text: str) -> None:
        """Something worth knowing that stopped nothing."""
        self.notes.append(text)

    def valid(
        self,
        table: Table,
        bad: BoolArray,
        reason: str,
        remedy: str,
        detail: Callable[[int], str] = lambda _: "",
    ) -> Table:
        """The table without its bad rows; when rows are not to be dropped and there is one, BadInput instead.

        `reason` says what is wrong in the words of the report; `detail` adds what stands in that row.
        """
        rows = np.flatnonzero(bad)
        if not len(rows):
            return table
        first = int(rows[0])
        if self.on_invalid == "raise":
            others = f" ({len(rows):,} such {table.unit}s)" if len(rows) > 1 else ""
            raise BadInput(f"{table.place(first)}: {reason}{detail(first)}{others}; {remedy}")
        self.drop(table.name, reason, table.lines[rows])
        return table.select(~bad)

    def drop(self, file: str, reason: str, lines: Sequence[int] | IntArray) -> None:
        """Rows were left out, those that begin on these lines."""
        first, *others = map(int, lines[:NAMED])
        self.dropped.append(Dropped(file, reason, len(lines), first, tuple(others)))

    def unusable(self, table: Table, column: str, bad: BoolArray, reason: str, remedy: str) -> None:
        """Cells of a column hold what cannot be used: the row stays, without them."""
        rows = np.flatnonzero(bad)
        if not len(rows):
            return
        first = int(rows[0])
        cell = clean(as_text(table.frame[column].iloc[first]), most=80)
        said = (table.name, clean(column), reason, remedy)
        line, *others = map(int, table.lines[rows[:NAMED]])
        self.left_out.append(LeftOut(*said, len(rows), line, cell, tuple(others)))

    def report(self) -> ValidationReport:
        """All that was found; BadInput if the mapping speaks of a table that was not read."""
        for role, said in self.mapping.columns.items():
            if said and role not in self._read:
                raise BadInput(
                    f"{self.mapping.file}: [{role}.columns] speaks of a table of {role}, and the source has none "
                    "whose columns can be chosen; take it out"
                )
        columns = {file: dict(taken) for file, taken in self.columns.items()}
        return ValidationReport(
            dict(self.files),
            columns,
            tuple(self.dropped),
            tuple(self.notes),
            self._mapping_read(),
            tuple(self.left_out),
        )

    def _mapping_read(self) -> str:
        if not self._read:
            return ""
        read = {role: self._read[role] for role in ROLES if role in self._read}
        item_class = self.mapping.item_class or self.preset.item_class
        return written(
            replace(self.mapping, item_class=item_class, columns=read, events=self._events),
            self._why,
            self._heads,
        )

    def idiom(self) -> Idiom:
        """How the items are told: their class, the properties of their own, and the words of sentences."""
        return Idiom(
            item_class=self.mapping.item_class or self.preset.item_class,
            properties=dict(self.properties),
            words=joined_words(self.preset.words, self.mapping.words),
        )


def joined_words(usual: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Words of a preset with a shop's own in their place."""
    joined = dict(usual)
    for name, word in own.items():
        before = joined.get(name, {})
        both = isinstance(before, Mapping) and isinstance(word, Mapping)
        joined[name] = joined_words(before, word) if both else word
    return joined
