"""Understands users and reviews tables: their rows in, segments of users and the checked reviews out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from kgrec.domain import NEVER, ObjectArray
from kgrec.sources import keys
from kgrec.sources.columns import Chosen, settled
from kgrec.sources.findings import Findings
from kgrec.sources.labels import clean, clean_column, clean_prose
from kgrec.sources.mapping import UNUSED
from kgrec.sources.names import snake
from kgrec.sources.table import Table
from kgrec.sources.times import unix_seconds

REVIEW_TABLE = ("user_id", "item_id", "rating", "text", "lang", "datetime")
"""Columns of a dataset's reviews: rating is NaN and datetime (Unix seconds) is NEVER where unknown."""


def understood_users(
    table: Table, findings: Findings, *, chosen: Chosen | None = None
) -> tuple[ObjectArray, pd.DataFrame]:
    """The ids of the users and, in the same rows, the columns that put them into segments."""
    findings.role("users", table.name)
    columns = settled(table, "users", findings, required=("user_id",), chosen=chosen)
    id_column = next(header for header, column in columns.items() if column.kind == "user_id")
    table = keys.checked(table, id_column, "user", findings)
    table = keys.unique(table, id_column, "user", findings)
    segments: dict[str, pd.Series] = {}
    for header, column in columns.items():
        if column.kind == "segment":
            name = snake(clean(header))
            while name == "user_id" or name in segments:
                name += "_2"
            texts = clean_column(table.text(header), table.name, header, findings)
            segments[name] = pd.Series(texts, dtype=object)
    return table.text(id_column), pd.DataFrame(segments, index=pd.RangeIndex(len(table)))


def in_rows(segments: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The segments with rows appended for users the table does not have."""
    missing = [""] * (rows - len(segments))
    columns = {name: pd.Series([*segments[name], *missing], dtype=object) for name in segments.columns}
    return pd.DataFrame(columns, index=pd.RangeIndex(rows))


def no_reviews() -> pd.DataFrame:
    """A reviews table without rows."""
    columns = {name: pd.Series([], dtype=object) for name in REVIEW_TABLE}
    columns["rating"] = pd.Series([], dtype=np.float64)
    columns["datetime"] = pd.Series([], dtype=np.int64)
    return pd.DataFrame(columns)


def understood_reviews(
    table: Table,
    findings: Findings,
    *,
    chosen: Chosen | None = None,
    known_items: ObjectArray | None = None,
) -> pd.DataFrame:
    """The reviews of known items, their text cleaned."""
    findings.role("reviews", table.name)
    needed = ("user_id", "item_id", "text")
    became = settled(table, "reviews", findings, required=needed, chosen=chosen)
    columns = {column.kind: header for header, column in became.items() if column.kind != UNUSED}
    table = keys.checked(table, columns["user_id"], "user", findings)
    table = keys.checked(table, columns["item_id"], "item", findings)
    if known_items is not None:
        reason = "the item is neither in the catalogue nor in the interactions"
        table = keys.in_catalogue(table, columns["item_id"], known_items, findings, reason=reason)
    time = np.full(len(table), NEVER, dtype=np.int64)
    if "datetime" in columns:
        seconds, bad = unix_seconds(table, columns["datetime"])
        remedy = "write it as 2024-01-31T18:30:00 or in Unix seconds"
        table = findings.valid(
            table,
            bad,
            f"{columns['datetime']} is not a date",
            remedy,
            detail=lambda row: f": {str(table.frame[columns['datetime']].iloc[row])[:80]!r}",
        )
        time = seconds[~bad]
    nothing = pd.Series([""] * len(table), dtype=object)
    rating = pd.Series(table.text(columns["rating"]), dtype=object) if "rating" in columns else nothing
    lang = table.text(columns["lang"]) if "lang" in columns else nothing
    return pd.DataFrame(
        {
            "user_id": pd.Series(table.text(columns["user_id"]), dtype=object),
            "item_id": pd.Series(table.text(columns["item_id"]), dtype=object),
            "rating": pd.to_numeric(rating, errors="coerce")
            .astype(np.float64)
            .replace([np.inf, -np.inf], np.nan),
            "text": pd.Series([clean_prose(text) for text in table.text(columns["text"])], dtype=object),
            "lang": pd.Series([clean(text).lower() for text in lang], dtype=object),
            "datetime": pd.Series(time, dtype=np.int64),
        }
    )
