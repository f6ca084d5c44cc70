"""Reads times: a column of dates or numbers in, Unix seconds and which cells could not be read out."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from kgrec.domain import BoolArray, FloatArray, IntArray
from kgrec.sources.table import Table

_SECONDS_BELOW = 1e11  # seconds of the year 5138; anything larger counts a smaller unit
_COMPACT_DATES = (
    19_000_101,
    21_001_231,
)  # as seconds these all lie in 1970, so they are dates such as 20240131
_NUMBER = re.compile(r"[+-]?\d+(\.\d*)?(e[+-]?\d+)?", re.IGNORECASE)


def unix_seconds(table: Table, column: str) -> tuple[IntArray, BoolArray]:
    """Seconds since 1970 (rows,) and which rows have none that can be read; times without a zone are UTC."""
    cells = table.frame[column]
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return _from_stamps(pd.to_datetime(cells, utc=True))
    if pd.api.types.is_numeric_dtype(cells.dtype) and not pd.api.types.is_bool_dtype(cells.dtype):
        return _from_numbers(cells.to_numpy(dtype=np.float64, na_value=np.nan))
    texts = pd.Series(table.text(column), dtype=object).str.strip()
    filled = texts[texts != ""]
    if len(filled) and all(map(_NUMBER.fullmatch, filled)):
        return _from_numbers(pd.to_numeric(texts, errors="coerce").to_numpy(dtype=np.float64))
    iso = texts.str.replace(r"\s*(UTC|GMT)$", "Z", regex=True)
    return _from_stamps(pd.to_datetime(iso, format="ISO8601", utc=True, errors="coerce"))


def _from_numbers(
    numbers: FloatArray | np.ndarray[tuple[int], np.dtype[np.float64]],
) -> tuple[IntArray, BoolArray]:
    numbers = np.asarray(numbers, dtype=np.float64)
    bad = ~np.isfinite(numbers) | (np.abs(np.nan_to_num(numbers)) >= 1e20)
    known = numbers[~bad]
    first, last = _COMPACT_DATES
    if len(known) and ((known >= first) & (known <= last)).all():
        compact = pd.Series(
            [f"{number:.0f}" if np.isfinite(number) else "" for number in numbers], dtype=object
        )
        return _from_stamps(pd.to_datetime(compact, format="%Y%m%d", utc=True, errors="coerce"))
    seconds = np.where(bad, 0.0, numbers)
    for _ in range(3):  # milliseconds, microseconds, nanoseconds
        seconds = np.where(np.abs(seconds) >= _SECONDS_BELOW, seconds / 1000.0, seconds)
    return np.floor(seconds).astype(np.int64), bad


def _from_stamps(stamps: pd.Series[pd.Timestamp]) -> tuple[IntArray, BoolArray]:
    bad = stamps.isna().to_numpy(dtype=bool)
    seconds = stamps.dt.tz_localize(None).to_numpy(dtype="datetime64[s]").astype(np.int64)
    return np.where(bad, 0, seconds), bad
