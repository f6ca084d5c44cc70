"""A table as it was found: cells of any type go in, text with the line each row stands on comes out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from kgrec.domain import BoolArray, IntArray, ObjectArray
from kgrec.errors import BadInput

MAX_CELL_CHARACTERS = 100_000
MAX_COLUMNS = 1_000


@dataclass(frozen=True, eq=False)
class Table:
    """Rows of a file or frame, not yet understood."""

    name: str  # what the report and errors call it: the file's name
    frame: pd.DataFrame
    lines: IntArray  # (rows,) line of the file, or row number where there are no lines
    unit: str = "line"  # what `lines` counts: "line" of a text file, "row" of anything else

    def __len__(self) -> int:
        return len(self.frame)

    def place(self, row: int) -> str:
        """Where a row stands, for an error."""
        return f"{self.name}, {self.unit} {int(self.lines[row])}"

    def select(self, keep: BoolArray | IntArray) -> Table:
        """The picked rows."""
        return replace(
            self,
            frame=self.frame.loc[keep] if keep.dtype == bool else self.frame.iloc[keep],
            lines=self.lines[keep],
        )

    @cached_property
    def headers(self) -> list[str]:
        """The names of the columns."""
        return [str(name) for name in self.frame.columns]

    def text(self, column: str) -> ObjectArray:
        """A column's cells as text exactly as in the source, "" if absent; whole numbers have no ".0"."""
        cells = self.frame[column]
        if pd.api.types.is_integer_dtype(cells.dtype) and not cells.isna().any():
            return cells.astype(np.int64).astype(str).to_numpy(dtype=object)
        texts = np.array([as_text(cell) for cell in cells.to_numpy(dtype=object)], dtype=object)
        longest = max(map(len, texts), default=0)
        if longest > MAX_CELL_CHARACTERS:
            row = next(row for row, text in enumerate(texts) if len(text) > MAX_CELL_CHARACTERS)
            raise BadInput(
                f"{self.place(row)}: column {column} holds {len(texts[row]):,} characters; "
                f"at most {MAX_CELL_CHARACTERS:,} are read, shorten it"
            )
        return texts


def as_text(cell: Any) -> str:
    """One cell as text."""
    if isinstance(cell, str):
        return str(cell)
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return ""
    if isinstance(cell, float | np.floating):
        return _number_text(float(cell))
    if isinstance(cell, list | tuple | np.ndarray):
        return " | ".join(as_text(part) for part in cell)
    if isinstance(cell, bytes):
        return cell.decode("utf-8", errors="replace")
    return str(cell)


def _number_text(number: float) -> str:
    if math.isnan(number):
        return ""
    return str(int(number)) if number.is_integer() else repr(number)


def numbered(name: str, frame: pd.DataFrame) -> Table:
    """A frame as a table whose rows are counted from 1."""
    rows = np.arange(1, len(frame) + 1, dtype=np.int64)
    named = frame.reset_index(drop=True).set_axis(pd.Index(map(str, frame.columns), dtype=object), axis=1)
    table = Table(name, named, rows, unit="row")
    check_headers(table)
    return table


def check_headers(table: Table) -> None:
    """BadInput for a table without rows, with too many columns, or with two of the same name."""
    headers = table.headers
    if len(headers) > MAX_COLUMNS:
        raise BadInput(f"{table.name} has {len(headers):,} columns; at most {MAX_COLUMNS:,} are read")
    for position, header in enumerate(headers):
        if header in headers[:position]:
            raise BadInput(f"{table.name}: there are two columns named {header!r}; rename one")
    if not len(table):
        raise BadInput(f"{table.name} has no rows; give a table with at least one")
