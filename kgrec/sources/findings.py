"""What reading finds out: rows that are wrong go in, an error or a line of the report comes out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from kgrec.domain import BoolArray, Dropped, ValidationReport
from kgrec.errors import BadInput
from kgrec.sources.table import Table

OnInvalid = Literal["raise", "drop"]

NOT_USED = "not used"
"""What the report says of a column that nothing was taken from."""


@dataclass
class Findings:
    """Collects what the report will say, and stops at the first invalid row unless rows are to be dropped."""

    on_invalid: OnInvalid = "raise"
    files: dict[str, str] = field(default_factory=dict)
    columns: dict[str, dict[str, str]] = field(default_factory=dict)
    dropped: list[Dropped] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.on_invalid not in get_args(OnInvalid):
            raise BadInput(f"on_invalid is {self.on_invalid!r}; give raise or drop")

    def role(self, role: str, file: str) -> None:
        """A file was read as this table; a file that gives one kind of fact has the relation for role."""
        self.files[role] = file

    def taken(self, file: str, column: str, meaning: str) -> None:
        """A column was taken for this."""
        self.columns.setdefault(file, {})[column] = meaning

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
        self.drop(table.name, reason, len(rows), int(table.lines[first]))
        return table.select(~bad)

    def drop(self, file: str, reason: str, rows: int, first_line: int) -> None:
        """Rows were left out."""
        self.dropped.append(Dropped(file, reason, rows, first_line))

    def report(self) -> ValidationReport:
        """All that was found."""
        columns = {file: dict(taken) for file, taken in self.columns.items()}
        return ValidationReport(dict(self.files), columns, tuple(self.dropped), tuple(self.notes))
